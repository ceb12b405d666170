/* hunt.c - look for secrets in files, in every form that they may have. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/hunt.h"

#include <assert.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "ledger/vault.h"
#include "ledger/vault_file.h"
#include "proto/mem.h"
#include "proto/text.h"
#include "tests/support/temp.h"

#define ID_BYTES 4
#define STARTS 65536 /* by the first two bytes of a form */
#define KEYS_MAX 256

/* One spelling of one secret. */
struct form {
	char *name; /* "record-key 7, base64" */
	uint8_t *what;
	size_t len;
	struct form *next; /* that starts with the same two bytes */
};

struct data_key {
	char *name;
	uint8_t key[CRYPTO_KEY_BYTES];
};

struct hunt {
	struct form *starts[STARTS];
	struct data_key *keys;
	size_t keys_len;
	struct vault_key vault[KEYS_MAX]; /* of the unwrapping under way */
	size_t vault_len;
	unsigned found;
	unsigned files;
	unsigned long long bytes;
};

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "hunt: %s\n", what);
	abort();
}

struct hunt *
hunt_new(void)
{
	return mem_alloc(1, sizeof(struct hunt));
}

void
hunt_free(struct hunt *h)
{
	for (size_t i = 0; i < STARTS; i++) {
		while (h->starts[i] != NULL) {
			struct form *f = h->starts[i];

			h->starts[i] = f->next;
			free(f->name);
			free(f->what);
			free(f);
		}
	}
	for (size_t i = 0; i < h->keys_len; i++)
		free(h->keys[i].name);
	free(h->keys);
	free(h);
}

static void
add_form(
    struct hunt *h, const char *name, const char *spelling, struct bytes what)
{
	struct form *f = mem_alloc(1, sizeof(*f));
	struct form **at;
	char full[256];

	must(what.len >= HUNT_LEAST, "too short to be told from chance");
	(void)snprintf(full, sizeof(full), "%s, %s", name, spelling);
	f->name = mem_strdup(full);
	f->what = mem_alloc(what.len, 1);
	memcpy(f->what, what.ptr, what.len);
	f->len = what.len;
	at = &h->starts[what.ptr[0] << 8 | what.ptr[1]];
	f->next = *at;
	*at = f;
}

/* Only characters that the secret alone decides, whatever stands around it. */
static void
add_base64(struct hunt *h, const char *name, struct bytes what, size_t shift)
{
	struct buf in;
	struct buf out;
	size_t from = (shift * 8 + 5) / 6;
	size_t end = (shift + what.len) * 8 / 6;

	buf_init(&in, what.len + 2);
	buf_init(&out, 2 * what.len + 16);
	buf_put(&in, (const uint8_t *)"\0\0", shift);
	buf_bytes(&in, what);
	text_b64_put(&out, buf_view(&in));
	must(!in.over && !out.over && end <= out.len, "base64");
	add_form(h, name, "base64", bytes_of(out.ptr + from, end - from));
	for (size_t i = from; i < end; i++) {
		if (out.ptr[i] == '+')
			out.ptr[i] = '-';
		else if (out.ptr[i] == '/')
			out.ptr[i] = '_';
	}
	add_form(h, name, "base64url", bytes_of(out.ptr + from, end - from));
	buf_clear(&out);
	buf_clear(&in);
}

void
hunt_add(struct hunt *h, const char *name, struct bytes what)
{
	struct buf hex;

	add_form(h, name, "as it is", what);
	buf_init(&hex, 2 * what.len);
	text_hex_put(&hex, what);
	add_form(h, name, "hex", buf_view(&hex));
	for (size_t i = 0; i < hex.len; i++) {
		if (hex.ptr[i] >= 'a')
			hex.ptr[i] = (uint8_t)(hex.ptr[i] - 'a' + 'A');
	}
	add_form(h, name, "HEX", buf_view(&hex));
	buf_clear(&hex);
	for (size_t shift = 0; shift < 3; shift++)
		add_base64(h, name, what, shift);
}

void
hunt_add_data_key(struct hunt *h, const char *name,
    const uint8_t key[static CRYPTO_KEY_BYTES])
{
	h->keys = mem_resize(h->keys, h->keys_len + 1, sizeof(*h->keys));
	h->keys[h->keys_len].name = mem_strdup(name);
	memcpy(h->keys[h->keys_len++].key, key, CRYPTO_KEY_BYTES);
	hunt_add(h, name, bytes_of(key, CRYPTO_KEY_BYTES));
}

/* ---- all files below a path ---- */

typedef void (*each_file)(struct hunt *h, const char *path, struct bytes in);

static void
each_below(struct hunt *h, const char *path, each_file each)
{
	char below[4096];
	struct dirent *at;
	struct stat st;
	DIR *d;

	must(lstat(path, &st) == 0, path);
	if (S_ISREG(st.st_mode)) {
		size_t len = 0;
		char *text = temp_read(path, &len);

		must(text != NULL, path);
		h->files++;
		h->bytes += len;
		each(h, path, bytes_of((const uint8_t *)text, len));
		free(text);
	}
	if (!S_ISDIR(st.st_mode))
		return;
	d = opendir(path);
	must(d != NULL, path);
	assert(d != NULL);
	for (at = readdir(d); at != NULL; at = readdir(d)) {
		int n;

		if (strcmp(at->d_name, ".") == 0 ||
		    strcmp(at->d_name, "..") == 0)
			continue;
		n = snprintf(below, sizeof(below), "%s/%s", path, at->d_name);
		must(n > 0 && (size_t)n < sizeof(below), "path too long");
		each_below(h, below, each);
	}
	(void)closedir(d);
}

static void
look_in(struct hunt *h, const char *path, struct bytes in)
{
	for (size_t i = 0; i + HUNT_LEAST <= in.len; i++) {
		const uint8_t *p = in.ptr + i;

		for (const struct form *f = h->starts[p[0] << 8 | p[1]];
		     f != NULL; f = f->next) {
			if (f->len > in.len - i ||
			    memcmp(p, f->what, f->len) != 0)
				continue;
			h->found++;
			printf("%s: at %zu: %s\n", path, i, f->name);
		}
	}
}

static void
look_at(struct hunt *h, const char *path, struct bytes in)
{
	look_in(h, path, in);
	look_in(h, "(a file's name)", bytes_str(path));
}

unsigned
hunt_look(struct hunt *h, const char *path)
{
	h->found = 0;
	each_below(h, path, look_at);
	return h->found;
}

/* ---- what wrapping keys still open ---- */

static void
load_vault(struct hunt *h, const char *path)
{
	DIR *d = opendir(path);
	struct dirent *at;

	must(d != NULL, path);
	h->vault_len = 0;
	for (at = readdir(d); at != NULL; at = readdir(d)) {
		struct vault_key *k = &h->vault[h->vault_len];

		if (!vault_file_parse(at->d_name, k))
			continue;
		must(vault_file_load(dirfd(d), k, NULL) == ERR_OK, at->d_name);
		h->vault_len++;
		must(h->vault_len < KEYS_MAX, "too many wrapping keys");
	}
	(void)closedir(d);
}

static bool
unwrap(const struct hunt *h, const uint8_t *row, uint8_t *out)
{
	uint32_t id = 0;

	for (int i = 0; i < ID_BYTES; i++)
		id = id << 8 | row[i];
	for (size_t v = 0; v < h->vault_len; v++) {
		if (h->vault[v].id == id &&
		    crypto_wrap_open(out,
		        bytes_of(
		            row + ID_BYTES, VAULT_KEY_ROW_BYTES - ID_BYTES),
		        bytes_of(row, ID_BYTES), h->vault[v].key) == ERR_OK)
			return true;
	}
	return false;
}

static void
unwrap_in(struct hunt *h, const char *path, struct bytes in)
{
	uint8_t key[CRYPTO_KEY_BYTES];

	for (size_t i = 0; i + VAULT_KEY_ROW_BYTES <= in.len; i++) {
		if (!unwrap(h, in.ptr + i, key))
			continue;
		for (size_t k = 0; k < h->keys_len; k++) {
			if (memcmp(key, h->keys[k].key, sizeof(key)) != 0)
				continue;
			h->found++;
			printf("%s: at %zu: a wrapping key opens %s\n", path, i,
			    h->keys[k].name);
		}
	}
}

unsigned
hunt_unwrap(struct hunt *h, const char *path, const char *vault)
{
	load_vault(h, vault);
	h->found = 0;
	each_below(h, path, unwrap_in);
	return h->found;
}

void
hunt_data_key(struct hunt *h, uint8_t out[static CRYPTO_KEY_BYTES],
    struct bytes row, const char *vault)
{
	load_vault(h, vault);
	must(row.len == VAULT_KEY_ROW_BYTES && unwrap(h, row.ptr, out),
	    "no wrapping key opens this row");
}

unsigned
hunt_files(const struct hunt *h)
{
	return h->files;
}

unsigned long long
hunt_bytes(const struct hunt *h)
{
	return h->bytes;
}
