/* defence_try.c - how often a rule of joint defence would have fired. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/defence_try.h"

#include <stdlib.h>
#include <string.h>

#include "node/defence_log.h"
#include "node/site.h"
#include "proto/mem.h"

#define DAY_US (INT64_C(86400) * 1000000)
#define AT_ONCE 2000 /* entries read in one transaction */

struct trying {
	struct defence_eval *eval;
	Api__DefenceTried *out;
};

static void
note(Api__DefenceTried *m, const struct defence_fire *f)
{
	Api__DefenceFire *one;

	m->fires++;
	if (m->n_last == DEFENCE_TRY_LAST) {
		api__defence_fire__free_unpacked(m->last[0], NULL);
		memmove(m->last, m->last + 1,
		    (DEFENCE_TRY_LAST - 1) * sizeof m->last[0]);
		m->n_last--;
	}
	one = mem_alloc(1, sizeof *one);
	api__defence_fire__init(one);
	one->has_at = true;
	one->at = f->at_us;
	one->area = mem_strdup_given(f->area);
	m->last[m->n_last++] = one;
}

static void
look(void *arg, const struct defence_event *e)
{
	struct trying *t = arg;
	struct defence_fire fires[DEFENCE_EVAL_RULES];
	struct defence_event ev = *e;

	if (!t->out->has_from_at) {
		t->out->has_from_at = true;
		t->out->from_at = e->at_us;
	}
	/* What this very rule raised before is what is asked for. */
	if (ev.what == DEFENCE_FIRED)
		ev.what = DEFENCE_OTHER;
	if (defence_eval_feed(t->eval, &ev, fires) > 0)
		note(t->out, &fires[0]);
}

enum err
defence_try(Api__DefenceTried **out, struct site *s,
    const struct defence_rule *rule, unsigned days, struct err_why *why)
{
	struct defence_log log = {.site = s};
	struct trying t = {.eval = defence_eval_new(&rule, 1),
	    .out = mem_alloc(1, sizeof *t.out)};
	Api__DefenceTried *m = t.out;
	enum defence_over over;
	size_t n = 0;
	enum err e;

	api__defence_tried__init(m);
	m->name = mem_strdup(rule->said->id);
	m->version = mem_strdup(rule->said->version);
	m->has_digest = m->has_fires = m->has_entries = true;
	m->digest.data = mem_alloc(1, HASH_BYTES);
	m->digest.len = HASH_BYTES;
	memcpy(m->digest.data, rule->digest.b, HASH_BYTES);
	m->last = mem_alloc(DEFENCE_TRY_LAST, sizeof *m->last);
	e = defence_log_since(&log, site_now(s) - days * DAY_US, why);
	do {
		if (e == ERR_OK)
			e = defence_log_read(&log, AT_ONCE, look, &t, &n, why);
		m->entries += n;
	} while (e == ERR_OK && n == AT_ONCE);
	over = defence_eval_over(t.eval, 0);
	if (over != DEFENCE_WITHIN)
		m->over = mem_strdup(defence_eval_why(over, false));
	defence_eval_free(t.eval);
	if (e != ERR_OK) {
		api__defence_tried__free_unpacked(m, NULL);
		return e;
	}
	*out = m;
	return ERR_OK;
}
