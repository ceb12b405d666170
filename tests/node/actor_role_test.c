/* actor_role_test.c - a role that nothing asks for is refused by name. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/actor_role.h"

#include "node/packs_file.h"
#include "tests/support/live.h"

#include <criterion/criterion.h>
#include <string.h>

Test(actor_role_check, takes_what_packs_and_the_node_ask_for)
{
	static char good[][12] = {"applicant", "approver", "gas-analyst",
	    "guardian", "acceptor", "releaser", "issuer", "admin", "source",
	    "operator"};
	static char bad[][12] = {"aprover", "Approver", "any", "", "approver "};
	char *role;
	Record__Actor a = RECORD__ACTOR__INIT;
	struct err_why why = {.text = ""};
	struct packs *p = NULL;

	cr_assert_eq(packs_open(&p, NULL, &why), ERR_OK, "%s", why.text);
	a.roles = &role;
	a.n_roles = 1;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		role = good[i];
		cr_expect_eq(
		    actor_role_check(p, &a, &why), ERR_OK, "%s", why.text);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		role = bad[i];
		cr_expect_eq(
		    actor_role_check(p, &a, &why), ERR_REFUSED, "\"%s\"", role);
		cr_expect_not_null(
		    strstr(why.text, " acceptor admin applicant approver"),
		    "%s", why.text);
		cr_expect_not_null(strstr(why.zh, " shift-leader source "));
	}
	packs_free(p);
}

Test(actor_role_check, keeps_a_misspelt_role_out_of_the_log)
{
	struct live l;
	struct ops_call call;

	live_open(&l, NULL);
	live_call(&l, LIVE_LOCAL, "POST", "/v1/actors",
	    "{\"actor\":{\"action\":\"ENROL\",\"name\":\"wang\",\"roles\":"
	    "[\"approver\",\"guardain\"],\"key\":"
	    "\"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}}",
	    &call);
	cr_expect_eq(call.status, 422u, "%s", buf_cstr(&call.out));
	cr_expect_not_null(strstr(buf_cstr(&call.out), "guardain: nothing"));
	cr_expect_not_null(strstr(buf_cstr(&call.out), "\"path\":\"$.roles\""));
	ops_call_clear(&call);
	live_close(&l);
}
