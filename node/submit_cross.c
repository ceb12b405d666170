/* submit_cross.c - are two references of two verifiers one person? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_cross.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/seal.h"
#include "node/domain/person.h"
#include "node/fold_retain.h"
#include "node/site_keys.h"
#include "node/submit_credential.h"
#include "node/submit_op.h"
#include "node/submit_pairing.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define DAY_US (INT64_C(24) * 3600 * 1000000)
#define DAYS 7 /* for which a question stands */
#define REF_CHARS 64
#define TEXT_MAX 8192

/* ---- what is signed ---- */

static void
put_question(struct buf *out, const Record__CrossCheck *m)
{
	buf_printf(out, "lianfang/cross-check/v1\n%s\n%s\n%s\n", m->agreement,
	    m->issuer, m->reason);
	buf_put(out, m->agreement_digest.data, m->agreement_digest.len);
	buf_u64be(out, (uint64_t)m->asked_at);
	for (size_t i = 0; i < m->n_askers; i++)
		buf_printf(out, "%s\n%s\n", m->askers[i]->verifier,
		    m->askers[i]->holder_ref);
}

static void
put_answer(struct buf *out, const Record__CrossCheck *m)
{
	struct buf text;
	struct hash h;

	buf_init(&text, TEXT_MAX);
	put_question(&text, m);
	digest_sha256(&h, buf_view(&text));
	buf_clear(&text);
	buf_str(out, "lianfang/cross-check-answer/v1\n");
	buf_put(out, h.b, sizeof h.b);
	buf_u8(out, (uint8_t)m->answer);
	buf_u64be(out, (uint64_t)m->answered_at);
}

static ProtobufCBinaryData
alg_data(const uint8_t *p, size_t len)
{
	ProtobufCBinaryData d = {.len = len + 1, .data = mem_alloc(len + 1, 1)};

	d.data[0] = CRYPTO_ALG_ED25519;
	memcpy(d.data + 1, p, len);
	return d;
}

static void
sign(struct site *s, const struct buf *text, ProtobufCBinaryData *key,
    ProtobufCBinaryData *signature)
{
	uint8_t sig[CRYPTO_SIG_BYTES];

	free(key->data);
	free(signature->data);
	crypto_signer_sign(&site_keys(s)->identity, buf_view(text), sig);
	*key = alg_data(site_keys(s)->identity.pub, CRYPTO_PUB_BYTES);
	*signature = alg_data(sig, sizeof sig);
}

/* ---- what has to be so ---- */

static bool
is_text(const char *s, size_t most)
{
	return s != NULL && s[0] != '\0' && strlen(s) <= most &&
	    strchr(s, '\n') == NULL;
}

/* Both questions that somebody signed are the same one, whole. */
static bool
is_whole(const Record__CrossCheck *m)
{
	if (!is_text(m->agreement, 256) || !is_text(m->issuer, SITE_NAME_MAX) ||
	    !is_text(m->reason, 1024) || m->n_askers != 2)
		return false;
	for (size_t i = 0; i < 2; i++) {
		if (!is_text(m->askers[i]->verifier, SITE_NAME_MAX) ||
		    !is_text(m->askers[i]->holder_ref, REF_CHARS) ||
		    strlen(m->askers[i]->holder_ref) != REF_CHARS ||
		    strcmp(m->askers[i]->verifier, m->issuer) == 0)
			return false;
	}
	return strcmp(m->askers[0]->verifier, m->askers[1]->verifier) != 0;
}

/* Is it agreed, in the words that it is signed under? */
static bool
is_agreed(struct site *s, Record__CrossCheck *m)
{
	struct hash digest;

	if (strncmp(m->agreement, SUBMIT_CROSS_AGREEMENT,
	        strlen(SUBMIT_CROSS_AGREEMENT)) != 0 ||
	    s->peers.agreed == NULL ||
	    !s->peers.agreed(s->peers.arg, m->agreement, &digest))
		return false;
	if (!m->has_agreement_digest) {
		m->has_agreement_digest = true;
		m->agreement_digest.len = sizeof digest.b;
		m->agreement_digest.data = mem_alloc(1, sizeof digest.b);
		memcpy(m->agreement_digest.data, digest.b, sizeof digest.b);
	}
	return m->agreement_digest.len == sizeof digest.b &&
	    memcmp(m->agreement_digest.data, digest.b, sizeof digest.b) == 0;
}

static bool
is_signed(struct site *s, const Record__CrossCheck *m, size_t i)
{
	const Record__CrossCheck__Asker *a = m->askers[i];
	struct bytes key = bytes_of(a->key.data, a->key.len);
	struct buf text;
	bool good;

	buf_init(&text, TEXT_MAX);
	put_question(&text, m);
	good = s->peers.holds_key != NULL &&
	    s->peers.holds_key(s->peers.arg, a->verifier, key) &&
	    crypto_check_alg(key, buf_view(&text),
	        bytes_of(a->signature.data, a->signature.len), NULL) == ERR_OK;
	buf_clear(&text);
	return good;
}

/* ---- a verifier ---- */

static enum err
reader(struct commit_ctx *ctx, struct site *s, struct err_why *why)
{
	*ctx = (struct commit_ctx){.site = s};
	ctx->fold = (struct fold){
	    .t = &s->own.tables,
	    .book = s->own.book,
	    .mac = &s->index_mac,
	};
	enum err e = store_read(s->own.store, &ctx->txn, why);

	ctx->fold.txn = ctx->txn;
	return e;
}

/* Was it presented here?  Nobody asks about a reference that he was told. */
static enum err
is_known(struct site *s, const char *ref, bool *out, struct err_why *why)
{
	struct commit_ctx ctx;
	struct fold_ids ids = {.at = NULL};
	enum err e = reader(&ctx, s, why);

	*out = false;
	if (e != ERR_OK)
		return e;
	const struct fold_key k = fold_key_holder(s->evidence,
	    fold_hash(&s->index_mac, FOLD_SUBJECT, ref),
	    LEDGER__KIND__PRESENTATION, NULL);

	e = fold_ids_collect(&ctx.fold, ctx.fold.t->holder, &k, &ids, why);
	*out = ids.len > 0;
	fold_ids_clear(&ids);
	store_abort(ctx.txn);
	return e;
}

static enum err
ask(struct site *s, Record__CrossCheck *m, Record__CrossCheck__Asker *a,
    const struct rule **rule, struct err_why *why)
{
	bool known;
	struct buf text;
	enum err e;

	/* It would be recorded with what nobody has checked. */
	if (m->has_answer || m->has_answered_at || m->has_key ||
	    m->has_signature) {
		*rule = rule_get(RULE_CROSS_ASKERS);
		return ERR_OK;
	}
	e = is_known(s, a->holder_ref, &known, why);
	if (e != ERR_OK)
		return e;
	if (!known) {
		*rule = rule_get(RULE_CROSS_UNKNOWN);
		return ERR_OK;
	}
	buf_init(&text, TEXT_MAX);
	put_question(&text, m);
	a->has_key = a->has_signature = true;
	sign(s, &text, &a->key, &a->signature);
	buf_clear(&text);
	return ERR_OK;
}

/* ---- the issuer ---- */

static bool
is_ref(const struct submit_secret *secret, const Record__CrossCheck__Asker *a)
{
	struct bytes name = bytes_str(a->verifier);
	struct digest_hmac mac;
	struct hash ref;
	struct buf hex;
	bool same;

	digest_hmac_key(&mac, bytes_of(secret->b, sizeof secret->b));
	digest_hmac(&mac, &ref, &name, 1);
	digest_hmac_wipe(&mac);
	buf_init(&hex, 128);
	text_hex_put(&hex, bytes_hash(&ref));
	same = strcmp(buf_cstr(&hex), a->holder_ref) == 0;
	buf_clear(&hex);
	return same;
}

struct found {
	bool known[2]; /* is it of anybody here */
	bool both; /* of one and the same */
	char *number[2]; /* his identity number, NULL: none; wiped */
};

static void
found_free(struct found *f)
{
	for (int i = 0; i < 2; i++) {
		if (f->number[i] != NULL)
			crypto_wipe(f->number[i], strlen(f->number[i]));
		free(f->number[i]);
	}
}

/* A secret is of one reference and one number. */
static enum err
take_number(struct commit_ctx *ctx, const struct row *row, char **out,
    struct err_why *why)
{
	ProtobufCMessage *body = NULL;
	const Record__Certificate *m;
	enum err e = submit_op_body(ctx, ctx->site->evidence, row->first,
	    &record__certificate__descriptor, &body, why);

	m = (const Record__Certificate *)body;
	if (e == ERR_OK && *out == NULL && person_given(m->holder_number))
		*out = mem_strdup(m->holder_number);
	slice_free(body);
	return e;
}

static enum err
compare(struct commit_ctx *ctx, const uint8_t *id, const Record__CrossCheck *m,
    struct found *out, struct err_why *why)
{
	uint16_t slot = ctx->site->evidence;
	struct submit_secret secret = {.spare = false};
	bool waits = false, is[2] = {false, false};
	struct row row;
	enum err e = fold_get(&ctx->fold, slot, id, &row, why);

	if (e == ERR_OK)
		e = fold_waits_any(&ctx->fold, slot, id, &row, &waits, why);
	if (e == ERR_OK && !waits)
		e = submit_pairing_secret(ctx, id, &row, &secret, why);
	for (int i = 0; e == ERR_OK && !waits && i < 2; i++) {
		is[i] = is_ref(&secret, m->askers[i]);
		if (is[i])
			e = take_number(ctx, &row, &out->number[i], why);
		out->known[i] |= is[i] && e == ERR_OK;
	}
	out->both |= is[0] && is[1];
	crypto_wipe(&secret, sizeof secret);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* Whoever has two references here is told by his number; where one has none,
 * nobody can say that they are two. */
static Record__CrossCheck__Answer
judge(const struct found *f)
{
	if (f->both)
		return RECORD__CROSS_CHECK__ANSWER__SAME;
	if (f->number[0] == NULL || f->number[1] == NULL)
		return RECORD__CROSS_CHECK__ANSWER__UNCERTAIN;
	return person_same(f->number[0], f->number[1])
	    ? RECORD__CROSS_CHECK__ANSWER__SAME
	    : RECORD__CROSS_CHECK__ANSWER__DIFFERENT;
}

/* All who were published; nothing but the secrets leads from one to another. */
static enum err
find(struct site *s, const Record__CrossCheck *m, struct found *out,
    struct err_why *why)
{
	struct commit_ctx ctx;
	struct fold_ids ids = {.at = NULL};
	struct fold_key k = fold_key_slot(s->evidence);
	enum err e = reader(&ctx, s, why);

	*out = (struct found){.both = false};
	if (e != ERR_OK)
		return e;
	fold_key_uint(&k, LEDGER__KIND__CERTIFICATE, 2);
	e = fold_ids_collect(&ctx.fold, ctx.fold.t->bykind, &k, &ids, why);
	for (size_t i = 0; i < ids.len && e == ERR_OK; i++)
		e = compare(&ctx, ids.at[i], m, out, why);
	fold_ids_clear(&ids);
	store_abort(ctx.txn);
	return e;
}

static enum err
answer(struct site *s, Record__CrossCheck *m, const struct rule **rule,
    struct err_why *why)
{
	struct found f;
	struct buf text;
	enum err e;

	if (m->has_answer || !is_signed(s, m, 0) || !is_signed(s, m, 1)) {
		*rule = rule_get(RULE_CROSS_ASKERS);
		return ERR_OK;
	}
	e = find(s, m, &f, why);
	m->answer = judge(&f);
	found_free(&f);
	if (e != ERR_OK)
		return e;
	if (!f.known[0] || !f.known[1]) {
		*rule = rule_get(RULE_CROSS_UNKNOWN);
		return ERR_OK;
	}
	m->has_answer = true;
	m->has_answered_at = true;
	m->answered_at = site_now(s);
	m->has_key = m->has_signature = true;
	buf_init(&text, TEXT_MAX);
	put_answer(&text, m);
	sign(s, &text, &m->key, &m->signature);
	buf_clear(&text);
	return ERR_OK;
}

/* ---- both ---- */

static enum err
turn(struct site *s, Record__CrossCheck *m, const struct rule **rule,
    struct err_why *why)
{
	const int64_t now = site_now(s);

	if (!is_whole(m)) {
		*rule = rule_get(RULE_CROSS_ASKERS);
		return ERR_OK;
	}
	if (!is_agreed(s, m)) {
		*rule = rule_get(RULE_CROSS_AGREEMENT);
		return ERR_OK;
	}
	if (!m->has_asked_at) {
		m->has_asked_at = true;
		m->asked_at = now;
	}
	if (m->asked_at > now + SUBMIT_FUTURE_US ||
	    now - m->asked_at > DAYS * DAY_US) {
		*rule = rule_get(RULE_CROSS_ASKERS);
		return ERR_OK;
	}
	for (size_t i = 0; i < 2; i++) {
		if (strcmp(m->askers[i]->verifier, s->name) == 0)
			return ask(s, m, m->askers[i], rule, why);
	}
	if (strcmp(m->issuer, s->name) == 0)
		return answer(s, m, rule, why);
	*rule = rule_get(RULE_CROSS_ASKERS);
	return ERR_OK;
}

/* No answer without its entry. */
static enum err
record(struct site *s, const Record__CrossCheck *m, struct err_why *why)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = {.site = s, .done = submit_wait_done, .arg = w};
	const struct submit_plain plain = {
	    .kind = LEDGER__KIND__CROSS_CHECK, .message = &m->base};
	struct submit_result *r;
	enum err e;

	submit_plain(&to, &plain);
	r = submit_wait_for(w);
	e = r->error;
	if (e != ERR_OK && why != NULL)
		*why = r->why;
	submit_result_free(r);
	return e;
}

enum err
submit_cross(struct site *s, const Record__CrossCheck *asked,
    Record__CrossCheck **out, const struct rule **rule, struct err_why *why)
{
	ProtobufCMessage *copy = NULL;
	struct buf bytes;
	enum err e;

	*out = NULL;
	*rule = NULL;
	/* What was revoked, or who somebody is, may be what is lost. */
	if (atomic_load(&s->unsure) != 0) {
		*rule = rule_get(RULE_HEADS_UNKNOWN);
		return rule_fail(why, ERR_BUSY, *rule, NULL);
	}
	buf_init(&bytes, SEAL_MESSAGE_MAX);
	e = submit_op_copy(&asked->base, &bytes, &copy, why);
	buf_clear(&bytes);
	if (e != ERR_OK)
		return e;
	e = turn(s, (Record__CrossCheck *)copy, rule, why);
	if (e == ERR_OK && *rule != NULL)
		e = rule_fail(why, submit_op_err(*rule), *rule, NULL);
	if (e == ERR_OK)
		e = record(s, (Record__CrossCheck *)copy, why);
	if (e == ERR_OK)
		*out = (Record__CrossCheck *)copy;
	else
		slice_free(copy);
	return e;
}
