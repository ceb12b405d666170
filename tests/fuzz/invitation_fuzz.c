/* invitation_fuzz.c - any text, and any body with a good sum, as one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/invitation.h"

#include <stdlib.h>

#include "proto/digest.h"
#include "proto/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* What is read is written the same again, and could be a member's. */
static void
read_one(struct bytes text)
{
	struct invitation v, again;
	struct buf out;

	if (invitation_get(&v, text, NULL) != ERR_OK)
		return;
	must(roster_card_name_ok(v.name) && roster_card_name_ok(v.inviter) &&
	    roster_card_endpoint_ok(v.address));
	buf_init(&out, INVITATION_CHARS_MAX);
	invitation_put(&out, &v);
	must(!out.over);
	must(invitation_get(&again, buf_view(&out), NULL) == ERR_OK);
	must(memcmp(v.secret, again.secret, sizeof v.secret) == 0 &&
	    strcmp(v.name, again.name) == 0 && v.expires == again.expires);
	buf_clear(&out);
}

/* u8 what: 0 a text, else what stands before the sum. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf body, text;
	struct bytes parts[2];
	struct hash sum;

	if (size == 0)
		return 0;
	if (data[0] == 0) {
		read_one(bytes_of(data + 1, size - 1));
		return 0;
	}
	parts[0] = bytes_str("lianfang/invitation/v1\n");
	parts[1] = bytes_of(data + 1, size - 1);
	digest_sha256_parts(&sum, parts, 2);
	buf_init(&body, size + 4);
	buf_init(&text, 2 * size + 64);
	buf_bytes(&body, parts[1]);
	buf_put(&body, sum.b, 4);
	buf_str(&text, INVITATION_PREFIX);
	text_b64url_put(&text, buf_view(&body));
	read_one(buf_view(&text));
	buf_clear(&body);
	buf_clear(&text);
	return 0;
}
