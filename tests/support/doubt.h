/* doubt.h - a plant whose logs may not be signed, and the end of that. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_DOUBT_H
#define TESTS_SUPPORT_DOUBT_H

#include "tests/support/plant.h"

/* Opens and starts the closed site of a plant; aborts when it cannot. */
void doubt_open(struct plant *p);
/* Restarts it with a file `incarnation` that is of another run. */
void doubt_begin(struct plant *p);
/* What heads.c does once the logs are known, on the committer's thread; first:
 * called before it, in there, when the logs may be signed; or NULL. */
void doubt_end(struct plant *p, void (*first)(struct plant *p));

/* A gas alarm of gds-01 in tank-farm-2, number seq (0: none). */
struct submit_receipt doubt_raise(
    struct plant *p, uint64_t seq, uint32_t level);

#endif
