/* depot_relay.c - alliance logs that are handed on to third members. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/depot_relay.h"

#include <stdlib.h>

#include "ledger/generation.h"
#include "proto/mem.h"

#define CLAIM_US INT64_C(3000000) /* so long one peer may take to answer */

static void
add_left(struct depot *d, const char *origin)
{
	struct depot_place *p;
	struct generation g;
	struct note_vkey *name;

	if (generation_get(&g, origin, NULL) != ERR_OK ||
	    strcmp(g.kind, "alliance") != 0 ||
	    depot_place_find(d, origin) != NULL)
		return;
	name = mem_alloc(1, sizeof(*name));
	(void)memccpy(name->name, origin, '\0', sizeof(name->name));
	p = mem_alloc(1, sizeof(*p));
	p->key = name;
	d->left = mem_resize(d->left, d->left_len + 1, sizeof(d->left[0]));
	d->left[d->left_len++] = p;
}

enum err
depot_relay_open(struct depot *d, struct err_why *why)
{
	struct store_txn *txn = NULL;
	char origin[NOTE_NAME_MAX + 1];
	unsigned slot;
	enum err e;

	e = store_read(log_book_store(d->o.replicas), &txn, why);
	for (slot = 0; e == ERR_OK && slot <= UINT16_MAX; slot++) {
		e = log_origin(d->o.replicas, txn, (uint16_t)slot, origin, why);
		if (e == ERR_OK)
			add_left(d, origin);
		else if (e == ERR_NOT_FOUND && slot == 0)
			e = ERR_OK;
	}
	store_abort(txn);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

void
depot_relay_close(struct depot *d)
{
	union {
		const struct note_vkey *in;
		struct note_vkey *out;
	} name;
	size_t i;

	for (i = 0; i < d->left_len; i++) {
		name.in = d->left[i]->key;
		free(name.out);
		free(d->left[i]);
	}
	free(d->left);
}

struct depot_place *
depot_relay_left(struct depot *d, const char *origin)
{
	size_t i;

	for (i = 0; i < d->left_len; i++)
		if (strcmp(d->left[i]->key->name, origin) == 0) {
			depot_place_fill(d, d->left[i]);
			return d->left[i];
		}
	return NULL;
}

/* Is all of the generation before still there that its end promises? */
static bool
follows(struct depot *d, const struct depot_place *p)
{
	const struct depot_place *before;

	if (p->after == NULL)
		return true;
	before = depot_place(d, p->after->s.before.name);
	return before != NULL && before->held >= p->after->s.held;
}

/* First those of who left: these do not become more. */
enum err
depot_relayed(void *arg, size_t i, struct exchange_relay *out)
{
	struct depot *d = arg;
	struct depot_place *p;

	if (i >= d->left_len + d->places_len)
		return ERR_NOT_FOUND;
	p = i < d->left_len ? d->left[i] : d->places[i - d->left_len];
	if (!p->known)
		depot_place_fill(d, p);
	*out = (struct exchange_relay){.origin = p->key->name};
	/* Own logs and evidence have their ways; listed to keep the count. */
	if (strstr(p->key->name, "/alliance/") == NULL ||
	    (p->member != NULL && strcmp(p->member->name, d->o.self) == 0))
		return ERR_OK;
	out->held = p->held;
	if (p->member != NULL && p->known && follows(d, p))
		out->key = p->key;
	return ERR_OK;
}

uint64_t
depot_relays(void *arg)
{
	const struct depot *d = arg;

	return d->grown + d->places_len;
}

bool
depot_claim(void *arg, const char *origin, int64_t now_us)
{
	struct depot_place *p = depot_place(arg, origin);

	if (p == NULL ||
	    (p->claimed_us != 0 && now_us < p->claimed_us + CLAIM_US))
		return false;
	p->claimed_us = now_us;
	return true;
}
