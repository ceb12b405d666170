/* gate_pass.c - may this item of intelligence leave, and how coarse? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/gate_pass.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/accident.h"
#include "node/domain/intel.h"
#include "node/domain/packs_force.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define DAY_US (INT64_C(86400) * 1000000)
/* The last moment of GB 6441-1986: 2026-06-30T15:59:59Z. */
#define OLD_CLASSES_US INT64_C(1782835199000000)

/* Fields that hold no words of a person: not looked through. */
static const char *const not_texts[] = {"intel_id", "source", "label", "month",
    "period", "policy_version", "supersedes", "superseded_by", "companies",
    "basis", "drafted_by", "approved_by", NULL};

void
gate_past_clear(struct gate_past *p)
{
	for (size_t i = 0; i < p->left_len; i++)
		free(p->left[i]);
	free(p->left);
	*p = (struct gate_past){.spent = 0};
}

void
gate_past_add(struct gate_past *p, char *const *owners, size_t n)
{
	size_t kept = 0;

	if (p->left == NULL) {
		p->left = mem_alloc(n + 1, sizeof *p->left);
		for (size_t i = 0; i < n; i++)
			p->left[p->left_len++] = mem_strdup(owners[i]);
		return;
	}
	for (size_t i = 0; i < p->left_len; i++) {
		bool both = false;

		for (size_t k = 0; k < n && !both; k++)
			both = strcmp(owners[k], p->left[i]) == 0;
		if (both)
			p->left[kept++] = p->left[i];
		else
			free(p->left[i]);
	}
	p->left_len = kept;
}

static struct gate_reason *
hold(struct gate_answer *a, enum rule_id id, const char *what)
{
	struct gate_reason *r;

	/* The last room says that there is more. */
	r = &a->at[a->len < GATE_REASONS_MAX ? a->len++ : a->len - 1];
	*r = (struct gate_reason){.rule = rule_get(id)};
	(void)snprintf(r->what, sizeof r->what, "%s", what);
	return r;
}

/* ---- the list of fields ---- */

static bool
listed(char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list[i], name) == 0)
			return true;
	}
	return false;
}

/* What the node says of an item, beside what the policy lists. */
static bool
nodes_own(const char *name)
{
	static const char *const own[] = {
	    "action", "intel_id", "named", "supersedes", "item_version"};

	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
		if (strcmp(own[i], name) == 0)
			return true;
	}
	return false;
}

static bool
under(const Pack__Release *p, const char *name, const char *tlp)
{
	for (size_t i = 0; i < p->n_under; i++) {
		if (strcmp(p->under[i]->field, name) == 0 &&
		    !listed(p->under[i]->tlp, p->under[i]->n_tlp, tlp))
			return false;
	}
	return true;
}

/* The one place where fields cross from a record into an item. */
static void
allow(const Pack__Release *p, Record__Intel **item)
{
	const ProtobufCMessageDescriptor *d = &record__intel__descriptor;
	const char *tlp = (*item)->tlp != NULL ? (*item)->tlp : "";
	ProtobufCMessage *out = NULL;
	struct slice_list l;
	struct buf all, some;

	buf_init(&all, 1 << 20);
	buf_init(&some, 1 << 20);
	slice_pack(&all, &(*item)->base);
	if (slice_split(&l, d, buf_view(&all), NULL) != ERR_OK)
		l.len = 0;
	for (size_t i = 0; i < l.len; i++) {
		const char *name =
		    protobuf_c_message_descriptor_get_field(d, l.at[i].number)
		        ->name;

		if (nodes_own(name) ||
		    ((listed(p->fields, p->n_fields, name) ||
		         listed(p->texts, p->n_texts, name)) &&
		        under(p, name, tlp)))
			buf_put(&some, l.at[i].bytes.ptr, l.at[i].bytes.len);
	}
	if (slice_unpack(&out, d, buf_view(&some), NULL) != ERR_OK) {
		out = mem_alloc(1, sizeof(Record__Intel));
		record__intel__init((Record__Intel *)out);
	}
	buf_wipe(&all);
	buf_wipe(&some);
	slice_free(&(*item)->base);
	*item = (Record__Intel *)out;
}

/* ---- codes ---- */

static bool
among(const char *text, const char *const *list)
{
	for (; text != NULL && *list != NULL; list++) {
		if (strcmp(text, *list) == 0)
			return true;
	}
	return text == NULL;
}

static bool
digits(const char *text, size_t least, size_t most)
{
	size_t n = strspn(text, "0123456789");

	return text[n] == '\0' && n >= least && n <= most;
}

static void
check_codes(
    const struct gate_ask *ask, const Record__Intel *m, struct gate_answer *out)
{
	static const char *const types[] = {"alert", "lesson", "precursor",
	    "near-miss", "control-failure", "equipment-defect", "rule",
	    "statistic", "recall", NULL};
	static const char *const paps[] = {
	    "CLEAR", "GREEN", "AMBER", "RED", NULL};
	const char *c = m->confidence;

	if (!among(m->type, types))
		hold(out, RULE_INTEL_FIELD, "type");
	if (!intel_tlp_known(m->tlp))
		hold(out, RULE_INTEL_TLP, "tlp");
	if (!among(m->pap, paps))
		hold(out, RULE_INTEL_FIELD, "pap");
	if (c != NULL &&
	    (c[0] < 'A' || c[0] > 'F' || c[1] < '1' || c[1] > '6' ||
	        c[2] != '\0'))
		hold(out, RULE_INTEL_FIELD, "confidence");
	if (m->event_class != NULL &&
	    !accident_known(
	        packs_accidents(ask->packs, ask->now_us), m->event_class))
		hold(out, RULE_INTEL_FIELD, "eventClass");
	if (m->event_class_1986 != NULL &&
	    !accident_known(packs_accidents_then(ask->packs, OLD_CLASSES_US),
	        m->event_class_1986))
		hold(out, RULE_INTEL_FIELD, "eventClass1986");
	for (size_t i = 0; i < m->n_hazard_factors; i++) {
		if (!digits(m->hazard_factors[i], 4, 6))
			hold(out, RULE_INTEL_FIELD, "hazardFactors");
	}
}

static bool
given(const char *s)
{
	return s != NULL && s[strspn(s, " \t")] != '\0';
}

/* Something that a reader can do, look for, or ask himself. */
static void
check_use(const Record__Intel *m, struct gate_answer *out)
{
	bool use = given(m->applies_if) || given(m->detection);

	for (size_t i = 0; i < m->n_recommended; i++)
		use |= given(m->recommended[i]);
	for (size_t i = 0; i < m->n_actions; i++) {
		const Record__IntelAction *a = m->actions[i];

		if (!given(a->verb) || !given(a->object))
			hold(out, RULE_INTEL_FIELD, "actions: verb, object");
		else if (a->has_priority &&
		    (a->priority < 1 || a->priority > 3))
			hold(out, RULE_INTEL_FIELD, "actions: priority");
		else
			use = true;
	}
	if (!use)
		hold(out, RULE_INTEL_EMPTY, "actions");
}

static void
check_words(
    const struct gate_ask *ask, const Record__Intel *m, struct gate_answer *out)
{
	struct scrub_list *l = mem_alloc(1, sizeof *l);

	scrub_message(&m->base, not_texts, ask->known, l);
	for (size_t i = 0; i < l->len && i < SCRUB_FINDS_MAX; i++) {
		struct gate_reason *r =
		    hold(out, RULE_INTEL_IDENTIFIES, l->at[i].field);

		r->position = l->at[i].position;
		r->kind = l->at[i].kind;
	}
	free(l);
}

/* ---- companies ---- */

static void
count(const struct gate_ask *ask, Record__Intel *m, struct gate_answer *out)
{
	struct gate_alliance a = ask->alliance;
	enum gate_dim dim = 0;
	char what[80];

	if (ask->past->lost) {
		hold(out, RULE_INTEL_PAST, "companies");
		return;
	}
	a.only = ask->past->left;
	a.only_len = ask->past->left_len;
	switch (gate_k(ask->policy, &a, ask->occurred_us, m, &out->k, &dim)) {
	case GATE_K_UNKNOWN_SELF:
		hold(out, RULE_INTEL_PROFILE,
		    "profiles: no member of this name");
		break;
	case GATE_K_NOT_OURS:
		hold(out, RULE_INTEL_PROFILE, gate_dim_field(dim));
		break;
	case GATE_K_FEW:
		(void)snprintf(what, sizeof what, "companies: %zu of %zu",
		    out->k.companies, out->k.needed + 1);
		hold(out, a.only != NULL ? RULE_INTEL_LINKED : RULE_INTEL_FEW,
		    what);
		break;
	case GATE_K_PASSES:
		m->has_k = true;
		m->k = (uint32_t)out->k.k;
		break;
	}
}

/* The smallest budget that any recipient has. */
static void
check_budget(const struct gate_ask *ask, struct gate_answer *out)
{
	const Pack__ReleaseBudget *b = ask->policy->budget;
	const char *whose = "each recipient";
	char what[80];

	out->budget = b != NULL && b->has_items ? b->items : GATE_BUDGET_ITEMS;
	for (size_t i = 0; b != NULL && i < b->n_recipients; i++) {
		const Pack__ReleaseRecipient *r = b->recipients[i];

		for (size_t k = 0; k < ask->alliance.len; k++) {
			const char *owner = ask->alliance.at[k].owner;

			if (owner == NULL || strcmp(owner, r->owner) != 0 ||
			    r->items >= out->budget)
				continue;
			out->budget = r->items;
			whose = r->owner;
		}
	}
	if (ask->past->spent < out->budget)
		return;
	(void)snprintf(what, sizeof what, "budget of %.40s: %u of %u", whose,
	    ask->past->spent, out->budget);
	hold(out, RULE_INTEL_BUDGET, what);
}

static void
set_text(char **field, const char *value)
{
	free(*field);
	*field = value != NULL ? mem_strdup(value) : NULL;
}

/* Until the end of a month: it says no more of the day than the period. */
static void
set_end(const struct gate_ask *ask, Record__Intel *m)
{
	int64_t days =
	    ask->policy->has_valid_days ? ask->policy->valid_days : 0;
	int64_t span[2];
	char text[16];

	if (days > 0 &&
	    gate_time_period(
	        GATE_MONTH, ask->now_us + days * DAY_US, text, span)) {
		m->has_expires_at = true;
		m->expires_at = span[1];
	}
}

void
gate_pass(
    const struct gate_ask *ask, Record__Intel **item, struct gate_answer *out)
{
	const Pack__Release *p = ask->policy;
	Record__Intel *m;

	*out = (struct gate_answer){.len = 0};
	if (p == NULL) {
		hold(out, RULE_INTEL_POLICY, "");
		return;
	}
	allow(p, item);
	m = *item;
	if (m->named && p->anonymous_only)
		hold(out, RULE_INTEL_NAMED, "named");
	check_codes(ask, m, out);
	if (m->named)
		gate_k_named(p, ask->occurred_us, m, &out->k);
	else
		count(ask, m, out);
	if (!listed(p->fields, p->n_fields, "period") &&
	    !listed(p->fields, p->n_fields, "month"))
		set_text(&m->period, NULL);
	check_use(m, out);
	check_words(ask, m, out);
	check_budget(ask, out);
	set_text(&m->label, m->named ? "source-named" : p->label);
	set_text(&m->policy_version, p->version);
	set_end(ask, m);
}

void
gate_answer_say(const struct gate_answer *a, bool zh, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < a->len && n + 1 < size; i++) {
		const struct gate_reason *r = &a->at[i];
		const char *next = i == 0 ? "" : "; ";
		int put;

		if (r->position > 0)
			put = snprintf(out + n, size - n, "%s%s %u: %s", next,
			    r->what, r->position, scrub_kind_text(r->kind, zh));
		else
			put = snprintf(out + n, size - n, "%s%s%s%s", next,
			    r->what, r->what[0] != '\0' ? ": " : "",
			    zh ? r->rule->text_zh : r->rule->text);
		n += put > 0 ? (size_t)put : 0;
	}
}
