/* verify_part.h - what the verifier's files share; private to verify*.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_VERIFY_PART_H
#define LEDGER_VERIFY_PART_H

#include "ledger/bundle.h"
#include "ledger/note.h"
#include "ledger/policy.h"
#include "ledger/seal.h"
#include "ledger/verify.h"
#include "ledger/window.h"
#include "ledger/zip.h"

#define VERIFY_PART_NAME 160 /* bytes of a member's name or a subject */

/* ---- the judge (verify.c) ---- */

struct verify_judge {
	const struct verify_options *options;
	struct verify_result *result;
	/* What a sound claim is worth: UNTRUSTED unless the reader's own policy
	 * knows the log. */
	enum verify_status ceiling;
};

/* What a claim is about, in both languages. */
struct verify_name {
	char en[VERIFY_PART_NAME];
	char zh[VERIFY_PART_NAME];
};
#define VERIFY_NAME(en, zh) (&(const struct verify_name){en, zh})
void verify_name(struct verify_name *out, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Counts a claim and hands it to the sink; PASS is lowered to the ceiling.
 * `fmt` is English (proto/zh.h). */
void verify_say(struct verify_judge *j, enum verify_status status,
    enum verify_topic topic, const struct verify_name *subject, const char *fmt,
    ...) __attribute__((format(printf, 5, 6)));
void verify_say_why(struct verify_judge *j, enum verify_status status,
    enum verify_topic topic, const struct verify_name *subject,
    const struct err_why *why);

/* UNSUPPORTED for ERR_UNSUPPORTED, else FAIL. */
enum verify_status verify_bad(enum err e);

/* ---- checkpoint and policy (verify_note.c) ---- */

/*
 * verify_note - judge a checkpoint under the reader's policy or, for want of
 * one, under the sender's (ptr NULL: none), and set the ceiling.
 * False: nothing that rests on it can be judged; said already.
 */
bool verify_note(struct verify_judge *j, struct bytes note, struct bytes sender,
    struct note_checkpoint *out);

/* ---- a lone proof (verify_proof.c) ---- */

void verify_proof(struct verify_judge *j, struct bytes in);

/* ---- bundles ---- */

/* A proven leaf that matters to the question. */
struct verify_leaf {
	uint64_t index;
	Ledger__Entry *entry;
	bool single; /* proven by a file of its own */
	bool wanted; /* somebody asked for it */
	struct buf body; /* what records/ or actors/ shows of it */
	Record__Erasure *erasure; /* of an open ERASURE entry */
	Record__Retention *retention; /* of an open RETENTION entry */
};

/* An ACTOR entry as far as it is opened. */
struct verify_actor {
	const struct verify_leaf *leaf;
	Record__Actor *said; /* NULL: closed */
};

struct verify_bundle {
	struct verify_judge *judge;
	struct zip_reader *zip;
	bool *used; /* by member */
	Ledger__Manifest *manifest;
	bool *withheld_used; /* by manifest line */
	struct window_question question;
	uint8_t (*ids)[16];
	struct buf policy;
	struct buf note;
	struct note_checkpoint checkpoint;
	char dir[5 + 2 * HASH_BYTES + 1];
	char node[NOTE_NAME_MAX + 1]; /* origin without its last two parts */
	bool first_generation; /* no log comes before this one */
	struct verify_leaf *leaves; /* ascending index */
	size_t leaves_len;
	struct window_check walk;
	bool walked; /* the run is proven and its chains hold */
	struct verify_leaf *heads_leaf;
	Record__Heads *heads;
	struct verify_actor *actors; /* ascending index */
	size_t actors_len;
};

void verify_bundle(struct verify_judge *j, struct bytes in);

/* A member's contents, appended, and marked as used.  ERR_NOT_FOUND. */
ERR_CHECKED enum err verify_bundle_read(struct verify_bundle *b,
    const char *name, struct buf *out, struct err_why *why);
void verify_bundle_name(char out[static VERIFY_PART_NAME], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* verify_leaf.c: fills leaves with what is proven; false: none of it is. */
bool verify_leaf_run(struct verify_bundle *b);
bool verify_leaf_singles(struct verify_bundle *b);
/* Sorts; false when an index stands there twice. */
bool verify_leaf_sort(struct verify_bundle *b);
struct verify_leaf *verify_leaf_find(struct verify_bundle *b, uint64_t index);

/*
 * verify_record_open (verify_record.c) - read <folder>/<index>.json, hold it
 * against the leaf and against itself; leaf->body then holds what it shows.
 *   out   release with ledger__disclosure__free_unpacked(out, NULL)
 * False: said already.
 */
bool verify_record_open(struct verify_bundle *b, struct verify_leaf *leaf,
    const char *folder, Ledger__Disclosure **out);
bool verify_record_exists(
    const struct verify_bundle *b, const char *folder, uint64_t index);
/* Is this field open, or not there at all? */
bool verify_record_shows(const Ledger__Opening *o, uint32_t number);
void verify_record_all(struct verify_bundle *b);

/* verify_withheld.c: judges what the manifest says is not shown.  _find gives
 * the line for this part (NULL: the whole) or, field > 0, field of the body,
 * and marks it as used; NULL: no such line. */
const Ledger__Withheld *verify_withheld_find(
    struct verify_bundle *b, uint64_t index, const char *part, uint32_t field);
void verify_withheld_all(struct verify_bundle *b);
/* And of which entries it says that their media ended. */
void verify_withheld_media(struct verify_bundle *b);

/* verify_actor.c */
void verify_actor_all(struct verify_bundle *b);
void verify_actor_signature(struct verify_bundle *b,
    const struct verify_leaf *leaf, const Ledger__Auth *auth);

#endif
