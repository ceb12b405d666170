/* bench_bare.c - what the machine gives to a ledger that only appends. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_bare.h"

#include <lmdb.h>
#include <string.h>
#include <sys/stat.h>

#include "ledger/tree.h"
#include "proto/crypto.h"
#include "tests/bench/bench.h"
#include "tests/support/temp.h"

#define BATCH 4096
#define BATCHES 160
#define ENTRY_BYTES 600
#define MAP ((size_t)2 << 30)

struct bare {
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi entries; /* by index */
	MDB_dbi nodes; /* as they complete */
	MDB_dbi heads;
	uint64_t node; /* how many */
	struct tree_frontier tree;
	struct crypto_signer key;
};

static void
must(int rc, const char *doing)
{
	if (rc != 0)
		bench_fail("%s: %s", doing, mdb_strerror(rc));
}

static void
put(struct bare *r, MDB_dbi to, uint64_t number, void *value, size_t len)
{
	uint8_t at[8];
	MDB_val k = {sizeof(at), at};
	MDB_val v = {len, value};

	for (unsigned i = 0; i < 8; i++)
		at[i] = (uint8_t)(number >> (56 - 8 * i));
	must(mdb_put(r->txn, to, &k, &v, MDB_APPEND), "put");
}

static void
add_node(void *arg, unsigned level, uint64_t index, const struct hash *node)
{
	struct bare *r = arg;
	struct hash copy = *node;

	(void)level;
	(void)index;
	put(r, r->nodes, r->node++, copy.b, sizeof(copy.b));
}

static void
append_batch(struct bare *r)
{
	uint8_t entry[ENTRY_BYTES];
	uint8_t sig[CRYPTO_SIG_BYTES];
	struct hash leaf, root;

	must(mdb_txn_begin(r->env, NULL, 0, &r->txn), "begin");
	memset(entry, 0x5a, sizeof(entry));
	for (unsigned i = 0; i < BATCH; i++) {
		memcpy(entry, &r->tree.size, sizeof(r->tree.size));
		put(r, r->entries, r->tree.size, entry, sizeof(entry));
		tree_leaf(&leaf, bytes_of(entry, sizeof(entry)));
		tree_push(&r->tree, &leaf, add_node, r);
	}
	tree_root(&r->tree, &root);
	crypto_signer_sign(&r->key, bytes_hash(&root), sig);
	put(r, r->heads, r->tree.size, sig, sizeof(sig));
	must(mdb_txn_commit(r->txn), "commit");
}

void
bench_bare(struct bench *b)
{
	struct bare r = {.env = NULL};
	char dir[TEMP_PATH_BYTES];
	double start;

	temp_path(dir, bench_dir(b), "bare");
	if (mkdir(dir, 0700) != 0)
		bench_fail("%s: cannot be made", dir);
	crypto_signer_new(&r.key);
	must(mdb_env_create(&r.env), "create");
	must(mdb_env_set_maxdbs(r.env, 3), "tables");
	must(mdb_env_set_mapsize(r.env, MAP), "map");
	must(mdb_env_open(r.env, dir, 0, 0600), "open");
	must(mdb_txn_begin(r.env, NULL, 0, &r.txn), "begin");
	must(mdb_dbi_open(r.txn, "entries", MDB_CREATE, &r.entries), "table");
	must(mdb_dbi_open(r.txn, "nodes", MDB_CREATE, &r.nodes), "table");
	must(mdb_dbi_open(r.txn, "heads", MDB_CREATE, &r.heads), "table");
	must(mdb_txn_commit(r.txn), "commit");
	start = bench_now();
	for (unsigned i = 0; i < BATCHES; i++)
		append_batch(&r);
	bench_add(b, "bare_600B",
	    (double)BATCH * BATCHES / (bench_now() - start), "/s",
	    "LMDB alone on one core: %d bytes appended, leaf and tree hashed "
	    "and "
	    "stored, root signed; %d per commit, fsync on, nothing sealed",
	    ENTRY_BYTES, BATCH);
	mdb_env_close(r.env);
}
