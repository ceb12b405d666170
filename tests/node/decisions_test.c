/* decisions_test.c - rosters, and decisions taken again. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "api.pb-c.h"
#include "node/domain/decide_replay.h"
#include "node/submit_roster.h"
#include "proto/json.h"
#include "proto/slice.h"
#include "proto/text.h"
#include "tests/support/live.h"

#define ISSUE                                                       \
	"{\"certificate\":{\"action\":\"ISSUE\",\"holder\":\"%s\"," \
	"\"class\":\"welding\",\"validFromAt\":\"%s\",\"validToAt\":\"%s\"}}"

static void
issue(struct live *l, const char *holder)
{
	char from[TEXT_TIME_CHARS + 1];
	char to[TEXT_TIME_CHARS + 1];
	char body[512];
	int64_t now = service_now();
	struct ops_call call;

	text_time_put(from, now - 60000000);
	text_time_put(to, now + INT64_C(86400000000));
	(void)snprintf(body, sizeof body, ISSUE, holder, from, to);
	live_call(l, LIVE_LOCAL, "POST", "/v1/certificates", body, &call);
	cr_assert_eq(call.status, 201u, "%s", buf_cstr(&call.out));
	ops_call_clear(&call);
}

/* n holders "w-0" ...; the answer, or NULL unless its status is `want`. */
static Api__Roster *
ask(struct live *l, size_t n, unsigned want)
{
	ProtobufCMessage *m = NULL;
	struct ops_call call;
	struct buf body;

	buf_init(&body, 1u << 20);
	buf_str(&body,
	    "{\"workType\":\"hot-work\",\"level\":\"LEVEL_1\","
	    "\"area\":\"tank-farm-2\",\"holders\":[");
	for (size_t i = 0; i < n; i++)
		buf_printf(&body, "%s\"w-%zu\"", i > 0 ? "," : "", i);
	buf_str(&body, "]}");
	live_call(l, LIVE_LOCAL, "POST", "/v1/decisions/roster",
	    buf_cstr(&body), &call);
	buf_clear(&body);
	cr_assert_eq(call.status, want, "%s", buf_cstr(&call.out));
	if (want == 200)
		cr_assert_eq(json_decode(&m, &api__roster__descriptor,
		                 buf_view(&call.out), NULL),
		    ERR_OK);
	ops_call_clear(&call);
	return (Api__Roster *)m;
}

static Api__Replay *
replay(struct live *l, const char *id)
{
	ProtobufCMessage *m = NULL;
	struct ops_call call;
	char path[128];

	(void)snprintf(path, sizeof path, "/v1/decisions/%s/replay", id);
	live_call(l, LIVE_LOCAL, "GET", path, NULL, &call);
	cr_assert_eq(call.status, 200u, "%s", buf_cstr(&call.out));
	cr_assert_eq(json_decode(&m, &api__replay__descriptor,
	                 buf_view(&call.out), NULL),
	    ERR_OK);
	ops_call_clear(&call);
	return (Api__Replay *)m;
}

/* Each person by himself, in the order asked, each an entry to be replayed. */
Test(ingest_roster, decides_about_each_of_five_hundred)
{
	struct live l = {.port = 0};
	Api__Roster *r;

	live_open(&l, NULL);
	issue(&l, "w-3");
	issue(&l, "w-499");
	r = ask(&l, SUBMIT_ROSTER_MAX, 200);
	cr_assert_eq(r->n_items, (size_t)SUBMIT_ROSTER_MAX);
	cr_assert_eq(r->allowed, 2u);
	cr_assert_eq(r->denied, SUBMIT_ROSTER_MAX - 2u);
	/* That nobody keeps health and training stands beside the lack. */
	cr_assert_eq(r->n_reasons, 3u);
	cr_assert_str_eq(r->reasons[0]->code, "NO_CREDENTIAL");
	cr_assert_str_eq(r->reasons[1]->code, "HEALTH_NOT_KEPT");
	cr_assert_str_eq(r->reasons[2]->code, "TRAINING_NOT_KEPT");
	for (size_t i = 0; i < r->n_items; i++) {
		bool good = i == 3 || i == 499;
		char name[32];

		(void)snprintf(name, sizeof name, "w-%zu", i);
		cr_assert_str_eq(r->items[i]->holder, name);
		cr_assert_eq(r->items[i]->result,
		    good ? RECORD__DECISION__RESULT__ALLOW
		         : RECORD__DECISION__RESULT__DENY,
		    "%s", name);
		cr_assert_eq(r->items[i]->credential_id != NULL, good);
	}
	for (size_t i = 2; i < 5; i++) {
		Api__Replay *again = replay(&l, r->items[i]->record_id);

		cr_assert(again->same);
		cr_assert_eq(again->result, r->items[i]->result);
		cr_assert_str_eq(again->recorded->holder, r->items[i]->holder);
		api__replay__free_unpacked(again, NULL);
	}
	api__roster__free_unpacked(r, NULL);
	(void)ask(&l, 0, 400);
	(void)ask(&l, SUBMIT_ROSTER_MAX + 1, 422);
	live_close(&l);
}

static Record__Decision *
recorded(struct live *l, Api__Replay **from)
{
	Api__Roster *r;

	live_open(l, NULL);
	issue(l, "w-0");
	r = ask(l, 1, 200);
	*from = replay(l, r->items[0]->record_id);
	api__roster__free_unpacked(r, NULL);
	return (*from)->recorded;
}

/* Any other fact, and it would not be the same: what an answer rests on is in
 * its entry. */
Test(decide_replay, finds_every_change_of_what_was_recorded)
{
	struct live l = {.port = 0};
	Api__Replay *from;
	Record__Decision *m = recorded(&l, &from);
	Record__DecisionFacts *f = m->facts;
	struct decide_replay out;

	cr_assert_eq(decide_replay(&out, m, NULL), ERR_OK);
	cr_assert(out.same);
#define OTHER(change, undo)                                 \
	change;                                             \
	cr_expect_eq(decide_replay(&out, m, NULL), ERR_OK); \
	cr_expect_not(out.same, "%s", #change);             \
	undo
	OTHER(f->area_alarm = true, f->area_alarm = false);
	OTHER(f->level_known = false, f->level_known = true);
	OTHER(f->person_checked = false, f->person_checked = true);
	OTHER(f->violation_open = true, f->violation_open = false);
	OTHER(f->score_open = true, f->score_open = false);
	OTHER(f->shown[0]->has_status = false;
	      f->shown[0]->status = RECORD__STATUS__VALUE__VALUE_UNSPECIFIED,
	      f->shown[0]->status = RECORD__STATUS__VALUE__VALID);
	OTHER(f->shown[0]->valid_to_at -= INT64_C(86400000000),
	    f->shown[0]->valid_to_at += INT64_C(86400000000));
	OTHER(m->result = RECORD__DECISION__RESULT__DENY,
	    m->result = RECORD__DECISION__RESULT__ALLOW);
	OTHER(m->expires_at++, m->expires_at--);
#undef OTHER
	f->version++;
	cr_expect_eq(decide_replay(&out, m, NULL), ERR_UNSUPPORTED);
	m->facts = NULL;
	cr_expect_eq(decide_replay(&out, m, NULL), ERR_NOT_FOUND);
	m->facts = f;
	api__replay__free_unpacked(from, NULL);
	live_close(&l);
}
