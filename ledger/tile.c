/* tile.c - tile paths, their widths, and entry bundles. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/tile.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "proto/text.h"

#define GROUP 1000u /* a path carries the index in groups of 3 digits */
#define GROUPS_MAX 7 /* of a uint64_t */
#define LEVEL_BITS 8 /* a tile is 2^8 hashes wide */

void
tile_path(char out[static TILE_PATH_MAX], const struct tile *t)
{
	unsigned groups[GROUPS_MAX];
	uint64_t rest = t->index;
	size_t n = 0;
	int at;

	assert(t->level <= TILE_LEVEL_MAX && (!t->entries || t->level == 0));
	assert(t->width >= 1 && t->width <= TILE_WIDTH);
	do {
		groups[n++] = (unsigned)(rest % GROUP);
		rest /= GROUP;
	} while (rest > 0);
	if (t->entries)
		at = snprintf(out, TILE_PATH_MAX, "tile/entries");
	else
		at = snprintf(out, TILE_PATH_MAX, "tile/%u", t->level);
	while (n-- > 0)
		at += snprintf(out + at, TILE_PATH_MAX - (size_t)at, "/%s%03u",
		    n > 0 ? "x" : "", groups[n]);
	if (t->width < TILE_WIDTH)
		at += snprintf(
		    out + at, TILE_PATH_MAX - (size_t)at, ".p/%u", t->width);
	assert(at > 0 && at < TILE_PATH_MAX);
}

/* Takes decimal digits up to the next character that is none. */
static bool
take_number(struct bytes *in, uint64_t max, uint64_t *out)
{
	struct bytes digits = *in;
	size_t n = 0;

	while (n < in->len && in->ptr[n] >= '0' && in->ptr[n] <= '9')
		n++;
	digits.len = n;
	if (text_u64_get(out, digits, max, NULL) != ERR_OK)
		return false;
	*in = bytes_of(in->ptr + n, in->len - n);
	return true;
}

static bool
take_group(struct bytes *in, unsigned *out)
{
	*out = 0;
	if (in->len < 3)
		return false;
	for (size_t i = 0; i < 3; i++) {
		if (in->ptr[i] < '0' || in->ptr[i] > '9')
			return false;
		*out = *out * 10 + (unsigned)(in->ptr[i] - '0');
	}
	*in = bytes_of(in->ptr + 3, in->len - 3);
	return true;
}

/* "x001/x234/067"; no leading group of zeroes. */
static bool
take_index(struct bytes *in, uint64_t *out)
{
	uint64_t index = 0;
	bool more = true;

	for (bool first = true; more; first = false) {
		unsigned group;

		more = text_skip(in, "x");
		if (!take_group(in, &group) || (more && !text_skip(in, "/")))
			return false;
		if (first && more && group == 0)
			return false;
		if (index > (UINT64_MAX - group) / GROUP)
			return false;
		index = index * GROUP + group;
	}
	*out = index;
	return true;
}

static bool
parse(struct tile *t, struct bytes in)
{
	uint64_t n;

	if (in.len >= TILE_PATH_MAX || !text_skip(&in, "tile/"))
		return false;
	if (text_skip(&in, "entries")) {
		t->entries = true;
	} else {
		if (!take_number(&in, TILE_LEVEL_MAX, &n))
			return false;
		t->level = (unsigned)n;
	}
	if (!text_skip(&in, "/") || !take_index(&in, &t->index))
		return false;
	if (text_skip(&in, ".p/")) {
		if (!take_number(&in, TILE_WIDTH - 1, &n) || n == 0)
			return false;
		t->width = (unsigned)n;
	}
	return in.len == 0;
}

enum err
tile_parse(struct tile *out, struct bytes path, struct err_why *why)
{
	struct tile t = {.width = TILE_WIDTH};

	if (!parse(&t, path))
		return err_fail(why, ERR_MALFORMED, "not the path of a tile");
	*out = t;
	return ERR_OK;
}

/* Hashes at `level` of a tree of `size` leaves. */
static uint64_t
hashes(unsigned level, uint64_t size)
{
	return level >= 64 / LEVEL_BITS ? 0 : size >> (LEVEL_BITS * level);
}

uint64_t
tile_full(unsigned level, uint64_t size)
{
	return hashes(level, size) / TILE_WIDTH;
}

unsigned
tile_partial(unsigned level, uint64_t size)
{
	return (unsigned)(hashes(level, size) % TILE_WIDTH);
}

bool
tile_within(const struct tile *t, uint64_t size)
{
	uint64_t full = tile_full(t->level, size);

	if (t->index != full)
		return t->index < full;
	return t->width <= tile_partial(t->level, size);
}

enum err
tile_bundle_put(struct buf *out, struct bytes entry, struct err_why *why)
{
	if (entry.len > TILE_ENTRY_MAX)
		return err_fail(why, ERR_LIMIT,
		    "an entry of %zu bytes; at most %d", entry.len,
		    TILE_ENTRY_MAX);
	buf_u16be(out, (uint16_t)entry.len);
	buf_bytes(out, entry);
	return buf_ok(out, why);
}

enum err
tile_bundle_next(struct bytes *rest, struct bytes *entry, struct err_why *why)
{
	struct buf_reader r = {.left = *rest};
	struct bytes got;

	if (rest->len == 0)
		return err_fail(why, ERR_NOT_FOUND, "the bundle ends here");
	got = buf_read(&r, buf_read_u16be(&r));
	if (r.bad)
		return err_fail(
		    why, ERR_MALFORMED, "a bundle that is cut short");
	*entry = got;
	*rest = r.left;
	return ERR_OK;
}
