/* part_load_test.c - the parts of a backup make the store that they are of. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/audit.h"
#include "ledger/log_erase.h"
#include "ledger/log_read.h"
#include "tests/support/chance.h"
#include "tests/support/parts.h"

#define SECOND "plant-a.acme.example/evidence/2"
#define MONTH_US (INT64_C(40) * 24 * 3600 * 1000000)

static const char *const tables[] = {"log_origin", "log_state", "log_entry",
    "log_node", "log_key", "log_body", "log_note", "log_cosig", "log_span"};

/* A store to load into. */
struct target {
	char dir[TEMP_PATH_BYTES];
	struct store *store;
	struct log_book *log;
};

static void
target_new(struct target *t)
{
	temp_make(t->dir);
	cr_assert_eq(store_open(&t->store, t->dir, STORE_CREATE, NULL), ERR_OK);
	cr_assert_eq(
	    log_book_open(&t->log, t->store, NULL, NULL, NULL), ERR_OK);
}

static void
target_end(struct target *t)
{
	log_book_close(t->log);
	store_close(t->store);
	temp_remove(t->dir);
}

static void
same_table(struct chance *c, struct store *a, struct store *b, const char *name)
{
	struct store *const of[2] = {a, b};
	struct store_cursor *cursor[2];
	struct store_txn *txn[2];
	struct store_row row[2];
	enum err e[2];

	for (int i = 0; i < 2; i++) {
		struct store_table t;

		cr_assert_eq(store_table(of[i], name, &t, NULL), ERR_OK);
		cr_assert_eq(store_read(of[i], &txn[i], NULL), ERR_OK);
		cr_assert_eq(store_cursor(txn[i], t, &cursor[i], NULL), ERR_OK);
		e[i] = store_seek(cursor[i], bytes_of(NULL, 0), &row[i]);
	}
	while (e[0] == ERR_OK && e[1] == ERR_OK) {
		chance_holds(c, bytes_equal(row[0].key, row[1].key));
		chance_holds(c, bytes_equal(row[0].value, row[1].value));
		for (int i = 0; i < 2; i++)
			e[i] = store_next(cursor[i], &row[i]);
	}
	chance_holds(c, e[0] == ERR_NOT_FOUND && e[1] == ERR_NOT_FOUND);
	for (int i = 0; i < 2; i++) {
		store_cursor_close(cursor[i]);
		store_abort(txn[i]);
	}
}

/* ---- what happens to a book ---- */

static void
erase_some(struct chance *c, struct book *b)
{
	static const uint32_t title = 9; /* of record.Alarm */
	struct log_erasure x = {.slot = b->slot};
	struct store_txn *txn;
	uint64_t size = book_size(b);
	enum err e;

	if (size < 2)
		return;
	x.index = 1 + chance_below(c, size - 1);
	if (chance_below(c, 2) == 0) {
		x.fields = &title;
		x.fields_len = 1;
	}
	cr_assert_eq(store_write(b->store, &txn, NULL), ERR_OK);
	e = log_erase(b->log, txn, &x, 1, NULL);
	if (e != ERR_OK) {
		store_abort(txn); /* erased already */
		return;
	}
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert_eq(log_erase_done(b->log, NULL), ERR_OK);
}

/* A witness's line for the newest checkpoint, or for one it saw earlier. */
static struct {
	char text[8192];
	uint64_t size;
	uint16_t slot;
} seen;

static void
cosign(struct chance *c, struct book *b)
{
	const bool late = seen.size > 0 && chance_below(c, 2) == 0;
	struct note_checkpoint head;
	struct crypto_signer key;
	struct store_txn *txn;
	struct note note;
	struct buf text;
	struct buf line;

	buf_init(&text, NOTE_BYTES_MAX);
	buf_init(&line, 1024);
	crypto_signer_new(&key);
	cr_assert_eq(store_write(b->store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    log_checkpoint(b->log, txn, b->slot, 0, &text, &head, NULL),
	    ERR_OK);
	if (!late) {
		cr_assert_lt(text.len, sizeof(seen.text));
		memcpy(seen.text, buf_cstr(&text), text.len + 1);
		seen.size = head.head.size;
		seen.slot = b->slot;
	}
	cr_assert_eq(note_parse(&note, bytes_str(seen.text), NULL), ERR_OK);
	note_cosign(&line, note.text, "w.example/witness", &key, 1795000000);
	cr_assert_eq(log_cosig_put(b->log, txn, seen.slot, seen.size,
	                 buf_view(&line), NULL),
	    ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	buf_clear(&text);
	buf_clear(&line);
}

/* The log goes on in its next generation. */
static void
roll(struct book *b, struct parts *p)
{
	struct log_draft start = {.kind = LEDGER__KIND__LOG_START};
	struct crypto_signer key;
	struct note_vkey vkey;
	struct store_txn *txn;
	struct log_place place;

	crypto_signer_new(&key);
	cr_assert_eq(
	    note_vkey_make(&vkey, SECOND, NOTE_TYPE_ED25519, key.pub, NULL),
	    ERR_OK);
	parts_key(p, &vkey);
	cr_assert_eq(store_write(b->store, &txn, NULL), ERR_OK);
	cr_assert_eq(log_slot_add(b->log, txn, SECOND, &b->slot, NULL), ERR_OK);
	log_key(b->log, b->slot, &key);
	cr_assert_eq(
	    log_append(b->log, txn, b->slot, &start, &place, NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	b->vkey = vkey;
}

static void
one_step(struct chance *c, struct book *b, struct parts *p)
{
	switch (chance_below(c, 8)) {
	case 0:
		erase_some(c, b);
		break;
	case 1:
		cosign(c, b);
		break;
	case 2:
		b->wall_us += MONTH_US; /* other wrapping keys */
		b->boot_us += MONTH_US;
		break;
	case 3:
		if (p->keys == 1 && chance_below(c, 3) == 0)
			roll(b, p);
		break;
	default:
		book_fill(b, (unsigned)(1 + chance_below(c, 150)));
	}
}

static void
fine(struct chance *c, enum err e, const struct err_why *why)
{
	if (e != ERR_OK)
		fprintf(stderr, "%s\n", why->text);
	chance_holds(c, e == ERR_OK);
}

static void
add_part(struct chance *c, struct parts *p, struct book *b)
{
	struct err_why why = {.text = ""};

	fine(c, parts_add(p, b, &why), &why);
}

static void
law(struct chance *c)
{
	struct part_check_counts counts;
	struct err_why why = {.text = ""};
	struct target t;
	struct parts p;
	struct book b;

	seen.size = 0;
	parts_new(&p);
	book_new(&b, false);
	parts_key(&p, &b.vkey);
	for (unsigned parts = 0; parts < 4; parts++) {
		for (uint64_t n = chance_below(c, 9); n > 0; n--)
			one_step(c, &b, &p);
		add_part(c, &p, &b);
	}
	fine(c, parts_check(&p, b.vault, &counts, &why), &why);
	target_new(&t);
	fine(c, parts_load(&p, t.log, &why), &why);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		same_table(c, b.store, t.store, tables[i]);
	target_end(&t);
	book_end(&b);
	parts_end(&p);
}

Test(part_load, base_and_increments_make_the_live_store)
{
	chance_each(8, law);
}

/* ---- pruning: 16,384 checkpoints and more ---- */

/* As many checkpoints as entries. */
static void
sign_often(struct book *b, unsigned n)
{
	struct store_txn *txn;

	cr_assert_eq(store_write(b->store, &txn, NULL), ERR_OK);
	for (unsigned i = 0; i < n; i++) {
		(void)book_alarm(b, txn, i);
		cr_assert_eq(log_sign(b->log, txn, NULL), ERR_OK);
	}
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
}

Test(part_load, pruned_checkpoints_are_gone_in_the_copy_too)
{
	struct chance c = {.seed = 1, .state = 1};
	struct target t;
	struct parts p;
	struct book b;

	parts_new(&p);
	book_new(&b, false);
	parts_key(&p, &b.vkey);
	seen.size = 0;
	for (unsigned i = 0; i < 4; i++) {
		sign_often(&b, LOG_NOTES_KEEP / 4 - 2);
		cosign(&c, &b);
	}
	add_part(&c, &p, &b);
	sign_often(&b, 40 + LOG_NOTES_KEEP / 4);
	add_part(&c, &p, &b);
	target_new(&t);
	cr_assert_eq(parts_load(&p, t.log, NULL), ERR_OK);
	same_table(&c, b.store, t.store, "log_note");
	same_table(&c, b.store, t.store, "log_state");
	target_end(&t);
	book_end(&b);
	parts_end(&p);
}
