/* packs.h - rule packs: the standards as data. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_PACKS_H
#define NODE_DOMAIN_PACKS_H

#include "node/domain/alarm_kpi.h"
#include "pack.pb-c.h"
#include "proto/bytes.h"
#include "proto/err.h"

#define PACKS_MAX 64
#define PACKS_CLASSES_MAX 16

/* Any thread may read it once nobody adds to it. */
struct packs;

struct packs *packs_new(void); /* none yet */
/* packs_add - one file's text; the same work type and version takes the place
 * of what was there.  ERR_MALFORMED: `why` names `name`, line and field. */
ERR_CHECKED enum err packs_add(
    struct packs *p, const char *name, struct bytes text, struct err_why *why);
/* NULL allowed; with all that it was grown from. */
void packs_free(struct packs *p);

/* packs_grow - a set that holds what `old` holds and can be added to while
 * others still read `old`; frees it in the end. */
struct packs *packs_grow(struct packs *old);
/* Frees a grown set that nobody reads, not what it was grown from. */
void packs_ungrow(struct packs *p);

/* What was added so far is the standard: what comes later may tighten it; where
 * it does not, packs_add wants a deviation (ERR_REFUSED). */
void packs_seal(struct packs *p);

/* What the ledger says of a version. */
struct packs_fact {
	struct hash digest; /* SHA-256 of its text */
	int64_t active_us; /* activated by an entry; 0: by none */
	/* Where it is looser than the standard's: in force only when activated,
	 * until its deviation ends; NULL: nowhere. */
	const char *looser;
};
/* Notes the newest activation of this very text: of the versions in force it
 * goes before those activated, or effective, earlier.  false: it is not here.
 */
bool packs_activate(struct packs *p, const char *name,
    const struct hash *digest, int64_t at_us);
/* One by one, of any kind; NULL: i is past the last. */
const Pack__Pack *packs_at(
    const struct packs *p, size_t i, struct packs_fact *out);

/* The version of a work type that came into force last before `at_us`; NULL:
 * none.  One on standby comes into force by its activation. */
const Pack__Work *packs_work(
    const struct packs *p, const char *work_type, int64_t at_us);
/* The version with which a permit began, by packs_id; NULL: unknown. */
const Pack__Work *packs_version(const struct packs *p, uint64_t id);
/* Number of a version: first 8 bytes of SHA-256("hot-work@2022.1"). */
uint64_t packs_id(const char *version);
/* "hot-work@2022.1" */
void packs_name(char out[static 64], const Pack__Work *w);

/* The same of any pack: "calendar@2026.1". */
#define PACKS_NAME_MAX 96
void packs_pack_name(char out[static PACKS_NAME_MAX], const Pack__Pack *p);

/* Limits of a level; NULL when the pack has none. */
const Pack__Level *packs_level(
    const Pack__Work *w, Record__Permit__Level level);
/* Right for an action at a level (LEVEL_UNSPECIFIED: the one for all others);
 * NULL when the pack has none: nobody may. */
const Pack__Right *packs_right(const Pack__Work *w,
    Record__Permit__Action action, Record__Permit__Level level);
/* A step of the workflow; NULL: none of that name. */
const Pack__Step *packs_step(const Pack__Work *w, const char *name);
/* Does a list of levels hold this one?  An empty list holds every one. */
bool packs_at_level(
    const Record__Permit__Level *list, size_t n, Record__Permit__Level level);

/* Known versions one by one, in no order; NULL: i is past the last.  Those that
 * are no work type's are left out. */
const Pack__Work *packs_each(const struct packs *p, size_t i);

/* The policy for releasing intelligence at this time; NULL: none, nothing may
 * leave. */
const Pack__Release *packs_release(const struct packs *p, int64_t at_us);
/* Days, places and alarm codes in force; NULL: none. */
const Pack__Calendar *packs_calendar(const struct packs *p, int64_t at_us);
const Pack__Places *packs_places(const struct packs *p, int64_t at_us);
const Pack__Codes *packs_codes(const struct packs *p, int64_t at_us);

/* What a permit says of itself at APPLY that a pack may go by; the names that
 * packs use.  0: there is no such condition. */
enum packs_condition {
	PACKS_EXPLOSIVE = 1,
	PACKS_OUTDOOR = 2,
	PACKS_MEDIA = 4,
	PACKS_CONTRACTOR = 8,
};
unsigned packs_condition(const char *name);
/* Those that hold for this application. */
unsigned packs_conditions(const Record__Permit *applied);

/* The alarm policy in force at this time; NULL: none. */
const Pack__AlarmPolicy *packs_alarm(const struct packs *p, int64_t at_us);
/* How alarms are counted: each limit of the newest policy in force that states
 * it.  False: none is in force. */
bool packs_alarm_limits(
    const struct packs *p, int64_t at_us, struct alarm_kpi_limits *out);

/* Certificate classes and who needs which, in force at this time; NULL: none,
 * nobody may work. */
const Pack__Credentials *packs_credentials(
    const struct packs *p, int64_t at_us);

#endif
