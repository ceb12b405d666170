/* store_compact_test.c - a store becomes smaller and says the same. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/store_space.h"
#include "tests/support/temp.h"

#define ROWS 3000
#define VALUE 700

static char dir[TEMP_PATH_BYTES];
static char path[TEMP_PATH_BYTES];
static struct store *store;
static struct store_table table;

static void
reopen(unsigned flags)
{
	store_close(store);
	store = NULL;
	cr_assert_eq(store_open(&store, path, flags, NULL), ERR_OK);
	cr_assert_eq(store_table(store, "rows", &table, NULL), ERR_OK);
}

/* Every third row stays of what was written; in several commits. */
static void
setup(void)
{
	uint8_t value[VALUE];
	struct store_txn *txn;
	char key[16];

	temp_make(dir);
	temp_path(path, dir, "store");
	reopen(STORE_CREATE);
	for (int pass = 0; pass < 2; pass++) {
		cr_assert_eq(store_write(store, &txn, NULL), ERR_OK);
		for (int i = 0; i < ROWS; i++) {
			(void)snprintf(key, sizeof(key), "%06d", i);
			memset(value, i, sizeof(value));
			if (pass == 0)
				cr_assert_eq(
				    store_put(txn, table, bytes_str(key),
				        bytes_of(value, sizeof(value)), NULL),
				    ERR_OK);
			else if (i % 3 != 0)
				cr_assert_eq(
				    store_del(txn, table, bytes_str(key), NULL),
				    ERR_OK);
		}
		cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	}
}

static void
teardown(void)
{
	store_close(store);
	store = NULL;
	temp_remove(dir);
}

TestSuite(store_compact, .init = setup, .fini = teardown);
TestSuite(store_space, .init = setup, .fini = teardown);

static void
same_rows(void)
{
	struct store_cursor *c;
	struct store_txn *txn;
	struct store_row row;
	char key[16];
	int i = 0;
	enum err e;

	cr_assert_eq(store_read(store, &txn, NULL), ERR_OK);
	cr_assert_eq(store_cursor(txn, table, &c, NULL), ERR_OK);
	e = store_seek(c, bytes_of(NULL, 0), &row);
	for (; e == ERR_OK; e = store_next(c, &row), i += 3) {
		(void)snprintf(key, sizeof(key), "%06d", i);
		cr_assert(bytes_equal(row.key, bytes_str(key)));
		cr_assert_eq(row.value.len, VALUE);
		cr_assert_eq(row.value.ptr[VALUE - 1], (uint8_t)i);
	}
	cr_assert_eq(e, ERR_NOT_FOUND);
	cr_assert_eq(i, ROWS);
	store_cursor_close(c);
	store_abort(txn);
}

static uint64_t
length(const char *name)
{
	char file[TEMP_PATH_BYTES];
	struct stat st;

	temp_path(file, path, name);
	return stat(file, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static unsigned shown;

static void
show(void *arg, const char *what, uint64_t done, uint64_t total)
{
	cr_assert_eq(arg, &shown);
	cr_assert_leq(done, total, "%s", what);
	shown++;
}

Test(store_compact, gives_back_free_pages_and_keeps_every_row)
{
	struct store_compact c = {.arg = &shown, .progress = show};
	struct store_txn *txn;

	store_close(store);
	store = NULL;
	cr_assert_eq(store_compact(&c, path, NULL), ERR_OK);
	cr_assert_eq(c.after, length("data.mdb"));
	cr_assert_lt(c.after, c.before / 2);
	cr_assert_eq(c.rows, ROWS / 3 + 1); /* and the schema's */
	cr_assert_eq(length("compact"), 0);
	cr_assert_gt(shown, 0);
	reopen(0);
	same_rows();
	/* Also what is written from here on survives. */
	cr_assert_eq(store_write(store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    store_put(txn, table, bytes_str("000000"), bytes_str("new"), NULL),
	    ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	reopen(0);
	reopen(STORE_READ_ONLY);
}

Test(store_compact, leaves_a_store_that_is_written_or_read)
{
	struct store_compact c = {0};
	uint64_t before = length("data.mdb");
	struct err_why why;

	/* Another process: one of ours has each store open only once. */
	for (int reader = 0; reader < 2; reader++) {
		int go[2];
		int status;
		char byte;
		pid_t child;

		store_close(store);
		store = NULL;
		cr_assert_eq(pipe(go), 0);
		child = fork();
		if (child == 0) {
			reopen(reader ? STORE_READ_ONLY : 0);
			_exit(write(go[1], "x", 1) == 1 && pause() ? 0 : 1);
		}
		cr_assert_eq(read(go[0], &byte, 1), 1);
		cr_assert_eq(
		    store_compact(&c, path, &why), ERR_BUSY, "%s", why.text);
		(void)kill(child, SIGKILL);
		(void)waitpid(child, &status, 0);
		(void)close(go[0]);
		(void)close(go[1]);
		cr_assert_eq(length("data.mdb"), before);
	}
	reopen(0);
	cr_assert_eq(length("compact"), 0);
	same_rows();
}

Test(store_compact, does_not_copy_damage)
{
	struct store_compact c = {0};
	const uint64_t before = length("data.mdb");
	char file[TEMP_PATH_BYTES];
	struct err_why why;
	char *whole;
	size_t len;
	int fd;

	store_close(store);
	store = NULL;
	temp_path(file, path, "data.mdb");
	whole = temp_read(file, &len);
	fd = open(file, O_RDWR | O_CLOEXEC);
	/* The last page that holds a row. */
	for (size_t at = len - 1; at > 0; at--) {
		if (whole[at] != 5 * 3)
			continue;
		cr_assert_eq(pwrite(fd, "!", 1, (off_t)at), 1);
		break;
	}
	(void)close(fd);
	free(whole);
	if (store_compact(&c, path, &why) != ERR_OK) {
		cr_assert_eq(length("data.mdb"), before);
		cr_assert_eq(length("compact"), 0);
		return;
	}
	/* It was a free page's. */
	reopen(0);
	same_rows();
}

Test(store_compact, what_a_kill_left_of_the_copy_is_removed_by_the_next_writer)
{
	char copy[TEMP_PATH_BYTES];
	char file[TEMP_PATH_BYTES];

	temp_path(copy, path, "compact");
	cr_assert_eq(mkdir(copy, 0700), 0);
	temp_path(file, copy, "data.mdb");
	temp_write(file, "half", 4);
	reopen(STORE_READ_ONLY);
	cr_assert_eq(access(copy, F_OK), 0);
	reopen(0);
	cr_assert_neq(access(copy, F_OK), 0);
	same_rows();
}

static uint64_t rows_seen;
static uint64_t bytes_seen;

static void
add_table(void *arg, const char *name, uint64_t rows, uint64_t bytes)
{
	cr_assert_eq(arg, &rows_seen);
	if (strcmp(name, "rows") == 0)
		rows_seen = rows;
	bytes_seen += bytes;
}

Test(store_space, every_byte_is_live_or_spare)
{
	struct store_space space;

	cr_assert_eq(
	    store_space(store, &space, add_table, &rows_seen, NULL), ERR_OK);
	cr_assert_eq(rows_seen, ROWS / 3);
	cr_assert_lt(bytes_seen, space.live);
	cr_assert_lt(space.live, bytes_seen + 10 * 4096);
	cr_assert_eq(space.live + space.spare, store_used(store));
	cr_assert_gt(space.spare, space.live / 2);
	cr_assert_leq(store_used(store), space.file + 4096);
	cr_assert_gt(space.redo, 0);
}
