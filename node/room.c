/* room.c - what the disk has left, and when a node that found none goes on. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/room.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "node/journal.h"
#include "node/site.h"

#define TRIAL_BYTES ((off_t)1 << 20)

void
room_gone(struct site *s, const char *why)
{
	if (atomic_exchange(&s->full, true))
		return;
	journal_error("NODE-FULL",
	    "no room on the disk of %s, writes are refused with 507: %s; "
	    "free space there, no restart is needed",
	    s->dir, why);
}

/* Asked of the file system itself: quotas and reserves count too. */
static bool
is_room(const struct site *s)
{
	char path[SITE_PATH_MAX + 16];
	bool ok;
	int fd;

	(void)snprintf(path, sizeof path, "%s/room.tmp", s->dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	ok = posix_fallocate(fd, 0, TRIAL_BYTES) == 0;
	(void)close(fd);
	(void)unlink(path);
	return ok;
}

void
room_look(struct site *s)
{
	if (!atomic_load(&s->full) || !is_room(s))
		return;
	atomic_store(&s->full, false);
	journal_info("NODE-ROOM", "there is room again in %s", s->dir);
}

uint64_t
room_left(const struct site *s)
{
	struct statvfs fs;

	if (statvfs(s->dir, &fs) != 0)
		return 0;
	return (uint64_t)fs.f_bavail * fs.f_frsize;
}
