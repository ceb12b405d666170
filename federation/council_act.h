/* council_act.h - what a member that keeps the rules writes into its log. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_COUNCIL_ACT_H
#define FEDERATION_COUNCIL_ACT_H

#include "federation/council.h"

/*
 * All here is asked of a council that was folded with the *whole* own alliance
 * log; what comes back is appended to that log before anything is asked again,
 * and nothing is appended by two at once.  A member that lost the end of its
 * own log says nothing before it has it back.
 */

/*
 * council_sight - the body of a SIGHTING of all votes that are new: to be
 * appended without asking anybody.  A vote is sighted when its reasons are
 * certain here.  For nothing count: the votes of a member of whose log a fork
 * is known, and those that were not seen of the members in `given_up`, in
 * rounds that are open.
 *
 * False: nothing to say, or `self` is no member.
 */
bool council_sight(const struct council *c, const char *self,
    const char *const *given_up, size_t given_up_len, struct buf *body);

/*
 * council_vote - the body of a VOTE for a motion (its hash), or for nothing
 * (NULL), in the first round where it can help.
 *
 * ERR_DENIED     self is no member
 * ERR_NOT_FOUND  no such motion; or it cannot be made (why says why not)
 * ERR_EXISTS     it has voted in every open round
 * ERR_REFUSED    the rounds that are open are open for another choice
 */
ERR_CHECKED enum err council_vote(const struct council *c, const char *self,
    const struct hash *motion, struct buf *body, struct err_why *why);

/* The newest round that is open, and for what: TALLY_ANY or a choice. */
unsigned council_round(const struct council *c, uint32_t *open);

#endif
