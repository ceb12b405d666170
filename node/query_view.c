/* query_view.c - rows and entries as messages.  Only for query*.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_view.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/log_read.h"
#include "ledger/proof.h"
#include "node/domain/alarm.h"
#include "node/domain/alarm_policy.h"
#include "node/domain/rule.h"
#include "node/fold_key.h"
#include "node/fold_place.h"
#include "node/query_action.h"
#include "node/query_case.h"
#include "node/query_gaps.h"
#include "node/query_hide.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

enum err
query_view_open(struct query_view *v, struct err_why *why)
{
	struct generation_line line;
	struct generation g;
	uint32_t number;
	enum err e;

	e = log_origin(v->fold.book, v->fold.txn, v->slot, v->origin, why);
	if (e == ERR_OK)
		e = generation_get(&g, v->origin, why);
	if (e != ERR_OK)
		return e == ERR_MALFORMED ? ERR_CORRUPT : e;
	memcpy(v->name, g.name, sizeof v->name);
	v->alliance = strcmp(g.kind, "alliance") == 0;
	if (g.number == 1)
		return ERR_OK;
	e = generation_line_of(
	    &line, &number, v->fold.book, v->fold.txn, v->slot, why);
	if (e == ERR_OK && line.first != v->slot)
		return ERR_EXISTS;
	return e;
}

uint64_t *
query_view_areas(const struct digest_hmac *mac, const struct query_scope *scope)
{
	uint64_t *out = mem_alloc(scope->areas_len + 1, sizeof *out);

	for (size_t i = 0; i < scope->areas_len; i++)
		out[i] = fold_hash(mac, FOLD_AREA, scope->areas[i]);
	return out;
}

bool
query_view_holds(const struct query_view *v, Ledger__Kind kind)
{
	if (!v->alliance && v->scope->alliance_only)
		return false;
	if (kind == LEDGER__KIND__CREDENTIAL || kind == LEDGER__KIND__STATUS)
		return v->alliance;
	/* What a member says of its plant counts only in its evidence. */
	return !v->alliance || kind < LEDGER__KIND__ALARM;
}

bool
query_view_shows(const struct query_view *v, const struct row *r)
{
	if (v->scope->areas_len == 0)
		return true;
	if (r->area == 0)
		return v->alliance;
	for (size_t i = 0; i < v->scope->areas_len; i++) {
		if (v->areas[i] == r->area)
			return true;
	}
	return false;
}

char *
query_view_text(struct query_view *v, enum fold_class c, uint64_t hash)
{
	struct fold_key k = fold_key_slot(v->slot);
	struct bytes text;
	char *out;

	fold_key_uint(&k, (uint64_t)c, 1);
	fold_key_uint(&k, hash, 8);
	if (hash == 0 ||
	    store_get(v->fold.txn, v->fold.t->name, fold_key_view(&k), &text,
	        NULL) != ERR_OK)
		return NULL;
	out = mem_alloc(text.len + 1, 1);
	memcpy(out, text.ptr, text.len);
	return out;
}

uint64_t
query_view_repeats(struct query_view *v, uint64_t source)
{
	struct fold_key k = fold_key_slot(v->slot);
	struct bytes n;

	fold_key_uint(&k, source, 8);
	if (store_get(v->fold.txn, v->fold.t->repeat, fold_key_view(&k), &n,
	        NULL) != ERR_OK)
		return 0;
	return fold_key_u64(n);
}

static char *
id_text(const uint8_t id[static 16])
{
	char *out = mem_alloc(TEXT_UUID_CHARS + 1, 1);

	text_uuid_put(out, id);
	return out;
}

/* Gravity counts from 1; permits call their gravest level special. */
static char *
level_name(const struct row *r)
{
	char text[8];
	unsigned named = r->level;

	if (r->level == 0)
		return NULL;
	if (r->kind == LEDGER__KIND__PERMIT) {
		if (r->level == RECORD__PERMIT__LEVEL__UNLEVELLED)
			return NULL;
		if (r->level == RECORD__PERMIT__LEVEL__SPECIAL)
			return mem_strdup("special");
		named--;
	}
	(void)snprintf(text, sizeof text, "%u", named);
	return mem_strdup(text);
}

static void
set_time(protobuf_c_boolean *has, int64_t *out, int64_t us)
{
	*has = us != 0;
	*out = us;
}

static const uint8_t no_id[16];

static Api__IncidentState *
incident_view(const struct row *r)
{
	Api__IncidentState *m = mem_alloc(1, sizeof *m);

	api__incident_state__init(m);
	m->has_alarms = m->has_open = m->has_unacknowledged = true;
	m->alarms = r->members;
	m->open = r->alive;
	m->unacknowledged = r->unseen;
	m->has_step = true;
	m->step = r->step;
	set_time(&m->has_last_at, &m->last_at, r->mark_us);
	set_time(&m->has_since_at, &m->since_at, r->start_us);
	set_time(&m->has_acknowledged_at, &m->acknowledged_at, r->stop_us);
	set_time(&m->has_closed_at, &m->closed_at, r->to_us);
	return m;
}

/* What can be said of one alarm alone; what takes several: query_kpi.h. */
static void
set_habits(const struct query_view *v, const struct row *r, int64_t now_us,
    Api__AlarmState *m)
{
	const int64_t back_us = r->start_us != 0 ? r->start_us : r->stop_us;
	struct alarm_kpi_limits l;

	m->has_verdict = r->other != 0;
	m->verdict = (Record__Alarm__Verdict)r->other;
	if (!packs_alarm_limits(v->site->packs, now_us, &l))
		return;
	m->has_stale = m->stale =
	    alarm_kpi_stale(&l, r->opened_us, back_us, now_us);
	m->has_fleeting = m->fleeting =
	    alarm_kpi_fleeting(&l, r->opened_us, r->mark_us, back_us);
}

static Api__AlarmState *
alarm_view(const struct query_view *v, const struct row *r, int64_t now_us)
{
	const Pack__AlarmLevel *l =
	    alarm_policy_level(packs_alarm(v->site->packs, now_us), r->level);
	const unsigned bits = alarm_bits(r, now_us);
	Api__AlarmState *m = mem_alloc(1, sizeof *m);

	api__alarm_state__init(m);
	m->letter = mem_alloc(2, 1);
	m->letter[0] = alarm_letter(r, now_us);
	m->has_active = m->has_acknowledged = true;
	m->active = (bits & ALARM_ACTIVE) != 0;
	m->acknowledged = (bits & ALARM_ACKED) != 0;
	m->has_latched = m->latched = (bits & ALARM_LATCHED) != 0;
	m->has_shelved = m->shelved = (bits & ALARM_SHELVED) != 0;
	m->has_suppressed = m->suppressed = (bits & ALARM_SUPPRESSED) != 0;
	m->has_out_of_service = m->out_of_service = (bits & ALARM_OUT) != 0;
	if (m->shelved)
		set_time(
		    &m->has_shelved_until_at, &m->shelved_until_at, r->to_us);
	set_time(&m->has_acknowledged_at, &m->acknowledged_at, r->mark_us);
	set_time(&m->has_returned_at, &m->returned_at, r->start_us);
	set_time(&m->has_closed_at, &m->closed_at, r->stop_us);
	if (memcmp(r->ref, no_id, 16) != 0)
		m->incident_id = id_text(r->ref);
	set_habits(v, r, now_us, m);
	if (l != NULL) {
		m->has_colour = m->has_priority = true;
		m->colour = l->colour;
		m->priority = l->priority;
	}
	return m;
}

Api__RecordView *
query_view_record(struct query_view *v, const uint8_t id[static 16],
    const struct row *r, int64_t now_us)
{
	Api__RecordView *m = mem_alloc(1, sizeof *m);

	api__record_view__init(m);
	m->record_id = id_text(id);
	m->site = mem_strdup(v->name);
	m->kind = mem_strdup(row_kind_text(r->kind));
	if (r->kind == LEDGER__KIND__PERMIT)
		m->number = query_gaps_number(v, id, r);
	m->state = mem_strdup(row_state_text(r->kind, row_state(r, now_us)));
	m->has_level = r->level != 0;
	m->level = r->level;
	m->level_name = level_name(r);
	m->area = query_view_text(v, FOLD_AREA, r->area);
	m->has_event_seq = true;
	m->event_seq = r->seq;
	m->has_opened_at = true;
	m->opened_at = r->opened_us;
	m->has_changed_at = true;
	m->changed_at = r->changed_us;
	if (r->kind == LEDGER__KIND__ALARM) {
		m->alarm_state = alarm_view(v, r, now_us);
	} else if (r->kind == LEDGER__KIND__INCIDENT) {
		m->incident_state = incident_view(r);
	} else if (r->kind == LEDGER__KIND__CASE ||
	    r->kind == LEDGER__KIND__CHECKLIST ||
	    r->kind == LEDGER__KIND__POINTS) {
		query_case(m, r, now_us);
	} else {
		set_time(&m->has_valid_from_at, &m->valid_from_at, r->from_us);
		set_time(&m->has_valid_to_at, &m->valid_to_at, r->to_us);
	}
	if (r->kind != LEDGER__KIND__PERMIT && r->kind != LEDGER__KIND__ACTOR &&
	    r->kind != LEDGER__KIND__ALARM && r->kind != LEDGER__KIND__CASE &&
	    r->kind != LEDGER__KIND__CHECKLIST &&
	    r->kind != LEDGER__KIND__DELIVERY && memcmp(r->ref, no_id, 16) != 0)
		m->credential_id = id_text(r->ref);
	return m;
}

/* Hands the body over to the field of its type; false: none fits. */
static bool
place_body(Api__EventView *m, ProtobufCMessage *body)
{
	const ProtobufCMessageDescriptor *d = m->base.descriptor;

	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];

		if (f->type != PROTOBUF_C_TYPE_MESSAGE ||
		    f->descriptor != body->descriptor)
			continue;
		memcpy((char *)m + f->offset, &body, sizeof body);
		return true;
	}
	return false;
}

/* What lets its holder speak for a person is never shown. */
static void
hide_secrets(ProtobufCMessage *body)
{
	Record__Certificate *c;

	if (body->descriptor != &record__certificate__descriptor)
		return;
	c = (Record__Certificate *)body;
	crypto_wipe(c->holder_secret.data, c->holder_secret.len);
	free(c->holder_secret.data);
	c->holder_secret = (ProtobufCBinaryData){0, NULL};
	c->has_holder_secret = false;
}

/* Who asked for an erasure, and why, is known to those who may ask for one.
 * What the node says of its own names nobody. */
static void
hide_asker(const struct query_view *v, ProtobufCMessage *body)
{
	char **said[2] = {NULL};

	if (v->scope->askers)
		return;
	if (body->descriptor == &record__retention__descriptor) {
		Record__Retention *r = (Record__Retention *)body;

		if (r->action != RECORD__RETENTION__ACTION__DEFER)
			return;
		said[0] = &r->requested_by;
		said[1] = &r->reason;
	} else if (body->descriptor == &record__erasure__descriptor) {
		Record__Erasure *x = (Record__Erasure *)body;

		if (x->request != NULL || x->retention != NULL)
			return;
		said[0] = &x->requested_by;
		said[1] = &x->reason;
	}
	for (size_t i = 0; i < 2 && said[i] != NULL; i++) {
		free(*said[i]);
		*said[i] = NULL;
	}
}

/* What a code means today, in both languages; NULL: it is not ours. */
static Api__Reason *
make_reason(const struct rule *r)
{
	Api__Reason *m;

	if (r == NULL)
		return NULL;
	m = mem_alloc(1, sizeof *m);
	api__reason__init(m);
	m->code = mem_strdup(r->code);
	m->clause = mem_strdup_given(r->clause);
	m->text = mem_strdup(r->text);
	m->text_zh = mem_strdup(r->text_zh);
	m->fix = mem_strdup_given(r->fix);
	m->fix_zh = mem_strdup_given(r->fix_zh);
	return m;
}

static void
add_sealed(
    const struct query_view *v, Api__EventView *m, const Ledger__Sealed *sealed)
{
	ProtobufCMessage *part;
	struct buf scratch;

	buf_init(&scratch, LOG_SEALED_MAX);
	part = fold_unpack(sealed->body, &scratch);
	if (part != NULL) {
		hide_secrets(part);
		hide_asker(v, part);
		if (!place_body(m, part))
			slice_free(part);
	}
	part = fold_unpack(sealed->annex, &scratch);
	if (part != NULL && !place_body(m, part))
		slice_free(part);
	if (m->annex != NULL)
		m->reason = make_reason(rule_find(m->annex->code));
	if (sealed->auth != NULL && sealed->auth->has_key) {
		buf_reset(&scratch);
		text_b64_put(&scratch,
		    bytes_of(sealed->auth->key.data, sealed->auth->key.len));
		m->signer = mem_strdup(buf_cstr(&scratch));
	}
	buf_wipe(&scratch);
}

static Api__Place *
make_place(const char *origin, uint64_t index, const Ledger__Entry *leaf,
    struct bytes bytes)
{
	Api__Place *p = mem_alloc(1, sizeof *p);
	struct hash h;

	api__place__init(p);
	tree_leaf(&h, bytes);
	p->origin = mem_strdup(origin);
	p->has_index = true;
	p->index = index;
	p->has_leaf_hash = true;
	p->leaf_hash.len = sizeof h.b;
	p->leaf_hash.data = mem_alloc(1, sizeof h.b);
	memcpy(p->leaf_hash.data, h.b, sizeof h.b);
	p->has_recorded_at = true;
	p->recorded_at = leaf->recorded_us;
	p->has_time_epoch = true;
	p->time_epoch = leaf->time_epoch;
	p->has_clock_error_ms = leaf->has_clock_error_ms;
	p->clock_error_ms = leaf->clock_error_ms;
	return p;
}

/* The body and what stands beside it, or why they are not shown. */
static enum err
add_body(struct query_view *v, Api__EventView *m, const struct fold_spot *at,
    const struct query_hide *hide, struct err_why *why)
{
	enum log_rest rest = LOG_REST_NONE;
	Ledger__Sealed *sealed = NULL;
	enum err e;

	e = log_sealed(
	    v->fold.book, v->fold.txn, at->slot, at->index, &sealed, why);
	if (e == ERR_OK && hide->on)
		e = query_hide_sealed(hide, sealed, why);
	if (e == ERR_OK) {
		add_sealed(v, m, sealed);
		if (hide->on)
			query_hide_say(hide, m);
		else if (sealed->body == NULL)
			m->withheld = mem_strdup("NOT_HELD");
	}
	if (sealed != NULL)
		ledger__sealed__free_unpacked(sealed, NULL);
	if (e == ERR_OK)
		return ERR_OK;
	if (e == ERR_CORRUPT) {
		m->withheld = mem_strdup("DAMAGED");
		return ERR_OK;
	}
	if (e != ERR_NOT_FOUND)
		return e;
	e = log_rest(
	    v->fold.book, v->fold.txn, at->slot, at->index, &rest, why);
	if (e == ERR_OK)
		m->withheld =
		    mem_strdup(rest == LOG_REST_ERASED ? "ERASED" : "NOT_HELD");
	return e;
}

static enum err
add_proof(struct query_view *v, Api__EventView *m, const struct fold_spot *at,
    struct err_why *why)
{
	const struct query_proof p = {.index = at->index, .leaf = true};
	struct buf text;
	enum err e;

	buf_init(&text, PROOF_FILE_MAX);
	e = query_view_proof(v, at->slot, &p, &text, why);
	if (e == ERR_OK)
		m->proof = mem_strdup(buf_cstr(&text));
	buf_clear(&text);
	/* No checkpoint covers it yet. */
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
query_view_event(struct query_view *v, Api__RecordView *out, uint64_t place,
    struct err_why *why)
{
	char origin[NOTE_NAME_MAX + 1];
	struct query_hide hide;
	struct fold_spot at;
	Api__EventView *m;
	Ledger__Entry *leaf = NULL;
	struct bytes bytes;
	enum err e;

	e = fold_spot(&v->fold, v->slot, place, &at, why);
	if (e == ERR_OK)
		e = log_origin(v->fold.book, v->fold.txn, at.slot, origin, why);
	if (e == ERR_OK)
		e = log_entry(
		    v->fold.book, v->fold.txn, at.slot, at.index, &bytes, why);
	if (e == ERR_OK)
		e = log_decode(&leaf, bytes, why);
	if (e != ERR_OK)
		return e == ERR_NOT_FOUND ? ERR_CORRUPT : e;
	m = mem_alloc(1, sizeof *m);
	api__event_view__init(m);
	out->events =
	    mem_resize(out->events, out->n_events + 1, sizeof *out->events);
	out->events[out->n_events++] = m;
	m->has_event_seq = leaf->has_event_seq;
	m->event_seq = leaf->event_seq;
	if (leaf->event_id.len == 16)
		m->event_id = id_text(leaf->event_id.data);
	m->has_outcome = leaf->has_outcome;
	m->outcome = leaf->outcome;
	m->place = make_place(origin, at.index, leaf, bytes);
	e = query_hide_look(&hide, v, place, leaf, why);
	ledger__entry__free_unpacked(leaf, NULL);
	if (e == ERR_OK)
		e = add_body(v, m, &at, &hide, why);
	if (e == ERR_OK)
		query_hide_expired(v, place, m);
	if (m->alarm != NULL && m->event_seq <= 1 && out->alarm_state != NULL)
		query_action(out->alarm_state,
		    packs_alarm(v->site->packs, site_now(v->site)), m->alarm);
	if (e == ERR_OK && v->scope->proof)
		e = add_proof(v, m, &at, why);
	return e;
}

Api__RecordView *
query_view_damaged(
    struct query_view *v, const uint8_t id[static 16], Ledger__Kind kind)
{
	Api__RecordView *m = mem_alloc(1, sizeof *m);

	api__record_view__init(m);
	m->record_id = id_text(id);
	m->site = mem_strdup(v->name);
	m->kind = mem_strdup(row_kind_text((uint16_t)kind));
	m->state = mem_strdup("DAMAGED");
	return m;
}

Api__RecordView *
query_view_damaged_at(struct query_view *v, const uint8_t id[static 16],
    Ledger__Kind kind, uint64_t place)
{
	Api__RecordView *out = query_view_damaged(v, id, kind);
	Api__EventView *m = mem_alloc(1, sizeof *m);
	char origin[NOTE_NAME_MAX + 1];
	struct fold_spot at;

	api__event_view__init(m);
	m->withheld = mem_strdup("DAMAGED");
	out->events = mem_alloc(1, sizeof *out->events);
	out->events[out->n_events++] = m;
	if (fold_spot(&v->fold, v->slot, place, &at, NULL) != ERR_OK ||
	    log_origin(v->fold.book, v->fold.txn, at.slot, origin, NULL) !=
	        ERR_OK)
		return out;
	m->place = mem_alloc(1, sizeof *m->place);
	api__place__init(m->place);
	m->place->origin = mem_strdup(origin);
	m->place->has_index = true;
	m->place->index = at.index;
	return out;
}

enum err
query_view_proof(struct query_view *v, uint16_t slot,
    const struct query_proof *p, struct buf *out, struct err_why *why)
{
	struct log_nodes nodes = {
	    .book = v->fold.book, .txn = v->fold.txn, .slot = slot};
	struct note_checkpoint head;
	struct proof made;
	struct bytes leaf = {NULL, 0};
	struct buf note;
	enum err e;

	buf_init(&note, NOTE_BYTES_MAX);
	e = log_checkpoint(
	    v->fold.book, v->fold.txn, slot, p->min_sigs, &note, &head, why);
	if (e == ERR_OK)
		e = buf_ok(&note, why);
	if (e == ERR_OK && p->index >= head.head.size)
		e = err_fail(why, ERR_NOT_FOUND,
		    "index: the checkpoint covers %llu entries",
		    (unsigned long long)head.head.size);
	if (e == ERR_OK)
		e = log_prove(
		    &nodes, p->index, &head, &made.hashes, &leaf, why);
	if (e == ERR_OK) {
		made.index = p->index;
		made.note = buf_view(&note);
		proof_put(out, &made, p->leaf ? leaf : bytes_of(NULL, 0));
		e = buf_ok(out, why);
	}
	buf_clear(&note);
	return e;
}
