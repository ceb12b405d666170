/* daemon.h - the loop of lianfangd: start, signals, drain, stop. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DAEMON_H
#define NODE_DAEMON_H

#include "proto/err.h"

#define DAEMON_RUN_FILE "run.json"

/*
 * daemon_run - serve the node in `dir` until SIGTERM or SIGINT, then finish
 * what was accepted and close.  Prints one line on stdout when ready.
 *
 *   why   a start-up failure, with its fix
 *
 * Main thread of a process of its own; SIGPIPE is ignored from here on.
 */
ERR_CHECKED enum err daemon_run(const char *dir, struct err_why *why);

#endif
