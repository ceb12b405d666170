/* text.c - numbers and bytes as text, strictly both ways. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/text.h"

#define SECOND_US INT64_C(1000000)
#define DAY_S UINT64_C(86400)
#define ONES UINT64_C(0x0101010101010101)

static const char hex_digits[] = "0123456789abcdef";
static const char b64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Lower case only, so that one value has one spelling; -1: no digit. */
static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static int
b64_value(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	if (c == '/')
		return 63;
	return -1;
}

void
text_hex_put(struct buf *out, struct bytes in)
{
	uint8_t *to;
	size_t i;

	to = buf_grow(out, in.len <= SIZE_MAX / 2 ? in.len * 2 : SIZE_MAX);
	if (to == NULL)
		return;
	for (i = 0; i < in.len; i++) {
		*to++ = (uint8_t)hex_digits[in.ptr[i] >> 4];
		*to++ = (uint8_t)hex_digits[in.ptr[i] & 15];
	}
}

enum err
text_hex_get(struct buf *out, struct bytes in, struct err_why *why)
{
	uint8_t *to;
	size_t i;

	if (in.len % 2 != 0)
		return err_fail(
		    why, ERR_MALFORMED, "hex has an odd number of digits");
	for (i = 0; i < in.len; i++)
		if (hex_value(in.ptr[i]) < 0)
			return err_fail(why, ERR_MALFORMED,
			    "no lower-case hex digit at offset %zu", i);
	to = buf_grow(out, in.len / 2);
	if (to == NULL)
		return buf_ok(out, why);
	for (i = 0; i < in.len; i += 2)
		*to++ = (uint8_t)(hex_value(in.ptr[i]) << 4 |
		    hex_value(in.ptr[i + 1]));
	return ERR_OK;
}

void
text_b64_put(struct buf *out, struct bytes in)
{
	uint8_t *to;
	uint32_t v;
	size_t i, left;

	if (in.len > SIZE_MAX / 2) {
		out->over = true;
		return;
	}
	to = buf_grow(out, (in.len + 2) / 3 * 4);
	if (to == NULL)
		return;
	for (i = 0; in.len - i >= 3; i += 3, to += 4) {
		v = (uint32_t)in.ptr[i] << 16 | (uint32_t)in.ptr[i + 1] << 8 |
		    in.ptr[i + 2];
		to[0] = (uint8_t)b64_digits[v >> 18];
		to[1] = (uint8_t)b64_digits[v >> 12 & 63];
		to[2] = (uint8_t)b64_digits[v >> 6 & 63];
		to[3] = (uint8_t)b64_digits[v & 63];
	}
	left = in.len - i;
	if (left == 0)
		return;
	v = (uint32_t)in.ptr[i] << 16;
	if (left > 1)
		v |= (uint32_t)in.ptr[i + 1] << 8;
	to[0] = (uint8_t)b64_digits[v >> 18];
	to[1] = (uint8_t)b64_digits[v >> 12 & 63];
	to[2] = left > 1 ? (uint8_t)b64_digits[v >> 6 & 63] : '=';
	to[3] = '=';
}

/* Judges the whole text, so that b64_fill cannot fail half way. */
static enum err
b64_check(size_t *out_len, struct bytes in, struct err_why *why)
{
	size_t i, pad, digits;
	int last;

	if (in.len % 4 != 0)
		return err_fail(why, ERR_MALFORMED,
		    "base64 length is not a multiple of four");
	pad = 0;
	while (pad < 2 && pad < in.len && in.ptr[in.len - 1 - pad] == '=')
		pad++;
	digits = in.len - pad;
	for (i = 0; i < digits; i++)
		if (b64_value(in.ptr[i]) < 0)
			return err_fail(why, ERR_MALFORMED,
			    "no base64 character at offset %zu", i);
	if (pad > 0) {
		last = b64_value(in.ptr[digits - 1]);
		if ((last & (pad == 1 ? 3 : 15)) != 0)
			return err_fail(why, ERR_MALFORMED,
			    "base64 has unused bits that are not zero");
	}
	*out_len = in.len / 4 * 3 - pad;
	return ERR_OK;
}

static void
b64_fill(uint8_t *out, size_t len, struct bytes in)
{
	uint32_t v;
	size_t i, k, done;
	int d;

	done = 0;
	for (i = 0; i < in.len; i += 4) {
		v = 0;
		for (k = 0; k < 4; k++) {
			d = b64_value(in.ptr[i + k]);
			v = v << 6 | (uint32_t)(d < 0 ? 0 : d);
		}
		for (k = 0; k < 3 && done < len; k++)
			out[done++] = (uint8_t)(v >> (16 - 8 * k));
	}
}

enum err
text_b64_get(struct buf *out, struct bytes in, struct err_why *why)
{
	uint8_t *to;
	size_t len;
	enum err e;

	e = b64_check(&len, in, why);
	if (e != ERR_OK)
		return e;
	to = buf_grow(out, len);
	if (to == NULL)
		return buf_ok(out, why);
	b64_fill(to, len, in);
	return ERR_OK;
}

enum err
text_b64_fixed(uint8_t *out, size_t len, struct bytes in, struct err_why *why)
{
	size_t got;
	enum err e;

	e = b64_check(&got, in, why);
	if (e != ERR_OK)
		return e;
	if (got != len)
		return err_fail(why, ERR_MALFORMED,
		    "base64 of %zu bytes instead of %zu", got, len);
	b64_fill(out, len, in);
	return ERR_OK;
}

enum err
text_u64_get(uint64_t *out, struct bytes in, uint64_t max, struct err_why *why)
{
	uint64_t v;
	size_t i;

	if (in.len == 0)
		return err_fail(why, ERR_MALFORMED, "expected a number");
	for (i = 0; i < in.len; i++)
		if (in.ptr[i] < '0' || in.ptr[i] > '9')
			return err_fail(
			    why, ERR_MALFORMED, "expected decimal digits only");
	if (in.len > 1 && in.ptr[0] == '0')
		return err_fail(why, ERR_MALFORMED, "leading zero");
	v = 0;
	for (i = 0; i < in.len; i++) {
		if (__builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, in.ptr[i] - '0', &v) || v > max)
			return err_fail(why, ERR_LIMIT, "larger than %llu",
			    (unsigned long long)max);
	}
	*out = v;
	return ERR_OK;
}

static bool
is_tail(uint8_t c)
{
	return (c & 0xc0) == 0x80;
}

size_t
text_utf8_step(struct bytes in)
{
	const uint8_t *p = in.ptr;

	if (in.len == 0 || p[0] == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4 || in.len < 2 || !is_tail(p[1]))
		return 0;
	if (p[0] < 0xe0)
		return 2;
	if (in.len < 3 || !is_tail(p[2]))
		return 0;
	if (p[0] < 0xf0) {
		/* Overlong forms, and the halves of UTF-16 pairs. */
		if ((p[0] == 0xe0 && p[1] < 0xa0) ||
		    (p[0] == 0xed && p[1] >= 0xa0))
			return 0;
		return 3;
	}
	if (in.len < 4 || !is_tail(p[3]))
		return 0;
	/* Overlong forms, and what lies above U+10FFFF. */
	if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] >= 0x90))
		return 0;
	return 4;
}

void
text_whole(char *s)
{
	struct bytes left = bytes_str(s);
	char *to = s;

	while (left.len > 0) {
		size_t n = text_utf8_step(left);

		memmove(to, left.ptr, n);
		to += n;
		n += n == 0;
		left = bytes_of(left.ptr + n, left.len - n);
	}
	*to = '\0';
}

bool
text_utf8_ok(struct bytes in)
{
	uint64_t word;
	size_t n;

	while (in.len > 0) {
		if (in.len >= sizeof word) {
			/* Eight bytes of ASCII without NUL at once. */
			memcpy(&word, in.ptr, sizeof word);
			if (((word | (word - ONES)) & ONES << 7) == 0) {
				in.ptr += sizeof word;
				in.len -= sizeof word;
				continue;
			}
		}
		n = text_utf8_step(in);
		if (n == 0)
			return false;
		in.ptr += n;
		in.len -= n;
	}
	return true;
}

enum err
text_span_get(int64_t *out_us, struct bytes in, struct err_why *why)
{
	uint64_t n, unit_s;
	enum err e;

	if (in.len < 2)
		return err_fail(why, ERR_MALFORMED,
		    "expected a span such as 90s, 15m, 8h or 30d");
	switch (in.ptr[in.len - 1]) {
	case 's':
		unit_s = 1;
		break;
	case 'm':
		unit_s = 60;
		break;
	case 'h':
		unit_s = 3600;
		break;
	case 'd':
		unit_s = DAY_S;
		break;
	default:
		return err_fail(why, ERR_MALFORMED,
		    "expected a span such as 90s, 15m, 8h or 30d");
	}
	e = text_u64_get(&n, bytes_of(in.ptr, in.len - 1),
	    TEXT_SPAN_MAX_DAYS * DAY_S / unit_s, why);
	if (e != ERR_OK)
		return e;
	*out_us = (int64_t)(n * unit_s) * SECOND_US;
	return ERR_OK;
}

static bool
is_dash_place(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

enum err
text_uuid_get(uint8_t out[static 16], struct bytes in, struct err_why *why)
{
	uint8_t raw[16];
	size_t i, n;
	int d;

	if (in.len != TEXT_UUID_CHARS)
		return err_fail(why, ERR_MALFORMED,
		    "expected a UUID of %d characters", TEXT_UUID_CHARS);
	n = 0;
	for (i = 0; i < in.len; i++) {
		if (is_dash_place(i)) {
			if (in.ptr[i] != '-')
				return err_fail(why, ERR_MALFORMED,
				    "expected a dash at offset %zu", i);
			continue;
		}
		d = hex_value(in.ptr[i]);
		if (d < 0)
			return err_fail(why, ERR_MALFORMED,
			    "no lower-case hex digit at offset %zu", i);
		raw[n / 2] = (uint8_t)(n % 2 == 0 ? d << 4 : raw[n / 2] | d);
		n++;
	}
	memcpy(out, raw, sizeof raw);
	return ERR_OK;
}

void
text_uuid_put(
    char out[static TEXT_UUID_CHARS + 1], const uint8_t uuid[static 16])
{
	size_t i, n;

	n = 0;
	for (i = 0; i < TEXT_UUID_CHARS; i++) {
		if (is_dash_place(i)) {
			out[i] = '-';
			continue;
		}
		out[i] = hex_digits[n % 2 == 0 ? uuid[n / 2] >> 4
		                               : uuid[n / 2] & 15];
		n++;
	}
	out[TEXT_UUID_CHARS] = '\0';
}

bool
text_line(struct bytes *rest, struct bytes *line)
{
	const uint8_t *lf;
	size_t len;

	if (rest->len == 0)
		return false;
	lf = memchr(rest->ptr, '\n', rest->len);
	if (lf == NULL)
		return false;
	len = (size_t)(lf - rest->ptr);
	*line = bytes_of(rest->ptr, len);
	rest->ptr = lf + 1;
	rest->len -= len + 1;
	return true;
}

bool
text_skip(struct bytes *in, const char *prefix)
{
	size_t len;

	len = strlen(prefix);
	if (in->len < len || (len > 0 && memcmp(in->ptr, prefix, len) != 0))
		return false;
	if (len > 0)
		in->ptr += len;
	in->len -= len;
	return true;
}
