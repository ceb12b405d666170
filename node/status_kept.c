/* status_kept.c - signed lists of the past, kept: they change no more. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/status_kept.h"

#include <stdlib.h>
#include <string.h>

#include "proto/mem.h"

struct list {
	struct status_kept_key key;
	uint8_t *ptr; /* NULL: free */
	size_t len;
	uint64_t asked; /* turn of the last question */
};

struct status_kept {
	struct list at[STATUS_KEPT_LISTS];
	size_t bytes;
	uint64_t turn;
};

struct status_kept *
status_kept_new(void)
{
	return mem_alloc(1, sizeof(struct status_kept));
}

static void
drop(struct status_kept *k, struct list *l)
{
	k->bytes -= l->len;
	free(l->ptr);
	memset(l, 0, sizeof *l);
}

void
status_kept_free(struct status_kept *k)
{
	if (k == NULL)
		return;
	for (size_t i = 0; i < STATUS_KEPT_LISTS; i++)
		drop(k, &k->at[i]);
	free(k);
}

static struct list *
find(struct status_kept *k, const struct status_kept_key *key)
{
	for (size_t i = 0; i < STATUS_KEPT_LISTS; i++) {
		struct list *l = &k->at[i];

		if (l->ptr != NULL && l->key.second == key->second &&
		    l->key.generation == key->generation &&
		    l->key.epoch == key->epoch)
			return l;
	}
	return NULL;
}

bool
status_kept_get(
    struct status_kept *k, const struct status_kept_key *key, struct buf *out)
{
	struct list *l = find(k, key);

	if (l == NULL)
		return false;
	l->asked = ++k->turn;
	buf_bytes(out, bytes_of(l->ptr, l->len));
	return true;
}

/* The one asked for least lately; one that is free before all. */
static struct list *
oldest(struct status_kept *k, bool used)
{
	struct list *old = NULL;

	for (size_t i = 0; i < STATUS_KEPT_LISTS; i++) {
		struct list *l = &k->at[i];

		if (used && l->ptr == NULL)
			continue;
		if (old == NULL || l->asked < old->asked)
			old = l;
	}
	return old;
}

void
status_kept_put(
    struct status_kept *k, const struct status_kept_key *key, struct bytes list)
{
	struct list *l = find(k, key);

	if (list.len == 0 || list.len > STATUS_KEPT_BYTES || l != NULL)
		return;
	while (k->bytes + list.len > STATUS_KEPT_BYTES)
		drop(k, oldest(k, true));
	l = oldest(k, false);
	drop(k, l);
	*l = (struct list){.key = *key,
	    .ptr = mem_alloc(list.len, 1),
	    .len = list.len,
	    .asked = ++k->turn};
	memcpy(l->ptr, list.ptr, list.len);
	k->bytes += list.len;
}
