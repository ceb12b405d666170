/* showing_test.c - a holder shows parts of a certificate to one verifier. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/showing.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/seal.h"
#include "node/qr.h"
#include "node/submit_credential.h"
#include "proto/slice.h"
#include "proto/text.h"
#include "tests/support/pair.h"

#define SECOND INT64_C(1000000)
#define V25_M                                                          \
	1451 /* alphanumeric characters in a QR of version 25, level M \
	      */

static char verifier_c[] = "plant-c.acme.example";
static char number[] = "11010519491231002X";
static char name[] = "Zhang San";
static const char *const shown[] = {"holderName", "class"};

/* The holder's own file for that verifier. */
static Record__Presentation *
file_for(struct pair *p, char *verifier)
{
	Api__PresentPost post = API__PRESENT_POST__INIT;
	Record__Presentation *m = NULL;
	struct err_why why = {.text = ""};

	post.record_id = p->certificate;
	post.verifier = verifier;
	post.has_attributes = post.attributes = true;
	cr_assert_eq(submit_present(p->partner.site, &post, &m, &why), ERR_OK,
	    "%s", why.text);
	m->holder = strdup(PAIR_WORKER); /* by whoever looks at him */
	return m;
}

static void
begin(struct pair *p)
{
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	char class[] = PAIR_CLASS;
	struct submit_wait *w = submit_wait_new();
	struct submit_result *r;

	pair_begin(p);
	c.has_action = true;
	c.action = RECORD__CERTIFICATE__ACTION__ISSUE;
	c.holder = c.holder_name = name;
	c.holder_number = number;
	c.class_ = class;
	c.has_valid_from_at = c.has_valid_to_at = true;
	c.valid_from_at = PLANT_START - PLANT_MINUTE;
	c.valid_to_at = PLANT_START + 1000000 * PLANT_MINUTE;
	post.certificate = &c;
	r = plant_event(&p->partner, LEDGER__KIND__CERTIFICATE, NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(p->certificate, r->items[0].record_id);
	submit_result_free(r);
	struct submit_to to = plant_to(&p->partner, w);
	submit_publish(&to, p->certificate);
	submit_result_free(submit_wait_for(w));
	record__presentation__free_unpacked(p->shown, NULL);
	p->shown = file_for(p, p->plant.site->name);
	pair_replicate(p);
}

static struct bytes
challenge(struct pair *p, uint8_t out[static SHOWING_CHALLENGE_BYTES])
{
	showing_challenge(
	    out, &p->plant.site->index_mac, p->plant.site->name, p->plant.now);
	return bytes_of(out, SHOWING_CHALLENGE_BYTES);
}

static void
answer(struct pair *p)
{
	uint8_t c[SHOWING_CHALLENGE_BYTES];
	struct err_why why = {.text = ""};

	cr_assert_eq(showing_make(p->shown, challenge(p, c), shown, 2, &why),
	    ERR_OK, "%s", why.text);
}

static void
shows(struct pair *p, const char *code)
{
	struct submit_result *r = pair_show(p);

	if (code == NULL)
		cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	else
		cr_assert_str_eq(
		    r->rule != NULL ? r->rule->code : r->why.text, code);
	submit_result_free(r);
}

/* Only what was chosen leaves the holder's hand; the rest are salted hashes. */
Test(showing, tells_what_the_holder_chose_and_nothing_else)
{
	struct pair p;
	struct buf bytes;
	struct buf text;
	ProtobufCMessage *m = NULL;
	struct err_why why = {.text = ""};

	begin(&p);
	answer(&p);
	buf_init(&text, SEAL_MESSAGE_MAX);
	cr_assert_eq(
	    showing_check(p.shown, &text, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(slice_unpack(&m, &record__certificate__descriptor,
	                 buf_view(&text), &why),
	    ERR_OK);
	const Record__Certificate *c = (Record__Certificate *)m;

	cr_assert_str_eq(c->holder_name, name);
	cr_assert_str_eq(c->class_, PAIR_CLASS);
	cr_assert_null(c->holder_number);
	cr_assert_null(c->holder);
	cr_assert_not(c->has_valid_to_at);
	slice_free(m);
	buf_clear(&text);
	buf_init(&bytes, SEAL_MESSAGE_MAX);
	slice_pack(&bytes, &p.shown->base);
	cr_assert_null(memmem(bytes.ptr, bytes.len, number, 18));
	cr_assert_not_null(memmem(bytes.ptr, bytes.len, name, 9));
	buf_clear(&bytes);
	shows(&p, NULL);
	pair_decide(&p, RECORD__DECISION__RESULT__ALLOW, NULL);
	pair_end(&p);
}

Test(showing, is_good_once_at_one_verifier_and_for_ten_minutes)
{
	struct pair p;
	uint8_t c[SHOWING_CHALLENGE_BYTES];
	struct err_why why = {.text = ""};

	begin(&p);
	/* The file itself is not what is handed on; nor without an answer. */
	shows(&p, "PRESENTATION_WHOLE");
	answer(&p);
	shows(&p, NULL);
	shows(&p, "CHALLENGE_USED");
	/* A new one, answered in time and taken too late. */
	record__presentation__free_unpacked(p.shown, NULL);
	p.shown = file_for(&p, p.plant.site->name);
	pair_replicate(&p);
	answer(&p);
	plant_turn(&p.plant, (SHOWING_CHALLENGE_S + 1) * SECOND);
	shows(&p, "CHALLENGE_EXPIRED");
	/* To somebody else's challenge, of a verifier who hands it on. */
	record__presentation__free_unpacked(p.shown, NULL);
	p.shown = file_for(&p, p.plant.site->name);
	showing_challenge(
	    c, &p.partner.site->index_mac, verifier_c, p.plant.now);
	cr_assert_eq(
	    showing_make(p.shown, bytes_of(c, sizeof c), shown, 2, &why),
	    ERR_OK);
	shows(&p, "CHALLENGE_FOREIGN");
	/* What was shown to another verifier. */
	record__presentation__free_unpacked(p.shown, NULL);
	p.shown = file_for(&p, verifier_c);
	answer(&p);
	shows(&p, "PRESENTATION_FOREIGN");
	pair_end(&p);
}

/* Every part that somebody could exchange is under one of the signatures. */
Test(showing, does_not_survive_a_change)
{
	struct pair p;
	uint8_t c[SHOWING_CHALLENGE_BYTES];
	struct err_why why = {.text = ""};

	begin(&p);
	answer(&p);
	ProtobufCBinaryData *parts[] = {&p.shown->commitment,
	    &p.shown->holder_key, &p.shown->attributes,
	    &p.shown->holder_signature};

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		parts[i]->data[parts[i]->len - 1] ^= 1;
		shows(&p, "PRESENTATION_INVALID");
		parts[i]->data[parts[i]->len - 1] ^= 1;
	}
	/* Another good challenge, which the holder did not answer. */
	(void)challenge(&p, c);
	memcpy(p.shown->challenge.data, c, sizeof c);
	shows(&p, "PRESENTATION_INVALID");
	/* Without the holder's part it is no presentation of the older kind. */
	p.shown->has_challenge = false;
	shows(&p, "CHALLENGE_MISSING");
	p.shown->has_holder_key = false;
	p.shown->has_commitment = p.shown->has_attributes = false;
	shows(&p, "PRESENTATION_INVALID");
	p.shown->has_holder_key = p.shown->has_commitment = true;
	p.shown->has_attributes = true;
	p.shown->has_challenge = true;
	cr_assert_neq(
	    showing_make(p.shown, bytes_of(c, sizeof c), shown, 2, &why),
	    ERR_OK, "it has no seed any more");
	pair_end(&p);
}

/* Version 25 at level M, 117 modules: from a telephone's screen. */
Test(showing, fits_a_code_that_a_camera_reads)
{
	struct pair p;
	struct buf text;
	Record__Presentation *m = NULL;
	struct err_why why = {.text = ""};

	begin(&p);
	answer(&p);
	buf_init(&text, SHOWING_CODE_MAX);
	showing_code_put(&text, p.shown);
	cr_assert_eq(buf_ok(&text, &why), ERR_OK);
	cr_assert_leq(text.len, V25_M, "%zu", text.len);
	cr_assert_eq(showing_code_get(&m, buf_view(&text), &why), ERR_OK, "%s",
	    why.text);
	record__presentation__free_unpacked(p.shown, NULL);
	p.shown = m;
	shows(&p, NULL);
	cr_assert_neq(showing_code_get(&m, bytes_str("LF1:00"), &why), ERR_OK);
	cr_assert_neq(showing_code_get(&m, bytes_str("LF2:::"), &why), ERR_OK);
	buf_clear(&text);
	pair_end(&p);
}
