/* heads_test.c - what a node whose own/ was put back asks for, and of whom. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/heads.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <time.h>

#include "ledger/log_extend.h"
#include "ledger/log_read.h"
#include "node/commit.h"
#include "node/incarnation.h"
#include "node/site_keys.h"
#include "node/spool.h"
#include "tests/support/live.h"

#define ORIGIN "plant-a.acme.example/evidence/1"
#define ALLIANCE "plant-a.acme.example/alliance/1"
#define SECOND INT64_C(1000000)
#define ITEMS 16

static struct live l;
static const struct exchange_recaller *ask;
static _Atomic int64_t later_us; /* beyond the machine's clocks */

static int64_t
wall(void *arg)
{
	(void)arg;
	return clock_wall_us(clock_system());
}

static int64_t
boot(void *arg)
{
	(void)arg;
	return clock_boot_us(clock_system()) + later_us;
}

static const struct clock turned = {.wall_us = wall, .boot_us = boot};

static void
two_members(void *arg, void (*each)(void *ctx, const char *name), void *ctx)
{
	(void)arg;
	each(ctx, "hq");
	each(ctx, "partner");
}

/* What a member holds of the evidence log from an entry on. */
static struct held {
	struct log_item items[ITEMS];
	struct buf bytes[2 * ITEMS];
	struct buf note;
	struct note_checkpoint head;
	struct tree_proof proof;
	struct log_extension x;
} all;

static void
take_held(struct held *h, uint64_t from)
{
	struct site *s = l.service->site;
	struct store_txn *txn = NULL;
	struct log_walk *w = NULL;
	struct bytes leaf;
	size_t n = 0, len;

	buf_init(&h->note, NOTE_BYTES_MAX);
	cr_assert_eq(store_read(s->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(log_checkpoint(s->own.book, txn, s->evidence, 0, &h->note,
	                 &h->head, NULL),
	    ERR_OK);
	cr_assert_eq(
	    log_walk_open(&w, s->own.book, txn, s->evidence, from, NULL),
	    ERR_OK);
	for (; log_walk_next(w, &leaf, &len, NULL) == ERR_OK; n++) {
		struct buf *b = &h->bytes[2 * n];

		cr_assert_lt(n, ITEMS);
		buf_init(&b[0], 65536);
		buf_init(&b[1], 1 << 20);
		buf_bytes(&b[0], leaf);
		cr_assert_gt(len, 0);
		cr_assert_eq(log_walk_sealed(w, &b[1], NULL), ERR_OK);
		h->items[n] =
		    (struct log_item){buf_view(&b[0]), buf_view(&b[1])};
	}
	log_walk_close(w);
	store_abort(txn);
	h->x = (struct log_extension){.from = from,
	    .items = h->items,
	    .len = n,
	    .note = buf_view(&h->note),
	    .head = &h->head,
	    .proof = &h->proof};
}

static void
drop_held(struct held *h)
{
	for (size_t i = 0; i < 2 * ITEMS; i++)
		buf_clear(&h->bytes[i]);
	buf_clear(&h->note);
}

static long
raise(void)
{
	struct ops_call call;
	long status;

	live_call(&l, LIVE_LOCAL, "POST", "/v1/alarms",
	    "{\"level\": 1, \"kind\": \"gas\", \"area\": \"tank-farm-2\"}",
	    &call);
	status = (long)call.status;
	ops_call_clear(&call);
	return status;
}

static uint64_t
size(void)
{
	struct held h = {.x = {.from = 0}};
	uint64_t n;

	take_held(&h, 0);
	n = h.head.head.size;
	drop_held(&h);
	return n;
}

static void
path_in(char out[static TEMP_PATH_BYTES], const char *name)
{
	temp_path(out, l.dir, name);
}

static void
each_part(bool back)
{
	static const char *const parts[][2] = {
	    {"own", "was-own"}, {"own-keys", "was-own-keys"}};

	for (size_t i = 0; i < 2; i++) {
		char here[TEMP_PATH_BYTES], there[TEMP_PATH_BYTES];

		path_in(here, parts[i][0]);
		path_in(there, parts[i][1]);
		if (back)
			temp_remove(here);
		temp_copy(back ? there : here, back ? here : there);
	}
}

static void
reopen(void)
{
	struct err_why why = {.text = ""};

	cr_assert_eq(
	    service_open(&l.service, l.dir, &why), ERR_OK, "%s", why.text);
}

static void
word_of(const char *peer, const char *origin)
{
	struct log_extension x = {.from = 0};

	if (strcmp(origin, ORIGIN) == 0)
		x = (struct log_extension){.from = all.x.from,
		    .note = all.x.note,
		    .head = all.x.head,
		    .proof = all.x.proof};
	cr_assert_eq(ask->returned(ask->arg, peer, origin, &x, NULL), ERR_OK);
}

/* own/ is two entries behind what a clean stop left and both members saw. */
static void
setup(void)
{
	uint64_t held;

	live_open(&l, "ask_seconds: 60\n");
	cr_assert_eq(raise(), 201);
	held = size();
	service_close(l.service);
	each_part(false);
	reopen();
	cr_assert_eq(raise(), 201);
	cr_assert_eq(raise(), 201);
	take_held(&all, held);
	cr_assert_eq(all.x.len, 2);
	service_close(l.service);
	each_part(true);
	reopen();
	l.service->site->clock = &turned;
	l.service->site->peers.members = two_members;
	cr_assert(heads_prepare(l.service->heads));
	ask = heads_recaller(l.service->heads);
	for (int i = 0; i < 2; i++) {
		const char *peer = i == 0 ? "hq" : "partner";

		heads_link(l.service->heads, peer, true);
		word_of(peer, ORIGIN);
		word_of(peer, ALLIANCE);
	}
}

static void
teardown(void)
{
	drop_held(&all);
	live_close(&l);
}

TestSuite(heads, .init = setup, .fini = teardown);

static bool
asks(const char *peer)
{
	struct exchange_span span;

	return ask->lacks(ask->arg, peer, ORIGIN, &span) && span.max_items > 0;
}

static void
gives(const char *peer, const struct log_extension *x)
{
	cr_assert_eq(ask->returned(ask->arg, peer, ORIGIN, x, NULL), ERR_OK);
}

static bool
signs(void)
{
	return (atomic_load(&l.service->site->unsure) & COMMIT_EVIDENCE) == 0;
}

static bool
within(bool (*is)(void))
{
	const struct timespec ms = {0, 2000000};
	const int64_t end_us = clock_boot_us(clock_system()) + 20 * SECOND;

	while (!is() && clock_boot_us(clock_system()) < end_us)
		(void)nanosleep(&ms, NULL);
	return is();
}

static enum log_rest
rest_of_first(void)
{
	struct site *s = l.service->site;
	enum log_rest rest = LOG_REST_NONE;
	struct store_txn *txn = NULL;

	cr_assert_eq(store_read(s->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    log_rest(s->own.book, txn, s->evidence, all.x.from, &rest, NULL),
	    ERR_OK);
	store_abort(txn);
	return rest;
}

/* Bodies are stored with their entries or not at all: a member that has none
 * must not be the first one. */
Test(heads, takes_entries_from_whoever_has_their_bodies)
{
	struct log_item bare[2] = {
	    {.leaf = all.items[0].leaf}, {.leaf = all.items[1].leaf}};
	struct log_extension x = all.x;

	x.items = bare;
	cr_assert(asks("partner"));
	cr_assert_not(asks("hq"), "one at a time");
	gives("partner", &x);
	cr_assert_not(asks("partner"));
	cr_assert(asks("hq"));
	gives("hq", &all.x);
	cr_assert(within(signs));
	cr_assert_eq(rest_of_first(), LOG_REST_HELD);
}

static bool
waits(void)
{
	return !signs();
}

/* What the clean stop of the newest run knew of is no news: only own/ is old.
 */
Test(heads, keeps_the_witness_key_when_only_own_was_put_back)
{
	cr_assert_not(l.service->site->witness_retired);
	gives("hq", &all.x);
	cr_assert(within(signs));
	cr_assert_not(l.service->site->witness_retired);
}

static void
prove(uint64_t size)
{
	struct note_checkpoint c = {.origin = ORIGIN, .head = {.size = size}};
	struct crypto_signer key;
	struct note_vkey vkey;
	struct buf text, note;

	memset(c.head.root.b, 7, HASH_BYTES);
	cr_assert_eq(
	    site_keys_log(&key, &vkey, l.service->site, SITE_EVIDENCE, 1, NULL),
	    ERR_OK);
	buf_init(&text, 4096);
	buf_init(&note, NOTE_BYTES_MAX);
	note_checkpoint_put(&text, &c);
	note_sign(&note, buf_view(&text), ORIGIN, &key);
	heads_proved(l.service->heads, "hq", ORIGIN, buf_view(&note));
	buf_clear(&text);
	buf_clear(&note);
}

/* More than the whole directory knew of. */
Test(heads, retires_the_witness_key_when_members_prove_more)
{
	prove(all.head.head.size);
	cr_assert_not(l.service->site->witness_retired, "a clean stop knew it");
	prove(all.head.head.size + 1);
	cr_assert(l.service->site->witness_retired, "before it returns");
}

/* Nobody was there when it was decided; then somebody comes. */
Test(heads, retires_the_witness_key_when_members_come_late)
{
	gives("hq", &all.x);
	cr_assert(within(signs));
	prove(1);
	cr_assert(l.service->site->witness_retired);
	service_close(l.service);
	reopen();
	cr_assert(l.service->site->incarnation->log[SITE_EVIDENCE].other);
	cr_assert(waits(), "nor is it signed on");
}

Test(heads, asks_another_when_one_gives_nothing)
{
	cr_assert(asks("partner"));
	later_us = 11 * SECOND;
	heads_tick(l.service->heads);
	cr_assert_not(asks("partner"));
	cr_assert(asks("hq"));
	gives("hq", &all.x);
	cr_assert(within(signs));
}

/* Drained again and again, it knows its log all the time: what it signed
 * itself meanwhile is no loss. */
Test(heads, is_not_led_into_doubt_by_what_it_signed_itself)
{
	char path[TEMP_PATH_BYTES];
	struct held more = {.x = {.from = 0}};
	const uint64_t before = all.head.head.size;
	size_t len;
	char *key;

	later_us = 61 * SECOND; /* nobody is waited for any more */
	heads_tick(l.service->heads);
	cr_assert_eq(raise(), 202);
	path_in(path, "keys/spool.key");
	key = temp_read(path, &len);
	cr_assert_not_null(key);
	temp_write(path, "torn", 4);
	cr_assert(asks("hq"));
	gives("hq", &all.x);
	for (int i = 0; i < 1000 && size() <= before; i++)
		(void)nanosleep(&(struct timespec){0, 10000000}, NULL);
	cr_assert_gt(size(), before, "it began");
	cr_assert(within(waits), "but what is kept cannot be entered");
	take_held(&more, before);
	heads_proved(l.service->heads, "hq", ORIGIN, more.x.note);
	drop_held(&more);
	temp_write(path, key, len);
	free(key);
	later_us = 70 * SECOND;
	heads_tick(l.service->heads);
	cr_assert(within(signs));
	cr_assert_eq(raise(), 201);
}

static Ledger__Kind
kind_of(uint64_t index)
{
	struct site *s = l.service->site;
	Ledger__Entry *entry = NULL;
	struct store_txn *txn = NULL;
	struct bytes leaf;
	Ledger__Kind kind;

	cr_assert_eq(store_read(s->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    log_entry(s->own.book, txn, s->evidence, index, &leaf, NULL),
	    ERR_OK);
	cr_assert_eq(log_decode(&entry, leaf, NULL), ERR_OK);
	kind = entry->kind;
	ledger__entry__free_unpacked(entry, NULL);
	store_abort(txn);
	return kind;
}

static bool
none_kept(void)
{
	return spool_count(l.service->site) == 0;
}

static void
nobody(void *arg, void (*each)(void *ctx, const char *name), void *ctx)
{
	(void)arg;
	(void)each;
	(void)ctx;
}

/* Recorded time follows the clock from the start entry on. */
Test(heads, starts_before_it_enters_what_was_kept)
{
	const char text[] = "lianfang-incarnation/1\nnow 77 0\nopen " ORIGIN
	                    "\nopen " ALLIANCE "\n";
	const char now[] = "lianfang-incarnation/1\nnow 1 0\nopen " ORIGIN
	                   "\nopen " ALLIANCE "\n";
	char path[TEMP_PATH_BYTES];

	path_in(path, "incarnation");
	service_close(l.service);
	temp_write(path, text, strlen(text));
	reopen();
	cr_assert_eq(raise(), 202);
	service_close(l.service);
	temp_write(path, now, strlen(now));
	path_in(path, "keys/evidence-1.ahead"); /* as if nobody had told */
	temp_remove(path);
	reopen();
	cr_assert_eq(l.service->site->doubt, 0);
	l.service->site->peers.members = nobody;
	cr_assert(heads_prepare(l.service->heads));
	heads_tick(l.service->heads);
	cr_assert(within(none_kept));
	cr_assert_eq(kind_of(all.x.from), LEDGER__KIND__ADMIN);
}
