/* gate_k.c - of how many companies an item could be, made coarser until so. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/gate_k.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/mem.h"

/* What is said of one field: a value, or of what lies in it only some parts. */
struct part {
	const Pack__ReleaseTree *tree; /* NULL: the field never leaves */
	struct gate_node node;
	struct gate_node *pool; /* NULL: all of node */
	size_t pool_len;
	bool final;
	bool coarse; /* only who says no more than node counts */
	struct gate_node item; /* the item's own value; "": none stated */
};

struct cell {
	const struct gate_alliance *a;
	struct part part[GATE_DIMS];
	size_t needed;
	int64_t span[2]; /* period; both 0: any */
};

static const char *const fields[] = {
    "industry", "region", "capacity", "substance", "equipment"};

const char *
gate_dim_field(enum gate_dim d)
{
	return fields[d];
}

static char **
field_of(Record__Intel *m, enum gate_dim d)
{
	char **const at[] = {&m->industry, &m->region, &m->capacity,
	    &m->substance, &m->equipment};

	return at[d];
}

struct values {
	char *const *at;
	size_t len;
};

static struct values
values_of(const Pack__Profile *p, enum gate_dim d)
{
	const struct values at[] = {{p->industries, p->n_industries},
	    {p->regions, p->n_regions}, {p->capacities, p->n_capacities},
	    {p->substances, p->n_substances}, {p->equipment, p->n_equipment}};

	return at[d];
}

/* ---- counting ---- */

static bool
related(const Pack__ReleaseTree *t, const char *a, const char *b)
{
	return gate_tree_within(t, a, b) || gate_tree_within(t, b, a);
}

static bool
meets(const struct part *p, const char *value)
{
	struct gate_node n;

	if (!gate_tree_find(p->tree, value, &n) ||
	    !related(p->tree, n.name, p->node.name))
		return false;
	if (p->coarse)
		return gate_tree_within(p->tree, p->node.name, n.name);
	for (size_t i = 0; i < p->pool_len; i++) {
		if (related(p->tree, n.name, p->pool[i].name))
			return true;
	}
	return p->pool == NULL;
}

/* Could it be of this member, as far as its profile tells? */
static bool
could(const struct cell *c, const struct gate_member *m)
{
	const Pack__Profile *p = m->profile;

	if (p == NULL || m->owner == NULL || m->owner[0] == '\0')
		return false;
	if (c->span[1] != 0 &&
	    ((p->has_since_at && p->since_at >= c->span[1]) ||
	        (p->has_until_at && p->until_at <= c->span[0])))
		return false;
	for (enum gate_dim d = 0; d < GATE_DIMS; d++) {
		const struct part *part = &c->part[d];
		struct values v = values_of(p, d);
		bool any = part->tree == NULL ||
		    (part->node.name[0] == '\0' && part->pool == NULL &&
		        !part->coarse);

		for (size_t i = 0; i < v.len && !any; i++)
			any = meets(part, v.at[i]);
		if (!any)
			return false;
	}
	return true;
}

/* The next character that tells owners apart; 0: no more. */
static int
telling(const char **s)
{
	while (**s != '\0' && strchr(" \t.,-_", **s) != NULL)
		(*s)++;
	if (**s == '\0')
		return 0;
	return tolower((unsigned char)*(*s)++);
}

bool
gate_k_same_owner(const char *a, const char *b)
{
	int c, d;

	do {
		c = telling(&a);
		d = telling(&b);
	} while (c == d && c != 0);
	return c == d;
}

void
gate_k_owner(char *out, size_t size, const char *name)
{
	const char *at = name;
	size_t n = 0;
	int c = telling(&at);

	while (c != 0 && n + 1 < size) {
		out[n++] = (char)c;
		c = telling(&at);
	}
	out[n] = '\0';
}

static bool
counted(const struct gate_alliance *a, const char *owner)
{
	for (size_t i = 0; i < a->only_len; i++) {
		if (gate_k_same_owner(a->only[i], owner))
			return true;
	}
	return a->only == NULL;
}

/* Owners of members that it could be of; out: room for all members, or NULL. */
static size_t
companies(const struct cell *c, const char **out)
{
	const struct gate_alliance *a = c->a;
	const char **seen = out;
	size_t n = 0;

	if (out == NULL)
		seen = mem_alloc(a->len + 1, sizeof *seen);
	for (size_t i = 0; i < a->len; i++) {
		const char *owner = a->at[i].owner;
		bool again = false;

		if (!could(c, &a->at[i]) || !counted(a, owner))
			continue;
		for (size_t k = 0; k < n && !again; k++)
			again = gate_k_same_owner(seen[k], owner);
		if (!again)
			seen[n++] = owner;
	}
	if (out == NULL)
		free(seen);
	return n;
}

/* Any recipient but the source knows that it is not of its own company. */
static size_t
without_reader(size_t n)
{
	return n > 0 ? n - 1 : 0;
}

static bool
enough(const struct cell *c)
{
	return without_reader(companies(c, NULL)) >= c->needed;
}

/* ---- refining ---- */

struct child {
	struct gate_node node;
	size_t companies;
	bool pooled;
};
struct children {
	struct child *at;
	size_t len;
};

static void
add_child(struct children *l, const struct part *p, const char *value)
{
	unsigned depth = gate_tree_depth(p->tree, p->node.name);
	struct gate_node n;

	if (!gate_tree_within(p->tree, value, p->node.name) ||
	    gate_tree_depth(p->tree, value) <= depth)
		return;
	gate_tree_up(p->tree, value, depth + 1, &n);
	for (size_t i = 0; i < l->len; i++) {
		if (strcmp(l->at[i].node.name, n.name) == 0)
			return;
	}
	l->at = mem_resize(l->at, l->len + 1, sizeof *l->at);
	l->at[l->len++] = (struct child){.node = n};
}

static int
by_size(const void *a, const void *b)
{
	const struct child *x = a, *y = b;

	if (x->companies != y->companies)
		return x->companies < y->companies ? -1 : 1;
	return strcmp(x->node.name, y->node.name);
}

/* The parts of a cell along one field, each with its companies, the smallest
 * first. */
static void
divide(struct cell *c, enum gate_dim d, struct children *out)
{
	struct part *p = &c->part[d];
	const struct part was = *p;

	for (size_t i = 0; i < c->a->len; i++) {
		const struct gate_member *m = &c->a->at[i];
		struct gate_node n;

		if (!could(c, m) || !counted(c->a, m->owner))
			continue;
		struct values v = values_of(m->profile, d);
		for (size_t k = 0; k < v.len; k++) {
			if (gate_tree_find(p->tree, v.at[k], &n))
				add_child(out, p, n.name);
		}
	}
	for (size_t i = 0; i < out->len; i++) {
		p->node = out->at[i].node;
		out->at[i].companies = companies(c, NULL);
	}
	*p = was;
	if (out->len > 1)
		qsort(out->at, out->len, sizeof *out->at, by_size);
}

/* Those whose profile says no more than the cell does: they could be in any
 * part of it, also in one that no profile names. */
static size_t
coarse(struct cell *c, enum gate_dim d)
{
	size_t n;

	c->part[d].coarse = true;
	n = companies(c, NULL);
	c->part[d].coarse = false;
	return n;
}

/* Puts the small parts together, and as many more as that takes; open: parts
 * that no profile names are small, too, and go with them.  False: all of them
 * would be in it. */
static bool
pool(struct cell *c, enum gate_dim d, struct children *l, bool open)
{
	struct part *p = &c->part[d];
	const struct part was = *p;
	bool good = true;
	size_t n = 0;

	p->pool = mem_alloc(l->len + 1, sizeof *p->pool);
	p->pool_len = 0;
	while (n < l->len && without_reader(l->at[n].companies) < c->needed) {
		l->at[n].pooled = true;
		p->pool[p->pool_len++] = l->at[n++].node;
	}
	while ((p->pool_len > 0 || open) && n < l->len &&
	    (p->pool_len == 0 || !enough(c))) {
		l->at[n].pooled = true;
		p->pool[p->pool_len++] = l->at[n++].node;
	}
	good = n < l->len || (l->len == 0 && !open);
	if (!good || p->pool_len == 0) {
		free(p->pool);
		*p = was;
	}
	return good;
}

/* Where the item lies: in a part by itself, or among those put together. */
static bool
own_part(const struct children *l, const char *name, bool open)
{
	for (size_t i = 0; i < l->len; i++) {
		if (strcmp(l->at[i].node.name, name) == 0)
			return !l->at[i].pooled;
	}
	return !open;
}

/* One step along a field; false: no further. */
static bool
refine(struct cell *c, enum gate_dim d)
{
	struct part *p = &c->part[d];
	unsigned depth = gate_tree_depth(p->tree, p->node.name);
	unsigned finest =
	    p->tree->has_finest ? p->tree->finest : (unsigned)p->tree->n_levels;
	struct children l = {.len = 0};
	struct gate_node mine;
	bool open, alone;

	if (p->final || depth >= finest ||
	    gate_tree_depth(p->tree, p->item.name) <= depth)
		return false;
	divide(c, d, &l);
	open = without_reader(coarse(c, d)) < c->needed;
	if (!pool(c, d, &l, open && coarse(c, d) > 0)) {
		free(l.at);
		return false;
	}
	gate_tree_up(p->tree, p->item.name, depth + 1, &mine);
	alone = own_part(&l, mine.name, open);
	free(l.at);
	p->final = !alone;
	if (!alone)
		return false;
	free(p->pool);
	p->pool = NULL;
	p->pool_len = 0;
	p->node = mine;
	return true;
}

/* ---- the item ---- */

static const Pack__ReleaseTree *
tree_of(const Pack__Release *p, enum gate_dim d)
{
	for (size_t i = 0; i < p->n_trees; i++) {
		if (strcmp(p->trees[i]->field, fields[d]) == 0)
			return p->trees[i];
	}
	return NULL;
}

static void
begin(const Pack__Release *policy, Record__Intel *item, struct cell *c,
    struct gate_k *out)
{
	for (enum gate_dim d = 0; d < GATE_DIMS; d++) {
		struct part *p = &c->part[d];
		const char *text = *field_of(item, d);

		p->tree = tree_of(policy, d);
		if (text == NULL)
			continue;
		(void)snprintf(out->at[d].given, GATE_NODE_MAX, "%s", text);
		if (p->tree == NULL || !gate_tree_find(p->tree, text, &p->item))
			out->at[d].unknown = true;
	}
}

/* Does this node's own profile cover what the item says? */
static enum gate_k_why
check_self(const struct cell *c, enum gate_dim *dim)
{
	const struct gate_member *self = NULL;

	for (size_t i = 0; i < c->a->len; i++) {
		if (strcmp(c->a->at[i].name, c->a->self) == 0)
			self = &c->a->at[i];
	}
	if (self == NULL || self->profile == NULL ||
	    !counted(c->a, self->owner))
		return GATE_K_UNKNOWN_SELF;
	for (enum gate_dim d = 0; d < GATE_DIMS; d++) {
		const struct part *p = &c->part[d];
		struct values v = values_of(self->profile, d);
		bool any = p->item.name[0] == '\0';
		struct gate_node n;

		for (size_t i = 0; i < v.len && !any; i++)
			any = gate_tree_find(p->tree, v.at[i], &n) &&
			    related(p->tree, n.name, p->item.name);
		*dim = d;
		if (!any)
			return GATE_K_NOT_OURS;
	}
	return GATE_K_PASSES;
}

static enum gate_dim
dim_of(const Pack__ReleaseTree *t)
{
	enum gate_dim d = 0;

	while (d + 1 < GATE_DIMS && strcmp(fields[d], t->field) != 0)
		d++;
	return d;
}

static void
say(struct cell *c, enum gate_dim d, Record__Intel *item,
    struct gate_level *out)
{
	struct part *p = &c->part[d];
	char **field = field_of(item, d);
	unsigned depth;

	free(*field);
	*field = NULL;
	out->level = "withheld";
	if (p->tree == NULL || (p->node.name[0] == '\0' && p->pool == NULL))
		return;
	depth = gate_tree_depth(p->tree, p->node.name);
	(void)snprintf(out->value, sizeof out->value, "%s%s%s", p->node.name,
	    p->pool != NULL && depth > 0 ? "/" : "",
	    p->pool != NULL ? "other" : "");
	out->level = p->tree->levels[p->pool != NULL ? depth : depth - 1];
	*field = mem_strdup(out->value);
}

/* The finest period in which enough of them were in operation. */
static void
say_time(const Pack__Release *policy, struct cell *c, int64_t us,
    Record__Intel *item, struct gate_level *out)
{
	enum gate_time level = gate_time_find(policy->time);
	char text[16];

	free(item->period);
	item->period = NULL;
	out->level = "withheld";
	for (level = level == 0 ? GATE_MONTH : level; level >= GATE_YEAR;
	     level--) {
		if (!gate_time_period(level, us, text, c->span))
			break;
		if (!enough(c))
			continue;
		(void)snprintf(out->value, sizeof out->value, "%s", text);
		out->level = gate_time_text(level);
		item->period = mem_strdup(text);
		return;
	}
	c->span[0] = c->span[1] = 0;
}

enum gate_k_why
gate_k(const Pack__Release *policy, const struct gate_alliance *a, int64_t us,
    Record__Intel *item, struct gate_k *out, enum gate_dim *dim)
{
	struct cell c = {.a = a};
	enum gate_k_why why;

	*out = (struct gate_k){.companies = 0};
	c.needed = policy->has_k ? policy->k : GATE_K_DEFAULT;
	if (c.needed < GATE_K_LEAST)
		c.needed = GATE_K_LEAST;
	out->needed = c.needed;
	begin(policy, item, &c, out);
	out->companies = companies(&c, NULL);
	out->k = without_reader(out->companies);
	why = check_self(&c, dim);
	if (why != GATE_K_PASSES)
		return why;
	if (out->k < c.needed)
		return GATE_K_FEW;
	for (size_t i = 0; i < policy->n_trees; i++) {
		while (refine(&c, dim_of(policy->trees[i])))
			continue;
	}
	for (enum gate_dim d = 0; d < GATE_DIMS; d++)
		say(&c, d, item, &out->at[d]);
	say_time(policy, &c, us, item, &out->time);
	out->owners = mem_alloc(a->len + 1, sizeof *out->owners);
	out->companies = companies(&c, out->owners);
	out->k = without_reader(out->companies);
	for (enum gate_dim d = 0; d < GATE_DIMS; d++)
		free(c.part[d].pool);
	return GATE_K_PASSES;
}

void
gate_k_named(const Pack__Release *policy, int64_t us, Record__Intel *item,
    struct gate_k *out)
{
	const struct gate_alliance nobody = {.self = ""};
	struct cell c = {.a = &nobody}; /* of which none is asked for */

	*out = (struct gate_k){.companies = 0};
	begin(policy, item, &c, out);
	for (enum gate_dim d = 0; d < GATE_DIMS; d++) {
		struct part *p = &c.part[d];

		if (p->tree != NULL)
			gate_tree_up(p->tree, p->item.name,
			    p->tree->has_finest ? p->tree->finest
			                        : (unsigned)p->tree->n_levels,
			    &p->node);
		say(&c, d, item, &out->at[d]);
	}
	say_time(policy, &c, us, item, &out->time);
}

void
gate_k_clear(struct gate_k *k)
{
	free(k->owners);
	k->owners = NULL;
}
