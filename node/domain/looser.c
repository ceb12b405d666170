/* looser.c - is a company's pack of any kind looser than the standard's? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/looser.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "node/domain/gate_tree.h"
#include "proto/json.h"

/* What makes a field looser than the standard's. */
enum how {
	MORE, /* a larger number */
	TERM, /* likewise, or 0: no end at all */
	LESS, /* a smaller number */
	LEVEL, /* a larger number, or 0: none; 1 is the gravest */
	OTHER, /* another number or text; of a text: where there is one */
	GAINED, /* true where the standard's is false */
	LOST, /* false where the standard's is true */
	DROPS, /* a text or number of the standard's is not here */
	NARROWS, /* likewise, where an empty list means all */
	ADDS, /* a text is here that the standard's has not */
	ROLES, /* somebody may who might not */
};

/* By message: which fields, and how. */
#define ALARM &pack__alarm_policy__descriptor
#define CREDENTIALS &pack__credentials__descriptor
#define CASES &pack__case_policy__descriptor
#define RELEASE &pack__release__descriptor
#define BUDGET &pack__release_budget__descriptor
static const struct {
	const ProtobufCMessageDescriptor *of;
	const char *field;
	enum how how;
} limits[] = {
    {ALARM, "clock_offset_ms", MORE},
    {ALARM, "incident_level", LESS},
    {ALARM, "incident_seconds", MORE},
    {ALARM, "chatter_alarms", MORE},
    {ALARM, "chatter_seconds", LESS},
    {ALARM, "fleeting_seconds", LESS},
    {ALARM, "stale_hours", MORE},
    {ALARM, "flood_seconds", LESS},
    {ALARM, "flood_alarms", MORE},
    {ALARM, "flood_end_alarms", MORE},
    {ALARM, "late_seconds", MORE},
    {ALARM, "flood_level", LEVEL},
    {&pack__alarm_level__descriptor, "priority", MORE},
    {&pack__alarm_level__descriptor, "colour", MORE},
    {&pack__alarm_level__descriptor, "shelve_minutes", MORE},
    {&pack__alarm_step__descriptor, "after_seconds", MORE},
    {&pack__alarm_right__descriptor, "roles", ROLES},
    {&pack__alarm_right__descriptor, "signed", LOST},
    {&pack__fault_rule__descriptor, "times", MORE},
    {&pack__fault_rule__descriptor, "window_minutes", LESS},
    {&pack__fault_rule__descriptor, "due_minutes", MORE},
    {&pack__fault_rule__descriptor, "kinds", NARROWS},

    {CREDENTIALS, "identity_minutes", TERM},
    {CREDENTIALS, "instrument_silent_minutes", TERM},
    {CREDENTIALS, "warn_days", DROPS},
    {&pack__credential_class__descriptor, "validity_months", TERM},
    {&pack__credential_class__descriptor, "review_months", TERM},
    {&pack__credential_class__descriptor, "long_review_months", TERM},
    {&pack__credential_class__descriptor, "idle_months", TERM},
    {&pack__credential_class__descriptor, "family", OTHER},
    {&pack__credential_reason__descriptor, "bar_months", LESS},
    {&pack__credential_score__descriptor, "hold_from", MORE},
    {&pack__credential_right__descriptor, "roles", ROLES},
    {&pack__credential_right__descriptor, "signed", LOST},

    {CASES, "anonymous_burst", LESS},
    {CASES, "anonymous_per_hour", LESS},
    {CASES, "missing_level", LEVEL},
    {CASES, "reader_role", ROLES},
    {&pack__case_type__descriptor, "respond_minutes", TERM},
    {&pack__case_type__descriptor, "reply", LOST},
    {&pack__case_type__descriptor, "feedback", LOST},
    {&pack__case_type__descriptor, "rest_days_off", GAINED},
    {&pack__case_type__descriptor, "warn_level", LEVEL},
    {&pack__case_type__descriptor, "breach_level", LEVEL},
    {&pack__case_step__descriptor, "roles", ROLES},
    {&pack__case_step__descriptor, "signed", LOST},
    {&pack__case_step__descriptor, "requires", DROPS},
    {&pack__case_step__descriptor, "unlike", DROPS},

    {&pack__code__descriptor, "code", OTHER},
    {&pack__code__descriptor, "level", LEVEL},
    {&pack__code__descriptor, "after_seconds", MORE},

    {RELEASE, "fields", ADDS},
    {RELEASE, "texts", ADDS},
    {RELEASE, "words", DROPS},
    {RELEASE, "k", LESS},
    {RELEASE, "link_days", LESS},
    {RELEASE, "anonymous_only", LOST},
    {RELEASE, "tag_forms", DROPS},
    {RELEASE, "tags_allowed", ADDS},
    {&pack__release_under__descriptor, "tlp", ADDS},
    {&pack__release_tree__descriptor, "finest", TERM},
    {BUDGET, "items", MORE},
    {BUDGET, "period_days", LESS},
    {RELEASE, "releaser_role", ROLES},
};

/* Lists of messages: what tells their items apart, and when one of the
 * standard's may not be missing: "" never, else where this field is not 0. */
static const struct {
	const ProtobufCMessageDescriptor *of;
	const char *list;
	const char *key[2];
	const char *kept; /* NULL: it may */
} lists[] = {
    {ALARM, "levels", {"level", NULL}, ""},
    {ALARM, "rights", {"action", NULL}, NULL},
    {ALARM, "faults", {"name", NULL}, ""},
    {CREDENTIALS, "classes", {"name", NULL}, ""},
    {CREDENTIALS, "reasons", {"action", "code"}, "bar_months"},
    {CREDENTIALS, "rights", {"action", NULL}, NULL},
    {CREDENTIALS, "scores", {"model", NULL}, ""},
    {&pack__case_type__descriptor, "steps", {"action", NULL}, NULL},
    {&pack__codes__descriptor, "codes", {"rule", NULL}, ""},
    {RELEASE, "trees", {"field", NULL}, NULL},
    {RELEASE, "under", {"field", NULL}, ""},
};

bool
looser_say(char at[static LOOSER_AT], const char *format, ...)
{
	va_list args;

	if (at[0] != '\0')
		return false;
	va_start(args, format);
	(void)vsnprintf(at, LOOSER_AT, format, args);
	va_end(args);
	return true;
}

static bool
holds(char *const *list, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i], text) == 0)
			return true;
	}
	return false;
}

bool
looser_within(char *const *of, size_t n, char *const *in, size_t in_n)
{
	for (size_t i = 0; i < n; i++) {
		if (!holds(in, in_n, of[i]))
			return false;
	}
	return true;
}

/* ---- fields by their descriptors ---- */

/* A repeated field, its items as they lie. */
struct items {
	size_t n;
	char *const *text;
	ProtobufCMessage *const *msg;
	const uint32_t *number;
};

static const ProtobufCFieldDescriptor *
field_of(const ProtobufCMessageDescriptor *d, const char *name)
{
	return protobuf_c_message_descriptor_get_field_by_name(d, name);
}

static struct items
items_of(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	struct items out = {.n = 0};
	const char *base = (const char *)m;
	const void *list;

	memcpy(&out.n, base + f->quantifier_offset, sizeof out.n);
	memcpy(&list, base + f->offset, sizeof list);
	out.text = list;
	out.msg = list;
	out.number = list;
	return out;
}

static double
number_of(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	const char *at = (const char *)m + f->offset;
	uint32_t u;
	double d;

	if (f->type == PROTOBUF_C_TYPE_DOUBLE) {
		memcpy(&d, at, sizeof d);
		return d;
	}
	memcpy(&u, at, sizeof u);
	return u;
}

static const char *
text_of(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	const char *s;

	memcpy(&s, (const char *)m + f->offset, sizeof s);
	return s != NULL ? s : "";
}

static bool
is_given(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
	protobuf_c_boolean has;

	memcpy(&has, (const char *)m + f->quantifier_offset, sizeof has);
	return has;
}

bool
looser_mentions(const ProtobufCMessage *m, const char *role)
{
	for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
		struct items list;

		if (strcmp(f->name, "reader_role") == 0 &&
		    strcmp(text_of(m, f), role) == 0)
			return true;
		if (f->label != PROTOBUF_C_LABEL_REPEATED)
			continue;
		list = items_of(m, f);
		if (strcmp(f->name, "roles") == 0 &&
		    holds(list.text, list.n, role))
			return true;
		for (size_t k = 0;
		     f->type == PROTOBUF_C_TYPE_MESSAGE && k < list.n; k++) {
			if (looser_mentions(list.msg[k], role))
				return true;
		}
	}
	return false;
}

/* A name of the company's own stands for whom it likes; one of the standard's
 * means what it means there.  `base` speaks of them all. */
static bool
roles_wider(const ProtobufCMessage *base, struct items b, struct items l)
{
	if (holds(b.text, b.n, "any"))
		return false;
	for (size_t i = 0; i < l.n; i++) {
		if (!holds(b.text, b.n, l.text[i]) &&
		    (strcmp(l.text[i], "any") == 0 ||
		        looser_mentions(base, l.text[i])))
			return true;
	}
	return false;
}

static bool
numbers_dropped(struct items b, struct items l)
{
	for (size_t i = 0; i < b.n; i++) {
		bool found = false;

		for (size_t k = 0; k < l.n; k++)
			found |= b.number[i] == l.number[k];
		if (!found)
			return true;
	}
	return false;
}

static bool
list_is_looser(const ProtobufCMessage *whole, enum how how, struct items b,
    struct items l, bool numbers)
{
	switch ((int)how) {
	case DROPS:
		return numbers ? numbers_dropped(b, l)
		               : !looser_within(b.text, b.n, l.text, l.n);
	case NARROWS:
		return l.n > 0 &&
		    (b.n == 0 || !looser_within(b.text, b.n, l.text, l.n));
	case ADDS:
		return !looser_within(l.text, l.n, b.text, b.n);
	case ROLES:
	default:
		return roles_wider(whole, b, l);
	}
}

static bool
number_is_looser(enum how how, double b, double l)
{
	switch ((int)how) {
	case MORE:
		return l > b;
	case TERM:
	case LEVEL:
		return b > 0 && (l > b || l <= 0);
	case LESS:
		return l < b;
	case GAINED:
		return b <= 0 && l > 0;
	case LOST:
		return b > 0 && l <= 0;
	case OTHER:
	default:
		return l < b || l > b;
	}
}

static bool
text_is_looser(
    const ProtobufCMessage *whole, enum how how, const char *b, const char *l)
{
	char *was = (char *)(uintptr_t)b;
	char *is = (char *)(uintptr_t)l;

	if (b[0] == '\0')
		return false;
	return how == ROLES
	    ? roles_wider(whole, (struct items){.n = 1, .text = &was},
	          (struct items){.n = 1, .text = &is})
	    : strcmp(b, l) != 0;
}

/* One that is absent in both, inherited from the policy before, or the gate's
 * own (gate_pass.h). */
static bool
is_left_out(const ProtobufCMessage *l, const ProtobufCFieldDescriptor *f)
{
	return (l->descriptor == ALARM || l->descriptor == RELEASE) &&
	    !is_given(l, f);
}

static bool
field_is_looser(const ProtobufCMessage *whole, enum how how,
    const ProtobufCFieldDescriptor *f, const ProtobufCMessage *b,
    const ProtobufCMessage *l)
{
	if (f->label == PROTOBUF_C_LABEL_REPEATED)
		return list_is_looser(whole, how, items_of(b, f),
		    items_of(l, f), f->type == PROTOBUF_C_TYPE_UINT32);
	if (f->type == PROTOBUF_C_TYPE_STRING)
		return text_is_looser(whole, how, text_of(b, f), text_of(l, f));
	return !is_left_out(l, f) &&
	    number_is_looser(how, number_of(b, f), number_of(l, f));
}

/* ---- the table, applied ---- */

/* As the node finds it: classes of certificates without case, all else by its
 * letters. */
static bool
same_key(const ProtobufCFieldDescriptor *f, const ProtobufCMessage *a,
    const ProtobufCMessage *b)
{
	double x, y;

	if (a->descriptor == &pack__credential_class__descriptor)
		return strcasecmp(text_of(a, f), text_of(b, f)) == 0;
	if (f->type == PROTOBUF_C_TYPE_STRING)
		return strcmp(text_of(a, f), text_of(b, f)) == 0;
	x = number_of(a, f);
	y = number_of(b, f);
	return !(x < y) && !(x > y);
}

/* Where the item is that is called so; list.n: nowhere. */
static size_t
find_item(
    struct items list, const char *const key[2], const ProtobufCMessage *wanted)
{
	size_t i = 0;

	for (; i < list.n; i++) {
		const ProtobufCMessageDescriptor *d = wanted->descriptor;
		bool same = same_key(field_of(d, key[0]), list.msg[i], wanted);

		if (key[1] != NULL)
			same = same &&
			    same_key(field_of(d, key[1]), list.msg[i], wanted);
		if (same)
			break;
	}
	return i;
}

/* What an item is called, for people. */
static void
say_gone(char at[static LOOSER_AT], const char *path,
    const ProtobufCMessage *item, const char *const key[2])
{
	const ProtobufCMessageDescriptor *d = item->descriptor;
	const ProtobufCFieldDescriptor *f =
	    field_of(d, key[1] != NULL ? key[1] : key[0]);

	if (f->type == PROTOBUF_C_TYPE_STRING)
		(void)looser_say(at, "%s: %s", path, text_of(item, f));
	else
		(void)looser_say(at, "%s: %.0f", path, number_of(item, f));
}

static void
items(char at[static LOOSER_AT], const char *path,
    const ProtobufCMessage *whole, const ProtobufCMessage *b,
    const ProtobufCMessage *l)
{
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		const char *kept = lists[i].kept;
		const ProtobufCFieldDescriptor *f;
		struct items x, y;

		if (lists[i].of != b->descriptor)
			continue;
		f = field_of(b->descriptor, lists[i].list);
		x = items_of(b, f);
		y = items_of(l, f);
		for (size_t k = 0; k < x.n && at[0] == '\0'; k++) {
			size_t n = find_item(y, lists[i].key, x.msg[k]);
			char where[LOOSER_AT];
			bool must = kept != NULL &&
			    (kept[0] == '\0' ||
			        number_of(x.msg[k],
			            field_of(x.msg[k]->descriptor, kept)) > 0);

			(void)snprintf(where, sizeof where,
			    n < y.n ? "%s.%s[%zu]" : "%s.%s", path,
			    lists[i].list, n);
			if (n < y.n)
				looser_fields(
				    at, where, whole, x.msg[k], y.msg[n]);
			else if (must)
				say_gone(at, where, x.msg[k], lists[i].key);
		}
	}
}

void
looser_fields(char at[static LOOSER_AT], const char *path,
    const ProtobufCMessage *whole, const ProtobufCMessage *b,
    const ProtobufCMessage *l)
{
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		const ProtobufCFieldDescriptor *f;
		char name[64];

		if (limits[i].of != b->descriptor)
			continue;
		f = field_of(b->descriptor, limits[i].field);
		if (!field_is_looser(whole, limits[i].how, f, b, l))
			continue;
		json_name(name, sizeof name, limits[i].field);
		(void)looser_say(at, "%s.%s", path, name);
	}
	items(at, path, whole, b, l);
}

bool
looser_names(const ProtobufCMessageDescriptor *of, const char *field)
{
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		if (limits[i].of == of && strcmp(limits[i].field, field) == 0)
			return true;
	}
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		const ProtobufCMessageDescriptor *item =
		    (const void *)field_of(lists[i].of, lists[i].list)
		        ->descriptor;

		if ((lists[i].of == of && strcmp(lists[i].list, field) == 0) ||
		    (item == of &&
		        (strcmp(lists[i].key[0], field) == 0 ||
		            (lists[i].key[1] != NULL &&
		                strcmp(lists[i].key[1], field) == 0))))
			return true;
	}
	return false;
}

/* Without a budget of its own a pack has the gate's, which is the standard's.
 */
static void
looser_release(
    char at[static LOOSER_AT], const Pack__Release *b, const Pack__Release *l)
{
	looser_fields(at, "$.release", &b->base, &b->base, &l->base);
	if (gate_time_find(l->time) > gate_time_find(b->time))
		(void)looser_say(at, "$.release.time");
	if (b->budget != NULL && l->budget != NULL)
		looser_fields(at, "$.release.budget", &b->base,
		    &b->budget->base, &l->budget->base);
	for (size_t i = 0; l->budget != NULL && i < l->budget->n_recipients;
	     i++) {
		if (b->budget != NULL &&
		    l->budget->recipients[i]->items > b->budget->items)
			(void)looser_say(
			    at, "$.release.budget.recipients[%zu].items", i);
	}
}

void
looser_than(char at[static LOOSER_AT], const Pack__Pack *b, const Pack__Pack *l)
{
	at[0] = '\0';
	if (b->alarm != NULL && l->alarm != NULL)
		looser_alarm(at, b->alarm, l->alarm);
	if (b->credentials != NULL && l->credentials != NULL)
		looser_credentials(at, b->credentials, l->credentials);
	if (b->cases != NULL && l->cases != NULL)
		looser_cases(at, b->cases, l->cases);
	if (b->codes != NULL && l->codes != NULL)
		looser_fields(
		    at, "$.codes", &b->base, &b->codes->base, &l->codes->base);
	if (b->release != NULL && l->release != NULL)
		looser_release(at, b->release, l->release);
}
