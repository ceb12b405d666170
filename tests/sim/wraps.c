/* wraps.c - disk, chance and clock of a process that runs simulations. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/wraps.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "ledger/store.h"
#include "tests/sim/world.h"

static uint64_t state;
static time_t hour; /* of the coarse clock: what was drawn before is stale */

enum err __real_store_commit(struct store_txn *txn, struct err_why *why);
enum err __wrap_store_commit(struct store_txn *txn, struct err_why *why);
int __real_clock_gettime(clockid_t id, struct timespec *out);
int __wrap_clock_gettime(clockid_t id, struct timespec *out);
void __wrap_randombytes_buf(void *out, size_t len);

void
wraps_seed(uint64_t seed)
{
	state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	hour += 3600;
}

enum err
__wrap_store_commit(struct store_txn *txn, struct err_why *why)
{
	if (world_now == NULL)
		return __real_store_commit(txn, why);
	if (bugs_forgets(world_now)) {
		store_abort(txn);
		return ERR_OK;
	}
	switch (sim_commit(&world_now->sim)) {
	case SIM_DISK_GOOD:
		break;
	case SIM_DISK_KEEPS:
		(void)!__real_store_commit(txn, NULL);
		return err_fail(why, ERR_IO, "the process died");
	case SIM_DISK_LOSES:
		store_abort(txn);
		return err_fail(why, ERR_IO, "the disk failed");
	}
	return __real_store_commit(txn, why);
}

/* The same keys from the same seed: splitmix64. */
void
__wrap_randombytes_buf(void *out, size_t len)
{
	uint8_t *p = out;

	for (size_t i = 0; i < len; i++) {
		uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

		z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
		p[i] = (uint8_t)(z ^ (z >> 31));
	}
}

int
__wrap_clock_gettime(clockid_t id, struct timespec *out)
{
	if (id != CLOCK_MONOTONIC_COARSE)
		return __real_clock_gettime(id, out);
	*out = (struct timespec){.tv_sec = hour};
	return 0;
}

/* In place of what liblmdb calls, too: nothing waits for a disk. */

int
fdatasync(int fd)
{
	(void)fd;
	return 0;
}

int
fsync(int fd)
{
	(void)fd;
	return 0;
}

int
msync(void *at, size_t len, int flags)
{
	(void)at;
	(void)len;
	(void)flags;
	return 0;
}

int
sync_file_range(int fd, off_t from, off_t len, unsigned flags)
{
	(void)fd;
	(void)from;
	(void)len;
	(void)flags;
	return 0;
}

int
open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	if ((flags & (O_CREAT | O_TMPFILE)) != 0)
		mode = va_arg(args, mode_t);
	va_end(args);
	return openat(AT_FDCWD, path, flags & ~(O_SYNC | O_DSYNC), mode);
}
