/* outbox.c - notices to those outside: sent until there is a receipt. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "node/journal.h"
#include "node/lane.h"
#include "node/outbox_held.h"
#include "node/outbox_look.h"
#include "node/outbox_note.h"
#include "node/submit_delivery.h"
#include "proto/mem.h"

#define LOOK_MS 250 /* between two looks at the tables, at least */
#define LOOK_PART 20 /* ... and so many times as long as one takes */
#define REFUSED_MAX_US (INT64_C(30) * 1000000)
#define UNREADABLE_US (INT64_C(500) * 1000) /* counts as one look */
#define NO_TARGET "no such target in node.yaml"

static const struct submit_who node = {.subject = "node", .role = "node"};

static int64_t
boot_now(const struct outbox *o)
{
	return clock_boot_us(o->site->clock);
}

static uint32_t
chance(void)
{
	uint32_t n;

	crypto_random(&n, sizeof n);
	return n;
}

/* ---- from an answer to an entry ---- */

static void
entered(void *arg, struct submit_result *r)
{
	struct outbox_slot *s = arg;
	int step = OUTBOX_ANSWERED; /* no room, a full queue: once more */

	if (r->error == ERR_OK)
		step = OUTBOX_ENTERED;
	else if (r->rule != NULL && r->error != ERR_TIMEOUT)
		step = OUTBOX_REFUSED;
	submit_result_free(r);
	atomic_store(&s->step, step);
}

static void
enter(struct outbox_slot *s)
{
	const struct submit_to to = {
	    .site = s->of->site, .who = &node, .done = entered, .arg = s};
	Record__Delivery m = RECORD__DELIVERY__INIT;
	char about[TEXT_UUID_CHARS + 1];
	char kind[32];
	char *kinds[] = {kind};

	text_uuid_put(about, s->due.about);
	(void)snprintf(kind, sizeof kind, "%s",
	    notice_kind(s->due.row.kind) != NULL
	        ? notice_kind(s->due.row.kind)->name
	        : "");
	m.has_action = true;
	m.action = s->action;
	m.target = s->due.target;
	m.kinds = kinds;
	m.n_kinds = 1;
	m.about_id = about;
	m.has_about_seq = true;
	m.about_seq = s->due.about_seq;
	if (s->target != OUTBOX_NONE)
		m.endpoint = s->of->target[s->target].where.endpoint;
	m.has_attempts = true;
	m.attempts = s->attempts;
	m.has_status = s->answer.status > 0;
	m.status = (uint32_t)s->answer.status;
	if (s->answer.error[0] != '\0')
		m.error = s->answer.error;
	m.has_sent_at = m.has_answer = m.has_document = s->posted;
	m.sent_at = s->sent_us;
	m.answer = (ProtobufCBinaryData){HASH_BYTES, s->answer.body.b};
	m.document = (ProtobufCBinaryData){HASH_BYTES, s->document.b};
	atomic_store(&s->step, OUTBOX_ENTERING);
	submit_delivery(&to, &m);
}

static void
forget(struct outbox_slot *s)
{
	outbox_tried_drop(s->of, s->due.row.place, s->due.row.target);
	outbox_held_drop(s->of, &s->due.row,
	    s->action == RECORD__DELIVERY__ACTION__GIVEN_UP);
	s->of->stats.delivered +=
	    s->action == RECORD__DELIVERY__ACTION__DELIVERED;
}

/* The ledger does not take what became of it, and it is still due: somebody
 * else's record has its id.  That is no reason to ring without end. */
static void
put_off(struct outbox_slot *s)
{
	struct outbox_tried *t =
	    outbox_tried_get(s->of, s->due.row.place, s->due.row.target);

	t->attempts++;
	t->next_us = boot_now(s->of) + NOTICE_BACKOFF_MAX_US;
	(void)snprintf(t->error, sizeof t->error,
	    "answered, and the ledger does not take the receipt");
	journal_error("OUTBOX-REFUSED", "target=%s", s->due.target);
}

/* What the committer has taken is forgotten; what it has not, offered again.
 * True: there is room for another notice. */
static bool
settle(struct outbox *o)
{
	bool freed = false;

	for (size_t i = 0; i < OUTBOX_SLOTS; i++) {
		struct outbox_slot *s = &o->slot[i];

		if (atomic_load(&s->step) == OUTBOX_ANSWERED)
			enter(s);
		const int step = atomic_load(&s->step);
		if (step != OUTBOX_ENTERED && step != OUTBOX_REFUSED)
			continue;
		(void)pthread_mutex_lock(&o->lock);
		if (step == OUTBOX_ENTERED)
			forget(s);
		else
			put_off(s);
		(void)pthread_mutex_unlock(&o->lock);
		atomic_store(&s->step, OUTBOX_FREE);
		freed |= step == OUTBOX_ENTERED;
	}
	return freed;
}

/* ---- from a notice to an answer ---- */

static void
target_fails(
    struct outbox_target *t, const struct webhook_answer *a, int64_t now_us)
{
	int64_t wait = notice_backoff_us(++t->failures, chance());

	if (wait < a->retry_s * 1000000)
		wait = a->retry_s * 1000000;
	t->next_us = now_us + wait;
	if (t->failures == 1)
		journal_warn("OUTBOX-FAILING", "target=%s status=%ld %s",
		    t->conf->name, a->status, a->error);
}

/* One that refuses whatever comes is not asked without a pause. */
static void
target_refuses(struct outbox_target *t, int64_t now_us)
{
	int64_t wait;

	if (++t->refused <= OUTBOX_FLIGHTS)
		return;
	wait = notice_backoff_us(t->refused - OUTBOX_FLIGHTS, chance());
	t->next_us = now_us + (wait < REFUSED_MAX_US ? wait : REFUSED_MAX_US);
}

static void
target_answers(struct outbox_target *t)
{
	if (t->failures > 0)
		journal_info("OUTBOX-ANSWERS", "target=%s after=%u",
		    t->conf->name, (unsigned)t->failures);
	t->failures = 0;
	t->next_us = 0;
}

/* Not taken; true: and not to be tried any more. */
static bool
failed(struct outbox_slot *s, enum notice_answer said)
{
	struct outbox *o = s->of;
	const int64_t now_us = boot_now(o);
	const bool refused = said == NOTICE_REFUSED;
	struct outbox_tried *t;
	bool over;

	(void)pthread_mutex_lock(&o->lock);
	o->stats.failures++;
	t = outbox_tried_get(o, s->due.row.place, s->due.row.target);
	t->attempts++;
	t->refusals += refused;
	t->status = s->answer.status;
	memcpy(t->error, s->answer.error, sizeof t->error);
	t->next_us = now_us +
	    notice_backoff_us(refused ? t->refusals : t->attempts, chance());
	s->attempts = t->attempts;
	over = refused && t->refusals >= o->node->outbox_refusals;
	(void)pthread_mutex_unlock(&o->lock);
	return over;
}

static void
answered(void *arg, const struct webhook_answer *a)
{
	struct outbox_slot *s = arg;
	struct outbox_target *t = &s->of->target[s->target];
	const enum notice_answer said = notice_answer(a->status);

	s->answer = *a;
	if (said == NOTICE_LATER)
		target_fails(t, a, boot_now(s->of));
	else
		target_answers(t);
	if (said == NOTICE_REFUSED)
		target_refuses(t, boot_now(s->of));
	if (said == NOTICE_TAKEN) {
		t->refused = 0;
		s->attempts++;
		s->action = RECORD__DELIVERY__ACTION__DELIVERED;
	} else if (failed(s, said)) {
		s->action = RECORD__DELIVERY__ACTION__GIVEN_UP;
		journal_error("OUTBOX-GIVEN-UP",
		    "target=%s status=%ld attempts=%u", t->conf->name,
		    a->status, (unsigned)s->attempts);
	} else {
		atomic_store(&s->step, OUTBOX_FREE);
		return;
	}
	atomic_store(&s->step, OUTBOX_ANSWERED);
}

static enum err
post(struct outbox_slot *s, struct err_why *why)
{
	struct outbox *o = s->of;
	struct outbox_target *t = &o->target[s->target];
	char id[TEXT_UUID_CHARS + 1];
	struct buf body;
	enum err e;

	/* Its files may be there by now. */
	if (!t->ready) {
		e = outbox_prepare(t, why);
		if (e != ERR_OK)
			return e;
	}
	text_uuid_put(id, s->due.id);
	buf_init(&body, OUTBOX_BODY_MAX);
	e = outbox_note(o->site, &s->due, t->conf->personal, &body, why);
	if (e == ERR_OK) {
		digest_sha256(&s->document, buf_view(&body));
		s->sent_us = site_now(o->site);
		e = webhook_put(o->hook,
		    &(struct webhook_post){.url = t->conf->url,
		        .ca_file = t->ca_file[0] != '\0' ? t->ca_file : NULL,
		        .sign = &t->sign,
		        .id = id,
		        .body = buf_view(&body),
		        .seconds = s->sent_us / 1000000,
		        .timeout_ms = (long)t->conf->timeout_seconds * 1000,
		        .done = answered,
		        .arg = s},
		    why);
	}
	buf_clear(&body);
	return e;
}

static void
begin(struct outbox *o, const struct outbox_due *due)
{
	struct err_why why = {.text = ""};
	struct outbox_slot *s = NULL;
	const struct outbox_tried *t;

	for (size_t i = 0; i < OUTBOX_SLOTS && s == NULL; i++) {
		if (atomic_load(&o->slot[i].step) == OUTBOX_FREE)
			s = &o->slot[i];
	}
	if (s == NULL)
		return;
	t = outbox_tried_find(o, due->row.place, due->row.target);
	s->of = o;
	s->due = *due;
	s->target = outbox_look_target(o, due->row.target);
	s->attempts = t != NULL ? t->attempts : 0;
	s->posted = s->target != OUTBOX_NONE;
	s->answer = (struct webhook_answer){.status = 0};
	if (!s->posted) {
		/* Nobody can be told; that has to be seen. */
		(void)snprintf(
		    s->answer.error, sizeof s->answer.error, NO_TARGET);
		s->action = RECORD__DELIVERY__ACTION__GIVEN_UP;
		atomic_store(&s->step, OUTBOX_ANSWERED);
		journal_error(
		    "OUTBOX-GIVEN-UP", "target=%s: " NO_TARGET, due->target);
		return;
	}
	if (post(s, &why) == ERR_OK) {
		atomic_store(&s->step, OUTBOX_FLYING);
		return;
	}
	(void)snprintf(s->answer.error, sizeof s->answer.error, "%.*s",
	    (int)sizeof s->answer.error - 1, why.text);
	target_fails(&o->target[s->target], &s->answer, boot_now(o));
	(void)failed(s, NOTICE_LATER);
}

/* ---- looking ---- */

static void
hurry(struct outbox *o)
{
	(void)pthread_mutex_lock(&o->lock);
	for (size_t i = 0; i < OUTBOX_TRIED; i++)
		o->tried[i].next_us = 0;
	(void)pthread_mutex_unlock(&o->lock);
	for (size_t i = 0; i < o->targets; i++)
		o->target[i].next_us = 0;
	o->held_known = false;
}

static void
look(struct outbox *o)
{
	struct outbox_due due[OUTBOX_SLOTS];
	struct err_why why = {.text = ""};
	const int64_t begun_us = boot_now(o);
	size_t len = 0;
	enum err e;

	if (atomic_exchange(&o->hurry, false))
		hurry(o);
	e = outbox_look(o, begun_us, due, OUTBOX_SLOTS, &len, &why);
	if (e != ERR_OK)
		journal_warn("OUTBOX", "cannot read: %s", why.text);
	for (size_t i = 0; i < len; i++)
		begin(o, &due[i]);
	outbox_alarm_look(o);
	o->looked_us = e == ERR_OK ? boot_now(o) - begun_us : UNREADABLE_US;
}

unsigned
outbox_turn(struct outbox *o, int wait_ms)
{
	const struct site *s = o->site;
	/* Tables that lack what is being fetched would send it again. */
	const bool sure = !atomic_load(&s->folding) &&
	    (atomic_load(&s->unsure) == 0 || (!s->asks && s->doubt == 0));

	if (o->hook == NULL && webhook_open(&o->hook, NULL) != ERR_OK)
		return 0;
	(void)settle(o);
	if (sure) {
		outbox_serve(o);
		look(o);
	}
	(void)settle(o);
	return webhook_run(o->hook, wait_ms);
}

static void *
outbox_main(void *arg)
{
	struct outbox *o = arg;
	int64_t next_us = 0;

	while (!atomic_load(&o->ending)) {
		const int64_t now_us = boot_now(o);
		int64_t wait_us = LOOK_MS * 1000;

		if (now_us >= next_us) {
			(void)outbox_turn(o, 0);
			if (wait_us < o->looked_us * LOOK_PART)
				wait_us = o->looked_us * LOOK_PART;
			next_us = now_us + wait_us;
		}
		wait_us = next_us - boot_now(o);
		(void)webhook_run(
		    o->hook, wait_us > 0 ? (int)(wait_us / 1000) + 1 : 0);
		/* More may wait for the place of what was entered. */
		if (settle(o))
			next_us = boot_now(o) + o->looked_us;
	}
	/* Answers that came are entered before the store closes. */
	(void)settle(o);
	return NULL;
}

/* ---- start and end ---- */

struct outbox *
outbox_new(struct site *s, const Config__Node *conf)
{
	struct outbox *o = mem_alloc(1, sizeof *o);

	o->site = s;
	o->node = conf;
	o->targets = conf->n_targets;
	o->tried = mem_alloc(OUTBOX_TRIED, sizeof *o->tried);
	(void)pthread_mutex_init(&o->lock, NULL);
	for (size_t i = 0; i < o->targets; i++) {
		o->target[i].of = o;
		o->target[i].conf = conf->targets[i];
		o->target[i].name = fold_hash(
		    &s->index_mac, FOLD_TARGET, conf->targets[i]->name);
	}
	o->target[o->targets].of = o;
	return o;
}

/* A file of the configuration, relative to the node's directory. */
static void
path_of(char *out, size_t cap, const struct outbox *o, const char *name)
{
	(void)snprintf(out, cap, "%s%s%s", name[0] == '/' ? "" : o->site->dir,
	    name[0] == '/' ? "" : "/", name);
}

enum err
outbox_prepare(struct outbox_target *t, struct err_why *why)
{
	char path[SITE_PATH_MAX + 512];
	enum err e = webhook_where(&t->where, t->conf->url, why);

	path_of(path, sizeof path, t->of, t->conf->secret_file);
	if (e == ERR_OK)
		e = webhook_sign_load(&t->sign, path, why);
	if (e == ERR_OK && t->conf->ca_file != NULL) {
		path_of(t->ca_file, sizeof t->ca_file, t->of, t->conf->ca_file);
		if (access(t->ca_file, R_OK) != 0)
			e = err_fail(why, ERR_NOT_FOUND,
			    "ca_file %.200s cannot be read", t->ca_file);
	}
	t->ready = e == ERR_OK;
	return e == ERR_OK ? e : err_wrap(why, e, "target %s", t->conf->name);
}

/* Is there anything to do, now or ever? */
static bool
idle(const struct outbox *o)
{
	struct store_row row;
	struct fold f;
	bool empty = true;

	if (o->targets > 0 || outbox_look_open(o->site, &f, NULL) != ERR_OK)
		return false;
	const struct store_table t[] = {f.t->target, f.t->notice};
	for (size_t i = 0; i < 2 && empty; i++) {
		struct store_cursor *c = NULL;

		empty = store_cursor(f.txn, t[i], &c, NULL) == ERR_OK &&
		    store_seek(c, bytes_of("", 0), &row) == ERR_NOT_FOUND;
		store_cursor_close(c);
	}
	store_abort(f.txn);
	return empty;
}

enum err
outbox_start(struct outbox *o, struct err_why *why)
{
	struct err_why one = {.text = ""};
	enum err e;

	/* Alarms are recorded also when nobody outside can be told. */
	for (size_t i = 0; i < o->targets; i++)
		if (outbox_prepare(&o->target[i], &one) != ERR_OK)
			journal_error("OUTBOX-TARGET", "%s", one.text);
	if (idle(o))
		return ERR_OK;
	e = o->hook == NULL ? webhook_open(&o->hook, why) : ERR_OK;
	if (e == ERR_OK)
		e = lane_start(&o->tests, 1, 0, why);
	if (e != ERR_OK)
		return e;
	if (pthread_create(&o->thread, NULL, outbox_main, o) != 0)
		return err_fail(why, ERR_IO, "cannot start a thread");
	o->threaded = true;
	return ERR_OK;
}

void
outbox_stop(struct outbox *o)
{
	if (o == NULL)
		return;
	atomic_store(&o->ending, true);
	if (o->hook != NULL)
		webhook_wake(o->hook);
	if (o->threaded)
		(void)pthread_join(o->thread, NULL);
	o->threaded = false;
	webhook_close(o->hook);
	o->hook = NULL;
	lane_stop(o->tests);
	o->tests = NULL;
}

void
outbox_free(struct outbox *o)
{
	if (o == NULL)
		return;
	outbox_held_free(o);
	for (size_t i = 0; i < o->targets; i++)
		webhook_sign_wipe(&o->target[i].sign);
	(void)pthread_mutex_destroy(&o->lock);
	free(o->tried);
	free(o);
}
