/* retain_scan.c - which records are past their term.  Only for retain*.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/retain_scan.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/fold_key.h"
#include "proto/mem.h"

/* ---- tracks ---- */

void
retain_scan_clear(struct retain_scan *s)
{
	for (size_t i = 0; i < s->len; i++)
		free(s->at[i].left);
	s->len = 0;
	s->policy = NULL;
}

static void
add_track(struct retain_scan *s, const Pack__RetentionClass *c, bool media)
{
	struct retain_track *t = &s->at[s->len++];

	*t = (struct retain_track){.class = c, .media = media};
	retain_term(t->term, s->policy, c);
}

void
retain_scan_policy(struct retain_scan *s, int64_t now_us)
{
	const Pack__Retention *p = packs_retention(s->site->packs, now_us);

	if (p == s->policy)
		return;
	retain_scan_clear(s);
	s->policy = p;
	for (size_t i = 0; p != NULL && i < p->n_classes; i++) {
		if (p->classes[i]->has_media_days)
			add_track(s, p->classes[i], true);
		add_track(s, p->classes[i], false);
	}
}

static void
leave(struct retain_track *t, uint64_t place, const uint8_t *id)
{
	if ((t->left_len & (t->left_len - 1)) == 0)
		t->left = mem_resize(t->left,
		    t->left_len > 0 ? 2 * t->left_len : 1, sizeof *t->left);
	t->left[t->left_len].place = place;
	memcpy(t->left[t->left_len++].id, id, 16);
}

/* ---- one record ---- */

struct look {
	struct retain_scan *s;
	struct retain_track *t;
	struct fold fold;
	struct fold_holds holds;
	struct fold_leads leads;
	int64_t now_us;
	struct retain_batch *out;
	bool full; /* there was one more that may end */
};

enum found {
	PASSED, /* of another class, or ended */
	WAITS,
	ENDS,
};

static bool
anything_left(struct look *l, const uint8_t *id, const struct row *row)
{
	uint16_t line = l->s->site->evidence;
	uint64_t place;

	for (uint32_t seq = 1; seq <= row->seq; seq++) {
		if (fold_event(&l->fold, line, id, seq, &place, NULL) ==
		        ERR_OK &&
		    submit_plan_left(&l->fold, line, place, l->t->media))
			return true;
	}
	return false;
}

static enum err
look_at(
    struct look *l, const uint8_t *id, enum found *found, struct err_why *why)
{
	const struct retain_track *t = l->t;
	struct retain_look look;
	struct retain_ask ask = {.site = l->s->site,
	    .fold = &l->fold,
	    .line = l->s->site->evidence,
	    .holds = &l->holds,
	    .leads = &l->leads,
	    .seen = &l->s->seen,
	    .now_us = l->now_us};
	bool age;
	bool needed = false;
	enum err e = retain_look(&look, &ask, id, why);

	*found = PASSED;
	/* What cannot be read keeps itself, and nothing else. */
	if (e == ERR_CORRUPT) {
		*found = WAITS;
		return ERR_OK;
	}
	if (e != ERR_OK || look.class != t->class)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	if (!anything_left(l, id, &look.row))
		return ERR_OK;
	age = l->now_us >=
	    (t->media ? look.answer.media_us : look.answer.until_us);
	age = age && !look.facts.held && (t->media || !look.facts.requested);
	if (age && !t->media)
		e = retain_needed(&needed, &ask, id, &look, why);
	/* Nor does what cannot be read and may need it. */
	if (e == ERR_CORRUPT) {
		needed = true;
		e = ERR_OK;
	}
	*found = age && !needed ? ENDS : WAITS;
	l->t->held += look.facts.held;
	if (*found == ENDS && l->out->ends == 0)
		l->out->oldest_us = look.facts.newest_us;
	return e;
}

static void
take(struct look *l, const uint8_t *id)
{
	l->out->ends++;
	if (l->out->len < SUBMIT_PLAN_RECORDS)
		memcpy(l->out->id[l->out->len++], id, 16);
	else
		l->full = !l->out->dry;
}

/* What was left before; what ends stays there until it is seen to be gone. */
static enum err
look_again(struct look *l, struct err_why *why)
{
	struct retain_track *t = l->t;
	size_t n = 0;
	enum err e = ERR_OK;

	t->held = 0;
	for (size_t i = 0; i < t->left_len; i++) {
		enum found found = WAITS;

		if (e == ERR_OK && !l->full)
			e = look_at(l, t->left[i].id, &found, why);
		if (e == ERR_OK && found == ENDS)
			take(l, t->left[i].id);
		if (found != PASSED)
			t->left[n++] = t->left[i];
	}
	t->left_len = n;
	t->again = l->full;
	return e;
}

/* Is a record that began then too young, and all behind it? */
static enum err
too_young(struct look *l, uint64_t place, bool *out, struct err_why *why)
{
	struct retention_facts facts = {.open = false};
	struct retention_answer a;
	enum err e = retain_recorded(
	    &l->fold, l->s->site->evidence, place, &facts.newest_us, why);

	*out = false;
	if (e == ERR_CORRUPT)
		return ERR_OK; /* it is kept; those behind are looked at */
	if (e != ERR_OK)
		return e;
	/* Also below zero: by its own date it would be younger than what was
	 * recorded behind it, once the clock was set right. */
	facts.unlived_us = fold_leads_since(&l->leads, place);
	a = retention_judge(l->t->class, &facts, l->now_us);
	/* One of an epoch that a wrong clock led ahead says nothing of those
	 * behind it. */
	*out = facts.newest_us <= l->now_us &&
	    l->now_us < (l->t->media ? a.media_us : a.until_us);
	return ERR_OK;
}

static enum err
take_row(struct look *l, const struct store_row *row, struct err_why *why)
{
	uint64_t place = fold_key_u64(bytes_of(row->key.ptr + 4, 8));
	enum found found;
	enum err e;

	e = too_young(l, place, &l->t->end, why);
	if (e != ERR_OK || l->t->end)
		return e;
	e = look_at(l, row->value.ptr, &found, why);
	if (e != ERR_OK)
		return e;
	if (found == ENDS) {
		take(l, row->value.ptr);
		if (l->full)
			return ERR_OK;
	}
	if (found != PASSED)
		leave(l->t, place, row->value.ptr);
	l->t->next = place + 1;
	l->out->seen++;
	return ERR_OK;
}

static enum err
look_on(struct look *l, struct err_why *why)
{
	const ProtobufCEnumValue *kind =
	    protobuf_c_enum_descriptor_get_value_by_name(
	        &ledger__kind__descriptor, l->t->class->kind);
	const uint64_t opened = l->s->seen.opened;
	const uint64_t most =
	    l->t->media ? RETAIN_SCAN_BODIES : RETAIN_SCAN_ROWS;
	struct fold_key k = fold_key_bykind(
	    l->s->site->evidence, (uint16_t)kind->value, l->t->next);
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(l->fold.txn, l->fold.t->bykind, &c, why);

	if (e != ERR_OK)
		return e;
	l->t->end = false;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len == k.len &&
	    memcmp(row.key.ptr, k.b, 4) == 0 && row.value.len == 16) {
		e = take_row(l, &row, why);
		if (e != ERR_OK || l->full || l->t->end)
			break;
		l->out->more = l->out->seen >= most ||
		    l->s->seen.opened - opened >= RETAIN_SCAN_OPENS;
		if (l->out->more || l->t->left_len >= RETAIN_SCAN_LEFT)
			break;
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static uint64_t
position_of(const struct retain_track *t)
{
	uint64_t low = t->next;

	for (size_t i = 0; i < t->left_len; i++) {
		if (t->left[i].place < low)
			low = t->left[i].place;
	}
	return low;
}

enum err
retain_scan_next(struct retain_scan *s, size_t i, int64_t now_us,
    struct retain_batch *out, struct err_why *why)
{
	struct look l = {.s = s,
	    .t = &s->at[i],
	    .fold = {.t = &s->site->own.tables,
	        .book = s->site->own.book,
	        .mac = &s->site->index_mac},
	    .now_us = now_us,
	    .out = out};
	struct retain_said said;
	enum err e;

	out->len = 0;
	out->seen = out->ends = 0;
	out->oldest_us = 0;
	out->more = false;
	e = store_read(s->site->own.store, &l.fold.txn, why);
	if (e != ERR_OK)
		return e;
	if (!l.t->loaded)
		l.t->next = l.t->kept =
		    submit_expiry_position(&l.fold, l.t->term, l.t->media);
	l.t->loaded = true;
	e = retain_said(&said, s->site, &l.fold, why);
	if (e == ERR_OK) {
		retain_seen_begin(&s->seen, &said);
		e = fold_holds(&l.fold, s->site->evidence, &l.holds, why);
	}
	if (e == ERR_OK)
		e = fold_leads(&l.fold, s->site->evidence, &l.leads, why);
	if (e == ERR_OK && l.t->again)
		e = look_again(&l, why);
	if (e == ERR_OK && !l.full)
		e = look_on(&l, why);
	out->last = !l.full && !out->more;
	/* Seen to be gone with the next look. */
	if (out->len > 0)
		l.t->again = true;
	out->position = position_of(l.t);
	fold_holds_free(&l.holds);
	fold_leads_free(&l.leads);
	store_abort(l.fold.txn);
	return e;
}
