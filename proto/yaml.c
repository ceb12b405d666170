/* yaml.c - YAML documents to messages, on the JSON transcoder's rules. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/yaml.h"

#include <yaml.h>

#include "proto/json.h"
#include "proto/json_fill.h"
#include "proto/json_tree.h"
#include "proto/text.h"
#include "proto/zh.h"

/* One open mapping or sequence. */
struct level {
	uint32_t node;
	bool mapping;
	bool has_key;
	struct bytes key;
};

struct builder {
	struct json_tree *tree;
	struct level at[JSON_DEPTH_MAX];
	size_t depth;
	size_t documents;
	struct err_why *why;
};

static unsigned
line_of(const yaml_event_t *event)
{
	return (unsigned)event->start_mark.line + 1;
}

static enum err
refuse(const struct builder *b, const yaml_event_t *event, const char *what)
{
	(void)err_plain(b->why, ERR_MALFORMED, what);
	return err_wrap(b->why, ERR_MALFORMED, "line %u", line_of(event));
}

static enum err
add_node(struct builder *b, const yaml_event_t *event, enum json_kind kind,
    uint32_t *out)
{
	struct level *up;
	struct json_node *n;

	if (b->tree->len >= JSON_ITEMS_MAX)
		return err_fail(b->why, ERR_LIMIT,
		    "line %u: more than %d values", line_of(event),
		    JSON_ITEMS_MAX);
	up = b->depth == 0 ? NULL : &b->at[b->depth - 1];
	if (up != NULL && up->mapping && !up->has_key)
		return refuse(
		    b, event, ZH("a key must be a plain word or string"));
	*out = json_tree_add(b->tree, up == NULL ? 0 : up->node, kind);
	n = &b->tree->at[*out];
	n->line = line_of(event);
	if (up != NULL && up->mapping) {
		n->key = up->key;
		up->has_key = false;
	}
	return ERR_OK;
}

static enum err
open_level(struct builder *b, const yaml_event_t *event, bool mapping)
{
	uint32_t node;
	enum err e;

	if (b->depth == JSON_DEPTH_MAX)
		return err_fail(b->why, ERR_LIMIT,
		    "line %u: more than %d levels", line_of(event),
		    JSON_DEPTH_MAX);
	e = add_node(
	    b, event, mapping ? JSON_KIND_OBJECT : JSON_KIND_LIST, &node);
	if (e != ERR_OK)
		return e;
	b->at[b->depth++] = (struct level){.node = node, .mapping = mapping};
	return ERR_OK;
}

static enum err
scalar(struct builder *b, const yaml_event_t *event)
{
	struct bytes text;
	struct level *up;
	uint32_t node;
	bool plain;
	enum err e;

	text = bytes_of(event->data.scalar.value, event->data.scalar.length);
	if (!text_utf8_ok(text))
		return refuse(b, event, ZH("text is not UTF-8 without NUL"));
	up = b->depth == 0 ? NULL : &b->at[b->depth - 1];
	if (up != NULL && up->mapping && !up->has_key) {
		up->key = json_tree_text(b->tree, text);
		up->has_key = true;
		return ERR_OK;
	}
	plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	e = add_node(
	    b, event, plain ? JSON_KIND_PLAIN : JSON_KIND_STRING, &node);
	if (e == ERR_OK)
		b->tree->at[node].text = json_tree_text(b->tree, text);
	return e;
}

static enum err
begin_document(struct builder *b, const yaml_event_t *event)
{
	if (b->documents++ > 0)
		return refuse(b, event, ZH("more than one document"));
	if (event->data.document_start.version_directive != NULL ||
	    event->data.document_start.tag_directives.start !=
	        event->data.document_start.tag_directives.end)
		return refuse(b, event, ZH("directives are not allowed"));
	return ERR_OK;
}

/* Anchors and tags are ways to say one thing in two places or two ways. */
static enum err
check_plainness(
    const struct builder *b, const yaml_event_t *event, bool anchor, bool tag)
{
	if (anchor)
		return refuse(b, event, ZH("anchors are not allowed"));
	if (tag)
		return refuse(b, event, ZH("tags are not allowed"));
	return ERR_OK;
}

static enum err
take_event(struct builder *b, const yaml_event_t *event)
{
	enum err e;

	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return begin_document(b, event);
	case YAML_ALIAS_EVENT:
		return refuse(b, event, ZH("aliases are not allowed"));
	case YAML_SCALAR_EVENT:
		e = check_plainness(b, event, event->data.scalar.anchor != NULL,
		    event->data.scalar.tag != NULL);
		return e == ERR_OK ? scalar(b, event) : e;
	case YAML_SEQUENCE_START_EVENT:
		e = check_plainness(b, event,
		    event->data.sequence_start.anchor != NULL,
		    event->data.sequence_start.tag != NULL);
		return e == ERR_OK ? open_level(b, event, false) : e;
	case YAML_MAPPING_START_EVENT:
		e = check_plainness(b, event,
		    event->data.mapping_start.anchor != NULL,
		    event->data.mapping_start.tag != NULL);
		return e == ERR_OK ? open_level(b, event, true) : e;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->depth--;
		return ERR_OK;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return ERR_OK;
}

static enum err
parse_fail(const yaml_parser_t *parser, struct err_why *why)
{
	const char *problem;

	problem = parser->problem == NULL ? "cannot be read" : parser->problem;
	if (parser->error == YAML_MEMORY_ERROR)
		return err_fail(why, ERR_LIMIT, "$: out of memory");
	/* The library speaks English; the place is said in both. */
	(void)err_both(why, ERR_MALFORMED, problem, "语法错误");
	if (parser->error == YAML_READER_ERROR)
		return err_wrap(why, ERR_MALFORMED, "$: not YAML (byte %zu)",
		    parser->problem_offset);
	return err_wrap(why, ERR_MALFORMED, "line %zu: not YAML",
	    parser->problem_mark.line + 1);
}

static enum err
read_events(yaml_parser_t *parser, struct builder *b)
{
	yaml_event_t event;
	bool end;
	enum err e;

	do {
		if (!yaml_parser_parse(parser, &event))
			return parse_fail(parser, b->why);
		end = event.type == YAML_STREAM_END_EVENT;
		e = take_event(b, &event);
		yaml_event_delete(&event);
	} while (e == ERR_OK && !end);
	return e;
}

static enum err
parse(struct json_tree *tree, struct bytes in, struct err_why *why)
{
	struct builder b = {.tree = tree, .why = why};
	yaml_parser_t parser;
	enum err e;

	if (in.len > YAML_BYTES_MAX)
		return err_fail(
		    why, ERR_LIMIT, "$: larger than %u bytes", YAML_BYTES_MAX);
	if (!yaml_parser_initialize(&parser))
		return err_fail(why, ERR_LIMIT, "$: out of memory");
	/* No guessing: UTF-16 would get past every check of the bytes. */
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
	    &parser, in.len == 0 ? (const unsigned char *)"" : in.ptr, in.len);
	e = read_events(&parser, &b);
	yaml_parser_delete(&parser);
	if (e == ERR_OK && tree->len == 0)
		return err_fail(why, ERR_MALFORMED, "$: nothing there");
	return e;
}

enum err
yaml_decode(ProtobufCMessage **out, const ProtobufCMessageDescriptor *desc,
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

/* The child that the next part of the path names; 0: none. */
static uint32_t
child_of(const struct json_tree *t, uint32_t at, const char **path)
{
	const char *p = *path + 1;
	size_t n = **path == '.' ? strcspn(p, ".[:") : strcspn(p, "]");
	uint64_t index = 0;
	uint32_t c = t->at[at].first;

	*path = p + n + (**path == '[' ? 1 : 0);
	if (p[-1] == '[' &&
	    text_u64_get(&index, bytes_of(p, n), UINT32_MAX, NULL) != ERR_OK)
		return 0;
	for (uint64_t i = 0; c != 0; c = t->at[c].next, i++) {
		if (p[-1] == '[' ? i == index
		                 : bytes_equal(t->at[c].key, bytes_of(p, n)))
			return c;
	}
	return 0;
}

unsigned
yaml_line(struct bytes in, const char *path)
{
	struct json_tree tree = {0};
	uint32_t at = 0;
	unsigned line = 0;

	if (path[0] == '$' && parse(&tree, in, NULL) == ERR_OK) {
		path++;
		line = tree.at[0].line;
		while (*path == '.' || *path == '[') {
			at = child_of(&tree, at, &path);
			if (at == 0)
				break;
			line = tree.at[at].line;
		}
	}
	json_tree_clear(&tree);
	return line;
}
