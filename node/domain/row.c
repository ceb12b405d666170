/* row.c - the state of one record, as a table row. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/row.h"

#include <string.h>

#include "record.pb-c.h"

#define ROW_VERSION 1
#define ROW_SHORT 0 /* ends after changed_us */
#define ROW_LONG 1
#define ROW_WORK 2 /* a permit with steps, links, crew */
#define ROW_WIDE 3 /* and counters */

static bool
row_is_wide(const struct row *r)
{
	return (r->step | r->members | r->alive | r->unseen) != 0;
}

static bool
row_is_long(const struct row *r)
{
	static const uint8_t none[16];

	return r->from_us != 0 || r->to_us != 0 || r->mark_us != 0 ||
	    r->stop_us != 0 || r->start_us != 0 || r->other != 0 ||
	    r->pack != 0 || memcmp(r->ref, none, sizeof none) != 0;
}

static bool
row_has_work(const struct row_work *w)
{
	static const uint8_t none[16];

	return w->number != 0 || w->measures != 0 ||
	    memcmp(w->supersedes, none, sizeof none) != 0 ||
	    w->steps_len + w->links_len + w->crew_len + w->conditions +
	        w->base_level + w->operation !=
	    0 ||
	    w->crew_seq != 0 || w->guardian_seq != 0 || w->apply_seq != 0 ||
	    w->asset != 0;
}

static void
put_work(struct buf *out, const struct row_work *w)
{
	buf_u32be(out, w->crew_seq);
	buf_u32be(out, w->guardian_seq);
	buf_u32be(out, w->apply_seq);
	for (size_t i = 0; i < ROW_NAMED; i++)
		buf_u32be(out, w->named_seq[i]);
	buf_u64be(out, w->asset);
	buf_u8(out, w->conditions);
	buf_u8(out, w->base_level);
	buf_u8(out, w->operation);
	buf_u8(out, w->steps_len);
	buf_u8(out, w->links_len);
	buf_u8(out, w->crew_len);
	for (size_t i = 0; i < w->steps_len; i++) {
		buf_u64be(out, w->steps[i].name);
		buf_u64be(out, (uint64_t)w->steps[i].at_us);
		buf_u64be(out, w->steps[i].by);
	}
	for (size_t i = 0; i < w->links_len; i++)
		buf_put(out, w->links[i], 16);
	for (size_t i = 0; i < w->crew_len; i++)
		buf_u64be(out, w->crew[i]);
	buf_u64be(out, w->number);
	buf_put(out, w->supersedes, sizeof w->supersedes);
	buf_u64be(out, w->measures);
	buf_u64be(out, w->again);
}

/* False: more of something than fits. */
static bool
get_work(struct buf_reader *rd, struct row_work *w)
{
	w->crew_seq = buf_read_u32be(rd);
	w->guardian_seq = buf_read_u32be(rd);
	w->apply_seq = buf_read_u32be(rd);
	for (size_t i = 0; i < ROW_NAMED; i++)
		w->named_seq[i] = buf_read_u32be(rd);
	w->asset = buf_read_u64be(rd);
	w->conditions = buf_read_u8(rd);
	w->base_level = buf_read_u8(rd);
	w->operation = buf_read_u8(rd);
	w->steps_len = buf_read_u8(rd);
	w->links_len = buf_read_u8(rd);
	w->crew_len = buf_read_u8(rd);
	if (w->steps_len > ROW_STEPS_MAX || w->links_len > ROW_LINKS_MAX ||
	    w->crew_len > ROW_CREW_MAX)
		return false;
	for (size_t i = 0; i < w->steps_len; i++) {
		w->steps[i].name = buf_read_u64be(rd);
		w->steps[i].at_us = (int64_t)buf_read_u64be(rd);
		w->steps[i].by = buf_read_u64be(rd);
	}
	for (size_t i = 0; i < w->links_len; i++) {
		struct bytes id = buf_read(rd, 16);

		if (id.len == 16)
			memcpy(w->links[i], id.ptr, 16);
	}
	for (size_t i = 0; i < w->crew_len; i++)
		w->crew[i] = buf_read_u64be(rd);
	w->number = buf_read_u64be(rd);
	struct bytes old = buf_read(rd, sizeof w->supersedes);
	if (old.len == sizeof w->supersedes)
		memcpy(w->supersedes, old.ptr, sizeof w->supersedes);
	w->measures = buf_read_u64be(rd);
	w->again = buf_read_u64be(rd);
	return true;
}

void
row_put(struct buf *out, const struct row *r)
{
	const bool work = row_has_work(&r->work);
	const uint8_t form = work ? ROW_WORK
	    : row_is_wide(r)      ? ROW_WIDE
	    : row_is_long(r)      ? ROW_LONG
	                          : ROW_SHORT;

	buf_u8(out, ROW_VERSION);
	buf_u8(out, form);
	buf_u16be(out, r->kind);
	buf_u8(out, r->state);
	buf_u8(out, r->level);
	buf_u8(out, r->flags);
	buf_u32be(out, r->seq);
	buf_u64be(out, r->first);
	buf_u64be(out, r->last);
	buf_u64be(out, r->area);
	buf_u64be(out, r->type);
	buf_u64be(out, r->subject);
	buf_u64be(out, (uint64_t)r->opened_us);
	buf_u64be(out, (uint64_t)r->changed_us);
	if (form == ROW_SHORT)
		return;
	buf_u64be(out, (uint64_t)r->from_us);
	buf_u64be(out, (uint64_t)r->to_us);
	buf_u64be(out, (uint64_t)r->mark_us);
	buf_u64be(out, (uint64_t)r->stop_us);
	buf_u64be(out, (uint64_t)r->start_us);
	buf_u64be(out, r->other);
	buf_u64be(out, r->pack);
	buf_put(out, r->ref, sizeof r->ref);
	if (work)
		put_work(out, &r->work);
	if (form != ROW_WIDE)
		return;
	buf_u32be(out, r->step);
	buf_u32be(out, r->members);
	buf_u32be(out, r->alive);
	buf_u32be(out, r->unseen);
}

enum err
row_get(struct row *out, struct bytes in, struct err_why *why)
{
	struct buf_reader rd = {.left = in};
	struct row r = {0};
	bool fits = true;
	uint8_t version = buf_read_u8(&rd);
	uint8_t form = buf_read_u8(&rd);

	r.kind = buf_read_u16be(&rd);
	r.state = buf_read_u8(&rd);
	r.level = buf_read_u8(&rd);
	r.flags = buf_read_u8(&rd);
	r.seq = buf_read_u32be(&rd);
	r.first = buf_read_u64be(&rd);
	r.last = buf_read_u64be(&rd);
	r.area = buf_read_u64be(&rd);
	r.type = buf_read_u64be(&rd);
	r.subject = buf_read_u64be(&rd);
	r.opened_us = (int64_t)buf_read_u64be(&rd);
	r.changed_us = (int64_t)buf_read_u64be(&rd);
	if (form >= ROW_LONG) {
		r.from_us = (int64_t)buf_read_u64be(&rd);
		r.to_us = (int64_t)buf_read_u64be(&rd);
		r.mark_us = (int64_t)buf_read_u64be(&rd);
		r.stop_us = (int64_t)buf_read_u64be(&rd);
		r.start_us = (int64_t)buf_read_u64be(&rd);
		r.other = buf_read_u64be(&rd);
		r.pack = buf_read_u64be(&rd);
		struct bytes ref = buf_read(&rd, sizeof r.ref);
		if (ref.len == sizeof r.ref)
			memcpy(r.ref, ref.ptr, sizeof r.ref);
	}
	if (form == ROW_WORK)
		fits = get_work(&rd, &r.work);
	if (form == ROW_WIDE) {
		r.step = buf_read_u32be(&rd);
		r.members = buf_read_u32be(&rd);
		r.alive = buf_read_u32be(&rd);
		r.unseen = buf_read_u32be(&rd);
	}
	if (version != ROW_VERSION || form > ROW_WIDE || !fits ||
	    !buf_read_ok(&rd))
		return err_fail(why, ERR_CORRUPT, "a table row is damaged");
	*out = r;
	return ERR_OK;
}

struct names {
	const char *at[14];
};

static const struct names alarm_names = {
    {NULL, "RAISED", "ACKNOWLEDGED", "CLEARED", "RETURNED", "LATCHED",
        "LATCHED_ACKED", "SHELVED", "SUPPRESSED", "OUT_OF_SERVICE"}};
static const struct names permit_names = {{NULL, "BOOKED", "APPLIED", "TESTED",
    "ISSUED", "IN_PROGRESS", "SUSPENDED", "FINISHED", "ACCEPTED", "REJECTED",
    "CANCELLED", "EXPIRED", "VOIDED", "CLOSED"}};
static const struct names certificate_names = {
    {NULL, "VALID", "SUSPENDED", "REVOKED", "LAPSED", "CANCELLED"}};
static const struct names decision_names = {
    {NULL, "ALLOW", "DENY", "INDETERMINATE"}};
static const struct names incident_names = {
    {NULL, "OPEN", "ACKNOWLEDGED", "CLOSED"}};
static const struct names delivery_names = {
    {NULL, "DELIVERED", "GIVEN_UP", "RETRIED", "SERVED", "ENDED"}};
static const struct names case_names = {{NULL, "REPORTED", "CLOSED", "ACCEPTED",
    "ASSIGNED", "RECTIFYING", "TO_ACCEPT", "REJECTED", "REPLIED"}};
static const struct names plain_names = {
    {NULL, "OPEN", "CLOSED", "RELEASED", "WITHDRAWN"}};

static const struct names *
names_of(uint16_t kind)
{
	switch (kind) {
	case LEDGER__KIND__ALARM:
		return &alarm_names;
	case LEDGER__KIND__PERMIT:
		return &permit_names;
	case LEDGER__KIND__CERTIFICATE:
	case LEDGER__KIND__CREDENTIAL:
		return &certificate_names;
	case LEDGER__KIND__DECISION:
		return &decision_names;
	case LEDGER__KIND__INCIDENT:
		return &incident_names;
	case LEDGER__KIND__DELIVERY:
		return &delivery_names;
	case LEDGER__KIND__CASE:
		return &case_names;
	default:
		return &plain_names;
	}
}

const char *
row_state_text(uint16_t kind, uint8_t state)
{
	const struct names *n = names_of(kind);
	size_t max = sizeof n->at / sizeof n->at[0];

	if (state >= max || n->at[state] == NULL)
		return "UNKNOWN";
	return n->at[state];
}

uint8_t
row_state_find(uint16_t kind, const char *text)
{
	const struct names *n = names_of(kind);

	for (size_t i = 1; i < sizeof n->at / sizeof n->at[0]; i++) {
		if (n->at[i] != NULL && strcmp(n->at[i], text) == 0)
			return (uint8_t)i;
	}
	return 0;
}

/* What is put aside is shown as that, in the order of ISA-18.2. */
static uint8_t
alarm_state(const struct row *r, int64_t now_us)
{
	if (r->state == ROW_CLEARED || r->state == 0)
		return r->state;
	if ((r->flags & ROW_OUT_BIT) != 0)
		return ROW_OUT_OF_SERVICE;
	if ((r->flags & ROW_SUPPRESSED_BIT) != 0)
		return ROW_SUPPRESSED;
	if ((r->flags & ROW_SHELVED) != 0 && now_us < r->to_us)
		return ROW_SHELVED_STATE;
	return r->state;
}

uint8_t
row_state(const struct row *r, int64_t now_us)
{
	bool permit = r->kind == LEDGER__KIND__PERMIT;
	bool cert = r->kind == LEDGER__KIND__CERTIFICATE ||
	    r->kind == LEDGER__KIND__CREDENTIAL;

	if (r->kind == LEDGER__KIND__ALARM)
		return alarm_state(r, now_us);
	/* By its alarms alone, whatever the order in which they were seen. */
	if (r->kind == LEDGER__KIND__INCIDENT &&
	    r->state == ROW_INCIDENT_OPEN && r->unseen == 0)
		return ROW_INCIDENT_ACKED;
	if (permit && r->state >= ROW_BOOKED && r->state <= ROW_SUSPENDED &&
	    now_us > r->to_us)
		return ROW_EXPIRED;
	if (cert && r->state == ROW_VALID &&
	    (now_us >= r->to_us || (r->mark_us != 0 && now_us > r->mark_us)))
		return ROW_LAPSED;
	return r->state;
}

bool
row_is_open(const struct row *r)
{
	switch (r->kind) {
	case LEDGER__KIND__ALARM:
		return r->state != 0 && r->state != ROW_CLEARED;
	case LEDGER__KIND__PERMIT:
		return r->state >= ROW_BOOKED && r->state <= ROW_FINISHED;
	case LEDGER__KIND__CASE:
		return r->state != 0 && r->state != ROW_CASE_CLOSED &&
		    r->state != ROW_CASE_REJECTED;
	/* Of the prevention chain only tasks wait for somebody. */
	case LEDGER__KIND__CHECKLIST:
		return r->state == ROW_OPEN &&
		    r->level == RECORD__CHECKLIST__TIER__TASK;
	case LEDGER__KIND__INCIDENT:
		return r->state == ROW_INCIDENT_OPEN ||
		    r->state == ROW_INCIDENT_ACKED;
	default:
		return false;
	}
}

bool
row_is_overdue(const struct row *r, int64_t now_us)
{
	bool waits = r->kind == LEDGER__KIND__CHECKLIST ||
	    (r->kind == LEDGER__KIND__CASE && r->state != ROW_CASE_REPLIED);

	return waits && row_is_open(r) && r->to_us != 0 && now_us > r->to_us;
}

const char *
row_kind_text(uint16_t kind)
{
	const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(
	    &ledger__kind__descriptor, kind);

	return v != NULL ? v->name : "UNKNOWN";
}
