/* peer_lianfang.c - a node of ours, asked by the same client. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/buf.h"
#include "proto/mem.h"
#include "tests/peers/peer.h"
#include "tests/peers/peer_http.h"

#define TEXT_MAX ((size_t)2 << 20)

struct peer_client {
	struct peer_http http;
	char extra[512];
	struct buf text;
};

/* where: PORT:TOKEN */
struct peer_client *
peer_open(const char *where)
{
	struct peer_client *c = mem_alloc(1, sizeof(*c));
	const char *colon = strchr(where, ':');

	if (colon == NULL)
		peer_fail("expected PORT:TOKEN");
	peer_http_open(&c->http, where);
	(void)snprintf(c->extra, sizeof(c->extra),
	    "Authorization: Bearer %s\r\n", colon + 1);
	buf_init(&c->text, TEXT_MAX);
	return c;
}

void
peer_put(struct peer_client *c, const char *const *bodies, size_t n)
{
	buf_reset(&c->text);
	for (size_t i = 0; i < n; i++) {
		if (n > 1)
			buf_u8(&c->text, i == 0 ? '[' : ',');
		buf_bytes(&c->text, bytes_str(bodies[i]));
	}
	if (n > 1)
		buf_u8(&c->text, ']');
	peer_http_post(
	    &c->http, "/v1/alarms", c->extra, buf_view(&c->text), 201);
}

void
peer_close(struct peer_client *c)
{
	peer_http_close(&c->http);
	buf_clear(&c->text);
	free(c);
}
