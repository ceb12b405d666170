/* verify_fuzz.c - any bytes as a bundle or a proof file. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "ledger/policy.h"
#include "ledger/verify.h"
#include "proto/crypto.h"

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
