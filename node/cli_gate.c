/* cli_gate.c - a person's code made; checked at a gate. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_decide.h"
#include "node/cli_permit.h"
#include "node/cli_record.h"
#include "node/qr.h"
#include "node/whole_file.h"
#include "proto/slice.h"
#include "proto/text.h"

#include <stdio.h>
#include <unistd.h>

#define MINUTE_US INT64_C(60000000)
#define PNG_SCALE 8
#define PICTURE_BYTES (4u << 20)
#define CODE_BYTES 4096

static enum err
show_code(
    const struct cli *cli, const ProtobufCMessage *msg, struct err_why *why)
{
	const Api__Code *m = (const Api__Code *)msg;
	const char *file = cli_args_get(&cli->args, "png");
	struct buf picture;
	enum err e = ERR_OK;

	buf_init(&picture, PICTURE_BYTES);
	if (file != NULL) {
		e = qr_png(&picture, m->code, PNG_SCALE, why);
		if (e == ERR_OK)
			e = whole_file_write(
			    file, buf_view(&picture), 0600, why);
	} else if (!cli->json && isatty(STDOUT_FILENO)) {
		e = qr_terminal(&picture, m->code, why);
		if (e == ERR_OK)
			(void)fputs(buf_cstr(&picture), stdout);
	}
	buf_clear(&picture);
	if (e == ERR_OK && cli->json)
		cli_out_json(msg);
	else if (e == ERR_OK)
		(void)puts(m->code);
	return e;
}

int
cli_gate_code(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	const char *valid = cli_args_get(a, "valid");
	Api__CodePost post = API__CODE_POST__INIT;
	ProtobufCMessage *msg = NULL;
	struct err_why why = {.text = ""};
	uint8_t uuid[16];
	int64_t us = 0;
	int status;
	enum err e = ERR_OK;

	if (text_uuid_get(uuid, bytes_str(a->operands[0]), NULL) == ERR_OK)
		post.record_id = cli_record_text(a->operands[0]);
	else
		post.holder = cli_record_text(a->operands[0]);
	post.verifier = cli_record_text(cli_args_get(a, "to"));
	post.has_badge = post.badge = cli_args_get(a, "badge") != NULL;
	if (valid != NULL) {
		e = text_span_get(&us, bytes_str(valid), &why);
		post.has_minutes = true;
		post.minutes = (uint32_t)(us / MINUTE_US);
	}
	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	status = cli_call_message(
	    cli, "POST", "/v1/codes", &post.base, &api__code__descriptor, &msg);
	if (status != CLI_OK)
		return status;
	e = show_code(cli, msg, &why);
	slice_free(msg);
	return e == ERR_OK ? CLI_OK : cli_fail(cli, e, &why);
}

int
cli_gate_check(struct cli *cli)
{
	const struct cli_args *a = &cli->args;
	const char *work = cli_args_get(a, "work");
	Api__GatePost post = API__GATE_POST__INIT;
	ProtobufCMessage *msg = NULL;
	struct err_why why = {.text = ""};
	struct buf code;
	int status;
	enum err e =
	    cli_permit_level(cli_args_get(a, "level"), &post.level, &why);

	if (e != ERR_OK)
		return cli_wrong(cli, &why);
	buf_init(&code, CODE_BYTES);
	buf_str(&code, a->operands[0]);
	/* As a scanner types it: from standard input, with a line's end. */
	if (a->operands[0][0] == '-' && a->operands[0][1] == '\0') {
		buf_reset(&code);
		e = whole_file_read(&code, "-", &why);
	}
	while (code.len > 0 &&
	    (code.ptr[code.len - 1] == '\n' || code.ptr[code.len - 1] == '\r'))
		code.len--;
	if (e != ERR_OK) {
		buf_clear(&code);
		return cli_fail(cli, e, &why);
	}
	post.code = cli_record_text(buf_cstr(&code));
	post.work_type = cli_record_text(work != NULL ? work : "hot-work");
	post.has_level = true;
	post.area = cli_record_text(cli_args_get(a, "area"));
	post.role = cli_record_text(cli_args_get(a, "role"));
	status = cli_call_message(cli, "POST", "/v1/decisions/gate", &post.base,
	    &api__decision_view__descriptor, &msg);
	buf_clear(&code);
	return status != CLI_OK ? status : cli_decide_show(cli, msg);
}
