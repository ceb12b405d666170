/* submit_finding.h - an alarm of the node about itself or the members. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_FINDING_H
#define NODE_SUBMIT_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/err.h"

struct site;

/* All but arg borrowed for the call. */
struct submit_finding {
	const char *source; /* a name of the node's; as long as the process */
	const char *key; /* of what was found: the same is said once */
	const char *title; /* English / Chinese */
	const char *detail;
	uint32_t level;
	/* NULL, or called on the committer's thread when it has ended. */
	void (*done)(void *arg);
	void *arg;
};

/* Raised unless it was raised before; stops no work.  Any thread; what fails is
 * said in the journal. */
void submit_finding(struct site *s, const struct submit_finding *f);
/* Was it raised before, whatever became of it?  By the id that follows from the
 * key, which nobody else can give to a record. */
ERR_CHECKED enum err submit_finding_said(
    bool *out, struct site *s, const char *key, struct err_why *why);

#endif
