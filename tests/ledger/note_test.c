/* note_test.c - notes, keys and cosignatures that strangers published. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/note.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "proto/text.h"

#define DASH "\xe2\x80\x94 "

/* C2SP signed-note */
#define FOO_VKEY       \
	"example.com/" \
	"foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define FOO_NOTE                                                            \
	"This is an example message.\n\n" DASH                              \
	"example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTg" \
	"K7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"

/* golang.org/x/mod/sumdb/note */
#define PETER_SKEY                           \
	"PRIVATE+KEY+PeterNeumann+c74f20a3+" \
	"AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
#define PETER_VKEY \
	"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
#define PETER_TEXT                                                   \
	"If you think cryptography is the answer to your problem,\n" \
	"then you don't know what your problem is.\n"
#define PETER_LINE                                                         \
	DASH "PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNI" \
	     "uGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

/* transparency-dev/tessera's public test keys */
#define LOG_SKEY                                         \
	"PRIVATE+KEY+example.com/log/testdata+33d7b496+" \
	"AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg"
#define LOG_VKEY                             \
	"example.com/log/testdata+33d7b496+" \
	"AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
#define LOG_8_TEXT                      \
	"example.com/log/testdata\n8\n" \
	"XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"
#define LOG_8_LINE                                                      \
	DASH "example.com/log/testdata M9e0loRVkEPcM/dTSb6Mjv4p+ddtWVs" \
	     "8jOuTljfuDAFhvGTLRlsxA/U6MghQ8dOdcWU9wylzFS3B9MbyqXOzmNp" \
	     "bmwM=\n"
#define LOG_8 LOG_8_TEXT "\n" LOG_8_LINE
#define WIT_SKEY                     \
	"PRIVATE+KEY+Wit1+55ee4561+" \
	"AeadRiG7XM4XiieCHzD8lxysXMwcViy5nYsoXURWGrlE"
#define WIT_VKEY "Wit1+9b3fb2d5+BFhZSmQj9+SoL+p/nN0Hh76xXmF7QcHfytUrI1XfSClk"
#define WIT_LINE                                                            \
	DASH "Wit1 mz+y1QAAAABkGFDLpa7Xo/e8nxyy5FY6fxf3nH7PYyN0q5dMBzHqwCj" \
	     "f3+M9VYZY0nWedDS5eQgGs7Pyu0Tr6JELczTvTXLcHfB0Cw==\n"

static struct note_vkey
vkey(const char *text)
{
	struct note_vkey key;
	struct err_why why;

	cr_assert_eq(
	    note_vkey_get(&key, bytes_str(text), &why), ERR_OK, "%s", text);
	return key;
}

static enum err
check(const char *text, const char *key, uint64_t *when)
{
	struct note_vkey k = vkey(key);
	struct note n;
	enum err e = note_parse(&n, bytes_str(text), NULL);

	return e != ERR_OK ? e : note_check(&n, &k, when, NULL);
}

Test(note_vkey_get, reads_published_keys_and_writes_them_again)
{
	static const char *const keys[] = {FOO_VKEY, PETER_VKEY, LOG_VKEY,
	    WIT_VKEY,
	    "witness.example.org+b8a2cf20+"
	    "BFLN3yikSfFkVAJtrnh/CiY3Zozkoy7clp+P7XB28qUN",
	    "mirror.example.org+3fb148ef+"
	    "BAAjjch9GyYz0sJsJx7ALhbdAtz2ov0unbzSl1vMp94O",
	    "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
	    "remora.n621.de+da77ade7+"
	    "BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct note_vkey key = vkey(keys[i]);
		struct note_vkey again;
		struct buf b;

		buf_init(&b, 1000);
		note_vkey_put(&b, &key);
		cr_expect_str_eq(buf_cstr(&b), keys[i]);
		cr_assert_eq(
		    note_vkey_make(&again, key.name, key.type, key.pub, NULL),
		    ERR_OK);
		cr_expect_eq(again.id, key.id);
		buf_clear(&b);
	}
}

Test(note_vkey_get, refuses_what_is_no_key)
{
	static const char *const bad[] = {"", "+", "a", "a+530d903a",
	    "a+530d903a+",
	    "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4Z"
	    "CbV54Id2LKaANYcrnKv3U2k",
	    "example.com/bar+530d903a+"
	    "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
	    "example.com/foo+530d903a+"
	    "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2l",
	    "example.com/foo+530d903a+"
	    "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2kAA==",
	    "exa mple+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
	    "exa\xc2\xa0mple+530d903a+"
	    "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
	    FOO_VKEY "\n", " " FOO_VKEY};
	struct note_vkey key;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(note_vkey_get(&key, bytes_str(bad[i]), NULL),
		    ERR_MALFORMED, "%s", bad[i]);
	/* 0x06, whatever its length */
	cr_expect_eq(note_vkey_get(&key, bytes_str("a+00000000+BgAA"), NULL),
	    ERR_UNSUPPORTED);
}

Test(note_vkey_make, refuses_names_a_line_cannot_hold)
{
	static const char *const bad[] = {"", "a b", "a+b", "a\tb", "a\nb",
	    "a\xe3\x80\x80", "a\xe2\x80\xa8", "a\xe1\x9a\x80", "a\xe2\x81\x9f",
	    "a\xff", "\x7f\x01"};
	uint8_t pub[CRYPTO_PUB_BYTES] = {1};
	char longest[NOTE_NAME_MAX + 2];
	struct note_vkey key;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(note_vkey_make(&key, bad[i], 1, pub, NULL),
		    ERR_MALFORMED, "%zu", i);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	cr_expect_eq(
	    note_vkey_make(&key, longest, 1, pub, NULL), ERR_MALFORMED);
	longest[NOTE_NAME_MAX] = '\0';
	cr_expect_eq(note_vkey_make(&key, longest, 1, pub, NULL), ERR_OK);
	cr_expect_eq(
	    note_vkey_make(&key, "\xe8\x81\x94\xe9\x98\xb2", 1, pub, NULL),
	    ERR_OK);
}

Test(note_check, accepts_published_notes, .init = crypto_start)
{
	uint64_t when = 1;

	cr_assert_eq(check(FOO_NOTE, FOO_VKEY, &when), ERR_OK);
	cr_assert_eq(when, 0);
	cr_assert_eq(
	    check(PETER_TEXT "\n" PETER_LINE, PETER_VKEY, NULL), ERR_OK);
	cr_assert_eq(check(LOG_8, LOG_VKEY, NULL), ERR_OK);
	cr_assert_eq(check(FOO_NOTE, PETER_VKEY, NULL), ERR_NOT_FOUND);
}

Test(note_check, accepts_published_cosignatures, .init = crypto_start)
{
	uint64_t when = 0;

	cr_assert_eq(
	    check("rome2026h1.example.org\n300\n"
	          "lCkHUpkmVBEms2r2T1K6Og69+wUuuN3MIEW1/ezu2v0=\n\n" DASH
	          "witness.example.org uKLPIAAAAABpVGeAhm2bOvKc3LaB9PFN1ruG"
	          "19Y5yqslmcAAbhftnn1Zznmo0LXFZq4LGvqKqLX8jWlwLKasxEGTLIqA"
	          "VusneCBmBw==\n",
	        "witness.example.org+b8a2cf20+"
	        "BFLN3yikSfFkVAJtrnh/CiY3Zozkoy7clp+P7XB28qUN",
	        &when),
	    ERR_OK);
	cr_assert_eq(when, 1767139200);
	cr_assert_eq(
	    check("rome2026h1.example.org\n300\n"
	          "gw31yQrqZZCcEOPrzX+bpy3nJ6QgngTKn8G1m0i62uU=\n\n" DASH
	          "mirror.example.org P7FI7wAAAABpVGeAjA1S4pJm6MbcXjX7UUImu4"
	          "azZtrfcVW2uyr/LXIYlwEJzXC0N0EiZkbqfLdXt/4gVEEuGmxJjAfXKMC"
	          "ISpsJAg==\n",
	        "mirror.example.org+3fb148ef+"
	        "BAAjjch9GyYz0sJsJx7ALhbdAtz2ov0unbzSl1vMp94O",
	        &when),
	    ERR_OK);
	cr_assert_eq(check(LOG_8 WIT_LINE, WIT_VKEY, &when), ERR_OK);
	cr_assert_eq(when, 1679315147);
	cr_assert_eq(check(LOG_8 WIT_LINE, LOG_VKEY, NULL), ERR_OK);
}

Test(note_check, refuses_every_flipped_byte, .init = crypto_start)
{
	const char good[] = LOG_8 WIT_LINE;

	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		char bad[sizeof(good)];
		size_t line = sizeof(LOG_8) - 1;

		memcpy(bad, good, sizeof(good));
		bad[i] ^= 1;
		/* What is not in the log's own line or text leaves the log's
		 * signature alone, unless the note falls apart. */
		if (i < line)
			cr_expect_neq(
			    check(bad, LOG_VKEY, NULL), ERR_OK, "%zu", i);
		if (i < sizeof(LOG_8_TEXT) || i >= line)
			cr_expect_neq(
			    check(bad, WIT_VKEY, NULL), ERR_OK, "%zu", i);
	}
}

Test(note_check, a_second_line_that_fails_spoils_the_note, .init = crypto_start)
{
	static const char other[] = DASH
	    "example.com/log/testdata M9e0lvgUU7emx/uUyYPak7Jin4v5whAwVfsjqr0z1"
	    "SqlveovajyvEXfzzaymKWEBeppthk3Qgc2As7rReqpR8bPDPgQ=\n";
	struct buf b;

	buf_init(&b, 4096);
	buf_printf(&b, "%s%s", LOG_8, other);
	cr_assert_eq(check(buf_cstr(&b), LOG_VKEY, NULL), ERR_UNVERIFIED);
	cr_assert_eq(check(LOG_8 LOG_8_LINE, LOG_VKEY, NULL), ERR_OK);
	buf_clear(&b);
}

/* FiloSottile/torchwood: a witness answers 403 to this line, not 400. */
Test(note_check, loose_base64_parses_and_never_verifies, .init = crypto_start)
{
#define ORIGIN                \
	"sigsum.org/v1/tree/" \
	"4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
#define SIGSUM_TEXT \
	ORIGIN "\n3\nRcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=\n\n"
#define SIGSUM_SIG                                                      \
	"UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre" \
	"36kezNobZs4SUUdrcawfAB8WVrx6g"
	const char *key =
	    ORIGIN "+5202289b+Af/cLU2Y5BJNP+r3iMDC+av9eWCD0fBJVDfzAux5zxAP";

	cr_assert_eq(
	    check(SIGSUM_TEXT DASH ORIGIN " " SIGSUM_SIG "o=\n", key, NULL),
	    ERR_OK);
	cr_assert_eq(
	    check(SIGSUM_TEXT DASH ORIGIN " " SIGSUM_SIG "x=\n", key, NULL),
	    ERR_UNVERIFIED);
	/* The same bytes in another spelling. */
	cr_assert_eq(
	    check(SIGSUM_TEXT DASH ORIGIN " " SIGSUM_SIG "p=\n", key, NULL),
	    ERR_UNVERIFIED);
	/* sigsum-go: parses, and its key is nobody's. */
	cr_assert_eq(
	    check("example.org/log\n5\n"
	          "HA5HAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n" DASH
	          "example.org/log DEADBEEF\n",
	        key, NULL),
	    ERR_NOT_FOUND);
}

Test(note_parse, refuses_what_is_no_note)
{
	static const char *const bad[] = {"", "\n", "\n\n", "text\n",
	    "text\n\n", "text\n\n" DASH "name AAAAAAAA",
	    "text\n" DASH "name AAAAAAAA\n", "text\n\nname AAAAAAAA\n",
	    "text\n\n" DASH "name\n", "text\n\n" DASH "name \n",
	    "text\n\n" DASH " AAAAAAAA\n", "text\n\n" DASH "name AAAA\n",
	    "text\n\n" DASH "name AAAAAAA\n",
	    "text\n\n" DASH "name AAAAAAAA=\n",
	    "text\n\n" DASH "name AAAA AAAA\n",
	    "text\n\n" DASH "na+me AAAAAAAA\n",
	    "text\n\n" DASH "na\xc2\xa0me AAAAAAAA\n",
	    "te\rxt\n\n" DASH "name AAAAAAAA\n",
	    "te\xffxt\n\n" DASH "name AAAAAAAA\n",
	    "text\n\n" DASH "name AAAAAAAA\r\n",
	    "text\n\n" DASH "name AAAAAAAA\n\n",
	    "text\n\n" DASH "name AAAAAAAA\nmore\n"};
	struct note n;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(note_parse(&n, bytes_str(bad[i]), NULL),
		    ERR_MALFORMED, "%zu: %s", i, bad[i]);
	cr_expect_eq(
	    note_parse(
	        &n, bytes_of("t\0xt\n\n" DASH "name AAAAAAAA\n", 24), NULL),
	    ERR_MALFORMED);
}

Test(note_parse, splits_at_the_last_blank_line)
{
	struct note n;

	cr_assert_eq(note_parse(&n,
	                 bytes_str("a\n\n" DASH "x AAAAAAAA\n\n" DASH
	                           "y BBBBBBBB\n" DASH "z CCCCCCCCCCCC\n"),
	                 NULL),
	    ERR_OK);
	cr_assert(bytes_equal(n.text, bytes_str("a\n\n" DASH "x AAAAAAAA\n")));
	cr_assert_eq(n.sigs_len, 2);
	cr_assert(bytes_equal(n.sigs[1].name, bytes_str("z")));
	cr_assert_eq(n.sigs[0].id, 0x04104104u);
	cr_assert_eq(n.sigs[1].sig_len, 0);
}

Test(note_parse, counts_signatures_and_bytes)
{
	struct note n;
	struct buf b;

	buf_init(&b, 2 * NOTE_BYTES_MAX);
	buf_str(&b, "text\n\n");
	for (size_t i = 0; i < NOTE_SIGS_MAX; i++)
		buf_str(&b, DASH "name AAAAAAAA\n");
	cr_assert_eq(note_parse(&n, buf_view(&b), NULL), ERR_OK);
	cr_assert_eq(n.sigs_len, NOTE_SIGS_MAX);
	buf_str(&b, DASH "name AAAAAAAA\n");
	cr_assert_eq(note_parse(&n, buf_view(&b), NULL), ERR_LIMIT);
	buf_reset(&b);
	memset(buf_grow(&b, NOTE_BYTES_MAX + 1), 'a', NOTE_BYTES_MAX + 1);
	cr_assert_eq(note_parse(&n, buf_view(&b), NULL), ERR_LIMIT);
	buf_clear(&b);
}

Test(note_sign, makes_the_published_signatures_again, .init = crypto_start)
{
	char name[NOTE_NAME_MAX + 1];
	struct crypto_signer key;
	struct buf b;

	buf_init(&b, 4096);
	cr_assert_eq(
	    note_skey_get(&key, name, bytes_str(PETER_SKEY), NULL), ERR_OK);
	cr_assert_str_eq(name, "PeterNeumann");
	note_sign(&b, bytes_str(PETER_TEXT), name, &key);
	cr_assert_str_eq(buf_cstr(&b), PETER_TEXT "\n" PETER_LINE);

	buf_reset(&b);
	cr_assert_eq(
	    note_skey_get(&key, name, bytes_str(LOG_SKEY), NULL), ERR_OK);
	note_sign(&b, bytes_str(LOG_8_TEXT), name, &key);
	cr_assert_eq(
	    note_skey_get(&key, name, bytes_str(WIT_SKEY), NULL), ERR_OK);
	note_cosign(&b, bytes_str(LOG_8_TEXT), name, &key, 1679315147);
	cr_assert_str_eq(buf_cstr(&b), LOG_8 WIT_LINE);
	buf_clear(&b);
}

Test(note_skey_get, refuses_what_is_no_signing_key, .init = crypto_start)
{
	static const char *const bad[] = {"", PETER_VKEY,
	    "PRIVATE+KEY+PeterNeumann+c74f20a4+"
	    "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
	    "PRIVATE+KEY+PeterNeumann+c74f20a3+"
	    "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDF=",
	    "PRIVATE+KEY+PeterNeumann+c74f20a3", "PRIVATE+KEY+"};
	char name[NOTE_NAME_MAX + 1] = "kept";
	struct crypto_signer key;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(note_skey_get(&key, name, bytes_str(bad[i]), NULL),
		    ERR_MALFORMED, "%s", bad[i]);
	cr_assert_str_eq(name, "kept");
}

Test(note_checkpoint, of_the_reference_tree, .init = crypto_start)
{
	static const char *const notes[] = {
	    "example.com/log/testdata\n0\n"
	    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n" DASH
	    "example.com/log/testdata M9e0lhxJACzE1KoUdqKuPa+9p6R7dSW8BlEvrg/no"
	    "o8FkGg6PbJoRNOcdjqjOq89wVvTA60eubCc4oufo5BvIVEgtQc=\n",
	    "example.com/log/testdata\n6\n"
	    "duZ9rbzfHhDht03cYIq9L5jfsW+851J3tSMqEn8gh+8=\n\n" DASH
	    "example.com/log/testdata M9e0lvgUU7emx/uUyYPak7Jin4v5whAwVfsjqr0z1"
	    "SqlveovajyvEXfzzaymKWEBeppthk3Qgc2As7rReqpR8bPDPgQ=\n",
	    LOG_8};
	static const uint64_t sizes[] = {0, 6, 8};
	struct note_vkey key = vkey(LOG_VKEY);
	char name[NOTE_NAME_MAX + 1];
	struct crypto_signer signer;

	cr_assert_eq(
	    note_skey_get(&signer, name, bytes_str(LOG_SKEY), NULL), ERR_OK);
	for (size_t i = 0; i < 3; i++) {
		struct note_checkpoint c;
		struct buf text;
		struct buf note;

		cr_assert_eq(
		    note_checkpoint_open(&c, bytes_str(notes[i]), &key, NULL),
		    ERR_OK);
		cr_assert_str_eq(c.origin, "example.com/log/testdata");
		cr_assert_eq(c.head.size, sizes[i]);
		buf_init(&text, 4096);
		buf_init(&note, 4096);
		note_checkpoint_put(&text, &c);
		note_sign(&note, buf_view(&text), name, &signer);
		cr_assert_str_eq(buf_cstr(&note), notes[i]);
		buf_clear(&text);
		buf_clear(&note);
	}
}

Test(note_checkpoint_get, refuses_what_is_no_checkpoint)
{
#define ROOT "XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg="
	static const char *const bad[] = {"", "o\n", "o\n8\n", "o\n8\n" ROOT,
	    "\n8\n" ROOT "\n", "o\n08\n" ROOT "\n", "o\n-8\n" ROOT "\n",
	    "o\n+8\n" ROOT "\n", "o\n 8\n" ROOT "\n", "o\n\n" ROOT "\n",
	    "o\n9223372036854775808\n" ROOT "\n",
	    "o\n18446744073709551616\n" ROOT "\n", "o\n8\nXcna\n",
	    "o\n8\n" ROOT " \n", "o\n8\n" ROOT "\n\n",
	    "o\n8\n" ROOT "\n\next\n", "o\n8\n" ROOT "\next",
	    "o\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyh=\n"};
	struct note_checkpoint c;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(note_checkpoint_get(&c, bytes_str(bad[i]), NULL),
		    ERR_MALFORMED, "%zu: %s", i, bad[i]);
	cr_expect_eq(note_checkpoint_get(
	                 &c, bytes_str("o\n8\n" ROOT "\next 1\next 2\n"), NULL),
	    ERR_OK);
	cr_expect_eq(note_checkpoint_get(&c,
	                 bytes_str("o\n9223372036854775807\n" ROOT "\n"), NULL),
	    ERR_OK);
	cr_expect_eq(c.head.size, TREE_SIZE_MAX);
}

Test(note_checkpoint_open, wants_the_origin_s_own_log_key, .init = crypto_start)
{
	struct note_vkey key = vkey(LOG_VKEY);
	struct note_vkey wit = vkey(WIT_VKEY);
	struct note_checkpoint c;
	struct crypto_signer own;
	struct note_vkey own_key;
	uint8_t seed[CRYPTO_SEED_BYTES] = {7};
	struct buf b;

	cr_assert_eq(
	    note_checkpoint_open(&c, bytes_str(LOG_8 WIT_LINE), &wit, NULL),
	    ERR_UNVERIFIED);
	key.pub[0] ^= 1;
	cr_assert_eq(note_checkpoint_open(&c, bytes_str(LOG_8), &key, NULL),
	    ERR_UNVERIFIED);
	key.pub[0] ^= 1;
	key.id ^= 1;
	cr_assert_eq(note_checkpoint_open(&c, bytes_str(LOG_8), &key, NULL),
	    ERR_UNVERIFIED, "nobody else's signature counts");

	crypto_signer_seed(&own, seed);
	cr_assert_eq(note_vkey_make(&own_key, "other.example",
	                 NOTE_TYPE_ED25519, own.pub, NULL),
	    ERR_OK);
	buf_init(&b, 4096);
	note_sign(&b, bytes_str(LOG_8_TEXT), "other.example", &own);
	cr_assert_eq(note_checkpoint_open(&c, buf_view(&b), &own_key, NULL),
	    ERR_UNVERIFIED, "a checkpoint of another origin");
	buf_clear(&b);
}

/* A mirror may bear the log's name; it still does not speak for the log. */
Test(note_checkpoint_open, a_cosigner_of_the_same_name_is_no_log,
    .init = crypto_start)
{
	const char *origin = "example.com/log/testdata";
	uint8_t seed[CRYPTO_SEED_BYTES] = {8};
	struct crypto_signer signer;
	struct note_checkpoint c;
	struct note_vkey key;
	struct buf b;

	crypto_signer_seed(&signer, seed);
	cr_assert_eq(
	    note_vkey_make(&key, origin, NOTE_TYPE_COSIG, signer.pub, NULL),
	    ERR_OK);
	buf_init(&b, 4096);
	buf_str(&b, LOG_8_TEXT "\n");
	note_cosign(&b, bytes_str(LOG_8_TEXT), origin, &signer, 1679315147);
	cr_assert_eq(check(buf_cstr(&b), WIT_VKEY, NULL), ERR_NOT_FOUND);
	cr_assert_eq(
	    note_checkpoint_open(&c, buf_view(&b), &key, NULL), ERR_UNVERIFIED);
	buf_clear(&b);
}

/* tlog-cosignature: a timestamp is at most 2^63 - 1, even if signed. */
Test(note_check, refuses_a_time_no_clock_has, .init = crypto_start)
{
	static const char msg[] =
	    "cosignature/v1\ntime 9223372036854775808\n" LOG_8_TEXT;
	uint8_t raw[4 + 8 + CRYPTO_SIG_BYTES] = {0, 0, 0, 0, 0x80};
	uint8_t seed[CRYPTO_SEED_BYTES] = {9};
	struct crypto_signer signer;
	struct note_vkey key;
	struct note n;
	struct buf b;

	crypto_signer_seed(&signer, seed);
	cr_assert_eq(
	    note_vkey_make(&key, "w", NOTE_TYPE_COSIG, signer.pub, NULL),
	    ERR_OK);
	raw[0] = (uint8_t)(key.id >> 24);
	raw[1] = (uint8_t)(key.id >> 16);
	raw[2] = (uint8_t)(key.id >> 8);
	raw[3] = (uint8_t)key.id;
	crypto_signer_sign(&signer, bytes_str(msg), raw + 12);
	buf_init(&b, 4096);
	buf_str(&b, LOG_8_TEXT "\n" DASH "w ");
	text_b64_put(&b, bytes_of(raw, sizeof(raw)));
	buf_str(&b, "\n");
	cr_assert_eq(note_parse(&n, buf_view(&b), NULL), ERR_OK);
	cr_assert_eq(note_check(&n, &key, NULL, NULL), ERR_UNVERIFIED);
	buf_clear(&b);
}
