/* intel_incidents_test.c - reports of accidents pass the gate, or are held. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/gate_pass.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/csv.h"
#include "node/domain/intel.h"
#include "node/domain/packs_force.h"
#include "node/domain/release_pack.h"
#include "node/packs_file.h"
#include "node/whole_file.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "tests/support/circle.h"

#define NOW INT64_C(1795315800000000)
#define FILE_MAX (1 << 20)

/* What a report of these may not say.  `told`: the node knows it, as a person,
 * a member or a word of the policy; the others it has to find by their look. */
static const struct {
	const char *token;
	bool told;
} tokens[] = {
    {"Anthony", true},
    {"Eduardo", true},
    {"Eric Fernández", true},
    {"José", true},
    {"Miguel", true},
    {"Marco", true},
    {"Manuel", true},
    {"Felipe", true},
    {"Paulo", true},
    {"Luis", true},
    {"Juan", true},
    {"Pedro", true},
    {"Antônio", true},
    {"Antonio", true},
    {"Carmen", true},
    {"Rafael", true},
    {"Robson", true},
    {"Renato", true},
    {"Daniel", true},
    {"Cristian", true},
    {"Fernando", true},
    {"Marcos", true},
    {"Samuel", true},
    {"Raul", true},
    {"William", true},
    {"Breno", true},
    {"Divino", true},
    {"Jehovânio", true},
    {"Gilton", true},
    {"Josimar", true},
    {"Luciano", true},
    {"Eustaquio", true},
    {"Mario", true},
    {"Mário", true},
    {"Márcio", true},
    {"Igor", true},
    {"Milton", true},
    {"Roger", true},
    {"Ademir", true},
    {"Eusébio", true},
    {"Elismar", true},
    {"Gilvânio", true},
    {"Wilder", true},
    {"IMPROMEC", true},
    {"Tecnomin", true},
    {"EKA", true},
    {"MILPO", true},
    {"Abratech", true},
    {"Geosol", true},
    {"Confipetrol", true},
    {"Incimmet", true},
    {"Explomin", true},
    {"Unicon", true},
    {"Zamac", true},
    {"Natclar", true},
    {"Servitecforaco", true},
    {"Cajamarquilla", true},
    {"Vazante", true},
    {"Aripuanã", true},
    {"Paracatu", true},
    {"Porvenir", true},
    {"Mr. Cristóbal", false},
    {"Mr. Jhonatan", false},
    {"Mr. Mollares", false},
    {"Mr. Albertico", false},
    {"Mr. Jhony", false},
    {"Mr. Danon", false},
    {"Mr. Cesar", false},
    {"Mr. Jesus", false},
    {"Mr. Kevin", false},
    {"Mr. Francisco", false},
    {"Mr. Macedonio", false},
    {"Mr. Lázaro", false},
    {"CX-695", false},
    {"HM-100", false},
    {"G-2142", false},
    {"AJG-751", false},
    {"P-205B", false},
    {"D-1021", false},
    {"TC-020", false},
    {"AXS-186", false},
    {"AMP-819", false},
    {"CEP-403", false},
    {"Z-332", false},
    {"AFO-755", false},
    {"AHK-903", false},
    {"陈建国", true},
    {"华泰化工", true},
    {"赵某", false},
    {"13812345678", false},
    {"11010519491231002X", false},
    {"宁A12345", false},
    {"0951-2012345", false},
    {"R-2301", false},
};

/* Of our own writing: what, where, how grave; so that the check lives without
 * the data of others. */
struct report {
	const char *industry, *region, *substance, *equipment, *hazard, *text;
};
static const struct report own[] = {
    {"C26", "宁夏", "chlorine", "hose", "poisoning",
        "While a tanker was unloaded the hose came off; two workers inhaled "
        "gas. The coupling had no second lock."},
    {"C26", "宁夏", "chlorine", "valve", "poisoning",
        "Chen 陈建国 opened the sampling valve without a mask."},
    {"C26", "江苏", "benzene", "tank", "fire",
        "Vapour at the hatch caught fire by static electricity."},
    {"C26", "江苏", "benzene", "pump", "fire",
        "The seal of pump R-2301 leaked; ask 13812345678."},
    {"B06", "山西", NULL, "conveyor", "crush",
        "A guard had been taken off for cleaning and not put back."},
    {"B06", "山西", NULL, "conveyor", "crush",
        "赵某进入皮带机下方清煤，未停机上锁。"},
    {"C26", "宁夏", "ammonia", "compressor", "leak",
        "华泰化工的压缩机法兰泄漏，人员撤离及时。"},
    {"C26", "宁夏", "phosgene", "reactor", "leak",
        "The alarm was put aside for the third time that night."},
    {"C25", "山东", "hydrogen", "furnace", "explosion",
        "Purging was cut short; the burner lit what was left."},
    {"C25", "山东", "hydrogen", "vessel", "explosion",
        "Driver of 宁A12345 waited beside it; plant 0951-2012345."},
    {"C26", "江苏", "methanol", "scaffold", "fall",
        "A plank was not tied; he fell three metres onto the slab."},
    {"C26", "宁夏", "chlorine", "valve", "poisoning",
        "Identity 11010519491231002X, sent to hospital."},
};

static struct packs *packs;
static struct circle circle;
static struct gate_member member[CIRCLE_MAX];
static struct scrub_known known;
static struct gate_past past;

static const char *
profile(size_t i)
{
	static const char *const lines[] = {
	    "industries: [C26], regions: [宁夏], substances: [chlorine, "
	    "ammonia], equipment: [static, rotating, access]",
	    "industries: [C26], regions: [江苏], substances: [benzene, "
	    "methanol], equipment: [static, rotating, access]",
	    "industries: [C25], regions: [山东], substances: [hydrogen, "
	    "methane], equipment: [static]",
	    "industries: [B06, B09], regions: [山西], equipment: [rotating]",
	    "industries: [C26, C32], regions: [宁夏], substances: [chlorine, "
	    "phosgene], equipment: [static, mobile]",
	};

	return i == 0 ? "industries: [B, C], regions: [north-west, east-china, "
	                "north-china], substances: [toxic, flammable], "
	                "equipment: [static, rotating, access, mobile]"
	              : lines[i % 5];
}

static void
begin(void)
{
	static char text[CIRCLE_TEXT];
	const Pack__Release *p;
	struct err_why why = {.text = ""};

	cr_assert_eq(packs_open(&packs, NULL, NULL), ERR_OK);
	circle_make(&circle, 40);
	circle_profiles(&circle, "t", profile, text);
	cr_assert_eq(packs_add(packs, "x", bytes_str(text), &why), ERR_OK, "%s",
	    why.text);
	for (size_t i = 0; i < circle.len; i++)
		member[i] =
		    (struct gate_member){circle.name[i], circle.company[i],
		        release_pack_profile(
		            packs_profiles(packs, NOW), circle.name[i])};
	p = packs_release(packs, NOW);
	known.forms = p->tag_forms;
	known.forms_len = p->n_tag_forms;
	known.allowed = p->tags_allowed;
	known.allowed_len = p->n_tags_allowed;
	for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
		if (tokens[i].told)
			scrub_word(&known, SCRUB_PERSON, tokens[i].token);
	}
}

static void
end(void)
{
	scrub_clear(&known);
	packs_free(packs);
}

TestSuite(intel_incidents, .init = begin, .fini = end);

struct sum {
	size_t reports, released, held[SCRUB_KINDS + 1];
	size_t level[GATE_DIMS][GATE_DEPTH_MAX + 1];
};

static char *
text_of(const char *s)
{
	return s != NULL && s[0] != '\0' ? mem_strdup(s) : NULL;
}

/* Letters and digits only, small: written for this test, not the gate's. */
static char *
bare(const char *s)
{
	char *out = mem_alloc(strlen(s) + 1, 1);
	size_t n = 0;

	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c >= 0x80 || (c >= 'a' && c <= 'z') ||
		    (c >= '0' && c <= '9'))
			out[n++] = (char)c;
		else if (c >= 'A' && c <= 'Z')
			out[n++] = (char)(c + 32);
		else
			out[n++] = ' ';
	}
	out[n] = '\0';
	return out;
}

static bool
says(const char *text, const char *token)
{
	char *t = bare(text), *w = bare(token);
	bool found = false;

	for (const char *at = strstr(t, w); at != NULL && !found;
	     at = strstr(at + 1, w)) {
		char before = at == t ? ' ' : at[-1];
		char after = at[strlen(w)];

		found = ((unsigned char)w[0] >= 0x80 || before == ' ') &&
		    ((unsigned char)w[0] >= 0x80 || after == ' ' ||
		        after == '\0');
	}
	free(t);
	free(w);
	return found;
}

static void
count_levels(struct sum *s, const struct gate_k *k)
{
	const Pack__Release *p = packs_release(packs, NOW);

	for (enum gate_dim d = 0; d < GATE_DIMS; d++) {
		size_t level = 0;

		for (size_t t = 0; t < p->n_trees; t++) {
			if (strcmp(p->trees[t]->field, gate_dim_field(d)) != 0)
				continue;
			for (size_t n = 0; n < p->trees[t]->n_levels; n++) {
				if (strcmp(p->trees[t]->levels[n],
				        k->at[d].level) == 0)
					level = n + 1;
			}
		}
		s->level[d][level] += k->at[d].given[0] != '\0';
	}
}

static void
pass(const struct report *r, struct sum *s)
{
	const struct gate_ask ask = {.policy = packs_release(packs, NOW),
	    .packs = packs,
	    .alliance = {.at = member,
	        .len = circle.len,
	        .self = circle.name[0]},
	    .known = &known,
	    .past = &past,
	    .occurred_us = NOW,
	    .now_us = NOW};
	Record__Intel *m = mem_alloc(1, sizeof *m);
	struct gate_answer a;

	record__intel__init(m);
	m->industry = text_of(r->industry);
	m->region = text_of(r->region);
	m->substance = text_of(r->substance);
	m->equipment = text_of(r->equipment);
	m->hazard = text_of(r->hazard);
	m->narrative = text_of(r->text);
	m->type = mem_strdup("lesson");
	m->tlp = mem_strdup("GREEN");
	m->applies_if = mem_strdup("the same work is done at your site");
	gate_pass(&ask, &m, &a);
	s->reports++;
	s->released += a.len == 0;
	if (a.len > 0) {
		s->held[a.at[0].kind != 0 ? a.at[0].kind : SCRUB_KINDS]++;
	} else {
		count_levels(s, &a.k);
		cr_assert_geq(m->k, GATE_K_DEFAULT);
		for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++)
			cr_assert(m->narrative == NULL ||
			        !says(m->narrative, tokens[i].token),
			    "released: %s", tokens[i].token);
	}
	gate_k_clear(&a.k);
	slice_free(&m->base);
}

static void
report(const char *what, const struct sum *s)
{
	fprintf(stderr, "%s: %zu reports, %zu released, %zu held:", what,
	    s->reports, s->released, s->reports - s->released);
	for (size_t k = 1; k < SCRUB_KINDS; k++) {
		if (s->held[k] > 0)
			fprintf(stderr, " %zu %s,", s->held[k],
			    scrub_kind_text((enum scrub_kind)k, false));
	}
	fprintf(stderr, " %zu otherwise\n", s->held[SCRUB_KINDS]);
	for (enum gate_dim d = 0; d < GATE_DIMS; d++) {
		fprintf(stderr, "  %s:", gate_dim_field(d));
		for (size_t n = 0; n <= 4; n++)
			fprintf(stderr, " %zu", s->level[d][n]);
		fprintf(stderr, " (withheld, then from the coarsest)\n");
	}
}

Test(intel_incidents, of_our_own_writing_pass_or_are_held)
{
	struct sum s = {.reports = 0};

	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		pass(&own[i], &s);
	report("own", &s);
	cr_assert_eq(s.reports, 12);
	cr_assert_eq(s.released, 6);
	cr_assert_eq(s.held[SCRUB_PERSON], 3);
	cr_assert_eq(s.held[SCRUB_IDENTITY], 1);
	cr_assert_eq(s.held[SCRUB_MOBILE], 1);
	cr_assert_eq(s.held[SCRUB_LANDLINE], 1);
}

/* A column as text, to be freed. */
static char *
field(const struct csv *c, size_t i)
{
	char *out = mem_alloc(c->field[i].len + 1, 1);

	if (c->field[i].len > 0)
		memcpy(out, c->field[i].ptr, c->field[i].len);
	return out;
}

/* Sector, country, risk and what happened. */
static void
read_reports(const char *path, struct sum *s)
{
	struct err_why why = {.text = ""};
	struct buf text;
	struct csv c;

	buf_init(&text, FILE_MAX);
	cr_assert_eq(
	    whole_file_read(&text, path, &why), ERR_OK, "%s", why.text);
	csv_init(&c, buf_view(&text), ',');
	cr_assert_eq(csv_next(&c, &why), ERR_OK);
	while (csv_next(&c, &why) == ERR_OK) {
		char *sector = field(&c, 3), *country = field(&c, 2);
		char *risk = field(&c, 8), *words = field(&c, 9);
		const struct report r = {
		    .industry = strcmp(sector, "Mining") == 0 ? "B09"
		        : strcmp(sector, "Metals") == 0       ? "C32"
		                                              : NULL,
		    .region = strstr(country, "01") != NULL ? "山西"
		        : strstr(country, "02") != NULL     ? "宁夏"
		                                            : "江苏",
		    .hazard = risk,
		    .text = words,
		};

		pass(&r, s);
		free(sector);
		free(country);
		free(risk);
		free(words);
	}
	csv_clear(&c);
	buf_clear(&text);
}

/* INCIDENTS=DIR: 425 reports of three countries' plants, not part of this
 * project (ihm-stefanini.csv). */
Test(intel_incidents, of_others_pass_or_are_held)
{
	const char *dir = getenv("INCIDENTS");
	struct sum s = {.reports = 0};
	char path[512];

	if (dir == NULL || dir[0] == '\0')
		cr_skip_test("INCIDENTS is not given");
	(void)snprintf(path, sizeof path, "%s/ihm-stefanini.csv", dir);
	read_reports(path, &s);
	report("425", &s);
	cr_assert_eq(s.reports, 425);
	cr_assert_gt(s.released, 200);
	/* Nothing in them is a number of a person or a company. */
	for (size_t k = SCRUB_IDENTITY; k <= SCRUB_COORDINATES; k++)
		cr_assert_eq(s.held[k], 0, "%s",
		    scrub_kind_text((enum scrub_kind)k, false));
	cr_assert_eq(s.held[SCRUB_KINDS], 0);
}
