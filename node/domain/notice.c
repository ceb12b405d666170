/* notice.c - which entries somebody outside is told of, and how often. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/notice.h"

#include <stdio.h>
#include <string.h>

#include "proto/digest.h"
#include "proto/text.h"

#define SECOND_US INT64_C(1000000)
#define DOUBLINGS 9 /* more is beyond the maximum */

/* ---- the table ---- */

static const Record__Incident *
incident(const struct notice_entry *e)
{
	return (const Record__Incident *)e->body;
}

static bool
incident_opens(const struct notice_entry *e)
{
	return incident(e)->action == RECORD__INCIDENT__ACTION__OPEN;
}

static bool
incident_escalates(const struct notice_entry *e)
{
	return incident(e)->action == RECORD__INCIDENT__ACTION__ESCALATE;
}

static bool
alarm_stops(const struct notice_entry *e)
{
	const Record__Permit *m = (const Record__Permit *)e->body;

	return m->action == RECORD__PERMIT__ACTION__SUSPEND &&
	    e->annex != NULL && e->annex->alarm_id != NULL;
}

/* The node stopped it, not a person: for gas, for somebody's certificate, for
 * what goes on beside it, or with the work that it follows. */
static bool
node_stops(const struct notice_entry *e)
{
	static const enum rule_id for_[] = {RULE_GAS_SUSPENDS,
	    RULE_PERSON_SUSPENDS, RULE_PARENT_STOPPED, RULE_ACTIVITY_SUSPENDS,
	    RULE_LOG_LOST};
	const Record__Permit *m = (const Record__Permit *)e->body;

	if (m->action != RECORD__PERMIT__ACTION__SUSPEND || e->annex == NULL ||
	    e->annex->code == NULL)
		return false;
	for (size_t i = 0; i < sizeof for_ / sizeof for_[0]; i++) {
		if (strcmp(e->annex->code, rule_get(for_[i])->code) == 0)
			return true;
	}
	return false;
}

static bool
orders_work(const struct notice_entry *e)
{
	const Record__Case *m = (const Record__Case *)e->body;

	return m->action == RECORD__CASE__ACTION__REPORT && m->rule != NULL &&
	    m->type != NULL && strcmp(m->type, "work-order") == 0;
}

static bool
defence_fires(const struct notice_entry *e)
{
	return e->annex != NULL && e->annex->code != NULL &&
	    strcmp(e->annex->code, rule_get(RULE_DEFENCE_NOTIFIES)->code) == 0;
}

static bool
term_ends(const struct notice_entry *e)
{
	return e->annex != NULL && e->annex->code != NULL &&
	    strcmp(e->annex->code, rule_get(RULE_TERM_WARNING)->code) == 0;
}

/* clang-format off */
static const struct notice_kind kinds[] = {
	{"incident-open", LEDGER__KIND__INCIDENT, incident_opens,
	    "alarms of one place became an incident", "报警形成事件"},
	{"escalation", LEDGER__KIND__INCIDENT, incident_escalates,
	    "nobody has acknowledged the incident: it goes up its chain",
	    "事件无人确认，按升级链上报"},
	{"permit-suspended", LEDGER__KIND__PERMIT, alarm_stops,
	    "an alarm stopped work under a permit", "报警中止了作业"},
	{"work-order", LEDGER__KIND__CASE, orders_work,
	    "the same fault came again and again: it is to be mended",
	    "同一故障反复出现，须安排检修"},
	{"certificate-ending", LEDGER__KIND__ALARM, term_ends,
	    "a certificate, its review or its months off end soon",
	    "证书、复审或离岗期限即将到期"},
	{"permit-stopped", LEDGER__KIND__PERMIT, node_stops,
	    "the node stopped work under a permit, for gas, a person, or other work",
	    "因气体、人员或相关作业，节点中止了作业"},
	{"defence", LEDGER__KIND__ALARM, defence_fires,
	    "a rule of joint defence fired", "联防规则触发"},
};
/* clang-format on */
#define KINDS (sizeof kinds / sizeof kinds[0])
_Static_assert(KINDS <= 32, "a target's kinds are bits");

const struct notice_kind *
notice_kind(size_t i)
{
	return i < KINDS ? &kinds[i] : NULL;
}

size_t
notice_kind_find(const char *name)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return i;
	}
	return SIZE_MAX;
}

bool
notice_kind_may(uint16_t entry_kind)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (kinds[i].entry == entry_kind)
			return true;
	}
	return false;
}

static const ProtobufCMessageDescriptor *
body_of(uint16_t entry_kind)
{
	switch (entry_kind) {
	case LEDGER__KIND__INCIDENT:
		return &record__incident__descriptor;
	case LEDGER__KIND__PERMIT:
		return &record__permit__descriptor;
	case LEDGER__KIND__CASE:
		return &record__case__descriptor;
	case LEDGER__KIND__CERTIFICATE:
		return &record__certificate__descriptor;
	case LEDGER__KIND__ALARM:
		return &record__alarm__descriptor;
	default:
		return NULL;
	}
}

size_t
notice_kind_of(const struct notice_entry *e)
{
	if (e->body == NULL || e->body->descriptor != body_of(e->kind))
		return SIZE_MAX;
	for (size_t i = 0; i < KINDS; i++) {
		if (kinds[i].entry == e->kind && kinds[i].tells(e))
			return i;
	}
	return SIZE_MAX;
}

size_t
notice_named(const struct notice_entry *e,
    const char *out[static NOTICE_NAMED_MAX], const char **role)
{
	const Record__Incident *m;
	size_t n = 0;

	*role = NULL;
	if (e->kind != LEDGER__KIND__INCIDENT || e->body == NULL ||
	    !incident_escalates(e))
		return 0;
	m = incident(e);
	if (m->role != NULL && notice_name_ok(m->role))
		*role = m->role;
	for (size_t i = 0; i < m->n_targets && n < NOTICE_NAMED_MAX; i++)
		if (notice_name_ok(m->targets[i]))
			out[n++] = m->targets[i];
	return n;
}

/* ---- targets ---- */

bool
notice_wants(
    const struct notice_target *t, size_t kind, const struct row *about)
{
	bool here = t->areas_len == 0;

	for (size_t i = 0; i < t->areas_len; i++)
		here |= t->areas[i] == about->area;
	/* Only of incidents: a permit's level is another scale. */
	if (t->level != 0 && about->kind == LEDGER__KIND__INCIDENT &&
	    about->level > t->level)
		return false;
	return here && (t->kinds & UINT32_C(1) << kind) != 0;
}

bool
notice_name_ok(const char *name)
{
	const size_t len = strlen(name);

	return len > 0 && len <= NOTICE_NAME_MAX &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-._") == len;
}

void
notice_id(uint8_t out[static 16], const uint8_t record_id[static 16],
    uint32_t seq, const char *target)
{
	char head[96];
	char uuid[TEXT_UUID_CHARS + 1];
	struct hash h;

	text_uuid_put(uuid, record_id);
	(void)snprintf(head, sizeof head, "lianfang/notice/v1/%s/%lu/", uuid,
	    (unsigned long)seq);
	const struct bytes parts[] = {bytes_str(head), bytes_str(target)};
	digest_sha256_parts(&h, parts, 2);
	digest_uuid8(out, h.b);
}

struct rule_verdict
notice_check(const struct row *row, const Record__Delivery *m)
{
#define A(name) RECORD__DELIVERY__ACTION__##name
	struct rule_verdict v = {.outcome = LEDGER__OUTCOME__APPLIED};
	const uint8_t state = row != NULL ? row->state : 0;
	bool may = false;

	switch (m->action) {
	case A(SERVE):
		may = row == NULL || state == ROW_SERVED || state == ROW_ENDED;
		break;
	case A(END):
		may = state == ROW_SERVED;
		break;
	case A(DELIVERED):
		may = row == NULL || state == ROW_GIVEN_UP ||
		    state == ROW_RETRIED;
		break;
	case A(GIVEN_UP):
		may = row == NULL || state == ROW_RETRIED;
		break;
	case A(RETRY):
		may = state == ROW_GIVEN_UP;
		break;
	case A(ACTION_UNSPECIFIED):
	case _RECORD__DELIVERY__ACTION_IS_INT_SIZE:
		break;
	}
	if (may)
		return v;
	v.refused = true;
	v.rule = rule_get(row == NULL    ? RULE_RECORD_UNKNOWN
	        : state == ROW_DELIVERED ? RULE_STATE_FINAL
	                                 : RULE_STATE_FORBIDS);
	return v;
#undef A
}

/* ---- how often ---- */

int64_t
notice_backoff_us(uint32_t failures, uint32_t chance)
{
	const uint32_t n = failures > 0 ? failures - 1 : 0;
	int64_t us = SECOND_US << (n < DOUBLINGS ? n : DOUBLINGS);

	if (us > NOTICE_BACKOFF_MAX_US)
		us = NOTICE_BACKOFF_MAX_US;
	return us - (us / 2 * (int64_t)(chance >> 16) >> 16);
}

enum notice_answer
notice_answer(long status)
{
	if (status >= 200 && status <= 299)
		return NOTICE_TAKEN;
	return status >= 400 && status <= 499 && status != 408 && status != 429
	    ? NOTICE_REFUSED
	    : NOTICE_LATER;
}
