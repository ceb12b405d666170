/* site_lock.c - one process in a node's directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/site_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum err
site_lock(int *out, const char *dir, struct err_why *why)
{
	char path[4096];
	char pid[32] = "";
	ssize_t n;
	int len;

	(void)snprintf(path, sizeof path, "%s/lock", dir);
	*out = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*out < 0)
		return err_errno(why, ERR_IO, errno, "%s", path);
	if (flock(*out, LOCK_EX | LOCK_NB) != 0) {
		n = pread(*out, pid, sizeof pid - 1, 0);
		pid[n > 0 ? n : 0] = '\0';
		pid[strcspn(pid, "\n")] = '\0';
		return err_fail(why, ERR_BUSY,
		    "%s is in use by process %s; stop it first", dir,
		    pid[0] != '\0' ? pid : "?");
	}
	len = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
	if (ftruncate(*out, 0) != 0 || pwrite(*out, pid, (size_t)len, 0) != len)
		return err_errno(why, ERR_IO, errno, "%s", path);
	return ERR_OK;
}

/* What init makes first. */
static enum err
check_empty(const char *dir, struct err_why *why)
{
	static const char *const parts[] = {
	    "keys", "own", "own-keys", "replica", "replica-keys", "kept"};
	char path[4096];

	(void)snprintf(path, sizeof path, "%s/" SITE_FILE, dir);
	if (access(path, F_OK) == 0)
		return err_fail(
		    why, ERR_EXISTS, "%s holds a node already", dir);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dir, parts[i]);
		if (access(path, F_OK) == 0)
			return err_fail(why, ERR_EXISTS,
			    "%s holds a node that was not finished, or lost "
			    "its file \"site\": put that back from a backup; "
			    "only if init was interrupted, remove all and "
			    "begin again",
			    dir);
	}
	return ERR_OK;
}

/* Of several at once one makes the node: before its lock nothing of it is
 * there.  A node that runs is told for what it is. */
enum err
site_lock_new(int *out, const char *dir, struct err_why *why)
{
	char path[4096];
	enum err e;

	(void)snprintf(path, sizeof path, "%s/" SITE_FILE, dir);
	if (access(path, F_OK) == 0)
		return check_empty(dir, why);
	e = site_lock(out, dir, why);
	if (e == ERR_BUSY)
		return err_fail(why, ERR_EXISTS,
		    "%s is being made a node by another process: see what "
		    "that one says",
		    dir);
	return e == ERR_OK ? check_empty(dir, why) : e;
}
