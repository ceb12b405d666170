/* defence_rule.c - one rule of joint defence, read from its text. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/defence_rule.h"

#include <stdio.h>
#include <string.h>

#include "proto/digest.h"
#include "proto/slice.h"
#include "proto/text.h"
#include "proto/yaml.h"

#define ID_MAX 40
#define VERSION_MAX 16
#define WORD_MAX 60 /* one of a list */
#define TITLE_MAX 120
#define TEXT_MAX 500
#define PATH_MAX_CHARS 96
#define ALNUM "abcdefghijklmnopqrstuvwxyz0123456789"

bool
defence_rule_id_ok(const char *id)
{
	const size_t n = id != NULL ? strlen(id) : 0;

	return n > 0 && n <= ID_MAX && strspn(id, ALNUM "-") == n;
}

void
defence_rule_fold(char *out, size_t cap, const char *text)
{
	size_t n = 0;

	while (text != NULL && *text == ' ')
		text++;
	for (; text != NULL && *text != '\0' && n + 1 < cap; text++)
		out[n++] =
		    (char)(*text >= 'A' && *text <= 'Z' ? *text + ('a' - 'A')
		                                        : *text);
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

/* ---- texts ---- */

/* Controls below U+00A0, directions and what is not seen: U+200B to U+200F,
 * U+2028 to U+202E, U+2060 to U+206F, U+FEFF. */
static bool
is_hidden(const uint8_t *p, size_t left)
{
	if (p[0] < 0x20 || p[0] == 0x7f)
		return true;
	if (left >= 2 && p[0] == 0xc2)
		return p[1] < 0xa0;
	if (left < 3)
		return false;
	if (p[0] == 0xe2 && p[1] == 0x80)
		return (p[2] >= 0x8b && p[2] <= 0x8f) ||
		    (p[2] >= 0xa8 && p[2] <= 0xae);
	if (p[0] == 0xe2 && p[1] == 0x81)
		return p[2] >= 0xa0 && p[2] <= 0xaf;
	return p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf;
}

/* lines: of a whole file, comments included. */
static bool
is_plain(struct bytes s, bool lines)
{
	for (size_t i = 0; i < s.len; i++) {
		if (lines && (s.ptr[i] == '\n' || s.ptr[i] == '\t'))
			continue;
		if (is_hidden(s.ptr + i, s.len - i))
			return false;
	}
	return text_utf8_ok(s);
}

static enum err
check_text(const char *path, const char *s, size_t most, struct err_why *why)
{
	if (s == NULL)
		return err_fail(why, ERR_MALFORMED, "%s is missing", path);
	if (s[0] == '\0' || strlen(s) > most || !is_plain(bytes_str(s), false))
		return err_fail(why, ERR_MALFORMED,
		    "%s: 1 to %zu bytes, none of them a control character",
		    path, most);
	return ERR_OK;
}

static enum err
check_texts(const Record__DefenceRule *r, struct err_why *why)
{
	const struct {
		const char *path;
		const char *text;
		size_t most;
		bool may_lack;
	} all[] = {
	    {"$.defence.title", r->title, TITLE_MAX, false},
	    {"$.defence.titleZh", r->title_zh, TITLE_MAX, false},
	    {"$.defence.text", r->text, TEXT_MAX, false},
	    {"$.defence.textZh", r->text_zh, TEXT_MAX, false},
	    {"$.defence.clause", r->clause, TITLE_MAX, r->incident != NULL},
	    {"$.defence.incident", r->incident, TITLE_MAX, true},
	};
	enum err e = ERR_OK;

	for (size_t i = 0; i < sizeof all / sizeof all[0] && e == ERR_OK; i++) {
		if (all[i].text != NULL || !all[i].may_lack)
			e = check_text(
			    all[i].path, all[i].text, all[i].most, why);
	}
	return e;
}

static enum err
check_list(const char *path, char *const *list, size_t n, struct err_why *why)
{
	char at[PATH_MAX_CHARS + 24];
	enum err e = ERR_OK;

	if (n > DEFENCE_RULE_LIST)
		return err_fail(
		    why, ERR_LIMIT, "%s: at most %d", path, DEFENCE_RULE_LIST);
	for (size_t i = 0; i < n && e == ERR_OK; i++) {
		(void)snprintf(at, sizeof at, "%s[%zu]", path, i);
		e = check_text(at, list[i], WORD_MAX, why);
		/* In place: it only gets shorter. */
		if (e == ERR_OK)
			defence_rule_fold(
			    list[i], strlen(list[i]) + 1, list[i]);
	}
	return e;
}

/* ---- numbers ---- */

struct number {
	const char *field;
	bool has;
	uint32_t value;
	uint32_t most; /* from 1 on */
	bool may_lack;
};

static enum err
check_numbers(
    const char *path, const struct number *n, size_t len, struct err_why *why)
{
	char at[PATH_MAX_CHARS + 24];

	for (size_t i = 0; i < len; i++) {
		(void)snprintf(at, sizeof at, "%s.%s", path, n[i].field);
		if (!n[i].has && !n[i].may_lack)
			return err_fail(
			    why, ERR_MALFORMED, "%s is missing", at);
		if (n[i].has && (n[i].value < 1 || n[i].value > n[i].most))
			return err_fail(why, ERR_MALFORMED,
			    "%s: expected %u to %u", at, 1u,
			    (unsigned)n[i].most);
	}
	return ERR_OK;
}

static enum err
check_levels(const char *path, const Record__Permit__Level *list, size_t n,
    struct err_why *why)
{
	for (size_t i = 0; i < n; i++) {
		if (n > DEFENCE_RULE_LIST || (int)list[i] < 1 ||
		    list[i] > RECORD__PERMIT__LEVEL__UNLEVELLED)
			return err_fail(why, ERR_MALFORMED, "%s: at most %d",
			    path, DEFENCE_RULE_LIST);
	}
	return ERR_OK;
}

/* ---- conditions ---- */

static enum err
check_alarms(
    const char *path, const Record__DefenceAlarms *c, struct err_why *why)
{
	const struct number n[] = {
	    {"level", c->has_level, c->level, 3, true},
	    {"minutes", c->has_minutes, c->minutes, DEFENCE_RULE_MINUTES,
	        false},
	    {"count", c->has_count, c->count, DEFENCE_RULE_COUNT, true},
	};
	enum err e = check_list(path, c->kinds, c->n_kinds, why);

	if (e == ERR_OK)
		e = check_list(path, c->codes, c->n_codes, why);
	return e == ERR_OK ? check_numbers(path, n, 3, why) : e;
}

static enum err
check_permits(
    const char *path, const Record__DefencePermits *c, struct err_why *why)
{
	enum err e = check_list(path, c->types, c->n_types, why);

	if (e == ERR_OK)
		e = check_levels(path, c->levels, c->n_levels, why);
	for (size_t i = 0; i < c->n_states && e == ERR_OK; i++) {
		if (c->n_states > 3 || (int)c->states[i] < 1 ||
		    c->states[i] > RECORD__DEFENCE_PERMITS__STATE__SUSPENDED)
			e = err_fail(
			    why, ERR_MALFORMED, "%s: at most %d", path, 3);
	}
	return e;
}

static enum err
check_certificates(const char *path, const Record__DefenceRule *r,
    const Record__DefenceCertificates *c, struct err_why *why)
{
	const struct number n[] = {
	    {"minutes", c->has_minutes, c->minutes, DEFENCE_RULE_MINUTES,
	        false},
	    {"count", c->has_count, c->count, DEFENCE_RULE_COUNT, true},
	};
	enum err e = check_list(path, c->classes, c->n_classes, why);

	if (e == ERR_OK)
		e = check_numbers(path, n, 2, why);
	if (e == ERR_OK && r->scope != RECORD__DEFENCE_RULE__SCOPE__SITE)
		e = err_fail(why, ERR_MALFORMED,
		    "%s: a certificate has no area: it needs scope SITE", path);
	return e;
}

static enum err
check_condition(const char *path, const Record__DefenceRule *r,
    const Record__DefenceCondition *c, struct err_why *why)
{
	const int given = (c->alarms != NULL) + (c->permits != NULL) +
	    (c->certificates != NULL) + (c->wind != NULL);

	if (given != 1)
		return err_fail(why, ERR_MALFORMED,
		    "%s: one of alarms, permits, certificates or wind", path);
	if (c->alarms != NULL)
		return check_alarms(path, c->alarms, why);
	if (c->permits != NULL)
		return check_permits(path, c->permits, why);
	if (c->certificates != NULL)
		return check_certificates(path, r, c->certificates, why);
	const struct number n[] = {
	    {"grade", c->wind->has_grade, c->wind->grade, 17, false},
	    {"minutes", c->wind->has_minutes, c->wind->minutes,
	        DEFENCE_RULE_MINUTES, false},
	};
	return check_numbers(path, n, 2, why);
}

static enum err
check_conditions(const Record__DefenceRule *r, struct err_why *why)
{
	char path[PATH_MAX_CHARS];
	enum err e = ERR_OK;

	if (r->n_all == 0)
		return err_fail(
		    why, ERR_MALFORMED, "%s is missing", "$.defence.all");
	if (r->n_all + r->n_any > DEFENCE_RULE_CONDITIONS)
		return err_fail(why, ERR_LIMIT, "%s: at most %d",
		    "$.defence.all", DEFENCE_RULE_CONDITIONS);
	for (size_t i = 0; i < r->n_all + r->n_any && e == ERR_OK; i++) {
		const bool all = i < r->n_all;
		const size_t k = all ? i : i - r->n_all;

		(void)snprintf(path, sizeof path, "$.defence.%s[%zu]",
		    all ? "all" : "any", k);
		e = check_condition(path, r, all ? r->all[k] : r->any[k], why);
	}
	return e;
}

/* ---- the whole ---- */

static enum err
check_actions(const Record__DefenceRule *r, struct err_why *why)
{
	const char *at = "$.defence.suspend";
	enum err e;

	if (r->raise == NULL)
		return err_fail(
		    why, ERR_MALFORMED, "%s is missing", "$.defence.raise");
	const struct number level = {
	    "level", r->raise->has_level, r->raise->level, 3, false};
	e = check_numbers("$.defence.raise", &level, 1, why);
	if (e != ERR_OK || r->suspend == NULL)
		return e;
	if (r->suspend->n_types == 0)
		return err_fail(why, ERR_MALFORMED, "%s is missing",
		    "$.defence.suspend.types");
	e = check_list(at, r->suspend->types, r->suspend->n_types, why);
	return e == ERR_OK
	    ? check_levels(at, r->suspend->levels, r->suspend->n_levels, why)
	    : e;
}

static enum err
check(const Record__DefenceRule *r, struct err_why *why)
{
	const struct number quiet = {"quietMinutes", r->has_quiet_minutes,
	    r->quiet_minutes, DEFENCE_RULE_MINUTES, false};
	enum err e;

	if (!defence_rule_id_ok(r->id))
		return err_fail(why, ERR_MALFORMED,
		    "$.defence.id: 1 to %d of a-z, 0-9 and -", ID_MAX);
	e = check_text("$.defence.version", r->version, VERSION_MAX, why);
	if (e == ERR_OK && strcspn(r->version, " @/") != strlen(r->version))
		e = check_text("$.defence.version", "", VERSION_MAX, why);
	if (e == ERR_OK)
		e = check_texts(r, why);
	if (e == ERR_OK &&
	    (!r->has_scope || (int)r->scope < 1 ||
	        r->scope > RECORD__DEFENCE_RULE__SCOPE__SITE))
		e = err_fail(
		    why, ERR_MALFORMED, "%s is missing", "$.defence.scope");
	if (e == ERR_OK)
		e = check_list("$.defence.areas", r->areas, r->n_areas, why);
	if (e == ERR_OK)
		e = check_numbers("$.defence", &quiet, 1, why);
	if (e == ERR_OK)
		e = check_conditions(r, why);
	return e == ERR_OK ? check_actions(r, why) : e;
}

/* What a check names is a path; people look for a line. */
static enum err
at_line(struct err_why *why, enum err e, struct bytes text)
{
	char path[ERR_WHY_BYTES];
	unsigned line;

	if (why == NULL || why->text[0] != '$')
		return e;
	(void)snprintf(path, sizeof path, "%s", why->text);
	path[strcspn(path, ": ")] = '\0';
	line = yaml_line(text, path);
	return line != 0 ? err_wrap(why, e, "line %u", line) : e;
}

enum err
defence_rule_read(
    struct defence_rule *out, struct bytes text, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	Record__DefenceFile *file;
	enum err e;

	memset(out, 0, sizeof *out);
	if (text.len == 0 || text.len > DEFENCE_RULE_BYTES)
		return err_fail(why, ERR_LIMIT,
		    "a rule has a text of 1 to %d bytes, and its digest",
		    DEFENCE_RULE_BYTES);
	if (!is_plain(text, true))
		return err_fail(why, ERR_MALFORMED,
		    "a rule is UTF-8 without control characters");
	e = yaml_decode(&msg, &record__defence_file__descriptor, text, why);
	if (e != ERR_OK)
		return e;
	/* protobuf-c: the base is the first member of every message. */
	file = (Record__DefenceFile *)(void *)msg;
	e = file->defence == NULL
	    ? err_fail(why, ERR_MALFORMED, "%s is missing", "$.defence")
	    : check(file->defence, why);
	if (e == ERR_OK) {
		out->said = file->defence;
		file->defence = NULL;
		(void)snprintf(out->name, sizeof out->name, "%s@%s",
		    out->said->id, out->said->version);
		digest_sha256(&out->digest, text);
	}
	slice_free(msg);
	return e == ERR_OK ? e : at_line(why, e, text);
}

void
defence_rule_clear(struct defence_rule *r)
{
	if (r->said != NULL)
		slice_free(&r->said->base);
	memset(r, 0, sizeof *r);
}
