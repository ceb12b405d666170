/* submit_crew.h - may those who work under a permit, and who guards it? */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_CREW_H
#define NODE_SUBMIT_CREW_H

#include "node/commit.h"
#include "node/decide_load.h"

/* That name its people and things: the application, the newest workers, the
 * guardian, and who or what a change between them named last. */
#define SUBMIT_CREW_EVENTS (3 + ROW_NAMED)

/* What somebody has to be there for, and the decision about whoever is. */
struct submit_crew_asked {
	struct decide_question question;
	struct decide_facts facts;
	struct decide_answer answer;
	/* Denied for what he is, not for what goes on around him or for what
	 * is merely not known. */
	bool his_own;
};

/* Zeroed means: nothing asked, and that allows nothing. */
struct submit_crew {
	struct submit_crew_asked *asked;
	size_t len;
	bool allowed; /* every one of them */
	/* asked points into these. */
	struct {
		uint32_t seq;
		Record__Permit *event;
	} opened[SUBMIT_CREW_EVENTS];
	const Record__Permit *workers; /* the newest that names them */
};

struct submit_crew_of {
	struct commit_ctx *ctx;
	const uint8_t *id; /* 16, of the permit */
	const struct row *row;
	/* A guardian who is to come, alone; NULL: all who are named. */
	const char *guardian;
	/* What the event names to measure gas with: beside all others, or, of a
	 * gas test, alone. */
	char *const *instruments;
	size_t instruments_len;
	bool only_instruments;
	/* Decide only where he is among those named; NULL: everywhere. */
	const char *only;
	int64_t at_us; /* as of then; 0: now */
};

/*
 * submit_crew_ask - a decision about each worker and about the guardian, as
 * they stand in the newest events that name them; and one for each role that
 * the credential pack asks of this work by name (a need with workTypes): about
 * the person whom the form names in it (work-lead, commander, rigger), else
 * about anybody of the crew who may; and about equipment and instruments that
 * are named, where the pack knows such a part.  An ALLOW that rests on no
 * certificate, the first need being met by none, counts as a DENY.
 *
 * `allowed` stays false where one of them is not ALLOW, or where an event is
 * not held any more (ERR_NOT_FOUND: erased).  Inside a transaction. Source: GB
 * 30871-2022 4.9, 4.10.
 */
ERR_CHECKED enum err submit_crew_ask(struct submit_crew *out,
    const struct submit_crew_of *in, struct err_why *why);

/* The first that is not ALLOW, else the first; NULL: none was asked. */
const struct submit_crew_asked *submit_crew_first(const struct submit_crew *c);

/* Appends the decisions that let the work go on. */
ERR_CHECKED enum err submit_crew_append(
    struct commit_ctx *ctx, const struct submit_crew *c, struct err_why *why);

/* Says when the first of what these decisions rest on ends, so that it is
 * looked at then (submit_persons_due). */
void submit_crew_until(struct site *s, const struct submit_crew *c);

void submit_crew_clear(struct submit_crew *c); /* zeroed: nothing */

#endif
