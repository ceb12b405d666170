/* motion_make.h - from what was asked for to a proposal of this node. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_MOTION_MAKE_H
#define NODE_MOTION_MAKE_H

#include "motion.pb-c.h"
#include "proto/err.h"

struct site;

/*
 * motion_make - all but epoch, by and signature; release with slice_free.  A
 * change of the own card is made from the card in force and signed.
 * ERR_MALFORMED: something is missing; ERR_REFUSED: this node is no member.
 */
ERR_CHECKED enum err motion_make(Record__Proposal **out,
    const Api__MotionPost *post, const Fed__Genesis *now, struct site *s,
    struct err_why *why);

/* It was written, and does not stand. */
enum err motion_make_gone(struct err_why *why);

#endif
