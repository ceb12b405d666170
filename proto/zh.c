/* zh.c - the Chinese sentence beside an English format. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/zh.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "proto/zh_table.h"

/* Ascending by strcmp. */
#define ZH_ROW(en, zh) {en, zh},
static const struct row {
	const char *en;
	const char *zh;
} rows[] = {ZH_TABLE(ZH_ROW)};
#undef ZH_ROW

static int
row_order(const void *key, const void *row)
{
	return strcmp(key, ((const struct row *)row)->en);
}

const char *
zh_format(const char *en)
{
	const struct row *r = bsearch(
	    en, rows, sizeof rows / sizeof rows[0], sizeof rows[0], row_order);

	return r != NULL ? r->zh : en;
}

const char *
zh_row(unsigned i, const char **zh)
{
	if (i >= sizeof rows / sizeof rows[0])
		return NULL;
	*zh = rows[i].zh;
	return rows[i].en;
}
