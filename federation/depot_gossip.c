/* depot_gossip.c - evidence of forks, and what peers saw of third members. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "federation/depot.h"
#include "federation/depot_state.h"
#include "federation/depot_unproved.h"
#include "proto/mem.h"

#define KEPT_MAX 1024 /* logs with evidence that are told of */

/* Which of ours is about this log; forks_len: none. */
static size_t
find_fork(const struct depot *d, const char *origin)
{
	size_t i = 0;

	while (i < d->forks_len && strcmp(d->forks[i]->origin, origin) != 0)
		i++;
	return i;
}

static bool
keep(void *arg, const char *origin, const struct fork *f, struct bytes file)
{
	struct depot *d = arg;
	struct depot_fork *k;

	(void)f;
	/* Who does not know a log from outside could not check it. */
	if (find_fork(d, origin) < d->forks_len ||
	    depot_place_find(d, origin) == NULL)
		return true;
	if (d->forks_len == KEPT_MAX || file.len > FORK_BYTES_MAX)
		return true;
	k = mem_alloc(1, sizeof(*k));
	memcpy(k->origin, origin, strlen(origin) + 1);
	buf_init(&k->file, FORK_BYTES_MAX);
	buf_bytes(&k->file, file);
	d->forks = mem_resize(d->forks, d->forks_len + 1, sizeof(d->forks[0]));
	d->forks[d->forks_len++] = k;
	return true;
}

void
depot_gossip_look(struct depot *d)
{
	struct store_txn *txn = NULL;
	enum err e = store_read(log_book_store(d->o.replicas), &txn, NULL);

	if (e == ERR_OK)
		e = witness_list(d->o.witness, txn, keep, d, NULL);
	store_abort(txn);
	/* What cannot be read now is read when the hub is woken next. */
	if (e != ERR_OK)
		return;
}

void
depot_gossip_close(struct depot *d)
{
	for (size_t i = 0; i < d->forks_len; i++) {
		buf_clear(&d->forks[i]->file);
		free(d->forks[i]);
	}
	free(d->forks);
	buf_clear(&d->sight);
}

static enum err
host_fork(void *arg, size_t i, struct bytes *file)
{
	struct depot *d = arg;

	if (i >= d->forks_len)
		return ERR_NOT_FOUND;
	*file = buf_view(&d->forks[i]->file);
	return ERR_OK;
}

static void
tell(struct depot *d, const char *peer, const char *origin, struct bytes file)
{
	struct exchange_event ev = {0};

	ev.kind = EXCHANGE_FORKED;
	ev.peer = peer;
	ev.origin = origin;
	ev.text = file;
	depot_tell(d, &ev);
}

static enum err
host_accuse(void *arg, const char *peer, struct bytes file, size_t *at,
    struct err_why *why)
{
	struct depot *d = arg;
	char origin[NOTE_NAME_MAX + 1];
	bool fresh = false;
	struct fork f;
	enum err e;

	e = fork_get(&f, file, why);
	if (e == ERR_OK)
		e = fork_origin(origin, &f, why);
	if (e != ERR_OK)
		return e;
	/* Known: what was told once costs nothing more. */
	*at = find_fork(d, origin);
	if (*at < d->forks_len)
		return ERR_OK;
	e = cosign_accept(&d->cosign, NULL, file, &fresh, why);
	if (e != ERR_OK)
		return e;
	depot_gossip_look(d);
	*at = find_fork(d, origin);
	if (fresh)
		tell(d, peer, origin, file);
	return ERR_OK;
}

static enum err
host_sight(void *arg, size_t i, struct gossip_sight *out)
{
	struct depot *d = arg;
	struct store_txn *txn = NULL;
	struct witness_state st;
	enum err e;

	if (i >= d->places_len)
		return ERR_NOT_FOUND;
	*out = (struct gossip_sight){.owner = d->places[i]->member->name};
	e = store_read(log_book_store(d->o.replicas), &txn, NULL);
	if (e != ERR_OK)
		return ERR_OK;
	e = witness_state(
	    d->o.witness, txn, d->places[i]->key->name, &st, NULL);
	buf_reset(&d->sight);
	if (e == ERR_OK && st.note.len <= FORK_NOTE_MAX) {
		buf_bytes(&d->sight, st.note);
		out->size = st.head.size;
		out->note = buf_view(&d->sight);
	}
	store_abort(txn);
	return ERR_OK;
}

static enum err
host_compare(
    void *arg, const char *peer, struct bytes note, struct err_why *why)
{
	struct depot *d = arg;
	struct cosign_answer a = {.size = 0};
	struct exchange_event ev = {0};
	struct note_checkpoint head;
	struct depot_place *p = NULL;
	struct note n;
	enum err e;

	if (note.len > 2 * FORK_NOTE_MAX)
		return err_fail(why, ERR_LIMIT,
		    "a checkpoint of more than %d bytes", FORK_TEXT_MAX);
	e = note_parse(&n, note, why);
	if (e == ERR_OK)
		e = note_checkpoint_get(&head, n.text, why);
	if (e == ERR_OK)
		p = depot_place(d, head.origin);
	if (e != ERR_OK)
		return e;
	if (p == NULL)
		return err_fail(why, ERR_NOT_FOUND,
		    "%.100s is no log of a member", head.origin);
	e = note_checkpoint_open(&head, note, p->key, why);
	if (e != ERR_OK)
		return e;
	if (strcmp(p->member->name, d->o.self) == 0) {
		ev.kind = EXCHANGE_SHOWN;
		ev.peer = peer;
		ev.origin = head.origin;
		ev.size = head.head.size;
		ev.text = note;
		depot_tell(d, &ev);
		return ERR_OK;
	}
	struct cosign_request r = {p->key, &head, note, 0, NULL, NULL};
	e = cosign_compare(&d->cosign, &r, &a, why);
	if (e == ERR_OK)
		depot_unproved_sight(d, p, note, &head);
	if (a.fork.len > 0) {
		depot_gossip_look(d);
		tell(d, peer, head.origin, buf_view(&a.fork));
	}
	cosign_clear(&a);
	return e;
}

void
depot_gossip_open(struct depot *d)
{
	d->gossip = (struct gossip_host){d, host_fork, host_accuse, host_sight,
	    host_compare, depot_unproved};
	d->host.gossip = &d->gossip;
	buf_init(&d->sight, FORK_NOTE_MAX);
	depot_gossip_look(d);
}
