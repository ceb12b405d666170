/* seal_fuzz.c - 32 bytes as a commitment, the rest as its opening. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "ledger/seal.h"
#include "proto/slice.h"
#include "tests/fuzz/mutate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
must(bool holds)
{
	if (!holds)
		abort();
}

/* What is shown is a canonical message of the opening's type. */
static void
check_open(const Ledger__Opening *o, const struct hash *c)
{
	struct slice_list slices;
	struct buf shown;

	buf_init(&shown, SEAL_MESSAGE_MAX);
	if (seal_open(&shown, o, c, NULL) == ERR_OK)
		must(slice_split(&slices, seal_type(o->type), buf_view(&shown),
		         NULL) == ERR_OK);
	buf_clear(&shown);
}

/* Whatever is disclosed from an opening opens what the opening opens. */
static void
check_disclose(const Ledger__Opening *o, const struct hash *given)
{
	const uint32_t some[] = {1, 2, 5, 15};
	Ledger__Opening *less = NULL;
	Ledger__Opening *least = NULL;
	struct hash c = *given;
	bool opens;

	if (o->has_message && o->has_record_key && o->type != NULL &&
	    o->record_key.len == SEAL_KEY_BYTES && seal_type(o->type) != NULL &&
	    o->n_fields == 0)
		(void)!seal_commit(&c, seal_type(o->type),
		    bytes_of(o->message.data, o->message.len),
		    o->record_key.data, NULL);
	opens = seal_open(NULL, o, &c, NULL) == ERR_OK;
	if (seal_disclose(&less, o, some, 4, NULL) != ERR_OK) {
		must(!opens);
		return;
	}
	must((seal_open(NULL, less, &c, NULL) == ERR_OK) == opens);
	must(seal_withhold(&least, less, some, 4, NULL) == ERR_OK);
	must((seal_open(NULL, least, &c, NULL) == ERR_OK) == opens);
	for (size_t i = 0; i < least->n_fields; i++)
		must(!least->fields[i]->has_slice);
	ledger__opening__free_unpacked(less, NULL);
	ledger__opening__free_unpacked(least, NULL);
}

size_t
LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	if (size < HASH_BYTES)
		return LLVMFuzzerMutate(data, size, max_size);
	return HASH_BYTES +
	    mutate_wire(data + HASH_BYTES, size - HASH_BYTES,
	        max_size - HASH_BYTES, &ledger__opening__descriptor, seed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	Ledger__Opening *o;
	struct hash c;

	if (len < HASH_BYTES)
		return 0;
	memcpy(c.b, data, HASH_BYTES);
	o = ledger__opening__unpack(NULL, len - HASH_BYTES, data + HASH_BYTES);
	if (o == NULL)
		return 0;
	check_open(o, &c);
	check_disclose(o, &c);
	ledger__opening__free_unpacked(o, NULL);
	return 0;
}
