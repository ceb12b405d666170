/* submit_score.h - risk scores of persons, from an upstream system. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_SCORE_H
#define NODE_SUBMIT_SCORE_H

#include "node/submit.h"

/* Type of the case that a score is. */
#define SUBMIT_SCORE_TYPE "risk-score"

/*
 * submit_score - one snapshot: holder, model.id and model.score.  At or over
 * the limit of the certificate pack it is an open case that holds the person
 * until somebody closes it: here at once, and by his published certificates
 * everywhere.  Under it, or while one holds already, it is noted (SCORE_BELOW,
 * SCORE_AGAIN) and closed.  A model that the pack does not list is refused.
 * The same source_seq with the same content has its first receipt.
 */
void submit_score(const struct submit_to *to, const Record__Case *snapshot);

#endif
