/* store_sync_test.c - what is written before it must be. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "ledger/store.h"
#include "ledger/store_later.h"
#include "proto/crypto.h"
#include "tests/support/temp.h"

int __wrap_sync_file_range(int fd, off_t from, off_t len, unsigned flags);

static atomic_uint early;

int
__wrap_sync_file_range(int fd, off_t from, off_t len, unsigned flags)
{
	(void)fd;
	(void)from;
	(void)len;
	cr_assert_neq(flags & SYNC_FILE_RANGE_WRITE, 0u);
	atomic_fetch_add(&early, 1);
	errno = EIO;
	return -1;
}

static char dir[TEMP_PATH_BYTES];
static char path[TEMP_PATH_BYTES];

static void
setup(void)
{
	crypto_start();
	temp_make(dir);
	temp_path(path, dir, "db");
}

static void
teardown(void)
{
	temp_remove(dir);
}

TestSuite(store_sync, .init = setup, .fini = teardown);

static void
put_row(struct store *s, struct store_table t, const char *key, bool later)
{
	struct store_txn *txn;

	cr_assert_eq(store_write(s, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    store_put(txn, t, bytes_str(key), bytes_str("value"), NULL),
	    ERR_OK);
	cr_assert_eq(
	    later ? store_commit_later(txn, NULL) : store_commit(txn, NULL),
	    ERR_OK);
}

static void
put(struct store *s, struct store_table t, const char *key)
{
	put_row(s, t, key, false);
}

static void
wait_early(unsigned more_than)
{
	const struct timespec pause = {0, 1000000};

	for (int i = 0; i < 10000 && atomic_load(&early) <= more_than; i++)
		(void)nanosleep(&pause, NULL);
	cr_assert_gt(atomic_load(&early), more_than, "pages wait for the base");
}

Test(store_sync, pages_go_early_and_only_the_base_says_what_failed)
{
	struct store *s = NULL;
	struct store_table t;

	cr_assert_eq(store_open(&s, path, STORE_CREATE, NULL), ERR_OK);
	cr_assert_eq(store_table(s, "rows", &t, NULL), ERR_OK);
	put(s, t, "a");
	wait_early(0);
	put(s, t, "b");
	cr_assert_not(store_failed(s));
	store_close(s);
	cr_assert_eq(store_open(&s, path, 0, NULL), ERR_OK);
	store_close(s);
}

enum {
	NEW_TABLES = 24
};

static void *
make_tables(void *arg)
{
	struct store *s = arg;
	struct store_table t;
	char name[16];

	for (int i = 0; i < NEW_TABLES; i++) {
		(void)snprintf(name, sizeof(name), "new%d", i);
		if (store_table(s, name, &t, NULL) != ERR_OK)
			return s;
	}
	return NULL;
}

/* A new table settles the journal, which was written to meanwhile. */
Test(store_sync, a_new_table_waits_for_who_writes)
{
	struct store *s = NULL;
	struct store_table t;
	pthread_t thread;
	void *failed = NULL;
	char key[16];

	cr_assert_eq(store_open(&s, path, STORE_CREATE, NULL), ERR_OK);
	cr_assert_eq(store_table(s, "rows", &t, NULL), ERR_OK);
	cr_assert_eq(pthread_create(&thread, NULL, make_tables, s), 0);
	for (int i = 0; i < 200; i++) {
		(void)snprintf(key, sizeof(key), "key%d", i);
		put(s, t, key);
	}
	cr_assert_eq(pthread_join(thread, &failed), 0);
	cr_assert_null(failed, "a table could not be made");
	cr_assert_not(store_failed(s));
	store_close(s);
	cr_assert_eq(store_open(&s, path, 0, NULL), ERR_OK);
	store_close(s);
}

static int64_t
now_ms(void)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	return (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000;
}

/* Until what was committed so far is on its way; their number. */
static unsigned
settled(void)
{
	const struct timespec pause = {0, 20000000};
	unsigned n;

	do {
		n = atomic_load(&early);
		(void)nanosleep(&pause, NULL);
	} while (n == 0 || n != atomic_load(&early));
	return n;
}

Test(store_sync, pages_wait_for_the_answer_and_no_longer)
{
	const struct timespec pause = {0, 30000000};
	struct store *s = NULL;
	struct store_table t;
	int64_t began;
	unsigned n;

	cr_assert_eq(store_open(&s, path, STORE_CREATE, NULL), ERR_OK);
	cr_assert_eq(store_table(s, "rows", &t, NULL), ERR_OK);
	put(s, t, "a");
	n = settled();
	began = now_ms();
	put_row(s, t, "b", true);
	(void)nanosleep(&pause, NULL);
	/* Unless the quiet second is over. */
	if (now_ms() - began < 900)
		cr_assert_eq(atomic_load(&early), n, "before the answer");
	store_answered(s);
	wait_early(n);
	/* Whoever forgets it is followed by the next. */
	put_row(s, t, "c", true);
	n = atomic_load(&early);
	put(s, t, "d");
	wait_early(n);
	store_answered(s);
	store_close(s);
}
