/* trove.h - all that one member holds, and who can be found in it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_TROVE_H
#define TESTS_SUPPORT_TROVE_H

#include "proto/buf.h"
#include "tests/support/plant.h"

/*
 * Somebody who has these bytes and keys, and wants to know which persons they
 * are about: he tries the numbers that a person may have, in every way in which
 * a number becomes a pseudonym, and looks for what comes out.  Aborts when it
 * cannot look.  One thread.
 */
struct trove {
	struct buf all;
	uint8_t *seen; /* bits: what eight bytes in a row there are */
	const uint8_t (*keys)[32]; /* tried with every number */
	size_t keys_len;
	const char *const *names; /* public ones, likewise */
	size_t names_len;
};

void trove_init(struct trove *t);
void trove_clear(struct trove *t);
void trove_add(struct trove *t, struct bytes what);
/* The files below a directory, as they are. */
void trove_files(struct trove *t, const char *dir);
/* The bodies of a log that a member can open, opened. */
void trove_bodies(struct trove *t, const struct site_db *db, uint16_t slot);

/* How often something of this number is found: by every key and name, plain
 * or hashed, in bytes or text.  After the last trove_add. */
unsigned trove_try(struct trove *t, const char *number);
/* The same with any 32 bytes that are in it, at any place, as the key. */
unsigned trove_try_all_keys(struct trove *t, const char *number);

/*
 * Every number of that region and year of birth (18 digits, with their check
 * digit): by hash alone or, with `deep`, as trove_try.
 *   day     of the year, from 1; 0: all
 * Calls for each that is found; returns how many were.
 */
struct trove_space {
	const char *region; /* 110105 */
	unsigned year;
	unsigned day;
	bool deep;
};
unsigned trove_space(struct trove *t, const struct trove_space *s,
    char first[static 19], unsigned *tried);

#endif
