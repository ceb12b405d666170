/* store_space.c - what the bytes of a store are used for. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/store_space.h"

#include <stdio.h>
#include <sys/stat.h>

#include "ledger/store_mdb.h"
#include "ledger/store_page.h"

/* LMDB's own two tables, by number. */
#define FREE_PAGES 0
#define TABLES 1
#define META_PAGES 2

static uint64_t
pages_of(const MDB_stat *st)
{
	return (uint64_t)st->ms_branch_pages + st->ms_leaf_pages +
	    st->ms_overflow_pages;
}

/* Rows of the list of tables are their trees. */
static enum err
each_table(MDB_txn *txn, uint64_t *pages, size_t page_bytes,
    store_space_each each, void *arg, struct err_why *why)
{
	struct store_page_tree t;
	MDB_cursor *c = NULL;
	MDB_val k;
	MDB_val v;
	char name[STORE_NAME_MAX + 1];
	int rc = mdb_cursor_open(txn, TABLES, &c);

	while (rc == 0) {
		uint64_t n;

		rc = mdb_cursor_get(c, &k, &v, MDB_NEXT);
		if (rc == 0 && v.mv_size != sizeof(t))
			rc = MDB_CORRUPTED;
		if (rc != 0)
			break;
		memcpy(&t, v.mv_data, sizeof(t));
		n = t.branches + t.leaves + t.overflow;
		*pages += n;
		(void)snprintf(name, sizeof(name), "%.*s", (int)k.mv_size,
		    (const char *)k.mv_data);
		if (each != NULL)
			each(arg, name, t.rows, n * page_bytes);
	}
	if (c != NULL)
		mdb_cursor_close(c);
	return rc == MDB_NOTFOUND ? ERR_OK
	                          : store_mdb_err(rc, "list of tables", why);
}

static uint64_t
file_bytes(const char *dir, const char *name)
{
	char path[4096];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

enum err
store_space(struct store *s, struct store_space *out, store_space_each each,
    void *arg, struct err_why *why)
{
	struct store_txn *txn = NULL;
	uint64_t pages = META_PAGES;
	MDB_envinfo info;
	MDB_stat st;
	enum err e;
	int rc;

	e = store_read(s, &txn, why);
	if (e != ERR_OK)
		return e;
	mdb_env_info(s->env, &info);
	for (MDB_dbi t = FREE_PAGES; t <= TABLES && e == ERR_OK; t++) {
		rc = mdb_stat(txn->mdb, t, &st);
		e = store_mdb_err(rc, "count pages", why);
		if (e == ERR_OK)
			pages += pages_of(&st);
	}
	if (e == ERR_OK)
		e = each_table(txn->mdb, &pages, st.ms_psize, each, arg, why);
	store_abort(txn);
	if (e != ERR_OK)
		return e;
	out->file = file_bytes(s->dir, "data.mdb");
	out->redo = file_bytes(s->dir, "redo.0") + file_bytes(s->dir, "redo.1");
	out->live = pages * st.ms_psize;
	out->spare = ((uint64_t)info.me_last_pgno + 1) * st.ms_psize;
	out->spare = out->spare > out->live ? out->spare - out->live : 0;
	return ERR_OK;
}
