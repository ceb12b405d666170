/* submit_incident.h - what the node itself says of an incident. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_INCIDENT_H
#define NODE_SUBMIT_INCIDENT_H

#include "node/submit.h"

/*
 * submit_incident - append an event of an incident, if it may still happen when
 * its turn comes (somebody may have acknowledged meanwhile).
 *   record_id   16; NULL: a new incident
 *   m           borrowed; its time, and whether a JOIN calls anew, are set here
 */
void submit_incident(const struct submit_to *to, const uint8_t *record_id,
    const Record__Incident *m);

#endif
