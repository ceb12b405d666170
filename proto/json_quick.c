/* json_quick.c - the common kind of JSON text, parsed fast. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/json_quick.h"

#include <math.h>
#include <stdlib.h>

#include "proto/json.h"
#include "proto/text.h"

#define DIGITS_MAX 18 /* always fit an int64 */
#define KEYS_MAX 64 /* of one object: they are compared pairwise */

/* `at` walks over a copy of the text.  The NUL behind its end is no part of any
 * JSON, so it stops every loop. */
struct quick {
	struct json_tree *tree;
	char *at;
	unsigned depth;
};

static bool take_value(struct quick *q, uint32_t parent, struct bytes key);

static void
skip_blanks(struct quick *q)
{
	while (
	    *q->at == ' ' || *q->at == '\t' || *q->at == '\n' || *q->at == '\r')
		q->at++;
}

static bool
take(struct quick *q, char c)
{
	if (*q->at != c)
		return false;
	q->at++;
	skip_blanks(q);
	return true;
}

static bool
take_word(struct quick *q, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(q->at, word, n) != 0)
		return false;
	q->at += n;
	return true;
}

/* In place: the closing quote becomes the NUL that ends the text. */
static bool
take_string(struct quick *q, struct bytes *out)
{
	char *start = q->at + 1;
	uint8_t all = 0;
	uint8_t c;
	char *p;

	if (*q->at != '"')
		return false;
	for (p = start; *p != '"'; p++) {
		c = (uint8_t)*p;
		if (c < 0x20 || c == '\\')
			return false;
		all |= c;
	}
	*out = bytes_of(start, (size_t)(p - start));
	if (all >= 0x80 && !text_utf8_ok(*out))
		return false;
	*p = '\0';
	q->at = p + 1;
	return true;
}

static char *
skip_digits(char *p)
{
	while (*p >= '0' && *p <= '9')
		p++;
	return p;
}

/* The end of a fraction and an exponent that begin at p; NULL: malformed. */
static char *
real_end(char *p)
{
	char *digits;

	if (*p == '.') {
		digits = p + 1;
		p = skip_digits(digits);
		if (p == digits)
			return NULL;
	}
	if (*p == 'e' || *p == 'E') {
		digits = p + 1;
		if (*digits == '+' || *digits == '-')
			digits++;
		p = skip_digits(digits);
		if (p == digits)
			return NULL;
	}
	return p;
}

static bool
take_number(struct quick *q, struct json_node *n)
{
	char *start = q->at;
	char *first = *start == '-' ? start + 1 : start;
	char *p = skip_digits(first);
	char *end;

	if (p == first || (*first == '0' && p > first + 1))
		return false;
	end = real_end(p);
	if (end == NULL)
		return false;
	q->at = end;
	if (end > p) {
		n->kind = JSON_KIND_REAL;
		n->num.real = strtod(start, &p);
		/* A locale with a decimal comma stops before the point. */
		return p == end && isfinite(n->num.real);
	}
	if (p - first > DIGITS_MAX)
		return false;
	n->kind = JSON_KIND_INT;
	n->num.integer = 0;
	for (p = first; p < end; p++)
		n->num.integer = n->num.integer * 10 + (*p - '0');
	if (first > start)
		n->num.integer = -n->num.integer;
	return true;
}

static bool
is_new(const struct json_tree *t, uint32_t object, struct bytes key)
{
	uint32_t i;

	for (i = t->at[object].first; i != 0; i = t->at[i].next)
		if (bytes_equal(t->at[i].key, key))
			return false;
	return t->at[object].count < KEYS_MAX;
}

static bool
take_members(struct quick *q, uint32_t self)
{
	struct bytes key;

	if (take(q, '}'))
		return true;
	do {
		if (!take_string(q, &key) || !is_new(q->tree, self, key))
			return false;
		skip_blanks(q);
		if (!take(q, ':') || !take_value(q, self, key))
			return false;
	} while (take(q, ','));
	return take(q, '}');
}

static bool
take_items(struct quick *q, uint32_t self)
{
	if (take(q, ']'))
		return true;
	do {
		if (!take_value(q, self, bytes_of(NULL, 0)))
			return false;
	} while (take(q, ','));
	return take(q, ']');
}

static bool
take_bracket(struct quick *q, uint32_t self)
{
	const bool list = *q->at == '[';
	bool ok;

	if (q->depth == JSON_DEPTH_MAX)
		return false;
	q->depth++;
	q->at++;
	skip_blanks(q);
	q->tree->at[self].kind = list ? JSON_KIND_LIST : JSON_KIND_OBJECT;
	ok = list ? take_items(q, self) : take_members(q, self);
	q->depth--;
	return ok;
}

/* One value and the blanks behind it. */
static bool
take_value(struct quick *q, uint32_t parent, struct bytes key)
{
	const uint32_t self = json_tree_add(q->tree, parent, JSON_KIND_NULL);
	struct json_node *n = &q->tree->at[self];
	bool ok;

	n->key = key;
	switch (*q->at) {
	case '{':
	case '[':
		ok = take_bracket(q, self); /* moves the nodes */
		break;
	case '"':
		n->kind = JSON_KIND_STRING;
		ok = take_string(q, &n->text);
		break;
	case 't':
		n->kind = JSON_KIND_TRUE;
		ok = take_word(q, "true");
		break;
	case 'f':
		n->kind = JSON_KIND_FALSE;
		ok = take_word(q, "false");
		break;
	case 'n':
		ok = take_word(q, "null");
		break;
	default:
		ok = take_number(q, n);
		break;
	}
	skip_blanks(q);
	return ok;
}

bool
json_quick_parse(struct json_tree *t, struct bytes in)
{
	struct bytes copy = json_tree_text(t, in);
	struct quick q = {.tree = t, .at = t->texts[0]};

	skip_blanks(&q);
	if (*q.at != '{' && *q.at != '[')
		return false;
	return take_value(&q, 0, bytes_of(NULL, 0)) &&
	    q.at == t->texts[0] + copy.len;
}
