/* pages_fuzz.c - a store's file after a bad disk or a hand was at it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/buf.h"
#include "tests/support/temp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROWS 40 /* of each table; some are long, so pages of each kind */
#define PAGE 4096

static const char *const names[] = {"one", "two"};
static char dir[TEMP_PATH_BYTES];
static char path[TEMP_PATH_BYTES];
static struct row {
	struct buf key;
	struct buf value;
} rows[2][2 * ROWS];
static char *good;
static size_t good_len;
static int file; /* of data.mdb */

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
remove_dir(void)
{
	(void)close(file);
	temp_remove(dir);
	free(good);
	for (unsigned n = 0; n < 2; n++) {
		for (unsigned i = 0; i < 2 * ROWS; i++) {
			buf_clear(&rows[n][i].key);
			buf_clear(&rows[n][i].value);
		}
	}
}

/* Row i of a table; every tenth needs pages of its own.  Made once: printing
 * them anew for each input took half of the time. */
static void
make_rows(void)
{
	for (unsigned n = 0; n < 2; n++) {
		for (unsigned i = 0; i < 2 * ROWS; i++) {
			struct row *r = &rows[n][i];

			buf_init(&r->key, 64);
			buf_init(&r->value, 65536);
			buf_printf(&r->key, "key %05u", 2 * i);
			for (unsigned k = 0; k < (i % 10 == 3 ? 900u : 9u); k++)
				buf_printf(&r->value, "%u.%u ", n, i);
		}
	}
}

static void
fill(struct store *s, bool half)
{
	struct store_table t;
	struct store_txn *txn;

	for (unsigned n = 0; n < 2; n++) {
		must(store_table(s, names[n], &t, NULL) == ERR_OK);
		must(store_write(s, &txn, NULL) == ERR_OK);
		/* The first time also what is deleted again: free pages. */
		for (unsigned i = 0; i < 2 * ROWS; i++) {
			const struct row *r = &rows[n][i];

			if (!half)
				must(store_put(txn, t, buf_view(&r->key),
				         buf_view(&r->value), NULL) == ERR_OK);
			else if (i >= ROWS)
				must(store_del(txn, t, buf_view(&r->key),
				         NULL) == ERR_OK);
		}
		must(store_commit(txn, NULL) == ERR_OK);
	}
}

static void
make_store(void)
{
	struct store *s;

	temp_make(dir);
	(void)atexit(remove_dir);
	make_rows();
	must(store_open(&s, dir, STORE_CREATE, NULL) == ERR_OK);
	fill(s, false);
	fill(s, true);
	store_close(s);
	temp_path(path, dir, "data.mdb");
	good = temp_read(path, &good_len);
	must(good != NULL);
	file = open(path, O_RDWR | O_CLOEXEC);
	must(file >= 0);
}

/* The rows as they were put, up to one that is told to be damaged. */
static void
read_table(struct store_txn *txn, unsigned n, struct store_table t)
{
	struct store_cursor *c;
	struct store_row row;
	enum err e;

	if (store_cursor(txn, t, &c, NULL) != ERR_OK)
		return;
	e = store_seek(c, bytes_of(NULL, 0), &row);
	for (unsigned i = 0; i < ROWS && e == ERR_OK; i++) {
		must(bytes_equal(row.key, buf_view(&rows[n][i].key)));
		must(bytes_equal(row.value, buf_view(&rows[n][i].value)));
		e = store_next(c, &row);
		must(e == ERR_OK || e == ERR_CORRUPT || i + 1 == ROWS);
	}
	must(e == ERR_NOT_FOUND || e == ERR_CORRUPT);
	store_cursor_close(c);
}

static void
read_all(struct store *s)
{
	struct store_table t;
	struct store_txn *txn;

	for (unsigned n = 0; n < 2; n++) {
		if (store_table(s, names[n], &t, NULL) != ERR_OK ||
		    store_read(s, &txn, NULL) != ERR_OK)
			continue;
		read_table(txn, n, t);
		store_abort(txn);
	}
}

/* Changes: u16be place in a page, u8 page, u8 what to combine with by XOR. */
static void
damage(const uint8_t *data, size_t size)
{
	must(pwrite(file, good, good_len, 0) == (ssize_t)good_len);
	for (size_t i = 0; i + 4 <= size; i += 4) {
		size_t at = (size_t)data[i] << 8 | data[i + 1];
		char byte;

		at = (at % PAGE + (size_t)data[i + 2] * PAGE) % good_len;
		must(pread(file, &byte, 1, (off_t)at) == 1);
		byte = (char)(byte ^ data[i + 3]);
		must(pwrite(file, &byte, 1, (off_t)at) == 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err_why why = {.text = ""};
	struct store *s = NULL;
	enum err e;

	if (good == NULL)
		make_store();
	damage(data, size);
	e = store_open(&s, dir, STORE_READ_ONLY, &why);
	must((e == ERR_OK) == (s != NULL));
	must(e == ERR_OK || why.text[0] != '\0');
	if (s != NULL)
		read_all(s);
	store_close(s);
	return 0;
}
