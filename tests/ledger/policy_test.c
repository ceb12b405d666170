/* policy_test.c - policies read, written, and asked about checkpoints. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/policy.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define WITNESSES 5
#define NOW 1700000000u
#define ORIGIN "plant7.acme.example/evidence/1"
#define LOG_VKEY                             \
	"example.com/log/testdata+33d7b496+" \
	"AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
#define WIT_VKEY "Wit1+9b3fb2d5+BFhZSmQj9+SoL+p/nN0Hh76xXmF7QcHfytUrI1XfSClk"
#define REMORA                     \
	"remora.n621.de+da77ade7+" \
	"BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"

/* A log and five witnesses whose secrets we know. */
struct cast {
	struct crypto_signer log;
	struct note_vkey log_key;
	struct crypto_signer wit[WITNESSES];
	struct note_vkey wit_key[WITNESSES];
	char name[WITNESSES][8];
};

static void
make_cast(struct cast *c)
{
	uint8_t seed[CRYPTO_SEED_BYTES] = {1};

	crypto_signer_seed(&c->log, seed);
	cr_assert_eq(note_vkey_make(&c->log_key, ORIGIN, NOTE_TYPE_ED25519,
	                 c->log.pub, NULL),
	    ERR_OK);
	for (size_t i = 0; i < WITNESSES; i++) {
		seed[0]++;
		crypto_signer_seed(&c->wit[i], seed);
		(void)snprintf(c->name[i], 8, "w%zu", i);
		cr_assert_eq(note_vkey_make(&c->wit_key[i], c->name[i],
		                 NOTE_TYPE_COSIG, c->wit[i].pub, NULL),
		    ERR_OK);
	}
}

/* A policy of that log, those witnesses and these lines. */
static struct policy *
with_lines(const struct cast *c, const char *lines)
{
	struct policy *p = NULL;
	struct err_why why = {.text = ""};
	struct buf b;
	enum err e;

	buf_init(&b, 65536);
	buf_str(&b, "# trust\n\nlog ");
	note_vkey_put(&b, &c->log_key);
	buf_str(&b, " https://plant7.acme.example/\n");
	for (size_t i = 0; i < WITNESSES; i++) {
		buf_printf(&b, "  witness\tw%zu ", i);
		note_vkey_put(&b, &c->wit_key[i]);
		buf_str(&b, "\n");
	}
	buf_str(&b, lines);
	e = policy_get(&p, buf_view(&b), &why);
	cr_assert_eq(e, ERR_OK, "%s: %s", lines, why.text);
	buf_clear(&b);
	return p;
}

/* A checkpoint cosigned by the witnesses in `mask` at `when`. */
static void
cosigned(struct buf *b, const struct cast *c, unsigned mask, uint64_t when)
{
	struct note_checkpoint at = {.origin = ORIGIN, .head = {.size = 9}};
	struct buf text;

	buf_init(&text, 4096);
	note_checkpoint_put(&text, &at);
	buf_init(b, 65536);
	note_sign(b, buf_view(&text), ORIGIN, &c->log);
	for (size_t i = 0; i < WITNESSES; i++) {
		if ((mask >> i & 1) == 1)
			note_cosign(
			    b, buf_view(&text), c->name[i], &c->wit[i], when);
	}
	buf_clear(&text);
}

static enum err
judge(struct policy_verdict *v, const struct policy *p, struct bytes note)
{
	struct note n;

	cr_assert_eq(note_parse(&n, note, NULL), ERR_OK);
	return policy_check(v, p, &n, NOW, NULL);
}

static enum policy_quorum
quorum(const struct cast *c, const struct policy *p, unsigned mask)
{
	struct policy_verdict v;
	struct buf b;

	cosigned(&b, c, mask, NOW);
	cr_assert_eq(judge(&v, p, buf_view(&b)), ERR_OK);
	cr_assert_eq(v.cosigns_len, (size_t)__builtin_popcount(mask));
	buf_clear(&b);
	return v.quorum;
}

Test(policy_check, counts_every_set_of_witnesses, .init = crypto_start)
{
	struct cast c;
	struct policy *all;
	struct policy *any;
	struct policy *two;
	struct policy *deep;
	struct policy *one;

	make_cast(&c);
	all = with_lines(&c, "group g all w0 w1 w2 w3 w4\nquorum g\n");
	any = with_lines(&c, "group g any w0 w1 w2 w3 w4\nquorum g\n");
	two = with_lines(&c, "group g 2 w0 w1 w2\nquorum g\n");
	deep = with_lines(&c,
	    "group a any w0 w1\ngroup b all w2 w3\n"
	    "group g 2 a b w4\nquorum g\n");
	one = with_lines(&c, "quorum w3\n");
	for (unsigned m = 0; m < 1u << WITNESSES; m++) {
		unsigned a = (m & 3) != 0;
		unsigned b = (m >> 2 & 3) == 3;
		unsigned w4 = m >> 4 & 1;
		bool is_two = __builtin_popcount(m & 7) >= 2;

		cr_expect_eq(quorum(&c, all, m) == POLICY_QUORUM_MET, m == 31);
		cr_expect_eq(quorum(&c, any, m) == POLICY_QUORUM_MET, m != 0);
		cr_expect_eq(quorum(&c, two, m) == POLICY_QUORUM_MET, is_two);
		cr_expect_eq(
		    quorum(&c, deep, m) == POLICY_QUORUM_MET, a + b + w4 >= 2);
		cr_expect_eq(
		    quorum(&c, one, m) == POLICY_QUORUM_MET, (m >> 3 & 1) == 1);
	}
	policy_free(all);
	policy_free(any);
	policy_free(two);
	policy_free(deep);
	policy_free(one);
}

Test(policy_check, future_cosignatures_show_and_do_not_count,
    .init = crypto_start)
{
	struct policy_verdict v;
	struct policy *p;
	struct cast c;
	struct buf b;

	make_cast(&c);
	p = with_lines(&c, "group g 1 w0 w1\nquorum g\n");
	cosigned(&b, &c, 3, NOW + 1);
	cr_assert_eq(judge(&v, p, buf_view(&b)), ERR_OK);
	cr_assert_eq(v.quorum, POLICY_QUORUM_MISSED);
	cr_assert_eq(v.cosigns_len, 2);
	cr_assert(v.cosigns[1].future);
	cr_assert_eq(v.cosigns[1].when, NOW + 1);
	cr_assert_eq(
	    policy_check_quorum(&v, p, buf_view(&b), NOW, NULL), ERR_REFUSED);
	cr_assert_eq(
	    policy_check_quorum(&v, p, buf_view(&b), NOW + 1, NULL), ERR_OK);
	buf_clear(&b);
	policy_free(p);
}

/* w0 cosigned a minute ago, w1 an hour ago, both are needed. */
Test(policy_check, is_as_fresh_as_its_quorum_and_no_fresher,
    .init = crypto_start)
{
	struct policy_verdict v;
	struct policy *p, *loose;
	struct cast c;
	struct buf old, note;
	struct note n;

	make_cast(&c);
	p = with_lines(
	    &c, "group g all w0 w1\nquorum g\n#lianfang max-age 600\n");
	loose = with_lines(
	    &c, "group g any w0 w1\nquorum g\n#lianfang max-age 600\n");
	cosigned(&old, &c, 2, NOW - 3600);
	cosigned(&note, &c, 1, NOW - 60);
	cr_assert_eq(note_parse(&n, buf_view(&old), NULL), ERR_OK);
	/* The second one's line, after the log's, goes to the first's. */
	buf_bytes(&note,
	    bytes_of((const uint8_t *)memchr(
	                 n.sig_lines.ptr, '\n', n.sig_lines.len) +
	            1,
	        n.sig_lines.len -
	            (size_t)((const uint8_t *)memchr(
	                         n.sig_lines.ptr, '\n', n.sig_lines.len) +
	                1 - n.sig_lines.ptr)));
	cr_assert_eq(judge(&v, p, buf_view(&note)), ERR_OK);
	cr_assert_eq(v.quorum, POLICY_QUORUM_STALE);
	cr_assert_eq(v.quorum_when, NOW - 3600);
	cr_assert_eq(policy_check_quorum(&v, p, buf_view(&note), NOW, NULL),
	    ERR_REFUSED);
	cr_assert_eq(
	    policy_check_quorum(&v, p, buf_view(&note), NOW - 3000, NULL),
	    ERR_REFUSED, "the newer one is then of the future");
	cr_assert_eq(judge(&v, loose, buf_view(&note)), ERR_OK);
	cr_assert_eq(v.quorum, POLICY_QUORUM_MET);
	cr_assert_eq(v.quorum_when, NOW - 60);
	cr_assert(policy_counts(p, &p->witnesses[1]));
	cr_assert(!policy_counts(p, &p->witnesses[2]), "it is optional");
	buf_clear(&old);
	buf_clear(&note);
	policy_free(p);
	policy_free(loose);
}

Test(policy_get, lets_nothing_that_is_said_to_us_go_unheard)
{
	static const char *const bad[] = {"quorum none\n#lianfang fresh 9\n",
	    "quorum none\n#lianfang max-age\n",
	    "quorum none\n#lianfang max-age 0\n", "quorum none\n#lianfang\n",
	    "quorum none\n#lianfang\tmax-age 9\n",
	    "quorum none\n#lianfang max-age 9x\n",
	    "quorum none\n#lianfang max-age 9\n#lianfang max-age 9\n"};
	struct policy *p = NULL;
	struct buf out;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		cr_assert_neq(
		    policy_get(&p, bytes_str(bad[i]), NULL), ERR_OK, "%zu", i);
	cr_assert_eq(
	    policy_get(&p,
	        bytes_str("# max-age 9\n#lianfang max-age 9\n#lianfangs\n"
	                  "quorum none\n"),
	        NULL),
	    ERR_OK);
	cr_assert_eq(p->max_age_s, 9);
	buf_init(&out, 256);
	policy_put(&out, p);
	cr_assert_str_eq(buf_cstr(&out), "quorum none\n#lianfang max-age 9\n");
	buf_clear(&out);
	policy_free(p);
}

Test(policy_check, quorum_none_asks_for_nobody, .init = crypto_start)
{
	struct policy_verdict v;
	struct policy *p;
	struct cast c;
	struct buf b;

	make_cast(&c);
	p = with_lines(&c, "quorum none\n");
	cosigned(&b, &c, 0, NOW);
	cr_assert_eq(
	    policy_check_quorum(&v, p, buf_view(&b), NOW, NULL), ERR_OK);
	cr_assert_eq(v.quorum, POLICY_QUORUM_NONE);
	cr_assert_eq(v.log, &p->logs[0]);
	cr_assert_eq(v.checkpoint.head.size, 9);
	buf_clear(&b);
	policy_free(p);
}

Test(policy_check, an_unknown_log_is_not_found, .init = crypto_start)
{
	struct policy_verdict v;
	struct crypto_signer other;
	uint8_t seed[CRYPTO_SEED_BYTES] = {99};
	struct policy *p;
	struct cast c;
	struct buf b;

	make_cast(&c);
	p = with_lines(&c, "quorum none\n");
	crypto_signer_seed(&other, seed);
	buf_init(&b, 4096);
	/* Same origin, a key nobody listed. */
	note_sign(&b,
	    bytes_str(
	        ORIGIN "\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"),
	    ORIGIN, &other);
	cr_assert_eq(judge(&v, p, buf_view(&b)), ERR_NOT_FOUND);
	buf_reset(&b);
	/* A listed key under another origin. */
	note_sign(&b,
	    bytes_str("x\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"),
	    ORIGIN, &c.log);
	cr_assert_eq(judge(&v, p, buf_view(&b)), ERR_NOT_FOUND);
	buf_reset(&b);
	note_sign(&b, bytes_str("no checkpoint\n"), ORIGIN, &c.log);
	cr_assert_eq(judge(&v, p, buf_view(&b)), ERR_MALFORMED);
	buf_clear(&b);
	policy_free(p);
}

/* A witness cannot lend its line to another text. */
Test(policy_check, a_moved_cosignature_spoils_the_note, .init = crypto_start)
{
	struct policy_verdict v;
	struct policy *p;
	struct cast c;
	struct buf b;

	make_cast(&c);
	p = with_lines(&c, "quorum none\n");
	cosigned(&b, &c, 0, NOW);
	note_cosign(&b, bytes_str("another text\n"), "w2", &c.wit[2], NOW);
	/* note_cosign appends only the line. */
	cr_assert_eq(judge(&v, p, buf_view(&b)), ERR_UNVERIFIED);
	buf_clear(&b);
	policy_free(p);
}

Test(policy_put, writes_what_get_reads, .init = crypto_start)
{
	static const char file[] = "log " LOG_VKEY " https://log.example/\n"
	                           "witness one " WIT_VKEY "\n"
	                           "witness two " REMORA " https://w.example\n"
	                           "group g all one two\n"
	                           "group h 1 g\n"
	                           "quorum h\n";
	struct policy *p = NULL;
	struct policy *q = NULL;
	struct buf b;

	cr_assert_eq(policy_get(&p, bytes_str(file), NULL), ERR_OK);
	cr_assert_str_eq(p->logs[0].url, "https://log.example/");
	cr_assert_null(p->witnesses[0].url);
	cr_assert_eq(p->groups[0].need, 2);
	buf_init(&b, 4096);
	policy_put(&b, p);
	cr_assert_eq(policy_get(&q, buf_view(&b), NULL), ERR_OK);
	buf_reset(&b);
	policy_put(&b, q);
	cr_assert_str_eq(buf_cstr(&b),
	    "log " LOG_VKEY " https://log.example/\n"
	    "witness one " WIT_VKEY "\n"
	    "witness two " REMORA " https://w.example\n"
	    "group g all one two\n"
	    "group h all g\n"
	    "quorum h\n");
	buf_clear(&b);
	policy_free(p);
	policy_free(q);
}

Test(policy_get, refuses_what_is_no_policy)
{
#define W1 "witness one " WIT_VKEY "\n"
#define W2 "witness two " REMORA "\n"
	static const char *const bad[] = {"", "\n", W1, "quorum", "quorum none",
	    "quorum\n", "quorum none none\n", "quorum one\n",
	    "quorum none\nquorum none\n", "Quorum none\n",
	    "bogus\nquorum none\n", "log\nquorum none\n",
	    "log x\nquorum none\n", "log " LOG_VKEY " u v\nquorum none\n",
	    "log " LOG_VKEY "\nlog " LOG_VKEY "\nquorum none\n",
	    "log " WIT_VKEY "\nquorum none\n",
	    "witness one " LOG_VKEY "\nquorum none\n",
	    "witness none " WIT_VKEY "\nquorum none\n",
	    "witness one\nquorum none\n", W1 W1 "quorum none\n",
	    W1 "witness two " WIT_VKEY "\nquorum none\n",
	    W1 "witness one " REMORA "\nquorum none\n",
	    W1 "group one all one\nquorum none\n",
	    W1 "group none all one\nquorum none\n",
	    W1 "group g all\nquorum none\n", W1 "group g\nquorum none\n",
	    W1 "group g 0 one\nquorum none\n",
	    W1 "group g 2 one\nquorum none\n",
	    W1 "group g -1 one\nquorum none\n",
	    W1 "group g 01 one\nquorum none\n",
	    W1 "group g most one\nquorum none\n",
	    W1 "group g all two\n" W2 "quorum none\n",
	    W1 "group g all g\nquorum none\n",
	    W1 "group g all one one\nquorum none\n",
	    W1 "group g all one\ngroup h all one\nquorum none\n",
	    "quorum none\r\n", "quorum\xc2\xa0none\n", "quorum none\n\x01\n",
	    "quorum none # all\n", "# \x7f\nquorum none\n"};
	struct policy *p = NULL;
	struct err_why why;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(policy_get(&p, bytes_str(bad[i]), NULL),
		    ERR_MALFORMED, "%zu: %s", i, bad[i]);
	cr_expect_null(p);
	cr_expect_eq(
	    policy_get(&p, bytes_str("\n" W1 W1), &why), ERR_MALFORMED);
	cr_expect_eq(strncmp(why.text, "line 3: ", 8), 0, "%s", why.text);
	cr_expect_eq(policy_get(&p, bytes_of("quorum none\0\n", 13), NULL),
	    ERR_MALFORMED);
}

/* C2SP: at least 32 of each; a group may hold everybody. */
Test(policy, holds_as_many_as_it_says)
{
	struct policy *p = policy_new();
	uint8_t pub[CRYPTO_PUB_BYTES] = {0};
	const char *members[POLICY_LIST_MAX];
	static char names[POLICY_LIST_MAX + 1][16];
	struct policy *q = NULL;
	struct buf b;

	for (size_t i = 0; i <= POLICY_LIST_MAX; i++) {
		enum err want = i < POLICY_LIST_MAX ? ERR_OK : ERR_LIMIT;
		struct note_vkey key;

		pub[0] = (uint8_t)i;
		pub[1] = (uint8_t)(i >> 8);
		(void)snprintf(names[i], 16, "n%zu", i);
		cr_assert_eq(note_vkey_make(
		                 &key, names[i], NOTE_TYPE_ED25519, pub, NULL),
		    ERR_OK);
		cr_assert_eq(policy_add_log(p, &key, NULL, NULL), want);
		cr_assert_eq(
		    note_vkey_make(&key, names[i], NOTE_TYPE_COSIG, pub, NULL),
		    ERR_OK);
		cr_assert_eq(
		    policy_add_witness(p, names[i], &key, NULL, NULL), want);
		if (want == ERR_OK)
			members[i] = names[i];
	}
	cr_assert_eq(policy_add_group(p, "g", POLICY_LIST_MAX * 2 / 3 + 1,
	                 members, POLICY_LIST_MAX, NULL),
	    ERR_OK);
	cr_assert_eq(policy_set_quorum(p, "g", NULL), ERR_OK);
	buf_init(&b, POLICY_TEXT_MAX);
	policy_put(&b, p);
	cr_assert_eq(policy_get(&q, buf_view(&b), NULL), ERR_OK);
	cr_assert_eq(q->logs_len, POLICY_LIST_MAX);
	cr_assert_eq(q->groups[0].members_len, POLICY_LIST_MAX);
	buf_clear(&b);
	policy_free(p);
	policy_free(q);
}

Test(policy, stays_as_it_was_when_a_builder_fails)
{
	struct policy *p = policy_new();
	const char *members[] = {"one", "ghost"};
	struct note_vkey key;
	struct buf b;

	cr_assert_eq(note_vkey_get(&key, bytes_str(WIT_VKEY), NULL), ERR_OK);
	cr_assert_eq(policy_add_witness(p, "one", &key, NULL, NULL), ERR_OK);
	cr_assert_eq(
	    policy_add_witness(p, "two", &key, NULL, NULL), ERR_EXISTS);
	cr_assert_eq(
	    policy_add_group(p, "g", 1, members, 2, NULL), ERR_NOT_FOUND);
	cr_assert_eq(
	    policy_add_group(p, "a b", 1, members, 1, NULL), ERR_MALFORMED);
	cr_assert_eq(policy_set_quorum(p, "g", NULL), ERR_NOT_FOUND);
	key.pub[0] ^= 1;
	cr_assert_eq(
	    policy_add_witness(p, "three", &key, "a\nb", NULL), ERR_MALFORMED);
	buf_init(&b, 1000);
	policy_put(&b, p);
	cr_assert_str_eq(buf_cstr(&b), "witness one " WIT_VKEY "\n");
	buf_clear(&b);
	policy_free(p);
}
