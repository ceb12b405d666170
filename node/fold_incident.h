/* fold_incident.h - incidents and the rows of their alarms, kept in step. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FOLD_INCIDENT_H
#define NODE_FOLD_INCIDENT_H

#include "node/fold_kind.h"

/* An incident's event: its row, and the rows of alarms that it takes in. */
ERR_CHECKED enum err fold_incident_apply(struct fold *f, struct row *r,
    const struct fold_event *e, struct err_why *why);

/* What a row keeps when its record is folded anew: an alarm its incident, an
 * incident the counts of its alarms. */
void fold_incident_keep(struct row *r, const struct row *was);

/*
 * fold_incident_count - an alarm's row was `was` and is `is`: its incident
 * counts accordingly.  At any time alive and unseen of an incident are the sums
 * over the rows of its alarms, whatever the order of events.
 */
ERR_CHECKED enum err fold_incident_count(struct fold *f, uint16_t slot,
    const struct row *was, const struct row *is, struct err_why *why);

#endif
