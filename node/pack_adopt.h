/* pack_adopt.h - files in DIR/packs that are in force, put in the ledger. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PACK_ADOPT_H
#define NODE_PACK_ADOPT_H

#include "node/submit.h"

/*
 * pack_adopt - a file that came into force by its date, because the ledger
 * names no version of its kind, is entered as it is, and so is one that would
 * at a later date: all in one transaction, as PACK_ENTRY_FILE, so that what is
 * in force stays what it was, and stands in the ledger from now on.  What is
 * looser than the standard's is not in force, and not entered; indicators never
 * are.  From then on a file of that kind wants `pack activate`.
 *
 * Any thread.  False: there is none, nothing was queued, done is not called.
 * While the log may not be signed: refused, and to be tried again.
 */
bool pack_adopt(const struct submit_to *to);

#endif
