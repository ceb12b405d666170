/* submit_veil_test.c - others' items: entered once, withdrawn by their key. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_veil.h"

#include <criterion/criterion.h>

#include "federation/ring.h"
#include "node/veil_item.h"
#include "tests/support/plant.h"

static void
publish(struct plant *p, const Record__Intel *m, enum err want)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(p, w);
	struct submit_result *r;

	submit_veil(&to, m);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, want, "%s", r->why.text);
	submit_result_free(r);
}

Test(submit_veil, publishes_what_others_hand_over_once_and_takes_it_back)
{
	static char id[] = "0190a000-0000-7000-8000-000000000001";
	static char error[] = "error";
	uint8_t key[GROUP_BYTES] = {0}, sig[RING_SIGNATURE_BYTES(3)] = {0};
	uint8_t proof[CRYPTO_SIG_BYTES];
	ProtobufCBinaryData ring[3];
	struct crypto_signer right, wrong;
	Record__IntelVeil veil = RECORD__INTEL_VEIL__INIT, back = veil;
	Record__Intel m = RECORD__INTEL__INIT, take = m;
	struct plant p;

	plant_begin(&p, "m0.test.example");
	crypto_signer_new(&right);
	crypto_signer_new(&wrong);
	for (size_t i = 0; i < 3; i++)
		ring[i] = (ProtobufCBinaryData){sizeof key, key};
	veil.has_term = veil.has_signature = veil.has_key = true;
	veil.ring = ring;
	veil.n_ring = 3;
	veil.signature = (ProtobufCBinaryData){sizeof sig, sig};
	veil.key = (ProtobufCBinaryData){CRYPTO_PUB_BYTES, right.pub};
	m.has_action = take.has_action = true;
	m.action = RECORD__INTEL__ACTION__RELEASE;
	m.intel_id = take.intel_id = id;
	m.title = id;
	m.veil = &veil;
	take.action = RECORD__INTEL__ACTION__WITHDRAW;
	take.reason = error;
	take.veil = &back;
	back.has_proof = true;
	back.proof = (ProtobufCBinaryData){sizeof proof, proof};
	veil_item_sign(proof, &right, VEIL_ITEM_WITHDRAW, id, error);
	publish(&p, &take, ERR_NOT_FOUND);
	publish(&p, &m, ERR_OK);
	publish(&p, &m, ERR_EXISTS);
	veil_item_sign(proof, &wrong, VEIL_ITEM_WITHDRAW, id, error);
	publish(&p, &take, ERR_UNVERIFIED);
	veil_item_sign(proof, &right, VEIL_ITEM_WITHDRAW, id, error);
	publish(&p, &take, ERR_OK);
	publish(&p, &take, ERR_EXISTS);
	plant_end(&p);
}
