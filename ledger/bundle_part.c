/* bundle_part.c - the single members of a bundle. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/bundle_part.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/disclosure.h"
#include "ledger/log_erased.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define ERASURES_MAX 100000

static const char erased[] = "ERASED";
static const char not_entitled[] = "NOT_ENTITLED";
static const char not_held[] = "NOT_HELD";
static const char storage_only[] = "STORAGE_ONLY";

void
bundle_part_clear(struct bundle_part *b)
{
	for (size_t i = 0; i < b->withheld_len; i++) {
		free(b->withheld[i]->fields);
		free(b->withheld[i]);
	}
	for (size_t i = 0; i < b->erasures_len; i++)
		record__erasure__free_unpacked(b->erasures[i].said, NULL);
	for (size_t i = 0; i < b->media_len; i++)
		free(b->media[i]);
	free(b->withheld);
	free(b->erasures);
	free(b->media);
	free(b->cited);
	zip_writer_free(b->zip);
	*b = (struct bundle_part){0};
}

void
bundle_part_name(char out[static BUNDLE_PART_NAME], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(out, BUNDLE_PART_NAME, fmt, ap);
	va_end(ap);
}

enum err
bundle_part_add(struct bundle_part *b, const char *name, const struct buf *data,
    struct err_why *why)
{
	enum err e;

	e = buf_ok(data, why);
	if (e != ERR_OK)
		return e;
	return zip_writer_add(b->zip, name, buf_view(data), why);
}

enum err
bundle_part_leaf(struct bundle_part *b, uint64_t index, Ledger__Entry **out,
    struct err_why *why)
{
	const struct bundle_request *r = b->req;
	struct bytes leaf;
	enum err e;

	e = log_entry(r->book, r->txn, r->slot, index, &leaf, why);
	if (e != ERR_OK)
		return e;
	return log_decode(out, leaf, why);
}

enum err
bundle_part_single(struct bundle_part *b, uint64_t index, struct err_why *why)
{
	const struct bundle_request *r = b->req;
	struct proof p = {.index = index, .note = r->checkpoint};
	char name[BUNDLE_PART_NAME];
	struct buf text = {0};
	struct bytes leaf;
	enum err e;

	if (index >= b->run.from && index < b->run.to)
		return ERR_OK;
	e = log_prove(&b->nodes, index, &b->head, &p.hashes, &leaf, why);
	if (e != ERR_OK)
		return e;
	bundle_part_name(name, "%s/entries/%" PRIu64, b->dir, index);
	e = zip_writer_add(b->zip, name, leaf, why);
	if (e == ERR_EXISTS)
		return ERR_OK;
	if (e != ERR_OK)
		return e;
	buf_init(&text, PROOF_FILE_MAX);
	proof_put(&text, &p, leaf);
	bundle_part_name(
	    name, "%s/proofs/%" PRIu64 ".tlog-proof", b->dir, index);
	e = bundle_part_add(b, name, &text, why);
	buf_clear(&text);
	return e;
}

/* ---- what is not shown ---- */

static enum err
withhold(struct bundle_part *b, uint64_t index, const char *reason,
    const char *part, struct err_why *why)
{
	Ledger__Withheld *w;

	if (b->withheld_len == BUNDLE_RECORDS_MAX)
		return err_fail(why, ERR_LIMIT, "too much to withhold");
	w = mem_alloc(1, sizeof(*w));
	ledger__withheld__init(w);
	w->has_index = 1;
	w->index = index;
	w->reason = (char *)(uintptr_t)reason;
	w->part = (char *)(uintptr_t)part;
	b->withheld =
	    mem_resize(b->withheld, b->withheld_len + 1, sizeof(*b->withheld));
	b->withheld[b->withheld_len++] = w;
	return ERR_OK;
}

/* Remembers what one ERASURE entry erased, if in this log. */
static enum err
read_erasure(struct bundle_part *b, uint64_t at, const Ledger__Entry *leaf,
    struct err_why *why)
{
	const struct bundle_request *r = b->req;
	struct buf body = {0}, annex = {0};
	Ledger__Sealed *sealed = NULL;
	ProtobufCMessage *msg = NULL;
	enum err e;

	buf_init(&body, SEAL_MESSAGE_MAX);
	buf_init(&annex, SEAL_MESSAGE_MAX);
	e = log_sealed(r->book, r->txn, r->slot, at, &sealed, why);
	if (e == ERR_NOT_FOUND) {
		e = ERR_OK;
		goto out;
	}
	if (e != ERR_OK)
		goto out;
	e = disclosure_open(&body, &annex, sealed, leaf, why);
	if (e != ERR_OK)
		goto out;
	e = slice_unpack(
	    &msg, &record__erasure__descriptor, buf_view(&body), why);
	if (e != ERR_OK)
		goto out;
	const Record__Erasure *x = (const void *)msg;
	if (x->has_index && x->origin && x->n_fields <= SLICE_MAX &&
	    strcmp(x->origin, b->origin) == 0) {
		b->erasures = mem_resize(
		    b->erasures, b->erasures_len + 1, sizeof(*b->erasures));
		b->erasures[b->erasures_len++] =
		    (struct bundle_erasure){at, (void *)msg};
		msg = NULL;
	}
out:
	if (msg)
		slice_free(msg);
	if (sealed)
		ledger__sealed__free_unpacked(sealed, NULL);
	buf_clear(&annex);
	buf_clear(&body);
	return e;
}

/* Walks the chain of ERASURE entries once, newest first. */
static enum err
read_erasures(struct bundle_part *b, struct err_why *why)
{
	const struct bundle_request *r = b->req;
	uint64_t seq, at;
	enum err e;

	if (b->erasures_known)
		return ERR_OK;
	b->erasures_known = true;
	e = log_kind_head(
	    r->book, r->txn, r->slot, LEDGER__KIND__ERASURE, &seq, &at, why);
	if (e == ERR_NOT_FOUND)
		return ERR_OK;
	for (unsigned n = 0; e == ERR_OK && n < ERASURES_MAX; n++) {
		Ledger__Entry *leaf = NULL;
		uint64_t before;

		e = bundle_part_leaf(b, at, &leaf, why);
		if (e != ERR_OK)
			return e;
		before = leaf->previous_of_kind;
		/* One not yet under the checkpoint cannot be proven. */
		if (at < b->size)
			e = read_erasure(b, at, leaf, why);
		ledger__entry__free_unpacked(leaf, NULL);
		if (before == 0 || before > at)
			break;
		at = before - 1;
	}
	return e;
}

static bool
erases(const Record__Erasure *x, uint64_t index, uint32_t field)
{
	if (!log_erased_names(x, index))
		return false;
	for (size_t i = 0; i < x->n_fields; i++) {
		if (x->fields[i] == field)
			return true;
	}
	return x->n_fields == 0;
}

/* The entry that erased this field (0: the whole); NULL when none is found. */
static const struct bundle_erasure *
find_erasure(const struct bundle_part *b, uint64_t index, uint32_t field)
{
	for (size_t i = 0; i < b->erasures_len; i++) {
		if (erases(b->erasures[i].said, index, field))
			return &b->erasures[i];
	}
	return NULL;
}

/* Is this the first time?  Newest first: neighbours cite the same. */
static bool
cite(struct bundle_part *b, uint64_t index)
{
	for (size_t i = b->cited_len; i > 0; i--)
		if (b->cited[i - 1] == index)
			return false;
	if ((b->cited_len & (b->cited_len - 1)) == 0)
		b->cited = mem_resize(b->cited,
		    b->cited_len ? 2 * b->cited_len : 1, sizeof(*b->cited));
	b->cited[b->cited_len++] = index;
	return true;
}

/* ERASED, and the entry that says so with its proof and body. */
static enum err
withhold_erased(struct bundle_part *b, uint64_t index, uint64_t by,
    const char *part, struct err_why *why)
{
	enum err e;

	e = withhold(b, index, erased, part, why);
	if (e != ERR_OK)
		return e;
	b->withheld[b->withheld_len - 1]->has_erasure_index = 1;
	b->withheld[b->withheld_len - 1]->erasure_index = by;
	return bundle_part_erasure(b, by, why);
}

/* Nothing rests beside the leaf: erased, and by which entry, or never held. */
static enum err
withhold_gone(struct bundle_part *b, uint64_t index, struct err_why *why)
{
	const struct bundle_request *r = b->req;
	const struct bundle_erasure *x;
	enum log_rest rest;
	enum err e;

	e = log_rest(r->book, r->txn, r->slot, index, &rest, why);
	if (e != ERR_OK)
		return e;
	e = read_erasures(b, why);
	if (e != ERR_OK)
		return e;
	x = find_erasure(b, index, 0);
	if (x)
		return withhold_erased(b, index, x->by, NULL, why);
	return withhold(
	    b, index, rest == LOG_REST_ERASED ? erased : not_held, NULL, why);
}

static void
withheld_field(struct bundle_part *b, uint32_t number)
{
	Ledger__Withheld *w = b->withheld[b->withheld_len - 1];

	w->fields = mem_resize(w->fields, w->n_fields + 1, sizeof(*w->fields));
	w->fields[w->n_fields++] = number;
}

static bool
is_hidden(const struct bundle_part *b, uint32_t number)
{
	for (size_t i = 0; i < b->hidden_len; i++) {
		if (b->hidden[i] == number)
			return true;
	}
	return false;
}

/* STORAGE_ONLY, and the entry that says so, without who asked for it. */
static enum err
withhold_hidden(struct bundle_part *b, uint64_t index, const char *part,
    struct err_why *why)
{
	enum err e = withhold(b, index, storage_only, part, why);

	if (e != ERR_OK || b->hidden_by >= b->size)
		return e;
	b->withheld[b->withheld_len - 1]->has_erasure_index = 1;
	b->withheld[b->withheld_len - 1]->erasure_index = b->hidden_by;
	return bundle_part_retention(b, b->hidden_by, why);
}

/* A field that was asked for and of which only the digest is left. */
static enum err
withhold_field(
    struct bundle_part *b, uint64_t index, uint32_t number, struct err_why *why)
{
	const struct bundle_erasure *x;
	const Ledger__Withheld *last;
	const char *reason;
	enum err e;

	e = read_erasures(b, why);
	if (e != ERR_OK)
		return e;
	x = find_erasure(b, index, number);
	reason = x ? erased : is_hidden(b, number) ? storage_only : not_held;
	last = b->withheld_len ? b->withheld[b->withheld_len - 1] : NULL;
	/* One line for neighbouring fields of the same fate. */
	if (!last || last->index != index || last->n_fields == 0 ||
	    last->reason != reason || (x && last->erasure_index != x->by)) {
		if (x)
			e = withhold_erased(b, index, x->by, "body", why);
		else if (reason == storage_only)
			e = withhold_hidden(b, index, "body", why);
		else
			e = withhold(b, index, not_held, "body", why);
		if (e != ERR_OK)
			return e;
	}
	withheld_field(b, number);
	return ERR_OK;
}

static enum err
withhold_part(struct bundle_part *b, uint64_t index, const char *part,
    struct err_why *why)
{
	return b->hidden_len > 0 ? withhold_hidden(b, index, part, why)
	                         : withhold(b, index, not_held, part, why);
}

/* Parts the leaf commits to and nothing opens any more. */
static enum err
withhold_parts(struct bundle_part *b, uint64_t index, const Ledger__Entry *leaf,
    const Ledger__Sealed *s, struct err_why *why)
{
	enum err e = ERR_OK;

	if (leaf->has_commitment && !s->body)
		e = withhold(b, index, not_held, "body", why);
	if (e == ERR_OK && leaf->has_annex_commitment && !s->annex)
		e = withhold_part(b, index, "annex", why);
	if (e == ERR_OK && leaf->has_auth_commitment && !s->auth)
		e = withhold_part(b, index, "auth", why);
	return e;
}

/* ---- what is shown ---- */

/* Fields of the body to show; all of them when names_len is 0. */
struct choice {
	const char *folder;
	const char *const *names;
	size_t names_len;
	bool account; /* list in the manifest what is asked and closed */
};

static enum err
account(struct bundle_part *b, uint64_t index, const Ledger__Opening *o,
    const struct choice *c, struct err_why *why)
{
	uint32_t asked[SLICE_MAX];
	size_t asked_len =
	    disclosure_fields(asked, o->type, c->names, c->names_len);
	enum err e = ERR_OK;

	for (size_t i = 0; i < o->n_fields && e == ERR_OK; i++) {
		const Ledger__FieldOpening *f = o->fields[i];
		bool wanted = c->names_len == 0;

		for (size_t n = 0; n < asked_len; n++)
			wanted = wanted || asked[n] == f->number;
		if (wanted && !f->has_slice)
			e = withhold_field(b, index, f->number, why);
	}
	return e;
}

static enum err
put_disclosure(struct bundle_part *b, uint64_t index, const Ledger__Entry *leaf,
    const Ledger__Sealed *held, const struct choice *c, struct err_why *why)
{
	Ledger__Sealed s = LEDGER__SEALED__INIT;
	char name[BUNDLE_PART_NAME];
	uint32_t fields[SLICE_MAX];
	struct buf text = {0};
	enum err e = ERR_OK;

	buf_init(&text, ZIP_MEMBER_MAX);
	if (held->body && c->names_len > 0)
		e = seal_disclose(&s.body, held->body, fields,
		    disclosure_fields(
		        fields, held->body->type, c->names, c->names_len),
		    why);
	else if (held->body)
		e = seal_withhold(&s.body, held->body, NULL, 0, why);
	if (e != ERR_OK)
		goto out;
	if (held->annex)
		e = seal_withhold(&s.annex, held->annex, NULL, 0, why);
	if (e != ERR_OK)
		goto out;
	s.auth = held->auth;
	e = disclosure_put(&text, index, leaf, &s, why);
	if (e != ERR_OK)
		goto out;
	bundle_part_name(name, "%s/%" PRIu64 ".json", c->folder, index);
	e = bundle_part_add(b, name, &text, why);
	if (e == ERR_OK && s.body && c->account)
		e = account(b, index, s.body, c, why);
out:
	if (s.body)
		ledger__opening__free_unpacked(s.body, NULL);
	if (s.annex)
		ledger__opening__free_unpacked(s.annex, NULL);
	buf_clear(&text);
	return e;
}

enum err
bundle_part_record(struct bundle_part *b, uint64_t index,
    const Ledger__Entry *leaf, struct err_why *why)
{
	const struct bundle_request *r = b->req;
	const struct choice c = {
	    "records", r->question->show, r->question->show_len, true};
	Ledger__Sealed *held = NULL;
	enum err e;

	if (!leaf->has_commitment && !leaf->has_annex_commitment &&
	    !leaf->has_auth_commitment)
		return ERR_OK;
	if (++b->records_len > BUNDLE_RECORDS_MAX)
		return err_fail(
		    why, ERR_LIMIT, "too many records: narrow the window");
	if (r->entitled && !r->entitled(r->arg, index, leaf))
		return withhold(b, index, not_entitled, NULL, why);
	e = log_sealed(r->book, r->txn, r->slot, index, &held, why);
	if (e == ERR_NOT_FOUND)
		return withhold_gone(b, index, why);
	if (e != ERR_OK)
		return e;
	e = bundle_part_hide(b, index, leaf, held, why);
	/* An ERASURE asked for may stand there as a proof already, with what
	 * is asked. */
	if (e == ERR_OK && leaf->kind == LEDGER__KIND__ERASURE &&
	    !cite(b, index))
		e = held->body ? account(b, index, held->body, &c, why)
		               : ERR_OK;
	else if (e == ERR_OK)
		e = put_disclosure(b, index, leaf, held, &c, why);
	if (e == ERR_OK)
		e = withhold_parts(b, index, leaf, held, why);
	if (e == ERR_OK)
		e = bundle_part_media(b, index, why);
	ledger__sealed__free_unpacked(held, NULL);
	return e;
}

static enum err
put_chosen(struct bundle_part *b, uint64_t index, const struct choice *c,
    struct err_why *why)
{
	const struct bundle_request *r = b->req;
	Ledger__Entry *leaf = NULL;
	Ledger__Sealed *held = NULL;
	enum err e;

	e = bundle_part_leaf(b, index, &leaf, why);
	if (e != ERR_OK)
		return e;
	e = log_sealed(r->book, r->txn, r->slot, index, &held, why);
	if (e == ERR_OK)
		e = put_disclosure(b, index, leaf, held, c, why);
	if (held)
		ledger__sealed__free_unpacked(held, NULL);
	ledger__entry__free_unpacked(leaf, NULL);
	return e;
}

enum err
bundle_part_whole(struct bundle_part *b, uint64_t index, struct err_why *why)
{
	const struct choice c = {"records", NULL, 0, false};

	return put_chosen(b, index, &c, why);
}

enum err
bundle_part_retention(
    struct bundle_part *b, uint64_t index, struct err_why *why)
{
	static const char *const shown[] = {"action", "origin", "index",
	    "fields", "hidden", "untilAt", "clause", "retention"};
	const struct choice c = {
	    "records", shown, sizeof(shown) / sizeof(shown[0]), false};
	enum err e;

	if (!cite(b, index))
		return ERR_OK;
	e = bundle_part_single(b, index, why);
	return e == ERR_OK ? put_chosen(b, index, &c, why) : e;
}

/* Who asked for it, and why, is in it only where a question is just that. */
enum err
bundle_part_erasure(struct bundle_part *b, uint64_t index, struct err_why *why)
{
	static const char *const shown[] = {"origin", "index", "fields", "more",
	    "retention", "goesOn", "request", "wrong"};
	const struct window_question *q = b->req->question;
	const char *names[sizeof(shown) / sizeof(shown[0]) + WINDOW_SHOW_MAX];
	struct choice c = {"records", names, 0, false};
	enum err e;

	if (!cite(b, index))
		return ERR_OK;
	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		names[c.names_len++] = shown[i];
	for (size_t i = 0; q->kind == LEDGER__KIND__ERASURE && i < q->show_len;
	     i++)
		names[c.names_len++] = q->show[i];
	if (q->kind == LEDGER__KIND__ERASURE && q->show_len == 0)
		c.names_len = 0;
	e = bundle_part_single(b, index, why);
	return e == ERR_OK ? put_chosen(b, index, &c, why) : e;
}

enum err
bundle_part_actor(
    struct bundle_part *b, uint64_t index, bool signer, struct err_why *why)
{
	static const char *const key_only[] = {"action", "key"};
	static const char *const no_person[] = {
	    "action", "roles", "key", "custody", "areas"};
	const struct bundle_request *r = b->req;
	struct choice c = {"actors", key_only, 2, false};
	Ledger__Entry *leaf = NULL;
	Ledger__Sealed *held = NULL;
	enum err e;

	e = bundle_part_leaf(b, index, &leaf, why);
	if (e != ERR_OK)
		return e;
	if (signer && r->entitled && !r->entitled(r->arg, index, leaf))
		c = (struct choice){"actors", no_person, 5, false};
	else if (signer)
		c.names_len = 0;
	e = log_sealed(r->book, r->txn, r->slot, index, &held, why);
	if (e == ERR_NOT_FOUND)
		e = ERR_OK; /* the reader sees that this one stays closed */
	else if (e == ERR_OK)
		e = put_disclosure(b, index, leaf, held, &c, why);
	if (held)
		ledger__sealed__free_unpacked(held, NULL);
	ledger__entry__free_unpacked(leaf, NULL);
	return e;
}
