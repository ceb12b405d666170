/* seat_test.c - a node decides for itself, and begins where it is let in. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/seat.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "federation/council_change.h"
#include "ledger/log_book.h"
#include "node/commit.h"
#include "node/motion_make.h"
#include "node/seat_log.h"
#include "node/site_logs.h"
#include "proto/json.h"
#include "proto/slice.h"
#include "tests/support/plant.h"

#define NAME "plant-a.acme.example"

static struct plant p;
static struct seat *seat;
static struct buf json;

static Fed__Card *
own_card(void)
{
	static struct crypto_signer log[ROSTER_KINDS];
	static const struct hash next = {{7}};
	struct roster_self self = {.name = NAME,
	    .role = FED__ROLE__PLANT,
	    .company = "acme",
	    .identity = &p.site->keys.identity,
	    .witness = &p.site->keys.witness,
	    .session = p.site->keys.session.pub,
	    .next_identity = &next};

	for (int k = 0; k < ROSTER_KINDS; k++) {
		memcpy(log[k].pub, site_log(p.site, (enum site_kind)k)->key.pub,
		    CRYPTO_PUB_BYTES);
		self.log[k] = &log[k];
	}
	return roster_card(&self);
}

static Fed__Card *
other_card(const char *name)
{
	static const struct hash next = {{8}};
	struct crypto_signer key[4];
	struct crypto_dh session;
	struct roster_self self = {.name = name,
	    .role = FED__ROLE__PLANT,
	    .company = "other",
	    .identity = &key[0],
	    .log = {&key[1], &key[2]},
	    .witness = &key[3],
	    .session = session.pub,
	    .next_identity = &next};

	for (size_t i = 0; i < 4; i++)
		crypto_signer_new(&key[i]);
	crypto_dh_new(&session);
	return roster_card(&self);
}

/* An alliance of this node and of `others`. */
static Fed__Genesis *
genesis(bool self, size_t others)
{
	static const char *const names[] = {
	    "b.example", "c.example", "d.example"};
	Fed__Genesis *g = calloc(1, sizeof *g);

	fed__genesis__init(g);
	g->alliance = strdup("test");
	g->members = calloc(4, sizeof(Fed__Card *));
	if (self)
		g->members[g->n_members++] = own_card();
	for (size_t i = 0; i < others; i++)
		g->members[g->n_members++] = other_card(names[i]);
	roster_sort(g);
	return g;
}

static void
write_genesis(bool self, size_t others)
{
	Fed__Genesis *g = genesis(self, others);

	buf_reset(&json);
	json_encode(&json, &g->base, 0);
	slice_free(&g->base);
}

static void
setup(void)
{
	plant_begin(&p, NAME);
	seat = seat_new(p.site);
	buf_init(&json, JSON_BYTES_MAX);
}

static void
teardown(void)
{
	seat_free(seat);
	buf_clear(&json);
	plant_end(&p);
}

TestSuite(seat, .init = setup, .fini = teardown);

static void
begin(void)
{
	struct err_why why = {.text = ""};

	cr_assert_eq(
	    seat_begin(seat, buf_view(&json), &why), ERR_OK, "%s", why.text);
}

static enum err
propose(const Api__MotionPost *post, struct err_why *why)
{
	Fed__Genesis *g = genesis(true, 0);
	Record__Proposal *m = NULL;
	struct hash id;
	enum err e = motion_make(&m, post, g, p.site, why);

	if (e == ERR_OK)
		e = seat_propose(seat, m, &id, why);
	if (m != NULL)
		slice_free(&m->base);
	slice_free(&g->base);
	return e;
}

static enum err
propose_paper(const char *name, struct err_why *why)
{
	union {
		const char *in;
		char *out;
	} text = {name};
	uint8_t digest[HASH_BYTES] = {1};
	Api__MotionPost post = API__MOTION_POST__INIT;

	post.has_change = 1;
	post.change = RECORD__PROPOSAL__CHANGE__PACK;
	post.name = text.out;
	post.has_digest = 1;
	post.digest = (ProtobufCBinaryData){sizeof digest, digest};
	return propose(&post, why);
}

static struct council_epoch now;

static void
look_now(void *arg, const struct seat_view *v)
{
	(void)arg;
	now = *council_now(v->council);
	now.state = NULL;
	cr_assert_eq(v->missing, 0);
}

static void
look(void)
{
	struct err_why why = {.text = ""};

	cr_assert_eq(
	    seat_look(seat, look_now, NULL, &why), ERR_OK, "%s", why.text);
}

Test(seat, is_in_no_alliance_before_it_begins)
{
	struct roster *r;
	struct err_why why;

	cr_assert_eq(seat_roster(seat, &r, &why), ERR_NOT_FOUND);
	cr_assert_eq(seat_look(seat, look_now, NULL, &why), ERR_NOT_FOUND);
	cr_assert_eq(propose_paper("x", &why), ERR_NOT_FOUND);
	cr_assert_eq(seat_vote(seat, NULL, &why), ERR_NOT_FOUND);
}

Test(seat, decides_alone_what_it_proposes_and_finds_it_again)
{
	struct roster *r = NULL;
	struct hash first;
	struct err_why why = {.text = ""};

	write_genesis(true, 0);
	begin();
	look();
	cr_assert_eq(now.number, 0);
	cr_assert_eq(propose_paper("hot-work", &why), ERR_OK, "%s", why.text);
	cr_assert_eq(propose_paper("lifting", &why), ERR_OK, "%s", why.text);
	look();
	cr_assert_eq(now.number, 2);
	first = now.id;
	cr_assert_eq(seat_roster(seat, &r, &why), ERR_OK);
	cr_assert_eq(roster_epoch(r), 2);
	roster_free(r);
	/* Nothing is kept but the logs. */
	seat_free(seat);
	seat = seat_new(p.site);
	begin();
	look();
	cr_assert_arr_eq(now.id.b, first.b, HASH_BYTES);
}

Test(seat, tells_later_what_it_read_while_another_log_could_not_be)
{
	struct store_txn *reader[1024];
	struct seat *told;
	size_t n = 0;

	write_genesis(true, 0);
	begin();
	told = seat;
	seat = seat_new(p.site);
	begin();
	cr_assert_eq(propose_paper("hot-work", NULL), ERR_OK);
	seat_free(seat);
	seat = told;
	while (n < 1024 &&
	    store_read(p.site->replica.store, &reader[n], NULL) == ERR_OK)
		n++;
	cr_assert_lt(n, 1024);
	cr_assert_neq(seat_look(seat, look_now, NULL, NULL), ERR_OK);
	while (n > 0)
		store_abort(reader[--n]);
	look();
	cr_assert_eq(now.number, 1);
}

/* Many, that the list of them moves; none says anything. */
Test(seat, lists_the_logs_that_came_since_and_say_nothing)
{
	const struct site_db *db = &p.site->replica;
	struct seat_log *log = seat_log_new(p.site);
	struct store_txn *txn = NULL;
	char origin[64];
	uint16_t slot;
	bool changed;
	size_t len;

	cr_assert_eq(seat_log_look(log, &changed, NULL), ERR_OK);
	(void)seat_log_all(log, &len);
	cr_assert_eq(len, 1);
	cr_assert_eq(store_write(db->store, &txn, NULL), ERR_OK);
	for (unsigned i = 0; i < 20; i++) {
		(void)snprintf(
		    origin, sizeof origin, "m%02u.acme.example/alliance/1", i);
		cr_assert_eq(
		    log_slot_add(db->book, txn, origin, &slot, NULL), ERR_OK);
	}
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert_eq(seat_log_look(log, &changed, NULL), ERR_OK);
	cr_assert_str_eq(seat_log_all(log, &len)[0].member, "m00.acme.example");
	cr_assert_eq(len, 21);
	seat_log_free(log);
}

Test(seat, refuses_what_cannot_be_made_and_writes_nothing_of_it)
{
	Api__MotionPost post = API__MOTION_POST__INIT;
	struct err_why why;
	struct seat_log *log = seat_log_new(p.site);
	bool changed;
	size_t len;

	write_genesis(true, 0);
	begin();
	post.has_change = 1;
	post.change = RECORD__PROPOSAL__CHANGE__LEAVE;
	cr_assert_eq(propose(&post, &why), ERR_REFUSED, "the last one leaves");
	post.change = RECORD__PROPOSAL__CHANGE__EXPEL;
	cr_assert_eq(propose(&post, &why), ERR_MALFORMED, "nobody");
	post.change = RECORD__PROPOSAL__CHANGE__JOIN;
	cr_assert_eq(propose(&post, &why), ERR_MALFORMED, "no card");
	post.change = RECORD__PROPOSAL__CHANGE__KEYS;
	cr_assert_eq(propose(&post, &why), ERR_REFUSED, "none waits");
	cr_assert_eq(seat_log_look(log, &changed, &why), ERR_OK);
	cr_assert(!changed);
	cr_assert_eq(propose_paper("x", &why), ERR_OK);
	cr_assert_eq(seat_log_look(log, &changed, &why), ERR_OK);
	cr_assert(changed);
	cr_assert_eq(seat_log_all(log, &len)[0].len, 2);
	cr_assert_eq(len, 1);
	cr_assert_eq(seat_log_look(log, &changed, &why), ERR_OK);
	cr_assert(!changed);
	seat_log_free(log);
}

static void
look_damaged(void *arg, const struct seat_view *v)
{
	(void)arg;
	cr_assert_eq(v->missing, 1);
}

/* The newest entry of the own alliance log is lost. */
static void
lose_entry(void)
{
	const struct site_db *db = &p.site->own;
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct store_txn *txn = NULL;
	struct log_state st;
	struct err_why why;
	uint16_t slot = site_log(p.site, SITE_ALLIANCE)->slot;

	cr_assert_eq(store_write(db->store, &txn, &why), ERR_OK);
	cr_assert_eq(log_state(db->book, txn, slot, &st, &why), ERR_OK);
	log_book_key(key, slot, st.frontier.size - 1);
	cr_assert_eq(
	    store_del(txn, db->book->entries, bytes_of(key, sizeof key), &why),
	    ERR_OK);
	cr_assert_eq(store_commit(txn, &why), ERR_OK);
}

/* It begins, and says nothing that it may have said otherwise. */
Test(seat, begins_with_a_damaged_log_and_writes_nothing)
{
	struct roster *r = NULL;
	struct err_why why = {.text = ""};

	write_genesis(true, 0);
	begin();
	cr_assert_eq(propose_paper("hot-work", &why), ERR_OK, "%s", why.text);
	lose_entry();
	seat_free(seat);
	seat = seat_new(p.site);
	begin();
	cr_assert_eq(seat_look(seat, look_damaged, NULL, &why), ERR_OK);
	cr_assert_eq(seat_roster(seat, &r, &why), ERR_OK);
	roster_free(r);
	cr_assert_eq(propose_paper("lifting", &why), ERR_TIMEOUT);
}

static size_t missing;

static void
look_missing(void *arg, const struct seat_view *v)
{
	(void)arg;
	missing = v->missing;
	now = *council_now(v->council);
}

/* The key of the body of the newest entry: taken away, or put back. */
static void
keep_key(struct buf *row, bool away)
{
	const struct site_db *db = &p.site->own;
	const uint16_t slot = site_log(p.site, SITE_ALLIANCE)->slot;
	uint8_t key[LOG_ROW_KEY_BYTES];
	struct store_txn *txn = NULL;
	struct bytes value;
	struct log_state st;
	struct err_why why;

	cr_assert_eq(store_write(db->store, &txn, &why), ERR_OK);
	cr_assert_eq(log_state(db->book, txn, slot, &st, &why), ERR_OK);
	log_book_key(key, slot, st.frontier.size - 1);
	if (away) {
		cr_assert_eq(store_get(txn, db->book->keys,
		                 bytes_of(key, sizeof key), &value, &why),
		    ERR_OK);
		buf_bytes(row, value);
		cr_assert_eq(store_del(txn, db->book->keys,
		                 bytes_of(key, sizeof key), &why),
		    ERR_OK);
	} else {
		cr_assert_eq(
		    store_put(txn, db->book->keys, bytes_of(key, sizeof key),
		        buf_view(row), &why),
		    ERR_OK);
	}
	cr_assert_eq(store_commit(txn, &why), ERR_OK);
}

/* By then others may have counted it long ago. */
Test(seat, counts_a_body_that_comes_later)
{
	struct err_why why = {.text = ""};
	struct buf row;

	buf_init(&row, 4096);
	write_genesis(true, 0);
	begin();
	cr_assert_eq(propose_paper("hot-work", &why), ERR_OK, "%s", why.text);
	keep_key(&row, true);
	seat_free(seat);
	seat = seat_new(p.site);
	begin();
	cr_assert_eq(seat_look(seat, look_missing, NULL, &why), ERR_OK);
	cr_assert_eq(missing, 1);
	cr_assert_eq(now.number, 0);
	keep_key(&row, false);
	cr_assert_eq(seat_look(seat, look_missing, NULL, &why), ERR_OK);
	cr_assert_eq(missing, 0);
	cr_assert_eq(now.number, 1);
	buf_clear(&row);
}

/* A proposal of this node that it has not voted for, which needs nobody. */
static void
write_routine(void)
{
	char endpoint[] = "tcp://127.0.0.1:4711";
	Api__MotionPost post = API__MOTION_POST__INIT;
	struct submit_wait *w = submit_wait_new();
	const struct submit_to to = plant_to(&p, w);
	Fed__Genesis *g = genesis(true, 0);
	struct submit_result *res;
	Record__Proposal *m = NULL;
	struct err_why why = {.text = ""};

	post.has_change = 1;
	post.change = RECORD__PROPOSAL__CHANGE__ENDPOINT;
	post.endpoint = endpoint;
	cr_assert_eq(motion_make(&m, &post, g, p.site, &why), ERR_OK);
	m->by = strdup(NAME);
	m->has_epoch = 1;
	m->epoch.len = HASH_BYTES;
	m->epoch.data = malloc(HASH_BYTES);
	memcpy(m->epoch.data, now.id.b, HASH_BYTES);
	council_change_sign(m, &p.site->keys.identity);
	submit_plain(&to,
	    &(struct submit_plain){.kind = LEDGER__KIND__PROPOSAL,
	        .alliance = true,
	        .message = &m->base});
	res = submit_wait_for(w);
	cr_assert_eq(res->error, ERR_OK, "%s", res->why.text);
	submit_result_free(res);
	slice_free(&m->base);
	slice_free(&g->base);
}

static void
record_meanwhile(void *arg, const struct seat_view *v)
{
	struct plant_person who;

	(void)arg;
	(void)v;
	commit_go(p.site->commit);
	plant_enrol(&p, &who, "person-1", "operator");
	plant_enrol(&p, &who, "person-2", "operator");
}

/* What it says itself is on its way: no reader of the votes, however long it
 * takes, keeps the committer from the next record. */
Test(seat, holds_up_no_record_while_it_reads, .timeout = 60)
{
	struct commit_stats st = {.commits = 0};
	struct err_why why = {.text = ""};
	uint64_t queued = 0;

	write_genesis(true, 0);
	begin();
	look();
	write_routine();
	commit_hold(p.site->commit);
	cr_assert_eq(seat_start(seat, NULL, NULL, &why), ERR_OK);
	seat_kick(seat);
	while (queued == 0) {
		commit_stats(p.site->commit, &st);
		for (size_t i = 0; i < COMMIT_CLASSES; i++)
			queued += st.queued[i];
	}
	cr_assert_eq(seat_look(seat, record_meanwhile, NULL, &why), ERR_OK);
	seat_stop(seat);
}

Test(seat, takes_no_alliance_that_it_has_no_part_in)
{
	struct err_why why;

	write_genesis(false, 2);
	cr_assert_eq(seat_begin(seat, buf_view(&json), &why), ERR_REFUSED);
	buf_reset(&json);
	buf_str(&json, "{}");
	cr_assert_eq(seat_begin(seat, buf_view(&json), &why), ERR_MALFORMED);
}

/* Its own card beside the epoch: it talks to all of them, and says nothing. */
Test(seat, waits_beside_an_epoch_until_it_is_let_in)
{
	Fed__Genesis *g = genesis(false, 3);
	struct council_epoch e = {.number = 5, .state = g};
	struct roster *r = NULL;
	struct hash alliance = {{9}};
	struct err_why why = {.text = ""};
	Fed__Epoch m;

	council_epoch_tell(&m, &e, &alliance);
	m.card = own_card();
	buf_reset(&json);
	json_encode(&json, &m.base, 0);
	begin();
	look();
	cr_assert_eq(now.number, 5);
	cr_assert_eq(seat_roster(seat, &r, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(roster_len(r), 4);
	cr_assert_not_null(roster_find(r, NAME));
	cr_assert_eq(roster_epoch(r), 5);
	cr_assert_arr_eq(roster_fingerprint(r)->b, alliance.b, HASH_BYTES);
	roster_free(r);
	cr_assert_eq(propose_paper("x", &why), ERR_REFUSED);
	cr_assert_eq(seat_vote(seat, NULL, &why), ERR_DENIED);
	fed__card__free_unpacked(m.card, NULL);
	slice_free(&g->base);
}

Test(seat, knows_that_it_was_expelled)
{
	Fed__Genesis *g = genesis(false, 3);
	struct council_epoch e = {.number = 5, .state = g};
	struct roster *r = NULL;
	struct hash alliance = {{9}};
	struct err_why why;
	Fed__Epoch m;

	g->former = calloc(1, sizeof(char *));
	g->former[g->n_former++] = strdup(NAME);
	council_epoch_tell(&m, &e, &alliance);
	m.card = own_card();
	buf_reset(&json);
	json_encode(&json, &m.base, 0);
	begin();
	cr_assert_eq(seat_roster(seat, &r, &why), ERR_REFUSED);
	fed__card__free_unpacked(m.card, NULL);
	slice_free(&g->base);
}
