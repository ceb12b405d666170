/* terms.h - says in time that certificates end. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_TERMS_H
#define NODE_TERMS_H

#include "proto/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Every ten minutes, behind the commit, the ends ahead are looked at by their
 * order.  Each certificate, term, end and step of the pack (warnDays) is one
 * alarm of kind `credential` and level 3, which is told and never stands open;
 * its id follows from these four, so it is said once, also after a restart.
 * Of steps that were missed while the node was off only the nearest is said.
 * It names the certificate and no person.
 */
#define TERMS_SOURCE "certificate-terms" /* of the alarms */
#define TERMS_AREA "certificates"
#define TERMS_STEPS 8 /* CREDENTIAL_WARNINGS_MAX */

struct site;
struct terms;

struct terms *terms_new(struct site *s);
ERR_CHECKED enum err terms_start(struct terms *t, struct err_why *why);
/* Once a second; looks when it is time. */
void terms_beat(struct terms *t);
/* Before the committer ends; NULL allowed.  Then terms_free. */
void terms_stop(struct terms *t);
void terms_free(struct terms *t);

/* One look, now: warnings handed to the committer, at most 1000 at once; for
 * tests. */
unsigned terms_turn(struct terms *t);

/* Ends ahead by the nearest step that they have passed, as of the last look
 * that could read all. */
struct terms_stats {
	int64_t at_us; /* when that was; 0: never */
	bool failed; /* the last one could not */
	size_t steps;
	uint32_t days[TERMS_STEPS];
	uint64_t ends[TERMS_STEPS];
};
void terms_stats(struct terms *t, struct terms_stats *out);
/* Appends a line, in English and Chinese, when the last look failed; list as of
 * pack_notes_list. */
void terms_notes(struct terms *t, char ***list, size_t *n);

#endif
