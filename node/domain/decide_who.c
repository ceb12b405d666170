/* decide_who.c - who can mend what a decision found. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/decide_who.h"

static const struct decide_who issuer = {"the issuer", "发证单位"};
static const struct decide_who holder = {"the holder", "持证人"};
static const struct decide_who employer = {"the employer", "用人单位"};
static const struct decide_who guard = {"the gate", "门禁值守"};
static const struct decide_who office = {
    "the site's safety department", "本单位安全管理部门"};
static const struct decide_who runner = {
    "whoever runs this node", "本节点运维人员"};
static const struct decide_who asker = {"whoever asks", "查询人"};
static const struct decide_who guardian = {
    "the guardian and the operator on duty", "监护人与当班人员"};
static const struct decide_who nobody = {"", ""};

static const struct {
	enum rule_id rule;
	const struct decide_who *who;
} table[] = {
    {RULE_HOLDER_MISSING, &asker},
    {RULE_LEVEL_UNKNOWN, &asker},
    {RULE_AREA_UNKNOWN, &asker},
    {RULE_PACK_MISSING, &runner},
    {RULE_CLASS_UNKNOWN, &runner},
    {RULE_PERSON_UNCHECKED, &runner},
    {RULE_ALARM_LOST, &runner},
    {RULE_PERSON_LOST, &runner},
    {RULE_CLOCK_UNCERTAIN, &runner},
    {RULE_STATUS_STALE, &runner},
    {RULE_CREDENTIALS_MANY, &office},
    {RULE_NO_CREDENTIAL, &holder},
    {RULE_PRESENTATION_EXPIRED, &holder},
    {RULE_CREDENTIAL_EXPIRED, &holder},
    {RULE_CREDENTIAL_NOT_YET, &holder},
    {RULE_REVIEW_OVERDUE, &holder},
    {RULE_CREDENTIAL_SUSPENDED, &issuer},
    {RULE_CREDENTIAL_REVOKED, &issuer},
    {RULE_CREDENTIAL_CANCELLED, &issuer},
    {RULE_CREDENTIAL_UNKNOWN, &issuer},
    {RULE_CREDENTIAL_INCOMPLETE, &issuer},
    {RULE_IDLE_TOO_LONG, &employer},
    {RULE_IDLE_UNKNOWN, &employer},
    {RULE_IDENTITY_MISSING, &guard},
    {RULE_IDENTITY_STALE, &guard},
    {RULE_CREDENTIAL_AREA, &office},
    {RULE_ISSUER_UNTRUSTED, &office},
    {RULE_VIOLATION_OPEN, &office},
    {RULE_SCORE_HIGH, &office},
    {RULE_WORKING_ELSEWHERE, &guardian},
    {RULE_HEALTH_UNRECORDED, &employer},
    {RULE_HEALTH_NOT_KEPT, &office},
    {RULE_TRAINING_UNRECORDED, &office},
    {RULE_TRAINING_NOT_KEPT, &office},
    {RULE_COMPANY_UNRECORDED, &office},
    {RULE_COMPANY_NOT_KEPT, &office},
    {RULE_EQUIPMENT_UNRECORDED, &office},
    {RULE_EQUIPMENT_NOT_KEPT, &office},
    {RULE_CREDENTIAL_UNRECORDED, &holder},
    {RULE_CREDENTIAL_NOT_KEPT, &office},
    {RULE_INSTRUMENT_FAULT, &office},
    {RULE_INSTRUMENT_SILENT, &office},
    {RULE_ALARM_OPEN, &guardian},
};

const struct decide_who *
decide_who(const struct rule *r)
{
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (rule_get(table[i].rule) == r)
			return table[i].who;
	}
	return &nobody;
}
