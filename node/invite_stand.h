/* invite_stand.h - how it stands with somebody who was invited. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_INVITE_STAND_H
#define NODE_INVITE_STAND_H

#include "fed.pb-c.h"
#include "node/seat.h"

struct invite_stand {
	const Fed__Card *card;
	struct hash epoch; /* that it is to begin with, */
	bool begin; /* if it asks for it */
	Fed__Told *out;
	struct hash now; /* id of the epoch in force */
	enum err e;
	struct err_why *why;
};

/*
 * A seat_use; arg: struct invite_stand.  Fills in `out`; its state stays
 * unspecified while nothing is proposed.  e: ERR_EXISTS, the name is or was
 * another's; ERR_NOT_FOUND, the epoch is not known here any more.
 */
void invite_stand(void *arg, const struct seat_view *v);

/* NULL: no member.  Was it one? */
const Fed__Card *invite_card(const Fed__Genesis *g, const char *name);
bool invite_former(const Fed__Genesis *g, const char *name);

#endif
