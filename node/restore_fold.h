/* restore_fold.h - the tables of a store whose logs were just put back. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_RESTORE_FOLD_H
#define NODE_RESTORE_FOLD_H

#include <stdint.h>

#include "proto/err.h"

struct restore_fold {
	const char *dir; /* own/, own-keys/ and keys/index.key are there */
	void *arg;
	/* Entries folded; may be NULL. */
	void (*progress)(void *arg, uint64_t done, uint64_t total);
};

/*
 * restore_fold - fold every log, batch by batch, into tables that are empty but
 * for what no entry gives again; numbers of erased messages are counted in
 * their feeds too.  ERR_CORRUPT, ERR_FULL, ERR_IO.
 */
ERR_CHECKED enum err restore_fold(
    const struct restore_fold *f, struct err_why *why);

#endif
