/* cast.c - the packs of the site, the people of the day, their certificates. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/packs.h"
#include "node/pack_store.h"
#include "proto/bytes.h"
#include "tests/day/day.h"

char *
day_text(const char *s)
{
	union {
		const char *in;
		char *out;
	} u = {.in = s};

	return u.out;
}

static void
activate(struct day *d, const char *name, const char *text)
{
	struct day_call *call = day_call_new(d, "pack");
	struct submit_to to = plant_to(&d->plant, call->wait);
	Api__PackPost post = API__PACK_POST__INIT;

	post.name = name != NULL ? day_text(name) : NULL;
	post.text = text != NULL ? day_text(text) : NULL;
	pack_store_activate(&to, &post);
	day_finish(d);
}

/* Areas some two kilometres apart, so that no work is near another. */
static void
places(FILE *f)
{
	fprintf(f,
	    "places:\n  version: \"1\"\n"
	    "  effectiveAt: \"2020-01-01T00:00:00Z\"\n  places:\n");
	for (int i = 0; i < PLAN_AREAS; i++)
		fprintf(f,
		    "    - {area: area-%02d, longitude: %.2f, latitude: 31.2, "
		    "radiusM: 200}\n",
		    i, 121.0 + 0.02 * i);
}

/* No holidays, and hot work by day only, so that nothing is upgraded. */
static void
calendar(FILE *f)
{
	fprintf(f,
	    "calendar:\n  version: \"1\"\n"
	    "  effectiveAt: \"2020-01-01T00:00:00Z\"\n"
	    "  dayOffsetMinutes: 480\n"
	    "  from: \"2020-01-01\"\n  to: \"2099-12-31\"\n"
	    "  nightFrom: \"22:00\"\n  nightTo: \"06:00\"\n"
	    "  sources: [\"a plant that never rests\"]\n");
}

/* Of its own, and of hot work the whole of chapter 5. */
void
day_packs(struct day *d)
{
	static void (*const own[])(FILE * f) = {places, calendar};

	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
		char *text = NULL;
		size_t len = 0;
		FILE *f = open_memstream(&text, &len);

		if (f == NULL)
			day_die("no memory", "for a pack");
		own[i](f);
		(void)fclose(f);
		activate(d, NULL, text);
		free(text);
	}
	activate(d, "hot-work@2022.2", NULL);
}

static void
enrol(struct day *d, const char *role)
{
	struct day_role *r = &d->roles[d->roles_len];

	if (strcmp(role, "any") == 0)
		return;
	for (size_t i = 0; i < d->roles_len; i++) {
		if (strcmp(d->roles[i].name, role) == 0)
			return;
	}
	if (d->roles_len == sizeof d->roles / sizeof d->roles[0] ||
	    strlen(role) >= sizeof r->name)
		day_die("too many roles", role);
	d->roles_len++;
	(void)snprintf(r->name, sizeof r->name, "%s", role);
	plant_enrol(&d->plant, &r->who, role, role);
}

const struct plant_person *
day_role(const struct day *d, const char *name)
{
	for (size_t i = 0; i < d->roles_len; i++) {
		if (strcmp(d->roles[i].name, name) == 0)
			return &d->roles[i].who;
	}
	day_die("nobody has the role", name);
}

/* Everybody whom a pack asks for, each by the first role that may. */
static void
enrol_all(struct day *d)
{
	const struct packs *packs = d->plant.site->packs;
	char name[24];

	for (unsigned k = 0; k < 10; k++) {
		const Pack__Work *w =
		    packs_work(packs, plan_work(k)->work_type, d->plant.now);

		for (size_t i = 0; i < w->n_rights; i++)
			enrol(d, w->rights[i]->roles[0]);
		for (size_t i = 0; i < w->n_steps; i++)
			enrol(d, w->steps[i]->roles[0]);
	}
	for (unsigned i = 0; i < PLAN_AREAS; i++) {
		(void)snprintf(name, sizeof name, "guardian-%02u", i);
		plant_enrol(&d->plant, &d->guardians[i], name, "guardian");
	}
}

static void
certify(struct day *d, const char *holder, const char *class)
{
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct day_call *call = day_call_new(d, "certificate");
	struct submit_to to = plant_to(&d->plant, call->wait);

	c.has_action = true;
	c.action = RECORD__CERTIFICATE__ACTION__ISSUE;
	c.holder = day_text(holder);
	c.class_ = day_text(class);
	c.has_valid_from_at = c.has_valid_to_at = true;
	c.valid_from_at = d->midnight - PLAN_MINUTES * PLANT_MINUTE;
	c.valid_to_at = d->midnight + 300 * PLAN_MINUTES * PLANT_MINUTE;
	post.certificate = &c;
	submit_event(&to, LEDGER__KIND__CERTIFICATE, NULL, &post);
}

void
day_cast(struct day *d)
{
	char holder[24];

	enrol_all(d);
	/* Who leads cases to their end. */
	enrol(d, "safety-officer");
	enrol(d, "operator");
	enrol(d, "acceptor");
	for (unsigned i = 0; i < PLAN_WORKERS; i++) {
		(void)snprintf(holder, sizeof holder, "w-%04u", i);
		if (plan_certified(i))
			certify(d, holder, plan_work(i)->class);
	}
	for (unsigned i = 0; i < PLAN_AREAS; i++) {
		(void)snprintf(holder, sizeof holder, "guardian-%02u", i);
		certify(d, holder, "guardian");
	}
	/* Whom every form names as commander and as work lead. */
	certify(d, "x", "crane-signal");
	certify(d, "x", "electrician");
	day_finish(d);
}
