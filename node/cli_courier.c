/* cli_courier.c - files that carry the exchange where no line goes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config.pb-c.h"
#include "federation/parcel.h"
#include "node/cli_call.h"
#include "node/cli_commands.h"
#include "node/cli_record.h"
#include "node/cli_wrap.h"
#include "node/whole_file.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096
#define TEXT_MAX (8u << 20)

/* One command's conversation with the node. */
struct talk {
	struct cli *cli;
	struct cli_call *call;
	struct buf text;
	struct buf reply;
};

static int
talk_open(struct talk *t, struct cli *cli)
{
	int status = CLI_OK;

	*t = (struct talk){.cli = cli};
	buf_init(&t->text, TEXT_MAX);
	buf_init(&t->reply, TEXT_MAX);
	t->call = cli_call_open(cli, &status);
	return status;
}

static void
talk_close(struct talk *t)
{
	cli_call_close(t->call);
	buf_clear(&t->text);
	buf_clear(&t->reply);
}

static enum err
ask(struct talk *t, const char *path, const ProtobufCMessage *m,
    const ProtobufCMessageDescriptor *desc, ProtobufCMessage **out,
    struct err_why *why)
{
	struct cli_call_request req = {.method = "POST", .path = path};
	enum err e;

	buf_reset(&t->text);
	json_encode(&t->text, m, 0);
	req.body = buf_view(&t->text);
	e = buf_ok(&t->text, why);
	if (e == ERR_OK)
		e = cli_call_patient(t->cli, t->call, &req, &t->reply, why);
	if (e == ERR_OK)
		e = json_decode(out, desc, buf_view(&t->reply), why);
	return e;
}

/* ---- export ---- */

static enum err
put(int fd, const ProtobufCBinaryData *v, const char *path, struct err_why *why)
{
	size_t at = 0;
	ssize_t n;

	while (at < v->len) {
		n = write(fd, v->data + at, v->len - at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_fail(
			    why, ERR_IO, "%s: %s", path, strerror(errno));
		at += (size_t)n;
	}
	return ERR_OK;
}

struct written {
	uint64_t entries;
	uint64_t bytes;
};

/* Head, then a frame after the other. */
static enum err
write_all(struct talk *t, const char *to, int fd, struct written *w,
    struct err_why *why)
{
	const char *path = t->cli->args.operands[0];
	Config__CourierAsk m = CONFIG__COURIER_ASK__INIT;
	const Config__CourierPart *part;
	ProtobufCMessage *msg = NULL;
	bool last = false;
	enum err e = ERR_OK;

	m.to = cli_record_text(to);
	while (e == ERR_OK && !last) {
		e = ask(t, "/v1/courier/export", &m.base,
		    &config__courier_part__descriptor, &msg, why);
		if (e != ERR_OK)
			break;
		part = (const Config__CourierPart *)(const void *)msg;
		m.has_id = true;
		m.id = part->id;
		last = part->last;
		w->entries = part->said;
		w->bytes += part->data.len;
		e = put(fd, &part->data, path, why);
		cli_out_progress(t->cli, CLI_ARGS_SAY("entries", "条目"),
		    part->said, part->all);
		slice_free(msg);
		msg = NULL;
	}
	cli_out_progress_end(t->cli);
	if (e == ERR_OK && fsync(fd) != 0)
		e = err_fail(why, ERR_IO, "%s: %s", path, strerror(errno));
	return e;
}

static void
say_written(struct cli *cli, const char *to, const struct written *w)
{
	if (cli->json)
		(void)printf("{\"to\":\"%s\",\"entries\":\"%llu\","
		             "\"bytes\":\"%llu\"}\n",
		    to, (unsigned long long)w->entries,
		    (unsigned long long)w->bytes);
	else
		(void)printf(
		    CLI_ARGS_SAY("%s: %llu entries, %llu bytes, for %s alone\n",
		        "%s：%llu 条，%llu 字节，仅 %s 可以打开\n"),
		    cli->args.operands[0], (unsigned long long)w->entries,
		    (unsigned long long)w->bytes, to);
}

int
cli_courier_export(struct cli *cli)
{
	const char *file = cli->args.operands[0];
	const char *to = cli_args_get(&cli->args, "to");
	struct err_why why = {.text = ""};
	struct written w = {0, 0};
	char part[PATH_BYTES];
	struct talk t;
	int status;
	enum err e;
	int fd;

	(void)snprintf(part, sizeof(part), "%s.part", file);
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) {
		e = err_fail(&why, ERR_IO, "%s: %s", part, strerror(errno));
		return cli_fail(cli, e, &why);
	}
	status = talk_open(&t, cli);
	if (status == CLI_OK) {
		e = write_all(&t, to, fd, &w, &why);
		/* Old or new, never half; what is half has another name. */
		if (e == ERR_OK && rename(part, file) != 0)
			e = err_fail(
			    &why, ERR_IO, "%s: %s", file, strerror(errno));
		if (e == ERR_OK)
			e = whole_file_sync_name(file, &why);
		status = e == ERR_OK ? CLI_OK : cli_fail(cli, e, &why);
	}
	(void)close(fd);
	if (status != CLI_OK)
		(void)unlink(part);
	else
		say_written(cli, to, &w);
	talk_close(&t);
	return status;
}

/* ---- import ---- */

struct file {
	const char *path;
	int fd;
	uint64_t at; /* bytes read */
	uint64_t size;
	uint8_t head[PARCEL_HEAD_BYTES];
	uint8_t frame[PARCEL_FRAME_MAX];
};

/* *got < len only at the end of the file. */
static enum err
get(struct file *f, uint8_t *to, size_t len, size_t *got, struct err_why *why)
{
	ssize_t n;

	for (*got = 0; *got < len; *got += (size_t)n) {
		n = read(f->fd, to + *got, len - *got);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n < 0)
			return err_fail(why, ERR_IO, "%s: at byte %llu: %s",
			    f->path, (unsigned long long)f->at,
			    strerror(errno));
		else if (n == 0)
			break;
	}
	f->at += *got;
	return ERR_OK;
}

static enum err
cut_off(const struct file *f, struct err_why *why)
{
	return err_fail(why, ERR_MALFORMED,
	    "%s ends at byte %llu, before its end; what came before was "
	    "taken: copy the file again and import it again",
	    f->path, (unsigned long long)f->at);
}

/* The next frame; its length is `len`. */
static enum err
get_frame(struct file *f, size_t *len, struct err_why *why)
{
	uint8_t length[PARCEL_LENGTH_BYTES];
	const uint64_t at = f->at;
	struct err_why inner;
	size_t got;
	enum err e;

	e = get(f, length, sizeof(length), &got, why);
	if (e != ERR_OK)
		return e;
	if (got < sizeof(length))
		return cut_off(f, why);
	e = parcel_length(len, bytes_of(length, sizeof(length)), &inner);
	if (e != ERR_OK)
		return err_fail(why, e, "%s is damaged at byte %llu: %s",
		    f->path, (unsigned long long)at, inner.text);
	e = get(f, f->frame, *len, &got, why);
	if (e == ERR_OK && got < *len)
		e = cut_off(f, why);
	return e;
}

static enum err
take_frame(struct talk *t, struct file *f, Config__CourierFrame *m,
    ProtobufCMessage **msg, struct err_why *why)
{
	const uint64_t at = f->at;
	size_t len = 0;
	enum err e;

	e = get_frame(f, &len, why);
	if (e != ERR_OK)
		return e;
	m->head.data = f->head;
	m->head.len = sizeof(f->head);
	m->frame.data = f->frame;
	m->frame.len = len;
	m->has_head = m->has_frame = m->has_number = true;
	e = ask(t, "/v1/courier/import", &m->base,
	    &config__courier_taken__descriptor, msg, why);
	if (e != ERR_OK)
		return err_wrap(why, e, "%s, frame at byte %llu", f->path,
		    (unsigned long long)at);
	m->number++;
	return ERR_OK;
}

static void
say_level(const struct cli *cli, const ProtobufCMessage *msg)
{
	const Config__CourierTaken *t =
	    (const Config__CourierTaken *)(const void *)msg;
	bool level = false;

	(void)cli;
	for (size_t i = 0; i < t->n_level; i++)
		level = level || strcmp(t->level[i], t->sender) == 0;
	if (t->trouble != NULL) {
		(void)printf("%s ", CLI_ARGS_SAY("not accepted:", "未接受："));
		cli_wrap_put(t->trouble);
		(void)puts("");
	}
	if (level)
		(void)printf(CLI_ARGS_SAY("this node stands level with %s\n",
		                 "本节点已与 %s 一致\n"),
		    t->sender);
	else
		(void)printf(
		    CLI_ARGS_SAY("not level yet; carry the answer back:\n"
		                 "  lianfang --dir DIR courier export --to %s "
		                 "FILE\n",
		        "尚未一致；请将回程文件带回：\n"
		        "  lianfang --dir DIR courier export --to %s FILE\n"),
		    t->sender);
}

static const struct cli_out_column head[] = {
    {{"from", "来自"}, "sender"},
    {{"made", "生成时间"}, "made_at"},
    {{"new entries", "新条目"}, "stored"},
    {{"level with", "已一致的成员"}, "level"},
    {{NULL, NULL}, NULL},
};

static const struct cli_out_column rows[] = {
    {{"LOG", "日志"}, "origin"},
    {{"SIZE", "总数"}, "size"},
    {{"HELD", "已持有"}, "held"},
    {{"LEVEL", "一致"}, "level"},
    {{NULL, NULL}, NULL},
};

static const struct cli_out_view view = {.head = head,
    .rows = "logs",
    .columns = rows,
    .more = say_level};

/* All frames; the answer to the last one, with the sum of what was new. */
static enum err
take_all(
    struct talk *t, struct file *f, ProtobufCMessage **out, struct err_why *why)
{
	Config__CourierFrame m = CONFIG__COURIER_FRAME__INIT;
	Config__CourierTaken *taken = NULL;
	ProtobufCMessage *msg = NULL;
	uint64_t stored = 0;
	size_t got;
	enum err e;

	e = get(f, f->head, sizeof(f->head), &got, why);
	if (e == ERR_OK)
		e = parcel_known(bytes_of(f->head, got), why);
	if (e == ERR_OK && got < sizeof(f->head))
		e = cut_off(f, why);
	while (e == ERR_OK && (taken == NULL || !taken->last)) {
		slice_free(msg);
		msg = NULL;
		e = take_frame(t, f, &m, &msg, why);
		if (e != ERR_OK)
			break;
		taken = (Config__CourierTaken *)(void *)msg;
		stored += taken->stored;
		cli_out_progress(
		    t->cli, CLI_ARGS_SAY("bytes", "字节"), f->at, f->size);
	}
	cli_out_progress_end(t->cli);
	if (e == ERR_OK)
		e = get(f, f->frame, 1, &got, why);
	if (e == ERR_OK && got > 0)
		e = err_fail(why, ERR_MALFORMED,
		    "%s: something follows its end at byte %llu; what came "
		    "before was taken",
		    f->path, (unsigned long long)f->at - 1);
	if (e == ERR_OK) {
		taken->stored = stored;
		*out = msg;
		msg = NULL;
	}
	slice_free(msg);
	return e;
}

int
cli_courier_import(struct cli *cli)
{
	struct file *f = mem_alloc(1, sizeof(*f));
	struct err_why why = {.text = ""};
	ProtobufCMessage *msg = NULL;
	struct stat st;
	struct talk t;
	int status;
	enum err e = ERR_OK;

	f->path = cli->args.operands[0];
	f->fd = open(f->path, O_RDONLY | O_CLOEXEC);
	if (f->fd < 0) {
		e = err_fail(&why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
		    "%s: %s", f->path, strerror(errno));
		free(f);
		return cli_fail(cli, e, &why);
	}
	if (fstat(f->fd, &st) == 0 && st.st_size > 0)
		f->size = (uint64_t)st.st_size;
	status = talk_open(&t, cli);
	if (status == CLI_OK) {
		e = take_all(&t, f, &msg, &why);
		if (e != ERR_OK)
			status = cli_fail(cli, e, &why);
		else
			cli_out_answer(cli, msg, &view);
	}
	slice_free(msg);
	talk_close(&t);
	(void)close(f->fd);
	free(f);
	return status;
}
