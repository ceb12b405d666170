/* fold_source.c - numbered sources: what came, what is missing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "ledger/log_read.h"
#include "node/fold_key.h"
#include "node/fold_kind.h"
#include "node/fold_place.h"
#include "proto/slice.h"

#define FEED_BYTES 40
#define DIGEST_BYTES 16
#define SOURCE_KEY_BYTES 26
#define OTHER_KEY_BYTES (SOURCE_KEY_BYTES + DIGEST_BYTES)
#define SOURCE_ROW_BYTES (DIGEST_BYTES + 8 + 1)
#define BARE_ROW_BYTES (DIGEST_BYTES + 8) /* before fold 3 */
#define DIGEST_TAG 0x80 /* apart from fold_class */

/* A bare digest of what was erased would let its words be guessed. */
static void
key_digest(const struct digest_hmac *mac, uint8_t *digest)
{
	const uint8_t tag = DIGEST_TAG;
	const struct bytes parts[2] = {
	    bytes_of(&tag, 1), bytes_of(digest, DIGEST_BYTES)};
	struct hash h;

	digest_hmac(mac, &h, parts, 2);
	memcpy(digest, h.b, DIGEST_BYTES);
}

void
fold_digest(
    const struct digest_hmac *mac, uint8_t out[static 16], struct bytes message)
{
	struct hash h;

	digest_sha256(&h, message);
	memcpy(out, h.b, DIGEST_BYTES);
	key_digest(mac, out);
}

static struct fold_key
seen_key(uint16_t slot, const struct fold_number *n)
{
	struct fold_key k = fold_key_slot(slot);

	fold_key_uint(&k, n->source, 8);
	fold_key_uint(&k, n->epoch, 8);
	fold_key_uint(&k, n->seq, 8);
	return k;
}

/* Other content under a number that was taken: one row for each. */
static struct fold_key
other_key(uint16_t slot, const struct fold_number *n, const uint8_t digest[16])
{
	struct fold_key k = seen_key(slot, n);

	fold_key_put(&k, digest, DIGEST_BYTES);
	return k;
}

static enum err
get_seen(struct fold *f, const struct fold_key *k, struct fold_seen *out,
    struct err_why *why)
{
	struct bytes v;
	enum err e;

	e = store_get(f->txn, f->t->source, fold_key_view(k), &v, NULL);
	/* Nearly all are new, and finding words takes longer than looking. */
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		e = store_get(f->txn, f->t->source, fold_key_view(k), &v, why);
	if (e != ERR_OK)
		return e;
	/* Better the same alarm twice than none. */
	if (v.len != SOURCE_ROW_BYTES)
		return ERR_NOT_FOUND;
	memcpy(out->digest, v.ptr, DIGEST_BYTES);
	out->index = fold_key_u64(bytes_of(v.ptr + DIGEST_BYTES, 8));
	return ERR_OK;
}

enum err
fold_seen(struct fold *f, uint16_t slot, const struct fold_number *n,
    const uint8_t digest[static 16], struct fold_seen *out, struct err_why *why)
{
	struct fold_key k = seen_key(slot, n);
	enum err e = get_seen(f, &k, out, why);

	if (e != ERR_OK || memcmp(out->digest, digest, DIGEST_BYTES) == 0)
		return e;
	k = other_key(slot, n, digest);
	e = get_seen(f, &k, out, why);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
fold_repeat(struct fold *f, uint16_t slot, uint64_t source, struct err_why *why)
{
	struct fold_key k = fold_key_slot(slot);
	struct fold_key v = {.len = 0};
	struct bytes old = {NULL, 0};
	enum err e;

	fold_key_uint(&k, source, 8);
	e = store_get(f->txn, f->t->repeat, fold_key_view(&k), &old, NULL);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return err_fail(why, e, "cannot read a source's counter");
	fold_key_uint(&v, fold_key_u64(old) + 1, 8);
	return store_put(
	    f->txn, f->t->repeat, fold_key_view(&k), fold_key_view(&v), why);
}

/* A number beyond the next one leaves a gap; one from below fills it. */
static void
count(struct fold_feed *feed, uint64_t seq)
{
	if (feed->received++ == 0) {
		feed->first_seq = seq;
		feed->last_seq = seq;
		return;
	}
	if (seq > feed->last_seq) {
		feed->missing += seq - feed->last_seq - 1;
		feed->last_seq = seq;
	} else if (seq < feed->first_seq) {
		feed->missing += feed->first_seq - seq - 1;
		feed->first_seq = seq;
	} else if (feed->missing > 0) {
		feed->missing--;
	}
}

static enum err
count_in_feed(struct fold *f, uint16_t slot, bool conflict,
    const struct fold_number *n, struct err_why *why)
{
	struct fold_key k = fold_key_slot(slot);
	struct fold_key out = {.len = 0};
	struct fold_feed feed = {0};
	struct bytes v;
	enum err e;

	fold_key_uint(&k, n->source, 8);
	fold_key_uint(&k, n->epoch, 8);
	e = store_get(f->txn, f->t->feed, fold_key_view(&k), &v, NULL);
	if (e == ERR_OK && v.len == FEED_BYTES) {
		feed.first_seq = fold_key_u64(bytes_of(v.ptr, 8));
		feed.last_seq = fold_key_u64(bytes_of(v.ptr + 8, 8));
		feed.received = fold_key_u64(bytes_of(v.ptr + 16, 8));
		feed.missing = fold_key_u64(bytes_of(v.ptr + 24, 8));
		feed.conflicts = fold_key_u64(bytes_of(v.ptr + 32, 8));
	} else if (e != ERR_OK && e != ERR_NOT_FOUND) {
		return err_fail(why, e, "cannot read a source's counters");
	} /* damaged: counted anew, for what counts is the alarm */
	if (conflict)
		feed.conflicts++;
	else
		count(&feed, n->seq);
	fold_key_uint(&out, feed.first_seq, 8);
	fold_key_uint(&out, feed.last_seq, 8);
	fold_key_uint(&out, feed.received, 8);
	fold_key_uint(&out, feed.missing, 8);
	fold_key_uint(&out, feed.conflicts, 8);
	return store_put(
	    f->txn, f->t->feed, fold_key_view(&k), fold_key_view(&out), why);
}

enum err
fold_kind_source(
    struct fold *f, const struct fold_item *item, struct err_why *why)
{
	const ProtobufCMessage *b = item->body;
	struct fold_number n = {0};
	struct fold_key k;
	uint8_t value[SOURCE_ROW_BYTES];
	bool numbered = false;
	const char *source = NULL;

	if (b != NULL && b->descriptor == &record__alarm__descriptor) {
		const Record__Alarm *m = (const Record__Alarm *)b;

		numbered = m->source != NULL && m->has_source_seq;
		source = m->source;
		n.epoch = m->source_epoch;
		n.seq = m->source_seq;
	} else if (b != NULL && b->descriptor == &record__case__descriptor) {
		const Record__Case *m = (const Record__Case *)b;

		numbered = m->source != NULL && m->has_source_seq;
		source = m->source;
		n.epoch = m->source_epoch;
		n.seq = m->source_seq;
	}
	if (!numbered || item->message.len == 0)
		return ERR_OK;
	n.source = fold_hash_name(f, FOLD_SOURCE, source);
	bool conflict = item->leaf->outcome == LEDGER__OUTCOME__SEQ_CONFLICT;
	if (item->digest != NULL)
		memcpy(value, item->digest, DIGEST_BYTES);
	else
		fold_digest(f->mac, value, item->message);
	value[SOURCE_ROW_BYTES - 1] = 1;
	for (size_t i = 0; i < 8; i++)
		value[DIGEST_BYTES + i] = (uint8_t)(item->index >> 8 * (7 - i));
	k = conflict ? other_key(item->slot, &n, value)
	             : seen_key(item->slot, &n);
	enum err e = store_put(f->txn, f->t->source, fold_key_view(&k),
	    bytes_of(value, sizeof value), why);
	if (e != ERR_OK)
		return e;
	return count_in_feed(f, item->slot, conflict, &n, why);
}

/* Erased in part: what is left is shown field by field. */
static bool
lacks_fields(const struct fold *f, const struct fold_spot *at)
{
	Ledger__Sealed *s = NULL;
	bool lacks;

	if (log_sealed(f->book, fold_logs(f), at->slot, at->index, &s, NULL) !=
	    ERR_OK)
		return false;
	lacks = s->body != NULL && !s->body->has_message;
	ledger__sealed__free_unpacked(s, NULL);
	return lacks;
}

bool
fold_source_erased(struct fold *f, const struct store_row *row)
{
	enum log_rest rest = LOG_REST_NONE;
	struct fold_spot at;
	uint16_t line;

	if ((row->key.len != SOURCE_KEY_BYTES &&
	        row->key.len != OTHER_KEY_BYTES) ||
	    (row->value.len != SOURCE_ROW_BYTES &&
	        row->value.len != BARE_ROW_BYTES))
		return false;
	line = (uint16_t)fold_key_u64(bytes_of(row->key.ptr, 2));
	if (fold_spot(f, line,
	        fold_key_u64(bytes_of(row->value.ptr + DIGEST_BYTES, 8)), &at,
	        NULL) != ERR_OK)
		return false;
	return log_rest(f->book, fold_logs(f), at.slot, at.index, &rest,
	           NULL) == ERR_OK &&
	    (rest == LOG_REST_ERASED ||
	        (rest == LOG_REST_HELD && lacks_fields(f, &at)));
}

enum err
fold_source_again(
    struct fold *f, const struct store_row *row, struct err_why *why)
{
	const uint8_t *k = row->key.ptr;
	const uint16_t line = (uint16_t)fold_key_u64(bytes_of(k, 2));
	const struct fold_number n = {
	    .source = fold_key_u64(bytes_of(k + 2, 8)),
	    .epoch = fold_key_u64(bytes_of(k + 10, 8)),
	    .seq = fold_key_u64(bytes_of(k + 18, 8)),
	};
	const bool conflict = row->key.len == OTHER_KEY_BYTES;
	uint8_t value[SOURCE_ROW_BYTES] = {[SOURCE_ROW_BYTES - 1] = 1};
	struct fold_key key;
	enum err e;

	memcpy(value, row->value.ptr, BARE_ROW_BYTES);
	if (row->value.len == BARE_ROW_BYTES)
		key_digest(f->mac, value);
	key = conflict ? other_key(line, &n, value) : seen_key(line, &n);
	e = store_put(f->txn, f->t->source, fold_key_view(&key),
	    bytes_of(value, sizeof value), why);
	return e != ERR_OK ? e : count_in_feed(f, line, conflict, &n, why);
}

enum err
fold_actor(struct fold *f, uint16_t slot, struct bytes key, Record__Actor **out,
    struct err_why *why)
{
	struct fold_key k = fold_key_slot(slot);
	ProtobufCMessage *msg = NULL;
	Record__Actor *a;
	struct hash h;
	struct bytes v;
	enum err e;

	digest_sha256(&h, key);
	fold_key_put(&k, h.b, 16);
	e = store_get(f->txn, f->t->actor, fold_key_view(&k), &v, why);
	if (e != ERR_OK)
		return e;
	e = slice_unpack(&msg, &record__actor__descriptor, v, why);
	if (e != ERR_OK)
		return ERR_CORRUPT;
	a = (Record__Actor *)msg;
	if (a->action != RECORD__ACTOR__ACTION__ENROL ||
	    !bytes_equal(bytes_of(a->key.data, a->key.len), key)) {
		slice_free(msg);
		return err_fail(why, ERR_NOT_FOUND, "no such actor");
	}
	*out = a;
	return ERR_OK;
}
