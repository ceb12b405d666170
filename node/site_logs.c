/* site_logs.c - the node's own logs, each at its newest generation. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/site_logs.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/generation.h"
#include "ledger/log_read.h"
#include "ledger/seal.h"
#include "node/journal.h"
#include "node/site_keys.h"
#include "proto/mem.h"
#include "proto/slice.h"

static const char *const kind_texts[SITE_LOGS] =
    {[SITE_EVIDENCE] = "evidence", [SITE_ALLIANCE] = "alliance"};

const char *
site_kind_text(enum site_kind kind)
{
	return kind_texts[kind];
}

const struct site_logs *
site_logs(const struct site *s)
{
	return atomic_load(&s->logs);
}

const struct site_log_now *
site_log(const struct site *s, enum site_kind kind)
{
	return &site_logs(s)->log[kind];
}

void
site_logs_origin(const struct site *s, enum site_kind kind, uint32_t number,
    char out[static NOTE_NAME_MAX + 1])
{
	(void)snprintf(out, NOTE_NAME_MAX + 1, "%s/%s/%u", s->name,
	    kind_texts[kind], number);
}

static enum err
open_log(struct site *s, struct store_txn *txn, enum site_kind kind,
    struct site_log_now *out, struct err_why *why)
{
	struct crypto_signer key;
	struct generation_line line;
	enum err e;

	e = generation_line(
	    &line, s->own.book, txn, s->name, kind_texts[kind], why);
	if (e == ERR_NOT_FOUND)
		return err_fail(why, e,
		    "own/ holds no log %s/%s: put it back, or restore a "
		    "backup (lianfang restore); this node cannot begin anew",
		    s->name, kind_texts[kind]);
	if (e != ERR_OK)
		return e;
	*out = (struct site_log_now){.line = line.first,
	    .slot = line.newest,
	    .number = line.newest_number};
	e = site_keys_log(&key, &out->key, s, kind, line.newest_number, why);
	if (e == ERR_NOT_FOUND)
		return err_fail(why, ERR_REFUSED,
		    "the key of %s/%s/%u is gone: its log was closed, and this "
		    "copy of own/ is older than that; bring back the newest "
		    "one",
		    s->name, kind_texts[kind], line.newest_number);
	if (e != ERR_OK)
		return e;
	/* Not to be used yet: site_logs_arm. */
	crypto_wipe(&key, sizeof key);
	return ERR_OK;
}

enum err
site_logs_arm(struct site *s, enum site_kind kind, struct err_why *why)
{
	const struct site_log_now *log = site_log(s, kind);
	struct crypto_signer key;
	struct note_vkey vkey;
	enum err e = site_keys_log(&key, &vkey, s, kind, log->number, why);

	if (e == ERR_OK)
		log_key(s->own.book, log->slot, &key);
	crypto_wipe(&key, sizeof key);
	return e;
}

enum err
site_logs_start(ProtobufCMessage **out, struct site *s, struct store_txn *txn,
    const struct generation_plan *plan, struct err_why *why)
{
	struct buf message;
	enum err e;

	buf_init(&message, SEAL_MESSAGE_MAX);
	e = generation_start(&message, s->own.book, txn, plan, why);
	if (e == ERR_OK)
		e = slice_unpack(out, &record__log_start__descriptor,
		    buf_view(&message), why);
	buf_clear(&message);
	return e;
}

enum err
site_logs_open(struct site *s, struct err_why *why)
{
	struct site_logs *l = mem_alloc(1, sizeof *l);
	struct store_txn *txn = NULL;
	enum err e = store_read(s->own.store, &txn, why);

	for (int k = 0; e == ERR_OK && k < SITE_LOGS; k++)
		e = open_log(s, txn, (enum site_kind)k, &l->log[k], why);
	store_abort(txn);
	/* Interrupted after the commit: the old key goes now. */
	for (int k = 0; e == ERR_OK && k < SITE_LOGS; k++)
		e = site_keys_retire(
		    s, (enum site_kind)k, l->log[k].number, why);
	if (e != ERR_OK) {
		free(l);
		return e;
	}
	s->evidence = l->log[SITE_EVIDENCE].line;
	s->alliance = l->log[SITE_ALLIANCE].line;
	atomic_store(&s->logs, l);
	return ERR_OK;
}

void
site_logs_adopt(struct site *s, struct site_logs *next)
{
	struct site_logs *was = atomic_load(&s->logs);
	struct err_why why;

	next->before = was;
	atomic_store(&s->logs, next);
	for (int k = 0; k < SITE_LOGS; k++) {
		if (was->log[k].slot == next->log[k].slot)
			continue;
		log_key(s->own.book, was->log[k].slot, NULL);
		if (site_keys_retire(s, (enum site_kind)k, next->log[k].number,
		        &why) != ERR_OK)
			journal_error("NODE-KEY-KEPT",
			    "the retired key of %s is still there: %s; destroy "
			    "it",
			    was->log[k].key.name, why.text);
	}
}

void
site_logs_free(struct site *s)
{
	struct site_logs *l = atomic_load(&s->logs);

	atomic_store(&s->logs, NULL);
	while (l != NULL) {
		struct site_logs *before = l->before;

		free(l);
		l = before;
	}
}

enum err
site_logs_succession(const struct site *s, enum site_kind kind, uint32_t number,
    struct buf *out, struct err_why *why)
{
	if (number < 2 || number > site_log(s, kind)->number)
		return err_fail(why, ERR_NOT_FOUND, "no such generation");
	return site_keys_succession(out, s, kind, number, why);
}

enum err
site_logs_vkey(const struct site *s, enum site_kind kind, uint32_t number,
    struct note_vkey *out, struct err_why *why)
{
	const struct site_log_now *now = site_log(s, kind);
	struct succession next;
	struct buf note;
	enum err e;

	if (number == now->number) {
		*out = now->key;
		return ERR_OK;
	}
	if (number < 1 || number > now->number)
		return err_fail(why, ERR_NOT_FOUND, "no such generation");
	buf_init(&note, SUCCESSION_BYTES_MAX);
	e = site_logs_succession(s, kind, number + 1, &note, why);
	if (e == ERR_OK)
		e = succession_kept(&next, buf_view(&note), why);
	buf_clear(&note);
	if (e == ERR_OK)
		*out = next.before;
	return e;
}

enum err
site_logs_recorded(struct site *s, const struct site_log_now *log,
    struct store_txn *txn, int64_t *out, struct err_why *why)
{
	struct log_state *st = mem_alloc(1, sizeof *st);
	uint16_t before;
	enum err e = log_state(s->own.book, txn, log->slot, st, why);

	*out = st->recorded_us;
	/* A reset said that what is before was wrong. */
	if (e == ERR_OK && log->slot != log->line && st->time_epoch <= 1) {
		e = generation_slot(
		    &before, s->own.book, txn, log->line, log->number - 1, why);
		if (e == ERR_OK)
			e = log_state(s->own.book, txn, before, st, why);
		if (e == ERR_OK && st->recorded_us > *out)
			*out = st->recorded_us;
	}
	free(st);
	return e;
}

enum err
site_logs_count(struct site *s, const struct site_log_now *log,
    struct store_txn *txn, Ledger__Kind kind, uint64_t *out,
    struct err_why *why)
{
	enum err e = ERR_OK;

	*out = 0;
	for (uint32_t g = log->number; e == ERR_OK && g > 0; g--) {
		uint64_t seq = 0;
		uint64_t last;
		uint16_t slot;

		e = generation_slot(&slot, s->own.book, txn, log->line, g, why);
		if (e == ERR_OK)
			e = log_kind_head(
			    s->own.book, txn, slot, kind, &seq, &last, why);
		*out += e == ERR_OK ? seq : 0;
		e = e == ERR_NOT_FOUND ? ERR_OK : e;
	}
	return e;
}
