/* packs.h - rule packs: the standards as data. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_PACKS_H
#define NODE_DOMAIN_PACKS_H

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
void packs_free(struct packs *p);

/* The newest version of a work type that is in force at `at_us`; NULL: none. */
const Pack__Work *packs_work(
    const struct packs *p, const char *work_type, int64_t at_us);
/* The version with which a permit began, by packs_id; NULL: unknown. */
const Pack__Work *packs_version(const struct packs *p, uint64_t id);
/* Number of a version: first 8 bytes of SHA-256("hot-work@2022.1"). */
uint64_t packs_id(const char *version);
/* "hot-work@2022.1" */
void packs_name(char out[static 64], const Pack__Work *w);

/* Limits of a level; NULL when the pack has none. */
const Pack__Level *packs_level(
    const Pack__Work *w, Record__Permit__Level level);
/* Right for an action; NULL when the pack has none: nobody may. */
const Pack__Right *packs_right(
    const Pack__Work *w, Record__Permit__Action action);

/* Known versions one by one, in no order; NULL: i is past the last.  Those that
 * are no work type's are left out. */
const Pack__Work *packs_each(const struct packs *p, size_t i);

/* The policy for releasing intelligence at this time; NULL: none, nothing may
 * leave. */
const Pack__Release *packs_release(const struct packs *p, int64_t at_us);

/* The alarm policy in force at this time; NULL: none. */
const Pack__AlarmPolicy *packs_alarm(const struct packs *p, int64_t at_us);

#endif
