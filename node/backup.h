/* backup.h - a backup of a node's own records, hot, in parts. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_BACKUP_H
#define NODE_BACKUP_H

#include "node/backup_verify.h"

struct backup_plan {
	const char *dir;
	const char *to;
	const char *keydir; /* NULL: keys are not copied */
	bool full; /* a new base */
	bool quick; /* re-read only what was written now */
	int64_t now_us;
	void *arg;
	/* what: "backup", "verify"; may be NULL. */
	void (*progress)(
	    void *arg, const char *what, uint64_t done, uint64_t total);
};

struct backup_result {
	Backup__Manifest *manifest;
	size_t first; /* the first part written now */
	size_t gone; /* keys destroyed in KEYDIR */
	struct part_check_counts counts;
};

/*
 * backup_run - one more part into TO, or a base when there is none, or --full.
 *
 * A part is written beside the others, re-read and checked; then the keys that
 * are new go to KEYDIR; then manifest.json is replaced, and only then does it
 * count: until then TO is the backup that it was.  At last KEYDIR loses what
 * the node has destroyed, and TO the parts that no manifest names.  When keys
 * moved on meanwhile (an erasure, a new generation) another part follows at
 * once.
 *
 * ERR_BUSY      another backup writes there
 * ERR_CONFLICT  TO or KEYDIR is of another node, or of another history of this
 *               one (restored, copied), or TO holds more than it (--full, too)
 * ERR_UNVERIFIED  TO is signed by another key
 * ERR_REFUSED   TO and KEYDIR lie one in the other
 * ERR_FULL, ERR_IO: TO is as it was;  ERR_CORRUPT: also what the node holds
 */
ERR_CHECKED enum err backup_run(const struct backup_plan *p,
    struct backup_result *out, struct err_why *why);
void backup_clear(struct backup_result *r);

#endif
