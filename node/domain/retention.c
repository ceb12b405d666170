/* retention.c - how long a record is kept, and what may end when. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/retention.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "node/domain/term.h"

#define DAY_OFFSET_MINUTES 480 /* months are counted in China's time */
#define MONTHS_MAX 1200
#define DAYS_MAX 36500
#define TEXT_MAX 64

/* ---- the policy ---- */

static const struct {
	const char *kind;
	const ProtobufCMessageDescriptor *type;
} types[] = {
    {"ALARM", &record__alarm__descriptor},
    {"PERMIT", &record__permit__descriptor},
    {"CERTIFICATE", &record__certificate__descriptor},
    {"CASE", &record__case__descriptor},
    {"DECISION", &record__decision__descriptor},
    {"INCIDENT", &record__incident__descriptor},
    {"PRESENTATION", &record__presentation__descriptor},
    {"DELIVERY", &record__delivery__descriptor},
    {"CHECKLIST", &record__checklist__descriptor},
    {"POINTS", &record__points__descriptor},
    {"SNAPSHOT", &record__snapshot__descriptor},
};

const ProtobufCMessageDescriptor *
retention_type(const char *kind)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (kind != NULL && strcmp(types[i].kind, kind) == 0)
			return types[i].type;
	}
	return NULL;
}

static const ProtobufCFieldDescriptor *
field_of(const Pack__RetentionClass *c, const char *name)
{
	return protobuf_c_message_descriptor_get_field_by_name(
	    retention_type(c->kind), name);
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcasecmp(a, b) == 0);
}

static bool
same_class(const Pack__RetentionClass *a, const Pack__RetentionClass *b)
{
	return strcmp(a->kind, b->kind) == 0 && same_text(a->type, b->type);
}

/* Tables fold a type without spaces around it: " position" would be a second
 * class of the same records that compares with none of the standard's. */
static bool
short_text(const char *s)
{
	return s != NULL && s[0] != '\0' && strlen(s) <= TEXT_MAX &&
	    s[0] != ' ' && s[strlen(s) - 1] != ' ';
}

/* What somebody may ask to have erased as wrong, while a law keeps the rest: a
 * person.  Never a time, a number, a choice, a reading or the digest of media.
 */
static bool
may_be_personal(const ProtobufCFieldDescriptor *f)
{
	switch ((int)f->type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
		return strcmp(f->name, "evidence") != 0;
	case PROTOBUF_C_TYPE_MESSAGE:
		return strcmp(f->name, "evidence") != 0 &&
		    strcmp(f->name, "gas") != 0;
	case PROTOBUF_C_TYPE_DOUBLE:
		return strcmp(f->name, "longitude") == 0 ||
		    strcmp(f->name, "latitude") == 0;
	default:
		return false;
	}
}

static enum err
check_personal(const Pack__RetentionClass *c, struct err_why *why)
{
	if (c->n_personal > RETENTION_PERSONAL_MAX ||
	    (c->n_personal == 0 &&
	        c->ends == PACK__RETENTION_CLASS__ENDS__PERSONAL))
		return err_fail(
		    why, ERR_MALFORMED, "personal: none, or more than 64");
	for (size_t i = 0; i < c->n_personal; i++) {
		const ProtobufCFieldDescriptor *f = field_of(c, c->personal[i]);

		if (f == NULL || !may_be_personal(f))
			return err_fail(why, ERR_MALFORMED,
			    "personal: %.64s: there is no such field, or it "
			    "names no person",
			    c->personal[i]);
	}
	return ERR_OK;
}

static enum err
check_class(const Pack__RetentionClass *c, struct err_why *why)
{
	enum err e;

	if (!short_text(c->name) || retention_type(c->kind) == NULL ||
	    (c->type != NULL && !short_text(c->type)) || c->source == NULL ||
	    c->clause == NULL || !c->has_confirmed || !c->has_legal ||
	    !c->has_ends || c->ends == 0)
		return err_fail(why, ERR_MALFORMED,
		    "needs name and type without spaces around them, a kind "
		    "whose records end, legal, ends, clause, source and "
		    "confirmed");
	if (c->keep_months == 0 || c->keep_months > MONTHS_MAX ||
	    c->keep_months < c->min_months)
		return err_fail(why, ERR_MALFORMED,
		    "keepMonths: %u is below minMonths, %u (%.80s), or above "
		    "%d",
		    c->keep_months, c->min_months, c->clause, MONTHS_MAX);
	e = check_personal(c, why);
	if (e != ERR_OK)
		return e;
	if (!c->has_media_days && !c->has_media_min_days)
		return ERR_OK;
	if (field_of(c, "evidence") == NULL || c->media_days == 0 ||
	    c->media_days > DAYS_MAX || c->media_days < c->media_min_days ||
	    c->media_source == NULL)
		return err_fail(why, ERR_MALFORMED,
		    "mediaDays: needs a kind with `evidence`, mediaSource, and "
		    "is not below mediaMinDays");
	return ERR_OK;
}

enum err
retention_check(const Pack__Retention *p, struct err_why *why)
{
	enum err e = ERR_OK;

	if (!p->has_effective_at || p->basis == NULL || p->n_classes == 0 ||
	    p->n_classes > RETENTION_CLASSES_MAX)
		return err_fail(why, ERR_MALFORMED,
		    "$.retention: effectiveAt, basis or classes (up to %d) are "
		    "missing",
		    RETENTION_CLASSES_MAX);
	for (size_t i = 0; e == ERR_OK && i < p->n_classes; i++) {
		e = check_class(p->classes[i], why);
		for (size_t k = 0; e == ERR_OK && k < i; k++) {
			if (same_class(p->classes[k], p->classes[i]) ||
			    same_text(p->classes[k]->name, p->classes[i]->name))
				e = err_fail(why, ERR_MALFORMED,
				    "name, or kind and type, are there twice");
		}
		if (e != ERR_OK)
			e = err_wrap(why, e, "$.retention.classes[%zu]", i);
	}
	return e;
}

static bool
holds(const Pack__RetentionClass *c, const char *field)
{
	for (size_t i = 0; i < c->n_personal; i++) {
		if (strcmp(c->personal[i], field) == 0)
			return true;
	}
	return false;
}

static bool
says_more(const Pack__RetentionClass *b, const Pack__RetentionClass *l)
{
	for (size_t i = 0; i < l->n_personal; i++) {
		if (!holds(b, l->personal[i]))
			return true;
	}
	return false;
}

static enum err
compare_class(const Pack__RetentionClass *b, const Pack__RetentionClass *l,
    const char **shorter, struct err_why *why)
{
	if (l->min_months < b->min_months || (b->legal && !l->legal) ||
	    l->keep_months < b->min_months)
		return err_fail(why, ERR_REFUSED,
		    "%.64s: at least %u months%s%s are kept (%.120s); it says "
		    "%u",
		    b->name, b->min_months, b->clause[0] != '\0' ? ", " : "",
		    b->clause, b->source, l->min_months);
	if (b->has_media_min_days && l->has_media_days &&
	    (!l->has_media_min_days || l->media_min_days < b->media_min_days))
		return err_fail(why, ERR_REFUSED,
		    "%.64s: media are kept at least %u days (%.120s)", b->name,
		    b->media_min_days,
		    b->media_clause != NULL ? b->media_clause : "");
	/* A balance, a check: others are read by what they were. */
	if (b->ends == PACK__RETENTION_CLASS__ENDS__PERSONAL &&
	    l->ends != b->ends)
		return err_fail(why, ERR_REFUSED,
		    "%.64s: ends: of these only PERSONAL fields end", b->name);
	for (size_t i = 0; i < b->n_personal; i++) {
		if (!holds(l, b->personal[i]))
			return err_fail(why, ERR_REFUSED,
			    "%.64s: personal: %.64s is missing", b->name,
			    b->personal[i]);
	}
	/* More that is personal is more that goes as wrong, or at the end. */
	if (l->keep_months < b->keep_months || says_more(b, l) ||
	    (l->has_media_days &&
	        (!b->has_media_days || l->media_days < b->media_days)))
		*shorter = b->name;
	return ERR_OK;
}

/* A class of the same kind that a type of its own would fall under. */
static const Pack__RetentionClass *
class_for(const Pack__Retention *p, const char *kind, const char *type)
{
	const Pack__RetentionClass *other = NULL;

	for (size_t i = 0; i < p->n_classes; i++) {
		const Pack__RetentionClass *c = p->classes[i];

		if (strcmp(c->kind, kind) != 0)
			continue;
		if (type != NULL && same_text(c->type, type))
			return c;
		if (c->type == NULL)
			other = c;
	}
	return other;
}

enum err
retention_compare(const Pack__Retention *standard, const Pack__Retention *p,
    const char **shorter, struct err_why *why)
{
	enum err e = ERR_OK;

	/* What the company names, and what it leaves to its wider classes; a
	 * kind that it leaves out is kept for ever. */
	for (size_t i = 0; e == ERR_OK && i < p->n_classes; i++) {
		const Pack__RetentionClass *l = p->classes[i];
		const Pack__RetentionClass *b =
		    class_for(standard, l->kind, l->type);

		if (b != NULL)
			e = compare_class(b, l, shorter, why);
	}
	for (size_t i = 0; e == ERR_OK && i < standard->n_classes; i++) {
		const Pack__RetentionClass *b = standard->classes[i];
		const Pack__RetentionClass *l = class_for(p, b->kind, b->type);

		if (l != NULL)
			e = compare_class(b, l, shorter, why);
		else if (b->legal)
			e = err_fail(why, ERR_REFUSED,
			    "%.64s: missing; by %.80s it has a term", b->name,
			    b->clause);
	}
	return e;
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

size_t
retention_personal(
    const Pack__RetentionClass *c, uint32_t out[static RETENTION_PERSONAL_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_personal && n < RETENTION_PERSONAL_MAX; i++)
		out[n++] = field_of(c, c->personal[i])->id;
	qsort(out, n, sizeof out[0], by_number);
	return n;
}

/* Media, and parts in which somebody may have written a name; not readings. */
static bool
has_words(const ProtobufCFieldDescriptor *f)
{
	static const char *const readings[] = {
	    "gas", "instrument", "environment"};
	const ProtobufCMessageDescriptor *d = f->descriptor;
	bool words = false;

	if (f->type != PROTOBUF_C_TYPE_MESSAGE)
		return false;
	for (size_t i = 0; i < sizeof readings / sizeof readings[0]; i++) {
		if (strcmp(f->name, readings[i]) == 0)
			return false;
	}
	for (unsigned i = 0; i < d->n_fields; i++)
		words |= d->fields[i].type == PROTOBUF_C_TYPE_STRING;
	return words;
}

size_t
retention_hidden(const Pack__RetentionClass *c, uint32_t *out, size_t cap)
{
	const ProtobufCMessageDescriptor *d = retention_type(c->kind);
	uint32_t personal[RETENTION_PERSONAL_MAX];
	const size_t len = retention_personal(c, personal);
	size_t n = 0;

	/* The descriptor has its fields by number. */
	for (unsigned i = 0; d != NULL && i < d->n_fields && n < cap; i++) {
		bool hidden = len == 0 || has_words(&d->fields[i]);

		for (size_t k = 0; k < len; k++)
			hidden |= personal[k] == d->fields[i].id;
		if (hidden)
			out[n++] = d->fields[i].id;
	}
	return n;
}

/* ---- one record ---- */

int64_t
retention_add(int64_t a, int64_t b)
{
	int64_t sum;

	if (!__builtin_add_overflow(a, b, &sum))
		return sum;
	return b > 0 ? INT64_MAX : INT64_MIN;
}

static int64_t
end_of(int64_t us, int64_t unit)
{
	int64_t rest = us % unit;

	return us > 0 && rest != 0 ? retention_add(us - rest, unit) : us;
}

/* term_after ends with a year; what cannot be counted has no end. */
static int64_t
months_after(int64_t us, uint32_t months)
{
	const int64_t end = term_after(us, (int)months, DAY_OFFSET_MINUTES);

	return end < us ? INT64_MAX : end;
}

struct retention_answer
retention_judge(const Pack__RetentionClass *c, const struct retention_facts *f,
    int64_t now_us)
{
	const int64_t lived_us = retention_add(f->newest_us, f->unlived_us);
	const int64_t ended_us =
	    f->ended_us > 0 ? retention_add(f->ended_us, f->unlived_us) : 0;
	const int64_t from_us = lived_us > ended_us ? lived_us : ended_us;
	struct retention_answer a = {.until_us = INT64_MAX,
	    .media_us = INT64_MAX,
	    .law_us = c->legal ? INT64_MAX : 0};

	if (!f->open) {
		a.until_us = months_after(
		    end_of(from_us, RETENTION_PERIOD_US), c->keep_months);
		a.media_us = a.until_us;
		if (c->has_media_days)
			a.media_us = retention_add(end_of(from_us, TERM_DAY_US),
			    c->media_days * TERM_DAY_US);
	}
	if (c->legal && !f->open)
		a.law_us = months_after(from_us, c->min_months);
	a.state = RETENTION_KEEP;
	if (f->held)
		a.state = RETENTION_HELD;
	else if (f->requested && now_us < a.law_us)
		a.state = RETENTION_STORAGE_ONLY;
	else if (f->requested || now_us >= a.until_us)
		a.state = RETENTION_MAY_EXPIRE;
	return a;
}

const char *
retention_state_text(enum retention_state s)
{
	switch (s) {
	case RETENTION_KEEP:
		return "KEEP";
	case RETENTION_MAY_EXPIRE:
		return "MAY_EXPIRE";
	case RETENTION_HELD:
		return "HELD";
	case RETENTION_STORAGE_ONLY:
		return "STORAGE_ONLY";
	}
	return "UNKNOWN";
}
