/* fold.h - tables as a pure function of log entries. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FOLD_H
#define NODE_FOLD_H

#include "ledger.pb-c.h"
#include "ledger/log.h"
#include "ledger/log_extend.h"
#include "ledger/store.h"
#include "node/domain/row.h"
#include "proto/digest.h"
#include "proto/err.h"
#include "record.pb-c.h"

/* The tables of one store.  No personal data and no free text: strings that
 * name persons appear as keyed hashes only.
 *
 *   record  slot || record_id || u32be 0    -> row
 *           slot || record_id || u32be seq  -> u64be leaf index   (seq >= 2)
 *   bykind  slot || u16be kind || u64be first leaf index -> record_id
 *   open    slot || u16be kind || u64be area || record_id -> empty
 *           alarms: u64be opened before the record_id
 *   span    fold_span.h: what is closed, by area and time
 *   source  slot || source[8] || u64be epoch || u64be seq
 *                                -> digest[16] || u64be leaf index || u8 1
 *           the same || digest[16]: other content under that number
 *   feed    slot || source[8] || u64be epoch -> struct fold_feed
 *   repeat  slot || source[8]               -> u64be duplicates, not folded
 *   event   slot || event_id                -> u64be leaf index
 *   name    slot || u8 class || u64be hash  -> text (areas, kinds, targets)
 *   actor   slot || SHA-256(key)[16]        -> record.Actor, its name as a hash
 *   holder  slot || holder[8] || u16be kind || record_id -> empty
 *   loss    slot                            -> u64be place (fold_place.h)
 *   target, notice: fold_notice.h; due, status: fold_term.h
 *   retain  fold_retain.h: what is held, waits for its erasure, expired;
 *           fold_cite.h: which record names which, where time was led
 *   token, access: owned by the HTTP side; folded: by site_fold.h; expiry: by
 *   submit_expire.h; not folded
 * slot: that of the log's oldest generation; leaf index: a place (fold_place.h)
 */
struct fold_tables {
	struct store_table record, bykind, open, source, feed, repeat, event,
	    name, actor, holder, span, loss, target, notice, due, status,
	    retain, token, access, folded, expiry;
};

ERR_CHECKED enum err fold_tables_open(
    struct fold_tables *out, struct store *s, struct err_why *why);

/* Names used lately, so that the hot path neither looks them up nor hashes them
 * again.  In memory alone; no persons. */
#define FOLD_CACHE 256
#define FOLD_MEMO_TEXT 55
struct fold_cache {
	uint64_t seen[FOLD_CACHE];
	struct {
		uint64_t hash;
		uint8_t class; /* 0: free */
		char text[FOLD_MEMO_TEXT];
	} memo[FOLD_CACHE];
};

struct fold {
	struct store_txn *txn;
	struct store_txn *logs; /* of the book, when in another store; NULL */
	const struct fold_tables *t;
	struct log_book *book;
	const struct digest_hmac *mac; /* under the index key */
	struct fold_cache *cache; /* NULL: none; zero it after an abort */
	struct row row; /* of the entry folded last */
};

/* One appended entry; body and annex decoded, NULL: not held. */
struct fold_item {
	uint16_t slot; /* of the line */
	uint64_t index; /* its place */
	const Ledger__Entry *leaf;
	const ProtobufCMessage *body;
	const Record__Annex *annex;
	struct bytes message; /* canonical bytes of body when all is shown */
	const uint8_t *digest; /* fold_digest of message; NULL: not known */
	bool again; /* fold_record: counters have seen it */
};

/*
 * fold_entry - take one entry into the tables.  The same for own logs and
 * replicas.  Trusts leaf and openings: they were checked before.
 * Errors of the store only; a body that does not decode is folded by its leaf.
 */
ERR_CHECKED enum err fold_entry(
    struct fold *f, const struct fold_item *item, struct err_why *why);

/* Folds entries as replication has them; their records anew when erased. */
ERR_CHECKED enum err fold_stretch(
    struct fold *f, const struct log_stretch *s, struct err_why *why);
/* Folds entries [from, from + n) of the log in `slot` that are in the book. */
ERR_CHECKED enum err fold_range(struct fold *f, uint16_t slot, uint64_t from,
    uint64_t n, struct err_why *why);
/* Empties the folded tables; fold_range of every slot rebuilds them. */
ERR_CHECKED enum err fold_clear(struct fold *f, struct err_why *why);
/* Folds one record anew from what is still held, after an erasure. */
ERR_CHECKED enum err fold_record(struct fold *f, uint16_t slot,
    const uint8_t record_id[static 16], struct err_why *why);

/* The message an opening shows: whole, or the slices that are left; NULL: none
 * or of a type unknown here.  shown: scratch.  Release with slice_free. */
ProtobufCMessage *fold_unpack(const Ledger__Opening *o, struct buf *shown);

/* ---- keyed hashes ---- */
enum fold_class {
	FOLD_AREA = 1,
	FOLD_TYPE, /* alarm kind, work type, certificate class */
	FOLD_SOURCE,
	FOLD_SUBJECT, /* persons, as person_plain has them: never in `name` */
	FOLD_TARGET, /* of notices */
	FOLD_NUMBER, /* of permits by applicants, of certificates */
	FOLD_ABOUT, /* records: alarms are held by the first permit they name */
	FOLD_RECORD, /* the same: one names another */
};
/* 8 bytes of it; 0: NULL, "".  Areas, types: in any case, blanks trimmed. */
uint64_t fold_hash(
    const struct digest_hmac *mac, enum fold_class c, const char *text);
/* The same of a name that comes often, by the cache; not for persons. */
uint64_t fold_hash_name(
    const struct fold *f, enum fold_class c, const char *text);

/* ---- reading (any transaction of the store) ---- */
ERR_CHECKED enum err fold_get(struct fold *f, uint16_t slot,
    const uint8_t record_id[static 16], struct row *out, struct err_why *why);
/* A source's counters in one epoch. */
struct fold_feed {
	uint64_t first_seq;
	uint64_t last_seq;
	uint64_t received;
	uint64_t missing;
	uint64_t conflicts;
};
/* Under the index key: same number, same content? */
void fold_digest(const struct digest_hmac *mac, uint8_t out[static 16],
    struct bytes message);
/* What is known under (source, epoch, seq): the message of this digest when it
 * came, else the first that came.  ERR_NOT_FOUND. */
struct fold_seen {
	uint8_t digest[16];
	uint64_t index;
};
struct fold_number {
	uint64_t source; /* fold_hash */
	uint64_t epoch;
	uint64_t seq;
};
ERR_CHECKED enum err fold_seen(struct fold *f, uint16_t slot,
    const struct fold_number *n, const uint8_t digest[static 16],
    struct fold_seen *out, struct err_why *why);
/* Counts a repetition; not part of the fold. */
ERR_CHECKED enum err fold_repeat(
    struct fold *f, uint16_t slot, uint64_t source, struct err_why *why);
/* An enrolled actor by key (u8 alg || key); its name is the keyed hash in
 * hexadecimal.  Release with slice_free.
 * ERR_NOT_FOUND also when revoked. */
ERR_CHECKED enum err fold_actor(struct fold *f, uint16_t slot, struct bytes key,
    Record__Actor **out, struct err_why *why);

/* Place of event `seq` of a record. */
ERR_CHECKED enum err fold_event(struct fold *f, uint16_t slot,
    const uint8_t record_id[static 16], uint32_t seq, uint64_t *index,
    struct err_why *why);
ERR_CHECKED enum err fold_by_event_id(struct fold *f, uint16_t slot,
    const uint8_t event_id[static 16], uint64_t *index, struct err_why *why);

#endif
