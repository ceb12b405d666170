/* query_list_test.c - pages of records: order, filters, rights. */
/* SPDX-License-Identifier: Apache-2.0 */

#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/support/folded.h"

static struct folded w;
static struct err_why why;
static const struct query_scope all = {.areas = NULL};

#define OK(call) cr_assert_eq((call), ERR_OK, "%s: %s", #call, why.text)

static void
setup(void)
{
	folded_new(&w);
}

static void
teardown(void)
{
	folded_end(&w);
}

TestSuite(query_list, .init = setup, .fini = teardown);

static unsigned
number_of(const Api__RecordView *v)
{
	return (unsigned)strtoul(v->record_id + 32, NULL, 16);
}

static Api__Records *
list(const Api__RecordQuery *q, const struct query_scope *scope)
{
	Api__Records *page = NULL;

	OK(query_list(w.site, LEDGER__KIND__ALARM, q, scope, &page, &why));
	return page;
}

/* How many alarms match, and the number of the first. */
static size_t
count(
    const Api__RecordQuery *q, const struct query_scope *scope, unsigned *first)
{
	Api__Records *page = list(q, scope);
	size_t n = page->n_items;

	if (first != NULL)
		*first = n > 0 ? number_of(page->items[0]) : 0;
	api__records__free_unpacked(page, NULL);
	return n;
}

/* Walks all pages while `more` new alarms arrive after each; marks in seen. */
static void
walk(Api__RecordQuery q, unsigned more, unsigned *next, unsigned *seen)
{
	char *cursor = NULL;
	unsigned pages = 0;

	do {
		q.cursor = cursor;
		Api__Records *page = list(&q, &all);
		for (size_t i = 0; i < page->n_items; i++)
			seen[number_of(page->items[i])]++;
		free(cursor);
		cursor = page->next_cursor != NULL ? strdup(page->next_cursor)
		                                   : NULL;
		api__records__free_unpacked(page, NULL);
		folded_raise_many(
		    &w, &w.site->own, w.site->evidence, *next, more);
		*next += more;
		cr_assert_lt(pages++, 100u);
	} while (cursor != NULL);
}

Test(query_list, pages_lose_and_repeat_nothing_while_alarms_arrive)
{
	static const bool flags[2] = {false, true};

	for (size_t up = 0; up < 2; up++) {
		for (size_t open = 0; open < 2; open++) {
			unsigned seen[1024] = {0};
			Api__RecordQuery q = API__RECORD_QUERY__INIT;
			unsigned next = 351;

			folded_end(&w);
			folded_new(&w);
			folded_raise_many(
			    &w, &w.site->own, w.site->evidence, 1, 250);
			folded_raise_many(
			    &w, &w.site->replica, w.other_evidence, 251, 100);
			q.has_limit = true;
			q.limit = 37;
			q.has_ascending = q.ascending = flags[up];
			q.has_open = q.open = flags[open];
			walk(q, 3, &next, seen);
			for (unsigned i = 1; i <= 350; i++)
				cr_assert_eq(seen[i], 1u, "%u: %u", i, seen[i]);
			for (unsigned i = 351; i < next; i++)
				cr_assert_leq(seen[i], 1u);
		}
	}
}

Test(query_list, pages_through_more_open_alarms_than_it_sorts)
{
	static unsigned seen[8192];
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	unsigned next = 6001;

	folded_raise_many(&w, &w.site->own, w.site->evidence, 1, 6000);
	q.has_limit = true;
	q.limit = QUERY_LIMIT_MAX;
	q.has_open = q.open = true;
	walk(q, 1, &next, seen);
	for (unsigned i = 1; i <= 6000; i++)
		cr_assert_eq(seen[i], 1u, "%u: %u", i, seen[i]);
}

Test(query_list, gives_an_empty_page_with_a_cursor_rather_than_look_at_all)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	Api__Records *page;
	char *cursor;

	(void)folded_raise(&w, 1, "boiler", 1);
	folded_raise_many(&w, &w.site->own, w.site->evidence, 2, 21000);
	q.area = folded_text("boiler");
	page = list(&q, &all);
	cr_assert_eq(page->n_items, 0u);
	cr_assert_not_null(page->next_cursor);
	cursor = strdup(page->next_cursor);
	api__records__free_unpacked(page, NULL);
	q.cursor = cursor;
	page = list(&q, &all);
	cr_assert_eq(page->n_items, 1u);
	cr_assert_eq(number_of(page->items[0]), 1u);
	cr_assert_null(page->next_cursor);
	api__records__free_unpacked(page, NULL);
	free(cursor);
}

Test(query_list, shows_newest_first_and_oldest_first_when_asked)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	unsigned first;

	folded_raise_many(&w, &w.site->own, w.site->evidence, 1, 5);
	cr_assert_eq(count(&q, &all, &first), 5u);
	cr_assert_eq(first, 5u);
	q.has_ascending = q.ascending = true;
	cr_assert_eq(count(&q, &all, &first), 5u);
	cr_assert_eq(first, 1u);
}

Test(query_list, filters_by_every_field)
{
	const Api__RecordQuery none = API__RECORD_QUERY__INIT;
	Api__RecordQuery q = none;
	unsigned first;

	folded_raise(&w, 1, "tank-farm-2", 1);
	w.now_us += FOLDED_MINUTE;
	folded_raise(&w, 2, "boiler", 3);
	folded_raise_many(&w, &w.site->replica, w.other_evidence, 3, 1);
	w.now_us += FOLDED_MINUTE;
	folded_clear(&w, 1, 2);

	q.site = folded_text(FOLDED_OTHER);
	cr_assert_eq(count(&q, &all, &first), 1u);
	cr_assert_eq(first, 3u);
	q = none;
	q.area = folded_text("boiler");
	cr_assert_eq(count(&q, &all, &first), 1u);
	cr_assert_eq(first, 2u);
	q.has_open = q.open = true;
	cr_assert_eq(count(&q, &all, NULL), 1u);
	q.area = folded_text("nowhere");
	cr_assert_eq(count(&q, &all, NULL), 0u);
	q = none;
	q.state = folded_text("CLEARED");
	cr_assert_eq(count(&q, &all, &first), 1u);
	cr_assert_eq(first, 1u);
	q = none;
	q.has_open = q.open = true;
	cr_assert_eq(count(&q, &all, NULL), 2u);
	q = none;
	q.has_level = true;
	q.level = 2;
	cr_assert_eq(count(&q, &all, NULL), 2u, "1 and 2, not 3");
	q.level = 1;
	cr_assert_eq(count(&q, &all, &first), 1u);
	cr_assert_eq(first, 1u);
	q = none;
	q.type = folded_text("gas");
	cr_assert_eq(count(&q, &all, NULL), 3u);
	q.type = folded_text("fire");
	cr_assert_eq(count(&q, &all, NULL), 0u);
	q = none;
	q.subject = folded_text("gds-01");
	cr_assert_eq(count(&q, &all, NULL), 3u);
	q.subject = folded_text("gds-02");
	cr_assert_eq(count(&q, &all, NULL), 0u);
}

/* Three alarms, an hour apart, the first of them cleared an hour later. */
static void
three_hours(void)
{
	folded_raise(&w, 1, "boiler", 1);
	w.now_us += 60 * FOLDED_MINUTE;
	folded_raise(&w, 2, "boiler", 1);
	w.now_us += 60 * FOLDED_MINUTE;
	folded_clear(&w, 1, 2);
	folded_raise(&w, 3, "boiler", 1);
	folded_raise(&w, 4, "dock", 1);
}

static void
window_is(Api__RecordQuery *q, int from, int to, size_t wanted, unsigned newest)
{
	unsigned first = 0;

	q->has_from_at = q->has_to_at = true;
	q->from_at = FOLDED_T0 + from * FOLDED_MINUTE;
	q->to_at = FOLDED_T0 + to * FOLDED_MINUTE;
	cr_assert_eq(count(q, &all, &first), wanted, "%d to %d", from, to);
	if (wanted > 0)
		cr_assert_eq(first, newest, "%d to %d", from, to);
}

Test(query_list, takes_the_window_by_the_beginning)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;

	three_hours();
	window_is(&q, 0, 60, 1, 1);
	window_is(&q, 0, 61, 2, 2);
	window_is(&q, 1, 120, 1, 2);
	window_is(&q, 120, 121, 2, 4);
	window_is(&q, 121, 200, 0, 0);
	q.area =
	    folded_text("boiler"); /* by the tables of what was open when */
	window_is(&q, 0, 60, 1, 1);
	window_is(&q, 0, 61, 2, 2);
	window_is(&q, 1, 120, 1, 2);
	window_is(&q, 0, 121, 3, 3);
	window_is(&q, 121, 200, 0, 0);
	q.state = folded_text("CLEARED");
	window_is(&q, 0, 121, 1, 1);
	q.state = NULL;
	q.has_to_at = false;
	q.from_at = FOLDED_T0 + 60 * FOLDED_MINUTE;
	cr_assert_eq(count(&q, &all, NULL), 2u);
}

Test(query_list, refuses_what_it_cannot_mean)
{
	static const char *const cursors[] = {"x", "o", "o1", "o1.", "o.5",
	    "o1.-2", "o01.5", "o1.5 ", "o99999.5", "p1.5",
	    "o1.18446744073709551616"};
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	Api__Records *page = NULL;

	for (size_t i = 0; i < sizeof cursors / sizeof *cursors; i++) {
		q.cursor = folded_text(cursors[i]);
		cr_assert_eq(query_list(w.site, LEDGER__KIND__ALARM, &q, &all,
		                 &page, &why),
		    ERR_MALFORMED, "%s", cursors[i]);
	}
	q.cursor = NULL;
	q.state = folded_text("ISSUED");
	cr_assert_eq(
	    query_list(w.site, LEDGER__KIND__ALARM, &q, &all, &page, &why),
	    ERR_MALFORMED);
	q.state = NULL;
	q.site = folded_text("nobody.example");
	cr_assert_eq(
	    query_list(w.site, LEDGER__KIND__ALARM, &q, &all, &page, &why),
	    ERR_NOT_FOUND);
	q.site = NULL;
	q.has_limit = true;
	q.limit = QUERY_LIMIT_MAX + 1;
	cr_assert_eq(
	    query_list(w.site, LEDGER__KIND__ALARM, &q, &all, &page, &why),
	    ERR_MALFORMED);
	cr_assert_null(page);
}

Test(query_list, finds_certificates_by_holder_and_state_by_the_clock)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	Api__Records *page = NULL;

	folded_certificate(&w, 1);
	q.subject = folded_text("W-17");
	q.state = folded_text("VALID");
	OK(query_list(
	    w.site, LEDGER__KIND__CERTIFICATE, &q, &all, &page, &why));
	cr_assert_eq(page->n_items, 1u);
	cr_assert_str_eq(page->items[0]->state, "VALID");
	api__records__free_unpacked(page, NULL);
	w.now_us += 10 * FOLDED_MINUTE;
	q.state = folded_text("LAPSED");
	OK(query_list(
	    w.site, LEDGER__KIND__CERTIFICATE, &q, &all, &page, &why));
	cr_assert_eq(page->n_items, 1u);
	cr_assert_str_eq(page->items[0]->state, "LAPSED");
	api__records__free_unpacked(page, NULL);
	q.subject = folded_text("W-18");
	OK(query_list(
	    w.site, LEDGER__KIND__CERTIFICATE, &q, &all, &page, &why));
	cr_assert_eq(page->n_items, 0u);
	api__records__free_unpacked(page, NULL);
}

Test(query_list, keeps_to_the_areas_of_the_asker)
{
	const char *const boiler[] = {"boiler"};
	const char *const empty[] = {""};
	const struct query_scope one = {.areas = boiler, .areas_len = 1};
	const struct query_scope odd = {.areas = empty, .areas_len = 1};
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	unsigned first;

	folded_raise(&w, 1, "boiler", 1);
	folded_raise(&w, 2, "tank-farm-2", 1);
	folded_raise(&w, 3, NULL, 1);
	folded_certificate(&w, 4);
	cr_assert_eq(count(&q, &all, NULL), 3u);
	cr_assert_eq(count(&q, &one, &first), 1u);
	cr_assert_eq(first, 1u);
	cr_assert_eq(count(&q, &odd, NULL), 0u);
	q.has_open = q.open = true;
	cr_assert_eq(count(&q, &one, NULL), 1u);
	q.area = folded_text("tank-farm-2");
	cr_assert_eq(count(&q, &one, NULL), 0u);
	cr_assert(folded_can_get(&w, LEDGER__KIND__ALARM, 1, &one));
	cr_assert_not(folded_can_get(&w, LEDGER__KIND__ALARM, 2, &one));
	cr_assert_not(folded_can_get(&w, LEDGER__KIND__ALARM, 3, &one));
	cr_assert_not(folded_can_get(&w, LEDGER__KIND__ALARM, 3, &odd));
	cr_assert_not(folded_can_get(&w, LEDGER__KIND__CERTIFICATE, 4, &one));
	cr_assert(folded_can_get(&w, LEDGER__KIND__CERTIFICATE, 4, &all));
}

/* Puts an INTEL event of record n into a log. */
static void
put_intel(
    struct site_db *db, uint16_t slot, unsigned n, Record__Intel__Action action)
{
	Record__Intel m = RECORD__INTEL__INIT;
	uint8_t id[16];

	folded_id(id, n);
	m.has_action = true;
	m.action = action;
	m.title = folded_text("lesson");
	struct draft_spec spec =
	    folded_spec(&w, id, LEDGER__KIND__INTEL, 1, &m.base);
	spec.slot = slot;
	(void)folded_put_one(&w, db, &spec);
}

Test(query_list, shows_a_partner_only_what_is_published)
{
	const struct query_scope partner = {.alliance_only = true};
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	Api__Records *page = NULL;

	put_intel(
	    &w.site->own, w.site->evidence, 1, RECORD__INTEL__ACTION__DRAFT);
	put_intel(
	    &w.site->own, w.site->alliance, 2, RECORD__INTEL__ACTION__RELEASE);
	put_intel(&w.site->replica, w.other_alliance, 3,
	    RECORD__INTEL__ACTION__RELEASE);
	OK(query_list(w.site, LEDGER__KIND__INTEL, &q, &partner, &page, &why));
	cr_assert_eq(page->n_items, 2u);
	for (size_t i = 0; i < 2; i++)
		cr_assert_str_eq(page->items[i]->state, "RELEASED");
	api__records__free_unpacked(page, NULL);
	cr_assert_not(folded_can_get(&w, LEDGER__KIND__INTEL, 1, &partner));
	cr_assert(folded_can_get(&w, LEDGER__KIND__INTEL, 1, &all));
	cr_assert(folded_can_get(&w, LEDGER__KIND__INTEL, 3, &partner));
}

Test(query_list, believes_no_alarm_from_an_alliance_log)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;

	folded_raise_many(&w, &w.site->replica, w.other_alliance, 1, 2);
	cr_assert_eq(count(&q, &all, NULL), 0u);
	cr_assert_not(folded_can_get(&w, LEDGER__KIND__ALARM, 1, &all));
}

Test(query_list, leaves_replicas_out_when_asked)
{
	const struct query_scope own = {.own_only = true};
	Api__RecordQuery q = API__RECORD_QUERY__INIT;

	folded_raise_many(&w, &w.site->replica, w.other_evidence, 1, 2);
	cr_assert_eq(count(&q, &own, NULL), 0u);
	cr_assert_eq(count(&q, &all, NULL), 2u);
	cr_assert_not(folded_can_get(&w, LEDGER__KIND__ALARM, 1, &own));
	cr_assert(folded_can_get(&w, LEDGER__KIND__ALARM, 1, &all));
}

/* The sensor's clock says 2099. */
Test(query_list, takes_what_is_dated_in_the_future_at_the_time_it_was_recorded)
{
	Record__Alarm m = folded_alarm(&w, "boiler", 1);
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	const int64_t hour = INT64_C(3600) * 1000000;
	const int64_t year = 366 * 24 * hour;
	const int64_t recorded = w.now_us;
	Api__Records *page;
	uint8_t id[16];

	m.occurred_at = w.now_us + 73 * year;
	folded_id(id, 1);
	struct draft_spec spec =
	    folded_spec(&w, id, LEDGER__KIND__ALARM, 1, &m.base);
	(void)folded_put_one(&w, &w.site->own, &spec);
	(void)folded_raise(&w, 2, "boiler", 1);
	page = list(&q, &all);
	cr_assert_eq(page->n_items, 2u);
	cr_expect_eq(number_of(page->items[0]), 2u, "the newest comes first");
	cr_expect_eq(page->items[1]->opened_at, recorded, "when it was told");
	cr_expect_eq(page->items[1]->events[0]->alarm->occurred_at,
	    m.occurred_at, "verbatim");
	api__records__free_unpacked(page, NULL);
	q.has_from_at = q.has_to_at = true;
	q.from_at = w.now_us - hour;
	q.to_at = w.now_us + hour;
	cr_expect_eq(count(&q, &all, NULL), 2u, "in the hour in which it came");
	q.from_at = w.now_us + year;
	q.to_at = w.now_us + 80 * year;
	cr_expect_eq(count(&q, &all, NULL), 0u, "and in no list to come");
	q.area = folded_text("boiler");
	cr_expect_eq(count(&q, &all, NULL), 0u);
	q.from_at = w.now_us - hour;
	q.to_at = w.now_us + hour;
	cr_expect_eq(count(&q, &all, NULL), 2u, "nor lost to its area");
}

/* One row that cannot be read hides none of the others, and is seen itself. */
Test(query_list, shows_what_is_damaged_beside_all_others)
{
	const char *const areas[] = {"yard"};
	const struct query_scope yard = {.areas = areas, .areas_len = 1};
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	Api__Records *page;

	for (unsigned n = 1; n <= 5; n++)
		folded_raise(&w, n, "tank-farm-2", 1);
	folded_damage(&w, 3);
	page = list(&q, &all);
	cr_assert_eq(page->n_items, 5u);
	cr_assert_eq(number_of(page->items[2]), 3u);
	cr_assert_str_eq(page->items[2]->state, "DAMAGED");
	cr_assert_eq(page->items[2]->events[0]->place->index, 3u);
	cr_assert_str_eq(page->items[2]->events[0]->withheld, "DAMAGED");
	cr_assert_str_eq(page->items[1]->state, "RAISED");
	api__records__free_unpacked(page, NULL);
	/* Whatever is asked: it may be that.  What it says, nobody sees. */
	page = list(&q, &yard);
	cr_assert_eq(page->n_items, 1u);
	cr_assert_null(page->items[0]->events[0]->alarm);
	cr_assert_null(page->items[0]->area);
	api__records__free_unpacked(page, NULL);
	/* By a table that names them, too; first, for its place is not known.
	 */
	q.has_open = q.open = true;
	q.has_limit = true;
	q.limit = 3;
	page = list(&q, &all);
	cr_assert_eq(page->n_items, 3u);
	cr_assert_eq(number_of(page->items[0]), 3u);
	cr_assert_str_eq(page->items[0]->state, "DAMAGED");
	cr_assert_eq(number_of(page->items[2]), 4u);
	q.cursor = page->next_cursor;
	page->next_cursor = NULL;
	api__records__free_unpacked(page, NULL);
	page = list(&q, &all);
	cr_assert_eq(page->n_items, 2u);
	cr_assert_eq(number_of(page->items[0]), 2u);
	api__records__free_unpacked(page, NULL);
	free(q.cursor);
}

/* Nobody can tell whether it is what somebody asked to erase. */
Test(query_list, finds_nothing_damaged_by_a_name_while_an_erasure_waits)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	uint32_t fields[] = {1};

	folded_certificate(&w, 7);
	folded_damage(&w, 7);
	q.subject = folded_text("W-17");
	for (size_t want = 1;; want--) {
		Api__Records *page = NULL;

		OK(query_list(
		    w.site, LEDGER__KIND__CERTIFICATE, &q, &all, &page, &why));
		cr_expect_eq(page->n_items, want);
		api__records__free_unpacked(page, NULL);
		if (want == 0)
			break;
		folded_only_stored(
		    &w, folded_raise(&w, 1, "tank-farm-2", 2).index, fields, 1);
	}
}
