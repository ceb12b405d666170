/* motion_view.c - an epoch and its motions as people are shown them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/motion_view.h"

#include <stdio.h>
#include <stdlib.h>

#include "federation/council_act.h"
#include "federation/council_change.h"
#include "node/config.h"
#include "node/seat_news.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#define SHORT 12 /* characters of an id that people are shown */

void
motion_view_hex(char out[static 2 * HASH_BYTES + 1], const struct hash *h)
{
	struct buf b;

	buf_init(&b, 128);
	text_hex_put(&b, bytes_hash(h));
	(void)snprintf(out, 2 * HASH_BYTES + 1, "%s", buf_cstr(&b));
	buf_clear(&b);
}

static char *
hex(const struct hash *h)
{
	char out[2 * HASH_BYTES + 1];

	motion_view_hex(out, h);
	return mem_strdup(out);
}

/* A copy in memory of its own. */
static ProtobufCMessage *
copy(const ProtobufCMessage *m)
{
	ProtobufCMessage *out = NULL;
	struct buf b;

	buf_init(&b, 4u << 20);
	slice_pack(&b, m);
	if (slice_unpack(&out, m->descriptor, buf_view(&b), NULL) != ERR_OK)
		out = NULL;
	buf_clear(&b);
	return out;
}

/* ---- motions ---- */

/* The round where it has most votes, of those the newest. */
static unsigned
best_round(const struct tally *t, uint32_t choice)
{
	size_t most = 0, votes;
	unsigned best = 0;

	for (unsigned r = 0; r < TALLY_ROUNDS; r++) {
		votes = 0;
		for (size_t i = 0; i < t->n; i++)
			votes += tally_said(t, r, i, i) == choice;
		if (votes > 0 && votes >= most) {
			most = votes;
			best = r;
		}
	}
	return best;
}

static void
count(
    Api__Motion *out, const struct seat_view *v, const struct council_motion *m)
{
	const Fed__Genesis *g = council_now(v->council)->state;
	const struct tally *t = council_tally(v->council);
	const unsigned round = best_round(t, m->choice);

	out->supporters = mem_alloc(t->n + 1, sizeof(char *));
	for (size_t i = 0; i < t->n; i++) {
		const char *name = g->members[i]->name;
		uint32_t word = seat_news_word(v->council, i);

		if (strcmp(name, v->self) == 0 && word != TALLY_UNSAID)
			out->ours =
			    mem_strdup(word == m->choice ? "for" : "none");
		if (tally_sure(t, round, i) == m->choice)
			out->certain++;
		if (tally_said(t, round, i, i) != m->choice)
			continue;
		out->votes++;
		out->supporters[out->n_supporters++] = mem_strdup(name);
	}
	out->has_votes = out->has_certain = out->has_needed = 1;
	out->needed = (uint32_t)t->need;
}

static Api__Motion *
motion(const struct seat_view *v, const struct council_motion *m)
{
	Api__Motion *out = mem_alloc(1, sizeof *out);
	const Record__Proposal *p = m->proposal;

	api__motion__init(out);
	out->id = hex(&m->hash);
	out->change = mem_strdup(seat_news_change(p->change));
	out->by = mem_strdup(p->by);
	out->about = mem_strdup_given(p->member != NULL ? p->member : p->name);
	out->has_routine = 1;
	out->routine = m->routine;
	out->proposal = (Record__Proposal *)(void *)copy(&p->base);
	count(out, v, m);
	return out;
}

Api__Motion *
motion_view_one(const struct seat_view *v, const struct hash *id)
{
	for (size_t i = 0; i < council_motions(v->council); i++) {
		const struct council_motion *m = council_motion(v->council, i);

		if (memcmp(m->hash.b, id->b, HASH_BYTES) == 0)
			return motion(v, m);
	}
	return NULL;
}

/* ---- members ---- */

static char *
vote_of(const struct seat_view *v, size_t seat)
{
	uint32_t said = seat_news_word(v->council, seat);
	char id[2 * HASH_BYTES + 1];

	if (said == TALLY_UNSAID)
		return NULL;
	for (size_t i = 0; i < council_motions(v->council); i++) {
		const struct council_motion *m = council_motion(v->council, i);

		if (m->choice != said)
			continue;
		motion_view_hex(id, &m->hash);
		id[SHORT] = '\0';
		return mem_strdup(id);
	}
	return mem_strdup("none");
}

static Api__CouncilMember *
member(const struct seat_view *v, size_t seat)
{
	const Fed__Card *c = council_now(v->council)->state->members[seat];
	Api__CouncilMember *out = mem_alloc(1, sizeof *out);
	struct buf b;

	api__council_member__init(out);
	out->name = mem_strdup(c->name);
	out->role = mem_strdup(config_role_name((Config__Company)c->role));
	out->company = mem_strdup_given(c->company);
	out->endpoint = mem_strdup_given(c->endpoint);
	out->vote = vote_of(v, seat);
	out->has_evidence_generation = out->has_alliance_generation = 1;
	out->evidence_generation =
	    c->has_evidence_generation ? c->evidence_generation : 1;
	out->alliance_generation =
	    c->has_alliance_generation ? c->alliance_generation : 1;
	buf_init(&b, 128);
	text_hex_put(&b, bytes_of(c->identity_key.data, c->identity_key.len));
	out->identity = mem_strdup(buf_cstr(&b));
	buf_clear(&b);
	return out;
}

static Api__CouncilFault *
fault(const struct council_fault *f)
{
	static const char *const words[] = {
	    [COUNCIL_REFUSED] = "refused",
	    [COUNCIL_TWICE] = "twice",
	    [COUNCIL_DISPUTED] = "disputed",
	};
	Api__CouncilFault *out = mem_alloc(1, sizeof *out);

	api__council_fault__init(out);
	out->kind = mem_strdup(words[f->kind]);
	out->member = mem_strdup(f->member);
	out->other = mem_strdup_given(f->other);
	out->text = mem_strdup(f->why.text);
	return out;
}

static void
fill_state(Api__Council *out, const Fed__Genesis *g)
{
	out->alliance = mem_strdup(g->alliance);
	out->has_size = out->has_quorum = 1;
	out->size = (uint32_t)g->n_members;
	out->quorum = (uint32_t)council_change_quorum(g);
	out->papers = mem_alloc(g->n_papers + 1, sizeof(Fed__Paper *));
	for (size_t i = 0; i < g->n_papers; i++)
		out->papers[out->n_papers++] =
		    (Fed__Paper *)(void *)copy(&g->papers[i]->base);
	out->former = mem_alloc(g->n_former + 1, sizeof(char *));
	for (size_t i = 0; i < g->n_former; i++)
		out->former[out->n_former++] = mem_strdup(g->former[i]);
}

Api__Council *
motion_view(const struct seat_view *v)
{
	const struct council *c = v->council;
	const struct council_epoch *now = council_now(c);
	Api__Council *out = mem_alloc(1, sizeof *out);
	size_t all, faults = council_faults(c, &all);
	struct hash lacks;
	uint32_t open;

	api__council__init(out);
	out->has_epoch = out->has_round = 1;
	out->epoch = now->number;
	out->id = hex(&now->id);
	out->fingerprint = hex(v->alliance);
	out->round = council_round(c, &open);
	fill_state(out, now->state);
	out->motions = mem_alloc(council_motions(c) + 1, sizeof(Api__Motion *));
	for (size_t i = 0; i < council_motions(c); i++)
		out->motions[out->n_motions++] =
		    motion(v, council_motion(c, i));
	out->members =
	    mem_alloc(now->state->n_members, sizeof(Api__CouncilMember *));
	for (size_t i = 0; i < now->state->n_members; i++)
		out->members[out->n_members++] = member(v, i);
	out->faults = mem_alloc(faults + 1, sizeof(Api__CouncilFault *));
	for (size_t i = 0; i < faults; i++)
		out->faults[out->n_faults++] = fault(council_fault(c, i));
	out->has_waiting = out->has_missing = 1;
	out->waiting = council_waiting(c);
	out->missing = v->missing;
	if (council_lacks(c, &lacks))
		out->lacks = hex(&lacks);
	return out;
}
