/* cli_out.c - aligned tables, colours and progress for people. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_out.h"

#include "node/cli_wrap.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/text.h"

#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define CELL_MAX 4096
#define GAP 2 /* cells between columns */

/* Where a field's value lies in an unpacked message. */
static const void *
member(const ProtobufCMessage *msg, unsigned offset)
{
	return (const char *)msg + offset;
}

/* NULL when the descriptor has no such field or it is not set. */
static const ProtobufCFieldDescriptor *
find_set(const ProtobufCMessage *msg, const char *name)
{
	const ProtobufCFieldDescriptor *f =
	    protobuf_c_message_descriptor_get_field_by_name(
	        msg->descriptor, name);

	if (f == NULL || f->label == PROTOBUF_C_LABEL_REPEATED)
		return f;
	if (f->type == PROTOBUF_C_TYPE_STRING ||
	    f->type == PROTOBUF_C_TYPE_MESSAGE) {
		const void *const *p = member(msg, f->offset);

		return *p == NULL ? NULL : f;
	}
	if (f->quantifier_offset != 0 &&
	    *(const protobuf_c_boolean *)member(msg, f->quantifier_offset) == 0)
		return NULL;
	return f;
}

/* How far local time is from UTC at that moment: "+08:00". */
static void
put_zone(struct buf *out, const struct tm *tm)
{
	long minutes = labs(tm->tm_gmtoff) / 60;

	buf_printf(out, "%c%02ld:%02ld", tm->tm_gmtoff < 0 ? '-' : '+',
	    minutes / 60, minutes % 60);
}

/* Local time with its offset, but where it is `said` already. */
static void
put_time(struct buf *out, int64_t us, const struct tm *said)
{
	time_t s = (time_t)(us / 1000000);
	struct tm tm;
	char text[64];

	if (localtime_r(&s, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm) == 0)
		return;
	buf_str(out, text);
	if (said != NULL && said->tm_gmtoff == tm.tm_gmtoff)
		return;
	buf_u8(out, ' ');
	put_zone(out, &tm);
}

static bool
is_time(const char *path)
{
	size_t len = strlen(path);

	return len > 3 && strcmp(path + len - 3, "_at") == 0;
}

static void
put_int64(struct buf *out, const ProtobufCFieldDescriptor *f, int64_t v,
    const struct tm *said)
{
	if (is_time(f->name))
		put_time(out, v, said);
	else
		buf_printf(out, "%" PRId64, v);
}

/* One value of the field at `p`. */
static void
put_value(struct buf *out, const ProtobufCFieldDescriptor *f, const void *p,
    const struct tm *said)
{
	switch ((int)f->type) {
	case PROTOBUF_C_TYPE_STRING:
		cli_wrap_plain(out, *(char *const *)p);
		break;
	case PROTOBUF_C_TYPE_BYTES: {
		const ProtobufCBinaryData *b = p;

		text_hex_put(out, bytes_of(b->data, b->len));
		break;
	}
	case PROTOBUF_C_TYPE_ENUM: {
		const ProtobufCEnumValue *v =
		    protobuf_c_enum_descriptor_get_value(
		        f->descriptor, *(const int *)p);

		buf_str(out, v != NULL ? v->name : "?");
		break;
	}
	case PROTOBUF_C_TYPE_BOOL:
		buf_str(out,
		    *(const protobuf_c_boolean *)p ? CLI_ARGS_SAY("yes", "是")
		                                   : CLI_ARGS_SAY("no", "否"));
		break;
	case PROTOBUF_C_TYPE_UINT32:
		buf_printf(out, "%" PRIu32, *(const uint32_t *)p);
		break;
	case PROTOBUF_C_TYPE_INT32:
		buf_printf(out, "%" PRId32, *(const int32_t *)p);
		break;
	case PROTOBUF_C_TYPE_UINT64:
		buf_printf(out, "%" PRIu64, *(const uint64_t *)p);
		break;
	case PROTOBUF_C_TYPE_INT64:
		put_int64(out, f, *(const int64_t *)p, said);
		break;
	case PROTOBUF_C_TYPE_DOUBLE:
		buf_printf(out, "%g", *(const double *)p);
		break;
	default:
		break;
	}
}

/* The message in field `f`, the first of a list; NULL: there is none. */
static const ProtobufCMessage *
sub_message(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *f)
{
	const void *at = member(msg, f->offset);

	if (f->type != PROTOBUF_C_TYPE_MESSAGE)
		return NULL;
	if (f->label != PROTOBUF_C_LABEL_REPEATED)
		return *(const ProtobufCMessage *const *)at;
	if (*(const size_t *)member(msg, f->quantifier_offset) == 0)
		return NULL;
	return (*(const ProtobufCMessage *const *const *)at)[0];
}

static void
put_field(struct buf *out, const ProtobufCMessage *msg, const char *path,
    const struct tm *said)
{
	const char *dot = strchr(path, '.');
	char name[64];
	const ProtobufCFieldDescriptor *f;

	(void)snprintf(name, sizeof(name), "%.*s",
	    dot != NULL ? (int)(dot - path) : (int)strlen(path), path);
	f = find_set(msg, name);
	if (f == NULL)
		return;
	if (dot != NULL) {
		const ProtobufCMessage *sub = sub_message(msg, f);

		if (sub != NULL)
			put_field(out, sub, dot + 1, said);
		return;
	}
	if (f->label == PROTOBUF_C_LABEL_REPEATED) {
		size_t n = *(const size_t *)member(msg, f->quantifier_offset);

		if (f->type == PROTOBUF_C_TYPE_STRING) {
			char *const *const *at = member(msg, f->offset);

			for (size_t i = 0; i < n; i++) {
				buf_str(out, i == 0 ? "" : ", ");
				cli_wrap_plain(out, (*at)[i]);
			}
		} else {
			buf_printf(out, "%zu", n);
		}
		return;
	}
	put_value(out, f, member(msg, f->offset), said);
}

void
cli_out_field(struct buf *out, const ProtobufCMessage *msg, const char *path)
{
	put_field(out, msg, path, NULL);
}

static void
put_list(struct buf *out, const ProtobufCMessage *msg,
    const ProtobufCFieldDescriptor *f)
{
	size_t n = *(const size_t *)member(msg, f->quantifier_offset);
	const ProtobufCMessage *const *const *at = member(msg, f->offset);

	if (f->type != PROTOBUF_C_TYPE_MESSAGE) {
		cli_out_field(out, msg, f->name);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		buf_str(out, i == 0 ? "(" : ", (");
		cli_out_set(out, (*at)[i]);
		buf_u8(out, ')');
	}
}

void
cli_out_set(struct buf *out, const ProtobufCMessage *msg)
{
	const char *gap = "";

	for (unsigned i = 0; i < msg->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &msg->descriptor->fields[i];
		bool list = f->label == PROTOBUF_C_LABEL_REPEATED;

		if (find_set(msg, f->name) == NULL ||
		    f->type == PROTOBUF_C_TYPE_BYTES ||
		    strcmp(f->name, "action") == 0 ||
		    strcmp(f->name, "occurred_at") == 0 ||
		    (list &&
		        *(const size_t *)member(msg, f->quantifier_offset) ==
		            0))
			continue;
		buf_printf(out, "%s%s=", gap, f->name);
		if (list)
			put_list(out, msg, f);
		else if (f->type == PROTOBUF_C_TYPE_MESSAGE)
			cli_out_set(out, sub_message(msg, f));
		else
			put_value(out, f, member(msg, f->offset), NULL);
		gap = "  ";
	}
}

static void
print_cell(const char *text, int width, bool last)
{
	int pad = width - cli_wrap_cells(text) + GAP;

	(void)fputs(text, stdout);
	if (!last)
		(void)printf("%*s", pad, "");
}

/* A column's title; that of times says how far they are from UTC. */
static char *
make_title(const struct cli_out_column *c, const struct tm *now)
{
	struct buf b;
	char *title;

	buf_init(&b, CELL_MAX);
	buf_str(&b, cli_args_say(c->title));
	if (is_time(c->path)) {
		buf_u8(&b, ' ');
		put_zone(&b, now);
	}
	title = mem_strdup(buf_cstr(&b));
	buf_clear(&b);
	return title;
}

/* All cells as text, row by row, titles first; "" when unset. */
static char **
make_cells(const ProtobufCMessage *const *rows, size_t n,
    const struct cli_out_column *columns, size_t width)
{
	char **at = mem_alloc((n + 1) * width, sizeof(*at));
	time_t s = time(NULL);
	struct tm now = {0};
	struct buf b;

	(void)localtime_r(&s, &now);
	buf_init(&b, CELL_MAX);
	for (size_t c = 0; c < width; c++)
		at[c] = make_title(&columns[c], &now);
	for (size_t r = 0; r < n; r++) {
		for (size_t c = 0; c < width; c++) {
			buf_reset(&b);
			put_field(&b, rows[r], columns[c].path, &now);
			at[(r + 1) * width + c] = mem_strdup(buf_cstr(&b));
		}
	}
	buf_clear(&b);
	return at;
}

/* Cells that each column needs; 0: no row has anything there, it is left out.
 */
static int *
make_widths(char *const *text, size_t n, size_t width)
{
	int *widths = mem_alloc(width, sizeof(*widths));

	for (size_t i = width; i < (n + 1) * width; i++) {
		int here = cli_wrap_cells(text[i]);

		if (here > widths[i % width])
			widths[i % width] = here;
	}
	for (size_t c = 0; c < width; c++) {
		int here = cli_wrap_cells(text[c]);

		if (widths[c] > 0 && here > widths[c])
			widths[c] = here;
	}
	return widths;
}

static void
print_row(char *const *text, const int *widths, size_t width)
{
	size_t last = 0;

	for (size_t c = 0; c < width; c++)
		last = widths[c] > 0 ? c : last;
	for (size_t c = 0; c <= last; c++) {
		if (widths[c] > 0)
			print_cell(text[c][0] != '\0' ? text[c] : "-",
			    widths[c], c == last);
	}
}

/* Prints the rows of repeated message field `rows` under aligned titles. */
static void
print_table(const struct cli *cli, const ProtobufCMessage *msg,
    const char *rows, const struct cli_out_column *columns)
{
	const ProtobufCFieldDescriptor *f =
	    protobuf_c_message_descriptor_get_field_by_name(
	        msg->descriptor, rows);
	size_t n;
	const ProtobufCMessage *const *const *at;
	size_t width = 0;
	int *widths;
	char **text;

	if (f == NULL)
		return;
	n = *(const size_t *)member(msg, f->quantifier_offset);
	at = member(msg, f->offset);
	if (n == 0) {
		(void)puts(CLI_ARGS_SAY("(nothing)", "（无）"));
		return;
	}
	while (columns[width].path != NULL)
		width++;
	text = make_cells(*at, n, columns, width);
	widths = make_widths(text, n, width);
	for (size_t r = 0; r <= n; r++) {
		if (r == 0 && cli->color)
			(void)fputs("\033[1m", stdout);
		print_row(text + r * width, widths, width);
		(void)puts(r == 0 && cli->color ? "\033[0m" : "");
	}
	for (size_t i = 0; i < (n + 1) * width; i++)
		free(text[i]);
	free(widths);
	free(text);
}

/* Prints "title  value" lines for the fields that are set. */
static void
print_fields(const ProtobufCMessage *msg, const struct cli_out_column *columns)
{
	int w = 0;
	struct buf b;

	for (const struct cli_out_column *c = columns; c->path != NULL; c++) {
		int here = cli_wrap_cells(cli_args_say(c->title));

		w = here > w ? here : w;
	}
	buf_init(&b, CELL_MAX);
	for (; columns->path != NULL; columns++) {
		buf_reset(&b);
		cli_out_field(&b, msg, columns->path);
		if (b.len == 0)
			continue;
		print_cell(cli_args_say(columns->title), w, false);
		(void)puts(buf_cstr(&b));
	}
	buf_clear(&b);
}

void
cli_out_json(const ProtobufCMessage *msg)
{
	struct buf b;

	buf_init(&b, 64u << 20);
	json_encode(&b, msg, JSON_PRETTY);
	(void)fwrite(b.ptr, 1, b.len, stdout);
	buf_clear(&b);
}

void
cli_out_answer(const struct cli *cli, const ProtobufCMessage *msg,
    const struct cli_out_view *view)
{
	if (cli->json) {
		cli_out_json(msg);
		return;
	}
	if (view->head != NULL)
		print_fields(msg, view->head);
	if (view->head != NULL && view->rows != NULL)
		(void)putchar('\n');
	if (view->rows != NULL)
		print_table(cli, msg, view->rows, view->columns);
	if (view->more != NULL)
		view->more(cli, msg);
}

void
cli_out_text(const struct cli *cli, const char *name, const char *text)
{
	struct buf b;

	if (!cli->json) {
		(void)fputs(text, stdout);
		return;
	}
	buf_init(&b, 64u << 20);
	buf_printf(&b, "{\"%s\":", name);
	json_quote(&b, bytes_str(text));
	buf_str(&b, "}");
	(void)puts(buf_cstr(&b));
	buf_clear(&b);
}

void
cli_out_word(const struct cli *cli, char color, const char *word)
{
	const char *code = color == 'g' ? "32" : color == 'r' ? "31" : "33";

	if (cli->color)
		(void)printf("\033[%sm%s\033[0m", code, word);
	else
		(void)fputs(word, stdout);
}

void
cli_out_progress(
    const struct cli *cli, const char *what, uint64_t done, uint64_t total)
{
	static int64_t last_ms;
	struct timespec ts;
	int64_t now_ms;

	if (!cli->progress)
		return;
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	now_ms = (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
	if (now_ms - last_ms < 100 && done != total)
		return;
	last_ms = now_ms;
	if (total > 0) {
		int filled = (int)(done * 30 / total);

		(void)fprintf(stderr, "\r%s [%.*s%*s] %3u%%", what, filled,
		    "##############################", 30 - filled, "",
		    (unsigned)(done * 100 / total));
	} else {
		(void)fprintf(stderr, "\r%s %" PRIu64, what, done);
	}
	(void)fflush(stderr);
}

void
cli_out_progress_end(const struct cli *cli)
{
	if (cli->progress)
		(void)fputs("\r\033[K", stderr);
}

bool
cli_out_confirmed(const struct cli *cli, const char *word)
{
	char line[512] = "";

	if (cli_args_get(&cli->args, "yes") != NULL)
		return true;
	if (isatty(STDIN_FILENO) == 0) {
		(void)fprintf(stderr, "%s\n",
		    CLI_ARGS_SAY("not a terminal: confirm with --yes",
		        "非终端：请用 --yes 确认"));
		return false;
	}
	(void)fprintf(stderr,
	    CLI_ARGS_SAY("type %s to go on: ", "输入 %s 以继续："), word);
	if (fgets(line, sizeof(line), stdin) == NULL)
		return false;
	line[strcspn(line, "\r\n")] = '\0';
	return strcmp(line, word) == 0;
}
