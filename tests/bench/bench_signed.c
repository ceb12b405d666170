/* bench_signed.c - alarms that their sources signed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_signed.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api.pb-c.h"
#include "ledger/note.h"
#include "ledger/seal.h"
#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"
#include "tests/bench/alarms.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_node.h"
#include "tests/bench/load.h"

#define SOURCES 64
#define SINGLES 24000 /* signed before they are sent */
#define ARRAYS 180
#define ARRAY 1000
#define ITEM_MAX 2048
#define NODE "signed.bench.example"
#define ROUNDS 3
#define ROUND_SECONDS 1.0
#define PART 0.8 /* of the processors' verification rate */
#define THREADS_MAX 64

struct signed_run {
	struct bench_node node;
	char *token;
	struct alarms alarms;
	struct crypto_signer key[SOURCES];
	struct buf items; /* as fields of api.SignedAlarmList */
	size_t *end; /* of each item */
	size_t len;
	size_t next;
	size_t each; /* items of one request */
};

/* One more signed alarm behind the others. */
static void
add_item(struct signed_run *r, unsigned source)
{
	Api__EventPost post = API__EVENT_POST__INIT;
	Api__SignedEvent sig = API__SIGNED_EVENT__INIT;
	struct seal_event ev = {.node_name = NODE, .kind = LEDGER__KIND__ALARM};
	uint8_t ids[2][16];
	char text[2][TEXT_UUID_CHARS + 1];
	uint8_t record_key[SEAL_KEY_BYTES];
	uint8_t key[CRYPTO_ALG_PUB_BYTES] = {CRYPTO_ALG_ED25519};
	uint8_t signature[CRYPTO_ALG_SIG_BYTES] = {CRYPTO_ALG_ED25519};
	uint8_t message[ITEM_MAX];
	uint8_t packed[ITEM_MAX];
	struct hash commitment;
	struct err_why why = {.text = ""};
	ProtobufCMessage *m = NULL;
	struct buf said;

	size_t len = alarms_pb(&r->alarms, source, (char *)message);
	if (slice_unpack(&m, &record__alarm__descriptor, bytes_of(message, len),
	        &why) != ERR_OK)
		bench_fail("alarm: %s", why.text);
	ev.occurred_us = ((const Record__Alarm *)(const void *)m)->occurred_at;
	slice_free(m);
	crypto_random(record_key, sizeof(record_key));
	for (int i = 0; i < 2; i++) {
		crypto_uuid7(ids[i], ev.occurred_us);
		text_uuid_put(text[i], ids[i]);
	}
	if (seal_commit(&commitment, &record__alarm__descriptor,
	        bytes_of(message, len), record_key, &why) != ERR_OK)
		bench_fail("commitment: %s", why.text);
	ev.record_id = ids[0];
	ev.event_id = ids[1];
	ev.commitment = &commitment;
	buf_init(&said, 1024);
	seal_event_put(&said, &ev);
	crypto_signer_sign(&r->key[source], buf_view(&said), signature + 1);
	buf_clear(&said);
	memcpy(key + 1, r->key[source].pub, CRYPTO_PUB_BYTES);
	sig.has_message = sig.has_record_key = sig.has_occurred_at = 1;
	sig.has_based_on_seq = sig.has_key = sig.has_signature = 1;
	sig.message = (ProtobufCBinaryData){len, message};
	sig.record_key = (ProtobufCBinaryData){sizeof(record_key), record_key};
	sig.occurred_at = ev.occurred_us;
	sig.key = (ProtobufCBinaryData){sizeof(key), key};
	sig.signature = (ProtobufCBinaryData){sizeof(signature), signature};
	post.record_id = text[0];
	post.event_id = text[1];
	post.signed_ = &sig;
	len = api__event_post__pack(&post, packed);
	/* Field 1 of the list; an item has 128 to 16383 bytes. */
	buf_u8(&r->items, 0x0a);
	buf_u8(&r->items, (uint8_t)(0x80 | (len & 0x7f)));
	buf_u8(&r->items, (uint8_t)(len >> 7));
	buf_put(&r->items, packed, len);
	r->end[r->len++] = r->items.len;
}

static size_t
next_signed(void *arg, unsigned connection, char *out)
{
	struct signed_run *r = arg;

	(void)connection;
	if (r->next + r->each > r->len)
		bench_fail("all signed alarms were sent");
	size_t from = r->next > 0 ? r->end[r->next - 1] : 0;
	r->next += r->each;
	size_t len = r->end[r->next - 1] - from;
	int n = snprintf(out, 1024,
	    "POST /v1/alarms/signed HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	    "Authorization: Bearer %s\r\n"
	    "Content-Type: application/x-protobuf\r\n"
	    "Content-Length: %zu\r\n\r\n",
	    r->token, len);

	memcpy(out + n, r->items.ptr + from, len);
	return (size_t)n + len;
}

/* ---- the machine's own rate ---- */

struct checker {
	pthread_t thread;
	struct crypto_signer key;
	double until;
	uint64_t checked;
};

static void *
check(void *arg)
{
	struct checker *c = arg;
	uint8_t text[160] = {0};
	uint8_t sig[CRYPTO_SIG_BYTES];
	struct bytes msg = bytes_of(text, sizeof(text));

	crypto_signer_new(&c->key);
	crypto_signer_sign(&c->key, msg, sig);
	for (; bench_now() < c->until; c->checked++)
		if (crypto_check(c->key.pub, msg, sig) != ERR_OK)
			bench_fail("a signature does not verify");
	return NULL;
}

static double
verify_rate(void)
{
	static struct checker all[THREADS_MAX];
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	double start = bench_now();
	uint64_t sum = 0;

	n = n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : n;
	for (long i = 0; i < n; i++) {
		all[i] = (struct checker){.until = start + ROUND_SECONDS};
		if (pthread_create(&all[i].thread, NULL, check, &all[i]) != 0)
			bench_fail("cannot start a thread");
	}
	for (long i = 0; i < n; i++) {
		(void)pthread_join(all[i].thread, NULL);
		sum += all[i].checked;
	}
	return (double)sum / (bench_now() - start);
}

/* ---- runs ---- */

static void
enrol(struct signed_run *r, unsigned source)
{
	char name[48];
	struct note_vkey vkey;
	struct err_why why = {.text = ""};
	struct buf text;

	crypto_signer_new(&r->key[source]);
	(void)snprintf(name, sizeof(name), "bench-%02u", source);
	if (note_vkey_make(&vkey, name, NOTE_TYPE_ED25519, r->key[source].pub,
	        &why) != ERR_OK)
		bench_fail("vkey: %s", why.text);
	buf_init(&text, 1024);
	note_vkey_put(&text, &vkey);
	const char *const args[] = {
	    "source", "add", name, "--vkey", buf_cstr(&text), NULL};
	free(bench_node_cli(&r->node, args));
	buf_clear(&text);
}

/* Rounds of verification alone and of the node in turn. */
static void
rounds(
    struct bench *b, struct signed_run *r, const char *name, unsigned clients)
{
	struct load_plan plan = {.port = r->node.port,
	    .connections = clients,
	    .want_status = 201,
	    .next = next_signed,
	    .arg = r};
	double rate[ROUNDS];
	double ratio[ROUNDS];
	double bound[ROUNDS];
	double p99 = 0;
	size_t total = r->each == 1 ? SINGLES : ARRAYS * ARRAY;

	r->items.len = r->len = r->next = 0;
	for (size_t i = 0; i < total; i++)
		add_item(r, (unsigned)(i / r->each % SOURCES));
	plan.requests = total / r->each / ROUNDS;
	for (size_t i = 0; i < ROUNDS; i++) {
		double alone = verify_rate();
		struct load_result res;

		load_run(&plan, &res);
		bound[i] = alone * PART;
		rate[i] = (double)(res.requests * r->each) / res.seconds;
		ratio[i] = rate[i] / alone * 100;
		p99 = res.p99_ms > p99 ? res.p99_ms : p99;
	}
	bench_bound(name, bench_quantile(bound, ROUNDS, 0.5));
	bench_add(b, name, bench_quantile(rate, ROUNDS, 0.5), "/s",
	    "alarms of 600 bytes signed by %d sources, %zu a request, %u "
	    "clients on the same cores; p99 %.1f ms; %.0f %% of the "
	    "processors' rate of Ed25519 verification, %d rounds in turn",
	    SOURCES, r->each, clients, p99, bench_quantile(ratio, ROUNDS, 0.5),
	    ROUNDS);
}

void
bench_signed(struct bench *b)
{
	static struct signed_run r;

	bench_node_init(&r.node, b, "signed", "plant", "tcp://127.0.0.1:0");
	bench_node_start(&r.node);
	r.token = bench_node_token(&r.node, "ingest");
	alarms_init(&r.alarms, "bench");
	for (unsigned i = 0; i < SOURCES; i++)
		enrol(&r, i);
	buf_init(&r.items, (size_t)ARRAYS * ARRAY * ITEM_MAX);
	r.end = mem_alloc(ARRAYS * ARRAY, sizeof(r.end[0]));
	r.each = 1;
	rounds(b, &r, "alarm_signed_c64", 64);
	r.each = ARRAY;
	rounds(b, &r, "alarm_signed_array", 8);
	bench_node_stop(&r.node);
	buf_clear(&r.items);
	free(r.end);
	free(r.token);
}
