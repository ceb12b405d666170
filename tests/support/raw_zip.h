/* raw_zip.h - archives that no decent writer would make. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_RAW_ZIP_H
#define TESTS_SUPPORT_RAW_ZIP_H

#include "tests/support/kit.h"

/* Replaces `out` by an archive of stored members: order[0 .. n - 1] of the
 * kit, also twice or not at all (NULL: all in their order). */
void raw_zip_pack(
    struct buf *out, const struct kit *k, const size_t *order, size_t n);

/* Where the packed bytes of the members lie; release *spans with free(). */
struct raw_zip_span {
	size_t from;
	size_t to;
};
size_t raw_zip_packed(struct bytes archive, struct raw_zip_span **spans);

#endif
