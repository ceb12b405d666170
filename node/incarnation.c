/* incarnation.c - is the store the one that this directory had last? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/incarnation.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/log_read.h"
#include "node/commit.h"
#include "node/journal.h"
#include "node/proved.h"
#include "node/site_keys.h"
#include "node/whole_file.h"
#include "proto/mem.h"
#include "proto/text.h"

#define MAGIC "lianfang-incarnation/1"
#define FILE_MAX 16384

static const char *const left_texts[] = {[INCARNATION_OPEN] = "open",
    [INCARNATION_CLOSED] = "closed",
    [INCARNATION_LOST] = "lost"};

/* ---- the file ---- */

/*
 *   lianfang-incarnation/1
 *   now <own> <replica>
 *   open <origin> | lost <origin> | closed <origin> <size> <root>   per log
 *   next ...                                   while a number changes
 */
static void
path_of(const struct site *s, char out[static SITE_PATH_MAX + 32])
{
	(void)snprintf(out, SITE_PATH_MAX + 32, "%s/incarnation", s->dir);
}

static void
put_block(struct buf *out, const char *word, const struct incarnation *in)
{
	buf_printf(out, "%s %llu %llu\n", word, (unsigned long long)in->own,
	    (unsigned long long)in->replica);
	for (int k = 0; k < SITE_LOGS; k++) {
		const struct incarnation_log *l = &in->log[k];

		buf_printf(out, "%s %s", left_texts[l->left], l->origin);
		if (l->left == INCARNATION_CLOSED) {
			buf_printf(
			    out, " %llu ", (unsigned long long)l->head.size);
			text_b64_put(out, bytes_hash(&l->head.root));
		}
		buf_u8(out, '\n');
	}
}

static enum err
write_file(const struct site *s, const struct incarnation *now,
    const struct incarnation *next, struct err_why *why)
{
	char path[SITE_PATH_MAX + 32];
	struct buf text;
	enum err e;

	path_of(s, path);
	buf_init(&text, FILE_MAX);
	buf_str(&text, MAGIC "\n");
	put_block(&text, "now", now);
	if (next != NULL)
		put_block(&text, "next", next);
	e = buf_ok(&text, why);
	if (e == ERR_OK)
		e = whole_file_write(path, buf_view(&text), 0600, why);
	buf_clear(&text);
	return e;
}

/* The next word of a line; empty at its end. */
static struct bytes
word(struct bytes *line)
{
	size_t n = 0;
	struct bytes w;

	while (n < line->len && line->ptr[n] != ' ')
		n++;
	w = bytes_of(line->ptr, n);
	line->ptr += n < line->len ? n + 1 : n;
	line->len -= n < line->len ? n + 1 : n;
	return w;
}

static bool
take_number(struct bytes *line, uint64_t *out)
{
	return text_u64_get(out, word(line), UINT64_MAX, NULL) == ERR_OK;
}

static bool
take_log(struct bytes *rest, struct incarnation_log *out)
{
	struct bytes line, left, origin;
	size_t k = 0;

	if (!text_line(rest, &line))
		return false;
	left = word(&line);
	origin = word(&line);
	while (k <= INCARNATION_LOST &&
	    !bytes_equal(left, bytes_str(left_texts[k])))
		k++;
	if (k > INCARNATION_LOST || origin.len > NOTE_NAME_MAX)
		return false;
	out->left = (enum incarnation_left)k;
	memcpy(out->origin, origin.ptr, origin.len);
	out->origin[origin.len] = '\0';
	if (k == INCARNATION_CLOSED &&
	    (!take_number(&line, &out->head.size) ||
	        text_b64_fixed(
	            out->head.root.b, HASH_BYTES, word(&line), NULL) != ERR_OK))
		return false;
	return line.len == 0;
}

static bool
take_block(struct bytes *rest, const char *name, struct incarnation *out)
{
	struct bytes line;

	*out = (struct incarnation){.own = 0};
	return text_line(rest, &line) &&
	    bytes_equal(word(&line), bytes_str(name)) &&
	    take_number(&line, &out->own) &&
	    take_number(&line, &out->replica) && line.len == 0 &&
	    take_log(rest, &out->log[SITE_EVIDENCE]) &&
	    take_log(rest, &out->log[SITE_ALLIANCE]);
}

/* ERR_NOT_FOUND: there is no file.  has_next: it stopped in between. */
static enum err
read_file(const struct site *s, struct incarnation *now,
    struct incarnation *next, bool *has_next, struct err_why *why)
{
	char path[SITE_PATH_MAX + 32];
	struct bytes rest, line;
	struct buf text;
	enum err e;

	path_of(s, path);
	buf_init(&text, FILE_MAX);
	e = site_keys_read(path, &text, why);
	if (e != ERR_OK)
		goto out;
	rest = buf_view(&text);
	if (!text_line(&rest, &line) || !bytes_equal(line, bytes_str(MAGIC)) ||
	    !take_block(&rest, "now", now))
		e = ERR_MALFORMED;
	*has_next = rest.len > 0;
	if (e == ERR_OK && *has_next &&
	    (!take_block(&rest, "next", next) || rest.len > 0))
		e = ERR_MALFORMED;
	if (e != ERR_OK)
		e = err_fail(why, e,
		    "%s: damaged; put it back as it was, or remove it: the "
		    "node then signs nothing before admit-loss, and cosigns "
		    "nothing any more",
		    path);
out:
	buf_clear(&text);
	return e;
}

/* ---- the rows ---- */

/* 0: none. */
static enum err
read_row(const struct site_db *db, uint64_t *out, struct err_why *why)
{
	struct store_txn *txn = NULL;
	struct buf_reader r;
	struct bytes value;
	enum err e = store_read(db->store, &txn, why);

	*out = 0;
	if (e == ERR_OK)
		e = store_get(
		    txn, db->incarnation, bytes_str("number"), &value, why);
	if (e == ERR_OK) {
		r = (struct buf_reader){value, false};
		*out = buf_read_u64be(&r);
	}
	store_abort(txn);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err
put_row(const struct site_db *db, struct store_txn *txn, uint64_t number,
    struct err_why *why)
{
	uint8_t value[8];

	for (int i = 0; i < 8; i++)
		value[i] = (uint8_t)(number >> (56 - 8 * i));
	return store_put(txn, db->incarnation, bytes_str("number"),
	    bytes_of(value, sizeof value), why);
}

enum err
incarnation_renew(
    const struct site_db *db, struct store_txn *txn, struct err_why *why)
{
	uint8_t life[16];

	crypto_random(life, sizeof life);
	return store_put(txn, db->incarnation, bytes_str(INCARNATION_LIFE),
	    bytes_of(life, sizeof life), why);
}

enum err
incarnation_restored(const struct site_db *db, struct err_why *why)
{
	struct store_txn *txn = NULL;
	uint64_t number;
	enum err e = read_row(db, &number, why);

	if (e != ERR_OK || number > 0)
		return e;
	e = store_write(db->store, &txn, why);
	if (e == ERR_OK)
		e = put_row(db, txn, 1, why);
	if (e == ERR_OK)
		e = incarnation_renew(db, txn, why);
	if (e == ERR_OK)
		return store_commit(txn, why);
	store_abort(txn);
	return e;
}

/* ---- opening ---- */

/* What is held of an own log. */
static enum err
held(struct site *s, enum site_kind kind, struct tree_head *out,
    struct err_why *why)
{
	struct log_state *st = mem_alloc(1, sizeof *st);
	struct store_txn *txn = NULL;
	enum err e = store_read(s->own.store, &txn, why);

	if (e == ERR_OK)
		e = log_state(
		    s->own.book, txn, site_log(s, kind)->slot, st, why);
	store_abort(txn);
	if (e == ERR_OK) {
		out->size = st->frontier.size;
		tree_root(&st->frontier, &out->root);
	}
	free(st);
	return e;
}

bool
incarnation_closed(
    const struct site *s, enum site_kind kind, struct tree_head *out)
{
	const struct incarnation_log *l = &s->incarnation->log[kind];

	if (l->left != INCARNATION_CLOSED ||
	    strcmp(l->origin, site_log(s, kind)->key.name) != 0)
		return false;
	*out = l->head;
	return true;
}

static bool
is_whole(struct site *s, enum site_kind kind, const struct tree_head *now)
{
	struct tree_head closed;

	return incarnation_closed(s, kind, &closed) &&
	    closed.size == now->size &&
	    memcmp(closed.root.b, now->root.b, HASH_BYTES) == 0;
}

/* same: the store is the one that ran last. */
static enum err
judge_log(struct site *s, enum site_kind kind, bool same, struct err_why *why)
{
	struct incarnation_log *l = &s->incarnation->log[kind];
	const char *origin = site_log(s, kind)->key.name;
	struct tree_head now;
	enum err e = held(s, kind, &now, why);

	if (e != ERR_OK || is_whole(s, kind, &now))
		return e;
	/* It went on in another generation since that was written. */
	if (same && strcmp(l->origin, origin) != 0)
		l->left = INCARNATION_OPEN;
	(void)snprintf(l->origin, sizeof l->origin, "%s", origin);
	/* What is not closed says nothing of a store that was put back. */
	if (!same && l->left == INCARNATION_OPEN)
		l->left = INCARNATION_LOST;
	if (l->left != INCARNATION_OPEN)
		s->doubt |= 1u << kind;
	return ERR_OK;
}

enum err
incarnation_open(struct site *s, struct err_why *why)
{
	struct incarnation *in = mem_alloc(1, sizeof *in);
	struct incarnation *next = mem_alloc(1, sizeof *next);
	bool has_next = false, none, same;
	uint64_t own = 0, replica = 0;
	enum err e = read_file(s, in, next, &has_next, why);

	s->incarnation = in;
	none = e == ERR_NOT_FOUND;
	if (none)
		e = ERR_OK;
	if (e == ERR_OK)
		e = read_row(&s->own, &own, why);
	if (e == ERR_OK)
		e = read_row(&s->replica, &replica, why);
	if (e != ERR_OK)
		goto out;
	/* Stores from before there were numbers have none, and no file. */
	same = own == in->own && !(none && own > 0);
	if (!same && has_next && own == next->own)
		same = true;
	if (replica != in->replica && !(has_next && replica == next->replica))
		s->witness_lost = "replica/ is not the one that was used last";
	else if (own > in->own && !same)
		s->witness_lost = "own/ is newer than the rest: that was put "
		                  "back";
	/* Which of the two was reached, the stores say. */
	if (has_next && own == next->own && own != in->own)
		memcpy(in->log, next->log, sizeof in->log);
	if (own > in->own)
		in->own = own;
	if (replica > in->replica)
		in->replica = replica;
	for (int k = 0; e == ERR_OK && k < SITE_LOGS; k++)
		e = judge_log(s, (enum site_kind)k, same, why);
out:
	free(next);
	return e;
}

enum err
incarnation_replica(struct site *s, struct err_why *why)
{
	struct incarnation next = *s->incarnation;
	struct store_txn *txn = NULL;
	enum err e = ERR_OK;

	/* Also when it stopped before the secret was gone. */
	if (s->witness_lost != NULL || site_keys(s)->witness_gone)
		e = proved_retire_now(s,
		    site_keys(s)->witness_gone ? NULL : s->witness_lost, why);
	if (e != ERR_OK)
		return e;
	if (site_keys(s)->witness_gone)
		site_keys_forget_witness(s);
	next.replica++;
	e = write_file(s, s->incarnation, &next, why);
	if (e == ERR_OK)
		e = store_write(s->replica.store, &txn, why);
	if (e != ERR_OK)
		return e;
	e = put_row(&s->replica, txn, next.replica, why);
	if (e == ERR_OK)
		e = store_commit(txn, why);
	else
		store_abort(txn);
	if (e == ERR_OK)
		e = write_file(s, &next, NULL, why);
	if (e == ERR_OK)
		*s->incarnation = next;
	return e;
}

/* ---- beginning ---- */

struct bump {
	struct commit_cmd cmd;
	uint64_t number;
	enum err result;
	struct err_why why;
};

static enum err
run_bump(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	const struct bump *b = (const struct bump *)cmd;
	enum err e = put_row(&ctx->site->own, ctx->txn, b->number, why);

	if (e == ERR_OK && ctx->site->doubt != 0)
		e = incarnation_renew(&ctx->site->own, ctx->txn, why);

	ctx->writes++;
	return e;
}

static void
end_bump(struct commit_cmd *cmd, enum err e, const struct commit_heads *heads,
    const struct err_why *why)
{
	struct bump *b = (struct bump *)cmd;

	(void)heads;
	b->result = e;
	b->why = *why;
}

/* How a log stands in the file once the new number is taken. */
static void
leave_open(struct site *s, struct incarnation *next, unsigned logs)
{
	for (int k = 0; k < SITE_LOGS; k++) {
		struct incarnation_log *l = &next->log[k];
		const char *origin = site_log(s, (enum site_kind)k)->key.name;
		bool sure = (logs & 1u << k) != 0;

		/* Untouched it is still where it was closed. */
		if (l->left == INCARNATION_CLOSED &&
		    (!sure || k == SITE_ALLIANCE) &&
		    strcmp(l->origin, origin) == 0)
			continue;
		l->left = sure ? INCARNATION_OPEN : INCARNATION_LOST;
		(void)snprintf(l->origin, sizeof l->origin, "%s", origin);
	}
}

enum err
incarnation_begin(struct site *s, unsigned logs, struct err_why *why)
{
	struct incarnation next = *s->incarnation;
	struct bump b = {.cmd = {.run = run_bump, .done = end_bump}};
	enum err e;

	next.own++;
	/* One that is signed already stays open. */
	leave_open(s, &next, logs | (~atomic_load(&s->unsure) & SITE_BOTH));
	e = write_file(s, s->incarnation, &next, why);
	if (e != ERR_OK)
		return e;
	b.number = next.own;
	e = commit_put(s->commit, &b.cmd, why);
	if (e != ERR_OK)
		return e;
	if (b.result != ERR_OK) {
		if (why != NULL)
			*why = b.why;
		return b.result;
	}
	e = write_file(s, &next, NULL, why);
	if (e != ERR_OK)
		return e;
	*s->incarnation = next;
	for (int k = 0; e == ERR_OK && k < SITE_LOGS; k++)
		if ((logs & 1u << k) != 0)
			e = site_logs_arm(s, (enum site_kind)k, why);
	return e;
}

static enum err
set_log(struct site *s, enum site_kind kind, enum incarnation_left left,
    struct err_why *why)
{
	struct incarnation next = *s->incarnation;
	struct incarnation_log *l = &next.log[kind];
	enum err e;

	l->left = left;
	(void)snprintf(
	    l->origin, sizeof l->origin, "%s", site_log(s, kind)->key.name);
	e = write_file(s, &next, NULL, why);
	if (e == ERR_OK)
		*s->incarnation = next;
	return e;
}

enum err
incarnation_touch(struct site *s, struct err_why *why)
{
	if (s->incarnation->log[SITE_ALLIANCE].left != INCARNATION_CLOSED)
		return ERR_OK;
	return set_log(s, SITE_ALLIANCE, INCARNATION_OPEN, why);
}

enum err
incarnation_lost(struct site *s, unsigned logs, struct err_why *why)
{
	enum err e = ERR_OK;

	for (int k = 0; e == ERR_OK && k < SITE_LOGS; k++)
		if ((logs & 1u << k) != 0)
			e = set_log(
			    s, (enum site_kind)k, INCARNATION_LOST, why);
	return e;
}

void
incarnation_close(struct site *s)
{
	unsigned unsure = atomic_load(&s->unsure);
	struct incarnation next;
	struct err_why why = {.text = ""};
	enum err e = ERR_OK;

	if (s->incarnation == NULL || !s->signs || atomic_load(&s->halted) ||
	    store_failed(s->own.store))
		return;
	next = *s->incarnation;
	for (int k = 0; e == ERR_OK && k < SITE_LOGS; k++) {
		if ((unsure & 1u << k) != 0)
			continue;
		next.log[k].left = INCARNATION_CLOSED;
		(void)snprintf(next.log[k].origin, sizeof next.log[k].origin,
		    "%s", site_log(s, (enum site_kind)k)->key.name);
		e = held(s, (enum site_kind)k, &next.log[k].head, &why);
	}
	if (e == ERR_OK)
		e = write_file(s, &next, NULL, &why);
	if (e != ERR_OK)
		journal_warn("NODE-NOT-CLOSED",
		    "how the logs were left is not written: %s", why.text);
}
