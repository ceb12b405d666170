/* motion_keys.c - proposals that give a member new keys. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/motion_keys.h"

#include <stdlib.h>

#include "federation/council_card.h"
#include "federation/roster_card.h"
#include "node/ingest.h"
#include "node/peers.h"
#include "node/seat.h"
#include "node/service.h"
#include "node/site_keys.h"
#include "node/site_logs.h"
#include "node/site_next.h"
#include "node/submit_roll.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define LOG(kind) (8u << (kind)) /* beside SITE_NEXT_.. */

static enum err
which_of(unsigned *out, const Api__MotionPost *post, struct err_why *why)
{
	static const struct {
		const char *name;
		unsigned bit;
	} words[] = {{"identity", SITE_NEXT_IDENTITY},
	    {"witness", SITE_NEXT_WITNESS}, {"session", SITE_NEXT_SESSION},
	    {"evidence", LOG(SITE_EVIDENCE)}, {"alliance", LOG(SITE_ALLIANCE)}};
	size_t k;

	*out = 0;
	for (k = 0; post->n_keys == 0 && k < 5; k++)
		*out |= words[k].bit;
	for (size_t i = 0; i < post->n_keys; i++) {
		for (k = 0; k < 5; k++)
			if (strcmp(words[k].name, post->keys[i]) == 0)
				break;
		if (k == 5)
			return err_fail(why, ERR_MALFORMED,
			    "%.100s: identity, witness, session, evidence or "
			    "alliance",
			    post->keys[i]);
		*out |= words[k].bit;
	}
	return ERR_OK;
}

static const Fed__Card *
card_of(const Fed__Genesis *g, const char *name)
{
	for (size_t i = 0; i < g->n_members; i++)
		if (strcmp(g->members[i]->name, name) == 0)
			return g->members[i];
	return NULL;
}

static uint32_t
generation_of(const Fed__Card *c, enum site_kind kind)
{
	if (kind == SITE_EVIDENCE)
		return c->has_evidence_generation ? c->evidence_generation : 1;
	return c->has_alliance_generation ? c->alliance_generation : 1;
}

/* ---- what must be there before ---- */

static void
copy_card(void *arg, const struct seat_view *v)
{
	Fed__Card **out = arg;
	const Fed__Card *c = card_of(council_now(v->council)->state, v->self);

	*out = c != NULL ? council_card_copy(c) : NULL;
}

/* What was written under the old key ends before members are asked, so that
 * its end can be stated: recording goes on under the new one at once. */
static enum err
roll(struct ops_call *call, enum site_kind kind, struct err_why *why)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_who who;
	struct submit_result *r;
	enum err e;

	ingest_who(call, &who);
	const struct submit_to to = {.site = call->service->site,
	    .who = &who,
	    .done = submit_wait_done,
	    .arg = w};
	submit_roll(&to,
	    &(struct submit_roll){
	        .origin = site_log(call->service->site, kind)->key.name,
	        .reason = "new key"});
	r = submit_wait_for(w);
	e = r->error;
	if (e != ERR_OK)
		*why = r->why;
	submit_result_free(r);
	return e;
}

enum err
motion_keys_ready(
    struct ops_call *call, const Api__MotionPost *post, struct err_why *why)
{
	struct site *s = call->service->site;
	struct peers *p = call->service->peers;
	Fed__Card *card = NULL;
	struct hash foretold = {{0}};
	unsigned which = 0;
	enum err e = which_of(&which, post, why);

	if (e == ERR_OK)
		e = seat_look(peers_seat(p), copy_card, &card, why);
	if (e == ERR_OK && card == NULL)
		e = err_fail(why, ERR_REFUSED,
		    "this node is no member (yet, or any more)");
	if (e == ERR_OK && card->next_identity.len == HASH_BYTES)
		memcpy(foretold.b, card->next_identity.data, HASH_BYTES);
	if (e == ERR_OK)
		e = site_next_make(
		    s->dir, s->name, which & SITE_NEXT_ALL, &foretold, why);
	for (int k = 0; e == ERR_OK && k < SITE_LOGS; k++)
		if ((which & LOG(k)) != 0 &&
		    site_log(s, (enum site_kind)k)->number ==
		        generation_of(card, (enum site_kind)k))
			e = roll(call, (enum site_kind)k, why);
	if (card != NULL)
		fed__card__free_unpacked(card, NULL);
	/* Whoever sees it pass first asks for us by the new key. */
	if (e == ERR_OK && (which & SITE_NEXT_SESSION) != 0)
		peers_reconnect(p);
	return e;
}

/* ---- the proposal ---- */

static void
set(protobuf_c_boolean *has, ProtobufCBinaryData *field, const void *data,
    size_t len)
{
	free(field->data);
	field->data = mem_alloc(1, len);
	memcpy(field->data, data, len);
	field->len = len;
	*has = 1;
}

static void
set_key(protobuf_c_boolean *has, ProtobufCBinaryData *field, const uint8_t *pub)
{
	uint8_t alg[CRYPTO_ALG_PUB_BYTES];

	alg[0] = CRYPTO_ALG_ED25519;
	memcpy(alg + 1, pub, CRYPTO_PUB_BYTES);
	set(has, field, alg, sizeof alg);
}

static void
set_next(Fed__Card *c, const struct site_next *next, unsigned which)
{
	if ((which & SITE_NEXT_IDENTITY) != 0) {
		set_key(
		    &c->has_identity_key, &c->identity_key, next->identity.pub);
		set(&c->has_next_identity, &c->next_identity, next->after.b,
		    HASH_BYTES);
	}
	if ((which & SITE_NEXT_WITNESS) != 0)
		set_key(
		    &c->has_witness_key, &c->witness_key, next->witness.pub);
	if ((which & SITE_NEXT_SESSION) != 0)
		set(&c->has_session_key, &c->session_key, next->session.pub,
		    CRYPTO_KEY_BYTES);
}

/* The log as it goes on now, and where that of the card ended. */
static enum err
set_log(Record__Proposal *p, struct site *s, enum site_kind kind,
    struct err_why *why)
{
	const struct site_log_now *now = site_log(s, kind);
	Fed__Card *c = p->card;
	struct succession x;
	struct buf note;
	Record__Ended *end;
	enum err e;

	buf_init(&note, SUCCESSION_BYTES_MAX);
	e = site_logs_succession(
	    s, kind, generation_of(c, kind) + 1, &note, why);
	if (e == ERR_OK)
		e = succession_kept(&x, buf_view(&note), why);
	buf_clear(&note);
	if (e != ERR_OK)
		return e;
	end = mem_alloc(1, sizeof *end);
	record__ended__init(end);
	end->origin = mem_strdup(x.before.name);
	end->has_size = 1;
	end->size = x.size;
	set(&end->has_root, &end->root, x.root.b, HASH_BYTES);
	p->ended[p->n_ended++] = end;
	if (kind == SITE_EVIDENCE) {
		set_key(&c->has_evidence_key, &c->evidence_key, now->key.pub);
		c->has_evidence_generation = 1;
		c->evidence_generation = now->number;
	} else {
		set_key(&c->has_alliance_key, &c->alliance_key, now->key.pub);
		c->has_alliance_generation = 1;
		c->alliance_generation = now->number;
	}
	return ERR_OK;
}

enum err
motion_keys_own(Record__Proposal *p, const Api__MotionPost *post,
    const Fed__Genesis *now, struct site *s, struct err_why *why)
{
	const Fed__Card *card = card_of(now, s->name);
	struct site_next next = {.has = 0};
	unsigned which = 0;
	enum err e = which_of(&which, post, why);

	if (e == ERR_OK && card == NULL)
		e = err_fail(why, ERR_REFUSED,
		    "this node is no member (yet, or any more)");
	if (e == ERR_OK)
		e = site_next_read(&next, s->dir, s->name, why);
	if (e == ERR_OK && (which & SITE_NEXT_ALL & ~next.has) != 0)
		e = err_fail(why, ERR_REFUSED, "a new key is not in keys/next");
	if (e != ERR_OK)
		goto out;
	p->member = mem_strdup(s->name);
	p->card = council_card_copy(card);
	p->ended = mem_alloc(SITE_LOGS, sizeof p->ended[0]);
	set_next(p->card, &next, which);
	for (int k = 0; e == ERR_OK && k < SITE_LOGS; k++)
		if ((which & LOG(k)) != 0)
			e = set_log(p, s, (enum site_kind)k, why);
	if (e == ERR_OK)
		roster_card_sign(p->card,
		    (which & SITE_NEXT_IDENTITY) != 0
		        ? &next.identity
		        : &site_keys(s)->identity);
out:
	crypto_wipe(&next, sizeof next);
	return e;
}

enum err
motion_keys_other(
    Record__Proposal *p, const Api__MotionPost *post, struct err_why *why)
{
	enum err e = roster_card_check(post->card, why);

	if (e != ERR_OK)
		return e;
	p->card = council_card_copy(post->card);
	p->member = mem_strdup(p->card->name);
	p->ended = mem_alloc(post->n_ended + 1, sizeof p->ended[0]);
	for (size_t i = 0; i < post->n_ended; i++) {
		const Record__Ended *from = post->ended[i];
		Record__Ended *end = mem_alloc(1, sizeof *end);

		record__ended__init(end);
		end->origin = mem_strdup_given(from->origin);
		end->has_size = from->has_size;
		end->size = from->size;
		if (from->has_root && from->root.len > 0)
			set(&end->has_root, &end->root, from->root.data,
			    from->root.len);
		p->ended[p->n_ended++] = end;
	}
	return ERR_OK;
}
