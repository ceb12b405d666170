/* laws.c - what must hold, looked at while it happens and in the end. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "federation/access.h"
#include "ledger/log_read.h"
#include "tests/sim/world.h"

static const char *const kinds[ROSTER_KINDS] = {"evidence", "alliance"};

static void
origin_of(const struct world *w, size_t of, int k, char *out, size_t len)
{
	(void)snprintf(out, len, "%s/%s/1", w->actor[of].name, kinds[k]);
}

const struct roster *
laws_roster(const struct world *w, size_t at)
{
	return w->actor[at].agreed != NULL ? w->actor[at].agreed
	                                   : w->sim.roster;
}

void
laws_rights(struct world *w, size_t of)
{
	char origin[NOTE_NAME_MAX + 1];

	origin_of(w, of, ROSTER_EVIDENCE, origin, sizeof origin);
	for (size_t i = 0; i < w->len; i++)
		w->actor[i].ever[of] |=
		    access_right(laws_roster(w, of), w->actor[i].name,
		        origin) >= ACCESS_LEAVES;
}

/* ---- while it is said ---- */

static void
look_at_acks(struct world *w, size_t from, const Fed__Turn *t)
{
	struct member *m = &w->sim.nodes[from].member;
	struct witness_state st;
	struct store_txn *txn;

	if (t->n_acks == 0 ||
	    store_read(m->replica_store, &txn, NULL) != ERR_OK)
		return;
	for (size_t i = 0; i < t->n_acks; i++)
		if (witness_state(&m->witness, txn, t->acks[i]->origin, &st,
		        NULL) != ERR_OK ||
		    st.head.size < t->acks[i]->size)
			world_breaks(w, LAW_ACK,
			    "%s says %llu of %s and has %llu", m->name,
			    (unsigned long long)t->acks[i]->size,
			    t->acks[i]->origin,
			    (unsigned long long)st.head.size);
	store_abort(txn);
}

static void
look_at_delivery(struct world *w, size_t from, const Fed__Delivery *d)
{
	const struct sim_node *n = &w->sim.nodes[from];
	const char *to = w->actor[w->sim.hearer].name;
	enum access_right need = ACCESS_LEAVES, has;

	for (size_t i = 0; i < d->n_items; i++)
		if (d->items[i]->has_sealed)
			need = ACCESS_BODIES;
	has = access_right(laws_roster(w, from), to, d->origin);
	/* Votes of who has left are handed on to all. */
	if (has < need && strstr(d->origin, "/alliance/") == NULL)
		world_breaks(w, LAW_DISCLOSE, "%s gives %s of %s to %s",
		    n->member.name,
		    need == ACCESS_BODIES ? "bodies" : "entries", d->origin,
		    to);
}

void
laws_look(struct sim *s, size_t from, const Fed__Turn *t)
{
	struct world *w = s->arg;

	if (!world_honest(w, from))
		return;
	look_at_acks(w, from, t);
	for (size_t i = 0; i < t->n_deliveries; i++)
		look_at_delivery(w, from, t->deliveries[i]);
}

/* ---- while it is heard ---- */

/* Whose log; the kind into *k. */
static size_t
owner_of(const struct world *w, const char *origin, enum roster_kind *k)
{
	char name[64];
	const char *slash = strchr(origin, '/');

	if (slash == NULL || (size_t)(slash - origin) >= sizeof name)
		return SIZE_MAX;
	memcpy(name, origin, (size_t)(slash - origin));
	name[slash - origin] = '\0';
	*k = strncmp(slash, "/alliance/", 10) == 0 ? ROSTER_ALLIANCE
	                                           : ROSTER_EVIDENCE;
	return world_find(w, name);
}

static void
stored(struct world *w, size_t at, const struct exchange_event *e)
{
	enum roster_kind k;
	const size_t of = owner_of(w, e->origin, &k);

	if (of == SIZE_MAX)
		return;
	w->actor[at].held[of][k] = e->size;
	w->actor[at].grown[of][k] = true;
}

/* A tree of nothing is signed: with a root, which alone is proof. */
static void
heard(struct world *w, const struct exchange_event *e)
{
	enum roster_kind k;
	const size_t of = owner_of(w, e->origin, &k);

	if (of != SIZE_MAX && w->actor[of].lie == LIE_ZERO && e->size == 0 &&
	    w->sim.fail == 0)
		w->actor[of].proven = true;
}

static void
refused(struct world *w, size_t at, const struct exchange_event *e)
{
	const size_t who = e->peer != NULL ? world_find(w, e->peer) : SIZE_MAX;

	if (who == SIZE_MAX)
		return;
	w->actor[at].named[who] = true;
	/* A fault of its own disk, told of the conversation that met it. */
	if (e->err == ERR_IO || e->err == ERR_BUSY || !world_honest(w, who))
		return;
	/* Members in two epochs grant different rights for a while. */
	if (e->err == ERR_DENIED && w->epochs > 0)
		return;
	if (w->liars == 0)
		world_breaks(w, LAW_FRAMED, "%s refused %s: %.*s",
		    w->actor[at].name, e->peer, (int)e->text.len,
		    (const char *)e->text.ptr);
}

static void
forked(struct world *w, size_t at, const struct exchange_event *e)
{
	enum roster_kind k;
	const size_t of =
	    e->origin != NULL ? owner_of(w, e->origin, &k) : SIZE_MAX;

	if (of != SIZE_MAX && world_honest(w, of))
		world_breaks(w, LAW_FRAMED, "%s tells a fork of %s",
		    w->actor[at].name, e->origin);
}

static void
trace(const struct world *w, size_t at, const struct exchange_event *e)
{
	static const char *const what[SIM_KINDS] = {"heard", "stored",
	    "cosigned", "ahead", "shown", "erased", "refused", "forked",
	    "rejected", "cell"};
	const bool text =
	    e->kind == EXCHANGE_REFUSED || e->kind == EXCHANGE_REJECTED;

	fprintf(stderr, "%9.3f %s %s %llu..%llu of %s by %s%s %.*s\n",
	    (double)w->sim.now_us / 1e6, w->actor[at].name, what[e->kind],
	    (unsigned long long)e->from, (unsigned long long)e->size,
	    e->origin != NULL ? e->origin : "-",
	    e->peer != NULL ? e->peer : "-", text ? ":" : "",
	    text ? (int)e->text.len : 0, (const char *)e->text.ptr);
}

void
laws_told(struct sim *s, size_t node, const struct exchange_event *e)
{
	struct world *w = s->arg;

	if (w->order.trace)
		trace(w, node, e);

	/* Whose disk fails says whatever comes of it until its restart. */
	if (!world_honest(w, node) || s->nodes[node].dead ||
	    s->nodes[node].broken)
		return;
	if (e->kind == EXCHANGE_HEARD)
		heard(w, e);
	else if (e->kind == EXCHANGE_STORED)
		stored(w, node, e);
	else if (e->kind == EXCHANGE_REFUSED)
		refused(w, node, e);
	else if (e->kind == EXCHANGE_FORKED)
		forked(w, node, e);
}

/* ---- second after second ---- */

/* Size and root of a log, or of its first `size` entries; 0: no such log. */
static uint64_t
root_at(struct log_book *b, struct store *s, const char *origin, uint64_t size,
    struct hash *root)
{
	struct log_nodes nodes = {.book = b};
	struct tree_frontier f;
	struct log_state st;
	uint64_t held = 0;

	if (store_read(s, &nodes.txn, NULL) != ERR_OK)
		abort();
	if (log_slot(b, nodes.txn, origin, &nodes.slot, NULL) == ERR_OK &&
	    log_state(b, nodes.txn, nodes.slot, &st, NULL) == ERR_OK)
		held = st.frontier.size;
	if (size > held)
		size = held;
	if (tree_load(&f, size, log_node, &nodes, NULL) != ERR_OK)
		abort();
	tree_root(&f, root);
	store_abort(nodes.txn);
	return held;
}

/* What one holds of an honest owner is what that one wrote. */
static void
check_replica(struct world *w, size_t at, size_t of, int k)
{
	struct member *m = &w->sim.nodes[at].member;
	struct member *o = &w->sim.nodes[of].member;
	char origin[NOTE_NAME_MAX + 1];
	struct hash theirs, ours;
	uint64_t held, wrote;

	origin_of(w, of, k, origin, sizeof origin);
	held =
	    root_at(m->replicas, m->replica_store, origin, UINT64_MAX, &theirs);
	if (held < w->actor[at].held[of][k])
		world_breaks(w, LAW_LOST, "%s held %llu of %s, now %llu",
		    m->name, (unsigned long long)w->actor[at].held[of][k],
		    origin, (unsigned long long)held);
	if (!world_honest(w, of))
		return;
	wrote = root_at(o->own, o->own_store, origin, held, &ours);
	if (wrote < held || memcmp(ours.b, theirs.b, HASH_BYTES) != 0)
		world_breaks(w, LAW_FORK,
		    "%s holds %llu of %s, of which its owner wrote %llu%s",
		    m->name, (unsigned long long)held, origin,
		    (unsigned long long)wrote,
		    wrote < held ? "" : " otherwise");
}

static void
check_own(struct world *w, size_t at)
{
	struct actor *a = &w->actor[at];

	for (int k = 0; k < ROSTER_KINDS; k++) {
		const uint64_t has =
		    member_size(&w->sim.nodes[at].member, (enum roster_kind)k);

		if (has < a->acked[k])
			world_breaks(w, LAW_LOST,
			    "%s acknowledged %llu of its %s and has %llu",
			    a->name, (unsigned long long)a->acked[k], kinds[k],
			    (unsigned long long)has);
	}
}

static void
check_one(struct world *w, size_t at, bool all)
{
	struct actor *a = &w->actor[at];

	check_own(w, at);
	for (size_t of = 0; of < w->len; of++)
		for (int k = 0; k < ROSTER_KINDS; k++) {
			if (of == at || w->actor[of].copy < of ||
			    (!all && !a->grown[of][k]))
				continue;
			a->grown[of][k] = false;
			check_replica(w, at, of, k);
		}
}

void
laws_second(struct world *w)
{
	const bool all = w->sim.now_us / WORLD_SECOND % 10 == 0;

	for (size_t i = 0; i < w->len; i++)
		if (world_counts(w, i))
			check_one(w, i, all);
}

void
laws_epoch(struct world *w, size_t at, uint32_t number, const struct hash *id)
{
	static const struct hash none;

	if (!world_honest(w, at) ||
	    number >= sizeof w->chain / sizeof w->chain[0])
		return;
	if (number > w->epochs)
		w->epochs = number;
	if (memcmp(w->chain[number].b, none.b, HASH_BYTES) == 0)
		w->chain[number] = *id;
	else if (memcmp(w->chain[number].b, id->b, HASH_BYTES) != 0)
		world_breaks(w, LAW_ROSTER, "%s has another epoch %u",
		    w->actor[at].name, number);
}

/* ---- in the end ---- */

/* A log that goes on: of an honest member, or of a liar that has repented. */
static bool
goes_on(const struct world *w, size_t of)
{
	const struct actor *a = &w->actor[of];

	return !a->outside && !a->gone && a->lie != LIE_FORK &&
	    a->lie != LIE_ROLLBACK && a->lie != LIE_ZERO &&
	    w->sim.nodes[of].depot != NULL;
}

static bool
caught_up(struct world *w, size_t at, size_t of, int k)
{
	const struct sim_node *n = &w->sim.nodes[at];
	struct member *o = &w->sim.nodes[of].member;
	char origin[NOTE_NAME_MAX + 1];

	if (roster_find(n->roster, o->name) == NULL)
		return false;
	/* Evidence comes from its owner alone. */
	if (k == ROSTER_EVIDENCE && n->hidden && w->sim.nodes[of].hidden)
		return true;
	origin_of(w, of, k, origin, sizeof origin);
	return access_right(n->roster, n->member.name, origin) <
	    ACCESS_LEAVES ||
	    member_held(&w->sim.nodes[at].member, origin) ==
	    member_size(o, (enum roster_kind)k);
}

static bool
apart(struct world *w, size_t *at, size_t *of, int *k)
{
	for (*at = 0; *at < w->len; ++*at)
		for (*of = 0; *of < w->len; ++*of)
			for (*k = 0; *k < ROSTER_KINDS; ++*k)
				if (*at != *of && world_counts(w, *at) &&
				    goes_on(w, *of) &&
				    !caught_up(w, *at, *of, *k))
					return true;
	return false;
}

bool
laws_converged(struct world *w)
{
	size_t at, of;
	int k;

	return !apart(w, &at, &of, &k);
}

static bool
has_evidence(struct world *w, size_t at, size_t of)
{
	struct member *m = &w->sim.nodes[at].member;
	char origin[NOTE_NAME_MAX + 1];
	struct store_txn *txn;
	bool is, any = false;

	if (store_read(m->replica_store, &txn, NULL) != ERR_OK)
		abort();
	for (int k = 0; k < ROSTER_KINDS; k++) {
		origin_of(w, of, k, origin, sizeof origin);
		if (witness_forked(&m->witness, txn, origin, &is, NULL) !=
		    ERR_OK)
			abort();
		any |= is;
	}
	store_abort(txn);
	return any;
}

/* Is a tree a part of what that copy wrote? */
static bool
part_of(
    struct world *w, size_t copy, const char *origin, const struct tree_head *t)
{
	struct member *m = &w->sim.nodes[copy].member;
	struct hash was;

	return root_at(m->own, m->own_store, origin, t->size, &was) >=
	    t->size &&
	    memcmp(was.b, t->root.b, HASH_BYTES) == 0;
}

/* What a member acknowledged of a log, and what it holds. */
static void
trees_of(struct world *w, size_t at, const char *origin,
    struct tree_head out[static 2])
{
	struct member *m = &w->sim.nodes[at].member;
	struct witness_state st;
	struct store_txn *txn;

	if (store_read(m->replica_store, &txn, NULL) != ERR_OK ||
	    witness_state(&m->witness, txn, origin, &st, NULL) != ERR_OK)
		abort();
	store_abort(txn);
	out[0] = st.head;
	out[1].size = root_at(
	    m->replicas, m->replica_store, origin, UINT64_MAX, &out[1].root);
}

/* Do members that keep the rules have trees of both copies, none of them a part
 * of both?  Until both have written, they show one history. */
static bool
shows_two(struct world *w, size_t liar)
{
	const size_t copies[2] = {liar, w->actor[liar].copy};
	char origin[NOTE_NAME_MAX + 1];
	struct tree_head tree[2];

	for (int k = 0; k < ROSTER_KINDS; k++) {
		bool seen[2] = {false, false};

		origin_of(w, liar, k, origin, sizeof origin);
		for (size_t i = 0; i < w->len; i++) {
			if (!world_counts(w, i))
				continue;
			trees_of(w, i, origin, tree);
			for (int t = 0; t < 2; t++) {
				const bool a =
				    part_of(w, copies[0], origin, &tree[t]);
				const bool b =
				    part_of(w, copies[1], origin, &tree[t]);

				seen[0] |= a && !b;
				seen[1] |= b && !a;
			}
		}
		if (seen[0] && seen[1])
			return true;
	}
	return false;
}

/* Must all have evidence against that one? */
static bool
provable(struct world *w, size_t liar)
{
	const struct actor *a = &w->actor[liar];

	return a->proven || (a->lie == LIE_FORK && shows_two(w, liar));
}

bool
laws_named(struct world *w)
{
	for (size_t of = 0; of < w->len; of++) {
		if (w->actor[of].lie == LIE_NONE || w->actor[of].copy < of ||
		    !provable(w, of))
			continue;
		for (size_t i = 0; i < w->len; i++)
			if (world_counts(w, i) && !has_evidence(w, i, of))
				return false;
	}
	return true;
}

static bool
anybody_named(const struct world *w, size_t liar)
{
	for (size_t i = 0; i < w->len; i++)
		if (world_honest(w, i) && w->actor[i].named[liar])
			return true;
	return false;
}

/* Whoever shows two histories is known to all; who sends what cannot be, to
 * whoever got it. */
static void
check_named(struct world *w, size_t liar)
{
	const struct actor *a = &w->actor[liar];
	const bool proof = provable(w, liar);

	for (size_t i = 0; i < w->len; i++) {
		if (!world_counts(w, i))
			continue;
		if (proof && !has_evidence(w, i, liar))
			world_breaks(w, LAW_NAMED,
			    "%s has no evidence against %s, which shows two "
			    "histories (lie %d)",
			    w->actor[i].name, a->name, a->lie);
		if (a->lie == LIE_TWICE && a->evident && !a->gone &&
		    i < w->members && !seats_named(w, i, a->name))
			world_breaks(w, LAW_NAMED,
			    "%s does not know that %s voted twice",
			    w->actor[i].name, a->name);
	}
	if ((a->lie == LIE_FLOOD || a->lie == LIE_GREEDY) && a->evident &&
	    !anybody_named(w, liar))
		world_breaks(w, LAW_NAMED,
		    "nobody refused what %s sent (lie %d)", a->name, a->lie);
}

static void
check_disclosed(struct world *w, size_t at)
{
	struct member *m = &w->sim.nodes[at].member;
	char origin[NOTE_NAME_MAX + 1];

	for (size_t of = 0; of < w->len; of++) {
		origin_of(w, of, ROSTER_EVIDENCE, origin, sizeof origin);
		if (of != at && world_honest(w, of) && !w->actor[at].ever[of] &&
		    member_held(m, origin) > 0)
			world_breaks(w, LAW_DISCLOSE,
			    "%s holds %s and never had a right to it", m->name,
			    origin);
	}
}

void
laws_end(struct world *w)
{
	size_t at, of;
	int k;

	for (size_t i = 0; i < w->len; i++) {
		if (world_counts(w, i))
			check_one(w, i, true);
		check_disclosed(w, i);
	}
	for (size_t i = 0; i < w->len; i++)
		if (w->actor[i].lie != LIE_NONE && w->actor[i].copy >= i)
			check_named(w, i);
	if (apart(w, &at, &of, &k))
		world_breaks(w, LAW_CONVERGE, "%s holds %llu of %s/%s/1: %s",
		    w->actor[at].name,
		    (unsigned long long)w->actor[at].held[of][k],
		    w->actor[of].name, kinds[k], w->sim.nodes[at].trouble);
	if (!seats_agree(w))
		world_breaks(w, LAW_ROSTER,
		    "members stay in different epochs, the newest is %u",
		    w->epochs);
}
