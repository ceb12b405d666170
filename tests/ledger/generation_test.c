/* generation_test.c - a log that follows another says where that one stood. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/generation.h"

#include "proto/slice.h"
#include "tests/support/book.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define NEXT "plant-a.acme.example/evidence/2"

static struct book book;
static struct err_why why;
static struct buf body;
static ProtobufCMessage *msg;

static void
setup(void)
{
	book_new(&book, false);
	book_fill(&book, 5);
	buf_init(&body, 65536);
}

static void
teardown(void)
{
	slice_free(msg);
	msg = NULL;
	buf_clear(&body);
	book_end(&book);
}

static enum err
start(const char *origin, const char *predecessor)
{
	struct generation_plan plan = {
	    .origin = origin, .predecessor = predecessor, .reason = "rollover"};
	struct store_txn *txn;
	enum err e;

	cr_assert_eq(store_read(book.store, &txn, &why), ERR_OK);
	buf_reset(&body);
	e = generation_start(&body, book.log, txn, &plan, &why);
	store_abort(txn);
	return e;
}

static const Record__LogStart *
started(void)
{
	cr_assert_eq(start(NEXT, BOOK_ORIGIN), ERR_OK, "%s", why.text);
	cr_assert_eq(slice_unpack(&msg, &record__log_start__descriptor,
	                 buf_view(&body), &why),
	    ERR_OK);
	return (const Record__LogStart *)msg;
}

/* The predecessor's checkpoint as a reader may have seen it. */
static struct note_checkpoint
seen(void)
{
	struct note_checkpoint c;
	struct log_state state;
	struct store_txn *txn;

	cr_assert_eq(store_read(book.store, &txn, &why), ERR_OK);
	cr_assert_eq(log_state(book.log, txn, book.slot, &state, &why), ERR_OK);
	store_abort(txn);
	memset(&c, 0, sizeof(c));
	(void)snprintf(c.origin, sizeof(c.origin), "%s", BOOK_ORIGIN);
	c.head.size = state.frontier.size;
	tree_root(&state.frontier, &c.head.root);
	return c;
}

Test(generation_start, names_size_root_and_heads_of_its_predecessor,
    .init = setup, .fini = teardown)
{
	const Record__LogStart *s = started();
	struct note_checkpoint last = seen();

	cr_assert_str_eq(s->predecessor, BOOK_ORIGIN);
	cr_assert_eq(s->size, 6);
	cr_assert_eq(memcmp(s->root.data, last.head.root.b, HASH_BYTES), 0);
	cr_assert_eq(s->n_heads, 2);
	cr_assert_eq(s->heads[1]->kind, LEDGER__KIND__ALARM);
	cr_assert_eq(s->heads[1]->kind_seq, 5);
	cr_assert_eq(s->heads[1]->last_index, 5);
	cr_assert_eq(generation_check(s, NEXT, &last, &why), ERR_OK);
	cr_assert_eq(generation_check(s, NEXT, NULL, &why), ERR_OK);
}

Test(generation_start, refuses_what_does_not_follow, .init = setup,
    .fini = teardown)
{
	cr_assert_eq(start("plant-a.acme.example/evidence/3", BOOK_ORIGIN),
	    ERR_MALFORMED);
	cr_assert_eq(start("plant-a.acme.example/alliance/2", BOOK_ORIGIN),
	    ERR_MALFORMED);
	cr_assert_eq(start("plant-b.acme.example/evidence/2", BOOK_ORIGIN),
	    ERR_MALFORMED);
	cr_assert_eq(start(NEXT, NULL), ERR_MALFORMED);
	cr_assert_eq(start(BOOK_ORIGIN, BOOK_ORIGIN), ERR_MALFORMED);
	cr_assert_eq(start("x.example/evidence/2", "x.example/evidence/1"),
	    ERR_NOT_FOUND);
}

Test(generation_check, notices_a_lost_tail_and_another_root, .init = setup,
    .fini = teardown)
{
	const Record__LogStart *s = started();
	struct note_checkpoint last = seen();
	struct note_checkpoint other = last;

	other.head.size++;
	cr_assert_eq(generation_check(s, NEXT, &other, &why), ERR_UNVERIFIED);
	other = last;
	other.head.root.b[0] ^= 1;
	cr_assert_eq(generation_check(s, NEXT, &other, &why), ERR_UNVERIFIED);
	other = last;
	other.head.size--;
	cr_assert_eq(generation_check(s, NEXT, &other, &why), ERR_OK);
	other.origin[0] = 'q';
	cr_assert_eq(generation_check(s, NEXT, &other, &why), ERR_UNVERIFIED);
	cr_assert_eq(
	    generation_check(s, BOOK_ORIGIN, NULL, &why), ERR_UNVERIFIED);
}

Test(generation_get, reads_origins_strictly)
{
	static const char *const bad[] = {"", "evidence/1", "/evidence/1",
	    "a/evidence/0", "a/evidence/01", "a/evidence/", "a//1",
	    "a/evidence/4294967296", "a/a-kind-that-is-too-long/1"};
	char text[NOTE_NAME_MAX + 1];
	struct generation g;

	cr_assert_eq(
	    generation_get(&g, "x.example/y/evidence/12", &why), ERR_OK);
	cr_assert_str_eq(g.name, "x.example/y");
	cr_assert_str_eq(g.kind, "evidence");
	cr_assert_eq(g.number, 12);
	cr_assert_eq(generation_put(text, &g, &why), ERR_OK);
	cr_assert_str_eq(text, "x.example/y/evidence/12");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_assert_eq(generation_get(&g, bad[i], &why), ERR_MALFORMED,
		    "%s", bad[i]);
}
