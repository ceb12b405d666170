/* ops_role.h - roles of tokens, and who asks. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_OPS_ROLE_H
#define NODE_OPS_ROLE_H

#include <stddef.h>

#define OPS_AREAS_MAX 32
#define OPS_ID_BYTES 40

/* Roles of tokens, as bits. */
#define OPS_INGEST 1u
#define OPS_OPERATOR 2u
#define OPS_HQ 4u
#define OPS_REGULATOR 8u
#define OPS_PARTNER 16u
#define OPS_ADMIN 32u
#define OPS_ANY 63u /* whoever has a token */
#define OPS_OPEN 0u /* nobody need say who they are */

/* Who asks; zeroed: nobody. */
struct ops_identity {
	unsigned role; /* one OPS_ bit */
	char id[OPS_ID_BYTES]; /* token id, or "local" */
	const char *areas[OPS_AREAS_MAX]; /* none: all; live as long as call */
	size_t areas_len;
};

/* "operator"; "nobody" for no bit.  Never NULL. */
const char *ops_role_name(unsigned role);
unsigned ops_role_bit(const char *name); /* 0: no such role */

#endif
