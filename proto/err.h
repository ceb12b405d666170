/* err.h - the one vocabulary of failure, shared by every floor. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_ERR_H
#define PROTO_ERR_H

#include <stdarg.h>

/*
 * A code tells the caller what may be done about it, never which library
 * spoke.  Foreign codes (errno, LMDB, nng, HTTP) are translated in the one
 * file that includes the foreign header.  A new code makes -Wswitch-enum point
 * at every table that must learn it.
 */
/* clang-format off */
#define ERR_LIST(X) \
	X(OK, "ok", "成功") \
	X(NOT_FOUND, "not found", "未找到") \
	X(EXISTS, "already exists", "已存在") \
	X(MALFORMED, "malformed input", "输入格式错误") \
	X(UNVERIFIED, "signature or proof does not verify", "签名或证明验证不通过") \
	X(UNSUPPORTED, "algorithm or version not supported", "不支持的算法或版本") \
	X(REFUSED, "a rule forbids it", "规则不允许") \
	X(DENIED, "no right to do this", "没有权限") \
	X(CONFLICT, "conflicts with the current state", "与当前状态冲突") \
	X(LIMIT, "over a fixed limit", "超过上限") \
	X(FULL, "no space left", "存储空间不足") \
	X(BUSY, "busy, try again", "系统忙，请稍后重试") \
	X(TIMEOUT, "timed out", "超时") \
	X(IO, "input/output failure", "读写失败") \
	X(CORRUPT, "stored data is inconsistent", "存储数据不一致")
/* clang-format on */

#define ERR_ENUM(name, en, zh) ERR_##name,
enum err {
	ERR_LIST(ERR_ENUM)
};
#undef ERR_ENUM

#define ERR_CHECKED __attribute__((warn_unused_result))

#define ERR_WHY_BYTES 400

/* Detail for people, the same in both languages; code never branches on it.
 * Filled on failure only. */
struct err_why {
	char text[ERR_WHY_BYTES]; /* English */
	char zh[ERR_WHY_BYTES]; /* Chinese */
};

/* A lower-case phrase without full stop, and in Chinese; never NULL. */
const char *err_text(enum err e);
const char *err_text_zh(enum err e);

/* Stable lower-case identifier: "not_found".  Never NULL. */
const char *err_name(enum err e);

/*
 * err_fail - record why (NULL: do not) and hand `e` back, so that a failure is
 * one statement: return err_fail(why, ERR_MALFORMED, "leaf %u: ...", i);
 * `fmt` is English; its Chinese is that of zh.h.
 */
enum err err_fail(struct err_why *why, enum err e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
enum err err_vfail(struct err_why *why, enum err e, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

/* err_both - the same for a text that comes in both languages. */
enum err err_both(
    struct err_why *why, enum err e, const char *en, const char *zh);

/* err_plain - the same for an English message without arguments that came here
 * as a variable; ZH() marks it where it is written (zh.h). */
enum err err_plain(struct err_why *why, enum err e, const char *text);

/* err_errno - "`fmt`: No such file or directory", by the system's code. */
enum err err_errno(struct err_why *why, enum err e, int code, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));

/* err_wrap - put the prefix and ": " before what `why` says already; returns
 * e. */
enum err err_wrap(struct err_why *why, enum err e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
