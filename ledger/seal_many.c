/* seal_many.c - many openings held against their commitments together. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/seal_many.h"

#include <stdlib.h>

#include "ledger/seal_part.h"
#include "proto/digest_part.h"
#include "proto/mem.h"

#define FEW 4 /* one by one they take no longer */

struct seal_many {
	struct seal_fields record[DIGEST_WIDE];
	struct seal_claim *of[DIGEST_WIDE];
	size_t len;
	size_t fields; /* of the record that has most */
	struct digest_keys keys;
	struct digest_batch batch;
};

struct seal_many *
seal_many_new(void)
{
	return mem_alloc(1, sizeof(struct seal_many));
}

void
seal_many_free(struct seal_many *m)
{
	if (m != NULL)
		crypto_wipe(m, sizeof(*m));
	free(m);
}

/* Whole records only; nothing else is hashed here. */
static void
take(struct seal_many *m, struct seal_claim *c)
{
	struct seal_fields *fs = &m->record[m->len];

	c->holds = false;
	if (seal_part_cut(fs, c->opening, NULL) != ERR_OK)
		return;
	m->of[m->len++] = c;
	if (fs->len > m->fields)
		m->fields = fs->len;
}

/* The n-th field of all records at a time: mostly the same one. */
static void
salt_all(struct seal_many *m)
{
	static const uint8_t tag[DIGEST_TAG_BYTES + 1] = SEAL_PART_SALT_TAG;
	static const uint8_t nobody[SEAL_KEY_BYTES];
	const uint8_t *key[DIGEST_WIDE];
	struct hash salt[DIGEST_WIDE];

	for (size_t i = 0; i < DIGEST_WIDE; i++)
		key[i] =
		    i < m->len ? m->of[i]->opening->record_key.data : nobody;
	digest_wide_keys(&m->keys, key);
	for (size_t f = 0; f < m->fields; f++) {
		uint32_t number[DIGEST_WIDE] = {0};

		for (size_t i = 0; i < m->len; i++) {
			if (f < m->record[i].len)
				number[i] = m->record[i].at[f].number;
		}
		digest_wide_salts(&m->keys, tag, number, salt);
		for (size_t i = 0; i < m->len; i++) {
			if (f < m->record[i].len)
				m->record[i].at[f].salt = salt[i];
		}
	}
	crypto_wipe(salt, sizeof(salt));
}

static void
digest_all(struct seal_many *m)
{
	digest_batch_init(&m->batch);
	for (size_t f = 0; f < m->fields; f++) {
		for (size_t i = 0; i < m->len; i++) {
			if (f < m->record[i].len)
				seal_part_digest(
				    &m->batch, &m->record[i].at[f]);
		}
	}
	digest_batch_run(&m->batch);
}

static void
compare_all(struct seal_many *m)
{
	uint8_t text[SEAL_PART_TEXT_MAX];
	struct hash got[DIGEST_WIDE];

	for (size_t i = 0; i < m->len; i++) {
		const struct bytes in =
		    bytes_of(text, seal_part_text(text, &m->record[i]));

		digest_batch_add(&m->batch, &got[i], &in, 1);
	}
	digest_batch_run(&m->batch);
	for (size_t i = 0; i < m->len; i++)
		m->of[i]->holds =
		    memcmp(got[i].b, m->of[i]->want.b, HASH_BYTES) == 0;
}

static void
check_some(struct seal_many *m, struct seal_claim *c, size_t n)
{
	m->len = 0;
	m->fields = 0;
	for (size_t i = 0; i < n; i++)
		take(m, &c[i]);
	salt_all(m);
	digest_all(m);
	compare_all(m);
}

void
seal_many_check(struct seal_many *m, struct seal_claim *claims, size_t n)
{
	for (size_t at = 0; at < n; at += DIGEST_WIDE) {
		const size_t left = n - at;
		const size_t some = left < DIGEST_WIDE ? left : DIGEST_WIDE;

		if (some >= FEW && digest_wide_fast()) {
			check_some(m, claims + at, some);
			continue;
		}
		for (size_t i = at; i < at + some; i++)
			claims[i].holds = seal_open(NULL, claims[i].opening,
			                      &claims[i].want, NULL) == ERR_OK;
	}
}
