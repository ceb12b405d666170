/* witness_ask_test.c - a witness outside: asked, late, wrong, and back. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/witness_ask.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "api.pb-c.h"
#include "ledger/log.h"
#include "ledger/log_read.h"
#include "node/query.h"
#include "node/site.h"
#include "node/site_logs.h"
#include "tests/support/live.h"
#include "tests/support/receiver.h"

#define ALARM                                                      \
	"{\"source\":\"gds-01\",\"sourceSeq\":\"%u\",\"level\":3," \
	"\"kind\":\"gas\",\"area\":\"a\",\"title\":\"LEL\","       \
	"\"occurredAt\":\"2026-11-22T02:50:00Z\"}"

static struct live home, witness;

static void
put_key(struct buf *out, struct live *of, const char *which)
{
	struct note_vkey key;

	cr_assert_eq(site_vkey(of->service->site, which, &key, NULL), ERR_OK);
	note_vkey_put(out, &key);
}

/* The node goes on with this witness in its node.yaml. */
static void
configure(const char *url, struct live *key_of)
{
	char path[TEMP_PATH_BYTES];
	struct buf yaml;

	buf_init(&yaml, 4096);
	buf_printf(&yaml,
	    "name: plant-a.acme.example\nrole: PLANT\nlog_level: ERROR\n"
	    "witness_late_seconds: 1\nwitnesses:\n  - name: out\n"
	    "    url: %s\n    vkey: ",
	    url);
	put_key(&yaml, key_of, "witness");
	buf_str(&yaml, "\n");
	temp_path(path, home.dir, "node.yaml");
	temp_write(path, buf_cstr(&yaml), yaml.len);
	buf_clear(&yaml);
	live_reopen(&home);
}

static void
append(unsigned n)
{
	struct ops_call call;
	char body[300];

	(void)snprintf(body, sizeof body, ALARM, n);
	live_call(&home, LIVE_LOCAL, "POST", "/v1/alarms", body, &call);
	cr_assert_eq(call.status, 201u);
	ops_call_clear(&call);
}

static Config__WitnessStatus **
status(size_t *n)
{
	return witness_ask_status(home.service->witness_ask, n);
}

static void
clear(Config__WitnessStatus **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		config__witness_status__free_unpacked(list[i], NULL);
	free(list);
}

/* Cosigned size of the evidence log; trouble: whether there is any. */
static uint64_t
cosigned(bool *trouble)
{
	size_t n;
	Config__WitnessStatus **list = status(&n);
	uint64_t size = list[0]->size;

	cr_assert_eq(n, 2);
	*trouble = list[0]->trouble != NULL;
	clear(list, n);
	return size;
}

/* Turns until so much is cosigned, ten seconds at most. */
static bool
reaches(uint64_t size)
{
	const int64_t end = clock_boot_us(clock_system()) + 10000000;
	bool trouble;

	while (cosigned(&trouble) < size && clock_boot_us(clock_system()) < end)
		(void)witness_ask_turn(home.service->witness_ask, 20);
	return cosigned(&trouble) >= size && !trouble;
}

/* Does the log hold a checkpoint with a cosignature? */
static bool
kept(uint64_t size)
{
	struct site *s = home.service->site;
	struct note_checkpoint head;
	struct store_txn *txn;
	struct buf note;
	enum err e;

	buf_init(&note, NOTE_BYTES_MAX);
	cr_assert_eq(store_read(s->own.store, &txn, NULL), ERR_OK);
	e = log_checkpoint(s->own.book, txn, site_log(s, SITE_EVIDENCE)->slot,
	    1, &note, &head, NULL);
	store_abort(txn);
	buf_clear(&note);
	return e == ERR_OK && head.head.size >= size;
}

/* Alarms about a witness that are open. */
static size_t
open_alarms(void)
{
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	struct query_scope scope = {.own_only = true};
	char subject[] = WITNESS_ASK_SOURCE "/out";
	Api__Records *list = NULL;
	size_t n;

	q.subject = subject;
	q.has_open = true;
	q.open = true;
	cr_assert_eq(query_list(home.service->site, LEDGER__KIND__ALARM, &q,
	                 &scope, &list, NULL),
	    ERR_OK);
	n = list->n_items;
	api__records__free_unpacked(list, NULL);
	return n;
}

static void
turn_until(size_t alarms)
{
	const int64_t end = clock_boot_us(clock_system()) + 10000000;

	while (open_alarms() != alarms && clock_boot_us(clock_system()) < end)
		(void)witness_ask_turn(home.service->witness_ask, 20);
	cr_assert_eq(open_alarms(), alarms);
}

Test(witness_ask, has_both_logs_cosigned_from_whatever_size_it_names)
{
	char url[64];
	struct buf yaml;

	live_open(&home, NULL);
	buf_init(&yaml, 1024);
	buf_str(&yaml, "foreign_logs:\n  - vkey: ");
	put_key(&yaml, &home, "evidence");
	buf_str(&yaml, "\n  - vkey: ");
	put_key(&yaml, &home, "alliance");
	buf_str(&yaml, "\n");
	live_open(&witness, buf_cstr(&yaml));
	live_serve(&witness);
	(void)snprintf(
	    url, sizeof url, "http://127.0.0.1:%u/witness", witness.port);
	configure(url, &witness);
	cr_assert(reaches(1));
	append(1);
	cr_assert(reaches(2));
	/* It knows more than a restarted node remembers. */
	live_reopen(&home);
	append(2);
	cr_assert(reaches(3));
	for (int i = 0; i < 500 && !kept(3); i++)
		(void)witness_ask_turn(home.service->witness_ask, 10);
	cr_assert(kept(3), "it stands under the checkpoint");
	buf_clear(&yaml);
	live_close(&home);
	live_close(&witness);
}

Test(witness_ask, says_what_is_wrong_alarms_once_and_stops_nothing)
{
	struct receiver r;
	char url[64];
	bool trouble;

	live_open(&home, NULL);
	receiver_begin(
	    &r, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nrubbish!\n");
	receiver_url(&r, url);
	configure(url, &home);
	turn_until(1);
	cr_assert_eq(cosigned(&trouble), 0);
	cr_assert(trouble);
	append(1);
	atomic_store(&r.answer,
	    "HTTP/1.1 409 Conflict\r\nContent-Type: text/x.tlog.size\r\n"
	    "Content-Length: 4\r\n\r\n999\n");
	for (int i = 0; i < 20; i++)
		(void)witness_ask_turn(home.service->witness_ask, 5);
	cr_assert_eq(open_alarms(), 1, "one for all of it");
	live_reopen(&home);
	turn_until(1);
	append(2);
	cr_assert_eq(cosigned(&trouble), 0);
	receiver_end(&r);
	live_close(&home);
}

Test(witness_ask, gives_up_on_no_witness_and_asks_ever_more_seldom)
{
	struct receiver r;
	char url[64];
	unsigned first;

	live_open(&home, NULL);
	receiver_begin(&r, "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
	receiver_url(&r, url);
	configure(url, &home);
	for (int i = 0; i < 50; i++)
		(void)witness_ask_turn(home.service->witness_ask, 10);
	first = atomic_load(&r.requests);
	cr_assert(first >= 2 && first <= 4, "%u in half a second", first);
	receiver_end(&r);
	live_close(&home);
}
