/* cli_compact.c - compact: give free pages of the stores back to the disk. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/store_space.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/site_lock.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define MIB 1048576.0

static void
show_progress(void *arg, const char *what, uint64_t done, uint64_t total)
{
	cli_out_progress(arg, what, done, total);
}

static void
show(const struct cli *cli, const char *store, const struct store_compact *c)
{
	cli_out_progress_end(cli);
	if (cli->json) {
		(void)printf("{\"store\":\"%s\",\"before\":%" PRIu64
		             ",\"after\":%" PRIu64 ",\"rows\":%" PRIu64 "}\n",
		    store, c->before, c->after, c->rows);
		return;
	}
	(void)printf(CLI_ARGS_SAY("%-8s %10.1f MiB  now %10.1f MiB  given back "
	                          "%10.1f MiB  rows %" PRIu64 "\n",
	                 "%-8s %10.1f MiB  现为 %10.1f MiB  释放 %10.1f MiB  "
	                 "行 %" PRIu64 "\n"),
	    store, (double)c->before / MIB, (double)c->after / MIB,
	    ((double)c->before - (double)c->after) / MIB, c->rows);
}

/* A node's directory, and nobody else in it. */
static enum err
take(const struct cli *cli, int *lock, struct err_why *why)
{
	char path[4096];

	*lock = -1;
	(void)snprintf(path, sizeof(path), "%s/site", cli->dir);
	if (access(path, F_OK) != 0)
		return err_fail(why, ERR_NOT_FOUND,
		    "%s holds no node; make one with: lianfang init", cli->dir);
	return site_lock(lock, cli->dir, why);
}

int
cli_compact_run(struct cli *cli)
{
	static const char *const stores[] = {"own", "replica"};
	struct err_why why = {.text = ""};
	char path[4096];
	int lock;
	enum err e = take(cli, &lock, &why);

	for (size_t i = 0; i < 2 && e == ERR_OK; i++) {
		struct store_compact c = {.arg = cli,
		    .progress = cli->progress ? show_progress : NULL};

		(void)snprintf(
		    path, sizeof(path), "%s/%s", cli->dir, stores[i]);
		e = store_compact(&c, path, &why);
		if (e == ERR_OK)
			show(cli, stores[i], &c);
		else
			cli_out_progress_end(cli);
	}
	if (lock >= 0)
		(void)close(lock);
	return e == ERR_OK ? CLI_OK : cli_fail(cli, e, &why);
}
