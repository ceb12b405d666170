/* ops_test.c - routing, rights and problems of the operations table. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ops.h"

#include "api.pb-c.h"
#include "config.pb-c.h"
#include "node/site.h"
#include "proto/json.h"
#include "proto/slice.h"
#include "tests/support/live.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define ALARM                                                          \
	"{\"source\":\"gds-01\",\"sourceSeq\":\"17\",\"level\":2,"     \
	"\"kind\":\"gas\",\"area\":\"tank-farm-2\",\"title\":\"LEL\"," \
	"\"value\":12.5,\"unit\":\"%LEL\","                            \
	"\"occurredAt\":\"2026-11-22T02:50:00Z\"}"

static unsigned
ask(struct live *l, enum live_who who, const char *method, const char *target,
    const char *body)
{
	struct ops_call call;

	live_call(l, who, method, target, body, &call);
	unsigned status = call.status;
	ops_call_clear(&call);
	return status;
}

Test(ops_table, names_every_operation_once_in_both_languages)
{
	size_t n;
	const struct ops_entry *t = ops_table(&n);

	cr_assert_gt(n, 40u);
	for (size_t i = 0; i < n; i++) {
		cr_assert_eq(ops_find(t[i].name), &t[i], "%s", t[i].name);
		cr_assert_gt(strlen(t[i].help), 3u);
		cr_assert_gt(strlen(t[i].help_zh), 3u);
		cr_assert_not_null(t[i].handle);
		bool write = strcmp(t[i].method, "GET") != 0;
		/* Nobody but whoever reports writes without a token, and logs,
		 * whose signature it is that speaks. */
		cr_assert(!write || t[i].roles != OPS_OPEN ||
		        strncmp(t[i].name, "report.", 7) == 0 ||
		        strcmp(t[i].name, "witness.add") == 0,
		    "%s", t[i].name);
		cr_assert(!write || (t[i].flags & OPS_LOGGED) == 0);
	}
}

Test(ops_admit, finds_nothing_at_a_wrong_path_and_says_what_a_path_takes)
{
	struct live l;
	struct ops_call call;

	live_open(&l, NULL);
	cr_assert_eq(ask(&l, LIVE_LOCAL, "GET", "/v1/nothing", NULL), 404u);
	cr_assert_eq(ask(&l, LIVE_LOCAL, "GET", "/v1/alarms/", NULL), 404u);
	cr_assert_eq(ask(&l, LIVE_LOCAL, "GET", "/v1/alarms/x/y", NULL), 404u);
	cr_assert_eq(ask(&l, LIVE_LOCAL, "GET", "v1/alarms", NULL), 404u);
	cr_assert_eq(ask(&l, LIVE_LOCAL, "GET", "", NULL), 404u);
	live_call(&l, LIVE_LOCAL, "DELETE", "/v1/alarms", NULL, &call);
	cr_assert_eq(call.status, 405u);
	cr_assert_str_eq(call.allow, "POST, GET");
	cr_assert_str_eq(call.type, "application/problem+json");
	ops_call_clear(&call);
	live_close(&l);
}

Test(ops_admit, lets_each_role_do_what_the_table_says_and_no_more)
{
	static const char *const role[] = {
	    "ingest", "operator", "hq", "regulator", "partner", "admin"};
	size_t n;
	const struct ops_entry *t = ops_table(&n);
	struct live l;

	live_open(&l, NULL);
	for (size_t r = 0; r < sizeof role / sizeof *role; r++) {
		live_token(&l, role[r], NULL);
		for (size_t i = 0; i < n; i++) {
			struct ops_call call;
			char header[96];
			ops_call_init(&call, l.service);
			call.method = t[i].method;
			call.path = bytes_str(t[i].path);
			(void)snprintf(
			    header, sizeof header, "Bearer %s", l.token);
			call.authorization = header;
			bool open = t[i].roles == OPS_OPEN ||
			    (t[i].flags & OPS_TILES) != 0;
			bool may =
			    open || (t[i].roles & ops_role_bit(role[r])) != 0;
			cr_assert_eq(
			    ops_admit(&call), may, "%s %s", role[r], t[i].name);
			if (!may)
				cr_assert_eq(call.status, 403u);
			ops_call_clear(&call);
		}
	}
	live_close(&l);
}

Test(ops_admit, asks_for_a_token_and_refuses_a_wrong_or_revoked_one)
{
	struct live l;
	struct ops_call call;
	char path[64];

	live_open(&l, NULL);
	cr_assert_eq(ask(&l, LIVE_NOBODY, "GET", "/v1/alarms", NULL), 401u);
	cr_assert_eq(ask(&l, LIVE_NOBODY, "GET", "/healthz", NULL), 200u);
	live_token(&l, "operator", NULL);
	cr_assert_eq(ask(&l, LIVE_TOKEN, "GET", "/v1/alarms", NULL), 200u);
	live_call(&l, LIVE_TOKEN, "GET", "/v1/status", NULL, &call);
	(void)snprintf(path, sizeof path, "/v1/tokens/%s", call.who.id);
	ops_call_clear(&call);
	cr_assert_eq(ask(&l, LIVE_LOCAL, "DELETE", path, NULL), 200u);
	cr_assert_eq(ask(&l, LIVE_TOKEN, "GET", "/v1/alarms", NULL), 401u);
	live_reopen(&l);
	cr_assert_eq(ask(&l, LIVE_TOKEN, "GET", "/v1/alarms", NULL), 401u);
	l.token[10] = l.token[10] == 'A' ? 'B' : 'A';
	cr_assert_eq(ask(&l, LIVE_TOKEN, "GET", "/v1/alarms", NULL), 401u);
	live_close(&l);
}

Test(ops_dispatch, answers_an_alarm_with_its_receipt_and_knows_it_again)
{
	struct live l;
	struct ops_call call;
	ProtobufCMessage *msg = NULL;

	live_open(&l, NULL);
	live_token(&l, "ingest", NULL);
	live_call(&l, LIVE_TOKEN, "POST", "/v1/alarms", ALARM, &call);
	cr_assert_eq(call.status, 201u, "%s", buf_cstr(&call.out));
	cr_assert_eq(json_decode(&msg, &ledger__receipt__descriptor,
	                 buf_view(&call.out), NULL),
	    ERR_OK);
	const Ledger__Receipt *r = (const Ledger__Receipt *)(void *)msg;
	cr_assert_not_null(r->checkpoint);
	cr_assert_eq(r->outcome, LEDGER__OUTCOME__APPLIED);
	cr_assert_eq(strncmp(call.location, "/v1/alarms/", 11), 0);
	ops_call_clear(&call);
	slice_free(msg);

	live_call(&l, LIVE_TOKEN, "POST", "/v1/alarms", ALARM, &call);
	cr_assert_eq(call.status, 201u);
	cr_assert_eq(json_decode(&msg, &ledger__receipt__descriptor,
	                 buf_view(&call.out), NULL),
	    ERR_OK);
	cr_assert(((const Ledger__Receipt *)(void *)msg)->duplicate);
	ops_call_clear(&call);
	slice_free(msg);
	live_close(&l);
}

Test(ops_dispatch, changes_nothing_on_bad_input_and_names_the_path)
{
	static const char *const bad[] = {"", "{", "[]", "{\"levle\":2}",
	    "{\"source\":1}", "[{\"source\":\"a\"},{\"level\":\"x\"}]",
	    "{\"source\":\"a\",\"source\":\"a\"}", "null",
	    "{\"source\":\"\\ud800\"}"};
	struct live l;
	struct ops_call call;
	struct ops_call before;

	live_open(&l, NULL);
	live_call(
	    &l, LIVE_NOBODY, "GET", "/evidence/1/checkpoint", NULL, &before);
	cr_assert_eq(before.status, 200u, "%s", buf_cstr(&before.out));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		live_call(&l, LIVE_LOCAL, "POST", "/v1/alarms", bad[i], &call);
		cr_assert_eq(call.status, 400u, "%s -> %u %s", bad[i],
		    call.status, buf_cstr(&call.out));
		cr_assert_str_eq(call.type, "application/problem+json");
		ops_call_clear(&call);
	}
	live_call(
	    &l, LIVE_NOBODY, "GET", "/evidence/1/checkpoint", NULL, &call);
	cr_assert(bytes_equal(buf_view(&call.out), buf_view(&before.out)));
	ops_call_clear(&call);
	ops_call_clear(&before);
	live_close(&l);
}

Test(ops_dispatch, refuses_another_media_type)
{
	struct live l;
	struct ops_call call;

	live_open(&l, NULL);
	ops_call_init(&call, l.service);
	call.method = "POST";
	call.path = bytes_str("/v1/alarms");
	call.content_type = "text/csv";
	call.local = true;
	ops_call_wait(&call);
	cr_assert_eq(call.status, 415u);
	ops_call_clear(&call);
	live_close(&l);
}

Test(ops_dispatch, takes_alarms_as_protobuf_and_answers_in_kind)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm b = RECORD__ALARM__INIT;
	Record__Alarm *both[] = {&a, &b};
	char src[] = "dcs", kind[] = "process", area[] = "a", title[] = "T";
	uint8_t packed[512];
	struct live l;
	struct ops_call call;

	for (size_t i = 0; i < 2; i++) {
		both[i]->source = src;
		both[i]->has_source_seq = true;
		both[i]->source_seq = i + 1;
		both[i]->has_occurred_at = true;
		both[i]->occurred_at = 1;
		both[i]->has_level = true;
		both[i]->level = 3;
		both[i]->kind = kind;
		both[i]->area = area;
		both[i]->title = title;
	}
	live_open(&l, NULL);
	Config__AlarmList list = CONFIG__ALARM_LIST__INIT;
	list.n_alarms = 2;
	list.alarms = both;
	size_t n = config__alarm_list__pack(&list, packed);
	ops_call_init(&call, l.service);
	call.method = "POST";
	call.path = bytes_str("/v1/alarms");
	call.content_type = "application/x-protobuf";
	call.accept = "application/x-protobuf";
	call.body = bytes_of(packed, n);
	call.local = true;
	ops_call_wait(&call);
	cr_assert_eq(call.status, 201u, "%s", buf_cstr(&call.out));
	Api__Receipts *r =
	    api__receipts__unpack(NULL, call.out.len, call.out.ptr);
	cr_assert_not_null(r);
	cr_assert_eq(r->n_items, 2u);
	cr_assert_eq(r->accepted, 2u);
	api__receipts__free_unpacked(r, NULL);
	ops_call_clear(&call);
	live_close(&l);
}

Test(ops_dispatch, keeps_a_scoped_token_inside_its_area)
{
	struct live l;
	struct ops_call call;

	live_open(&l, NULL);
	live_token(&l, "ingest", "boiler");
	cr_assert_eq(ask(&l, LIVE_TOKEN, "POST", "/v1/alarms", ALARM), 403u);
	cr_assert_eq(ask(&l, LIVE_LOCAL, "POST", "/v1/alarms", ALARM), 201u);
	live_token(&l, "operator", "boiler");
	live_call(&l, LIVE_TOKEN, "GET", "/v1/alarms", NULL, &call);
	cr_assert_eq(call.status, 200u);
	cr_assert_null(strstr(buf_cstr(&call.out), "gds-01"));
	ops_call_clear(&call);
	live_token(&l, "operator", "tank-farm-2");
	live_call(&l, LIVE_TOKEN, "GET", "/v1/alarms?proof=1", NULL, &call);
	cr_assert_not_null(strstr(buf_cstr(&call.out), "gds-01"));
	cr_assert_not_null(strstr(buf_cstr(&call.out), "tlog-proof"));
	ops_call_clear(&call);
	live_close(&l);
}

static unsigned
count_access(struct live *l)
{
	struct ops_call call;
	unsigned n = 0;

	live_call(l, LIVE_LOCAL, "GET", "/v1/accesses", NULL, &call);
	cr_assert_eq(call.status, 200u, "%s", buf_cstr(&call.out));
	for (const char *p = buf_cstr(&call.out);
	     (p = strstr(p, "\"recordId\"")) != NULL; p++)
		n++;
	ops_call_clear(&call);
	return n;
}

Test(ops_dispatch, logs_a_regulators_reading_once_a_minute_and_query)
{
	struct live l;

	live_open(&l, NULL);
	live_token(&l, "regulator", NULL);
	/* A minute may end in between: then there is one more. */
	for (int i = 0; i < 5; i++)
		cr_assert_eq(
		    ask(&l, LIVE_TOKEN, "GET", "/v1/alarms", NULL), 200u);
	unsigned n = count_access(&l);
	cr_assert(n == 1 || n == 2, "%u", n);
	cr_assert_eq(
	    ask(&l, LIVE_TOKEN, "GET", "/v1/alarms?level=1", NULL), 200u);
	cr_assert_gt(count_access(&l), n);
	unsigned m = count_access(&l);
	live_token(&l, "operator", NULL);
	cr_assert_eq(ask(&l, LIVE_TOKEN, "GET", "/v1/alarms", NULL), 200u);
	cr_assert_eq(count_access(&l), m);
	live_close(&l);
}

Test(ops_dispatch, serves_proofs_and_tiles_and_hides_entries)
{
	struct live l;
	struct ops_call call;

	live_open(&l, NULL);
	live_token(&l, "ingest", NULL);
	live_call(&l, LIVE_TOKEN, "GET", "/v1/proof/evidence/0", NULL, &call);
	cr_assert_eq(call.status, 200u, "%s", buf_cstr(&call.out));
	cr_assert_eq(
	    strncmp(buf_cstr(&call.out), "c2sp.org/tlog-proof@v1\n", 23), 0);
	cr_assert_null(strstr(buf_cstr(&call.out), "\nextra "));
	ops_call_clear(&call);
	live_call(&l, LIVE_LOCAL, "GET", "/v1/proof/evidence/0", NULL, &call);
	cr_assert_not_null(strstr(buf_cstr(&call.out), "\nextra "));
	ops_call_clear(&call);
	cr_assert_eq(
	    ask(&l, LIVE_LOCAL, "GET", "/v1/proof/evidence/999", NULL), 404u);
	cr_assert_eq(
	    ask(&l, LIVE_LOCAL, "GET", "/v1/proof/other/0", NULL), 404u);
	cr_assert_eq(
	    ask(&l, LIVE_NOBODY, "GET", "/evidence/1/tile/0/000.p/1", NULL),
	    200u);
	cr_assert_eq(
	    ask(&l, LIVE_NOBODY, "GET", "/evidence/2/checkpoint", NULL), 404u);
	cr_assert_eq(ask(&l, LIVE_NOBODY, "GET",
	                 "/evidence/1/tile/entries/000.p/1", NULL),
	    401u);
	cr_assert_eq(ask(&l, LIVE_TOKEN, "GET",
	                 "/evidence/1/tile/entries/000.p/1", NULL),
	    403u);
	cr_assert_eq(ask(&l, LIVE_LOCAL, "GET",
	                 "/evidence/1/tile/entries/000.p/1", NULL),
	    200u);
	live_close(&l);
}

Test(ops_dispatch, needs_a_token_for_tiles_when_configured)
{
	struct live l;

	live_open(&l, "public_tiles: false\n");
	cr_assert_eq(
	    ask(&l, LIVE_NOBODY, "GET", "/evidence/1/checkpoint", NULL), 401u);
	live_token(&l, "ingest", NULL);
	cr_assert_eq(
	    ask(&l, LIVE_TOKEN, "GET", "/evidence/1/checkpoint", NULL), 200u);
	live_close(&l);
}

Test(openapi_put, is_json_and_has_every_operation)
{
	struct live l;
	struct ops_call call;
	size_t n;
	const struct ops_entry *t = ops_table(&n);

	live_open(&l, NULL);
	live_call(&l, LIVE_NOBODY, "GET", "/openapi.json", NULL, &call);
	cr_assert_eq(call.status, 200u);
	const char *text = buf_cstr(&call.out);
	for (size_t i = 0; i < n; i++) {
		char id[64];
		(void)snprintf(
		    id, sizeof id, "\"operationId\":\"%s\"", t[i].name);
		cr_assert_not_null(strstr(text, id), "%s", t[i].name);
	}
	/* Every reference leads somewhere. */
	for (const char *p = text; (p = strstr(p, "#/components/schemas/"));) {
		char def[128];
		p += 21;
		(void)snprintf(def, sizeof def, "\"%.*s\":{\"type\":\"object\"",
		    (int)strcspn(p, "\""), p);
		cr_assert_not_null(strstr(text, def), "%s", def);
	}
	ops_call_clear(&call);
	live_close(&l);
}

Test(health_metrics, is_prometheus_text_with_the_log_sizes)
{
	struct live l;
	struct ops_call call;

	live_open(&l, NULL);
	live_call(&l, LIVE_LOCAL, "GET", "/metrics", NULL, &call);
	cr_assert_eq(call.status, 200u);
	cr_assert_not_null(strstr(
	    buf_cstr(&call.out), "\nlianfang_log_size{log=\"evidence\"} "));
	cr_assert_not_null(
	    strstr(buf_cstr(&call.out), "\nlianfang_halted 0\n"));
	ops_call_clear(&call);
	cr_assert_eq(ask(&l, LIVE_NOBODY, "GET", "/metrics", NULL), 401u);
	cr_assert_eq(ask(&l, LIVE_NOBODY, "GET", "/readyz", NULL), 200u);
	live_close(&l);
}

Test(tokens_create, refuses_bad_requests)
{
	struct live l;

	live_open(&l, NULL);
	cr_assert_eq(
	    ask(&l, LIVE_LOCAL, "POST", "/v1/tokens", "{\"role\":\"god\"}"),
	    400u);
	cr_assert_eq(ask(&l, LIVE_LOCAL, "POST", "/v1/tokens",
	                 "{\"role\":\"hq\",\"expires\":\"soon\"}"),
	    400u);
	cr_assert_eq(ask(&l, LIVE_LOCAL, "POST", "/v1/tokens",
	                 "{\"role\":\"hq\",\"areas\":[\"\"]}"),
	    400u);
	cr_assert_eq(
	    ask(&l, LIVE_LOCAL, "DELETE", "/v1/tokens/tk_none", NULL), 404u);
	live_close(&l);
}

Test(ops_fail, says_that_the_node_halted_and_shows_no_token)
{
	static const char *const targets[] = {"/v1/tokens", "/v1/alarms"};
	static const char *const bodies[] = {"{\"role\":\"hq\"}", ALARM};
	struct live l;
	struct ops_call call;

	live_open(&l, NULL);
	atomic_store(&l.service->site->halted, true);
	for (size_t i = 0; i < 2; i++) {
		live_call(&l, LIVE_LOCAL, "POST", targets[i], bodies[i], &call);
		cr_assert_eq(call.status, 503u);
		cr_assert_null(strstr(buf_cstr(&call.out), "lft_"));
		cr_assert_not_null(
		    strstr(buf_cstr(&call.out), "\"NODE_HALTED\""));
		cr_assert_not_null(strstr(buf_cstr(&call.out), "\"fixZh\""));
		ops_call_clear(&call);
	}
	cr_assert_eq(ask(&l, LIVE_NOBODY, "GET", "/readyz", NULL), 503u);
	cr_assert_eq(ask(&l, LIVE_LOCAL, "GET", "/v1/alarms", NULL), 200u);
	live_close(&l);
}

Test(tokens_list, never_shows_a_secret)
{
	struct live l;
	struct ops_call call;

	live_open(&l, NULL);
	live_token(&l, "hq", NULL);
	live_call(&l, LIVE_LOCAL, "GET", "/v1/tokens", NULL, &call);
	cr_assert_not_null(strstr(buf_cstr(&call.out), "\"tk_"));
	cr_assert_null(strstr(buf_cstr(&call.out), "lft_"));
	ops_call_clear(&call);
	live_close(&l);
}
