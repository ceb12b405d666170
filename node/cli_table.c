/* cli_table.c - every command: words, options, help, examples. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli.h"
#include "node/cli_commands.h"

#define END                        \
	{                          \
		NULL, NULL, 0,     \
		{                  \
			NULL, NULL \
		}                  \
	}
#define DIR_ROW                                                \
	{                                                      \
		"dir", "DIR", 0,                               \
		{                                              \
			"the node's directory", "节点目录" \
		}                                              \
	}
#define JSON_ROW                                        \
	{                                               \
		"json", NULL, CLI_ARGS_FLAG,            \
		{                                       \
			"print JSON", "以 JSON 输出" \
		}                                       \
	}
#define ACTOR_ROW                                                           \
	{                                                                   \
		"actor", "NAME", 0,                                         \
		{                                                           \
			"who signs (actor add)", "签字人（actor add）" \
		}                                                           \
	}
#define REASON_ROW                      \
	{                               \
		"reason", "TEXT", 0,    \
		{                       \
			"why", "原因" \
		}                       \
	}
#define AT_ROW                                                                         \
	{                                                                              \
		"at", "TIME", 0,                                                       \
		{                                                                      \
			"when it happened; default now", "发生时间，默认现在" \
		}                                                                      \
	}
#define KEYS_ROW(flags)                                                  \
	{                                                                \
		"keys", "KEYDIR", flags,                                 \
		{                                                        \
			"the node's keys, kept apart from the backup",   \
			    "节点密钥目录，与备份分开保管" \
		}                                                        \
	}
#define OPT static const struct cli_args_option

OPT plain[] = {DIR_ROW, JSON_ROW, END};
OPT pack_check_o[] = {JSON_ROW, END};
OPT init_o[] = {
    {"dir", "DIR", CLI_ARGS_REQUIRED, {"directory to make", "要创建的目录"}},
    {"name", "NAME", CLI_ARGS_REQUIRED,
        {"URL prefix, e.g. plant-a.acme.example", "名称（URL 前缀）"}},
    {"role", "ROLE", CLI_ARGS_REQUIRED,
        {"plant, hq, partner or regulator", "plant、hq、partner 或 regulator"}},
    {"company", "NAME", 0,
        {"default: the name without its first label",
            "公司，默认为名称去掉首段"}},
    {"http", "HOST:PORT", 0, {"default 127.0.0.1:8420", "HTTP 监听地址"}},
    {"federation", "URL", 0, {"default tcp://127.0.0.1:8421", "联盟监听地址"}},
    {"insecure-listen", NULL, CLI_ARGS_FLAG,
        {"allow plain HTTP beyond loopback", "允许在回环之外使用明文 HTTP"}},
    JSON_ROW, END};
OPT token_create_o[] = {DIR_ROW, JSON_ROW,
    {"role", "ROLE", CLI_ARGS_REQUIRED,
        {"ingest operator hq regulator partner admin",
            "ingest（写入）operator（操作）hq regulator partner admin"}},
    {"area", "AREA", CLI_ARGS_MANY, {"only this area", "仅限该区域"}},
    {"expires", "SPAN", 0, {"e.g. 30d; default never", "有效期，如 30d"}},
    {"note", "TEXT", 0, {"what it is for", "用途"}}, END};
OPT actor_add_o[] = {DIR_ROW, JSON_ROW,
    {"role", "ROLE", CLI_ARGS_MANY | CLI_ARGS_REQUIRED,
        {"applicant gas-analyst approver guardian acceptor releaser",
            "申请 applicant、分析 gas-analyst、审批 approver、监护 "
            "guardian、验收 acceptor、发布 releaser"}},
    {"area", "AREA", CLI_ARGS_MANY, {"only this area", "仅限该区域"}},
    {"unit", "TEXT", 0, {"department", "部门"}},
    {"key", "FILE", 0, {"use this key, not a new one", "使用已有密钥"}},
    {"vkey", "VKEY", 0,
        {"public key of the person's own device; signs elsewhere",
            "人员自有设备的公钥；私钥不在本节点"}},
    END};
OPT source_add_o[] = {DIR_ROW, JSON_ROW,
    {"area", "AREA", CLI_ARGS_MANY, {"only this area", "仅限该区域"}},
    {"key", "FILE", 0, {"use this key, not a new one", "使用已有密钥"}},
    {"vkey", "VKEY", 0,
        {"public key of the machine; signs elsewhere",
            "设备的公钥；私钥不在本节点"}},
    END};
OPT alarm_raise_o[] = {DIR_ROW, JSON_ROW, AT_ROW,
    {"actor", "SOURCE", CLI_ARGS_REQUIRED,
        {"source that signs (source add)", "签名的数据源（source add）"}},
    {"level", "N", CLI_ARGS_REQUIRED, {"1 red to 3 blue", "1 红至 3 蓝"}},
    {"type", "KIND", CLI_ARGS_REQUIRED, {"gas process fire ...", "报警类型"}},
    {"area", "AREA", CLI_ARGS_REQUIRED, {"where", "区域"}},
    {"title", "TEXT", 0, {"in a few words", "标题"}},
    {"seq", "N", 0, {"number of this message", "消息序号"}}, END};
OPT list_o[] = {DIR_ROW, JSON_ROW,
    {"state", "STATE", 0, {"only in this state", "状态"}},
    {"area", "AREA", 0, {"only this area", "区域"}},
    {"site", "NAME", 0, {"only this site", "站点"}},
    {"type", "TYPE", 0, {"alarm kind, work type ...", "类型"}},
    {"subject", "REF", 0, {"worker, holder or source", "人员或来源"}},
    {"level", "N", 0, {"this level or graver", "级别"}},
    {"from", "TIME", 0, {"began since, e.g. -24h", "开始于其后，如 -24h"}},
    {"to", "TIME", 0, {"began before", "开始于其前"}},
    {"limit", "N", 0, {"rows, at most 1000", "行数"}},
    {"cursor", "TEXT", 0, {"go on from there", "续页"}}, END};
OPT show_o[] = {
    DIR_ROW, JSON_ROW, {"site", "NAME", 0, {"whose record", "站点"}}, END};
#define FORM_ROW                                                              \
	{                                                                     \
		"form", "FILE", 0,                                            \
		{                                                             \
			"fields of record.Permit as YAML or JSON; - reads "   \
			"stdin",                                              \
			    "record.Permit 的字段（YAML 或 JSON）；- " \
			    "读标准输入"                                 \
		}                                                             \
	}
OPT cert_show_o[] = {DIR_ROW, JSON_ROW,
    {"site", "NAME", 0, {"whose record", "站点"}},
    {"at", "TIME", 0,
        {"as of then, e.g. 2026-11-22T10:00:00+08:00 or -30d",
            "截至该时刻的状态，如 -30d"}},
    END};
OPT apply_o[] = {DIR_ROW, JSON_ROW, ACTOR_ROW, AT_ROW,
    {"work", "TYPE", 0, {"default hot-work", "作业类型，默认 hot-work"}},
    {"level", "LEVEL", 0,
        {"special, 1 to 4; none where the work has none",
            "special（特级）、1 至 4；不分级的作业为 none"}},
    FORM_ROW,
    {"link", "ID", CLI_ARGS_MANY,
        {"permit that goes with it", "关联作业票编号"}},
    {"area", "AREA", CLI_ARGS_REQUIRED, {"where", "区域"}},
    {"location", "TEXT", 0, {"exact place", "具体部位"}},
    {"content", "TEXT", 0, {"what is to be done", "作业内容"}},
    {"unit", "TEXT", 0, {"unit that applies", "申请单位"}},
    {"worker", "REF", CLI_ARGS_REQUIRED,
        {"holder reference of the worker", "作业人引用"}},
    {"worker-name", "NAME", 0, {"the worker", "作业人姓名"}},
    {"guardian", "NAME", CLI_ARGS_REQUIRED, {"the guardian", "监护人"}},
    {"number", "TEXT", 0, {"permit number", "票证编号"}},
    {"from", "TIME", 0, {"planned start; default now", "计划开始"}},
    {"to", "TIME", 0, {"planned end; default 8h later", "计划结束"}},
    REASON_ROW, {"note", "TEXT", 0, {"remark", "备注"}}, END};
OPT gas_o[] = {DIR_ROW, JSON_ROW, ACTOR_ROW, AT_ROW,
    {"gas", "GAS=%[:LEL]", CLI_ARGS_MANY | CLI_ARGS_REQUIRED,
        {"reading in %vol (or 2mg/m3), with the gas's LEL",
            "读数（%vol，或 2mg/m3）及爆炸下限"}},
    {"sampled", "TIME", 0, {"when sampled; default now", "取样时间"}},
    REASON_ROW, {"note", "TEXT", 0, {"remark", "备注"}}, END};
OPT step_o[] = {DIR_ROW, JSON_ROW, ACTOR_ROW, AT_ROW, REASON_ROW, FORM_ROW,
    {"position", "LON,LAT,M", 0,
        {"where the signer stands, and how accurate that is, in metres",
            "签字人位置及精度（米）"}},
    {"note", "TEXT", 0, {"remark", "备注"}}, END};
OPT alarm_step_o[] = {DIR_ROW, JSON_ROW, ACTOR_ROW, AT_ROW,
    {"reason", "TEXT", 0,
        {"why it is put aside (shelve suppress remove)",
            "搁置、抑制、停用的原因"}},
    {"until", "TIME", 0, {"end of shelving, e.g. 30m", "搁置截止，如 30m"}},
    {"verdict", "WORD", 0,
        {"true false nuisance test (judge)", "判定：true false nuisance test"}},
    {"note", "TEXT", 0, {"remark", "备注"}}, END};
OPT incident_ack_o[] = {DIR_ROW, JSON_ROW, ACTOR_ROW, AT_ROW,
    {"note", "TEXT", 0, {"remark", "备注"}}, END};
OPT at_o[] = {DIR_ROW, JSON_ROW,
    {"window", "SECONDS", 0,
        {"look so far on either side; 60", "前后各看多少秒，默认 60"}},
    {"site", "NAME", 0, {"only this site", "站点"}},
    {"limit", "N", 0, {"of each kind, at most 200; 50", "每类条数，默认 50"}},
    END};
OPT decide_o[] = {DIR_ROW, JSON_ROW,
    {"holder", "REF", 0, {"holder reference (cert accept)", "持证人引用"}},
    {"roster", "FILE", 0,
        {"many at once, a holder a line, 500 at most",
            "批量判定，每行一人，最多 500 人"}},
    {"work", "TYPE", 0, {"default hot-work", "作业类型"}},
    {"level", "LEVEL", CLI_ARGS_REQUIRED, {"special, 1 to 4, or none", "级别"}},
    {"area", "AREA", CLI_ARGS_REQUIRED, {"where", "区域"}},
    {"role", "ROLE", 0,
        {"worker guardian gas-analyst; default worker",
            "角色：worker guardian gas-analyst，默认 worker"}},
    {"company", "NAME", 0,
        {"whose staff; default: who issued what is shown",
            "所属单位，默认为出示凭证的发证方"}},
    {"identity", "TIME", 0,
        {"when the face was matched, e.g. -2m", "人脸核验时间，如 -2m"}},
    END};
OPT issue_o[] = {DIR_ROW, JSON_ROW, ACTOR_ROW,
    {"holder", "NAME", CLI_ARGS_REQUIRED, {"whose", "持证人"}},
    {"holder-number", "TEXT", 0, {"identity number", "证件号码"}},
    {"class", "CLASS", CLI_ARGS_REQUIRED, {"welding, height ...", "类别"}},
    {"item", "TEXT", 0, {"item within the class", "项目"}},
    {"number", "TEXT", 0, {"certificate number", "证书编号"}},
    {"authority", "TEXT", 0, {"who examined", "发证机关"}},
    {"from", "TIME", 0, {"valid from; default now", "有效自"}},
    {"to", "TIME", CLI_ARGS_REQUIRED, {"valid to, e.g. 2190d", "有效至"}},
    {"review", "TIME", 0, {"review due", "复审日期"}},
    {"area", "AREA", CLI_ARGS_MANY,
        {"valid in this area only", "仅在该区域有效"}},
    END};
OPT cert_step_o[] = {DIR_ROW, JSON_ROW, ACTOR_ROW, REASON_ROW,
    {"code", "CODE", 0,
        {"legal reason, as the pack lists them", "法定原因代码"}},
    {"review", "TIME", 0, {"next review due", "下次复审"}},
    {"to", "TIME", 0, {"valid to (review)", "有效至（复审）"}},
    {"last", "TIME", 0, {"last worked (worked)", "最近作业时间（worked）"}},
    END};
OPT present_o[] = {DIR_ROW, JSON_ROW,
    {"to", "NODE", CLI_ARGS_REQUIRED,
        {"who will decide", "出示对象（节点名称）"}},
    {"days", "N", 0, {"validity; default 30", "有效天数"}},
    {"output", "FILE", 0, {"default: standard output", "输出文件"}}, END};
OPT draft_o[] = {DIR_ROW, JSON_ROW,
    {"basis", "ID", CLI_ARGS_REQUIRED, {"alarm or case", "依据的记录"}},
    {"type", "TYPE", 0, {"lesson, alert, near-miss ...", "类型"}},
    {"tlp", "LABEL", 0, {"CLEAR GREEN AMBER AMBER+STRICT", "TLP 标签"}},
    {"title", "TEXT", 0, {"short text", "标题"}},
    {"narrative", "TEXT", 0, {"what to learn", "经过与教训"}},
    {"recommend", "TEXT", CLI_ARGS_MANY, {"what to do", "建议措施"}},
    {"actor", "NAME", CLI_ARGS_REQUIRED,
        {"who drafts and signs", "起草并签字的人"}},
    END};
OPT approve_o[] = {DIR_ROW, JSON_ROW,
    {"actor", "NAME", CLI_ARGS_REQUIRED,
        {"the second person, role releaser", "第二人（releaser）"}},
    END};
OPT card_o[] = {DIR_ROW, JSON_ROW,
    {"endpoint", "URL", 0, {"tcp:// address others dial", "对外地址"}},
    {"output", "FILE", 0, {"default: standard output", "输出文件"}}, END};
OPT create_o[] = {DIR_ROW, JSON_ROW,
    {"name", "NAME", CLI_ARGS_REQUIRED, {"of the alliance", "联盟名称"}},
    {"grant", "READER:OWNER", CLI_ARGS_MANY,
        {"reader may have owner's evidence with bodies",
            "允许读者取得其证据日志与内容"}},
    {"quorum", "N", 0, {"witnesses needed; default 2n/3+1", "见证人数"}},
    {"output", "FILE", CLI_ARGS_REQUIRED, {"genesis file", "创世文件"}}, END};
OPT join_o[] = {DIR_ROW, JSON_ROW,
    {"fingerprint", "HEX", 0,
        {"what you were told by phone", "电话核对的指纹"}},
    END};
OPT bundle_o[] = {DIR_ROW, JSON_ROW,
    {"kind", "KIND", CLI_ARGS_REQUIRED,
        {"alarm permit certificate case ...", "记录类型"}},
    {"from", "TIME", 0,
        {"window of recorded time, e.g. -24h", "窗口起，如 -24h"}},
    {"to", "TIME", 0, {"end of the window", "窗口止"}},
    {"id", "ID", CLI_ARGS_MANY, {"one record's history", "单个记录"}},
    {"show", "FIELD", CLI_ARGS_MANY,
        {"only these fields; default all", "仅披露这些字段"}},
    {"purpose", "TEXT", 0, {"goes into the ledger", "用途（记入账本）"}},
    {"site", "NAME", 0, {"a replicated site", "站点"}},
    {"epoch", "N", 0,
        {"time epoch of the window; default the newest",
            "窗口的时间纪元，默认最新"}},
    {"output", "FILE", CLI_ARGS_REQUIRED, {"*.lfb (or -o)", "输出文件"}}, END};
OPT verify_o[] = {JSON_ROW,
    {"policy", "FILE", 0,
        {"your own tlog-policy; without it nothing is trusted",
            "您自己的信任策略；没有它则一律不可信"}},
    END};
OPT roll_o[] = {DIR_ROW, JSON_ROW,
    {"log", "LOG", CLI_ARGS_REQUIRED,
        {"evidence or alliance", "evidence（证据）或 alliance（联盟）"}},
    {"reason", "TEXT", CLI_ARGS_REQUIRED,
        {"why; it is recorded", "原因，将入账"}},
    {"yes", NULL, CLI_ARGS_FLAG, {"do not ask", "不再询问"}}, END};
OPT clock_o[] = {DIR_ROW, JSON_ROW,
    {"reason", "TEXT", CLI_ARGS_REQUIRED,
        {"how you know; it is recorded", "依据，将入账"}},
    END};
OPT reset_o[] = {DIR_ROW, JSON_ROW,
    {"reason", "TEXT", CLI_ARGS_REQUIRED,
        {"why; it is recorded", "原因，将入账"}},
    {"yes", NULL, CLI_ARGS_FLAG, {"do not ask", "不再询问"}}, END};
OPT loss_o[] = {DIR_ROW, JSON_ROW,
    {"log", "LOG", CLI_ARGS_REQUIRED,
        {"evidence or alliance", "evidence（证据）或 alliance（联盟）"}},
    {"reason", "TEXT", CLI_ARGS_REQUIRED,
        {"why; it is recorded", "原因，将入账"}},
    {"checkpoint", "FILE", 0,
        {"newest signed checkpoint that somebody else holds",
            "他人持有的最新签名检查点"}},
    {"yes", NULL, CLI_ARGS_FLAG, {"do not ask", "不再询问"}}, END};
OPT erase_o[] = {DIR_ROW, JSON_ROW,
    {"origin", "LOG", 0,
        {"default: the evidence log as it is now", "默认为当前证据日志"}},
    {"field", "N", CLI_ARGS_MANY,
        {"field number; default: the whole event", "字段号，默认整条"}},
    {"reason", "TEXT", CLI_ARGS_REQUIRED, {"legal ground", "依据"}},
    {"by", "NAME", 0, {"who asked", "申请人"}}, END};
OPT audit_o[] = {DIR_ROW, JSON_ROW,
    {"all", NULL, CLI_ARGS_FLAG,
        {"every fault, not only the first", "列出全部错误，而非仅第一处"}},
    {"logs", NULL, CLI_ARGS_FLAG,
        {"logs only, no tables", "仅核验账本，不核验表"}},
    END};
OPT repair_o[] = {DIR_ROW, JSON_ROW,
    {"status", NULL, CLI_ARGS_FLAG,
        {"only what is lost and still to be fetched", "仅列出尚待取回的内容"}},
    {"wait", "SECONDS", 0,
        {"for members to give back what is lost; 20",
            "等待成员归还丢失内容的秒数，默认 20"}},
    {"yes", NULL, CLI_ARGS_FLAG, {"do not ask", "不再询问"}}, END};
OPT backup_o[] = {DIR_ROW, JSON_ROW, KEYS_ROW(0),
    {"full", NULL, CLI_ARGS_FLAG,
        {"a new base, not an increment", "新建完整备份，而非增量"}},
    {"quick", NULL, CLI_ARGS_FLAG,
        {"re-read only what is written now", "只复读本次写入的部分"}},
    END};
OPT backup_verify_o[] = {JSON_ROW, KEYS_ROW(0), END};
OPT restore_o[] = {JSON_ROW, KEYS_ROW(CLI_ARGS_REQUIRED),
    {"dir", "NEWDIR", CLI_ARGS_REQUIRED, {"directory to make", "要创建的目录"}},
    END};
OPT import_o[] = {DIR_ROW, JSON_ROW,
    {"map", "MAP.yaml", CLI_ARGS_REQUIRED,
        {"which column is which field", "列与字段的对应"}},
    {"rejects", "FILE", 0,
        {"default FILE.rejects.csv", "拒绝行，默认 FILE.rejects.csv"}},
    {"again", NULL, CLI_ARGS_FLAG,
        {"from the first row, not where it stopped", "从头开始"}},
    {"actor", "SOURCE", 0,
        {"alarms: signed by this source's key, many at once",
            "报警：用该数据源密钥批量签名"}},
    END};

/* clang-format off */
const struct cli_command cli_commands[] = {
	{"init", "", 0, 0, true, init_o,
	    {"make a node's directory", "创建节点目录"},
	    "  lianfang init --dir plant-a --name plant-a.acme.example --role plant\n",
	    cli_node_init},
	{"status", "", 0, 0, true, plain,
	    {"how the node is", "节点状态"},
	    "  lianfang --dir plant-a status\n", cli_node_status},
	{"token create", "", 0, 0, true, token_create_o,
	    {"make a bearer token and print it", "创建访问令牌"},
	    "  lianfang --dir plant-a token create --role ingest --expires 30d\n",
	    cli_people_token_create},
	{"token list", "", 0, 0, true, plain,
	    {"tokens, without their secrets", "令牌列表"},
	    "  lianfang --dir plant-a token list\n",
	    cli_people_token_list},
	{"token revoke", "ID", 1, 1, true, plain,
	    {"end a token at once", "吊销令牌"},
	    "  lianfang --dir plant-a token revoke tk_0123456789abc\n",
	    cli_people_token_revoke},
	{"actor add", "NAME", 1, 1, true, actor_add_o,
	    {"enrol a person who signs", "登记签字人员"},
	    "  lianfang --dir plant-a actor add wang --role approver\n",
	    cli_people_actor_add},
	{"actor revoke", "ID", 1, 1, true, plain,
	    {"end a person's key, e.g. when it is lost", "注销人员密钥"},
	    "  lianfang --dir plant-a actor revoke ID\n",
	    cli_people_actor_revoke},
	{"actor list", "", 0, 0, true, plain,
	    {"enrolled persons", "人员列表"},
	    "  lianfang --dir plant-a actor list\n",
	    cli_people_actor_list},
	{"source add", "NAME", 1, 1, true, source_add_o,
	    {"enrol the key of a machine source", "登记数据源密钥"},
	    "  lianfang --dir plant-a source add gds-01 --vkey VKEY\n",
	    cli_people_source_add},
	{"source revoke", "ID", 1, 1, true, plain,
	    {"end a source's key", "注销数据源密钥"},
	    "  lianfang --dir plant-a source revoke ID\n",
	    cli_people_actor_revoke},
	{"alarm raise", "", 0, 0, true, alarm_raise_o,
	    {"raise an alarm signed by a source's key", "以数据源密钥签名上报报警"},
	    "  lianfang --dir plant-a alarm raise --actor gds-01 --level 2 \\\n"
	    "      --type gas --area tank-farm-2 --title \"LEL high\"\n",
	    cli_alarm_raise},
	{"alarm list", "", 0, 0, true, list_o,
	    {"alarms, newest first", "报警列表"},
	    "  lianfang --dir plant-a alarm list --state RAISED --area tank-farm-2\n",
	    cli_alarm_list},
	{"alarm show", "ID", 1, 1, true, show_o,
	    {"one alarm with its history", "报警详情"},
	    "  lianfang --dir plant-a alarm show ID\n",
	    cli_alarm_show},
	{"alarm step", "STEP ID", 2, 2, true, alarm_step_o,
	    {"ack handle return reset clear judge, or put it aside: shelve suppress remove and back",
	        "确认、处置、恢复、复位、消除、判定，或搁置、抑制、停用及恢复"},
	    "  lianfang --dir plant-a alarm step ack ID --note \"on my way\"\n"
	    "  lianfang --dir plant-a alarm step shelve ID --until 30m \\\n"
	    "      --reason \"probe washed\" --actor wu\n",
	    cli_alarm_step},
	{"incident list", "", 0, 0, true, list_o,
	    {"alarms of one place and time, and how far they were escalated",
	        "同一地点和时间的报警及其升级情况"},
	    "  lianfang --dir plant-a incident list --state OPEN\n",
	    cli_alarm_incidents},
	{"incident show", "ID", 1, 1, true, show_o,
	    {"one incident: its alarms, who was told and when",
	        "事件详情：报警、何时通知何人"},
	    "  lianfang --dir plant-a incident show ID\n",
	    cli_alarm_incident},
	{"incident ack", "ID", 1, 1, true, incident_ack_o,
	    {"say that somebody sees to it: ends the escalation", "确认事件，停止升级"},
	    "  lianfang --dir plant-a incident ack ID --actor wu --note \"on site\"\n",
	    cli_alarm_incident_ack},
	{"at", "AREA TIME", 2, 2, true, at_o,
	    {"what was going on there at that time: alarms, incidents, permits, cases",
	        "某区域在某时刻的情况：报警、事件、作业票、案例"},
	    "  lianfang --dir plant-a at tank-farm-2 2026-11-22T10:00:00+08:00\n"
	    "  lianfang --dir hq at tank-farm-2 2h --site plant-a.acme.example\n",
	    cli_alarm_at},
	{"permit apply", "", 0, 0, true, apply_o,
	    {"apply for a permit", "申请作业票"},
	    "  lianfang --dir plant-b permit apply --level 1 --area tank-farm-2 \\\n"
	    "      --worker REF --guardian zhao --actor li\n"
	    "  lianfang --dir plant-b permit apply --work confined-space --form form.yaml \\\n"
	    "      --area tank-farm-2 --worker REF --guardian zhao --actor li\n",
	    cli_permit_apply},
	{"permit gas-test", "ID", 1, 1, true, gas_o,
	    {"record a gas test", "记录气体检测"},
	    "  lianfang --dir plant-b permit gas-test ID --gas methane=0.1:5 --actor sun\n",
	    cli_permit_gas_test},
	{"permit step", "STEP ID", 2, 2, true, step_o,
	    {"approve start suspend resume finish accept cancel reject void, "
	     "change-guardian change-workers, or a step of the rule pack",
	        "审批、开工、暂停、恢复、完工、验收、撤销、退回、作废，变更监护人"
	        "、变更作业人，或规则包中的步骤"},
	    "  lianfang --dir plant-b permit step approve ID --actor wang\n"
	    "  lianfang --dir plant-b permit step risk ID --form jha.yaml --actor qin\n",
	    cli_permit_step},
	{"permit list", "", 0, 0, true, list_o,
	    {"permits, newest first", "作业票列表"},
	    "  lianfang --dir plant-b permit list --state IN_PROGRESS --from -24h\n",
	    cli_permit_list},
	{"permit show", "ID", 1, 1, true, show_o,
	    {"one permit, what its next step lacks, its history",
	        "作业票详情：下一步尚缺事项及经过"},
	    "  lianfang --dir plant-b permit show ID\n",
	    cli_permit_show},
	{"pack check", "FILE", 1, 1, false, pack_check_o,
	    {"is this rule pack whole, and no looser than the standard?",
	        "检查规则包是否完整、是否放宽标准"},
	    "  lianfang pack check hot-work-local.yaml\n", cli_pack_check},
	{"pack activate", "FILE|NAME@VERSION", 1, 1, true, plain,
	    {"enter a rule pack into the ledger and use it at once",
	        "规则包登记入账并立即启用"},
	    "  lianfang --dir plant-b pack activate hot-work-local.yaml\n"
	    "  lianfang --dir plant-b pack activate hot-work@2022.2\n",
	    cli_pack_activate},
	{"pack list", "", 0, 0, true, plain,
	    {"versions of rule packs, and which are in force",
	        "规则包各版本及其是否生效"},
	    "  lianfang --dir plant-b pack list\n", cli_pack_list},
	{"pack show", "NAME@VERSION", 1, 1, true, plain,
	    {"one version, whole, as JSON", "以 JSON 显示一个版本的全文"},
	    "  lianfang --dir plant-b pack show confined-space@2022.1\n",
	    cli_pack_show},
	{"decide", "", 0, 0, true, decide_o,
	    {"may this holder do this work here now?", "此人此刻可否在此作业？"},
	    "  lianfang --dir plant-b decide --holder REF --level 1 --area tank-farm-2\n"
	    "  lianfang --dir plant-b decide --roster crew.txt --level 1 --area tank-farm-2\n",
	    cli_work_decide},
	{"decision replay", "ID", 1, 1, true, show_o,
	    {"take a recorded decision again and compare", "重算一次判定并比对"},
	    "  lianfang --dir plant-b decision replay ID\n",
	    cli_work_replay},
	{"cert issue", "", 0, 0, true, issue_o,
	    {"issue a certificate", "签发证书"},
	    "  lianfang --dir partner cert issue --holder Chen --class welding --to 2190d\n",
	    cli_cert_issue},
	{"cert step", "STEP ID", 2, 2, true, cert_step_o,
	    {"suspend reinstate revoke review cancel worked retest",
	        "暂停、恢复、撤销、复审、注销、作业登记、重新考试"},
	    "  lianfang --dir partner cert step suspend ID --code INVESTIGATION\n"
	    "  lianfang --dir partner cert step worked ID --last -3d\n",
	    cli_cert_step},
	{"cert publish", "ID", 1, 1, true, plain,
	    {"tell the alliance, without the person", "向联盟发布（不含个人信息）"},
	    "  lianfang --dir partner cert publish ID\n",
	    cli_cert_publish},
	{"cert present", "ID", 1, 1, true, present_o,
	    {"show a published certificate to one node", "向一个节点出示证书"},
	    "  lianfang --dir partner cert present ID --to plant-b.acme.example -o chen.json\n",
	    cli_cert_present},
	{"cert accept", "FILE", 1, 1, true, plain,
	    {"accept a presentation; prints the holder reference",
	        "接受出示，输出持证人引用"},
	    "  lianfang --dir plant-b cert accept chen.json\n",
	    cli_cert_accept},
	{"cert list", "", 0, 0, true, list_o,
	    {"certificates, newest first", "证书列表"},
	    "  lianfang --dir partner cert list --state VALID\n",
	    cli_cert_list},
	{"cert show", "ID", 1, 1, true, cert_show_o,
	    {"one certificate with its history, now or as of then", "证书详情，可查过去时刻"},
	    "  lianfang --dir partner cert show ID\n"
	    "  lianfang --dir partner cert show ID --at 2026-11-22T10:00:00+08:00\n",
	    cli_cert_show},
	{"case list", "", 0, 0, true, list_o,
	    {"hazards, near misses, accidents, newest first", "事件列表"},
	    "  lianfang --dir plant-a case list --type near-miss\n",
	    cli_work_cases},
	{"case show", "ID", 1, 1, true, show_o,
	    {"one case with its history", "事件详情"},
	    "  lianfang --dir plant-a case show ID\n",
	    cli_work_case},
	{"intel draft", "", 0, 0, true, draft_o,
	    {"draft an anonymised item", "起草风险情报"},
	    "  lianfang --dir plant-a intel draft --basis ID --type lesson --actor wang\n",
	    cli_intel_draft},
	{"intel approve", "ID", 1, 1, true, approve_o,
	    {"a second person releases it to the alliance", "第二人审批并发布"},
	    "  lianfang --dir plant-a intel approve ID --actor he\n",
	    cli_intel_approve},
	{"intel list", "", 0, 0, true, list_o,
	    {"items of all members", "情报列表"},
	    "  lianfang --dir partner intel list\n",
	    cli_intel_list},
	{"intel show", "ID", 1, 1, true, show_o,
	    {"one item with its history", "情报详情"},
	    "  lianfang --dir partner intel show ID\n",
	    cli_intel_show},
	{"alliance card", "", 0, 0, true, card_o,
	    {"this node's signed keys, for a genesis", "本节点名片"},
	    "  lianfang --dir plant-a alliance card -o plant-a.json\n",
	    cli_alliance_card},
	{"alliance create", "CARD...", 2, 64, false, create_o,
	    {"make a genesis from members' cards", "由名片创建联盟"},
	    "  lianfang alliance create --name yrd -o genesis.json *.card.json\n",
	    cli_alliance_create},
	{"alliance join", "GENESIS", 1, 1, true, join_o,
	    {"join by a genesis file", "按创世文件加入联盟"},
	    "  lianfang --dir plant-a alliance join genesis.json\n",
	    cli_alliance_join},
	{"alliance show", "", 0, 0, true, plain,
	    {"members and how far we hold their logs", "成员与同步情况"},
	    "  lianfang --dir hq alliance show\n",
	    cli_alliance_show},
	{"vkey", "evidence|alliance|witness", 1, 1, true, plain,
	    {"print a verifier key", "输出验证公钥"},
	    "  lianfang --dir plant-a vkey evidence\n", cli_trust_vkey},
	{"policy", "", 0, 0, true, plain,
	    {"print a trust policy for readers", "输出信任策略"},
	    "  lianfang --dir plant-a policy > plant-a.policy\n",
	    cli_trust_policy},
	{"bundle", "", 0, 0, true, bundle_o,
	    {"write evidence that strangers can check", "导出可验证证据包"},
	    "  lianfang --dir plant-b bundle --kind permit --from 2026-11-01T00:00:00+08:00 \\\n"
	    "      --to 0s -o permits.lfb\n", cli_evidence_bundle},
	{"verify", "FILE", 1, 1, false, verify_o,
	    {"judge a bundle or proof, offline", "离线验证"},
	    "  lianfang verify permits.lfb --policy plant-b.policy\n",
	    cli_evidence_verify},
	{"audit", "", 0, 0, true, audit_o,
	    {"check every page, log, body and table; name the first fault",
	        "全面核验存储、账本、正文与表"},
	    "  lianfang --dir plant-a audit --all\n", cli_audit_run},
	{"reindex", "", 0, 0, true, plain,
	    {"fold all tables anew and mend those that differ; node stopped",
	        "由账本重建全部表（节点须已停止）"},
	    "  lianfang --dir plant-a reindex\n", cli_audit_reindex},
	{"compact", "", 0, 0, true, plain,
	    {"give free pages of a stopped node's stores back to the disk",
	        "将已停止节点存储中的空闲页归还磁盘"},
	    "  lianfang --dir plant-a compact\n", cli_compact_run},
	{"repair", "", 0, 0, true, repair_o,
	    {"build a whole store from a damaged one; node stopped",
	        "修复受损的存储（节点须已停止）"},
	    "  lianfang --dir plant-a repair\n"
	    "  lianfang --dir plant-a repair --status\n", cli_repair_run},
	{"import", "alarms|cases FILE", 2, 2, true, import_o,
	    {"read a CSV table by a map", "按映射导入 CSV"},
	    "  lianfang --dir plant-a import cases cases.csv --map cases.yaml\n"
	    "  lianfang --dir plant-a import alarms gds.csv --map gds.yaml --actor gds-01\n",
	    cli_import_run},
	{"clock admit", "", 0, 0, true, clock_o,
	    {"say that the wall clock is right; recorded time follows it",
	        "确认系统时钟正确，入账时间随之前进"},
	    "  lianfang --dir plant-a clock admit --reason \"by radio, after a month off\"\n",
	    cli_clock_admit},
	{"clock reset", "", 0, 0, true, reset_o,
	    {"take logs that were led into the future back to the wall clock",
	        "将被带到未来的日志拉回系统时钟"},
	    "  lianfang --dir plant-a clock reset --reason \"dead battery\" --yes\n",
	    cli_clock_reset},
	{"clock", "", 0, 0, true, plain,
	    {"the clock against confirmed time and the members' clocks",
	        "本站时钟与已确认时间、各成员时钟的比较"},
	    "  lianfang --dir plant-a clock\n", cli_clock_show},
	{"alarm kept", "", 0, 0, true, plain,
	    {"alarms that wait until the node may sign them",
	        "等待节点可以签名的报警"},
	    "  lianfang --dir plant-a alarm kept --json\n", cli_node_spool},
	{"log list", "", 0, 0, true, plain,
	    {"generations of the logs", "日志各代"},
	    "  lianfang --dir plant-a log list\n",
	    cli_log_list},
	{"log roll", "", 0, 0, true, roll_o,
	    {"close a log and go on in its next generation", "关闭日志并开启下一代"},
	    "  lianfang --dir plant-a log roll --log evidence --reason \"new key\"\n",
	    cli_log_roll},
	{"admit-loss", "", 0, 0, true, loss_o,
	    {"go on after entries were lost for good", "条目永久丢失后继续"},
	    "  lianfang --dir plant-a admit-loss --log evidence --reason \"disk died\"\n"
	    "  lianfang --dir plant-a admit-loss --log alliance --reason \"disk died\" \\\n"
	    "      --checkpoint from-the-regulator.txt --yes\n",
	    cli_log_admit_loss},
	{"access list", "", 0, 0, true, list_o,
	    {"who of HQ and regulators has read what", "总部与监管的查询记录"},
	    "  lianfang --dir plant-a access list --from -24h\n",
	    cli_people_accesses},
	{"backup verify", "TO", 1, 1, false, backup_verify_o,
	    {"re-read a backup and check all of it", "复读并核验备份"},
	    "  lianfang backup verify /backup/plant-a --keys /safe/plant-a\n",
	    cli_backup_verify},
	{"backup", "TO", 1, 1, true, backup_o,
	    {"copy what is new to a backup, beside a running node",
	        "增量备份（节点可在运行）"},
	    "  lianfang --dir plant-a backup /backup/plant-a --keys /safe/plant-a\n",
	    cli_backup_run},
	{"restore", "FROM", 1, 1, true, restore_o,
	    {"make a node's directory out of a backup", "由备份恢复节点目录"},
	    "  lianfang restore /backup/plant-a --keys /safe/plant-a --dir plant-a\n",
	    cli_backup_restore},
	{"erase", "INDEX", 1, 1, true, erase_o,
	    {"destroy an event's body or fields; proofs stay", "清除内容，证明保留"},
	    "  lianfang --dir plant-a erase 42 --reason \"PIPL 47\"\n",
	    cli_node_erase},
	{"source list", "", 0, 0, true, plain,
	    {"feeds: received, missing, duplicates", "数据来源：接收、缺失、重复"},
	    "  lianfang --dir plant-a source list\n",
	    cli_node_sources},
	{NULL, NULL, 0, 0, false, NULL, {NULL, NULL}, NULL, NULL},
};
/* clang-format on */
