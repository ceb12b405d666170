/* cli_record.h - what the commands about records have in common. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_RECORD_H
#define NODE_CLI_RECORD_H

#include "api.pb-c.h"
#include "ledger.pb-c.h"
#include "node/cli_out.h"

/* argv's text for a protobuf-c struct that is only read; NULL stays NULL. */
char *cli_record_text(const char *argv);

/* All values of a repeatable option; returns how many. */
size_t cli_record_texts(const struct cli *cli, const char *name,
    char *out[static CLI_ARGS_REPEATS]);

/* Option --name as a time (RFC 3339, or a span such as 8h from `now_us` on);
 * absent leaves *has alone.  ERR_MALFORMED names the option. */
ERR_CHECKED enum err cli_record_time(const struct cli *cli, const char *name,
    int64_t now_us, protobuf_c_boolean *has, int64_t *out, struct err_why *why);

/* The same as a parameter of a query, under its own name. */
ERR_CHECKED enum err cli_record_when(const struct cli *cli, const char *name,
    struct buf *path, struct err_why *why);

/* Option --level of a danger as its number; absent leaves *has alone. */
ERR_CHECKED enum err cli_record_danger(const struct cli *cli,
    protobuf_c_boolean *has, uint32_t *out, struct err_why *why);

/* The message in a file of YAML or JSON ("-": standard input); release with
 * slice_free.  `why` names the file. */
ERR_CHECKED enum err cli_record_form(ProtobufCMessage **out, const char *path,
    const ProtobufCMessageDescriptor *desc, struct err_why *why);

/* "/v1/permits" + "/" + id + "/events".  ERR_MALFORMED: not an id. */
#define CLI_RECORD_PATH_MAX 128
ERR_CHECKED enum err cli_record_path(char out[static CLI_RECORD_PATH_MAX],
    const char *path, const char *id, const char *tail, struct err_why *why);

/* A receipt shown by the record's id, for the next command. */
extern const struct cli_out_view cli_record_id;

/* Prints a page of records: `path` is /v1/permits and the like; the options
 * --state --area --type --from --to --site --subject --level --limit --cursor
 * of the call become its query. */
int cli_record_list(
    struct cli *cli, const char *path, const struct cli_out_column *columns);

/* Prints one record with its history. */
int cli_record_show(struct cli *cli, const char *path);

/* Last event_seq of a record, for based_on_seq; CLI_OK or after a message. */
int cli_record_seq(
    const struct cli *cli, const char *path, const char *id, uint32_t *out);

/* Sends an event as the actor given by --actor signs it (or unsigned without
 * that option), and prints the receipt. */
struct cli_record_event {
	Ledger__Kind kind;
	const char *path; /* /v1/permits */
	const char *record_id; /* NULL: a new record */
	const ProtobufCMessage *msg;
	int64_t occurred_us;
};
int cli_record_send(struct cli *cli, const struct cli_record_event *ev);

#endif
