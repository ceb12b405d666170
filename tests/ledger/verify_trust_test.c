/* verify_trust_test.c - under whose policy what passes; lone proofs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "ledger/policy.h"
#include "tests/support/answer.h"
#include "tests/support/kit.h"

static struct answer a;
static struct buf out, lines;
static struct kit kit;

static void
begin(void)
{
	answer_new(&a);
	buf_init(&out, BUNDLE_BYTES_MAX);
	buf_init(&lines, 1 << 20);
	cr_assert_eq(answer_write(&a, &out, NULL), ERR_OK);
	kit_open(&kit, buf_view(&out));
}

static void
end(void)
{
	kit_clear(&kit);
	buf_clear(&lines);
	buf_clear(&out);
	answer_end(&a);
}

TestSuite(verify_trust, .init = begin, .fini = end);

static bool
says(const char *text)
{
	return strstr(buf_cstr(&lines), text) != NULL;
}

static struct buf *
member(const char *end_of_name)
{
	return &kit_find(&kit, end_of_name)->data;
}

/* ---- whom the reader trusts ---- */

Test(verify_trust, trusts_nothing_without_a_policy_of_the_readers_own)
{
	struct verify_result r =
	    answer_judge(buf_view(&out), bytes_of(NULL, 0), &lines);

	cr_assert_eq(r.worst, VERIFY_UNTRUSTED, "%s", buf_cstr(&lines));
	cr_assert_eq(r.counts[VERIFY_PASS], 0);
	cr_assert_eq(r.complete, VERIFY_ASSERTED);
}

static struct verify_result
judge_by(const struct note_vkey *log, const struct note_vkey *witness)
{
	struct policy *p = policy_new();
	struct verify_result r;
	struct buf text;

	buf_init(&text, POLICY_TEXT_MAX);
	cr_assert_eq(policy_add_log(p, log, NULL, NULL), ERR_OK);
	if (witness)
		cr_assert_eq(
		    policy_add_witness(p, "w", witness, NULL, NULL), ERR_OK);
	cr_assert_eq(
	    policy_set_quorum(p, witness ? "w" : "none", NULL), ERR_OK);
	policy_put(&text, p);
	policy_free(p);
	r = answer_judge(buf_view(&out), buf_view(&text), &lines);
	buf_clear(&text);
	return r;
}

Test(verify_trust, trusts_nothing_under_a_policy_that_knows_another_log)
{
	struct note_vkey other;
	struct verify_result r;

	cr_assert_eq(note_vkey_make(&other, BOOK_ORIGIN, NOTE_TYPE_ED25519,
	                 a.witness.pub, NULL),
	    ERR_OK);
	r = judge_by(&other, NULL);
	cr_assert_eq(r.worst, VERIFY_UNTRUSTED, "%s", buf_cstr(&lines));
	cr_assert_eq(r.counts[VERIFY_PASS], 0);
}

Test(verify_trust, fails_when_the_quorum_is_missed)
{
	struct note_vkey other;

	cr_assert_eq(note_vkey_make(&other, "v.example/witness",
	                 NOTE_TYPE_COSIG, a.person.pub, NULL),
	    ERR_OK);
	cr_assert_eq(judge_by(&a.book.vkey, &other).worst, VERIFY_FAIL);
	cr_assert(says("quorum missed"));
}

Test(verify_trust, needs_no_witness_when_the_readers_policy_says_none)
{
	a.cosign = false;
	buf_reset(&out);
	cr_assert_eq(answer_write(&a, &out, NULL), ERR_OK);
	cr_assert_eq(judge_by(&a.book.vkey, NULL).worst, VERIFY_PASS, "%s",
	    buf_cstr(&lines));
	cr_assert_eq(
	    answer_judge(buf_view(&out), buf_view(&a.policy), &lines).worst,
	    VERIFY_FAIL);
}

Test(verify_trust, fails_on_a_policy_that_is_none)
{
	cr_assert_eq(
	    answer_judge(buf_view(&out), bytes_str("log x\n"), &lines).worst,
	    VERIFY_FAIL);
	cr_assert_eq(answer_judge(buf_view(&out), bytes_str(""), &lines).worst,
	    VERIFY_FAIL);
}

/* ---- lone proofs and other files ---- */

static struct verify_result
judge_proof(void)
{
	buf_reset(&lines);
	return answer_judge(buf_view(member("/proofs/1.tlog-proof")),
	    buf_view(&a.policy), &lines);
}

Test(verify_trust, passes_a_lone_proof_that_carries_its_leaf)
{
	struct verify_result r = judge_proof();

	cr_assert_eq(r.worst, VERIFY_PASS, "%s", buf_cstr(&lines));
	cr_assert_eq(r.complete, VERIFY_NONE);
	cr_assert(says("ACTOR number 1"));
	r = answer_judge(
	    buf_view(member("/proofs/1.tlog-proof")), bytes_of(NULL, 0), NULL);
	cr_assert_eq(r.worst, VERIFY_UNTRUSTED);
}

Test(verify_trust, refuses_every_flip_in_a_lone_proof)
{
	struct buf *b = member("/proofs/1.tlog-proof");

	for (size_t at = 0; at < b->len; at++) {
		b->ptr[at] ^= 0x01;
		cr_assert_neq(judge_proof().worst, VERIFY_PASS, "byte %zu", at);
		b->ptr[at] ^= 0x01;
	}
}

Test(verify_trust, fails_a_lone_proof_without_its_leaf)
{
	struct buf *b = member("/proofs/1.tlog-proof");
	const char *text = buf_cstr(b);
	const char *extra = strstr(text, "extra ");
	size_t from = (size_t)(extra - text);
	size_t len = (size_t)(strchr(extra, '\n') - extra) + 1;

	memmove(b->ptr + from, b->ptr + from + len, b->len - from - len);
	b->len -= len;
	cr_assert_eq(judge_proof().worst, VERIFY_FAIL);
	cr_assert(says("does not carry the leaf"));
}

Test(verify_trust, fails_what_is_no_bundle_at_all)
{
	static const char *const junk[] = {
	    "", "P", "PK\x03\x04", "{}", "c2sp.org/tlog-proof@v1\n"};

	for (size_t i = 0; i < sizeof(junk) / sizeof(*junk); i++)
		cr_assert_eq(
		    answer_judge(bytes_str(junk[i]), buf_view(&a.policy), NULL)
		        .worst,
		    VERIFY_FAIL);
}

Test(verify_trust, doubts_an_answer_from_the_future)
{
	struct verify_options o = {
	    .policy = buf_view(&a.policy),
	    .now_us = a.book.wall_us - INT64_C(600000000) - 1,
	};
	struct verify_result r;

	verify_bytes(buf_view(&out), &o, &r);
	cr_assert_neq(r.worst, VERIFY_PASS);
	cr_assert_gt(r.counts[VERIFY_UNTRUSTED], 0);
}

Test(verify_names, are_in_both_languages)
{
	cr_assert_str_eq(verify_status_name(VERIFY_UNTRUSTED), "UNTRUSTED");
	cr_assert_str_eq(verify_complete_name(VERIFY_COMPLETE), "COMPLETE");
	cr_assert_str_eq(
	    verify_topic_name(VERIFY_TOPIC_WITNESSES, VERIFY_ENGLISH),
	    "witnesses");
	cr_assert_str_eq(
	    verify_topic_name(VERIFY_TOPIC_WITNESSES, VERIFY_CHINESE), "见证");
}
