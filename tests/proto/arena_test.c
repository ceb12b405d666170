/* arena_test.c - memory that is given in pieces and ends at once. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/arena.h"

#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

Test(arena_alloc, gives_pieces_that_do_not_overlap)
{
	static const size_t lens[] = {1, 16, 40000, 7, 70000, 65536, 3, 0, 200};
	struct arena a = {0};
	uint8_t *p[900];

	for (size_t round = 0; round < 2; round++) {
		for (size_t i = 0; i < 900; i++) {
			p[i] = arena_alloc(&a, 1, lens[i % 9]);
			cr_assert_not_null(p[i]);
			cr_assert_eq(
			    (uintptr_t)p[i] % _Alignof(max_align_t), 0);
			for (size_t k = 0; k < lens[i % 9]; k++)
				cr_assert(p[i][k] == 0);
			memset(p[i], (int)(i & 0xff), lens[i % 9]);
		}
		for (size_t i = 0; i < 900; i++)
			for (size_t k = 0; k < lens[i % 9]; k += 61)
				cr_assert(p[i][k] == (i & 0xff));
		arena_reset(&a);
	}
	arena_clear(&a);
	cr_assert_null(a.used);
	cr_assert_null(a.spare);
}

Test(arena_alloc, gives_nothing_beyond_its_maximum)
{
	struct arena a = {0};
	size_t given = 0;

	cr_assert_null(arena_alloc(&a, 1, ARENA_MAX + 1));
	cr_assert_null(arena_alloc(&a, SIZE_MAX / 2, 4));
	while (arena_alloc(&a, 1, 1000000) != NULL)
		given += 1000000;
	cr_assert_leq(given, ARENA_MAX);
	cr_assert_gt(given, ARENA_MAX / 2);
	arena_reset(&a);
	cr_assert_not_null(arena_alloc(&a, 1, 1000000));
	arena_clear(&a);
}
