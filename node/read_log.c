/* read_log.c - reads by HQ and regulators become ACCESS entries. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/read_log.h"

#include "node/ops.h"
#include "node/service.h"
#include "node/submit.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "record.pb-c.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define MINUTE_US INT64_C(60000000)
#define QUERY_MAX 1200

struct waiting_call {
	struct ops_call *call;
	struct waiting_call *next;
};

enum slot_state {
	SLOT_FREE,
	SLOT_PENDING,
	SLOT_DURABLE,
};

/* One (token, query, minute). */
struct slot {
	struct hash key;
	int64_t minute;
	enum slot_state state;
	struct waiting_call *waiting;
};

/* Invariant: only a PENDING slot has waiting calls; it stays until the
 * commit's answer, whatever the minute. */
struct read_log {
	struct service *service;
	pthread_mutex_t lock;
	struct slot slot[READ_LOG_KEPT];
};

struct read_log *
read_log_new(struct service *service)
{
	struct read_log *r = mem_alloc(1, sizeof *r);

	r->service = service;
	(void)pthread_mutex_init(&r->lock, NULL);
	return r;
}

void
read_log_free(struct read_log *r)
{
	if (r == NULL)
		return;
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}

/* What was asked, in the asker's words. */
static void
query_text(char *out, size_t cap, const struct ops_call *call)
{
	size_t q = call->query.len < 800 ? call->query.len : 800;
	size_t p = call->path.len < 300 ? call->path.len : 300;

	(void)snprintf(out, cap, "%s %.*s%s%.*s", call->op->name, (int)p,
	    (const char *)call->path.ptr, q > 0 ? "?" : "", (int)q,
	    q > 0 ? (const char *)call->query.ptr : "");
	/* Percent-escapes keep it plain; anything else is shown as it must. */
	for (char *c = out; *c != '\0'; c++)
		if (*c < 0x20 || *c > 0x7e)
			*c = '?';
}

/* A slot for this key: its own, a free one, or one of an earlier minute.
 * NULL: all near ones are pending. */
static struct slot *
find_slot(struct read_log *r, const struct hash *key, int64_t minute)
{
	size_t at = ((size_t)key->b[0] << 8 | key->b[1]) % READ_LOG_KEPT;
	struct slot *spare = NULL;

	for (size_t i = 0; i < 16; i++) {
		struct slot *s = &r->slot[(at + i) % READ_LOG_KEPT];
		if (s->state != SLOT_FREE && s->minute == minute &&
		    memcmp(s->key.b, key->b, HASH_BYTES) == 0)
			return s;
		bool usable = s->state == SLOT_FREE ||
		    (s->state == SLOT_DURABLE && s->minute < minute);
		if (usable && spare == NULL)
			spare = s;
	}
	return spare;
}

struct access_note {
	struct read_log *log;
	struct slot *slot; /* NULL: an entry for one call alone */
	struct ops_call *call; /* that call */
};

static void
noted(void *arg, struct submit_result *res)
{
	struct access_note *n = arg;
	struct read_log *r = n->log;
	struct waiting_call *list = NULL;
	enum err e = res->error;

	if (n->slot != NULL) {
		(void)pthread_mutex_lock(&r->lock);
		list = n->slot->waiting;
		n->slot->waiting = NULL;
		n->slot->state = e == ERR_OK ? SLOT_DURABLE : SLOT_FREE;
		(void)pthread_mutex_unlock(&r->lock);
	} else {
		ops_finish(n->call, e, &res->why);
	}
	while (list != NULL) {
		struct waiting_call *w = list;
		list = w->next;
		ops_finish(w->call, e, &res->why);
		free(w);
	}
	submit_result_free(res);
	free(n);
}

static void
submit_note(struct access_note *n, const struct ops_call *call,
    const char *query, int64_t minute)
{
	Record__Access a = RECORD__ACCESS__INIT;
	struct submit_who who = {
	    .subject = call->who.id, .role = ops_role_name(call->who.role)};
	struct submit_to to = {.site = n->log->service->site,
	    .who = &who,
	    .done = noted,
	    .arg = n};
	char subject[sizeof call->who.id];
	char role[16];
	char text[QUERY_MAX];

	(void)snprintf(subject, sizeof subject, "%s", call->who.id);
	(void)snprintf(role, sizeof role, "%s", who.role);
	(void)snprintf(text, sizeof text, "%s", query);
	a.subject = subject;
	a.role = role;
	a.query = text;
	a.has_minute_at = true;
	a.minute_at = minute * MINUTE_US;
	submit_access(&to, &a);
}

void
read_log_note(struct ops_call *call)
{
	struct read_log *r = call->service->reads;
	char query[QUERY_MAX];
	struct hash key;
	int64_t minute = service_now() / MINUTE_US;
	bool first = false;

	query_text(query, sizeof query, call);
	struct bytes parts[] = {
	    bytes_of(call->who.id, strlen(call->who.id) + 1), bytes_str(query)};
	digest_sha256_parts(&key, parts, 2);

	(void)pthread_mutex_lock(&r->lock);
	struct slot *s = find_slot(r, &key, minute);
	bool known = s != NULL && s->state != SLOT_FREE &&
	    s->minute == minute && memcmp(s->key.b, key.b, HASH_BYTES) == 0;
	if (known && s->state == SLOT_DURABLE) {
		(void)pthread_mutex_unlock(&r->lock);
		return;
	}
	/* From here on the call is answered by somebody else. */
	call->waiting = true;
	if (s != NULL) {
		struct waiting_call *w = mem_alloc(1, sizeof *w);
		first = !known;
		if (first) {
			s->key = key;
			s->minute = minute;
			s->state = SLOT_PENDING;
			s->waiting = NULL;
		}
		w->call = call;
		w->next = s->waiting;
		s->waiting = w;
	}
	(void)pthread_mutex_unlock(&r->lock);
	if (s != NULL && !first)
		return;
	struct access_note *n = mem_alloc(1, sizeof *n);
	n->log = r;
	n->slot = s;
	n->call = call;
	submit_note(n, call, query, minute);
}
