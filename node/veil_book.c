/* veil_book.c - who takes part in a term of the veil, by the alliance logs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/veil_book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/generation.h"
#include "ledger/log_read.h"
#include "node/domain/gate_k.h"
#include "node/domain/packs_force.h"
#include "node/domain/release_pack.h"
#include "node/site.h"
#include "node/site_card.h"
#include "node/veil_item.h"
#include "proto/mem.h"
#include "proto/slice.h"

static enum err
body_of(struct log_book *b, struct store_txn *txn, uint16_t slot, uint64_t at,
    Record__Veil **out)
{
	Ledger__Sealed *sealed = NULL;
	ProtobufCMessage *m = NULL;
	enum err e = log_sealed(b, txn, slot, at, &sealed, NULL);

	if (e != ERR_OK)
		return e;
	e = ERR_NOT_FOUND;
	if (sealed->body != NULL && sealed->body->has_message)
		e = slice_unpack(&m, &record__veil__descriptor,
		    bytes_of(
		        sealed->body->message.data, sealed->body->message.len),
		    NULL);
	ledger__sealed__free_unpacked(sealed, NULL);
	*out = (Record__Veil *)m;
	return e;
}

/* Back along its kind: the first that was said of the term counts, and who says
 * so much that it is not found takes no part. */
static bool
look(const struct veil_book *b, struct log_book *book, struct store_txn *txn,
    uint16_t slot, const char *member, struct veil_said *out)
{
	const struct veil_when when = {&b->alliance, b->term, member};
	uint64_t seq, at;
	bool found = false;
	size_t n = 0;

	if (log_kind_head(
	        book, txn, slot, LEDGER__KIND__VEIL, &seq, &at, NULL) != ERR_OK)
		return false;
	for (; n < VEIL_WORDS_MAX && at != UINT64_MAX; n++) {
		Ledger__Entry *leaf = NULL;
		Record__Veil *m = NULL;
		struct bytes bytes;
		uint32_t term = UINT32_MAX;

		if (log_entry(book, txn, slot, at, &bytes, NULL) != ERR_OK ||
		    log_decode(&leaf, bytes, NULL) != ERR_OK)
			return found;
		if (body_of(book, txn, slot, at, &m) == ERR_OK) {
			term = m->term;
			if (term == b->term)
				found = veil_word_read(m, &when, out);
			slice_free(&m->base);
		}
		at = leaf->previous_of_kind - 1; /* 0: none, wraps */
		ledger__entry__free_unpacked(leaf, NULL);
		if (term < b->term)
			return found;
	}
	return found && at == UINT64_MAX;
}

static void
add(struct veil_book *b, const struct veil_said *said)
{
	for (size_t i = 0; i < b->len; i++)
		if (strcmp(b->at[i].member, said->member) == 0 ||
		    memcmp(b->at[i].ring.b, said->ring.b, GROUP_BYTES) == 0 ||
		    memcmp(b->at[i].hop, said->hop, CRYPTO_PUB_BYTES) == 0)
			return;
	b->at = mem_resize(b->at, b->len + 1, sizeof *b->at);
	b->at[b->len++] = *said;
}

static enum err
look_all(struct veil_book *b, const struct site_db *db, const char *self,
    bool own, struct err_why *why)
{
	char origin[NOTE_NAME_MAX + 1];
	struct store_txn *txn = NULL;
	struct veil_said said;
	struct generation g;
	enum err e = store_read(db->store, &txn, why);

	for (unsigned slot = 0; e == ERR_OK && slot <= UINT16_MAX; slot++) {
		e = log_origin(db->book, txn, (uint16_t)slot, origin, why);
		if (e == ERR_NOT_FOUND && slot == 0) {
			e = ERR_OK;
			continue;
		}
		if (e != ERR_OK)
			break;
		if (generation_get(&g, origin, NULL) == ERR_OK &&
		    strcmp(g.kind, "alliance") == 0 &&
		    (strcmp(g.name, self) == 0) == own &&
		    look(b, db->book, txn, (uint16_t)slot, g.name, &said))
			add(b, &said);
	}
	store_abort(txn);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
veil_book_read(
    struct veil_book *out, struct site *s, uint32_t term, struct err_why *why)
{
	enum err e;

	*out = (struct veil_book){.term = term};
	if (s->peers.alliance == NULL ||
	    !s->peers.alliance(s->peers.arg, &out->alliance))
		return err_fail(why, ERR_NOT_FOUND,
		    "this node is in no alliance; lianfang alliance join");
	e = look_all(out, &s->own, s->name, true, why);
	if (e == ERR_OK)
		e = look_all(out, &s->replica, s->name, false, why);
	if (e != ERR_OK)
		veil_book_clear(out);
	return e;
}

void
veil_book_clear(struct veil_book *b)
{
	free(b->at);
	b->at = NULL;
	b->len = 0;
}

enum veil_stand
veil_book_stand(
    const struct veil_book *b, const char *member, const struct point *key)
{
	for (size_t i = 0; i < b->len; i++)
		if (strcmp(b->at[i].member, member) == 0)
			return memcmp(b->at[i].ring.b, key->b, GROUP_BYTES) == 0
			    ? VEIL_STAND_IN
			    : VEIL_STAND_LOST;
	return VEIL_STAND_NEW;
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, GROUP_BYTES);
}

uint32_t
veil_book_slot(const struct veil_book *b, const char *member)
{
	for (size_t i = 0; i < b->len; i++)
		if (strcmp(b->at[i].member, member) == 0)
			return b->at[i].slot_ms;
	return 0;
}

bool
veil_book_pace(
    const struct veil_book *b, struct site *s, const struct veil_said *m)
{
	const uint32_t own = veil_book_slot(b, s->name);

	return own == 0 || m->slot_ms == own;
}

struct point *
veil_book_ring(const struct veil_book *b, struct site *s, size_t *n)
{
	struct point *keys = mem_alloc(b->len + 1, sizeof *keys);

	*n = 0;
	for (size_t i = 0; i < b->len && *n < RING_MAX; i++)
		if (s->peers.role != NULL && veil_book_pace(b, s, &b->at[i]) &&
		    s->peers.role(s->peers.arg, b->at[i].member) !=
		        FED__ROLE__ROLE_UNSPECIFIED)
			keys[(*n)++] = b->at[i].ring;
	if (*n > 1)
		qsort(keys, *n, sizeof *keys, by_bytes);
	return keys;
}

void
veil_book_owner(struct site *s, const char *member, char *out, size_t size)
{
	const Pack__Profile *p =
	    release_pack_profile(packs_profiles(s->packs, site_now(s)), member);
	struct site_card card = {.company = NULL};

	if (p != NULL && p->owner != NULL)
		card.company = p->owner;
	else if (s->peers.card != NULL)
		(void)s->peers.card(s->peers.arg, member, &card);
	gate_k_owner(out, size, card.company != NULL ? card.company : member);
}

static const struct veil_said *
holder(const struct veil_book *b, const struct point *key)
{
	for (size_t i = 0; i < b->len; i++)
		if (memcmp(b->at[i].ring.b, key->b, GROUP_BYTES) == 0)
			return &b->at[i];
	return NULL;
}

#define OWNER_BYTES 256

/* Counts those not among the earlier ones. */
static enum err
count_owners(const struct veil_book *b, struct site *s,
    const struct point *keys, size_t n, size_t *owners, struct err_why *why)
{
	char *names = mem_alloc(n + 1, OWNER_BYTES);
	enum err e = ERR_OK;

	*owners = 0;
	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		const struct veil_said *h = holder(b, &keys[i]);
		char *name = names + *owners * OWNER_BYTES;
		size_t k = 0;

		if (h == NULL) {
			e = err_fail(why, ERR_NOT_FOUND,
			    "ring: key %zu was announced by no member", i);
			break;
		}
		veil_book_owner(s, h->member, name, OWNER_BYTES);
		while (
		    k < *owners && strcmp(names + k * OWNER_BYTES, name) != 0)
			k++;
		*owners += k == *owners;
	}
	free(names);
	return e;
}

enum err
veil_book_check(const struct veil_book *b, struct site *s,
    const Record__Intel *m, struct veil_vouched *out, struct err_why *why)
{
	struct point *keys;
	struct ring ring;
	struct hash digest;
	enum err e = veil_item_form(m, why);

	if (e != ERR_OK)
		return e;
	if (m->action != RECORD__INTEL__ACTION__RELEASE ||
	    m->veil->term != b->term)
		return err_fail(why, ERR_MALFORMED,
		    "item: not of the form that another publishes");
	keys = mem_alloc(m->veil->n_ring, sizeof *keys);
	for (size_t i = 0; i < m->veil->n_ring; i++)
		memcpy(keys[i].b, m->veil->ring[i].data, GROUP_BYTES);
	out->members = m->veil->n_ring;
	e = ring_open(&ring, &b->alliance, b->term, keys, out->members, why);
	if (e == ERR_OK)
		e = count_owners(b, s, keys, out->members, &out->owners, why);
	if (e == ERR_OK) {
		veil_item_digest(m, &digest);
		e = ring_check(&ring, &digest,
		    bytes_of(m->veil->signature.data, m->veil->signature.len),
		    &out->tag, why);
	}
	free(keys);
	return e;
}
