/* verify_fuzz.c - any bytes as a bundle or a proof file. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "ledger.pb-c.h"
#include "ledger/policy.h"
#include "ledger/verify.h"
#include "proto/crypto.h"
#include "proto/json.h"
#include "proto/slice.h"
#include "tests/fuzz/mutate.h"
#include "tests/support/kit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ORIGIN "plant-a.acme.example/evidence/1"
#define NOW_US INT64_C(1800000000000000)

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* The keys that signed the valid seeds of the corpus (tests/support). */
static void
make_policy(struct buf *out)
{
	static const uint8_t seeds[2][CRYPTO_SEED_BYTES] = {{7}, {2}};
	struct crypto_signer log, witness;
	struct policy *p = policy_new();
	struct note_vkey key;

	crypto_signer_seed(&log, seeds[0]);
	crypto_signer_seed(&witness, seeds[1]);
	must(note_vkey_make(&key, ORIGIN, NOTE_TYPE_ED25519, log.pub, NULL) ==
	    ERR_OK);
	must(policy_add_log(p, &key, NULL, NULL) == ERR_OK);
	must(note_vkey_make(&key, "w.example/witness", NOTE_TYPE_COSIG,
	         witness.pub, NULL) == ERR_OK);
	must(policy_add_witness(p, "w1", &key, NULL, NULL) == ERR_OK);
	must(policy_set_quorum(p, "w1", NULL) == ERR_OK);
	buf_init(out, POLICY_TEXT_MAX);
	policy_put(out, p);
	policy_free(p);
}

static void
sink(void *arg, const struct verify_claim *c)
{
	size_t *n = arg;

	must(c->subject && c->text && c->status < VERIFY_STATUSES);
	(*n)++;
}

/* The sum agrees with the claims, and PASS is never a default. */
static void
judge(struct bytes in, struct bytes policy)
{
	size_t claims = 0;
	const struct verify_options o = {policy, NOW_US, sink, &claims};
	struct verify_result r;
	bool spotless;

	verify_bytes(in, &o, &r);
	must(claims ==
	    r.counts[VERIFY_PASS] + r.counts[VERIFY_UNTRUSTED] +
	        r.counts[VERIFY_UNSUPPORTED] + r.counts[VERIFY_FAIL]);
	must(claims > 0);
	spotless = r.counts[VERIFY_PASS] == claims;
	must((r.worst == VERIFY_PASS) == spotless);
	must(r.complete != VERIFY_COMPLETE || spotless);
	must(policy.ptr || r.counts[VERIFY_PASS] == 0);
}

/* A member of JSON as its message, changed; false: it is none. */
static bool
change_message(struct kit_member *m, uint64_t *state)
{
	const ProtobufCMessageDescriptor *desc =
	    strcmp(m->name, "manifest.json") == 0
	    ? &ledger__manifest__descriptor
	    : &ledger__disclosure__descriptor;
	ProtobufCMessage *msg = NULL;

	if (strstr(m->name, ".json") == NULL ||
	    json_decode(&msg, desc, buf_view(&m->data), NULL) != ERR_OK)
		return false;
	mutate_fields(msg, state);
	buf_reset(&m->data);
	json_encode(&m->data, msg, JSON_PRETTY);
	protobuf_c_message_free_unpacked(msg, NULL);
	return true;
}

static void
change_member(struct kit *k, uint64_t *state)
{
	struct kit_member *m = &k->at[mutate_random(state, k->len)];
	struct kit_member *other = &k->at[mutate_random(state, k->len)];
	static uint8_t room[65536];
	size_t len = m->data.len;

	switch (mutate_random(state, 8)) {
	case 0: /* what another member says */
		if (m != other) {
			buf_reset(&m->data);
			buf_bytes(&m->data, buf_view(&other->data));
		}
		break;
	case 1: /* under another name */
		if (m->name[0] != '\0')
			m->name[strlen(m->name) - 1] =
			    "0123456789nft"[mutate_random(state, 13)];
		break;
	case 2:
	case 3:
		if (len < sizeof(room)) {
			if (len > 0)
				memcpy(room, m->data.ptr, len);
			len = LLVMFuzzerMutate(room, len, sizeof(room));
			buf_reset(&m->data);
			buf_put(&m->data, room, len);
		}
		break;
	default:
		(void)change_message(m, state);
	}
}

/* Into the members of an archive, not into its compressed bytes. */
size_t
LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	uint64_t state = UINT64_C(0x9e3779b97f4a7c15) ^ seed;
	struct zip_reader *z = NULL;
	static struct kit k;
	struct zip_writer *w;
	struct buf out;
	enum err e = ERR_OK;

	if (seed % 8 == 0 ||
	    zip_reader_open(&z, bytes_of(data, size), NULL) != ERR_OK)
		return LLVMFuzzerMutate(data, size, max_size);
	if (zip_reader_count(z) == 0 ||
	    zip_reader_count(z) >= KIT_MEMBERS_MAX) {
		zip_reader_close(z);
		return LLVMFuzzerMutate(data, size, max_size);
	}
	k.len = 0;
	for (size_t i = 0; i < zip_reader_count(z); i++) {
		struct kit_member *m = &k.at[k.len];

		(void)snprintf(
		    m->name, sizeof(m->name), "%s", zip_reader_name(z, i));
		buf_init(&m->data, 1 << 20);
		k.len++;
		(void)!zip_reader_get(z, i, &m->data, NULL);
	}
	zip_reader_close(z);
	change_member(&k, &state);
	w = zip_writer_new();
	buf_init(&out, max_size);
	for (size_t i = 0; i < k.len; i++)
		if (mutate_random(&state, 64) != 0)
			(void)!zip_writer_add(
			    w, k.at[i].name, buf_view(&k.at[i].data), NULL);
	e = zip_writer_done(w, &out, NULL);
	if (e == ERR_OK && !out.over && out.len > 0) {
		memcpy(data, out.ptr, out.len);
		size = out.len;
	}
	zip_writer_free(w);
	buf_clear(&out);
	kit_clear(&k);
	return size;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct buf policy;

	if (!policy.ptr) {
		crypto_start();
		make_policy(&policy);
	}
	judge(bytes_of(data, size), buf_view(&policy));
	judge(bytes_of(data, size), bytes_of(NULL, 0));
	return 0;
}
