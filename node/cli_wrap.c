/* cli_wrap.c - text no wider than the terminal, in cells. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_wrap.h"

#include "proto/text.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#define NARROWEST 40

/* One character: its bytes, and cells in *width. */
static size_t
character(const char *s, int *width)
{
	mbstate_t st = {0};
	wchar_t wc;
	size_t used = mbrtowc(&wc, s, strlen(s), &st);

	if (used == 0 || used > strlen(s)) {
		*width = 1; /* not a character of this locale */
		return 1;
	}
	*width = wcwidth(wc);
	if (*width < 0)
		*width = 0;
	return used;
}

int
cli_wrap_cells(const char *s)
{
	int n = 0;

	while (*s != '\0') {
		int w;

		s += character(s, &w);
		n += w;
	}
	return n;
}

static int
line_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t n;

	if (columns != NULL &&
	    text_u64_get(&n, bytes_str(columns), INT_MAX, NULL) == ERR_OK)
		return n < NARROWEST ? NARROWEST : (int)n;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return INT_MAX;
	return size.ws_col < NARROWEST ? NARROWEST : size.ws_col;
}

/* Belongs to what is before it. */
static bool
closes(const char *s)
{
	static const char *const marks[] = {
	    "，", "。", "；", "：", "、", "）", "”", "？", "！"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (strncmp(s, marks[i], strlen(marks[i])) == 0)
			return true;
	}
	return false;
}

/* The bytes up to where a line may be broken, and their cells. */
static size_t
piece(const char *s, int *cells)
{
	size_t len = 0;
	bool wide = false;

	*cells = 0;
	while (s[len] != '\0' && s[len] != ' ') {
		int w;
		size_t used = character(s + len, &w);

		if (len > 0 && (w > 1 || wide) && !closes(s + len))
			break;
		wide = w > 1;
		*cells += w;
		len += used;
	}
	return len;
}

/* Moves the cursor, or turns the direction of what follows. */
static bool
obeyed(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c ||
	    c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069);
}

void
cli_wrap_plain(struct buf *out, const char *text)
{
	struct bytes rest = bytes_str(text);

	while (rest.len > 0) {
		const uint8_t *p = rest.ptr;
		size_t n = text_utf8_step(rest);
		uint32_t c = p[0];

		/* What is longer is beyond all that a terminal obeys. */
		if (n == 2)
			c = (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
		else if (n == 3)
			c = (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 |
			    (p[2] & 0x3fu);
		if (n == 0)
			buf_printf(out, "\\x%02x", p[0]);
		else if (n < 4 && obeyed(c))
			buf_printf(out, "\\u%04x", c);
		else
			buf_put(out, p, n);
		n = n == 0 ? 1 : n;
		rest = bytes_of(p + n, rest.len - n);
	}
}

void
cli_wrap_put(const char *text)
{
	struct buf plain;

	if (text == NULL)
		return;
	buf_init(&plain, 8 * strlen(text));
	cli_wrap_plain(&plain, text);
	(void)fputs(buf_cstr(&plain), stdout);
	buf_clear(&plain);
}

void
cli_wrap_line(const char *text, int at, int indent)
{
	int width = line_width();

	while (*text != '\0') {
		int blanks = (int)strspn(text, " ");
		int cells;
		size_t len = piece(text + blanks, &cells);

		if (at > indent && blanks + cells > width - at) {
			(void)printf("\n%*s", indent, "");
			at = indent;
			text += blanks;
			blanks = 0;
		}
		(void)printf("%.*s", blanks + (int)len, text);
		at += blanks + cells;
		text += (size_t)blanks + len;
	}
	(void)putchar('\n');
}
