/* motion_keys.h - proposals that give a member new keys. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_MOTION_KEYS_H
#define NODE_MOTION_KEYS_H

#include "motion.pb-c.h"
#include "node/ops.h"

struct site;

/*
 * post->keys names them: identity, witness, session, evidence, alliance; none:
 * all five.
 *
 * motion_keys_ready - whatever the proposal needs is there when it returns: new
 * keys wait in DIR/keys/next, and a log that is to have another key goes on in
 * its next generation.  Waits for the commit.
 * ERR_MALFORMED: no such key; ERR_REFUSED: this node is no member, or the
 * identity key that was foretold is not here; errors of submit_roll.
 */
ERR_CHECKED enum err motion_keys_ready(
    struct ops_call *call, const Api__MotionPost *post, struct err_why *why);

/* motion_keys_own - member, card and ends of logs, of this node. */
ERR_CHECKED enum err motion_keys_own(Record__Proposal *p,
    const Api__MotionPost *post, const Fed__Genesis *now, struct site *s,
    struct err_why *why);

/* motion_keys_other - the card that another member gave to whoever proposes
 * it.  ERR_* of roster_card_check. */
ERR_CHECKED enum err motion_keys_other(
    Record__Proposal *p, const Api__MotionPost *post, struct err_why *why);

#endif
