/* cli_audit.c - audit, reindex: is what rests what was written. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/roster.h"
#include "ledger/audit.h"
#include "ledger/store_walk.h"
#include "node/cli_commands.h"
#include "node/cli_keys.h"
#include "node/cli_out.h"
#include "node/cli_wrap.h"
#include "node/refold.h"
#include "node/site.h"
#include "node/site_fold.h"
#include "node/site_keys.h"
#include "proto/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct audit_run {
	const struct cli *cli;
	const struct roster *roster; /* NULL: no alliance */
	struct note_vkey *keys; /* of logs by other means than the roster */
	size_t keys_len;
	const char *store; /* "own" */
	struct store_txn *txn;
	struct store_table erasures; /* of a replica: to be carried out */
	bool has_erasures;
	struct digest_hmac mac;
	bool all; /* not only the first fault */
	bool logs; /* no tables */
	bool repair; /* reindex */
	unsigned faults;
	unsigned shown; /* faults of the log at hand, said already */
	unsigned tables; /* of the store at hand, that are as they should be */
	uint64_t rows; /* of theirs */
};

static void
show_progress(void *arg, const struct audit_counts *c)
{
	const struct audit_run *run = arg;

	cli_out_progress(run->cli, "audit", c->leaves, c->size);
}

/* The key a log must be signed with; false when nobody here knows it. */
static bool
key_of_log(
    const struct audit_run *run, const char *origin, struct note_vkey *out)
{
	const struct roster_member *m;
	enum roster_kind kind;

	for (size_t i = 0; i < run->keys_len; i++) {
		if (strcmp(run->keys[i].name, origin) != 0)
			continue;
		*out = run->keys[i];
		return true;
	}
	if (run->roster == NULL)
		return false;
	m = roster_owner(run->roster, origin, &kind);
	if (m == NULL)
		return false;
	*out = m->log[kind];
	return true;
}

static void
print_json(const char *origin, enum err e, const struct audit_counts *c,
    const struct err_why *why)
{
	struct buf line;

	buf_init(&line, 4096);
	buf_printf(&line,
	    "{\"result\":\"%s\",\"log\":", e == ERR_OK ? "PASS" : "FAIL");
	json_quote(&line, bytes_str(origin));
	if (e == ERR_OK) {
		buf_printf(&line,
		    ",\"leaves\":%" PRIu64 ",\"nodes\":%" PRIu64
		    ",\"checkpoints\":%" PRIu64 ",\"bodies\":%" PRIu64
		    ",\"erased\":%" PRIu64 ",\"notHeld\":%" PRIu64,
		    c->leaves, c->nodes, c->checkpoints, c->bodies, c->erased,
		    c->withheld);
	} else {
		buf_str(&line, ",\"fault\":");
		json_quote(&line, bytes_str(why->text));
		buf_str(&line, ",\"faultZh\":");
		json_quote(&line, bytes_str(why->zh));
	}
	buf_str(&line, "}");
	(void)puts(buf_cstr(&line));
	buf_clear(&line);
}

/* The usual width of an origin: lines of one audit stand below each other. */
#define ORIGIN_CELLS 34

static void
print_counts(const char *origin, const struct audit_counts *c)
{
	(void)printf(CLI_ARGS_SAY("%-*s  leaves %" PRIu64 ", nodes %" PRIu64
	                          ", checkpoints %" PRIu64 ", bodies %" PRIu64,
	                 "%-*s  叶 %" PRIu64 "，节点 %" PRIu64
	                 "，检查点 %" PRIu64 "，正文 %" PRIu64),
	    ORIGIN_CELLS, origin, c->leaves, c->nodes, c->checkpoints,
	    c->bodies);
	if (c->erased > 0)
		(void)printf(
		    CLI_ARGS_SAY(", erased %" PRIu64, "，已清除 %" PRIu64),
		    c->erased);
	if (c->withheld > 0)
		(void)printf(
		    CLI_ARGS_SAY(", not held %" PRIu64, "，未持有 %" PRIu64),
		    c->withheld);
	(void)putchar('\n');
}

/* `origin` is a log, or the store that does not open. */
static void
print_log(struct audit_run *run, const char *origin, enum err e,
    const struct audit_counts *c, const struct err_why *why)
{
	cli_out_progress_end(run->cli);
	if (e != ERR_OK)
		run->faults++;
	if (run->cli->json) {
		print_json(origin, e, c, why);
		return;
	}
	cli_out_word(
	    run->cli, e == ERR_OK ? 'g' : 'r', e == ERR_OK ? "PASS" : "FAIL");
	(void)printf("  ");
	if (e == ERR_OK)
		print_counts(origin, c);
	else
		cli_wrap_line(cli_args_why(why), 6, 6); /* names the log */
}

static void
show_fault(void *arg, const struct err_why *why)
{
	struct audit_run *run = arg;

	print_log(run, run->store, ERR_CORRUPT, NULL, why);
	run->shown++;
}

/* In a replica: stored, and carried out in a moment or at the next start. */
static bool
still_waits(void *arg, uint16_t slot, uint64_t index)
{
	const struct audit_run *run = arg;
	uint8_t key[10] = {(uint8_t)(slot >> 8), (uint8_t)slot};
	struct bytes value;

	for (int i = 0; i < 8; i++)
		key[2 + i] = (uint8_t)(index >> (56 - 8 * i));
	return run->has_erasures &&
	    store_get(run->txn, run->erasures, bytes_of(key, sizeof key),
	        &value, NULL) == ERR_OK;
}

static enum err
audit_book(struct audit_run *run, struct log_book *book, struct store_txn *txn,
    struct err_why *why)
{
	char origin[NOTE_NAME_MAX + 1];
	struct audit_counts counts;
	struct note_vkey key;
	struct err_why fault;
	enum err e;

	for (unsigned slot = 0; slot < UINT16_MAX; slot++) {
		struct audit_plan plan = {.slot = (uint16_t)slot,
		    .progress = show_progress,
		    .waits = still_waits,
		    .fault = run->all ? show_fault : NULL,
		    .arg = run};

		e = log_origin(book, txn, (uint16_t)slot, origin, why);
		if (e == ERR_NOT_FOUND && slot == 0)
			continue; /* slots may count from one */
		if (e == ERR_NOT_FOUND)
			break;
		if (e != ERR_OK)
			return e;
		plan.key = key_of_log(run, origin, &key) ? &key : NULL;
		memset(&counts, 0, sizeof(counts));
		run->shown = 0;
		e = audit_log(book, txn, &plan, &counts, &fault);
		if (run->shown == 0)
			print_log(run, origin, e, &counts, &fault);
	}
	return ERR_OK;
}

/* ---- tables ---- */

static void
fold_progress(void *arg, uint64_t done, uint64_t total)
{
	const struct audit_run *run = arg;

	cli_out_progress(run->cli, "fold", done, total);
}

static void
table_json(
    const struct audit_run *run, const struct refold_table *t, const char *word)
{
	(void)printf("{\"result\":\"%s\",\"store\":\"%s\",\"table\":\"%s\","
	             "\"rows\":%" PRIu64 ",\"missing\":%" PRIu64
	             ",\"extra\":%" PRIu64 ",\"changed\":%" PRIu64 "}\n",
	    word, run->store, t->name, t->rows, t->missing, t->extra,
	    t->changed);
}

/* Those that are as they should be are summed up. */
static void
show_table(void *arg, const struct refold_table *t)
{
	struct audit_run *run = arg;
	const bool same = t->first.text[0] == '\0';
	const char *word = same ? "PASS" : run->repair ? "MENDED" : "FAIL";

	cli_out_progress_end(run->cli);
	if (!same && !run->repair)
		run->faults++;
	if (run->cli->json) {
		table_json(run, t, word);
		return;
	}
	if (same) {
		run->tables++;
		run->rows += t->rows;
		return;
	}
	cli_out_word(run->cli, run->repair ? 'y' : 'r', word);
	(void)printf(CLI_ARGS_SAY("  %s table %s: %" PRIu64 " rows, %" PRIu64
	                          " missing, %" PRIu64 " extra, %" PRIu64
	                          " changed\n      %s\n",
	                 "  %s 表 %s：%" PRIu64 " 行，缺失 %" PRIu64
	                 "，多余 %" PRIu64 "，不符 %" PRIu64 "\n      %s\n"),
	    run->store, t->name, t->rows, t->missing, t->extra, t->changed,
	    cli_args_why(&t->first));
}

static enum err
each_table(struct audit_run *run, struct log_book *book, struct err_why *why)
{
	char scratch[4096];
	struct refold r = {
	    .book = book,
	    .mac = &run->mac,
	    .scratch = scratch,
	    .repair = run->repair,
	    .arg = run,
	    .table = show_table,
	    .progress = fold_progress,
	};

	(void)snprintf(scratch, sizeof(scratch), "%s/%s-refold", run->cli->dir,
	    run->store);
	run->tables = 0;
	run->rows = 0;
	enum err e = refold(&r, why);
	if (e != ERR_OK || run->cli->json || run->tables == 0)
		return e;
	cli_out_word(run->cli, 'g', "PASS");
	(void)printf(CLI_ARGS_SAY("  %s: %u tables, %" PRIu64
	                          " rows as the logs give them\n",
	                 "  %s：%u 个表共 %" PRIu64 " 行与账本一致\n"),
	    run->store, run->tables, run->rows);
	return e;
}

/* ---- stores ---- */

static void
page_progress(void *arg, const struct store_walk_counts *c)
{
	const struct audit_run *run = arg;

	cli_out_progress(run->cli, "pages", c->seen, c->pages);
}

/* What the pages say must hold before LMDB is asked for a row. */
static enum err
audit_pages(struct audit_run *run, struct store *store, struct err_why *why)
{
	const struct store_walk plan = {
	    .sums = true,
	    .arg = run,
	    .fault = run->all ? show_fault : NULL,
	    .progress = page_progress,
	};
	struct store_walk_counts counts;

	return store_walk(store, &plan, &counts, why);
}

/* Opens DIR/`name` read-only, beside a daemon that may be writing it. */
static enum err
audit_store(struct audit_run *run, const char *name, struct err_why *why)
{
	char path[4096];
	struct store *store = NULL;
	struct vault *vault = NULL;
	struct log_book *book = NULL;
	struct store_txn *txn = NULL;
	unsigned before = run->faults;
	enum err e;

	run->store = name;
	(void)snprintf(path, sizeof(path), "%s/%s", run->cli->dir, name);
	e = store_open(&store, path, STORE_READ_ONLY | STORE_UNCHECKED, why);
	if (e == ERR_OK)
		e = audit_pages(run, store, why);
	if (e != ERR_OK)
		goto out;
	(void)snprintf(path, sizeof(path), "%s/%s-keys", run->cli->dir, name);
	e = vault_open(&vault, path, why);
	if (e != ERR_OK)
		goto out;
	e = log_book_open(&book, store, vault, NULL, why);
	if (e != ERR_OK)
		goto out;
	run->has_erasures =
	    store_table(store, "erasure", &run->erasures, NULL) == ERR_OK;
	e = store_read(store, &txn, why);
	run->txn = txn;
	if (e != ERR_OK)
		goto out;
	e = audit_book(run, book, txn, why);
	store_abort(txn);
	txn = NULL;
	/* Of a damaged log no table can be folded. */
	if (e == ERR_OK && !run->logs && run->faults == before) {
		run->shown = 0; /* what is said next is of the tables */
		e = site_fold_same(store, why);
		if (e == ERR_OK)
			e = each_table(run, book, why);
	}
out:
	store_abort(txn);
	log_book_close(book);
	vault_close(vault);
	store_close(store);
	return e;
}

static const char *const stores[] = {"own", "replica"};

/* The keys that logs are held against. */
static enum err
read_keys(struct audit_run *run, struct roster **r, struct err_why *why)
{
	const char *dir = run->cli->dir;
	enum err e = cli_keys_roster(dir, r, why);

	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	run->roster = *r;
	if (e == ERR_OK)
		e = cli_keys_all(dir, &run->keys, &run->keys_len, why);
	if (e == ERR_OK && !run->logs)
		e = site_keys_mac(&run->mac, dir, why);
	return e;
}

/* Before the first start, after a restore: replicas are fetched again. */
static bool
no_replica(const struct audit_run *run, const char *name)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s", run->cli->dir, name);
	if (strcmp(name, "own") == 0 || access(path, F_OK) == 0)
		return false;
	if (!run->cli->json)
		(void)puts(CLI_ARGS_SAY(
		    "      replica: there is none", "      replica：没有副本"));
	return true;
}

static void
audit_one(struct audit_run *run, const char *name)
{
	struct err_why why = {.text = ""};
	enum err e;

	if (no_replica(run, name))
		return;
	run->shown = 0;
	e = audit_store(run, name, &why);
	if (e != ERR_OK && run->shown == 0) {
		e = err_wrap(&why, e, "%s", name);
		print_log(run, name, e, NULL, &why);
	}
}

int
cli_audit_stores(struct cli *cli, size_t n)
{
	struct audit_run run = {
	    .cli = cli,
	    .all = cli_args_get(&cli->args, "all") != NULL,
	    .logs = cli_args_get(&cli->args, "logs") != NULL,
	};
	struct err_why why = {.text = ""};
	struct roster *r = NULL;
	enum err e = read_keys(&run, &r, &why);

	for (size_t i = 0; i < n && e == ERR_OK; i++)
		audit_one(&run, stores[i]);
	roster_free(r);
	free(run.keys);
	digest_hmac_wipe(&run.mac);
	if (e != ERR_OK)
		return cli_fail(cli, e, &why);
	return run.faults == 0 ? CLI_OK : CLI_FAILED;
}

int
cli_audit_run(struct cli *cli)
{
	return cli_audit_stores(cli, sizeof(stores) / sizeof(stores[0]));
}

/* Takes the node's lock: nobody writes meanwhile. */
int
cli_audit_reindex(struct cli *cli)
{
	struct audit_run run = {.cli = cli, .repair = true};
	struct err_why why = {.text = ""};
	struct site *site = NULL;
	enum err e = site_open(&site, cli->dir, NULL, &why);

	if (e != ERR_OK)
		return cli_fail(cli, e, &why);
	run.mac = site->index_mac;
	for (size_t i = 0; i < 2 && e == ERR_OK; i++) {
		run.store = stores[i];
		e = each_table(
		    &run, i == 0 ? site->own.book : site->replica.book, &why);
		if (e != ERR_OK)
			e = err_wrap(&why, e, "%s", stores[i]);
	}
	site_close(site);
	digest_hmac_wipe(&run.mac);
	return e == ERR_OK ? CLI_OK : cli_fail(cli, e, &why);
}
