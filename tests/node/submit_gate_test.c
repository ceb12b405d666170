/* submit_gate_test.c - codes for gates, and who is let in by one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_gate.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cards.h"
#include "tests/support/packed.h"
#include "tests/support/pair.h"

static char holder[] = PAIR_HOLDER;
static char work[] = PAIR_WORK;
static char area[] = PAIR_AREA;

#define ALLOW RECORD__DECISION__RESULT__ALLOW
#define DENY RECORD__DECISION__RESULT__DENY
#define UNSURE RECORD__DECISION__RESULT__INDETERMINATE

static char *
code_of(struct pair *p, const struct plant *at, bool badge, uint32_t minutes)
{
	Api__CodePost post = API__CODE_POST__INIT;
	struct err_why why = {.text = ""};
	Api__Code *m = NULL;
	char *text;

	post.holder = holder;
	post.verifier = at->site->name;
	post.has_badge = post.badge = badge;
	post.has_minutes = true;
	post.minutes = minutes;
	cr_assert_eq(submit_gate_issue(p->partner.site, &post, &m, &why),
	    ERR_OK, "%s", why.text);
	cr_assert_str_eq(m->record_id, p->certificate);
	text = strdup(m->code);
	api__code__free_unpacked(m, NULL);
	return text;
}

/* want: the rule that refuses, or the word of the decision. */
static void
at_gate(struct plant *plant, char *code, const char *want)
{
	static const char *const words[] = {
	    "?", "ALLOW", "DENY", "INDETERMINATE"};
	Api__GatePost post = API__GATE_POST__INIT;
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(plant, w);
	struct submit_result *r;

	post.code = code;
	post.work_type = work;
	post.has_level = true;
	post.level = RECORD__PERMIT__LEVEL__LEVEL_1;
	post.area = area;
	submit_gate(&to, &post);
	r = submit_wait_for(w);
	if (r->error != ERR_OK)
		cr_assert_str_eq(r->rule != NULL ? r->rule->code : "-", want,
		    "%s", r->why.text);
	else
		cr_assert_str_eq(words[r->decision], want);
	if (r->error == ERR_OK)
		cr_assert_str_eq(r->holder, PAIR_WORKER);
	submit_result_free(r);
}

Test(submit_gate, lets_in_once_by_a_code_that_is_good)
{
	struct pair p;
	char *code;
	char *badge;
	char *other;

	pair_begin(&p);
	pair_replicate(&p);
	code = code_of(&p, &p.plant, false, 60);
	at_gate(&p.plant, code, "CODE_UNKNOWN");
	submit_result_free(pair_show(&p));
	at_gate(&p.plant, code, "ALLOW");
	at_gate(&p.plant, code, "CODE_USED");
	plant_restart(&p.plant);
	p.plant.site->peers = pair_peers(&p);
	at_gate(&p.plant, code, "CODE_USED");
	badge = code_of(&p, &p.plant, true, 60);
	at_gate(&p.plant, badge, "ALLOW");
	at_gate(&p.plant, badge, "ALLOW");
	other = code_of(&p, &p.partner, true, 60);
	at_gate(&p.plant, other, "CODE_UNKNOWN");
	/* Every character counts. */
	code[100] = code[100] == 'A' ? 'B' : 'A';
	at_gate(&p.plant, code, "CODE_INVALID");
	free(code);
	free(badge);
	free(other);
	pair_end(&p);
}

/* Cut off, it would be somebody else's. */
Test(submit_gate, lets_in_nobody_whose_reference_does_not_fit)
{
	struct pair p;
	char *code;
	char *long_one = malloc(257);

	memset(long_one, 'w', 256);
	long_one[256] = '\0';
	pair_begin(&p);
	pair_replicate(&p);
	free(p.shown->holder);
	p.shown->holder = long_one;
	submit_result_free(pair_show(&p));
	code = code_of(&p, &p.plant, false, 60);
	at_gate(&p.plant, code, "-");
	free(code);
	pair_end(&p);
}

/* Passed over, it would let the reference in without what its name did. */
Test(submit_gate, knows_nobody_by_what_is_only_stored)
{
	Api__ErasurePost post = API__ERASURE_POST__INIT;
	char reason[] = "PIPL 47";
	struct submit_wait *w = submit_wait_new();
	struct submit_result *r;
	struct submit_to to;
	struct pair p;
	char *code;

	pair_begin(&p);
	pair_replicate(&p);
	packed_law(&p.plant);
	r = pair_show(&p);
	post.has_index = true;
	post.index = r->items[0].index;
	post.reason = reason;
	submit_result_free(r);
	code = code_of(&p, &p.plant, true, 60);
	at_gate(&p.plant, code, "ALLOW");
	to = plant_to(&p.plant, w);
	submit_erasure(&to, &post);
	submit_result_free(submit_wait_for(w));
	at_gate(&p.plant, code, "ERASE_WAITS");
	free(code);
	pair_end(&p);
}

/* The bound of what the plant may believe without its issuer, and the end of
 * the code itself, to the second. */
Test(submit_gate, works_offline_as_long_as_the_status_lasts_and_no_longer)
{
	struct pair p;
	char *code;
	char *late;

	pair_begin(&p);
	pair_replicate(&p);
	submit_result_free(pair_show(&p));
	code = code_of(&p, &p.plant, true, 20);
	plant_turn(&p.plant, 15 * PLANT_MINUTE);
	at_gate(&p.plant, code, "ALLOW");
	plant_turn(&p.plant, 1);
	at_gate(&p.plant, code, "INDETERMINATE");
	p.told.seen_us = p.plant.now;
	plant_turn(&p.plant, 5 * PLANT_MINUTE - 2);
	at_gate(&p.plant, code, "ALLOW");
	plant_turn(&p.plant, 1);
	at_gate(&p.plant, code, "CODE_EXPIRED");
	/* An issuer whose clock is ahead. */
	plant_turn(&p.partner, 60 * PLANT_MINUTE);
	late = code_of(&p, &p.plant, true, 60);
	at_gate(&p.plant, late, "CODE_EXPIRED");
	free(code);
	free(late);
	pair_end(&p);
}

/* Also when other certificates would do: the code is the issuer's word for
 * that person. */
Test(submit_gate, refuses_when_the_issuer_took_back_what_it_rests_on)
{
	struct pair p;
	char own[TEXT_UUID_CHARS + 1];
	char *code;

	pair_begin(&p);
	pair_replicate(&p);
	submit_result_free(pair_show(&p));
	cards_certify(&p.plant, PAIR_WORKER, "welding", own);
	code = code_of(&p, &p.plant, true, 60);
	at_gate(&p.plant, code, "ALLOW");
	/* What is not heard of any more may have been taken back. */
	plant_turn(&p.plant, 16 * PLANT_MINUTE);
	at_gate(&p.plant, code, "STATUS_STALE");
	pair_change(&p, RECORD__CERTIFICATE__ACTION__SUSPEND);
	pair_replicate(&p);
	at_gate(&p.plant, code, "CREDENTIAL_SUSPENDED");
	pair_change(&p, RECORD__CERTIFICATE__ACTION__REINSTATE);
	pair_replicate(&p);
	at_gate(&p.plant, code, "ALLOW");
	pair_change(&p, RECORD__CERTIFICATE__ACTION__REVOKE);
	pair_replicate(&p);
	at_gate(&p.plant, code, "CREDENTIAL_REVOKED");
	free(code);
	pair_end(&p);
}
