/* quarantine_part.c - one message out of an array, byte for byte. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/quarantine_part.h"

#include <string.h>

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t
skip_blanks(struct bytes text, size_t at)
{
	while (at < text.len && is_blank(text.ptr[at]))
		at++;
	return at;
}

/* Behind the string that begins at `at`; text.len: it does not end. */
static size_t
skip_string(struct bytes text, size_t at)
{
	for (at++; at < text.len && text.ptr[at] != '"'; at++)
		at += text.ptr[at] == '\\';
	return at < text.len ? at + 1 : text.len;
}

/* At the comma or bracket that ends the element that begins at `at`. */
static size_t
skip_element(struct bytes text, size_t at)
{
	size_t depth = 0;

	while (at < text.len) {
		const uint8_t c = text.ptr[at];

		if (depth == 0 && (c == ',' || c == ']'))
			return at;
		if (c == '"') {
			at = skip_string(text, at);
			continue;
		}
		if (c == '{' || c == '[')
			depth++;
		if (c == '}' || c == ']') {
			if (depth == 0)
				return text.len;
			depth--;
		}
		at++;
	}
	return text.len;
}

static struct bytes
trimmed(struct bytes text, size_t from, size_t to)
{
	while (to > from && is_blank(text.ptr[to - 1]))
		to--;
	return bytes_of(text.ptr + from, to - from);
}

bool
quarantine_part_json(struct bytes *out, struct bytes text, size_t i)
{
	size_t at = skip_blanks(text, 0);

	if (at == text.len)
		return false;
	if (text.ptr[at] != '[') {
		*out = trimmed(text, at, text.len);
		return i == 0;
	}
	for (at++;; at++) {
		size_t end;

		at = skip_blanks(text, at);
		end = skip_element(text, at);
		if (end >= text.len)
			return false;
		*out = trimmed(text, at, end);
		if (i == 0)
			return out->len > 0;
		if (text.ptr[end] != ',')
			return false;
		i--;
		at = end;
	}
}

/* False: none that ends. */
static bool
read_varint(struct bytes in, size_t *at, uint64_t *out)
{
	*out = 0;
	for (unsigned shift = 0; shift < 64 && *at < in.len; shift += 7) {
		const uint8_t c = in.ptr[(*at)++];

		*out |= (uint64_t)(c & 0x7f) << shift;
		if ((c & 0x80) == 0)
			return true;
	}
	return false;
}

bool
quarantine_part_protobuf(struct bytes *out, struct bytes list, size_t i)
{
	size_t at = 0;

	while (at < list.len) {
		uint64_t tag, len;

		if (!read_varint(list, &at, &tag) || tag != (1 << 3 | 2) ||
		    !read_varint(list, &at, &len) || len > list.len - at)
			return false;
		*out = bytes_of(list.ptr + at, (size_t)len);
		if (i-- == 0)
			return true;
		at += (size_t)len;
	}
	return false;
}

bool
quarantine_part_single(struct bytes text, bool protobuf)
{
	size_t at = skip_blanks(text, 0);
	struct bytes second;
	size_t end;

	if (protobuf)
		return !quarantine_part_protobuf(&second, text, 1);
	if (at == text.len || text.ptr[at] != '[')
		return true;
	end = skip_element(text, skip_blanks(text, at + 1));
	return end < text.len && text.ptr[end] == ']';
}

bool
quarantine_part_index(size_t *out, const char *path)
{
	size_t n = 0, at = 2;

	if (strncmp(path, "$[", 2) != 0)
		return false;
	for (; path[at] >= '0' && path[at] <= '9' && at < 10; at++)
		n = n * 10 + (size_t)(path[at] - '0');
	*out = n;
	return at > 2 && path[at] == ']';
}

bool
quarantine_part_source(struct bytes text, const char *source)
{
	static const char name[] = "\"source\"";
	const size_t len = strlen(source);

	for (size_t at = 0; at + sizeof name - 1 <= text.len; at++) {
		size_t i = at + sizeof name - 1;

		if (memcmp(text.ptr + at, name, sizeof name - 1) != 0)
			continue;
		i = skip_blanks(text, i);
		if (i == text.len || text.ptr[i] != ':')
			continue;
		i = skip_blanks(text, i + 1);
		if (text.len - i >= len + 2 && text.ptr[i] == '"' &&
		    memcmp(text.ptr + i + 1, source, len) == 0 &&
		    text.ptr[i + 1 + len] == '"')
			return true;
	}
	return false;
}
