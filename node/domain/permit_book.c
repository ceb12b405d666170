/* permit_book.c - before a permit and after it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/domain/permit_guard.h"

#define MINUTE_US INT64_C(60000000)
#define DATE_CHARS 8
#define TAIL_CHARS 10

static void
miss(const struct permit_guard *g, enum rule_id id, const char *clause)
{
	rule_miss(
	    g->gaps, (struct rule_gap){.rule = rule_get(id), .clause = clause});
}

static bool
given(const char *s)
{
	return s != NULL && s[0] != '\0';
}

/* ---- bookings ---- */

void
permit_guard_booking(const struct permit_guard *g)
{
	const Record__Permit *m = g->e->msg;
	const Pack__Booking *b = g->e->pack->booking;
	bool urgent = m->urgent && given(m->reason);

	if (!given(m->area))
		miss(g, RULE_AREA_UNKNOWN, NULL);
	if (!m->has_planned_from_at || !m->has_planned_to_at ||
	    m->planned_from_at <= 0 || m->planned_from_at >= m->planned_to_at)
		miss(g, RULE_WINDOW_INVALID, NULL);
	else if (g->e->occurred_us > m->planned_to_at)
		miss(g, RULE_PERMIT_EXPIRED, NULL);
	else if (!urgent &&
	    m->planned_from_at - g->e->occurred_us <
	        b->ahead_minutes * MINUTE_US)
		miss(g, RULE_BOOKING_LATE, b->clause);
	permit_guard_right(g);
	permit_guard_fields(g);
	permit_guard_signer(g);
	permit_guard_number(g);
}

void
permit_guard_booked(const struct permit_guard *g)
{
	const struct permit_event *e = g->e;

	if ((e->row->flags & ROW_PARTIAL) != 0)
		miss(g, RULE_NOT_HELD, NULL);
	if (e->occurred_us > e->row->to_us)
		miss(g, RULE_PERMIT_EXPIRED, NULL);
	if (g->signing && e->world.other_booking)
		miss(g, RULE_BOOKING_DIFFERS, NULL);
}

/* ---- one takes over from another ---- */

void
permit_guard_chain(const struct permit_guard *g)
{
	const bool voids = g->action == RECORD__PERMIT__ACTION__VOID;

	if (voids && g->signing && !given(g->e->msg->successor))
		miss(g, RULE_SUCCESSOR_MISSING, NULL);
	else if (g->e->world.chain != NULL)
		rule_miss(
		    g->gaps, (struct rule_gap){.rule = g->e->world.chain});
}

/* ---- numbers ---- */

/* "20261130-ABCDEFGHJK": what nodes make of a record's id. */
static bool
is_node_number(const char *s)
{
	size_t digits = strspn(s, "0123456789");

	return digits == DATE_CHARS && s[DATE_CHARS] == '-' &&
	    strlen(s) == DATE_CHARS + 1 + TAIL_CHARS;
}

bool
permit_number_fits(const char *form, const char *number)
{
	if (!given(number) || is_node_number(number))
		return false;
	if (!given(form))
		return true;
	for (; *form != '\0'; form++, number++) {
		char c = *number;
		bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
		bool fits = *form == '#' ? c >= '0' && c <= '9'
		    : *form == '@'       ? letter
		                         : c == *form;

		if (!fits)
			return false;
	}
	return *number == '\0';
}

void
permit_guard_number(const struct permit_guard *g)
{
	const char *number = g->e->msg->permit_no;

	if (number == NULL)
		return;
	if (!permit_number_fits(g->e->pack->permit_no, number))
		miss(g, RULE_PERMIT_NO_FORM, NULL);
	else if (g->e->world.number != NULL)
		rule_miss(
		    g->gaps, (struct rule_gap){.rule = g->e->world.number});
}

/* ---- archives ---- */

void
permit_guard_right(const struct permit_guard *g)
{
	const struct row *r = g->e->row;
	Record__Permit__Level level =
	    r != NULL ? (Record__Permit__Level)r->level : g->e->msg->level;

	if (g->e->pack == NULL)
		miss(g, RULE_PACK_MISSING, NULL);
	else if (packs_right(g->e->pack, g->action, level) == NULL)
		miss(g, RULE_BOOKING_NONE, NULL);
}

bool
permit_guard_archives(const struct permit_event *e)
{
	return e->pack != NULL &&
	    packs_right(e->pack, RECORD__PERMIT__ACTION__CLOSE,
	        (Record__Permit__Level)e->row->level) != NULL;
}
