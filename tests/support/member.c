/* member.c - members of an alliance on temporary stores, for tests. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/member.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "ledger/audit.h"
#include "ledger/log_erase.h"
#include "ledger/log_read.h"
#include "ledger/seal.h"
#include "ledger/succession.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "record.pb-c.h"
#include "tests/support/book.h"

static struct err_why member_why;

static void
must_at(enum err e, int line)
{
	if (e == ERR_OK)
		return;
	fprintf(stderr, "member.c:%d: %s: %s\n", line, err_name(e),
	    member_why.text);
	abort();
}
#define must(e) must_at(e, __LINE__)

static void
seed_of(uint8_t out[static 32], const char *name, const char *what)
{
	struct bytes parts[2] = {bytes_str(name), bytes_str(what)};
	struct hash h;

	digest_sha256_parts(&h, parts, 2);
	memcpy(out, h.b, sizeof(h.b));
}

static void
make_signer(struct crypto_signer *out, const char *name, const char *what)
{
	uint8_t seed[CRYPTO_SEED_BYTES];

	seed_of(seed, name, what);
	crypto_signer_seed(out, seed);
}

void
member_new(struct member *m, const char *name, Fed__Role role,
    const char *company, const struct clock *clock)
{
	uint8_t seed[CRYPTO_KEY_BYTES];

	crypto_start();
	memset(m, 0, sizeof(*m));
	m->name = name;
	m->role = role;
	m->company = company;
	m->clock = clock;
	temp_make(m->dir);
	make_signer(&m->identity, name, "identity");
	make_signer(&m->log_key[ROSTER_EVIDENCE], name, "evidence");
	make_signer(&m->log_key[ROSTER_ALLIANCE], name, "alliance");
	make_signer(&m->witness_key, name, "witness");
	seed_of(seed, name, "session");
	crypto_dh_secret(&m->session, seed);
}

static void
open_own(struct member *m)
{
	static const char *const kinds[ROSTER_KINDS] = {"evidence", "alliance"};
	struct log_draft start = {.kind = LEDGER__KIND__LOG_START};
	char path[TEMP_PATH_BYTES], origin[NOTE_NAME_MAX + 1];
	struct store_txn *txn;
	struct log_place place;
	enum err e;
	int k;

	temp_path(path, m->dir, "own");
	must(store_open(&m->own_store, path, STORE_CREATE, &member_why));
	temp_path(path, m->dir, "own-vault");
	must(vault_open(&m->own_vault, path, &member_why));
	must(log_book_open(
	    &m->own, m->own_store, m->own_vault, m->clock, &member_why));
	must(store_write(m->own_store, &txn, &member_why));
	for (k = 0; k < ROSTER_KINDS; k++) {
		(void)snprintf(origin, sizeof(origin), "%s/%s/%d", m->name,
		    kinds[k], k == ROSTER_EVIDENCE && m->succeeded ? 2 : 1);
		e = log_slot(m->own, txn, origin, &m->slot[k], NULL);
		if (e == ERR_NOT_FOUND)
			must(log_slot_add(
			    m->own, txn, origin, &m->slot[k], &member_why));
		log_key(m->own, m->slot[k], &m->log_key[k]);
		if (e == ERR_NOT_FOUND)
			must(log_append(m->own, txn, m->slot[k], &start, &place,
			    &member_why));
	}
	must(store_commit(txn, &member_why));
}

void
member_open(struct member *m)
{
	char path[TEMP_PATH_BYTES];

	open_own(m);
	temp_path(path, m->dir, "replicas");
	must(store_open(&m->replica_store, path, STORE_CREATE, &member_why));
	temp_path(path, m->dir, "replica-vault");
	must(vault_open(&m->replica_vault, path, &member_why));
	must(log_book_open(&m->replicas, m->replica_store, m->replica_vault,
	    m->clock, &member_why));
	must(witness_open(&m->witness, m->replica_store, &member_why));
}

static void
close_own(struct member *m)
{
	log_book_close(m->own);
	store_close(m->own_store);
	vault_close(m->own_vault);
	m->own = NULL;
	m->own_store = NULL;
	m->own_vault = NULL;
}

void
member_close(struct member *m)
{
	close_own(m);
	log_book_close(m->replicas);
	store_close(m->replica_store);
	vault_close(m->replica_vault);
	m->replicas = NULL;
	m->replica_store = NULL;
	m->replica_vault = NULL;
}

void
member_end(struct member *m)
{
	if (m->own != NULL)
		member_close(m);
	temp_remove(m->dir);
}

void
member_wipe_own(struct member *m)
{
	char path[TEMP_PATH_BYTES];

	close_own(m);
	temp_path(path, m->dir, "own");
	temp_remove(path);
	temp_path(path, m->dir, "own-vault");
	temp_remove(path);
	open_own(m);
}

void
member_keep_own(struct member *m)
{
	char path[TEMP_PATH_BYTES];

	temp_path(path, m->dir, "kept");
	if (mkdir(path, 0700) != 0)
		abort();
	must(store_copy(m->own_store, path, &member_why));
}

void
member_put_back(struct member *m)
{
	char path[TEMP_PATH_BYTES], kept[TEMP_PATH_BYTES];

	close_own(m);
	temp_path(path, m->dir, "own");
	temp_remove(path);
	temp_path(kept, m->dir, "kept");
	if (rename(kept, path) != 0)
		abort();
	open_own(m);
}

void
member_succeed(struct member *m, uint64_t less)
{
	struct store_txn *txn;
	struct succession s = {.held = 0};
	struct log_state st;
	struct log_nodes nodes = {.book = m->own, .slot = m->slot[0]};
	struct tree_frontier f;
	char origin[NOTE_NAME_MAX + 1];

	must(store_read(m->own_store, &txn, &member_why));
	must(log_state(m->own, txn, m->slot[0], &st, &member_why));
	nodes.txn = txn;
	s.size = st.frontier.size - less;
	s.held = s.size;
	must(tree_load(&f, s.size, log_node, &nodes, &member_why));
	tree_root(&f, &s.root);
	store_abort(txn);
	m->old_key = m->log_key[ROSTER_EVIDENCE];
	make_signer(&m->log_key[ROSTER_EVIDENCE], m->name, "evidence-2");
	(void)snprintf(origin, sizeof(origin), "%s/evidence/1", m->name);
	must(note_vkey_make(
	    &s.before, origin, NOTE_TYPE_ED25519, m->old_key.pub, &member_why));
	(void)snprintf(origin, sizeof(origin), "%s/evidence/2", m->name);
	must(note_vkey_make(&s.after, origin, NOTE_TYPE_ED25519,
	    m->log_key[ROSTER_EVIDENCE].pub, &member_why));
	buf_init(&m->succession, SUCCESSION_BYTES_MAX);
	must(succession_sign(&m->succession, &s, &m->identity, &member_why));
	m->succession_view = buf_view(&m->succession);
	m->succeeded = true;
}

Fed__Card *
member_card(const struct member *m)
{
	struct roster_self self = {0};
	struct hash next;

	digest_sha256(&next, bytes_str(m->name));
	self.name = m->name;
	self.role = m->role;
	self.company = m->company;
	self.endpoint = m->endpoint;
	self.identity = &m->identity;
	self.log[ROSTER_EVIDENCE] = &m->log_key[ROSTER_EVIDENCE];
	self.log[ROSTER_ALLIANCE] = &m->log_key[ROSTER_ALLIANCE];
	self.witness = &m->witness_key;
	self.session = m->session.pub;
	self.next_identity = &next;
	return roster_card(&self);
}

struct roster *
member_alliance(const struct member *members, size_t n)
{
	Fed__Genesis g = FED__GENESIS__INIT;
	Fed__Card **cards = mem_alloc(n, sizeof(cards[0]));
	char name[] = "test alliance";
	struct roster *r = NULL;
	size_t i;

	for (i = 0; i < n; i++)
		cards[i] = member_card(&members[i]);
	g.alliance = name;
	g.members = cards;
	g.n_members = n;
	roster_sort(&g);
	must(roster_load(&r, &g, &member_why));
	for (i = 0; i < n; i++)
		fed__card__free_unpacked(cards[i], NULL);
	free(cards);
	return r;
}

static void
append_sealed(struct member *m, struct store_txn *txn, enum roster_kind kind,
    struct log_draft *d, struct bytes packed)
{
	struct log_place place;
	struct buf arena;
	uint8_t id[16];

	crypto_uuid7(id, clock_wall_us(m->clock));
	d->record_id = id;
	d->event_id = id;
	d->event_seq = 1;
	d->outcome = LEDGER__OUTCOME__APPLIED;
	buf_init(&arena, LOG_SEALED_MAX + 1024);
	must(vault_seal(m->own_vault, packed, 64, clock_wall_us(m->clock),
	    &arena, &d->sealed, &member_why));
	must(log_append(m->own, txn, m->slot[kind], d, &place, &member_why));
	buf_clear(&arena);
}

bool
member_append(struct member *m, enum roster_kind kind, unsigned n, size_t bytes)
{
	struct log_draft d = {.kind = LEDGER__KIND__ALARM};
	struct store_txn *txn;
	struct hash commitment;
	struct buf packed;
	char *title;
	unsigned i;
	enum err e;

	title = mem_alloc(bytes + 1, 1);
	memset(title, 'x', bytes);
	d.commitment = &commitment;
	buf_init(&packed, LOG_SEALED_MAX);
	must(store_write(m->own_store, &txn, &member_why));
	for (i = 0; i < n; i++) {
		buf_reset(&packed);
		book_seal(title, &packed, &commitment);
		append_sealed(m, txn, kind, &d, buf_view(&packed));
	}
	e = store_commit(txn, &member_why);
	buf_clear(&packed);
	free(title);
	return e == ERR_OK;
}

/* As it travels: under a key of its own. */
static void
seal_message(const char *type, struct bytes message, struct buf *packed,
    struct hash *commitment)
{
	Ledger__Opening opening = LEDGER__OPENING__INIT;
	Ledger__Sealed sealed = LEDGER__SEALED__INIT;
	uint8_t key[SEAL_KEY_BYTES], *p;
	struct buf copy;
	char name[64];

	crypto_random(key, sizeof(key));
	must(seal_commit(
	    commitment, seal_type(type), message, key, &member_why));
	buf_init(&copy, SEAL_MESSAGE_MAX);
	buf_bytes(&copy, message);
	(void)snprintf(name, sizeof(name), "%s", type);
	opening.type = name;
	opening.has_schema_version = true;
	opening.schema_version = SEAL_SCHEMA_VERSION;
	opening.has_record_key = true;
	opening.record_key.data = key;
	opening.record_key.len = sizeof(key);
	opening.has_message = true;
	opening.message.data = copy.ptr;
	opening.message.len = copy.len;
	sealed.body = &opening;
	p = buf_grow(packed, ledger__sealed__get_packed_size(&sealed));
	if (p == NULL)
		abort();
	(void)ledger__sealed__pack(&sealed, p);
	buf_clear(&copy);
}

bool
member_say(struct member *m, const struct member_said *said)
{
	struct log_draft d = {.kind = said->kind};
	struct store_txn *txn;
	struct hash commitment;
	struct buf packed;
	enum err e;

	buf_init(&packed, LOG_SEALED_MAX);
	seal_message(said->type, said->message, &packed, &commitment);
	d.commitment = &commitment;
	must(store_write(m->own_store, &txn, &member_why));
	append_sealed(m, txn, said->log, &d, buf_view(&packed));
	e = store_commit(txn, &member_why);
	buf_clear(&packed);
	return e == ERR_OK;
}

static void
seal_erasure(const struct member *m, const Record__Erasure *what,
    struct buf *packed, struct hash *commitment)
{
	Record__Erasure body = *what;
	char origin[NOTE_NAME_MAX + 1];
	struct buf message;

	(void)snprintf(origin, sizeof(origin), "%s/evidence/1", m->name);
	body.origin = origin;
	buf_init(&message, SEAL_MESSAGE_MAX);
	slice_pack(&message, &body.base);
	seal_message("record.Erasure", buf_view(&message), packed, commitment);
	buf_clear(&message);
}

static void
put_erasure(
    struct member *m, struct store_txn *txn, const Record__Erasure *what)
{
	struct log_draft d = {.kind = LEDGER__KIND__ERASURE};
	struct hash commitment;
	struct buf packed;

	buf_init(&packed, LOG_SEALED_MAX);
	seal_erasure(m, what, &packed, &commitment);
	d.commitment = &commitment;
	append_sealed(m, txn, ROSTER_EVIDENCE, &d, buf_view(&packed));
	buf_clear(&packed);
}

void
member_erase(struct member *m, uint64_t index)
{
	struct log_erasure x = {
	    m->slot[ROSTER_EVIDENCE], index, NULL, 0, false};
	Record__Erasure body = RECORD__ERASURE__INIT;
	struct store_txn *txn;

	body.has_index = true;
	body.index = index;
	must(store_write(m->own_store, &txn, &member_why));
	put_erasure(m, txn, &body);
	must(log_erase(m->own, txn, &x, 1, &member_why));
	must(store_commit(txn, &member_why));
	must(log_erase_done(m->own, &member_why));
}

void
member_say_erased(struct member *m, const Record__Erasure *what)
{
	struct store_txn *txn;

	must(store_write(m->own_store, &txn, &member_why));
	put_erasure(m, txn, what);
	must(store_commit(txn, &member_why));
}

uint64_t
member_size(struct member *m, enum roster_kind kind)
{
	struct log_state st;
	struct store_txn *txn;

	must(store_read(m->own_store, &txn, &member_why));
	must(log_state(m->own, txn, m->slot[kind], &st, &member_why));
	store_abort(txn);
	return st.frontier.size;
}

uint64_t
member_held(struct member *m, const char *origin)
{
	struct log_state st = {.time_epoch = 0};
	struct store_txn *txn;
	uint16_t slot;
	enum err e;

	must(store_read(m->replica_store, &txn, &member_why));
	e = log_slot(m->replicas, txn, origin, &slot, NULL);
	if (e == ERR_OK)
		must(log_state(m->replicas, txn, slot, &st, &member_why));
	store_abort(txn);
	return e == ERR_OK ? st.frontier.size : 0;
}

static void
own_root(
    struct member *m, enum roster_kind kind, uint64_t size, struct hash *out)
{
	struct log_nodes nodes = {0};
	struct tree_frontier f;
	struct store_txn *txn;

	must(store_read(m->own_store, &txn, &member_why));
	nodes.book = m->own;
	nodes.txn = txn;
	nodes.slot = m->slot[kind];
	must(tree_load(&f, size, log_node, &nodes, &member_why));
	tree_root(&f, out);
	store_abort(txn);
}

void
member_check_replica(
    struct member *m, struct member *owner, enum roster_kind kind)
{
	static const char *const kinds[ROSTER_KINDS] = {"evidence", "alliance"};
	char origin[NOTE_NAME_MAX + 1];
	struct audit_plan plan = {0};
	struct audit_counts counts;
	struct log_state st;
	struct note_vkey key;
	struct store_txn *txn;
	struct hash theirs, ours;
	enum err e;

	(void)snprintf(
	    origin, sizeof(origin), "%s/%s/1", owner->name, kinds[kind]);
	must(note_vkey_make(&key, origin, NOTE_TYPE_ED25519,
	    owner->log_key[kind].pub, &member_why));
	plan.key = &key;
	must(store_read(m->replica_store, &txn, &member_why));
	e = log_slot(m->replicas, txn, origin, &plan.slot, NULL);
	if (e == ERR_OK) {
		must(audit_log(m->replicas, txn, &plan, &counts, &member_why));
		must(log_state(m->replicas, txn, plan.slot, &st, &member_why));
		tree_root(&st.frontier, &ours);
		own_root(owner, kind, st.frontier.size, &theirs);
		if (memcmp(ours.b, theirs.b, HASH_BYTES) != 0)
			abort();
	}
	store_abort(txn);
}

bool
member_has_body(struct member *m, const char *origin, uint64_t index)
{
	Ledger__Sealed *sealed = NULL;
	struct store_txn *txn;
	uint16_t slot;
	enum err e;

	must(store_read(m->replica_store, &txn, &member_why));
	e = log_slot(m->replicas, txn, origin, &slot, NULL);
	if (e == ERR_OK)
		e = log_sealed(m->replicas, txn, slot, index, &sealed, NULL);
	store_abort(txn);
	if (e == ERR_OK)
		ledger__sealed__free_unpacked(sealed, NULL);
	return e == ERR_OK;
}
