/* certificate_test.c - certificates: what may follow what. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/certificate.h"

#include <criterion/criterion.h>

#define A(name) RECORD__CERTIFICATE__ACTION__##name

Test(certificate_check, allows_only_what_the_state_allows)
{
	static const struct {
		uint8_t state; /* 0: no record */
		Record__Certificate__Action action;
		bool ok;
	} rows[] = {
	    {0, A(ISSUE), true},
	    {0, A(SUSPEND), false},
	    {ROW_VALID, A(ISSUE), false},
	    {ROW_VALID, A(SUSPEND), true},
	    {ROW_VALID, A(REINSTATE), false},
	    {ROW_VALID, A(REVIEW), true},
	    {ROW_VALID, A(REVOKE), true},
	    {ROW_VALID, A(PUBLISH), false}, /* only the node itself */
	    {ROW_CERT_SUSPENDED, A(REINSTATE), true},
	    {ROW_CERT_SUSPENDED, A(SUSPEND), false},
	    {ROW_CERT_SUSPENDED, A(REVOKE), true},
	    /* order 30 art. 30: revoked is for good */
	    {ROW_REVOKED, A(REINSTATE), false},
	    {ROW_REVOKED, A(REVIEW), false},
	    {ROW_REVOKED, A(REVOKE), false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct row r = {.state = rows[i].state};
		struct certificate_event e = {
		    .row = rows[i].state != 0 ? &r : NULL,
		    .action = rows[i].action,
		    .valid_from_us = 1,
		    .valid_to_us = 2,
		    .has_holder = true,
		    .has_class = true,
		};

		cr_assert_eq(
		    certificate_check(&e).refused, !rows[i].ok, "row %zu", i);
	}
}

Test(certificate_check, wants_an_end_of_validity)
{
	struct certificate_event e = {.action = A(ISSUE),
	    .valid_from_us = 5,
	    .has_holder = true,
	    .has_class = true};

	cr_assert_str_eq(certificate_check(&e).rule->code, "CERT_WINDOW");
	e.valid_to_us = 5;
	cr_assert_str_eq(certificate_check(&e).rule->code, "CERT_WINDOW");
	e.valid_to_us = 6;
	cr_assert(!certificate_check(&e).refused);
}
