/* trove.c - all that one member holds, and who can be found in it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/trove.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ledger/log_read.h"
#include "node/domain/term.h"
#include "node/fold.h"
#include "proto/mem.h"
#include "proto/text.h"

#define ALL_MAX (64u << 20)
#define BITS 26
#define START 8 /* bytes of a hash that have to be there */

static _Noreturn void
give_up(const char *what)
{
	fprintf(stderr, "trove: %s\n", what);
	abort();
}

void
trove_init(struct trove *t)
{
	*t = (struct trove){.seen = NULL};
	buf_init(&t->all, ALL_MAX);
}

void
trove_clear(struct trove *t)
{
	buf_clear(&t->all);
	free(t->seen);
}

void
trove_add(struct trove *t, struct bytes what)
{
	buf_bytes(&t->all, what);
	buf_put(&t->all, (const uint8_t[START]){0}, START);
	if (buf_ok(&t->all, NULL) != ERR_OK)
		give_up("too much to hold");
	free(t->seen);
	t->seen = NULL;
}

void
trove_files(struct trove *t, const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *f;

	if (d == NULL)
		give_up(dir);
	while ((f = readdir(d)) != NULL) {
		char path[TEMP_PATH_BYTES];
		struct stat st;
		size_t len = 0;
		char *text;

		if (f->d_name[0] == '.')
			continue;
		temp_path(path, dir, f->d_name);
		if (lstat(path, &st) != 0)
			give_up(path);
		if (S_ISDIR(st.st_mode))
			trove_files(t, path);
		if (!S_ISREG(st.st_mode))
			continue;
		text = temp_read(path, &len);
		if (text == NULL)
			give_up(path);
		trove_add(t, bytes_of(text, len));
		free(text);
	}
	(void)closedir(d);
}

void
trove_bodies(struct trove *t, const struct site_db *db, uint16_t slot)
{
	struct store_txn *txn = NULL;
	struct log_state *st = mem_alloc(1, sizeof *st);
	struct buf body;

	if (store_read(db->store, &txn, NULL) != ERR_OK ||
	    log_state(db->book, txn, slot, st, NULL) != ERR_OK)
		give_up("no log");
	for (uint64_t i = 0; i < st->frontier.size; i++) {
		buf_init(&body, LOG_SEALED_MAX);
		if (log_sealed_bytes(db->book, txn, slot, i, &body, NULL) ==
		    ERR_OK)
			trove_add(t, buf_view(&body));
		buf_clear(&body);
	}
	store_abort(txn);
	free(st);
}

/* ---- looking ---- */

static uint64_t
eight(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return v;
}

static size_t
bit_of(uint64_t v)
{
	return (size_t)((v * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - BITS));
}

static void
learn(struct trove *t)
{
	if (t->seen != NULL)
		return;
	t->seen = mem_alloc((size_t)1 << (BITS - 3), 1);
	for (size_t i = 0; i + START <= t->all.len; i++) {
		size_t b = bit_of(eight(t->all.ptr + i));

		t->seen[b / 8] |= (uint8_t)(1u << b % 8);
	}
}

static bool
has(const struct trove *t, const uint8_t *what, size_t len)
{
	size_t b = bit_of(eight(what));

	return (t->seen[b / 8] & 1u << b % 8) != 0 &&
	    memmem(t->all.ptr, t->all.len, what, len) != NULL;
}

/* The start of a hash, as it is, turned round, or in text. */
static bool
has_hash(const struct trove *t, const uint8_t *h)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t turned[START];
	uint8_t text[2 * START];

	for (size_t i = 0; i < START; i++) {
		turned[START - 1 - i] = h[i];
		text[2 * i] = (uint8_t)digits[h[i] >> 4];
		text[2 * i + 1] = (uint8_t)digits[h[i] & 15];
	}
	return has(t, h, START) || has(t, turned, START) ||
	    has(t, text, sizeof text);
}

static unsigned
plain(const struct trove *t, const char *text)
{
	struct hash h;

	digest_sha256(&h, bytes_str(text));
	return (unsigned)has_hash(t, h.b) +
	    (unsigned)has(t, (const uint8_t *)text, strlen(text));
}

/* Under one key: HMAC, a hash of both in either order, and the hashes that
 * tables are made of. */
static unsigned
keyed(const struct trove *t, const char *text, const uint8_t key[static 32])
{
	static const enum fold_class classes[] = {FOLD_SUBJECT, FOLD_NUMBER};
	struct bytes parts[] = {
	    bytes_of(key, 32), bytes_str(text), bytes_of(key, 32)};
	struct digest_hmac mac;
	struct hash h;
	unsigned n = 0;

	digest_hmac_key(&mac, bytes_of(key, 32));
	digest_hmac(&mac, &h, &parts[1], 1);
	n += has_hash(t, h.b);
	for (size_t i = 0; i < 2; i++) {
		uint64_t v = fold_hash(&mac, classes[i], text);

		for (size_t j = 0; j < START; j++)
			h.b[j] = (uint8_t)(v >> 8 * j);
		n += has_hash(t, h.b);
		digest_sha256_parts(&h, &parts[i], 2);
		n += has_hash(t, h.b);
	}
	return n;
}

/* The number as the secret, as a name is put to it. */
static unsigned
named(const struct trove *t, const char *text, const char *name)
{
	struct bytes parts[] = {
	    bytes_str(name), bytes_str(text), bytes_str(name)};
	struct digest_hmac mac;
	struct hash h;
	unsigned n = 0;

	digest_hmac_key(&mac, bytes_str(text));
	digest_hmac(&mac, &h, parts, 1);
	n += has_hash(t, h.b);
	for (size_t i = 0; i < 2; i++) {
		digest_sha256_parts(&h, &parts[i], 2);
		n += has_hash(t, h.b);
	}
	return n;
}

/* The number of the person and that of his card. */
struct spelt {
	char text[2][20];
};

static struct spelt
spell(const char *number)
{
	struct spelt s;

	(void)snprintf(s.text[0], sizeof s.text[0], "%s", number);
	(void)snprintf(s.text[1], sizeof s.text[1], "T%s", number);
	return s;
}

unsigned
trove_try(struct trove *t, const char *number)
{
	const struct spelt s = spell(number);
	unsigned n = 0;

	learn(t);
	for (size_t i = 0; i < 2; i++) {
		n += plain(t, s.text[i]);
		for (size_t k = 0; k < t->keys_len; k++)
			n += keyed(t, s.text[i], t->keys[k]);
		for (size_t k = 0; k < t->names_len; k++)
			n += named(t, s.text[i], t->names[k]);
	}
	return n;
}

unsigned
trove_try_all_keys(struct trove *t, const char *number)
{
	unsigned n = 0;

	learn(t);
	for (size_t i = 0; i + 32 <= t->all.len; i++) {
		static const uint8_t none[16];

		/* Pages that nothing was written to. */
		if (memcmp(t->all.ptr + i, none, sizeof none) != 0)
			n += keyed(t, number, t->all.ptr + i);
	}
	return n;
}

/* GB 11643-1999: ISO 7064 MOD 11-2. */
static char
check_digit(const char *digits)
{
	static const unsigned weights[17] = {
	    7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
	unsigned sum = 0;

	for (size_t i = 0; i < 17; i++)
		sum += (unsigned)(digits[i] - '0') * weights[i];
	return "10X98765432"[sum % 11];
}

unsigned
trove_space(struct trove *t, const struct trove_space *s, char first[static 19],
    unsigned *tried)
{
	char day[TEXT_TIME_CHARS + 1];
	char number[19];
	unsigned found = 0;
	int64_t us;

	learn(t);
	(void)snprintf(day, sizeof day, "%04u-01-01T00:00:00Z", s->year);
	if (text_time_get(&us, bytes_str(day), NULL) != ERR_OK)
		give_up("no such year");
	*tried = 0;
	first[0] = '\0';
	for (unsigned d = 1; d <= 366; d++, us += TERM_DAY_US) {
		char year[8];

		text_time_put(day, us);
		(void)snprintf(year, sizeof year, "%04u", s->year);
		if (memcmp(day, year, 4) != 0 || (s->day != 0 && s->day != d))
			continue;
		for (unsigned seq = 0; seq < 1000; seq++) {
			unsigned hit;

			(void)snprintf(number, sizeof number,
			    "%s%.4s%.2s%.2s%03u", s->region, day, day + 5,
			    day + 8, seq);
			number[17] = check_digit(number);
			number[18] = '\0';
			++*tried;
			hit = s->deep ? trove_try(t, number) : plain(t, number);
			if (hit != 0 && found++ == 0)
				memcpy(first, number, sizeof number);
		}
	}
	return found;
}
