/* part_check.c - the parts of a backup, in order, believed by nobody. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/part_check.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ledger/log_book.h"
#include "ledger/log_ready.h"
#include "ledger/log_rule.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define LOGS_MAX 4096

/* A log, as far as it was read. */
struct check_log {
	char origin[NOTE_NAME_MAX + 1];
	uint16_t slot;
	struct tree_frontier frontier;
	struct log_chain chain;
};

struct part_check {
	struct part_check_plan plan;
	struct part_check_counts counts;
	struct check_log **log;
	size_t logs;
	Backup__Head *head; /* of this part */
	struct hash sum; /* of the part before */
	uint64_t number;
	uint8_t store_id[16];
	struct log_ids in_use; /* wrapping keys of this part's end */
	struct buf plain;
};

struct part_check *
part_check_new(const struct part_check_plan *plan)
{
	struct part_check *c = mem_alloc(1, sizeof(*c));

	c->plan = *plan;
	buf_init(&c->plain, LOG_SEALED_MAX);
	return c;
}

static void
drop_head(struct part_check *c)
{
	if (c->head != NULL)
		slice_free(&c->head->base);
	c->head = NULL;
}

void
part_check_free(struct part_check *c)
{
	if (c == NULL)
		return;
	drop_head(c);
	for (size_t i = 0; i < c->logs; i++)
		free(c->log[i]);
	free(c->log);
	free(c->in_use.at);
	buf_wipe(&c->plain);
	free(c);
}

static struct check_log *
log_of(const struct part_check *c, uint32_t slot)
{
	for (size_t i = 0; i < c->logs; i++) {
		if (c->log[i]->slot == slot)
			return c->log[i];
	}
	return NULL;
}

/* ---- the head ---- */

static enum err
check_log(struct part_check *c, const Backup__Log *m, struct err_why *why)
{
	struct check_log *l;

	if (m->origin == NULL || m->origin[0] == '\0' ||
	    strlen(m->origin) > NOTE_NAME_MAX || !m->has_slot ||
	    m->slot >= UINT16_MAX || m->root.len != HASH_BYTES ||
	    m->checkpoint == NULL || m->from > m->size ||
	    m->size > TREE_SIZE_MAX)
		return err_fail(why, ERR_CORRUPT, "head: a log is damaged");
	l = log_of(c, m->slot);
	if (l == NULL && c->logs < LOGS_MAX) {
		l = mem_alloc(1, sizeof(*l));
		l->slot = (uint16_t)m->slot;
		(void)memcpy(l->origin, m->origin, strlen(m->origin) + 1);
		c->log =
		    mem_resize(c->log, c->logs + 1, sizeof(struct check_log *));
		c->log[c->logs++] = l;
	}
	if (l == NULL || strcmp(l->origin, m->origin) != 0 ||
	    l->frontier.size != m->from)
		return err_fail(why, ERR_CORRUPT,
		    "head: %s does not go on from the part before", m->origin);
	return ERR_OK;
}

static enum err
check_head(struct part_check *c, const Backup__Head *m, struct err_why *why)
{
	const struct bytes before = part_bytes(&m->before);
	const struct bytes id = part_bytes(&m->store_id);
	const bool base = c->number == 0;
	enum err e = ERR_OK;

	if (m->version != 1)
		return err_fail(why, ERR_UNSUPPORTED,
		    "written by a newer version: version %u", m->version);
	if (id.len != sizeof(c->store_id) || m->number != c->number + 1 ||
	    m->has_before == base ||
	    (!base &&
	        (!bytes_equal(before, bytes_hash(&c->sum)) ||
	            memcmp(id.ptr, c->store_id, id.len) != 0)))
		return err_fail(
		    why, ERR_CORRUPT, "head: does not follow the part before");
	memcpy(c->store_id, id.ptr, id.len);
	c->number++;
	for (size_t i = 0; i < m->n_logs && e == ERR_OK; i++) {
		for (size_t k = 0; k < i && e == ERR_OK; k++)
			if (m->logs[k]->slot == m->logs[i]->slot)
				e = err_fail(why, ERR_CORRUPT,
				    "head: a log is named twice");
		if (e == ERR_OK)
			e = check_log(c, m->logs[i], why);
	}
	if (e == ERR_OK && m->n_logs != c->logs)
		e = err_fail(why, ERR_CORRUPT, "head: a log is missing");
	return e;
}

static enum err
take_head(struct part_check *c, const struct part_frame *f, struct err_why *why)
{
	ProtobufCMessage *copy = NULL;
	struct buf b;
	enum err e;

	if (c->head != NULL || f->kind != PART_HEAD)
		return err_fail(
		    why, ERR_CORRUPT, "its head is not where it must be");
	buf_init(&b, PART_FRAME_MAX);
	slice_pack(&b, f->msg);
	e = slice_unpack(&copy, f->msg->descriptor, buf_view(&b), why);
	buf_clear(&b);
	if (e != ERR_OK)
		return e;
	c->head = (Backup__Head *)copy;
	c->in_use.len = 0;
	return check_head(c, c->head, why);
}

/* ---- entries ---- */

/* What rests beside an entry: nothing, erased, or a key row and a body. */
static enum err
check_rest(struct part_check *c, const Backup__Entry *m,
    const Ledger__Entry *entry, struct err_why *why)
{
	const struct vault_item item = {
	    part_bytes(&m->key), part_bytes(&m->body)};
	uint32_t id = 0;
	enum err e;

	if (m->has_body != (item.key.len > 0))
		return err_fail(why, ERR_CORRUPT, "a key without its body");
	if (m->has_key && item.key.len == 0)
		c->counts.erased++;
	if (item.key.len == 0)
		return ERR_OK;
	e = vault_row_id(item.key, &id, why);
	if (e != ERR_OK || c->plan.vault == NULL)
		return e;
	buf_reset(&c->plain);
	e = vault_open_item(c->plan.vault, &item, &c->plain, why);
	if (e == ERR_NOT_FOUND) {
		c->counts.shut++;
		return ERR_OK;
	}
	if (e == ERR_OK)
		e = log_sealed_check(buf_view(&c->plain), entry, why);
	c->counts.bodies += e == ERR_OK;
	return e;
}

static enum err
check_entry(struct part_check *c, struct check_log *l, const Backup__Entry *m,
    struct err_why *why)
{
	const struct bytes leaf = part_bytes(&m->leaf);
	Ledger__Entry *entry = NULL;
	struct hash h;
	enum err e = log_rule_decode(&entry, leaf, why);

	if (e == ERR_OK)
		e = log_rule_next(&l->chain, entry, why);
	if (e == ERR_OK)
		e = check_rest(c, m, entry, why);
	if (e == ERR_OK) {
		tree_leaf(&h, leaf);
		tree_push(&l->frontier, &h, NULL, NULL);
		c->counts.entries++;
	}
	if (entry != NULL)
		ledger__entry__free_unpacked(entry, NULL);
	return e;
}

static const Backup__Log *
target_of(const struct part_check *c, uint32_t slot)
{
	for (size_t i = 0; i < c->head->n_logs; i++) {
		if (c->head->logs[i]->slot == slot)
			return c->head->logs[i];
	}
	return NULL;
}

static enum err
check_entries(
    struct part_check *c, const Backup__Entries *m, struct err_why *why)
{
	struct check_log *l = log_of(c, m->slot);
	const Backup__Log *to = target_of(c, m->slot);
	enum err e = ERR_OK;

	if (!m->has_slot || l == NULL || to == NULL ||
	    m->first != l->frontier.size ||
	    m->n_entries > to->size - l->frontier.size)
		return err_fail(
		    why, ERR_CORRUPT, "entries are not where they must be");
	for (size_t i = 0; i < m->n_entries && e == ERR_OK; i++) {
		e = check_entry(c, l, m->entries[i], why);
		if (e != ERR_OK)
			e = err_wrap(why, e, "%s: entry %" PRIu64, l->origin,
			    l->frontier.size);
	}
	return e;
}

/* ---- the rest ---- */

static enum err
check_change(struct part_check *c, const Backup__Log *to,
    const Backup__Change *m, struct err_why *why)
{
	const struct bytes key = part_bytes(&m->key);
	uint8_t again[VAULT_KEY_ROW_BYTES];
	uint32_t id = 0;
	enum err e;

	if (!m->has_index || m->index >= to->from || !m->has_key ||
	    (m->has_body && key.len == 0))
		return err_fail(why, ERR_CORRUPT, "a change is damaged");
	c->counts.erased += key.len == 0;
	if (key.len == 0)
		return ERR_OK;
	e = vault_row_id(key, &id, why);
	/* Does the data key open? */
	if (e == ERR_OK && c->plan.vault != NULL &&
	    vault_live(c->plan.vault, id))
		e = vault_rewrap(c->plan.vault, key, id, again, why);
	crypto_wipe(again, sizeof(again));
	return e == ERR_OK
	    ? e
	    : err_wrap(why, e, "%s: entry %" PRIu64, to->origin, m->index);
}

static enum err
check_changes(
    struct part_check *c, const Backup__Changes *m, struct err_why *why)
{
	const Backup__Log *to = target_of(c, m->slot);
	enum err e = ERR_OK;

	if (!m->has_slot || to == NULL)
		return err_fail(why, ERR_CORRUPT, "a change is damaged");
	for (size_t i = 0; i < m->n_changes && e == ERR_OK; i++)
		e = check_change(c, to, m->changes[i], why);
	return e;
}

static bool
table_known(const struct part_check *c, const char *name)
{
	static const char *const logs[] = {
	    "log_origin", "log_span", "log_note", "log_cosig", NULL};

	for (size_t i = 0; logs[i] != NULL; i++) {
		if (strcmp(logs[i], name) == 0)
			return true;
	}
	for (size_t i = 0; c->plan.tables != NULL && c->plan.tables[i] != NULL;
	     i++) {
		if (strcmp(c->plan.tables[i], name) == 0)
			return true;
	}
	return false;
}

static int
compare(struct bytes a, struct bytes b)
{
	const size_t n = a.len < b.len ? a.len : b.len;
	const int x = n == 0 ? 0 : memcmp(a.ptr, b.ptr, n);

	if (x != 0)
		return x;
	return a.len < b.len ? -1 : a.len > b.len;
}

static enum err
check_rows(struct part_check *c, const Backup__Rows *m, struct err_why *why)
{
	struct bytes least = part_bytes(&m->from);
	const struct bytes end = part_bytes(&m->to);

	if (m->table == NULL || !table_known(c, m->table))
		return err_fail(why, ERR_CORRUPT, "rows of table %s",
		    m->table == NULL ? "?" : m->table);
	for (size_t i = 0; i < m->n_rows; i++) {
		const struct bytes key = part_bytes(&m->rows[i]->key);

		if (key.len == 0 || key.len > STORE_KEY_MAX ||
		    compare(key, least) < (i == 0 ? 0 : 1) ||
		    (m->has_to && compare(key, end) >= 0))
			return err_fail(why, ERR_CORRUPT,
			    "rows of table %s are not in order", m->table);
		least = key;
		if (strcmp(m->table, "log_span") == 0 && key.len >= 4)
			log_ids_add(&c->in_use,
			    (uint32_t)(log_book_u64(key.ptr) >> 32));
	}
	return ERR_OK;
}

/* Is this where all logs end, as their checkpoints say? */
static enum err
check_ends(struct part_check *c, struct err_why *why)
{
	struct note_checkpoint signed_head;
	struct note_vkey key;
	struct hash root;
	enum err e = ERR_OK;

	for (size_t i = 0; i < c->head->n_logs && e == ERR_OK; i++) {
		const Backup__Log *m = c->head->logs[i];
		const struct check_log *l = log_of(c, m->slot);

		tree_root(&l->frontier, &root);
		if (!c->plan.vkey(c->plan.arg, m->origin, &key))
			return err_fail(why, ERR_UNVERIFIED,
			    "%s: its verifier key is not known", m->origin);
		e = note_checkpoint_open(
		    &signed_head, bytes_str(m->checkpoint), &key, why);
		if (e != ERR_OK)
			return err_wrap(why, e, "%s: checkpoint", m->origin);
		if (l->frontier.size != m->size ||
		    signed_head.head.size != m->size ||
		    memcmp(signed_head.head.root.b, root.b, HASH_BYTES) != 0 ||
		    !bytes_equal(part_bytes(&m->root), bytes_hash(&root)))
			e = err_fail(why, ERR_UNVERIFIED,
			    "%s: its %" PRIu64
			    " entries do not make the root that was signed",
			    m->origin, l->frontier.size);
	}
	return e;
}

static enum err
check_frame(
    struct part_check *c, const struct part_frame *f, struct err_why *why)
{
	if (c->head == NULL || f->kind == PART_HEAD)
		return take_head(c, f, why);
	switch (f->kind) {
	case PART_ROWS:
		return check_rows(c, (const Backup__Rows *)f->msg, why);
	case PART_ENTRIES:
		return check_entries(c, (const Backup__Entries *)f->msg, why);
	case PART_CHANGES:
		return check_changes(c, (const Backup__Changes *)f->msg, why);
	case PART_HEAD:
	case PART_FILES:
	case PART_END:
		break;
	}
	return ERR_OK;
}

static enum err
read_frames(struct part_check *c, struct part_reader *r,
    const struct part_sum *want, struct err_why *why)
{
	struct part_frame f;
	struct part_sum sum;
	enum err e;

	while ((e = part_next(r, &f, why)) == ERR_OK) {
		part_read_sum(r, &sum);
		e = check_frame(c, &f, why);
		if (e == ERR_OK && c->plan.frame != NULL)
			e = c->plan.frame(c->plan.arg, &f, why);
		if (e != ERR_OK)
			return err_wrap(why,
			    e == ERR_MALFORMED ? ERR_CORRUPT : e,
			    "frame that ends at byte %" PRIu64, sum.size);
		if (c->plan.progress != NULL)
			c->plan.progress(c->plan.arg, sum.size);
	}
	if (e != ERR_NOT_FOUND)
		return e;
	part_read_sum(r, &sum);
	if (sum.size != want->size ||
	    memcmp(sum.sha256.b, want->sha256.b, HASH_BYTES) != 0)
		return err_fail(why, ERR_CORRUPT,
		    "its bytes are not those that were written");
	if (c->head == NULL)
		return err_fail(
		    why, ERR_CORRUPT, "its head is not where it must be");
	c->sum = sum.sha256;
	return check_ends(c, why);
}

enum err
part_check_file(struct part_check *c, const char *path,
    const struct part_sum *want, struct err_why *why)
{
	struct part_frame end = {.kind = PART_END};
	struct part_reader *r = NULL;
	enum err e = part_open(&r, path, why);

	if (e != ERR_OK)
		return e;
	drop_head(c);
	e = read_frames(c, r, want, why);
	part_close(r);
	if (e != ERR_OK)
		return err_wrap(why, e, "%s", path);
	end.msg = &c->head->base;
	return c->plan.frame == NULL ? ERR_OK
	                             : c->plan.frame(c->plan.arg, &end, why);
}

enum err
part_check_end(
    struct part_check *c, struct part_check_counts *out, struct err_why *why)
{
	*out = c->counts;
	for (size_t i = 0; c->plan.vault != NULL && i < c->in_use.len; i++) {
		if (!vault_live(c->plan.vault, c->in_use.at[i]))
			return err_fail(why, ERR_NOT_FOUND,
			    "wrapping key %u is not there: what rests under it "
			    "cannot be opened",
			    c->in_use.at[i]);
	}
	return ERR_OK;
}
