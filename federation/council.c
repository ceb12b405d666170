/* council.c - epoch after epoch, by what the logs say of each. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/council.h"

#include <assert.h>
#include <stdlib.h>

#include "federation/council_change.h"
#include "federation/council_state.h"
#include "proto/digest.h"
#include "proto/json.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/zh.h"

void
council_genesis(struct council_epoch *out, const struct roster *r)
{
	memset(out, 0, sizeof(*out));
	out->id = *roster_fingerprint(r);
	out->state = roster_genesis(r);
}

/* ---- the chain ---- */

/* SHA-256("lianfang/epoch/v1\n" || id before || u32be(number) || proposal
 * || SHA-256(state)). */
static enum err
name_epoch(
    struct council_epoch *next, const Fed__Genesis *state, struct err_why *why)
{
	struct hash digest;
	struct buf b, packed;
	enum err e;

	buf_init(&b, 256);
	e = council_change_pack(&packed, state, why);
	if (e == ERR_OK) {
		digest_sha256(&digest, buf_view(&packed));
		buf_str(&b, "lianfang/epoch/v1\n");
		buf_bytes(&b, bytes_hash(&next->before));
		buf_u32be(&b, next->number);
		buf_bytes(&b, bytes_hash(&next->proposal));
		buf_bytes(&b, bytes_hash(&digest));
		digest_sha256(&next->id, buf_view(&b));
	}
	buf_clear(&packed);
	buf_clear(&b);
	return e;
}

static ProtobufCBinaryData
borrow(struct hash *h)
{
	return (ProtobufCBinaryData){HASH_BYTES, h->b};
}

void
council_epoch_tell(
    Fed__Epoch *out, const struct council_epoch *e, const struct hash *alliance)
{
	union {
		const struct hash *in;
		struct hash *out;
	} a = {alliance}, b = {&e->before}, p = {&e->proposal};
	union {
		const Fed__Genesis *in;
		Fed__Genesis *out;
	} state = {e->state};

	fed__epoch__init(out);
	out->has_number = 1;
	out->number = e->number;
	out->has_alliance = 1;
	out->alliance = borrow(a.out);
	out->has_before = out->has_proposal = e->number > 0;
	out->before = borrow(b.out);
	out->proposal = borrow(p.out);
	out->state = state.out;
}

/* A genesis as the epoch that it is. */
static enum err
decode_genesis(Fed__Epoch **out, struct bytes json, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	struct buf packed;
	struct hash h;
	Fed__Epoch *m;
	enum err e = json_decode(&msg, &fed__genesis__descriptor, json, why);

	if (e != ERR_OK)
		return e;
	e = council_change_pack(
	    &packed, (const Fed__Genesis *)(void *)msg, why);
	digest_sha256(&h, buf_view(&packed));
	buf_clear(&packed);
	if (e != ERR_OK) {
		slice_free(msg);
		return e;
	}
	m = mem_alloc(1, sizeof(*m));
	fed__epoch__init(m);
	m->has_number = m->has_alliance = 1;
	m->alliance.data = mem_alloc(1, HASH_BYTES);
	m->alliance.len = HASH_BYTES;
	memcpy(m->alliance.data, h.b, HASH_BYTES);
	m->state = (Fed__Genesis *)(void *)msg;
	*out = m;
	return ERR_OK;
}

enum err
council_epoch_decode(Fed__Epoch **out, struct bytes json, struct err_why *why)
{
	ProtobufCMessage *msg = NULL;
	enum err e;

	if (json.len == 0 || memmem(json.ptr, json.len, "\"state\"", 7) == NULL)
		return decode_genesis(out, json, why);
	e = json_decode(&msg, &fed__epoch__descriptor, json, why);
	if (e == ERR_OK)
		*out = (Fed__Epoch *)(void *)msg;
	return e;
}

static bool
take_hash(struct hash *out, bool has, ProtobufCBinaryData in)
{
	if (!has || in.len != HASH_BYTES)
		return false;
	memcpy(out->b, in.data, HASH_BYTES);
	return true;
}

enum err
council_epoch_check(struct council_epoch *out, struct hash *alliance,
    const Fed__Epoch *m, struct err_why *why)
{
	struct buf packed;
	enum err e;

	*out = (struct council_epoch){.number = m->number, .state = m->state};
	if (m->state == NULL || !m->has_number)
		return err_fail(
		    why, ERR_MALFORMED, "epoch: number or state is missing");
	if (!take_hash(alliance, m->has_alliance, m->alliance) ||
	    (m->number > 0 &&
	        (!take_hash(&out->before, m->has_before, m->before) ||
	            !take_hash(&out->proposal, m->has_proposal, m->proposal))))
		return err_fail(why, ERR_MALFORMED, "epoch: a hash is missing");
	e = roster_check(m->state, why);
	if (e != ERR_OK || m->number > 0)
		return e == ERR_OK ? name_epoch(out, m->state, why) : e;
	e = council_change_pack(&packed, m->state, why);
	if (e == ERR_OK)
		digest_sha256(&out->id, buf_view(&packed));
	buf_clear(&packed);
	if (e == ERR_OK && memcmp(out->id.b, alliance->b, HASH_BYTES) != 0)
		return err_fail(why, ERR_UNVERIFIED,
		    "epoch 0 is not the genesis of that fingerprint");
	return e;
}

static void
put_epoch(struct council *c, const struct council_epoch *e, Fed__Genesis *state)
{
	if (c->epochs_len > 0)
		c->epochs[c->epochs_len - 1].state = NULL;
	c->epochs =
	    mem_resize(c->epochs, c->epochs_len + 1, sizeof(c->epochs[0]));
	c->epochs[c->epochs_len] = *e;
	c->epochs[c->epochs_len++].state = state;
	if (c->state != NULL)
		slice_free(&c->state->base);
	c->state = state;
}

/* True: there is one more epoch. */
static bool
advance(struct council *c)
{
	struct council_epoch next = {0};
	struct council_draft *d;
	Fed__Genesis *state;
	struct err_why why;
	uint32_t choice;
	unsigned round;

	choice = tally_passed(&c->tally, &round);
	if (choice == TALLY_UNSAID)
		return false;
	d = council_state_draft(c, choice);
	next.number = council_now(c)->number + 1;
	next.before = council_now(c)->id;
	next.proposal = c->choices[choice - TALLY_CHOICE];
	if (d->next == NULL || name_epoch(&next, d->next, &why) != ERR_OK) {
		c->lacking = true;
		c->lacks = next.proposal;
		return false;
	}
	state = d->next;
	d->next = NULL;
	council_hear_end(c);
	put_epoch(c, &next, state);
	return true;
}

static void
list_motions(struct council *c)
{
	const struct council_draft *d;
	struct council_motion *m;
	size_t i;

	c->motions = mem_alloc(c->choices_len + 1, sizeof(c->motions[0]));
	for (i = 0; i < c->choices_len; i++) {
		d = &c->drafts[i];
		if (d->next == NULL)
			continue;
		m = &c->motions[c->motions_len++];
		m->hash = d->hash;
		m->choice = (uint32_t)i + TALLY_CHOICE;
		m->proposal = d->proposal;
		m->routine = council_change_routine(c->state, d->proposal);
	}
}

/* Entries that no epoch took in: of whoever was no member, or not yet known. */
static void
list_rest(struct council *c)
{
	const struct council_item *it;
	size_t i, j;

	for (i = 0; i < c->items_len; i++) {
		it = &c->items[i];
		for (j = 0; j < c->epochs_len && !it->read; j++)
			if (memcmp(it->epoch.b, c->epochs[j].id.b,
			        HASH_BYTES) == 0)
				break;
		if (it->read)
			continue;
		if (j == c->epochs_len)
			c->waiting++;
		else
			council_state_note(c, it, COUNCIL_REFUSED,
			    ZH("not a member in that epoch"));
	}
}

static int
order_logs(const void *a, const void *b)
{
	const struct council_log *const *x = a, *const *y = b;

	return strcmp((*x)->member, (*y)->member);
}

static enum err
read_logs(struct council *c, const struct council_log *logs, size_t len,
    struct err_why *why)
{
	const struct council_log **by_name;
	enum err e = ERR_OK;
	size_t i;

	by_name = mem_alloc(len + 1, sizeof(by_name[0]));
	for (i = 0; i < len; i++)
		by_name[i] = &logs[i];
	if (len > 1)
		qsort(by_name, len, sizeof(by_name[0]), order_logs);
	c->logs = mem_alloc(len + 1, sizeof(c->logs[0]));
	for (i = 0; i < len && e == ERR_OK; i++) {
		if (i > 0 && order_logs(&by_name[i - 1], &by_name[i]) == 0)
			e = err_fail(why, ERR_MALFORMED,
			    "two alliance logs of %.200s", by_name[i]->member);
		c->logs[i].member = mem_strdup(by_name[i]->member);
		c->logs[i].forked = by_name[i]->forked;
		c->logs_len++;
		if (e == ERR_OK)
			council_read(c, by_name[i], i);
	}
	free(by_name);
	return e;
}

enum err
council_fold(struct council **out, const struct council_epoch *start,
    const struct council_input *in, struct err_why *why)
{
	struct council *c = mem_alloc(1, sizeof(*c));
	Fed__Genesis *state = NULL;
	enum err e;

	e = council_change_copy(&state, start->state, why);
	if (e == ERR_OK) {
		put_epoch(c, start, state);
		e = read_logs(c, in->logs, in->len, why);
	}
	if (e != ERR_OK) {
		council_free(c);
		return e;
	}
	do
		council_hear(c);
	while (council_now(c)->number < in->until && advance(c));
	list_motions(c);
	list_rest(c);
	*out = c;
	return ERR_OK;
}

void
council_free(struct council *c)
{
	size_t i;

	if (c == NULL)
		return;
	council_hear_end(c);
	for (i = 0; i < c->items_len; i++)
		slice_free(c->items[i].msg);
	for (i = 0; i < c->logs_len; i++)
		free(c->logs[i].member);
	if (c->state != NULL)
		slice_free(&c->state->base);
	free(c->items);
	free(c->logs);
	free(c->epochs);
	free(c->motions);
	free(c->faults);
	free(c);
}

/* ---- asked ---- */

size_t
council_epochs(const struct council *c)
{
	return c->epochs_len;
}

const struct council_epoch *
council_epoch(const struct council *c, size_t i)
{
	assert(i < c->epochs_len);
	return &c->epochs[i];
}

const struct council_epoch *
council_now(const struct council *c)
{
	return &c->epochs[c->epochs_len - 1];
}

const struct tally *
council_tally(const struct council *c)
{
	return &c->tally;
}

size_t
council_motions(const struct council *c)
{
	return c->motions_len;
}

const struct council_motion *
council_motion(const struct council *c, size_t i)
{
	assert(i < c->motions_len);
	return &c->motions[i];
}

bool
council_lacks(const struct council *c, struct hash *proposal)
{
	if (c->lacking)
		*proposal = c->lacks;
	return c->lacking;
}

size_t
council_faults(const struct council *c, size_t *all)
{
	*all = c->faults_all;
	return c->faults_len;
}

const struct council_fault *
council_fault(const struct council *c, size_t i)
{
	assert(i < c->faults_len);
	return &c->faults[i];
}

size_t
council_waiting(const struct council *c)
{
	return c->waiting;
}
