/* decide_replay.h - a recorded decision taken again from its own facts. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_DECIDE_REPLAY_H
#define NODE_DOMAIN_DECIDE_REPLAY_H

#include "node/domain/decide.h"
#include "proto/err.h"

struct decide_replay {
	struct decide_answer answer; /* as it is computed now */
	bool same; /* result, end, and every reason in its order */
};

/*
 * decide_replay - compute the answer of `m` again.  Pure.
 * ERR_NOT_FOUND    it carries no facts: older than they are kept, or erased
 * ERR_UNSUPPORTED  it was taken by steps that this version does not know
 * ERR_LIMIT        more needs or credentials than a decision looks at
 */
ERR_CHECKED enum err decide_replay(
    struct decide_replay *out, const Record__Decision *m, struct err_why *why);

#endif
