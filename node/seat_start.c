/* seat_start.c - where this node began among the members. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/seat_start.h"

#include <stdlib.h>

#include "federation/council_card.h"
#include "node/site_keys.h"
#include "node/site_logs.h"
#include "proto/mem.h"
#include "proto/slice.h"

struct seat_start {
	Fed__Epoch *msg; /* its state is what `epoch` borrows */
	struct council_epoch epoch;
	struct hash alliance;
};

/* ---- reading ---- */

static const Fed__Card *
card_of(const Fed__Genesis *g, const char *name)
{
	for (size_t i = 0; i < g->n_members; i++)
		if (strcmp(g->members[i]->name, name) == 0)
			return g->members[i];
	return NULL;
}

static const Fed__Card *
own_card(const struct seat_start *s, const char *self)
{
	const Fed__Card *c = card_of(s->epoch.state, self);

	if (c == NULL && s->msg->card != NULL && s->msg->card->name != NULL &&
	    strcmp(s->msg->card->name, self) == 0)
		c = s->msg->card;
	return c;
}

enum err
seat_start_open(struct seat_start **out, struct bytes json,
    const struct site *site, struct err_why *why)
{
	struct seat_start *s = mem_alloc(1, sizeof *s);
	enum err e = council_epoch_decode(&s->msg, json, why);

	if (e == ERR_OK)
		e = council_epoch_check(&s->epoch, &s->alliance, s->msg, why);
	if (e == ERR_OK && s->msg->card != NULL)
		e = roster_card_check(s->msg->card, why);
	if (e == ERR_OK && own_card(s, site->name) == NULL)
		e = err_fail(why, ERR_REFUSED,
		    "%.120s is no member of this alliance; ask for a genesis "
		    "that has this node's card",
		    site->name);
	if (e != ERR_OK) {
		seat_start_free(s);
		return e;
	}
	*out = s;
	return ERR_OK;
}

void
seat_start_free(struct seat_start *s)
{
	if (s == NULL)
		return;
	if (s->msg != NULL)
		slice_free(&s->msg->base);
	free(s);
}

bool
seat_start_same(const struct seat_start *a, const struct seat_start *b)
{
	return memcmp(a->epoch.id.b, b->epoch.id.b, HASH_BYTES) == 0;
}

/* Is the log of the card one of ours?  A later generation needs no new card:
 * members learn of it by its succession. */
static bool
log_same(const struct site *s, uint32_t number, ProtobufCBinaryData key,
    enum site_kind kind)
{
	struct note_vkey own;

	return site_logs_vkey(s, kind, number, &own, NULL) == ERR_OK &&
	    key.len == CRYPTO_ALG_PUB_BYTES &&
	    memcmp(own.pub, key.data + 1, CRYPTO_PUB_BYTES) == 0;
}

enum err
seat_start_keys(
    const struct seat_start *s, const struct site *site, struct err_why *why)
{
	const Fed__Card *c = own_card(s, site->name);
	bool same = c != NULL &&
	    log_same(site,
	        c->has_evidence_generation ? c->evidence_generation : 1,
	        c->evidence_key, SITE_EVIDENCE) &&
	    log_same(site,
	        c->has_alliance_generation ? c->alliance_generation : 1,
	        c->alliance_key, SITE_ALLIANCE) &&
	    memcmp(c->identity_key.data + 1, site_keys(site)->identity.pub,
	        CRYPTO_PUB_BYTES) == 0 &&
	    memcmp(c->witness_key.data + 1, site_keys(site)->witness.pub,
	        CRYPTO_PUB_BYTES) == 0 &&
	    memcmp(c->session_key.data, site_keys(site)->session.pub,
	        CRYPTO_KEY_BYTES) == 0;

	if (!same)
		return err_fail(why, ERR_REFUSED,
		    "the card of %.120s has other keys than this node; make "
		    "a new card: lianfang alliance card",
		    site->name);
	return ERR_OK;
}

const struct council_epoch *
seat_start_epoch(const struct seat_start *s)
{
	return &s->epoch;
}

const struct hash *
seat_start_alliance(const struct seat_start *s)
{
	return &s->alliance;
}

/* ---- the members ---- */

static bool
was_member(const Fed__Genesis *g, const char *name)
{
	for (size_t i = 0; i < g->n_former; i++)
		if (strcmp(g->former[i], name) == 0)
			return true;
	return false;
}

/* As if it were in already: whoever has let it in will answer. */
static enum err
expected(struct roster **out, const struct seat_start *s,
    const struct council_epoch *now, struct err_why *why)
{
	Fed__Genesis g = *now->state;
	Fed__Card *card = council_card_copy(s->msg->card);
	enum err e;

	g.members = mem_alloc(g.n_members + 1, sizeof g.members[0]);
	memcpy(
	    g.members, now->state->members, g.n_members * sizeof g.members[0]);
	g.members[g.n_members++] = card;
	g.has_vote_quorum = 0;
	roster_sort(&g);
	e = roster_later(out, &g, now->number, &s->alliance, why);
	free(g.members);
	fed__card__free_unpacked(card, NULL);
	return e;
}

enum err
seat_start_roster(struct roster **out, const struct seat_start *s,
    const struct council_epoch *now, const char *self, struct err_why *why)
{
	if (card_of(now->state, self) != NULL)
		return roster_later(
		    out, now->state, now->number, &s->alliance, why);
	if (was_member(now->state, self) || s->msg->card == NULL)
		return err_fail(why, ERR_REFUSED,
		    "%.120s is no member any more: it left or was expelled; "
		    "the others do not talk to it",
		    self);
	return expected(out, s, now, why);
}
