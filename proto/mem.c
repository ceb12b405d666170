/* mem.c - heap memory that is there, or the process ends. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/mem.h"

#include <stdlib.h>
#include <string.h>

void *
mem_alloc(size_t n, size_t size)
{
	void *p;

	/* calloc checks the product; of nothing it may return NULL. */
	p = n == 0 || size == 0 ? calloc(1, 1) : calloc(n, size);
	if (p == NULL)
		abort();
	return p;
}

void *
mem_resize(void *p, size_t n, size_t size)
{
	size_t total;
	void *q;

	if (__builtin_mul_overflow(n, size, &total))
		abort();
	q = realloc(p, total == 0 ? 1 : total);
	if (q == NULL)
		abort();
	return q;
}

char *
mem_strdup(const char *s)
{
	size_t len;
	char *p;

	len = strlen(s) + 1;
	p = mem_alloc(len, 1);
	memcpy(p, s, len);
	return p;
}

char *
mem_strdup_given(const char *s)
{
	return s != NULL && s[0] != '\0' ? mem_strdup(s) : NULL;
}
