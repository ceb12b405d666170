/* decide_replay.c - a recorded decision taken again from its own facts. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/decide_replay.h"

#include <stdlib.h>
#include <string.h>

#include "node/domain/packs.h"
#include "proto/mem.h"
#include "proto/text.h"

#define SPAN_MAX_US (INT64_C(36525) * 24 * 3600 * 1000000)

struct desk {
	struct decide_input in;
	struct decide_need needs[DECIDE_NEEDS_MAX];
	struct decide_credential creds[DECIDE_CREDENTIALS_MAX];
};

/* Any numbers do that are the same for the same names. */
static uint64_t
number_of(const char *class)
{
	return class != NULL && class[0] != '\0' ? packs_id(class) : 0;
}

static void
put_shown(struct decide_credential *c, const Record__DecisionFacts__Shown *m)
{
	*c = (struct decide_credential){
	    .class_hash = number_of(m->class_),
	    .valid_from_us = m->valid_from_at,
	    .valid_to_us = m->valid_to_at,
	    .review_due_us = m->review_due_at,
	    .presented_to_us = m->presented_to_at,
	    .status_seen_us = m->status_seen_at,
	    .idle_until_us = m->idle_until_at,
	    .idle_unknown = m->idle_unknown,
	    .class_known = m->class_known,
	    .elsewhere = m->elsewhere,
	    .of_company = m->of_company,
	    .company = (uint8_t)m->company,
	    .untrusted = m->untrusted,
	    .own = m->own,
	};
	switch (m->status) {
	case RECORD__STATUS__VALUE__VALID:
		c->status = DECIDE_VALID;
		break;
	case RECORD__STATUS__VALUE__SUSPENDED:
		c->status = DECIDE_SUSPENDED;
		break;
	case RECORD__STATUS__VALUE__REVOKED:
		c->status = m->cancelled ? DECIDE_CANCELLED : DECIDE_REVOKED;
		break;
	case RECORD__STATUS__VALUE__LAPSED:
		c->status = DECIDE_LAPSED;
		break;
	case RECORD__STATUS__VALUE__VALUE_UNSPECIFIED:
	case _RECORD__STATUS__VALUE_IS_INT_SIZE:
		break;
	}
	if (m->credential_id != NULL &&
	    text_uuid_get(c->id, bytes_str(m->credential_id), NULL) != ERR_OK)
		memset(c->id, 0, sizeof c->id);
}

static enum err
put_lists(struct desk *d, const Record__DecisionFacts *f, struct err_why *why)
{
	if (f->n_needs > DECIDE_NEEDS_MAX ||
	    f->n_shown > DECIDE_CREDENTIALS_MAX)
		return err_fail(why, ERR_LIMIT,
		    "the decision names more needs or credentials than one "
		    "looks at");
	for (size_t i = 0; i < f->n_needs; i++) {
		const Record__DecisionFacts__Need *n = f->needs[i];

		if (n->n_classes > DECIDE_CLASSES_MAX)
			return err_fail(why, ERR_LIMIT,
			    "a need of the decision names too many classes");
		d->needs[i].classes_len = n->n_classes;
		d->needs[i].lack = n->lack != 0 ? n->lack
		    : n->if_known ? RECORD__DECISION_FACTS__NEED__LACK__NOTHING
		                  : RECORD__DECISION_FACTS__NEED__LACK__DENY;
		d->needs[i].lack_rule =
		    n->lack_code != NULL ? rule_find(n->lack_code) : NULL;
		d->needs[i].of_company = n->of_company;
		d->needs[i].company = (uint8_t)n->company;
		for (size_t k = 0; k < n->n_classes; k++)
			d->needs[i].classes[k] = number_of(n->classes[k]);
	}
	for (size_t i = 0; i < f->n_shown; i++)
		put_shown(&d->creds[i], f->shown[i]);
	return ERR_OK;
}

static void
put_input(struct desk *d, const Record__Decision *m)
{
	const Record__DecisionFacts *f = m->facts;

	d->in = (struct decide_input){
	    .holder_given = f->holder_given,
	    .pack_found = f->pack_found,
	    .level_known = f->level_known,
	    .area_checked = f->area_checked,
	    .area_alarm = f->area_alarm,
	    .person_checked = f->person_checked,
	    .working_elsewhere = f->working_elsewhere,
	    .violation_open = f->violation_open,
	    .score_open = f->score_open,
	    .area_lost = f->area_lost,
	    .person_lost = f->person_lost,
	    .faulty = f->faulty,
	    .heard_us = f->heard_at,
	    .silent_us = f->silent_us,
	    .creds_cut = f->shown_cut,
	    .now_us = m->as_of_at,
	    .recorded_us = f->recorded_at,
	    .status_ttl_us = f->status_ttl_us,
	    .decision_us = f->decision_us,
	    .identity_ttl_us = f->identity_ttl_us,
	    .identity_us = f->identity_at,
	    .needs = d->needs,
	    .needs_len = f->n_needs,
	    .creds = d->creds,
	    .creds_len = f->n_shown,
	};
}

/* Nobody who took the decision had spans of this length. */
static bool
is_span(int64_t us)
{
	return us >= 0 && us <= SPAN_MAX_US;
}

static enum err
check_spans(const Record__DecisionFacts *f, struct err_why *why)
{
	if (is_span(f->status_ttl_us) && is_span(f->decision_us) &&
	    is_span(f->identity_ttl_us) && is_span(f->silent_us))
		return ERR_OK;
	return err_fail(why, ERR_LIMIT,
	    "the decision names a span of more than a hundred years");
}

static bool
same(const struct decide_answer *a, const Record__Decision *m)
{
	bool ends = a->expires_us == (m->has_expires_at ? m->expires_at : 0);

	if (a->result != m->result || !ends ||
	    a->reasons.len != m->n_reason_codes)
		return false;
	for (size_t i = 0; i < a->reasons.len; i++) {
		if (strcmp(a->reasons.at[i]->code, m->reason_codes[i]) != 0)
			return false;
	}
	return true;
}

enum err
decide_replay(
    struct decide_replay *out, const Record__Decision *m, struct err_why *why)
{
	const Record__DecisionFacts *f = m->facts;
	struct desk *d;
	enum err e;

	*out = (struct decide_replay){.same = false};
	if (f == NULL)
		return rule_fail(
		    why, ERR_NOT_FOUND, rule_get(RULE_DECISION_FACTS), NULL);
	if (f->version != DECIDE_VERSION)
		return err_fail(why, ERR_UNSUPPORTED,
		    "the decision was taken by version %u of the steps, this "
		    "is version %u: replay it with that release",
		    f->version, DECIDE_VERSION);
	e = check_spans(f, why);
	if (e != ERR_OK)
		return e;
	d = mem_alloc(1, sizeof *d);
	e = put_lists(d, f, why);
	if (e == ERR_OK) {
		put_input(d, m);
		decide_answer(&out->answer, &d->in);
		if (f->in_doubt)
			decide_doubt(
			    &out->answer, &d->in, f->from_at, f->to_at);
		out->same = same(&out->answer, m);
		out->answer.used = NULL;
	}
	free(d);
	return e;
}
