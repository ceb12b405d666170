/* verify_withheld.c - what a bundle does not show, and on whose word. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "ledger/log_erased.h"
#include "ledger/verify_part.h"
#include "proto/slice.h"

static bool
same_part(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool
line_covers(const Ledger__Withheld *w, const char *part, uint32_t field)
{
	if (!same_part(w->part, part))
		return false;
	if (field == 0)
		return w->n_fields == 0;
	for (size_t i = 0; i < w->n_fields; i++) {
		if (w->fields[i] == field)
			return true;
	}
	return false;
}

const Ledger__Withheld *
verify_withheld_find(
    struct verify_bundle *b, uint64_t index, const char *part, uint32_t field)
{
	const Ledger__Manifest *m = b->manifest;
	size_t low = 0, high = m->n_withheld;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (m->withheld[mid]->index < index)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < m->n_withheld && m->withheld[low]->index == index; low++) {
		if (line_covers(m->withheld[low], part, field)) {
			b->withheld_used[low] = true;
			return m->withheld[low];
		}
	}
	return NULL;
}

/* ---- erasures ---- */

/* The body of an entry, if these fields of it are open or not there: one that
 * is closed must not pass for none. */
static ProtobufCMessage *
open_body(struct verify_bundle *b, struct verify_leaf *leaf,
    const ProtobufCMessageDescriptor *type, const uint32_t *open, size_t n)
{
	Ledger__Disclosure *d = NULL;
	ProtobufCMessage *msg = NULL;
	const Ledger__Opening *o;
	bool ok;

	if (!verify_record_open(b, leaf, "records", &d))
		return NULL;
	o = d->sealed->body;
	ok = o && strcmp(o->type, type->name) == 0;
	for (size_t i = 0; ok && i < n; i++)
		ok = verify_record_shows(o, open[i]);
	if (ok &&
	    slice_unpack(&msg, type, buf_view(&leaf->body), NULL) != ERR_OK)
		msg = NULL;
	ledger__disclosure__free_unpacked(d, NULL);
	buf_clear(&leaf->body);
	return msg;
}

static const Record__Erasure *
open_erasure(struct verify_bundle *b, struct verify_leaf *leaf)
{
	static const uint32_t fields = 3;

	leaf->wanted = true;
	if (!leaf->erasure && leaf->entry->kind == LEDGER__KIND__ERASURE)
		leaf->erasure = (void *)open_body(
		    b, leaf, &record__erasure__descriptor, &fields, 1);
	return leaf->erasure;
}

static const Record__Retention *
open_retention(struct verify_bundle *b, uint64_t index)
{
	static const uint32_t hidden = 14;
	struct verify_leaf *leaf = verify_leaf_find(b, index);

	if (!leaf || leaf->entry->kind != LEDGER__KIND__RETENTION)
		return NULL;
	leaf->wanted = true;
	if (!leaf->retention)
		leaf->retention = (void *)open_body(
		    b, leaf, &record__retention__descriptor, &hidden, 1);
	return leaf->retention;
}

static bool
erased(const Record__Erasure *x, uint32_t field)
{
	for (size_t i = 0; i < x->n_fields; i++) {
		if (x->fields[i] == field)
			return true;
	}
	return x->n_fields == 0;
}

/* The ERASURE entry erased just this, in this log, afterwards. */
static bool
erasure_fits(struct verify_bundle *b, const Ledger__Withheld *w, uint64_t by)
{
	struct verify_leaf *leaf = verify_leaf_find(b, by);
	const Record__Erasure *x = leaf ? open_erasure(b, leaf) : NULL;

	if (!x || by <= w->index || !x->has_index ||
	    !log_erased_names(x, w->index) || !x->origin ||
	    strcmp(x->origin, b->manifest->origin) != 0)
		return false;
	if (w->n_fields == 0)
		return x->n_fields == 0;
	for (size_t i = 0; i < w->n_fields; i++) {
		if (!erased(x, w->fields[i]))
			return false;
	}
	return true;
}

/* ---- what is stored and given out to nobody ---- */

static bool
names(const Record__Retention *x, uint64_t index)
{
	for (size_t i = 0; i < x->n_index; i++) {
		if (x->index[i] == index)
			return true;
	}
	return false;
}

/* The RETENTION entry says just this, of this log, afterwards. */
static bool
says(struct verify_bundle *b, uint64_t by, uint64_t index,
    Record__Retention__Action action, const Record__Retention **out)
{
	const Record__Retention *x = open_retention(b, by);

	*out = x;
	return x && by > index && x->action == action && x->origin &&
	    strcmp(x->origin, b->manifest->origin) == 0 && names(x, index);
}

static void
judge_stored(struct verify_bundle *b, const Ledger__Withheld *w,
    const struct verify_name *name)
{
	const Record__Retention *x;
	bool ok = says(b, w->erasure_index, w->index,
	    RECORD__RETENTION__ACTION__DEFER, &x);

	for (size_t i = 0; ok && i < w->n_fields; i++) {
		bool found = false;

		for (size_t k = 0; k < x->n_hidden; k++)
			found |= x->hidden[k] == w->fields[i];
		ok = found;
	}
	if (!ok)
		verify_say(b->judge, VERIFY_FAIL, VERIFY_TOPIC_WITHHELD, name,
		    "entry %" PRIu64 " does not say that it is only stored",
		    w->erasure_index);
	else
		verify_say(b->judge, VERIFY_PASS, VERIFY_TOPIC_WITHHELD, name,
		    "stored until a legal term ends and given out to nobody, "
		    "as entry %" PRIu64 " records",
		    w->erasure_index);
}

void
verify_withheld_media(struct verify_bundle *b)
{
	const Ledger__Manifest *m = b->manifest;

	for (size_t i = 0; i < m->n_media; i++) {
		const Ledger__MediaExpired *x = m->media[i];
		const Record__Retention *r;
		struct verify_name name;

		verify_name(&name, "entry %" PRIu64, x->index);
		if (says(b, x->retention_index, x->index,
		        RECORD__RETENTION__ACTION__MEDIA, &r))
			verify_say(b->judge, VERIFY_PASS, VERIFY_TOPIC_WITHHELD,
			    &name,
			    "its media expired lawfully under %.64s, as entry "
			    "%" PRIu64 " records; their digests stay",
			    r->retention ? r->retention : "-",
			    x->retention_index);
		else
			verify_say(b->judge, VERIFY_FAIL, VERIFY_TOPIC_WITHHELD,
			    &name, "entry %" PRIu64 " does not end its media",
			    x->retention_index);
	}
}

/* ---- lines of the manifest ---- */

/* By which term; NULL: by none, or this is not shown. */
static const char *
term_of(struct verify_bundle *b, uint64_t by)
{
	const struct verify_leaf *leaf = verify_leaf_find(b, by);

	return leaf && leaf->erasure ? leaf->erasure->retention : NULL;
}

static void
judge_erased(struct verify_bundle *b, const Ledger__Withheld *w,
    const struct verify_name *name)
{
	if (!erasure_fits(b, w, w->erasure_index))
		verify_say(b->judge, VERIFY_FAIL, VERIFY_TOPIC_WITHHELD, name,
		    "entry %" PRIu64 " does not erase it", w->erasure_index);
	else if (term_of(b, w->erasure_index))
		verify_say(b->judge, VERIFY_PASS, VERIFY_TOPIC_WITHHELD, name,
		    "expired lawfully under %.64s, as entry %" PRIu64
		    " records",
		    term_of(b, w->erasure_index), w->erasure_index);
	else if (w->n_fields > 0)
		verify_say(b->judge, VERIFY_PASS, VERIFY_TOPIC_WITHHELD, name,
		    "fields erased, as entry %" PRIu64 " records",
		    w->erasure_index);
	else if (w->part)
		verify_say(b->judge, VERIFY_PASS, VERIFY_TOPIC_WITHHELD, name,
		    "a part erased, as entry %" PRIu64 " records",
		    w->erasure_index);
	else
		verify_say(b->judge, VERIFY_PASS, VERIFY_TOPIC_WITHHELD, name,
		    "the record erased, as entry %" PRIu64 " records",
		    w->erasure_index);
}

static void
judge_line(struct verify_bundle *b, const Ledger__Withheld *w,
    const struct verify_name *name)
{
	bool known = strcmp(w->reason, "ERASED") == 0 ||
	    strcmp(w->reason, "NOT_ENTITLED") == 0 ||
	    strcmp(w->reason, "STORAGE_ONLY") == 0 ||
	    strcmp(w->reason, "NOT_HELD") == 0;

	if (strcmp(w->reason, "ERASED") == 0 && w->has_erasure_index)
		judge_erased(b, w, name);
	else if (strcmp(w->reason, "STORAGE_ONLY") == 0 && w->has_erasure_index)
		judge_stored(b, w, name);
	else if (!known)
		verify_say(b->judge, VERIFY_UNSUPPORTED, VERIFY_TOPIC_WITHHELD,
		    name, "not shown for an unknown reason");
	else if (w->n_fields > 0)
		verify_say(b->judge, VERIFY_UNTRUSTED, VERIFY_TOPIC_WITHHELD,
		    name, "fields not shown: %s; only the sender says so",
		    w->reason);
	else if (w->part)
		verify_say(b->judge, VERIFY_UNTRUSTED, VERIFY_TOPIC_WITHHELD,
		    name, "a part not shown: %s; only the sender says so",
		    w->reason);
	else
		verify_say(b->judge, VERIFY_UNTRUSTED, VERIFY_TOPIC_WITHHELD,
		    name, "the record not shown: %s; only the sender says so",
		    w->reason);
}

void
verify_withheld_all(struct verify_bundle *b)
{
	for (size_t i = 0; i < b->manifest->n_withheld; i++) {
		const Ledger__Withheld *w = b->manifest->withheld[i];
		struct verify_name name;

		verify_name(&name, "entry %" PRIu64, w->index);
		if (b->withheld_used[i])
			judge_line(b, w, &name);
		else
			verify_say(b->judge, VERIFY_FAIL, VERIFY_TOPIC_WITHHELD,
			    &name, "called withheld but shown or never asked");
	}
}
