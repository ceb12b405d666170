/* cli_permit.c - permits on the command line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_permit.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_position.h"
#include "node/cli_record.h"
#include "proto/clock.h"
#include "proto/mem.h"
#include "proto/text.h"

#define PERMITS "/v1/permits"

enum err
cli_permit_level(
    const char *text, Record__Permit__Level *out, struct err_why *why)
{
	if (text == NULL || strcmp(text, "none") == 0)
		*out = RECORD__PERMIT__LEVEL__UNLEVELLED;
	else if (strcmp(text, "special") == 0)
		*out = RECORD__PERMIT__LEVEL__SPECIAL;
	else if (text[0] >= '1' && text[0] <= '4' && text[1] == '\0')
		*out = (Record__Permit__Level)(RECORD__PERMIT__LEVEL__LEVEL_1 +
		    (text[0] - '1'));
	else
		return err_fail(why, ERR_MALFORMED,
		    CLI_ARGS_SAY("--level %s: expected special, 1 to 4, or "
		                 "none",
		        "--level %s：应为 special（特级）、1 至 4 或 "
		        "none（不分级）"),
		    text);
	return ERR_OK;
}

static void
set_text(char **field, const char *value)
{
	if (value == NULL)
		return;
	free(*field);
	*field = mem_strdup(value);
}

/* What the file says (YAML or JSON, fields of record.Permit); options come on
 * top of it.  Without a file: nothing set. */
static enum err
form_get(const struct cli *cli, Record__Permit **out, struct err_why *why)
{
	const char *path = cli_args_get(&cli->args, "form");
	ProtobufCMessage *msg = NULL;
	enum err e;

	if (path == NULL) {
		*out = mem_alloc(1, sizeof **out);
		record__permit__init(*out);
		return ERR_OK;
	}
	e = cli_record_form(&msg, path, &record__permit__descriptor, why);
	*out = (Record__Permit *)msg;
	return e;
}

/* --position LONGITUDE,LATITUDE,ACCURACY */
static enum err
position_get(const char *text, Record__Permit *p, struct err_why *why)
{
	struct cli_position at;
	enum err e;

	if (text == NULL)
		return ERR_OK;
	e = cli_position_get(&at, text, why);
	if (e != ERR_OK)
		return e;
	p->longitude = at.longitude;
	p->latitude = at.latitude;
	p->accuracy_m = at.accuracy_m;
	p->has_longitude = p->has_latitude = p->has_accuracy_m = 1;
	return ERR_OK;
}

/* Every value of an option that may be given more than once, appended. */
static void
append_all(
    const struct cli_args *a, const char *option, char ***list, size_t *n)
{
	const char *text;

	for (size_t i = 0; (text = cli_args_nth(a, option, i)) != NULL; i++) {
		*list = mem_resize(*list, *n + 1, sizeof **list);
		(*list)[(*n)++] = mem_strdup(text);
	}
}

/* The options that any step may carry. */
static enum err
begin(const struct cli *cli, Record__Permit **out, struct err_why *why)
{
	const struct cli_args *a = &cli->args;
	int64_t now_us = clock_wall_us(clock_system());
	Record__Permit *p = NULL;
	enum err e = form_get(cli, &p, why);

	*out = p;
	if (e != ERR_OK)
		return e;
	p->has_occurred_at = 1;
	p->occurred_at = now_us;
	e = cli_record_time(
	    cli, "at", now_us, &p->has_occurred_at, &p->occurred_at, why);
	if (e == ERR_OK)
		e = position_get(cli_args_get(a, "position"), p, why);
	set_text(&p->reason, cli_args_get(a, "reason"));
	set_text(&p->note, cli_args_get(a, "note"));
	return e;
}

/* Sends it when it could be made; frees it. */
static int
end(struct cli *cli, Record__Permit *p, const char *id, enum err e,
    const struct err_why *why)
{
	int status;

	if (e != ERR_OK)
		status = cli_wrong(cli, why);
	else
		status = cli_record_send(cli,
		    &(struct cli_record_event){.kind = LEDGER__KIND__PERMIT,
		        .path = PERMITS,
		        .record_id = id,
		        .msg = &p->base,
		        .occurred_us = p->occurred_at});
	if (p != NULL)
		record__permit__free_unpacked(p, NULL);
	return status;
}

/* Texts of an application: option and field. */
static void
apply_texts(const struct cli_args *a, Record__Permit *p)
{
	set_text(&p->area, cli_args_get(a, "area"));
	set_text(&p->location, cli_args_get(a, "location"));
	set_text(&p->content, cli_args_get(a, "content"));
	set_text(&p->unit, cli_args_get(a, "unit"));
	set_text(&p->applicant, cli_args_get(a, "actor"));
	set_text(&p->worker, cli_args_get(a, "worker"));
	set_text(&p->worker_name, cli_args_get(a, "worker-name"));
	set_text(&p->guardian, cli_args_get(a, "guardian"));
	set_text(&p->permit_no, cli_args_get(a, "number"));
	set_text(&p->supersedes, cli_args_get(a, "supersedes"));
	set_text(&p->work_type, cli_args_get(a, "work"));
	if (p->work_type == NULL)
		p->work_type = mem_strdup("hot-work");
}

int
cli_permit_apply(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	const char *level = cli_args_get(a, "level");
	struct err_why why = {.text = ""};
	Record__Permit *p = NULL;
	enum err e = begin(cli, &p, &why);

	if (e != ERR_OK)
		return end(cli, p, NULL, e, &why);
	p->has_action = 1;
	p->action = cli_args_get(a, "book") != NULL
	    ? RECORD__PERMIT__ACTION__BOOK
	    : RECORD__PERMIT__ACTION__APPLY;
	if (cli_args_get(a, "urgent") != NULL)
		p->has_urgent = p->urgent = 1;
	if (level != NULL || !p->has_level) {
		p->has_level = 1;
		e = cli_permit_level(level, &p->level, &why);
	}
	apply_texts(a, p);
	append_all(a, "link", &p->linked, &p->n_linked);
	append_all(a, "equipment", &p->equipment, &p->n_equipment);
	if (!p->has_planned_from_at)
		p->planned_from_at = p->occurred_at;
	p->has_planned_from_at = 1;
	if (e == ERR_OK)
		e = cli_record_time(cli, "from", p->occurred_at,
		    &p->has_planned_from_at, &p->planned_from_at, &why);
	if (!p->has_planned_to_at)
		p->planned_to_at = p->occurred_at + INT64_C(8) * 3600 * 1000000;
	p->has_planned_to_at = 1;
	if (e == ERR_OK)
		e = cli_record_time(cli, "to", p->planned_from_at,
		    &p->has_planned_to_at, &p->planned_to_at, &why);
	return end(cli, p, cli_args_get(a, "booking"), e, &why);
}

/* NAME=VALUE[UNIT][:LEL], %vol when there is no unit. */
static enum err
reading_get(const char *text, Record__GasReading **out, struct err_why *why)
{
	static const char *const units[] = {"%vol", "%LEL", "mg/m3", "ppm"};
	Record__GasReading *r = mem_alloc(1, sizeof *r);
	const char *eq = strchr(text, '=');
	const char *unit = units[0];
	char *at = NULL;

	record__gas_reading__init(r);
	*out = r;
	if (eq == NULL || eq == text)
		goto bad;
	r->gas = mem_alloc((size_t)(eq - text) + 1, 1);
	memcpy(r->gas, text, (size_t)(eq - text));
	r->has_value = 1;
	r->value = strtod(eq + 1, &at);
	if (at == eq + 1)
		goto bad;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		size_t n = strlen(units[i]);

		if (strncmp(at, units[i], n) != 0)
			continue;
		unit = units[i];
		at += n;
		break;
	}
	r->unit = mem_strdup(unit);
	if (*at == ':') {
		const char *lel = at + 1;

		r->has_lel = 1;
		r->lel = strtod(lel, &at);
		if (at == lel)
			goto bad;
	}
	if (*at == '\0')
		return ERR_OK;
bad:
	return err_fail(why, ERR_MALFORMED,
	    CLI_ARGS_SAY("--gas %s: expected GAS=READING or GAS=READING:LEL, "
	                 "such as methane=0.1:5 or hydrogen-sulfide=2mg/m3",
	        "--gas %s：应为 气体=读数 或 气体=读数:爆炸下限，"
	        "如 methane=0.1:5 或 hydrogen-sulfide=2mg/m3"),
	    text);
}

int
cli_permit_gas_test(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	struct err_why why = {.text = ""};
	Record__Permit *p = NULL;
	const char *text;
	enum err e = begin(cli, &p, &why);

	if (e != ERR_OK)
		return end(cli, p, NULL, e, &why);
	p->has_action = 1;
	p->action = RECORD__PERMIT__ACTION__GAS_TEST;
	p->has_sampled_at = 1;
	p->sampled_at = p->occurred_at;
	e = cli_record_time(cli, "sampled", p->occurred_at, &p->has_sampled_at,
	    &p->sampled_at, &why);
	set_text(&p->analyst, cli_args_get(a, "actor"));
	set_text(&p->location, cli_args_get(a, "place"));
	append_all(a, "instrument", &p->instruments, &p->n_instruments);
	for (size_t i = 0; e == ERR_OK; i++) {
		text = cli_args_nth(a, "gas", i);
		if (text == NULL)
			break;
		p->gas = mem_resize(p->gas, p->n_gas + 1, sizeof *p->gas);
		e = reading_get(text, &p->gas[p->n_gas], &why);
		p->n_gas++;
	}
	return end(cli, p, a->operands[0], e, &why);
}

/* An action, else a step of the permit's rule pack. */
static enum err
step_get(Record__Permit *p, const char *name, struct err_why *why)
{
	const ProtobufCEnumDescriptor *d = &record__permit__action__descriptor;
	char word[40];
	size_t n = strlen(name);

	for (size_t i = 0; i <= n && n < sizeof word; i++)
		word[i] = (char)(name[i] == '-' ? '_' : name[i]);
	p->has_action = 1;
	p->action = RECORD__PERMIT__ACTION__STEP;
	for (unsigned i = 0; i < d->n_values && n < sizeof word; i++) {
		if (strcasecmp(d->values[i].name, word) == 0 &&
		    d->values[i].value >= RECORD__PERMIT__ACTION__APPROVE &&
		    d->values[i].value != RECORD__PERMIT__ACTION__BOOK &&
		    d->values[i].value < RECORD__PERMIT__ACTION__AWAY &&
		    d->values[i].value != RECORD__PERMIT__ACTION__STEP)
			p->action = (Record__Permit__Action)d->values[i].value;
	}
	if (p->action != RECORD__PERMIT__ACTION__STEP)
		return ERR_OK;
	if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != n)
		return err_fail(why, ERR_MALFORMED,
		    CLI_ARGS_SAY("%s is none of %s", "%s 不属于 %s"), name,
		    "approve start suspend resume finish accept cancel reject "
		    "void close change-guardian change-workers, nor a step of "
		    "a rule "
		    "pack");
	set_text(&p->step, name);
	return ERR_OK;
}

int
cli_permit_step(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	struct err_why why = {.text = ""};
	Record__Permit *p = NULL;
	enum err e = begin(cli, &p, &why);

	if (e != ERR_OK)
		return end(cli, p, NULL, e, &why);
	e = step_get(p, a->operands[0], &why);
	set_text(&p->successor, cli_args_get(a, "successor"));
	append_all(a, "instrument", &p->instruments, &p->n_instruments);
	if (p->action == RECORD__PERMIT__ACTION__APPROVE)
		set_text(&p->approver, cli_args_get(a, "actor"));
	return end(cli, p, a->operands[1], e, &why);
}

int
cli_permit_list(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"ID", "编号"}, "record_id"},
	    {{"SITE", "站点"}, "site"},
	    {{"STATE", "状态"}, "state"},
	    {{"WORK", "作业"}, "events.permit.work_type"},
	    {{"LEVEL", "级别"}, "level_name"},
	    {{"AREA", "区域"}, "area"},
	    {{"NUMBER", "票号"}, "events.permit.permit_no"},
	    {{"FROM", "有效自"}, "valid_from_at"},
	    {{"TO", "有效至"}, "valid_to_at"},
	    {{NULL, NULL}, NULL},
	};

	return cli_record_list(cli, PERMITS, columns);
}

int
cli_permit_show(struct cli *cli)
{
	return cli_record_show(cli, PERMITS);
}
