/* shim.c - counts, records, fails and interrupts a process's storage calls. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fault/shim_call.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/*
 * LD_PRELOAD.  Everything is known from the file descriptor and the path, not
 * from what the program is thought to do.  One lock is held over the real call
 * and its record, so that the record has the order in which things happened.
 * Shared writable mappings would go past it: shim_share->unknown tells the
 * driver.
 */

struct shim_share *shim_share;
static char root[SHIM_PATH];
static size_t root_len;
static int record_fd = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
__attribute__((constructor)) static void
shim_start(void)
{
	const char *dir = getenv("FAULT_DIR");
	const char *page = getenv("FAULT_SHARE");
	const char *record = getenv("FAULT_RECORD");
	void *at;
	int fd;

	if (dir == NULL || page == NULL || realpath(dir, root) == NULL)
		return;
	root_len = strlen(root);
	fd = (int)syscall(SYS_openat, AT_FDCWD, page, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)syscall(SYS_close, fd);
	if (at == MAP_FAILED)
		return;
	if (record != NULL)
		record_fd = (int)syscall(SYS_openat, AT_FDCWD, record,
		    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	shim_share = at;
}

/* ---- what a path or a descriptor is ---- */

static bool
below(const char *path)
{
	return strncmp(path, root, root_len) == 0 &&
	    (path[root_len] == '/' || path[root_len] == '\0');
}

static bool
fd_path(int fd, char out[static SHIM_PATH])
{
	char link[64];
	ssize_t n;

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, out, SHIM_PATH - 1);
	out[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* Absolute path of what (dirfd, path) names, when it is ours. */
bool
shim_path(int dirfd, const char *path, char out[static SHIM_PATH])
{
	char dir[SHIM_PATH];
	char *slash;

	if (shim_share == NULL || path == NULL)
		return false;
	if (path[0] == '/')
		(void)snprintf(out, SHIM_PATH, "%s", path);
	else if (dirfd == AT_FDCWD && getcwd(dir, sizeof dir) != NULL)
		(void)snprintf(out, SHIM_PATH, "%.2000s/%.2000s", dir, path);
	else if (dirfd >= 0 && fd_path(dirfd, dir))
		(void)snprintf(out, SHIM_PATH, "%.2000s/%.2000s", dir, path);
	else
		return false;
	if (below(out))
		return true;
	/* By another spelling of its folder? */
	slash = strrchr(out, '/');
	if (slash == NULL || slash == out)
		return false;
	*slash = '\0';
	if (realpath(out, dir) == NULL)
		return false;
	(void)snprintf(out, SHIM_PATH, "%.2000s/%.2000s", dir,
	    strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path);
	return below(out);
}

bool
shim_fd(int fd, struct shim_target *t)
{
	struct shim_target own;
	int code = errno;
	bool yes = false;

	if (t == NULL)
		t = &own;
	if (shim_share != NULL && fstat(fd, &t->st) == 0 &&
	    (S_ISREG(t->st.st_mode) || S_ISDIR(t->st.st_mode)))
		yes = fd_path(fd, t->path) && below(t->path);
	if (yes)
		t->durable = (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
	errno = code;
	return yes;
}

/* ---- one call ---- */

void
shim_die(void)
{
	(void)syscall(SYS_kill, getpid(), SIGKILL);
	for (;;)
		(void)pause();
}

/* Takes the lock.  Returns 0, or the errno that the call must fail with. */
int
shim_begin(unsigned class, const char *path, uint64_t *number)
{
	(void)pthread_mutex_lock(&lock);
	*number = atomic_fetch_add(&shim_share->calls, 1) + 1;
	if (*number == atomic_load(&shim_share->die_before))
		shim_die();
	if (atomic_load(&shim_share->fail_from) == 0 ||
	    *number < atomic_load(&shim_share->fail_from) ||
	    (atomic_load(&shim_share->fail_classes) & class) == 0 ||
	    atomic_load(&shim_share->fail_left) == 0)
		return 0;
	atomic_fetch_sub(&shim_share->fail_left, 1);
	(void)snprintf(shim_share->failed_path, sizeof shim_share->failed_path,
	    "%.255s", path);
	atomic_store(&shim_share->failed_class, class);
	atomic_fetch_add(&shim_share->failed, 1);
	return (int)atomic_load(&shim_share->fail_errno);
}

void
shim_end(uint64_t number)
{
	if (number == atomic_load(&shim_share->die_after))
		shim_die();
	(void)pthread_mutex_unlock(&lock);
}

long
shim_fail(uint64_t number, int code)
{
	shim_end(number);
	errno = code;
	return -1;
}

struct iovec
shim_part(const void *p, size_t len)
{
	union {
		const void *in;
		void *out;
	} u = {.in = p};

	return (struct iovec){u.out, len};
}

void
shim_put(const struct shim_record *head, const char *path, const char *other,
    const struct iovec *data, int parts)
{
	struct shim_record r = *head;
	struct iovec v[3];

	if (record_fd < 0)
		return;
	r.path_len = path != NULL ? (uint32_t)strlen(path) : 0;
	r.other_len = other != NULL ? (uint32_t)strlen(other) : 0;
	r.data_len = 0;
	for (int i = 0; i < parts; i++)
		r.data_len += data[i].iov_len;
	v[0] = shim_part(&r, sizeof r);
	v[1] = shim_part(path, r.path_len);
	v[2] = shim_part(other, r.other_len);
	(void)syscall(SYS_writev, record_fd, v, 3);
	if (parts > 0)
		(void)syscall(SYS_writev, record_fd, data, parts);
	atomic_fetch_add(&shim_share->records, 1);
}
