/* peers_carry.c - the courier's files, and what members said in them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/hub_carry.h"
#include "node/journal.h"
#include "node/peers_state.h"
#include "node/whole_file.h"
#include "proto/mem.h"

#include <stdio.h>

#define SAID_DIR "courier"
#define PATH_BYTES (SERVICE_DIR_MAX + NOTE_NAME_MAX + 16)

/* A member's name holds no slash that is not escaped here. */
static void
said_path(char out[static PATH_BYTES], const struct peers *p, const char *peer)
{
	int at = snprintf(out, PATH_BYTES, "%s/" SAID_DIR "/%s", p->dir, peer);

	for (char *c = out + at - (int)strlen(peer); *c != '\0'; c++)
		if (*c == '/')
			*c = '%';
}

void
peers_remember(void *arg, const char *peer, struct bytes said)
{
	struct peers *p = arg;
	struct err_why why = {.text = ""};
	char path[PATH_BYTES];
	enum err e;

	(void)snprintf(path, sizeof path, "%s/" SAID_DIR, p->dir);
	e = whole_file_make_dir(path, &why);
	said_path(path, p, peer);
	if (e == ERR_OK)
		e = whole_file_write(path, said, 0600, &why);
	/* Then the next file for it is longer, no more. */
	if (e != ERR_OK)
		journal_warn("COURIER-MEMORY", "peer=%s %s", peer, why.text);
}

void
peers_remembered(void *arg, const char *peer, struct buf *out)
{
	struct peers *p = arg;
	char path[PATH_BYTES];

	said_path(path, p, peer);
	if (whole_file_read(out, path, NULL) != ERR_OK)
		buf_reset(out);
}

enum err
peers_carry(struct peers *p, struct hub_carry *c, struct err_why *why)
{
	enum err e = ERR_OK;

	(void)pthread_mutex_lock(&p->lock);
	if (atomic_load(&p->roster) == NULL)
		e = err_fail(why, ERR_REFUSED,
		    "this node is in no alliance; lianfang alliance join");
	else if (p->hub == NULL)
		e = err_fail(why, ERR_REFUSED,
		    "the courier needs the node running: start lianfangd");
	else
		hub_carry(p->hub, c);
	(void)pthread_mutex_unlock(&p->lock);
	return e;
}

/* ---- who stands level ---- */

static uint64_t
held_of(const struct hub_log_status *l)
{
	if (!l->own)
		return l->held;
	return l->reached ? l->reach : 0;
}

/* Does each hold what the other has, as far as it is known here? */
static bool
is_level(const struct hub_peer_status *m)
{
	for (size_t k = 0; k < 2 * ROSTER_KINDS; k++)
		if (m->log[k].wanted &&
		    (m->log[k].head == 0 ||
		        held_of(&m->log[k]) < m->log[k].head))
			return false;
	return true;
}

static void
add_log(Config__CourierTaken *out, const struct hub_log_status *l)
{
	Config__CourierLog *c = mem_alloc(1, sizeof *c);

	config__courier_log__init(c);
	c->origin = mem_strdup(l->origin);
	c->has_size = c->has_held = c->has_level = true;
	c->size = l->head;
	c->held = held_of(l);
	c->level = l->head > 0 && c->held >= l->head;
	out->logs[out->n_logs++] = c;
}

void
peers_compare(struct peers *p, const char *member, Config__CourierTaken *out)
{
	struct hub_status st = {.peers = NULL};

	if (!peers_hub_status(p, &st))
		return;
	out->logs = mem_alloc(2 * ROSTER_KINDS, sizeof *out->logs);
	out->level = mem_alloc(st.len + 1, sizeof *out->level);
	for (size_t i = 0; i < st.len; i++) {
		const struct hub_peer_status *m = &st.peers[i];

		if (is_level(m))
			out->level[out->n_level++] = mem_strdup(m->name);
		for (size_t k = 0;
		     strcmp(m->name, member) == 0 && k < 2 * ROSTER_KINDS; k++)
			if (m->log[k].wanted)
				add_log(out, &m->log[k]);
	}
	hub_status_clear(&st);
}
