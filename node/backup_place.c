/* backup_place.c - may a backup of this node go to this place? */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/backup_place.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/buf.h"

static bool
within(const char *inner, const char *outer)
{
	const size_t n = strlen(outer);

	return strncmp(inner, outer, n) == 0 &&
	    (inner[n] == '\0' || inner[n] == '/');
}

enum err
backup_place_apart(const struct backup_plan *p, struct err_why *why)
{
	/* Made for the look: what is not there has no real path. */
	const bool made = p->keydir != NULL && mkdir(p->keydir, 0700) == 0;
	char *to = realpath(p->to, NULL);
	char *keys = p->keydir == NULL ? NULL : realpath(p->keydir, NULL);
	char *dir = realpath(p->dir, NULL);
	enum err e = ERR_OK;

	if (to != NULL && keys != NULL &&
	    (within(to, keys) || within(keys, to)))
		e = err_fail(why, ERR_REFUSED,
		    "%s and %s lie one in the other: keep the keys apart, or "
		    "an erasure is undone by whoever gets both",
		    p->to, p->keydir);
	else if (dir != NULL &&
	    ((to != NULL && strcmp(to, dir) == 0) ||
	        (keys != NULL && strcmp(keys, dir) == 0)))
		e = err_fail(why, ERR_REFUSED, "%s is the node itself", p->dir);
	if (made)
		(void)rmdir(p->keydir);
	free(to);
	free(keys);
	free(dir);
	return e;
}

enum err
backup_place_owner(const struct backup_plan *p,
    const struct backup_identity *id, const Backup__Manifest *m,
    struct err_why *why)
{
	struct buf mine;
	bool same;

	if (strcmp(m->node, id->node) != 0)
		return err_fail(why, ERR_CONFLICT,
		    "%s holds a backup of %s: give %s a place of its own",
		    p->to, m->node, id->node);
	buf_init(&mine, 1024);
	note_vkey_put(&mine, &id->vkey);
	same = strcmp(buf_cstr(&mine), m->identity) == 0;
	buf_clear(&mine);
	if (same)
		return ERR_OK;
	return err_fail(why, ERR_UNVERIFIED,
	    "%s is not signed by the identity key of %s: keep it and begin "
	    "anew in another place",
	    p->to, p->dir);
}

enum err
backup_place_ahead(const Backup__Manifest *was, const Backup__Manifest *now,
    struct err_why *why)
{
	for (size_t i = 0; was != NULL && i < was->n_logs; i++) {
		const Backup__Log *l = was->logs[i];
		uint64_t size = 0;

		for (size_t n = 0; n < now->n_logs; n++) {
			if (strcmp(now->logs[n]->origin, l->origin) == 0)
				size = now->logs[n]->size;
		}
		if (size < l->size)
			return err_fail(why, ERR_CONFLICT,
			    "the backup holds %" PRIu64
			    " entries of %s and this node %" PRIu64
			    ": keep it, it may be the only copy, and begin "
			    "anew in another place",
			    l->size, l->origin, size);
	}
	return ERR_OK;
}
