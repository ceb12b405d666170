/* access.h - which member may have which log and bodies. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_ACCESS_H
#define FEDERATION_ACCESS_H

#include "federation/roster.h"

/* Each right includes those before it. */
enum access_right {
	ACCESS_NONE,
	ACCESS_HEADS, /* signed checkpoints and consistency proofs */
	ACCESS_LEAVES, /* entries without bodies */
	ACCESS_BODIES, /* entries with what is sealed under them */
};

/*
 * access_right - what `reader` may have of the log `origin`.
 *
 *   everyone                              heads of every log
 *   every member                          alliance logs with bodies
 *   the owner                             its evidence with bodies
 *   hq, regulator: same company (hq only) evidence with bodies
 *   a grant of the genesis                evidence, with bodies if it says so
 *
 * ACCESS_NONE for an unknown reader or origin.  Pure.
 * Source: docs/wire.md (access).
 */
enum access_right access_right(
    const struct roster *r, const char *reader, const char *origin);

#endif
