/* verify_bundle.c - judge a bundle: container, question, completeness. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/verify_part.h"
#include "proto/digest.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"
#include "proto/zh.h"

/* An answer may be this much ahead of the reader's clock. */
#define AHEAD_US (INT64_C(10) * 60 * 1000000)

void
verify_bundle_name(char out[static VERIFY_PART_NAME], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(out, VERIFY_PART_NAME, fmt, ap);
	va_end(ap);
}

enum err
verify_bundle_read(struct verify_bundle *b, const char *name, struct buf *out,
    struct err_why *why)
{
	size_t at;
	enum err e;

	e = zip_reader_find(b->zip, name, &at);
	if (e != ERR_OK)
		return err_fail(why, e, "%s is missing", name);
	b->used[at] = true;
	return zip_reader_get(b->zip, at, out, why);
}

/* ---- manifest ---- */

/* The name of a kind -> its number; 0 when there is none. */
static Ledger__Kind
kind_of(const char *name)
{
	const ProtobufCEnumValue *v = name
	    ? protobuf_c_enum_descriptor_get_value_by_name(
	          &ledger__kind__descriptor, name)
	    : NULL;

	return v ? (Ledger__Kind)v->value : LEDGER__KIND__KIND_UNSPECIFIED;
}

/* Everything that must stand in a manifest stands there, and no more. */
static enum err
check_manifest(const Ledger__Manifest *m, struct err_why *why)
{
	bool timed = m->has_from_at;

	if (!m->has_format_version)
		return err_fail(why, ERR_MALFORMED, "no formatVersion");
	if (m->format_version != BUNDLE_FORMAT_VERSION)
		return err_fail(why, ERR_UNSUPPORTED, "format version %u",
		    m->format_version);
	if (!m->origin || !m->kind || !m->asker || !m->purpose ||
	    !m->has_answered_at || !m->has_tree_size || !m->has_heads_index)
		return err_fail(why, ERR_MALFORMED, "a member is missing");
	if (!kind_of(m->kind))
		return err_fail(why, ERR_UNSUPPORTED, "kind %.50s", m->kind);
	if ((bool)m->has_to_at != timed || (bool)m->has_time_epoch != timed ||
	    (bool)m->has_first_index != timed ||
	    (bool)m->has_end_index != timed)
		return err_fail(why, ERR_MALFORMED, "half a window");
	if (timed &&
	    (m->first_index >= m->end_index || m->end_index > m->tree_size ||
	        m->end_index - m->first_index > BUNDLE_LEAVES_MAX))
		return err_fail(why, ERR_MALFORMED, "impossible range");
	if (m->heads_index >= m->tree_size || m->tree_size > TREE_SIZE_MAX ||
	    m->n_record_ids > WINDOW_IDS_MAX ||
	    m->n_shown_fields > WINDOW_SHOW_MAX ||
	    strlen(m->origin) > NOTE_NAME_MAX)
		return err_fail(why, ERR_MALFORMED, "number out of range");
	for (size_t i = 0; i < m->n_withheld; i++) {
		const Ledger__Withheld *w = m->withheld[i];

		if (!w->has_index || !w->reason ||
		    (i > 0 && w->index < m->withheld[i - 1]->index))
			return err_fail(why, ERR_MALFORMED,
			    "withheld: not complete, or not in order");
	}
	return ERR_OK;
}

static enum err
take_question(struct verify_bundle *b, struct err_why *why)
{
	const Ledger__Manifest *m = b->manifest;
	struct window_question *q = &b->question;
	enum err e;

	b->ids = mem_alloc(m->n_record_ids + 1, sizeof(*b->ids));
	for (size_t i = 0; i < m->n_record_ids; i++) {
		e = text_uuid_get(b->ids[i], bytes_str(m->record_ids[i]), why);
		if (e != ERR_OK)
			return e;
	}
	q->kind = kind_of(m->kind);
	q->timed = m->has_from_at;
	q->time_epoch = m->time_epoch;
	q->from_us = m->from_at;
	q->to_us = m->to_at;
	q->ids = (const uint8_t(*)[16])b->ids;
	q->ids_len = m->n_record_ids;
	q->show = (const char *const *)m->shown_fields;
	q->show_len = m->n_shown_fields;
	q->asker = m->asker;
	q->purpose = m->purpose;
	q->policy = buf_view(&b->policy);
	return ERR_OK;
}

static enum err
read_manifest(struct verify_bundle *b, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	struct buf text = {0};
	enum err e;

	buf_init(&text, JSON_BYTES_MAX);
	e = verify_bundle_read(b, "manifest.json", &text, why);
	if (e != ERR_OK)
		goto out;
	e = json_decode(
	    &msg, &ledger__manifest__descriptor, buf_view(&text), why);
	if (e != ERR_OK)
		goto out;
	b->manifest = (void *)msg;
	b->withheld_used =
	    mem_alloc(b->manifest->n_withheld + 1, sizeof(*b->withheld_used));
	e = check_manifest(b->manifest, why);
	if (e != ERR_OK)
		goto out;
	e = verify_bundle_read(b, "policy", &b->policy, why);
	if (e != ERR_OK)
		goto out;
	e = take_question(b, why);
out:
	buf_clear(&text);
	if (e != ERR_OK)
		return err_wrap(why, e, "manifest");
	return ERR_OK;
}

static enum err
check_readme(struct verify_bundle *b, struct err_why *why)
{
	struct buf is = {0}, want = {0};
	enum err e;

	buf_init(&is, BUNDLE_README_MAX);
	buf_init(&want, BUNDLE_README_MAX);
	bundle_readme(&want);
	e = verify_bundle_read(b, "README.txt", &is, why);
	if (e == ERR_OK && !bytes_equal(buf_view(&is), buf_view(&want)))
		e = err_fail(
		    why, ERR_UNVERIFIED, "README.txt is not the known text");
	buf_clear(&want);
	buf_clear(&is);
	return e;
}

/* ---- container ---- */

static enum err
open_container(struct verify_bundle *b, struct bytes in, struct err_why *why)
{
	struct hash id;
	struct buf hex = {0};
	enum err e;

	e = zip_reader_open(&b->zip, in, why);
	if (e != ERR_OK)
		return e;
	b->used = mem_alloc(zip_reader_count(b->zip), sizeof(*b->used));
	e = check_readme(b, why);
	if (e != ERR_OK)
		return e;
	e = read_manifest(b, why);
	if (e != ERR_OK)
		return e;
	digest_sha256(&id, bytes_str(b->manifest->origin));
	buf_init(&hex, sizeof(b->dir));
	buf_str(&hex, "logs/");
	text_hex_put(&hex, bytes_hash(&id));
	memcpy(b->dir, buf_cstr(&hex), hex.len + 1);
	buf_clear(&hex);
	char name[VERIFY_PART_NAME];
	verify_bundle_name(name, "%s/checkpoint", b->dir);
	return verify_bundle_read(b, name, &b->note, why);
}

/* "plant.example/evidence/1" -> "plant.example". */
static void
take_node(struct verify_bundle *b)
{
	size_t len = strlen(b->manifest->origin);

	memcpy(b->node, b->manifest->origin, len + 1);
	b->first_generation = len >= 2 && strcmp(b->node + len - 2, "/1") == 0;
	for (int i = 0; i < 2; i++) {
		char *slash = strrchr(b->node, '/');
		if (slash)
			*slash = '\0';
	}
}

static bool
judge_checkpoint(struct verify_bundle *b)
{
	const Ledger__Manifest *m = b->manifest;

	if (!verify_note(b->judge, buf_view(&b->note), buf_view(&b->policy),
	        &b->checkpoint))
		return false;
	if (strcmp(b->checkpoint.origin, m->origin) != 0 ||
	    b->checkpoint.head.size != m->tree_size) {
		verify_say(b->judge, VERIFY_FAIL, VERIFY_TOPIC_MANIFEST,
		    VERIFY_NAME("manifest.json", "manifest.json"),
		    "speaks of another log or tree");
		return false;
	}
	take_node(b);
	return true;
}

/* Nothing rides along that nobody looked at. */
static void
judge_leftovers(struct verify_bundle *b)
{
	size_t unread = 0, unasked = 0;
	struct verify_name subject;

	for (size_t i = 0; i < zip_reader_count(b->zip); i++) {
		if (b->used[i])
			continue;
		if (unread++ > 0)
			continue;
		verify_name(&subject, "%s", zip_reader_name(b->zip, i));
		verify_say(b->judge, VERIFY_FAIL, VERIFY_TOPIC_CONTAINER,
		    &subject, "belongs to nothing in this bundle");
	}
	for (size_t i = 0; i < b->leaves_len; i++) {
		const struct verify_leaf *l = &b->leaves[i];

		if (!l->single || l->wanted)
			continue;
		if (unasked++ == 0)
			verify_say(b->judge, VERIFY_FAIL,
			    VERIFY_TOPIC_CONTAINER,
			    VERIFY_NAME("entries", "条目"),
			    "entry %" PRIu64 " was not asked for", l->index);
	}
	if (unread + unasked == 0)
		verify_say(b->judge, VERIFY_PASS, VERIFY_TOPIC_CONTAINER,
		    VERIFY_NAME("bundle", "证据包"),
		    "%zu members, all accounted for", zip_reader_count(b->zip));
}

/* ---- HEADS and completeness ---- */

/* What the HEADS entry says of itself fits the chain it stands in. */
static bool
heads_fits(const struct verify_bundle *b)
{
	const Ledger__Entry *e = b->heads_leaf->entry;

	for (size_t i = 0; i < b->heads->n_heads; i++) {
		const Record__Head *h = b->heads->heads[i];

		if (h->kind == LEDGER__KIND__HEADS)
			return h->kind_seq + 1 == e->kind_seq &&
			    h->last_index + 1 == e->previous_of_kind;
	}
	return e->kind_seq == 1 && e->previous_of_kind == 0;
}

static enum err
read_heads(
    struct verify_bundle *b, const Ledger__Disclosure *d, struct err_why *why)
{
	struct verify_leaf *leaf = b->heads_leaf;
	struct buf text = {0};
	ProtobufCMessage *msg = NULL;
	enum err e;

	if (leaf->entry->kind != LEDGER__KIND__HEADS || !d->sealed->body ||
	    strcmp(d->sealed->body->type, "record.Heads") != 0 ||
	    !verify_record_shows(d->sealed->body, 1) ||
	    !verify_record_shows(d->sealed->body, 2))
		return err_fail(why, ERR_UNVERIFIED, "not an open HEADS entry");
	e = slice_unpack(
	    &msg, &record__heads__descriptor, buf_view(&leaf->body), why);
	if (e != ERR_OK)
		return e;
	b->heads = (void *)msg;
	buf_init(&text, WINDOW_QUESTION_MAX);
	e = window_question_put(&text, &b->question, why);
	if (e == ERR_OK &&
	    (!b->heads->question ||
	        !bytes_equal(bytes_str(b->heads->question), buf_view(&text))))
		e = err_fail(why, ERR_UNVERIFIED,
		    "HEADS was written for another question than this "
		    "manifest states");
	if (e == ERR_OK && b->manifest->answered_at != leaf->entry->recorded_us)
		e = err_fail(why, ERR_UNVERIFIED,
		    "answeredAt is not when HEADS was recorded");
	if (e == ERR_OK && !heads_fits(b))
		e = err_fail(why, ERR_UNVERIFIED,
		    "HEADS contradicts its own place in the log");
	buf_clear(&text);
	return e;
}

/* What was asked, as the manifest says and HEADS confirms. */
static void
say_question(const struct verify_bundle *b, const struct verify_name *subject)
{
	const Ledger__Manifest *m = b->manifest;
	const bool ids = b->question.ids_len > 0;
	const bool some = b->question.show_len > 0;
	struct err_why what = {.text = ""};

	if (ids && some)
		(void)err_fail(&what, ERR_OK,
		    "%s entries of the ids, only the fields in manifest.json",
		    m->kind);
	else if (ids)
		(void)err_fail(&what, ERR_OK,
		    "%s entries of the ids in manifest.json, every field",
		    m->kind);
	else if (some)
		(void)err_fail(&what, ERR_OK,
		    "all %s entries, only the fields in manifest.json",
		    m->kind);
	else
		(void)err_fail(
		    &what, ERR_OK, "all %s entries, every field", m->kind);
	(void)err_wrap(&what, ERR_OK,
	    "HEADS was written for just this question, of %.60s for %.60s",
	    m->asker, m->purpose);
	verify_say_why(
	    b->judge, VERIFY_PASS, VERIFY_TOPIC_MANIFEST, subject, &what);
}

static bool
judge_heads(struct verify_bundle *b)
{
	struct verify_name subject;
	Ledger__Disclosure *d = NULL;
	struct err_why why = {.text = ""};
	enum err e;

	verify_name(&subject, "entry %" PRIu64, b->manifest->heads_index);
	b->heads_leaf = verify_leaf_find(b, b->manifest->heads_index);
	if (!b->heads_leaf) {
		verify_say(b->judge, VERIFY_FAIL, VERIFY_TOPIC_MANIFEST,
		    &subject, "the HEADS entry is missing");
		return false;
	}
	b->heads_leaf->wanted = true;
	if (!verify_record_open(b, b->heads_leaf, "records", &d))
		return false;
	e = read_heads(b, d, &why);
	ledger__disclosure__free_unpacked(d, NULL);
	if (e != ERR_OK) {
		verify_say_why(b->judge, verify_bad(e), VERIFY_TOPIC_MANIFEST,
		    &subject, &why);
		return false;
	}
	say_question(b, &subject);
	return true;
}

/* Is HEADS, the end of all that the answer can know, before (epoch, us)? */
static bool
heads_before(const struct verify_bundle *b, int64_t us)
{
	const Ledger__Entry *e = b->heads_leaf->entry;

	return e->time_epoch < b->question.time_epoch ||
	    (e->time_epoch == b->question.time_epoch && e->recorded_us < us);
}

/* What a proven run still leaves open; NULL: nothing. */
static const char *
window_doubt(const struct verify_bundle *b)
{
	if (heads_before(b, b->question.from_us))
		return ZH("answered before the window began: it says nothing");
	if (!b->first_generation && b->walk.first == 0 &&
	    b->walk.first_epoch == b->question.time_epoch &&
	    b->question.from_us < b->walk.first_us)
		return ZH("the window begins before this generation of the "
		          "log did; ask for what is before in the one "
		          "before");
	if (window_check_twice(&b->walk, &b->question))
		return ZH("the clock was set back: some of these hours stand "
		          "in another time epoch as well; ask for that too");
	return NULL;
}

#define WINDOW VERIFY_NAME("window", "窗口")

static void
say_complete(struct verify_bundle *b)
{
	const struct window_question *q = &b->question;
	bool early = heads_before(b, q->to_us);
	char from[TEXT_TIME_CHARS + 1], to[TEXT_TIME_CHARS + 1];

	text_time_put(from, q->from_us);
	text_time_put(to, early ? b->heads_leaf->entry->recorded_us : q->to_us);
	if (early)
		verify_say(b->judge, VERIFY_PASS, VERIFY_TOPIC_WINDOW, WINDOW,
		    "neighbours, chains and HEADS agree: no entry is missing "
		    "from %s to %s in time epoch %" PRIu32
		    ", when it was answered; the window asked for ends later",
		    from, to, q->time_epoch);
	else
		verify_say(b->judge, VERIFY_PASS, VERIFY_TOPIC_WINDOW, WINDOW,
		    "neighbours, chains and HEADS agree: no entry is missing "
		    "from %s to %s in time epoch %" PRIu32,
		    from, to, q->time_epoch);
	b->judge->result->complete = VERIFY_COMPLETE;
}

static void
judge_window(struct verify_bundle *b)
{
	const char *doubt;
	uint64_t heads = b->manifest->heads_index;
	struct err_why why = {.text = ""};
	enum err e;

	b->judge->result->complete = VERIFY_ASSERTED;
	if (!b->question.timed)
		return;
	e = window_check_bounds(&b->walk, &b->question, heads, &why);
	if (e == ERR_OK)
		e = window_check_heads(&b->walk, b->heads, heads, &why);
	if (e != ERR_OK) {
		verify_say_why(
		    b->judge, verify_bad(e), VERIFY_TOPIC_WINDOW, WINDOW, &why);
		return;
	}
	doubt = window_doubt(b);
	if (doubt) {
		(void)err_plain(&why, ERR_OK, doubt);
		verify_say_why(b->judge, VERIFY_UNTRUSTED, VERIFY_TOPIC_WINDOW,
		    WINDOW, &why);
	} else {
		say_complete(b);
	}
}

static void
judge_time(struct verify_bundle *b)
{
	int64_t at = b->manifest->answered_at;
	char time[TEXT_TIME_CHARS + 1];
	bool ahead = at > b->judge->options->now_us &&
	    at - b->judge->options->now_us > AHEAD_US;

	text_time_put(time, at);
	if (ahead)
		verify_say(b->judge, VERIFY_UNTRUSTED, VERIFY_TOPIC_TIME,
		    VERIFY_NAME("answer", "答复"),
		    "answered at %s, which your clock has not reached", time);
	else
		verify_say(b->judge, VERIFY_PASS, VERIFY_TOPIC_TIME,
		    VERIFY_NAME("answer", "答复"), "answered at %s", time);
}

/* ---- the whole ---- */

static void
clear(struct verify_bundle *b)
{
	for (size_t i = 0; i < b->actors_len; i++) {
		if (b->actors[i].said)
			record__actor__free_unpacked(b->actors[i].said, NULL);
	}
	for (size_t i = 0; i < b->leaves_len; i++) {
		ledger__entry__free_unpacked(b->leaves[i].entry, NULL);
		if (b->leaves[i].erasure)
			record__erasure__free_unpacked(
			    b->leaves[i].erasure, NULL);
		if (b->leaves[i].retention)
			record__retention__free_unpacked(
			    b->leaves[i].retention, NULL);
		buf_clear(&b->leaves[i].body);
	}
	if (b->heads)
		record__heads__free_unpacked(b->heads, NULL);
	if (b->manifest)
		ledger__manifest__free_unpacked(b->manifest, NULL);
	free(b->actors);
	free(b->leaves);
	free(b->ids);
	free(b->withheld_used);
	free(b->used);
	buf_clear(&b->note);
	buf_clear(&b->policy);
	zip_reader_close(b->zip);
}

static bool
judge_leaves(struct verify_bundle *b)
{
	bool ok = verify_leaf_run(b);

	ok = verify_leaf_singles(b) && ok;
	return ok && verify_leaf_sort(b);
}

void
verify_bundle(struct verify_judge *j, struct bytes in)
{
	struct verify_bundle b = {.judge = j};
	struct err_why why = {.text = ""};
	enum err e;

	buf_init(&b.policy, POLICY_TEXT_MAX);
	buf_init(&b.note, NOTE_BYTES_MAX);
	e = open_container(&b, in, &why);
	if (e != ERR_OK) {
		verify_say_why(j, verify_bad(e), VERIFY_TOPIC_CONTAINER,
		    VERIFY_NAME("bundle", "证据包"), &why);
		goto out;
	}
	/* Each step rests on the one before; what fails has been said. */
	if (!judge_checkpoint(&b) || !judge_leaves(&b) || !judge_heads(&b))
		goto out;
	judge_window(&b);
	judge_time(&b);
	verify_actor_all(&b);
	verify_record_all(&b);
	verify_withheld_all(&b);
	verify_withheld_media(&b);
	judge_leftovers(&b);
out:
	clear(&b);
}
