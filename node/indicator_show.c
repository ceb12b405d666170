/* indicator_show.c - indicators and their figures as messages. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/indicator_show.h"

#include <stdio.h>

#include "proto/mem.h"

#define HOUR_US INT64_C(3600000000)

static char *
copy(const char *s)
{
	return s != NULL ? mem_strdup(s) : NULL;
}

static char *
hex(const struct hash *h)
{
	char *out = mem_alloc(2 * sizeof h->b + 1, 1);

	for (size_t i = 0; i < sizeof h->b; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", h->b[i]);
	return out;
}

Api__IndicatorView *
indicator_show(const struct indicator_set *set, const Pack__Indicator *what)
{
	Api__IndicatorView *v = mem_alloc(1, sizeof *v);

	api__indicator_view__init(v);
	v->set = copy(set->set->name);
	v->id = copy(what->id);
	v->has_version = true;
	v->version = what->version;
	v->title = copy(what->title);
	v->title_zh = copy(what->title_zh);
	v->in_class = copy(what->in_class);
	v->has_unit = v->has_direction = v->has_group = true;
	v->unit = what->unit;
	v->direction = what->direction;
	v->group = what->group;
	v->has_target = what->has_target;
	v->target = what->target;
	v->has_weight = set->set->weighted;
	v->weight = what->weight;
	v->pack_name = copy(set->name);
	v->pack_digest = hex(&set->digest);
	v->source = copy(what->source);
	return v;
}

static const struct {
	const char *en, *zh;
} lacks[INDICATOR_LACKS] = {
    [INDICATOR_NONE_DUE] = {"nothing of that kind fell due in the period",
        "该期内没有此类事项到期"},
    [INDICATOR_NOTHING_SHOWN] = {"no entry of the period says anything of it",
        "该期内没有条目载明所需内容"},
};

static void
show_lack(
    Api__IndicatorView *v, const Pack__Indicator *what, enum indicator_lack l)
{
	const bool own = what->lacks != NULL && what->lacks[0] != '\0';

	v->lack = mem_strdup(indicator_lack_text(l));
	v->lack_text = copy(own ? what->lacks : lacks[l].en);
	v->lack_text_zh = copy(own ? what->lacks_zh : lacks[l].zh);
}

void
indicator_show_figure(Api__IndicatorView *v, const Pack__Indicator *what,
    const struct indicator_result *r, int64_t until_us)
{
	double value = 0;

	if (r->lack != INDICATOR_WHOLE)
		show_lack(v, what, r->lack);
	if (r->lack == INDICATOR_NOT_KEPT)
		return;
	v->has_numerator = v->has_denominator = v->has_excluded =
	    v->has_unreadable = true;
	v->numerator = r->numerator;
	v->denominator = r->denominator;
	v->excluded = r->excluded;
	v->unreadable = r->unreadable;
	v->has_newest_at = r->newest_us != 0;
	v->newest_at = r->newest_us;
	v->has_stale = what->freshness_hours != 0;
	v->stale = v->has_stale &&
	    r->newest_us < until_us - what->freshness_hours * HOUR_US;
	if (r->lack != INDICATOR_WHOLE)
		return;
	v->has_value = indicator_value(what, r, &value);
	v->value = value;
	v->has_met = what->has_target;
	v->met = indicator_met(what, r);
	v->has_over = v->over = r->over;
	if (v->has_weight) {
		v->has_score = true;
		v->score = indicator_score(what, r);
	}
	v->bins = mem_alloc(r->bins_len + 1, sizeof *v->bins);
	v->steps = mem_alloc(what->formula->n_steps + 1, sizeof *v->steps);
	for (size_t i = 0; i < r->bins_len; i++)
		v->bins[v->n_bins++] = r->bins[i];
	for (size_t i = 0; i < what->formula->n_steps; i++)
		v->steps[v->n_steps++] = what->formula->steps[i];
}

void
indicator_show_indexes(Api__IndexView ***list, size_t *len,
    const struct indicator_figures *figures,
    const struct indicator_rules *rules)
{
	for (size_t s = 0; s < rules->sets_len; s++) {
		const struct indicator_set *set = &rules->sets[s];
		struct indicator_index x;
		Api__IndexView *v;

		if (!set->set->weighted)
			continue;
		x = indicator_index(figures, set->set->name, NULL);
		v = mem_alloc(1, sizeof *v);
		api__index_view__init(v);
		v->set = copy(set->set->name);
		v->has_score = x.weight > 0;
		v->score = x.weight > 0 ? x.points / x.weight : 0;
		v->has_weight = true;
		v->weight = x.weight;
		*list = mem_resize(*list, *len + 1, sizeof **list);
		(*list)[(*len)++] = v;
	}
}
