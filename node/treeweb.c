/* treeweb.c - the logs over HTTP: checkpoints, tiles, bundles, proofs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/treeweb.h"

#include "ledger/log_read.h"
#include "ledger/tile.h"
#include "node/query.h"
#include "node/service.h"
#include "node/site_logs.h"
#include "proto/text.h"

#include <stdio.h>

#define TEXT_PLAIN "text/plain; charset=utf-8"
#define OCTETS "application/octet-stream"
#define FOREVER "public, max-age=604800, immutable"
#define FOREVER_PRIVATE "private, max-age=604800, immutable"

/* An open log with a read transaction. */
struct view {
	struct site_log log;
	struct store_txn *txn;
};

static enum err
view_open(
    struct view *v, struct site *s, const char *origin, struct err_why *why)
{
	enum err e = site_find_log(s, origin, &v->log, why);

	v->txn = NULL;
	if (e == ERR_OK)
		e = store_read(v->log.db->store, &v->txn, why);
	return e;
}

/* Origin of an own log of this generation. */
static enum err
own_origin(const struct ops_call *call, const char *log, char *out, size_t cap,
    struct err_why *why)
{
	uint64_t generation;
	enum err e = text_u64_get(&generation, call->arg[0], UINT32_MAX, NULL);

	if (e != ERR_OK)
		return err_fail(why, ERR_NOT_FOUND, "no such log");
	(void)snprintf(out, cap, "%s/%s/%llu", call->service->site->name, log,
	    (unsigned long long)generation);
	return ERR_OK;
}

static enum err
checkpoint(struct ops_call *call, const char *log, struct err_why *why)
{
	struct view v = {.txn = NULL};
	char origin[NOTE_NAME_MAX + 32];
	enum err e = own_origin(call, log, origin, sizeof origin, why);

	if (e == ERR_OK)
		e = view_open(&v, call->service->site, origin, why);
	if (e == ERR_OK)
		e = log_checkpoint(v.log.db->book, v.txn, v.log.slot, 0,
		    &call->out, NULL, why);
	store_abort(v.txn);
	ops_reply_type(call, TEXT_PLAIN);
	return e;
}

enum err
treeweb_evidence_checkpoint(struct ops_call *call, struct err_why *why)
{
	return checkpoint(call, "evidence", why);
}

enum err
treeweb_alliance_checkpoint(struct ops_call *call, struct err_why *why)
{
	return checkpoint(call, "alliance", why);
}

/* The view "tile/..." at the end of the path. */
static struct bytes
tile_part(const struct ops_call *call)
{
	const uint8_t *at = call->arg[0].ptr + call->arg[0].len + 1;

	return bytes_of(at, (size_t)(call->path.ptr + call->path.len - at));
}

static enum err
tile(struct ops_call *call, const char *log, struct err_why *why)
{
	struct view v = {.txn = NULL};
	struct tile t;
	char origin[NOTE_NAME_MAX + 32];
	enum err e = tile_parse(&t, tile_part(call), why);

	if (e != ERR_OK) {
		call->code = "bad_tile_path";
		return err_fail(why, ERR_NOT_FOUND, "not a tile's path");
	}
	e = own_origin(call, log, origin, sizeof origin, why);
	if (e == ERR_OK)
		e = view_open(&v, call->service->site, origin, why);
	if (e != ERR_OK)
		return e;
	e = log_tile(v.log.db->book, v.txn, v.log.slot, &t, &call->out, why);
	store_abort(v.txn);
	ops_reply_type(call, OCTETS);
	call->cache = t.entries ? FOREVER_PRIVATE : FOREVER;
	return e;
}

enum err
treeweb_evidence_tile(struct ops_call *call, struct err_why *why)
{
	return tile(call, "evidence", why);
}

enum err
treeweb_alliance_tile(struct ops_call *call, struct err_why *why)
{
	return tile(call, "alliance", why);
}

/* ---- proofs ---- */

/* May this token read leaves of the log?  Those of ingest may not; a partner
 * those that go to all members. */
static bool
reads_leaves(const struct ops_call *call, bool alliance)
{
	unsigned readers = OPS_OPERATOR | OPS_HQ | OPS_REGULATOR | OPS_ADMIN;

	if (alliance)
		readers |= OPS_PARTNER;
	return (call->who.role & readers) != 0;
}

static enum err
proof_origin(const struct ops_call *call, char *out, size_t cap, bool *alliance,
    struct err_why *why)
{
	const char *site = params_get(&call->params, "site");
	uint64_t generation = 0;
	bool evidence = bytes_equal(call->arg[0], bytes_str("evidence"));
	enum err e;

	*alliance = bytes_equal(call->arg[0], bytes_str("alliance"));
	if (!evidence && !*alliance)
		return err_fail(
		    why, ERR_NOT_FOUND, "log: expected evidence or alliance");
	e = params_u64(
	    &call->params, "generation", UINT32_MAX, &generation, why);
	if (e != ERR_OK)
		return e;
	bool current = params_get(&call->params, "generation") == NULL;
	const struct site *s = call->service->site;
	if (site == NULL && current)
		(void)snprintf(out, cap, "%s",
		    site_log(s, evidence ? SITE_EVIDENCE : SITE_ALLIANCE)
		        ->key.name);
	else
		(void)snprintf(out, cap, "%.200s/%s/%llu",
		    site != NULL ? site : s->name,
		    evidence ? "evidence" : "alliance",
		    (unsigned long long)generation);
	return ERR_OK;
}

enum err
treeweb_proof(struct ops_call *call, struct err_why *why)
{
	char origin[NOTE_NAME_MAX + 32];
	struct query_proof p = {.origin = origin};
	uint64_t quorum = 0;
	bool alliance;
	enum err e = proof_origin(call, origin, sizeof origin, &alliance, why);

	if (e != ERR_OK)
		return e;
	if (text_u64_get(&p.index, call->arg[1], TREE_SIZE_MAX, NULL) != ERR_OK)
		return err_fail(why, ERR_MALFORMED, "index: expected a number");
	e = params_u64(&call->params, "quorum", NOTE_SIGS_MAX, &quorum, why);
	if (e != ERR_OK)
		return e;
	p.min_sigs = (size_t)quorum;
	p.leaf = reads_leaves(call, alliance);
	e = query_proof(call->service->site, &p, &call->out, why);
	ops_reply_type(call, TEXT_PLAIN);
	return e;
}
