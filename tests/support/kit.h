/* kit.h - a bundle taken apart, altered and put together again. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_KIT_H
#define TESTS_SUPPORT_KIT_H

#include "ledger/zip.h"

#define KIT_MEMBERS_MAX 64

/* Zeroed: empty.  All calls abort when what they need fails. */
struct kit {
	struct kit_member {
		char name[ZIP_NAME_MAX + 1];
		struct buf data;
	} at[KIT_MEMBERS_MAX];
	size_t len;
};

void kit_open(struct kit *k, struct bytes bundle);
void kit_clear(struct kit *k);
/* Replaces `out` by the archive of all members but `skip` (SIZE_MAX: none). */
void kit_pack(const struct kit *k, size_t skip, struct buf *out);

/* The first member whose name ends so. */
struct kit_member *kit_find(struct kit *k, const char *end_of_name);
size_t kit_position(struct kit *k, const char *end_of_name);
/* Replaces the first occurrence of a text in it. */
void kit_edit(
    struct kit *k, const char *end_of_name, const char *old, const char *new);

#endif
