/* veil_show.c - what is known of an item that came out unseen; its claim. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/veil_show.h"

#include <string.h>

#include "node/ingest.h"
#include "node/intel_gate.h"
#include "node/intel_use.h"
#include "node/service.h"
#include "node/site.h"
#include "node/submit.h"
#include "node/veil_item.h"
#include "node/veil_own.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define LINKED_MAX 32

struct shown {
	struct site *site;
	const struct veil_book *book;
	const char *id;
	const Record__Intel *item;
	struct point tag;
	Api__VeilView *out;
};

/* By one source: the tag is the same, and not only copied. */
static void
link_one(void *arg, const Api__RecordView *v)
{
	struct shown *s = arg;
	const Record__Intel *m = v->n_events > 0 ? v->events[0]->intel : NULL;
	struct veil_vouched vouched;

	if (m == NULL || m->veil == NULL || m->veil->term != s->book->term ||
	    v->record_id == NULL || strcmp(v->record_id, s->id) == 0 ||
	    s->out->n_linked == LINKED_MAX ||
	    m->veil->signature.len < GROUP_BYTES ||
	    memcmp(m->veil->signature.data, s->tag.b, GROUP_BYTES) != 0 ||
	    veil_book_check(s->book, s->site, m, &vouched, NULL) != ERR_OK)
		return;
	s->out->linked[s->out->n_linked++] = mem_strdup(v->record_id);
}

static void
claim_one(void *arg, const Api__RecordView *v)
{
	struct shown *s = arg;
	const Record__Intel *m = v->n_events > 0 ? v->events[0]->intel : NULL;

	if (m == NULL || m->action != RECORD__INTEL__ACTION__CLAIM ||
	    m->veil == NULL || m->intel_id == NULL || v->site == NULL ||
	    s->out->claimed_by != NULL || strcmp(m->intel_id, s->id) != 0 ||
	    !veil_item_proven(s->item->veil,
	        bytes_of(m->veil->proof.data, m->veil->proof.len),
	        VEIL_ITEM_CLAIM, s->id, v->site))
		return;
	s->out->claimed_by = mem_strdup(v->site);
}

/* An item as all read it. */
static void
show_item(struct site *s, const Api__RecordView *v, const Record__Intel *m,
    Api__VeilView *out)
{
	static char closed[] = "CLOSED";
	struct veil_book book = {.len = 0};
	struct shown shown = {.site = s,
	    .book = &book,
	    .id = v->record_id,
	    .item = m,
	    .out = out};
	struct veil_vouched vouched;
	struct err_why why;
	enum err e = veil_book_read(&book, s, m->veil->term, &why);

	out->has_term = out->has_vouched = true;
	out->term = m->veil->term;
	if (e == ERR_OK)
		e = veil_book_check(&book, s, m, &vouched, &why);
	out->vouched = e == ERR_OK;
	if (e != ERR_OK) {
		out->why_not = mem_strdup(why.text);
	} else {
		out->has_members = out->has_companies = true;
		out->members = (uint32_t)vouched.members;
		out->companies = (uint32_t)vouched.owners;
		shown.tag = vouched.tag;
		out->linked = mem_alloc(LINKED_MAX, sizeof *out->linked);
		e = intel_use_each(s, NULL, link_one, &shown, &why);
	}
	if (out->vouched && e == ERR_OK)
		e = intel_use_each(s, closed, claim_one, &shown, &why);
	if (e != ERR_OK && out->why_not == NULL)
		out->why_not = mem_strdup(why.text);
	veil_book_clear(&book);
}

/* An own one, where it came out. */
static void
show_own(struct site *s, const Record__Intel *own, Api__VeilView *out)
{
	struct veil_place place[VEIL_PLACES_MAX];
	const size_t n = veil_own_places(s, own->intel_id, place);
	struct veil_book book = {.len = 0};
	struct veil_crowd crowd;

	out->published_as = mem_strdup(own->intel_id);
	out->published_by = mem_alloc(n + 1, sizeof *out->published_by);
	for (size_t i = 0; i < n; i++)
		out->published_by[out->n_published_by++] =
		    mem_strdup(place[i].site);
	if (n > 0 ||
	    veil_book_read(&book, s, veil_item_term(site_now(s)), NULL) !=
	        ERR_OK)
		return;
	veil_own_crowd(s, &book, own, &crowd);
	out->has_in_ring = out->has_needed = true;
	out->in_ring = (uint32_t)crowd.companies;
	out->needed = (uint32_t)crowd.needed;
	veil_book_clear(&book);
}

void
veil_show(struct site *s, Api__RecordView *v)
{
	const Record__Intel *first =
	    v->n_events > 0 ? v->events[0]->intel : NULL;
	const Record__Intel *own = NULL;

	for (size_t i = 0; i < v->n_events; i++)
		if (v->events[i]->intel != NULL &&
		    v->events[i]->intel->action == RECORD__INTEL__ACTION__VEIL)
			own = v->events[i]->intel;
	if (v->site == NULL || v->record_id == NULL || v->veil != NULL ||
	    (own == NULL &&
	        (first == NULL || first->veil == NULL ||
	            first->action != RECORD__INTEL__ACTION__RELEASE)))
		return;
	v->veil = mem_alloc(1, sizeof *v->veil);
	api__veil_view__init(v->veil);
	if (own == NULL)
		show_item(s, v, first, v->veil);
	else if (own->intel_id != NULL && strcmp(v->site, s->name) == 0)
		show_own(s, own, v->veil);
}

/* ---- claiming ---- */

static enum err
make_claim(
    struct site *s, const char *id, Record__Intel **out, struct err_why *why)
{
	Record__Intel *own = NULL, *m;
	struct crypto_signer key;
	struct commit_ctx ctx;
	uint8_t raw[16];
	enum err e = text_uuid_get(raw, bytes_str(id), why);

	if (e == ERR_OK)
		e = intel_gate_reader(&ctx, s, why);
	if (e != ERR_OK)
		return e;
	e = veil_own_get(&ctx, raw, &own, why);
	store_abort(ctx.txn);
	if (e != ERR_OK)
		return e;
	m = mem_alloc(1, sizeof *m);
	record__intel__init(m);
	m->has_action = true;
	m->action = RECORD__INTEL__ACTION__CLAIM;
	m->intel_id = mem_strdup(own->intel_id);
	m->veil = mem_alloc(1, sizeof *m->veil);
	record__intel_veil__init(m->veil);
	m->veil->has_proof = true;
	m->veil->proof.data = mem_alloc(1, CRYPTO_SIG_BYTES);
	m->veil->proof.len = CRYPTO_SIG_BYTES;
	veil_own_key(s, own, &key);
	veil_item_sign(
	    m->veil->proof.data, &key, VEIL_ITEM_CLAIM, m->intel_id, s->name);
	crypto_wipe(&key, sizeof key);
	slice_free(&own->base);
	*out = m;
	return ERR_OK;
}

enum err
veil_claim(struct ops_call *call, struct err_why *why)
{
	char id[TEXT_UUID_CHARS + 1];
	Record__Intel *m = NULL;
	struct submit_who who;
	enum err e = ingest_path_id(call, id, why);

	if (e == ERR_OK)
		e = make_claim(call->service->site, id, &m, why);
	if (e != ERR_OK)
		return e;
	struct submit_to to = ingest_towards(call, &who, ingest_reply_one);
	const struct submit_plain plain = {
	    .kind = LEDGER__KIND__INTEL, .alliance = true, .message = &m->base};
	submit_plain(&to, &plain);
	slice_free(&m->base);
	return ERR_OK;
}
