/* veil_keys_test.c - secrets of a week: there while needed, then gone. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/veil_keys.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/temp.h"

#define TERM 2968

static char dir[TEMP_PATH_BYTES];

static void
setup(void)
{
	crypto_start();
	temp_make(dir);
}

static void
teardown(void)
{
	temp_remove(dir);
}

TestSuite(veil_keys, .init = setup, .fini = teardown);

static void
put_file(const char *name, const char *text)
{
	char path[TEMP_PATH_BYTES + 32];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/veil/%s", dir, name);
	f = fopen(path, "w");
	cr_assert_not_null(f);
	(void)fputs(text, f);
	cr_assert_eq(fclose(f), 0);
}

/* At each step of a crash: what was never a key is wiped and gone, the second
 * name of one that is in use is only gone. */
Test(veil_keys, a_crash_leaves_no_key_behind)
{
	char path[TEMP_PATH_BYTES + 32], two[TEMP_PATH_BYTES + 32];
	struct veil_keys k, again;
	char text[8] = "";
	struct stat st;
	int fd;

	cr_assert_eq(veil_keys_open(&k, dir, TERM, NULL), ERR_OK);
	(void)snprintf(path, sizeof path, "%s/veil/%d", dir, TERM);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
	(void)snprintf(two, sizeof two, "%s/veil/%d.b2Cd4E", dir, TERM);
	cr_assert_eq(link(path, two), 0);
	put_file("2968.Xa1b2C", "secret");
	put_file("note", "kept");
	(void)snprintf(path, sizeof path, "%s/veil/2968.Xa1b2C", dir);
	fd = open(path, O_RDONLY);
	cr_assert_geq(fd, 0);
	cr_assert_eq(veil_keys_erase(dir, TERM, NULL), ERR_OK);
	cr_assert_neq(stat(path, &st), 0, "left");
	cr_assert_neq(stat(two, &st), 0, "left");
	cr_assert_eq(read(fd, text, 6), 6);
	cr_assert_arr_eq(text, "\0\0\0\0\0\0", 6, "not wiped");
	cr_assert_eq(close(fd), 0);
	cr_assert_eq(veil_keys_open(&again, dir, TERM, NULL), ERR_OK);
	cr_assert_arr_eq(again.hop.pub, k.hop.pub, CRYPTO_PUB_BYTES);
	(void)snprintf(path, sizeof path, "%s/veil/note", dir);
	cr_assert_eq(stat(path, &st), 0);
}

Test(veil_keys, keys_stay_for_their_term_and_then_are_gone)
{
	struct veil_keys k, again;
	char path[TEMP_PATH_BYTES + 16];
	struct stat st;

	cr_assert_eq(veil_keys_open(&k, dir, TERM, NULL), ERR_OK);
	cr_assert_eq(veil_keys_open(&again, dir, TERM, NULL), ERR_OK);
	cr_assert_arr_eq(again.ring.pub.b, k.ring.pub.b, GROUP_BYTES);
	cr_assert_arr_eq(again.hop.pub, k.hop.pub, CRYPTO_PUB_BYTES);
	cr_assert_eq(veil_keys_erase(dir, TERM, NULL), ERR_OK);
	cr_assert_eq(veil_keys_open(&again, dir, TERM, NULL), ERR_OK);
	cr_assert_arr_eq(again.ring.pub.b, k.ring.pub.b, GROUP_BYTES);
	cr_assert_eq(veil_keys_erase(dir, TERM + 1, NULL), ERR_OK);
	(void)snprintf(path, sizeof path, "%s/veil/%d", dir, TERM);
	cr_assert_neq(stat(path, &st), 0, "erased");
	cr_assert_eq(veil_keys_open(&again, dir, TERM, NULL), ERR_OK);
	cr_assert_arr_neq(again.ring.pub.b, k.ring.pub.b, GROUP_BYTES);
}
