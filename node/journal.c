/* journal.c - the daemon's log: one line, one stable id. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/journal.h"

#include "proto/text.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024

static atomic_int threshold = CONFIG__LOG_LEVEL__INFO;

void
journal_level(Config__LogLevel level)
{
	atomic_store(&threshold, (int)level);
}

static const char *
level_name(Config__LogLevel level)
{
	if (level == CONFIG__LOG_LEVEL__ERROR)
		return "error";
	if (level == CONFIG__LOG_LEVEL__WARN)
		return "warn";
	return level == CONFIG__LOG_LEVEL__DEBUG ? "debug" : "info";
}

void
journal(Config__LogLevel level, const char *id, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	char when[TEXT_TIME_CHARS + 1];
	struct timeval tv;
	va_list ap;

	if ((int)level > atomic_load(&threshold))
		return;
	(void)gettimeofday(&tv, NULL);
	text_time_put(
	    when, (int64_t)tv.tv_sec * 1000000 + tv.tv_usec / 1000 * 1000);
	int n = snprintf(
	    line, sizeof line, "%s %s %s ", when, level_name(level), id);
	if (n < 0 || (size_t)n >= sizeof line)
		return;
	size_t len = (size_t)n;
	va_start(ap, fmt);
	n = vsnprintf(line + len, sizeof line - len - 1, fmt, ap);
	va_end(ap);
	if (n > 0)
		len += (size_t)n < sizeof line - len - 1
		    ? (size_t)n
		    : sizeof line - len - 2;
	/* A line of the journal is a line: names come from outside. */
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[len++] = '\n';
	ssize_t done = write(STDERR_FILENO, line, len);
	(void)done; /* nobody could be told */
}
