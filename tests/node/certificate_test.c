/* certificate_test.c - certificates: what may follow what. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/certificate.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "node/domain/credential_pack.h"
#include "node/domain/packs.h"
#include "node/domain/term.h"
#include "node/packs_file.h"

#define A(name) RECORD__CERTIFICATE__ACTION__##name
#define NOW INT64_C(1795315800000000) /* 2026-11-22T02:50:00Z */
#define DAY TERM_DAY_US
#define CHINA 480

struct office {
	struct packs *packs;
	Record__Certificate msg;
	struct row row;
	struct certificate_event e;
	char class[16];
	char holder[8];
};

/* A valid welder's certificate, issued a year ago, who worked yesterday. */
static void
begin(struct office *o)
{
	memset(o, 0, sizeof *o);
	cr_assert_eq(packs_open(&o->packs, NULL, NULL), ERR_OK);
	(void)snprintf(o->class, sizeof o->class, "welding");
	(void)snprintf(o->holder, sizeof o->holder, "w-1");
	record__certificate__init(&o->msg);
	o->msg.holder = o->holder;
	o->msg.class_ = o->class;
	o->row = (struct row){
	    .kind = LEDGER__KIND__CERTIFICATE,
	    .state = ROW_VALID,
	    .from_us = term_after(NOW, -12, CHINA),
	    .to_us = term_after(NOW, 60, CHINA),
	    .start_us = NOW - DAY,
	};
	o->e = (struct certificate_event){
	    .row = &o->row,
	    .msg = &o->msg,
	    .pack = packs_credentials(o->packs, NOW),
	    .occurred_us = NOW,
	};
	o->e.class = credential_pack_class(o->e.pack, o->class);
}

static void
expect(struct office *o, Record__Certificate__Action action, const char *code)
{
	struct rule_verdict v;

	o->msg.has_action = true;
	o->msg.action = action;
	v = certificate_check(&o->e);
	if (code == NULL) {
		cr_assert_not(
		    v.refused, "%s", v.rule != NULL ? v.rule->code : "refused");
		cr_assert_eq(v.outcome, LEDGER__OUTCOME__APPLIED);
		return;
	}
	cr_assert_not_null(v.rule, "%s was not refused", code);
	cr_assert_str_eq(v.rule->code, code);
	cr_assert_eq(v.refused, !o->e.late);
}

Test(certificate_check, allows_only_what_the_state_allows)
{
	static const struct {
		uint8_t state; /* 0: no record */
		Record__Certificate__Action action;
		bool ok;
	} rows[] = {
	    {0, A(ISSUE), true},
	    {0, A(SUSPEND), false},
	    {0, A(WORKED), false},
	    {ROW_VALID, A(ISSUE), false},
	    {ROW_VALID, A(SUSPEND), true},
	    {ROW_VALID, A(REINSTATE), false},
	    {ROW_VALID, A(REVIEW), true},
	    {ROW_VALID, A(REVOKE), true},
	    {ROW_VALID, A(CANCEL), true},
	    {ROW_VALID, A(WORKED), true},
	    {ROW_VALID, A(RETEST), true},
	    {ROW_VALID, A(PUBLISH), false}, /* only the node itself */
	    {ROW_VALID, A(ACTION_UNSPECIFIED), false},
	    {ROW_CERT_SUSPENDED, A(REINSTATE), true},
	    {ROW_CERT_SUSPENDED, A(SUSPEND), false},
	    {ROW_CERT_SUSPENDED, A(REVOKE), true},
	    /* order 30 art. 30, 31: for good */
	    {ROW_REVOKED, A(REINSTATE), false},
	    {ROW_REVOKED, A(REVIEW), false},
	    {ROW_REVOKED, A(RETEST), false},
	    {ROW_REVOKED, A(REVOKE), false},
	    {ROW_CERT_CANCELLED, A(REINSTATE), false},
	    {ROW_CERT_CANCELLED, A(SUSPEND), false},
	};
	struct office o;

	begin(&o);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		o.row.state = rows[i].state;
		o.e.row = rows[i].state != 0 ? &o.row : NULL;
		o.msg.action = rows[i].action;
		o.msg.valid_from_at = NOW;
		o.msg.valid_to_at = NOW + DAY;
		o.msg.has_valid_from_at = o.msg.has_valid_to_at =
		    rows[i].action == A(ISSUE);
		cr_assert_eq(
		    certificate_check(&o.e).refused, !rows[i].ok, "row %zu", i);
	}
	packs_free(o.packs);
}

/* Order 30 art. 19, 21: six years, review every three, a day of slack. */
Test(certificate_check, issues_within_the_terms_of_a_known_class)
{
	struct office o;

	begin(&o);
	o.e.row = NULL;
	o.msg.valid_from_at = NOW;
	expect(&o, A(ISSUE), "CERT_WINDOW");
	o.msg.has_valid_to_at = true;
	o.msg.valid_to_at = NOW;
	expect(&o, A(ISSUE), "CERT_WINDOW");
	o.msg.valid_to_at = term_after(NOW, 72, CHINA);
	expect(&o, A(ISSUE), NULL);
	o.msg.valid_to_at += DAY;
	expect(&o, A(ISSUE), NULL);
	o.msg.valid_to_at += 1;
	expect(&o, A(ISSUE), "CERT_TOO_LONG");
	o.msg.valid_to_at -= DAY;
	o.msg.has_review_due_at = true;
	o.msg.review_due_at = term_after(NOW, 36, CHINA) + DAY;
	expect(&o, A(ISSUE), NULL);
	o.msg.review_due_at += 1;
	expect(&o, A(ISSUE), "CERT_REVIEW_LATE");
	o.msg.review_due_at = 0;
	o.msg.has_review_due_at = false;
	o.e.class = NULL;
	expect(&o, A(ISSUE), "CLASS_UNKNOWN");
	o.e.pack = NULL;
	expect(&o, A(ISSUE), "CLASS_UNKNOWN");
	o.msg.class_ = NULL;
	expect(&o, A(ISSUE), "FIELD_MISSING");
	packs_free(o.packs);
}

/* Trap 13, order 30 art. 26: what was not reviewed in time has lapsed, and a
 * review after that does not bring it back. */
Test(certificate_check, takes_no_review_after_the_lapse)
{
	struct office o;
	int64_t due;
	char code[] = "LONG_REVIEW";

	begin(&o);
	due = term_after(o.row.from_us, 36, CHINA);
	o.e.occurred_us = due - DAY;
	expect(&o, A(REVIEW), NULL);
	o.e.occurred_us = due;
	expect(&o, A(REVIEW), NULL);
	o.e.occurred_us = due + 1;
	expect(&o, A(REVIEW), "CERT_LAPSED");
	o.e.late = true;
	expect(&o, A(REVIEW), "CERT_LAPSED");
	o.e.late = false;
	o.row.mark_us = NOW + 30 * DAY; /* a stated date counts as stated */
	o.e.occurred_us = o.row.mark_us + 1;
	expect(&o, A(REVIEW), "CERT_LAPSED");
	o.e.occurred_us = o.row.mark_us;
	o.msg.has_review_due_at = true;
	o.msg.review_due_at = term_after(o.e.occurred_us, 48, CHINA);
	expect(&o, A(REVIEW), "CERT_REVIEW_LATE");
	o.msg.reason_code = code;
	expect(&o, A(REVIEW), NULL);
	o.row.to_us = o.e.occurred_us;
	expect(&o, A(REVIEW), "CERT_LAPSED");
	packs_free(o.packs);
}

/* Trap 13, order 30 art. 32: months off are not ended by a word of the
 * employer; a re-test ends them. */
Test(certificate_check, wants_a_re_test_after_six_months_off)
{
	struct office o;
	int64_t end;

	begin(&o);
	end = term_after(o.row.start_us, 6, CHINA);
	o.e.occurred_us = end - 1;
	expect(&o, A(WORKED), NULL);
	o.e.occurred_us = end;
	expect(&o, A(WORKED), "IDLE_TOO_LONG");
	expect(&o, A(RETEST), NULL);
	o.msg.has_last_worked_at = true;
	o.msg.last_worked_at = end - 1;
	expect(&o, A(WORKED), NULL);
	o.msg.last_worked_at = o.e.occurred_us + 1;
	expect(&o, A(WORKED), "TIME_FUTURE");
	/* Nothing known yet: the employer's record begins it. */
	o.row.start_us = 0;
	o.msg.last_worked_at = o.e.occurred_us;
	expect(&o, A(WORKED), NULL);
	packs_free(o.packs);
}

/* Trap 20: what lets work go on is not taken late; what stops it always is. */
Test(certificate_check, never_loosens_on_what_was_signed_before_the_last_event)
{
	struct office o;
	char code[] = "NO_SUCH_REASON";

	begin(&o);
	o.row.state = ROW_CERT_SUSPENDED;
	o.row.changed_us = NOW;
	expect(&o, A(REINSTATE), NULL);
	o.e.occurred_us = NOW - 1;
	expect(&o, A(REINSTATE), "SEQ_STALE");
	o.e.late = true;
	expect(&o, A(REINSTATE), "SEQ_STALE");
	o.e.late = false;
	o.e.occurred_us = NOW;
	o.e.stale = true;
	expect(&o, A(REINSTATE), "SEQ_STALE");
	expect(&o, A(RETEST), "SEQ_STALE");
	o.row.state = ROW_VALID;
	expect(&o, A(SUSPEND), NULL);
	expect(&o, A(REVOKE), NULL);
	o.e.stale = false;
	o.msg.reason_code = code;
	expect(&o, A(REVIEW), "CERT_REASON");
	o.msg.action = A(SUSPEND);
	cr_assert_not(certificate_check(&o.e).refused,
	    "it is suspended, and says that the reason is none");
	packs_free(o.packs);
}

/* Only an issue and a review have terms to check a date against. */
Test(certificate_check, takes_dates_from_an_issue_or_a_review_alone)
{
	static const Record__Certificate__Action rows[] = {
	    A(WORKED), A(RETEST), A(REINSTATE), A(SUSPEND), A(REVOKE)};
	struct office o;

	begin(&o);
	o.msg.has_valid_to_at = o.msg.has_review_due_at = true;
	o.msg.valid_to_at = o.msg.review_due_at = NOW + 30000 * DAY;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct row after = o.row;

		after.to_us = NOW - DAY;
		after.mark_us = NOW - DAY;
		o.msg.action = rows[i];
		certificate_fold(&after, &o.msg, NOW);
		cr_assert_eq(after.to_us, NOW - DAY, "%d", (int)rows[i]);
		cr_assert_eq(after.mark_us, NOW - DAY, "%d", (int)rows[i]);
	}
	expect(&o, A(WORKED), "FIELD_RANGE");
	expect(&o, A(RETEST), "FIELD_RANGE");
	o.row.state = ROW_CERT_SUSPENDED;
	expect(&o, A(REINSTATE), "FIELD_RANGE");
	/* To stop it is never refused over that. */
	expect(&o, A(REVOKE), NULL);
	packs_free(o.packs);
}

Test(certificate_terms, derive_what_nobody_stated)
{
	struct office o;
	struct certificate_facts f = {
	    .valid_from_us = NOW, .valid_to_us = term_after(NOW, 72, CHINA)};
	struct certificate_terms t;

	begin(&o);
	t = certificate_terms(o.e.class, CHINA, &f);
	cr_expect_eq(t.review_due_us, term_after(NOW, 36, CHINA));
	cr_expect_eq(t.idle_until_us, term_after(NOW, 6, CHINA));
	cr_expect(t.idle_unknown);
	cr_expect_eq(t.end_us, t.idle_until_us);
	f.reviewed_us = term_after(NOW, 35, CHINA);
	f.worked_us = f.reviewed_us;
	t = certificate_terms(o.e.class, CHINA, &f);
	cr_expect_eq(t.review_due_us, term_after(f.reviewed_us, 36, CHINA));
	cr_expect_eq(t.idle_until_us, term_after(f.worked_us, 6, CHINA));
	cr_expect_not(t.idle_unknown);
	f.review_due_us = NOW + 3;
	t = certificate_terms(o.e.class, CHINA, &f);
	cr_expect_eq(t.end_us, NOW + 3);
	t = certificate_terms(NULL, CHINA, &f);
	cr_expect_eq(t.idle_until_us, 0, "no terms but those stated");
	packs_free(o.packs);
}

Test(certificate_fold, remembers_reviews_and_work)
{
	struct row r = {.state = ROW_VALID, .mark_us = 7, .start_us = 50};
	Record__Certificate m = RECORD__CERTIFICATE__INIT;

	m.action = A(WORKED);
	m.has_last_worked_at = true;
	m.last_worked_at = 40;
	certificate_fold(&r, &m, 100);
	cr_expect_eq(r.start_us, 50, "older work changes nothing");
	m.action = A(RETEST);
	certificate_fold(&r, &m, 100);
	cr_expect_eq(r.start_us, 100);
	m.action = A(REVIEW);
	certificate_fold(&r, &m, 120);
	cr_expect_eq(r.stop_us, 120);
	cr_expect_eq(r.mark_us, 0, "the next one is due by the class");
	m.action = A(CANCEL);
	certificate_fold(&r, &m, 130);
	cr_expect_eq(r.state, ROW_CERT_CANCELLED);
}
