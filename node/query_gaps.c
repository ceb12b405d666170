/* query_gaps.c - what an open permit lacks before its next step. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query_gaps.h"

#include <stdlib.h>

#include "node/permit_world.h"
#include "node/submit_case.h"
#include "proto/mem.h"
#include "proto/text.h"

#define YEAR_10000_MS INT64_C(253402300800000)

static char *
given_number(const char *site, const char *number)
{
	struct buf out;
	char *text;

	buf_init(&out, 1024);
	buf_printf(&out, "%s/%s", site, number);
	text = mem_strdup(buf_cstr(&out));
	buf_clear(&out);
	return text;
}

static char *
made_number(const char *site, const uint8_t id[static 16])
{
	/* No 0 and O, 1 and I: people read it out. */
	static const char digits[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
	char date[TEXT_TIME_CHARS + 1];
	char tail[11] = "";
	int64_t ms = 0;
	uint64_t bits = 0;
	struct buf out;

	for (size_t i = 0; i < 6; i++)
		ms = ms << 8 | id[i];
	for (size_t i = 9; i < 16; i++)
		bits = bits << 8 | id[i];
	for (size_t i = 0; i < 10; i++)
		tail[i] = digits[bits >> (5 * i) & 31];
	/* An id that its author made up may say any time. */
	text_time_put(date, ms < YEAR_10000_MS ? ms * 1000 : 0);
	buf_init(&out, 512);
	buf_printf(
	    &out, "%s/%.4s%.2s%.2s-%s", site, date, date + 5, date + 8, tail);
	char *text = mem_strdup(buf_cstr(&out));
	buf_clear(&out);
	return text;
}

char *
query_gaps_number(
    struct query_view *v, const uint8_t id[static 16], const struct row *r)
{
	char *own = query_view_text(v, FOLD_NUMBER, r->work.number);
	char *out;

	if (own == NULL)
		return made_number(v->name, id);
	out = given_number(v->name, own);
	free(own);
	return out;
}

static Api__Gap *
gap_of(const struct rule_gap *g)
{
	Api__Gap *out = mem_alloc(1, sizeof *out);
	Api__Reason *r = mem_alloc(1, sizeof *r);

	api__gap__init(out);
	api__reason__init(r);
	r->code = mem_strdup_given(g->rule->code);
	r->clause =
	    mem_strdup_given(g->clause != NULL ? g->clause : g->rule->clause);
	r->text = mem_strdup_given(g->rule->text);
	r->text_zh = mem_strdup_given(g->rule->text_zh);
	r->fix = mem_strdup_given(g->rule->fix);
	r->fix_zh = mem_strdup_given(g->rule->fix_zh);
	out->reason = r;
	out->missing = mem_strdup_given(g->what);
	out->who = mem_alloc(g->who_len + 1, sizeof *out->who);
	for (size_t i = 0; i < g->who_len; i++)
		out->who[out->n_who++] = mem_strdup(g->who[i]);
	return out;
}

static void
say(Api__RecordView *m, const ProtobufCEnumDescriptor *actions, int next,
    const struct rule_gaps *gaps)
{
	m->next_action = mem_strdup(
	    protobuf_c_enum_descriptor_get_value(actions, next)->name);
	m->missing = mem_alloc(gaps->len + 1, sizeof *m->missing);
	for (size_t i = 0; i < gaps->len; i++)
		m->missing[m->n_missing++] = gap_of(&gaps->at[i]);
}

enum err
query_gaps(struct query_view *v, const uint8_t id[static 16],
    const struct row *r, Api__RecordView *m, struct err_why *why)
{
	Record__Permit none = RECORD__PERMIT__INIT;
	struct permit_event e = {
	    .row = r,
	    .pack = packs_version(v->site->packs, r->pack),
	    .msg = &none,
	    .occurred_us = site_now(v->site),
	};
	struct rule_gaps gaps = {.len = 0};
	struct permit_world_ids ids;
	struct permit_world_ask ask = {
	    .site = v->site,
	    .fold = &v->fold,
	    .record_id = id,
	    .row = r,
	    .pack = e.pack,
	    .at_us = e.occurred_us,
	    .action = permit_missing(&e, &gaps),
	};
	enum err err = permit_world(&ask, &ids, &e.world, why);
	Record__Permit__Action next;

	if (err != ERR_OK)
		return err;
	next = permit_missing(&e, &gaps);
	if (next != RECORD__PERMIT__ACTION__ACTION_UNSPECIFIED)
		say(m, &record__permit__action__descriptor, (int)next, &gaps);
	return ERR_OK;
}

void
query_gaps_case(
    const struct query_view *v, const struct row *r, Api__RecordView *m)
{
	Record__Case none = RECORD__CASE__INIT;
	const int64_t now_us = site_now(v->site);
	const struct case_event e = {
	    .row = r,
	    .type = submit_case_type(v->site, r, NULL, now_us),
	    .msg = &none,
	    .now_us = now_us,
	};
	struct rule_gaps gaps;
	Record__Case__Action next = case_missing(&e, &gaps);

	if (next != RECORD__CASE__ACTION__ACTION_UNSPECIFIED)
		say(m, &record__case__action__descriptor, (int)next, &gaps);
}
