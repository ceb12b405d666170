/* witness_ask.c - asking witnesses outside the alliance for cosignatures. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/witness_ask.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/log_read.h"
#include "node/journal.h"
#include "node/own_alarm.h"
#include "node/site_logs.h"
#include "node/submit.h"
#include "node/webhook.h"
#include "proto/mem.h"
#include "proto/text.h"

#define SECOND_US INT64_C(1000000)
#define AGAIN_US (600 * SECOND_US) /* a newer time for the same tree */
#define PAUSE_MAX 8 /* doublings of a second after failures */
#define TRIES 3 /* from sizes that it names, without a pause */
#define AHEAD_S 300
#define TIMEOUT_MS 10000
#define TURN_MS 200
#define LEVEL 3
#define TITLE "a witness does not cosign / 外部见证未联署"

/* One of node.yaml.  Of the thread. */
struct outside {
	struct note_vkey key;
	char source[96];
	struct own_alarm alarm;
	bool found; /* whether one stands open since before the start */
};

/* One log at one witness.  Of the thread; what is shown, under the lock. */
struct asking {
	struct witness_ask *of;
	size_t witness;
	enum site_kind kind;
	char origin[NOTE_NAME_MAX + 1]; /* the generation it is about */
	uint64_t known; /* what the witness acknowledged */
	uint64_t asked;
	struct buf text; /* of the checkpoint that was sent */
	bool flying;
	unsigned tries;
	unsigned failures;
	int64_t next_us, again_us;
	uint64_t cosigned;
	int64_t good_us, bad_us; /* wall: the last success, first failure */
	char trouble[ERR_WHY_BYTES];
};

struct witness_ask {
	struct site *site;
	const Config__Node *conf;
	struct outside *outside; /* by witness */
	struct asking *ask;
	size_t len;
	struct webhook *hook;
	pthread_t thread;
	bool threaded;
	atomic_bool ending;
	pthread_mutex_t lock;
};

struct witness_ask *
witness_ask_new(struct site *s, const Config__Node *conf)
{
	struct witness_ask *a = mem_alloc(1, sizeof *a);
	const size_t n = conf->n_witnesses;

	a->site = s;
	a->conf = conf;
	a->len = n * SITE_LOGS;
	a->outside = mem_alloc(n + 1, sizeof a->outside[0]);
	a->ask = mem_alloc(a->len + 1, sizeof a->ask[0]);
	(void)pthread_mutex_init(&a->lock, NULL);
	for (size_t i = 0; i < a->len; i++) {
		struct asking *q = &a->ask[i];

		q->of = a;
		q->witness = i / SITE_LOGS;
		q->kind = (enum site_kind)(i % SITE_LOGS);
		buf_init(&q->text, NOTE_BYTES_MAX);
	}
	for (size_t i = 0; i < n; i++) {
		struct outside *o = &a->outside[i];

		/* Checked with the configuration. */
		if (note_vkey_get(&o->key, bytes_str(conf->witnesses[i]->vkey),
		        NULL) != ERR_OK)
			abort();
		(void)snprintf(o->source, sizeof o->source, "%s/%.64s",
		    WITNESS_ASK_SOURCE, conf->witnesses[i]->name);
		o->alarm.site = s;
		o->alarm.source = o->source;
		o->alarm.level = LEVEL;
	}
	return a;
}

/* ---- answers ---- */

static void
worked(struct asking *q)
{
	struct witness_ask *a = q->of;

	(void)pthread_mutex_lock(&a->lock);
	q->cosigned = q->asked;
	q->good_us = site_now(a->site);
	q->bad_us = 0;
	q->trouble[0] = '\0';
	(void)pthread_mutex_unlock(&a->lock);
	q->known = q->asked;
	q->tries = 0;
	q->failures = 0;
	q->next_us = clock_boot_us(a->site->clock) + SECOND_US;
	q->again_us = clock_boot_us(a->site->clock) + AGAIN_US;
}

static void
failed(struct asking *q, const struct err_why *why)
{
	struct witness_ask *a = q->of;

	if (q->failures == 0)
		journal_warn("WITNESS-REFUSED",
		    "witness=%s origin=%s why=\"%s\"",
		    a->conf->witnesses[q->witness]->name, q->origin, why->text);
	(void)pthread_mutex_lock(&a->lock);
	if (q->bad_us == 0)
		q->bad_us = site_now(a->site);
	(void)snprintf(q->trouble, sizeof q->trouble, "%s", why->text);
	(void)pthread_mutex_unlock(&a->lock);
	q->tries = 0;
	q->failures += q->failures < PAUSE_MAX;
	q->next_us = clock_boot_us(a->site->clock) + (SECOND_US << q->failures);
}

static void
stored(void *arg, struct submit_result *r)
{
	(void)arg;
	if (r->error != ERR_OK)
		journal_warn(
		    "WITNESS-COSIGNATURE", "not stored: %s", r->why.text);
	submit_result_free(r);
}

/* The line of this key among those of an answer. */
static enum err
find_line(struct bytes *out, const struct asking *q, struct bytes answer,
    struct err_why *why)
{
	const struct note_vkey *key = &q->of->outside[q->witness].key;
	const int64_t now_s = site_now(q->of->site) / SECOND_US;
	struct bytes rest = answer, line;
	uint64_t when;
	struct buf whole;
	struct note n;
	enum err e = ERR_NOT_FOUND;

	buf_init(&whole, 2 * NOTE_BYTES_MAX);
	while (e == ERR_NOT_FOUND && text_line(&rest, &line)) {
		buf_reset(&whole);
		buf_bytes(&whole, buf_view(&q->text));
		buf_u8(&whole, '\n');
		buf_bytes(&whole, line);
		buf_u8(&whole, '\n');
		*out = bytes_of(line.ptr, line.len + 1);
		e = note_parse(&n, buf_view(&whole), NULL);
		if (e == ERR_OK)
			e = note_check(&n, key, &when, NULL);
	}
	buf_clear(&whole);
	if (e != ERR_OK)
		return err_fail(why, ERR_UNVERIFIED,
		    "its answer has no cosignature by the key of node.yaml");
	if (when == 0 || when > (uint64_t)now_s + AHEAD_S)
		return err_fail(why, ERR_REFUSED,
		    "its cosignature is of a time that has not come");
	return ERR_OK;
}

static void
cosigned(struct asking *q, struct bytes answer)
{
	static const struct submit_who who = {
	    .subject = "federation", .role = "node"};
	struct submit_to to = {
	    .site = q->of->site, .who = &who, .done = stored, .arg = NULL};
	struct err_why why = {.text = ""};
	struct bytes line = {NULL, 0};
	enum err e = find_line(&line, q, answer, &why);

	if (e != ERR_OK) {
		failed(q, &why);
		return;
	}
	submit_cosignature(&to, q->origin, q->asked, line);
	worked(q);
}

/* It stands elsewhere than was thought: prove from there. */
static void
elsewhere(struct asking *q, struct bytes answer)
{
	struct err_why why = {.text = ""};
	struct bytes rest = answer, line;
	uint64_t size;

	if (!text_line(&rest, &line) || rest.len > 0 ||
	    text_u64_get(&size, line, TREE_SIZE_MAX, NULL) != ERR_OK)
		(void)err_fail(
		    &why, ERR_MALFORMED, "it answered 409 without a size");
	else if (size > q->asked)
		(void)err_fail(&why, ERR_CONFLICT,
		    "it says that it acknowledged %llu entries, more than are "
		    "held here: was an old copy restored?",
		    (unsigned long long)size);
	else if (++q->tries > TRIES)
		(void)err_fail(
		    &why, ERR_CONFLICT, "it names another size each time");
	if (why.text[0] != '\0') {
		failed(q, &why);
		return;
	}
	q->known = size;
	q->next_us = 0;
}

static void
refused(const struct webhook_answer *r, struct err_why *why)
{
	enum err e = ERR_REFUSED;

	if (r->error[0] != '\0')
		e = err_fail(why, ERR_IO, "%s", r->error);
	else if (r->status == 404)
		e = err_fail(why, e, "it does not know this log");
	else if (r->status == 403)
		e = err_fail(why, e, "it does not trust the key of this log");
	else if (r->status == 422)
		e = err_fail(why, e, "the proof does not hold, it says");
	else
		e = err_fail(why, e, "it answered %ld", r->status);
	assert(e != ERR_OK);
}

static void
answered(void *arg, const struct webhook_answer *r)
{
	struct asking *q = arg;
	struct err_why why;

	q->flying = false;
	if (r->status == 200) {
		cosigned(q, r->text);
	} else if (r->status == 409) {
		elsewhere(q, r->text);
	} else {
		refused(r, &why);
		failed(q, &why);
	}
}

/* ---- asking ---- */

/* The newest signed checkpoint, and the proof from what is known. */
static enum err
read_head(struct asking *q, struct buf *note, struct tree_proof *proof,
    struct note_checkpoint *head)
{
	struct site *s = q->of->site;
	const struct site_log_now *log = site_log(s, q->kind);
	struct log_nodes nodes = {.book = s->own.book, .slot = log->slot};
	enum err e;

	/* A generation begins at nothing, here and there. */
	if (strcmp(q->origin, log->key.name) != 0) {
		(void)snprintf(
		    q->origin, sizeof q->origin, "%s", log->key.name);
		q->known = 0;
	}
	e = store_read(s->own.store, &nodes.txn, NULL);
	if (e != ERR_OK)
		return e;
	e = log_checkpoint(
	    s->own.book, nodes.txn, log->slot, 0, note, head, NULL);
	if (e == ERR_OK && q->known > head->head.size)
		q->known = 0;
	if (e == ERR_OK)
		e = tree_extend(
		    proof, q->known, head->head.size, log_node, &nodes, NULL);
	store_abort(nodes.txn);
	return e;
}

/* What is sent: the checkpoint with the log's own line alone. */
static enum err
make_body(struct asking *q, struct buf *body, struct bytes note,
    const struct tree_proof *proof)
{
	struct bytes rest, line;
	struct note n;
	enum err e = note_parse(&n, note, NULL);

	if (e != ERR_OK)
		return e;
	buf_reset(&q->text);
	buf_bytes(&q->text, n.text);
	buf_printf(body, "old %" PRIu64 "\n", q->known);
	for (size_t i = 0; i < proof->len; i++) {
		text_b64_put(body, bytes_hash(&proof->path[i]));
		buf_u8(body, '\n');
	}
	buf_u8(body, '\n');
	buf_bytes(body, n.text);
	buf_u8(body, '\n');
	rest = n.sig_lines;
	if (text_line(&rest, &line)) {
		buf_bytes(body, line);
		buf_u8(body, '\n');
	}
	return buf_ok(body, NULL);
}

static void
send_one(struct asking *q)
{
	struct witness_ask *a = q->of;
	const Config__Witness *w = a->conf->witnesses[q->witness];
	char url[WEBHOOK_URL_MAX + 20];
	struct err_why why = {.text = ""};
	struct webhook_post p = {.url = url,
	    .ca_file = w->ca_file,
	    .type = "text/plain",
	    .timeout_ms = TIMEOUT_MS,
	    .done = answered,
	    .arg = q};
	struct note_checkpoint head;
	struct tree_proof proof;
	struct buf note, body;
	enum err e;

	buf_init(&note, NOTE_BYTES_MAX);
	buf_init(&body, 2 * NOTE_BYTES_MAX);
	e = read_head(q, &note, &proof, &head);
	if (e != ERR_OK || head.head.size == 0 ||
	    (head.head.size == q->known &&
	        clock_boot_us(a->site->clock) < q->again_us)) {
		q->next_us = clock_boot_us(a->site->clock) + SECOND_US;
		goto out;
	}
	q->asked = head.head.size;
	e = make_body(q, &body, buf_view(&note), &proof);
	(void)snprintf(url, sizeof url, "%s%sadd-checkpoint", w->url,
	    w->url[strlen(w->url) - 1] == '/' ? "" : "/");
	p.body = buf_view(&body);
	if (e == ERR_OK)
		e = webhook_put(a->hook, &p, &why);
	q->flying = e == ERR_OK;
	if (e != ERR_OK)
		failed(q, &why);
out:
	buf_clear(&note);
	buf_clear(&body);
}

/* Since when nothing of this witness has worked; 0: it works. */
static int64_t
since(const struct witness_ask *a, size_t witness, const char **trouble)
{
	int64_t first = 0;

	for (size_t i = 0; i < a->len; i++) {
		const struct asking *q = &a->ask[i];

		if (q->witness != witness || q->bad_us == 0 ||
		    (first != 0 && q->bad_us >= first))
			continue;
		first = q->bad_us;
		*trouble = q->trouble;
	}
	return first;
}

static struct own_alarm *
alarm_of(void *arg, const char *asset)
{
	struct outside *o = arg;

	(void)asset;
	return &o->alarm;
}

static void
look_at_alarms(struct witness_ask *a)
{
	const int64_t late_us =
	    (int64_t)a->conf->witness_late_seconds * SECOND_US;
	const char *trouble = "";

	for (size_t i = 0; i < a->conf->n_witnesses; i++) {
		struct outside *o = &a->outside[i];
		int64_t from = since(a, i, &trouble);

		if (!o->found)
			o->found =
			    own_alarm_find(a->site, o->source, alarm_of, o);
		if (!o->found)
			continue;
		if (from != 0 && site_now(a->site) - from >= late_us)
			own_alarm_raise(&o->alarm, TITLE, trouble, NULL);
		else if (from == 0)
			own_alarm_clear(&o->alarm);
	}
}

unsigned
witness_ask_turn(struct witness_ask *a, int wait_ms)
{
	const int64_t now_us = clock_boot_us(a->site->clock);
	struct err_why why;

	if (a->hook == NULL && webhook_open(&a->hook, &why) != ERR_OK)
		return 0;
	for (size_t i = 0; i < a->len; i++)
		if (!a->ask[i].flying && now_us >= a->ask[i].next_us)
			send_one(&a->ask[i]);
	unsigned left = webhook_run(a->hook, wait_ms);
	look_at_alarms(a);
	return left;
}

/* ---- the thread ---- */

static void *
ask_main(void *arg)
{
	struct witness_ask *a = arg;

	while (!atomic_load(&a->ending))
		(void)witness_ask_turn(a, TURN_MS);
	return NULL;
}

enum err
witness_ask_start(struct witness_ask *a, struct err_why *why)
{
	enum err e;

	if (a->len == 0)
		return ERR_OK;
	e = webhook_open(&a->hook, why);
	if (e != ERR_OK)
		return e;
	if (pthread_create(&a->thread, NULL, ask_main, a) != 0)
		return err_fail(why, ERR_IO, "cannot start a thread");
	a->threaded = true;
	return ERR_OK;
}

void
witness_ask_stop(struct witness_ask *a)
{
	if (a == NULL)
		return;
	atomic_store(&a->ending, true);
	if (a->hook != NULL)
		webhook_wake(a->hook);
	if (a->threaded)
		(void)pthread_join(a->thread, NULL);
	a->threaded = false;
	webhook_close(a->hook);
	a->hook = NULL;
}

void
witness_ask_free(struct witness_ask *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->len; i++)
		buf_clear(&a->ask[i].text);
	(void)pthread_mutex_destroy(&a->lock);
	free(a->ask);
	free(a->outside);
	free(a);
}

/* ---- how it stands ---- */

Config__WitnessStatus **
witness_ask_status(struct witness_ask *a, size_t *len)
{
	Config__WitnessStatus **list;

	*len = a->len;
	if (a->len == 0)
		return NULL;
	list = mem_alloc(a->len, sizeof(Config__WitnessStatus *));
	(void)pthread_mutex_lock(&a->lock);
	for (size_t i = 0; i < a->len; i++) {
		const struct asking *q = &a->ask[i];
		Config__WitnessStatus *m = mem_alloc(1, sizeof *m);

		config__witness_status__init(m);
		m->name = mem_strdup(a->conf->witnesses[q->witness]->name);
		m->log = mem_strdup(site_kind_text(q->kind));
		m->has_size = true;
		m->size = q->cosigned;
		m->has_cosigned_at = q->good_us != 0;
		m->cosigned_at = q->good_us;
		if (q->trouble[0] != '\0')
			m->trouble = mem_strdup(q->trouble);
		list[i] = m;
	}
	(void)pthread_mutex_unlock(&a->lock);
	return list;
}

void
witness_ask_metrics(struct witness_ask *a, struct buf *out)
{
	if (a->len == 0)
		return;
	buf_str(out,
	    "# HELP lianfang_witness_size Entries of an own log that a witness "
	    "outside has cosigned.\n# TYPE lianfang_witness_size gauge\n");
	(void)pthread_mutex_lock(&a->lock);
	for (size_t i = 0; i < a->len; i++)
		buf_printf(out,
		    "lianfang_witness_size{witness=\"%s\",log=\"%s\"} %" PRIu64
		    "\n",
		    a->conf->witnesses[a->ask[i].witness]->name,
		    site_kind_text(a->ask[i].kind), a->ask[i].cosigned);
	buf_str(out,
	    "# HELP lianfang_witness_failing 1 while a witness outside does "
	    "not cosign.\n# TYPE lianfang_witness_failing gauge\n");
	for (size_t i = 0; i < a->len; i++)
		buf_printf(out,
		    "lianfang_witness_failing{witness=\"%s\",log=\"%s\"} %d\n",
		    a->conf->witnesses[a->ask[i].witness]->name,
		    site_kind_text(a->ask[i].kind), a->ask[i].bad_us != 0);
	(void)pthread_mutex_unlock(&a->lock);
}
