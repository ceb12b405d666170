/* journal.h - the daemon's log: one line, one stable id. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_JOURNAL_H
#define NODE_JOURNAL_H

#include "config.pb-c.h"

/*
 * 2026-11-22T02:50:00.123Z info NODE-READY http=127.0.0.1:8420
 *
 * One write(2) per line to stderr; control characters are escaped.  Ids are
 * stable for those who search; only node/ logs, and never bodies or secrets.
 */
void journal_level(Config__LogLevel level);
void journal(Config__LogLevel level, const char *id, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#define journal_error(id, ...) \
	journal(CONFIG__LOG_LEVEL__ERROR, id, __VA_ARGS__)
#define journal_warn(id, ...) journal(CONFIG__LOG_LEVEL__WARN, id, __VA_ARGS__)
#define journal_info(id, ...) journal(CONFIG__LOG_LEVEL__INFO, id, __VA_ARGS__)
#define journal_debug(id, ...) \
	journal(CONFIG__LOG_LEVEL__DEBUG, id, __VA_ARGS__)

#endif
