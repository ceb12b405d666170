/* permit_open.c - the open permits of this node, one by one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/permit_open.h"

#include <stdatomic.h>
#include <string.h>

#include "node/fold_key.h"
#include "node/site.h"

static _Atomic uint64_t reads;

uint64_t
permit_open_reads(void)
{
	return atomic_load(&reads);
}

/* Where the next area begins; false: there is none. */
static bool
next_area(struct fold_key *to, uint64_t area)
{
	if (area == UINT64_MAX)
		return false;
	fold_key_uint(to, area + 1, 8);
	return true;
}

bool
permit_open_is_lost(enum err e)
{
	return e == ERR_CORRUPT || e == ERR_NOT_FOUND;
}

enum err
permit_open_each(const struct permit_open *o, bool *all, struct err_why *why)
{
	struct fold_key k = fold_key_slot(o->site->evidence);
	struct store_cursor *c = NULL;
	struct store_row row;
	uint64_t area = 0; /* hashes are never 0 */
	enum err e;

	*all = true;
	fold_key_uint(&k, o->kind != 0 ? o->kind : LEDGER__KIND__PERMIT, 2);
	e = store_cursor(o->fold->txn, o->fold->t->open, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len == k.len + 24 &&
	    memcmp(row.key.ptr, k.b, k.len) == 0) {
		uint64_t at = fold_key_u64(bytes_of(row.key.ptr + k.len, 8));
		const uint8_t *id = row.key.ptr + k.len + 8;
		struct row r;

		if (o->skip != NULL && at != area && o->skip(o->arg, at)) {
			struct fold_key to = k;

			if (!next_area(&to, at))
				break;
			e = store_seek(c, fold_key_view(&to), &row);
			continue;
		}
		area = at;
		if (o->kind == 0)
			atomic_fetch_add_explicit(
			    &reads, 1, memory_order_relaxed);
		e = fold_get(o->fold, o->site->evidence, id, &r, why);
		if (e == ERR_OK) {
			o->in(o->arg, id, &r);
		} else if (permit_open_is_lost(e)) {
			*all = false;
			if (o->lost != NULL)
				o->lost(o->arg, id, at);
			e = ERR_OK;
		}
		if (e == ERR_OK)
			e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}
