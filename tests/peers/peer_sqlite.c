/* peer_sqlite.c - SQLite, WAL and synchronous FULL, a chain of hashes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/peers/peer.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/digest.h"
#include "proto/mem.h"

/*
 * One connection behind one lock is the best case for many writers of SQLite:
 * with a connection each they would wait for its file lock by polling.
 */
struct peer_client {
	int unused;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sqlite3 *db;
static sqlite3_stmt *insert;
static struct hash head;

static void
run(const char *sql)
{
	char *why = NULL;

	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		peer_fail("sqlite: %s: %s", sql, why);
}

struct peer_client *
peer_open(const char *where)
{
	char path[4096];

	if (db != NULL)
		return mem_alloc(1, sizeof(struct peer_client));
	(void)snprintf(path, sizeof(path), "%s/alarms.sqlite", where);
	if (sqlite3_open(path, &db) != SQLITE_OK)
		peer_fail("sqlite: %s: %s", path, sqlite3_errmsg(db));
	run("PRAGMA journal_mode = WAL");
	run("PRAGMA synchronous = FULL");
	run("CREATE TABLE IF NOT EXISTS alarm (id INTEGER PRIMARY KEY, body "
	    "TEXT NOT NULL, previous BLOB NOT NULL, hash BLOB NOT NULL)");
	if (sqlite3_prepare_v2(db,
	        "INSERT INTO alarm (body, previous, hash) VALUES (?, ?, ?)", -1,
	        &insert, NULL) != SQLITE_OK)
		peer_fail("sqlite: %s", sqlite3_errmsg(db));
	return mem_alloc(1, sizeof(struct peer_client));
}

void
peer_put(struct peer_client *c, const char *const *bodies, size_t n)
{
	(void)c;
	pthread_mutex_lock(&lock);
	run("BEGIN IMMEDIATE");
	for (size_t i = 0; i < n; i++) {
		const struct bytes parts[] = {
		    bytes_hash(&head), bytes_str(bodies[i])};
		struct hash next;

		digest_sha256_parts(&next, parts, 2);
		(void)sqlite3_bind_text(
		    insert, 1, bodies[i], -1, SQLITE_STATIC);
		(void)sqlite3_bind_blob(
		    insert, 2, head.b, HASH_BYTES, SQLITE_STATIC);
		(void)sqlite3_bind_blob(
		    insert, 3, next.b, HASH_BYTES, SQLITE_STATIC);
		if (sqlite3_step(insert) != SQLITE_DONE)
			peer_fail("sqlite: %s", sqlite3_errmsg(db));
		(void)sqlite3_reset(insert);
		head = next;
	}
	run("COMMIT");
	pthread_mutex_unlock(&lock);
}

void
peer_close(struct peer_client *c)
{
	free(c);
}
