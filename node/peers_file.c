/* peers_file.c - the roster in the node's directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/peers_file.h"

#include "ledger/generation.h"
#include "node/peers.h"
#include "node/site_logs.h"
#include "node/whole_file.h"
#include "proto/json.h"

#include <stdio.h>

#define PATH_MAX_BYTES 1024

static enum err
path_of(char *out, const char *dir, struct err_why *why)
{
	int n = snprintf(out, PATH_MAX_BYTES, "%s/%s", dir, PEERS_FILE);

	if (n < 0 || n >= PATH_MAX_BYTES)
		return err_fail(why, ERR_LIMIT, "directory name too long");
	return ERR_OK;
}

/* Is the log of the card one of ours?  A later generation needs no new card:
 * members learn of it by its succession. */
static bool
log_same(const struct site *s, const struct roster_member *m,
    enum roster_kind card, enum site_kind kind)
{
	const struct note_vkey *log = &m->log[card];
	struct note_vkey own;
	struct generation g;

	return generation_get(&g, log->name, NULL) == ERR_OK &&
	    site_logs_vkey(s, kind, g.number, &own, NULL) == ERR_OK &&
	    memcmp(own.pub, log->pub, CRYPTO_PUB_BYTES) == 0;
}

static enum err
check_self(const struct roster *r, const struct site *s, struct err_why *why)
{
	const struct roster_member *m = roster_find(r, s->name);

	if (m == NULL)
		return err_fail(why, ERR_REFUSED,
		    "%.120s is no member of this alliance; ask for a genesis "
		    "that has this node's card",
		    s->name);
	bool same = log_same(s, m, ROSTER_EVIDENCE, SITE_EVIDENCE) &&
	    log_same(s, m, ROSTER_ALLIANCE, SITE_ALLIANCE) &&
	    memcmp(m->identity + 1, s->keys.identity.pub, CRYPTO_PUB_BYTES) ==
	        0 &&
	    memcmp(m->witness.pub, s->keys.witness.pub, CRYPTO_PUB_BYTES) ==
	        0 &&
	    memcmp(m->session, s->keys.session.pub, CRYPTO_KEY_BYTES) == 0;
	if (!same)
		return err_fail(why, ERR_REFUSED,
		    "the card of %.120s has other keys than this node; make "
		    "a new card: lianfang alliance card",
		    s->name);
	return ERR_OK;
}

enum err
peers_file_check(struct roster **out, struct bytes json,
    const struct site *site, struct err_why *why)
{
	struct roster *r = NULL;
	enum err e = roster_open(&r, json, why);

	if (e != ERR_OK)
		return e;
	e = check_self(r, site, why);
	if (e != ERR_OK) {
		roster_free(r);
		return e;
	}
	*out = r;
	return ERR_OK;
}

enum err
peers_file_read(struct roster **out, const char *dir, const struct site *site,
    struct err_why *why)
{
	char path[PATH_MAX_BYTES];
	struct buf text;
	enum err e = path_of(path, dir, why);

	buf_init(&text, JSON_BYTES_MAX);
	if (e == ERR_OK)
		e = whole_file_read(&text, path, why);
	if (e == ERR_OK) {
		e = peers_file_check(out, buf_view(&text), site, why);
		if (e != ERR_OK)
			e = err_wrap(why, e, "%s", PEERS_FILE);
		/* Not to be mistaken for the absence of a file. */
		if (e == ERR_NOT_FOUND)
			e = ERR_MALFORMED;
	}
	buf_clear(&text);
	return e;
}

enum err
peers_file_write(const char *dir, struct bytes json, struct err_why *why)
{
	char path[PATH_MAX_BYTES];
	enum err e = path_of(path, dir, why);

	return e == ERR_OK ? whole_file_write(path, json, 0644, why) : e;
}
