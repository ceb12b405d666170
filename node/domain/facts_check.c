/* facts_check.c - checks that fell due, made or missing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "node/domain/facts_part.h"
#include "proto/mem.h"

#define F(name) PACK__FACT__FIELD__##name
#define ACT(name) RECORD__CHECKLIST__ACTION__##name
#define DAY_US INT64_C(86400000000)
#define SATURDAY 6
#define AS_BEFORE (-1)

/* ---- entries ---- */

/* Of a site that is not this one: what its node would have refused is no
 * definition. */
static bool
can_be(const Record__Checklist *m, const struct facts_entry *e)
{
	return checklist_schedule(m).cycle != 0 && m->start_at > 0 &&
	    m->start_at <= e->recorded_us + FACTS_TERM_US;
}

static void
take_definition(
    struct facts *f, struct facts_check *c, const Record__Checklist *m)
{
	const bool duty = m->parent == NULL || m->parent[0] == '\0';

	c->schedule = checklist_schedule(m);
	c->type = facts_word(f, duty ? "duty" : "measure");
	c->code = facts_word(f, m->code);
	c->post = facts_word(f, m->post);
	c->area = facts_word(f, m->area);
	c->exercise = m->exercise;
}

/* An unsigned check counts when it was recorded: nobody was in time by saying
 * so.  Which period it is of is what it says. */
void
facts_check_add(struct facts *f, const struct facts_entry *e)
{
	const Record__Checklist *m = (const Record__Checklist *)e->body;
	const Record__Annex *annex = e->annex;
	struct facts_check c = {.place = e->place,
	    .recorded_us = e->recorded_us,
	    .occurred_us = e->recorded_us,
	    .due_us =
	        annex != NULL && annex->has_due_at ? annex->due_at : AS_BEFORE,
	    .action = (uint8_t)m->action,
	    .done = m->status != RECORD__CHECKLIST__STATUS__NOT_CHECKED};

	if (m->tier != RECORD__CHECKLIST__TIER__TASK ||
	    (e->outcome != LEDGER__OUTCOME__APPLIED && e->event_seq > 1) ||
	    (m->action == ACT(DEFINE) && !can_be(m, e)))
		return;
	if (m->has_occurred_at &&
	    m->occurred_at < e->recorded_us + FACTS_FUTURE_US)
		c.occurred_us = m->occurred_at;
	memcpy(c.task, e->record_id, sizeof c.task);
	if (m->action == ACT(DEFINE))
		take_definition(f, &c, m);
	*FACTS_MORE(f->check, f->checks, f->checks_cap) = c;
}

/* ---- periods ---- */

static int
by_task(const void *a, const void *b)
{
	const struct facts_check *x = a;
	const struct facts_check *y = b;
	const int order = memcmp(x->task, y->task, sizeof x->task);

	if (order != 0)
		return order;
	return (x->place > y->place) - (x->place < y->place);
}

/* One task, as its events go by. */
struct task {
	struct facts *facts;
	int64_t from_us, to_us; /* what falls due in there is wanted */
	const struct facts_check *is; /* its newest definition */
	uint64_t place; /* of what set the next end */
	int64_t next_us; /* end of the first period not yet told; 0: none */
	bool said; /* by the node: it is no day of rest */
	int64_t moved_us; /* an end that was put off; 0: none */
	int64_t shut_us; /* newest period of which somebody said that nobody
	                    looks; 0: none */
	size_t shut; /* ... as a fact */
};

static struct fact *
tell(const struct task *t, int64_t end_us, uint64_t place)
{
	const int64_t begun_us = checklist_start(&t->is->schedule, end_us - 1);
	struct fact *x =
	    facts_made(t->facts, PACK__FACT__KIND__CHECK, place, begun_us);

	memcpy(x->id, t->is->task, sizeof x->id);
	x->due_us = end_us;
	x->exercise = t->is->exercise;
	x->text[F(TYPE)] = t->is->type;
	x->text[F(CODE)] = t->is->code;
	x->text[F(ROLE)] = t->is->post;
	x->text[F(AREA)] = t->is->area;
	return x;
}

static bool
wanted(const struct task *t, int64_t end_us)
{
	return end_us >= t->from_us && end_us < t->to_us;
}

/* Saturdays and Sundays of a stretch without checks.  A holiday is told by the
 * node, which passes it over when it says what is due. */
static bool
rests(const struct checklist_schedule *s, int64_t begun_us)
{
	const int64_t day = (begun_us + s->offset_us) / DAY_US;

	return s->work_days &&
	    ((day + 4) % 7 == 0 || (day + 4) % 7 == SATURDAY);
}

/* Nobody looked in the periods that ended before this. */
static void
miss_until(struct task *t, int64_t before_us)
{
	const struct checklist_schedule *s = &t->is->schedule;
	int64_t last_us = 0;
	uint32_t times = 0;

	if (t->next_us == 0 || s->cycle == 0)
		return;
	if (s->cycle > 0 && t->next_us < t->from_us) {
		const int64_t skip = (t->from_us - t->next_us) / s->cycle;

		t->next_us += skip * s->cycle;
		t->said = t->said && skip == 0;
	}
	while (t->next_us < before_us && t->next_us < t->to_us) {
		if (wanted(t, t->next_us) &&
		    (t->said ||
		        !rests(s, checklist_start(s, t->next_us - 1)))) {
			last_us = t->next_us;
			times++;
		}
		t->said = false;
		t->next_us = checklist_end(s, t->next_us);
	}
	if (times > 0)
		tell(t, last_us, t->place)->times = times;
}

static void
ended(struct fact *x, const struct facts_check *c)
{
	if (c->done)
		*facts_slot(x, F(ENDED)) = facts_seconds(x, c->recorded_us);
}

static void
made(struct task *t, int64_t end_us, const struct facts_check *c)
{
	if (!wanted(t, end_us))
		return;
	ended(tell(t, end_us, c->place), c);
	t->shut_us = c->done ? 0 : end_us;
	t->shut = t->facts->len - 1;
}

/* NOT_CHECKED is no check and ends no duty: one that is made after it counts,
 * as ever, when it was recorded, in time or late. */
static void
made_after(struct task *t, int64_t end_us, const struct facts_check *c)
{
	if (t->shut_us == 0 || end_us != t->shut_us || !c->done)
		return;
	ended(&t->facts->at[t->shut], c);
	t->shut_us = 0;
}

/* An end that a new definition put off is still to be met. */
static void
settle(struct task *t, const struct facts_check *c)
{
	const bool met = c != NULL && c->recorded_us <= t->moved_us && c->done;

	if (t->moved_us != 0 && met)
		made(t, t->moved_us, c);
	else if (t->moved_us != 0 && wanted(t, t->moved_us))
		(void)tell(t, t->moved_us, t->place);
	t->moved_us = 0;
}

static void
due_next(struct task *t, int64_t due_us)
{
	t->next_us = due_us;
	t->said = true;
}

static void
submitted(struct task *t, const struct facts_check *c)
{
	int64_t covered_us;

	if (t->moved_us != 0)
		settle(t, c);
	if (c->due_us < 0 || t->next_us == 0)
		return;
	covered_us = checklist_end(&t->is->schedule, c->occurred_us);
	if (c->recorded_us <= t->next_us) {
		/* Of an earlier period, the node says: this one is owed. */
		if (c->due_us <= t->next_us) {
			made_after(t, covered_us, c);
			return;
		}
		made(t, t->next_us, c);
		due_next(t, c->due_us);
	} else {
		made_after(t, covered_us, c);
		miss_until(t, covered_us);
		/* Late: it ended after it was due, and is in no figure of what
		 * was in time. */
		if (covered_us == t->next_us)
			made(t, covered_us, c);
		if (c->due_us > t->next_us)
			due_next(t, c->due_us);
	}
	t->place = c->place;
}

static bool
same(const struct checklist_schedule *a, const struct checklist_schedule *b)
{
	return a->from_us == b->from_us && a->cycle == b->cycle &&
	    a->offset_us == b->offset_us && a->work_days == b->work_days;
}

static void
defined(struct task *t, const struct facts_check *c)
{
	const struct facts_check *was = t->is;

	if (was != NULL && t->next_us != 0) {
		miss_until(t, c->recorded_us);
		if (c->due_us > t->next_us) {
			settle(t, NULL);
			t->moved_us = t->next_us;
		}
	}
	t->is = c;
	if (c->due_us >= 0)
		due_next(t, c->due_us);
	else if (was != NULL && t->next_us != 0 &&
	    !same(&was->schedule, &c->schedule)) {
		/* It was missing, and stays so from here on. */
		t->next_us = checklist_end(&c->schedule, c->recorded_us);
		t->said = false;
	}
	if (was == NULL || c->due_us >= 0)
		t->place = c->place;
}

static void
retired(struct task *t, const struct facts_check *c)
{
	miss_until(t, c->recorded_us);
	if (t->moved_us != 0)
		settle(t, NULL);
	t->next_us = 0;
}

void
facts_check_make(struct facts *f, int64_t from_us, int64_t to_us)
{
	struct task t = {.facts = f};

	if (f->checks > 0)
		qsort(f->check, f->checks, sizeof *f->check, by_task);
	for (size_t i = 0; i < f->checks; i++) {
		const struct facts_check *c = &f->check[i];
		const bool first = i == 0 ||
		    memcmp(c->task, f->check[i - 1].task, sizeof c->task) != 0;
		const bool last = i + 1 == f->checks ||
		    memcmp(c->task, f->check[i + 1].task, sizeof c->task) != 0;

		if (first)
			t = (struct task){
			    .facts = f, .from_us = from_us, .to_us = to_us};
		if (c->action == ACT(DEFINE))
			defined(&t, c);
		else if (t.is != NULL && c->action == ACT(SUBMIT))
			submitted(&t, c);
		else if (t.is != NULL && c->action == ACT(RETIRE))
			retired(&t, c);
		if (last && t.is != NULL) {
			settle(&t, NULL);
			miss_until(&t, to_us);
		}
	}
}
