/* aged.h - records whose terms end, holds, erasures that wait. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_AGED_H
#define TESTS_SUPPORT_AGED_H

#include "node/retain.h"
#include "tests/support/keeper.h"

#define AGED_DAY (INT64_C(24) * 60 * PLANT_MINUTE)
#define AGED_YEAR (366 * AGED_DAY)
#define AGED_AGES (8 * AGED_YEAR) /* longer than any term */

extern char aged_area[];
extern char aged_gas[];
extern char aged_position[]; /* kind of alarms that a law keeps a year */

struct aged {
	struct keeper k;
	struct retain *r;
	struct plant_person lin; /* may place holds */
};
void aged_begin(struct aged *s);
void aged_end(struct aged *s);
void aged_restart(struct aged *s);

/* An alarm that names zhang, cleared unless `open`; its index, its record in
 * id. */
uint64_t aged_alarm(
    struct aged *s, char *kind, bool open, char id[TEXT_UUID_CHARS + 1]);
/* The code of the refusal; "": done.  id: of the hold, made when empty. */
const char *aged_hold(struct aged *s, Record__Retention__Action action,
    char *id, Record__Retention *m, uint32_t based_on);
/* field: 0 the whole. */
const char *aged_erase(
    struct aged *s, uint64_t index, uint32_t field, bool wrong);
/* Looks until nothing is done; how many entries were made. */
unsigned aged_run(struct aged *s);
/* Is this what the first event of an alarm is withheld for? */
bool aged_withheld(struct aged *s, const char *id, const char *what);
bool aged_waiting(struct aged *s);

extern const char aged_term[]; /* of its alarms of gas */
/* What a command would end of an alarm; carried out: entries that ended. */
struct submit_plan *aged_look(struct aged *s, const char *id);
uint64_t aged_end_as(struct aged *s, struct submit_plan *plan);
uint64_t aged_end_now(struct aged *s, const char *id);
/* Holds this, for good. */
void aged_place(struct aged *s, Record__Retention *m);
void aged_hold_record(struct aged *s, char *id);
/* An open alarm that names a record; its id. */
void aged_name(struct aged *s, char *id, char by[TEXT_UUID_CHARS + 1]);
void aged_fold_anew(struct aged *s);

#endif
