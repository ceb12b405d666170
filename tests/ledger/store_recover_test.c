/* store_recover_test.c - who may open what a crash or a copy left. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lmdb.h>

#include "ledger/redo.h"
#include "ledger/store.h"
#include "tests/support/temp.h"

int __real_open(const char *name, int flags, ...);
int __wrap_open(const char *name, int flags, ...);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);

static char boot_file[TEMP_PATH_BYTES];
static bool fail_sync;
static int fail_commit;

/* The machine's name for this run of it can be changed: a reboot. */
int
__wrap_open(const char *name, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = (flags & O_CREAT) != 0 ? va_arg(args, mode_t) : 0;
	va_end(args);
	if (strcmp(name, "/proc/sys/kernel/random/boot_id") == 0)
		name = boot_file;
	return __real_open(name, flags, mode);
}

int
__wrap_fdatasync(int fd)
{
	if (!fail_sync)
		return __real_fdatasync(fd);
	errno = EIO;
	return -1;
}

int
__wrap_mdb_txn_commit(MDB_txn *txn)
{
	if (fail_commit == 0)
		return __real_mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return fail_commit;
}

static char dir[TEMP_PATH_BYTES];
static char path[TEMP_PATH_BYTES];
static struct store *store;
static struct store_table table;

static void
reboot(const char *name)
{
	char text[36];

	memset(text, 'x', sizeof(text));
	memcpy(text, name, strlen(name));
	temp_write(boot_file, text, sizeof(text));
}

static enum err
try_open(const char *where, unsigned flags, struct err_why *why)
{
	enum err e;

	store_close(store);
	store = NULL;
	e = store_open(&store, where, flags, why);
	return e == ERR_OK ? store_table(store, "rows", &table, why) : e;
}

static void
setup(void)
{
	temp_make(dir);
	temp_path(path, dir, "db");
	temp_path(boot_file, dir, "boot");
	reboot("first");
	cr_assert_eq(try_open(path, STORE_CREATE, NULL), ERR_OK);
}

static void
teardown(void)
{
	store_close(store);
	temp_remove(dir);
}

TestSuite(store_recover, .init = setup, .fini = teardown);

static enum err
put(const char *key, size_t len)
{
	uint8_t *value = calloc(1, len);
	struct store_txn *txn;
	enum err e;

	e = store_write(store, &txn, NULL);
	if (e == ERR_OK) {
		e = store_put(
		    txn, table, bytes_str(key), bytes_of(value, len), NULL);
		if (e == ERR_OK)
			e = store_commit(txn, NULL);
		else
			store_abort(txn);
	}
	free(value);
	return e;
}

static bool
has(const char *key)
{
	struct store_txn *txn;
	struct bytes have;
	enum err e;

	cr_assert_eq(store_read(store, &txn, NULL), ERR_OK);
	e = store_get(txn, table, bytes_str(key), &have, NULL);
	store_abort(txn);
	return e == ERR_OK;
}

static void
copy_file(const char *to, const char *name)
{
	char a[TEMP_PATH_BYTES];
	char b[TEMP_PATH_BYTES];
	char *bytes;
	size_t len;

	temp_path(a, path, name);
	temp_path(b, to, name);
	bytes = temp_read(a, &len);
	temp_write(b, bytes, len);
	free(bytes);
}

/* What is in the page cache now, in a directory of its own. */
static void
copy_all(char to[static TEMP_PATH_BYTES])
{
	temp_path(to, dir, "copy");
	cr_assert_eq(mkdir(to, 0700), 0);
	copy_file(to, "data.mdb");
	copy_file(to, "redo.0");
	copy_file(to, "redo.1");
	copy_file(to, "redo.lock");
}

/* True when a start has nothing to replay. */
static bool
settled(const char *where)
{
	struct redo *redo;
	bool direct;

	cr_assert_eq(redo_open(&redo, where, false, NULL), ERR_OK);
	direct = redo_base(redo)->direct;
	redo_close(redo);
	return direct;
}

Test(store_recover, a_clean_close_leaves_nothing_to_replay)
{
	cr_assert_eq(put("a", 10), ERR_OK);
	cr_assert(!settled(path));
	store_close(store);
	store = NULL;
	cr_assert(settled(path));
	reboot("second");
	cr_assert_eq(try_open(path, STORE_READ_ONLY, NULL), ERR_OK);
	cr_assert(has("a"));
}

Test(store_recover, a_reader_takes_a_killed_writers_store_as_it_is)
{
	char copy[TEMP_PATH_BYTES];

	cr_assert_eq(put("a", 10), ERR_OK);
	copy_all(copy);
	cr_assert_eq(try_open(copy, STORE_READ_ONLY, NULL), ERR_OK);
	cr_assert(has("a"));
	cr_assert(!settled(copy), "reading restores nothing");
}

Test(store_recover, a_reader_restores_what_a_power_loss_left)
{
	char copy[TEMP_PATH_BYTES];

	cr_assert_eq(put("a", 10), ERR_OK);
	copy_all(copy);
	reboot("second");
	cr_assert_eq(try_open(copy, STORE_READ_ONLY, NULL), ERR_OK);
	cr_assert(has("a"));
	cr_assert(settled(copy));
}

/* Opens the copy in a process of its own until told to end. */
static pid_t
start_other(const char *where, unsigned flags, int *end)
{
	int to[2];
	int from[2];
	char byte = 0;
	pid_t child;

	store_close(store);
	store = NULL;
	cr_assert_eq(pipe(to), 0);
	cr_assert_eq(pipe(from), 0);
	child = fork();
	if (child == 0) {
		close(to[1]);
		if (try_open(where, flags, NULL) != ERR_OK ||
		    write(from[1], "x", 1) != 1 || read(to[0], &byte, 1) != 0)
			_exit(1);
		store_close(store);
		_exit(0);
	}
	close(to[0]);
	close(from[1]);
	cr_assert_eq(read(from[0], &byte, 1), 1);
	close(from[0]);
	*end = to[1];
	return child;
}

static void
end_other(pid_t child, int end)
{
	int status = -1;

	close(end);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0);
}

Test(store_recover, a_writer_takes_over_beside_a_reader_of_this_boot)
{
	char copy[TEMP_PATH_BYTES];
	pid_t child;
	int end;

	cr_assert_eq(put("a", 10), ERR_OK);
	copy_all(copy);
	child = start_other(copy, STORE_READ_ONLY, &end);
	cr_assert_eq(try_open(copy, 0, NULL), ERR_OK);
	cr_assert(has("a"));
	cr_assert_eq(put("b", 10), ERR_OK);
	end_other(child, end);
	cr_assert_eq(try_open(copy, 0, NULL), ERR_OK);
	cr_assert(has("b"));
}

Test(store_recover, there_is_one_writer)
{
	struct err_why why;
	pid_t child = -1;
	int end = -1;

	child = start_other(path, 0, &end);
	cr_assert_eq(try_open(path, 0, &why), ERR_BUSY);
	cr_assert_not_null(strstr(why.text, "another process"));
	cr_assert_eq(try_open(path, STORE_READ_ONLY, NULL), ERR_OK);
	end_other(child, end);
}

Test(store_recover, missing_redo_files_are_told)
{
	char copy[TEMP_PATH_BYTES];
	struct err_why why;

	cr_assert_eq(put("a", 10), ERR_OK);
	temp_path(copy, dir, "copy");
	cr_assert_eq(mkdir(copy, 0700), 0);
	copy_file(copy, "data.mdb");
	cr_assert_eq(try_open(copy, 0, &why), ERR_CORRUPT);
	cr_assert_not_null(strstr(why.text, "redo.0"), "%s", why.text);
	cr_assert_eq(try_open(copy, STORE_READ_ONLY, NULL), ERR_CORRUPT);
}

Test(store_recover, an_older_data_file_beside_newer_redo_files_is_told)
{
	char copy[TEMP_PATH_BYTES];
	char file[TEMP_PATH_BYTES];
	struct err_why why;

	cr_assert_eq(put("a", 10), ERR_OK);
	copy_all(copy);
	/* Large: its own transaction becomes the base of the next. */
	cr_assert_eq(put("b", REDO_FRAME_MAX), ERR_OK);
	cr_assert_eq(put("c", 10), ERR_OK);
	temp_path(file, copy, "redo.0");
	copy_file(copy, "redo.0");
	copy_file(copy, "redo.1");
	cr_assert_eq(try_open(copy, 0, &why), ERR_CORRUPT);
	cr_assert_not_null(strstr(why.text, "older"), "%s", why.text);
}

Test(store_recover, a_damaged_last_frame_that_was_acknowledged_is_told)
{
	char copy[TEMP_PATH_BYTES];
	char file[TEMP_PATH_BYTES];
	struct err_why why;

	cr_assert_eq(put("a", REDO_FRAME_MAX), ERR_OK);
	cr_assert_eq(put("b", 10), ERR_OK);
	cr_assert_eq(put("c", 10), ERR_OK);
	copy_all(copy);
	for (char n = '0'; n <= '1'; n++) {
		char name[] = "redo.0";

		name[5] = n;
		temp_path(file, copy, name);
		if (access(file, F_OK) == 0 && truncate(file, 8192) != 0)
			cr_assert_fail("truncate");
	}
	cr_assert_eq(try_open(copy, 0, &why), ERR_CORRUPT);
	cr_assert_not_null(strstr(why.text, "is missing"), "%s", why.text);
}

Test(store_recover, a_store_of_the_first_version_gets_its_redo)
{
	static const uint8_t first[4] = {0, 0, 0, 1};
	char copy[TEMP_PATH_BYTES];
	struct store_table meta;
	struct store_txn *txn;

	cr_assert_eq(put("a", 10), ERR_OK);
	cr_assert_eq(store_table(store, "meta", &meta, NULL), ERR_OK);
	cr_assert_eq(store_write(store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    store_put(txn, meta, bytes_str("schema"), bytes_of(first, 4), NULL),
	    ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	store_close(store);
	store = NULL;
	temp_path(copy, dir, "copy");
	cr_assert_eq(mkdir(copy, 0700), 0);
	copy_file(copy, "data.mdb");
	cr_assert_eq(try_open(copy, STORE_READ_ONLY, NULL), ERR_OK);
	cr_assert_eq(try_open(copy, 0, NULL), ERR_OK);
	cr_assert(has("a"));
	cr_assert_eq(put("b", 10), ERR_OK);
	cr_assert_eq(try_open(copy, 0, NULL), ERR_OK);
	cr_assert(has("b"));
}

Test(store_recover, a_full_disk_refuses_and_goes_on_when_there_is_room)
{
	static const size_t sizes[] = {10, REDO_FRAME_MAX};
	char copy[TEMP_PATH_BYTES];

	for (size_t i = 0; i < 2; i++) {
		cr_assert_eq(put("a", 10), ERR_OK);
		fail_commit = ENOSPC;
		cr_assert_eq(put("b", sizes[i]), ERR_FULL);
		fail_commit = 0;
		cr_assert(!store_failed(store));
		copy_all(copy);
		cr_assert_eq(put("c", 10), ERR_OK);
		cr_assert_eq(put("d", sizes[i]), ERR_OK);
		cr_assert_eq(try_open(copy, 0, NULL), ERR_OK);
		cr_assert(has("a") && !has("b"), "taken back for good");
		cr_assert_eq(try_open(path, 0, NULL), ERR_OK);
		cr_assert(has("c") && has("d") && !has("b"));
		temp_remove(copy);
	}
}

Test(store_recover, a_failed_sync_ends_writing_and_the_next_start_heals)
{
	cr_assert_eq(put("a", 10), ERR_OK);
	fail_sync = true;
	cr_assert_eq(put("b", 10), ERR_IO);
	fail_sync = false;
	cr_assert(store_failed(store));
	cr_assert_eq(put("c", 10), ERR_IO);
	cr_assert(has("a") && !has("b"));
	cr_assert_eq(try_open(path, 0, NULL), ERR_OK);
	cr_assert(has("a") && !has("c"));
	cr_assert_eq(put("d", 10), ERR_OK);
}
