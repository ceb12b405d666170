/* outbox_ask.c - what others want of the outbox: figures, tests, haste. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/outbox_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/lane.h"
#include "node/outbox_note.h"
#include "proto/mem.h"

#define TESTS_MAX 8 /* waiting at a time */
#define TURN_MS 50

void
outbox_stats(struct outbox *o, struct outbox_stats *out)
{
	(void)pthread_mutex_lock(&o->lock);
	*out = o->stats;
	(void)pthread_mutex_unlock(&o->lock);
}

Config__Outbox *
outbox_status(struct outbox *o)
{
	Config__Outbox *m;
	struct outbox_stats n;

	outbox_stats(o, &n);
	if (o->targets == 0 && n.pending + n.given_up == 0)
		return NULL;
	m = mem_alloc(1, sizeof *m);
	config__outbox__init(m);
	m->targets = mem_alloc(o->targets + 1, sizeof *m->targets);
	m->failing = mem_alloc(o->targets + 1, sizeof *m->failing);
	(void)pthread_mutex_lock(&o->lock);
	for (size_t i = 0; i < o->targets; i++) {
		const struct outbox_target *t = &o->target[i];

		m->targets[m->n_targets++] = mem_strdup(t->conf->name);
		if (t->failing)
			m->failing[m->n_failing++] = mem_strdup(t->conf->name);
	}
	m->has_pending = m->has_given_up = true;
	m->pending = o->stats.pending;
	m->given_up = o->stats.given_up;
	m->has_oldest_at = o->stats.oldest_us != 0;
	m->oldest_at = o->stats.oldest_us;
	(void)pthread_mutex_unlock(&o->lock);
	return m;
}

void
outbox_tries(
    struct outbox *o, uint64_t place, uint64_t target, struct outbox_tries *out)
{
	const struct outbox_tried *t;

	*out = (struct outbox_tries){.attempts = 0};
	(void)pthread_mutex_lock(&o->lock);
	t = outbox_tried_find(o, place, target);
	if (t != NULL) {
		out->attempts = t->attempts;
		out->status = t->status;
		memcpy(out->error, t->error, sizeof out->error);
	}
	(void)pthread_mutex_unlock(&o->lock);
}

void
outbox_hurry(struct outbox *o)
{
	atomic_store(&o->hurry, true);
}

/* ---- tests ---- */

struct test {
	struct lane_job job;
	struct outbox *of;
	struct outbox_target target; /* a copy: the outbox may read its files */
	outbox_tested done;
	void *arg;
	struct webhook_answer answer;
};

static void
keep(void *arg, const struct webhook_answer *a)
{
	struct test *t = arg;

	t->answer = *a;
}

static enum err
send_test(struct test *t, struct webhook *w, struct err_why *why)
{
	const struct outbox_target *to = &t->target;
	const int64_t now_us = site_now(t->of->site);
	uint8_t raw[16];
	char id[TEXT_UUID_CHARS + 1];
	struct buf body;
	enum err e;

	crypto_uuid7(raw, now_us);
	text_uuid_put(id, raw);
	buf_init(&body, OUTBOX_BODY_MAX);
	outbox_note_test(t->of->site, to->conf->name, id, &body);
	e = webhook_put(w,
	    &(struct webhook_post){.url = to->conf->url,
	        .ca_file = to->ca_file[0] != '\0' ? to->ca_file : NULL,
	        .sign = &to->sign,
	        .id = id,
	        .body = buf_view(&body),
	        .seconds = now_us / 1000000,
	        .timeout_ms = (long)to->conf->timeout_seconds * 1000,
	        .done = keep,
	        .arg = t},
	    why);
	buf_clear(&body);
	return e;
}

static void
run_test(void *arg)
{
	struct test *t = arg;
	struct err_why why = {.text = "stopping"};
	struct webhook *w = NULL;
	enum err e = outbox_prepare(&t->target, &why);

	if (e == ERR_OK)
		e = webhook_open(&w, &why);
	(void)snprintf(t->answer.error, sizeof t->answer.error, "stopping");
	if (e == ERR_OK)
		e = send_test(t, w, &why);
	while (e == ERR_OK && !atomic_load(&t->of->ending) &&
	    webhook_run(w, TURN_MS) > 0)
		;
	webhook_close(w);
	webhook_sign_wipe(&t->target.sign);
	if (e != ERR_OK)
		(void)snprintf(t->answer.error, sizeof t->answer.error, "%.*s",
		    (int)sizeof t->answer.error - 1, why.text);
	atomic_fetch_sub(&t->of->testing, 1);
	t->done(t->arg, &t->answer);
	free(t);
}

enum err
outbox_test(struct outbox *o, const char *target, outbox_tested done, void *arg,
    struct err_why *why)
{
	struct outbox_target *to = NULL;
	struct test *t;

	for (size_t i = 0; i < o->targets && to == NULL; i++)
		if (strcmp(o->target[i].conf->name, target) == 0)
			to = &o->target[i];
	if (to == NULL)
		return err_fail(why, ERR_NOT_FOUND,
		    "node.yaml has no target %.64s (a new one needs a restart)",
		    target);
	if (atomic_fetch_add(&o->testing, 1) >= TESTS_MAX) {
		atomic_fetch_sub(&o->testing, 1);
		return err_fail(
		    why, ERR_BUSY, "%d tests are under way", TESTS_MAX);
	}
	t = mem_alloc(1, sizeof *t);
	t->of = o;
	t->target.of = o;
	t->target.conf = to->conf;
	t->done = done;
	t->arg = arg;
	t->job = (struct lane_job){.run = run_test, .arg = t};
	if (o->tests != NULL)
		lane_put(o->tests, &t->job);
	else
		run_test(t);
	return ERR_OK;
}
