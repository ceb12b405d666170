/* verify_withheld.c - what a bundle does not show, and on whose word. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

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

/* Opens an ERASURE entry once; a closed `fields` must not pass for none. */
static const Record__Erasure *
open_erasure(struct verify_bundle *b, struct verify_leaf *leaf)
{
	Ledger__Disclosure *d = NULL;
	ProtobufCMessage *msg = NULL;
	const Ledger__Opening *o;

	leaf->wanted = true;
	if (leaf->erasure || leaf->entry->kind != LEDGER__KIND__ERASURE ||
	    !verify_record_open(b, leaf, "records", &d))
		return leaf->erasure;
	o = d->sealed->body;
	if (o && strcmp(o->type, "record.Erasure") == 0 &&
	    verify_record_shows(o, 3) &&
	    slice_unpack(&msg, &record__erasure__descriptor,
	        buf_view(&leaf->body), NULL) == ERR_OK)
		leaf->erasure = (void *)msg;
	ledger__disclosure__free_unpacked(d, NULL);
	buf_clear(&leaf->body);
	return leaf->erasure;
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

	if (!x || by <= w->index || !x->has_index || x->index != w->index ||
	    !x->origin || strcmp(x->origin, b->manifest->origin) != 0)
		return false;
	if (w->n_fields == 0)
		return x->n_fields == 0;
	for (size_t i = 0; i < w->n_fields; i++) {
		if (!erased(x, w->fields[i]))
			return false;
	}
	return true;
}

/* ---- lines of the manifest ---- */

static void
judge_erased(struct verify_bundle *b, const Ledger__Withheld *w,
    const struct verify_name *name)
{
	if (!erasure_fits(b, w, w->erasure_index))
		verify_say(b->judge, VERIFY_FAIL, VERIFY_TOPIC_WITHHELD, name,
		    "entry %" PRIu64 " does not erase it", w->erasure_index);
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
	    strcmp(w->reason, "NOT_HELD") == 0;

	if (strcmp(w->reason, "ERASED") == 0 && w->has_erasure_index)
		judge_erased(b, w, name);
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
