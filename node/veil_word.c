/* veil_word.c - what a member announces of itself for a term of the veil. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/veil_word.h"

#include <stdio.h>
#include <string.h>

#include "proto/buf.h"

#define HOP_TAG "lianfang/veil-hop/v1"

/* What the hop's key signs. */
static void
hop_words(struct buf *out, const struct veil_when *when,
    const uint8_t ring[static GROUP_BYTES],
    const uint8_t hop[static CRYPTO_PUB_BYTES])
{
	buf_init(out, 1024);
	buf_str(out, HOP_TAG);
	buf_put(out, when->alliance->b, HASH_BYTES);
	buf_u64be(out, when->term);
	buf_put(out, ring, GROUP_BYTES);
	buf_put(out, hop, CRYPTO_PUB_BYTES);
	buf_str(out, when->member);
}

enum err
veil_word_make(struct veil_word *out, const struct veil_when *when,
    const struct veil_keys *k, uint32_t slot_ms, struct err_why *why)
{
	Record__Veil *m = &out->m;
	struct buf words;
	enum err e;

	record__veil__init(m);
	memcpy(out->ring, k->ring.pub.b, GROUP_BYTES);
	memcpy(out->hop, k->hop.pub, CRYPTO_PUB_BYTES);
	hop_words(&words, when, out->ring, out->hop);
	crypto_signer_sign(&k->hop, buf_view(&words), out->hop_proof);
	buf_clear(&words);
	e = ring_prove(out->proof, when->alliance, when->term, when->member,
	    &k->ring, why);
	m->has_term = m->has_ring = m->has_hop = m->has_proof = true;
	m->has_hop_proof = m->has_slot_ms = true;
	m->term = when->term;
	m->slot_ms = slot_ms;
	m->ring = (ProtobufCBinaryData){sizeof out->ring, out->ring};
	m->hop = (ProtobufCBinaryData){sizeof out->hop, out->hop};
	m->proof = (ProtobufCBinaryData){sizeof out->proof, out->proof};
	m->hop_proof =
	    (ProtobufCBinaryData){sizeof out->hop_proof, out->hop_proof};
	return e;
}

static bool
hop_proven(const Record__Veil *m, const struct veil_when *when)
{
	struct buf words;
	bool good;

	if (!crypto_letter_key_ok(m->hop.data))
		return false;
	hop_words(&words, when, m->ring.data, m->hop.data);
	good = !words.over &&
	    crypto_check(m->hop.data, buf_view(&words), m->hop_proof.data) ==
	        ERR_OK;
	buf_clear(&words);
	return good;
}

bool
veil_word_read(
    const Record__Veil *m, const struct veil_when *when, struct veil_said *out)
{
	if (!m->has_term || m->term != when->term || !m->has_slot_ms ||
	    m->slot_ms == 0 || m->ring.len != GROUP_BYTES ||
	    m->hop.len != CRYPTO_PUB_BYTES ||
	    m->hop_proof.len != CRYPTO_SIG_BYTES)
		return false;
	(void)snprintf(out->member, sizeof out->member, "%s", when->member);
	memcpy(out->ring.b, m->ring.data, GROUP_BYTES);
	memcpy(out->hop, m->hop.data, CRYPTO_PUB_BYTES);
	out->slot_ms = m->slot_ms;
	return hop_proven(m, when) &&
	    ring_proven(bytes_of(m->proof.data, m->proof.len), when->alliance,
	        when->term, when->member, &out->ring, NULL) == ERR_OK;
}
