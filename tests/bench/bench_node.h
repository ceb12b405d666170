/* bench_node.h - start, ask and end real nodes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_BENCH_BENCH_NODE_H
#define TESTS_BENCH_BENCH_NODE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/support/temp.h"

struct bench;

struct bench_node {
	const struct bench *bench;
	char dir[TEMP_PATH_BYTES];
	pid_t pid; /* 0: not running */
	uint16_t port; /* HTTP, on loopback */
};

/*
 * Whatever goes wrong here ends the program; nodes still running then are
 * killed.  role: "plant", "hq"; federation: "tcp://127.0.0.1:0".
 */
void bench_node_init(struct bench_node *n, const struct bench *b,
    const char *name, const char *role, const char *federation);
/* The plant in `dir`, made when there is none; it stays behind. */
void bench_node_keep(struct bench_node *n, const struct bench *b,
    const char *dir, const char *name);
/* Returns when the node has said that it is ready. */
void bench_node_start(struct bench_node *n);
/* SIGTERM, and waits; killed after a minute. */
void bench_node_stop(struct bench_node *n);
/* SIGKILL, and waits. */
void bench_node_kill(struct bench_node *n);
/* Of a stopped node: no file of its directory stays in memory. */
void bench_node_chill(const struct bench_node *n);

/* lianfang --dir DIR ARGUMENTS...; the answer's text, to be freed. */
char *bench_node_cli(const struct bench_node *n, const char *const *args);

/* A bearer token, to be freed. */
char *bench_node_token(const struct bench_node *n, const char *role);

/* Size of the log whose origin ends so ("plant.bench.example/evidence/1"), as
 * this node holds it; 0 when it does not. */
uint64_t bench_node_size(const struct bench_node *n, const char *origin);

/* Resident set, and the part of it not backed by files, in MB. */
double bench_node_rss(const struct bench_node *n);
double bench_node_anonymous(const struct bench_node *n);

/* Bytes on the disk of what is in its directory; bytes that the running node
 * has given to its files: what the kernel counts as written to the disk is
 * whole folios of its cache, up to a hundred times as much. */
double bench_node_disk(const struct bench_node *n);
double bench_node_written(const struct bench_node *n);
/* Seconds of processor time that the node has used. */
double bench_node_cpu(const struct bench_node *n);

/* A TCP port nobody listens on now. */
uint16_t bench_node_free_port(void);

#endif
