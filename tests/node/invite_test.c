/* invite_test.c - who was invited, who was not, and what becomes of both. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/invite.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/log_read.h"
#include "node/motion_make.h"
#include "node/peers.h"
#include "node/seat.h"
#include "node/service.h"
#include "node/site_logs.h"
#include "node/token.h"
#include "proto/json.h"
#include "proto/slice.h"
#include "tests/support/plant.h"

#define NAME "hq.acme.example"
#define NEW "plant-e.acme.example"

static struct plant p;
static struct service s;
static struct hash full;
static struct buf json; /* of the alliance */

static Fed__Card *
card_of(const char *name, Fed__Role role, const uint8_t *session)
{
	static const struct hash next = {{8}};
	struct crypto_signer key[4];
	struct roster_self self = {.name = name,
	    .role = role,
	    .company = "other",
	    .identity = &key[0],
	    .log = {&key[1], &key[2]},
	    .witness = &key[3],
	    .session = session,
	    .next_identity = &next};

	for (size_t i = 0; i < 4; i++)
		crypto_signer_new(&key[i]);
	return roster_card(&self);
}

static Fed__Card *
own_card(void)
{
	static struct crypto_signer log[ROSTER_KINDS];
	static const struct hash next = {{7}};
	struct roster_self self = {.name = NAME,
	    .role = FED__ROLE__HQ,
	    .company = "acme",
	    .endpoint = "tcp://10.1.2.3:8421",
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

static void
sit_down(void)
{
	struct err_why why = {.text = ""};

	cr_assert_eq(seat_begin(peers_seat(s.peers), buf_view(&json), &why),
	    ERR_OK, "%s", why.text);
}

/* An alliance of this node, and of another one or not. */
static void
found(bool other)
{
	Fed__Genesis *g = calloc(1, sizeof *g);
	static const uint8_t session[CRYPTO_KEY_BYTES] = {9};

	fed__genesis__init(g);
	g->alliance = strdup("test");
	g->members = calloc(2, sizeof(Fed__Card *));
	g->members[g->n_members++] = own_card();
	if (other)
		g->members[g->n_members++] =
		    card_of("b.example", FED__ROLE__PLANT, session);
	roster_sort(g);
	buf_reset(&json);
	json_encode(&json, &g->base, 0);
	sit_down();
	slice_free(&g->base);
}

static void
open_parts(void)
{
	struct err_why why = {.text = ""};

	s.site = p.site;
	cr_assert_eq(
	    peers_open(&s.peers, p.dir, p.site, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(token_book_open(&s.tokens, p.site->own.store,
	                 p.site->own.tables.token, &why),
	    ERR_OK);
}

static void
setup(void)
{
	buf_init(&json, JSON_BYTES_MAX);
	plant_begin(&p, NAME);
	open_parts();
}

static void
teardown(void)
{
	peers_stop(s.peers);
	plant_end(&p);
	peers_close(s.peers);
	token_book_close(s.tokens);
	buf_clear(&json);
}

TestSuite(invite, .init = setup, .fini = teardown);

/* As the operation stores it. */
static void
keep(const struct hash *hash, const Config__Token *row)
{
	struct store_txn *txn = NULL;

	cr_assert_eq(store_write(p.site->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(token_put(s.tokens, txn, hash, row, NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert_eq(token_reload(s.tokens, NULL), ERR_OK);
}

static enum err
request(
    struct invitation *v, const char *name, const char *role, const char *valid)
{
	Config__InvitationRequest req = CONFIG__INVITATION_REQUEST__INIT;
	struct err_why why = {.text = ""};
	Config__Token *row = NULL;
	struct hash hash;
	enum err e;

	req.name = strdup(name);
	req.role = role != NULL ? strdup(role) : NULL;
	req.valid = valid != NULL ? strdup(valid) : NULL;
	e = invite_make(&s, &req, v, &hash, &row, &why);
	if (e == ERR_OK) {
		cr_assert_null(row->secret);
		keep(&hash, row);
		config__token__free_unpacked(row, NULL);
	}
	free(req.name);
	free(req.role);
	free(req.valid);
	return e;
}

/* A guest and its card. */
struct one {
	struct invitation v;
	struct crypto_dh session;
	Fed__Card *card;
};

static void
invited(struct one *o, const char *name)
{
	cr_assert_eq(request(&o->v, name, "plant", NULL), ERR_OK);
	crypto_dh_new(&o->session);
	o->card = card_of(name, FED__ROLE__PLANT, o->session.pub);
}

static Fed__Told *
ask(struct one *o, bool begin)
{
	Fed__Guest m = FED__GUEST__INIT;
	char id[INVITATION_ID_CHARS + 1];
	struct invite_guest g = {
	    .id = id, .key = o->session.pub, .said = &m, .full = &full};
	Fed__Told *told = NULL;
	struct hash secret;

	invitation_hash(&secret, bytes_of(o->v.secret, sizeof o->v.secret));
	invitation_id(id, &secret);
	m.has_secret = 1;
	m.secret = (ProtobufCBinaryData){sizeof o->v.secret, o->v.secret};
	m.card = o->card;
	m.has_begin = m.begin = begin;
	invite_judge(&s, &g, &told);
	return told;
}

static void
expect(struct one *o, Fed__Told__State state, const char *text)
{
	Fed__Told *told = ask(o, false);

	cr_assert_eq(told->state, state, "%d: %s", (int)told->state,
	    told->text != NULL ? told->text : "");
	if (text != NULL) {
		cr_assert_not_null(strstr(told->text, text), "%s", told->text);
		cr_assert_gt(strlen(told->text_zh), 0);
	}
	slice_free(&told->base);
}

#define REFUSED FED__TOLD__STATE__REFUSED
#define WAITING FED__TOLD__STATE__WAITING
#define PROPOSED FED__TOLD__STATE__PROPOSED
#define MEMBER FED__TOLD__STATE__MEMBER

static void
part(struct one *o)
{
	slice_free(&o->card->base);
}

static uint64_t
log_size(enum site_kind kind)
{
	const struct site *site = p.site;
	struct store_txn *txn = NULL;
	struct log_state st;

	cr_assert_eq(store_read(site->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    log_state(site->own.book, txn,
	        kind == SITE_ALLIANCE ? site->alliance : site->evidence, &st,
	        NULL),
	    ERR_OK);
	store_abort(txn);
	return st.frontier.size;
}

static void
agree_on(const char *paper)
{
	union {
		const char *in;
		char *out;
	} text = {paper};
	uint8_t digest[HASH_BYTES] = {1};
	Fed__Genesis g = FED__GENESIS__INIT;
	Api__MotionPost post = API__MOTION_POST__INIT;
	Record__Proposal *m = NULL;
	struct hash id;

	post.has_change = 1;
	post.change = RECORD__PROPOSAL__CHANGE__PACK;
	post.name = text.out;
	post.has_digest = 1;
	post.digest = (ProtobufCBinaryData){sizeof digest, digest};
	cr_assert_eq(motion_make(&m, &post, &g, p.site, NULL), ERR_OK);
	cr_assert_eq(seat_propose(peers_seat(s.peers), m, &id, NULL), ERR_OK);
	slice_free(&m->base);
}

Test(invite_make, is_refused_where_it_could_come_to_nothing, .init = setup,
    .fini = teardown)
{
	struct invitation v;

	cr_assert_eq(request(&v, NEW, "plant", NULL), ERR_NOT_FOUND);
	found(true);
	cr_assert_eq(request(&v, NAME, "plant", NULL), ERR_EXISTS);
	cr_assert_eq(request(&v, "b.example", "plant", NULL), ERR_EXISTS);
	cr_assert_eq(request(&v, "Not A Name", "plant", NULL), ERR_MALFORMED);
	cr_assert_eq(request(&v, NEW, "king", NULL), ERR_MALFORMED);
	cr_assert_eq(request(&v, NEW, NULL, NULL), ERR_MALFORMED);
	cr_assert_eq(request(&v, NEW, "plant", "0s"), ERR_MALFORMED);
	cr_assert_eq(request(&v, NEW, "plant", "31d"), ERR_MALFORMED);
	cr_assert_eq(request(&v, NEW, "plant", "30d"), ERR_OK);
	cr_assert_str_eq(v.address, "tcp://10.1.2.3:8421");
	cr_assert_str_eq(v.inviter, NAME);
}

Test(invite, makes_a_member_where_one_vote_is_enough)
{
	struct one o;

	found(false);
	invited(&o, NEW);
	expect(&o, MEMBER, NULL);
	expect(&o, MEMBER, NULL);
	part(&o);
}

Test(invite, is_for_one_name_one_role_and_whoever_holds_the_key)
{
	struct one o;
	Fed__Card *right;

	found(true);
	invited(&o, NEW);
	right = o.card;
	o.v.secret[0] ^= 1;
	expect(&o, REFUSED, "no invitation of this node");
	o.v.secret[0] ^= 1;
	o.card = NULL;
	expect(&o, REFUSED, "missing");
	o.card = card_of("other.example", FED__ROLE__PLANT, o.session.pub);
	expect(&o, REFUSED, "another node");
	part(&o);
	o.card = card_of(NEW, FED__ROLE__REGULATOR, o.session.pub);
	expect(&o, REFUSED, "another role");
	part(&o);
	o.card = right;
	o.card->company[0] ^= 1;
	expect(&o, REFUSED, "");
	o.card->company[0] ^= 1;
	o.session.pub[0] ^= 1;
	expect(&o, REFUSED, "not that of whoever shows it");
	o.session.pub[0] ^= 1;
	/* None of that has used it. */
	expect(&o, PROPOSED, NULL);
	part(&o);
}

Test(invite, is_used_once_and_asked_again_writes_nothing)
{
	uint64_t evidence = log_size(SITE_EVIDENCE), alliance;
	struct one o, thief;
	Fed__Told *told;

	found(true);
	invited(&o, NEW);
	told = ask(&o, true);
	cr_assert_eq(told->state, PROPOSED);
	cr_assert_eq(told->votes, 1);
	cr_assert_eq(told->needed, 2);
	cr_assert_eq(told->n_waits, 1);
	cr_assert_str_eq(told->waits[0], "b.example");
	cr_assert_not_null(told->epoch);
	slice_free(&told->base);
	alliance = log_size(SITE_ALLIANCE);
	cr_assert_eq(log_size(SITE_EVIDENCE), evidence + 1, "one ADMIN entry");
	for (int i = 0; i < 3; i++)
		expect(&o, PROPOSED, NULL);
	thief = o;
	crypto_dh_new(&thief.session);
	thief.card = card_of(NEW, FED__ROLE__PLANT, thief.session.pub);
	expect(&thief, REFUSED, "with another card");
	/* Also after a restart, and by the ledger alone. */
	peers_stop(s.peers);
	token_book_close(s.tokens);
	plant_restart(&p);
	peers_close(s.peers);
	open_parts();
	sit_down();
	expect(&thief, REFUSED, "with another card");
	expect(&o, PROPOSED, NULL);
	cr_assert_eq(log_size(SITE_ALLIANCE), alliance);
	part(&o);
	part(&thief);
}

Test(invite, that_was_revoked_or_has_expired_proposes_nothing)
{
	struct store_txn *txn = NULL;
	struct hash secret;
	Config__Token *row;
	uint64_t alliance;
	struct one o, late;

	found(true);
	invited(&o, NEW);
	invited(&late, "late.example");
	alliance = log_size(SITE_ALLIANCE);
	invitation_hash(&secret, bytes_of(o.v.secret, sizeof o.v.secret));
	char id[INVITATION_ID_CHARS + 1];
	invitation_id(id, &secret);
	cr_assert_eq(store_write(p.site->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(token_revoke(s.tokens, txn, id, 1, NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert_eq(token_reload(s.tokens, NULL), ERR_OK);
	expect(&o, REFUSED, "revoked");
	/* One of yesterday. */
	crypto_random(late.v.secret, sizeof late.v.secret);
	invitation_hash(&secret, bytes_of(late.v.secret, sizeof late.v.secret));
	row = token_find(s.tokens, id, &(struct hash){{0}});
	invitation_id(row->id, &secret);
	free(row->member);
	row->member = strdup("late.example");
	row->has_revoked_at = 0;
	row->expires_at = service_now() - 1;
	keep(&secret, row);
	config__token__free_unpacked(row, NULL);
	expect(&late, REFUSED, "expired");
	cr_assert_eq(log_size(SITE_ALLIANCE), alliance);
	part(&o);
	part(&late);
}

Test(invite, opens_no_request_as_a_token)
{
	struct ops_identity who;
	struct invitation v;
	struct buf text;

	found(true);
	cr_assert_eq(request(&v, NEW, "plant", NULL), ERR_OK);
	buf_init(&text, INVITATION_CHARS_MAX);
	invitation_put(&text, &v);
	cr_assert_eq(
	    token_check(s.tokens, buf_cstr(&text), service_now(), &who, NULL),
	    ERR_DENIED);
	buf_clear(&text);
}

Test(invite, begins_with_the_epoch_that_it_names)
{
	struct council_epoch epoch;
	struct hash alliance;
	struct one o;
	Fed__Told *told;

	found(false);
	agree_on("one");
	invited(&o, NEW);
	agree_on("two");
	agree_on("three");
	told = ask(&o, true);
	cr_assert_eq(told->state, MEMBER);
	cr_assert_eq(told->number, 4);
	cr_assert_eq(
	    council_epoch_check(&epoch, &alliance, told->epoch, NULL), ERR_OK);
	cr_assert_eq(epoch.number, 1);
	cr_assert_arr_eq(epoch.id.b, o.v.epoch.b, HASH_BYTES);
	slice_free(&told->base);
	part(&o);
}

Test(invite, is_refused_when_the_alliance_has_begun_anew)
{
	struct one o;
	Fed__Told *told;

	found(false);
	invited(&o, NEW);
	found(true);
	expect(&o, REFUSED, "begun anew");
	told = ask(&o, true);
	cr_assert_eq(told->state, REFUSED);
	cr_assert_null(told->epoch);
	slice_free(&told->base);
	part(&o);
}

/* Every proposal is an entry: whoever asks again and again makes no more. */
Test(invite, waits_when_this_node_has_proposed_too_much)
{
	uint64_t alliance;
	struct one o;

	found(true);
	for (int i = 0; i < COUNCIL_MOTIONS_MAX; i++)
		agree_on((const char *[]){"1", "2", "3", "4"}[i]);
	invited(&o, NEW);
	expect(&o, WAITING, "too much");
	alliance = log_size(SITE_ALLIANCE);
	for (int i = 0; i < 3; i++)
		expect(&o, WAITING, "too much");
	cr_assert_eq(log_size(SITE_ALLIANCE), alliance);
	part(&o);
}

Test(invite, never_gives_a_name_twice)
{
	struct one o, other;

	found(false);
	invited(&o, NEW);
	invited(&other, NEW);
	expect(&o, MEMBER, NULL);
	expect(&other, REFUSED, "names are used once");
	part(&o);
	part(&other);
}
