/* shim_call.h - what the shim's files share: one storage call. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FAULT_SHIM_CALL_H
#define TESTS_FAULT_SHIM_CALL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "tests/fault/shim.h"

#define SHIM_PATH 4096

/* NULL: this process is not watched. */
extern struct shim_share *shim_share;

struct shim_target {
	char path[SHIM_PATH];
	struct stat st;
	bool durable; /* opened with O_SYNC or O_DSYNC */
};
/* Is it a file or folder below FAULT_DIR?  t may be NULL; keeps errno. */
bool shim_fd(int fd, struct shim_target *t);
/* Absolute path of what (dirfd, path) names, when it is ours. */
bool shim_path(int dirfd, const char *path, char out[static SHIM_PATH]);

/*
 * A storage call: shim_begin takes the lock and the next number and gives 0,
 * or the errno that the call must fail with; then either shim_fail, or the
 * real call, shim_put of what it changed, and shim_end.
 */
int shim_begin(unsigned class, const char *path, uint64_t *number);
void shim_end(uint64_t number);
long shim_fail(uint64_t number, int code);
void shim_die(void);
void shim_put(const struct shim_record *head, const char *path,
    const char *other, const struct iovec *data, int parts);
struct iovec shim_part(const void *p, size_t len);

#endif
