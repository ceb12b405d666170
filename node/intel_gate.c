/* intel_gate.c - what the release gate goes by. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/intel_gate.h"

#include <stdlib.h>
#include <string.h>

#include "node/domain/packs_force.h"
#include "node/domain/release_pack.h"
#include "node/fold_key.h"
#include "node/site.h"
#include "node/site_card.h"
#include "node/submit_op.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define DAY_US (INT64_C(86400) * 1000000)
#define LOOKED_AT 10000 /* own items, newest first */

enum err
intel_gate_reader(struct commit_ctx *ctx, struct site *s, struct err_why *why)
{
	*ctx = (struct commit_ctx){.site = s, .now_us = site_now(s)};
	enum err e = store_read(s->own.store, &ctx->txn, why);

	ctx->fold = (struct fold){.txn = ctx->txn,
	    .t = &s->own.tables,
	    .book = s->own.book,
	    .mac = &s->index_mac};
	return e;
}

/* ---- members ---- */

static void
add_member(void *ctx, const char *name)
{
	struct intel_gate *g = ctx;
	struct gate_alliance *a = &g->ask.alliance;

	g->name = mem_resize(g->name, a->len + 1, sizeof *g->name);
	g->name[a->len++] = mem_strdup(name);
	scrub_node(&g->known, name);
}

/* Its profile, and whose it is: by the profile, else by its card. */
static void
know_members(struct intel_gate *g, const Pack__Profiles *profiles)
{
	struct site *s = g->ctx->site;
	struct gate_alliance *a = &g->ask.alliance;

	g->member = mem_alloc(a->len + 1, sizeof *g->member);
	g->owner = mem_alloc(a->len + 1, sizeof *g->owner);
	for (size_t i = 0; i < a->len; i++) {
		const Pack__Profile *p =
		    release_pack_profile(profiles, g->name[i]);
		struct site_card card = {.company = NULL};

		if (s->peers.card != NULL)
			(void)s->peers.card(s->peers.arg, g->name[i], &card);
		scrub_company(&g->known, card.company);
		for (size_t k = 0; p != NULL && k < p->n_names; k++)
			scrub_company(&g->known, p->names[k]);
		if (p != NULL && p->owner != NULL)
			card.company = p->owner;
		scrub_company(&g->known, card.company);
		g->owner[i] =
		    card.company != NULL ? mem_strdup(card.company) : NULL;
		g->member[i] = (struct gate_member){g->name[i], g->owner[i], p};
	}
	a->at = g->member;
	a->self = s->name;
}

/* ---- words, forms, persons ---- */

static enum err
know_areas(struct intel_gate *g, struct err_why *why)
{
	struct commit_ctx *ctx = g->ctx;
	struct fold_key k = fold_key_slot(ctx->site->evidence);
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e;

	fold_key_uint(&k, FOLD_AREA, 1);
	e = store_cursor(ctx->txn, ctx->fold.t->name, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len > k.len &&
	    memcmp(row.key.ptr, k.b, k.len) == 0) {
		char *area = mem_alloc(row.value.len + 1, 1);

		memcpy(area, row.value.ptr, row.value.len);
		scrub_word(&g->known, SCRUB_PLACE, area);
		free(area);
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
know_actors(struct intel_gate *g, struct err_why *why)
{
	struct commit_ctx *ctx = g->ctx;
	struct fold_key k = fold_key_slot(ctx->site->evidence);
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(ctx->txn, ctx->fold.t->actor, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len > k.len &&
	    memcmp(row.key.ptr, k.b, k.len) == 0) {
		ProtobufCMessage *m = NULL;

		if (slice_unpack(&m, &record__actor__descriptor, row.value,
		        NULL) == ERR_OK &&
		    ((Record__Actor *)m)->name != NULL) {
			g->actor = mem_resize(
			    g->actor, g->actors + 1, sizeof *g->actor);
			g->actor[g->actors++] =
			    strtoull(((Record__Actor *)m)->name, NULL, 16);
		}
		slice_free(m);
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Enrolled, or in a certificate, a permit, a case: rows hold hashes only. */
static bool
is_person(void *arg, const char *name)
{
	struct intel_gate *g = arg;
	struct commit_ctx *ctx = g->ctx;
	uint64_t who = fold_hash(ctx->fold.mac, FOLD_SUBJECT, name);
	struct fold_key k = fold_key_holder(ctx->site->evidence, who, 0, NULL);
	struct store_cursor *c = NULL;
	struct store_row row;
	bool found = false;

	for (size_t i = 0; i < g->actors; i++) {
		if (g->actor[i] == who)
			return true;
	}
	if (store_cursor(ctx->txn, ctx->fold.t->holder, &c, NULL) != ERR_OK)
		return false;
	found = store_seek(c, fold_key_view(&k), &row) == ERR_OK &&
	    row.key.len > k.len && memcmp(row.key.ptr, k.b, k.len) == 0;
	store_cursor_close(c);
	return found;
}

/* The policy's forms, and those that permits are numbered by. */
static void
know_forms(struct intel_gate *g, const Pack__Release *policy)
{
	const struct packs *packs = g->ctx->site->packs;
	const Pack__Work *w;
	size_t n = 0;

	g->form = mem_alloc(policy->n_tag_forms + PACKS_MAX, sizeof *g->form);
	for (size_t i = 0; i < policy->n_tag_forms; i++)
		g->form[n++] = policy->tag_forms[i];
	w = packs_each(packs, 0);
	for (size_t i = 1; w != NULL; i++) {
		if (w->permit_no != NULL && strlen(w->permit_no) >= 3)
			g->form[n++] = w->permit_no;
		w = packs_each(packs, i);
	}
	g->known.forms = g->form;
	g->known.forms_len = n;
	g->known.allowed = policy->tags_allowed;
	g->known.allowed_len = policy->n_tags_allowed;
}

/* ---- what was released before ---- */

/* The item as the gate left it: the second event of its draft. */
static enum err
item_of(struct commit_ctx *ctx, const uint8_t *id, Record__Intel **out,
    struct err_why *why)
{
	ProtobufCMessage *m = NULL;
	uint64_t place;
	enum err e =
	    fold_event(&ctx->fold, ctx->site->evidence, id, 2, &place, why);

	if (e == ERR_OK)
		e = submit_op_body(ctx, ctx->site->evidence, place,
		    &record__intel__descriptor, &m, why);
	*out = (Record__Intel *)m;
	return e;
}

struct window {
	int64_t link_us, budget_us; /* since */
};

static enum err
add_past(struct commit_ctx *ctx, const struct window *w, const uint8_t *id,
    struct gate_past *out, struct err_why *why)
{
	Record__Intel *m = NULL;
	struct row row, there;
	enum err e = fold_get(&ctx->fold, ctx->site->evidence, id, &row, why);

	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	/* Of those that others publish the last word here is the time. */
	e = fold_get(&ctx->fold, ctx->site->alliance, id, &there, why);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	row.opened_us = e == ERR_OK ? there.opened_us : row.changed_us;
	if (row.state != ROW_RELEASED && row.state != ROW_WITHDRAWN)
		return ERR_OK;
	out->spent += row.opened_us >= w->budget_us;
	out->spent +=
	    row.state == ROW_WITHDRAWN && row.changed_us >= w->budget_us;
	if (row.opened_us < w->link_us)
		return ERR_OK;
	e = item_of(ctx, id, &m, why);
	if (e == ERR_NOT_FOUND) {
		out->lost = true;
		return ERR_OK;
	}
	if (e != ERR_OK)
		return e;
	if (!m->named && m->n_companies == 0)
		out->lost = true;
	else if (!m->named)
		gate_past_add(out, m->companies, m->n_companies);
	slice_free(&m->base);
	return ERR_OK;
}

/* Owners that the items of the linked days leave, and how many items
 * count for the budget. */
static enum err
know_past(struct commit_ctx *ctx, const Pack__Release *policy,
    struct gate_past *out, struct err_why *why)
{
	const Pack__ReleaseBudget *b = policy->budget;
	int64_t link =
	    policy->has_link_days ? policy->link_days : GATE_LINK_DAYS;
	int64_t days = b != NULL ? b->period_days : GATE_BUDGET_DAYS;
	const struct window w = {
	    ctx->now_us - link * DAY_US, ctx->now_us - days * DAY_US};
	struct fold_key k =
	    fold_key_bykind(ctx->site->evidence, LEDGER__KIND__INTEL, 0);
	struct fold_key end = fold_key_bykind(
	    ctx->site->evidence, LEDGER__KIND__INTEL, UINT64_MAX);
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(ctx->txn, ctx->fold.t->bykind, &c, why);

	if (e != ERR_OK)
		return e;
	e = store_seek_before(c, fold_key_view(&end), &row);
	for (size_t n = 0;
	     e == ERR_OK && n < LOOKED_AT && row.key.len == k.len &&
	     row.value.len == 16 && memcmp(row.key.ptr, k.b, k.len - 8) == 0;
	     n++) {
		uint8_t id[16];

		memcpy(id, row.value.ptr, sizeof id);
		e = add_past(ctx, &w, id, out, why);
		if (e == ERR_OK)
			e = store_prev(c, &row);
	}
	store_cursor_close(c);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
intel_gate_open(
    struct intel_gate *g, struct commit_ctx *ctx, struct err_why *why)
{
	struct site *s = ctx->site;
	const Pack__Release *policy = packs_release(s->packs, ctx->now_us);
	enum err e;

	*g = (struct intel_gate){.ctx = ctx};
	g->ask.policy = policy;
	g->ask.packs = s->packs;
	g->ask.known = &g->known;
	g->ask.past = &g->past;
	g->ask.now_us = ctx->now_us;
	g->ask.alliance.self = s->name;
	if (policy == NULL)
		return ERR_OK;
	for (size_t i = 0; i < policy->n_words; i++)
		scrub_word(&g->known, SCRUB_WORD, policy->words[i]);
	scrub_node(&g->known, s->name);
	if (s->peers.members != NULL)
		s->peers.members(s->peers.arg, add_member, g);
	know_members(g, packs_profiles(s->packs, ctx->now_us));
	know_forms(g, policy);
	g->known.person = is_person;
	g->known.arg = g;
	e = know_areas(g, why);
	if (e == ERR_OK)
		e = know_actors(g, why);
	return e == ERR_OK ? know_past(ctx, policy, &g->past, why) : e;
}

void
intel_gate_close(struct intel_gate *g)
{
	for (size_t i = 0; i < g->ask.alliance.len; i++) {
		free(g->name[i]);
		if (g->owner != NULL)
			free(g->owner[i]);
	}
	free(g->name);
	free(g->owner);
	free(g->member);
	free(g->form);
	free(g->actor);
	scrub_clear(&g->known);
	gate_past_clear(&g->past);
}
