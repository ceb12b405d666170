/* restore_test.c - a directory out of a backup: whole, or not at all. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/restore.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/keeper.h"

/* Calls that fail or never return, on demand. */
static bool counting;
static unsigned calls;
static unsigned fatal; /* this one fails; 0: none */
static bool ends; /* the process, there */

ssize_t __wrap_write(int fd, const void *p, size_t n);
int __wrap_fsync(int fd);
int __wrap_rename(const char *a, const char *b);
int __wrap_mkdir(const char *path, mode_t mode);
ssize_t __real_write(int fd, const void *p, size_t n);
int __real_rename(const char *a, const char *b);
int __real_mkdir(const char *path, mode_t mode);

static bool
fails(void)
{
	if (!counting || ++calls != fatal)
		return false;
	if (ends)
		_exit(9);
	errno = ENOSPC;
	return true;
}

ssize_t
__wrap_write(int fd, const void *p, size_t n)
{
	return fails() ? -1 : __real_write(fd, p, n);
}

int
__wrap_fsync(int fd)
{
	(void)fd;
	return fails() ? -1 : 0; /* nobody cuts the power here */
}

int
__wrap_rename(const char *a, const char *b)
{
	return fails() ? -1 : __real_rename(a, b);
}

int
__wrap_mkdir(const char *path, mode_t mode)
{
	return fails() ? -1 : __real_mkdir(path, mode);
}

static struct keeper k;

/* Two parts, an erasure between them; the node is closed. */
static void
setup(void)
{
	struct err_why why = {.text = ""};
	uint64_t at;

	keeper_begin(&k);
	at = keeper_alarm(&k, "LEL high");
	keeper_close(&k);
	cr_assert_eq(
	    keeper_backup(&k, false, NULL, &why), ERR_OK, "%s", why.text);
	keeper_open(&k);
	keeper_erase(&k, at, 0);
	keeper_close(&k);
	cr_assert_eq(
	    keeper_backup(&k, false, NULL, &why), ERR_OK, "%s", why.text);
}

static void
teardown(void)
{
	counting = false;
	keeper_end(&k);
}

TestSuite(restore, .init = setup, .fini = teardown);

static bool
there(const char *name)
{
	char path[TEMP_PATH_BYTES];

	temp_path(path, k.back, name);
	return access(path, F_OK) == 0;
}

Test(restore, brings_no_replica_and_no_witness_key_back)
{
	struct err_why why = {.text = ""};
	uint8_t pub[CRYPTO_PUB_BYTES];
	char a[TEMP_PATH_BYTES];
	struct site *site = NULL;

	cr_assert_eq(site_open(&site, k.p.dir, NULL, &why), ERR_OK);
	memcpy(pub, site->keys.witness.pub, sizeof pub);
	site_close(site);
	cr_assert_eq(keeper_restore(&k, &why), ERR_OK, "%s", why.text);
	cr_assert_str_eq(keeper_differs(&k), "");
	cr_assert(!there("replica") && !there("replica-keys"));
	/* The card that the alliance agreed on is still this node's. */
	cr_assert(!there("keys/witness.key"));
	cr_assert(there("keys/witness.retired"));
	cr_assert_eq(
	    site_open(&site, k.back, NULL, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(memcmp(site->keys.witness.pub, pub, sizeof pub), 0);
	site_close(site);
	temp_path(a, k.keys, "keys/witness.key");
	cr_assert_neq(access(a, F_OK), 0);
}

Test(restore, touches_no_directory_that_holds_something)
{
	struct restore_plan plan = {
	    .from = k.to, .keydir = k.keys, .dir = k.p.dir};
	struct err_why why = {.text = ""};
	Backup__Manifest *m = NULL;

	cr_assert_eq(restore_run(&plan, &m, &why), ERR_EXISTS);
	keeper_open(&k); /* and it is as it was */
	(void)keeper_alarm(&k, "LEL high");
}

/* One byte of each file, at the beginning, the middle and the end. */
static void
spoiled(const char *folder, const char *name)
{
	char path[TEMP_PATH_BYTES];
	struct stat st;

	temp_path(path, folder, name);
	cr_assert_eq(stat(path, &st), 0);
	for (unsigned i = 0; i < 3; i++) {
		size_t at = (size_t)(st.st_size - 1) * i / 2;
		struct err_why why = {.text = ""};
		enum err e;

		temp_flip(path, at);
		e = keeper_restore(&k, &why);
		cr_assert_neq(e, ERR_OK, "%s, byte %zu", name, at);
		cr_assert_neq(access(k.back, F_OK), 0, "nothing is left");
		temp_flip(path, at);
	}
}

Test(restore, refuses_flipped_bytes_and_leaves_nothing)
{
	struct err_why why = {.text = ""};

	spoiled(k.to, "manifest.json");
	spoiled(k.to, "part-00000001.lfp");
	spoiled(k.to, "part-00000002.lfp");
	spoiled(k.keys, "keys/identity.key");
	spoiled(k.keys, "own-keys/owner");
	cr_assert_eq(keeper_restore(&k, &why), ERR_OK, "%s", why.text);
}

Test(restore, wants_the_keys_of_this_node)
{
	struct restore_plan plan = {.from = k.to, .dir = k.back};
	struct err_why why = {.text = ""};
	Backup__Manifest *m = NULL;
	struct keeper other;

	keeper_begin(&other);
	keeper_close(&other);
	cr_assert_eq(keeper_backup(&other, false, NULL, &why), ERR_OK);
	plan.keydir = other.keys;
	cr_assert_eq(restore_run(&plan, &m, &why), ERR_UNVERIFIED);
	keeper_end(&other);
}

Test(restore, leaves_nothing_when_a_call_fails)
{
	struct err_why why = {.text = ""};
	unsigned refused = 0;
	enum err e;

	for (unsigned n = 1;; n++) {
		calls = 0;
		fatal = n;
		counting = true;
		e = keeper_restore(&k, &why);
		counting = false;
		if (calls < n)
			break;
		refused += e != ERR_OK;
		cr_assert(
		    e == ERR_OK ? there("site") : !there("own"), "call %u", n);
	}
	cr_assert_eq(e, ERR_OK, "%s", why.text);
	cr_assert_gt(refused, 10, "%u", refused);
}

Test(restore, is_no_node_before_it_is_whole)
{
	struct restore_plan plan = {
	    .from = k.to, .keydir = k.keys, .dir = k.back};
	struct err_why why = {.text = ""};
	Backup__Manifest *m = NULL;
	struct site *site = NULL;
	int status = 1;

	for (unsigned n = 1; status != 0; n++) {
		pid_t pid = fork();

		cr_assert_geq(pid, 0);
		if (pid == 0) {
			calls = 0;
			fatal = n;
			ends = counting = true;
			_exit(keeper_restore(&k, NULL) != ERR_OK);
		}
		cr_assert_eq(waitpid(pid, &status, 0), pid);
		cr_assert(WIFEXITED(status) &&
		    (WEXITSTATUS(status) == 9 || status == 0));
		if (there("site"))
			continue;
		cr_assert_eq(
		    site_open(&site, k.back, NULL, &why), ERR_NOT_FOUND);
		if (there("keys"))
			cr_assert_eq(restore_run(&plan, &m, &why), ERR_EXISTS);
	}
	cr_assert_str_eq(keeper_differs(&k), "");
}
