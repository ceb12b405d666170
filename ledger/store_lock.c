/* store_lock.c - which processes have a store open. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "ledger/store_mdb.h"

/*
 * Locks of the open file, on two bytes of redo.lock: WRITER is held by the one
 * that writes, USER is shared by all and taken alone to restore.  LMDB's own
 * lock cannot tell a writer from a reader.  The byte MARK is content.
 */
#define WRITER 1
#define USER 2
#define MARK 0
#define WAIT_MS 10

static bool
lock(int fd, short type, off_t at)
{
	struct flock l = {
	    .l_type = type,
	    .l_whence = SEEK_SET,
	    .l_start = at,
	    .l_len = 1,
	};

	return fcntl(fd, F_OFD_SETLK, &l) == 0;
}

static bool
open_lock(struct store *s)
{
	char path[4096];
	int flags = (s->read_only ? O_RDONLY : O_RDWR | O_CREAT) | O_CLOEXEC;
	int n = snprintf(path, sizeof(path), "%s/redo.lock", s->dir);

	if (s->lock_fd < 0 && n > 0 && (size_t)n < sizeof(path))
		s->lock_fd = open(path, flags, 0600);
	return s->lock_fd >= 0;
}

enum err
store_lock_writer(struct store *s, struct err_why *why)
{
	if (!open_lock(s))
		return store_mdb_err(errno, "open redo.lock", why);
	if (lock(s->lock_fd, F_WRLCK, WRITER))
		return ERR_OK;
	if (errno != EAGAIN && errno != EACCES)
		return store_mdb_err(errno, "lock redo.lock", why);
	return err_fail(
	    why, ERR_BUSY, "another process writes the store %s", s->dir);
}

bool
store_lock_alone(struct store *s)
{
	return lock(s->lock_fd, F_WRLCK, USER);
}

bool
store_lock_shared(struct store *s)
{
	/* A store of an earlier version has no such file yet. */
	if (!open_lock(s))
		return errno == ENOENT;
	return lock(s->lock_fd, F_RDLCK, USER);
}

void
store_lock_drop(struct store *s)
{
	if (s->lock_fd >= 0)
		(void)close(s->lock_fd);
	s->lock_fd = -1;
}

void
store_lock_mark(struct store *s, bool failed)
{
	const char mark = failed ? 'F' : '-';

	/* Only those who see the same page cache need to see it. */
	if (s->lock_fd >= 0 && pwrite(s->lock_fd, &mark, 1, MARK) != 1)
		return;
}

bool
store_lock_marked(struct store *s)
{
	char mark = '-';

	return pread(s->lock_fd, &mark, 1, MARK) == 1 && mark == 'F';
}

int64_t
store_lock_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool
store_lock_wait(int64_t until_ms)
{
	const struct timespec nap = {.tv_nsec = WAIT_MS * 1000000};

	if (store_lock_now_ms() >= until_ms)
		return false;
	(void)nanosleep(&nap, NULL);
	return true;
}
