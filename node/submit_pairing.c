/* submit_pairing.c - a credential for each verifier that is shown one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_pairing.h"

#include <stdlib.h>
#include <string.h>

#include "node/domain/certificate.h"
#include "node/domain/coarse.h"
#include "node/domain/person.h"
#include "node/fold_retain.h"
#include "node/statuslist.h"
#include "node/submit_op.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

static bool
is_set(const uint8_t id[static 16])
{
	static const uint8_t none[16];

	return memcmp(id, none, 16) != 0;
}

/* ---- secrets ---- */

enum err
submit_pairing_secret(struct commit_ctx *ctx,
    const uint8_t certificate[static 16], const struct row *row,
    struct submit_secret *out, struct err_why *why)
{
	uint16_t slot = ctx->site->evidence;

	*out = (struct submit_secret){.spare = false};
	for (uint32_t seq = row->seq; seq >= 2; seq--) {
		ProtobufCMessage *body = NULL;
		const Record__Certificate *m;
		uint64_t index;
		bool hit = false;
		enum err e;

		e = fold_event(&ctx->fold, slot, certificate, seq, &index, why);
		if (e == ERR_OK)
			e = submit_op_body(ctx, slot, index,
			    &record__certificate__descriptor, &body, why);
		if (e != ERR_OK && e != ERR_NOT_FOUND)
			return e;
		m = (const Record__Certificate *)body;
		if (m != NULL && m->holder_secret.len == sizeof out->b) {
			memcpy(out->b, m->holder_secret.data, sizeof out->b);
			out->spare = m->spare;
			hit = true;
		}
		slice_free(body);
		if (hit)
			return ERR_OK;
	}
	return err_fail(why, ERR_NOT_FOUND, "the holder's secret is gone");
}

/* Without numbers the reference alone says who it is. */
static bool
is_same(const Record__Certificate *a, const Record__Certificate *b)
{
	const bool numbers =
	    person_given(a->holder_number) || person_given(b->holder_number);

	return person_same(a->holder, b->holder) &&
	    (!numbers || person_same(a->holder_number, b->holder_number));
}

/* ERR_NOT_FOUND: not his, or it has none. */
static enum err
secret_of(struct commit_ctx *ctx, const uint8_t *id,
    const Record__Certificate *issue, struct submit_secret *out,
    struct err_why *why)
{
	ProtobufCMessage *body = NULL;
	struct row row;
	bool waits = false;
	enum err e = fold_get(&ctx->fold, ctx->site->evidence, id, &row, why);

	if (e == ERR_OK)
		e = fold_waits_any(
		    &ctx->fold, ctx->site->evidence, id, &row, &waits, why);
	if (e == ERR_OK && waits)
		e = ERR_NOT_FOUND;
	if (e == ERR_OK)
		e = submit_op_body(ctx, ctx->site->evidence, row.first,
		    &record__certificate__descriptor, &body, why);
	if (e == ERR_OK && !is_same((Record__Certificate *)body, issue))
		e = ERR_NOT_FOUND;
	slice_free(body);
	return e == ERR_OK ? submit_pairing_secret(ctx, id, &row, out, why) : e;
}

static enum err
under(struct commit_ctx *ctx, const char *text, Ledger__Kind kind,
    struct fold_ids *out, struct err_why *why)
{
	const struct fold_key k = fold_key_holder(ctx->site->evidence,
	    fold_hash(ctx->fold.mac, FOLD_SUBJECT, text), (uint16_t)kind, NULL);

	return fold_ids_collect(&ctx->fold, ctx->fold.t->holder, &k, out, why);
}

enum err
submit_pairing_person(struct commit_ctx *ctx, const Record__Certificate *issue,
    uint8_t out[static 32], struct err_why *why)
{
	struct fold_ids ids = {.at = NULL};
	struct submit_secret s = {.spare = false};
	enum err e =
	    under(ctx, issue->holder, LEDGER__KIND__CERTIFICATE, &ids, why);
	enum err found = ERR_NOT_FOUND;

	/* One that cannot be read is as one that is not there: his verifiers
	 * take him for somebody new, never for somebody else. */
	for (size_t i = 0; i < ids.len && e == ERR_OK && found != ERR_OK; i++)
		found = secret_of(ctx, ids.at[i], issue, &s, NULL);
	if (found == ERR_OK)
		memcpy(out, s.b, sizeof s.b);
	else
		crypto_random(out, sizeof s.b);
	crypto_wipe(&s, sizeof s);
	fold_ids_clear(&ids);
	return e;
}

/* ---- credentials ---- */

static int64_t
earlier(int64_t a, int64_t b)
{
	return b != 0 && b < a ? b : a;
}

/* When a credential made now would end.  Members know its dates alone: also a
 * review that nobody stated. */
static int64_t
end_of(const struct commit_ctx *ctx, const struct row *r, int64_t until_us,
    bool *reviewed)
{
	const int64_t now = site_now(ctx->site);
	const Pack__Credentials *pack =
	    packs_credentials(ctx->site->packs, now);
	const struct certificate_facts f = certificate_facts(r);
	int64_t review = r->mark_us;
	int64_t end;

	if (pack != NULL)
		review = certificate_terms(
		    decide_class(&ctx->site->index_mac, pack, r->type),
		    pack->day_offset_minutes, &f)
		             .review_due_us;
	*reviewed = review != 0;
	end = earlier(r->to_us, review);
	return end <= until_us
	    ? coarse_end(end, now, pack != NULL ? pack->day_offset_minutes : 0)
	    : until_us;
}

static void
set_dates(const struct commit_ctx *ctx, const struct submit_minted *m,
    Record__Credential *out)
{
	const Pack__Credentials *pack =
	    packs_credentials(ctx->site->packs, ctx->now_us);
	bool reviewed;

	out->has_valid_from_at = true;
	out->valid_from_at = coarse_start(m->row->from_us, ctx->now_us,
	    pack != NULL ? pack->day_offset_minutes : 0);
	out->has_valid_to_at = true;
	out->valid_to_at = end_of(ctx, m->row, m->until_us, &reviewed);
	/* A reader counts no review from a start that is not the true one. */
	out->has_review_due_at = reviewed;
	out->review_due_at = reviewed ? out->valid_to_at : 0;
}

enum err
submit_pairing_mint(struct commit_ctx *ctx, const struct submit_minted *made,
    struct submit_receipt *out, struct err_why *why)
{
	Record__Credential m = RECORD__CREDENTIAL__INIT;
	struct site *s = ctx->site;
	char text[TEXT_UUID_CHARS + 1];
	uint8_t event_id[16];
	struct log_place place;
	enum err e = statuslist_index(ctx, &m.status_index, why);

	if (e != ERR_OK)
		return e;
	text_uuid_put(text, made->id);
	m.credential_id = text;
	m.issuer = s->name;
	m.class_ = made->issue->class_;
	m.item = made->issue->item;
	set_dates(ctx, made, &m);
	m.has_status_index = true;
	crypto_uuid7(event_id, ctx->now_us);
	struct draft_spec spec = {
	    .slot = s->alliance,
	    .kind = LEDGER__KIND__CREDENTIAL,
	    .body = &m.base,
	    .record_id = made->id,
	    .event_id = event_id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	if (e == ERR_OK) {
		submit_op_place(out, &spec, &place);
		out->alliance = true;
	}
	return e;
}

/* ---- pairings ---- */

/* Records of pairings, oldest first. */
static enum err
pairings(struct commit_ctx *ctx, const uint8_t certificate[static 16],
    struct fold_ids *out, struct err_why *why)
{
	char text[TEXT_UUID_CHARS + 1];

	text_uuid_put(text, certificate);
	return under(ctx, text, LEDGER__KIND__PAIRING, out, why);
}

enum err
submit_pairing_all(struct commit_ctx *ctx, const uint8_t certificate[static 16],
    struct fold_ids *out, struct err_why *why)
{
	struct fold_ids ids = {.at = NULL};
	enum err e = pairings(ctx, certificate, &ids, why);

	for (size_t i = 0; i < ids.len && e == ERR_OK; i++) {
		struct row r;

		e = fold_get(
		    &ctx->fold, ctx->site->evidence, ids.at[i], &r, why);
		if (e == ERR_OK) {
			fold_ids_drop(out, r.ref);
			fold_ids_add(out, r.ref);
		}
	}
	fold_ids_clear(&ids);
	return e;
}

struct look {
	const struct submit_pair *asked;
	struct row certificate;
	uint64_t verifier; /* keyed hash */
	int64_t need_us; /* until when it has to hold */
	size_t live;
	bool used; /* somebody was shown what publishing made */
	bool found;
	uint8_t id[16];
};

static enum err
look_at(struct look *l, struct commit_ctx *ctx, const uint8_t *pairing,
    struct err_why *why)
{
	int64_t now = site_now(ctx->site);
	struct row pair;
	struct row cred;
	enum err e =
	    fold_get(&ctx->fold, ctx->site->evidence, pairing, &pair, why);

	if (e == ERR_OK)
		e = fold_get(
		    &ctx->fold, ctx->site->alliance, pair.ref, &cred, why);
	if (e != ERR_OK)
		return e;
	l->used |= memcmp(pair.ref, l->certificate.ref, sizeof pair.ref) == 0;
	if (row_state(&cred, now) != ROW_VALID)
		return ERR_OK;
	l->live++;
	if (pair.other == l->verifier && cred.to_us >= l->need_us) {
		l->found = true;
		memcpy(l->id, pair.ref, sizeof l->id);
	}
	return ERR_OK;
}

/* What is there already.  In a command or a reader. */
static enum err
look(struct look *l, struct commit_ctx *ctx, const struct submit_pair *asked,
    struct err_why *why)
{
	struct fold_ids ids = {.at = NULL};
	int64_t now = site_now(ctx->site);
	bool reviewed;
	bool waits = false;
	enum err e;

	*l = (struct look){.asked = asked,
	    .verifier =
	        fold_hash(ctx->fold.mac, FOLD_SUBJECT, asked->verifier)};
	e = fold_get(&ctx->fold, ctx->site->evidence, asked->certificate,
	    &l->certificate, why);
	if (e == ERR_OK &&
	    (l->certificate.kind != LEDGER__KIND__CERTIFICATE ||
	        !is_set(l->certificate.ref)))
		e = err_fail(why, ERR_NOT_FOUND,
		    "no published certificate has this id; publish it first");
	if (e == ERR_OK && row_state(&l->certificate, now) != ROW_VALID)
		e = err_fail(why, ERR_REFUSED, "the certificate is not valid");
	if (e == ERR_OK)
		e = fold_waits_any(&ctx->fold, ctx->site->evidence,
		    asked->certificate, &l->certificate, &waits, why);
	/* Storing is all that may be done with it (PIPL 47). */
	if (e == ERR_OK && waits)
		e = rule_fail(
		    why, ERR_REFUSED, rule_get(RULE_ERASE_WAITS), NULL);
	if (e != ERR_OK)
		return e;
	l->need_us = end_of(ctx, &l->certificate, asked->until_us, &reviewed);
	e = pairings(ctx, asked->certificate, &ids, why);
	for (size_t i = 0; i < ids.len && e == ERR_OK; i++)
		e = look_at(l, ctx, ids.at[i], why);
	fold_ids_clear(&ids);
	return e;
}

/* ---- making one ---- */

struct pair {
	struct submit_op op;
	struct submit_pair asked;
	char verifier[SITE_NAME_MAX + 1];
	uint8_t credential[16];
};

static enum err
append_pairing(struct commit_ctx *ctx, struct pair *p, struct err_why *why)
{
	Record__Pairing m = RECORD__PAIRING__INIT;
	char certificate[TEXT_UUID_CHARS + 1];
	char credential[TEXT_UUID_CHARS + 1];
	uint8_t id[16];
	uint8_t event_id[16];
	struct log_place place;
	enum err e;

	text_uuid_put(certificate, p->asked.certificate);
	text_uuid_put(credential, p->credential);
	m.certificate_id = certificate;
	m.credential_id = credential;
	m.verifier = p->verifier;
	crypto_uuid7(id, ctx->now_us);
	crypto_uuid7(event_id, ctx->now_us);
	struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__PAIRING,
	    .body = &m.base,
	    .record_id = id,
	    .event_id = event_id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	e = draft_append(ctx, &spec, &place, why);
	if (e == ERR_OK)
		submit_op_place(&p->op.result->items[0], &spec, &place);
	return e;
}

static enum err
mint(struct commit_ctx *ctx, struct pair *p, const struct look *l,
    struct err_why *why)
{
	ProtobufCMessage *body = NULL;
	struct submit_receipt receipt = {.error = ERR_OK};
	enum err e = submit_op_body(ctx, ctx->site->evidence,
	    l->certificate.first, &record__certificate__descriptor, &body, why);

	crypto_uuid7(p->credential, ctx->now_us);
	if (e == ERR_OK)
		e = submit_pairing_mint(ctx,
		    &(struct submit_minted){
		        .issue = (const Record__Certificate *)body,
		        .row = &l->certificate,
		        .until_us = p->asked.until_us,
		        .id = p->credential,
		    },
		    &receipt, why);
	submit_op_forget(&receipt);
	slice_free(body);
	return e;
}

static enum err
pair_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct pair *p = (struct pair *)cmd;
	struct submit_secret secret;
	struct look l;
	enum err e = look(&l, ctx, &p->asked, why);

	if (e != ERR_OK)
		return e;
	memcpy(p->credential, l.id, sizeof p->credential);
	if (!l.found && l.live >= SUBMIT_PAIRING_MOST)
		return err_fail(why, ERR_LIMIT,
		    "this certificate is shown to %d verifiers already",
		    SUBMIT_PAIRING_MOST);
	if (l.found)
		goto out;
	e = submit_pairing_secret(
	    ctx, p->asked.certificate, &l.certificate, &secret, why);
	crypto_wipe(secret.b, sizeof secret.b);
	if (e == ERR_OK && secret.spare && !l.used)
		memcpy(p->credential, l.certificate.ref, sizeof p->credential);
	else if (e == ERR_OK)
		e = mint(ctx, p, &l, why);
	if (e == ERR_OK)
		e = append_pairing(ctx, p, why);
out:
	if (e == ERR_OK)
		text_uuid_put(p->op.result->credential_id, p->credential);
	return e;
}

static enum err
make(struct site *s, const struct submit_pair *asked, uint8_t out[static 16],
    struct err_why *why)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = {.site = s, .done = submit_wait_done, .arg = w};
	struct pair *p = submit_op_new(&to, sizeof *p, 1);
	struct submit_result *r;
	enum err e;

	p->op.cmd.run = pair_run;
	p->asked = *asked;
	memcpy(p->verifier, asked->verifier, strlen(asked->verifier) + 1);
	p->asked.verifier = p->verifier;
	submit_op_put(&p->op);
	r = submit_wait_for(w);
	e = r->error;
	if (why != NULL)
		*why = r->why;
	if (e == ERR_OK)
		e = text_uuid_get(out, bytes_str(r->credential_id), why);
	submit_result_free(r);
	return e;
}

enum err
submit_pairing(struct site *s, const struct submit_pair *asked,
    uint8_t out[static 16], struct err_why *why)
{
	struct commit_ctx ctx = {.site = s};
	struct look l = {.found = false};
	enum err e = store_read(s->own.store, &ctx.txn, why);

	if (e != ERR_OK)
		return e;
	ctx.fold = (struct fold){
	    .txn = ctx.txn,
	    .t = &s->own.tables,
	    .book = s->own.book,
	    .mac = &s->index_mac,
	};
	e = look(&l, &ctx, asked, why);
	store_abort(ctx.txn);
	if (e == ERR_OK && !l.found)
		return make(s, asked, out, why);
	memcpy(out, l.id, 16);
	return e;
}
