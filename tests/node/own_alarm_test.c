/* own_alarm_test.c - alarms of the node's own, and who calls itself like it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/own_alarm.h"

#include <criterion/criterion.h>
#include <string.h>

#include "node/submit_finding.h"
#include "node/submit_own.h"
#include "tests/support/plant.h"

#define SOURCE "lianfang-peers"
#define MEMBER "hq.acme.example"

static struct plant p;
static struct own_alarm own;

static void
start(void)
{
	own = (struct own_alarm){
	    .site = p.site, .source = SOURCE, .asset = MEMBER, .level = 2};
}

static struct own_alarm *
of(void *arg, const char *asset)
{
	(void)arg;
	cr_assert_not_null(asset);
	return strcmp(asset, MEMBER) == 0 ? &own : NULL;
}

/* A device's alarm under the node's name, as everybody with a token can send
 * it; what came before it is committed then. */
static void
device(void)
{
	static char source[] = SOURCE, asset[] = MEMBER;
	static char kind[] = "system", area[] = "node";
	Record__Alarm a = RECORD__ALARM__INIT;
	struct submit_result *r;

	a.source = source;
	a.asset = asset;
	a.kind = kind;
	a.area = area;
	a.has_level = true;
	a.level = 2;
	r = plant_alarms(&p, (Record__Alarm *[]){&a}, 1);
	cr_assert_eq(r->items[0].error, ERR_OK, "%s", r->why.text);
	cr_assert_not(submit_own_is(r->items[0].record_id));
	submit_result_free(r);
}

static int
state(void)
{
	return atomic_load(&own.state);
}

static void
find(void)
{
	cr_assert(own_alarm_find(p.site, SOURCE, of, NULL));
}

Test(own_alarm, a_device_of_the_same_name_keeps_none_out)
{
	uint8_t id[16];

	plant_begin(&p, "plant-a.acme.example");
	device();
	start();
	find();
	cr_assert_eq(state(), OWN_ALARM_NONE, "it is not the node's");
	own_alarm_raise(&own, "silent / 无消息", "-", NULL);
	device();
	cr_assert_eq(state(), OWN_ALARM_RAISED);
	cr_assert_eq(text_uuid_get(id, bytes_str(own.id), NULL), ERR_OK);
	cr_assert(submit_own_is(id));
	plant_end(&p);
}

Test(own_alarm, is_found_after_a_restart_and_returned_by_the_node)
{
	char id[TEXT_UUID_CHARS + 1];
	Api__RecordView *v;

	plant_begin(&p, "plant-a.acme.example");
	start();
	own_alarm_raise(&own, "silent / 无消息", "-", NULL);
	device();
	(void)memcpy(id, own.id, sizeof id);
	plant_restart(&p);
	start();
	find();
	cr_assert_eq(state(), OWN_ALARM_RAISED);
	cr_assert_str_eq(own.id, id, "and not the device's");
	own_alarm_clear(&own);
	device();
	cr_assert_eq(state(), OWN_ALARM_NONE);
	v = plant_get(&p, LEDGER__KIND__ALARM, id);
	cr_assert_str_eq(v->state, "CLEARED");
	api__record_view__free_unpacked(v, NULL);
	/* The same again is another alarm. */
	own_alarm_raise(&own, "silent / 无消息", "-", NULL);
	device();
	cr_assert_eq(state(), OWN_ALARM_RAISED);
	cr_assert_str_neq(own.id, id);
	plant_end(&p);
}

/* Half a character at its end, and no message would take the text: the alarm
 * would be refused for ever. */
Test(own_alarm, a_text_that_was_cut_loses_no_alarm)
{
	char text[3000];
	const struct submit_finding f = {.source = SOURCE,
	    .key = "cut",
	    .title = "cut / \xe5\xba",
	    .detail = "cut \xe5",
	    .level = 3};
	bool said = false;

	for (size_t i = 0; i + 3 < sizeof text; i += 3)
		(void)memcpy(text + i, "\xe5\xba\x93", 3);
	text[sizeof text - 3] = '\0';
	plant_begin(&p, "plant-a.acme.example");
	start();
	own_alarm_raise(&own, text, text + 1, NULL);
	submit_finding(p.site, &f);
	device();
	cr_assert_eq(state(), OWN_ALARM_RAISED);
	cr_assert_eq(submit_finding_said(&said, p.site, "cut", NULL), ERR_OK);
	cr_assert(said);
	plant_end(&p);
}
