/* permit_chain.h - bookings, numbers, who takes over from whom. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PERMIT_CHAIN_H
#define NODE_PERMIT_CHAIN_H

#include "node/permit_world.h"

/*
 * permit_chain - fills other_booking, number and chain of `out`:
 *   APPLY   after a booking: is it the work and the area that was booked?  Is
 *           the permit that it supersedes one of this node and open?
 *   BOOK, APPLY   does another permit of this node have its number?
 *   START   is the permit that this one supersedes over?
 *   VOID    is the successor an open permit that supersedes this one?
 */
ERR_CHECKED enum err permit_chain(const struct permit_world_ask *ask,
    struct permit_world *out, struct err_why *why);

#endif
