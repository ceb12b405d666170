/* mem.h - heap memory that is there, or the process ends. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PROTO_MEM_H
#define PROTO_MEM_H

#include <stddef.h>

/*
 * Out of memory aborts: sizes from outside are capped before they reach us,
 * and a commit is atomic, so the ledger survives the abort.  Zeroed memory,
 * n * size checked for overflow; release with free().
 */
void *mem_alloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));

/* Contents kept up to the smaller size; the new part is not zeroed. */
void *mem_resize(void *p, size_t n, size_t size)
    __attribute__((returns_nonnull));

char *mem_strdup(const char *s) __attribute__((malloc, returns_nonnull));
/* NULL of NULL and of "". */
char *mem_strdup_given(const char *s) __attribute__((malloc));

#endif
