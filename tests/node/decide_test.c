/* decide_test.c - decisions: never ALLOW on what is missing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/decide_load.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/certificate.h"
#include "node/domain/credential_pack.h"
#include "node/domain/term.h"
#include "tests/support/chance.h"

#define MIN INT64_C(60000000)
#define NOW INT64_C(1795315800000000)

#define ALLOW RECORD__DECISION__RESULT__ALLOW
#define DENY RECORD__DECISION__RESULT__DENY
#define UNSURE RECORD__DECISION__RESULT__INDETERMINATE
#define LACK(name) RECORD__DECISION_FACTS__NEED__LACK__##name

#define WELDING 77

struct world {
	struct decide_credential cred;
	struct decide_need need;
	struct decide_input in;
};

/* A presented credential with which all is well. */
static void
good(struct world *w)
{
	w->cred = (struct decide_credential){
	    .class_hash = WELDING,
	    .class_known = true,
	    .idle_until_us = NOW + 60000 * MIN,
	    .status = DECIDE_VALID,
	    .valid_from_us = NOW - 1000 * MIN,
	    .valid_to_us = NOW + 100000 * MIN,
	    .review_due_us = NOW + 50000 * MIN,
	    .presented_to_us = NOW + 40000 * MIN,
	    .status_seen_us = NOW - MIN,
	};
	w->need = (struct decide_need){.classes = {WELDING}, .classes_len = 1};
	w->in = (struct decide_input){
	    .holder_given = true,
	    .pack_found = true,
	    .level_known = true,
	    .person_checked = true,
	    .area_checked = true,
	    .now_us = NOW,
	    .status_ttl_us = 15 * MIN,
	    .decision_us = 480 * MIN,
	    .needs = &w->need,
	    .needs_len = 1,
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
	CASE(w.in.needs_len = 0, UNSURE, "PACK_MISSING");
	CASE(w.need.classes_len = 0, DENY, "NO_CREDENTIAL");
	CASE(w.in.level_known = false, UNSURE, "LEVEL_UNKNOWN");
	CASE(w.in.person_checked = false, UNSURE, "PERSON_UNCHECKED");
	CASE(w.in.working_elsewhere = true, DENY, "WORKING_ELSEWHERE");
	CASE(w.in.violation_open = true, DENY, "VIOLATION_OPEN");
	CASE(w.in.score_open = true, DENY, "SCORE_HIGH");
	CASE(w.in.creds_cut = true, UNSURE, "CREDENTIALS_MANY");
	CASE(w.in.identity_ttl_us = 1, UNSURE, "IDENTITY_MISSING");
	CASE(w.in.identity_ttl_us = MIN;
	     w.in.identity_us = NOW - MIN - 1, UNSURE, "IDENTITY_STALE");
	CASE(w.in.identity_ttl_us = MIN;
	     w.in.identity_us = NOW + 6 * MIN, UNSURE, "IDENTITY_STALE");
	CASE(w.cred.status = DECIDE_CANCELLED, DENY, "CREDENTIAL_CANCELLED");
	CASE(w.cred.class_known = false, UNSURE, "CLASS_UNKNOWN");
	CASE(w.cred.idle_until_us = NOW, DENY, "IDLE_TOO_LONG");
	CASE(w.cred.idle_until_us = NOW;
	     w.cred.idle_unknown = true, UNSURE, "IDLE_UNKNOWN");
	CASE(w.cred.elsewhere = true, DENY, "CREDENTIAL_AREA");
	CASE(w.cred.untrusted = true, DENY, "ISSUER_UNTRUSTED");
	CASE(w.cred.company = 1, DENY, "NO_CREDENTIAL");
	CASE(w.cred.of_company = true, DENY, "NO_CREDENTIAL");
	CASE(w.in.decision_us = 0, UNSURE, "PACK_MISSING");
	CASE(w.in.area_checked = false, UNSURE, "AREA_UNKNOWN");
	CASE(w.in.pack_found = w.in.area_checked = w.in.level_known = false,
	    UNSURE, "PACK_MISSING");
	decide_answer(&a, &w.in);
	cr_expect_eq(a.reasons.len, 1u, "the area is not at fault");
	CASE(w.in.area_alarm = true, DENY, "ALARM_OPEN");
	CASE(w.in.area_lost = true, UNSURE, "ALARM_LOST");
	CASE(w.in.person_lost = true, UNSURE, "PERSON_LOST");
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

/* What the lack of a record means is the pack's; it is never silent. */
Test(decide_answer, says_what_the_lack_of_a_record_means)
{
	static const struct {
		Record__DecisionFacts__Need__Lack lack;
		Record__Decision__Result result;
		const char *code;
	} rows[] = {
	    {LACK(LACK_UNSPECIFIED), DENY, "NO_CREDENTIAL"},
	    {LACK(DENY), DENY, "HEALTH_UNRECORDED"},
	    {LACK(INDETERMINATE), UNSURE, "HEALTH_UNRECORDED"},
	    {LACK(WARN), ALLOW, "HEALTH_UNRECORDED"},
	    {LACK(NOTHING), ALLOW, NULL},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct decide_need needs[2];
		struct world w;

		good(&w);
		needs[0] = w.need;
		needs[1] = (struct decide_need){.classes = {5},
		    .classes_len = 1,
		    .lack = rows[i].lack,
		    .lack_rule =
		        i > 0 ? rule_get(RULE_HEALTH_UNRECORDED) : NULL};
		w.in.needs = needs;
		w.in.needs_len = 2;
		expect(&w, rows[i].result, rows[i].code);
	}
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

/* Not only the first: whoever is refused mends all of it at once. */
Test(decide_answer, gives_every_reason_once)
{
	static const char *const want[] = {"LEVEL_UNKNOWN", "ALARM_OPEN",
	    "VIOLATION_OPEN", "CREDENTIAL_SUSPENDED", "CREDENTIAL_EXPIRED",
	    "REVIEW_OVERDUE", "IDLE_TOO_LONG", "STATUS_STALE"};
	struct world w;
	struct decide_answer a;

	good(&w);
	w.in.level_known = false;
	w.in.area_alarm = w.in.violation_open = true;
	w.cred.status = DECIDE_SUSPENDED;
	w.cred.valid_to_us = w.cred.review_due_us = NOW - 1;
	w.cred.idle_until_us = NOW;
	w.cred.status_seen_us = 0;
	decide_answer(&a, &w.in);
	cr_assert_eq(a.result, DENY);
	cr_assert_eq(a.reasons.len, sizeof want / sizeof want[0]);
	for (size_t i = 0; i < a.reasons.len; i++)
		cr_expect_str_eq(a.reasons.at[i]->code, want[i]);
}

/* Order 30 has one line each; every side of it, and the line itself. */
Test(decide_answer, holds_each_limit_to_the_microsecond)
{
	const struct {
		size_t at; /* offset of the date in the credential */
		int64_t last; /* newest date on which it no longer holds */
		const char *code;
	} rows[] = {
	    {offsetof(struct decide_credential, valid_to_us), NOW,
	        "CREDENTIAL_EXPIRED"},
	    {offsetof(struct decide_credential, review_due_us), NOW - 1,
	        "REVIEW_OVERDUE"}, /* trap 13, order 30 art. 26 */
	    {offsetof(struct decide_credential, idle_until_us), NOW,
	        "IDLE_TOO_LONG"}, /* trap 13, order 30 art. 32 */
	    {offsetof(struct decide_credential, presented_to_us), NOW,
	        "PRESENTATION_EXPIRED"},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		for (int64_t d = -TERM_DAY_US; d <= TERM_DAY_US;
		     d += d == -TERM_DAY_US || d == 1 ? TERM_DAY_US - 1 : 1) {
			struct world w;
			int64_t date = rows[i].last + d;

			good(&w);
			memcpy(
			    (char *)&w.cred + rows[i].at, &date, sizeof date);
			if (d <= 0)
				expect(&w, DENY, rows[i].code);
			else
				expect(&w, ALLOW, NULL);
		}
	}
}

/* GB 30871-2022 4.9: a contraindication counts, whatever else is shown. */
Test(decide_answer, is_denied_by_what_is_suspended_beside_a_good_one)
{
	struct decide_credential two[3];
	struct decide_need needs[2];
	struct world w;

	good(&w);
	two[0] = two[1] = two[2] = w.cred;
	two[1].class_hash = two[2].class_hash = 5;
	two[1].status = DECIDE_SUSPENDED;
	needs[0] = w.need;
	needs[1] = (struct decide_need){
	    .classes = {5}, .classes_len = 1, .lack = LACK(NOTHING)};
	w.in.needs = needs;
	w.in.needs_len = 2;
	w.in.creds = two;
	w.in.creds_len = 1;
	expect(&w, ALLOW, NULL);
	w.in.creds_len = 2;
	expect(&w, DENY, "CREDENTIAL_SUSPENDED");
	w.in.creds_len = 3;
	expect(&w, DENY, "CREDENTIAL_SUSPENDED");
	two[1].status = DECIDE_CANCELLED;
	expect(&w, ALLOW, NULL);
	w.in.creds_len = 2;
	expect(&w, DENY, "CREDENTIAL_CANCELLED");
	two[1].status = DECIDE_UNKNOWN;
	expect(&w, UNSURE, "CREDENTIAL_UNKNOWN");
	needs[1].lack = LACK(DENY);
	w.in.creds_len = 1;
	expect(&w, DENY, "NO_CREDENTIAL");
}

/* ---- against a slow and obvious model ---- */

static int64_t
near_now(struct chance *c)
{
	static const int64_t at[] = {0, NOW - 40 * MIN, NOW - 15 * MIN - 1,
	    NOW - 15 * MIN, NOW - MIN, NOW - 1, NOW, NOW + 1, NOW + MIN,
	    NOW + 5 * MIN, NOW + 5 * MIN + 1, NOW + 40 * MIN};

	return at[chance_below(c, sizeof at / sizeof at[0])];
}

/* Mostly good, so that an ALLOW is not rare. */
static bool
mostly(struct chance *c)
{
	return chance_below(c, 12) != 0;
}

static struct decide_credential
any_credential(struct chance *c)
{
	struct world w;

	good(&w);
	w.cred.class_hash = mostly(c) ? WELDING : chance_below(c, 3);
	if (!mostly(c))
		w.cred.status = (unsigned)chance_below(c, 6);
	int64_t *dates[] = {&w.cred.valid_from_us, &w.cred.valid_to_us,
	    &w.cred.review_due_us, &w.cred.presented_to_us,
	    &w.cred.status_seen_us, &w.cred.idle_until_us};
	for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
		if (!mostly(c))
			*dates[i] = near_now(c);
	}
	w.cred.idle_unknown = !mostly(c);
	w.cred.class_known = mostly(c);
	w.cred.elsewhere = !mostly(c);
	w.cred.own = !mostly(c);
	w.cred.of_company = !mostly(c);
	return w.cred;
}

static bool
credential_good(
    const struct decide_input *in, const struct decide_credential *c)
{
	int64_t t = in->now_us;
	int64_t late = t < in->recorded_us ? in->recorded_us : t;

	if (c->status != DECIDE_VALID || !c->class_known || c->elsewhere)
		return false;
	if (c->valid_from_us > t || c->valid_to_us <= late)
		return false;
	if (c->review_due_us != 0 && c->review_due_us < late)
		return false;
	if (c->idle_until_us != 0 && c->idle_until_us <= late)
		return false;
	if (c->own)
		return true;
	return c->presented_to_us > late && in->status_ttl_us > 0 &&
	    c->status_seen_us > 0 && c->status_seen_us <= t + 5 * MIN &&
	    t - c->status_seen_us <= in->status_ttl_us;
}

static bool
need_met(const struct decide_input *in, const struct decide_need *n)
{
	bool one_good = false;
	bool any = false;

	for (size_t i = 0; i < in->creds_len; i++) {
		const struct decide_credential *c = &in->creds[i];
		bool fits = false;

		for (size_t k = 0; k < n->classes_len; k++)
			fits = fits || n->classes[k] == c->class_hash;
		if (!fits || c->class_hash == 0 ||
		    c->of_company != n->of_company)
			continue;
		any = true;
		if (c->status == DECIDE_SUSPENDED)
			return false;
		one_good = one_good || credential_good(in, c);
	}
	return one_good ||
	    (!any && (n->lack == LACK(NOTHING) || n->lack == LACK(WARN)));
}

static bool
model_allows(const struct decide_input *in)
{
	bool ok = in->holder_given && in->pack_found && in->level_known &&
	    in->area_checked && in->person_checked && !in->area_alarm &&
	    !in->working_elsewhere && !in->violation_open && !in->creds_cut &&
	    !in->score_open && in->needs_len > 0 && in->decision_us > 0;

	if (in->identity_ttl_us > 0 &&
	    (in->identity_us <= 0 || in->identity_us > in->now_us + 5 * MIN ||
	        in->now_us - in->identity_us > in->identity_ttl_us))
		ok = false;
	for (size_t i = 0; i < in->needs_len; i++)
		ok = ok && need_met(in, &in->needs[i]);
	return ok;
}

static void
any_input(struct chance *c, struct decide_input *in,
    struct decide_credential *creds, struct decide_need *needs)
{
	struct world w;

	good(&w);
	*in = w.in;
	in->holder_given = mostly(c);
	in->pack_found = mostly(c);
	in->level_known = mostly(c);
	in->area_checked = mostly(c);
	in->person_checked = mostly(c);
	in->area_alarm = !mostly(c);
	in->working_elsewhere = !mostly(c);
	in->violation_open = !mostly(c);
	in->score_open = !mostly(c);
	in->creds_cut = !mostly(c);
	if (!mostly(c))
		in->recorded_us = near_now(c);
	if (!mostly(c))
		in->status_ttl_us = 0;
	if (!mostly(c))
		in->decision_us = 0;
	if (!mostly(c))
		in->identity_ttl_us = 15 * MIN;
	in->identity_us = near_now(c);
	in->creds = creds;
	in->creds_len = chance_below(c, 5);
	for (size_t i = 0; i < in->creds_len; i++)
		creds[i] = any_credential(c);
	in->needs = needs;
	in->needs_len = mostly(c) ? 1 + chance_below(c, 3) : 0;
	for (size_t i = 0; i < in->needs_len; i++)
		needs[i] = (struct decide_need){
		    .classes = {i == 0 ? WELDING : chance_below(c, 3), WELDING},
		    .classes_len = i == 0 || mostly(c) ? 1 + (i > 0) : 0,
		    .lack = (Record__DecisionFacts__Need__Lack)(i == 0
		            ? 0
		            : chance_below(c, 5)),
		    .of_company = !mostly(c),
		};
}

static unsigned allowed;

static bool
grounds(const struct decide_answer *a)
{
	for (size_t i = 0; i < a->reasons.len; i++) {
		if (a->reasons.at[i] != rule_get(RULE_CREDENTIAL_NOT_KEPT))
			return true;
	}
	return false;
}

static void
as_the_model(struct chance *c)
{
	struct decide_credential creds[5];
	struct decide_need needs[4];
	struct decide_input in;
	struct decide_answer a;

	any_input(c, &in, creds, needs);
	decide_answer(&a, &in);
	chance_holds(c, (a.result == ALLOW) == model_allows(&in));
	/* What nobody keeps stands beside an ALLOW and is no reason against. */
	chance_holds(c, grounds(&a) == (a.result != ALLOW));
	chance_holds(c, (a.expires_us != 0) == (a.result == ALLOW));
	if (a.result != ALLOW)
		return;
	allowed++;
	/* As long as it says it would be allowed again. */
	chance_holds(c, a.expires_us >= in.now_us);
	if (a.expires_us > in.now_us)
		in.now_us = a.expires_us - 1;
	chance_holds(c, model_allows(&in));
}

Test(decide_answer, allows_what_the_obvious_model_allows_and_nothing_else)
{
	chance_each(200000, as_the_model);
	if (getenv("CHANCE_CASES") == NULL)
		cr_assert_gt(allowed, 2000u, "%u", allowed);
}
