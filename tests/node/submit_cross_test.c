/* submit_cross_test.c - two references, one person, under an agreement. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_cross.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/site_keys.h"
#include "proto/slice.h"
#include "tests/support/pair.h"

#define SAME RECORD__CROSS_CHECK__ANSWER__SAME
#define DIFFERENT RECORD__CROSS_CHECK__ANSWER__DIFFERENT
#define UNCERTAIN RECORD__CROSS_CHECK__ANSWER__UNCERTAIN

/* The issuer, two verifiers, and what the three agreed. */
struct three {
	struct pair p;
	struct plant other;
	struct site *site[3];
	bool agreed;
	uint8_t words; /* of the agreement */
	char refs[2][65];
};

static bool
holds_key(void *arg, const char *member, struct bytes key)
{
	struct three *t = arg;

	for (int i = 0; i < 3; i++) {
		if (strcmp(member, t->site[i]->name) == 0)
			return key.len == 33 &&
			    memcmp(key.ptr + 1,
			        site_keys(t->site[i])->identity.pub, 32) == 0;
	}
	return false;
}

static bool
agreed(void *arg, const char *name, struct hash *digest)
{
	struct three *t = arg;

	memset(digest->b, t->words, sizeof digest->b);
	return t->agreed && strncmp(name, "cross-check", 11) == 0;
}

static void
present(struct three *t, char *certificate, struct plant *at, char ref[65])
{
	Api__PresentPost post = API__PRESENT_POST__INIT;
	Record__Presentation *m = NULL;
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(at, w);
	struct submit_result *r;

	post.record_id = certificate;
	post.verifier = at->site->name;
	cr_assert_eq(
	    submit_present(t->p.partner.site, &post, &m, NULL), ERR_OK);
	(void)snprintf(ref, 65, "%s", m->holder_ref);
	/* It is not what the other verifier's replica holds that matters. */
	struct submit_plain plain = {
	    .kind = LEDGER__KIND__PRESENTATION, .message = &m->base};

	submit_plain(&to, &plain);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	record__presentation__free_unpacked(m, NULL);
}

static void
begin(struct three *t)
{
	*t = (struct three){.agreed = true, .words = 7};
	pair_begin(&t->p);
	plant_begin(&t->other, "plant-c.acme.example");
	t->site[0] = t->p.partner.site;
	t->site[1] = t->p.plant.site;
	t->site[2] = t->other.site;
	for (int i = 0; i < 3; i++) {
		t->site[i]->peers.arg = t;
		t->site[i]->peers.holds_key = holds_key;
		t->site[i]->peers.agreed = agreed;
		t->site[i]->peers.role = NULL;
		t->site[i]->peers.seen_us = NULL;
	}
	present(t, t->p.certificate, &t->p.plant, t->refs[0]);
	present(t, t->p.certificate, &t->other, t->refs[1]);
}

static void
end(struct three *t)
{
	plant_end(&t->other);
	pair_end(&t->p);
}

/* The turn of one node; what it was replaces what is asked. */
static void
turn(struct three *t, int who, Record__CrossCheck **m, const char *code)
{
	Record__CrossCheck *out = NULL;
	const struct rule *rule;
	struct err_why why = {.text = ""};
	enum err e = submit_cross(t->site[who], *m, &out, &rule, &why);

	if (code == NULL) {
		cr_assert_eq(e, ERR_OK, "%d: %s", who, why.text);
		slice_free(&(*m)->base);
		*m = out;
	} else {
		cr_assert_neq(e, ERR_OK);
		cr_assert_str_eq(rule != NULL ? rule->code : why.text, code);
		cr_assert_null(out);
	}
}

static Record__CrossCheck *
question(struct three *t)
{
	Record__CrossCheck m = RECORD__CROSS_CHECK__INIT;
	Record__CrossCheck__Asker a[2] = {
	    RECORD__CROSS_CHECK__ASKER__INIT, RECORD__CROSS_CHECK__ASKER__INIT};
	Record__CrossCheck__Asker *list[2] = {&a[0], &a[1]};
	char name[] = "cross-check-2026";
	char reason[] = "two reports of one injury";
	ProtobufCMessage *copy = NULL;
	struct buf bytes;

	m.agreement = name;
	m.issuer = t->site[0]->name;
	m.reason = reason;
	m.askers = list;
	m.n_askers = 2;
	for (int i = 0; i < 2; i++) {
		a[i].verifier = t->site[i + 1]->name;
		a[i].holder_ref = t->refs[i];
	}
	buf_init(&bytes, SEAL_MESSAGE_MAX);
	slice_pack(&bytes, &m.base);
	cr_assert_eq(slice_unpack(&copy, &record__cross_check__descriptor,
	                 buf_view(&bytes), NULL),
	    ERR_OK);
	buf_clear(&bytes);
	return (Record__CrossCheck *)copy;
}

/* Another reference of the issuer, shown to one of the verifiers. */
static void
other_person(struct three *t, int which, char *holder, char *number)
{
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	char class[] = PAIR_CLASS;
	char id[TEXT_UUID_CHARS + 1];
	struct submit_wait *w = submit_wait_new();
	struct submit_result *r;

	c.has_action = true;
	c.action = RECORD__CERTIFICATE__ACTION__ISSUE;
	c.holder = holder;
	c.holder_number = number;
	c.class_ = class;
	c.has_valid_from_at = c.has_valid_to_at = true;
	c.valid_from_at = PLANT_START - PLANT_MINUTE;
	c.valid_to_at = PLANT_START + 1000000 * PLANT_MINUTE;
	post.certificate = &c;
	r = plant_event(&t->p.partner, LEDGER__KIND__CERTIFICATE, NULL, &post);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
	struct submit_to to = plant_to(&t->p.partner, w);
	submit_publish(&to, id);
	submit_result_free(submit_wait_for(w));
	present(t, id, which == 0 ? &t->p.plant : &t->other, t->refs[which]);
}

static Record__CrossCheck__Answer
answer_of(struct three *t)
{
	Record__CrossCheck *m = question(t);
	Record__CrossCheck__Answer answer;

	turn(t, 2, &m, NULL);
	turn(t, 1, &m, NULL);
	cr_assert_not(m->has_answer);
	turn(t, 0, &m, NULL);
	answer = m->answer;
	slice_free(&m->base);
	return answer;
}

Test(submit_cross, tells_whether_two_references_are_one_person_and_no_more)
{
	struct three t;

	begin(&t);
	cr_assert_eq(answer_of(&t), SAME);
	end(&t);
}

/* An issuer can know one person by two references: only numbers tell that. */
Test(submit_cross, calls_two_references_two_persons_by_their_numbers_alone)
{
	struct three t;
	char wang[] = "wang", li[] = "li", wang_2[] = "w-17";
	char one[] = "110101199003070011", other[] = "110101199003070038";
	char spaced[] = "110101 19900307 0011";

	begin(&t);
	other_person(&t, 1, wang, NULL);
	cr_assert_eq(answer_of(&t), UNCERTAIN);
	other_person(&t, 1, wang, one);
	cr_assert_eq(answer_of(&t), UNCERTAIN);
	other_person(&t, 0, li, other);
	cr_assert_eq(answer_of(&t), DIFFERENT);
	other_person(&t, 0, wang_2, spaced);
	cr_assert_eq(answer_of(&t), SAME);
	end(&t);
}

/* No agreement, another's words, one that is about something else. */
Test(submit_cross, is_refused_at_each_node_without_an_agreement_in_force)
{
	struct three t;
	Record__CrossCheck *m;

	begin(&t);
	m = question(&t);
	t.agreed = false;
	for (int i = 0; i < 3; i++)
		turn(&t, i, &m, "CROSS_AGREEMENT");
	t.agreed = true;
	turn(&t, 1, &m, NULL);
	turn(&t, 2, &m, NULL);
	t.agreed = false;
	turn(&t, 0, &m, "CROSS_AGREEMENT");
	t.agreed = true;
	t.words = 8;
	turn(&t, 0, &m, "CROSS_AGREEMENT");
	t.words = 7;
	m->agreement[0] = 'C';
	turn(&t, 0, &m, "CROSS_AGREEMENT");
	m->agreement[0] = 'c';
	turn(&t, 0, &m, NULL);
	slice_free(&m->base);
	end(&t);
}

/* One verifier alone learns nothing, about nobody who was not shown to it. */
Test(submit_cross, needs_both_verifiers_each_about_whom_it_was_shown)
{
	struct three t;
	Record__CrossCheck *m;
	char was;

	begin(&t);
	m = question(&t);
	turn(&t, 0, &m, "CROSS_ASKERS");
	turn(&t, 1, &m, NULL);
	turn(&t, 0, &m, "CROSS_ASKERS");
	turn(&t, 2, &m, NULL);
	/* Signed by both about others. */
	was = m->askers[1]->holder_ref[0];
	m->askers[1]->holder_ref[0] = was == '0' ? '1' : '0';
	turn(&t, 0, &m, "CROSS_ASKERS");
	turn(&t, 2, &m, "CROSS_UNKNOWN");
	m->askers[1]->holder_ref[0] = was;
	m->reason[0] = 'T';
	turn(&t, 0, &m, "CROSS_ASKERS");
	m->reason[0] = 't';
	plant_turn(&t.p.partner, INT64_C(8) * 1440 * PLANT_MINUTE);
	turn(&t, 0, &m, "CROSS_ASKERS");
	slice_free(&m->base);
	end(&t);
}

/* What a verifier signs is a question: nothing that somebody else says was
 * answered gets into its records by it. */
Test(submit_cross, signs_no_question_that_has_an_answer_already)
{
	struct three t;
	Record__CrossCheck *m;

	begin(&t);
	m = question(&t);
	m->has_answer = true;
	m->answer = SAME;
	turn(&t, 1, &m, "CROSS_ASKERS");
	m->has_answer = false;
	m->has_answered_at = true;
	m->answered_at = 1;
	turn(&t, 1, &m, "CROSS_ASKERS");
	m->has_answered_at = false;
	turn(&t, 1, &m, NULL);
	turn(&t, 2, &m, NULL);
	turn(&t, 0, &m, NULL);
	turn(&t, 1, &m, "CROSS_ASKERS");
	slice_free(&m->base);
	end(&t);
}
