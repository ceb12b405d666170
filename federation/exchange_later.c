/* exchange_later.c - generations of logs that began after the cards. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "federation/exchange.h"
#include "federation/exchange_state.h"
#include "ledger/generation.h"
#include "proto/mem.h"

static struct exchange_ours *
add_ours(struct exchange *x, const struct note_vkey *key, enum roster_kind kind)
{
	struct exchange_ours *o;

	x->ours = mem_resize(x->ours, x->ours_len + 1, sizeof(x->ours[0]));
	o = &x->ours[x->ours_len++];
	memset(o, 0, sizeof(*o));
	o->origin = key->name;
	o->key = key;
	o->kind = kind;
	o->right = access_right(x->roster, x->peer->name,
	    roster_find(x->roster, x->self)->log[kind].name);
	o->introduced = true;
	o->tell = true;
	buf_init(&o->told_note, NOTE_BYTES_MAX);
	return o;
}

static struct exchange_theirs *
add_theirs(
    struct exchange *x, const struct note_vkey *key, enum roster_kind kind)
{
	struct exchange_theirs *t;

	x->theirs =
	    mem_resize(x->theirs, x->theirs_len + 1, sizeof(x->theirs[0]));
	t = &x->theirs[x->theirs_len++];
	memset(t, 0, sizeof(*t));
	t->origin = key->name;
	t->key = key;
	t->kind = kind;
	t->right = access_right(x->roster, x->self, x->peer->log[kind].name);
	buf_init(&t->ack_line, NOTE_BYTES_MAX);
	buf_init(&t->ack_note, NOTE_BYTES_MAX);
	return t;
}

static bool
kind_of(const struct note_vkey *log, enum roster_kind *out)
{
	struct generation g;

	if (generation_get(&g, log->name, NULL) != ERR_OK)
		return false;
	*out =
	    strcmp(g.kind, "alliance") == 0 ? ROSTER_ALLIANCE : ROSTER_EVIDENCE;
	return true;
}

void
exchange_sync(struct exchange *x)
{
	const struct roster_member *me = roster_find(x->roster, x->self);
	const struct exchange_host *h = x->host;
	struct exchange_later l;
	struct exchange_theirs *t;
	enum roster_kind kind;
	size_t k;

	for (k = x->ours_len; k < ROSTER_KINDS; k++)
		(void)add_ours(x, &me->log[k], (enum roster_kind)k);
	for (k = x->theirs_len; k < ROSTER_KINDS; k++)
		(void)add_theirs(x, &x->peer->log[k], (enum roster_kind)k);
	while (h->later != NULL &&
	    h->later(h->arg, x->self, x->ours_len - ROSTER_KINDS, &l) ==
	        ERR_OK &&
	    kind_of(&l.s->after, &kind)) {
		struct exchange_ours *o = add_ours(x, &l.s->after, kind);

		o->opened = l.note;
		o->introduced = false;
	}
	while (h->later != NULL &&
	    h->later(h->arg, x->peer->name, x->theirs_len - ROSTER_KINDS, &l) ==
	        ERR_OK &&
	    kind_of(&l.s->after, &kind)) {
		t = add_theirs(x, &l.s->after, kind);
		t->after = l.s;
		for (k = 0; k < x->theirs_len; k++)
			if (strcmp(x->theirs[k].origin, l.s->before.name) == 0)
				x->theirs[k].closed = l.s;
	}
}

bool
exchange_follows(struct exchange *x, const struct exchange_theirs *t)
{
	uint64_t held;

	return t->after == NULL ||
	    (x->host->held(x->host->arg, t->after->before.name, &held) ==
	            ERR_OK &&
	        held >= t->after->held);
}

static void
take_one(struct exchange *x, struct bytes note)
{
	const struct exchange_host *h = x->host;
	struct exchange_event ev = {0};
	struct err_why why = {.text = ""};
	char origin[NOTE_NAME_MAX + 1] = "";
	enum err e;
	size_t k;

	e = h->succeed == NULL
	    ? err_fail(&why, ERR_UNSUPPORTED, "no later generations here")
	    : h->succeed(h->arg, x->peer->name, note, origin, &why);
	if (e == ERR_OK) {
		exchange_sync(x);
		/* Says that it is known now; nothing of it is witnessed. */
		for (k = 0; k < x->theirs_len; k++)
			if (strcmp(x->theirs[k].origin, origin) == 0 &&
			    !x->theirs[k].ack) {
				x->theirs[k].ack = true;
				x->theirs[k].ack_size = 0;
				buf_reset(&x->theirs[k].ack_line);
				buf_reset(&x->theirs[k].ack_note);
			}
		return;
	}
	ev.kind = EXCHANGE_REFUSED;
	ev.peer = x->peer->name;
	ev.origin = origin[0] != '\0' ? origin : NULL;
	ev.err = e;
	ev.text = bytes_str(why.text);
	if (h->event != NULL)
		h->event(h->arg, &ev);
	memcpy(x->refused.origin, origin, sizeof(origin));
	x->refused.err = origin[0] != '\0' ? e : ERR_OK;
	x->refused.why = why;
}

void
exchange_take_successions(struct exchange *x, const Fed__Turn *t)
{
	size_t i;

	for (i = 0; i < t->n_successions; i++)
		take_one(
		    x, bytes_of(t->successions[i].data, t->successions[i].len));
}

void
exchange_put_successions(struct exchange *x, Fed__Turn *t, int64_t now_us)
{
	struct exchange_ours *o;
	ProtobufCBinaryData *out;
	size_t k;

	t->successions = mem_alloc(TURN_LISTED, sizeof(t->successions[0]));
	for (k = 0; k < x->ours_len && t->n_successions < TURN_LISTED; k++) {
		o = &x->ours[k];
		/* Once in each conversation also to who knows it: it may be
		 * signed by another identity key than the peer has it. */
		if (o->opened.len == 0 || now_us < o->intro_us ||
		    (o->introduced && o->intro_us > 0))
			continue;
		o->intro_us = now_us + EXCHANGE_RETRY_US;
		out = &t->successions[t->n_successions++];
		out->len = o->opened.len;
		out->data = mem_alloc(1, out->len);
		memcpy(out->data, o->opened.ptr, out->len);
	}
}

void
exchange_show_held(struct exchange *x, struct exchange_theirs *t)
{
	struct note_checkpoint ours;

	if (x->host->witnessed == NULL ||
	    x->host->witnessed(x->host->arg, t->origin, &t->ack_note) !=
	        ERR_OK ||
	    note_checkpoint_open(&ours, buf_view(&t->ack_note), t->key, NULL) !=
	        ERR_OK) {
		buf_reset(&t->ack_note);
		return;
	}
	t->ack = true;
	t->ack_size = ours.head.size;
}
