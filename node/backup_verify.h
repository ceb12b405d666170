/* backup_verify.h - a backup read from its disk and held against its keys. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_BACKUP_VERIFY_H
#define NODE_BACKUP_VERIFY_H

#include "ledger/part_check.h"
#include "node/backup_manifest.h"

struct backup_verify {
	const char *folder; /* the backup */
	const char *keydir; /* NULL: bodies stay shut */
	const Backup__Manifest *manifest;
	size_t from; /* parts before this one are only looked for: quick */
	void *arg;
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	/* Each frame, checked; may be NULL. */
	enum err (*frame)(
	    void *arg, const struct part_frame *f, struct err_why *why);
};

/*
 * backup_verify - every part, byte by byte (part_check.h), and that all ends
 * where the manifest says.  With `from` > 0 the parts from there on are read
 * and hashed only, those before must be there with their size.
 * ERR_NOT_FOUND (a part, a wrapping key), ERR_CORRUPT, ERR_UNVERIFIED, ERR_IO.
 */
ERR_CHECKED enum err backup_verify(const struct backup_verify *v,
    struct part_check_counts *out, struct err_why *why);

/* The manifest in `folder`, and that it is by the node whose keys these are
 * (NULL: not judged).  Release with slice_free. */
ERR_CHECKED enum err backup_verify_open(Backup__Manifest **out,
    const char *folder, const char *keydir, struct err_why *why);

#endif
