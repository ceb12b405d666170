/* actor_role.h - the roles of persons that anything here asks for. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_ACTOR_ROLE_H
#define NODE_ACTOR_ROLE_H

#include "node/domain/packs.h"
#include "record.pb-c.h"

/* Asked for by the node itself; all others are named by rule packs. */
#define ACTOR_ROLE_ADMIN "admin"
#define ACTOR_ROLE_ISSUER "issuer"
#define ACTOR_ROLE_SOURCE "source"
/* Places and releases legal holds. */
#define ACTOR_ROLE_LEGAL "legal"
/* Whoever works here without a right of his own: reports, drafts, suspends. */
#define ACTOR_ROLE_OPERATOR "operator"

/*
 * actor_role_check - does some rule pack, or the node, ask for each of these
 * roles?  One that nobody asks for is a slip of the pen, and shows only when
 * its bearer cannot sign.
 * ERR_REFUSED: `why` names it and lists those that are known.
 */
ERR_CHECKED enum err actor_role_check(
    const struct packs *p, const Record__Actor *a, struct err_why *why);

#endif
