/* defence_adopt.h - what a site makes of rules that were voted. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DEFENCE_ADOPT_H
#define NODE_DEFENCE_ADOPT_H

#include "node/defence_post.h"
#include "node/defence_set.h"
#include "node/domain/defence_eval.h"

/*
 * defence_adopt - judges the text, tries it on the last 30 days, and says what
 * came of it: APPLIED, HELD until a person confirms that it may stop work, or
 * REFUSED for what is wrong with it; people of the site are told of the last
 * two.  False: not recorded.
 */
bool defence_adopt(struct defence_post *post, const struct defence_set *set,
    const struct defence_paper *p);
/* All whose text this site has said nothing of. */
void defence_adopt_new(
    struct defence_post *post, const struct defence_set *set);
/* What was in force once and is not any more: ENDED. */
void defence_adopt_end(
    struct defence_post *post, const struct defence_set *set);
/* One that went over a bound: STOPPED, with an alarm. */
void defence_adopt_stop(struct defence_post *post,
    const struct defence_set *set, const struct defence_rule *r,
    enum defence_over over);

#endif
