/* submit_defence_test.c - a rule raises and stops; it lets nothing go on. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_defence.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "node/defence_heard.h"
#include "node/defence_log.h"
#include "node/defence_try.h"
#include "node/submit_own.h"
#include "proto/mem.h"
#include "tests/support/chance.h"
#include "tests/support/hotwork.h"

static char gas[] = "gas", tanks[] = HOTWORK_AREA;

/* Hot work in progress, and a rule about two alarms beside it. */
struct scene {
	struct plant p;
	struct hotwork w;
	struct defence_rule rule;
};

static void
read_rule(struct defence_rule *out, const char *rest)
{
	char text[DEFENCE_RULE_BYTES];
	struct err_why why = {.text = ""};

	(void)snprintf(text, sizeof text,
	    "defence:\n  id: r\n  version: \"1\"\n  title: two leaks\n"
	    "  titleZh: t\n  text: look\n  textZh: t\n  clause: c\n"
	    "  quietMinutes: 30\n  raise: {level: 2}\n%s",
	    rest);
	cr_assert_eq(defence_rule_read(out, bytes_str(text), &why), ERR_OK,
	    "%s", why.text);
}

static void
begin(struct scene *s, const char *rest)
{
	plant_begin(&s->p, "plant-a.acme.example");
	cards_certify(&s->p, "w-0001", "welding", NULL);
	hotwork_begin(&s->w, &s->p, "w-0001");
	plant_turn(&s->p, PLANT_MINUTE);
	read_rule(&s->rule, rest);
}

static void
end(struct scene *s)
{
	defence_rule_clear(&s->rule);
	plant_end(&s->p);
}

#define HOT                                                    \
	"  scope: AREA\n  all:\n    - alarms: {minutes: 10}\n" \
	"  suspend: {types: [hot-work]}\n"

/* The alarm's id; duplicate: it was raised before. */
static bool
fire(struct scene *s, const char *area, uint64_t place, bool suspends,
    char id[TEXT_UUID_CHARS + 1])
{
	struct submit_wait *w = submit_wait_new();
	const struct submit_to to = plant_to(&s->p, w);
	struct submit_result *r;
	bool again;

	submit_defence_fire(&to,
	    &(struct submit_fire){.rule = &s->rule,
	        .area = area,
	        .place = place,
	        .at_us = s->p.now,
	        .epoch = 7,
	        .suspends = suspends});
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	again = r->items[0].duplicate;
	if (!again)
		text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
	return again;
}

static void
raise_alarm(struct scene *s, const char *source)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&a};
	struct submit_result *r;
	char name[64], tag[] = "r@1";

	(void)snprintf(name, sizeof name, "%s", source);
	a.has_level = a.has_occurred_at = true;
	a.level = 3;
	a.source = name;
	a.tag = tag;
	a.kind = gas;
	a.area = tanks;
	a.occurred_at = s->p.now;
	r = plant_alarms(&s->p, list, 1);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

Test(submit_defence, raises_once_and_stops_the_work_with_its_reason)
{
	struct scene s;
	char id[TEXT_UUID_CHARS + 1];
	Api__RecordView *v;
	const Record__Alarm *a;

	begin(&s, HOT);
	cr_assert_not(fire(&s, HOTWORK_AREA, 5, true, id));
	hotwork_is(&s.w, "SUSPENDED");
	v = plant_get(&s.p, LEDGER__KIND__PERMIT, s.w.permit);
	cr_assert_str_eq(
	    v->events[v->n_events - 1]->annex->code, "DEFENCE_SUSPENDS");
	cr_assert_str_eq(v->events[v->n_events - 1]->annex->alarm_id, id);
	api__record_view__free_unpacked(v, NULL);
	v = plant_get(&s.p, LEDGER__KIND__ALARM, id);
	a = v->events[0]->alarm;
	cr_assert_str_eq(a->source, DEFENCE_LOG_SOURCE);
	cr_assert_str_eq(a->tag, "r@1");
	cr_assert_str_eq(a->area, HOTWORK_AREA);
	cr_assert_eq(a->level, 2);
	cr_assert_not_null(strstr(a->detail, "r@1, epoch 7, sha256="));
	cr_assert_null(v->events[0]->annex);
	api__record_view__free_unpacked(v, NULL);
	cr_assert(fire(&s, HOTWORK_AREA, 5, true, id), "the same, once");
	cr_assert_not(fire(&s, HOTWORK_AREA, 6, true, id));
	end(&s);
}

Test(submit_defence, stops_nothing_elsewhere_or_unconfirmed_or_of_other_types)
{
	struct scene s;
	char id[TEXT_UUID_CHARS + 1];

	begin(&s, HOT);
	(void)fire(&s, HOTWORK_AREA, 5, false, id);
	hotwork_is(&s.w, "IN_PROGRESS");
	(void)fire(&s, "elsewhere", 6, true, id);
	hotwork_is(&s.w, "IN_PROGRESS");
	end(&s);
	begin(&s,
	    "  scope: SITE\n  all:\n    - alarms: {minutes: 10}\n"
	    "  suspend: {types: [lifting]}\n  notify: true\n");
	(void)fire(&s, "elsewhere", 5, true, id);
	hotwork_is(&s.w, "IN_PROGRESS");
	defence_rule_clear(&s.rule);
	read_rule(&s.rule,
	    "  scope: SITE\n  all:\n    - alarms: {minutes: 10}\n"
	    "  suspend: {types: [Hot-Work], levels: [LEVEL_1]}\n");
	(void)fire(&s, NULL, 6, true, id);
	hotwork_is(&s.w, "SUSPENDED");
	end(&s);
}

/* A rule that names areas is for these, also what it stops. */
Test(submit_defence, a_rule_of_the_site_stops_work_only_where_it_holds)
{
	static const struct {
		const char *areas;
		const char *state;
	} all[] = {
	    {"[boilers, quay-*]", "IN_PROGRESS"},
	    {"[boilers, \" " HOTWORK_AREA " \"]", "SUSPENDED"},
	    {"[boilers, \"*\"]", "SUSPENDED"},
	};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct scene s;
		char id[TEXT_UUID_CHARS + 1], text[400];

		(void)snprintf(text, sizeof text,
		    "  scope: SITE\n  areas: %s\n  all:\n"
		    "    - alarms: {minutes: 10}\n"
		    "  suspend: {types: [hot-work]}\n",
		    all[i].areas);
		begin(&s, text);
		(void)fire(&s, "boilers", 5, true, id);
		hotwork_is(&s.w, all[i].state);
		end(&s);
	}
}

Test(submit_defence, asks_to_tell_those_outside_only_where_it_says_so)
{
	struct scene s;
	char id[TEXT_UUID_CHARS + 1];
	Api__RecordView *v;

	begin(&s,
	    "  scope: SITE\n  all:\n    - alarms: {minutes: 10}\n"
	    "  notify: true\n");
	(void)fire(&s, "dock", 5, true, id);
	v = plant_get(&s.p, LEDGER__KIND__ALARM, id);
	cr_assert_str_eq(v->events[0]->annex->code, "DEFENCE_NOTIFIES");
	api__record_view__free_unpacked(v, NULL);
	end(&s);
}

/* How far work may go on: a state that a rule brings is never further. */
static int
freedom(const char *state)
{
	return strcmp(state, "IN_PROGRESS") == 0 ? 2
	    : strcmp(state, "ISSUED") == 0       ? 1
	                                         : 0;
}

static void
never_loosens(struct chance *c)
{
	static const char *const scopes[] = {"AREA", "SITE"};
	static const char *const types[] = {
	    "hot-work", "lifting", "confined-space"};
	static struct scene s;
	static bool begun;
	char rest[300], id[TEXT_UUID_CHARS + 1];
	Api__RecordView *v;
	int before;

	if (!begun)
		begin(&s, HOT);
	begun = true;
	defence_rule_clear(&s.rule);
	(void)snprintf(rest, sizeof rest,
	    "  scope: %s\n  all:\n    - alarms: {minutes: 10}\n"
	    "  suspend: {types: [%s]}\n  notify: %s\n",
	    scopes[chance_below(c, 2)], types[chance_below(c, 3)],
	    chance_below(c, 2) ? "true" : "false");
	read_rule(&s.rule, rest);
	v = plant_get(&s.p, LEDGER__KIND__PERMIT, s.w.permit);
	before = freedom(v->state);
	api__record_view__free_unpacked(v, NULL);
	(void)fire(&s, chance_below(c, 2) ? HOTWORK_AREA : "dock",
	    chance_below(c, 1000), chance_below(c, 2), id);
	v = plant_get(&s.p, LEDGER__KIND__PERMIT, s.w.permit);
	chance_holds(c, freedom(v->state) <= before);
	api__record_view__free_unpacked(v, NULL);
	if (c->seed % 20 == 0) {
		end(&s);
		begun = false;
	}
}

Test(submit_defence, no_rule_lets_work_go_further_than_it_was)
{
	chance_each(20, never_loosens);
}

/* ---- what is seen of the log ---- */

static size_t fired, alarms;

static void
count(void *arg, const struct defence_event *e)
{
	(void)arg;
	fired += e->what == DEFENCE_FIRED;
	alarms += e->what == DEFENCE_ALARM;
}

Test(submit_defence, a_device_that_takes_the_name_is_a_device_all_the_same)
{
	struct scene s;
	struct defence_log log;
	char id[TEXT_UUID_CHARS + 1];
	size_t n;

	begin(&s, HOT);
	raise_alarm(&s, DEFENCE_LOG_SOURCE);
	(void)fire(&s, HOTWORK_AREA, 5, false, id);
	log = (struct defence_log){.site = s.p.site};
	cr_assert_eq(defence_log_since(&log, 0, NULL), ERR_OK);
	fired = alarms = 0;
	cr_assert_eq(
	    defence_log_read(&log, 1000, count, NULL, &n, NULL), ERR_OK);
	cr_assert_eq(fired, 1);
	cr_assert_eq(alarms, 1);
	cr_assert_eq(
	    defence_log_read(&log, 1000, count, NULL, &n, NULL), ERR_OK);
	cr_assert_eq(n, 0);
	end(&s);
}

Test(submit_defence, a_dry_run_counts_what_would_have_been_and_writes_nothing)
{
	struct scene s;
	Api__DefenceTried *m = NULL;
	uint64_t before, after;
	int64_t last;

	begin(&s,
	    "  scope: AREA\n  all:\n    - alarms: {minutes: 10, count: 2}\n"
	    "    - permits: {types: [hot-work]}\n");
	for (int i = 0; i < 4; i++) {
		raise_alarm(&s, "gds-01");
		plant_turn(&s.p, PLANT_MINUTE);
	}
	cr_assert_eq(defence_log_end(s.p.site, &before, &last, NULL), ERR_OK);
	cr_assert_eq(defence_try(&m, s.p.site, &s.rule, 30, NULL), ERR_OK);
	cr_assert_eq(m->fires, 1);
	cr_assert_eq(m->n_last, 1);
	cr_assert_str_eq(m->last[0]->area, HOTWORK_AREA);
	cr_assert_eq(m->entries, before);
	api__defence_tried__free_unpacked(m, NULL);
	cr_assert_eq(defence_log_end(s.p.site, &after, &last, NULL), ERR_OK);
	cr_assert_eq(after, before);
	end(&s);
}

/* ---- what is said of it ---- */

static void
say(struct plant *p, const char *name, Record__DefenceReceipt__Outcome o,
    size_t digest_len)
{
	static uint8_t digest[HASH_BYTES] = {3};
	Record__DefenceReceipt m = RECORD__DEFENCE_RECEIPT__INIT;
	struct submit_wait *w = submit_wait_new();
	const struct submit_to to = plant_to(p, w);
	struct submit_result *r;
	char text[64];

	(void)snprintf(text, sizeof text, "%s", name);
	m.name = text;
	m.has_digest = m.has_outcome = true;
	m.digest = (ProtobufCBinaryData){digest_len, digest};
	m.outcome = o;
	submit_defence_say(&to,
	    &(struct submit_said){
	        .receipt = &m, .operator_ = "li", .detail = "r@1"});
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

static void
hear(struct defence_heard *out, struct scene *s, const char *member)
{
	cr_assert_eq(defence_heard(out, s->p.site, member, "r", NULL), ERR_OK);
}

static void
name_it(void *arg, const char *name)
{
	(void)snprintf(arg, 16, "%s", name);
}

Test(submit_defence, the_newest_receipt_of_a_name_is_what_its_owner_says)
{
	struct scene s;
	struct defence_heard h;
	char name[16] = "";

	begin(&s, HOT);
	hear(&h, &s, s.p.site->name);
	cr_assert_eq(h.outcome, 0);
	say(&s.p, "r", RECORD__DEFENCE_RECEIPT__OUTCOME__HELD, HASH_BYTES);
	say(&s.p, "r", RECORD__DEFENCE_RECEIPT__OUTCOME__APPLIED, HASH_BYTES);
	hear(&h, &s, s.p.site->name);
	cr_assert_eq(h.outcome, RECORD__DEFENCE_RECEIPT__OUTCOME__APPLIED);
	cr_assert(h.at_us > 0);
	cr_assert_eq(
	    defence_heard_names(s.p.site, name_it, name, NULL), ERR_OK);
	cr_assert_str_eq(name, "r");
	/* Of somebody who has no log here. */
	hear(&h, &s, "b.example");
	cr_assert_eq(h.outcome, 0);
	/* One that is no receipt says nothing. */
	say(&s.p, "r", RECORD__DEFENCE_RECEIPT__OUTCOME__APPLIED, 5);
	hear(&h, &s, s.p.site->name);
	cr_assert_eq(h.outcome, 0);
	end(&s);
}

Test(submit_defence, a_receipt_under_the_id_of_another_rule_says_nothing)
{
	struct scene s;
	struct defence_heard h;
	Record__DefenceReceipt m = RECORD__DEFENCE_RECEIPT__INIT;
	uint8_t id[16], digest[HASH_BYTES] = {3};
	char name[] = "other";
	struct submit_wait *w;
	struct submit_result *r;

	begin(&s, HOT);
	submit_defence_id(id, "r");
	m.name = name;
	m.has_digest = m.has_outcome = true;
	m.digest = (ProtobufCBinaryData){sizeof digest, digest};
	m.outcome = RECORD__DEFENCE_RECEIPT__OUTCOME__APPLIED;
	w = submit_wait_new();
	const struct submit_to to = plant_to(&s.p, w);
	submit_plain(&to,
	    &(struct submit_plain){.kind = LEDGER__KIND__APPLY_RECEIPT,
	        .alliance = true,
	        .message = &m.base,
	        .record_id = id});
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	hear(&h, &s, s.p.site->name);
	cr_assert_eq(h.outcome, 0);
	end(&s);
}

Test(submit_defence, ninety_minutes_are_in_time_and_a_microsecond_more_is_not)
{
	static const struct hash one = {{1}}, two = {{2}};
	enum {
		NONE,
		APPLIED,
		HELD,
		REFUSED,
		STOPPED,
		ENDED
	};
	static const struct {
		int own, theirs;
		bool same, late;
	} all[] = {
	    {APPLIED, NONE, true, true},
	    {APPLIED, APPLIED, true, false},
	    {APPLIED, APPLIED, false, true},
	    {APPLIED, HELD, true, true},
	    {HELD, HELD, true, true},
	    {APPLIED, STOPPED, true, true},
	    {APPLIED, REFUSED, true, false},
	    {APPLIED, REFUSED, false, true},
	    {REFUSED, NONE, true, true},
	    {APPLIED, ENDED, false, true},
	    {ENDED, APPLIED, true, true},
	    {ENDED, HELD, true, true},
	    {ENDED, ENDED, true, false},
	    {ENDED, NONE, true, false},
	    {NONE, NONE, true, false},
	};
	const int64_t minutes = INT64_C(60) * 1000000;

	cr_assert_eq(DEFENCE_HEARD_LATE_US, 90 * minutes);
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		const struct defence_heard own = {.digest = one,
		    .outcome = (Record__DefenceReceipt__Outcome)all[i].own,
		    .at_us = PLANT_START};
		const struct defence_heard theirs = {
		    .digest = all[i].same ? one : two,
		    .outcome = (Record__DefenceReceipt__Outcome)all[i].theirs};

		cr_assert_not(defence_heard_is_late(
		    &own, &theirs, PLANT_START + 90 * minutes));
		cr_assert_eq(defence_heard_is_late(
		                 &own, &theirs, PLANT_START + 90 * minutes + 1),
		    all[i].late, "%zu", i);
	}
}
