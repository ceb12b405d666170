/* defence_try.h - how often a rule of joint defence would have fired. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DEFENCE_TRY_H
#define NODE_DEFENCE_TRY_H

#include "motion.pb-c.h"
#include "node/domain/defence_rule.h"

struct site;

#define DEFENCE_TRY_DAYS 30 /* looked back, when nobody says otherwise */
#define DEFENCE_TRY_DAYS_MAX 366
#define DEFENCE_TRY_LAST 20 /* times that are listed, the newest */

/*
 * defence_try - the same evaluation as when it is in force, over the entries of
 * the last `days` of the own evidence log (at the most DEFENCE_LOG_BACK).
 * Writes nothing; what it finds stays here.  Seconds at the most; any thread.
 * Release with slice_free.  ERR_* of the store.
 */
ERR_CHECKED enum err defence_try(Api__DefenceTried **out, struct site *s,
    const struct defence_rule *rule, unsigned days, struct err_why *why);

#endif
