/* cli_wrap.h - text no wider than the terminal, in cells. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_WRAP_H
#define NODE_CLI_WRAP_H

#include "proto/buf.h"

/* Terminal cells of UTF-8 text; CJK characters take two. */
int cli_wrap_cells(const char *s);

/*
 * cli_wrap_line - print the rest of a line that stands at cell `at`, then LF.
 * What does not fit goes on at cell `indent` of the next line: broken at
 * blanks, or beside a wide character, never before closing punctuation.
 *
 * As wide as COLUMNS says, else as the terminal; a pipe or file gets one line.
 */
void cli_wrap_line(const char *text, int at, int indent);

/*
 * cli_wrap_plain - append text of strangers so that no terminal obeys it.
 * Control characters and those that turn the direction of text come as \u001b,
 * bytes that are no UTF-8 as \xff: nobody's title moves a cursor over our
 * words.
 */
void cli_wrap_plain(struct buf *out, const char *text);
/* The same to the standard output; NULL: nothing. */
void cli_wrap_put(const char *text);

#endif
