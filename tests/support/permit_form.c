/* permit_form.c - the form of any special work, filled in. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/permit_form.h"

#include <stdio.h>

static char text[] = "x";
static char drawing[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static void
fill_forms(struct permit_form *f)
{
	record__hot_form__init(&f->hot);
	record__confined_form__init(&f->confined);
	record__blind_form__init(&f->blind);
	record__height_form__init(&f->height);
	record__lift_form__init(&f->lift);
	record__power_form__init(&f->power);
	record__earth_form__init(&f->earth);
	record__road_form__init(&f->road);
	f->hot.part = f->hot.method = text;
	f->confined.space = f->confined.medium = text;
	f->confined.has_people_in = f->confined.has_tools_in = true;
	f->confined.has_people_out = f->confined.has_tools_out = true;
	f->blind.has_operation = true;
	f->blind.operation = RECORD__BLIND_FORM__OPERATION__PUT;
	f->blind.equipment = f->blind.medium = f->blind.temperature =
	    f->blind.pressure = f->blind.material = f->blind.spec =
	        f->blind.blind_no = text;
	f->blind.drawing = f->earth.drawing = f->road.drawing = drawing;
	f->height.has_height_m = f->height.has_factors = true;
	f->height.height_m = 3;
	f->lift.has_mass_t = f->lift.has_cranes = true;
	f->lift.mass_t = 10;
	f->lift.gear = f->lift.load = text;
	f->power.has_rated_kw = true;
	f->power.power_kw = f->power.rated_kw = f->power.voltage_v = 1;
	f->earth.depth_m = f->earth.area_m2 = 1;
	f->lift.cranes = 1;
	f->power.source = f->power.equipment = text;
	f->power.has_power_kw = f->power.has_voltage_v = true;
	f->earth.scope = f->earth.method = text;
	f->earth.has_depth_m = f->earth.has_area_m2 = true;
	f->road.reason = f->road.affected = text;
}

void
permit_form_fill(
    struct permit_form *f, const Pack__Work *w, Record__Permit__Action action)
{
	static char area[] = "a";
	static char worker[] = "w";
	static char guardian[] = "g";
	Record__Permit *m = &f->m;

	record__permit__init(m);
	fill_forms(f);
	m->has_action = true;
	m->action = action;
	m->area = area;
	m->worker = worker;
	m->guardian = guardian;
	m->content = m->location = m->unit = m->work_unit = m->hazards =
	    m->plan = m->briefer = m->reason = m->commander = m->rigger =
	        m->work_lead = m->drawn_by = m->power_user = m->analyst = text;
	f->one[0] = text;
	m->briefed = m->certificates = m->evidence = f->one;
	m->equipment = m->instruments = f->one;
	m->n_briefed = m->n_certificates = m->n_evidence = m->n_equipment =
	    m->n_instruments = 1;
	m->successor = text;
	record__weather__init(&f->weather);
	f->weather.has_fog = f->weather.has_heavy_rain =
	    f->weather.has_heavy_snow = true;
	m->weather = &f->weather;
	m->has_contractor = m->has_explosive_area = m->has_outdoor =
	    m->has_hazardous_media = true;
	m->has_site_restored = m->site_restored = true;
	m->has_handed_over = m->handed_over = true;
	m->has_wind_grade = true;
	m->wind_grade = 2;
	m->has_longitude = m->has_latitude = m->has_accuracy_m = true;
	m->accuracy_m = 5;
	m->hot = &f->hot;
	m->confined = &f->confined;
	m->blind = &f->blind;
	m->height = &f->height;
	m->lift = &f->lift;
	m->power = &f->power;
	m->earth = &f->earth;
	m->road = &f->road;
	for (size_t i = 0; i < w->n_measures; i++) {
		record__measure_check__init(&f->check[i]);
		f->check[i].has_no = f->check[i].has_applies =
		    f->check[i].has_done = true;
		f->check[i].no = (uint32_t)i + 1;
		f->check[i].applies = f->check[i].done = true;
		f->checks[i] = &f->check[i];
	}
	m->measures = f->checks;
	m->n_measures = w->n_measures;
}

void
permit_form_level(struct permit_form *f, Record__Permit__Level level)
{
	f->m.has_level = f->m.has_base_level = true;
	f->m.level = f->m.base_level = level;
	f->height.height_m = level == RECORD__PERMIT__LEVEL__LEVEL_4 ? 40
	    : level == RECORD__PERMIT__LEVEL__LEVEL_3                ? 20
	    : level == RECORD__PERMIT__LEVEL__LEVEL_2                ? 10
	                                                             : 3;
	f->lift.mass_t = level == RECORD__PERMIT__LEVEL__LEVEL_1 ? 200
	    : level == RECORD__PERMIT__LEVEL__LEVEL_2            ? 60
	                                                         : 10;
}

void
permit_form_step(struct permit_form *f, const Pack__Work *w, const char *name)
{
	const Pack__Step *s = packs_step(w, name);

	(void)snprintf(f->step, sizeof f->step, "%s", name);
	f->m.step = f->step;
	if (s == NULL || !s->measures)
		f->m.n_measures = 0;
}
