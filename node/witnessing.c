/* witnessing.c - this node as a witness that anybody may ask over HTTP. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/witnessing.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "federation/cosign.h"
#include "node/forks.h"
#include "node/problem.h"
#include "node/service.h"
#include "node/site.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/text.h"

#define PROOF_MAX 63 /* hashes of one request */
#define BUCKETS 256 /* logs whose rate is kept apart */
#define SECOND_US INT64_C(1000000)

static const unsigned codes[] = {
    200, 400, 403, 404, 409, 413, 422, 429, 500, 503, 507};
#define CODES (sizeof codes / sizeof *codes)

struct witnessing {
	_Atomic uint64_t answered[CODES + 1]; /* the last: any other */
	pthread_mutex_t lock;
	int64_t full_us[BUCKETS]; /* when this one is full again; under lock */
};

struct witnessing *
witnessing_new(void)
{
	struct witnessing *w = mem_alloc(1, sizeof *w);

	(void)pthread_mutex_init(&w->lock, NULL);
	return w;
}

void
witnessing_free(struct witnessing *w)
{
	if (w == NULL)
		return;
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}

void
witnessing_metrics(const struct witnessing *w, struct buf *out)
{
	buf_str(out,
	    "# HELP lianfang_witness_answers_total Answers to add-checkpoint, "
	    "by status.\n# TYPE lianfang_witness_answers_total counter\n");
	for (size_t i = 0; i < CODES; i++)
		buf_printf(out,
		    "lianfang_witness_answers_total{code=\"%u\"} %" PRIu64 "\n",
		    codes[i], atomic_load(&w->answered[i]));
}

static void
count(struct witnessing *w, unsigned status)
{
	size_t i = 0;

	while (i < CODES && codes[i] != status)
		i++;
	atomic_fetch_add(&w->answered[i], 1);
}

/* One log that asks without pause must not keep the writer from others. */
static bool
may_ask(struct witnessing *w, const char *origin, int64_t now_us)
{
	struct hash digest;
	int64_t *full;
	bool may;

	digest_sha256(&digest, bytes_str(origin));
	full = &w->full_us[digest.b[0] % BUCKETS];
	(void)pthread_mutex_lock(&w->lock);
	if (*full < now_us)
		*full = now_us;
	may = *full - now_us < WITNESSING_BURST * SECOND_US / WITNESSING_RATE;
	if (may)
		*full += SECOND_US / WITNESSING_RATE;
	(void)pthread_mutex_unlock(&w->lock);
	return may;
}

/* ---- a request ---- */

/* What it says: views into the body. */
struct request {
	uint64_t old;
	struct tree_proof proof;
	struct bytes note;
};

static enum err
parse(struct request *out, struct bytes body, struct err_why *why)
{
	struct bytes rest = body, line = {NULL, 0};
	struct request a = {.old = 0};
	enum err e;

	if (body.len > WITNESSING_BODY_MAX)
		return err_fail(why, ERR_LIMIT,
		    "a request of %zu bytes; %d at "
		    "most",
		    body.len, WITNESSING_BODY_MAX);
	if (!text_line(&rest, &line) || !text_skip(&line, "old "))
		return err_fail(why, ERR_MALFORMED,
		    "the first line: expected 'old' and a size");
	e = text_u64_get(&a.old, line, TREE_SIZE_MAX, why);
	if (e != ERR_OK)
		return err_wrap(why, ERR_MALFORMED, "old");
	for (;;) {
		if (!text_line(&rest, &line))
			return err_fail(why, ERR_MALFORMED,
			    "no empty line before the checkpoint");
		if (line.len == 0)
			break;
		if (a.proof.len == PROOF_MAX)
			return err_fail(why, ERR_MALFORMED,
			    "more than %d hashes", PROOF_MAX);
		e = text_b64_fixed(
		    a.proof.path[a.proof.len++].b, HASH_BYTES, line, why);
		if (e != ERR_OK)
			return err_wrap(
			    why, ERR_MALFORMED, "hash %zu", a.proof.len);
	}
	a.note = rest;
	*out = a;
	return ERR_OK;
}

/* The size that was acknowledged last: try from there. */
static enum err
conflict(struct ops_call *call, uint64_t size)
{
	buf_printf(&call->out, "%" PRIu64 "\n", size);
	ops_reply_type(call, "text/x.tlog.size");
	call->status = 409;
	return ERR_OK;
}

static enum err
denied(struct ops_call *call, const char *code)
{
	call->status = 403;
	call->code = code;
	return ERR_DENIED;
}

/* What the state said to it. */
static enum err
reply(struct ops_call *call, const struct cosign_request *r,
    const struct cosign_answer *a, enum err e, struct err_why *why)
{
	switch (e) {
	case ERR_OK:
		if (a->line.len == 0) {
			call->code = "witness_retired";
			return err_fail(why, ERR_BUSY,
			    "this witness vouches for nothing any more: what "
			    "it has seen is not known for certain");
		}
		buf_bytes(&call->out, buf_view(&a->line));
		ops_reply_type(call, "text/plain; charset=utf-8");
		return ERR_OK;
	case ERR_CONFLICT:
		return conflict(call, a->size);
	case ERR_REFUSED:
		if (a->fork.len == 0)
			return denied(call, "log_forked");
		call->code = "log_forked";
		return r->old != a->size ? conflict(call, a->size) : e;
	case ERR_NOT_FOUND:
	case ERR_EXISTS:
	case ERR_MALFORMED:
	case ERR_UNVERIFIED:
	case ERR_UNSUPPORTED:
	case ERR_DENIED:
	case ERR_LIMIT:
	case ERR_FULL:
	case ERR_BUSY:
	case ERR_TIMEOUT:
	case ERR_IO:
	case ERR_CORRUPT:
		break;
	}
	return e;
}

static enum err
add(struct ops_call *call, struct err_why *why)
{
	struct service *s = call->service;
	struct cosign_answer a = {.size = 0};
	struct request in;
	struct note_checkpoint head;
	struct note_vkey key;
	struct cosign c;
	struct note n;
	enum err e;

	if (atomic_load(&s->site->folding))
		return err_fail(why, ERR_BUSY,
		    "tables are folded anew after an upgrade; ask again later");
	e = parse(&in, call->body, why);
	if (e == ERR_OK)
		e = note_parse(&n, in.note, why);
	if (e == ERR_OK)
		e = note_checkpoint_get(&head, n.text, why);
	if (e == ERR_OK && in.old > head.head.size)
		e = err_fail(
		    why, ERR_MALFORMED, "old size is above the new size");
	if (e != ERR_OK)
		return e;
	forks_cosign(s, &c);
	e = forks_key(s, head.origin, &key, why);
	if (e != ERR_OK)
		return e;
	e = note_checkpoint_open(&head, in.note, &key, why);
	if (e != ERR_OK)
		return denied(call, "not_signed");
	if (!may_ask(
	        s->witnessing, head.origin, clock_boot_us(s->site->clock))) {
		call->status = 429;
		call->retry_s = 1;
		call->code = "over_rate";
		return err_fail(why, ERR_BUSY,
		    "%.100s: more than %d checkpoints a second", head.origin,
		    WITNESSING_RATE);
	}
	const struct cosign_request r = {
	    &key, &head, in.note, in.old, &in.proof, NULL};
	e = cosign_advance(&c, &r, &a, why);
	if (a.fork.len > 0)
		forks_found(s->forks, head.origin, "add-checkpoint");
	e = reply(call, &r, &a, e, why);
	cosign_clear(&a);
	return e;
}

enum err
witnessing_add(struct ops_call *call, struct err_why *why)
{
	enum err e = add(call, why);

	/* What problem_status will make of it. */
	count(call->service->witnessing,
	    e == ERR_OK || call->status >= 400 ? call->status
	                                       : problem_status(e));
	return e;
}

/* ---- what was cosigned last ---- */

struct looking {
	struct hash id;
	struct buf *out;
	const char *mark; /* how lines of ours begin */
	bool found;
};

static bool
look(void *arg, const char *origin, const struct witness_state *st)
{
	struct looking *l = arg;
	struct hash id;

	digest_sha256(&id, bytes_str(origin));
	if (memcmp(id.b, l->id.b, HASH_BYTES) != 0)
		return true;
	l->found = memmem(st->note.ptr, st->note.len, l->mark,
	               strlen(l->mark)) != NULL;
	if (l->found)
		buf_bytes(l->out, st->note);
	return false;
}

enum err
witnessing_get(struct ops_call *call, struct err_why *why)
{
	struct site *s = call->service->site;
	char mark[NOTE_NAME_MAX + 16];
	struct looking l = {.out = &call->out, .mark = mark};
	struct store_txn *txn = NULL;
	struct cosign c;
	struct buf raw;
	enum err e;

	forks_cosign(call->service, &c);
	(void)snprintf(mark, sizeof mark, "\n\xe2\x80\x94 %s ", c.name);
	buf_init(&raw, HASH_BYTES);
	e = text_hex_get(&raw, call->arg[0], NULL);
	if (e == ERR_OK && raw.len == HASH_BYTES)
		memcpy(l.id.b, raw.ptr, HASH_BYTES);
	else
		e = ERR_NOT_FOUND;
	buf_clear(&raw);
	if (e == ERR_OK)
		e = store_read(s->replica.store, &txn, why);
	if (e == ERR_OK)
		e = witness_each_state(&s->witness, txn, look, &l, why);
	store_abort(txn);
	if (e == ERR_OK && l.found) {
		ops_reply_type(call, "text/plain; charset=utf-8");
		return ERR_OK;
	}
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return e;
	return err_fail(why, ERR_NOT_FOUND,
	    "no checkpoint of a log of that name was cosigned here");
}
