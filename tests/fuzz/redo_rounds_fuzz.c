/* redo_rounds_fuzz.c - what comes back from redo files is what was appended. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/redo.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/crypto.h"
#include "tests/support/temp.h"

#define TXNS 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[TEMP_PATH_BYTES];

/* What each transaction appended; the input says how many there are. */
static struct run {
	struct redo *redo;
	struct buf frame;
	size_t len[TXNS];
	bool mark[TXNS];
	unsigned txn; /* the last one */
	unsigned base; /* of the head that counts */
	unsigned turn; /* of the one that is due; 0: none */
	bool undo;
	bool damaged;
} run;

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static struct redo_base
base_at(unsigned txn)
{
	struct redo_base b = {.txn = txn, .map = 1, .page = 4096};

	return b;
}

static void
append(struct run *r, size_t len)
{
	r->txn++;
	r->len[r->txn] = len;
	r->mark[r->txn] = false;
	redo_begin(&r->frame);
	memset(buf_grow(&r->frame, len), (int)r->txn, len);
	must(redo_append(r->redo, r->txn, &r->frame, NULL) == ERR_OK);
	r->undo = true;
}

static void
step(struct run *r, uint8_t what, uint8_t more)
{
	struct redo_base base = base_at(r->txn);

	if (what < 4) {
		append(r, (size_t)more * (what * 20u + 1u));
	} else if (what == 4 && r->turn == 0) {
		redo_turn(r->redo, &base);
		r->turn = r->txn + 1;
		r->undo = false;
	} else if (what == 5 && r->turn != 0) {
		must(redo_head(r->redo, NULL) == ERR_OK);
		r->base = r->turn - 1;
		r->turn = 0;
	} else if (what == 6) {
		r->txn++;
		r->len[r->txn] = 0;
		r->mark[r->txn] = true;
		must(redo_mark(r->redo, r->txn, NULL) == ERR_OK);
		r->undo = true;
	} else if (what == 7 && r->undo) {
		must(redo_cancel(r->redo, NULL) == ERR_OK);
		r->undo = false;
		r->txn--;
	}
}

static void
damage(struct run *r, const uint8_t *in)
{
	char path[TEMP_PATH_BYTES];
	struct stat st;
	uint8_t byte;
	off_t at;
	int fd;

	temp_path(path, dir, (in[0] & 1) != 0 ? "redo.1" : "redo.0");
	fd = open(path, O_RDWR | O_CLOEXEC);
	must(fd >= 0 && fstat(fd, &st) == 0);
	at = in[1] | in[2] << 8 | in[3] << 16;
	if (at < st.st_size && in[4] != 0) {
		must(pread(fd, &byte, 1, at) == 1);
		byte ^= in[4];
		must(pwrite(fd, &byte, 1, at) == 1);
		r->damaged = true;
	}
	(void)close(fd);
}

static enum err
see(void *arg, const struct redo_frame *f, struct err_why *why)
{
	uint64_t *last = arg;

	(void)why;
	must(f->txn == *last + 1 && f->txn <= run.txn);
	must(f->rows.len == run.len[f->txn] && f->mark == run.mark[f->txn]);
	for (size_t i = 0; i < f->rows.len; i++)
		must(f->rows.ptr[i] == (uint8_t)f->txn);
	*last = f->txn;
	return ERR_OK;
}

static void
check(struct run *r)
{
	struct redo_frame last;
	uint64_t txn;
	enum err e;

	must(redo_open(&r->redo, dir, true, NULL) == ERR_OK);
	if (redo_base(r->redo) == NULL) {
		must(r->damaged);
		return;
	}
	txn = redo_base(r->redo)->txn;
	must(txn <= r->base && (r->damaged || txn == r->base));
	e = redo_replay(r->redo, see, &txn, &last, NULL);
	must(e == ERR_OK || (e == ERR_CORRUPT && r->damaged));
	if (e != ERR_OK)
		return;
	must(last.txn == txn && (r->damaged || txn == r->txn));
	/* And it goes on from there. */
	r->txn = (unsigned)txn;
	append(r, 5);
	redo_close(r->redo);
	must(redo_open(&r->redo, dir, false, NULL) == ERR_OK);
	txn = redo_base(r->redo)->txn;
	must(redo_replay(r->redo, see, &txn, &last, NULL) == ERR_OK);
	must(txn == r->txn);
}

static void
remove_dir(void)
{
	temp_remove(dir);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct redo_base base = base_at(0);
	size_t at = 0;

	if (dir[0] == '\0') {
		crypto_start();
		temp_make(dir);
		(void)atexit(remove_dir);
	}
	memset(&run, 0, sizeof(run));
	buf_init(&run.frame, REDO_FRAME_MAX);
	must(redo_open(&run.redo, dir, true, NULL) == ERR_OK);
	must(redo_create(run.redo, &base, NULL) == ERR_OK);
	for (; at + 2 <= size && data[at] != 0xff && run.txn < TXNS - 2;
	     at += 2)
		step(&run, data[at] % 8, data[at + 1]);
	redo_close(run.redo);
	for (at++; at + 5 <= size; at += 5)
		damage(&run, data + at);
	check(&run);
	redo_close(run.redo);
	buf_clear(&run.frame);
	return 0;
}
