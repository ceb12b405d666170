/* forest.c - the nodes of one Merkle tree, kept in memory. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/forest.h"

#include <stdlib.h>

void
forest_emit(void *arg, unsigned level, uint64_t index, const struct hash *node)
{
	struct forest *f = arg;

	if (level >= FOREST_LEVELS || f->len[level] != index)
		abort();
	if (f->len[level] == f->cap[level]) {
		size_t cap = f->cap[level] == 0 ? 64 : 2 * f->cap[level];

		f->node[level] =
		    reallocarray(f->node[level], cap, sizeof(struct hash));
		if (f->node[level] == NULL)
			abort();
		f->cap[level] = cap;
	}
	f->node[level][f->len[level]++] = *node;
}

enum err
forest_read(void *arg, unsigned level, uint64_t index, struct hash *out)
{
	const struct forest *f = arg;

	if (level >= FOREST_LEVELS || index >= f->len[level])
		return ERR_NOT_FOUND;
	*out = f->node[level][index];
	return ERR_OK;
}

void
forest_clear(struct forest *f)
{
	for (size_t i = 0; i < FOREST_LEVELS; i++)
		free(f->node[i]);
	*f = (struct forest){{NULL}, {0}, {0}};
}
