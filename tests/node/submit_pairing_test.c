/* submit_pairing_test.c - one holder, a credential for each verifier. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_pairing.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/log_read.h"
#include "node/domain/term.h"
#include "proto/slice.h"
#include "tests/support/pair.h"

#define A(name) RECORD__CERTIFICATE__ACTION__##name
#define DAY (1440 * PLANT_MINUTE)
#define WINDOW 6 /* bytes; a time in a message has eight or nine */
#define PIECE 4 /* bytes that are no chance when a third has them, too */
#define OWN 4 /* bytes of a stretch that a third must not have */

static char verifier_c[] = "plant-c.acme.example";
static char zhang[] = "w-1";
static char wang[] = "w-2";
static char number[] = "11010519491231002X";
static char another[] = "110105198807312136";

struct spec {
	char *holder, *number;
	const char *class;
	int64_t from_us;
	int64_t to_us;
};

static void
issue(struct plant *p, const struct spec *s, char id[static 37])
{
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_wait *w = submit_wait_new();
	struct submit_result *r;
	char class[24];

	(void)snprintf(class, sizeof class, "%s", s->class);
	c.has_action = true;
	c.action = A(ISSUE);
	c.holder = s->holder;
	c.holder_number = s->number;
	c.class_ = class;
	c.has_valid_from_at = c.has_valid_to_at = true;
	c.valid_from_at = s->from_us;
	c.valid_to_at = s->to_us;
	post.certificate = &c;
	r = plant_event(p, LEDGER__KIND__CERTIFICATE, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
	struct submit_to to = plant_to(p, w);
	submit_publish(&to, id);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

/* A welder in the second year of a card; many are of that month. */
static void
welder(struct plant *p, char *holder, char *with, char id[static 37])
{
	issue(p,
	    &(struct spec){holder, with, "welding",
	        PLANT_START - 600 * DAY + p->now % 7919,
	        p->now + 900 * DAY + 77 * PLANT_MINUTE + 123457},
	    id);
}

static void
step(struct plant *p, char *id, Record__Certificate__Action action)
{
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;

	c.has_action = true;
	c.action = action;
	post.certificate = &c;
	r = plant_event(p, LEDGER__KIND__CERTIFICATE, id, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

static Record__Presentation *
present(struct plant *p, char *id, char *verifier)
{
	Api__PresentPost post = API__PRESENT_POST__INIT;
	Record__Presentation *m = NULL;
	struct err_why why = {.text = ""};

	post.record_id = id;
	post.verifier = verifier;
	cr_assert_eq(
	    submit_present(p->site, &post, &m, &why), ERR_OK, "%s", why.text);
	return m;
}

/* All that a verifier is given about a person: what was shown to it, and the
 * credential as the alliance reads it.  Issuer and key are everybody's. */
static void
given(struct plant *p, Record__Presentation *m, struct buf *out,
    struct buf part[static 2])
{
	Api__RecordView *v =
	    plant_get(p, LEDGER__KIND__CREDENTIAL, m->credential_id);

	buf_init(&part[0], 65536);
	buf_init(&part[1], 65536);
	slice_pack(&part[0], &m->base);
	slice_pack(&part[1], &v->events[0]->credential->base);
	buf_bytes(out, buf_view(&part[0]));
	buf_bytes(out, buf_view(&part[1]));
	api__record_view__free_unpacked(v, NULL);
}

static bool
in(const struct buf *b, const uint8_t *what, size_t len)
{
	return memmem(b->ptr, b->len, what, len) != NULL;
}

/* How many of the bytes at `at` stand in no piece that everybody has: beside
 * what is the same for all, one random digit in sixteen is, too. */
static unsigned
own(const struct buf *a, size_t at, const struct buf *third)
{
	unsigned n = 0;

	for (size_t i = at; i < at + WINDOW; i++) {
		bool shared = false;

		for (size_t k = i < PIECE ? 0 : i - PIECE + 1;
		     k <= i && k + PIECE <= a->len && !shared; k++)
			shared = in(third, a->ptr + k, PIECE);
		n += !shared;
	}
	return n;
}

/* How many stretches two have in common that a third has not. */
static unsigned
common(const struct buf *a, const struct buf *b, const struct buf *third)
{
	unsigned n = 0;

	for (size_t i = 0; i + WINDOW <= a->len; i++)
		n += in(b, a->ptr + i, WINDOW) &&
		    !in(third, a->ptr + i, WINDOW) && own(a, i, third) >= OWN;
	return n;
}

struct trio {
	struct pair p;
	char zhang[37], wang[37];
	struct buf at_b, at_c, of_wang;
	struct buf part[3][2]; /* of the same: presentation, credential */
};

static bool
has_field(const struct slice_list *l, const struct slice *s)
{
	for (size_t i = 0; i < l->len; i++) {
		if (l->at[i].number == s->number)
			return bytes_equal(l->at[i].bytes, s->bytes);
	}
	return false;
}

/* How many whole fields two have in common that the third has not, however
 * short: of an index, or of two times near each other, a few bytes differ. */
static unsigned
fields(const struct trio *t)
{
	static const ProtobufCMessageDescriptor *const desc[2] = {
	    &record__presentation__descriptor, &record__credential__descriptor};
	struct slice_list l[3];
	unsigned n = 0;

	for (int k = 0; k < 2; k++) {
		for (int i = 0; i < 3; i++)
			cr_assert_eq(slice_split(&l[i], desc[k],
			                 buf_view(&t->part[i][k]), NULL),
			    ERR_OK);
		for (size_t i = 0; i < l[0].len; i++)
			n += has_field(&l[1], &l[0].at[i]) &&
			    !has_field(&l[2], &l[0].at[i]);
	}
	return n;
}

/* The first two get that index, or that end. */
static void
plant_link(struct trio *t, uint32_t index, int64_t to_us)
{
	for (int i = 0; i < 2; i++) {
		ProtobufCMessage *m = NULL;
		Record__Credential *c;

		cr_assert_eq(slice_unpack(&m, &record__credential__descriptor,
		                 buf_view(&t->part[i][1]), NULL),
		    ERR_OK);
		c = (Record__Credential *)(void *)m;
		if (index != 0)
			c->status_index = index;
		if (to_us != 0)
			c->valid_to_at = to_us;
		buf_reset(&t->part[i][1]);
		slice_pack(&t->part[i][1], m);
		slice_free(m);
	}
}

/* Two colleagues; the first shows himself to two verifiers, on two days. */
static void
begin(struct trio *t)
{
	Record__Presentation *m[3];
	struct plant *issuer;

	pair_begin(&t->p);
	issuer = &t->p.partner;
	welder(issuer, zhang, number, t->zhang);
	plant_turn(issuer, 13 * DAY + 4321);
	welder(issuer, wang, another, t->wang);
	step(issuer, t->zhang, A(WORKED));
	plant_turn(issuer, 3 * PLANT_MINUTE + 77);
	step(issuer, t->wang, A(WORKED));
	plant_turn(issuer, DAY);
	m[0] = present(issuer, t->zhang, t->p.plant.site->name);
	plant_turn(issuer, 2 * PLANT_MINUTE + 13);
	m[1] = present(issuer, t->zhang, verifier_c);
	plant_turn(issuer, PLANT_MINUTE + 999);
	m[2] = present(issuer, t->wang, verifier_c);
	buf_init(&t->at_b, 65536);
	buf_init(&t->at_c, 65536);
	buf_init(&t->of_wang, 65536);
	given(issuer, m[0], &t->at_b, t->part[0]);
	given(issuer, m[1], &t->at_c, t->part[1]);
	given(issuer, m[2], &t->of_wang, t->part[2]);
	/* What wang would have been given by the other: the names in it. */
	buf_bytes(&t->of_wang, bytes_str(t->p.plant.site->name));
	for (int i = 0; i < 3; i++)
		record__presentation__free_unpacked(m[i], NULL);
}

static void
end(struct trio *t)
{
	buf_clear(&t->at_b);
	buf_clear(&t->at_c);
	buf_clear(&t->of_wang);
	for (int i = 0; i < 6; i++)
		buf_clear(&t->part[i / 2][i % 2]);
	pair_end(&t->p);
}

/* Together they hold nothing that is the same for both and is not the same for
 * everybody who holds such a card. */
Test(submit_pairing, leaves_two_verifiers_nothing_in_common)
{
	struct trio t;

	begin(&t);
	cr_assert_eq(common(&t.at_b, &t.at_c, &t.of_wang), 0);
	/* It would be seen: an exact time, a credential's id. */
	buf_str(&t.at_b, "01934f6e-0000-7");
	buf_str(&t.at_c, "01934f6e-0000-7");
	cr_assert_gt(common(&t.at_b, &t.at_c, &t.of_wang), 0);
	/* And what is too short for that: an index, a time near another. */
	cr_assert_eq(fields(&t), 0);
	plant_link(&t, 1 << 20, 0);
	cr_assert_eq(fields(&t), 1);
	plant_link(&t, 0, PLANT_START + 400 * DAY + 123457);
	cr_assert_eq(fields(&t), 2);
	end(&t);
}

static void
is_ref(struct plant *p, char *id, char *verifier, const char *ref, bool same)
{
	Record__Presentation *m = present(p, id, verifier);

	cr_assert_eq(strcmp(m->holder_ref, ref) == 0, same, "%s", verifier);
	record__presentation__free_unpacked(m, NULL);
}

/* By another card, by the same after its review; not by another person of the
 * same name. */
Test(submit_pairing, lets_one_verifier_know_its_holder_again)
{
	struct trio t;
	struct plant *issuer = &t.p.partner;
	char height[37], namesake[37], nobody[37];
	char *b;
	Record__Presentation *m;
	struct submit_wait *w = submit_wait_new();

	begin(&t);
	b = t.p.plant.site->name;
	m = present(issuer, t.zhang, b);
	issue(issuer,
	    &(struct spec){zhang, number, "height", issuer->now - DAY,
	        issuer->now + 300 * DAY},
	    height);
	welder(issuer, zhang, another, namesake);
	welder(issuer, zhang, NULL, nobody);
	is_ref(issuer, height, b, m->holder_ref, true);
	is_ref(issuer, height, verifier_c, m->holder_ref, false);
	is_ref(issuer, namesake, b, m->holder_ref, false);
	is_ref(issuer, nobody, b, m->holder_ref, false);
	is_ref(issuer, t.wang, b, m->holder_ref, false);
	step(issuer, t.zhang, A(REVIEW));
	struct submit_to to = plant_to(issuer, w);
	submit_publish(&to, t.zhang);
	submit_result_free(submit_wait_for(w));
	is_ref(issuer, t.zhang, b, m->holder_ref, true);
	record__presentation__free_unpacked(m, NULL);
	end(&t);
}

static void
are(struct plant *p, Record__Presentation *const m[2], const char *a,
    const char *b)
{
	const char *want[] = {a, b};

	for (int i = 0; i < 2; i++) {
		Api__RecordView *v =
		    plant_get(p, LEDGER__KIND__CREDENTIAL, m[i]->credential_id);

		cr_assert_str_eq(v->state, want[i], "%d", i);
		api__record_view__free_unpacked(v, NULL);
	}
}

/* What is said of the certificate reaches every verifier in one transaction;
 * of what a review put an end to nothing is said again. */
Test(submit_pairing, says_a_status_to_all_that_were_shown_one)
{
	struct trio t;
	struct plant *issuer = &t.p.partner;
	Record__Presentation *m[2];
	struct submit_wait *w = submit_wait_new();

	begin(&t);
	m[0] = present(issuer, t.zhang, t.p.plant.site->name);
	m[1] = present(issuer, t.zhang, verifier_c);
	are(issuer, m, "VALID", "VALID");
	step(issuer, t.zhang, A(SUSPEND));
	are(issuer, m, "SUSPENDED", "SUSPENDED");
	step(issuer, t.zhang, A(REINSTATE));
	are(issuer, m, "VALID", "VALID");
	step(issuer, t.zhang, A(REVIEW));
	are(issuer, m, "LAPSED", "LAPSED");
	struct submit_to to = plant_to(issuer, w);
	submit_publish(&to, t.zhang);
	submit_result_free(submit_wait_for(w));
	record__presentation__free_unpacked(m[1], NULL);
	m[1] = present(issuer, t.zhang, verifier_c);
	are(issuer, m, "LAPSED", "VALID");
	step(issuer, t.zhang, A(REVOKE));
	are(issuer, m, "LAPSED", "REVOKED");
	record__presentation__free_unpacked(m[0], NULL);
	record__presentation__free_unpacked(m[1], NULL);
	end(&t);
}

/* One that is over while it is suspended must not stay so for ever: who was
 * shown it would be refused for good. */
Test(submit_pairing, says_also_of_an_old_one_that_it_is_no_longer_suspended)
{
	struct trio t;
	struct plant *issuer = &t.p.partner;
	Record__Presentation *m[2];

	begin(&t);
	m[0] = present(issuer, t.zhang, t.p.plant.site->name);
	m[1] = present(issuer, t.zhang, verifier_c);
	step(issuer, t.zhang, A(SUSPEND));
	plant_turn(issuer, 60 * DAY);
	are(issuer, m, "SUSPENDED", "SUSPENDED");
	step(issuer, t.zhang, A(REINSTATE));
	are(issuer, m, "VALID", "LAPSED"); /* by its own date */
	record__presentation__free_unpacked(m[0], NULL);
	record__presentation__free_unpacked(m[1], NULL);
	end(&t);
}

static uint64_t
entries(struct plant *p)
{
	struct log_state *st = malloc(sizeof *st);
	struct store_txn *txn = NULL;
	uint64_t n;

	cr_assert_eq(store_read(p->site->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    log_state(p->site->own.book, txn, p->site->alliance, st, NULL),
	    ERR_OK);
	n = st->frontier.size;
	store_abort(txn);
	free(st);
	return n;
}

/* Nothing is appended that is there already; in the next week it is. */
Test(submit_pairing, makes_one_for_a_verifier_and_a_week)
{
	struct trio t;
	struct plant *issuer = &t.p.partner;
	uint64_t before;

	begin(&t);
	before = entries(issuer);
	record__presentation__free_unpacked(
	    present(issuer, t.zhang, verifier_c), NULL);
	cr_assert_eq(entries(issuer), before);
	plant_turn(issuer, 8 * DAY);
	record__presentation__free_unpacked(
	    present(issuer, t.zhang, verifier_c), NULL);
	cr_assert_eq(entries(issuer), before + 1);
	record__presentation__free_unpacked(
	    present(issuer, t.zhang, verifier_c), NULL);
	cr_assert_eq(entries(issuer), before + 1);
	end(&t);
}
