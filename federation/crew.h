/* crew.h - threads that share the parts of a job. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_CREW_H
#define FEDERATION_CREW_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Jobs are worked off in the order in which they came, each part by one
 * thread.  All functions belong to one thread, the owner's.
 */
struct crew;

struct crew_job {
	void (*run)(void *arg, size_t part); /* any thread */
	void *arg;
	size_t parts;
	/* private, under the crew's lock */
	struct crew_job *next;
	size_t begun;
	size_t ended;
	bool queued;
};

/* One thread per processor but one, at most CREW_MAX; none where they cannot
 * be started: then the owner does all.  idle: called by a thread of the crew
 * when a job has ended. */
#define CREW_MAX 3
void crew_open(struct crew **out, void (*idle)(void *arg), void *arg);
/* Every job was dropped.  NULL allowed. */
void crew_close(struct crew *c);

/* The job lives until crew_drop. */
void crew_put(struct crew *c, struct crew_job *j);
bool crew_done(struct crew *c, const struct crew_job *j);
/* Does one part that nobody has begun; false: there is none. */
bool crew_help(struct crew *c);
/* Does what nobody has begun of this job and waits for the rest. */
void crew_finish(struct crew *c, struct crew_job *j);
/* Begins no more of it and waits for what was begun. */
void crew_drop(struct crew *c, struct crew_job *j);

#endif
