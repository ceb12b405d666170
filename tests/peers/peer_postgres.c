/* peer_postgres.c - PostgreSQL with a trigger that chains hashes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/peers/peer.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/mem.h"

struct peer_client {
	PGconn *pg;
};

/* The head's row is locked until the commit: without that two writers would
 * chain to the same row. */
static const char *const schema[] = {
    "CREATE TABLE alarm (id bigserial PRIMARY KEY, body json NOT NULL, "
    "previous bytea NOT NULL, hash bytea NOT NULL)",
    "CREATE TABLE head (one int PRIMARY KEY, hash bytea NOT NULL)",
    "INSERT INTO head VALUES (1, '')",
    "CREATE FUNCTION chain() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "SELECT hash INTO NEW.previous FROM head WHERE one = 1 FOR UPDATE; "
    "NEW.hash := sha256(NEW.previous || convert_to(NEW.body::text, 'UTF8')); "
    "UPDATE head SET hash = NEW.hash WHERE one = 1; RETURN NEW; END $$",
    "CREATE TRIGGER chained BEFORE INSERT ON alarm FOR EACH ROW EXECUTE "
    "FUNCTION chain()",
};

static void
run(PGconn *pg, const char *sql)
{
	PGresult *r = PQexec(pg, sql);

	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		peer_fail("postgres: %s", PQerrorMessage(pg));
	PQclear(r);
}

static bool
is_made(PGconn *pg)
{
	PGresult *r = PQexec(pg, "SELECT to_regclass('head') IS NOT NULL");
	bool made;

	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		peer_fail("postgres: %s", PQerrorMessage(pg));
	made = strcmp(PQgetvalue(r, 0, 0), "t") == 0;
	PQclear(r);
	return made;
}

struct peer_client *
peer_open(const char *where)
{
	struct peer_client *c = mem_alloc(1, sizeof(*c));
	PGresult *r;
	char conninfo[4096];

	(void)snprintf(conninfo, sizeof(conninfo),
	    "host='%s' dbname=postgres user=postgres", where);
	c->pg = PQconnectdb(conninfo);
	if (PQstatus(c->pg) != CONNECTION_OK)
		peer_fail("postgres: %s", PQerrorMessage(c->pg));
	if (!is_made(c->pg))
		for (size_t i = 0; i < sizeof(schema) / sizeof(schema[0]); i++)
			run(c->pg, schema[i]);
	r = PQprepare(
	    c->pg, "put", "INSERT INTO alarm (body) VALUES ($1)", 1, NULL);
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		peer_fail("postgres: %s", PQerrorMessage(c->pg));
	PQclear(r);
	return c;
}

static void
put_one(struct peer_client *c, const char *body)
{
	PGresult *r = PQexecPrepared(c->pg, "put", 1, &body, NULL, NULL, 0);

	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		peer_fail("postgres: %s", PQerrorMessage(c->pg));
	PQclear(r);
}

/* All of a batch goes out before the first answer is read. */
static void
put_many(struct peer_client *c, const char *const *bodies, size_t n)
{
	PGresult *r;

	run(c->pg, "BEGIN");
	if (PQenterPipelineMode(c->pg) != 1)
		peer_fail("postgres: %s", PQerrorMessage(c->pg));
	for (size_t i = 0; i < n; i++)
		if (PQsendQueryPrepared(
		        c->pg, "put", 1, &bodies[i], NULL, NULL, 0) != 1)
			peer_fail("postgres: %s", PQerrorMessage(c->pg));
	(void)PQpipelineSync(c->pg);
	for (size_t i = 0; i < n; i++) {
		r = PQgetResult(c->pg);
		if (PQresultStatus(r) != PGRES_COMMAND_OK)
			peer_fail("postgres: %s", PQerrorMessage(c->pg));
		PQclear(r);
		(void)PQgetResult(c->pg); /* NULL: end of this statement */
	}
	PQclear(PQgetResult(c->pg));
	(void)PQexitPipelineMode(c->pg);
	run(c->pg, "COMMIT");
}

void
peer_put(struct peer_client *c, const char *const *bodies, size_t n)
{
	if (n == 1)
		put_one(c, bodies[0]);
	else
		put_many(c, bodies, n);
}

void
peer_close(struct peer_client *c)
{
	PQfinish(c->pg);
	free(c);
}
