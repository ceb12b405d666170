/* cli_record.c - what the commands about records have in common. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_record.h"

#include "node/cli_call.h"
#include "node/cli_sign.h"
#include "node/cli_wrap.h"
#include "node/whole_file.h"
#include "proto/clock.h"
#include "proto/slice.h"
#include "proto/text.h"
#include "proto/yaml.h"

#include <stdio.h>

#define FORM_MAX (256u << 10)
#define BELOW 5 /* cells before what an event says */

char *
cli_record_text(const char *argv)
{
	union {
		const char *in;
		char *out;
	} u = {.in = argv};

	return u.out;
}

size_t
cli_record_texts(
    const struct cli *cli, const char *name, char *out[static CLI_ARGS_REPEATS])
{
	for (size_t n = 0;; n++) {
		const char *text = cli_args_nth(&cli->args, name, n);

		if (text == NULL)
			return n;
		out[n] = cli_record_text(text);
	}
}

enum err
cli_record_time(const struct cli *cli, const char *name, int64_t now_us,
    protobuf_c_boolean *has, int64_t *out, struct err_why *why)
{
	const char *v = cli_args_get(&cli->args, name);
	int64_t span;

	if (v == NULL)
		return ERR_OK;
	if (text_time_get(out, bytes_str(v), NULL) != ERR_OK) {
		bool past = v[0] == '-';

		if (text_span_get(&span, bytes_str(v + past), NULL) != ERR_OK)
			return err_fail(why, ERR_MALFORMED,
			    CLI_ARGS_SAY("--%s %s: expected a time such as "
			                 "2026-11-22T10:00:00+08:00 or a span "
			                 "from now such as 8h or -8h",
			        "--%s %s：应为时间（如 "
			        "2026-11-22T10:00:00+08:00）或从现在起的"
			        "时长（如 8h 或 -8h）"),
			    name, v);
		*out = now_us + (past ? -span : span);
	}
	*has = 1;
	return ERR_OK;
}

enum err
cli_record_when(const struct cli *cli, const char *name, struct buf *path,
    struct err_why *why)
{
	char text[TEXT_TIME_CHARS + 1];
	protobuf_c_boolean has = 0;
	int64_t us = 0;
	enum err e = cli_record_time(
	    cli, name, clock_wall_us(clock_system()), &has, &us, why);

	if (e == ERR_OK && has) {
		text_time_put(text, us);
		cli_call_query(path, name, text);
	}
	return e;
}

enum err
cli_record_danger(const struct cli *cli, protobuf_c_boolean *has, uint32_t *out,
    struct err_why *why)
{
	const char *level = cli_args_get(&cli->args, "level");

	if (level == NULL)
		return ERR_OK;
	if (strcmp(level, "major") != 0 && strcmp(level, "general") != 0)
		return err_fail(why, ERR_MALFORMED,
		    CLI_ARGS_SAY("--level %s: expected major or general",
		        "--level %s：应为 major（重大）或 general（一般）"),
		    level);
	*has = 1;
	*out = strcmp(level, "major") == 0 ? 1 : 2;
	return ERR_OK;
}

enum err
cli_record_form(ProtobufCMessage **out, const char *path,
    const ProtobufCMessageDescriptor *desc, struct err_why *why)
{
	struct buf text;
	enum err e;

	buf_init(&text, FORM_MAX);
	e = whole_file_read(&text, path, why);
	if (e == ERR_OK) {
		e = yaml_decode(out, desc, buf_view(&text), why);
		if (e != ERR_OK)
			e = err_wrap(why, e, "%s", path);
	}
	buf_clear(&text);
	return e;
}

enum err
cli_record_path(char out[static CLI_RECORD_PATH_MAX], const char *path,
    const char *id, const char *tail, struct err_why *why)
{
	uint8_t uuid[16];

	if (text_uuid_get(uuid, bytes_str(id), NULL) != ERR_OK)
		return err_fail(why, ERR_MALFORMED,
		    CLI_ARGS_SAY("\"%s\" is no id such as "
		                 "01a2059c-8db4-72ed-9b6f-c429f6a32998",
		        "\"%s\" 不是编号（如 "
		        "01a2059c-8db4-72ed-9b6f-c429f6a32998）"),
		    id);
	(void)snprintf(out, CLI_RECORD_PATH_MAX, "%s/%s%s", path, id, tail);
	return ERR_OK;
}

static void
print_id(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Ledger__Receipt *r = (const Ledger__Receipt *)msg;

	(void)cli;
	(void)puts(r->record_id != NULL ? r->record_id : "-");
}

const struct cli_out_view cli_record_id = {.more = print_id};

/* The query of a list; `kind` is what a record's type is called there. */
static enum err
list_path(const struct cli *cli, const char *path, struct buf *out,
    struct err_why *why)
{
	static const char *const names[][2] = {{"state", "state"},
	    {"area", "area"}, {"site", "site"}, {"type", "kind"},
	    {"subject", "subject"}, {"level", "level"}, {"limit", "limit"},
	    {"cursor", "cursor"}};
	enum err e;

	buf_str(out, path);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		cli_call_query(
		    out, names[i][1], cli_args_get(&cli->args, names[i][0]));
	if (cli_args_get(&cli->args, "overdue") != NULL)
		cli_call_query(out, "overdue", "1");
	e = cli_record_when(cli, "from", out, why);
	return e == ERR_OK ? cli_record_when(cli, "to", out, why) : e;
}

static void
print_cursor(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Api__Records *records = (const Api__Records *)msg;
	size_t damaged = 0;

	(void)cli;
	for (size_t i = 0; i < records->n_items; i++)
		damaged += strcmp(records->items[i]->state, "DAMAGED") == 0;
	if (damaged > 0)
		(void)printf(
		    CLI_ARGS_SAY("%zu cannot be read (DAMAGED): "
		                 "lianfang audit, then lianfang repair\n",
		        "%zu 条无法读取（DAMAGED）：先运行 lianfang "
		        "audit，再运行 lianfang repair\n"),
		    damaged);
	if (records->next_cursor != NULL)
		(void)printf("%s: --cursor %s\n", CLI_ARGS_SAY("more", "更多"),
		    records->next_cursor);
}

int
cli_record_list(
    struct cli *cli, const char *path, const struct cli_out_column *columns)
{
	struct err_why why = {.text = ""};
	struct buf full;
	int status;

	buf_init(&full, 4096);
	if (list_path(cli, path, &full, &why) != ERR_OK)
		status = cli_wrong(cli, &why);
	else
		status = cli_call_show(cli, "GET", buf_cstr(&full), NULL,
		    &api__records__descriptor,
		    &(struct cli_out_view){.rows = "items",
		        .columns = columns,
		        .more = print_cursor});
	buf_clear(&full);
	return status;
}

/* The event's own message, whichever it is. */
static const ProtobufCMessage *
event_body(const Api__EventView *v)
{
	if (v->alarm != NULL)
		return &v->alarm->base;
	if (v->permit != NULL)
		return &v->permit->base;
	if (v->certificate != NULL)
		return &v->certificate->base;
	if (v->case_event != NULL)
		return &v->case_event->base;
	if (v->incident != NULL)
		return &v->incident->base;
	if (v->intel != NULL)
		return &v->intel->base;
	if (v->checklist != NULL)
		return &v->checklist->base;
	if (v->points != NULL)
		return &v->points->base;
	if (v->actor != NULL)
		return &v->actor->base;
	if (v->retention != NULL)
		return &v->retention->base;
	return NULL;
}

/* Appends `field` of `msg`, filled up to `width` characters. */
static void
put_cell(struct buf *line, const ProtobufCMessage *msg, const char *field,
    size_t width)
{
	size_t start = line->len;

	if (msg != NULL)
		cli_out_field(line, msg, field);
	while (line->len - start < width)
		buf_u8(line, ' ');
	buf_str(line, "  ");
}

/* Why the event stands as it does; a code of a newer node keeps the words that
 * were committed with it. */
static void
put_reason(struct buf *line, const Api__EventView *v)
{
	const Api__Reason *r = v->reason;

	if (r != NULL)
		buf_str(line, CLI_ARGS_SAY(r->text, r->text_zh));
	else if (v->annex != NULL && v->annex->text != NULL)
		cli_wrap_plain(line, v->annex->text);
	if (v->annex == NULL || v->annex->code == NULL)
		return;
	buf_str(line, " (");
	cli_wrap_plain(line, v->annex->code);
	if (v->annex->clause != NULL && v->annex->clause[0] != '\0') {
		buf_str(line, ", ");
		cli_wrap_plain(line, v->annex->clause);
	}
	buf_u8(line, ')');
}

/* What belongs to the line above; empties it. */
static void
print_below(struct buf *line)
{
	if (line->len > 0) {
		(void)printf("%*s", BELOW, "");
		cli_wrap_line(buf_cstr(line), BELOW, BELOW);
	}
	buf_reset(line);
}

/* The origin without the site, which stands above. */
static void
put_log(struct buf *line, const char *origin, const char *site)
{
	size_t n = site != NULL ? strlen(site) : 0;

	if (origin == NULL)
		return;
	if (n > 0 && strncmp(origin, site, n) == 0 && origin[n] == '/')
		origin += n + 1;
	cli_wrap_plain(line, origin);
}

static void
print_event(const Api__EventView *v, const char *site)
{
	const ProtobufCMessage *body = event_body(v);
	const ProtobufCMessage *place =
	    v->place != NULL ? &v->place->base : NULL;
	struct buf line;

	buf_init(&line, 65536);
	buf_printf(&line, "%3u  ", (unsigned)v->event_seq);
	put_cell(&line, place, "recorded_at", 26);
	if (body != NULL)
		put_cell(&line, body, "action", 10);
	else
		put_cell(&line, &v->base, "withheld", 10);
	put_cell(&line, &v->base, "outcome", 12);
	if (place != NULL) {
		put_log(&line, v->place->origin, site);
		buf_str(&line, " #");
		cli_out_field(&line, place, "index");
	}
	if (v->signer != NULL)
		buf_str(&line, CLI_ARGS_SAY("  signed", "  已签名"));
	(void)puts(buf_cstr(&line));
	buf_reset(&line);
	put_reason(&line, v);
	print_below(&line);
	if (body != NULL)
		cli_out_set(&line, body);
	print_below(&line);
	buf_clear(&line);
}

/* What is missing, by which clause, who can mend it, and how. */
static void
print_gap(struct buf *line, const Api__Gap *g)
{
	const Api__Reason *r = g->reason;

	buf_str(line, CLI_ARGS_SAY(r->text, r->text_zh));
	if (g->missing != NULL) {
		buf_str(line, ": ");
		cli_wrap_plain(line, g->missing);
	}
	buf_printf(line, " (%s", r->code);
	if (r->clause != NULL)
		buf_printf(line, ", %s", r->clause);
	buf_u8(line, ')');
	print_below(line);
	if (r->fix == NULL)
		return;
	buf_printf(line, "-> %s", CLI_ARGS_SAY(r->fix, r->fix_zh));
	for (size_t i = 0; i < g->n_who; i++) {
		buf_str(line, i == 0 ? " (" : ", ");
		cli_wrap_plain(line, g->who[i]);
	}
	if (g->n_who > 0)
		buf_u8(line, ')');
	print_below(line);
}

static void
print_gaps(const Api__RecordView *view)
{
	struct buf line;

	if (view->next_action == NULL)
		return;
	(void)printf(view->n_missing == 0
	        ? CLI_ARGS_SAY(
	              "nothing is missing before %s\n", "%s 无缺项，可进行\n")
	        : CLI_ARGS_SAY("missing before %s:\n", "进行 %s 之前尚缺：\n"),
	    view->next_action);
	buf_init(&line, 4096);
	for (size_t i = 0; i < view->n_missing; i++)
		print_gap(&line, view->missing[i]);
	buf_clear(&line);
}

/* What its rules, or others, have to say of a permit. */
static void
print_alarms(const Api__RecordView *view)
{
	struct buf line;

	if (view->n_alarms == 0)
		return;
	(void)puts(CLI_ARGS_SAY("alarms about it:", "与之有关的报警："));
	buf_init(&line, 65536);
	for (size_t i = 0; i < view->n_alarms; i++) {
		const Api__PermitAlarm *a = view->alarms[i];

		put_cell(&line, &a->base, "code", 5);
		put_cell(&line, &a->base, "level", 3);
		put_cell(&line, &a->base, "state", 13);
		put_cell(&line, &a->base, "opened_at", 26);
		cli_out_field(&line, &a->base, "record_id");
		print_below(&line);
		cli_out_field(&line, &a->base, "title");
		buf_str(&line, "  ");
		cli_out_field(&line, &a->base, "detail");
		print_below(&line);
	}
	if (view->more_alarms)
		(void)puts(CLI_ARGS_SAY(
		    "      and older ones", "      另有更早的报警"));
	buf_clear(&line);
}

static void
print_events(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Api__RecordView *view = (const Api__RecordView *)msg;

	(void)cli;
	print_gaps(view);
	print_alarms(view);
	for (size_t i = 0; i < view->n_events; i++)
		print_event(view->events[i], view->site);
}

int
cli_record_show(struct cli *cli, const char *path)
{
	static const struct cli_out_column head[] = {
	    {{"id", "编号"}, "record_id"},
	    {{"site", "站点"}, "site"},
	    {{"number", "票号"}, "number"},
	    {{"as of", "截至"}, "as_of_at"},
	    {{"state", "状态"}, "state"},
	    {{"as known now", "现知状态"}, "hindsight_state"},
	    {{"level", "级别"}, "level_name"},
	    {{"area", "区域"}, "area"},
	    {{"valid from", "有效自"}, "valid_from_at"},
	    {{"valid to", "有效至"}, "valid_to_at"},
	    {{"credential", "凭证"}, "credential_id"},
	    {{"received", "收到"}, "case_state.received_at"},
	    {{"due", "期限"}, "case_state.due_at"},
	    {{"overdue", "超期"}, "case_state.overdue"},
	    {{"responded", "响应"}, "case_state.responded_at"},
	    {{"rectified", "整改完成"}, "case_state.rectified_at"},
	    {{"closed", "关闭"}, "case_state.closed_at"},
	    {{"tier", "层级"}, "check_state.tier"},
	    {{"checked", "最近排查"}, "check_state.checked_at"},
	    {{"check due", "应查"}, "check_state.due_at"},
	    {{"missing", "漏查"}, "check_state.missing"},
	    {{"parent", "上级"}, "check_state.parent"},
	    {{"balance", "余额"}, "points_state.balance"},
	    {{"vouched for", "有成员担保"}, "veil.vouched"},
	    {{"term", "环签期"}, "veil.term"},
	    {{"one of companies", "出自企业之一，共"}, "veil.companies"},
	    {{"not vouched", "未获担保"}, "veil.why_not"},
	    {{"same source", "同一来源"}, "veil.linked"},
	    {{"claimed by", "认领"}, "veil.claimed_by"},
	    {{"published as", "代发编号"}, "veil.published_as"},
	    {{"published by", "代发成员"}, "veil.published_by"},
	    {{"companies in ring", "环内企业"}, "veil.in_ring"},
	    {{"companies needed", "所需企业"}, "veil.needed"},
	    {{"credits", "累计奖励"}, "points_state.credits"},
	    {{"debits", "累计兑换"}, "points_state.debits"},
	    {{NULL, NULL}, NULL},
	};
	char one[CLI_RECORD_PATH_MAX];
	struct err_why why = {.text = ""};
	struct buf full;
	int status;

	if (cli_record_path(one, path, cli->args.operands[0], "", &why) !=
	    ERR_OK)
		return cli_wrong(cli, &why);
	buf_init(&full, 4096);
	buf_str(&full, one);
	cli_call_query(&full, "site", cli_args_get(&cli->args, "site"));
	if (cli_record_when(cli, "at", &full, &why) != ERR_OK) {
		buf_clear(&full);
		return cli_wrong(cli, &why);
	}
	status = cli_call_show(cli, "GET", buf_cstr(&full), NULL,
	    &api__record_view__descriptor,
	    &(struct cli_out_view){.head = head, .more = print_events});
	buf_clear(&full);
	return status;
}

int
cli_record_seq(
    const struct cli *cli, const char *path, const char *id, uint32_t *out)
{
	ProtobufCMessage *msg = NULL;
	char full[CLI_RECORD_PATH_MAX];
	struct err_why why = {.text = ""};
	int status;

	if (cli_record_path(full, path, id, "", &why) != ERR_OK)
		return cli_wrong(cli, &why);
	status = cli_call_message(
	    cli, "GET", full, NULL, &api__record_view__descriptor, &msg);
	if (status != CLI_OK)
		return status;
	*out = ((const Api__RecordView *)msg)->event_seq;
	slice_free(msg);
	return CLI_OK;
}

/* An unsigned post of the message's kind; the message is borrowed. */
static void
plain_post(Api__EventPost *post, const ProtobufCMessage *msg)
{
	union {
		const ProtobufCMessage *in;
		void *out;
	} u = {.in = msg};

	if (msg->descriptor == &record__alarm__descriptor)
		post->alarm = u.out;
	else if (msg->descriptor == &record__permit__descriptor)
		post->permit = u.out;
	else if (msg->descriptor == &record__certificate__descriptor)
		post->certificate = u.out;
	else if (msg->descriptor == &record__case__descriptor)
		post->case_event = u.out;
	else if (msg->descriptor == &record__incident__descriptor)
		post->incident = u.out;
	else if (msg->descriptor == &record__intel__descriptor)
		post->intel = u.out;
	else if (msg->descriptor == &record__retention__descriptor)
		post->retention = u.out;
}

static int
print_receipt(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Ledger__Receipt *r = (const Ledger__Receipt *)msg;

	cli_out_answer(cli, msg, &cli_record_id);
	/* What the node judged: a reading, say, that is over its limit. */
	if (r->has_outcome && r->outcome == LEDGER__OUTCOME__APPLIED &&
	    r->text != NULL && r->text_zh != NULL) {
		(void)fprintf(stderr, "lianfang %s: %s\n", cli->command,
		    CLI_ARGS_SAY(r->text, r->text_zh));
		return CLI_OK;
	}
	if (r->has_outcome && r->outcome != LEDGER__OUTCOME__APPLIED) {
		(void)fprintf(stderr, "lianfang %s: %s: %s\n", cli->command,
		    CLI_ARGS_SAY("recorded, but it moved nothing",
		        "已记录，但未改变状态"),
		    r->text == NULL ? "?" : CLI_ARGS_SAY(r->text, r->text_zh));
		return CLI_FAILED;
	}
	return CLI_OK;
}

int
cli_record_send(struct cli *cli, const struct cli_record_event *ev)
{
	const char *actor = cli_args_get(&cli->args, "actor");
	struct cli_sign_what what = {.actor = actor,
	    .kind = ev->kind,
	    .record_id = ev->record_id,
	    .occurred_us = ev->occurred_us,
	    .msg = ev->msg};
	Api__EventPost plain = API__EVENT_POST__INIT;
	Api__EventPost *post = NULL;
	ProtobufCMessage *msg = NULL;
	struct err_why why = {.text = ""};
	char path[CLI_RECORD_PATH_MAX];
	int status = CLI_OK;
	enum err e;

	(void)snprintf(path, sizeof(path), "%s", ev->path);
	if (ev->record_id != NULL &&
	    cli_record_path(path, ev->path, ev->record_id, "/events", &why) !=
	        ERR_OK)
		return cli_wrong(cli, &why);
	if (actor != NULL) {
		if (ev->record_id != NULL)
			status = cli_record_seq(
			    cli, ev->path, ev->record_id, &what.based_on);
		if (status != CLI_OK)
			return status;
		e = cli_sign_event(cli, &what, &post, &why);
		if (e != ERR_OK)
			return cli_fail(cli, e, &why);
	} else {
		plain_post(&plain, ev->msg);
	}
	status = cli_call_message(cli, "POST", path,
	    post != NULL ? &post->base : &plain.base,
	    &ledger__receipt__descriptor, &msg);
	if (status == CLI_OK)
		status = print_receipt(cli, msg);
	slice_free(msg);
	if (post != NULL)
		api__event_post__free_unpacked(post, NULL);
	return status;
}
