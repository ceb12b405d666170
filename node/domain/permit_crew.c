/* permit_crew.c - who works, who guards, and who takes their places. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/domain/credential_pack.h"
#include "node/domain/permit_guard.h"
#include "node/domain/person.h"

static bool
is_role(const char *who, const char *role)
{
	return who != NULL && strcmp(who, role) == 0;
}

/* Whoever is denied is named by his part in the work, a thing by its number. */
void
permit_guard_decision(const struct permit_guard *g)
{
	const char *who = g->e->denied;
	const bool thing = credential_pack_is_thing(who);
	const char *what = thing ? g->e->denied_name : who;
	Record__Permit__Action by = RECORD__PERMIT__ACTION__CHANGE_WORKERS;
	enum rule_id id = who == NULL ? RULE_DECISION_DENY : RULE_PART_DENIED;

	if (is_role(who, CREDENTIAL_GUARDIAN)) {
		id = RULE_GUARDIAN_DENIED;
		by = RECORD__PERMIT__ACTION__CHANGE_GUARDIAN;
	} else if (is_role(who, CREDENTIAL_EQUIPMENT)) {
		id = RULE_EQUIPMENT_DENIED;
	} else if (is_role(who, CREDENTIAL_INSTRUMENT)) {
		id = RULE_INSTRUMENT_DENIED;
		by = RECORD__PERMIT__ACTION__GAS_TEST;
	}
	if (g->signing && !g->e->allowed)
		permit_guard_miss_as(
		    g, id, by, what != NULL ? what : CREDENTIAL_WORKER);
}

/* Is he the guardian, or (else) one of the workers? */
static bool
one_of(const struct row *r, uint64_t who, bool guardian)
{
	bool is = guardian ? r->other == who : r->subject == who;

	for (size_t i = 0; i < r->work.crew_len && !guardian; i++)
		is |= r->work.crew[i] == who;
	return who != 0 && is;
}

static bool
lists(char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

/* Who comes has signed nothing that whoever is that may not sign. */
static void
ask_coming(const struct permit_guard *g, uint64_t who, const char *as)
{
	const struct row *r = g->e->row;
	const Pack__Work *w = g->e->pack;
	bool unknown = false;
	bool signed_ = false;

	if (w == NULL || who == 0)
		return;
	for (size_t i = 0; i < w->n_steps; i++) {
		const Pack__Step *s = w->steps[i];

		if (lists(s->unlike, s->n_unlike, as))
			signed_ |=
			    permit_guard_signed(r, s->name, who, &unknown);
	}
	for (size_t i = 0; i < w->n_rights; i++) {
		const Pack__Right *x = w->rights[i];
		const ProtobufCEnumValue *v =
		    protobuf_c_enum_descriptor_get_value(
		        &record__permit__action__descriptor, (int)x->action);

		if (v != NULL && lists(x->unlike, x->n_unlike, as))
			signed_ |=
			    permit_guard_signed(r, v->name, who, &unknown);
	}
	if (signed_)
		permit_guard_miss(g, RULE_SAME_PERSON, g->action);
}

void
permit_guard_change(const struct permit_guard *g)
{
	const struct permit_event *e = g->e;
	bool issued = e->row->state >= ROW_ISSUED;

	if (g->action == RECORD__PERMIT__ACTION__CHANGE_WORKERS) {
		if (e->row->state == ROW_IN_PROGRESS)
			permit_guard_miss(
			    g, RULE_WORK_RUNS, RECORD__PERMIT__ACTION__SUSPEND);
		if (!person_given(e->msg->worker))
			permit_guard_miss(g, RULE_WORKER_MISSING, g->action);
		if (e->msg->n_workers > ROW_CREW_MAX)
			permit_guard_miss(g, RULE_CREW_TOO_MANY, g->action);
	} else if (!person_given(e->msg->guardian)) {
		permit_guard_miss(g, RULE_GUARDIAN_MISSING, g->action);
	}
	for (size_t i = 0; i < e->world.coming_len; i++) {
		ask_coming(g, e->world.coming[i],
		    g->action == RECORD__PERMIT__ACTION__CHANGE_WORKERS
		        ? "worker"
		        : "guardian");
		if (one_of(e->row, e->world.coming[i],
		        g->action == RECORD__PERMIT__ACTION__CHANGE_WORKERS))
			permit_guard_miss(
			    g, RULE_GUARDIAN_IS_WORKER, g->action);
	}
	if (issued && !(e->msg->has_handed_over && e->msg->handed_over))
		permit_guard_miss(g, RULE_HAND_OVER, g->action);
}
