/* certificate.c - the life of a person's certificate at its issuer. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/certificate.h"

static struct rule_verdict
refuse(enum rule_id id)
{
	return (struct rule_verdict){.refused = true, .rule = rule_get(id)};
}

/* The record has moved on: late evidence is kept, live events are refused. */
static struct rule_verdict
fails(const struct certificate_event *e, enum rule_id id)
{
	return (struct rule_verdict){
	    .refused = !e->late,
	    .outcome = LEDGER__OUTCOME__LATE,
	    .rule = rule_get(id),
	};
}

static struct rule_verdict
check_issue(const struct certificate_event *e)
{
	if (e->row != NULL)
		return refuse(RULE_RECORD_EXISTS);
	if (!e->has_holder || !e->has_class)
		return refuse(RULE_FIELD_MISSING);
	if (e->valid_to_us <= 0 || e->valid_from_us >= e->valid_to_us)
		return refuse(RULE_CERT_WINDOW);
	return (struct rule_verdict){.outcome = LEDGER__OUTCOME__APPLIED};
}

struct rule_verdict
certificate_check(const struct certificate_event *e)
{
	struct rule_verdict ok = {.outcome = LEDGER__OUTCOME__APPLIED};
	uint8_t state = e->row != NULL ? e->row->state : 0;

	if (e->action == RECORD__CERTIFICATE__ACTION__ISSUE)
		return check_issue(e);
	if (e->row == NULL)
		return refuse(RULE_RECORD_UNKNOWN);
	if (state == ROW_REVOKED)
		return fails(e, RULE_CERT_FINAL);
	switch (e->action) {
	case RECORD__CERTIFICATE__ACTION__SUSPEND:
		return state == ROW_VALID ? ok : fails(e, RULE_STATE_FORBIDS);
	case RECORD__CERTIFICATE__ACTION__REINSTATE:
		return state == ROW_CERT_SUSPENDED
		    ? ok
		    : fails(e, RULE_STATE_FORBIDS);
	case RECORD__CERTIFICATE__ACTION__REVOKE:
	case RECORD__CERTIFICATE__ACTION__REVIEW:
		return ok;
	case RECORD__CERTIFICATE__ACTION__PUBLISH:
		return e->by_node ? ok : refuse(RULE_PUBLISHED_BY_NODE);
	case RECORD__CERTIFICATE__ACTION__ISSUE:
	case RECORD__CERTIFICATE__ACTION__ACTION_UNSPECIFIED:
	case _RECORD__CERTIFICATE__ACTION_IS_INT_SIZE:
		break;
	}
	return refuse(RULE_FIELD_MISSING);
}

uint8_t
certificate_after(uint8_t state, Record__Certificate__Action action)
{
	switch (action) {
	case RECORD__CERTIFICATE__ACTION__ISSUE:
	case RECORD__CERTIFICATE__ACTION__REINSTATE:
		return ROW_VALID;
	case RECORD__CERTIFICATE__ACTION__SUSPEND:
		return ROW_CERT_SUSPENDED;
	case RECORD__CERTIFICATE__ACTION__REVOKE:
		return ROW_REVOKED;
	case RECORD__CERTIFICATE__ACTION__REVIEW:
	case RECORD__CERTIFICATE__ACTION__PUBLISH:
	case RECORD__CERTIFICATE__ACTION__ACTION_UNSPECIFIED:
	case _RECORD__CERTIFICATE__ACTION_IS_INT_SIZE:
		break;
	}
	return state;
}
