/* json_tree.h - parsed JSON or YAML, before it is a message. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_JSON_TREE_H
#define PROTO_JSON_TREE_H

#include "proto/bytes.h"
#include "proto/err.h"

enum json_kind {
	JSON_KIND_NULL,
	JSON_KIND_FALSE,
	JSON_KIND_TRUE,
	JSON_KIND_INT,
	JSON_KIND_REAL,
	JSON_KIND_STRING,
	JSON_KIND_PLAIN, /* unquoted YAML: the field decides what it is */
	JSON_KIND_LIST,
	JSON_KIND_OBJECT
};

/* Links are indices into the tree, 0 for none: the root is nobody's child. */
struct json_node {
	enum json_kind kind;
	uint32_t line; /* 1 and up; 0: not known, do not show */
	uint32_t first; /* child */
	uint32_t last; /* child */
	uint32_t next; /* sibling */
	uint32_t count; /* of children */
	struct bytes key;
	struct bytes
	    text; /* STRING, PLAIN; a NUL follows that does not count */
	union {
		int64_t integer;
		double real;
	} num;
};

/* Keys and texts live in `owner` (the parser's own values) or in `texts`. */
struct json_tree {
	struct json_node *at;
	size_t len;
	size_t cap;
	void *owner;
	char **texts;
	size_t texts_len;
	size_t texts_cap;
};

/* Appends a node as last child of `parent` (the first one is the root). */
uint32_t json_tree_add(
    struct json_tree *t, uint32_t parent, enum json_kind kind);

/* A NUL-terminated copy that lives as long as the tree. */
struct bytes json_tree_text(struct json_tree *t, struct bytes text);

/*
 * json_tree_parse - JSON text to `t`, which must be zeroed.  Limits must have
 * been checked (json_scan_limits).  ERR_MALFORMED, `why` with path; `t` may be
 * cleared in any case.
 */
ERR_CHECKED enum err json_tree_parse(
    struct json_tree *t, struct bytes in, struct err_why *why);

/* The same by the library alone; json_tree_parse asks it about everything that
 * is not plain (json_quick.h). */
ERR_CHECKED enum err json_tree_library(
    struct json_tree *t, struct bytes in, struct err_why *why);

void json_tree_clear(struct json_tree *t);

#endif
