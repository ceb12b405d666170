/* defences.c - operations on rules of joint defence. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/defences.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "motion.pb-c.h"
#include "node/defence.h"
#include "node/defence_heard.h"
#include "node/defence_late.h"
#include "node/defence_set.h"
#include "node/defence_try.h"
#include "node/ingest.h"
#include "node/motion_view.h"
#include "node/service.h"
#include "node/site.h"
#include "node/submit_defence.h"
#include "node/submit_op.h"
#include "proto/mem.h"
#include "proto/slice.h"

static const char *
verdict_word(Record__DefenceReceipt__Verdict v)
{
	const ProtobufCEnumValue *e = protobuf_c_enum_descriptor_get_value(
	    &record__defence_receipt__verdict__descriptor, (int)v);

	return v != 0 && e != NULL ? e->name : NULL;
}

/* ---- how it stands ---- */

static Api__DefenceMember *
member_of(struct site *s, const char *member, const struct defence_paper *p,
    Api__DefenceState *rule)
{
	Api__DefenceMember *m = mem_alloc(1, sizeof *m);
	struct defence_heard h;

	api__defence_member__init(m);
	m->member = mem_strdup(member);
	/* What it said of another text is not of this one. */
	if (defence_heard(&h, s, member, p->name, NULL) != ERR_OK ||
	    memcmp(h.digest.b, p->digest.b, HASH_BYTES) != 0 ||
	    h.outcome == RECORD__DEFENCE_RECEIPT__OUTCOME__ENDED)
		memset(&h, 0, sizeof h);
	m->outcome = mem_strdup(defence_heard_word(h.outcome));
	m->version = mem_strdup_given(h.version);
	m->reason = mem_strdup_given(h.reason);
	m->verdict = mem_strdup_given(verdict_word(h.verdict));
	m->has_at = h.at_us != 0;
	m->at = h.at_us;
	m->has_late = true;
	m->late =
	    strcmp(member, s->name) != 0 && defence_late_is(s, member, p->name);
	rule->applied +=
	    h.outcome == RECORD__DEFENCE_RECEIPT__OUTCOME__APPLIED ||
	    h.outcome == RECORD__DEFENCE_RECEIPT__OUTCOME__HELD;
	if (strcmp(member, s->name) != 0)
		return m;
	rule->outcome = mem_strdup(m->outcome);
	rule->reason = mem_strdup_given(m->reason);
	rule->has_since_at = m->has_at;
	rule->since_at = m->at;
	return m;
}

static Api__DefenceState *
state_of(struct service *sv, const struct defence_set *set,
    const struct defence_paper *p)
{
	Api__DefenceState *m = mem_alloc(1, sizeof *m);
	char hex[2 * HASH_BYTES + 1];
	struct defence_rule rule;

	api__defence_state__init(m);
	motion_view_hex(hex, &p->digest);
	m->name = mem_strdup(p->name);
	m->by = mem_strdup(p->by);
	m->digest = mem_strdup(hex);
	if (defence_set_rule(&rule, p, NULL) == ERR_OK) {
		m->version = mem_strdup(rule.said->version);
		m->title = mem_strdup(rule.said->title);
		m->title_zh = mem_strdup(rule.said->title_zh);
		defence_rule_clear(&rule);
	}
	m->has_applied = m->has_members = m->has_fires = true;
	m->members = (uint32_t)set->members_len;
	m->fires = defence_fires(sv->defence, p->name);
	m->list = mem_alloc(set->members_len + 1, sizeof *m->list);
	for (size_t i = 0; i < set->members_len; i++)
		m->list[m->n_list++] =
		    member_of(sv->site, set->members[i], p, m);
	return m;
}

enum err
defences_list(struct ops_call *call, struct err_why *why)
{
	struct service *sv = call->service;
	struct defence_set set = {.len = 0};
	Api__Defence *m;
	bool changed;
	enum err e = defence_set_look(&set, sv->peers, &changed, why);

	if (e != ERR_OK)
		return e;
	m = mem_alloc(1, sizeof *m);
	api__defence__init(m);
	m->has_epoch = true;
	m->epoch = set.epoch;
	m->rules = mem_alloc(set.len + 1, sizeof *m->rules);
	for (size_t i = 0; i < set.len; i++)
		m->rules[m->n_rules++] = state_of(sv, &set, &set.at[i]);
	ops_reply_message(call, &m->base);
	api__defence__free_unpacked(m, NULL);
	defence_set_clear(&set);
	return ERR_OK;
}

/* ---- trying ---- */

enum err
defences_try(struct ops_call *call, struct err_why *why)
{
	const Api__DefenceTry *post;
	Api__DefenceTried *m = NULL;
	ProtobufCMessage *msg = NULL;
	struct defence_rule rule = {.said = NULL};
	unsigned days;
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	post = (const Api__DefenceTry *)(const void *)msg;
	days = post->has_days ? post->days : DEFENCE_TRY_DAYS;
	if (days < 1 || days > DEFENCE_TRY_DAYS_MAX)
		e = err_fail(why, ERR_MALFORMED, "%s: expected %u to %u",
		    "$.days", 1u, (unsigned)DEFENCE_TRY_DAYS_MAX);
	if (e == ERR_OK)
		e = defence_rule_read(&rule,
		    bytes_of(post->document.data, post->document.len), why);
	if (e == ERR_OK)
		e = defence_try(&m, call->service->site, &rule, days, why);
	if (e == ERR_OK) {
		ops_reply_message(call, &m->base);
		api__defence_tried__free_unpacked(m, NULL);
	}
	defence_rule_clear(&rule);
	slice_free(msg);
	return e;
}

/* ---- a person's word ---- */

struct saying {
	const Api__DefenceSay *post;
	const struct defence_paper *paper;
	struct defence_heard own;
	const struct rule *rule; /* why not */
	const char *path; /* of the field; or NULL */
};

/* What the site's word on it is from now on. */
static void
decide(struct saying *s)
{
	const char *invalid = rule_get(RULE_DEFENCE_INVALID)->code;

	switch (s->post->decision) {
	case API__DEFENCE_SAY__DECISION__CONFIRM:
		if (strcmp(s->own.reason, invalid) == 0) {
			s->rule = rule_get(RULE_DEFENCE_INVALID);
			return;
		}
		s->own.outcome = RECORD__DEFENCE_RECEIPT__OUTCOME__APPLIED;
		s->own.reason[0] = '\0';
		break;
	case API__DEFENCE_SAY__DECISION__REFUSE:
		s->own.outcome = RECORD__DEFENCE_RECEIPT__OUTCOME__REFUSED;
		(void)snprintf(s->own.reason, sizeof s->own.reason, "%s",
		    rule_get(RULE_DEFENCE_REFUSED)->code);
		break;
	case API__DEFENCE_SAY__DECISION__DECISION_UNSPECIFIED:
	case _API__DEFENCE_SAY__DECISION_IS_INT_SIZE:
		if (!s->post->has_verdict)
			s->rule = rule_get(RULE_FIELD_MISSING);
		break;
	}
	if (s->post->has_verdict)
		s->own.verdict = s->post->verdict;
}

/* A person answers for the text that they read, whatever is in force since. */
static void
read_what(struct saying *s)
{
	char hex[2 * HASH_BYTES + 1];

	motion_view_hex(hex, &s->paper->digest);
	if (s->post->digest == NULL) {
		if (s->post->decision != API__DEFENCE_SAY__DECISION__CONFIRM)
			return;
		s->rule = rule_get(RULE_FIELD_MISSING);
		s->path = "digest";
	} else if (strcmp(s->post->digest, hex) != 0) {
		s->rule = rule_get(RULE_DEFENCE_CHANGED);
	}
}

static void
find(struct saying *s, const struct defence_set *set, struct site *site)
{
	s->paper =
	    s->post->name != NULL ? defence_set_find(set, s->post->name) : NULL;
	if (s->paper == NULL) {
		s->rule = rule_get(RULE_DEFENCE_NONE);
		return;
	}
	read_what(s);
	if (s->rule != NULL)
		return;
	if (defence_heard(&s->own, site, site->name, s->paper->name, NULL) !=
	        ERR_OK ||
	    memcmp(s->own.digest.b, s->paper->digest.b, HASH_BYTES) != 0)
		s->rule = rule_get(RULE_DEFENCE_NONE);
}

static void
put(struct ops_call *call, const struct saying *s, uint32_t epoch)
{
	static const char *const words[] = {"said", "confirmed", "refused"};
	Record__DefenceReceipt m = RECORD__DEFENCE_RECEIPT__INIT;
	const char *verdict = verdict_word(s->own.verdict);
	char version[24], reason[40], detail[256], hex[2 * HASH_BYTES + 1];
	struct submit_who who;

	(void)snprintf(version, sizeof version, "%s", s->own.version);
	(void)snprintf(reason, sizeof reason, "%s", s->own.reason);
	motion_view_hex(hex, &s->paper->digest);
	(void)snprintf(detail, sizeof detail, "%s@%s sha256=%s: %s%s%s",
	    s->paper->name, version, hex, words[s->post->decision],
	    verdict != NULL ? ", " : "", verdict != NULL ? verdict : "");
	m.name = s->paper->name;
	m.version = version;
	m.has_digest = m.has_epoch = m.has_outcome = true;
	m.digest = (ProtobufCBinaryData){
	    HASH_BYTES, (uint8_t *)(uintptr_t)s->paper->digest.b};
	m.epoch = epoch;
	m.outcome = s->own.outcome;
	m.reason = reason[0] != '\0' ? reason : NULL;
	m.has_verdict = s->own.verdict != 0;
	m.verdict = s->own.verdict;
	struct submit_to to = ingest_towards(call, &who, ingest_reply_one);
	submit_defence_say(&to,
	    &(struct submit_said){
	        .receipt = &m, .operator_ = who.subject, .detail = detail});
}

enum err
defences_say(struct ops_call *call, struct err_why *why)
{
	struct service *sv = call->service;
	struct defence_set set = {.len = 0};
	struct saying s = {.rule = NULL};
	ProtobufCMessage *msg = NULL;
	bool changed;
	enum err e = ops_body(call, &msg, why);

	if (e != ERR_OK)
		return e;
	s.post = (const Api__DefenceSay *)(const void *)msg;
	e = defence_set_look(&set, sv->peers, &changed, why);
	if (e == ERR_OK) {
		find(&s, &set, sv->site);
		if (s.rule == NULL)
			decide(&s);
	}
	if (e == ERR_OK && s.rule != NULL) {
		call->rule = s.rule;
		e = rule_fail(why, submit_op_err(s.rule), s.rule, s.path);
	}
	if (e == ERR_OK)
		put(call, &s, set.epoch);
	defence_set_clear(&set);
	slice_free(msg);
	return e;
}
