/* query_hide.c - what is stored and given out to nobody.  Only for query*.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_hide.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/seal.h"
#include "node/retain_look.h"
#include "proto/mem.h"

enum err
query_hide_look(struct query_hide *out, struct query_view *v, uint64_t place,
    const Ledger__Entry *leaf, struct err_why *why)
{
	const int64_t now_us = site_now(v->site);
	struct retain_look look = {.class = NULL};
	struct retain_ask ask = {.site = v->site,
	    .fold = &v->fold,
	    .line = v->slot,
	    .now_us = now_us,
	    .known = true};
	enum err e;

	out->on = false;
	e = fold_wait_hides(&v->fold, v->slot, place, &out->wait, why);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	out->on = true;
	out->until_us = out->wait.until_us;
	out->clause = NULL;
	if (leaf->record_id.len != 16)
		return ERR_OK;
	e = retain_look(&look, &ask, leaf->record_id.data, why);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_OK : e;
	out->on = !look.facts.open;
	if (look.class == NULL)
		return ERR_OK;
	out->clause = look.class->clause;
	if (look.answer.law_us != INT64_MAX &&
	    look.answer.law_us > out->until_us)
		out->until_us = look.answer.law_us;
	return ERR_OK;
}

enum err
query_hide_sealed(
    const struct query_hide *h, Ledger__Sealed *sealed, struct err_why *why)
{
	Ledger__Opening *less = NULL;
	enum err e;

	if (sealed->body != NULL) {
		e = seal_withhold(&less, sealed->body, h->wait.hidden,
		    h->wait.hidden_len, why);
		if (e != ERR_OK)
			return e;
		ledger__opening__free_unpacked(sealed->body, NULL);
		sealed->body = less;
	}
	/* The key is the person's who signed. */
	if (sealed->auth != NULL)
		ledger__auth__free_unpacked(sealed->auth, NULL);
	sealed->auth = NULL;
	return ERR_OK;
}

void
query_hide_say(const struct query_hide *h, Api__EventView *m)
{
	m->withheld = mem_strdup("STORAGE_ONLY");
	m->hidden_fields =
	    mem_alloc(h->wait.hidden_len + 1, sizeof *m->hidden_fields);
	memcpy(m->hidden_fields, h->wait.hidden,
	    h->wait.hidden_len * sizeof *m->hidden_fields);
	m->n_hidden_fields = h->wait.hidden_len;
	m->has_erased_from_at = h->until_us != 0;
	m->erased_from_at = h->until_us;
	if (h->clause != NULL)
		m->hidden_clause = mem_strdup(h->clause);
	if (m->annex != NULL && m->annex->has_signer) {
		free(m->annex->signer.data);
		m->annex->signer = (ProtobufCBinaryData){0, NULL};
		m->annex->has_signer = false;
	}
}

void
query_hide_expired(struct query_view *v, uint64_t place, Api__EventView *m)
{
	Record__Evidence **media = NULL;
	size_t n = 0;
	uint64_t by;

	if (m->withheld != NULL && strcmp(m->withheld, "ERASED") == 0)
		m->expired = fold_expired(
		    &v->fold, v->slot, place, FOLD_EXPIRED_BODY, &by);
	if (m->alarm != NULL) {
		media = m->alarm->evidence;
		n = m->alarm->n_evidence;
	} else if (m->case_event != NULL) {
		media = m->case_event->evidence;
		n = m->case_event->n_evidence;
	} else if (m->checklist != NULL) {
		media = m->checklist->evidence;
		n = m->checklist->n_evidence;
	}
	if (n == 0)
		return;
	m->expired =
	    fold_expired(&v->fold, v->slot, place, FOLD_EXPIRED_MEDIA, &by);
	if (m->expired == NULL)
		return;
	m->has_media_expired = m->media_expired = true;
	for (size_t i = 0; i < n; i++) {
		free(media[i]->uri);
		media[i]->uri = NULL;
	}
}

bool
query_hide_found(
    struct query_view *v, const uint8_t id[static 16], const struct row *r)
{
	bool waits = false;

	/* What cannot be looked up is not given out; of a damaged one nobody
	 * knows which entries it has. */
	if (fold_waits_any(&v->fold, v->slot, id, r, &waits, NULL) != ERR_OK)
		return false;
	return !waits || (r != NULL && retain_open(r, site_now(v->site)));
}
