/* message_fuzz.c - every message from outside: protobuf, JSON and YAML. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "proto/json.h"
#include "proto/slice.h"
#include "proto/yaml.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/shapes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* Line breaks of YAML 1.1 that JSON leaves as they are: YAML folds them. */
static bool
folds(struct bytes text)
{
	return memmem(text.ptr, text.len, "\xc2\x85", 2) != NULL ||
	    memmem(text.ptr, text.len, "\xe2\x80\xa8", 3) != NULL ||
	    memmem(text.ptr, text.len, "\xe2\x80\xa9", 3) != NULL;
}

/* `text` reads as the message whose canonical form is `packed`. */
static void
check_text(const ProtobufCMessageDescriptor *desc, struct bytes text,
    struct bytes packed, bool yaml)
{
	ProtobufCMessage *again = NULL;
	struct buf b;
	enum err e;

	if (yaml && folds(text))
		return;
	e = yaml ? yaml_decode(&again, desc, text, NULL)
	         : json_decode(&again, desc, text, NULL);
	/* YAML has no way to write some characters, and lower limits. */
	must(e == ERR_OK || (yaml && again == NULL));
	if (e != ERR_OK)
		return;
	buf_init(&b, packed.len);
	slice_pack(&b, again);
	must(bytes_equal(buf_view(&b), packed));
	buf_clear(&b);
	slice_free(again);
}

static void
check_accepted(const ProtobufCMessage *msg, struct bytes in)
{
	const ProtobufCMessageDescriptor *desc = msg->descriptor;
	struct slice_list slices;
	struct buf b;

	must(slice_split(&slices, desc, in, NULL) == ERR_OK);
	buf_init(&b, 64 << 20);
	slice_pack(&b, msg);
	must(bytes_equal(buf_view(&b), in));
	buf_reset(&b);
	json_encode(&b, msg, 0);
	must(!b.over);
	check_text(desc, buf_view(&b), in, false);
	check_text(desc, buf_view(&b), in, true);
	buf_reset(&b);
	json_encode(&b, msg, JSON_PRETTY);
	check_text(desc, buf_view(&b), in, false);
	buf_clear(&b);
}

/* What is not canonical but packs canonically is the message it packs to. */
static void
check_lax(const ProtobufCMessageDescriptor *desc, struct bytes in)
{
	ProtobufCMessage *msg =
	    protobuf_c_message_unpack(desc, NULL, in.len, in.ptr);
	ProtobufCMessage *strict = NULL;
	struct buf b;

	if (msg == NULL)
		return;
	buf_init(&b, 64 << 20);
	slice_pack(&b, msg);
	if (slice_unpack(&strict, desc, buf_view(&b), NULL) == ERR_OK) {
		check_accepted(strict, buf_view(&b));
		slice_free(strict);
	}
	buf_clear(&b);
	protobuf_c_message_free_unpacked(msg, NULL);
}

size_t
LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	if (size < 1 || max_size < 2)
		return LLVMFuzzerMutate(data, size, max_size);
	if (seed % 32 == 0)
		data[0] = (uint8_t)(seed >> 8);
	return 1 +
	    mutate_wire(
	        data + 1, size - 1, max_size - 1, shapes_at(data[0]), seed);
}

/* u8 shape, then the message. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const ProtobufCMessageDescriptor *desc;
	ProtobufCMessage *msg = NULL;
	struct bytes in;

	if (size == 0)
		return 0;
	desc = shapes_at(data[0]);
	in = bytes_of(data + 1, size - 1);
	if (slice_unpack(&msg, desc, in, NULL) != ERR_OK) {
		must(msg == NULL);
		check_lax(desc, in);
		return 0;
	}
	check_accepted(msg, in);
	slice_free(msg);
	return 0;
}
