/* fold_person.c - which permits and cases a person is in. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fold_person.h"

#include "node/fold_key.h"

struct persons {
	uint64_t at[ROW_CREW_MAX + 3]; /* worker, guardian, number */
	size_t len;
};

static bool
among(const struct persons *p, uint64_t who)
{
	for (size_t i = 0; i < p->len; i++) {
		if (p->at[i] == who)
			return true;
	}
	return false;
}

static void
add(struct persons *p, uint64_t who)
{
	if (who != 0 && !among(p, who))
		p->at[p->len++] = who;
}

static struct persons
persons_of(const struct row *r)
{
	struct persons p = {.len = 0};

	if (r != NULL && r->kind == LEDGER__KIND__CASE)
		add(&p, r->other);
	if (r != NULL && r->kind == LEDGER__KIND__CERTIFICATE)
		add(&p, r->work.number);
	if (r == NULL || r->kind != LEDGER__KIND__PERMIT)
		return p;
	add(&p, r->subject);
	add(&p, r->other);
	for (size_t i = 0; i < r->work.crew_len && i < ROW_CREW_MAX; i++)
		add(&p, r->work.crew[i]);
	add(&p, r->work.number);
	return p;
}

/* Under one kind: those that came in, and those that left. */
static enum err
change(struct fold *f, const struct fold_person *p, unsigned kind,
    const struct persons *was, const struct persons *now, struct err_why *why)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < was->len && e == ERR_OK; i++) {
		struct fold_key k =
		    fold_key_holder(p->slot, was->at[i], (uint16_t)kind, p->id);

		if (among(now, was->at[i]))
			continue;
		e = store_del(f->txn, f->t->holder, fold_key_view(&k), why);
		if (e == ERR_NOT_FOUND)
			e = ERR_OK;
	}
	for (size_t i = 0; i < now->len && e == ERR_OK; i++) {
		struct fold_key k =
		    fold_key_holder(p->slot, now->at[i], (uint16_t)kind, p->id);

		if (!among(was, now->at[i]))
			e = store_put(f->txn, f->t->holder, fold_key_view(&k),
			    bytes_of("", 0), why);
	}
	return e;
}

enum err
fold_person_follow(
    struct fold *f, const struct fold_person *p, struct err_why *why)
{
	const struct row *any = p->now != NULL ? p->now : p->was;
	struct persons was = persons_of(p->was);
	struct persons now = persons_of(p->now);
	enum err e;

	if (any == NULL || was.len + now.len == 0)
		return ERR_OK;
	e = change(f, p, any->kind, &was, &now, why);
	if (e != ERR_OK)
		return e;
	if (p->was == NULL || !row_is_open(p->was))
		was.len = 0;
	if (p->now == NULL || !row_is_open(p->now))
		now.len = 0;
	return change(f, p, any->kind | FOLD_PERSON_OPEN, &was, &now, why);
}
