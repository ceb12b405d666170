/* query_quality_test.c - a source judged by its numbers, by hand. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_quality.h"

#include <criterion/criterion.h>

#include "tests/support/plant.h"

#define SECOND INT64_C(1000000)

static const struct query_scope all = {.own_only = true};

static char record[TEXT_UUID_CHARS + 1]; /* sent last */

/* Where it went. */
static uint64_t
send(struct plant *p, uint64_t seq, int64_t age_us, int32_t offset_ms)
{
	static char source[] = "gds-01", kind[] = "gas", area[] = "t";
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&a};
	struct submit_result *r;
	uint64_t index;

	a.source = source;
	a.has_source_seq = a.has_level = a.has_occurred_at = true;
	a.source_seq = seq;
	a.level = 3;
	a.kind = kind;
	a.area = area;
	a.occurred_at = p->now - age_us;
	a.has_clock_offset_ms = true;
	a.clock_offset_ms = offset_ms;
	r = plant_alarms(p, list, 1);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	index = r->items[0].index;
	text_uuid_put(record, r->items[0].record_id);
	submit_result_free(r);
	return index;
}

static void
is(const Api__SourceQuality *m, size_t i, const char *name, uint64_t num,
    uint64_t den)
{
	cr_assert_str_eq(m->figures[i]->name, name);
	cr_assert_eq(m->figures[i]->numerator, num, "%s", name);
	cr_assert_eq(m->figures[i]->denominator, den, "%s", name);
}

Test(query_quality, counts_what_is_late_missing_in_conflict_and_refused)
{
	struct query_quality q = {
	    .source = "gds-01", .numbers = 100, .refused = 2};
	Api__SourceQuality *m = NULL;
	struct err_why why = {.text = ""};
	struct plant p;

	plant_begin(&p, "plant-a.acme.example");
	(void)send(&p, 1, 0, 0);
	(void)send(&p, 2, 30 * SECOND, 0); /* in time */
	(void)send(&p, 3, 31 * SECOND, 0); /* late */
	(void)send(&p, 7, 0, -2001); /* 4 to 6 are missing; its clock is off */
	(void)send(&p, 7, SECOND, 2000); /* other content: a conflict */
	cr_assert_eq(
	    query_quality(p.site, &q, &all, &m, &why), ERR_OK, "%s", why.text);
	is(m, 0, "timeliness", 3, 4);
	is(m, 1, "completeness", 4, 7);
	is(m, 2, "consistency", 4, 7);
	is(m, 3, "integrity", 4, 7);
	cr_assert_eq(m->missing, 3u);
	cr_assert_eq(m->conflicts, 1u);
	cr_assert_eq(m->clock_off, 1u);
	cr_assert_eq(m->clock_offset_ms, 2001u);
	cr_assert_eq(m->damaged, 0u);
	cr_assert_not(m->more);
	api__source_quality__free_unpacked(m, NULL);
	/* Its newest two alone. */
	q.numbers = 2;
	q.refused = 0;
	cr_assert_eq(query_quality(p.site, &q, &all, &m, &why), ERR_OK);
	is(m, 1, "completeness", 2, 5);
	cr_assert(m->more);
	api__source_quality__free_unpacked(m, NULL);
	plant_end(&p);
}

Test(query_quality, an_erased_entry_is_held_as_its_hash)
{
	const struct query_quality q = {.source = "gds-01", .numbers = 100};
	Api__ErasurePost post = API__ERASURE_POST__INIT;
	Api__SourceQuality *m = NULL;
	struct submit_result *r;
	struct submit_wait *w = submit_wait_new();
	struct submit_to to;
	static char reason[] = "asked";
	struct plant p;

	plant_begin(&p, "plant-a.acme.example");
	(void)send(&p, 1, 0, 0);
	post.index = send(&p, 2, 0, 0);
	cr_assert_eq(query_quality(p.site, &q, &all, &m, NULL), ERR_OK);
	is(m, 3, "integrity", 2, 2);
	api__source_quality__free_unpacked(m, NULL);
	post.has_index = true;
	post.reason = reason;
	/* What is open decides of work, and is not erased. */
	plant_clear(&p, record);
	to = plant_to(&p, w);
	plant_turn(&p, PLANT_LAW);
	submit_erasure(&to, &post);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	cr_assert_eq(query_quality(p.site, &q, &all, &m, NULL), ERR_OK);
	is(m, 0, "timeliness", 1, 1);
	is(m, 3, "integrity", 2, 2);
	cr_assert_eq(m->erased, 1u);
	api__source_quality__free_unpacked(m, NULL);
	submit_result_free(r);
	plant_end(&p);
}

Test(query_quality, refuses_what_it_cannot_answer)
{
	struct query_quality q = {.source = "nobody", .numbers = 1};
	static const char *const mine[] = {"t"};
	const struct query_scope bound = {.areas = mine, .areas_len = 1};
	Api__SourceQuality *m = NULL;
	struct plant p;

	plant_begin(&p, "plant-a.acme.example");
	cr_assert_eq(query_quality(p.site, &q, &all, &m, NULL), ERR_NOT_FOUND);
	cr_assert_eq(
	    query_quality(p.site, &q, &bound, &m, NULL), ERR_NOT_FOUND);
	q.numbers = 0;
	cr_assert_eq(query_quality(p.site, &q, &all, &m, NULL), ERR_MALFORMED);
	q.numbers = 1;
	q.source = "";
	cr_assert_eq(query_quality(p.site, &q, &all, &m, NULL), ERR_MALFORMED);
	plant_end(&p);
}
