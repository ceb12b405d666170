/* quarantine.c - what machines sent and nobody could take, kept as it came. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/quarantine.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/journal.h"
#include "node/ops_role.h"
#include "node/site_keys.h"
#include "node/whole_file.h"
#include "proto/crypto.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/text.h"

#define PATH_BYTES 1200
#define FILE_MAX (QUARANTINE_ITEM_MAX + 8192)

struct entry {
	uint8_t id[16];
	char token[OPS_ID_BYTES];
	uint64_t bytes;
	struct hash digest; /* of sender and message */
	bool ready; /* written */
};

struct quarantine {
	char dir[1024];
	pthread_mutex_t lock; /* the following */
	size_t len;
	uint64_t bytes;
	struct entry at[QUARANTINE_ITEMS]; /* ascending by id */
};

static void
item_path(
    const struct quarantine *q, const uint8_t *id, char out[static PATH_BYTES])
{
	char uuid[TEXT_UUID_CHARS + 1];

	text_uuid_put(uuid, id);
	(void)snprintf(out, PATH_BYTES, "%s/quarantine/%s.item", q->dir, uuid);
}

static void
key_path(
    const struct quarantine *q, const uint8_t *id, char out[static PATH_BYTES])
{
	char uuid[TEXT_UUID_CHARS + 1];

	text_uuid_put(uuid, id);
	(void)snprintf(
	    out, PATH_BYTES, "%s/keys/quarantine/%s.key", q->dir, uuid);
}

static void
digest_of(struct hash *out, const Api__Quarantined *m)
{
	const struct bytes parts[] = {bytes_str(m->token), bytes_of("", 1),
	    bytes_str(m->operation), bytes_of("", 1),
	    bytes_of(m->body.data, m->body.len)};

	digest_sha256_parts(out, parts, 5);
}

/* ---- one file ---- */

static enum err
read_key(const struct quarantine *q, const uint8_t *id,
    uint8_t out[static CRYPTO_KEY_BYTES], struct err_why *why)
{
	char path[PATH_BYTES];
	struct buf key;
	enum err e;

	key_path(q, id, path);
	buf_init(&key, CRYPTO_KEY_BYTES);
	e = site_keys_read(path, &key, why);
	if (e == ERR_OK && key.len != CRYPTO_KEY_BYTES)
		e = err_fail(why, ERR_CORRUPT, "%s: not a key", path);
	if (e == ERR_OK)
		memcpy(out, key.ptr, CRYPTO_KEY_BYTES);
	buf_wipe(&key);
	buf_clear(&key);
	return e;
}

static enum err
read_item(const struct quarantine *q, const uint8_t *id, Api__Quarantined **out,
    struct err_why *why)
{
	uint8_t key[CRYPTO_KEY_BYTES];
	char path[PATH_BYTES];
	struct buf sealed;
	uint8_t *plain = NULL;
	size_t len = 0;
	enum err e = read_key(q, id, key, why);

	if (e != ERR_OK)
		return e;
	item_path(q, id, path);
	buf_init(&sealed, FILE_MAX);
	e = whole_file_read(&sealed, path, why);
	if (e == ERR_OK && sealed.len < CRYPTO_WRAP_EXTRA)
		e = err_fail(why, ERR_CORRUPT, "%s: cut short", path);
	if (e != ERR_OK)
		goto out;
	len = sealed.len - CRYPTO_WRAP_EXTRA;
	plain = mem_alloc(len + 1, 1);
	e = crypto_wrap_open(plain, buf_view(&sealed), bytes_of(id, 16), key);
	if (e == ERR_OK) {
		*out = api__quarantined__unpack(NULL, len, plain);
		e = *out != NULL ? ERR_OK : ERR_CORRUPT;
	}
	if (e != ERR_OK)
		e = err_fail(why, ERR_CORRUPT, "%s: does not open", path);
out:
	crypto_wipe(key, sizeof key);
	if (plain != NULL)
		crypto_wipe(plain, len);
	free(plain);
	buf_clear(&sealed);
	return e;
}

/* The key first: what rests can be read, or was never said to be kept. */
static enum err
write_item(const struct quarantine *q, const uint8_t *id,
    const Api__Quarantined *m, struct err_why *why)
{
	const size_t len = api__quarantined__get_packed_size(m);
	uint8_t *plain = mem_alloc(len + 1, 1);
	uint8_t *sealed = mem_alloc(len + CRYPTO_WRAP_EXTRA, 1);
	uint8_t key[CRYPTO_KEY_BYTES];
	char path[PATH_BYTES];
	enum err e;

	(void)api__quarantined__pack(m, plain);
	crypto_random(key, sizeof key);
	crypto_wrap_seal(sealed, bytes_of(plain, len), bytes_of(id, 16), key);
	key_path(q, id, path);
	e = whole_file_create(path, bytes_of(key, sizeof key), 0600, why);
	item_path(q, id, path);
	if (e == ERR_OK)
		e = whole_file_create(
		    path, bytes_of(sealed, len + CRYPTO_WRAP_EXTRA), 0600, why);
	crypto_wipe(key, sizeof key);
	crypto_wipe(plain, len);
	free(plain);
	free(sealed);
	return e;
}

static enum err
remove_item(const struct quarantine *q, const uint8_t *id, struct err_why *why)
{
	char path[PATH_BYTES];
	enum err e;

	key_path(q, id, path);
	e = site_keys_destroy(path, why);
	item_path(q, id, path);
	if (e == ERR_OK)
		e = site_keys_destroy(path, why);
	return e;
}

/* ---- the list ---- */

/* Where an id stands, or would. */
static size_t
find(const struct quarantine *q, const uint8_t *id, bool *there)
{
	size_t low = 0, high = q->len;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (memcmp(q->at[mid].id, id, 16) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*there = low < q->len && memcmp(q->at[low].id, id, 16) == 0;
	return low;
}

static void
insert(struct quarantine *q, const struct entry *e)
{
	bool there;
	size_t at = find(q, e->id, &there);

	memmove(&q->at[at + 1], &q->at[at], (q->len - at) * sizeof q->at[0]);
	q->at[at] = *e;
	q->len++;
	q->bytes += e->bytes;
}

static void
take_out(struct quarantine *q, const uint8_t *id)
{
	bool there;
	size_t at = find(q, id, &there);

	if (!there)
		return;
	q->bytes -= q->at[at].bytes;
	memmove(
	    &q->at[at], &q->at[at + 1], (q->len - at - 1) * sizeof q->at[0]);
	q->len--;
}

/* ---- its life ---- */

static void
load(struct quarantine *q, const char *name)
{
	Api__Quarantined *m = NULL;
	struct err_why why = {.text = ""};
	struct entry e = {.bytes = 0};
	char path[PATH_BYTES];
	enum err err;

	if (strlen(name) != TEXT_UUID_CHARS + 5 ||
	    strcmp(name + TEXT_UUID_CHARS, ".item") != 0 ||
	    text_uuid_get(e.id, bytes_of(name, TEXT_UUID_CHARS), NULL) !=
	        ERR_OK ||
	    q->len == QUARANTINE_ITEMS)
		return;
	err = read_item(q, e.id, &m, &why);
	/* Its key is gone: it was being destroyed. */
	if (err == ERR_NOT_FOUND) {
		item_path(q, e.id, path);
		(void)unlink(path);
	}
	if (err != ERR_OK) {
		journal_warn("QUARANTINE", "not readable: %s", why.text);
		return;
	}
	(void)snprintf(e.token, sizeof e.token, "%s", m->token);
	e.bytes = m->body.len;
	digest_of(&e.digest, m);
	e.ready = true;
	insert(q, &e);
	api__quarantined__free_unpacked(m, NULL);
}

/* Keys of what was never said to be kept. */
static void
sweep_keys(struct quarantine *q)
{
	char path[PATH_BYTES];
	struct dirent *entry;
	DIR *d;

	(void)snprintf(path, sizeof path, "%s/keys/quarantine", q->dir);
	d = opendir(path);
	if (d == NULL)
		return;
	for (entry = readdir(d); entry != NULL; entry = readdir(d)) {
		uint8_t id[16];

		if (strlen(entry->d_name) != TEXT_UUID_CHARS + 4 ||
		    text_uuid_get(id, bytes_of(entry->d_name, TEXT_UUID_CHARS),
		        NULL) != ERR_OK)
			continue;
		item_path(q, id, path);
		if (access(path, F_OK) == 0)
			continue;
		key_path(q, id, path);
		(void)!site_keys_destroy(path, NULL);
	}
	(void)closedir(d);
}

enum err
quarantine_open(struct quarantine **out, const char *dir, struct err_why *why)
{
	struct quarantine *q = mem_alloc(1, sizeof *q);
	char path[PATH_BYTES];
	struct dirent *entry;
	DIR *d;
	int n = snprintf(q->dir, sizeof q->dir, "%s", dir);

	if (n < 0 || (size_t)n >= sizeof q->dir) {
		free(q);
		return err_fail(why, ERR_LIMIT, "directory name too long");
	}
	(void)pthread_mutex_init(&q->lock, NULL);
	(void)snprintf(path, sizeof path, "%s/quarantine", dir);
	d = opendir(path);
	for (entry = d != NULL ? readdir(d) : NULL; entry != NULL;
	     entry = readdir(d))
		load(q, entry->d_name);
	if (d != NULL)
		(void)closedir(d);
	sweep_keys(q);
	*out = q;
	return ERR_OK;
}

void
quarantine_close(struct quarantine *q)
{
	if (q == NULL)
		return;
	(void)pthread_mutex_destroy(&q->lock);
	free(q);
}

/* ---- keeping ---- */

static enum err
make_dirs(const struct quarantine *q, struct err_why *why)
{
	char path[PATH_BYTES];
	enum err e;

	(void)snprintf(path, sizeof path, "%s/quarantine", q->dir);
	e = whole_file_make_dir(path, why);
	if (e != ERR_OK)
		return e;
	(void)snprintf(path, sizeof path, "%s/keys/quarantine", q->dir);
	return whole_file_make_dir(path, why);
}

/* Under the lock: is it here, is there room?  Takes the room. */
static enum err
reserve(struct quarantine *q, struct entry *e, bool *known, struct err_why *why)
{
	uint64_t items = 0, bytes = 0;

	*known = false;
	for (size_t i = 0; i < q->len; i++) {
		const struct entry *x = &q->at[i];

		if (strcmp(x->token, e->token) != 0)
			continue;
		if (x->ready &&
		    memcmp(x->digest.b, e->digest.b, sizeof x->digest.b) == 0) {
			memcpy(e->id, x->id, 16);
			*known = true;
			return ERR_OK;
		}
		items++;
		bytes += x->bytes;
	}
	if (items >= QUARANTINE_TOKEN_ITEMS ||
	    bytes + e->bytes > QUARANTINE_TOKEN_BYTES)
		return err_fail(why, ERR_FULL,
		    "quarantine holds %llu messages of %s and takes no more: "
		    "release or discard them (lianfang quarantine list)",
		    (unsigned long long)items, e->token);
	if (q->len >= QUARANTINE_ITEMS ||
	    q->bytes + e->bytes > QUARANTINE_BYTES)
		return err_fail(why, ERR_FULL,
		    "quarantine holds %zu messages and takes no more: release "
		    "or discard them (lianfang quarantine list)",
		    q->len);
	insert(q, e);
	return ERR_OK;
}

enum err
quarantine_put(struct quarantine *q, Api__Quarantined *m, struct err_why *why)
{
	struct entry e = {.bytes = m->body.len};
	bool known;
	enum err err;

	if (m->body.len > QUARANTINE_ITEM_MAX)
		return err_fail(why, ERR_LIMIT,
		    "a message of over %u bytes is not kept in quarantine",
		    QUARANTINE_ITEM_MAX);
	(void)snprintf(e.token, sizeof e.token, "%s", m->token);
	crypto_uuid7(e.id, m->received_at);
	digest_of(&e.digest, m);
	(void)pthread_mutex_lock(&q->lock);
	err = reserve(q, &e, &known, why);
	(void)pthread_mutex_unlock(&q->lock);
	if (err != ERR_OK)
		return err;
	m->quarantine_id = mem_alloc(TEXT_UUID_CHARS + 1, 1);
	text_uuid_put(m->quarantine_id, e.id);
	if (known)
		return ERR_OK;
	err = make_dirs(q, why);
	if (err == ERR_OK)
		err = write_item(q, e.id, m, why);
	if (err != ERR_OK)
		(void)!remove_item(q, e.id, NULL);
	(void)pthread_mutex_lock(&q->lock);
	if (err == ERR_OK)
		q->at[find(q, e.id, &known)].ready = true;
	else
		take_out(q, e.id);
	(void)pthread_mutex_unlock(&q->lock);
	return err;
}

enum err
quarantine_get(struct quarantine *q, const uint8_t id[static 16],
    Api__Quarantined **out, struct err_why *why)
{
	bool there;

	(void)pthread_mutex_lock(&q->lock);
	const size_t at = find(q, id, &there);
	there = there && q->at[at].ready;
	(void)pthread_mutex_unlock(&q->lock);
	if (!there)
		return err_fail(
		    why, ERR_NOT_FOUND, "no such message in quarantine");
	return read_item(q, id, out, why);
}

size_t
quarantine_ids(struct quarantine *q, const uint8_t *after, const char *token,
    uint8_t (*out)[16], size_t cap)
{
	bool there = false;
	size_t n = 0;

	(void)pthread_mutex_lock(&q->lock);
	size_t i = after != NULL ? find(q, after, &there) : 0;
	for (i += there; i < q->len && n < cap; i++)
		if (q->at[i].ready &&
		    (token == NULL || strcmp(token, q->at[i].token) == 0))
			memcpy(out[n++], q->at[i].id, 16);
	(void)pthread_mutex_unlock(&q->lock);
	return n;
}

void
quarantine_count(struct quarantine *q, uint64_t *items, uint64_t *bytes)
{
	(void)pthread_mutex_lock(&q->lock);
	*items = q->len;
	*bytes = q->bytes;
	(void)pthread_mutex_unlock(&q->lock);
}

enum err
quarantine_drop(
    struct quarantine *q, const uint8_t id[static 16], struct err_why *why)
{
	bool there;
	enum err e;

	(void)pthread_mutex_lock(&q->lock);
	const size_t at = find(q, id, &there);
	there = there && q->at[at].ready;
	(void)pthread_mutex_unlock(&q->lock);
	if (!there)
		return err_fail(
		    why, ERR_NOT_FOUND, "no such message in quarantine");
	e = remove_item(q, id, why);
	if (e != ERR_OK)
		return e;
	(void)pthread_mutex_lock(&q->lock);
	take_out(q, id);
	(void)pthread_mutex_unlock(&q->lock);
	return ERR_OK;
}
