/* params_fuzz.c - any bytes as a query string and as a path segment. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/params.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct params p;
	struct err_why why;
	char segment[64];
	struct bytes in = bytes_of(data, len);

	if (params_parse(&p, in, "state area+ level from id+", &why) ==
	    ERR_OK) {
		uint64_t v = 0;
		int64_t us = 0;
		for (size_t i = 0; i < p.len; i++)
			assert(params_get(&p, p.at[i].name) != NULL);
		(void)!params_u64(&p, "level", 3, &v, &why);
		(void)!params_time(&p, "from", &us, &why);
	} else {
		assert(p.len == 0);
	}
	if (params_segment(segment, sizeof segment, in, &why) == ERR_OK)
		assert(strlen(segment) < sizeof segment);
	return 0;
}
