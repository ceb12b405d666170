/* store_test.c - durable tables: what must hold when things go wrong. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lmdb.h>

#include "ledger/gate.h"
#include "ledger/store.h"
#include "tests/support/temp.h"

int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);

static int fail_commit;

/* The disk says no, after LMDB has written who knows what. */
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
reopen(unsigned flags)
{
	store_close(store);
	store = NULL;
	cr_assert_eq(store_open(&store, path, flags, NULL), ERR_OK);
	cr_assert_eq(store_table(store, "rows", &table, NULL), ERR_OK);
}

static void
setup(void)
{
	temp_make(dir);
	temp_path(path, dir, "db");
	reopen(STORE_CREATE);
}

static void
teardown(void)
{
	store_close(store);
	temp_remove(dir);
}

TestSuite(store, .init = setup, .fini = teardown);

static enum err
put_one(const char *key, const char *value)
{
	struct store_txn *txn;
	enum err e;

	e = store_write(store, &txn, NULL);
	if (e != ERR_OK)
		return e;
	e = store_put(txn, table, bytes_str(key), bytes_str(value), NULL);
	if (e != ERR_OK) {
		store_abort(txn);
		return e;
	}
	return store_commit(txn, NULL);
}

static bool
holds(const char *key, const char *value)
{
	struct store_txn *txn;
	struct bytes have;
	bool same;

	cr_assert_eq(store_read(store, &txn, NULL), ERR_OK);
	same = store_get(txn, table, bytes_str(key), &have, NULL) == ERR_OK &&
	    bytes_equal(have, bytes_str(value));
	store_abort(txn);
	return same;
}

Test(store, keeps_what_was_committed_over_a_reopen)
{
	cr_assert_eq(put_one("a", "1"), ERR_OK);
	reopen(0);
	cr_assert(holds("a", "1"));
	cr_assert(!holds("b", "1"));
}

Test(store, drops_what_was_aborted)
{
	struct store_txn *txn;

	cr_assert_eq(store_write(store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    store_put(txn, table, bytes_str("a"), bytes_str("1"), NULL),
	    ERR_OK);
	store_abort(txn);
	cr_assert(!holds("a", "1"));
}

Test(store, refuses_every_write_after_a_failed_commit)
{
	cr_assert_eq(put_one("a", "1"), ERR_OK);
	fail_commit = EIO;
	cr_assert_eq(put_one("b", "2"), ERR_IO);
	fail_commit = 0;
	cr_assert(store_failed(store));
	cr_assert_eq(put_one("c", "3"), ERR_IO);
	cr_assert(holds("a", "1"), "reading goes on");
	cr_assert(!holds("b", "2"));
}

Test(store, goes_on_after_a_commit_that_only_found_the_map_full)
{
	fail_commit = MDB_MAP_FULL;
	cr_assert_eq(put_one("a", "1"), ERR_BUSY);
	fail_commit = 0;
	cr_assert_eq(store_grow(store, NULL), ERR_OK);
	cr_assert_eq(put_one("a", "1"), ERR_OK);
}

/* Puts n values of 1 MiB in one transaction. */
static enum err
put_big(unsigned n)
{
	uint8_t *big = calloc(1, 1 << 20);
	struct store_txn *txn;
	enum err e = ERR_OK;

	cr_assert_eq(store_write(store, &txn, NULL), ERR_OK);
	for (unsigned i = 0; i < n && e == ERR_OK; i++) {
		uint8_t key[2] = {(uint8_t)(i >> 8), (uint8_t)i};

		e = store_put(
		    txn, table, bytes_of(key, 2), bytes_of(big, 1 << 20), NULL);
	}
	free(big);
	if (e == ERR_OK)
		return store_commit(txn, NULL);
	/* What failed in the middle must not become half a batch. */
	cr_assert_eq(store_commit(txn, NULL), e);
	return e;
}

Test(store, asks_for_growth_when_the_map_is_full_and_then_takes_the_batch)
{
	unsigned tries = 0;

	while (put_big(150) == ERR_BUSY) {
		cr_assert_eq(store_grow(store, NULL), ERR_OK);
		tries++;
		cr_assert_lt(tries, 5u);
	}
	cr_assert_eq(tries, 2u, "64 MiB to 256 MiB");
	cr_assert_gt(store_used(store), (uint64_t)150 << 20);
}

struct racer {
	pthread_t thread;
	unsigned reads;
};

static volatile bool racing;

static void *
race(void *arg)
{
	struct racer *r = arg;

	while (racing) {
		if (!holds("a", "1"))
			return NULL;
		r->reads++;
	}
	return NULL;
}

Test(store, grows_between_the_reads_of_busy_readers)
{
	struct racer racer[3] = {0};

	cr_assert_eq(put_one("a", "1"), ERR_OK);
	racing = true;
	for (int i = 0; i < 3; i++)
		pthread_create(&racer[i].thread, NULL, race, &racer[i]);
	for (int i = 0; i < 6; i++)
		cr_assert_eq(store_grow(store, NULL), ERR_OK);
	cr_assert_eq(put_big(100), ERR_OK);
	racing = false;
	for (int i = 0; i < 3; i++)
		pthread_join(racer[i].thread, NULL);
	for (int i = 0; i < 3; i++)
		cr_assert_gt(
		    racer[i].reads, 0u, "reader %d saw a wrong value", i);
	cr_assert(holds("a", "1"));
}

Test(store, refuses_a_second_open_of_the_same_directory)
{
	struct store *other = NULL;

	cr_assert_eq(store_open(&other, path, 0, NULL), ERR_CONFLICT);
	cr_assert_null(other);
}

Test(store, refuses_a_directory_that_is_not_there_without_create)
{
	struct store *other = NULL;
	char nowhere[TEMP_PATH_BYTES];

	temp_path(nowhere, dir, "nowhere");
	cr_assert_eq(store_open(&other, nowhere, 0, NULL), ERR_NOT_FOUND);
	cr_assert_null(other);
}

Test(store, refuses_a_newer_schema)
{
	struct err_why why = {.text = ""};
	static const uint8_t newer[4] = {0, 0, 0, 255};
	struct store_table meta;
	struct store_txn *txn;
	struct store *other = NULL;

	cr_assert_eq(store_table(store, "meta", &meta, NULL), ERR_OK);
	cr_assert_eq(store_write(store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    store_put(txn, meta, bytes_str("schema"), bytes_of(newer, 4), NULL),
	    ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	store_close(store);
	store = NULL;
	cr_assert_eq(store_open(&other, path, 0, &why), ERR_UNSUPPORTED);
	cr_assert_not_null(strstr(why.text, "install"), "%s", why.text);
}

Test(store, opened_read_only_reads_and_writes_nothing)
{
	struct store_table other;
	struct store_txn *txn;

	cr_assert_eq(put_one("a", "1"), ERR_OK);
	reopen(STORE_READ_ONLY);
	cr_assert(holds("a", "1"));
	cr_assert_eq(store_write(store, &txn, NULL), ERR_REFUSED);
	cr_assert_eq(store_table(store, "absent", &other, NULL), ERR_NOT_FOUND);
}

Test(store, appends_only_behind_the_last_key)
{
	struct store_txn *txn;

	cr_assert_eq(store_write(store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    store_append(txn, table, bytes_str("b"), bytes_str("1"), NULL),
	    ERR_OK);
	cr_assert_eq(
	    store_append(txn, table, bytes_str("a"), bytes_str("1"), NULL),
	    ERR_CONFLICT);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert(holds("b", "1"));
}

Test(store, refuses_keys_that_lmdb_could_not_hold)
{
	struct store_txn *txn;
	uint8_t key[STORE_KEY_MAX + 1] = {0};

	cr_assert_eq(store_write(store, &txn, NULL), ERR_OK);
	cr_assert_eq(store_put(txn, table, bytes_of(key, sizeof(key)),
	                 bytes_str("1"), NULL),
	    ERR_LIMIT);
	cr_assert_eq(
	    store_put(txn, table, bytes_of(key, 0), bytes_str("1"), NULL),
	    ERR_LIMIT);
	store_abort(txn);
}

Test(store, cursors_step_both_ways_and_stop_at_the_ends)
{
	struct store_cursor *c;
	struct store_row row;
	struct store_txn *txn;

	cr_assert_eq(put_one("b", "1"), ERR_OK);
	cr_assert_eq(put_one("d", "2"), ERR_OK);
	cr_assert_eq(store_read(store, &txn, NULL), ERR_OK);
	cr_assert_eq(store_cursor(txn, table, &c, NULL), ERR_OK);
	cr_assert_eq(store_seek(c, bytes_str("c"), &row), ERR_OK);
	cr_assert(bytes_equal(row.key, bytes_str("d")));
	cr_assert_eq(store_next(c, &row), ERR_NOT_FOUND);
	cr_assert_eq(store_seek_before(c, bytes_str("d"), &row), ERR_OK);
	cr_assert(bytes_equal(row.key, bytes_str("b")));
	cr_assert_eq(store_prev(c, &row), ERR_NOT_FOUND);
	cr_assert_eq(store_seek_before(c, bytes_str("z"), &row), ERR_OK);
	cr_assert(bytes_equal(row.key, bytes_str("d")));
	cr_assert_eq(store_seek_before(c, bytes_str("b"), &row), ERR_NOT_FOUND);
	cr_assert_eq(store_seek(c, bytes_str("e"), &row), ERR_NOT_FOUND);
	store_cursor_close(c);
	store_abort(txn);
}

Test(store, a_reader_sees_its_moment)
{
	struct store_txn *txn;
	struct bytes value;

	cr_assert_eq(put_one("a", "1"), ERR_OK);
	cr_assert_eq(store_read(store, &txn, NULL), ERR_OK);
	cr_assert_eq(put_one("a", "2"), ERR_OK);
	cr_assert_eq(
	    store_get(txn, table, bytes_str("a"), &value, NULL), ERR_OK);
	cr_assert(bytes_equal(value, bytes_str("1")));
	store_abort(txn);
	cr_assert(holds("a", "2"), "a pooled reader must not stay behind");
}

/* Another process writes 100 MiB when told to. */
static pid_t
start_writer(int *go)
{
	int fd[2];
	char byte;
	pid_t child;

	cr_assert_eq(pipe(fd), 0);
	store_close(store);
	store = NULL;
	child = fork();
	if (child != 0) {
		close(fd[0]);
		*go = fd[1];
		return child;
	}
	close(fd[1]);
	if (read(fd[0], &byte, 1) != 1 ||
	    store_open(&store, path, 0, NULL) != ERR_OK ||
	    store_table(store, "rows", &table, NULL) != ERR_OK ||
	    store_grow(store, NULL) != ERR_OK || put_big(100) != ERR_OK)
		_exit(1);
	store_close(store);
	_exit(0);
}

Test(store, follows_a_file_that_another_process_made_larger)
{
	struct store_txn *txn;
	struct bytes value;
	uint8_t key[2] = {0, 99};
	int status = -1;
	int go = -1;
	pid_t child;

	cr_assert_eq(put_one("a", "1"), ERR_OK);
	child = start_writer(&go);
	reopen(STORE_READ_ONLY);
	cr_assert(holds("a", "1"), "leaves a reader in the pool");
	cr_assert_eq(write(go, "x", 1), 1);
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert_eq(status, 0);
	close(go);
	cr_assert_eq(store_read(store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    store_get(txn, table, bytes_of(key, 2), &value, NULL), ERR_OK);
	cr_assert_eq(value.len, (size_t)1 << 20);
	store_abort(txn);
	cr_assert(holds("a", "1"));
}

struct hooked {
	unsigned before;
	unsigned committed;
	unsigned dropped;
	enum err answer;
};

static enum err
hook_before(void *arg, struct store_txn *txn, struct err_why *why)
{
	struct hooked *h = arg;

	(void)why;
	h->before++;
	if (h->answer != ERR_OK)
		return h->answer;
	return store_put(txn, table, bytes_str("hook"), bytes_str("1"), NULL);
}

static void
hook_after(void *arg, bool committed)
{
	struct hooked *h = arg;

	if (committed)
		h->committed++;
	else
		h->dropped++;
}

Test(store, hooks_write_with_the_batch_and_hear_how_it_ended)
{
	struct hooked h = {0};
	struct store_hook hook = {&h, hook_before, hook_after};
	struct store_txn *txn;

	store_hook(store, &hook);
	cr_assert_eq(put_one("a", "1"), ERR_OK);
	cr_assert(holds("hook", "1"));
	cr_assert_eq(h.committed, 1u);
	h.answer = ERR_CORRUPT;
	cr_assert_eq(put_one("b", "1"), ERR_CORRUPT);
	cr_assert(!holds("b", "1"));
	cr_assert_eq(h.dropped, 1u);
	cr_assert_eq(store_write(store, &txn, NULL), ERR_OK);
	store_abort(txn);
	cr_assert_eq(h.dropped, 2u);
	cr_assert_eq(h.before, 2u);
	store_unhook(store, &h);
	cr_assert_eq(put_one("b", "1"), ERR_OK);
	cr_assert_eq(h.before, 2u);
}

Test(store, copies_a_snapshot_that_opens_by_itself)
{
	char to[TEMP_PATH_BYTES];
	struct store *old = store;

	cr_assert_eq(put_one("a", "1"), ERR_OK);
	temp_path(to, dir, "copy");
	store = NULL;
	cr_assert_eq(store_open(&store, to, STORE_CREATE, NULL), ERR_OK);
	store_close(store);
	store = old;
	cr_assert_neq(store_copy(store, to, NULL), ERR_OK,
	    "a copy must not overwrite a store");
	temp_remove(to);
	cr_assert_eq(mkdir(to, 0700), 0);
	cr_assert_eq(store_copy(store, to, NULL), ERR_OK);
	store_close(store);
	store = NULL;
	cr_assert_eq(store_open(&store, to, 0, NULL), ERR_OK);
	cr_assert_eq(store_table(store, "rows", &table, NULL), ERR_OK);
	cr_assert(holds("a", "1"));
}

Test(store, empties_a_table_and_deletes_rows)
{
	struct store_txn *txn;

	cr_assert_eq(put_one("a", "1"), ERR_OK);
	cr_assert_eq(put_one("b", "1"), ERR_OK);
	cr_assert_eq(store_write(store, &txn, NULL), ERR_OK);
	cr_assert_eq(store_del(txn, table, bytes_str("a"), NULL), ERR_OK);
	cr_assert_eq(
	    store_del(txn, table, bytes_str("a"), NULL), ERR_NOT_FOUND);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert(!holds("a", "1"));
	cr_assert(holds("b", "1"));
	cr_assert_eq(store_write(store, &txn, NULL), ERR_OK);
	cr_assert_eq(store_drop(txn, table, NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert(!holds("b", "1"));
}

Test(gate, closes_only_when_nobody_is_inside)
{
	struct gate g;

	gate_init(&g);
	gate_enter(&g);
	cr_assert(!gate_close(&g, 0));
	cr_assert(!gate_close(&g, 1), "gives up after a second");
	gate_leave(&g);
	cr_assert(gate_close(&g, 0));
	cr_assert(!gate_close(&g, 0), "closed by somebody else");
	gate_open(&g);
	gate_enter(&g);
	gate_leave(&g);
	gate_clear(&g);
}
