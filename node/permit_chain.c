/* permit_chain.c - bookings, numbers, who takes over from whom. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/permit_chain.h"

#include <string.h>

#include "node/fold_key.h"
#include "node/site.h"
#include "proto/text.h"

#define ACT(name) RECORD__PERMIT__ACTION__##name

static const uint8_t no_id[16];

/* False: it is none of this node's permits. */
static enum err
permit_of(const struct permit_world_ask *ask, const uint8_t id[static 16],
    struct row *out, bool *found, struct err_why *why)
{
	enum err e = fold_get(ask->fold, ask->site->evidence, id, out, NULL);

	*found = e == ERR_OK && out->kind == LEDGER__KIND__PERMIT &&
	    memcmp(id, ask->record_id, 16) != 0;
	if (e == ERR_OK || e == ERR_NOT_FOUND)
		return ERR_OK;
	return err_fail(why, e, "a linked permit cannot be read");
}

static enum err
look_at_successor(const struct permit_world_ask *ask, struct permit_world *out,
    struct err_why *why)
{
	uint8_t id[16];
	struct row r;
	bool found = false;
	enum err e = ERR_OK;

	if (ask->msg == NULL || ask->msg->successor == NULL)
		return ERR_OK;
	if (text_uuid_get(id, bytes_str(ask->msg->successor), NULL) == ERR_OK)
		e = permit_of(ask, id, &r, &found, why);
	if (!found || !row_is_open(&r) ||
	    memcmp(r.work.supersedes, ask->record_id, 16) != 0)
		out->chain = rule_get(RULE_SUCCESSOR_WRONG);
	return e;
}

static enum err
look_at_superseded(const struct permit_world_ask *ask, struct permit_world *out,
    struct err_why *why)
{
	uint8_t id[16];
	struct row r;
	bool found = false;
	enum err e = ERR_OK;

	if (ask->msg == NULL || ask->msg->supersedes == NULL)
		return ERR_OK;
	if (text_uuid_get(id, bytes_str(ask->msg->supersedes), NULL) == ERR_OK)
		e = permit_of(ask, id, &r, &found, why);
	if (!found || r.state == ROW_BOOKED || r.state > ROW_SUSPENDED)
		out->chain = rule_get(RULE_SUPERSEDES_UNKNOWN);
	return e;
}

/* Both at once would be one work under two permits. */
static enum err
look_at_predecessor(const struct permit_world_ask *ask,
    struct permit_world *out, struct err_why *why)
{
	struct row r;
	bool found;
	enum err e;

	if (ask->row == NULL ||
	    memcmp(ask->row->work.supersedes, no_id, 16) == 0)
		return ERR_OK;
	e = permit_of(ask, ask->row->work.supersedes, &r, &found, why);
	if (e == ERR_OK && (!found || row_is_open(&r)))
		out->chain = rule_get(RULE_PREDECESSOR_OPEN);
	return e;
}

static enum err
look_at_number(const struct permit_world_ask *ask, struct permit_world *out,
    struct err_why *why)
{
	struct fold_key k = {.len = 0};
	struct store_cursor *c = NULL;
	struct store_row row;
	uint64_t number = 0;
	enum err e;

	if (ask->msg != NULL)
		number =
		    fold_hash(ask->fold->mac, FOLD_NUMBER, ask->msg->permit_no);
	if (number == 0)
		return ERR_OK;
	k = fold_key_holder(
	    ask->site->evidence, number, LEDGER__KIND__PERMIT, NULL);
	e = store_cursor(ask->fold->txn, ask->fold->t->holder, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len == k.len + 16 &&
	    memcmp(row.key.ptr, k.b, k.len) == 0) {
		if (memcmp(row.key.ptr + k.len, ask->record_id, 16) != 0)
			out->number = rule_get(RULE_PERMIT_NO_TAKEN);
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static void
look_at_booking(const struct permit_world_ask *ask, struct permit_world *out)
{
	const Record__Permit *m = ask->msg;

	if (ask->row == NULL || m == NULL)
		return;
	out->other_booking =
	    fold_hash(ask->fold->mac, FOLD_AREA, m->area) != ask->row->area ||
	    fold_hash(ask->fold->mac, FOLD_TYPE, m->work_type) !=
	        ask->row->type;
}

enum err
permit_chain(const struct permit_world_ask *ask, struct permit_world *out,
    struct err_why *why)
{
	enum err e = ERR_OK;

	switch ((int)ask->action) {
	case ACT(BOOK):
		return look_at_number(ask, out, why);
	case ACT(APPLY):
		look_at_booking(ask, out);
		e = look_at_superseded(ask, out, why);
		return e == ERR_OK ? look_at_number(ask, out, why) : e;
	case ACT(START):
		return look_at_predecessor(ask, out, why);
	case ACT(VOID):
		return look_at_successor(ask, out, why);
	default:
		return ERR_OK;
	}
}
