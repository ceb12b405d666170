/* bench_store.c - what an alarm costs on the disk. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_store.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/store_space.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_run.h"
#include "tests/bench/load.h"

#define ENTRIES 100000
#define SECONDS 5.0
#define BODY_BYTES 600.0
#define SOAK_SECONDS 60.0
#define SOAK_LOOKS 10
#define MIB 1048576.0
#define SMALL 0.05 /* bytes per alarm: not worth a line */

struct shares {
	struct bench *bench;
	double entries;
};

static void
add_table(void *arg, const char *table, uint64_t rows, uint64_t bytes)
{
	const struct shares *s = arg;
	char name[48];

	(void)rows;
	if ((double)bytes / s->entries < SMALL)
		return;
	(void)snprintf(name, sizeof(name), "disk_%s", table);
	bench_add(s->bench, name, (double)bytes / s->entries, "B",
	    "pages of this table for each alarm");
}

/* Beside a running node only roughly. */
static void
space(struct bench_run *r, struct store_space *out, bool tables)
{
	struct shares shares = {r->bench, (double)r->size};
	char path[TEMP_PATH_BYTES];
	struct err_why why = {.text = ""};
	struct store *s = NULL;
	enum err e;

	temp_path(path, r->node.dir, "own");
	e = store_open(&s, path, STORE_READ_ONLY | STORE_UNCHECKED, &why);
	if (e == ERR_OK)
		e = store_space(
		    s, out, tables ? add_table : NULL, &shares, &why);
	if (e != ERR_OK)
		bench_fail("%s", why.text);
	store_close(s);
}

/* Bytes that went to files for each byte of the bodies. */
static void
written(struct bench_run *r, const char *name, unsigned connections,
    size_t batch, size_t (*next)(void *arg, unsigned connection, char *),
    uint64_t requests)
{
	struct load_plan plan = {.port = r->node.port,
	    .connections = connections,
	    .seconds = requests > 0 ? 0 : SECONDS,
	    .requests = requests,
	    .want_status = 201,
	    .next = next,
	    .arg = r};
	double before = bench_node_written(&r->node);
	struct load_result res;

	load_run(&plan, &res);
	bench_add(r->bench, name,
	    (bench_node_written(&r->node) - before) /
	        ((double)(res.requests * batch) * BODY_BYTES),
	    "x",
	    "bytes written to files for each byte of the bodies, %u "
	    "clients, %zu a request",
	    connections, batch);
}

static void
compact(struct bench_run *r)
{
	static const char *const args[] = {"compact", "--json", NULL};
	double start = bench_now();
	char *text = bench_node_cli(&r->node, args);
	double took = bench_now() - start;
	json_t *own = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL);
	double before =
	    (double)json_integer_value(json_object_get(own, "before"));
	double after =
	    (double)json_integer_value(json_object_get(own, "after"));

	if (own == NULL || before == 0)
		bench_fail("compact says %s", text);
	bench_add(r->bench, "compact_given_back", 100 * (1 - after / before),
	    "%", "of data.mdb after all of the above");
	bench_add(r->bench, "compact_rate", before / MIB / took, "MB/s",
	    "both stores checked, copied, checked again, put in place");
	json_decref(own);
	free(text);
}

void
bench_store(struct bench *b)
{
	const char *most = getenv("BENCH_ENTRIES");
	const uint64_t n = most != NULL ? strtoull(most, NULL, 10) : ENTRIES;
	static struct bench_run r;
	struct store_space s;

	bench_run_begin(&r, b, "store");
	if (n > r.size)
		written(&r, "written_array_pb", 4, BENCH_RUN_ARRAY,
		    bench_run_array_pb,
		    (n - r.size + BENCH_RUN_ARRAY - 1) / BENCH_RUN_ARRAY);
	r.size = bench_node_size(&r.node, r.origin);
	bench_node_stop(&r.node);
	space(&r, &s, true);
	bench_add(b, "disk_alarm", (double)s.file / (double)r.size, "B",
	    "data.mdb for each of %.0f alarms of 600 bytes", (double)r.size);
	bench_add(b, "disk_redo", (double)s.redo / MIB, "MB",
	    "redo files, whatever the number of alarms");

	bench_node_start(&r.node);
	written(&r, "written_post_c64", 64, 1, bench_run_one, 0);
	written(&r, "written_post_c1", 1, 1, bench_run_one, 0);
	bench_node_stop(&r.node);
	space(&r, &s, false);
	bench_add(b, "disk_free", 100 * (double)s.spare / (double)s.file, "%",
	    "of data.mdb, pages free after single posts");
	compact(&r);
	bench_node_start(&r.node);
	bench_run_end(&r);
}

void
bench_soak(struct bench *b)
{
	const char *asked = getenv("BENCH_SECONDS");
	const double all = asked != NULL ? strtod(asked, NULL) : SOAK_SECONDS;
	static struct bench_run r;
	struct store_space s;
	double most = 0;
	double alarms = 0;

	bench_run_begin(&r, b, "soak");
	for (int i = 0; i < SOAK_LOOKS; i++) {
		struct load_plan plan = {.port = r.node.port,
		    .connections = 64,
		    .seconds = all / SOAK_LOOKS,
		    .want_status = 201,
		    .next = bench_run_one,
		    .arg = &r};
		struct load_result res;

		load_run(&plan, &res);
		alarms += (double)res.requests;
		space(&r, &s, false);
		if ((double)s.spare > most)
			most = (double)s.spare;
	}
	bench_add(b, "soak_free_most", most / MIB, "MB",
	    "free pages of data.mdb at most, seen %d times while 64 clients "
	    "posted %.0f single alarms in %.0f s",
	    SOAK_LOOKS, alarms, all);
	bench_add(b, "soak_live", (double)s.live / MIB, "MB",
	    "of data.mdb in use at the end");
	bench_add(b, "soak_file", (double)s.file / MIB, "MB",
	    "length of data.mdb at the end");
	bench_run_end(&r);
}
