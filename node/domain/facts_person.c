/* facts_person.c - who came first, and which certificates were renewed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "node/domain/facts_part.h"
#include "proto/mem.h"

#define F(name) PACK__FACT__FIELD__##name
#define DAY_US INT64_C(86400000000)

/* A fact of somebody, as it is sorted. */
struct one {
	uint32_t holder;
	uint32_t class;
	int64_t us;
	uint64_t place;
	size_t fact;
};

static int
by_holder(const void *a, const void *b)
{
	const struct one *x = a;
	const struct one *y = b;

	if (x->holder != y->holder)
		return x->holder < y->holder ? -1 : 1;
	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	if (x->us != y->us)
		return x->us < y->us ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

static bool
alike(const struct one *x, const struct one *y)
{
	return x->holder == y->holder && x->class == y->class;
}

/* Sorted ones of a kind that name their holder. */
static size_t
sorted(const struct facts *f, Pack__Fact__Kind kind, struct one **out)
{
	size_t n = 0;

	*out = mem_alloc(f->len + 1, sizeof **out);
	for (size_t i = 0; i < f->len; i++) {
		const struct fact *x = &f->at[i];
		const bool ends = kind == PACK__FACT__KIND__CERTIFICATE;

		if (x->kind != (uint8_t)kind || x->text[0] == 0 ||
		    (ends && x->due_us == 0))
			continue;
		(*out)[n++] = (struct one){.holder = x->text[0],
		    .class = ends ? x->text[F(TYPE)] : x->text[F(STAFF)],
		    .us = ends ? x->due_us : x->at_us,
		    .place = x->place,
		    .fact = i};
	}
	if (n > 0)
		qsort(*out, n, sizeof **out, by_holder);
	return n;
}

/* Another of the same class that ends later was there when it ended. */
void
facts_note_renewed(struct facts *f)
{
	struct one *all;
	const size_t n = sorted(f, PACK__FACT__KIND__CERTIFICATE, &all);

	for (size_t i = 0; i < n; i++) {
		struct fact *x = &f->at[all[i].fact];
		int32_t *at = facts_slot(x, F(RENEWED));

		*at = FACTS_NONE;
		for (size_t k = i + 1;
		     k < n && alike(&all[i], &all[k]) && *at == FACTS_NONE;
		     k++) {
			const struct fact *y = &f->at[all[k].fact];

			if (!y->exercise && all[k].us > all[i].us &&
			    y->at_us <= x->due_us)
				*at = facts_seconds(x, y->at_us);
		}
	}
	free(all);
}

/* Nobody of that name and company was allowed to work not long before. */
void
facts_note_first(struct facts *f, const Pack__Indicators *set)
{
	const uint32_t allow = facts_word(f, "allow");
	struct one *all;
	const size_t n = sorted(f, PACK__FACT__KIND__DECISION, &all);
	const struct one *before = NULL;

	for (size_t i = 0; i < n; i++) {
		struct fact *x = &f->at[all[i].fact];

		if (x->text[F(RESULT)] != allow)
			continue;
		*facts_slot(x, F(FIRST)) = before == NULL ||
		    !alike(before, &all[i]) ||
		    all[i].us - before->us > set->repeat_days * DAY_US;
		before = &all[i];
	}
	free(all);
}
