/* dump.c - a store's own logs into a part, from where the part before ended. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/dump.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ledger/dump_part.h"
#include "ledger/log_book.h"
#include "ledger/log_read.h"
#include "ledger/note.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define STORE_ID_BYTES 16

/* ---- what the part before said ---- */

static enum err
take_spans(struct dump_before *b, const Backup__Rows *m, struct err_why *why)
{
	b->span =
	    mem_resize(b->span, b->spans + m->n_rows + 1, sizeof(*b->span));
	for (size_t i = 0; i < m->n_rows; i++) {
		struct buf_reader key = {part_bytes(&m->rows[i]->key), false};
		struct buf_reader value = {
		    part_bytes(&m->rows[i]->value), false};
		struct dump_span *s = &b->span[b->spans++];

		s->key_id = buf_read_u32be(&key);
		s->slot = buf_read_u16be(&key);
		s->first = buf_read_u64be(&value);
		s->last = buf_read_u64be(&value);
		if (!buf_read_ok(&key) || !buf_read_ok(&value))
			return err_fail(why, ERR_CORRUPT, "span rows");
		if (s->key_id > b->max_id)
			b->max_id = s->key_id;
	}
	return ERR_OK;
}

static enum err
copy_head(Backup__Head **out, const ProtobufCMessage *msg, struct err_why *why)
{
	ProtobufCMessage *copy = NULL;
	struct buf b;
	enum err e;

	buf_init(&b, PART_FRAME_MAX);
	slice_pack(&b, msg);
	e = slice_unpack(&copy, msg->descriptor, buf_view(&b), why);
	buf_clear(&b);
	*out = (Backup__Head *)copy;
	return e;
}

enum err
dump_before_read(struct dump_before *out, const char *path, struct err_why *why)
{
	struct part_reader *r = NULL;
	struct part_frame f;
	enum err e = part_open(&r, path, why);

	if (e != ERR_OK)
		return e;
	e = part_next(r, &f, why);
	if (e == ERR_OK && f.kind != PART_HEAD)
		e = err_fail(why, ERR_CORRUPT, "%s: no head", path);
	if (e == ERR_OK)
		e = copy_head(&out->head, f.msg, why);
	/* Origins and spans follow the head; entries come next. */
	while (e == ERR_OK) {
		e = part_next(r, &f, why);
		if (e != ERR_OK || f.kind != PART_ROWS)
			break;
		const Backup__Rows *m = (const Backup__Rows *)f.msg;

		if (m->table != NULL && strcmp(m->table, "log_span") == 0)
			e = take_spans(out, m, why);
	}
	part_close(r);
	if (e == ERR_OK || e == ERR_NOT_FOUND)
		return ERR_OK;
	dump_before_clear(out);
	return e;
}

void
dump_before_clear(struct dump_before *b)
{
	if (b->head != NULL)
		slice_free(&b->head->base);
	free(b->span);
	*b = (struct dump_before){0};
}

const Backup__Log *
dump_log_before(const struct dump *d, uint32_t slot)
{
	const Backup__Head *h = d->before->head;

	for (size_t i = 0; h != NULL && i < h->n_logs; i++) {
		if (h->logs[i]->slot == slot)
			return h->logs[i];
	}
	return NULL;
}

/* ---- where the logs stand ---- */

static void
set_bytes(ProtobufCBinaryData *out, struct bytes in)
{
	out->data = mem_alloc(1, in.len + 1);
	if (in.len > 0)
		memcpy(out->data, in.ptr, in.len);
	out->len = in.len;
}

static enum err
store_id(struct dump *d, Backup__Head *h, struct err_why *why)
{
	struct bytes row;
	enum err e =
	    store_get(d->txn, d->book->origins, bytes_str("i"), &row, why);

	if (e != ERR_OK || row.len != STORE_ID_BYTES)
		return err_fail(why, ERR_CORRUPT, "id of the store");
	h->has_store_id = true;
	set_bytes(&h->store_id, row);
	return ERR_OK;
}

/* Root of an own log when it had `size` entries. */
static enum err
root_at(struct dump *d, uint16_t slot, uint64_t size, struct hash *out,
    struct err_why *why)
{
	struct log_nodes nodes = {.book = d->book, .txn = d->txn, .slot = slot};
	struct tree_frontier f = {0};
	enum err e = tree_load(&f, size, log_node, &nodes, why);

	if (e == ERR_OK)
		tree_root(&f, out);
	return e;
}

/* What was written then is how this log still begins. */
static enum err
check_prefix(struct dump *d, const Backup__Log *was, const char *origin,
    uint64_t size, struct err_why *why)
{
	struct hash root;
	enum err e;

	if (strcmp(was->origin, origin) == 0 && was->size <= size) {
		e = root_at(d, (uint16_t)was->slot, was->size, &root, why);
		if (e != ERR_OK ||
		    bytes_equal(part_bytes(&was->root), bytes_hash(&root)))
			return e;
	}
	return err_fail(why, ERR_CONFLICT,
	    "the backup goes on from another %s than this one: it was made of "
	    "a node that was restored or copied since; keep it and begin "
	    "anew in another place",
	    origin);
}

/* A base would take the place of the other history: of the only proof. */
static enum err
check_fork(struct dump *d, uint16_t slot, const char *origin, uint64_t size,
    struct err_why *why)
{
	for (size_t i = 0; i < d->over_len; i++) {
		const Backup__Log *was = d->over[i];
		struct hash root;
		enum err e;

		if (strcmp(was->origin, origin) != 0 || was->size > size)
			continue;
		e = root_at(d, slot, was->size, &root, why);
		if (e != ERR_OK)
			return e;
		if (!bytes_equal(part_bytes(&was->root), bytes_hash(&root)))
			return err_fail(why, ERR_CONFLICT,
			    "%s is forked: the backup holds other entries of "
			    "it "
			    "below %" PRIu64
			    " than this node, under its own signature; keep "
			    "both, begin anew in another place, and find out "
			    "which copy signed the other",
			    origin, was->size);
	}
	return ERR_OK;
}

static enum err
add_log(struct dump *d, Backup__Log *m, uint16_t slot, struct err_why *why)
{
	const Backup__Log *was = dump_log_before(d, slot);
	struct log_slot *s = mem_alloc(1, sizeof(*s));
	char origin[NOTE_NAME_MAX + 1];
	struct note_checkpoint c;
	struct buf note;
	struct hash root;
	enum err e;

	buf_init(&note, NOTE_BYTES_MAX);
	e = log_origin(d->book, d->txn, slot, origin, why);
	if (e == ERR_OK)
		e = log_book_state(d->book, d->txn, slot, s, why);
	if (e == ERR_OK)
		e = log_checkpoint(d->book, d->txn, slot, 0, &note, &c, why);
	if (e == ERR_OK && c.head.size != s->frontier.size)
		e = err_fail(why, ERR_CORRUPT,
		    "%s: its newest entries are under no checkpoint", origin);
	if (e == ERR_OK && was != NULL)
		e = check_prefix(d, was, origin, s->frontier.size, why);
	if (e == ERR_OK)
		e = check_fork(d, slot, origin, s->frontier.size, why);
	if (e != ERR_OK)
		goto out;
	tree_root(&s->frontier, &root);
	m->origin = mem_strdup(origin);
	m->checkpoint = mem_strdup(buf_cstr(&note));
	set_bytes(&m->root, bytes_hash(&root));
	m->has_slot = m->has_from = m->has_size = m->has_root = true;
	m->has_notes = m->has_pruned = true;
	m->slot = slot;
	m->from = was != NULL ? was->size : 0;
	m->size = s->frontier.size;
	m->notes = s->notes;
	m->pruned = s->pruned;
	d->total += m->size - m->from;
out:
	buf_clear(&note);
	free(s);
	return e;
}

static enum err
add_logs(struct dump *d, Backup__Head *h, struct err_why *why)
{
	char origin[NOTE_NAME_MAX + 1];
	enum err e = ERR_OK;

	for (unsigned slot = 0; e == ERR_OK && slot < UINT16_MAX; slot++) {
		e = log_origin(d->book, d->txn, (uint16_t)slot, origin, why);
		if (e == ERR_NOT_FOUND && slot == 0) {
			e = ERR_OK; /* slots may count from one */
			continue;
		}
		if (e != ERR_OK)
			break;
		h->logs = mem_resize(h->logs, h->n_logs + 1, sizeof(*h->logs));
		h->logs[h->n_logs] = mem_alloc(1, sizeof(**h->logs));
		backup__log__init(h->logs[h->n_logs]);
		h->n_logs++;
		e = add_log(d, h->logs[h->n_logs - 1], (uint16_t)slot, why);
	}
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	if (d->before->head != NULL && d->before->head->n_logs > h->n_logs)
		return err_fail(why, ERR_CONFLICT,
		    "the backup holds logs that are not here: keep it and "
		    "begin "
		    "anew in another place");
	return ERR_OK;
}

enum err
dump_put_back(struct dump *d, struct err_why *why)
{
	d->put_back = true;
	return err_fail(why, ERR_CONFLICT,
	    "the store was put back since the part before: begin anew");
}

enum err
dump_head(struct dump *d, const struct dump_name *name, struct err_why *why)
{
	Backup__Head *h = mem_alloc(1, sizeof(*h));
	const Backup__Head *was = d->before->head;
	enum err e;

	backup__head__init(h);
	d->head = h;
	h->has_version = h->has_number = h->has_made_at = true;
	h->version = 1;
	h->number = name->number;
	h->made_at = name->made_at;
	if (name->before != NULL) {
		h->has_before = true;
		set_bytes(&h->before, bytes_hash(name->before));
	}
	e = store_id(d, h, why);
	if (e == ERR_OK && was != NULL &&
	    !bytes_equal(part_bytes(&was->store_id), part_bytes(&h->store_id)))
		e = err_fail(why, ERR_CONFLICT,
		    "the backup is of another store: give it a place of its "
		    "own");
	h->has_life = name->life.len > 0;
	set_bytes(&h->life, name->life);
	if (e == ERR_OK && was != NULL &&
	    !bytes_equal(part_bytes(&was->life), part_bytes(&h->life)))
		e = dump_put_back(d, why);
	if (e == ERR_OK)
		e = add_logs(d, h, why);
	return e == ERR_OK ? part_put(d->to, PART_HEAD, &h->base, why) : e;
}

/* ---- entries, and what rests beside them ---- */

/* Entries for one frame. */
struct batch {
	Backup__Entries m;
	Backup__Entry *entry;
	Backup__Entry **at;
	size_t bytes;
};

static void
batch_new(struct batch *b, uint16_t slot)
{
	backup__entries__init(&b->m);
	b->m.has_slot = true;
	b->m.slot = slot;
	b->entry = mem_alloc(PART_ITEMS_MAX, sizeof(*b->entry));
	b->at = mem_alloc(PART_ITEMS_MAX, sizeof(struct Backup__Entry *));
	b->m.entries = b->at;
	b->bytes = 0;
}

static void
batch_free(struct batch *b)
{
	free(b->entry);
	free(b->at);
}

static enum err
batch_out(struct dump *d, struct batch *b, struct err_why *why)
{
	enum err e = ERR_OK;

	if (b->m.n_entries > 0)
		e = part_put(d->to, PART_ENTRIES, &b->m.base, why);
	d->done += b->m.n_entries;
	b->m.n_entries = 0;
	b->bytes = 0;
	if (d->progress != NULL)
		d->progress(d->arg, d->done, d->total);
	return e;
}

/* A table read in step with the entries. */
struct beside {
	struct store_cursor *c;
	struct store_row row;
	enum err e; /* of where it stands */
};

static enum err
beside_open(struct beside *s, struct dump *d, struct store_table t,
    struct bytes key, struct err_why *why)
{
	enum err e = store_cursor(d->txn, t, &s->c, why);

	if (e == ERR_OK)
		s->e = store_seek(s->c, key, &s->row);
	return e;
}

/* The row of this key, if that is where it stands; then it steps on. */
static enum err
beside_take(
    struct beside *s, struct bytes key, bool *has, ProtobufCBinaryData *out)
{
	if (s->e != ERR_OK && s->e != ERR_NOT_FOUND)
		return s->e;
	*has = s->e == ERR_OK && bytes_equal(s->row.key, key);
	if (*has) {
		*out = part_data(s->row.value);
		s->e = store_next(s->c, &s->row);
	}
	return ERR_OK;
}

static enum err
add_entry(
    struct batch *b, uint64_t index, struct bytes leaf, struct beside rest[2])
{
	Backup__Entry *m = &b->entry[b->m.n_entries];
	uint8_t key[LOG_ROW_KEY_BYTES];
	bool has = false;
	enum err e;

	log_book_key(key, (uint16_t)b->m.slot, index);
	backup__entry__init(m);
	m->has_leaf = true;
	m->leaf = part_data(leaf);
	e = beside_take(&rest[0], bytes_of(key, sizeof(key)), &has, &m->key);
	m->has_key = has;
	if (e == ERR_OK)
		e = beside_take(
		    &rest[1], bytes_of(key, sizeof(key)), &has, &m->body);
	m->has_body = has;
	if (b->m.n_entries == 0) {
		b->m.has_first = true;
		b->m.first = index;
	}
	b->at[b->m.n_entries++] = m;
	b->bytes += leaf.len + m->key.len + m->body.len;
	return e;
}

enum err
dump_entries(struct dump *d, const Backup__Log *l, struct err_why *why)
{
	struct beside rest[2] = {{0}, {0}};
	const uint16_t slot = (uint16_t)l->slot;
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct bytes from = bytes_of(key, sizeof(key));
	struct beside leaf = {0};
	struct batch b;
	bool has = false;
	enum err e;

	batch_new(&b, slot);
	log_book_key(key, slot, l->from);
	e = beside_open(&leaf, d, d->book->entries, from, why);
	if (e == ERR_OK)
		e = beside_open(&rest[0], d, d->book->keys, from, why);
	if (e == ERR_OK)
		e = beside_open(&rest[1], d, d->book->bodies, from, why);
	for (uint64_t i = l->from; i < l->size && e == ERR_OK; i++) {
		ProtobufCBinaryData bytes = {0};

		log_book_key(key, slot, i);
		e = beside_take(&leaf, from, &has, &bytes);
		if (has && e == ERR_OK)
			e = add_entry(&b, i, part_bytes(&bytes), rest);
		if (!has || e != ERR_OK)
			e = err_fail(why, ERR_CORRUPT,
			    "%s: entry %" PRIu64
			    " is missing or damaged: lianfang repair asks the "
			    "members for it; back up after that",
			    l->origin, i);
		else if (b.m.n_entries == PART_ITEMS_MAX ||
		    b.bytes >= PART_FRAME_FULL)
			e = batch_out(d, &b, why);
	}
	if (e == ERR_OK)
		e = batch_out(d, &b, why);
	store_cursor_close(leaf.c);
	store_cursor_close(rest[0].c);
	store_cursor_close(rest[1].c);
	batch_free(&b);
	return e;
}
