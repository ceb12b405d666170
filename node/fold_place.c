/* fold_place.c - from what tables name to logs, across generations. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fold_place.h"

#include "node/fold_key.h"
#include "node/fold_kind.h"

enum err
fold_spot(const struct fold *f, uint16_t line, uint64_t place,
    struct fold_spot *out, struct err_why *why)
{
	out->slot = line;
	out->index = generation_index(place);
	/* Who holds generation 1 holds it as the oldest. */
	if (generation_of(place) == 1)
		return ERR_OK;
	return generation_slot(
	    &out->slot, f->book, fold_logs(f), line, generation_of(place), why);
}

enum err
fold_line_of(const struct fold *f, uint16_t slot, struct fold_line *out,
    struct err_why *why)
{
	struct generation_line line;
	uint32_t number;
	enum err e = generation_line_of(
	    &line, &number, f->book, fold_logs(f), slot, why);

	if (e == ERR_OK)
		*out =
		    (struct fold_line){line.first, generation_place(number, 0)};
	return e;
}

enum err
fold_line_find(const struct fold *f, const char *name, const char *kind,
    uint16_t *out, struct err_why *why)
{
	struct generation_line line;
	enum err e =
	    generation_line(&line, f->book, fold_logs(f), name, kind, why);

	if (e == ERR_OK)
		*out = line.first;
	return e;
}

enum err
fold_loss(
    const struct fold *f, uint16_t line, uint64_t *place, struct err_why *why)
{
	struct fold_key k = fold_key_slot(line);
	struct bytes v;
	enum err e = store_get(f->txn, f->t->loss, fold_key_view(&k), &v, NULL);

	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return err_fail(why, e, "cannot read what a log has lost");
	*place = e == ERR_OK ? fold_key_u64(v) : 0;
	return ERR_OK;
}

enum err
fold_loss_note(
    struct fold *f, const struct fold_item *item, struct err_why *why)
{
	const Record__LogStart *m = (const Record__LogStart *)item->body;
	struct fold_key k = fold_key_slot(item->slot);
	struct fold_key v = {.len = 0};

	if (generation_of(item->index) == 1)
		return ERR_OK;
	/* What it says cannot be read: then it may have said so. */
	if (m != NULL && m->has_size && m->has_held && m->held == m->size &&
	    !m->loss)
		return ERR_OK;
	fold_key_uint(&v, item->index, 8);
	return store_put(
	    f->txn, f->t->loss, fold_key_view(&k), fold_key_view(&v), why);
}
