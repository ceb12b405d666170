/* veil_own.c - own items that others publish: out of the evidence, read. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/veil_own.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/generation.h"
#include "ledger/log_read.h"
#include "node/domain/gate_k.h"
#include "node/domain/intel.h"
#include "node/domain/packs_force.h"
#include "node/site.h"
#include "node/submit_intel.h"
#include "node/veil_item.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define SEED_TAG "lianfang/veil-seed/v1"
#define HOLD_TAG "lianfang/veil-hold/v1"
#define BACK_TAG "lianfang/veil-hold-back/v1"
#define HOLD_MINUTES 720

Record__Intel *
veil_own_make(const Record__Intel *item, const char *older, int64_t now_us)
{
	Record__Intel *m = intel_release(item, NULL);
	char id[TEXT_UUID_CHARS + 1];
	uint8_t raw[16];

	m->action = RECORD__INTEL__ACTION__VEIL;
	/* The time in an id would be that of the release. */
	crypto_uuid7(raw, now_us - now_us % VEIL_TERM_US);
	text_uuid_put(id, raw);
	free(m->intel_id);
	m->intel_id = mem_strdup(id);
	free(m->supersedes);
	m->supersedes = older != NULL ? mem_strdup(older) : NULL;
	m->companies = mem_alloc(item->n_companies + 1, sizeof *m->companies);
	for (size_t i = 0; i < item->n_companies; i++)
		m->companies[m->n_companies++] = mem_strdup(item->companies[i]);
	return m;
}

enum err
veil_own_get(struct commit_ctx *ctx, const uint8_t id[static 16],
    Record__Intel **out, struct err_why *why)
{
	Record__Intel *m = NULL;
	enum err e = submit_item_event(
	    ctx, ctx->site->evidence, id, VEIL_OWN_SEQ, &m, why);

	if (e != ERR_OK)
		return e;
	if (m->action != RECORD__INTEL__ACTION__VEIL || m->intel_id == NULL) {
		slice_free(&m->base);
		return err_fail(
		    why, ERR_NOT_FOUND, "no item that others publish");
	}
	*out = m;
	return ERR_OK;
}

void
veil_own_key(
    struct site *s, const Record__Intel *own, struct crypto_signer *out)
{
	const struct bytes parts[] = {
	    bytes_str(SEED_TAG), bytes_str(own->intel_id)};
	struct hash seed;

	digest_hmac(&s->index_mac, &seed, parts, 2);
	crypto_signer_seed(out, seed.b);
	crypto_wipe(&seed, sizeof seed);
}

int64_t
veil_own_hold_us(struct site *s, const Record__Intel *own, bool back)
{
	const Pack__Release *policy = packs_release(s->packs, site_now(s));
	const Pack__ReleaseVeil *v = policy != NULL ? policy->veil : NULL;
	const int64_t most_us = INT64_C(60000000) *
	    (v != NULL && v->has_hold_minutes ? v->hold_minutes : HOLD_MINUTES);
	const struct bytes parts[] = {
	    bytes_str(back ? BACK_TAG : HOLD_TAG), bytes_str(own->intel_id)};
	struct hash h;
	uint32_t dice;

	digest_hmac(&s->index_mac, &h, parts, 2);
	memcpy(&dice, h.b, sizeof dice);
	return (int64_t)((double)most_us * ((double)dice / 4294967296.0));
}

/* ---- where it stands ---- */

struct places {
	uint8_t id[16];
	struct veil_place *at;
	size_t len;
};

static void
look(struct places *p, struct site *s, struct site_db *db, bool own)
{
	struct fold f = {
	    .t = &db->tables, .book = db->book, .mac = &s->index_mac};
	char origin[NOTE_NAME_MAX + 1];
	struct generation g;
	struct row row;

	if (store_read(db->store, &f.txn, NULL) != ERR_OK)
		return;
	for (unsigned slot = 0; slot <= UINT16_MAX && p->len < VEIL_PLACES_MAX;
	     slot++) {
		enum err e =
		    log_origin(db->book, f.txn, (uint16_t)slot, origin, NULL);

		if (e == ERR_NOT_FOUND && slot == 0)
			continue;
		if (e != ERR_OK)
			break;
		if (generation_get(&g, origin, NULL) != ERR_OK ||
		    strcmp(g.kind, "alliance") != 0 ||
		    (strcmp(g.name, s->name) == 0) != own ||
		    fold_get(&f, (uint16_t)slot, p->id, &row, NULL) != ERR_OK ||
		    row.kind != LEDGER__KIND__INTEL)
			continue;
		(void)memccpy(p->at[p->len].site, g.name, '\0',
		    sizeof p->at[p->len].site);
		p->at[p->len++].withdrawn = row.state == ROW_WITHDRAWN;
	}
	store_abort(f.txn);
}

size_t
veil_own_places(struct site *s, const char *public_id,
    struct veil_place out[static VEIL_PLACES_MAX])
{
	struct places p = {.at = out};

	if (text_uuid_get(p.id, bytes_str(public_id), NULL) != ERR_OK)
		return 0;
	look(&p, s, &s->own, true);
	look(&p, s, &s->replica, false);
	return p.len;
}

/* ---- among whom ---- */

static bool
could_be(const Record__Intel *own, const char *owner)
{
	for (size_t i = 0; i < own->n_companies; i++)
		if (gate_k_same_owner(own->companies[i], owner))
			return true;
	return false;
}

void
veil_own_crowd(struct site *s, const struct veil_book *b,
    const Record__Intel *own, struct veil_crowd *out)
{
	const Pack__Release *policy = packs_release(s->packs, site_now(s));
	char(*owner)[256] = mem_alloc(b->len + 1, sizeof *owner);
	size_t n = 0;

	for (size_t i = 0; i < b->len; i++) {
		size_t k = 0;

		if (s->peers.role == NULL || !veil_book_pace(b, s, &b->at[i]) ||
		    s->peers.role(s->peers.arg, b->at[i].member) ==
		        FED__ROLE__ROLE_UNSPECIFIED)
			continue;
		veil_book_owner(s, b->at[i].member, owner[n], sizeof owner[n]);
		while (k < n && strcmp(owner[k], owner[n]) != 0)
			k++;
		n += k == n && could_be(own, owner[n]);
	}
	free(owner);
	out->companies = n;
	out->needed =
	    1 + (policy != NULL && policy->has_k ? policy->k : GATE_K_DEFAULT);
}
