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
