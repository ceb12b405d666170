/* fault.c - the same fault of an asset, again and again. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/fault.h"

#include <string.h>
#include <strings.h>

#include "proto/digest.h"

#define MINUTE_US INT64_C(60000000)
#define TIMES 3
#define NAME_MAX_CHARS 64
#define WINDOW_MAX (90u * 1440)
#define DUE_MAX (365u * 1440)

static bool
empty(const char *s)
{
	return s == NULL || s[0] == '\0';
}

const char *
fault_code(const Record__Alarm *raised)
{
	if (empty(raised->asset) || raised->exercise)
		return NULL;
	if (!empty(raised->std_code))
		return raised->std_code;
	return !empty(raised->tag) ? raised->tag : raised->kind;
}

bool
fault_counts(const Pack__FaultRule *r, const char *kind)
{
	for (size_t i = 0; i < r->n_kinds; i++)
		if (kind != NULL && strcasecmp(r->kinds[i], kind) == 0)
			return true;
	return r->n_kinds == 0;
}

static size_t
times_of(const Pack__FaultRule *r)
{
	return r->has_times ? r->times : TIMES;
}

static void
drop_oldest(struct fault_count *c, size_t n)
{
	memmove(c->at, c->at + n, (c->len - n) * sizeof c->at[0]);
	c->len -= n;
}

bool
fault_take(struct fault_count *c, const Pack__FaultRule *r,
    const struct fault_seen *alarm)
{
	const int64_t window_us = r->window_minutes * MINUTE_US;
	const size_t times = times_of(r);
	size_t at = c->len;

	if (alarm->at_us <= c->after_us)
		return false;
	for (size_t i = 0; i < c->len; i++)
		if (memcmp(c->at[i].id, alarm->id, 16) == 0)
			return false;
	if (c->len == FAULT_TIMES_MAX) {
		if (alarm->at_us < c->at[0].at_us)
			return false;
		drop_oldest(c, 1);
		at = c->len;
	}
	while (at > 0 && c->at[at - 1].at_us > alarm->at_us)
		at--;
	memmove(c->at + at + 1, c->at + at, (c->len - at) * sizeof c->at[0]);
	c->at[at] = *alarm;
	c->len++;
	/* Those that no later one can be close to any more. */
	for (at = 0; c->at[c->len - 1].at_us - c->at[at].at_us > window_us;)
		at++;
	drop_oldest(c, at);
	if (c->len < times)
		return false;
	drop_oldest(c, c->len - times);
	return true;
}

void
fault_id(uint8_t out[static 16], const Pack__FaultRule *r,
    const struct fault_count *c)
{
	static const char tag[] = "lianfang/fault/v1/";
	struct bytes parts[FAULT_TIMES_MAX + 3] = {
	    bytes_str(tag), bytes_str(r->name), bytes_str("/")};
	struct hash h;

	for (size_t i = 0; i < c->len; i++)
		parts[3 + i] = bytes_of(c->at[i].id, 16);
	digest_sha256_parts(&h, parts, 3 + c->len);
	digest_uuid8(out, h.b);
}

static enum err
check_rule(const Pack__AlarmPolicy *p, size_t i, struct err_why *why)
{
	const Pack__FaultRule *r = p->faults[i];

	if (empty(r->name) || strlen(r->name) > NAME_MAX_CHARS)
		return err_fail(
		    why, ERR_MALFORMED, "name: missing or too long");
	for (size_t k = 0; k < i; k++)
		if (strcmp(p->faults[k]->name, r->name) == 0)
			return err_fail(why, ERR_MALFORMED,
			    "name: %s is there twice", r->name);
	if (times_of(r) < 2 || times_of(r) > FAULT_TIMES_MAX)
		return err_fail(why, ERR_MALFORMED, "times: expected 2 to %d",
		    FAULT_TIMES_MAX);
	if (r->window_minutes < 1 || r->window_minutes > WINDOW_MAX)
		return err_fail(why, ERR_MALFORMED,
		    "windowMinutes: expected 1 to %u", WINDOW_MAX);
	if (r->due_minutes < 1 || r->due_minutes > DUE_MAX)
		return err_fail(why, ERR_MALFORMED,
		    "dueMinutes: expected 1 to %u", DUE_MAX);
	return ERR_OK;
}

enum err
fault_check(const Pack__AlarmPolicy *p, struct err_why *why)
{
	if (p->n_faults > FAULT_RULES_MAX)
		return err_fail(
		    why, ERR_LIMIT, "faults: more than %d", FAULT_RULES_MAX);
	for (size_t i = 0; i < p->n_faults; i++) {
		enum err e = check_rule(p, i, why);

		if (e != ERR_OK)
			return err_wrap(why, e, "faults[%zu]", i);
	}
	return ERR_OK;
}
