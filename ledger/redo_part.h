/* redo_part.h - what the two files of the redo journal share. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REDO_PART_H
#define LEDGER_REDO_PART_H

#include "ledger/redo.h"

#define ID_BYTES 16
#define BOOT_BYTES 36
#define FRAME_SUM_AT 80
#define FRAME_HEAD_BYTES (FRAME_SUM_AT + HASH_BYTES)

/* number: the higher one counts.  serial, chain: of the last frame before. */
struct redo_state {
	uint8_t id[ID_BYTES];
	uint8_t boot[BOOT_BYTES];
	uint64_t number;
	uint64_t serial;
	struct hash chain;
	struct redo_base base;
};

struct redo_frame_head {
	uint64_t serial;
	uint64_t txn;
	bool mark;
	uint32_t len;
	struct hash chain; /* of the frame before */
	struct hash sum;
};

/*
 * Invariants: 1. head is what the file `home` begins with; the other file's
 * head has a lower number or is not valid.  2. now == home, or a redo_head is
 * due for the file `now`.
 */
struct redo {
	int dir;
	int frames[2];
	int heads[2];
	uint64_t size[2]; /* bytes that were written once */
	bool writable;
	bool valid;
	uint8_t id[ID_BYTES]; /* of this life of the files */
	uint8_t boot[BOOT_BYTES]; /* of this run of the machine; 0: unknown */
	unsigned home;
	struct redo_state head;
	struct redo_state next; /* from redo_turn to redo_head */
	/* Where the next frame goes. */
	unsigned now;
	uint64_t at;
	uint64_t serial; /* of the last frame */
	struct hash chain; /* its sum */
	struct hash before; /* that of the one before it */
	uint64_t undo; /* where it begins; 0: cannot be taken back */
};

/* ERR_NOT_FOUND: the file ends before. */
ERR_CHECKED enum err redo_read_at(
    int fd, uint8_t *p, size_t len, uint64_t at, struct err_why *why);
void redo_frame_sum(struct hash *out, const uint8_t *frame, size_t len);
/* False: not a frame of these files. */
bool redo_frame_head(
    const struct redo *r, const uint8_t *in, struct redo_frame_head *out);

#endif
