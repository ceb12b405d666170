/* problem.c - errors as RFC 9457 problem details, Chinese and English. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/problem.h"

#include "api.pb-c.h"
#include "proto/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

unsigned
problem_status(enum err e)
{
	switch (e) {
	case ERR_OK:
		return 200;
	case ERR_NOT_FOUND:
		return 404;
	case ERR_EXISTS:
	case ERR_CONFLICT:
		return 409;
	case ERR_MALFORMED:
		return 400;
	case ERR_UNVERIFIED:
	case ERR_REFUSED:
	case ERR_UNSUPPORTED:
		return 422;
	case ERR_DENIED:
		return 403;
	case ERR_LIMIT:
		return 413;
	case ERR_FULL:
		return 507;
	case ERR_BUSY:
		return 503;
	case ERR_TIMEOUT:
		return 504;
	case ERR_IO:
	case ERR_CORRUPT:
		return 500;
	}
	return 500;
}

/* A status that is not that of the failure says what happened better. */
static const struct {
	unsigned status;
	const char *en;
	const char *zh;
} titles[] = {
    {401, "no valid token", "缺少有效令牌"},
    {403, "no right to do this", "没有权限"},
    {405, "this path has no such method", "该路径不支持此方法"},
    {414, "the path is too long", "路径过长"},
    {415, "content of this kind is not taken", "不接受此类内容"},
    {429, "too much under way for this token", "该令牌在途请求过多"},
    {501, "not offered here", "未提供此功能"},
    {503, "cannot be done now", "目前无法处理"},
};

static const char *
title_of(const struct problem *p, unsigned status)
{
	for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
		if (titles[i].status == status &&
		    status != problem_status(p->err))
			return p->chinese ? titles[i].zh : titles[i].en;
	return p->chinese ? err_text_zh(p->err) : err_text(p->err);
}

/* "$.gas[2].value: expected a number" and "limit: too big" name a path;
 * prose does not.  Returns its length, 0 for none. */
static size_t
path_in(const char *detail)
{
	size_t n = strcspn(detail, ": ");

	if (n == 0 || n > 90 || detail[n] != ':')
		return 0;
	for (size_t i = 0; i < n; i++) {
		char c = detail[i];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || strchr("$.[]_-", c) != NULL;
		if (!plain)
			return 0;
	}
	return n;
}

/* Rules are static text; protobuf-c's fields are not const. */
static char *
text_of(const char *s)
{
	union {
		const char *in;
		char *out;
	} u = {.in = s};

	return s == NULL || s[0] == '\0' ? NULL : u.out;
}

static void
put_rule(Api__Problem *msg, const struct rule *r, bool chinese)
{
	msg->code = text_of(r->code);
	msg->clause = text_of(r->clause);
	msg->detail = text_of(chinese ? r->text_zh : r->text);
	msg->detail_zh = text_of(r->text_zh);
	msg->fix = text_of(chinese ? r->fix_zh : r->fix);
	msg->fix_zh = text_of(r->fix_zh);
}

static void
encode_with(struct buf *out, Api__Problem *msg, const struct rule_list *rules)
{
	Api__Reason reason[RULE_LIST_MAX];
	Api__Reason *list[RULE_LIST_MAX];

	for (size_t i = 0; rules != NULL && i < rules->len; i++) {
		const struct rule *r = rules->at[i];
		api__reason__init(&reason[i]);
		reason[i].code = text_of(r->code);
		reason[i].clause = text_of(r->clause);
		reason[i].text = text_of(r->text);
		reason[i].text_zh = text_of(r->text_zh);
		reason[i].fix = text_of(r->fix);
		reason[i].fix_zh = text_of(r->fix_zh);
		list[i] = &reason[i];
	}
	if (rules != NULL && rules->len > 0) {
		msg->n_reasons = rules->len;
		msg->reasons = list;
	}
	json_encode(out, &msg->base, 0);
	msg->n_reasons = 0;
	msg->reasons = NULL;
}

/* What happened, in both languages: the rule, the reason, or the kind. */
static void
put_detail(Api__Problem *msg, const struct problem *p)
{
	const struct err_why *w = p->why;
	bool said = w != NULL && w->text[0] != '\0';

	if (p->rule != NULL) {
		put_rule(msg, p->rule, p->chinese);
		return;
	}
	msg->detail_zh = text_of(said ? w->zh : err_text_zh(p->err));
	msg->detail = p->chinese ? msg->detail_zh
	                         : text_of(said ? w->text : err_text(p->err));
}

/* What rests here is not what was written: never answered with a guess. */
static void
put_damage(Api__Problem *msg, bool chinese)
{
	static const char fix[] =
	    "run lianfang audit: it names the place; tables are mended by "
	    "lianfang reindex with the node stopped, entries and bodies come "
	    "from a backup";
	static const char fix_zh[] =
	    "请运行 lianfang audit 定位损坏；表可在停止节点后用 lianfang "
	    "reindex 修复，条目与正文须从备份恢复";

	msg->code = text_of("store_damaged");
	msg->fix = text_of(chinese ? fix_zh : fix);
	msg->fix_zh = text_of(fix_zh);
}

#define WHO_MAX 16

/* "approver, guardian" as a list; `roles` is scratch of the size of it. */
static void
put_said(Api__Problem *msg, const struct rule_said *said,
    char *who[static WHO_MAX], char *roles)
{
	char *at = roles;

	if (said->clause[0] != '\0')
		msg->clause = text_of(said->clause);
	msg->missing = text_of(said->what);
	memcpy(roles, said->who, sizeof said->who);
	while (at[0] != '\0' && msg->n_who < WHO_MAX) {
		char *end = strstr(at, ", ");

		who[msg->n_who++] = at;
		if (end == NULL)
			break;
		*end = '\0';
		at = end + 2;
	}
	msg->who = who;
}

void
problem_put(struct buf *out, const struct problem *p)
{
	Api__Problem msg = API__PROBLEM__INIT;
	char roles[sizeof p->said->who];
	char *who[WHO_MAX];
	char type[96];
	char path[96];

	put_detail(&msg, p);
	if (p->code != NULL)
		msg.code = text_of(p->code);
	if (msg.code == NULL && p->err == ERR_CORRUPT)
		put_damage(&msg, p->chinese);
	if (msg.code == NULL)
		msg.code = text_of(err_name(p->err));
	(void)snprintf(type, sizeof type, "urn:lianfang:problem:%s", msg.code);
	path[0] = '\0';
	if (p->path != NULL && p->path[0] != '\0') {
		(void)snprintf(path, sizeof path, "%s", p->path);
	} else if (p->rule == NULL && p->why != NULL) {
		size_t n = path_in(p->why->text);
		(void)snprintf(path, sizeof path, "%.*s", (int)n, p->why->text);
	}
	if (p->rule != NULL && p->said != NULL)
		put_said(&msg, p->said, who, roles);
	msg.type = type;
	msg.quarantine_id = text_of(p->quarantine);
	msg.has_status = true;
	msg.status = p->status != 0 ? p->status : problem_status(p->err);
	msg.title = text_of(title_of(p, msg.status));
	msg.path = path[0] != '\0' ? path : NULL;
	encode_with(out, &msg, p->rules);
}

bool
problem_chinese(const char *accept_language)
{
	if (accept_language == NULL)
		return false;
	while (*accept_language == ' ')
		accept_language++;
	return strncasecmp(accept_language, "zh", 2) == 0;
}
