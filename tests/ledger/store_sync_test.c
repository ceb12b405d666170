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
put(struct store *s, struct store_table t, const char *key)
{
	struct store_txn *txn;

	cr_assert_eq(store_write(s, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    store_put(txn, t, bytes_str(key), bytes_str("value"), NULL),
	    ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

Test(store_sync, pages_go_early_and_only_the_base_says_what_failed)
{
	const struct timespec pause = {0, 1000000};
	struct store *s = NULL;
	struct store_table t;

	cr_assert_eq(store_open(&s, path, STORE_CREATE, NULL), ERR_OK);
	cr_assert_eq(store_table(s, "rows", &t, NULL), ERR_OK);
	put(s, t, "a");
	for (int i = 0; i < 10000 && atomic_load(&early) == 0; i++)
		(void)nanosleep(&pause, NULL);
	cr_assert_gt(atomic_load(&early), 0u, "pages wait for the base");
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
