/* person.c - one spelling for one person. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/person.h"

#include <string.h>

struct range {
	uint32_t from;
	uint32_t to;
};

/* Blanks, controls, joiners, marks of direction, selectors of variants. */
static const struct range unseen[] = {
    {0x00, 0x20},
    {0x7f, 0xa0},
    {0xad, 0xad},
    {0x34f, 0x34f},
    {0x61c, 0x61c},
    {0x115f, 0x1160},
    {0x1680, 0x1680},
    {0x17b4, 0x17b5},
    {0x180b, 0x180f},
    {0x2000, 0x200f},
    {0x2028, 0x202f},
    {0x205f, 0x206f},
    {0x3000, 0x3000},
    {0x3164, 0x3164},
    {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff},
    {0xffa0, 0xffa0},
    {0xe0000, 0xe0fff},
};
static const struct range dashes[] = {
    {0x2010, 0x2015}, {0x2212, 0x2212}, {0xfe58, 0xfe58}, {0xfe63, 0xfe63}};
/* Between the parts of a name: U+00B7 in good Chinese typing. */
static const struct range dots[] = {
    {0x2022, 0x2022}, {0x2027, 0x2027}, {0x30fb, 0x30fb}, {0xff65, 0xff65}};
#define DOT 0xb7

/* Capitals and what makes them small: Latin, Greek, Cyrillic. */
static const struct {
	struct range of;
	uint32_t by;
} capitals[] = {
    {{'A', 'Z'}, 0x20},
    {{0xc0, 0xd6}, 0x20},
    {{0xd8, 0xde}, 0x20},
    {{0x391, 0x3a9}, 0x20},
    {{0x400, 0x40f}, 0x50},
    {{0x410, 0x42f}, 0x20},
};
#define WIDE_FROM 0xff01 /* '!' */
#define WIDE_TO 0xff5e /* '~' */
#define WIDE_BY 0xfee0

static bool
within(const struct range *list, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++) {
		if (c >= list[i].from && c <= list[i].to)
			return true;
	}
	return false;
}
#define AMONG(list, c) within(list, sizeof(list) / sizeof(list)[0], c)

/* The length of the character at p; 1 and a number above all characters where
 * there is none. */
static size_t
read_one(uint32_t *c, const uint8_t *p, size_t left)
{
	static const uint8_t lead[] = {0x00, 0xc0, 0xe0, 0xf0};
	size_t n = p[0] < 0x80 ? 1
	    : p[0] < 0xc0      ? 0
	    : p[0] < 0xe0      ? 2
	    : p[0] < 0xf0      ? 3
	    : p[0] < 0xf8      ? 4
	                       : 0;

	*c = UINT32_MAX;
	if (n == 0 || n > left)
		return 1;
	uint32_t v = n == 1 ? p[0] : p[0] - (uint32_t)lead[n - 1];
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 1;
		v = v << 6 | (p[i] & 0x3fu);
	}
	*c = v;
	return n;
}

/* What it becomes is never longer than what it was: 0xb7 for three bytes, one
 * byte for three, the same length otherwise. */
static size_t
write_one(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	out[0] = (char)(0xc0 | c >> 6);
	out[1] = (char)(0x80 | (c & 0x3f));
	return 2;
}

static uint32_t
plain(uint32_t c)
{
	if (c >= WIDE_FROM && c <= WIDE_TO)
		c -= WIDE_BY;
	if (AMONG(dashes, c))
		return '-';
	if (AMONG(dots, c))
		return DOT;
	for (size_t i = 0; i < sizeof capitals / sizeof capitals[0]; i++) {
		if (within(&capitals[i].of, 1, c))
			return c + capitals[i].by;
	}
	return c;
}

size_t
person_plain(char *out, struct bytes text)
{
	size_t len = 0;

	for (size_t at = 0; at < text.len;) {
		uint32_t c;
		size_t n = read_one(&c, text.ptr + at, text.len - at);
		uint32_t to = plain(c);

		if (to != c) {
			len += write_one(out + len, to);
		} else if (!AMONG(unseen, c)) {
			memcpy(out + len, text.ptr + at, n);
			len += n;
		}
		at += n;
	}
	return len;
}

/* The next plain character of a text, its bytes in out; 0: its end. */
static size_t
next(char out[static 4], struct bytes *left)
{
	size_t len = 0;

	while (left->len > 0 && len == 0) {
		uint32_t c;
		size_t n = read_one(&c, left->ptr, left->len);

		len = person_plain(out, bytes_of(left->ptr, n));
		*left = bytes_of(left->ptr + n, left->len - n);
	}
	return len;
}

bool
person_given(const char *name)
{
	struct bytes left = bytes_str(name != NULL ? name : "");
	char one[4];

	return next(one, &left) > 0;
}

bool
person_same(const char *a, const char *b)
{
	struct bytes x = bytes_str(a != NULL ? a : "");
	struct bytes y = bytes_str(b != NULL ? b : "");
	bool some = false;

	for (;;) {
		char one[4];
		char two[4];
		size_t n = next(one, &x);
		size_t m = next(two, &y);

		if (n != m || memcmp(one, two, n) != 0)
			return false;
		if (n == 0)
			return some;
		some = true;
	}
}
