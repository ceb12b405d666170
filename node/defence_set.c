/* defence_set.c - the rules of an epoch and its members, copied out of it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/defence_set.h"

#include <stdlib.h>
#include <string.h>

#include "node/peers.h"
#include "node/seat.h"
#include "proto/mem.h"

void
defence_set_clear(struct defence_set *s)
{
	for (size_t i = 0; i < s->len; i++) {
		free(s->at[i].name);
		free(s->at[i].by);
		buf_clear(&s->at[i].text);
	}
	for (size_t i = 0; i < s->members_len; i++)
		free(s->members[i]);
	free(s->members);
	memset(s, 0, sizeof *s);
}

static void
copy_paper(struct defence_set *s, const Fed__Paper *p)
{
	struct defence_paper *t = &s->at[s->len++];

	t->name = mem_strdup(p->name);
	t->by = mem_strdup(p->by);
	memcpy(t->digest.b, p->digest.data, HASH_BYTES);
	buf_init(&t->text, ROSTER_RULE_BYTES + 1);
	buf_bytes(&t->text, bytes_of(p->document.data, p->document.len));
}

struct looking {
	struct defence_set *set;
	bool changed;
};

static void
look(void *arg, const struct seat_view *v)
{
	struct looking *l = arg;
	struct defence_set *s = l->set;
	const struct council_epoch *now = council_now(v->council);
	const Fed__Genesis *g = now->state;
	bool is = false;

	if (s->members_len > 0 && memcmp(s->id.b, now->id.b, HASH_BYTES) == 0)
		return;
	l->changed = true;
	defence_set_clear(s);
	s->id = now->id;
	s->epoch = now->number;
	s->members = mem_alloc(g->n_members + 1, sizeof *s->members);
	for (size_t i = 0; i < g->n_members; i++) {
		const Fed__Card *c = g->members[i];

		s->members[s->members_len++] = mem_strdup(c->name);
		s->any_hq |= c->role == FED__ROLE__HQ;
		is |= strcmp(c->name, v->self) == 0;
		s->hq |=
		    strcmp(c->name, v->self) == 0 && c->role == FED__ROLE__HQ;
	}
	/* Who is no member any more goes by nobody's rules. */
	for (size_t i = 0; is && i < g->n_papers; i++)
		if (g->papers[i]->sort == FED__PAPER__SORT__RULE &&
		    s->len < ROSTER_RULES_MAX)
			copy_paper(s, g->papers[i]);
}

enum err
defence_set_look(struct defence_set *out, struct peers *peers, bool *changed,
    struct err_why *why)
{
	struct looking l = {.set = out};
	enum err e = seat_look(peers_seat(peers), look, &l, why);

	if (e == ERR_NOT_FOUND) {
		l.changed = out->members_len > 0;
		defence_set_clear(out);
		e = ERR_OK;
	}
	*changed = l.changed;
	return e;
}

const struct defence_paper *
defence_set_find(const struct defence_set *s, const char *name)
{
	for (size_t i = 0; i < s->len; i++)
		if (strcmp(s->at[i].name, name) == 0)
			return &s->at[i];
	return NULL;
}

enum err
defence_set_rule(struct defence_rule *out, const struct defence_paper *p,
    struct err_why *why)
{
	enum err e = defence_rule_read(out, buf_view(&p->text), why);

	if (e != ERR_OK || strcmp(out->said->id, p->name) == 0)
		return e;
	e = err_fail(why, ERR_MALFORMED,
	    "$.defence.id: %.60s, but it is proposed as %.60s", out->said->id,
	    p->name);
	defence_rule_clear(out);
	return e;
}
