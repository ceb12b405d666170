/* zip_test.c - archives from friends and from enemies. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/zip.h"

#define END_BYTES 22

static void
add(struct zip_writer *w, const char *name, const char *data)
{
	enum err e = zip_writer_add(w, name, bytes_str(data), NULL);

	cr_assert_eq(e, ERR_OK, "%s", name);
}

/* Three members, one of them compressible, one empty. */
static void
sample(struct buf *out)
{
	struct zip_writer *w = zip_writer_new();
	char run[5001];

	memset(run, 'x', sizeof(run) - 1);
	run[sizeof(run) - 1] = '\0';
	add(w, "manifest.json", "{}");
	add(w, "a/b/17.json", run);
	add(w, "empty", "");
	buf_init(out, ZIP_BYTES_MAX);
	cr_assert_eq(zip_writer_done(w, out, NULL), ERR_OK);
	zip_writer_free(w);
}

static enum err
try_open(struct bytes in)
{
	struct zip_reader *z = NULL;
	struct err_why why;
	enum err e = zip_reader_open(&z, in, &why);

	if (e != ERR_OK)
		cr_assert_null(z);
	zip_reader_close(z);
	return e;
}

/* Bytes of the sample with one changed at an offset. */
static enum err
try_changed(size_t at, uint8_t value)
{
	struct buf b;
	enum err e;

	sample(&b);
	b.ptr[at] = value;
	e = try_open(buf_view(&b));
	buf_clear(&b);
	return e;
}

/* Offset of the n-th directory record. */
static size_t
record(const struct buf *b, unsigned n)
{
	const uint8_t *end = b->ptr + b->len - END_BYTES;
	size_t at = (size_t)end[16] | (size_t)end[17] << 8;

	while (n-- > 0)
		at += 46 + (size_t)b->ptr[at + 28];
	return at;
}

Test(zip_reader_open, reads_back_what_the_writer_made)
{
	struct zip_reader *z = NULL;
	struct buf b, got;
	size_t i;

	sample(&b);
	cr_assert_lt(b.len, 1000, "nothing was deflated");
	cr_assert_eq(zip_reader_open(&z, buf_view(&b), NULL), ERR_OK);
	cr_assert_eq(zip_reader_count(z), 3);
	cr_assert_str_eq(zip_reader_name(z, 0), "a/b/17.json");
	cr_assert_str_eq(zip_reader_name(z, 1), "empty");
	cr_assert_eq(zip_reader_find(z, "manifest.json", &i), ERR_OK);
	cr_assert_eq(zip_reader_find(z, "manifest", &i), ERR_NOT_FOUND);
	cr_assert_eq(zip_reader_size(z, 0), 5000);
	buf_init(&got, 10000);
	cr_assert_eq(zip_reader_get(z, i, &got, NULL), ERR_OK);
	cr_assert_str_eq(buf_cstr(&got), "{}");
	cr_assert_eq(zip_reader_get(z, 0, &got, NULL), ERR_OK);
	cr_assert_eq(got.len, 5002);
	cr_assert_eq(zip_reader_get(z, 1, &got, NULL), ERR_OK);
	cr_assert_eq(got.len, 5002);
	buf_clear(&got);
	zip_reader_close(z);
	buf_clear(&b);
}

Test(zip_writer_done, gives_the_same_bytes_for_the_same_members)
{
	struct buf a, b;

	sample(&a);
	setenv("TZ", "Asia/Shanghai", 1);
	sample(&b);
	cr_assert(bytes_equal(buf_view(&a), buf_view(&b)));
	buf_clear(&a);
	buf_clear(&b);
}

Test(zip_writer_add, refuses_paths_that_leave_the_folder)
{
	static const char *const bad[] = {"", "/etc/passwd", "../a", "a/../b",
	    "a//b", "a/", ".", "a/.", "a\\b", "a b", "\xc3\xa4", "a\nb"};
	struct zip_writer *w = zip_writer_new();

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		cr_assert_eq(zip_writer_add(w, bad[i], bytes_str("x"), NULL),
		    ERR_MALFORMED, "%s", bad[i]);
	zip_writer_free(w);
}

Test(zip_writer_done, refuses_a_name_twice)
{
	struct zip_writer *w = zip_writer_new();
	struct buf b;

	buf_init(&b, 10000);
	add(w, "a", "1");
	add(w, "a", "2");
	cr_assert_eq(zip_writer_done(w, &b, NULL), ERR_EXISTS);
	cr_assert_eq(b.len, 0);
	zip_writer_free(w);
	buf_clear(&b);
}

Test(zip_writer_done, puts_members_in_the_order_of_their_names)
{
	static const char *const names[] = {"b", "a/2", "R", "a/1"};
	struct buf b[2];

	for (size_t n = 0; n < 2; n++) {
		struct zip_writer *w = zip_writer_new();

		for (size_t i = 0; i < 4; i++)
			add(w, names[n == 0 ? i : 3 - i], "x");
		buf_init(&b[n], 10000);
		cr_assert_eq(zip_writer_done(w, &b[n], NULL), ERR_OK);
		zip_writer_free(w);
	}
	cr_assert(bytes_equal(buf_view(&b[0]), buf_view(&b[1])));
	buf_clear(&b[0]);
	buf_clear(&b[1]);
}

Test(zip_reader_open, refuses_every_cut)
{
	struct buf b;

	sample(&b);
	for (size_t len = 0; len < b.len; len++)
		cr_assert_neq(
		    try_open(bytes_of(b.ptr, len)), ERR_OK, "%zu", len);
	buf_clear(&b);
}

Test(zip_reader_open, refuses_bytes_before_between_and_after)
{
	static const size_t from_end[] = {0, END_BYTES};
	struct buf b;

	sample(&b);
	for (size_t i = 0; i < 4; i++) {
		size_t at =
		    i < 2 ? b.len - from_end[i] : (i == 2 ? record(&b, 0) : 0);
		uint8_t *p = malloc(b.len + 1);
		memcpy(p, b.ptr, at);
		p[at] = 'X';
		memcpy(p + at + 1, b.ptr + at, b.len - at);
		cr_assert_neq(try_open(bytes_of(p, b.len + 1)), ERR_OK,
		    "byte put in at %zu", at);
		free(p);
	}
	buf_clear(&b);
}

/* A flip is seen, or deflate says the same in another way: never what a member
 * is called or holds. */
Test(zip_reader_open, notices_every_flip_that_matters)
{
	struct buf b, want, got;
	size_t unseen = 0;

	sample(&b);
	buf_init(&want, 100000);
	buf_init(&got, 100000);
	for (size_t at = 0; at <= b.len; at++) {
		struct zip_reader *z = NULL;
		struct buf *to = at == b.len ? &want : &got;
		bool ok;

		if (at < b.len)
			b.ptr[at] ^= 0x01;
		ok = zip_reader_open(&z, buf_view(&b), NULL) == ERR_OK;
		for (size_t i = 0; ok && i < 3; i++) {
			buf_str(to, zip_reader_name(z, i));
			ok = zip_reader_get(z, i, to, NULL) == ERR_OK;
		}
		zip_reader_close(z);
		if (at < b.len) {
			b.ptr[at] ^= 0x01;
			unseen += ok;
			if (!ok)
				buf_reset(to);
		}
		if (ok && at < b.len) {
			buf_str(to, "|");
		}
	}
	/* Every unseen flip gave exactly the right contents. */
	cr_assert_eq(got.len % (want.len + 1), 0);
	for (size_t i = 0; i + want.len < got.len; i += want.len + 1)
		cr_assert_eq(memcmp(got.ptr + i, want.ptr, want.len), 0);
	cr_assert_lt(unseen, 60, "%zu", unseen);
	buf_clear(&got);
	buf_clear(&want);
	buf_clear(&b);
}

Test(zip_reader_open, refuses_two_members_of_one_name)
{
	struct zip_writer *w = zip_writer_new();
	struct buf b;
	enum err e;

	add(w, "aa", "1");
	add(w, "ab", "2");
	buf_init(&b, 4096);
	cr_assert_eq(zip_writer_done(w, &b, NULL), ERR_OK);
	zip_writer_free(w);
	/* Both headers of the second member now say "aa". */
	for (size_t i = 0; i + 2 <= b.len; i++) {
		if (memcmp(b.ptr + i, "ab", 2) == 0)
			b.ptr[i + 1] = 'a';
	}
	e = try_open(buf_view(&b));
	cr_assert_eq(e, ERR_MALFORMED);
	buf_clear(&b);
}

Test(zip_reader_open, refuses_oversize_promises)
{
	struct buf b;
	size_t size_at;

	sample(&b);
	size_at = record(&b, 1) + 24;
	buf_clear(&b);
	cr_assert_eq(try_changed(size_at + 3, 0x7f), ERR_LIMIT);
}

Test(zip_reader_open, refuses_encryption_and_strange_methods)
{
	struct buf b;
	size_t at;

	sample(&b);
	at = record(&b, 0);
	buf_clear(&b);
	cr_assert_eq(try_changed(at + 8, 0x01), ERR_UNSUPPORTED);
	cr_assert_eq(try_changed(at + 10, 99), ERR_UNSUPPORTED);
}
