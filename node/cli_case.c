/* cli_case.c - hazards, reports, suggestions on the command line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_record.h"
#include "proto/clock.h"
#include "proto/mem.h"
#include "proto/slice.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define CASES "/v1/cases"

int
cli_case_list(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"ID", "编号"}, "record_id"},
	    {{"SITE", "站点"}, "site"},
	    {{"STATE", "状态"}, "state"},
	    {{"TYPE", "类型"}, "events.case_event.type"},
	    {{"LEVEL", "等级"}, "level_name"},
	    {{"SEVERITY", "严重程度"}, "events.case_event.severity"},
	    {{"AREA", "区域"}, "area"},
	    {{"OPENED", "开始"}, "opened_at"},
	    {{"DUE", "期限"}, "case_state.due_at"},
	    {{"OVERDUE", "超期"}, "case_state.overdue"},
	    {{"HAZARD", "危害"}, "events.case_event.hazard"},
	    {{NULL, NULL}, NULL},
	};

	return cli_record_list(cli, CASES, columns);
}

int
cli_case_show(struct cli *cli)
{
	return cli_record_show(cli, CASES);
}

/* What the file says; the options come on top of it. */
static enum err
form_get(const struct cli *cli, Record__Case **out, struct err_why *why)
{
	const char *path = cli_args_get(&cli->args, "form");
	ProtobufCMessage *msg = NULL;
	enum err e;

	if (path == NULL) {
		*out = mem_alloc(1, sizeof **out);
		record__case__init(*out);
		return ERR_OK;
	}
	e = cli_record_form(&msg, path, &record__case__descriptor, why);
	*out = (Record__Case *)msg;
	return e;
}

static void
set_text(const struct cli *cli, const char *name, char **field)
{
	const char *value = cli_args_get(&cli->args, name);

	if (value == NULL)
		return;
	free(*field);
	*field = mem_strdup(value);
}

/* --level major or general, --way immediate or limited. */
static enum err
danger_get(const struct cli *cli, Record__Case *m, struct err_why *why)
{
	const char *way = cli_args_get(&cli->args, "way");
	enum err e = cli_record_danger(cli, &m->has_level, &m->level, why);

	if (e != ERR_OK || way == NULL)
		return e;
	m->has_way = 1;
	if (strcmp(way, "immediate") == 0)
		m->way = RECORD__CASE__WAY__IMMEDIATE;
	else if (strcmp(way, "limited") == 0)
		m->way = RECORD__CASE__WAY__LIMITED;
	else
		return err_fail(why, ERR_MALFORMED,
		    CLI_ARGS_SAY("--way %s: expected immediate or limited",
		        "--way %s：应为 immediate（即查即改）或 "
		        "limited（限期）"),
		    way);
	return ERR_OK;
}

static enum err
begin(const struct cli *cli, Record__Case **out, struct err_why *why)
{
	static const struct {
		const char *name;
		size_t offset;
	} texts[] = {
	    {"type", offsetof(Record__Case, type)},
	    {"area", offsetof(Record__Case, area)},
	    {"description", offsetof(Record__Case, description)},
	    {"hazard", offsetof(Record__Case, hazard)},
	    {"holder", offsetof(Record__Case, holder)},
	    {"liable", offsetof(Record__Case, liable)},
	    {"feedback", offsetof(Record__Case, feedback)},
	    {"measures", offsetof(Record__Case, measures)},
	    {"reason", offsetof(Record__Case, reason)},
	    {"note", offsetof(Record__Case, note)},
	};
	int64_t now_us = clock_wall_us(clock_system());
	enum err e = form_get(cli, out, why);
	Record__Case *m = *out;

	if (e != ERR_OK)
		return e;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		char **field = (char **)(void *)((char *)m + texts[i].offset);

		set_text(cli, texts[i].name, field);
	}
	m->has_occurred_at = 1;
	m->occurred_at = now_us;
	e = cli_record_time(
	    cli, "at", now_us, &m->has_occurred_at, &m->occurred_at, why);
	if (e == ERR_OK)
		e = cli_record_time(
		    cli, "due", now_us, &m->has_due_at, &m->due_at, why);
	if (e == ERR_OK && cli_args_get(&cli->args, "exercise") != NULL)
		m->has_exercise = m->exercise = 1;
	return e == ERR_OK ? danger_get(cli, m, why) : e;
}

static int
send(struct cli *cli, const char *path, const char *record_id, Record__Case *m)
{
	int status = cli_record_send(cli,
	    &(struct cli_record_event){.kind = LEDGER__KIND__CASE,
	        .path = path,
	        .record_id = record_id,
	        .msg = &m->base,
	        .occurred_us = m->occurred_at});

	slice_free(&m->base);
	return status;
}

int
cli_case_report(struct cli *cli)
{
	Record__Case *m = NULL;
	struct err_why why = {.text = ""};
	int status;

	if (begin(cli, &m, &why) != ERR_OK) {
		slice_free(m != NULL ? &m->base : NULL);
		return cli_wrong(cli, &why);
	}
	m->has_action = 1;
	m->action = RECORD__CASE__ACTION__REPORT;
	if (cli_args_get(&cli->args, "actor") != NULL)
		return send(cli, CASES "/signed", NULL, m);
	status = cli_call_show(cli, "POST", CASES, &m->base,
	    &ledger__receipt__descriptor, &cli_record_id);
	slice_free(&m->base);
	return status;
}

/* "accept": the action of that name, not REPORT. */
static enum err
step_get(const char *word, Record__Case *m, struct err_why *why)
{
	const ProtobufCEnumDescriptor *d = &record__case__action__descriptor;
	char all[160] = "";
	size_t len = 0;

	for (unsigned i = 0; i < d->n_values; i++) {
		char name[32];
		size_t n = 0;

		if (d->values[i].value <= RECORD__CASE__ACTION__REPORT)
			continue;
		for (; d->values[i].name[n] != '\0' && n + 1 < sizeof name; n++)
			name[n] =
			    (char)tolower((unsigned char)d->values[i].name[n]);
		name[n] = '\0';
		if (strcmp(word, name) == 0) {
			m->has_action = 1;
			m->action = (Record__Case__Action)d->values[i].value;
			return ERR_OK;
		}
		len += (size_t)snprintf(all + len, sizeof all - len, "%s%s",
		    len > 0 ? " " : "", name);
	}
	return err_fail(why, ERR_MALFORMED,
	    CLI_ARGS_SAY("%s is none of %s", "%s 不属于 %s"), word, all);
}

int
cli_case_step(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	Record__Case *m = NULL;
	struct err_why why = {.text = ""};
	enum err e = begin(cli, &m, &why);

	if (e == ERR_OK)
		e = step_get(a->operands[0], m, &why);
	if (e != ERR_OK) {
		slice_free(m != NULL ? &m->base : NULL);
		return cli_wrong(cli, &why);
	}
	free(m->operator_);
	m->operator_ = cli_args_get(a, "actor") != NULL
	    ? mem_strdup(cli_args_get(a, "actor"))
	    : NULL;
	return send(cli, CASES, a->operands[1], m);
}
