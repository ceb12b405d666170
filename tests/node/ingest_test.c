/* ingest_test.c - what is refused names its place in what was sent. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ingest.h"

#include "tests/support/live.h"

#include <criterion/criterion.h>

#define GOOD                                            \
	"{\"level\":2,\"kind\":\"gas\",\"area\":\"t\"," \
	"\"occurredAt\":\"2026-11-22T02:50:00Z\"}"
#define NO_AREA "{\"level\":2,\"kind\":\"gas\"}"
#define LONG_LEVEL "{\"level\":9,\"kind\":\"gas\",\"area\":\"t\"}"

static void
expect(struct live *l, const char *body, unsigned status, const char *part)
{
	struct ops_call call;

	live_call(l, LIVE_LOCAL, "POST", "/v1/alarms", body, &call);
	cr_expect_eq(call.status, status, "%s", buf_cstr(&call.out));
	cr_expect_not_null(strstr(buf_cstr(&call.out), part), "%s\n%s", part,
	    buf_cstr(&call.out));
	ops_call_clear(&call);
}

Test(ingest_alarms, names_the_item_and_the_field_that_it_refuses)
{
	struct live l;

	live_open(&l, NULL);
	expect(&l, "[" GOOD "," GOOD "," GOOD "," NO_AREA "]", 201,
	    "\"reason\":\"$[3].area\"");
	expect(
	    &l, "[" GOOD "," LONG_LEVEL "]", 201, "\"reason\":\"$[1].level\"");
	expect(&l, "[" NO_AREA "]", 400, "\"path\":\"$[0].area\"");
	expect(
	    &l, "[" NO_AREA "," LONG_LEVEL "]", 400, "\"path\":\"$[0].area\"");
	expect(&l, NO_AREA, 400, "\"path\":\"$.area\"");
	live_close(&l);
}

Test(ingest_cases, refuses_a_report_of_the_future_and_keeps_such_an_alarm)
{
	struct live l;
	struct ops_call call;

	live_open(&l, NULL);
	live_call(&l, LIVE_LOCAL, "POST", "/v1/cases",
	    "{\"type\":\"near-miss\",\"occurredAt\":\"2099-01-01T00:00:00Z\"}",
	    &call);
	cr_expect_eq(call.status, 400u, "%s", buf_cstr(&call.out));
	cr_expect_not_null(strstr(buf_cstr(&call.out), "TIME_FUTURE"));
	cr_expect_not_null(
	    strstr(buf_cstr(&call.out), "\"path\":\"$.occurredAt\""));
	ops_call_clear(&call);
	expect(&l,
	    "{\"level\":2,\"kind\":\"gas\",\"area\":\"t\","
	    "\"occurredAt\":\"2099-01-01T00:00:00Z\"}",
	    201, "\"APPLIED\"");
	live_close(&l);
}
