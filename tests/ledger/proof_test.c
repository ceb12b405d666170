/* proof_test.c - proof files of strangers and our own range proofs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/proof.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "proto/digest.h"
#include "proto/text.h"
#include "tests/support/forest.h"

#define DASH "\xe2\x80\x94 "
#define HEAD "c2sp.org/tlog-proof@v1\n"
#define H1 "vBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnms=\n"

/* Leaf 5 of the eight reference leaves, witnessed by Wit1. */
#define CHECKPOINT                                                          \
	"example.com/log/testdata\n8\n"                                     \
	"XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n" DASH             \
	"example.com/log/testdata M9e0loRVkEPcM/dTSb6Mjv4p+ddtWVs8jOuTljfu" \
	"DAFhvGTLRlsxA/U6MghQ8dOdcWU9wylzFS3B9MbyqXOzmNpbmwM=\n" DASH       \
	"Wit1 mz+y1QAAAABkGFDLpa7Xo/e8nxyy5FY6fxf3nH7PYyN0q5dMBzHqwCjf3+M9" \
	"VYZY0nWedDS5eQgGs7Pyu0Tr6JELczTvTXLcHfB0Cw==\n"
#define FIVE                                                                 \
	HEAD "index 5\n" H1 "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=\n" \
	     "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=\n\n" CHECKPOINT
#define LOG_VKEY                             \
	"example.com/log/testdata+33d7b496+" \
	"AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"

static void
writes_again(const struct proof *p, const char *extra, const char *want)
{
	struct buf b;

	buf_init(&b, PROOF_FILE_MAX);
	proof_put(&b, p, bytes_str(extra));
	cr_assert_str_eq(buf_cstr(&b), want);
	buf_clear(&b);
}

Test(proof_get, verifies_a_witnessed_proof, .init = crypto_start)
{
	static const uint8_t entry[] = {0x40, 0x41, 0x42, 0x43};
	struct note_checkpoint c;
	struct note_vkey key;
	struct hash leaf;
	struct hash h;
	struct proof p;
	struct buf hex;

	cr_assert_eq(sizeof(FIVE) - 1, 476);
	digest_sha256(&h, bytes_str(FIVE));
	buf_init(&hex, 100);
	text_hex_put(&hex, bytes_hash(&h));
	cr_assert_str_eq(buf_cstr(&hex),
	    "2c1fe91ad44d801024ddb55291ff2cf99ba7"
	    "9e0d847943801e4ae7724806e1b5");
	buf_clear(&hex);
	cr_assert_eq(proof_get(&p, NULL, bytes_str(FIVE), NULL), ERR_OK);
	cr_assert_eq(p.index, 5);
	cr_assert_eq(p.hashes.len, 3);
	cr_assert_eq(note_vkey_get(&key, bytes_str(LOG_VKEY), NULL), ERR_OK);
	cr_assert_eq(note_checkpoint_open(&c, p.note, &key, NULL), ERR_OK);
	tree_leaf(&leaf, bytes_of(entry, sizeof(entry)));
	cr_assert_eq(tree_check_include(&leaf, p.index, c.head.size, &p.hashes,
	                 &c.head.root, NULL),
	    ERR_OK);
	cr_assert_eq(tree_check_include(&leaf, p.index - 1, c.head.size,
	                 &p.hashes, &c.head.root, NULL),
	    ERR_UNVERIFIED);
	writes_again(&p, "", FIVE);
}

/* transparency-dev/formats: h1 = SHA-256("hash1"), h2 = SHA-256("hash2"). */
Test(proof_put, writes_the_published_files)
{
	struct proof p = {.index = 5, .note = bytes_str("test checkpoint\n")};
	struct buf want;
	struct buf b;

	digest_sha256(&p.hashes.path[0], bytes_str("hash1"));
	digest_sha256(&p.hashes.path[1], bytes_str("hash2"));
	p.hashes.len = 2;
	buf_init(&want, 1000);
	buf_str(&want, HEAD "index 5\n");
	text_b64_put(&want, bytes_hash(&p.hashes.path[0]));
	buf_str(&want, "\n");
	text_b64_put(&want, bytes_hash(&p.hashes.path[1]));
	buf_str(&want, "\n\ntest checkpoint\n");
	writes_again(&p, "", buf_cstr(&want));
	cr_assert_eq(proof_get(&p, NULL, buf_view(&want), NULL), ERR_OK);
	cr_assert_eq(p.hashes.len, 2);

	buf_reset(&want);
	p.hashes.len = 1;
	p.index = 10;
	p.note = bytes_str("checkpoint data\n");
	buf_str(&want, HEAD "extra ZXh0cmEgaW5mb3JtYXRpb24=\nindex 10\n");
	text_b64_put(&want, bytes_hash(&p.hashes.path[0]));
	buf_str(&want, "\n\ncheckpoint data\n");
	writes_again(&p, "extra information", buf_cstr(&want));
	buf_init(&b, 100);
	cr_assert_eq(proof_get(&p, &b, buf_view(&want), NULL), ERR_OK);
	cr_assert_str_eq(buf_cstr(&b), "extra information");
	cr_assert(bytes_equal(p.note, bytes_str("checkpoint data\n")));
	buf_clear(&b);
	buf_clear(&want);

	cr_assert_eq(proof_get(&p, NULL,
	                 bytes_str(HEAD "index 0\n\ncheckpoint\n"), NULL),
	    ERR_OK);
	cr_assert_eq(p.hashes.len, 0);
	writes_again(&p, "", HEAD "index 0\n\ncheckpoint\n");
}

Test(proof_get, refuses_what_is_no_proof)
{
	static const char *const bad[] = {"", "\n", HEAD, HEAD "\n",
	    "c2sp.org/tlog-proof@v2\nindex 0\n\nc\n",
	    "c2sp.org/tlog-proof@v1\r\nindex 0\n\nc\n",
	    HEAD "extra not-base64\nindex 0\n\nc\n",
	    HEAD "extra \nindex 0\n\nc\n", HEAD "extra\nindex 0\n\nc\n",
	    HEAD "extra AAAA\n\nc\n", HEAD H1 "\nc\n", HEAD "\nc\n",
	    HEAD "extra AAAA\nextra AAAA\nindex 0\n\nc\n",
	    HEAD "index 0\nextra AAAA\n\nc\n", HEAD "index notanumber\n\nc\n",
	    HEAD "index -5\n\nc\n", HEAD "index 05\n\nc\n",
	    HEAD "index \n\nc\n", HEAD "index 5", HEAD "index 5\n",
	    HEAD "index 5\n\n", HEAD "index 5\n" H1,
	    HEAD "index 5\nnothash\n\nc\n", HEAD "index 5\n H1" H1 "\nc\n",
	    HEAD "index 5\nvBoGQ7EuTS18d5GPROD095qDi2z57FtcKD4fTYhZnm==\n\nc\n",
	    HEAD "index 5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n\nc\n"};
	struct proof p = {.index = 77};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(proof_get(&p, NULL, bytes_str(bad[i]), NULL),
		    ERR_MALFORMED, "%zu: %s", i, bad[i]);
	cr_expect_eq(p.index, 77);
	cr_expect_eq(
	    proof_get(&p, NULL,
	        bytes_str(HEAD "index 9223372036854775808\n\nc\n"), NULL),
	    ERR_LIMIT);
}

Test(proof_get, bounds_hashes_extra_and_checkpoint)
{
	struct buf b;
	struct proof p;

	buf_init(&b, 2 * PROOF_FILE_MAX);
	buf_str(&b, HEAD "index 5\n");
	for (size_t i = 0; i < PROOF_HASHES_MAX; i++)
		buf_str(&b, H1);
	buf_str(&b, "\nc\n");
	cr_assert_eq(proof_get(&p, NULL, buf_view(&b), NULL), ERR_OK);
	cr_assert_eq(p.hashes.len, PROOF_HASHES_MAX);
	b.len -= 3;
	buf_str(&b, H1 "\nc\n");
	cr_assert_eq(proof_get(&p, NULL, buf_view(&b), NULL), ERR_LIMIT);

	buf_reset(&b);
	buf_str(&b, HEAD "extra ");
	memset(buf_grow(&b, PROOF_EXTRA_MAX / 3 * 4), 'A',
	    PROOF_EXTRA_MAX / 3 * 4);
	buf_str(&b, "\nindex 5\n\nc\n");
	cr_assert_eq(proof_get(&p, NULL, buf_view(&b), NULL), ERR_OK);
	buf_reset(&b);
	buf_str(&b, HEAD "extra ");
	memset(buf_grow(&b, PROOF_EXTRA_MAX / 3 * 4 + 4), 'A',
	    PROOF_EXTRA_MAX / 3 * 4 + 4);
	buf_str(&b, "\nindex 5\n\nc\n");
	cr_assert_eq(proof_get(&p, NULL, buf_view(&b), NULL), ERR_LIMIT);

	buf_reset(&b);
	buf_str(&b, HEAD "index 5\n\n");
	memset(buf_grow(&b, NOTE_BYTES_MAX + 1), 'A', NOTE_BYTES_MAX + 1);
	cr_assert_eq(proof_get(&p, NULL, buf_view(&b), NULL), ERR_LIMIT);
	memset(buf_grow(&b, PROOF_FILE_MAX), 'A', PROOF_FILE_MAX);
	cr_assert_eq(proof_get(&p, NULL, buf_view(&b), NULL), ERR_LIMIT);
	buf_clear(&b);
}

#define RANGE "lianfang/range-proof@v1\n"

Test(proof_range, travels_and_verifies)
{
	struct forest f = {.len = {0}};
	struct tree_frontier at = {.size = 0};
	struct tree_span span = {3, 9, 13};
	struct proof_range p = {.from = 3, .to = 9, .note = bytes_str("c\n")};
	struct proof_range q;
	struct hash root;
	struct buf b;

	for (uint8_t i = 0; i < 13; i++) {
		struct hash leaf;

		tree_leaf(&leaf, bytes_of(&i, 1));
		tree_push(&at, &leaf, forest_emit, &f);
	}
	tree_root(&at, &root);
	cr_assert_eq(
	    tree_range(&p.hashes, span, forest_read, &f, NULL), ERR_OK);
	/* [0,2) 2 | 3 to 8 | 9 [10,12) 12 */
	cr_assert_eq(p.hashes.len, 5);
	buf_init(&b, PROOF_FILE_MAX);
	proof_range_put(&b, &p);
	cr_assert_eq(proof_range_get(&q, buf_view(&b), NULL), ERR_OK);
	cr_assert_eq(q.from, 3);
	cr_assert_eq(q.to, 9);
	cr_assert(bytes_equal(q.note, bytes_str("c\n")));
	cr_assert_eq(
	    tree_check_range(&f.node[0][3], span, &q.hashes, &root, NULL),
	    ERR_OK);
	buf_clear(&b);
	forest_clear(&f);
}

Test(proof_range_get, refuses_what_is_no_range_proof)
{
	static const char *const bad[] = {"", RANGE, RANGE "\nc\n",
	    RANGE "range 3\n\nc\n", RANGE "range 3 \n\nc\n",
	    RANGE "range  3 4\n\nc\n", RANGE "range 3  4\n\nc\n",
	    RANGE "range 3 4 \n\nc\n", RANGE "range 3 4 5\n\nc\n",
	    RANGE "range 3 3\n\nc\n", RANGE "range 4 3\n\nc\n",
	    RANGE "range 03 4\n\nc\n", RANGE "range -3 4\n\nc\n",
	    RANGE "range 3 9223372036854775808\n\nc\n", RANGE "range 3 4\n",
	    RANGE "range 3 4\n\n", RANGE "index 3\n\nc\n",
	    HEAD "range 3 4\n\nc\n", RANGE "range 3 4\nAAAA\n\nc\n"};
	struct proof_range p;
	struct buf b;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(proof_range_get(&p, bytes_str(bad[i]), NULL),
		    ERR_MALFORMED, "%zu: %s", i, bad[i]);
	buf_init(&b, PROOF_FILE_MAX);
	buf_str(&b, RANGE "range 3 4\n");
	for (size_t i = 0; i < TREE_PROOF_MAX + 1; i++)
		buf_str(&b, H1);
	buf_str(&b, "\nc\n");
	cr_assert_eq(proof_range_get(&p, buf_view(&b), NULL), ERR_LIMIT);
	buf_clear(&b);
}
