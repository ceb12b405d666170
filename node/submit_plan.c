/* submit_plan.c - what one command ends, found before it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_plan.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/log_read.h"
#include "node/fold_key.h"
#include "node/fold_place.h"
#include "node/submit_expire.h"
#include "node/submit_holder.h"
#include "proto/mem.h"
#include "proto/slice.h"

/* ---- one entry ---- */

/* Does its body name media that rest somewhere? */
static bool
has_media(struct fold *f, const struct fold_spot *at)
{
	Ledger__Sealed *sealed = NULL;
	const ProtobufCFieldDescriptor *field = NULL;
	ProtobufCMessage *body = NULL;
	struct buf shown;
	size_t n = 0;

	buf_init(&shown, LOG_SEALED_MAX);
	if (log_sealed(f->book, fold_logs(f), at->slot, at->index, &sealed,
	        NULL) == ERR_OK)
		body = fold_unpack(sealed->body, &shown);
	if (body != NULL)
		field = protobuf_c_message_descriptor_get_field_by_name(
		    body->descriptor, "evidence");
	if (field != NULL && field->label == PROTOBUF_C_LABEL_REPEATED)
		memcpy(&n, (const char *)body + field->quantifier_offset,
		    sizeof n);
	slice_free(body);
	if (sealed != NULL)
		ledger__sealed__free_unpacked(sealed, NULL);
	buf_wipe(&shown);
	buf_clear(&shown);
	return n > 0;
}

/* Is it there, and did the same not end before?  Opens nothing. */
static bool
still_there(struct fold *f, uint16_t line, uint64_t place, bool media,
    struct fold_spot *at)
{
	enum log_rest rest = LOG_REST_NONE;
	uint64_t by;
	char *term;

	if (fold_spot(f, line, place, at, NULL) != ERR_OK ||
	    log_rest(f->book, fold_logs(f), at->slot, at->index, &rest, NULL) !=
	        ERR_OK ||
	    rest != LOG_REST_HELD)
		return false;
	term = fold_expired(f, line, place,
	    media ? FOLD_EXPIRED_MEDIA : FOLD_EXPIRED_BODY, &by);
	free(term);
	return term == NULL;
}

bool
submit_plan_left(struct fold *f, uint16_t line, uint64_t place, bool media)
{
	struct fold_spot at;

	return still_there(f, line, place, media, &at) &&
	    (!media || has_media(f, &at));
}

/* ---- one record ---- */

static bool
may_end(const struct submit_expiry *x, const struct retain_look *look,
    int64_t now_us)
{
	char term[RETAIN_TERM_BYTES];

	/* What somebody asked for has its own way. */
	if (look->class == NULL || look->facts.open || look->facts.held ||
	    (look->facts.requested && !x->media))
		return false;
	retain_term(term, look->policy, look->class);
	if (strcmp(term, x->term) != 0)
		return false;
	return x->media
	    ? look->class->has_media_days && now_us >= look->answer.media_us
	    : look->answer.state == RETENTION_MAY_EXPIRE;
}

/* Its entries, oldest first; those of another generation of the log with the
 * next command. */
static enum err
add_entries(struct submit_plan *p, const struct submit_expiry *x,
    const struct retain_ask *ask, const struct retain_look *look,
    struct err_why *why)
{
	const uint8_t *id = p->record[p->records - 1].id;
	const bool fields = !x->media &&
	    look->class->ends == PACK__RETENTION_CLASS__ENDS__PERSONAL;
	struct fold_spot at;
	uint64_t place;
	enum err e = ERR_OK;

	for (uint32_t seq = 1; seq <= look->row.seq && !p->cut; seq++) {
		e = fold_event(ask->fold, ask->line, id, seq, &place, why);
		if (e == ERR_OK)
			e = fold_spot(ask->fold, ask->line, place, &at, why);
		if (e != ERR_OK)
			break;
		if (!submit_plan_left(ask->fold, ask->line, place, x->media) ||
		    (fields && !retain_is_of(ask->fold, &at, look->class)))
			continue;
		if (p->len == SUBMIT_PLAN_ENTRIES ||
		    (p->len > 0 && at.slot != p->slot)) {
			p->record[p->records - 1].more = p->cut = true;
			break;
		}
		p->slot = at.slot;
		p->at[p->len].place = place;
		p->at[p->len].index = at.index;
		p->at[p->len++].record = p->records - 1;
	}
	return e;
}

static enum err
add_record(struct submit_plan *p, const struct submit_expiry *x,
    const struct retain_ask *ask, const uint8_t *id, size_t *naming,
    struct err_why *why)
{
	struct retain_look look;
	bool needed = false;
	size_t others = 0;
	enum err e = retain_look(&look, ask, id, why);

	if (e != ERR_OK || !may_end(x, &look, ask->now_us))
		return e;
	if (!x->media) {
		e = retain_needed(&needed, ask, id, &look, why);
		if (e != ERR_OK || needed)
			return e;
		e = retain_naming(&p->record[p->records].naming, &others, ask,
		    id, &look.row, why);
		if (e != ERR_OK)
			return e;
	}
	*naming += others;
	p->cut = *naming > SUBMIT_PLAN_NAMING && p->records > 0;
	if (p->cut)
		return ERR_OK;
	memcpy(p->record[p->records].id, id, 16);
	p->record[p->records++].seq = look.row.seq;
	return add_entries(p, x, ask, &look, why);
}

static enum err
add_all(struct submit_plan *p, const struct submit_expiry *x,
    const struct retain_ask *ask, struct err_why *why)
{
	size_t naming = 0;
	enum err e = ERR_OK;

	for (size_t i = 0; i < x->len && e == ERR_OK && !p->cut; i++) {
		if (p->records == SUBMIT_PLAN_RECORDS ||
		    p->len == SUBMIT_PLAN_ENTRIES) {
			p->cut = true;
			break;
		}
		e = add_record(p, x, ask, x->id[i], &naming, why);
		/* What cannot be read stays. */
		if (e == ERR_NOT_FOUND || e == ERR_CORRUPT)
			e = ERR_OK;
	}
	return e;
}

enum err
submit_plan_make(struct submit_plan **out, struct site *s,
    const struct submit_expiry *x, struct err_why *why)
{
	struct submit_plan *p = mem_alloc(1, sizeof *p);
	struct fold f = {
	    .t = &s->own.tables, .book = s->own.book, .mac = &s->index_mac};
	struct fold_holds holds = {.len = 0};
	struct fold_leads leads = {.len = 0};
	struct retain_ask ask = {.site = s,
	    .fold = &f,
	    .line = s->evidence,
	    .holds = &holds,
	    .leads = &leads,
	    .seen = x->seen,
	    .now_us = x->now_us};
	enum err e = store_read(s->own.store, &f.txn, why);

	*out = NULL;
	if (e == ERR_OK)
		e = retain_said(&p->said, s, &f, why);
	if (e == ERR_OK && x->seen != NULL)
		retain_seen_begin(x->seen, &p->said);
	if (e == ERR_OK)
		e = fold_holds(&f, ask.line, &holds, why);
	if (e == ERR_OK)
		e = fold_leads(&f, ask.line, &leads, why);
	if (e == ERR_OK)
		e = add_all(p, x, &ask, why);
	fold_holds_free(&holds);
	fold_leads_free(&leads);
	if (f.txn != NULL)
		store_abort(f.txn);
	if (e == ERR_OK)
		*out = p;
	else
		free(p);
	return e;
}

/* ---- in the command ---- */

/* By rows and leaves alone. */
static bool
is_same(struct submit_plan *p, size_t i, const struct submit_expiry *x,
    const struct retain_ask *ask)
{
	struct retain_look look;
	struct hash naming;
	size_t others;

	if (retain_look(&look, ask, p->record[i].id, NULL) != ERR_OK ||
	    look.row.seq != p->record[i].seq || !may_end(x, &look, ask->now_us))
		return false;
	p->class = look.class;
	if (x->media)
		return true;
	if (look.row.kind == LEDGER__KIND__CERTIFICATE &&
	    submit_holder_bar(ask->site, ask->now_us, &look.row) > ask->now_us)
		return false;
	return retain_naming(&naming, &others, ask, p->record[i].id, &look.row,
	           NULL) == ERR_OK &&
	    memcmp(naming.b, p->record[i].naming.b, HASH_BYTES) == 0;
}

static int
by_index(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

enum err
submit_plan_check(struct submit_plan *p, const struct submit_expiry *x,
    const struct retain_ask *ask, uint64_t at[static SUBMIT_PLAN_ENTRIES],
    size_t *len, struct err_why *why)
{
	struct retain_said said;
	struct fold_spot spot;
	enum err e = retain_said(&said, ask->site, ask->fold, why);

	*len = 0;
	if (e != ERR_OK || said.slot != p->said.slot ||
	    said.retentions != p->said.retentions ||
	    said.erasures != p->said.erasures)
		return e;
	for (size_t i = 0; i < p->records; i++)
		p->record[i].ends = is_same(p, i, x, ask);
	for (size_t i = 0; i < p->len; i++) {
		if (p->record[p->at[i].record].ends &&
		    still_there(
		        ask->fold, ask->line, p->at[i].place, x->media, &spot))
			at[(*len)++] = p->at[i].index;
	}
	qsort(at, *len, sizeof at[0], by_index);
	return ERR_OK;
}
