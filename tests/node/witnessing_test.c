/* witnessing_test.c - add-checkpoint: its codes, its races, its evidence. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/witnessing.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "api.pb-c.h"
#include "ledger/note.h"
#include "ledger/tree.h"
#include "node/forks.h"
#include "node/query.h"
#include "node/site.h"
#include "proto/digest.h"
#include "proto/text.h"
#include "tests/support/live.h"

#define LOG "log.example/one"
#define ADD "/witness/add-checkpoint"

/* A whole request of another implementation's log, byte by byte. */
#define FOREIGN_KEY                          \
	"example.com/log/testdata+33d7b496+" \
	"AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
#define FOREIGN_6                                                             \
	"old 0\n\n"                                                           \
	"example.com/log/testdata\n6\n"                                       \
	"duZ9rbzfHhDht03cYIq9L5jfsW+851J3tSMqEn8gh+8=\n\n"                    \
	"\xe2\x80\x94 example.com/log/testdata "                              \
	"M9e0lvgUU7emx/uUyYPak7Jin4v5whAwVfsjqr0z1SqlveovajyvEXfzzaymKWEBepp" \
	"thk3Qgc2As7rReqpR8bPDPgQ=\n"
#define FOREIGN_HASHES                                   \
	"DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=\n" \
	"yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=\n" \
	"037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=\n"
#define FOREIGN_8                                                              \
	"example.com/log/testdata\n8\n"                                        \
	"XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n"                     \
	"\xe2\x80\x94 example.com/log/testdata "                               \
	"M9e0loRVkEPcM/dTSb6Mjv4p+ddtWVs8jOuTljfuDAFhvGTLRlsxA/U6MghQ8dOdcWU9" \
	"wylzFS3B9MbyqXOzmNpbmwM=\n"

static struct live l;
static struct crypto_signer key;

static void
begin(void)
{
	static const uint8_t seed[CRYPTO_SEED_BYTES] = {9};
	struct note_vkey vkey;
	struct buf yaml;

	crypto_start();
	crypto_signer_seed(&key, seed);
	cr_assert_eq(
	    note_vkey_make(&vkey, LOG, NOTE_TYPE_ED25519, key.pub, NULL),
	    ERR_OK);
	buf_init(&yaml, 1024);
	buf_str(&yaml, "foreign_logs:\n  - vkey: " FOREIGN_KEY "\n  - vkey: ");
	note_vkey_put(&yaml, &vkey);
	buf_str(&yaml, "\n");
	live_open(&l, buf_cstr(&yaml));
	buf_clear(&yaml);
}

/* ---- a log of ours ---- */

struct nodes {
	struct hash at[8][64];
};

static void
keep(void *arg, unsigned level, uint64_t index, const struct hash *node)
{
	struct nodes *n = arg;

	n->at[level][index] = *node;
}

static enum err
give(void *arg, unsigned level, uint64_t index, struct hash *out)
{
	struct nodes *n = arg;

	*out = n->at[level][index];
	return ERR_OK;
}

/* A request for leaves "<salt>0", "<salt>1" .. from `old` to `n`. */
static void
request(struct buf *out, const char *salt, unsigned n, unsigned old)
{
	struct nodes *nodes = calloc(1, sizeof *nodes);
	struct note_checkpoint c = {.origin = LOG};
	struct tree_frontier f = {0};
	struct tree_proof proof;
	struct hash leaf;
	struct buf text;
	char entry[32];

	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(entry, sizeof entry, "%s%u", salt, i);
		tree_leaf(&leaf, bytes_str(entry));
		tree_push(&f, &leaf, keep, nodes);
	}
	c.head.size = n;
	tree_root(&f, &c.head.root);
	cr_assert_eq(tree_extend(&proof, old, n, give, nodes, NULL), ERR_OK);
	buf_init(&text, 1024);
	buf_printf(out, "old %u\n", old);
	for (size_t i = 0; i < proof.len; i++) {
		text_b64_put(out, bytes_hash(&proof.path[i]));
		buf_u8(out, '\n');
	}
	buf_u8(out, '\n');
	note_checkpoint_put(&text, &c);
	note_sign(out, buf_view(&text), LOG, &key);
	buf_clear(&text);
	free(nodes);
}

static unsigned
post(const char *body, struct buf *answer)
{
	struct ops_call call;
	unsigned status;

	live_call(&l, LIVE_NOBODY, "POST", ADD, body, &call);
	status = call.status;
	if (answer != NULL) {
		buf_reset(answer);
		buf_bytes(answer, buf_view(&call.out));
	}
	if (status == 409)
		cr_assert_str_eq(call.type, "text/x.tlog.size");
	ops_call_clear(&call);
	return status;
}

static unsigned
ask(const char *salt, unsigned n, unsigned old, struct buf *answer)
{
	struct buf body;
	unsigned status;

	buf_init(&body, WITNESSING_BODY_MAX);
	request(&body, salt, n, old);
	status = post(buf_cstr(&body), answer);
	buf_clear(&body);
	return status;
}

static unsigned
monitor(const char *origin, struct buf *answer)
{
	struct ops_call call;
	struct hash id;
	struct buf path;
	unsigned status;

	buf_init(&path, 256);
	digest_sha256(&id, bytes_str(origin));
	buf_str(&path, "/witness/");
	text_hex_put(&path, bytes_hash(&id));
	buf_str(&path, "/checkpoint");
	live_call(&l, LIVE_NOBODY, "GET", buf_cstr(&path), NULL, &call);
	status = call.status;
	buf_reset(answer);
	buf_bytes(answer, buf_view(&call.out));
	ops_call_clear(&call);
	buf_clear(&path);
	return status;
}

/* A cosignature by this node over the text of `note`. */
static void
check_cosigned(struct bytes note, struct bytes line)
{
	struct note_vkey witness;
	struct buf whole;
	struct note n;
	uint64_t when = 0;

	cr_assert_eq(
	    site_vkey(l.service->site, "witness", &witness, NULL), ERR_OK);
	cr_assert_eq(note_parse(&n, note, NULL), ERR_OK);
	buf_init(&whole, 2 * NOTE_BYTES_MAX);
	buf_bytes(&whole, n.text);
	buf_u8(&whole, '\n');
	buf_bytes(&whole, line);
	cr_assert_eq(note_parse(&n, buf_view(&whole), NULL), ERR_OK);
	cr_assert_eq(note_check(&n, &witness, &when, NULL), ERR_OK);
	cr_assert_gt(when, 1500000000u);
	buf_clear(&whole);
}

/* ---- the codes ---- */

Test(witnessing_add, cosigns_what_another_implementation_sends)
{
	struct buf out;

	begin();
	buf_init(&out, 4096);
	cr_assert_eq(monitor("example.com/log/testdata", &out), 404u);
	cr_assert_eq(post(FOREIGN_6, &out), 200u);
	cr_assert_eq(post("old 6\n" FOREIGN_HASHES "\n" FOREIGN_8, &out), 200u);
	check_cosigned(bytes_str(FOREIGN_8), buf_view(&out));
	cr_assert_eq(monitor("example.com/log/testdata", &out), 200u);
	cr_assert_eq(memcmp(out.ptr, FOREIGN_8, strlen(FOREIGN_8)), 0);
	check_cosigned(buf_view(&out),
	    bytes_of(out.ptr + strlen(FOREIGN_8), out.len - strlen(FOREIGN_8)));
	live_reopen(&l);
	cr_assert_eq(post(FOREIGN_6, &out), 409u, "after a restart too");
	cr_assert_str_eq(buf_cstr(&out), "8\n");
	buf_clear(&out);
	live_close(&l);
}

Test(witnessing_add, answers_each_fault_with_its_code)
{
	static const char *const malformed[] = {"", "old", "old 0",
	    "old 00\n\n", "old -1\n\n" FOREIGN_8,
	    "old 0\nnot a hash\n\n" FOREIGN_8, "old 0\n" FOREIGN_8, "old 0\n\n",
	    "old 9\n\n" FOREIGN_8,
	    "old 0\n\nexample.com/log/testdata\n6\n\nno note\n"};
	struct buf out, body;

	begin();
	buf_init(&out, 4096);
	buf_init(&body, 2 * WITNESSING_BODY_MAX);
	for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++)
		cr_assert_eq(post(malformed[i], NULL), 400u, "%zu", i);
	request(&body, "x", 3, 0);
	memcpy(strstr((char *)body.ptr, LOG), "lag.example/one", 15);
	cr_assert_eq(post(buf_cstr(&body), NULL), 404u);
	buf_reset(&body);
	request(&body, "x", 3, 0);
	strstr((char *)body.ptr, "\n3\n")[1] = '4';
	cr_assert_eq(post(buf_cstr(&body), NULL), 403u, "not what was signed");
	cr_assert_eq(ask("x", 3, 0, NULL), 200u);
	cr_assert_eq(ask("x", 7, 0, &out), 409u);
	cr_assert_str_eq(buf_cstr(&out), "3\n");
	buf_reset(&body);
	request(&body, "x", 7, 3);
	body.ptr[10] = body.ptr[10] == 'A' ? 'B' : 'A';
	cr_assert_eq(post(buf_cstr(&body), NULL), 422u, "an altered proof");
	cr_assert_eq(post("old 0\n" FOREIGN_HASHES "\n" FOREIGN_8, NULL), 422u,
	    "old 0 has no proof");
	cr_assert_eq(ask("x", 7, 3, NULL), 200u);
	cr_assert_eq(ask("x", 7, 7, NULL), 200u, "again, a newer time");
	buf_reset(&body);
	request(&body, "x", 9, 7);
	while (!body.over && body.len <= WITNESSING_BODY_MAX)
		buf_str(&body, "\xe2\x80\x94 x AAAAAAAA\n");
	cr_assert_eq(post(buf_cstr(&body), NULL), 413u);
	buf_clear(&body);
	buf_clear(&out);
	live_close(&l);
}

/* Alarms of the node about forked logs. */
static size_t
alarms(void)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.own_only = true};
	Api__Records *list = NULL;
	size_t n = 0;

	cr_assert_eq(query_list(l.service->site, LEDGER__KIND__ALARM, &q,
	                 &scope, &list, NULL),
	    ERR_OK);
	for (size_t i = 0; i < list->n_items; i++)
		n += list->items[i]->n_events > 0 &&
		    strcmp(list->items[i]->events[0]->alarm->source,
		        FORKS_SOURCE) == 0;
	api__records__free_unpacked(list, NULL);
	return n;
}

/* Beats until as many are raised, or ten seconds are over. */
static size_t
alarms_after(size_t want)
{
	const int64_t end = clock_boot_us(clock_system()) + 10000000;

	while (alarms() < want && clock_boot_us(clock_system()) < end)
		forks_beat(l.service->forks);
	for (int i = 0; i < 3; i++)
		forks_beat(l.service->forks);
	return alarms();
}

Test(witnessing_add, keeps_a_fork_raises_one_alarm_and_accepts_no_more)
{
	struct ops_call call;
	struct buf out;

	begin();
	/* Somebody's device says that it is the node: it keeps no alarm out. */
	live_call(&l, LIVE_LOCAL, "POST", "/v1/alarms",
	    "{\"source\":\"" FORKS_SOURCE "\",\"level\":3,\"kind\":\"system\","
	    "\"area\":\"node\",\"title\":\"a log was forked\"}",
	    &call);
	cr_assert_eq(call.status, 201u, "%s", buf_cstr(&call.out));
	ops_call_clear(&call);
	buf_init(&out, 4096);
	cr_assert_eq(ask("x", 5, 0, NULL), 200u);
	cr_assert_eq(ask("y", 5, 0, &out), 409u, "old decides first");
	cr_assert_str_eq(buf_cstr(&out), "5\n");
	cr_assert_eq(ask("x", 9, 5, NULL), 403u, "what has forked is no key");
	cr_assert_eq(monitor(LOG, &out), 200u);
	cr_assert_not_null(strstr(buf_cstr(&out), "\n5\n"), "last agreed");
	live_call(&l, LIVE_LOCAL, "GET", "/v1/forks", NULL, &call);
	cr_assert_not_null(strstr(buf_cstr(&call.out), "fork-evidence/v1"));
	ops_call_clear(&call);
	cr_assert_eq(alarms_after(2), 2);
	live_reopen(&l);
	cr_assert_eq(alarms_after(2), 2, "not again after a restart");
	cr_assert_eq(post(FOREIGN_6, NULL), 200u, "others are served");
	buf_clear(&out);
	live_close(&l);
}

Test(witnessing_add, lets_a_log_that_asks_without_pause_wait)
{
	unsigned refused = 0, first;

	begin();
	first = ask("x", 1, 0, NULL);
	for (unsigned i = 0; i < 3 * WITNESSING_BURST; i++)
		refused += ask("x", 1, 1, NULL) == 429u;
	cr_assert_eq(first, 200u);
	cr_assert_gt(refused, 0);
	cr_assert_eq(post(FOREIGN_6, NULL), 200u, "others are served");
	live_close(&l);
}

/* ---- the rollback race ---- */

/* What came back 200, by whom. */
struct racer {
	const char *salt;
	unsigned step;
	unsigned said[64]; /* sizes cosigned, in the order of answers */
	size_t len;
};
static atomic_uint newest; /* the largest size that anybody had answered */
static atomic_bool fell;

static void *
race(void *arg)
{
	struct racer *r = arg;
	unsigned old = 0, at, status;
	struct buf out;

	buf_init(&out, 4096);
	for (unsigned n = r->step; n < 40 && r->len < 64; n += r->step) {
		at = atomic_load(&newest);
		status = ask(r->salt, n > old ? n : old, old, &out);
		if (status == 409) {
			old = (unsigned)strtoul(buf_cstr(&out), NULL, 10);
			continue;
		}
		if (status != 200)
			continue;
		old = n > old ? n : old;
		/* Known before it was asked: nothing smaller may follow. */
		if (old < at)
			atomic_store(&fell, true);
		r->said[r->len++] = old;
		while (at < old &&
		    !atomic_compare_exchange_weak(&newest, &at, old))
			;
	}
	buf_clear(&out);
	return NULL;
}

static void
run_race(struct racer r[static 2])
{
	pthread_t t[2];

	atomic_store(&newest, 0);
	atomic_store(&fell, false);
	for (int i = 0; i < 2; i++)
		cr_assert_eq(pthread_create(&t[i], NULL, race, &r[i]), 0);
	for (int i = 0; i < 2; i++)
		cr_assert_eq(pthread_join(t[i], NULL), 0);
	cr_assert(!atomic_load(&fell), "a smaller size after a larger one");
}

Test(witnessing_add, never_goes_back_when_two_ask_at_once)
{
	for (int i = 0; i < 2; i++) {
		struct racer r[2] = {{"x", 1, {0}, 0}, {"x", 3, {0}, 0}};

		begin();
		run_race(r);
		cr_assert_gt(r[0].len + r[1].len, 0);
		live_close(&l);
	}
}

Test(witnessing_add, cosigns_one_of_two_histories_whoever_is_first)
{
	for (int i = 0; i < 3; i++) {
		struct racer r[2] = {{"x", 1, {0}, 0}, {"y", 1, {0}, 0}};

		begin();
		run_race(r);
		cr_assert(r[0].len == 0 || r[1].len == 0,
		    "both histories: %zu and %zu", r[0].len, r[1].len);
		live_close(&l);
	}
}
