/* query_report.c - how a report stands, for whoever has its code. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_report.h"

#include <stdlib.h>

#include "ledger/disclosure.h"
#include "ledger/log_read.h"
#include "ledger/proof.h"
#include "ledger/seal.h"
#include "node/domain/case.h"
#include "node/fold_key.h"
#include "node/fold_place.h"
#include "node/query_hide.h"
#include "node/query_view.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define EVENTS_MAX 64 /* of one report, its newest, that are looked at */

/* Fields of record.Case that an answer discloses: action, feedback. */
static const uint32_t shown[] = {1, 29};

/* One entry, opened. */
struct entry {
	struct fold_spot at;
	Ledger__Entry *leaf;
	Ledger__Sealed *sealed;
	Record__Case *body; /* NULL: not readable any more, or not given out */
};

static void
entry_clear(struct entry *e)
{
	if (e->body != NULL)
		slice_free(&e->body->base);
	ledger__sealed__free_unpacked(e->sealed, NULL);
	if (e->leaf != NULL)
		ledger__entry__free_unpacked(e->leaf, NULL);
	*e = (struct entry){.leaf = NULL};
}

static enum err
entry_get(struct query_view *v, uint64_t place, struct entry *out,
    struct err_why *why)
{
	ProtobufCMessage *body = NULL;
	struct query_hide hide;
	struct bytes bytes;
	struct buf scratch;
	enum err e;

	*out = (struct entry){.leaf = NULL};
	e = fold_spot(&v->fold, v->slot, place, &out->at, why);
	if (e == ERR_OK)
		e = log_entry(v->fold.book, v->fold.txn, out->at.slot,
		    out->at.index, &bytes, why);
	if (e == ERR_OK)
		e = log_decode(&out->leaf, bytes, why);
	if (e == ERR_OK)
		e = query_hide_look(&hide, v, place, out->leaf, why);
	if (e != ERR_OK)
		return e;
	e = log_sealed(v->fold.book, v->fold.txn, out->at.slot, out->at.index,
	    &out->sealed, why);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	/* Whoever reported is somebody, too. */
	if (hide.on)
		e = query_hide_sealed(&hide, out->sealed, why);
	if (e != ERR_OK)
		return e;
	buf_init(&scratch, LOG_SEALED_MAX);
	body = fold_unpack(out->sealed->body, &scratch);
	buf_wipe(&scratch);
	if (body != NULL && body->descriptor == &record__case__descriptor)
		out->body = (Record__Case *)body;
	else
		slice_free(body);
	return ERR_OK;
}

static enum err
prove(struct query_view *v, const struct entry *en, char **out,
    struct err_why *why)
{
	const struct query_proof p = {.index = en->at.index, .leaf = true};
	struct buf text;
	enum err e;

	buf_init(&text, PROOF_FILE_MAX);
	e = query_view_proof(v, en->at.slot, &p, &text, why);
	if (e == ERR_OK)
		*out = mem_strdup(buf_cstr(&text));
	buf_clear(&text);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* What was answered, by nobody named. */
static enum err
disclose(const struct entry *en, char **out, struct err_why *why)
{
	Ledger__Sealed part = LEDGER__SEALED__INIT;
	Ledger__Opening *opening = NULL;
	struct buf text;
	enum err e;

	e = seal_disclose(&opening, en->sealed->body, shown,
	    sizeof shown / sizeof shown[0], why);
	if (e != ERR_OK)
		return e;
	buf_init(&text, 1u << 20);
	part.body = opening;
	e = disclosure_put(&text, en->at.index, en->leaf, &part, why);
	if (e == ERR_OK)
		*out = mem_strdup(buf_cstr(&text));
	buf_clear(&text);
	ledger__opening__free_unpacked(opening, NULL);
	return e;
}

static bool
answers(const struct entry *en)
{
	const Record__Case *m = en->body;

	return m != NULL && en->leaf->outcome == LEDGER__OUTCOME__APPLIED &&
	    (m->action == RECORD__CASE__ACTION__REPLY ||
	        m->action == RECORD__CASE__ACTION__REJECT ||
	        m->action == RECORD__CASE__ACTION__CLOSE) &&
	    m->feedback != NULL;
}

static enum err
add_answer(struct query_view *v, Api__ReportState *m, const struct entry *en,
    int64_t due_us, struct err_why *why)
{
	Api__ReportAnswer *a = mem_alloc(1, sizeof *a);
	enum err e;

	api__report_answer__init(a);
	m->answers[m->n_answers++] = a;
	a->feedback = mem_strdup(en->body->feedback);
	a->action = mem_strdup(case_policy_action(en->body->action));
	a->has_recorded_at = true;
	a->recorded_at = en->leaf->recorded_us;
	a->has_in_time = due_us != 0;
	a->in_time = due_us != 0 && en->leaf->recorded_us <= due_us;
	e = prove(v, en, &a->proof, why);
	return e == ERR_OK ? disclose(en, &a->disclosure, why) : e;
}

/* The deadline as it was given at first. */
static int64_t
first_due(const struct entry *en)
{
	ProtobufCMessage *annex = NULL;
	struct buf scratch;
	int64_t due = 0;

	if (en->sealed == NULL || en->sealed->annex == NULL)
		return 0;
	buf_init(&scratch, LOG_SEALED_MAX);
	annex = fold_unpack(en->sealed->annex, &scratch);
	buf_clear(&scratch);
	if (annex != NULL && annex->descriptor == &record__annex__descriptor)
		due = ((Record__Annex *)annex)->due_at;
	slice_free(annex);
	return due;
}

static void
oldest_first(Api__ReportState *m)
{
	for (size_t i = 0, k = m->n_answers; i + 1 < k; i++) {
		Api__ReportAnswer *a = m->answers[i];

		m->answers[i] = m->answers[--k];
		m->answers[k] = a;
	}
}

static enum err
fill(struct query_view *v, const struct report_code *code, const struct row *r,
    Api__ReportState *m, struct err_why *why)
{
	const uint32_t last = r->seq;
	struct entry en;
	int64_t due = 0;
	enum err e = entry_get(v, r->first, &en, why);

	if (e == ERR_OK &&
	    (en.body == NULL || !en.body->has_receipt ||
	        en.body->receipt.len != HASH_BYTES ||
	        !crypto_same(
	            en.body->receipt.data, code->receipt.b, HASH_BYTES)))
		e = err_fail(why, ERR_NOT_FOUND, "no report has this code");
	if (e == ERR_OK) {
		due = first_due(&en);
		e = prove(v, &en, &m->proof, why);
	}
	entry_clear(&en);
	m->answers = mem_alloc(QUERY_REPORT_ANSWERS, sizeof *m->answers);
	m->has_reply_due_at = due != 0;
	m->reply_due_at = due;
	for (uint32_t seq = last; e == ERR_OK && seq > 1 &&
	     last - seq < EVENTS_MAX && m->n_answers < QUERY_REPORT_ANSWERS;
	     seq--) {
		uint64_t place = 0;

		e = fold_event(
		    &v->fold, v->slot, code->record_id, seq, &place, why);
		if (e == ERR_OK)
			e = entry_get(v, place, &en, why);
		if (e == ERR_OK && answers(&en))
			e = add_answer(v, m, &en, due, why);
		entry_clear(&en);
	}
	oldest_first(m);
	return e;
}

enum err
query_report(struct site *s, const struct report_code *code,
    Api__ReportState **out, struct err_why *why)
{
	struct query_scope scope = {.own_only = true};
	struct query_view v = {
	    .site = s, .slot = s->evidence, .own = true, .scope = &scope};
	Api__ReportState *m = NULL;
	struct row r;
	enum err e;

	v.fold = (struct fold){
	    .t = &s->own.tables, .book = s->own.book, .mac = &s->index_mac};
	e = store_read(s->own.store, &v.fold.txn, why);
	if (e != ERR_OK)
		return e;
	e = fold_get(&v.fold, v.slot, code->record_id, &r, why);
	if (e == ERR_NOT_FOUND || (e == ERR_OK && r.kind != LEDGER__KIND__CASE))
		e = err_fail(why, ERR_NOT_FOUND, "no report has this code");
	if (e == ERR_OK) {
		m = mem_alloc(1, sizeof *m);
		api__report_state__init(m);
		m->state = mem_strdup(row_state_text(r.kind, r.state));
		m->record_id = mem_alloc(TEXT_UUID_CHARS + 1, 1);
		text_uuid_put(m->record_id, code->record_id);
		m->has_received_at = true;
		m->received_at = r.from_us;
		e = fill(&v, code, &r, m, why);
	}
	store_abort(v.fold.txn);
	if (e == ERR_OK)
		*out = m;
	else if (m != NULL)
		api__report_state__free_unpacked(m, NULL);
	return e;
}
