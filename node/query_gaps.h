/* query_gaps.h - what an open permit lacks before its next step. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QUERY_GAPS_H
#define NODE_QUERY_GAPS_H

#include "node/query_view.h"

/* Fills next_action and missing of a permit of this node, as of now. */
ERR_CHECKED enum err query_gaps(struct query_view *v,
    const uint8_t id[static 16], const struct row *r, Api__RecordView *m,
    struct err_why *why);

/* plant-b.acme.example/HW-0017: the applicant's number after the name that no
 * other site has; where none was given
 * plant-b.acme.example/20261122-1F3K9QX2TD: the day of application (UTC) and 50
 * random bits of the record's id. */
char *query_gaps_number(
    struct query_view *v, const uint8_t id[static 16], const struct row *r);

/* The same of an open case, by the policy in force. */
void query_gaps_case(
    const struct query_view *v, const struct row *r, Api__RecordView *m);

#endif
