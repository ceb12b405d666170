/* certificate.h - the life of a person's certificate at its issuer. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_CERTIFICATE_H
#define NODE_DOMAIN_CERTIFICATE_H

#include "node/domain/row.h"
#include "node/domain/rule.h"
#include "record.pb-c.h"

struct certificate_event {
	const struct row *row; /* NULL: there is no record yet */
	Record__Certificate__Action action;
	int64_t valid_from_us; /* ISSUE */
	int64_t valid_to_us;
	bool has_holder;
	bool has_class;
	bool by_node; /* PUBLISH is the node's own */
	bool late;
};

/*
 * certificate_check - may this happen?  Pure.
 * SUSPEND while valid, REINSTATE while suspended, REVIEW unless revoked,
 * REVOKE unless revoked; a revoked certificate never returns.
 * Source: order 30 art. 21, 26, 30, 31.
 */
struct rule_verdict certificate_check(const struct certificate_event *e);

/* State after an applied action. */
uint8_t certificate_after(uint8_t state, Record__Certificate__Action action);

#endif
