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
#include "ledger/signature.h"
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
#define ALARMS 180000 /* of the runs in arrays */
#define ARRAY_MAX 1000
#define ITEM_MAX 2048
#define NODE "signed.bench.example"
#define ROUNDS 3
#define ROUND_SECONDS 1.0
#define PART 0.8 /* of the processors' verification rate */
#define THREADS_MAX 64

/* What is measured: how many a request holds, and who signs what. */
struct plan {
	const char *name;
	size_t each; /* items of one request, all of one source */
	unsigned clients;
	bool batch; /* one signature over all items of a request */
	bool bound;
};

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

/* One alarm on its way to be signed. */
struct made {
	uint8_t message[ITEM_MAX];
	size_t len;
	int64_t occurred_us;
	uint8_t ids[2][16];
	uint8_t record_key[SEAL_KEY_BYTES];
	struct buf text; /* what its signature covers */
};

static void
make_alarm(struct signed_run *r, unsigned source, struct made *out)
{
	struct seal_event ev = {.node_name = NODE, .kind = LEDGER__KIND__ALARM};
	struct hash commitment;
	struct err_why why = {.text = ""};
	ProtobufCMessage *m = NULL;
	struct bytes message;

	out->len = alarms_pb(&r->alarms, source, (char *)out->message);
	message = bytes_of(out->message, out->len);
	if (slice_unpack(&m, &record__alarm__descriptor, message, &why) !=
	    ERR_OK)
		bench_fail("alarm: %s", why.text);
	out->occurred_us =
	    ((const Record__Alarm *)(const void *)m)->occurred_at;
	slice_free(m);
	crypto_random(out->record_key, sizeof(out->record_key));
	for (int i = 0; i < 2; i++)
		crypto_uuid7(out->ids[i], out->occurred_us);
	if (seal_commit(&commitment, &record__alarm__descriptor, message,
	        out->record_key, &why) != ERR_OK)
		bench_fail("commitment: %s", why.text);
	ev.occurred_us = out->occurred_us;
	ev.record_id = out->ids[0];
	ev.event_id = out->ids[1];
	ev.commitment = &commitment;
	buf_init(&out->text, 1024);
	seal_event_put(&out->text, &ev);
}

/* One more signed alarm behind the others. */
static void
add_item(struct signed_run *r, unsigned source, struct made *m,
    const struct buf *signature)
{
	Api__EventPost post = API__EVENT_POST__INIT;
	Api__SignedEvent sig = API__SIGNED_EVENT__INIT;
	char text[2][TEXT_UUID_CHARS + 1];
	uint8_t key[CRYPTO_ALG_PUB_BYTES] = {CRYPTO_ALG_ED25519};
	uint8_t packed[ITEM_MAX];

	for (int i = 0; i < 2; i++)
		text_uuid_put(text[i], m->ids[i]);
	memcpy(key + 1, r->key[source].pub, CRYPTO_PUB_BYTES);
	sig.has_message = sig.has_record_key = sig.has_occurred_at = 1;
	sig.has_based_on_seq = sig.has_key = sig.has_signature = 1;
	sig.message = (ProtobufCBinaryData){m->len, m->message};
	sig.record_key =
	    (ProtobufCBinaryData){sizeof(m->record_key), m->record_key};
	sig.occurred_at = m->occurred_us;
	sig.key = (ProtobufCBinaryData){sizeof(key), key};
	sig.signature = (ProtobufCBinaryData){signature->len, signature->ptr};
	post.record_id = text[0];
	post.event_id = text[1];
	post.signed_ = &sig;
	size_t len = api__event_post__pack(&post, packed);
	/* Field 1 of the list; an item has 128 to 16383 bytes. */
	buf_u8(&r->items, 0x0a);
	buf_u8(&r->items, (uint8_t)(0x80 | (len & 0x7f)));
	buf_u8(&r->items, (uint8_t)(len >> 7));
	buf_put(&r->items, packed, len);
	r->end[r->len++] = r->items.len;
}

static void
sign_alone(struct buf *out, const struct crypto_signer *key, struct bytes text)
{
	uint8_t raw[CRYPTO_SIG_BYTES];

	crypto_signer_sign(key, text, raw);
	buf_u8(out, CRYPTO_ALG_ED25519);
	buf_put(out, raw, sizeof(raw));
}

/* The items of one request. */
static void
add_request(struct signed_run *r, const struct plan *p, unsigned source)
{
	static struct made made[ARRAY_MAX];
	static struct hash leaves[ARRAY_MAX];
	struct signature_batch batch = {.nodes = NULL};
	const struct crypto_signer *key = &r->key[source];
	struct buf sig;

	for (size_t i = 0; i < p->each; i++) {
		make_alarm(r, source, &made[i]);
		tree_leaf(&leaves[i], buf_view(&made[i].text));
	}
	if (p->batch)
		signature_batch_sign(&batch, key, leaves, p->each);
	buf_init(&sig, SIGNATURE_BYTES_MAX);
	for (size_t i = 0; i < p->each; i++) {
		buf_reset(&sig);
		if (p->batch)
			signature_batch_put(&sig, &batch, i);
		else
			sign_alone(&sig, key, buf_view(&made[i].text));
		add_item(r, source, &made[i], &sig);
		buf_clear(&made[i].text);
	}
	buf_clear(&sig);
	signature_batch_clear(&batch);
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
rounds(struct bench *b, struct signed_run *r, const struct plan *p)
{
	struct load_plan plan = {.port = r->node.port,
	    .connections = p->clients,
	    .want_status = 201,
	    .next = next_signed,
	    .arg = r};
	double rate[ROUNDS];
	double ratio[ROUNDS];
	double bound[ROUNDS];
	double node[ROUNDS]; /* microseconds of processor time an alarm */
	double p99 = 0;
	size_t requests = p->each == 1 ? SINGLES : ALARMS / p->each;

	r->items.len = r->len = r->next = 0;
	r->each = p->each;
	for (size_t i = 0; i < requests; i++)
		add_request(r, p, (unsigned)(i % SOURCES));
	plan.requests = requests / ROUNDS;
	for (size_t i = 0; i < ROUNDS; i++) {
		double alone = verify_rate();
		double before = bench_node_cpu(&r->node);
		struct load_result res;

		load_run(&plan, &res);
		node[i] = (bench_node_cpu(&r->node) - before) * 1e6 /
		    (double)(res.requests * p->each);
		bound[i] = alone * PART;
		rate[i] = (double)(res.requests * p->each) / res.seconds;
		ratio[i] = rate[i] / alone * 100;
		p99 = res.p99_ms > p99 ? res.p99_ms : p99;
	}
	if (p->bound)
		bench_bound(p->name, bench_quantile(bound, ROUNDS, 0.5));
	bench_add(b, p->name, bench_quantile(rate, ROUNDS, 0.5), "/s",
	    "alarms of 600 bytes, %zu a request, %s, %d sources, %u clients "
	    "on the same cores; the node's processor time %.1f us each; p99 "
	    "%.1f ms; %.0f %% of the processors' rate of Ed25519 "
	    "verification, %d rounds in turn",
	    p->each,
	    p->batch ? "signed by their source once for all of a request"
	             : "each signed by its source",
	    SOURCES, p->clients, bench_quantile(node, ROUNDS, 0.5), p99,
	    bench_quantile(ratio, ROUNDS, 0.5), ROUNDS);
}

void
bench_signed(struct bench *b)
{
	/* A lone POST costs more than its verification: no bound could hold
	 * (docs/figures.md). */
	static const struct plan plans[] = {
	    {"alarm_signed_single_c64", 1, 64, false, false},
	    {"alarm_signed_each_array", 1000, 8, false, false},
	    {"alarm_signed_c64", 250, 64, true, true},
	};
	static struct signed_run r;

	bench_node_init(&r.node, b, "signed", "plant", "tcp://127.0.0.1:0");
	bench_node_start(&r.node);
	r.token = bench_node_token(&r.node, "ingest");
	alarms_init(&r.alarms, "bench");
	for (unsigned i = 0; i < SOURCES; i++)
		enrol(&r, i);
	buf_init(&r.items, (size_t)ALARMS * ITEM_MAX);
	r.end = mem_alloc(ALARMS, sizeof(r.end[0]));
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		rounds(b, &r, &plans[i]);
	bench_node_stop(&r.node);
	buf_clear(&r.items);
	free(r.end);
	free(r.token);
}
