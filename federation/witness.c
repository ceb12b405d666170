/* witness.c - compare and swap of acknowledged checkpoints, fork evidence. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/witness.h"

#include <assert.h>

#include "proto/digest.h"

#define STATE_HEAD (8 + HASH_BYTES)
#define FORK_KEY_MAX (NOTE_NAME_MAX + 1 + HASH_BYTES)

enum err
witness_open(struct witness *out, struct store *s, struct err_why *why)
{
	struct witness w;
	enum err e;

	e = store_table(s, "witness", &w.state, why);
	if (e == ERR_OK)
		e = store_table(s, "fork", &w.forks, why);
	if (e == ERR_OK)
		e = store_table(s, "erasure", &w.erasures, why);
	if (e == ERR_OK)
		e = store_table(s, "succession", &w.later, why);
	if (e == ERR_OK)
		e = store_table(s, "reach", &w.reach, why);
	if (e == ERR_OK)
		*out = w;
	return e;
}

enum err
witness_state(const struct witness *w, struct store_txn *txn,
    const char *origin, struct witness_state *out, struct err_why *why)
{
	struct buf_reader r;
	struct witness_state st;
	struct bytes value, root;
	enum err e;

	e = store_get(txn, w->state, bytes_str(origin), &value, why);
	if (e == ERR_NOT_FOUND) {
		memset(out, 0, sizeof(*out));
		digest_sha256(&out->head.root, bytes_of("", 0));
		return ERR_OK;
	}
	if (e != ERR_OK)
		return e;
	r = (struct buf_reader){value, false};
	st.head.size = buf_read_u64be(&r);
	root = buf_read(&r, HASH_BYTES);
	if (r.bad)
		return err_fail(
		    why, ERR_CORRUPT, "witness state of %s", origin);
	memcpy(st.head.root.b, root.ptr, HASH_BYTES);
	st.note = r.left;
	*out = st;
	return ERR_OK;
}

/* origin || 0 || digest of both texts, the smaller text first. */
static size_t
fork_key(uint8_t key[static FORK_KEY_MAX], const char *origin,
    const struct note notes[2])
{
	size_t len = strlen(origin);
	struct hash digests[2], both;
	struct bytes parts[2];
	bool swap;
	int i;

	for (i = 0; i < 2; i++)
		digest_sha256(&digests[i], notes[i].text);
	swap = memcmp(digests[0].b, digests[1].b, HASH_BYTES) > 0;
	parts[0] = bytes_hash(&digests[swap ? 1 : 0]);
	parts[1] = bytes_hash(&digests[swap ? 0 : 1]);
	digest_sha256_parts(&both, parts, 2);
	assert(len <= NOTE_NAME_MAX);
	memcpy(key, origin, len);
	key[len] = 0;
	memcpy(key + len + 1, both.b, HASH_BYTES);
	return len + 1 + HASH_BYTES;
}

/* How many pieces of evidence of an origin are kept. */
static enum err
count_forks(const struct witness *w, struct store_txn *txn, const char *origin,
    size_t *count, struct err_why *why)
{
	struct bytes prefix = bytes_of(origin, strlen(origin) + 1);
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e;
	size_t n = 0;

	e = store_cursor(txn, w->forks, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, prefix, &row);
	while (e == ERR_OK && row.key.len == prefix.len + HASH_BYTES &&
	    memcmp(row.key.ptr, prefix.ptr, prefix.len) == 0) {
		n++;
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	*count = n;
	return ERR_OK;
}

enum err
witness_forked(const struct witness *w, struct store_txn *txn,
    const char *origin, bool *out, struct err_why *why)
{
	size_t n;
	enum err e;

	e = count_forks(w, txn, origin, &n, why);
	if (e == ERR_OK)
		*out = n > 0;
	return e;
}

enum err
witness_accuse(const struct witness *w, struct store_txn *txn,
    const char *origin, const struct bytes notes[2], bool *added,
    struct err_why *why)
{
	uint8_t key[FORK_KEY_MAX];
	struct note parsed[2];
	struct bytes old;
	struct buf value;
	size_t len, count;
	enum err e;
	int i;

	for (i = 0; i < 2; i++) {
		e = note_parse(&parsed[i], notes[i], why);
		if (e != ERR_OK)
			return e;
	}
	if (added != NULL)
		*added = false;
	len = fork_key(key, origin, parsed);
	e = store_get(txn, w->forks, bytes_of(key, len), &old, NULL);
	if (e != ERR_NOT_FOUND)
		return e;
	e = count_forks(w, txn, origin, &count, why);
	if (e != ERR_OK || count >= WITNESS_FORKS_MAX)
		return e;
	buf_init(&value, 4 + 2 * NOTE_BYTES_MAX);
	buf_u32be(&value, (uint32_t)notes[0].len);
	buf_bytes(&value, notes[0]);
	buf_bytes(&value, notes[1]);
	e = buf_ok(&value, why);
	if (e == ERR_OK)
		e = store_put(
		    txn, w->forks, bytes_of(key, len), buf_view(&value), why);
	buf_clear(&value);
	if (e == ERR_OK && added != NULL)
		*added = true;
	return e;
}

static enum err
put_state(const struct witness *w, struct store_txn *txn,
    const struct witness_request *r, struct err_why *why)
{
	struct buf value;
	enum err e;

	buf_init(&value, STATE_HEAD + NOTE_BYTES_MAX);
	buf_u64be(&value, r->head->head.size);
	buf_bytes(&value, bytes_hash(&r->head->head.root));
	buf_bytes(&value, r->note);
	e = buf_ok(&value, why);
	if (e == ERR_OK)
		e = store_put(txn, w->state, bytes_str(r->head->origin),
		    buf_view(&value), why);
	buf_clear(&value);
	return e;
}

/* Same size, other root: the log signed two trees. */
static enum err
refuse_fork(const struct witness *w, struct store_txn *txn,
    const struct witness_request *r, struct bytes before, struct err_why *why)
{
	struct bytes notes[2];
	struct buf copy;
	enum err e;

	/* Borrowed from the map: a write could move it. */
	buf_init(&copy, NOTE_BYTES_MAX);
	buf_bytes(&copy, before);
	notes[0] = buf_view(&copy);
	notes[1] = r->note;
	e = witness_accuse(w, txn, r->head->origin, notes, NULL, why);
	buf_clear(&copy);
	if (e != ERR_OK)
		return e;
	return err_fail(why, ERR_REFUSED,
	    "%s signed two trees of size %llu: it has forked", r->head->origin,
	    (unsigned long long)r->head->head.size);
}

enum err
witness_advance(const struct witness *w, struct store_txn *txn,
    const struct witness_request *r, uint64_t *size, struct err_why *why)
{
	const struct tree_head *head = &r->head->head;
	struct witness_state st;
	bool forked;
	enum err e;

	e = witness_state(w, txn, r->head->origin, &st, why);
	if (e != ERR_OK)
		return e;
	*size = st.head.size;
	if (r->old > head->size)
		return err_fail(
		    why, ERR_MALFORMED, "old size is above the new size");
	if (st.note.len > 0 && head->size == st.head.size &&
	    memcmp(head->root.b, st.head.root.b, HASH_BYTES) != 0)
		return refuse_fork(w, txn, r, st.note, why);
	e = witness_forked(w, txn, r->head->origin, &forked, why);
	if (e != ERR_OK)
		return e;
	if (forked)
		return err_fail(
		    why, ERR_REFUSED, "%s has forked", r->head->origin);
	if (r->old != st.head.size)
		return err_fail(why, ERR_CONFLICT,
		    "%s: acknowledged up to %llu", r->head->origin,
		    (unsigned long long)st.head.size);
	e = tree_check_extend(&st.head, head, r->proof, why);
	if (e != ERR_OK)
		return err_fail(why, ERR_UNVERIFIED,
		    "%s: no proof that %llu extends %llu", r->head->origin,
		    (unsigned long long)head->size,
		    (unsigned long long)st.head.size);
	if (st.note.len > 0 && head->size == st.head.size)
		return ERR_OK;
	e = put_state(w, txn, r, why);
	if (e == ERR_OK)
		*size = head->size;
	return e;
}

enum err
witness_list(const struct witness *w, struct store_txn *txn, witness_each each,
    void *arg, struct err_why *why)
{
	struct store_cursor *c = NULL;
	struct bytes first, second;
	struct buf_reader r;
	struct store_row row;
	enum err e;

	e = store_cursor(txn, w->forks, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, bytes_of("", 0), &row);
	while (e == ERR_OK) {
		r = (struct buf_reader){row.value, false};
		first = buf_read(&r, buf_read_u32be(&r));
		second = r.left;
		if (r.bad || memchr(row.key.ptr, 0, row.key.len) == NULL) {
			e = err_fail(why, ERR_CORRUPT, "fork evidence");
			break;
		}
		/* The key starts with the origin and a NUL. */
		if (!each(arg, (const char *)row.key.ptr, first, second))
			break;
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}
