/* veil_plan.c - what is to be said of own items, and when. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "federation/cell.h"
#include "node/domain/packs_force.h"
#include "node/fold_key.h"
#include "node/intel_gate.h"
#include "node/site.h"
#include "node/submit_intel.h"
#include "node/veil_item.h"
#include "node/veil_own.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define ROWS_MAX 256 /* newest items that are looked at */
#define AGAIN_SLOTS 40 /* from saying to saying again, and up to twice that */

/* An own item that may still have to be said. */
struct entry {
	uint8_t id[16]; /* of the draft */
	bool veiled; /* false: it stands on the own log */
	bool withdrawn;
	bool done;
	int64_t at_us; /* when it was approved, or withdrawn */
	int64_t next_us;
	Record__Intel *own;
};

struct veil_plan {
	struct site *site;
	struct entry *at;
	size_t len;
};

struct veil_plan *
veil_plan_new(struct site *s)
{
	struct veil_plan *p = mem_alloc(1, sizeof *p);

	p->site = s;
	return p;
}

void
veil_plan_free(struct veil_plan *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->len; i++)
		if (p->at[i].own != NULL)
			slice_free(&p->at[i].own->base);
	free(p->at);
	free(p);
}

static struct entry *
entry_of(struct veil_plan *p, struct commit_ctx *ctx, const uint8_t *id)
{
	struct entry *e;

	for (size_t i = 0; i < p->len; i++)
		if (memcmp(p->at[i].id, id, 16) == 0)
			return &p->at[i];
	p->at = mem_resize(p->at, p->len + 1, sizeof *p->at);
	e = &p->at[p->len++];
	*e = (struct entry){.next_us = 0};
	memcpy(e->id, id, 16);
	e->veiled = veil_own_get(ctx, id, &e->own, NULL) == ERR_OK;
	return e;
}

static void
look_at(struct veil_plan *p, struct commit_ctx *ctx, const uint8_t *id)
{
	struct entry *e;
	struct row row;
	bool withdrawn;

	if (fold_get(&ctx->fold, ctx->site->evidence, id, &row, NULL) !=
	        ERR_OK ||
	    (row.state != ROW_RELEASED && row.state != ROW_WITHDRAWN))
		return;
	withdrawn = row.state == ROW_WITHDRAWN;
	e = entry_of(p, ctx, id);
	if (!e->veiled || (e->at_us != 0 && e->withdrawn == withdrawn))
		return;
	e->withdrawn = withdrawn;
	e->done = false;
	e->at_us = row.changed_us;
	e->next_us =
	    row.changed_us + veil_own_hold_us(p->site, e->own, withdrawn);
}

/* The newest items of the evidence; what is older was looked at. */
static void
look(struct veil_plan *p, struct commit_ctx *ctx)
{
	struct fold_key k =
	    fold_key_bykind(ctx->site->evidence, LEDGER__KIND__INTEL, 0);
	struct fold_key end = fold_key_bykind(
	    ctx->site->evidence, LEDGER__KIND__INTEL, UINT64_MAX);
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(ctx->txn, ctx->fold.t->bykind, &c, NULL);

	if (e != ERR_OK)
		return;
	e = store_seek_before(c, fold_key_view(&end), &row);
	for (size_t n = 0;
	     e == ERR_OK && n < ROWS_MAX && row.key.len == k.len &&
	     row.value.len == 16 && memcmp(row.key.ptr, k.b, k.len - 8) == 0;
	     n++) {
		uint8_t id[16];

		memcpy(id, row.value.ptr, sizeof id);
		look_at(p, ctx, id);
		e = store_prev(c, &row);
	}
	store_cursor_close(c);
}

/* ---- saying ---- */

static void
drop_companies(Record__Intel *m)
{
	for (size_t i = 0; i < m->n_companies; i++)
		free(m->companies[i]);
	free(m->companies);
	m->companies = NULL;
	m->n_companies = 0;
}

static void
set(protobuf_c_boolean *has, ProtobufCBinaryData *out, const void *at,
    size_t len)
{
	free(out->data);
	out->data = mem_alloc(1, len);
	out->len = len;
	memcpy(out->data, at, len);
	if (has != NULL)
		*has = 1;
}

/* Under the ring as it is now.  ERR_LIMIT: too few, or this node is not yet
 * in it. */
static enum err
sign(struct veil_plan *p, const struct veil_book *b,
    const struct veil_keys *keys, Record__Intel *m, struct err_why *why)
{
	Record__IntelVeil *v = m->veil;
	struct ring ring;
	struct hash digest;
	size_t n;
	struct point *at = veil_book_ring(b, p->site, &n);
	uint8_t *out = mem_alloc(1, RING_SIGNATURE_BYTES(n));
	enum err e = ring_open(&ring, &b->alliance, b->term, at, n, why);

	if (e == ERR_OK) {
		v->has_term = true;
		v->term = b->term;
		v->ring = mem_alloc(n, sizeof *v->ring);
		for (size_t i = 0; i < n; i++)
			set(NULL, &v->ring[v->n_ring++], at[i].b, GROUP_BYTES);
		veil_item_digest(m, &digest);
		e = ring_sign(out, &ring, &keys->ring, &digest, why);
	}
	if (e == ERR_OK)
		set(&v->has_signature, &v->signature, out,
		    RING_SIGNATURE_BYTES(n));
	free(out);
	free(at);
	return e;
}

static enum err
release_body(struct veil_plan *p, const struct veil_book *b,
    const struct veil_keys *keys, const struct entry *it, struct buf *out)
{
	Record__Intel *m = veil_item_copy(it->own);
	struct crypto_signer key;
	struct veil_crowd crowd;
	struct err_why why;
	enum err e = ERR_OK;

	veil_own_crowd(p->site, b, it->own, &crowd);
	if (crowd.companies < crowd.needed) {
		slice_free(&m->base);
		return ERR_LIMIT;
	}
	veil_own_key(p->site, it->own, &key);
	m->veil = mem_alloc(1, sizeof *m->veil);
	record__intel_veil__init(m->veil);
	m->action = RECORD__INTEL__ACTION__RELEASE;
	drop_companies(m);
	set(&m->veil->has_key, &m->veil->key, key.pub, CRYPTO_PUB_BYTES);
	e = sign(p, b, keys, m, &why);
	if (e == ERR_OK)
		slice_pack(out, &m->base);
	crypto_wipe(&key, sizeof key);
	slice_free(&m->base);
	return e;
}

static enum err
withdraw_body(struct commit_ctx *ctx, const struct entry *it, struct buf *out)
{
	Record__IntelVeil v = RECORD__INTEL_VEIL__INIT;
	Record__Intel m = RECORD__INTEL__INIT;
	uint8_t proof[CRYPTO_SIG_BYTES];
	struct crypto_signer key;
	Record__Intel *said = NULL;
	struct row row;
	enum err e =
	    fold_get(&ctx->fold, ctx->site->evidence, it->id, &row, NULL);

	if (e == ERR_OK)
		e = submit_item_event(
		    ctx, ctx->site->evidence, it->id, row.seq, &said, NULL);
	if (e != ERR_OK)
		return e;
	if (said->reason != NULL) {
		veil_own_key(ctx->site, it->own, &key);
		m.has_action = v.has_proof = true;
		m.action = RECORD__INTEL__ACTION__WITHDRAW;
		m.intel_id = it->own->intel_id;
		m.reason = said->reason;
		m.veil = &v;
		veil_item_sign(
		    proof, &key, VEIL_ITEM_WITHDRAW, m.intel_id, m.reason);
		v.proof = (ProtobufCBinaryData){sizeof proof, proof};
		slice_pack(out, &m.base);
		crypto_wipe(&key, sizeof key);
	}
	slice_free(&said->base);
	return out->len > 0 ? ERR_OK : ERR_NOT_FOUND;
}

/* One whose time has come; false: not this one. */
static bool
say(struct veil_plan *p, struct commit_ctx *ctx, const struct veil_book *b,
    const struct veil_keys *keys, struct entry *it, struct veil_next *out)
{
	struct veil_place place[VEIL_PLACES_MAX];
	const size_t n = veil_own_places(p->site, it->own->intel_id, place);

	if (!it->withdrawn) {
		it->done = n > 0;
		return n == 0 &&
		    release_body(p, b, keys, it, &out->body) == ERR_OK;
	}
	/* What never came out may still do so: looked at again. */
	for (size_t i = 0; i < n; i++)
		if (!place[i].withdrawn) {
			memcpy(out->publisher, place[i].site,
			    sizeof out->publisher);
			return withdraw_body(ctx, it, &out->body) == ERR_OK;
		}
	it->done = n > 0;
	return false;
}

static int64_t
again_us(int64_t slot_us)
{
	uint32_t dice;

	crypto_random(&dice, sizeof dice);
	return slot_us * (AGAIN_SLOTS + (int64_t)(dice % AGAIN_SLOTS));
}

bool
veil_plan_next(struct veil_plan *p, const struct veil_book *b,
    const struct veil_keys *keys, int64_t slot_us, struct veil_next *out)
{
	struct commit_ctx ctx;
	struct err_why why;
	bool found = false;

	buf_init(&out->body, CELL_BYTES_MAX);
	out->publisher[0] = '\0';
	if (intel_gate_reader(&ctx, p->site, &why) != ERR_OK)
		return false;
	look(p, &ctx);
	for (size_t i = 0; i < p->len && !found; i++) {
		struct entry *it = &p->at[i];

		if (!it->veiled || it->done || ctx.now_us < it->next_us)
			continue;
		found = say(p, &ctx, b, keys, it, out);
		it->next_us =
		    ctx.now_us + (found ? again_us(slot_us) : slot_us);
	}
	store_abort(ctx.txn);
	if (!found)
		buf_clear(&out->body);
	return found && !out->body.over;
}
