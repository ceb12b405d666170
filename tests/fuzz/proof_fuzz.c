/* proof_fuzz.c - any bytes as a proof file of either kind. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "ledger/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* One proof has one spelling. */
static void
check_proof(struct bytes in)
{
	const struct hash zero = {{0}};
	struct buf extra;
	struct buf again;
	struct proof p;

	buf_init(&extra, PROOF_EXTRA_MAX);
	buf_init(&again, PROOF_FILE_MAX);
	if (proof_get(&p, &extra, in, NULL) == ERR_OK) {
		proof_put(&again, &p, buf_view(&extra));
		must(bytes_equal(buf_view(&again), in));
		(void)!tree_check_include(
		    &zero, p.index, p.index + 1, &p.hashes, &zero, NULL);
	}
	buf_clear(&extra);
	buf_clear(&again);
}

static void
check_range(struct bytes in)
{
	static struct hash leaves[256];
	struct proof_range p;
	struct buf again;

	if (proof_range_get(&p, in, NULL) != ERR_OK)
		return;
	buf_init(&again, PROOF_FILE_MAX);
	proof_range_put(&again, &p);
	must(bytes_equal(buf_view(&again), in));
	buf_clear(&again);
	if (p.to - p.from <= 256) {
		struct tree_span s = {p.from, p.to, TREE_SIZE_MAX};

		(void)!tree_check_range(leaves, s, &p.hashes, &leaves[0], NULL);
		s.size = p.to;
		(void)!tree_check_range(leaves, s, &p.hashes, &leaves[0], NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	check_proof(bytes_of(data, len));
	check_range(bytes_of(data, len));
	return 0;
}
