/* params.h - the query string, decoded strictly into names and values. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PARAMS_H
#define NODE_PARAMS_H

#include "proto/bytes.h"
#include "proto/err.h"

#define PARAMS_MAX 24
#define PARAMS_BYTES 2048 /* decoded, with a NUL after each */

struct params {
	struct {
		const char *name; /* NUL-terminated, in `text` */
		const char *value;
	} at[PARAMS_MAX];
	size_t len;
	char text[PARAMS_BYTES];
};

/*
 * params_parse - application/x-www-form-urlencoded, from a URL.
 *   allowed   names, separated by blanks; a trailing + marks one that may
 *             come several times; NULL: none
 * ERR_MALFORMED  bad escape, NUL, not UTF-8, unknown or repeated name; `why`
 *                starts with the name;  ERR_LIMIT  too many or too long
 * Pure.
 */
ERR_CHECKED enum err params_parse(struct params *out, struct bytes query,
    const char *allowed, struct err_why *why);

/* Value of the first parameter of this name, or NULL. */
const char *params_get(const struct params *p, const char *name);

/* The i-th (from 0) of this name, or NULL. */
const char *params_nth(const struct params *p, const char *name, size_t i);

/* Numbers and times; an absent parameter leaves `out` alone.
 * ERR_MALFORMED, ERR_LIMIT: `why` starts with the name. */
ERR_CHECKED enum err params_u64(const struct params *p, const char *name,
    uint64_t max, uint64_t *out, struct err_why *why);
ERR_CHECKED enum err params_time(const struct params *p, const char *name,
    int64_t *out_us, struct err_why *why);

/* Percent-decodes one path segment; out has cap bytes with the NUL. */
ERR_CHECKED enum err params_segment(
    char *out, size_t cap, struct bytes in, struct err_why *why);

#endif
