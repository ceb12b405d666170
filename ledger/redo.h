/* redo.h - changes of the tables, durable before LMDB has written them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REDO_H
#define LEDGER_REDO_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

/*
 * Two files, redo.0 and redo.1, beside data.mdb.  Each has a head and frames
 * behind it.  A head says from which state of the tables (its base) the
 * frames go on: first those of its own file, then those of the other.  The
 * valid head with the higher number counts.  A head is only written into the
 * file that does not hold the one that counts, so a torn head costs nothing.
 *
 * A frame is whole blocks, written into blocks that were written before, and
 * carries the checksum of the frame before it: a frame of an earlier round is
 * never taken for the next one.  The last frame may be torn: it was never
 * acknowledged.  A bad one before a good one is damage.
 *
 * Knows no LMDB: what a frame and a base hold is the store's business.
 * Source: docs/decisions/0011-redo-journal.md.
 */
#define REDO_BLOCK 4096u
#define REDO_FILE_MAX ((uint64_t)8 << 20) /* bytes of one file */
#define REDO_FRAME_MAX ((size_t)512 << 10) /* bytes of one frame */
#define REDO_META_BYTES 512

struct redo;

/* The state of the tables that frames go on from. */
struct redo_base {
	/* The tables are durable by themselves and no frame follows. */
	bool direct;
	uint64_t txn; /* of LMDB */
	uint64_t map; /* bytes, at least; what the frames need */
	uint32_t page; /* bytes: where LMDB's second page begins */
	uint8_t meta[2][REDO_META_BYTES]; /* how its first two pages begin */
};

/*
 * redo_open - read the heads in directory `dir`; one thread at a time until
 * redo_close.  Files that are missing or without a valid head are not an
 * error: redo_base gives NULL.  ERR_IO, ERR_DENIED; ERR_UNSUPPORTED: written
 * by a newer version.
 */
ERR_CHECKED enum err redo_open(
    struct redo **out, const char *dir, bool writable, struct err_why *why);
void redo_close(struct redo *r); /* NULL allowed */

/* The base that counts; NULL: none.  Valid until the next redo_head. */
const struct redo_base *redo_base(const struct redo *r);
/* The head was written since this machine started: what was written later
 * but not synced is still in the page cache. */
bool redo_this_boot(const struct redo *r);

/* New, empty files with this base; durable.  ERR_IO, ERR_FULL. */
ERR_CHECKED enum err redo_create(
    struct redo *r, const struct redo_base *base, struct err_why *why);

struct redo_frame {
	uint64_t txn; /* of LMDB, that it became */
	bool mark; /* see redo_mark */
	struct bytes rows; /* borrowed for the call */
};
typedef enum err (*redo_visit)(
    void *arg, const struct redo_frame *f, struct err_why *why);

/*
 * redo_replay - every frame after the base, in order.  Frames are appended
 * behind the last one from then on.
 *
 *   last    out: the last one (rows empty); txn of the base when there is none
 *
 * ERR_CORRUPT  a frame is damaged and later ones are there, ERR_IO, or what
 *              `visit` said
 */
ERR_CHECKED enum err redo_replay(struct redo *r, redo_visit visit, void *arg,
    struct redo_frame *last, struct err_why *why);

/*
 * redo_begin - make `frame` (initialized, REDO_FRAME_MAX) ready for rows;
 * redo_empty  - true when nothing was put into it since;
 * redo_append - what was put into it since becomes the next frame; durable.
 *
 * ERR_FULL  no room on the disk, nothing happened
 * ERR_IO    it is unknown what the disk holds: append no more
 */
void redo_begin(struct buf *frame);
bool redo_empty(const struct buf *frame);
ERR_CHECKED enum err redo_append(
    struct redo *r, uint64_t txn, struct buf *frame, struct err_why *why);
/* True when redo_append has room for it in the present file. */
bool redo_fits(const struct redo *r, const struct buf *frame);
/* Bytes of frames in the present file. */
uint64_t redo_length(const struct redo *r);

/* As redo_append: transactions from `txn` on become durable without frames.
 * Unless one of them did, the mark means nothing. */
ERR_CHECKED enum err redo_mark(
    struct redo *r, uint64_t txn, struct err_why *why);
/* Takes the last frame or mark back; durable.  Once per append.  ERR_IO. */
ERR_CHECKED enum err redo_cancel(struct redo *r, struct err_why *why);

/*
 * redo_turn - the tables are at `base` now: frames go to the other file from
 * here on; redo_head - that state is durable, so the earlier frames are not
 * needed any more; durable.  One redo_head after each redo_turn, on any
 * thread, while others append.
 */
void redo_turn(struct redo *r, const struct redo_base *base);
ERR_CHECKED enum err redo_head(struct redo *r, struct err_why *why);

#endif
