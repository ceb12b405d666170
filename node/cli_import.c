/* cli_import.c - tables of alarms and cases into the ledger, row by row. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api.pb-c.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_out.h"
#include "node/cli_sign.h"
#include "node/csvmap.h"
#include "node/ops.h"
#include "node/whole_file.h"
#include "proto/digest.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"
#include "record.pb-c.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX ((size_t)512 << 20)
#define MAP_MAX (1u << 20)
#define BATCH_ROWS 500
#define BATCH_BYTES (4u << 20) /* well under OPS_BODY_MAX */

/* What can be imported. */
static const struct kind {
	const char *name;
	const char *path;
	const char *path_signed; /* NULL: these are not signed by sources */
	const ProtobufCMessageDescriptor *desc;
} KINDS[] = {
    {"alarms", "/v1/alarms", "/v1/alarms/signed", &record__alarm__descriptor},
    {"cases", "/v1/cases", NULL, &record__case__descriptor},
    {"checklists", "/v1/checklists", NULL, &record__checklist__descriptor},
};

/*
 * One import.  A batch is JSON text with the line of each of its rows; `done`
 * rows of the file are answered for, so that a run cut off goes on there.
 */
struct import {
	const struct cli *cli;
	const struct kind *kind;
	struct cli_call *call;
	struct csv csv;
	struct csvmap map;
	struct buf batch;
	const char *actor; /* source that signs; or NULL */
	ProtobufCMessage *msgs[BATCH_ROWS]; /* then: the rows of the batch */
	uint64_t lines[BATCH_ROWS];
	size_t rows;
	uint64_t row; /* of the file, titles not counted */
	uint64_t resume_at; /* rows to pass over */
	uint64_t added;
	uint64_t known;
	uint64_t refused;
	size_t size; /* of the text, for the progress bar */
	char rejects_path[4096];
	FILE *rejects; /* opened at the first one */
	char state_path[4096];
};

static enum err
reject(
    struct import *im, uint64_t line, const char *reason, struct err_why *why)
{
	im->refused++;
	if (im->rejects == NULL) {
		bool fresh =
		    access(im->rejects_path, F_OK) != 0 || im->resume_at == 0;

		im->rejects = fopen(im->rejects_path, fresh ? "w" : "a");
		if (im->rejects == NULL)
			goto bad;
		if (fresh)
			(void)fputs("line,reason\n", im->rejects);
	}
	(void)fprintf(im->rejects, "%" PRIu64 ",\"", line);
	for (; *reason != '\0'; reason++) {
		if (*reason == '"')
			(void)fputc('"', im->rejects);
		(void)fputc(*reason, im->rejects);
	}
	(void)fputs("\"\n", im->rejects);
	/* At once: what is told as refused must be readable. */
	if (fflush(im->rejects) == 0)
		return ERR_OK;
bad:
	return err_fail(why, ERR_IO, "cannot write %s", im->rejects_path);
}

/* Remembers how far we are; a run that is cut off goes on from here. */
static void
save_state(const struct import *im)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRIu64 "\n", im->row);
	/* Losing it costs only time: rows are recognised by their numbers. */
	if (whole_file_write(im->state_path, bytes_str(text), 0644, NULL) !=
	    ERR_OK)
		return;
}

/* "FIELD_MISSING: area: a required field is missing", in their language. */
static const char *
refusal(const Ledger__Receipt *item, struct err_why *out)
{
	const char *en = item->text != NULL ? item->text : "";
	const char *zh = item->text_zh != NULL ? item->text_zh : "";

	const char *reason = item->reason;
	const char *field = reason != NULL ? strstr(reason, "].") : NULL;

	(void)err_both(out, ERR_REFUSED, en, zh);
	/* The line says which row it is; a place in our batch would not help.
	 */
	if (field != NULL)
		reason = field + 2;
	if (reason != NULL && strcmp(reason, en) != 0)
		(void)err_wrap(out, ERR_REFUSED, "%s", reason);
	(void)err_wrap(out, ERR_REFUSED, "%s", item->error);
	return cli_args_why(out);
}

static enum err
take_receipts(struct import *im, const Api__Receipts *r, struct err_why *why)
{
	struct err_why reason;
	enum err e;

	if (r->n_items != im->rows)
		return err_fail(why, ERR_CORRUPT,
		    "the node answered %zu rows of %zu", r->n_items, im->rows);
	for (size_t i = 0; i < r->n_items; i++) {
		const Ledger__Receipt *item = r->items[i];

		if (item->error != NULL) {
			e = reject(
			    im, im->lines[i], refusal(item, &reason), why);
			if (e != ERR_OK)
				return e;
		} else if (item->has_duplicate && item->duplicate) {
			im->known++;
		} else {
			im->added++;
		}
	}
	return ERR_OK;
}

static void
drop_rows(struct import *im)
{
	for (size_t i = 0; i < im->rows; i++) {
		slice_free(im->msgs[i]);
		im->msgs[i] = NULL;
	}
	im->rows = 0;
	buf_reset(&im->batch);
}

/* In place of the rows: the same, all signed at once. */
static enum err
sign_rows(struct import *im, struct err_why *why)
{
	struct cli_sign_what what[BATCH_ROWS];
	Api__EventPost *posts[BATCH_ROWS];
	enum err e;

	for (size_t i = 0; i < im->rows; i++)
		what[i] = (struct cli_sign_what){.actor = im->actor,
		    .kind = LEDGER__KIND__ALARM,
		    .occurred_us =
		        ((const Record__Alarm *)im->msgs[i])->occurred_at,
		    .msg = im->msgs[i]};
	e = cli_sign_events(im->cli, what, im->rows, posts, why);
	if (e != ERR_OK)
		return e;
	buf_reset(&im->batch);
	for (size_t i = 0; i < im->rows; i++) {
		buf_str(&im->batch, i == 0 ? "[" : ",");
		json_encode(&im->batch, &posts[i]->base, 0);
	}
	cli_sign_free(posts, im->rows);
	return buf_ok(&im->batch, why);
}

static enum err
flush(struct import *im, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	struct buf reply;
	enum err e = ERR_OK;

	if (im->rows == 0)
		return ERR_OK;
	if (im->actor != NULL)
		e = sign_rows(im, why);
	if (e != ERR_OK)
		return e;
	buf_str(&im->batch, "]");
	buf_init(&reply, OPS_REPLY_MAX);
	e = cli_call_patient(im->cli, im->call,
	    &(struct cli_call_request){.method = "POST",
	        .path =
	            im->actor != NULL ? im->kind->path_signed : im->kind->path,
	        .body = buf_view(&im->batch)},
	    &reply, why);
	if (e == ERR_OK)
		e = json_decode(
		    &msg, &api__receipts__descriptor, buf_view(&reply), why);
	if (e == ERR_OK)
		e = take_receipts(im, (const Api__Receipts *)msg, why);
	slice_free(msg);
	buf_clear(&reply);
	drop_rows(im);
	if (e == ERR_OK)
		save_state(im);
	return e;
}

/* Puts the row read last into the batch, or among the rejects. */
static enum err
add_row(struct import *im, struct err_why *why)
{
	struct err_why reason = {.text = ""};
	ProtobufCMessage *msg = NULL;
	size_t start = im->batch.len;
	size_t from;
	enum err e;

	buf_str(&im->batch, im->rows == 0 ? "[" : ",");
	from = im->batch.len;
	e = csvmap_json(&im->map, &im->csv, im->row, &im->batch, &reason);
	/* Judged here as the node will, so that one row spoils no batch. */
	if (e == ERR_OK)
		e = json_decode(&msg, im->kind->desc,
		    bytes_of(im->batch.ptr + from, im->batch.len - from),
		    &reason);
	if (im->actor != NULL && e == ERR_OK)
		im->msgs[im->rows] = msg;
	else
		slice_free(msg);
	if (e != ERR_OK) {
		im->batch.len = start;
		return reject(im, im->csv.line, cli_args_why(&reason), why);
	}
	im->lines[im->rows++] = im->csv.line;
	if (im->rows == BATCH_ROWS || im->batch.len > BATCH_BYTES)
		return flush(im, why);
	return ERR_OK;
}

static enum err
all_rows(struct import *im, struct err_why *why)
{
	struct err_why reason;
	enum err e;

	for (;;) {
		e = csv_next(&im->csv, &reason);
		if (e == ERR_NOT_FOUND)
			break;
		im->row++;
		cli_out_progress(im->cli, im->kind->name,
		    im->size - im->csv.left.len, im->size);
		if (im->row <= im->resume_at)
			continue;
		e = e == ERR_OK
		    ? add_row(im, why)
		    : reject(im, im->csv.line, cli_args_why(&reason), why);
		if (e != ERR_OK)
			return e;
	}
	return flush(im, why);
}

/* The state file's name holds what must be the same to go on. */
static void
find_state(struct import *im, struct bytes file, struct bytes map)
{
	struct hash h;
	struct hash m;
	struct buf hex;
	char dir[2048];
	FILE *f;

	digest_sha256(&h, file);
	digest_sha256(&m, map);
	digest_node(&h, (uint8_t)im->kind->name[0], &h, &m);
	buf_init(&hex, 128);
	text_hex_put(&hex, bytes_of(h.b, 16));
	(void)snprintf(dir, sizeof(dir), "%s/import", im->cli->dir);
	(void)mkdir(dir, 0700);
	(void)snprintf(im->state_path, sizeof(im->state_path), "%s/%s.row", dir,
	    buf_cstr(&hex));
	buf_clear(&hex);
	if (cli_args_get(&im->cli->args, "again") != NULL)
		return;
	f = fopen(im->state_path, "r");
	if (f == NULL)
		return;
	if (fscanf(f, "%" SCNu64, &im->resume_at) != 1)
		im->resume_at = 0;
	(void)fclose(f);
}

static int
summary(const struct import *im)
{
	if (im->cli->json) {
		(void)printf("{\"rows\":%" PRIu64 ",\"added\":%" PRIu64
		             ",\"known\":%" PRIu64 ",\"refused\":%" PRIu64
		             ",\"resumedAt\":%" PRIu64 "}\n",
		    im->row, im->added, im->known, im->refused, im->resume_at);
	} else {
		(void)printf("%" PRIu64 " %s, %" PRIu64 " %s, %" PRIu64
		             " %s, %" PRIu64 " %s\n",
		    im->row, CLI_ARGS_SAY("rows", "行"), im->added,
		    CLI_ARGS_SAY("added", "新增"), im->known,
		    CLI_ARGS_SAY("known already", "已有"), im->refused,
		    CLI_ARGS_SAY("refused", "拒绝"));
		if (im->refused > 0)
			(void)printf("%s %s\n", CLI_ARGS_SAY("see", "详见"),
			    im->rejects_path);
	}
	return im->refused == 0 ? CLI_OK : CLI_FAILED;
}

/* Everything between the files in memory and the last receipt. */
static enum err
run(struct import *im, struct bytes text, const Import__Map *map,
    struct err_why *why)
{
	bool titles = !map->has_header || map->header;
	enum err e = ERR_OK;

	im->size = text.len;
	csv_init(&im->csv, text,
	    map->delimiter != NULL && map->delimiter[0] != '\0'
	        ? map->delimiter[0]
	        : ',');
	if (titles)
		e = csv_next(&im->csv, why);
	if (e == ERR_NOT_FOUND)
		e = err_fail(why, ERR_MALFORMED, "the file is empty");
	if (e == ERR_OK)
		e = csvmap_bind(&im->map, map, im->kind->desc,
		    titles ? &im->csv : NULL, why);
	if (e == ERR_OK)
		e = all_rows(im, why);
	cli_out_progress_end(im->cli);
	csv_clear(&im->csv);
	return e;
}

int
cli_import_run(struct cli *cli)
{
	const char *file = cli->args.operands[1];
	const char *rejects = cli_args_get(&cli->args, "rejects");
	struct import *im = mem_alloc(1, sizeof(*im));
	Import__Map *map = NULL;
	struct err_why why = {.text = ""};
	struct buf raw, text, yaml;
	int status = CLI_OK;
	enum err e;

	im->cli = cli;
	im->actor = cli_args_get(&cli->args, "actor");
	buf_init(&raw, FILE_MAX);
	buf_init(&text, 2 * FILE_MAX);
	buf_init(&yaml, MAP_MAX);
	buf_init(&im->batch, OPS_BODY_MAX);
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
		if (strcmp(cli->args.operands[0], KINDS[i].name) == 0)
			im->kind = &KINDS[i];
	}
	e = im->kind != NULL
	    ? ERR_OK
	    : err_fail(&why, ERR_MALFORMED,
	          CLI_ARGS_SAY("%s is none of %s", "%s 不属于 %s"),
	          cli->args.operands[0], "alarms cases checklists");
	if (e == ERR_OK && im->actor != NULL && im->kind->path_signed == NULL)
		e = err_fail(&why, ERR_MALFORMED,
		    CLI_ARGS_SAY("a source signs alarms; %s are imported "
		                 "without --actor",
		        "数据源只签名报警；导入 %s 时不用 --actor"),
		    im->kind->name);
	if (rejects != NULL)
		(void)snprintf(
		    im->rejects_path, sizeof(im->rejects_path), "%s", rejects);
	else
		(void)snprintf(im->rejects_path, sizeof(im->rejects_path),
		    "%s.rejects.csv", file);
	if (e == ERR_OK)
		e = whole_file_read(
		    &yaml, cli_args_get(&cli->args, "map"), &why);
	if (e == ERR_OK)
		e = csvmap_read(&map, buf_view(&yaml), &why);
	if (e == ERR_OK)
		e = whole_file_read(&raw, file, &why);
	if (e == ERR_OK)
		e = csv_utf8(&text, buf_view(&raw), map->encoding, &why);
	if (e == ERR_OK) {
		find_state(im, buf_view(&raw), buf_view(&yaml));
		im->call = cli_call_open(cli, &status);
		if (im->call == NULL)
			goto out;
		e = run(im, buf_view(&text), map, &why);
	}
	if (e == ERR_OK) {
		(void)unlink(im->state_path);
		status = summary(im);
	} else {
		status = cli_fail(cli, e, &why);
	}
out:
	cli_call_close(im->call);
	drop_rows(im);
	if (im->rejects != NULL)
		(void)fclose(im->rejects);
	slice_free(map != NULL ? &map->base : NULL);
	buf_clear(&im->batch);
	buf_clear(&yaml);
	buf_clear(&text);
	buf_clear(&raw);
	free(im);
	return status;
}
