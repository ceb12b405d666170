/* fork_fuzz.c - any file as fork evidence. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/fork.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken is written again as the same file. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char origin[NOTE_NAME_MAX + 1];
	struct note_vkey key = {.name = "x"};
	struct bytes in = bytes_of(data, size);
	struct buf out;
	struct fork f;

	crypto_start();
	if (fork_get(&f, in, NULL) != ERR_OK)
		return 0;
	buf_init(&out, 2 * FORK_BYTES_MAX);
	fork_put(&out, &f);
	if (out.len > size || fork_check(&f, &key, NULL, NULL) == ERR_OK)
		abort();
	if (fork_origin(origin, &f, NULL) == ERR_OK &&
	    strlen(origin) > NOTE_NAME_MAX)
		abort();
	buf_clear(&out);
	return 0;
}
