/* retain_look.c - how long one record is kept, and what speaks against it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/retain_look.h"

#include <stdio.h>
#include <string.h>

#include "ledger/log_read.h"
#include "node/fold_place.h"
#include "node/site_logs.h"
#include "node/timekeep.h"

#define STARTS_MAX 4096 /* ADMIN entries of a week that are looked at */

/* ---- the time ---- */

static enum err
leaf_at(struct fold *f, uint16_t slot, uint64_t index, Ledger__Entry **out,
    struct err_why *why)
{
	struct bytes bytes;
	enum err e = log_entry(f->book, fold_logs(f), slot, index, &bytes, why);

	return e == ERR_OK ? log_decode(out, bytes, why) : e;
}

/* How far recorded time went from the entry before this one. */
static enum err
step_at(struct fold *f, uint16_t slot, uint64_t index, int64_t *us)
{
	Ledger__Entry *now = NULL;
	Ledger__Entry *before = NULL;
	enum err e = leaf_at(f, slot, index, &now, NULL);

	*us = 0;
	if (e == ERR_OK && index > 0)
		e = leaf_at(f, slot, index - 1, &before, NULL);
	if (before != NULL) {
		*us = before->recorded_us == INT64_MIN
		    ? INT64_MAX
		    : retention_add(now->recorded_us, -before->recorded_us);
		ledger__entry__free_unpacked(before, NULL);
	}
	if (now != NULL)
		ledger__entry__free_unpacked(now, NULL);
	return e;
}

/* A generation that began lately may follow a jump in the one before. */
static int64_t
began_lately(struct fold *f, uint16_t slot, int64_t now_us)
{
	char origin[NOTE_NAME_MAX + 1];
	struct generation g;
	Ledger__Entry *leaf = NULL;
	int64_t recorded;

	if (log_origin(f->book, fold_logs(f), slot, origin, NULL) != ERR_OK ||
	    generation_get(&g, origin, NULL) != ERR_OK)
		return now_us;
	if (g.number == 1)
		return 0;
	if (leaf_at(f, slot, 0, &leaf, NULL) != ERR_OK)
		return now_us;
	recorded = leaf->recorded_us;
	ledger__entry__free_unpacked(leaf, NULL);
	return recorded > now_us - RETAIN_QUIET_US ? recorded : 0;
}

/* Recorded time moves beyond its line by ADMIN entries alone (0019): the newest
 * of a week at which it went far ahead.  0: none; what cannot be read counts
 * as one. */
static int64_t
led_ahead(struct fold *f, uint16_t slot, int64_t now_us)
{
	uint64_t seq;
	uint64_t at;
	enum err e = log_kind_head(
	    f->book, fold_logs(f), slot, LEDGER__KIND__ADMIN, &seq, &at, NULL);

	for (unsigned n = 0; e == ERR_OK && n < STARTS_MAX; n++) {
		Ledger__Entry *leaf = NULL;
		int64_t recorded;
		int64_t step;
		uint64_t previous;

		e = leaf_at(f, slot, at, &leaf, NULL);
		if (e != ERR_OK)
			return now_us;
		recorded = leaf->recorded_us;
		previous = leaf->previous_of_kind;
		ledger__entry__free_unpacked(leaf, NULL);
		if (recorded <= now_us - RETAIN_QUIET_US)
			return 0;
		e = step_at(f, slot, at, &step);
		if (e != ERR_OK || step > RETAIN_JUMP_US)
			return recorded;
		if (previous == 0)
			return began_lately(f, slot, now_us);
		at = previous - 1;
	}
	return e == ERR_NOT_FOUND ? began_lately(f, slot, now_us) : now_us;
}

void
retain_time(
    struct retain_time *out, struct site *s, struct fold *f, int64_t wall_us)
{
	const struct timeline_span span = timekeep_span(s, wall_us);
	int64_t led;

	*out = (struct retain_time){.now_us = span.from_us};
	/* Where nobody else is asked, the first commit settles it. */
	if (atomic_load(&s->folding) ||
	    (atomic_load(&s->unsure) != 0 && (s->asks || s->doubt != 0))) {
		out->wants = rule_get(RULE_END_UNSURE);
		return;
	}
	if (packs_retention(s->packs, span.from_us) == NULL) {
		out->wants = rule_get(RULE_END_POLICY);
		return;
	}
	if (span.faults != 0) {
		out->wants = rule_get(RULE_END_UNCERTAIN);
		return;
	}
	led = led_ahead(f, site_log(s, SITE_EVIDENCE)->slot, span.from_us);
	if (led != 0) {
		out->wants = rule_get(RULE_END_LED);
		out->quiet_us = led + RETAIN_QUIET_US;
		return;
	}
	out->certain = true;
	out->vouched = timekeep_vouched(s);
	if (!out->vouched)
		out->wants = rule_get(RULE_END_UNVOUCHED);
}

enum err
retain_recorded(struct fold *f, uint16_t line, uint64_t place, int64_t *us,
    struct err_why *why)
{
	Ledger__Entry *leaf = NULL;
	struct fold_spot at;
	enum err e = fold_spot(f, line, place, &at, why);

	if (e == ERR_OK)
		e = leaf_at(f, at.slot, at.index, &leaf, why);
	if (e != ERR_OK)
		return e;
	*us = leaf->recorded_us;
	ledger__entry__free_unpacked(leaf, NULL);
	return ERR_OK;
}

/* ---- what was said since ---- */

static enum err
count_of(uint64_t *out, struct fold *f, uint16_t slot, Ledger__Kind kind,
    struct err_why *why)
{
	uint64_t at;
	enum err e =
	    log_kind_head(f->book, fold_logs(f), slot, kind, out, &at, why);

	if (e == ERR_NOT_FOUND)
		*out = 0;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
retain_said(struct retain_said *out, struct site *s, struct fold *f,
    struct err_why *why)
{
	enum err e;

	*out = (struct retain_said){.slot = site_log(s, SITE_EVIDENCE)->slot};
	e = count_of(
	    &out->retentions, f, out->slot, LEDGER__KIND__RETENTION, why);
	return e == ERR_OK
	    ? count_of(&out->erasures, f, out->slot, LEDGER__KIND__ERASURE, why)
	    : e;
}

void
retain_seen_begin(struct retain_seen *seen, const struct retain_said *now)
{
	if (seen->said.slot != now->slot ||
	    seen->said.retentions != now->retentions)
		memset(seen->at, 0, sizeof seen->at);
	seen->said = *now;
}

/* ---- a record ---- */

static bool
keeps_longer(const Pack__RetentionClass *a, const Pack__RetentionClass *b)
{
	if (a->keep_months != b->keep_months)
		return a->keep_months > b->keep_months;
	return a->legal != b->legal ? a->legal : a->min_months > b->min_months;
}

const Pack__RetentionClass *
retain_class(const struct digest_hmac *mac, const Pack__Retention *p,
    const struct row *r)
{
	const bool lost = r->type == 0 && (r->flags & ROW_PARTIAL) != 0;
	const Pack__RetentionClass *other = NULL;

	for (size_t i = 0; p != NULL && i < p->n_classes; i++) {
		const Pack__RetentionClass *c = p->classes[i];

		if (strcmp(c->kind, row_kind_text(r->kind)) != 0)
			continue;
		if (lost ? other == NULL || keeps_longer(c, other)
		         : c->type == NULL)
			other = c;
		else if (!lost && c->type != NULL &&
		    fold_hash(mac, FOLD_TYPE, c->type) == r->type)
			return c;
	}
	return other;
}

void
retain_term(char out[static RETAIN_TERM_BYTES], const Pack__Retention *p,
    const Pack__RetentionClass *c)
{
	(void)snprintf(
	    out, RETAIN_TERM_BYTES, "%.64s@%.60s", c->name, p->version);
}

static bool
is_zero(const uint8_t id[static 16])
{
	static const uint8_t none[16];

	return memcmp(id, none, sizeof none) == 0;
}

/* What is valid until a time is in force until then; whoever decided by it did
 * so no later. */
static int64_t
ended(const struct row *r, int64_t now_us)
{
	switch (r->kind) {
	case LEDGER__KIND__CERTIFICATE:
	case LEDGER__KIND__PERMIT:
	case LEDGER__KIND__DECISION:
	case LEDGER__KIND__PRESENTATION:
		return r->to_us < now_us ? r->to_us : now_us;
	default:
		return 0;
	}
}

bool
retain_open(const struct row *r, int64_t now_us)
{
	switch (r->kind) {
	case LEDGER__KIND__CERTIFICATE:
		return r->state != ROW_REVOKED &&
		    r->state != ROW_CERT_CANCELLED && now_us < r->to_us;
	case LEDGER__KIND__DECISION:
	case LEDGER__KIND__PRESENTATION:
		return now_us < r->to_us;
	case LEDGER__KIND__POINTS: /* somebody may spend them */
		return r->members > 0;
	case LEDGER__KIND__CHECKLIST:
		return r->state == ROW_OPEN;
	case LEDGER__KIND__DELIVERY: /* who is served from when on */
		return is_zero(r->ref);
	default:
		return row_is_open(r) && row_state(r, now_us) != ROW_EXPIRED;
	}
}

struct named {
	const struct retain_ask *ask;
	const uint8_t *id;
	const struct row *row;
};

static const struct fold_hold *
names(void *arg, const struct fold_hold *const *holds, size_t len)
{
	const struct named *n = arg;

	return retain_names(n->ask, n->id, n->row, holds, len);
}

/* The first hold of it, and time that was led. */
static enum err
look_aside(struct retain_look *out, const struct retain_ask *ask,
    const uint8_t *id, struct err_why *why)
{
	struct named n = {ask, id, &out->row};
	const struct fold_held held = {.id = id,
	    .row = &out->row,
	    .first_us = out->first_us,
	    .newest_us = out->facts.newest_us,
	    .names = names,
	    .arg = &n};
	struct fold_holds holds = {.len = 0};
	struct fold_leads leads = {.len = 0};
	const struct fold_hold *hold;
	int64_t led_us;
	enum err e = ERR_OK;

	if (ask->holds == NULL && !ask->known)
		e = fold_holds(ask->fold, ask->line, &holds, why);
	if (e == ERR_OK && ask->leads == NULL)
		e = fold_leads(ask->fold, ask->line, &leads, why);
	if (e == ERR_OK) {
		hold = ask->known
		    ? NULL
		    : fold_holds_it(
		          ask->holds != NULL ? ask->holds : &holds, &held);
		out->facts.held = hold != NULL;
		if (hold != NULL)
			memcpy(out->hold, hold->id, 16);
		led_us = fold_leads_since(
		    ask->leads != NULL ? ask->leads : &leads, out->row.last);
		/* Nothing is older than its own date says. */
		out->facts.unlived_us = led_us > 0 ? led_us : 0;
	}
	fold_holds_free(&holds);
	fold_leads_free(&leads);
	return e;
}

/* The row by which its class is told.  Whoever erased its first event asked the
 * terms then: what it was is not in doubt as when that is damaged. */
static struct row
told_by(const struct retain_ask *ask, const struct row *r)
{
	enum log_rest rest = LOG_REST_NONE;
	struct row out = *r;
	struct fold_spot at;

	if ((r->flags & ROW_PARTIAL) != 0 && r->type == 0 &&
	    fold_spot(ask->fold, ask->line, r->first, &at, NULL) == ERR_OK &&
	    log_rest(ask->fold->book, fold_logs(ask->fold), at.slot, at.index,
	        &rest, NULL) == ERR_OK &&
	    rest == LOG_REST_ERASED)
		out.flags &= (uint8_t)~ROW_PARTIAL;
	return out;
}

enum err
retain_look(struct retain_look *out, const struct retain_ask *ask,
    const uint8_t id[static 16], struct err_why *why)
{
	struct row told;
	enum err e;

	*out = (struct retain_look){.class = NULL};
	e = fold_get(ask->fold, ask->line, id, &out->row, why);
	if (e == ERR_OK)
		e = retain_recorded(
		    ask->fold, ask->line, out->row.first, &out->first_us, why);
	if (e == ERR_OK)
		e = retain_recorded(ask->fold, ask->line, out->row.last,
		    &out->facts.newest_us, why);
	if (e == ERR_OK && !ask->known)
		e = fold_waits_any(ask->fold, ask->line, id, &out->row,
		    &out->facts.requested, why);
	if (e == ERR_OK)
		e = look_aside(out, ask, id, why);
	if (e != ERR_OK)
		return e;
	out->facts.open = retain_open(&out->row, ask->now_us);
	out->facts.ended_us = ended(&out->row, ask->now_us);
	out->policy = packs_retention(ask->site->packs, ask->now_us);
	told = told_by(ask, &out->row);
	out->class = retain_class(&ask->site->index_mac, out->policy, &told);
	if (out->class != NULL) {
		out->clause = out->class->clause;
		out->answer =
		    retention_judge(out->class, &out->facts, ask->now_us);
	}
	return ERR_OK;
}
