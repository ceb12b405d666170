/* cli_position.c - where somebody stands, as the command line says it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_position.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "api.pb-c.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_record.h"
#include "proto/clock.h"

enum err
cli_position_get(
    struct cli_position *out, const char *text, struct err_why *why)
{
	double at[3];
	char *end = NULL;
	const char *s = text;

	for (size_t i = 0; i < 3; i++) {
		at[i] = strtod(s, &end);
		if (end == s || *end != (i < 2 ? ',' : '\0') ||
		    !isfinite(at[i]))
			return err_fail(why, ERR_MALFORMED,
			    CLI_ARGS_SAY(
			        "--position %s: expected LONGITUDE,LATITUDE,"
			        "METRES such as 121.4737,31.2304,8",
			        "--position %s：应为 "
			        "经度,纬度,精度（米），如 "
			        "121.4737,31.2304,8"),
			    text);
		s = end + 1;
	}
	*out = (struct cli_position){at[0], at[1], at[2]};
	return ERR_OK;
}

/* What was kept of it. */
static void
say_kept(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Api__PositionReply *r =
	    (const Api__PositionReply *)(const void *)msg;

	(void)cli;
	(void)printf("%s\n",
	    r->recorded > 0
	        ? CLI_ARGS_SAY("recorded: a guardian has left the place of the "
	                       "work, or is back",
	              "已记录：监护人离开作业地点或已返回")
	        : CLI_ARGS_SAY("taken, nothing is kept of it: of people only a "
	                       "guardian's leaving and coming back is",
	              "已接收，未留存：仅记录监护人离开与返回"));
}

static enum err
fill(const struct cli *cli, Api__Position *p, struct err_why *why)
{
	const struct cli_args *a = &cli->args;
	const char *text = cli_args_get(a, "position");
	struct cli_position at;
	enum err e;

	p->person = cli_record_text(a->operands[0]);
	p->area = cli_record_text(cli_args_get(a, "area"));
	if ((text == NULL) == (p->area == NULL))
		return err_fail(why, ERR_MALFORMED,
		    CLI_ARGS_SAY("give --area AREA or --position LON,LAT,M, "
		                 "one of them",
		        "请给出 --area 区域 或 --position 经度,纬度,精度 "
		        "之一"));
	if (text != NULL) {
		e = cli_position_get(&at, text, why);
		if (e != ERR_OK)
			return e;
		p->has_longitude = p->has_latitude = p->has_accuracy_m = 1;
		p->longitude = at.longitude;
		p->latitude = at.latitude;
		p->accuracy_m = at.accuracy_m;
	}
	return cli_record_time(cli, "at", clock_wall_us(clock_system()),
	    &p->has_occurred_at, &p->occurred_at, why);
}

int
cli_position_report(struct cli *cli)
{
	static const struct cli_out_view view = {.more = say_kept};
	Api__PositionPost post = API__POSITION_POST__INIT;
	Api__Position one = API__POSITION__INIT;
	Api__Position *list[] = {&one};
	struct err_why why = {.text = ""};

	if (fill(cli, &one, &why) != ERR_OK)
		return cli_wrong(cli, &why);
	post.positions = list;
	post.n_positions = 1;
	return cli_call_show(cli, "POST", "/v1/positions", &post.base,
	    &api__position_reply__descriptor, &view);
}
