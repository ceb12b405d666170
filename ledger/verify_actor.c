/* verify_actor.c - whose key signed, and whether it was in force. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "ledger/signature.h"
#include "ledger/verify_part.h"
#include "proto/mem.h"
#include "proto/slice.h"

/* ---- enrolments and revocations ---- */

static void
open_actor(
    struct verify_bundle *b, struct verify_leaf *leaf, struct verify_actor *out)
{
	Ledger__Disclosure *d = NULL;
	ProtobufCMessage *msg = NULL;

	if (!verify_record_exists(b, "actors", leaf->index) ||
	    !verify_record_open(b, leaf, "actors", &d))
		return;
	if (!d->sealed->body ||
	    strcmp(d->sealed->body->type, "record.Actor") != 0 ||
	    slice_unpack(&msg, &record__actor__descriptor,
	        buf_view(&leaf->body), NULL) != ERR_OK)
		verify_say(b->judge, VERIFY_FAIL, VERIFY_TOPIC_DISCLOSURE,
		    VERIFY_NAME("actors", "人员"),
		    "entry %" PRIu64 " is not an actor", leaf->index);
	if (msg) {
		Record__Actor *a = (void *)msg;
		/* Without these two it might as well be closed. */
		if (a->has_action && a->has_key)
			out->said = a;
		else
			slice_free(msg);
	}
	ledger__disclosure__free_unpacked(d, NULL);
	buf_clear(&leaf->body);
}

void
verify_actor_all(struct verify_bundle *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->leaves_len; i++)
		n += b->leaves[i].entry->kind == LEDGER__KIND__ACTOR;
	if (n == 0)
		return;
	b->actors = mem_alloc(n, sizeof(*b->actors));
	for (size_t i = 0; i < b->leaves_len; i++) {
		struct verify_leaf *leaf = &b->leaves[i];

		if (leaf->entry->kind != LEDGER__KIND__ACTOR)
			continue;
		struct verify_actor *a = &b->actors[b->actors_len++];
		a->leaf = leaf;
		leaf->wanted = true;
		open_actor(b, leaf, a);
	}
}

/* An enrolment that the node did not apply gives no right. */
static bool
counts(const struct verify_actor *a)
{
	const Ledger__Entry *e = a->leaf->entry;

	return a->said &&
	    (a->said->action != RECORD__ACTOR__ACTION__ENROL ||
	        !e->has_outcome || e->outcome == LEDGER__OUTCOME__APPLIED);
}

static bool
same_key(const Record__Actor *a, const Ledger__Auth *auth)
{
	return a &&
	    bytes_equal(bytes_of(a->key.data, a->key.len),
	        bytes_of(auth->key.data, auth->key.len));
}

/* kind_seq of the newest ACTOR entry according to HEADS; 0: none. */
static uint64_t
actors_by_heads(const struct verify_bundle *b)
{
	for (size_t i = 0; i < b->heads->n_heads; i++) {
		if (b->heads->heads[i]->kind == LEDGER__KIND__ACTOR)
			return b->heads->heads[i]->kind_seq;
	}
	return 0;
}

/* Every ACTOR entry between actors[from] and `index` is here and open. */
static bool
nothing_between(const struct verify_bundle *b, size_t from, uint64_t index)
{
	uint64_t seq = b->actors[from].leaf->entry->kind_seq;
	size_t i;

	for (i = from + 1; i < b->actors_len; i++) {
		const struct verify_actor *a = &b->actors[i];

		if (a->leaf->entry->kind_seq != seq + 1)
			return false;
		if (a->leaf->index > index)
			return true;
		if (!a->said)
			return false;
		seq++;
	}
	return actors_by_heads(b) == seq;
}

/* ---- signatures ---- */

static enum err
check_signature(const struct verify_bundle *b, const struct verify_leaf *leaf,
    const Ledger__Auth *auth, struct err_why *why)
{
	const Ledger__Entry *e = leaf->entry;
	struct hash commitment;

	if (!e->has_record_id || e->record_id.len != 16 || !e->has_event_id ||
	    e->event_id.len != 16 || !e->has_commitment ||
	    e->commitment.len != HASH_BYTES || !auth->has_occurred_us ||
	    !auth->has_based_on_seq)
		return err_fail(why, ERR_UNVERIFIED,
		    "signed, but without all that the signature covers");
	memcpy(commitment.b, e->commitment.data, HASH_BYTES);
	return signature_check(
	    &(struct seal_event){
	        .node_name = b->node,
	        .kind = (uint16_t)e->kind,
	        .record_id = e->record_id.data,
	        .event_id = e->event_id.data,
	        .occurred_us = auth->occurred_us,
	        .based_on_seq = auth->based_on_seq,
	        .commitment = &commitment,
	    },
	    bytes_of(auth->key.data, auth->key.len),
	    bytes_of(auth->signature.data, auth->signature.len), NULL, why);
}

static void
describe(struct err_why *out, const struct verify_actor *a)
{
	const Record__Actor *s = a->said;

	if (s->has_custody && s->custody == RECORD__ACTOR__CUSTODY__DEVICE)
		(void)err_fail(out, ERR_OK,
		    "enrolled by entry %" PRIu64 ", key on the person's DEVICE",
		    a->leaf->index);
	else if (s->has_custody && s->custody == RECORD__ACTOR__CUSTODY__NODE)
		(void)err_fail(out, ERR_OK,
		    "enrolled by entry %" PRIu64 ", key kept by the NODE",
		    a->leaf->index);
	else
		(void)err_fail(out, ERR_OK,
		    "enrolled by entry %" PRIu64 ", unknown custody",
		    a->leaf->index);
	if (s->name)
		(void)err_wrap(out, ERR_OK, "%.80s", s->name);
}

void
verify_actor_signature(struct verify_bundle *b, const struct verify_leaf *leaf,
    const Ledger__Auth *auth)
{
	struct verify_name subject;
	size_t last = b->actors_len;
	struct err_why why = {.text = ""};
	enum err e;

	verify_name(&subject, "entry %" PRIu64, leaf->index);
	e = check_signature(b, leaf, auth, &why);
	if (e != ERR_OK) {
		if (!*why.text)
			(void)err_fail(&why, e, "does not verify");
		verify_say_why(b->judge, verify_bad(e), VERIFY_TOPIC_SIGNATURE,
		    &subject, &why);
		return;
	}
	for (size_t i = 0; i < b->actors_len; i++) {
		if (b->actors[i].leaf->index < leaf->index &&
		    counts(&b->actors[i]) && same_key(b->actors[i].said, auth))
			last = i;
	}
	if (last == b->actors_len) {
		verify_say(b->judge, VERIFY_UNTRUSTED, VERIFY_TOPIC_SIGNATURE,
		    &subject,
		    "verifies, but nothing here says whose key it is");
		return;
	}
	if (b->actors[last].said->action != RECORD__ACTOR__ACTION__ENROL) {
		verify_say(b->judge, VERIFY_FAIL, VERIFY_TOPIC_SIGNATURE,
		    &subject, "the key was revoked by entry %" PRIu64,
		    b->actors[last].leaf->index);
		return;
	}
	describe(&why, &b->actors[last]);
	if (!nothing_between(b, last, leaf->index)) {
		(void)err_wrap(&why, ERR_OK,
		    "verifies, but that the key was not revoked is not shown");
		verify_say_why(b->judge, VERIFY_UNTRUSTED,
		    VERIFY_TOPIC_SIGNATURE, &subject, &why);
	} else {
		(void)err_wrap(&why, ERR_OK, "verifies");
		verify_say_why(b->judge, VERIFY_PASS, VERIFY_TOPIC_SIGNATURE,
		    &subject, &why);
	}
}
