/* cli_work.c - cases on the command line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_record.h"

#define CASES "/v1/cases"

int
cli_work_cases(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"ID", "编号"}, "record_id"},
	    {{"SITE", "站点"}, "site"},
	    {{"STATE", "状态"}, "state"},
	    {{"TYPE", "类型"}, "events.case_event.type"},
	    {{"SEVERITY", "严重程度"}, "events.case_event.severity"},
	    {{"AREA", "区域"}, "area"},
	    {{"OPENED", "开始"}, "opened_at"},
	    {{"HAZARD", "危害"}, "events.case_event.hazard"},
	    {{NULL, NULL}, NULL},
	};

	return cli_record_list(cli, CASES, columns);
}

int
cli_work_case(struct cli *cli)
{
	return cli_record_show(cli, CASES);
}
