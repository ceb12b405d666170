/* permit_fold.c - a permit's row after an applied event. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/domain/permit.h"

static bool
code_is(const struct permit_facts *f, enum rule_id id)
{
	return f->code != NULL && strcmp(f->code, rule_get(id)->code) == 0;
}

/* A time as it counts: no later than the event came. */
static int64_t
counted(const struct permit_facts *f, int64_t said)
{
	return f->counted_us != 0 && f->counted_us < said ? f->counted_us
	                                                  : said;
}

static void
fold_gas_test(struct row *r, const struct permit_facts *f)
{
	bool ok = code_is(f, RULE_GAS_OK);
	int64_t taken = counted(f, f->msg->sampled_at);

	/* What does not count changes nothing. */
	if (code_is(f, RULE_GAS_MISSING) ||
	    code_is(f, RULE_INSTRUMENT_MISSING) ||
	    code_is(f, RULE_INSTRUMENT_DENIED))
		return;
	if (!ok) {
		if (taken > r->mark_us)
			r->mark_us = taken;
		r->flags = (uint8_t)((r->flags & ~ROW_GAS_OK) | ROW_GAS_BAD);
		if (r->state == ROW_TESTED)
			r->state = ROW_APPLIED;
		return;
	}
	/* A sample from before the stop says nothing about the air after, and
	 * one as old as a bad one does not outdo it. */
	if ((r->flags & ROW_NEED_GAS) != 0 && taken <= r->stop_us)
		return;
	if ((r->flags & ROW_GAS_BAD) != 0 && taken <= r->mark_us)
		return;
	r->mark_us = taken;
	r->flags = (uint8_t)((r->flags & ~ROW_GAS_BAD) | ROW_GAS_OK);
	if (r->state == ROW_APPLIED)
		r->state = ROW_TESTED;
}

static void
fold_suspend(struct row *r, const struct permit_facts *f)
{
	bool gas = code_is(f, RULE_ALARM_SUSPENDS) ||
	    code_is(f, RULE_GAS_SUSPENDS) || code_is(f, RULE_LOG_LOST);
	bool again = r->state == ROW_SUSPENDED;

	r->work.again = 0;
	int64_t at = counted(f, f->occurred_us);

	if (!again || (gas && at > r->stop_us))
		r->stop_us = at;
	r->state = ROW_SUSPENDED;
	if (gas)
		r->flags = (uint8_t)((r->flags & ~ROW_GAS_OK) | ROW_NEED_GAS);
}

static void
fold_going(struct row *r, const struct permit_facts *f)
{
	/* Stopped before it ever started: it still has to be started. */
	bool resume = f->msg->action == RECORD__PERMIT__ACTION__RESUME;

	r->state = resume && r->start_us == 0 ? ROW_ISSUED : ROW_IN_PROGRESS;
	if (r->state == ROW_IN_PROGRESS)
		r->start_us = counted(f, f->occurred_us);
	r->stop_us = 0;
	r->flags = (uint8_t)(r->flags & ~ROW_NEED_GAS);
}

static void
fold_crew(struct row *r, const struct permit_facts *f)
{
	r->subject = f->worker;
	r->work.crew_len =
	    (uint8_t)(f->crew_len < ROW_CREW_MAX ? f->crew_len : ROW_CREW_MAX);
	memcpy(r->work.crew, f->crew, r->work.crew_len * sizeof f->crew[0]);
}

/* What a change of workers does not name stays as it was. */
static void
fold_named(struct row *r, const Record__Permit *m)
{
	const bool named[ROW_NAMED] = {
	    [ROW_NAMED_EQUIPMENT] = m->n_equipment > 0,
	    [ROW_NAMED_LEAD] = m->work_lead != NULL,
	    [ROW_NAMED_COMMANDER] = m->commander != NULL,
	    [ROW_NAMED_RIGGER] = m->rigger != NULL,
	};

	for (size_t i = 0; i < ROW_NAMED; i++) {
		if (named[i])
			r->work.named_seq[i] = r->seq;
	}
}

static void
fold_apply(struct row *r, const struct permit_facts *f)
{
	const Record__Permit *m = f->msg;

	const bool book = m->action == RECORD__PERMIT__ACTION__BOOK;

	r->state = book ? ROW_BOOKED : ROW_APPLIED;
	/* After a booking the names stand in a later event than the first. */
	if (!book && r->seq > 1)
		r->work.crew_seq = r->work.guardian_seq = r->work.apply_seq =
		    r->seq;
	if (f->number != 0)
		r->work.number = f->number;
	if (!book)
		memcpy(r->work.supersedes, f->supersedes, 16);
	r->level = (uint8_t)m->level;
	r->from_us = m->planned_from_at;
	r->to_us = m->planned_to_at;
	r->other = f->guardian;
	r->work.asset = f->asset;
	fold_crew(r, f);
	r->work.links_len =
	    (uint8_t)(f->links_len < ROW_LINKS_MAX ? f->links_len
	                                           : ROW_LINKS_MAX);
	memcpy(r->work.links, f->links, r->work.links_len * 16u);
	r->work.base_level = (uint8_t)m->base_level;
	/* What says nothing of the conditions began under a pack that does not
	 * ask for them. */
	if (m->has_explosive_area || m->has_outdoor || m->has_hazardous_media ||
	    m->has_contractor)
		r->work.conditions = (uint8_t)packs_conditions(m);
	if (m->blind != NULL)
		r->work.operation = (uint8_t)m->blind->operation;
}

/* As it is remembered; NULL: it is not. */
static const char *
name_of(const Record__Permit *m)
{
	const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(
	    &record__permit__action__descriptor, (int)m->action);

	if (m->action == RECORD__PERMIT__ACTION__STEP)
		return m->step;
	return v != NULL ? v->name : NULL;
}

/* Its place; steps_len: it has none. */
static size_t
find(const struct row_work *w, uint64_t name, uint64_t by)
{
	size_t i = 0;

	while (i < w->steps_len &&
	    (w->steps[i].name != name || w->steps[i].by != by))
		i++;
	return i;
}

static bool
ends(Record__Permit__Action a)
{
	return a == RECORD__PERMIT__ACTION__FINISH ||
	    a == RECORD__PERMIT__ACTION__ACCEPT ||
	    a == RECORD__PERMIT__ACTION__CLOSE ||
	    a == RECORD__PERMIT__ACTION__CANCEL ||
	    a == RECORD__PERMIT__ACTION__REJECT ||
	    a == RECORD__PERMIT__ACTION__VOID;
}

bool
permit_is_heard(const char *name)
{
	return strcmp(name, "SUSPEND") == 0 || strcmp(name, "GAS_TEST") == 0;
}

bool
permit_has_room(const struct row *r, const Record__Permit *m, uint64_t signer)
{
	const size_t most = ends(m->action) ? ROW_STEPS_MAX : PERMIT_SIGNED_MAX;
	const char *name = name_of(m);

	return name == NULL || r->work.steps_len < most ||
	    find(&r->work, packs_id(name), signer) < r->work.steps_len;
}

/* Who did what when.  The same person again: the newer time. */
static void
note(struct row *r, const char *name, const struct permit_facts *f)
{
	struct row_work *w = &r->work;
	const struct row_step s = {.name = packs_id(name),
	    .at_us = counted(f, f->occurred_us),
	    .by = f->signer};
	const size_t at = find(w, s.name, s.by);

	if (at < w->steps_len) {
		if (w->steps[at].at_us < s.at_us)
			w->steps[at].at_us = s.at_us;
	} else if (permit_has_room(r, f->msg, f->signer)) {
		w->steps[w->steps_len++] = s;
	} else if (!permit_is_heard(name)) {
		/* An older version took it and forgot another for it. */
		r->flags |= ROW_PARTIAL;
	}
}

/* What an applied event confirms was confirmed well: its guard saw to that. */
static void
fold_measures(struct row *r, const struct permit_facts *f)
{
	const Record__Permit *m = f->msg;
	uint64_t sure = 0;

	for (size_t i = 0; i < m->n_measures; i++) {
		const uint32_t no = m->measures[i]->no;

		if (no >= 1 && no <= 64)
			sure |= UINT64_C(1) << (no - 1);
	}
	r->work.measures |= sure;
	/* What was signed before the stop says nothing of the time after it,
	 * whenever it arrives. */
	if (r->state != ROW_SUSPENDED ||
	    counted(f, f->occurred_us) > r->stop_us)
		r->work.again |= sure;
}

/* Only under packs with a workflow does the annex name the signer. */
static void
fold_note(struct row *r, const struct permit_facts *f)
{
	const bool step = f->msg->action == RECORD__PERMIT__ACTION__STEP;
	const char *name = name_of(f->msg);

	if (name != NULL && (step || f->signer != 0))
		note(r, name, f);
}

/* Positions show its guardian outside, or in its area. */
static void
fold_away(struct row *r, const struct permit_facts *f, bool away)
{
	if (r->state != ROW_IN_PROGRESS)
		return;
	if (!away)
		r->stop_us = 0;
	else if (r->stop_us == 0)
		r->stop_us = counted(f, f->occurred_us);
}

void
permit_fold(struct row *r, const struct permit_facts *f)
{
	switch (f->msg->action) {
	case RECORD__PERMIT__ACTION__BOOK:
	case RECORD__PERMIT__ACTION__APPLY:
		fold_apply(r, f);
		break;
	case RECORD__PERMIT__ACTION__CLOSE:
		r->state = ROW_ARCHIVED;
		break;
	case RECORD__PERMIT__ACTION__GAS_TEST:
		fold_gas_test(r, f);
		break;
	case RECORD__PERMIT__ACTION__APPROVE:
		r->state = ROW_ISSUED;
		break;
	case RECORD__PERMIT__ACTION__START:
	case RECORD__PERMIT__ACTION__RESUME:
		fold_going(r, f);
		break;
	case RECORD__PERMIT__ACTION__SUSPEND:
		fold_suspend(r, f);
		break;
	case RECORD__PERMIT__ACTION__FINISH:
		r->state = ROW_FINISHED;
		break;
	case RECORD__PERMIT__ACTION__ACCEPT:
		r->state = ROW_ACCEPTED;
		break;
	case RECORD__PERMIT__ACTION__CANCEL:
		r->state = ROW_CANCELLED;
		break;
	case RECORD__PERMIT__ACTION__REJECT:
		r->state = ROW_REJECTED;
		break;
	case RECORD__PERMIT__ACTION__VOID:
		r->state = ROW_VOIDED;
		break;
	case RECORD__PERMIT__ACTION__CHANGE_GUARDIAN:
		r->other = f->guardian;
		r->work.guardian_seq = r->seq;
		fold_away(r, f, false);
		break;
	case RECORD__PERMIT__ACTION__AWAY:
	case RECORD__PERMIT__ACTION__BACK:
		fold_away(r, f, f->msg->action == RECORD__PERMIT__ACTION__AWAY);
		break;
	case RECORD__PERMIT__ACTION__CHANGE_WORKERS:
		fold_crew(r, f);
		fold_named(r, f->msg);
		r->work.crew_seq = r->seq;
		break;
	case RECORD__PERMIT__ACTION__STEP:
		fold_measures(r, f);
		break;
	case RECORD__PERMIT__ACTION__ACTION_UNSPECIFIED:
	case _RECORD__PERMIT__ACTION_IS_INT_SIZE:
		break;
	}
	fold_note(r, f);
}
