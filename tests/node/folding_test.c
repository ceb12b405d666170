/* folding_test.c - while tables are folded alarms are taken. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/folding.h"

#include "node/heads.h"
#include "node/query.h"
#include "node/site.h"
#include "node/spool.h"
#include "tests/support/live.h"

#include <criterion/criterion.h>
#include <time.h>

#define ALARM(seq)                                                      \
	"{\"source\":\"gds-01\",\"sourceSeq\":\"" seq "\",\"level\":1," \
	"\"kind\":\"gas\",\"area\":\"tank-farm-2\",\"title\":\"LEL\","  \
	"\"occurredAt\":\"2026-11-22T02:50:00Z\"}"

static struct live l;
static struct err_why why;

static unsigned
ask(const char *method, const char *target, const char *body, const char *part)
{
	struct ops_call call;
	unsigned status;

	live_call(&l, LIVE_LOCAL, method, target, body, &call);
	status = call.status;
	cr_expect_not_null(strstr(buf_cstr(&call.out), part), "%s %s: %s",
	    method, target, buf_cstr(&call.out));
	ops_call_clear(&call);
	return status;
}

/* As an older version left it, whose rows this one cannot read. */
static void
make_old(void)
{
	struct site *s = l.service->site;
	struct store_txn *txn;

	cr_assert_eq(store_write(s->own.store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    store_del(txn, s->own.tables.folded, bytes_str("version"), NULL),
	    ERR_OK);
	cr_assert_eq(store_drop(txn, s->own.tables.record, NULL), ERR_OK);
	cr_assert_eq(store_drop(txn, s->own.tables.source, NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	service_close(l.service);
	cr_assert_eq(service_open_early(&l.service, l.dir, &why), ERR_OK, "%s",
	    why.text);
}

/* What the daemon does when the thread is through. */
static void
go_on(void)
{
	const struct timespec nap = {.tv_nsec = 10000000};

	cr_assert(heads_prepare(l.service->heads));
	atomic_store(&l.service->site->folding, false);
	for (int i = 0; i < 1000; i++) {
		heads_tick(l.service->heads);
		if (atomic_load(&l.service->site->unsure) == 0 &&
		    spool_count(l.service->site) == 0)
			return;
		(void)nanosleep(&nap, NULL);
	}
	cr_assert_fail("what was kept is not entered");
}

Test(folding, keeps_alarms_meanwhile_and_enters_each_once_afterwards)
{
	struct folding *f = NULL;

	live_open(&l, NULL);
	cr_expect_eq(ask("POST", "/v1/alarms", ALARM("1"), "APPLIED"), 201u);
	make_old();
	l.service->site->asks = true; /* as folding_start does */
	cr_assert(atomic_load(&l.service->site->folding));
	cr_expect_eq(
	    ask("POST", "/v1/alarms", ALARM("2"), "\"provisional\":true"),
	    202u);
	cr_expect_eq(ask("POST", "/v1/alarms", ALARM("2"), "duplicate"), 202u);
	/* It is in the log already, which nobody can tell now. */
	cr_expect_eq(
	    ask("POST", "/v1/alarms", ALARM("1"), "provisional"), 202u);
	cr_expect_eq(ask("GET", "/v1/alarms", NULL, "\"folding\""), 503u);
	cr_expect_eq(
	    ask("GET", "/v1/decisions?work=hot-work", NULL, "folding"), 503u);
	cr_expect_eq(
	    ask("GET", "/readyz", NULL, "tables are folded anew"), 503u);
	cr_expect_eq(ask("GET", "/healthz", NULL, "ok"), 200u);
	cr_expect_eq(
	    ask("GET", "/v1/status", NULL, "tables are folded anew"), 200u);
	cr_expect_eq(ask("GET", "/v1/spool", NULL, "\"kept\":\"2\""), 200u);

	cr_assert_eq(folding_start(&f, l.service, &why), ERR_OK);
	cr_assert_eq(folding_end(f, &why), ERR_OK, "%s", why.text);
	go_on();
	cr_expect_eq(ask("GET", "/v1/sources", NULL,
	                 "\"received\":\"2\",\"missing\":\"0\""),
	    200u);
	cr_expect_eq(ask("POST", "/v1/alarms", ALARM("2"), "duplicate"), 201u);
	cr_expect_eq(ask("POST", "/v1/alarms", ALARM("3"), "APPLIED"), 201u);
	cr_expect_eq(ask("GET", "/readyz", NULL, "ok"), 200u);
	live_close(&l);
}

Test(folding, is_nothing_to_a_node_of_this_version)
{
	live_open(&l, NULL);
	service_close(l.service);
	cr_assert_eq(service_open_early(&l.service, l.dir, &why), ERR_OK);
	cr_expect_not(atomic_load(&l.service->site->folding));
	cr_expect_eq(ask("POST", "/v1/alarms", ALARM("1"), "APPLIED"), 201u);
	live_close(&l);
}
