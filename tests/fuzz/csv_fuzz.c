/* csv_fuzz.c - CSV rows and encodings from hostile bytes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/csv.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf text;
	struct csv csv;
	enum err e;

	buf_init(&text, 1u << 20);
	e = csv_utf8(&text, bytes_of(data, size), NULL, NULL);
	if (e == ERR_OK) {
		csv_init(&csv, buf_view(&text), ',');
		do {
			e = csv_next(&csv, NULL);
			if (e == ERR_OK && csv.fields == 0)
				abort(); /* a row has a field */
		} while (e != ERR_NOT_FOUND);
		csv_clear(&csv);
	}
	buf_clear(&text);
	return 0;
}
