/* report_code.c - the code by which whoever reported finds the answer. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/report_code.h"

#include <ctype.h>
#include <string.h>

#include "proto/crypto.h"
#include "proto/digest.h"

#define DIGITS 32 /* of 5 bits each */

/* No 0 and O, 1 and I: people read it out. */
static const char alphabet[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

static void
hash_of(struct hash *out, const char *tag, const uint8_t *secret)
{
	uint8_t all[32 + REPORT_CODE_BYTES];
	size_t n = strlen(tag);

	memcpy(all, tag, n);
	memcpy(all + n, secret, REPORT_CODE_BYTES);
	digest_sha256(out, bytes_of(all, n + REPORT_CODE_BYTES));
	crypto_wipe(all, sizeof all);
}

static void
derive(struct report_code *c)
{
	struct hash h;

	hash_of(&c->receipt, "lianfang/report/v1", c->secret);
	hash_of(&h, "lianfang/report-id/v1", c->secret);
	digest_uuid8(c->record_id, h.b);
}

void
report_code_new(struct report_code *out)
{
	crypto_random(out->secret, sizeof out->secret);
	derive(out);
}

void
report_code_put(
    char out[static REPORT_CODE_CHARS + 1], const struct report_code *c)
{
	size_t n = 0;

	for (unsigned i = 0; i < DIGITS; i++) {
		unsigned bit = i * 5;
		unsigned two = (unsigned)c->secret[bit / 8] << 8;

		if (bit / 8 + 1 < REPORT_CODE_BYTES)
			two |= c->secret[bit / 8 + 1];
		if (i > 0 && i % 4 == 0)
			out[n++] = '-';
		out[n++] = alphabet[two >> (11 - bit % 8) & 31];
	}
	out[n] = '\0';
}

enum err
report_code_get(struct report_code *out, const char *text, struct err_why *why)
{
	struct report_code c = {.secret = {0}};
	unsigned digits = 0;

	for (; *text != '\0'; text++) {
		const char *at;

		if (*text == '-' || isspace((unsigned char)*text))
			continue;
		at = strchr(alphabet, toupper((unsigned char)*text));
		if (at == NULL || digits == DIGITS)
			break;
		for (unsigned b = 0; b < 5; b++) {
			unsigned bit = digits * 5 + b;

			if (((size_t)(at - alphabet) >> (4 - b) & 1) != 0)
				c.secret[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		}
		digits++;
	}
	if (*text != '\0' || digits != DIGITS)
		return err_fail(why, ERR_MALFORMED,
		    "code: expected the 32 letters and digits of a receipt");
	derive(&c);
	*out = c;
	return ERR_OK;
}
