/* gate_k.h - of how many companies an item could be, made coarser until so. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_GATE_K_H
#define NODE_DOMAIN_GATE_K_H

#include "node/domain/gate_tree.h"
#include "record.pb-c.h"

#define GATE_K_DEFAULT 5
#define GATE_K_LEAST 3

/* One company, as far as letters tell: who counts one twice counts too many.
 * gate_k_owner: what tells it, the same for all of its spellings. */
bool gate_k_same_owner(const char *a, const char *b);
void gate_k_owner(char *out, size_t size, const char *name);

/* One member of the roster; borrowed.  Counted is its owner, not itself. */
struct gate_member {
	const char *name;
	const char *owner;
	const Pack__Profile
	    *profile; /* NULL: nobody knows what it could be of */
};

struct gate_alliance {
	const struct gate_member *at;
	size_t len;
	const char *self; /* name of this node */
	/* Owners that may be counted: what earlier items of this source leave.
	 * NULL: all. */
	char *const *only;
	size_t only_len;
};

enum gate_dim {
	GATE_INDUSTRY,
	GATE_REGION,
	GATE_CAPACITY,
	GATE_SUBSTANCE,
	GATE_EQUIPMENT,
	GATE_DIMS,
};
const char *gate_dim_field(enum gate_dim d); /* of record.Intel */

/* How far one field went. */
struct gate_level {
	char given[GATE_NODE_MAX]; /* as it was stated; "" where it was not */
	char value[GATE_NODE_MAX + 8]; /* as it leaves; "" when withheld */
	const char *level; /* of the policy; "withheld" */
	bool unknown; /* the hierarchy does not know what was stated */
};

struct gate_k {
	struct gate_level at[GATE_DIMS];
	struct gate_level time;
	size_t companies; /* that could be the source, by owner */
	size_t k; /* those without any one recipient's own */
	size_t needed;
	const char **owners; /* the companies, borrowed; gate_k_clear */
};

/* Why it is held. */
enum gate_k_why {
	GATE_K_PASSES,
	GATE_K_UNKNOWN_SELF, /* no profile of this node */
	GATE_K_NOT_OURS, /* this node's profile does not cover a field; `dim` */
	GATE_K_FEW, /* all companies together are too few */
};

/*
 * gate_k - cells of companies, refined from the coarsest as far as every part
 * still holds enough.  Whether a cell is refined depends on the cell alone,
 * never on where in it the item lies: that it stayed coarse tells a reader
 * nothing more of its source (docs/decisions/0046).  Parts that are too small
 * by themselves go together as "other".
 *   item     what its author stated; its fields are replaced by what may leave
 *   us       when it happened
 * Every member reads what is released, so each company but the source's own is
 * a recipient: k is what is left without one of them.
 * Pure.
 */
enum gate_k_why gate_k(const Pack__Release *policy,
    const struct gate_alliance *a, int64_t us, Record__Intel *item,
    struct gate_k *out, enum gate_dim *dim);
/* The same of an item that names its source: as fine as the policy lets any
 * item be. */
void gate_k_named(const Pack__Release *policy, int64_t us, Record__Intel *item,
    struct gate_k *out);
void gate_k_clear(struct gate_k *k);

#endif
