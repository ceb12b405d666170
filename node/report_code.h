/* report_code.h - the code by which whoever reported finds the answer. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_REPORT_CODE_H
#define NODE_REPORT_CODE_H

#include "proto/bytes.h"
#include "proto/err.h"

#define REPORT_CODE_BYTES 20 /* 160 random bits */
#define REPORT_CODE_CHARS 39 /* 8 groups of 4, dashes between */

/*
 * A code is shown once and kept nowhere.  What is kept is a hash of it, from
 * which it cannot be guessed, and a record id that is another hash of it: so
 * the code finds its record, and the record leads back to nobody.
 *
 *   receipt    SHA-256("lianfang/report/v1" || code)
 *   record id  the first 16 bytes of SHA-256("lianfang/report-id/v1" || code),
 *              as a UUID of version 8
 */
struct report_code {
	uint8_t secret[REPORT_CODE_BYTES];
	struct hash receipt;
	uint8_t record_id[16];
};

void report_code_new(struct report_code *out);
/* "ABCD-2345-..."; letters and digits that nobody takes for others. */
void report_code_put(
    char out[static REPORT_CODE_CHARS + 1], const struct report_code *c);
/* As people type it: in any case, with or without dashes and blanks.
 * ERR_MALFORMED. */
ERR_CHECKED enum err report_code_get(
    struct report_code *out, const char *text, struct err_why *why);

#endif
