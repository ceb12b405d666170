/* roster_fuzz.c - a genesis whose cards are signed by those they name. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "federation/access.h"
#include "federation/roster.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "tests/fuzz/mutate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define KEYS 4 /* signers of seeds 0 to 3 sign whatever names them */

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
sign_card(Fed__Card *c)
{
	struct crypto_signer k;
	struct buf text;

	c->has_signature = false;
	for (uint8_t i = 0; i < KEYS; i++) {
		const uint8_t seed[CRYPTO_SEED_BYTES] = {i};

		crypto_signer_seed(&k, seed);
		if (!c->has_identity_key ||
		    c->identity_key.len != CRYPTO_ALG_PUB_BYTES ||
		    memcmp(c->identity_key.data + 1, k.pub, sizeof(k.pub)) != 0)
			continue;
		buf_init(&text, 1 << 20);
		buf_str(&text, "lianfang/card/v1\n");
		slice_pack(&text, &c->base);
		free(c->signature.data);
		c->signature.len = CRYPTO_ALG_SIG_BYTES;
		c->signature.data = mem_alloc(1, CRYPTO_ALG_SIG_BYTES);
		c->signature.data[0] = 1;
		crypto_signer_sign(&k, buf_view(&text), c->signature.data + 1);
		buf_clear(&text);
		c->has_signature = true;
		return;
	}
}

/* No key stands twice, names ascend, the file form is the same alliance. */
static void
check_roster(const struct roster *r)
{
	const struct roster_member *m;
	struct roster *again = NULL;
	struct buf text;

	buf_init(&text, 8u << 20);
	json_encode(&text, &roster_genesis(r)->base, 0);
	must(roster_open(&again, buf_view(&text), NULL) == ERR_OK);
	must(memcmp(roster_fingerprint(r), roster_fingerprint(again),
	         HASH_BYTES) == 0);
	roster_free(again);
	must(roster_len(r) > 0 && roster_quorum(r) < roster_len(r));
	for (size_t i = 0; i < roster_len(r); i++) {
		m = roster_at(r, i);
		must(roster_find(r, m->name) == m);
		must(i == 0 || strcmp(roster_at(r, i - 1)->name, m->name) < 0);
		must(memcmp(m->log[0].pub, m->log[1].pub, 32) != 0);
		must(roster_owner(r, m->log[0].name, &(enum roster_kind){0}) ==
		    m);
		must(access_right(r, m->name, m->log[0].name) == ACCESS_BODIES);
		buf_reset(&text);
		must(roster_policy(r, m->name, m->log, 2, &text, NULL) ==
		    ERR_OK);
	}
	buf_clear(&text);
}

size_t
LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	return mutate_wire(
	    data, size, max_size, &fed__genesis__descriptor, seed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Fed__Genesis *g = fed__genesis__unpack(NULL, size, data);
	struct roster *r = NULL;

	crypto_start();
	if (g == NULL)
		return 0;
	for (size_t i = 0; i < g->n_members; i++)
		sign_card(g->members[i]);
	roster_sort(g);
	if (roster_load(&r, g, NULL) == ERR_OK)
		check_roster(r);
	roster_free(r);
	fed__genesis__free_unpacked(g, NULL);
	return 0;
}
