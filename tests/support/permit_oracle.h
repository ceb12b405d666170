/* permit_oracle.h - what must have been so of a permit's event. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_PERMIT_ORACLE_H
#define TESTS_SUPPORT_PERMIT_ORACLE_H

#include "tests/support/permit_walk.h"

/* Asserts it, told from the row before it, the event and the pack, and by no
 * guard.  Not for the first event of a permit. */
void oracle_of_applied(const struct walk *k, const struct row *before,
    const struct permit_event *e);

/* By whom the step or action of this name was done; at: the newest, 0: none. */
size_t oracle_done(const struct row *r, const char *name, int64_t *at);

#endif
