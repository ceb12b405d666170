/* submit_card.c - are the certificates on a permit's form its people's own? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_card.h"

#include "node/fold_key.h"
#include "node/site.h"

struct people {
	uint64_t at[ROW_CREW_MAX + 5];
	size_t len;
};

static struct people
people_of(const struct digest_hmac *mac, const Record__Permit *m)
{
	const char *const parts[] = {
	    m->worker, m->guardian, m->work_lead, m->commander, m->rigger};
	struct people p = {.len = 0};

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		p.at[p.len++] = fold_hash(mac, FOLD_SUBJECT, parts[i]);
	for (size_t i = 0; i < m->n_workers && i < ROW_CREW_MAX; i++)
		p.at[p.len++] = fold_hash(mac, FOLD_SUBJECT, m->workers[i]);
	return p;
}

static bool
among(const struct people *p, uint64_t who)
{
	for (size_t i = 0; i < p->len; i++) {
		if (who != 0 && p->at[i] == who)
			return true;
	}
	return false;
}

/* Certificates of that number are here, and all of them somebody else's. */
static enum err
is_anothers(struct commit_ctx *ctx, const char *number, const struct people *p,
    bool *out, struct err_why *why)
{
	const uint16_t slot = ctx->site->evidence;
	const uint64_t hash = fold_hash(ctx->fold.mac, FOLD_NUMBER, number);
	struct fold_key k = fold_key_holder(slot, hash, 0, NULL);
	struct store_cursor *c = NULL;
	struct store_row row;
	bool known = false, own = false;
	enum err e;

	*out = false;
	if (hash == 0)
		return ERR_OK;
	fold_key_uint(&k, LEDGER__KIND__CERTIFICATE, 2);
	e = store_cursor(ctx->txn, ctx->fold.t->holder, &c, why);
	if (e != ERR_OK)
		return e;
	e = store_seek(c, fold_key_view(&k), &row);
	while (e == ERR_OK && row.key.len == k.len + 16 &&
	    memcmp(row.key.ptr, k.b, k.len) == 0) {
		struct row r;

		e = fold_get(&ctx->fold, slot, row.key.ptr + k.len, &r, why);
		if (e != ERR_OK)
			break;
		known = true;
		own |= among(p, r.subject);
		e = store_next(c, &row);
	}
	store_cursor_close(c);
	*out = known && !own;
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
submit_card_check(
    struct submit_crew *c, const struct submit_crew_of *of, struct err_why *why)
{
	/* Who came later brings numbers of his own. */
	const Record__Permit *m = c->workers;
	struct people p;
	enum err e = ERR_OK;

	if (m == NULL || of->guardian != NULL || of->only_instruments ||
	    c->len == 0)
		return ERR_OK;
	p = people_of(of->ctx->fold.mac, m);
	for (size_t i = 0; i < m->n_certificates && e == ERR_OK; i++) {
		struct decide_answer *a = &c->asked[0].answer;
		bool bad;

		e = is_anothers(of->ctx, m->certificates[i], &p, &bad, why);
		if (e != ERR_OK || !bad)
			continue;
		a->result = RECORD__DECISION__RESULT__DENY;
		a->expires_us = 0;
		rule_add(&a->reasons, rule_get(RULE_HOLDER_BOUND));
		c->allowed = false;
	}
	return e;
}
