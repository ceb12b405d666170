/* query_past_test.c - the status then is not the status now. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_past.h"

#include <criterion/criterion.h>

#include "tests/support/hotwork.h"

struct office {
	struct plant p;
	char card[TEXT_UUID_CHARS + 1];
	int64_t began;
};

static void
change(struct office *o, Record__Certificate__Action a)
{
	struct submit_result *r;

	plant_turn(&o->p, PLANT_MINUTE);
	r = hotwork_certificate(&o->p, o->card, a);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

static void
was(struct office *o, int64_t at_us, const char *state, const char *hindsight)
{
	Api__RecordView *v =
	    plant_get(&o->p, LEDGER__KIND__CERTIFICATE, o->card);
	enum err e = query_past(v, o->p.site->packs, at_us, NULL);

	cr_assert_eq(e, state != NULL ? ERR_OK : ERR_NOT_FOUND);
	if (state != NULL) {
		cr_expect_str_eq(v->state, state);
		cr_expect_str_eq(v->hindsight_state, hindsight);
		cr_expect_eq(v->as_of_at, at_us);
	}
	api__record_view__free_unpacked(v, NULL);
}

static void
begin(struct office *o)
{
	plant_begin(&o->p, "plant-b.acme.example");
	o->began = o->p.now;
	cards_certify(&o->p, "w-1", "welding", o->card);
}

/* Trap 14: at the minute of the approval, not today. */
Test(query_past, answers_as_of_any_moment)
{
	struct office o;
	int64_t t;

	begin(&o);
	t = o.began;
	change(&o, RECORD__CERTIFICATE__ACTION__SUSPEND);
	change(&o, RECORD__CERTIFICATE__ACTION__REINSTATE);
	change(&o, RECORD__CERTIFICATE__ACTION__REVOKE);
	was(&o, t - 1, NULL, NULL);
	was(&o, t, "VALID", "VALID");
	was(&o, t + PLANT_MINUTE - 1, "VALID", "VALID");
	was(&o, t + PLANT_MINUTE, "SUSPENDED", "SUSPENDED");
	was(&o, t + 2 * PLANT_MINUTE - 1, "SUSPENDED", "SUSPENDED");
	was(&o, t + 2 * PLANT_MINUTE, "VALID", "VALID");
	was(&o, t + 3 * PLANT_MINUTE - 1, "VALID", "VALID");
	was(&o, t + 3 * PLANT_MINUTE, "REVOKED", "REVOKED");
	was(&o, t + 400 * 24 * 60 * PLANT_MINUTE, "REVOKED", "REVOKED");
	plant_end(&o.p);
}

/* What was recorded late was not known then, and shows beside it. */
Test(query_past, tells_what_was_known_from_what_is_known_now)
{
	struct office o;
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;
	int64_t noon;

	begin(&o);
	plant_turn(&o.p, 5 * PLANT_MINUTE);
	noon = o.p.now;
	plant_turn(&o.p, 5 * PLANT_MINUTE);
	c.has_action = true;
	c.action = RECORD__CERTIFICATE__ACTION__REVOKE;
	c.has_occurred_at = true;
	c.occurred_at = noon - PLANT_MINUTE;
	post.certificate = &c;
	r = plant_event(&o.p, LEDGER__KIND__CERTIFICATE, o.card, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	was(&o, noon, "VALID", "REVOKED");
	was(&o, noon - PLANT_MINUTE - 1, "VALID", "VALID");
	was(&o, o.p.now, "REVOKED", "REVOKED");
	plant_end(&o.p);
}

/* Trap 13: nobody wrote that it lapsed. */
Test(query_past, knows_what_had_lapsed_by_then)
{
	struct office o;
	int64_t end;

	begin(&o);
	end = o.began + 300 * 24 * 60 * PLANT_MINUTE;
	was(&o, end - 1, "VALID", "VALID");
	was(&o, end, "LAPSED", "LAPSED");
	plant_end(&o.p);
}
