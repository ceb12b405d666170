/* submit_cross.h - are two references of two verifiers one person? */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_CROSS_H
#define NODE_SUBMIT_CROSS_H

#include "node/submit.h"

/*
 * docs/wire.md 3.  Only the issuer can tell, and he does so when both verifiers
 * have signed the same question, each about a reference that was presented to
 * it, while an AGREEMENT whose name begins with this stands in the roster.  He
 * says yes, no, or that he cannot tell (two references, and one without an
 * identity number), nothing else.  Whoever signs and who answers records it.
 */
#define SUBMIT_CROSS_AGREEMENT "cross-check"

/*
 * submit_cross - the node's part of a question: a verifier's signature, or the
 * issuer's answer.  Any thread; waits for the committer.
 *   out   the question with it; release with slice_free, also after a refusal
 *         (NULL)
 *   rule  the rule that it breaks; NULL
 */
ERR_CHECKED enum err submit_cross(struct site *s,
    const Record__CrossCheck *asked, Record__CrossCheck **out,
    const struct rule **rule, struct err_why *why);

#endif
