/* rules.h - every reason the node gives, with its clause and fix. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_RULES_H
#define NODE_DOMAIN_RULES_H

/* X(code, clause, text, text in Chinese, fix, fix in Chinese) */
/* clang-format off */
#define RULE_LIST(X) \
	X(FIELD_MISSING, "", \
	    "a required field is missing", "缺少必填字段", \
	    "send the field", "补充该字段") \
	X(FIELD_RANGE, "", \
	    "a field is out of range or too long", "字段超出允许范围或过长", \
	    "correct the field", "更正该字段") \
	X(STORAGE_FULL, "", \
	    "there is no room on the node's disk; this was not recorded", "节点磁盘空间不足,本次内容未记录", \
	    "free space there, then send it again; no restart is needed", "请在该磁盘腾出空间后重发;无需重启") \
	X(NODE_HALTED, "", \
	    "the node stopped recording when a write to its disk failed", \
	    "节点写盘失败,已停止记录", \
	    "look at the disk and the journal, restart the node, run lianfang audit, then send it again", \
	    "请检查磁盘和运行日志,重启节点并运行 lianfang audit,再重发") \
	X(HEADS_UNKNOWN, "", \
	    "the node does not know whether its log is whole, so it signs " \
	    "nothing; alarms are kept until it does", \
	    "节点尚不能确定其日志是否完整,暂不签名;报警会先行暂存", \
	    "send it again later; on the node see lianfang log list", \
	    "请稍后重发;在该节点查看 lianfang log list") \
	X(SPOOL_FULL, "", \
	    "the node keeps as many unsigned alarms as it may", \
	    "节点暂存的未签名报警已达上限", \
	    "send it again later; on the node see lianfang log list", \
	    "请稍后重发;在该节点查看 lianfang log list") \
	X(SPOOLED, "", \
	    "taken while the node could not sign; entered when it could", \
	    "节点不能签名时接收,恢复签名后登记", \
	    "compare the times of the event and of its entry", \
	    "请对照事件时间与登记时间") \
	X(TIME_FUTURE, "", \
	    "the event lies in the future", "事件时间在未来", \
	    "check the clock of the device", "检查设备时钟") \
	X(CLOCK_UNCERTAIN, "GB 30871-2022 5.3.1", \
	    "the node's clock is uncertain, and the answer depends on it", "节点时钟存疑，且结论取决于时间", \
	    "lianfang clock shows why: set the clock, or confirm it with lianfang clock admit", "用 lianfang clock 查看原因：校正时钟，或用 lianfang clock admit 确认") \
	X(AREA_DENIED, "", \
	    "the token does not cover this area", "令牌无权访问该区域", \
	    "ask for a token with this area", "申请包含该区域的令牌") \
	X(RECORD_UNKNOWN, "", \
	    "no such record", "记录不存在", \
	    "check the id", "检查编号") \
	X(RECORD_EXISTS, "", \
	    "the record id is taken", "记录编号已被占用", \
	    "make a new id", "使用新的编号") \
	X(EVENT_EXISTS, "", \
	    "the event id was used for another event", "事件编号已用于其他事件", \
	    "make a new event id", "使用新的事件编号") \
	X(KIND_MISMATCH, "", \
	    "the record is of another kind", "记录类型不符", \
	    "check the id", "检查编号") \
	X(SIGNATURE_MISSING, "GB 30871-2022 4.6", \
	    "a person must sign this step", "该步骤须由责任人签字", \
	    "sign with an enrolled key", "用已登记的密钥签字") \
	X(SIGNATURE_INVALID, "", \
	    "the signature does not verify", "签名校验失败", \
	    "sign the exact bytes again", "对原始字节重新签名") \
	X(ACTOR_UNKNOWN, "", \
	    "the signing key is not enrolled or was revoked", "签名密钥未登记或已撤销", \
	    "enrol the person", "先登记人员密钥") \
	X(ROLE_MISSING, "GB 30871-2022 4.6", \
	    "the signer has no role for this step", "签字人无权执行该步骤", \
	    "let an entitled person sign", "由有权限的人员签字") \
	X(ACTOR_AREA, "", \
	    "the signer has no right in this area", "签字人无权在该区域签字", \
	    "let an entitled person sign", "由有权限的人员签字") \
	X(RIGHT_OVER, "AQ 3064.2-2025 5.5.3", \
	    "the signer's right has not begun or is over", "签字人的授权尚未生效或已到期", \
	    "let an entitled person sign, or delegate anew", "由有权限的人员签字，或重新授权") \
	X(DELEGATION_EMPTY, "AQ 3064.2-2025 5.5.3", \
	    "who delegated this right does not hold it", "授权人本人没有该项权限", \
	    "have it delegated by whoever holds it, with an end", "由持有该权限的人员授权，并写明到期时间") \
	X(SOURCE_KEY, "", \
	    "the key is not enrolled for this source", "该密钥未登记给此数据源", \
	    "enrol it: lianfang source add NAME", "登记密钥：lianfang source add 名称") \
	X(SEQ_STALE, "", \
	    "the record has moved on since the author saw it", "作者所见之后记录已变化", \
	    "read the record again", "重新读取记录") \
	X(STATE_FORBIDS, "GB 30871-2022 4.6", \
	    "the record's state does not allow this step", "当前状态不允许该步骤", \
	    "follow the order of the procedure", "按程序顺序办理") \
	X(STATE_FINAL, "GB 30871-2022 4.16", \
	    "the record is closed for good", "记录已终结", \
	    "open a new one", "重新办理") \
	X(PACK_MISSING, "", \
	    "no rule pack is in force for this work", "没有适用于该作业的规则包", \
	    "install the pack in DIR/packs", "在 DIR/packs 中安装规则包") \
	X(LEVEL_UNKNOWN, "GB 30871-2022 5.1", \
	    "the level is missing or not in the pack", "作业级别缺失或未定义", \
	    "give the level", "填写级别") \
	X(WINDOW_INVALID, "GB 30871-2022 5.1.5", \
	    "the planned window is missing or empty", "计划时段缺失或无效", \
	    "give plannedFrom and plannedTo", "填写计划起止时间") \
	X(WINDOW_TOO_LONG, "GB 30871-2022 5.1.5", \
	    "the planned window exceeds the validity of this level", "计划时段超过该级别有效期", \
	    "at most 8 h for special and level 1, 72 h for level 2", "特级、一级不超过 8 h，二级不超过 72 h") \
	X(GUARDIAN_MISSING, "GB 30871-2022 4.10", \
	    "a guardian must be named", "须指定监护人", \
	    "name a guardian", "指定监护人") \
	X(GUARDIAN_IS_WORKER, "GB 30871-2022 4.10f", \
	    "the guardian does other work", "监护人不得兼做其他工作", \
	    "name another guardian", "另行指定监护人") \
	X(WORKER_MISSING, "GB 30871-2022 4.9", \
	    "the worker is not named", "未指定作业人", \
	    "name the worker", "指定作业人") \
	X(GAS_MISSING, "GB 30871-2022 5.3.1", \
	    "no gas test within limits", "没有合格的气体分析", \
	    "test the gas", "进行气体分析") \
	X(GAS_TOO_OLD, "GB 30871-2022 5.3.1c", \
	    "the gas sample is older than 30 minutes", "取样超过 30 min", \
	    "test the gas again", "重新取样分析") \
	X(GAS_OVER_LIMIT, "GB 30871-2022 5.3.2", \
	    "combustible gas is over the limit", "可燃气体浓度超标", \
	    "ventilate or purge, then test again", "通风或置换后重新分析") \
	X(GAS_UNUSABLE, "GB 30871-2022 5.3.2", \
	    "the reading cannot be judged: value, unit %vol or LEL is missing", "读数无法判定：缺少数值、单位 %vol 或爆炸下限", \
	    "give value, unit %vol and LEL", "填写数值、单位 %vol 与爆炸下限") \
	X(GAS_OK, "GB 30871-2022 5.3.2", \
	    "combustible gas is within the limit", "可燃气体浓度合格", \
	    "", "") \
	X(BREAK_TOO_LONG, "GB 30871-2022 5.3.1d", \
	    "work stood still too long: a new gas test is needed", "中断时间过长，须重新分析", \
	    "test the gas again, then resume", "重新分析后恢复作业") \
	X(STOP_NEEDS_TEST, "GB 30871-2022 4.8", \
	    "gas stopped the work: a sample taken after the stop is needed", "因气体停工，须在停工后重新取样", \
	    "test the gas again, then resume", "重新分析后恢复作业") \
	X(ALARM_SINCE, "GB 30871-2022 4.8, 5.3.1", \
	    "there was an alarm in this area after the newest sample", "最近一次取样之后该区域发生过报警", \
	    "test the gas again", "重新取样分析") \
	X(RESUME_NEEDS_TEST, "AQ 3064.2-2025 5.8.4", \
	    "work was interrupted: a sample taken after the stop is needed before it resumes", "作业已暂停，恢复前须在暂停后重新取样分析", \
	    "test the gas again, then resume", "重新分析后恢复作业") \
	X(DAILY_TEST, "GB 30871-2022 5.3.1d", \
	    "no gas test yet on this day", "当日尚未进行气体分析", \
	    "test the gas today", "当日进行气体分析") \
	X(PERMIT_EXPIRED, "GB 30871-2022 4.16", \
	    "the permit is past its validity", "作业票已过有效期", \
	    "apply for a new permit", "重新办理作业票") \
	X(NOT_YET_VALID, "", \
	    "the planned window has not begun", "尚未到计划时段", \
	    "wait for the window", "等待计划时段开始") \
	X(LATE_EVENT, "", \
	    "the event arrived late; it is kept as evidence", "事件迟到，已留存为证据", \
	    "", "") \
	X(ALARM_SUSPENDS, "GB 30871-2022 4.8", \
	    "an alarm in the area stopped the work", "区域内报警，作业已暂停", \
	    "leave the area; resume after clearance and a new gas test", "撤离；报警解除并重新分析后方可恢复") \
	X(ALARM_OPEN, "GB 30871-2022 4.8", \
	    "an alarm that stops work is open in the area", "区域内存在须停工的未解除报警", \
	    "clear the alarm first", "先解除报警") \
	X(GAS_SUSPENDS, "GB 30871-2022 5.3.2", \
	    "a gas test over the limit stopped the work", "气体分析超标，作业已暂停", \
	    "ventilate, test again, then resume", "通风并重新分析后恢复") \
	X(LOG_LOST, "", \
	    "entries of the log are lost; a stop may be among them", "日志有条目丢失，其中可能有停止作业的记录", \
	    "look at the site, test gas again, decide again, then resume", "现场核查、重新分析气体并重新判定后恢复") \
	X(STEP_MISSING, "GB 30871-2022 4.6", \
	    "a step that the rule pack asks for is missing", "缺少规则包要求的步骤", \
	    "let a person with this role do it and sign", "由具备该角色的人员完成并签字") \
	X(STEP_TOO_OLD, "", \
	    "a step was done too long ago", "该步骤完成时间过久", \
	    "do it again", "重新办理该步骤") \
	X(STEP_SIGNERS, "GB 30871-2022 4.6", \
	    "more persons have to sign this step", "该步骤签字人数不足", \
	    "let another person with this role sign it too", "由另一名具备该角色的人员会签") \
	X(STEP_UNKNOWN, "", \
	    "the rule pack of this permit has no such step at this level", "该作业票的规则包在此级别没有该步骤", \
	    "lianfang permit show lists the steps that are missing", "lianfang permit show 列出尚缺的步骤") \
	X(FORM_INCOMPLETE, "GB 30871-2022 annex A", \
	    "a field of the form is missing", "票面字段缺失", \
	    "fill in the field and sign again", "补填该字段并重新签字") \
	X(MEASURES_OPEN, "GB 30871-2022 4.6", \
	    "a safety measure is not answered, or applies and is not done", "安全措施未确认，或涉及但未落实", \
	    "confirm every measure on site", "现场逐项确认安全措施") \
	X(MEASURE_UNKNOWN, "GB 30871-2022 4.6", \
	    "what is confirmed is no measure of this work, or this is not the step for it", "所确认的不是该作业的安全措施，或不应在此步骤确认", \
	    "give `no`, `applies` and `done` of measures of the pack, in its step for them", "在对应步骤填写规则包中措施的 no、applies、done") \
	X(MEASURE_ROLE, "GB 30871-2022 4.6", \
	    "the signer is not who confirms this measure", "签字人不是该项措施的确认人", \
	    "let its confirmer sign for it", "由该项措施的确认人签字") \
	X(CREW_UNSIGNED, "GB 30871-2022 4.4", \
	    "one who works under the permit has not signed this", "有作业人未在此步骤签字", \
	    "let him sign it with his own key (actor add REF --role worker), or change the workers", "由其本人用自己的密钥签字（actor add 引用 --role worker），或变更作业人") \
	X(NOT_OF_CREW, "GB 30871-2022 4.4", \
	    "only those who work under the permit sign this", "仅票面所列作业人可签字", \
	    "let each worker sign for himself", "由作业人各自签字") \
	X(SAME_PERSON, "", \
	    "one person may not do both of this (rule pack)", "同一人不得兼任（规则包规定）", \
	    "let another person sign", "由其他人员签字") \
	X(SIGNER_UNKNOWN, "GB 30871-2022 4.6", \
	    "it is not known who signed, so persons cannot be told apart", "签字人不明，无法区分人员", \
	    "sign with an enrolled key; do an unsigned step again", "用已登记的密钥签字；未签字的步骤重新办理") \
	X(NOT_NAMED, "GB 30871-2022 4.10", \
	    "only the guardian whom the permit names may sign this", "仅票面指定的监护人可签字", \
	    "let that guardian sign, or change the guardian first", "由该监护人签字，或先变更监护人") \
	X(POSITION_MISSING, "GB 30871-2022 4.11a", \
	    "this is signed at the work site: position and accuracy are missing or too coarse", "须在作业现场签字：缺少位置或精度不足", \
	    "sign on site with longitude, latitude and accuracyM", "在现场签字并附经纬度与精度") \
	X(POSITION_AWAY, "GB 30871-2022 4.11a", \
	    "the signer is not at the work site", "签字人不在作业现场", \
	    "sign at the work site", "到作业现场签字") \
	X(PLACE_UNKNOWN, "GB 30871-2022 4.11a", \
	    "no places pack says where this area lies", "没有位置包说明该区域所在位置", \
	    "add the area to a places pack in DIR/packs", "在 DIR/packs 的位置包中加入该区域") \
	X(LINK_UNKNOWN, "GB 30871-2022 4.6", \
	    "a permit that goes with this one is not known here", "关联的作业票不存在", \
	    "give the record ids of at most 8 permits of this node", "填写本节点作业票的记录编号，至多 8 个") \
	X(LINK_NOT_ISSUED, "GB 30871-2022 4.6", \
	    "a permit that goes with this one is not issued, or over", "关联的作业票未签发或已结束", \
	    "issue that permit first, or apply anew", "先签发关联作业票，或重新申请") \
	X(LINK_MISSING, "GB 30871-2022 4.6", \
	    "another special work goes on in this area and is not linked", "同一区域有其他特殊作业而未关联", \
	    "name that permit in `linked` of a new application", "重新申请并在 linked 中填写该作业票") \
	X(PARENT_STOPPED, "GB 30871-2022 10.8", \
	    "the work that this one goes with has stopped", "所依附的作业已停止", \
	    "resume that work first", "先恢复所依附的作业") \
	X(WINDOW_PAST_PARENT, "GB 30871-2022 10.8", \
	    "it would outlast the permit that it goes with", "有效期超过所依附的作业票", \
	    "end it no later than that permit", "不晚于该作业票结束") \
	X(INTERFERES, "GB 30871-2022 4.7", \
	    "another permit nearby forbids it", "与附近作业相互影响，不得同时进行", \
	    "wait until that work is over, or move", "等待该作业结束或调整地点") \
	X(PERMIT_DAMAGED, "GB 30871-2022 4.7", \
	    "a record of what goes on nearby is damaged, so nobody knows", "附近作业或活动的记录已损坏，无法判断", \
	    "run lianfang audit, then lianfang repair", "运行 lianfang audit，再运行 lianfang repair") \
	X(ACTIVITY_SUSPENDS, "GB 30871-2022 5.2.8, 5.2.9, 5.2.10", \
	    "what began nearby may not go on beside this work, which was stopped", "附近开始的活动不得与该作业同时进行，作业已暂停", \
	    "wait until it is over and its case is closed, test gas again, then resume", "待该活动结束、其事项关闭并重新分析气体后恢复") \
	X(WIND_UNKNOWN, "GB 30871-2022 5.2.15", \
	    "outdoor work: the wind's grade is not given", "室外作业：未填写风力等级", \
	    "measure the wind and give windGrade when signing", "测量风力并在签字时填写") \
	X(WIND_TOO_STRONG, "GB 30871-2022 5.2.15", \
	    "the wind is too strong for this work outdoors", "风力过大，不得进行该室外作业", \
	    "wait for less wind", "等待风力减弱") \
	X(LEVEL_TOO_LOW, "GB 30871-2022 annex B", \
	    "the level does not fit what the form says", "作业级别与票面数据不符", \
	    "apply at the level that the measure asks for", "按对应级别申请") \
	X(UPGRADE_MISSING, "GB 30871-2022 5.1.1", \
	    "at this time the work is handled one level graver, and the permit is not", "此时段须升级管理，而作业票未升级", \
	    "apply anew at the graver level, or wait", "按升级后的级别重新申请，或改期") \
	X(CALENDAR_UNKNOWN, "GB 30871-2022 5.1.1", \
	    "no calendar covers this day, so upgrades cannot be judged", "没有覆盖该日期的日历，无法判定升级管理", \
	    "install a calendar pack for this year in DIR/packs", "在 DIR/packs 中安装当年日历包") \
	X(DRAWING_DIGEST, "", \
	    "a drawing is named by SHA-256 of its file: 64 digits 0-9, a-f", \
	    "附图以其文件的 SHA-256 标识：64 位十六进制小写字符", \
	    "sha256sum FILE gives it; keep the file", "用 sha256sum 文件 计算；并保存该文件") \
	X(ONE_BLIND, "GB 30871-2022 7.11", \
	    "one permit is for one blind and one action: put or remove", "一块盲板一张票，抽、堵分别办票", \
	    "apply for two permits", "分别办理两张作业票") \
	X(CREW_TOO_MANY, "", \
	    "a permit names at most 8 workers beside the first", "除首位外最多列 8 名作业人", \
	    "apply for a second permit", "另行办理作业票") \
	X(SIGNATURES_FULL, "", \
	    "this permit holds as many signatures as it can", "本作业票的签字数已达上限", \
	    "end it and apply for a new permit", "结束本票,另行办理作业票") \
	X(HAND_OVER, "AQ 3064.2-2025 5.6.4", \
	    "who takes over was not briefed and handed over to on site", "未对接替人员现场交接和交底", \
	    "hand over and brief on site, then sign with handedOver", "现场交接和交底后签字") \
	X(WORK_RUNS, "AQ 3064.2-2025 5.6.4", \
	    "workers change only while work stands still", "仅可在停工时变更作业人", \
	    "suspend, change the workers, resume", "先暂停，变更作业人后恢复") \
	X(BOOKING_MISSING, "AQ 3064.2-2025 5.3.1", \
	    "this work is booked before it is applied for", "该作业须先预约再申请", \
	    "send BOOK first, then APPLY for the same record", "先发送 BOOK 预约，再对同一记录 APPLY 申请") \
	X(BOOKING_LATE, "AQ 3064.2-2025 5.3.1", \
	    "the booking is later than the rule pack allows", "预约时间晚于规则包要求", \
	    "plan a later beginning, or book as urgent with a reason", "推迟计划开始时间，或注明原因按紧急作业预约") \
	X(BOOKING_DIFFERS, "AQ 3064.2-2025 5.3.2", \
	    "the work or the area is not what was booked", "作业类型或区域与预约不符", \
	    "apply for what was booked, or book anew", "按预约内容申请，或重新预约") \
	X(BOOKING_NONE, "", \
	    "the rule pack of this work knows no booking or archiving", "该作业的规则包未规定预约或归档", \
	    "apply at once; a pack with booking, or a right to CLOSE, asks for it", "直接申请；规则包含 booking 或 CLOSE 权限时方可办理") \
	X(SUCCESSOR_MISSING, "GB 30871-2022 4.16, 4.17", \
	    "a permit is voided for another one that takes over from it", "作废须指明接替它的新作业票", \
	    "apply anew with supersedes, then void with successor; or suspend, cancel", "先以 supersedes 重新申请，再以 successor 作废；或暂停、撤销") \
	X(SUCCESSOR_WRONG, "GB 30871-2022 4.16, 4.17", \
	    "the successor is not an open permit that supersedes this one", "所指新票不存在、已结束或未注明接替本票", \
	    "name the record id of the permit that was applied for with supersedes", "填写以 supersedes 申请的新票记录编号") \
	X(SUPERSEDES_UNKNOWN, "GB 30871-2022 4.16, 4.17", \
	    "the permit that this one takes over from is not known here, or over", "被接替的作业票不存在或已结束", \
	    "give the record id of an open permit of this node, or leave it out", "填写本节点未结束作业票的记录编号，或不填") \
	X(PREDECESSOR_OPEN, "GB 30871-2022 4.16, 4.17", \
	    "the permit that this one takes over from is not voided yet", "被接替的作业票尚未作废", \
	    "void it first, naming this one as its successor", "先将其作废，并指明本票为接替票") \
	X(PERMIT_NO_FORM, "", \
	    "the permit's number is not of the form that the rule pack asks for", "作业票编号不符合规则包规定的格式", \
	    "correct permitNo, or leave it out: the node gives one", "更正 permitNo，或不填：由节点编号") \
	X(PERMIT_NO_TAKEN, "", \
	    "another permit has this number", "该编号已被其他作业票使用", \
	    "give another permitNo, or leave it out: the node gives one", "更换 permitNo，或不填：由节点编号") \
	X(OUT_OF_BOUNDS, "GB 30871-2022 4.6", \
	    "what is stated of the place or the weather forbids this work", "所填现场或天气情况不允许该作业", \
	    "set it right on site, or wait, then sign again", "现场整改或等待条件满足后重新签字") \
	X(DECISION_DENY, "GB 30871-2022 4.9", \
	    "the worker may not do this work now", "作业人目前不得从事该作业", \
	    "see the reasons", "见具体原因") \
	X(GUARDIAN_DENIED, "GB 30871-2022 4.10", \
	    "the guardian may not guard this work now", "监护人目前不具备监护资格", \
	    "see the reasons; a guardian holds the certificate of guardians' training: name one who does (CHANGE_GUARDIAN)", "见具体原因；监护人须持监护人培训合格证，请更换符合条件的监护人（CHANGE_GUARDIAN）") \
	X(PART_DENIED, "GB 30871-2022 4.9", \
	    "nobody who may do this part of the work is there for it", "该作业岗位没有具备资格的人员", \
	    "see the reasons; name somebody who holds the certificate for it (CHANGE_WORKERS)", "见具体原因；请安排持有相应证书的人员（CHANGE_WORKERS）") \
	X(EQUIPMENT_DENIED, "Special Equipment Safety Law art. 40", \
	    "equipment that the work uses may not be used now", "作业所用设备目前不得使用", \
	    "see the reasons; have it inspected and recorded, or name other equipment (CHANGE_WORKERS)", "见具体原因；检验合格并登记，或更换设备（CHANGE_WORKERS）") \
	X(INSTRUMENT_MISSING, "GB 30871-2022 4.12", \
	    "this site keeps its gas instruments, and the test does not say with which it was measured: it does not count", "本单位登记气体检测仪器，而本次分析未注明所用仪器，不予采信", \
	    "measure again and name the instruments (--instrument NUMBER)", "重新分析并注明仪器编号（--instrument 编号）") \
	X(INSTRUMENT_DENIED, "GB 30871-2022 4.12", \
	    "a gas instrument is out of calibration, faulty or not in the register: what it measures does not count", "气体检测仪器超过校准期限、故障或未登记，其读数不予采信", \
	    "measure with another instrument, or have it calibrated and record that (cert issue --class instrument-calibration --holder NUMBER)", "更换仪器重新分析，或校准后登记（cert issue --class instrument-calibration --holder 编号）") \
	X(MONITOR_MISSING, "GB 30871-2022 5.3.1d, 6.5", \
	    "gas is measured all the time that this work runs, and no instrument is named for it", "该作业须连续检测气体，而未指明在线检测仪器", \
	    "name the instruments that measure on site (--instrument NUMBER)", "填写现场连续检测的仪器编号（--instrument 编号）") \
	X(INSTRUMENT_FAULT, "GB 30871-2022 4.12", \
	    "the instrument reports a fault of its own", "仪器自身报故障", \
	    "mend it and clear that alarm, or use another", "排除故障并解除该报警，或更换仪器") \
	X(INSTRUMENT_SILENT, "GB 30871-2022 6.5", \
	    "nothing was heard of the instrument for longer than it may be silent", "长时间未收到该仪器的数据", \
	    "restore its connection, or use another", "恢复其通信，或更换仪器") \
	X(LIST_TOO_LONG, "", \
	    "at most 8 numbers of equipment or instruments are named at once", "设备或仪器编号一次至多填写 8 个", \
	    "name those that are used", "只填写实际使用的编号") \
	X(HOLDER_MISSING, "GB 30871-2022 4.9", \
	    "no holder was named", "未指明持证人", \
	    "name the holder", "指明持证人") \
	X(NO_CREDENTIAL, "GB 30871-2022 4.9", \
	    "no certificate of the required class is known", "未见所需类别的证书", \
	    "present a certificate", "出示证书") \
	X(HEALTH_UNRECORDED, "GB 30871-2022 4.9", \
	    "nothing is recorded of whether the person is fit, without contraindication", "没有记录：此人是否健康适任、无职业禁忌", \
	    "have the medical examination recorded (cert issue --class health-fit)", "登记健康检查结论（cert issue --class health-fit）") \
	X(HEALTH_NOT_KEPT, "GB 30871-2022 4.9", \
	    "this site keeps no record of whether the person is fit, without contraindication; nobody looked", "本单位不登记此项，未核查：此人是否健康适任、无职业禁忌", \
	    "record it, then set `lacking: INDETERMINATE` in a credential pack and activate that", "先行登记，再将证书规则包中该项设为 lacking: INDETERMINATE 并启用") \
	X(TRAINING_UNRECORDED, "Work Safety Law art. 28", \
	    "nothing is recorded of whether the person was trained and inducted here", "没有记录：此人是否经过本单位安全教育培训", \
	    "train the person and record it (cert issue --class induction)", "完成培训并登记（cert issue --class induction）") \
	X(TRAINING_NOT_KEPT, "Work Safety Law art. 28", \
	    "this site keeps no record of whether the person was trained and inducted here; nobody looked", "本单位不登记此项，未核查：此人是否经过本单位安全教育培训", \
	    "record it, then set `lacking: INDETERMINATE` in a credential pack and activate that", "先行登记，再将证书规则包中该项设为 lacking: INDETERMINATE 并启用") \
	X(COMPANY_UNRECORDED, "GB/T 33000-2025 10.6.1", \
	    "nothing is recorded of whether the contractor is admitted", "没有记录：该承包商是否已准入", \
	    "admit the contractor and record it (cert issue --class contractor --holder NAME)", "办理承包商准入并登记（cert issue --class contractor --holder 名称）") \
	X(COMPANY_NOT_KEPT, "GB/T 33000-2025 10.6.1", \
	    "this site keeps no record of whether the contractor is admitted; nobody looked", "本单位不登记此项，未核查：该承包商是否已准入", \
	    "record it, then set `lacking: INDETERMINATE` in a credential pack and activate that", "先行登记，再将证书规则包中该项设为 lacking: INDETERMINATE 并启用") \
	X(EQUIPMENT_UNRECORDED, "Special Equipment Safety Law art. 40", \
	    "nothing is recorded of whether the equipment is inspected", "没有记录：该设备是否检验合格", \
	    "have it inspected and record the report (cert issue --holder NUMBER)", "检验后登记报告（cert issue --holder 设备编号）") \
	X(EQUIPMENT_NOT_KEPT, "Special Equipment Safety Law art. 40", \
	    "this site keeps no record of whether the equipment is inspected; nobody looked", "本单位不登记此项，未核查：该设备是否检验合格", \
	    "record it, then set `lacking: INDETERMINATE` in a credential pack and activate that", "先行登记，再将证书规则包中该项设为 lacking: INDETERMINATE 并启用") \
	X(CREDENTIAL_UNRECORDED, "GB 30871-2022 4.9", \
	    "nothing is recorded of whether the person holds a certificate for it", "没有记录：此人是否持有相应证书", \
	    "record the certificate (cert issue)", "登记证书（cert issue）") \
	X(CREDENTIAL_NOT_KEPT, "GB 30871-2022 4.9", \
	    "this site keeps no record of whether the person holds a certificate for it; nobody looked", "本单位不登记此项，未核查：此人是否持有相应证书", \
	    "record it, then set `lacking: INDETERMINATE` in a credential pack and activate that", "先行登记，再将证书规则包中该项设为 lacking: INDETERMINATE 并启用") \
	X(CREDENTIAL_EXPIRED, "GB 30871-2022 4.9", \
	    "the certificate is past its validity", "证书已过有效期", \
	    "renew the certificate", "换证") \
	X(CREDENTIAL_NOT_YET, "GB 30871-2022 4.9", \
	    "the certificate is not valid yet", "证书尚未生效", \
	    "wait until it is valid", "等待生效") \
	X(REVIEW_OVERDUE, "Order 30 art. 26", \
	    "the review of the certificate is overdue", "证书逾期未复审", \
	    "have it reviewed", "办理复审") \
	X(CREDENTIAL_SUSPENDED, "GB 30871-2022 4.9", \
	    "the certificate is suspended", "证书已暂停", \
	    "ask the issuer", "联系发证单位") \
	X(CREDENTIAL_REVOKED, "Order 30 art. 30", \
	    "the certificate is revoked", "证书已撤销", \
	    "ask the issuer", "联系发证单位") \
	X(CREDENTIAL_UNKNOWN, "", \
	    "the issuer's log does not show this credential", "发证方日志中没有该凭证", \
	    "wait for replication or ask the issuer", "等待同步或联系发证单位") \
	X(CREDENTIAL_INCOMPLETE, "", \
	    "the credential states no end of validity", "凭证未注明有效期止", \
	    "ask the issuer", "联系发证单位") \
	X(STATUS_STALE, "", \
	    "the issuer's status is not fresh enough", "发证方状态信息不够新", \
	    "restore the connection to the issuer", "恢复与发证方的连接") \
	X(PRESENTATION_EXPIRED, "", \
	    "the presentation is past its validity", "出示凭据已过期", \
	    "present the credential again", "重新出示凭证") \
	X(PRESENTATION_INVALID, "", \
	    "the presentation does not verify", "出示凭据校验失败", \
	    "ask the issuer for a new one", "请发证方重新出具") \
	X(PRESENTATION_FOREIGN, "", \
	    "the presentation is for another verifier", "出示凭据指向其他核验方", \
	    "ask the issuer for one to this node", "请发证方出具给本节点的凭据") \
	X(PRESENTATION_WHOLE, "", \
	    "this is the holder's own file, with all of it and his key", "这是持证人自留的完整文件，含其密钥", \
	    "the holder shows parts of it (holder show); nobody else needs it", "请持证人用 holder show 出示其中部分") \
	X(CHALLENGE_MISSING, "", \
	    "the holder has not answered a challenge", "持证人未应答质询", \
	    "give him one (cert challenge), let him show again", "请出具质询（cert challenge）后重新出示") \
	X(CHALLENGE_FOREIGN, "", \
	    "it answers a challenge that is not this node's", "所应答的质询不是本节点出具的", \
	    "it was shown to somebody else; give one of this node (cert challenge)", "系向他处出示；请使用本节点的质询（cert challenge）") \
	X(CHALLENGE_EXPIRED, "", \
	    "the challenge that it answers is over ten minutes old", "所应答的质询已超过十分钟", \
	    "give a new one (cert challenge)", "请重新出具质询（cert challenge）") \
	X(CHALLENGE_USED, "", \
	    "this challenge was answered before", "该质询已被应答", \
	    "each showing answers a new one (cert challenge)", "每次出示须应答新的质询（cert challenge）") \
	X(CROSS_AGREEMENT, "", \
	    "no agreement of the members allows this cross-check", "没有成员协议允许该交叉核对", \
	    "vote for one whose name begins with cross-check (alliance propose agreement)", "请表决通过名称以 cross-check 开头的协议（alliance propose agreement）") \
	X(CROSS_ASKERS, "", \
	    "a cross-check is one question, signed by both verifiers within seven days, put to the issuer", "交叉核对须为同一问题，由两个核验方在七日内签名后提交发证方", \
	    "let both sign it anew (cert cross-check), then the issuer", "请两方重新签名（cert cross-check），再提交发证方") \
	X(CROSS_UNKNOWN, "", \
	    "this node knows nobody by this reference", "本节点没有该引用对应的人员", \
	    "a verifier asks about a holder who was presented to it; the issuer about one of its own", "核验方只能询问曾向其出示的持证人，发证方只答复本方持证人") \
	X(HOLDER_BOUND, "GB 30871-2022 4.9", \
	    "this credential was accepted for another holder", "该凭证已登记在另一持证人名下", \
	    "accept it under the same holder, or ask the issuer for this person's own", "以原持证人接受，或请发证方出具此人本人的凭证") \
	X(ISSUER_UNKNOWN, "", \
	    "the issuer is not a member with this key", "发证方不是使用该密钥的成员", \
	    "check the roster", "检查成员名册") \
	X(AREA_UNKNOWN, "", \
	    "the area was not given or could not be checked", "区域未给出或无法核查", \
	    "name the area", "指明区域") \
	X(CERT_FINAL, "Order 30 art. 30", \
	    "the certificate is revoked for good", "证书已被撤销", \
	    "issue a new one", "重新发证") \
	X(CERT_WINDOW, "", \
	    "the validity is missing or empty", "有效期缺失或无效", \
	    "give validFromAt and validToAt", "填写有效期起止") \
	X(CLASS_UNKNOWN, "Order 30", \
	    "no pack says what a certificate of this class is", "没有规则包定义该类别的证书", \
	    "name a class of the credential pack, or add it in DIR/packs", "使用证书规则包中的类别，或在 DIR/packs 中补充") \
	X(CREDENTIAL_CANCELLED, "Order 30 art. 31", \
	    "the certificate is cancelled", "证书已注销", \
	    "issue a new one", "重新发证") \
	X(CREDENTIAL_AREA, "", \
	    "the certificate is not for this area", "证书不适用于该区域", \
	    "have the person instructed for this area", "办理该区域的培训或教育") \
	X(ISSUER_UNTRUSTED, "GB 30871-2022 4.9", \
	    "this site does not take its issuer's word on such certificates", "本单位未认可该单位签发此类证书", \
	    "check the document and record the certificate here, or name the issuer under trust in the credential pack", "核验原件后在本单位登记，或在证书规则包的 trust 中列出该单位") \
	X(CREDENTIALS_MANY, "", \
	    "the person has more credentials than can be looked at", "此人凭证过多，无法全部核查", \
	    "revoke or cancel those no longer in use", "撤销或注销不再使用的凭证") \
	X(IDLE_TOO_LONG, "Order 30 art. 32", \
	    "the holder has been off this work for six months or more", "离开特种作业岗位 6 个月以上", \
	    "pass the practical re-test (cert step retest)", "重新进行实际操作考试（cert step retest）") \
	X(IDLE_UNKNOWN, "Order 30 art. 32", \
	    "nobody has recorded that the holder worked in the last six months", "最近 6 个月的作业经历没有记录", \
	    "let the employer record it (cert step worked), or re-test", "由用人单位登记（cert step worked），或重新考试") \
	X(IDENTITY_MISSING, "GB 30871-2022 4.10b", \
	    "nobody has said that this is the person", "未核验人员身份", \
	    "match the face at the gate, then ask again", "在门禁核验人脸后再查询") \
	X(IDENTITY_STALE, "GB 30871-2022 4.10b", \
	    "the identity was checked too long ago", "身份核验已过时", \
	    "match the face at the gate, then ask again", "在门禁核验人脸后再查询") \
	X(PERSON_UNCHECKED, "", \
	    "the person's open work and violations could not be looked up", "无法核查此人的在办作业和违章", \
	    "ask again; if it stays, look at the node's journal", "请重试；若持续，请查看节点日志") \
	X(ALARM_LOST, "GB 30871-2022 4.8", \
	    "an open alarm that may forbid it cannot be read", "有一条可能禁止该作业的未关闭报警无法读取", \
	    "look at the area itself; lianfang audit, then lianfang repair; ask again", "现场核查该区域；先运行 lianfang audit，再运行 lianfang repair，然后重试") \
	X(PERSON_LOST, "GB 30871-2022 4.9", \
	    "a certificate, a work or a violation of this person cannot be read", "此人的某项证书、作业或违章记录无法读取", \
	    "lianfang audit, then lianfang repair; ask again", "先运行 lianfang audit，再运行 lianfang repair，然后重试") \
	X(WORKING_ELSEWHERE, "", \
	    "the person works or guards under another permit, in another area or in another part", "此人正在其他区域凭票作业或监护，或在其他作业中承担不同职责", \
	    "finish or suspend that permit first", "先完工或暂停该作业票") \
	X(VIOLATION_OPEN, "Order 30 art. 25", \
	    "a violation of this person is not settled", "此人有未处理完毕的违章", \
	    "settle and close the violation", "处理并关闭该违章") \
	X(CERT_TOO_LONG, "Order 30 art. 19", \
	    "the validity is longer than this class allows", "有效期超过该类别的期限", \
	    "correct validToAt", "更正 validToAt") \
	X(CERT_REVIEW_LATE, "Order 30 art. 21", \
	    "the review is later than this class allows", "复审日期晚于该类别的期限", \
	    "correct reviewDueAt; LONG_REVIEW needs ten clean years", "更正 reviewDueAt；LONG_REVIEW 须连续十年无违章") \
	X(CERT_LAPSED, "Order 30 art. 26", \
	    "the certificate lapsed before this review", "证书在本次复审前已失效", \
	    "issue a new one after examination", "考核合格后重新发证") \
	X(CERT_REASON, "Order 30 art. 30", \
	    "the reason code is none of the pack's for this step", "原因代码不在规则包该步骤所列之中", \
	    "use one that the credential pack lists", "使用证书规则包所列的原因代码") \
	X(DEFENCE_SUSPENDS, "", \
	    "a rule of joint defence stopped the work", "联防规则要求停止作业", \
	    "see the alarm that it names; do what its text says, then resume", "查看所列报警，按其要求处置后恢复") \
	X(DEFENCE_NOTIFIES, "", \
	    "a rule of joint defence asks to tell others", "联防规则要求通知有关方", \
	    "", "") \
	X(DEFENCE_INVALID, "", \
	    "the text of the rule is not one that this node can go by", "规则文本本节点无法执行", \
	    "lianfang defence check FILE says what is wrong; propose a new version", "用 lianfang defence check 文件 查看原因，改后重新提案") \
	X(DEFENCE_REFUSED, "", \
	    "a person of the site refused the rule", "现场人员拒绝执行该规则", \
	    "", "") \
	X(DEFENCE_BOUND, "", \
	    "the rule went over its bounds here and was stopped", "规则超出执行上限，已停止", \
	    "confirm it to try again, or propose a narrower version", "可确认后重试，或提出范围更窄的版本") \
	X(DEFENCE_CHANGED, "", \
	    "the rule in force is not the one whose digest was given: it was replaced since", "现行规则已更换，与所给摘要不符", \
	    "read it (lianfang defence show NAME) and confirm what it says now, with its digest", "请重新查看全文（lianfang defence show 名称），再以其摘要确认") \
	X(DEFENCE_NONE, "", \
	    "no rule of joint defence of that name is in force", "没有该名称的现行联防规则", \
	    "lianfang defence status lists them", "用 lianfang defence status 查看") \
	X(PERSON_SUSPENDS, "GB 30871-2022 4.9", \
	    "a worker or the guardian may no longer do this work", "作业人或监护人不再具备资格", \
	    "see the decision; resume with people who may", "见判定结果；由具备资格的人员恢复作业") \
	X(ROSTER_LIMIT, "", \
	    "too many persons in one roster", "名单人数过多", \
	    "send at most 500", "每次最多 500 人") \
	X(DECISION_FACTS, "", \
	    "the decision does not say what it was taken by", "该判定未记载其依据", \
	    "it is older than facts are kept, or they were erased", "该判定早于依据记录功能，或依据已被删除") \
	X(CERT_PUBLISHED, "", \
	    "the certificate is published already", "证书已发布", \
	    "", "") \
	X(PUBLISHED_BY_NODE, "", \
	    "only the node itself publishes", "发布只能由节点完成", \
	    "use the publish operation", "使用发布操作") \
	X(INTEL_BASIS, "", \
	    "the basis is not a readable alarm or case", "依据不是可读的报警或案例", \
	    "give its record id", "给出其记录编号") \
	X(INTEL_UNSIGNED, "", \
	    "a draft must be signed by its author", "草稿须由起草人签字", \
	    "enrol the author (actor add NAME --role ROLE), then draft with --actor NAME", "先登记起草人（actor add 姓名 --role 角色），再用 --actor 姓名 起草") \
	X(INTEL_AUTHOR, "", \
	    "draftedBy is not the name of the signer", "draftedBy 与签字人不符", \
	    "draft under the name that the key was enrolled with", "以密钥登记的姓名起草") \
	X(INTEL_EMPTY, "", \
	    "nothing in the item says what a reader can do", "该情报没有说明读者可以做什么", \
	    "state an action (verb and object), a recommendation, appliesIf or detection", "填写措施（动作和对象）、建议、适用条件或探测特征") \
	X(INTEL_TLP, "", \
	    "the TLP label is none that may reach every member", "该 TLP 标签不可发至全体成员", \
	    "label it CLEAR, GREEN, AMBER or AMBER+STRICT", "使用 CLEAR、GREEN、AMBER 或 AMBER+STRICT") \
	X(INTEL_SELF, "", \
	    "the drafter cannot approve", "起草人不得自行批准", \
	    "let a second person approve", "由第二人批准") \
	X(INTEL_STATE, "", \
	    "the item is not a draft", "该情报不是草稿", \
	    "draft a new one", "重新起草") \
	X(INTEL_IDENTIFIES, "", \
	    "a text still identifies somebody or some place", "文本仍含可识别信息", \
	    "rewrite the text at the place that is named", "在所指位置改写文本") \
	X(INTEL_FIELD, "", \
	    "a field holds what is none of its codes", "字段取值不在代码表中", \
	    "use a code of GB 6441, GB/T 13861 or of the list in docs/operations.md", "使用 GB 6441、GB/T 13861 或 docs/operations.md 所列代码") \
	X(INTEL_FEW, "", \
	    "too few companies could be the source of any item", "可能为来源的企业过少", \
	    "activate a profiles pack that covers more members, or name the source by the word of both signers", "启用涵盖更多成员的画像包，或由两名签字人同意公开来源") \
	X(INTEL_PROFILE, "", \
	    "the profile of this node does not cover what the item says", "本节点画像不含该情报所述内容", \
	    "correct the field that is named, or the profiles pack", "更正所指字段或画像包") \
	X(INTEL_LINKED, "", \
	    "with what this node released before, too few companies are left", "结合本节点此前发布的情报，可能来源的企业过少", \
	    "wait until the earlier items are older than linkDays, or let more members have a profile", "待此前情报超过 linkDays，或补充成员画像") \
	X(INTEL_BUDGET, "", \
	    "the budget of a recipient for this period is spent", "该接收方本期额度已用完", \
	    "wait until an earlier item is older than periodDays", "待此前情报超过 periodDays") \
	X(INTEL_NAMED, "", \
	    "the policy lets no item name its source", "策略不允许情报公开来源", \
	    "leave out named", "去掉 named") \
	X(INTEL_PAST, "", \
	    "what an earlier item left to be guessed cannot be read any more", "此前情报的可能来源已无法读取", \
	    "wait until it is older than linkDays", "待其超过 linkDays") \
	X(INTEL_SUPERSEDES, "", \
	    "the item named is none that this node has released", "所指情报不是本节点已发布的情报", \
	    "give the id of a released item of this node", "给出本节点已发布情报的编号") \
	X(INTEL_REASON, "", \
	    "the reason is none that the policy lists", "理由不在策略所列之中", \
	    "use one of the release policy's reasons", "使用发布策略所列理由") \
	X(INTEL_OWN, "", \
	    "the item is this node's own, or not one that stands", "该情报为本节点发布，或已不再有效", \
	    "say it of a released item of another member", "仅对其他成员已发布的情报反馈") \
	X(INTEL_POLICY, "", \
	    "no release policy is in force", "没有生效的发布策略", \
	    "install node/packs/release.yaml", "安装发布策略") \
	X(INTEL_CHANGED, "", \
	    "the approval is for another draft", "批准对应的草稿不同", \
	    "sign the draft as stored", "对存储的草稿签字") \
	X(TERM_WARNING, "Order 30 art. 22", \
	    "a certificate ends soon: said once for each step of the pack", "证书即将到期：规则包规定的每个提前天数各提示一次", \
	    "renew or review it, or record work", "请办理延期、复审，或登记作业记录") \
	X(CERT_BARRED, "Order 30 art. 30", \
	    "a certificate of this holder was revoked for a reason that bars a new one until then", "该持证人因此类原因被撤销证书，在该日期前不得重新取证", \
	    "apply again after that date", "请在该日期后重新申请") \
	X(CODE_INVALID, "", \
	    "the code is forged, or was made for another site", "该码系伪造，或是为其他站点制作", \
	    "do not let the person in by it; ask the issuer for a code for this site", "不得凭此码放行；请发证单位制作用于本站点的码") \
	X(CODE_UNKNOWN, "", \
	    "nobody is known here by this code", "本站点没有与该码对应的人员", \
	    "accept a presentation of the credential first (cert accept)", "请先接收凭证出示（cert accept）") \
	X(CODE_EXPIRED, "", \
	    "the code is past its end, or not of this time", "该码已过期，或尚未生效", \
	    "ask for a new code", "请重新获取") \
	X(CODE_USED, "", \
	    "the code has let somebody in already", "该码已用过一次", \
	    "ask for a new code; find out who used this one", "请重新获取，并核查使用者") \
	X(SCORE_HIGH, "", \
	    "a risk score of this person is at or over the site's limit", "该人员的风险评分达到或超过本单位限值", \
	    "look into it and close the case", "核查处置后关闭该记录") \
	X(SCORE_BELOW, "", \
	    "the score is under the limit: noted, it holds nobody", "评分低于限值：已记录，不限制作业", \
	    "", "") \
	X(SCORE_AGAIN, "", \
	    "a score holds this person already: noted", "该人员已因评分受限：已记录", \
	    "look into it and close the case that is open", "核查处置后关闭未结记录") \
	X(SCORE_UNKNOWN, "", \
	    "the certificate pack has no limit for scores of this model", "证书规则包中没有该模型的评分限值", \
	    "add the model under scores in a pack of DIR/packs", "在 DIR/packs 的规则包 scores 中加入该模型") \
	X(NOT_HELD, "", \
	    "the body is not held here (any more)", "本节点不再持有正文", \
	    "", "") \
	X(ERASED_ALREADY, "", \
	    "nothing is left to erase there", "该处已无可删除内容", \
	    "", "") \
	X(ERASE_DECIDES, "", \
	    "a record in force decides by what would be erased", "在效记录仍以该内容为判定依据", \
	    "close it first (accept or cancel the permit, clear the alarm, close the case, revoke the certificate); names in it can be asked for meanwhile", "先关闭记录（验收或撤销作业票、解除报警、关闭案件、撤销证书）；其间可先申请删除其中的姓名") \
	X(ERASE_KEPT, "", \
	    "what a log says of itself, of its readers and of erasures stays", "账本关于自身、查阅者和删除的记载须保留", \
	    "erase only fields that may name a person: query and purpose of an access, the question of heads, the requester of an erasure", "只可删除可能涉及个人的字段：查阅的查询内容和目的、HEADS 的问题、删除的申请人") \
	X(ALARM_POLICY, "", \
	    "no alarm policy says that this may be done", "没有报警策略允许此操作", \
	    "install one in DIR/packs", "在 DIR/packs 中安装报警策略") \
	X(ALARM_LATCHED, "ISA-18.2", \
	    "the alarm latches: its condition must return, then somebody resets it", "报警为锁存型：须待状态恢复后由人员复位", \
	    "alarm step return, then alarm step reset", "先 alarm step return，再 alarm step reset") \
	X(SHELVE_NEVER, "ISA-18.2", \
	    "an alarm of this level may not be shelved", "该级别报警不得搁置", \
	    "acknowledge and handle it", "请确认并处置") \
	X(SHELVE_END, "ISA-18.2", \
	    "shelving needs an end", "搁置须有截止时间", \
	    "give --until", "请给出 --until") \
	X(SHELVE_LIMIT, "ISA-18.2", \
	    "the end of shelving is past, or later than the policy allows", "搁置截止时间已过，或超出策略允许的时长", \
	    "give an earlier end", "请缩短搁置时间") \
	X(ASIDE_REASON, "ISA-18.2", \
	    "whoever puts an alarm aside must say why", "搁置、抑制或停用报警须说明原因", \
	    "give a reason", "请填写原因") \
	X(ASIDE_NAME, "ISA-18.2", \
	    "whoever puts an alarm aside must be named", "搁置、抑制或停用报警须注明责任人", \
	    "give operator", "请填写操作人") \
	X(STILL_STOPS, "GB 30871-2022 4.8", \
	    "put aside; it still stops work in its area", "已搁置；但仍会使该区域作业停止", \
	    "clear the alarm before work goes on", "恢复作业前须先解除报警") \
	X(VERDICT_MISSING, "", \
	    "no verdict is given", "未给出判定结论", \
	    "TRUE_ALARM, FALSE_ALARM, NUISANCE or TEST", "应为 TRUE_ALARM、FALSE_ALARM、NUISANCE 或 TEST") \
	X(ACTION_MISSING, "", \
	    "an actionable warning says nothing that can be done", "需处置的预警未附具体处置动作", \
	    "let its source send recommended: asset and verb", "请数据源附上 recommended：对象与动作") \
	X(INCIDENT_NODE, "", \
	    "only the node itself opens, escalates and closes an incident", "事件的开启、升级和关闭只由节点完成", \
	    "acknowledge it, or close its alarms", "请确认该事件，或解除其报警") \
	X(CASE_STEP, "", \
	    "cases of this type have no such step", "该类型的事项没有这一步骤", \
	    "case show says what comes next", "用 case show 查看下一步") \
	X(CASE_STATE, "", \
	    "the case's state does not allow this step", "事项当前状态不允许该步骤", \
	    "case show says what comes next", "用 case show 查看下一步") \
	X(CASE_FINAL, "", \
	    "the case is closed for good", "事项已终结", \
	    "report a new one", "另行上报") \
	X(CASE_FIELD, "", \
	    "the step must say more", "该步骤缺少必填内容", \
	    "give the field that is named", "补充所指的内容") \
	X(CASE_SIGNATURE, "", \
	    "somebody entitled must sign this step", "该步骤须由有权限的人员签字", \
	    "case step STEP ID --actor NAME", "case step 步骤 编号 --actor 姓名") \
	X(CASE_NOT_ASSIGNED, "", \
	    "only what is put right at once needs no assignment", "仅即查即改的事项可不经指派", \
	    "assign it first, or report it with way IMMEDIATE", "先指派整改责任人，或按即查即改上报") \
	X(CASE_NOT_RECTIFIED, "", \
	    "it is not rectified and handed over for acceptance", "尚未整改完成并提交验收", \
	    "case step done, then let another person accept it", "先 case step done，再由他人验收") \
	X(CASE_SAME_PERSON, "", \
	    "another person must do this than the one named", "不得由所指的同一人办理", \
	    "let somebody else sign", "由其他人签字") \
	X(CASE_DUE, "", \
	    "the deadline is past, or later than the policy allows", "期限已过，或晚于策略允许的时限", \
	    "give an earlier dueAt, or none", "缩短 dueAt，或不填") \
	X(ACCIDENT_CLASS, "GB 6441-2025", \
	    "the standard of that time has no such class of accident", "当时施行的标准中没有该事故类别", \
	    "take a code of `pack show accidents@...` that was in force when it happened", "改用事发时施行的类别代码（pack show accidents@...）") \
	X(FEEDBACK_MISSING, "GB/T 33000-2025 6.3", \
	    "whoever reported it must be told what became of it", "须向上报人反馈处理结果", \
	    "give feedback in words", "填写反馈内容") \
	X(CASE_NODE_FIELD, "", \
	    "only the node itself fills this field", "该字段只能由节点填写", \
	    "leave it out; report in confidence or anonymously by the operations for it", "去掉该字段；保密或匿名上报请用相应接口") \
	X(CHECK_PARENT, "", \
	    "the tier above it has no such item", "上一级没有该编号的条目", \
	    "define that first; the duty of a post has a post and no parent", "先建立上一级；岗位职责清单填 post，不填 parent") \
	X(CHECK_CYCLE, "", \
	    "a task needs cycle, cycleUnit (minute hour day week month) and startAt", "检查任务须有 cycle、cycleUnit（minute hour day week month）和 startAt", \
	    "say how often it is due, and since when", "说明周期与起始时间") \
	X(CHECK_RETIRED, "", \
	    "the task is retired", "该任务已停用", \
	    "define it again", "重新建立") \
	X(POINTS_RULE, "", \
	    "the case policy has no such points rule", "策略中没有该积分规则", \
	    "pack show cases@VERSION lists them", "用 pack show cases@版本 查看") \
	X(POINTS_CASE, "", \
	    "the case is of another type, or has not got so far", "事项类型不符，或尚未达到该状态", \
	    "see the rule; award it later", "对照规则，达到后再奖励") \
	X(POINTS_EXERCISE, "", \
	    "what happens in an exercise earns nothing", "演练不计积分", \
	    "", "") \
	X(POINTS_SECRET, "", \
	    "an award would say who reported", "奖励会暴露上报人", \
	    "", "") \
	X(POINTS_SHORT, "", \
	    "there are not so many points", "积分余额不足", \
	    "points show ACCOUNT", "points show 账户") \
	X(REPORT_AREA, "", \
	    "the node knows no area of this name", "本节点没有该名称的区域", \
	    "leave it out and say in the text where it is", "不填区域，在描述中说明地点") \
	X(REPORT_READER, "", \
	    "nobody is enrolled who may read a name in confidence", "没有可阅读保密姓名的已登记人员", \
	    "report without a name, or enrol one: actor add NAME --role confidential-reader", "匿名上报，或登记一人：actor add 姓名 --role confidential-reader") \
	X(CLOCK_OFFSET, "", \
	    "the clock of the source is further off than the policy allows", "数据源时钟偏差超出策略允许范围", \
	    "set its clock", "请校正该设备时钟") \
	X(ERASE_HELD, "", \
	    "a legal hold stops the erasure", "法律保全期间不得删除", \
	    "see hold list; erase after its release", "见 hold list；解除保全后再删除") \
	X(ERASE_WAITS, "PIPL 47", \
	    "its legal retention still runs: it is stored and given out to nobody, and erased when that ends", "法定保存期限未满：仅作存储，不再对外提供，期满即删除", \
	    "nothing: the node erases it by itself; retention show says when", "无需处理：节点期满自动删除；见 retention show") \
	X(ERASE_ASKED, "PIPL 47", \
	    "an erasure of this waits already", "该内容已在等待删除", \
	    "retention show says when it is erased", "删除时间见 retention show") \
	X(ERASE_WRONG, "PIPL 46", \
	    "only fields that name persons, or may, go before their time as wrongly recorded", "未到期时，只有（可能）涉及个人的字段可作为错录删除", \
	    "name them by --field; retention show lists which", "用 --field 指明；可删字段见 retention show") \
	X(END_UNCERTAIN, "", \
	    "the clock is uncertain", "时钟不确定", \
	    "set the clock; lianfang clock shows more", "请校正时钟；详见 lianfang clock") \
	X(END_LED, "", \
	    "recorded time went far ahead lately", "入账时间近期大幅前移", \
	    "wait a week, or set the clock back if it is wrong (clock reset)", "等待一周；若时钟有误，请回拨（clock reset）") \
	X(END_UNVOUCHED, "", \
	    "nobody vouches for the clock", "无人为时钟作证", \
	    "discipline it (chrony, NTP), or join an alliance whose members agree", "请用 chrony 或 NTP 校时，或加入时钟一致的联盟") \
	X(END_UNSURE, "", \
	    "it is not known whether log and tables are whole", "尚不确定日志与数据表是否完整", \
	    "wait; lianfang status says for what", "请等待；详见 lianfang status") \
	X(END_POLICY, "", \
	    "the policy of terms that was activated is not here, or cannot be read", "已启用的保存期限策略不在本节点或无法读取", \
	    "put its file back into packs/ of the node's directory, or mend the log (repair)", "将其文件放回节点目录的 packs/，或修复日志（repair）") \
	X(END_UNKNOWN, "", \
	    "its record is lost from the tables: nobody knows whether a law or a hold keeps it", "数据表中缺少其记录，无法判断是否依法或因保全须保存", \
	    "mend them (repair), then ask again", "请修复数据表（repair）后重新申请") \
	X(HOLD_ELSEWHERE, "", \
	    "this node made no such record: a hold of it would keep nothing", "该记录不属于本节点，保全不会生效", \
	    "place it at the node whose record it is; ids stand in lists and hold list", "请在记录所属节点设立保全") \
	X(HOLD_SCOPE, "", \
	    "a hold needs a reason, and says what it holds: one record, or a person, a kind or an area in a window", "保全须说明原因和范围：单条记录，或人员、类别、区域及时段", \
	    "give --record, --subject, --kind or --area; --to is after --from", "请给出 --record、--subject、--kind 或 --area；--to 晚于 --from") \
	X(REQUEST_LOST, "PIPL 47", \
	    "this request to erase cannot be read: what was recorded before it is shown to nobody", "该删除申请无法读取，其前的记录不予展示", \
	    "repair fetches it again; else erase the whole of the entry that it was for, then hold release ID --record RECORD", "请先修复（repair）；否则请对其所指条目重新申请整条删除，再执行 hold release ID --record 记录") \
	X(HOLD_NODE, "", \
	    "only holds are placed and released by people", "人员只能设立和解除保全", \
	    "use hold place, hold release", "请使用 hold place、hold release") \
	X(HOLD_LIMIT, "", \
	    "too many holds", "保全数量过多", \
	    "release those that are over, or place one that is wider", "解除已结束的保全，或设立范围更大的保全") \
	X(LIMIT_ITEMS, "", \
	    "too many items in one request", "单次请求条目过多", \
	    "send at most 1000", "每次最多 1000 条")
/* clang-format on */

#endif
