/* decide_past.c - the row of a certificate as it was at a moment. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/decide_past.h"

#include "ledger/log_read.h"
#include "node/domain/certificate.h"
#include "node/fold_place.h"
#include "proto/slice.h"

#define EVENTS_LOOKED_AT 256

struct past {
	struct fold *f;
	uint16_t slot;
	const uint8_t *id;
	int64_t at_us;
	struct row *r;
};

/* NULL: not held here.  What is left where fields of it were erased. */
static enum err
read_body(struct past *p, const struct fold_spot *at, ProtobufCMessage **out,
    struct err_why *why)
{
	Ledger__Sealed *sealed = NULL;
	struct buf shown;
	enum err e = log_sealed(
	    p->f->book, p->f->txn, at->slot, at->index, &sealed, why);

	*out = NULL;
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	buf_init(&shown, LOG_SEALED_MAX);
	*out = fold_unpack(sealed->body, &shown);
	buf_clear(&shown);
	ledger__sealed__free_unpacked(sealed, NULL);
	return ERR_OK;
}

static void
take_credential(struct row *r, const Record__Credential *m)
{
	r->state = ROW_VALID;
	r->from_us = m->valid_from_at;
	r->to_us = m->valid_to_at;
	r->mark_us = m->review_due_at;
}

static void
take(struct past *p, const Ledger__Entry *leaf, const ProtobufCMessage *b)
{
	const bool first = leaf->event_seq <= 1;
	int64_t us = 0;

	if (b == NULL) {
		p->r->flags |= ROW_PARTIAL;
	} else if (b->descriptor == &record__certificate__descriptor) {
		const Record__Certificate *m = (const Record__Certificate *)b;

		us = m->occurred_at != 0 ? m->occurred_at : leaf->recorded_us;
		if (first || us <= p->at_us)
			certificate_fold(p->r, m, us);
	} else if (b->descriptor == &record__credential__descriptor) {
		if (first || leaf->recorded_us <= p->at_us)
			take_credential(p->r, (const Record__Credential *)b);
	} else if (b->descriptor == &record__status__descriptor) {
		const Record__Status *m = (const Record__Status *)b;

		us = m->effective_at != 0 ? m->effective_at : leaf->recorded_us;
		if (us <= p->at_us)
			certificate_status_fold(p->r, m);
	}
}

static enum err
take_event(struct past *p, uint32_t seq, struct err_why *why)
{
	ProtobufCMessage *body = NULL;
	Ledger__Entry *leaf = NULL;
	struct fold_spot at;
	struct bytes bytes;
	uint64_t index;
	enum err e = fold_event(p->f, p->slot, p->id, seq, &index, why);

	if (e == ERR_OK)
		e = fold_spot(p->f, p->slot, index, &at, why);
	if (e == ERR_OK)
		e = log_entry(
		    p->f->book, p->f->txn, at.slot, at.index, &bytes, why);
	if (e == ERR_OK)
		e = log_decode(&leaf, bytes, why);
	if (e != ERR_OK)
		return e;
	if (seq <= 1 || leaf->outcome == LEDGER__OUTCOME__APPLIED ||
	    leaf->outcome == LEDGER__OUTCOME__SEQ_CONFLICT) {
		e = read_body(p, &at, &body, why);
		if (e == ERR_OK)
			take(p, leaf, body);
		slice_free(body);
	}
	ledger__entry__free_unpacked(leaf, NULL);
	return e;
}

enum err
decide_past(struct fold *f, uint16_t slot, const uint8_t id[static 16],
    int64_t at_us, struct row *r, struct err_why *why)
{
	struct row was = *r;
	struct past p = {
	    .f = f, .slot = slot, .id = id, .at_us = at_us, .r = &was};
	enum err e = ERR_OK;

	if (r->seq > EVENTS_LOOKED_AT)
		return ERR_OK;
	was.state = 0;
	was.to_us = was.mark_us = was.stop_us = was.start_us = 0;
	for (uint32_t seq = 1; seq <= r->seq && e == ERR_OK; seq++)
		e = take_event(&p, seq, why);
	if (e == ERR_OK)
		*r = was;
	return e;
}
