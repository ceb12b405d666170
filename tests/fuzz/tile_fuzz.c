/* tile_fuzz.c - any bytes as a tile's path or as a bundle of entries. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "ledger/tile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* One tile has one path. */
static void
check_path(struct bytes in)
{
	char out[TILE_PATH_MAX];
	struct tile t;

	if (tile_parse(&t, in, NULL) != ERR_OK)
		return;
	tile_path(out, &t);
	must(bytes_equal(bytes_str(out), in));
	(void)tile_within(&t, 70000);
}

static void
check_bundle(struct bytes in)
{
	struct bytes rest = in;
	struct bytes entry;
	struct buf again;
	enum err e;

	buf_init(&again, in.len);
	for (;;) {
		e = tile_bundle_next(&rest, &entry, NULL);
		if (e != ERR_OK)
			break;
		must(tile_bundle_put(&again, entry, NULL) == ERR_OK);
	}
	must(bytes_equal(buf_view(&again), bytes_of(in.ptr, again.len)));
	must((e == ERR_NOT_FOUND) == (again.len == in.len));
	buf_clear(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	check_path(bytes_of(data, len));
	check_bundle(bytes_of(data, len));
	return 0;
}
