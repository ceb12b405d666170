/* packs.c - rule packs: the standards as data. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/packs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/looser.h"
#include "node/domain/packs_check.h"
#include "node/domain/packs_looser.h"
#include "node/domain/packs_set.h"
#include "node/domain/retention.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/yaml.h"

struct packs *
packs_new(void)
{
	return mem_alloc(1, sizeof(struct packs));
}

struct packs *
packs_grow(struct packs *old)
{
	struct packs *p = packs_new();

	*p = *old;
	p->made = NULL;
	p->made_len = 0;
	p->bound = mem_alloc(old->bound_len + 1, sizeof *p->bound);
	if (old->bound_len > 0)
		memcpy(p->bound, old->bound, old->bound_len * sizeof *p->bound);
	p->older = old;
	return p;
}

void
packs_name(char out[static 64], const Pack__Work *w)
{
	snprintf(out, 64, "%s@%s", w->work_type, w->version);
}

uint64_t
packs_id(const char *version)
{
	struct hash h;
	uint64_t id = 0;

	digest_sha256(&h, bytes_str(version));
	for (size_t i = 0; i < 8; i++)
		id = id << 8 | h.b[i];
	return id;
}

void
packs_seal(struct packs *p)
{
	for (size_t i = 0; i < p->len; i++) {
		p->standard[p->standard_len++] = p->at[i];
		p->fact[i].built_in = true;
	}
	p->sealed = true;
}

uint64_t
packs_text_id(const char *version, const struct hash *digest)
{
	char both[PACKS_NAME_MAX + sizeof digest->b * 2 + 2];
	int n = snprintf(both, sizeof both, "%.95s ", version);

	for (size_t i = 0; i < sizeof digest->b; i++, n += 2)
		(void)snprintf(
		    both + n, sizeof both - (size_t)n, "%02x", digest->b[i]);
	return packs_id(both);
}

/* The whole of the standard that was activated last; NULL: none was. */
static const Pack__Work *
whole_of(const struct packs *p, const char *work_type)
{
	const Pack__Work *out = NULL;
	size_t last = 0;

	for (size_t i = 0; i < p->len; i++) {
		const Pack__Work *w = p->at[i]->work;
		size_t order;

		if (w == NULL || !w->standby || !p->fact[i].built_in ||
		    strcmp(w->work_type, work_type) != 0)
			continue;
		order = packs_set_order(p, i);
		if (order <= last)
			continue;
		out = w;
		last = order;
	}
	return out;
}

/* Where a pack asks for less than the standard; NULL: nowhere.  Once the whole
 * of the standard was activated it is the measure; before, any version is. */
static const char *
less_than_standard(const struct packs *p, const Pack__Work *w)
{
	const Pack__Work *whole = whole_of(p, w->work_type);
	const char *less = NULL;
	bool none = false;

	if (whole != NULL)
		return packs_looser(whole, w);
	for (size_t i = 0; i < p->standard_len; i++) {
		const Pack__Work *b = p->standard[i]->work;
		const char *at;

		if (b == NULL || strcmp(b->work_type, w->work_type) != 0)
			continue;
		at = packs_looser(b, w);
		none |= at == NULL;
		/* Told by the version that holds without an activation. */
		if (less == NULL || !b->standby)
			less = at;
	}
	return none ? NULL : less;
}

static void
name_of(char out[static PACKS_NAME_MAX], const Pack__Pack *pack)
{
	struct packs_part part;

	(void)packs_set_part(&part, pack);
	if (pack->indicators != NULL)
		(void)snprintf(out, PACKS_NAME_MAX, "%s.%s@%s", part.kind,
		    pack->indicators->name, part.version);
	else
		(void)snprintf(out, PACKS_NAME_MAX, "%s@%s",
		    pack->work != NULL ? pack->work->work_type : part.kind,
		    part.version);
}

/* The standard of any other kind: the newest of those built in; one on standby
 * is the measure once it was activated, before all others. */
static const Pack__Pack *
standard_of(const struct packs *p, const Pack__Pack *pack)
{
	const Pack__Pack *best = NULL;
	struct packs_part mine, part, was = {.kind = ""};
	bool whole = false;

	(void)packs_set_part(&mine, pack);
	for (size_t i = 0; i < p->standard_len; i++) {
		const Pack__Pack *b = p->standard[i];
		bool standby = packs_set_standby(b);
		char name[PACKS_NAME_MAX];
		size_t at;

		(void)packs_set_part(&part, b);
		name_of(name, b);
		at = packs_set_place(p, name);
		if (strcmp(part.kind, mine.kind) != 0 ||
		    (standby && (at == p->len || p->fact[at].active_us == 0)) ||
		    (whole && !standby))
			continue;
		if (best != NULL && whole == standby &&
		    part.effective_us < was.effective_us)
			continue;
		best = b;
		was = part;
		whole = standby;
	}
	return best;
}

static void
find_looser(
    const struct packs *p, const Pack__Pack *pack, char at[static LOOSER_AT])
{
	const Pack__Pack *base;
	const char *of_work;

	at[0] = '\0';
	if (pack->work != NULL) {
		of_work = less_than_standard(p, pack->work);
		if (of_work != NULL)
			(void)snprintf(at, LOOSER_AT, "%s", of_work);
		return;
	}
	base = standard_of(p, pack);
	if (base != NULL)
		looser_than(at, base, pack);
}

/* What is shorter waits for its activation and stays within the minima: no
 * deviation, which would end by itself, helps. */
static enum err
compare_terms(const struct packs *p, const Pack__Pack *pack,
    char looser[static LOOSER_AT], struct err_why *why)
{
	const Pack__Pack *base = standard_of(p, pack);
	const char *shorter = NULL;
	enum err e;

	looser[0] = '\0';
	if (pack->deviation != NULL)
		return err_fail(
		    why, ERR_REFUSED, "a policy of terms takes no deviation");
	if (base == NULL)
		return ERR_OK;
	e = retention_compare(base->retention, pack->retention, &shorter, why);
	if (e == ERR_OK && shorter != NULL)
		(void)snprintf(looser, LOOSER_AT, "%s", shorter);
	return e;
}

/* A company's pack may tighten the standard; what is looser says why, who and
 * until when, and waits for its activation. */
static enum err
compare(const struct packs *p, const Pack__Pack *pack,
    char looser[static LOOSER_AT], struct err_why *why)
{
	const Pack__Deviation *d = packs_set_deviation(pack);

	if (pack->retention != NULL)
		return compare_terms(p, pack, looser, why);
	find_looser(p, pack, looser);
	if (looser[0] == '\0')
		return ERR_OK;
	if (d == NULL || d->reason == NULL || d->reason[0] == '\0' ||
	    d->decided_by == NULL || d->decided_by[0] == '\0' ||
	    !d->has_until_at)
		return err_fail(why, ERR_REFUSED,
		    "%s: looser than the standard's; a deviation needs reason, "
		    "decidedBy and untilAt",
		    looser);
	return ERR_OK;
}

/* A check names the field, level by level: "cases.types[0]: steps[1]: ...";
 * people look for a line. */
static enum err
at_line(struct err_why *why, enum err e, const char *name, struct bytes text)
{
	unsigned line = 0;
	struct buf path;
	const char *s = why != NULL ? why->text : "$";

	buf_init(&path, 2 * ERR_WHY_BYTES);
	if (s[0] != '$')
		buf_str(&path, "$.");
	for (; *s != '\0'; s++) {
		bool deeper = s[0] == ':' && s[1] == ' ';

		buf_u8(&path, deeper ? '.' : (uint8_t)*s);
		s += deeper;
	}
	if (why != NULL)
		line = yaml_line(text, buf_cstr(&path));
	buf_clear(&path);
	if (line != 0)
		e = err_wrap(why, e, "line %u", line);
	return err_wrap(why, e, "%s", name);
}

/* A work's is in it: who has the work alone finds it there. */
static void
move_deviation(Pack__Pack *p)
{
	if (p->work == NULL || p->work->deviation != NULL)
		return;
	p->work->deviation = p->deviation;
	p->deviation = NULL;
}

/* Decoded and checked; the caller's. */
static enum err
read_pack(
    Pack__Pack **out, const char *name, struct bytes text, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	enum err e;

	e = yaml_decode(&msg, &pack__pack__descriptor, text, why);
	if (e != ERR_OK)
		return err_wrap(why, e, "%s", name);
	e = packs_check((Pack__Pack *)msg, why);
	if (e == ERR_OK) {
		*out = (Pack__Pack *)msg;
		move_deviation(*out);
		return ERR_OK;
	}
	slice_free(msg);
	return at_line(why, e, name, text);
}

static void
know(struct packs_fact *out, const Pack__Pack *pack, struct bytes text)
{
	struct packs_part part;

	(void)packs_set_part(&part, pack);
	*out = (struct packs_fact){.effective_us = part.effective_us};
	name_of(out->name, pack);
	out->deviates = packs_set_deviation(pack) != NULL;
	digest_sha256(&out->digest, text);
	out->id = packs_id(out->name);
	out->text_id = packs_text_id(out->name, &out->digest);
}

/* One name, one text: what is built in or in the ledger gives way to no file.
 */
static enum err
ask_same(
    const struct packs *p, const struct packs_fact *new, struct err_why *why)
{
	const struct packs_bound *b = packs_set_bound(p, new->name);
	size_t i = packs_set_place(p, new->name);
	bool differs = b != NULL ? !packs_set_same(&b->digest, &new->digest)
	                         : i < p->len && p->fact[i].built_in &&
	        !packs_set_same(&p->fact[i].digest, &new->digest);

	if (!differs)
		return ERR_OK;
	return err_fail(why, ERR_EXISTS,
	    "%s has another text already; a version is never changed: give "
	    "this text a version of its own",
	    new->name);
}

/* Takes `pack` and a copy of the text. */
static enum err
put(struct packs *p, Pack__Pack *pack, struct bytes text,
    const struct packs_fact *fact, struct err_why *why)
{
	struct packs_made *m;
	size_t at = packs_set_place(p, fact->name);

	if (at == PACKS_MAX) {
		slice_free(&pack->base);
		return err_fail(
		    why, ERR_LIMIT, "more than %d rule packs", PACKS_MAX);
	}
	if (at == p->len)
		p->len++;
	p->made = mem_resize(p->made, p->made_len + 1, sizeof *p->made);
	m = &p->made[p->made_len++];
	m->pack = pack;
	m->text = mem_alloc(text.len + 1, 1);
	memcpy(m->text, text.ptr, text.len);
	p->at[at] = pack;
	p->fact[at] = *fact;
	p->fact[at].text = bytes_of(m->text, text.len);
	return ERR_OK;
}

enum err
packs_add(
    struct packs *p, const char *name, struct bytes text, struct err_why *why)
{
	struct packs_fact fact;
	Pack__Pack *pack = NULL;
	const struct packs_bound *b;
	size_t at;
	enum err e = read_pack(&pack, name, text, why);

	if (e != ERR_OK)
		return e;
	know(&fact, pack, text);
	at = packs_set_place(p, fact.name);
	if (at < p->len && packs_set_same(&p->fact[at].digest, &fact.digest)) {
		slice_free(&pack->base);
		return ERR_OK;
	}
	e = ask_same(p, &fact, why);
	if (e != ERR_OK) {
		slice_free(&pack->base);
		return err_wrap(why, e, "%s", name);
	}
	e = compare(p, pack, fact.looser, why);
	if (e != ERR_OK) {
		slice_free(&pack->base);
		return at_line(why, e, name, text);
	}
	b = packs_set_bound(p, fact.name);
	fact.active_us = b != NULL ? b->active_us : 0;
	fact.by_file = b != NULL && b->by_file;
	return put(p, pack, text, &fact, why);
}

enum err
packs_judge(struct packs *p, const char *name, struct err_why *why)
{
	size_t at = packs_set_place(p, name);

	if (at == p->len)
		return err_fail(why, ERR_NOT_FOUND, "%s", name);
	return p->fact[at].built_in
	    ? ERR_OK
	    : compare(p, p->at[at], p->fact[at].looser, why);
}

enum err
packs_restore(struct packs *p, const char *name, const struct hash *digest,
    struct bytes text, struct err_why *why)
{
	struct packs_fact fact;
	const struct packs_bound *b = packs_set_bound(p, name);
	Pack__Pack *pack = NULL;
	enum err e = read_pack(&pack, name, text, why);

	if (e != ERR_OK)
		return e;
	know(&fact, pack, text);
	if (!packs_set_same(&fact.digest, digest) ||
	    strcmp(fact.name, name) != 0) {
		slice_free(&pack->base);
		return err_fail(why, ERR_CORRUPT,
		    "%s: the text is not the one that was activated", name);
	}
	/* Judged when it was activated; a newer standard does not undo it. */
	(void)compare(p, pack, fact.looser, NULL);
	if (b != NULL && packs_set_same(&b->digest, digest)) {
		fact.active_us = b->active_us;
		fact.by_file = b->by_file;
	}
	return put(p, pack, text, &fact, why);
}

void
packs_ungrow(struct packs *p)
{
	if (p == NULL)
		return;
	p->older = NULL;
	packs_free(p);
}

void
packs_free(struct packs *p)
{
	while (p != NULL) {
		struct packs *older = p->older;

		for (size_t i = 0; i < p->made_len; i++)
			slice_free(&p->made[i].pack->base),
			    free(p->made[i].text);
		free(p->made);
		free(p->bound);
		free(p);
		p = older;
	}
}
