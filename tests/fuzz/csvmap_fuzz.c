/* csvmap_fuzz.c - a map and a table from strangers, row by row to JSON. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/csvmap.h"

#include <stdlib.h>

#include "proto/json.h"
#include "proto/json_tree.h"
#include "proto/slice.h"
#include "record.pb-c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* Whatever stands in the cells, a row is one well-formed JSON object. */
static void
check_row(const struct csvmap *m, const struct csv *row, uint64_t number)
{
	struct json_tree tree = {0};
	ProtobufCMessage *msg = NULL;
	struct buf json;

	buf_init(&json, 1 << 20);
	buf_str(&json, "x");
	if (csvmap_json(m, row, number, &json, NULL) == ERR_OK) {
		struct bytes text = bytes_of(json.ptr + 1, json.len - 1);

		/* Of well-formed texts the reader refuses those with NUL. */
		must(json_tree_library(&tree, text, NULL) == ERR_OK ||
		    memmem(text.ptr, text.len, "\\u0000", 6) != NULL);
		json_tree_clear(&tree);
		if (json_decode(&msg, m->desc, text, NULL) == ERR_OK)
			slice_free(msg);
	} else {
		must(json.len == 1);
	}
	buf_clear(&json);
}

static void
run(const Import__Map *map, const ProtobufCMessageDescriptor *desc,
    struct bytes table)
{
	bool header = !map->has_header || map->header;
	struct csvmap m;
	struct csv csv;
	uint64_t n = 0;
	enum err e = ERR_OK;

	csv_init(&csv, table, map->delimiter != NULL ? map->delimiter[0] : ',');
	if (header)
		e = csv_next(&csv, NULL);
	if (e == ERR_OK)
		e = csvmap_bind(&m, map, desc, header ? &csv : NULL, NULL);
	while (e == ERR_OK && n < 50) {
		e = csv_next(&csv, NULL);
		if (e == ERR_OK)
			check_row(&m, &csv, ++n);
	}
	csv_clear(&csv);
}

/* The map, a NUL, the table. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
	size_t len = end != NULL ? (size_t)(end - data) : size;
	Import__Map *map = NULL;
	struct bytes in;
	struct buf table;

	if (csvmap_read(&map, bytes_of(data, len), NULL) != ERR_OK)
		return 0;
	in = end != NULL ? bytes_of(end + 1, size - len - 1) : bytes_of("", 0);
	buf_init(&table, 1 << 20);
	if (csv_utf8(&table, in, map->encoding, NULL) == ERR_OK) {
		run(map, &record__alarm__descriptor, buf_view(&table));
		run(map, &record__case__descriptor, buf_view(&table));
	}
	buf_clear(&table);
	slice_free(&map->base);
	return 0;
}
