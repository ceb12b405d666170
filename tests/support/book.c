/* book.c - a store, a vault and a log to write into, on a clock we turn. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/book.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/audit.h"
#include "ledger/log_erase.h"
#include "ledger/log_read.h"
#include "ledger/seal.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "record.pb-c.h"

static struct err_why book_why;

static void
must_at(enum err e, int line)
{
	if (e == ERR_OK)
		return;
	fprintf(
	    stderr, "book.c:%d: %s: %s\n", line, err_name(e), book_why.text);
	abort();
}
#define must(e) must_at(e, __LINE__)

static int64_t
wall(void *arg)
{
	struct book *b = arg;

	return b->wall_us;
}

static int64_t
boot(void *arg)
{
	struct book *b = arg;

	return b->boot_us;
}

static void
open_all(struct book *b)
{
	char path[TEMP_PATH_BYTES];

	temp_path(path, b->dir, "db");
	must(store_open(&b->store, path, STORE_CREATE, &book_why));
	temp_path(path, b->dir, "vault");
	must(vault_open(&b->vault, path, &book_why));
	must(log_book_open(&b->log, b->store, b->vault, &b->clock, &book_why));
}

void
book_new(struct book *b, bool replica)
{
	static const uint8_t seed[CRYPTO_SEED_BYTES] = {7};
	struct log_draft start = {.kind = LEDGER__KIND__LOG_START};
	struct store_txn *txn;
	struct log_place place;

	crypto_start();
	memset(b, 0, sizeof(*b));
	b->replica = replica;
	temp_make(b->dir);
	b->clock = (struct clock){b, wall, boot, NULL};
	b->wall_us = INT64_C(1790000000000000);
	b->boot_us = INT64_C(1000000);
	crypto_signer_seed(&b->key, seed);
	must(note_vkey_make(
	    &b->vkey, BOOK_ORIGIN, NOTE_TYPE_ED25519, b->key.pub, &book_why));
	open_all(b);
	must(store_write(b->store, &txn, &book_why));
	must(log_slot_add(b->log, txn, BOOK_ORIGIN, &b->slot, &book_why));
	if (!replica) {
		log_key(b->log, b->slot, &b->key);
		must(log_append(
		    b->log, txn, b->slot, &start, &place, &book_why));
	}
	must(store_commit(txn, &book_why));
}

void
book_close(struct book *b)
{
	log_book_close(b->log);
	store_close(b->store);
	vault_close(b->vault);
	b->log = NULL;
	b->store = NULL;
	b->vault = NULL;
}

void
book_open(struct book *b)
{
	open_all(b);
	if (!b->replica)
		log_key(b->log, b->slot, &b->key);
}

void
book_reopen(struct book *b)
{
	book_close(b);
	book_open(b);
}

void
book_end(struct book *b)
{
	book_close(b);
	temp_remove(b->dir);
}

static void
seal(const ProtobufCMessage *body, char *type, struct buf *packed,
    struct hash *c)
{
	Ledger__Opening opening = LEDGER__OPENING__INIT;
	Ledger__Sealed sealed = LEDGER__SEALED__INIT;
	uint8_t key[SEAL_KEY_BYTES];
	struct buf message;
	uint8_t *p;

	buf_init(&message, SEAL_MESSAGE_MAX);
	slice_pack(&message, body);
	crypto_random(key, sizeof(key));
	must(seal_commit(
	    c, seal_type(type), buf_view(&message), key, &book_why));
	opening.type = type;
	opening.has_schema_version = true;
	opening.schema_version = SEAL_SCHEMA_VERSION;
	opening.has_record_key = true;
	opening.record_key.data = key;
	opening.record_key.len = sizeof(key);
	opening.has_message = true;
	opening.message.data = message.ptr;
	opening.message.len = message.len;
	sealed.body = &opening;
	p = buf_grow(packed, ledger__sealed__get_packed_size(&sealed));
	if (p == NULL)
		abort();
	(void)ledger__sealed__pack(&sealed, p);
	buf_clear(&message);
}

void
book_seal(const char *title, struct buf *packed, struct hash *c)
{
	Record__Alarm alarm = RECORD__ALARM__INIT;
	char type[] = "record.Alarm";
	char *text = mem_strdup(title);

	alarm.title = text;
	alarm.has_level = true;
	alarm.level = 2;
	seal(&alarm.base, type, packed, c);
	free(text);
}

void
book_say_erased(
    struct book *b, struct store_txn *txn, uint64_t index, uint32_t field)
{
	Record__Erasure body = RECORD__ERASURE__INIT;
	char type[] = "record.Erasure";
	char *origin = mem_strdup(BOOK_ORIGIN);
	struct log_draft d = {
	    .kind = LEDGER__KIND__ERASURE,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	struct log_place place;
	struct hash commitment;
	struct buf packed;

	body.origin = origin;
	body.has_index = true;
	body.index = index;
	body.fields = &field;
	body.n_fields = field != 0;
	buf_init(&packed, LOG_SEALED_MAX);
	seal(&body.base, type, &packed, &commitment);
	d.commitment = &commitment;
	d.plain = buf_view(&packed);
	must(log_append(b->log, txn, b->slot, &d, &place, &book_why));
	buf_clear(&packed);
	free(origin);
}

void
book_erase(struct book *b, uint64_t index)
{
	const struct log_erasure what = {.slot = b->slot, .index = index};
	struct store_txn *txn;

	must(store_write(b->store, &txn, &book_why));
	book_say_erased(b, txn, index, 0);
	must(log_erase(b->log, txn, &what, 1, &book_why));
	must(store_commit(txn, &book_why));
	must(log_erase_done(b->log, &book_why));
}

struct log_place
book_alarm(struct book *b, struct store_txn *txn, unsigned n)
{
	struct log_draft d = {
	    .kind = LEDGER__KIND__ALARM,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	struct log_place place;
	struct hash commitment;
	struct buf packed;
	struct buf arena;
	uint8_t id[16];
	char title[32];

	(void)snprintf(title, sizeof(title), "alarm %u", n);
	buf_init(&packed, LOG_SEALED_MAX);
	buf_init(&arena, LOG_SEALED_MAX + 1024);
	book_seal(title, &packed, &commitment);
	crypto_uuid7(id, b->wall_us);
	d.record_id = id;
	d.event_id = id;
	d.commitment = &commitment;
	must(vault_seal(b->vault, buf_view(&packed), 64, b->wall_us, &arena,
	    &d.sealed, &book_why));
	b->wall_us += 1000;
	b->boot_us += 1000;
	must(log_append(b->log, txn, b->slot, &d, &place, &book_why));
	buf_clear(&packed);
	buf_clear(&arena);
	return place;
}

void
book_fill(struct book *b, unsigned n)
{
	struct store_txn *txn;

	must(store_write(b->store, &txn, &book_why));
	for (unsigned i = 0; i < n; i++)
		(void)book_alarm(b, txn, i);
	must(store_commit(txn, &book_why));
}

uint64_t
book_size(struct book *b)
{
	struct log_state state;
	struct store_txn *txn;

	must(store_read(b->store, &txn, &book_why));
	must(log_state(b->log, txn, b->slot, &state, &book_why));
	store_abort(txn);
	return state.frontier.size;
}

void
book_pack(struct book *b, struct book_parcel *out, uint64_t from, size_t n,
    bool bodies)
{
	struct store_txn *txn;
	struct log_nodes nodes = {.book = b->log, .slot = b->slot};

	memset(out, 0, sizeof(*out));
	buf_init(&out->note, NOTE_BYTES_MAX);
	buf_init(&out->bytes, 64u << 20);
	out->items = mem_alloc(n + 1, sizeof(*out->items));
	must(store_read(b->store, &txn, &book_why));
	nodes.txn = txn;
	must(log_checkpoint(
	    b->log, txn, b->slot, 0, &out->note, &out->head, &book_why));
	/* Reserved at once, so that views into it stay. */
	if (buf_grow(&out->bytes, n * 2048 + 1) == NULL)
		abort();
	buf_reset(&out->bytes);
	for (size_t i = 0; i < n; i++) {
		struct log_item *item = &out->items[i];
		size_t at = out->bytes.len;
		struct bytes leaf;
		enum err e;

		must(log_entry(
		    b->log, txn, b->slot, from + i, &leaf, &book_why));
		buf_bytes(&out->bytes, leaf);
		item->leaf = bytes_of(out->bytes.ptr + at, leaf.len);
		if (!bodies)
			continue;
		at = out->bytes.len;
		e = log_sealed_bytes(
		    b->log, txn, b->slot, from + i, &out->bytes, &book_why);
		if (e != ERR_NOT_FOUND)
			must(e);
		item->sealed =
		    bytes_of(out->bytes.ptr + at, out->bytes.len - at);
	}
	must(tree_extend(&out->proof, from + n, out->head.head.size, log_node,
	    &nodes, &book_why));
	store_abort(txn);
	out->x = (struct log_extension){
	    .from = from,
	    .items = out->items,
	    .len = n,
	    .note = buf_view(&out->note),
	    .head = &out->head,
	    .proof = &out->proof,
	};
}

void
book_parcel_clear(struct book_parcel *p)
{
	free(p->items);
	buf_clear(&p->bytes);
	buf_clear(&p->note);
}

enum err
book_extend(struct book *b, const struct log_extension *x, struct err_why *why)
{
	struct store_txn *txn;
	enum err e;

	must(store_write(b->store, &txn, &book_why));
	e = log_extend(b->log, txn, b->slot, x, why);
	if (e != ERR_OK) {
		store_abort(txn);
		return e;
	}
	return store_commit(txn, why);
}

enum err
book_audit(struct book *b, struct err_why *why)
{
	struct audit_plan plan = {.slot = b->slot, .key = &b->vkey};
	struct audit_counts counts;
	struct store_txn *txn;
	enum err e;

	must(store_read(b->store, &txn, &book_why));
	e = audit_log(b->log, txn, &plan, &counts, why);
	store_abort(txn);
	return e;
}
