/* fold_ids.c - ids of records, collected out of a table. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fold_ids.h"

#include <stdlib.h>
#include <string.h>

#include "proto/mem.h"

void
fold_ids_add(struct fold_ids *ids, const uint8_t id[static 16])
{
	if (ids->len == ids->cap) {
		ids->cap = ids->cap * 2 + 8;
		ids->at = mem_resize(ids->at, ids->cap, sizeof ids->at[0]);
	}
	memcpy(ids->at[ids->len++], id, sizeof ids->at[0]);
}

enum err
fold_ids_collect(const struct fold *f, struct store_table table,
    const struct fold_key *prefix, struct fold_ids *out, struct err_why *why)
{
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(f->txn, table, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(prefix), &row);
	while (e == ERR_OK && row.key.len >= prefix->len &&
	    memcmp(row.key.ptr, prefix->b, prefix->len) == 0) {
		if (row.value.len == 16)
			fold_ids_add(out, row.value.ptr);
		else if (row.key.len >= prefix->len + 16)
			fold_ids_add(out, row.key.ptr + row.key.len - 16);
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

void
fold_ids_drop(struct fold_ids *ids, const uint8_t id[static 16])
{
	size_t n = 0;

	for (size_t i = 0; i < ids->len; i++) {
		if (memcmp(ids->at[i], id, sizeof ids->at[0]) != 0)
			memmove(ids->at[n++], ids->at[i], sizeof ids->at[0]);
	}
	ids->len = n;
}

void
fold_ids_clear(struct fold_ids *ids)
{
	free(ids->at);
	*ids = (struct fold_ids){.at = NULL};
}
