/* cli_repair.c - repair: a damaged store made whole; what is still lost. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config.pb-c.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_wrap.h"
#include "node/config.h"
#include "node/mend.h"
#include "node/peers.h"
#include "node/repair.h"
#include "node/service.h"
#include "proto/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define WAIT_S 20 /* for members, since the last thing that came */
#define WAIT_MAX_S 86400

static const struct {
	char color;
	const char *word;
	struct cli_args_text say;
} words[REPAIR_WORDS] = {
    [REPAIR_DAMAGED] = {'r', "DAMAGED", {"DAMAGED", "受损"}},
    [REPAIR_TAKEN] = {'y', "TAKEN", {"TAKEN", "取用"}},
    [REPAIR_MADE] = {'g', "MADE", {"MADE", "重算"}},
    [REPAIR_LOST] = {'y', "LOST", {"LOST", "丢失"}},
    [REPAIR_CUT] = {'y', "CUT", {"CUT", "截断"}},
    [REPAIR_KEPT] = {'g', "KEPT", {"KEPT", "保留"}},
    [REPAIR_WHOLE] = {'g', "WHOLE", {"WHOLE", "完好"}},
};

static void
tell(void *arg, const char *store, enum repair_word word,
    const struct err_why *text)
{
	const struct cli *cli = arg;
	struct buf line;

	cli_out_progress_end(cli);
	buf_init(&line, 4096);
	if (cli->json) {
		buf_printf(&line,
		    "{\"result\":\"%s\",\"store\":\"%s\",\"text\":",
		    words[word].word, store);
		json_quote(&line, bytes_str(text->text));
		buf_str(&line, ",\"textZh\":");
		json_quote(&line, bytes_str(text->zh));
		buf_str(&line, "}");
		(void)puts(buf_cstr(&line));
	} else {
		cli_out_word(
		    cli, words[word].color, cli_args_say(words[word].say));
		(void)printf("  ");
		buf_printf(&line, "%s: %s", store, cli_args_why(text));
		cli_wrap_line(buf_cstr(&line), 10, 10);
	}
	buf_clear(&line);
}

static void
progress(void *arg, const char *what, uint64_t done, uint64_t total)
{
	cli_out_progress(arg, what, done, total);
}

static int
status(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"LOG", "日志"}, "origin"},
	    {{"WHAT", "内容"}, "what"},
	    {{"FROM", "起"}, "from_index"},
	    {{"TO", "止"}, "to_index"},
	    {{"ASKED, HAVE IT NOT", "已询问，未持有"}, "asked"},
	    {{NULL, NULL}, NULL},
	};
	static const struct cli_out_column head[] = {
	    {{"tables to be folded: repair again", "待重建的表：请再次修复"},
	        "tables_missing"},
	    {{NULL, NULL}, NULL},
	};

	return cli_call_show(cli, "GET", "/v1/status", NULL,
	    &config__status__descriptor,
	    &(struct cli_out_view){
	        .head = head, .rows = "missing", .columns = columns});
}

/* ---- from members, while the node is stopped ---- */

#define LOOK_NS 100000000L /* between two looks */

/* True while something comes: `quiet` counts looks since the last of it. */
static bool
goes_on(const struct cli *cli, struct mend *m, uint64_t total, uint64_t *left,
    uint64_t *quiet)
{
	const struct timespec nap = {.tv_nsec = LOOK_NS};
	const uint64_t now = mend_missing(m);

	*quiet = now < *left ? 0 : *quiet + 1;
	*left = now;
	cli_out_progress(cli, "fetch", total - now, total);
	(void)nanosleep(&nap, NULL);
	return now > 0;
}

/*
 * What the running node would do, before it runs: tables that lost rows can be
 * folded only then, and without them it must not start.
 */
static enum err
fetch(struct cli *cli, uint64_t wait_s, uint64_t *lost, struct err_why *why)
{
	const uint64_t looks = wait_s * (1000000000L / LOOK_NS);
	struct service *s = NULL;
	uint64_t quiet = 0;
	uint64_t total;
	enum err e = service_open(&s, cli->dir, why);

	if (e != ERR_OK)
		return e;
	total = *lost = mend_missing(s->mend);
	if (total > 0 && peers_quorum(s->peers) > 0) {
		e = peers_start(s->peers, s, s->config->node->federation, why);
		while (e == ERR_OK && quiet < looks &&
		    goes_on(cli, s->mend, total, lost, &quiet))
			continue;
	}
	cli_out_progress_end(cli);
	service_close(s);
	return e;
}

static enum err
repair_both(struct cli *cli, uint64_t *lost, struct err_why *why)
{
	struct repair r = {.arg = cli, .tell = tell, .progress = progress};
	uint64_t replica = 0;
	enum err e = site_stopped(&r.site, cli->dir, why);

	if (e != ERR_OK)
		return e;
	e = repair_store(&r, true, lost, why);
	if (e == ERR_OK)
		e = repair_store(&r, false, &replica, why);
	cli_out_progress_end(cli);
	site_close(r.site);
	return e;
}

/* A node in no alliance has nobody to ask. */
static bool
alone(const struct cli *cli)
{
	char path[SITE_PATH_MAX + 32];

	(void)snprintf(path, sizeof(path), "%s/" PEERS_FILE, cli->dir);
	return access(path, F_OK) != 0;
}

static void
say_next(const struct cli *cli, uint64_t lost)
{
	if (lost == 0)
		return;
	if (cli->json) {
		(void)printf("{\"result\":\"REMAINING\",\"rows\":\"%" PRIu64
		             "\",\"askable\":%s}\n",
		    lost, alone(cli) ? "false" : "true");
		return;
	}
	if (alone(cli)) {
		(void)printf(
		    CLI_ARGS_SAY("%" PRIu64
		                 " rows are lost, and this node is in no "
		                 "alliance: nobody has them. Restore a backup "
		                 "into a new directory, or go on without: "
		                 "reading them is an error\n",
		        "%" PRIu64 " 行丢失，本节点未加入联盟，"
		        "无处可取。请将备份恢复到新目录，"
		        "或就此继续：读取这些行会报错\n"),
		    lost);
		return;
	}
	(void)printf(
	    CLI_ARGS_SAY("%" PRIu64
	                 " rows are still lost: see repair --status; "
	                 "start the node, it goes on asking, or repair "
	                 "again\n",
	        "仍有 %" PRIu64
	        " 行丢失：见 repair --status；启动节点后将继续取回，"
	        "也可再次修复\n"),
	    lost);
}

static bool
agreed(struct cli *cli, int *code)
{
	struct site *site = NULL;
	struct err_why why = {.text = ""};
	enum err e = site_stopped(&site, cli->dir, &why);
	bool yes;

	if (e != ERR_OK) {
		*code = cli_fail(cli, e, &why);
		return false;
	}
	if (!cli->json)
		(void)fprintf(stderr,
		    CLI_ARGS_SAY("damaged stores of %s are replaced by what is "
		                 "whole of them and kept beside it\n",
		        "%s 的受损存储将被其完好部分替换，原存储另名保留\n"),
		    site->name);
	yes = cli_out_confirmed(cli, site->name);
	site_close(site);
	*code = yes ? CLI_OK : CLI_FAILED;
	return yes;
}

int
cli_repair_run(struct cli *cli)
{
	struct err_why why = {.text = ""};
	uint64_t wait_s = WAIT_S;
	uint64_t lost = 0;
	uint64_t before;
	int code = CLI_OK;
	enum err e;

	if (cli_args_get(&cli->args, "status") != NULL)
		return status(cli);
	if (cli_args_get(&cli->args, "wait") != NULL) {
		e = cli_args_number(&wait_s, "wait",
		    cli_args_get(&cli->args, "wait"), WAIT_MAX_S, &why);
		if (e != ERR_OK)
			return cli_wrong(cli, &why);
	}
	if (!agreed(cli, &code))
		return code;
	e = repair_both(cli, &lost, &why);
	before = lost;
	if (e == ERR_OK && lost > 0 && wait_s > 0)
		e = fetch(cli, wait_s, &lost, &why);
	/* Tables that had to wait for it. */
	if (e == ERR_OK && before > 0 && lost == 0)
		e = repair_both(cli, &lost, &why);
	if (e != ERR_OK)
		return cli_fail(cli, e, &why);
	say_next(cli, lost);
	return CLI_OK;
}
