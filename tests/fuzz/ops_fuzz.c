/* ops_fuzz.c - any request line and body against a whole node. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ops.h"

#include "node/ops_table.h"
#include "proto/json.h"
#include "tests/fuzz/mutate.h"
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

/* The template with some id in place of each of its captures. */
static void
put_path(struct buf *out, const char *path, uint64_t *state)
{
	static const char *const some[] = {
	    "01930000-0000-7000-8000-000000000001", "0", "1", "x",
	    "plant-a.test.example/evidence/1", "%2e%2e", "tile/0/000", "\xff"};

	for (; *path != '\0'; path++) {
		if (*path != '{') {
			buf_u8(out, (uint8_t)*path);
			continue;
		}
		buf_str(out,
		    some[mutate_random(state, sizeof(some) / sizeof(some[0]))]);
		path = strchr(path, '}');
	}
}

/* A call of some operation with a body of its request's type. */
static size_t
make_call(uint8_t *data, size_t size, size_t max_size, uint64_t *state)
{
	size_t n;
	const struct ops_entry *all = ops_table_all(&n);
	const struct ops_entry *op = &all[mutate_random(state, n)];
	ProtobufCMessage *msg;
	struct buf out;

	buf_init(&out, max_size);
	buf_str(&out, op->method);
	buf_str(&out, "\n");
	put_path(&out, op->path, state);
	if (op->params != NULL && mutate_random(state, 2) == 0) {
		size_t len = strcspn(op->params, " +");

		buf_str(&out, "?");
		buf_put(&out, op->params, len);
		buf_printf(&out, "=%u", (unsigned)mutate_random(state, 300));
	}
	buf_str(&out, "\napplication/json\n");
	if (op->request != NULL) {
		msg = mutate_new(op->request, state);
		json_encode(&out, msg, 0);
		protobuf_c_message_free_unpacked(msg, NULL);
	}
	if (!out.over) {
		memcpy(data, out.ptr, out.len);
		size = out.len;
	}
	buf_clear(&out);
	return size;
}

size_t
LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	uint64_t state = UINT64_C(0x9e3779b97f4a7c15) ^ seed;

	if (seed % 4 == 0)
		return make_call(data, size, max_size, &state);
	return LLVMFuzzerMutate(data, size, max_size);
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
