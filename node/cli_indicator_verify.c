/* cli_indicator_verify.c - figures computed again, offline. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/policy.h"
#include "ledger/verify.h"
#include "ledger/zip.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/indicator_bundle.h"
#include "node/packs_file.h"
#include "node/whole_file.h"
#include "proto/clock.h"
#include "proto/mem.h"
#include "proto/slice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PACK_MAX (256u << 10)
#define KINDS 16

struct judge {
	const struct cli *cli;
	struct packs *packs;
	struct indicator_bundles *bundles;
	struct indicator_rules rules;
	struct indicator_figures figures;
	int64_t since_us[KINDS]; /* how far each kind is shown */
	struct indicator_withheld withheld[KINDS];
	unsigned same, differ, open;
};

/* ---- what was given ---- */

static enum err
read_packs(struct judge *j, struct err_why *why)
{
	struct buf text;
	const char *path;
	enum err e = packs_open(&j->packs, NULL, why);

	for (size_t i = 0; e == ERR_OK &&
	     (path = cli_args_nth(&j->cli->args, "pack", i)) != NULL;
	     i++) {
		buf_init(&text, PACK_MAX);
		e = whole_file_read(&text, path, why);
		if (e == ERR_OK)
			e = packs_add(j->packs, path, buf_view(&text), why);
		buf_clear(&text);
	}
	return e;
}

/* Only what is PASS and COMPLETE by the reader's own policy is looked at. */
static enum err
read_bundle(
    struct judge *j, const char *path, struct bytes policy, struct err_why *why)
{
	struct verify_options options = {
	    .policy = policy, .now_us = clock_wall_us(clock_system())};
	struct verify_result r;
	struct buf file;
	enum err e;

	buf_init(&file, ZIP_BYTES_MAX);
	e = whole_file_read(&file, path, why);
	if (e != ERR_OK)
		goto out;
	verify_bytes(buf_view(&file), &options, &r);
	if (r.worst != VERIFY_PASS || r.complete != VERIFY_COMPLETE)
		e = err_fail(why, ERR_UNVERIFIED,
		    "%.200s: %s, %s; lianfang verify says why", path,
		    verify_status_name(r.worst),
		    verify_complete_name(r.complete));
	else
		e = indicator_bundles_add(j->bundles, buf_view(&file), why);
	if (e != ERR_OK && e != ERR_UNVERIFIED)
		e = err_wrap(why, e, "%.200s", path);
out:
	buf_clear(&file);
	return e;
}

static enum err
read_all(struct judge *j, struct err_why *why)
{
	const struct cli_args *a = &j->cli->args;
	struct buf policy;
	enum err e;

	buf_init(&policy, POLICY_TEXT_MAX);
	e = whole_file_read(&policy, cli_args_get(a, "policy"), why);
	for (size_t i = 0; i < a->operands_len && e == ERR_OK; i++)
		e = read_bundle(j, a->operands[i], buf_view(&policy), why);
	buf_clear(&policy);
	return e == ERR_OK ? read_packs(j, why) : e;
}

/* ---- one figure ---- */

static const char *
kind_name(unsigned i)
{
	const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(
	    &ledger__kind__descriptor, LEDGER__KIND__ALARM + (int)i);

	return v != NULL ? v->name : "?";
}

/* Which kind of entries is not shown from far enough back; NULL: all are. */
static const char *
not_shown(
    const struct judge *j, const struct indicator_figure *f, int64_t from_us)
{
	const Pack__Formula *p = f->what->formula;
	const uint32_t kinds = facts_kinds(p);

	for (unsigned i = 0; p != NULL && i < KINDS; i++)
		if ((kinds >> i & 1) != 0 &&
		    j->since_us[i] >
		        from_us - facts_lookback_us(f->set->set, p))
			return kind_name(i);
	return NULL;
}

/* Why it may come out otherwise although both counted right; NULL: nothing of
 * its kinds is withheld. */
static const char *
not_given(const struct judge *j, const struct indicator_figure *f)
{
	const Pack__Formula *p = f->what->formula;
	const uint32_t kinds = p != NULL ? facts_kinds(p) : 0;
	bool stored = false;
	bool erased = false;

	for (unsigned i = 0; i < KINDS; i++) {
		stored |= (kinds >> i & 1) != 0 && j->withheld[i].stored;
		erased |= (kinds >> i & 1) != 0 && j->withheld[i].erased;
	}
	if (stored)
		return CLI_ARGS_SAY("not given out: some entries are stored "
		                    "only, until a legal term ends",
		    "未提供：部分条目仅作存储，至法定期限届满");
	return erased ? CLI_ARGS_SAY("some entries were lawfully erased",
	                    "部分条目已依法删除")
	              : NULL;
}

/* Names are those of our rules; what a stranger wrote stands in no line. */
static void
row(struct judge *j, const Record__Snapshot__Value *said,
    const struct indicator_figure *f, const char *verdict,
    const Record__Snapshot__Value *is, const char *text)
{
	const char *set = f != NULL ? f->set->set->name : "?";
	const char *id = f != NULL ? f->what->id : "?";

	if (j->cli->json) {
		(void)printf("{\"set\":\"%s\",\"id\":\"%s\",\"verdict\":\"%s\"",
		    set, id, verdict);
		if (is != NULL)
			(void)printf(",\"said\":[%" PRIu64 ",%" PRIu64
			             "],\"computed\":[%" PRIu64 ",%" PRIu64 "]",
			    said->numerator, said->denominator, is->numerator,
			    is->denominator);
		(void)puts("}");
		return;
	}
	cli_out_word(j->cli,
	    is == NULL            ? 'y'
	        : *verdict == 'S' ? 'g'
	                          : 'r',
	    verdict);
	(void)printf("  %s/%s", set, id);
	if (said->lack != NULL) {
		const enum indicator_lack l = indicator_lack_find(said->lack);

		(void)printf(
		    "  %s", l < INDICATOR_LACKS ? indicator_lack_text(l) : "?");
	}
	if (said->lack == NULL && said->has_denominator)
		(void)printf("  %" PRIu64 "/%" PRIu64, said->numerator,
		    said->denominator);
	if (is != NULL && *verdict != 'S')
		(void)printf("  %s %" PRIu64 "/%" PRIu64 " %s",
		    CLI_ARGS_SAY("computed", "重算"), is->numerator,
		    is->denominator, is->lack != NULL ? is->lack : "");
	(void)printf(
	    "%s%s\n", text != NULL ? "  " : "", text != NULL ? text : "");
}

static void
judge_value(struct judge *j, const Record__Snapshot__Value *said,
    const struct indicator_figure *f, int64_t from_us)
{
	Record__Snapshot__Value *is = NULL;
	const char *missing = f != NULL ? not_shown(j, f, from_us) : NULL;

	if (missing != NULL) {
		char text[128];

		j->open++;
		(void)snprintf(text, sizeof text,
		    CLI_ARGS_SAY("%s: not shown from far enough back",
		        "%s：未自足够早的时间起给出"),
		    missing);
		row(j, said, f, "OPEN", NULL, text);
		return;
	}
	if (f != NULL)
		is = indicator_value_put(f);
	if (is != NULL && indicator_value_same(said, is)) {
		/* That no facts are kept proves nothing. */
		j->same += f->result.lack != INDICATOR_NOT_KEPT;
		row(j, said, f, "SAME", is, NULL);
	} else if (is != NULL && not_given(j, f) != NULL) {
		j->open++;
		row(j, said, f, "OPEN", NULL, not_given(j, f));
	} else {
		j->differ++;
		row(j, said, f, "DIFFERS", is,
		    is == NULL
		        ? CLI_ARGS_SAY("its rules have no such indicator",
		              "其规则中没有该指标")
		        : NULL);
	}
	if (is != NULL)
		slice_free(&is->base);
}

/* ---- one snapshot ---- */

/* The month that its name and rules mean, or since the log began. */
static enum err
check_period(struct judge *j, const Record__Snapshot *s, struct err_why *why)
{
	struct period p;
	enum err e = period_get(&p, s->period,
	    j->rules.sets_len > 0 ? j->rules.sets[0].set->day_offset_minutes
	                          : 0,
	    why);

	if (e == ERR_OK &&
	    (s->to_at != p.to_us || s->from_at < p.from_us ||
	        (s->from_at > p.from_us &&
	            s->from_at != indicator_bundles_began(j->bundles))))
		e = err_fail(why, ERR_UNVERIFIED,
		    "%.10s: it is not counted from the beginning of the month, "
		    "nor is it shown that the log began then",
		    s->period);
	return e;
}

static enum err
judge_snapshot(struct judge *j, const Record__Snapshot *s, struct err_why *why)
{
	struct facts *facts = facts_new();
	struct indicator_span span = {.from_us = s->from_at, .to_us = s->to_at};
	bool again = false;
	enum err e = indicator_rules_of(&j->rules, j->packs, s, why);

	if (e == ERR_OK)
		e = check_period(j, s, why);
	for (unsigned i = 0; i < KINDS; i++) {
		const Ledger__Kind kind =
		    (Ledger__Kind)(LEDGER__KIND__ALARM + (int)i);

		j->since_us[i] =
		    indicator_bundles_since(j->bundles, kind, s->size);
		j->withheld[i] =
		    indicator_bundles_withheld(j->bundles, kind, s->size);
	}
	if (e == ERR_OK)
		e = indicator_bundles_facts(j->bundles, s->size, facts, why);
	if (e == ERR_OK)
		indicator_run(&j->figures, &j->rules, facts, &span);
	facts_free(facts);
	if (e != ERR_OK)
		return e;
	if (!j->cli->json)
		(void)printf("%s  %s  %s %" PRIu64 "\n", s->period, s->origin,
		    CLI_ARGS_SAY("entries", "条目数"), s->size);
	for (size_t i = 0; i < s->n_values; i++) {
		judge_value(j, s->values[i],
		    indicator_value_find(&j->figures, s->values[i]),
		    s->from_at);
		again = again || indicator_value_again(s, i);
	}
	/* Every indicator of its rules stands in it: none in another's place.
	 */
	if (s->n_values != j->figures.len || again) {
		j->differ++;
		(void)fprintf(stderr, "lianfang: %s\n",
		    CLI_ARGS_SAY("it does not give every indicator of its "
		                 "rules once",
		        "其规则中的指标未逐一各给出一次"));
	}
	return ERR_OK;
}

int
cli_indicator_verify(struct cli *cli)
{
	struct judge *j = mem_alloc(1, sizeof *j);
	struct err_why why = {.text = ""};
	const Record__Snapshot *s;
	size_t n = 0;
	int status = CLI_FAILED;
	enum err e;

	j->cli = cli;
	j->bundles = indicator_bundles_new();
	e = read_all(j, &why);
	for (; e == ERR_OK &&
	     (s = indicator_bundles_snapshot(j->bundles, n)) != NULL;
	     n++)
		e = judge_snapshot(j, s, &why);
	if (e == ERR_OK && n == 0)
		e = err_fail(&why, ERR_NOT_FOUND,
		    CLI_ARGS_SAY(
		        "no snapshot in the bundles: lianfang evidence "
		        "bundle --kind snapshot",
		        "证据包中没有快照：lianfang evidence bundle --kind "
		        "snapshot"));
	if (e != ERR_OK)
		status = cli_fail(cli, e, &why);
	else if (!cli->json)
		(void)printf(
		    CLI_ARGS_SAY("%u the same, %u differ, %u open for want of "
		                 "entries\n",
		        "%u 项一致，%u 项不一致，%u 项因缺少条目未判定\n"),
		    j->same, j->differ, j->open);
	if (e == ERR_OK && j->differ == 0 && j->same > 0)
		status = CLI_OK;
	indicator_bundles_free(j->bundles);
	packs_free(j->packs);
	free(j);
	return status;
}
