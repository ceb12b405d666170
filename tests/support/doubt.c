/* doubt.c - a plant whose logs may not be signed, and the end of that. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/doubt.h"

#include <criterion/criterion.h>
#include <pthread.h>

#include "node/commit.h"
#include "node/spool.h"

void
doubt_open(struct plant *p)
{
	struct err_why why = {.text = ""};

	cr_assert_eq(site_open(&p->site, p->dir, &p->clock, &why), ERR_OK, "%s",
	    why.text);
	cr_assert_eq(site_start(p->site, &why), ERR_OK);
}

void
doubt_begin(struct plant *p)
{
	char path[TEMP_PATH_BYTES];
	static const char text[] = "lianfang-incarnation/1\nnow 77 0\n"
	                           "open plant-a.acme.example/evidence/1\n"
	                           "open plant-a.acme.example/alliance/1\n";

	site_close(p->site);
	temp_path(path, p->dir, "incarnation");
	temp_write(path, text, strlen(text));
	doubt_open(p);
	cr_assert_eq(p->site->doubt, SITE_BOTH);
}

struct end {
	struct plant *p;
	void (*first)(struct plant *p);
	pthread_mutex_t lock;
	pthread_cond_t ready;
	bool done;
};

static void
end_task(void *arg)
{
	struct err_why why = {.text = ""};
	struct end *end = arg;

	cr_assert_eq(
	    site_begin(end->p->site, SITE_BOTH, &why), ERR_OK, "%s", why.text);
	if (end->first != NULL)
		end->first(end->p);
	cr_assert_eq(spool_drain(end->p->site, &why), ERR_OK, "%s", why.text);
	(void)pthread_mutex_lock(&end->lock);
	end->done = true;
	(void)pthread_cond_signal(&end->ready);
	(void)pthread_mutex_unlock(&end->lock);
}

void
doubt_end(struct plant *p, void (*first)(struct plant *p))
{
	struct end end = {p, first, PTHREAD_MUTEX_INITIALIZER,
	    PTHREAD_COND_INITIALIZER, false};

	commit_between(p->site->commit, end_task, &end);
	(void)pthread_mutex_lock(&end.lock);
	while (!end.done)
		(void)pthread_cond_wait(&end.ready, &end.lock);
	(void)pthread_mutex_unlock(&end.lock);
}

struct submit_receipt
doubt_raise(struct plant *p, uint64_t seq, uint32_t level)
{
	char gas[] = "gas", area[] = "tank-farm-2", source[] = "gds-01";
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Alarm *list[] = {&a};
	struct submit_result *r;
	struct submit_receipt out;

	a.source = source;
	a.has_source_seq = seq != 0;
	a.source_seq = seq;
	a.has_level = true;
	a.level = level;
	a.kind = gas;
	a.area = area;
	a.has_occurred_at = true;
	a.occurred_at = PLANT_START;
	r = plant_alarms(p, list, 1);
	out = r->items[0];
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
	return out;
}
