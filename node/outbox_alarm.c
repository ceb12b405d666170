/* outbox_alarm.c - one alarm for each target that cannot be told. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/outbox_state.h"

#include <stdio.h>
#include <string.h>

#define LEVEL 2
#define TITLE "notices do not reach their target / 通知未能送达"
#define UNKNOWN "(unknown)" /* names that are no target */

static const char *
name_of(const struct outbox_target *t)
{
	return t->conf != NULL ? t->conf->name : UNKNOWN;
}

static struct own_alarm *
alarm_of(void *arg, const char *asset)
{
	struct outbox *o = arg;

	for (size_t k = 0; asset != NULL && k <= o->targets; k++) {
		if (strcmp(asset, name_of(&o->target[k])) == 0)
			return &o->target[k].alarm.own;
	}
	return NULL;
}

/* What a person has to see to; "": nothing. */
static void
trouble_of(const struct outbox_target *t, char *out, size_t cap)
{
	const struct outbox *o = t->of;
	const int64_t age_us =
	    t->oldest_us != 0 ? site_now(o->site) - t->oldest_us : 0;

	out[0] = '\0';
	if (t->given_up > t->alarm.given_up)
		(void)snprintf(out, cap,
		    "%llu given up / 已放弃 %llu 条: lianfang outbox list",
		    (unsigned long long)t->given_up,
		    (unsigned long long)t->given_up);
	else if (age_us > o->node->outbox_late_seconds * INT64_C(1000000))
		(void)snprintf(out, cap,
		    "the oldest of %llu waits for %lld s / 共 %llu "
		    "条待送，最久已 %lld 秒: lianfang outbox list",
		    (unsigned long long)t->pending,
		    (long long)(age_us / 1000000),
		    (unsigned long long)t->pending,
		    (long long)(age_us / 1000000));
}

static void
look_at(struct outbox_target *t)
{
	struct outbox_alarm *a = &t->alarm;
	char trouble[200];

	a->own.site = t->of->site;
	a->own.source = OUTBOX_SOURCE;
	a->own.asset = name_of(t);
	a->own.level = LEVEL;
	/* One that is open since before the start was raised for these. */
	if (!a->known && atomic_load(&a->own.state) == OWN_ALARM_RAISED)
		a->given_up = t->given_up;
	a->known = true;
	if (t->given_up < a->given_up)
		a->given_up = t->given_up;
	trouble_of(t, trouble, sizeof trouble);
	if (t->given_up > a->given_up)
		own_alarm_check(&a->own);
	if (trouble[0] != '\0') {
		own_alarm_raise(&a->own, TITLE, trouble, NULL);
		/* While it is under way it may still fail. */
		if (atomic_load(&a->own.state) == OWN_ALARM_RAISED)
			a->given_up = t->given_up;
	} else if (t->given_up == 0) {
		own_alarm_clear(&a->own);
	}
}

void
outbox_alarm_look(struct outbox *o)
{
	if (!o->found)
		o->found = own_alarm_find(o->site, OUTBOX_SOURCE, alarm_of, o);
	for (size_t i = 0; i <= o->targets && o->found; i++)
		look_at(&o->target[i]);
}
