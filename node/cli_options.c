/* cli_options.c - the options of every command. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_options.h"

#include "node/cli_row.h"

OPT cli_options_plain[] = {DIR_ROW, JSON_ROW, END};
OPT cli_options_pack_check[] = {JSON_ROW, END};
OPT cli_options_init[] = {
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
    {"reduced", NULL, CLI_ARGS_FLAG,
        {"a plant on trial: hot work by the reduced pack, status says so",
            "试用：动火采用精简规则包，status 会提示"}},
    JSON_ROW, END};
OPT cli_options_token_create[] = {DIR_ROW, JSON_ROW,
    {"role", "ROLE", CLI_ARGS_REQUIRED,
        {"ingest operator hq regulator partner admin",
            "ingest（写入）operator（操作）hq regulator partner admin"}},
    {"area", "AREA", CLI_ARGS_MANY, {"only this area", "仅限该区域"}},
    {"expires", "SPAN", 0, {"e.g. 30d; default never", "有效期，如 30d"}},
    {"note", "TEXT", 0, {"what it is for", "用途"}}, END};
OPT cli_options_actor_add[] = {DIR_ROW, JSON_ROW,
    {"role", "ROLE", CLI_ARGS_MANY | CLI_ARGS_REQUIRED,
        {"as rule packs name it: applicant guardian gas-analyst "
         "safety-manager acceptor ...",
            "规则包所列角色，如 applicant 申请、guardian 监护、gas-analyst "
            "分析、safety-manager 审批、acceptor 验收"}},
    {"area", "AREA", CLI_ARGS_MANY, {"only this area", "仅限该区域"}},
    {"unit", "TEXT", 0, {"department", "部门"}},
    {"until", "TIME", 0,
        {"signs nothing from then on", "到期时间，此后无权签字"}},
    {"for", "NAME", 0,
        {"rights delegated by this person; wants --until",
            "由此人授权代签；须写明 --until"}},
    {"key", "FILE", 0, {"use this key, not a new one", "使用已有密钥"}},
    {"vkey", "VKEY", 0,
        {"public key of the person's own device; signs elsewhere",
            "人员自有设备的公钥；私钥不在本节点"}},
    END};
OPT cli_options_source_add[] = {DIR_ROW, JSON_ROW,
    {"area", "AREA", CLI_ARGS_MANY, {"only this area", "仅限该区域"}},
    {"key", "FILE", 0, {"use this key, not a new one", "使用已有密钥"}},
    {"vkey", "VKEY", 0,
        {"public key of the machine; signs elsewhere",
            "设备的公钥；私钥不在本节点"}},
    END};
OPT cli_options_alarm_raise[] = {DIR_ROW, JSON_ROW, AT_ROW,
    {"actor", "SOURCE", CLI_ARGS_REQUIRED,
        {"source that signs (source add)", "签名的数据源（source add）"}},
    {"level", "N", CLI_ARGS_REQUIRED, {"1 red to 3 blue", "1 红至 3 蓝"}},
    {"type", "KIND", CLI_ARGS_REQUIRED,
        {"gas process fire ...", "报警类型，如 gas process fire"}},
    {"area", "AREA", CLI_ARGS_REQUIRED, {"where", "区域"}},
    {"title", "TEXT", 0, {"in a few words", "标题"}},
    {"seq", "N", 0, {"number of this message", "消息序号"}}, END};
OPT cli_options_indicators[] = {DIR_ROW, JSON_ROW,
    {"period", "PERIOD", 0,
        {"2026-11, or a day; without it: what there is",
            "月份如 2026-11，或某日；不给则列出定义"}},
    {"area", "AREA", 0, {"of this area alone", "仅此区域"}},
    {"site", "NAME", 0, {"of another site held here", "此处持有的其他站点"}},
    END};
OPT cli_options_indicator[] = {DIR_ROW, JSON_ROW,
    {"period", "PERIOD", CLI_ARGS_REQUIRED,
        {"2026-11, or a day", "月份如 2026-11，或某日"}},
    {"area", "AREA", 0, {"of this area alone", "仅此区域"}},
    {"site", "NAME", 0, {"of another site held here", "此处持有的其他站点"}},
    {"set", "NAME", 0, {"when several sets have it", "同名时所属的指标集"}},
    {"part", "WORD", 0,
        {"entries behind it: numerator denominator excluded",
            "依据条目：numerator denominator excluded"}},
    {"limit", "N", 0, {"how many of them", "条数"}},
    {"cursor", "TEXT", 0, {"go on after that page", "接续上一页"}}, END};
OPT cli_options_snapshots[] = {DIR_ROW, JSON_ROW,
    {"period", "MONTH", 0, {"one month", "某月"}},
    {"site", "NAME", 0, {"of another site held here", "此处持有的其他站点"}},
    END};
OPT cli_options_rollup[] = {DIR_ROW, JSON_ROW,
    {"period", "MONTH", CLI_ARGS_REQUIRED, {"2026-11", "如 2026-11"}},
    {"check", NULL, CLI_ARGS_FLAG,
        {"compute each site's figures again from its entries",
            "按各站点条目重新计算"}},
    END};
OPT cli_options_indicator_verify[] = {JSON_ROW,
    {"policy", "FILE", CLI_ARGS_REQUIRED,
        {"your own trust policy", "您自己的信任策略"}},
    {"pack", "FILE", CLI_ARGS_MANY,
        {"a text of the rules that is not built in", "未内置的规则包文本"}},
    END};
OPT cli_options_outbox[] = {DIR_ROW, JSON_ROW,
    {"state", "STATE", 0,
        {"pending, given-up or delivered; else the first two",
            "pending、given-up 或 delivered；缺省为前两种"}},
    {"target", "NAME", 0, {"only this target", "通知对象"}},
    {"limit", "N", 0, {"rows, at most 1000", "行数，最多 1000"}},
    {"cursor", "TEXT", 0, {"go on from there", "接续上一页（其游标）"}}, END};
OPT cli_options_outbox_retry[] = {DIR_ROW, JSON_ROW,
    {"all", NULL, CLI_ARGS_FLAG, {"whatever was given up", "全部已放弃的通知"}},
    END};
OPT cli_options_kpi[] = {DIR_ROW, JSON_ROW,
    {"area", "AREA", 0,
        {"only this area; else all as one", "区域；缺省为全部"}},
    {"site", "NAME", 0,
        {"of this site; else the node's own", "此站点，默认本节点"}},
    {"from", "TIME", 0, {"since; a day before the end", "起，缺省为前一天"}},
    {"to", "TIME", 0, {"until; now", "止，缺省为现在"}},
    {"records", "FIGURE", 0, {"list the alarms behind it", "列出其依据"}},
    {"part", "PART", 0,
        {"of the numerator (or: denominator)",
            "numerator 分子或 denominator 分母"}},
    {"limit", "N", 0, {"rows, at most 1000", "行数，最多 1000"}},
    {"cursor", "TEXT", 0, {"go on from there", "接续上一页（其游标）"}}, END};
#define LIST_ROWS                                                              \
	{"state", "STATE", 0, {"only in this state", "仅此状态"}},             \
	    {"area", "AREA", 0, {"only this area", "仅此区域"}},               \
	    {"site", "NAME", 0, {"only this site", "仅此站点"}},               \
	    {"type", "TYPE", 0,                                                \
	        {"alarm kind, work type ...", "报警类型、作业类型等"}},        \
	    {"subject", "REF", 0, {"worker, holder or source", "人员或来源"}}, \
	    {"level", "N", 0, {"this level or graver", "此级别及更严重"}},     \
	    {"from", "TIME", 0,                                                \
	        {"began since, e.g. -24h", "开始于其后，如 -24h"}},            \
	    {"to", "TIME", 0, {"began before", "开始于其前"}},                 \
	    {"limit", "N", 0, {"rows, at most 1000", "行数，最多 1000"}},      \
	{                                                                      \
		"cursor", "TEXT", 0,                                           \
		{                                                              \
			"go on from there", "接续上一页（其游标）"   \
		}                                                              \
	}
OPT cli_options_list[] = {DIR_ROW, JSON_ROW, LIST_ROWS, END};
OPT cli_options_case_list[] = {DIR_ROW, JSON_ROW, LIST_ROWS,
    {"overdue", NULL, CLI_ARGS_FLAG,
        {"only what is past its deadline", "仅列出超期的"}},
    END};
OPT cli_options_quality[] = {DIR_ROW, JSON_ROW,
    {"site", "NAME", 0,
        {"of this site; else the node's own", "此站点，默认本节点"}},
    {"numbers", "N", 0, {"its newest, 10000 if not given", "最近多少条"}}, END};
OPT cli_options_quarantine[] = {DIR_ROW, JSON_ROW,
    {"limit", "N", 0, {"rows, at most 1000", "行数，最多 1000"}},
    {"cursor", "TEXT", 0, {"go on from there", "接续上一页（其游标）"}}, END};
OPT cli_options_release[] = {DIR_ROW, JSON_ROW,
    {"form", "FILE", CLI_ARGS_REQUIRED,
        {"the corrected message as YAML or JSON; - reads stdin",
            "更正后的消息（YAML 或 JSON）；- 读标准输入"}},
    {"kind", "KIND", 0, {"alarm (or: case)", "alarm 报警或 case 案例"}},
    {"actor", "NAME", CLI_ARGS_REQUIRED, {"who decides", "决定人"}},
    {"reason", "TEXT", 0, {"what was corrected", "更正说明"}}, END};
OPT cli_options_discard[] = {DIR_ROW, JSON_ROW,
    {"actor", "NAME", CLI_ARGS_REQUIRED, {"who decides", "决定人"}},
    {"reason", "TEXT", CLI_ARGS_REQUIRED, {"why", "原因"}}, END};
OPT cli_options_show[] = {
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
OPT cli_options_cert_show[] = {DIR_ROW, JSON_ROW,
    {"site", "NAME", 0, {"whose record", "站点"}},
    {"at", "TIME", 0,
        {"as of then, e.g. 2026-11-22T10:00:00+08:00 or -30d",
            "截至该时刻的状态，如 -30d"}},
    END};
OPT cli_options_code[] = {DIR_ROW, JSON_ROW,
    {"to", "NAME", 0,
        {"node that will read it; default this one",
            "将读取它的节点，默认本节点"}},
    {"valid", "SPAN", 0,
        {"default 12h, at most 7d", "有效期，默认 12h，最长 7d"}},
    {"badge", NULL, CLI_ARGS_FLAG,
        {"may be shown again until it ends", "有效期内可重复出示"}},
    {"png", "FILE", 0, {"write it there as a picture", "写为图片"}}, END};
OPT cli_options_gate[] = {DIR_ROW, JSON_ROW,
    {"work", "TYPE", 0, {"default hot-work", "作业类型，默认 hot-work"}},
    {"level", "LEVEL", CLI_ARGS_REQUIRED,
        {"special, 1 to 4, or none", "special（特级）、1 至 4，或 none"}},
    {"area", "AREA", CLI_ARGS_REQUIRED, {"where", "区域"}},
    {"role", "ROLE", 0,
        {"worker guardian gas-analyst; default worker",
            "角色：worker guardian gas-analyst，默认 worker"}},
    END};
OPT cli_options_position[] = {DIR_ROW, JSON_ROW,
    {"area", "AREA", 0, {"in this area, as permits spell it", "所在区域"}},
    {"position", "LON,LAT,M", 0,
        {"or there, and how accurate that is, in metres",
            "或所在位置及精度（米）"}},
    {"at", "TIME", 0,
        {"when; default now, e.g. -20s", "时刻，默认现在，如 -20s"}},
    END};
OPT cli_options_expiring[] = {DIR_ROW, JSON_ROW,
    {"within", "SPAN", 0, {"default 90d", "时间范围，默认 90d"}},
    {"limit", "N", 0, {"at most 500; 100", "条数，最多 500，默认 100"}},
    {"cursor", "CURSOR", 0, {"where the page before ended", "上一页的游标"}},
    END};
OPT cli_options_status_list[] = {DIR_ROW, JSON_ROW,
    {"output", "FILE", 0, {"write it there", "写入该文件"}},
    {"verify", "FILE", 0,
        {"judge this one; no node is asked", "离线核验该文件"}},
    {"vkey", "VKEY", 0,
        {"the issuer's identity key (its card has it)", "发证节点的身份公钥"}},
    {"index", "N", 0, {"status index of a credential", "凭证的状态索引"}},
    {"at", "TIME", 0, {"as of then; default now", "截至该时刻，默认现在"}},
    END};
OPT cli_options_apply[] = {DIR_ROW, JSON_ROW, ACTOR_ROW, AT_ROW,
    {"work", "TYPE", 0, {"default hot-work", "作业类型，默认 hot-work"}},
    {"level", "LEVEL", 0,
        {"special, 1 to 4; none where the work has none",
            "special（特级）、1 至 4；不分级的作业为 none"}},
    FORM_ROW,
    {"link", "ID", CLI_ARGS_MANY,
        {"permit that goes with it", "关联作业票编号"}},
    {"equipment", "NUMBER", CLI_ARGS_MANY,
        {"special equipment that it uses: cranes ...",
            "所用特种设备编号，如起重机"}},
    {"area", "AREA", CLI_ARGS_REQUIRED, {"where", "区域"}},
    {"location", "TEXT", 0, {"exact place", "具体部位"}},
    {"content", "TEXT", 0, {"what is to be done", "作业内容"}},
    {"unit", "TEXT", 0, {"unit that applies", "申请单位"}},
    {"worker", "REF", CLI_ARGS_REQUIRED,
        {"holder reference of the worker", "作业人引用"}},
    {"worker-name", "NAME", 0, {"the worker", "作业人姓名"}},
    {"guardian", "NAME", CLI_ARGS_REQUIRED, {"the guardian", "监护人"}},
    {"number", "TEXT", 0,
        {"permit number; default: the node gives one",
            "票证编号，默认由节点编号"}},
    {"book", NULL, CLI_ARGS_FLAG,
        {"announce it, where the rule pack asks for that",
            "预约（规则包要求时）"}},
    {"urgent", NULL, CLI_ARGS_FLAG,
        {"booked for today; give --reason", "当日紧急预约，须附 --reason"}},
    {"booking", "ID", 0, {"apply for what was booked", "对已预约的记录申请"}},
    {"supersedes", "ID", 0,
        {"permit that it takes over from", "被接替的作业票编号"}},
    {"from", "TIME", 0, {"planned start; default now", "计划开始"}},
    {"to", "TIME", 0, {"planned end; default 8h later", "计划结束"}},
    REASON_ROW, {"note", "TEXT", 0, {"remark", "备注"}}, END};
OPT cli_options_gas[] = {DIR_ROW, JSON_ROW, ACTOR_ROW, AT_ROW,
    {"gas", "GAS=%[:LEL]", CLI_ARGS_MANY | CLI_ARGS_REQUIRED,
        {"reading in %vol (or 2mg/m3), with the gas's LEL",
            "读数（%vol，或 2mg/m3）及爆炸下限"}},
    {"instrument", "NUMBER", CLI_ARGS_MANY,
        {"gas instrument by its number; start, resume: that measures on",
            "气体检测仪器编号；开始、恢复时为在线检测仪器"}},
    {"place", "TEXT", 0, {"where it was sampled", "取样部位"}},
    {"sampled", "TIME", 0, {"when sampled; default now", "取样时间"}},
    REASON_ROW, {"note", "TEXT", 0, {"remark", "备注"}}, END};
OPT cli_options_step[] = {DIR_ROW, JSON_ROW, ACTOR_ROW, AT_ROW, REASON_ROW,
    FORM_ROW,
    {"instrument", "NUMBER", CLI_ARGS_MANY,
        {"gas instrument by its number; start, resume: that measures on",
            "气体检测仪器编号；开始、恢复时为在线检测仪器"}},
    {"successor", "ID", 0,
        {"void: the permit that takes over", "作废时：接替的作业票编号"}},
    {"position", "LON,LAT,M", 0,
        {"where the signer stands, and how accurate that is, in metres",
            "签字人位置及精度（米）"}},
    {"note", "TEXT", 0, {"remark", "备注"}}, END};
OPT cli_options_alarm_step[] = {DIR_ROW, JSON_ROW, ACTOR_ROW, AT_ROW,
    {"reason", "TEXT", 0,
        {"why it is put aside (shelve suppress remove)",
            "搁置、抑制、停用的原因"}},
    {"until", "TIME", 0, {"end of shelving, e.g. 30m", "搁置截止，如 30m"}},
    {"verdict", "WORD", 0,
        {"true false nuisance test (judge)", "判定：true false nuisance test"}},
    {"note", "TEXT", 0, {"remark", "备注"}}, END};
#define CASE_ROWS                                                              \
	{"level", "WORD", 0,                                                   \
	    {"of danger: major or general",                                    \
	        "隐患等级：major 重大、general 一般"}},                        \
	    {"way", "WORD", 0,                                                 \
	        {"immediate or limited", "immediate 即查即改、limited 限期"}}, \
	    {"description", "TEXT", 0, {"what it is", "描述"}},                \
	    {"note", "TEXT", 0, {"remark", "备注"}},                           \
	{                                                                      \
		"form", "FILE", 0,                                             \
		{                                                              \
			"fields of record.Case as YAML or JSON; - reads "      \
			"stdin",                                               \
			    "record.Case 的字段（YAML 或 JSON）；- "    \
			    "读标准输入"                                  \
		}                                                              \
	}
OPT cli_options_case_report[] = {DIR_ROW, JSON_ROW, ACTOR_ROW, AT_ROW,
    {"type", "TYPE", 0,
        {"hazard hidden-danger near-miss accident suggestion violation "
         "work-order",
            "类型：hazard hidden-danger near-miss accident suggestion "
            "violation work-order"}},
    {"area", "AREA", 0, {"where", "区域"}},
    {"hazard", "TEXT", 0, {"critical risk", "危害"}},
    {"holder", "REF", 0, {"whose violation it is", "违章人引用"}},
    {"exercise", NULL, CLI_ARGS_FLAG, {"part of a drill", "属于演练"}},
    CASE_ROWS, END};
OPT cli_options_case_step[] = {DIR_ROW, JSON_ROW, ACTOR_ROW, AT_ROW, REASON_ROW,
    {"liable", "NAME", 0, {"who rectifies (assign)", "整改责任人（assign）"}},
    {"due", "TIME", 0,
        {"until when, e.g. 7d (accept, assign)", "整改期限，如 7d"}},
    {"measures", "TEXT", 0, {"what was done (done)", "整改措施（done）"}},
    {"feedback", "TEXT", 0,
        {"to whoever reported (reply, reject, close)", "给上报人的反馈"}},
    CASE_ROWS, END};
OPT cli_options_report[] = {DIR_ROW, JSON_ROW,
    {"description", "TEXT", CLI_ARGS_REQUIRED, {"what it is", "内容"}},
    {"area", "AREA", 0, {"where; one that the node knows", "区域（已有名称）"}},
    {"name", "NAME", 0,
        {"yours, for readers in confidence alone", "姓名，仅指定阅读人可见"}},
    {"exercise", NULL, CLI_ARGS_FLAG, {"part of a drill", "属于演练"}}, END};
OPT cli_options_check[] = {DIR_ROW, JSON_ROW, AT_ROW,
    {"status", "WORD", CLI_ARGS_REQUIRED,
        {"normal danger not-checked other", "normal danger not-checked other"}},
    {"danger", "TEXT", 0, {"the hidden danger that was found", "发现的隐患"}},
    {"level", "WORD", 0,
        {"of danger: major or general", "隐患等级：major 重大、general 一般"}},
    {"operator", "NAME", 0, {"who checked", "排查人"}},
    {"note", "TEXT", 0, {"remark", "备注"}}, END};
OPT cli_options_award[] = {DIR_ROW, JSON_ROW,
    {"rule", "NAME", CLI_ARGS_REQUIRED,
        {"of the case policy (pack show)", "策略中的规则名"}},
    {"case", "ID", CLI_ARGS_REQUIRED, {"for which case", "对应事项"}},
    {"operator", "NAME", 0, {"who awards", "经办人"}}, END};
OPT cli_options_redeem[] = {DIR_ROW, JSON_ROW,
    {"amount", "N", CLI_ARGS_REQUIRED, {"points", "分值"}},
    {"reason", "TEXT", CLI_ARGS_REQUIRED, {"for what", "用途"}},
    {"ref", "TEXT", 0,
        {"your own number of it: again, it is the same",
            "自编号，重复即同一笔"}},
    {"operator", "NAME", 0, {"who pays out", "经办人"}}, END};
OPT cli_options_incident_ack[] = {DIR_ROW, JSON_ROW, ACTOR_ROW, AT_ROW,
    {"note", "TEXT", 0, {"remark", "备注"}}, END};
OPT cli_options_at[] = {DIR_ROW, JSON_ROW,
    {"window", "SECONDS", 0,
        {"look so far on either side; 60", "前后各看多少秒，默认 60"}},
    {"site", "NAME", 0, {"only this site", "仅此站点"}},
    {"limit", "N", 0, {"of each kind, at most 200; 50", "每类条数，默认 50"}},
    END};
OPT cli_options_decide[] = {DIR_ROW, JSON_ROW,
    {"holder", "REF", 0, {"holder reference (cert accept)", "持证人引用"}},
    {"roster", "FILE", 0,
        {"many at once, a holder a line, 500 at most",
            "批量判定，每行一人，最多 500 人"}},
    {"work", "TYPE", 0, {"default hot-work", "作业类型，默认 hot-work"}},
    {"level", "LEVEL", CLI_ARGS_REQUIRED,
        {"special, 1 to 4, or none", "special（特级）、1 至 4，或 none"}},
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
OPT cli_options_issue[] = {DIR_ROW, JSON_ROW, ACTOR_ROW,
    {"holder", "NAME", CLI_ARGS_REQUIRED, {"whose", "持证人"}},
    {"holder-number", "TEXT", 0, {"identity number", "证件号码"}},
    {"class", "CLASS", CLI_ARGS_REQUIRED,
        {"welding, height ...", "类别，如 welding、height"}},
    {"item", "TEXT", 0, {"item within the class", "项目"}},
    {"number", "TEXT", 0, {"certificate number", "证书编号"}},
    {"authority", "TEXT", 0, {"who examined", "发证机关"}},
    {"from", "TIME", 0, {"valid from; default now", "有效自"}},
    {"to", "TIME", CLI_ARGS_REQUIRED,
        {"valid to, e.g. 2190d", "有效至，如 2190d"}},
    {"review", "TIME", 0, {"review due", "复审日期"}},
    {"area", "AREA", CLI_ARGS_MANY,
        {"valid in this area only", "仅在该区域有效"}},
    END};
OPT cli_options_cert_step[] = {DIR_ROW, JSON_ROW, ACTOR_ROW, REASON_ROW,
    {"code", "CODE", 0,
        {"legal reason, as the pack lists them", "法定原因代码"}},
    {"review", "TIME", 0, {"next review due", "下次复审"}},
    {"to", "TIME", 0, {"valid to (review)", "有效至（复审）"}},
    {"last", "TIME", 0, {"last worked (worked)", "最近作业时间（worked）"}},
    END};
OPT cli_options_present[] = {DIR_ROW, JSON_ROW,
    {"to", "NODE", CLI_ARGS_REQUIRED,
        {"who will decide", "出示对象（节点名称）"}},
    {"days", "N", 0, {"validity; default 30", "有效天数，默认 30"}},
    {"attributes", NULL, CLI_ARGS_FLAG,
        {"the holder's file, to show parts of", "持证人自留文件，供部分出示"}},
    {"output", "FILE", 0, {"default: standard output", "输出文件"}}, END};
OPT cli_options_cross[] = {DIR_ROW, JSON_ROW,
    {"output", "FILE", 0, {"default: standard output", "输出文件"}}, END};
OPT cli_options_holder[] = {
    {"challenge", "HEX", CLI_ARGS_REQUIRED,
        {"cert challenge at the verifier", "核验方 cert challenge 的输出"}},
    {"field", "NAME", CLI_ARGS_MANY,
        {"shown; e.g. holderName", "出示的字段，如 holderName"}},
    {"png", "FILE", 0, {"as a QR code", "输出二维码图片"}},
    {"output", "FILE", 0, {"default: standard output", "输出文件"}}, END};
OPT cli_options_draft[] = {DIR_ROW, JSON_ROW,
    {"file", "FILE", 0,
        {"the item; - : standard input", "情报文件，- 为标准输入"}},
    {"basis", "ID", 0, {"alarm or case", "依据的记录"}},
    {"type", "TYPE", 0,
        {"lesson, alert, near-miss ...", "类型，如 lesson alert near-miss"}},
    {"tlp", "LABEL", 0,
        {"CLEAR GREEN AMBER AMBER+STRICT",
            "TLP 标签：CLEAR GREEN AMBER AMBER+STRICT"}},
    {"title", "TEXT", 0, {"short text", "标题"}},
    {"narrative", "TEXT", 0, {"what to learn", "经过与教训"}},
    {"recommend", "TEXT", CLI_ARGS_MANY, {"what to do", "建议措施"}},
    {"supersedes", "ID", 0, {"own item that it replaces", "所替代的情报"}},
    {"named", NULL, CLI_ARGS_FLAG, {"the item names its source", "公开来源"}},
    {"actor", "NAME", CLI_ARGS_REQUIRED,
        {"who drafts and signs", "起草并签字的人"}},
    END};
OPT cli_options_intel[] = {DIR_ROW, JSON_ROW,
    {"basis", "ID", 0, {"alarm or case", "依据的记录"}}, END};
OPT cli_options_withdraw[] = {DIR_ROW, JSON_ROW,
    {"reason", "CODE", CLI_ARGS_REQUIRED, {"of the policy", "策略所列理由"}},
    {"actor", "NAME", CLI_ARGS_REQUIRED, {"role releaser", "releaser"}}, END};
OPT cli_options_approve[] = {DIR_ROW, JSON_ROW,
    {"actor", "NAME", CLI_ARGS_REQUIRED,
        {"the second person, role releaser", "第二人（releaser）"}},
    END};
OPT cli_options_reader[] = {DIR_ROW, JSON_ROW,
    {"actor", "NAME", CLI_ARGS_REQUIRED,
        {"the reader, role confidential-reader; the key is here",
            "阅读人（confidential-reader），其密钥在本机"}},
    END};
OPT cli_options_card[] = {DIR_ROW, JSON_ROW,
    {"endpoint", "URL", 0, {"tcp:// address others dial", "对外地址"}},
    {"new-keys", NULL, CLI_ARGS_FLAG, {"its own are lost", "原密钥已丢失"}},
    {"output", "FILE", 0, {"default: standard output", "输出文件"}}, END};
OPT cli_options_create[] = {DIR_ROW, JSON_ROW,
    {"name", "NAME", CLI_ARGS_REQUIRED, {"of the alliance", "联盟名称"}},
    {"grant", "READER:OWNER", CLI_ARGS_MANY,
        {"reader may have owner's evidence with bodies",
            "允许读者取得其证据日志与内容"}},
    {"quorum", "N", 0, {"witnesses needed; default 2n/3+1", "见证人数"}},
    {"output", "FILE", CLI_ARGS_REQUIRED, {"genesis file", "创世文件"}}, END};
OPT cli_options_courier[] = {DIR_ROW, JSON_ROW,
    {"to", "MEMBER", CLI_ARGS_REQUIRED,
        {"whom the file is for", "文件的接收成员"}},
    END};
OPT cli_options_propose[] = {DIR_ROW, JSON_ROW,
    {"file", "FILE", 0,
        {"agreement, pack, release: its text, without, the name ends; keys: "
         "another member's card",
            "协议、规则包或发布的文本，不给则终止该名称；keys：其他成员的卡"
            "片"}},
    {"witnesses", "N", 0,
        {"quorum: cosignatures a checkpoint needs", "检查点所需见证数"}},
    END};
OPT cli_options_vote[] = {DIR_ROW, JSON_ROW,
    {"against", NULL, CLI_ARGS_FLAG,
        {"for none of what stands", "对现有提案均不赞成"}},
    {"give-up", "MEMBER", CLI_ARGS_MANY,
        {"it is silent: count nothing of it in this round",
            "该成员无回应：本轮不计其票"}},
    END};
OPT cli_options_epoch[] = {DIR_ROW, JSON_ROW,
    {"output", "FILE", CLI_ARGS_REQUIRED,
        {"for a node that is to begin with it", "交给新节点的文件"}},
    END};
OPT cli_options_bundle[] = {DIR_ROW, JSON_ROW,
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
OPT cli_options_verify[] = {JSON_ROW,
    {"policy", "FILE", 0,
        {"your own tlog-policy; without it nothing is trusted",
            "您自己的信任策略；没有它则一律不可信"}},
    END};
OPT cli_options_roll[] = {DIR_ROW, JSON_ROW,
    {"log", "LOG", CLI_ARGS_REQUIRED,
        {"evidence or alliance", "evidence（证据）或 alliance（联盟）"}},
    {"reason", "TEXT", CLI_ARGS_REQUIRED,
        {"why; it is recorded", "原因，将入账"}},
    {"yes", NULL, CLI_ARGS_FLAG, {"do not ask", "不再询问"}}, END};
OPT cli_options_clock[] = {DIR_ROW, JSON_ROW,
    {"reason", "TEXT", CLI_ARGS_REQUIRED,
        {"how you know; it is recorded", "依据，将入账"}},
    END};
OPT cli_options_reset[] = {DIR_ROW, JSON_ROW,
    {"reason", "TEXT", CLI_ARGS_REQUIRED,
        {"why; it is recorded", "原因，将入账"}},
    {"yes", NULL, CLI_ARGS_FLAG, {"do not ask", "不再询问"}}, END};
OPT cli_options_loss[] = {DIR_ROW, JSON_ROW,
    {"log", "LOG", CLI_ARGS_REQUIRED,
        {"evidence or alliance", "evidence（证据）或 alliance（联盟）"}},
    {"reason", "TEXT", CLI_ARGS_REQUIRED,
        {"why; it is recorded", "原因，将入账"}},
    {"checkpoint", "FILE", 0,
        {"newest signed checkpoint that somebody else holds",
            "他人持有的最新签名检查点"}},
    {"yes", NULL, CLI_ARGS_FLAG, {"do not ask", "不再询问"}}, END};
OPT cli_options_erase[] = {DIR_ROW, JSON_ROW,
    {"origin", "LOG", 0,
        {"default: the evidence log as it is now", "默认为当前证据日志"}},
    {"field", "N", CLI_ARGS_MANY,
        {"field number; default: the whole event", "字段号，默认整条"}},
    {"reason", "TEXT", CLI_ARGS_REQUIRED, {"legal ground", "依据"}},
    {"by", "NAME", 0, {"who asked", "申请人"}},
    {"wrong", NULL, CLI_ARGS_FLAG,
        {"wrongly recorded fields that name a person: at once",
            "错录的个人信息字段：立即删除"}},
    END};
OPT cli_options_audit[] = {DIR_ROW, JSON_ROW,
    {"all", NULL, CLI_ARGS_FLAG,
        {"every fault, not only the first", "列出全部错误，而非仅第一处"}},
    {"logs", NULL, CLI_ARGS_FLAG,
        {"logs only, no tables", "仅核验账本，不核验表"}},
    END};
OPT cli_options_repair[] = {DIR_ROW, JSON_ROW,
    {"status", NULL, CLI_ARGS_FLAG,
        {"only what is lost and still to be fetched", "仅列出尚待取回的内容"}},
    {"wait", "SECONDS", 0,
        {"for members to give back what is lost; 20",
            "等待成员归还丢失内容的秒数，默认 20"}},
    {"yes", NULL, CLI_ARGS_FLAG, {"do not ask", "不再询问"}}, END};
OPT cli_options_backup[] = {DIR_ROW, JSON_ROW, KEYS_ROW(0),
    {"full", NULL, CLI_ARGS_FLAG,
        {"a new base, not an increment", "新建完整备份，而非增量"}},
    {"quick", NULL, CLI_ARGS_FLAG,
        {"re-read only what is written now", "只复读本次写入的部分"}},
    END};
OPT cli_options_backup_verify[] = {JSON_ROW, KEYS_ROW(0), END};
OPT cli_options_restore[] = {JSON_ROW, KEYS_ROW(CLI_ARGS_REQUIRED),
    {"dir", "NEWDIR", CLI_ARGS_REQUIRED, {"directory to make", "要创建的目录"}},
    END};
OPT cli_options_import[] = {DIR_ROW, JSON_ROW,
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
