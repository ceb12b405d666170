/* site_next_test.c - new keys wait, are put in force, and survive a kill. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/site_next.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "federation/roster_card.h"
#include "node/incarnation.h"
#include "node/site_keys.h"
#include "node/site_logs.h"
#include "node/submit_roll.h"
#include "proto/mem.h"
#include "tests/support/plant.h"

#define NAME "plant-a.acme.example"

static struct plant p;
static struct err_why why;
static struct hash foretold;
static struct site_next next;

static void
digest_of(struct hash *out, const struct crypto_signer *key)
{
	uint8_t pub[CRYPTO_ALG_PUB_BYTES] = {CRYPTO_ALG_ED25519};

	memcpy(pub + 1, key->pub, CRYPTO_PUB_BYTES);
	digest_sha256(out, bytes_of(pub, sizeof pub));
}

static void
setup(void)
{
	struct crypto_signer key;

	plant_begin(&p, NAME);
	crypto_signer_new(&key);
	digest_of(&foretold, &key);
	cr_assert_eq(site_keys_signer_put(p.dir, "next-identity.key",
	                 "next-identity", &key, &why),
	    ERR_OK);
}

static void
teardown(void)
{
	plant_end(&p);
}

TestSuite(site_next, .init = setup, .fini = teardown);

static void
made(unsigned which)
{
	cr_assert_eq(site_next_make(p.dir, NAME, which, &foretold, &why),
	    ERR_OK, "%s", why.text);
	cr_assert_eq(site_next_read(&next, p.dir, NAME, &why), ERR_OK);
	cr_assert_eq(next.has, which);
}

/* The card in force: with those of `which` that wait. */
static void
adopted(unsigned which, bool want)
{
	struct crypto_signer log[ROSTER_KINDS] = {{.pub = {1}}, {.pub = {2}}};
	const struct site_keys *k = site_keys(p.site);
	struct roster_self self = {.name = NAME,
	    .role = FED__ROLE__PLANT,
	    .company = "acme",
	    .identity = &k->identity,
	    .log = {&log[0], &log[1]},
	    .witness = &k->witness,
	    .session = k->session.pub,
	    .next_identity = &foretold};
	bool changed = !want;
	Fed__Card *card;

	if ((which & SITE_NEXT_IDENTITY) != 0) {
		self.identity = &next.identity;
		self.next_identity = &next.after;
	}
	if ((which & SITE_NEXT_WITNESS) != 0)
		self.witness = &next.witness;
	if ((which & SITE_NEXT_SESSION) != 0)
		self.session = next.session.pub;
	card = roster_card(&self);
	cr_assert_eq(site_next_adopt(p.site, card, &changed, &why), ERR_OK,
	    "%s", why.text);
	cr_assert_eq(changed, want);
	fed__card__free_unpacked(card, NULL);
}

static void
in_use(unsigned which)
{
	const struct site_keys *k = site_keys(p.site), *old = &p.site->keys;

	cr_assert_eq(
	    memcmp(k->identity.pub, next.identity.pub, CRYPTO_PUB_BYTES) == 0,
	    (which & SITE_NEXT_IDENTITY) != 0);
	cr_assert_eq(
	    memcmp(k->witness.pub, next.witness.pub, CRYPTO_PUB_BYTES) == 0,
	    (which & SITE_NEXT_WITNESS) != 0);
	cr_assert_eq(
	    memcmp(k->session.pub, next.session.pub, CRYPTO_KEY_BYTES) == 0,
	    (which & SITE_NEXT_SESSION) != 0);
	cr_assert_eq(memcmp(k->index, old->index, sizeof k->index), 0);
}

static void
path_of(char out[static TEMP_PATH_BYTES], const char *file)
{
	char name[96];

	(void)snprintf(name, sizeof name, "keys/%s", file);
	temp_path(out, p.dir, name);
}

static bool
is_there(const char *file)
{
	char path[TEMP_PATH_BYTES];

	path_of(path, file);
	return access(path, F_OK) == 0;
}

Test(site_next, waits_until_the_card_says_so)
{
	struct crypto_dh other;
	bool waits = false;

	made(SITE_NEXT_ALL);
	adopted(0, false);
	in_use(0);
	cr_assert(site_next_session(p.site, &other, &waits));
	cr_assert(waits);
	cr_assert_eq(memcmp(other.pub, next.session.pub, CRYPTO_KEY_BYTES), 0);
	/* Asked for again: the same ones. */
	cr_assert_eq(
	    site_next_make(p.dir, NAME, SITE_NEXT_ALL, &foretold, &why),
	    ERR_OK);
	cr_assert_eq(site_next_read(&next, p.dir, NAME, &why), ERR_OK);
	cr_assert_eq(memcmp(other.pub, next.session.pub, CRYPTO_KEY_BYTES), 0);
	adopted(SITE_NEXT_SESSION, true);
	in_use(SITE_NEXT_SESSION);
	adopted(SITE_NEXT_IDENTITY | SITE_NEXT_WITNESS, true);
	in_use(SITE_NEXT_ALL);
	plant_restart(&p);
	in_use(SITE_NEXT_ALL);
}

Test(site_next, puts_all_in_force_and_keeps_only_the_session_key)
{
	const struct site_keys was = p.site->keys;
	struct crypto_signer key;
	struct crypto_dh other;
	bool waits = true;

	made(SITE_NEXT_ALL);
	adopted(SITE_NEXT_ALL, true);
	in_use(SITE_NEXT_ALL);
	cr_assert_not(is_there("next/identity.key"));
	cr_assert_not(is_there("next/next-identity.key"));
	cr_assert_not(is_there("next/witness.key"));
	cr_assert_not(is_there("next/session.key"));
	cr_assert(site_next_session(p.site, &other, &waits));
	cr_assert_not(waits);
	cr_assert_eq(memcmp(other.pub, was.session.pub, CRYPTO_KEY_BYTES), 0);
	/* The one after it is what the new card commits to. */
	cr_assert_eq(site_keys_signer(&key, p.dir, "next-identity.key",
	                 "next-identity", &why),
	    ERR_OK);
	digest_of(&foretold, &key);
	cr_assert_eq(memcmp(foretold.b, next.after.b, HASH_BYTES), 0);
	adopted(0, false);
	made(SITE_NEXT_ALL);
	adopted(SITE_NEXT_ALL, true);
	in_use(SITE_NEXT_ALL);
}

/* The `n`th thing that site_next_adopt does to the files, in its order. */
static void
step(size_t n)
{
	static const struct {
		const char *from; /* NULL: `to` goes */
		const char *to;
		bool stays;
	} steps[] = {
	    {"session.key", "session.before", true},
	    {"next/session.key", "session.key", false},
	    {"next/witness.key", "witness.key", false},
	    {NULL, "witness.retired", false},
	    {"next/identity.key", "identity.key", false},
	    {"next/next-identity.key", "next-identity.key", false},
	};
	char from[TEMP_PATH_BYTES], to[TEMP_PATH_BYTES];

	path_of(to, steps[n].to);
	if (steps[n].from == NULL) {
		cr_assert_eq(unlink(to), 0);
		return;
	}
	path_of(from, steps[n].from);
	if (steps[n].stays) {
		(void)unlink(to);
		cr_assert_eq(link(from, to), 0);
	} else {
		cr_assert_eq(rename(from, to), 0);
	}
}

/* Of a witness that was retired, so that every step has to be done. */
Test(site_next, goes_on_after_a_kill_between_any_two_of_its_steps)
{
	for (size_t steps = 0; steps <= 6; steps++) {
		cr_assert_eq(site_keys_retire_witness(p.site, &why), ERR_OK);
		made(SITE_NEXT_ALL);
		for (size_t i = 0; i < steps; i++)
			step(i);
		plant_restart(&p);
		cr_assert_eq(
		    incarnation_replica(p.site, &why), ERR_OK, "%s", why.text);
		adopted(SITE_NEXT_ALL, steps < 5);
		in_use(SITE_NEXT_ALL);
		cr_assert_not(site_keys(p.site)->witness_gone, "%zu", steps);
		cr_assert_not(atomic_load(&p.site->witness_retired));
		cr_assert(is_there("witness.key"), "%zu", steps);
		cr_assert_not(is_there("witness.retired"), "%zu", steps);
		foretold = next.after;
		cr_assert_not(is_there("next/next-identity.key"), "%zu", steps);
	}
}

Test(site_next, takes_no_identity_key_but_the_foretold_one)
{
	struct hash other = {{7}};
	char path[TEMP_PATH_BYTES];

	cr_assert_eq(
	    site_next_make(p.dir, NAME, SITE_NEXT_IDENTITY, &other, &why),
	    ERR_REFUSED);
	path_of(path, "next-identity.key");
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(
	    site_next_make(p.dir, NAME, SITE_NEXT_IDENTITY, &foretold, &why),
	    ERR_REFUSED);
	cr_assert_not(is_there("next/identity.key"));
	/* Whatever it is, for others to vote on. */
	cr_assert_eq(site_next_make(p.dir, NAME, SITE_NEXT_ALL, NULL, &why),
	    ERR_OK, "%s", why.text);
	cr_assert(is_there("next/identity.key"));
}

Test(site_next, stands_in_for_keys_that_are_lost)
{
	char path[TEMP_PATH_BYTES];

	cr_assert_eq(
	    site_next_make(p.dir, NAME, SITE_NEXT_ALL, NULL, &why), ERR_OK);
	cr_assert_eq(site_next_read(&next, p.dir, NAME, &why), ERR_OK);
	path_of(path, "identity.key");
	cr_assert_eq(unlink(path), 0);
	path_of(path, "session.key");
	cr_assert_eq(unlink(path), 0);
	plant_restart(&p);
	in_use(SITE_NEXT_IDENTITY | SITE_NEXT_SESSION);
	adopted(SITE_NEXT_ALL, true);
	in_use(SITE_NEXT_ALL);
	cr_assert_not(is_there("next/session.key"));
}

/* A key that stood in has two names until the card is in force. */
Test(site_next, keeps_a_witness_key_that_stood_in_for_a_lost_one)
{
	char path[TEMP_PATH_BYTES];

	made(SITE_NEXT_WITNESS);
	path_of(path, "witness.key");
	cr_assert_eq(unlink(path), 0);
	plant_restart(&p);
	in_use(SITE_NEXT_WITNESS);
	adopted(SITE_NEXT_WITNESS, false);
	in_use(SITE_NEXT_WITNESS);
	cr_assert_not(is_there("next/witness.key"));
	plant_restart(&p);
	in_use(SITE_NEXT_WITNESS);
}

/* It has cosigned: retired, it is nowhere any more, and the others wait on. */
Test(site_next, retires_a_witness_key_that_stood_in_wherever_it_is)
{
	char path[TEMP_PATH_BYTES];

	made(SITE_NEXT_ALL);
	path_of(path, "witness.key");
	cr_assert_eq(unlink(path), 0);
	plant_restart(&p);
	cr_assert_eq(site_keys_retire_witness(p.site, &why), ERR_OK);
	cr_assert_not(is_there("witness.key"));
	cr_assert_not(is_there("next/witness.key"));
	plant_restart(&p);
	cr_assert(site_keys(p.site)->witness_gone);
	made(SITE_NEXT_ALL);
	adopted(SITE_NEXT_ALL, true);
	in_use(SITE_NEXT_ALL);
}

/* Retired while another one waits: that one is nobody's yet. */
Test(site_next, keeps_the_key_that_waits_when_the_one_in_use_is_retired)
{
	made(SITE_NEXT_WITNESS);
	cr_assert_eq(site_keys_retire_witness(p.site, &why), ERR_OK);
	cr_assert(is_there("next/witness.key"));
	plant_restart(&p);
	cr_assert(site_keys(p.site)->witness_gone);
	adopted(SITE_NEXT_WITNESS, true);
	in_use(SITE_NEXT_WITNESS);
}

Test(site_next, signs_notes_of_own_generations_again)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(&p, w);
	struct note_vkey one;
	struct succession s;
	struct submit_result *r;
	struct buf note;

	submit_roll(&to,
	    &(struct submit_roll){
	        .origin = site_log(p.site, SITE_EVIDENCE)->key.name,
	        .reason = "test"});
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	made(SITE_NEXT_IDENTITY);
	adopted(SITE_NEXT_IDENTITY, true);
	buf_init(&note, SUCCESSION_BYTES_MAX);
	cr_assert_eq(
	    site_logs_succession(p.site, SITE_EVIDENCE, 2, &note, &why),
	    ERR_OK);
	cr_assert_eq(
	    succession_open(&s, buf_view(&note), next.identity.pub, &why),
	    ERR_OK, "%s", why.text);
	cr_assert_eq(
	    site_logs_vkey(p.site, SITE_EVIDENCE, 1, &one, &why), ERR_OK);
	cr_assert_str_eq(one.name, NAME "/evidence/1");
	buf_clear(&note);
}

Test(site_next, forgets_the_old_session_key_in_time)
{
	struct timespec at[2];
	struct crypto_dh other;
	char path[TEMP_PATH_BYTES];
	bool waits;

	made(SITE_NEXT_SESSION);
	adopted(SITE_NEXT_SESSION, true);
	cr_assert(site_next_session(p.site, &other, &waits));
	path_of(path, "session.before");
	at[0].tv_sec = at[1].tv_sec =
	    (site_now(p.site) - SITE_NEXT_KEPT_US) / 1000000 - 1;
	at[0].tv_nsec = at[1].tv_nsec = 0;
	cr_assert_eq(utimensat(AT_FDCWD, path, at, 0), 0);
	cr_assert_not(site_next_session(p.site, &other, &waits));
	cr_assert_not(is_there("session.before"));
}

Test(site_next, brings_a_witness_back_whose_key_was_retired)
{
	cr_assert_eq(site_keys_retire_witness(p.site, &why), ERR_OK);
	plant_restart(&p);
	cr_assert(site_keys(p.site)->witness_gone);
	made(SITE_NEXT_WITNESS);
	adopted(SITE_NEXT_WITNESS, true);
	in_use(SITE_NEXT_WITNESS);
	cr_assert_not(site_keys(p.site)->witness_gone);
	cr_assert_not(atomic_load(&p.site->witness_retired));
	plant_restart(&p);
	cr_assert_not(site_keys(p.site)->witness_gone);
	in_use(SITE_NEXT_WITNESS);
}
