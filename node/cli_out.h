/* cli_out.h - aligned tables, colours and progress for people. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_OUT_H
#define NODE_CLI_OUT_H

#include "node/cli.h"
#include "proto/buf.h"

#include <protobuf-c/protobuf-c.h>

/* A column shows one field of a row's message; `path` may go down, into the
 * first of a list: "events.alarm.title".  Times are local, with the offset from
 * UTC behind them or in the title; enums are shown by name. */
struct cli_out_column {
	struct cli_args_text title;
	const char *path;
};

/* Field of a message as text for people, appended; nothing when unset. */
void cli_out_field(
    struct buf *out, const ProtobufCMessage *msg, const char *path);

/* "name=value" of all fields that are set, appended; an action, bytes and
 * occurred_at are left out: the line they stand in says them. */
void cli_out_set(struct buf *out, const ProtobufCMessage *msg);

/* Prints the message as indented JSON. */
void cli_out_json(const ProtobufCMessage *msg);

/* How an answer is shown to people; each part may be NULL, columns end with a
 * NULL path.  Wide characters count two cells; a column that no row fills is
 * left out; no rows are "(nothing)". */
struct cli_out_view {
	const struct cli_out_column *head; /* fields of the answer itself */
	const char *rows; /* its repeated field, as a table */
	const struct cli_out_column *columns;
	void (*more)(const struct cli *cli, const ProtobufCMessage *msg);
};

/* Prints head, table and the rest, in this order; with --json the message. */
void cli_out_answer(const struct cli *cli, const ProtobufCMessage *msg,
    const struct cli_out_view *view);

/* Text that is an answer by itself; with --json {"NAME": TEXT}. */
void cli_out_text(const struct cli *cli, const char *name, const char *text);

/* A word in colour where colour is on: 'g' green, 'r' red, 'y' yellow. */
void cli_out_word(const struct cli *cli, char color, const char *word);

/* Reads `word` from the terminal, or takes --yes. */
bool cli_out_confirmed(const struct cli *cli, const char *word);

/* One line on stderr, overwritten each time; only on a terminal and at most
 * ten times a second.  total 0: unknown.  cli_out_progress_end clears it. */
void cli_out_progress(
    const struct cli *cli, const char *what, uint64_t done, uint64_t total);
void cli_out_progress_end(const struct cli *cli);

#endif
