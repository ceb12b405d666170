/* whole_file_test.c - files are old or new, never half, never overwritten. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/whole_file.h"
#include "tests/support/temp.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static struct err_why why;

/* The file's text, in a static buffer. */
static const char *
text_of(const char *path)
{
	static char text[64];
	struct buf b;

	buf_init(&b, sizeof(text) - 1);
	cr_assert_eq(whole_file_read(&b, path, &why), ERR_OK, "%s", why.text);
	(void)snprintf(text, sizeof(text), "%s", buf_cstr(&b));
	buf_clear(&b);
	return text;
}

Test(whole_file_write, replaces_and_sets_the_mode)
{
	char dir[TEMP_PATH_BYTES];
	char path[TEMP_PATH_BYTES];
	struct stat st;

	temp_make(dir);
	temp_path(path, dir, "a");
	cr_assert_eq(
	    whole_file_write(path, bytes_str("one"), 0644, &why), ERR_OK);
	cr_assert_eq(
	    whole_file_write(path, bytes_str("two"), 0600, &why), ERR_OK);
	cr_assert_str_eq(text_of(path), "two");
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
	temp_remove(dir);
}

Test(whole_file_write, does_not_put_a_file_in_place_of_a_device)
{
	struct stat st;

	cr_assert_eq(
	    whole_file_write("/dev/null", bytes_str("x"), 0644, &why), ERR_OK);
	cr_assert_eq(stat("/dev/null", &st), 0);
	cr_assert(S_ISCHR(st.st_mode));
}

Test(whole_file_create, refuses_a_name_that_is_taken)
{
	char dir[TEMP_PATH_BYTES];
	char path[TEMP_PATH_BYTES];

	temp_make(dir);
	temp_path(path, dir, "a");
	cr_assert_eq(
	    whole_file_create(path, bytes_str("one"), 0600, &why), ERR_OK);
	cr_assert_eq(
	    whole_file_create(path, bytes_str("two"), 0600, &why), ERR_EXISTS);
	cr_assert_str_eq(text_of(path), "one");
	temp_remove(dir);
}

Test(whole_file_read, tells_what_is_absent_from_what_is_too_long)
{
	char dir[TEMP_PATH_BYTES];
	char path[TEMP_PATH_BYTES];
	struct buf b;

	buf_init(&b, 2);
	temp_make(dir);
	temp_path(path, dir, "a");
	cr_assert_eq(whole_file_read(&b, path, &why), ERR_NOT_FOUND);
	cr_assert_eq(
	    whole_file_write(path, bytes_str("one"), 0644, &why), ERR_OK);
	cr_assert_eq(whole_file_read(&b, path, &why), ERR_LIMIT);
	buf_clear(&b);
	temp_remove(dir);
}
