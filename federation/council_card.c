/* council_card.c - a member's next card against the one before. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/council_card.h"

#include <assert.h>
#include <stdio.h>

#include "federation/roster_card.h"
#include "ledger/note.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define CARD_BYTES_MAX 65536
#define KEYS 5

static struct bytes
view(ProtobufCBinaryData b)
{
	return bytes_of(b.data, b.len);
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

Fed__Card *
council_card_copy(const Fed__Card *card)
{
	ProtobufCMessage *msg;
	struct buf b;

	/* roster_card_check has accepted it: it fits, and is what it says. */
	buf_init(&b, CARD_BYTES_MAX);
	slice_pack(&b, &card->base);
	msg = protobuf_c_message_unpack(
	    &fed__card__descriptor, NULL, b.len, b.ptr);
	buf_clear(&b);
	assert(msg != NULL);
	return (Fed__Card *)(void *)msg;
}

bool
council_card_same_identity(const Fed__Card *a, const Fed__Card *b)
{
	return bytes_equal(view(a->identity_key), view(b->identity_key));
}

bool
council_card_foretold(const Fed__Card *old, const Fed__Card *card)
{
	struct hash h;

	if (card == NULL || !card->has_identity_key)
		return false;
	digest_sha256(&h, view(card->identity_key));
	return bytes_equal(bytes_hash(&h), view(old->next_identity));
}

/* Two cards that are the same but for what a change of this kind changes. */
static bool
same_but(const Fed__Card *old, const Fed__Card *card,
    Record__Proposal__Change change)
{
	Fed__Card a = *old, b = *card;
	struct buf x, y;
	bool same;

	if (change == RECORD__PROPOSAL__CHANGE__ROLE)
		b.role = a.role;
	if (change == RECORD__PROPOSAL__CHANGE__ENDPOINT)
		b.endpoint = a.endpoint;
	a.has_signature = b.has_signature = 0;
	buf_init(&x, CARD_BYTES_MAX);
	buf_init(&y, CARD_BYTES_MAX);
	slice_pack(&x, &a.base);
	slice_pack(&y, &b.base);
	same = !x.over && !y.over && bytes_equal(buf_view(&x), buf_view(&y));
	buf_clear(&x);
	buf_clear(&y);
	return same;
}

static void
keys_of(const Fed__Card *c, struct bytes out[static KEYS])
{
	out[0] = view(c->identity_key);
	out[1] = view(c->evidence_key);
	out[2] = view(c->alliance_key);
	out[3] = view(c->witness_key);
	out[4] = view(c->session_key);
}

/* The raw key, whatever it is for. */
static struct bytes
raw(struct bytes key)
{
	if (key.len == CRYPTO_ALG_PUB_BYTES)
		return bytes_of(key.ptr + 1, key.len - 1);
	return key;
}

/* A key that changes is not one that served for something else. */
static bool
used_before(const Fed__Card *old, const Fed__Card *card)
{
	struct bytes had[KEYS], has[KEYS];
	size_t i, j;

	keys_of(old, had);
	keys_of(card, has);
	for (i = 0; i < KEYS; i++)
		for (j = 0; j < KEYS; j++)
			if (i != j && bytes_equal(raw(has[i]), raw(had[j])))
				return true;
	return false;
}

bool
council_card_reuses(
    const Fed__Card *old, const Fed__Card *now, const Fed__Card *card)
{
	struct bytes had[KEYS], is[KEYS], has[KEYS];
	size_t i, j;

	keys_of(old, had);
	keys_of(now, is);
	keys_of(card, has);
	for (i = 0; i < KEYS; i++)
		for (j = 0; j < KEYS; j++)
			if (bytes_equal(raw(has[i]), raw(had[j])) &&
			    !bytes_equal(has[i], is[i]))
				return true;
	return false;
}

/* One log: its key and generation change together, and the end of what was
 * before is said. */
static enum err
check_log(const Record__Proposal *p, const char *log,
    const struct bytes keys[static 2], const uint32_t gen[static 2],
    struct err_why *why)
{
	char origin[NOTE_NAME_MAX + 1];
	bool said = false;
	size_t i;

	(void)snprintf(
	    origin, sizeof(origin), "%s/%s/%u", p->member, log, gen[0]);
	for (i = 0; i < p->n_ended; i++)
		said |= p->ended[i]->origin != NULL &&
		    strcmp(p->ended[i]->origin, origin) == 0;
	if (gen[1] == gen[0] && bytes_equal(keys[0], keys[1]) && !said)
		return ERR_OK;
	if (gen[1] <= gen[0] || bytes_equal(keys[0], keys[1]))
		return err_fail(why, ERR_REFUSED,
		    "%s: a log's next key comes with its next generation",
		    origin);
	if (!said)
		return err_fail(why, ERR_REFUSED,
		    "%s: its last size and root are not said", origin);
	return ERR_OK;
}

static uint32_t
generation(bool has, uint32_t value)
{
	return has ? value : 1;
}

static enum err
check_keys(const Fed__Card *old, const Record__Proposal *p, struct err_why *why)
{
	const Fed__Card *c = p->card;
	const struct bytes evidence[2] = {
	    view(old->evidence_key), view(c->evidence_key)};
	const struct bytes alliance[2] = {
	    view(old->alliance_key), view(c->alliance_key)};
	const uint32_t egen[2] = {
	    generation(old->has_evidence_generation, old->evidence_generation),
	    generation(c->has_evidence_generation, c->evidence_generation)};
	const uint32_t agen[2] = {
	    generation(old->has_alliance_generation, old->alliance_generation),
	    generation(c->has_alliance_generation, c->alliance_generation)};
	size_t ended = 0, i;
	enum err e;

	if (old->role != c->role || !same_text(old->company, c->company) ||
	    !same_text(old->endpoint, c->endpoint))
		return err_fail(why, ERR_REFUSED,
		    "new keys come with nothing else: role, company and "
		    "endpoint stay");
	if (used_before(old, c))
		return err_fail(
		    why, ERR_REFUSED, "a key served for something else before");
	for (i = 0; i < p->n_ended; i++)
		if (!p->ended[i]->has_size || !p->ended[i]->has_root ||
		    p->ended[i]->root.len != HASH_BYTES)
			return err_fail(why, ERR_MALFORMED,
			    "$.ended[%zu]: size or root is missing", i);
	ended += egen[0] != egen[1];
	ended += agen[0] != agen[1];
	if (p->n_ended != ended)
		return err_fail(why, ERR_MALFORMED,
		    "$.ended: one for each log key that is replaced");
	e = check_log(p, "evidence", evidence, egen, why);
	if (e != ERR_OK)
		return e;
	return check_log(p, "alliance", alliance, agen, why);
}

enum err
council_card_renews(
    const Fed__Card *old, const Record__Proposal *p, struct err_why *why)
{
	enum err e = roster_card_check(p->card, why);

	if (e != ERR_OK)
		return e;
	if (p->change == RECORD__PROPOSAL__CHANGE__KEYS)
		return check_keys(old, p, why);
	if (!same_but(old, p->card, p->change))
		return err_fail(why, ERR_REFUSED,
		    "the card changes more than the proposal says");
	return ERR_OK;
}
