/* bench_audit.c - how fast a node's record is audited. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bench_audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ledger/audit.h"
#include "ledger/seal.h"
#include "ledger/store_walk.h"
#include "ledger/tree.h"
#include "proto/crypto.h"
#include "proto/digest.h"
#include "proto/slice.h"
#include "record.pb-c.h"
#include "tests/bench/bench.h"
#include "tests/bench/bench_run.h"
#include "tests/bench/load.h"

#define ENTRIES 200000
#define LEAF_BYTES 180 /* of an alarm's entry, about */
#define SEALED_BYTES 715 /* of an alarm's body, packed, about */
#define HASH_SECONDS 1.0

static void
hash_leaf(struct hash *h)
{
	static uint8_t leaf[LEAF_BYTES];

	memcpy(leaf, h->b, HASH_BYTES);
	tree_leaf(h, bytes_of(leaf, sizeof(leaf)));
	tree_join(h, h, h);
}

/* Nothing but the SHA-256 that one alarm takes: its leaf, one node, and the
 * commitment (key, salts, digests of fields, their sum). */
static void
hash_alarm(const struct slice_list *slices, struct hash *h)
{
	static uint8_t sum[64 + SLICE_MAX * (4 + HASH_BYTES)];
	const uint8_t number[4] = {0};
	const struct bytes salt_of[] = {
	    bytes_str("lianfang/salt/v1"), bytes_of(number, sizeof(number))};
	struct digest_hmac hmac;
	struct hash salt;

	hash_leaf(h);
	digest_hmac_key(&hmac, bytes_hash(h));
	for (size_t i = 0; i < slices->len; i++) {
		const struct bytes parts[] = {bytes_str("lianfang/field/v1"),
		    bytes_hash(&salt), slices->at[i].bytes};

		digest_hmac(&hmac, &salt, salt_of, 2);
		digest_sha256_parts(h, parts, 3);
		memcpy(sum + 64 + i * (4 + HASH_BYTES), h->b, HASH_BYTES);
	}
	digest_sha256(h, bytes_of(sum, 41 + slices->len * (4 + HASH_BYTES)));
}

/* Of this process: a core that others use too is not a slower one. */
static double
processor(int who)
{
	struct rusage u;

	(void)getrusage(who, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	    (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

/* What one alarm is made of. */
struct sample {
	struct slice_list slices;
	struct hash h;
	uint8_t key[CRYPTO_KEY_BYTES];
	uint8_t wrapped[CRYPTO_KEY_BYTES + CRYPTO_WRAP_EXTRA];
	uint8_t body[SEALED_BYTES + CRYPTO_TAG_BYTES];
};

static void
work_hash(struct sample *s)
{
	hash_alarm(&s->slices, &s->h);
}

static void
work_tree(struct sample *s)
{
	hash_leaf(&s->h);
}

/* The wrapped key and the body under it. */
static void
work_open(struct sample *s)
{
	uint8_t out[SEALED_BYTES];

	if (crypto_wrap_open(out, bytes_of(s->wrapped, sizeof(s->wrapped)),
	        bytes_of(NULL, 0), s->key) != ERR_OK ||
	    crypto_once_open(out, bytes_of(s->body, sizeof(s->body)), s->key) !=
	        ERR_OK)
		bench_fail("what was sealed does not open");
}

/* How often one core does it in a second, and nothing else. */
static double
limit(struct sample *s, void (*work)(struct sample *))
{
	const double start = processor(RUSAGE_SELF);
	double at = start;
	size_t n = 0;

	for (; at - start < HASH_SECONDS; n += 1000) {
		for (int i = 0; i < 1000; i++)
			work(s);
		at = processor(RUSAGE_SELF);
	}
	return (double)n / (at - start);
}

struct limits {
	double hash; /* all SHA-256 of an alarm */
	double tree; /* of it, that of the leaf and a node */
	double open; /* its two ciphertexts */
};

static struct limits
measure_limits(struct bench *b)
{
	static struct sample s;
	static char alarm[2048];
	static uint8_t plain[SEALED_BYTES];
	struct limits l;
	struct alarms alarms;
	size_t len;

	alarms_init(&alarms, "limit");
	len = alarms_pb(&alarms, 0, alarm);
	if (slice_split(&s.slices, &record__alarm__descriptor,
	        bytes_of((const uint8_t *)alarm, len), NULL) != ERR_OK)
		bench_fail("an alarm is not canonical");
	crypto_wrap_seal(s.wrapped, bytes_of(plain, CRYPTO_KEY_BYTES),
	    bytes_of(NULL, 0), s.key);
	crypto_once_seal(s.body, bytes_of(plain, sizeof(plain)), s.key);
	l.hash = limit(&s, work_hash);
	l.tree = limit(&s, work_tree);
	l.open = limit(&s, work_open);
	bench_add(b, "audit_hash_limit", l.hash, "/s",
	    "only the SHA-256 of an alarm by libcrypto, one text after the "
	    "other: leaf, node, commitment of %zu fields; one core",
	    s.slices.len);
	bench_add(
	    b, "audit_tree_limit", l.tree, "/s", "of it, only leaf and node");
	bench_add(b, "audit_open_limit", l.open, "/s",
	    "only the two ciphertexts of an alarm by libsodium: its key, %d "
	    "bytes of body",
	    SEALED_BYTES);
	return l;
}

/* Seconds; *cpu: of processor time. */
static double
run(const struct bench_run *r, const char *what, double *cpu)
{
	const char *const args[] = {"audit", what, NULL};
	double before = processor(RUSAGE_CHILDREN);
	double start = bench_now();

	free(bench_node_cli(&r->node, args));
	*cpu = processor(RUSAGE_CHILDREN) - before;
	return bench_now() - start;
}

/* Pages and the tree by themselves: what needs no key. */
static void
run_parts(const struct bench_run *r, double tree_limit)
{
	const struct store_walk walk = {.sums = true};
	struct store_walk_counts pages;
	struct audit_plan plan = {.slot = 0};
	struct audit_counts counts;
	struct log_book *book = NULL;
	struct store_txn *txn = NULL;
	struct store *store = NULL;
	struct err_why why = {.text = ""};
	char path[TEMP_PATH_BYTES];
	double cpu;

	temp_path(path, r->node.dir, "own");
	if (store_open(&store, path, STORE_READ_ONLY | STORE_UNCHECKED, &why) !=
	    ERR_OK)
		bench_fail("%s", why.text);
	cpu = processor(RUSAGE_SELF);
	if (store_walk(store, &walk, &pages, &why) != ERR_OK)
		bench_fail("%s", why.text);
	cpu = processor(RUSAGE_SELF) - cpu;
	bench_add(r->bench, "audit_pages", (double)r->size / cpu, "/s",
	    "pages and sums of all rows alone; a second of processor time");
	if (log_book_open(&book, store, NULL, NULL, &why) != ERR_OK ||
	    store_read(store, &txn, &why) != ERR_OK ||
	    log_slot(book, txn, r->origin, &plan.slot, &why) != ERR_OK)
		bench_fail("%s", why.text);
	cpu = processor(RUSAGE_SELF);
	if (audit_log(book, txn, &plan, &counts, &why) != ERR_OK)
		bench_fail("%s", why.text);
	cpu = processor(RUSAGE_SELF) - cpu;
	store_abort(txn);
	log_book_close(book);
	store_close(store);
	bench_add(r->bench, "audit_tree", (double)r->size / cpu, "/s",
	    "leaves, chains, nodes, roots, without bodies; a second of "
	    "processor time");
	bench_add(r->bench, "audit_tree_of_limit",
	    100 * (double)r->size / cpu / tree_limit, "%",
	    "of audit_tree_limit");
}

void
bench_audit(struct bench *b)
{
	const char *most = getenv("BENCH_ENTRIES");
	const uint64_t n = most != NULL ? strtoull(most, NULL, 10) : ENTRIES;
	static struct bench_run r;
	struct limits l;
	double took;
	double cpu;

	bench_run_begin(&r, b, "audit");
	bench_run_fill(&r, n);
	bench_node_stop(&r.node);
	l = measure_limits(b);
	run_parts(&r, l.tree);
	took = run(&r, "--logs", &cpu);
	bench_add(b, "audit_logs", (double)r.size / took, "/s",
	    "lianfang audit --logs of %.0f alarms: pages, sums, leaves, nodes, "
	    "chain, bodies opened; %ld cores",
	    (double)r.size, sysconf(_SC_NPROCESSORS_ONLN));
	bench_add(b, "audit_of_limit", 100 * (double)r.size / took / l.hash,
	    "%", "of audit_hash_limit of one core, all cores together");
	bench_add(b, "audit_of_limit_core", 100 * (double)r.size / cpu / l.hash,
	    "%", "the same for each second of processor time");
	bench_add(b, "audit_of_work_core",
	    100 * (double)r.size / cpu * (1 / l.hash + 1 / l.open), "%",
	    "of what a core can hash and open, both");
	took = run(&r, "--json", &cpu);
	bench_add(b, "audit_whole", (double)r.size / took, "/s",
	    "the same with all tables folded anew and compared");
	bench_node_start(&r.node);
	bench_run_end(&r);
}
