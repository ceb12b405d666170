/* cli_alarm.c - alarms and incidents on the command line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_record.h"
#include "node/cli_wrap.h"
#include "proto/clock.h"
#include "proto/text.h"

#include <inttypes.h>
#include <stdio.h>

#define ALARMS "/v1/alarms"
#define INCIDENTS "/v1/incidents"

int
cli_alarm_list(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"ID", "编号"}, "record_id"},
	    {{"SITE", "站点"}, "site"},
	    {{"STATE", "状态"}, "state"},
	    {{"ISA", "ISA"}, "alarm_state.letter"},
	    {{"LEVEL", "级别"}, "level_name"},
	    {{"COLOUR", "颜色"}, "alarm_state.colour"},
	    {{"AREA", "区域"}, "area"},
	    {{"OPENED", "开始"}, "opened_at"},
	    {{"KIND", "类型"}, "events.alarm.kind"},
	    {{"TITLE", "标题"}, "events.alarm.title"},
	    {{NULL, NULL}, NULL},
	};

	return cli_record_list(cli, ALARMS, columns);
}

static const struct {
	const char *word;
	Record__Alarm__Action action;
} steps[] = {
    {"ack", RECORD__ALARM__ACTION__ACK},
    {"return", RECORD__ALARM__ACTION__RETURN},
    {"reset", RECORD__ALARM__ACTION__RESET},
    {"clear", RECORD__ALARM__ACTION__CLEAR},
    {"shelve", RECORD__ALARM__ACTION__SHELVE},
    {"unshelve", RECORD__ALARM__ACTION__UNSHELVE},
    {"suppress", RECORD__ALARM__ACTION__SUPPRESS},
    {"unsuppress", RECORD__ALARM__ACTION__UNSUPPRESS},
    {"remove", RECORD__ALARM__ACTION__REMOVE},
    {"restore", RECORD__ALARM__ACTION__RESTORE},
    {"handle", RECORD__ALARM__ACTION__HANDLE},
    {"judge", RECORD__ALARM__ACTION__JUDGE},
};

static enum err
step_get(const char *word, Record__Alarm *m, struct err_why *why)
{
	char all[160] = "";
	size_t len = 0;

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		if (strcmp(word, steps[i].word) == 0) {
			m->has_action = 1;
			m->action = steps[i].action;
			return ERR_OK;
		}
		len += (size_t)snprintf(all + len, sizeof all - len, "%s%s",
		    i > 0 ? " " : "", steps[i].word);
	}
	return err_fail(why, ERR_MALFORMED,
	    CLI_ARGS_SAY("%s is none of %s", "%s 不属于 %s"), word, all);
}

/* --verdict true, false, nuisance or test. */
static enum err
verdict_get(const char *text, Record__Alarm *m, struct err_why *why)
{
	static const char *const words[] = {
	    NULL, "true", "false", "nuisance", "test"};

	if (text == NULL)
		return ERR_OK;
	for (size_t i = 1; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(text, words[i]) != 0)
			continue;
		m->has_verdict = 1;
		m->verdict = (Record__Alarm__Verdict)i;
		return ERR_OK;
	}
	return err_fail(why, ERR_MALFORMED,
	    CLI_ARGS_SAY("--verdict %s: expected true, false, nuisance or test",
	        "--verdict %s：应为 true、false、nuisance 或 test"),
	    text);
}

int
cli_alarm_step(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	int64_t now_us = clock_wall_us(clock_system());
	Record__Alarm m = RECORD__ALARM__INIT;
	struct err_why why = {.text = ""};
	enum err e;

	e = step_get(a->operands[0], &m, &why);
	if (e == ERR_OK)
		e = verdict_get(cli_args_get(a, "verdict"), &m, &why);
	m.has_occurred_at = 1;
	m.occurred_at = now_us;
	if (e == ERR_OK)
		e = cli_record_time(cli, "at", now_us, &m.has_occurred_at,
		    &m.occurred_at, &why);
	if (e == ERR_OK)
		e = cli_record_time(
		    cli, "until", now_us, &m.has_until_at, &m.until_at, &why);
	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	m.operator_ = cli_record_text(cli_args_get(a, "actor"));
	m.note = cli_record_text(cli_args_get(a, "note"));
	m.reason = cli_record_text(cli_args_get(a, "reason"));
	return cli_record_send(cli,
	    &(struct cli_record_event){.kind = LEDGER__KIND__ALARM,
	        .path = ALARMS,
	        .record_id = a->operands[1],
	        .msg = &m.base,
	        .occurred_us = m.occurred_at});
}

int
cli_alarm_raise(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	int64_t now_us = clock_wall_us(clock_system());
	Record__Alarm m = RECORD__ALARM__INIT;
	struct err_why why = {.text = ""};
	uint64_t level = 0;
	enum err e;

	e = text_u64_get(&level, bytes_str(cli_args_get(a, "level")), 3, NULL);
	if (e == ERR_OK && cli_args_get(a, "seq") != NULL) {
		m.has_source_seq = 1;
		e = text_u64_get(&m.source_seq,
		    bytes_str(cli_args_get(a, "seq")), UINT64_MAX, NULL);
	}
	if (e != ERR_OK) {
		(void)err_fail(&why, ERR_MALFORMED,
		    CLI_ARGS_SAY("level is 1 to 3, seq a number%s",
		        "level 为 1 到 3，seq 为数字%s"),
		    "");
		return cli_wrong(cli, &why);
	}
	m.has_occurred_at = 1;
	m.occurred_at = now_us;
	e = cli_record_time(
	    cli, "at", now_us, &m.has_occurred_at, &m.occurred_at, &why);
	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	m.source = cli_record_text(cli_args_get(a, "actor"));
	m.has_level = 1;
	m.level = (uint32_t)level;
	m.kind = cli_record_text(cli_args_get(a, "type"));
	m.area = cli_record_text(cli_args_get(a, "area"));
	m.title = cli_record_text(cli_args_get(a, "title"));
	return cli_record_send(cli,
	    &(struct cli_record_event){.kind = LEDGER__KIND__ALARM,
	        .path = ALARMS "/signed",
	        .msg = &m.base,
	        .occurred_us = m.occurred_at});
}

int
cli_alarm_show(struct cli *cli)
{
	return cli_record_show(cli, ALARMS);
}

int
cli_alarm_incidents(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"ID", "编号"}, "record_id"},
	    {{"SITE", "站点"}, "site"},
	    {{"STATE", "状态"}, "state"},
	    {{"LEVEL", "级别"}, "level_name"},
	    {{"AREA", "区域"}, "area"},
	    {{"OPENED", "开始"}, "opened_at"},
	    {{"LAST", "最近报警"}, "incident_state.last_at"},
	    {{"ALARMS", "报警数"}, "incident_state.alarms"},
	    {{"UNSEEN", "未确认"}, "incident_state.unacknowledged"},
	    {{"STEP", "升级步"}, "incident_state.step"},
	    {{NULL, NULL}, NULL},
	};

	return cli_record_list(cli, INCIDENTS, columns);
}

int
cli_alarm_incident(struct cli *cli)
{
	return cli_record_show(cli, INCIDENTS);
}

int
cli_alarm_incident_ack(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	int64_t now_us = clock_wall_us(clock_system());
	Record__Incident m = RECORD__INCIDENT__INIT;
	struct err_why why = {.text = ""};

	m.has_action = 1;
	m.action = RECORD__INCIDENT__ACTION__ACK;
	m.has_occurred_at = 1;
	m.occurred_at = now_us;
	if (cli_record_time(cli, "at", now_us, &m.has_occurred_at,
	        &m.occurred_at, &why) != ERR_OK)
		return cli_wrong(cli, &why);
	m.operator_ = cli_record_text(cli_args_get(a, "actor"));
	m.note = cli_record_text(cli_args_get(a, "note"));
	return cli_record_send(cli,
	    &(struct cli_record_event){.kind = LEDGER__KIND__INCIDENT,
	        .path = INCIDENTS,
	        .record_id = a->operands[0],
	        .msg = &m.base,
	        .occurred_us = m.occurred_at});
}

/* ---- what was going on ---- */

#define EXERCISE CLI_ARGS_SAY("  (EXERCISE)", "  （演练）")

static void
print_items(const struct cli *cli, const char *title, Api__AtItem *const *items,
    size_t n)
{
	struct buf line;

	if (n == 0)
		return;
	cli_out_word(cli, 'y', title);
	(void)puts("");
	for (size_t i = 0; i < n; i++) {
		const Api__RecordView *r = items[i]->record;

		buf_init(&line, 65536);
		buf_printf(&line, "  %-14s ",
		    items[i]->state_at != NULL ? items[i]->state_at : "-");
		cli_out_field(&line, &r->base, "level_name");
		buf_str(&line, "  ");
		cli_out_field(&line, &r->base, "opened_at");
		buf_str(&line, "  ");
		cli_out_field(&line, &r->base, "events.alarm.kind");
		cli_out_field(&line, &r->base, "events.permit.work_type");
		cli_out_field(&line, &r->base, "events.case_event.type");
		buf_str(&line, "  ");
		cli_out_field(&line, &r->base, "events.alarm.title");
		cli_out_field(&line, &r->base, "events.permit.content");
		if (items[i]->beside)
			buf_str(&line,
			    CLI_ARGS_SAY("  (close to it)", "  （临近）"));
		if (items[i]->unreliable)
			buf_str(&line,
			    CLI_ARGS_SAY(
			        "  (its time is uncertain)", "  （时间存疑）"));
		if (items[i]->exercise)
			buf_str(&line, EXERCISE);
		(void)puts(buf_cstr(&line));
		buf_reset(&line);
		buf_str(&line, "                 ");
		cli_out_field(&line, &r->base, "record_id");
		(void)puts(buf_cstr(&line));
		buf_clear(&line);
	}
}

static void
put_air(struct buf *line, const Record__Environment *e)
{
	if (e->has_wind_grade)
		buf_printf(line, CLI_ARGS_SAY("  wind %u", "  风力 %u 级"),
		    e->wind_grade);
	if (e->has_temperature)
		buf_printf(line, "  %g °C", e->temperature);
	if (e->has_humidity)
		buf_printf(line, "  %g %%RH", e->humidity);
	for (size_t i = 0; i < e->n_gas; i++) {
		const Record__GasReading *g = e->gas[i];

		buf_str(line, "  ");
		cli_wrap_plain(line, g->gas != NULL ? g->gas : "?");
		buf_printf(line, " %g ", g->value);
		cli_wrap_plain(line, g->unit != NULL ? g->unit : "");
	}
}

/* "41 s before +-12 ms  wind 6  methane 0.1 %vol" */
static void
print_around(const struct cli *cli, const Api__AtView *v)
{
	struct buf line;

	if (v->n_environment == 0)
		return;
	cli_out_word(cli, 'y', CLI_ARGS_SAY("environment", "环境"));
	(void)puts("");
	for (size_t i = 0; i < v->n_environment; i++) {
		const Api__AtEnvironment *m = v->environment[i];
		const bool after = m->age_ms < 0;

		buf_init(&line, 65536);
		buf_printf(&line, "  %" PRId64 " s %s +-%u ms",
		    (after ? -m->age_ms : m->age_ms) / 1000,
		    after ? CLI_ARGS_SAY("after", "之后")
		          : CLI_ARGS_SAY("before", "之前"),
		    m->clock_error_ms);
		if (m->environment != NULL)
			put_air(&line, m->environment);
		if (m->weather != NULL)
			buf_printf(&line, "%s%s%s",
			    m->weather->fog ? CLI_ARGS_SAY("  fog", "  雾")
			                    : "",
			    m->weather->heavy_rain
			        ? CLI_ARGS_SAY("  heavy rain", "  大雨")
			        : "",
			    m->weather->heavy_snow
			        ? CLI_ARGS_SAY("  heavy snow", "  大雪")
			        : "");
		if (m->unreliable)
			buf_str(&line,
			    CLI_ARGS_SAY(
			        "  (its time is uncertain)", "  （时间存疑）"));
		if (m->exercise)
			buf_str(&line, EXERCISE);
		(void)puts(buf_cstr(&line));
		buf_clear(&line);
	}
}

static void
print_at(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Api__AtView *v = (const Api__AtView *)msg;

	print_items(cli, CLI_ARGS_SAY("incidents", "事件"), v->incidents,
	    v->n_incidents);
	print_items(
	    cli, CLI_ARGS_SAY("alarms", "报警"), v->alarms, v->n_alarms);
	print_items(
	    cli, CLI_ARGS_SAY("permits", "作业票"), v->permits, v->n_permits);
	print_items(cli, CLI_ARGS_SAY("cases", "案例"), v->cases, v->n_cases);
	print_around(cli, v);
	if (v->n_incidents + v->n_alarms + v->n_permits + v->n_cases == 0)
		(void)puts(CLI_ARGS_SAY("(nothing)", "（无）"));
	if (v->more)
		(void)puts(CLI_ARGS_SAY("more than is shown: --limit, --window",
		    "未全部列出：可用 --limit、--window"));
}

int
cli_alarm_at(struct cli *cli)
{
	static const struct cli_out_column head[] = {
	    {{"area", "区域"}, "area"},
	    {{"at", "时刻"}, "as_of_at"},
	    {{"+- ms", "前后毫秒"}, "window_ms"},
	    {{"people", "人数"}, "people_count"},
	    {{"counted", "计数时间"}, "people_at"},
	    {{NULL, NULL}, NULL},
	};
	const struct cli_args *a = &cli->args;
	const char *when = a->operands[1];
	int64_t us = clock_wall_us(clock_system());
	char text[TEXT_TIME_CHARS + 1];
	struct err_why why = {.text = ""};
	struct buf path;
	int status;

	if (text_time_get(&us, bytes_str(when), NULL) != ERR_OK) {
		int64_t span = 0;

		if (text_span_get(&span, bytes_str(when), NULL) != ERR_OK) {
			(void)err_fail(&why, ERR_MALFORMED,
			    CLI_ARGS_SAY("%s: expected a time such as "
			                 "2026-11-22T10:00:00+08:00, or 8h for "
			                 "eight hours ago",
			        "%s：应为时间（如 2026-11-22T10:00:00+08:00），"
			        "或 8h 表示八小时前"),
			    when);
			return cli_wrong(cli, &why);
		}
		us -= span;
	}
	text_time_put(text, us);
	buf_init(&path, 4096);
	buf_str(&path, "/v1/at");
	cli_call_query(&path, "area", a->operands[0]);
	cli_call_query(&path, "time", text);
	cli_call_query(&path, "window", cli_args_get(a, "window"));
	cli_call_query(&path, "limit", cli_args_get(a, "limit"));
	cli_call_query(&path, "site", cli_args_get(a, "site"));
	status = cli_call_show(cli, "GET", buf_cstr(&path), NULL,
	    &api__at_view__descriptor,
	    &(struct cli_out_view){.head = head, .more = print_at});
	buf_clear(&path);
	return status;
}
