/* packs_check.h - is a rule pack whole? */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_PACKS_CHECK_H
#define NODE_DOMAIN_PACKS_CHECK_H

#include "pack.pb-c.h"
#include "proto/err.h"

#define PACKS_STEPS_MAX 16
#define PACKS_MEASURES_MAX 32

/*
 * packs_check - a pack with a hole would let through what the standard forbids.
 * ERR_MALFORMED: `why` begins with the field's path, "$.work.steps[3]: ".
 */
ERR_CHECKED enum err packs_check(const Pack__Pack *pack, struct err_why *why);

#endif
