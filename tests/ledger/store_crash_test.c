/* store_crash_test.c - what a power loss leaves is what was acknowledged. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lmdb.h>

#include "ledger/store.h"
#include "proto/crypto.h"
#include "tests/support/temp.h"

/*
 * A disk that forgets: for each file the content that was synced last is kept,
 * and a power loss leaves any mixture of it with what was written since,
 * sector by sector.  Losses are tried around every sync and LMDB commit; the
 * directories they leave are opened afterwards.
 */
#define FILES 3
#define SECTOR 512u
#define IMAGES 16
#define KEYS 24
#define STEPS 420
#define LARGE ((size_t)600 << 10)

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __real_mdb_env_sync(MDB_env *env, int force);
int __wrap_mdb_env_sync(MDB_env *env, int force);
int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);

static const char *const names[FILES] = {"data.mdb", "redo.0", "redo.1"};

struct copy {
	char *bytes;
	size_t len;
};

/* What step k put: row[k][i] is the number of the last step that wrote key i,
 * 0 when it is absent. */
static uint16_t row[STEPS + 1][KEYS];

static struct {
	pthread_mutex_t lock;
	char dir[TEMP_PATH_BYTES]; /* "": the disk does not forget */
	char out[TEMP_PATH_BYTES];
	struct copy durable[FILES];
	uint64_t random;
	unsigned every; /* a loss at one in so many chances */
	unsigned images;
	unsigned least[IMAGES]; /* acknowledged before the loss */
	unsigned most[IMAGES]; /* begun before the loss */
	unsigned acked;
	unsigned begun;
} disk = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint32_t
chance(uint64_t *state, uint32_t n)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % n;
}

static struct copy
content(unsigned file)
{
	char path[TEMP_PATH_BYTES];
	struct copy c = {NULL, 0};

	temp_path(path, disk.dir, names[file]);
	c.bytes = temp_read(path, &c.len);
	return c;
}

static void
keep(unsigned file, struct copy c)
{
	free(disk.durable[file].bytes);
	disk.durable[file] = c;
}

/* One file of a loss: how much of what was not synced arrived. */
static void
mix(const char *dir, unsigned file, unsigned percent)
{
	struct copy now = content(file);
	const struct copy *old = &disk.durable[file];
	size_t len = now.len > old->len ? now.len : old->len;
	char *out = calloc(1, len + 1);
	char path[TEMP_PATH_BYTES];

	for (size_t at = 0; at < len; at += SECTOR) {
		const struct copy *from =
		    chance(&disk.random, 100) < percent ? &now : old;
		size_t n = len - at < SECTOR ? len - at : SECTOR;

		if (at + n <= from->len)
			memcpy(out + at, from->bytes + at, n);
	}
	temp_path(path, dir, names[file]);
	if (len > 0)
		temp_write(path, out, len);
	free(out);
	free(now.bytes);
}

/* With the lock held: perhaps the power fails now. */
static void
may_fail(void)
{
	static const unsigned percents[] = {0, 5, 50, 95, 100};
	char dir[TEMP_PATH_BYTES];
	char name[16];

	if (disk.images == IMAGES || chance(&disk.random, disk.every) != 0)
		return;
	(void)snprintf(name, sizeof(name), "%u", disk.images);
	temp_path(dir, disk.out, name);
	cr_assert_eq(mkdir(dir, 0700), 0);
	for (unsigned i = 0; i < FILES; i++)
		mix(dir, i, percents[chance(&disk.random, 5)]);
	disk.least[disk.images] = disk.acked;
	disk.most[disk.images] = disk.begun;
	disk.images++;
}

static int
file_of(int fd)
{
	char link[64];
	char path[TEMP_PATH_BYTES];
	char want[TEMP_PATH_BYTES];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	for (int i = 0; i < FILES; i++) {
		temp_path(want, disk.dir, names[i]);
		if (strcmp(path, want) == 0)
			return i;
	}
	return -1;
}

int
__wrap_fdatasync(int fd)
{
	struct copy before = {NULL, 0};
	int file = -1;
	int rc;

	pthread_mutex_lock(&disk.lock);
	if (disk.dir[0] != '\0')
		file = file_of(fd);
	if (file >= 0) {
		may_fail();
		before = content((unsigned)file);
	}
	pthread_mutex_unlock(&disk.lock);
	/* Nothing here outlives the test: a real sync would only cost. */
	rc = file >= 0 ? 0 : __real_fdatasync(fd);
	pthread_mutex_lock(&disk.lock);
	if (file >= 0) {
		keep((unsigned)file, before);
		may_fail();
	}
	pthread_mutex_unlock(&disk.lock);
	return rc;
}

int
__wrap_mdb_env_sync(MDB_env *env, int force)
{
	struct copy before = {NULL, 0};
	bool ours;
	int rc;

	pthread_mutex_lock(&disk.lock);
	ours = disk.dir[0] != '\0';
	if (ours) {
		may_fail();
		before = content(0);
	}
	pthread_mutex_unlock(&disk.lock);
	rc = ours ? 0 : __real_mdb_env_sync(env, force);
	pthread_mutex_lock(&disk.lock);
	if (ours) {
		keep(0, before);
		may_fail();
	}
	pthread_mutex_unlock(&disk.lock);
	return rc;
}

int
__wrap_mdb_txn_commit(MDB_txn *txn)
{
	MDB_env *env = mdb_txn_env(txn);
	unsigned flags = 0;
	int rc;

	mdb_env_get_flags(env, &flags);
	pthread_mutex_lock(&disk.lock);
	if (disk.dir[0] != '\0')
		may_fail();
	rc = __real_mdb_txn_commit(txn);
	if (disk.dir[0] != '\0') {
		if ((flags & MDB_NOSYNC) == 0)
			keep(0, content(0));
		may_fail();
	}
	pthread_mutex_unlock(&disk.lock);
	return rc;
}

static void
disk_start(const char *dir, const char *out, unsigned every)
{
	pthread_mutex_lock(&disk.lock);
	(void)snprintf(disk.dir, sizeof(disk.dir), "%s", dir);
	(void)snprintf(disk.out, sizeof(disk.out), "%s", out);
	cr_assert_eq(mkdir(out, 0700), 0);
	disk.every = every;
	disk.images = 0;
	for (unsigned i = 0; i < FILES; i++)
		keep(i, content(i));
	pthread_mutex_unlock(&disk.lock);
}

static void
disk_stop(void)
{
	pthread_mutex_lock(&disk.lock);
	disk.dir[0] = '\0';
	pthread_mutex_unlock(&disk.lock);
}

/* ---- what is written ---- */

/* The value that step n gives to key i, of a size of its own. */
static struct bytes
value_of(unsigned n, unsigned i, uint8_t *out)
{
	size_t len = 8 + (n * 131 + i * 977) % 9000;

	if (n % 190 == 0 && i == 0)
		len = LARGE;
	memset(out, (int)(n * 7 + i), len);
	memcpy(out, &n, sizeof(n));
	return bytes_of(out, len);
}

static void
plan(uint64_t seed)
{
	memset(row, 0, sizeof(row));
	for (unsigned n = 1; n <= STEPS; n++) {
		memcpy(row[n], row[n - 1], sizeof(row[n]));
		for (unsigned j = chance(&seed, 6); j > 0; j--) {
			unsigned i = chance(&seed, KEYS);

			row[n][i] = chance(&seed, 4) == 0 ? 0 : (uint16_t)n;
		}
		if (n % 190 == 0)
			row[n][0] = (uint16_t)n;
		row[n][KEYS - 1] = (uint16_t)n;
	}
}

static enum err
commit_step(struct store *s, struct store_table t, unsigned n)
{
	static uint8_t space[LARGE];
	struct store_txn *txn;
	enum err e;

	e = store_write(s, &txn, NULL);
	for (uint8_t i = 0; e == ERR_OK && i < KEYS; i++) {
		struct bytes key = bytes_of(&i, 1);

		if (row[n][i] == row[n - 1][i])
			continue;
		if (row[n][i] == 0)
			e = store_del(txn, t, key, NULL);
		else
			e = store_put(txn, t, key, value_of(n, i, space), NULL);
	}
	if (e == ERR_OK)
		return store_commit(txn, NULL);
	store_abort(txn);
	return e;
}

/* The step the store is at; every row must be what that step left. */
static unsigned
step_of(struct store *s, struct store_table t)
{
	static uint8_t space[LARGE];
	struct store_txn *txn;
	struct bytes have;
	unsigned n = 0;
	uint8_t last = KEYS - 1;

	cr_assert_eq(store_read(s, &txn, NULL), ERR_OK);
	if (store_get(txn, t, bytes_of(&last, 1), &have, NULL) == ERR_OK)
		memcpy(&n, have.ptr, sizeof(n));
	cr_assert_leq(n, (unsigned)STEPS);
	for (uint8_t i = 0; i < KEYS; i++) {
		enum err e = store_get(txn, t, bytes_of(&i, 1), &have, NULL);

		cr_assert_eq(e, row[n][i] == 0 ? ERR_NOT_FOUND : ERR_OK,
		    "step %u, key %u", n, i);
		cr_assert(e != ERR_OK ||
		        bytes_equal(have, value_of(row[n][i], i, space)),
		    "step %u, key %u", n, i);
	}
	store_abort(txn);
	return n;
}

/* Opens what a loss left, and writes on for a while. */
static void
check_image(const char *out, unsigned image)
{
	struct err_why why = {.text = ""};
	struct store *s = NULL;
	struct store_table t;
	char dir[TEMP_PATH_BYTES];
	char name[16];
	unsigned n;

	(void)snprintf(name, sizeof(name), "%u", image);
	temp_path(dir, out, name);
	cr_assert_eq(
	    store_open(&s, dir, 0, &why), ERR_OK, "%u: %s", image, why.text);
	cr_assert_eq(store_table(s, "rows", &t, NULL), ERR_OK);
	n = step_of(s, t);
	cr_assert(n >= disk.least[image] && n <= disk.most[image],
	    "image %u is at %u, acknowledged %u, begun %u", image, n,
	    disk.least[image], disk.most[image]);
	for (unsigned i = 0; i < 3 && n < STEPS; i++)
		cr_assert_eq(commit_step(s, t, ++n), ERR_OK);
	store_close(s);
	cr_assert_eq(store_open(&s, dir, STORE_READ_ONLY, NULL), ERR_OK);
	cr_assert_eq(store_table(s, "rows", &t, NULL), ERR_OK);
	cr_assert_eq(step_of(s, t), n);
	store_close(s);
}

static char dir[TEMP_PATH_BYTES];
static char path[TEMP_PATH_BYTES];

static void
setup(void)
{
	crypto_start();
	temp_make(dir);
	temp_path(path, dir, "db");
}

static void
teardown(void)
{
	for (unsigned i = 0; i < FILES; i++)
		free(disk.durable[i].bytes);
	temp_remove(dir);
}

TestSuite(store_crash, .init = setup, .fini = teardown);

static void
write_steps(const char *out, uint64_t seed, unsigned every)
{
	struct store *s = NULL;
	struct store_table t;

	plan(seed);
	disk.random = seed;
	disk.acked = disk.begun = 0;
	cr_assert_eq(store_open(&s, path, STORE_CREATE, NULL), ERR_OK);
	cr_assert_eq(store_table(s, "rows", &t, NULL), ERR_OK);
	disk_start(path, out, every);
	for (unsigned n = 1; n <= STEPS; n++) {
		disk.begun = n;
		cr_assert_eq(commit_step(s, t, n), ERR_OK);
		disk.acked = n;
	}
	store_close(s);
	disk_stop();
}

static void
lose_power(uint64_t seed)
{
	char out[TEMP_PATH_BYTES];
	unsigned images;

	temp_path(out, dir, "lost");
	write_steps(out, seed, 70);
	images = disk.images;
	cr_assert_gt(images, 5u, "%u losses", images);
	for (unsigned i = 0; i < images; i++)
		check_image(out, i);
	temp_remove(out);
	temp_remove(path);
}

Test(store_crash, a_power_loss_keeps_what_was_acknowledged)
{
	for (uint64_t seed = 1; seed <= 3; seed++)
		lose_power(seed);
}

Test(store_crash, a_power_loss_while_restoring_loses_nothing_more)
{
	char out[TEMP_PATH_BYTES];
	char again[TEMP_PATH_BYTES];
	char image[TEMP_PATH_BYTES];
	char name[16];
	unsigned least[IMAGES];
	unsigned most[IMAGES];
	struct store *s = NULL;
	unsigned images;
	unsigned second = 0;

	temp_path(out, dir, "lost");
	write_steps(out, 9, 70);
	images = disk.images;
	memcpy(least, disk.least, sizeof(least));
	memcpy(most, disk.most, sizeof(most));
	for (unsigned i = 0; i < images; i++) {
		(void)snprintf(name, sizeof(name), "again%u", i);
		temp_path(again, dir, name);
		(void)snprintf(name, sizeof(name), "%u", i);
		temp_path(image, out, name);
		disk_start(image, again, 12);
		disk.acked = least[i];
		disk.begun = most[i];
		cr_assert_eq(store_open(&s, image, 0, NULL), ERR_OK);
		store_close(s);
		disk_stop();
		second += disk.images;
		for (unsigned j = 0; j < disk.images; j++)
			check_image(again, j);
		temp_remove(again);
	}
	cr_assert_gt(second, 10u, "%u losses", second);
}

/* ---- killed ---- */

static void
write_until_killed(int fd)
{
	struct store *s = NULL;
	struct store_table t;

	if (store_open(&s, path, STORE_CREATE, NULL) != ERR_OK ||
	    store_table(s, "rows", &t, NULL) != ERR_OK)
		_exit(1);
	for (unsigned n = step_of(s, t) + 1; n <= STEPS; n++) {
		if (commit_step(s, t, n) != ERR_OK ||
		    write(fd, &n, sizeof(n)) != sizeof(n))
			_exit(1);
	}
	(void)pause();
}

Test(store_crash, a_killed_process_loses_nothing_acknowledged)
{
	struct store *s = NULL;
	struct store_table t;
	unsigned acked = 0;

	plan(5);
	for (unsigned round = 1; round <= 8; round++) {
		unsigned until = round * (STEPS / 8) - round;
		unsigned n = 0;
		pid_t child;
		int ends[2];

		cr_assert_eq(pipe(ends), 0);
		child = fork();
		if (child == 0)
			write_until_killed(ends[1]);
		close(ends[1]);
		while (n < until &&
		    read(ends[0], &n, sizeof(n)) == (ssize_t)sizeof(n))
			acked = n;
		cr_assert_eq(kill(child, SIGKILL), 0);
		cr_assert_eq(waitpid(child, NULL, 0), child);
		while (read(ends[0], &n, sizeof(n)) == (ssize_t)sizeof(n))
			acked = n;
		close(ends[0]);
		cr_assert_geq(acked, until);
		/* An audit sees it as it is, the next start restores it. */
		cr_assert_eq(
		    store_open(&s, path, STORE_READ_ONLY, NULL), ERR_OK);
		cr_assert_eq(store_table(s, "rows", &t, NULL), ERR_OK);
		cr_assert_geq(step_of(s, t), acked);
		store_close(s);
	}
}
