/* exchange_cell.h - cells that travel in turns; only for exchange*.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_EXCHANGE_CELL_H
#define FEDERATION_EXCHANGE_CELL_H

#include "fed.pb-c.h"
#include "federation/exchange.h"

/* Those that wait, the first first. */
struct exchange_cells {
	struct buf at[EXCHANGE_CELLS];
	size_t len;
};

void exchange_take_cells(struct exchange *x, const Fed__Turn *t);
void exchange_put_cells(struct exchange *x, Fed__Turn *t);
void exchange_drop_cells(struct exchange *x);

#endif
