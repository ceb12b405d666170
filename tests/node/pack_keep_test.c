/* pack_keep_test.c - texts on their way into DIR/packs, and others' files. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/pack_keep.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/whole_file.h"
#include "tests/support/temp.h"

Test(pack_keep, removes_what_it_left_and_nobody_else_s_file)
{
	static const char *const others[] = {"calendar.new",
	    "calendar.yaml.new", "hot-work@1.0123.new",
	    "hot-work@1.00000000-0000-7000-8000-00000000000.new"};
	char dir[TEMP_PATH_BYTES];
	char packs[TEMP_PATH_BYTES];
	char path[TEMP_PATH_BYTES];
	char name[80];
	struct pack_keep k = {.temp = ""};

	temp_make(dir);
	temp_path(packs, dir, "packs");
	cr_assert_eq(mkdir(packs, 0700), 0);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		(void)snprintf(name, sizeof name, "packs/%s", others[i]);
		temp_path(path, dir, name);
		cr_assert_eq(
		    whole_file_write(path, bytes_str("mine"), 0600, NULL),
		    ERR_OK);
	}
	cr_assert_eq(
	    pack_keep_begin(&k, dir, "hot-work@1", bytes_str("work:"), NULL),
	    ERR_OK);
	cr_assert_eq(access(k.temp, F_OK), 0);
	pack_keep_clear(dir);
	cr_expect_neq(access(k.temp, F_OK), 0, "its own");
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		(void)snprintf(name, sizeof name, "packs/%s", others[i]);
		temp_path(path, dir, name);
		cr_expect_eq(access(path, F_OK), 0, "%s", others[i]);
	}
	temp_remove(dir);
}
