/* hub_cell.c - cells on their way out. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "federation/cell.h"
#include "federation/hub_state.h"
#include "proto/mem.h"

bool
hub_cell(struct hub *h, const char *peer, struct bytes cell)
{
	bool room;

	(void)pthread_mutex_lock(&h->lock);
	if (h->cells == NULL)
		h->cells = mem_alloc(HUB_CELLS, sizeof h->cells[0]);
	room = h->cells_len < HUB_CELLS;
	if (room) {
		struct hub_cell *c = &h->cells[h->cells_len++];

		(void)snprintf(c->peer, sizeof c->peer, "%s", peer);
		buf_init(&c->bytes, CELL_BYTES_MAX);
		buf_bytes(&c->bytes, cell);
	}
	(void)pthread_mutex_unlock(&h->lock);
	wire_wake(h->home.wire);
	return room;
}

void
hub_cell_give(struct hub *h)
{
	(void)pthread_mutex_lock(&h->lock);
	for (size_t i = 0; i < h->cells_len; i++) {
		struct hub_cell *c = &h->cells[i];
		struct link *l = hub_find_link(h, c->peer, NULL);

		if (l != NULL && l->up && !c->bytes.over)
			(void)exchange_cell(l->x, buf_view(&c->bytes));
		buf_clear(&c->bytes);
	}
	h->cells_len = 0;
	(void)pthread_mutex_unlock(&h->lock);
}

void
hub_cell_end(struct hub *h)
{
	for (size_t i = 0; i < h->cells_len; i++)
		buf_clear(&h->cells[i].bytes);
	free(h->cells);
	h->cells = NULL;
	h->cells_len = 0;
}
