/* restore.h - a node's directory out of a backup. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_RESTORE_H
#define NODE_RESTORE_H

#include "node/backup_manifest.h"

struct restore_plan {
	const char *from;
	const char *keydir;
	const char *dir; /* must not be there, or be empty */
	void *arg;
	/* what: "verify", "restore", "fold"; may be NULL. */
	void (*progress)(
	    void *arg, const char *what, uint64_t done, uint64_t total);
	/* Looks at what was made before it counts; NULL: nobody does. */
	enum err (*judge)(void *arg, struct err_why *why);
};

/*
 * restore_run - verify the backup, load its parts into a new store, fold the
 * tables, have it judged; the file "site" comes last: until then the directory
 * holds no node.  replica/ and the witness key do not come back: they are
 * fetched and made anew.  On failure nothing is left in `dir`.
 *
 *   out   the manifest; slice_free
 *
 * ERR_EXISTS  `dir` holds something;  ERR_NOT_FOUND, ERR_UNVERIFIED,
 * ERR_CORRUPT  the backup or its keys;  ERR_FULL, ERR_IO
 */
ERR_CHECKED enum err restore_run(
    const struct restore_plan *p, Backup__Manifest **out, struct err_why *why);

#endif
