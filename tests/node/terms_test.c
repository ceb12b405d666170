/* terms_test.c - ends of certificates: listed in order, said once a step. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/terms.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/term.h"
#include "node/fold_key.h"
#include "node/fold_term.h"
#include "node/query_term.h"
#include "tests/support/hotwork.h"

#define A(name) RECORD__CERTIFICATE__ACTION__##name
#define DAY TERM_DAY_US
#define CHINA 480

static void
issue(struct plant *p, char *class, int64_t from, int64_t to, char *id)
{
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	char holder[] = "w-0017";
	struct submit_result *r;

	c.has_action = true;
	c.action = A(ISSUE);
	c.holder = holder;
	c.class_ = class;
	c.has_valid_from_at = c.has_valid_to_at = true;
	c.valid_from_at = from;
	c.valid_to_at = to;
	post.certificate = &c;
	r = plant_event(p, LEDGER__KIND__CERTIFICATE, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	if (id != NULL)
		text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
}

static Api__Expiring *
page(struct plant *p, uint32_t days, size_t limit, const char *cursor)
{
	const struct query_term_ask ask = {
	    .days = days, .limit = limit, .cursor = cursor};
	struct err_why why = {.text = ""};
	Api__Expiring *m = NULL;

	cr_assert_eq(
	    query_terms(p->site, &ask, &m, &why), ERR_OK, "%s", why.text);
	return m;
}

/* A row of `due` of that time whose value is gone. */
static void
damage_due(struct plant *p, int64_t at_us)
{
	struct fold_key k = fold_key_slot(p->site->evidence);
	struct store_txn *txn = NULL;

	fold_key_uint(&k, FOLD_TERM_END, 1);
	fold_key_uint(&k, (uint64_t)at_us, 8);
	fold_key_put(&k, (const uint8_t[16]){7}, 16);
	cr_assert_eq(store_write(p->site->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(store_put(txn, p->site->own.tables.due, fold_key_view(&k),
	                 bytes_of("x", 1), NULL),
	    ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

/* "END 30, REVIEW 60, ..." of everything within those days, by pages. */
static void
expect(struct plant *p, uint32_t days, size_t limit, const char *want)
{
	char got[512] = "";
	char *cursor = NULL;

	do {
		Api__Expiring *m = page(p, days, limit, cursor);

		free(cursor);
		cursor = m->next_cursor != NULL ? strdup(m->next_cursor) : NULL;
		cr_assert_leq(m->n_items, limit);
		cr_assert(m->n_items == limit || cursor == NULL);
		for (size_t i = 0; i < m->n_items; i++)
			(void)snprintf(got + strlen(got),
			    sizeof got - strlen(got), "%s%s %u",
			    got[0] != '\0' ? ", " : "", m->items[i]->term,
			    m->items[i]->days_left);
		api__expiring__free_unpacked(m, NULL);
	} while (cursor != NULL);
	cr_assert_str_eq(got, want);
}

/* Order 30 art. 19, 21, 32: six years, three to a review, six months off. */
Test(query_terms, finds_each_term_by_its_own_months_in_one_order)
{
	struct plant p;
	char id[TEXT_UUID_CHARS + 1];
	char welding[] = "welding", agent[] = "guardian", fit[] = "health-fit";

	plant_begin(&p, "plant-b.acme.example");
	/* Ends in 40 days; its review in 10, its months off long past. */
	issue(&p, welding, term_after(p.now + 10 * DAY, -36, CHINA),
	    p.now + 40 * DAY, id);
	/* Six months off in 20 days; nothing else near. */
	issue(&p, welding, term_after(p.now + 20 * DAY, -6, CHINA),
	    p.now + 500 * DAY, NULL);
	/* Classes without review and months off have one end. */
	issue(&p, agent, p.now - 400 * DAY, p.now + 90 * DAY, NULL);
	issue(&p, fit, p.now - 300 * DAY, p.now + 5 * DAY, NULL);
	for (size_t limit = 1; limit <= 6; limit++) {
		expect(
		    &p, 90, limit, "END 5, REVIEW 10, IDLE 20, END 40, END 90");
		expect(&p, 89, limit, "END 5, REVIEW 10, IDLE 20, END 40");
		expect(&p, 5, limit, "END 5");
		expect(&p, 4, limit, "");
	}
	/* A suspended one still ends; a revoked one does not any more. */
	submit_result_free(hotwork_certificate(&p, id, A(SUSPEND)));
	expect(&p, 50, 2, "END 5, REVIEW 10, IDLE 20, END 40");
	submit_result_free(hotwork_certificate(&p, id, A(REVOKE)));
	expect(&p, 50, 2, "END 5, IDLE 20");
	plant_end(&p);
}

/* Many that end in the same instant, and a cursor of somebody else's. */
Test(query_terms, pages_through_equal_ends_and_refuses_a_strange_cursor)
{
	static const char *const bad[] = {"", "1", "1.2.3", "1.9.3.x",
	    "1.0.3.01930000-0000-7000-8000-000000000001",
	    "99999999999999999999.1.3.01930000-0000-7000-8000-000000000001",
	    "-1.1.3.01930000-0000-7000-8000-000000000001"};
	struct plant p;
	char fit[] = "health-fit";
	Api__Expiring *m = NULL;

	plant_begin(&p, "plant-b.acme.example");
	for (int i = 0; i < 7; i++)
		issue(&p, fit, p.now - DAY, p.now + DAY, NULL);
	for (size_t limit = 1; limit <= 8; limit++)
		expect(&p, 2, limit,
		    "END 1, END 1, END 1, END 1, END 1, END 1, END 1");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		const struct query_term_ask ask = {
		    .days = 2, .limit = 2, .cursor = bad[i]};

		cr_assert_eq(query_terms(p.site, &ask, &m, NULL), ERR_MALFORMED,
		    "%s", bad[i]);
	}
	plant_end(&p);
}

/* ---- warnings ---- */

static struct submit_result *
wait_behind(struct plant *p)
{
	static const Record__Admin nothing = RECORD__ADMIN__INIT;
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(p, w);

	submit_admin(&to, &nothing);
	return submit_wait_for(w);
}

/* Alarms of kind credential so far; the newest title in `title`. */
static size_t
said(struct plant *p, char *title, size_t cap)
{
	static const struct query_scope scope = {.own_only = true};
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	char kind[] = "credential";
	Api__Records *m = NULL;
	size_t n;

	submit_result_free(wait_behind(p));
	q.type = kind;
	cr_assert_eq(
	    query_list(p->site, LEDGER__KIND__ALARM, &q, &scope, &m, NULL),
	    ERR_OK);
	n = m->n_items;
	for (size_t i = 0; i < n; i++)
		cr_assert_str_eq(m->items[i]->state, "CLEARED");
	(void)snprintf(title, cap, "%s",
	    n > 0 ? m->items[0]->events[0]->alarm->title : "");
	api__records__free_unpacked(m, NULL);
	return n;
}

static void
turn_until(struct plant *p, int64_t at, size_t want, const char *within)
{
	struct terms *t = terms_new(p->site);
	char title[256];

	plant_turn(p, at - p->now);
	for (int i = 0; i < 2; i++) {
		(void)terms_turn(t);
		cr_assert_eq(said(p, title, sizeof title), want, "%zu at %s",
		    want, within);
	}
	cr_assert_not_null(strstr(title, within), "%s", title);
	terms_free(t);
}

/* 90, 60, 30 and 7 days before, to the microsecond, each once. */
Test(terms_turn, says_each_step_once_also_after_a_restart)
{
	struct plant p;
	char agent[] = "guardian";
	int64_t end;

	plant_begin(&p, "plant-b.acme.example");
	end = p.now + 100 * DAY;
	issue(&p, agent, p.now - DAY, end, NULL);
	turn_until(&p, end - 90 * DAY - 1, 0, "");
	turn_until(&p, end - 90 * DAY, 1, "within 90 d");
	turn_until(&p, end - 60 * DAY - 1, 1, "within 90 d");
	turn_until(&p, end - 60 * DAY, 2, "within 60 d");
	plant_restart(&p);
	turn_until(&p, end - 30 * DAY - 1, 2, "within 60 d");
	/* Off from 60 to 7 days: the nearest step alone. */
	turn_until(&p, end - 7 * DAY, 3, "within 7 d");
	turn_until(&p, end - 1, 3, "within 7 d");
	turn_until(&p, end + DAY, 3, "within 7 d");
	plant_end(&p);
}

/* Work that is recorded moves the end of the months off, and with it what is
 * said. */
Test(terms_turn, says_anew_what_has_a_new_end)
{
	struct plant p;
	char id[TEXT_UUID_CHARS + 1], welding[] = "welding";
	int64_t from;

	plant_begin(&p, "plant-b.acme.example");
	from = p.now;
	issue(&p, welding, from, term_after(from, 60, CHINA), id);
	turn_until(&p, term_after(from, 6, CHINA) - 30 * DAY, 1,
	    "re-test for months off within 30 d");
	submit_result_free(hotwork_certificate(&p, id, A(WORKED)));
	turn_until(&p, p.now + DAY, 1, "within 30 d");
	turn_until(&p, term_after(p.now - DAY, 6, CHINA) - 60 * DAY, 2,
	    "re-test for months off within 60 d");
	plant_end(&p);
}

/* Nothing of the person stands in what anybody who sees alarms may read. */
Test(terms_turn, names_the_certificate_and_no_person)
{
	static const struct query_scope scope = {.own_only = true};
	struct plant p;
	struct terms *t;
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	char id[TEXT_UUID_CHARS + 1], fit[] = "health-fit",
	                              kind[] = "credential";
	Api__Records *m = NULL;
	const Record__Alarm *a;

	plant_begin(&p, "plant-b.acme.example");
	issue(&p, fit, p.now - DAY, p.now + 3 * DAY, id);
	t = terms_new(p.site);
	cr_assert_eq(terms_turn(t), 1);
	terms_free(t);
	submit_result_free(wait_behind(&p));
	q.type = kind;
	cr_assert_eq(
	    query_list(p.site, LEDGER__KIND__ALARM, &q, &scope, &m, NULL),
	    ERR_OK);
	cr_assert_eq(m->n_items, 1);
	a = m->items[0]->events[0]->alarm;
	cr_assert_str_eq(a->asset, id);
	cr_assert_null(strstr(a->title, "w-0017"));
	cr_assert_null(strstr(a->detail, "w-0017"));
	cr_assert_str_eq(m->items[0]->events[0]->annex->code, "TERM_WARNING");
	api__records__free_unpacked(m, NULL);
	plant_end(&p);
}

/* A row that cannot be read hides no end after it; the figures stay those of
 * the last whole look, and people are told so. */
Test(terms_turn, keeps_the_last_good_figures_and_says_that_they_are_old)
{
	struct plant p;
	struct terms *t;
	struct terms_stats was, is;
	char fit[] = "health-fit";
	char **notes = NULL;
	size_t n = 0;

	plant_begin(&p, "plant-b.acme.example");
	issue(&p, fit, p.now - DAY, p.now + 3 * DAY, NULL);
	t = terms_new(p.site);
	cr_assert_eq(terms_turn(t), 1);
	submit_result_free(wait_behind(&p));
	terms_stats(t, &was);
	terms_notes(t, &notes, &n);
	cr_assert_eq(n, 0);
	cr_assert_eq(was.ends[was.steps - 1], 1);
	damage_due(&p, p.now + DAY);
	plant_turn(&p, PLANT_MINUTE);
	issue(&p, fit, p.now - DAY, p.now + 4 * DAY, NULL);
	cr_expect_eq(terms_turn(t), 1, "warned all the same");
	submit_result_free(wait_behind(&p));
	terms_stats(t, &is);
	cr_expect(is.failed);
	cr_expect_eq(is.at_us, was.at_us);
	cr_expect_eq(is.ends[is.steps - 1], 1, "not a look that broke off");
	terms_notes(t, &notes, &n);
	cr_assert_eq(n, 1);
	cr_expect_not_null(strstr(notes[0], "lianfang reindex"));
	free(notes[0]);
	free(notes);
	terms_free(t);
	plant_end(&p);
}
