/* policy_fuzz.c - any bytes as a policy, asked about one checkpoint. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "ledger/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define DASH "\xe2\x80\x94 "
#define NOTE                                                                \
	"example.com/log/testdata\n8\n"                                     \
	"XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n\n" DASH             \
	"example.com/log/testdata M9e0loRVkEPcM/dTSb6Mjv4p+ddtWVs8jOuTljfu" \
	"DAFhvGTLRlsxA/U6MghQ8dOdcWU9wylzFS3B9MbyqXOzmNpbmwM=\n" DASH       \
	"Wit1 mz+y1QAAAABkGFDLpa7Xo/e8nxyy5FY6fxf3nH7PYyN0q5dMBzHqwCjf3+M9" \
	"VYZY0nWedDS5eQgGs7Pyu0Tr6JELczTvTXLcHfB0Cw==\n"

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* Writing and reading again changes nothing: the texts are equal. */
static void
settles(const struct policy *p)
{
	struct policy *q = NULL;
	struct buf a;
	struct buf b;

	buf_init(&a, 2 * POLICY_TEXT_MAX);
	buf_init(&b, 2 * POLICY_TEXT_MAX);
	policy_put(&a, p);
	must(policy_get(&q, buf_view(&a), NULL) == ERR_OK);
	policy_put(&b, q);
	must(bytes_equal(buf_view(&a), buf_view(&b)));
	policy_free(q);
	buf_clear(&a);
	buf_clear(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct policy_verdict v;
	struct policy *p = NULL;
	enum err e;

	crypto_start();
	if (policy_get(&p, bytes_of(data, len), NULL) != ERR_OK)
		return 0;
	settles(p);
	e = policy_check_quorum(&v, p, bytes_str(NOTE), 1700000000, NULL);
	must(e != ERR_OK || v.log != NULL);
	must(e != ERR_OK ||
	    (v.quorum != POLICY_QUORUM_MISSED &&
	        v.quorum != POLICY_QUORUM_STALE));
	policy_free(p);
	return 0;
}
