/* council_rule_test.c - a rule comes with its text and goes by its name. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/council_change.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "tests/support/assembly.h"

static struct assembly *a;
static Fed__Genesis *now;

static void
setup(void)
{
	a = assembly_new(5, 5);
	cr_assert_eq(
	    council_change_copy(&now, roster_genesis(a->roster), NULL), ERR_OK);
}

static void
teardown(void)
{
	slice_free(&now->base);
	assembly_end(a);
}

TestSuite(council_rule, .init = setup, .fini = teardown);

/* text NULL: it ends; wrong: with the digest of another text. */
static enum err
propose(size_t by, const char *name, const char *text, bool wrong)
{
	Record__Proposal *p =
	    assembly_change(a, by, RECORD__PROPOSAL__CHANGE__RULE);
	Fed__Genesis *next = NULL;
	struct hash h;
	enum err e;

	p->name = mem_strdup(name);
	if (text != NULL) {
		p->has_document = p->has_digest = 1;
		p->document.len = strlen(text);
		p->document.data = (uint8_t *)mem_strdup(text);
		digest_sha256(&h, bytes_str(wrong ? "other" : text));
		p->digest.len = HASH_BYTES;
		p->digest.data = mem_alloc(1, HASH_BYTES);
		memcpy(p->digest.data, h.b, HASH_BYTES);
	}
	council_change_sign(p, &a->members[by].identity);
	cr_assert(!council_change_routine(now, p));
	e = council_change_apply(&next, now, p, NULL);
	slice_free(&p->base);
	if (e != ERR_OK)
		return e;
	cr_assert_eq(roster_check(next, NULL), ERR_OK);
	slice_free(&now->base);
	now = next;
	return e;
}

Test(council_rule, its_text_is_what_its_digest_says_and_is_bounded)
{
	char huge[ROSTER_RULE_BYTES + 2];

	memset(huge, 'x', sizeof huge - 1);
	huge[sizeof huge - 1] = '\0';
	cr_assert_eq(propose(0, "gas", NULL, false), ERR_REFUSED);
	cr_assert_eq(propose(0, "gas", "a", true), ERR_MALFORMED);
	cr_assert_eq(propose(0, "gas", "", false), ERR_MALFORMED);
	cr_assert_eq(propose(0, "gas", huge, false), ERR_MALFORMED);
	huge[ROSTER_RULE_BYTES] = '\0';
	cr_assert_eq(propose(0, "gas", huge, false), ERR_OK);
	cr_assert_eq(now->papers[0]->document.len, ROSTER_RULE_BYTES);
}

Test(council_rule, the_newest_text_of_a_name_holds_until_it_is_taken_back)
{
	char name[16];

	cr_assert_eq(propose(1, "gas", "a", false), ERR_OK);
	cr_assert_eq(propose(0, "gas", "b", false), ERR_OK);
	cr_assert_eq(now->n_papers, 1);
	cr_assert_eq(now->papers[0]->document.data[0], 'b');
	cr_assert_str_eq(now->papers[0]->by, assembly_name(a, 0));
	for (int i = 1; i < ROSTER_RULES_MAX; i++) {
		(void)snprintf(name, sizeof name, "r%d", i);
		cr_assert_eq(propose(0, name, "a", false), ERR_OK);
	}
	cr_assert_eq(propose(0, "one-more", "a", false), ERR_LIMIT);
	cr_assert_eq(propose(2, "gas", NULL, false), ERR_OK);
	cr_assert_eq(now->n_papers, ROSTER_RULES_MAX - 1);
}

Test(council_rule, nothing_else_comes_with_a_text)
{
	Record__Proposal *p =
	    assembly_change(a, 0, RECORD__PROPOSAL__CHANGE__PACK);
	Fed__Genesis *next = NULL;

	p->name = mem_strdup("gas");
	p->has_document = 1;
	p->document.len = 1;
	p->document.data = (uint8_t *)mem_strdup("a");
	council_change_sign(p, &a->members[0].identity);
	cr_assert_eq(council_change_apply(&next, now, p, NULL), ERR_MALFORMED);
	slice_free(&p->base);
}
