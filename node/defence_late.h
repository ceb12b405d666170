/* defence_late.h - alarms about members that have not applied a rule. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DEFENCE_LATE_H
#define NODE_DEFENCE_LATE_H

#include "node/defence_set.h"

struct site;

/*
 * At a headquarters for every rule, elsewhere for those that this node has
 * proposed: one alarm for each member that has not done in 90 minutes what was
 * decided (defence_heard_is_late); it returns by itself.  Counted from the own
 * receipt on, so that a restart begins nothing anew.
 */
struct defence_late;

struct defence_late *defence_late_new(struct site *s);
void defence_late_free(struct defence_late *l);
/* Looks at all members; one thread, that of the caller. */
void defence_late_look(struct defence_late *l, const struct defence_set *set);
/* Is this member late now, with this rule?  Any thread. */
bool defence_late_is(struct site *s, const char *member, const char *name);

#endif
