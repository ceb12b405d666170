/* council_read.c - bodies of entries, checked in themselves. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "federation/council_change.h"
#include "federation/council_state.h"
#include "proto/mem.h"
#include "proto/slice.h"

bool
council_read_bitmap(ProtobufCBinaryData bits, size_t n)
{
	uint8_t any = 0;
	size_t i;

	if (bits.len != (n + 7) / 8)
		return false;
	if (n % 8 != 0 && bits.data[bits.len - 1] >> n % 8 != 0)
		return false;
	for (i = 0; i < bits.len; i++)
		any |= bits.data[i];
	return any != 0;
}

static enum err
check_tallies(Record__Tally *const *t, size_t n, struct err_why *why)
{
	size_t i;

	if (n > COUNCIL_TALLIES_MAX)
		return err_fail(why, ERR_LIMIT, "over %d tallies in one entry",
		    COUNCIL_TALLIES_MAX);
	for (i = 0; i < n; i++)
		if (!t[i]->has_round || t[i]->round >= TALLY_ROUNDS ||
		    (t[i]->has_choice && t[i]->choice.len != HASH_BYTES) ||
		    !t[i]->has_members)
			return err_fail(why, ERR_MALFORMED,
			    "tally %zu: round, choice or members", i);
	return ERR_OK;
}

static enum err
read_epoch(struct council_item *it, bool has, ProtobufCBinaryData epoch,
    struct err_why *why)
{
	if (!has || epoch.len != HASH_BYTES)
		return err_fail(why, ERR_MALFORMED, "epoch must have 32 bytes");
	memcpy(it->epoch.b, epoch.data, HASH_BYTES);
	return ERR_OK;
}

static enum err
read_proposal(
    struct council_item *it, const Record__Proposal *p, struct err_why *why)
{
	struct hash of = it->epoch;
	enum err e;

	e = read_epoch(it, p->has_epoch, p->epoch, why);
	if (e != ERR_OK)
		return e;
	if (it->kind == COUNCIL_VOTE &&
	    memcmp(of.b, it->epoch.b, HASH_BYTES) != 0)
		return err_fail(
		    why, ERR_MALFORMED, "vote and proposal are of two epochs");
	return council_change_hash(&it->choice, p, why);
}

static enum err
read_vote(struct council_item *it, const Record__Vote *v, struct err_why *why)
{
	enum err e;

	if (!v->has_round || v->round >= TALLY_ROUNDS)
		return err_fail(why, ERR_MALFORMED, "round must be 0 to %d",
		    TALLY_ROUNDS - 1);
	e = read_epoch(it, v->has_epoch, v->epoch, why);
	if (e != ERR_OK)
		return e;
	e = check_tallies(v->because, v->n_because, why);
	if (e != ERR_OK || v->proposal == NULL)
		return e;
	return read_proposal(it, v->proposal, why);
}

static enum err
read_item(struct council_item *it, struct bytes body, struct err_why *why)
{
	static const ProtobufCMessageDescriptor *const types[] = {
	    [COUNCIL_PROPOSAL] = &record__proposal__descriptor,
	    [COUNCIL_VOTE] = &record__vote__descriptor,
	    [COUNCIL_SIGHTING] = &record__sighting__descriptor,
	};
	const Record__Sighting *s;
	enum err e;

	e = slice_unpack(&it->msg, types[it->kind], body, why);
	if (e != ERR_OK)
		return e;
	/* protobuf-c: the base is the first member of every message. */
	if (it->kind == COUNCIL_PROPOSAL)
		return read_proposal(it, (const void *)it->msg, why);
	if (it->kind == COUNCIL_VOTE)
		return read_vote(it, (const void *)it->msg, why);
	s = (const void *)it->msg;
	e = read_epoch(it, s->has_epoch, s->epoch, why);
	return e == ERR_OK ? check_tallies(s->seen, s->n_seen, why) : e;
}

void
council_read(struct council *c, const struct council_log *log, size_t at)
{
	struct council_fault f;
	struct council_item *it;
	size_t i;

	c->items = mem_resize(
	    c->items, c->items_len + log->len + 1, sizeof(c->items[0]));
	for (i = 0; i < log->len; i++) {
		it = &c->items[c->items_len];
		memset(it, 0, sizeof(*it));
		it->log = at;
		it->index = i;
		it->kind = log->entries[i].kind;
		f = (struct council_fault){.kind = COUNCIL_REFUSED,
		    .member = c->logs[at].member,
		    .index = i};
		if (read_item(it, log->entries[i].body, &f.why) == ERR_OK) {
			c->items_len++;
			continue;
		}
		if (it->msg != NULL)
			slice_free(it->msg);
		council_state_fault(c, &f);
	}
}
