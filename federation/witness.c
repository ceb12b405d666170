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

static enum err
read_state(struct witness_state *out, const char *origin, struct bytes value,
    struct err_why *why)
{
	struct buf_reader r = {value, false};
	struct bytes root;

	out->head.size = buf_read_u64be(&r);
	root = buf_read(&r, HASH_BYTES);
	if (r.bad)
		return err_fail(
		    why, ERR_CORRUPT, "witness state of %s", origin);
	memcpy(out->head.root.b, root.ptr, HASH_BYTES);
	out->note = r.left;
	return ERR_OK;
}

enum err
witness_state(const struct witness *w, struct store_txn *txn,
    const char *origin, struct witness_state *out, struct err_why *why)
{
	struct witness_state st;
	struct bytes value;
	enum err e;

	e = store_get(txn, w->state, bytes_str(origin), &value, why);
	if (e == ERR_NOT_FOUND) {
		memset(out, 0, sizeof(*out));
		digest_sha256(&out->head.root, bytes_of("", 0));
		return ERR_OK;
	}
	if (e != ERR_OK)
		return e;
	e = read_state(&st, origin, value, why);
	if (e == ERR_OK)
		*out = st;
	return e;
}

enum err
witness_each_state(const struct witness *w, struct store_txn *txn,
    witness_state_each each, void *arg, struct err_why *why)
{
	char origin[NOTE_NAME_MAX + 1];
	struct store_cursor *c = NULL;
	struct witness_state st;
	struct store_row row;
	enum err e = store_cursor(txn, w->state, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, bytes_of("", 0), &row);
	while (e == ERR_OK) {
		if (row.key.len > NOTE_NAME_MAX) {
			e = err_fail(why, ERR_CORRUPT, "witness state");
			break;
		}
		memcpy(origin, row.key.ptr, row.key.len);
		origin[row.key.len] = '\0';
		e = read_state(&st, origin, row.value, why);
		if (e != ERR_OK || !each(arg, origin, &st))
			break;
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
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

/* Is a row to be written: new, or it can be proved only now? */
static enum err
wanted(const struct witness *w, struct store_txn *txn, struct bytes key,
    const char *origin, const struct fork *f, bool *added)
{
	struct bytes old;
	struct fork have;
	size_t count;
	enum err e = store_get(txn, w->forks, key, &old, NULL);

	*added = false;
	if (e == ERR_OK)
		return !f->bound ||
		        (fork_get(&have, old, NULL) == ERR_OK && have.bound)
		    ? ERR_EXISTS
		    : ERR_OK;
	if (e != ERR_NOT_FOUND)
		return e;
	e = count_forks(w, txn, origin, &count, NULL);
	*added = e == ERR_OK && count < WITNESS_FORKS_MAX;
	return e == ERR_OK && !*added ? ERR_EXISTS : e;
}

/* What is kept freezes a log: nothing is that convinces nobody else. */
static enum err
convicts(const struct fork *f, struct err_why *why)
{
	enum err e = !f->has_log
	    ? ERR_OK
	    : fork_check(
	          f, &f->log, f->has_identity ? f->identity.pub : NULL, why);

	return e == ERR_OK ? e : ERR_UNVERIFIED;
}

enum err
witness_accuse(const struct witness *w, struct store_txn *txn,
    const char *origin, const struct fork *f, bool *added, struct err_why *why)
{
	const struct bytes notes[2] = {f->first, f->second};
	uint8_t key[FORK_KEY_MAX];
	struct note parsed[2];
	struct buf value;
	size_t len;
	bool fresh;
	enum err e;
	int i;

	for (i = 0; i < 2; i++) {
		e = note_parse(&parsed[i], notes[i], why);
		if (e != ERR_OK)
			return e;
	}
	if (added != NULL)
		*added = false;
	e = convicts(f, why);
	if (e != ERR_OK)
		return e;
	len = fork_key(key, origin, parsed);
	e = wanted(w, txn, bytes_of(key, len), origin, f, &fresh);
	if (e == ERR_EXISTS)
		return ERR_OK;
	if (e != ERR_OK)
		return err_fail(why, e, "fork evidence");
	buf_init(&value, FORK_BYTES_MAX);
	fork_put(&value, f);
	e = buf_ok(&value, why);
	if (e == ERR_OK)
		e = store_put(
		    txn, w->forks, bytes_of(key, len), buf_view(&value), why);
	buf_clear(&value);
	if (e == ERR_OK && added != NULL)
		*added = fresh;
	return e;
}

static enum err
put_state(const struct witness *w, struct store_txn *txn,
    const struct witness_request *r, struct err_why *why)
{
	struct buf value;
	enum err e;

	buf_init(&value, STATE_HEAD + 2 * NOTE_BYTES_MAX);
	buf_u64be(&value, r->head->head.size);
	buf_bytes(&value, bytes_hash(&r->head->head.root));
	buf_bytes(&value, r->note);
	buf_bytes(&value, r->line);
	e = buf_ok(&value, why);
	if (e == ERR_OK)
		e = store_put(txn, w->state, bytes_str(r->head->origin),
		    buf_view(&value), why);
	buf_clear(&value);
	return e;
}

/* Does the note carry a line by whoever made this one? */
static bool
carries(struct bytes note, struct bytes line)
{
	const uint8_t *end =
	    line.len > 4 ? memchr(line.ptr + 4, ' ', line.len - 4) : NULL;

	return end == NULL ||
	    memmem(note.ptr, note.len, line.ptr,
	        (size_t)(end - line.ptr) + 1) != NULL;
}

bool
witness_root_at(struct hash *out, uint64_t old, const struct tree_head *head,
    const struct tree_proof *proof, const struct hash *was)
{
	struct tree_head said = {.size = old};

	if (tree_extend_root(out, old, head, proof))
		return true;
	if (was == NULL || old == 0 || old >= head->size)
		return false;
	said.root = *was;
	*out = *was;
	return tree_check_extend(&said, head, proof, NULL) == ERR_OK;
}

/* The tree that was acknowledged, `st`, and the one that now was signed. */
static enum err
refuse_fork(const struct witness *w, struct store_txn *txn,
    const struct witness_request *r, const struct witness_state *st,
    struct err_why *why)
{
	struct fork f = {.second = r->note};
	struct buf copy;
	enum err e;

	/* Borrowed from the map: a write could move it. */
	buf_init(&copy, 2 * NOTE_BYTES_MAX);
	buf_bytes(&copy, st->note);
	f.first = buf_view(&copy);
	if (f.first.len == 0)
		f.first = r->note;
	f.has_log = r->log != NULL;
	if (f.has_log)
		f.log = *r->log;
	f.bound = st->head.size > 0 && r->head->head.size > st->head.size &&
	    witness_root_at(
	        &f.root, st->head.size, &r->head->head, r->proof, r->was);
	if (f.bound)
		f.proof = *r->proof;
	e = witness_accuse(w, txn, r->head->origin, &f, NULL, why);
	buf_clear(&copy);
	if (e != ERR_OK)
		return e;
	return err_fail(why, ERR_REFUSED,
	    "%s signed two trees of size %llu: it has forked", r->head->origin,
	    (unsigned long long)st->head.size);
}

/* Another root than was acknowledged: of the same size, or, as the proof from
 * there shows, within the larger tree. */
static bool
excludes(const struct witness_request *r, const struct witness_state *st)
{
	const struct tree_head *head = &r->head->head;
	struct hash was;

	if (head->size == st->head.size)
		return (st->note.len > 0 || head->size == 0) &&
		    memcmp(head->root.b, st->head.root.b, HASH_BYTES) != 0;
	return r->old == st->head.size &&
	    witness_root_at(&was, st->head.size, head, r->proof, r->was) &&
	    memcmp(was.b, st->head.root.b, HASH_BYTES) != 0;
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
	if (excludes(r, &st))
		return refuse_fork(w, txn, r, &st, why);
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
	if (st.note.len > 0 && head->size == st.head.size &&
	    carries(st.note, r->line))
		return ERR_OK;
	e = put_state(w, txn, r, why);
	if (e == ERR_OK)
		*size = head->size;
	return e;
}

/* Evidence as it rests; what older versions kept is two notes with a length
 * before them. */
static enum err
open_row(struct fork *f, struct buf *file, struct bytes value)
{
	struct buf_reader r = {value, false};

	if (fork_get(f, value, NULL) == ERR_OK) {
		buf_bytes(file, value);
		return ERR_OK;
	}
	memset(f, 0, sizeof(*f));
	f->first = buf_read(&r, buf_read_u32be(&r));
	f->second = r.left;
	if (r.bad)
		return ERR_CORRUPT;
	fork_put(file, f);
	return ERR_OK;
}

enum err
witness_list(const struct witness *w, struct store_txn *txn, witness_each each,
    void *arg, struct err_why *why)
{
	struct store_cursor *c = NULL;
	struct store_row row;
	struct fork f;
	struct buf file;
	enum err e;

	buf_init(&file, 3 * NOTE_BYTES_MAX);
	e = store_cursor(txn, w->forks, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, bytes_of("", 0), &row);
	while (e == ERR_OK) {
		buf_reset(&file);
		if (memchr(row.key.ptr, 0, row.key.len) == NULL ||
		    open_row(&f, &file, row.value) != ERR_OK) {
			e = err_fail(why, ERR_CORRUPT, "fork evidence");
			break;
		}
		/* The key starts with the origin and a NUL. */
		if (!each(arg, (const char *)row.key.ptr, &f, buf_view(&file)))
			break;
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	buf_clear(&file);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}
