/* decide_test.c - decisions: never ALLOW on what is missing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/decide_load.h"

#include <criterion/criterion.h>
#include <string.h>

#define MIN INT64_C(60000000)
#define NOW INT64_C(1795315800000000)

#define ALLOW RECORD__DECISION__RESULT__ALLOW
#define DENY RECORD__DECISION__RESULT__DENY
#define UNSURE RECORD__DECISION__RESULT__INDETERMINATE

static uint64_t welding = 77;

struct world {
	struct decide_credential cred;
	struct decide_input in;
};

/* A presented credential with which all is well. */
static void
good(struct world *w)
{
	w->cred = (struct decide_credential){
	    .class_hash = welding,
	    .status = DECIDE_VALID,
	    .valid_from_us = NOW - 1000 * MIN,
	    .valid_to_us = NOW + 100000 * MIN,
	    .review_due_us = NOW + 50000 * MIN,
	    .presented_to_us = NOW + 40000 * MIN,
	    .status_seen_us = NOW - MIN,
	};
	w->in = (struct decide_input){
	    .holder_given = true,
	    .pack_found = true,
	    .area_checked = true,
	    .now_us = NOW,
	    .status_ttl_us = 15 * MIN,
	    .decision_us = 480 * MIN,
	    .classes = &welding,
	    .classes_len = 1,
	    .creds = &w->cred,
	    .creds_len = 1,
	};
}

static void
expect(const struct world *w, Record__Decision__Result result, const char *code)
{
	struct decide_answer a;
	bool found = code == NULL;

	decide_answer(&a, &w->in);
	cr_assert_eq(a.result, result, "%s", code != NULL ? code : "");
	for (size_t i = 0; i < a.reasons.len; i++)
		found = found || strcmp(a.reasons.at[i]->code, code) == 0;
	cr_assert(found, "%s is not among the reasons", code);
	if (result != ALLOW)
		cr_assert_eq(a.expires_us, 0);
}

Test(decide_answer, allows_when_everything_is_known_and_good)
{
	struct world w;
	struct decide_answer a;

	good(&w);
	expect(&w, ALLOW, NULL);
	decide_answer(&a, &w.in);
	cr_assert_eq(
	    a.expires_us, NOW + 14 * MIN, "no longer than the status is fresh");
	w.cred.own = true;
	decide_answer(&a, &w.in);
	cr_assert_eq(a.expires_us, NOW + 480 * MIN);
	w.cred.valid_to_us = NOW + 3;
	decide_answer(&a, &w.in);
	cr_assert_eq(a.expires_us, NOW + 3);
}

Test(decide_doubt, lets_no_answer_stand_that_another_time_would_change)
{
	struct world w;
	struct decide_answer a;

	good(&w);
	decide_answer(&a, &w.in);
	decide_doubt(&a, &w.in, NOW, NOW + 10 * MIN);
	cr_assert_eq(a.result, ALLOW, "true at both ends, and until then");
	cr_assert_leq(a.expires_us, NOW + 14 * MIN);
	decide_doubt(&a, &w.in, NOW, NOW + 14 * MIN + 1);
	cr_assert_eq(a.result, UNSURE);
	cr_assert_str_eq(a.reasons.at[0]->code, "CLOCK_UNCERTAIN");
	cr_assert_eq(a.expires_us, 0);
	cr_assert_null(a.used);
	decide_answer(&a, &w.in);
	decide_doubt(&a, &w.in, NOW - 1001 * MIN, NOW);
	cr_assert_eq(a.result, UNSURE, "it was not valid then");
	w.in.now_us = NOW + 200000 * MIN;
	decide_answer(&a, &w.in);
	cr_assert_eq(a.result, DENY, "expired");
	decide_doubt(&a, &w.in, NOW, w.in.now_us);
	cr_assert_eq(a.result, UNSURE);
	w.in.area_alarm = true;
	w.in.now_us = NOW;
	decide_answer(&a, &w.in);
	decide_doubt(&a, &w.in, NOW - 1001 * MIN, NOW + 200000 * MIN);
	cr_assert_eq(a.result, DENY, "an alarm stops at any time");
}

Test(decide_answer, never_allows_on_nothing)
{
	struct decide_input nothing = {0};
	struct decide_answer a;

	decide_answer(&a, &nothing);
	cr_assert_eq(a.result, UNSURE);
	cr_assert_gt(a.reasons.len, 0);
}

/* Each input in turn is taken away or spoiled; none may leave an ALLOW. */
Test(decide_answer, never_allows_when_one_input_is_missing_or_bad)
{
	struct world w;
	struct decide_answer a;

#define CASE(change, result, code) \
	good(&w);                  \
	change;                    \
	expect(&w, result, code)
	CASE(w.in.holder_given = false, UNSURE, "HOLDER_MISSING");
	CASE(w.in.pack_found = false, UNSURE, "PACK_MISSING");
	CASE(w.in.classes_len = 0, UNSURE, "PACK_MISSING");
	CASE(w.in.decision_us = 0, UNSURE, "PACK_MISSING");
	CASE(w.in.area_checked = false, UNSURE, "AREA_UNKNOWN");
	CASE(w.in.pack_found = w.in.area_checked = false, UNSURE,
	    "PACK_MISSING");
	decide_answer(&a, &w.in);
	cr_expect_eq(a.reasons.len, 1u, "the area is not at fault");
	CASE(w.in.area_alarm = true, DENY, "ALARM_OPEN");
	CASE(w.in.creds_len = 0, DENY, "NO_CREDENTIAL");
	CASE(w.cred.class_hash = 78, DENY, "NO_CREDENTIAL");
	CASE(w.cred.class_hash = 0, DENY, "NO_CREDENTIAL");
	CASE(w.cred.status = DECIDE_UNKNOWN, UNSURE, "CREDENTIAL_UNKNOWN");
	CASE(w.cred.status = DECIDE_SUSPENDED, DENY, "CREDENTIAL_SUSPENDED");
	CASE(w.cred.status = DECIDE_REVOKED, DENY, "CREDENTIAL_REVOKED");
	CASE(w.cred.status = DECIDE_LAPSED, DENY, "REVIEW_OVERDUE");
	CASE(w.cred.valid_to_us = 0, UNSURE, "CREDENTIAL_INCOMPLETE");
	CASE(w.cred.valid_to_us = NOW, DENY, "CREDENTIAL_EXPIRED");
	CASE(w.cred.valid_from_us = NOW + 1, DENY, "CREDENTIAL_NOT_YET");
	CASE(w.cred.review_due_us = NOW - 1, DENY, "REVIEW_OVERDUE");
	CASE(w.cred.presented_to_us = 0, DENY, "PRESENTATION_EXPIRED");
	CASE(w.cred.presented_to_us = NOW, DENY, "PRESENTATION_EXPIRED");
	CASE(w.cred.status_seen_us = 0, UNSURE, "STATUS_STALE");
	CASE(w.cred.status_seen_us = NOW - 16 * MIN, UNSURE, "STATUS_STALE");
	CASE(w.cred.status_seen_us = NOW + 60 * MIN, UNSURE, "STATUS_STALE");
	CASE(w.in.status_ttl_us = 0, UNSURE, "STATUS_STALE");
#undef CASE
}

Test(decide_answer, uses_the_good_credential_beside_a_bad_one)
{
	struct world w;
	struct decide_credential two[2];
	struct decide_answer a;

	good(&w);
	two[0] = w.cred;
	two[0].status = DECIDE_REVOKED;
	two[1] = w.cred;
	w.in.creds = two;
	w.in.creds_len = 2;
	decide_answer(&a, &w.in);
	cr_assert_eq(a.result, ALLOW);
	cr_assert_eq(a.used, &two[1]);
}

Test(decide_answer, does_not_revive_what_had_ended_when_a_clock_is_set_back)
{
	struct world w;

	good(&w);
	w.in.recorded_us = NOW + MIN;
	expect(&w, ALLOW, NULL);
	w.cred.valid_to_us = NOW + MIN;
	expect(&w, DENY, "CREDENTIAL_EXPIRED");
	good(&w);
	w.in.recorded_us = NOW + MIN;
	w.cred.presented_to_us = NOW + MIN;
	expect(&w, DENY, "PRESENTATION_EXPIRED");
}

Test(decide_stops, all_kinds_but_those_known_to_be_of_another_nature)
{
	static const char *const stop[] = {
	    " GAS", "fire", "combustible", "可燃气体", "gas-leak"};
	static const char *const quiet[] = {"process", "Equipment ", "system"};
	char gas[] = "gas", fire[] = "Fire";
	char *kinds[] = {gas, fire};
	Pack__Work w = PACK__WORK__INIT;
	struct digest_hmac mac;
	struct decide_quiet q;

	digest_hmac_key(&mac, bytes_str("key"));
	w.alarm_kinds = kinds;
	w.n_alarm_kinds = 2;
	decide_quiet(&q, &mac, &w);
	for (size_t i = 0; i < sizeof stop / sizeof stop[0]; i++)
		cr_expect(decide_stops(&q, fold_hash(&mac, FOLD_TYPE, stop[i])),
		    "%s", stop[i]);
	for (size_t i = 0; i < sizeof quiet / sizeof quiet[0]; i++)
		cr_expect_not(
		    decide_stops(&q, fold_hash(&mac, FOLD_TYPE, quiet[i])),
		    "%s", quiet[i]);
}
