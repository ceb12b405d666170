/* defence_test.c - a node takes over what was voted, applies it, ends it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/defence.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "federation/roster_card.h"
#include "node/defence_heard.h"
#include "node/defence_log.h"
#include "node/motion_view.h"
#include "node/peers.h"
#include "node/seat.h"
#include "node/site.h"
#include "node/site_logs.h"
#include "node/submit.h"
#include "proto/digest.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"
#include "tests/support/live.h"

#define OUTCOME(x) RECORD__DEFENCE_RECEIPT__OUTCOME__##x

static struct live l;

/* An alliance of this node alone: what it proposes is decided. */
static void
found(void)
{
	static struct crypto_signer log[ROSTER_KINDS];
	static const struct hash next = {{7}};
	struct site *s = l.service->site;
	struct roster_self self = {.name = s->name,
	    .role = FED__ROLE__PLANT,
	    .company = "acme",
	    .identity = &s->keys.identity,
	    .witness = &s->keys.witness,
	    .session = s->keys.session.pub,
	    .next_identity = &next};
	Fed__Genesis g = FED__GENESIS__INIT;
	Fed__Card *card;
	struct err_why why = {.text = ""};
	struct buf json;
	char name[] = "test";

	for (int k = 0; k < ROSTER_KINDS; k++) {
		memcpy(log[k].pub, site_log(s, (enum site_kind)k)->key.pub,
		    CRYPTO_PUB_BYTES);
		self.log[k] = &log[k];
	}
	card = roster_card(&self);
	g.alliance = name;
	g.members = &card;
	g.n_members = 1;
	buf_init(&json, JSON_BYTES_MAX);
	json_encode(&json, &g.base, 0);
	cr_assert_eq(peers_install(l.service->peers, buf_view(&json), &why),
	    ERR_OK, "%s", why.text);
	buf_clear(&json);
	slice_free(&card->base);
}

static void
setup(void)
{
	live_open(&l, NULL);
	found();
}

static void
teardown(void)
{
	live_close(&l);
}

TestSuite(defence, .init = setup, .fini = teardown);

/* Voted, whatever it says; text NULL: it ends. */
static void
vote(const char *name, const char *text)
{
	Record__Proposal *p = mem_alloc(1, sizeof *p);
	struct err_why why = {.text = ""};
	struct hash h;
	enum err e;

	record__proposal__init(p);
	p->has_change = 1;
	p->change = RECORD__PROPOSAL__CHANGE__RULE;
	p->name = mem_strdup(name);
	if (text != NULL) {
		digest_sha256(&h, bytes_str(text));
		p->has_digest = p->has_document = 1;
		p->digest.data = mem_alloc(1, HASH_BYTES);
		p->digest.len = HASH_BYTES;
		memcpy(p->digest.data, h.b, HASH_BYTES);
		p->document.data = (uint8_t *)mem_strdup(text);
		p->document.len = strlen(text);
	}
	e = seat_propose(peers_seat(l.service->peers), p, &h, &why);
	cr_assert_eq(e, ERR_OK, "%s", why.text);
	slice_free(&p->base);
}

static char *
rule_text(const char *version, const char *rest)
{
	static char text[DEFENCE_RULE_BYTES];

	(void)snprintf(text, sizeof text,
	    "defence:\n  id: r\n  version: \"%s\"\n  title: t\n  titleZh: t\n"
	    "  text: t\n  textZh: t\n  clause: c\n  scope: AREA\n"
	    "  quietMinutes: 30\n  raise: {level: 3}\n"
	    "  all:\n    - alarms: {kinds: [equipment], minutes: 10, count: "
	    "2}\n%s",
	    version, rest);
	return text;
}

/* A rule of this name about nothing that happens. */
static const char *
another(const char *name)
{
	static char text[DEFENCE_RULE_BYTES];

	(void)snprintf(text, sizeof text,
	    "defence:\n  id: %s\n  version: \"1\"\n  title: t\n  titleZh: t\n"
	    "  text: t\n  textZh: t\n  clause: c\n  scope: AREA\n"
	    "  quietMinutes: 30\n  raise: {level: 3}\n"
	    "  all:\n    - alarms: {kinds: [fire], minutes: 10}\n",
	    name);
	return text;
}

static void
turn(void)
{
	(void)defence_turn(l.service->defence);
}

static void
is(Record__DefenceReceipt__Outcome outcome, const char *version)
{
	struct site *s = l.service->site;
	struct defence_heard h;

	cr_assert_eq(defence_heard(&h, s, s->name, "r", NULL), ERR_OK);
	cr_assert_eq(h.outcome, outcome, "%s", defence_heard_word(h.outcome));
	cr_assert_str_eq(h.version, version);
}

static void
post(const char *path, const char *body, unsigned status)
{
	struct ops_call call;

	live_call(&l, LIVE_LOCAL, "POST", path, body, &call);
	cr_assert_eq(
	    call.status, status, "%u: %s", call.status, buf_cstr(&call.out));
	ops_call_clear(&call);
}

static void
raise_two(const char *area)
{
	char body[200], now[TEXT_TIME_CHARS + 1];

	text_time_put(now, site_now(l.service->site));
	for (int i = 0; i < 2; i++) {
		(void)snprintf(body, sizeof body,
		    "{\"source\":\"p-101\",\"kind\":\"equipment\","
		    "\"level\":3,\"area\":\"%s\",\"title\":\"x\","
		    "\"occurredAt\":\"%s\"}",
		    area, now);
		post("/v1/alarms", body, 201);
	}
}

/* Alarms that rules raised. */
static size_t
raised(void)
{
	struct ops_call call;
	const char *at;
	size_t n = 0;

	live_call(&l, LIVE_LOCAL, "GET",
	    "/v1/alarms?subject=" DEFENCE_LOG_SOURCE "&limit=100", NULL, &call);
	cr_assert_eq(call.status, 200);
	for (at = buf_cstr(&call.out);
	     (at = strstr(at, "\"tag\":\"r@")) != NULL; at++)
		n++;
	ops_call_clear(&call);
	return n;
}

/* By a person who read this text of r; NULL: who says of none. */
static void
confirm(const char *text, unsigned status)
{
	char body[200], hex[2 * HASH_BYTES + 1];
	struct hash h;

	digest_sha256(&h, bytes_str(text != NULL ? text : ""));
	motion_view_hex(hex, &h);
	(void)snprintf(body, sizeof body,
	    "{\"name\":\"r\",\"decision\":\"CONFIRM\"%s%s%s}",
	    text != NULL ? ",\"digest\":\"" : "", text != NULL ? hex : "",
	    text != NULL ? "\"" : "");
	post("/v1/defence/say", body, status);
}

Test(defence, what_was_voted_is_applied_fires_and_is_taken_back)
{
	raise_two("a");
	vote("r", rule_text("1", ""));
	turn();
	is(OUTCOME(APPLIED), "1");
	turn();
	cr_assert_eq(raised(), 0, "what was before it");
	raise_two("b");
	turn();
	cr_assert_eq(raised(), 1);
	cr_assert_eq(defence_fires(l.service->defence, "r"), 1);
	turn();
	raise_two("b");
	turn();
	cr_assert_eq(raised(), 1, "it is quiet there");
	live_reopen(&l);
	turn();
	turn();
	cr_assert_eq(raised(), 1, "once, also after a restart");
	raise_two("c");
	turn();
	cr_assert_eq(raised(), 2);
	vote("r", NULL);
	turn();
	is(OUTCOME(ENDED), "1");
	raise_two("d");
	turn();
	cr_assert_eq(raised(), 2);
}

Test(defence, what_fired_and_was_not_recorded_is_recorded_after_the_restart)
{
	vote("r", rule_text("1", ""));
	turn();
	raise_two("a");
	/* The node ends before its next look. */
	live_reopen(&l);
	turn();
	cr_assert_eq(raised(), 1);
}

/* Entries that no rule is about, as many as fill more than one turn. */
static void
fill(void)
{
	static char kind[] = "process", area[] = "z";
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[SUBMIT_ALARMS_MAX];

	a.kind = kind;
	a.area = area;
	a.has_level = true;
	a.level = 3;
	for (size_t i = 0; i < SUBMIT_ALARMS_MAX; i++)
		list[i] = &a;
	for (size_t i = 0; i < 21; i++) {
		struct submit_wait *w = submit_wait_new();
		const struct submit_who who = {
		    .subject = "test", .role = "operator"};
		const struct submit_to to = {.site = l.service->site,
		    .who = &who,
		    .done = submit_wait_done,
		    .arg = w};
		struct submit_result *r;

		submit_alarms(&to, list, SUBMIT_ALARMS_MAX);
		r = submit_wait_for(w);
		cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
		cr_assert_eq(r->items[0].error, ERR_OK);
		submit_result_free(r);
	}
}

Test(defence, a_set_that_changes_while_windows_are_filled_fires_nothing_again)
{
	vote("r", rule_text("1", ""));
	turn();
	fill();
	raise_two("a");
	for (int i = 0; i < 3; i++)
		turn();
	cr_assert_eq(raised(), 1);
	cr_assert_eq(defence_fires(l.service->defence, "r"), 1);
	vote("q", another("q"));
	turn();
	vote("p", another("p"));
	for (int i = 0; i < 3; i++)
		turn();
	cr_assert_eq(raised(), 1);
	cr_assert_eq(defence_fires(l.service->defence, "r"), 1);
	raise_two("b");
	turn();
	cr_assert_eq(defence_fires(l.service->defence, "r"), 2);
}

Test(defence, stopping_work_waits_for_a_person_of_the_site)
{
	vote("r", rule_text("1", "  suspend: {types: [hot-work]}\n"));
	turn();
	is(OUTCOME(HELD), "1");
	raise_two("a");
	turn();
	cr_assert_eq(raised(), 1, "it raises all the same");
	confirm(rule_text("1", "  suspend: {types: [hot-work]}\n"), 201);
	is(OUTCOME(APPLIED), "1");
	/* A new version waits anew, */
	vote("r", rule_text("2", "  suspend: {types: [hot-work]}\n"));
	turn();
	is(OUTCOME(HELD), "2");
	/* and who read another one has not read it, whatever that is called. */
	confirm(rule_text("1", "  suspend: {types: [hot-work]}\n"), 422);
	confirm(rule_text("2", "  suspend: {types: [height]}\n"), 422);
	confirm(NULL, 400);
	is(OUTCOME(HELD), "2");
	post(
	    "/v1/defence/say", "{\"name\":\"r\",\"decision\":\"REFUSE\"}", 201);
	is(OUTCOME(REFUSED), "2");
	turn();
	raise_two("b");
	turn();
	cr_assert_eq(raised(), 1);
	turn();
	is(OUTCOME(REFUSED), "2");
	post("/v1/defence/say",
	    "{\"name\":\"r\",\"verdict\":\"NOT_APPLICABLE\"}", 201);
	is(OUTCOME(REFUSED), "2");
	post("/v1/defence/say", "{\"name\":\"s\",\"decision\":\"CONFIRM\"}",
	    422);
	post("/v1/defence/say", "{\"name\":\"r\"}", 400);
}

Test(defence, a_text_that_says_nothing_is_refused_whoever_voted_for_it)
{
	static const char *const bad[] = {
	    "\x1b[2J", "defence: {}", "defence: {id: &a x, all: [*a]}"};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		vote("r", bad[i]);
		turn();
		is(OUTCOME(REFUSED), "");
		turn();
	}
	confirm(bad[2], 422);
	/* A good text under the name of another. */
	vote("s", rule_text("1", ""));
	turn();
	raise_two("a");
	turn();
	cr_assert_eq(raised(), 0);
	/* It keeps nobody else's from being applied. */
	vote("r", rule_text("1", ""));
	turn();
	is(OUTCOME(APPLIED), "1");
	raise_two("b");
	turn();
	cr_assert_eq(raised(), 1);
}

Test(defence, a_name_of_any_length_is_judged_once)
{
	char name[201];

	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	vote(name, rule_text("1", ""));
	/* Alike in all but the last byte. */
	name[sizeof name - 2] = 'o';
	vote(name, rule_text("2", ""));
	cr_assert_gt(defence_turn(l.service->defence), 0);
	cr_assert_eq(defence_turn(l.service->defence), 0);
	cr_assert_eq(defence_turn(l.service->defence), 0);
}

Test(defence, a_rule_that_goes_over_its_bounds_is_stopped_and_said)
{
	static const char narrow[] =
	    "defence:\n  id: r\n  version: \"1\"\n  title: t\n  titleZh: t\n"
	    "  text: t\n  textZh: t\n  clause: c\n  scope: AREA\n"
	    "  quietMinutes: 30\n  raise: {level: 3}\n"
	    "  all:\n    - alarms: {kinds: [equipment], minutes: 10}\n";
	struct ops_call call;
	char area[16];

	vote("r", narrow);
	turn();
	for (int i = 0; i < 31; i++) {
		(void)snprintf(area, sizeof area, "a%d", i);
		raise_two(area);
		(void)snprintf(area, sizeof area, "b%d", i);
		raise_two(area);
	}
	turn();
	is(OUTCOME(STOPPED), "1");
	cr_assert_eq(raised(), 60);
	live_call(&l, LIVE_LOCAL, "GET",
	    "/v1/alarms?subject=" DEFENCE_LOG_SOURCE "&limit=100", NULL, &call);
	cr_assert_not_null(strstr(buf_cstr(&call.out), "went over its bounds"));
	ops_call_clear(&call);
	raise_two("c");
	turn();
	cr_assert_eq(raised(), 60);
	/* Alarms are taken all the while, and a person may try again. */
	confirm(narrow, 201);
	is(OUTCOME(APPLIED), "1");
}

Test(defence, a_dry_run_finds_what_fired_live)
{
	struct ops_call call;
	struct buf body;
	char *text = rule_text("1", "");

	vote("r", text);
	turn();
	for (int i = 0; i < 6; i++) {
		char area[] = {(char)('a' + i % 4), '\0'};

		raise_two(area);
		turn();
	}
	buf_init(&body, 65536);
	buf_str(&body, "{\"document\":\"");
	text_b64_put(&body, bytes_str(text));
	buf_str(&body, "\"}");
	live_call(
	    &l, LIVE_LOCAL, "POST", "/v1/defence/try", buf_cstr(&body), &call);
	cr_assert_eq(call.status, 200, "%s", buf_cstr(&call.out));
	cr_assert_eq(raised(), 4);
	cr_assert_not_null(strstr(buf_cstr(&call.out), "\"fires\":\"4\""), "%s",
	    buf_cstr(&call.out));
	ops_call_clear(&call);
	buf_clear(&body);
}
