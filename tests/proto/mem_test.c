/* mem_test.c - zeroed memory, and the end of the process. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/mem.h"

/* The signal that ends a child which calls `f`; 0 when it just returns. */
static int
signal_of(void (*f)(void))
{
	struct sigaction plain = {.sa_handler = SIG_DFL};
	struct rlimit none = {0, 0};
	int status;
	pid_t pid;

	pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0) {
		(void)setrlimit(RLIMIT_CORE, &none);
		(void)sigaction(SIGABRT, &plain, NULL);
		f();
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void
resize_beyond_the_address_space(void)
{
	free(mem_resize(NULL, SIZE_MAX / 2, 3));
}

static void
resize_a_little(void)
{
	free(mem_resize(NULL, 2, 3));
}

Test(mem_alloc, gives_zeroes_even_for_nothing)
{
	static const char zero[100];
	char *p;

	p = mem_alloc(10, 10);
	cr_assert_arr_eq(p, zero, sizeof zero);
	free(p);
	p = mem_alloc(0, 10);
	cr_assert_not_null(p);
	free(p);
}

Test(mem_resize, aborts_when_the_product_overflows)
{
	cr_assert_eq(signal_of(resize_beyond_the_address_space), SIGABRT);
	cr_assert_eq(signal_of(resize_a_little), 0);
}

Test(mem_resize, keeps_the_contents)
{
	char *p;

	p = mem_strdup("alarm");
	p = mem_resize(p, 100, 100);
	cr_assert_str_eq(p, "alarm");
	p = mem_resize(p, 0, 1);
	cr_assert_not_null(p);
	free(p);
}

Test(mem_strdup_given, copies_what_was_given)
{
	char *p = mem_strdup_given("a");

	cr_assert_str_eq(p, "a");
	free(p);
	cr_assert_null(mem_strdup_given(""));
	cr_assert_null(mem_strdup_given(NULL));
}
