/* quarantine_hold.c - answers of refused messages, which are kept. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/quarantine_hold.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/journal.h"
#include "node/problem.h"
#include "node/quarantine.h"
#include "node/quarantine_part.h"
#include "node/service.h"
#include "proto/mem.h"

/* What is wrong with one message. */
struct fault {
	enum err err;
	const struct rule *rule; /* or NULL */
	const char *path; /* "" none */
	const struct err_why *why; /* or NULL */
};

/* By itself: nobody need have a right or wait for it to be right. */
static bool
is_invalid(const struct ops_call *call, enum err e)
{
	const unsigned status = problem_status(e);

	return (call->op->flags & OPS_LIST) != 0 && call->body.len > 0 &&
	    (status == 400 || status == 413 || status == 422);
}

static bool
part_of(const struct ops_call *call, size_t i, struct bytes *out)
{
	return ops_protobuf(call->content_type)
	    ? quarantine_part_protobuf(out, call->body, i)
	    : quarantine_part_json(out, call->body, i);
}

static enum err
keep(struct ops_call *call, const struct fault *f, struct bytes body,
    char id[static 40], struct err_why *why)
{
	Api__Quarantined *m = mem_alloc(1, sizeof *m);
	enum err e;

	api__quarantined__init(m);
	m->has_received_at = true;
	m->received_at = service_now();
	m->token = mem_strdup(call->who.id);
	m->operation = mem_strdup(call->op->name);
	m->content_type = mem_strdup_given(call->content_type);
	m->code =
	    mem_strdup(f->rule != NULL ? f->rule->code : err_name(f->err));
	m->path = mem_strdup_given(f->path);
	if (f->rule != NULL) {
		m->text = mem_strdup(f->rule->text);
		m->text_zh = mem_strdup(f->rule->text_zh);
	} else if (f->why != NULL) {
		m->text = mem_strdup_given(f->why->text);
		m->text_zh = mem_strdup_given(f->why->zh);
	}
	m->has_bytes = m->has_body = true;
	m->bytes = body.len;
	m->body.len = body.len;
	m->body.data = mem_alloc(body.len + 1, 1);
	memcpy(m->body.data, body.ptr, body.len);
	e = quarantine_put(call->service->quarantine, m, why);
	if (e == ERR_OK)
		(void)snprintf(id, 40, "%s", m->quarantine_id);
	else if (e != ERR_LIMIT)
		journal_warn("QUARANTINE", "not kept, token=%s: %s",
		    call->who.id, why != NULL ? why->text : "");
	crypto_wipe(m->body.data, m->body.len);
	api__quarantined__free_unpacked(m, NULL);
	return e;
}

/* What is to be answered when keeping ended with `kept`. */
static enum err
answer(struct ops_call *call, enum err e, enum err kept,
    const struct err_why *full, struct err_why *why)
{
	if (kept != ERR_FULL)
		return e;
	call->rule = NULL;
	call->rules.len = 0;
	call->fault[0] = '\0';
	call->status = 507;
	call->code = "quarantine_full";
	if (why != NULL)
		*why = *full;
	return ERR_REFUSED;
}

enum err
quarantine_hold(struct ops_call *call, enum err e, struct err_why *why)
{
	const struct fault f = {e, call->rule, call->fault, why};
	const char *path = call->fault[0] != '\0' ? call->fault
	    : why != NULL                         ? why->text
	                                          : "";
	struct err_why full = {.text = ""};
	struct bytes body = call->body;
	size_t i;

	if (!is_invalid(call, e))
		return e;
	/* Of several nothing was recorded: the others are refused with it. */
	if (quarantine_part_index(&i, path) &&
	    (!quarantine_part_single(body, ops_protobuf(call->content_type)) ||
	        !part_of(call, i, &body)))
		body = call->body;
	return answer(
	    call, e, keep(call, &f, body, call->quarantine, &full), &full, why);
}

/* Item i; ERR_OK also when it is none that is kept. */
static enum err
hold_item(struct ops_call *call, const struct submit_receipt *r, size_t i,
    char id[static 40], struct err_why *why)
{
	struct fault f = {r->error, r->rule, "", NULL};
	char path[96] = "";
	struct bytes body;

	id[0] = '\0';
	if (r->error == ERR_OK || !is_invalid(call, r->error) ||
	    !part_of(call, i, &body))
		return ERR_OK;
	if (r->path != NULL)
		(void)snprintf(path, sizeof path, "$.%.60s", r->path);
	f.path = path;
	return keep(call, &f, body, id, why);
}

enum err
quarantine_hold_all(struct ops_call *call, const struct submit_result *r,
    enum err e, struct err_why *why)
{
	struct err_why full = {.text = ""};
	enum err kept = ERR_OK;

	if (r->error != ERR_OK)
		return quarantine_hold(call, e, why);
	for (size_t i = 0; i < r->len && kept != ERR_FULL; i++) {
		char id[40];

		kept = hold_item(call, &r->items[i], i, id, &full);
		if (i == 0)
			(void)snprintf(call->quarantine,
			    sizeof call->quarantine, "%s", id);
	}
	return answer(call, e, kept, &full, why);
}

static void
replace(char **at, const char *text)
{
	free(*at);
	*at = mem_strdup(text);
}

void
quarantine_hold_some(struct ops_call *call, const struct submit_result *r,
    Api__Receipts *receipts)
{
	struct err_why full = {.text = ""};
	enum err kept = ERR_OK;

	for (size_t i = 0; i < r->len; i++) {
		Ledger__Receipt *m = receipts->items[i];
		char id[40];

		if (r->items[i].error == ERR_OK)
			continue;
		if (kept != ERR_FULL)
			kept = hold_item(call, &r->items[i], i, id, &full);
		if (kept == ERR_FULL && is_invalid(call, r->items[i].error)) {
			replace(&m->error, "quarantine_full");
			replace(&m->text, full.text);
			replace(&m->text_zh, full.zh);
		} else if (kept == ERR_OK && id[0] != '\0') {
			m->quarantine_id = mem_strdup(id);
		}
	}
}
