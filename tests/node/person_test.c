/* person_test.c - one spelling for one person. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/person.h"

#include <criterion/criterion.h>
#include <string.h>

#include "node/fold.h"
#include "tests/support/chance.h"

static const struct {
	const char *a;
	const char *b;
	bool same;
} rows[] = {
    {"w-0017", "W-0017", true},
    {"w-0017", " w-0017\t", true},
    {"w-0017", "w- 0017", true},
    {"w-0017",
        "\xef\xbc\xb7\xef\xbc\x8d\xef\xbc\x90"
        "017",
        true},
    {"w-0017",
        "w\xe2\x80\x91"
        "0017",
        true}, /* U+2011 */
    {"w-0017",
        "w\xe2\x88\x92"
        "0017",
        true}, /* U+2212 */
    {"w-0017",
        "w-\xe2\x80\x8b"
        "0017",
        true}, /* U+200B */
    {"w-0017",
        "w-\xe2\x80\xae"
        "0017",
        true}, /* U+202E */
    {"w-0017",
        "w-\xf3\xa0\x84\x80"
        "0017",
        true}, /* U+E0100 */
    {"\xe5\xbc\xa0\xe4\xb8\x89", "\xe5\xbc\xa0\xe3\x80\x80\xe4\xb8\x89", true},
    {"\xe5\xbc\xa0\xe4\xb8\x89", "\xef\xbb\xbf\xe5\xbc\xa0\xe4\xb8\x89", true},
    {"\xe5\xbc\xa0\xe4\xb8\x89", "\xe5\xbc\xa0\xe4\xb8\x89\xef\xb8\x81", true},
    /* Dots between the parts of a name. */
    {"\xe4\xb9\xb0\xc2\xb7\xe8\x89\xbe", "\xe4\xb9\xb0\xe2\x80\xa2\xe8\x89\xbe",
        true},
    {"\xe4\xb9\xb0\xc2\xb7\xe8\x89\xbe", "\xe4\xb9\xb0\xe3\x83\xbb\xe8\x89\xbe",
        true},
    {"\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd", "\xd0\xb8\xd0\xb2\xd0\xb0\xd0\xbd",
        true},
    {"\xc3\x89mile", "\xc3\xa9mile", true},
    /* Two that only look alike, or almost. */
    {"w-0017", "w-0018", false},
    {"w-0017", "w-017", false},
    {"wo", "w0", false},
    {"\xe5\xbc\xa0\xe4\xb8\x89", "\xe5\xbc\xa0\xe4\xb8\x80", false},
    {"w-1", "w_1", false},
    {"w-1", "w1", false},
    {"\xc3\x97", "\xc3\xb7", false}, /* no letters: x and : */
    {"", "", false},
    {" ", "\xe3\x80\x80", false},
    {"w", "", false},
    /* Bytes that are no text stay what they are. */
    {"a\xff", "A\xff", true},
    {"a\xff", "a\xfe", false},
    {"a\xe3\x80", "a", false},
};

Test(person_same, knows_one_person_in_any_spelling_and_two_apart)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cr_assert_eq(person_same(rows[i].a, rows[i].b), rows[i].same,
		    "row %zu", i);
		cr_assert_eq(person_same(rows[i].b, rows[i].a), rows[i].same,
		    "row %zu", i);
	}
	cr_assert(!person_same(NULL, NULL));
	cr_assert(!person_given("\xe2\x80\x8b \n"));
	cr_assert(person_given(" x"));
}

/* Tables find a person by this hash: it must tell the same story. */
Test(fold_hash, is_the_same_for_one_person_and_only_then)
{
	struct digest_hmac mac;

	digest_hmac_key(&mac, bytes_str("index key"));
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint64_t a = fold_hash(&mac, FOLD_SUBJECT, rows[i].a);
		uint64_t b = fold_hash(&mac, FOLD_SUBJECT, rows[i].b);

		cr_assert_eq(a != 0, person_given(rows[i].a));
		cr_assert_eq(a != 0 && a == b, rows[i].same, "row %zu", i);
	}
	/* Other names are what they were. */
	cr_assert_neq(fold_hash(&mac, FOLD_SOURCE, "GDS-1"),
	    fold_hash(&mac, FOLD_SOURCE, "gds-1"));
}

/* UTF-8, of characters from places where something is done to them. */
static size_t
put_random(char *out, struct chance *c)
{
	static const uint32_t from[] = {0x20, 0x40, 0xa0, 0x340, 0x390, 0x400,
	    0x2000, 0x2020, 0x2200, 0x3000, 0x30f0, 0x4e00, 0xfe00, 0xff00,
	    0xff50, 0xe0000, 0xe0100};
	uint32_t one = from[chance_below(c, sizeof from / sizeof from[0])] +
	    (uint32_t)chance_below(c, 64);

	if (one < 0x80) {
		out[0] = (char)one;
		return 1;
	}
	if (one < 0x800) {
		out[0] = (char)(0xc0 | one >> 6);
		out[1] = (char)(0x80 | (one & 0x3f));
		return 2;
	}
	if (one < 0x10000) {
		out[0] = (char)(0xe0 | one >> 12);
		out[1] = (char)(0x80 | (one >> 6 & 0x3f));
		out[2] = (char)(0x80 | (one & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | one >> 18);
	out[1] = (char)(0x80 | (one >> 12 & 0x3f));
	out[2] = (char)(0x80 | (one >> 6 & 0x3f));
	out[3] = (char)(0x80 | (one & 0x3f));
	return 4;
}

static void
plain_is_plain(struct chance *c)
{
	char in[64];
	char once[64];
	char twice[64];
	size_t len = 0;
	size_t n;

	while (len < 56)
		len += put_random(in + len, c);
	n = person_plain(once, bytes_of(in, len));
	chance_holds(c, n <= len);
	chance_holds(c, person_plain(twice, bytes_of(once, n)) == n);
	chance_holds(c, memcmp(once, twice, n) == 0);
}

/* Never longer than it was, and plain once is plain for good. */
Test(person_plain, changes_a_name_once_and_not_again)
{
	chance_each(20000, plain_is_plain);
}
