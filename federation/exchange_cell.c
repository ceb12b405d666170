/* exchange_cell.c - cells that travel in turns. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/exchange_cell.h"

#include "federation/cell.h"
#include "federation/exchange.h"
#include "federation/exchange_state.h"
#include "proto/mem.h"

bool
exchange_cell(struct exchange *x, struct bytes cell)
{
	struct buf *b = &x->cells.at[x->cells.len];

	if (x->cells.len == EXCHANGE_CELLS || cell.len > CELL_BYTES_MAX)
		return false;
	buf_init(b, CELL_BYTES_MAX);
	buf_bytes(b, cell);
	x->cells.len++;
	return true;
}

void
exchange_take_cells(struct exchange *x, const Fed__Turn *t)
{
	struct exchange_event ev = {.kind = EXCHANGE_CELL};

	for (size_t i = 0; i < t->n_cells; i++) {
		ev.text = bytes_of(t->cells[i].data, t->cells[i].len);
		exchange_tell(x, &ev);
	}
}

/* What follows the first n moves up. */
static void
drop(struct exchange *x, size_t n)
{
	struct exchange_cells *c = &x->cells;

	for (size_t i = 0; i < n; i++)
		buf_clear(&c->at[i]);
	c->len -= n;
	memmove(c->at, c->at + n, c->len * sizeof c->at[0]);
}

void
exchange_put_cells(struct exchange *x, Fed__Turn *t)
{
	const size_t n =
	    x->cells.len < TURN_CELLS_MAX ? x->cells.len : TURN_CELLS_MAX;

	if (n == 0 || x->carries)
		return;
	t->cells = mem_alloc(n, sizeof t->cells[0]);
	for (size_t i = 0; i < n; i++) {
		const struct buf *b = &x->cells.at[i];

		t->cells[i].data = mem_alloc(1, b->len);
		t->cells[i].len = b->len;
		memcpy(t->cells[i].data, b->ptr, b->len);
	}
	t->n_cells = n;
	drop(x, n);
}

void
exchange_drop_cells(struct exchange *x)
{
	drop(x, x->cells.len);
}
