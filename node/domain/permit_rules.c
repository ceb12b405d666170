/* permit_rules.c - which of the 25 rules a permit breaks. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/permit_rules.h"

#include <string.h>

#include "node/domain/permit_guard.h"

#define MINUTE_US INT64_C(60000000)
#define DAY_US (24 * 60 * MINUTE_US)

/* Rules of days: R10 holiday, R11 rest day, R12 night, R13 special period. */
static const unsigned day_rule[] = {
    [PACK__UPGRADE__WHEN__HOLIDAY] = 10,
    [PACK__UPGRADE__WHEN__REST_DAY] = 11,
    [PACK__UPGRADE__WHEN__NIGHT] = 12,
    [PACK__UPGRADE__WHEN__SPECIAL_PERIOD] = 13,
};

static int64_t
day_of(const Pack__Work *w, int64_t us)
{
	return (us + w->day_offset_minutes * MINUTE_US) / DAY_US;
}

static uint32_t
gas_rules(const struct permit_rules_view *v, const Pack__Level *level)
{
	const struct row *r = v->row;
	bool power = strcmp(v->pack->work_type, "temporary-electricity") == 0;
	int64_t seen = r->mark_us > r->start_us ? r->mark_us : r->start_us;
	uint32_t out = 0;

	if ((r->flags & (ROW_GAS_OK | ROW_GAS_BAD)) == 0)
		return PERMIT_RULE(1);
	if (level->daily_test &&
	    day_of(v->pack, v->now_us) > day_of(v->pack, r->mark_us))
		out |= PERMIT_RULE(power ? 25 : 4);
	if (v->pack->log_minutes != 0 &&
	    v->now_us - seen > v->pack->log_minutes * MINUTE_US)
		out |= PERMIT_RULE(5);
	return out;
}

static uint32_t
day_rules(const struct permit_rules_view *v)
{
	const struct row *r = v->row;
	const Pack__Level *base =
	    packs_level(v->pack, (Record__Permit__Level)r->work.base_level);
	uint32_t out = 0;

	if (base == NULL || !base->has_upgraded || !v->days_known ||
	    r->work.base_level != r->level)
		return 0;
	for (size_t i = 0; i < v->pack->n_upgrades; i++) {
		unsigned when = (unsigned)v->pack->upgrades[i]->when;

		if ((v->days >> when & 1u) != 0)
			out |= PERMIT_RULE(day_rule[when]);
	}
	return out;
}

/* Codes of steps: 70 briefing, 80 risk analysis, 90 measures.  A step that a
 * pack adds under another code is said as the analysis of a risk, rather than
 * not at all. */
static uint32_t
rule_of_code(const char *code)
{
	static const struct {
		const char *code;
		unsigned rule;
	} rows[] = {{"70", 20}, {"80", 21}, {"90", 22}};

	for (size_t i = 0; code != NULL && i < 3; i++) {
		if (strcmp(rows[i].code, code) == 0)
			return PERMIT_RULE(rows[i].rule);
	}
	return code != NULL ? PERMIT_RULE(21) : 0;
}

static uint32_t
step_rules(const struct permit_rules_view *v)
{
	uint32_t out = 0;

	for (size_t i = 0; i < v->pack->n_steps; i++) {
		const Pack__Step *s = v->pack->steps[i];
		size_t persons;

		if (s->n_when == 0 &&
		    packs_at_level(s->levels, s->n_levels,
		        (Record__Permit__Level)v->row->level) &&
		    permit_guard_done(v->row, s->name, &persons) == 0)
			out |= rule_of_code(s->code);
	}
	return out;
}

/* The time for it has begun, and nobody approved. */
static bool
approval_is_overdue(const struct permit_rules_view *v)
{
	uint8_t s = v->row->state;

	return (s == ROW_APPLIED || s == ROW_TESTED) &&
	    v->now_us > v->row->from_us && v->now_us <= v->row->to_us;
}

uint32_t
permit_rules_now(const struct permit_rules_view *v)
{
	const struct row *r = v->row;
	const Pack__Level *level = v->pack != NULL
	    ? packs_level(v->pack, (Record__Permit__Level)r->level)
	    : NULL;
	bool going = r->state == ROW_IN_PROGRESS;
	uint32_t out = 0;

	if ((r->flags & ROW_GAS_BAD) != 0 && r->state >= ROW_ISSUED &&
	    r->state <= ROW_SUSPENDED)
		out |= PERMIT_RULE(23);
	if (going && v->now_us > r->to_us)
		out |= PERMIT_RULE(6);
	/* A pack with a workflow says from when on an approval is late. */
	if (level != NULL && v->pack->n_steps > 0 && approval_is_overdue(v))
		out |= PERMIT_RULE(24);
	if (!going || level == NULL)
		return out;
	if (permit_needs_gas(v->pack, r))
		out |= gas_rules(v, level);
	if (r->stop_us != 0 && v->now_us - r->stop_us > v->away_us)
		out |= PERMIT_RULE(9);
	if (v->link_broken)
		out |= PERMIT_RULE(18);
	if (v->unlinked)
		out |= PERMIT_RULE(19);
	return out | day_rules(v) | step_rules(v);
}

uint32_t
permit_rules_judged(const struct permit_rules_view *v)
{
	const uint32_t of_days = PERMIT_RULE(10) | PERMIT_RULE(11) |
	    PERMIT_RULE(12) | PERMIT_RULE(13);

	/* Without its pack only its own times and samples speak. */
	if (v->pack == NULL)
		return PERMIT_RULE(6) | PERMIT_RULE(23);
	return v->days_known ? PERMIT_RULES_ALL : PERMIT_RULES_ALL & ~of_days;
}

/* ---- events that are kept ---- */

static bool
is(const struct rule *r, enum rule_id id)
{
	return r == rule_get(id);
}

static uint32_t
of_days(const char *when)
{
	const ProtobufCEnumValue *v = when != NULL
	    ? protobuf_c_enum_descriptor_get_value_by_name(
	          &pack__upgrade__when__descriptor, when)
	    : NULL;

	return v != NULL && v->value > 0 &&
	        (size_t)v->value < sizeof day_rule / sizeof day_rule[0]
	    ? PERMIT_RULE(day_rule[v->value])
	    : 0;
}

static uint32_t
of_step(const Pack__Work *w, const char *name)
{
	const Pack__Step *s = w != NULL ? packs_step(w, name) : NULL;

	return s != NULL ? rule_of_code(s->code) : 0;
}

uint32_t
permit_rules_cards(const struct rule_list *reasons)
{
	static const struct {
		enum rule_id id;
		unsigned rule;
	} rows[] = {
	    {RULE_NO_CREDENTIAL, 14},
	    {RULE_CREDENTIAL_UNKNOWN, 14},
	    {RULE_CREDENTIAL_REVOKED, 14},
	    {RULE_CREDENTIAL_SUSPENDED, 14},
	    {RULE_CREDENTIAL_CANCELLED, 14},
	    {RULE_CREDENTIAL_NOT_YET, 14},
	    {RULE_CREDENTIAL_AREA, 14},
	    {RULE_ISSUER_UNTRUSTED, 14},
	    {RULE_CREDENTIAL_EXPIRED, 15},
	    {RULE_REVIEW_OVERDUE, 15},
	    {RULE_IDLE_TOO_LONG, 15},
	    {RULE_PRESENTATION_EXPIRED, 15},
	    {RULE_HOLDER_BOUND, 16},
	};
	uint32_t out = 0;

	for (size_t i = 0; reasons != NULL && i < reasons->len; i++) {
		for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
			if (is(reasons->at[i], rows[k].id))
				out |= PERMIT_RULE(rows[k].rule);
		}
	}
	return out;
}

uint32_t
permit_rules_kept(const Pack__Work *pack, const struct rule_verdict *v,
    const struct rule_list *decision)
{
	static const struct {
		enum rule_id id;
		unsigned rule;
	} rows[] = {
	    {RULE_GAS_MISSING, 1},
	    {RULE_GAS_TOO_OLD, 2},
	    {RULE_BREAK_TOO_LONG, 3},
	    {RULE_STOP_NEEDS_TEST, 3},
	    {RULE_RESUME_NEEDS_TEST, 3},
	    {RULE_DAILY_TEST, 4},
	    {RULE_PERMIT_EXPIRED, 6},
	    {RULE_ONE_BLIND, 7},
	    {RULE_POSITION_AWAY, 8},
	    {RULE_POSITION_MISSING, 8},
	    {RULE_NOT_NAMED, 9},
	    {RULE_LINK_NOT_ISSUED, 18},
	    {RULE_PARENT_STOPPED, 18},
	    {RULE_CREW_UNSIGNED, 20},
	    {RULE_MEASURES_OPEN, 22},
	    {RULE_GAS_OVER_LIMIT, 23},
	};
	bool power = pack != NULL &&
	    strcmp(pack->work_type, "temporary-electricity") == 0;

	if (v->refused || v->outcome != LEDGER__OUTCOME__NOT_APPLIED)
		return 0;
	if (is(v->rule, RULE_DECISION_DENY) ||
	    is(v->rule, RULE_GUARDIAN_DENIED) || is(v->rule, RULE_PART_DENIED))
		return permit_rules_cards(decision);
	if (is(v->rule, RULE_UPGRADE_MISSING))
		return of_days(v->gap.what);
	if (is(v->rule, RULE_STEP_MISSING) || is(v->rule, RULE_STEP_TOO_OLD))
		return of_step(pack, v->gap.what);
	if (is(v->rule, RULE_DAILY_TEST) && power)
		return PERMIT_RULE(25);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (is(v->rule, rows[i].id))
			return PERMIT_RULE(rows[i].rule);
	}
	return 0;
}

uint32_t
permit_rules_begun(const struct permit_event *e, const struct rule_verdict *v)
{
	bool moved =
	    is(v->rule, RULE_STATE_FORBIDS) || is(v->rule, RULE_STATE_FINAL);
	bool early, after;
	size_t persons;

	if (e->row == NULL || v->refused || !e->late ||
	    e->msg->action != RECORD__PERMIT__ACTION__START)
		return 0;
	/* The clocks of two people differ. */
	if (e->row->start_us == 0 &&
	    permit_guard_done(e->row, "APPROVE", &persons) - PERMIT_SKEW_US >
	        e->occurred_us)
		return PERMIT_RULE(17);
	if (!moved)
		return 0;
	early = e->row->state <= ROW_TESTED && e->row->state != 0;
	after =
	    e->row->state > ROW_FINISHED && e->occurred_us > e->row->changed_us;
	return early || after ? PERMIT_RULE(17) : 0;
}

uint64_t
permit_rules_turn(const struct permit_rules_view *v, unsigned rule)
{
	switch (rule) {
	case 4:
	case 10:
	case 11:
	case 13:
	case 25:
		return v->pack != NULL ? (uint64_t)day_of(v->pack, v->now_us)
		                       : 0;
	case 12: /* a night is one, on both sides of midnight */
		return v->pack != NULL
		    ? (uint64_t)day_of(v->pack, v->now_us - DAY_US / 2)
		    : 0;
	case 5:
		return (uint64_t)(v->row->mark_us > v->row->start_us
		        ? v->row->mark_us
		        : v->row->start_us);
	case 9:
		return (uint64_t)v->row->stop_us;
	case 23:
		return (uint64_t)v->row->mark_us;
	case 1:
	case 18:
	case 19:
		return (uint64_t)v->row->start_us;
	default:
		return 0;
	}
}
