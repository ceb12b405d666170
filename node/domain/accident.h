/* accident.h - classes of accidents, in the standard of their time. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_ACCIDENT_H
#define NODE_DOMAIN_ACCIDENT_H

#include "pack.pb-c.h"
#include "proto/err.h"

#include <stdbool.h>

/* Is the pack whole?  ERR_MALFORMED names the field. */
ERR_CHECKED enum err accident_check(
    const Pack__Accidents *p, struct err_why *why);

/* Does the standard in force when it happened know this class?  p: in force
 * then; NULL: none, nothing is known.  Source: GB 6441-2025, which took the
 * place of GB 6441-1986 on 2026-07-01; what happened before keeps its class. */
bool accident_known(const Pack__Accidents *p, const char *code);

#endif
