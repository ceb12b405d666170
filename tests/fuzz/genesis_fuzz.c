/* genesis_fuzz.c - an alliance's founding file from an unknown hand. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "federation/access.h"
#include "federation/roster.h"
#include "proto/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was accepted, written and read again, is the same alliance. */
static void
check_again(const struct roster *r)
{
	struct roster *again = NULL;
	struct buf json;

	buf_init(&json, 8u << 20);
	json_encode(&json, &roster_genesis(r)->base, 0);
	if (roster_open(&again, buf_view(&json), NULL) != ERR_OK)
		abort();
	if (memcmp(roster_fingerprint(r)->b, roster_fingerprint(again)->b,
	        HASH_BYTES) != 0)
		abort();
	roster_free(again);
	buf_clear(&json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct roster *r = NULL;
	const struct roster_member *m;
	struct buf text;
	size_t i;
	enum err e;

	crypto_start();
	e = roster_open(&r, bytes_of(data, size), NULL);
	if (e != ERR_OK)
		return 0;
	check_again(r);
	buf_init(&text, 1u << 20);
	for (i = 0; i < roster_len(r); i++) {
		m = roster_at(r, i);
		if (roster_find(r, m->name) != m)
			abort();
		if (access_right(r, m->name, m->log[ROSTER_EVIDENCE].name) !=
		    ACCESS_BODIES)
			abort();
		buf_reset(&text);
		if (roster_policy(r, m->name, m->log, ROSTER_KINDS, &text,
		        NULL) != ERR_OK)
			abort();
	}
	buf_clear(&text);
	roster_free(r);
	return 0;
}
