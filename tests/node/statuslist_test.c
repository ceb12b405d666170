/* statuslist_test.c - the list that a node publishes of its credentials. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/statuslist.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/service.h"
#include "node/status_token.h"
#include "tests/support/hotwork.h"

#define A(name) RECORD__CERTIFICATE__ACTION__##name
#define DAY (INT64_C(24) * 60 * PLANT_MINUTE)
/* cards_certify: 300 days, to members the midnight before (coarse.h); the
 * plant starts at 10:50 of China. */
#define ENDS (300 * DAY - 650 * PLANT_MINUTE)

struct office {
	struct plant p;
	struct service service; /* as much of it as the operation looks at */
};

static void
begin(struct office *o)
{
	plant_begin(&o->p, "weld.partner.example");
	o->service.site = o->p.site;
	o->service.statuslist = statuslist_new();
}

static void
end(struct office *o)
{
	statuslist_free(o->service.statuslist);
	plant_end(&o->p);
}

/* A certificate that is published; its status index. */
static uint32_t
publish(struct office *o, char *card)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(&o->p, w);
	struct submit_result *r;
	Api__RecordView *v;
	uint32_t index;

	cards_certify(&o->p, "w-0017", "welding", card);
	submit_publish(&to, card);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	v = plant_get(&o->p, LEDGER__KIND__CREDENTIAL, r->credential_id);
	index = v->events[0]->credential->status_index;
	cr_assert(v->events[0]->credential->has_status_index);
	api__record_view__free_unpacked(v, NULL);
	submit_result_free(r);
	return index;
}

static enum err
ask(struct office *o, const char *number, const char *query, struct buf *out)
{
	struct ops_call call;
	struct err_why why = {.text = ""};
	enum err e;

	ops_call_init(&call, &o->service);
	call.arg[0] = bytes_str(number);
	cr_assert_eq(
	    params_parse(&call.params, bytes_str(query), "time", NULL), ERR_OK);
	e = statuslist_get(&call, &why);
	if (e == ERR_OK) {
		cr_assert_str_eq(call.type, "application/statuslist+jwt");
		cr_assert_str_eq(call.cache,
		    query[0] == '\0' ? "public, max-age=60"
		                     : "public, max-age=86400, immutable");
		cr_assert_eq(strlen(call.tag), 34u, "%s", call.tag);
		buf_bytes(out, buf_view(&call.out));
	}
	ops_call_clear(&call);
	return e;
}

static unsigned
value(struct office *o, uint32_t index)
{
	struct status_opened t;
	struct err_why why = {.text = ""};
	struct buf out;
	unsigned v;

	buf_init(&out, STATUS_TOKEN_BYTES);
	cr_assert_eq(ask(o, "1", "", &out), ERR_OK);
	cr_assert_eq(status_token_open(&t, buf_view(&out),
	                 o->p.site->keys.identity.pub, &why),
	    ERR_OK, "%s", why.text);
	cr_assert_eq(status_token_value(&t, index, &v, &why), ERR_OK);
	cr_assert_eq(t.claims->iat, o->p.now / 1000000);
	status_token_clear(&t);
	buf_clear(&out);
	return v;
}

/* As of a second; the token holds for that second alone. */
static unsigned
value_at(struct office *o, int64_t at_s, uint32_t index)
{
	struct status_opened t;
	struct err_why why = {.text = ""};
	char query[32];
	struct buf out;
	unsigned v;

	(void)snprintf(query, sizeof query, "time=%lld", (long long)at_s);
	buf_init(&out, STATUS_TOKEN_BYTES);
	cr_assert_eq(ask(o, "1", query, &out), ERR_OK);
	cr_assert_eq(status_token_open(&t, buf_view(&out),
	                 o->p.site->keys.identity.pub, &why),
	    ERR_OK, "%s", why.text);
	cr_assert_eq(status_token_value(&t, index, &v, &why), ERR_OK);
	cr_assert_eq(t.claims->iat, at_s);
	cr_assert_eq(t.claims->exp, at_s + 1);
	status_token_clear(&t);
	buf_clear(&out);
	return v;
}

static int64_t
now_s(const struct office *o)
{
	return o->p.now / 1000000;
}

static void
change(struct office *o, char *card, Record__Certificate__Action a)
{
	struct submit_result *r = hotwork_certificate(&o->p, card, a);

	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

Test(statuslist_get, says_what_the_issuer_last_said_and_what_the_clock_did)
{
	struct office o = {.service = {.dir = ""}};
	char card[3][TEXT_UUID_CHARS + 1];
	uint32_t at[3];
	struct buf none;

	begin(&o);
	buf_init(&none, 16);
	for (int i = 0; i < 3; i++)
		at[i] = publish(&o, card[i]);
	cr_assert(at[0] != at[1] && at[1] != at[2] && at[0] != at[2]);
	for (int i = 0; i < 3; i++)
		cr_assert_eq(value(&o, at[i]), STATUS_VALID);
	change(&o, card[0], A(SUSPEND));
	cr_assert_eq(value(&o, at[0]), STATUS_SUSPENDED);
	change(&o, card[0], A(REINSTATE));
	cr_assert_eq(value(&o, at[0]), STATUS_VALID);
	change(&o, card[0], A(REVOKE));
	change(&o, card[1], A(CANCEL));
	cr_assert_eq(value(&o, at[0]), STATUS_INVALID);
	cr_assert_eq(value(&o, at[1]), STATUS_INVALID);
	cr_assert_eq(value(&o, at[2]), STATUS_VALID);
	/* Nothing is written when they end. */
	plant_turn(&o.p, ENDS - 1);
	cr_assert_eq(value(&o, at[2]), STATUS_VALID);
	plant_turn(&o.p, 1);
	cr_assert_eq(value(&o, at[2]), STATUS_LAPSED);
	cr_assert_eq(value(&o, at[0]), STATUS_INVALID);
	cr_assert_eq(ask(&o, "2", "", &none), ERR_NOT_FOUND);
	end(&o);
}

/* Trap 14: what was true then is not what is true now. */
Test(statuslist_get, says_of_any_second_what_was_so_then)
{
	static const Record__Certificate__Action steps[] = {
	    A(SUSPEND), A(REINSTATE), A(REVOKE)};
	static const unsigned is[] = {
	    STATUS_VALID, STATUS_SUSPENDED, STATUS_VALID, STATUS_INVALID};
	struct office o = {.service = {.dir = ""}};
	char card[2][TEXT_UUID_CHARS + 1];
	int64_t since[4];
	uint32_t at[2];
	char query[32];
	struct buf none;

	begin(&o);
	buf_init(&none, 16);
	at[0] = publish(&o, card[0]);
	since[0] = now_s(&o);
	for (int i = 0; i < 3; i++) {
		plant_turn(&o.p, 60 * PLANT_MINUTE);
		change(&o, card[0], steps[i]);
		since[i + 1] = now_s(&o);
	}
	at[1] = publish(&o, card[1]);
	(void)snprintf(query, sizeof query, "time=%lld", (long long)now_s(&o));
	cr_assert_eq(ask(&o, "1", query, &none), ERR_NOT_FOUND,
	    "it may yet be revoked within this second");
	plant_turn(&o.p, PLANT_MINUTE);
	cr_assert_eq(ask(&o, "1", query, &none), ERR_NOT_FOUND,
	    "what was recorded within it may not be written yet");
	cr_expect_eq(value_at(&o, since[3] - 1, at[0]), is[2],
	    "a later entry says that nothing of that second is to come");
	plant_turn(&o.p, 1000000);
	for (int i = 0; i < 4; i++) {
		cr_expect_eq(value_at(&o, since[i], at[0]), is[i], "%d", i);
		if (i < 3) /* a change within the second counts */
			cr_expect_eq(
			    value_at(&o, since[i + 1] - 1, at[0]), is[i]);
	}
	/* Nothing is written when a term ends. */
	plant_turn(&o.p, 400 * DAY);
	cr_assert_eq(value(&o, at[1]), STATUS_LAPSED);
	cr_assert_eq(value_at(&o, since[3] + 1, at[1]), STATUS_VALID);
	cr_assert_eq(
	    value_at(&o, since[0] + ENDS / 1000000 - 1, at[1]), STATUS_VALID);
	cr_assert_eq(
	    value_at(&o, since[0] + ENDS / 1000000, at[1]), STATUS_LAPSED);
	cr_assert_eq(ask(&o, "1", "time=1", &none), ERR_NOT_FOUND);
	cr_assert_eq(ask(&o, "1", "time=4000000000", &none), ERR_NOT_FOUND);
	cr_assert_eq(ask(&o, "1", "time=yesterday", &none), ERR_MALFORMED);
	end(&o);
}

/* What is past is read once: a second question reads nothing again, nor does
 * one who has the list already get it once more. */
Test(statuslist_get, tells_a_second_of_the_past_once)
{
	struct office o = {.service = {.dir = ""}};
	char card[TEXT_UUID_CHARS + 1];
	struct buf one, two;
	char query[32], tag[sizeof(((struct ops_call *)0)->tag)];
	struct ops_call call;
	uint64_t read;

	begin(&o);
	buf_init(&one, STATUS_TOKEN_BYTES);
	buf_init(&two, STATUS_TOKEN_BYTES);
	(void)publish(&o, card);
	(void)snprintf(query, sizeof query, "time=%lld", (long long)now_s(&o));
	plant_turn(&o.p, 60 * PLANT_MINUTE);
	change(&o, card, A(SUSPEND));
	cr_assert_eq(ask(&o, "1", query, &one), ERR_OK);
	read = statuslist_read(o.service.statuslist);
	cr_assert_geq(read, 2u, "the row and its event");
	change(&o, card, A(REINSTATE));
	for (int i = 0; i < 3; i++) {
		buf_reset(&two);
		cr_assert_eq(ask(&o, "1", query, &two), ERR_OK);
		cr_expect(bytes_equal(buf_view(&one), buf_view(&two)));
	}
	cr_expect_eq(statuslist_read(o.service.statuslist), read);
	ops_call_init(&call, &o.service);
	call.arg[0] = bytes_str("1");
	call.none_match = "\"other\"";
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(
		    params_parse(&call.params, bytes_str(query), "time", NULL),
		    ERR_OK);
		call.status = 200;
		cr_assert_eq(statuslist_get(&call, NULL), ERR_OK);
		cr_expect_eq(call.status, i == 0 ? 200u : 304u);
		cr_expect_eq(call.out.len == 0, i == 1);
		memcpy(tag, call.tag, sizeof tag);
		call.none_match = tag;
		buf_reset(&call.out);
	}
	ops_call_clear(&call);
	buf_clear(&one);
	buf_clear(&two);
	end(&o);
}

/* A review ends the public credential: a new one with a new index follows. */
Test(statuslist_get, says_lapsed_of_one_that_a_review_replaced)
{
	struct office o = {.service = {.dir = ""}};
	char card[TEXT_UUID_CHARS + 1];
	uint32_t at;

	begin(&o);
	at = publish(&o, card);
	change(&o, card, A(REVIEW));
	cr_assert_eq(value(&o, at), STATUS_LAPSED);
	end(&o);
}

/* What a restored node may have lost it must not contradict. */
Test(statuslist_get, says_nothing_while_the_node_may_not_sign)
{
	struct office o = {.service = {.dir = ""}};
	char card[TEXT_UUID_CHARS + 1];
	struct buf out;

	begin(&o);
	buf_init(&out, STATUS_TOKEN_BYTES);
	(void)publish(&o, card);
	cr_assert_eq(ask(&o, "1", "", &out), ERR_OK);
	atomic_store(&o.p.site->unsure, 2);
	cr_assert_eq(ask(&o, "1", "", &out), ERR_BUSY);
	atomic_store(&o.p.site->unsure, 0);
	atomic_store(&o.p.site->halted, true);
	cr_assert_eq(ask(&o, "1", "", &out), ERR_BUSY);
	atomic_store(&o.p.site->halted, false);
	buf_clear(&out);
	end(&o);
}

/* Whoever took one just before the next is made, by way of a cache that held it
 * for a minute, has thirteen minutes to fetch another: at no time is there
 * none that is in force. */
Test(statuslist_get, leaves_no_gap_between_one_list_and_the_next)
{
	struct office o = {.service = {.dir = ""}};
	char card[TEXT_UUID_CHARS + 1];
	struct status_opened t;
	struct buf out;

	begin(&o);
	buf_init(&out, STATUS_TOKEN_BYTES);
	(void)publish(&o, card);
	for (int i = 0; i < 100; i++) {
		plant_turn(&o.p, 17 * 1000000 + 1);
		buf_reset(&out);
		cr_assert_eq(ask(&o, "1", "", &out), ERR_OK);
		cr_assert_eq(status_token_open(&t, buf_view(&out),
		                 o.p.site->keys.identity.pub, NULL),
		    ERR_OK);
		cr_assert_leq(t.claims->iat, now_s(&o));
		cr_assert_geq(t.claims->exp, now_s(&o) + 14 * 60);
		cr_assert_eq(t.claims->ttl, 60);
		status_token_clear(&t);
	}
	buf_clear(&out);
	end(&o);
}
