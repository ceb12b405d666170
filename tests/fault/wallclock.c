/* wallclock.c - turns the wall clock of one process, while it runs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

/*
 * LD_PRELOAD.  The file TURN_FILE says what the wall clock is; whoever turns
 * it overwrites its 64 bytes in place:
 *
 *   + SECONDS yes|no [BOOT]  runs, SECONDS from the true time (may be negative)
 *   = SECONDS yes|no [BOOT]  stands still at SECONDS since the epoch
 *
 * yes: the kernel calls it synchronised.  BOOT: seconds by which the boot clock
 * is ahead of the true one, as if somebody had waited.  All other clocks are
 * left alone.
 */
#define TURN_BYTES 64

static const volatile char *page;

__attribute__((constructor)) static void
turn_start(void)
{
	const char *path = getenv("TURN_FILE");
	void *at;
	int fd;

	if (path == NULL)
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	at = mmap(NULL, TURN_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (at != MAP_FAILED)
		page = at;
}

struct turned {
	char how;
	long long seconds;
	long long boot;
	bool synchronised;
};

/* Whole, also while it is being written. */
static struct turned
look(void)
{
	struct turned t = {'+', 0, 0, false};
	char a[TURN_BYTES + 1] = "", b[TURN_BYTES + 1] = "", word[8] = "";

	if (page == NULL)
		return t;
	do {
		for (int i = 0; i < TURN_BYTES; i++)
			a[i] = page[i];
		for (int i = 0; i < TURN_BYTES; i++)
			b[i] = page[i];
	} while (memcmp(a, b, sizeof a) != 0);
	if (sscanf(a, "%c %lld %7s %lld", &t.how, &t.seconds, word, &t.boot) <
	    3)
		abort();
	t.synchronised = strcmp(word, "yes") == 0;
	return t;
}

int
clock_gettime(clockid_t id, struct timespec *out)
{
	struct turned t;

	if (syscall(SYS_clock_gettime, id, out) != 0)
		return -1;
	if (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE &&
	    id != CLOCK_BOOTTIME)
		return 0;
	t = look();
	if (id == CLOCK_BOOTTIME) {
		out->tv_sec += t.boot;
		return 0;
	}
	if (t.how == '=')
		*out = (struct timespec){.tv_sec = t.seconds};
	else
		out->tv_sec += t.seconds;
	return 0;
}

int
gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	out->tv_sec = now.tv_sec;
	out->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *out)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

int
adjtimex(struct timex *tx)
{
	bool yes = look().synchronised;

	memset(tx, 0, sizeof *tx);
	tx->maxerror = 1000;
	tx->status = yes ? 0 : STA_UNSYNC;
	return yes ? TIME_OK : TIME_ERROR;
}
