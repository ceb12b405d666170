/* veil_item.c - what another member publishes: its form, what is signed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/veil_item.h"

#include <stdlib.h>
#include <string.h>

#include "federation/cell.h"
#include "federation/ring.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define ITEM_TAG "lianfang/veil-item/v1"

uint32_t
veil_item_term(int64_t wall_us)
{
	return wall_us > 0 ? (uint32_t)(wall_us / VEIL_TERM_US) : 0;
}

Record__Intel *
veil_item_copy(const Record__Intel *m)
{
	ProtobufCMessage *out = NULL;
	struct buf bytes;

	buf_init(&bytes, 1u << 20);
	slice_pack(&bytes, &m->base);
	if (slice_unpack(&out, &record__intel__descriptor, buf_view(&bytes),
	        NULL) != ERR_OK) {
		out = mem_alloc(1, sizeof(Record__Intel));
		record__intel__init((Record__Intel *)out);
	}
	buf_wipe(&bytes);
	return (Record__Intel *)out;
}

void
veil_item_digest(const Record__Intel *m, struct hash *out)
{
	Record__Intel *copy = veil_item_copy(m);
	struct buf bytes;

	if (copy->veil != NULL) {
		free(copy->veil->signature.data);
		copy->veil->signature = (ProtobufCBinaryData){0, NULL};
		copy->veil->has_signature = false;
	}
	buf_init(&bytes, 1u << 20);
	buf_str(&bytes, ITEM_TAG);
	slice_pack(&bytes, &copy->base);
	digest_sha256(out, buf_view(&bytes));
	buf_wipe(&bytes);
	slice_free(&copy->base);
}

static bool
names_nobody(const Record__Intel *m)
{
	return m->source == NULL && m->drafted_by == NULL &&
	    m->approved_by == NULL && m->basis == NULL && m->n_companies == 0 &&
	    !m->has_text_digest && !m->has_letter && !m->named &&
	    m->superseded_by == NULL;
}

static bool
release_form(const Record__IntelVeil *v)
{
	if (!v->has_term || !v->has_key || v->key.len != CRYPTO_PUB_BYTES ||
	    v->has_proof || v->n_ring < RING_MIN || v->n_ring > RING_MAX ||
	    !v->has_signature ||
	    v->signature.len != RING_SIGNATURE_BYTES(v->n_ring))
		return false;
	for (size_t i = 0; i < v->n_ring; i++)
		if (v->ring[i].len != GROUP_BYTES)
			return false;
	return true;
}

/* Nothing but these: what else it said would be vouched for by nobody. */
static bool
withdraw_form(const Record__Intel *m)
{
	const Record__IntelVeil *v = m->veil;
	const Record__IntelVeil bare = RECORD__INTEL_VEIL__INIT;
	Record__Intel only = RECORD__INTEL__INIT;
	Record__IntelVeil proof = bare;
	struct buf a, b;
	bool same;

	only.has_action = true;
	only.action = m->action;
	only.intel_id = m->intel_id;
	only.reason = m->reason;
	only.veil = &proof;
	proof.has_proof = v->has_proof;
	proof.proof = v->proof;
	buf_init(&a, CELL_BYTES_MAX);
	buf_init(&b, CELL_BYTES_MAX);
	slice_pack(&a, &m->base);
	slice_pack(&b, &only.base);
	same = m->reason != NULL && v->proof.len == CRYPTO_SIG_BYTES &&
	    bytes_equal(buf_view(&a), buf_view(&b));
	buf_clear(&a);
	buf_clear(&b);
	return same;
}

enum err
veil_item_form(const Record__Intel *m, struct err_why *why)
{
	uint8_t id[16];
	bool good = m->veil != NULL && m->intel_id != NULL &&
	    text_uuid_get(id, bytes_str(m->intel_id), NULL) == ERR_OK;

	if (good && m->action == RECORD__INTEL__ACTION__RELEASE)
		good = names_nobody(m) && m->reason == NULL &&
		    release_form(m->veil);
	else
		good = good && m->action == RECORD__INTEL__ACTION__WITHDRAW &&
		    withdraw_form(m);
	return good ? ERR_OK
	            : err_fail(why, ERR_MALFORMED,
	                  "item: not of the form that another publishes");
}

static void
words(
    struct buf *out, enum veil_item_word word, const char *id, const char *what)
{
	buf_init(out, 4096);
	buf_str(out,
	    word == VEIL_ITEM_CLAIM ? "lianfang/veil-claim/v1\n"
	                            : "lianfang/veil-withdraw/v1\n");
	buf_str(out, id);
	buf_str(out, "\n");
	buf_str(out, what);
}

void
veil_item_sign(uint8_t out[static CRYPTO_SIG_BYTES],
    const struct crypto_signer *key, enum veil_item_word word, const char *id,
    const char *what)
{
	struct buf b;

	words(&b, word, id, what);
	crypto_signer_sign(key, buf_view(&b), out);
	buf_clear(&b);
}

bool
veil_item_proven(const Record__IntelVeil *item, struct bytes proof,
    enum veil_item_word word, const char *id, const char *what)
{
	struct buf b;
	bool good;

	if (item == NULL || item->key.len != CRYPTO_PUB_BYTES ||
	    proof.len != CRYPTO_SIG_BYTES || id == NULL || what == NULL)
		return false;
	words(&b, word, id, what);
	good = !b.over &&
	    crypto_check(item->key.data, buf_view(&b), proof.ptr) == ERR_OK;
	buf_clear(&b);
	return good;
}
