/* cli_trust.c - keys, policy, audit: whom to trust and why. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/roster.h"
#include "ledger/audit.h"
#include "ledger/generation.h"
#include "ledger/log_read.h"
#include "ledger/policy.h"
#include "node/cli_commands.h"
#include "node/cli_keys.h"
#include "node/cli_out.h"
#include "node/cli_wrap.h"
#include "proto/json.h"
#include "proto/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The verifier key of the newest generation of a log. */
static enum err
log_vkey(const char *dir, const char *kind, struct note_vkey *out,
    struct err_why *why)
{
	struct crypto_signer key = {0};
	enum err e = cli_keys_log(dir, kind, &key, out, why);

	crypto_wipe(&key, sizeof(key));
	return e;
}

static enum err
witness_vkey(const char *dir, struct note_vkey *out, struct err_why *why)
{
	struct crypto_signer key = {0};
	enum err e = cli_keys_witness(dir, &key, out, why);

	crypto_wipe(&key, sizeof(key));
	return e;
}

int
cli_trust_vkey(struct cli *cli)
{
	const char *which = cli->args.operands[0];
	struct err_why why = {.text = ""};
	struct note_vkey key;
	struct buf text;
	enum err e;

	if (strcmp(which, "witness") == 0)
		e = witness_vkey(cli->dir, &key, &why);
	else if (strcmp(which, "evidence") == 0 ||
	    strcmp(which, "alliance") == 0)
		e = log_vkey(cli->dir, which, &key, &why);
	else {
		(void)err_fail(&why, ERR_MALFORMED,
		    CLI_ARGS_SAY("%s is none of %s", "%s 不属于 %s"), which,
		    "evidence alliance witness");
		return cli_wrong(cli, &why);
	}
	if (e != ERR_OK)
		return cli_fail(cli, e, &why);
	buf_init(&text, 1024);
	note_vkey_put(&text, &key);
	buf_str(&text, cli->json ? "" : "\n");
	cli_out_text(cli, "vkey", buf_cstr(&text));
	buf_clear(&text);
	return CLI_OK;
}

/* Keys of both logs, of every generation. */
static enum err
all_vkeys(
    const char *dir, struct note_vkey **out, size_t *len, struct err_why *why)
{
	static const char *const kinds[] = {"evidence", "alliance"};
	enum err e = ERR_OK;

	*out = NULL;
	*len = 0;
	for (size_t i = 0; i < 2 && e == ERR_OK; i++) {
		struct note_vkey *some = NULL;
		size_t n = 0;

		e = cli_keys_logs(dir, kinds[i], &some, &n, why);
		if (e != ERR_OK)
			break;
		*out = mem_resize(*out, *len + n, sizeof(**out));
		memcpy(*out + *len, some, n * sizeof(*some));
		*len += n;
		free(some);
	}
	return e;
}

/* Alone: own logs, no witness.  */
static enum err
lonely_policy(const struct note_vkey *keys, size_t n, struct buf *out,
    struct err_why *why)
{
	struct policy *p = policy_new();
	enum err e = ERR_OK;

	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = policy_add_log(p, &keys[i], NULL, why);
	if (e == ERR_OK)
		e = policy_set_quorum(p, "none", why);
	if (e == ERR_OK)
		policy_put(out, p);
	policy_free(p);
	return e;
}

int
cli_trust_policy(struct cli *cli)
{
	struct err_why why = {.text = ""};
	struct note_vkey *keys = NULL;
	struct roster *r = NULL;
	struct generation g;
	struct buf text;
	size_t n = 0;
	enum err e;

	buf_init(&text, POLICY_TEXT_MAX);
	e = all_vkeys(cli->dir, &keys, &n, &why);
	if (e == ERR_OK)
		e = cli_keys_roster(cli->dir, &r, &why);
	if (e == ERR_NOT_FOUND && n > 0) {
		e = lonely_policy(keys, n, &text, &why);
	} else if (e == ERR_OK) {
		e = generation_get(&g, keys[0].name, &why);
		if (e == ERR_OK)
			e = roster_policy(r, g.name, keys, n, &text, &why);
	}
	if (e == ERR_OK)
		cli_out_text(cli, "policy", buf_cstr(&text));
	roster_free(r);
	buf_clear(&text);
	free(keys);
	return e == ERR_OK ? CLI_OK : cli_fail(cli, e, &why);
}

/* ---- audit ---- */

struct audit_run {
	const struct cli *cli;
	const struct roster *roster; /* NULL: no alliance */
	struct note_vkey *keys; /* of logs by other means than the roster */
	size_t keys_len;
	unsigned faults;
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
		e = audit_log(book, txn, &plan, &counts, &fault);
		print_log(run, origin, e, &counts, &fault);
	}
	return ERR_OK;
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
	enum err e;

	(void)snprintf(path, sizeof(path), "%s/%s", run->cli->dir, name);
	e = store_open(&store, path, STORE_READ_ONLY, why);
	if (e != ERR_OK)
		goto out;
	(void)snprintf(path, sizeof(path), "%s/%s-keys", run->cli->dir, name);
	e = vault_open(&vault, path, why);
	if (e != ERR_OK)
		goto out;
	e = log_book_open(&book, store, vault, NULL, why);
	if (e != ERR_OK)
		goto out;
	e = store_read(store, &txn, why);
	if (e != ERR_OK)
		goto out;
	e = audit_book(run, book, txn, why);
out:
	store_abort(txn);
	log_book_close(book);
	vault_close(vault);
	store_close(store);
	return e;
}

int
cli_trust_audit(struct cli *cli)
{
	static const char *const stores[] = {"own", "replica"};
	struct audit_run run = {.cli = cli};
	struct err_why why = {.text = ""};
	struct roster *r = NULL;
	enum err e;

	e = cli_keys_roster(cli->dir, &r, &why);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return cli_fail(cli, e, &why);
	run.roster = r;
	e = all_vkeys(cli->dir, &run.keys, &run.keys_len, &why);
	if (e != ERR_OK) {
		roster_free(r);
		free(run.keys);
		return cli_fail(cli, e, &why);
	}
	for (size_t i = 0; i < 2; i++) {
		e = audit_store(&run, stores[i], &why);
		if (e != ERR_OK) {
			e = err_wrap(&why, e, "%s", stores[i]);
			print_log(&run, stores[i], e, NULL, &why);
		}
	}
	roster_free(r);
	free(run.keys);
	return run.faults == 0 ? CLI_OK : CLI_FAILED;
}
