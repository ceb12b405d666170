/* facts_use.c - which entries a formula's facts are made of, and how old. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/facts_part.h"

#define F(name) PACK__FACT__FIELD__##name
#define MINUTE_US INT64_C(60000000)
#define DAY_US INT64_C(86400000000)

const Record__Annex *
facts_annex(const ProtobufCMessage *m)
{
	return m != NULL && m->descriptor == &record__annex__descriptor
	    ? (const Record__Annex *)m
	    : NULL;
}

static bool
asks(Pack__Where *const *list, size_t n, Pack__Fact__Field field)
{
	for (size_t i = 0; i < n; i++)
		if (list[i]->field == field)
			return true;
	return false;
}

bool
facts_uses(const Pack__Formula *p, Pack__Fact__Field field)
{
	return (p->has_field && p->field == field) ||
	    (p->has_per && p->per == field) ||
	    asks(p->where, p->n_where, field) ||
	    asks(p->counted, p->n_counted, field) ||
	    asks(p->needs, p->n_needs, field);
}

#define BIT(name) (UINT32_C(1) << (LEDGER__KIND__##name - LEDGER__KIND__ALARM))

uint32_t
facts_kinds(const Pack__Formula *formula)
{
	switch (formula != NULL ? formula->facts : 0) {
	case PACK__FACT__KIND__ALARM: /* an incident answers for its alarms */
		return BIT(ALARM) |
		    (facts_uses(formula, F(ANSWERED)) ? BIT(INCIDENT) : 0);
	case PACK__FACT__KIND__INCIDENT:
		return BIT(INCIDENT);
	case PACK__FACT__KIND__PERMIT:
		return BIT(PERMIT) |
		    (facts_uses(formula, F(BREACHED)) ? BIT(ALARM) : 0);
	case PACK__FACT__KIND__DECISION:
		return BIT(DECISION);
	case PACK__FACT__KIND__CASE:
		return BIT(CASE) |
		    (facts_uses(formula, F(LEAD)) ? BIT(ALARM) : 0);
	case PACK__FACT__KIND__FEED:
		return BIT(CASE) | BIT(ALARM);
	case PACK__FACT__KIND__CHECK:
		return BIT(CHECKLIST);
	case PACK__FACT__KIND__CERTIFICATE:
		return BIT(CERTIFICATE);
	case PACK__FACT__KIND__FIGURE:
		return BIT(CASE);
	case PACK__FACT__KIND__KIND_UNSPECIFIED:
	case _PACK__FACT__KIND_IS_INT_SIZE:
	default:
		return 0;
	}
}

int64_t
facts_lookback_us(const Pack__Indicators *set, const Pack__Formula *formula)
{
	int64_t us = formula->within_seconds * INT64_C(1000000);

	/* What is due when it says itself may have begun long before. */
	if (formula->own_due)
		us += FACTS_OWN_DUE_US;
	/* A task is due as long as nobody retires it. */
	if (formula->facts == PACK__FACT__KIND__CHECK ||
	    formula->facts == PACK__FACT__KIND__CERTIFICATE)
		us += FACTS_TERM_US;
	if (facts_uses(formula, F(REPEATED)) || facts_uses(formula, F(FIRST)))
		us += set->repeat_days * DAY_US;
	if (facts_uses(formula, F(LEAD)))
		us += set->lead_minutes * MINUTE_US;
	return us + FACTS_FUTURE_US;
}
