/* answer.c - a log with people and permits, and bundles made from it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/answer.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/log_erase.h"
#include "ledger/log_read.h"
#include "ledger/policy.h"
#include "ledger/signature.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "record.pb-c.h"

#define NODE "plant-a.acme.example"
#define ZERO_SALT_BYTES SEAL_KEY_BYTES

static struct err_why answer_why;

static void
must_at(enum err e, int line)
{
	if (e == ERR_OK)
		return;
	fprintf(stderr, "answer.c:%d: %s: %s\n", line, err_name(e),
	    answer_why.text);
	abort();
}
#define must(e) must_at(e, __LINE__)

/* ---- sealing ---- */

/* One sealed part of an entry; the arrays are what the opening points to. */
struct part {
	Ledger__Opening opening;
	uint8_t key[SEAL_KEY_BYTES];
	struct buf message;
	struct hash commitment;
};

static void
seal_part(struct part *p, const ProtobufCMessage *msg, uint8_t salt)
{
	const char *type = msg->descriptor->name;

	ledger__opening__init(&p->opening);
	memset(p->key, salt, sizeof(p->key));
	buf_init(&p->message, SEAL_MESSAGE_MAX);
	slice_pack(&p->message, msg);
	must(seal_commit(&p->commitment, seal_type(type), buf_view(&p->message),
	    p->key, &answer_why));
	p->opening.type = mem_strdup(type);
	p->opening.has_schema_version = 1;
	p->opening.schema_version = SEAL_SCHEMA_VERSION;
	p->opening.has_record_key = p->opening.has_message = 1;
	p->opening.record_key = (ProtobufCBinaryData){SEAL_KEY_BYTES, p->key};
	p->opening.message =
	    (ProtobufCBinaryData){p->message.len, p->message.ptr};
}

static void
part_clear(struct part *p)
{
	free(p->opening.type);
	buf_clear(&p->message);
}

struct signature {
	Ledger__Auth auth;
	uint8_t salt[ZERO_SALT_BYTES];
	uint8_t key[CRYPTO_ALG_PUB_BYTES];
	struct buf sig;
	struct hash commitment;
};

static void
put_signature(struct buf *out, const struct answer_event *x, struct bytes text)
{
	struct hash leaves[5] = {{{1}}, {{2}}, {{3}}, {{4}}, {{5}}};
	uint8_t raw[CRYPTO_SIG_BYTES];
	struct signature_batch b;

	buf_init(out, SIGNATURE_BYTES_MAX);
	if (x->batch) {
		tree_leaf(&leaves[3], text);
		signature_batch_sign(&b, x->signer, leaves, 5);
		signature_batch_put(out, &b, 3);
		signature_batch_clear(&b);
		return;
	}
	crypto_signer_sign(x->signer, text, raw);
	buf_u8(out, CRYPTO_ALG_ED25519);
	buf_put(out, raw, sizeof(raw));
}

static void
sign(struct signature *s, const struct answer_event *x,
    const struct hash *commitment, const uint8_t *event_id)
{
	struct buf text;

	ledger__auth__init(&s->auth);
	memset(s->salt, 9, sizeof(s->salt));
	s->key[0] = CRYPTO_ALG_ED25519;
	memcpy(s->key + 1, x->signer->pub, CRYPTO_PUB_BYTES);
	buf_init(&text, 4096);
	seal_event_put(&text,
	    &(struct seal_event){
	        .node_name = NODE,
	        .kind = (uint16_t)x->kind,
	        .record_id = x->id,
	        .event_id = event_id,
	        .occurred_us = 1790000000000001,
	        .based_on_seq = x->seq - 1,
	        .commitment = commitment,
	    });
	put_signature(&s->sig, x, buf_view(&text));
	buf_clear(&text);
	s->auth.has_salt = s->auth.has_key = s->auth.has_signature = 1;
	s->auth.salt = (ProtobufCBinaryData){sizeof(s->salt), s->salt};
	s->auth.key = (ProtobufCBinaryData){sizeof(s->key), s->key};
	s->auth.signature = (ProtobufCBinaryData){s->sig.len, s->sig.ptr};
	s->auth.has_occurred_us = s->auth.has_based_on_seq = 1;
	s->auth.occurred_us = 1790000000000001;
	s->auth.based_on_seq = x->seq - 1;
	seal_auth(&s->commitment, bytes_of(s->salt, sizeof(s->salt)),
	    bytes_of(s->key, sizeof(s->key)), buf_view(&s->sig));
}

/* ---- entries ---- */

static uint64_t
append_in(struct answer *a, struct store_txn *txn, const struct answer_event *x)
{
	struct log_draft d = {.kind = x->kind, .record_id = x->id};
	Ledger__Sealed sealed = LEDGER__SEALED__INIT;
	struct part body = {0}, annex = {0};
	struct signature s = {0};
	uint8_t event_id[16] = {0};
	struct log_place place;
	struct buf plain;

	a->book.wall_us += ANSWER_STEP_US;
	a->book.boot_us += ANSWER_STEP_US;
	event_id[0] = 0x70;
	event_id[15] = (uint8_t)x->seq;
	if (x->body) {
		seal_part(&body, x->body, 1);
		d.commitment = &body.commitment;
		sealed.body = &body.opening;
	}
	if (x->annex) {
		seal_part(&annex, x->annex, 2);
		d.annex = &annex.commitment;
		sealed.annex = &annex.opening;
	}
	if (x->id) {
		d.event_id = event_id;
		d.event_seq = x->seq;
		d.outcome = LEDGER__OUTCOME__APPLIED;
	}
	if (x->signer) {
		sign(&s, x, &body.commitment, event_id);
		d.auth = &s.commitment;
		sealed.auth = &s.auth;
	}
	buf_init(&plain, LOG_SEALED_MAX);
	uint8_t *to =
	    buf_grow(&plain, ledger__sealed__get_packed_size(&sealed));
	if (to)
		(void)ledger__sealed__pack(&sealed, to);
	if (x->body)
		d.plain = buf_view(&plain);
	must(log_append(
	    a->book.log, txn, a->book.slot, &d, &place, &answer_why));
	buf_clear(&plain);
	part_clear(&body);
	part_clear(&annex);
	buf_clear(&s.sig);
	return place.index;
}

uint64_t
answer_append(struct answer *a, const struct answer_event *x)
{
	struct store_txn *txn;
	uint64_t index;

	must(store_write(a->book.store, &txn, &answer_why));
	index = append_in(a, txn, x);
	must(store_commit(txn, &answer_why));
	return index;
}

static uint64_t
append_actor(struct answer *a, Record__Actor__Action action,
    const struct crypto_signer *key, const char *name)
{
	uint8_t alg_key[CRYPTO_ALG_PUB_BYTES] = {CRYPTO_ALG_ED25519};
	Record__Actor actor = RECORD__ACTOR__INIT;
	char *role = mem_strdup("approver"), *copy = mem_strdup(name);
	uint64_t index;

	memcpy(alg_key + 1, key->pub, CRYPTO_PUB_BYTES);
	actor.has_action = actor.has_key = actor.has_custody = 1;
	actor.action = action;
	actor.name = copy;
	actor.n_roles = 1;
	actor.roles = &role;
	actor.key = (ProtobufCBinaryData){sizeof(alg_key), alg_key};
	actor.custody = RECORD__ACTOR__CUSTODY__DEVICE;
	index = answer_append(a,
	    &(struct answer_event){
	        .kind = LEDGER__KIND__ACTOR, .body = &actor.base});
	free(role);
	free(copy);
	return index;
}

static uint64_t
append_alarm(struct answer *a)
{
	Record__Alarm alarm = RECORD__ALARM__INIT;
	static const uint8_t id[16] = {0xa1};

	alarm.has_level = 1;
	alarm.level = 2;
	alarm.has_value = 1;
	alarm.value = 0.1;
	return answer_append(a,
	    &(struct answer_event){.kind = LEDGER__KIND__ALARM,
	        .body = &alarm.base,
	        .id = id,
	        .seq = 1});
}

static uint64_t
append_permit(struct answer *a, int which, uint32_t seq,
    const struct crypto_signer *signer)
{
	Record__Permit permit = RECORD__PERMIT__INIT;
	Record__Annex annex = RECORD__ANNEX__INIT;
	char *area = mem_strdup("tank-farm-2"), *who = mem_strdup("张三");
	char *code = mem_strdup("PACK");
	uint64_t index;

	permit.has_action = permit.has_occurred_at = 1;
	permit.action = RECORD__PERMIT__ACTION__APPLY;
	permit.occurred_at = INT64_C(1790000000000001);
	permit.area = area;
	permit.applicant = who;
	annex.code = code;
	index = answer_append(a,
	    &(struct answer_event){.kind = LEDGER__KIND__PERMIT,
	        .body = &permit.base,
	        .annex = which ? &annex.base : NULL,
	        .id = a->ids[which],
	        .seq = seq,
	        .signer = signer,
	        .batch = seq == 3});
	free(area);
	free(who);
	free(code);
	return index;
}

uint64_t
answer_revoke(struct answer *a, const struct crypto_signer *key)
{
	return append_actor(a, RECORD__ACTOR__ACTION__REVOKE, key, "revoked");
}

uint64_t
answer_erase(
    struct answer *a, uint64_t index, const uint32_t *fields, size_t fields_len)
{
	const struct log_erasure one = {
	    .slot = a->book.slot,
	    .index = index,
	    .fields = fields,
	    .fields_len = fields_len,
	};
	Record__Erasure x = RECORD__ERASURE__INIT;
	char *origin = mem_strdup(BOOK_ORIGIN);
	char reason[] = "Zhang asked for it";
	uint32_t list[SLICE_MAX];
	struct store_txn *txn;
	uint64_t at;

	x.origin = origin;
	x.reason = reason;
	x.has_index = 1;
	x.index = index;
	x.n_fields = fields_len;
	x.fields = list;
	for (size_t i = 0; i < fields_len; i++)
		list[i] = fields[i];
	must(store_write(a->book.store, &txn, &answer_why));
	at = append_in(a, txn,
	    &(struct answer_event){
	        .kind = LEDGER__KIND__ERASURE, .body = &x.base});
	must(log_erase(a->book.log, txn, &one, 1, &answer_why));
	must(store_commit(txn, &answer_why));
	must(log_erase_done(a->book.log, &answer_why));
	free(origin);
	return at;
}

int64_t
answer_time(struct answer *a, uint64_t index)
{
	Ledger__Entry *entry;
	struct store_txn *txn;
	struct bytes leaf;
	int64_t us;

	must(store_read(a->book.store, &txn, &answer_why));
	must(log_entry(
	    a->book.log, txn, a->book.slot, index, &leaf, &answer_why));
	must(log_decode(&entry, leaf, &answer_why));
	us = entry->recorded_us;
	ledger__entry__free_unpacked(entry, NULL);
	store_abort(txn);
	return us;
}

/* ---- the whole ---- */

static void
make_policy(struct answer *a)
{
	struct policy *p = policy_new();

	must(policy_add_log(p, &a->book.vkey, NULL, &answer_why));
	must(policy_add_witness(p, "w1", &a->witness_key, NULL, &answer_why));
	must(policy_set_quorum(p, "w1", &answer_why));
	buf_init(&a->policy, POLICY_TEXT_MAX);
	policy_put(&a->policy, p);
	policy_free(p);
}

void
answer_new(struct answer *a)
{
	static const uint8_t seeds[3][CRYPTO_SEED_BYTES] = {{1}, {2}, {3}};
	struct crypto_signer wang;

	memset(a, 0, sizeof(*a));
	book_new(&a->book, false);
	crypto_signer_seed(&a->person, seeds[0]);
	crypto_signer_seed(&a->witness, seeds[1]);
	crypto_signer_seed(&wang, seeds[2]);
	must(note_vkey_make(&a->witness_key, "w.example/witness",
	    NOTE_TYPE_COSIG, a->witness.pub, &answer_why));
	make_policy(a);
	memset(a->ids[0], 0xaa, 16);
	memset(a->ids[1], 0xbb, 16);
	append_actor(a, RECORD__ACTOR__ACTION__ENROL, &a->person, "李伟");
	append_alarm(a);
	append_alarm(a);
	append_permit(a, 0, 1, &a->person);
	append_alarm(a);
	append_permit(a, 0, 2, &a->person);
	append_permit(a, 1, 1, NULL);
	append_actor(a, RECORD__ACTOR__ACTION__ENROL, &wang, "王芳");
	append_permit(a, 0, 3, &a->person);
	append_alarm(a);
	a->question = (struct window_question){
	    .kind = LEDGER__KIND__PERMIT,
	    .timed = true,
	    .time_epoch = 1,
	    .from_us = answer_time(a, ANSWER_A1),
	    .to_us = answer_time(a, ANSWER_LAST),
	    .asker = "应急管理局",
	    .purpose = "inspection",
	    .policy = buf_view(&a->policy),
	};
	a->actors[0] = ANSWER_LI_WEI;
	a->actors_len = 1;
	a->cosign = true;
}

void
answer_end(struct answer *a)
{
	buf_clear(&a->policy);
	book_end(&a->book);
}

void
answer_checkpoint(struct answer *a, struct buf *out)
{
	struct store_txn *txn;
	struct note n;
	struct buf line;

	must(store_read(a->book.store, &txn, &answer_why));
	must(log_checkpoint(
	    a->book.log, txn, a->book.slot, 0, out, NULL, &answer_why));
	store_abort(txn);
	if (!a->cosign)
		return;
	must(note_parse(&n, buf_view(out), &answer_why));
	buf_init(&line, 4096);
	note_cosign(&line, n.text, a->witness_key.name, &a->witness,
	    (uint64_t)(a->book.wall_us / 1000000));
	buf_bytes(out, buf_view(&line));
	buf_clear(&line);
}

static void
append_heads(struct answer *a)
{
	struct buf text;
	struct store_txn *txn;
	ProtobufCMessage *msg;

	buf_init(&text, SEAL_MESSAGE_MAX);
	must(store_write(a->book.store, &txn, &answer_why));
	must(window_heads(
	    &text, a->book.log, txn, a->book.slot, &a->question, &answer_why));
	must(slice_unpack(
	    &msg, &record__heads__descriptor, buf_view(&text), &answer_why));
	a->heads = append_in(a, txn,
	    &(struct answer_event){.kind = LEDGER__KIND__HEADS, .body = msg});
	slice_free(msg);
	must(store_commit(txn, &answer_why));
	buf_clear(&text);
}

enum err
answer_write(struct answer *a, struct buf *out, struct err_why *why)
{
	struct bundle_request r = {
	    .book = a->book.log,
	    .slot = a->book.slot,
	    .question = &a->question,
	    .entries = a->entries,
	    .entries_len = a->entries_len,
	    .actors = a->actors,
	    .actors_len = a->actors_len,
	    .entitled = a->entitled,
	    .hidden = a->hidden,
	    .media = a->media,
	};
	struct buf note;
	enum err e;

	if (!a->again)
		append_heads(a);
	buf_init(&note, NOTE_BYTES_MAX);
	answer_checkpoint(a, &note);
	r.checkpoint = buf_view(&note);
	r.heads_index = a->heads;
	must(store_read(a->book.store, &r.txn, &answer_why));
	e = bundle_write(out, &r, why);
	store_abort(r.txn);
	buf_clear(&note);
	return e;
}

/* ---- judging ---- */

/* Whatever is found is found in Chinese too. */
static bool
chinese(const char *s)
{
	while (*s != '\0' && ((unsigned char)*s & 0x80) == 0)
		s++;
	return *s != '\0';
}

static void
add_line(void *arg, const struct verify_claim *c)
{
	if (!chinese(c->text_zh)) {
		(void)fprintf(stderr, "no Chinese: %s\n", c->text);
		abort();
	}
	if (arg)
		buf_printf(arg, "%s %s %s: %s\n", verify_status_name(c->status),
		    verify_topic_name(c->topic, VERIFY_ENGLISH), c->subject,
		    c->text);
}

struct verify_result
answer_judge(struct bytes bundle, struct bytes policy, struct buf *lines)
{
	const struct verify_options o = {
	    .policy = policy,
	    .now_us = INT64_C(1800000000000000),
	    .sink = add_line,
	    .arg = lines,
	};
	struct verify_result r;

	verify_bytes(bundle, &o, &r);
	return r;
}
