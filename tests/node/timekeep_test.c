/* timekeep_test.c - what a node's logs say while its clock is wrong. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/timekeep.h"

#include <criterion/criterion.h>
#include <string.h>

#include "proto/text.h"
#include "tests/support/plant.h"

#define SECOND INT64_C(1000000)
#define DAY (24 * 60 * PLANT_MINUTE)

static const struct timeline_policy policy = {.limit_us = 2 * SECOND,
    .start_us = DAY};

static struct plant p;
static struct timekeep *k;
static int64_t newest; /* recorded time seen */

/* Members whose clocks are right unless said otherwise; of some nothing is
 * known. */
static struct {
	size_t len;
	int64_t wrong_s[8];
	bool silent[8];
} members;

static size_t
clocks(void *arg, struct skew_member *out, size_t max)
{
	static const char *const names[] = {"m0.example", "m1.example",
	    "m2.example", "m3.example", "m4.example"};

	(void)arg;
	cr_assert_leq(members.len, max);
	for (size_t i = 0; i < members.len; i++) {
		out[i] = (struct skew_member){.name = names[i]};
		if (members.silent[i])
			continue;
		out[i].clock.error_us = 1000;
		out[i].clock.offset_us = members.wrong_s[i] * SECOND - p.booted;
	}
	return members.len;
}

static void
keep(void)
{
	struct err_why why = {.text = ""};

	k = timekeep_new(p.site, &policy);
	cr_assert_eq(timekeep_start(k, "test", &why), ERR_OK, "%s", why.text);
}

static void
begin(size_t others)
{
	const struct site_peers peers = {.clocks = clocks};

	members.len = others;
	newest = 0;
	plant_begin_among(&p, "plant-a.acme.example", &peers);
	keep();
}

static void
restart(void)
{
	struct timekeep *old = k;

	plant_restart(&p);
	timekeep_free(old);
	p.site->peers.clocks = clocks;
	keep();
}

static void
end(void)
{
	plant_end(&p);
	timekeep_free(k);
}

static void
beats(unsigned n)
{
	while (n-- > 0) {
		plant_turn(&p, SECOND);
		timekeep_beat(k);
	}
}

/* A new entry's recorded time; whatever was under way is done then. */
static int64_t
recorded(void)
{
	static char kind[] = "gas", area[] = "yard";
	char id[TEXT_UUID_CHARS + 1];
	Record__Alarm a = RECORD__ALARM__INIT;
	struct submit_result *r;
	Api__RecordView *v;
	int64_t us;

	a.kind = kind;
	a.area = area;
	a.has_level = true;
	a.level = 3;
	r = plant_alarms(&p, (Record__Alarm *[]){&a}, 1);
	cr_assert_eq(
	    r->error, ERR_OK, "recording never stops: %s", r->why.text);
	cr_assert_eq(r->items[0].error, ERR_OK);
	text_uuid_put(id, r->items[0].record_id);
	v = plant_get(&p, LEDGER__KIND__ALARM, id);
	us = v->events[0]->place->recorded_at;
	api__record_view__free_unpacked(v, NULL);
	submit_result_free(r);
	cr_assert_geq(us, newest, "recorded time went back");
	newest = us;
	return us;
}

/* Alarms about the clock: all, and those still open. */
static void
alarms(size_t all, size_t open)
{
	static char source[] = TIMEKEEP_SOURCE;
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.own_only = true};
	Api__Records *list = NULL;
	size_t n = 0;

	(void)recorded();
	q.subject = source;
	cr_assert_eq(
	    query_list(p.site, LEDGER__KIND__ALARM, &q, &scope, &list, NULL),
	    ERR_OK);
	for (size_t i = 0; i < list->n_items; i++)
		n += strcmp(list->items[i]->state, "CLEARED") != 0;
	cr_assert_eq(list->n_items, all, "%zu alarms", list->n_items);
	cr_assert_eq(n, open, "%zu open", n);
	api__records__free_unpacked(list, NULL);
}

static bool
state_is(const char *state)
{
	Config__Clock *c = timekeep_status(k);
	bool same = strcmp(c->state, state) == 0;

	config__clock__free_unpacked(c, NULL);
	return same;
}

static void
admitted(void *arg, enum err e, const struct err_why *why)
{
	(void)why;
	*(enum err *)arg = e;
}

static enum err
say(bool reset)
{
	enum err e = ERR_IO;
	struct timekeep_word w = {.reason = "by radio",
	    .reset = reset,
	    .by = "tk",
	    .done = admitted,
	    .arg = &e};

	timekeep_admit(k, &w);
	newest = reset ? 0 : newest;
	(void)recorded();
	return e;
}

static void
admit(void)
{
	cr_assert_eq(say(false), ERR_OK);
}

Test(timekeep, catches_up_by_itself_after_a_day_off)
{
	begin(0);
	(void)recorded();
	plant_turn(&p, DAY - PLANT_MINUTE);
	restart();
	cr_assert_eq(recorded(), p.now);
	beats(10);
	cr_assert(state_is("unverified"));
	alarms(0, 0);
	end();
}

Test(timekeep, records_and_holds_time_after_a_month_off_until_told)
{
	int64_t before;

	begin(0);
	before = recorded();
	plant_turn(&p, 30 * DAY);
	restart();
	/* Each entry may not bring it five seconds nearer. */
	for (int i = 0; i < 20; i++)
		cr_assert_leq(recorded(), before + 5 * SECOND);
	beats(10);
	cr_assert_leq(recorded(), before + 15 * SECOND);
	alarms(1, 1);
	cr_assert(state_is("uncertain"));
	admit();
	cr_assert_eq(recorded(), p.now);
	beats(10);
	alarms(1, 0);
	end();
}

Test(timekeep, catches_up_after_a_week_off_when_the_kernel_vouches)
{
	begin(0);
	plant_turn(&p, 7 * DAY);
	p.synchronised = true;
	restart();
	cr_assert_eq(recorded(), p.now);
	beats(1);
	cr_assert(state_is("good"));
	end();
}

Test(timekeep, catches_up_after_a_week_off_when_members_agree)
{
	static const size_t others[] = {1, 3, 5};

	for (size_t i = 0; i < 3; i++) {
		begin(others[i]);
		(void)recorded();
		members.wrong_s[others[i] - 1] = others[i] > 2 ? 9999 : 0;
		plant_turn(&p, 7 * DAY);
		restart();
		if (others[i] == 3)
			members.wrong_s[2] = 0; /* two of three are too few */
		beats(1);
		(void)recorded();
		cr_assert_eq(recorded(), p.now, "%zu others", others[i]);
		beats(6);
		alarms(0, 0);
		end();
		memset(&members, 0, sizeof members);
	}
}

Test(timekeep, is_not_led_away_by_members_who_are_no_quorum)
{
	int64_t before;

	begin(3);
	before = recorded();
	/* Our clock jumps a year ahead, and one member says it is right. */
	members.wrong_s[0] = 365 * 86400;
	p.wrong = 365 * DAY;
	beats(10);
	cr_assert_leq(recorded(), before + 16 * SECOND);
	alarms(1, 1);
	cr_assert(state_is("uncertain"));
	p.wrong = 0;
	beats(10);
	alarms(1, 0);
	cr_assert(state_is("good"));
	cr_assert_leq(recorded(), p.now);
	end();
}

Test(timekeep, raises_one_alarm_for_a_clock_set_back_and_clears_it)
{
	begin(0);
	plant_turn(&p, 60 * PLANT_MINUTE);
	beats(2);
	(void)recorded();
	p.wrong = -30 * PLANT_MINUTE;
	(void)recorded();
	beats(1);
	alarms(0, 0);
	beats(30);
	alarms(1, 1);
	restart();
	beats(3);
	alarms(1, 1);
	p.wrong = 0;
	beats(10);
	alarms(1, 0);
	p.wrong = -30 * PLANT_MINUTE;
	beats(3);
	alarms(2, 1);
	admit();
	beats(6);
	alarms(2, 0);
	end();
}

Test(timekeep, goes_back_only_by_a_reset_in_both_logs)
{
	int64_t ahead[SITE_LOGS], back[SITE_LOGS];

	begin(0);
	cr_assert_eq(say(true), ERR_REFUSED, "nothing is ahead");
	p.wrong = 365 * DAY;
	beats(3);
	admit(); /* by mistake */
	cr_assert_eq(recorded(), p.now + p.wrong);
	p.wrong = 0;
	beats(3);
	cr_assert_geq(recorded(), p.now + 364 * DAY, "it stands still");
	cr_assert_eq(timekeep_newest(p.site, ahead, NULL), ERR_OK);
	cr_assert_eq(say(true), ERR_OK);
	cr_assert_eq(recorded(), p.now);
	cr_assert_eq(timekeep_newest(p.site, back, NULL), ERR_OK);
	cr_assert_eq(back[SITE_EVIDENCE], p.now);
	cr_assert_eq(back[SITE_ALLIANCE], ahead[SITE_ALLIANCE],
	    "nothing was written to it ahead of time");
	beats(6);
	cr_assert(state_is("unverified"));
	alarms(1, 0);
	/* And the next start goes on from there. */
	restart();
	beats(2);
	cr_assert(state_is("unverified"));
	plant_turn(&p, SECOND);
	cr_assert_eq(recorded(), p.now);
	cr_assert_eq(say(true), ERR_REFUSED);
	end();
}

Test(timekeep, notices_a_frozen_clock)
{
	begin(0);
	for (int i = 0; i < 10; i++) {
		p.wrong -= SECOND;
		beats(1);
		(void)recorded();
	}
	alarms(1, 1);
	cr_assert(state_is("uncertain"));
	end();
}

Test(timekeep, names_a_lying_member_and_raises_no_alarm_for_it)
{
	for (size_t others = 1; others <= 5; others += 2) {
		Config__Clock *c;

		begin(others);
		p.synchronised = true;
		members.wrong_s[0] = -86400;
		beats(10);
		alarms(0, 0);
		c = timekeep_status(k);
		cr_assert_str_eq(c->state, "good");
		cr_assert(c->peers[0]->apart);
		cr_assert_eq(c->peers[0]->skew_ms, -86400000);
		for (size_t i = 1; i < others; i++)
			cr_assert(!c->peers[i]->apart);
		config__clock__free_unpacked(c, NULL);
		end();
		memset(&members, 0, sizeof members);
	}
}

Test(timekeep, is_told_by_most_members_that_its_clock_is_wrong)
{
	begin(3);
	p.synchronised = true; /* by a source that is wrong */
	for (size_t i = 0; i < 3; i++)
		members.wrong_s[i] = 60;
	members.silent[2] = true;
	beats(3);
	alarms(1, 1);
	cr_assert_eq(timekeep_span(p.site, p.now).to_us, p.now + 60 * SECOND);
	for (size_t i = 0; i < 3; i++)
		members.wrong_s[i] = 0;
	beats(6);
	alarms(1, 0);
	end();
}
