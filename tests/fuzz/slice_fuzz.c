/* slice_fuzz.c - any bytes as canonical messages. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "ledger.pb-c.h"
#include "proto/slice.h"
#include "record.pb-c.h"
#include "tests/fuzz/mutate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* Slices tile the message in order, each a message of its own. */
static void
check_slices(const struct slice_list *slices,
    const ProtobufCMessageDescriptor *desc, struct bytes in)
{
	struct slice_list one;
	size_t i, at;

	at = 0;
	for (i = 0; i < slices->len; i++) {
		must(slices->at[i].bytes.ptr == in.ptr + at);
		must(slices->at[i].bytes.len > 0);
		must(i == 0 || slices->at[i].number > slices->at[i - 1].number);
		at += slices->at[i].bytes.len;
		must(slice_split(&one, desc, slices->at[i].bytes, NULL) ==
		    ERR_OK);
		must(one.len == 1);
	}
	must(at == in.len);
}

static void
try_one(const ProtobufCMessageDescriptor *desc, struct bytes in)
{
	struct slice_list slices;
	ProtobufCMessage *msg;
	struct buf again;
	enum err e, unpacked;

	e = slice_split(&slices, desc, in, NULL);
	unpacked = slice_unpack(&msg, desc, in, NULL);
	must(e == ERR_LIMIT || e == unpacked);
	if (e != ERR_OK)
		return;
	check_slices(&slices, desc, in);
	/* One message, one spelling. */
	buf_init(&again, in.len);
	slice_pack(&again, msg);
	must(bytes_equal(buf_view(&again), in));
	buf_clear(&again);
	slice_free(msg);
}

size_t
LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	return mutate_wire(
	    data, size, max_size, &record__permit__descriptor, seed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);

	try_one(&record__permit__descriptor, in);
	try_one(&record__alarm__descriptor, in);
	try_one(&record__log_start__descriptor, in);
	try_one(&record__erasure__descriptor, in);
	try_one(&ledger__entry__descriptor, in);
	try_one(&ledger__sealed__descriptor, in);
	return 0;
}
