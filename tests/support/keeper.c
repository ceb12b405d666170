/* keeper.c - a plant that is backed up and restored, in one process. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/keeper.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "node/restore.h"
#include "node/site_logs.h"
#include "node/submit_roll.h"
#include "proto/slice.h"
#include "proto/text.h"

static void
must_at(enum err e, const struct err_why *why, int line)
{
	if (e == ERR_OK)
		return;
	fprintf(stderr, "keeper.c:%d: %s: %s\n", line, err_name(e), why->text);
	abort();
}
#define must(e, why) must_at(e, why, __LINE__)

void
keeper_begin(struct keeper *k)
{
	memset(k, 0, sizeof *k);
	plant_begin(&k->p, "plant-a.acme.example");
	temp_make(k->folder);
	temp_path(k->to, k->folder, "to");
	temp_path(k->keys, k->folder, "keys");
	temp_path(k->back, k->folder, "back");
}

void
keeper_end(struct keeper *k)
{
	plant_end(&k->p);
	temp_remove(k->folder);
}

void
keeper_close(struct keeper *k)
{
	site_close(k->p.site);
	k->p.site = NULL;
}

void
keeper_open(struct keeper *k)
{
	struct err_why why = {.text = ""};

	must(site_open(&k->p.site, k->p.dir, &k->p.clock, &why), &why);
	must(site_start(k->p.site, &why), &why);
}

uint64_t
keeper_alarm(struct keeper *k, const char *title)
{
	static char source[] = "gds-01";
	static char area[] = "tank-farm-2";
	static char gas[] = "gas";
	Record__Alarm clear = RECORD__ALARM__INIT;
	Record__Alarm a = RECORD__ALARM__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	char id[TEXT_UUID_CHARS + 1];
	struct submit_result *r;
	char copy[128];
	uint64_t index;

	(void)snprintf(copy, sizeof copy, "%s", title);
	a.source = source;
	a.has_source_seq = a.has_level = a.has_occurred_at = true;
	a.source_seq = ++k->seq;
	a.level = 2;
	a.kind = gas;
	a.area = area;
	a.title = copy;
	a.occurred_at = k->p.now;
	r = plant_alarms(&k->p, (Record__Alarm *[]){&a}, 1);
	must(r->error, &r->why);
	index = r->items[0].index;
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
	clear.has_action = true;
	clear.action = RECORD__ALARM__ACTION__CLEAR;
	post.alarm = &clear;
	r = plant_event(&k->p, LEDGER__KIND__ALARM, id, &post);
	must(r->error, &r->why);
	submit_result_free(r);
	return index;
}

void
keeper_erase(struct keeper *k, uint64_t index, uint32_t field)
{
	Api__ErasurePost post = API__ERASURE_POST__INIT;
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(&k->p, w);
	char reason[] = "art. 47";
	struct submit_result *r;

	post.has_index = true;
	post.index = index;
	post.reason = reason;
	post.fields = &field;
	post.n_fields = field != 0;
	plant_turn(&k->p, PLANT_LAW);
	submit_erasure(&to, &post);
	r = submit_wait_for(w);
	must(r->error, &r->why);
	submit_result_free(r);
}

void
keeper_roll(struct keeper *k)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(&k->p, w);
	const struct submit_roll roll = {
	    .origin = site_log(k->p.site, SITE_EVIDENCE)->key.name,
	    .reason = "test",
	};
	struct submit_result *r;

	submit_roll(&to, &roll);
	r = submit_wait_for(w);
	must(r->error, &r->why);
	submit_result_free(r);
}

enum err
keeper_backup(struct keeper *k, bool full, struct backup_result *result,
    struct err_why *why)
{
	const struct backup_plan plan = {
	    .dir = k->p.dir,
	    .to = k->to,
	    .keydir = k->keys,
	    .full = full,
	    .now_us = k->p.now,
	};
	struct backup_result unused;
	enum err e = backup_run(&plan, result == NULL ? &unused : result, why);

	if (e == ERR_OK && result == NULL)
		backup_clear(&unused);
	return e;
}

enum err
keeper_verify(struct keeper *k, struct err_why *why)
{
	struct backup_verify v = {.folder = k->to, .keydir = k->keys};
	struct part_check_counts counts;
	Backup__Manifest *m = NULL;
	enum err e = backup_verify_open(&m, k->to, k->keys, why);

	v.manifest = m;
	if (e == ERR_OK)
		e = backup_verify(&v, &counts, why);
	if (m != NULL)
		slice_free(&m->base);
	return e;
}

enum err
keeper_restore(struct keeper *k, struct err_why *why)
{
	const struct restore_plan plan = {
	    .from = k->to, .keydir = k->keys, .dir = k->back};
	Backup__Manifest *m = NULL;
	enum err e;

	temp_remove(k->back);
	e = restore_run(&plan, &m, why);
	if (m != NULL)
		slice_free(&m->base);
	return e;
}

/* ---- two stores ---- */

static bool
same_table(struct store *const of[2], const char *name)
{
	struct store_cursor *cursor[2] = {NULL, NULL};
	struct store_txn *txn[2] = {NULL, NULL};
	struct err_why why = {.text = ""};
	struct store_row row[2];
	bool same = true;
	enum err e[2];

	for (int i = 0; i < 2; i++) {
		struct store_table t;

		must(store_table(of[i], name, &t, &why), &why);
		must(store_read(of[i], &txn[i], &why), &why);
		must(store_cursor(txn[i], t, &cursor[i], &why), &why);
		e[i] = store_seek(cursor[i], bytes_of(NULL, 0), &row[i]);
	}
	while (same && e[0] == ERR_OK && e[1] == ERR_OK) {
		same = bytes_equal(row[0].key, row[1].key) &&
		    bytes_equal(row[0].value, row[1].value);
		for (int i = 0; i < 2; i++)
			e[i] = store_next(cursor[i], &row[i]);
	}
	for (int i = 0; i < 2; i++) {
		store_cursor_close(cursor[i]);
		store_abort(txn[i]);
	}
	return same && e[0] == ERR_NOT_FOUND && e[1] == ERR_NOT_FOUND;
}

const char *
keeper_differs(struct keeper *k)
{
	static const char *const tables[] = {"log_origin", "log_state",
	    "log_entry", "log_node", "log_key", "log_body", "log_note",
	    "log_cosig", "log_span", "record", "bykind", "open", "source",
	    "feed", "repeat", "event", "name", "actor", "holder", "loss",
	    "target", "notice", "retain", "token", "folded"};
	const char *const dirs[2] = {k->p.dir, k->back};
	struct err_why why = {.text = ""};
	struct store *of[2];
	const char *out = "";

	for (int i = 0; i < 2; i++) {
		char path[TEMP_PATH_BYTES];

		temp_path(path, dirs[i], "own");
		must(store_open(&of[i], path, STORE_CREATE, &why), &why);
	}
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
		if (!same_table(of, tables[i])) {
			out = tables[i];
			break;
		}
	}
	store_close(of[0]);
	store_close(of[1]);
	return out;
}
