/* packs_looser.h - is a company's pack looser than the standard's? */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_PACKS_LOOSER_H
#define NODE_DOMAIN_PACKS_LOOSER_H

#include "pack.pb-c.h"

/*
 * packs_looser - the first point at which `local` asks for less than `base` (of
 * the same work type); NULL: none.  Static text, or of `base`: the path of a
 * field, or the name of a step or measure.
 */
const char *packs_looser(const Pack__Work *base, const Pack__Work *local);

#endif
