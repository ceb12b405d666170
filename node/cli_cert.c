/* cli_cert.c - certificates: issued, published, presented, accepted. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_record.h"
#include "node/whole_file.h"
#include "proto/clock.h"
#include "proto/json.h"
#include "proto/slice.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define CERTIFICATES "/v1/certificates"
#define PRESENTATION_MAX 16384

int
cli_cert_issue(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	char *areas[CLI_ARGS_VALUES];
	int64_t now_us = clock_wall_us(clock_system());
	struct err_why why = {.text = ""};
	enum err e;

	c.has_action = 1;
	c.action = RECORD__CERTIFICATE__ACTION__ISSUE;
	c.has_occurred_at = 1;
	c.occurred_at = now_us;
	c.holder_name = cli_record_text(cli_args_get(a, "holder"));
	c.holder = c.holder_name;
	c.holder_number = cli_record_text(cli_args_get(a, "holder-number"));
	c.class_ = cli_record_text(cli_args_get(a, "class"));
	c.item = cli_record_text(cli_args_get(a, "item"));
	c.number = cli_record_text(cli_args_get(a, "number"));
	c.authority = cli_record_text(cli_args_get(a, "authority"));
	c.areas = areas;
	for (size_t i = 0; i < CLI_ARGS_VALUES; i++) {
		const char *area = cli_args_nth(a, "area", i);

		if (area != NULL)
			areas[c.n_areas++] = cli_record_text(area);
	}
	c.has_valid_from_at = 1;
	c.valid_from_at = now_us;
	e = cli_record_time(
	    cli, "from", now_us, &c.has_valid_from_at, &c.valid_from_at, &why);
	if (e == ERR_OK)
		e = cli_record_time(cli, "to", now_us, &c.has_valid_to_at,
		    &c.valid_to_at, &why);
	if (e == ERR_OK)
		e = cli_record_time(cli, "review", now_us, &c.has_review_due_at,
		    &c.review_due_at, &why);
	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	return cli_record_send(cli,
	    &(struct cli_record_event){.kind = LEDGER__KIND__CERTIFICATE,
	        .path = CERTIFICATES,
	        .msg = &c.base,
	        .occurred_us = now_us});
}

int
cli_cert_step(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	const char *step = a->operands[0];
	const ProtobufCEnumDescriptor *d =
	    &record__certificate__action__descriptor;
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	struct err_why why = {.text = ""};
	enum err e;

	for (unsigned i = 0; i < d->n_values; i++) {
		int v = d->values[i].value;

		if (strcasecmp(d->values[i].name, step) == 0 &&
		    v > RECORD__CERTIFICATE__ACTION__ISSUE &&
		    v != RECORD__CERTIFICATE__ACTION__PUBLISH) {
			c.has_action = 1;
			c.action = (Record__Certificate__Action)v;
		}
	}
	if (!c.has_action) {
		(void)err_fail(&why, ERR_MALFORMED,
		    CLI_ARGS_SAY("%s is none of %s", "%s 不属于 %s"), step,
		    "suspend reinstate revoke review cancel worked retest");
		return cli_wrong(cli, &why);
	}
	c.has_occurred_at = 1;
	c.occurred_at = clock_wall_us(clock_system());
	c.reason = cli_record_text(cli_args_get(a, "reason"));
	c.reason_code = cli_record_text(cli_args_get(a, "code"));
	e = cli_record_time(cli, "review", c.occurred_at, &c.has_review_due_at,
	    &c.review_due_at, &why);
	if (e == ERR_OK)
		e = cli_record_time(cli, "to", c.occurred_at,
		    &c.has_valid_to_at, &c.valid_to_at, &why);
	if (e == ERR_OK)
		e = cli_record_time(cli, "last", c.occurred_at,
		    &c.has_last_worked_at, &c.last_worked_at, &why);
	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	return cli_record_send(cli,
	    &(struct cli_record_event){.kind = LEDGER__KIND__CERTIFICATE,
	        .path = CERTIFICATES,
	        .record_id = a->operands[1],
	        .msg = &c.base,
	        .occurred_us = c.occurred_at});
}

int
cli_cert_publish(struct cli *cli)
{
	char path[CLI_RECORD_PATH_MAX];
	struct err_why why = {.text = ""};

	if (cli_record_path(path, CERTIFICATES, cli->args.operands[0],
	        "/publish", &why) != ERR_OK)
		return cli_wrong(cli, &why);
	return cli_call_show(cli, "POST", path, NULL,
	    &ledger__receipt__descriptor, &cli_record_id);
}

int
cli_cert_present(struct cli *cli)
{
	const char *file = cli_args_get(&cli->args, "output");
	Api__PresentPost post = API__PRESENT_POST__INIT;
	ProtobufCMessage *msg = NULL;
	struct err_why why = {.text = ""};
	struct buf text;
	char path[CLI_RECORD_PATH_MAX];
	int status;
	enum err e;

	post.record_id = cli_record_text(cli->args.operands[0]);
	post.verifier = cli_record_text(cli_args_get(&cli->args, "to"));
	post.has_attributes = post.attributes =
	    cli_args_get(&cli->args, "attributes") != NULL;
	e = cli_args_count(
	    &cli->args, "days", &post.has_days, &post.days, &why);
	if (e == ERR_OK)
		e = cli_record_path(path, CERTIFICATES, cli->args.operands[0],
		    "/present", &why);
	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	status = cli_call_message(cli, "POST", path, &post.base,
	    &record__presentation__descriptor, &msg);
	if (status != CLI_OK)
		return status;
	buf_init(&text, PRESENTATION_MAX);
	json_encode(&text, msg, JSON_PRETTY);
	e = whole_file_write(
	    file != NULL ? file : "-", buf_view(&text), 0600, &why);
	buf_clear(&text);
	slice_free(msg);
	return e == ERR_OK ? CLI_OK : cli_fail(cli, e, &why);
}

int
cli_cert_list(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"ID", "编号"}, "record_id"},
	    {{"SITE", "站点"}, "site"},
	    {{"STATE", "状态"}, "state"},
	    {{"HOLDER", "持证人"}, "events.certificate.holder_name"},
	    {{"CLASS", "类别"}, "events.certificate.class"},
	    {{"ITEM", "项目"}, "events.certificate.item"},
	    {{"VALID TO", "有效至"}, "valid_to_at"},
	    {{NULL, NULL}, NULL},
	};

	return cli_record_list(cli, CERTIFICATES, columns);
}

static void
print_next(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Api__Expiring *m = (const Api__Expiring *)msg;

	(void)cli;
	if (m->next_cursor != NULL)
		(void)printf("%s: --cursor %s\n", CLI_ARGS_SAY("more", "更多"),
		    m->next_cursor);
}

int
cli_cert_expiring(struct cli *cli)
{
	static const struct cli_out_column columns[] = {
	    {{"DUE", "到期"}, "due_at"},
	    {{"DAYS", "剩余天数"}, "days_left"},
	    {{"WHAT", "事项"}, "term"},
	    {{"ID", "编号"}, "record.record_id"},
	    {{"STATE", "状态"}, "record.state"},
	    {{"HOLDER", "持证人"}, "record.events.certificate.holder_name"},
	    {{"CLASS", "类别"}, "record.events.certificate.class"},
	    {{"CLAUSE", "条款"}, "clause"},
	    {{NULL, NULL}, NULL},
	};
	struct buf path;
	int status;

	buf_init(&path, 4096);
	buf_str(&path, "/v1/expiring");
	cli_call_query(&path, "within", cli_args_get(&cli->args, "within"));
	cli_call_query(&path, "limit", cli_args_get(&cli->args, "limit"));
	cli_call_query(&path, "cursor", cli_args_get(&cli->args, "cursor"));
	status = cli_call_show(cli, "GET", buf_cstr(&path), NULL,
	    &api__expiring__descriptor,
	    &(struct cli_out_view){
	        .rows = "items", .columns = columns, .more = print_next});
	buf_clear(&path);
	return status;
}

int
cli_cert_show(struct cli *cli)
{
	return cli_record_show(cli, CERTIFICATES);
}
