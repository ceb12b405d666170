/* cli_backup.c - backup, backup verify, restore. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/backup.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_record.h"
#include "node/restore.h"
#include "proto/clock.h"
#include "proto/mem.h"
#include "proto/slice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct cli_out_column head[] = {
    {{"node", "节点"}, "node"},
    {{"part", "分卷"}, "part"},
    {{"parts in all", "分卷数"}, "parts"},
    {{"bytes", "字节"}, "bytes"},
    {{"as of", "截至"}, "made_at"},
    {{"took", "用时"}, "took"},
    {{"entries re-read", "复读条目"}, "entries"},
    {{"bodies opened", "已打开正文"}, "bodies"},
    {{"shut: erased or wrapped anew since", "已清除或换密的正文"}, "shut"},
    {{"keys destroyed", "已销毁密钥"}, "destroyed"},
    {{NULL, NULL}, NULL},
};

static const struct cli_out_column columns[] = {
    {{"LOG", "日志"}, "origin"},
    {{"FROM", "起"}, "from"},
    {{"TO", "止"}, "size"},
    {{"BYTES", "字节"}, "bytes"},
    {{NULL, NULL}, NULL},
};

static const struct cli_out_view view = {.head = head,
    .rows = "logs",
    .columns = columns};

/* What a report needs; its strings are borrowed. */
struct report {
	Backup__Report m;
	Backup__Log *log;
	Backup__Log **logs;
	char took[32];
	int64_t begun;
};

static int64_t
boot_us(void)
{
	return clock_boot_us(clock_system());
}

static void
report_begin(struct report *r)
{
	backup__report__init(&r->m);
	r->log = NULL;
	r->logs = NULL;
	r->begun = boot_us();
}

/* Logs from the manifest; `first`: the first part that counts as new. */
static void
report_logs(struct report *r, const Backup__Manifest *m, size_t first)
{
	r->log = mem_alloc(m->n_logs + 1, sizeof *r->log);
	r->logs = mem_alloc(m->n_logs + 1, sizeof *r->logs);
	for (size_t i = 0; i < m->n_logs; i++) {
		Backup__Log *l = &r->log[i];

		backup__log__init(l);
		l->origin = m->logs[i]->origin;
		l->has_size = true;
		l->size = m->logs[i]->size;
		for (size_t p = first; p < m->n_parts; p++) {
			if (i >= m->parts[p]->n_logs)
				continue;
			if (!l->has_from)
				l->from = m->parts[p]->logs[i]->from;
			l->has_from = l->has_bytes = true;
			l->bytes += m->parts[p]->logs[i]->bytes;
		}
		r->logs[i] = l;
	}
	r->m.logs = r->logs;
	r->m.n_logs = m->n_logs;
	r->m.node = m->node;
	r->m.has_made_at = true;
	r->m.made_at = m->made_at;
	r->m.has_parts = true;
	r->m.parts = (uint32_t)m->n_parts;
}

static void
report_counts(struct report *r, const struct part_check_counts *c, bool keys)
{
	r->m.has_entries = c->entries > 0;
	r->m.entries = c->entries;
	r->m.has_bodies = keys && c->entries > 0;
	r->m.bodies = c->bodies;
	r->m.has_shut = c->shut > 0;
	r->m.shut = c->shut;
}

static void
report_end(const struct cli *cli, struct report *r)
{
	const int64_t us = boot_us() - r->begun;

	(void)snprintf(r->took, sizeof r->took, "%" PRId64 ".%02" PRId64 " s",
	    us / 1000000, us / 10000 % 100);
	r->m.took = r->took;
	cli_out_progress_end(cli);
	cli_out_answer(cli, &r->m.base, &view);
	free(r->log);
	free(r->logs);
}

static void
show_progress(void *arg, const char *what, uint64_t done, uint64_t total)
{
	cli_out_progress(arg, what, done, total);
}

static void
show_bytes(void *arg, uint64_t done, uint64_t total)
{
	cli_out_progress(arg, "verify", done, total);
}

static int
failed(const struct cli *cli, enum err e, const struct err_why *why)
{
	cli_out_progress_end(cli);
	return cli_fail(cli, e, why);
}

/* The node's own work goes first: this process takes what is left of the
 * processor and of the disk (I/O class "idle", where there is one). */
static void
step_back(void)
{
	enum {
		WHO_PROCESS = 1,
		CLASS_IDLE = 3 << 13
	};

	(void)setpriority(PRIO_PROCESS, 0, 10);
	(void)syscall(SYS_ioprio_set, WHO_PROCESS, 0, CLASS_IDLE);
}

static void
say_missing(const struct cli *cli, const char *keydir)
{
	char path[4096];

	if (keydir == NULL)
		(void)fputs(
		    CLI_ARGS_SAY(
		        "No keys were copied: a restore needs them. Give "
		        "--keys KEYDIR, kept apart from the backup.\n",
		        "未复制密钥，恢复时必须有密钥。请加 --keys KEYDIR，并与"
		        "备份分开保管。\n"),
		    stderr);
	(void)snprintf(path, sizeof path, "%s/actors", cli->dir);
	if (access(path, F_OK) == 0)
		(void)fputs(
		    CLI_ARGS_SAY("Not in it: actors/ (keys of persons), "
		                 "certificates of TLS.\n",
		        "不含：actors/（人员密钥）和 TLS 证书。\n"),
		    stderr);
}

int
cli_backup_run(struct cli *cli)
{
	const struct backup_plan plan = {
	    .dir = cli->dir,
	    .to = cli->args.operands[0],
	    .keydir = cli_args_get(&cli->args, "keys"),
	    .full = cli_args_get(&cli->args, "full") != NULL,
	    .quick = cli_args_get(&cli->args, "quick") != NULL,
	    .now_us = clock_wall_us(clock_system()),
	    .arg = cli,
	    .progress = show_progress,
	};
	struct backup_result result;
	struct err_why why = {.text = ""};
	struct report r;
	enum err e;

	report_begin(&r);
	step_back();
	e = backup_run(&plan, &result, &why);
	if (e != ERR_OK)
		return failed(cli, e, &why);
	report_logs(&r, result.manifest, result.first);
	report_counts(&r, &result.counts, plan.keydir != NULL);
	for (size_t i = result.first; i < result.manifest->n_parts; i++)
		r.m.bytes += result.manifest->parts[i]->size;
	r.m.has_bytes = r.m.has_full = true;
	r.m.full = result.first == 0;
	r.m.part = result.manifest->parts[result.manifest->n_parts - 1]->file;
	r.m.has_destroyed = result.gone > 0;
	r.m.destroyed = result.gone;
	report_end(cli, &r);
	say_missing(cli, plan.keydir);
	backup_clear(&result);
	return CLI_OK;
}

/* Whoever writes a backup can sign it with a key of his own. */
static void
say_trusted(const Backup__Manifest *m)
{
	(void)fprintf(stderr,
	    CLI_ARGS_SAY("Signed by %s, taken at its word: with --keys KEYDIR "
	                 "it must be the key of this node.\n",
	        "签名者为 %s，其身份未经核实：加 --keys KEYDIR 可要求必须是"
	        "本节点的密钥。\n"),
	    m->identity);
}

int
cli_backup_verify(struct cli *cli)
{
	struct backup_verify v = {
	    .folder = cli->args.operands[0],
	    .keydir = cli_args_get(&cli->args, "keys"),
	    .arg = cli,
	    .progress = show_bytes,
	};
	struct part_check_counts counts = {0};
	struct err_why why = {.text = ""};
	Backup__Manifest *m = NULL;
	struct report r;
	enum err e = backup_verify_open(&m, v.folder, v.keydir, &why);

	report_begin(&r);
	v.manifest = m;
	if (e == ERR_OK)
		e = backup_verify(&v, &counts, &why);
	if (e == ERR_OK) {
		report_logs(&r, m, 0);
		report_counts(&r, &counts, v.keydir != NULL);
		report_end(cli, &r);
		if (v.keydir == NULL)
			say_trusted(m);
	}
	if (m != NULL)
		slice_free(&m->base);
	return e == ERR_OK ? CLI_OK : failed(cli, e, &why);
}

/* ---- restore ---- */

static enum err
judge(void *arg, struct err_why *why)
{
	struct cli *cli = arg;

	cli_out_progress_end(cli);
	if (cli_audit_stores(cli, 1) == CLI_OK)
		return ERR_OK;
	return err_fail(why, ERR_CORRUPT,
	    "what was restored does not pass the audit: see above");
}

static void
say_next(const struct cli *cli)
{
	(void)fprintf(stderr,
	    CLI_ARGS_SAY(
	        "Before it starts: the original must be stopped for good, and "
	        "its directory kept from everybody.\n"
	        "Then: lianfangd --dir %s. It asks its peers for what it has "
	        "signed since, and fetches\nreplicas again. Its witness key is "
	        "retired. Tokens and actors are as of the backup:\nlook at "
	        "`token list` and `actor list` for what was revoked since.\n",
	        "启动之前：原节点必须已永久停止，其目录不得再启用。\n"
	        "然后运行：lianfangd --dir %s。节点将向各成员询问此后已签名的"
	        "内容，并重新获取副本；\n见证密钥已停用。令牌和人员以备份时"
	        "为准：请用 `token list` 和 `actor list` 核对此后的注销。\n"),
	    cli->dir);
}

int
cli_backup_restore(struct cli *cli)
{
	const struct restore_plan plan = {
	    .from = cli->args.operands[0],
	    .keydir = cli_args_get(&cli->args, "keys"),
	    .dir = cli->dir,
	    .arg = cli,
	    .progress = show_progress,
	    .judge = judge,
	};
	struct err_why why = {.text = ""};
	Backup__Manifest *m = NULL;
	struct report r;
	enum err e;

	report_begin(&r);
	e = restore_run(&plan, &m, &why);
	if (e != ERR_OK)
		return failed(cli, e, &why);
	report_logs(&r, m, m->n_parts);
	report_end(cli, &r);
	say_next(cli);
	slice_free(&m->base);
	return CLI_OK;
}
