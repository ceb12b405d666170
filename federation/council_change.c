/* council_change.c - judging a proposal and applying it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/council_change.h"

#include <stdio.h>
#include <stdlib.h>

#include "federation/council_card.h"
#include "federation/roster.h"
#include "federation/tally.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define STATE_BYTES_MAX (4u << 20)

static const char prefix[] = "lianfang/proposal/v1\n";

/* Fields beside epoch, change, by and signature. */
enum part {
	PART_MEMBER = 1,
	PART_CARD = 2,
	PART_ENDED = 4,
	PART_QUORUM = 8, /* one of the two, or both */
	PART_GRANTS = 16, /* or none at all */
	PART_NAME = 32,
	PART_DIGEST = 64,
	PART_DOCUMENT = 128,
};

/* Which a change must have, and which it may. */
static const struct shape {
	unsigned must;
	unsigned may;
} shapes[] = {
    [RECORD__PROPOSAL__CHANGE__JOIN] = {PART_MEMBER | PART_CARD, 0},
    [RECORD__PROPOSAL__CHANGE__LEAVE] = {PART_MEMBER, 0},
    [RECORD__PROPOSAL__CHANGE__EXPEL] = {PART_MEMBER, 0},
    [RECORD__PROPOSAL__CHANGE__ROLE] = {PART_MEMBER | PART_CARD, 0},
    [RECORD__PROPOSAL__CHANGE__ENDPOINT] = {PART_MEMBER | PART_CARD, 0},
    [RECORD__PROPOSAL__CHANGE__KEYS] = {PART_MEMBER | PART_CARD, PART_ENDED},
    [RECORD__PROPOSAL__CHANGE__QUORUM] = {PART_QUORUM, 0},
    [RECORD__PROPOSAL__CHANGE__GRANTS] = {0, PART_GRANTS},
    [RECORD__PROPOSAL__CHANGE__AGREEMENT] = {PART_NAME, PART_DIGEST},
    [RECORD__PROPOSAL__CHANGE__PACK] = {PART_NAME, PART_DIGEST},
    [RECORD__PROPOSAL__CHANGE__RELEASE] = {PART_NAME | PART_DIGEST, 0},
    [RECORD__PROPOSAL__CHANGE__RULE] = {PART_NAME, PART_DIGEST | PART_DOCUMENT},
};

size_t
council_change_quorum(const Fed__Genesis *now)
{
	size_t least = tally_quorum(now->n_members);

	return now->has_vote_quorum && now->vote_quorum > least
	    ? now->vote_quorum
	    : least;
}

enum err
council_change_hash(
    struct hash *out, const Record__Proposal *p, struct err_why *why)
{
	struct buf b;
	enum err e;

	buf_init(&b, COUNCIL_CHANGE_BYTES_MAX);
	buf_str(&b, prefix);
	slice_pack(&b, &p->base);
	e = buf_ok(&b, why);
	if (e == ERR_OK)
		digest_sha256(out, buf_view(&b));
	buf_clear(&b);
	return e;
}

/* What `by` signs. */
static void
message(const Record__Proposal *p, struct buf *out)
{
	Record__Proposal bare = *p;

	bare.has_signature = 0;
	buf_init(out, COUNCIL_CHANGE_BYTES_MAX);
	buf_str(out, prefix);
	slice_pack(out, &bare.base);
}

void
council_change_sign(Record__Proposal *p, const struct crypto_signer *key)
{
	struct buf msg;

	free(p->signature.data);
	p->signature.data = mem_alloc(1, CRYPTO_ALG_SIG_BYTES);
	p->signature.len = CRYPTO_ALG_SIG_BYTES;
	p->signature.data[0] = CRYPTO_ALG_ED25519;
	p->has_signature = 1;
	message(p, &msg);
	crypto_signer_sign(key, buf_view(&msg), p->signature.data + 1);
	buf_clear(&msg);
}

static size_t
find(const Fed__Genesis *g, const char *name)
{
	size_t i;

	for (i = 0; i < g->n_members; i++)
		if (strcmp(g->members[i]->name, name) == 0)
			break;
	return i;
}

static const Fed__Card *
card_of(const Fed__Genesis *g, const char *name)
{
	size_t i = find(g, name);

	return i < g->n_members ? g->members[i] : NULL;
}

/* ---- form ---- */

static enum err
check_form(const Record__Proposal *p, struct err_why *why)
{
	const struct shape *s;
	unsigned has = 0;

	if (p->change <= RECORD__PROPOSAL__CHANGE__CHANGE_UNSPECIFIED ||
	    (size_t)p->change >= sizeof(shapes) / sizeof(shapes[0]) ||
	    !p->has_change)
		return err_fail(why, ERR_MALFORMED, "no known change");
	has |= p->member != NULL ? PART_MEMBER : 0;
	has |= p->card != NULL ? PART_CARD : 0;
	has |= p->n_ended > 0 ? PART_ENDED : 0;
	has |= p->has_quorum || p->has_witness_quorum ? PART_QUORUM : 0;
	has |= p->n_grants > 0 ? PART_GRANTS : 0;
	has |= p->name != NULL ? PART_NAME : 0;
	has |= p->has_digest ? PART_DIGEST : 0;
	has |= p->has_document ? PART_DOCUMENT : 0;
	s = &shapes[p->change];
	if ((has & s->must) != s->must || (has & ~(s->must | s->may)) != 0)
		return err_fail(why, ERR_MALFORMED,
		    "a change of this kind has other fields");
	if (p->has_digest && p->digest.len != HASH_BYTES)
		return err_fail(
		    why, ERR_MALFORMED, "digest must have 32 bytes");
	if (p->name != NULL &&
	    (p->name[0] == '\0' || strlen(p->name) > COUNCIL_CHANGE_NAME_MAX))
		return err_fail(why, ERR_MALFORMED,
		    "name must have 1 to %d bytes", COUNCIL_CHANGE_NAME_MAX);
	if (p->change == RECORD__PROPOSAL__CHANGE__RULE &&
	    (p->has_document != p->has_digest ||
	        (p->has_document && !roster_rule_is(p->document, p->digest))))
		return err_fail(why, ERR_MALFORMED,
		    "a rule has a text of 1 to %d bytes, and its digest",
		    ROSTER_RULE_BYTES);
	if (p->card != NULL &&
	    (p->member == NULL || p->card->name == NULL ||
	        strcmp(p->card->name, p->member) != 0))
		return err_fail(
		    why, ERR_MALFORMED, "the card is of another member");
	return ERR_OK;
}

/* By the identity key of `by`, or by the next one when it comes with it. */
static enum err
check_signature(
    const Fed__Genesis *now, const Record__Proposal *p, struct err_why *why)
{
	const Fed__Card *by = p->by != NULL ? card_of(now, p->by) : NULL;
	ProtobufCBinaryData key;
	struct buf msg;
	enum err e;

	if (by == NULL)
		return err_fail(why, ERR_REFUSED,
		    "%.200s is not a member and cannot propose",
		    p->by != NULL ? p->by : "nobody");
	if (!p->has_signature)
		return err_fail(
		    why, ERR_UNVERIFIED, "the proposal is not signed");
	key = by->identity_key;
	if (p->change == RECORD__PROPOSAL__CHANGE__KEYS &&
	    strcmp(p->by, p->member) == 0 && council_card_foretold(by, p->card))
		key = p->card->identity_key;
	message(p, &msg);
	e = buf_ok(&msg, why);
	if (e == ERR_OK)
		e = crypto_check_alg(bytes_of(key.data, key.len),
		    buf_view(&msg),
		    bytes_of(p->signature.data, p->signature.len), why);
	buf_clear(&msg);
	return e == ERR_OK ? e : err_wrap(why, e, "signature of the proposal");
}

/* ---- members ---- */

static void
add_card(Fed__Genesis *g, const Fed__Card *card)
{
	g->members =
	    mem_resize(g->members, g->n_members + 1, sizeof(g->members[0]));
	g->members[g->n_members++] = council_card_copy(card);
	roster_sort(g);
}

static int
order_names(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static enum err
join(Fed__Genesis *g, const Record__Proposal *p, struct err_why *why)
{
	enum err e;
	size_t i;

	if (find(g, p->member) < g->n_members)
		return err_fail(
		    why, ERR_REFUSED, "%.200s is a member already", p->member);
	e = roster_card_check(p->card, why);
	if (e != ERR_OK)
		return e;
	for (i = 0; i < g->n_former; i++)
		if (strcmp(g->former[i], p->member) == 0)
			return err_fail(why, ERR_REFUSED,
			    "%.200s was a member once: a name is used once, "
			    "join under another one",
			    p->member);
	add_card(g, p->card);
	return ERR_OK;
}

static bool
drop_grant(const Fed__Grant *t, const char *reader, const char *owner)
{
	return (reader != NULL && strcmp(t->reader, reader) == 0) ||
	    (owner != NULL && strcmp(t->owner, owner) == 0);
}

static void
drop_past(Fed__Genesis *g, const char *name)
{
	size_t i, n = 0;

	for (i = 0; i < g->n_past; i++)
		if (strcmp(g->past[i]->name, name) == 0)
			fed__card__free_unpacked(g->past[i], NULL);
		else
			g->past[n++] = g->past[i];
	g->n_past = n;
}

/* Takes out all grants of this reader, or of this owner. */
static void
drop_grants(Fed__Genesis *g, const char *reader, const char *owner)
{
	size_t i, n = 0;

	for (i = 0; i < g->n_grants; i++)
		if (drop_grant(g->grants[i], reader, owner))
			fed__grant__free_unpacked(g->grants[i], NULL);
		else
			g->grants[n++] = g->grants[i];
	g->n_grants = n;
}

static enum err
part(Fed__Genesis *g, const Record__Proposal *p, struct err_why *why)
{
	bool self = strcmp(p->by, p->member) == 0;
	size_t i = find(g, p->member);

	if (i == g->n_members)
		return err_fail(
		    why, ERR_REFUSED, "%.200s is not a member", p->member);
	if (g->n_members == 1)
		return err_fail(
		    why, ERR_REFUSED, "the last member cannot leave");
	if (self != (p->change == RECORD__PROPOSAL__CHANGE__LEAVE))
		return err_fail(why, ERR_REFUSED,
		    "a member leaves by its own proposal and is expelled by "
		    "another's");
	if (g->n_former >= ROSTER_FORMER_MAX)
		return err_fail(why, ERR_LIMIT,
		    "over %d former members: found the alliance anew",
		    ROSTER_FORMER_MAX);
	drop_grants(g, p->member, p->member);
	drop_past(g, p->member);
	fed__card__free_unpacked(g->members[i], NULL);
	for (; i + 1 < g->n_members; i++)
		g->members[i] = g->members[i + 1];
	g->n_members--;
	g->former =
	    mem_resize(g->former, g->n_former + 1, sizeof(g->former[0]));
	g->former[g->n_former++] = mem_strdup(p->member);
	qsort(g->former, g->n_former, sizeof(g->former[0]), order_names);
	return ERR_OK;
}

/* Behind those of the same member: the order of time. */
static void
add_past(Fed__Genesis *g, Fed__Card *card)
{
	size_t i = g->n_past;

	g->past = mem_resize(g->past, g->n_past + 1, sizeof(g->past[0]));
	for (; i > 0 && strcmp(g->past[i - 1]->name, card->name) > 0; i--)
		g->past[i] = g->past[i - 1];
	g->past[i] = card;
	g->n_past++;
}

static enum err
renew(Fed__Genesis *g, const Record__Proposal *p, struct err_why *why)
{
	size_t i = find(g, p->member), k;
	enum err e;

	if (i == g->n_members)
		return err_fail(
		    why, ERR_REFUSED, "%.200s is not a member", p->member);
	e = council_card_renews(g->members[i], p, why);
	for (k = 0; e == ERR_OK && k < g->n_past; k++)
		if (council_card_reuses(g->past[k], g->members[i], p->card))
			e = err_fail(why, ERR_REFUSED,
			    "a key of the new card was replaced once: no key "
			    "comes back");
	if (e != ERR_OK)
		return e;
	if (p->change == RECORD__PROPOSAL__CHANGE__KEYS)
		add_past(g, g->members[i]);
	else
		fed__card__free_unpacked(g->members[i], NULL);
	g->members[i] = council_card_copy(p->card);
	return ERR_OK;
}

/* ---- the rest ---- */

static enum err
set_quorum(Fed__Genesis *g, const Record__Proposal *p, struct err_why *why)
{
	size_t least = tally_quorum(g->n_members);

	if (p->has_quorum && (p->quorum < least || p->quorum > g->n_members))
		return err_fail(why, ERR_REFUSED,
		    "a quorum of %zu members is %zu to %zu votes", g->n_members,
		    least, g->n_members);
	if (p->has_quorum) {
		g->has_vote_quorum = 1;
		g->vote_quorum = p->quorum;
	}
	if (p->has_witness_quorum) {
		g->has_witness_quorum = 1;
		g->witness_quorum = p->witness_quorum;
	}
	return ERR_OK;
}

static enum err
set_grants(Fed__Genesis *g, const Record__Proposal *p, struct err_why *why)
{
	Fed__Grant *t;
	size_t i;

	drop_grants(g, NULL, p->by);
	if (g->n_grants + p->n_grants > ROSTER_GRANTS_MAX)
		return err_fail(
		    why, ERR_LIMIT, "over %d grants", ROSTER_GRANTS_MAX);
	g->grants = mem_resize(
	    g->grants, g->n_grants + p->n_grants + 1, sizeof(g->grants[0]));
	for (i = 0; i < p->n_grants; i++) {
		if (p->grants[i]->owner == NULL ||
		    p->grants[i]->reader == NULL ||
		    strcmp(p->grants[i]->owner, p->by) != 0)
			return err_fail(why, ERR_REFUSED,
			    "$.grants[%zu]: only the owner of a log gives it "
			    "to somebody",
			    i);
		if (i > 0 &&
		    strcmp(p->grants[i - 1]->reader, p->grants[i]->reader) >= 0)
			return err_fail(why, ERR_MALFORMED,
			    "$.grants[%zu]: not in ascending order", i);
		t = mem_alloc(1, sizeof(*t));
		fed__grant__init(t);
		t->reader = mem_strdup(p->grants[i]->reader);
		t->owner = mem_strdup(p->grants[i]->owner);
		t->has_payloads = p->grants[i]->has_payloads;
		t->payloads = p->grants[i]->payloads;
		g->grants[g->n_grants++] = t;
	}
	roster_sort(g);
	return ERR_OK;
}

/* Of a rule its text, and who asked for it. */
static void
set_rule(Fed__Paper *t, const Record__Proposal *p)
{
	free(t->document.data);
	free(t->by);
	t->has_document = 1;
	t->document.data = mem_alloc(1, p->document.len);
	t->document.len = p->document.len;
	memcpy(t->document.data, p->document.data, p->document.len);
	t->by = mem_strdup(p->by);
}

static Fed__Paper__Sort
sort_of(Record__Proposal__Change c)
{
	return c == RECORD__PROPOSAL__CHANGE__AGREEMENT
	    ? FED__PAPER__SORT__AGREEMENT
	    : c == RECORD__PROPOSAL__CHANGE__RULE ? FED__PAPER__SORT__RULE
	                                          : FED__PAPER__SORT__PACK;
}

static enum err
set_paper(Fed__Genesis *g, const Record__Proposal *p, struct err_why *why)
{
	Fed__Paper__Sort sort = sort_of(p->change);
	Fed__Paper *t = NULL;
	size_t i;

	for (i = 0; i < g->n_papers && t == NULL; i++)
		if (g->papers[i]->sort == sort &&
		    strcmp(g->papers[i]->name, p->name) == 0)
			t = g->papers[i];
	if (!p->has_digest && t == NULL)
		return err_fail(
		    why, ERR_REFUSED, "nothing of that name is in force");
	if (!p->has_digest) {
		fed__paper__free_unpacked(t, NULL);
		for (; i < g->n_papers; i++)
			g->papers[i - 1] = g->papers[i];
		g->n_papers--;
		return ERR_OK;
	}
	if (t == NULL) {
		g->papers = mem_resize(
		    g->papers, g->n_papers + 1, sizeof(g->papers[0]));
		t = mem_alloc(1, sizeof(*t));
		fed__paper__init(t);
		t->has_sort = t->has_digest = 1;
		t->sort = sort;
		t->name = mem_strdup(p->name);
		t->digest.data = mem_alloc(1, HASH_BYTES);
		t->digest.len = HASH_BYTES;
		g->papers[g->n_papers++] = t;
	}
	memcpy(t->digest.data, p->digest.data, HASH_BYTES);
	if (sort == FED__PAPER__SORT__RULE)
		set_rule(t, p);
	roster_sort(g);
	return ERR_OK;
}

static enum err
change(Fed__Genesis *g, const Record__Proposal *p, struct err_why *why)
{
	switch (p->change) {
	case RECORD__PROPOSAL__CHANGE__JOIN:
		return join(g, p, why);
	case RECORD__PROPOSAL__CHANGE__LEAVE:
	case RECORD__PROPOSAL__CHANGE__EXPEL:
		return part(g, p, why);
	case RECORD__PROPOSAL__CHANGE__ROLE:
	case RECORD__PROPOSAL__CHANGE__ENDPOINT:
	case RECORD__PROPOSAL__CHANGE__KEYS:
		return renew(g, p, why);
	case RECORD__PROPOSAL__CHANGE__QUORUM:
		return set_quorum(g, p, why);
	case RECORD__PROPOSAL__CHANGE__GRANTS:
		return set_grants(g, p, why);
	case RECORD__PROPOSAL__CHANGE__AGREEMENT:
	case RECORD__PROPOSAL__CHANGE__PACK:
	case RECORD__PROPOSAL__CHANGE__RULE:
		return set_paper(g, p, why);
	case RECORD__PROPOSAL__CHANGE__RELEASE:
		return ERR_OK;
	case RECORD__PROPOSAL__CHANGE__CHANGE_UNSPECIFIED:
	case _RECORD__PROPOSAL__CHANGE_IS_INT_SIZE:
		break;
	}
	return err_fail(why, ERR_MALFORMED, "no known change");
}

enum err
council_change_pack(struct buf *out, const Fed__Genesis *g, struct err_why *why)
{
	buf_init(out, STATE_BYTES_MAX);
	slice_pack(out, &g->base);
	return buf_ok(out, why);
}

enum err
council_change_copy(
    Fed__Genesis **out, const Fed__Genesis *g, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	struct buf b;
	enum err e = council_change_pack(&b, g, why);

	if (e == ERR_OK)
		e = slice_unpack(
		    &msg, &fed__genesis__descriptor, buf_view(&b), why);
	buf_clear(&b);
	/* protobuf-c: the base is the first member of every message. */
	if (e == ERR_OK)
		*out = (Fed__Genesis *)(void *)msg;
	return e;
}

enum err
council_change_apply(Fed__Genesis **out, const Fed__Genesis *now,
    const Record__Proposal *p, struct err_why *why)
{
	Fed__Genesis *next = NULL;
	enum err e;

	e = check_form(p, why);
	if (e != ERR_OK)
		return e;
	e = check_signature(now, p, why);
	if (e != ERR_OK)
		return e;
	e = council_change_copy(&next, now, why);
	if (e != ERR_OK)
		return e;
	e = change(next, p, why);
	if (e != ERR_OK)
		goto out;
	/* What it was raised to may be the least by now, or too much. */
	if (next->has_vote_quorum && next->vote_quorum > next->n_members)
		next->vote_quorum = (uint32_t)next->n_members;
	if (next->has_vote_quorum &&
	    next->vote_quorum < tally_quorum(next->n_members))
		next->has_vote_quorum = 0;
	e = roster_check_rest(next, why);
	if (e != ERR_OK)
		goto out;
	*out = next;
	next = NULL;
out:
	if (next != NULL)
		slice_free(&next->base);
	return e;
}

bool
council_change_routine(const Fed__Genesis *now, const Record__Proposal *p)
{
	const Fed__Card *own = p->by != NULL ? card_of(now, p->by) : NULL;
	bool self;

	if (own == NULL)
		return false;
	self = p->member != NULL && strcmp(p->by, p->member) == 0;
	if (p->change == RECORD__PROPOSAL__CHANGE__KEYS)
		return self && p->card != NULL &&
		    (council_card_same_identity(own, p->card) ||
		        council_card_foretold(own, p->card));
	return p->change == RECORD__PROPOSAL__CHANGE__LEAVE ||
	    (self && p->change == RECORD__PROPOSAL__CHANGE__ENDPOINT) ||
	    p->change == RECORD__PROPOSAL__CHANGE__GRANTS;
}
