/* params.c - the query string, decoded strictly into names and values. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/params.h"

#include "proto/text.h"

#include <stdlib.h>

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* Decodes into out (cap with the NUL); plus: '+' is a blank. */
static enum err
unescape(char *out, size_t cap, size_t *len, struct bytes in, bool plus)
{
	size_t n = 0;

	for (size_t i = 0; i < in.len; i++) {
		uint8_t c = in.ptr[i];
		if (c == '%') {
			if (in.len - i < 3)
				return ERR_MALFORMED;
			int hi = hex_value(in.ptr[i + 1]);
			int lo = hex_value(in.ptr[i + 2]);
			if (hi < 0 || lo < 0)
				return ERR_MALFORMED;
			c = (uint8_t)(hi * 16 + lo);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (c < 0x20 || c == 0x7f)
			return ERR_MALFORMED;
		if (n + 1 >= cap)
			return ERR_LIMIT;
		out[n++] = (char)c;
	}
	if (cap == 0)
		return ERR_LIMIT;
	out[n] = '\0';
	if (!text_utf8_ok(bytes_of(out, n)))
		return ERR_MALFORMED;
	*len = n;
	return ERR_OK;
}

enum err
params_segment(char *out, size_t cap, struct bytes in, struct err_why *why)
{
	size_t len;
	enum err e = unescape(out, cap, &len, in, false);

	if (e != ERR_OK)
		return e == ERR_LIMIT
		    ? err_fail(why, e, "path: segment too long")
		    : err_fail(why, e, "path: bad segment");
	return ERR_OK;
}

/* Is `name` in the list?  *many: it may repeat. */
static bool
allowed_name(const char *allowed, const char *name, bool *many)
{
	size_t n = strlen(name);

	while (allowed != NULL && *allowed != '\0') {
		size_t w = strcspn(allowed, " ");
		bool plus = w > 0 && allowed[w - 1] == '+';
		size_t bare = plus ? w - 1 : w;
		if (bare == n && n > 0 && memcmp(allowed, name, n) == 0) {
			*many = plus;
			return true;
		}
		allowed += w;
		allowed += strspn(allowed, " ");
	}
	return false;
}

/* One name=value pair at text offset *used. */
static enum err
take_pair(struct params *out, size_t *used, struct bytes pair,
    const char *allowed, struct err_why *why)
{
	const uint8_t *eq = memchr(pair.ptr, '=', pair.len);
	struct bytes name = pair;
	struct bytes value = {NULL, 0};
	if (eq != NULL) {
		name.len = (size_t)(eq - pair.ptr);
		value = bytes_of(eq + 1, pair.len - name.len - 1);
	}
	if (out->len == PARAMS_MAX)
		return err_fail(why, ERR_LIMIT, "query: too many parameters");

	char *n = out->text + *used;
	size_t len;
	enum err e = unescape(n, sizeof out->text - *used, &len, name, true);
	if (e != ERR_OK)
		return err_fail(why, e, "query: bad or too long name");
	bool many = false;
	if (!allowed_name(allowed, n, &many))
		return err_fail(
		    why, ERR_MALFORMED, "%.40s: no such parameter here", n);
	if (!many && params_get(out, n) != NULL)
		return err_fail(why, ERR_MALFORMED, "%.40s: given twice", n);
	*used += len + 1;

	char *v = out->text + *used;
	e = unescape(v, sizeof out->text - *used, &len, value, true);
	if (e != ERR_OK)
		return e == ERR_LIMIT
		    ? err_fail(why, e, "%.40s: too long", n)
		    : err_fail(why, e, "%.40s: bad escape or text", n);
	*used += len + 1;
	out->at[out->len].name = n;
	out->at[out->len].value = v;
	out->len++;
	return ERR_OK;
}

enum err
params_parse(struct params *out, struct bytes query, const char *allowed,
    struct err_why *why)
{
	size_t used = 0;

	out->len = 0;
	while (query.len > 0) {
		const uint8_t *amp = memchr(query.ptr, '&', query.len);
		size_t n = amp != NULL ? (size_t)(amp - query.ptr) : query.len;
		if (n > 0) {
			enum err e = take_pair(
			    out, &used, bytes_of(query.ptr, n), allowed, why);
			if (e != ERR_OK) {
				out->len = 0;
				return e;
			}
		}
		n += amp != NULL ? 1 : 0;
		query = bytes_of(query.ptr + n, query.len - n);
	}
	return ERR_OK;
}

const char *
params_nth(const struct params *p, const char *name, size_t i)
{
	for (size_t k = 0; k < p->len; k++) {
		if (strcmp(p->at[k].name, name) != 0)
			continue;
		if (i == 0)
			return p->at[k].value;
		i--;
	}
	return NULL;
}

const char *
params_get(const struct params *p, const char *name)
{
	return params_nth(p, name, 0);
}

enum err
params_u64(const struct params *p, const char *name, uint64_t max,
    uint64_t *out, struct err_why *why)
{
	const char *v = params_get(p, name);

	if (v == NULL)
		return ERR_OK;
	/* Too large a number is no too large a request. */
	enum err e = text_u64_get(out, bytes_str(v), max, why);
	return e == ERR_OK ? e : err_wrap(why, ERR_MALFORMED, "%s", name);
}

enum err
params_time(const struct params *p, const char *name, int64_t *out_us,
    struct err_why *why)
{
	const char *v = params_get(p, name);

	if (v == NULL)
		return ERR_OK;
	enum err e = text_time_get(out_us, bytes_str(v), why);
	return e == ERR_OK ? e : err_wrap(why, e, "%s", name);
}
