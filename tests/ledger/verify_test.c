/* verify_test.c - nothing that was touched passes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/log_read.h"
#include "ledger/proof.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/text.h"
#include "tests/support/answer.h"
#include "tests/support/kit.h"

static struct answer a;
static struct buf out, lines;
static struct kit kit;

static void
begin(void)
{
	answer_new(&a);
	buf_init(&out, BUNDLE_BYTES_MAX);
	buf_init(&lines, 1 << 20);
	cr_assert_eq(answer_write(&a, &out, NULL), ERR_OK);
	kit_open(&kit, buf_view(&out));
}

static void
end(void)
{
	kit_clear(&kit);
	buf_clear(&lines);
	buf_clear(&out);
	answer_end(&a);
}

TestSuite(verify_bytes, .init = begin, .fini = end);

/* Puts the kit together again, without member `skip`, and judges it. */
static struct verify_result
judge_without(size_t skip)
{
	struct verify_result r;

	kit_pack(&kit, skip, &out);
	buf_reset(&lines);
	r = answer_judge(buf_view(&out), buf_view(&a.policy), &lines);
	cr_assert_eq((r.worst == VERIFY_PASS),
	    (r.counts[VERIFY_FAIL] + r.counts[VERIFY_UNTRUSTED] +
	            r.counts[VERIFY_UNSUPPORTED] ==
	        0));
	return r;
}

static struct verify_result
judge(void)
{
	return judge_without(SIZE_MAX);
}

static struct buf *
member(const char *end_of_name)
{
	return &kit_find(&kit, end_of_name)->data;
}

static bool
says(const char *text)
{
	return strstr(buf_cstr(&lines), text) != NULL;
}

/* ---- every touch of every member ---- */

Test(verify_bytes, passes_what_was_only_packed_again)
{
	struct verify_result r = judge();

	cr_assert_eq(r.worst, VERIFY_PASS, "%s", buf_cstr(&lines));
	cr_assert_eq(r.complete, VERIFY_COMPLETE);
	cr_assert_eq(r.counts[VERIFY_FAIL], 0);
	cr_assert_gt(r.counts[VERIFY_PASS], 20);
}

static void
refuse_flips(uint8_t mask, size_t first, size_t step)
{
	size_t tried = 0;

	for (size_t i = 0; i < kit.len; i++) {
		struct buf *b = &kit.at[i].data;

		/* README.txt is long and compared as a whole. */
		size_t stride = b->len > 4000 ? 20 * step : step;

		for (size_t at = first; at < b->len; at += stride) {
			struct verify_result r;

			b->ptr[at] ^= mask;
			r = judge();
			cr_assert_neq(r.worst, VERIFY_PASS,
			    "%s: byte %zu flipped by %02x passes",
			    kit.at[i].name, at, mask);
			cr_assert_neq(r.complete, VERIFY_COMPLETE);
			b->ptr[at] ^= mask;
			tried++;
		}
	}
	cr_assert_gt(tried, 800);
	cr_assert_eq(judge().worst, VERIFY_PASS);
}

Test(verify_bytes, refuses_a_flipped_low_bit_in_any_member)
{
	refuse_flips(0x01, 0, 11);
}

Test(verify_bytes, refuses_a_flipped_case_bit_in_any_member)
{
	refuse_flips(0x20, 1, 13);
}

Test(verify_bytes, refuses_a_flipped_high_bit_in_any_member)
{
	refuse_flips(0x80, 2, 13);
}

Test(verify_bytes, refuses_a_bundle_without_any_one_member)
{
	for (size_t i = 0; i < kit.len; i++)
		cr_assert_neq(judge_without(i).worst, VERIFY_PASS,
		    "passes without %s", kit.at[i].name);
}

Test(verify_bytes, refuses_a_copy_of_a_member_under_another_name)
{
	static const char *const where[] = {
	    "records/99.json", "actors/4.json", "x", "records/04.json"};

	for (size_t i = 0; i < kit.len; i++) {
		for (size_t n = 0; n < sizeof(where) / sizeof(*where); n++) {
			(void)snprintf(kit.at[kit.len].name,
			    sizeof(kit.at[0].name), "%s", where[n]);
			kit.at[kit.len].data = kit.at[i].data;
			kit.len++;
			cr_assert_neq(judge().worst, VERIFY_PASS,
			    "%s as %s passes", kit.at[i].name, where[n]);
			kit.len--;
			kit.at[kit.len].data = (struct buf){0};
		}
	}
}

Test(verify_bytes, refuses_two_members_that_changed_places)
{
	for (size_t i = 0; i < kit.len; i++) {
		for (size_t n = i + 1; n < kit.len; n++) {
			struct buf x = kit.at[i].data;

			if (bytes_equal(
			        buf_view(&x), buf_view(&kit.at[n].data)))
				continue;
			kit.at[i].data = kit.at[n].data;
			kit.at[n].data = x;
			cr_assert_neq(judge().worst, VERIFY_PASS, "%s and %s",
			    kit.at[i].name, kit.at[n].name);
			x = kit.at[i].data;
			kit.at[i].data = kit.at[n].data;
			kit.at[n].data = x;
		}
	}
	cr_assert_eq(judge().worst, VERIFY_PASS);
}

Test(verify_bytes, refuses_a_member_cut_short_or_grown)
{
	for (size_t i = 0; i < kit.len; i++) {
		struct buf *b = &kit.at[i].data;

		b->len -= 2; /* the last byte of JSON is white space */
		cr_assert_neq(
		    judge().worst, VERIFY_PASS, "%s cut", kit.at[i].name);
		b->len += 2;
		buf_u8(b, 'x');
		cr_assert_neq(
		    judge().worst, VERIFY_PASS, "%s grown", kit.at[i].name);
		b->len--;
	}
}

/* ---- a record taken out by somebody who adapts the rest ---- */

Test(verify_bytes, refuses_a_record_replaced_by_an_excuse)
{
	static const char *const excuses[] = {
	    "\"withheld\": [{\"index\": \"6\", \"reason\": \"ERASED\"}],",
	    "\"withheld\": [{\"index\": \"6\", \"reason\": \"NOT_HELD\"}],",
	    "\"withheld\": [{\"index\": \"6\", \"reason\": "
	    "\"NOT_ENTITLED\"}],",
	    "\"withheld\": [{\"index\": \"6\", \"reason\": \"BECAUSE\"}],",
	    "\"withheld\": [{\"index\": \"6\", \"reason\": \"ERASED\", "
	    "\"erasureIndex\": \"8\"}],",
	    "\"withheld\": [{\"index\": \"6\", \"reason\": \"ERASED\", "
	    "\"erasureIndex\": \"11\"}],",
	};
	size_t gone = kit_position(&kit, "records/6.json");
	struct buf before = *member("manifest.json");
	char *text = mem_strdup(buf_cstr(&before));

	for (size_t i = 0; i < sizeof(excuses) / sizeof(*excuses); i++) {
		struct verify_result r;
		struct buf *m = member("manifest.json");

		buf_reset(m);
		buf_printf(m, "{%s%s", excuses[i], text + 1);
		r = judge_without(gone);
		cr_assert_neq(r.worst, VERIFY_PASS, "%s", excuses[i]);
		cr_assert_neq(r.complete, VERIFY_COMPLETE);
		/* And an excuse for what is shown is a lie as well. */
		cr_assert_eq(judge().worst, VERIFY_FAIL);
	}
	free(text);
}

/* Closes the field that stands as `slice`: salt and slice give way to their
 * digest, as anybody can who holds the bundle. */
static void
close_field(const char *name, const char *slice)
{
	static const char key[] = "\"salt\": \"";
	struct buf *b = member(name), raw, old, new;
	const char *text = buf_cstr(b), *end = strstr(text, slice),
	           *from = text;
	struct hash digest;

	cr_assert_not_null(end, "%s: no %s", name, slice);
	for (const char *at = strstr(text, key); at && at < end;
	     at = strstr(at + 1, key))
		from = at;
	buf_init(&raw, 4096);
	buf_init(&old, 4096);
	buf_init(&new, 4096);
	buf_str(&raw, "lianfang/field/v1");
	cr_assert_eq(
	    text_b64_get(&raw, bytes_of(from + sizeof(key) - 1, 44), NULL),
	    ERR_OK);
	cr_assert_eq(text_b64_get(&raw, bytes_str(slice), NULL), ERR_OK);
	digest_sha256(&digest, buf_view(&raw));
	buf_put(&old, from, (size_t)(end - from) + strlen(slice));
	buf_str(&new, "\"digest\": \"");
	text_b64_put(&new, bytes_hash(&digest));
	kit_edit(&kit, name, buf_cstr(&old), buf_cstr(&new));
	buf_clear(&new);
	buf_clear(&old);
	buf_clear(&raw);
}

/* The slice of area: tank-farm-2. */
#define AREA "Kgt0YW5rLWZhcm0tMg=="

Test(verify_bytes, refuses_a_field_closed_without_a_reason)
{
	struct verify_result r;

	close_field("records/6.json", AREA);
	kit_edit(&kit, "records/6.json", "\"area\": \"tank-farm-2\",", "");
	r = judge();
	cr_assert_eq(r.worst, VERIFY_FAIL);
	cr_assert_eq(r.counts[VERIFY_FAIL], 1, "%s", buf_cstr(&lines));
	cr_assert(says("field 5 was asked for and is closed"));
}

Test(verify_bytes, refuses_an_erased_field_passed_off_as_an_erased_record)
{
	static const uint32_t applicant = 9;
	struct verify_result r;
	size_t gone;

	(void)answer_erase(&a, ANSWER_A2, &applicant, 1);
	buf_reset(&out);
	cr_assert_eq(answer_write(&a, &out, NULL), ERR_OK);
	kit_open(&kit, buf_view(&out));
	cr_assert_eq(judge().worst, VERIFY_PASS, "%s", buf_cstr(&lines));
	/* Entry 12 is the ERASURE; its list of fields is closed, so that it
	 * seems to speak of the whole record. */
	close_field("records/12.json", "GAk=");
	kit_edit(&kit, "records/12.json",
	    ",\n      \"fields\": [\n        9\n      ]", "");
	kit_edit(&kit, "manifest.json", "\"part\": \"body\",", "");
	kit_edit(&kit, "manifest.json",
	    ",\n      \"fields\": [\n        9\n      ]", "");
	gone = kit_position(&kit, "records/6.json");
	r = judge_without(gone);
	cr_assert_neq(r.worst, VERIFY_PASS);
	cr_assert(says("entry 12 does not erase it"), "%s", buf_cstr(&lines));
}

/* Cuts a leaf out of run.entries. */
static void
cut_leaf(unsigned which)
{
	struct buf *b = member("run.entries");
	size_t at = 0, len;

	for (; which > 0; which--)
		at += 2 + ((size_t)b->ptr[at] << 8 | b->ptr[at + 1]);
	len = 2 + ((size_t)b->ptr[at] << 8 | b->ptr[at + 1]);
	memmove(b->ptr + at, b->ptr + at + len, b->len - at - len);
	b->len -= len;
}

/* An honest range proof for another range, as the log itself could make. */
static void
prove_range(uint64_t from, uint64_t to)
{
	struct log_nodes nodes = {.book = a.book.log, .slot = a.book.slot};
	struct buf note, *b = member("run.proof");
	struct proof_range p = {.from = from, .to = to};
	enum err e = store_read(a.book.store, &nodes.txn, NULL);

	cr_assert_eq(e, ERR_OK);
	buf_init(&note, NOTE_BYTES_MAX);
	buf_bytes(&note, buf_view(member("/checkpoint")));
	p.note = buf_view(&note);
	e = tree_range(&p.hashes, (struct tree_span){from, to, 12}, log_node,
	    &nodes, NULL);
	cr_assert_eq(e, ERR_OK);
	buf_reset(b);
	proof_range_put(b, &p);
	store_abort(nodes.txn);
	buf_clear(&note);
}

Test(verify_bytes, refuses_a_run_with_any_leaf_taken_out)
{
	for (unsigned i = 0; i < 8; i++) {
		struct verify_result r;

		if (i > 0) {
			end();
			begin();
		}
		kit_edit(&kit, "manifest.json", "\"endIndex\": \"11\"",
		    "\"endIndex\": \"10\"");
		cut_leaf(i);
		prove_range(3, 10);
		r = judge();
		cr_assert_eq(r.worst, VERIFY_FAIL, "leaf %u", i);
		cr_assert_neq(r.complete, VERIFY_COMPLETE);
	}
}

Test(verify_bytes, refuses_a_window_without_its_left_neighbour)
{
	kit_edit(&kit, "manifest.json", "\"firstIndex\": \"3\"",
	    "\"firstIndex\": \"4\"");
	cut_leaf(0);
	prove_range(4, 11);
	cr_assert_eq(judge().worst, VERIFY_FAIL);
	cr_assert(says("left neighbour missing"), "%s", buf_cstr(&lines));
}

Test(verify_bytes, refuses_a_window_without_its_right_neighbour)
{
	kit_edit(&kit, "manifest.json", "\"endIndex\": \"11\"",
	    "\"endIndex\": \"10\"");
	cut_leaf(7);
	prove_range(3, 10);
	cr_assert_eq(judge().worst, VERIFY_FAIL);
	cr_assert(says("right neighbour missing"), "%s", buf_cstr(&lines));
}

Test(verify_bytes, refuses_a_question_narrowed_afterwards)
{
	/* Leaves, neighbours and proof all fit the narrower window. */
	kit_edit(&kit, "manifest.json", ".010Z", ".009Z");
	cr_assert_eq(judge().worst, VERIFY_FAIL);
	cr_assert(says("another question"), "%s", buf_cstr(&lines));
}

Test(verify_bytes, refuses_readable_text_that_lies)
{
	kit_edit(&kit, "records/6.json", "\"area\": \"tank-farm-2\"",
	    "\"area\": \"tank-farm-3\"");
	cr_assert_eq(judge().worst, VERIFY_FAIL);
	cr_assert(says("FAIL readable text records/6.json"));
}

Test(verify_bytes, refuses_readable_text_that_keeps_silent)
{
	kit_edit(&kit, "records/6.json", "\"area\": \"tank-farm-2\",", "");
	cr_assert_eq(judge().worst, VERIFY_FAIL);
}
