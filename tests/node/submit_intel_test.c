/* submit_intel_test.c - intelligence drafted by one, released by another. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "node/intel_gate.h"
#include "node/submit_intel.h"
#include "node/veil_own.h"
#include "proto/slice.h"
#include "proto/text.h"
#include "tests/support/circle.h"
#include "tests/support/packed.h"
#include "tests/support/plant.h"

/* The item as it stands on the alliance log. */
static Api__RecordView *
released(struct plant *p, const char *id)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.proof = true};
	Api__Records *list = NULL;
	Api__RecordView *v;

	static char state[] = "RELEASED";

	q.state = state;
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

static struct circle circle;

static const char *
alike(size_t i)
{
	return i % 2 == 0 ? "industries: [C26], substances: [chlorine]"
	                  : "industries: [C26], substances: [ammonia]";
}

/* Everybody may be the source of everything; or half of them of half. */
struct scene {
	struct plant p;
	struct plant_person li, sun;
	char basis[TEXT_UUID_CHARS + 1];
};

static void
scene_begin(struct scene *s, size_t members)
{
	static char text[CIRCLE_TEXT];
	static char kind[] = "gas", area[] = "tank-farm-2";
	Record__Alarm alarm = RECORD__ALARM__INIT;
	struct site_peers peers;
	struct submit_result *r;

	circle_make(&circle, members);
	peers = circle_peers(&circle);
	plant_begin_among(&s->p, circle.name[0], &peers);
	circle_profiles(&circle, "t1", alike, text);
	packed_activate(&s->p, NULL, text);
	plant_enrol(&s->p, &s->li, "Liu", "releaser");
	plant_enrol(&s->p, &s->sun, "Sun", "releaser");
	alarm.kind = kind;
	alarm.area = area;
	alarm.has_level = true;
	alarm.level = 2;
	r = plant_alarms(&s->p, (Record__Alarm *[]){&alarm}, 1);
	text_uuid_put(s->basis, r->items[0].record_id);
	submit_result_free(r);
}

static char liu[] = "Liu", step[] = "close the valve after sampling";
static char *steps[] = {step};
static char title[] = "valve left open after sampling";

static Record__Intel
item(struct scene *s)
{
	Record__Intel m = RECORD__INTEL__INIT;

	m.has_action = true;
	m.action = RECORD__INTEL__ACTION__DRAFT;
	m.basis = s->basis;
	m.drafted_by = liu;
	m.title = title;
	m.recommended = steps;
	m.n_recommended = 1;
	return m;
}

static void
drafted(struct scene *s, const Record__Intel *m,
    char id[static TEXT_UUID_CHARS + 1])
{
	struct submit_result *r = draft(&s->p, &s->li, m, id);

	cr_assert_eq(r->error, ERR_OK, "%s: %s", r->why.text, r->said.what);
	submit_result_free(r);
}

static struct submit_result *
approved(struct scene *s, const struct plant_person *who, char *id)
{
	Record__Intel yes = RECORD__INTEL__INIT;

	yes.has_action = true;
	yes.action = RECORD__INTEL__ACTION__APPROVE;
	yes.intel_id = id;
	return plant_approve(&s->p, who, id, &yes);
}

static void
approve(struct scene *s, char *id, const char *code)
{
	struct submit_result *r = approved(s, &s->sun, id);

	if (code == NULL)
		cr_assert_eq(
		    r->error, ERR_OK, "%s: %s", r->why.text, r->said.what);
	else
		cr_assert_str_eq(
		    r->rule != NULL ? r->rule->code : "released", code);
	submit_result_free(r);
}

Test(submit_intel, is_drafted_by_one_and_released_by_another)
{
	struct scene s;
	struct plant_person li_again;
	Record__Intel m;
	char id[TEXT_UUID_CHARS + 1];
	char other[] = "Sun";
	char dirty[] = "valve at tank-farm-2 left open";
	struct submit_result *r;
	Api__RecordView *v;

	scene_begin(&s, 8);
	m = item(&s);
	plant_enrol(&s.p, &li_again, "Liu", "releaser");
	m.title = dirty;
	refused_draft(&s.p, &s.li, &m, "INTEL_IDENTIFIES");
	m.title = title;
	unsigned_draft(&s.p, &m);
	m.drafted_by = other; /* under the name of somebody else */
	refused_draft(&s.p, &s.li, &m, "INTEL_AUTHOR");
	m.drafted_by = NULL;
	refused_draft(&s.p, &s.li, &m, "INTEL_AUTHOR");
	m.drafted_by = liu;
	m.region = other; /* the node's to say */
	refused_draft(&s.p, &s.li, &m, "FIELD_RANGE");
	m.region = NULL;
	m.n_recommended = 0;
	refused_draft(&s.p, &s.li, &m, "INTEL_EMPTY");
	m.n_recommended = 1;
	drafted(&s, &m, id);
	v = plant_get(&s.p, LEDGER__KIND__INTEL, id);
	cr_assert_not_null(v->events[0]->signer);
	cr_assert_str_eq(v->events[1]->intel->period, "2026-11");
	cr_assert_eq(v->events[1]->intel->k, 7);
	api__record_view__free_unpacked(v, NULL);
	r = approved(&s, &s.li, id);
	cr_assert_str_eq(r->rule->code, "INTEL_SELF");
	submit_result_free(r);
	r = approved(&s, &li_again, id); /* a second key */
	cr_assert_str_eq(r->rule->code, "INTEL_SELF");
	submit_result_free(r);
	enrol_again(&s.p, &s.li, other); /* the key under a second name */
	r = approved(&s, &s.li, id);
	cr_assert_str_eq(r->rule->code, "INTEL_SELF");
	submit_result_free(r);
	r = approved(&s, &s.sun, id);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	cr_assert(r->items[1].alliance);
	submit_result_free(r);
	v = released(&s.p, id);
	cr_assert_str_eq(v->state, "RELEASED");
	cr_assert_str_eq(v->events[0]->intel->title, title);
	cr_assert_str_eq(v->events[0]->intel->label, "content-anonymised");
	cr_assert_null(v->events[0]->intel->source);
	cr_assert_str_eq(v->events[0]->intel->period, "2026-11");
	cr_assert_null(v->events[0]->intel->drafted_by);
	cr_assert_null(v->events[0]->intel->basis);
	cr_assert_eq(v->events[0]->intel->n_companies, 0);
	api__record_view__free_unpacked(v, NULL);
	plant_end(&s.p);
}

/* The yes of the second person is to these very words. */
Test(submit_intel, is_approved_as_it_was_read)
{
	struct scene s;
	uint8_t wrong[32] = {1};
	Record__Intel m, yes = RECORD__INTEL__INIT;
	char id[TEXT_UUID_CHARS + 1];
	char told[] = "valve left open by Ouyang";
	struct plant_person late;
	struct submit_result *r;

	scene_begin(&s, 8);
	m = item(&s);
	m.title = told;
	drafted(&s, &m, id);
	yes.has_action = yes.has_text_digest = true;
	yes.action = RECORD__INTEL__ACTION__APPROVE;
	yes.intel_id = id;
	yes.text_digest = (ProtobufCBinaryData){sizeof wrong, wrong};
	r = plant_approve(&s.p, &s.sun, id, &yes);
	cr_assert_str_eq(r->rule->code, "INTEL_CHANGED");
	submit_result_free(r);
	yes.text_digest.len = 0;
	r = plant_approve(&s.p, &s.sun, id, &yes);
	cr_assert_str_eq(r->rule->code, "INTEL_CHANGED");
	submit_result_free(r);
	/* Somebody of that name was enrolled since. */
	plant_enrol(&s.p, &late, "Ouyang", "operator");
	approve(&s, id, "INTEL_IDENTIFIES");
	plant_end(&s.p);
}

Test(submit_intel, is_held_where_too_few_companies_could_have_sent_it)
{
	struct scene s;
	Record__Intel m;
	char id[TEXT_UUID_CHARS + 1];
	struct submit_result *r;

	scene_begin(&s, 5);
	m = item(&s);
	id[0] = '\0';
	r = draft(&s.p, &s.li, &m, id);
	cr_assert_str_eq(r->rule->code, "INTEL_FEW");
	cr_assert_not_null(strstr(r->said.what, "companies: 5 of 6"));
	submit_result_free(r);
	/* By the word of both signers its source is named, and read by all. */
	m.has_named = m.named = true;
	drafted(&s, &m, id);
	approve(&s, id, NULL);
	Api__RecordView *v = released(&s.p, id);
	cr_assert_str_eq(v->events[0]->intel->source, circle.name[0]);
	cr_assert_str_eq(v->events[0]->intel->label, "source-named");
	api__record_view__free_unpacked(v, NULL);
	plant_end(&s.p);
}

/* Somebody asked to have the alarm erased that it rests on: what must only be
 * stored makes no item, nor does it go out in one that was drafted before. */
Test(submit_intel, is_made_of_nothing_that_is_only_stored)
{
	Api__ErasurePost post = API__ERASURE_POST__INIT;
	const struct submit_who who = {.subject = "a", .role = "admin"};
	struct submit_item made;
	struct scene s;
	Record__Intel m;
	char id[TEXT_UUID_CHARS + 1];
	char reason[] = "PIPL 47";
	uint32_t people = 37;
	struct submit_wait *w;
	struct submit_result *r;
	struct submit_to to;
	Api__RecordView *v;

	scene_begin(&s, 8);
	m = item(&s);
	drafted(&s, &m, id);
	v = plant_get(&s.p, LEDGER__KIND__ALARM, s.basis);
	post.has_index = true;
	post.index = v->events[0]->place->index;
	api__record_view__free_unpacked(v, NULL);
	post.reason = reason;
	post.fields = &people;
	post.n_fields = 1;
	w = submit_wait_new();
	to = plant_to(&s.p, w);
	submit_erasure(&to, &post);
	r = submit_wait_for(w);
	cr_assert_str_eq(r->items[0].rule->code, "ERASE_WAITS");
	submit_result_free(r);
	refused_draft(&s.p, &s.li, &m, "INTEL_BASIS");
	approve(&s, id, "INTEL_BASIS");
	cr_assert_eq(
	    submit_intel_check(s.p.site, &who, &m, &made, NULL), ERR_OK);
	cr_assert_str_eq(made.rule->code, "INTEL_BASIS");
	cr_assert_null(made.item);
	submit_item_clear(&made);
	plant_end(&s.p);
}

/* Chlorine leaves seven of fourteen; with ammonia said next nobody would be
 * left but who has both: the second item says less, also after a restart. */
Test(submit_intel, is_held_against_what_was_released_before)
{
	struct scene s;
	Record__Intel m;
	char first[TEXT_UUID_CHARS + 1], second[TEXT_UUID_CHARS + 1];
	char chlorine[] = "chlorine";
	Api__RecordView *v;

	scene_begin(&s, 14);
	m = item(&s);
	m.substance = chlorine;
	drafted(&s, &m, first);
	v = plant_get(&s.p, LEDGER__KIND__INTEL, first);
	cr_assert_str_eq(v->events[1]->intel->substance, "7782-50-5");
	cr_assert_eq(v->events[1]->intel->n_companies, 7);
	api__record_view__free_unpacked(v, NULL);
	drafted(&s, &m, second);
	approve(&s, first, NULL);
	/* Drafted before the first went out, and the same in all words. */
	approve(&s, second, NULL);
	plant_restart(&s.p);
	s.p.site->peers = circle_peers(&circle);
	m.substance = NULL;
	drafted(&s, &m, first);
	v = plant_get(&s.p, LEDGER__KIND__INTEL, first);
	cr_assert_eq(v->events[1]->intel->n_companies, 7, "%zu",
	    v->events[1]->intel->n_companies);
	api__record_view__free_unpacked(v, NULL);
	/* Of the seven only four are members still. */
	circle.len = 8;
	refused_draft(&s.p, &s.li, &m, "INTEL_LINKED");
	approve(&s, first, "INTEL_LINKED");
	plant_turn(&s.p, INT64_C(91) * 86400 * 1000000);
	drafted(&s, &m, second);
	plant_end(&s.p);
}

static const char *
turned(size_t i)
{
	return alike(i == 0 ? 0 : i + 1);
}

/* Who could have sent it is kept as it was drafted: as many others are not
 * those. */
Test(submit_intel, is_held_where_others_could_have_sent_it_since)
{
	static char text[CIRCLE_TEXT];
	struct scene s;
	Record__Intel m;
	char id[TEXT_UUID_CHARS + 1];
	char chlorine[] = "chlorine";

	scene_begin(&s, 14);
	m = item(&s);
	m.substance = chlorine;
	drafted(&s, &m, id);
	circle_profiles(&circle, "t2", turned, text);
	packed_activate(&s.p, NULL, text);
	approve(&s, id, "INTEL_CHANGED");
	plant_end(&s.p);
}

Test(submit_intel, spends_a_budget_that_outlives_a_restart)
{
	struct scene s;
	Record__Intel m;
	char id[TEXT_UUID_CHARS + 1];

	scene_begin(&s, 8);
	m = item(&s);
	for (int i = 0; i < 12; i++) {
		drafted(&s, &m, id);
		approve(&s, id, NULL);
	}
	refused_draft(&s.p, &s.li, &m, "INTEL_BUDGET");
	plant_restart(&s.p);
	s.p.site->peers = circle_peers(&circle);
	refused_draft(&s.p, &s.li, &m, "INTEL_BUDGET");
	plant_turn(&s.p, INT64_C(91) * 86400 * 1000000);
	drafted(&s, &m, id);
	plant_end(&s.p);
}

static void
withdraw(struct scene *s, char *id, char *reason, const char *code)
{
	Record__Intel m = RECORD__INTEL__INIT;
	struct plant_sign sign = {
	    .who = &s->sun,
	    .kind = LEDGER__KIND__INTEL,
	    .record = id,
	    .based_on = 3,
	    .msg = &m.base,
	    .occurred_us = s->p.now,
	};
	struct submit_result *r;

	m.has_action = true;
	m.action = RECORD__INTEL__ACTION__WITHDRAW;
	m.intel_id = id;
	m.reason = reason;
	r = plant_signed(&s->p, &sign, id);
	if (code == NULL)
		cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	else
		cr_assert_str_eq(r->rule->code, code);
	submit_result_free(r);
}

Test(submit_intel, is_withdrawn_and_replaced_for_all_to_see)
{
	struct scene s;
	Record__Intel m;
	char first[TEXT_UUID_CHARS + 1], second[TEXT_UUID_CHARS + 1];
	char error[] = "error", talk[] = "Li was wrong";
	Api__RecordView *v;

	scene_begin(&s, 8);
	m = item(&s);
	drafted(&s, &m, first);
	withdraw(&s, first, error, "INTEL_SUPERSEDES"); /* not out yet */
	approve(&s, first, NULL);
	withdraw(&s, first, talk, "INTEL_REASON");
	m.supersedes = first;
	drafted(&s, &m, second);
	approve(&s, second, NULL);
	v = released(&s.p, second);
	api__record_view__free_unpacked(v, NULL);
	withdraw(&s, first, error, "INTEL_SUPERSEDES");
	refused_draft(&s.p, &s.li, &m, "INTEL_SUPERSEDES");
	withdraw(&s, second, error, NULL);
	v = plant_get(&s.p, LEDGER__KIND__INTEL, second);
	cr_assert_str_eq(v->state, "WITHDRAWN");
	api__record_view__free_unpacked(v, NULL);
	/* Two releases and two withdrawals are spent: eight are left. */
	m.supersedes = NULL;
	for (int i = 0; i < 8; i++) {
		drafted(&s, &m, first);
		approve(&s, first, NULL);
	}
	refused_draft(&s.p, &s.li, &m, "INTEL_BUDGET");
	plant_end(&s.p);
}

/* ---- published by others ---- */

static void
veil_on(struct scene *s)
{
	static char text[PACKED_OTHER];

	packed_other(text, "release-2026.2", "veil-1", "2026-11-01T00:00:00Z",
	    "  k: 5", "  k: 5\n  veil: {slotMs: 100, holdMinutes: 0}");
	packed_activate(&s->p, NULL, text);
}

static size_t
on_alliance(struct scene *s)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.alliance_only = true};
	Api__Records *list = NULL;
	size_t n;

	cr_assert_eq(
	    query_list(s->p.site, LEDGER__KIND__INTEL, &q, &scope, &list, NULL),
	    ERR_OK);
	n = list->n_items;
	api__records__free_unpacked(list, NULL);
	return n;
}

/* Under a policy with a veil it stands on no log of its source but the
 * evidence; it is counted, replaced and withdrawn all the same. */
Test(submit_intel, is_handed_over_where_others_publish)
{
	struct scene s;
	Record__Intel m, *own = NULL;
	struct commit_ctx ctx;
	char first[TEXT_UUID_CHARS + 1], second[TEXT_UUID_CHARS + 1];
	char error[] = "error";
	uint8_t id[16];
	Api__RecordView *v;

	scene_begin(&s, 8);
	m = item(&s);
	drafted(&s, &m, second);
	approve(&s, second, NULL);
	veil_on(&s);
	cr_assert_eq(on_alliance(&s), 1);
	m.supersedes = second; /* which names its source */
	refused_draft(&s.p, &s.li, &m, "INTEL_SUPERSEDES");
	m.supersedes = NULL;
	drafted(&s, &m, first);
	approve(&s, first, NULL);
	cr_assert_eq(on_alliance(&s), 1, "nothing new");
	cr_assert_eq(text_uuid_get(id, bytes_str(first), NULL), ERR_OK);
	cr_assert_eq(intel_gate_reader(&ctx, s.p.site, NULL), ERR_OK);
	cr_assert_eq(veil_own_get(&ctx, id, &own, NULL), ERR_OK);
	cr_assert_str_neq(own->intel_id, first);
	cr_assert_null(own->source);
	cr_assert_eq(own->n_companies, 8);
	store_abort(ctx.txn);
	slice_free(&own->base);
	m.supersedes = first;
	drafted(&s, &m, second);
	approve(&s, second, NULL);
	v = plant_get(&s.p, LEDGER__KIND__INTEL, first);
	cr_assert_str_eq(v->state, "WITHDRAWN");
	api__record_view__free_unpacked(v, NULL);
	withdraw(&s, second, error, NULL);
	cr_assert_eq(on_alliance(&s), 1);
	/* Three releases and two withdrawals are spent: seven are left. */
	m.supersedes = NULL;
	for (int i = 0; i < 7; i++) {
		drafted(&s, &m, first);
		approve(&s, first, NULL);
	}
	refused_draft(&s.p, &s.li, &m, "INTEL_BUDGET");
	plant_end(&s.p);
}
