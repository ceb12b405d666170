/* text_fuzz.c - any bytes as hex, base64, time, span, UUID, number. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "proto/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* One value, one spelling: what is read is written the same again. */
static void
try_base64_and_hex(struct bytes in)
{
	struct buf raw, text;

	buf_init(&raw, in.len);
	buf_init(&text, in.len);
	if (text_b64_get(&raw, in, NULL) == ERR_OK) {
		text_b64_put(&text, buf_view(&raw));
		must(bytes_equal(buf_view(&text), in));
	}
	buf_reset(&raw);
	buf_reset(&text);
	if (text_hex_get(&raw, in, NULL) == ERR_OK) {
		text_hex_put(&text, buf_view(&raw));
		must(bytes_equal(buf_view(&text), in));
	}
	buf_clear(&raw);
	buf_clear(&text);
}

static void
try_time(struct bytes in)
{
	char text[TEXT_TIME_CHARS + 1];
	int64_t us, again;

	if (text_time_get(&us, in, NULL) == ERR_OK) {
		text_time_put(text, us);
		must(text_time_get(&again, bytes_str(text), NULL) == ERR_OK);
		must(us == again);
	}
	if (in.len < sizeof us)
		return;
	memcpy(&us, in.ptr, sizeof us);
	text_time_put(text, us);
	if (text_time_get(&again, bytes_str(text), NULL) == ERR_OK)
		must(us == again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size), line, rest;
	char text[TEXT_UUID_CHARS + 1];
	uint8_t uuid[16];
	uint64_t n;
	int64_t us;

	try_base64_and_hex(in);
	try_time(in);
	if (text_uuid_get(uuid, in, NULL) == ERR_OK) {
		text_uuid_put(text, uuid);
		must(bytes_equal(bytes_str(text), in));
	}
	if (text_u64_get(&n, in, UINT64_MAX / 2, NULL) == ERR_OK)
		must(n <= UINT64_MAX / 2 && size <= 19);
	if (text_span_get(&us, in, NULL) == ERR_OK)
		must(us >= 0);
	if (text_utf8_ok(in))
		must(size == 0 || memchr(data, 0, size) == NULL);
	rest = in;
	while (text_line(&rest, &line))
		must(line.len == 0 || memchr(line.ptr, '\n', line.len) == NULL);
	return 0;
}
