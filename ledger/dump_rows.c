/* dump_rows.c - rows of a table into frames. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "ledger/dump.h"
#include "proto/mem.h"

void
dump_rows_begin(struct dump_rows *r, struct bytes from)
{
	buf_init(&r->from, STORE_KEY_MAX);
	buf_bytes(&r->from, from);
	r->row = mem_alloc(PART_ITEMS_MAX, sizeof(*r->row));
	r->at = mem_alloc(PART_ITEMS_MAX, sizeof(*r->at));
	r->len = 0;
	r->bytes = 0;
}

void
dump_rows_drop(struct dump_rows *r)
{
	free(r->row);
	free(r->at);
	buf_clear(&r->from);
	r->row = NULL;
	r->at = NULL;
}

/* One frame says what is true of [from, end). */
static enum err
put_frame(struct dump_rows *r, struct bytes end, struct err_why *why)
{
	Backup__Rows m = BACKUP__ROWS__INIT;
	union {
		const char *in;
		char *out;
	} name = {.in = r->table};

	m.table = name.out;
	if (r->add) {
		m.has_add = true;
		m.add = true;
	} else {
		m.has_from = true;
		m.from = part_data(buf_view(&r->from));
		m.has_to = end.len > 0;
		m.to = part_data(end);
	}
	m.rows = r->at;
	m.n_rows = r->len;
	r->len = 0;
	r->bytes = 0;
	return part_put(r->to, PART_ROWS, &m.base, why);
}

enum err
dump_rows_put(
    struct dump_rows *r, const struct store_row *row, struct err_why *why)
{
	Backup__Row *m;
	enum err e = ERR_OK;

	if (r->len == PART_ITEMS_MAX || r->bytes >= PART_FRAME_FULL) {
		e = put_frame(r, row->key, why);
		buf_reset(&r->from);
		buf_bytes(&r->from, row->key);
	}
	m = &r->row[r->len];
	backup__row__init(m);
	m->has_key = true;
	m->key = part_data(row->key);
	m->has_value = true;
	m->value = part_data(row->value);
	r->at[r->len++] = m;
	r->bytes += row->key.len + row->value.len;
	return e;
}

enum err
dump_rows_end(struct dump_rows *r, struct bytes end, struct err_why *why)
{
	/* Without rows it still says that there are none. */
	enum err e = r->add && r->len == 0 ? ERR_OK : put_frame(r, end, why);

	dump_rows_drop(r);
	return e;
}

enum err
dump_table(
    struct dump *d, const char *name, struct store_table t, struct err_why *why)
{
	struct dump_rows r = {.to = d->to, .table = name};
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(d->txn, t, &c, why);

	if (e != ERR_OK)
		return e;
	dump_rows_begin(&r, bytes_of(NULL, 0));
	for (e = store_seek(c, bytes_of(NULL, 0), &row); e == ERR_OK;
	     e = store_next(c, &row)) {
		e = dump_rows_put(&r, &row, why);
		if (e != ERR_OK)
			break;
	}
	store_cursor_close(c);
	if (e == ERR_NOT_FOUND)
		return dump_rows_end(&r, bytes_of(NULL, 0), why);
	dump_rows_drop(&r);
	return e == ERR_CORRUPT ? err_fail(why, e, "table %s", name) : e;
}
