/* zh_table.h - every message and its Chinese, in order. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_ZH_TABLE_H
#define PROTO_ZH_TABLE_H

#include <inttypes.h>

/* X(English, Chinese), ascending by byte value. */
/* clang-format off */
#define ZH_TABLE(X) \
	X("\"%.*s\" is not a number", \
	    "“%.*s”不是数字") \
	X("\"%s\" is not a time of the form %s", \
	    "“%s”不是 %s 形式的时间") \
	X("\"shown\" is not what the slices say", \
	    "“shown”与所披露的字段不符") \
	X("\"shownAnnex\" is not what the slices say", \
	    "“shownAnnex”与所披露的字段不符") \
	X("\"shownAnnex\" without a disclosed annex", \
	    "有“shownAnnex”却未披露附注") \
	X("$.%s.version: give one of 1 to %d bytes, like 2026.1", \
	    "$.%s.version：请给出 1 至 %d 字节的版本，例如 2026.1") \
	X("$.%s: the corrected message is missing", \
	    "$.%s：缺少更正后的消息") \
	X("$.accidents.classes[%zu]: %.40s is there twice", \
	    "$.accidents.classes[%zu]：%.40s 重复") \
	X("$.accidents.classes[%zu]: code, title or titleZh is missing", \
	    "$.accidents.classes[%zu]：缺少 code、title 或 titleZh") \
	X("$.accidents: version, effectiveAt, standard or classes are missing", \
	    "$.accidents：缺少 version、effectiveAt、standard 或 classes") \
	X("$.alliance: missing", \
	    "$.alliance：缺少") \
	X("$.areas: at most %d", \
	    "$.areas：最多 %d 个") \
	X("$.areas[%zu]: expected 1 to %d bytes", \
	    "$.areas[%zu]：长度应为 1 到 %d 字节") \
	X("$.calendar: a date (2026-10-01), a time (22:00), a version or its range is missing or wrong", \
	    "$.calendar：日期（2026-10-01）、时间（22:00）、版本或起止缺失或有误") \
	X("$.codes: each needs a rule of its own, code, clause, level 1 to 3, title and titleZh", \
	    "$.codes：每项须有不重复的 rule，以及 code、clause、level（1 至 3）、title 和 titleZh") \
	X("$.defence.id: %.60s, but it is proposed as %.60s", \
	    "$.defence.id：文本为 %.60s，提案却为 %.60s") \
	X("$.defence.id: 1 to %d of a-z, 0-9 and -", \
	    "$.defence.id：1 至 %d 个 a-z、0-9 或 -") \
	X("$.ended: one for each log key that is replaced", \
	    "$.ended：每个被替换的日志密钥需有一项") \
	X("$.ended[%zu]: size or root is missing", \
	    "$.ended[%zu]：缺少大小或根") \
	X("$.expires: expected a span like 30d", \
	    "$.expires：应为时长，如 30d") \
	X("$.foreignLogs: more than %d", \
	    "$.foreignLogs：超过 %d 项") \
	X("$.former[%zu]: %.200s is a member", \
	    "$.former[%zu]：%.200s 是现任成员") \
	X("$.former[%zu]: not in ascending order", \
	    "$.former[%zu]：未按升序排列") \
	X("$.fromAt: generation %u of the log begins at %s; ask for what is before with generation %u, and for the rest from then on", \
	    "$.fromAt：日志第 %u 代始于 %s；之前的请按第 %u 代索取，其余从该时刻起索取") \
	X("$.fromAt: give a window, or ids", \
	    "$.fromAt：请给出时间窗口或编号") \
	X("$.fromAt: give fromAt and toAt together", \
	    "$.fromAt：fromAt 与 toAt 须同时给出") \
	X("$.grants[%zu]: %s or %s is not a member", \
	    "$.grants[%zu]：%s 或 %s 不是成员") \
	X("$.grants[%zu]: incomplete", \
	    "$.grants[%zu]：不完整") \
	X("$.grants[%zu]: not in ascending order", \
	    "$.grants[%zu]：未按升序排列") \
	X("$.grants[%zu]: only the owner of a log gives it to somebody", \
	    "$.grants[%zu]：只有日志的所有者才能将其授予他人") \
	X("$.grants[%zu]: reader and owner are the same", \
	    "$.grants[%zu]：读者与所有者相同") \
	X("$.head: the first %d bytes of the file", \
	    "$.head：文件的前 %d 字节") \
	X("$.holder: a partner presents by holderRef alone", \
	    "$.holder：合作方只能以 holderRef 出示") \
	X("$.http: %.60s is beyond loopback and would be plain text; set tls_certificate and tls_key, or insecure_listen: true if something in front encrypts", \
	    "$.http：%.60s 超出回环地址且为明文；请设置 tls_certificate 与 tls_key，若前端已加密则设 insecure_listen: true") \
	X("$.identity: its type", \
	    "$.identity：密钥类型") \
	X("$.ids: at most %d", \
	    "$.ids：最多 %d 个") \
	X("$.ids[%zu]: expected a UUID", \
	    "$.ids[%zu]：应为 UUID") \
	X("$.ids[%zu]: no record %s of this kind", \
	    "$.ids[%zu]：没有该类型的记录 %s") \
	X("$.indicators.classes: expected 1 to %d, each with an id of its own, title and titleZh", \
	    "$.indicators.classes：应有 1 到 %d 项，各有不重复的 id 以及 title、titleZh") \
	X("$.indicators.dayOffsetMinutes: missing, over 14 hours, or no quarter of an hour", \
	    "$.indicators.dayOffsetMinutes：缺少、超过 14 小时或不是一刻钟的整数倍") \
	X("$.indicators.indicators: expected 1 to %d", \
	    "$.indicators.indicators：应有 1 到 %d 项") \
	X("$.indicators.indicators[%zu] (%.48s)", \
	    "$.indicators.indicators[%zu]（%.48s）") \
	X("$.indicators.indicators[%zu].id: missing or not of a-z, 0-9 and -", \
	    "$.indicators.indicators[%zu].id：缺少，或含 a-z、0-9、- 以外的字符") \
	X("$.indicators.weighted: the weights add up to %llu, not to %d", \
	    "$.indicators.weighted：权重之和为 %llu，而非 %d") \
	X("$.indicators: name, version or effectiveAt is missing", \
	    "$.indicators：缺少 name、version 或 effectiveAt") \
	X("$.indicators: repeatDays is over 366 or leadMinutes over a week", \
	    "$.indicators：repeatDays 超过 366 或 leadMinutes 超过一周") \
	X("$.kind: access entries are for role admin", \
	    "$.kind：访问记录仅限 admin 角色") \
	X("$.kind: expected alarm, permit, certificate, case, incident, decision, delivery, checklist, points, snapshot, access, erasure or actor", \
	    "$.kind：应为 alarm、permit、certificate、case、incident、decision、delivery、checklist、points、snapshot、access、erasure 或 actor") \
	X("$.logs[%zu]: damaged", \
	    "$.logs[%zu]：已损坏") \
	X("$.members: empty", \
	    "$.members：为空") \
	X("$.members[%zu]: %s: not in ascending order or twice", \
	    "$.members[%zu]：%s：未按升序排列或重复") \
	X("$.name: letters, digits, dots and hyphens only, like plant-a.acme.example", \
	    "$.name：只能用字母、数字、点和连字符，如 plant-a.acme.example") \
	X("$.name: missing", \
	    "$.name：缺少") \
	X("$.name: over %d characters", \
	    "$.name：超过 %d 个字符") \
	X("$.note: at most %d bytes", \
	    "$.note：最多 %d 字节") \
	X("$.operator: the name of who decides is missing, or over %d bytes", \
	    "$.operator：缺少决定人姓名，或超过 %d 字节") \
	X("$.origin: expected the log to close", \
	    "$.origin：应给出要关闭的日志") \
	X("$.papers[%zu]: incomplete", \
	    "$.papers[%zu]：不完整") \
	X("$.papers[%zu]: not in ascending order", \
	    "$.papers[%zu]：未按升序排列") \
	X("$.parts[%zu]: damaged", \
	    "$.parts[%zu]：已损坏") \
	X("$.past[%zu]: %.200s is no member, or not in ascending order", \
	    "$.past[%zu]：%.200s 不是成员，或未按升序排列") \
	X("$.peerLimits[%zu].member: whose?", \
	    "$.peerLimits[%zu].member：哪个成员？") \
	X("$.places: each needs area, longitude, latitude and radiusM (up to 10000)", \
	    "$.places：每项须有 area、longitude、latitude 和 radiusM（不超过 10000）") \
	X("$.profiles.members[%zu]: %.60s is there twice", \
	    "$.profiles.members[%zu]：%.60s 重复") \
	X("$.profiles.members[%zu]: member is missing", \
	    "$.profiles.members[%zu]：缺少 member") \
	X("$.profiles: version or effectiveAt is missing", \
	    "$.profiles：缺少 version 或 effectiveAt") \
	X("$.reason: missing, or over %d bytes", \
	    "$.reason：缺失，或超过 %d 字节") \
	X("$.reason: say in at most %d bytes how you know", \
	    "$.reason：请用不超过 %d 字节说明依据") \
	X("$.recordId: differs from the id in the path", \
	    "$.recordId：与路径中的编号不同") \
	X("$.release.budget.recipients[%zu]: owner and items are needed", \
	    "$.release.budget.recipients[%zu]：须有 owner 和 items") \
	X("$.release.budget: items and periodDays (up to 3650) are needed", \
	    "$.release.budget：须有 items 和 periodDays（最大 3650）") \
	X("$.release.k: 3 companies at the least, 1000 at the most", \
	    "$.release.k：至少 3 家企业，至多 1000") \
	X("$.release.tagForms[%zu]: at least three characters", \
	    "$.release.tagForms[%zu]：至少三个字符") \
	X("$.release.time: day, week, month, quarter or year", \
	    "$.release.time：应为 day、week、month、quarter 或 year") \
	X("$.release.under[%zu]: field is missing", \
	    "$.release.under[%zu]：缺少 field") \
	X("$.release.veil: slotMs is 100 to 3600000, holdMinutes up to 10080", \
	    "$.release.veil：slotMs 应为 100 至 3600000，holdMinutes 不超过 10080") \
	X("$.release: linkDays and validDays are up to 3650", \
	    "$.release：linkDays 和 validDays 最大 3650") \
	X("$.retention: effectiveAt, basis or classes (up to %d) are missing", \
	    "$.retention：缺少 effectiveAt、basis 或 classes（最多 %d 个）") \
	X("$.role: expected PLANT, HQ, PARTNER or REGULATOR", \
	    "$.role：应为 PLANT、HQ、PARTNER 或 REGULATOR") \
	X("$.role: expected ingest, operator, hq, regulator, partner or admin", \
	    "$.role：应为 ingest、operator、hq、regulator、partner 或 admin") \
	X("$.show: at most %d", \
	    "$.show：最多 %d 个") \
	X("$.show[%zu]: of erasures only origin, index, fields, more, retention, goesOn, request and wrong are for everybody; the rest is for role admin", \
	    "$.show[%zu]：删除记录仅 origin、index、fields、more、retention、goesOn、request、wrong 对所有人可见；其余仅限 admin 角色") \
	X("$.site: only %.100s itself can bind an answer about its log; ask that node", \
	    "$.site：只有 %.100s 自己能为其日志出具有约束力的答复；请向该节点索取") \
	X("$.target: missing", \
	    "$.target：缺少") \
	X("$.targets: more than %d", \
	    "$.targets：超过 %d 个") \
	X("$.text: give either the text of a pack or the name of a version", \
	    "$.text：应给出规则包全文或版本名称之一") \
	X("$.text: too big", \
	    "$.text：过大") \
	X("$.timeEpoch: this log has %u", \
	    "$.timeEpoch：该日志共有 %u 个时间纪元") \
	X("$.tlsCertificate: give tls_certificate and tls_key together", \
	    "$.tlsCertificate：tls_certificate 与 tls_key 须同时给出") \
	X("$.to: which member is it for?", \
	    "$.to：文件给哪个成员？") \
	X("$.toAt: not after fromAt", \
	    "$.toAt：不晚于 fromAt") \
	X("$.voteQuorum: must be %zu to %zu", \
	    "$.voteQuorum：必须为 %zu 至 %zu") \
	X("$.witnessQuorum: must be 1 to %zu", \
	    "$.witnessQuorum：应为 1 到 %zu") \
	X("$.witnesses: more than %d", \
	    "$.witnesses：超过 %d 项") \
	X("$.work.%s[%zu]", \
	    "$.work.%s[%zu]") \
	X("$.work.booking: rights name nobody who may BOOK", \
	    "$.work.booking：rights 中没有可预约（BOOK）的人员") \
	X("$.work.rights: nobody may SUSPEND at some level", \
	    "$.work.rights：有级别无人可暂停作业（SUSPEND）") \
	X("$.work: a name, a date or a limit is missing", \
	    "$.work：缺少名称、日期或限值") \
	X("$.work: alarmLevel is 1 to 3, lelSplit not negative", \
	    "$.work：alarmLevel 应为 1 至 3，lelSplit 不得为负") \
	X("$.work: levels, rights, classes or alarmKinds are missing", \
	    "$.work：缺少 levels、rights、classes 或 alarmKinds") \
	X("$.work: more than %d steps or %d measures", \
	    "$.work：步骤超过 %d 个或措施超过 %d 条") \
	X("$: at most %d items", \
	    "$：最多 %d 项") \
	X("$: give either noticeId or all", \
	    "$：请给出 noticeId 或 all 之一") \
	X("$: larger than %u bytes", \
	    "$：超过 %u 字节") \
	X("$: not YAML (byte %zu)", \
	    "$：不是 YAML（第 %zu 字节）") \
	X("$: nothing there", \
	    "$：没有内容") \
	X("$: out of memory", \
	    "$：内存不足") \
	X("$: the list is empty", \
	    "$：列表为空") \
	X("$: unknown field", \
	    "$：未知字段") \
	X("%.100s does not say which log it follows", \
	    "%.100s 未说明接续哪个日志") \
	X("%.100s has another key here", \
	    "%.100s 在此处的密钥不同") \
	X("%.100s has forked: nothing more of it is taken", \
	    "%.100s 已分叉：不再接收其内容") \
	X("%.100s is no log of a member", \
	    "%.100s 不是成员的日志") \
	X("%.100s is not a node's directory (no %s); make one: lianfang init --dir DIR --name NAME --role ROLE", \
	    "%.100s 不是节点目录（没有 %s）；请创建：lianfang init --dir 目录 --name 名称 --role 角色") \
	X("%.100s is not known here", \
	    "本节点不认识 %.100s") \
	X("%.100s is said to end at %llu, but %llu were signed, or another root: it has forked", \
	    "%.100s 称止于 %llu，但已签署 %llu 条，或根不同：其日志已分叉") \
	X("%.100s spoke of the log of %.100s", \
	    "%.100s 提到了 %.100s 的日志") \
	X("%.100s was closed at %llu and signed %llu: it has forked", \
	    "%.100s 已在 %llu 处关闭，却又签署到 %llu：其日志已分叉") \
	X("%.100s was closed twice: it has forked", \
	    "%.100s 被关闭两次：其日志已分叉") \
	X("%.100s: bad member name", \
	    "%.100s：成员文件名不合规") \
	X("%.100s: does not unpack as stated", \
	    "%.100s：解包结果与声明不符") \
	X("%.100s: generation 1 follows no log", \
	    "%.100s：第 1 代不接续任何日志") \
	X("%.100s: identity, witness, session, evidence or alliance", \
	    "%.100s：应为 identity、witness、session、evidence 或 alliance") \
	X("%.100s: more than %d checkpoints a second", \
	    "%.100s：每秒超过 %d 个检查点") \
	X("%.100s: named twice", \
	    "%.100s：名称重复") \
	X("%.100s: only generation 1 has no predecessor", \
	    "%.100s：只有第 1 代没有前一代") \
	X("%.100s: too large", \
	    "%.100s：过大") \
	X("%.10s: it is not counted from the beginning of the month, nor is it shown that the log began then", \
	    "%.10s：未从月初计起，也未证明日志始于该时") \
	X("%.120s is no member any more: it left or was expelled; the others do not talk to it", \
	    "%.120s 已不是成员：已退出或被除名；其他成员不再与其通信") \
	X("%.120s is no member of this alliance; ask for a genesis that has this node's card", \
	    "%.120s 不是该联盟成员；请索取含本节点名片的创世文件") \
	X("%.150s is over %zu bytes", \
	    "%.150s 超过 %zu 字节") \
	X("%.150s: not written", \
	    "%.150s：未写入") \
	X("%.200s is a member already", \
	    "%.200s 已是成员") \
	X("%.200s is not a member", \
	    "%.200s 不是成员") \
	X("%.200s is not a member and cannot propose", \
	    "%.200s 不是成员，不能提案") \
	X("%.200s was a member once: a name is used once, join under another one", \
	    "%.200s 曾是成员：名称只能使用一次，请以其他名称加入") \
	X("%.200s: %s, %s; lianfang verify says why", \
	    "%.200s：%s，%s；原因见 lianfang verify") \
	X("%.40s: bad escape or text", \
	    "%.40s：转义或文本有误") \
	X("%.40s: given twice", \
	    "%.40s：重复") \
	X("%.40s: no such parameter here", \
	    "%.40s：此处没有该参数") \
	X("%.40s: nothing asks for this role; known are:%s", \
	    "%.40s：没有任何规则使用该角色；可用的有：%s") \
	X("%.40s: too long", \
	    "%.40s：过长") \
	X("%.48s: no such indicator in force; lianfang indicator list shows all", \
	    "%.48s：没有生效的此项指标；lianfang indicator list 列出全部") \
	X("%.64s: a permit has no such field", \
	    "%.64s：作业票没有该字段") \
	X("%.64s: at least %u months%s%s are kept (%.120s); it says %u", \
	    "%.64s：至少保存 %u 个月%s%s（%.120s）；此处为 %u") \
	X("%.64s: ends: of these only PERSONAL fields end", \
	    "%.64s：ends：此类记录只有个人信息字段（PERSONAL）到期删除") \
	X("%.64s: media are kept at least %u days (%.120s)", \
	    "%.64s：媒体至少保存 %u 天（%.120s）") \
	X("%.64s: missing; by %.80s it has a term", \
	    "%.64s：缺失；依 %.80s 有法定期限") \
	X("%.64s: no step before this one, nor an action", \
	    "%.64s：不是此前的步骤，也不是动作") \
	X("%.64s: personal: %.64s is missing", \
	    "%.64s：personal 缺少 %.64s") \
	X("%.64s: there is no such condition", \
	    "%.64s：没有该条件") \
	X("%.80s holds another history that is signed by the same key", \
	    "%.80s 持有由同一密钥签名的另一份历史") \
	X("%.80s is in use; stop what uses it, or give another address in node.yaml (port 0 picks a free one)", \
	    "%.80s 已被占用；请停止占用它的程序，或在 node.yaml 中换一个地址（端口 0 自动选取）") \
	X("%.80s proves %llu entries, %llu are held here and nobody who can be asked now has the rest", \
	    "%.80s 证明共有 %llu 条，本节点持有 %llu 条，目前可询问的成员均无其余条目") \
	X("%.80s: letters, digits, . - _ only", \
	    "%.80s：只能用字母、数字和 . - _") \
	X("%.80s: no rule of joint defence, neither proposed nor in force", \
	    "%.80s：没有该提案或现行的联防规则") \
	X("%.80s: no such version here; lianfang pack list shows all", \
	    "%.80s：本节点没有该版本；lianfang pack list 可列出全部") \
	X("%.80s: not allowed; ports below 1024 need a right, choose a higher one in node.yaml", \
	    "%.80s：不被允许；1024 以下端口需要权限，请在 node.yaml 中换更大的端口") \
	X("%.80s: not in the bundle", \
	    "%.80s：不在证据包中") \
	X("%.80s: that text of the rule pack is not here", \
	    "%.80s：此处没有该规则包文本") \
	X("%.90s admits %" PRIu64 " entries of %" PRIu64 " signed before", \
	    "%.90s 只承认 %" PRIu64 " 条，此前已签 %" PRIu64 " 条") \
	X("%.90s follows %.90s", \
	    "%.90s 接续的是 %.90s") \
	X("%.90s is not the generation after %.90s", \
	    "%.90s 不是 %.90s 的下一代") \
	X("%.90s names another root at %" PRIu64, \
	    "%.90s 在 %" PRIu64 " 处给出另一个根") \
	X("%d tests are under way", \
	    "已有 %d 个测试在进行") \
	X("%" PRIu64 " neither used nor free, should be %" PRIu64 "; first %" PRIu64, \
	    "%" PRIu64 " 页既未使用也非空闲，应为 %" PRIu64 "；首页 %" PRIu64) \
	X("%" PRIu64 " pages, should be %" PRIu64, \
	    "%" PRIu64 " 页，应为 %" PRIu64) \
	X("%" PRIu64 " rows of the copy are not the %" PRIu64 " of the store", \
	    "副本的 %" PRIu64 " 行与存储的 %" PRIu64 " 行不符") \
	X("%" PRIu64 " rows, should be %" PRIu64, \
	    "%" PRIu64 " 行，应为 %" PRIu64) \
	X("%" PRIu64 " to %" PRIu64, \
	    "%" PRIu64 " 至 %" PRIu64) \
	X("%s and %s lie one in the other: keep the keys apart, or an erasure is undone by whoever gets both", \
	    "%s 与 %s 互相包含：密钥须分开保管，否则得到两者的人可使清除失效") \
	X("%s does not decode", \
	    "%s 无法解码") \
	X("%s ends at byte %llu, before its end; what came before was taken: copy the file again and import it again", \
	    "%s 在字节 %llu 处中断，并不完整；此前的内容已导入：请重新复制文件并再次导入") \
	X("%s entries of the ids in manifest.json, every field", \
	    "manifest.json 所列编号的 %s 条目，全部字段") \
	X("%s entries of the ids, only the fields in manifest.json", \
	    "所列编号的 %s 条目，仅 manifest.json 所列字段") \
	X("%s has a key here already (%s); take another name, or revoke the person first", \
	    "%s 在此已有密钥（%s）；请换一个名字，或先注销此人") \
	X("%s has another text already; a version is never changed: give this text a version of its own", \
	    "%s 已有另一文本；版本一经使用不得更改：请为该文本另定版本号") \
	X("%s has forked", \
	    "%s 的日志已分叉") \
	X("%s has no field %u", \
	    "%s 没有字段 %u") \
	X("%s has no key here; enrol with: lianfang --dir %s actor add %s --role ROLE", \
	    "%s 在此没有密钥；请登记：lianfang --dir %s actor add %s --role 角色") \
	X("%s has no valid redo.0 or redo.1: copy them with data.mdb or restore a backup", \
	    "%s 没有有效的 redo.0 或 redo.1：请与 data.mdb 一并复制，或恢复备份") \
	X("%s holds a backup of %s: give %s a place of its own", \
	    "%s 中是 %s 的备份：请为 %s 另选位置") \
	X("%s holds a node already", \
	    "%s 中已有节点") \
	X("%s holds a node that was not finished, or lost its file \"site\": put that back from a backup; only if init was interrupted, remove all and begin again", \
	    "%s 中的节点未创建完成，或丢失了文件 \"site\"：请从备份放回；仅当 init 中断时才全部删除并重新开始") \
	X("%s holds no node; make one with: lianfang init", \
	    "%s 中没有节点；请创建：lianfang init") \
	X("%s holds the keys of %s, not of %s", \
	    "%s 中是 %s 的密钥，而非 %s 的") \
	X("%s is being made a node by another process: see what that one says", \
	    "%s 正由另一进程创建为节点：请看该进程的输出") \
	X("%s is being restored", \
	    "%s 正在恢复") \
	X("%s is cut short", \
	    "%s 被截断") \
	X("%s is damaged", \
	    "%s 已损坏") \
	X("%s is damaged at byte %llu: %s", \
	    "%s 在字节 %llu 处损坏：%s") \
	X("%s is empty", \
	    "%s 为空") \
	X("%s is forked: the backup holds other entries of it below %" PRIu64 " than this node, under its own signature; keep both, begin anew in another place, and find out which copy signed the other", \
	    "%s 已分叉：备份中在 %" PRIu64 " 之前的条目与本节点不同，且均有本节点签名；请两者都保留，另选位置重新开始备份，并查明是哪个副本签署的") \
	X("%s is in use by process %s; stop it first", \
	    "%s 正被进程 %s 使用；请先停止") \
	X("%s is missing", \
	    "缺少 %s") \
	X("%s is missing without a reason", \
	    "缺少 %s 且未说明原因") \
	X("%s is no other member of the alliance", \
	    "%s 不是联盟的其他成员") \
	X("%s is not a member", \
	    "%s 不是成员") \
	X("%s is not a member of the alliance", \
	    "%s 不是联盟成员") \
	X("%s is not empty: a restore makes a directory of its own; one that was interrupted is removed first", \
	    "%s 非空：恢复需要新的目录；若上次恢复被中断，请先删除该目录") \
	X("%s is not signed by the identity key in %s: it is of %s, or of another time of this node", \
	    "%s 不是由 %s 中的身份密钥签名：它属于 %s，或属于本节点的另一时期") \
	X("%s is not signed by the identity key of %s: keep it and begin anew in another place", \
	    "%s 不是由 %s 的身份密钥签名：请予保留，另选位置重新开始") \
	X("%s is not the log that goes on here, that is %s", \
	    "%s 不是本节点当前的日志，当前为 %s") \
	X("%s is of an older version: start the node once", \
	    "%s 属于旧版本：请先启动一次节点") \
	X("%s is of another version", \
	    "%s 属于另一版本") \
	X("%s is open already", \
	    "%s 已打开") \
	X("%s is the node itself", \
	    "%s 就是节点目录本身") \
	X("%s is too long", \
	    "%s 过长") \
	X("%s must be restored, but another process reads it: end that first", \
	    "%s 需要恢复，但另一进程正在读取：请先结束它") \
	X("%s number %" PRIu64 ", recorded %s, %s", \
	    "%s 第 %" PRIu64 " 号，记录于 %s，%s") \
	X("%s signed a tree of no entries that has a root: it has forked", \
	    "%s 对没有任何条目的树签出了非空的根：该日志已分叉") \
	X("%s signed a tree of size %llu that is not ours: it has forked", \
	    "%s 签署的大小为 %llu 的树与本节点所持不符：其日志已分叉") \
	X("%s signed two trees of size %llu: it has forked", \
	    "%s 对大小 %llu 签署了两棵不同的树：其日志已分叉") \
	X("%s signed two trees of size %llu: this is a restored copy, and others hold the other history; put back the newest copy there is", \
	    "%s 签署过两棵大小为 %llu 的树：这是恢复出来的旧副本，其他成员持有另一段历史；请放回现有的最新副本") \
	X("%s was written by a newer version: install that version to open it", \
	    "%s 由更新的版本写入：请安装该版本后再打开") \
	X("%s was written to meanwhile", \
	    "%s 其间已被写入") \
	X("%s, frame at byte %llu", \
	    "%s，字节 %llu 处的帧") \
	X("%s, which holds alarms that are in no log; moved away, the node starts without them", \
	    "%s 保存着尚未进入任何日志的报警；移走它后节点可启动，但没有这些报警") \
	X("%s.damaged-%u exists: remove old ones", \
	    "%s.damaged-%u 已存在：请移除旧的") \
	X("%s.nodes[%zu]: %.40s is there twice", \
	    "%s.nodes[%zu]：%.40s 重复") \
	X("%s.nodes[%zu]: %.40s lies deeper than the levels, or belongs to itself", \
	    "%s.nodes[%zu]：%.40s 超出层级，或属于自身") \
	X("%s.nodes[%zu]: name is missing, too long, or has a slash", \
	    "%s.nodes[%zu]：name 缺失、过长或含斜杠") \
	X("%s.nodes[%zu]: there is no parent %.40s", \
	    "%s.nodes[%zu]：没有上级 %.40s") \
	X("%s.prefixes[%zu]: they ascend, up to 16", \
	    "%s.prefixes[%zu]：须递增，最大 16") \
	X("%s/data.mdb is older than its redo.*: both must come from the same backup", \
	    "%s/data.mdb 比其 redo.* 旧：二者须来自同一备份") \
	X("%s: %.40s has a tree already", \
	    "%s：%.40s 已有层级树") \
	X("%s: %llu entries were signed and %llu are held here; fetch the rest, or admit the loss", \
	    "%s：已签署 %llu 条，本节点持有 %llu 条；请取回其余部分，或承认丢失") \
	X("%s: %" PRIu64 " of %" PRIu64 " rows taken over", \
	    "%s：取用 %" PRIu64 " 行，原有 %" PRIu64 " 行") \
	X("%s: %" PRIu64 " rows taken over; how many there were is lost", \
	    "%s：取用 %" PRIu64 " 行；原有行数不明") \
	X("%s: %s", \
	    "%s：%s") \
	X("%s: %zu bytes", \
	    "%s：%zu 字节") \
	X("%s: %zu entries pass the checkpoint", \
	    "%s：%zu 条超出检查点") \
	X("%s: 1 to %zu bytes, none of them a control character", \
	    "%s：1 至 %zu 字节，不得含控制字符") \
	X("%s: a certificate has no area: it needs scope SITE", \
	    "%s：证书没有区域，须用 scope SITE") \
	X("%s: a certificate has no such field", \
	    "%s：证书没有该字段") \
	X("%s: a frame is too long", \
	    "%s：帧过长") \
	X("%s: a frame of %" PRIu32 " bytes at byte %" PRIu64, \
	    "%s：%" PRIu32 " 字节的帧，位于第 %" PRIu64 " 字节") \
	X("%s: a log's next key comes with its next generation", \
	    "%s：日志的新密钥须随其下一代启用") \
	X("%s: a meta page is damaged and may have been the newest: restore a backup", \
	    "%s：一个元数据页受损，且可能是最新的：请恢复备份") \
	X("%s: acknowledged up to %llu", \
	    "%s：已确认到 %llu") \
	X("%s: another checkpoint of size %" PRIu64 " is held", \
	    "%s：已持有另一个大小为 %" PRIu64 " 的检查点") \
	X("%s: at byte %llu: %s", \
	    "%s：字节 %llu 处：%s") \
	X("%s: at most %d", \
	    "%s：最多 %d 项") \
	X("%s: checkpoint", \
	    "%s：检查点") \
	X("%s: checkpoint of another log", \
	    "%s：属于另一日志的检查点") \
	X("%s: cut short", \
	    "%s：被截断") \
	X("%s: damaged", \
	    "%s：已损坏") \
	X("%s: damaged; put it back as it was, or remove it: the node then signs nothing before admit-loss, and cosigns nothing any more", \
	    "%s：已损坏；请恢复原文件，或将其删除：此后节点在 admit-loss 之前不签署任何内容，也不再联署") \
	X("%s: does not open", \
	    "%s：无法解密") \
	X("%s: duplicate key", \
	    "%s：键重复") \
	X("%s: ends within a frame", \
	    "%s：在帧内中断") \
	X("%s: entries are missing", \
	    "%s：缺少条目") \
	X("%s: entries from %" PRIu64 " on, after %" PRIu64, \
	    "%s：条目自 %" PRIu64 " 起，而此前只到 %" PRIu64) \
	X("%s: entries from %" PRIu64 ", the replica has %" PRIu64, \
	    "%s：条目从 %" PRIu64 " 开始，副本已有 %" PRIu64 " 条") \
	X("%s: entry %" PRIu64, \
	    "%s：条目 %" PRIu64) \
	X("%s: entry %" PRIu64 " is missing or damaged: lianfang repair asks the members for it; back up after that", \
	    "%s：条目 %" PRIu64 " 缺失或损坏：请先用 lianfang repair 向成员取回，然后再备份") \
	X("%s: expected %u to %u", \
	    "%s：应为 %u 到 %u") \
	X("%s: expected 1 or 0", \
	    "%s：应为 1 或 0") \
	X("%s: expected one line", \
	    "%s：应为一行") \
	X("%s: expected tcp://HOST:PORT", \
	    "%s：应为 tcp://主机:端口") \
	X("%s: field is industry, region, capacity, substance or equipment", \
	    "%s：field 应为 industry、region、capacity、substance 或 equipment") \
	X("%s: frame at byte %" PRIu64, \
	    "%s：第 %" PRIu64 " 字节处的帧") \
	X("%s: goes on after its end", \
	    "%s：结尾之后仍有内容") \
	X("%s: its %" PRIu64 " entries do not make the root that was signed", \
	    "%s：其 %" PRIu64 " 条条目与已签名的根不符") \
	X("%s: its bytes are not those that were written", \
	    "%s：内容与写入时不符") \
	X("%s: its end is missing", \
	    "%s：缺少结尾") \
	X("%s: its last size and root are not said", \
	    "%s：未说明其最后的大小和根") \
	X("%s: its newest entries are under no checkpoint", \
	    "%s：最新条目没有检查点") \
	X("%s: its verifier key is not known", \
	    "%s：验证公钥未知") \
	X("%s: join, leave, expel, role, endpoint, keys, quorum, grants, agreement, pack, release, rule or rule-end", \
	    "%s：应为 join、leave、expel、role、endpoint、keys、quorum、grants、agreement、pack、release、rule 或 rule-end") \
	X("%s: key algorithm 0x%02x is not supported", \
	    "%s：不支持密钥算法 0x%02x") \
	X("%s: levels are missing, or finest or prefixes are none of them", \
	    "%s：缺少 levels，或 finest、prefixes 不在其中") \
	X("%s: looser than the standard's; a deviation needs reason, decidedBy and untilAt", \
	    "%s：低于标准要求；偏差须注明 reason、decidedBy 和 untilAt") \
	X("%s: must be tcp://", \
	    "%s：须以 tcp:// 开头") \
	X("%s: no head", \
	    "%s：没有卷首") \
	X("%s: no identity key", \
	    "%s：不是身份密钥") \
	X("%s: no proof that %llu extends %llu", \
	    "%s：没有证明 %llu 是 %llu 的延续") \
	X("%s: no replica", \
	    "%s：没有副本") \
	X("%s: no such table: an older version wrote this store; start the node once", \
	    "%s：没有此表：该存储由更早版本写成；请先启动一次节点") \
	X("%s: node block missing or cut short", \
	    "%s：节点块缺失或被截断") \
	X("%s: not JSON (line %d, column %d)", \
	    "%s：不是 JSON（第 %d 行第 %d 列）") \
	X("%s: not a key", \
	    "%s：不是密钥") \
	X("%s: not a part of a backup", \
	    "%s：不是备份分卷") \
	X("%s: nothing is wanted there", \
	    "%s：此处不需要参数") \
	X("%s: number is out of range", \
	    "%s：数值超出范围") \
	X("%s: one of alarms, permits, certificates or wind", \
	    "%s：须为 alarms、permits、certificates、wind 之一") \
	X("%s: out of range or too long", \
	    "%s：超出范围或过长") \
	X("%s: page %u", \
	    "%s：第 %u 页") \
	X("%s: page 0: page size", \
	    "%s：第 0 页：页大小不对") \
	X("%s: plant, hq, partner or regulator", \
	    "%s：应为 plant、hq、partner 或 regulator") \
	X("%s: rows of it were lost: lianfang repair --status", \
	    "%s：其中有行丢失：见 lianfang repair --status") \
	X("%s: something follows its end at byte %llu; what came before was taken", \
	    "%s：字节 %llu 处的结尾之后还有内容；此前的内容已导入") \
	X("%s: text contains a NUL character", \
	    "%s：文本含 NUL 字符") \
	X("%s: text is not valid UTF-8", \
	    "%s：文本不是有效的 UTF-8") \
	X("%s: the copy takes %" PRIu64 " MiB and %" PRIu64 " MiB are free", \
	    "%s：副本需要 %" PRIu64 " MiB，剩余 %" PRIu64 " MiB") \
	X("%s: the last frame of redo.* is damaged: transaction %" PRIu64 " is missing; restore a backup", \
	    "%s：redo.* 的最后一帧已损坏：缺少事务 %" PRIu64 "；请恢复备份") \
	X("%s: the parts end otherwise than its manifest says", \
	    "%s：分卷的结尾与清单不符") \
	X("%s: the text is not the one that was activated", \
	    "%s：文本与启用时的不一致") \
	X("%s: there already; a key is never overwritten", \
	    "%s：已存在；密钥从不覆盖") \
	X("%zu cosignatures: %.120s; newest %s; not: %.90s", \
	    "%zu 个联署：%.120s；最新 %s；缺：%.90s") \
	X("%zu cosignatures: %.200s; newest %s", \
	    "%zu 个联署：%.200s；最新 %s") \
	X("%zu entries came back without their bodies", \
	    "取回的 %zu 条条目缺少正文") \
	X("%zu entries without a gap from event %" PRIu32 " on; that the events before stand in an earlier generation of the log, and that none follows, is only asserted", \
	    "%zu 条，自事件 %" PRIu32 " 起中间无缺失；之前的事件在日志的前一代、其后再无条目，均仅为声称") \
	X("%zu entries without a gap; that none follows is only asserted", \
	    "%zu 条，中间无缺失；其后再无条目仅为声称") \
	X("%zu entries, the manifest promises %zu", \
	    "共 %zu 条，清单承诺 %zu 条") \
	X("%zu members, all accounted for", \
	    "%zu 个文件，全部有据可查") \
	X("%zu of %zu fields shown, as the leaf commits to", \
	    "%2$zu 个字段中披露 %1$zu 个，与叶的承诺一致") \
	X("'#lianfang': only max-age is known here", \
	    "'#lianfang'：此处只认识 max-age") \
	X("'%.100s' is a member already", \
	    "“%.100s”已是成员") \
	X("'%.40s' is no policy line with %zu words", \
	    "“%.40s”不是 %zu 个词的策略行") \
	X("'%s' is a cosigner's key, not a log's", \
	    "“%s”是联署密钥，不是日志密钥") \
	X("--for: nobody enrolled here is called \"%.80s\"", \
	    "--for：此处未登记名为“%.80s”的人员") \
	X("--grant %s: READER:OWNER, two members' names", \
	    "--grant %s：应为 读者:所有者，即两个成员名称") \
	X("Ed25519 key has %zu bytes instead of %d", \
	    "Ed25519 密钥为 %zu 字节，应为 %d") \
	X("Ed25519 signature has %zu bytes instead of %d", \
	    "Ed25519 签名为 %zu 字节，应为 %d") \
	X("HEADS contradicts its own place in the log", \
	    "HEADS 与其自身在日志中的位置矛盾") \
	X("HEADS contradicts the entries of kind %u", \
	    "HEADS 与类型 %u 的条目矛盾") \
	X("HEADS is not in order", \
	    "HEADS 未按顺序") \
	X("HEADS was written before the window's end", \
	    "HEADS 写于窗口结束之前") \
	X("HEADS was written for another question than this manifest states", \
	    "HEADS 对应的问题与本清单所述不同") \
	X("HEADS was written for just this question, of %.60s for %.60s", \
	    "HEADS 正是为此问题写入（%.60s，用途：%.60s）") \
	X("LATE, it moved nothing", \
	    "LATE，迟到，未改变状态") \
	X("LOG_START", \
	    "LOG_START") \
	X("LOG_START must be first and only first", \
	    "LOG_START 须且只能是第一条") \
	X("LOG_START of %.100s says another end of %.100s than its succession", \
	    "%.100s 的 LOG_START 所述 %.100s 的终点与其接续声明不同") \
	X("Last-Event-ID: not an id of this node", \
	    "Last-Event-ID：不是本节点的编号") \
	X("NOT_APPLIED, it moved nothing", \
	    "NOT_APPLIED，未改变状态") \
	X("README.txt is not the known text", \
	    "README.txt 不是规定的文本") \
	X("SEQ_CONFLICT", \
	    "SEQ_CONFLICT，序号冲突") \
	X("SHA-256 of %s", \
	    "%s 的 SHA-256") \
	X("URL", \
	    "URL") \
	X("[%zu].atMost: beyond withinSeconds, where nothing counts", \
	    "[%zu].atMost：超出 withinSeconds，之后的事不计入") \
	X("[%zu].field: missing", \
	    "[%zu].field：缺少") \
	X("[%zu].is: more than %d words", \
	    "[%zu].is：超过 %d 个词") \
	X("[%zu]: `is` goes with words, atLeast and atMost with numbers, `absent` with neither", \
	    "[%zu]：`is` 用于文字，atLeast、atMost 用于数值，`absent` 不与它们同用") \
	X("a %.60s under a leaf of kind %s", \
	    "类型为 %2$s 的叶下是 %1$.60s") \
	X("a batch signature of %zu bytes is too short", \
	    "%zu 字节的批量签名过短") \
	X("a branch is before the one above it", \
	    "分支在其上层分支之前") \
	X("a branch is behind the one above it", \
	    "分支在其上层分支之后") \
	X("a branch of one", \
	    "分支只有一项") \
	X("a branch was expected", \
	    "此处应为分支页") \
	X("a bundle that is cut short", \
	    "证据包被截断") \
	X("a card is missing", \
	    "缺少名片") \
	X("a challenge is %d characters of hexadecimal: cert challenge at the verifier", \
	    "质询为 %d 个十六进制字符：由核验方 cert challenge 出具") \
	X("a change is damaged", \
	    "一处变更已损坏") \
	X("a change of this kind has other fields", \
	    "此类变更应有其他字段") \
	X("a checkpoint has lines for origin, size and root", \
	    "检查点应有来源、大小、根三行") \
	X("a checkpoint of '%s' signed by '%s'", \
	    "“%s”的检查点由“%s”签名") \
	X("a checkpoint of more than %d bytes", \
	    "检查点超过 %d 字节") \
	X("a column of the map has no field", \
	    "映射中有一列没有字段") \
	X("a commitment is not 32 bytes", \
	    "承诺不是 32 字节") \
	X("a covered entry is missing", \
	    "缺少被覆盖的条目") \
	X("a covered node is missing", \
	    "缺少被覆盖的节点") \
	X("a deadline needs code, warnLevel and breachLevel 1 to 3", \
	    "有时限时须给出 code、warnLevel 和 breachLevel（1 到 3）") \
	X("a delivery needs a target and what it tells of", \
	    "通知记录须有对象及其所述事项") \
	X("a field number is out of range", \
	    "字段号超出范围") \
	X("a field tag is no minimal varint", \
	    "字段标签不是最短变长整数") \
	X("a file named \"%s\"", \
	    "名为“%s”的文件") \
	X("a frame ends early", \
	    "帧提前结束") \
	X("a gas needs a name, a unit, and min or max", \
	    "气体须有名称、单位及 min 或 max") \
	X("a gate's code of version %u; this node knows 1", \
	    "门禁码版本为 %u；本节点只支持 1") \
	X("a group of %zu cannot need %zu of them", \
	    "%zu 个成员的组不能要求其中 %zu 个") \
	X("a header is malformed or given twice", \
	    "某个请求头格式错误或重复") \
	X("a key is before its branch's", \
	    "键在其分支的键之前") \
	X("a key is behind its branch's", \
	    "键在其分支的键之后") \
	X("a key must be a plain word or string", \
	    "键应为普通单词或字符串") \
	X("a key name is 1 to %d bytes without space or '+'", \
	    "密钥名称为 1 到 %d 字节，不含空格或“+”") \
	X("a key of the new card was replaced once: no key comes back", \
	    "新卡片中的一个密钥曾被替换：密钥不得重新启用") \
	X("a key served for something else before", \
	    "密钥此前已作他用") \
	X("a key without bytes", \
	    "密钥没有内容") \
	X("a key without its body", \
	    "有密钥而无正文") \
	X("a leaf was expected", \
	    "此处应为叶页") \
	X("a level is incomplete or doubled", \
	    "级别不完整或重复") \
	X("a level's range needs `measure`, and from below to", \
	    "级别区间须有 `measure`，且 from 小于 to") \
	X("a linked permit cannot be read", \
	    "无法读取关联的作业票") \
	X("a list of free pages is cut short", \
	    "空闲页列表被截断") \
	X("a member is missing", \
	    "缺少成员字段") \
	X("a member leaves by its own proposal and is expelled by another's", \
	    "成员以自己的提案退出，由他人的提案除名") \
	X("a member's name is missing", \
	    "缺少成员名称") \
	X("a message of over %u bytes is not kept in quarantine", \
	    "隔离区：超过 %u 字节的消息不予保存") \
	X("a name is missing", \
	    "缺少名称") \
	X("a need of the decision names too many classes", \
	    "该判定的一项要求所列类别过多") \
	X("a new generation of the log has begun meanwhile; ask again", \
	    "日志的新一代已在此期间开始；请重新索取") \
	X("a new key is not in keys/next", \
	    "keys/next 中缺少新密钥") \
	X("a newer lianfangd folded its tables; start that one, or restore a backup of this one's", \
	    "这些表由更新版本的 lianfangd 生成；请启动该版本，或恢复本版本的备份") \
	X("a note is UTF-8 without control characters", \
	    "签名文本应为不含控制字符的 UTF-8") \
	X("a note is text, a blank line and signature lines", \
	    "签名文本由正文、空行、签名行组成") \
	X("a note of %zu bytes; at most %d", \
	    "签名文本 %zu 字节；最多 %d") \
	X("a note with more than %d signatures", \
	    "签名文本的签名超过 %d 个") \
	X("a part erased, as entry %" PRIu64 " records", \
	    "一部分已清除，见条目 %" PRIu64) \
	X("a part not shown: %s; only the sender says so", \
	    "一部分未披露：%s；仅为发送方声称") \
	X("a person's name here has 1 to %d bytes and no leading dot", \
	    "人员名称为 1 到 %d 字节，不以点开头") \
	X("a policy of %zu bytes; at most %d", \
	    "策略 %zu 字节；最多 %d") \
	X("a policy of terms takes no deviation", \
	    "保存期限策略不适用偏离") \
	X("a policy without quorum", \
	    "策略没有 quorum 行") \
	X("a proof of %zu bytes; at most %d", \
	    "证明 %zu 字节；最多 %d") \
	X("a proof that does not start with '%s'", \
	    "证明未以“%s”开头") \
	X("a proof with a checkpoint of %zu bytes", \
	    "证明中的检查点为 %zu 字节") \
	X("a proof with more than %zu hashes", \
	    "证明的哈希超过 %zu 个") \
	X("a proof without blank line before its checkpoint", \
	    "证明的检查点之前没有空行") \
	X("a proof without checkpoint", \
	    "证明没有检查点") \
	X("a proof without index line", \
	    "证明没有 index 行") \
	X("a proposal is named by at least %d characters of its id", \
	    "至少给出提案标识的前 %d 个字符") \
	X("a proposal stands in the log of whoever makes it", \
	    "提案应写在提案者自己的日志中") \
	X("a quorum of %zu members is %zu to %zu votes", \
	    "%zu 名成员的法定票数为 %zu 至 %zu") \
	X("a quote in an unquoted field", \
	    "未加引号的字段中出现引号") \
	X("a range proof without 'range FROM TO', FROM below TO", \
	    "范围证明没有“range 起 止”行，或起不小于止") \
	X("a record of %zu bytes; at most %d", \
	    "记录 %zu 字节；最多 %d") \
	X("a request has at most 8 MiB; send several", \
	    "请求最多 8 MiB；请分次发送") \
	X("a request of %zu bytes; %d at most", \
	    "请求有 %zu 字节，最多 %d") \
	X("a right is incomplete or doubled", \
	    "权限不完整或重复") \
	X("a role is missing", \
	    "缺少角色") \
	X("a row is longer than it", \
	    "有一行长于该页") \
	X("a row is marked as of another kind", \
	    "有一行标记为其他类型") \
	X("a row lies outside of it", \
	    "有一行在该页之外") \
	X("a row of `due` is damaged; lianfang audit names it, lianfang reindex mends it", \
	    "`due` 表有一行损坏；lianfang audit 指出该行，lianfang reindex 修复") \
	X("a row of `status`", \
	    "`status` 表中的一行有误") \
	X("a row of it is no table", \
	    "其中一行不是表") \
	X("a rule has a text of 1 to %d bytes, and its digest", \
	    "规则文本须为 1 至 %d 字节，并附其摘要") \
	X("a rule is UTF-8 without control characters", \
	    "规则须为不含控制字符的 UTF-8 文本") \
	X("a second max-age", \
	    "max-age 出现两次") \
	X("a second quorum", \
	    "quorum 行重复") \
	X("a second vote in one round, for something else", \
	    "同一轮中第二次投票，且投向不同") \
	X("a second word on one vote, and another one", \
	    "对同一票第二次表态，且与前次不同") \
	X("a sighting names no member, or its own vote", \
	    "见票记录未指明成员，或指向自己的票") \
	X("a signature line starts with a dash and a space", \
	    "签名行应以破折号和空格开头") \
	X("a signature line with a forbidden name", \
	    "签名行的名称不合规") \
	X("a signature line without signature", \
	    "签名行没有签名") \
	X("a signature that is not base64 of key id and bytes", \
	    "签名不是密钥编号与字节的 base64") \
	X("a signing key reads %sname+hex8+base64", \
	    "签名密钥的形式是 %sname+hex8+base64") \
	X("a slice holds more than one field", \
	    "一个切片含多个字段") \
	X("a step needs its own name, title, titleZh, roles, and before: APPROVE or START, or APPLY where booking stands", \
	    "步骤须有不重复的 name，以及 title、titleZh、roles 和 before（APPROVE 或 START；有 booking 时也可为 APPLY）") \
	X("a table row is damaged", \
	    "表的数据行已损坏") \
	X("a term is over %d months or %d days", \
	    "期限超过 %d 个月或 %d 天") \
	X("a time outside the years 1970 to 9999", \
	    "时间不在公元 1970 至 9999 年之间") \
	X("a token bound to areas may not do %s", \
	    "限定区域的令牌不能执行 %s") \
	X("a token bound to areas may not list certificates", \
	    "限定区域的令牌不能列出证书") \
	X("a token with role %s may not do %s", \
	    "角色为 %s 的令牌不能执行 %s") \
	X("a token's row", \
	    "令牌的数据行") \
	X("a tree of %" PRIu64 " does not hold one of %" PRIu64, \
	    "大小 %" PRIu64 " 的树不包含大小 %" PRIu64 " 的树") \
	X("a tree of %" PRIu64 " leaves is too large", \
	    "%" PRIu64 " 个叶的树过大") \
	X("a turn of %zu bytes", \
	    "一轮消息有 %zu 字节") \
	X("a verifier key reads name+hex8+base64", \
	    "验证密钥的形式是 name+hex8+base64") \
	X("a window must end after it begins", \
	    "窗口的结束须晚于开始") \
	X("a zlib stream says more than fits", \
	    "zlib 流解开后超出允许长度") \
	X("a zlib stream too long", \
	    "zlib 流过长") \
	X("afterSeconds: missing, over a week, or below the step before", \
	    "afterSeconds：缺失、超过一周或小于前一步") \
	X("ahead of the confirmed time, recorded time is held", \
	    "超前于已确认时间，入账时间暂停跟随") \
	X("alarm", \
	    "alarm") \
	X("alarm: %s: expected %u to %u", \
	    "alarm：%s：应为 %u 至 %u") \
	X("alarm: version or effectiveAt is missing", \
	    "alarm：缺少 version 或 effectiveAt") \
	X("aliases are not allowed", \
	    "不允许使用别名") \
	X("all %s entries, every field", \
	    "全部 %s 条目，全部字段") \
	X("all %s entries, only the fields in manifest.json", \
	    "全部 %s 条目，仅 manifest.json 所列字段") \
	X("all are in the tree, in order, chained by kind", \
	    "全部在树中，顺序正确，按类型成链") \
	X("all has been said already of %.100s", \
	    "对 %.100s 已无可再登记") \
	X("allianceGeneration starts at 1", \
	    "allianceGeneration 从 1 开始") \
	X("an Ed25519 key has %d bytes, not %zu", \
	    "Ed25519 密钥应为 %d 字节，而非 %zu") \
	X("an earlier commit failed: restart the process", \
	    "先前的提交失败：请重启进程") \
	X("an empty extension line", \
	    "扩展行为空") \
	X("an empty extra line", \
	    "extra 行为空") \
	X("an endpoint is missing, such as tcp://host:port", \
	    "缺少地址，例如 tcp://host:port") \
	X("an entry is named twice", \
	    "某条目重复列出") \
	X("an entry of %zu bytes; at most %d", \
	    "条目 %zu 字节；最多 %d") \
	X("an id is not 16 bytes", \
	    "编号不是 16 字节") \
	X("an index and a reason are needed", \
	    "须给出 index 与 reason") \
	X("an index needs target and worst, in its direction", \
	    "指数中的指标须有 target 和 worst，且与 direction 一致") \
	X("an opening has record key and message, or fields", \
	    "开示须含记录密钥与消息，或含字段") \
	X("an opening of %zu fields; at most %d", \
	    "开示含 %zu 个字段；最多 %d") \
	X("an origin has 1 to %d bytes", \
	    "来源为 1 到 %d 字节") \
	X("an upgrade needs a code and a `when` of its own", \
	    "升级规则须有代码和不重复的 `when`") \
	X("anchors are not allowed", \
	    "不允许使用锚点") \
	X("annex", \
	    "附注") \
	X("annex of type %.100s", \
	    "附注的类型为 %.100s") \
	X("another backup is being written to %s", \
	    "另一个备份正在写入 %s") \
	X("another change may still pass in an earlier round; no vote for this one now", \
	    "另一项变更在较早的轮次中仍可能通过；现在不能为此项投票") \
	X("another file for %s was begun meanwhile, or the links were: give the command again", \
	    "其间又开始为 %s 生成另一个文件，或连接已重新建立：请重新执行该命令") \
	X("another generation is about to begin; ask again", \
	    "另一代即将开始；请重新索取") \
	X("another process reads %s: end that first", \
	    "另有进程正在读取 %s：请先结束它") \
	X("another process writes the store %s", \
	    "另一进程正在写存储 %s") \
	X("another program has %s/data.mdb open: end it", \
	    "另一程序打开了 %s/data.mdb：请结束它") \
	X("another snapshot came before it", \
	    "已有另一份快照先行入账") \
	X("answered at %s", \
	    "答复于 %s") \
	X("answered at %s, which your clock has not reached", \
	    "答复于 %s，您的时钟尚未到达该时刻") \
	X("answered before the window began: it says nothing", \
	    "答复早于窗口开始：不说明任何问题") \
	X("answeredAt is not when HEADS was recorded", \
	    "answeredAt 不是 HEADS 的记录时间") \
	X("archive too large", \
	    "归档过大") \
	X("area: give one of yours", \
	    "area：请给出您的区域之一") \
	X("area: missing", \
	    "缺少 area") \
	X("area: not one of yours", \
	    "area：您无权查看该区域") \
	X("area: there are more than %d; name one", \
	    "area：多于 %d 个，请指定一个") \
	X("areas: more than %d", \
	    "areas：超过 %d 个") \
	X("areas[%zu]: empty or too long", \
	    "areas[%zu]：为空或过长") \
	X("as many alarms are kept as may be", \
	    "暂存的报警已达上限") \
	X("as the leaf commits to", \
	    "与叶的承诺一致") \
	X("asked for a log that is not its own", \
	    "索要的日志不属于它自己") \
	X("asked for what it may not have", \
	    "索取了无权取得的内容") \
	X("asker", \
	    "提问方") \
	X("at most %d streams at a time", \
	    "同时最多 %d 个事件流") \
	X("at most %d tokens", \
	    "最多 %d 个令牌") \
	X("auth", \
	    "签字部分") \
	X("auth does not belong to its commitment", \
	    "签字部分与其承诺不符") \
	X("auth has a salt of %zu bytes instead of %d", \
	    "签字部分的盐值为 %zu 字节，应为 %d 字节") \
	X("base45 of a length that none has", \
	    "base45 长度不合法") \
	X("base64 has unused bits that are not zero", \
	    "base64 的多余位不为零") \
	X("base64 length is not a multiple of four", \
	    "base64 长度不是四的倍数") \
	X("base64 of %zu bytes instead of %zu", \
	    "base64 为 %zu 字节，应为 %zu") \
	X("basis: give --basis ID, or basis in the file: the alarm or case that the item rests on", \
	    "basis：用 --basis 或在文件中给出所依据的报警或事件编号") \
	X("behind the confirmed time", \
	    "落后于已确认时间") \
	X("belongs to nothing in this bundle", \
	    "不属于本证据包的任何内容") \
	X("bits: expected 1, 2, 4 or 8", \
	    "bits 应为 1、2、4 或 8") \
	X("bodies lost", \
	    "正文丢失") \
	X("body", \
	    "正文") \
	X("body does not decode", \
	    "正文无法解码") \
	X("body of %zu bytes", \
	    "正文 %zu 字节") \
	X("body of entry %" PRIu64, \
	    "条目 %" PRIu64 " 的正文") \
	X("body of entry %" PRIu64 " does not decode", \
	    "条目 %" PRIu64 " 的正文无法解码") \
	X("body of entry %" PRIu64 " is erased", \
	    "条目 %" PRIu64 " 的正文已清除") \
	X("body of entry %" PRIu64 " is not held", \
	    "未持有条目 %" PRIu64 " 的正文") \
	X("body row", \
	    "正文数据行") \
	X("body row %" PRIu64, \
	    "正文数据行 %" PRIu64) \
	X("body without its key row", \
	    "有正文而无其密钥行") \
	X("byte %zu is neither UTF-8 nor GB18030", \
	    "第 %zu 字节既非 UTF-8 也非 GB18030") \
	X("byte 0x%02x is not allowed", \
	    "不允许字节 0x%02x") \
	X("ca_file %.200s cannot be read", \
	    "ca_file %.200s 无法读取") \
	X("ca_file: too long", \
	    "ca_file：过长") \
	X("called withheld but shown or never asked", \
	    "声称未披露，实际已披露或从未被问及") \
	X("cannot be read", \
	    "无法读取") \
	X("cannot be stored", \
	    "无法存储") \
	X("cannot look for the challenge", \
	    "无法查找该质询") \
	X("cannot look for the code", \
	    "无法查找该码") \
	X("cannot make an event loop", \
	    "无法创建事件循环") \
	X("cannot read a source's counter", \
	    "无法读取来源的计数") \
	X("cannot read a source's counters", \
	    "无法读取来源的计数") \
	X("cannot read what a log has lost", \
	    "无法读取日志丢失的内容") \
	X("cannot start HTTPS: check that tls_certificate and tls_key are PEM and belong together", \
	    "无法启动 HTTPS：请检查 tls_certificate 与 tls_key 是 PEM 格式且相互匹配") \
	X("cannot start a thread", \
	    "无法启动线程") \
	X("cannot start the HTTP threads", \
	    "无法启动 HTTP 线程") \
	X("cannot start the hub's thread", \
	    "无法启动联盟线程") \
	X("cannot write %s", \
	    "无法写入 %s") \
	X("card is not signed", \
	    "名片未签名") \
	X("cases", \
	    "事项策略") \
	X("cases: 1 to %d types", \
	    "cases：类型须为 1 到 %d 个") \
	X("cases: readerRole, anonymousBurst, anonymousPerHour, missingLevel or missingCode is missing or too large", \
	    "cases：readerRole、anonymousBurst、anonymousPerHour、missingLevel 或 missingCode 缺失或过大") \
	X("cases: the type report, suggestion or violation is missing", \
	    "cases：缺少类型 report、suggestion 或 violation") \
	X("cases: version or effectiveAt is missing", \
	    "cases：缺少 version 或 effectiveAt") \
	X("cell: %s has had its part of this slot", \
	    "信元：%s 本时隙额度已用完") \
	X("cell: %s takes no part in this term", \
	    "信元：%s 未参加本期转发") \
	X("cell: %zu bytes instead of %zu", \
	    "信元：%zu 字节，应为 %zu 字节") \
	X("cell: a key seals nothing", \
	    "信元：密钥无法用于密封") \
	X("cell: altered, or not sealed for this node's key of the epoch", \
	    "信元：已被改动，或不是为本节点本周期密钥密封") \
	X("cell: not of its form", \
	    "信元：格式不符") \
	X("checkpoint", \
	    "检查点") \
	X("checkpoint %" PRIu64, \
	    "检查点 %" PRIu64) \
	X("checkpoint of another log, or HEADS is not yet under it", \
	    "属于另一日志的检查点，或尚未覆盖 HEADS") \
	X("checkpoint row", \
	    "检查点数据行") \
	X("checkpoint rows", \
	    "检查点数据行") \
	X("checkpoint too long", \
	    "检查点过长") \
	X("checkpoint: too long", \
	    "检查点：过长") \
	X("classes: missing", \
	    "classes：缺少") \
	X("classes: more than %d", \
	    "classes：超过 %d 个") \
	X("classes[%zu]", \
	    "classes[%zu]") \
	X("classes[%zu]: the pack has no such class", \
	    "classes[%zu]：规则包中没有该类别") \
	X("code: expected the 32 letters and digits of a receipt", \
	    "code：应为回执上的 32 位字母和数字") \
	X("colour: missing", \
	    "colour：缺失") \
	X("commit: %s", \
	    "提交：%s") \
	X("commit: a write in it failed", \
	    "提交：其中一次写入失败") \
	X("commitment of %zu bytes", \
	    "承诺为 %zu 字节") \
	X("commitment_alt has an impossible length", \
	    "commitment_alt 的长度不合规") \
	X("commits follow each other too fast", \
	    "提交过于频繁") \
	X("company is missing", \
	    "缺少 company") \
	X("control characters are not allowed", \
	    "不允许控制字符") \
	X("cosignature does not verify", \
	    "联署验证不通过") \
	X("cosignature is dated %llu s ahead of the clock here: no reader counts it", \
	    "联署时间比本机时钟超前 %llu 秒：读者不予计入") \
	X("cosignature rows", \
	    "联署数据行") \
	X("cosignature without its checkpoint", \
	    "有联署而无其检查点") \
	X("courier: a frame of %zu bytes", \
	    "信使文件：一帧有 %zu 字节") \
	X("courier: a frame of %zu bytes, which none has", \
	    "信使文件：一帧声称有 %zu 字节，不可能") \
	X("courier: cut off", \
	    "信使文件：被截断") \
	X("credentials", \
	    "credentials") \
	X("credentials: expected 1 to %d classes, at most %d needs", \
	    "credentials：应有 1 到 %d 个类别、最多 %d 项要求") \
	X("credentials: version or effectiveAt is missing", \
	    "credentials：缺少 version 或 effectiveAt") \
	X("cursor", \
	    "cursor") \
	X("cursor: not one of ours", \
	    "cursor：不是本节点给出的") \
	X("cursor: not one that a page before gave", \
	    "cursor：不是前一页给出的值") \
	X("cut short", \
	    "被截断") \
	X("cut, to be fetched again", \
	    "已截断，将重新取回") \
	X("data key does not open under wrapping key %u", \
	    "数据密钥无法用包裹密钥 %u 打开") \
	X("data.mdb is too short", \
	    "data.mdb 过短") \
	X("dayOffsetMinutes: missing or over 14 hours", \
	    "dayOffsetMinutes：缺少或超过 14 小时") \
	X("delivery goes beyond its checkpoint", \
	    "送达内容超出其检查点") \
	X("delivery nobody asked for", \
	    "未经请求的送达") \
	X("digest must have 32 bytes", \
	    "摘要必须为 32 字节") \
	X("directives are not allowed", \
	    "不允许使用指令") \
	X("directory name too long", \
	    "目录名过长") \
	X("does not show that it continues its checkpoint of %llu: it has forked, or its version cannot show it", \
	    "未证明其延续了自己大小为 %llu 的检查点：已分叉，或其版本无法证明") \
	X("does not verify", \
	    "验证不通过") \
	X("dueMinutes: expected 1 to %u", \
	    "dueMinutes：应为 1 到 %u") \
	X("duplicate key", \
	    "键重复") \
	X("empty", \
	    "为空") \
	X("endpoint must be tcp://host:port", \
	    "endpoint 应为 tcp://主机:端口") \
	X("enrolled by entry %" PRIu64 ", key kept by the NODE", \
	    "由条目 %" PRIu64 " 登记，密钥由节点（NODE）保管") \
	X("enrolled by entry %" PRIu64 ", key on the person's DEVICE", \
	    "由条目 %" PRIu64 " 登记，密钥在本人设备（DEVICE）") \
	X("enrolled by entry %" PRIu64 ", unknown custody", \
	    "由条目 %" PRIu64 " 登记，密钥保管方式未知") \
	X("entries %" PRIu64 " to %" PRIu64, \
	    "条目 %" PRIu64 " 至 %" PRIu64) \
	X("entries %" PRIu64 " to %" PRIu64 " or their nodes differ from what was signed", \
	    "条目 %" PRIu64 " 至 %" PRIu64 " 或其节点与所签署的不同") \
	X("entries against the checkpoint", \
	    "条目与检查点核对") \
	X("entries and the node hashes over them are lost together: nothing is left to prove what a member would send, or where it ends; restore a backup, and the node fetches from members what came after it", \
	    "条目及其上的节点哈希同时丢失：无法验证成员送来的内容，也无法确定末尾；请恢复备份，之后的内容由节点向成员取回") \
	X("entries are not where they must be", \
	    "条目不在应在的位置") \
	X("entries from %" PRIu64 " and the nodes above them contradict each other, though both are whole", \
	    "自 %" PRIu64 " 起的条目与其上节点相互矛盾，尽管二者均完好") \
	X("entries lost", \
	    "条目丢失") \
	X("entries up to %llu are not held yet", \
	    "尚未持有到 %llu 为止的条目") \
	X("entry %llu came without its body from somebody who is not its owner", \
	    "条目 %llu 由非所有者转来时缺少正文") \
	X("entry %llu differs from its hash", \
	    "条目 %llu 与其哈希不符") \
	X("entry %llu of the evidence log", \
	    "证据日志第 %llu 条") \
	X("entry %llu: its chain", \
	    "条目 %llu：链条有误") \
	X("entry %" PRIu64, \
	    "条目 %" PRIu64) \
	X("entry %" PRIu64 " does not end its media", \
	    "条目 %" PRIu64 " 并未使其媒体到期") \
	X("entry %" PRIu64 " does not erase it", \
	    "条目 %" PRIu64 " 并未清除它") \
	X("entry %" PRIu64 " does not say that it is only stored", \
	    "条目 %" PRIu64 " 并未说明其仅作存储") \
	X("entry %" PRIu64 " has no body", \
	    "条目 %" PRIu64 " 没有正文") \
	X("entry %" PRIu64 " is carried twice", \
	    "条目 %" PRIu64 " 重复携带") \
	X("entry %" PRIu64 " is no HEADS", \
	    "条目 %" PRIu64 " 不是 HEADS") \
	X("entry %" PRIu64 " is no HEADS of this question", \
	    "条目 %" PRIu64 " 不是此问题的 HEADS") \
	X("entry %" PRIu64 " is not an actor", \
	    "条目 %" PRIu64 " 不是人员条目") \
	X("entry %" PRIu64 " or its nodes differ from what was signed", \
	    "条目 %" PRIu64 " 或其节点与所签署的不同") \
	X("entry %" PRIu64 " was not asked for", \
	    "条目 %" PRIu64 " 未被问及") \
	X("entry %" PRIu64 ": chain of its kind is broken", \
	    "条目 %" PRIu64 "：其类型的链断裂") \
	X("entry %" PRIu64 ": chain or time fields missing", \
	    "条目 %" PRIu64 "：缺少链或时间字段") \
	X("entry %" PRIu64 ": time epoch changes without TIME_RESET", \
	    "条目 %" PRIu64 "：没有 TIME_RESET 而时间纪元改变") \
	X("entry %" PRIu64 ": time runs backwards", \
	    "条目 %" PRIu64 "：时间倒退") \
	X("entry rows", \
	    "条目数据行") \
	X("epoch 0 is not the genesis of that fingerprint", \
	    "第 0 届与该指纹的创世文件不符") \
	X("epoch must have 32 bytes", \
	    "纪元标识必须为 32 字节") \
	X("epoch: a hash is missing", \
	    "届：缺少散列") \
	X("epoch: number or state is missing", \
	    "届：缺少序号或内容") \
	X("erased here", \
	    "本节点已清除") \
	X("erasure failed", \
	    "清除失败") \
	X("erasure row", \
	    "清除数据行") \
	X("event %" PRIu32 " of the record is missing", \
	    "缺少该记录的第 %" PRIu32 " 个事件") \
	X("event_seq is 0", \
	    "event_seq 为 0") \
	X("evidenceGeneration starts at 1", \
	    "evidenceGeneration 从 1 开始") \
	X("exchange %s and %s", \
	    "交换 %s 与 %s") \
	X("excludes a field before it", \
	    "与之前的字段互斥") \
	X("expected HOST:PORT, not '%.60s'", \
	    "应为 主机:端口，而非“%.60s”") \
	X("expected UTF-8 text without NUL", \
	    "应为不含 NUL 的 UTF-8 文本") \
	X("expected a UUID of %d characters", \
	    "应为 %d 个字符的 UUID") \
	X("expected a dash at offset %zu", \
	    "第 %zu 位应为连字符") \
	X("expected a name of %s", \
	    "应为 %s 的名称") \
	X("expected a number", \
	    "应为数字") \
	X("expected a port from 0 to 65535 after the last colon", \
	    "最后一个冒号后应为 0 到 65535 的端口") \
	X("expected a span such as 90s, 15m, 8h or 30d", \
	    "应为时长，如 90s、15m、8h 或 30d") \
	X("expected a string", \
	    "应为字符串") \
	X("expected a time such as \"2026-11-22T02:50:00Z\"", \
	    "应为时间，如 \"2026-11-22T02:50:00Z\"") \
	X("expected a time such as 2026-11-22T02:50:00Z", \
	    "应为时间，如 2026-11-22T02:50:00Z") \
	X("expected a whole number", \
	    "应为整数") \
	X("expected alg EdDSA and typ statuslist+jwt", \
	    "alg 应为 EdDSA，typ 应为 statuslist+jwt") \
	X("expected an array", \
	    "应为数组") \
	X("expected an object", \
	    "应为对象") \
	X("expected base64 text", \
	    "应为 base64 文本") \
	X("expected decimal digits only", \
	    "只能是十进制数字") \
	X("expected evidence, alliance, witness or identity", \
	    "应为 evidence、alliance、witness 或 identity") \
	X("expected issuers (at most %d) or roles, and classes or families", \
	    "应给出 issuers（最多 %d 个）或 roles，以及 classes 或 families") \
	X("expected one of `work`, `release`, `alarm`, `calendar`, `places`, `codes`, `credentials`, `indicators`, `cases`, `accidents`, `profiles`, `retention`", \
	    "应为 `work`、`release`、`alarm`、`calendar`、`places`、`codes`、`credentials`、`indicators`、`cases`、`accidents`、`profiles`、`retention` 之一") \
	X("expected one or two lines: whsec_ and base64 of %d to %d random bytes", \
	    "应为一行或两行：whsec_ 加 %d 至 %d 个随机字节的 base64") \
	X("expected true or false", \
	    "应为 true 或 false") \
	X("expired lawfully under %.64s, as entry %" PRIu64 " records", \
	    "已依 %.64s 合法到期，见条目 %" PRIu64 "") \
	X("extra", \
	    "extra 行") \
	X("extra data of more than %d bytes", \
	    "extra 数据超过 %d 字节") \
	X("factors: means nothing without `measure`", \
	    "factors：缺少 `measure` 时无意义") \
	X("family: missing", \
	    "family：缺少") \
	X("faults: more than %d", \
	    "faults：超过 %d 项") \
	X("faults[%zu]", \
	    "faults[%zu]") \
	X("federation", \
	    "联盟") \
	X("feedback: nobody ends this without feedback", \
	    "feedback：此类事项不得无反馈终结") \
	X("field %s needs a title (with a header row) or a place", \
	    "字段 %s 需要列标题（有标题行时）或列号") \
	X("field %s: place %" PRIu32 " is not 1 to %d", \
	    "字段 %s：列号 %" PRIu32 " 不在 1 到 %d 之间") \
	X("field %u (%s)", \
	    "字段 %u（%s）") \
	X("field %u is neither salt and slice nor a digest", \
	    "字段 %u 既非盐值与切片，也非摘要") \
	X("field %u is unknown", \
	    "未知字段 %u") \
	X("field %u out of order", \
	    "字段 %u 未按顺序") \
	X("field %" PRIu32 " was asked for and is closed, without a reason", \
	    "字段 %" PRIu32 " 被问及却未披露，且未说明原因") \
	X("field name", \
	    "字段名") \
	X("fields erased, as entry %" PRIu64 " records", \
	    "字段已清除，见条目 %" PRIu64) \
	X("fields not shown: %s; only the sender says so", \
	    "字段未披露：%s；仅为发送方声称") \
	X("file too large", \
	    "文件过大") \
	X("for tokens that are not bound to areas", \
	    "仅限不限区域的令牌") \
	X("fork evidence", \
	    "分叉证据") \
	X("fork evidence: a note is cut off", \
	    "分叉证据：签名文本不完整") \
	X("fork evidence: expected '%s'", \
	    "分叉证据：此处应为 '%s'") \
	X("fork evidence: more than %d bytes", \
	    "分叉证据：超过 %d 字节") \
	X("fork evidence: more than %d hashes", \
	    "分叉证据：超过 %d 个哈希") \
	X("fork evidence: nothing shows that these two exclude each other", \
	    "分叉证据：无法证明两者相互矛盾") \
	X("fork evidence: something follows its end", \
	    "分叉证据：结尾之后还有内容") \
	X("format version %u", \
	    "格式版本 %u") \
	X("formula.ownDue: cases may, checks and certificates always say when they are due; nothing else does", \
	    "formula.ownDue：事件可自带期限，排查和证书必自带期限，其他事实没有") \
	X("formula.withinSeconds: over 366 days", \
	    "formula.withinSeconds：超过 366 天") \
	X("formula: KPI is a figure of ALARM, without conditions", \
	    "formula：KPI 只能是 ALARM 的某个 figure，且不带条件") \
	X("formula: MAX needs a field", \
	    "formula：MAX 须有 field") \
	X("formula: PERCENTILE needs a number as field, percent 1 to 100 and 1 to %d ascending steps within withinSeconds", \
	    "formula：PERCENTILE 须有数值型 field、percent（1 至 100）以及 1 到 %d 个递增且不超过 withinSeconds 的 steps") \
	X("formula: facts or aggregate is missing", \
	    "formula：缺少 facts 或 aggregate") \
	X("formula: field and per are numbers", \
	    "formula：field 与 per 须为数值") \
	X("frame %llu of the file is altered or out of its place", \
	    "文件第 %llu 帧被改动或不在其位") \
	X("frame that ends at byte %" PRIu64, \
	    "结束于第 %" PRIu64 " 字节的帧") \
	X("frame: does not verify", \
	    "帧：验证不通过") \
	X("frame: not this session", \
	    "帧：不属于本会话") \
	X("frame: number %llu seen before or too old", \
	    "帧：序号 %llu 已见过或过旧") \
	X("frame: too short", \
	    "帧：过短") \
	X("frames of kind %u are not known here", \
	    "不认识 %u 类帧") \
	X("free pages are out of order", \
	    "空闲页未按顺序") \
	X("from: expected a number", \
	    "from：应为数字") \
	X("from: more than %u alarms; ask for less", \
	    "from：报警多于 %u 条，请缩小范围") \
	X("from: the window is longer than %lld days; ask for less", \
	    "from：时间窗超过 %lld 天，请缩小范围") \
	X("genesis of %zu bytes", \
	    "创世文件 %zu 字节") \
	X("give a formula or, in both languages, which facts it lacks", \
	    "须给出 formula，或以中英文说明缺少哪些数据") \
	X("give either a proposal, or that you are for none", \
	    "请给出一个提案，或声明均不赞成") \
	X("group size", \
	    "组的数量") \
	X("half a window", \
	    "窗口只给出一半") \
	X("handshake: does not verify (another alliance or key?)", \
	    "握手：验证不通过（联盟或密钥不同？）") \
	X("handshake: message of %zu bytes", \
	    "握手：消息 %zu 字节") \
	X("handshake: unusable public key", \
	    "握手：公钥不可用") \
	X("has an unknown enum value", \
	    "枚举值未知") \
	X("has no minimal varint as length", \
	    "长度不是最短变长整数") \
	X("has the wrong wire type", \
	    "编码类型不对") \
	X("hash %zu", \
	    "第 %zu 个哈希") \
	X("hash %zu of the proof is not base64 of 32 bytes", \
	    "证明的第 %zu 个哈希不是 32 字节的 base64") \
	X("hash differs from stored node", \
	    "哈希与所存节点不符") \
	X("head of a log of others", \
	    "给出了他人日志的头") \
	X("head of redo", \
	    "redo 的头") \
	X("head: %s does not go on from the part before", \
	    "卷首：%s 与前一卷不衔接") \
	X("head: a log is damaged", \
	    "卷首：一个日志的信息已损坏") \
	X("head: a log is missing", \
	    "卷首：缺少一个日志") \
	X("head: a log is named twice", \
	    "卷首：同一日志出现两次") \
	X("head: does not follow the part before", \
	    "卷首：与前一卷不衔接") \
	X("header", \
	    "页头不对") \
	X("held already", \
	    "已持有") \
	X("hello of %zu bytes", \
	    "hello 为 %zu 字节") \
	X("hello: name too long", \
	    "hello：名称过长") \
	X("hello: session key is not that of %s", \
	    "hello：会话密钥不是 %s 的") \
	X("hex has an odd number of digits", \
	    "十六进制位数为奇数") \
	X("holder: give that or recordId, one of them", \
	    "holder：请给出 holder 或 recordId 之一") \
	X("hole row", \
	    "缺失登记行") \
	X("host name too long", \
	    "主机名过长") \
	X("id of the store", \
	    "存储的编号") \
	X("id: expected a UUID in the path", \
	    "id：路径中应为 UUID") \
	X("id: there twice", \
	    "id：重复") \
	X("impossible range", \
	    "范围不可能成立") \
	X("inClass: the set has no such class", \
	    "inClass：指标集中没有该类别") \
	X("index", \
	    "index") \
	X("index %" PRIu64 " outside a tree of %" PRIu64, \
	    "序号 %" PRIu64 " 超出大小为 %" PRIu64 " 的树") \
	X("index %u is beyond the list's %zu entries", \
	    "索引 %u 超出列表的 %zu 项") \
	X("index, sealed or a type missing", \
	    "缺少 index、sealed 或类型") \
	X("index: expected a number", \
	    "index：应为数字") \
	X("index: the checkpoint covers %llu entries", \
	    "index：检查点覆盖 %llu 条") \
	X("is a time outside the years 1970 to 9999", \
	    "时间不在 1970 至 9999 年之间") \
	X("is cut short", \
	    "被截断") \
	X("is in the tree", \
	    "在树中") \
	X("is in the tree of %" PRIu64 " entries of %s", \
	    "在 %2$s 的 %1$" PRIu64 " 条的树中") \
	X("is no boolean", \
	    "不是布尔值") \
	X("is no minimal varint", \
	    "不是最短变长整数") \
	X("is not UTF-8 text without NUL", \
	    "不是不含 NUL 的 UTF-8 文本") \
	X("is not a finite number", \
	    "不是有限数值") \
	X("is out of order", \
	    "未按顺序") \
	X("is out of range", \
	    "超出范围") \
	X("it answered %ld", \
	    "其应答 %ld") \
	X("it answered 409 without a size", \
	    "其应答 409 而未给出大小") \
	X("it carries the number of another page", \
	    "所带页号是另一页的") \
	X("it does not know this log", \
	    "其不认识此日志") \
	X("it does not trust the key of this log", \
	    "其不信任此日志的密钥") \
	X("it is neither branch nor leaf", \
	    "既非分支页也非叶页") \
	X("it is not known whether %s is whole: see lianfang log list", \
	    "尚不能确定 %s 是否完整：见 lianfang log list") \
	X("it leads to a level that is not here", \
	    "指向的级别不存在") \
	X("it names another size each time", \
	    "其每次给出不同的大小") \
	X("it says that it acknowledged %llu entries, more than are held here: was an old copy restored?", \
	    "其称已确认 %llu 条，多于本节点所持：是否恢复了旧副本？") \
	X("it was changed after it was written", \
	    "写入之后被改动过") \
	X("it was lost and is still to be fetched", \
	    "已丢失，尚待取回") \
	X("it was recorded but does not stand: the epoch has moved on meanwhile, or this node has proposed too much in this one; lianfang alliance status", \
	    "已登记但未成立：其间已换届，或本节点在本届提案过多；见 lianfang alliance status") \
	X("item: %d were published here in this term", \
	    "情报：本站本期已发布 %d 条") \
	X("item: its ring is of %zu companies, %d at the least", \
	    "情报：其环仅含 %zu 家企业，至少须 %d 家") \
	X("item: its source has sent %d in this term", \
	    "情报：其来源本期已发 %d 条") \
	X("item: not of the form that another publishes", \
	    "情报：不符合代发格式") \
	X("its answer has no cosignature by the key of node.yaml", \
	    "其应答中没有 node.yaml 所列密钥的联署") \
	X("its body cannot be read", \
	    "其内容无法读取") \
	X("its bounds are wrong", \
	    "边界不对") \
	X("its bytes are not those that were written", \
	    "内容与写入时不符") \
	X("its cosignature is of a time that has not come", \
	    "其联署时间尚未到来") \
	X("its events stand in generation %u to %u of the log", \
	    "其事件位于日志的第 %u 至 %u 代") \
	X("its fingerprint is %s, not the one you gave", \
	    "其指纹为 %s，与您给出的不同") \
	X("its head is not where it must be", \
	    "卷首不在应在的位置") \
	X("its last entries and its state row are lost: restore a backup", \
	    "其末尾条目与状态数据行均已丢失：请恢复备份") \
	X("its media expired lawfully under %.64s, as entry %" PRIu64 " records; their digests stay", \
	    "其媒体已依 %.64s 合法到期，见条目 %" PRIu64 "；摘要仍保留") \
	X("its name, from its checkpoints", \
	    "其名称，取自其检查点") \
	X("its newest checkpoint does not verify", \
	    "其最新检查点验证不通过") \
	X("its newest checkpoint is lost, and what it said cannot be told from its state row: restore a backup", \
	    "其最新检查点丢失，且无法由状态行确定其内容：请恢复备份") \
	X("its owner signed it so", \
	    "其所有者即如此签名") \
	X("its signature does not verify", \
	    "其签名验证不通过") \
	X("its state row and some of its entries are lost: restore a backup", \
	    "其状态数据行和部分条目均已丢失：请恢复备份") \
	X("its state row differs from entry %" PRIu64, \
	    "其状态数据行与条目 %" PRIu64 " 不符") \
	X("its state row differs from its newest checkpoint", \
	    "其状态数据行与最新检查点不符") \
	X("its state row differs from its stored nodes", \
	    "其状态数据行与所存节点不符") \
	X("its state row is lost, and rows of its entries and of its checkpoints too: where it ended cannot be told; restore a backup", \
	    "其状态行丢失，条目行和检查点行也有丢失：无法确定其末尾；请恢复备份") \
	X("its sum is wrong", \
	    "校验和不符") \
	X("its tables must be folded anew: start the node once", \
	    "其各表须重新生成：请启动一次节点") \
	X("its vote was seen otherwise: one of the two lies", \
	    "他人所见的此票与此不同：两者之一说谎") \
	X("keepMonths: %u is below minMonths, %u (%.80s), or above %d", \
	    "keepMonths：%u 小于 minMonths %u（%.80s），或大于 %d") \
	X("kept alarms could not be entered yet, which is tried again: see " \
	    "the node's journal", \
	    "暂存的报警尚未能入账，正在重试：请查看节点日志") \
	X("key algorithm 0x%02x is not supported", \
	    "不支持密钥算法 0x%02x") \
	X("key and signature are not of one kind", \
	    "密钥与签名不是同一种类") \
	X("key of %zu bytes", \
	    "密钥 %zu 字节") \
	X("key or signature is empty", \
	    "密钥或签名为空") \
	X("key row", \
	    "密钥数据行") \
	X("key row %" PRIu64, \
	    "密钥数据行 %" PRIu64) \
	X("key row of %zu bytes", \
	    "密钥数据行 %zu 字节") \
	X("key row without its body", \
	    "有密钥行而无其正文") \
	X("keys around it are out of order", \
	    "其前后的键次序有误") \
	X("keys changed during each of %d attempts: run it again when nothing is being erased", \
	    "%d 次尝试期间密钥均有变化：请在没有清除操作时重新运行") \
	X("keys do not ascend", \
	    "键未按升序排列") \
	X("keys of type 0x%02x are not supported", \
	    "不支持类型 0x%02x 的密钥") \
	X("keys/%s is the key of %s, not of %s", \
	    "keys/%s 是 %s 的密钥，不是 %s 的") \
	X("kind %.50s", \
	    "类型 %.50s") \
	X("kind: expected alarm, permit, ...", \
	    "kind：应为 alarm、permit 等") \
	X("kind_seq %" PRIu64 ", expected %" PRIu64, \
	    "kind_seq 为 %" PRIu64 "，应为 %" PRIu64) \
	X("lacking: says what ifKnown said; leave ifKnown out", \
	    "lacking：与 ifKnown 重复，请去掉 ifKnown") \
	X("larger than %llu", \
	    "大于 %llu") \
	X("larger than %zu bytes", \
	    "超过 %zu 字节") \
	X("last page", \
	    "最后页号不对") \
	X("leading zero", \
	    "数字前有多余的零") \
	X("leaf", \
	    "叶") \
	X("leaf %" PRIu64, \
	    "叶 %" PRIu64) \
	X("leaf %" PRIu64 " of %" PRIu64 " leads to another root", \
	    "%2$" PRIu64 " 个叶中的第 %1$" PRIu64 " 个得出另一个根") \
	X("leaf %" PRIu64 ": it erased leaf %" PRIu64 " of %.100s, which rests here all the same", \
	    "叶 %" PRIu64 "：它已清除叶 %" PRIu64 "（属 %.100s），但后者仍存于此处") \
	X("leaf does not decode", \
	    "叶无法解码") \
	X("leaf of %zu bytes", \
	    "叶 %zu 字节") \
	X("leaf version %u", \
	    "叶的版本 %u") \
	X("leaves %" PRIu64 " to %" PRIu64 " of %" PRIu64 " lead to another root", \
	    "叶 %" PRIu64 " 至 %" PRIu64 "（共 %" PRIu64 "）得出另一个根") \
	X("left neighbour missing: entry %" PRIu64 " lies inside the window", \
	    "缺少左邻：条目 %" PRIu64 " 在窗口之内") \
	X("level %u: stored node is missing", \
	    "第 %u 层：缺少所存节点") \
	X("level: expected 1 to 3", \
	    "level：应为 1 到 3") \
	X("level: expected special, 1 to 4 or unlevelled", \
	    "level：应为 special（特级）、1 至 4 或 unlevelled（不分级）") \
	X("levels: %u is missing", \
	    "levels：缺少 %u 级") \
	X("levels: expected 1, 2, 3", \
	    "levels：应恰为 1、2、3") \
	X("levels[%zu]", \
	    "levels[%zu]") \
	X("libcurl does not start", \
	    "libcurl 无法启动") \
	X("limit: expected 1 to %d", \
	    "limit：应为 1 到 %d") \
	X("limits[%zu]: level 0 to 2, minutes up to a year, warnMinutes below them", \
	    "limits[%zu]：level 为 0 到 2，minutes 不超过一年，warnMinutes 须小于它") \
	X("line %" PRIu64 ", field %zu", \
	    "第 %" PRIu64 " 行第 %zu 个字段") \
	X("line %" PRIu64 ": more than %d fields", \
	    "第 %" PRIu64 " 行：字段超过 %d 个") \
	X("line %" PRIu64 ": row over %u bytes", \
	    "第 %" PRIu64 " 行：超过 %u 字节") \
	X("line %u", \
	    "第 %u 行") \
	X("line %u: more than %d levels", \
	    "第 %u 行：超过 %d 层") \
	X("line %u: more than %d values", \
	    "第 %u 行：超过 %d 个值") \
	X("line %zu: not YAML", \
	    "第 %zu 行：不是 YAML") \
	X("lock redo.lock", \
	    "锁定 redo.lock") \
	X("log %s exists", \
	    "日志 %s 已存在") \
	X("log: expected evidence or alliance", \
	    "log：应为 evidence 或 alliance") \
	X("look at the store's file", \
	    "查看存储文件") \
	X("look beside a row", \
	    "查看相邻行") \
	X("magic or version", \
	    "标识或版本不对") \
	X("manifest", \
	    "清单") \
	X("map size", \
	    "映射大小不对") \
	X("map the store's file", \
	    "映射存储文件") \
	X("max-age", \
	    "max-age（最长时效）") \
	X("max-age: expected 1 to %d seconds", \
	    "max-age：应为 1 至 %d 秒") \
	X("measures are numbered 1, 2, 3 ... and have text and textZh", \
	    "措施按 1、2、3…编号，并有 text 和 textZh") \
	X("mediaDays: needs a kind with `evidence`, mediaSource, and is not below mediaMinDays", \
	    "mediaDays：须为含 `evidence` 的种类并给出 mediaSource，且不小于 mediaMinDays") \
	X("member '%.100s' is not defined", \
	    "成员“%.100s”未定义") \
	X("members are being asked", \
	    "正在询问其他成员") \
	X("minutes: expected 1 to %d", \
	    "minutes：应为 1 到 %d") \
	X("mix: its origin has had its part of this round", \
	    "混合转发：该来源本轮额度已用完") \
	X("mix: no more is held", \
	    "混合转发：不再接收") \
	X("mix: this piece came before", \
	    "混合转发：该内容此前已收到") \
	X("more reports than this node takes at once; send it again later", \
	    "当前上报过多，请稍后再报") \
	X("more than %d bytes", \
	    "超过 %d 字节") \
	X("more than %d conditions", \
	    "条件超过 %d 个") \
	X("more than %d entries: ask for a shorter period", \
	    "条目超过 %d 条：请缩短时段") \
	X("more than %d fields", \
	    "字段超过 %d 个") \
	X("more than %d hashes", \
	    "超过 %d 个哈希") \
	X("more than %d logs, witnesses or groups", \
	    "日志、见证或组超过 %d 个") \
	X("more than %d presentations of this holder are in force", \
	    "该持证人有效的出示超过 %d 份") \
	X("more than %d records in the period: ask for a day", \
	    "该时段内记录超过 %d 条：请按日查询") \
	X("more than %d rule packs", \
	    "规则包超过 %d 个") \
	X("more than %d steps", \
	    "超过 %d 步") \
	X("more than %d steps or %d limits", \
	    "超过 %d 个步骤或 %d 个时限") \
	X("more than %d targets", \
	    "超过 %d 个目标") \
	X("more than %d words", \
	    "超过 %d 个词") \
	X("more than %u array elements", \
	    "数组元素超过 %u 个") \
	X("more than %u levels", \
	    "超过 %u 层") \
	X("more than %u members", \
	    "成员超过 %u 个") \
	X("more than %zu elements", \
	    "元素超过 %zu 个") \
	X("more than %zu sites", \
	    "站点超过 %zu 个") \
	X("more than one document", \
	    "多于一个文档") \
	X("more than one proposal begins so: give more of the id", \
	    "有多个提案以此开头：请给出更多字符") \
	X("name", \
	    "name") \
	X("name \"%s\": letters, digits, - _ . only", \
	    "名称“%s”：只能用字母、数字、- _ .") \
	X("name must be a URL prefix without scheme in lower case, such as plant-a.acme.example", \
	    "name 应为小写、不带协议的 URL 前缀，如 plant-a.acme.example") \
	X("name must have 1 to %d bytes", \
	    "名称必须为 1 至 %d 字节") \
	X("name, or kind and type, are there twice", \
	    "name 重复，或 kind 和 type 重复") \
	X("name: %s is there twice", \
	    "name：%s 出现两次") \
	X("name: a-z, 0-9, -, . and _, %d at most", \
	    "name：a-z、0-9、-、.、_，最多 %d 个字符") \
	X("name: expected 1 to %d characters like plant-a.acme.example", \
	    "name：应为 1 到 %d 个字符，如 plant-a.acme.example") \
	X("name: missing or too long", \
	    "name：缺少或过长") \
	X("name: only a-z 0-9 . - _ / are allowed", \
	    "name：只允许 a-z 0-9 . - _ /") \
	X("name: there twice", \
	    "name：重复") \
	X("named: only the guardian is named in a permit", \
	    "named：作业票只指定监护人") \
	X("needs field %s", \
	    "需要字段 %s") \
	X("needs field; min or max; clause, text, textZh", \
	    "须有 field；min 或 max；clause、text、textZh") \
	X("needs name and type without spaces around them, a kind whose records end, legal, ends, clause, source and confirmed", \
	    "须有 name 和 type（首尾无空格）、有期限的 kind、legal、ends、clause、source 和 confirmed") \
	X("needs workType; meters, sameArea or sameAsset; clause, text, textZh", \
	    "须有 workType；meters、sameArea 或 sameAsset；clause、text、textZh") \
	X("neighbours, chains and HEADS agree: no entry is missing from %s to %s in time epoch %" PRIu32, \
	    "左右邻、各链与 HEADS 一致：%s 至 %s（时间纪元 %" PRIu32 "）无一缺失") \
	X("neighbours, chains and HEADS agree: no entry is missing from %s to %s in time epoch %" PRIu32 ", when it was answered; the window asked for ends later", \
	    "左右邻、各链与 HEADS 一致：%s 至答复时 %s（时间纪元 %" PRIu32 "）无一缺失；所问窗口的结束更晚") \
	X("neither a window nor record ids", \
	    "既无窗口也无记录编号") \
	X("neither disclosed nor withheld for a reason", \
	    "既未披露，也未说明不披露的原因") \
	X("neither true nor false", \
	    "既非 true 也非 false") \
	X("nested deeper than %d", \
	    "嵌套超过 %d 层") \
	X("new keys come with nothing else: role, company and endpoint stay", \
	    "更换密钥时不得改动其他内容：角色、公司和地址保持不变") \
	X("newest checkpoint signed again, the same bytes", \
	    "最新检查点已重新签署，字节相同") \
	X("nextIdentity commits to the present identity key", \
	    "nextIdentity 承诺的是当前身份密钥") \
	X("nextIdentity must have 32 bytes", \
	    "nextIdentity 应为 32 字节") \
	X("no LOG_START", \
	    "没有 LOG_START") \
	X("no alarm policy is in force", \
	    "没有生效的报警策略") \
	X("no answer at %s", \
	    "%s 没有应答") \
	X("no answer in 10 s; while it starts, try again", \
	    "10 秒内无应答；若正在启动，请稍后再试") \
	X("no answer, connection closed", \
	    "没有应答，连接已关闭") \
	X("no base45 character at offset %zu", \
	    "偏移 %zu 处不是 base45 字符") \
	X("no base64 character at offset %zu", \
	    "第 %zu 位不是 base64 字符") \
	X("no base64url character at offset %zu", \
	    "偏移 %zu 处不是 base64url 字符") \
	X("no certificate of this holder is published and in force; publish one first", \
	    "该持证人没有已发布且有效的证书；请先发布") \
	X("no chain fields", \
	    "没有链字段") \
	X("no checkpoint of a log of that name was cosigned here", \
	    "本节点未联署过该日志的检查点") \
	X("no checkpoint of size %" PRIu64, \
	    "没有大小为 %" PRIu64 " 的检查点") \
	X("no cosignatures", \
	    "没有联署") \
	X("no cosignatures; not: %.200s", \
	    "无联署；缺：%.200s") \
	X("no empty line before the checkpoint", \
	    "检查点之前没有空行") \
	X("no entry %" PRIu64, \
	    "没有条目 %" PRIu64) \
	X("no entry is carried", \
	    "未携带任何条目") \
	X("no entry of this kind", \
	    "没有该类型的条目") \
	X("no entry of this record is carried", \
	    "未携带该记录的任何条目") \
	X("no event %u in a batch of %u; at most %d are signed at once", \
	    "批次共 %2$u 条，没有第 %1$u 条；一次最多签名 %3$d 条") \
	X("no figure \"%.40s\"", \
	    "没有指标“%.40s”") \
	X("no fork evidence", \
	    "不是分叉证据") \
	X("no formatVersion", \
	    "没有 formatVersion") \
	X("no item that others publish", \
	    "不是由其他成员代发的情报") \
	X("no kind", \
	    "没有类型") \
	X("no kind asked for", \
	    "未指明所问类型") \
	X("no known change", \
	    "未知的变更") \
	X("no later generations here", \
	    "本节点没有更新的一代") \
	X("no listed log '%.150s' signed this checkpoint", \
	    "没有列出的日志“%.150s”签署此检查点") \
	X("no log %s here", \
	    "本节点没有日志 %s") \
	X("no log in slot %u", \
	    "位置 %u 没有日志") \
	X("no log is ahead of the wall clock: nothing to reset; lianfang clock admit says that the clock is right", \
	    "没有日志超前于系统时钟，无需重置；如需确认时钟正确，请用 lianfang clock admit") \
	X("no lower-case hex digit at offset %zu", \
	    "第 %zu 位不是小写十六进制数字") \
	X("no memory to encrypt into", \
	    "没有用于加密的内存") \
	X("no notice with this id is pending or given up: lianfang outbox list", \
	    "没有此编号的待送或已放弃的通知：lianfang outbox list") \
	X("no page and no row is damaged; still to be fetched: %" PRIu64, \
	    "没有受损的页或行；尚待取回：%" PRIu64) \
	X("no proof came", \
	    "未附证明") \
	X("no proposal with that id stands now; lianfang alliance status", \
	    "现无该标识的提案；见 lianfang alliance status") \
	X("no published certificate has this id; publish it first", \
	    "没有此编号的已发布证书；请先发布") \
	X("no range [%" PRIu64 ", %" PRIu64 ") in a tree of %" PRIu64, \
	    "范围 [%" PRIu64 ", %" PRIu64 ") 不在大小为 %" PRIu64 " 的树中") \
	X("no receipt", \
	    "没有回执") \
	X("no record has a field named %.100s", \
	    "没有记录含名为 %.100s 的字段") \
	X("no released item of this node", \
	    "本节点没有该已发布情报") \
	X("no report has this code", \
	    "没有该回执码对应的上报") \
	X("no such HEADS entry", \
	    "没有该 HEADS 条目") \
	X("no such actor", \
	    "没有该人员") \
	X("no such checkpoint yet", \
	    "尚无该检查点") \
	X("no such date", \
	    "没有这个日期") \
	X("no such generation", \
	    "没有这一代") \
	X("no such log", \
	    "没有该日志") \
	X("no such message in quarantine", \
	    "隔离区中没有此消息") \
	X("no such path", \
	    "没有该路径") \
	X("no such path; see /openapi.json", \
	    "没有该路径；见 /openapi.json") \
	X("no such proposal for the epoch in force", \
	    "当前纪元没有此提案") \
	X("no such record", \
	    "没有该记录") \
	X("no such row", \
	    "没有该数据行") \
	X("no such time of day", \
	    "没有这个时刻") \
	X("no such token", \
	    "没有该令牌") \
	X("no time fields", \
	    "没有时间字段") \
	X("no token with id %.40s", \
	    "没有编号为 %.40s 的令牌") \
	X("node page lost", \
	    "节点页丢失") \
	X("node page recomputed", \
	    "节点页已重算") \
	X("node rows", \
	    "节点数据行") \
	X("node.yaml has no target %.64s (a new one needs a restart)", \
	    "node.yaml 中没有通知对象 %.64s（新增后须重启）") \
	X("node.yaml says name %.80s, but the logs are of %.80s: put the old name back", \
	    "node.yaml 中的名称是 %.80s，而日志属于 %.80s：请改回原名称") \
	X("not UTF-8", \
	    "不是 UTF-8") \
	X("not a code of a gate: it begins with LF1: and has 175 characters", \
	    "不是门禁码：应以 LF1: 开头，共 175 个字符") \
	X("not a hello", \
	    "不是 hello") \
	X("not a log of this node", \
	    "不是本节点的日志") \
	X("not a member", \
	    "不是成员") \
	X("not a member in that epoch", \
	    "在该纪元中不是成员") \
	X("not a regular file", \
	    "不是普通文件") \
	X("not a signature line", \
	    "不是签名行") \
	X("not a succession", \
	    "不是接续声明") \
	X("not a tile's path", \
	    "不是瓦片路径") \
	X("not a time", \
	    "不是时间") \
	X("not a token: three parts with dots between", \
	    "不是令牌：应为以点分隔的三部分") \
	X("not a welcome", \
	    "不是 welcome") \
	X("not a whole zlib stream", \
	    "不是完整的 zlib 流") \
	X("not an open HEADS entry", \
	    "不是已披露的 HEADS 条目") \
	X("not closed cleanly, restore it first", \
	    "未正常关闭，请先恢复") \
	X("not shown for an unknown reason", \
	    "未披露，原因未知") \
	X("not signed by '%s'", \
	    "没有“%s”的签名") \
	X("not the number of entries that the manifest says", \
	    "条目数与清单不符") \
	X("not the path of a tile", \
	    "不是瓦片路径") \
	X("not what a holder shows: it begins with LF2:", \
	    "不是持证人的出示：应以 LF2: 开头") \
	X("not what most members' clocks say", \
	    "与多数成员的时钟不符") \
	X("not what the only member that answers says", \
	    "与唯一应答成员的时钟不符") \
	X("not withdrawn by the item's key", \
	    "撤回未由该情报的密钥签署") \
	X("nothing is held beside entry %" PRIu64, \
	    "条目 %" PRIu64 " 旁没有任何内容") \
	X("nothing is recorded now", \
	    "目前不记录任何内容") \
	X("nothing of that name is in force", \
	    "没有以此命名的有效文件") \
	X("nothing of this record was recorded by then", \
	    "该时刻尚无此记录的任何登记") \
	X("notices[%zu]: %.40s is none of named%s", \
	    "notices[%zu]：%.40s 不属于 named%s") \
	X("number is out of range", \
	    "数值超出范围") \
	X("number out of range", \
	    "数值超出范围") \
	X("numbers: expected 1 to %d", \
	    "numbers：应为 1 到 %d") \
	X("old", \
	    "旧大小") \
	X("old size is above the new size", \
	    "旧的大小大于新的大小") \
	X("one Content-Length or chunked, not both or several", \
	    "只能有一个 Content-Length 或 chunked，不可兼有或重复") \
	X("oneByOne: only of measures", \
	    "oneByOne：仅用于安全措施步骤") \
	X("only a single alarm or case is released: send all of it again, corrected, then discard this", \
	    "只能放行单条报警或事项：请将全部内容更正后重新发送，再作废本条") \
	X("opens what was never committed to", \
	    "披露了从未承诺的内容") \
	X("order: expected asc or desc", \
	    "order：应为 asc 或 desc") \
	X("origin %.100s is not NAME/KIND/GENERATION", \
	    "来源 %.100s 不是 名称/类别/代") \
	X("origin of %zu bytes", \
	    "来源为 %zu 字节") \
	X("origin of slot %u", \
	    "位置 %u 的来源") \
	X("origin row of %s", \
	    "%s 的来源数据行") \
	X("origin rows contradict each other", \
	    "来源数据行相互矛盾") \
	X("others may read the secret file %.200s: chmod 600", \
	    "密钥文件 %.200s 可被他人读取：请 chmod 600") \
	X("outside the span row of wrapping key %" PRIu32, \
	    "超出包裹密钥 %" PRIu32 " 的范围") \
	X("over %d former members: found the alliance anew", \
	    "前成员超过 %d 名：请重新组建联盟") \
	X("over %d grants", \
	    "授权超过 %d 项") \
	X("over %d members or %d grants", \
	    "成员超过 %d 个或授权超过 %d 个") \
	X("over %d papers, %d former members or %d replaced cards: found the alliance anew", \
	    "超过 %d 份文件、%d 名前成员或 %d 张被替换的卡片：请重新建立联盟") \
	X("over %d rules of joint defence: end one first", \
	    "联防规则超过 %d 条：请先终止一条") \
	X("over %d tallies in one entry", \
	    "一条记录中的计票超过 %d 项") \
	X("own/ holds no log %s/%s: put it back, or restore a backup (lianfang restore); this node cannot begin anew", \
	    "own/ 中没有日志 %s/%s：请放回原目录，或恢复备份（lianfang restore）；本节点不能从头开始") \
	X("own/ was put back to an older copy: entries may exist that only clients hold receipts for", \
	    "own/ 被恢复为较旧的副本：可能存在仅客户端持有回执的条目") \
	X("page %" PRIu64, \
	    "第 %" PRIu64 " 页") \
	X("page %" PRIu64 " is outside of the file", \
	    "第 %" PRIu64 " 页在文件之外") \
	X("page %" PRIu64 " is used twice", \
	    "第 %" PRIu64 " 页被使用两次") \
	X("page %" PRIu64 ": not a long value of %" PRIu64 " pages", \
	    "第 %" PRIu64 " 页：不是 %" PRIu64 " 页的长值") \
	X("page %" PRIu64 ": the file ends before it", \
	    "第 %" PRIu64 " 页：文件在此之前结束") \
	X("page %u: header", \
	    "第 %u 页：页头") \
	X("page size", \
	    "页大小不对") \
	X("page sizes differ", \
	    "页大小不一致") \
	X("part: expected numerator or denominator", \
	    "part：应为 numerator 或 denominator") \
	X("part: expected numerator, denominator or excluded", \
	    "part：应为 numerator、denominator 或 excluded") \
	X("path too long", \
	    "路径过长") \
	X("path: bad segment", \
	    "路径：某段有误") \
	X("path: over 2047 bytes", \
	    "路径：超过 2047 字节") \
	X("path: segment too long", \
	    "路径：某段过长") \
	X("period: a roll-up is of a month, as 2026-11", \
	    "period：汇总按月进行，如 2026-11") \
	X("period: expected a month or a day, as 2026-11 or 2026-11-30", \
	    "period：应为月份或日期，如 2026-11 或 2026-11-30") \
	X("period: it has not begun yet", \
	    "period：该期尚未开始") \
	X("period: missing", \
	    "缺少 period") \
	X("period: the log holds nothing of it yet", \
	    "period：日志中尚无该期内容") \
	X("period: this indicator is of months only", \
	    "period：该指标仅按月计算") \
	X("personal: %.64s: there is no such field, or it names no person", \
	    "personal：没有字段 %.64s，或该字段不指明个人") \
	X("personal: none, or more than 64", \
	    "personal：为空或超过 64 个") \
	X("points: at most %d, each with a name of its own, a type of this policy, a state and an amount up to 100000", \
	    "points：最多 %d 条，每条须有不重复的名称、本策略中的类型、状态和不超过 100000 的分值") \
	X("previous_of_kind %" PRIu64 ", expected %" PRIu64, \
	    "previous_of_kind 为 %" PRIu64 "，应为 %" PRIu64) \
	X("priority: expected 1 to 4", \
	    "priority：应为 1 至 4") \
	X("proof has %zu hashes too many", \
	    "证明多出 %zu 个哈希") \
	X("proof is too short", \
	    "证明过短") \
	X("proof: hash of %zu bytes", \
	    "证明：哈希为 %zu 字节") \
	X("proof: too many hashes", \
	    "证明：哈希过多") \
	X("purpose", \
	    "用途") \
	X("put back the newest copy of own/ that there is, let the missing members come, or: lianfang admit-loss --log %s --reason ...", \
	    "请恢复现有最新的 own/ 副本、等待未联系到的成员，或执行：lianfang admit-loss --log %s --reason ...") \
	X("quarantine holds %llu messages of %s and takes no more: release or discard them (lianfang quarantine list)", \
	    "隔离区：已为 %2$s 保存 %1$llu 条消息，不再接收；请放行或销毁（lianfang quarantine list）") \
	X("quarantine holds %zu messages and takes no more: release or discard them (lianfang quarantine list)", \
	    "隔离区：已保存 %zu 条消息，不再接收；请放行或销毁（lianfang quarantine list）") \
	X("query: bad or too long name", \
	    "查询：参数名有误或过长") \
	X("query: too many parameters", \
	    "查询：参数过多") \
	X("quorum '%.100s' is not defined", \
	    "quorum“%.100s”未定义") \
	X("quorum met as of %s", \
	    "截至 %s 见证人数达标") \
	X("quorum missed", \
	    "未达到见证数要求") \
	X("re-read", \
	    "复读") \
	X("reason: expected 1 to %d bytes", \
	    "reason：长度应为 1 到 %d 字节") \
	X("reasons[%zu] is incomplete or doubled", \
	    "reasons[%zu] 不完整或重复") \
	X("reasons[%zu]: barMonths over %d", \
	    "reasons[%zu]：barMonths 超过 %d") \
	X("recommended: more than %d", \
	    "recommended：超过 %d 项") \
	X("recommended: what is actionable needs an action", \
	    "recommended：需处置的类别须给出处置动作") \
	X("recommended[%zu]: give verb or text, each of %d bytes at most", \
	    "recommended[%zu]：请给出 verb 或 text，各不超过 %d 字节") \
	X("recordId", \
	    "recordId") \
	X("recordId, verifier and 1 to %d days are needed", \
	    "须给出 recordId、verifier 及 1 到 %d 天") \
	X("recorded_us goes back by %" PRIu64 " us", \
	    "recorded_us 倒退 %" PRIu64 " 微秒") \
	X("records of type '%.100s' are not known", \
	    "未知的记录类型“%.100s”") \
	X("redo.%u was written by a newer version", \
	    "redo.%u 由更新的版本写入") \
	X("redo.%u: the frame at byte %" PRIu64 " is damaged, later ones are whole: restore the directory from a backup", \
	    "redo.%u：第 %" PRIu64 " 字节处的帧已损坏，其后的帧完好：请从备份恢复该目录") \
	X("release: version, effectiveAt, label or releaserRole is missing", \
	    "release：缺少 version、effectiveAt、label 或 releaserRole") \
	X("replay: expected transaction %" PRIu64 ", not %" PRIu64, \
	    "重放：应为事务 %" PRIu64 "，而非 %" PRIu64) \
	X("resize map: a transaction stays open", \
	    "扩大存储：有事务未结束") \
	X("respondMinutes: over a year, or warnMinutes not below it", \
	    "respondMinutes：超过一年，或 warnMinutes 不小于它") \
	X("resting body does not open", \
	    "存储的正文无法打开") \
	X("resting body too long", \
	    "存储的正文过长") \
	X("resting body too short", \
	    "存储的正文过短") \
	X("rests in a wrong place", \
	    "存放位置不对") \
	X("right neighbour missing: nothing shows what follows entry %" PRIu64, \
	    "缺少右邻：无从得知条目 %" PRIu64 " 之后是什么") \
	X("rights[%zu] is incomplete or doubled", \
	    "rights[%zu] 不完整或重复") \
	X("ring key: not a secret key", \
	    "环密钥：不是私钥") \
	X("ring signature: no member of the epoch made it", \
	    "环签名：不是本周期任何成员所签") \
	X("ring signature: not of its form", \
	    "环签名：格式不符") \
	X("ring: %zu members, it takes %d to %d", \
	    "环：%zu 个成员，应为 %d 至 %d 个") \
	X("ring: key %zu is none, or not in its order", \
	    "环：第 %zu 个密钥无效或未按序排列") \
	X("ring: key %zu was announced by no member", \
	    "环：第 %zu 个密钥没有成员公布") \
	X("ring: this node's key is not among those of the epoch", \
	    "环：本节点的密钥不在本周期的密钥之中") \
	X("role is missing", \
	    "缺少 role") \
	X("role: expected plant, hq, partner or regulator", \
	    "role：应为 plant、hq、partner 或 regulator") \
	X("role: missing or too long", \
	    "role：缺失或过长") \
	X("root differs from that of the leaves", \
	    "根与由叶算出的不同") \
	X("round must be 0 to %d", \
	    "轮次必须为 0 至 %d") \
	X("row %s", \
	    "行 %s") \
	X("row of a hold", \
	    "保全的行") \
	X("row of a waiting erasure", \
	    "等待中的删除的行") \
	X("rows do not fill it", \
	    "各行未填满该页") \
	X("rows of table %s", \
	    "表 %s 的行") \
	X("rows of table %s are not in order", \
	    "表 %s 的行次序不对") \
	X("run.entries is not what the manifest says", \
	    "run.entries 与清单不符") \
	X("says the same as the proven fields", \
	    "与已证明的字段一致") \
	X("schema row", \
	    "版本数据行") \
	X("schema version %u of %s is not known", \
	    "未知的 %2$s 版本 %1$u") \
	X("scores[%zu] is incomplete or doubled", \
	    "scores[%zu] 不完整或重复") \
	X("sealed body: arena too small", \
	    "密封正文：内存区过小") \
	X("secret file %.200s", \
	    "密钥文件 %.200s") \
	X("secret_file: give a file of mode 0600 with whsec_ and base64 of 32 random bytes", \
	    "secret_file：请指定权限为 0600 的文件，内容为 whsec_ 加 32 个随机字节的 base64") \
	X("send Authorization: Bearer TOKEN; make one with lianfang token create", \
	    "缺少令牌：请发送 Authorization: Bearer 令牌；用 lianfang token create 创建") \
	X("send application/json or application/x-protobuf", \
	    "请发送 application/json 或 application/x-protobuf") \
	X("send exactly one Host", \
	    "须且只能有一个 Host") \
	X("send the body as it is, without Content-Encoding", \
	    "请直接发送正文，不要使用 Content-Encoding") \
	X("session is too old", \
	    "会话过旧") \
	X("sessionKey must have 32 bytes", \
	    "sessionKey 应为 32 字节") \
	X("shelveMinutes: missing or over a week", \
	    "shelveMinutes：缺失或超过一周") \
	X("shows a signature the leaf does not commit to", \
	    "披露了叶未承诺的签名") \
	X("shows what the leaf does not commit to", \
	    "披露了叶未承诺的内容") \
	X("signature algorithm 0x%02x is not supported", \
	    "不支持签名算法 0x%02x") \
	X("signature does not verify", \
	    "签名验证不通过") \
	X("signature of the proposal", \
	    "提案的签名") \
	X("signature too short", \
	    "签名过短") \
	X("signatures of kind 0x%02x are not supported", \
	    "不支持类别 0x%02x 的签名") \
	X("signed by no log that a policy lists", \
	    "签名者不是策略列出的任何日志") \
	X("signed, but without all that the signature covers", \
	    "已签名，但缺少签名所覆盖的内容") \
	X("signed, tree of %" PRIu64 " entries", \
	    "已签名，树含 %" PRIu64 " 条") \
	X("signing keys of type 0x%02x are not supported", \
	    "不支持类型 0x%02x 的签名密钥") \
	X("site: no log of \"%.80s\" is held here", \
	    "site：本节点未持有“%.80s”的日志") \
	X("site: too long", \
	    "site：过长") \
	X("slot row", \
	    "位置数据行") \
	X("something is missing", \
	    "内容不全") \
	X("source and confirmed: missing; say where its numbers are from", \
	    "缺少 source 和 confirmed：请注明数值出处") \
	X("source: give subject or source, not both", \
	    "source：subject 与 source 只能给一个") \
	X("source: missing", \
	    "source：缺失") \
	X("source: not one of yours", \
	    "source：不在您的范围内") \
	X("source: nothing of \"%.80s\" is numbered", \
	    "source：没有“%.80s”的带编号消息") \
	X("span row", \
	    "范围数据行") \
	X("span rows", \
	    "范围数据行") \
	X("speaks of another entry", \
	    "说的是另一条目") \
	X("speaks of another log or tree", \
	    "说的是另一日志或另一棵树") \
	X("spool counts", \
	    "暂存计数损坏") \
	X("spool row", \
	    "暂存行损坏") \
	X("squeezed: %llu bytes in a frame", \
	    "压缩：一帧中有 %llu 字节") \
	X("squeezed: not a frame", \
	    "压缩：不是一帧") \
	X("squeezed: not one whole frame", \
	    "压缩：不是完整的一帧") \
	X("squeezed: the frame is damaged", \
	    "压缩：帧已损坏") \
	X("stale: the quorum is of %s, and %llu s are allowed", \
	    "过期：见证人数达标于 %s，策略只允许 %llu 秒") \
	X("standing still", \
	    "停走") \
	X("stands here and is called withheld", \
	    "已在此披露却声称未披露") \
	X("stands there twice", \
	    "出现两次") \
	X("state of a log", \
	    "日志的状态") \
	X("state row of a log", \
	    "日志的状态数据行") \
	X("state row recomputed", \
	    "状态数据行已重算") \
	X("state row: frontier differs from the leaves", \
	    "状态数据行：边界节点与叶不符") \
	X("state row: heads of kinds differ from the leaves", \
	    "状态数据行：各类型的链头与叶不符") \
	X("state row: leaves go on behind its size %" PRIu64, \
	    "状态数据行：大小 %" PRIu64 " 之后仍有叶") \
	X("state row: number of checkpoints differs from their rows", \
	    "状态数据行：检查点数与其数据行不符") \
	X("state row: time differs from the last leaf", \
	    "状态数据行：时间与最后一个叶不符") \
	X("state: %s has no state \"%.40s\"", \
	    "state：%s 没有状态“%.40s”") \
	X("state: expected PENDING or GIVEN_UP; what was delivered is in /v1/deliveries", \
	    "state：应为 PENDING 或 GIVEN_UP；已送达的见 /v1/deliveries") \
	X("steps: DONE and CLOSE are signed, CLOSE unlike DONE", \
	    "steps：DONE 与 CLOSE 须签字，且 CLOSE 的 unlike 须含 DONE") \
	X("steps: REPLY, REJECT and CLOSE are signed where feedback is due; reply needs a REPLY", \
	    "steps：须反馈的事项，REPLY、REJECT、CLOSE 须签字；reply 须有 REPLY 步骤") \
	X("steps: nobody may CLOSE it", \
	    "steps：没有人可以 CLOSE") \
	X("steps[%zu]", \
	    "steps[%zu]") \
	X("steps[%zu]: an action of its own, roles, known fields and persons; unlike needs signed", \
	    "steps[%zu]：动作不得重复，须有角色，字段和人员须为已知；有 unlike 时须 signed") \
	X("stop the node and put back the newest copy of own/ that there is", \
	    "请停止节点并恢复现有最新的 own/ 副本") \
	X("store has its largest size", \
	    "存储已达上限") \
	X("store is read-only", \
	    "存储为只读") \
	X("stored node %" PRIu64 " of level %u differs from what is below it", \
	    "第 %2$u 层所存节点 %1$" PRIu64 " 与其下层不符") \
	X("stored node is missing", \
	    "缺少所存节点") \
	X("stored nodes of level %u from %llu on differ from those above", \
	    "第 %u 层自 %llu 起所存节点与上层不符") \
	X("stored until a legal term ends and given out to nobody, as entry %" PRIu64 " records", \
	    "法定期限届满前仅作存储、不对外提供，见条目 %" PRIu64 "") \
	X("sub, iat or status_list is missing", \
	    "缺少 sub、iat 或 status_list") \
	X("succession", \
	    "接续声明") \
	X("succession of %zu bytes", \
	    "接续声明 %zu 字节") \
	X("succession row", \
	    "接续声明数据行") \
	X("succession: %.90s does not follow %.90s", \
	    "接续声明：%.90s 并非接续 %.90s") \
	X("succession: each generation has a log key of its own", \
	    "接续声明：每一代须有各自的日志密钥") \
	X("succession: expected one signature", \
	    "接续声明：应有一个签名") \
	X("succession: line %zu is missing", \
	    "接续声明：缺少第 %zu 行") \
	X("succession: more is held than there was", \
	    "接续声明：所持多于原有") \
	X("succession: name too long", \
	    "接续声明：名称过长") \
	X("succession: not signed by %.150s", \
	    "接续声明：没有 %.150s 的签名") \
	X("sync redo", \
	    "同步 redo") \
	X("table %s", \
	    "表 %s") \
	X("table %s folded from the logs: %" PRIu64 " missing, %" PRIu64 " extra, %" PRIu64 " changed", \
	    "表 %s 已由账本重新生成：缺失 %" PRIu64 "，多余 %" PRIu64 "，不符 %" PRIu64) \
	X("table %s lost rows: what this node has cosigned last cannot be told; remove replica/ and replica-keys/: all is fetched again, and the witness key retires by itself", \
	    "表 %s 丢失了行：无法确定本节点最近的联署内容；请移除 replica/ 和 replica-keys/：将全部重新取回，见证密钥自动停用") \
	X("table %s: cannot be folded before the lost entries are back; then run repair again", \
	    "表 %s：丢失的条目取回之前无法生成；届时请再次修复") \
	X("table of an unknown kind", \
	    "未知类型的表") \
	X("tables are folded anew after an upgrade, %llu of %llu entries so far; alarms are kept meanwhile, all else waits", \
	    "升级后正在重建表，已完成 %llu / %llu 条；期间报警照常暂存，其他操作请等待") \
	X("tables are folded anew after an upgrade; ask again later", \
	    "升级后正在重建数据表，请稍后再试") \
	X("tables lost rows and are to be folded anew, or an alarm might not stop the work it must stop: lianfang repair", \
	    "有表丢失了行，须重新生成，否则报警可能无法中止应中止的作业：请运行 lianfang repair") \
	X("tables of %s/", \
	    "%s/ 的表") \
	X("tags are not allowed", \
	    "不允许使用标签") \
	X("take back a frame", \
	    "撤回一帧") \
	X("tally %zu: round, choice or members", \
	    "计票 %zu：轮次、选项或成员有误") \
	X("target %s", \
	    "通知对象 %s") \
	X("target: not a number", \
	    "target：不是数值") \
	X("targets[%zu]: expected a target's name in node.yaml: a-z, 0-9, -, . and _, %d at most", \
	    "targets[%zu]：应为 node.yaml 中的通知对象名：a-z、0-9、-、.、_，最多 %d 个字符") \
	X("text after the closing quote", \
	    "右引号之后还有文字") \
	X("text is not UTF-8 without NUL", \
	    "文本不是不含 NUL 的 UTF-8") \
	X("the HEADS entry is missing", \
	    "缺少 HEADS 条目") \
	X("the alliance log may not be signed yet; try again when the node is ready (lianfang status)", \
	    "联盟日志暂时不能签名；请待节点就绪后重试（lianfang status）") \
	X("the backup does not say whose it is: no file \"site\"", \
	    "备份未说明属于谁：没有文件“site”") \
	X("the backup goes on from another %s than this one: it was made of a node that was restored or copied since; keep it and begin anew in another place", \
	    "备份所接续的 %s 与当前不同：节点此后曾被恢复或复制；请保留该备份，另选位置重新开始") \
	X("the backup holds %" PRIu64 " entries of %s and this node %" PRIu64 ": keep it, it may be the only copy, and begin anew in another place", \
	    "备份持有 %" PRIu64 " 条 %s 的条目，本节点持有 %" PRIu64 " 条：该备份可能是唯一副本，请予保留，并另选位置重新开始") \
	X("the backup holds logs that are not here: keep it and begin anew in another place", \
	    "备份中有此处没有的日志：请保留该备份，另选位置重新开始") \
	X("the backup is of another store: give it a place of its own", \
	    "该备份属于另一个存储：请另选位置") \
	X("the backup that is there is damaged; begin anew with --full", \
	    "已有的备份已损坏；请用 --full 重新开始") \
	X("the body is not held here", \
	    "本节点未持有正文") \
	X("the bundle does not answer for a whole window with every field", \
	    "该证据包不是对整个时间窗、全部字段的回答") \
	X("the bundle ends here", \
	    "证据包到此为止") \
	X("the bundles are of different logs", \
	    "这些证据包来自不同日志") \
	X("the card changes more than the proposal says", \
	    "名片的改动超出提案所述") \
	X("the card is of another member", \
	    "名片属于另一成员") \
	X("the card of %.120s has other keys than this node; make a new card: lianfang alliance card", \
	    "%.120s 的名片与本节点密钥不同；请重新生成：lianfang alliance card") \
	X("the certificate is not valid", \
	    "证书无效") \
	X("the checkpoint does not cover it", \
	    "检查点未覆盖它") \
	X("the checkpoint given is not of %.100s as it is held here or further", \
	    "所给检查点不是本节点所持或更新的 %.100s") \
	X("the clock was set back: some of these hours stand in another time epoch as well; ask for that too", \
	    "时钟曾被拨回：其中一些时段也在另一时间纪元中；请一并索取") \
	X("the courier needs the node running: start lianfangd", \
	    "信使文件需要节点正在运行：请启动 lianfangd") \
	X("the decision names a span of more than a hundred years", \
	    "决定中的时长超过一百年") \
	X("the decision names more needs or credentials than one looks at", \
	    "该判定所列的要求或凭证超过一次判定的上限") \
	X("the decision was taken by version %u of the steps, this is version %u: replay it with that release", \
	    "该判定按第 %u 版步骤作出，本程序为第 %u 版：请用相应版本重算") \
	X("the directory was put back to an older copy: entries may exist that only clients hold receipts for", \
	    "整个目录被恢复为较旧的副本：可能存在仅客户端持有回执的条目") \
	X("the directory's name is long", \
	    "目录名过长") \
	X("the evidence log is in doubt too: admit its loss first", \
	    "证据日志也存疑：请先承认其丢失") \
	X("the file does not carry the leaf that it proves", \
	    "文件未携带其所证明的叶") \
	X("the file goes on at entry %llu, and %llu are held here: export for its sender, import it there, and have it exported anew", \
	    "文件从第 %llu 条开始，而本节点只有 %llu 条：请为其发送方导出并在对方导入，再由对方重新导出") \
	X("the file has no column \"%s\"", \
	    "文件没有“%s”列") \
	X("the file is altered, or sealed to an older key of this node", \
	    "文件被改动，或是用本节点的旧密钥密封的") \
	X("the file is empty", \
	    "文件为空") \
	X("the file system of %s cannot exchange two names in one step (RENAME_EXCHANGE), and without that a crash could leave no store: copy the stopped node's directory to ext4, XFS or Btrfs, repair it there, copy it back", \
	    "%s 所在文件系统不能一步交换两个名称（RENAME_EXCHANGE），否则崩溃时可能没有可用存储：请将已停止节点的目录复制到 ext4、XFS 或 Btrfs，在那里修复后再复制回来") \
	X("the file was made by no other member of this alliance", \
	    "此文件不是本联盟其他成员生成的") \
	X("the first line: expected 'old' and a size", \
	    "第一行应为 'old' 和大小") \
	X("the holder's reference here is over %zu bytes: present the credential again under a shorter one", \
	    "此人在本节点的编号超过 %zu 字节：请以较短的编号重新出示凭证") \
	X("the holder's secret is gone", \
	    "持证人的秘密值已不存在") \
	X("the identity key that the card committed to is not in keys/: only the members can give this node another one (lianfang alliance card --new-keys)", \
	    "keys/ 中没有卡片预先承诺的身份密钥：只能由成员表决为本节点更换（lianfang alliance card --new-keys）") \
	X("the item stands so already", \
	    "该情报已是此状态") \
	X("the key id does not belong to this name and key", \
	    "密钥编号与名称和密钥不符") \
	X("the key id of '%s' is %08" PRIx32, \
	    "“%s”的密钥编号是 %08" PRIx32) \
	X("the key is none of an identity: lianfang vkey identity", \
	    "该公钥不是身份公钥：请用 lianfang vkey identity 获取") \
	X("the key of %s/%s/%u is gone: its log was closed, and this copy of own/ is older than that; bring back the newest one", \
	    "%s/%s/%u 的密钥已不存在：其日志已关闭，而此 own/ 副本更旧；请恢复最新的副本") \
	X("the key of log '%s' has type 0x%02x, not 0x01", \
	    "日志“%s”的密钥类型为 0x%02x，应为 0x01") \
	X("the key of witness '%.100s' has type 0x%02x, not 0x04", \
	    "见证“%.100s”的密钥类型为 0x%02x，应为 0x04") \
	X("the key was revoked by entry %" PRIu64, \
	    "该密钥已由条目 %" PRIu64 " 注销") \
	X("the keys of %s are not those of its card", \
	    "%s 的密钥与其名片不符") \
	X("the last line has no end", \
	    "最后一行没有换行符") \
	X("the last line of a checkpoint has no end", \
	    "检查点的最后一行没有换行符") \
	X("the last member cannot leave", \
	    "最后一名成员不能退出") \
	X("the links to the members begin anew: give the command again", \
	    "与成员的连接正在重新建立：请重新执行该命令") \
	X("the list has expired: fetch a new one", \
	    "该列表已过期：请重新获取") \
	X("the list is about %.200s, not about %s", \
	    "该列表属于 %.200s，而不是 %s") \
	X("the list is of a later time than asked for", \
	    "该列表晚于所问时刻") \
	X("the log had another root at size %llu", \
	    "日志在大小 %llu 处的根不同") \
	X("the log is another site's", \
	    "该日志属于其他站点") \
	X("the log is empty", \
	    "日志为空") \
	X("the log is full", \
	    "日志已满") \
	X("the log may not be signed now", \
	    "日志目前不可签名") \
	X("the logs do not say so", \
	    "账本中并无此行") \
	X("the logs say otherwise", \
	    "与账本不一致") \
	X("the logs say that it is there", \
	    "账本中应有此行") \
	X("the manifest is full with %zu parts; begin anew with a whole backup (--full)", \
	    "清单已满，共 %zu 个分卷；请用 --full 重新做一次完整备份") \
	X("the map feeds field %s twice", \
	    "映射两次填写字段 %s") \
	X("the map has over %d columns", \
	    "映射超过 %d 列") \
	X("the map names field %s, which %s does not have as a plain value", \
	    "映射中的字段 %s 在 %s 中不存在或不是简单值") \
	X("the name '%.100s' is taken", \
	    "名称“%.100s”已被占用") \
	X("the name 'none' is reserved", \
	    "名称“none”为保留名") \
	X("the name and all checkpoints of the log in slot %u are lost", \
	    "位于 %u 号的账本名称及其全部检查点均已丢失") \
	X("the name is too long", \
	    "名称过长") \
	X("the node answered %zu rows of %zu", \
	    "节点只答复了 %2$zu 行中的 %1$zu 行") \
	X("the node answers %ld", \
	    "节点返回 %ld") \
	X("the node did not come round in %d s; give the same command again later, it goes on here", \
	    "节点在 %d 秒内未恢复；请稍后重新执行同一命令，将从此处继续") \
	X("the node does not write now; look at its log", \
	    "节点当前不写入；请查看其日志输出") \
	X("the node has stopped writing after a failed commit; look at the disk, then restart it", \
	    "节点因提交失败已停止写入；请检查磁盘后重启") \
	X("the node is ending", \
	    "节点正在停止") \
	X("the node is full; send it again later", \
	    "节点已满；请稍后重试") \
	X("the node is stopping", \
	    "节点正在停止；请稍后重试") \
	X("the opening of %s does not belong to its commitment", \
	    "%s 的开示与其承诺不符") \
	X("the origin is too long", \
	    "来源过长") \
	X("the pack lists no measures", \
	    "规则包未列措施") \
	X("the path of event %u in a batch of %u has another length", \
	    "批次共 %2$u 条时，第 %1$u 条的路径长度不对") \
	X("the peer does not accept our hello", \
	    "对方不接受本节点的 hello") \
	X("the peer lost the session", \
	    "对方已丢失会话") \
	X("the policy asks for none", \
	    "策略不要求见证") \
	X("the proof does not hold, it says", \
	    "其称证明不成立") \
	X("the proof is for another entry or another tree", \
	    "证明对应另一条目或另一棵树") \
	X("the proposal is not signed", \
	    "提案未签名") \
	X("the public key of log '%s' is that of '%s'", \
	    "日志“%s”的公钥与“%s”相同") \
	X("the public key of witness '%.80s' is that of '%.80s'", \
	    "见证“%.80s”的公钥与“%.80s”相同") \
	X("the quorum of witnesses is missed: %zu cosigned", \
	    "未达到见证数要求：仅 %zu 个联署") \
	X("the quorum of witnesses is older than the %llu s that the policy allows", \
	    "见证人数达标的时间早于策略允许的 %llu 秒") \
	X("the quote is not closed", \
	    "引号未闭合") \
	X("the range proof is for other entries or another tree", \
	    "范围证明对应其他条目或另一棵树") \
	X("the record erased, as entry %" PRIu64 " records", \
	    "该记录已清除，见条目 %" PRIu64) \
	X("the record has more events than can be looked back on", \
	    "该记录事件过多，无法回溯") \
	X("the record is damaged", \
	    "记录已损坏") \
	X("the record not shown: %s; only the sender says so", \
	    "该记录未披露：%s；仅为发送方声称") \
	X("the reply is larger than %u bytes; narrow the question", \
	    "应答超过 %u 字节；请缩小查询范围") \
	X("the root of a checkpoint is base64 of 32 bytes", \
	    "检查点的根应为 32 字节的 base64") \
	X("the row has %zu fields, the titles are %zu", \
	    "该行有 %zu 个字段，标题为 %zu 个") \
	X("the row has %zu fields; %s wants field %zu", \
	    "该行有 %zu 个字段；%s 需要第 %zu 个") \
	X("the same public key is used twice", \
	    "同一公钥用了两次") \
	X("the signature by '%s' does not verify", \
	    "“%s”的签名验证不通过") \
	X("the signature is not by this key, or the token was changed", \
	    "签名不是该公钥所签，或令牌已被改动") \
	X("the signature is not one of 64 bytes", \
	    "签名不是 64 字节") \
	X("the signature of its batch does not verify, or the event is not in it", \
	    "所属批次的签名未通过验证，或该事件不在该批次中") \
	X("the size of a checkpoint is a decimal below 2^63", \
	    "检查点的大小应为小于 2^63 的十进制数") \
	X("the slice of field %u holds something else", \
	    "字段 %u 的切片含其他内容") \
	X("the status list has no entry left", \
	    "状态列表已无空位") \
	X("the store as it was: %s; remove it when all is back", \
	    "原存储：%s；全部取回后可移除") \
	X("the store was put back since the part before: begin anew", \
	    "自上一个分卷以来存储曾被恢复：请重新开始") \
	X("the stored nodes differ from what was signed", \
	    "所存节点与所签署的不同") \
	X("the text does not fit a QR code", \
	    "文本过长，无法制成二维码") \
	X("the text is not valid %s; `encoding` may be utf-8 or gb18030", \
	    "文本不是有效的 %s；`encoding` 可为 utf-8 或 gb18030") \
	X("the tree of %" PRIu64 " does not start with that of %" PRIu64, \
	    "大小 %" PRIu64 " 的树不以大小 %" PRIu64 " 的树开头") \
	X("the vault belongs to another store", \
	    "密钥库属于另一个存储") \
	X("the window begins before this generation of the log did; ask for what is before in the one before", \
	    "窗口早于日志的这一代；之前的请向前一代索取") \
	X("the witness key was retired; for a new one stop the node, remove %s/keys/witness.retired and ask again", \
	    "见证密钥已停用；如需新密钥，请停止节点、删除 %s/keys/witness.retired 后重试") \
	X("the wrapping keys there are those of another store", \
	    "该处的包裹密钥属于另一个存储") \
	X("there is no next generation", \
	    "没有下一代") \
	X("this book has no vault", \
	    "没有密钥库") \
	X("this certificate is shown to %d verifiers already", \
	    "该证书已向 %d 个核验方出示") \
	X("this file has another format than v1, which is all that this version reads: have it exported anew", \
	    "文件格式不是 v1，本版本只能读取 v1：请重新导出") \
	X("this file is for %s, not for this node", \
	    "此文件是给 %s 的，不是给本节点的") \
	X("this file is for nobody of this alliance", \
	    "此文件不是给本联盟任何成员的") \
	X("this file is of another alliance", \
	    "此文件属于另一个联盟") \
	X("this is no file of lianfang courier export", \
	    "这不是 lianfang courier export 生成的文件") \
	X("this is not a holder's own file: it is made by cert present --attributes", \
	    "这不是持证人自留文件：由 cert present --attributes 制作") \
	X("this message was decided on already, by an entry of the ledger", \
	    "该消息此前已作处理，账本中已有记载") \
	X("this node has status list 1 alone", \
	    "本节点只有 1 号状态列表") \
	X("this node is in no alliance; lianfang alliance join", \
	    "本节点未加入联盟；请用 lianfang alliance join 加入") \
	X("this node is no member (yet, or any more)", \
	    "本节点（尚）不是成员") \
	X("this node proposes no change of that kind", \
	    "本节点不提出此类变更") \
	X("this path takes %s", \
	    "该路径只接受 %s；见 /openapi.json") \
	X("this socket serves the node's own user and root", \
	    "此套接字仅供节点所属用户和 root 使用") \
	X("this system cannot read GB18030 (glibc's gconv modules)", \
	    "本系统无法读取 GB18030（缺少 glibc 的 gconv 模块）") \
	X("this token has more under way than its share; wait for answers, or send less at once", \
	    "该令牌在途请求超过其份额；请等待应答，或减少并发") \
	X("this token is not, or no longer, valid here", \
	    "令牌未知、已过期或已吊销") \
	X("this witness vouches for nothing any more: what it has seen is not known for certain", \
	    "此见证已停用：其所见已无法确定") \
	X("time is outside the years 1970 to 9999", \
	    "时间不在 1970 至 9999 年之间") \
	X("time: entries of before were lost; what they said is not known", \
	    "time：该时刻之前的条目已丢失，其内容不得而知") \
	X("time: lists of other seconds are being made; ask again in a minute", \
	    "time：正在生成其他时刻的列表；请一分钟后再试") \
	X("time: more has changed since than is told again; ask for one credential with ?at=", \
	    "time：此后变更过多，不再重述；请对单个凭证使用 ?at=") \
	X("time: that second is not told yet; ask again when it is more than a minute old", \
	    "time：该秒尚不可查；请在其过去一分钟以后再试") \
	X("time: the clock was reset since; ask for one credential with ?at=", \
	    "time：此后时钟曾被重置；请对单个凭证使用 ?at=") \
	X("time: this list began later", \
	    "time：该列表始于更晚的时刻") \
	X("time_epoch %" PRIu32 " after TIME_RESET, expected %" PRIu32, \
	    "TIME_RESET 之后 time_epoch 为 %" PRIu32 "，应为 %" PRIu32) \
	X("time_epoch %" PRIu32 " without TIME_RESET, expected %" PRIu32, \
	    "没有 TIME_RESET 而 time_epoch 为 %" PRIu32 "，应为 %" PRIu32) \
	X("timeout_seconds: expected 1 to 60", \
	    "timeout_seconds：应为 1 到 60") \
	X("times: expected 2 to %d", \
	    "times：应为 2 到 %d") \
	X("to: not after from", \
	    "to：不晚于 from") \
	X("too deep", \
	    "层次过深") \
	X("too long", \
	    "过长") \
	X("too many actors", \
	    "人员过多") \
	X("too many ended connections are not given back: restart the node", \
	    "已断开的连接过多且未释放：请重启节点") \
	X("too many entries", \
	    "条目过多") \
	X("too many entries: narrow the window", \
	    "条目过多：请缩小窗口") \
	X("too many fields", \
	    "字段过多") \
	X("too many kinds in one log", \
	    "一个日志中的类型过多") \
	X("too many logs", \
	    "日志过多") \
	X("too many of them", \
	    "数量过多") \
	X("too many proposals of one member in one epoch", \
	    "一名成员在一个纪元内的提案过多") \
	X("too many record ids or field names", \
	    "记录编号或字段名过多") \
	X("too many records: narrow the window", \
	    "记录过多：请缩小窗口") \
	X("too many requests are waiting", \
	    "等待的请求过多；请稍后重试") \
	X("too many wrapping keys", \
	    "包裹密钥过多") \
	X("too much to withhold", \
	    "不披露的内容过多") \
	X("transaction numbers do not follow each other", \
	    "事务号不连续") \
	X("tree node %u/%" PRIu64 " cannot be read", \
	    "树节点 %u/%" PRIu64 " 无法读取") \
	X("tree of free pages", \
	    "空闲页的树不对") \
	X("tree of tables", \
	    "表的树不对") \
	X("turn of %zu bytes", \
	    "turn 为 %zu 字节") \
	X("turn: not a message", \
	    "turn：不是消息") \
	X("turn: too many fields of a part", \
	    "turn：分段的字段过多") \
	X("turn: too many hashes of a proof", \
	    "turn：证明的哈希过多") \
	X("turn: too many items", \
	    "turn：项目过多") \
	X("turn: too many parts", \
	    "turn：分段过多") \
	X("two alliance logs of %.200s", \
	    "%.200s 有两份联盟日志") \
	X("two roots for a tree of %" PRIu64, \
	    "大小 %" PRIu64 " 的树有两个根") \
	X("types: missing, too long or doubled", \
	    "types：缺失、过长或重复") \
	X("unknown field", \
	    "未知字段") \
	X("unknown kind", \
	    "未知类型") \
	X("unknown value, expected a name of %s", \
	    "未知的值，应为 %s 的名称") \
	X("url: %.100s is beyond loopback and would be plain text; use https, or insecure: true", \
	    "url：%.100s 在回环之外且为明文；请用 https，或设 insecure: true") \
	X("url: expected http:// or https://, %d characters at most, without user, password and fragment", \
	    "url：应为 http:// 或 https://，最多 %d 个字符，不含用户名、口令和片段") \
	X("url: expected http:// or https://, not %s", \
	    "url：应为 http:// 或 https://，而非 %s") \
	X("url: missing", \
	    "url：缺少") \
	X("url: no host in it, or too long", \
	    "url：缺少主机名，或过长") \
	X("utcOffset %.10s is not like +08:00", \
	    "utcOffset %.10s 应形如 +08:00") \
	X("utcOffset %s is not like +08:00", \
	    "utcOffset %s 应形如 +08:00") \
	X("vault", \
	    "密钥库") \
	X("vault: cannot read its owner", \
	    "密钥库：无法读取其归属") \
	X("verifies", \
	    "验证通过") \
	X("verifies, but nothing here says whose key it is", \
	    "验证通过，但此处无从得知是谁的密钥") \
	X("verifies, but that the key was not revoked is not shown", \
	    "验证通过，但未证明该密钥未被注销") \
	X("version, title, titleZh, unit, direction, period, group or source is missing", \
	    "缺少 version、title、titleZh、unit、direction、period、group 或 source") \
	X("vkey", \
	    "验证密钥") \
	X("vkey: %.100s is there twice", \
	    "vkey：%.100s 出现两次") \
	X("vkey: a log's key has type 0x01, not 0x%02x", \
	    "vkey：日志密钥的类型应为 0x01，而不是 0x%02x") \
	X("vkey: a witness's key has type 0x04, not 0x%02x", \
	    "vkey：见证密钥的类型应为 0x04，而不是 0x%02x") \
	X("vkey: missing", \
	    "vkey：缺失") \
	X("vote and proposal are of two epochs", \
	    "投票与提案属于不同的纪元") \
	X("voted already in round %u, the newest that is open", \
	    "已在第 %u 轮（最新开放的一轮）投过票") \
	X("warnDays: expected 1 to %d, each less than the one before", \
	    "warnDays：应有 1 到 %d 个，且依次递减") \
	X("was recorded after the answer", \
	    "记录于答复之后") \
	X("welcome of %zu bytes", \
	    "welcome 为 %zu 字节") \
	X("what came for entries from %" PRIu64 " does not make the node above them", \
	    "取回的自 %" PRIu64 " 起的条目与其上节点不符") \
	X("what is shown is no part of a certificate", \
	    "所出示的不是证书的一部分") \
	X("what was restored does not pass the audit: see above", \
	    "恢复结果未通过核验：见上文") \
	X("white space or control characters", \
	    "含空白或控制字符") \
	X("window: expected 0 to 86400 seconds", \
	    "window：应为 0 至 86400 秒") \
	X("windowMinutes: expected 1 to %u", \
	    "windowMinutes：应为 1 到 %u") \
	X("withheld: not complete, or not in order", \
	    "withheld：不完整或未按顺序") \
	X("within", \
	    "within") \
	X("within: expected 1d to %dd", \
	    "within：应为 1d 到 %dd") \
	X("witness state", \
	    "见证状态") \
	X("witness state of %s", \
	    "%s 的见证状态") \
	X("work: missing, for example hot-work", \
	    "work：缺少，例如 hot-work") \
	X("wrapping key %s there is of another time of this node: its store was put back; keep these keys with their backup and begin anew in another place", \
	    "该处的包裹密钥 %s 属于本节点的另一时期：其存储曾被退回旧副本；请将这些密钥与其备份一并保留，另选位置重新开始") \
	X("wrapping key %" PRIu32 " has no span row", \
	    "包裹密钥 %" PRIu32 " 没有范围数据行") \
	X("wrapping key %u is gone", \
	    "包裹密钥 %u 已销毁") \
	X("wrapping key %u is not there: what rests under it cannot be opened", \
	    "包裹密钥 %u 不存在：其下的内容无法打开") \
	X("wrapping key %u was retired: seal again", \
	    "包裹密钥 %u 已停用：请重新密封") \
	X("write an IPv6 address in brackets: [::1]:8420", \
	    "IPv6 地址须加方括号：[::1]:8420") \
	X("written by a newer version: version %u", \
	    "由更新的版本写入：版本 %u") \
	X("you gave no policy of your own: nothing is trusted", \
	    "您未给出自己的策略：一律不可信") \
	X("your policy does not list this log with the key that signed", \
	    "您的策略未列出此日志及其签名密钥") \
	X("zip: %s", \
	    "zip：%s") \
	X("zip: %zu members", \
	    "zip：%zu 个成员") \
	X("zip: a member with attributes: packed by another program", \
	    "zip：成员带有属性：由其他程序打包") \
	X("zip: bad member name", \
	    "zip：成员名不合规") \
	X("zip: bytes between the members", \
	    "zip：成员之间有多余字节") \
	X("zip: directory cut short", \
	    "zip：目录被截断") \
	X("zip: extra field or comment at a member", \
	    "zip：成员带有附加字段或注释") \
	X("zip: file too large", \
	    "zip：文件过大") \
	X("zip: file too short", \
	    "zip：文件过短") \
	X("zip: local header contradicts the directory", \
	    "zip：局部头与目录矛盾") \
	X("zip: member %.100s is there twice or out of order", \
	    "zip：成员 %.100s 重复或未按顺序") \
	X("zip: member neither stored nor deflated plainly", \
	    "zip：成员既非直接存储也非普通压缩") \
	X("zip: members not laid end to end", \
	    "zip：成员未首尾相接") \
	X("zip: members too large", \
	    "zip：成员过大") \
	X("zip: no end record where the file ends", \
	    "zip：文件末尾没有结束记录") \
	X("zip: nothing was written", \
	    "zip：什么也没有写入") \
	X("zip: short read", \
	    "zip：读取不足")
/* clang-format on */

#endif
