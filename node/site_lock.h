/* site_lock.h - one process in a node's directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SITE_LOCK_H
#define NODE_SITE_LOCK_H

#include "proto/err.h"

/*
 * site_lock - take DIR/lock: nobody else opens the directory's stores until
 * *out is closed, which is -1 when there is nothing to close.
 * ERR_BUSY: another process (named in why) has it; ERR_IO.
 */
ERR_CHECKED enum err site_lock(int *out, const char *dir, struct err_why *why);

/* Only a node has it; it is written last of all. */
#define SITE_FILE "site"

/* site_lock_new - the same for a directory that is to become a node.
 * ERR_EXISTS: it is one, holds part of one, or another process makes it. */
ERR_CHECKED enum err site_lock_new(
    int *out, const char *dir, struct err_why *why);

#endif
