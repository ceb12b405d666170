/* peers_card.c - what members' cards say, and how far members have read. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/peers_state.h"
#include "node/site_card.h"
#include "proto/mem.h"

#include <string.h>

bool
peers_holds_key(void *arg, const char *member, struct bytes key)
{
	struct peers *p = arg;
	const struct roster *r = atomic_load(&p->roster);
	const struct roster_member *m = r ? roster_find(r, member) : NULL;

	if (m == NULL)
		return false;
	if (bytes_equal(key, bytes_of(m->identity, sizeof m->identity)))
		return true;
	return key.len == CRYPTO_ALG_PUB_BYTES &&
	    key.ptr[0] == CRYPTO_ALG_ED25519 &&
	    memcmp(key.ptr + 1, m->card->alliance_key.data + 1,
	        CRYPTO_PUB_BYTES) == 0;
}

/* Rosters are kept until the end, and so is what is borrowed here. */
bool
peers_card(void *arg, const char *member, struct site_card *out)
{
	struct peers *p = arg;
	const struct roster *r = atomic_load(&p->roster);
	const struct roster_member *m = r ? roster_find(r, member) : NULL;

	if (m == NULL || m->identity[0] != CRYPTO_ALG_ED25519)
		return false;
	out->company = m->company;
	memcpy(out->identity, m->identity + 1, sizeof out->identity);
	return true;
}

void
peers_readers(struct peers *p, uint64_t index, Api__IntelUse *m)
{
	struct hub_status st = {.peers = NULL};

	if (!peers_hub_status(p, &st))
		return;
	m->readers = mem_alloc(st.len + 1, sizeof *m->readers);
	for (size_t i = 0; i < st.len; i++) {
		const struct hub_peer_status *h = &st.peers[i];
		Api__IntelReader *v = mem_alloc(1, sizeof *v);

		api__intel_reader__init(v);
		v->member = mem_strdup(h->name);
		v->has_received = true;
		for (size_t k = 0; k < 2 * ROSTER_KINDS; k++)
			v->received |= h->log[k].own &&
			    strstr(h->log[k].origin, "/alliance/") != NULL &&
			    h->log[k].held > index;
		v->has_contact_at = h->contact_us != 0;
		v->contact_at = h->contact_us;
		m->readers[m->n_readers++] = v;
	}
	hub_status_clear(&st);
}

size_t
peers_clocks(void *arg, struct skew_member *out, size_t max)
{
	struct peers *p = arg;
	const struct roster *r = atomic_load(&p->roster);
	struct hub_status st = {.peers = NULL};
	size_t n = 0;

	if (r == NULL)
		return 0;
	(void)peers_hub_status(p, &st);
	for (size_t i = 0; i < roster_len(r) && n < max; i++) {
		const char *name = roster_at(r, i)->name;

		if (strcmp(name, p->site->name) == 0)
			continue;
		/* The roster's names: it is kept until the end. */
		out[n] = (struct skew_member){.name = name};
		for (size_t k = 0; k < st.len; k++)
			if (strcmp(st.peers[k].name, name) == 0)
				out[n].clock = st.peers[k].clock;
		n++;
	}
	hub_status_clear(&st);
	return n;
}

bool
peers_fingerprint(void *arg, struct hash *out)
{
	const struct roster *r = atomic_load(&((struct peers *)arg)->roster);

	if (r != NULL)
		*out = *roster_fingerprint(r);
	return r != NULL;
}

bool
peers_agreed(void *arg, const char *name, struct hash *digest)
{
	const struct roster *r = atomic_load(&((struct peers *)arg)->roster);
	const Fed__Genesis *g = r != NULL ? roster_genesis(r) : NULL;

	for (size_t i = 0; g != NULL && i < g->n_papers; i++) {
		const Fed__Paper *t = g->papers[i];

		if (t->sort != FED__PAPER__SORT__AGREEMENT ||
		    strcmp(t->name, name) != 0)
			continue;
		memcpy(digest->b, t->digest.data, sizeof digest->b);
		return true;
	}
	return false;
}
