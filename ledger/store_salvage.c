/* store_salvage.c - take every row that holds out of a damaged store. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/store_salvage.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/store_mdb.h"
#include "ledger/store_page.h"
#include "ledger/store_sum.h"
#include "ledger/store_walk.h"
#include "proto/mem.h"

#define FIRST_PAGE 2
#define BATCH_PAGES 512 /* in one transaction of the new store */
#define GROW_TRIES 24

struct target {
	char name[STORE_NAME_MAX];
	struct store_table table;
	uint64_t sums;
	uint64_t claimed;
	uint64_t taken;
	bool known;
};

struct salvage {
	const char *dir;
	const struct store_salvage *plan;
	struct store *to;
	struct store_txn *txn; /* of `to` */
	struct bytes file;
	struct redo *redo;
	struct store_page_meta meta; /* the state that is taken */
	bool frames; /* and what redo holds after it */
	uint8_t *used;
	uint64_t file_pages;
	struct target target[STORE_TABLES_MAX];
	size_t targets;
	struct target *last; /* rows of a page are of one table */
};

/* ---- which state ---- */

static enum err
map_file(struct salvage *s, struct err_why *why)
{
	char path[4096];
	struct stat st;
	enum err e = ERR_OK;
	void *map;
	int fd;

	(void)snprintf(path, sizeof(path), "%s/data.mdb", s->dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_errno(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
		    errno, "%s", path);
	if (fstat(fd, &st) != 0 || st.st_size < FIRST_PAGE * 4096) {
		e = err_fail(why, ERR_CORRUPT, "%s: cut short", path);
		goto out;
	}
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		e = err_errno(why, ERR_IO, errno, "%s", path);
	else
		s->file = bytes_of(map, (size_t)st.st_size);
out:
	(void)close(fd);
	return e;
}

static void
unmap(struct salvage *s)
{
	union {
		const uint8_t *in;
		void *out;
	} u = {.in = s->file.ptr};

	if (u.in != NULL)
		(void)munmap(u.out, s->file.len);
}

/* The newest of two meta pages; bad: set for those that are damaged. */
static unsigned
newest(const uint8_t *const page[FIRST_PAGE], struct store_page_meta *out,
    bool bad[FIRST_PAGE])
{
	struct store_page_meta m;
	unsigned whole = 0;

	for (unsigned i = 0; i < FIRST_PAGE; i++) {
		bad[i] = !store_page_meta_whole(page[i], i, &m);
		if (bad[i])
			continue;
		if (whole++ == 0 || m.txn > out->txn)
			*out = m;
	}
	return whole;
}

static void
tell_meta(const struct salvage *s, const bool bad[FIRST_PAGE])
{
	struct err_why why = {.text = ""};

	for (unsigned i = 0; i < FIRST_PAGE; i++) {
		if (!bad[i])
			continue;
		(void)err_fail(&why, ERR_CORRUPT, "page %u: header", i);
		s->plan->fault(s->plan->arg, &why);
	}
}

/*
 * The file's own meta pages, or those that redo.* keeps of its base.  A damaged
 * one of the file may have been the newest: then only the base can say.
 */
static enum err
pick_state(struct salvage *s, struct err_why *why)
{
	const struct redo_base *base = redo_base(s->redo);
	const uint8_t *page[FIRST_PAGE];
	struct store_page_meta at_base = {0};
	struct store_page_meta own = {0};
	struct redo_frame last;
	bool bad[FIRST_PAGE];
	bool both;
	enum err e;

	for (unsigned i = 0; i < FIRST_PAGE && base != NULL; i++)
		page[i] = base->meta[i];
	if (base == NULL || newest(page, &at_base, bad) == 0 ||
	    at_base.txn != base->txn || base->page > s->file.len / 2)
		return err_fail(why, ERR_CORRUPT,
		    "%s has no valid redo.0 or redo.1: copy them with data.mdb "
		    "or restore a backup",
		    s->dir);
	for (unsigned i = 0; i < FIRST_PAGE; i++)
		page[i] = s->file.ptr + i * base->page;
	both = newest(page, &own, bad) == FIRST_PAGE;
	tell_meta(s, bad);
	e = redo_replay(s->redo, NULL, NULL, &last, why);
	if (e != ERR_OK)
		return e;
	if (own.txn + (both ? 0 : 1) < base->txn)
		return err_fail(why, ERR_CORRUPT,
		    "%s/data.mdb is older than its redo.*: both must come from "
		    "the same backup",
		    s->dir);
	s->meta = at_base;
	if (base->direct || (last.mark && own.txn >= last.txn)) {
		if (both)
			s->meta = own;
		else if (own.txn > base->txn || last.mark)
			return err_fail(why, ERR_CORRUPT,
			    "%s: a meta page is damaged and may have been the "
			    "newest: restore a backup",
			    s->dir);
		return ERR_OK;
	}
	if (own.txn > last.txn)
		return err_fail(why, ERR_CORRUPT,
		    "%s: the last frame of redo.* is damaged: transaction "
		    "%" PRIu64 " is missing; restore a backup",
		    s->dir, own.txn);
	s->frames = true;
	return ERR_OK;
}

/* ---- which tables ---- */

static struct target *
find(struct salvage *s, const char *name)
{
	for (size_t i = 0; i < s->targets; i++) {
		if (strcmp(s->target[i].name, name) == 0)
			return &s->target[i];
	}
	return NULL;
}

static struct target *
add(struct salvage *s, const char *name)
{
	struct target *t = find(s, name);

	if (t != NULL || s->targets == STORE_TABLES_MAX ||
	    strlen(name) >= STORE_NAME_MAX)
		return t;
	t = &s->target[s->targets++];
	*t = (struct target){.sums = store_sum_table(name)};
	memcpy(t->name, name, strlen(name));
	return t;
}

static void
claim(void *arg, const char *name, uint64_t rows)
{
	struct target *t = add(arg, name);

	if (t == NULL)
		return;
	t->known = true;
	t->claimed = rows;
}

static void
tell(void *arg, const struct err_why *why)
{
	const struct salvage *s = arg;

	s->plan->fault(s->plan->arg, why);
}

static enum err
look(struct salvage *s, struct err_why *why)
{
	const struct store_walk walk = {
	    .sums = true,
	    .pass_holes = true,
	    .arg = s,
	    .fault = tell,
	    .table = claim,
	};
	struct store_walk_counts counts;
	enum err e;

	s->used = mem_alloc((size_t)(s->meta.last / 8) + 1, 1);
	s->file_pages = s->file.len / s->meta.page_bytes;
	e = store_walk_file(s->file, &s->meta, &walk, s->used, &counts, why);
	if (e != ERR_OK && e != ERR_CORRUPT)
		return e;
	e = ERR_OK;
	if (s->plan->look)
		return e;
	for (size_t i = 0; i < s->plan->names_len; i++)
		(void)add(s, s->plan->names[i]);
	for (size_t i = 0; i < s->targets && e == ERR_OK; i++)
		e = store_table(
		    s->to, s->target[i].name, &s->target[i].table, why);
	return e;
}

/* ---- rows ---- */

static const uint8_t *
page_at(const struct salvage *s, uint64_t number)
{
	return s->file.ptr + number * s->meta.page_bytes;
}

/* The value as it rests, wherever that is; false: outside of the file. */
static bool
value_of(
    const struct salvage *s, const struct store_page_node *n, struct bytes *out)
{
	uint64_t number;
	uint64_t left;

	*out = n->value;
	if ((n->flags & ~STORE_PAGE_BIG) != 0)
		return false;
	if (n->flags == 0)
		return true;
	memcpy(&number, n->value.ptr, sizeof(number));
	if (number < FIRST_PAGE || number >= s->file_pages)
		return false;
	left = s->file.len - number * s->meta.page_bytes - STORE_PAGE_HEAD;
	if (n->size > left)
		return false;
	*out = bytes_of(page_at(s, number) + STORE_PAGE_HEAD, (size_t)n->size);
	return true;
}

static bool
is_of(const struct target *t, struct bytes key, struct bytes *value)
{
	if (store_guard_hole(t->sums, key, *value)) {
		*value = bytes_of(NULL, 0);
		return true;
	}
	return store_guard_whole(t->sums, key, value);
}

/* The table whose row this is, and the value without its sum; NULL: none. */
static struct target *
owner(struct salvage *s, struct bytes key, struct bytes *value)
{
	if (s->last != NULL && is_of(s->last, key, value))
		return s->last;
	for (size_t i = 0; i < s->targets; i++) {
		if (!is_of(&s->target[i], key, value))
			continue;
		s->last = &s->target[i];
		return s->last;
	}
	return NULL;
}

static enum err
put(struct salvage *s, struct target *t, struct store_row row,
    struct err_why *why)
{
	struct bytes have;
	enum err e;

	if (strcmp(t->name, "meta") == 0 &&
	    bytes_equal(row.key, bytes_str("schema"))) {
		e = store_get(s->txn, t->table, row.key, &have, why);
		if (e == ERR_OK && !bytes_equal(have, row.value))
			e = err_fail(why, ERR_UNSUPPORTED,
			    "%s is of another version", s->dir);
		return e;
	}
	if (row.value.ptr == NULL) /* a hole */
		return store_hole(s->txn, t->table, row.key, why);
	return store_put(s->txn, t->table, row.key, row.value, why);
}

static enum err
take_page(struct salvage *s, uint64_t number, struct err_why *why)
{
	const uint8_t *page = page_at(s, number);
	const size_t bytes = (size_t)s->meta.page_bytes;
	const size_t slots = store_page_slots(page, bytes);
	enum err e = ERR_OK;

	for (size_t i = 0; i < slots && e == ERR_OK; i++) {
		struct store_page_node n;
		struct bytes value;
		struct target *t;

		if (!store_page_maybe(page, bytes, i, &n) ||
		    !value_of(s, &n, &value))
			continue;
		t = owner(s, n.key, &value);
		if (t != NULL)
			e = put(s, t, (struct store_row){n.key, value}, why);
	}
	return e;
}

static bool
is_used(const struct salvage *s, uint64_t number)
{
	return (s->used[number / 8] & 1u << (number & 7)) != 0;
}

/* Pages from `from` to `to` in one transaction; again when the map is full. */
static enum err
take_pages(struct salvage *s, uint64_t from, uint64_t to, struct err_why *why)
{
	enum err e = ERR_BUSY;

	for (int tries = 0; e == ERR_BUSY && tries < GROW_TRIES; tries++) {
		e = tries > 0 ? store_grow(s->to, why) : ERR_OK;
		if (e == ERR_OK)
			e = store_write(s->to, &s->txn, why);
		for (uint64_t i = from; i < to && e == ERR_OK; i++) {
			if (is_used(s, i))
				e = take_page(s, i, why);
		}
		if (e == ERR_OK)
			e = store_commit(s->txn, why);
		else
			store_abort(s->txn);
		s->txn = NULL;
	}
	return e;
}

static enum err
take_all(struct salvage *s, struct err_why *why)
{
	const uint64_t end =
	    s->meta.last + 1 < s->file_pages ? s->meta.last + 1 : s->file_pages;
	enum err e = ERR_OK;

	for (uint64_t i = FIRST_PAGE; i < end && e == ERR_OK;) {
		const uint64_t to =
		    end - i < BATCH_PAGES ? end : i + BATCH_PAGES;

		e = take_pages(s, i, to, why);
		i = to;
		if (s->plan->progress != NULL)
			s->plan->progress(s->plan->arg, i, end);
	}
	return e;
}

/* ---- rows in redo ---- */

static enum err
apply_row(struct salvage *s, struct target *t, struct buf_reader *r,
    uint8_t kind, struct err_why *why)
{
	struct bytes key = {0};
	struct bytes value = {0};
	enum err e = ERR_CORRUPT;

	if (kind != STORE_ROW_DROP)
		key = buf_read(r, buf_read_u16be(r));
	if (kind == STORE_ROW_PUT || kind == STORE_ROW_APPEND)
		value = buf_read(r, buf_read_u32be(r));
	if (r->bad || t == NULL)
		return err_fail(why, ERR_CORRUPT, "a frame ends early");
	if (kind == STORE_ROW_PUT || kind == STORE_ROW_APPEND)
		e = store_put(s->txn, t->table, key, value, why);
	else if (kind == STORE_ROW_HOLE)
		e = store_hole(s->txn, t->table, key, why);
	else if (kind == STORE_ROW_DROP)
		e = store_drop(s->txn, t->table, why);
	else if (kind == STORE_ROW_DEL)
		e = store_del(s->txn, t->table, key, why);
	/* What it took away may be what was lost. */
	return kind == STORE_ROW_DEL && e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
apply_rows(struct salvage *s, struct bytes rows, struct err_why *why)
{
	struct buf_reader r = {.left = rows};
	char name[UINT8_MAX + 1];
	struct target *t = NULL;
	enum err e = ERR_OK;

	while (e == ERR_OK && r.left.len > 0) {
		const uint8_t kind = buf_read_u8(&r);

		if (kind == STORE_ROW_TABLE) {
			struct bytes text = buf_read(&r, buf_read_u8(&r));

			memcpy(name, text.ptr, text.len);
			name[text.len] = '\0';
			t = find(s, name);
		} else {
			e = apply_row(s, t, &r, kind, why);
		}
	}
	return e;
}

static enum err
take_frame(void *arg, const struct redo_frame *f, struct err_why *why)
{
	struct salvage *s = arg;
	enum err e = ERR_BUSY;

	if (f->mark)
		return ERR_OK;
	for (int tries = 0; e == ERR_BUSY && tries < GROW_TRIES; tries++) {
		e = tries > 0 ? store_grow(s->to, why) : ERR_OK;
		if (e == ERR_OK)
			e = store_write(s->to, &s->txn, why);
		if (e == ERR_OK)
			e = apply_rows(s, f->rows, why);
		if (e == ERR_OK)
			e = store_commit(s->txn, why);
		else
			store_abort(s->txn);
		s->txn = NULL;
	}
	return e;
}

/* ---- the whole ---- */

static enum err
count(struct salvage *s, struct err_why *why)
{
	struct store_txn *txn = NULL;
	enum err e = store_read(s->to, &txn, why);

	for (size_t i = 0; i < s->targets && e == ERR_OK; i++)
		s->target[i].taken = store_rows(txn, s->target[i].table);
	store_abort(txn);
	return e;
}

static void
report(const struct salvage *s)
{
	for (size_t i = 0; i < s->targets; i++) {
		const struct target *t = &s->target[i];
		const struct store_salvage_table out = {
		    .name = t->name,
		    .known = t->known,
		    .rows = t->claimed,
		    .taken = t->taken,
		    .whole = t->known && t->claimed == t->taken,
		};

		s->plan->table(s->plan->arg, &out);
	}
}

enum err
store_salvage(const char *dir, struct store *to,
    const struct store_salvage *plan, struct err_why *why)
{
	struct salvage *s = mem_alloc(1, sizeof(*s));
	struct redo_frame last;
	enum err e;

	s->dir = dir;
	s->plan = plan;
	s->to = to;
	e = map_file(s, why);
	if (e == ERR_OK)
		e = redo_open(&s->redo, dir, false, why);
	if (e == ERR_OK)
		e = pick_state(s, why);
	if (e == ERR_OK)
		e = look(s, why);
	if (e == ERR_OK && !plan->look)
		e = take_all(s, why);
	if (e == ERR_OK && !plan->look)
		e = count(s, why);
	if (e == ERR_OK && !plan->look && s->frames)
		e = redo_replay(s->redo, take_frame, s, &last, why);
	if (e == ERR_OK && !plan->look)
		report(s);
	redo_close(s->redo);
	unmap(s);
	free(s->used);
	free(s);
	return e;
}
