/* folded.c - a site whose logs and replicas a test writes itself. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/folded.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/log_read.h"
#include "node/fold_key.h"
#include "node/site_logs.h"
#include "proto/text.h"

static void
must(enum err e, const struct err_why *why)
{
	if (e == ERR_OK)
		return;
	fprintf(stderr, "folded: %s: %s\n", err_name(e), why->text);
	abort();
}

static int64_t
now(void *arg)
{
	return ((struct folded *)arg)->now_us;
}

void
folded_begin(struct folded *f, struct site_db *db, struct commit_ctx *ctx)
{
	struct err_why why = {.text = ""};

	*ctx = (struct commit_ctx){.site = f->site, .now_us = f->now_us};
	must(store_write(db->store, &ctx->txn, &why), &why);
	ctx->fold = (struct fold){
	    .txn = ctx->txn,
	    .t = &db->tables,
	    .book = db->book,
	    .mac = &f->site->index_mac,
	};
}

void
folded_commit(struct commit_ctx *ctx)
{
	struct err_why why = {.text = ""};

	must(store_commit(ctx->txn, &why), &why);
}

struct log_place
folded_put(struct folded *f, struct site_db *db, struct commit_ctx *ctx,
    const struct draft_spec *spec)
{
	struct err_why why = {.text = ""};
	struct draft d;
	struct log_place place;

	must(draft_make(&d, spec, NULL, f->now_us, &why), &why);
	must(log_append(
	         db->book, ctx->txn, spec->slot, &d.event.draft, &place, &why),
	    &why);
	must(fold_range(&ctx->fold, spec->slot, place.index, 1, &why), &why);
	draft_clear(&d);
	return place;
}

struct log_place
folded_put_one(
    struct folded *f, struct site_db *db, const struct draft_spec *spec)
{
	struct commit_ctx ctx;
	struct log_place place;

	folded_begin(f, db, &ctx);
	place = folded_put(f, db, &ctx, spec);
	folded_commit(&ctx);
	return place;
}

void
folded_replica(struct folded *f, const char *origin, uint16_t *slot)
{
	Record__LogStart body = RECORD__LOG_START__INIT;
	struct draft_spec spec = {
	    .kind = LEDGER__KIND__LOG_START,
	    .body = &body.base,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	struct site_db *db = &f->site->replica;
	struct err_why why = {.text = ""};
	struct commit_ctx ctx;

	body.reason = folded_text("test");
	folded_begin(f, db, &ctx);
	must(log_slot_add(db->book, ctx.txn, origin, slot, &why), &why);
	log_key(db->book, *slot, &f->key);
	spec.slot = *slot;
	(void)folded_put(f, db, &ctx, &spec);
	folded_commit(&ctx);
}

void
folded_new(struct folded *f)
{
	struct err_why why = {.text = ""};

	crypto_start();
	memset(f, 0, sizeof *f);
	f->now_us = FOLDED_T0;
	f->clock = (struct clock){f, now, now, NULL};
	temp_make(f->folder);
	temp_path(f->dir, f->folder, "node");
	const struct site_setup setup = {
	    .clock = &f->clock,
	    .dir = f->dir,
	    .name = FOLDED_NAME,
	    .role = SITE_PLANT,
	};
	must(site_init(&setup, &why), &why);
	must(site_open(&f->site, f->dir, &f->clock, &why), &why);
	/* No committer here: the entries are signed by the test. */
	for (int k = 0; k < SITE_LOGS; k++)
		must(site_logs_arm(f->site, (enum site_kind)k, &why), &why);
	crypto_signer_new(&f->key);
	folded_replica(f, FOLDED_OTHER "/evidence/1", &f->other_evidence);
	folded_replica(f, FOLDED_OTHER "/alliance/1", &f->other_alliance);
}

void
folded_end(struct folded *f)
{
	site_close(f->site);
	temp_remove(f->folder);
}

char *
folded_text(const char *s)
{
	union {
		const char *in;
		char *out;
	} u = {.in = s};

	return u.out;
}

void
folded_id(uint8_t out[static 16], unsigned n)
{
	memset(out, 0, 16);
	out[6] = 0x70;
	out[8] = 0x80;
	out[14] = (uint8_t)(n >> 8);
	out[15] = (uint8_t)n;
}

struct draft_spec
folded_spec(const struct folded *f, const uint8_t *id, Ledger__Kind kind,
    uint32_t seq, const ProtobufCMessage *body)
{
	return (struct draft_spec){
	    .slot = f->site->evidence,
	    .kind = kind,
	    .body = body,
	    .record_id = id,
	    .event_seq = seq,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
}

Record__Alarm
folded_alarm(const struct folded *f, const char *area, uint32_t level)
{
	Record__Alarm m = RECORD__ALARM__INIT;

	m.has_action = true;
	m.action = RECORD__ALARM__ACTION__RAISE;
	m.source = folded_text("gds-01");
	m.has_occurred_at = true;
	m.occurred_at = f->now_us;
	m.has_level = true;
	m.level = level;
	m.kind = folded_text("gas");
	m.area = folded_text(area);
	m.title = folded_text("LEL");
	return m;
}

struct log_place
folded_raise(struct folded *f, unsigned n, const char *area, uint32_t level)
{
	Record__Alarm m = folded_alarm(f, area, level);
	struct draft_spec spec;
	uint8_t id[16];

	folded_id(id, n);
	spec = folded_spec(f, id, LEDGER__KIND__ALARM, 1, &m.base);
	return folded_put_one(f, &f->site->own, &spec);
}

struct log_place
folded_clear(struct folded *f, unsigned n, uint32_t seq)
{
	Record__Alarm m = RECORD__ALARM__INIT;
	struct draft_spec spec;
	uint8_t id[16];

	folded_id(id, n);
	m.has_action = true;
	m.action = RECORD__ALARM__ACTION__CLEAR;
	m.has_occurred_at = true;
	m.occurred_at = f->now_us;
	spec = folded_spec(f, id, LEDGER__KIND__ALARM, seq, &m.base);
	return folded_put_one(f, &f->site->own, &spec);
}

void
folded_raise_many(struct folded *f, struct site_db *db, uint16_t slot,
    unsigned from, unsigned n)
{
	struct commit_ctx ctx;

	folded_begin(f, db, &ctx);
	for (unsigned i = from; i < from + n; i++) {
		Record__Alarm m = folded_alarm(f, "tank-farm-2", 2);
		struct draft_spec spec;
		uint8_t id[16];

		folded_id(id, i);
		spec = folded_spec(f, id, LEDGER__KIND__ALARM, 1, &m.base);
		spec.slot = slot;
		(void)folded_put(f, db, &ctx, &spec);
	}
	folded_commit(&ctx);
}

void
folded_certificate(struct folded *f, unsigned n)
{
	Record__Certificate issue = RECORD__CERTIFICATE__INIT;
	Record__Certificate publish = RECORD__CERTIFICATE__INIT;
	struct draft_spec spec;
	uint8_t secret[32];
	uint8_t id[16];

	folded_id(id, n);
	issue.has_action = true;
	issue.action = RECORD__CERTIFICATE__ACTION__ISSUE;
	issue.holder = folded_text("W-17");
	issue.class_ = folded_text("welding");
	issue.has_valid_from_at = true;
	issue.valid_from_at = FOLDED_T0;
	issue.has_valid_to_at = true;
	issue.valid_to_at = FOLDED_T0 + 10 * FOLDED_MINUTE;
	spec = folded_spec(f, id, LEDGER__KIND__CERTIFICATE, 1, &issue.base);
	(void)folded_put_one(f, &f->site->own, &spec);
	memset(secret, 0xa5, sizeof secret);
	publish.has_action = true;
	publish.action = RECORD__CERTIFICATE__ACTION__PUBLISH;
	publish.credential_id = folded_text(FOLDED_CREDENTIAL);
	publish.has_holder_secret = true;
	publish.holder_secret = (ProtobufCBinaryData){sizeof secret, secret};
	spec = folded_spec(f, id, LEDGER__KIND__CERTIFICATE, 2, &publish.base);
	(void)folded_put_one(f, &f->site->own, &spec);
}

Api__RecordView *
folded_get(struct folded *f, Ledger__Kind kind, unsigned n,
    const struct query_scope *scope)
{
	char id[TEXT_UUID_CHARS + 1];
	uint8_t raw[16];
	const struct query_key key = {kind, id, NULL};
	struct err_why why = {.text = ""};
	Api__RecordView *v = NULL;
	enum err e;

	folded_id(raw, n);
	text_uuid_put(id, raw);
	e = query_get(f->site, &key, scope, &v, &why);
	if (e != ERR_NOT_FOUND)
		must(e, &why);
	return v;
}

bool
folded_can_get(struct folded *f, Ledger__Kind kind, unsigned n,
    const struct query_scope *scope)
{
	Api__RecordView *v = folded_get(f, kind, n, scope);

	if (v == NULL)
		return false;
	api__record_view__free_unpacked(v, NULL);
	return true;
}

void
folded_damage(struct folded *f, unsigned n)
{
	struct site_db *db = &f->site->own;
	struct store_txn *txn = NULL;
	struct fold_key k;
	uint8_t id[16];

	folded_id(id, n);
	k = fold_key_record(f->site->evidence, id, 0);
	if (store_write(db->store, &txn, NULL) != ERR_OK ||
	    store_put(txn, db->tables.record, fold_key_view(&k),
	        bytes_of("", 1), NULL) != ERR_OK ||
	    store_commit(txn, NULL) != ERR_OK)
		abort();
}

void
folded_only_stored(
    struct folded *f, uint64_t index, uint32_t *fields, size_t len)
{
	char origin[NOTE_NAME_MAX + 1];
	struct store_txn *txn = NULL;
	Record__Retention m = RECORD__RETENTION__INIT;
	struct err_why why = {.text = ""};
	struct draft_spec spec;
	uint8_t id[16];

	must(store_read(f->site->own.store, &txn, &why), &why);
	must(
	    log_origin(f->site->own.book, txn, f->site->evidence, origin, &why),
	    &why);
	store_abort(txn);
	folded_id(id, 90);
	m.has_action = true;
	m.action = RECORD__RETENTION__ACTION__DEFER;
	m.origin = origin;
	m.index = &index;
	m.n_index = 1;
	m.fields = m.hidden = fields;
	m.n_fields = m.n_hidden = len;
	spec = folded_spec(f, id, LEDGER__KIND__RETENTION, 1, &m.base);
	(void)folded_put_one(f, &f->site->own, &spec);
}
