/* submit_roll.h - opening the next generation of an own log. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_ROLL_H
#define NODE_SUBMIT_ROLL_H

#include "node/submit.h"

/*
 * Opens the next generation of an own log.  Items: the receipt of LOG_START,
 * then that of the ADMIN entry on the evidence log.
 *
 * A roll-over closes the log with all that was signed.  An admitted loss says
 * that entries may be missing: running permits are suspended, and credentials
 * count only by what is said of them afterwards.
 * ERR_CONFLICT  the log is closed already; a roll-over although somebody knows
 * more of the log than is held here, or a checkpoint that does not fit;
 * ERR_UNVERIFIED: not by its key.
 */
struct submit_roll {
	const char *origin; /* the log to close, as it was shown to whoever
	                       confirmed it: said twice it closes one */
	bool loss;
	const char *reason;
	struct bytes
	    known; /* its newest checkpoint as others hold it, or none */
};
void submit_roll(const struct submit_to *to, const struct submit_roll *in);

#endif
