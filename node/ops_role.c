/* ops_role.c - roles of tokens, and who asks. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ops_role.h"

#include <string.h>

static const struct {
	const char *name;
	unsigned bit;
} roles[] = {
    {"ingest", OPS_INGEST},
    {"operator", OPS_OPERATOR},
    {"hq", OPS_HQ},
    {"regulator", OPS_REGULATOR},
    {"partner", OPS_PARTNER},
    {"admin", OPS_ADMIN},
};

const char *
ops_role_name(unsigned role)
{
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (roles[i].bit == role)
			return roles[i].name;
	return "nobody";
}

unsigned
ops_role_bit(const char *name)
{
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (strcmp(roles[i].name, name) == 0)
			return roles[i].bit;
	return 0;
}
