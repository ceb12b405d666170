/* gate_code_fuzz.c - any text as a gate's code. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "node/gate_code.h"
#include "proto/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* One value, one spelling: what is read is written the same again. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	struct gate_code c;
	struct buf out;

	buf_init(&out, size + 256);
	if (gate_code_get(&c, in, NULL) == ERR_OK) {
		gate_code_put(&out, &c);
		must(bytes_equal(buf_view(&out), in));
	}
	buf_reset(&out);
	if (text_b45_get(&out, in, NULL) == ERR_OK) {
		struct buf again;

		buf_init(&again, size);
		text_b45_put(&again, buf_view(&out));
		must(bytes_equal(buf_view(&again), in));
		buf_clear(&again);
	}
	buf_reset(&out);
	if (text_b64url_get(&out, in, NULL) == ERR_OK) {
		struct buf again;

		buf_init(&again, size + 4);
		text_b64url_put(&again, buf_view(&out));
		must(bytes_equal(buf_view(&again), in));
		buf_clear(&again);
	}
	buf_clear(&out);
	return 0;
}
