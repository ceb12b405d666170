/* tile.h - tile paths, their widths, and entry bundles. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_TILE_H
#define LEDGER_TILE_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

#define TILE_WIDTH 256
#define TILE_LEVEL_MAX 63
#define TILE_ENTRY_MAX 65535 /* bytes of one entry in a bundle */
#define TILE_PATH_MAX 64 /* characters of a path with its NUL */

/* Names one tile of 256 hashes, or one bundle of 256 entries. */
struct tile {
	bool entries; /* a bundle; level is 0 then */
	unsigned level; /* hash i is tree node (8 * level, 256 * index + i) */
	uint64_t index;
	unsigned width; /* 1 to 255: partial; TILE_WIDTH: full */
};

/* "tile/0/x001/x234/067.p/112"; t must be in range (asserted). */
void tile_path(char out[static TILE_PATH_MAX], const struct tile *t);

/*
 * tile_parse - the inverse of tile_path; refuses every other spelling.
 * ERR_MALFORMED.  Source: c2sp.org/tlog-tiles.
 */
ERR_CHECKED enum err tile_parse(
    struct tile *out, struct bytes path, struct err_why *why);

/* Full tiles at `level` of a tree of `size` leaves, and the width of the
 * partial one after them (0: there is none). */
uint64_t tile_full(unsigned level, uint64_t size);
unsigned tile_partial(unsigned level, uint64_t size);

/* True when all hashes (entries) of the tile exist at `size`. */
bool tile_within(const struct tile *t, uint64_t size);

/* Append u16be length || entry.  ERR_LIMIT: over TILE_ENTRY_MAX. */
ERR_CHECKED enum err tile_bundle_put(
    struct buf *out, struct bytes entry, struct err_why *why);

/*
 * tile_bundle_next - take the next entry off the front of a bundle.
 *   rest   moved past the entry; entry is a view into the bundle
 * ERR_NOT_FOUND at the end, ERR_MALFORMED cut short (rest is as before).
 */
ERR_CHECKED enum err tile_bundle_next(
    struct bytes *rest, struct bytes *entry, struct err_why *why);

#endif
