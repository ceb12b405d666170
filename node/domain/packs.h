/* packs.h - rule packs: the standards as data. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_PACKS_H
#define NODE_DOMAIN_PACKS_H

#include "node/domain/looser.h"
#include "node/domain/packs_force.h"
#include "pack.pb-c.h"
#include "proto/bytes.h"
#include "proto/err.h"

#define PACKS_MAX 256
#define PACKS_CLASSES_MAX 16

/* Any thread may read it once nobody adds to it. */
struct packs;

struct packs *packs_new(void); /* none yet */
/* packs_add - one file's text.  ERR_MALFORMED: `why` names `name`, line and
 * field; ERR_EXISTS: another text stands under this version, built in or by an
 * entry of the ledger; ERR_REFUSED: looser than the standard (packs_seal). */
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

#define PACKS_NAME_MAX 96
/* What is known of a version, and what the ledger says of it. */
struct packs_fact {
	char name[PACKS_NAME_MAX]; /* "calendar@2026.1" */
	uint64_t id; /* packs_id, packs_text_id */
	uint64_t text_id;
	struct hash digest; /* SHA-256 of its text */
	struct bytes text; /* the set's */
	int64_t effective_us; /* says the text */
	bool built_in;
	int64_t active_us; /* activated by an entry; 0: by none */
	bool by_file; /* by an entry that nobody asked for (pack_adopt.h) */
	/* Where it is looser than the standard's: in force only when activated,
	 * until its deviation ends; "": nowhere. */
	char looser[LOOSER_AT];
	bool deviates; /* and says why, who and until when */
};
/* Notes the newest activation of this very text: of the versions in force it
 * goes before those activated, or effective, earlier, and no other text may
 * stand under its name.  false: the text is not here; until it is, nothing of
 * its kind is in force in its place. */
bool packs_activate(struct packs *p, const char *name,
    const struct hash *digest, int64_t at_us);
/* Says of what was activated last under this name that nobody did. */
void packs_by_file(struct packs *p, const char *name);
/* The ledger's time went back after all that was noted: from when, to when.
 * What was in force stays so. */
void packs_time_reset(struct packs *p, int64_t from_us, int64_t to_us);
/* An entry cannot be read that may have activated anything.  Until a later one
 * says which version holds, no work or certificate goes by any, nothing ends,
 * and no file comes into force. */
void packs_unread(struct packs *p, int64_t at_us);
/* packs_judge - a version that is here, by the standard of now; as packs_add */
ERR_CHECKED enum err packs_judge(
    struct packs *p, const char *name, struct err_why *why);
/* packs_restore - the text that was activated takes the place of any other.
 * ERR_CORRUPT: it is not that text; ERR_MALFORMED. */
ERR_CHECKED enum err packs_restore(struct packs *p, const char *name,
    const struct hash *digest, struct bytes text, struct err_why *why);
/* Versions that the ledger names and whose text is not here. */
const char *packs_absent(const struct packs *p, size_t i);
/* One by one, of any kind; NULL: i is past the last. */
const Pack__Pack *packs_at(
    const struct packs *p, size_t i, struct packs_fact *out);

/* The newest of the standard's versions of its kind that wait for activation
 * (by name); a new plant begins with these. */
bool packs_waiting(const struct packs *p, size_t i);
/* The name of that version where it asks for more than this one of its kind;
 * NULL: none does. */
const char *packs_whole(const struct packs *p, size_t i);

/* The version with which a permit began, by packs_text_id or, of older
 * entries, packs_id; NULL: unknown, or not that text. */
const Pack__Work *packs_version(const struct packs *p, uint64_t id);
/* Number of a version: first 8 bytes of SHA-256("hot-work@2022.1"). */
uint64_t packs_id(const char *version);
uint64_t packs_text_id(const char *version, const struct hash *digest);
/* Digest of the text of a version of this set. */
bool packs_digest(const struct packs *p, const Pack__Work *w, struct hash *out);
/* "hot-work@2022.1" */
void packs_name(char out[static 64], const Pack__Work *w);

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

#endif
