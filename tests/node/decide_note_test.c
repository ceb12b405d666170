/* decide_note_test.c - an entry keeps all that its decision went by. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/decide_note.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "ledger/log_read.h"
#include "node/domain/decide_replay.h"
#include "node/fold_place.h"
#include "proto/slice.h"
#include "tests/support/chance.h"

#define MIN INT64_C(60000000)
#define NOW INT64_C(1795315800000000)
#define CLASSES 4

static const char *const class_names[CLASSES] = {
    "welding", "height", "health", "induction"};

/* Where the entries of what was shown stand is asked of no book here. */
enum err __wrap_fold_spot(const struct fold *f, uint16_t slot, uint64_t place,
    struct fold_spot *out, struct err_why *why);
enum err __wrap_log_origin(const struct log_book *b, struct store_txn *txn,
    uint16_t slot, char out[static NOTE_NAME_MAX + 1], struct err_why *why);

static const struct fold nowhere;

enum err
__wrap_fold_spot(const struct fold *f, uint16_t slot, uint64_t place,
    struct fold_spot *out, struct err_why *why)
{
	(void)f;
	(void)why;
	*out = (struct fold_spot){.slot = slot, .index = place};
	return ERR_OK;
}

enum err
__wrap_log_origin(const struct log_book *b, struct store_txn *txn,
    uint16_t slot, char out[static NOTE_NAME_MAX + 1], struct err_why *why)
{
	(void)b;
	(void)txn;
	(void)slot;
	(void)why;
	(void)snprintf(out, NOTE_NAME_MAX + 1, "a.example/evidence/1");
	return ERR_OK;
}

static bool
one_in(struct chance *c, unsigned n)
{
	return chance_below(c, n) == 0;
}

/* Mostly well beyond now, now and then just past or not said. */
static int64_t
end_of(struct chance *c)
{
	switch (chance_below(c, 8)) {
	case 0:
		return NOW - MIN;
	case 1:
		return NOW + MIN;
	case 2:
		return 0;
	default:
		return NOW + (int64_t)chance_below(c, 9) * 1000 * MIN + MIN;
	}
}

static void
any_credential(struct chance *c, struct decide_credential *out)
{
	*out = (struct decide_credential){
	    .class_hash = 100 + chance_below(c, CLASSES),
	    .status = one_in(c, 3) ? (unsigned)chance_below(c, 6)
	                           : (unsigned)DECIDE_VALID,
	    .valid_from_us = NOW + (one_in(c, 9) ? 1 : -1000) * MIN,
	    .valid_to_us = end_of(c),
	    .review_due_us = one_in(c, 2) ? 0 : end_of(c),
	    .presented_to_us = one_in(c, 2) ? 0 : end_of(c),
	    .status_seen_us = NOW - (one_in(c, 5) ? 99 : 1) * MIN,
	    .idle_until_us = one_in(c, 2) ? 0 : end_of(c),
	    .idle_unknown = one_in(c, 9),
	    .class_known = !one_in(c, 9),
	    .elsewhere = one_in(c, 9),
	    .of_company = one_in(c, 4),
	    .untrusted = one_in(c, 9),
	    .own = one_in(c, 2),
	    .id = {(uint8_t)chance_below(c, 256)},
	    .last = chance_below(c, 1000),
	};
	out->company = out->of_company ? (uint8_t)chance_below(c, 3) : 0;
}

static void
any_need(struct chance *c, struct decide_facts *f, size_t n)
{
	struct decide_need *need = &f->needs[n];

	need->classes_len = 1 + chance_below(c, 2);
	for (size_t i = 0; i < need->classes_len; i++) {
		uint64_t k = chance_below(c, CLASSES);

		need->classes[i] = 100 + k;
		f->name[n][i] = class_names[k];
	}
	need->lack = (Record__DecisionFacts__Need__Lack)chance_below(c, 5);
	if (one_in(c, 3))
		need->lack_rule = rule_get(RULE_CREDENTIAL_EXPIRED);
	need->of_company = one_in(c, 4);
	need->company = need->of_company ? (uint8_t)chance_below(c, 3) : 0;
}

static void
any_facts(struct chance *c, struct decide_facts *f)
{
	f->in = (struct decide_input){
	    .holder_given = !one_in(c, 30),
	    .pack_found = !one_in(c, 30),
	    .level_known = !one_in(c, 30),
	    .area_checked = !one_in(c, 30),
	    .area_alarm = one_in(c, 30),
	    .area_lost = one_in(c, 30),
	    .person_lost = one_in(c, 30),
	    .person_checked = !one_in(c, 30),
	    .working_elsewhere = one_in(c, 30),
	    .violation_open = one_in(c, 30),
	    .score_open = one_in(c, 30),
	    .creds_cut = one_in(c, 30),
	    .faulty = one_in(c, 30),
	    .heard_us = one_in(c, 3) ? NOW - MIN : 0,
	    .silent_us = one_in(c, 5) ? 5 * MIN : 0,
	    .now_us = NOW,
	    .recorded_us = NOW + (one_in(c, 9) ? 2 : -1) * MIN,
	    .status_ttl_us = one_in(c, 30) ? 0 : 15 * MIN,
	    .decision_us = one_in(c, 30) ? 0 : 480 * MIN,
	    .identity_ttl_us = one_in(c, 5) ? 10 * MIN : 0,
	    .identity_us = NOW - (one_in(c, 3) ? 20 : 5) * MIN,
	    .needs = f->needs,
	    .needs_len = one_in(c, 30) ? 0 : 1 + chance_below(c, 2),
	    .creds = f->creds,
	    .creds_len = chance_below(c, 6),
	};
	for (size_t i = 0; i < f->in.needs_len; i++)
		any_need(c, f, i);
	for (size_t i = 0; i < f->in.creds_len; i++)
		any_credential(c, &f->creds[i]);
	if (one_in(c, 4))
		f->span = (struct timeline_span){.faults = 1,
		    .from_us = NOW - 2 * MIN,
		    .to_us = NOW + 2 * MIN};
}

static size_t seen[4]; /* how many of each result */

static void
told_again(struct chance *c)
{
	static const struct decide_books books = {&nowhere, &nowhere};
	Record__Decision m = RECORD__DECISION__INIT;
	char *codes[RULE_LIST_MAX];
	struct decide_facts f = {.pack = NULL};
	struct decide_answer a;
	struct decide_replay r;

	any_facts(c, &f);
	decide_answer(&a, &f.in);
	if (f.span.faults != 0)
		decide_doubt(&a, &f.in, f.span.from_us, f.span.to_us);
	chance_holds(c, decide_note(&books, &f, &m.facts, NULL) == ERR_OK);
	m.as_of_at = f.in.now_us;
	m.result = a.result;
	m.has_expires_at = a.expires_us != 0;
	m.expires_at = a.expires_us;
	m.reason_codes = codes;
	for (size_t i = 0; i < a.reasons.len; i++)
		codes[m.n_reason_codes++] =
		    (char *)(uintptr_t)a.reasons.at[i]->code;
	chance_holds(c, decide_replay(&r, &m, NULL) == ERR_OK);
	chance_holds(c, r.same);
	chance_holds(c, m.facts->n_shown == f.in.creds_len);
	seen[a.result]++;
	slice_free(&m.facts->base);
}

Test(decide_note, keeps_all_that_any_decision_went_by)
{
	chance_each(20000, told_again);
	cr_assert_gt(seen[RECORD__DECISION__RESULT__ALLOW], 100);
	cr_assert_gt(seen[RECORD__DECISION__RESULT__DENY], 100);
	cr_assert_gt(seen[RECORD__DECISION__RESULT__INDETERMINATE], 100);
}
