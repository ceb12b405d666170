/* site_lock_test.c - of several who make one node at once, one does. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/site_lock.h"

#include "node/site.h"
#include "tests/support/temp.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAKERS 6

/* In a process of its own; its word goes to `out`. */
static void
make(const char *dir, int go, int out)
{
	struct err_why why = {.text = ""};
	struct site_setup setup = {
	    .dir = dir, .name = "plant-a.acme.example", .role = SITE_PLANT};
	char word = 0;
	enum err e;

	/* All are let go by the end of the pipe. */
	if (read(go, &word, 1) < 0)
		_exit(1);
	e = site_init(&setup, &why);
	word = e == ERR_OK ? 'w'
	    : e == ERR_EXISTS &&
	        (strstr(why.text, "by another process") ||
	            strstr(why.text, "holds a node already"))
	    ? 'l'
	    : '?';
	if (word == '?')
		(void)fprintf(stderr, "%s\n", why.text);
	_exit(write(out, &word, 1) == 1 ? 0 : 1);
}

Test(site_lock_new, lets_one_of_many_make_the_node_and_tells_the_others)
{
	char dir[TEMP_PATH_BYTES], node[TEMP_PATH_BYTES];
	struct err_why why = {.text = ""};
	struct site *s = NULL;
	unsigned won = 0, lost = 0;
	int go[2], out[2];
	char word;

	temp_make(dir);
	temp_path(node, dir, "plant");
	cr_assert_eq(pipe(go), 0);
	cr_assert_eq(pipe(out), 0);
	for (int i = 0; i < MAKERS; i++) {
		if (fork() == 0) {
			(void)close(go[1]);
			make(node, go[0], out[1]);
		}
	}
	(void)close(out[1]);
	(void)close(go[1]);
	while (read(out[0], &word, 1) == 1) {
		won += word == 'w';
		lost += word == 'l';
	}
	while (wait(NULL) > 0)
		;
	cr_assert_eq(won, 1u);
	cr_assert_eq(lost, MAKERS - 1u);
	cr_assert_eq(site_open(&s, node, NULL, &why), ERR_OK, "%s", why.text);
	site_close(s);
	(void)close(go[0]);
	(void)close(out[0]);
	temp_remove(dir);
}

Test(site_lock_new, names_a_node_that_runs_as_one_that_is_there)
{
	struct site_setup setup = {
	    .name = "plant-a.acme.example", .role = SITE_PLANT};
	struct err_why why = {.text = ""};
	char dir[TEMP_PATH_BYTES];
	struct site *s = NULL;

	temp_make(dir);
	setup.dir = dir;
	cr_assert_eq(site_init(&setup, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(site_open(&s, dir, NULL, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(site_init(&setup, &why), ERR_EXISTS);
	cr_assert_not_null(strstr(why.text, "holds a node already"));
	site_close(s);
	temp_remove(dir);
}
