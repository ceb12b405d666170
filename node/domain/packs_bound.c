/* packs_bound.c - what the ledger says of versions, entry by entry. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "node/domain/packs_set.h"
#include "proto/mem.h"

const struct packs_bound *
packs_set_bound(const struct packs *p, const char *name)
{
	for (size_t i = p->bound_len; i > 0; i--) {
		if (strcmp(p->bound[i - 1].name, name) == 0)
			return &p->bound[i - 1];
	}
	return NULL;
}

/* known_us: what was entered before was known then, too. */
static struct packs_bound *
bind(struct packs *p, const char *name, int64_t at_us, int64_t known_us)
{
	struct packs_bound *b;

	p->bound = mem_resize(p->bound, p->bound_len + 1, sizeof *p->bound);
	b = &p->bound[p->bound_len++];
	*b = (struct packs_bound){.active_us = at_us, .known_us = known_us};
	(void)snprintf(b->name, PACKS_NAME_MAX, "%s", name);
	for (size_t i = 0; i < p->bound_len; i++) {
		if (p->bound[i].known_us > known_us)
			p->bound[i].known_us = known_us;
	}
	return b;
}

bool
packs_activate(
    struct packs *p, const char *name, const struct hash *digest, int64_t at_us)
{
	size_t i = packs_set_place(p, name);

	bind(p, name, at_us, at_us)->digest = *digest;
	if (i == p->len || !packs_set_same(&p->fact[i].digest, digest))
		return false;
	p->fact[i].active_us = at_us;
	p->fact[i].by_file = false;
	return true;
}

void
packs_by_file(struct packs *p, const char *name)
{
	size_t at = packs_set_place(p, name);

	for (size_t i = 0; i < p->bound_len; i++) {
		if (&p->bound[i] == packs_set_bound(p, name))
			p->bound[i].by_file = true;
	}
	if (at < p->len)
		p->fact[at].by_file = true;
}

void
packs_time_reset(struct packs *p, int64_t from_us, int64_t to_us)
{
	(void)bind(p, "", from_us, to_us);
}

void
packs_unread(struct packs *p, int64_t at_us)
{
	bind(p, "", at_us, at_us)->unread = true;
}

const char *
packs_absent(const struct packs *p, size_t i)
{
	for (size_t n = 0; n < p->bound_len; n++) {
		const struct packs_bound *b = &p->bound[n];

		if (b->name[0] != '\0' && b == packs_set_bound(p, b->name) &&
		    packs_set_absent(p, b) && i-- == 0)
			return b->name;
	}
	return NULL;
}
