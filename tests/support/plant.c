/* plant.c - a node on a temp dir, its clock, its people. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/plant.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/seal.h"
#include "node/config.h"
#include "node/domain/intel.h"
#include "node/domain/row.h"
#include "node/fold_key.h"
#include "node/submit_intel.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

static void
must(enum err e, const char *what, const struct err_why *why)
{
	if (e == ERR_OK)
		return;
	fprintf(stderr, "plant: %s: %s: %s\n", what, err_text(e), why->text);
	abort();
}

static int64_t
boot_of(void *arg)
{
	struct plant *p = arg;

	return p->now + p->booted;
}

static int64_t
wall_of(void *arg)
{
	struct plant *p = arg;

	return p->now + p->wrong;
}

static void
quality_of(void *arg, bool *synchronised, uint32_t *error_ms)
{
	*synchronised = ((struct plant *)arg)->synchronised;
	*error_ms = 1;
}

static void
begin(struct plant *p, const char *name, int64_t now, struct bytes config,
    const struct site_peers *peers)
{
	struct site_setup setup = {
	    .dir = p->dir, .name = name, .role = SITE_PLANT, .config = config};
	struct err_why why = {.text = ""};

	p->now = now;
	p->wrong = 0;
	p->booted = 0;
	p->synchronised = false;
	p->clock = (struct clock){p, wall_of, boot_of, quality_of};
	setup.clock = &p->clock;
	must(site_init(&setup, &why), "init", &why);
	must(site_open(&p->site, p->dir, &p->clock, &why), "open", &why);
	if (peers != NULL)
		p->site->peers = *peers;
	must(site_start(p->site, &why), "start", &why);
}

void
plant_begin_among(
    struct plant *p, const char *name, const struct site_peers *peers)
{
	temp_make(p->dir);
	begin(p, name, PLANT_START, bytes_of(NULL, 0), peers);
}

void
plant_begin_at(struct plant *p, const char *dir, const char *name, int64_t now)
{
	char config[256];

	(void)snprintf(config, sizeof config,
	    "name: %s\nrole: PLANT\ncompany: %s\nhttp: %s\nfederation: %s\n",
	    name, name, CONFIG_HTTP, CONFIG_FEDERATION);
	(void)snprintf(p->dir, sizeof p->dir, "%s", dir);
	begin(p, name, now, bytes_str(config), NULL);
}

void
plant_close(struct plant *p)
{
	site_close(p->site);
}

void
plant_begin(struct plant *p, const char *name)
{
	plant_begin_among(p, name, NULL);
}

void
plant_end(struct plant *p)
{
	plant_close(p);
	temp_remove(p->dir);
}

void
plant_restart(struct plant *p)
{
	struct err_why why = {.text = ""};

	site_close(p->site);
	must(site_open(&p->site, p->dir, &p->clock, &why), "reopen", &why);
	must(site_start(p->site, &why), "start", &why);
}

void
plant_turn(struct plant *p, int64_t us)
{
	p->now += us;
}

struct submit_to
plant_to(struct plant *p, struct submit_wait *w)
{
	return (struct submit_to){
	    .site = p->site, .done = submit_wait_done, .arg = w};
}

struct submit_result *
plant_alarms(struct plant *p, Record__Alarm *const *alarms, size_t n)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(p, w);

	submit_alarms(&to, alarms, n);
	return submit_wait_for(w);
}

struct submit_result *
plant_event(struct plant *p, Ledger__Kind kind, const char *record_id,
    const Api__EventPost *post)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(p, w);

	submit_event(&to, kind, record_id, post);
	return submit_wait_for(w);
}

void
plant_enrol(struct plant *p, struct plant_person *out, const char *name,
    const char *role)
{
	Api__EventPost post = API__EVENT_POST__INIT;
	Record__Actor a = RECORD__ACTOR__INIT;
	char name_copy[64];
	char role_copy[64];
	char *roles[1] = {role_copy};
	struct submit_result *r;

	(void)snprintf(name_copy, sizeof name_copy, "%s", name);
	(void)snprintf(role_copy, sizeof role_copy, "%s", role);
	crypto_signer_new(&out->key);
	out->alg_key[0] = CRYPTO_ALG_ED25519;
	memcpy(out->alg_key + 1, out->key.pub, CRYPTO_PUB_BYTES);
	a.has_action = true;
	a.action = RECORD__ACTOR__ACTION__ENROL;
	a.name = name_copy;
	a.roles = roles;
	a.n_roles = 1;
	a.has_key = true;
	a.key = (ProtobufCBinaryData){sizeof out->alg_key, out->alg_key};
	post.actor = &a;
	r = plant_event(p, LEDGER__KIND__ACTOR, NULL, &post);
	must(r->error, "enrol", &r->why);
	submit_result_free(r);
}

void
plant_post(struct plant *p, const struct plant_sign *s, struct plant_post *out)
{
	struct seal_event ev = {.node_name = p->site->name};
	Api__SignedEvent *sig = &out->sig;
	uint8_t ids[2][16];
	struct hash commitment;
	struct err_why why = {.text = ""};
	struct buf text;

	api__event_post__init(&out->post);
	api__signed_event__init(sig);
	buf_init(&out->msg, 65536);
	buf_init(&text, 65536);
	slice_pack(&out->msg, s->msg);
	crypto_random(out->key, sizeof out->key);
	crypto_uuid7(ids[0], p->now);
	crypto_uuid7(ids[1], p->now);
	if (s->record[0] == '\0')
		text_uuid_put(s->record, ids[0]);
	must(text_uuid_get(ids[0], bytes_str(s->record), &why), "id", &why);
	text_uuid_put(out->event, ids[1]);
	must(seal_commit(&commitment, s->msg->descriptor, buf_view(&out->msg),
	         out->key, &why),
	    "commit", &why);
	ev.kind = (uint16_t)s->kind;
	ev.record_id = ids[0];
	ev.event_id = ids[1];
	ev.occurred_us = s->occurred_us;
	ev.based_on_seq = s->based_on;
	ev.commitment = &commitment;
	seal_event_put(&text, &ev);
	out->signature[0] = CRYPTO_ALG_ED25519;
	crypto_signer_sign(&s->who->key, buf_view(&text), out->signature + 1);
	tree_leaf(&out->leaf, buf_view(&text));
	buf_clear(&text);
	memcpy(out->public, s->who->alg_key, sizeof out->public);
	sig->has_message = sig->has_record_key = sig->has_occurred_at = true;
	sig->has_based_on_seq = sig->has_key = sig->has_signature = true;
	sig->message = (ProtobufCBinaryData){out->msg.len, out->msg.ptr};
	sig->record_key = (ProtobufCBinaryData){sizeof out->key, out->key};
	sig->occurred_at = s->occurred_us;
	sig->based_on_seq = s->based_on;
	sig->key = (ProtobufCBinaryData){sizeof out->public, out->public};
	sig->signature =
	    (ProtobufCBinaryData){CRYPTO_ALG_SIG_BYTES, out->signature};
	out->post.record_id = s->record;
	out->post.event_id = out->event;
	out->post.signed_ = sig;
}

void
plant_batch(const struct plant_person *who, struct plant_post *posts, size_t n)
{
	struct hash *leaves = mem_alloc(n, sizeof *leaves);
	struct signature_batch b;
	struct buf sig;

	for (size_t i = 0; i < n; i++)
		leaves[i] = posts[i].leaf;
	signature_batch_sign(&b, &who->key, leaves, n);
	for (size_t i = 0; i < n; i++) {
		buf_init(&sig, sizeof posts[i].signature);
		signature_batch_put(&sig, &b, i);
		memcpy(posts[i].signature, sig.ptr, sig.len);
		posts[i].sig.signature.len = sig.len;
		buf_clear(&sig);
	}
	signature_batch_clear(&b);
	free(leaves);
}

struct submit_result *
plant_signed(struct plant *p, const struct plant_sign *s, const char *path_id)
{
	struct plant_post made;
	struct submit_result *r;

	plant_post(p, s, &made);
	if (s->kind == LEDGER__KIND__INTEL) {
		struct submit_wait *w = submit_wait_new();
		struct submit_to to = plant_to(p, w);

		if (path_id != NULL &&
		    ((const Record__Intel *)s->msg)->action ==
		        RECORD__INTEL__ACTION__WITHDRAW)
			submit_intel_withdraw(&to, path_id, &made.post);
		else if (path_id != NULL)
			submit_intel_approve(&to, path_id, &made.post);
		else
			submit_intel_draft(&to, &made.post);
		r = submit_wait_for(w);
	} else if (s->kind == LEDGER__KIND__ALARM && path_id == NULL) {
		Api__EventPost *list[] = {&made.post};
		struct submit_wait *w = submit_wait_new();
		struct submit_to to = plant_to(p, w);

		submit_signed(&to, list, 1);
		r = submit_wait_for(w);
	} else {
		r = plant_event(p, s->kind, path_id, &made.post);
	}
	buf_clear(&made.msg);
	return r;
}

struct submit_result *
plant_approve(struct plant *p, const struct plant_person *who, char *intel_id,
    const Record__Intel *yes)
{
	Api__RecordView *v = plant_get(p, LEDGER__KIND__INTEL, intel_id);
	Record__Intel signed_for = *yes;
	struct hash digest = {{0}};
	struct plant_sign sign = {
	    .who = who,
	    .kind = LEDGER__KIND__INTEL,
	    .record = intel_id,
	    .based_on = 2,
	    .msg = &signed_for.base,
	    .occurred_us = p->now,
	};

	for (size_t i = 0; i < v->n_events; i++) {
		if (v->events[i]->event_seq == 2 && v->events[i]->intel != NULL)
			intel_digest(v->events[i]->intel, &digest);
	}
	api__record_view__free_unpacked(v, NULL);
	if (!yes->has_text_digest) {
		signed_for.has_text_digest = true;
		signed_for.text_digest =
		    (ProtobufCBinaryData){sizeof digest.b, digest.b};
	}
	return plant_signed(p, &sign, intel_id);
}

void
plant_damage(struct plant *p, const char *record_id)
{
	struct site_db *db = &p->site->own;
	struct err_why why = {.text = ""};
	struct store_txn *txn = NULL;
	struct fold_key k;
	uint8_t raw[16];

	must(text_uuid_get(raw, bytes_str(record_id), &why), "id", &why);
	k = fold_key_record(p->site->evidence, raw, 0);
	must(store_write(db->store, &txn, &why), "write", &why);
	must(store_put(txn, db->tables.record, fold_key_view(&k),
	         bytes_of("", 1), &why),
	    "put", &why);
	must(store_commit(txn, &why), "commit", &why);
}

void
plant_clear(struct plant *p, const char *alarm_id)
{
	Record__Alarm m = RECORD__ALARM__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;

	m.has_action = true;
	m.action = RECORD__ALARM__ACTION__CLEAR;
	post.alarm = &m;
	r = plant_event(p, LEDGER__KIND__ALARM, alarm_id, &post);
	must(r->error, "clear", &r->why);
	submit_result_free(r);
}

Api__RecordView *
plant_get(struct plant *p, Ledger__Kind kind, const char *record_id)
{
	struct query_key key = {.kind = kind, .record_id = record_id};
	struct query_scope scope = {.proof = false};
	Api__RecordView *m = NULL;
	struct err_why why = {.text = ""};

	must(query_get(p->site, &key, &scope, &m, &why), "get", &why);
	return m;
}
