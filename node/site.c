/* site.c - all that one node holds while it runs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/site.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/generation.h"
#include "ledger/log_read.h"
#include "ledger/seal.h"
#include "node/commit.h"
#include "node/config.h"
#include "node/draft.h"
#include "node/incarnation.h"
#include "node/pack_entry.h"
#include "node/pack_notes.h"
#include "node/pack_store.h"
#include "node/packs_file.h"
#include "node/proved.h"
#include "node/site_fold.h"
#include "node/site_keys.h"
#include "node/site_lock.h"
#include "node/site_logs.h"
#include "node/spool.h"
#include "node/whole_file.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define SITE_MAGIC "lianfang-site/1"

static const char *const role_names[] = {
    [SITE_PLANT] = "plant",
    [SITE_HQ] = "hq",
    [SITE_PARTNER] = "partner",
    [SITE_REGULATOR] = "regulator",
};

const char *
site_role_text(enum site_role role)
{
	return role_names[role];
}

enum err
site_role_get(enum site_role *out, const char *text, struct err_why *why)
{
	for (unsigned i = SITE_PLANT; i <= SITE_REGULATOR; i++) {
		if (strcmp(role_names[i], text) == 0) {
			*out = (enum site_role)i;
			return ERR_OK;
		}
	}
	return err_fail(why, ERR_MALFORMED,
	    "role: expected plant, hq, partner or regulator");
}

int64_t
site_now(const struct site *s)
{
	return clock_wall_us(s->clock);
}

static void
path_in(char out[static SITE_PATH_MAX + 32], const char *dir, const char *name)
{
	(void)snprintf(out, SITE_PATH_MAX + 32, "%s/%s", dir, name);
}

/* ---- opening ---- */

static enum err
open_db(struct site_db *db, const char *dir, const char *name,
    const struct clock *clock, struct err_why *why)
{
	char path[SITE_PATH_MAX + 32];
	enum err e;

	path_in(path, dir, name);
	e = store_open(&db->store, path, STORE_CREATE, why);
	if (e != ERR_OK)
		return e;
	(void)snprintf(path, sizeof path, "%s/%s-keys", dir, name);
	e = vault_open(&db->vault, path, why);
	if (e != ERR_OK)
		return e;
	e = log_book_open(&db->book, db->store, db->vault, clock, why);
	if (e != ERR_OK)
		return e;
	e = store_table(db->store, "incarnation", &db->incarnation, why);
	if (e != ERR_OK)
		return e;
	return fold_tables_open(&db->tables, db->store, why);
}

static void
close_db(struct site_db *db)
{
	log_book_close(db->book);
	if (db->vault != NULL)
		vault_close(db->vault);
	if (db->store != NULL)
		store_close(db->store);
}

/* With the lock held. */
static enum err
open_parts(struct site *s, bool early, struct err_why *why)
{
	enum err e;

	e = site_keys_load(&s->keys, s->dir, s->name, why);
	if (e != ERR_OK)
		return e;
	atomic_store(&s->witness_retired, s->keys.witness_gone);
	digest_hmac_key(
	    &s->index_mac, bytes_of(s->keys.index, sizeof s->keys.index));
	struct packs *packs = NULL;
	e = packs_open(&packs, NULL, why);
	s->packs = packs;
	if (e != ERR_OK)
		return e;
	e = open_db(&s->own, s->dir, "own", s->clock, why);
	if (e != ERR_OK)
		return e;
	e = open_db(&s->replica, s->dir, "replica", s->clock, why);
	if (e != ERR_OK)
		return e;
	e = spool_attach(s, why);
	if (e == ERR_OK)
		e = witness_open(&s->witness, s->replica.store, why);
	if (e != ERR_OK)
		return e;
	return early ? site_fold_look(s, why) : site_fold_follow(s, why);
}

static struct site *
site_new(const char *dir, const char *name, enum site_role role,
    const struct clock *clock)
{
	struct site *s = mem_alloc(1, sizeof *s);

	(void)snprintf(s->dir, sizeof s->dir, "%s", dir);
	(void)snprintf(s->name, sizeof s->name, "%s", name);
	s->role = role;
	s->lock_fd = -1;
	atomic_store(&s->unsure, SITE_BOTH);
	s->clock = clock != NULL ? clock : clock_system();
	return s;
}

static enum err
read_site_file(const char *dir, char name[static SITE_NAME_MAX + 1],
    enum site_role *role, struct err_why *why)
{
	char path[SITE_PATH_MAX + 32];
	char text[32];
	struct bytes line[3];
	struct bytes rest;
	struct buf b;
	enum err e;

	buf_init(&b, 4096);
	path_in(path, dir, SITE_FILE);
	e = site_keys_read(path, &b, why);
	if (e == ERR_NOT_FOUND)
		e = err_fail(why, ERR_NOT_FOUND,
		    "%s holds no node; make one with: lianfang init", dir);
	if (e != ERR_OK)
		goto out;
	rest = buf_view(&b);
	if (!text_line(&rest, &line[0]) || !text_line(&rest, &line[1]) ||
	    !text_line(&rest, &line[2]) ||
	    !bytes_equal(line[0], bytes_str(SITE_MAGIC)) ||
	    line[1].len > SITE_NAME_MAX || line[2].len >= sizeof text) {
		e = err_fail(why, ERR_MALFORMED, "%s: damaged", path);
		goto out;
	}
	memcpy(name, line[1].ptr, line[1].len);
	name[line[1].len] = '\0';
	memcpy(text, line[2].ptr, line[2].len);
	text[line[2].len] = '\0';
	e = site_role_get(role, text, why);
out:
	buf_clear(&b);
	return e;
}

static enum err
open_site(struct site **out, const char *dir, const struct clock *clock,
    bool early, struct err_why *why)
{
	char name[SITE_NAME_MAX + 1];
	enum site_role role = SITE_PLANT;
	struct site *s = NULL;
	enum err e;

	if (strlen(dir) >= SITE_PATH_MAX)
		return err_fail(why, ERR_LIMIT, "the directory's name is long");
	crypto_start();
	e = read_site_file(dir, name, &role, why);
	if (e != ERR_OK)
		return e;
	s = site_new(dir, name, role, clock);
	e = site_lock(&s->lock_fd, dir, why);
	if (e == ERR_OK)
		e = open_parts(s, early, why);
	if (e == ERR_OK)
		e = site_logs_open(s, why);
	if (e == ERR_OK && !s->folding)
		e = pack_store_recall(s, why);
	if (e == ERR_OK)
		e = incarnation_open(s, why);
	if (e == ERR_OK)
		e = proved_open(s, why);
	if (e == ERR_OK)
		e = spool_open(s, why);
	if (e != ERR_OK)
		goto out;
	*out = s;
	s = NULL;
out:
	site_close(s);
	return e;
}

enum err
site_open(struct site **out, const char *dir, const struct clock *clock,
    struct err_why *why)
{
	return open_site(out, dir, clock, false, why);
}

enum err
site_open_early(struct site **out, const char *dir, struct err_why *why)
{
	return open_site(out, dir, NULL, true, why);
}

enum err
site_stopped(struct site **out, const char *dir, struct err_why *why)
{
	char name[SITE_NAME_MAX + 1];
	enum site_role role = SITE_PLANT;
	struct site *s = NULL;
	enum err e;

	if (strlen(dir) >= SITE_PATH_MAX)
		return err_fail(why, ERR_LIMIT, "the directory's name is long");
	crypto_start();
	e = read_site_file(dir, name, &role, why);
	if (e != ERR_OK)
		return e;
	s = site_new(dir, name, role, NULL);
	e = site_lock(&s->lock_fd, dir, why);
	if (e == ERR_OK)
		e = site_keys_load(&s->keys, dir, name, why);
	digest_hmac_key(
	    &s->index_mac, bytes_of(s->keys.index, sizeof s->keys.index));
	if (e == ERR_OK)
		*out = s;
	else
		site_close(s);
	return e;
}

enum err
site_start(struct site *s, struct err_why *why)
{
	return commit_start(&s->commit, s, why);
}

enum err
site_begin(struct site *s, unsigned logs, struct err_why *why)
{
	enum err e = incarnation_begin(s, logs, why);

	if (e != ERR_OK)
		return e;
	s->signs = true;
	(void)atomic_fetch_and(&s->unsure, ~logs);
	return ERR_OK;
}

void
site_close(struct site *s)
{
	if (s == NULL)
		return;
	commit_stop(s->commit);
	incarnation_close(s);
	free(s->incarnation);
	spool_detach(s);
	close_db(&s->own);
	close_db(&s->replica);
	site_logs_free(s);
	site_keys_free(s);
	packs_free(s->packs);
	pack_notes_free(s->pack_notes);
	digest_hmac_wipe(&s->index_mac);
	crypto_wipe(&s->keys, sizeof s->keys);
	if (s->lock_fd >= 0)
		(void)close(s->lock_fd);
	free(s);
}

/* ---- making ---- */

/* Generation 1 of one log, in the transaction. */
static enum err
start_log(struct site *s, struct store_txn *txn, enum site_kind kind,
    bool whole, struct err_why *why)
{
	char origin[NOTE_NAME_MAX + 1];
	struct generation_plan plan = {
	    .origin = origin, .reason = "first generation"};
	struct draft_spec spec = {
	    .kind = LEDGER__KIND__LOG_START,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	struct draft d = {0};
	struct crypto_signer key;
	struct note_vkey vkey;
	struct log_place place;
	ProtobufCMessage *body = NULL;
	enum err e;

	site_logs_origin(s, kind, 1, origin);
	e = site_keys_log(&key, &vkey, s, kind, 1, why);
	if (e == ERR_OK)
		e = site_logs_start(&body, s, txn, &plan, why);
	if (e == ERR_OK)
		e = log_slot_add(s->own.book, txn, origin, &spec.slot, why);
	if (e != ERR_OK)
		goto out;
	log_key(s->own.book, spec.slot, &key);
	spec.body = body;
	e = draft_make(&d, &spec, NULL, site_now(s), why);
	if (e == ERR_OK)
		e = log_append(
		    s->own.book, txn, spec.slot, &d.event.draft, &place, why);
	if (e == ERR_OK && whole && kind == SITE_EVIDENCE)
		e = pack_entry_begin(s, txn, spec.slot, why);
	draft_clear(&d);
out:
	crypto_wipe(&key, sizeof key);
	slice_free(body);
	return e;
}

static enum err
start_logs(struct site *s, bool whole, struct err_why *why)
{
	struct store_txn *txn = NULL;
	enum err e = store_write(s->own.store, &txn, why);

	/* Evidence last: rows go to the end of their tables then, and LMDB
	 * leaves full pages behind; before the other log's it halves them. */
	for (int k = SITE_LOGS; e == ERR_OK && k-- > 0;)
		e = start_log(s, txn, (enum site_kind)k, whole, why);
	if (e == ERR_OK)
		return store_commit(txn, why);
	store_abort(txn);
	return e;
}

static enum err
write_file(const struct site *s, const char *name, struct bytes text,
    unsigned mode, struct err_why *why)
{
	char path[SITE_PATH_MAX + 32];

	path_in(path, s->dir, name);
	return whole_file_write(path, text, mode, why);
}

/* The last of all: before it, there is no node. */
static enum err
write_site_file(const struct site *s, struct err_why *why)
{
	struct buf b;
	enum err e;

	buf_init(&b, 4096);
	buf_printf(
	    &b, SITE_MAGIC "\n%s\n%s\n", s->name, site_role_text(s->role));
	e = write_file(s, SITE_FILE, buf_view(&b), 0600, why);
	buf_clear(&b);
	return e;
}

static enum err
check_setup(const struct site_setup *setup, struct err_why *why)
{
	char origin[NOTE_NAME_MAX + 32];
	uint8_t pub[CRYPTO_PUB_BYTES] = {0};
	struct note_vkey vkey;

	if (setup->name == NULL || setup->name[0] == '\0' ||
	    strlen(setup->name) > SITE_NAME_MAX)
		return err_fail(why, ERR_MALFORMED,
		    "name: expected 1 to %d characters like "
		    "plant-a.acme.example",
		    SITE_NAME_MAX);
	if (strlen(setup->dir) >= SITE_PATH_MAX)
		return err_fail(why, ERR_LIMIT, "the directory's name is long");
	for (const char *c = setup->name; *c != '\0'; c++) {
		bool ok = (*c >= 'a' && *c <= 'z') ||
		    (*c >= '0' && *c <= '9') || *c == '.' || *c == '-' ||
		    *c == '/' || *c == '_';
		if (!ok)
			return err_fail(why, ERR_MALFORMED,
			    "name: only a-z 0-9 . - _ / are allowed");
	}
	(void)snprintf(origin, sizeof origin, "%s/evidence/1", setup->name);
	if (note_vkey_make(&vkey, origin, NOTE_TYPE_ED25519, pub, why) !=
	    ERR_OK)
		return err_wrap(why, ERR_MALFORMED, "name");
	return whole_file_make_dir(setup->dir, why);
}

enum err
site_init(const struct site_setup *setup, struct err_why *why)
{
	struct site *s = NULL;
	enum err e;

	crypto_start();
	e = check_setup(setup, why);
	if (e != ERR_OK)
		return e;
	s = site_new(setup->dir, setup->name, setup->role, setup->clock);
	e = site_lock_new(&s->lock_fd, s->dir, why);
	if (e == ERR_OK)
		e = site_keys_make(s->dir, s->name, why);
	if (e == ERR_OK)
		e = open_parts(s, false, why);
	if (e == ERR_OK)
		e = start_logs(s, setup->whole, why);
	if (e == ERR_OK && setup->config.len > 0)
		e = write_file(s, CONFIG_FILE, setup->config, 0644, why);
	if (e == ERR_OK)
		e = write_site_file(s, why);
	site_close(s);
	return e;
}

/* ---- reading ---- */

enum err
site_vkey(const struct site *s, const char *which, struct note_vkey *out,
    struct err_why *why)
{
	char name[NOTE_NAME_MAX + 1];

	for (int k = 0; k < SITE_LOGS; k++) {
		if (strcmp(which, site_kind_text((enum site_kind)k)) != 0)
			continue;
		*out = site_log(s, (enum site_kind)k)->key;
		return ERR_OK;
	}
	(void)snprintf(name, sizeof name, "%s/%s", s->name, which);
	if (strcmp(which, "witness") == 0)
		return note_vkey_make(
		    out, name, NOTE_TYPE_COSIG, site_keys(s)->witness.pub, why);
	if (strcmp(which, "identity") == 0)
		return note_vkey_make(out, name, NOTE_TYPE_ED25519,
		    site_keys(s)->identity.pub, why);
	return err_fail(why, ERR_NOT_FOUND,
	    "expected evidence, alliance, witness or identity");
}

enum err
site_find_log(struct site *s, const char *origin, struct site_log *out,
    struct err_why *why)
{
	struct site_log found = {.db = &s->replica};
	const struct site_logs *now = site_logs(s);
	struct store_txn *txn = NULL;
	struct generation g;
	enum err e;

	for (size_t i = 0; i < SITE_LOGS; i++) {
		if (strcmp(now->log[i].key.name, origin) != 0)
			continue;
		*out = (struct site_log){&s->own, now->log[i].slot, true};
		return ERR_OK;
	}
	if (generation_get(&g, origin, NULL) == ERR_OK &&
	    strcmp(g.name, s->name) == 0) {
		found.db = &s->own;
		found.own = true;
	}
	e = store_read(found.db->store, &txn, why);
	if (e != ERR_OK)
		return e;
	e = log_slot(found.db->book, txn, origin, &found.slot, why);
	store_abort(txn);
	if (e == ERR_OK)
		*out = found;
	return e;
}

enum err
site_fold_replica(void *arg, struct store_txn *txn,
    const struct log_stretch *stretch, struct err_why *why)
{
	struct site *s = arg;
	/* For one batch: what it remembers as written, an abort undoes. */
	struct fold_cache *cache = mem_alloc(1, sizeof *cache);
	struct fold f = {
	    .txn = txn,
	    .t = &s->replica.tables,
	    .book = s->replica.book,
	    .mac = &s->index_mac,
	    .cache = cache,
	};
	enum err e = fold_stretch(&f, stretch, why);

	free(cache);
	if (e != ERR_OK || stretch->erased)
		return e;
	return site_fold_late(&s->replica, txn, stretch->slot, why);
}

/* Folds every log of one store anew, in one transaction. */
static enum err
rebuild(struct site *s, struct site_db *db, struct err_why *why)
{
	struct fold f = {
	    .t = &db->tables, .book = db->book, .mac = &s->index_mac};
	char origin[NOTE_NAME_MAX + 1];
	struct log_state *st = mem_alloc(1, sizeof *st);
	enum err e;

	e = store_write(db->store, &f.txn, why);
	if (e != ERR_OK)
		goto out;
	e = fold_clear(&f, why);
	for (unsigned slot = 0; slot < UINT16_MAX && e == ERR_OK; slot++) {
		e = log_origin(db->book, f.txn, (uint16_t)slot, origin, NULL);
		if (e == ERR_NOT_FOUND && slot == 0) {
			e = ERR_OK; /* slots may start at 1 */
			continue;
		}
		if (e == ERR_OK)
			e = log_state(db->book, f.txn, (uint16_t)slot, st, why);
		if (e == ERR_OK)
			e = fold_range(
			    &f, (uint16_t)slot, 0, st->frontier.size, why);
	}
	if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	if (e == ERR_OK) {
		e = store_commit(f.txn, why);
		f.txn = NULL;
	}
out:
	store_abort(f.txn);
	free(st);
	return e;
}

enum err
site_rebuild(struct site *s, struct err_why *why)
{
	struct site_db *const dbs[2] = {&s->own, &s->replica};
	enum err e = ERR_OK;

	for (size_t i = 0; i < 2 && e == ERR_OK; i++) {
		do {
			e = rebuild(s, dbs[i], why);
			if (e == ERR_BUSY &&
			    store_grow(dbs[i]->store, why) != ERR_OK)
				return ERR_FULL;
		} while (e == ERR_BUSY);
	}
	return e;
}
