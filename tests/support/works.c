/* works.c - special work of any kind, led through its pack at a plant. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/works.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/calendar.h"
#include "node/domain/field.h"
#include "node/submit_rules.h"
#include "proto/mem.h"
#include "tests/support/packed.h"

#define MIN PLANT_MINUTE
#define DAY_US (24 * 60 * MIN)
#define CHINA_US (8 * 60 * MIN)
#define AREAS 80
#define METERS_PER_DEGREE 111194.92664455873
#define POSTED_MAX 64
#define STREET 0.01 /* degrees of longitude from one area to the next */

static char all_roles[][24] = {"gas-analyst", "approver", "safety-officer",
    "process-engineer", "work-lead", "unit-manager", "dept-manager",
    "safety-manager", "plant-manager", "shift-leader", "acceptor",
    "power-supply", "power-user", "utilities-officer", "fire-officer"};

static void
put_packs(struct works *w)
{
	static const double near[] = {29, 30.1};
	static char places[AREAS * 96 + 512];
	static const char calendar[] =
	    "calendar:\n  version: \"1\"\n"
	    "  effectiveAt: \"2026-01-01T00:00:00+08:00\"\n"
	    "  dayOffsetMinutes: 480\n"
	    "  from: \"2026-01-01\"\n  to: \"2027-12-31\"\n"
	    "  restWeekdays: [6, 7]\n"
	    "  nightFrom: \"00:30\"\n  nightTo: \"05:00\"\n"
	    "  holidays:\n";
	static char text[sizeof calendar + 60 * 64];
	static const char *const thursdays[] = {"2026-12-03", "2026-12-17",
	    "2026-12-31", "2027-01-14", "2027-01-28", "2027-02-11",
	    "2027-02-25", "2027-03-11", "2027-03-25", "2027-04-08",
	    "2027-04-22", "2027-05-06"};
	static const char *const tuesdays[] = {"2026-12-01", "2026-12-15",
	    "2026-12-29", "2027-01-12", "2027-01-26", "2027-02-09",
	    "2027-02-23", "2027-03-09", "2027-03-23", "2027-04-06",
	    "2027-04-20", "2027-05-04"};
	size_t n;

	n = (size_t)snprintf(places, sizeof places,
	    "places:\n  version: \"1\"\n"
	    "  effectiveAt: \"2026-01-01T00:00:00Z\"\n  places:\n");
	for (size_t i = 0; i < AREAS; i++)
		n += (size_t)snprintf(places + n, sizeof places - n,
		    "    - {area: area-%02zu, longitude: %.2f, latitude: "
		    "31.2, radiusM: 60}\n",
		    i, 121.0 + (double)i * STREET);
	for (size_t i = 0; i < sizeof near / sizeof near[0]; i++)
		n += (size_t)snprintf(places + n, sizeof places - n,
		    "    - {area: near-%g, longitude: 121.0, latitude: %.9f, "
		    "radiusM: 1}\n",
		    near[i], 31.2 + (near[i] + 61) / METERS_PER_DEGREE);
	packed_file(&w->p, "places.yaml", places);
	n = (size_t)snprintf(text, sizeof text, "%s", calendar);
	for (size_t i = 0; i < 12; i++)
		n += (size_t)snprintf(text + n, sizeof text - n,
		    "    - {from: \"%s\", to: \"%s\", name: h}\n", thursdays[i],
		    thursdays[i]);
	n += (size_t)snprintf(text + n, sizeof text - n, "  special:\n");
	for (size_t i = 0; i < 12; i++)
		n += (size_t)snprintf(text + n, sizeof text - n,
		    "    - {from: \"%s\", to: \"%s\", name: s}\n", tuesdays[i],
		    tuesdays[i]);
	packed_file(&w->p, "calendar.yaml", text);
}

/* ---- sent, and not waited for yet ---- */

struct works_posted {
	struct plant_post post;
	struct submit_wait *wait;
	struct works *w;
};

void
works_settle(struct works *w)
{
	for (size_t i = 0; i < w->posted_len; i++) {
		struct works_posted *p = &w->posted[i];
		struct submit_result *r = submit_wait_for(p->wait);

		cr_assert_eq(
		    r->error, ERR_OK, "%s %s", r->why.text, r->said.what);
		cr_assert_eq(r->items[0].outcome, LEDGER__OUTCOME__APPLIED);
		submit_result_free(r);
		buf_clear(&p->post.msg);
	}
	w->posted_len = 0;
}

void
works_turn(struct works *w, int64_t us)
{
	works_settle(w);
	plant_turn(&w->p, us);
}

void
works_post(struct job *j, const struct plant_person *who)
{
	struct works *w = j->w;
	struct plant_sign sign = {.who = who,
	    .kind = LEDGER__KIND__PERMIT,
	    .record = j->permit,
	    .based_on = j->seq,
	    .msg = &j->f.m.base,
	    .occurred_us = w->p.now};
	const bool later = j->permit[0] != '\0';
	struct works_posted *p;
	struct submit_to to;

	if (w->posted_len == POSTED_MAX)
		works_settle(w);
	p = &w->posted[w->posted_len++];
	p->wait = submit_wait_new();
	to = plant_to(&w->p, p->wait);
	j->f.m.has_occurred_at = true;
	j->f.m.occurred_at = w->p.now;
	plant_post(&w->p, &sign, &p->post);
	submit_event(
	    &to, LEDGER__KIND__PERMIT, later ? j->permit : NULL, &p->post.post);
	j->seq++;
}

static void
enrol_boss(struct works *w)
{
	Api__EventPost post = API__EVENT_POST__INIT;
	Record__Actor a = RECORD__ACTOR__INIT;
	char name[] = "boss";
	char *roles[sizeof all_roles / sizeof all_roles[0]];
	struct plant_person *out = &w->boss;
	struct submit_result *r;

	crypto_signer_new(&out->key);
	out->alg_key[0] = CRYPTO_ALG_ED25519;
	memcpy(out->alg_key + 1, out->key.pub, CRYPTO_PUB_BYTES);
	a.has_action = a.has_key = true;
	a.action = RECORD__ACTOR__ACTION__ENROL;
	a.name = name;
	a.roles = roles;
	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
		a.roles[a.n_roles++] = all_roles[i];
	a.key = (ProtobufCBinaryData){sizeof out->alg_key, out->alg_key};
	post.actor = &a;
	r = plant_event(&w->p, LEDGER__KIND__ACTOR, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

void
works_begin(struct works *w)
{
	*w = (struct works){.posted = mem_alloc(POSTED_MAX, sizeof *w->posted)};
	plant_begin(&w->p, "plant-a.acme.example");
	put_packs(w);
	plant_restart(&w->p);
	plant_enrol(&w->p, &w->clerk, "clerk", "applicant");
	plant_enrol(&w->p, &w->stranger, "stranger", "guardian");
	enrol_boss(w);
}

void
works_end(struct works *w)
{
	works_settle(w);
	free(w->posted);
	plant_end(&w->p);
}

int64_t
works_midnight(const struct works *w)
{
	const int64_t here = w->p.now + CHINA_US;

	return here - here % DAY_US + DAY_US - CHINA_US;
}

static unsigned
days_at(struct works *w, int64_t at_us)
{
	unsigned days = 0;

	cr_assert(
	    calendar_at(&days, packs_calendar(w->p.site->packs, at_us), at_us));
	return days;
}

void
works_until(struct works *w, int minutes, unsigned after)
{
	int64_t at = works_midnight(w) - DAY_US + minutes * MIN;

	while (at <= w->p.now || days_at(w, at) != 0 ||
	    (after != WORKS_ANY &&
	        days_at(w, at - minutes * MIN + DAY_US) != after))
		at += DAY_US;
	works_turn(w, at - w->p.now);
}

void
works_job(struct job *j, struct works *w, const char *pack,
    Record__Permit__Level level, const struct job *beside)
{
	*j = (struct job){.w = w,
	    .pack = packs_version(w->p.site->packs, packs_id(pack)),
	    .level = level,
	    .from_us = w->p.now,
	    .to_us = w->p.now + 8 * 60 * MIN,
	    .operation = RECORD__BLIND_FORM__OPERATION__PUT};
	cr_assert_not_null(j->pack, "%s", pack);
	(void)snprintf(j->area, sizeof j->area, "area-%02u", w->areas);
	if (beside != NULL)
		memcpy(j->area, beside->area, sizeof j->area);
	else
		w->areas++;
	cr_assert_leq(w->areas, AREAS);
	w->people++;
	(void)snprintf(j->worker, sizeof j->worker, "w-%04u", w->people);
	(void)snprintf(j->guardian, sizeof j->guardian, "g-%04u", w->people);
	(void)snprintf(j->number, sizeof j->number, "T-%04u", w->people);
	memcpy(j->form_number, j->number, sizeof j->form_number);
}

/* A certificate of the class that the work asks for, with its number. */
static void
certify(struct job *j)
{
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct plant *p = &j->w->p;
	struct submit_result *r;

	c.has_action = c.has_valid_from_at = c.has_valid_to_at = true;
	c.action = RECORD__CERTIFICATE__ACTION__ISSUE;
	c.holder = j->worker;
	c.class_ = j->pack->classes[0];
	c.number = j->number;
	c.valid_from_at = p->now - MIN;
	c.valid_to_at =
	    j->card_to_us != 0 ? j->card_to_us : p->now + CARDS_DAYS * DAY_US;
	post.certificate = &c;
	r = plant_event(p, LEDGER__KIND__CERTIFICATE, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(j->card, r->items[0].record_id);
	submit_result_free(r);
}

Record__Permit *
works_event(struct job *j, Record__Permit__Action action)
{
	struct permit_form *f = &j->f;
	Record__Permit *m = &f->m;

	permit_form_fill(f, j->pack, action);
	permit_form_level(f, j->level);
	m->area = j->area;
	m->worker = j->worker;
	m->guardian = j->guardian;
	m->work_lead = m->commander = m->rigger = j->worker;
	f->one[0] = j->form_number;
	m->explosive_area = j->explosive;
	m->work_type = j->pack->work_type;
	f->blind.operation = (Record__BlindForm__Operation)j->operation;
	f->blind.equipment = j->area;
	f->weather.fog = f->weather.heavy_rain = f->weather.heavy_snow = false;
	m->successor = NULL;
	m->evidence = NULL;
	m->n_evidence = 0;
	m->longitude = 121.0 + STREET * (double)(j->area[5] - '0') * 10 +
	    STREET * (double)(j->area[6] - '0');
	m->latitude = 31.2;
	if (action == RECORD__PERMIT__ACTION__APPLY) {
		m->has_planned_from_at = m->has_planned_to_at = true;
		m->planned_from_at = j->from_us;
		m->planned_to_at = j->to_us;
	}
	return m;
}

bool
works_send(struct job *j, const struct plant_person *who, int64_t at_us,
    Ledger__Outcome *out)
{
	struct plant *p = &j->w->p;
	struct plant_sign sign = {.who = who,
	    .kind = LEDGER__KIND__PERMIT,
	    .record = j->permit,
	    .based_on = j->seq,
	    .msg = &j->f.m.base,
	    .occurred_us = at_us != 0 ? at_us : p->now};
	const bool later = j->permit[0] != '\0';
	struct submit_result *r;
	bool taken;

	works_settle(j->w);
	sign.based_on = j->seq;
	j->f.m.has_occurred_at = true;
	j->f.m.occurred_at = sign.occurred_us;
	r = plant_signed(p, &sign, later ? j->permit : NULL);
	taken = r->error == ERR_OK;
	if (taken)
		j->seq = r->items[0].event_seq;
	else
		fprintf(stderr, "works: %s %s\n", r->why.text, r->said.what);
	if (out != NULL)
		*out = taken ? r->items[0].outcome : 0;
	else
		cr_assert(taken, "%s %s", r->why.text, r->said.what);
	submit_result_free(r);
	return taken;
}

void
works_do(struct job *j, Record__Permit__Action action,
    const struct plant_person *who)
{
	(void)works_event(j, action);
	works_post(j, who);
}

void
works_apply(struct job *j)
{
	struct plant *p = &j->w->p;

	if (!j->uncarded)
		certify(j);
	cards_guardian(p, j->guardian);
	plant_enrol(p, &j->guard, j->guardian, "guardian");
	(void)works_event(j, RECORD__PERMIT__ACTION__APPLY);
	for (size_t i = 0; i < 3 && j->links[i] != NULL; i++) {
		static char *all[3];
		static char id[3][TEXT_UUID_CHARS + 1];

		(void)snprintf(id[i], sizeof id[i], "%s", j->links[i]);
		all[i] = id[i];
		j->f.m.linked = all;
		j->f.m.n_linked = i + 1;
	}
	works_post(j, &j->w->clerk);
}

void
works_steps(struct job *j, Record__Permit__Action before, const char *but)
{
	static char name[40];

	for (size_t i = 0; i < j->pack->n_steps; i++) {
		const Pack__Step *s = j->pack->steps[i];

		if (s->before != before || strstr(but, s->name) != NULL ||
		    !packs_at_level(s->levels, s->n_levels, j->level))
			continue;
		(void)snprintf(name, sizeof name, "%s", s->name);
		works_event(j, RECORD__PERMIT__ACTION__STEP)->step = name;
		works_post(j, &j->w->boss);
	}
}

void
works_gas(struct job *j, double vol)
{
	Record__GasReading g[8];
	Record__GasReading *list[8];
	static char name[8][32];
	static char unit[8][16];
	Record__Permit *m = works_event(j, RECORD__PERMIT__ACTION__GAS_TEST);
	size_t n = 1;

	record__gas_reading__init(&g[0]);
	g[0].has_value = g[0].has_lel = true;
	g[0].value = vol;
	g[0].lel = 5;
	(void)snprintf(name[0], sizeof name[0], "methane");
	(void)snprintf(unit[0], sizeof unit[0], "%%vol");
	for (size_t i = 0; i < j->pack->n_gases && n < 8; i++) {
		const Pack__GasLimit *l = j->pack->gases[i];

		if (!l->required)
			continue;
		record__gas_reading__init(&g[n]);
		g[n].has_value = true;
		g[n].value = l->has_min ? (l->min + l->max) / 2 : l->max / 2;
		(void)snprintf(name[n], sizeof name[n], "%s", l->gas);
		(void)snprintf(unit[n], sizeof unit[n], "%s", l->unit);
		n++;
	}
	for (size_t i = 0; i < n; i++) {
		g[i].gas = name[i];
		g[i].unit = unit[i];
		list[i] = &g[i];
	}
	m->has_sampled_at = true;
	m->sampled_at = j->w->p.now;
	m->gas = list;
	m->n_gas = n;
	works_post(j, &j->w->boss);
}

static bool
wants_gas(const struct job *j)
{
	return j->pack->n_gas_when == 0 || j->explosive;
}

void
works_issue(struct job *j)
{
	works_apply(j);
	works_steps(j, RECORD__PERMIT__ACTION__APPROVE, WORKS_ALL);
	if (wants_gas(j))
		works_gas(j, 0.1);
	works_do(j, RECORD__PERMIT__ACTION__APPROVE, &j->w->boss);
	works_steps(j, RECORD__PERMIT__ACTION__START, WORKS_ALL);
	works_settle(j->w);
}

void
works_start(struct job *j)
{
	works_issue(j);
	works_do(j, RECORD__PERMIT__ACTION__START, &j->guard);
	works_settle(j->w);
}

void
works_look(struct works *w)
{
	struct submit_wait *wait = submit_wait_new();
	struct submit_to to = plant_to(&w->p, wait);

	works_settle(w);
	struct submit_result *r;

	submit_rules(&to);
	r = submit_wait_for(wait);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}
