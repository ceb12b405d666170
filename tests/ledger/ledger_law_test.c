/* ledger_law_test.c - the ledger against slow and obvious models, seeded. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/log_erase.h"
#include "ledger/log_read.h"
#include "ledger/seal.h"
#include "ledger/stamp.h"
#include "ledger/tile.h"
#include "ledger/window.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "tests/support/book.h"
#include "tests/support/chance.h"
#include "tests/support/forest.h"

/* ---- the tree, word by word from RFC 6962 2.1 ---- */

static struct hash
root_of(const struct hash *leaf, size_t n)
{
	struct hash left, right, out;
	size_t k = 1;

	if (n == 1)
		return leaf[0];
	while (2 * k < n)
		k *= 2;
	left = root_of(leaf, k);
	right = root_of(leaf + k, n - k);
	tree_join(&out, &left, &right);
	return out;
}

static void
tree_law(struct chance *c)
{
	size_t size = 1 + chance_below(c, 3000);
	size_t old = 1 + chance_below(c, size), at = chance_below(c, size);
	size_t from = chance_below(c, size);
	size_t to = from + 1 + chance_below(c, size - from);
	struct hash *leaf = mem_alloc(size, sizeof(*leaf));
	struct tree_head head = {.size = size}, before = {.size = old};
	struct tree_span span = {from, to, size};
	struct forest forest = {.len = {0}};
	struct tree_frontier f = {0};
	struct tree_proof p, q;

	for (size_t i = 0; i < size; i++) {
		tree_leaf(&leaf[i], bytes_of(&c->state, sizeof(c->state)));
		(void)chance_below(c, 2);
		tree_push(&f, &leaf[i], forest_emit, &forest);
	}
	tree_root(&f, &head.root);
	struct hash want = root_of(leaf, size);
	chance_holds(c, memcmp(&want, &head.root, HASH_BYTES) == 0);
	before.root = root_of(leaf, old);
	chance_holds(c,
	    tree_include(&p, at, size, forest_read, &forest, NULL) == ERR_OK);
	chance_holds(c,
	    tree_check_include(&leaf[at], at, size, &p, &head.root, NULL) ==
	        ERR_OK);
	chance_holds(c,
	    size == 1 ||
	        tree_check_include(&leaf[at], (at + 1) % size, size, &p,
	            &head.root, NULL) != ERR_OK);
	chance_holds(c,
	    tree_extend(&q, old, size, forest_read, &forest, NULL) == ERR_OK);
	chance_holds(c, tree_check_extend(&before, &head, &q, NULL) == ERR_OK);
	before.root.b[chance_below(c, HASH_BYTES)] ^= 1;
	chance_holds(c, tree_check_extend(&before, &head, &q, NULL) != ERR_OK);
	chance_holds(
	    c, tree_range(&p, span, forest_read, &forest, NULL) == ERR_OK);
	chance_holds(c,
	    tree_check_range(leaf + from, span, &p, &head.root, NULL) ==
	        ERR_OK);
	leaf[from + chance_below(c, to - from)].b[0] ^= 1;
	chance_holds(c,
	    tree_check_range(leaf + from, span, &p, &head.root, NULL) !=
	        ERR_OK);
	forest_clear(&forest);
	free(leaf);
}

Test(ledger_law, proofs_of_trees_of_any_size)
{
	chance_each(60, tree_law);
}

/* ---- every tile of a log ---- */

static void
tile_law(struct chance *c)
{
	size_t size = 2 + chance_below(c, 900), level, span = 1;
	struct hash *leaf = mem_alloc(size, sizeof(*leaf));
	struct store_txn *txn;
	struct book book;
	struct buf got, want;
	struct bytes raw;

	book_new(&book, false);
	book_fill(&book, (unsigned)size - 1);
	buf_init(&got, 1 << 20);
	buf_init(&want, 1 << 20);
	chance_holds(c, store_read(book.store, &txn, NULL) == ERR_OK);
	for (size_t i = 0; i < size; i++) {
		chance_holds(c,
		    log_entry(book.log, txn, book.slot, i, &raw, NULL) ==
		        ERR_OK);
		tree_leaf(&leaf[i], raw);
	}
	for (level = 0; level < 3; level++, span *= 256) {
		size_t hashes = size / span;

		for (uint64_t i = 0; i <= hashes / 256; i++) {
			struct tile t = {false, (unsigned)level, i, 0};
			size_t left = hashes - i * 256;

			t.width = left < 256 ? (unsigned)left : TILE_WIDTH;
			if (t.width > 1 && chance_below(c, 2) == 0)
				t.width =
				    1 + (unsigned)chance_below(c, t.width - 1);
			if (t.width == 0)
				continue;
			buf_reset(&got);
			buf_reset(&want);
			for (size_t k = 0; k < t.width; k++) {
				struct hash h =
				    root_of(leaf + (i * 256 + k) * span, span);

				buf_put(&want, h.b, HASH_BYTES);
			}
			chance_holds(c,
			    log_tile(book.log, txn, book.slot, &t, &got,
			        NULL) == ERR_OK);
			chance_holds(
			    c, bytes_equal(buf_view(&got), buf_view(&want)));
		}
	}
	store_abort(txn);
	buf_clear(&got);
	buf_clear(&want);
	book_end(&book);
	free(leaf);
}

Test(ledger_law, every_tile_of_a_log)
{
	chance_each(8, tile_law);
}

/* ---- sealed records ---- */

static void
open_whole(Ledger__Opening *o, char *type, struct buf *message, uint8_t *key)
{
	ledger__opening__init(o);
	o->type = type;
	o->has_schema_version = true;
	o->schema_version = SEAL_SCHEMA_VERSION;
	o->has_record_key = true;
	o->record_key = (ProtobufCBinaryData){SEAL_KEY_BYTES, key};
	o->has_message = true;
	o->message = (ProtobufCBinaryData){message->len, message->ptr};
}

/* What a random choice shows: exactly its slices, and the rest nowhere. */
static void
seal_law(struct chance *c)
{
	const ProtobufCMessageDescriptor *desc = chance_below(c, 2) == 0
	    ? seal_type("record.Permit")
	    : seal_type("record.Certificate");
	char type[64];
	uint8_t key[SEAL_KEY_BYTES];
	uint32_t show[SLICE_MAX];
	ProtobufCMessage *m = chance_message(c, desc);
	Ledger__Opening whole, *less = NULL, *none = NULL;
	struct slice_list list;
	struct buf message, want, shown;
	struct hash commitment, other;
	size_t n = 0;

	(void)snprintf(type, sizeof(type), "%s", desc->name);
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)chance_below(c, 256);
	buf_init(&message, SEAL_MESSAGE_MAX);
	buf_init(&want, SEAL_MESSAGE_MAX);
	buf_init(&shown, SEAL_MESSAGE_MAX);
	slice_pack(&message, m);
	slice_free(m);
	chance_holds(
	    c, slice_split(&list, desc, buf_view(&message), NULL) == ERR_OK);
	chance_holds(c,
	    seal_commit(&commitment, desc, buf_view(&message), key, NULL) ==
	        ERR_OK);
	open_whole(&whole, type, &message, key);
	for (size_t i = 0; i < list.len; i++)
		if (chance_below(c, 2) == 0) {
			show[n++] = list.at[i].number;
			buf_bytes(&want, list.at[i].bytes);
		}
	chance_holds(c, seal_disclose(&less, &whole, show, n, NULL) == ERR_OK);
	chance_holds(c, seal_open(&shown, less, &commitment, NULL) == ERR_OK);
	chance_holds(c, bytes_equal(buf_view(&shown), buf_view(&want)));
	chance_holds(c, !less->has_record_key && !less->has_message);
	other = commitment;
	other.b[chance_below(c, HASH_BYTES)] ^= 1;
	chance_holds(c, seal_open(NULL, less, &other, NULL) != ERR_OK);
	/* Hidden once more, all of it: it opens, and shows nothing. */
	chance_holds(c, seal_withhold(&none, less, show, n, NULL) == ERR_OK);
	buf_reset(&shown);
	chance_holds(c, seal_open(&shown, none, &commitment, NULL) == ERR_OK);
	chance_holds(c, shown.len == 0);
	for (size_t i = 0; i < none->n_fields; i++)
		chance_holds(c,
		    !none->fields[i]->has_slice && !none->fields[i]->has_salt);
	ledger__opening__free_unpacked(less, NULL);
	ledger__opening__free_unpacked(none, NULL);
	buf_clear(&message);
	buf_clear(&want);
	buf_clear(&shown);
}

Test(ledger_law, any_choice_of_fields_opens_and_shows_no_other)
{
	chance_each(200, seal_law);
}

/* ---- complete windows ---- */

#define RUN 40

static Ledger__Entry
next_entry(struct chance *c, size_t at, const Ledger__Entry *run)
{
	static const Ledger__Kind kinds[] = {LEDGER__KIND__ALARM,
	    LEDGER__KIND__PERMIT, LEDGER__KIND__ACTOR, LEDGER__KIND__CASE};
	Ledger__Entry e = LEDGER__ENTRY__INIT;

	e.has_kind = e.has_kind_seq = e.has_previous_of_kind = 1;
	e.has_time_epoch = e.has_recorded_us = 1;
	e.kind = at == RUN - 1 ? LEDGER__KIND__HEADS
	    : at == 0          ? LEDGER__KIND__LOG_START
	                       : kinds[chance_below(c, 4)];
	e.kind_seq = 1;
	for (size_t i = 0; i < at; i++)
		if (run[i].kind == e.kind) {
			e.kind_seq++;
			e.previous_of_kind = i + 1;
		}
	e.time_epoch = 1;
	e.recorded_us = (at > 0 ? run[at - 1].recorded_us : 1000) +
	    (int64_t)chance_below(c, 3);
	return e;
}

/* As a verifier does: every leaf, the bounds, the heads. */
static bool
complete(const Ledger__Entry *const *run, size_t n,
    const struct window_question *q, const Record__Heads *heads)
{
	struct window_check w;

	window_check_init(&w, 0);
	for (size_t i = 0; i < n; i++)
		if (window_check_leaf(&w, run[i], NULL) != ERR_OK)
			return false;
	return window_check_bounds(&w, q, RUN - 1, NULL) == ERR_OK &&
	    window_check_heads(&w, heads, RUN - 1, NULL) == ERR_OK;
}

static void
make_heads(const Ledger__Entry *run, Record__Head *rows, Record__Head **list,
    Record__Heads *out)
{
	record__heads__init(out);
	out->heads = list;
	for (int kind = 0; kind < WINDOW_KINDS; kind++)
		for (size_t i = RUN - 1; i-- > 0;) {
			if ((int)run[i].kind != kind)
				continue;
			record__head__init(&rows[out->n_heads]);
			rows[out->n_heads] =
			    (Record__Head){rows[out->n_heads].base, 1,
			        (uint32_t)kind, 1, run[i].kind_seq, 1, i};
			list[out->n_heads] = &rows[out->n_heads];
			out->n_heads++;
			break;
		}
}

static void
window_law(struct chance *c)
{
	struct window_question q = {.kind = LEDGER__KIND__PERMIT,
	    .timed = true,
	    .time_epoch = 1,
	    .from_us = 0,
	    .to_us = INT64_MAX};
	Ledger__Entry run[RUN], changed;
	const Ledger__Entry *list[RUN];
	Record__Head rows[8], *pointers[8];
	Record__Heads heads;
	size_t at, i;

	for (i = 0; i < RUN; i++)
		run[i] = next_entry(c, i, run);
	for (i = 0; i < RUN; i++)
		list[i] = &run[i];
	make_heads(run, rows, pointers, &heads);
	chance_holds(c, complete(list, RUN, &q, &heads));
	/* Any leaf left out. */
	for (at = 0; at < RUN; at++) {
		for (i = at; i + 1 < RUN; i++)
			list[i] = &run[i + 1];
		chance_holds(c, !complete(list, RUN - 1, &q, &heads));
		for (i = at; i < RUN; i++)
			list[i] = &run[i];
	}
	/* Any leaf altered in what it says of kind, order or time. */
	for (at = 0; at < RUN; at++) {
		changed = run[at];
		switch (chance_below(c, 4)) {
		case 0:
			changed.kind_seq += 1 + chance_below(c, 3);
			break;
		case 1:
			changed.previous_of_kind ^= 1 + chance_below(c, 7);
			break;
		case 2:
			changed.kind = changed.kind == LEDGER__KIND__ALARM
			    ? LEDGER__KIND__PERMIT
			    : LEDGER__KIND__ALARM;
			break;
		default:
			changed.time_epoch = 2;
		}
		list[at] = &changed;
		chance_holds(c, !complete(list, RUN, &q, &heads));
		list[at] = &run[at];
	}
	/* Heads that tell of one entry more or less. */
	rows[chance_below(c, heads.n_heads)].kind_seq +=
	    chance_below(c, 2) == 0 ? 1 : UINT64_MAX;
	chance_holds(c, !complete(list, RUN, &q, &heads));
}

Test(ledger_law, a_window_without_any_one_leaf_is_not_complete)
{
	chance_each(100, window_law);
}

/* ---- time ---- */

__extension__ typedef __int128 wide; /* nothing overflows it */

static void
stamp_law(struct chance *c)
{
	struct stamp last = {0}, s;

	for (unsigned i = 0; i < 200; i++) {
		struct stamp_now now = {
		    .wall_us = (int64_t)(c->state >> chance_below(c, 63)),
		    .boot_us = (int64_t)(c->state >> (1 + chance_below(c, 62))),
		    .line = {chance_below(c, 4) == 0,
		        (int64_t)(c->state >> chance_below(c, 63)),
		        (int64_t)(c->state >> (1 + chance_below(c, 62)))},
		    .reset = chance_below(c, 20) == 0};
		wide most, want = now.wall_us;

		(void)chance_below(c, 2);
		if (chance_below(c, 30) == 0)
			last.boot_known = false;
		s = stamp_next(last, now);
		most = (wide)last.recorded_us + STAMP_SLACK_US;
		if (now.line.known)
			most = (wide)now.line.wall_us + STAMP_SLACK_US;
		if (now.line.known && now.boot_us > now.line.boot_us)
			most += (wide)now.boot_us - now.line.boot_us;
		if (!now.line.known && last.boot_known &&
		    now.boot_us > last.boot_us)
			most += (wide)now.boot_us - last.boot_us;
		if (now.reset || (last.epoch == 0 && !now.line.known))
			most = want;
		chance_holds(c, stamp_held(last, now) == (want > most));
		if (want > most)
			want = most;
		if (last.epoch == 0 || now.reset) {
			chance_holds(c, s.epoch == last.epoch + 1);
		} else {
			if (want < last.recorded_us)
				want = last.recorded_us;
			chance_holds(c, s.epoch == last.epoch);
		}
		chance_holds(c, s.recorded_us == (int64_t)want);
		last = s;
	}
}

Test(ledger_law, recorded_time_follows_any_clock_by_the_rule)
{
	chance_each(300, stamp_law);
}

/* ---- erasure ---- */

#define BODIES 60

static bool
readable(struct book *book, uint64_t index)
{
	Ledger__Sealed *sealed = NULL;
	struct store_txn *txn;
	bool yes;

	if (store_read(book->store, &txn, NULL) != ERR_OK)
		abort();
	yes = log_sealed(book->log, txn, book->slot, index, &sealed, NULL) ==
	    ERR_OK;
	store_abort(txn);
	if (yes)
		ledger__sealed__free_unpacked(sealed, NULL);
	return yes;
}

static void
erase_law(struct chance *c)
{
	bool kept[BODIES + 1], aborted, crashed;
	struct log_erasure x[4];
	struct store_txn *txn;
	struct book book;
	size_t n;

	memset(kept, true, sizeof(kept));
	book_new(&book, false);
	book_fill(&book, BODIES);
	for (unsigned round = 0; round < 8; round++) {
		if (chance_below(c, 3) == 0)
			book.wall_us += VAULT_PERIOD_US;
		n = 1 + chance_below(c, 4);
		for (size_t i = 0; i < n; i++)
			x[i] = (struct log_erasure){book.slot,
			    1 + chance_below(c, BODIES), NULL, 0, false};
		aborted = chance_below(c, 3) == 0;
		crashed = chance_below(c, 3) == 0;
		chance_holds(c, store_write(book.store, &txn, NULL) == ERR_OK);
		enum err e = log_erase(book.log, txn, x, n, NULL);
		if (e != ERR_OK || aborted) {
			store_abort(txn);
			book_reopen(&book);
		} else {
			chance_holds(c, store_commit(txn, NULL) == ERR_OK);
			/* A crash here: the next start ends the work. */
			if (crashed)
				book_reopen(&book);
			else
				chance_holds(c,
				    log_erase_done(book.log, NULL) == ERR_OK);
			for (size_t i = 0; i < n; i++)
				kept[x[i].index] = false;
		}
		for (uint64_t i = 1; i <= BODIES; i++)
			chance_holds(c, readable(&book, i) == kept[i]);
		chance_holds(c, book_audit(&book, NULL) == ERR_OK);
	}
	book_end(&book);
}

Test(ledger_law, what_is_erased_is_gone_and_all_else_is_there)
{
	chance_each(6, erase_law);
}
