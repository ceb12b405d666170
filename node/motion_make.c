/* motion_make.c - from what was asked for to a proposal of this node. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/motion_make.h"

#include <stdlib.h>

#include "federation/council_card.h"
#include "federation/roster_card.h"
#include "node/domain/defence_rule.h"
#include "node/motion_keys.h"
#include "node/site.h"
#include "node/site_keys.h"
#include "proto/mem.h"
#include "proto/slice.h"

static enum err
own_card(Fed__Card **out, const Fed__Genesis *now, const struct site *s,
    struct err_why *why)
{
	for (size_t i = 0; i < now->n_members; i++)
		if (strcmp(now->members[i]->name, s->name) == 0) {
			*out = council_card_copy(now->members[i]);
			return ERR_OK;
		}
	return err_fail(
	    why, ERR_REFUSED, "this node is no member (yet, or any more)");
}

static enum err
set_endpoint(Record__Proposal *p, const char *endpoint, struct err_why *why)
{
	if (endpoint == NULL)
		return err_fail(why, ERR_MALFORMED,
		    "an endpoint is missing, such as tcp://host:port");
	free(p->card->endpoint);
	p->card->endpoint = mem_strdup_given(endpoint);
	return ERR_OK;
}

/* The own card with one thing changed, signed anew. */
static enum err
renew(Record__Proposal *p, const Api__MotionPost *post, const Fed__Genesis *now,
    struct site *s, struct err_why *why)
{
	enum err e;

	p->member = mem_strdup(s->name);
	e = own_card(&p->card, now, s, why);
	if (e != ERR_OK)
		return e;
	if (p->change == RECORD__PROPOSAL__CHANGE__ENDPOINT)
		e = set_endpoint(p, post->endpoint, why);
	else if (!post->has_role)
		e = err_fail(why, ERR_MALFORMED, "a role is missing");
	else
		p->card->role = post->role;
	if (e == ERR_OK)
		roster_card_sign(p->card, &site_keys(s)->identity);
	return e;
}

static enum err
with_card(Record__Proposal *p, const Api__MotionPost *post, struct err_why *why)
{
	enum err e;

	if (post->card == NULL)
		return err_fail(why, ERR_MALFORMED, "a card is missing");
	e = roster_card_check(post->card, why);
	if (e != ERR_OK)
		return e;
	p->card = council_card_copy(post->card);
	p->member = mem_strdup(p->card->name);
	return ERR_OK;
}

static int
by_reader(const void *a, const void *b)
{
	const Fed__Grant *const *x = a, *const *y = b;

	return strcmp((*x)->reader, (*y)->reader);
}

static void
set_grants(
    Record__Proposal *p, const Api__MotionPost *post, const struct site *s)
{
	p->grants = mem_alloc(post->n_readers + 1, sizeof(Fed__Grant *));
	for (size_t i = 0; i < post->n_readers; i++) {
		Fed__Grant *g = mem_alloc(1, sizeof *g);

		fed__grant__init(g);
		g->reader = mem_strdup(post->readers[i]);
		g->owner = mem_strdup(s->name);
		g->has_payloads = g->payloads = 1;
		p->grants[p->n_grants++] = g;
	}
	if (p->n_grants > 1)
		qsort(p->grants, p->n_grants, sizeof(Fed__Grant *), by_reader);
}

static enum err
set_paper(Record__Proposal *p, const Api__MotionPost *post, struct err_why *why)
{
	if (post->name == NULL)
		return err_fail(why, ERR_MALFORMED, "a name is missing");
	p->name = mem_strdup(post->name);
	if (!post->has_digest)
		return ERR_OK;
	p->has_digest = 1;
	p->digest.data = mem_alloc(1, post->digest.len + 1);
	p->digest.len = post->digest.len;
	if (post->digest.len > 0)
		memcpy(p->digest.data, post->digest.data, post->digest.len);
	return ERR_OK;
}

/* Nobody is asked to vote for a text that no node could go by. */
static enum err
set_rule(Record__Proposal *p, const Api__MotionPost *post, struct err_why *why)
{
	struct defence_rule r;
	enum err e;

	if (post->name == NULL)
		return err_fail(why, ERR_MALFORMED, "a name is missing");
	p->name = mem_strdup(post->name);
	if (!post->has_document)
		return ERR_OK;
	e = defence_rule_read(
	    &r, bytes_of(post->document.data, post->document.len), why);
	if (e != ERR_OK)
		return e;
	if (strcmp(r.said->id, p->name) != 0)
		e = err_fail(why, ERR_MALFORMED,
		    "$.defence.id: %.60s, but it is proposed as %.60s",
		    r.said->id, p->name);
	p->has_digest = p->has_document = 1;
	p->digest.data = mem_alloc(1, HASH_BYTES);
	p->digest.len = HASH_BYTES;
	memcpy(p->digest.data, r.digest.b, HASH_BYTES);
	p->document.data = mem_alloc(1, post->document.len);
	p->document.len = post->document.len;
	memcpy(p->document.data, post->document.data, post->document.len);
	defence_rule_clear(&r);
	return e;
}

static enum err
fill(Record__Proposal *p, const Api__MotionPost *post, const Fed__Genesis *now,
    struct site *s, struct err_why *why)
{
	switch (p->change) {
	case RECORD__PROPOSAL__CHANGE__JOIN:
		return with_card(p, post, why);
	case RECORD__PROPOSAL__CHANGE__LEAVE:
		p->member = mem_strdup(s->name);
		return ERR_OK;
	case RECORD__PROPOSAL__CHANGE__EXPEL:
		if (post->member == NULL)
			return err_fail(
			    why, ERR_MALFORMED, "a member's name is missing");
		p->member = mem_strdup(post->member);
		return ERR_OK;
	case RECORD__PROPOSAL__CHANGE__ROLE:
	case RECORD__PROPOSAL__CHANGE__ENDPOINT:
		return renew(p, post, now, s, why);
	case RECORD__PROPOSAL__CHANGE__QUORUM:
		p->has_quorum = post->has_quorum;
		p->quorum = post->quorum;
		p->has_witness_quorum = post->has_witness_quorum;
		p->witness_quorum = post->witness_quorum;
		return ERR_OK;
	case RECORD__PROPOSAL__CHANGE__GRANTS:
		set_grants(p, post, s);
		return ERR_OK;
	case RECORD__PROPOSAL__CHANGE__AGREEMENT:
	case RECORD__PROPOSAL__CHANGE__PACK:
	case RECORD__PROPOSAL__CHANGE__RELEASE:
		return set_paper(p, post, why);
	case RECORD__PROPOSAL__CHANGE__RULE:
		return set_rule(p, post, why);
	case RECORD__PROPOSAL__CHANGE__KEYS:
		return post->card != NULL
		    ? motion_keys_other(p, post, why)
		    : motion_keys_own(p, post, now, s, why);
	case RECORD__PROPOSAL__CHANGE__CHANGE_UNSPECIFIED:
	case _RECORD__PROPOSAL__CHANGE_IS_INT_SIZE:
		break;
	}
	return err_fail(
	    why, ERR_UNSUPPORTED, "this node proposes no change of that kind");
}

enum err
motion_make(Record__Proposal **out, const Api__MotionPost *post,
    const Fed__Genesis *now, struct site *s, struct err_why *why)
{
	Record__Proposal *p = mem_alloc(1, sizeof *p);
	enum err e;

	record__proposal__init(p);
	p->has_change = 1;
	p->change = post->change;
	e = fill(p, post, now, s, why);
	if (e != ERR_OK) {
		slice_free(&p->base);
		return e;
	}
	*out = p;
	return ERR_OK;
}

enum err
motion_make_gone(struct err_why *why)
{
	return err_fail(why, ERR_REFUSED,
	    "it was recorded but does not stand: the epoch has moved on "
	    "meanwhile, or this node has proposed too much in this one; "
	    "lianfang alliance status");
}
