/* cosign.c - acknowledging a checkpoint: judged, durable, then cosigned. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/cosign.h"

#include <stdio.h>

#include "ledger/generation.h"
#include "ledger/log_read.h"
#include "ledger/succession.h"
#include "proto/text.h"

#define GROW_TRIES 8

void
cosign_clear(struct cosign_answer *a)
{
	buf_clear(&a->line);
	buf_clear(&a->fork);
}

bool
cosign_grown(
    const struct cosign *c, enum err *e, int *tries, struct err_why *why)
{
	if (*e != ERR_BUSY || ++*tries == GROW_TRIES)
		return false;
	*e = store_grow(log_book_store(c->replicas), why);
	return *e == ERR_OK;
}

/* ---- whose key it is ---- */

/* The note by which generation `g` of a member's log began. */
static enum err
succession_row(const struct cosign *c, struct store_txn *txn,
    const struct generation *g, struct succession *out, struct bytes *note)
{
	const struct roster_member *m =
	    c->roster != NULL ? roster_find(c->roster, g->name) : NULL;
	char origin[NOTE_NAME_MAX + 1];
	enum err e;

	if (m == NULL || generation_put(origin, g, NULL) != ERR_OK)
		return ERR_NOT_FOUND;
	e = store_get(txn, c->witness->later, bytes_str(origin), note, NULL);
	if (e != ERR_OK)
		return e;
	return succession_kept(out, *note, NULL);
}

enum err
cosign_key(const struct cosign *c, struct store_txn *txn, const char *origin,
    struct note_vkey *out, struct err_why *why)
{
	const struct roster_member *m;
	enum roster_kind kind;
	struct succession s;
	struct generation g;
	struct bytes note;

	m = c->roster != NULL ? roster_owner(c->roster, origin, &kind) : NULL;
	if (m != NULL && strcmp(m->log[kind].name, origin) == 0) {
		*out = m->log[kind];
		return ERR_OK;
	}
	if (generation_get(&g, origin, NULL) == ERR_OK &&
	    succession_row(c, txn, &g, &s, &note) == ERR_OK &&
	    strcmp(s.after.name, origin) == 0) {
		*out = s.after;
		return ERR_OK;
	}
	return err_fail(
	    why, ERR_NOT_FOUND, "%.100s is no log of a member", origin);
}

/* ---- what excludes a checkpoint ---- */

enum err
cosign_strip(struct buf *out, struct bytes note, const struct note_vkey *log,
    struct err_why *why)
{
	struct bytes rest, line;
	struct note n;
	enum err e = note_parse(&n, note, why);

	if (e != ERR_OK)
		return e;
	if (n.text.len > FORK_TEXT_MAX)
		return err_fail(why, ERR_LIMIT,
		    "a checkpoint of more than %d bytes", FORK_TEXT_MAX);
	buf_bytes(out, n.text);
	buf_u8(out, '\n');
	rest = n.sig_lines;
	for (size_t i = 0; i < n.sigs_len && text_line(&rest, &line); i++)
		if (n.sigs[i].id == log->id &&
		    bytes_equal(n.sigs[i].name, bytes_str(log->name))) {
			buf_bytes(out, line);
			buf_u8(out, '\n');
			break;
		}
	return buf_ok(out, why);
}

void
cosign_keys(struct fork *f, const struct cosign *c, const struct note_vkey *log)
{
	const struct roster_member *m;
	char name[NOTE_NAME_MAX + 1];
	struct generation g;

	f->has_log = true;
	f->log = *log;
	if (c->roster == NULL || generation_get(&g, log->name, NULL) != ERR_OK)
		return;
	m = roster_find(c->roster, g.name);
	if (m == NULL || strlen(g.name) + 10 > NOTE_NAME_MAX)
		return;
	(void)snprintf(name, sizeof name, "%.200s/identity", g.name);
	f->has_identity = note_vkey_make(&f->identity, name, NOTE_TYPE_ED25519,
	                      m->identity + 1, NULL) == ERR_OK;
}

enum err
cosign_closed(const struct cosign *c, struct store_txn *txn,
    const struct cosign_request *r, struct err_why *why)
{
	const struct tree_head *head = &r->head->head;
	struct fork f = {.second = r->note};
	struct succession s;
	struct generation g;
	struct bytes row;
	struct buf note;
	enum err e;

	if (generation_get(&g, r->head->origin, NULL) != ERR_OK)
		return ERR_OK;
	g.number++;
	e = succession_row(c, txn, &g, &s, &row);
	if (e == ERR_NOT_FOUND || e == ERR_UNVERIFIED || e == ERR_MALFORMED)
		return ERR_OK;
	if (e != ERR_OK)
		return err_fail(why, e, "succession row");
	if (strcmp(s.before.name, r->head->origin) != 0 ||
	    head->size < s.size ||
	    (head->size == s.size &&
	        memcmp(head->root.b, s.root.b, HASH_BYTES) == 0))
		return ERR_OK;
	/* Borrowed from the map: a write could move it. */
	buf_init(&note, SUCCESSION_BYTES_MAX);
	buf_bytes(&note, row);
	f.first = buf_view(&note);
	cosign_keys(&f, c, r->log);
	e = witness_accuse(c->witness, txn, r->head->origin, &f, NULL, why);
	buf_clear(&note);
	if (e != ERR_OK)
		return e;
	return err_fail(why, ERR_REFUSED,
	    "%.100s was closed at %llu and signed %llu: it has forked",
	    r->head->origin, (unsigned long long)s.size,
	    (unsigned long long)head->size);
}

/* The checkpoint that our replica is held under, and what its tree was at the
 * size of the one that was signed now.  ERR_NOT_FOUND: none as large. */
static enum err
held_under(const struct cosign *c, struct log_nodes *nodes,
    const struct cosign_request *r, struct fork *f, struct buf *note,
    struct err_why *why)
{
	const uint64_t size = r->head->head.size;
	struct note_checkpoint ours;
	struct tree_frontier was;
	struct buf whole;
	enum err e;

	buf_init(&whole, 2 * NOTE_BYTES_MAX);
	e = log_checkpoint(
	    c->replicas, nodes->txn, nodes->slot, 0, &whole, &ours, why);
	if (e == ERR_OK && ours.head.size < size)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		e = cosign_strip(note, buf_view(&whole), r->log, why);
	buf_clear(&whole);
	if (e != ERR_OK || ours.head.size == size)
		return e;
	e = tree_extend(&f->proof, size, ours.head.size, log_node, nodes, why);
	if (e == ERR_OK)
		e = tree_load(&was, size, log_node, nodes, why);
	if (e != ERR_OK)
		return e;
	tree_root(&was, &f->root);
	f->bound = true;
	return ERR_OK;
}

/* Is a checkpoint, of a size that our replica has, the root of its tree?
 * ERR_REFUSED as cosign_closed. */
static enum err
check_replica(const struct cosign *c, struct store_txn *txn,
    const struct cosign_request *r, struct err_why *why)
{
	struct log_nodes nodes = {.book = c->replicas, .txn = txn};
	const struct tree_head *head = &r->head->head;
	struct fork f = {.first = r->note};
	struct log_state st;
	struct buf ours;
	bool same = true;
	enum err e;

	e = log_slot(c->replicas, txn, r->head->origin, &nodes.slot, NULL);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e == ERR_OK)
		e = log_state(c->replicas, txn, nodes.slot, &st, why);
	if (e != ERR_OK || st.frontier.size < head->size)
		return e;
	e = log_had_root(&nodes, head, &same, why);
	if (e != ERR_OK || same)
		return e;
	buf_init(&ours, 2 * NOTE_BYTES_MAX);
	e = held_under(c, &nodes, r, &f, &ours, why);
	if (e == ERR_OK) {
		f.second = buf_view(&ours);
		cosign_keys(&f, c, r->log);
		e = witness_accuse(
		    c->witness, txn, r->head->origin, &f, NULL, why);
	}
	buf_clear(&ours);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	return err_fail(why, ERR_REFUSED,
	    "%s signed a tree of size %llu that is not ours: it has forked",
	    r->head->origin, (unsigned long long)head->size);
}

/* A tree of no entries has one root: with another the note shows by itself that
 * its signer lies, whatever was acknowledged.  ERR_REFUSED as cosign_closed. */
static enum err
check_nothing(const struct cosign *c, struct store_txn *txn,
    const struct cosign_request *r, struct err_why *why)
{
	const struct tree_frontier nothing = {.size = 0};
	struct fork f = {.first = r->note, .second = r->note};
	struct hash root;
	enum err e;

	tree_root(&nothing, &root);
	if (r->head->head.size > 0 ||
	    memcmp(root.b, r->head->head.root.b, HASH_BYTES) == 0)
		return ERR_OK;
	cosign_keys(&f, c, r->log);
	e = witness_accuse(c->witness, txn, r->head->origin, &f, NULL, why);
	if (e != ERR_OK)
		return e;
	return err_fail(why, ERR_REFUSED,
	    "%s signed a tree of no entries that has a root: it has forked",
	    r->head->origin);
}

/* ---- acknowledging ---- */

static bool
is_retired(const struct cosign *c)
{
	return c->retired != NULL && atomic_load(c->retired);
}

/* The first evidence of this log, as it was written. */
struct found {
	const char *origin;
	struct buf *file;
};

static bool
take_file(
    void *arg, const char *origin, const struct fork *f, struct bytes file)
{
	struct found *x = arg;

	(void)f;
	if (strcmp(origin, x->origin) != 0)
		return true;
	buf_bytes(x->file, file);
	return false;
}

static enum err
advance_once(const struct cosign *c, const struct cosign_request *r,
    struct cosign_answer *out, struct err_why *why)
{
	struct witness_request req = {r->head, r->note, r->old, r->proof,
	    r->log, buf_view(&out->line), r->was};
	struct found found = {r->head->origin, &out->fork};
	struct store_txn *txn = NULL;
	struct witness_state st;
	struct err_why later;
	bool forked = false;
	enum err e, done;

	e = store_write(log_book_store(c->replicas), &txn, why);
	if (e != ERR_OK)
		return e;
	e = witness_state(c->witness, txn, r->head->origin, &st, why);
	if (e == ERR_OK) {
		out->size = st.head.size;
		e = witness_forked(
		    c->witness, txn, r->head->origin, &forked, why);
	}
	if (e == ERR_OK)
		e = cosign_closed(c, txn, r, why);
	if (e == ERR_OK)
		e = check_nothing(c, txn, r, why);
	if (e == ERR_OK)
		e = check_replica(c, txn, r, why);
	if (e == ERR_OK)
		e = witness_advance(c->witness, txn, &req, &out->size, why);
	if (e != ERR_OK && e != ERR_REFUSED) {
		store_abort(txn);
		return e;
	}
	if (e == ERR_REFUSED && !forked &&
	    witness_list(c->witness, txn, take_file, &found, &later) != ERR_OK)
		buf_reset(&out->fork);
	done = store_commit(txn, &later);
	if (done == ERR_OK)
		return e;
	if (why != NULL)
		*why = later;
	buf_reset(&out->fork);
	return done;
}

enum err
cosign_advance(const struct cosign *c, const struct cosign_request *r,
    struct cosign_answer *out, struct err_why *why)
{
	struct cosign_request req = *r;
	struct note n;
	struct buf kept;
	int tries = 0;
	enum err e;

	buf_init(&out->line, 1024);
	buf_init(&out->fork, FORK_BYTES_MAX);
	buf_init(&kept, FORK_NOTE_MAX);
	e = cosign_strip(&kept, r->note, r->log, why);
	if (e == ERR_OK)
		e = note_parse(&n, buf_view(&kept), why);
	if (e != ERR_OK)
		goto out;
	req.note = buf_view(&kept);
	/* Made before, so that it is durable with what it speaks of. */
	if (!is_retired(c))
		note_cosign(&out->line, n.text, c->name, c->key,
		    (uint64_t)(clock_wall_us(c->clock) / 1000000));
	do
		e = advance_once(c, &req, out, why);
	while (cosign_grown(c, &e, &tries, why));
out:
	if (e != ERR_OK || is_retired(c))
		buf_reset(&out->line);
	buf_clear(&kept);
	return e;
}

/* ---- what others acknowledged ---- */

/* The same size: that alone convicts, also without a replica. */
static enum err
against_state(const struct cosign *c, struct store_txn *txn,
    const struct cosign_request *r, struct err_why *why)
{
	struct fork f = {.second = r->note};
	struct witness_state st;
	struct buf ours;
	enum err e;

	e = witness_state(c->witness, txn, r->head->origin, &st, why);
	if (e != ERR_OK || st.note.len == 0 ||
	    st.head.size != r->head->head.size ||
	    memcmp(st.head.root.b, r->head->head.root.b, HASH_BYTES) == 0)
		return e;
	buf_init(&ours, FORK_NOTE_MAX);
	e = cosign_strip(&ours, st.note, r->log, why);
	f.first = buf_view(&ours);
	cosign_keys(&f, c, r->log);
	if (e == ERR_OK)
		e = witness_accuse(
		    c->witness, txn, r->head->origin, &f, NULL, why);
	buf_clear(&ours);
	if (e != ERR_OK)
		return e;
	return err_fail(why, ERR_REFUSED,
	    "%s signed two trees of size %llu: it has forked", r->head->origin,
	    (unsigned long long)st.head.size);
}

enum err
cosign_keep(const struct cosign *c, struct store_txn *txn, const char *origin,
    struct cosign_answer *out, struct err_why *why)
{
	struct found found = {origin, &out->fork};
	enum err e = witness_list(c->witness, txn, take_file, &found, why);

	if (e != ERR_OK) {
		store_abort(txn);
		return e;
	}
	e = store_commit(txn, why);
	if (e == ERR_OK)
		return ERR_REFUSED;
	buf_reset(&out->fork);
	return e;
}

static enum err
compare_once(const struct cosign *c, const struct cosign_request *r,
    struct cosign_answer *out, struct err_why *why)
{
	struct store_txn *txn = NULL;
	bool forked = false;
	enum err e;

	e = store_write(log_book_store(c->replicas), &txn, why);
	if (e == ERR_OK)
		e = witness_forked(
		    c->witness, txn, r->head->origin, &forked, why);
	/* One piece of evidence is enough. */
	if (e == ERR_OK && !forked)
		e = against_state(c, txn, r, why);
	if (e == ERR_OK && !forked)
		e = cosign_closed(c, txn, r, why);
	if (e == ERR_OK && !forked)
		e = check_nothing(c, txn, r, why);
	if (e == ERR_OK && !forked)
		e = check_replica(c, txn, r, why);
	if (e != ERR_REFUSED) {
		store_abort(txn);
		return e;
	}
	return cosign_keep(c, txn, r->head->origin, out, why);
}

enum err
cosign_compare(const struct cosign *c, const struct cosign_request *r,
    struct cosign_answer *out, struct err_why *why)
{
	struct cosign_request req = *r;
	struct buf kept;
	int tries = 0;
	enum err e;

	buf_init(&out->line, 1024);
	buf_init(&out->fork, FORK_BYTES_MAX);
	buf_init(&kept, FORK_NOTE_MAX);
	e = cosign_strip(&kept, r->note, r->log, why);
	req.note = buf_view(&kept);
	if (e == ERR_OK)
		do
			e = compare_once(c, &req, out, why);
		while (cosign_grown(c, &e, &tries, why));
	buf_clear(&kept);
	return e;
}

/* ---- evidence from anywhere ---- */

static enum err
accept_once(const struct cosign *c, const struct note_vkey *log,
    struct bytes file, bool *fresh, struct err_why *why)
{
	const struct roster_member *m = NULL;
	char origin[NOTE_NAME_MAX + 1];
	struct store_txn *txn = NULL;
	struct generation g;
	struct note_vkey key;
	struct fork f;
	bool forked;
	enum err e;

	*fresh = false;
	e = fork_get(&f, file, why);
	if (e == ERR_OK)
		e = fork_origin(origin, &f, why);
	if (e == ERR_OK)
		e = store_write(log_book_store(c->replicas), &txn, why);
	if (e != ERR_OK)
		return e;
	if (log != NULL)
		key = *log;
	else
		e = cosign_key(c, txn, origin, &key, why);
	if (e == ERR_OK && c->roster != NULL &&
	    generation_get(&g, origin, NULL) == ERR_OK)
		m = roster_find(c->roster, g.name);
	if (e == ERR_OK)
		e = fork_check(
		    &f, &key, m != NULL ? m->identity + 1 : NULL, why);
	if (e == ERR_OK)
		e = witness_forked(c->witness, txn, origin, &forked, why);
	if (e == ERR_OK) {
		cosign_keys(&f, c, &key);
		e = witness_accuse(c->witness, txn, origin, &f, NULL, why);
	}
	if (e != ERR_OK) {
		store_abort(txn);
		return e;
	}
	*fresh = !forked;
	return store_commit(txn, why);
}

enum err
cosign_accept(const struct cosign *c, const struct note_vkey *log,
    struct bytes file, bool *fresh, struct err_why *why)
{
	int tries = 0;
	enum err e;

	do
		e = accept_once(c, log, file, fresh, why);
	while (cosign_grown(c, &e, &tries, why));
	return e;
}
