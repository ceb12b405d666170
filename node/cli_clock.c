/* cli_clock.c - the node's clock: how it stands, and an operator's word. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config.pb-c.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_record.h"

#include <stdio.h>

static const struct cli_out_column head[] = {
    {{"clock", "时钟"}, "state"},
    {{"because it is", "原因"}, "faults"},
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

static void
say_next(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Config__Clock *c = (const Config__Clock *)(const void *)msg;

	(void)cli;
	if (c->n_faults == 0)
		return;
	(void)puts(CLI_ARGS_SAY(
	    "Set the clock; or, when the wall clock is right and you know it "
	    "from elsewhere:\n"
	    "  lianfang --dir DIR clock admit --reason \"how you know\"",
	    "请校正系统时钟；若确知系统时钟无误：\n"
	    "  lianfang --dir DIR clock admit --reason \"依据\""));
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
cli_clock_admit(struct cli *cli)
{
	Config__ClockAdmit m = CONFIG__CLOCK_ADMIT__INIT;

	m.reason = cli_record_text(cli_args_get(&cli->args, "reason"));
	return cli_call_show(cli, "POST", "/v1/clock", &m.base,
	    &config__clock__descriptor, &view);
}
