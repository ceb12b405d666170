/* verify_leaf.c - the leaves of a bundle and where they stand. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "ledger/log_rule.h"
#include "ledger/proof.h"
#include "ledger/verify_part.h"
#include "proto/mem.h"
#include "proto/text.h"

/* Kinds whose entries may answer, sign or explain; the others only count. */
static bool
matters(const struct verify_bundle *b, uint64_t index, const Ledger__Entry *e)
{
	return e->kind == LEDGER__KIND__ACTOR ||
	    e->kind == LEDGER__KIND__ERASURE ||
	    e->kind == LEDGER__KIND__RETENTION ||
	    index == b->manifest->heads_index || window_asks(&b->question, e);
}

static void
keep(struct verify_bundle *b, uint64_t index, Ledger__Entry *entry, bool single)
{
	/* Grows by doubling: the length is a power of two when full. */
	if ((b->leaves_len & (b->leaves_len - 1)) == 0)
		b->leaves = mem_resize(b->leaves,
		    b->leaves_len ? b->leaves_len * 2 : 1, sizeof(*b->leaves));
	b->leaves[b->leaves_len++] = (struct verify_leaf){
	    .index = index, .entry = entry, .single = single};
}

/* ---- the run ---- */

struct run {
	struct bytes left;
	struct hash *hashes;
	size_t len;
	size_t count; /* promised by the manifest */
};

/* The next leaf of the file: hash it, walk it, keep it if it matters. */
static enum err
take_leaf(struct verify_bundle *b, struct run *r, struct err_why *why)
{
	uint64_t index = b->manifest->first_index + r->len;
	Ledger__Entry *entry = NULL;
	size_t len;
	enum err e;

	if (r->left.len < 2)
		return err_fail(why, ERR_MALFORMED, "cut short");
	len = (size_t)r->left.ptr[0] << 8 | r->left.ptr[1];
	if (r->left.len - 2 < len || r->len == r->count)
		return err_fail(why, ERR_MALFORMED,
		    "not the number of entries that the manifest says");
	struct bytes leaf = bytes_of(r->left.ptr + 2, len);
	r->left = bytes_of(leaf.ptr + len, r->left.len - 2 - len);
	tree_leaf(&r->hashes[r->len], leaf);
	e = log_rule_decode(&entry, leaf, why);
	if (e != ERR_OK)
		return e;
	e = window_check_leaf(&b->walk, entry, why);
	if (e == ERR_OK && matters(b, index, entry)) {
		keep(b, index, entry, false);
		entry = NULL;
	}
	if (entry)
		ledger__entry__free_unpacked(entry, NULL);
	r->len++;
	return e;
}

static enum err
walk_run(struct verify_bundle *b, struct run *r, struct err_why *why)
{
	enum err e = ERR_OK;

	window_check_init(&b->walk, b->manifest->first_index);
	while (e == ERR_OK && r->left.len > 0)
		e = take_leaf(b, r, why);
	if (e == ERR_OK && r->len != r->count)
		e = err_fail(why, ERR_UNVERIFIED,
		    "%zu entries, the manifest promises %zu", r->len, r->count);
	return e;
}

static enum err
prove_run(struct verify_bundle *b, const struct run *r, struct err_why *why)
{
	const struct tree_head *head = &b->checkpoint.head;
	struct tree_span span = {
	    b->manifest->first_index, b->manifest->end_index, head->size};
	char name[VERIFY_PART_NAME];
	struct buf text = {0};
	struct proof_range p;
	enum err e;

	buf_init(&text, PROOF_FILE_MAX);
	verify_bundle_name(name, "%s/run.proof", b->dir);
	e = verify_bundle_read(b, name, &text, why);
	if (e != ERR_OK)
		goto out;
	e = proof_range_get(&p, buf_view(&text), why);
	if (e != ERR_OK)
		goto out;
	if (p.from != span.from || p.to != span.to ||
	    !bytes_equal(p.note, buf_view(&b->note))) {
		e = err_fail(why, ERR_UNVERIFIED,
		    "the range proof is for other entries or another tree");
		goto out;
	}
	e = tree_check_range(r->hashes, span, &p.hashes, &head->root, why);
out:
	buf_clear(&text);
	return e;
}

bool
verify_leaf_run(struct verify_bundle *b)
{
	const Ledger__Manifest *m = b->manifest;
	struct verify_name subject;
	char name[VERIFY_PART_NAME];
	struct buf leaves = {0};
	struct run run = {0};
	struct err_why why = {.text = ""};
	enum err e;

	if (!b->question.timed)
		return true;
	run.count = (size_t)(m->end_index - m->first_index);
	run.hashes = mem_alloc(run.count, sizeof(*run.hashes));
	buf_init(&leaves, BUNDLE_RUN_MAX);
	verify_bundle_name(name, "%s/run.entries", b->dir);
	e = verify_bundle_read(b, name, &leaves, &why);
	run.left = buf_view(&leaves);
	if (e == ERR_OK)
		e = walk_run(b, &run, &why);
	if (e == ERR_OK)
		e = prove_run(b, &run, &why);
	verify_name(&subject, "entries %" PRIu64 " to %" PRIu64, m->first_index,
	    m->end_index - 1);
	if (e == ERR_OK)
		verify_say(b->judge, VERIFY_PASS, VERIFY_TOPIC_INCLUSION,
		    &subject, "all are in the tree, in order, chained by kind");
	else
		verify_say_why(b->judge, verify_bad(e), VERIFY_TOPIC_INCLUSION,
		    &subject, &why);
	b->walked = e == ERR_OK;
	free(run.hashes);
	buf_clear(&leaves);
	return e == ERR_OK;
}

/* ---- single entries ---- */

/* The leaf file and the extra line of the proof say the same, and the proof
 * leads to our checkpoint. */
static enum err
prove_single(struct verify_bundle *b, uint64_t index, struct bytes proof,
    Ledger__Entry **out, struct err_why *why)
{
	const struct tree_head *head = &b->checkpoint.head;
	struct buf extra = {0}, leaf = {0};
	char name[VERIFY_PART_NAME];
	struct proof p;
	struct hash hash;
	enum err e;

	buf_init(&extra, PROOF_EXTRA_MAX);
	buf_init(&leaf, PROOF_EXTRA_MAX);
	verify_bundle_name(name, "%s/entries/%" PRIu64, b->dir, index);
	e = verify_bundle_read(b, name, &leaf, why);
	if (e != ERR_OK)
		goto out;
	e = proof_get(&p, &extra, proof, why);
	if (e != ERR_OK)
		goto out;
	if (p.index != index || !bytes_equal(p.note, buf_view(&b->note)) ||
	    !bytes_equal(buf_view(&extra), buf_view(&leaf))) {
		e = err_fail(why, ERR_UNVERIFIED,
		    "the proof is for another entry or another tree");
		goto out;
	}
	tree_leaf(&hash, buf_view(&leaf));
	e = tree_check_include(
	    &hash, index, head->size, &p.hashes, &head->root, why);
	if (e != ERR_OK)
		goto out;
	e = log_rule_decode(out, buf_view(&leaf), why);
out:
	buf_clear(&leaf);
	buf_clear(&extra);
	return e;
}

/* logs/<H>/proofs/<n>.tlog-proof -> n. */
static bool
proof_name(const struct verify_bundle *b, const char *name, uint64_t *index)
{
	struct bytes rest = bytes_str(name);
	static const char end[] = ".tlog-proof";
	const size_t end_len = sizeof(end) - 1;

	if (!text_skip(&rest, b->dir) || !text_skip(&rest, "/proofs/") ||
	    rest.len <= end_len)
		return false;
	rest.len -= end_len;
	return memcmp(rest.ptr + rest.len, end, end_len) == 0 &&
	    text_u64_get(index, rest, TREE_SIZE_MAX - 1, NULL) == ERR_OK;
}

static bool
take_single(struct verify_bundle *b, const char *name, uint64_t index)
{
	struct verify_name subject;
	Ledger__Entry *entry = NULL;
	struct buf text = {0};
	struct err_why why = {.text = ""};
	enum err e;

	buf_init(&text, PROOF_FILE_MAX);
	e = verify_bundle_read(b, name, &text, &why);
	if (e == ERR_OK)
		e = prove_single(b, index, buf_view(&text), &entry, &why);
	buf_clear(&text);
	verify_name(&subject, "entry %" PRIu64, index);
	if (e != ERR_OK) {
		verify_say_why(b->judge, verify_bad(e), VERIFY_TOPIC_INCLUSION,
		    &subject, &why);
		return false;
	}
	verify_say(b->judge, VERIFY_PASS, VERIFY_TOPIC_INCLUSION, &subject,
	    "is in the tree");
	keep(b, index, entry, true);
	return true;
}

bool
verify_leaf_singles(struct verify_bundle *b)
{
	bool ok = true;

	for (size_t i = 0; i < zip_reader_count(b->zip); i++) {
		const char *name = zip_reader_name(b->zip, i);
		uint64_t index;

		if (proof_name(b, name, &index) && !take_single(b, name, index))
			ok = false;
	}
	return ok;
}

/* ---- all of them ---- */

static int
leaf_order(const void *a, const void *b)
{
	const struct verify_leaf *x = a, *y = b;

	return x->index < y->index ? -1 : x->index > y->index;
}

bool
verify_leaf_sort(struct verify_bundle *b)
{
	const Ledger__Manifest *m = b->manifest;

	if (b->leaves_len > 0)
		qsort(b->leaves, b->leaves_len, sizeof(*b->leaves), leaf_order);
	for (size_t i = 0; i < b->leaves_len; i++) {
		const struct verify_leaf *l = &b->leaves[i];

		if ((i > 0 && l[-1].index == l->index) ||
		    (l->single && b->question.timed &&
		        l->index >= m->first_index &&
		        l->index < m->end_index)) {
			verify_say(b->judge, VERIFY_FAIL,
			    VERIFY_TOPIC_CONTAINER,
			    VERIFY_NAME("entries", "条目"),
			    "entry %" PRIu64 " is carried twice", l->index);
			return false;
		}
	}
	return true;
}

struct verify_leaf *
verify_leaf_find(struct verify_bundle *b, uint64_t index)
{
	const struct verify_leaf key = {.index = index};

	if (b->leaves_len == 0)
		return NULL;
	return bsearch(
	    &key, b->leaves, b->leaves_len, sizeof(*b->leaves), leaf_order);
}
