/* query_case.c - how cases, checks and accounts stand, as messages. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_case.h"

#include <string.h>

#include "proto/mem.h"
#include "proto/text.h"

static void
set_time(protobuf_c_boolean *has, int64_t *out, int64_t us)
{
	*has = us != 0;
	*out = us;
}

/* NULL: none. */
static char *
id_text(const uint8_t id[static 16])
{
	static const uint8_t none[16];
	char *out;

	if (memcmp(id, none, sizeof none) == 0)
		return NULL;
	out = mem_alloc(TEXT_UUID_CHARS + 1, 1);
	text_uuid_put(out, id);
	return out;
}

static Api__CaseState *
case_view(const struct row *r, int64_t now_us)
{
	Api__CaseState *m = mem_alloc(1, sizeof *m);

	api__case_state__init(m);
	set_time(&m->has_received_at, &m->received_at, r->from_us);
	set_time(&m->has_due_at, &m->due_at, r->to_us);
	m->has_overdue = true;
	m->overdue = row_is_overdue(r, now_us);
	set_time(&m->has_responded_at, &m->responded_at, r->mark_us);
	set_time(&m->has_rectified_at, &m->rectified_at, r->start_us);
	set_time(&m->has_closed_at, &m->closed_at, r->stop_us);
	m->has_feedback = true;
	m->feedback = (r->flags & ROW_FEEDBACK) != 0;
	m->has_anonymous = m->anonymous = (r->flags & ROW_ANONYMOUS) != 0;
	m->has_confidential = m->confidential =
	    (r->flags & ROW_CONFIDENTIAL) != 0;
	m->has_exercise = m->exercise = (r->flags & ROW_EXERCISE) != 0;
	m->has_way = r->work.operation != 0;
	m->way = (Record__Case__Way)r->work.operation;
	m->found_by = id_text(r->ref);
	return m;
}

static Api__CheckState *
check_view(const struct row *r, int64_t now_us)
{
	Api__CheckState *m = mem_alloc(1, sizeof *m);

	api__check_state__init(m);
	m->has_tier = true;
	m->tier = (Record__Checklist__Tier)r->level;
	set_time(&m->has_checked_at, &m->checked_at, r->mark_us);
	set_time(&m->has_due_at, &m->due_at, r->to_us);
	m->has_missing = m->missing = row_is_overdue(r, now_us);
	m->parent = id_text(r->ref);
	return m;
}

static Api__PointsState *
points_view(const struct row *r)
{
	Api__PointsState *m = mem_alloc(1, sizeof *m);

	api__points_state__init(m);
	m->has_balance = m->has_credits = m->has_debits = true;
	m->balance = r->members;
	m->credits = r->alive;
	m->debits = r->unseen;
	return m;
}

void
query_case(Api__RecordView *m, const struct row *r, int64_t now_us)
{
	if (r->kind == LEDGER__KIND__CASE)
		m->case_state = case_view(r, now_us);
	else if (r->kind == LEDGER__KIND__CHECKLIST)
		m->check_state = check_view(r, now_us);
	else
		m->points_state = points_view(r);
}
