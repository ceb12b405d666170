/* zip_fuzz.c - any bytes as an archive. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "ledger/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* Every member has a decent name, is found by it, and unpacks to its size or
 * not at all. */
static void
check_members(struct zip_reader *z)
{
	struct buf b;
	size_t at;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < zip_reader_count(z); i++) {
		const char *name = zip_reader_name(z, i);

		must(zip_reader_find(z, name, &at) == ERR_OK && at == i);
		must(name[0] != '/' && strstr(name, "/../") == NULL);
		must(i == 0 || strcmp(zip_reader_name(z, i - 1), name) < 0);
		buf_reset(&b);
		if (zip_reader_get(z, i, &b, NULL) == ERR_OK)
			must(b.len == zip_reader_size(z, i));
		else
			must(b.len == 0);
	}
	buf_clear(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zip_reader *z = NULL;
	struct err_why why = {.text = ""};
	enum err e = zip_reader_open(&z, bytes_of(data, size), &why);

	must((e == ERR_OK) == (z != NULL));
	must(e == ERR_OK || why.text[0] != '\0');
	if (z)
		check_members(z);
	zip_reader_close(z);
	return 0;
}
