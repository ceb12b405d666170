/* indicator_bundle.c - facts and snapshots out of evidence bundles. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/indicator_bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/bundle.h"
#include "ledger/disclosure.h"
#include "ledger/log_read.h"
#include "ledger/zip.h"
#include "node/fold.h"
#include "proto/digest.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"

struct shown {
	uint64_t index;
	Ledger__Entry *leaf;
	Ledger__Disclosure *disclosure; /* NULL: withheld */
	ProtobufCMessage *body;
	ProtobufCMessage *annex;
	struct indicator_withheld withheld;
};

/* Leaves [first, end) were shown, entries of this kind opened. */
struct run {
	Ledger__Kind kind;
	uint64_t first;
	uint64_t end;
	int64_t from_us;
};

struct indicator_bundles {
	char *origin;
	struct shown *at;
	size_t len, cap;
	struct run *runs;
	size_t runs_len;
	int64_t began_us;
	bool sorted;
};

struct indicator_bundles *
indicator_bundles_new(void)
{
	return mem_alloc(1, sizeof(struct indicator_bundles));
}

void
indicator_bundles_free(struct indicator_bundles *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->len; i++) {
		slice_free(b->at[i].body);
		slice_free(b->at[i].annex);
		if (b->at[i].disclosure != NULL)
			ledger__disclosure__free_unpacked(
			    b->at[i].disclosure, NULL);
		ledger__entry__free_unpacked(b->at[i].leaf, NULL);
	}
	free(b->at);
	free(b->runs);
	free(b->origin);
	free(b);
}

static enum err
member(struct zip_reader *z, const char *name, struct buf *out,
    struct err_why *why)
{
	size_t i;
	enum err e = zip_reader_find(z, name, &i);

	buf_reset(out);
	return e == ERR_OK ? zip_reader_get(z, i, out, why)
	                   : err_fail(why, e, "%.80s: not in the bundle", name);
}

/* ---- leaves ---- */

static enum err
open_record(struct shown *s, struct zip_reader *z, struct err_why *why)
{
	char name[48];
	struct buf text;
	struct buf shown;
	enum err e;

	(void)snprintf(name, sizeof name, "records/%llu.json",
	    (unsigned long long)s->index);
	buf_init(&text, ZIP_MEMBER_MAX);
	buf_init(&shown, LOG_SEALED_MAX);
	e = member(z, name, &text, NULL);
	if (e == ERR_NOT_FOUND) /* withheld, as the manifest says */
		e = ERR_OK;
	else if (e == ERR_OK)
		e = disclosure_get(&s->disclosure, buf_view(&text), why);
	if (s->disclosure != NULL && s->disclosure->sealed != NULL) {
		s->body = fold_unpack(s->disclosure->sealed->body, &shown);
		s->annex = fold_unpack(s->disclosure->sealed->annex, &shown);
	}
	buf_clear(&shown);
	buf_clear(&text);
	return e;
}

static enum err
take_leaf(struct indicator_bundles *b, struct zip_reader *z, Ledger__Kind kind,
    uint64_t index, struct bytes raw, struct err_why *why)
{
	struct shown s = {.index = index};
	enum err e = log_decode(&s.leaf, raw, why);

	if (e != ERR_OK)
		return e;
	if (index == 0)
		b->began_us = s.leaf->recorded_us;
	if (s.leaf->kind != kind) {
		ledger__entry__free_unpacked(s.leaf, NULL);
		return ERR_OK;
	}
	e = open_record(&s, z, why);
	if (b->len == b->cap) {
		b->cap = b->cap != 0 ? 2 * b->cap : 256;
		b->at = mem_resize(b->at, b->cap, sizeof *b->at);
	}
	b->at[b->len++] = s;
	return e;
}

/* u16be length, then the leaf; docs/wire.md 5.1. */
static enum err
take_leaves(struct indicator_bundles *b, struct zip_reader *z,
    const struct run *run, struct bytes in, struct err_why *why)
{
	uint64_t index = run->first;
	enum err e = ERR_OK;

	while (in.len >= 2 && e == ERR_OK) {
		const size_t n = (size_t)in.ptr[0] << 8 | in.ptr[1];

		if (n > in.len - 2)
			break;
		e = take_leaf(
		    b, z, run->kind, index++, bytes_of(in.ptr + 2, n), why);
		in = bytes_of(in.ptr + 2 + n, in.len - 2 - n);
	}
	if (e == ERR_OK && (in.len != 0 || index != run->end))
		e = err_fail(why, ERR_MALFORMED,
		    "run.entries is not what the manifest says");
	return e;
}

static enum err
take_run(struct indicator_bundles *b, struct zip_reader *z,
    const Ledger__Manifest *m, struct err_why *why)
{
	const ProtobufCEnumValue *kind =
	    protobuf_c_enum_descriptor_get_value_by_name(
	        &ledger__kind__descriptor, m->kind != NULL ? m->kind : "");
	struct run run = {.first = m->first_index,
	    .end = m->end_index,
	    .from_us = m->from_at};
	char name[128];
	struct hash id;
	struct buf leaves;
	int n;
	enum err e;

	if (kind == NULL || !m->has_first_index || m->n_record_ids != 0 ||
	    m->n_shown_fields != 0)
		return err_fail(why, ERR_MALFORMED,
		    "the bundle does not answer for a whole window with every "
		    "field");
	run.kind = (Ledger__Kind)kind->value;
	digest_sha256(&id, bytes_str(m->origin));
	n = snprintf(name, sizeof name, "logs/");
	for (size_t i = 0; i < sizeof id.b; i++)
		n += snprintf(
		    name + n, sizeof name - (size_t)n, "%02x", id.b[i]);
	(void)snprintf(name + n, sizeof name - (size_t)n, "/run.entries");
	buf_init(&leaves, ZIP_MEMBER_MAX);
	e = member(z, name, &leaves, why);
	if (e == ERR_OK)
		e = take_leaves(b, z, &run, buf_view(&leaves), why);
	buf_clear(&leaves);
	if (e != ERR_OK)
		return e;
	b->runs = mem_resize(b->runs, b->runs_len + 1, sizeof *b->runs);
	b->runs[b->runs_len++] = run;
	return ERR_OK;
}

static int
at_index(const void *key, const void *at)
{
	const uint64_t index = *(const uint64_t *)key;
	const struct shown *s = at;

	return (index > s->index) - (index < s->index);
}

/* What the manifest says of the entries from `first` on; verified before. */
static void
take_withheld(
    struct indicator_bundles *b, size_t first, const Ledger__Manifest *m)
{
	for (size_t i = 0; b->len > first && i < m->n_withheld; i++) {
		const Ledger__Withheld *w = m->withheld[i];
		struct shown *s = bsearch(&w->index, b->at + first,
		    b->len - first, sizeof *b->at, at_index);

		if (s == NULL || w->reason == NULL)
			continue;
		s->withheld.stored |= strcmp(w->reason, "STORAGE_ONLY") == 0;
		s->withheld.erased |= strcmp(w->reason, "ERASED") == 0;
	}
}

enum err
indicator_bundles_add(
    struct indicator_bundles *b, struct bytes file, struct err_why *why)
{
	struct zip_reader *z = NULL;
	ProtobufCMessage *msg = NULL;
	const Ledger__Manifest *m = NULL;
	struct buf text;
	const size_t first = b->len;
	enum err e = zip_reader_open(&z, file, why);

	if (e != ERR_OK)
		return e;
	buf_init(&text, ZIP_MEMBER_MAX);
	e = member(z, "manifest.json", &text, why);
	if (e == ERR_OK)
		e = json_decode(
		    &msg, &ledger__manifest__descriptor, buf_view(&text), why);
	if (e != ERR_OK)
		goto out;
	m = (const Ledger__Manifest *)msg;
	if (m->origin == NULL ||
	    (b->origin != NULL && strcmp(b->origin, m->origin) != 0)) {
		e = err_fail(
		    why, ERR_CONFLICT, "the bundles are of different logs");
		goto out;
	}
	if (b->origin == NULL)
		b->origin = mem_strdup(m->origin);
	b->sorted = false;
	e = take_run(b, z, m, why);
	if (e == ERR_OK)
		take_withheld(b, first, m);
out:
	slice_free(msg);
	buf_clear(&text);
	zip_reader_close(z);
	return e;
}

/* ---- what they show ---- */

const Record__Snapshot *
indicator_bundles_snapshot(const struct indicator_bundles *b, size_t i)
{
	for (size_t n = 0; n < b->len; n++) {
		const Record__Snapshot *s =
		    (const Record__Snapshot *)b->at[n].body;

		if (s == NULL ||
		    s->base.descriptor != &record__snapshot__descriptor ||
		    s->origin == NULL || strcmp(s->origin, b->origin) != 0 ||
		    s->period == NULL || b->at[n].index < s->size)
			continue;
		if (i-- == 0)
			return s;
	}
	return NULL;
}

int64_t
indicator_bundles_since(
    const struct indicator_bundles *b, Ledger__Kind kind, uint64_t size)
{
	uint64_t reach = size;
	int64_t from_us = INT64_MAX;

	/* Backwards from the end, run by run. */
	for (;;) {
		const struct run *best = NULL;

		for (size_t i = 0; i < b->runs_len; i++) {
			const struct run *r = &b->runs[i];

			if (r->kind == kind && r->end >= reach &&
			    r->first < reach &&
			    (best == NULL || r->first < best->first))
				best = r;
		}
		if (best == NULL)
			return from_us;
		from_us = best->from_us;
		reach = best->first;
		if (reach == 0)
			return INT64_MIN;
	}
}

struct indicator_withheld
indicator_bundles_withheld(
    const struct indicator_bundles *b, Ledger__Kind kind, uint64_t size)
{
	struct indicator_withheld out = {.stored = false};

	for (size_t i = 0; i < b->len; i++) {
		const struct shown *s = &b->at[i];

		if (s->leaf->kind != kind || s->index >= size)
			continue;
		out.stored |= s->withheld.stored;
		out.erased |= s->withheld.erased;
	}
	return out;
}

int64_t
indicator_bundles_began(const struct indicator_bundles *b)
{
	return b->began_us;
}

static int
by_index(const void *a, const void *b)
{
	const struct shown *x = *(const struct shown *const *)a;
	const struct shown *y = *(const struct shown *const *)b;

	return (x->index > y->index) - (x->index < y->index);
}

enum err
indicator_bundles_facts(const struct indicator_bundles *b, uint64_t size,
    struct facts *out, struct err_why *why)
{
	const struct shown **order = mem_alloc(b->len + 1, sizeof *order);
	uint64_t last = UINT64_MAX;
	enum err e = ERR_OK;

	for (size_t i = 0; i < b->len; i++)
		order[i] = &b->at[i];
	if (b->len > 0)
		qsort(order, b->len, sizeof(*order), by_index);
	for (size_t i = 0; i < b->len && e == ERR_OK; i++) {
		const struct shown *s = order[i];
		const Ledger__Sealed *sealed =
		    s->disclosure != NULL ? s->disclosure->sealed : NULL;
		struct facts_entry fact = {.kind = s->leaf->kind,
		    .place = s->index,
		    .recorded_us = s->leaf->recorded_us,
		    .record_id = s->leaf->record_id.data,
		    .event_seq = s->leaf->event_seq,
		    .outcome = s->leaf->outcome,
		    .body = s->body,
		    .annex = facts_annex(s->annex)};

		/* Neighbours of a window stand in two of them. */
		if (s->index >= size || s->index == last ||
		    s->leaf->record_id.len != 16)
			continue;
		last = s->index;
		if (sealed != NULL && sealed->auth != NULL)
			fact.signed_us = sealed->auth->occurred_us;
		e = facts_add(out, &fact, why);
	}
	free(order);
	return e;
}
