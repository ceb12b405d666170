/* log_erase_test.c - after an erasure no key opens what was erased. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "ledger/log_erase.h"
#include "ledger/log_read.h"
#include "ledger/seal.h"
#include "proto/digest.h"
#include "tests/support/book.h"
#include "tests/support/hunt.h"

static struct book book;

static void
setup(void)
{
	book_new(&book, false);
	book_fill(&book, 200);
}

static void
teardown(void)
{
	book_end(&book);
}

TestSuite(log_erase, .init = setup, .fini = teardown);

/* Key row and body as they rest now, out of the raw tables. */
struct resting {
	uint8_t key[VAULT_KEY_ROW_BYTES];
	uint8_t body[4096];
	struct vault_item item;
};

static void
take_resting(struct resting *r, uint64_t index)
{
	uint8_t row[10] = {0};
	struct store_table keys;
	struct store_table bodies;
	struct store_txn *txn;

	row[9] = (uint8_t)index;
	cr_assert_eq(store_table(book.store, "log_key", &keys, NULL), ERR_OK);
	cr_assert_eq(
	    store_table(book.store, "log_body", &bodies, NULL), ERR_OK);
	cr_assert_eq(store_read(book.store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    store_get(txn, keys, bytes_of(row, 10), &r->item.key, NULL),
	    ERR_OK);
	cr_assert_eq(
	    store_get(txn, bodies, bytes_of(row, 10), &r->item.body, NULL),
	    ERR_OK);
	memcpy(r->key, r->item.key.ptr, r->item.key.len);
	memcpy(r->body, r->item.body.ptr, r->item.body.len);
	r->item.key.ptr = r->key;
	r->item.body.ptr = r->body;
	store_abort(txn);
}

static enum err
try_resting(const struct resting *r)
{
	struct buf out;
	enum err e;

	buf_init(&out, LOG_SEALED_MAX);
	e = vault_open_item(book.vault, &r->item, &out, NULL);
	buf_wipe(&out);
	return e;
}

static enum err
erase(const struct log_erasure *x, size_t n, bool commit)
{
	struct store_txn *txn;
	enum err e;

	cr_assert_eq(store_write(book.store, &txn, NULL), ERR_OK);
	e = log_erase(book.log, txn, x, n, NULL);
	if (e != ERR_OK || !commit) {
		store_abort(txn);
		return e;
	}
	return store_commit(txn, NULL);
}

static void
sound(void)
{
	struct err_why why = {.text = ""};
	enum err e = book_audit(&book, &why);

	cr_assert_eq(e, ERR_OK, "%s", why.text);
}

/* How many of the 200 alarms still open. */
static unsigned
readable(void)
{
	struct store_txn *txn;
	unsigned n = 0;

	cr_assert_eq(store_read(book.store, &txn, NULL), ERR_OK);
	for (uint64_t i = 1; i <= 200; i++) {
		Ledger__Sealed *sealed;

		if (log_sealed(book.log, txn, book.slot, i, &sealed, NULL) !=
		    ERR_OK)
			continue;
		n++;
		ledger__sealed__free_unpacked(sealed, NULL);
	}
	store_abort(txn);
	return n;
}

static enum log_rest
rest_of(uint64_t index)
{
	enum log_rest rest = LOG_REST_NONE;
	struct store_txn *txn;

	cr_assert_eq(store_read(book.store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    log_rest(book.log, txn, book.slot, index, &rest, NULL), ERR_OK);
	store_abort(txn);
	return rest;
}

Test(log_erase, leaves_nothing_that_any_key_opens_and_keeps_the_rest)
{
	const struct log_erasure x[] = {{.index = 7}, {.index = 100}};
	struct resting gone;
	struct resting kept;

	take_resting(&gone, 7);
	take_resting(&kept, 8);
	cr_assert_eq(try_resting(&gone), ERR_OK);
	cr_assert_eq(erase(x, 2, true), ERR_OK);
	cr_assert_eq(log_erase_done(book.log, NULL), ERR_OK);
	cr_assert_eq(rest_of(7), LOG_REST_ERASED);
	cr_assert_eq(rest_of(8), LOG_REST_HELD);
	cr_assert_eq(readable(), 198u);
	cr_assert_eq(try_resting(&gone), ERR_NOT_FOUND,
	    "what free pages and backups hold is dead");
	cr_assert_eq(try_resting(&kept), ERR_NOT_FOUND);
	sound();
	book_reopen(&book);
	cr_assert_eq(try_resting(&gone), ERR_NOT_FOUND);
	cr_assert_eq(readable(), 198u);
	sound();
}

Test(log_erase, takes_single_fields_and_shows_the_others)
{
	static const uint32_t title = 9;
	const struct log_erasure x = {
	    .index = 3, .fields = &title, .fields_len = 1};
	Ledger__Sealed *sealed = NULL;
	struct store_txn *txn;
	struct resting gone;
	struct buf packed;

	take_resting(&gone, 3);
	cr_assert_eq(erase(&x, 1, true), ERR_OK);
	cr_assert_eq(log_erase_done(book.log, NULL), ERR_OK);
	cr_assert_eq(try_resting(&gone), ERR_NOT_FOUND);
	cr_assert_eq(store_read(book.store, &txn, NULL), ERR_OK);
	buf_init(&packed, LOG_SEALED_MAX);
	cr_assert_eq(
	    log_sealed_bytes(book.log, txn, book.slot, 3, &packed, NULL),
	    ERR_OK);
	cr_assert_null(memmem(packed.ptr, packed.len, "alarm 2", 7));
	cr_assert_eq(
	    log_sealed(book.log, txn, book.slot, 3, &sealed, NULL), ERR_OK);
	cr_assert(!sealed->body->has_record_key,
	    "the key would give the salt of the erased field");
	cr_assert_eq(sealed->body->n_fields, 2u);
	ledger__sealed__free_unpacked(sealed, NULL);
	buf_clear(&packed);
	store_abort(txn);
	cr_assert_eq(readable(), 200u);
	sound();
}

Test(log_erase, is_finished_at_the_next_start_when_a_crash_came_between)
{
	const struct log_erasure x = {.index = 7};
	struct resting gone;

	take_resting(&gone, 7);
	cr_assert_eq(erase(&x, 1, true), ERR_OK);
	cr_assert_eq(try_resting(&gone), ERR_OK, "the key file is still there");
	book_reopen(&book);
	cr_assert_eq(try_resting(&gone), ERR_NOT_FOUND);
	cr_assert_eq(readable(), 199u);
	sound();
}

Test(log_erase, loses_nothing_when_it_is_aborted)
{
	const struct log_erasure x = {.index = 7};

	cr_assert_eq(erase(&x, 1, false), ERR_OK);
	cr_assert_eq(log_erase_done(book.log, NULL), ERR_OK);
	cr_assert_eq(readable(), 200u);
	book_fill(&book, 5);
	book_reopen(&book);
	cr_assert_eq(readable(), 200u);
	sound();
	cr_assert_eq(erase(&x, 1, true), ERR_OK);
	cr_assert_eq(log_erase_done(book.log, NULL), ERR_OK);
	cr_assert_eq(readable(), 199u);
	sound();
}

Test(log_erase, refuses_what_is_not_held)
{
	const struct log_erasure x = {.index = 7};
	const struct log_erasure twice[] = {{.index = 7}, {.index = 7}};
	const struct log_erasure start = {.index = 0};

	cr_assert_eq(erase(&start, 1, true), ERR_NOT_FOUND);
	cr_assert_eq(erase(twice, 2, true), ERR_NOT_FOUND);
	cr_assert_eq(readable(), 200u);
	cr_assert_eq(erase(&x, 1, true), ERR_OK);
	cr_assert_eq(erase(&x, 1, true), ERR_NOT_FOUND);
}

Test(log_erase, does_not_lose_a_body_sealed_before_and_appended_after)
{
	const struct log_erasure x = {.index = 7};
	struct log_draft d = {.kind = LEDGER__KIND__ALARM};
	struct log_place place;
	struct hash commitment;
	struct store_txn *txn;
	struct buf packed;
	struct buf arena;

	buf_init(&packed, 4096);
	buf_init(&arena, 8192);
	book_seal("in flight", &packed, &commitment);
	d.commitment = &commitment;
	cr_assert_eq(vault_seal(book.vault, buf_view(&packed), 64, book.wall_us,
	                 &arena, &d.sealed, NULL),
	    ERR_OK);
	cr_assert_eq(erase(&x, 1, true), ERR_OK);
	cr_assert_eq(log_erase_done(book.log, NULL), ERR_OK);
	cr_assert_eq(store_write(book.store, &txn, NULL), ERR_OK);
	cr_assert_eq(log_append(book.log, txn, book.slot, &d, &place, NULL),
	    ERR_CONFLICT);
	d.plain = buf_view(&packed);
	d.retention_class = 64;
	cr_assert_eq(
	    log_append(book.log, txn, book.slot, &d, &place, NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert_eq(rest_of(place.index), LOG_REST_HELD);
	buf_clear(&packed);
	buf_clear(&arena);
	sound();
}

Test(log_erase, refuses_a_vault_of_another_store)
{
	struct book other;
	struct log_book *mixed = NULL;

	book_new(&other, true);
	log_book_close(other.log);
	cr_assert_eq(
	    log_book_open(&mixed, other.store, book.vault, &other.clock, NULL),
	    ERR_CONFLICT);
	cr_assert_null(mixed);
	other.log = NULL;
	book_end(&other);
}

/* Record key, salt of the title, data key and words of an entry. */
static void
know(struct hunt *h, const char *vault, uint64_t index, const char *title)
{
	static const uint8_t title_no[] = {0, 0, 0, 9};
	const struct bytes salted[2] = {
	    bytes_str("lianfang/salt/v1"), bytes_of(title_no, 4)};
	uint8_t data_key[CRYPTO_KEY_BYTES];
	Ledger__Sealed *sealed = NULL;
	struct digest_hmac mac;
	struct resting at;
	struct store_txn *txn;
	struct hash salt;
	struct bytes key;

	cr_assert_eq(store_read(book.store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    log_sealed(book.log, txn, book.slot, index, &sealed, NULL), ERR_OK);
	key = bytes_of(
	    sealed->body->record_key.data, sealed->body->record_key.len);
	hunt_add(h, "record key", key);
	digest_hmac_key(&mac, key);
	digest_hmac(&mac, &salt, salted, 2);
	hunt_add(h, "salt", bytes_of(salt.b, sizeof(salt.b)));
	hunt_add(h, "title", bytes_str(title));
	ledger__sealed__free_unpacked(sealed, NULL);
	store_abort(txn);
	take_resting(&at, index);
	hunt_data_key(h, data_key, at.item.key, vault);
	hunt_add_data_key(h, "data key", data_key);
}

/* As it lies there, with free pages and journal: a hot copy. */
static void
copy_files(const char *to)
{
	static const char *const names[] = {"data.mdb", "redo.0", "redo.1"};
	char from[TEMP_PATH_BYTES];
	char path[TEMP_PATH_BYTES];

	cr_assert_eq(mkdir(to, 0700), 0);
	for (size_t i = 0; i < 3; i++) {
		size_t len = 0;
		char *text;

		temp_path(path, book.dir, "db");
		temp_path(from, path, names[i]);
		temp_path(path, to, names[i]);
		text = temp_read(from, &len);
		cr_assert_not_null(text);
		temp_write(path, text, len);
		free(text);
	}
}

static void
nothing_is_left(struct hunt *h, const char *vault, const char *old)
{
	/* The copy of old is dead by the keys that there are now. */
	cr_assert_eq(hunt_unwrap(h, old, vault), 0u);
	cr_assert_eq(hunt_unwrap(h, book.dir, vault), 0u);
	cr_assert_eq(hunt_look(h, book.dir), 0u);
}

Test(log_erase, leaves_no_text_key_or_salt_in_any_file_nor_in_a_hot_copy)
{
	static const uint32_t title = 9;
	const struct log_erasure x[] = {
	    {.index = 3, .fields = &title, .fields_len = 1},
	    {.index = 7},
	};
	struct hunt *h = hunt_new();
	char vault[TEMP_PATH_BYTES];
	char hot[TEMP_PATH_BYTES];
	char copy[TEMP_PATH_BYTES];

	temp_path(vault, book.dir, "vault");
	temp_path(hot, book.dir, "hot");
	temp_path(copy, book.dir, "copy");
	know(h, vault, 3, "alarm 2");
	know(h, vault, 7, "alarm 6");
	copy_files(hot);
	cr_assert_geq(hunt_unwrap(h, hot, vault), 2u, "it can find");
	cr_assert_eq(erase(x, 2, true), ERR_OK);
	cr_assert_eq(log_erase_done(book.log, NULL), ERR_OK);
	nothing_is_left(h, vault, hot);
	cr_assert_eq(mkdir(copy, 0700), 0);
	cr_assert_eq(store_copy(book.store, copy, NULL), ERR_OK);
	nothing_is_left(h, vault, copy);
	book_reopen(&book);
	nothing_is_left(h, vault, hot);
	hunt_free(h);
	sound();
}
