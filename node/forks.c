/* forks.c - what this node acknowledges with, and logs that were forked. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/forks.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/config.h"
#include "node/journal.h"
#include "node/peers.h"
#include "node/service.h"
#include "node/site.h"
#include "node/site_keys.h"
#include "node/submit_finding.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define LEVEL 2
#define LOOKED_MAX 1024 /* logs with evidence that one look takes */
#define SHOWN_MAX 256

struct forks {
	struct service *service;
	char name[NOTE_NAME_MAX + 1]; /* of the witness key */
	atomic_bool look; /* there may be evidence without its alarm */
	atomic_bool busy; /* the committer has one of them */
};

struct forks *
forks_new(struct service *s)
{
	struct forks *f = mem_alloc(1, sizeof *f);

	f->service = s;
	(void)snprintf(f->name, sizeof f->name, "%s/witness", s->site->name);
	atomic_init(&f->look, true);
	atomic_init(&f->busy, false);
	return f;
}

void
forks_free(struct forks *f)
{
	free(f);
}

void
forks_cosign(struct service *s, struct cosign *out)
{
	*out = (struct cosign){&s->site->witness, s->site->replica.book,
	    peers_roster(s->peers), s->forks->name,
	    &site_keys(s->site)->witness, &s->site->witness_retired,
	    s->site->clock};
}

enum err
forks_key(struct service *s, const char *origin, struct note_vkey *out,
    struct err_why *why)
{
	struct store_txn *txn = NULL;
	struct cosign c;
	enum err e;

	if (config_foreign_log(s->config, origin, out))
		return ERR_OK;
	forks_cosign(s, &c);
	e = store_read(log_book_store(c.replicas), &txn, why);
	if (e == ERR_OK)
		e = cosign_key(&c, txn, origin, out, why);
	store_abort(txn);
	return e;
}

/* ---- alarms ---- */

void
forks_found(struct forks *f, const char *origin, const char *from)
{
	journal_error("PEER-FORK",
	    "origin=%s has signed two histories, from=%s; the evidence is "
	    "kept, nothing more of it is accepted: lianfang evidence list",
	    origin, from);
	atomic_store(&f->look, true);
	/* The hub tells the other members. */
	peers_wake(f->service->peers);
}

/* Logs with evidence, each once. */
struct forked {
	char (*origin)[NOTE_NAME_MAX + 1];
	size_t len;
};

static bool
add_origin(
    void *arg, const char *origin, const struct fork *fork, struct bytes file)
{
	struct forked *l = arg;

	(void)fork;
	(void)file;
	if (l->len > 0 && strcmp(l->origin[l->len - 1], origin) == 0)
		return true;
	if (l->len == LOOKED_MAX)
		return false;
	l->origin = mem_resize(l->origin, l->len + 1, sizeof l->origin[0]);
	(void)snprintf(l->origin[l->len], sizeof l->origin[0], "%s", origin);
	l->len++;
	return true;
}

static enum err
forked_logs(struct site *s, struct forked *out, struct err_why *why)
{
	struct store_txn *txn = NULL;
	enum err e = store_read(s->replica.store, &txn, why);

	if (e == ERR_OK)
		e = witness_list(&s->witness, txn, add_origin, out, why);
	store_abort(txn);
	return e;
}

static void
told(void *arg)
{
	struct forks *f = arg;

	/* The next one, or this one again. */
	atomic_store(&f->look, true);
	atomic_store(&f->busy, false);
}

static void
raise_alarm(struct forks *f, const char *origin, const char *key)
{
	char text[2 * NOTE_NAME_MAX];
	const struct submit_finding found = {.source = FORKS_SOURCE,
	    .key = key,
	    .title = "a log was forked / 日志出现分叉",
	    .detail = text,
	    .level = LEVEL,
	    .done = told,
	    .arg = f};

	(void)snprintf(text, sizeof text,
	    "%s signed two histories; lianfang evidence list shows both, and "
	    "nothing more of it is accepted",
	    origin);
	submit_finding(f->service->site, &found);
}

void
forks_beat(struct forks *f)
{
	struct site *s = f->service->site;
	struct forked list = {.len = 0};

	/* Nothing but what comes from outside is taken while the logs are not
	 * known to be whole. */
	if (atomic_load(&s->unsure) != 0 || atomic_load(&f->busy) ||
	    !atomic_exchange(&f->look, false))
		return;
	if (forked_logs(s, &list, NULL) != ERR_OK)
		atomic_store(&f->look, true);
	for (size_t i = 0; i < list.len; i++) {
		char key[NOTE_NAME_MAX + 32];
		bool said = false;

		(void)snprintf(
		    key, sizeof key, "lianfang/fork/%s", list.origin[i]);
		/* Whoever cannot look now looks again. */
		if (submit_finding_said(&said, s, key, NULL) != ERR_OK)
			atomic_store(&f->look, true);
		else if (!said) {
			atomic_store(&f->busy, true);
			raise_alarm(f, list.origin[i], key);
			break;
		}
	}
	free(list.origin);
}

/* ---- the operations ---- */

static char *
text_of(struct bytes v)
{
	char *text = mem_alloc(1, v.len + 1);

	if (v.len > 0)
		memcpy(text, v.ptr, v.len);
	return text;
}

Config__Fork *
forks_message(const char *origin, const struct fork *fork)
{
	Config__Fork *m = mem_alloc(1, sizeof *m);

	config__fork__init(m);
	m->origin = mem_strdup(origin);
	m->first = text_of(fork->first);
	m->second = text_of(fork->second);
	return m;
}

static bool
add_fork(
    void *arg, const char *origin, const struct fork *fork, struct bytes file)
{
	Config__Forks *l = arg;
	Config__Fork *m = forks_message(origin, fork);

	m->file = text_of(file);
	l->items = mem_resize(l->items, l->n_items + 1, sizeof *l->items);
	l->items[l->n_items++] = m;
	return l->n_items < SHOWN_MAX;
}

enum err
forks_list(struct ops_call *call, struct err_why *why)
{
	struct site *s = call->service->site;
	Config__Forks *list = mem_alloc(1, sizeof *list);
	struct store_txn *txn = NULL;
	enum err e = store_read(s->replica.store, &txn, why);

	config__forks__init(list);
	if (e == ERR_OK)
		e = witness_list(&s->witness, txn, add_fork, list, why);
	store_abort(txn);
	if (e == ERR_OK)
		ops_reply_message(call, &list->base);
	config__forks__free_unpacked(list, NULL);
	return e;
}

enum err
forks_submit(struct ops_call *call, struct err_why *why)
{
	struct service *s = call->service;
	char origin[NOTE_NAME_MAX + 1];
	Config__Fork m = CONFIG__FORK__INIT;
	struct note_vkey key;
	struct cosign c;
	struct fork f;
	bool fresh = false;
	enum err e;

	forks_cosign(s, &c);
	e = fork_get(&f, call->body, why);
	if (e == ERR_OK)
		e = fork_origin(origin, &f, why);
	if (e == ERR_OK)
		e = forks_key(s, origin, &key, why);
	if (e == ERR_OK)
		e = cosign_accept(&c, &key, call->body, &fresh, why);
	if (e != ERR_OK)
		return e;
	if (fresh)
		forks_found(s->forks, origin, call->who.id);
	m.origin = origin;
	ops_reply_message(call, &m.base);
	return ERR_OK;
}
