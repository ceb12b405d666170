/* json_tree.c - JSON text to a tree of values, by jansson. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/json_tree.h"

#include <stdlib.h>

#include <jansson.h>

#include "proto/buf.h"
#include "proto/json_quick.h"
#include "proto/json_scan.h"
#include "proto/mem.h"
#include "proto/text.h"

uint32_t
json_tree_add(struct json_tree *t, uint32_t parent, enum json_kind kind)
{
	struct json_node *up;
	uint32_t i;

	if (t->len == t->cap) {
		t->cap = t->cap == 0 ? 32 : t->cap * 2;
		t->at = mem_resize(t->at, t->cap, sizeof t->at[0]);
	}
	i = (uint32_t)t->len++;
	t->at[i] = (struct json_node){.kind = kind};
	if (i == 0)
		return i;
	up = &t->at[parent];
	if (up->last == 0)
		up->first = i;
	else
		t->at[up->last].next = i;
	up->last = i;
	up->count++;
	return i;
}

struct bytes
json_tree_text(struct json_tree *t, struct bytes text)
{
	char *copy;

	if (t->texts_len == t->texts_cap) {
		t->texts_cap = t->texts_cap == 0 ? 32 : t->texts_cap * 2;
		t->texts =
		    mem_resize(t->texts, t->texts_cap, sizeof t->texts[0]);
	}
	copy = mem_alloc(text.len + 1, 1);
	if (text.len > 0)
		memcpy(copy, text.ptr, text.len);
	t->texts[t->texts_len++] = copy;
	return bytes_of(copy, text.len);
}

void
json_tree_clear(struct json_tree *t)
{
	size_t i;

	for (i = 0; i < t->texts_len; i++)
		free(t->texts[i]);
	free(t->texts);
	free(t->at);
	json_decref(t->owner);
	*t = (struct json_tree){0};
}

static enum json_kind
kind_of(const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return JSON_KIND_OBJECT;
	case JSON_ARRAY:
		return JSON_KIND_LIST;
	case JSON_STRING:
		return JSON_KIND_STRING;
	case JSON_INTEGER:
		return JSON_KIND_INT;
	case JSON_REAL:
		return JSON_KIND_REAL;
	case JSON_TRUE:
		return JSON_KIND_TRUE;
	case JSON_FALSE:
		return JSON_KIND_FALSE;
	case JSON_NULL:
		break;
	}
	return JSON_KIND_NULL;
}

/* Recursion is bounded by JSON_DEPTH_MAX. */
static void
copy_value(struct json_tree *t, uint32_t parent, struct bytes key, json_t *v)
{
	struct json_node *n;
	uint32_t self;
	size_t i;
	void *at;

	self = json_tree_add(t, parent, kind_of(v));
	n = &t->at[self];
	n->key = key;
	if (n->kind == JSON_KIND_STRING) {
		n->text = bytes_of(json_string_value(v), json_string_length(v));
	} else if (n->kind == JSON_KIND_INT) {
		n->num.integer = json_integer_value(v);
	} else if (n->kind == JSON_KIND_REAL) {
		n->num.real = json_real_value(v);
	} else if (n->kind == JSON_KIND_LIST) {
		for (i = 0; i < json_array_size(v); i++)
			copy_value(
			    t, self, bytes_of(NULL, 0), json_array_get(v, i));
	} else if (n->kind == JSON_KIND_OBJECT) {
		for (at = json_object_iter(v); at != NULL;
		     at = json_object_iter_next(v, at))
			copy_value(t, self, bytes_str(json_object_iter_key(at)),
			    json_object_iter_value(at));
	}
}

/* The parser quotes what it read, even half a character; what a terminal or a
 * log could trip over must not get out. */
static void
tame(char *s)
{
	size_t step;

	for (; *s != '\0'; s += step) {
		step = text_utf8_step(bytes_str(s));
		if (step == 0 || (unsigned char)*s < 0x20 || *s == 0x7f) {
			*s = '?';
			step = 1;
		}
	}
}

/* The parser speaks English; which place it means is said anyway. */
static const char *
syntax_zh(enum json_error_code code)
{
	if (code == json_error_premature_end_of_input)
		return "文本提前结束";
	if (code == json_error_end_of_input_expected)
		return "JSON 结束之后还有内容";
	return "语法错误";
}

static enum err
parse_fail(struct bytes in, json_error_t *error, struct err_why *why)
{
	struct buf path;
	enum json_error_code code;
	size_t at;

	if (why == NULL)
		return ERR_MALFORMED;
	buf_init(&path, ERR_WHY_BYTES);
	at = error->position > 0 ? (size_t)error->position : 0;
	json_scan_path(&path, in, at);
	code = json_error_code(error);
	if (code == json_error_numeric_overflow)
		(void)err_fail(why, ERR_MALFORMED, "%s: number is out of range",
		    buf_cstr(&path));
	else if (code == json_error_duplicate_key)
		(void)err_fail(
		    why, ERR_MALFORMED, "%s: duplicate key", buf_cstr(&path));
	else if (code == json_error_null_character ||
	    code == json_error_null_byte_in_key)
		(void)err_fail(why, ERR_MALFORMED,
		    "%s: text contains a NUL character", buf_cstr(&path));
	else if (code == json_error_invalid_utf8)
		(void)err_fail(why, ERR_MALFORMED,
		    "%s: text is not valid UTF-8", buf_cstr(&path));
	else {
		(void)err_both(why, ERR_MALFORMED, error->text,
		    syntax_zh(json_error_code(error)));
		(void)err_wrap(why, ERR_MALFORMED,
		    "%s: not JSON (line %d, column %d)", buf_cstr(&path),
		    error->line, error->column);
	}
	tame(why->text);
	tame(why->zh);
	buf_clear(&path);
	return ERR_MALFORMED;
}

enum err
json_tree_library(struct json_tree *t, struct bytes in, struct err_why *why)
{
	json_error_t error;
	json_t *root;

	/* Integers stay exact: a number that fits no int64 is refused. */
	root = json_loadb(in.len == 0 ? "" : (const char *)in.ptr, in.len,
	    JSON_REJECT_DUPLICATES, &error);
	if (root == NULL)
		return parse_fail(in, &error, why);
	t->owner = root;
	copy_value(t, 0, bytes_of(NULL, 0), root);
	return ERR_OK;
}

enum err
json_tree_parse(struct json_tree *t, struct bytes in, struct err_why *why)
{
	if (json_quick_parse(t, in))
		return ERR_OK;
	json_tree_clear(t);
	return json_tree_library(t, in, why);
}
