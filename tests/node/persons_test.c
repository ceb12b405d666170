/* persons_test.c - who is found in all that a member of the alliance has. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_pairing.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "node/fold_place.h"
#include "node/submit_person.h"
#include "proto/slice.h"
#include "tests/support/pair.h"
#include "tests/support/trove.h"

#define KEYS 5

static char planted[] = "110105198807312136"; /* with its check digit */
static char card[] = "T110105198807312136";
static char other[] = "110105197503094411";
static char other_verifier[] = "plant-c.acme.example";
static char welding[] = "welding";
static char empty_item[] = "";

/* Somebody's certificate at the partner, published; under his number, which is
 * the worst that an issuer can do. */
static void
publish(struct pair *p, char *number, char *item, char id[static 37])
{
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_wait *w = submit_wait_new();
	struct submit_result *r;

	c.has_action = true;
	c.action = RECORD__CERTIFICATE__ACTION__ISSUE;
	c.holder = c.holder_number = number;
	c.number = number == planted ? card : NULL;
	c.class_ = welding;
	c.item = item;
	c.has_valid_from_at = c.has_valid_to_at = true;
	c.valid_from_at = PLANT_START - PLANT_MINUTE;
	c.valid_to_at = PLANT_START + 1000000 * PLANT_MINUTE;
	post.certificate = &c;
	r = plant_event(&p->partner, LEDGER__KIND__CERTIFICATE, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
	struct submit_to to = plant_to(&p->partner, w);
	submit_publish(&to, id);
	submit_result_free(submit_wait_for(w));
}

static Record__Presentation *
present(struct pair *p, char *id, char *verifier)
{
	Api__PresentPost post = API__PRESENT_POST__INIT;
	Record__Presentation *m = NULL;
	struct err_why why = {.text = ""};

	post.record_id = id;
	post.verifier = verifier;
	cr_assert_eq(submit_present(p->partner.site, &post, &m, &why), ERR_OK,
	    "%s", why.text);
	return m;
}

static void
take(struct trove *t, Record__Presentation *m)
{
	struct buf bytes;

	buf_init(&bytes, SEAL_MESSAGE_MAX);
	slice_pack(&bytes, &m->base);
	trove_add(t, buf_view(&bytes));
	buf_clear(&bytes);
	record__presentation__free_unpacked(m, NULL);
}

struct stage {
	struct pair p;
	struct trove t;
	uint8_t keys[KEYS][32];
	const char *names[4];
};

/* A verifier's node: another person was accepted there, and the alliance's logs
 * are held.  Beside it lies what the planted person showed to two verifiers. */
static void
begin(struct stage *s, char *item)
{
	struct site *v;
	char id[37];
	char his[37];
	uint16_t slot = 0;
	struct fold f;

	pair_begin(&s->p);
	publish(&s->p, other, empty_item, id);
	publish(&s->p, planted, item, his);
	trove_init(&s->t);
	take(&s->t, present(&s->p, his, s->p.plant.site->name));
	take(&s->t, present(&s->p, his, other_verifier));
	record__presentation__free_unpacked(s->p.shown, NULL);
	s->p.shown = present(&s->p, id, s->p.plant.site->name);
	pair_change(&s->p, RECORD__CERTIFICATE__ACTION__SUSPEND);
	pair_replicate(&s->p);
	submit_result_free(pair_show(&s->p));
	v = s->p.plant.site;
	f = (struct fold){.t = &v->replica.tables, .book = v->replica.book};
	cr_assert_eq(store_read(v->replica.store, &f.txn, NULL), ERR_OK);
	cr_assert_eq(fold_line_find(
	                 &f, s->p.partner.site->name, "alliance", &slot, NULL),
	    ERR_OK);
	store_abort(f.txn);
	trove_bodies(&s->t, &v->replica, slot);
	trove_bodies(&s->t, &v->own, v->evidence);
	trove_bodies(&s->t, &v->own, v->alliance);
	memcpy(s->keys[0], v->keys.index, 32);
	memcpy(s->keys[1], v->keys.identity.pub, 32);
	memcpy(s->keys[2], v->keys.witness.pub, 32);
	memcpy(s->keys[3], s->p.partner.site->keys.identity.pub, 32);
	memset(s->keys[4], 0, 32);
	s->names[0] = v->name;
	s->names[1] = s->p.partner.site->name;
	s->names[2] = other_verifier;
	s->names[3] = "lianfang";
	s->t.keys = (const uint8_t(*)[32])s->keys;
	s->t.keys_len = KEYS;
	s->t.names = s->names;
	s->t.names_len = 4;
}

static void
end(struct stage *s)
{
	trove_clear(&s->t);
	pair_end(&s->p);
}

/* Region and year of birth, 365,000 numbers; and his day by every key. */
static unsigned
enumerate(struct stage *s, char first[static 19])
{
	const bool all = getenv("PERSONS_DEEP") != NULL;
	struct trove_space space = {
	    .region = "110105", .year = 1988, .deep = all};
	unsigned tried = 0;
	unsigned found = trove_space(&s->t, &space, first, &tried);

	cr_assert_eq(tried, 366000);
	if (found == 0 && !all) {
		space.day = 213; /* of a leap year: 31 July */
		space.deep = true;
		found = trove_space(&s->t, &space, first, &tried);
		cr_assert_eq(tried, 1000);
	}
	return found;
}

/* With everything that it has: its files, its keys, each body that it may
 * open, each presentation. */
Test(persons, are_not_found_by_their_numbers_in_all_that_a_member_has)
{
	struct stage s;
	char first[19];

	begin(&s, empty_item);
	trove_files(&s.t, s.p.plant.dir);
	cr_assert_eq(enumerate(&s, first), 0, "%s", first);
	/* Of a number that is there in any form he would have been found. */
	cr_assert_eq(trove_try(&s.t, planted), 0);
	end(&s);
}

/* Any 32 bytes that are in it may be a key: also salts, record keys, tags. */
Test(persons, are_not_found_by_any_key_that_lies_in_a_member_s_bodies)
{
	struct stage s;

	begin(&s, empty_item);
	trove_add(
	    &s.t, bytes_of(&s.p.plant.site->keys, sizeof(struct site_keys)));
	cr_assert_eq(trove_try_all_keys(&s.t, planted), 0);
	end(&s);
}

/* The issuer's own tables have him, under the issuer's own key: the same search
 * finds him there. */
Test(persons, are_found_where_they_are_known)
{
	struct stage s;
	char first[19];

	begin(&s, empty_item);
	trove_files(&s.t, s.p.partner.dir);
	cr_assert_eq(enumerate(&s, first), 0, "%s", first);
	memcpy(s.keys[0], s.p.partner.site->keys.index, 32);
	cr_assert_gt(enumerate(&s, first), 0);
	cr_assert_str_eq(first, planted);
	end(&s);
}

/* What would be a pseudonym if somebody chose badly. */
Test(persons, are_found_by_a_pseudonym_without_a_secret)
{
	struct bytes id = bytes_str(planted);
	struct digest_hmac mac;
	struct hash h;
	struct buf hex;
	struct stage s;
	char first[19];

	/* A plain hash, on the alliance log, by the issuer's own hand. */
	digest_sha256(&h, bytes_str(card));
	buf_init(&hex, 128);
	text_hex_put(&hex, bytes_hash(&h));
	begin(&s, (char *)(uintptr_t)buf_cstr(&hex));
	cr_assert_gt(enumerate(&s, first), 0);
	cr_assert_str_eq(first, planted);
	end(&s);
	buf_clear(&hex);
	/* A keyed one, by a key that all members have. */
	begin(&s, empty_item);
	cr_assert_eq(trove_try(&s.t, planted), 0);
	digest_hmac_key(&mac, bytes_of(s.keys[3], 32));
	digest_hmac(&mac, &h, &id, 1);
	trove_add(&s.t, bytes_of(h.b, 16));
	cr_assert_gt(enumerate(&s, first), 0);
	cr_assert_str_eq(first, planted);
	end(&s);
	/* By the name of whoever is shown it: the number is the secret. */
	begin(&s, empty_item);
	digest_hmac_key(&mac, id);
	id = bytes_str(other_verifier);
	digest_hmac(&mac, &h, &id, 1);
	trove_add(&s.t, bytes_hash(&h));
	cr_assert_gt(enumerate(&s, first), 0);
	cr_assert_gt(
	    trove_try_all_keys(&s.t, planted) + trove_try(&s.t, planted), 0);
	end(&s);
}
