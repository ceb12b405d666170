/* log_ready_test.c - entries verified one by one, before their turn. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log_ready.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>

#include "ledger/log_erase.h"
#include "ledger/log_read.h"
#include "ledger/seal.h"
#include "proto/slice.h"
#include "record.pb-c.h"
#include "tests/support/book.h"

#define ENTRIES 301 /* five parts */

static struct book own;
static struct book replica;
static struct book_parcel p;
static struct log_ready *ready;

static void
setup(void)
{
	book_new(&own, false);
	book_new(&replica, true);
	book_fill(&own, ENTRIES - 1);
}

static void
teardown(void)
{
	log_ready_free(ready);
	book_parcel_clear(&p);
	book_end(&own);
	book_end(&replica);
}

TestSuite(log_ready_run, .init = setup, .fini = teardown);

static void
run_all(void)
{
	for (size_t k = log_ready_parts(ready); k-- > 0;)
		log_ready_run(ready, k);
}

static void
make_ready(void)
{
	ready = log_ready_new(replica.log, p.items, p.x.len);
	run_all();
	p.x.ready = ready;
}

static void
sound(void)
{
	struct err_why why = {.text = ""};
	enum err e = book_audit(&replica, &why);

	cr_assert_eq(e, ERR_OK, "%s", why.text);
}

/* Bodies of [from, to) that open. */
static unsigned
readable(uint64_t from, uint64_t to)
{
	struct store_txn *txn;
	unsigned n = 0;

	cr_assert_eq(store_read(replica.store, &txn, NULL), ERR_OK);
	for (uint64_t i = from; i < to; i++) {
		Ledger__Sealed *s = NULL;

		if (log_sealed(replica.log, txn, replica.slot, i, &s, NULL) ==
		    ERR_OK)
			n++;
		ledger__sealed__free_unpacked(s, NULL);
	}
	store_abort(txn);
	return n;
}

Test(log_ready_run, lets_extend_store_what_it_verified)
{
	const struct log_opened *o;

	book_pack(&own, &p, 0, ENTRIES, true);
	make_ready();
	cr_assert_eq(log_ready_parts(ready), 5u);
	cr_assert_eq(book_extend(&replica, &p.x, NULL), ERR_OK);
	sound();
	cr_assert_eq(readable(0, ENTRIES), ENTRIES - 1u);
	o = log_ready_opened(ready);
	cr_assert_null(o[0].sealed);
	cr_assert_null(o[0].body);
	for (size_t i = 1; i < ENTRIES; i++) {
		char title[32];

		(void)snprintf(title, sizeof title, "alarm %zu", i - 1);
		cr_assert_eq(o[i].entry->kind_seq, i);
		cr_assert_eq(o[i].body->descriptor, &record__alarm__descriptor);
		cr_assert_str_eq(
		    ((const Record__Alarm *)(const void *)o[i].body)->title,
		    title);
		cr_assert_null(o[i].annex);
	}
}

struct half {
	pthread_t thread;
	size_t first;
};

static void *
run_half(void *arg)
{
	const struct half *h = arg;

	for (size_t k = h->first; k < log_ready_parts(ready); k += 2)
		log_ready_run(ready, k);
	return NULL;
}

Test(log_ready_run, is_for_several_threads_and_batches_one_after_another)
{
	static const size_t cut[] = {0, 130, 131, ENTRIES};

	for (size_t i = 0; i + 1 < sizeof cut / sizeof cut[0]; i++) {
		struct half half[2] = {{.first = 0}, {.first = 1}};

		book_pack(&own, &p, cut[i], cut[i + 1] - cut[i], true);
		if (ready == NULL)
			ready = log_ready_new(replica.log, p.items, p.x.len);
		else
			log_ready_again(ready, p.items, p.x.len);
		for (int k = 0; k < 2; k++)
			cr_assert_eq(pthread_create(&half[k].thread, NULL,
			                 run_half, &half[k]),
			    0);
		for (int k = 0; k < 2; k++)
			cr_assert_eq(pthread_join(half[k].thread, NULL), 0);
		p.x.ready = ready;
		cr_assert_eq(book_extend(&replica, &p.x, NULL), ERR_OK);
		book_parcel_clear(&p);
	}
	cr_assert_eq(book_size(&replica), ENTRIES);
	cr_assert_eq(readable(0, ENTRIES), ENTRIES - 1u);
	sound();
	book_pack(&own, &p, 0, 1, false);
}

/* Every fault is found where it is, whichever part was done first. */
Test(log_ready_run, finds_the_first_fault)
{
	static const size_t at[] = {1, 63, 64, 200, ENTRIES - 1};

	book_pack(&own, &p, 0, ENTRIES, true);
	for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
		struct log_item kept = p.items[at[i]];
		struct err_why why = {.text = ""};
		char where[32];

		p.items[at[i]].sealed =
		    p.items[at[i] == 1 ? 2 : at[i] - 1].sealed;
		log_ready_free(ready);
		make_ready();
		(void)snprintf(where, sizeof where, "leaf %zu: ", at[i]);
		cr_assert_eq(book_extend(&replica, &p.x, &why), ERR_UNVERIFIED);
		cr_assert_not_null(strstr(why.text, where), "%s", why.text);
		cr_assert_eq(book_size(&replica), 0u);
		p.items[at[i]] = kept;
	}
}

/* Verified by themselves they may still belong to no signed tree. */
Test(log_ready_run, does_not_stand_for_the_tree)
{
	struct log_item kept;

	book_pack(&own, &p, 0, ENTRIES, true);
	kept = p.items[7];
	p.items[7] = p.items[8];
	p.items[8] = kept;
	make_ready();
	cr_assert_eq(book_extend(&replica, &p.x, NULL), ERR_UNVERIFIED);
	p.items[8] = p.items[7];
	p.items[7] = kept;
	log_ready_again(ready, p.items, p.x.len);
	run_all();
	p.head.head.root.b[3] ^= 1;
	cr_assert_eq(book_extend(&replica, &p.x, NULL), ERR_UNVERIFIED);
	p.head.head.root.b[3] ^= 1;
	cr_assert_eq(book_size(&replica), 0u);
	cr_assert_eq(book_extend(&replica, &p.x, NULL), ERR_OK);
	sound();
}

/*
 * A body encrypted before an erasure must not be stored under the wrapping key
 * that the erasure destroys.
 */
Test(log_ready_run, survives_an_erasure_before_its_turn)
{
	const struct log_erasure gone = {.index = 5};
	struct store_txn *txn;

	book_pack(&own, &p, 0, 100, true);
	cr_assert_eq(book_extend(&replica, &p.x, NULL), ERR_OK);
	book_parcel_clear(&p);
	book_pack(&own, &p, 100, ENTRIES - 100, true);
	make_ready();
	cr_assert_eq(store_write(replica.store, &txn, NULL), ERR_OK);
	cr_assert_eq(log_erase(replica.log, txn, &gone, 1, NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert_eq(log_erase_done(replica.log, NULL), ERR_OK);
	cr_assert_eq(book_extend(&replica, &p.x, NULL), ERR_OK);
	book_reopen(&replica);
	sound();
	cr_assert_eq(readable(0, 100), 98u, "all but the start and the erased");
	cr_assert_eq(readable(100, ENTRIES), ENTRIES - 100u);
	/* `ready` is of the book as it was before it was opened again. */
	log_ready_free(ready);
	ready = NULL;
}

/* What decodes to much more than it is long is refused, not paid for. */
Test(log_ready_run, bounds_the_memory_of_a_part)
{
	struct buf bomb;

	book_pack(&own, &p, 0, 100, true);
	buf_init(&bomb, LOG_SEALED_MAX);
	while (bomb.len + 2 <= LOG_SEALED_MAX)
		buf_put(&bomb, "\x7a", 2); /* unknown field 15, empty */
	p.items[20].sealed = buf_view(&bomb);
	make_ready();
	cr_assert_neq(book_extend(&replica, &p.x, NULL), ERR_OK);
	cr_assert_eq(book_size(&replica), 0u);
	buf_clear(&bomb);
}

static size_t
resident_kb(void)
{
	struct rusage u;

	cr_assert_eq(getrusage(RUSAGE_SELF, &u), 0);
	return (size_t)u.ru_maxrss;
}

/* A Sealed of `len` bytes of empty FieldOpenings, each two bytes long: decoded
 * they take seventy times that. */
static void
put_flood(struct buf *out, size_t len)
{
	buf_u8(out, 0x0a); /* body */
	for (size_t n = len; n > 0 || len == 0; n >>= 7) {
		buf_u8(out, (uint8_t)((n & 0x7f) | (n >> 7 > 0 ? 0x80 : 0)));
		if (n >> 7 == 0)
			break;
	}
	for (size_t i = 0; i + 1 < len; i += 2) {
		buf_u8(out, 0x2a); /* fields */
		buf_u8(out, 0);
	}
}

Test(log_sealed_known, takes_little_memory_whatever_a_member_sends)
{
	static const size_t lens[] = {
	    LOG_SEALED_MAX / 2, LOG_SEALED_MAX - 64, (size_t)2 << 20};
	struct buf b;

	buf_init(&b, (size_t)4 << 20);
	for (size_t i = 0; i < sizeof lens / sizeof *lens; i++) {
		size_t before;

		buf_reset(&b);
		put_flood(&b, lens[i]);
		cr_assert(!b.over);
		before = resident_kb();
		cr_expect(log_sealed_known(buf_view(&b)),
		    "what is too large is refused as that");
		cr_expect_lt(
		    resident_kb() - before, 4u << 10, "%zu bytes", lens[i]);
	}
	buf_clear(&b);
}

Test(log_sealed_known, tells_a_type_of_a_newer_node)
{
	static char type[] = "record.Hologram", alarm[] = "record.Alarm";
	Ledger__Opening o = LEDGER__OPENING__INIT;
	Ledger__Sealed s = LEDGER__SEALED__INIT;
	struct buf b;

	s.body = &o;
	for (unsigned i = 0; i < 3; i++) {
		o.type = i == 0 ? type : alarm;
		o.has_schema_version = true;
		o.schema_version =
		    i == 1 ? SEAL_SCHEMA_VERSION + 1 : SEAL_SCHEMA_VERSION;
		buf_init(&b, LOG_SEALED_MAX);
		slice_pack(&b, &s.base);
		cr_expect_eq(log_sealed_known(buf_view(&b)), i == 2);
		buf_clear(&b);
	}
}
