/* peer_etcd.c - etcd through its JSON gateway. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/mem.h"
#include "proto/text.h"
#include "tests/peers/peer.h"
#include "tests/peers/peer_http.h"

#define TXN_MAX 128 /* operations in one of etcd's transactions */
#define TEXT_MAX ((size_t)1 << 20)

struct peer_client {
	struct peer_http http;
	unsigned number;
	uint64_t seq;
	struct buf text;
};

struct peer_client *
peer_open(const char *where)
{
	static unsigned number;
	struct peer_client *c = mem_alloc(1, sizeof(*c));

	peer_http_open(&c->http, where);
	c->number = number++;
	buf_init(&c->text, TEXT_MAX);
	return c;
}

static void
add(struct peer_client *c, const char *s)
{
	buf_bytes(&c->text, bytes_str(s));
}

static void
put_kv(struct peer_client *c, const char *body)
{
	char key[48];

	(void)snprintf(
	    key, sizeof(key), "alarm/%u/%" PRIu64, c->number, ++c->seq);
	add(c, "{\"key\":\"");
	text_b64_put(&c->text, bytes_str(key));
	add(c, "\",\"value\":\"");
	text_b64_put(&c->text, bytes_str(body));
	add(c, "\"}");
}

static void
put_txn(struct peer_client *c, const char *const *bodies, size_t n)
{
	add(c, "{\"success\":[");
	for (size_t i = 0; i < n; i++) {
		add(c, i == 0 ? "{\"requestPut\":" : ",{\"requestPut\":");
		put_kv(c, bodies[i]);
		add(c, "}");
	}
	add(c, "]}");
}

void
peer_put(struct peer_client *c, const char *const *bodies, size_t n)
{
	buf_reset(&c->text);
	if (n == 1) {
		put_kv(c, bodies[0]);
		peer_http_post(
		    &c->http, "/v3/kv/put", "", buf_view(&c->text), 200);
		return;
	}
	for (size_t at = 0; at < n; at += TXN_MAX) {
		buf_reset(&c->text);
		put_txn(c, bodies + at, n - at < TXN_MAX ? n - at : TXN_MAX);
		peer_http_post(
		    &c->http, "/v3/kv/txn", "", buf_view(&c->text), 200);
	}
}

void
peer_close(struct peer_client *c)
{
	peer_http_close(&c->http);
	buf_clear(&c->text);
	free(c);
}
