/* depot_later.c - generations of logs that began after the cards. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "federation/depot.h"
#include "federation/depot_state.h"
#include "federation/depot_unproved.h"
#include "ledger/generation.h"
#include "ledger/log_read.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "record.pb-c.h"

/* Table `later`: origin of the generation that begins -> the signed note. */

static struct depot_place *
add_place(struct depot *d, const struct roster_member *m,
    const struct note_vkey *key, const struct depot_later *after)
{
	struct depot_place *p = mem_alloc(1, sizeof(*p));

	p->member = m;
	p->key = key;
	p->after = after;
	d->places =
	    mem_resize(d->places, d->places_len + 1, sizeof(d->places[0]));
	d->places[d->places_len++] = p;
	return p;
}

static void
add_own(struct depot *d, const char *origin)
{
	struct depot_own *o = mem_alloc(1, sizeof(*o));

	o->origin = origin;
	buf_init(&o->note, NOTE_BYTES_MAX);
	d->own = mem_resize(d->own, d->own_len + 1, sizeof(d->own[0]));
	d->own[d->own_len++] = o;
}

/* The chain holds up to here: one more. */
static void
append(struct depot *d, struct depot_place *before, const struct succession *s,
    struct bytes note)
{
	const struct roster_member *m = before->member;
	struct depot_later *l = mem_alloc(1, sizeof(*l));

	l->member = m;
	l->s = *s;
	buf_init(&l->note, SUCCESSION_BYTES_MAX);
	buf_bytes(&l->note, note);
	d->later = mem_resize(d->later, d->later_len + 1, sizeof(d->later[0]));
	d->later[d->later_len++] = l;
	before->closed = l;
	(void)add_place(d, m, &l->s.after, l);
	if (strcmp(m->name, d->o.self) == 0)
		add_own(d, l->s.after.name);
}

static bool
same_key(const struct note_vkey *a, const struct note_vkey *b)
{
	return strcmp(a->name, b->name) == 0 && a->id == b->id &&
	    memcmp(a->pub, b->pub, CRYPTO_PUB_BYTES) == 0;
}

/* Is it about a log of this member? */
static enum err
check_owner(const struct roster_member *m, const struct succession *out,
    struct err_why *why)
{
	struct generation g;
	enum err e = generation_get(&g, out->before.name, why);

	if (e == ERR_OK && strcmp(g.name, m->name) != 0)
		e = err_fail(why, ERR_DENIED,
		    "%.100s spoke of the log of %.100s", m->name, g.name);
	return e;
}

/* As it comes: the key of the identity decides. */
static enum err
open_note(const struct roster_member *m, struct bytes note,
    struct succession *out, struct err_why *why)
{
	enum err e = succession_open(out, note, m->identity + 1, why);

	return e == ERR_OK ? check_owner(m, out, why) : e;
}

/* Takes up a note that was accepted before if the log it closes is known and
 * not closed yet.  Its signature is of the identity key of then. */
static bool
take_stored(struct depot *d, const struct roster_member *m, struct bytes note)
{
	struct depot_place *before;
	struct succession s;

	if (succession_kept(&s, note, NULL) != ERR_OK ||
	    check_owner(m, &s, NULL) != ERR_OK)
		return false;
	before = depot_place_find(d, s.before.name);
	if (before == NULL || before->closed != NULL ||
	    !same_key(before->key, &s.before))
		return false;
	append(d, before, &s, note);
	return true;
}

/* Once over the table; true when something was taken up. */
static enum err
load_once(
    struct depot *d, struct store_txn *txn, bool *more, struct err_why *why)
{
	struct store_cursor *c = NULL;
	char origin[NOTE_NAME_MAX + 1];
	const struct roster_member *m;
	struct generation g;
	struct store_row row;
	enum err e = store_cursor(txn, d->o.witness->later, &c, why);

	*more = false;
	if (e == ERR_OK)
		e = store_seek(c, bytes_of("", 0), &row);
	for (; e == ERR_OK; e = store_next(c, &row)) {
		if (row.key.len > NOTE_NAME_MAX) {
			e = err_fail(why, ERR_CORRUPT, "succession row");
			break;
		}
		memcpy(origin, row.key.ptr, row.key.len);
		origin[row.key.len] = '\0';
		if (generation_get(&g, origin, NULL) != ERR_OK)
			continue;
		m = roster_find(d->o.roster, g.name);
		if (m != NULL && take_stored(d, m, row.value))
			*more = true;
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
depot_later_open(struct depot *d, struct err_why *why)
{
	const struct roster_member *me = roster_find(d->o.roster, d->o.self);
	struct store_txn *txn = NULL;
	bool more = true;
	enum err e;
	size_t i;
	int k;

	for (i = 0; i < roster_len(d->o.roster); i++)
		for (k = 0; k < ROSTER_KINDS; k++)
			(void)add_place(d, roster_at(d->o.roster, i),
			    &roster_at(d->o.roster, i)->log[k], NULL);
	for (k = 0; k < ROSTER_KINDS; k++)
		add_own(d, me->log[k].name);
	for (i = 0; i < d->o.successions_len; i++)
		(void)take_stored(d, me, d->o.successions[i]);
	d->o.successions = NULL;
	e = store_read(log_book_store(d->o.replicas), &txn, why);
	while (e == ERR_OK && more)
		e = load_once(d, txn, &more, why);
	store_abort(txn);
	return e;
}

void
depot_later_close(struct depot *d)
{
	size_t i;

	for (i = 0; i < d->own_len; i++) {
		buf_clear(&d->own[i]->note);
		free(d->own[i]);
	}
	for (i = 0; i < d->places_len; i++) {
		depot_unproved_clear(d, d->places[i]);
		free(d->places[i]);
	}
	for (i = 0; i < d->later_len; i++) {
		buf_clear(&d->later[i]->note);
		free(d->later[i]);
	}
	free(d->own);
	free(d->places);
	free(d->later);
}

enum err
depot_later_host(
    void *arg, const char *member, size_t i, struct exchange_later *out)
{
	const struct depot *d = arg;
	size_t k;

	for (k = 0; k < d->later_len; k++) {
		if (strcmp(d->later[k]->member->name, member) != 0 || i-- > 0)
			continue;
		out->s = &d->later[k]->s;
		out->note = buf_view(&d->later[k]->note);
		return ERR_OK;
	}
	return ERR_NOT_FOUND;
}

/* ---- judging ---- */

/* A succession, and what says otherwise: a checkpoint or another one. */
static enum err
accuse(struct depot *d, struct store_txn *txn, const struct note_vkey *log,
    struct bytes succession, struct bytes other, struct err_why *why)
{
	struct fork f = {.first = succession, .second = other};
	struct note_checkpoint c;
	struct buf kept;
	enum err e = ERR_OK;

	buf_init(&kept, FORK_NOTE_MAX);
	if (note_checkpoint_open(&c, other, log, NULL) == ERR_OK) {
		e = cosign_strip(&kept, other, log, why);
		f.second = buf_view(&kept);
	}
	cosign_keys(&f, &d->cosign, log);
	if (e == ERR_OK)
		e = witness_accuse(d->o.witness, txn, log->name, &f, NULL, why);
	buf_clear(&kept);
	return e;
}

/* What we hold of the log that is to be closed: signed, and of which tree. */
static enum err
seen_of(struct depot *d, struct store_txn *txn, struct depot_place *p,
    struct tree_head *head, struct buf *note, struct err_why *why)
{
	struct witness_state st;
	struct note_checkpoint c;
	enum err e = witness_state(d->o.witness, txn, p->key->name, &st, why);

	if (e != ERR_OK)
		return e;
	*head = st.head;
	buf_bytes(note, st.note);
	if (depot_place(d, p->key->name) == NULL || !p->exists ||
	    p->held < head->size)
		return ERR_OK;
	buf_reset(note);
	e = log_checkpoint(d->o.replicas, txn, p->slot, 0, note, &c, why);
	if (e == ERR_OK)
		*head = c.head;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Less than was seen, or another tree: what came after would be hidden. */
static enum err
judge(struct depot *d, struct store_txn *txn, struct depot_place *p,
    const struct succession *s, struct bytes note, struct err_why *why)
{
	struct tree_head seen;
	struct buf ours;
	enum err e;

	buf_init(&ours, NOTE_BYTES_MAX);
	e = seen_of(d, txn, p, &seen, &ours, why);
	if (e == ERR_OK && ours.len > 0 &&
	    (s->size < seen.size ||
	        (s->size == seen.size &&
	            memcmp(s->root.b, seen.root.b, HASH_BYTES) != 0))) {
		e = accuse(d, txn, p->key, note, buf_view(&ours), why);
		if (e == ERR_OK)
			e = err_fail(why, ERR_REFUSED,
			    "%.100s is said to end at %llu, but %llu were "
			    "signed, or another root: it has forked",
			    s->before.name, (unsigned long long)s->size,
			    (unsigned long long)seen.size);
	}
	buf_clear(&ours);
	return e;
}

/* What is kept of a log, the first of it. */
struct telling {
	const struct depot *d;
	struct exchange_event ev;
};

static bool
tell_one(void *arg, const char *origin, const struct fork *f, struct bytes file)
{
	struct telling *t = arg;

	(void)f;
	if (strcmp(origin, t->ev.origin) != 0)
		return true;
	t->ev.text = file;
	depot_tell(t->d, &t->ev);
	return false;
}

void
depot_later_tell(struct depot *d, const char *origin)
{
	const struct depot_place *p = depot_place_find(d, origin);
	struct telling t = {.d = d};
	struct store_txn *txn = NULL;

	t.ev.kind = EXCHANGE_FORKED;
	t.ev.origin = origin;
	struct err_why why;
	enum err e;

	if (p == NULL)
		return;
	depot_gossip_look(d);
	e = store_read(log_book_store(d->o.replicas), &txn, &why);
	t.ev.peer = p->member->name;
	if (e == ERR_OK)
		e = witness_list(d->o.witness, txn, tell_one, &t, &why);
	store_abort(txn);
	if (e == ERR_OK)
		return;
	t.ev.kind = EXCHANGE_REFUSED;
	t.ev.err = e;
	t.ev.text = bytes_str(why.text);
	depot_tell(d, &t.ev);
}

/* In a transaction of its own; ERR_REFUSED is committed, with its evidence. */
static enum err
store_one(struct depot *d, struct depot_place *before,
    const struct succession *s, struct bytes note, struct err_why *why)
{
	struct store_txn *txn = NULL;
	struct err_why later;
	bool forked = false;
	enum err e, c;

	e = store_write(log_book_store(d->o.replicas), &txn, why);
	if (e == ERR_OK)
		e = witness_forked(
		    d->o.witness, txn, s->before.name, &forked, why);
	if (e == ERR_OK && before->closed != NULL) {
		e = accuse(d, txn, before->key, buf_view(&before->closed->note),
		    note, why);
		if (e == ERR_OK)
			e = err_fail(why, ERR_REFUSED,
			    "%.100s was closed twice: it has forked",
			    s->before.name);
	} else if (e == ERR_OK) {
		e = judge(d, txn, before, s, note, why);
	}
	if (e == ERR_OK)
		e = store_put(txn, d->o.witness->later,
		    bytes_str(s->after.name), note, why);
	if (e != ERR_OK && e != ERR_REFUSED) {
		store_abort(txn);
		return e;
	}
	c = store_commit(txn, &later);
	if (c != ERR_OK) {
		if (why != NULL)
			*why = later;
		return c;
	}
	if (e == ERR_REFUSED && !forked)
		depot_later_tell(d, s->before.name);
	return e;
}

/* The same again.  Signed by another key: its owner has a new identity, and
 * what is to convict somebody must be by that. */
static enum err
repeated(struct depot *d, const struct depot_later *known, struct bytes note,
    struct err_why *why)
{
	struct depot_later *l = NULL;
	struct store_txn *txn = NULL;
	enum err e;
	size_t i;

	for (i = 0; i < d->later_len; i++)
		if (d->later[i] == known)
			l = d->later[i];
	if (l == NULL || bytes_equal(buf_view(&l->note), note))
		return ERR_OK;
	e = store_write(log_book_store(d->o.replicas), &txn, why);
	if (e == ERR_OK)
		e = store_put(txn, d->o.witness->later,
		    bytes_str(l->s.after.name), note, why);
	if (e != ERR_OK) {
		store_abort(txn);
		return e;
	}
	e = store_commit(txn, why);
	if (e != ERR_OK)
		return e;
	buf_reset(&l->note);
	buf_bytes(&l->note, note);
	return ERR_OK;
}

enum err
depot_later_succeed(void *arg, const char *peer, struct bytes note,
    char *origin, struct err_why *why)
{
	struct depot *d = arg;
	const struct roster_member *m = roster_find(d->o.roster, peer);
	struct depot_place *before;
	const struct depot_place *known;
	struct succession s;
	enum err e = ERR_BUSY;
	int tries;

	if (m == NULL || open_note(m, note, &s, why) != ERR_OK)
		return ERR_UNVERIFIED;
	memcpy(origin, s.after.name, sizeof(s.after.name));
	known = depot_place_find(d, s.after.name);
	/* Repeated; or our roster is newer and has it from the card. */
	if (known != NULL && same_key(known->key, &s.after) &&
	    (known->after == NULL ||
	        (known->after->s.size == s.size &&
	            known->after->s.held == s.held &&
	            memcmp(known->after->s.root.b, s.root.b, HASH_BYTES) == 0)))
		return repeated(d, known->after, note, why);
	before = depot_place_find(d, s.before.name);
	if (before == NULL)
		return err_fail(why, ERR_NOT_FOUND, "%.100s is not known here",
		    s.before.name);
	if (!same_key(before->key, &s.before))
		return err_fail(why, ERR_UNVERIFIED,
		    "%.100s has another key here", s.before.name);
	for (tries = 0; e == ERR_BUSY && tries < 8; tries++) {
		if (tries > 0 &&
		    store_grow(log_book_store(d->o.replicas), why) != ERR_OK)
			break;
		e = store_one(d, before, &s, note, why);
	}
	if (e == ERR_OK)
		append(d, before, &s, note);
	return e;
}

enum err
depot_later_check(struct depot *d, struct store_txn *txn,
    const struct note_checkpoint *head, struct bytes note, struct err_why *why)
{
	const struct depot_place *p = depot_place_find(d, head->origin);
	struct cosign_request r = {.head = head};
	struct buf kept;
	enum err e;

	if (p == NULL || p->closed == NULL)
		return ERR_OK;
	buf_init(&kept, FORK_NOTE_MAX);
	e = cosign_strip(&kept, note, p->key, why);
	r.log = p->key;
	r.note = buf_view(&kept);
	if (e == ERR_OK)
		e = cosign_closed(&d->cosign, txn, &r, why);
	buf_clear(&kept);
	return e;
}

enum err
depot_later_start(const struct depot_place *p, const struct log_opened *first,
    struct err_why *why)
{
	const struct succession *s;
	const Ledger__Opening *o;
	ProtobufCMessage *msg = NULL;
	const Record__LogStart *m;
	bool fits;

	if (p->after == NULL)
		return ERR_OK;
	s = &p->after->s;
	if (first->entry->kind != LEDGER__KIND__LOG_START)
		return err_fail(why, ERR_UNVERIFIED, "no LOG_START");
	o = first->sealed != NULL ? first->sealed->body : NULL;
	/* Leaves alone say nothing of it. */
	if (o == NULL || !o->has_message)
		return ERR_OK;
	if (slice_unpack(&msg, &record__log_start__descriptor,
	        bytes_of(o->message.data, o->message.len), why) != ERR_OK)
		return err_wrap(why, ERR_UNVERIFIED, "LOG_START");
	m = (const Record__LogStart *)(const void *)msg;
	fits = m->predecessor != NULL &&
	    strcmp(m->predecessor, s->before.name) == 0 && m->size == s->size &&
	    m->held == s->held && m->root.len == HASH_BYTES &&
	    memcmp(m->root.data, s->root.b, HASH_BYTES) == 0;
	slice_free(msg);
	if (!fits)
		return err_fail(why, ERR_UNVERIFIED,
		    "LOG_START of %.100s says another end of %.100s than its "
		    "succession",
		    s->after.name, s->before.name);
	return ERR_OK;
}
