/* generation.c - one log after another: names, first leaves, their check. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/generation.h"

#include "ledger/log_read.h"
#include "proto/slice.h"
#include "proto/text.h"

#include <inttypes.h>
#include <stdio.h>

enum err
generation_get(struct generation *out, const char *origin, struct err_why *why)
{
	const char *number = strrchr(origin, '/');
	const char *kind = number;
	struct generation g;
	uint64_t n;
	size_t len;

	while (kind != NULL && kind > origin && kind[-1] != '/')
		kind--;
	if (kind == NULL || kind == number || kind < origin + 2 ||
	    text_u64_get(&n, bytes_str(number + 1), GENERATION_MAX, NULL) !=
	        ERR_OK ||
	    n == 0)
		goto bad;
	len = (size_t)(number - kind);
	if (len >= sizeof(g.kind) ||
	    (size_t)(kind - 1 - origin) >= sizeof(g.name))
		goto bad;
	memset(&g, 0, sizeof(g));
	memcpy(g.kind, kind, len);
	memcpy(g.name, origin, (size_t)(kind - 1 - origin));
	g.number = (uint32_t)n;
	*out = g;
	return ERR_OK;
bad:
	return err_fail(why, ERR_MALFORMED,
	    "origin %.100s is not NAME/KIND/GENERATION", origin);
}

enum err
generation_put(char *out, const struct generation *g, struct err_why *why)
{
	char text[NOTE_NAME_MAX + 1];
	int n = snprintf(
	    text, sizeof(text), "%s/%s/%" PRIu32, g->name, g->kind, g->number);

	if (n < 0 || (size_t)n >= sizeof(text))
		return err_fail(why, ERR_LIMIT, "the origin is too long");
	memcpy(out, text, (size_t)n + 1);
	return ERR_OK;
}

static void
widen(void *arg, const char *origin, uint16_t slot)
{
	struct generation_line *l = arg;
	struct generation g;

	if (generation_get(&g, origin, NULL) != ERR_OK)
		return;
	if (l->first_number == 0 || g.number < l->first_number) {
		l->first_number = g.number;
		l->first = slot;
	}
	if (g.number > l->newest_number) {
		l->newest_number = g.number;
		l->newest = slot;
	}
}

enum err
generation_line(struct generation_line *out, struct log_book *b,
    struct store_txn *txn, const char *name, const char *kind,
    struct err_why *why)
{
	struct generation_line l = {.first_number = 0};
	char prefix[NOTE_NAME_MAX + 1];
	int n = snprintf(prefix, sizeof(prefix), "%s/%s/", name, kind);
	enum err e;

	if (n < 0 || (size_t)n >= sizeof(prefix))
		return err_fail(why, ERR_LIMIT, "the name is too long");
	e = log_slots(b, txn, prefix, widen, &l, why);
	if (e != ERR_OK)
		return e;
	if (l.first_number == 0)
		return err_fail(why, ERR_NOT_FOUND, "no log %s here", prefix);
	*out = l;
	return ERR_OK;
}

enum err
generation_line_of(struct generation_line *out, uint32_t *number,
    struct log_book *b, struct store_txn *txn, uint16_t slot,
    struct err_why *why)
{
	char origin[NOTE_NAME_MAX + 1];
	struct generation g;
	enum err e;

	e = log_origin(b, txn, slot, origin, why);
	if (e == ERR_OK)
		e = generation_get(&g, origin, why);
	if (e == ERR_OK)
		e = generation_line(out, b, txn, g.name, g.kind, why);
	if (e == ERR_OK)
		*number = g.number;
	return e;
}

enum err
generation_slot(uint16_t *out, struct log_book *b, struct store_txn *txn,
    uint16_t line, uint32_t number, struct err_why *why)
{
	char origin[NOTE_NAME_MAX + 1];
	struct generation g;
	enum err e;

	e = log_origin(b, txn, line, origin, why);
	if (e == ERR_OK)
		e = generation_get(&g, origin, why);
	if (e != ERR_OK || g.number == number) {
		*out = line;
		return e;
	}
	g.number = number;
	e = generation_put(origin, &g, why);
	return e == ERR_OK ? log_slot(b, txn, origin, out, why) : e;
}

enum err
generation_heads(struct generation_heads *out, struct log_book *b,
    struct store_txn *txn, uint16_t slot, struct err_why *why)
{
	out->len = 0;
	for (unsigned kind = 1; kind < GENERATION_KINDS; kind++) {
		Record__Head *h = &out->head[out->len];
		uint64_t seq;
		uint64_t last;
		enum err e;

		e = log_kind_head(
		    b, txn, slot, (Ledger__Kind)kind, &seq, &last, why);
		if (e == ERR_NOT_FOUND)
			continue;
		if (e != ERR_OK)
			return e;
		record__head__init(h);
		h->has_kind = h->has_kind_seq = h->has_last_index = 1;
		h->kind = kind;
		h->kind_seq = seq;
		h->last_index = last;
		out->at[out->len++] = h;
	}
	return ERR_OK;
}

/* Is `next` the generation after `last` of the same log? */
static enum err
successive(const char *next, const char *last, struct err_why *why)
{
	struct generation a;
	struct generation b;
	enum err e;

	e = generation_get(&a, last, why);
	if (e == ERR_OK)
		e = generation_get(&b, next, why);
	if (e != ERR_OK)
		return e;
	if (strcmp(a.name, b.name) != 0 || strcmp(a.kind, b.kind) != 0 ||
	    b.number != (uint64_t)a.number + 1)
		return err_fail(why, ERR_MALFORMED,
		    "%.90s is not the generation after %.90s", next, last);
	return ERR_OK;
}

/* Where the predecessor ended, and how much of it is held. */
static enum err
fill_end(Record__LogStart *body, struct hash *root,
    const struct log_state *state, const struct generation_plan *plan,
    struct err_why *why)
{
	const struct note_checkpoint *known = plan->known;

	tree_root(&state->frontier, root);
	body->has_held = 1;
	body->held = state->frontier.size;
	body->has_size = 1;
	body->size = state->frontier.size;
	if (known != NULL) {
		if (strcmp(known->origin, plan->predecessor) != 0 ||
		    known->head.size < state->frontier.size ||
		    (known->head.size == state->frontier.size &&
		        memcmp(known->head.root.b, root->b, HASH_BYTES) != 0))
			return err_fail(why, ERR_CONFLICT,
			    "the checkpoint given is not of %.100s as it is "
			    "held here or further",
			    plan->predecessor);
		body->size = known->head.size;
		*root = known->head.root;
	}
	body->has_root = 1;
	body->root = (ProtobufCBinaryData){sizeof(root->b), root->b};
	return ERR_OK;
}

enum err
generation_start(struct buf *out, struct log_book *b, struct store_txn *txn,
    const struct generation_plan *plan, struct err_why *why)
{
	Record__LogStart body = RECORD__LOG_START__INIT;
	struct generation_heads heads;
	struct generation own;
	struct log_state state;
	struct hash root;
	uint16_t slot;
	enum err e;

	e = generation_get(&own, plan->origin, why);
	if (e != ERR_OK)
		return e;
	if ((plan->predecessor == NULL) != (own.number == 1))
		return err_fail(why, ERR_MALFORMED,
		    "%.100s: only generation 1 has no predecessor",
		    plan->origin);
	body.reason = (char *)(uintptr_t)plan->reason;
	body.has_loss = plan->loss;
	body.loss = plan->loss;
	if (plan->predecessor != NULL) {
		e = successive(plan->origin, plan->predecessor, why);
		if (e == ERR_OK)
			e = log_slot(b, txn, plan->predecessor, &slot, why);
		if (e == ERR_OK)
			e = log_state(b, txn, slot, &state, why);
		if (e == ERR_OK)
			e = fill_end(&body, &root, &state, plan, why);
		if (e == ERR_OK)
			e = generation_heads(&heads, b, txn, slot, why);
		if (e != ERR_OK)
			return e;
		body.predecessor = (char *)(uintptr_t)plan->predecessor;
		body.heads = heads.at;
		body.n_heads = heads.len;
	}
	slice_pack(out, &body.base);
	return buf_ok(out, why);
}

enum err
generation_check(const Record__LogStart *start, const char *origin,
    const struct note_checkpoint *last, struct err_why *why)
{
	struct generation own;
	enum err e;

	e = generation_get(&own, origin, why);
	if (e != ERR_OK)
		return e;
	if (own.number == 1)
		return start->predecessor == NULL && last == NULL
		    ? ERR_OK
		    : err_fail(why, ERR_UNVERIFIED,
		          "%.100s: generation 1 follows no log", origin);
	if (start->predecessor == NULL || !start->has_size ||
	    !start->has_root || start->root.len != HASH_BYTES ||
	    !start->has_held || start->held > start->size ||
	    successive(origin, start->predecessor, NULL) != ERR_OK)
		return err_fail(why, ERR_UNVERIFIED,
		    "%.100s does not say which log it follows", origin);
	if (last == NULL)
		return ERR_OK;
	if (strcmp(last->origin, start->predecessor) != 0)
		return err_fail(why, ERR_UNVERIFIED, "%.90s follows %.90s",
		    origin, start->predecessor);
	if (start->size < last->head.size)
		return err_fail(why, ERR_UNVERIFIED,
		    "%.90s admits %" PRIu64 " entries of %" PRIu64
		    " signed before",
		    origin, start->size, last->head.size);
	if (start->size == last->head.size &&
	    memcmp(start->root.data, last->head.root.b, HASH_BYTES) != 0)
		return err_fail(why, ERR_UNVERIFIED,
		    "%.90s names another root at %" PRIu64, origin,
		    start->size);
	return ERR_OK;
}
