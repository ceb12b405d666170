/* facts.c - facts: found by id, words, fields. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/facts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "node/domain/facts_part.h"
#include "proto/mem.h"

#define SECOND_US INT64_C(1000000)
#define FIRST_SLOTS 1024
#define WORD_MAX 256 /* bytes of a word that count */

struct facts *
facts_new(void)
{
	struct facts *f = mem_alloc(1, sizeof *f);

	f->slots = f->word_slots = FIRST_SLOTS;
	f->slot = mem_alloc(f->slots, sizeof *f->slot);
	f->word_slot = mem_alloc(f->word_slots, sizeof *f->word_slot);
	*FACTS_MORE(f->word, f->words, f->words_cap) = NULL;
	return f;
}

void
facts_free(struct facts *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->words; i++)
		free(f->word[i]);
	free(f->word);
	free(f->word_slot);
	free(f->at);
	free(f->slot);
	free(f->seq);
	free(f->breach);
	free(f->member);
	free(f->check);
	free(f->stated);
	free(f->blank);
	free(f->shown);
	free(f->kpi);
	free(f);
}

/* ---- words ---- */

static uint32_t
hash_of(const void *p, size_t len)
{
	const uint8_t *b = p;
	uint32_t h = UINT32_C(2166136261);

	for (size_t i = 0; i < len; i++)
		h = (h ^ b[i]) * UINT32_C(16777619);
	return h ^ h >> 15;
}

static void
grow_words(struct facts *f)
{
	free(f->word_slot);
	f->word_slots *= 2;
	f->word_slot = mem_alloc(f->word_slots, sizeof *f->word_slot);
	for (uint32_t i = 1; i < f->words; i++) {
		size_t at = hash_of(f->word[i], strlen(f->word[i]));

		while (f->word_slot[at % f->word_slots] != 0)
			at++;
		f->word_slot[at % f->word_slots] = i;
	}
}

uint32_t
facts_word(struct facts *f, const char *text)
{
	char plain[WORD_MAX + 1];
	size_t n = 0;
	size_t at;

	while (text != NULL && *text == ' ')
		text++;
	while (text != NULL && n < WORD_MAX && text[n] != '\0') {
		plain[n] = text[n];
		if (plain[n] >= 'A' && plain[n] <= 'Z')
			plain[n] = (char)(plain[n] + ('a' - 'A'));
		n++;
	}
	while (n > 0 && plain[n - 1] == ' ')
		n--;
	plain[n] = '\0';
	if (n == 0)
		return 0;
	if (2 * f->words > f->word_slots)
		grow_words(f);
	at = hash_of(plain, n);
	for (; f->word_slot[at % f->word_slots] != 0; at++) {
		uint32_t w = f->word_slot[at % f->word_slots];

		if (strcmp(f->word[w], plain) == 0)
			return w;
	}
	f->word_slot[at % f->word_slots] = (uint32_t)f->words;
	*FACTS_MORE(f->word, f->words, f->words_cap) = mem_strdup(plain);
	return (uint32_t)f->words - 1;
}

/* ---- by id ---- */

/* Ids are random but for their time. */
static size_t
place_of(const uint8_t *id)
{
	return hash_of(id, 16);
}

struct fact *
facts_find(struct facts *f, const uint8_t id[static 16])
{
	for (size_t at = place_of(id); f->slot[at % f->slots] != 0; at++) {
		struct fact *x = &f->at[f->slot[at % f->slots] - 1];

		if (memcmp(x->id, id, 16) == 0)
			return x;
	}
	return NULL;
}

static void
grow_slots(struct facts *f)
{
	free(f->slot);
	f->slots *= 2;
	f->slot = mem_alloc(f->slots, sizeof *f->slot);
	for (size_t i = 0; i < f->len; i++) {
		size_t at = place_of(f->at[i].id);

		while (f->slot[at % f->slots] != 0)
			at++;
		f->slot[at % f->slots] = (uint32_t)i + 1;
	}
}

static struct fact
blank_fact(Pack__Fact__Kind kind)
{
	struct fact x = {
	    .kind = (uint8_t)kind, .first_judged = FACTS_NONE, .times = 1};

	for (size_t i = 0; i < FACTS_NUMBERS; i++)
		x.number[i] = FACTS_NONE;
	return x;
}

struct fact *
facts_make(struct facts *f, const uint8_t id[static 16], Pack__Fact__Kind kind)
{
	struct fact *x;
	size_t at;

	f->len -= f->made; /* facts_join makes them again */
	f->made = 0;
	free(f->kpi);
	f->kpi = NULL;
	if (2 * f->len >= f->slots)
		grow_slots(f);
	at = place_of(id);
	while (f->slot[at % f->slots] != 0)
		at++;
	f->slot[at % f->slots] = (uint32_t)f->len + 1;
	x = FACTS_MORE(f->at, f->len, f->cap);
	*x = blank_fact(kind);
	memcpy(x->id, id, 16);
	return x;
}

struct fact *
facts_made(
    struct facts *f, Pack__Fact__Kind kind, uint64_t place, int64_t at_us)
{
	struct fact *x = FACTS_MORE(f->at, f->len, f->cap);

	*x = blank_fact(kind);
	x->place = place;
	x->at_us = at_us;
	f->made++;
	return x;
}

size_t
facts_len(const struct facts *f)
{
	return f->len;
}

const struct fact *
facts_at(const struct facts *f, size_t i)
{
	return &f->at[i];
}

/* ---- fields ---- */

#define FIRST_NUMBER FACTS_TEXTS
#define PLAIN_NUMBERS 20

int32_t *
facts_slot(struct fact *x, Pack__Fact__Field field)
{
	return field >= FACTS_SECONDS
	    ? &x->number[PLAIN_NUMBERS + field - FACTS_SECONDS]
	    : &x->number[field - FIRST_NUMBER];
}

int32_t
facts_seconds(const struct fact *x, int64_t us)
{
	int64_t s =
	    us > x->at_us ? (us - x->at_us + SECOND_US - 1) / SECOND_US : 0;

	return s < INT32_MAX ? (int32_t)s : INT32_MAX;
}

int32_t
facts_number(const struct fact *x, Pack__Fact__Field field, int64_t horizon_us)
{
	int32_t v;

	if (field < FACTS_SECONDS)
		return x->number[field - FIRST_NUMBER];
	v = x->number[PLAIN_NUMBERS + field - FACTS_SECONDS];
	if (field == PACK__FACT__FIELD__JUDGED && v != FACTS_NONE &&
	    v * SECOND_US > horizon_us)
		v = x->first_judged;
	return v != FACTS_NONE && v * SECOND_US > horizon_us ? FACTS_NONE : v;
}

/* The newest verdict within the horizon; else the first. */
static uint32_t
verdict(const struct fact *x, int64_t horizon_us)
{
	const int32_t last = x->number[PLAIN_NUMBERS +
	    PACK__FACT__FIELD__JUDGED - FACTS_SECONDS];

	if (last != FACTS_NONE && last * SECOND_US <= horizon_us)
		return x->text[PACK__FACT__FIELD__VERDICT];
	if (x->first_judged != FACTS_NONE &&
	    x->first_judged * SECOND_US <= horizon_us)
		return x->first_verdict;
	return 0;
}

uint32_t
facts_word_at(const struct fact *x, Pack__Fact__Field field, int64_t horizon_us)
{
	return field == PACK__FACT__FIELD__VERDICT ? verdict(x, horizon_us)
	                                           : x->text[field];
}

bool
facts_is_test(const struct facts *f, const struct fact *x, int64_t horizon_us)
{
	const char *v = f->word[verdict(x, horizon_us)];
	const char *first = f->word[x->first_verdict];

	return x->exercise || x->replaced ||
	    (v != NULL && strcmp(v, "test") == 0 && strcmp(first, "test") == 0);
}

uint64_t
facts_unreadable(const struct facts *f, Pack__Fact__Kind kind, int64_t from_us,
    int64_t to_us)
{
	uint64_t n = 0;

	for (size_t i = 0; i < f->blanks; i++)
		n += f->blank[i].kind == (uint8_t)kind &&
		    f->blank[i].recorded_us >= from_us &&
		    f->blank[i].recorded_us < to_us;
	return n;
}

int64_t
facts_newest(const struct facts *f, Pack__Fact__Kind kind, int64_t to_us)
{
	int64_t newest = 0;

	for (size_t i = 0; i < f->len; i++)
		if (f->at[i].kind == (uint8_t)kind && f->at[i].at_us < to_us &&
		    f->at[i].at_us > newest)
			newest = f->at[i].at_us;
	return newest;
}
