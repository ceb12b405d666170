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
