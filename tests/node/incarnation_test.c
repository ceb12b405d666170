/* incarnation_test.c - a store that was put back is told from a crash. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/incarnation.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "node/commit.h"
#include "tests/support/plant.h"

static struct plant p;
static char gas[] = "gas";
static char area[] = "tank-farm-2";

static void
setup(void)
{
	plant_begin(&p, "plant-a.acme.example");
}

static void
teardown(void)
{
	plant_end(&p);
}

TestSuite(incarnation, .init = setup, .fini = teardown);

/* One alarm, so that there is something signed; what it is answered. */
static enum err
raise(bool *provisional)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&a};
	struct submit_result *r;
	enum err e;

	a.has_level = true;
	a.level = 1;
	a.kind = gas;
	a.area = area;
	r = plant_alarms(&p, list, 1);
	e = r->error;
	*provisional = e == ERR_OK && r->items[0].provisional;
	submit_result_free(r);
	return e;
}

static bool
signs(void)
{
	bool provisional;

	cr_assert_eq(raise(&provisional), ERR_OK);
	return !provisional;
}

static void
reopen(void)
{
	struct err_why why = {.text = ""};

	cr_assert_eq(
	    site_open(&p.site, p.dir, &p.clock, &why), ERR_OK, "%s", why.text);
	cr_assert_eq(site_start(p.site, &why), ERR_OK, "%s", why.text);
}

static void
restart(void)
{
	site_close(p.site);
	reopen();
}

static void
file_path(char out[static TEMP_PATH_BYTES])
{
	temp_path(out, p.dir, "incarnation");
}

static char *
file_text(void)
{
	char path[TEMP_PATH_BYTES];
	char *text;

	file_path(path);
	text = temp_read(path, NULL);
	cr_assert_not_null(text);
	return text;
}

static void
put_file(const char *text)
{
	char path[TEMP_PATH_BYTES];

	file_path(path);
	temp_write(path, text, strlen(text));
}

static unsigned long long
number(const char *text)
{
	unsigned long long n = 0;

	cr_assert_eq(sscanf(strstr(text, "now "), "now %llu", &n), 1);
	return n;
}

/* The file as it would be with this number, and a next one unless 0. */
static void
rewrite(const char *text, unsigned long long now, unsigned long long next)
{
	const char *logs = strchr(strstr(text, "now "), '\n') + 1;
	char out[8192];

	(void)snprintf(out, sizeof out,
	    "lianfang-incarnation/1\nnow %llu 0\n%s", now, logs);
	if (next != 0)
		(void)snprintf(out + strlen(out), sizeof out - strlen(out),
		    "next %llu 0\n%s", next, logs);
	put_file(out);
}

Test(incarnation, counts_runs_that_sign_and_no_others)
{
	char *text, *again;

	cr_assert(signs());
	site_close(p.site);
	text = file_text();
	cr_assert_not_null(
	    strstr(text, "closed plant-a.acme.example/evidence/1"));
	reopen();
	cr_assert_eq(p.site->doubt, 0);
	site_close(p.site);
	again = file_text();
	cr_assert_str_eq(text, again, "nothing was signed");
	free(again);
	reopen();
	cr_assert(signs());
	again = file_text();
	cr_assert_eq(number(again), number(text) + 1);
	cr_assert_not_null(
	    strstr(again, "open plant-a.acme.example/evidence/1"));
	cr_assert_not_null(
	    strstr(again, "closed plant-a.acme.example/alliance/1"),
	    "nobody touched it");
	free(text);
	free(again);
}

Test(incarnation, takes_a_crash_at_any_step_for_what_it_is)
{
	unsigned long long n;
	char *text;

	cr_assert(signs());
	text = file_text();
	n = number(text);
	/* Before the row, and after it. */
	for (int i = 0; i < 2; i++) {
		site_close(p.site);
		rewrite(text, n - (unsigned)i, n + 1 - (unsigned)i);
		reopen();
		cr_assert_eq(p.site->doubt, 0, "step %d", i);
		cr_assert(signs());
		free(text);
		text = file_text();
		n = number(text);
	}
	free(text);
}

Test(incarnation, doubts_a_store_with_any_other_number)
{
	static const int others[][2] = {{1, 0}, {5, 0}, {-1, 0}, {1, 2}};
	unsigned long long n;
	char *text;

	cr_assert(signs());
	text = file_text();
	n = number(text);
	site_close(p.site);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		unsigned long long next = (unsigned long long)others[i][1];

		rewrite(text, n + (unsigned long long)others[i][0],
		    next > 0 ? n + next : 0);
		reopen();
		cr_assert_eq(p.site->doubt & COMMIT_EVIDENCE, COMMIT_EVIDENCE,
		    "case %zu", i);
		cr_assert_not(signs(), "case %zu", i);
		/* Nor does it forget. */
		restart();
		cr_assert_not(signs(), "case %zu", i);
		site_close(p.site);
	}
	reopen();
	free(text);
}

Test(incarnation, believes_a_clean_stop_that_names_what_is_held)
{
	char *text;

	cr_assert(signs());
	site_close(p.site);
	text = file_text();
	rewrite(text, number(text) + 3, 0);
	reopen();
	cr_assert_eq(p.site->doubt, 0, "it is exactly what was left");
	cr_assert(signs());
	site_close(p.site);
	/* The same number, and less than was left. */
	put_file(text);
	reopen();
	cr_assert_eq(p.site->doubt & COMMIT_EVIDENCE, COMMIT_EVIDENCE);
	cr_assert_not(signs());
	free(text);
}

Test(incarnation, doubts_a_store_whose_file_is_gone)
{
	char path[TEMP_PATH_BYTES];

	cr_assert(signs());
	site_close(p.site);
	file_path(path);
	cr_assert_eq(unlink(path), 0);
	reopen();
	cr_assert_eq(p.site->doubt, SITE_BOTH);
	cr_assert_not(signs());
}

Test(incarnation, remembers_that_members_proved_more)
{
	struct err_why why;

	cr_assert(signs());
	cr_assert_eq(incarnation_lost(p.site, COMMIT_EVIDENCE, &why), ERR_OK);
	/* What a kill leaves: nothing is closed. */
	char *text = file_text();
	site_close(p.site);
	put_file(text);
	free(text);
	reopen();
	cr_assert_eq(p.site->doubt, COMMIT_EVIDENCE);
	cr_assert_not(signs());
}

Test(incarnation, says_what_is_wrong_with_a_damaged_file)
{
	static const char *const bad[] = {"", "x\n", "lianfang-incarnation/1\n",
	    "lianfang-incarnation/1\nnow 1\nopen a\nopen b\n",
	    "lianfang-incarnation/1\nnow 1 1\nshut a\nopen b\n",
	    "lianfang-incarnation/1\nnow 1 1\nclosed a 5\nopen b\n",
	    "lianfang-incarnation/1\nnow 1 1\nopen a\nopen b\nnext 2 1\n"};
	struct err_why why;

	site_close(p.site);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		put_file(bad[i]);
		cr_assert_eq(site_open(&p.site, p.dir, &p.clock, &why),
		    ERR_MALFORMED, "case %zu", i);
		cr_assert_not_null(strstr(why.text, "incarnation: damaged"));
	}
	put_file("lianfang-incarnation/1\nnow 0 0\nopen a\nopen b\n");
	reopen();
}

Test(incarnation, retires_the_witness_key_with_the_replicas)
{
	struct err_why why;
	char path[TEMP_PATH_BYTES];
	struct note_vkey before, after;

	cr_assert_eq(site_vkey(p.site, "witness", &before, &why), ERR_OK);
	cr_assert_eq(incarnation_replica(p.site, &why), ERR_OK, "%s", why.text);
	restart();
	cr_assert_eq(incarnation_replica(p.site, &why), ERR_OK);
	cr_assert_not(p.site->witness_retired);
	site_close(p.site);
	temp_path(path, p.dir, "replica");
	temp_remove(path);
	temp_path(path, p.dir, "replica-keys");
	temp_remove(path);
	reopen();
	cr_assert_eq(p.site->doubt, 0, "the own logs are whole");
	cr_assert_eq(incarnation_replica(p.site, &why), ERR_OK, "%s", why.text);
	cr_assert(p.site->witness_retired);
	temp_path(path, p.dir, "keys/witness.key");
	cr_assert_neq(access(path, F_OK), 0);
	/* As if it had been stopped before the secret was gone. */
	temp_write(path, "secret", 6);
	restart();
	cr_assert(p.site->witness_retired);
	cr_assert_eq(incarnation_replica(p.site, &why), ERR_OK);
	cr_assert_neq(access(path, F_OK), 0);
	cr_assert_eq(site_vkey(p.site, "witness", &after, &why), ERR_OK);
	cr_assert_eq(memcmp(before.pub, after.pub, CRYPTO_PUB_BYTES), 0);
}

static void
begin_both(void *arg)
{
	_Atomic bool *done = arg;

	/* As when a generation was opened before the members were heard. */
	cr_assert_eq(site_begin(p.site, COMMIT_EVIDENCE, NULL), ERR_OK);
	cr_assert_eq(site_begin(p.site, COMMIT_ALLIANCE, NULL), ERR_OK);
	atomic_store(done, true);
}

Test(incarnation, does_not_doubt_a_log_that_began_before_the_other)
{
	const struct timespec ms = {0, 1000000};
	_Atomic bool done = false;
	char *text;

	p.site->asks = true;
	commit_between(p.site->commit, begin_both, &done);
	for (int i = 0; i < 20000 && !atomic_load(&done); i++)
		(void)nanosleep(&ms, NULL);
	text = file_text();
	cr_assert_not_null(
	    strstr(text, "open plant-a.acme.example/evidence/1"), "%s", text);
	free(text);
}

/* The whole directory put back, and then a newer own/ into it. */
Test(incarnation, retires_the_witness_key_when_own_is_newer_than_the_file)
{
	struct err_why why;
	char *text;

	cr_assert(signs());
	text = file_text();
	site_close(p.site);
	rewrite(text, number(text) - 1, 0);
	free(text);
	reopen();
	cr_assert_eq(p.site->doubt & COMMIT_EVIDENCE, COMMIT_EVIDENCE);
	cr_assert_eq(incarnation_replica(p.site, &why), ERR_OK, "%s", why.text);
	cr_assert(p.site->witness_retired);
}
