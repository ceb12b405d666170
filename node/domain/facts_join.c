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

/* Of each source and epoch, from the lowest number to the highest: how many
 * came, each once.  One that came with two contents did not come whole.  A feed
 * is of the period when one of its numbers was recorded in it. */
static void
make_feeds(struct facts *f, int64_t back_us, int64_t from_us, int64_t to_us)
{
	const struct facts_seq *first = NULL;
	struct fact *x = NULL;

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
			x = facts_made(f, PACK__FACT__KIND__FEED, s->place,
			    s->recorded_us);
			x->text[F(SOURCE)] = s->source;
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

/* ---- figures ---- */

static int
by_figure(const void *a, const void *b)
{
	const struct facts_stated *x = a;
	const struct facts_stated *y = b;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	if (x->area != y->area)
		return x->area < y->area ? -1 : 1;
	if (x->from_us != y->from_us)
		return x->from_us < y->from_us ? -1 : 1;
	if (x->to_us != y->to_us)
		return x->to_us < y->to_us ? -1 : 1;
	return (x->fact > y->fact) - (x->fact < y->fact);
}

/* Of the same figure, area and time the newest statement is the one. */
static void
note_stated(struct facts *f)
{
	if (f->stated_len > 0)
		qsort(f->stated, f->stated_len, sizeof *f->stated, by_figure);
	for (size_t i = 0; i + 1 < f->stated_len; i++) {
		const struct facts_stated *s = &f->stated[i];
		const struct facts_stated *n = &f->stated[i + 1];

		f->at[s->fact].replaced = s->type == n->type &&
		    s->area == n->area && s->from_us == n->from_us &&
		    s->to_us == n->to_us;
	}
}

/* ---- periods ---- */

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

	f->len -= f->made;
	f->made = 0;
	make_feeds(f, feed_back_us(set), from_us, to_us);
	facts_check_make(f, from_us, to_us);
	note_breaches(f);
	note_training(f, set);
	note_stated(f);
	facts_note_renewed(f);
	facts_note_first(f, set);
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
