/* defence_adopt.c - what a site makes of rules that were voted. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/defence_adopt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/defence_heard.h"
#include "node/defence_log.h"
#include "node/defence_try.h"
#include "node/journal.h"
#include "node/site.h"
#include "node/submit_defence.h"
#include "node/submit_finding.h"
#include "proto/mem.h"
#include "proto/text.h"

#define TEXT_BYTES 640

struct turn {
	struct defence_post *post;
	const struct defence_set *set;
};

/* ---- saying what became of a rule ---- */

static void
hex(char out[static 2 * HASH_BYTES + 1], const struct hash *h)
{
	for (size_t i = 0; i < HASH_BYTES; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", h->b[i]);
}

struct word {
	const char *name;
	const char *version;
	const struct hash *digest;
	Record__DefenceReceipt__Outcome outcome;
	const char *reason;
	const char *detail;
};

static bool
say(const struct turn *d, const struct word *w)
{
	Record__DefenceReceipt m = RECORD__DEFENCE_RECEIPT__INIT;
	char *name = mem_strdup(w->name);
	char version[24], reason[40];
	uint8_t digest[HASH_BYTES];
	struct submit_to to = defence_post_to(d->post);

	(void)snprintf(version, sizeof version, "%.20s", w->version);
	(void)snprintf(
	    reason, sizeof reason, "%s", w->reason != NULL ? w->reason : "");
	memcpy(digest, w->digest->b, sizeof digest);
	m.name = name;
	m.version = version;
	m.has_digest = m.has_epoch = m.has_outcome = true;
	m.digest = (ProtobufCBinaryData){sizeof digest, digest};
	m.epoch = d->set->epoch;
	m.outcome = w->outcome;
	m.reason = w->reason != NULL ? reason : NULL;
	journal_info("DEFENCE-RULE", "name=%s version=%s outcome=%s", name,
	    version, defence_heard_word(w->outcome));
	submit_defence_say(&to,
	    &(struct submit_said){
	        .receipt = &m, .operator_ = "node", .detail = w->detail});
	free(name);
	return defence_post_settled(d->post);
}

/* What people of the site have to hear. */
static void
tell(const struct turn *d, const struct word *w)
{
	char key[160], digest[2 * HASH_BYTES + 1];
	const bool held = w->outcome == RECORD__DEFENCE_RECEIPT__OUTCOME__HELD;
	const bool stopped =
	    w->outcome == RECORD__DEFENCE_RECEIPT__OUTCOME__STOPPED;
	const struct submit_finding f = {.source = DEFENCE_LOG_SOURCE,
	    .done = defence_post_told,
	    .arg = d->post,
	    .key = key,
	    .level = stopped ? 2 : 3,
	    .detail = w->detail,
	    .title = held
	        ? "a joint-defence rule may stop work once it is confirmed / "
	          "联防规则待确认后方可停止作业"
	        : stopped ? "a joint-defence rule went over its bounds and is "
	                    "stopped / 联防规则超出执行上限，已停止"
	                  : "a joint-defence rule cannot be applied here / "
	                    "联防规则在本节点无法执行"};

	hex(digest, w->digest);
	(void)snprintf(key, sizeof key, "lianfang/defence/%s/%s/%u",
	    defence_heard_word(w->outcome), digest, (unsigned)d->set->epoch);
	(void)defence_post_to(d->post);
	submit_finding(d->post->site, &f);
	(void)defence_post_settled(d->post);
}

/* ---- taking over ---- */

/* What it would have done here before. */
static void
dry_run(struct site *s, const struct defence_rule *r, char *out, size_t cap)
{
	Api__DefenceTried *m = NULL;
	struct err_why why;
	char at[TEXT_TIME_CHARS + 1] = "-";

	if (defence_try(&m, s, r, DEFENCE_TRY_DAYS, &why) != ERR_OK) {
		(void)snprintf(out, cap, "dry run: not made");
		return;
	}
	if (m->has_from_at)
		text_time_put(at, m->from_at);
	(void)snprintf(out, cap,
	    "dry run: fired %llu times in %llu entries since %s%s%s",
	    (unsigned long long)m->fires, (unsigned long long)m->entries, at,
	    m->over != NULL ? "; " : "", m->over != NULL ? m->over : "");
	api__defence_tried__free_unpacked(m, NULL);
}

bool
defence_adopt(struct defence_post *post, const struct defence_set *set,
    const struct defence_paper *p)
{
	const struct turn turn = {.post = post, .set = set};
	const struct turn *d = &turn;
	struct defence_rule rule;
	struct err_why why = {.text = ""};
	char tried[200], detail[TEXT_BYTES], digest[2 * HASH_BYTES + 1];
	struct word w = {.name = p->name,
	    .version = "",
	    .digest = &p->digest,
	    .detail = detail};
	bool good;
	enum err e = defence_set_rule(&rule, p, &why);

	hex(digest, &p->digest);
	if (e != ERR_OK) {
		w.outcome = RECORD__DEFENCE_RECEIPT__OUTCOME__REFUSED;
		w.reason = rule_get(RULE_DEFENCE_INVALID)->code;
		(void)snprintf(detail, sizeof detail,
		    "%s, proposed by %.80s, epoch %u, sha256=%s: %.300s",
		    p->name, p->by, (unsigned)d->set->epoch, digest, why.text);
	} else {
		w.version = rule.said->version;
		w.outcome = rule.said->suspend != NULL
		    ? RECORD__DEFENCE_RECEIPT__OUTCOME__HELD
		    : RECORD__DEFENCE_RECEIPT__OUTCOME__APPLIED;
		dry_run(d->post->site, &rule, tried, sizeof tried);
		(void)snprintf(detail, sizeof detail,
		    "%s, proposed by %.80s, epoch %u, sha256=%s; %s", rule.name,
		    p->by, (unsigned)d->set->epoch, digest, tried);
	}
	text_whole(detail);
	good = say(d, &w);
	if (good && w.outcome != RECORD__DEFENCE_RECEIPT__OUTCOME__APPLIED)
		tell(d, &w);
	if (e == ERR_OK)
		defence_rule_clear(&rule);
	return good;
}

void
defence_adopt_new(struct defence_post *post, const struct defence_set *set)
{
	struct site *s = post->site;

	for (size_t i = 0; i < set->len; i++) {
		const struct defence_paper *p = &set->at[i];
		struct defence_heard own;

		if (defence_heard(&own, s, s->name, p->name, NULL) == ERR_OK &&
		    (own.outcome == 0 ||
		        own.outcome ==
		            RECORD__DEFENCE_RECEIPT__OUTCOME__ENDED ||
		        memcmp(own.digest.b, p->digest.b, HASH_BYTES) != 0))
			(void)defence_adopt(post, set, p);
	}
}

struct ending {
	const struct defence_set *set;
	char *names[256];
	size_t len;
};

static void
collect(void *arg, const char *name)
{
	struct ending *g = arg;

	if (g->len < sizeof g->names / sizeof g->names[0] &&
	    defence_set_find(g->set, name) == NULL)
		g->names[g->len++] = mem_strdup(name);
}

void
defence_adopt_end(struct defence_post *post, const struct defence_set *set)
{
	const struct turn turn = {.post = post, .set = set};
	const struct turn *d = &turn;
	struct ending g = {.set = set};
	char detail[TEXT_BYTES];

	if (set->members_len == 0)
		return;
	if (defence_heard_names(d->post->site, collect, &g, NULL) != ERR_OK)
		g.len = 0;
	for (size_t i = 0; i < g.len; i++) {
		struct defence_heard own;
		struct word w = {.name = g.names[i],
		    .version = own.version,
		    .digest = &own.digest,
		    .outcome = RECORD__DEFENCE_RECEIPT__OUTCOME__ENDED,
		    .detail = detail};

		if (defence_heard(&own, d->post->site, d->post->site->name,
		        g.names[i], NULL) == ERR_OK &&
		    own.outcome != 0 && own.outcome != w.outcome) {
			(void)snprintf(detail, sizeof detail,
			    "%s@%s, taken back by vote, epoch %u", g.names[i],
			    own.version, (unsigned)d->set->epoch);
			(void)say(d, &w);
		}
		free(g.names[i]);
	}
}

void
defence_adopt_stop(struct defence_post *post, const struct defence_set *set,
    const struct defence_rule *r, enum defence_over over)
{
	const struct turn turn = {.post = post, .set = set};
	char detail[TEXT_BYTES];
	const struct word w = {.name = r->said->id,
	    .version = r->said->version,
	    .digest = &r->digest,
	    .outcome = RECORD__DEFENCE_RECEIPT__OUTCOME__STOPPED,
	    .reason = rule_get(RULE_DEFENCE_BOUND)->code,
	    .detail = detail};

	(void)snprintf(detail, sizeof detail, "%s: %s / %s", r->name,
	    defence_eval_why(over, false), defence_eval_why(over, true));
	if (say(&turn, &w))
		tell(&turn, &w);
}
