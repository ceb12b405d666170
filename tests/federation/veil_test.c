/* veil_test.c - who says something sends what all others send. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/veil.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#define MEMBERS 8
#define SLOT_US 1000000
#define SLOTS 24
#define WIRE 4096
#define NOBODY MEMBERS

static const struct veil_rule rule = {.slot_us = SLOT_US,
    .least = 3,
    .quota = 2,
    .rests = 8};

/* What somebody who watches all lines sees of one cell. */
struct seen {
	int64_t at_us;
	size_t from, to, len;
};

struct world {
	struct node {
		struct world *w;
		size_t self;
		char name[4], owner[4];
		struct crypto_signer key;
		struct veil *v;
		size_t heard;
	} node[MEMBERS];
	struct seen seen[WIRE];
	size_t seen_len;
	struct sent {
		size_t from, to;
		struct buf cell;
	} wire[WIRE];
	size_t head, tail;
	int64_t now_us;
	size_t room;
	size_t drops; /* a member that hands on nothing; NOBODY */
};

static size_t
who(const char *name)
{
	return (size_t)(name[1] - '0');
}

static void
on_send(void *arg, const char *peer, struct bytes cell)
{
	struct node *n = arg;
	struct world *w = n->w;
	struct sent *s = &w->wire[w->tail++];

	cr_assert_lt(w->tail, WIRE);
	w->seen[w->seen_len++] =
	    (struct seen){w->now_us, n->self, who(peer), cell.len};
	*s = (struct sent){.from = n->self, .to = who(peer)};
	buf_init(&s->cell, CELL_BYTES_MAX);
	buf_bytes(&s->cell, cell);
}

static void
on_heard(void *arg, struct bytes body)
{
	struct node *n = arg;

	cr_assert(bytes_equal(body, bytes_str("an item")));
	n->heard++;
}

static void
world_begin(struct world *w)
{
	memset(w, 0, sizeof *w);
	w->drops = NOBODY;
	w->room = cell_room(MEMBERS);
	for (size_t i = 0; i < MEMBERS; i++) {
		struct node *n = &w->node[i];
		const struct veil_host host = {n, on_send, on_heard};

		*n = (struct node){.w = w, .self = i};
		n->name[0] = 'm';
		n->owner[0] = 'o';
		n->name[1] = n->owner[1] = (char)('0' + i);
		crypto_signer_new(&n->key);
		n->v = veil_new(&rule, &host);
		veil_keys(n->v, &n->key, 1);
	}
	for (size_t i = 0; i < MEMBERS; i++) {
		struct veil_member m[MEMBERS];
		size_t len = 0;

		for (size_t k = 0; k < MEMBERS; k++) {
			struct node *o = &w->node[k];

			if (k == i)
				continue;
			m[len] = (struct veil_member){
			    o->name, o->owner, {0}, true, true};
			memcpy(m[len++].hop, o->key.pub, CRYPTO_PUB_BYTES);
		}
		veil_among(w->node[i].v, w->node[i].owner, w->room, m, len);
	}
}

static void
world_end(struct world *w)
{
	for (size_t i = 0; i < MEMBERS; i++)
		veil_free(w->node[i].v);
	for (size_t i = w->head; i < w->tail; i++)
		buf_clear(&w->wire[i].cell);
}

static void
deliver(struct world *w)
{
	while (w->head < w->tail) {
		struct sent *s = &w->wire[w->head++];

		enum err e = ERR_OK;

		/* A cell too many of one member is dropped. */
		if (s->to != w->drops)
			e = veil_take(w->node[s->to].v, w->node[s->from].name,
			    buf_view(&s->cell), NULL);
		cr_assert(e == ERR_OK || e == ERR_BUSY);
		buf_clear(&s->cell);
	}
}

static void
slots(struct world *w, size_t n)
{
	while (n-- > 0) {
		for (size_t i = 0; i < MEMBERS; i++)
			(void)veil_turn(w->node[i].v, w->now_us);
		deliver(w);
		w->now_us += SLOT_US;
	}
}

static size_t
heard(const struct world *w)
{
	size_t n = 0;

	for (size_t i = 0; i < MEMBERS; i++)
		n += w->node[i].heard;
	return n;
}

TestSuite(veil, .init = crypto_start);

Test(veil, an_item_comes_out_at_one_other_member)
{
	struct world *w = calloc(1, sizeof *w);
	size_t before;

	world_begin(w);
	slots(w, 2);
	cr_assert(veil_say(w->node[0].v, bytes_str("an item"), NULL));
	cr_assert_not(veil_say(w->node[0].v, bytes_str("an item"), NULL),
	    "two in one slot");
	slots(w, SLOTS);
	cr_assert_eq(heard(w), 1);
	cr_assert_eq(w->node[0].heard, 0);
	before = w->node[5].heard;
	cr_assert(veil_say(w->node[0].v, bytes_str("an item"), "m5"));
	slots(w, SLOTS);
	cr_assert_eq(w->node[5].heard, before + 1, "by whom it has to be");
	world_end(w);
	free(w);
}

/* The times and sizes of what one member sends of its own: the first cell of
 * each slot, before those that it hands on. */
static size_t
shape(const struct world *w, size_t of, struct seen *out)
{
	int64_t last_us = -1;
	size_t n = 0;

	for (size_t i = 0; i < w->seen_len; i++) {
		if (w->seen[i].from != of || w->seen[i].at_us == last_us)
			continue;
		last_us = w->seen[i].at_us;
		out[n++] = (struct seen){last_us, of, 0, w->seen[i].len};
	}
	return n;
}

Test(veil, sizes_and_times_are_the_same_with_and_without_an_item)
{
	static struct seen with[WIRE], without[WIRE];
	struct world *w = calloc(1, sizeof *w);
	size_t n;

	world_begin(w);
	slots(w, SLOTS);
	n = shape(w, 0, without);
	world_end(w);
	world_begin(w);
	slots(w, 4);
	for (size_t i = 4; i < SLOTS; i++) {
		(void)veil_say(w->node[0].v, bytes_str("an item"), NULL);
		slots(w, 1);
	}
	cr_assert_gt(heard(w), 0);
	cr_assert_eq(shape(w, 0, with), n);
	cr_assert_geq(n, SLOTS - 2);
	for (size_t i = 0; i < n; i++) {
		cr_assert_eq(with[i].at_us, without[i].at_us);
		cr_assert_eq(with[i].len, without[i].len);
		cr_assert_eq(with[i].len, cell_bytes(w->room));
	}
	world_end(w);
	free(w);
}

Test(veil, one_that_hands_on_nothing_costs_a_repetition)
{
	struct world *w = calloc(1, sizeof *w);
	size_t tries = 0;

	world_begin(w);
	w->drops = 3;
	while (heard(w) == 0 && tries++ < 10) {
		(void)veil_say(w->node[0].v, bytes_str("an item"), NULL);
		slots(w, SLOTS / 2);
	}
	cr_assert_gt(heard(w), 0);
	world_end(w);
	free(w);
}

/* A cell that one member makes for another, as the world has them. */
static void
make(const struct world *w, size_t forwarder, size_t publisher, struct buf *out)
{
	buf_init(out, CELL_BYTES_MAX);
	cr_assert_eq(cell_make(buf_grow(out, cell_bytes(w->room)), w->room,
	                 bytes_str("an item"), w->node[forwarder].key.pub,
	                 w->node[publisher].key.pub, NULL),
	    ERR_OK);
}

static void
next_slot(struct world *w, struct veil *v)
{
	w->now_us += SLOT_US;
	(void)veil_turn(v, w->now_us);
}

/* One member sends without end, good and bad: what is beyond its part is not
 * opened, nothing is taken from others, and who takes part may change. */
Test(veil, of_one_member_a_slot_takes_so_many)
{
	struct world *w = calloc(1, sizeof *w);
	struct veil_member m[2];
	struct buf cell, bad, rest;
	struct veil *v;

	world_begin(w);
	v = w->node[1].v;
	for (size_t i = 0; i < 2; i++) {
		const size_t of = i == 0 ? 0 : 2;

		m[i] = (struct veil_member){
		    w->node[of].name, w->node[of].owner, {0}, true, true};
	}
	buf_init(&bad, CELL_BYTES_MAX);
	memset(buf_grow(&bad, cell_bytes(w->room)), 1, cell_bytes(w->room));
	buf_init(&rest, CELL_BYTES_MAX);
	memset(buf_grow(&rest, cell_rest_bytes(w->room)), 1,
	    cell_rest_bytes(w->room));
	for (size_t i = 0; i < 10; i++) {
		cr_assert_eq(veil_take(v, "m0", buf_view(&bad), NULL),
		    i < rule.quota ? ERR_UNVERIFIED : ERR_BUSY);
		cr_assert_eq(veil_take(v, "m0", buf_view(&rest), NULL),
		    i < rule.rests ? ERR_UNVERIFIED : ERR_BUSY);
		veil_among(v, "o1", w->room, m, 2);
	}
	make(w, 1, 2, &cell);
	cr_assert_eq(veil_take(v, "m0", buf_view(&cell), NULL), ERR_BUSY);
	cr_assert_eq(veil_take(v, "m2", buf_view(&cell), NULL), ERR_OK);
	next_slot(w, v);
	next_slot(w, v);
	buf_clear(&cell);
	make(w, 1, 2, &cell);
	cr_assert_eq(veil_take(v, "m0", buf_view(&cell), NULL), ERR_OK);
	buf_clear(&cell);
	buf_clear(&bad);
	buf_clear(&rest);
	world_end(w);
	free(w);
}

Test(veil, refuses_what_is_hostile)
{
	struct world *w = calloc(1, sizeof *w);
	struct veil *v;
	struct buf cell;

	world_begin(w);
	v = w->node[1].v;
	next_slot(w, v);
	make(w, 1, 2, &cell);
	cr_assert_eq(veil_take(v, "stranger", buf_view(&cell), NULL),
	    ERR_UNVERIFIED, "of nobody who takes part");
	cr_assert_eq(veil_take(w->node[2].v, "m0", buf_view(&cell), NULL),
	    ERR_UNVERIFIED, "the wrong hop");
	cr_assert_eq(veil_take(v, "m0", bytes_of(cell.ptr, cell.len - 1), NULL),
	    ERR_MALFORMED);
	cr_assert_eq(veil_take(v, "m0", buf_view(&cell), NULL), ERR_OK);
	next_slot(w, v);
	cr_assert_eq(
	    veil_take(v, "m0", buf_view(&cell), NULL), ERR_EXISTS, "replayed");
	for (size_t i = 0; i < cell.len; i += 97) {
		next_slot(w, v);
		cell.ptr[i] ^= 1;
		cr_assert_eq(veil_take(v, "m0", buf_view(&cell), NULL),
		    ERR_UNVERIFIED, "byte %zu", i);
		cell.ptr[i] ^= 1;
	}
	for (size_t i = 0; i < 3; i++) {
		buf_clear(&cell);
		make(w, 1, 2, &cell);
		if (i == 1)
			next_slot(w, v);
		cr_assert_eq(veil_take(v, "m0", buf_view(&cell), NULL), ERR_OK);
	}
	slots(w, 2);
	cr_assert_eq(w->node[2].heard, 0, "a batch of one member went on");
	buf_clear(&cell);
	world_end(w);
	free(w);
}

Test(veil, nobody_of_the_own_company_is_drawn_nor_one_twice)
{
	struct world *w = calloc(1, sizeof *w);
	struct veil_member m[4];
	struct veil_pair at;

	world_begin(w);
	for (size_t i = 0; i < 4; i++)
		m[i] = (struct veil_member){w->node[i + 1].name,
		    w->node[i + 1].owner, {0}, i != 3, i != 2};
	m[0].owner = "o0"; /* the own one */
	m[1].owner = m[2].owner = "o2";
	veil_among(w->node[0].v, "o0", w->room, m, 4);
	for (size_t i = 0; i < 50; i++) {
		/* m4 has no session here; m3 cannot be dialled, m4 can. */
		cr_assert(veil_lot(w->node[0].v, NULL, &at));
		cr_assert(at.forwarder == 1 || at.forwarder == 2);
		cr_assert_eq(at.publisher, 3);
	}
	veil_among(w->node[0].v, "o0", w->room, m, 3);
	cr_assert_not(veil_lot(w->node[0].v, NULL, &at));
	world_end(w);
	free(w);
}

/* Members 1 .. c collude.  If both that are drawn are theirs they know the
 * source; else, the ring leaves them all others. */
Test(veil, colluding_hops_guess_as_often_as_is_stated)
{
	const size_t tries = 20000;
	struct world *w = calloc(1, sizeof *w);

	world_begin(w);
	for (size_t c = 0; c < MEMBERS - 2; c++) {
		const double n = MEMBERS - 1, m = (double)c;
		const double both = m * (m - 1) / (n * (n - 1));
		const double honest = MEMBERS - m;
		const double stated = both + (1 - both) / honest;
		double hits = 0;

		for (size_t i = 0; i < tries; i++) {
			struct veil_pair at;
			uint32_t dice;

			cr_assert(veil_lot(w->node[0].v, NULL, &at));
			crypto_random(&dice, sizeof dice);
			hits += (at.forwarder < c && at.publisher < c) ||
			    (double)dice / 4294967296.0 < 1 / honest;
		}
		cr_assert_float_eq(hits / (double)tries, stated, 0.02,
		    "%zu of %d collude: %f, stated %f", c, MEMBERS - 1,
		    hits / (double)tries, stated);
	}
	world_end(w);
	free(w);
}
