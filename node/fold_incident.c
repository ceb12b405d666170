/* fold_incident.c - incidents and the rows of their alarms, kept in step. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fold_incident.h"

#include <string.h>

#include "node/domain/incident.h"
#include "proto/text.h"

static const uint8_t none[16];

/* Takes one alarm in, unless it is in one. */
static enum err
take(struct fold *f, struct row *r, const struct fold_item *item,
    const char *alarm_id, bool calls, struct err_why *why)
{
	const uint8_t *incident = item->leaf->record_id.data;
	struct incident_share share;
	struct row alarm;
	uint8_t id[16];
	enum err e;

	if (text_uuid_get(id, bytes_str(alarm_id), NULL) != ERR_OK)
		return ERR_OK;
	e = fold_get(f, item->slot, id, &alarm, why);
	/* One that cannot be read keeps out neither the others nor this. */
	if (e == ERR_NOT_FOUND || e == ERR_CORRUPT ||
	    (e == ERR_OK && alarm.kind != LEDGER__KIND__ALARM))
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	if (memcmp(alarm.ref, none, 16) != 0)
		return ERR_OK;
	memcpy(alarm.ref, incident, 16);
	if (calls)
		alarm.flags |= ROW_CALLS;
	share = incident_share(&alarm);
	r->members++;
	r->alive += share.alive;
	r->unseen += share.unseen;
	return fold_put_row(f, item->slot, id, &alarm, why);
}

enum err
fold_incident_apply(struct fold *f, struct row *r, const struct fold_event *e,
    struct err_why *why)
{
	const Record__Incident *m = (const Record__Incident *)e->item->body;
	enum err err = ERR_OK;

	if (!e->applied)
		return ERR_OK;
	incident_fold(r, m, fold_kind_occurred(e->item));
	if (m->action != RECORD__INCIDENT__ACTION__OPEN &&
	    m->action != RECORD__INCIDENT__ACTION__JOIN)
		return ERR_OK;
	if (e->first)
		err = fold_kind_name(
		    f, e->item->slot, FOLD_AREA, m->area, &r->area, why);
	for (size_t i = 0; i < m->n_alarm_ids && err == ERR_OK; i++)
		err = take(f, r, e->item, m->alarm_ids[i], true, why);
	for (size_t i = 0; i < m->n_context_ids && err == ERR_OK; i++)
		err = take(f, r, e->item, m->context_ids[i], false, why);
	return err;
}

void
fold_incident_keep(struct row *r, const struct row *was)
{
	if (was->kind == LEDGER__KIND__ALARM) {
		memcpy(r->ref, was->ref, sizeof r->ref);
		r->flags |= was->flags & ROW_CALLS;
	}
	if (was->kind == LEDGER__KIND__INCIDENT) {
		r->members = was->members;
		r->alive = was->alive;
		r->unseen = was->unseen;
	}
}

enum err
fold_incident_count(struct fold *f, uint16_t slot, const struct row *was,
    const struct row *is, struct err_why *why)
{
	const struct incident_share before = incident_share(was);
	const struct incident_share after = incident_share(is);
	struct row incident;
	enum err e;

	if (memcmp(is->ref, none, 16) == 0 ||
	    (before.alive == after.alive && before.unseen == after.unseen))
		return ERR_OK;
	e = fold_get(f, slot, is->ref, &incident, why);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND || e == ERR_CORRUPT ? ERR_OK : e;
	incident.alive += after.alive - before.alive;
	incident.unseen += after.unseen - before.unseen;
	return fold_put_row(f, slot, is->ref, &incident, why);
}
