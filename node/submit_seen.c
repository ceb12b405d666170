/* submit_seen.c - what numbered messages of machines have in common. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_seen.h"

void
submit_seen_refuse(struct submit_receipt *r, enum rule_id id, const char *path)
{
	r->rule = rule_get(id);
	r->error = submit_op_err(r->rule);
	r->path = path;
}

bool
submit_seen_empty(const char *s)
{
	return s == NULL || s[0] == '\0';
}

static bool
check_alarm(const Record__Alarm *m, struct submit_receipt *r)
{
	if (m->action != RECORD__ALARM__ACTION__ACTION_UNSPECIFIED &&
	    m->action != RECORD__ALARM__ACTION__RAISE)
		submit_seen_refuse(r, RULE_RECORD_UNKNOWN, "action");
	else if (!m->has_level)
		submit_seen_refuse(r, RULE_FIELD_MISSING, "level");
	else if (m->level < 1 || m->level > 3)
		submit_seen_refuse(r, RULE_FIELD_RANGE, "level");
	else if (submit_seen_empty(m->kind))
		submit_seen_refuse(r, RULE_FIELD_MISSING, "kind");
	else if (submit_seen_empty(m->area))
		submit_seen_refuse(r, RULE_FIELD_MISSING, "area");
	else if (m->has_source_seq && submit_seen_empty(m->source))
		submit_seen_refuse(r, RULE_FIELD_MISSING, "source");
	return r->error == ERR_OK;
}

static bool
check_case(const Record__Case *m, struct submit_receipt *r)
{
	if (m->action != RECORD__CASE__ACTION__ACTION_UNSPECIFIED &&
	    m->action != RECORD__CASE__ACTION__REPORT)
		submit_seen_refuse(r, RULE_RECORD_UNKNOWN, "action");
	else if (submit_seen_empty(m->type))
		submit_seen_refuse(r, RULE_FIELD_MISSING, "type");
	else if (m->has_source_seq && submit_seen_empty(m->source))
		submit_seen_refuse(r, RULE_FIELD_MISSING, "source");
	return r->error == ERR_OK;
}

bool
submit_seen_check(const ProtobufCMessage *msg, struct submit_receipt *r)
{
	return msg->descriptor == &record__alarm__descriptor
	    ? check_alarm((const Record__Alarm *)(const void *)msg, r)
	    : check_case((const Record__Case *)(const void *)msg, r);
}

struct submit_seen
submit_seen(const ProtobufCMessage *msg)
{
	if (msg->descriptor == &record__alarm__descriptor) {
		const Record__Alarm *m = (const Record__Alarm *)msg;

		return (struct submit_seen){m->source, m->area, m->source_epoch,
		    m->source_seq, m->has_source_seq, m->occurred_at};
	}
	const Record__Case *m = (const Record__Case *)msg;
	return (struct submit_seen){m->source, m->area, m->source_epoch,
	    m->source_seq, m->has_source_seq, m->occurred_at};
}
