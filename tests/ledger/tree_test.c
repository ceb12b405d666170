/* tree_test.c - published vectors, and proofs against the definition. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/tree.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "proto/buf.h"
#include "proto/digest.h"
#include "proto/text.h"
#include "tests/support/forest.h"

/* transparency-dev/merkle testonly: eight leaves and the roots of 0 to 8. */
static const char *const LEAVES[8] = {"", "00", "10", "2021", "3031",
    "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
static const char *const ROOTS[9] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

static void
is_hex(const struct hash *h, const char *want)
{
	struct buf b;

	buf_init(&b, 100);
	text_hex_put(&b, bytes_hash(h));
	cr_expect_str_eq(buf_cstr(&b), want);
	buf_clear(&b);
}

static void
is_b64(const struct tree_proof *p, const char *const *want, size_t n)
{
	cr_assert_eq(p->len, n);
	for (size_t i = 0; i < n; i++) {
		struct buf b;

		buf_init(&b, 100);
		text_b64_put(&b, bytes_hash(&p->path[i]));
		cr_expect_str_eq(buf_cstr(&b), want[i]);
		buf_clear(&b);
	}
}

static void
eight(struct forest *f, struct tree_frontier *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct hash leaf;
		struct buf b;

		buf_init(&b, 100);
		cr_assert_eq(
		    text_hex_get(&b, bytes_str(LEAVES[i]), NULL), ERR_OK);
		tree_leaf(&leaf, buf_view(&b));
		buf_clear(&b);
		tree_push(at, &leaf, forest_emit, f);
	}
}

Test(tree_leaf, hashes_as_rfc_6962)
{
	struct hash h;

	tree_leaf(&h, bytes_str(""));
	is_hex(&h,
	    "6e340b9cffb37a989ca544e6bb780a2c"
	    "78901d3fb33738768511a30617afa01d");
	tree_leaf(&h, bytes_str("L123456"));
	is_hex(&h,
	    "395aa064aa4c29f7010acfe3f25db948"
	    "5bbd4b91897b6ad7ad547639252b4d56");
}

Test(tree_root, of_the_reference_leaves)
{
	for (size_t n = 0; n <= 8; n++) {
		struct forest f = {.len = {0}};
		struct tree_frontier at = {.size = 0};
		struct tree_frontier again;
		struct hash root;

		eight(&f, &at, n);
		tree_root(&at, &root);
		is_hex(&root, ROOTS[n]);
		cr_assert_eq(
		    tree_load(&again, n, forest_read, &f, NULL), ERR_OK);
		cr_assert_eq(again.len, at.len);
		tree_root(&again, &root);
		is_hex(&root, ROOTS[n]);
		forest_clear(&f);
	}
}

Test(tree_include, gives_the_published_proof)
{
	static const char *const want[] = {
	    "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=",
	    "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
	    "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc="};
	struct forest f = {.len = {0}};
	struct tree_frontier at = {.size = 0};
	struct tree_proof p;

	eight(&f, &at, 8);
	cr_assert_eq(tree_include(&p, 5, 8, forest_read, &f, NULL), ERR_OK);
	is_b64(&p, want, 3);
	forest_clear(&f);
}

Test(tree_extend, gives_the_published_proofs)
{
	static const char *const six[] = {
	    "DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=",
	    "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
	    "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc="};
	static const char *const two[] = {
	    "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
	    "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms="};
	struct forest f = {.len = {0}};
	struct tree_frontier at = {.size = 0};
	struct tree_proof p;

	eight(&f, &at, 8);
	cr_assert_eq(tree_extend(&p, 6, 8, forest_read, &f, NULL), ERR_OK);
	is_b64(&p, six, 3);
	cr_assert_eq(tree_extend(&p, 2, 5, forest_read, &f, NULL), ERR_OK);
	is_b64(&p, two, 2);
	forest_clear(&f);
}

/* 70,000 leaves; entry i is i in decimal. */
static void
large(struct forest *f, struct tree_frontier *at, uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++) {
		struct hash leaf;
		char text[24];

		(void)snprintf(
		    text, sizeof(text), "%llu", (unsigned long long)i);
		tree_leaf(&leaf, bytes_str(text));
		tree_push(at, &leaf, forest_emit, f);
	}
}

static void
path_is_hex(const struct tree_proof *p, size_t len, const char *want)
{
	struct hash h;

	cr_assert_eq(p->len, len);
	digest_sha256(&h, bytes_of(p->path, p->len * HASH_BYTES));
	is_hex(&h, want);
}

Test(tree, of_seventy_thousand_leaves)
{
	struct forest f = {.len = {0}};
	struct tree_frontier at = {.size = 0};
	struct tree_head old = {.size = 65537};
	struct tree_head head = {.size = 70000};
	struct tree_proof p;

	large(&f, &at, 0, 65537);
	tree_root(&at, &old.root);
	is_hex(&old.root,
	    "dc8795a25fd4bd52a0b84f639fd3139b"
	    "a160824023d188e428eb5db0f3ce221a");
	large(&f, &at, 65537, 70000);
	tree_root(&at, &head.root);
	is_hex(&head.root,
	    "1a4cdfcb66374a0c0dcbef49acbd4976"
	    "d13ee864fb3cb241fc943cad04f02f7e");
	cr_assert_eq(
	    tree_include(&p, 12345, 70000, forest_read, &f, NULL), ERR_OK);
	path_is_hex(&p, 17,
	    "15e3537b4677d40e7f98553df49a1f00"
	    "747bdfcd478b0592c64864516e6b1f91");
	cr_assert_eq(tree_check_include(
	                 &f.node[0][12345], 12345, 70000, &p, &head.root, NULL),
	    ERR_OK);
	cr_assert_eq(
	    tree_extend(&p, 65537, 70000, forest_read, &f, NULL), ERR_OK);
	path_is_hex(&p, 15,
	    "922bd62cffc6d2c4bba42c338b4d76f3"
	    "fcf1cb8b8dd3114ff0d8dd9dc7847b4f");
	cr_assert_eq(tree_check_extend(&old, &head, &p, NULL), ERR_OK);
	forest_clear(&f);
}

/* A tree of equal leaves: its nodes are known for every size. */
static enum err
equal_read(void *arg, unsigned level, uint64_t index, struct hash *out)
{
	(void)arg;
	(void)index;
	tree_leaf(out, bytes_str("same"));
	while (level-- > 0)
		tree_join(out, out, out);
	return ERR_OK;
}

Test(tree, of_the_largest_size)
{
	const uint64_t size = TREE_SIZE_MAX;
	struct tree_span span = {size / 2 - 1, size / 2 + 3, size};
	struct tree_head old = {.size = size / 3};
	struct tree_head head = {.size = size};
	struct tree_frontier at;
	struct tree_proof p;
	struct hash leaf[4];

	for (size_t i = 0; i < 4; i++)
		cr_assert_eq(equal_read(NULL, 0, i, &leaf[i]), ERR_OK);
	cr_assert_eq(tree_load(&at, size, equal_read, NULL, NULL), ERR_OK);
	cr_assert_eq(at.len, 63);
	tree_root(&at, &head.root);
	cr_assert_eq(tree_load(&at, old.size, equal_read, NULL, NULL), ERR_OK);
	tree_root(&at, &old.root);
	cr_assert_eq(
	    tree_include(&p, size - 1, size, equal_read, NULL, NULL), ERR_OK);
	cr_assert_eq(
	    tree_check_include(leaf, size - 1, size, &p, &head.root, NULL),
	    ERR_OK);
	cr_assert_eq(tree_include(&p, 0, size, equal_read, NULL, NULL), ERR_OK);
	cr_assert_eq(p.len, 63);
	cr_assert_eq(
	    tree_check_include(leaf, 0, size, &p, &head.root, NULL), ERR_OK);
	cr_assert_eq(
	    tree_extend(&p, old.size, size, equal_read, NULL, NULL), ERR_OK);
	cr_assert_eq(tree_check_extend(&old, &head, &p, NULL), ERR_OK);
	cr_assert_eq(tree_range(&p, span, equal_read, NULL, NULL), ERR_OK);
	cr_assert_gt(p.len, 100);
	cr_assert_eq(
	    tree_check_range(leaf, span, &p, &head.root, NULL), ERR_OK);
	leaf[2].b[0] ^= 1;
	cr_assert_eq(
	    tree_check_range(leaf, span, &p, &head.root, NULL), ERR_UNVERIFIED);
	cr_assert_eq(
	    tree_load(&at, size + 1, equal_read, NULL, NULL), ERR_MALFORMED);
}

Test(tree, refuses_impossible_numbers)
{
	struct tree_proof p = {.len = 7};
	struct err_why why;

	cr_assert_eq(
	    tree_include(&p, 8, 8, equal_read, NULL, &why), ERR_MALFORMED);
	cr_assert_str_eq(why.text, "index 8 outside a tree of 8");
	cr_assert_eq(
	    tree_extend(&p, 9, 8, equal_read, NULL, NULL), ERR_MALFORMED);
	cr_assert_eq(
	    tree_range(&p, (struct tree_span){3, 3, 8}, equal_read, NULL, NULL),
	    ERR_MALFORMED);
	cr_assert_eq(
	    tree_range(&p, (struct tree_span){3, 9, 8}, equal_read, NULL, NULL),
	    ERR_MALFORMED);
	cr_assert_eq(p.len, 7, "an output that a failure left alone");
}

Test(tree, passes_on_what_the_reader_says)
{
	struct forest none = {.len = {0}};
	struct tree_frontier at = {.size = 7};
	struct tree_proof p;

	cr_assert_eq(
	    tree_include(&p, 1, 4, forest_read, &none, NULL), ERR_NOT_FOUND);
	cr_assert_eq(
	    tree_load(&at, 4, forest_read, &none, NULL), ERR_NOT_FOUND);
	cr_assert_eq(at.size, 7);
}

Test(tree_check_extend, size_0_as_c2sp)
{
	struct tree_head none = {.size = 0};
	struct tree_head one = {1, {{1}}};
	struct tree_proof p = {.len = 0};

	cr_assert_eq(tree_check_extend(&none, &one, &p, NULL), ERR_OK);
	p.len = 1;
	cr_assert_eq(tree_check_extend(&none, &one, &p, NULL), ERR_MALFORMED);
}

Test(tree_check_extend, shows_two_roots_of_one_size)
{
	struct tree_head a = {5, {{1}}};
	struct tree_head b = {5, {{2}}};
	struct tree_proof p = {.len = 0};

	cr_assert_eq(tree_check_extend(&a, &a, &p, NULL), ERR_OK);
	cr_assert_eq(tree_check_extend(&a, &b, &p, NULL), ERR_UNVERIFIED);
	p.len = 1;
	cr_assert_eq(tree_check_extend(&a, &a, &p, NULL), ERR_MALFORMED);
}
