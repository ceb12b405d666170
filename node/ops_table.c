/* ops_table.c - the operations themselves, as constant data. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ops_table.h"

#include "api.pb-c.h"
#include "config.pb-c.h"
#include "fed.pb-c.h"
#include "node/clocks.h"
#include "node/decisions.h"
#include "node/export.h"
#include "node/feed.h"
#include "node/health.h"
#include "node/ingest.h"
#include "node/logs.h"
#include "node/reads.h"
#include "node/reads_kpi.h"
#include "node/statuslist.h"
#include "node/tokens.h"
#include "node/treeweb.h"
#include "record.pb-c.h"

#define OFFICE (OPS_OPERATOR | OPS_ADMIN)
#define MACHINES (OPS_INGEST | OPS_OPERATOR | OPS_ADMIN)
#define READERS (OPS_OPERATOR | OPS_HQ | OPS_REGULATOR | OPS_ADMIN)
#define MEMBERS (READERS | OPS_PARTNER)
#define WRITES OPS_CREATES

#define ARRAYS (OPS_CREATES | OPS_LIST)
#define ALARMS (ARRAYS | OPS_FOLDING)

#define EVENT &api__event_post__descriptor
#define RECEIPT &ledger__receipt__descriptor
#define RECEIPTS &api__receipts__descriptor
#define RECORDS &api__records__descriptor
#define RECORD &api__record_view__descriptor
#define ONE "site proof"
#define ONE_THEN ONE " at"
#define SHOWN (OPS_LOGGED | OPS_SLOW)

static const struct ops_entry table[] = {
    /* ---- alarms ---- */
    {"alarm.raise", "POST", "/v1/alarms", MACHINES, ALARMS,
        &record__alarm__descriptor, RECEIPT, NULL,
        "Raise alarms: one, or an array of up to 1000",
        "上报报警:一条,或最多 1000 条的数组", ingest_alarms},
    {"alarm.signed", "POST", "/v1/alarms/signed", MACHINES, ALARMS, EVENT,
        RECEIPT, NULL, "Raise alarms that their sources signed, likewise",
        "上报由数据源签名的报警,数量同上", ingest_signed},
    {"spool.list", "GET", "/v1/spool", OFFICE, OPS_SLOW | OPS_FOLDING, NULL,
        &api__spool__descriptor, "from",
        "Alarms kept until the node may sign them",
        "在节点可以签名之前暂存的报警", reads_spool},
    {"alarm.list", "GET", "/v1/alarms", READERS, SHOWN, NULL, RECORDS,
        READS_PARAMS, "List alarms", "列出报警", reads_alarms},
    {"alarm.get", "GET", "/v1/alarms/{id}", READERS, SHOWN, NULL, RECORD, ONE,
        "Show one alarm with its history", "查看一条报警及其经过", reads_alarm},
    {"alarm.event", "POST", "/v1/alarms/{id}/events", MACHINES, WRITES, EVENT,
        RECEIPT, NULL, "Acknowledge or clear an alarm", "确认或消除报警",
        ingest_alarm_event},
    {"incident.list", "GET", "/v1/incidents", READERS, SHOWN, NULL, RECORDS,
        READS_PARAMS, "List incidents: alarms of one place and time",
        "列出事件：同一地点和时间的报警", reads_incidents},
    {"incident.get", "GET", "/v1/incidents/{id}", READERS, SHOWN, NULL, RECORD,
        ONE, "Show one incident, its alarms and who was told",
        "查看一个事件、其报警及已通知的人员", reads_incident},
    {"incident.event", "POST", "/v1/incidents/{id}/events", OFFICE, WRITES,
        EVENT, RECEIPT, NULL, "Acknowledge an incident", "确认事件",
        ingest_incident},
    {"at.get", "GET", "/v1/at", READERS, SHOWN, NULL, &api__at_view__descriptor,
        "area time window limit site", "What was going on in an area at a time",
        "某区域在某时刻的情况：报警、事件、作业票、人数", reads_at},
    {"kpi.alarms", "GET", "/v1/kpi/alarms", READERS, SHOWN, NULL,
        &api__alarm_kpi__descriptor, READS_KPI_WINDOW,
        "How alarms behaved in a window: rate, floods, chattering, accuracy",
        "某时段的报警指标：频次、泛滥、抖动、准确率", reads_kpi_alarms},
    {"kpi.records", "GET", "/v1/kpi/alarms/{figure}", READERS, SHOWN, NULL,
        &api__kpi_records__descriptor, READS_KPI_WINDOW " part limit cursor",
        "The alarms behind one of these figures", "某项报警指标所依据的报警",
        reads_kpi_records},
    /* ---- permits ---- */
    {"permit.apply", "POST", "/v1/permits", OFFICE, WRITES, EVENT, RECEIPT,
        NULL, "Apply for a work permit", "申请作业票", ingest_permit},
    {"permit.list", "GET", "/v1/permits", READERS, SHOWN, NULL, RECORDS,
        READS_PARAMS, "List work permits", "列出作业票", reads_permits},
    {"permit.get", "GET", "/v1/permits/{id}", READERS, SHOWN, NULL, RECORD, ONE,
        "Show one permit with its history", "查看一张作业票及其经过",
        reads_permit},
    {"permit.event", "POST", "/v1/permits/{id}/events", OFFICE, WRITES, EVENT,
        RECEIPT, NULL, "Gas test, approve, start, suspend, finish ...",
        "气体检测、审批、开始、中止、完工等", ingest_permit},
    /* ---- certificates and credentials ---- */
    {"certificate.issue", "POST", "/v1/certificates", OFFICE, WRITES, EVENT,
        RECEIPT, NULL, "Record a person's certificate", "登记人员证书",
        ingest_certificate},
    {"certificate.list", "GET", "/v1/certificates", READERS, SHOWN, NULL,
        RECORDS, READS_PARAMS, "List certificates", "列出证书",
        reads_certificates},
    {"certificate.get", "GET", "/v1/certificates/{id}", READERS, SHOWN, NULL,
        RECORD, ONE_THEN, "Show one certificate with its history",
        "查看一份证书及其经过", reads_certificate},
    {"certificate.event", "POST", "/v1/certificates/{id}/events", OFFICE,
        WRITES, EVENT, RECEIPT, NULL, "Suspend, reinstate, revoke, review",
        "暂停、恢复、吊销、复审", ingest_certificate},
    {"certificate.publish", "POST", "/v1/certificates/{id}/publish", OFFICE,
        OPS_CREATES | OPS_NO_BODY, NULL, RECEIPT, NULL,
        "Publish a credential to the alliance, without the person",
        "向联盟发布凭证,不含个人信息", ingest_publish},
    {"certificate.present", "POST", "/v1/certificates/{id}/present", OFFICE, 0,
        &api__present_post__descriptor, &record__presentation__descriptor, NULL,
        "Make a presentation for one verifier", "为一个核验方出示凭证",
        ingest_present},
    {"presentation.accept", "POST", "/v1/presentations", OFFICE | OPS_PARTNER,
        WRITES, &record__presentation__descriptor, RECEIPT, NULL,
        "Accept a presentation made for this node", "接收向本节点出示的凭证",
        ingest_presentation},
    {"credential.list", "GET", "/v1/credentials", MEMBERS, SHOWN, NULL, RECORDS,
        READS_PARAMS, "List credentials of all members", "列出各成员的凭证",
        reads_credentials},
    {"credential.get", "GET", "/v1/credentials/{id}", MEMBERS, SHOWN, NULL,
        RECORD, ONE_THEN, "Show one credential with its status",
        "查看一份凭证及其状态", reads_credential},
    {"credential.statuslist", "GET", "/statuslists/{n}", OPS_ANY,
        OPS_TILES | OPS_SLOW, NULL, NULL, "time",
        "Status of all credentials of this node, as a status list token",
        "本节点全部凭证的状态列表令牌", statuslist_get},
    {"decision.ask", "GET", "/v1/decisions", OFFICE | OPS_HQ, OPS_QUEUED, NULL,
        &api__decision_view__descriptor,
        "holder work level area role company identity",
        "May this holder do this work in this area now?",
        "此人现在可否在此区域从事此作业?", decisions_ask},
    {"decision.roster", "POST", "/v1/decisions/roster", OFFICE | OPS_HQ, 0,
        &api__roster_post__descriptor, &api__roster__descriptor, NULL,
        "The same of up to 500 persons for one work",
        "一次判定最多 500 人可否从事同一作业", decisions_roster},
    {"decision.replay", "GET", "/v1/decisions/{id}/replay", READERS, SHOWN,
        NULL, &api__replay__descriptor, "site",
        "Take a recorded decision again from what it went by",
        "按当时依据重算一次已记录的判定", decisions_replay},
    /* ---- cases and intelligence ---- */
    {"case.report", "POST", "/v1/cases", MACHINES, ARRAYS,
        &record__case__descriptor, RECEIPT, NULL,
        "Report accidents, near misses, hazards", "上报事故、未遂事件、隐患",
        ingest_cases},
    {"case.score", "POST", "/v1/cases/scores", MACHINES, WRITES,
        &record__case__descriptor, RECEIPT, NULL,
        "A risk score of a person: holder, model.id, model.score",
        "人员风险评分：holder、model.id、model.score", ingest_score},
    {"case.list", "GET", "/v1/cases", READERS, SHOWN, NULL, RECORDS,
        READS_PARAMS, "List cases", "列出事件", reads_cases},
    {"case.get", "GET", "/v1/cases/{id}", READERS, SHOWN, NULL, RECORD, ONE,
        "Show one case with its history", "查看一个事件及其经过", reads_case},
    {"case.event", "POST", "/v1/cases/{id}/events", OFFICE, WRITES, EVENT,
        RECEIPT, NULL, "Close a case", "关闭事件", ingest_case_event},
    {"intel.draft", "POST", "/v1/intel", OFFICE, WRITES, EVENT, RECEIPT, NULL,
        "Draft, signed, risk intelligence from a record",
        "由记录起草风险情报（须签字）", ingest_intel},
    {"intel.list", "GET", "/v1/intel", MEMBERS, SHOWN, NULL, RECORDS,
        READS_PARAMS, "List risk intelligence", "列出风险情报", reads_intel},
    {"intel.get", "GET", "/v1/intel/{id}", MEMBERS, SHOWN, NULL, RECORD, ONE,
        "Show one item of intelligence", "查看一条风险情报", reads_intel_one},
    {"intel.approve", "POST", "/v1/intel/{id}/approve", OFFICE, WRITES, EVENT,
        RECEIPTS, NULL, "Approve, by a second person, and release",
        "由第二人批准并发布", ingest_intel_approve},
    {"intel.release", "POST", "/v1/intel/{id}/release", OFFICE, WRITES, EVENT,
        RECEIPTS, NULL, "The same as approve", "同批准", ingest_intel_approve},
    /* ---- evidence ---- */
    {"bundle.make", "POST", "/v1/bundles", READERS, OPS_SLOW,
        &config__bundle_request__descriptor, NULL, NULL,
        "Answer a question with an evidence bundle", "以证据包回答问题",
        export_bundle},
    {"proof.get", "GET", "/v1/proof/{log}/{index}", OPS_ANY, 0, NULL, NULL,
        "site generation quorum", "Proof that an entry is in a log",
        "条目在日志中的证明", treeweb_proof},
    {"evidence.checkpoint", "GET", "/evidence/{generation}/checkpoint", OPS_ANY,
        OPS_TILES, NULL, NULL, NULL,
        "Newest signed checkpoint of the evidence log",
        "证据日志最新的签名检查点", treeweb_evidence_checkpoint},
    {"evidence.entries", "GET", "/evidence/{generation}/tile/entries/{rest*}",
        READERS, 0, NULL, NULL, NULL, "Entries of the evidence log",
        "证据日志的条目", treeweb_evidence_tile},
    {"evidence.tile", "GET", "/evidence/{generation}/tile/{rest*}", OPS_ANY,
        OPS_TILES, NULL, NULL, NULL, "Hashes of the evidence log",
        "证据日志的哈希", treeweb_evidence_tile},
    {"alliance.checkpoint", "GET", "/alliance/{generation}/checkpoint", OPS_ANY,
        OPS_TILES, NULL, NULL, NULL,
        "Newest signed checkpoint of the alliance log",
        "联盟日志最新的签名检查点", treeweb_alliance_checkpoint},
    {"alliance.entries", "GET", "/alliance/{generation}/tile/entries/{rest*}",
        MEMBERS, 0, NULL, NULL, NULL, "Entries of the alliance log",
        "联盟日志的条目", treeweb_alliance_tile},
    {"alliance.tile", "GET", "/alliance/{generation}/tile/{rest*}", OPS_ANY,
        OPS_TILES, NULL, NULL, NULL, "Hashes of the alliance log",
        "联盟日志的哈希", treeweb_alliance_tile},
    {"clock.get", "GET", "/v1/clock", OPS_ANY, 0, NULL,
        &config__clock__descriptor, NULL,
        "The node's clock against confirmed time and the members' clocks",
        "本节点时钟与已确认时间、各成员时钟的比较", clocks_get},
    {"clock.admit", "POST", "/v1/clock", OPS_ADMIN, WRITES,
        &config__clock_admit__descriptor, &config__clock__descriptor, NULL,
        "Say that the wall clock is right; recorded time follows it",
        "确认系统时钟正确，入账时间随之前进", clocks_admit},
    {"log.list", "GET", "/v1/logs", OPS_ANY, 0, NULL,
        &config__generations__descriptor, NULL,
        "Generations of this node's logs, and how they follow",
        "本节点日志的各代及其衔接", logs_list},
    {"log.roll", "POST", "/v1/logs", OPS_ADMIN, WRITES,
        &config__roll_request__descriptor, &config__generation__descriptor,
        NULL, "Open the next generation of a log, or admit a loss",
        "开启日志的下一代，或承认丢失", logs_roll},
    {"policy.get", "GET", "/v1/policy", OPS_ANY, 0, NULL, NULL, NULL,
        "A tlog-policy of this node's logs for readers",
        "供读者使用的本节点日志信任策略", health_policy},
    /* ---- live ---- */
    {"event.stream", "GET", "/v1/events", MEMBERS, OPS_LOGGED | OPS_STREAM,
        NULL, NULL, "site kind area level",
        "Live events; Last-Event-ID resumes; alarms not yet signed say "
        "provisional",
        "实时事件;可用 Last-Event-ID 续接;尚未签名的报警带 provisional",
        feed_open},
    {"source.list", "GET", "/v1/sources", MACHINES | OPS_HQ | OPS_REGULATOR,
        OPS_SLOW, NULL, &api__sources__descriptor, "limit cursor",
        "Sources with their gaps and duplicates", "数据源及其缺口和重复",
        reads_sources},
    /* ---- administration ---- */
    {"token.create", "POST", "/v1/tokens", OPS_ADMIN, WRITES,
        &config__token_request__descriptor, &config__token__descriptor, NULL,
        "Make a token; its secret is shown once", "创建令牌;密文只显示一次",
        tokens_create},
    {"token.list", "GET", "/v1/tokens", OPS_ADMIN, 0, NULL,
        &config__token_list__descriptor, NULL, "List tokens", "列出令牌",
        tokens_list},
    {"token.revoke", "DELETE", "/v1/tokens/{id}", OPS_ADMIN, 0, NULL,
        &config__token__descriptor, NULL, "Revoke a token", "吊销令牌",
        tokens_revoke},
    {"actor.enrol", "POST", "/v1/actors", OPS_ADMIN, WRITES, EVENT, RECEIPT,
        NULL, "Enrol or revoke a person's key", "登记或注销人员密钥",
        ingest_actor},
    {"actor.list", "GET", "/v1/actors", READERS, SHOWN, NULL, RECORDS,
        READS_PARAMS, "List persons with keys", "列出持有密钥的人员",
        reads_actors},
    {"access.list", "GET", "/v1/accesses", OPS_ADMIN, OPS_SLOW, NULL, RECORDS,
        READS_PARAMS, "Who has read what", "谁读过什么", reads_accesses},
    {"pack.list", "GET", "/v1/packs", READERS, OPS_SLOW, NULL,
        &api__packs__descriptor, "name",
        "List rule packs; with name that one, whole",
        "列出规则包；给出 name 时显示全文", reads_packs},
    {"pack.activate", "POST", "/v1/packs", OPS_ADMIN, WRITES,
        &api__pack_post__descriptor, RECEIPT, NULL,
        "Activate a rule pack: an entry of the ledger, in force at once",
        "启用规则包：登记入账并立即生效", ingest_pack},
    {"erasure.make", "POST", "/v1/erasures", OPS_ADMIN, WRITES,
        &api__erasure_post__descriptor, RECEIPT, NULL,
        "Erase the body of an event, or some of its fields",
        "擦除事件内容或部分字段", ingest_erasure},
    {"alliance.install", "POST", "/v1/alliance", OPS_ADMIN, WRITES,
        &fed__genesis__descriptor, &config__alliance__descriptor, NULL,
        "Install the genesis of an alliance", "安装联盟创世文件",
        health_alliance_install},
    {"alliance.get", "GET", "/v1/alliance", OPS_ANY, 0, NULL,
        &config__alliance__descriptor, NULL,
        "Members, how they are reached, how far behind",
        "成员、连接情况与落后条数", health_alliance},
    {"status.get", "GET", "/v1/status", OPS_ANY, OPS_FOLDING, NULL,
        &config__status__descriptor, NULL, "How this node is", "节点状态",
        health_status},
    {"health.live", "GET", "/healthz", OPS_OPEN, 0, NULL,
        &config__health__descriptor, NULL, "The process answers", "进程存活",
        health_live},
    {"health.ready", "GET", "/readyz", OPS_OPEN, 0, NULL,
        &config__health__descriptor, NULL, "It takes writes", "可以接受写入",
        health_ready},
    {"health.metrics", "GET", "/metrics", OPS_ANY, OPS_SLOW, NULL, NULL, NULL,
        "Metrics as Prometheus text", "Prometheus 指标", health_metrics},
    {"openapi.get", "GET", "/openapi.json", OPS_OPEN, 0, NULL, NULL, NULL,
        "This interface as OpenAPI 3.1", "本接口的 OpenAPI 3.1 文档",
        health_openapi},
};

const struct ops_entry *
ops_table_all(size_t *len)
{
	*len = sizeof table / sizeof *table;
	return table;
}
