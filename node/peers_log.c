/* peers_log.c - what members are told of the own logs, and tell of them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/peers_log.h"

#include <stdlib.h>

#include "ledger/generation.h"
#include "proto/mem.h"

static enum err
add_log(struct peers_log_list *l, const struct site *s,
    const struct site_log_now *now, const struct note_vkey *card,
    struct err_why *why)
{
	struct generation g;
	enum err e = generation_get(&g, card->name, why);
	enum site_kind kind = e == ERR_OK && strcmp(g.kind, "alliance") == 0
	    ? SITE_ALLIANCE
	    : SITE_EVIDENCE;

	while (e == ERR_OK && g.number++ < now->number) {
		l->note = mem_resize(l->note, l->len + 1, sizeof *l->note);
		buf_init(&l->note[l->len], SUCCESSION_BYTES_MAX);
		e = site_logs_succession(
		    s, kind, g.number, &l->note[l->len], why);
		l->len++;
	}
	return e;
}

enum err
peers_log_list(struct peers_log_list *out, const struct site *s,
    const struct site_logs *logs, const struct roster *r, struct err_why *why)
{
	const struct roster_member *me = roster_find(r, s->name);
	enum err e;

	if (me == NULL)
		return err_fail(why, ERR_NOT_FOUND, "not a member");
	e = add_log(
	    out, s, &logs->log[SITE_EVIDENCE], &me->log[ROSTER_EVIDENCE], why);
	if (e == ERR_OK)
		e = add_log(out, s, &logs->log[SITE_ALLIANCE],
		    &me->log[ROSTER_ALLIANCE], why);
	out->view = mem_alloc(out->len + 1, sizeof *out->view);
	for (size_t i = 0; i < out->len; i++)
		out->view[i] = buf_view(&out->note[i]);
	return e;
}

void
peers_log_clear(struct peers_log_list *l)
{
	for (size_t i = 0; i < l->len; i++)
		buf_clear(&l->note[i]);
	free(l->note);
	free(l->view);
	*l = (struct peers_log_list){.len = 0};
}
