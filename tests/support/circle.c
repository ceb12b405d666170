/* circle.c - an alliance of companies, as the release gate knows it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/circle.h"

#include "node/site_card.h"

#include <stdio.h>
#include <string.h>

void
circle_make(struct circle *c, size_t n)
{
	c->len = n;
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(
		    c->name[i], sizeof c->name[i], "m%zu.test.example", i);
		(void)snprintf(c->company[i], sizeof c->company[i], "co%zu", i);
		crypto_signer_new(&c->key[i]);
	}
}

static void
members(void *arg, void (*each)(void *ctx, const char *name), void *ctx)
{
	struct circle *c = arg;

	for (size_t i = 0; i < c->len; i++)
		each(ctx, c->name[i]);
}

static bool
card(void *arg, const char *member, struct site_card *out)
{
	struct circle *c = arg;

	for (size_t i = 0; i < c->len; i++) {
		if (strcmp(c->name[i], member) != 0)
			continue;
		out->company = c->company[i];
		memcpy(out->identity, c->key[i].pub, sizeof out->identity);
		return true;
	}
	return false;
}

struct site_peers
circle_peers(struct circle *c)
{
	return (struct site_peers){.arg = c, .members = members, .card = card};
}

void
circle_profiles(const struct circle *c, const char *version,
    const char *(*line)(size_t member), char out[static CIRCLE_TEXT])
{
	size_t n = (size_t)snprintf(out, CIRCLE_TEXT,
	    "profiles:\n  version: \"%s\"\n"
	    "  effectiveAt: \"2026-01-01T00:00:00Z\"\n  members:\n",
	    version);

	for (size_t i = 0; i < c->len && n < CIRCLE_TEXT; i++)
		n += (size_t)snprintf(out + n, CIRCLE_TEXT - n,
		    "    - {member: %s, %s}\n", c->name[i], line(i));
}
