/* verify_record.c - disclosures: against the leaf, and against themselves. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

#include "ledger/disclosure.h"
#include "ledger/verify_part.h"
#include "proto/slice.h"
#include "proto/text.h"
#include "proto/zh.h"

static void
file_name(char out[static VERIFY_PART_NAME], const char *folder, uint64_t index)
{
	verify_bundle_name(out, "%s/%" PRIu64 ".json", folder, index);
}

bool
verify_record_exists(
    const struct verify_bundle *b, const char *folder, uint64_t index)
{
	char name[VERIFY_PART_NAME];
	size_t at;

	file_name(name, folder, index);
	return zip_reader_find(b->zip, name, &at) == ERR_OK;
}

bool
verify_record_shows(const Ledger__Opening *o, uint32_t number)
{
	for (size_t i = 0; i < o->n_fields; i++) {
		if (o->fields[i]->number == number && !o->fields[i]->has_slice)
			return false;
	}
	return true;
}

/* ---- one file ---- */

static enum err
read_file(struct verify_bundle *b, const char *name, uint64_t index,
    Ledger__Disclosure **out, struct err_why *why)
{
	struct buf text = {0};
	Ledger__Disclosure *d = NULL;
	enum err e;

	buf_init(&text, ZIP_MEMBER_MAX);
	e = verify_bundle_read(b, name, &text, why);
	if (e == ERR_OK)
		e = disclosure_get(&d, buf_view(&text), why);
	buf_clear(&text);
	if (e != ERR_OK)
		return e;
	if (d->index != index) {
		ledger__disclosure__free_unpacked(d, NULL);
		return err_fail(why, ERR_UNVERIFIED, "speaks of another entry");
	}
	*out = d;
	return ERR_OK;
}

/* LOG_START holds a record.LogStart, and so for every kind: else a leaf could
 * be asked for as one thing and opened as another. */
static enum err
check_type(
    const Ledger__Entry *e, const Ledger__Opening *o, struct err_why *why)
{
	const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(
	    &ledger__kind__descriptor, (int)e->kind);
	const char *kind = v ? v->name : "";
	struct bytes type = bytes_str(o ? o->type : "");

	if (!o)
		return ERR_OK;
	bool same = text_skip(&type, "record.");
	for (size_t i = 0; same && i < type.len; i++, kind++) {
		if (*kind == '_')
			kind++;
		same = *kind == toupper(type.ptr[i]);
	}
	if (!same || *kind != '\0')
		return err_fail(why, ERR_UNVERIFIED,
		    "a %.60s under a leaf of kind %s", o->type,
		    v ? v->name : "?");
	return ERR_OK;
}

/* Event that moved nothing says so behind what is said of its fields. */
static const char *
outcome_text(const Ledger__Entry *e)
{
	switch ((int)e->outcome) {
	case LEDGER__OUTCOME__LATE:
		return ZH("LATE, it moved nothing");
	case LEDGER__OUTCOME__NOT_APPLIED:
		return ZH("NOT_APPLIED, it moved nothing");
	case LEDGER__OUTCOME__SEQ_CONFLICT:
		return ZH("SEQ_CONFLICT");
	default:
		return NULL;
	}
}

static void
say_disclosed(struct verify_bundle *b, const char *name,
    const Ledger__Opening *o, const char *outcome)
{
	struct err_why text = {.text = ""};
	struct verify_name subject;
	size_t shown = 0;

	verify_name(&subject, "%s", name);
	for (size_t i = 0; o && i < o->n_fields; i++)
		shown += o->fields[i]->has_slice ? 1 : 0;
	if (outcome)
		(void)err_plain(&text, ERR_OK, outcome);
	if (o && o->n_fields > 0 && outcome)
		(void)err_wrap(&text, ERR_OK,
		    "%zu of %zu fields shown, as the leaf commits to", shown,
		    o->n_fields);
	else if (o && o->n_fields > 0)
		(void)err_fail(&text, ERR_OK,
		    "%zu of %zu fields shown, as the leaf commits to", shown,
		    o->n_fields);
	else if (outcome)
		(void)err_wrap(&text, ERR_OK, "as the leaf commits to");
	else
		(void)err_fail(&text, ERR_OK, "as the leaf commits to");
	verify_say_why(
	    b->judge, VERIFY_PASS, VERIFY_TOPIC_DISCLOSURE, &subject, &text);
}

bool
verify_record_open(struct verify_bundle *b, struct verify_leaf *leaf,
    const char *folder, Ledger__Disclosure **out)
{
	enum verify_topic topic = VERIFY_TOPIC_DISCLOSURE;
	struct verify_name subject;
	char name[VERIFY_PART_NAME];
	Ledger__Disclosure *d = NULL;
	struct buf annex = {0};
	struct err_why why = {.text = ""};
	enum err e;

	file_name(name, folder, leaf->index);
	verify_name(&subject, "%s", name);
	buf_clear(&leaf->body);
	buf_init(&leaf->body, SEAL_MESSAGE_MAX);
	buf_init(&annex, SEAL_MESSAGE_MAX);
	e = read_file(b, name, leaf->index, &d, &why);
	if (e != ERR_OK)
		goto out;
	assert(d);
	e = disclosure_open(&leaf->body, &annex, d->sealed, leaf->entry, &why);
	if (e != ERR_OK)
		goto out;
	e = check_type(leaf->entry, d->sealed->body, &why);
	if (e != ERR_OK)
		goto out;
	say_disclosed(b, name, d->sealed->body, outcome_text(leaf->entry));
	topic = VERIFY_TOPIC_READABLE;
	e = disclosure_readable(
	    d, buf_view(&leaf->body), buf_view(&annex), &why);
	if (e != ERR_OK)
		goto out;
	verify_say(b->judge, VERIFY_PASS, topic, &subject,
	    "says the same as the proven fields");
	*out = d;
	d = NULL;
out:
	if (e != ERR_OK)
		verify_say_why(b->judge, verify_bad(e), topic, &subject, &why);
	if (d)
		ledger__disclosure__free_unpacked(d, NULL);
	buf_clear(&annex);
	return e == ERR_OK;
}

/* ---- what was asked ---- */

static void
judge_absent(
    struct verify_bundle *b, uint64_t index, const char *what, uint32_t field)
{
	struct verify_name name;

	if (verify_withheld_find(b, index, what, field))
		return;
	verify_name(&name, "records/%" PRIu64 ".json", index);
	if (field)
		verify_say(b->judge, VERIFY_FAIL, VERIFY_TOPIC_DISCLOSURE,
		    &name,
		    "field %" PRIu32 " was asked for and is closed, without "
		    "a reason",
		    field);
	else
		verify_say(b->judge, VERIFY_FAIL, VERIFY_TOPIC_DISCLOSURE,
		    &name, "%s is missing without a reason", what);
}

/* Fields that were asked for and are closed must be accounted for. */
static void
judge_fields(struct verify_bundle *b, uint64_t index, const Ledger__Opening *o)
{
	const struct window_question *q = &b->question;
	uint32_t asked[SLICE_MAX];
	size_t len = disclosure_fields(asked, o->type, q->show, q->show_len);

	for (size_t i = 0; i < o->n_fields; i++) {
		const Ledger__FieldOpening *f = o->fields[i];
		bool wanted = q->show_len == 0;

		for (size_t n = 0; n < len; n++)
			wanted = wanted || asked[n] == f->number;
		if (wanted && !f->has_slice)
			judge_absent(b, index, "body", f->number);
	}
}

static void
judge_sealed(struct verify_bundle *b, const struct verify_leaf *leaf,
    const Ledger__Sealed *s)
{
	const Ledger__Entry *e = leaf->entry;

	if (e->has_commitment && !s->body)
		judge_absent(b, leaf->index, "body", 0);
	if (e->has_annex_commitment && !s->annex)
		judge_absent(b, leaf->index, "annex", 0);
	if (e->has_auth_commitment && !s->auth)
		judge_absent(b, leaf->index, "auth", 0);
	if (s->body)
		judge_fields(b, leaf->index, s->body);
	if (s->auth)
		verify_actor_signature(b, leaf, s->auth);
}

static void
judge_record(struct verify_bundle *b, struct verify_leaf *leaf)
{
	const Ledger__Entry *e = leaf->entry;
	bool there = verify_record_exists(b, "records", leaf->index);
	Ledger__Disclosure *d = NULL;
	struct verify_name name;

	verify_name(&name, "records/%" PRIu64 ".json", leaf->index);
	leaf->wanted = true;
	if (leaf->index > b->manifest->heads_index) {
		verify_say(b->judge, VERIFY_FAIL, VERIFY_TOPIC_DISCLOSURE,
		    &name, "was recorded after the answer");
		return;
	}
	if (!there && !e->has_commitment && !e->has_annex_commitment &&
	    !e->has_auth_commitment)
		return;
	if (verify_withheld_find(b, leaf->index, NULL, 0)) {
		if (there)
			verify_say(b->judge, VERIFY_FAIL,
			    VERIFY_TOPIC_DISCLOSURE, &name,
			    "stands here and is called withheld");
		return;
	}
	if (!there) {
		verify_say(b->judge, VERIFY_FAIL, VERIFY_TOPIC_DISCLOSURE,
		    &name, "neither disclosed nor withheld for a reason");
		return;
	}
	if (!verify_record_open(b, leaf, "records", &d))
		return;
	judge_sealed(b, leaf, d->sealed);
	ledger__disclosure__free_unpacked(d, NULL);
	buf_clear(&leaf->body);
}

/* By id: the events that are carried leave no gap in the record's numbers. */
static void
judge_history(struct verify_bundle *b, const uint8_t id[static 16])
{
	char uuid[TEXT_UUID_CHARS + 1];
	struct verify_name name;
	uint32_t oldest = 1, newest = 0;
	size_t found = 0;

	text_uuid_put(uuid, id);
	verify_name(&name, "%s", uuid);
	for (size_t i = 0; i < b->leaves_len; i++) {
		const Ledger__Entry *e = b->leaves[i].entry;

		if (!window_asks(&b->question, e) ||
		    memcmp(e->record_id.data, id, 16) != 0)
			continue;
		/* The log before this one has those that are before. */
		if (found++ == 0 && !b->first_generation && e->event_seq > 1) {
			oldest = e->event_seq;
			newest = oldest - 1;
		}
		if (e->event_seq > newest + 1) {
			verify_say(b->judge, VERIFY_FAIL, VERIFY_TOPIC_WINDOW,
			    &name, "event %" PRIu32 " of the record is missing",
			    newest + 1);
			return;
		}
		if (e->event_seq > newest)
			newest = e->event_seq;
	}
	if (found == 0)
		verify_say(b->judge, VERIFY_FAIL, VERIFY_TOPIC_WINDOW, &name,
		    "no entry of this record is carried");
	else if (oldest > 1)
		verify_say(b->judge, VERIFY_PASS, VERIFY_TOPIC_WINDOW, &name,
		    "%zu entries without a gap from event %" PRIu32
		    " on; that the events before stand in an earlier "
		    "generation of the log, and that none follows, is only "
		    "asserted",
		    found, oldest);
	else
		verify_say(b->judge, VERIFY_PASS, VERIFY_TOPIC_WINDOW, &name,
		    "%zu entries without a gap; that none follows is only "
		    "asserted",
		    found);
}

void
verify_record_all(struct verify_bundle *b)
{
	for (size_t i = 0; i < b->leaves_len; i++) {
		struct verify_leaf *leaf = &b->leaves[i];

		if (leaf->index != b->manifest->heads_index &&
		    leaf->single == !b->question.timed &&
		    window_asks(&b->question, leaf->entry))
			judge_record(b, leaf);
	}
	for (size_t i = 0; !b->question.timed && i < b->question.ids_len; i++)
		judge_history(b, b->question.ids[i]);
}
