/* query_past.c - what a certificate was worth at a moment that is past. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_past.h"

#include <stdlib.h>

#include "node/domain/certificate.h"
#include "node/domain/credential_pack.h"
#include "proto/mem.h"

struct past {
	const struct packs *packs;
	int64_t at_us;
	struct row row;
	const char *class;
	bool unknown; /* an event of it is not readable */
};

static void
take_certificate(struct past *p, const Record__Certificate *m, int64_t us)
{
	if (m->action == RECORD__CERTIFICATE__ACTION__ISSUE) {
		p->row.from_us = m->valid_from_at;
		p->class = m->class_;
	}
	certificate_fold(&p->row, m, us);
}

static void
take_credential(struct past *p, const Record__Credential *m)
{
	p->row.state = ROW_VALID;
	p->row.from_us = m->valid_from_at;
	p->row.to_us = m->valid_to_at;
	p->row.mark_us = m->review_due_at;
	p->class = m->class_;
}

/* When it happened, by who said so; else when it was recorded. */
static int64_t
occurred(const Api__EventView *e)
{
	int64_t us = 0;

	if (e->certificate != NULL)
		us = e->certificate->occurred_at;
	else if (e->status != NULL)
		us = e->status->effective_at;
	return us != 0 ? us : e->place->recorded_at;
}

static void
take(struct past *p, const Api__EventView *e)
{
	bool applied = e->outcome == LEDGER__OUTCOME__APPLIED ||
	    e->outcome == LEDGER__OUTCOME__SEQ_CONFLICT;

	if (!applied && e->event_seq > 1)
		return;
	if (e->certificate != NULL && e->certificate->has_action)
		take_certificate(p, e->certificate, occurred(e));
	else if (e->credential != NULL)
		take_credential(p, e->credential);
	else if (e->status != NULL)
		certificate_status_fold(&p->row, e->status);
	else
		p->unknown = true;
}

static const char *
state_of(const struct past *p)
{
	const Pack__Credentials *pack =
	    packs_credentials_then(p->packs, p->at_us);
	const struct certificate_facts f = certificate_facts(&p->row);
	struct certificate_terms t = {.review_due_us = 0};
	uint8_t state = row_state(&p->row, p->at_us);

	if (p->unknown)
		return row_state_text(p->row.kind, 0);
	if (pack != NULL)
		t = certificate_terms(credential_pack_class(pack, p->class),
		    pack->day_offset_minutes, &f);
	if (state == ROW_VALID && t.review_due_us != 0 &&
	    p->at_us > t.review_due_us)
		state = ROW_LAPSED;
	return row_state_text(p->row.kind, state);
}

static void
set_text(char **out, const char *text)
{
	free(*out);
	*out = mem_strdup(text);
}

enum err
query_past(Api__RecordView *v, const struct packs *packs, int64_t at_us,
    struct err_why *why)
{
	struct past then = {.packs = packs,
	    .at_us = at_us,
	    .row = {.kind = LEDGER__KIND__CERTIFICATE}};
	struct past now = then;
	size_t known = 0;

	if (v->n_events != v->event_seq)
		return err_fail(why, ERR_LIMIT,
		    "the record has more events than can be looked back on");
	for (size_t i = 0; i < v->n_events; i++) {
		const Api__EventView *e = v->events[i];

		if (known == i && e->place->recorded_at <= at_us) {
			take(&then, e);
			known++;
		}
		if (occurred(e) <= at_us)
			take(&now, e);
	}
	if (known == 0)
		return err_fail(why, ERR_NOT_FOUND,
		    "nothing of this record was recorded by then");
	set_text(&v->state, state_of(&then));
	set_text(&v->hindsight_state, state_of(&now));
	v->has_as_of_at = true;
	v->as_of_at = at_us;
	v->has_valid_to_at = then.row.to_us != 0;
	v->valid_to_at = then.row.to_us;
	v->event_seq = (uint32_t)known;
	for (size_t i = known; i < v->n_events; i++)
		api__event_view__free_unpacked(v->events[i], NULL);
	v->n_events = known;
	return ERR_OK;
}
