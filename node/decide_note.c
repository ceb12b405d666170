/* decide_note.c - what a decision went by, as its entry keeps it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/decide_note.h"

#include "node/fold_place.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define SET(m, field, v) ((m)->has_##field = true, (m)->field = (v))

static const char *
name_of(const struct decide_facts *f, uint64_t hash)
{
	for (size_t n = 0; n < f->in.needs_len; n++) {
		for (size_t i = 0; i < f->needs[n].classes_len; i++) {
			if (f->needs[n].classes[i] == hash)
				return f->name[n][i];
		}
	}
	return NULL;
}

enum err
decide_note_place(const struct decide_books *books,
    const struct decide_credential *c, uint64_t place, struct decide_spot *out,
    struct err_why *why)
{
	const struct fold *f = c->own || c->local ? books->own : books->replica;
	char origin[NOTE_NAME_MAX + 1];
	struct fold_spot at;
	enum err e = fold_spot(f, c->slot, place, &at, why);

	if (e == ERR_OK)
		e = log_origin(f->book, f->txn, at.slot, origin, why);
	if (e != ERR_OK)
		return e;
	out->origin = mem_strdup(origin);
	out->index = at.index;
	return ERR_OK;
}

static Record__DecisionFacts__Need *
note_need(const struct decide_facts *f, size_t n)
{
	const struct decide_need *need = &f->needs[n];
	Record__DecisionFacts__Need *m = mem_alloc(1, sizeof *m);

	record__decision_facts__need__init(m);
	m->classes = mem_alloc(need->classes_len + 1, sizeof *m->classes);
	for (size_t i = 0; i < need->classes_len; i++)
		m->classes[m->n_classes++] = mem_strdup(f->name[n][i]);
	if (need->lack != 0)
		SET(m, lack, need->lack);
	if (need->lack_rule != NULL)
		m->lack_code = mem_strdup(need->lack_rule->code);
	if (need->of_company)
		SET(m, of_company, true);
	if (need->company != 0)
		SET(m, company, need->company);
	return m;
}

static void
note_status(Record__DecisionFacts__Shown *m, const struct decide_credential *c)
{
	switch (c->status) {
	case DECIDE_VALID:
		SET(m, status, RECORD__STATUS__VALUE__VALID);
		break;
	case DECIDE_SUSPENDED:
		SET(m, status, RECORD__STATUS__VALUE__SUSPENDED);
		break;
	case DECIDE_CANCELLED:
		SET(m, cancelled, true);
		SET(m, status, RECORD__STATUS__VALUE__REVOKED);
		break;
	case DECIDE_REVOKED:
		SET(m, status, RECORD__STATUS__VALUE__REVOKED);
		break;
	case DECIDE_LAPSED:
		SET(m, status, RECORD__STATUS__VALUE__LAPSED);
		break;
	case DECIDE_UNKNOWN:
		break;
	}
}

static void
note_flags(Record__DecisionFacts__Shown *m, const struct decide_credential *c)
{
	if (c->idle_unknown)
		SET(m, idle_unknown, true);
	if (c->class_known)
		SET(m, class_known, true);
	if (c->own)
		SET(m, own, true);
	if (c->elsewhere)
		SET(m, elsewhere, true);
	if (c->of_company)
		SET(m, of_company, true);
	if (c->company != 0)
		SET(m, company, c->company);
	if (c->untrusted)
		SET(m, untrusted, true);
}

static void
note_times(Record__DecisionFacts__Shown *m, const struct decide_credential *c)
{
	if (c->valid_from_us != 0)
		SET(m, valid_from_at, c->valid_from_us);
	if (c->valid_to_us != 0)
		SET(m, valid_to_at, c->valid_to_us);
	if (c->review_due_us != 0)
		SET(m, review_due_at, c->review_due_us);
	if (c->presented_to_us != 0)
		SET(m, presented_to_at, c->presented_to_us);
	if (c->status_seen_us != 0)
		SET(m, status_seen_at, c->status_seen_us);
	if (c->idle_until_us != 0)
		SET(m, idle_until_at, c->idle_until_us);
}

static Record__DecisionFacts__Shown *
note_shown(const struct decide_facts *f, const struct decide_credential *c)
{
	Record__DecisionFacts__Shown *m = mem_alloc(1, sizeof *m);
	const char *name = name_of(f, c->class_hash);

	record__decision_facts__shown__init(m);
	m->credential_id = mem_alloc(TEXT_UUID_CHARS + 1, 1);
	text_uuid_put(m->credential_id, c->id);
	/* One of a class that nobody asked for is not told further. */
	if (name != NULL)
		m->class_ = mem_strdup(name);
	note_status(m, c);
	note_times(m, c);
	note_flags(m, c);
	return m;
}

static void
note_input(Record__DecisionFacts *m, const struct decide_facts *f)
{
	const struct decide_input *in = &f->in;

	record__decision_facts__init(m);
	SET(m, version, DECIDE_VERSION);
	SET(m, recorded_at, in->recorded_us);
	SET(m, status_ttl_us, in->status_ttl_us);
	SET(m, decision_us, in->decision_us);
	SET(m, holder_given, in->holder_given);
	SET(m, pack_found, in->pack_found);
	SET(m, level_known, in->level_known);
	SET(m, area_checked, in->area_checked);
	SET(m, area_alarm, in->area_alarm);
	SET(m, person_checked, in->person_checked);
	SET(m, working_elsewhere, in->working_elsewhere);
	SET(m, violation_open, in->violation_open);
	if (in->score_open)
		SET(m, score_open, true);
	if (in->area_lost)
		SET(m, area_lost, true);
	if (in->person_lost)
		SET(m, person_lost, true);
	if (in->faulty)
		SET(m, faulty, true);
	if (in->heard_us != 0)
		SET(m, heard_at, in->heard_us);
	if (in->silent_us != 0)
		SET(m, silent_us, in->silent_us);
	if (in->creds_cut)
		SET(m, shown_cut, true);
	if (in->identity_ttl_us != 0)
		SET(m, identity_ttl_us, in->identity_ttl_us);
	if (in->identity_us != 0)
		SET(m, identity_at, in->identity_us);
	if (f->pack != NULL)
		m->credential_pack = mem_strdup(f->pack->version);
	if (f->span.faults == 0)
		return;
	SET(m, in_doubt, true);
	SET(m, from_at, f->span.from_us);
	SET(m, to_at, f->span.to_us);
}

enum err
decide_note(const struct decide_books *books, const struct decide_facts *facts,
    Record__DecisionFacts **out, struct err_why *why)
{
	Record__DecisionFacts *m = mem_alloc(1, sizeof *m);
	const struct decide_input *in = &facts->in;
	enum err e = ERR_OK;

	note_input(m, facts);
	m->needs = mem_alloc(in->needs_len + 1, sizeof(void *));
	for (size_t i = 0; i < in->needs_len; i++)
		m->needs[m->n_needs++] = note_need(facts, i);
	m->shown = mem_alloc(in->creds_len + 1, sizeof(void *));
	for (size_t i = 0; i < in->creds_len && e == ERR_OK; i++) {
		const struct decide_credential *c = &in->creds[i];
		Record__DecisionFacts__Shown *s = note_shown(facts, c);
		struct decide_spot at;

		m->shown[m->n_shown++] = s;
		if (c->status == DECIDE_UNKNOWN)
			continue;
		e = decide_note_place(books, c, c->last, &at, why);
		if (e != ERR_OK)
			break;
		s->origin = at.origin;
		SET(s, index, at.index);
	}
	if (e == ERR_OK)
		*out = m;
	else
		slice_free(&m->base);
	return e;
}
