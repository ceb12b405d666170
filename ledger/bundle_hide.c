/* bundle_hide.c - what a bundle gives to nobody, and media that ended. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/bundle_part.h"

#include "proto/mem.h"

enum err
bundle_part_hide(struct bundle_part *b, uint64_t index,
    const Ledger__Entry *leaf, Ledger__Sealed *held, struct err_why *why)
{
	const struct bundle_request *r = b->req;
	Ledger__Opening *less = NULL;
	enum err e;

	b->hidden_len = r->hidden
	    ? r->hidden(r->arg, index, leaf, b->hidden, &b->hidden_by)
	    : 0;
	if (b->hidden_len == 0)
		return ERR_OK;
	if (held->body) {
		e = seal_withhold(
		    &less, held->body, b->hidden, b->hidden_len, why);
		if (e != ERR_OK)
			return e;
		ledger__opening__free_unpacked(held->body, NULL);
		held->body = less;
	}
	ledger__opening__free_unpacked(held->annex, NULL);
	ledger__auth__free_unpacked(held->auth, NULL);
	held->annex = NULL;
	held->auth = NULL;
	return ERR_OK;
}

enum err
bundle_part_media(struct bundle_part *b, uint64_t index, struct err_why *why)
{
	const struct bundle_request *r = b->req;
	Ledger__MediaExpired *m;
	uint64_t by = UINT64_MAX;

	if (!r->media || !r->media(r->arg, index, &by) || by >= b->size)
		return ERR_OK;
	m = mem_alloc(1, sizeof(*m));
	ledger__media_expired__init(m);
	m->has_index = m->has_retention_index = 1;
	m->index = index;
	m->retention_index = by;
	b->media = mem_resize(b->media, b->media_len + 1, sizeof(*b->media));
	b->media[b->media_len++] = m;
	return bundle_part_retention(b, by, why);
}
