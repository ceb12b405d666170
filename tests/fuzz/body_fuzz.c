/* body_fuzz.c - the JSON of every message from outside, and lists of it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "proto/json.h"
#include "proto/slice.h"
#include "proto/text.h"
#include "proto/yaml.h"
#include "tests/fuzz/mutate.h"
#include "tests/fuzz/shapes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ITEMS_MAX 50

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
packed(struct buf *out, const ProtobufCMessage *msg)
{
	buf_init(out, 64 << 20);
	slice_pack(out, msg);
	must(!out->over);
}

/* Written and read again it is the same message, and so as protobuf. */
static void
check_accepted(const ProtobufCMessage *msg)
{
	ProtobufCMessage *again = NULL;
	struct buf text, first, second;

	packed(&first, msg);
	buf_init(&text, 64 << 20);
	json_encode(&text, msg, 0);
	must(json_decode(&again, msg->descriptor, buf_view(&text), NULL) ==
	    ERR_OK);
	packed(&second, again);
	must(bytes_equal(buf_view(&first), buf_view(&second)));
	slice_free(again);
	again = NULL;
	must(slice_unpack(&again, msg->descriptor, buf_view(&first), NULL) ==
	    ERR_OK);
	slice_free(again);
	buf_clear(&text);
	buf_clear(&first);
	buf_clear(&second);
}

/* One message alone and as a list of one are taken alike. */
static void
check_list(const ProtobufCMessageDescriptor *desc, struct bytes in, bool one)
{
	struct json_list list = {0};
	enum err e = json_decode_list(&list, desc, in, ITEMS_MAX, NULL);

	must(e == ERR_OK || list.at == NULL);
	must(!one || (e == ERR_OK && list.len == 1 && list.single));
	must(e != ERR_OK || list.len <= ITEMS_MAX);
	for (size_t i = 0; e == ERR_OK && i < list.len; i++)
		check_accepted(list.at[i]);
	if (e == ERR_OK)
		json_list_free(&list);
}

size_t
LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	uint64_t state = UINT64_C(0x9e3779b97f4a7c15) ^ seed;
	const ProtobufCMessageDescriptor *desc;
	ProtobufCMessage *msg = NULL;
	struct buf text;

	if (size < 1 || max_size < 2 || seed % 2 == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	if (mutate_random(&state, 16) == 0)
		data[0] = (uint8_t)mutate_random(&state, shapes_len());
	desc = shapes_at(data[0]);
	if (json_decode(&msg, desc, bytes_of(data + 1, size - 1), NULL) !=
	    ERR_OK)
		msg = mutate_new(desc, &state);
	mutate_fields(msg, &state);
	buf_init(&text, max_size - 1);
	json_encode(&text, msg, 0);
	if (!text.over) {
		memcpy(data + 1, text.ptr, text.len);
		size = 1 + text.len;
	}
	buf_clear(&text);
	protobuf_c_message_free_unpacked(msg, NULL);
	return size;
}

/* u8 shape, then the text. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const ProtobufCMessageDescriptor *desc;
	struct err_why why = {.text = ""};
	ProtobufCMessage *msg = NULL;
	struct bytes in;
	enum err e;

	if (size == 0)
		return 0;
	desc = shapes_at(data[0]);
	in = bytes_of(data + 1, size - 1);
	e = json_decode(&msg, desc, in, &why);
	must(e == ERR_OK || e == ERR_MALFORMED || e == ERR_LIMIT);
	must((e == ERR_OK) == (msg != NULL));
	must(e == ERR_OK || why.text[0] == '$');
	must(text_utf8_ok(bytes_str(why.text)));
	if (msg != NULL)
		check_accepted(msg);
	check_list(desc, in, msg != NULL);
	slice_free(msg);
	msg = NULL;
	e = yaml_decode(&msg, desc, in, &why);
	must((e == ERR_OK) == (msg != NULL));
	if (msg != NULL)
		check_accepted(msg);
	slice_free(msg);
	return 0;
}
