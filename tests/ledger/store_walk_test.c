/* store_walk_test.c - no flipped bit of a store becomes a wrong answer. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <lmdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/store_walk.h"
#include "tests/support/temp.h"

#define TABLES 3
#define ROWS 900
#define LONG_VALUE 6000
#define FLIPS 400
#define CHILD_S 20

static char dir[TEMP_PATH_BYTES];
static char path[TEMP_PATH_BYTES];
static char file[TEMP_PATH_BYTES];
static struct store *store;
static struct store_table table[TABLES];
static const char *const names[TABLES] = {"small", "long", "empty"};
static uint64_t state;

static uint64_t
roll(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void
reopen(unsigned flags)
{
	store_close(store);
	store = NULL;
	cr_assert_eq(store_open(&store, path, flags, NULL), ERR_OK);
	for (int t = 0; t < TABLES; t++)
		cr_assert_eq(
		    store_table(store, names[t], &table[t], NULL), ERR_OK);
}

/* Rows are a function of table, number and `age`. */
static size_t
make_key(uint8_t out[16], unsigned n)
{
	uint64_t spread = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);

	memcpy(out, &spread, 8);
	(void)snprintf((char *)out + 8, 8, "%05u", n % 100000);
	return 13;
}

static size_t
make_value(uint8_t *out, int t, unsigned n, unsigned age)
{
	const size_t len = t == 0 ? n % 90 : LONG_VALUE - n % 100 * 50;

	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)(i * 7 + n * 13 + age);
	return len;
}

static void
put_rows(int t, unsigned n, unsigned step, unsigned age)
{
	static uint8_t value[LONG_VALUE];
	struct store_txn *txn;
	uint8_t key[16];

	cr_assert_eq(store_write(store, &txn, NULL), ERR_OK);
	for (unsigned i = 0; i < n; i += step) {
		size_t len = make_value(value, t, i, age);
		size_t k = make_key(key, i);

		cr_assert_eq(store_put(txn, table[t], bytes_of(key, k),
		                 bytes_of(value, len), NULL),
		    ERR_OK);
	}
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

static void
setup(void)
{
	temp_make(dir);
	temp_path(path, dir, "db");
	temp_path(file, path, "data.mdb");
	reopen(STORE_CREATE);
	/* Several commits: pages move, old ones become free. */
	put_rows(0, ROWS, 1, 0);
	put_rows(1, 120, 1, 0);
	put_rows(0, ROWS, 1, 1);
	put_rows(1, 120, 3, 0);
	put_rows(2, 50, 1, 0);
	struct store_txn *txn;
	cr_assert_eq(store_write(store, &txn, NULL), ERR_OK);
	cr_assert_eq(store_drop(txn, table[2], NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

static void
teardown(void)
{
	store_close(store);
	store = NULL;
	temp_remove(dir);
}

TestSuite(store_walk, .init = setup, .fini = teardown, .timeout = 300);

enum answer {
	SAME = 10, /* all that was asked was answered as ever */
	NAMED, /* an error said that something is damaged */
	WRONG, /* a lie */
};

/* ERR_CORRUPT is an answer, another value or "not found" is a lie. */
static enum answer
ask_rows(struct store_txn *txn, int t, unsigned n, unsigned age)
{
	static uint8_t value[LONG_VALUE];
	enum answer all = SAME;
	uint8_t key[16];
	struct bytes have;

	for (unsigned i = 0; i < n; i++) {
		size_t k = make_key(key, i);
		size_t len = make_value(value, t, i, age);
		enum err e =
		    store_get(txn, table[t], bytes_of(key, k), &have, NULL);

		if (e == ERR_CORRUPT)
			all = NAMED;
		else if (e != ERR_OK ||
		    !bytes_equal(have, bytes_of(value, len)))
			return WRONG;
	}
	return all;
}

static enum answer
ask_list(struct store_txn *txn, int t, unsigned n, bool back)
{
	static const uint8_t beyond[16] = {255, 255, 255, 255, 255, 255, 255};
	struct store_cursor *c;
	struct store_row row;
	unsigned seen = 0;
	enum err e = store_cursor(txn, table[t], &c, NULL);

	if (e != ERR_OK)
		return e == ERR_CORRUPT ? NAMED : WRONG;
	e = back ? store_seek_before(c, bytes_of(beyond, 16), &row)
	         : store_seek(c, bytes_of(NULL, 0), &row);
	while (e == ERR_OK) {
		seen++;
		e = back ? store_prev(c, &row) : store_next(c, &row);
	}
	store_cursor_close(c);
	if (e == ERR_CORRUPT)
		return NAMED;
	return e == ERR_NOT_FOUND && seen == n ? SAME : WRONG;
}

static enum answer
worse(enum answer a, enum answer b)
{
	return a > b ? a : b;
}

/* All that can be asked, then a write and the same again. */
static enum answer
ask_all(bool checked)
{
	struct store_txn *txn = NULL;
	enum answer a = SAME;
	enum err e =
	    store_open(&store, path, checked ? 0 : STORE_UNCHECKED, NULL);

	if (e != ERR_OK)
		return e == ERR_CORRUPT ? NAMED : WRONG;
	for (int t = 0; t < TABLES; t++) {
		e = store_table(store, names[t], &table[t], NULL);
		if (e != ERR_OK)
			return e == ERR_CORRUPT ? NAMED : WRONG;
	}
	if (store_read(store, &txn, NULL) != ERR_OK)
		return WRONG;
	for (int b = 0; b < 2; b++) {
		a = worse(a, ask_rows(txn, 0, ROWS, 1));
		a = worse(a, ask_rows(txn, 1, 120, 0));
		a = worse(a, ask_list(txn, 0, ROWS, b));
		a = worse(a, ask_list(txn, 1, 120, b));
		a = worse(a, ask_list(txn, 2, 0, b));
	}
	store_abort(txn);
	if (a != SAME || !checked)
		return a;
	put_rows(0, ROWS, 5, 1);
	put_rows(2, 50, 1, 0);
	cr_assert_eq(store_read(store, &txn, NULL), ERR_OK);
	a = worse(a, ask_rows(txn, 0, ROWS, 1));
	a = worse(a, ask_rows(txn, 1, 120, 0));
	a = worse(a, ask_rows(txn, 2, 50, 0));
	store_abort(txn);
	return a;
}

/* In a process of its own: LMDB may do anything with a damaged page. */
static int
ask_apart(bool checked)
{
	const struct sigaction plain = {.sa_handler = SIG_DFL};
	int status = 0;
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		/* Not a report of a sanitizer: the parent counts it. */
		(void)sigaction(SIGBUS, &plain, NULL);
		(void)sigaction(SIGSEGV, &plain, NULL);
		(void)alarm(CHILD_S);
		_exit((int)ask_all(checked));
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

struct copy {
	char *bytes;
	size_t len;
};

/* What lies beside data.mdb, as a clean close left it. */
static const char *const beside[] = {"redo.0", "redo.1"};
static struct copy kept[2];

static void
keep_beside(void)
{
	char at[TEMP_PATH_BYTES];

	for (int i = 0; i < 2; i++) {
		temp_path(at, path, beside[i]);
		kept[i].bytes = temp_read(at, &kept[i].len);
	}
}

static void
put_beside(void)
{
	char at[TEMP_PATH_BYTES];

	for (int i = 0; i < 2; i++) {
		temp_path(at, path, beside[i]);
		if (kept[i].bytes == NULL)
			(void)unlink(at);
		else
			temp_write(at, kept[i].bytes, kept[i].len);
	}
}

static void
flip_and_ask(
    const struct copy *whole, size_t at, unsigned bit, int *out, bool checked)
{
	whole->bytes[at] = (char)(whole->bytes[at] ^ 1 << bit);
	temp_write(file, whole->bytes, whole->len);
	put_beside();
	whole->bytes[at] = (char)(whole->bytes[at] ^ 1 << bit);
	*out = ask_apart(checked);
}

static void
run_flips(uint64_t seed, unsigned flips, unsigned count[4], bool checked)
{
	struct copy whole;

	store_close(store);
	store = NULL;
	whole.bytes = temp_read(file, &whole.len);
	cr_assert_not_null(whole.bytes);
	keep_beside();
	state = seed;
	for (unsigned i = 0; i < flips; i++) {
		/* Half of them where the structure is: heads of pages. */
		size_t page = roll() % (whole.len / 4096);
		size_t at =
		    page * 4096 + roll() % (i % 2 == 0 ? 4096 : 16 + 2 * 30);
		unsigned bit = (unsigned)(roll() % 8);
		int got;

		flip_and_ask(&whole, at, bit, &got, checked);
		count[got == SAME      ? 0
		        : got == NAMED ? 1
		        : got == WRONG ? 2
		                       : 3]++;
		cr_expect(got == SAME || got == NAMED || !checked,
		    "byte %zu of page %zu, bit %u: %d", at % 4096, page, bit,
		    got);
	}
	free(whole.bytes);
	free(kept[0].bytes);
	free(kept[1].bytes);
}

Test(store_walk, finds_a_whole_store_whole)
{
	struct store_walk plan = {.shallow = false};
	struct store_walk_counts counts;
	struct err_why why = {.text = ""};

	cr_assert_eq(
	    store_walk(store, &plan, &counts, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(counts.seen + 2, counts.pages);
	cr_assert_geq(counts.rows, ROWS + 120);
	plan.shallow = true;
	cr_assert_eq(
	    store_walk(store, &plan, &counts, &why), ERR_OK, "%s", why.text);
}

/* LMDB's way to take back a meta page that it could not write. */
Test(store_walk, a_store_whose_next_meta_page_was_not_written_opens)
{
	const size_t last = 16 + 120; /* of a meta page: its last page */
	uint64_t txn[2];
	const uint64_t two = 2;
	size_t len;
	char *whole;

	store_close(store);
	store = NULL;
	whole = temp_read(file, &len);
	cr_assert_not_null(whole);
	for (size_t i = 0; i < 2; i++)
		memcpy(&txn[i], whole + i * 4096 + last + 8, sizeof(txn[i]));
	/* Of the older one: its trees end behind its last page. */
	memcpy(whole + (txn[0] > txn[1] ? 4096 : 0) + last, &two, sizeof(two));
	temp_write(file, whole, len);
	cr_assert_eq(store_open(&store, path, 0, NULL), ERR_OK);
	store_close(store);
	store = NULL;
	memcpy(whole + (txn[0] > txn[1] ? 0 : 4096) + last, &two, sizeof(two));
	temp_write(file, whole, len);
	cr_assert_neq(store_open(&store, path, 0, NULL), ERR_OK);
	free(whole);
}

Test(store_walk, no_flipped_bit_becomes_a_wrong_answer)
{
	unsigned count[4] = {0};

	run_flips(UINT64_C(0x5eed0001), FLIPS, count, true);
	cr_assert_gt(count[1], FLIPS / 4, "most are found: %u", count[1]);
	cr_assert_eq(count[2] + count[3], 0u);
}

/* What opening a large store leaves to the sums and neighbours of rows. */
Test(store_walk, rows_alone_tell_most_of_it)
{
	unsigned count[4] = {0};

	run_flips(UINT64_C(0x5eed0002), FLIPS, count, false);
	cr_assert_lt(count[2] + count[3], FLIPS / 20, "wrong %u, crashed %u",
	    count[2], count[3]);
}

/* The file under an open store: the first occurrence of these bytes. */
static void
flip_where(struct bytes what)
{
	struct stat st;
	int fd = open(file, O_RDWR | O_CLOEXEC);
	uint8_t *all;
	uint8_t *at;

	cr_assert(fd >= 0 && fstat(fd, &st) == 0);
	all = malloc((size_t)st.st_size);
	cr_assert_eq(pread(fd, all, (size_t)st.st_size, 0), st.st_size);
	at = memmem(all, (size_t)st.st_size, what.ptr, what.len);
	cr_assert_not_null(at);
	at[what.len - 1] ^= 1;
	cr_assert_eq(pwrite(fd, at, what.len, at - all), (ssize_t)what.len);
	free(all);
	(void)close(fd);
}

static enum err
seek_summed(struct store_txn *txn, struct bytes key)
{
	struct store_cursor *c;
	struct store_row row;
	enum err e;

	cr_assert_eq(store_cursor(txn, table[0], &c, NULL), ERR_OK);
	store_cursor_summed(c);
	e = store_seek(c, key, &row);
	cr_assert(e != ERR_OK || row.value.len == strlen("one row alone"));
	store_cursor_close(c);
	return e;
}

/* Only of the state that was walked, and only after it was found whole. */
Test(store_walk, sums_are_left_out_of_the_very_state_that_was_walked)
{
	const struct store_walk plan = {.sums = true};
	const struct bytes key = bytes_str("alone");
	struct store_walk_counts counts;
	struct store_txn *txn;

	cr_assert_eq(store_write(store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    store_put(txn, table[0], key, bytes_str("one row alone"), NULL),
	    ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	reopen(0);
	cr_assert_eq(store_walk(store, &plan, &counts, NULL), ERR_OK);
	cr_assert_eq(store_read(store, &txn, NULL), ERR_OK);
	flip_where(bytes_str("one row alone"));
	cr_assert_eq(seek_summed(txn, key), ERR_OK);
	store_abort(txn);
	put_rows(1, 1, 1, 0);
	cr_assert_eq(store_read(store, &txn, NULL), ERR_OK);
	cr_assert_eq(seek_summed(txn, key), ERR_CORRUPT);
	store_abort(txn);
	cr_assert_eq(store_walk(store, &plan, &counts, NULL), ERR_CORRUPT);
	cr_assert_eq(store_read(store, &txn, NULL), ERR_OK);
	cr_assert_eq(seek_summed(txn, key), ERR_CORRUPT);
	store_abort(txn);
}
