/* roster.c - reading a genesis, checking cards, finding members. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/roster.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "federation/tally.h"
#include "ledger/policy.h"
#include "proto/digest.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define GENESIS_BYTES_MAX (2u << 20)
#define KEYS_PER_CARD 5

struct roster {
	Fed__Genesis *genesis;
	struct hash fingerprint;
	uint32_t epoch;
	struct roster_member *members; /* as in genesis: ascending by name */
	size_t len;
};

static const char *const log_names[ROSTER_KINDS] = {"evidence", "alliance"};

static int
compare_keys(const void *a, const void *b)
{
	return memcmp(a, b, CRYPTO_KEY_BYTES);
}

/* No raw key may serve twice, whoever owns it and whatever for. */
static enum err
check_distinct(const Fed__Genesis *g, struct err_why *why)
{
	uint8_t(*keys)[CRYPTO_KEY_BYTES];
	const Fed__Card *c;
	enum err e = ERR_OK;
	size_t n = 0, i;

	keys = mem_alloc(g->n_members * KEYS_PER_CARD + 1, CRYPTO_KEY_BYTES);
	for (i = 0; i < g->n_members; i++) {
		c = g->members[i];
		memcpy(keys[n++], c->identity_key.data + 1, CRYPTO_KEY_BYTES);
		memcpy(keys[n++], c->evidence_key.data + 1, CRYPTO_KEY_BYTES);
		memcpy(keys[n++], c->alliance_key.data + 1, CRYPTO_KEY_BYTES);
		memcpy(keys[n++], c->witness_key.data + 1, CRYPTO_KEY_BYTES);
		memcpy(keys[n++], c->session_key.data, CRYPTO_KEY_BYTES);
	}
	qsort(keys, n, CRYPTO_KEY_BYTES, compare_keys);
	for (i = 1; i < n; i++)
		if (memcmp(keys[i - 1], keys[i], CRYPTO_KEY_BYTES) == 0)
			e = err_fail(why, ERR_MALFORMED,
			    "the same public key is used twice");
	free(keys);
	return e;
}

static const Fed__Card *
find_card(const Fed__Genesis *g, const char *name)
{
	size_t low = 0, high = g->n_members, mid;
	int c;

	while (low < high) {
		mid = low + (high - low) / 2;
		c = strcmp(name, g->members[mid]->name);
		if (c == 0)
			return g->members[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static int
compare_grants(const Fed__Grant *a, const Fed__Grant *b)
{
	int c = strcmp(a->reader, b->reader);

	return c != 0 ? c : strcmp(a->owner, b->owner);
}

static enum err
check_grants(const Fed__Genesis *g, struct err_why *why)
{
	const Fed__Grant *t;
	size_t i;

	for (i = 0; i < g->n_grants; i++) {
		t = g->grants[i];
		if (t->reader == NULL || t->owner == NULL ||
		    t->base.n_unknown_fields > 0)
			return err_fail(
			    why, ERR_MALFORMED, "$.grants[%zu]: incomplete", i);
		if (find_card(g, t->reader) == NULL ||
		    find_card(g, t->owner) == NULL)
			return err_fail(why, ERR_MALFORMED,
			    "$.grants[%zu]: %s or %s is not a member", i,
			    t->reader, t->owner);
		if (strcmp(t->reader, t->owner) == 0)
			return err_fail(why, ERR_MALFORMED,
			    "$.grants[%zu]: reader and owner are the same", i);
		if (i > 0 && compare_grants(g->grants[i - 1], t) >= 0)
			return err_fail(why, ERR_MALFORMED,
			    "$.grants[%zu]: not in ascending order", i);
	}
	return ERR_OK;
}

static int
compare_papers(const Fed__Paper *a, const Fed__Paper *b)
{
	if (a->sort != b->sort)
		return a->sort < b->sort ? -1 : 1;
	return strcmp(a->name, b->name);
}

bool
roster_rule_is(ProtobufCBinaryData text, ProtobufCBinaryData digest)
{
	struct hash h;

	if (text.len == 0 || text.len > ROSTER_RULE_BYTES ||
	    digest.len != HASH_BYTES)
		return false;
	digest_sha256(&h, bytes_of(text.data, text.len));
	return memcmp(h.b, digest.data, HASH_BYTES) == 0;
}

/* A rule travels with its text, everything else without. */
static bool
is_paper(const Fed__Paper *t, size_t *rules)
{
	const bool rule = t->sort == FED__PAPER__SORT__RULE;

	*rules += rule;
	return rule ? t->by != NULL && t->has_document &&
	        roster_rule_is(t->document, t->digest)
	            : t->by == NULL && !t->has_document;
}

/* What only votes bring (council_change.h); a genesis may have it too. */
static enum err
check_voted(const Fed__Genesis *g, struct err_why *why)
{
	const Fed__Paper *t;
	size_t i, rules = 0;

	if (g->n_papers > ROSTER_PAPERS_MAX ||
	    g->n_former > ROSTER_FORMER_MAX || g->n_past > ROSTER_PAST_MAX)
		return err_fail(why, ERR_LIMIT,
		    "over %d papers, %d former members or %d replaced cards: "
		    "found the alliance anew",
		    ROSTER_PAPERS_MAX, ROSTER_FORMER_MAX, ROSTER_PAST_MAX);
	if (g->has_vote_quorum &&
	    (g->vote_quorum < tally_quorum(g->n_members) ||
	        g->vote_quorum > g->n_members))
		return err_fail(why, ERR_MALFORMED,
		    "$.voteQuorum: must be %zu to %zu",
		    tally_quorum(g->n_members), g->n_members);
	for (i = 0; i < g->n_papers; i++) {
		t = g->papers[i];
		if (!t->has_sort || t->sort == 0 || t->name == NULL ||
		    t->name[0] == '\0' || !t->has_digest ||
		    t->digest.len != HASH_BYTES ||
		    t->base.n_unknown_fields > 0 || !is_paper(t, &rules))
			return err_fail(
			    why, ERR_MALFORMED, "$.papers[%zu]: incomplete", i);
		if (i > 0 && compare_papers(g->papers[i - 1], t) >= 0)
			return err_fail(why, ERR_MALFORMED,
			    "$.papers[%zu]: not in ascending order", i);
	}
	if (rules > ROSTER_RULES_MAX)
		return err_fail(why, ERR_LIMIT,
		    "over %d rules of joint defence: end one first",
		    ROSTER_RULES_MAX);
	for (i = 0; i < g->n_former; i++) {
		if (i > 0 && strcmp(g->former[i - 1], g->former[i]) >= 0)
			return err_fail(why, ERR_MALFORMED,
			    "$.former[%zu]: not in ascending order", i);
		if (find_card(g, g->former[i]) != NULL)
			return err_fail(why, ERR_MALFORMED,
			    "$.former[%zu]: %.200s is a member", i,
			    g->former[i]);
	}
	return ERR_OK;
}

/* Cards of members that are, in the order in which they were replaced. */
static enum err
check_past(const Fed__Genesis *g, bool cards, struct err_why *why)
{
	enum err e;
	size_t i;

	for (i = 0; i < g->n_past; i++) {
		e = cards ? roster_card_check(g->past[i], why) : ERR_OK;
		if (e != ERR_OK)
			return err_wrap(why, e, "$.past[%zu]", i);
		if (find_card(g, g->past[i]->name) == NULL ||
		    (i > 0 &&
		        strcmp(g->past[i - 1]->name, g->past[i]->name) > 0))
			return err_fail(why, ERR_MALFORMED,
			    "$.past[%zu]: %.200s is no member, or not in "
			    "ascending order",
			    i, g->past[i]->name);
	}
	return ERR_OK;
}

/* cards: do they still have to be checked in themselves? */
static enum err
check(const Fed__Genesis *g, bool cards, struct err_why *why)
{
	enum err e;
	size_t i;

	if (g->alliance == NULL || g->alliance[0] == '\0' ||
	    strlen(g->alliance) > ROSTER_NAME_MAX)
		return err_fail(why, ERR_MALFORMED, "$.alliance: missing");
	if (g->base.n_unknown_fields > 0)
		return err_fail(why, ERR_MALFORMED, "$: unknown field");
	if (g->n_members == 0)
		return err_fail(why, ERR_MALFORMED, "$.members: empty");
	if (g->n_members > ROSTER_MEMBERS_MAX ||
	    g->n_grants > ROSTER_GRANTS_MAX)
		return err_fail(why, ERR_LIMIT, "over %d members or %d grants",
		    ROSTER_MEMBERS_MAX, ROSTER_GRANTS_MAX);
	for (i = 0; i < g->n_members; i++) {
		e = cards ? roster_card_check(g->members[i], why) : ERR_OK;
		if (e != ERR_OK)
			return err_wrap(why, e, "$.members[%zu]", i);
		if (i > 0 &&
		    strcmp(g->members[i - 1]->name, g->members[i]->name) >= 0)
			return err_fail(why, ERR_MALFORMED,
			    "$.members[%zu]: %s: not in ascending order or "
			    "twice",
			    i, g->members[i]->name);
	}
	if (g->has_witness_quorum &&
	    (g->witness_quorum == 0 || g->witness_quorum >= g->n_members))
		return err_fail(why, ERR_MALFORMED,
		    "$.witnessQuorum: must be 1 to %zu", g->n_members - 1);
	e = check_distinct(g, why);
	if (e != ERR_OK)
		return e;
	e = check_grants(g, why);
	if (e == ERR_OK)
		e = check_voted(g, why);
	return e == ERR_OK ? check_past(g, cards, why) : e;
}

enum err
roster_check(const Fed__Genesis *g, struct err_why *why)
{
	return check(g, true, why);
}

enum err
roster_check_rest(const Fed__Genesis *g, struct err_why *why)
{
	return check(g, false, why);
}

static int
order_cards(const void *a, const void *b)
{
	const Fed__Card *const *x = a, *const *y = b;

	return strcmp((*x)->name != NULL ? (*x)->name : "",
	    (*y)->name != NULL ? (*y)->name : "");
}

static int
order_grants(const void *a, const void *b)
{
	const Fed__Grant *const *x = a, *const *y = b;

	return compare_grants(*x, *y);
}

static int
order_papers(const void *a, const void *b)
{
	const Fed__Paper *const *x = a, *const *y = b;

	return compare_papers(*x, *y);
}

void
roster_sort(Fed__Genesis *g)
{
	size_t i;

	if (g->n_members > 1)
		qsort(
		    g->members, g->n_members, sizeof(Fed__Card *), order_cards);
	for (i = 0; i < g->n_papers; i++)
		if (g->papers[i]->name == NULL)
			return;
	if (g->n_papers > 1)
		qsort(
		    g->papers, g->n_papers, sizeof(Fed__Paper *), order_papers);
	for (i = 0; i < g->n_grants; i++)
		if (g->grants[i]->reader == NULL || g->grants[i]->owner == NULL)
			return;
	if (g->n_grants > 1)
		qsort(
		    g->grants, g->n_grants, sizeof(Fed__Grant *), order_grants);
}

/* The first card that a member had; its own when it has had no other. */
static const Fed__Card *
oldest(const Fed__Genesis *g, const Fed__Card *card)
{
	size_t i;

	for (i = 0; i < g->n_past; i++)
		if (strcmp(g->past[i]->name, card->name) == 0)
			return g->past[i];
	return card;
}

static enum err
fill_member(struct roster_member *m, const Fed__Card *c, const Fed__Card *first,
    struct err_why *why)
{
	const ProtobufCBinaryData *keys[ROSTER_KINDS];
	char name[NOTE_NAME_MAX + 1];
	uint32_t generation[ROSTER_KINDS];
	enum err e;
	int i;

	m->card = c;
	m->name = c->name;
	m->company = c->company;
	m->endpoint = c->endpoint;
	m->role = c->role;
	keys[ROSTER_EVIDENCE] = &first->evidence_key;
	keys[ROSTER_ALLIANCE] = &first->alliance_key;
	generation[ROSTER_EVIDENCE] =
	    first->has_evidence_generation ? first->evidence_generation : 1;
	generation[ROSTER_ALLIANCE] =
	    first->has_alliance_generation ? first->alliance_generation : 1;
	for (i = 0; i < ROSTER_KINDS; i++) {
		(void)snprintf(name, sizeof(name), "%s/%s/%u", c->name,
		    log_names[i], generation[i]);
		e = note_vkey_make(&m->log[i], name, NOTE_TYPE_ED25519,
		    keys[i]->data + 1, why);
		if (e != ERR_OK)
			return e;
	}
	(void)snprintf(name, sizeof(name), "%s/witness", c->name);
	memcpy(m->identity, c->identity_key.data, sizeof(m->identity));
	memcpy(m->session, c->session_key.data, sizeof(m->session));
	return note_vkey_make(
	    &m->witness, name, NOTE_TYPE_COSIG, c->witness_key.data + 1, why);
}

enum err
roster_load(
    struct roster **out, const Fed__Genesis *genesis, struct err_why *why)
{
	struct roster *r = NULL;
	ProtobufCMessage *copy;
	struct buf packed;
	enum err e;
	size_t i;

	buf_init(&packed, GENESIS_BYTES_MAX);
	e = roster_check(genesis, why);
	if (e != ERR_OK)
		goto out;
	slice_pack(&packed, &genesis->base);
	e = buf_ok(&packed, why);
	if (e != ERR_OK)
		goto out;
	r = mem_alloc(1, sizeof(*r));
	digest_sha256(&r->fingerprint, buf_view(&packed));
	e = slice_unpack(
	    &copy, &fed__genesis__descriptor, buf_view(&packed), why);
	if (e != ERR_OK)
		goto out;
	/* protobuf-c: the base is the first member of every message. */
	r->genesis = (Fed__Genesis *)(void *)copy;
	r->len = r->genesis->n_members;
	r->members = mem_alloc(r->len, sizeof(r->members[0]));
	for (i = 0; i < r->len && e == ERR_OK; i++)
		e = fill_member(&r->members[i], r->genesis->members[i],
		    oldest(r->genesis, r->genesis->members[i]), why);
	if (e != ERR_OK)
		goto out;
	*out = r;
	r = NULL;
out:
	buf_clear(&packed);
	roster_free(r);
	return e;
}

enum err
roster_open(struct roster **out, struct bytes json, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	enum err e;

	if (json.len > GENESIS_BYTES_MAX)
		return err_fail(
		    why, ERR_LIMIT, "genesis of %zu bytes", json.len);
	e = json_decode(&msg, &fed__genesis__descriptor, json, why);
	if (e != ERR_OK)
		return e;
	e = roster_load(out, (const Fed__Genesis *)(const void *)msg, why);
	slice_free(msg);
	return e;
}

void
roster_free(struct roster *r)
{
	if (r == NULL)
		return;
	if (r->genesis != NULL)
		slice_free(&r->genesis->base);
	free(r->members);
	free(r);
}

const char *
roster_alliance(const struct roster *r)
{
	return r->genesis->alliance;
}

uint32_t
roster_epoch(const struct roster *r)
{
	return r->epoch;
}

enum err
roster_later(struct roster **out, const Fed__Genesis *state, uint32_t epoch,
    const struct hash *alliance, struct err_why *why)
{
	enum err e = roster_load(out, state, why);

	if (e != ERR_OK)
		return e;
	(*out)->fingerprint = *alliance;
	(*out)->epoch = epoch;
	return ERR_OK;
}

const struct hash *
roster_fingerprint(const struct roster *r)
{
	return &r->fingerprint;
}

const Fed__Genesis *
roster_genesis(const struct roster *r)
{
	return r->genesis;
}

size_t
roster_len(const struct roster *r)
{
	return r->len;
}

const struct roster_member *
roster_at(const struct roster *r, size_t i)
{
	assert(i < r->len);
	return &r->members[i];
}

static int
find_name(const void *name, const void *member)
{
	const struct roster_member *m = member;

	return strcmp(name, m->name);
}

const struct roster_member *
roster_find(const struct roster *r, const char *name)
{
	return bsearch(
	    name, r->members, r->len, sizeof(r->members[0]), find_name);
}

const struct roster_member *
roster_owner(const struct roster *r, const char *origin, enum roster_kind *kind)
{
	size_t i;
	int k;

	for (i = 0; i < r->len; i++)
		for (k = 0; k < ROSTER_KINDS; k++)
			if (strcmp(r->members[i].log[k].name, origin) == 0) {
				if (kind != NULL)
					*kind = (enum roster_kind)k;
				return &r->members[i];
			}
	return NULL;
}

size_t
roster_quorum(const struct roster *r)
{
	size_t others = r->len - 1;

	if (others == 0)
		return 0;
	if (r->genesis->has_witness_quorum)
		return r->genesis->witness_quorum;
	return 2 * others / 3 + 1;
}

enum err
roster_policy(const struct roster *r, const char *owner,
    const struct note_vkey *logs, size_t len, struct buf *out,
    struct err_why *why)
{
	const struct roster_member *own = roster_find(r, owner);
	const char **names = NULL;
	struct policy *p = NULL;
	enum err e = ERR_OK;
	size_t n = 0, i;

	if (own == NULL)
		return err_fail(
		    why, ERR_NOT_FOUND, "%s is not a member", owner);
	p = policy_new();
	names = mem_alloc(r->len, sizeof(names[0]));
	for (i = 0; i < len && e == ERR_OK; i++)
		e = policy_add_log(p, &logs[i], NULL, why);
	for (i = 0; i < r->len && e == ERR_OK; i++) {
		if (&r->members[i] == own)
			continue;
		names[n++] = r->members[i].name;
		e = policy_add_witness(
		    p, r->members[i].name, &r->members[i].witness, NULL, why);
	}
	if (e == ERR_OK && n > 0)
		e = policy_add_group(
		    p, "the-others", roster_quorum(r), names, n, why);
	if (e == ERR_OK)
		e = policy_set_quorum(p, n > 0 ? "the-others" : "none", why);
	if (e == ERR_OK)
		policy_put(out, p);
	free(names);
	policy_free(p);
	return e == ERR_OK ? buf_ok(out, why) : e;
}
