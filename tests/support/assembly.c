/* assembly.c - members of an alliance that decide. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/assembly.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"

static const char *const names[MEMBERS_MAX] = {"m0.example", "m1.example",
    "m2.example", "m3.example", "m4.example", "m5.example", "m6.example",
    "m7.example"};

static struct err_why assembly_why;

static void
must_at(enum err e, int line)
{
	if (e == ERR_OK)
		return;
	fprintf(stderr, "assembly.c:%d: %s: %s\n", line, err_name(e),
	    assembly_why.text);
	abort();
}
#define must(e) must_at(e, __LINE__)

struct assembly *
assembly_new(size_t n, size_t founders)
{
	struct assembly *a = mem_alloc(1, sizeof(*a));
	size_t i;

	a->n = n;
	for (i = 0; i < n; i++) {
		member_new(&a->members[i], names[i], FED__ROLE__PLANT, "acme",
		    clock_system());
		temp_remove(a->members[i].dir);
	}
	a->roster = member_alliance(a->members, founders);
	return a;
}

void
assembly_end(struct assembly *a)
{
	size_t i, s, k;

	for (i = 0; i < a->n; i++)
		for (s = 0; s < ASSEMBLY_SIDES; s++)
			for (k = 0; k < a->logs[i][s].len; k++)
				buf_clear(&a->logs[i][s].bodies[k]);
	roster_free(a->roster);
	free(a);
}

const char *
assembly_name(const struct assembly *a, size_t who)
{
	return a->members[who].name;
}

struct council *
assembly_fold_until(const struct assembly *a, size_t who, uint32_t until)
{
	struct council_entry *entries[MEMBERS_MAX];
	struct council_log logs[MEMBERS_MAX];
	struct council_input in = {logs, a->n, until};
	const struct assembly_log *l;
	struct council_epoch start;
	struct council *c;
	size_t i, k, len;

	for (i = 0; i < a->n; i++) {
		l = &a->logs[i][a->side[who][i]];
		len = a->held[who][i];
		entries[i] = mem_alloc(len + 1, sizeof(entries[i][0]));
		for (k = 0; k < len; k++)
			entries[i][k] = (struct council_entry){
			    l->kinds[k], buf_view(&l->bodies[k])};
		logs[i] = (struct council_log){
		    names[i], entries[i], len, a->forked[i]};
	}
	council_genesis(&start, a->roster);
	must(council_fold(&c, &start, &in, &assembly_why));
	for (i = 0; i < a->n; i++)
		free(entries[i]);
	return c;
}

struct council *
assembly_fold(const struct assembly *a, size_t who)
{
	return assembly_fold_until(a, who, COUNCIL_ALL);
}

void
assembly_append(struct assembly *a, size_t who, unsigned side,
    enum council_kind kind, struct buf *body)
{
	struct assembly_log *l = &a->logs[who][side];

	must(buf_ok(body, &assembly_why));
	if (l->len == ASSEMBLY_ENTRIES)
		abort();
	l->kinds[l->len] = kind;
	l->bodies[l->len++] = *body;
	memset(body, 0, sizeof(*body));
	if (a->side[who][who] == side)
		a->held[who][who] = l->len;
}

void
assembly_fetch(struct assembly *a, size_t who)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		a->held[who][i] = a->logs[i][a->side[who][i]].len;
}

void
assembly_settle(struct assembly *a)
{
	struct council *c;
	struct buf body;
	bool more = true;
	size_t i, turns = 0;

	while (more) {
		/* Each says one thing at most of each vote. */
		if (++turns > TALLY_ROUNDS * MEMBERS_MAX * 4)
			abort();
		more = false;
		for (i = 0; i < a->n; i++) {
			assembly_fetch(a, i);
			c = assembly_fold(a, i);
			buf_init(&body, 1 << 20);
			if (council_sight(c, names[i], NULL, 0, &body)) {
				assembly_append(
				    a, i, 0, COUNCIL_SIGHTING, &body);
				more = true;
			}
			buf_clear(&body);
			council_free(c);
		}
	}
	for (i = 0; i < a->n; i++)
		assembly_fetch(a, i);
}

Record__Proposal *
assembly_change(
    const struct assembly *a, size_t who, Record__Proposal__Change change)
{
	Record__Proposal *p = mem_alloc(1, sizeof(*p));
	struct council *c = assembly_fold(a, who);

	record__proposal__init(p);
	p->has_epoch = 1;
	p->epoch.len = HASH_BYTES;
	p->epoch.data = mem_alloc(1, HASH_BYTES);
	memcpy(p->epoch.data, council_now(c)->id.b, HASH_BYTES);
	p->has_change = 1;
	p->change = change;
	p->by = mem_strdup(names[who]);
	council_free(c);
	return p;
}

struct hash
assembly_propose(struct assembly *a, size_t who, Record__Proposal *p)
{
	struct hash h;
	struct buf body;

	if (!p->has_signature)
		council_change_sign(p, &a->members[who].identity);
	must(council_change_hash(&h, p, &assembly_why));
	buf_init(&body, 1 << 20);
	slice_pack(&body, &p->base);
	assembly_append(a, who, 0, COUNCIL_PROPOSAL, &body);
	slice_free(&p->base);
	return h;
}

struct hash
assembly_pack(struct assembly *a, size_t who, const char *name)
{
	Record__Proposal *p =
	    assembly_change(a, who, RECORD__PROPOSAL__CHANGE__PACK);
	struct hash digest;

	digest_sha256(&digest, bytes_str(name));
	p->name = mem_strdup(name);
	p->has_digest = 1;
	p->digest.len = HASH_BYTES;
	p->digest.data = mem_alloc(1, HASH_BYTES);
	memcpy(p->digest.data, digest.b, HASH_BYTES);
	return assembly_propose(a, who, p);
}

enum err
assembly_vote(struct assembly *a, size_t who, const struct hash *motion,
    struct err_why *why)
{
	struct council *c = assembly_fold(a, who);
	struct buf body;
	enum err e;

	buf_init(&body, 1 << 20);
	e = council_vote(c, names[who], motion, &body, why);
	if (e == ERR_OK)
		assembly_append(a, who, 0, COUNCIL_VOTE, &body);
	buf_clear(&body);
	council_free(c);
	return e;
}
