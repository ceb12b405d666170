/* cli_holder.c - a holder shows, a verifier accepts. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/seal.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_record.h"
#include "node/qr.h"
#include "node/showing.h"
#include "node/whole_file.h"
#include "proto/json.h"
#include "proto/slice.h"
#include "proto/text.h"

#include <stdio.h>

#define FILE_MAX 65536
#define PNG_SCALE 6
#define PICTURE_BYTES (4u << 20)

/* A presentation as a file (JSON) or as a camera reads it (LF2:). */
static enum err
read_presentation(
    const char *file, Record__Presentation **out, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	struct buf text;
	struct bytes in;
	enum err e;

	*out = NULL;
	buf_init(&text, FILE_MAX);
	e = whole_file_read(&text, file, why);
	in = buf_view(&text);
	while (in.len > 0 && in.ptr[in.len - 1] == '\n')
		in.len--;
	if (e == ERR_OK && in.len > 4 && memcmp(in.ptr, "LF2:", 4) == 0) {
		e = showing_code_get(out, in, why);
	} else if (e == ERR_OK) {
		e = json_decode(
		    &msg, &record__presentation__descriptor, in, why);
		*out = (Record__Presentation *)(void *)msg;
	}
	buf_clear(&text);
	return e;
}

/* What of the certificate the holder let be seen. */
static void
print_shown(const Record__Presentation *p)
{
	ProtobufCMessage *m = NULL;
	struct buf bytes;
	struct buf text;

	buf_init(&bytes, SEAL_MESSAGE_MAX);
	buf_init(&text, FILE_MAX);
	if (showing_check(p, &bytes, NULL) == ERR_OK &&
	    slice_unpack(&m, &record__certificate__descriptor, buf_view(&bytes),
	        NULL) == ERR_OK) {
		json_encode(&text, m, JSON_PRETTY);
		(void)puts(buf_cstr(&text));
		slice_free(m);
	}
	buf_clear(&text);
	buf_clear(&bytes);
}

int
cli_cert_accept(struct cli *cli)
{
	Record__Presentation *p = NULL;
	ProtobufCMessage *reply = NULL;
	struct err_why why = {.text = ""};
	int status;
	enum err e = read_presentation(cli->args.operands[0], &p, &why);

	if (e != ERR_OK)
		return cli_fail(cli, e, &why);
	status = cli_call_message(cli, "POST", "/v1/presentations", &p->base,
	    &ledger__receipt__descriptor, &reply);
	if (status == CLI_OK && cli->json)
		cli_out_json(reply);
	else if (status == CLI_OK)
		(void)puts(p->holder_ref != NULL ? p->holder_ref : "-");
	if (status == CLI_OK && !cli->json && p->has_attributes)
		print_shown(p);
	if (reply != NULL)
		slice_free(reply);
	slice_free(&p->base);
	return status;
}

int
cli_cert_challenge(struct cli *cli)
{
	ProtobufCMessage *reply = NULL;
	int status = cli_call_message(cli, "POST", "/v1/challenges", NULL,
	    &api__challenge__descriptor, &reply);

	if (status == CLI_OK && cli->json)
		cli_out_json(reply);
	else if (status == CLI_OK)
		(void)puts(((const Api__Challenge *)reply)->challenge);
	if (reply != NULL)
		slice_free(reply);
	return status;
}

static enum err
put_out(
    const struct cli *cli, const Record__Presentation *p, struct err_why *why)
{
	const char *png = cli_args_get(&cli->args, "png");
	const char *file = cli_args_get(&cli->args, "output");
	struct buf out;
	struct buf code;
	enum err e = ERR_OK;

	buf_init(&out, PICTURE_BYTES);
	buf_init(&code, SHOWING_CODE_MAX + 1);
	if (png != NULL) {
		showing_code_put(&code, p);
		e = buf_ok(&code, why);
		if (e == ERR_OK)
			e = qr_png(&out, buf_cstr(&code), PNG_SCALE, why);
	} else {
		json_encode(&out, &p->base, JSON_PRETTY);
	}
	if (e == ERR_OK)
		e = whole_file_write(png != NULL ? png
		        : file != NULL           ? file
		                                 : "-",
		    buf_view(&out), 0600, why);
	buf_clear(&code);
	buf_clear(&out);
	return e;
}

int
cli_holder_show(struct cli *cli)
{
	const char *names[CLI_ARGS_VALUES];
	uint8_t bytes[SHOWING_CHALLENGE_BYTES];
	struct buf challenge = {
	    .ptr = bytes, .cap = sizeof bytes, .max = sizeof bytes};
	Record__Presentation *p = NULL;
	struct err_why why = {.text = ""};
	size_t n = 0;
	enum err e = read_presentation(cli->args.operands[0], &p, &why);

	for (size_t i = 0; i < CLI_ARGS_VALUES; i++) {
		const char *name = cli_args_nth(&cli->args, "field", i);

		if (name != NULL)
			names[n++] = name;
	}
	if (e == ERR_OK)
		e = text_hex_get(&challenge,
		    bytes_str(cli_args_get(&cli->args, "challenge")), &why);
	if (e == ERR_OK)
		e = showing_make(p, buf_view(&challenge), names, n, &why);
	if (e == ERR_OK)
		e = put_out(cli, p, &why);
	if (p != NULL)
		slice_free(&p->base);
	return e == ERR_OK ? CLI_OK : cli_fail(cli, e, &why);
}

int
cli_cert_cross_check(struct cli *cli)
{
	const char *file = cli_args_get(&cli->args, "output");
	ProtobufCMessage *asked = NULL;
	ProtobufCMessage *reply = NULL;
	struct err_why why = {.text = ""};
	struct buf text;
	int status;
	enum err e;

	buf_init(&text, FILE_MAX);
	e = whole_file_read(&text, cli->args.operands[0], &why);
	if (e == ERR_OK)
		e = json_decode(&asked, &record__cross_check__descriptor,
		    buf_view(&text), &why);
	buf_reset(&text);
	if (e != ERR_OK) {
		buf_clear(&text);
		return cli_fail(cli, e, &why);
	}
	status = cli_call_message(cli, "POST", "/v1/crosschecks", asked,
	    &record__cross_check__descriptor, &reply);
	if (status == CLI_OK) {
		json_encode(&text, reply, JSON_PRETTY);
		e = whole_file_write(
		    file != NULL ? file : "-", buf_view(&text), 0600, &why);
		slice_free(reply);
	}
	buf_clear(&text);
	slice_free(asked);
	return e == ERR_OK ? status : cli_fail(cli, e, &why);
}
