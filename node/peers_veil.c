/* peers_veil.c - cells to and from members, and how each is reached. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/peers_state.h"

void
peers_heard_cell(void *arg, const char *peer, struct bytes cell)
{
	struct peers *p = arg;

	veil_desk_cell(p->veil, peer, cell);
}

void
peers_cell(struct peers *p, const char *member, struct bytes cell)
{
	(void)pthread_mutex_lock(&p->lock);
	if (p->hub != NULL)
		(void)hub_cell(p->hub, member, cell);
	(void)pthread_mutex_unlock(&p->lock);
}

bool
peers_reach(struct peers *p, const char *member, bool *linked, bool *listens)
{
	const struct roster *r = peers_roster(p);
	const struct roster_member *m =
	    r != NULL ? roster_find(r, member) : NULL;
	struct hub_status st = {.len = 0};

	if (m == NULL)
		return false;
	*listens = m->endpoint != NULL;
	*linked = false;
	if (!peers_hub_status(p, &st))
		return true;
	for (size_t i = 0; i < st.len; i++)
		if (strcmp(st.peers[i].name, member) == 0)
			*linked = st.peers[i].connected;
	hub_status_clear(&st);
	return true;
}

size_t
peers_members(struct peers *p)
{
	const struct roster *r = peers_roster(p);

	return r != NULL ? roster_len(r) : 0;
}

void
peers_veil_metrics(struct peers *p, struct buf *out)
{
	veil_desk_metrics(p->veil, out);
}
