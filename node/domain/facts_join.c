/* facts_join.c - what facts have to do with one another. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "node/domain/facts_part.h"
#include "proto/mem.h"

#define F(name) PACK__FACT__FIELD__##name
#define MINUTE_US INT64_C(60000000)
#define DAY_US INT64_C(86400000000)
#define GRAVE_LEVEL 2 /* alarms that may have warned of an accident */

/* ---- feeds ---- */

static int
by_number(const void *a, const void *b)
{
	const struct facts_seq *x = a;
	const struct facts_seq *y = b;

	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	if (x->epoch != y->epoch)
		return x->epoch < y->epoch ? -1 : 1;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

static struct fact *
feed_begins(struct facts *f, const struct facts_seq *s)
{
	struct fact *x = FACTS_MORE(f->at, f->len, f->cap);

	*x = (struct fact){.kind = PACK__FACT__KIND__FEED,
	    .place = s->place,
	    .at_us = s->recorded_us,
	    .first_judged = FACTS_NONE};
	for (size_t i = 0; i < FACTS_NUMBERS; i++)
		x->number[i] = FACTS_NONE;
	x->text[F(SOURCE)] = s->source;
	f->feeds++;
	return x;
}

/* Of each source and epoch, from the lowest number to the highest: how many
 * came, each once.  One that came with two contents did not come whole.  A feed
 * is of the period when one of its numbers was recorded in it. */
static void
make_feeds(struct facts *f, int64_t back_us, int64_t from_us, int64_t to_us)
{
	const struct facts_seq *first = NULL;
	struct fact *x = NULL;

	f->len -= f->feeds;
	f->feeds = 0;
	if (f->seqs > 0)
		qsort(f->seq, f->seqs, sizeof *f->seq, by_number);
	for (size_t i = 0; i < f->seqs;) {
		const struct facts_seq *s = &f->seq[i];
		bool held = false;
		bool whole = true;
		bool now = false;

		for (; i < f->seqs && f->seq[i].source == s->source &&
		     f->seq[i].epoch == s->epoch && f->seq[i].seq == s->seq;
		     i++) {
			if (f->seq[i].recorded_us >= to_us ||
			    f->seq[i].recorded_us < from_us - back_us)
				continue;
			held = true;
			whole = whole && !f->seq[i].conflict;
			now = now || f->seq[i].recorded_us >= from_us;
		}
		if (!held)
			continue;
		if (first == NULL || first->source != s->source ||
		    first->epoch != s->epoch) {
			first = s;
			x = feed_begins(f, s);
		}
		x->received += whole;
		x->expected = s->seq - first->seq + 1;
		if (now)
			x->at_us = from_us;
	}
}

/* ---- permits, decisions, cases ---- */

static void
note_breaches(struct facts *f)
{
	for (size_t i = 0; i < f->breaches; i++) {
		struct fact *x = facts_find(f, f->breach[i].permit);
		int32_t *at;
		int32_t s;

		if (x == NULL || x->kind != PACK__FACT__KIND__PERMIT)
			continue;
		at = facts_slot(x, F(BREACHED));
		s = facts_seconds(x, f->breach[i].at_us);
		if (*at == FACTS_NONE || s < *at)
			*at = s;
	}
}

static bool
is_training(struct facts *f, const Pack__Indicators *set, uint32_t class)
{
	for (size_t i = 0; class != 0 && i < set->n_training_classes; i++)
		if (facts_word(f, set->training_classes[i]) == class)
			return true;
	return false;
}

static void
note_training(struct facts *f, const Pack__Indicators *set)
{
	for (size_t i = 0; i < f->shown_len; i++)
		*facts_slot(&f->at[f->shown[i].fact], F(TRAINED)) = FACTS_NONE;
	for (size_t i = 0; i < f->shown_len; i++) {
		const struct facts_shown *s = &f->shown[i];
		int32_t *at = facts_slot(&f->at[s->fact], F(TRAINED));

		if (!is_training(f, set, s->class))
			continue;
		if (*at == FACTS_NONE)
			*at = 0;
		if (s->good)
			*at = 1;
	}
}

/* The cases among the facts, which may be few among many alarms. */
struct cases {
	size_t *at;
	size_t len;
};

/* The same person's violation, not long before. */
static void
note_repeated(struct facts *f, const Pack__Indicators *set, struct fact *x,
    const struct cases *cases)
{
	const int64_t back_us = set->repeat_days * DAY_US;
	int32_t *at = facts_slot(x, F(REPEATED));

	*at = FACTS_NONE;
	if (x->text[0] == 0)
		return;
	*at = 0;
	for (size_t i = 0; i < cases->len; i++) {
		const struct fact *y = &f->at[cases->at[i]];

		if (y != x && !y->exercise && y->text[0] == x->text[0] &&
		    y->text[F(TYPE)] == x->text[F(TYPE)] &&
		    y->at_us >= x->at_us - back_us &&
		    (y->at_us < x->at_us ||
		        (y->at_us == x->at_us && y->place < x->place)))
			*at = 1;
	}
}

/* The oldest grave alarm of its area, not long before. */
static void
note_lead(struct facts *f, const Pack__Indicators *set, struct fact *x)
{
	int64_t lead_us = 0;

	for (size_t i = 0; x->text[F(AREA)] != 0 && i < f->len; i++) {
		struct fact *y = &f->at[i];
		const int64_t before_us = x->at_us - y->at_us;

		if (y->kind == PACK__FACT__KIND__ALARM && !y->exercise &&
		    y->text[F(AREA)] == x->text[F(AREA)] &&
		    *facts_slot(y, F(LEVEL)) <= GRAVE_LEVEL &&
		    before_us <= set->lead_minutes * MINUTE_US &&
		    before_us > lead_us)
			lead_us = before_us;
	}
	*facts_slot(x, F(LEAD)) = (int32_t)(lead_us / 1000000);
}

/* How far feeds look back: the same whatever else was read. */
static int64_t
feed_back_us(const Pack__Indicators *set)
{
	int64_t back_us = 0;

	for (size_t i = 0; i < set->n_indicators; i++) {
		const Pack__Formula *p = set->indicators[i]->formula;

		if (p != NULL && p->facts == PACK__FACT__KIND__FEED &&
		    p->within_seconds * INT64_C(1000000) > back_us)
			back_us = p->within_seconds * INT64_C(1000000);
	}
	return back_us;
}

void
facts_join(struct facts *f, const Pack__Indicators *set, int64_t from_us,
    int64_t to_us)
{
	const uint32_t accident = facts_word(f, "accident");
	const uint32_t violation = facts_word(f, "violation");

	struct cases cases = {.len = 0};

	make_feeds(f, feed_back_us(set), from_us, to_us);
	note_breaches(f);
	note_training(f, set);
	cases.at = mem_alloc(f->len + 1, sizeof *cases.at);
	for (size_t i = 0; i < f->len; i++)
		if (f->at[i].kind == PACK__FACT__KIND__CASE)
			cases.at[cases.len++] = i;
	for (size_t i = 0; i < cases.len; i++) {
		struct fact *x = &f->at[cases.at[i]];

		if (x->text[F(TYPE)] == accident)
			note_lead(f, set, x);
		if (x->text[F(TYPE)] == violation)
			note_repeated(f, set, x, &cases);
	}
	free(cases.at);
}

int64_t
facts_lookback_us(const Pack__Indicators *set, const Pack__Formula *formula)
{
	int64_t us = formula->within_seconds * INT64_C(1000000);

	/* What is due when it says itself may have begun long before. */
	if (formula->own_due)
		us += FACTS_OWN_DUE_US;
	if (facts_uses(formula, F(REPEATED)))
		us += set->repeat_days * DAY_US;
	if (facts_uses(formula, F(LEAD)))
		us += set->lead_minutes * MINUTE_US;
	return us + FACTS_FUTURE_US;
}
