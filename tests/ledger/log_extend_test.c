/* log_extend_test.c - a replica takes the truth and refuses every lie. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "ledger/log_erase.h"
#include "ledger/log_read.h"
#include "tests/support/book.h"

static struct book own;
static struct book replica;
static struct book_parcel p;

static void
setup(void)
{
	book_new(&own, false);
	book_new(&replica, true);
	book_fill(&own, 100);
}

static void
teardown(void)
{
	book_parcel_clear(&p);
	book_end(&own);
	book_end(&replica);
}

TestSuite(log_extend, .init = setup, .fini = teardown);

static void
sound(void)
{
	struct err_why why = {.text = ""};
	enum err e = book_audit(&replica, &why);

	cr_assert_eq(e, ERR_OK, "%s", why.text);
}

static void
refuses(enum err want, const char *what)
{
	struct err_why why = {.text = ""};
	enum err e = book_extend(&replica, &p.x, &why);

	cr_assert_eq(e, want, "%s: %s: %s", what, err_name(e), why.text);
	cr_assert_eq(book_size(&replica), 0u, "%s", what);
}

Test(log_extend, takes_a_log_in_pieces_and_goes_on_after_a_restart)
{
	const size_t cut[] = {0, 1, 64, 65, 101};
	struct store_txn *txn;
	struct buf note;

	for (size_t i = 0; i + 1 < sizeof(cut) / sizeof(cut[0]); i++) {
		struct err_why why = {.text = ""};
		enum err e;

		book_pack(&own, &p, cut[i], cut[i + 1] - cut[i], true);
		e = book_extend(&replica, &p.x, &why);
		cr_assert_eq(e, ERR_OK, "%s", why.text);
		book_parcel_clear(&p);
		book_reopen(&replica);
		sound();
	}
	cr_assert_eq(book_size(&replica), 101u);
	buf_init(&note, NOTE_BYTES_MAX);
	cr_assert_eq(store_read(replica.store, &txn, NULL), ERR_OK);
	cr_assert_eq(log_checkpoint(
	                 replica.log, txn, replica.slot, 0, &note, NULL, NULL),
	    ERR_OK);
	store_abort(txn);
	buf_clear(&note);
	book_pack(&own, &p, 0, 1, false);
}

Test(log_extend, gives_no_checkpoint_ahead_of_its_leaves)
{
	struct store_txn *txn;
	struct buf note;

	book_pack(&own, &p, 0, 50, false);
	cr_assert_eq(book_extend(&replica, &p.x, NULL), ERR_OK);
	buf_init(&note, NOTE_BYTES_MAX);
	cr_assert_eq(store_read(replica.store, &txn, NULL), ERR_OK);
	cr_assert_eq(log_checkpoint(
	                 replica.log, txn, replica.slot, 0, &note, NULL, NULL),
	    ERR_NOT_FOUND);
	store_abort(txn);
	buf_clear(&note);
}

Test(log_extend, refuses_ranges_that_do_not_join)
{
	book_pack(&own, &p, 1, 10, false);
	refuses(ERR_CONFLICT, "a gap");
	book_parcel_clear(&p);
	book_pack(&own, &p, 0, 10, false);
	p.head.head.size = 5;
	refuses(ERR_MALFORMED, "past the checkpoint");
	p.head.head.size = UINT64_MAX;
	refuses(ERR_MALFORMED, "impossible size");
}

Test(log_extend, refuses_another_logs_checkpoint)
{
	book_pack(&own, &p, 0, 101, false);
	p.head.origin[0] = 'q';
	refuses(ERR_UNVERIFIED, "another origin");
}

Test(log_extend, refuses_any_changed_byte_of_a_leaf)
{
	book_pack(&own, &p, 0, 101, false);
	for (size_t i = 0; i < p.items[70].leaf.len; i++) {
		size_t at = (size_t)(p.items[70].leaf.ptr - p.bytes.ptr) + i;

		p.bytes.ptr[at] ^= 1;
		cr_assert_neq(
		    book_extend(&replica, &p.x, NULL), ERR_OK, "byte %zu", i);
		p.bytes.ptr[at] ^= 1;
	}
	cr_assert_eq(book_size(&replica), 0u);
	cr_assert_eq(book_extend(&replica, &p.x, NULL), ERR_OK);
}

Test(log_extend, refuses_leaves_left_out_swapped_or_repeated)
{
	struct log_item kept;

	book_pack(&own, &p, 0, 101, false);
	kept = p.items[50];
	p.items[50] = p.items[51];
	refuses(ERR_UNVERIFIED, "one leaf twice");
	p.items[51] = kept;
	refuses(ERR_UNVERIFIED, "two leaves swapped");
	p.items[50] = p.items[51];
	p.items[51] = p.items[50];
	p.x.len = 100;
	refuses(ERR_UNVERIFIED, "the last one left out");
}

Test(log_extend, refuses_a_wrong_proof_or_root)
{
	book_pack(&own, &p, 0, 60, false);
	p.proof.path[0].b[5] ^= 1;
	refuses(ERR_UNVERIFIED, "changed proof");
	p.proof.path[0].b[5] ^= 1;
	p.proof.len--;
	cr_assert_neq(book_extend(&replica, &p.x, NULL), ERR_OK);
	p.proof.len++;
	p.head.head.root.b[0] ^= 1;
	refuses(ERR_UNVERIFIED, "changed root");
	p.head.head.root.b[0] ^= 1;
	cr_assert_eq(book_extend(&replica, &p.x, NULL), ERR_OK);
}

Test(log_extend, refuses_openings_that_do_not_match)
{
	struct log_item kept;

	book_pack(&own, &p, 0, 101, true);
	kept = p.items[10];
	p.items[10].sealed = p.items[11].sealed;
	refuses(ERR_UNVERIFIED, "another entry's body");
	p.items[10] = kept;
	p.items[0].sealed = p.items[1].sealed;
	refuses(ERR_UNVERIFIED, "a body where none was committed to");
	p.items[0].sealed = bytes_of(NULL, 0);
	p.items[10].sealed = bytes_str("\xff\xff");
	refuses(ERR_MALFORMED, "rubbish");
}

/* Signs what a lying writer would: leaves that hash up, but break the rules. */
static void
lie(void (*change)(Ledger__Entry *e), uint64_t at)
{
	struct tree_frontier f = {0};
	struct buf text;

	buf_init(&text, 4096);
	for (size_t i = 0; i < p.x.len; i++) {
		struct hash h;

		if (i == at) {
			Ledger__Entry *e;
			uint8_t *to;
			size_t len;

			cr_assert_eq(
			    log_decode(&e, p.items[i].leaf, NULL), ERR_OK);
			change(e);
			len = ledger__entry__get_packed_size(e);
			to = buf_grow(&p.bytes, len);
			cr_assert_not_null(to);
			(void)ledger__entry__pack(e, to);
			p.items[i].leaf = bytes_of(to, len);
			ledger__entry__free_unpacked(e, NULL);
		}
		tree_leaf(&h, p.items[i].leaf);
		tree_push(&f, &h, NULL, NULL);
	}
	tree_root(&f, &p.head.head.root);
	p.head.head.size = p.x.len;
	note_checkpoint_put(&text, &p.head);
	buf_reset(&p.note);
	note_sign(&p.note, buf_view(&text), BOOK_ORIGIN, &own.key);
	p.x.note = buf_view(&p.note);
	p.proof.len = 0;
	buf_clear(&text);
}

static void
same(Ledger__Entry *e)
{
	(void)e;
}

static void
skip_seq(Ledger__Entry *e)
{
	e->kind_seq++;
}

static void
wrong_previous(Ledger__Entry *e)
{
	e->previous_of_kind--;
}

static void
time_back(Ledger__Entry *e)
{
	e->recorded_us -= 2000;
}

static void
next_epoch(Ledger__Entry *e)
{
	e->time_epoch++;
}

static void
other_version(Ledger__Entry *e)
{
	e->version = 2;
}

static void
short_id(Ledger__Entry *e)
{
	e->record_id.len = 15;
}

static void
start_again(Ledger__Entry *e)
{
	e->kind = LEDGER__KIND__LOG_START;
	e->kind_seq = 2;
	e->previous_of_kind = 1;
}

Test(log_extend, refuses_signed_leaves_that_break_a_rule)
{
	struct {
		const char *what;
		void (*change)(Ledger__Entry *e);
		enum err want;
	} lies[] = {
	    {"kind_seq skips", skip_seq, ERR_UNVERIFIED},
	    {"previous_of_kind", wrong_previous, ERR_UNVERIFIED},
	    {"time goes back", time_back, ERR_UNVERIFIED},
	    {"epoch without reset", next_epoch, ERR_UNVERIFIED},
	    {"a second LOG_START", start_again, ERR_UNVERIFIED},
	    {"version 2", other_version, ERR_UNSUPPORTED},
	    {"a short id", short_id, ERR_MALFORMED},
	};
	struct err_why why;

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		book_pack(&own, &p, 0, 60, false);
		lie(lies[i].change, 59);
		refuses(lies[i].want, lies[i].what);
		book_parcel_clear(&p);
	}
	book_pack(&own, &p, 0, 60, false);
	lie(time_back, 59);
	cr_assert_neq(book_extend(&replica, &p.x, &why), ERR_OK);
	cr_assert_not_null(strstr(why.text, "its owner signed it so"));
	p.items[59].leaf.len--;
	cr_assert_neq(book_extend(&replica, &p.x, &why), ERR_OK);
	cr_assert_null(strstr(why.text, "its owner signed it so"),
	    "whoever handed it on may have altered it");
	book_parcel_clear(&p);
	book_pack(&own, &p, 0, 60, false);
	lie(same, 59);
	cr_assert_eq(book_extend(&replica, &p.x, NULL), ERR_OK);
}

Test(log_extend, refuses_a_second_checkpoint_of_one_size)
{
	struct err_why why = {.text = ""};

	book_pack(&own, &p, 0, 60, false);
	cr_assert_eq(book_extend(&replica, &p.x, NULL), ERR_OK);
	book_parcel_clear(&p);
	book_pack(&own, &p, 60, 0, false);
	cr_assert_eq(book_extend(&replica, &p.x, &why), ERR_OK, "%s", why.text);
	p.head.head.root.b[0] ^= 1;
	cr_assert_eq(book_extend(&replica, &p.x, NULL), ERR_UNVERIFIED);
}

Test(log_sealed_put, takes_a_body_later_when_it_matches, .init = setup,
    .fini = teardown)
{
	const struct log_erasure gone = {.index = 5};
	struct store_txn *txn;
	struct bytes right;

	book_pack(&own, &p, 0, 101, true);
	right = p.items[5].sealed;
	p.items[5].sealed = bytes_of(NULL, 0);
	cr_assert_eq(book_extend(&replica, &p.x, NULL), ERR_OK);
	cr_assert_eq(store_write(replica.store, &txn, NULL), ERR_OK);
	cr_assert_eq(log_sealed_put(replica.log, txn, replica.slot, 5,
	                 p.items[6].sealed, NULL),
	    ERR_UNVERIFIED);
	cr_assert_eq(
	    log_sealed_put(replica.log, txn, replica.slot, 5, right, NULL),
	    ERR_OK);
	cr_assert_eq(
	    log_sealed_put(replica.log, txn, replica.slot, 5, right, NULL),
	    ERR_EXISTS);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	sound();
	cr_assert_eq(store_write(replica.store, &txn, NULL), ERR_OK);
	cr_assert_eq(log_erase(replica.log, txn, &gone, 1, NULL), ERR_OK);
	cr_assert_eq(
	    log_sealed_put(replica.log, txn, replica.slot, 5, right, NULL),
	    ERR_REFUSED, "erased stays erased");
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert_eq(log_erase_done(replica.log, NULL), ERR_OK);
	sound();
}
