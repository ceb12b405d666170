/* problem_test.c - problem documents: status, code, path, language. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/problem.h"

#include "api.pb-c.h"
#include "proto/json.h"
#include "proto/slice.h"

#include <criterion/criterion.h>

static Api__Problem *
make(const struct problem *p)
{
	struct buf out;
	ProtobufCMessage *msg = NULL;

	buf_init(&out, 65536);
	problem_put(&out, p);
	cr_assert_eq(
	    json_decode(&msg, &api__problem__descriptor, buf_view(&out), NULL),
	    ERR_OK);
	buf_clear(&out);
	return (Api__Problem *)(void *)msg;
}

Test(problem_status, gives_every_failure_a_status_of_failure)
{
#define CASE(name, en, zh)        \
	if (ERR_##name != ERR_OK) \
		cr_assert_geq(problem_status(ERR_##name), 400u);
	ERR_LIST(CASE)
	cr_assert_eq(problem_status(ERR_MALFORMED), 400u);
	cr_assert_eq(problem_status(ERR_DENIED), 403u);
	cr_assert_eq(problem_status(ERR_REFUSED), 422u);
	cr_assert_eq(problem_status(ERR_LIMIT), 413u);
	cr_assert_eq(problem_status(ERR_BUSY), 503u);
}

Test(problem_put, takes_the_path_from_the_detail)
{
	struct err_why why;
	struct problem p = {.why = &why};
	Api__Problem *m;

	p.err = err_fail(&why, ERR_MALFORMED, "expected a number");
	(void)err_wrap(&why, p.err, "$.gas[2].value");
	m = make(&p);

	cr_assert_str_eq(m->path, "$.gas[2].value");
	cr_assert_str_eq(m->code, "malformed");
	cr_assert_str_eq(m->type, "urn:lianfang:problem:malformed");
	cr_assert_eq(m->status, 400u);
	cr_assert_str_eq(m->detail, "$.gas[2].value: expected a number");
	cr_assert_str_eq(m->detail_zh, "$.gas[2].value：应为数字");
	slice_free(&m->base);
	p.err = err_fail(&why, ERR_DENIED, "a token with role %s may not do %s",
	    "x: y", "z");
	m = make(&p);
	cr_assert_null(m->path);
	slice_free(&m->base);
}

Test(problem_put, speaks_chinese_when_asked)
{
	Api__Problem *m =
	    make(&(struct problem){.err = ERR_NOT_FOUND, .chinese = true});

	cr_assert_str_eq(m->title, "未找到");
	slice_free(&m->base);
}

Test(problem_put, says_in_chinese_what_the_service_refuses)
{
	struct err_why why;
	struct problem p = {.why = &why, .chinese = true};
	Api__Problem *m;

	p.err = err_fail(&why, ERR_DENIED, "a token with role %s may not do %s",
	    "ingest", "alarms.list");
	m = make(&p);
	cr_assert_str_eq(m->detail, "角色为 ingest 的令牌不能执行 alarms.list");
	slice_free(&m->base);
	p.chinese = false;
	m = make(&p);
	cr_assert_str_eq(
	    m->detail, "a token with role ingest may not do alarms.list");
	cr_assert_str_eq(
	    m->detail_zh, "角色为 ingest 的令牌不能执行 alarms.list");
	slice_free(&m->base);
}

Test(problem_put, tells_the_clause_and_the_fix_of_a_rule)
{
	static const struct rule r = {
	    "GAS_TOO_OLD", "GB 1", "old", "旧", "test again", "重测"};
	struct rule_list all = {{&r}, 1};
	Api__Problem *m = make(&(struct problem){.err = ERR_REFUSED,
	    .rule = &r,
	    .rules = &all,
	    .path = "$.sampledAt"});

	cr_assert_str_eq(m->code, "GAS_TOO_OLD");
	cr_assert_str_eq(m->clause, "GB 1");
	cr_assert_str_eq(m->fix, "test again");
	cr_assert_str_eq(m->detail_zh, "旧");
	cr_assert_str_eq(m->path, "$.sampledAt");
	cr_assert_eq(m->n_reasons, 1u);
	slice_free(&m->base);
}

Test(problem_put, says_what_to_do_about_damage)
{
	struct err_why why;
	struct problem p = {.why = &why};
	Api__Problem *m;

	p.err = err_fail(&why, ERR_CORRUPT, "record: row 00: its sum is wrong");
	m = make(&p);

	cr_assert_str_eq(m->code, "store_damaged");
	cr_assert_eq(m->status, 500u);
	cr_assert_str_eq(m->detail, "record: row 00: its sum is wrong");
	cr_assert_not_null(strstr(m->fix, "lianfang audit"));
	cr_assert_not_null(strstr(m->fix_zh, "lianfang audit"));
	slice_free(&m->base);
}

Test(problem_chinese, looks_at_the_first_language)
{
	cr_assert(problem_chinese("zh-CN,zh;q=0.9,en;q=0.8"));
	cr_assert(!problem_chinese("en-US,zh;q=0.9"));
	cr_assert(!problem_chinese(NULL));
}

Test(problem_put, titles_what_the_status_says)
{
	static const struct {
		struct problem p;
		const char *title;
	} rows[] = {
	    {{.err = ERR_UNSUPPORTED, .status = 415},
	        "content of this kind is not taken"},
	    {{.err = ERR_MALFORMED, .status = 415},
	        "content of this kind is not taken"},
	    {{.err = ERR_DENIED, .status = 401}, "no valid token"},
	    {{.err = ERR_DENIED, .status = 401, .chinese = true},
	        "缺少有效令牌"},
	    {{.err = ERR_MALFORMED, .status = 403}, "no right to do this"},
	    {{.err = ERR_REFUSED, .status = 405},
	        "this path has no such method"},
	    {{.err = ERR_TIMEOUT, .status = 503}, "cannot be done now"},
	    {{.err = ERR_BUSY, .status = 503}, "busy, try again"},
	    {{.err = ERR_DENIED}, "no right to do this"},
	    {{.err = ERR_UNSUPPORTED}, "algorithm or version not supported"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		Api__Problem *m = make(&rows[i].p);

		cr_expect_str_eq(m->title, rows[i].title);
		slice_free(&m->base);
	}
}
