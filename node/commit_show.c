/* commit_show.c - what live streams are told after a commit. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/commit_show.h"

#include "proto/mem.h"

#define SHOWN_MAX 4096 /* live events kept per batch; more are not shown */

struct shown_event {
	struct site_event ev;
	const ProtobufCMessage *body;
};

struct commit_shown {
	size_t len;
	struct shown_event at[SHOWN_MAX];
};

struct commit_shown *
commit_show_new(void)
{
	return mem_alloc(1, sizeof(struct commit_shown));
}

void
commit_show_none(struct commit_shown *list)
{
	if (list != NULL)
		list->len = 0;
}

void
commit_show(struct commit_ctx *ctx, const struct commit_event *ev,
    const struct log_place *place, const char *origin)
{
	struct commit_shown *list = ctx->shown;
	const struct row *r = &ctx->fold.row;
	struct shown_event *s;

	if (list == NULL || list->len == SHOWN_MAX ||
	    ev->draft.record_id == NULL)
		return;
	s = &list->at[list->len++];
	s->body = ev->body;
	s->ev = (struct site_event){
	    .kind = ev->draft.kind,
	    .outcome = ev->draft.outcome,
	    .event_seq = ev->draft.event_seq,
	    .level = r->level,
	    .action = "",
	    .state = row_state_text(r->kind, r->state),
	    .origin = origin,
	    .index = place->index,
	    .recorded_us = place->recorded_us,
	};
	memcpy(s->ev.record_id, ev->draft.record_id, 16);
}

/* The body's own words for what happened and where. */
static void
describe(struct shown_event *s)
{
	const ProtobufCMessage *b = s->body;
	const ProtobufCFieldDescriptor *f;
	const char *base = (const char *)b;
	int value;

	if (b == NULL)
		return;
	f = protobuf_c_message_descriptor_get_field_by_name(
	    b->descriptor, "action");
	if (f != NULL && f->type == PROTOBUF_C_TYPE_ENUM) {
		memcpy(&value, base + f->offset, sizeof value);
		const ProtobufCEnumValue *v =
		    protobuf_c_enum_descriptor_get_value(f->descriptor, value);
		s->ev.action = v != NULL ? v->name : "";
		if (value == 0)
			s->ev.action = "RAISE";
	}
	f = protobuf_c_message_descriptor_get_field_by_name(
	    b->descriptor, "area");
	if (f != NULL && f->type == PROTOBUF_C_TYPE_STRING)
		memcpy(&s->ev.area, base + f->offset, sizeof s->ev.area);
}

void
commit_show_all(struct commit_shown *list, const struct site_hooks *h)
{
	for (size_t i = 0; list != NULL && i < list->len; i++) {
		describe(&list->at[i]);
		h->event(h->arg, &list->at[i].ev);
	}
}
