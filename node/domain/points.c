/* points.c - credits and debits of a pseudonym: never below nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/points.h"

#include "node/domain/case.h"
#include "node/domain/person.h"

static struct rule_verdict
refuse(enum rule_id id, const char *what)
{
	const struct rule *r = rule_get(id);

	return (struct rule_verdict){
	    .refused = true, .rule = r, .gap = {.rule = r, .what = what}};
}

/* It is, or has been, in that state. */
static bool
got_so_far(const struct row *r, const char *state)
{
	static const Record__Case__Action step[] = {
	    [ROW_CASE_REPORTED] = RECORD__CASE__ACTION__REPORT,
	    [ROW_CASE_CLOSED] = RECORD__CASE__ACTION__CLOSE,
	    [ROW_CASE_ACCEPTED] = RECORD__CASE__ACTION__ACCEPT,
	    [ROW_CASE_ASSIGNED] = RECORD__CASE__ACTION__ASSIGN,
	    [ROW_CASE_RECTIFYING] = RECORD__CASE__ACTION__START,
	    [ROW_CASE_TO_ACCEPT] = RECORD__CASE__ACTION__DONE,
	    [ROW_CASE_REJECTED] = RECORD__CASE__ACTION__REJECT,
	    [ROW_CASE_REPLIED] = RECORD__CASE__ACTION__REPLY,
	};
	uint8_t at = row_state_find(LEDGER__KIND__CASE, state);

	return at != 0 && at < sizeof step / sizeof step[0] &&
	    case_done(r, step[at]) != 0;
}

static struct rule_verdict
check_award(const struct points_event *e)
{
	const struct row *c = e->the_case;

	if (e->rule == NULL)
		return refuse(RULE_POINTS_RULE, e->msg->rule);
	if (c == NULL || c->kind != LEDGER__KIND__CASE)
		return refuse(RULE_RECORD_UNKNOWN, "case_id");
	if ((c->flags & ROW_EXERCISE) != 0)
		return refuse(RULE_POINTS_EXERCISE, NULL);
	/* Who is paid is known, and then who reported. */
	if ((c->flags & (ROW_ANONYMOUS | ROW_CONFIDENTIAL)) != 0)
		return refuse(RULE_POINTS_SECRET, NULL);
	if (!e->right_type || !got_so_far(c, e->rule->state))
		return refuse(RULE_POINTS_CASE, e->rule->state);
	if (e->row != NULL && POINTS_MAX - e->row->members < e->rule->amount)
		return refuse(RULE_FIELD_RANGE, "amount");
	return (struct rule_verdict){.outcome = LEDGER__OUTCOME__APPLIED};
}

struct rule_verdict
points_check(const struct points_event *e)
{
	const Record__Points *m = e->msg;

	if (!person_given(m->account))
		return refuse(RULE_FIELD_MISSING, "account");
	if (m->action == RECORD__POINTS__ACTION__AWARD)
		return check_award(e);
	if (m->action != RECORD__POINTS__ACTION__REDEEM)
		return refuse(RULE_FIELD_MISSING, "action");
	if (m->amount == 0 || m->reason == NULL || m->reason[0] == '\0')
		return refuse(
		    RULE_FIELD_MISSING, m->amount == 0 ? "amount" : "reason");
	if (e->row == NULL || e->row->members < m->amount)
		return refuse(RULE_POINTS_SHORT, NULL);
	return (struct rule_verdict){.outcome = LEDGER__OUTCOME__APPLIED};
}

void
points_fold(struct row *r, const Record__Points *m)
{
	uint32_t amount = m->amount;

	if (m->action == RECORD__POINTS__ACTION__AWARD) {
		if (amount > POINTS_MAX - r->members)
			amount = POINTS_MAX - r->members;
		r->members += amount;
		r->alive = r->alive > UINT32_MAX - amount ? UINT32_MAX
		                                          : r->alive + amount;
	} else if (m->action == RECORD__POINTS__ACTION__REDEEM) {
		if (amount > r->members)
			amount = r->members;
		r->members -= amount;
		r->unseen = r->unseen > UINT32_MAX - amount
		    ? UINT32_MAX
		    : r->unseen + amount;
	}
}
