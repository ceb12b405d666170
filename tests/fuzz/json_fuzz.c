/* json_fuzz.c - any text through the transcoder, and back again. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "ledger.pb-c.h"
#include "proto/json.h"
#include "proto/json_quick.h"
#include "proto/json_scan.h"
#include "proto/slice.h"
#include "proto/text.h"
#include "record.pb-c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* What is accepted is canonical as protobuf, and its JSON means the same. */
static void
check_accepted(const ProtobufCMessage *msg)
{
	struct slice_list slices;
	struct buf text, first, second;
	ProtobufCMessage *again;

	buf_init(&text, 64 << 20);
	buf_init(&first, 64 << 20);
	buf_init(&second, 64 << 20);
	slice_pack(&first, msg);
	must(slice_split(&slices, msg->descriptor, buf_view(&first), NULL) ==
	    ERR_OK);
	json_encode(&text, msg, JSON_PRETTY);
	must(json_decode(&again, msg->descriptor, buf_view(&text), NULL) ==
	    ERR_OK);
	slice_pack(&second, again);
	must(bytes_equal(buf_view(&first), buf_view(&second)));
	slice_free(again);
	buf_clear(&text);
	buf_clear(&first);
	buf_clear(&second);
}

/* What the fast parser takes is what the library makes of it. */
static void
check_quick(struct bytes in)
{
	struct json_tree quick = {0};
	struct json_tree slow = {0};

	if (in.len > JSON_BYTES_MAX || json_scan_limits(in, NULL) != ERR_OK)
		return;
	if (json_quick_parse(&quick, in)) {
		must(json_tree_library(&slow, in, NULL) == ERR_OK);
		must(quick.len == slow.len);
		for (size_t i = 0; i < quick.len; i++) {
			const struct json_node *a = &quick.at[i];
			const struct json_node *b = &slow.at[i];

			must(a->kind == b->kind && a->next == b->next &&
			    a->first == b->first && a->count == b->count);
			must(bytes_equal(a->key, b->key));
			must(bytes_equal(a->text, b->text));
			/* Bit for bit, -0 and 0 apart. */
			must(a->num.integer == b->num.integer);
		}
	}
	json_tree_clear(&quick);
	json_tree_clear(&slow);
}

static void
try_one(const ProtobufCMessageDescriptor *desc, struct bytes in)
{
	struct err_why why = {.text = ""};
	ProtobufCMessage *msg;
	enum err e;

	msg = NULL;
	e = json_decode(&msg, desc, in, &why);
	must(e == ERR_OK || e == ERR_MALFORMED || e == ERR_LIMIT);
	must((e == ERR_OK) == (msg != NULL));
	must(e == ERR_OK || why.text[0] == '$');
	must(text_utf8_ok(bytes_str(why.text)));
	if (msg != NULL)
		check_accepted(msg);
	slice_free(msg);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	struct json_list list;
	struct buf quoted;

	check_quick(in);
	try_one(&record__permit__descriptor, in);
	try_one(&record__alarm__descriptor, in);
	try_one(&ledger__sealed__descriptor, in);
	if (json_decode_list(&list, &record__head__descriptor, in, 10, NULL) ==
	    ERR_OK)
		json_list_free(&list);
	buf_init(&quoted, 8 * size + 2);
	json_quote(&quoted, in);
	must(!quoted.over);
	must(text_utf8_ok(buf_view(&quoted)));
	buf_clear(&quoted);
	return 0;
}
