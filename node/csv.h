/* csv.h - rows of a CSV file, quoted fields over several lines included. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CSV_H
#define NODE_CSV_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

#define CSV_FIELDS_MAX 256
#define CSV_ROW_MAX (1u << 20) /* bytes of one row */

/*
 * A row by RFC 4180: fields separated by `delimiter`, rows by LF or CRLF; a
 * field in double quotes may hold delimiters, line breaks and "" for a quote.
 * Fields are views into `text`, valid until the next csv_next.
 */
struct csv {
	struct bytes left; /* borrowed, UTF-8 */
	char delimiter;
	uint64_t line; /* where the row read last starts, from 1 */
	uint64_t next_line;
	struct buf text; /* unquoted fields of this row */
	struct bytes field[CSV_FIELDS_MAX];
	size_t fields;
};

/* A byte order mark is skipped.  Release with csv_clear. */
void csv_init(struct csv *c, struct bytes utf8, char delimiter);
void csv_clear(struct csv *c);

/*
 * csv_next - read one row; empty lines are skipped.
 *
 * ERR_NOT_FOUND  end of the text
 * ERR_MALFORMED  quote inside or after a field, quote not closed: `why` says
 *                where; reading goes on behind the next line break
 * ERR_LIMIT      row or number of fields too large; likewise
 */
ERR_CHECKED enum err csv_next(struct csv *c, struct err_why *why);

/*
 * csv_utf8 - the text as UTF-8: as it is when it is UTF-8 already, else read
 * as GB18030.  `encoding` NULL detects; "utf-8" or "gb18030" insists.
 *
 * ERR_MALFORMED  not in this encoding;  ERR_LIMIT  larger than `out` allows
 */
ERR_CHECKED enum err csv_utf8(struct buf *out, struct bytes in,
    const char *encoding, struct err_why *why);

#endif
