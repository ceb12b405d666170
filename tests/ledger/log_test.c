/* log_test.c - an own log: what is acknowledged is there and provable. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/log_read.h"
#include "tests/support/book.h"

static struct book book;

static void
setup(void)
{
	book_new(&book, false);
}

static void
teardown(void)
{
	book_end(&book);
}

TestSuite(log, .init = setup, .fini = teardown);

static struct store_txn *
reading(void)
{
	struct store_txn *txn;

	cr_assert_eq(store_read(book.store, &txn, NULL), ERR_OK);
	return txn;
}

static struct store_txn *
writing(void)
{
	struct store_txn *txn;

	cr_assert_eq(store_write(book.store, &txn, NULL), ERR_OK);
	return txn;
}

static void
sound(void)
{
	struct err_why why = {.text = ""};
	enum err e = book_audit(&book, &why);

	cr_assert_eq(e, ERR_OK, "%s", why.text);
}

static enum err
append_kind(struct store_txn *txn, Ledger__Kind kind, struct log_place *out)
{
	struct log_draft d = {.kind = kind};

	return log_append(book.log, txn, book.slot, &d, out, NULL);
}

Test(log, begins_with_log_start_and_has_only_one)
{
	struct store_txn *txn = writing();
	struct log_place place;
	uint16_t slot;

	cr_assert_eq(
	    append_kind(txn, LEDGER__KIND__LOG_START, &place), ERR_REFUSED);
	cr_assert_eq(log_slot_add(book.log, txn, "other.example/evidence/1",
	                 &slot, NULL),
	    ERR_OK);
	book.slot = slot;
	cr_assert_eq(
	    append_kind(txn, LEDGER__KIND__ALARM, &place), ERR_REFUSED);
	cr_assert_eq(append_kind(txn, LEDGER__KIND__LOG_START, &place), ERR_OK);
	store_abort(txn);
}

Test(log, proves_every_entry_under_the_checkpoint_after_a_restart)
{
	struct log_nodes nodes = {.slot = book.slot};
	struct note_checkpoint head;
	struct store_txn *txn;
	struct buf note;

	book_fill(&book, 70);
	book_reopen(&book);
	book_fill(&book, 130);
	book_reopen(&book);
	txn = reading();
	buf_init(&note, NOTE_BYTES_MAX);
	cr_assert_eq(
	    log_checkpoint(book.log, txn, book.slot, 0, &note, NULL, NULL),
	    ERR_OK);
	cr_assert_eq(
	    note_checkpoint_open(&head, buf_view(&note), &book.vkey, NULL),
	    ERR_OK);
	cr_assert_eq(head.head.size, 201u);
	nodes.book = book.log;
	nodes.txn = txn;
	for (uint64_t i = 0; i < head.head.size; i++) {
		struct tree_proof proof;
		struct bytes leaf;
		struct hash hash;

		cr_assert_eq(
		    log_entry(book.log, txn, book.slot, i, &leaf, NULL),
		    ERR_OK);
		tree_leaf(&hash, leaf);
		cr_assert_eq(tree_include(&proof, i, head.head.size, log_node,
		                 &nodes, NULL),
		    ERR_OK);
		cr_assert_eq(tree_check_include(&hash, i, head.head.size,
		                 &proof, &head.head.root, NULL),
		    ERR_OK);
	}
	buf_clear(&note);
	store_abort(txn);
	sound();
}

Test(log, forgets_what_was_aborted)
{
	struct store_txn *txn = writing();
	struct log_place first;
	struct log_place again;

	first = book_alarm(&book, txn, 1);
	(void)book_alarm(&book, txn, 2);
	store_abort(txn);
	cr_assert_eq(book_size(&book), 1u);
	txn = writing();
	again = book_alarm(&book, txn, 3);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert_eq(again.index, first.index);
	cr_assert_eq(book_size(&book), 2u);
	sound();
}

Test(log, shows_the_writer_what_is_not_committed_yet)
{
	struct log_nodes nodes = {.book = book.log, .slot = book.slot};
	struct store_txn *txn = writing();
	struct log_place place = book_alarm(&book, txn, 1);
	struct note_checkpoint head;
	struct tree_proof proof;
	struct buf note;

	buf_init(&note, NOTE_BYTES_MAX);
	cr_assert_eq(log_sign(book.log, txn, NULL), ERR_OK);
	cr_assert_eq(
	    log_checkpoint(book.log, txn, book.slot, 0, &note, &head, NULL),
	    ERR_OK);
	cr_assert_eq(head.head.size, 2u);
	nodes.txn = txn;
	cr_assert_eq(
	    tree_include(&proof, 1, 2, log_node, &nodes, NULL), ERR_OK);
	cr_assert_eq(tree_check_include(
	                 &place.leaf, 1, 2, &proof, &head.head.root, NULL),
	    ERR_OK);
	buf_clear(&note);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	sound();
}

Test(log, chains_each_kind_by_itself)
{
	struct store_txn *txn = writing();
	struct log_place place;
	Ledger__Entry *entry;
	struct bytes leaf;
	uint64_t seq = 0;
	uint64_t last = 0;

	(void)book_alarm(&book, txn, 1);
	cr_assert_eq(append_kind(txn, LEDGER__KIND__ADMIN, &place), ERR_OK);
	(void)book_alarm(&book, txn, 2);
	cr_assert_eq(log_kind_head(book.log, txn, book.slot,
	                 LEDGER__KIND__ALARM, &seq, &last, NULL),
	    ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert_eq(seq, 2u);
	cr_assert_eq(last, 3u);
	txn = reading();
	cr_assert_eq(log_kind_head(book.log, txn, book.slot, LEDGER__KIND__VOTE,
	                 &seq, &last, NULL),
	    ERR_NOT_FOUND);
	cr_assert_eq(
	    log_entry(book.log, txn, book.slot, 3, &leaf, NULL), ERR_OK);
	cr_assert_eq(log_decode(&entry, leaf, NULL), ERR_OK);
	cr_assert_eq(entry->kind_seq, 2u);
	cr_assert_eq(entry->previous_of_kind, 2u, "index 1, plus 1");
	ledger__entry__free_unpacked(entry, NULL);
	store_abort(txn);
}

static int64_t
recorded(Ledger__Kind kind)
{
	struct store_txn *txn = writing();
	struct log_place place;

	cr_assert_eq(append_kind(txn, kind, &place), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	return place.recorded_us;
}

Test(log, records_time_that_never_goes_back_nor_runs_away)
{
	const int64_t start = book.wall_us;

	book.wall_us = start - 1000000;
	cr_assert_eq(recorded(LEDGER__KIND__ADMIN), start);
	book.wall_us = start + INT64_C(3600000000);
	cr_assert_eq(recorded(LEDGER__KIND__ADMIN), start + 5000000);
	log_line(
	    book.log, (struct stamp_line){true, book.wall_us, book.boot_us});
	cr_assert_eq(
	    recorded(LEDGER__KIND__ADMIN), start + INT64_C(3600000000));
	book.wall_us += INT64_C(3600000000);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(recorded(LEDGER__KIND__ADMIN),
		    start + INT64_C(3605000000),
		    "no entry gets further than the line and its slack");
	book.boot_us += 2000000;
	cr_assert_eq(
	    recorded(LEDGER__KIND__ADMIN), start + INT64_C(3607000000));
	book.wall_us = start;
	cr_assert_eq(recorded(LEDGER__KIND__TIME_RESET), start);
	sound();
}

Test(log, finds_entries_by_time)
{
	struct store_txn *txn;
	int64_t first = book.wall_us;
	uint64_t at = 0;

	book_fill(&book, 100);
	txn = reading();
	/* The n-th alarm comes n milliseconds after LOG_START. */
	cr_assert_eq(
	    log_find_time(book.log, txn, book.slot, 1, first, &at, NULL),
	    ERR_OK);
	cr_assert_eq(at, 0u);
	cr_assert_eq(
	    log_find_time(book.log, txn, book.slot, 1, first + 1, &at, NULL),
	    ERR_OK);
	cr_assert_eq(at, 1u);
	cr_assert_eq(log_find_time(
	                 book.log, txn, book.slot, 1, first + 50000, &at, NULL),
	    ERR_OK);
	cr_assert_eq(at, 50u);
	cr_assert_eq(
	    log_find_time(book.log, txn, book.slot, 2, 0, &at, NULL), ERR_OK);
	cr_assert_eq(at, 101u);
	store_abort(txn);
}

Test(log, serves_tiles_only_as_far_as_the_checkpoint_goes)
{
	struct tile t = {.width = TILE_WIDTH};
	struct store_txn *txn;
	struct tree_frontier f = {0};
	struct hash above;
	struct buf out;

	book_fill(&book, 299);
	buf_init(&out, 1 << 20);
	txn = reading();
	cr_assert_eq(
	    log_tile(book.log, txn, book.slot, &t, &out, NULL), ERR_OK);
	cr_assert_eq(out.len, 8192u);
	for (size_t i = 0; i < TILE_WIDTH; i++) {
		struct hash h;

		memcpy(h.b, out.ptr + i * HASH_BYTES, HASH_BYTES);
		tree_push(&f, &h, NULL, NULL);
	}
	tree_root(&f, &above);
	buf_reset(&out);
	t = (struct tile){.level = 1, .width = 1};
	cr_assert_eq(
	    log_tile(book.log, txn, book.slot, &t, &out, NULL), ERR_OK);
	cr_assert(bytes_equal(buf_view(&out), bytes_hash(&above)));
	t = (struct tile){.index = 1, .width = 44};
	buf_reset(&out);
	cr_assert_eq(
	    log_tile(book.log, txn, book.slot, &t, &out, NULL), ERR_OK);
	t.width = 45;
	cr_assert_eq(
	    log_tile(book.log, txn, book.slot, &t, &out, NULL), ERR_NOT_FOUND);
	t.width = 44;
	t.entries = true;
	buf_reset(&out);
	cr_assert_eq(
	    log_tile(book.log, txn, book.slot, &t, &out, NULL), ERR_OK);
	cr_assert_gt(out.len, 44u * 50);
	buf_clear(&out);
	store_abort(txn);
}

static void
cosign(uint64_t size, const char *name, uint8_t seed_byte)
{
	uint8_t seed[CRYPTO_SEED_BYTES] = {seed_byte};
	struct crypto_signer witness;
	struct store_txn *txn = writing();
	struct buf line;

	crypto_signer_seed(&witness, seed);
	buf_init(&line, 4096);
	note_cosign(&line, bytes_str("x\n"), name, &witness, 1);
	cr_assert_eq(log_cosig_put(
	                 book.log, txn, book.slot, size, buf_view(&line), NULL),
	    ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	buf_clear(&line);
}

static uint64_t
checkpoint_with(size_t min_sigs, size_t *sigs)
{
	struct store_txn *txn = reading();
	struct note_checkpoint head = {0};
	struct note note;
	struct buf out;
	enum err e;

	buf_init(&out, NOTE_BYTES_MAX);
	e = log_checkpoint(
	    book.log, txn, book.slot, min_sigs, &out, &head, NULL);
	if (e == ERR_OK) {
		cr_assert_eq(note_parse(&note, buf_view(&out), NULL), ERR_OK);
		*sigs = note.sigs_len;
	}
	buf_clear(&out);
	store_abort(txn);
	return e == ERR_OK ? head.head.size : 0;
}

Test(log, gives_the_newest_checkpoint_with_enough_cosignatures)
{
	struct store_txn *txn;
	size_t sigs = 0;

	book_fill(&book, 1);
	book_fill(&book, 1);
	book_fill(&book, 1);
	cosign(2, "a.example/witness", 1);
	cosign(2, "b.example/witness", 2);
	cosign(2, "b.example/witness", 2);
	cosign(3, "a.example/witness", 1);
	cr_assert_eq(checkpoint_with(0, &sigs), 4u);
	cr_assert_eq(sigs, 1u);
	cr_assert_eq(checkpoint_with(1, &sigs), 3u);
	cr_assert_eq(sigs, 2u);
	cr_assert_eq(checkpoint_with(2, &sigs), 2u);
	cr_assert_eq(sigs, 3u);
	cr_assert_eq(checkpoint_with(3, &sigs), 0u);
	txn = writing();
	cr_assert_eq(log_cosig_put(book.log, txn, book.slot, 99,
	                 bytes_str("\xe2\x80\x94 a AAAAAAAA\n"), NULL),
	    ERR_NOT_FOUND);
	cr_assert_eq(log_cosig_put(book.log, txn, book.slot, 2,
	                 bytes_str("a AAAAAAAA\n"), NULL),
	    ERR_MALFORMED);
	store_abort(txn);
}

Test(log, keeps_cosigned_checkpoints_and_a_bounded_number_of_others)
{
	struct store_txn *txn;
	size_t sigs = 0;
	struct log_place place;

	book_fill(&book, 1);
	cosign(2, "a.example/witness", 1);
	txn = writing();
	for (int i = 0; i < LOG_NOTES_KEEP + 10; i++) {
		cr_assert_eq(
		    append_kind(txn, LEDGER__KIND__ADMIN, &place), ERR_OK);
		cr_assert_eq(log_sign(book.log, txn, NULL), ERR_OK);
	}
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert_eq(checkpoint_with(1, &sigs), 2u);
	txn = writing();
	cr_assert_eq(log_cosig_put(book.log, txn, book.slot, 3,
	                 bytes_str("\xe2\x80\x94 a AAAAAAAA\n"), NULL),
	    ERR_NOT_FOUND, "pruned");
	cr_assert_eq(log_cosig_put(book.log, txn, book.slot, 20,
	                 bytes_str("\xe2\x80\x94 a AAAAAAAA\n"), NULL),
	    ERR_OK, "kept");
	store_abort(txn);
	sound();
}

Test(log, gives_back_the_body_that_was_sealed)
{
	Ledger__Sealed *sealed = NULL;
	enum log_rest rest = LOG_REST_ERASED;
	struct store_txn *txn;

	book_fill(&book, 3);
	txn = reading();
	cr_assert_eq(
	    log_sealed(book.log, txn, book.slot, 2, &sealed, NULL), ERR_OK);
	cr_assert_str_eq(sealed->body->type, "record.Alarm");
	cr_assert_not_null(memmem(sealed->body->message.data,
	    sealed->body->message.len, "alarm 1", 7));
	ledger__sealed__free_unpacked(sealed, NULL);
	cr_assert_eq(log_sealed(book.log, txn, book.slot, 0, &sealed, NULL),
	    ERR_NOT_FOUND);
	cr_assert_eq(
	    log_rest(book.log, txn, book.slot, 0, &rest, NULL), ERR_OK);
	cr_assert_eq(rest, LOG_REST_NONE);
	store_abort(txn);
}

Test(log, seals_a_plain_body_itself)
{
	struct log_draft d = {
	    .kind = LEDGER__KIND__ALARM, .retention_class = 9};
	struct log_place place;
	struct hash commitment;
	struct store_txn *txn;
	struct buf packed;
	struct buf back;

	buf_init(&packed, 4096);
	buf_init(&back, 4096);
	book_seal("plain", &packed, &commitment);
	d.commitment = &commitment;
	d.plain = buf_view(&packed);
	txn = writing();
	cr_assert_eq(
	    log_append(book.log, txn, book.slot, &d, &place, NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	txn = reading();
	cr_assert_eq(log_sealed_bytes(
	                 book.log, txn, book.slot, place.index, &back, NULL),
	    ERR_OK);
	cr_assert(bytes_equal(buf_view(&back), buf_view(&packed)));
	store_abort(txn);
	buf_clear(&packed);
	buf_clear(&back);
	sound();
}

/* Writes batches for ever and says how large the log was after each. */
static void
write_until_killed(int to)
{
	unsigned batch = 0;

	for (;;) {
		struct store_txn *txn = writing();
		uint64_t size = 0;

		batch++;
		for (unsigned i = 0; i < 1 + batch % 90; i++)
			size = book_alarm(&book, txn, i).index + 1;
		if (store_commit(txn, NULL) != ERR_OK ||
		    write(to, &size, sizeof(size)) != sizeof(size))
			_exit(1);
	}
}

Test(log, has_everything_acknowledged_after_a_kill, .timeout = 60)
{
	uint64_t acknowledged = 1;

	for (unsigned round = 1; round <= 5; round++) {
		uint64_t target = acknowledged + round * 117;
		int fd[2];
		pid_t child;
		int status;

		/* LMDB must not be open across a fork. */
		book_close(&book);
		cr_assert_eq(pipe(fd), 0);
		child = fork();
		if (child == 0) {
			close(fd[0]);
			book_open(&book);
			write_until_killed(fd[1]);
		}
		close(fd[1]);
		while (acknowledged < target)
			cr_assert_eq(
			    read(fd[0], &acknowledged, sizeof(acknowledged)),
			    (ssize_t)sizeof(acknowledged));
		kill(child, SIGKILL);
		while (read(fd[0], &acknowledged, sizeof(acknowledged)) ==
		    (ssize_t)sizeof(acknowledged))
			continue;
		close(fd[0]);
		cr_assert_eq(waitpid(child, &status, 0), child);
		cr_assert(WIFSIGNALED(status), "the child failed by itself");
		book_open(&book);
		cr_assert_geq(book_size(&book), acknowledged);
		acknowledged = book_size(&book);
		sound();
	}
}
