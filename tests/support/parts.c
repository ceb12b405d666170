/* parts.c - a backup of a book, in parts. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/dump.h"
#include "proto/slice.h"

static void
must(bool ok)
{
	if (!ok)
		abort();
}

void
parts_new(struct parts *p)
{
	memset(p, 0, sizeof(*p));
	temp_make(p->dir);
}

void
parts_end(struct parts *p)
{
	temp_remove(p->dir);
}

void
parts_key(struct parts *p, const struct note_vkey *key)
{
	must(p->keys < sizeof(p->key) / sizeof(p->key[0]));
	p->key[p->keys++] = *key;
}

void
parts_path(const struct parts *p, unsigned i, char out[TEMP_PATH_BYTES])
{
	char name[32];

	(void)snprintf(name, sizeof(name), "part-%u", i);
	temp_path(out, p->dir, name);
}

enum err
parts_add(struct parts *p, struct book *b, struct err_why *why)
{
	struct dump_before before = {0};
	struct dump d = {.book = b->log, .before = &before};
	struct dump_name name = {.number = p->len + 1, .made_at = b->wall_us};
	char path[TEMP_PATH_BYTES];
	enum err e = ERR_OK;

	must(p->len < PARTS_MAX);
	if (p->len > 0) {
		parts_path(p, p->len - 1, path);
		name.before = &p->sum[p->len - 1].sha256;
		e = dump_before_read(&before, path, why);
	}
	parts_path(p, p->len, path);
	if (e == ERR_OK)
		e = part_create(&d.to, path, why);
	if (e == ERR_OK)
		e = store_read(b->store, &d.txn, why);
	if (e == ERR_OK)
		e = dump_head(&d, &name, why);
	if (e == ERR_OK)
		e = dump_logs(&d, why);
	store_abort(d.txn);
	if (e == ERR_OK)
		e = part_finish(d.to, &p->sum[p->len], why);
	else
		part_drop(d.to);
	if (d.head != NULL)
		slice_free(&d.head->base);
	dump_before_clear(&before);
	p->len += e == ERR_OK;
	return e;
}

static bool
vkey_of(void *arg, const char *origin, struct note_vkey *out)
{
	const struct parts *p = *(const struct parts **)arg;

	for (unsigned i = 0; i < p->keys; i++) {
		if (strcmp(p->key[i].name, origin) != 0)
			continue;
		*out = p->key[i];
		return true;
	}
	return false;
}

struct loading {
	const struct parts *p; /* first: vkey_of */
	struct part_load load;
};

static enum err
take_frame(void *arg, const struct part_frame *f, struct err_why *why)
{
	const struct loading *l = arg;

	return part_load_frame(&l->load, f, why);
}

static enum err
run(const struct parts *p, const struct part_check_plan *plan,
    struct part_check_counts *counts, struct err_why *why)
{
	struct part_check *c = part_check_new(plan);
	struct part_check_counts unused;
	char path[TEMP_PATH_BYTES];
	enum err e = ERR_OK;

	for (unsigned i = 0; i < p->len && e == ERR_OK; i++) {
		parts_path(p, i, path);
		e = part_check_file(c, path, &p->sum[i], why);
	}
	if (e == ERR_OK)
		e = part_check_end(c, counts == NULL ? &unused : counts, why);
	part_check_free(c);
	return e;
}

enum err
parts_check(const struct parts *p, struct vault *vault,
    struct part_check_counts *counts, struct err_why *why)
{
	const struct part_check_plan plan = {
	    .vkey = vkey_of, .vault = vault, .arg = &p};

	return run(p, &plan, counts, why);
}

enum err
parts_load(const struct parts *p, struct log_book *into, struct err_why *why)
{
	struct loading l = {.p = p, .load = {.book = into}};
	const struct part_check_plan plan = {
	    .vkey = vkey_of, .arg = &l, .frame = take_frame};

	return run(p, &plan, NULL, why);
}
