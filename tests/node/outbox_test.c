/* outbox_test.c - notices to those outside: sent until there is a receipt. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/outbox.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>

#include "node/config.h"
#include "node/outbox_list.h"
#include "node/outbox_note.h"
#include "node/submit_delivery.h"
#include "node/watch.h"
#include "proto/json.h"
#include "proto/slice.h"
#include "tests/support/plant.h"
#include "tests/support/receiver.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define BUSY "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
#define WRONG "HTTP/1.1 422 No\r\nContent-Length: 0\r\n\r\n"
#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"
#define TURNS 4000 /* before a test gives up */
#define SECOND INT64_C(1000000)

static struct plant p;
static struct watch *watch;
static struct outbox *outbox;
static struct config *config;

/* Two targets: one for all, and one that only its role names. */
static void
configure(
    const struct receiver *all, const struct receiver *named, const char *more)
{
	char text[2048], one[64], two[64];

	receiver_url(all, one);
	receiver_url(named != NULL ? named : all, two);
	(void)snprintf(text, sizeof text,
	    "name: plant-a.acme.example\nrole: PLANT\noutboxRefusals: 2\n"
	    "targets:\n"
	    "  - {name: office, url: \"%s\", secretFile: hook, %s}\n"
	    "%s%s%s",
	    one, more,
	    named != NULL ? "  - {name: supervisor, secretFile: hook, "
	                    "notices: [named], url: \""
	                  : "",
	    named != NULL ? two : "", named != NULL ? "\"}\n" : "");
	cr_assert_eq(config_parse(&config, bytes_str(text), NULL), ERR_OK);
}

static void
begin(
    const struct receiver *all, const struct receiver *named, const char *more)
{
	char path[TEMP_PATH_BYTES];

	plant_begin(&p, "plant-a.acme.example");
	temp_path(path, p.site->dir, "hook");
	temp_write(path, SECRET, strlen(SECRET));
	cr_assert_eq(chmod(path, 0600), 0);
	configure(all, named, more);
	outbox = outbox_new(p.site, config->node);
	watch = watch_new(p.site);
	(void)watch_turn(watch);
}

static void
stop(void)
{
	outbox_stop(outbox);
	watch_stop(watch);
}

static void
release(void)
{
	outbox_free(outbox);
	watch_free(watch);
	config_free(config);
}

static void
end(void)
{
	stop();
	plant_end(&p);
	release();
}

/* Killed: what was not entered is forgotten. */
static void
restart(
    const struct receiver *all, const struct receiver *named, const char *more)
{
	stop();
	plant_restart(&p);
	release();
	configure(all, named, more);
	outbox = outbox_new(p.site, config->node);
	watch = watch_new(p.site);
}

static struct outbox_stats
stats(void)
{
	struct outbox_stats s;

	outbox_stats(outbox, &s);
	return s;
}

/* Turns, a tenth of a second each, until so many requests came. */
static void
until(struct receiver *r, unsigned requests)
{
	for (unsigned i = 0; atomic_load(&r->requests) < requests; i++) {
		cr_assert_lt(
		    i, TURNS, "%u of %u", atomic_load(&r->requests), requests);
		plant_turn(&p, SECOND / 10);
		(void)outbox_turn(outbox, 5);
	}
}

/* Turns until nothing is due; what is given up stays. */
static void
until_done(void)
{
	/* Two looks: the first enters what was answered. */
	for (unsigned i = 0, quiet = 0; quiet < 3; i++) {
		cr_assert_lt(i, TURNS);
		plant_turn(&p, SECOND / 10);
		quiet = outbox_turn(outbox, 5) == 0 && stats().pending == 0
		    ? quiet + 1
		    : 0;
	}
}

static void
raise_gas(char id[TEXT_UUID_CHARS + 1])
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&a};
	char gas[] = "gas", area[] = "tank-farm-2", title[] = "LEL high";
	struct submit_result *r;

	a.has_level = a.has_occurred_at = true;
	a.level = 1;
	a.kind = gas;
	a.area = area;
	a.title = title;
	a.occurred_at = p.now;
	r = plant_alarms(&p, list, 1);
	cr_assert_eq(r->error, ERR_OK);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
}

/* An incident and, a second later, the first step of its chain. */
static void
incident(char alarm[TEXT_UUID_CHARS + 1])
{
	(void)outbox_turn(outbox, 0);
	for (unsigned i = 0; i < TURNS && stats().targets == 0; i++)
		(void)outbox_turn(outbox, 1);
	/* The entries that name the targets. */
	for (unsigned i = 0; i < 20; i++)
		(void)outbox_turn(outbox, 1);
	raise_gas(alarm);
	for (unsigned i = 0; i < 3; i++) {
		plant_turn(&p, SECOND);
		(void)watch_turn(watch);
	}
}

static Api__Records *
records(Ledger__Kind kind, const char *state)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	const struct query_scope scope = {.own_only = true};
	Api__Records *out = NULL;
	char text[32];

	(void)snprintf(text, sizeof text, "%s", state);
	q.state = text;
	cr_assert_eq(query_list(p.site, kind, &q, &scope, &out, NULL), ERR_OK);
	return out;
}

static size_t
count(Ledger__Kind kind, const char *state)
{
	Api__Records *all = records(kind, state);
	const size_t n = all->n_items;

	api__records__free_unpacked(all, NULL);
	return n;
}

/* Turns until so many alarms stand. */
static void
until_raised(size_t alarms)
{
	for (unsigned i = 0; count(LEDGER__KIND__ALARM, "RAISED") != alarms;
	     i++) {
		cr_assert_lt(i, TURNS);
		(void)outbox_turn(outbox, 1);
	}
}

/* The newest document; release with slice_free. */
static Api__Notice *
document(struct receiver *r)
{
	static char text[RECEIVER_KEPT];
	ProtobufCMessage *msg = NULL;
	struct err_why why = {.text = ""};

	receiver_got(r, NULL, text, sizeof text);
	cr_assert_eq(
	    json_decode(&msg, &api__notice__descriptor, bytes_str(text), &why),
	    ERR_OK, "%s: %s", why.text, text);
	return (Api__Notice *)(void *)msg;
}

Test(outbox, delivers_an_incident_and_its_escalation_once_with_receipts)
{
	struct receiver r;
	char alarm[TEXT_UUID_CHARS + 1];

	receiver_begin(&r, OK);
	begin(&r, NULL, "level: 2");
	incident(alarm);
	until(&r, 2);
	until_done();
	cr_assert_eq(count(LEDGER__KIND__DELIVERY, "DELIVERED"), 2u);
	cr_assert_eq(stats().delivered, 2u);
	Api__Notice *n = document(&r);
	cr_assert_str_eq(n->site, "plant-a.acme.example");
	cr_assert_str_eq(n->target, "office");
	cr_assert_str_eq(n->area, "tank-farm-2");
	cr_assert_str_eq(n->state, "OPEN");
	cr_assert_eq(n->level, 1u);
	cr_assert_eq(n->n_alarm_ids, 1u);
	cr_assert_str_eq(n->alarm_ids[0], alarm);
	cr_assert_str_eq(n->alarms[0]->title, "LEL high");
	slice_free(&n->base);
	Api__Records *all = records(LEDGER__KIND__DELIVERY, "DELIVERED");
	const Record__Delivery *d = all->items[0]->events[0]->delivery;
	cr_assert_eq(d->status, 200u);
	cr_assert_eq(d->attempts, 1u);
	cr_assert_eq(d->answer.len, 32u);
	cr_assert_eq(d->document.len, 32u);
	cr_assert_eq(strncmp(d->endpoint, "http://127.0.0.1:", 17), 0);
	api__records__free_unpacked(all, NULL);
	restart(&r, NULL, "level: 2");
	until_done();
	cr_assert_eq(atomic_load(&r.requests), 2u, "nothing twice");
	end();
	receiver_end(&r);
}

Test(outbox, sends_again_under_the_same_key_what_was_not_entered)
{
	struct receiver r;
	char alarm[TEXT_UUID_CHARS + 1], first[64], second[64];

	receiver_begin(&r, OK);
	begin(&r, NULL, "notices: [incident-open]");
	incident(alarm);
	/* It arrives; the process ends before its receipt is entered. */
	for (unsigned i = 0; atomic_load(&r.requests) == 0; i++) {
		cr_assert_lt(i, TURNS);
		plant_turn(&p, SECOND / 10);
		(void)outbox_turn(outbox, 0);
	}
	receiver_got(&r, "webhook-id", first, sizeof first);
	restart(&r, NULL, "notices: [incident-open]");
	cr_assert_eq(count(LEDGER__KIND__DELIVERY, "DELIVERED"), 0u);
	until(&r, 2);
	receiver_got(&r, "webhook-id", second, sizeof second);
	cr_assert_str_eq(first, second);
	until_done();
	cr_assert_eq(count(LEDGER__KIND__DELIVERY, "DELIVERED"), 1u);
	end();
	receiver_end(&r);
}

Test(outbox, tries_again_for_ever_when_the_receiver_fails)
{
	struct receiver r;
	char alarm[TEXT_UUID_CHARS + 1];

	receiver_begin(&r, BUSY);
	begin(&r, NULL, "notices: [incident-open]");
	incident(alarm);
	until(&r, 5);
	cr_assert_eq(stats().failing, 1u);
	cr_assert_eq(count(LEDGER__KIND__DELIVERY, "GIVEN_UP"), 0u);
	atomic_store(&r.answer, OK);
	until(&r, 6);
	until_done();
	Api__Records *all = records(LEDGER__KIND__DELIVERY, "DELIVERED");
	cr_assert_eq(all->n_items, 1u);
	cr_assert_geq(all->items[0]->events[0]->delivery->attempts, 6u);
	api__records__free_unpacked(all, NULL);
	cr_assert_eq(stats().failing, 0u);
	end();
	receiver_end(&r);
}

Test(outbox, gives_up_what_is_refused_says_so_and_retries_when_told)
{
	struct receiver r;
	struct outbox_due due[4];
	struct outbox_found found = {.at = due, .most = 4};
	char alarm[TEXT_UUID_CHARS + 1];

	receiver_begin(&r, WRONG);
	begin(&r, NULL, "notices: [incident-open], level: 1");
	incident(alarm);
	until_done();
	cr_assert_eq(atomic_load(&r.requests), 2u, "outboxRefusals");
	cr_assert_eq(stats().given_up, 1u);
	cr_assert_eq(count(LEDGER__KIND__DELIVERY, "GIVEN_UP"), 1u);
	until_raised(2);
	cr_assert_eq(outbox_find(outbox, NULL, &found, NULL), ERR_OK);
	cr_assert_eq(found.len, 1u);
	/* As the operation does. */
	Record__Delivery m = RECORD__DELIVERY__INIT;
	char about[TEXT_UUID_CHARS + 1];
	struct submit_wait *w = submit_wait_new();
	const struct submit_to to = plant_to(&p, w);
	text_uuid_put(about, due[0].about);
	m.action = RECORD__DELIVERY__ACTION__RETRY;
	m.has_action = m.has_about_seq = true;
	m.target = due[0].target;
	m.about_id = about;
	m.about_seq = due[0].about_seq;
	submit_delivery(&to, &m);
	struct submit_result *res = submit_wait_for(w);
	cr_assert_eq(res->error, ERR_OK, "%s", res->why.text);
	submit_result_free(res);
	atomic_store(&r.answer, OK);
	until(&r, 3);
	until_done();
	cr_assert_eq(count(LEDGER__KIND__DELIVERY, "DELIVERED"), 1u);
	until_raised(1); /* it ends by itself */
	end();
	receiver_end(&r);
}

Test(outbox, says_what_was_given_up_when_the_alarm_was_refused_at_first)
{
	struct receiver r;
	char alarm[TEXT_UUID_CHARS + 1];
	Api__Records *all;

	receiver_begin(&r, WRONG);
	begin(&r, NULL, "notices: [incident-open], level: 1");
	incident(alarm);
	until_done();
	until_raised(2);
	all = records(LEDGER__KIND__ALARM, "RAISED");
	for (size_t i = 0; i < all->n_items; i++)
		plant_clear(&p, all->items[i]->record_id);
	api__records__free_unpacked(all, NULL);
	cr_assert_eq(count(LEDGER__KIND__ALARM, "RAISED"), 0u);
	restart(&r, NULL, "notices: [incident-open], level: 1");
	atomic_store(&p.site->halted, true);
	for (int i = 0; i < 3; i++)
		(void)outbox_turn(outbox, 1);
	cr_assert_eq(stats().given_up, 1u);
	atomic_store(&p.site->halted, false);
	until_raised(1);
	end();
	receiver_end(&r);
}

/* Of a token with more areas than a target may name. */
static size_t
listed_for(const char *last)
{
	const char *areas[100];
	const struct query_scope scope = {.areas = areas, .areas_len = 100};
	const struct outbox_query q = {.limit = 10, .scope = &scope};
	Api__Outbox *list = NULL;
	size_t n;

	for (size_t i = 0; i < 99; i++)
		areas[i] = "elsewhere";
	areas[99] = last;
	cr_assert_eq(outbox_list(outbox, &q, &list, NULL), ERR_OK);
	n = list->n_items;
	api__outbox__free_unpacked(list, NULL);
	return n;
}

Test(outbox, a_dead_receiver_delays_nobody_else)
{
	struct receiver dead, alive;
	char alarm[TEXT_UUID_CHARS + 1];

	receiver_begin(&dead, NULL);
	receiver_begin(&alive, OK);
	begin(&dead, &alive, "timeoutSeconds: 1");
	incident(alarm);
	/* The chain of level 1 names the supervisor after two minutes. */
	for (unsigned i = 0; i < 125; i++) {
		plant_turn(&p, SECOND);
		(void)watch_turn(watch);
	}
	until(&alive, 1);
	Api__Notice *n = document(&alive);
	cr_assert_str_eq(n->role, "supervisor");
	cr_assert_eq(n->step, 2u);
	slice_free(&n->base);
	cr_assert_geq(stats().pending, 3u, "of the one that hangs");
	cr_assert_geq(listed_for("tank-farm-2"), 3u);
	cr_assert_eq(listed_for("yard"), 0u);
	end();
	receiver_end(&dead);
	receiver_end(&alive);
}

Test(outbox, alarms_when_the_oldest_waits_too_long)
{
	struct receiver r;
	char alarm[TEXT_UUID_CHARS + 1];

	receiver_begin(&r, BUSY);
	begin(&r, NULL, "notices: [incident-open], level: 1");
	incident(alarm);
	cr_assert_eq(count(LEDGER__KIND__ALARM, "RAISED"), 1u);
	plant_turn(&p, 121 * SECOND);
	until_raised(2);
	restart(&r, NULL, "notices: [incident-open], level: 1");
	for (unsigned i = 0; i < 20; i++)
		(void)outbox_turn(outbox, 1);
	cr_assert_eq(count(LEDGER__KIND__ALARM, "RAISED"), 2u, "once");
	atomic_store(&r.answer, OK);
	until_done();
	until_raised(1); /* it ends by itself */
	end();
	receiver_end(&r);
}

Test(outbox, gives_up_openly_what_is_for_a_target_that_is_no_more)
{
	struct receiver dead, alive;
	char alarm[TEXT_UUID_CHARS + 1];

	receiver_begin(&dead, BUSY);
	receiver_begin(&alive, OK);
	begin(&dead, NULL, "notices: [incident-open]");
	incident(alarm);
	until(&dead, 1);
	restart(&alive, &alive, "notices: [named]");
	/* Under another name. */
	cr_assert_eq(strcmp(config->node->targets[0]->name, "office"), 0);
	memcpy(config->node->targets[0]->name, "bureau", 6);
	outbox_free(outbox);
	outbox = outbox_new(p.site, config->node);
	until_done();
	Api__Records *all = records(LEDGER__KIND__DELIVERY, "GIVEN_UP");
	cr_assert_eq(all->n_items, 1u);
	cr_assert_str_eq(all->items[0]->events[0]->delivery->error,
	    "no such target in node.yaml");
	api__records__free_unpacked(all, NULL);
	cr_assert_eq(count(LEDGER__KIND__DELIVERY, "ENDED"), 1u);
	cr_assert_eq(count(LEDGER__KIND__DELIVERY, "SERVED"), 2u);
	end();
	receiver_end(&dead);
	receiver_end(&alive);
}

/* Alarms are recorded whatever becomes of notices; the file may come later. */
Test(outbox, waits_for_a_secret_that_is_not_there)
{
	struct receiver r;
	struct outbox_stats s;
	char alarm[TEXT_UUID_CHARS + 1], path[TEMP_PATH_BYTES];

	receiver_begin(&r, OK);
	begin(&r, NULL, "notices: [incident-open]");
	temp_path(path, p.site->dir, "hook");
	cr_assert_eq(remove(path), 0);
	incident(alarm);
	for (unsigned i = 0; (s = stats()).failures == 0; i++) {
		cr_assert_lt(i, TURNS);
		plant_turn(&p, SECOND / 10);
		(void)outbox_turn(outbox, 1);
	}
	cr_assert_eq(atomic_load(&r.requests), 0u);
	temp_write(path, SECRET, strlen(SECRET));
	cr_assert_eq(chmod(path, 0600), 0);
	until(&r, 1);
	until_done();
	end();
	receiver_end(&r);
}

/* The first notice that is due, by its id. */
static void
first_due(char id[TEXT_UUID_CHARS + 1])
{
	const struct query_scope scope = {.areas = NULL};
	const struct outbox_query q = {.limit = 10, .scope = &scope};
	Api__Outbox *list = NULL;

	cr_assert_eq(outbox_list(outbox, &q, &list, NULL), ERR_OK);
	cr_assert_eq(list->n_items, 1u);
	cr_assert_eq(list->pending, 1u);
	(void)snprintf(
	    id, TEXT_UUID_CHARS + 1, "%s", list->items[0]->notice_id);
	api__outbox__free_unpacked(list, NULL);
}

/* The document of the first that is due; release with slice_free. */
static Api__Notice *
note(size_t room)
{
	struct outbox_due due;
	struct outbox_found found = {.at = &due, .most = 1};
	ProtobufCMessage *msg = NULL;
	char id[TEXT_UUID_CHARS + 1];
	struct buf text;

	first_due(id);
	cr_assert_eq(outbox_find(outbox, id, &found, NULL), ERR_OK);
	buf_init(&text, room);
	cr_assert_eq(outbox_note(p.site, &due, false, &text, NULL), ERR_OK);
	cr_assert_eq(
	    json_decode(&msg, &api__notice__descriptor, buf_view(&text), NULL),
	    ERR_OK);
	buf_clear(&text);
	return (Api__Notice *)(void *)msg;
}

Test(outbox, tells_of_alarms_by_their_ids_when_all_of_it_is_too_long)
{
	struct receiver r;
	char alarm[TEXT_UUID_CHARS + 1];

	receiver_begin(&r, BUSY);
	begin(&r, NULL, "notices: [incident-open]");
	incident(alarm);
	Api__Notice *n = note(700);
	cr_assert_eq(n->n_alarms, 0u);
	cr_assert_str_eq(n->alarm_ids[0], alarm);
	slice_free(&n->base);
	end();
	receiver_end(&r);
}

Test(outbox, tells_of_the_newest_alarms_of_many)
{
	struct receiver r;
	char alarm[TEXT_UUID_CHARS + 1];

	receiver_begin(&r, BUSY);
	begin(&r, NULL, "notices: [incident-open]");
	incident(alarm);
	for (unsigned i = 0; i < 34; i++) {
		raise_gas(alarm);
		plant_turn(&p, SECOND);
		(void)watch_turn(watch);
	}
	Api__Notice *n = note(65536);
	cr_assert_eq(n->n_alarm_ids, 35u);
	cr_assert_eq(n->n_alarms, 32u);
	cr_assert_str_eq(n->alarms[31]->record_id, alarm);
	slice_free(&n->base);
	end();
	receiver_end(&r);
}

/* Somebody with a token makes a record of the id that the receipt will need. */
Test(outbox, rings_no_more_than_now_and_then_when_its_receipt_is_not_taken)
{
	struct receiver r;
	char alarm[TEXT_UUID_CHARS + 1], id[TEXT_UUID_CHARS + 1];

	receiver_begin(&r, OK);
	begin(&r, NULL, "notices: [incident-open]");
	incident(alarm);
	first_due(id);
	plant_damage(&p, id); /* what a receipt would go on from */
	until(&r, 1);
	for (unsigned i = 0; i < 100; i++) {
		plant_turn(&p, SECOND);
		(void)outbox_turn(outbox, 1);
	}
	cr_assert_eq(atomic_load(&r.requests), 1u);
	first_due(id); /* it is still to be seen */
	end();
	receiver_end(&r);
}
