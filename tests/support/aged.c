/* aged.c - records whose terms end, holds, erasures that wait. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/aged.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/log_read.h"
#include "node/fold_retain.h"
#include "node/submit_expire.h"
#include "proto/mem.h"

char aged_area[] = "tank-farm-2";
char aged_gas[] = "gas";
char aged_position[] = "position";

void
aged_begin(struct aged *s)
{
	keeper_begin(&s->k);
	s->r = retain_new(s->k.p.site);
	plant_enrol(&s->k.p, &s->lin, "lin", "legal");
}

void
aged_end(struct aged *s)
{
	retain_stop(s->r);
	keeper_end(&s->k);
	retain_free(s->r);
}

void
aged_restart(struct aged *s)
{
	retain_stop(s->r);
	plant_restart(&s->k.p);
	retain_free(s->r);
	s->r = retain_new(s->k.p.site);
}

/* An alarm, cleared unless `open`; its index, its record in id. */
uint64_t
aged_alarm(struct aged *s, char *kind, bool open, char id[TEXT_UUID_CHARS + 1])
{
	static char title[] = "Zhang, pump 3";
	static char who[] = "zhang";
	static char uri[] = "https://video.example/7.mp4";
	uint8_t digest[33] = {1, 2, 3};
	Record__Evidence video = RECORD__EVIDENCE__INIT;
	Record__Evidence *list[] = {&video};
	Record__Alarm clear = RECORD__ALARM__INIT;
	Record__Alarm a = RECORD__ALARM__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;
	char *people[] = {who};
	uint64_t index;

	video.has_digest = true;
	video.digest = (ProtobufCBinaryData){sizeof digest, digest};
	video.uri = uri;
	a.has_level = a.has_occurred_at = true;
	a.level = 3;
	a.kind = kind;
	a.area = aged_area;
	a.title = title;
	a.people = people;
	a.n_people = 1;
	a.evidence = list;
	a.n_evidence = 1;
	a.occurred_at = s->k.p.now;
	r = plant_alarms(&s->k.p, (Record__Alarm *[]){&a}, 1);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	index = r->items[0].index;
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
	if (open)
		return index;
	clear.has_action = true;
	clear.action = RECORD__ALARM__ACTION__CLEAR;
	post.alarm = &clear;
	r = plant_event(&s->k.p, LEDGER__KIND__ALARM, id, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	return index;
}

const char *
aged_hold(struct aged *s, Record__Retention__Action action, char *id,
    Record__Retention *m, uint32_t based_on)
{
	static char why[] = "case 7";
	struct plant_sign sign = {.who = &s->lin,
	    .kind = LEDGER__KIND__RETENTION,
	    .record = id,
	    .based_on = based_on,
	    .msg = &m->base,
	    .occurred_us = s->k.p.now};
	const char *code;
	struct submit_result *r;

	m->has_action = m->has_occurred_at = true;
	m->action = action;
	m->occurred_at = s->k.p.now;
	if (m->reason == NULL)
		m->reason = why;
	r = plant_signed(&s->k.p, &sign, based_on > 0 ? id : NULL);
	code = r->error == ERR_OK ? "" : r->rule != NULL ? r->rule->code : "?";
	submit_result_free(r);
	return code;
}

const char *
aged_erase(struct aged *s, uint64_t index, uint32_t field, bool wrong)
{
	Api__ErasurePost post = API__ERASURE_POST__INIT;
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(&s->k.p, w);
	char reason[] = "PIPL 47";
	char by[] = "zhang";
	struct submit_result *r;
	const char *code = "";

	post.has_index = true;
	post.index = index;
	post.reason = reason;
	post.requested_by = by;
	post.fields = &field;
	post.n_fields = field != 0;
	post.has_wrong = post.wrong = wrong;
	submit_erasure(&to, &post);
	r = submit_wait_for(w);
	if (r->error != ERR_OK)
		code = r->rule != NULL ? r->rule->code : "?";
	else if (r->items[0].rule != NULL)
		code = r->items[0].rule->code;
	submit_result_free(r);
	return code;
}

unsigned
aged_run(struct aged *s)
{
	unsigned all = 0;
	unsigned made;

	retain_again(s->r);
	while ((made = retain_turn(s->r)) > 0)
		all += made;
	return all;
}

bool
aged_withheld(struct aged *s, const char *id, const char *what)
{
	Api__RecordView *v = plant_get(&s->k.p, LEDGER__KIND__ALARM, id);
	const char *is = v->events[0]->withheld;
	bool same =
	    is == NULL ? what == NULL : what != NULL && strcmp(is, what) == 0;

	api__record_view__free_unpacked(v, NULL);
	return same;
}

bool
aged_waiting(struct aged *s)
{
	struct fold f = {.t = &s->k.p.site->own.tables,
	    .book = s->k.p.site->own.book,
	    .mac = &s->k.p.site->index_mac};
	struct fold_wait w;
	enum err e;

	cr_assert_eq(store_read(s->k.p.site->own.store, &f.txn, NULL), ERR_OK);
	e = fold_wait_next(&f, s->k.p.site->evidence, 0, &w, NULL);
	store_abort(f.txn);
	return e == ERR_OK;
}

const char aged_term[] = "alarm@2026.1";

/* What a command would end of it. */
struct submit_plan *
aged_look(struct aged *s, const char *id)
{
	struct submit_plan *plan;
	uint8_t raw[1][16];
	struct submit_expiry x = {.term = aged_term,
	    .id = (const uint8_t(*)[16])raw,
	    .len = 1,
	    .now_us = s->k.p.now};

	cr_assert_eq(text_uuid_get(raw[0], bytes_str(id), NULL), ERR_OK);
	cr_assert_eq(submit_plan_make(&plan, s->k.p.site, &x, NULL), ERR_OK);
	return plan;
}

/* By a command: entries that ended. */
uint64_t
aged_end_as(struct aged *s, struct submit_plan *plan)
{
	struct submit_wait *w = submit_wait_new();
	const struct submit_to to = plant_to(&s->k.p, w);
	const struct submit_expiry x = {.term = aged_term, .last = true};
	struct submit_result *r;
	uint64_t n;

	submit_expiry(&to, &x, plan);
	r = submit_wait_for(w);
	n = r->error == ERR_OK ? r->expired : 0;
	submit_result_free(r);
	return n;
}

uint64_t
aged_end_now(struct aged *s, const char *id)
{
	return aged_end_as(s, aged_look(s, id));
}

void
aged_place(struct aged *s, Record__Retention *m)
{
	char id[TEXT_UUID_CHARS + 1] = "";

	cr_assert_str_empty(
	    aged_hold(s, RECORD__RETENTION__ACTION__HOLD, id, m, 0));
}

void
aged_hold_record(struct aged *s, char *id)
{
	Record__Retention m = RECORD__RETENTION__INIT;

	m.record_id = id;
	aged_place(s, &m);
}

void
aged_name(struct aged *s, char *id, char by[TEXT_UUID_CHARS + 1])
{
	Record__Alarm a = RECORD__ALARM__INIT;
	struct submit_result *r;

	a.has_level = a.has_occurred_at = true;
	a.level = 3;
	a.kind = aged_gas;
	a.area = aged_area;
	a.detail = id;
	a.occurred_at = s->k.p.now;
	r = plant_alarms(&s->k.p, (Record__Alarm *[]){&a}, 1);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(by, r->items[0].record_id);
	submit_result_free(r);
}

void
aged_fold_anew(struct aged *s)
{
	struct site *at = s->k.p.site;
	struct fold f = {
	    .t = &at->own.tables, .book = at->own.book, .mac = &at->index_mac};
	struct log_state *state = mem_alloc(1, sizeof *state);

	cr_assert_eq(store_write(at->own.store, &f.txn, NULL), ERR_OK);
	cr_assert_eq(fold_clear(&f, NULL), ERR_OK);
	cr_assert_eq(
	    log_state(f.book, f.txn, at->evidence, state, NULL), ERR_OK);
	cr_assert_eq(
	    fold_range(&f, at->evidence, 0, state->frontier.size, NULL),
	    ERR_OK);
	cr_assert_eq(store_commit(f.txn, NULL), ERR_OK);
	free(state);
}
