/* circle.h - an alliance of companies, as the release gate knows it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_CIRCLE_H
#define TESTS_SUPPORT_CIRCLE_H

#include "node/domain/gate_k.h"
#include "node/site.h"
#include "proto/crypto.h"

#define CIRCLE_MAX 64
#define CIRCLE_TEXT 32768

/* Members m0 to m(n-1).test.example of companies "co0" ..., m0 of them first.
 */
struct circle {
	size_t len;
	char name[CIRCLE_MAX][64];
	char company[CIRCLE_MAX][32];
	struct crypto_signer key[CIRCLE_MAX];
};
/* Each its own company. */
void circle_make(struct circle *c, size_t n);
/* What a site is told about it. */
struct site_peers circle_peers(struct circle *c);
/* A profiles pack in YAML; each member's profile by `line`, whose text of one
 * or more fields ("industries: [C26]") is the row's. */
void circle_profiles(const struct circle *c, const char *version,
    const char *(*line)(size_t member), char out[static CIRCLE_TEXT]);

#endif
