/* wraps.c - disk, chance and clock of a process that runs simulations. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/wraps.h"

#include <time.h>

#include "ledger/store.h"
#include "tests/sim/world.h"

static uint64_t state;
static time_t hour; /* of the coarse clock: what was drawn before is stale */

enum err __real_store_commit(struct store_txn *txn, struct err_why *why);
enum err __wrap_store_commit(struct store_txn *txn, struct err_why *why);
int __real_clock_gettime(clockid_t id, struct timespec *out);
int __wrap_clock_gettime(clockid_t id, struct timespec *out);
void __wrap_randombytes_buf(void *out, size_t len);
int __wrap_fdatasync(int fd);
int __wrap_fsync(int fd);

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

int
__wrap_fdatasync(int fd)
{
	(void)fd;
	return 0;
}

int
__wrap_fsync(int fd)
{
	(void)fd;
	return 0;
}
