/* month.c - a month of facts, and the figures of the index by them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/month.h"

#include <criterion/criterion.h>
#include <string.h>

#include "node/domain/indicator_pack.h"
#include "node/domain/packs.h"
#include "node/packs_file.h"
#include "proto/text.h"
#include "tests/support/folded.h"

static struct packs *packs;
static const Pack__Indicators *shi;
static struct facts *facts;
static struct alarm_kpi_limits limits;
static uint64_t place;
static unsigned ids;

void
month_begin(void)
{
	struct err_why why = {.text = ""};
	const Pack__Pack *p;
	struct packs_fact fact;

	cr_assert_eq(packs_open(&packs, NULL, &why), ERR_OK, "%s", why.text);
	for (size_t i = 0; (p = packs_at(packs, i, &fact)) != NULL; i++)
		if (p->indicators != NULL && p->indicators->weighted)
			shi = p->indicators;
	cr_assert(packs_alarm_limits(packs, MONTH_FROM, &limits));
	facts = facts_new();
	place = 0;
	ids = 0;
}

void
month_end(void)
{
	facts_free(facts);
	packs_free(packs);
}

const Pack__Indicators *
month_index(void)
{
	return shi;
}

const struct facts *
month_facts(void)
{
	return facts;
}

unsigned
month_put(struct month_put how, unsigned n, uint32_t seq,
    const ProtobufCMessage *body)
{
	Record__Annex annex = RECORD__ANNEX__INIT;
	uint8_t uuid[16];
	struct facts_entry e = {.kind = how.kind,
	    .place = place++,
	    .recorded_us = how.at_us,
	    .record_id = uuid,
	    .event_seq = seq,
	    .outcome =
	        how.outcome != 0 ? how.outcome : LEDGER__OUTCOME__APPLIED,
	    .body = body,
	    .signed_us = how.is_signed ? how.at_us : 0,
	    .annex = &annex};

	if (n == 0)
		n = ++ids;
	annex.has_due_at = how.due_us >= 0;
	annex.due_at = how.due_us;
	folded_id(uuid, n);
	cr_assert_eq(facts_add(facts, &e, NULL), ERR_OK);
	return n;
}

struct indicator_result
month_of(const char *id)
{
	struct indicator_ask ask = {.what = indicator_pack_find(shi, id),
	    .from_us = MONTH_FROM,
	    .to_us = MONTH_TO,
	    .limits = &limits};
	struct indicator_result r;

	cr_assert_not_null(ask.what, "%s", id);
	facts_join(facts, shi, MONTH_FROM, MONTH_TO);
	indicator_eval(facts, &ask, &r);
	return r;
}

void
month_expect(const char *id, uint64_t numerator, uint64_t denominator)
{
	const struct indicator_result r = month_of(id);

	cr_expect_eq(
	    r.lack, INDICATOR_WHOLE, "%s: %s", id, indicator_lack_text(r.lack));
	cr_expect(r.numerator == numerator && r.denominator == denominator,
	    "%s: %lu/%lu, not %lu/%lu", id, (unsigned long)r.numerator,
	    (unsigned long)r.denominator, (unsigned long)numerator,
	    (unsigned long)denominator);
}

unsigned
month_task(const struct month_plan *p, unsigned n, uint32_t seq, int64_t due_us,
    int64_t us)
{
	Record__Checklist m = RECORD__CHECKLIST__INIT;
	struct month_put how = MONTH_AT(CHECKLIST, us);

	how.due_us = due_us;
	m.action = RECORD__CHECKLIST__ACTION__DEFINE;
	m.tier = RECORD__CHECKLIST__TIER__TASK;
	m.code = folded_text(p->code);
	m.parent = p->parent != NULL ? folded_text(p->parent) : NULL;
	m.post = folded_text("director");
	m.cycle = p->cycle;
	m.cycle_unit = folded_text(p->unit);
	m.start_at = p->start_us;
	m.day_offset_minutes = 480;
	m.work_days = p->work_days;
	return month_put(how, n, seq, &m.base);
}

/* Made at `made_us`, recorded at `us`; the node then says what is due next. */
void
month_checked_as(unsigned n, Record__Checklist__Status status, int64_t made_us,
    int64_t due_us, int64_t us)
{
	Record__Checklist m = RECORD__CHECKLIST__INIT;
	struct month_put how = MONTH_AT(CHECKLIST, us);

	how.due_us = due_us;
	m.action = RECORD__CHECKLIST__ACTION__SUBMIT;
	m.tier = RECORD__CHECKLIST__TIER__TASK;
	m.status = status;
	m.has_occurred_at = true;
	m.occurred_at = made_us;
	(void)month_put(how, n, 2, &m.base);
}
void
month_checked(unsigned n, int64_t us, int64_t due_us)
{
	month_checked_as(n, NORMAL, us, due_us, us);
}
