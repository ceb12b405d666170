/* exchange_ack.c - what a peer, as a witness, says of our logs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/exchange_state.h"

#define AHEAD_S 300 /* a witness's clock: no reader counts it until then */

/* It says of a time that has not come that the log was seen then. */
static enum err
judge_time(const struct exchange *x, uint64_t when, struct err_why *why)
{
	int64_t now_s;

	if (x->host->wall_us == NULL)
		return ERR_OK;
	now_s = x->host->wall_us(x->host->arg) / 1000000;
	if (when <= (uint64_t)now_s + AHEAD_S)
		return ERR_OK;
	return err_fail(why, ERR_REFUSED,
	    "cosignature is dated %llu s ahead of the clock here: no reader "
	    "counts it",
	    (unsigned long long)(when - (uint64_t)now_s));
}

/* Is `line` the peer's cosignature of the head we told it? */
static enum err
cosignature_ok(const struct exchange *x, const struct exchange_ours *o,
    struct bytes line, struct err_why *why)
{
	uint64_t when = 0;
	struct note note;
	struct buf whole;
	enum err e;

	buf_init(&whole, 2 * NOTE_BYTES_MAX);
	e = note_parse(&note, buf_view(&o->told_note), NULL);
	if (e == ERR_OK) {
		buf_bytes(&whole, note.text);
		buf_u8(&whole, '\n');
		buf_bytes(&whole, line);
		e = note_parse(&note, buf_view(&whole), NULL);
	}
	/* One line, so that nothing else is smuggled into our notes. */
	if (e == ERR_OK && note.sigs_len != 1)
		e = ERR_MALFORMED;
	if (e == ERR_OK)
		e = note_check(&note, &x->peer->witness, &when, NULL);
	buf_clear(&whole);
	if (e != ERR_OK)
		return err_fail(
		    why, ERR_UNVERIFIED, "cosignature does not verify");
	return judge_time(x, when, why);
}

/* The peer acknowledged more than we hold: a word, or a proof of it. */
static void
tell_ahead(struct exchange *x, const struct exchange_ours *o, const Fed__Ack *a,
    enum exchange_event_kind kind)
{
	struct bytes note = bytes_of(a->note.data, a->note.len);
	struct exchange_event ev = {0};
	struct note_checkpoint head;

	ev.kind = kind;
	ev.origin = o->origin;
	ev.size = a->size;
	if (note.len > 0 &&
	    note_checkpoint_open(&head, note, o->key, NULL) == ERR_OK &&
	    head.head.size == a->size)
		ev.text = note;
	exchange_tell(x, &ev);
}

void
exchange_take_ack(struct exchange *x, const Fed__Ack *a)
{
	struct exchange_ours *o = exchange_named_ours(x, a->origin);
	struct note_checkpoint head;
	struct exchange_event ev = {0};
	struct err_why why;
	struct bytes note;
	enum err e;

	if (o == NULL)
		return;
	if (a->has_prove) {
		o->prove = a->prove;
		o->tell = true;
		return;
	}
	o->introduced = true;
	e = x->host->head(x->host->arg, o->origin, &head, &note);
	if (a->size > (e == ERR_OK ? head.head.size : 0)) {
		tell_ahead(x, o, a, EXCHANGE_AHEAD);
		o->answered = true;
		return;
	}
	/* Late, or of another history: the owner compares. */
	if (a->note.len > 0)
		tell_ahead(x, o, a, EXCHANGE_SHOWN);
	o->acked = a->size;
	o->reach_acked = a->size;
	o->answered = o->answered || a->size == o->told;
	/* It stands elsewhere than our proof assumed: prove from there. */
	if (a->size < o->told && a->size != o->told_old)
		o->tell = true;
	if (!a->has_line || a->line.len == 0)
		return;
	if (a->size != o->told && x->made_us != 0)
		exchange_find_told(x, o, a->size);
	if (a->size != o->told)
		return;
	ev.kind = EXCHANGE_COSIGNED;
	ev.origin = o->origin;
	ev.size = a->size;
	ev.text = bytes_of(a->line.data, a->line.len);
	e = cosignature_ok(x, o, ev.text, &why);
	if (e == ERR_OK)
		exchange_tell(x, &ev);
	else
		exchange_tell_refused(x, o->origin, e, &why);
}
