/* submit_alarm_test.c - alarms that their sources signed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit.h"

#include <criterion/criterion.h>
#include <string.h>

#include "node/commit.h"
#include "proto/text.h"
#include "tests/support/plant.h"

static char gas[] = "gas";
static char area[] = "tank-farm-2";

static Record__Alarm
alarm_of(char *source, uint64_t seq)
{
	Record__Alarm a = RECORD__ALARM__INIT;

	a.source = source;
	a.has_source_seq = seq != 0;
	a.source_seq = seq;
	a.has_level = true;
	a.level = 1;
	a.kind = gas;
	a.area = area;
	a.has_occurred_at = true;
	a.occurred_at = PLANT_START;
	return a;
}

/* What became of it: the error of the only item. */
static enum err
raise(struct plant *p, const struct plant_person *who, Record__Alarm *a,
    struct submit_receipt *out)
{
	char record[TEXT_UUID_CHARS + 1] = "";
	struct plant_sign sign = {.who = who,
	    .kind = LEDGER__KIND__ALARM,
	    .record = record,
	    .msg = &a->base,
	    .occurred_us = a->occurred_at};
	struct submit_result *r = plant_signed(p, &sign, NULL);
	enum err e = r->error != ERR_OK ? r->error : r->items[0].error;

	if (out != NULL)
		*out = r->items[0];
	submit_result_free(r);
	return e;
}

static uint64_t
entries(struct plant *p)
{
	struct query_counts n;

	cr_assert_eq(query_counts(p->site, &n, NULL), ERR_OK);
	return n.evidence_size;
}

Test(submit_signed, takes_an_alarm_signed_by_the_key_of_its_source)
{
	struct plant p;
	struct plant_person device;
	char name[] = "gds-01";
	Record__Alarm a = alarm_of(name, 7);
	struct submit_receipt first;
	struct submit_receipt again;
	char id[TEXT_UUID_CHARS + 1];

	plant_begin(&p, "plant-a.acme.example");
	plant_enrol(&p, &device, name, "source");
	cr_assert_eq(raise(&p, &device, &a, &first), ERR_OK);
	cr_assert_not(first.duplicate);
	text_uuid_put(id, first.record_id);
	Api__RecordView *v = plant_get(&p, LEDGER__KIND__ALARM, id);
	cr_assert_str_eq(v->state, "RAISED");
	cr_assert_not_null(v->events[0]->signer);
	api__record_view__free_unpacked(v, NULL);
	/* The same number and content, newly signed: the first receipt. */
	cr_assert_eq(raise(&p, &device, &a, &again), ERR_OK);
	cr_assert(again.duplicate);
	cr_assert_eq(again.index, first.index);
	plant_end(&p);
}

Test(submit_signed, refuses_a_key_that_is_not_the_sources)
{
	struct plant p;
	struct plant_person device;
	struct plant_person person;
	struct plant_person stranger;
	char name[] = "gds-01";
	char other[] = "gds-02";
	Record__Alarm a = alarm_of(name, 1);
	Record__Alarm b = alarm_of(other, 1);
	struct submit_receipt r;

	plant_begin(&p, "plant-a.acme.example");
	plant_enrol(&p, &device, name, "source");
	plant_enrol(&p, &person, other, "approver");
	crypto_signer_new(&stranger.key);
	stranger.alg_key[0] = CRYPTO_ALG_ED25519;
	memcpy(stranger.alg_key + 1, stranger.key.pub, CRYPTO_PUB_BYTES);
	uint64_t before = entries(&p);
	cr_assert_eq(raise(&p, &stranger, &a, &r), ERR_DENIED);
	cr_assert_eq(r.rule, rule_get(RULE_SOURCE_KEY));
	cr_assert_eq(raise(&p, &device, &b, &r), ERR_DENIED, "another name");
	cr_assert_eq(raise(&p, &person, &b, &r), ERR_DENIED, "no such role");
	/* The key stands, the signature is another's. */
	memcpy(stranger.alg_key, device.alg_key, sizeof stranger.alg_key);
	cr_assert_eq(raise(&p, &stranger, &a, &r), ERR_UNVERIFIED);
	cr_assert_eq(entries(&p), before, "nothing was written");
	plant_end(&p);
}

Test(submit_signed, loses_no_alarm_over_a_wrong_clock)
{
	struct plant p;
	struct plant_person device;
	char name[] = "gds-01";
	Record__Alarm a = alarm_of(name, 0);

	plant_begin(&p, "plant-a.acme.example");
	plant_enrol(&p, &device, name, "source");
	a.occurred_at += 60 * PLANT_MINUTE;
	cr_assert_eq(raise(&p, &device, &a, NULL), ERR_OK);
	plant_end(&p);
}

Test(submit_signed, takes_one_event_id_once)
{
	struct plant p;
	struct plant_person device;
	char name[] = "gds-01";
	char record[TEXT_UUID_CHARS + 1] = "";
	Record__Alarm a = alarm_of(name, 0);
	struct plant_sign sign = {.who = &device,
	    .kind = LEDGER__KIND__ALARM,
	    .record = record,
	    .msg = &a.base,
	    .occurred_us = PLANT_START};

	plant_begin(&p, "plant-a.acme.example");
	plant_enrol(&p, &device, name, "source");
	struct submit_result *r = plant_signed(&p, &sign, NULL);
	cr_assert_eq(r->items[0].error, ERR_OK);
	submit_result_free(r);
	/* A record of this id is there; the event is a new one. */
	r = plant_signed(&p, &sign, NULL);
	cr_assert_eq(r->items[0].error, ERR_CONFLICT);
	cr_assert_eq(r->items[0].rule, rule_get(RULE_RECORD_EXISTS));
	submit_result_free(r);
	plant_end(&p);
}
