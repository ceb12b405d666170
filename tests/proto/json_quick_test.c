/* json_quick_test.c - the fast parser against the library's. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "proto/json.h"
#include "proto/json_quick.h"
#include "proto/json_scan.h"

static bool
same_text(struct bytes a, struct bytes b)
{
	return bytes_equal(a, b) && (b.ptr == NULL || a.ptr[a.len] == '\0');
}

static bool
same_node(const struct json_node *a, const struct json_node *b)
{
	if (a->kind != b->kind || a->first != b->first || a->last != b->last ||
	    a->next != b->next || a->count != b->count || a->line != b->line ||
	    !same_text(a->key, b->key) || !same_text(a->text, b->text))
		return false;
	if (a->kind == JSON_KIND_INT)
		return a->num.integer == b->num.integer;
	return a->kind != JSON_KIND_REAL ||
	    memcmp(&a->num.real, &b->num.real, sizeof a->num.real) == 0;
}

/* What the fast one takes, the library takes, and makes the same of it. */
static bool
agree(struct bytes in, bool *taken)
{
	struct json_tree quick = {0};
	struct json_tree slow = {0};
	bool ok = true;

	*taken = json_scan_limits(in, NULL) == ERR_OK &&
	    json_quick_parse(&quick, in);
	if (*taken) {
		ok = json_tree_library(&slow, in, NULL) == ERR_OK &&
		    quick.len == slow.len;
		for (size_t i = 0; ok && i < quick.len; i++)
			ok = same_node(&quick.at[i], &slow.at[i]);
	}
	json_tree_clear(&quick);
	json_tree_clear(&slow);
	return ok;
}

static const char *const plain[] = {
    "{}",
    "[]",
    " [ ] \r\n",
    "[{},[],[[]],{\"a\":{}}]",
    "{\"a\":1,\"b\":-2,\"c\":[true,false,null],\"d\":\"x\"}",
    "\t{ \"a\" : 0 , \"\" : \"\" }",
    "[0,-0,1.5,-0.0,1e3,1E-3,2.5e+10,999999999999999999,1e-400]",
    "[\"\xe5\x8f\xaf\xe7\x87\x83\xe6\xb0\x94\xe4\xbd\x93\",\"\x7f\"]",
    ("[{\"source\":\"GDS-01\",\"sourceSeq\":\"17\",\"level\":2,"
     "\"value\":12.5}]"),
};

static const char *const left[] = {
    "",
    " ",
    "1",
    "\"a\"",
    "null",
    "{",
    "[1,]",
    "[,1]",
    "{\"a\":1,}",
    "{\"a\" 1}",
    "{a:1}",
    "{\"a\":1,\"a\":1}",
    "[01]",
    "[-]",
    "[+1]",
    "[1.]",
    "[.5]",
    "[1e]",
    "[1e999]",
    "[9223372036854775808]",
    "[0x10]",
    "[NaN]",
    "[tru]",
    "[truefalse]",
    "[nul]",
    "[\"a]",
    "[\"a\nb\"]",
    "[\"\xff\"]",
    "[\"\xed\xa0\x80\"]",
    "[\"\xc0\x80\"]",
    "[\"\\n\"]",
    "[] x",
    "[]]",
    "[1}",
    "\xef\xbb\xbf[]",
};

Test(json_quick, takes_plain_documents_as_the_library_does)
{
	bool taken;

	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
		cr_assert(agree(bytes_str(plain[i]), &taken), "%s", plain[i]);
		cr_assert(taken, "%s", plain[i]);
	}
}

Test(json_quick, leaves_everything_else_to_the_library)
{
	bool taken;

	for (size_t i = 0; i < sizeof left / sizeof left[0]; i++) {
		cr_assert(agree(bytes_str(left[i]), &taken), "%s", left[i]);
		cr_assert_not(taken, "%s", left[i]);
	}
}

Test(json_quick, stops_at_a_nul_inside_the_text)
{
	bool taken;

	cr_assert(agree(bytes_of("[1\0]", 4), &taken));
	cr_assert_not(taken);
	cr_assert(agree(bytes_of("[1]\0", 4), &taken));
	cr_assert_not(taken);
}

Test(json_quick, agrees_on_every_document_one_byte_off)
{
	static const char bytes[] =
	    "{}[]\",:. \n\\/0179-+eEtfnau\x80\xff\xe5\x1f";
	char text[128];
	bool taken;

	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
		size_t len = strlen(plain[i]);

		for (size_t at = 0; at < len; at++) {
			for (size_t b = 0; b < sizeof bytes; b++) {
				memcpy(text, plain[i], len);
				text[at] = bytes[b];
				cr_assert(agree(bytes_of(text, len), &taken),
				    "%.*s", (int)len, text);
				memmove(text + at + 1, plain[i] + at, len - at);
				cr_assert(
				    agree(bytes_of(text, len + 1), &taken),
				    "%.*s", (int)len + 1, text);
			}
		}
	}
}

Test(json_quick, refuses_a_key_given_twice_however_far_apart)
{
	char text[1024] = "{";
	size_t len = 1;
	bool taken;

	for (int i = 0; i < 40; i++)
		len += (size_t)snprintf(
		    text + len, sizeof text - len, "\"k%d\":%d,", i, i);
	memcpy(text + len, "\"k0\":1}", 7);
	cr_assert(agree(bytes_of(text, len + 7), &taken));
	cr_assert_not(taken);
	memcpy(text + len, "\"k_\":1}", 7);
	cr_assert(agree(bytes_of(text, len + 7), &taken));
	cr_assert(taken);
}
