/* status_kept_test.c - lists of the past, as many as there is room for. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/status_kept.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static bool
has(struct status_kept *k, uint64_t second, uint32_t generation, uint32_t epoch)
{
	const struct status_kept_key key = {second, generation, epoch};
	struct buf out;
	bool got;

	buf_init(&out, STATUS_KEPT_BYTES);
	got = status_kept_get(k, &key, &out);
	buf_clear(&out);
	return got;
}

static void
put(struct status_kept *k, uint64_t second, size_t len)
{
	const struct status_kept_key key = {second, 1, 1};
	uint8_t *bytes = calloc(len, 1);

	status_kept_put(k, &key, bytes_of(bytes, len));
	free(bytes);
}

Test(status_kept, keeps_what_was_asked_for_last)
{
	struct status_kept *k = status_kept_new();

	for (uint64_t s = 0; s < STATUS_KEPT_LISTS; s++)
		put(k, s, 10);
	cr_expect(has(k, 0, 1, 1));
	put(k, 100, 10);
	cr_expect(has(k, 0, 1, 1), "asked for again");
	cr_expect_not(has(k, 1, 1, 1));
	cr_expect(has(k, 100, 1, 1));
	cr_expect_not(has(k, 100, 2, 1), "another generation");
	cr_expect_not(has(k, 100, 1, 2), "another time epoch");
	status_kept_free(k);
}

Test(status_kept, keeps_no_more_than_there_is_room_for)
{
	struct status_kept *k = status_kept_new();

	put(k, 1, STATUS_KEPT_BYTES / 2);
	put(k, 2, STATUS_KEPT_BYTES / 2);
	cr_expect(has(k, 1, 1, 1));
	put(k, 3, 1);
	cr_expect(has(k, 1, 1, 1));
	cr_expect_not(has(k, 2, 1, 1));
	put(k, 4, STATUS_KEPT_BYTES);
	cr_expect(has(k, 4, 1, 1));
	cr_expect_not(has(k, 3, 1, 1));
	put(k, 5, STATUS_KEPT_BYTES + 1);
	cr_expect_not(has(k, 5, 1, 1));
	cr_expect(has(k, 4, 1, 1));
	status_kept_free(k);
}
