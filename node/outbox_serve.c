/* outbox_serve.c - the ledger names whom this node serves, from where on. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/outbox_state.h"

#include <stdio.h>

#include "node/fold_key.h"
#include "node/journal.h"
#include "node/outbox_look.h"
#include "node/submit_delivery.h"

static const struct submit_who node = {.subject = "node", .role = "node"};

/* What its row will say once SERVE is folded. */
static struct notice_target
wanted(const struct outbox *o, const Config__Target *t)
{
	struct notice_target out = {
	    .level = (uint8_t)(t->has_level ? t->level : 0),
	    .areas_len = (uint8_t)t->n_areas};

	for (size_t i = 0; t->n_notices == 0 && notice_kind(i) != NULL; i++)
		out.kinds |= UINT32_C(1) << i;
	for (size_t i = 0; i < t->n_notices; i++) {
		const size_t kind = notice_kind_find(t->notices[i]);

		if (kind != SIZE_MAX)
			out.kinds |= UINT32_C(1) << kind;
	}
	for (size_t i = 0; i < t->n_areas; i++)
		out.areas[i] =
		    fold_hash(&o->site->index_mac, FOLD_AREA, t->areas[i]);
	return out;
}

static bool
same(const struct notice_target *a, const struct notice_target *b)
{
	return a->kinds == b->kinds && a->level == b->level &&
	    a->areas_len == b->areas_len &&
	    memcmp(a->areas, b->areas, a->areas_len * sizeof a->areas[0]) == 0;
}

static void
entered(void *arg, struct submit_result *r)
{
	struct outbox *o = arg;

	if (r->error != ERR_OK && r->error != ERR_TIMEOUT)
		journal_warn("OUTBOX-TARGET", "not entered, tried again: %s",
		    r->why.text);
	submit_result_free(r);
	atomic_fetch_sub(&o->serving, 1);
}

static void
enter(struct outbox *o, const Record__Delivery *m)
{
	const struct submit_to to = {
	    .site = o->site, .who = &node, .done = entered, .arg = o};

	atomic_fetch_add(&o->serving, 1);
	submit_delivery(&to, m);
}

static void
enter_serve(struct outbox *o, const Config__Target *t)
{
	const struct notice_target w = wanted(o, t);
	Record__Delivery m = RECORD__DELIVERY__INIT;
	char names[32][32];
	char *kinds[32];

	m.has_action = true;
	m.action = RECORD__DELIVERY__ACTION__SERVE;
	m.target = t->name;
	m.kinds = kinds;
	for (size_t i = 0; notice_kind(i) != NULL; i++) {
		if ((w.kinds & UINT32_C(1) << i) == 0)
			continue;
		(void)snprintf(names[m.n_kinds], sizeof names[0], "%s",
		    notice_kind(i)->name);
		kinds[m.n_kinds] = names[m.n_kinds];
		m.n_kinds++;
	}
	m.has_level = t->has_level;
	m.level = t->level;
	m.areas = t->areas;
	m.n_areas = t->n_areas;
	enter(o, &m);
}

/* Targets in force that node.yaml has no more. */
static enum err
end_others(struct outbox *o, struct fold *f, bool *differs, struct err_why *why)
{
	struct fold_key k = fold_key_slot(o->site->evidence);
	struct store_cursor *c = NULL;
	struct store_row row;
	char name[NOTICE_NAME_MAX + 1];
	enum err e = store_cursor(f->txn, f->t->target, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len == 10 &&
	    memcmp(row.key.ptr, k.b, 2) == 0) {
		const uint64_t hash =
		    fold_key_u64(bytes_of(row.key.ptr + 2, 8));

		if (outbox_look_target(o, hash) == OUTBOX_NONE) {
			Record__Delivery m = RECORD__DELIVERY__INIT;

			outbox_look_name(f, o->site->evidence, hash, name);
			m.has_action = true;
			m.action = RECORD__DELIVERY__ACTION__END;
			m.target = name;
			*differs = true;
			enter(o, &m);
		}
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
compare(struct outbox *o, struct fold *f, bool *differs, struct err_why *why)
{
	struct notice_target now;
	enum err e = ERR_OK;

	for (size_t i = 0; i < o->targets && e == ERR_OK; i++) {
		const struct outbox_target *t = &o->target[i];
		const struct notice_target w = wanted(o, t->conf);

		e = fold_notice_target(
		    f, o->site->evidence, t->name, &now, why);
		if (e == ERR_NOT_FOUND || (e == ERR_OK && !same(&now, &w))) {
			*differs = true;
			enter_serve(o, t->conf);
			e = ERR_OK;
		}
	}
	return e == ERR_OK ? end_others(o, f, differs, why) : e;
}

void
outbox_serve(struct outbox *o)
{
	struct err_why why = {.text = ""};
	struct fold f;
	bool differs = false;
	enum err e;

	if (o->served || atomic_load(&o->serving) > 0)
		return;
	e = outbox_look_open(o->site, &f, &why);
	if (e == ERR_OK) {
		e = compare(o, &f, &differs, &why);
		store_abort(f.txn);
	}
	if (e != ERR_OK)
		journal_warn("OUTBOX-TARGET", "cannot be read: %s", why.text);
	o->served = e == ERR_OK && !differs;
}
