/* tile_test.c - tile paths and contents that strangers publish. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/tile.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "ledger/tree.h"
#include "proto/digest.h"
#include "proto/text.h"
#include "tests/support/forest.h"

struct path_case {
	const char *path;
	struct tile tile;
};

/* transparency-dev/tessera api/layout/paths_test.go, and the spec's example. */
static const struct path_case PATHS[] = {
    {"tile/entries/000", {true, 0, 0, 256}},
    {"tile/entries/000.p/255", {true, 0, 0, 255}},
    {"tile/entries/001.p/1", {true, 0, 1, 1}},
    {"tile/entries/x123/x456/789", {true, 0, 123456789, 256}},
    {"tile/0/000.p/255", {false, 0, 0, 255}},
    {"tile/15/x455/667", {false, 15, 455667, 256}},
    {"tile/15/x123/x456/789.p/41", {false, 15, 123456789, 41}},
    {"tile/0/x001/x234/067", {false, 0, 1234067, 256}},
    {"tile/0/x001/000", {false, 0, 1000, 256}},
    {"tile/63/x018/x446/x744/x073/x709/x551/615.p/255",
        {false, 63, UINT64_MAX, 255}},
};

Test(tile_path, writes_and_reads_the_published_paths)
{
	for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++) {
		const struct path_case *c = &PATHS[i];
		char out[TILE_PATH_MAX];
		struct tile t;

		tile_path(out, &c->tile);
		cr_expect_str_eq(out, c->path);
		cr_assert_eq(tile_parse(&t, bytes_str(c->path), NULL), ERR_OK,
		    "%s", c->path);
		cr_expect_eq(t.entries, c->tile.entries, "%s", c->path);
		cr_expect_eq(t.level, c->tile.level, "%s", c->path);
		cr_expect_eq(t.index, c->tile.index, "%s", c->path);
		cr_expect_eq(t.width, c->tile.width, "%s", c->path);
	}
}

Test(tile_parse, refuses_every_other_spelling)
{
	static const char *const bad[] = {"", "tile", "tile/", "tile/0",
	    "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000",
	    "tile/64/000", "tile/-1/000", "tile/+1/000", "/tile/0/000",
	    "tile/0/000/", "tile/0//000", "tile/0/x000/001", "tile/0/x001",
	    "tile/0/001/000", "tile/0/x001x/000", "tile/0/xx01/000",
	    "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0",
	    "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/1/",
	    "tile/0/000.p/1 ", "tile/0/000.p/999999999999999999999",
	    "tile/entries/", "tile/entries/0", "tile/Entries/000",
	    "tile/entries/000.p/256", "tile/entriesx/000", "tile/0/00a",
	    "tile/0/../0/000", "tile/0/x018/x446/x744/x073/x709/x551/616",
	    "tile/0/x001/x018/x446/x744/x073/x709/x551/615", "TILE/0/000"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct tile t;

		cr_expect_eq(tile_parse(&t, bytes_str(bad[i]), NULL),
		    ERR_MALFORMED, "%s", bad[i]);
	}
	cr_expect_eq(
	    tile_parse(&(struct tile){0}, bytes_of("tile/0/0\0000", 11), NULL),
	    ERR_MALFORMED);
}

Test(tile_partial, widths_of_the_example_sizes)
{
	cr_assert_eq(tile_full(0, 70000), 273);
	cr_assert_eq(tile_partial(0, 70000), 112);
	cr_assert_eq(tile_full(1, 70000), 1);
	cr_assert_eq(tile_partial(1, 70000), 17);
	cr_assert_eq(tile_full(2, 70000), 0);
	cr_assert_eq(tile_partial(2, 70000), 1);
	cr_assert_eq(tile_partial(3, 70000), 0);
	cr_assert_eq(tile_full(0, 256), 1);
	cr_assert_eq(tile_partial(0, 256), 0);
	cr_assert_eq(tile_partial(1, 256), 1);
	cr_assert_eq(tile_full(0, 0), 0);
	cr_assert_eq(tile_partial(7, UINT64_MAX), 255);
	cr_assert_eq(tile_partial(8, UINT64_MAX), 0);
	cr_assert_eq(tile_partial(63, UINT64_MAX), 0);
}

Test(tile_within, exactly_what_a_tree_of_this_size_has)
{
	struct tile t = {false, 0, 273, 112};

	cr_assert(tile_within(&t, 70000));
	cr_assert_not(tile_within(&t, 69999));
	t.width = 113;
	cr_assert_not(tile_within(&t, 70000));
	t.width = 256;
	cr_assert_not(tile_within(&t, 70000));
	cr_assert(tile_within(&t, 274 * 256));
	cr_assert_not(tile_within(&(struct tile){false, 0, 0, 1}, 0));
	cr_assert_not(tile_within(&(struct tile){false, 40, 0, 1}, UINT64_MAX));
	cr_assert_not(
	    tile_within(&(struct tile){false, 0, UINT64_MAX, 256}, 70000));
}

static void
digest_is(struct bytes in, size_t len, const char *want)
{
	struct hash h;
	struct buf b;

	cr_expect_eq(in.len, len);
	digest_sha256(&h, in);
	buf_init(&b, 100);
	text_hex_put(&b, bytes_hash(&h));
	cr_expect_str_eq(buf_cstr(&b), want);
	buf_clear(&b);
}

static void
decimal(char out[24], size_t i)
{
	(void)snprintf(out, 24, "%zu", i);
}

static struct bytes
hashes(const struct forest *f, unsigned level, size_t index, size_t width)
{
	return bytes_of(&f->node[8 * level][256 * index], width * HASH_BYTES);
}

Test(tile, contents_of_the_large_tree)
{
	struct forest f = {.len = {0}};
	struct tree_frontier at = {.size = 0};

	for (size_t i = 0; i < 70000; i++) {
		struct hash leaf;
		char text[24];

		decimal(text, i);
		tree_leaf(&leaf, bytes_str(text));
		tree_push(&at, &leaf, forest_emit, &f);
	}
	digest_is(hashes(&f, 0, 0, 256), 8192,
	    "b9704a8bfbee2c61185ceb38904a49f3f703c81e194b5b2ccdc254c2bdaaa62b");
	digest_is(hashes(&f, 0, 272, 256), 8192,
	    "c2f1c18b351a6cde9fbab7bd56276cb209b7dabaf10512b6fc863db3ef9a76b2");
	digest_is(hashes(&f, 0, 273, 112), 3584,
	    "4d21244557c976993a9a89bf928a46b5a876585228df279878239fd84489e5a5");
	digest_is(hashes(&f, 1, 0, 256), 8192,
	    "ea7b038bc73489c89c31a27ac355aaca65a4ed73f0dd7484e68deb29d30f10a2");
	digest_is(hashes(&f, 1, 1, 17), 544,
	    "adfaca2731630fe7944a4b98a0f98ef3e98685eafda09e6f81070218fb759ce4");
	digest_is(hashes(&f, 2, 0, 1), 32,
	    "f0113c8bad855b49f9a5dd661d50012cd94f19aae87a45eb8334666835e3caea");
	forest_clear(&f);
}

static void
put_decimals(struct buf *b, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		char text[24];

		decimal(text, i);
		cr_assert_eq(tile_bundle_put(b, bytes_str(text), NULL), ERR_OK);
	}
}

Test(tile_bundle_put, contents_of_the_large_tree)
{
	struct buf b;

	buf_init(&b, 4096);
	put_decimals(&b, 0, 256);
	digest_is(buf_view(&b), 1170,
	    "94693d5c6d6a0355ec07bac8214516c1ce6a5100b0588f226fd95f26571157d7");
	buf_reset(&b);
	put_decimals(&b, 69888, 70000);
	digest_is(buf_view(&b), 784,
	    "36c3ec44895d1b8098dbe8523078d6750bf09e0f12cd64671ebfe165b7647405");
	buf_clear(&b);
}

/* The 8 reference leaves of transparency-dev/merkle. */
static const uint8_t EIGHT[] = {0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x01, 0x10,
    0x00, 0x02, 0x20, 0x21, 0x00, 0x02, 0x30, 0x31, 0x00, 0x04, 0x40, 0x41,
    0x42, 0x43, 0x00, 0x08, 0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57,
    0x00, 0x10, 0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69,
    0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f};

Test(tile_bundle_next, reads_what_put_wrote)
{
	struct bytes rest = bytes_of(EIGHT, sizeof(EIGHT));
	struct forest f = {.len = {0}};
	struct tree_frontier at = {.size = 0};
	struct bytes entry;
	struct buf again;

	digest_is(rest, 50,
	    "1afdc32f06ff88236207410a37b10ff2b5647186b52a531da0416d539b15a876");
	buf_init(&again, 100);
	for (size_t i = 0; i < 8; i++) {
		struct hash leaf;

		cr_assert_eq(tile_bundle_next(&rest, &entry, NULL), ERR_OK);
		tree_leaf(&leaf, entry);
		tree_push(&at, &leaf, forest_emit, &f);
		cr_assert_eq(tile_bundle_put(&again, entry, NULL), ERR_OK);
	}
	cr_assert_eq(tile_bundle_next(&rest, &entry, NULL), ERR_NOT_FOUND);
	cr_assert(bytes_equal(buf_view(&again), bytes_of(EIGHT, 50)));
	digest_is(hashes(&f, 0, 0, 8), 256,
	    "aea2f1bbb5140fd5f8eacb503fdf54c00c3d860c72588e40233addd416bc8f10");
	buf_clear(&again);
	forest_clear(&f);
}

Test(tile_bundle_next, refuses_a_bundle_cut_anywhere)
{
	/* Ends of entries: there a shorter bundle begins. */
	static const size_t ends[] = {0, 2, 5, 8, 12, 16, 22, 32, 50};
	size_t at = 0;

	for (size_t cut = 0; cut <= sizeof(EIGHT); cut++) {
		struct bytes rest = bytes_of(EIGHT, cut);
		struct bytes entry;
		enum err e = ERR_OK;

		while (e == ERR_OK)
			e = tile_bundle_next(&rest, &entry, NULL);
		if (cut == ends[at]) {
			cr_expect_eq(e, ERR_NOT_FOUND, "at %zu", cut);
			at++;
		} else {
			cr_expect_eq(e, ERR_MALFORMED, "at %zu", cut);
		}
	}
}

Test(tile_bundle_put, refuses_an_entry_that_its_length_cannot_say)
{
	static const uint8_t big[TILE_ENTRY_MAX + 1];
	struct buf b;

	buf_init(&b, 200000);
	cr_assert_eq(
	    tile_bundle_put(&b, bytes_of(big, sizeof(big)), NULL), ERR_LIMIT);
	cr_assert_eq(b.len, 0);
	cr_assert_eq(
	    tile_bundle_put(&b, bytes_of(big, TILE_ENTRY_MAX), NULL), ERR_OK);
	buf_clear(&b);
}
