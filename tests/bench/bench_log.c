/* bench_log.c - the ledger library without a network. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/log.h"
#include "ledger/seal.h"
#include "ledger/store.h"
#include "ledger/vault.h"
#include "proto/clock.h"
#include "proto/crypto.h"
#include "proto/mem.h"
#include "tests/bench/alarms.h"
#include "tests/bench/bench.h"
#include "tests/support/temp.h"

#define BATCH 4096
#define BATCHES 160
#define SLOTS 8
#define SEALERS_MAX 4
#define RECORD_MAX 1024
/* Who seals gives way to who appends, on whom all wait. */
#define SEALER_NICE 5
#define ORIGIN "plant.bench.example/evidence/1"
#define ARENA_MAX ((size_t)16 << 20)

/* One batch, sealed by one thread and appended by another. */
struct sealed_batch {
	uint8_t record[BATCH][RECORD_MAX]; /* what is sealed, each time anew */
	size_t record_len[BATCH];
	struct buf arena;
	struct vault_item item[BATCH];
	struct hash commitment[BATCH];
	uint8_t record_id[BATCH][16];
	uint8_t event_id[BATCH][16];
	bool full;
};

struct log_run {
	struct vault *vault;
	struct sealed_batch slot[SLOTS];
	size_t begun; /* batches that a sealer has taken on */
	size_t stored; /* and those that left their slot again */
	pthread_mutex_t lock;
	pthread_cond_t turn;
};

static void
must(enum err e, const struct err_why *why, const char *doing)
{
	if (e != ERR_OK)
		bench_fail("%s: %s: %s", doing, err_text(e), why->text);
}

static void
make_records(struct sealed_batch *s)
{
	struct alarms alarms;
	char text[2048];

	alarms_init(&alarms, "log");
	for (size_t i = 0; i < BATCH; i++) {
		s->record_len[i] = alarms_pb(&alarms, 0, text);
		if (s->record_len[i] > RECORD_MAX)
			bench_fail("an alarm is over %d bytes", RECORD_MAX);
		memcpy(s->record[i], text, s->record_len[i]);
	}
}

/* What a worker does with one alarm: commit to its fields, encrypt it. */
static void
seal_one(struct log_run *r, struct sealed_batch *s, size_t i)
{
	const struct bytes record = bytes_of(s->record[i], s->record_len[i]);
	uint8_t key[SEAL_KEY_BYTES];
	uint8_t packed[4096];
	char type[] = "record.Alarm";
	Ledger__Opening body = LEDGER__OPENING__INIT;
	Ledger__Sealed sealed = LEDGER__SEALED__INIT;
	int64_t now = clock_wall_us(clock_system());
	struct err_why why = {.text = ""};
	size_t len;
	enum err e;

	crypto_random(key, sizeof(key));
	crypto_uuid7(s->record_id[i], now);
	crypto_uuid7(s->event_id[i], now);
	e = seal_commit(&s->commitment[i], seal_type(type), record, key, &why);
	must(e, &why, "commit to a record");
	body.type = type;
	body.has_schema_version = 1;
	body.schema_version = SEAL_SCHEMA_VERSION;
	body.has_record_key = 1;
	body.record_key = (ProtobufCBinaryData){sizeof(key), key};
	body.has_message = 1;
	body.message = (ProtobufCBinaryData){record.len, s->record[i]};
	sealed.body = &body;
	if (ledger__sealed__get_packed_size(&sealed) > sizeof(packed))
		bench_fail("a sealed alarm is over %zu bytes", sizeof(packed));
	len = ledger__sealed__pack(&sealed, packed);
	e = vault_seal(r->vault, bytes_of(packed, len), 0, now, &s->arena,
	    &s->item[i], &why);
	must(e, &why, "seal");
}

/* The slot is full now, or free again. */
static void
hand_over(struct log_run *r, struct sealed_batch *s, bool full)
{
	(void)pthread_mutex_lock(&r->lock);
	s->full = full;
	r->stored += !full;
	(void)pthread_cond_broadcast(&r->turn);
	(void)pthread_mutex_unlock(&r->lock);
}

static void
wait_full(struct log_run *r, const struct sealed_batch *s)
{
	(void)pthread_mutex_lock(&r->lock);
	while (!s->full)
		(void)pthread_cond_wait(&r->turn, &r->lock);
	(void)pthread_mutex_unlock(&r->lock);
}

/* Which batch this sealer does next, once its slot is free; BATCHES when there
 * is none. */
static size_t
next_batch(struct log_run *r)
{
	size_t n;

	(void)pthread_mutex_lock(&r->lock);
	n = r->begun < BATCHES ? r->begun++ : BATCHES;
	while (n < BATCHES && n >= r->stored + SLOTS)
		(void)pthread_cond_wait(&r->turn, &r->lock);
	(void)pthread_mutex_unlock(&r->lock);
	return n;
}

static void *
sealer(void *arg)
{
	struct log_run *r = arg;

	(void)setpriority(
	    PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + SEALER_NICE);
	for (size_t n = next_batch(r); n < BATCHES; n = next_batch(r)) {
		struct sealed_batch *s = &r->slot[n % SLOTS];

		buf_reset(&s->arena);
		for (size_t i = 0; i < BATCH; i++)
			seal_one(r, s, i);
		hand_over(r, s, true);
	}
	return NULL;
}

/* One group commit; the map may have to grow first, then the batch again. */
static void
append_batch(struct log_book *book, uint16_t slot, struct sealed_batch *s)
{
	struct store *store = log_book_store(book);
	struct store_txn *txn = NULL;
	struct log_place place;
	struct err_why why = {.text = ""};
	enum err e;

	do {
		must(store_write(store, &txn, &why), &why, "begin");
		e = ERR_OK;
		for (size_t i = 0; i < BATCH && e == ERR_OK; i++) {
			struct log_draft d = {.kind = LEDGER__KIND__ALARM,
			    .record_id = s->record_id[i],
			    .event_id = s->event_id[i],
			    .event_seq = 1,
			    .outcome = LEDGER__OUTCOME__APPLIED,
			    .commitment = &s->commitment[i],
			    .sealed = s->item[i]};

			e = log_append(book, txn, slot, &d, &place, &why);
		}
		if (e == ERR_OK)
			e = store_commit(txn, &why);
		else
			store_abort(txn);
		if (e == ERR_BUSY)
			must(store_grow(store, &why), &why, "grow");
	} while (e == ERR_BUSY);
	must(e, &why, "append");
}

/* The log's first entry and its key. */
static uint16_t
open_log(struct log_book *book, const struct crypto_signer *key)
{
	struct log_draft start = {.kind = LEDGER__KIND__LOG_START,
	    .outcome = LEDGER__OUTCOME__APPLIED};
	struct store_txn *txn = NULL;
	struct log_place place;
	struct err_why why = {.text = ""};
	uint16_t slot = 0;

	must(store_write(log_book_store(book), &txn, &why), &why, "begin");
	must(log_slot_add(book, txn, ORIGIN, &slot, &why), &why, "add log");
	log_key(book, slot, key);
	must(log_append(book, txn, slot, &start, &place, &why), &why, "start");
	must(store_commit(txn, &why), &why, "commit");
	return slot;
}

/* A sealer for each processor; who appends mostly waits for the disk. */
static void
append_all(
    struct bench *b, struct log_run *r, struct log_book *book, uint16_t slot)
{
	pthread_t thread[SEALERS_MAX];
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	double start = bench_now();

	n = n < 1 ? 1 : n > SEALERS_MAX ? SEALERS_MAX : n;
	for (long i = 0; i < n; i++)
		if (pthread_create(&thread[i], NULL, sealer, r) != 0)
			bench_fail("no thread");
	for (size_t i = 0; i < BATCHES; i++) {
		wait_full(r, &r->slot[i % SLOTS]);
		append_batch(book, slot, &r->slot[i % SLOTS]);
		hand_over(r, &r->slot[i % SLOTS], false);
	}
	for (long i = 0; i < n; i++)
		(void)pthread_join(thread[i], NULL);
	bench_add(b, "append_600B",
	    (double)BATCH * BATCHES / (bench_now() - start), "/s",
	    "library: committed to, encrypted, appended, signed and durable; "
	    "%d per commit, fsync on, %ld threads seal, one appends, %d "
	    "entries",
	    BATCH, n, BATCH * BATCHES);
}

void
bench_log(struct bench *b)
{
	struct log_run *r = mem_alloc(1, sizeof(*r));
	char dir[TEMP_PATH_BYTES];
	char keys[TEMP_PATH_BYTES];
	struct store *store = NULL;
	struct log_book *book = NULL;
	struct crypto_signer key;
	struct err_why why = {.text = ""};
	uint16_t slot;
	double start;

	temp_path(dir, bench_dir(b), "log");
	temp_path(keys, bench_dir(b), "log-keys");
	crypto_signer_new(&key);
	(void)pthread_mutex_init(&r->lock, NULL);
	(void)pthread_cond_init(&r->turn, NULL);
	for (size_t i = 0; i < SLOTS; i++) {
		make_records(&r->slot[i]);
		buf_init(&r->slot[i].arena, ARENA_MAX);
		if (buf_grow(&r->slot[i].arena, ARENA_MAX) == NULL)
			bench_fail("no arena");
	}
	must(vault_open(&r->vault, keys, &why), &why, "vault");
	must(store_open(&store, dir, STORE_CREATE, &why), &why, "store");
	must(log_book_open(&book, store, r->vault, clock_system(), &why), &why,
	    "book");
	slot = open_log(book, &key);
	buf_reset(&r->slot[0].arena);

	start = bench_now();
	for (size_t i = 0; i < BATCH; i++)
		seal_one(r, &r->slot[0], i);
	bench_add(b, "seal_600B", BATCH / (bench_now() - start), "/s",
	    "commit to the fields of a 600-byte record and encrypt it, one "
	    "core");

	append_all(b, r, book, slot);
	log_book_close(book);
	store_close(store);
	vault_close(r->vault);
	for (size_t i = 0; i < SLOTS; i++)
		buf_clear(&r->slot[i].arena);
	free(r);
}
