/* cli_clock.c - the node's clock: how it stands, and an operator's word. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config.pb-c.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_record.h"
#include "proto/zh.h"

#include <stdio.h>

static const struct cli_out_column head[] = {
    {{"clock", "时钟"}, "state"},
    {{"wall clock", "系统时钟"}, "wall_at"},
    {{"confirmed time", "已确认时间"}, "confirmed_at"},
    {{"held back (ms)", "入账时间滞后（毫秒）"}, "held_ms"},
    {{"the truth is after", "真实时间不早于"}, "earliest_at"},
    {{"and before", "且不晚于"}, "latest_at"},
    {{"evidence log", "证据日志"}, "evidence_at"},
    {{"alliance log", "联盟日志"}, "alliance_at"},
    {{"synchronised", "已同步"}, "synchronised"},
    {{"may be wrong by (ms)", "可能误差（毫秒）"}, "error_ms"},
    {{"set ahead", "被拨快次数"}, "set_ahead"},
    {{"set back", "被拨慢次数"}, "set_back"},
    {{"members minus ours (ms)", "成员中位数与本站之差（毫秒）"}, "skew_ms"},
    {{"members that count", "计入的成员"}, "counted"},
    {{"members to confirm a jump", "确认跳变所需成员"}, "quorum"},
    {{"uncertain above (ms)", "存疑阈值（毫秒）"}, "limit_ms"},
    {{"a start follows (h)", "启动时自动跟随（小时）"}, "start_hours"},
    {{NULL, NULL}, NULL},
};

static const struct cli_out_column peers[] = {
    {{"MEMBER", "成员"}, "name"},
    {{"ITS CLOCK MINUS OURS (ms)", "与本站之差（毫秒）"}, "skew_ms"},
    {{"+- (ms)", "误差（毫秒）"}, "error_ms"},
    {{"APART", "超限"}, "apart"},
    {{NULL, NULL}, NULL},
};

void
cli_clock_faults(const struct cli *cli, const Config__Clock *c)
{
	(void)cli;
	for (size_t i = 0; i < c->n_faults; i++)
		(void)printf("%s %s\n", CLI_ARGS_SAY("the clock is", "时钟"),
		    cli_args_chinese() ? zh_format(c->faults[i])
		                       : c->faults[i]);
}

static void
say_next(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Config__Clock *c = (const Config__Clock *)(const void *)msg;

	cli_clock_faults(cli, c);
	if (c->n_faults > 0)
		(void)puts(CLI_ARGS_SAY("Set the clock; or, when the wall "
		                        "clock is right and you know it "
		                        "from elsewhere:\n"
		                        "  lianfang --dir DIR clock admit "
		                        "--reason \"how you know\"",
		    "请校正系统时钟；若确知系统时钟无误：\n"
		    "  lianfang --dir DIR clock admit --reason \"依据\""));
	if (c->evidence_at > c->wall_at || c->alliance_at > c->wall_at)
		(void)puts(CLI_ARGS_SAY(
		    "A log is ahead of the wall clock and stands still until "
		    "then, or until:\n"
		    "  lianfang --dir DIR clock reset --reason \"why\"",
		    "日志超前于系统时钟，在此之前入账时间不前进，或者：\n"
		    "  lianfang --dir DIR clock reset --reason \"原因\""));
}

static const struct cli_out_view view = {.head = head,
    .rows = "peers",
    .columns = peers,
    .more = say_next};

int
cli_clock_show(struct cli *cli)
{
	return cli_call_show(
	    cli, "GET", "/v1/clock", NULL, &config__clock__descriptor, &view);
}

int
cli_clock_reset(struct cli *cli)
{
	Config__ClockAdmit m = CONFIG__CLOCK_ADMIT__INIT;

	(void)fputs(
	    CLI_ARGS_SAY("Logs that are ahead of the wall clock go back to it "
	                 "in a new time epoch, for all to see.\n"
	                 "What they recorded ahead of time keeps its time: ask "
	                 "for it by `bundle --epoch`.\n"
	                 "Permits that were stopped ahead of time must be "
	                 "cancelled and applied for again.\n",
	        "超前于系统时钟的日志将在新的时间纪元中回到当前时间，所有人可见"
	        "。\n"
	        "此前超前入账的记录保留原时间：用 `bundle --epoch` 索取。\n"
	        "在超前时间内被中止的作业票须撤销并重新办理。\n"),
	    stderr);
	if (cli_args_get(&cli->args, "yes") == NULL) {
		(void)fprintf(stderr, "%s\n",
		    CLI_ARGS_SAY("confirm with --yes", "请用 --yes 确认"));
		return CLI_FAILED;
	}
	m.reason = cli_record_text(cli_args_get(&cli->args, "reason"));
	m.has_reset = m.reset = true;
	return cli_call_show(cli, "POST", "/v1/clock", &m.base,
	    &config__clock__descriptor, &view);
}

int
cli_clock_admit(struct cli *cli)
{
	Config__ClockAdmit m = CONFIG__CLOCK_ADMIT__INIT;

	m.reason = cli_record_text(cli_args_get(&cli->args, "reason"));
	return cli_call_show(cli, "POST", "/v1/clock", &m.base,
	    &config__clock__descriptor, &view);
}
