/* tally_test.c - every way to vote, to lie and to look, for a few members. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/tally.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "proto/mem.h"
#include "tests/support/chance.h"

/*
 * The explorer.  Members 0 .. honest-1 keep the rules, the others say anything,
 * and another thing to each who looks.  Two choices, P and Q; rounds without
 * number.
 *
 * What is explored is a round at a time.  In a slot, what matters is how many
 * of the honest say what of it; those who lie add themselves to any value as
 * they like, for each looker and slot anew.  So a slot is the set of values
 * that it can certainly hold for somebody (`can`), found with tally_say from
 * every count that the rules allow.  A round is a multiset of slots; a look at
 * it, one value or nothing from each, counted by tally_passed and tally_open.
 * Nothing that is said in a round depends on later ones, so a round hands on
 * to the next just which choices have passed for somebody, and which the
 * honest may vote for now: those for which somebody can open it.
 */
#define N TALLY_NONE
#define P TALLY_CHOICE
#define Q (TALLY_CHOICE + 1)
#define VALUES 4 /* nothing, N, P, Q */
#define MEMBERS 10

#define BIT(v) (1u << (v))
#define BOTH (BIT(P) | BIT(Q))

/* The rules, right or with a mistake. */
struct rules {
	size_t n;
	size_t need;
	size_t liars;
	bool trusting; /* one word makes a slot certain */
	bool deaf; /* silence counts for nothing when a round opens */
	bool free; /* a round that opens for one choice opens for all */
};

/* What was found wrong. */
struct found {
	bool two_ways; /* one slot, two values */
	bool two_pass; /* also in different rounds */
	bool invalid; /* passed without the honest votes it needs */
	bool stuck; /* with all honest votes known, and no way on */
	unsigned rounds; /* different ones looked at */
};

static const struct rules *rules;
static struct found found;

/* ---- slots ---- */

/* What a slot certainly holds when `count[v]` of the honest say v, and the
 * liars all say `push`. */
static uint32_t
hold(const size_t count[VALUES], uint32_t push)
{
	size_t who = 0, i;
	uint32_t v, sure;
	struct tally t;

	if (rules->trusting && push != TALLY_UNSAID)
		return push;
	tally_init(&t, rules->n, rules->need);
	for (v = N; v < VALUES; v++)
		for (i = 0; i < count[v]; i++)
			(void)tally_say(&t, 0, 0, who++, v);
	for (i = rules->n - rules->liars; i < rules->n; i++)
		if (push != TALLY_UNSAID)
			(void)tally_say(&t, 0, 0, i, push);
	sure = tally_sure(&t, 0, 0);
	tally_clear(&t);
	return sure;
}

static unsigned
can(const size_t count[VALUES])
{
	unsigned mask = 0;
	uint32_t push, v;

	for (push = 0; push < VALUES; push++) {
		v = hold(count, push);
		if (v != TALLY_UNSAID)
			mask |= BIT(v);
	}
	if ((mask & (mask - 1)) != 0)
		found.two_ways = true;
	return mask;
}

/* Different slots that can come to be; the vote of an honest one beside it. */
struct slot {
	unsigned can;
	uint32_t vote;
};
struct slots {
	struct slot at[64];
	size_t len;
};

static void
put(struct slots *s, unsigned mask, uint32_t vote)
{
	size_t i;

	for (i = 0; i < s->len; i++)
		if (s->at[i].can == mask && s->at[i].vote == vote)
			return;
	cr_assert_lt(s->len, 64);
	s->at[s->len++] = (struct slot){mask, vote};
}

/* An honest member votes once; the others say that, or that they gave up. */
static void
honest_slots(struct slots *out, size_t honest, unsigned allowed)
{
	size_t count[VALUES];
	uint32_t vote;

	for (vote = 0; vote < VALUES; vote++) {
		if (vote >= P && (allowed & BIT(vote)) == 0)
			continue;
		memset(count, 0, sizeof(count));
		for (count[N] = 0; count[N] <= honest; count[N]++) {
			if (vote < P) {
				/* Silent itself: all but one can say so. */
				if (vote == N || count[N] < honest)
					put(out, can(count), vote);
				continue;
			}
			for (count[vote] = 1; count[vote] + count[N] <= honest;
			     count[vote]++)
				put(out, can(count), vote);
		}
	}
}

/* A liar showed each of the honest what it likes. */
static void
liar_slots(struct slots *out, size_t honest, unsigned allowed)
{
	size_t c[VALUES] = {0};

	for (c[N] = 0; c[N] <= honest; c[N]++)
		for (c[P] = 0; c[N] + c[P] <= honest; c[P]++)
			for (c[Q] = 0; c[N] + c[P] + c[Q] <= honest; c[Q]++)
				if ((c[P] == 0 || allowed & BIT(P)) &&
				    (c[Q] == 0 || allowed & BIT(Q)))
					put(out, can(c), TALLY_UNSAID);
}

/* ---- rounds ---- */

/* What somebody can see of a round. */
struct seen {
	unsigned passed;
	unsigned open; /* for these choices */
};

static uint32_t
open_of(const struct tally *t)
{
	uint32_t v, open = TALLY_ANY;
	size_t i, c;

	if (!rules->deaf)
		return tally_open(t, 1);
	for (v = P; v <= Q; v++) {
		for (i = 0, c = 0; i < t->n; i++)
			c += tally_sure(t, 0, i) == v;
		if (c >= t->need)
			open = open == TALLY_ANY ? v : TALLY_SHUT;
	}
	return open;
}

static void
look(const uint32_t *value, struct seen *out)
{
	uint32_t open, choice;
	struct tally t;
	unsigned round;
	size_t i;

	tally_init(&t, rules->n, rules->need);
	for (i = 0; i < rules->n; i++)
		if (value[i] != TALLY_UNSAID)
			tally_fix(&t, 0, i, value[i]);
	choice = tally_passed(&t, &round);
	open = open_of(&t);
	tally_clear(&t);
	if (choice != TALLY_UNSAID)
		out->passed |= BIT(choice);
	if (open == TALLY_ANY || (rules->free && open != TALLY_SHUT))
		out->open |= BOTH;
	else if (open != TALLY_SHUT)
		out->open |= BIT(open);
}

/* All looks at the slots from `i` on. */
static void
looks(
    const struct slot *const *slot, uint32_t *value, size_t i, struct seen *out)
{
	uint32_t v;

	if (i == rules->n) {
		look(value, out);
		return;
	}
	for (v = 0; v < VALUES; v++)
		if (v == TALLY_UNSAID || slot[i]->can & BIT(v)) {
			value[i] = v;
			looks(slot, value, i + 1, out);
		}
}

/* [passed][open] of what a round was entered with; a flag for each. */
static bool reached[BOTH + 1][BOTH + 1];

static void
one_round(const struct slot *const *slot, unsigned passed, unsigned allowed)
{
	size_t honest = rules->n - rules->liars, votes, i;
	uint32_t value[MEMBERS], v;
	struct seen s = {0};

	looks(slot, value, 0, &s);
	found.rounds++;
	for (v = P; v <= Q; v++) {
		for (i = 0, votes = 0; i < honest; i++)
			votes += slot[i]->vote == v;
		if (s.passed & BIT(v) && votes + rules->liars < rules->need)
			found.invalid = true;
	}
	if ((passed | s.passed) == BOTH)
		found.two_pass = true;
	reached[passed | s.passed][allowed & s.open] = true;
}

/* Multisets: of the honest slots, then of the liars'. */
static void
rounds(const struct slots kinds[2], const struct slot **slot, size_t i,
    size_t from, const unsigned entered[2])
{
	size_t honest = rules->n - rules->liars, k;
	const struct slots *kind = &kinds[i >= honest];

	if (i == rules->n) {
		one_round(slot, entered[0], entered[1]);
		return;
	}
	if (i == honest)
		from = 0;
	for (k = from; k < kind->len; k++) {
		slot[i] = &kind->at[k];
		rounds(kinds, slot, i + 1, k, entered);
	}
}

static void
enter(unsigned passed, unsigned allowed)
{
	size_t honest = rules->n - rules->liars;
	const unsigned entered[2] = {passed, allowed};
	const struct slot *slot[MEMBERS];
	struct slots kinds[2] = {0};

	honest_slots(&kinds[0], honest, allowed);
	liar_slots(&kinds[1], honest, allowed);
	rounds(kinds, slot, 0, 0, entered);
}

static struct found
explore(struct rules r)
{
	bool done[BOTH + 1][BOTH + 1] = {0};
	unsigned passed, allowed;
	bool more = true;

	rules = &r;
	memset(&found, 0, sizeof(found));
	memset(reached, 0, sizeof(reached));
	reached[0][BOTH] = true;
	while (more) {
		more = false;
		for (passed = 0; passed <= BOTH; passed++)
			for (allowed = 0; allowed <= BOTH; allowed++) {
				if (!reached[passed][allowed] ||
				    done[passed][allowed])
					continue;
				done[passed][allowed] = true;
				more = true;
				/* Nobody votes in a round that is shut. */
				if (allowed != 0)
					enter(passed, allowed);
			}
	}
	return found;
}

/* Members up to which all is tried; more with COUNCIL_MEMBERS. */
static size_t
up_to(void)
{
	const char *text = getenv("COUNCIL_MEMBERS");
	size_t n = text != NULL ? strtoul(text, NULL, 10) : 5;

	cr_assert(n >= 1 && n < MEMBERS);
	return n;
}

Test(tally_passed, never_passes_two_choices_whatever_liars_say)
{
	struct rules r = {0};
	struct found f;

	for (r.n = 1; r.n <= up_to(); r.n++)
		for (r.need = tally_quorum(r.n); r.need <= r.n; r.need++)
			for (r.liars = 0;
			     r.liars + r.n < 2 * r.need && r.liars < r.n;
			     r.liars++) {
				f = explore(r);
				cr_assert(
				    !f.two_ways && !f.two_pass && !f.invalid,
				    "n %zu need %zu liars %zu: %d %d %d", r.n,
				    r.need, r.liars, f.two_ways, f.two_pass,
				    f.invalid);
				cr_assert_gt(f.rounds, 0);
			}
}

Test(tally_passed, bears_all_liars_that_a_third_allows)
{
	size_t n;

	for (n = 1; n <= 256; n++) {
		cr_assert_gt(2 * tally_quorum(n), n + (n - 1) / 3);
		cr_assert_leq(tally_quorum(n), n - (n - 1) / 3);
	}
}

Test(tally_passed, explorer_sees_one_liar_too_many)
{
	cr_assert(
	    explore((struct rules){.n = 4, .need = 3, .liars = 2}).two_pass);
	cr_assert(
	    explore((struct rules){.n = 5, .need = 4, .liars = 3}).two_pass);
}

Test(tally_passed, explorer_sees_a_quorum_one_vote_too_small)
{
	cr_assert(
	    explore((struct rules){.n = 3, .need = 2, .liars = 1}).two_pass);
	cr_assert(
	    explore((struct rules){.n = 5, .need = 3, .liars = 1}).two_pass);
}

Test(tally_passed, explorer_sees_votes_that_count_on_one_word)
{
	cr_assert(explore(
	    (struct rules){.n = 4, .need = 3, .liars = 1, .trusting = true})
	              .two_pass);
}

Test(tally_open, explorer_sees_rounds_that_do_not_wait_for_the_silent)
{
	cr_assert(
	    explore((struct rules){.n = 4, .need = 3, .liars = 0, .deaf = true})
	        .two_pass);
}

Test(tally_open, explorer_sees_a_narrow_round_open_for_all)
{
	cr_assert(
	    explore((struct rules){.n = 4, .need = 3, .liars = 0, .free = true})
	        .two_pass);
}

/* Everybody who keeps the rules was heard by all of them, and the others were
 * given up: then the round passes something or the next one opens. */
static void
nobody_is_stuck(size_t n, size_t liars)
{
	size_t honest = n - liars, code, all = 1, i, who;
	uint32_t vote[MEMBERS];
	struct tally t;
	unsigned round;

	for (i = 0; i < honest; i++)
		all *= 3;
	for (code = 0; code < all; code++) {
		tally_init(&t, n, tally_quorum(n));
		for (i = 0, who = code; i < n; i++, who /= 3)
			vote[i] = i < honest ? N + (uint32_t)(who % 3) : N;
		for (i = 0; i < n; i++)
			for (who = 0; who < honest; who++)
				cr_assert(tally_say(&t, 0, i, who, vote[i]));
		cr_assert(tally_passed(&t, &round) != TALLY_UNSAID ||
		        tally_open(&t, 1) == TALLY_ANY,
		    "n %zu code %zu", n, code);
		tally_clear(&t);
	}
}

Test(tally_open, opens_the_next_round_when_nothing_can_pass)
{
	size_t n;

	for (n = 1; n <= 7; n++)
		nobody_is_stuck(n, (n - 1) / 3);
}

/* Words in two orders, and a part of them first. */
static void
words(struct chance *c)
{
	size_t n = 1 + chance_below(c, 5), len = chance_below(c, 60), i, k;
	struct {
		unsigned round;
		size_t author;
		size_t who;
		uint32_t value;
	} w[60], swap;
	struct tally a, b;
	unsigned r1, r2, r;
	uint32_t passed = TALLY_UNSAID, open[4] = {1, 1, 1, 1};
	bool taken[4][5][5] = {{{false}}};

	tally_init(&a, n, tally_quorum(n));
	tally_init(&b, n, tally_quorum(n));
	for (i = 0, k = 0; i < len; i++) {
		w[k].round = (unsigned)chance_below(c, 3);
		w[k].author = chance_below(c, n);
		w[k].who = chance_below(c, n);
		w[k].value = N +
		    (uint32_t)(chance_below(c, 4) == 0 ? chance_below(c, 3)
		                                       : w[k].author % 3);
		if (taken[w[k].round][w[k].author][w[k].who])
			continue;
		taken[w[k].round][w[k].author][w[k].who] = true;
		k++;
	}
	for (i = 0; i < k; i++) {
		chance_holds(c,
		    tally_say(
		        &a, w[i].round, w[i].author, w[i].who, w[i].value));
		/* What was open stays so, or opens wider. */
		for (r = 0; r < 4; r++) {
			uint32_t now = tally_open(&a, r);

			chance_holds(c,
			    open[r] == TALLY_SHUT || now == open[r] ||
			        now == TALLY_ANY);
			open[r] = now;
		}
		/* What has passed stays so. */
		chance_holds(c,
		    passed == TALLY_UNSAID || tally_passed(&a, &r1) == passed);
		passed = tally_passed(&a, &r1);
	}
	for (i = k; i > 1; i--) {
		size_t j = chance_below(c, i);

		swap = w[i - 1];
		w[i - 1] = w[j];
		w[j] = swap;
	}
	for (i = 0; i < k; i++)
		(void)tally_say(
		    &b, w[i].round, w[i].author, w[i].who, w[i].value);
	r1 = r2 = 0;
	chance_holds(c, tally_passed(&a, &r1) == tally_passed(&b, &r2));
	chance_holds(c, r1 == r2);
	for (i = 0; i < 4; i++)
		chance_holds(c,
		    tally_open(&a, (unsigned)i) == tally_open(&b, (unsigned)i));
	tally_clear(&a);
	tally_clear(&b);
}

Test(tally_say, order_does_not_matter_and_more_takes_nothing_back)
{
	chance_each(20000, words);
}

Test(tally_say, the_first_word_of_each_stands)
{
	struct tally t;
	unsigned round;

	tally_init(&t, 2, 2);
	cr_assert(tally_say(&t, 0, 0, 0, P));
	cr_assert(!tally_say(&t, 0, 0, 0, Q));
	cr_assert(tally_say(&t, 0, 0, 0, P));
	cr_assert_eq(tally_sure(&t, 0, 0), TALLY_UNSAID);
	cr_assert(tally_say(&t, 0, 0, 1, P));
	cr_assert_eq(tally_sure(&t, 0, 0), P);
	cr_assert_eq(tally_passed(&t, &round), TALLY_UNSAID);
	(void)tally_say(&t, 0, 1, 0, P);
	(void)tally_say(&t, 0, 1, 1, P);
	cr_assert_eq(tally_passed(&t, &round), P);
	cr_assert_eq(round, 0);
	tally_clear(&t);
}
