/* yaml_fuzz.c - any text as a YAML document. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "proto/slice.h"
#include "proto/text.h"
#include "proto/yaml.h"
#include "record.pb-c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice_list slices;
	struct err_why why = {.text = ""};
	ProtobufCMessage *msg;
	struct buf packed;
	enum err e;

	msg = NULL;
	e = yaml_decode(
	    &msg, &record__permit__descriptor, bytes_of(data, size), &why);
	must(e == ERR_OK || e == ERR_MALFORMED || e == ERR_LIMIT);
	must((e == ERR_OK) == (msg != NULL));
	must((e == ERR_OK) == (why.text[0] == '\0'));
	must(text_utf8_ok(bytes_str(why.text)));
	if (msg == NULL)
		return 0;
	buf_init(&packed, 16 << 20);
	slice_pack(&packed, msg);
	must(slice_split(&slices, msg->descriptor, buf_view(&packed), NULL) ==
	    ERR_OK);
	buf_clear(&packed);
	slice_free(msg);
	return 0;
}
