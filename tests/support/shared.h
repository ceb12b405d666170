/* shared.h - material that lies beside the checkout, or not. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_SHARED_H
#define TESTS_SUPPORT_SHARED_H

#include <stdbool.h>
#include <stddef.h>

#define SHARED_PATH_BYTES 4096

/*
 * shared_path - the path of `name` in $LIANFANG_SHARED, else ../shared.
 *
 * False when it does not exist: the test then says that it ran 0 cases and
 * passes, because the project must build and pass without that material.
 */
bool shared_path(char out[static SHARED_PATH_BYTES], const char *name);

/*
 * shared_each - call `each` for every regular file below `name` (a folder
 * there) whose name ends in `suffix`, in the order of the names.
 *
 * Returns how many; 0 when the folder does not exist.
 */
typedef void (*shared_case)(void *arg, const char *path);
size_t shared_each(
    const char *name, const char *suffix, shared_case each, void *arg);

#endif
