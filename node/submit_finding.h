/* submit_finding.h - an alarm of the node about itself or the members. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_FINDING_H
#define NODE_SUBMIT_FINDING_H

#include <stdint.h>

struct site;

/* All borrowed for the call. */
struct submit_finding {
	const char *key; /* of what was found: the same is said once */
	const char *title; /* English / Chinese */
	const char *detail;
	uint32_t level;
};

/* Raised unless it was raised before; stops no work.  Any thread; what fails is
 * said in the journal. */
void submit_finding(struct site *s, const struct submit_finding *f);

#endif
