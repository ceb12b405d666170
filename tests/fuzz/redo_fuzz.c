/* redo_fuzz.c - journal files that a bad disk or a hand has changed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/redo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/temp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FRAMES 4
#define FRAME_BYTES 117 /* head of 112, "row 1" */

static char dir[TEMP_PATH_BYTES];
static char *good[2];
static size_t good_len[2];
static unsigned home; /* the file with the frames, one block each */
static bool hit[FRAMES + 1]; /* block 0: the head */

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
remove_dir(void)
{
	temp_remove(dir);
	free(good[0]);
	free(good[1]);
}

/* The bytes of a frame's head, rows and sum, not what fills its block. */
static bool
differs(const uint8_t *bytes, size_t at)
{
	return memcmp(bytes + at, good[home] + at, FRAME_BYTES) != 0;
}

static void
path_of(char out[static TEMP_PATH_BYTES], unsigned file)
{
	temp_path(out, dir, file == 0 ? "redo.0" : "redo.1");
}

/* Two files with FRAMES frames: "row 1", "row 2" ... */
static void
make_files(void)
{
	const struct redo_base base = {.txn = 7, .map = 1 << 20, .page = 4096};
	struct redo_frame last;
	char path[TEMP_PATH_BYTES];
	struct redo *r;
	struct buf frame;

	temp_make(dir);
	(void)atexit(remove_dir);
	must(redo_open(&r, dir, true, NULL) == ERR_OK);
	must(redo_create(r, &base, NULL) == ERR_OK);
	must(redo_replay(r, NULL, NULL, &last, NULL) == ERR_OK);
	buf_init(&frame, REDO_FRAME_MAX);
	for (unsigned i = 1; i <= FRAMES; i++) {
		redo_begin(&frame);
		buf_printf(&frame, "row %u", i);
		must(redo_append(r, base.txn + i, &frame, NULL) == ERR_OK);
	}
	buf_clear(&frame);
	redo_close(r);
	for (unsigned i = 0; i < 2; i++) {
		path_of(path, i);
		good[i] = temp_read(path, &good_len[i]);
		must(good[i] != NULL);
		/* What follows the frames is zeroes: not worth its copying. */
		if (good_len[i] > (FRAMES + 3) * REDO_BLOCK)
			good_len[i] = (FRAMES + 3) * REDO_BLOCK;
		if (good_len[i] > REDO_BLOCK && good[i][REDO_BLOCK] != 0)
			home = i;
	}
}

/* Frames come from the first on, each as it was written, or not at all. */
static enum err
on_frame(void *arg, const struct redo_frame *f, struct err_why *why)
{
	unsigned *n = arg;
	char want[16];

	(void)why;
	(*n)++;
	must(f->txn == 7 + *n);
	(void)snprintf(want, sizeof(want), "row %u", *n);
	must(bytes_equal(f->rows, bytes_str(want)));
	return ERR_OK;
}

static void
replay(void)
{
	struct redo_frame last = {.txn = 0};
	struct redo *r = NULL;
	unsigned n = 0;
	enum err e;

	e = redo_open(&r, dir, false, NULL);
	must((e == ERR_OK) == (r != NULL));
	if (e != ERR_OK)
		return;
	if (redo_base(r) != NULL) {
		must(redo_base(r)->txn == 7);
		e = redo_replay(r, on_frame, &n, &last, NULL);
		must(e != ERR_OK || last.txn == 7 + n);
		/* All up to the first bad one, and no good one behind it. */
		for (unsigned i = 1; e == ERR_OK && i <= FRAMES; i++)
			must(hit[i] ? i > n : i <= n);
	}
	redo_close(r);
}

/* u8 file, then changes: u16be place, u8 what to combine with by XOR.  They
 * fall into one frame, or into the heads. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[TEMP_PATH_BYTES];
	uint8_t *bytes;
	unsigned file;
	size_t len;

	if (size < 1)
		return 0;
	if (dir[0] == '\0')
		make_files();
	file = data[0] % 2;
	/* A file without anything becomes one with a bad head. */
	len = good_len[file] > 0 ? good_len[file] : REDO_BLOCK;
	bytes = calloc(len, 1);
	must(bytes != NULL);
	memcpy(bytes, good[file], good_len[file]);
	memset(hit, 0, sizeof(hit));
	for (size_t i = 1; i + 3 <= size; i += 3) {
		size_t at = ((size_t)data[i] << 8 | data[i + 1]) % len;

		bytes[at] ^= data[i + 2];
	}
	for (size_t i = 0; file == home && i <= FRAMES; i++)
		hit[i] = differs(bytes, i * REDO_BLOCK);
	path_of(path, file);
	temp_write(path, bytes, len);
	path_of(path, !file);
	temp_write(path, good[!file], good_len[!file]);
	replay();
	free(bytes);
	return 0;
}
