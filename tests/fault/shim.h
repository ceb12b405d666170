/* shim.h - what the preloaded shim and its driver share. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FAULT_SHIM_H
#define TESTS_FAULT_SHIM_H

#include <stdatomic.h>
#include <stdint.h>

/*
 * One page, mapped from the file FAULT_SHARE by the shim and by the driver
 * (share.go has the same offsets).  A storage call is one that opens, changes
 * or syncs something below the directory FAULT_DIR; calls are numbered from 1
 * in the order in which they happen.  The driver may change every field while
 * the process runs.  0 in an *_at field: never.
 */
struct shim_share {
	_Atomic uint64_t calls; /* begun */
	_Atomic uint64_t records; /* whole records in the file FAULT_RECORD */
	_Atomic uint64_t die_before; /* SIGKILL before this call */
	_Atomic uint64_t die_after; /* or after it */
	_Atomic uint64_t die_torn; /* or with half of its bytes written */
	_Atomic uint64_t fail_from; /* first call that may fail */
	_Atomic uint64_t fail_left; /* how many of its classes still fail */
	_Atomic uint64_t fail_classes; /* SHIM_* */
	_Atomic uint64_t fail_errno; /* SHIM_SHORT: half is written, and said */
	_Atomic uint64_t failed; /* calls that were made to fail */
	_Atomic uint64_t failed_class;
	_Atomic uint64_t unknown; /* 1: storage was changed past the shim */
	char failed_path[256];
};

#define SHIM_OPEN 1u /* to write or to create */
#define SHIM_LOOK 2u /* to read */
#define SHIM_WRITE 4u
#define SHIM_SYNC 8u
#define SHIM_NAME 16u /* mkdir, link, rename, unlink */
#define SHIM_SIZE 32u /* ftruncate, fallocate */
#define SHIM_SHORT 100000u

/* FAULT_RECORD: every change that succeeded, one behind the other. */
struct shim_record {
	uint32_t op; /* SHIM_DO_* */
	uint32_t durable; /* the fd was opened with O_SYNC or O_DSYNC */
	uint64_t inode;
	uint64_t offset; /* or size */
	uint64_t call; /* its number */
	uint32_t path_len; /* bytes that follow, in this order */
	uint32_t other_len;
	uint64_t data_len;
};

#define SHIM_DO_CREATE 1u /* path, inode */
#define SHIM_DO_MKDIR 2u /* path */
#define SHIM_DO_WRITE 3u /* inode, offset, data */
#define SHIM_DO_SIZE 4u /* inode, size */
#define SHIM_DO_SYNC 5u /* inode; path when it is a directory */
#define SHIM_DO_RENAME 6u /* path to other */
#define SHIM_DO_LINK 7u /* path to other */
#define SHIM_DO_UNLINK 8u /* path */

#endif
