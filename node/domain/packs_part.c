/* packs_part.c - the parts of one rule pack. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/domain/field.h"
#include "node/domain/packs_set.h"

/* Where a message has this field; the schema gives it to every kind. */
static const void *
field_at(const ProtobufCMessage *m, const char *name)
{
	const ProtobufCFieldDescriptor *f =
	    protobuf_c_message_descriptor_get_field_by_name(
	        m->descriptor, name);

	return (const char *)m + f->offset;
}

unsigned
packs_set_part(struct packs_part *out, const Pack__Pack *p)
{
	const ProtobufCMessageDescriptor *d = &pack__pack__descriptor;
	unsigned n = 0;

	*out = (struct packs_part){.kind = ""};
	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCMessage *m;

		memcpy(&m, (const char *)p + d->fields[i].offset, sizeof m);
		if (m == NULL || m->descriptor == &pack__deviation__descriptor)
			continue;
		n++;
		out->kind = d->fields[i].name;
		memcpy(
		    &out->version, field_at(m, "version"), sizeof out->version);
		memcpy(&out->effective_us, field_at(m, "effective_at"),
		    sizeof out->effective_us);
	}
	return n;
}

const Pack__Deviation *
packs_set_deviation(const Pack__Pack *p)
{
	if (p->deviation != NULL || p->work == NULL)
		return p->deviation;
	return p->work->deviation;
}

const Pack__Level *
packs_level(const Pack__Work *w, Record__Permit__Level level)
{
	for (size_t i = 0; i < w->n_levels; i++) {
		if (w->levels[i]->level == level)
			return w->levels[i];
	}
	return NULL;
}

bool
packs_at_level(
    const Record__Permit__Level *list, size_t n, Record__Permit__Level level)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i] == level)
			return true;
	}
	return n == 0;
}

const Pack__Right *
packs_right(const Pack__Work *w, Record__Permit__Action action,
    Record__Permit__Level level)
{
	const Pack__Right *best = NULL;

	for (size_t i = 0; i < w->n_rights; i++) {
		const Pack__Right *r = w->rights[i];

		if (r->action != action ||
		    !packs_at_level(r->levels, r->n_levels, level))
			continue;
		if (best == NULL || r->n_levels > 0)
			best = r;
	}
	return best;
}

const Pack__Step *
packs_step(const Pack__Work *w, const char *name)
{
	for (size_t i = 0; name != NULL && i < w->n_steps; i++) {
		if (strcmp(w->steps[i]->name, name) == 0)
			return w->steps[i];
	}
	return NULL;
}

static const struct {
	const char *name;
	unsigned bit;
} conditions[] = {
    {"explosive_area", PACKS_EXPLOSIVE},
    {"outdoor", PACKS_OUTDOOR},
    {"hazardous_media", PACKS_MEDIA},
    {"contractor", PACKS_CONTRACTOR},
};

unsigned
packs_condition(const char *name)
{
	for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
		if (strcmp(conditions[i].name, name) == 0)
			return conditions[i].bit;
	}
	return 0;
}

/* One that is not denied holds: nobody gets round a step by silence. */
unsigned
packs_conditions(const Record__Permit *applied)
{
	unsigned set = 0;

	for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
		struct field_value v;

		if (!field_get(&v, &applied->base, conditions[i].name) ||
		    !v.given || v.truth)
			set |= conditions[i].bit;
	}
	return set;
}

#define LIMITS 9

/* What `from` states and none did before it; how many still lack. */
static unsigned
take_limits(struct alarm_kpi_limits *out, bool has[static LIMITS],
    const Pack__AlarmPolicy *from)
{
	unsigned missing = 0;
	unsigned n = 0;

#define TAKE(field)                         \
	if (!has[n] && from->has_##field) { \
		out->field = from->field;   \
		has[n] = true;              \
	}                                   \
	missing += !has[n++];
	TAKE(chatter_alarms)
	TAKE(chatter_seconds)
	TAKE(fleeting_seconds)
	TAKE(stale_hours)
	TAKE(flood_seconds)
	TAKE(flood_alarms)
	TAKE(flood_end_alarms)
	TAKE(flood_level)
	TAKE(late_seconds)
#undef TAKE
	return missing;
}

/* A deviation ends with its policy: it hands nothing on. */
static bool
is_looser(const struct packs *p, const Pack__AlarmPolicy *policy)
{
	for (size_t i = 0; i < p->len; i++) {
		if (p->at[i]->alarm == policy)
			return p->fact[i].looser[0] != '\0';
	}
	return false;
}

static bool
limits_of(const struct packs *p, const Pack__AlarmPolicy *in_force,
    int64_t at_us, struct alarm_kpi_limits *out)
{
	const Pack__AlarmPolicy *before = in_force;
	bool has[LIMITS] = {false};
	unsigned missing = LIMITS;

	*out = (struct alarm_kpi_limits){.flood_seconds = 0};
	if (in_force == NULL)
		return false;
	for (size_t i = 0; i < in_force->n_levels; i++)
		if (in_force->levels[i]->level < sizeof out->priority)
			out->priority[in_force->levels[i]->level] =
			    (uint8_t)in_force->levels[i]->priority;
	while (before != NULL && missing > 0) {
		if (before == in_force || !is_looser(p, before))
			missing = take_limits(out, has, before);
		if (before->effective_at < at_us)
			at_us = before->effective_at;
		before = packs_alarm_then(p, --at_us);
	}
	/* A company's may be of the standard's date, or older. */
	for (size_t i = p->standard_len; i > 0 && missing > 0; i--) {
		if (p->standard[i - 1]->alarm != NULL)
			missing =
			    take_limits(out, has, p->standard[i - 1]->alarm);
	}
	return missing == 0;
}

bool
packs_alarm_limits(
    const struct packs *p, int64_t now_us, struct alarm_kpi_limits *out)
{
	return limits_of(p, packs_alarm(p, now_us), now_us, out);
}

bool
packs_alarm_limits_then(
    const struct packs *p, int64_t at_us, struct alarm_kpi_limits *out)
{
	return limits_of(p, packs_alarm_then(p, at_us), at_us, out);
}
