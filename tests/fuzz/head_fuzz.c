/* head_fuzz.c - any target and headers from the network, without a body. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/http_head.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "proto/mem.h"
#include "tests/support/live.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One node for all inputs, and one token, which inputs write as "@". */
static struct live node;
static char good[96];

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
close_node(void)
{
	live_close(&node);
}

static void
open_node(void)
{
	live_open(&node, "public_tiles: false\n");
	(void)atexit(close_node);
	live_token(&node, "partner", NULL);
	(void)snprintf(good, sizeof(good), "Bearer %s", node.token);
}

/* What was let through can be read in one way only. */
static void
check_judged(const struct http_head *h)
{
	must(h->hosts <= 1 && h->lengths <= 1 && h->encodings <= 1);
	must(h->lengths == 0 || h->encodings == 0);
	must(h->tokens <= 1 && !h->coded && !h->bad);
	must(h->length <= OPS_BODY_MAX);
}

/* Nobody is let in but by the token, to what its role may. */
static void
check_reply(const struct ops_call *call, bool known)
{
	must(call->status >= 200 && call->status < 600 && call->status != 500);
	if (call->status >= 300 || call->op == NULL)
		return;
	must(call->op->roles == OPS_OPEN ||
	    (known && (call->op->roles & OPS_PARTNER) != 0));
}

static void
read_stream(struct ops_call *call)
{
	uint8_t some[4096];

	if (call->stream.read == NULL)
		return;
	for (unsigned i = 0; i < 4; i++) {
		size_t n =
		    call->stream.read(call->stream.arg, some, sizeof(some));

		must(n <= sizeof(some) || n == OPS_STREAM_END);
		if (n == 0 || n == OPS_STREAM_END)
			break;
	}
}

static void
ask(struct ops_call *call, char *target)
{
	const char *a = call->authorization;
	const bool known = a != NULL && strcasecmp(a, "Bearer @") == 0;
	char *mark = strchr(target, '?');

	if (known)
		call->authorization = good;
	if (mark != NULL)
		*mark++ = '\0';
	call->method = "GET";
	call->path = bytes_str(target);
	call->query = bytes_str(mark != NULL ? mark : "");
	ops_call_wait(call);
	check_reply(call, known);
	read_stream(call);
}

/* Input: "target LF", then "Name: value LF" for each header. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_head head = {0};
	struct ops_call call;
	char *text = mem_alloc(size + 1, 1);
	char *line;
	char *next;

	if (node.service == NULL)
		open_node();
	memcpy(text, data, size);
	ops_call_init(&call, node.service);
	next = strchr(text, '\n');
	if (next != NULL)
		*next++ = '\0';
	while (next != NULL && *next != '\0') {
		char *value;

		line = next;
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		value = strstr(line, ": ");
		if (value != NULL)
			*value = '\0';
		http_head_take(
		    &head, &call, line, value != NULL ? value + 2 : NULL);
	}
	if (http_head_judge(&head, strlen(text), "HTTP/1.1", false) == NULL) {
		check_judged(&head);
		ask(&call, text);
	}
	ops_call_clear(&call);
	free(text);
	return 0;
}
