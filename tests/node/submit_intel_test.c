/* submit_intel_test.c - intelligence drafted by one, released by another. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "proto/text.h"
#include "tests/support/plant.h"

/* The item as it stands on the alliance log. */
static Api__RecordView *
released(struct plant *p, const char *id)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.proof = true};
	Api__Records *list = NULL;
	Api__RecordView *v;

	cr_assert_eq(
	    query_list(p->site, LEDGER__KIND__INTEL, &q, &scope, &list, NULL),
	    ERR_OK);
	cr_assert_eq(list->n_items, 1);
	v = list->items[0];
	cr_assert_str_eq(v->record_id, id);
	cr_assert_not_null(v->events[0]->proof);
	list->n_items = 0;
	api__records__free_unpacked(list, NULL);
	return v;
}

static struct submit_result *
draft(struct plant *p, const struct plant_person *who, const Record__Intel *m,
    char id[static TEXT_UUID_CHARS + 1])
{
	struct plant_sign sign = {
	    .who = who,
	    .kind = LEDGER__KIND__INTEL,
	    .record = id,
	    .msg = &m->base,
	    .occurred_us = p->now,
	};

	id[0] = '\0';
	return plant_signed(p, &sign, NULL);
}

static void
refused_draft(struct plant *p, const struct plant_person *who,
    const Record__Intel *m, const char *code)
{
	char id[TEXT_UUID_CHARS + 1];
	struct submit_result *r = draft(p, who, m, id);

	cr_assert_neq(r->error, ERR_OK, "%s", code);
	cr_assert_not_null(r->rule, "%s: %s", code, r->why.text);
	cr_assert_str_eq(r->rule->code, code);
	submit_result_free(r);
}

static void
unsigned_draft(struct plant *p, Record__Intel *m)
{
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(p, w);
	struct submit_result *r;

	post.intel = m;
	submit_intel_draft(&to, &post);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_DENIED);
	cr_assert_str_eq(r->rule->code, "INTEL_UNSIGNED");
	submit_result_free(r);
}

static void
enrol_again(struct plant *p, struct plant_person *who, char *name)
{
	Record__Actor a = RECORD__ACTOR__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	char role[] = "releaser";
	char *roles[] = {role};

	a.has_action = a.has_key = true;
	a.action = RECORD__ACTOR__ACTION__ENROL;
	a.name = name;
	a.key = (ProtobufCBinaryData){sizeof who->alg_key, who->alg_key};
	a.roles = roles;
	a.n_roles = 1;
	post.actor = &a;
	submit_result_free(plant_event(p, LEDGER__KIND__ACTOR, NULL, &post));
}

Test(submit_intel, is_drafted_by_one_and_released_by_another)
{
	struct plant p;
	struct plant_person li, li_again, releaser;
	Record__Intel m = RECORD__INTEL__INIT;
	Record__Alarm alarm = RECORD__ALARM__INIT;
	char kind[] = "gas";
	char area[] = "tank-farm-2";
	Record__Intel yes = RECORD__INTEL__INIT;
	char basis[TEXT_UUID_CHARS + 1];
	char id[TEXT_UUID_CHARS + 1];
	char li_name[] = "Liu";
	char other[] = "Sun";
	char clean[] = "valve left open after sampling";
	char dirty[] = "valve at tank-farm-2 left open";
	struct submit_result *r;
	Api__RecordView *v;

	plant_begin(&p, "plant-b.acme.example");
	plant_enrol(&p, &li, "Liu", "releaser");
	plant_enrol(&p, &li_again, "Liu", "releaser");
	plant_enrol(&p, &releaser, "Sun", "releaser");
	alarm.kind = kind;
	alarm.area = area;
	alarm.has_level = true;
	alarm.level = 2;
	r = plant_alarms(&p, (Record__Alarm *[]){&alarm}, 1);
	text_uuid_put(basis, r->items[0].record_id);
	submit_result_free(r);
	m.has_action = true;
	m.action = RECORD__INTEL__ACTION__DRAFT;
	m.basis = basis;
	m.drafted_by = li_name;
	m.title = dirty;
	refused_draft(&p, &li, &m, "INTEL_IDENTIFIES");
	m.title = clean;
	unsigned_draft(&p, &m);
	m.drafted_by = other; /* under the name of somebody else */
	refused_draft(&p, &li, &m, "INTEL_AUTHOR");
	m.drafted_by = NULL;
	refused_draft(&p, &li, &m, "INTEL_AUTHOR");
	m.drafted_by = li_name;
	m.region = other; /* the node's to say */
	refused_draft(&p, &li, &m, "FIELD_RANGE");
	m.region = NULL;
	r = draft(&p, &li, &m, id);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	v = plant_get(&p, LEDGER__KIND__INTEL, id);
	cr_assert_not_null(v->events[0]->signer);
	cr_assert_str_eq(v->events[1]->intel->month, "2026-11");
	api__record_view__free_unpacked(v, NULL);
	yes.has_action = true;
	yes.action = RECORD__INTEL__ACTION__APPROVE;
	yes.intel_id = id;
	r = plant_approve(&p, &li, id, &yes);
	cr_assert_str_eq(r->rule->code, "INTEL_SELF");
	submit_result_free(r);
	r = plant_approve(&p, &li_again, id, &yes); /* a second key */
	cr_assert_str_eq(r->rule->code, "INTEL_SELF");
	submit_result_free(r);
	enrol_again(&p, &li, other); /* the key under a second name */
	r = plant_approve(&p, &li, id, &yes);
	cr_assert_str_eq(r->rule->code, "INTEL_SELF");
	submit_result_free(r);
	r = plant_approve(&p, &releaser, id, &yes);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	cr_assert(r->items[1].alliance);
	submit_result_free(r);
	v = released(&p, id);
	cr_assert_str_eq(v->state, "RELEASED");
	cr_assert_str_eq(v->events[0]->intel->title, clean);
	cr_assert_str_eq(v->events[0]->intel->label, "content-anonymised");
	cr_assert_str_eq(v->events[0]->intel->source, "plant-b.acme.example");
	cr_assert_str_eq(v->events[0]->intel->month, "2026-11");
	cr_assert_null(v->events[0]->intel->drafted_by);
	cr_assert_null(v->events[0]->intel->basis);
	api__record_view__free_unpacked(v, NULL);
	plant_end(&p);
}
