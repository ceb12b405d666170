/* http_head.c - what the headers of a request say, judged strictly. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/http_head.h"

#include "proto/text.h"
#include "proto/zh.h"

#include <string.h>
#include <strings.h>

enum fault {
	FAULT_URI,
	FAULT_LENGTH,
	FAULT_HEADER,
	FAULT_HOST,
	FAULT_CODED,
	FAULT_BODY,
};

static const struct http_fault faults[] = {
    [FAULT_URI] = {414, "uri_too_long", ZH("path: over 2047 bytes")},
    [FAULT_LENGTH] = {400, "ambiguous_length",
        ZH("one Content-Length or chunked, not both or several")},
    [FAULT_HEADER] = {400, "bad_header",
        ZH("a header is malformed or given twice")},
    [FAULT_HOST] = {400, "bad_host", ZH("send exactly one Host")},
    [FAULT_CODED] = {415, "content_encoding",
        ZH("send the body as it is, without Content-Encoding")},
    [FAULT_BODY] = {413, "body_too_large",
        ZH("a request has at most 8 MiB; send several")},
};

void
http_head_take(struct http_head *h, struct ops_call *call, const char *name,
    const char *value)
{
	if (value == NULL)
		value = "";
	if (strcasecmp(name, "Host") == 0) {
		h->hosts++;
		h->no_host |= value[0] == '\0';
	} else if (strcasecmp(name, "Content-Length") == 0) {
		h->lengths++;
		h->bad |= text_u64_get(&h->length, bytes_str(value), UINT64_MAX,
		              NULL) != ERR_OK;
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		h->encodings++;
		h->bad |= strcasecmp(value, "chunked") != 0;
	} else if (strcasecmp(name, "Content-Encoding") == 0) {
		h->coded |= strcasecmp(value, "identity") != 0;
	} else if (strcasecmp(name, "Authorization") == 0) {
		h->tokens++;
		call->authorization = value;
	} else if (strcasecmp(name, "Content-Type") == 0) {
		call->content_type = value;
	} else if (strcasecmp(name, "Accept") == 0) {
		call->accept = value;
	} else if (strcasecmp(name, "Accept-Language") == 0) {
		call->language = value;
	} else if (strcasecmp(name, "Last-Event-ID") == 0) {
		call->last_event_id = value;
	} else if (strcasecmp(name, "If-None-Match") == 0) {
		call->none_match = value;
	}
	/* "Host : x" and a name with a blank are how requests are smuggled. */
	h->bad |= strpbrk(name, " \t") != NULL;
}

bool
http_head_body(const struct http_head *h)
{
	return h->length > 0 || h->encodings > 0;
}

const struct http_fault *
http_head_judge(
    const struct http_head *h, size_t uri_len, const char *version, bool local)
{
	bool old = strcmp(version, "HTTP/1.0") == 0;

	if (uri_len >= HTTP_HEAD_URI_MAX)
		return &faults[FAULT_URI];
	if (h->lengths > 1 || (h->lengths > 0 && h->encodings > 0))
		return &faults[FAULT_LENGTH];
	if (h->bad || (h->no_host && !local) || h->tokens > 1 ||
	    h->encodings > 1)
		return &faults[FAULT_HEADER];
	if (h->hosts > 1 || (h->hosts == 0 && !old))
		return &faults[FAULT_HOST];
	/* A few bytes that unpack to gigabytes never reach a parser. */
	if (h->coded)
		return &faults[FAULT_CODED];
	if (h->length > OPS_BODY_MAX)
		return &faults[FAULT_BODY];
	return NULL;
}

const struct http_fault *
http_head_too_large(void)
{
	return &faults[FAULT_BODY];
}

#define LAST(status, text, code)                                        \
	"HTTP/1.1 " status " " text "\r\n"                              \
	"Content-Type: application/problem+json\r\n"                    \
	"Cache-Control: no-store\r\nRetry-After: 1\r\n"                 \
	"Connection: close\r\n\r\n"                                     \
	"{\"type\":\"urn:lianfang:problem:" code "\",\"title\":\"" text \
	"\",\"status\":" status ",\"code\":\"" code "\"}\n"

const char *
http_head_last_words(unsigned status)
{
	if (status == 413)
		return LAST("413", "Content Too Large", "body_too_large");
	if (status == 429)
		return LAST("429", "Too Many Requests", "over_share");
	return LAST("503", "Service Unavailable", "node_full");
}
