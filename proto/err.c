/* err.c - names of failure and the sentence beside them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/err.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

const char *
err_text(enum err e)
{
#define ERR_TEXT(name, text) \
	case ERR_##name:     \
		return text;
	switch (e) {
		ERR_LIST(ERR_TEXT)
	}
#undef ERR_TEXT
	return "unknown failure";
}

const char *
err_name(enum err e)
{
	switch (e) {
	case ERR_OK:
		return "ok";
	case ERR_NOT_FOUND:
		return "not_found";
	case ERR_EXISTS:
		return "exists";
	case ERR_MALFORMED:
		return "malformed";
	case ERR_UNVERIFIED:
		return "unverified";
	case ERR_UNSUPPORTED:
		return "unsupported";
	case ERR_REFUSED:
		return "refused";
	case ERR_DENIED:
		return "denied";
	case ERR_CONFLICT:
		return "conflict";
	case ERR_LIMIT:
		return "limit";
	case ERR_FULL:
		return "full";
	case ERR_BUSY:
		return "busy";
	case ERR_TIMEOUT:
		return "timeout";
	case ERR_IO:
		return "io";
	case ERR_CORRUPT:
		return "corrupt";
	}
	return "unknown";
}

/* A sentence cut in the middle of a character would not be valid JSON. */
static void
drop_partial_character(char *s)
{
	size_t len, start;
	unsigned char lead;
	size_t want;

	len = strlen(s);
	start = len;
	while (start > 0 && ((unsigned char)s[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0)
		return;
	lead = (unsigned char)s[start - 1];
	want = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
	if (len - (start - 1) < want)
		s[start - 1] = '\0';
}

enum err
err_fail(struct err_why *why, enum err e, const char *fmt, ...)
{
	/* The arguments may point into why->text. */
	char text[ERR_WHY_BYTES];
	va_list ap;

	if (why == NULL)
		return e;
	va_start(ap, fmt);
	if (vsnprintf(text, sizeof text, fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	drop_partial_character(text);
	memcpy(why->text, text, strlen(text) + 1);
	return e;
}

enum err
err_wrap(struct err_why *why, enum err e, const char *prefix)
{
	if (why == NULL)
		return e;
	return err_fail(why, e, "%s: %s", prefix, why->text);
}
