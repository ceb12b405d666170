/* submit_credential_test.c - a partner's credential in a plant's decision. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_credential.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/log_read.h"
#include "node/domain/decide.h"
#include "node/submit_person.h"
#include "proto/text.h"
#include "tests/support/hotwork.h"
#include "tests/support/packed.h"
#include "tests/support/pair.h"

#define ALLOW RECORD__DECISION__RESULT__ALLOW
#define DENY RECORD__DECISION__RESULT__DENY
#define UNSURE RECORD__DECISION__RESULT__INDETERMINATE

Test(submit_decision, follows_the_issuer_s_log_as_far_as_it_is_held)
{
	struct pair p;
	struct submit_result *r;

	pair_begin(&p);
	pair_decide(&p, DENY, "NO_CREDENTIAL");
	r = pair_show(&p);
	cr_assert_str_eq(r->rule->code, "CREDENTIAL_UNKNOWN");
	submit_result_free(r);
	pair_replicate(&p);
	submit_result_free(pair_show(&p));
	pair_decide(&p, ALLOW, NULL);
	cr_assert_eq(p.heard_us, p.told.seen_us, "it says how fresh that is");
	plant_turn(&p.plant, 16 * PLANT_MINUTE);
	pair_decide(&p, UNSURE, "STATUS_STALE");
	cr_assert_eq(p.heard_us, p.plant.now - 16 * PLANT_MINUTE);
	pair_change(&p, RECORD__CERTIFICATE__ACTION__SUSPEND);
	pair_replicate(&p);
	pair_decide(&p, DENY, "CREDENTIAL_SUSPENDED");
	pair_change(&p, RECORD__CERTIFICATE__ACTION__REINSTATE);
	pair_replicate(&p);
	pair_decide(&p, ALLOW, NULL);
	pair_change(&p, RECORD__CERTIFICATE__ACTION__REVOKE);
	pair_replicate(&p);
	pair_decide(&p, DENY, "CREDENTIAL_REVOKED");
	pair_end(&p);
}

/* The built-in classes, and whose word this site takes on them. */
static void
trust(struct pair *p, const char *version, const char *rows)
{
	char text[PACKED_OTHER];
	char now[512];

	(void)snprintf(now, sizeof now, "  trust:\n%s  classes:\n", rows);
	packed_other(text, "credential-classes", version,
	    "2016-07-01T00:00:00+08:00", "  classes:\n", now);
	packed_activate(&p->plant, NULL, text);
}

/* Admitted to the alliance is not believed in everything. */
Test(submit_decision, takes_no_issuer_s_word_that_it_does_not_trust)
{
	struct pair p;

	pair_begin(&p);
	pair_replicate(&p);
	submit_result_free(pair_show(&p));
	pair_decide(&p, ALLOW, NULL);
	/* The issuer has left the alliance, or was shut out. */
	p.told.role = FED__ROLE__ROLE_UNSPECIFIED;
	pair_decide(&p, DENY, "ISSUER_UNTRUSTED");
	p.told.role = FED__ROLE__PARTNER;
	pair_decide(&p, ALLOW, NULL);
	trust(&p, "2026.8",
	    "    - {issuers: [other.example], families: [OPERATOR]}\n"
	    "    - {issuers: [weld.partner.example], classes: [height]}\n"
	    "    - {roles: [REGULATOR], classes: [welding]}\n");
	pair_decide(&p, DENY, "ISSUER_UNTRUSTED");
	p.told.role = FED__ROLE__REGULATOR;
	pair_decide(&p, ALLOW, NULL);
	p.told.role = FED__ROLE__PARTNER;
	trust(&p, "2026.9",
	    "    - {issuers: [weld.partner.example], classes: [Welding]}\n");
	pair_decide(&p, ALLOW, NULL);
	pair_end(&p);
}

/* However many of another were shown since, and are over as well. */
Test(submit_decision, forgets_no_suspension_behind_what_was_shown_since)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to;
	struct pair p;

	pair_begin(&p);
	pair_replicate(&p);
	submit_result_free(pair_show(&p));
	pair_change(&p, RECORD__CERTIFICATE__ACTION__SUSPEND);
	p.certificate[0] = '\0';
	pair_change(&p, RECORD__CERTIFICATE__ACTION__ISSUE);
	to = plant_to(&p.partner, w);
	submit_publish(&to, p.certificate);
	submit_result_free(submit_wait_for(w));
	pair_replicate(&p);
	for (size_t i = 0; i < 10; i++) {
		plant_turn(&p.plant, PLANT_MINUTE);
		plant_turn(&p.partner, PLANT_MINUTE);
		pair_again(&p);
	}
	plant_turn(&p.partner, INT64_C(31) * 24 * 60 * PLANT_MINUTE);
	plant_turn(&p.plant, INT64_C(31) * 24 * 60 * PLANT_MINUTE);
	pair_again(&p);
	pair_replicate(&p);
	pair_decide(&p, DENY, "CREDENTIAL_SUSPENDED");
	pair_end(&p);
}

/* Does it speak against this work that too many were shown to look at? */
static bool
are_many(struct pair *p, char *work)
{
	Api__DecisionQuery q = API__DECISION_QUERY__INIT;
	struct submit_wait *w = submit_wait_new();
	const struct submit_to to = plant_to(&p->plant, w);
	char worker[] = PAIR_WORKER, area[] = PAIR_AREA;
	struct submit_result *r;
	bool many = false;

	q.holder = worker;
	q.work_type = work;
	q.has_level = true;
	q.level = RECORD__PERMIT__LEVEL__LEVEL_1;
	q.area = area;
	submit_decision(&to, &q);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	for (size_t i = 0; i < r->rules.len; i++)
		many |= strcmp(r->rules.at[i]->code, "CREDENTIALS_MANY") == 0;
	submit_result_free(r);
	return many;
}

/* One that was shown every day fills no places that others need. */
Test(submit_decision, is_not_held_up_by_how_often_what_is_suspended_was_shown)
{
	char other[] = "confined-space";
	struct pair p;

	pair_begin(&p);
	pair_replicate(&p);
	for (size_t i = 0; i < DECIDE_CREDENTIALS_MAX + 1; i++) {
		plant_turn(&p.plant, PLANT_MINUTE);
		plant_turn(&p.partner, PLANT_MINUTE);
		pair_again(&p);
	}
	pair_change(&p, RECORD__CERTIFICATE__ACTION__SUSPEND);
	plant_turn(&p.partner, INT64_C(31) * 24 * 60 * PLANT_MINUTE);
	plant_turn(&p.plant, INT64_C(31) * 24 * 60 * PLANT_MINUTE);
	pair_replicate(&p);
	cr_assert_not(are_many(&p, other));
	pair_decide(&p, DENY, "CREDENTIAL_SUSPENDED");
	pair_end(&p);
}

/* The admission of one company is not that of another that sent him, too. */
Test(submit_decision, lets_no_company_s_admission_stand_for_another_s)
{
	char other[] = "builders";
	char id[TEXT_UUID_CHARS + 1];
	struct pair p;

	pair_begin(&p);
	pair_replicate(&p);
	submit_result_free(pair_show(&p));
	p.company = other;
	cards_certify(&p.plant, other, "contractor", NULL);
	cards_certify(&p.plant, "weld.partner.example", "contractor", id);
	pair_decide(&p, ALLOW, NULL);
	submit_result_free(hotwork_certificate(
	    &p.plant, id, RECORD__CERTIFICATE__ACTION__REVOKE));
	pair_decide(&p, DENY, "CREDENTIAL_REVOKED");
	pair_end(&p);
}

/* The issuer revokes; the plant stops on arrival, not at the next start. */
Test(submit_persons, stop_whom_another_company_s_revocation_names)
{
	struct pair p;
	struct hotwork w;

	pair_begin(&p);
	pair_replicate(&p);
	submit_result_free(pair_show(&p));
	hotwork_begin(&w, &p.plant, PAIR_WORKER);
	submit_persons(p.plant.site);
	plant_turn(&p.plant, 20 * PLANT_MINUTE);
	submit_persons(p.plant.site);
	pair_decide(&p, UNSURE, "STATUS_STALE");
	hotwork_is(&w, "IN_PROGRESS");
	pair_change(&p, RECORD__CERTIFICATE__ACTION__REVOKE);
	pair_replicate(&p);
	submit_persons(p.plant.site);
	pair_decide(&p, DENY, "CREDENTIAL_REVOKED");
	hotwork_is(&w, "SUSPENDED");
	pair_end(&p);
}

/* Order 30 art. 32 across companies: the issuer signs when the holder last
 * worked, and the plant's own permits say it too. */
Test(submit_decision, wants_to_know_when_a_foreign_holder_last_worked)
{
	struct pair p;

	pair_begin(&p);
	pair_replicate(&p);
	submit_result_free(pair_show(&p));
	plant_turn(&p.plant, INT64_C(182) * 24 * 60 * PLANT_MINUTE);
	p.told.seen_us = p.plant.now;
	pair_decide(&p, DENY, "PRESENTATION_EXPIRED");
	plant_turn(&p.partner, INT64_C(182) * 24 * 60 * PLANT_MINUTE);
	pair_again(&p);
	pair_decide(&p, UNSURE, "IDLE_UNKNOWN");
	pair_change(&p, RECORD__CERTIFICATE__ACTION__WORKED);
	pair_again(&p);
	pair_decide(&p, ALLOW, NULL);
	pair_end(&p);
}

/* A status whose body did not come may well be REVOKED. */
Test(submit_decision, does_not_allow_on_a_status_that_cannot_be_read)
{
	struct pair p;

	pair_begin(&p);
	pair_replicate(&p);
	submit_result_free(pair_show(&p));
	pair_decide(&p, ALLOW, NULL);
	pair_change(&p, RECORD__CERTIFICATE__ACTION__REVOKE);
	p.bare = true;
	pair_replicate(&p);
	pair_decide(&p, UNSURE, "CREDENTIAL_UNKNOWN");
	pair_end(&p);
}

Test(submit_presentation, is_for_one_verifier_from_a_known_issuer)
{
	struct pair p;
	struct submit_result *r;

	pair_begin(&p);
	pair_replicate(&p);
	p.told.issuer = p.plant.site; /* another key than the signer's */
	r = pair_show(&p);
	cr_assert_str_eq(r->rule->code, "ISSUER_UNKNOWN");
	submit_result_free(r);
	p.told.issuer = p.partner.site;
	p.shown->verifier[0] = 'x';
	r = pair_show(&p);
	cr_assert_str_eq(r->rule->code, "PRESENTATION_FOREIGN");
	submit_result_free(r);
	pair_end(&p);
}

/* One credential, one person: whoever is named first stays. */
Test(submit_presentation, is_accepted_for_one_holder_for_good)
{
	static const struct {
		const char *holder; /* NULL: by the reference alone */
		enum err want;
		bool again;
	} tries[] = {
	    {NULL, ERR_OK, false},
	    {"w-0017", ERR_OK, false},
	    {"w-0017", ERR_OK, true},
	    {"w-0018", ERR_CONFLICT, false},
	    {"w-0017", ERR_OK, true},
	    {NULL, ERR_OK, true},
	};
	Api__PresentPost post = API__PRESENT_POST__INIT;
	struct submit_result *r;
	struct pair p;

	pair_begin(&p);
	pair_replicate(&p);
	for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
		free(p.shown->holder);
		p.shown->holder =
		    tries[i].holder != NULL ? strdup(tries[i].holder) : NULL;
		r = pair_show(&p);
		cr_assert_eq(
		    r->error, tries[i].want, "%zu: %s", i, r->why.text);
		cr_assert_eq(r->items[0].duplicate, tries[i].again, "%zu", i);
		cr_assert(r->error == ERR_OK ||
		    strcmp(r->rule->code, "HOLDER_BOUND") == 0);
		submit_result_free(r);
	}
	/* A new presentation of the same credential is no way round. */
	record__presentation__free_unpacked(p.shown, NULL);
	p.shown = NULL;
	post.record_id = p.certificate;
	post.verifier = p.plant.site->name;
	post.has_days = true;
	post.days = 7;
	cr_assert_eq(
	    submit_present(p.partner.site, &post, &p.shown, NULL), ERR_OK);
	p.shown->holder = strdup("w-0018");
	r = pair_show(&p);
	cr_assert_eq(r->error, ERR_CONFLICT, "%s", r->why.text);
	submit_result_free(r);
	pair_end(&p);
}

/* Nothing of the person stands in what travels to the members. */
Test(submit_publish, puts_no_personal_data_on_the_alliance_log)
{
	struct pair p;
	struct store_txn *txn = NULL;
	struct buf out;
	struct site *s;

	pair_begin(&p);
	s = p.partner.site;
	buf_init(&out, 1u << 20);
	cr_assert_eq(store_read(s->own.store, &txn, NULL), ERR_OK);
	for (uint64_t i = 0; i < 2; i++)
		cr_assert_eq(log_sealed_bytes(
		                 s->own.book, txn, s->alliance, i, &out, NULL),
		    ERR_OK);
	cr_assert_null(memmem(out.ptr, out.len, "Zhang", 5));
	cr_assert_null(memmem(out.ptr, out.len, "11010519491231002X", 18));
	cr_assert_not_null(memmem(out.ptr, out.len, PAIR_CLASS, 7));
	store_abort(txn);
	buf_clear(&out);
	pair_end(&p);
}
