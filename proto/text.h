/* text.h - numbers, times and bytes as text, strictly both ways. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_TEXT_H
#define PROTO_TEXT_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

#define TEXT_UUID_CHARS 36
#define TEXT_TIME_CHARS 27 /* 2026-11-22T02:50:00.123456Z */
#define TEXT_SPAN_MAX_DAYS 36500u /* so that now + span cannot overflow */

/* Lower-case hex / RFC 4648 section 4 base64 with padding, appended to out. */
void text_hex_put(struct buf *out, struct bytes in);
void text_b64_put(struct buf *out, struct bytes in);

/*
 * text_hex_get, text_b64_get - strict decoding, appended to `out`.
 *
 * Base64: padding required, no white space, unused bits zero (canonical), so
 * that one value has one spelling.  Hex: lower case, even length.
 *
 * ERR_MALFORMED  out is as before
 * ERR_LIMIT      `out` is full (its `over` is set)
 */
ERR_CHECKED enum err text_hex_get(
    struct buf *out, struct bytes in, struct err_why *why);
ERR_CHECKED enum err text_b64_get(
    struct buf *out, struct bytes in, struct err_why *why);

/* RFC 4648 section 5 without padding, as JWS has it; likewise strict. */
void text_b64url_put(struct buf *out, struct bytes in);
ERR_CHECKED enum err text_b64url_get(
    struct buf *out, struct bytes in, struct err_why *why);

/* Exactly `len` bytes of base64 into `out`; ERR_MALFORMED otherwise. */
ERR_CHECKED enum err text_b64_fixed(
    uint8_t *out, size_t len, struct bytes in, struct err_why *why);

/* RFC 9285, upper case; strict.  ERR_MALFORMED, ERR_LIMIT. */
void text_b45_put(struct buf *out, struct bytes in);
ERR_CHECKED enum err text_b45_get(
    struct buf *out, struct bytes in, struct err_why *why);

/* ASCII digits, no sign, no leading zero; ERR_MALFORMED, ERR_LIMIT (> max). */
ERR_CHECKED enum err text_u64_get(
    uint64_t *out, struct bytes in, uint64_t max, struct err_why *why);

/* Well-formed UTF-8 without NUL, overlong forms and surrogates. */
bool text_utf8_ok(struct bytes in);

/* Bytes of the well-formed character at the front, 1 to 4; 0: none there. */
size_t text_utf8_step(struct bytes in);

/* Drops, in place, what is no character: the half of one at which a text was
 * cut.  What is not well-formed no message takes. */
void text_whole(char *s);

/*
 * Times: microseconds since the Unix epoch <-> RFC 3339.  Reads any offset and
 * 0 to 6 fraction digits, years 1970 to 9999, no leap second; writes UTC with
 * the shortest of 0, 3 or 6 fraction digits, and what is outside those years as
 * the plain number, which no reader takes for a time.  T and Z in upper case.
 */
#define TEXT_TIME_END_US INT64_C(253402300800000000) /* year 10000 */
ERR_CHECKED enum err text_time_get(
    int64_t *out_us, struct bytes in, struct err_why *why);
void text_time_put(char out[static TEXT_TIME_CHARS + 1], int64_t us);

/* "90s" "15m" "8h" "30d" -> microseconds; ERR_MALFORMED, ERR_LIMIT. */
ERR_CHECKED enum err text_span_get(
    int64_t *out_us, struct bytes in, struct err_why *why);

/* 16 bytes <-> lower-case 8-4-4-4-12. */
ERR_CHECKED enum err text_uuid_get(
    uint8_t out[static 16], struct bytes in, struct err_why *why);
void text_uuid_put(
    char out[static TEXT_UUID_CHARS + 1], const uint8_t uuid[static 16]);

/* Next line of `rest` without its LF into `line`; false when rest is empty or
 * its last line has no LF. */
bool text_line(struct bytes *rest, struct bytes *line);

/* If `in` starts with `prefix`, moves past it and says so. */
bool text_skip(struct bytes *in, const char *prefix);

#endif
