/* temp.h - a directory of its own for each test. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_TEMP_H
#define TESTS_SUPPORT_TEMP_H

#include <stddef.h>

#define TEMP_PATH_BYTES 512

/*
 * temp_make - make an empty directory under $TMPDIR (or /tmp), mode 0700.
 *
 * Aborts when it cannot: no test can go on without it.  End with temp_remove.
 */
void temp_make(char out[static TEMP_PATH_BYTES]);

/* Removes the directory and all below it; symbolic links are not followed.
 * NULL or "" does nothing; what is gone already is not an error. */
void temp_remove(const char *dir);

/* Copies a directory with its files and folders to a place where nothing is. */
void temp_copy(const char *from, const char *to);

/* dir/name into out; aborts when it does not fit. */
void temp_path(
    char out[static TEMP_PATH_BYTES], const char *dir, const char *name);

/* Writes a file of these bytes; aborts when it cannot. */
void temp_write(const char *path, const void *data, size_t len);

/* The whole file, NUL-terminated (not counted in *len, which may be NULL);
 * release with free().  NULL when it does not exist. */
char *temp_read(const char *path, size_t *len);

/* Flips one bit of byte `at` in place: what a bad disk or a liar does. */
void temp_flip(const char *path, size_t at);

#endif
