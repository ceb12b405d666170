/* defence_heard.c - what members said of rules of joint defence. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/defence_heard.h"

#include <stdio.h>
#include <string.h>

#include "ledger/log_read.h"
#include "node/fold_ids.h"
#include "node/fold_key.h"
#include "node/fold_place.h"
#include "node/site.h"
#include "node/submit_defence.h"
#include "proto/slice.h"

/* NULL: not held, erased, or of another type. */
static Record__DefenceReceipt *
read_at(struct fold *f, uint16_t line, uint64_t place)
{
	Ledger__Sealed *sealed = NULL;
	ProtobufCMessage *body;
	struct fold_spot at;
	struct buf shown;

	if (fold_spot(f, line, place, &at, NULL) != ERR_OK ||
	    log_sealed(f->book, f->txn, at.slot, at.index, &sealed, NULL) !=
	        ERR_OK)
		return NULL;
	buf_init(&shown, LOG_SEALED_MAX);
	body = fold_unpack(sealed->body, &shown);
	buf_clear(&shown);
	ledger__sealed__free_unpacked(sealed, NULL);
	if (body != NULL &&
	    body->descriptor != &record__defence_receipt__descriptor) {
		slice_free(body);
		body = NULL;
	}
	/* protobuf-c: the base is the first member of every message. */
	return (Record__DefenceReceipt *)(void *)body;
}

static void
take(struct defence_heard *out, const Record__DefenceReceipt *m,
    const char *name, int64_t at_us)
{
	if (m->name == NULL || strcmp(m->name, name) != 0 || !m->has_digest ||
	    m->digest.len != HASH_BYTES)
		return;
	out->outcome = m->outcome;
	out->verdict = m->verdict;
	out->at_us = at_us;
	memcpy(out->digest.b, m->digest.data, HASH_BYTES);
	(void)snprintf(out->version, sizeof out->version, "%.19s",
	    m->version != NULL ? m->version : "");
	(void)snprintf(out->reason, sizeof out->reason, "%.39s",
	    m->reason != NULL ? m->reason : "");
}

static struct fold
fold_of(struct site *s, bool own)
{
	struct site_db *db = own ? &s->own : &s->replica;

	return (struct fold){
	    .t = &db->tables, .book = db->book, .mac = &s->index_mac};
}

enum err
defence_heard(struct defence_heard *out, struct site *s, const char *member,
    const char *name, struct err_why *why)
{
	const bool own = strcmp(member, s->name) == 0;
	struct fold f = fold_of(s, own);
	Record__DefenceReceipt *m = NULL;
	uint16_t line = s->alliance;
	uint8_t id[16];
	struct row row;
	enum err e =
	    store_read(own ? s->own.store : s->replica.store, &f.txn, why);

	memset(out, 0, sizeof *out);
	submit_defence_id(id, name);
	if (e == ERR_OK && !own)
		e = fold_line_find(&f, member, "alliance", &line, why);
	if (e == ERR_OK)
		e = fold_get(&f, line, id, &row, why);
	if (e == ERR_OK && row.kind == LEDGER__KIND__APPLY_RECEIPT)
		m = read_at(&f, line, row.last);
	if (m != NULL) {
		take(out, m, name, row.changed_us);
		slice_free(&m->base);
	}
	store_abort(f.txn);
	return e == ERR_NOT_FOUND || e == ERR_CORRUPT ? ERR_OK : e;
}

enum err
defence_heard_names(struct site *s, void (*each)(void *arg, const char *name),
    void *arg, struct err_why *why)
{
	struct fold f = fold_of(s, true);
	struct fold_key k = fold_key_slot(s->alliance);
	struct fold_ids ids = {.at = NULL};
	struct row row;
	enum err e = store_read(s->own.store, &f.txn, why);

	fold_key_uint(&k, LEDGER__KIND__APPLY_RECEIPT, 2);
	if (e == ERR_OK)
		e = fold_ids_collect(&f, f.t->bykind, &k, &ids, why);
	for (size_t i = 0; i < ids.len && e == ERR_OK; i++) {
		Record__DefenceReceipt *m = NULL;

		if (fold_get(&f, s->alliance, ids.at[i], &row, NULL) == ERR_OK)
			m = read_at(&f, s->alliance, row.last);
		if (m != NULL && m->name != NULL)
			each(arg, m->name);
		if (m != NULL)
			slice_free(&m->base);
	}
	fold_ids_clear(&ids);
	store_abort(f.txn);
	return e;
}

bool
defence_heard_is_late(const struct defence_heard *own,
    const struct defence_heard *theirs, int64_t now_us)
{
	const bool ended =
	    own->outcome == RECORD__DEFENCE_RECEIPT__OUTCOME__ENDED;
	const bool same =
	    memcmp(own->digest.b, theirs->digest.b, HASH_BYTES) == 0;
	bool done;

	if (own->outcome == 0 || now_us - own->at_us <= DEFENCE_HEARD_LATE_US)
		return false;
	switch (theirs->outcome) {
	case RECORD__DEFENCE_RECEIPT__OUTCOME__ENDED:
		done = ended;
		break;
	case RECORD__DEFENCE_RECEIPT__OUTCOME__APPLIED:
	case RECORD__DEFENCE_RECEIPT__OUTCOME__REFUSED:
		done = !ended && same;
		break;
	case RECORD__DEFENCE_RECEIPT__OUTCOME__OUTCOME_UNSPECIFIED:
		/* It ended before this member had heard of it. */
		done = ended;
		break;
	case RECORD__DEFENCE_RECEIPT__OUTCOME__HELD:
	case RECORD__DEFENCE_RECEIPT__OUTCOME__STOPPED:
	case _RECORD__DEFENCE_RECEIPT__OUTCOME_IS_INT_SIZE:
	default:
		done = false;
		break;
	}
	return !done;
}

const char *
defence_heard_word(Record__DefenceReceipt__Outcome o)
{
	static const char *const words[] = {
	    "MISSING", "APPLIED", "HELD", "REFUSED", "STOPPED", "ENDED"};

	return (size_t)o < sizeof words / sizeof words[0] ? words[o] : "?";
}
