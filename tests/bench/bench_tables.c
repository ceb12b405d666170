/* bench_tables.c - what each table of the store costs an alarm. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_tables.h"

#include <dlfcn.h>
#include <lmdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "node/site.h"
#include "node/submit.h"
#include "proto/clock.h"
#include "tests/bench/alarms.h"
#include "tests/bench/bench.h"
#include "tests/support/temp.h"

#define TABLES_MAX 64
#define SOURCES 4
#define ARRAY 1000
#define WARM 20 /* arrays before those that are counted */
#define ARRAYS 100
#define LEAST 0.1 /* per cent that are worth a line */

/*
 * The store's calls of LMDB come here first: linked into this program, these
 * stand before the library's.  Only the committer calls them while `counting`.
 */
static struct {
	bool counting;
	char name[TABLES_MAX][32];
	double took[TABLES_MAX];
	uint64_t rows[TABLES_MAX];
	double commit;
} seen;

static void
next_of(void *fn, size_t size, const char *name)
{
	void *p = dlsym(RTLD_NEXT, name);

	if (p == NULL)
		bench_fail("no %s", name);
	memcpy(fn, &p, size);
}

int
mdb_dbi_open(MDB_txn *txn, const char *name, unsigned flags, MDB_dbi *dbi)
{
	static int (*next)(MDB_txn *, const char *, unsigned, MDB_dbi *);
	int rc;

	if (next == NULL)
		next_of(&next, sizeof(next), "mdb_dbi_open");
	rc = next(txn, name, flags, dbi);
	if (rc == 0 && name != NULL && *dbi < TABLES_MAX)
		(void)snprintf(
		    seen.name[*dbi], sizeof(seen.name[0]), "%s", name);
	return rc;
}

static void
count(MDB_cursor *c, double start, uint64_t rows)
{
	MDB_dbi dbi = mdb_cursor_dbi(c);

	if (dbi >= TABLES_MAX)
		return;
	seen.took[dbi] += bench_now() - start;
	seen.rows[dbi] += rows;
}

int
mdb_cursor_put(MDB_cursor *c, MDB_val *key, MDB_val *data, unsigned flags)
{
	static int (*next)(MDB_cursor *, MDB_val *, MDB_val *, unsigned);
	double start;
	int rc;

	if (next == NULL)
		next_of(&next, sizeof(next), "mdb_cursor_put");
	if (!seen.counting)
		return next(c, key, data, flags);
	start = bench_now();
	rc = next(c, key, data, flags);
	count(c, start, 1);
	return rc;
}

int
mdb_cursor_get(MDB_cursor *c, MDB_val *key, MDB_val *data, MDB_cursor_op op)
{
	static int (*next)(MDB_cursor *, MDB_val *, MDB_val *, MDB_cursor_op);
	double start;
	int rc;

	if (next == NULL)
		next_of(&next, sizeof(next), "mdb_cursor_get");
	if (!seen.counting)
		return next(c, key, data, op);
	start = bench_now();
	rc = next(c, key, data, op);
	count(c, start, 0);
	return rc;
}

int
mdb_txn_commit(MDB_txn *txn)
{
	static int (*next)(MDB_txn *);
	double start = bench_now();
	int rc;

	if (next == NULL)
		next_of(&next, sizeof(next), "mdb_txn_commit");
	rc = next(txn);
	if (seen.counting)
		seen.commit += bench_now() - start;
	return rc;
}

/* An array of one source, as a gateway sends it. */
static void
raise_array(struct site *s, struct alarms *a, unsigned source)
{
	static char packed[ARRAY][2048];
	Record__Alarm *list[ARRAY];
	struct submit_wait *w = submit_wait_new();
	const struct submit_to to = {
	    .site = s, .done = submit_wait_done, .arg = w};
	struct submit_result *r;

	for (size_t i = 0; i < ARRAY; i++) {
		size_t len = alarms_pb(a, source, packed[i]);

		list[i] = record__alarm__unpack(
		    NULL, len, (const uint8_t *)packed[i]);
	}
	submit_alarms(&to, list, ARRAY);
	r = submit_wait_for(w);
	if (r->error != ERR_OK)
		bench_fail("an array was refused: %s", r->why.text);
	submit_result_free(r);
	for (size_t i = 0; i < ARRAY; i++)
		record__alarm__free_unpacked(list[i], NULL);
}

static void
say(struct bench *b)
{
	const double n = (double)ARRAY * ARRAYS;
	double rows = 0;

	for (size_t i = 0; i < TABLES_MAX; i++)
		rows += seen.took[i];
	bench_add(b, "table_commit", seen.commit / n * 1e6, "us",
	    "an alarm of arrays of %d from %d sources in turn, to write and "
	    "sync the pages of its batch",
	    ARRAY, SOURCES);
	bench_add(b, "table_rows", rows / n * 1e6, "us",
	    "to seek and write its rows before");
	for (size_t i = 0; i < TABLES_MAX; i++) {
		double part = rows > 0 ? seen.took[i] / rows * 100 : 0;
		char name[48];

		if (part < LEAST || seen.name[i][0] == '\0')
			continue;
		(void)snprintf(name, sizeof(name), "table_%s", seen.name[i]);
		bench_add(b, name, part, "%",
		    "of that; %.2f us and %.2f rows written an alarm",
		    seen.took[i] / n * 1e6, (double)seen.rows[i] / n);
	}
}

void
bench_tables(struct bench *b)
{
	char dir[TEMP_PATH_BYTES];
	struct site_setup setup = {.name = "tables.bench.example",
	    .role = SITE_PLANT,
	    .dir = dir,
	    .clock = clock_system()};
	static struct alarms alarms;
	struct err_why why = {.text = ""};
	struct site *s = NULL;

	temp_path(dir, bench_dir(b), "tables");
	if (site_init(&setup, &why) != ERR_OK ||
	    site_open(&s, dir, clock_system(), &why) != ERR_OK ||
	    site_start(s, &why) != ERR_OK)
		bench_fail("%s: %s", dir, why.text);
	alarms_init(&alarms, "bench");
	for (unsigned i = 0; i < WARM + ARRAYS; i++) {
		seen.counting = i >= WARM;
		raise_array(s, &alarms, i % SOURCES);
	}
	seen.counting = false;
	site_close(s);
	say(b);
}
