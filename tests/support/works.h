/* works.h - special work of any kind, led through its pack at a plant. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_WORKS_H
#define TESTS_SUPPORT_WORKS_H

#include "tests/support/cards.h"
#include "tests/support/permit_form.h"

#define WORKS_ALL "" /* no step left out */

/* Areas "area-00" ... lie a kilometre apart, each a circle of 60 m; "near-29"
 * and "near-30.1" so many metres from the edge of the first; holidays
 * are every other Thursday, special periods every other Tuesday, night is from
 * 00:30 to 05:00. */
struct works {
	struct plant p;
	struct plant_person clerk, boss, stranger; /* applies; all other roles;
	                                              another guardian */
	unsigned areas, people; /* given out so far */
	struct works_posted *posted; /* not waited for yet */
	size_t posted_len;
};

/* One permit; its worker and guardian are its own. */
struct job {
	struct works *w;
	const Pack__Work *pack;
	struct plant_person guard;
	char area[16], worker[16], guardian[16], number[16];
	char form_number[16]; /* of a card, as the form has it */
	char permit[TEXT_UUID_CHARS + 1];
	char card[TEXT_UUID_CHARS + 1]; /* of its worker */
	uint32_t seq;
	struct permit_form f; /* of the event that is made now */
	Record__Permit__Level level;
	int64_t from_us, to_us; /* its window: from now, for 8 h, unless set
	                           before works_apply */
	bool explosive;
	bool uncarded; /* its worker holds no certificate */
	int64_t card_to_us; /* end of the worker's; 0: long */
	const char *links[3]; /* permits that it goes with; NULL ends them */
	unsigned operation; /* of a blind */
};

/* What must do is sent at once, so that a commit takes all of it, and waited
 * for before the clock moves, anything is asked or works_send sends. */
void works_settle(struct works *w);
void works_turn(struct works *w, int64_t us);

void works_begin(struct works *w);
void works_end(struct works *w);
/* Forward to the next time that it is so late (minutes of the day in China) on
 * an ordinary day, with midnight after it of these days (bits; calendar.h). */
#define WORKS_ANY UINT32_MAX
void works_until(struct works *w, int minutes, unsigned after);
int64_t works_midnight(const struct works *w); /* the next, in China */

/* In an area of its own, or that of `beside`. */
void works_job(struct job *j, struct works *w, const char *pack,
    Record__Permit__Level level, const struct job *beside);
/* The event is filled in; change j->f.m before works_send. */
Record__Permit *works_event(struct job *j, Record__Permit__Action action);
/* Signed by whom, at a time (0: now); false: refused.  The outcome in *out,
 * unless that is NULL. */
bool works_send(struct job *j, const struct plant_person *who, int64_t at_us,
    Ledger__Outcome *out);
/* The same, which must do. */
void works_post(struct job *j, const struct plant_person *who);
void works_do(struct job *j, Record__Permit__Action action,
    const struct plant_person *who);

void works_apply(struct job *j);
/* Every step before `before` in the order of the pack, but those that are named
 * in `but`, blanks between. */
void works_steps(struct job *j, Record__Permit__Action before, const char *but);
void works_gas(
    struct job *j, double vol); /* combustible; its other gases good */
/* From application to approval, with a sample of now where one is asked for. */
void works_issue(struct job *j);
void works_start(struct job *j);

/* The clock looks at every permit. */
void works_look(struct works *w);

#endif
