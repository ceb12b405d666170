/* csv.c - rows of a CSV file, quoted fields over several lines included. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/csv.h"

#include "proto/text.h"
#include "proto/zh.h"

#include <errno.h>
#include <iconv.h>
#include <inttypes.h>
#include <strings.h>

void
csv_init(struct csv *c, struct bytes utf8, char delimiter)
{
	memset(c, 0, sizeof(*c));
	c->left = utf8;
	(void)text_skip(&c->left, "\xef\xbb\xbf");
	c->delimiter = delimiter;
	c->next_line = 1;
	buf_init(&c->text, CSV_ROW_MAX);
}

void
csv_clear(struct csv *c)
{
	buf_clear(&c->text);
	memset(c, 0, sizeof(*c));
}

static int
peek(const struct csv *c)
{
	return c->left.len == 0 ? -1 : c->left.ptr[0];
}

static int
take(struct csv *c)
{
	int ch = peek(c);

	if (ch < 0)
		return ch;
	c->left.ptr++;
	c->left.len--;
	if (ch == '\n')
		c->next_line++;
	return ch;
}

static void
skip_line(struct csv *c)
{
	int ch;

	do
		ch = take(c);
	while (ch >= 0 && ch != '\n');
}

/* True at the end of a field; nothing is taken. */
static bool
at_end(const struct csv *c)
{
	int ch = peek(c);

	return ch < 0 || ch == '\n' || ch == c->delimiter ||
	    (ch == '\r' && (c->left.len == 1 || c->left.ptr[1] == '\n'));
}

static enum err
broken(const struct csv *c, const char *what, struct err_why *why)
{
	(void)err_plain(why, ERR_MALFORMED, what);
	return err_wrap(why, ERR_MALFORMED, "line %" PRIu64 ", field %zu",
	    c->line, c->fields + 1);
}

static enum err
quoted_field(struct csv *c, struct err_why *why)
{
	(void)take(c);
	for (;;) {
		int ch = take(c);

		if (ch < 0)
			return broken(c, ZH("the quote is not closed"), why);
		if (ch == '"') {
			if (peek(c) != '"')
				break;
			(void)take(c);
		}
		buf_u8(&c->text, (uint8_t)ch);
	}
	if (!at_end(c))
		return broken(c, ZH("text after the closing quote"), why);
	return ERR_OK;
}

static enum err
one_field(struct csv *c, struct err_why *why)
{
	if (peek(c) == '"')
		return quoted_field(c, why);
	while (!at_end(c)) {
		int ch = take(c);

		if (ch == '"')
			return broken(
			    c, ZH("a quote in an unquoted field"), why);
		buf_u8(&c->text, (uint8_t)ch);
	}
	return ERR_OK;
}

static enum err
all_fields(
    struct csv *c, size_t end[static CSV_FIELDS_MAX], struct err_why *why)
{
	enum err e;

	for (;;) {
		if (c->fields == CSV_FIELDS_MAX)
			return err_fail(why, ERR_LIMIT,
			    "line %" PRIu64 ": more than %d fields", c->line,
			    CSV_FIELDS_MAX);
		e = one_field(c, why);
		if (e != ERR_OK)
			return e;
		end[c->fields++] = c->text.len;
		if (peek(c) != c->delimiter)
			return ERR_OK;
		(void)take(c);
	}
}

enum err
csv_next(struct csv *c, struct err_why *why)
{
	size_t end[CSV_FIELDS_MAX];
	size_t from = 0;
	enum err e;

	while (peek(c) == '\n' || peek(c) == '\r')
		(void)take(c);
	if (peek(c) < 0)
		return ERR_NOT_FOUND;
	buf_reset(&c->text);
	c->fields = 0;
	c->line = c->next_line;
	e = all_fields(c, end, why);
	skip_line(c);
	if (e != ERR_OK)
		return e;
	if (buf_ok(&c->text, NULL) != ERR_OK)
		return err_fail(why, ERR_LIMIT,
		    "line %" PRIu64 ": row over %u bytes", c->line,
		    CSV_ROW_MAX);
	/* Views only now: the buffer does not move any more; it is NULL when
	 * all fields are empty. */
	for (size_t i = 0; i < c->fields; i++) {
		c->field[i] = bytes_of(
		    from < end[i] ? c->text.ptr + from : NULL, end[i] - from);
		from = end[i];
	}
	return ERR_OK;
}

static enum err
from_gb18030(struct buf *out, struct bytes in, struct err_why *why)
{
	iconv_t cd = iconv_open("UTF-8", "GB18030");
	union {
		const uint8_t *in;
		char *out;
	} src = {.in = in.ptr};
	size_t left = in.len;
	enum err e = ERR_OK;

	if (cd == (iconv_t)-1)
		return err_fail(why, ERR_UNSUPPORTED,
		    "this system cannot read GB18030 (glibc's gconv modules)");
	while (left > 0) {
		char chunk[8192];
		char *to = chunk;
		size_t room = sizeof(chunk);
		size_t rc = iconv(cd, &src.out, &left, &to, &room);

		buf_put(out, chunk, sizeof(chunk) - room);
		if (rc == (size_t)-1 && errno != E2BIG) {
			e = err_fail(why, ERR_MALFORMED,
			    "byte %zu is neither UTF-8 nor GB18030",
			    in.len - left);
			break;
		}
	}
	(void)iconv_close(cd);
	return e;
}

enum err
csv_utf8(
    struct buf *out, struct bytes in, const char *encoding, struct err_why *why)
{
	bool any = encoding == NULL;
	enum err e;

	if ((any || strcasecmp(encoding, "utf-8") == 0) && text_utf8_ok(in)) {
		buf_bytes(out, in);
		return buf_ok(out, why);
	}
	if (!any && strcasecmp(encoding, "gb18030") != 0)
		return err_fail(why, ERR_MALFORMED,
		    "the text is not valid %s; `encoding` may be utf-8 or "
		    "gb18030",
		    encoding);
	e = from_gb18030(out, in, why);
	if (e != ERR_OK)
		return e;
	return buf_ok(out, why);
}
