/* bench.c - measures what the README promises, on this machine. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "proto/crypto.h"
#include "tests/bench/bench_audit.h"
#include "tests/bench/bench_bare.h"
#include "tests/bench/bench_catch.h"
#include "tests/bench/bench_defence.h"
#include "tests/bench/bench_host.h"
#include "tests/bench/bench_http.h"
#include "tests/bench/bench_log.h"
#include "tests/bench/bench_query.h"
#include "tests/bench/bench_scale.h"
#include "tests/bench/bench_signed.h"
#include "tests/bench/bench_store.h"
#include "tests/bench/bench_tables.h"
#include "tests/bench/bench_verify.h"
#include "tests/support/temp.h"

#define FIGURES_MAX 128

struct figure {
	char name[48];
	double value;
	char unit[8];
	char conditions[240];
};

struct bench {
	struct figure at[FIGURES_MAX];
	size_t len;
	char dir[TEMP_PATH_BYTES];
	const char *programs;
};

/* What is promised; two depend on the machine's own rates (bench_bound). */
static struct {
	const char *name;
	double bound;
	bool at_most;
} floors[] = {
    {"append_600B", 300000, false},
    {"alarm_post_c64", 20000, false},
    {"alarm_post_c64_p99", 10, true},
    {"alarm_post_c1", 0, true},
    {"alarm_array_json", 60000, false},
    {"alarm_array_pb", 120000, false},
    {"alarm_signed_c64", 0, false},
    {"proof_http", 60000, false},
    {"proof_inproc", 300000, false},
    {"verify_bundle", 100000, false},
    {"catch_up", 100000, false},
    {"idle_rss", 25, true},
    {"query_alarms", 5, true},
    {"query_permits", 5, true},
    {"query_at", 5, true},
    {"query_decision", 1, true},
    {"query_roster", 100, true},
};

void
bench_bound(const char *name, double bound)
{
	for (size_t i = 0; i < sizeof(floors) / sizeof(floors[0]); i++)
		if (strcmp(floors[i].name, name) == 0)
			floors[i].bound = bound;
}

static void
print_figure(const struct figure *f)
{
	char number[32];

	(void)snprintf(number, sizeof(number),
	    fabs(f->value) < 100 ? "%.2f" : "%.0f", f->value);
	printf("%-22s %12s %-5s", f->name, number, f->unit);
	for (size_t i = 0; i < sizeof(floors) / sizeof(floors[0]); i++) {
		bool good = floors[i].at_most ? f->value <= floors[i].bound
		                              : f->value >= floors[i].bound;

		if (strcmp(floors[i].name, f->name) != 0)
			continue;
		(void)snprintf(number, sizeof(number), "%s %.*f %s",
		    floors[i].at_most ? "<=" : ">=",
		    floors[i].bound < 1 ? 2 : 0, floors[i].bound,
		    good ? "ok" : "MISSED");
		printf(" %-16s %s\n", number, f->conditions);
		return;
	}
	printf(" %-16s %s\n", "", f->conditions);
}

void
bench_add(struct bench *b, const char *name, double value, const char *unit,
    const char *conditions, ...)
{
	struct figure *f = &b->at[b->len];
	va_list ap;

	if (b->len == FIGURES_MAX)
		bench_fail("more than %d figures", FIGURES_MAX);
	b->len++;
	(void)snprintf(f->name, sizeof(f->name), "%s", name);
	(void)snprintf(f->unit, sizeof(f->unit), "%s", unit);
	f->value = value;
	va_start(ap, conditions);
	(void)vsnprintf(f->conditions, sizeof(f->conditions), conditions, ap);
	va_end(ap);
	print_figure(f);
	(void)fflush(stdout);
}

double
bench_value(const struct bench *b, const char *name)
{
	for (size_t i = 0; i < b->len; i++)
		if (strcmp(b->at[i].name, name) == 0)
			return b->at[i].value;
	return 0;
}

const char *
bench_dir(const struct bench *b)
{
	return b->dir;
}

const char *
bench_programs(const struct bench *b)
{
	return b->programs;
}

static struct bench *running;

void
bench_fail(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fprintf(stderr, "bench: ");
	(void)vfprintf(stderr, format, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	exit(1); /* atexit ends the nodes and removes the directory */
}

static void
clean_up(void)
{
	if (running != NULL)
		temp_remove(running->dir);
}

/* Texts here are our own: letters, digits and punctuation without quotes. */
static void
write_json(const struct bench *b, const char *path)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		bench_fail("cannot write %s", path);
	fprintf(f, "[\n");
	for (size_t i = 0; i < b->len; i++)
		fprintf(f,
		    "  {\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\", "
		    "\"conditions\": \"%s\"}%s\n",
		    b->at[i].name, b->at[i].value, b->at[i].unit,
		    b->at[i].conditions, i + 1 < b->len ? "," : "");
	fprintf(f, "]\n");
	if (fclose(f) != 0)
		bench_fail("cannot write %s", path);
}

static bool
asked_for(const char *part, bool whole, char **parts)
{
	if (*parts == NULL)
		return whole;
	for (; *parts != NULL; parts++)
		if (strcmp(part, *parts) == 0)
			return true;
	return false;
}

static const struct part {
	const char *name;
	void (*run)(struct bench *b);
	bool whole; /* runs unless others are asked for */
} parts[] = {
    {"host", bench_host, true},
    {"bare", bench_bare, true},
    {"log", bench_log, true},
    {"http", bench_http, true},
    {"arrays", bench_http_arrays, false}, /* of http alone, likewise */
    {"proofs", bench_http_proofs, false},
    {"signed", bench_signed, true},
    {"verify", bench_verify, true},
    {"tables", bench_tables, true},
    {"catch_up", bench_catch, true},
    {"store", bench_store, true},
    {"soak", bench_soak, false},
    {"audit", bench_audit, true},
    {"query", bench_query, true},
    {"defence", bench_defence, true},
    {"scale", bench_scale, false},
    {"fill", bench_scale_fill, false},
};

int
main(int argc, char **argv)
{
	static struct bench b;
	const char *out = "build/bench.json";
	const char *build = getenv("BUILD");
	int opt;

	while ((opt = getopt(argc, argv, "o:")) != -1) {
		if (opt != 'o') {
			fprintf(stderr,
			    "usage: bench [-o FILE] "
			    "[host|bare|log|http|arrays|proofs|signed|verify|"
			    "tables|catch_up|store|soak|audit|query|defence|"
			    "scale|fill]...\n");
			return 2;
		}
		out = optarg;
	}
	crypto_start();
	b.programs = build != NULL ? build : "build";
	/* Not $TMPDIR, which may be memory: the disk is what is measured. */
	temp_path(b.dir, b.programs, "bench.XXXXXX");
	if (mkdtemp(b.dir) == NULL)
		bench_fail("cannot make %s", b.dir);
	running = &b;
	(void)atexit(clean_up);

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!asked_for(parts[i].name, parts[i].whole, argv + optind))
			continue;
		/* What one part left to write is not the next one's. */
		sync();
		parts[i].run(&b);
	}
	write_json(&b, out);
	return 0;
}
