/* extend_fuzz.c - what an owner who signs anything may put into a replica. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "fed.pb-c.h"
#include "ledger/log_rule.h"
#include "tests/fuzz/mutate.h"
#include "tests/support/book.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One replica that stays empty: every input is aborted. */
static struct book book;

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
end_book(void)
{
	book_end(&book);
}

static struct bytes
view(ProtobufCBinaryData b)
{
	return bytes_of(b.data != NULL ? b.data : (const uint8_t *)"", b.len);
}

/* Every leaf is canonical and continues its log, every body opens it. */
static void
check_taken(const struct log_extension *x)
{
	struct log_chain chain = {0};
	Ledger__Entry *entry;

	for (size_t i = 0; i < x->len; i++) {
		must(log_rule_decode(&entry, x->items[i].leaf, NULL) == ERR_OK);
		must(log_rule_next(&chain, entry, NULL) == ERR_OK);
		must(x->items[i].sealed.len == 0 ||
		    log_sealed_check(x->items[i].sealed, entry, NULL) ==
		        ERR_OK);
		ledger__entry__free_unpacked(entry, NULL);
	}
}

/* The items under a checkpoint that the owner signs for exactly them. */
static void
try_items(struct log_item *items, size_t n)
{
	struct tree_frontier f = {0};
	struct tree_proof none = {.len = 0};
	struct note_checkpoint head = {.origin = BOOK_ORIGIN};
	struct err_why why = {.text = ""};
	struct store_txn *txn;
	struct buf text, note;
	struct hash leaf;
	struct log_extension x = {
	    .items = items, .len = n, .head = &head, .proof = &none};
	enum err e;

	buf_init(&text, NOTE_BYTES_MAX);
	buf_init(&note, NOTE_BYTES_MAX);
	for (size_t i = 0; i < n; i++) {
		tree_leaf(&leaf, items[i].leaf);
		tree_push(&f, &leaf, NULL, NULL);
	}
	head.head.size = n;
	tree_root(&f, &head.head.root);
	note_checkpoint_put(&text, &head);
	note_sign(&note, buf_view(&text), BOOK_ORIGIN, &book.key);
	x.note = buf_view(&note);
	must(store_write(book.store, &txn, NULL) == ERR_OK);
	e = log_extend(book.log, txn, book.slot, &x, &why);
	must(e == ERR_OK || why.text[0] != '\0');
	if (e == ERR_OK)
		check_taken(&x);
	store_abort(txn);
	buf_clear(&text);
	buf_clear(&note);
}

static void
change_inside(Fed__Delivery *d, uint64_t *state)
{
	uint8_t room[4096];
	ProtobufCBinaryData *b;
	Fed__Item *item;
	bool leaf = mutate_random(state, 2) == 0;
	size_t len;

	if (d->n_items == 0)
		return;
	item = d->items[mutate_random(state, d->n_items)];
	b = leaf ? &item->leaf : &item->sealed;
	len = b->len < sizeof(room) ? b->len : sizeof(room);
	if (len > 0)
		memcpy(room, b->data, len);
	len = mutate_wire(room, len, sizeof(room),
	    leaf ? &ledger__entry__descriptor : &ledger__sealed__descriptor,
	    (unsigned)mutate_random(state, UINT32_MAX));
	free(b->data);
	b->data = malloc(len + 1);
	must(b->data != NULL);
	memcpy(b->data, room, len);
	b->len = len;
	item->has_leaf = true;
	item->has_sealed = item->has_sealed || !leaf;
}

size_t
LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	uint64_t state = UINT64_C(0x2545f4914f6cdd1d) ^ seed;
	Fed__Delivery *d;

	d = fed__delivery__unpack(NULL, size, data);
	if (d == NULL || seed % 4 == 0) {
		if (d != NULL)
			fed__delivery__free_unpacked(d, NULL);
		return mutate_wire(
		    data, size, max_size, &fed__delivery__descriptor, seed);
	}
	change_inside(d, &state);
	if (fed__delivery__get_packed_size(d) <= max_size)
		size = fed__delivery__pack(d, data);
	fed__delivery__free_unpacked(d, NULL);
	return size;
}

/* A packed fed.Delivery; of it only the items count. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log_item items[64];
	Fed__Delivery *d;

	if (book.store == NULL) {
		book_new(&book, true);
		(void)atexit(end_book);
	}
	d = fed__delivery__unpack(NULL, size, data);
	if (d == NULL)
		return 0;
	if (d->n_items > 0 && d->n_items <= 64) {
		for (size_t i = 0; i < d->n_items; i++)
			items[i] = (struct log_item){
			    view(d->items[i]->leaf), view(d->items[i]->sealed)};
		try_items(items, d->n_items);
	}
	fed__delivery__free_unpacked(d, NULL);
	return 0;
}
