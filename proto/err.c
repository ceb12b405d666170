/* err.c - names of failure and the sentence beside them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/err.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "proto/text.h"
#include "proto/zh.h"

#define ERR_ROW(name, en, zh) [ERR_##name] = {en, zh},
static const char *const texts[][2] = {ERR_LIST(ERR_ROW)};
#undef ERR_ROW

const char *
err_text(enum err e)
{
	return e < sizeof texts / sizeof texts[0] ? texts[e][0]
	                                          : "unknown failure";
}

const char *
err_text_zh(enum err e)
{
	return e < sizeof texts / sizeof texts[0] ? texts[e][1] : "未知错误";
}

const char *
err_name(enum err e)
{
	switch (e) {
	case ERR_OK:
		return "ok";
	case ERR_NOT_FOUND:
		return "not_found";
	case ERR_EXISTS:
		return "exists";
	case ERR_MALFORMED:
		return "malformed";
	case ERR_UNVERIFIED:
		return "unverified";
	case ERR_UNSUPPORTED:
		return "unsupported";
	case ERR_REFUSED:
		return "refused";
	case ERR_DENIED:
		return "denied";
	case ERR_CONFLICT:
		return "conflict";
	case ERR_LIMIT:
		return "limit";
	case ERR_FULL:
		return "full";
	case ERR_BUSY:
		return "busy";
	case ERR_TIMEOUT:
		return "timeout";
	case ERR_IO:
		return "io";
	case ERR_CORRUPT:
		return "corrupt";
	}
	return "unknown";
}

/* May be called with arguments that point into `out`. */
__attribute__((format(printf, 2, 0))) static void
put(char out[static ERR_WHY_BYTES], const char *fmt, va_list ap)
{
	char text[ERR_WHY_BYTES];

	if (vsnprintf(text, sizeof text, fmt, ap) < 0)
		text[0] = '\0';
	text_whole(text);
	memcpy(out, text, strlen(text) + 1);
}

enum err
err_vfail(struct err_why *why, enum err e, const char *fmt, va_list ap)
{
	struct err_why fresh;
	va_list again;

	if (why == NULL)
		return e;
	/* The arguments may point into `why`: it changes last. */
	va_copy(again, ap);
	put(fresh.text, fmt, ap);
	put(fresh.zh, zh_format(fmt), again);
	va_end(again);
	memcpy(why->text, fresh.text, strlen(fresh.text) + 1);
	memcpy(why->zh, fresh.zh, strlen(fresh.zh) + 1);
	return e;
}

enum err
err_fail(struct err_why *why, enum err e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)err_vfail(why, e, fmt, ap);
	va_end(ap);
	return e;
}

/* Puts `tail` behind what stands in `head`, as far as it fits. */
static void
join(char head[static ERR_WHY_BYTES], const char *gap, const char *tail)
{
	size_t len = strlen(head);

	(void)snprintf(head + len, ERR_WHY_BYTES - len, "%s%s", gap, tail);
	text_whole(head);
}

enum err
err_both(struct err_why *why, enum err e, const char *en, const char *zh)
{
	if (why == NULL)
		return e;
	why->text[0] = '\0';
	why->zh[0] = '\0';
	join(why->text, "", en);
	join(why->zh, "", zh);
	return e;
}

enum err
err_plain(struct err_why *why, enum err e, const char *text)
{
	return err_both(why, e, text, zh_format(text));
}

/* Puts the prefix of the format before what `why` says. */
__attribute__((format(printf, 2, 0))) static void
prefix(struct err_why *why, const char *fmt, va_list ap)
{
	struct err_why inner = *why;

	(void)err_vfail(why, ERR_OK, fmt, ap);
	join(why->text, ": ", inner.text);
	join(why->zh, "：", inner.zh);
}

/* What a disk or an operator is likely to meet; the others keep the words of
 * the system. */
static const struct {
	int code;
	const char *zh;
} system_zh[] = {
    {ENOENT, "没有该文件或目录"},
    {EACCES, "权限不足"},
    {EPERM, "操作不被允许"},
    {EEXIST, "文件已存在"},
    {ENOTDIR, "不是目录"},
    {EISDIR, "是一个目录"},
    {ENOSPC, "磁盘空间已满"},
    {EDQUOT, "超出磁盘配额"},
    {EROFS, "只读文件系统"},
    {EIO, "输入输出错误"},
    {EMFILE, "打开的文件过多"},
    {ENOMEM, "内存不足"},
    {EADDRINUSE, "地址已被占用"},
    {EADDRNOTAVAIL, "本机没有该地址"},
    {ECONNREFUSED, "连接被拒绝"},
    {EAGAIN, "资源暂不可用"},
};

enum err
err_errno(struct err_why *why, enum err e, int code, const char *fmt, ...)
{
	const char *en = strerrordesc_np(code);
	const char *zh = en;
	va_list ap;

	if (why == NULL)
		return e;
	for (size_t i = 0; i < sizeof system_zh / sizeof system_zh[0]; i++) {
		if (system_zh[i].code == code)
			zh = system_zh[i].zh;
	}
	(void)err_both(why, e, en != NULL ? en : "?", zh != NULL ? zh : "?");
	va_start(ap, fmt);
	prefix(why, fmt, ap);
	va_end(ap);
	return e;
}

enum err
err_wrap(struct err_why *why, enum err e, const char *fmt, ...)
{
	va_list ap;

	if (why == NULL)
		return e;
	va_start(ap, fmt);
	prefix(why, fmt, ap);
	va_end(ap);
	return e;
}
