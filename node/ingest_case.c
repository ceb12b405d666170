/* ingest_case.c - operations that write checks and points. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/ingest_case.h"

#include "config.pb-c.h"
#include "node/ingest.h"
#include "node/submit_duties.h"
#include "node/submit_points.h"
#include "proto/slice.h"

static void
put_checks(const struct submit_to *to, ProtobufCMessage **at, size_t n,
    struct arena *memory)
{
	(void)memory;
	submit_duties(to, (Record__Checklist *const *)(void *)at, n);
}

enum err
ingest_case_checks(struct ops_call *call, struct err_why *why)
{
	static const struct ingest_list l = {
	    &config__checklist_list__descriptor, put_checks, true};

	return ingest_list(call, &l, why);
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
