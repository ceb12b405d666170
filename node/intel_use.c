/* intel_use.c - what became of an item: who has it, what it was good for. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/intel_use.h"

#include <stdlib.h>
#include <string.h>

#include "node/fold_place.h"
#include "node/intel_gate.h"
#include "node/peers.h"
#include "node/query.h"
#include "node/site.h"
#include "node/site_card.h"
#include "node/site_keys.h"
#include "node/veil_own.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define LETTER_MAX 256
#define PAGES_MAX 64 /* of letters that are looked through */

/* ---- saying ---- */

static Record__Intel *
letter_of(const uint8_t key[static CRYPTO_PUB_BYTES], char *id,
    Record__IntelFeedback__Verdict verdict)
{
	Record__IntelFeedback f = RECORD__INTEL_FEEDBACK__INIT;
	Record__Intel *m = NULL;
	struct buf plain;

	f.intel_id = id;
	f.has_verdict = true;
	f.verdict = verdict;
	buf_init(&plain, LETTER_MAX);
	slice_pack(&plain, &f.base);
	m = mem_alloc(1, sizeof *m);
	record__intel__init(m);
	m->has_action = m->has_letter = true;
	m->action = RECORD__INTEL__ACTION__FEEDBACK;
	m->letter.len = plain.len + CRYPTO_LETTER_EXTRA;
	m->letter.data = mem_alloc(m->letter.len, 1);
	if (crypto_letter_seal(m->letter.data, buf_view(&plain), key) !=
	    ERR_OK) {
		slice_free(&m->base);
		m = NULL;
	}
	buf_wipe(&plain);
	return m;
}

/* Who alone may read what is said of an item: its own key where others
 * published it, else its publisher.  False: it is an own one. */
static bool
reader_of(struct site *s, const Api__RecordView *v,
    uint8_t out[static CRYPTO_PUB_BYTES])
{
	const Record__Intel *m = v->n_events > 0 ? v->events[0]->intel : NULL;
	struct site_card card;

	if (m != NULL && m->veil != NULL) {
		if (m->veil->key.len != CRYPTO_PUB_BYTES)
			return false;
		memcpy(out, m->veil->key.data, CRYPTO_PUB_BYTES);
		return true;
	}
	if (v->site == NULL || strcmp(v->site, s->name) == 0 ||
	    s->peers.card == NULL ||
	    !s->peers.card(s->peers.arg, v->site, &card))
		return false;
	memcpy(out, card.identity, CRYPTO_PUB_BYTES);
	return true;
}

enum err
intel_use_letter(struct site *s, const char *id,
    Record__IntelFeedback__Verdict verdict, Record__Intel **out,
    const struct rule **rule, struct err_why *why)
{
	const struct query_scope scope = {.alliance_only = true};
	const struct query_key key = {
	    .kind = LEDGER__KIND__INTEL, .record_id = id};
	Api__RecordView *v = NULL;
	uint8_t to[CRYPTO_PUB_BYTES];
	enum err e = query_get(s, &key, &scope, &v, why);

	*rule = NULL;
	*out = NULL;
	if (verdict == RECORD__INTEL_FEEDBACK__VERDICT__VERDICT_UNSPECIFIED)
		*rule = rule_get(RULE_FIELD_MISSING);
	if (e != ERR_OK)
		return e;
	if (*rule == NULL &&
	    (v->state == NULL || strcmp(v->state, "RELEASED") != 0 ||
	        !reader_of(s, v, to)))
		*rule = rule_get(RULE_INTEL_OWN);
	if (*rule == NULL) {
		*out = letter_of(to, v->record_id, verdict);
		if (*out == NULL)
			*rule = rule_get(RULE_INTEL_OWN);
	}
	slice_free(&v->base);
	return ERR_OK;
}

/* ---- hearing ---- */

/* The last word of each company. */
struct heard {
	struct site *site;
	const char *id;
	const struct crypto_signer *key; /* letters are sealed for it */
	struct word {
		char *company;
		int64_t at_us;
		Record__IntelFeedback__Verdict verdict;
	} * at;
	size_t len;
};

static void
note(struct heard *h, const char *company, int64_t at_us,
    Record__IntelFeedback__Verdict verdict)
{
	for (size_t i = 0; i < h->len; i++) {
		struct word *w = &h->at[i];

		if (strcmp(w->company, company) != 0)
			continue;
		if (at_us >= w->at_us) {
			w->at_us = at_us;
			w->verdict = verdict;
		}
		return;
	}
	h->at = mem_resize(h->at, h->len + 1, sizeof *h->at);
	h->at[h->len++] = (struct word){mem_strdup(company), at_us, verdict};
}

/* Whose company is this member of? */
static const char *
company_of(struct site *s, const char *member)
{
	struct site_card card = {.company = NULL};

	if (s->peers.card == NULL ||
	    !s->peers.card(s->peers.arg, member, &card) || card.company == NULL)
		return member;
	return card.company;
}

static void
hear(void *arg, const Api__RecordView *v)
{
	struct heard *h = arg;
	struct site *s = h->site;
	const Record__Intel *m = v->n_events > 0 ? v->events[0]->intel : NULL;
	ProtobufCMessage *f = NULL;
	uint8_t plain[LETTER_MAX];
	size_t len;

	if (m == NULL || !m->has_letter || v->site == NULL ||
	    m->letter.len <= CRYPTO_LETTER_EXTRA ||
	    m->letter.len > LETTER_MAX + CRYPTO_LETTER_EXTRA)
		return;
	len = m->letter.len - CRYPTO_LETTER_EXTRA;
	if (crypto_letter_open(plain, bytes_of(m->letter.data, m->letter.len),
	        h->key) != ERR_OK ||
	    slice_unpack(&f, &record__intel_feedback__descriptor,
	        bytes_of(plain, len), NULL) != ERR_OK)
		return;
	const Record__IntelFeedback *said = (const Record__IntelFeedback *)f;
	if (said->intel_id != NULL && strcmp(said->intel_id, h->id) == 0)
		note(h, company_of(s, v->site), v->changed_at, said->verdict);
	slice_free(f);
}

enum err
intel_use_each(struct site *s, char *state, intel_use_take take, void *arg,
    struct err_why *why)
{
	const struct query_scope scope = {.alliance_only = true};
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	char *cursor = NULL;
	enum err e = ERR_OK;

	q.state = state;
	for (size_t n = 0; n < PAGES_MAX && e == ERR_OK; n++) {
		Api__Records *page = NULL;

		q.cursor = cursor;
		e = query_list(s, LEDGER__KIND__INTEL, &q, &scope, &page, why);
		if (e != ERR_OK)
			break;
		for (size_t i = 0; i < page->n_items; i++)
			take(arg, page->items[i]);
		free(cursor);
		cursor = page->next_cursor;
		page->next_cursor = NULL;
		slice_free(&page->base);
		if (cursor == NULL)
			break;
	}
	free(cursor);
	return e;
}

/* ---- telling ---- */

static void
count(const struct heard *h, Api__IntelUse *m)
{
	m->has_useful = m->has_applied = true;
	m->has_not_applicable = m->has_false_alarm = true;
	for (size_t i = 0; i < h->len; i++) {
		Record__IntelFeedback__Verdict v = h->at[i].verdict;

		m->useful += v == RECORD__INTEL_FEEDBACK__VERDICT__USEFUL;
		m->applied += v == RECORD__INTEL_FEEDBACK__VERDICT__APPLIED;
		m->not_applicable +=
		    v == RECORD__INTEL_FEEDBACK__VERDICT__NOT_APPLICABLE;
		m->false_alarm += v == RECORD__INTEL_FEEDBACK__VERDICT__FALSE;
	}
}

/* What is asked about. */
struct about {
	char id[TEXT_UUID_CHARS + 1]; /* under which members know it */
	struct crypto_signer key;
	struct row row;
	bool elsewhere; /* others publish it */
	struct fold_spot at; /* its newest event on the own alliance log */
};

/* Others publish it: letters go to its own key. */
static enum err
elsewhere(struct commit_ctx *ctx, const uint8_t raw[static 16], struct about *a,
    struct err_why *why)
{
	Record__Intel *own = NULL;
	enum err e =
	    fold_get(&ctx->fold, ctx->site->evidence, raw, &a->row, why);

	if (e == ERR_OK)
		e = veil_own_get(ctx, raw, &own, why);
	if (e != ERR_OK)
		return e;
	a->elsewhere = true;
	(void)memccpy(a->id, own->intel_id, '\0', sizeof a->id);
	veil_own_key(ctx->site, own, &a->key);
	slice_free(&own->base);
	return ERR_OK;
}

static enum err
look(struct site *s, const char *id, struct about *a, struct err_why *why)
{
	struct commit_ctx ctx;
	uint8_t raw[16];
	enum err e = text_uuid_get(raw, bytes_str(id), why);

	if (e == ERR_OK)
		e = intel_gate_reader(&ctx, s, why);
	if (e != ERR_OK)
		return e;
	a->key = site_keys(s)->identity;
	text_uuid_put(a->id, raw);
	e = fold_get(&ctx.fold, s->alliance, raw, &a->row, why);
	if (e == ERR_OK)
		e = fold_spot(&ctx.fold, s->alliance, a->row.last, &a->at, why);
	else if (e == ERR_NOT_FOUND)
		e = elsewhere(&ctx, raw, a, why);
	if (e == ERR_OK && a->row.state != ROW_RELEASED &&
	    a->row.state != ROW_WITHDRAWN)
		e = err_fail(
		    why, ERR_NOT_FOUND, "no released item of this node");
	store_abort(ctx.txn);
	return e;
}

enum err
intel_use(struct site *s, struct peers *p, const char *id, Api__IntelUse **out,
    struct err_why *why)
{
	struct about a = {.elsewhere = false};
	struct heard h = {.site = s, .id = a.id, .key = &a.key};
	static char closed[] = "CLOSED";
	Api__IntelUse *m;
	enum err e = look(s, id, &a, why);

	if (e == ERR_OK)
		e = intel_use_each(s, closed, hear, &h, why);
	if (e == ERR_OK) {
		m = mem_alloc(1, sizeof *m);
		api__intel_use__init(m);
		m->record_id = mem_strdup(id);
		m->state = mem_strdup(
		    row_state_text(LEDGER__KIND__INTEL, a.row.state));
		count(&h, m);
		/* Who has it of its publisher, that one knows. */
		if (!a.elsewhere)
			peers_readers(p, a.at.index, m);
		*out = m;
	}
	for (size_t i = 0; i < h.len; i++)
		free(h.at[i].company);
	free(h.at);
	crypto_wipe(&a.key, sizeof a.key);
	return e;
}
