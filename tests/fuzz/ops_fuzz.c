/* ops_fuzz.c - any request line and body against a whole node. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ops.h"

#include "tests/support/live.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* One node for all inputs: what is refused must leave it usable. */
static struct live node;

static void
close_node(void)
{
	live_close(&node);
}

static struct bytes
next_line(struct bytes *rest)
{
	const uint8_t *end = memchr(rest->ptr, '\n', rest->len);
	size_t n = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
	struct bytes line = bytes_of(rest->ptr, n);
	size_t skip = end != NULL ? n + 1 : n;

	*rest = bytes_of(rest->ptr + skip, rest->len - skip);
	return line;
}

/* Input: "METHOD LF target LF content type LF body". */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes rest = bytes_of(data, len);
	struct ops_call call;
	char method[16] = "";
	char type[64] = "";

	if (node.service == NULL) {
		live_open(&node, "bundle_wait_seconds: 0\n");
		(void)atexit(close_node);
	}
	struct bytes m = next_line(&rest);
	struct bytes target = next_line(&rest);
	struct bytes t = next_line(&rest);
	memcpy(method, m.ptr, m.len < 15 ? m.len : 15);
	memcpy(type, t.ptr, t.len < 63 ? t.len : 63);
	ops_call_init(&call, node.service);
	call.method = method;
	const uint8_t *mark =
	    target.len > 0 ? memchr(target.ptr, '?', target.len) : NULL;
	size_t n = mark != NULL ? (size_t)(mark - target.ptr) : target.len;
	call.path = bytes_of(target.ptr, n);
	if (mark != NULL)
		call.query = bytes_of(mark + 1, target.len - n - 1);
	call.content_type = type[0] != '\0' ? type : NULL;
	call.accept = call.content_type;
	call.last_event_id = type[0] != '\0' ? type : NULL;
	call.body = rest;
	call.local = true;
	ops_call_wait(&call);
	assert(call.status >= 200 && call.status < 600);
	assert(call.status != 500);
	ops_call_clear(&call);
	return 0;
}
