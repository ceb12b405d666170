/* vault.c - wrapping keys outside the store, so that erased stays erased. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/vault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/vault_file.h"
#include "ledger/vault_many.h"
#include "proto/mem.h"

#define ID_BYTES 4
#define OWNER_FILE "owner"
#define KEYS_MAX 65536

/*
 * Invariants: 1. key[] ascends in id.  2. no id is given twice, not even after
 * its key was destroyed: next_id is above every id that ever was.
 */
struct vault {
	int dir;
	pthread_rwlock_t lock;
	struct vault_key *key;
	size_t len;
	size_t cap;
	uint32_t next_id;
};

static void
put_id(uint8_t *p, uint32_t id)
{
	for (int i = 0; i < ID_BYTES; i++)
		p[i] = (uint8_t)(id >> (8 * (ID_BYTES - 1 - i)));
}

/* ---- the set of keys; callers hold the lock ---- */

static struct vault_key *
find(struct vault *v, uint32_t id)
{
	size_t lo = 0;
	size_t hi = v->len;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (v->key[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < v->len && v->key[lo].id == id)
		return &v->key[lo];
	return NULL;
}

static void
insert(struct vault *v, const struct vault_key *k)
{
	size_t at = v->len;

	if (find(v, k->id) != NULL)
		return;
	if (v->len == v->cap) {
		struct vault_key *more;

		/* Not mem_resize: it would leave copies of keys behind. */
		v->cap = v->cap == 0 ? 16 : v->cap * 2;
		more = mem_alloc(v->cap, sizeof(*more));
		if (v->len > 0)
			memcpy(more, v->key, v->len * sizeof(*more));
		crypto_wipe(v->key, v->len * sizeof(*more));
		free(v->key);
		v->key = more;
	}
	while (at > 0 && v->key[at - 1].id > k->id) {
		v->key[at] = v->key[at - 1];
		at--;
	}
	v->key[at] = *k;
	v->len++;
	if (k->id >= v->next_id)
		v->next_id = k->id + 1;
}

/* The key that new bodies of a class and period are sealed under. */
static struct vault_key *
newest(struct vault *v, uint8_t retention_class, uint32_t period)
{
	for (size_t i = v->len; i > 0; i--) {
		struct vault_key *k = &v->key[i - 1];

		if (k->retention_class == retention_class &&
		    k->period == period && !k->retired)
			return k;
	}
	return NULL;
}

static enum err
make_key(struct vault *v, uint8_t retention_class, uint32_t period,
    uint32_t *id, struct err_why *why)
{
	struct vault_key k = {
	    .id = v->next_id,
	    .period = period,
	    .retention_class = retention_class,
	};
	enum err e;

	if (v->len >= KEYS_MAX || v->next_id == UINT32_MAX)
		return err_fail(why, ERR_LIMIT, "too many wrapping keys");
	/* Also when this fails: the file may be there all the same. */
	v->next_id++;
	crypto_random(k.key, sizeof(k.key));
	e = vault_file_make(v->dir, &k, why);
	if (e == ERR_OK) {
		insert(v, &k);
		*id = k.id;
	}
	crypto_wipe(&k, sizeof(k));
	return e;
}

/* Reads the directory; keys already known stay as they are. */
static enum err
scan(struct vault *v, struct err_why *why)
{
	struct vault_key k = {0};
	struct dirent *at;
	enum err e = ERR_OK;
	uint32_t gone;
	DIR *d;
	int fd;

	fd = openat(v->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(why, ERR_IO, errno, "vault");
	d = fdopendir(fd);
	if (d == NULL) {
		(void)close(fd);
		return err_errno(why, ERR_IO, errno, "vault");
	}
	for (at = readdir(d); at != NULL && e == ERR_OK; at = readdir(d)) {
		if (vault_file_dying(at->d_name)) {
			/* Another process may be about it too. */
			e = vault_file_wipe(v->dir, at->d_name, why);
			if (e == ERR_NOT_FOUND)
				e = ERR_OK;
			continue;
		}
		if (vault_file_gone(at->d_name, &gone)) {
			if (gone >= v->next_id && gone < UINT32_MAX)
				v->next_id = gone + 1;
			continue;
		}
		if (!vault_file_parse(at->d_name, &k) || k.id == UINT32_MAX ||
		    find(v, k.id) != NULL)
			continue;
		e = vault_file_load(v->dir, &k, why);
		if (e == ERR_OK)
			insert(v, &k);
		/* Destroyed by another process while we looked. */
		if (e == ERR_NOT_FOUND)
			e = ERR_OK;
	}
	crypto_wipe(&k, sizeof(k));
	(void)closedir(d);
	return e;
}

/*
 * Copy of a key.  One we do not know may have been made by another process
 * since (an audit beside a running node), so look again before giving up.
 */
enum err
vault_key_get(
    struct vault *v, uint32_t id, struct vault_key *out, struct err_why *why)
{
	struct vault_key *k;
	enum err e = ERR_OK;

	pthread_rwlock_rdlock(&v->lock);
	k = find(v, id);
	if (k != NULL)
		*out = *k;
	pthread_rwlock_unlock(&v->lock);
	if (k != NULL)
		return ERR_OK;
	pthread_rwlock_wrlock(&v->lock);
	if (id >= v->next_id)
		e = scan(v, why);
	if (e == ERR_OK) {
		k = find(v, id);
		if (k != NULL)
			*out = *k;
		else
			e = err_fail(
			    why, ERR_NOT_FOUND, "wrapping key %u is gone", id);
	}
	pthread_rwlock_unlock(&v->lock);
	return e;
}

/* ---- open and close ---- */

/* A power loss must not take the folder away from under its keys. */
static enum err
sync_name(int dir, struct err_why *why)
{
	int above = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum err e = ERR_OK;

	if (above < 0 || fsync(above) != 0)
		e = err_errno(why, ERR_IO, errno, "vault");
	if (above >= 0)
		(void)close(above);
	return e;
}

enum err
vault_open(struct vault **out, const char *dir, struct err_why *why)
{
	struct vault *v = mem_alloc(1, sizeof(*v));
	enum err e = ERR_OK;
	bool made;

	pthread_rwlock_init(&v->lock, NULL);
	v->next_id = 1;
	v->dir = -1;
	made = mkdir(dir, 0700) == 0;
	if (!made && errno != EEXIST) {
		e = err_errno(why, ERR_IO, errno, "%s", dir);
		goto out;
	}
	v->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (v->dir < 0) {
		e = err_errno(why, ERR_IO, errno, "%s", dir);
		goto out;
	}
	if (made) {
		e = sync_name(v->dir, why);
		if (e != ERR_OK)
			goto out;
	}
	e = scan(v, why);
	if (e != ERR_OK)
		goto out;
	*out = v;
	v = NULL;
out:
	vault_close(v);
	return e;
}

void
vault_close(struct vault *v)
{
	if (v == NULL)
		return;
	if (v->dir >= 0)
		(void)close(v->dir);
	crypto_wipe(v->key, v->len * sizeof(*v->key));
	free(v->key);
	pthread_rwlock_destroy(&v->lock);
	free(v);
}

enum err
vault_bind(
    struct vault *v, const uint8_t store_id[static 16], struct err_why *why)
{
	uint8_t have[16];
	enum err e;

	e = vault_file_read(v->dir, OWNER_FILE, have, sizeof(have), NULL);
	if (e == ERR_NOT_FOUND)
		return vault_file_write(
		    v->dir, OWNER_FILE, bytes_of(store_id, 16), why);
	if (e != ERR_OK)
		return err_fail(why, e, "vault: cannot read its owner");
	if (memcmp(have, store_id, sizeof(have)) != 0)
		return err_fail(
		    why, ERR_CONFLICT, "the vault belongs to another store");
	return ERR_OK;
}

enum err
vault_owner(struct vault *v, uint8_t store_id[static 16], struct err_why *why)
{
	return vault_file_read(v->dir, OWNER_FILE, store_id, 16, why);
}

/* ---- sealing ---- */

static enum err
seal_with(const struct vault_key *k, struct bytes plain, struct buf *arena,
    struct vault_item *out)
{
	const size_t body = plain.len + CRYPTO_TAG_BYTES;
	uint8_t data_key[CRYPTO_KEY_BYTES];
	uint8_t *p = buf_grow(arena, VAULT_KEY_ROW_BYTES + body);

	if (p == NULL)
		return ERR_LIMIT;
	crypto_random(data_key, sizeof(data_key));
	put_id(p, k->id);
	crypto_wrap_seal(p + ID_BYTES, bytes_of(data_key, sizeof(data_key)),
	    bytes_of(p, ID_BYTES), k->key);
	/* Rewrapping keeps data key and ciphertext; all else comes here. */
	crypto_once_seal(p + VAULT_KEY_ROW_BYTES, plain, data_key);
	crypto_wipe(data_key, sizeof(data_key));
	out->key = bytes_of(p, VAULT_KEY_ROW_BYTES);
	out->body = bytes_of(p + VAULT_KEY_ROW_BYTES, body);
	return ERR_OK;
}

/* Wipes the caller's copy of the wrapping key. */
static enum err
seal_copy(struct vault_key *k, struct bytes plain, struct buf *arena,
    struct vault_item *out, struct err_why *why)
{
	enum err e = seal_with(k, plain, arena, out);

	crypto_wipe(k, sizeof(*k));
	if (e != ERR_OK)
		return err_fail(why, e, "sealed body: arena too small");
	return ERR_OK;
}

enum err
vault_seal_under(struct vault *v, struct bytes plain, uint32_t id,
    struct buf *arena, struct vault_item *out, struct err_why *why)
{
	struct vault_key k;
	enum err e;

	e = vault_key_get(v, id, &k, why);
	if (e != ERR_OK)
		return e;
	return seal_copy(&k, plain, arena, out, why);
}

enum err
vault_seal(struct vault *v, struct bytes plain, uint8_t retention_class,
    int64_t now_us, struct buf *arena, struct vault_item *out,
    struct err_why *why)
{
	uint32_t period = now_us < 0 ? 0 : (uint32_t)(now_us / VAULT_PERIOD_US);
	struct vault_key *at;
	struct vault_key k;
	uint32_t id = 0;
	enum err e = ERR_OK;

	pthread_rwlock_rdlock(&v->lock);
	at = newest(v, retention_class, period);
	if (at != NULL)
		k = *at;
	pthread_rwlock_unlock(&v->lock);
	if (at != NULL)
		return seal_copy(&k, plain, arena, out, why);

	pthread_rwlock_wrlock(&v->lock);
	at = newest(v, retention_class, period);
	if (at != NULL)
		id = at->id;
	else
		e = make_key(v, retention_class, period, &id, why);
	pthread_rwlock_unlock(&v->lock);
	if (e != ERR_OK)
		return e;
	return vault_seal_under(v, plain, id, arena, out, why);
}

/* The data key of a row, into data_key. */
static enum err
unwrap(
    struct vault *v, struct bytes row, uint8_t *data_key, struct err_why *why)
{
	struct vault_key k;
	uint32_t id = 0;
	enum err e;

	e = vault_row_id(row, &id, why);
	if (e != ERR_OK)
		return e;
	e = vault_key_get(v, id, &k, why);
	if (e != ERR_OK)
		return e;
	e = crypto_wrap_open(data_key,
	    bytes_of(row.ptr + ID_BYTES, row.len - ID_BYTES),
	    bytes_of(row.ptr, ID_BYTES), k.key);
	crypto_wipe(&k, sizeof(k));
	if (e != ERR_OK)
		return err_fail(why, ERR_CORRUPT,
		    "data key does not open under wrapping key %u", id);
	return ERR_OK;
}

enum err
vault_open_item(struct vault *v, const struct vault_item *item, struct buf *out,
    struct err_why *why)
{
	uint8_t data_key[CRYPTO_KEY_BYTES];
	const size_t before = out->len;
	uint8_t *p;
	enum err e;

	if (item->body.len < CRYPTO_TAG_BYTES)
		return err_fail(why, ERR_CORRUPT, "resting body too short");
	e = unwrap(v, item->key, data_key, why);
	if (e != ERR_OK)
		return e;
	p = buf_grow(out, item->body.len - CRYPTO_TAG_BYTES);
	if (p == NULL && item->body.len > CRYPTO_TAG_BYTES)
		e = err_fail(why, ERR_LIMIT, "resting body too long");
	else if (crypto_once_open(p, item->body, data_key) != ERR_OK)
		e = err_fail(why, ERR_CORRUPT, "resting body does not open");
	crypto_wipe(data_key, sizeof(data_key));
	if (e != ERR_OK && !out->over)
		out->len = before;
	return e;
}

/* ---- erasing ---- */

enum err
vault_row_id(struct bytes row, uint32_t *out, struct err_why *why)
{
	uint32_t id = 0;

	if (row.len != VAULT_KEY_ROW_BYTES)
		return err_fail(
		    why, ERR_CORRUPT, "key row of %zu bytes", row.len);
	for (int i = 0; i < ID_BYTES; i++)
		id = id << 8 | row.ptr[i];
	*out = id;
	return ERR_OK;
}

bool
vault_live(struct vault *v, uint32_t id)
{
	struct vault_key *k;
	bool live;

	pthread_rwlock_rdlock(&v->lock);
	k = find(v, id);
	live = k != NULL && !k->retired;
	pthread_rwlock_unlock(&v->lock);
	return live;
}

bool
vault_live_of(struct vault *v, uint32_t id, uint8_t retention_class)
{
	struct vault_key *k;
	bool live;

	pthread_rwlock_rdlock(&v->lock);
	k = find(v, id);
	live =
	    k != NULL && !k->retired && k->retention_class == retention_class;
	pthread_rwlock_unlock(&v->lock);
	return live;
}

enum err
vault_succeed(
    struct vault *v, uint32_t old, uint32_t *next, struct err_why *why)
{
	struct vault_key *k;
	enum err e;

	pthread_rwlock_wrlock(&v->lock);
	k = find(v, old);
	if (k == NULL) {
		e = err_fail(
		    why, ERR_NOT_FOUND, "wrapping key %u is gone", old);
	} else {
		e = make_key(v, k->retention_class, k->period, next, why);
		/* make_key may have moved the array. */
		if (e == ERR_OK)
			find(v, old)->retired = true;
	}
	pthread_rwlock_unlock(&v->lock);
	return e;
}

enum err
vault_rewrap(struct vault *v, struct bytes row, uint32_t next,
    uint8_t out[static VAULT_KEY_ROW_BYTES], struct err_why *why)
{
	uint8_t data_key[CRYPTO_KEY_BYTES];
	struct vault_key k;
	enum err e;

	e = unwrap(v, row, data_key, why);
	if (e != ERR_OK)
		return e;
	e = vault_key_get(v, next, &k, why);
	if (e == ERR_OK) {
		put_id(out, next);
		crypto_wrap_seal(out + ID_BYTES,
		    bytes_of(data_key, sizeof(data_key)),
		    bytes_of(out, ID_BYTES), k.key);
		crypto_wipe(&k, sizeof(k));
	}
	crypto_wipe(data_key, sizeof(data_key));
	return e;
}

/* Caller holds the lock. */
static enum err
destroy(struct vault *v, uint32_t id, struct err_why *why)
{
	struct vault_key *k = find(v, id);
	size_t at;
	enum err e;

	if (k == NULL)
		return err_fail(
		    why, ERR_NOT_FOUND, "wrapping key %u is gone", id);
	at = (size_t)(k - v->key);
	e = vault_file_destroy(v->dir, k, at + 1 == v->len, why);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	memmove(k, k + 1, (v->len - at - 1) * sizeof(*k));
	v->len--;
	crypto_wipe(&v->key[v->len], sizeof(*k));
	return ERR_OK;
}

enum err
vault_destroy(struct vault *v, uint32_t id, struct err_why *why)
{
	enum err e;

	pthread_rwlock_wrlock(&v->lock);
	e = destroy(v, id, why);
	pthread_rwlock_unlock(&v->lock);
	return e;
}

enum err
vault_prune(struct vault *v, vault_used used, void *arg, struct err_why *why)
{
	enum err e = ERR_OK;

	pthread_rwlock_wrlock(&v->lock);
	for (size_t i = 0; i < v->len && e == ERR_OK;) {
		struct vault_key *k = &v->key[i];
		struct vault_key *top =
		    newest(v, k->retention_class, k->period);

		if (top == NULL || top->id <= k->id || used(arg, k->id))
			i++;
		else
			e = destroy(v, k->id, why);
	}
	pthread_rwlock_unlock(&v->lock);
	return e;
}
