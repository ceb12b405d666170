/* cli_call.h - asks the node: through its socket, or in its stead. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_CALL_H
#define NODE_CLI_CALL_H

#include "node/cli_out.h"
#include "proto/bytes.h"

/*
 * A caller keeps one of these over many requests.  The first request decides:
 * a node that runs is asked over DIR/node.sock; a stopped one is opened in
 * this process (taking its lock) and asked through the same operations.
 */
struct cli_call;

/* NULL after saying why on stderr; *status is the exit status then. */
struct cli_call *cli_call_open(const struct cli *cli, int *status);
void cli_call_close(struct cli_call *c);

struct cli_call_request {
	const char *method;
	const char *path; /* with its query, already escaped */
	const char *type; /* of the body; NULL: application/json */
	struct bytes body;
};

/*
 * cli_call_send - one request; the body of a 2xx answer replaces `out`.
 * Otherwise the problem is in `why` ("code: detail (path)").
 * ERR_REFUSED an answer of 4xx or 5xx; ERR_IO no answer.
 */
ERR_CHECKED enum err cli_call_send(struct cli_call *c,
    const struct cli_call_request *req, struct buf *out, struct err_why *why);

/*
 * cli_call_patient - the same for what may be sent again: while the node is
 * full or in doubt (429, 503) waits as Retry-After says, ten minutes in all,
 * and shows it.
 */
ERR_CHECKED enum err cli_call_patient(const struct cli *cli, struct cli_call *c,
    const struct cli_call_request *req, struct buf *out, struct err_why *why);

/*
 * cli_call_message - open, send, decode, close: for commands of one request.
 *   body   message to send as JSON, or NULL
 *   out    NULL: the answer is not decoded
 * Returns CLI_OK, or the exit status after saying why.
 */
int cli_call_message(const struct cli *cli, const char *method,
    const char *path, const ProtobufCMessage *body,
    const ProtobufCMessageDescriptor *desc, ProtobufCMessage **out);

/* cli_call_message, and the answer on stdout as `view` shows it. */
int cli_call_show(const struct cli *cli, const char *method, const char *path,
    const ProtobufCMessage *body, const ProtobufCMessageDescriptor *desc,
    const struct cli_out_view *view);

/* Appends "?name=value" or "&name=value", percent-encoded; NULL adds nothing.
 */
void cli_call_query(struct buf *path, const char *name, const char *value);

#endif
