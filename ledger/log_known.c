/* log_known.c - blocks of nodes that were found to lead to a signed root. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log_known.h"

#include <pthread.h>
#include <stdlib.h>

#include "proto/mem.h"

#define LOCKS 64

struct room {
	struct log_known_key key; /* group 0: empty */
	struct hash node[LOG_BLOCK_NODES];
	struct hash top;
};

struct log_known {
	pthread_mutex_t lock[LOCKS]; /* of every LOCKS-th room */
	struct room room[LOG_KNOWN_BLOCKS];
};

struct log_known *
log_known_new(void)
{
	struct log_known *k = mem_alloc(1, sizeof(*k));

	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_init(&k->lock[i], NULL);
	return k;
}

void
log_known_free(struct log_known *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&k->lock[i]);
	free(k);
}

/* Blocks of one log and level lie side by side; levels and logs apart. */
static size_t
place_of(const struct log_known_key *key)
{
	const uint64_t apart = (uint64_t)key->slot << 8 | key->group;

	return (size_t)((key->block + apart * UINT64_C(0x9e3779b97f4a7c15)) %
	    LOG_KNOWN_BLOCKS);
}

static bool
same_key(const struct log_known_key *a, const struct log_known_key *b)
{
	return a->slot == b->slot && a->group == b->group &&
	    a->block == b->block;
}

bool
log_known_way(struct log_known *k, const struct log_known_key *key, unsigned at,
    struct log_known_way *out)
{
	const size_t place = place_of(key);
	const struct room *r = &k->room[place];
	bool known;

	pthread_mutex_lock(&k->lock[place % LOCKS]);
	known = same_key(&r->key, key);
	if (known) {
		out->self = r->node[log_block_at(0, at)];
		for (unsigned i = 0; i < LOG_BLOCK_LEVELS; i++)
			out->beside[i] = r->node[log_block_at(i, at >> i ^ 1)];
		out->top = r->top;
	}
	pthread_mutex_unlock(&k->lock[place % LOCKS]);
	return known;
}

bool
log_known_learn(struct log_known *k, const struct log_known_key *key,
    struct bytes row, const struct hash *top)
{
	const size_t place = place_of(key);
	struct hash leaf[LOG_BLOCK_LEAVES];
	struct hash node[LOG_BLOCK_NODES];
	struct hash above = {{0}};
	struct room *r = &k->room[place];

	if (row.len != sizeof(node))
		return false;
	for (unsigned i = 0; i < LOG_BLOCK_LEAVES; i++)
		memcpy(leaf[i].b, row.ptr + log_block_at(0, i) * HASH_BYTES,
		    HASH_BYTES);
	(void)log_node_row(node, &above, leaf, LOG_BLOCK_LEAVES);
	if (memcmp(above.b, top->b, HASH_BYTES) != 0 ||
	    memcmp(node, row.ptr, sizeof(node)) != 0)
		return false;
	pthread_mutex_lock(&k->lock[place % LOCKS]);
	r->key = *key;
	memcpy(r->node, node, sizeof(node));
	r->top = *top;
	pthread_mutex_unlock(&k->lock[place % LOCKS]);
	return true;
}
