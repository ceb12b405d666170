/* person.h - one spelling for one person. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_PERSON_H
#define NODE_DOMAIN_PERSON_H

#include "proto/bytes.h"

#include <stdbool.h>

/*
 * person_plain - a name or a number of a person as all its spellings have it:
 * without blanks and whatever else nobody sees, capitals small, wide letters
 * narrow, all dashes and all middle dots one.  Nothing else is the same: two
 * characters that only look alike stay two.
 *
 *   out     room for text.len bytes; never more are written
 *
 * The bytes written; 0: nobody.  The same in every process: no locale.
 */
size_t person_plain(char *out, struct bytes text);

/* Does it name somebody?  NULL and blanks do not. */
bool person_given(const char *name);
/* Are they one person?  Nobody is not the same as nobody. */
bool person_same(const char *a, const char *b);

#endif
