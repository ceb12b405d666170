/* fork.h - two signed notes of one log that exclude each other, as a file. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_FORK_H
#define LEDGER_FORK_H

#include "ledger/note.h"
#include "proto/buf.h"
#include "proto/err.h"

#define FORK_TEXT_MAX 4096 /* bytes of a checkpoint that is acknowledged */
#define FORK_NOTE_MAX 8192 /* bytes of one note in evidence */
#define FORK_BYTES_MAX 24576
#define FORK_HEAD "lianfang/fork-evidence/v1\n"

/*
 * What shows by itself that whoever has the key of a log signed two histories:
 *
 *   two checkpoints of one size with different roots
 *   two of different sizes, and `root`, which the tree of the second had at the
 *       size of the first, with the proof of it: another one than the first
 *       says
 *   one of size 0 with a root that is not that of nothing
 *   a succession, and a checkpoint beyond the end that it states, or of
 *       another root there; or two successions of one log
 *
 * Views into the file it was read from, or of whoever makes one.  The keys are
 * for strangers: nobody believes them because they stand there.
 * Source: docs/wire.md 8.5.
 */
struct fork {
	struct bytes first; /* signed notes, verbatim; a succession is first */
	struct bytes second;
	bool bound; /* root and proof are given */
	struct hash root;
	struct tree_proof proof;
	bool has_log;
	bool has_identity;
	struct note_vkey log;
	struct note_vkey identity; /* of a succession */
};

/* Appends the file. */
void fork_put(struct buf *out, const struct fork *f);
/* ERR_MALFORMED, ERR_LIMIT; nothing of it is believed yet. */
ERR_CHECKED enum err fork_get(
    struct fork *out, struct bytes file, struct err_why *why);
/* What log it is about, by its second note, not yet believed. */
ERR_CHECKED enum err fork_origin(char out[static NOTE_NAME_MAX + 1],
    const struct fork *f, struct err_why *why);

/*
 * fork_check - do these notes, signed by these keys, exclude each other?
 *   identity   of the owner: pub of Ed25519; NULL: no successions are known
 * ERR_UNVERIFIED  a signature does not verify
 * ERR_REFUSED     they agree, or nothing shows that they do not
 * Pure.
 */
ERR_CHECKED enum err fork_check(const struct fork *f,
    const struct note_vkey *log, const uint8_t *identity, struct err_why *why);

#endif
