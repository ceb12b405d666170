/* permit_form_test.c - the forms of annex A, field by field. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/permit_form.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "node/domain/field.h"
#include "tests/support/permit_said.h"
#include "tests/support/permit_walk.h"

#define ACT(name) RECORD__PERMIT__ACTION__##name
#define FIELDS_MAX 12

static struct packs *packs;

static void
open_packs(void)
{
	packs = walk_packs();
}

static void
close_packs(void)
{
	packs_free(packs);
}

TestSuite(permit_form, .init = open_packs, .fini = close_packs);

/* What the form of each work has beside what all have (annex A.1 to A.8). */
struct form {
	const char *version;
	size_t measures; /* rows of the form */
	const char *fields[FIELDS_MAX];
};
static const struct form forms[] = {
    {"hot-work@2022.3", 16,
        {"hot.part", "hot.method", "certificates", "base_level"}},
    {"confined-space@2022.2", 15, {"confined.space", "confined.medium"}},
    {"blind-plate@2022.2", 11,
        {"blind.operation", "blind.equipment", "blind.medium",
            "blind.temperature", "blind.pressure", "blind.material",
            "blind.spec", "blind.blind_no", "blind.drawing", "drawn_by"}},
    {"height@2022.2", 15,
        {"height.height_m", "height.factors", "certificates"}},
    {"lifting@2022.2", 20,
        {"lift.mass_t", "lift.gear", "lift.load", "lift.cranes", "commander",
            "rigger", "certificates", "equipment"}},
    {"temporary-electricity@2022.2", 14,
        {"power.source", "power.power_kw", "power.voltage_v", "power.equipment",
            "power.rated_kw", "power_user", "certificates"}},
    {"excavation@2022.2", 11,
        {"earth.scope", "earth.method", "earth.depth_m", "earth.area_m2",
            "earth.drawing", "drawn_by"}},
    {"road-breaking@2022.2", 4,
        {"road.reason", "road.affected", "road.drawing", "drawn_by"}},
};
/* Of every form. */
static const char *const common[] = {"content", "location", "unit", "work_unit",
    "work_lead", "contractor", "explosive_area", "outdoor", "hazardous_media"};

/* Takes one field of a message out, "drawn_by" or "hot.part". */
static void
leave_out(ProtobufCMessage *m, const char *path)
{
	const char *dot = strchr(path, '.');
	char name[64];
	const ProtobufCFieldDescriptor *f;
	uint8_t *at;

	(void)snprintf(name, sizeof name, "%.*s",
	    dot != NULL ? (int)(dot - path) : 60, path);
	f = protobuf_c_message_descriptor_get_field_by_name(
	    m->descriptor, name);
	cr_assert_not_null(f, "%s", path);
	at = (uint8_t *)m;
	if (dot != NULL) {
		leave_out(
		    *(ProtobufCMessage **)(void *)(at + f->offset), dot + 1);
	} else if (f->label == PROTOBUF_C_LABEL_REPEATED) {
		*(size_t *)(void *)(at + f->quantifier_offset) = 0;
	} else if (f->type == PROTOBUF_C_TYPE_STRING) {
		*(char **)(void *)(at + f->offset) = NULL;
	} else {
		*(protobuf_c_boolean *)(void *)(at + f->quantifier_offset) = 0;
	}
}

static struct rule_verdict
apply_with(const Pack__Work *w, const char *without)
{
	struct walk k = {.random = 7, .w = w, .now = WALK_T0};
	struct permit_form f;
	struct permit_event e = {
	    .msg = &f.m, .occurred_us = WALK_T0, .world = walk_calm};

	permit_form_fill(&f, w, ACT(APPLY));
	walk_plan(&f, &k, w->levels[0]->level);
	if (without != NULL)
		leave_out(&f.m.base, without);
	return walk_try(&k, &e, OTHER);
}

static void
wants(const Pack__Work *w, const char *field)
{
	struct rule_verdict v = apply_with(w, field);

	cr_assert(v.refused, "%s without %s", w->work_type, field);
	cr_assert_not_null(v.rule);
	cr_assert_str_eq(v.rule->code, "FORM_INCOMPLETE", "%s", field);
	cr_assert_str_eq(v.gap.what, field);
}

/* Eight forms: none may be signed without any one of its fields, and the
 * refusal names the field. */
Test(permit_form, wants_every_field_of_the_eight_forms)
{
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		const struct form *form = &forms[i];
		const Pack__Work *w =
		    packs_version(packs, packs_id(form->version));

		cr_assert_not_null(w, "%s", form->version);
		cr_assert_not(apply_with(w, NULL).refused, "%s", form->version);
		cr_assert_eq(w->n_measures, form->measures);
		for (size_t k = 0; k < sizeof common / sizeof common[0]; k++)
			wants(w, common[k]);
		for (size_t k = 0; k < FIELDS_MAX && form->fields[k] != NULL;
		     k++)
			wants(w, form->fields[k]);
	}
}

/* Numbers have a unit and a range; one that is none fits no level. */
Test(permit_form, refuses_numbers_that_cannot_be)
{
	static const struct {
		const char *version;
		size_t form, field;
		double value;
		const char *code;
	} rows[] = {
#define AT(m, f)                         \
	offsetof(struct permit_form, m), \
	    offsetof(__typeof__(((struct permit_form *)0)->m), f)
	    {"height@2022.2", AT(height, height_m), 1.9, "OUT_OF_BOUNDS"},
	    {"height@2022.2", AT(height, height_m), (double)NAN,
	        "OUT_OF_BOUNDS"},
	    {"height@2022.1", AT(height, height_m), (double)NAN,
	        "FORM_INCOMPLETE"},
	    {"lifting@2022.2", AT(lift, mass_t), 0, "OUT_OF_BOUNDS"},
	    {"lifting@2022.2", AT(lift, mass_t), -1, "OUT_OF_BOUNDS"},
	    {"lifting@2022.1", AT(lift, mass_t), (double)NAN,
	        "FORM_INCOMPLETE"},
	    {"temporary-electricity@2022.2", AT(power, power_kw), 0,
	        "OUT_OF_BOUNDS"},
	    {"temporary-electricity@2022.2", AT(power, rated_kw),
	        (double)INFINITY, "OUT_OF_BOUNDS"},
	    {"temporary-electricity@2022.2", AT(power, voltage_v), 0,
	        "OUT_OF_BOUNDS"},
	    {"excavation@2022.2", AT(earth, depth_m), 0, "OUT_OF_BOUNDS"},
	    {"excavation@2022.2", AT(earth, area_m2), -3, "OUT_OF_BOUNDS"},
#undef AT
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const Pack__Work *w =
		    packs_version(packs, packs_id(rows[i].version));
		struct walk k = {.random = 7, .w = w, .now = WALK_T0};
		struct permit_form f;
		struct permit_event e = {
		    .msg = &f.m, .occurred_us = WALK_T0, .world = walk_calm};
		struct rule_verdict v;

		permit_form_fill(&f, w, ACT(APPLY));
		walk_plan(&f, &k, w->levels[0]->level);
		memcpy((uint8_t *)&f + rows[i].form + rows[i].field,
		    &rows[i].value, sizeof rows[i].value);
		v = walk_try(&k, &e, OTHER);
		cr_assert(v.refused, "row %zu", i);
		cr_assert_str_eq(v.rule->code, rows[i].code, "row %zu", i);
	}
}

/* A good gas test says where it was sampled and who analysed; a bad one counts
 * whatever it leaves out. */
Test(permit_form, wants_to_know_where_gas_was_sampled)
{
	static const char *const fields[] = {"location", "analyst"};

	for (size_t i = 0; i < 4; i++) {
		const Pack__Work *w =
		    packs_version(packs, packs_id("confined-space@2022.2"));
		struct walk k = {.random = 7, .w = w, .now = WALK_T0};
		Record__GasReading g = RECORD__GAS_READING__INIT;
		struct permit_form f;
		struct permit_event e = {.msg = &f.m,
		    .occurred_us = WALK_T0,
		    .gas = i < 2 ? PERMIT_GAS_OK : PERMIT_GAS_OVER,
		    .world = walk_calm};
		struct rule_verdict v;

		walk_apply(&k, w->levels[0]->level);
		permit_form_fill(&f, w, ACT(GAS_TEST));
		f.m.has_sampled_at = true;
		f.m.sampled_at = WALK_T0;
		f.m.gas = (Record__GasReading *[]){&g};
		f.m.n_gas = 1;
		leave_out(&f.m.base, fields[i % 2]);
		v = walk_try(&k, &e, OTHER);
		cr_assert_eq(v.refused, i < 2);
		cr_assert_str_eq(
		    v.rule->code, i < 2 ? "FORM_INCOMPLETE" : "GAS_OVER_LIMIT");
		if (i < 2)
			cr_assert_str_eq(v.gap.what, fields[i]);
	}
}

/* ---- who signs ---- */

static struct rule_verdict
step(struct walk *k, const char *name, uint64_t who, size_t from, size_t to,
    uint64_t confirms)
{
	struct permit_form f;
	struct permit_event e = {
	    .msg = &f.m, .occurred_us = k->now, .world = walk_calm};

	k->now += WALK_MIN;
	e.occurred_us = k->now;
	e.world.confirms = confirms;
	permit_form_fill(&f, k->w, ACT(STEP));
	permit_form_step(&f, k->w, name);
	if (f.m.n_measures > 0) {
		f.m.measures += from;
		f.m.n_measures = to - from;
	}
	return walk_try(k, &e, who);
}

static size_t
missing(struct walk *k, struct rule_gaps *gaps, const char *code)
{
	Record__Permit none = RECORD__PERMIT__INIT;
	struct permit_event e = {.row = &k->row,
	    .pack = k->w,
	    .msg = &none,
	    .occurred_us = k->now,
	    .world = walk_calm};
	size_t n = 0;

	(void)permit_missing(&e, gaps);
	for (size_t i = 0; i < gaps->len; i++) {
		if (strcmp(gaps->at[i].rule->code, code) == 0)
			gaps->at[n++] = gaps->at[i];
	}
	return n;
}

/* Annex A: each measure has its confirmer; what is open is named with him. */
Test(permit_form, confirms_measures_one_by_one_each_by_its_confirmer)
{
	const Pack__Work *w =
	    packs_version(packs, packs_id("confined-space@2022.2"));
	struct walk k = {.random = 7, .w = w, .now = WALK_T0};
	struct rule_gaps gaps;
	struct rule_verdict v;

	walk_apply(&k, w->levels[0]->level);
	cr_assert_not(step(&k, "risk", CHIEF, 0, 0, 0).refused);
	cr_assert_eq(missing(&k, &gaps, "STEP_MISSING"), 6u);
	/* The first three are the unit's own: emptied, blinded, locked. */
	v = step(&k, "measures", CHIEF, 0, 4, ~UINT64_C(7));
	cr_assert_not_null(v.rule);
	cr_assert_str_eq(v.rule->code, "MEASURE_ROLE");
	cr_assert_str_eq(v.gap.what, w->measures[0]->text);
	cr_assert_str_eq(v.gap.who[0], "process-engineer");
	v = step(&k, "measures", CHIEF, 3, 15, ~UINT64_C(7));
	cr_assert_not(v.refused);
	cr_assert_eq(missing(&k, &gaps, "MEASURES_OPEN"), 3u);
	cr_assert_str_eq(gaps.at[2].what, w->measures[2]->text);
	cr_assert_str_eq(gaps.at[2].who[0], "process-engineer");
	/* Nor does the next signer sign over what is open. */
	v = step(&k, "lead", CHIEF, 0, 0, 0);
	cr_assert(v.refused);
	v = step(&k, "measures", OTHER, 0, 3, UINT64_MAX);
	cr_assert_not(v.refused);
	cr_assert_eq(missing(&k, &gaps, "MEASURES_OPEN"), 0u);
	/* None of them in a step that is not theirs, nor one that is not known.
	 */
	v = step(&k, "measures", OTHER, 0, 0, UINT64_MAX);
	cr_assert_not_null(v.rule);
	cr_assert_str_eq(v.rule->code, "MEASURE_UNKNOWN");
}

/* 4.4: every worker signs that he was briefed; who has not is named. */
Test(permit_form, wants_every_worker_s_signature_under_the_briefing)
{
	const Pack__Work *w = packs_version(packs, packs_id("height@2022.2"));
	struct walk k = {.random = 7, .w = w, .now = WALK_T0};
	struct rule_gaps gaps;
	struct rule_verdict v;

	walk_apply(&k, w->levels[0]->level);
	k.row.work.crew[0] = 0x91;
	k.row.work.crew[1] = 0x92;
	k.row.work.crew_len = 2;
	cr_assert_not(step(&k, "risk", CHIEF, 0, 0, 0).refused);
	cr_assert_not(step(&k, "brief", CHIEF, 0, 0, 0).refused);
	v = step(&k, "briefed", CHIEF, 0, 0, 0);
	cr_assert_not_null(v.rule);
	cr_assert_str_eq(v.rule->code, "NOT_OF_CREW");
	cr_assert_not(step(&k, "briefed", WORKER, 0, 0, 0).refused);
	cr_assert_not(step(&k, "briefed", 0x92, 0, 0, 0).refused);
	cr_assert_eq(missing(&k, &gaps, "CREW_UNSIGNED"), 1u);
	cr_assert_str_eq(gaps.at[0].what, "workers[0]");
	cr_assert_str_eq(gaps.at[0].clause, "GB 30871-2022 4.4");
	cr_assert_not(step(&k, "briefed", 0x91, 0, 0, 0).refused);
	cr_assert_eq(missing(&k, &gaps, "CREW_UNSIGNED"), 0u);
	/* Whoever comes later signs, too. */
	k.row.work.crew[1] = 0x93;
	cr_assert_eq(missing(&k, &gaps, "CREW_UNSIGNED"), 1u);
	cr_assert_str_eq(gaps.at[0].what, "workers[1]");
}

/* A drawing is its digest: what is none ties no drawing to the permit. */
Test(permit_form, wants_the_digest_of_a_drawing)
{
	static char wrong[][65] = {"see the wall", "0123456789abcdef",
	    "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg"};
	struct walk k = {.random = 1,
	    .w = packs_version(packs, packs_id("blind-plate@2022.1")),
	    .now = WALK_T0};
	struct said s;
	char *right;

	said_begin(&s, &k, ACT(APPLY));
	walk_plan(&s.f, &k, RECORD__PERMIT__LEVEL__UNLEVELLED);
	right = s.f.blind.drawing;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		s.f.blind.drawing = wrong[i];
		said_ends(&s, &k, OTHER, "DRAWING_DIGEST");
	}
	s.f.blind.drawing = right;
	said_ends(&s, &k, OTHER, NULL);
}
