/* seats.c - members that decide: what they read, propose, vote and sight. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "federation/council_act.h"
#include "federation/council_change.h"
#include "ledger/log_read.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "tests/sim/world.h"

#define BODY_MAX (1u << 20)

static const struct {
	Ledger__Kind kind;
	const char *type;
} said[] = {
    [COUNCIL_PROPOSAL] = {LEDGER__KIND__PROPOSAL, "record.Proposal"},
    [COUNCIL_VOTE] = {LEDGER__KIND__VOTE, "record.Vote"},
    [COUNCIL_SIGHTING] = {LEDGER__KIND__SIGHTING, "record.Sighting"},
};

/* What was read of one member's alliance log. */
struct heard {
	struct council_entry *entries; /* bodies are own memory */
	size_t len;
	uint64_t next;
	bool forked;
};

struct seat {
	struct heard heard[WORLD_ACTORS];
	struct council_epoch start;
	Fed__Genesis *state; /* that `start` borrows; NULL: the genesis */
	struct council *c;
	struct hash shown;
};

/* ---- reading ---- */

static void
forget(struct heard *h)
{
	for (size_t i = 0; i < h->len; i++)
		free((void *)(uintptr_t)h->entries[i].body.ptr);
	free(h->entries);
	memset(h, 0, sizeof *h);
}

static void
add(struct heard *h, enum council_kind kind, const Ledger__Sealed *s)
{
	const size_t len = s->body->message.len;
	uint8_t *copy = mem_alloc(1, len + 1);

	if (len > 0)
		memcpy(copy, s->body->message.data, len);
	h->entries = mem_resize(h->entries, h->len + 1, sizeof h->entries[0]);
	h->entries[h->len++] =
	    (struct council_entry){kind, bytes_of(copy, len)};
}

static void
read_entry(
    struct heard *h, struct log_book *b, struct store_txn *txn, uint16_t slot)
{
	Ledger__Sealed *s = NULL;
	Ledger__Entry *leaf;
	struct bytes bytes;

	if (log_entry(b, txn, slot, h->next, &bytes, NULL) != ERR_OK ||
	    log_decode(&leaf, bytes, NULL) != ERR_OK)
		abort();
	for (size_t k = 0; k < sizeof said / sizeof said[0]; k++) {
		if (leaf->kind != said[k].kind ||
		    log_sealed(b, txn, slot, h->next, &s, NULL) != ERR_OK)
			continue;
		if (s->body != NULL)
			add(h, (enum council_kind)k, s);
		ledger__sealed__free_unpacked(s, NULL);
	}
	ledger__entry__free_unpacked(leaf, NULL);
	h->next++;
}

static bool
hear(struct world *w, size_t at, size_t of)
{
	struct member *m = &w->sim.nodes[at].member;
	const bool own = strcmp(w->actor[of].name, m->name) == 0;
	struct log_book *b = own ? m->own : m->replicas;
	struct heard *h = &w->actor[at].seat->heard[of];
	const bool was = h->forked;
	const uint64_t before = h->next;
	char origin[NOTE_NAME_MAX + 1];
	struct log_state st;
	struct store_txn *txn;
	uint16_t slot;

	(void)snprintf(
	    origin, sizeof origin, "%s/alliance/1", w->actor[of].name);
	if (store_read(log_book_store(b), &txn, NULL) != ERR_OK)
		abort();
	if (log_slot(b, txn, origin, &slot, NULL) == ERR_OK &&
	    log_state(b, txn, slot, &st, NULL) == ERR_OK) {
		/* Its owner has put it back. */
		if (h->next > st.frontier.size)
			forget(h);
		while (h->next < st.frontier.size)
			read_entry(h, b, txn, slot);
	}
	if (!own &&
	    witness_forked(&m->witness, txn, origin, &h->forked, NULL) !=
	        ERR_OK)
		abort();
	store_abort(txn);
	return h->next != before || h->forked != was;
}

static void
fold(struct world *w, size_t at)
{
	struct council_log logs[WORLD_ACTORS];
	struct council_input in = {logs, 0, COUNCIL_ALL};
	struct seat *t = w->actor[at].seat;
	struct err_why why;

	for (size_t i = 0; i < w->len; i++) {
		const struct heard *h = &t->heard[i];

		if (w->actor[i].copy < i || bugs_deaf(w, at, w->actor[i].name))
			continue;
		logs[in.len++] = (struct council_log){
		    w->actor[i].name, h->entries, h->len, h->forked};
	}
	council_free(t->c);
	t->c = NULL;
	if (council_fold(&t->c, &t->start, &in, &why) != ERR_OK) {
		fprintf(stderr, "seats: %s\n", why.text);
		abort();
	}
}

static struct council *
look(struct world *w, size_t at)
{
	struct seat *t = w->actor[at].seat;
	bool changed = t->c == NULL;

	for (size_t i = 0; i < w->len; i++)
		if (w->actor[i].copy >= i)
			changed |= hear(w, at, i);
	if (changed)
		fold(w, at);
	return t->c;
}

/* ---- writing ---- */

static bool
say(struct world *w, size_t at, enum council_kind kind, const struct buf *body)
{
	const struct member_said what = {
	    ROSTER_ALLIANCE, said[kind].kind, said[kind].type, buf_view(body)};
	struct sim_node *n = &w->sim.nodes[at];
	uint64_t before;
	bool done;

	if (n->broken || n->dead)
		return false;
	before = member_size(&n->member, ROSTER_ALLIANCE);
	w->sim.acting = at;
	w->writing = true;
	done = member_say(&n->member, &what);
	w->writing = false;
	w->sim.acting = SIZE_MAX;
	if (!done)
		return false;
	w->actor[at].acked[ROSTER_ALLIANCE] = before + 1;
	sim_grown(&w->sim, at);
	return true;
}

/* Like everybody else, and once more for nothing. */
static void
vote_twice(struct world *w, size_t at, const struct council *c)
{
	Record__Vote v = RECORD__VOTE__INIT;
	struct hash id = council_now(c)->id;
	struct buf body;

	v.has_epoch = v.has_round = 1;
	v.epoch = (ProtobufCBinaryData){HASH_BYTES, id.b};
	buf_init(&body, BODY_MAX);
	slice_pack(&body, &v.base);
	w->actor[at].evident |= say(w, at, COUNCIL_VOTE, &body);
	buf_clear(&body);
}

static bool
vote(struct world *w, size_t at, const struct hash *motion)
{
	const struct council *c = look(w, at);
	struct err_why why;
	struct buf body;
	bool done;

	buf_init(&body, BODY_MAX);
	done =
	    council_vote(c, w->actor[at].name, motion, &body, &why) == ERR_OK &&
	    say(w, at, COUNCIL_VOTE, &body);
	if (done && w->actor[at].lie == LIE_TWICE && !w->calm)
		vote_twice(w, at, c);
	buf_clear(&body);
	return done;
}

static bool
sight(struct world *w, size_t at)
{
	const struct council *c = look(w, at);
	struct buf body;
	bool done;

	buf_init(&body, BODY_MAX);
	done = council_sight(c, w->actor[at].name, NULL, 0, &body) &&
	    say(w, at, COUNCIL_SIGHTING, &body);
	buf_clear(&body);
	return done;
}

/* A person decides: for the first one that is proposed, in every round that
 * opens; before the storm is over in its own time and not always so. */
static void
decide(struct world *w, size_t at)
{
	const struct council *c = look(w, at);
	const size_t n = council_motions(c);
	uint32_t open;
	size_t i = 0;

	if (n == 0 || (!w->calm && world_any(w, 4) > 0))
		return;
	(void)council_round(c, &open);
	if (!w->calm)
		i = world_any(w, n);
	for (size_t k = 0; k < n && open != TALLY_ANY; k++)
		if (council_motion(c, k)->choice == open)
			i = k;
	(void)vote(w, at, &council_motion(c, i)->hash);
}

/* ---- proposing ---- */

static Record__Proposal *
draft(struct world *w, size_t at, Record__Proposal__Change change)
{
	Record__Proposal *p = mem_alloc(1, sizeof *p);
	const struct hash *id = &council_now(look(w, at))->id;

	record__proposal__init(p);
	p->has_epoch = p->has_change = 1;
	p->epoch.len = HASH_BYTES;
	p->epoch.data = mem_alloc(1, HASH_BYTES);
	memcpy(p->epoch.data, id->b, HASH_BYTES);
	p->change = change;
	p->by = mem_strdup(w->actor[at].name);
	return p;
}

static void
with_card(struct world *w, Record__Proposal *p, size_t of)
{
	p->member = mem_strdup(w->actor[of].name);
	p->card = member_card(&w->sim.nodes[of].member);
}

static void
move_endpoint(struct world *w, Record__Proposal *p, size_t at)
{
	char url[32];

	with_card(w, p, at);
	(void)snprintf(url, sizeof url, "tcp://10.1.%u.%zu:7400",
	    (unsigned)world_any(w, 250), at + 1);
	free(p->card->endpoint);
	p->card->endpoint = mem_strdup(url);
	roster_card_sign(p->card, &w->sim.nodes[at].member.identity);
}

static void
grant(struct world *w, Record__Proposal *p, size_t at)
{
	Fed__Grant *g = mem_alloc(1, sizeof *g);

	fed__grant__init(g);
	g->owner = mem_strdup(w->actor[at].name);
	g->reader = mem_strdup(w->actor[world_any(w, w->members)].name);
	g->has_payloads = 1;
	g->payloads = world_any(w, 2) == 0;
	p->grants = mem_alloc(1, sizeof p->grants[0]);
	p->grants[0] = g;
	p->n_grants = 1;
}

static void
join(struct world *w, Record__Proposal *p, size_t at)
{
	(void)at;
	with_card(w, p, w->len - 1);
}

static void
expel(struct world *w, Record__Proposal *p, size_t at)
{
	(void)at;
	p->member = mem_strdup(w->actor[world_any(w, w->members)].name);
}

static void
quorum(struct world *w, Record__Proposal *p, size_t at)
{
	const size_t n = council_now(look(w, at))->state->n_members;
	const size_t least = tally_quorum(n);

	p->has_quorum = 1;
	p->quorum = (uint32_t)(least + world_any(w, n - least + 1));
}

static const struct {
	Record__Proposal__Change change;
	void (*fill)(struct world *w, Record__Proposal *p, size_t at);
} changes[] = {
    {RECORD__PROPOSAL__CHANGE__JOIN, join},
    {RECORD__PROPOSAL__CHANGE__EXPEL, expel},
    {RECORD__PROPOSAL__CHANGE__ENDPOINT, move_endpoint},
    {RECORD__PROPOSAL__CHANGE__QUORUM, quorum},
    {RECORD__PROPOSAL__CHANGE__GRANTS, grant},
};

static void
propose(struct world *w, size_t at)
{
	const size_t what = world_any(w, sizeof changes / sizeof changes[0]);
	Record__Proposal *p = draft(w, at, changes[what].change);
	Fed__Genesis *next = NULL;
	struct hash h;
	struct buf body;

	changes[what].fill(w, p, at);
	council_change_sign(p, &w->sim.nodes[at].member.identity);
	buf_init(&body, BODY_MAX);
	if (council_change_apply(&next,
	        council_now(w->actor[at].seat->c)->state, p, NULL) == ERR_OK) {
		slice_free(&next->base);
		slice_pack(&body, &p->base);
		if (council_change_hash(&h, p, NULL) == ERR_OK &&
		    say(w, at, COUNCIL_PROPOSAL, &body)) {
			w->proposals++;
			(void)vote(w, at, &h);
		}
	}
	buf_clear(&body);
	slice_free(&p->base);
}

/* ---- epochs ---- */

static bool
is_in(const Fed__Genesis *g, const char *name)
{
	for (size_t i = 0; i < g->n_members; i++)
		if (strcmp(g->members[i]->name, name) == 0)
			return true;
	return false;
}

static struct roster *
roster_of(const struct world *w, const struct council_epoch *e)
{
	struct roster *r = NULL;

	if (roster_later(&r, e->state, e->number,
	        roster_fingerprint(w->sim.roster), NULL) != ERR_OK)
		abort();
	return r;
}

/* Who is expelled may never hear of it: nobody talks to it any more. */
static void
put_out(struct world *w, const struct council_epoch *e)
{
	for (size_t i = 0; i < w->len; i++)
		w->actor[i].gone |=
		    !w->actor[i].outside && !is_in(e->state, w->actor[i].name);
}

static void
adopt(struct world *w, size_t at, const struct council_epoch *e)
{
	struct actor *a = &w->actor[at];

	if (w->order.trace)
		fprintf(stderr, "%9.3f %s is in epoch %u\n",
		    (double)w->sim.now_us / 1e6, a->name, e->number);
	laws_epoch(w, at, e->number, &e->id);
	a->seat->shown = e->id;
	if (world_honest(w, at))
		put_out(w, e);
	if (!is_in(e->state, a->name)) {
		a->gone = true;
		sim_stop(&w->sim, at);
		return;
	}
	roster_free(a->agreed);
	a->agreed = roster_of(w, e);
	laws_rights(w, at);
	sim_adopt(&w->sim, at, roster_of(w, e));
}

/* Whoever is let in begins where a member says that it is in. */
static void
let_in(struct world *w, const struct council_epoch *e)
{
	const size_t at = w->len - 1;
	struct actor *a = &w->actor[at];

	if (!a->outside || !is_in(e->state, a->name))
		return;
	a->outside = false;
	a->seat = mem_alloc(1, sizeof *a->seat);
	if (council_change_copy(&a->seat->state, e->state, NULL) != ERR_OK)
		abort();
	a->seat->start = *e;
	a->seat->start.state = a->seat->state;
	adopt(w, at, &a->seat->start);
}

static void
follow(struct world *w, size_t at)
{
	const struct council_epoch *e = council_now(look(w, at));

	if (memcmp(e->id.b, w->actor[at].seat->shown.b, HASH_BYTES) == 0)
		return;
	if (world_honest(w, at))
		let_in(w, e);
	adopt(w, at, e);
}

/* ---- second after second ---- */

static bool
acts(const struct world *w, size_t at)
{
	const struct sim_node *n = &w->sim.nodes[at];

	return w->actor[at].seat != NULL && !w->actor[at].gone &&
	    n->depot != NULL && !n->dead && !n->broken;
}

void
seats_begin(struct world *w)
{
	for (size_t i = 0; i < w->len; i++) {
		struct seat *t;

		laws_rights(w, i);
		if (w->actor[i].outside)
			continue;
		t = mem_alloc(1, sizeof *t);
		council_genesis(&t->start, w->sim.roster);
		t->shown = t->start.id;
		w->actor[i].seat = t;
	}
}

void
seats_second(struct world *w)
{
	for (size_t i = 0; i < w->len; i++) {
		if (!acts(w, i))
			continue;
		follow(w, i);
		if (acts(w, i) && !sight(w, i))
			decide(w, i);
	}
	/* Now and then somebody wants something. */
	if (!w->calm && world_any(w, 8) == 0) {
		const size_t i = world_any(w, w->members);

		if (acts(w, i) && council_motions(look(w, i)) < 2)
			propose(w, i);
	}
}

bool
seats_agree(struct world *w)
{
	const struct hash *id = NULL;

	for (size_t i = 0; i < w->len; i++) {
		if (!world_counts(w, i))
			continue;
		if (id == NULL)
			id = &w->actor[i].seat->shown;
		else if (memcmp(id->b, w->actor[i].seat->shown.b, HASH_BYTES) !=
		    0)
			return false;
	}
	return true;
}

bool
seats_named(const struct world *w, size_t at, const char *member)
{
	const struct council *c = w->actor[at].seat->c;
	size_t all, n = c != NULL ? council_faults(c, &all) : 0;

	for (size_t i = 0; i < n; i++)
		if (strcmp(council_fault(c, i)->member, member) == 0 &&
		    council_fault(c, i)->kind == COUNCIL_TWICE)
			return true;
	return false;
}

void
seats_end(struct world *w)
{
	for (size_t i = 0; i < w->len; i++) {
		struct seat *t = w->actor[i].seat;

		roster_free(w->actor[i].agreed);
		w->actor[i].agreed = NULL;
		if (t == NULL)
			continue;
		for (size_t k = 0; k < w->len; k++)
			forget(&t->heard[k]);
		council_free(t->c);
		if (t->state != NULL)
			slice_free(&t->state->base);
		free(t);
		w->actor[i].seat = NULL;
	}
}
