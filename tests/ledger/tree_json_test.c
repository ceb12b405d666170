/* tree_json_test.c - the verifiers on transparency-dev/merkle's JSON cases. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>

#include "ledger/tree.h"
#include "proto/buf.h"
#include "proto/text.h"
#include "tests/support/shared.h"

/*
 * The cases lie in the shared material, not here: 196 of them.  Of these, 3
 * call a consistency proof from size 0 an error although it is empty; C2SP
 * calls it valid, and so do we.  They are counted, not skipped.
 */
#define CASES 196
#define SIZE_0_CASES 3

struct score {
	size_t agree;
	size_t size_0;
};

/* Base64 of `least` to 32 bytes, padded with zeroes: some cases have short
 * stand-in roots, which only need to differ.  False: not a hash at all. */
static bool
get_hash(struct hash *out, const json_t *value, size_t least)
{
	struct buf raw;
	bool fits;

	buf_init(&raw, 4096);
	cr_assert_eq(
	    text_b64_get(&raw, bytes_str(json_string_value(value)), NULL),
	    ERR_OK);
	fits = raw.len >= least && raw.len <= HASH_BYTES;
	memset(out, 0, sizeof(*out));
	if (fits && raw.len > 0)
		memcpy(out->b, raw.ptr, raw.len);
	buf_clear(&raw);
	return fits;
}

static bool
get_proof(struct tree_proof *out, const json_t *list)
{
	out->len = json_array_size(list);
	if (out->len > TREE_PROOF_MAX)
		return false;
	for (size_t i = 0; i < out->len; i++) {
		if (!get_hash(
		        &out->path[i], json_array_get(list, i), HASH_BYTES))
			return false;
	}
	return true;
}

/* Read as reals, since jansson has no uint64: two cases have 2^64 - 1, all
 * others are small. */
static uint64_t
get_size(const json_t *o, const char *name)
{
	double v = json_real_value(json_object_get(o, name));

	return v > 1e15 ? UINT64_MAX : (uint64_t)v;
}

static bool
include_passes(const json_t *o)
{
	struct tree_proof p;
	struct hash leaf;
	struct hash root;

	return get_hash(&leaf, json_object_get(o, "leafHash"), HASH_BYTES) &&
	    get_hash(&root, json_object_get(o, "root"), HASH_BYTES) &&
	    get_proof(&p, json_object_get(o, "proof")) &&
	    tree_check_include(&leaf, get_size(o, "leafIdx"),
	        get_size(o, "treeSize"), &p, &root, NULL) == ERR_OK;
}

static bool
extend_passes(const json_t *o)
{
	struct tree_head old = {.size = get_size(o, "size1")};
	struct tree_head head = {.size = get_size(o, "size2")};
	struct tree_proof p;

	return get_hash(&old.root, json_object_get(o, "root1"), 1) &&
	    get_hash(&head.root, json_object_get(o, "root2"), 1) &&
	    get_proof(&p, json_object_get(o, "proof")) &&
	    tree_check_extend(&old, &head, &p, NULL) == ERR_OK;
}

static void
run(void *arg, const char *path)
{
	struct score *s = arg;
	json_error_t error;
	json_t *o = json_load_file(path, JSON_DECODE_INT_AS_REAL, &error);
	bool refused;
	bool extend;

	cr_assert_not_null(o, "%s: %s", path, error.text);
	extend = json_object_get(o, "size1") != NULL;
	refused = extend ? !extend_passes(o) : !include_passes(o);
	if (extend && !refused && get_size(o, "size1") == 0) {
		cr_expect_eq(json_array_size(json_object_get(o, "proof")), 0,
		    "%s", path);
		cr_expect(
		    json_is_true(json_object_get(o, "wantErr")), "%s", path);
		s->size_0++;
	} else {
		cr_expect_eq(refused,
		    json_is_true(json_object_get(o, "wantErr")), "%s", path);
		s->agree++;
	}
	json_decref(o);
}

Test(tree_check, the_published_json_cases)
{
	struct score s = {0, 0};
	size_t n = shared_each("vectors/merkle/testdata", ".json", run, &s);

	printf("merkle JSON cases: ran %zu, agree %zu, size 0 as C2SP %zu\n", n,
	    s.agree, s.size_0);
	if (n == 0)
		return;
	cr_assert_eq(n, CASES);
	cr_assert_eq(s.size_0, SIZE_0_CASES);
	cr_assert_eq(s.agree, CASES - SIZE_0_CASES);
}
