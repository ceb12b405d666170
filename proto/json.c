/* json.c - documents to messages; names and quoted strings. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/json.h"

#include <stdlib.h>

#include "proto/json_fill.h"
#include "proto/json_scan.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

/* Every cap comes before the parser, which allocates as it goes. */
static enum err
parse(struct json_tree *tree, struct bytes in, struct err_why *why)
{
	enum err e;

	if (in.len > JSON_BYTES_MAX)
		return err_fail(
		    why, ERR_LIMIT, "$: larger than %u bytes", JSON_BYTES_MAX);
	e = json_scan_limits(in, why);
	if (e != ERR_OK)
		return e;
	return json_tree_parse(tree, in, why);
}

enum err
json_decode(ProtobufCMessage **out, const ProtobufCMessageDescriptor *desc,
    struct bytes in, struct err_why *why)
{
	struct json_tree tree = {0};
	struct json_value root = {.tree = &tree, .why = why};
	enum err e;

	e = parse(&tree, in, why);
	if (e == ERR_OK) {
		root.node = &tree.at[0];
		e = json_fill_message(out, desc, &root);
	}
	json_tree_clear(&tree);
	return e;
}

/* list->at has room for all; its len counts what is to be freed. */
static enum err
fill_items(struct json_list *list, const ProtobufCMessageDescriptor *desc,
    const struct json_value *root)
{
	struct json_value item = {
	    .up = root, .tree = root->tree, .why = root->why};
	uint32_t i;
	enum err e;

	for (i = root->node->first; i != 0; i = item.node->next) {
		item.node = &root->tree->at[i];
		item.index = list->len;
		e = json_fill_message(&list->at[list->len], desc, &item);
		if (e != ERR_OK)
			return e;
		list->len++;
	}
	return ERR_OK;
}

enum err
json_decode_list(struct json_list *out, const ProtobufCMessageDescriptor *desc,
    struct bytes in, size_t max, struct err_why *why)
{
	struct json_tree tree = {0};
	struct json_value root = {.tree = &tree, .why = why};
	struct json_list list = {0};
	size_t n;
	enum err e;

	e = parse(&tree, in, why);
	if (e != ERR_OK)
		goto out;
	root.node = &tree.at[0];
	list.single = root.node->kind != JSON_KIND_LIST;
	n = list.single ? 1 : root.node->count;
	if (n > max) {
		e = json_value_fail(
		    &root, ERR_LIMIT, "more than %zu elements", max);
		goto out;
	}
	list.at = mem_alloc(n, sizeof(ProtobufCMessage *));
	if (list.single) {
		e = json_fill_message(&list.at[0], desc, &root);
		list.len = e == ERR_OK ? 1 : 0;
	} else {
		e = fill_items(&list, desc, &root);
	}
	if (e != ERR_OK)
		goto out;
	*out = list;
	list = (struct json_list){0};
out:
	json_list_free(&list);
	json_tree_clear(&tree);
	return e;
}

void
json_list_free(struct json_list *list)
{
	size_t i;

	for (i = 0; i < list->len; i++)
		slice_free(list->at[i]);
	free(list->at);
	*list = (struct json_list){0};
}

static void
put_escape(struct buf *out, uint8_t c)
{
	static const char digits[] = "0123456789abcdef";
	char text[7] = "\\u00xx";

	switch (c) {
	case '"':
		buf_put(out, "\\\"", 2);
		break;
	case '\\':
		buf_put(out, "\\\\", 2);
		break;
	case '\n':
		buf_put(out, "\\n", 2);
		break;
	case '\r':
		buf_put(out, "\\r", 2);
		break;
	case '\t':
		buf_put(out, "\\t", 2);
		break;
	default:
		text[4] = digits[c >> 4];
		text[5] = digits[c & 15];
		buf_put(out, text, 6);
		break;
	}
}

static bool
is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

void
json_quote(struct buf *out, struct bytes text)
{
	size_t i, start, step;
	uint8_t c;

	buf_u8(out, '"');
	start = 0;
	i = 0;
	while (i < text.len) {
		c = text.ptr[i];
		if (is_plain(c)) {
			i++;
			continue;
		}
		step = c < 0x80
		    ? 0
		    : text_utf8_step(bytes_of(text.ptr + i, text.len - i));
		if (step > 0) {
			i += step;
			continue;
		}
		buf_put(out, text.ptr + start, i - start);
		if (c < 0x80)
			put_escape(out, c);
		else
			buf_str(out, "\xef\xbf\xbd");
		start = ++i;
	}
	if (text.len > 0)
		buf_put(out, text.ptr + start, i - start);
	buf_u8(out, '"');
}

void
json_name(char *out, size_t cap, const char *proto_name)
{
	const char *p;
	size_t n;
	char c;

	n = 0;
	for (p = proto_name; *p != '\0' && n + 1 < cap; p++) {
		c = *p;
		if (c == '_' && p[1] >= 'a' && p[1] <= 'z') {
			p++;
			c = (char)(*p - 'a' + 'A');
		} else if (c == '_') {
			continue;
		}
		out[n++] = c;
	}
	if (cap > 0)
		out[n] = '\0';
}
