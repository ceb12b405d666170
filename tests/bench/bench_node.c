/* bench_node.c - start, ask and end real nodes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_node.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proto/buf.h"
#include "proto/mem.h"
#include "tests/bench/bench.h"

#define ARGS_MAX 24
#define NODES_MAX 8
#define STOP_SECONDS 60
#define ANSWER_MAX ((size_t)4 << 20)

/* What atexit must end when a bench fails half-way. */
static pid_t alive[NODES_MAX];

static void
kill_all(void)
{
	for (size_t i = 0; i < NODES_MAX; i++) {
		if (alive[i] > 0) {
			(void)kill(alive[i], SIGKILL);
			(void)waitpid(alive[i], NULL, 0);
		}
	}
}

static void
remember(pid_t old, pid_t new)
{
	static bool registered;

	if (!registered)
		(void)atexit(kill_all);
	registered = true;
	for (size_t i = 0; i < NODES_MAX; i++) {
		if (alive[i] == old) {
			alive[i] = new;
			return;
		}
	}
	bench_fail("more than %d nodes", NODES_MAX);
}

/* Runs program with stdout in a pipe, stderr to `log` or ours. */
static pid_t
run(const char *const *args, const char *log, int *out)
{
	posix_spawn_file_actions_t actions;
	char *argv[ARGS_MAX + 1] = {NULL};
	int ends[2];
	pid_t pid = 0;
	int rc;

	for (size_t i = 0; args[i] != NULL; i++) {
		if (i == ARGS_MAX)
			bench_fail("too many arguments");
		argv[i] = mem_strdup(args[i]);
	}
	if (pipe2(ends, O_CLOEXEC) != 0)
		bench_fail("pipe: %s", strerror(errno));
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
	if (log != NULL)
		(void)posix_spawn_file_actions_addopen(
		    &actions, 2, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	rc = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	if (rc != 0)
		bench_fail("%s: %s", argv[0], strerror(rc));
	(void)posix_spawn_file_actions_destroy(&actions);
	for (size_t i = 0; argv[i] != NULL; i++)
		free(argv[i]);
	(void)close(ends[1]);
	*out = ends[0];
	return pid;
}

/* All that the program prints; ends the bench unless it exits with 0. */
static char *
capture(const char *const *args)
{
	struct buf text;
	char part[4096];
	char *all;
	ssize_t n;
	int status = 0;
	int out;
	pid_t pid = run(args, NULL, &out);

	buf_init(&text, ANSWER_MAX);
	while ((n = read(out, part, sizeof(part))) > 0)
		buf_put(&text, part, (size_t)n);
	(void)close(out);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		bench_fail("%s %s %s ended with status %d", args[0], args[1],
		    args[2], status);
	all = mem_strdup(buf_cstr(&text));
	buf_clear(&text);
	return all;
}

static void
program(const struct bench_node *n, const char *name,
    char out[static TEMP_PATH_BYTES])
{
	temp_path(out, bench_programs(n->bench), name);
}

static void
init(const struct bench_node *n, const char *name, const char *role,
    const char *federation)
{
	char cli[TEMP_PATH_BYTES];
	char full[128];
	const char *args[] = {cli, "init", "--dir", n->dir, "--name", full,
	    "--role", role, "--http", "127.0.0.1:0", "--federation", federation,
	    NULL};

	(void)snprintf(full, sizeof(full), "%s.bench.example", name);
	program(n, "lianfang", cli);
	free(capture(args));
}

void
bench_node_init(struct bench_node *n, const struct bench *b, const char *name,
    const char *role, const char *federation)
{
	memset(n, 0, sizeof(*n));
	n->bench = b;
	temp_path(n->dir, bench_dir(b), name);
	init(n, name, role, federation);
}

void
bench_node_keep(struct bench_node *n, const struct bench *b, const char *dir,
    const char *name)
{
	memset(n, 0, sizeof(*n));
	n->bench = b;
	(void)snprintf(n->dir, sizeof(n->dir), "%s", dir);
	if (access(dir, F_OK) != 0)
		init(n, name, "plant", "tcp://127.0.0.1:0");
}

void
bench_node_start(struct bench_node *n)
{
	char daemon[TEMP_PATH_BYTES];
	char log[TEMP_PATH_BYTES];
	const char *args[] = {daemon, "--dir", n->dir, NULL};
	char line[1024];
	size_t len = 0;
	char *at = NULL;
	int out;

	program(n, "lianfangd", daemon);
	(void)snprintf(log, sizeof(log), "%.500s.log", n->dir);
	n->pid = run(args, log, &out);
	remember(0, n->pid);
	while (len < sizeof(line) - 1 && read(out, line + len, 1) == 1 &&
	    line[len] != '\n')
		len++;
	line[len] = '\0';
	at = strstr(line, "http=127.0.0.1:");
	if (at == NULL)
		bench_fail("the node says \"%s\" and no HTTP address", line);
	n->port = (uint16_t)strtoul(at + 15, NULL, 10);
	/* The pipe stays open: a node that prints more must not die of it. */
	(void)fcntl(out, F_SETFL, O_NONBLOCK);
}

void
bench_node_stop(struct bench_node *n)
{
	const struct timespec pause = {0, 10000000};
	double start = bench_now();

	if (n->pid == 0)
		return;
	(void)kill(n->pid, SIGTERM);
	while (waitpid(n->pid, NULL, WNOHANG) == 0) {
		if (bench_now() - start > STOP_SECONDS) {
			(void)kill(n->pid, SIGKILL);
			(void)waitpid(n->pid, NULL, 0);
			bench_fail("%s did not stop", n->dir);
		}
		(void)nanosleep(&pause, NULL);
	}
	remember(n->pid, 0);
	n->pid = 0;
}

void
bench_node_kill(struct bench_node *n)
{
	(void)kill(n->pid, SIGKILL);
	(void)waitpid(n->pid, NULL, 0);
	remember(n->pid, 0);
	n->pid = 0;
}

static int
chill_file(const char *path, const struct stat *st, int type, struct FTW *at)
{
	int fd;

	(void)at;
	if (type != FTW_F || !S_ISREG(st->st_mode))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0 ||
	    posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0)
		bench_fail("%s: %s", path, strerror(errno));
	(void)close(fd);
	return 0;
}

void
bench_node_chill(const struct bench_node *n)
{
	if (nftw(n->dir, chill_file, 8, FTW_PHYS) != 0)
		bench_fail("%s: %s", n->dir, strerror(errno));
}

char *
bench_node_cli(const struct bench_node *n, const char *const *args)
{
	char cli[TEMP_PATH_BYTES];
	const char *all[ARGS_MAX + 1] = {cli, "--dir", n->dir, NULL};

	program(n, "lianfang", cli);
	for (size_t i = 0; args[i] != NULL && i + 3 < ARGS_MAX; i++)
		all[i + 3] = args[i];
	return capture(all);
}

char *
bench_node_token(const struct bench_node *n, const char *role)
{
	const char *const args[] = {"token", "create", "--role", role, NULL};
	char *token = bench_node_cli(n, args);

	token[strcspn(token, "\r\n")] = '\0';
	return token;
}

uint64_t
bench_node_size(const struct bench_node *n, const char *origin)
{
	const char *const args[] = {"status", "--json", NULL};
	char *text = bench_node_cli(n, args);
	json_t *status = json_loads(text, 0, NULL);
	uint64_t size = 0;
	json_t *log;
	size_t i;

	if (status == NULL)
		bench_fail("status is not JSON: %s", text);
	json_array_foreach(json_object_get(status, "logs"), i, log)
	{
		const char *o =
		    json_string_value(json_object_get(log, "origin"));
		json_t *s = json_object_get(log, "size");

		if (o == NULL || strcmp(o, origin) != 0)
			continue;
		/* uint64 is a string in canonical proto3 JSON. */
		size = json_is_string(s)
		    ? strtoull(json_string_value(s), NULL, 10)
		    : (uint64_t)json_integer_value(s);
	}
	json_decref(status);
	free(text);
	return size;
}

/* The number behind a key in one of the node's files under /proc. */
static double
proc_number(const struct bench_node *n, const char *file, const char *key)
{
	char path[64];
	char line[256];
	double value = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)n->pid, file);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, key, strlen(key)) == 0)
			value = strtod(line + strlen(key), NULL);
	if (f != NULL)
		(void)fclose(f);
	return value;
}

double
bench_node_rss(const struct bench_node *n)
{
	return proc_number(n, "status", "VmRSS:") / 1024;
}

double
bench_node_anonymous(const struct bench_node *n)
{
	return proc_number(n, "status", "RssAnon:") / 1024;
}

double
bench_node_written(const struct bench_node *n)
{
	return proc_number(n, "io", "wchar:");
}

static double disk_sum;

static int
add_file(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)path;
	(void)at;
	if (type == FTW_F)
		disk_sum += (double)st->st_blocks * 512;
	return 0;
}

double
bench_node_disk(const struct bench_node *n)
{
	disk_sum = 0;
	if (nftw(n->dir, add_file, 8, FTW_PHYS) != 0)
		bench_fail("%s: %s", n->dir, strerror(errno));
	return disk_sum;
}

double
bench_node_cpu(const struct bench_node *n)
{
	char path[64];
	char line[1024] = "";
	unsigned long user = 0;
	unsigned long kernel = 0;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)n->pid);
	FILE *f = fopen(path, "re");
	if (f == NULL || fgets(line, sizeof(line), f) == NULL)
		bench_fail("%s cannot be read", path);
	(void)fclose(f);
	/* Fields 14 and 15; the name before may hold blanks. */
	const char *rest = strrchr(line, ')');
	if (rest == NULL ||
	    sscanf(rest,
	        ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
	        &kernel) != 2)
		bench_fail("%s is not understood", path);
	return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

uint16_t
bench_node_free_port(void)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&a, sizeof(a)) != 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) != 0)
		bench_fail("no free port: %s", strerror(errno));
	(void)close(fd);
	return ntohs(a.sin_port);
}
