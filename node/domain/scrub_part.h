/* scrub_part.h - a text in one spelling.  Only for scrub*.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_SCRUB_PART_H
#define NODE_DOMAIN_SCRUB_PART_H

#include "node/domain/scrub.h"

/* One character of a text as all its look-alikes are read. */
struct scrub_char {
	uint32_t c; /* letters keep their case */
	uint32_t written; /* as it came */
	uint32_t position; /* in the text as it came, from 1 */
};
struct scrub_line {
	struct scrub_char *at;
	size_t len;
};

/* To be freed. */
void scrub_line(struct scrub_line *out, const char *text);
/* The same as UTF-8 in small letters; to be freed. */
char *scrub_fold(const char *text);
size_t scrub_put(char out[static 4], uint32_t c);
/* 0 to 9, also of a Chinese numeral; -1: none. */
int scrub_digit(uint32_t c);
bool scrub_letter(uint32_t c); /* of the Latin alphabet */
bool scrub_alnum(uint32_t c); /* such a letter, or 0 to 9 */
bool scrub_han(uint32_t c);
uint32_t scrub_lower(uint32_t c);

/* One text being looked at. */
struct scrub {
	const char *field;
	struct scrub_line line;
	const struct scrub_known *known;
	struct scrub_list *out;
};
/* Found, at this place of the line. */
void scrub_found(struct scrub *s, size_t at, enum scrub_kind kind);

void scrub_numbers(struct scrub *s); /* scrub_number.c */
void scrub_shapes(struct scrub *s); /* scrub_shape.c */
void scrub_names(struct scrub *s); /* scrub_name.c */

#endif
