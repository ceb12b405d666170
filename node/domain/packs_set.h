/* packs_set.h - a set of rule packs from within.  Only for packs*.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_PACKS_SET_H
#define NODE_DOMAIN_PACKS_SET_H

#include "node/domain/packs.h"

/* An entry of the ledger, in its order: a version and the text that alone may
 * stand under it, the last of a name counts.  Without a name: time went back,
 * or an entry that cannot be read. */
struct packs_bound {
	char name[PACKS_NAME_MAX];
	struct hash digest;
	int64_t active_us; /* as recorded; before a reset: how far time had come
	                    */
	int64_t known_us; /* from when on it counts: never later than the next
	                   */
	bool by_file; /* entered at a start, by nobody */
	bool unread;
};

struct packs_made {
	Pack__Pack *pack;
	char *text;
};

struct packs {
	Pack__Pack *at[PACKS_MAX];
	struct packs_fact fact[PACKS_MAX];
	size_t len;
	struct packs_made
	    *made; /* freed with this set; others with an older one */
	size_t made_len;
	struct packs_bound
	    *bound; /* by entries of the ledger; this set's own */
	size_t bound_len;
	/* Built-in: the standard, also where a file took its place. */
	const Pack__Pack *standard[PACKS_MAX];
	size_t standard_len;
	bool sealed;
	struct packs *older;
};

/* What all kinds of packs have. */
struct packs_part {
	const char *kind; /* field of Pack: "release" */
	const char *version;
	int64_t effective_us;
};

/* How many parts a pack has, one when it is whole; that part. */
unsigned packs_set_part(struct packs_part *out, const Pack__Pack *p);
/* Why it may be looser than the standard; NULL: it says nothing of it. */
const Pack__Deviation *packs_set_deviation(const Pack__Pack *p);
bool packs_set_same(const struct hash *a, const struct hash *b);
/* Where a version stands; p->len: nowhere. */
size_t packs_set_place(const struct packs *p, const char *name);
/* The newest entry about a name; NULL: none. */
const struct packs_bound *packs_set_bound(
    const struct packs *p, const char *name);
/* Which entry activated this version last, from 1; 0: none. */
size_t packs_set_order(const struct packs *p, size_t i);
/* In force only once activated. */
bool packs_set_standby(const Pack__Pack *p);
/* A text that the ledger names and that is not the one here. */
bool packs_set_absent(const struct packs *p, const struct packs_bound *b);

#endif
