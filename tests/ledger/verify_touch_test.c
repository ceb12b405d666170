/* verify_touch_test.c - no changed byte, cut or moved member passes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "ledger/log_read.h"
#include "ledger/proof.h"
#include "proto/mem.h"
#include "tests/support/answer.h"
#include "tests/support/kit.h"
#include "tests/support/raw_zip.h"

/*
 * MUTATE=1 (make mutate) tries every byte of everything.  Otherwise every
 * position of the proof, of the policy and of the archive's own structure is
 * tried, with fewer values, and every STRIDE-th byte of the long members.
 */
#define STRIDE 61

static struct answer a;
static struct buf out;
static struct kit kit;
static bool all;

static void
begin(void)
{
	all = getenv("MUTATE") != NULL;
	answer_new(&a);
	buf_init(&out, BUNDLE_BYTES_MAX);
	cr_assert_eq(answer_write(&a, &out, NULL), ERR_OK);
	kit_open(&kit, buf_view(&out));
}

static void
end(void)
{
	kit_clear(&kit);
	buf_clear(&out);
	answer_end(&a);
}

TestSuite(verify_touch, .init = begin, .fini = end, .timeout = 3600);

static bool
passes(struct bytes in)
{
	struct verify_result r = answer_judge(in, buf_view(&a.policy), NULL);

	cr_assert(r.worst == VERIFY_PASS || r.complete != VERIFY_COMPLETE);
	return r.worst == VERIFY_PASS;
}

/* The proof of permit A1 with its leaf, under a cosigned checkpoint. */
static void
make_proof(struct buf *file)
{
	struct store_txn *txn;
	struct log_nodes nodes = {.book = a.book.log, .slot = a.book.slot};
	struct note_checkpoint head;
	struct proof p = {.index = ANSWER_A1};
	struct bytes leaf;
	struct buf note;

	buf_init(&note, NOTE_BYTES_MAX);
	answer_checkpoint(&a, &note);
	cr_assert_eq(
	    note_checkpoint_open(&head, buf_view(&note), &a.book.vkey, NULL),
	    ERR_OK);
	cr_assert_eq(store_read(a.book.store, &txn, NULL), ERR_OK);
	nodes.txn = txn;
	cr_assert_eq(tree_include(&p.hashes, p.index, head.head.size, log_node,
	                 &nodes, NULL),
	    ERR_OK);
	cr_assert_eq(
	    log_entry(a.book.log, txn, a.book.slot, p.index, &leaf, NULL),
	    ERR_OK);
	p.note = buf_view(&note);
	buf_init(file, PROOF_FILE_MAX);
	proof_put(file, &p, leaf);
	store_abort(txn);
	buf_clear(&note);
}

/* Values that stand in for byte `old`: all others, or its bits and those that
 * a lenient reader takes for the same. */
static size_t
other_values(uint8_t old, uint8_t to[255])
{
	static const uint8_t lenient[] = {
	    0, '\t', '\n', '\r', ' ', '+', '-', '/', '0', '=', '_'};
	size_t n = 0;

	for (unsigned v = 0; v < 256; v++) {
		unsigned diff = v ^ old;

		if (v != old &&
		    (all || (diff & (diff - 1)) == 0 ||
		        memchr(lenient, (int)v, sizeof(lenient)) != NULL))
			to[n++] = (uint8_t)v;
	}
	return n;
}

Test(verify_touch, of_a_proof_is_refused_at_every_byte)
{
	uint8_t to[255];
	struct buf file;
	size_t tried = 0;

	make_proof(&file);
	cr_assert(passes(buf_view(&file)));
	for (size_t at = 0; at < file.len; at++) {
		uint8_t old = file.ptr[at];
		size_t n = other_values(old, to);

		for (size_t i = 0; i < n; i++, tried++) {
			file.ptr[at] = to[i];
			cr_assert(!passes(buf_view(&file)),
			    "byte %zu of the proof: %02x for %02x passes", at,
			    to[i], old);
		}
		file.ptr[at] = old;
	}
	cr_assert_gt(tried, 15 * file.len);
	buf_clear(&file);
}

Test(verify_touch, of_a_proof_is_refused_at_every_cut)
{
	struct buf file;

	make_proof(&file);
	for (size_t len = 0; len < file.len; len++)
		cr_assert(!passes(bytes_of(file.ptr, len)),
		    "the first %zu bytes of the proof pass", len);
	buf_str(&file, "\n");
	cr_assert(!passes(buf_view(&file)), "a proof with a line more passes");
	buf_clear(&file);
}

/* All bytes of all members as they stand in the archive, changed bit by bit.
 * What deflate can say in two ways is excused when it says the same. */
static bool
says_the_same(void)
{
	struct zip_reader *z = NULL;
	struct buf b;
	bool same;

	if (zip_reader_open(&z, buf_view(&out), NULL) != ERR_OK)
		return false;
	same = zip_reader_count(z) == kit.len;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; same && i < kit.len; i++) {
		buf_reset(&b);
		same = strcmp(zip_reader_name(z, i), kit.at[i].name) == 0 &&
		    zip_reader_get(z, i, &b, NULL) == ERR_OK &&
		    bytes_equal(buf_view(&b), buf_view(&kit.at[i].data));
	}
	buf_clear(&b);
	zip_reader_close(z);
	return same;
}

Test(verify_touch, of_an_archive_is_refused_at_every_bit)
{
	size_t same = 0;
	struct raw_zip_span *packed;
	size_t n = raw_zip_packed(buf_view(&out), &packed);

	for (size_t at = 0; at < out.len; at++) {
		bool inside = false;

		for (size_t i = 0; i < n; i++)
			inside = inside ||
			    (at >= packed[i].from && at < packed[i].to);
		if (inside && !all && at % STRIDE != 0)
			continue;
		for (unsigned bit = 0; bit < 8; bit++) {
			out.ptr[at] ^= (uint8_t)(1u << bit);
			if (passes(buf_view(&out))) {
				cr_assert(inside && says_the_same(),
				    "byte %zu, bit %u of %zu passes", at, bit,
				    out.len);
				same++;
			}
			out.ptr[at] ^= (uint8_t)(1u << bit);
		}
	}
	cr_log_info("%zu of %zu bits left the contents as they were", same,
	    8 * out.len);
	cr_assert_lt(same, out.len / 20);
	free(packed);
}

Test(verify_touch, of_an_archive_is_refused_at_every_cut)
{
	for (size_t len = 0; len < out.len; len++)
		cr_assert(!passes(bytes_of(out.ptr, len)),
		    "the first %zu bytes pass", len);
	buf_u8(&out, 0);
	cr_assert(!passes(buf_view(&out)), "a byte more passes");
}

/* The contents themselves, under right checksums: what a forger changes. */
Test(verify_touch, of_any_member_is_refused_at_every_bit)
{
	for (size_t i = 0; i < kit.len; i++) {
		struct buf *b = &kit.at[i].data;
		size_t step = all || b->len < 100 ? 1 : STRIDE;

		for (size_t at = i % step; at < b->len; at += step)
			for (unsigned bit = 0; bit < 8; bit++) {
				b->ptr[at] ^= (uint8_t)(1u << bit);
				raw_zip_pack(&out, &kit, NULL, kit.len);
				cr_assert(!passes(buf_view(&out)),
				    "%s: byte %zu, bit %u passes",
				    kit.at[i].name, at, bit);
				b->ptr[at] ^= (uint8_t)(1u << bit);
			}
	}
	raw_zip_pack(&out, &kit, NULL, kit.len);
	cr_assert(passes(buf_view(&out)), "merely stored, it does not pass");
}

Test(verify_touch, of_the_list_of_members_is_refused)
{
	size_t order[KIT_MEMBERS_MAX + 1];
	size_t i, j, n;

	for (i = 0; i < kit.len; i++)
		for (j = 0; j <= kit.len; j++) {
			/* Member i once more, or i left out (j == len). */
			for (n = 0; n < kit.len; n++)
				order[n] = n;
			if (j == kit.len) {
				memmove(&order[i], &order[i + 1],
				    (kit.len - i - 1) * sizeof(order[0]));
				n--;
			} else {
				memmove(&order[j + 1], &order[j],
				    (kit.len - j) * sizeof(order[0]));
				order[j] = i;
				n++;
			}
			raw_zip_pack(&out, &kit, order, n);
			cr_assert(!passes(buf_view(&out)), "%s %s",
			    kit.at[i].name,
			    j == kit.len ? "left out" : "doubled");
		}
	for (i = 0; i < kit.len; i++)
		for (j = i + 1; j < kit.len; j++) {
			for (n = 0; n < kit.len; n++)
				order[n] = n;
			order[i] = j;
			order[j] = i;
			raw_zip_pack(&out, &kit, order, n);
			cr_assert(!passes(buf_view(&out)),
			    "%s and %s swapped pass", kit.at[i].name,
			    kit.at[j].name);
		}
}
