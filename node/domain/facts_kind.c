/* facts_kind.c - what one entry says, kind by kind. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "node/domain/facts_part.h"
#include "node/domain/field.h"
#include "proto/mem.h"
#include "proto/text.h"

#define F(name) PACK__FACT__FIELD__##name
#define MS_US 1000

static const struct {
	Ledger__Kind kind;
	Pack__Fact__Kind fact;
	const ProtobufCMessageDescriptor *type;
} kinds[] = {
    {LEDGER__KIND__ALARM, PACK__FACT__KIND__ALARM, &record__alarm__descriptor},
    {LEDGER__KIND__INCIDENT, PACK__FACT__KIND__INCIDENT,
        &record__incident__descriptor},
    {LEDGER__KIND__PERMIT, PACK__FACT__KIND__PERMIT,
        &record__permit__descriptor},
    {LEDGER__KIND__DECISION, PACK__FACT__KIND__DECISION,
        &record__decision__descriptor},
    {LEDGER__KIND__CASE, PACK__FACT__KIND__CASE, &record__case__descriptor},
    {LEDGER__KIND__CERTIFICATE, PACK__FACT__KIND__CERTIFICATE,
        &record__certificate__descriptor},
    {LEDGER__KIND__CHECKLIST, PACK__FACT__KIND__CHECK,
        &record__checklist__descriptor},
};

/* ---- when ---- */

static int64_t
began(const struct facts_entry *e, int64_t occurred_us)
{
	return occurred_us <= 0 ||
	        occurred_us > e->recorded_us + FACTS_FUTURE_US ||
	        occurred_us < e->recorded_us - FACTS_LATE_US
	    ? e->recorded_us
	    : occurred_us;
}

/* Of what was done later. */
static int64_t
done_us(const struct facts_entry *e)
{
	return e->signed_us != 0 ? began(e, e->signed_us) : e->recorded_us;
}

/* The first time that it was done. */
static void
mark(struct fact *x, Pack__Fact__Field field, const struct facts_entry *e)
{
	int32_t *at = facts_slot(x, field);
	const int32_t s = facts_seconds(x, done_us(e));

	if (*at == FACTS_NONE || s < *at)
		*at = s;
}

static void
count(struct fact *x, Pack__Fact__Field field)
{
	int32_t *at = facts_slot(x, field);

	*at = *at == FACTS_NONE ? 1 : *at + (*at < INT32_MAX);
}

static void
set(struct fact *x, Pack__Fact__Field field, int64_t v)
{
	*facts_slot(x, field) = v < INT32_MAX ? (int32_t)v : INT32_MAX;
}

/* ---- alarms ---- */

static void
note_number(struct facts *f, const struct facts_entry *e, const char *source,
    uint64_t epoch, uint64_t seq)
{
	if (source == NULL || source[0] == '\0')
		return;
	*FACTS_MORE(f->seq, f->seqs, f->seqs_cap) =
	    (struct facts_seq){.source = facts_word(f, source),
	        .epoch = epoch,
	        .seq = seq,
	        .recorded_us = e->recorded_us,
	        .place = e->place,
	        .conflict = e->outcome == LEDGER__OUTCOME__SEQ_CONFLICT};
}

/* What raised it: the finest name that it gives. */
static uint32_t
instrument(struct facts *f, const Record__Alarm *m)
{
	const char *const names[] = {m->tag, m->device, m->asset, m->kind};
	char text[256];
	size_t i = 0;

	while (i + 1 < sizeof names / sizeof names[0] &&
	    (names[i] == NULL || names[i][0] == '\0'))
		i++;
	(void)snprintf(text, sizeof text, "%.80s\x1f%.80s\x1f%.80s",
	    m->source != NULL ? m->source : "", m->area != NULL ? m->area : "",
	    names[i] != NULL ? names[i] : "");
	return facts_word(f, text);
}

static void
alarm_begins(struct facts *f, struct fact *x, const struct facts_entry *e)
{
	const Record__Alarm *m = (const Record__Alarm *)e->body;

	x->at_us = began(e, m->occurred_at);
	x->exercise = m->exercise || (m->drill_id != NULL && *m->drill_id);
	x->text[F(TYPE)] = facts_word(f, m->kind);
	x->text[F(AREA)] = facts_word(f, m->area);
	x->text[F(SOURCE)] = facts_word(f, m->source);
	x->text[F(CODE)] = facts_word(f, m->std_code);
	x->text[FACTS_INSTRUMENT] = instrument(f, m);
	set(x, F(LEVEL), m->level);
	set(x, F(ACTIONABLE), m->actionable);
	set(x, F(RECOMMENDED), m->n_recommended > 0);
	set(x, F(UNCERTAIN), 0);
	set(x, F(ASIDE), 0);
	set(x, F(ASIDE_UNSIGNED), 0);
	set(x, F(DELAY_MS),
	    e->recorded_us > m->occurred_at
	        ? (e->recorded_us - m->occurred_at) / MS_US
	        : 0);
	if (m->has_source_seq)
		note_number(f, e, m->source, m->source_epoch, m->source_seq);
	if (m->std_code == NULL || m->work == NULL)
		return;
	for (size_t i = 0; i < m->work->n_permit_ids; i++) {
		struct facts_breach b = {.at_us = x->at_us};

		if (text_uuid_get(b.permit, bytes_str(m->work->permit_ids[i]),
		        NULL) == ERR_OK)
			*FACTS_MORE(f->breach, f->breaches, f->breaches_cap) =
			    b;
	}
}

static void
judge(struct facts *f, struct fact *x, const struct facts_entry *e)
{
	const Record__Alarm *m = (const Record__Alarm *)e->body;
	const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(
	    &record__alarm__verdict__descriptor, (int)m->verdict);
	const int32_t s = facts_seconds(x, done_us(e));
	const uint32_t word = v != NULL ? facts_word(f, v->name) : 0;

	if (x->first_judged == FACTS_NONE) {
		x->first_judged = s;
		x->first_verdict = word;
	}
	*facts_slot(x, F(JUDGED)) = s;
	x->text[F(VERDICT)] = word;
}

static void
alarm_goes_on(struct facts *f, struct fact *x, const struct facts_entry *e)
{
	const Record__Alarm *m = (const Record__Alarm *)e->body;

	if (m->action == RECORD__ALARM__ACTION__ACK) {
		mark(x, F(ANSWERED), e);
	} else if (m->action == RECORD__ALARM__ACTION__HANDLE) {
		mark(x, F(HANDLED), e);
	} else if (m->action == RECORD__ALARM__ACTION__RETURN) {
		mark(x, F(RETURNED), e);
	} else if (m->action == RECORD__ALARM__ACTION__CLEAR) {
		mark(x, F(RETURNED), e);
		mark(x, F(ENDED), e);
	} else if (m->action == RECORD__ALARM__ACTION__JUDGE) {
		judge(f, x, e);
	} else if (m->action == RECORD__ALARM__ACTION__SHELVE ||
	    m->action == RECORD__ALARM__ACTION__SUPPRESS ||
	    m->action == RECORD__ALARM__ACTION__REMOVE) {
		count(x, F(ASIDE));
		if (e->signed_us == 0)
			count(x, F(ASIDE_UNSIGNED));
	}
}

/* ---- incidents ---- */

/* Its alarms, so far. */
static void
incident_takes(struct facts *f, struct fact *x, const Record__Incident *m)
{
	for (size_t i = 0; i < m->n_alarm_ids + m->n_context_ids; i++) {
		const char *id = i < m->n_alarm_ids
		    ? m->alarm_ids[i]
		    : m->context_ids[i - m->n_alarm_ids];
		struct facts_member one = {.next = x->members};

		if (text_uuid_get(one.alarm, bytes_str(id), NULL) != ERR_OK)
			continue;
		*FACTS_MORE(f->member, f->members, f->members_cap) = one;
		x->members = (uint32_t)f->members;
	}
}

/* Who acknowledges an incident has seen its alarms. */
static void
incident_answered(
    struct facts *f, const struct fact *x, const struct facts_entry *e)
{
	for (uint32_t i = x->members; i != 0; i = f->member[i - 1].next) {
		struct fact *y = facts_find(f, f->member[i - 1].alarm);

		if (y != NULL && y->kind == PACK__FACT__KIND__ALARM)
			mark(y, F(ANSWERED), e);
	}
}

static void
incident_begins(struct facts *f, struct fact *x, const struct facts_entry *e)
{
	const Record__Incident *m = (const Record__Incident *)e->body;

	x->at_us = began(e, m->occurred_at);
	x->exercise = m->exercise;
	x->text[F(AREA)] = facts_word(f, m->area);
	if (m->has_level)
		set(x, F(LEVEL), m->level);
	set(x, F(STEPS), 0);
	incident_takes(f, x, m);
}

static void
incident_goes_on(struct facts *f, struct fact *x, const struct facts_entry *e)
{
	const Record__Incident *m = (const Record__Incident *)e->body;

	incident_takes(f, x, m);

	if (m->has_level && m->level != 0 &&
	    (*facts_slot(x, F(LEVEL)) == FACTS_NONE ||
	        (int32_t)m->level < *facts_slot(x, F(LEVEL))))
		set(x, F(LEVEL), m->level);
	/* What it takes in may be real although it began with an exercise. */
	if (m->has_exercise && !m->exercise)
		x->exercise = false;
	if (m->action == RECORD__INCIDENT__ACTION__ESCALATE)
		set(x, F(STEPS), m->step);
	else if (m->action == RECORD__INCIDENT__ACTION__CLOSE)
		mark(x, F(ENDED), e);
	if (m->action != RECORD__INCIDENT__ACTION__ACK)
		return;
	mark(x, F(ANSWERED), e);
	incident_answered(f, x, e);
}

/* ---- permits ---- */

static void
permit_begins(struct facts *f, struct fact *x, const struct facts_entry *e)
{
	const Record__Permit *m = (const Record__Permit *)e->body;

	x->at_us = began(e, m->occurred_at);
	x->exercise = m->exercise;
	x->text[F(TYPE)] = facts_word(f, m->work_type);
	x->text[F(AREA)] = facts_word(f, m->area);
	set(x, F(LEVEL), m->level);
	set(x, F(STOPS), 0);
	set(x, F(ALARM_STOPS), 0);
	set(x, F(LATE), 0);
}

static void
permit_goes_on(struct fact *x, const struct facts_entry *e)
{
	const Record__Permit *m = (const Record__Permit *)e->body;

	switch (m->action) {
	case RECORD__PERMIT__ACTION__APPROVE:
		mark(x, F(APPROVED), e);
		break;
	case RECORD__PERMIT__ACTION__START:
		mark(x, F(STARTED), e);
		break;
	case RECORD__PERMIT__ACTION__SUSPEND:
		count(x, F(STOPS));
		if (m->alarm_id != NULL)
			count(x, F(ALARM_STOPS));
		break;
	case RECORD__PERMIT__ACTION__ACCEPT:
		mark(x, F(ENDED), e);
		break;
	case RECORD__PERMIT__ACTION__CANCEL:
	case RECORD__PERMIT__ACTION__REJECT:
	case RECORD__PERMIT__ACTION__VOID:
		mark(x, F(ABANDONED), e);
		break;
	case RECORD__PERMIT__ACTION__BOOK:
	case RECORD__PERMIT__ACTION__APPLY:
	case RECORD__PERMIT__ACTION__CLOSE:
	case RECORD__PERMIT__ACTION__GAS_TEST:
	case RECORD__PERMIT__ACTION__RESUME:
	case RECORD__PERMIT__ACTION__FINISH:
	case RECORD__PERMIT__ACTION__STEP:
	case RECORD__PERMIT__ACTION__CHANGE_GUARDIAN:
	case RECORD__PERMIT__ACTION__CHANGE_WORKERS:
	case RECORD__PERMIT__ACTION__AWAY:
	case RECORD__PERMIT__ACTION__BACK:
	case RECORD__PERMIT__ACTION__ACTION_UNSPECIFIED:
	case _RECORD__PERMIT__ACTION_IS_INT_SIZE:
	default:
		break;
	}
}

/* ---- decisions, cases ---- */

static void
decision_begins(struct facts *f, struct fact *x, const struct facts_entry *e)
{
	const Record__Decision *m = (const Record__Decision *)e->body;
	const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(
	    &record__decision__result__descriptor, (int)m->result);

	x->at_us = e->recorded_us;
	x->text[F(TYPE)] = facts_word(f, m->work_type);
	x->text[F(AREA)] = facts_word(f, m->area);
	x->text[F(ROLE)] = facts_word(
	    f, m->role != NULL && m->role[0] != '\0' ? m->role : "worker");
	x->text[0] = facts_word(f, m->holder);
	x->text[F(STAFF)] = facts_word(f, m->company);
	x->text[F(RESULT)] = v != NULL ? facts_word(f, v->name) : 0;
	for (size_t i = 0; m->facts != NULL && i < m->facts->n_shown; i++) {
		const Record__DecisionFacts__Shown *s = m->facts->shown[i];
		const bool good = s->status == RECORD__STATUS__VALUE__VALID &&
		    !s->cancelled && !s->elsewhere &&
		    s->valid_from_at <= m->as_of_at &&
		    (s->valid_to_at == 0 || s->valid_to_at > m->as_of_at);
		struct facts_shown shown = {.fact = (uint32_t)(x - f->at),
		    .class = facts_word(f, s->class_),
		    .good = good};

		*FACTS_MORE(f->shown, f->shown_len, f->shown_cap) = shown;
	}
}

int64_t
facts_stated_us(const ProtobufCMessage *body)
{
	const Record__Case *m = (const Record__Case *)body;

	return body->descriptor == &record__case__descriptor &&
	        m->stated != NULL && m->stated->to_at > 1
	    ? m->stated->to_at - 1
	    : 0;
}

/* A figure that nobody signed is nobody's. */
static void
figure_begins(struct facts *f, struct fact *x, const struct facts_entry *e)
{
	const Record__Case *m = (const Record__Case *)e->body;
	const Record__Stated *s = m->stated;

	x->kind = PACK__FACT__KIND__FIGURE;
	x->at_us = began(e, facts_stated_us(e->body));
	x->exercise = m->exercise || e->signed_us == 0;
	x->text[F(TYPE)] = facts_word(f, s->figure);
	x->text[F(AREA)] = facts_word(f, m->area);
	x->text[F(SOURCE)] = facts_word(f, m->source);
	x->received = s->part;
	x->expected = s->whole;
	if (x->exercise)
		return;
	*FACTS_MORE(f->stated, f->stated_len, f->stated_cap) =
	    (struct facts_stated){.fact = (uint32_t)(x - f->at),
	        .type = x->text[F(TYPE)],
	        .area = x->text[F(AREA)],
	        .from_us = s->from_at,
	        .to_us = s->to_at};
}

static void
case_begins(struct facts *f, struct fact *x, const struct facts_entry *e)
{
	const Record__Case *m = (const Record__Case *)e->body;
	struct field_value v;

	if (m->stated != NULL) {
		figure_begins(f, x, e);
		return;
	}
	x->at_us = began(e, m->occurred_at);
	x->exercise = m->exercise;
	x->text[0] = facts_word(f, m->holder);
	x->text[F(STAFF)] = facts_word(f, m->person_kind);
	x->text[F(TYPE)] = facts_word(f, m->type);
	x->text[F(AREA)] = facts_word(f, m->area);
	x->text[F(SOURCE)] = facts_word(f, m->source);
	if (field_get(&v, e->body, "level") && v.given)
		set(x, F(LEVEL), (int64_t)v.number);
	if (m->has_source_seq)
		note_number(f, e, m->source, m->source_epoch, m->source_seq);
}

/* The first deadline stands: a longer one later moves nothing. */
static void
case_goes_on(struct fact *x, const struct facts_entry *e)
{
	const Record__Case *m = (const Record__Case *)e->body;
	struct field_value v;

	if (x->due_us == 0 && field_get(&v, e->body, "due_at") && v.given) {
		x->due_us = (int64_t)v.number;
		mark(x, F(DEADLINE), e);
	}
	if (field_get(&v, e->body, "feedback") && v.given)
		mark(x, F(REPLIED), e);
	if (m->action == RECORD__CASE__ACTION__CLOSE)
		mark(x, F(ENDED), e);
}

/* ---- certificates ---- */

/* One that was over when it was entered never fell due here. */
static void
certificate_begins(struct facts *f, struct fact *x, const struct facts_entry *e)
{
	const Record__Certificate *m = (const Record__Certificate *)e->body;

	x->at_us = e->recorded_us;
	x->text[0] = facts_word(f, m->holder);
	x->text[F(TYPE)] = facts_word(f, m->class_);
	if (m->valid_to_at > e->recorded_us)
		x->due_us = m->valid_to_at;
}

static void
certificate_goes_on(struct fact *x, const struct facts_entry *e)
{
	const Record__Certificate *m = (const Record__Certificate *)e->body;

	if (m->action == RECORD__CERTIFICATE__ACTION__REVOKE ||
	    m->action == RECORD__CERTIFICATE__ACTION__CANCEL)
		mark(x, F(ABANDONED), e);
}

/* ---- any ---- */

static void
begins(struct facts *f, struct fact *x, const struct facts_entry *e)
{
	x->place = e->place;
	if (e->kind == LEDGER__KIND__ALARM)
		alarm_begins(f, x, e);
	else if (e->kind == LEDGER__KIND__INCIDENT)
		incident_begins(f, x, e);
	else if (e->kind == LEDGER__KIND__PERMIT)
		permit_begins(f, x, e);
	else if (e->kind == LEDGER__KIND__DECISION)
		decision_begins(f, x, e);
	else if (e->kind == LEDGER__KIND__CERTIFICATE)
		certificate_begins(f, x, e);
	else
		case_begins(f, x, e);
}

static void
goes_on(struct facts *f, struct fact *x, const struct facts_entry *e)
{
	const bool moved = e->outcome == LEDGER__OUTCOME__APPLIED ||
	    e->outcome == LEDGER__OUTCOME__SEQ_CONFLICT;

	if (!moved) {
		if (e->kind == LEDGER__KIND__PERMIT)
			count(x, F(LATE));
		return;
	}
	if (e->kind == LEDGER__KIND__ALARM)
		alarm_goes_on(f, x, e);
	else if (e->kind == LEDGER__KIND__INCIDENT)
		incident_goes_on(f, x, e);
	else if (e->kind == LEDGER__KIND__PERMIT)
		permit_goes_on(x, e);
	else if (e->kind == LEDGER__KIND__CASE)
		case_goes_on(x, e);
	else if (e->kind == LEDGER__KIND__CERTIFICATE)
		certificate_goes_on(x, e);
}

enum err
facts_add(struct facts *f, const struct facts_entry *e, struct err_why *why)
{
	struct fact *x;
	size_t k = 0;

	while (k < sizeof kinds / sizeof kinds[0] && kinds[k].kind != e->kind)
		k++;
	/* A site may record what it likes: no time to count with is in no
	 * period. */
	if (k == sizeof kinds / sizeof kinds[0] || e->recorded_us < 0 ||
	    e->recorded_us >= FACTS_TIME_MAX)
		return ERR_OK;
	if (e->body == NULL || e->body->descriptor != kinds[k].type) {
		*FACTS_MORE(f->blank, f->blanks, f->blanks_cap) =
		    (struct facts_blank){
		        (uint8_t)kinds[k].fact, e->recorded_us};
		return ERR_OK;
	}
	if (e->kind == LEDGER__KIND__CHECKLIST) {
		facts_check_add(f, e);
		return ERR_OK;
	}
	x = facts_find(f, e->record_id);
	if (x != NULL) {
		goes_on(f, x, e);
		return ERR_OK;
	}
	/* An incident that began before goes on taking alarms in. */
	if (e->event_seq > 1 && e->kind == LEDGER__KIND__INCIDENT) {
		goes_on(f,
		    facts_make(
		        f, e->record_id, PACK__FACT__KIND__KIND_UNSPECIFIED),
		    e);
		return ERR_OK;
	}
	if (e->event_seq > 1)
		return ERR_OK;
	if (f->len >= FACTS_MAX)
		return err_fail(why, ERR_LIMIT,
		    "more than %d records in the period: ask for a day",
		    FACTS_MAX);
	begins(f, facts_make(f, e->record_id, kinds[k].fact), e);
	return ERR_OK;
}
