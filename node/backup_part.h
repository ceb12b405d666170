/* backup_part.h - one part of a backup, made beside a node that may run. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_BACKUP_PART_H
#define NODE_BACKUP_PART_H

#include "ledger/dump.h"
#include "ledger/part.h"
#include "proto/err.h"

/* Tables of the own store that entries do not give again, beside those of the
 * logs; ended by NULL.  Rows of `source` are those of erased entries only. */
extern const char *const backup_part_tables[];

/* Files below DIR that a part has, all of them, each time: "site", node.yaml,
 * alliance.json, and what lies in packs/ and import/. */
#define BACKUP_PART_FILE_MAX ((size_t)1 << 20)
bool backup_part_file_ok(const char *name);

struct backup_part {
	const char *dir;
	const char *path; /* of the new part */
	const char *before; /* path of the part before; NULL: a base */
	struct hash before_sum;
	/* A base: the logs of what it takes the place of (dump.h). */
	Backup__Log *const *over;
	size_t over_len;
	uint64_t number;
	int64_t made_at;
	void *arg;
	void (*progress)(void *arg, uint64_t done, uint64_t total);
};

struct backup_made {
	Backup__Head *head; /* slice_free */
	struct part_sum sum;
	struct dump_before end; /* wrapping keys in use; dump_before_clear */
	bool put_back; /* ERR_CONFLICT: a new base has to be begun */
};

/* One transaction's state of DIR/own.  Nothing is left on failure.
 * ERR_CONFLICT: what was there before is of another history, or put_back. */
ERR_CHECKED enum err backup_part_make(
    const struct backup_part *p, struct backup_made *out, struct err_why *why);
void backup_part_clear(struct backup_made *m);

#endif
