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

Test(submit_signed, takes_none_under_an_id_that_the_node_gives)
{
	struct plant p;
	struct plant_person device;
	char name[] = "gds-01";
	char record[] = "01930000-0000-8000-8000-000000000001";
	Record__Alarm a = alarm_of(name, 7);
	struct plant_sign sign = {.who = &device,
	    .kind = LEDGER__KIND__ALARM,
	    .record = record,
	    .msg = &a.base,
	    .occurred_us = a.occurred_at};
	struct submit_result *r;

	plant_begin(&p, "plant-a.acme.example");
	plant_enrol(&p, &device, name, "source");
	r = plant_signed(&p, &sign, NULL);
	cr_assert_eq(r->items[0].error, ERR_MALFORMED);
	cr_assert_str_eq(r->items[0].path, "recordId");
	submit_result_free(r);
	plant_end(&p);
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

/* What holds of one in an array is not believed of the next one. */
Test(submit_signed, asks_each_of_an_array_for_its_own_key)
{
	struct plant p;
	struct plant_person device[3];
	char name[2][8] = {"gds-01", "gds-02"};
	char record[5][TEXT_UUID_CHARS + 1] = {""};
	const struct {
		unsigned who;
		unsigned name;
		enum err want;
	} at[5] = {{0, 0, ERR_OK}, {1, 0, ERR_DENIED}, {0, 1, ERR_DENIED},
	    {1, 1, ERR_OK}, {2, 1, ERR_DENIED}};
	struct plant_post made[5];
	Api__EventPost *list[5];

	plant_begin(&p, "plant-a.acme.example");
	plant_enrol(&p, &device[0], name[0], "source");
	plant_enrol(&p, &device[1], name[1], "source");
	plant_enrol(&p, &device[2], "gds-03", "source");
	for (unsigned i = 0; i < 5; i++) {
		Record__Alarm a = alarm_of(name[at[i].name], i + 1);
		struct plant_sign sign = {.who = &device[at[i].who],
		    .kind = LEDGER__KIND__ALARM,
		    .record = record[i],
		    .msg = &a.base,
		    .occurred_us = a.occurred_at};

		plant_post(&p, &sign, &made[i]);
		list[i] = &made[i].post;
	}
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(&p, w);
	submit_signed(&to, list, 5);
	struct submit_result *r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK);
	for (unsigned i = 0; i < 5; i++) {
		cr_assert_eq(r->items[i].error, at[i].want, "item %u", i);
		buf_clear(&made[i].msg);
	}
	submit_result_free(r);
	plant_end(&p);
}

/* Alarms of one source, signed at once; end each with buf_clear of its msg. */
static void
batch_of(struct plant *p, const struct plant_person *who, char *source,
    struct plant_post *out, char (*ids)[TEXT_UUID_CHARS + 1], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		Record__Alarm a = alarm_of(source, i + 1);
		struct plant_sign sign = {.who = who,
		    .kind = LEDGER__KIND__ALARM,
		    .record = ids[i],
		    .msg = &a.base,
		    .occurred_us = a.occurred_at};

		plant_post(p, &sign, &out[i]);
	}
	plant_batch(who, out, n);
}

static struct submit_result *
send(struct plant *p, Api__EventPost *const *list, size_t n)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(p, w);

	submit_signed(&to, list, n);
	return submit_wait_for(w);
}

/* Two sources' batches in one array, one event of them changed; the next
 * request knows nothing of the heads that were good in this one. */
Test(submit_signed, takes_events_of_batches_and_refuses_the_changed_one)
{
	static const struct {
		unsigned who, item;
		enum err want;
	} at[] = {{0, 0, ERR_OK}, {0, 1, ERR_OK}, {0, 2, ERR_UNVERIFIED},
	    {1, 1, ERR_OK}, {1, 0, ERR_UNVERIFIED}, {0, 3, ERR_OK}};
	struct plant p;
	struct plant_person device[2];
	char name[2][8] = {"gds-01", "gds-02"};
	char ids[2][5][TEXT_UUID_CHARS + 1] = {{""}};
	struct plant_post made[2][5];
	Api__EventPost *list[6];
	struct submit_result *r;

	plant_begin(&p, "plant-a.acme.example");
	for (unsigned k = 0; k < 2; k++) {
		plant_enrol(&p, &device[k], name[k], "source");
		batch_of(&p, &device[k], name[k], made[k], ids[k], 5);
	}
	made[0][2].sig.based_on_seq = 1;
	/* The path of the other source's event at the same place. */
	memcpy(made[1][0].signature, made[0][0].signature,
	    made[0][0].sig.signature.len);
	for (unsigned i = 0; i < 6; i++)
		list[i] = &made[at[i].who][at[i].item].post;
	r = send(&p, list, 6);
	cr_assert_eq(r->error, ERR_OK);
	for (unsigned i = 0; i < 6; i++)
		cr_assert_eq(r->items[i].error, at[i].want, "item %u", i);
	cr_assert_eq(r->items[2].rule, rule_get(RULE_SIGNATURE_INVALID));
	submit_result_free(r);
	Api__RecordView *v = plant_get(&p, LEDGER__KIND__ALARM, ids[0][3]);
	cr_assert_not_null(v->events[0]->signer);
	api__record_view__free_unpacked(v, NULL);
	/* One of them alone, later; and then with its head's last byte off. */
	list[0] = &made[1][4].post;
	r = send(&p, list, 1);
	cr_assert_eq(r->items[0].error, ERR_OK);
	submit_result_free(r);
	made[0][4].signature[made[0][4].sig.signature.len - 1] ^= 1;
	list[0] = &made[0][4].post;
	r = send(&p, list, 1);
	cr_assert_eq(r->error, ERR_UNVERIFIED);
	submit_result_free(r);
	for (unsigned i = 0; i < 10; i++)
		buf_clear(&made[i / 5][i % 5].msg);
	plant_end(&p);
}

Test(submit_signed, takes_as_many_at_once_as_a_request_may_hold)
{
	static struct plant_post made[SUBMIT_ALARMS_MAX];
	static char ids[SUBMIT_ALARMS_MAX][TEXT_UUID_CHARS + 1];
	static Api__EventPost *list[SUBMIT_ALARMS_MAX];
	struct plant p;
	struct plant_person device;
	char name[] = "gds-01";

	plant_begin(&p, "plant-a.acme.example");
	plant_enrol(&p, &device, name, "source");
	batch_of(&p, &device, name, made, ids, SUBMIT_ALARMS_MAX);
	for (unsigned i = 0; i < SUBMIT_ALARMS_MAX; i++)
		list[i] = &made[i].post;
	struct submit_result *r = send(&p, list, SUBMIT_ALARMS_MAX);
	cr_assert_eq(r->error, ERR_OK);
	for (unsigned i = 0; i < SUBMIT_ALARMS_MAX; i++) {
		cr_assert_eq(r->items[i].error, ERR_OK, "item %u", i);
		buf_clear(&made[i].msg);
	}
	submit_result_free(r);
	plant_end(&p);
}

/* Rows are added at the end of their tables. */
Test(submit_alarms, gives_ids_that_ascend_with_the_log)
{
	struct plant p;
	char name[] = "gds-01";
	Record__Alarm a[40];
	Record__Alarm *list[40];
	uint8_t last[16] = {0};
	uint64_t index = 0;

	plant_begin(&p, "plant-a.acme.example");
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 40; i++) {
			a[i] = alarm_of(name, round * 40 + i + 1);
			list[i] = &a[i];
		}
		struct submit_result *r = plant_alarms(&p, list, 40);
		for (unsigned i = 0; i < 40; i++) {
			const struct submit_receipt *got = &r->items[i];

			cr_assert_eq(got->error, ERR_OK);
			cr_assert_gt(memcmp(got->record_id, last, 16), 0);
			cr_assert_gt(got->index, index);
			memcpy(last, got->record_id, 16);
			index = got->index;
		}
		submit_result_free(r);
	}
	plant_end(&p);
}
