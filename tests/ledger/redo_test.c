/* redo_test.c - frames come back whole and in order, or not at all. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "ledger/redo.h"
#include "proto/crypto.h"
#include "tests/support/temp.h"

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
ssize_t __real_pwritev(int fd, const struct iovec *iov, int n, off_t at);
ssize_t __wrap_pwritev(int fd, const struct iovec *iov, int n, off_t at);

static bool fail_sync;
static bool fail_extend;

int
__wrap_fdatasync(int fd)
{
	if (!fail_sync)
		return __real_fdatasync(fd);
	errno = EIO;
	return -1;
}

ssize_t
__wrap_pwritev(int fd, const struct iovec *iov, int n, off_t at)
{
	if (!fail_extend)
		return __real_pwritev(fd, iov, n, at);
	errno = ENOSPC;
	return -1;
}

static char dir[TEMP_PATH_BYTES];
static struct redo *redo;
static struct buf frame;

static struct redo_base
base_at(uint64_t txn)
{
	struct redo_base b = {.txn = txn, .map = 1 << 20, .page = 4096};

	memset(b.meta[0], (int)txn, REDO_META_BYTES);
	return b;
}

static void
setup(void)
{
	struct redo_base base = base_at(10);

	crypto_start();
	temp_make(dir);
	buf_init(&frame, REDO_FRAME_MAX);
	cr_assert_eq(redo_open(&redo, dir, true, NULL), ERR_OK);
	cr_assert_null(redo_base(redo));
	cr_assert_eq(redo_create(redo, &base, NULL), ERR_OK);
}

static void
teardown(void)
{
	redo_close(redo);
	buf_clear(&frame);
	temp_remove(dir);
}

TestSuite(redo, .init = setup, .fini = teardown);

static void
reopen(void)
{
	redo_close(redo);
	cr_assert_eq(redo_open(&redo, dir, true, NULL), ERR_OK);
}

/* A frame of `len` bytes that all say which one it is. */
static void
append(uint64_t txn, size_t len)
{
	redo_begin(&frame);
	memset(buf_grow(&frame, len), (int)txn, len);
	cr_assert_eq(redo_append(redo, txn, &frame, NULL), ERR_OK);
}

static void
turn(uint64_t txn)
{
	struct redo_base base = base_at(txn);

	redo_turn(redo, &base);
}

struct seen {
	char text[512]; /* "11:100 12:5000 " */
};

static enum err
see(void *arg, const struct redo_frame *f, struct err_why *why)
{
	struct seen *s = arg;
	size_t n = strlen(s->text);

	(void)why;
	for (size_t i = 0; i < f->rows.len; i++)
		cr_assert_eq(f->rows.ptr[i], (uint8_t)f->txn);
	(void)snprintf(s->text + n, sizeof(s->text) - n, "%u:%zu%s ",
	    (unsigned)f->txn, f->rows.len, f->mark ? "!" : "");
	return ERR_OK;
}

static enum err
replay(struct seen *out, struct redo_frame *last)
{
	*out = (struct seen){""};
	return redo_replay(redo, see, out, last, NULL);
}

static void
expect(const char *text)
{
	struct redo_frame last;
	struct seen seen;

	reopen();
	cr_assert_eq(replay(&seen, &last), ERR_OK);
	cr_assert_str_eq(seen.text, text);
}

static void
damage(const char *name, size_t at)
{
	char path[TEMP_PATH_BYTES];

	temp_path(path, dir, name);
	temp_flip(path, at);
}

Test(redo, frames_come_back_in_order)
{
	struct redo_frame last;
	struct seen seen;

	append(11, 100);
	append(12, 10000);
	append(13, 1);
	reopen();
	cr_assert_eq(redo_base(redo)->txn, 10u);
	cr_assert_eq(redo_base(redo)->meta[0][511], 10u);
	cr_assert(!redo_base(redo)->direct);
	cr_assert(redo_this_boot(redo));
	cr_assert_eq(replay(&seen, &last), ERR_OK);
	cr_assert_str_eq(seen.text, "11:100 12:10000 13:1 ");
	cr_assert_eq(last.txn, 13u);
	append(14, 7);
	expect("11:100 12:10000 13:1 14:7 ");
}

Test(redo, no_frame_shares_a_block_with_another)
{
	append(11, 1);
	append(12, 4096);
	cr_assert_eq(redo_length(redo), 3u * REDO_BLOCK);
}

Test(redo, a_torn_last_frame_never_was)
{
	append(11, 100);
	append(12, 10000);
	damage("redo.0", 4096 + 4096 + 9000);
	expect("11:100 ");
	append(12, 20);
	expect("11:100 12:20 ");
}

Test(redo, a_file_that_ends_within_the_last_frame_is_a_torn_frame)
{
	char path[TEMP_PATH_BYTES];

	append(11, 100);
	append(12, 10000);
	temp_path(path, dir, "redo.0");
	cr_assert_eq(truncate(path, 4096 + 4096 + 5000), 0);
	expect("11:100 ");
	append(12, 20);
	expect("11:100 12:20 ");
}

Test(redo, a_damaged_frame_before_a_whole_one_is_told_with_its_place)
{
	struct redo_frame last;
	struct err_why why;
	static const size_t at[] = {0, 30, 90, 200, 9000};

	for (size_t i = 0; i < 5; i++) {
		append(11, 100);
		append(12, 10000);
		append(13, 100);
		damage("redo.0", 4096 + 4096 + at[i]);
		reopen();
		cr_assert_eq(
		    redo_replay(redo, NULL, NULL, &last, &why), ERR_CORRUPT);
		cr_assert_not_null(
		    strstr(why.text, "redo.0: the frame at byte 8192"), "%s",
		    why.text);
		teardown();
		setup();
	}
}

Test(redo, a_damaged_frame_is_told_when_the_next_is_in_the_other_file)
{
	struct redo_frame last;

	append(11, 100);
	append(12, 100);
	turn(12);
	append(13, 100);
	expect("11:100 12:100 13:100 ");
	damage("redo.0", 4096 + 4096 + 150);
	reopen();
	cr_assert_eq(redo_replay(redo, NULL, NULL, &last, NULL), ERR_CORRUPT);
}

Test(redo, frames_go_on_in_the_other_file_until_its_head_is_durable)
{
	append(11, 100);
	turn(11);
	append(12, 200);
	append(13, 300);
	expect("11:100 12:200 13:300 ");
}

Test(redo, a_head_makes_earlier_frames_unnecessary)
{
	append(11, 100);
	turn(11);
	append(12, 200);
	cr_assert_eq(redo_head(redo, NULL), ERR_OK);
	append(13, 300);
	expect("12:200 13:300 ");
	cr_assert_eq(redo_base(redo)->txn, 11u);
}

Test(redo, frames_of_an_earlier_round_are_not_taken)
{
	for (uint64_t txn = 11; txn < 40; txn += 3) {
		append(txn, 100);
		append(txn + 1, 100);
		turn(txn + 1);
		append(txn + 2, 100);
		cr_assert_eq(redo_head(redo, NULL), ERR_OK);
	}
	expect("40:100 ");
	turn(40);
	cr_assert_eq(redo_head(redo, NULL), ERR_OK);
	expect("");
}

Test(redo, a_torn_head_leaves_the_earlier_one)
{
	append(11, 100);
	turn(11);
	append(12, 200);
	cr_assert_eq(redo_head(redo, NULL), ERR_OK);
	damage("redo.1", 100);
	expect("11:100 12:200 ");
	cr_assert_eq(redo_base(redo)->txn, 10u);
}

Test(redo, losing_the_head_that_counts_is_told)
{
	struct redo_frame last;

	append(11, 100);
	turn(11);
	cr_assert_eq(redo_head(redo, NULL), ERR_OK);
	append(12, 200);
	turn(12);
	cr_assert_eq(redo_head(redo, NULL), ERR_OK);
	append(13, 300);
	damage("redo.0", 100);
	reopen();
	cr_assert_eq(redo_base(redo)->txn, 11u);
	cr_assert_eq(redo_replay(redo, NULL, NULL, &last, NULL), ERR_OK);
	damage("redo.1", 4096 + 150);
	reopen();
	cr_assert_eq(redo_replay(redo, NULL, NULL, &last, NULL), ERR_CORRUPT);
}

Test(redo, what_was_taken_back_is_not_replayed)
{
	append(11, 100);
	append(12, 9000);
	cr_assert_eq(redo_cancel(redo, NULL), ERR_OK);
	expect("11:100 ");
	append(12, 300);
	cr_assert_eq(redo_cancel(redo, NULL), ERR_OK);
	append(12, 400);
	append(13, 500);
	expect("11:100 12:400 13:500 ");
}

Test(redo, a_mark_is_seen_and_can_be_taken_back)
{
	struct redo_frame last;

	append(11, 100);
	cr_assert_eq(redo_mark(redo, 12, NULL), ERR_OK);
	reopen();
	cr_assert_eq(redo_replay(redo, NULL, NULL, &last, NULL), ERR_OK);
	cr_assert(last.mark);
	cr_assert_eq(last.txn, 12u);
	expect("11:100 12:0! ");
	cr_assert_eq(redo_mark(redo, 13, NULL), ERR_OK);
	cr_assert_eq(redo_cancel(redo, NULL), ERR_OK);
	append(13, 5);
	expect("11:100 12:0! 13:5 ");
}

Test(redo, knows_when_a_file_is_full)
{
	unsigned n = 0;

	redo_begin(&frame);
	(void)buf_grow(&frame, REDO_FRAME_MAX - frame.len);
	while (redo_fits(redo, &frame)) {
		append(11 + n++, REDO_FRAME_MAX - 4096);
		redo_begin(&frame);
		(void)buf_grow(&frame, REDO_FRAME_MAX - frame.len);
	}
	cr_assert_gt(n, 4u);
	turn(11 + n);
	append(11 + n, 100);
}

Test(redo, a_failed_sync_is_told)
{
	append(11, 100);
	redo_begin(&frame);
	buf_str(&frame, "rows");
	fail_sync = true;
	cr_assert_eq(redo_append(redo, 12, &frame, NULL), ERR_IO);
	fail_sync = false;
}

Test(redo, no_room_to_grow_changes_nothing)
{
	redo_begin(&frame);
	buf_str(&frame, "rows");
	fail_extend = true;
	cr_assert_eq(redo_append(redo, 11, &frame, NULL), ERR_FULL);
	fail_extend = false;
	append(11, 100);
	expect("11:100 ");
}

Test(redo, a_new_life_forgets_the_old_one)
{
	struct redo_base base = base_at(5);

	append(11, 100);
	append(12, 100);
	cr_assert_eq(redo_create(redo, &base, NULL), ERR_OK);
	expect("");
	append(6, 100);
	expect("6:100 ");
}

Test(redo, a_head_of_another_kind_or_none_is_no_base)
{
	char path[TEMP_PATH_BYTES];
	static const uint8_t rubbish[5000] = "LFREDOH\n";

	temp_path(path, dir, "redo.0");
	temp_write(path, rubbish, sizeof(rubbish));
	reopen();
	cr_assert_null(redo_base(redo));
	temp_write(path, rubbish, 100);
	reopen();
	cr_assert_null(redo_base(redo));
}

Test(redo, files_are_for_their_owner_only)
{
	char path[TEMP_PATH_BYTES];
	struct stat st;

	append(11, 1);
	temp_path(path, dir, "redo.0");
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 0777u, 0600u);
}
