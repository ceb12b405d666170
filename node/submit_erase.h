/* submit_erase.h - what the node erases by itself. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_ERASE_H
#define NODE_SUBMIT_ERASE_H

#include "node/submit_op.h"

/* Carries out a DEFER whose term is over; refused with ERASE_WAITS while it is
 * not, with ERASE_HELD while somebody holds it.  Borrowed for the call. */
struct submit_due {
	uint8_t request[16]; /* its record id */
	const Record__Retention *asked; /* with one index */
};
void submit_erasure_due(
    const struct submit_to *to, const struct submit_due *due);

#endif
