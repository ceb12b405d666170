/* entry_fuzz.c - leaves from strangers: decode, chain, canonical form. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "ledger/log_extend.h"
#include "ledger/log_rule.h"
#include "ledger/sealed_view.h"
#include "proto/mem.h"
#include "tests/fuzz/mutate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
opens_something(struct bytes packed)
{
	Ledger__Sealed *s =
	    ledger__sealed__unpack(NULL, packed.len, packed.ptr);
	bool some = s->body != NULL || s->annex != NULL || s->auth != NULL;

	ledger__sealed__free_unpacked(s, NULL);
	return some;
}

/* What is read in place is what the library reads, spelt the one way. */
static void
check_view(struct bytes packed)
{
	struct sealed_view v;
	Ledger__Sealed *s;
	uint8_t *again;

	if (!sealed_view(&v, packed))
		return;
	s = ledger__sealed__unpack(NULL, packed.len, packed.ptr);
	if (s == NULL || ledger__sealed__get_packed_size(s) != packed.len ||
	    ledger__sealed__get_packed_size(&v.sealed) != packed.len)
		abort();
	again = mem_alloc(packed.len + 1, 1);
	(void)ledger__sealed__pack(&v.sealed, again);
	if (memcmp(again, packed.ptr, packed.len) != 0)
		abort();
	(void)ledger__sealed__pack(s, again);
	if (memcmp(again, packed.ptr, packed.len) != 0)
		abort();
	free(again);
	ledger__sealed__free_unpacked(s, NULL);
}

size_t
LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	uint8_t rest[4096], leaf[UINT8_MAX];
	size_t len, rest_len;

	if (size < 2 || size > sizeof(rest) || max_size < sizeof(rest))
		return LLVMFuzzerMutate(data, size, max_size);
	len = data[0] < size - 1 ? data[0] : size - 1;
	rest_len = size - 1 - len;
	memcpy(leaf, data + 1, len);
	memcpy(rest, data + 1 + len, rest_len);
	if (seed % 2 == 0)
		len = mutate_wire(
		    leaf, len, sizeof(leaf), &ledger__entry__descriptor, seed);
	else
		rest_len = mutate_wire(rest, rest_len, sizeof(rest) - 256,
		    &ledger__sealed__descriptor, seed);
	data[0] = (uint8_t)len;
	memcpy(data + 1, leaf, len);
	memcpy(data + 1 + len, rest, rest_len);
	return 1 + len + rest_len;
}

/* u8 length of the leaf, the leaf, then a packed Sealed that would open it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log_chain chain = {0};
	struct bytes leaf;
	struct bytes sealed;
	Ledger__Entry *entry;
	uint8_t *again;
	size_t len;

	if (size == 0)
		return 0;
	len = data[0] < size - 1 ? data[0] : size - 1;
	leaf = bytes_of(data + 1, len);
	sealed = bytes_of(data + 1 + len, size - 1 - len);
	if (sealed.len > 0)
		check_view(sealed);
	if (log_rule_decode(&entry, leaf, NULL) != ERR_OK)
		return 0;
	/* One meaning, one spelling: what was accepted packs to itself. */
	if (ledger__entry__get_packed_size(entry) != leaf.len)
		abort();
	again = mem_alloc(leaf.len + 1, 1);
	(void)ledger__entry__pack(entry, again);
	if (memcmp(again, leaf.ptr, leaf.len) != 0)
		abort();
	free(again);
	if (log_rule_next(&chain, entry, NULL) == ERR_OK && chain.size != 1)
		abort();
	/* What was never committed to cannot be opened. */
	if (sealed.len > 0 && log_sealed_check(sealed, entry, NULL) == ERR_OK &&
	    !entry->has_commitment && !entry->has_annex_commitment &&
	    !entry->has_auth_commitment && opens_something(sealed))
		abort();
	ledger__entry__free_unpacked(entry, NULL);
	return 0;
}
