/* fold_notice.c - who outside is still to be told of what, out of the log. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fold_notice.h"

#include "node/fold_key.h"
#include "proto/text.h"

#define KEY_BYTES 18 /* slot, place, name */
#define ROWS_OF_ONE 1024 /* notices of one entry */

struct fold_key
fold_notice_key(uint16_t slot, uint64_t place, uint64_t target)
{
	struct fold_key k = fold_key_slot(slot);

	fold_key_uint(&k, place, 8);
	fold_key_uint(&k, target, 8);
	return k;
}

bool
fold_notice_get(struct fold_notice_row *out, const struct store_row *row)
{
	struct buf_reader v = {.left = row->value};
	uint8_t state = buf_read_u8(&v);

	if (row->key.len != KEY_BYTES)
		return false;
	out->place = fold_key_u64(bytes_of(row->key.ptr + 2, 8));
	out->target = fold_key_u64(bytes_of(row->key.ptr + 10, 8));
	out->kind = buf_read_u8(&v);
	out->since_us = (int64_t)buf_read_u64be(&v);
	out->state = (enum fold_notice_state)state;
	return buf_read_ok(&v) && state >= FOLD_NOTICE_PENDING &&
	    state <= FOLD_NOTICE_GIVEN_UP;
}

static enum err
put_notice(struct fold *f, uint16_t slot, const struct fold_notice_row *n,
    struct err_why *why)
{
	struct fold_key k = fold_notice_key(slot, n->place, n->target);
	struct fold_key v = {.len = 0};

	fold_key_uint(&v, n->state, 1);
	fold_key_uint(&v, n->kind, 1);
	fold_key_uint(&v, (uint64_t)n->since_us, 8);
	return store_put(
	    f->txn, f->t->notice, fold_key_view(&k), fold_key_view(&v), why);
}

/* ---- targets ---- */

static struct fold_key
target_key(uint16_t slot, uint64_t name)
{
	struct fold_key k = fold_key_slot(slot);

	fold_key_uint(&k, name, 8);
	return k;
}

static bool
read_target(struct notice_target *out, struct bytes v)
{
	struct buf_reader rd = {.left = v};

	*out = (struct notice_target){.kinds = buf_read_u32be(&rd),
	    .level = buf_read_u8(&rd),
	    .areas_len = buf_read_u8(&rd)};
	if (out->areas_len > NOTICE_AREAS_MAX)
		return false;
	for (size_t i = 0; i < out->areas_len; i++)
		out->areas[i] = buf_read_u64be(&rd);
	return buf_read_ok(&rd);
}

enum err
fold_notice_target(struct fold *f, uint16_t slot, uint64_t name,
    struct notice_target *out, struct err_why *why)
{
	struct fold_key k = target_key(slot, name);
	struct bytes v;
	enum err e =
	    store_get(f->txn, f->t->target, fold_key_view(&k), &v, why);

	if (e == ERR_OK && !read_target(out, v))
		e = err_fail(why, ERR_CORRUPT, "a table row is damaged");
	return e;
}

/* Kinds that this version does not know are of no notice that it makes. */
static enum err
serve(struct fold *f, uint16_t slot, uint64_t name, const Record__Delivery *m,
    struct err_why *why)
{
	struct fold_key k = target_key(slot, name);
	uint8_t space[8 + 8 * NOTICE_AREAS_MAX];
	struct buf b = {.ptr = space, .cap = sizeof space, .max = sizeof space};
	const size_t areas =
	    m->n_areas < NOTICE_AREAS_MAX ? m->n_areas : NOTICE_AREAS_MAX;
	uint32_t kinds = 0;

	for (size_t i = 0; i < m->n_kinds; i++) {
		const size_t kind = notice_kind_find(m->kinds[i]);

		if (kind != SIZE_MAX)
			kinds |= UINT32_C(1) << kind;
	}
	buf_u32be(&b, kinds);
	buf_u8(&b, (uint8_t)(m->level < 255 ? m->level : 255));
	buf_u8(&b, (uint8_t)areas);
	for (size_t i = 0; i < areas; i++)
		buf_u64be(&b, fold_hash(f->mac, FOLD_AREA, m->areas[i]));
	return store_put(
	    f->txn, f->t->target, fold_key_view(&k), buf_view(&b), why);
}

/* ---- entries of kind DELIVERY ---- */

enum err
fold_notice_apply(struct fold *f, struct row *r, const struct fold_event *e,
    struct err_why *why)
{
	static const uint8_t states[] = {
	    [RECORD__DELIVERY__ACTION__DELIVERED] = ROW_DELIVERED,
	    [RECORD__DELIVERY__ACTION__GIVEN_UP] = ROW_GIVEN_UP,
	    [RECORD__DELIVERY__ACTION__RETRY] = ROW_RETRIED,
	    [RECORD__DELIVERY__ACTION__SERVE] = ROW_SERVED,
	    [RECORD__DELIVERY__ACTION__END] = ROW_ENDED,
	};
	const Record__Delivery *m = (const Record__Delivery *)e->item->body;
	const uint16_t slot = e->item->slot;
	struct row about;
	enum err err;

	if (e->applied && m->action > 0 &&
	    (size_t)m->action < sizeof states / sizeof states[0])
		r->state = states[m->action];
	if (!e->first)
		return ERR_OK;
	err = fold_kind_name(f, slot, FOLD_TARGET, m->target, &r->subject, why);
	if (err != ERR_OK || m->about_id == NULL)
		return err;
	if (text_uuid_get(r->ref, bytes_str(m->about_id), NULL) != ERR_OK) {
		memset(r->ref, 0, sizeof r->ref);
		return ERR_OK;
	}
	/* Who may see the one may see the other. */
	err = fold_get(f, slot, r->ref, &about, why);
	if (err == ERR_OK)
		r->area = about.area;
	if (err == ERR_NOT_FOUND || err == ERR_CORRUPT)
		err = ERR_OK;
	if (err == ERR_OK && m->n_kinds > 0)
		err = fold_kind_name(
		    f, slot, FOLD_TYPE, m->kinds[0], &r->type, why);
	return err;
}

/* What became of one notice. */
static enum err
follow(struct fold *f, uint16_t slot, uint64_t name, const Record__Delivery *m,
    struct err_why *why)
{
	struct fold_notice_row n;
	struct store_row row;
	struct fold_key k;
	uint8_t about[16];
	uint64_t place;
	enum err e;

	if (m->about_id == NULL ||
	    text_uuid_get(about, bytes_str(m->about_id), NULL) != ERR_OK)
		return ERR_OK;
	e = fold_event(f, slot, about, m->about_seq, &place, why);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND || e == ERR_CORRUPT ? ERR_OK : e;
	k = fold_notice_key(slot, place, name);
	row.key = fold_key_view(&k);
	e = store_get(f->txn, f->t->notice, row.key, &row.value, why);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	if (m->action == RECORD__DELIVERY__ACTION__DELIVERED)
		return store_del(f->txn, f->t->notice, row.key, why);
	if (!fold_notice_get(&n, &row))
		return ERR_OK; /* reindex makes it anew */
	n.state = m->action == RECORD__DELIVERY__ACTION__GIVEN_UP
	    ? FOLD_NOTICE_GIVEN_UP
	    : FOLD_NOTICE_PENDING;
	return put_notice(f, slot, &n, why);
}

static enum err
delivery(struct fold *f, const struct fold_event *e, struct err_why *why)
{
	const Record__Delivery *m = (const Record__Delivery *)e->item->body;
	const uint16_t slot = e->item->slot;
	struct fold_key k;
	uint64_t name;
	enum err err;

	if (m == NULL || m->base.descriptor != &record__delivery__descriptor ||
	    !e->applied || m->target == NULL)
		return ERR_OK;
	name = fold_hash(f->mac, FOLD_TARGET, m->target);
	switch (m->action) {
	case RECORD__DELIVERY__ACTION__SERVE:
		return serve(f, slot, name, m, why);
	case RECORD__DELIVERY__ACTION__END:
		k = target_key(slot, name);
		err = store_del(f->txn, f->t->target, fold_key_view(&k), why);
		return err == ERR_NOT_FOUND ? ERR_OK : err;
	case RECORD__DELIVERY__ACTION__DELIVERED:
	case RECORD__DELIVERY__ACTION__GIVEN_UP:
	case RECORD__DELIVERY__ACTION__RETRY:
		return follow(f, slot, name, m, why);
	case RECORD__DELIVERY__ACTION__ACTION_UNSPECIFIED:
	case _RECORD__DELIVERY__ACTION_IS_INT_SIZE:
		break;
	}
	return ERR_OK;
}

/* ---- entries that are told of ---- */

struct names {
	uint64_t at[ROWS_OF_ONE];
	size_t len;
	bool any; /* target is in force */
};

/* Collected first: writing moves the pages under a cursor. */
static enum err
who_wants(struct fold *f, uint16_t slot, size_t kind, const struct row *r,
    struct names *out, struct err_why *why)
{
	struct fold_key k = fold_key_slot(slot);
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(f->txn, f->t->target, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len == 10 &&
	    memcmp(row.key.ptr, k.b, 2) == 0) {
		struct notice_target t;

		out->any = true;
		/* What one wanted that cannot be read: better too much. */
		if ((!read_target(&t, row.value) ||
		        notice_wants(&t, kind, r)) &&
		    out->len < ROWS_OF_ONE)
			out->at[out->len++] =
			    fold_key_u64(bytes_of(row.key.ptr + 2, 8));
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Whom the entry names gets it whatever else they want.  A name that is no
 * target gets its row, too: that nobody could be told must not go unseen. */
static enum err
who_is_named(struct fold *f, uint16_t slot, const struct notice_entry *entry,
    struct names *out, struct err_why *why)
{
	const char *named[NOTICE_NAMED_MAX];
	const char *role;
	const size_t n = notice_named(entry, named, &role);
	struct notice_target t;
	uint64_t name = 0;
	enum err e = ERR_OK;

	for (size_t i = 0; i < n && e == ERR_OK && out->len < ROWS_OF_ONE;
	     i++) {
		e = fold_kind_name(f, slot, FOLD_TARGET, named[i], &name, why);
		if (name != 0)
			out->at[out->len++] = name;
	}
	if (e != ERR_OK || role == NULL || out->len == ROWS_OF_ONE)
		return e;
	name = fold_hash(f->mac, FOLD_TARGET, role);
	e = fold_notice_target(f, slot, name, &t, why);
	if (e == ERR_OK || e == ERR_CORRUPT)
		out->at[out->len++] = name;
	return e == ERR_NOT_FOUND || e == ERR_CORRUPT ? ERR_OK : e;
}

/* Rows of an entry that cannot be read any more. */
static enum err
forget(struct fold *f, uint16_t slot, uint64_t place, struct err_why *why)
{
	struct fold_key prefix = fold_key_slot(slot);
	struct names gone = {.len = 0};
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(f->txn, f->t->notice, &c, why);

	if (e != ERR_OK)
		return e;
	fold_key_uint(&prefix, place, 8);
	e = store_seek(c, fold_key_view(&prefix), &row);
	while (e == ERR_OK && row.key.len == KEY_BYTES &&
	    gone.len < ROWS_OF_ONE &&
	    memcmp(row.key.ptr, prefix.b, prefix.len) == 0) {
		gone.at[gone.len++] =
		    fold_key_u64(bytes_of(row.key.ptr + prefix.len, 8));
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	e = e == ERR_NOT_FOUND ? ERR_OK : e;
	for (size_t i = 0; i < gone.len && e == ERR_OK; i++) {
		struct fold_key k = fold_notice_key(slot, place, gone.at[i]);

		e = store_del(f->txn, f->t->notice, fold_key_view(&k), why);
	}
	return e;
}

enum err
fold_notice(struct fold *f, const struct fold_event *e, const struct row *r,
    struct err_why *why)
{
	const struct fold_item *item = e->item;
	const struct notice_entry entry = {.kind = (uint16_t)item->leaf->kind,
	    .body = item->body,
	    .annex = item->annex};
	struct names names = {.len = 0};
	size_t kind;
	enum err err;

	if (entry.kind == LEDGER__KIND__DELIVERY)
		return delivery(f, e, why);
	if (!notice_kind_may(entry.kind) || !e->applied)
		return ERR_OK;
	kind = notice_kind_of(&entry);
	/* Targets then are not those of now: what is there stays. */
	if (item->again)
		return kind == SIZE_MAX
		    ? forget(f, item->slot, item->index, why)
		    : ERR_OK;
	if (kind == SIZE_MAX)
		return ERR_OK;
	err = who_wants(f, item->slot, kind, r, &names, why);
	if (err == ERR_OK && names.any)
		err = who_is_named(f, item->slot, &entry, &names, why);
	for (size_t i = 0; i < names.len && err == ERR_OK; i++)
		err = put_notice(f, item->slot,
		    &(struct fold_notice_row){.place = item->index,
		        .target = names.at[i],
		        .state = FOLD_NOTICE_PENDING,
		        .kind = kind,
		        .since_us = item->leaf->recorded_us},
		    why);
	return err;
}
