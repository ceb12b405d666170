/* decide_who.h - who can mend what a decision found. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_DECIDE_WHO_H
#define NODE_DOMAIN_DECIDE_WHO_H

#include "node/domain/rule.h"

struct decide_who {
	const char *who;
	const char *who_zh;
};

/* Never NULL; its texts are "" for a rule that no decision gives. */
const struct decide_who *decide_who(const struct rule *r);

#endif
