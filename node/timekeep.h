/* timekeep.h - what the logs are told about this machine's clock. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_TIMEKEEP_H
#define NODE_TIMEKEEP_H

#include "proto/err.h"

struct service;

/*
 * timekeep_start - append the ADMIN entry of this start, and with it let
 * recorded time catch up with the wall clock: without it, after a long stop,
 * it would follow 5 s per entry.  `program` is who starts: the daemon, or the
 * CLI that writes in its stead.  Waits for the commit.
 * Source: docs/decisions/0002.
 */
ERR_CHECKED enum err timekeep_start(
    struct service *s, const char *program, struct err_why *why);

/* Every minute: whether the kernel's clock is disciplined, for the leaves. */
void timekeep_tick(struct service *s);

#endif
