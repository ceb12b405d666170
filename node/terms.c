/* terms.c - says in time that certificates end. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/terms.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/domain/credential_pack.h"
#include "node/domain/term.h"
#include "node/journal.h"
#include "node/lane.h"
#include "node/query_term.h"
#include "node/submit_op.h"
#include "node/submit_own.h"
#include "proto/clock.h"
#include "proto/mem.h"
#include "proto/text.h"

#define NICE 5
#define EVERY_US INT64_C(600000000)
#define AT_ONCE 1000
#define LEVEL 3
#define DAY_US TERM_DAY_US

struct terms {
	struct site *site;
	struct lane *lane;
	struct lane_job job;
	atomic_bool busy;
	atomic_bool again; /* there was more than one look could hand in */
	int64_t next_us; /* by the boot clock; the beat's own */
	pthread_mutex_t lock; /* the following */
	struct terms_stats stats;
};

_Static_assert(TERMS_STEPS == CREDENTIAL_WARNINGS_MAX, "as many as a pack has");

/* ---- one warning ---- */

struct warning {
	struct submit_op op;
	struct query_term term;
	uint32_t days;
	uint8_t id[16];
};

/* The same end and step has the same id, whoever finds it and when. */
static void
id_of(uint8_t out[static 16], const struct query_term *t, uint32_t days)
{
	char uuid[TEXT_UUID_CHARS + 1];
	char text[160];

	text_uuid_put(uuid, t->id);
	(void)snprintf(text, sizeof text,
	    "lianfang/term/%s/%s/%" PRId64 "/%" PRIu32, uuid,
	    query_term_text(t->term), t->due_us, days);
	submit_own_id(out, text);
}

struct words {
	char title[200];
	char detail[200];
};

static void
words_of(struct words *out, const struct warning *w)
{
	static const struct {
		const char *en, *zh;
	} what[] = {
	    [FOLD_TERM_END] = {"ends", "证书到期"},
	    [FOLD_TERM_REVIEW] = {"is due for review", "复审到期"},
	    [FOLD_TERM_REVIEWED] = {"is due for review", "复审到期"},
	    [FOLD_TERM_WORKED] = {"needs a re-test for months off",
	        "离岗满期限须重新考试"},
	};
	const Pack__CredentialClass *c = w->term.class;
	char uuid[TEXT_UUID_CHARS + 1];
	char due[TEXT_TIME_CHARS + 1];

	text_uuid_put(uuid, w->term.id);
	text_time_put(due, w->term.due_us);
	(void)snprintf(out->title, sizeof out->title,
	    "%.40s: certificate %s within %" PRIu32 " d / %.40s：%s，%" PRIu32
	    " 天内",
	    c != NULL ? c->name : "?", what[w->term.term].en, w->days,
	    c != NULL && c->title_zh != NULL ? c->title_zh : "?",
	    what[w->term.term].zh, w->days);
	(void)snprintf(out->detail, sizeof out->detail,
	    "certificate=%s term=%s due=%s clause=%.60s", uuid,
	    query_term_text(w->term.term), due,
	    c != NULL && c->clause != NULL ? c->clause : "-");
}

static enum err
append(struct commit_ctx *ctx, struct warning *w, struct err_why *why)
{
	Record__Alarm a = RECORD__ALARM__INIT;
	Record__Annex annex = RECORD__ANNEX__INIT;
	char source[] = TERMS_SOURCE, area[] = TERMS_AREA;
	char kind[] = "credential", unit[] = "d";
	char code[24], uuid[TEXT_UUID_CHARS + 1];
	struct words words;
	struct log_place place;

	words_of(&words, w);
	text_whole(words.title);
	text_whole(words.detail);
	text_uuid_put(uuid, w->term.id);
	(void)snprintf(
	    code, sizeof code, "%s", rule_get(RULE_TERM_WARNING)->code);
	annex.code = code;
	a.has_action = true;
	a.action = RECORD__ALARM__ACTION__RAISE;
	a.source = source;
	a.has_occurred_at = true;
	a.occurred_at = ctx->now_us;
	a.has_level = true;
	a.level = LEVEL;
	a.kind = kind;
	a.area = area;
	a.title = words.title;
	a.detail = words.detail;
	a.asset = uuid;
	a.has_limit = true;
	a.limit = w->days;
	a.unit = unit;
	const struct draft_spec spec = {
	    .slot = ctx->site->evidence,
	    .kind = LEDGER__KIND__ALARM,
	    .body = &a.base,
	    .annex = &annex,
	    .record_id = w->id,
	    .event_id = w->id,
	    .event_seq = 1,
	    .outcome = LEDGER__OUTCOME__APPLIED,
	};
	return draft_append(ctx, &spec, &place, why);
}

static enum err
warning_run(struct commit_cmd *cmd, struct commit_ctx *ctx, struct err_why *why)
{
	struct warning *w = (struct warning *)cmd;
	struct row r;
	enum err e;

	e = fold_get(&ctx->fold, ctx->site->evidence, w->id, &r, why);
	if (e != ERR_NOT_FOUND)
		return e; /* said meanwhile */
	e = fold_get(&ctx->fold, ctx->site->evidence, w->term.id, &r, why);
	if (e == ERR_OK && r.state != ROW_VALID &&
	    r.state != ROW_CERT_SUSPENDED)
		return ERR_OK; /* ended meanwhile */
	return e == ERR_OK ? append(ctx, w, why) : e;
}

static void
said(void *arg, struct submit_result *r)
{
	(void)arg;
	if (r->error != ERR_OK && r->error != ERR_TIMEOUT)
		journal_warn(
		    "CERTIFICATE-TERMS", "not recorded yet: %s", r->why.text);
	submit_result_free(r);
}

static void
put(struct site *s, const struct query_term *t, uint32_t days)
{
	static const struct submit_who node = {
	    .subject = "node", .role = "node"};
	const struct submit_to to = {.site = s, .who = &node, .done = said};
	struct warning *w = submit_op_new(&to, sizeof *w, 0);

	w->term = *t;
	w->days = days;
	id_of(w->id, t, days);
	w->op.cmd.run = warning_run;
	w->op.cmd.class = COMMIT_LATER;
	submit_op_put(&w->op);
}

/* ---- one look ---- */

struct look {
	struct terms *terms;
	const Pack__Credentials *pack;
	struct fold fold;
	int64_t now_us;
	struct terms_stats stats;
	struct query_term due[AT_ONCE]; /* not said yet, and their steps */
	uint32_t days[AT_ONCE];
	size_t len;
	bool more;
};

/* The nearest step that is behind; SIZE_MAX: none yet. */
static size_t
step_of(const Pack__Credentials *p, int64_t left_us)
{
	size_t step = SIZE_MAX;

	for (size_t i = 0; i < p->n_warn_days; i++) {
		if (left_us <= p->warn_days[i] * DAY_US)
			step = i;
	}
	return step;
}

static bool
see(void *arg, const struct query_term *t)
{
	struct look *l = arg;
	const size_t step = step_of(l->pack, t->due_us - l->now_us);
	uint8_t id[16];
	struct row r;

	if (step >= TERMS_STEPS)
		return true;
	l->stats.ends[step]++;
	id_of(id, t, l->pack->warn_days[step]);
	if (fold_get(&l->fold, l->terms->site->evidence, id, &r, NULL) !=
	    ERR_NOT_FOUND)
		return true;
	if (l->len == AT_ONCE) {
		l->more = true;
		return true;
	}
	l->days[l->len] = l->pack->warn_days[step];
	l->due[l->len++] = *t;
	return true;
}

static enum err
scan(struct look *l, struct err_why *why)
{
	struct site *s = l->terms->site;
	struct query_term_window w = {.site = s,
	    .pack = l->pack,
	    .from_us = l->now_us,
	    .to_us = l->now_us + l->pack->warn_days[0] * DAY_US};
	enum err e = store_read(s->own.store, &w.txn, why);

	if (e != ERR_OK)
		return e;
	l->fold = (struct fold){.txn = w.txn,
	    .t = &s->own.tables,
	    .book = s->own.book,
	    .mac = &s->index_mac};
	l->stats.steps = l->pack->n_warn_days;
	for (size_t i = 0; i < l->stats.steps && i < TERMS_STEPS; i++)
		l->stats.days[i] = l->pack->warn_days[i];
	e = query_term_each(&w, see, l, why);
	store_abort(w.txn);
	return e;
}

unsigned
terms_turn(struct terms *t)
{
	struct look *l = mem_alloc(1, sizeof *l);
	struct err_why why = {.text = ""};
	unsigned n = 0;
	enum err e;

	l->terms = t;
	l->now_us = site_now(t->site);
	l->pack = packs_credentials(t->site->packs, l->now_us);
	if (l->pack != NULL && !atomic_load(&t->site->halted)) {
		e = scan(l, &why);
		if (e != ERR_OK)
			journal_warn(
			    "CERTIFICATE-TERMS", "cannot read: %s", why.text);
		l->stats.at_us = l->now_us;
		(void)pthread_mutex_lock(&t->lock);
		/* Figures of a look that broke off would be too low. */
		if (e == ERR_OK)
			t->stats = l->stats;
		t->stats.failed = e != ERR_OK;
		(void)pthread_mutex_unlock(&t->lock);
		for (size_t i = 0; i < l->len; i++)
			put(t->site, &l->due[i], l->days[i]);
		n = (unsigned)l->len;
	}
	atomic_store(&t->again, l->more);
	free(l);
	return n;
}

void
terms_stats(struct terms *t, struct terms_stats *out)
{
	(void)pthread_mutex_lock(&t->lock);
	*out = t->stats;
	(void)pthread_mutex_unlock(&t->lock);
}

#define OLD                                                                                    \
	"ends of certificates cannot be read: figures of them are of %s, and "                 \
	"warnings may be missing; lianfang audit names the damage, lianfang "                  \
	"reindex (node stopped) mends it / "                                                   \
	"证书到期情况无法读取：其数字截至 %s，可能缺少预警；lianfang " \
	"audit 指出损坏处，停止节点后用 lianfang reindex 修复"

void
terms_notes(struct terms *t, char ***list, size_t *n)
{
	char when[TEXT_TIME_CHARS + 1] = "-";
	struct terms_stats s;
	struct buf text;

	terms_stats(t, &s);
	if (!s.failed)
		return;
	if (s.at_us != 0)
		text_time_put(when, s.at_us);
	buf_init(&text, 1024);
	buf_printf(&text, OLD, when, when);
	*list = mem_resize(*list, *n + 1, sizeof **list);
	(*list)[(*n)++] = mem_strdup(buf_cstr(&text));
	buf_clear(&text);
}

/* ---- its thread ---- */

static void
look(void *arg)
{
	struct terms *t = arg;

	(void)terms_turn(t);
	atomic_store(&t->busy, false);
}

struct terms *
terms_new(struct site *s)
{
	struct terms *t = mem_alloc(1, sizeof *t);

	t->site = s;
	t->job = (struct lane_job){.run = look, .arg = t};
	(void)pthread_mutex_init(&t->lock, NULL);
	return t;
}

enum err
terms_start(struct terms *t, struct err_why *why)
{
	return lane_start(&t->lane, 1, NICE, why);
}

void
terms_beat(struct terms *t)
{
	const int64_t now = clock_boot_us(clock_system());

	/* What waits until the log may be signed is not handed in twice. */
	if (t->lane == NULL || atomic_load(&t->site->unsure) != 0 ||
	    (now < t->next_us && !atomic_load(&t->again)) ||
	    atomic_exchange(&t->busy, true))
		return;
	t->next_us = now + EVERY_US;
	lane_put(t->lane, &t->job);
}

void
terms_stop(struct terms *t)
{
	if (t == NULL)
		return;
	lane_stop(t->lane);
	t->lane = NULL;
}

void
terms_free(struct terms *t)
{
	if (t == NULL)
		return;
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
}
