/* ingest_case.c - operations that write checks and points. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ingest_case.h"

#include "config.pb-c.h"
#include "node/ingest.h"
#include "node/submit_duties.h"
#include "node/submit_points.h"
#include "proto/json.h"
#include "proto/slice.h"

static enum err
count(size_t n, struct err_why *why)
{
	if (n == 0)
		return err_fail(why, ERR_MALFORMED, "$: the list is empty");
	if (n > OPS_LIST_MAX)
		return err_fail(
		    why, ERR_LIMIT, "$: at most %d items", OPS_LIST_MAX);
	return ERR_OK;
}

enum err
ingest_case_checks(struct ops_call *call, struct err_why *why)
{
	struct json_list json = {.at = NULL};
	ProtobufCMessage *list = NULL;
	ProtobufCMessage **at;
	struct submit_who who;
	size_t n;
	enum err e;

	if (ops_protobuf(call->content_type))
		e = slice_unpack(&list, &config__checklist_list__descriptor,
		    call->body, why);
	else
		e = json_decode_list(&json, &record__checklist__descriptor,
		    call->body, OPS_LIST_MAX, why);
	if (e != ERR_OK)
		return e;
	at = json.at;
	n = json.len;
	if (list != NULL) {
		Config__ChecklistList *m = (Config__ChecklistList *)list;

		at = (ProtobufCMessage **)(void *)m->items;
		n = m->n_items;
	}
	e = count(n, why);
	if (e == ERR_OK) {
		struct submit_to to = ingest_towards(call, &who,
		    json.single ? ingest_reply_one : ingest_reply_many);

		submit_duties(&to, (Record__Checklist *const *)(void *)at, n);
	}
	json_list_free(&json);
	slice_free(list);
	return e;
}

enum err
ingest_case_points(struct ops_call *call, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	struct submit_who who;
	enum err e = ingest_whole_site(call, why);

	if (e == ERR_OK)
		e = ops_body(call, &msg, why);
	if (e != ERR_OK)
		return e;
	struct submit_to to = ingest_towards(call, &who, ingest_reply_one);
	submit_points(&to, (const Record__Points *)(const void *)msg);
	slice_free(msg);
	return ERR_OK;
}
