/* zip.c - read and write the plainest form of zip. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/zip.h"

#include <assert.h>
#include <stdlib.h>

#include <zip.h>

#include "proto/mem.h"

#define LOCAL_BYTES 30
#define CENTRAL_BYTES 46
#define END_BYTES 22
#define LOCAL_MAGIC 0x04034b50u
#define CENTRAL_MAGIC 0x02014b50u
#define END_MAGIC 0x06054b50u
/* How hard deflate tried, and UTF-8 names: flags that change nothing here. */
#define FLAGS_HARMLESS 0x0806u
/* Leaves are hashes and repetition: more effort costs seconds, saves little. */
#define DEFLATE_LEVEL 1
/* 1980-01-01 00:00, so that the same members give the same bytes. */
#define DOS_DATE 0x0021
/* Who made it (MS-DOS, 2.0), first disk and attributes: they say nothing, so
 * they are always these, and no byte of an archive is free. */
#define MADE_BY 20
#define MADE_BY_AT 4
#define ATTRIBUTES_AT 34
#define ATTRIBUTES_BYTES 8

struct member {
	char name[ZIP_NAME_MAX + 1];
	size_t at; /* position in the archive's directory */
	size_t size;
	uint8_t *data; /* until it is written; NULL: empty */
};

struct zip_reader {
	zip_t *zip;
	struct member *members;
	size_t len;
};

struct zip_writer {
	struct member *members;
	size_t len;
	size_t cap;
	size_t total;
};

static uint32_t
le16(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t
le32(const uint8_t *p)
{
	return le16(p) | le16(p + 2) << 16;
}

static bool
name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/* Parts joined by single slashes, none of them empty, "." or "..". */
static bool
name_ok(struct bytes name)
{
	size_t start = 0;

	if (name.len == 0 || name.len > ZIP_NAME_MAX)
		return false;
	for (size_t i = 0; i <= name.len; i++) {
		if (i < name.len && name.ptr[i] != '/') {
			if (!name_char((char)name.ptr[i]))
				return false;
			continue;
		}
		struct bytes part = bytes_of(name.ptr + start, i - start);
		if (part.len == 0 || bytes_equal(part, bytes_str(".")) ||
		    bytes_equal(part, bytes_str("..")))
			return false;
		start = i + 1;
	}
	return true;
}

/* ---- structure ---- */

/* Where the walk through the two halves of the archive stands. */
struct walk {
	struct bytes in;
	size_t local; /* next local header */
	size_t central; /* next directory record */
	size_t total; /* inflated bytes promised so far */
};

static const uint8_t no_attributes[ATTRIBUTES_BYTES];

/* One directory record and the local header that it must repeat. */
static enum err
walk_member(struct walk *w, struct member *m, struct err_why *why)
{
	const uint8_t *c = w->in.ptr + w->central;
	const uint8_t *l = w->in.ptr + w->local;
	size_t room = w->in.len - END_BYTES;

	if (room - w->central < CENTRAL_BYTES || le32(c) != CENTRAL_MAGIC)
		return err_fail(why, ERR_MALFORMED, "zip: directory cut short");
	size_t name_len = le16(c + 28);
	size_t packed = le32(c + 20);
	size_t size = le32(c + 24);
	if (le16(c + 30) != 0 || le16(c + 32) != 0)
		return err_fail(why, ERR_MALFORMED,
		    "zip: extra field or comment at a member");
	if (le16(c + MADE_BY_AT) != MADE_BY ||
	    memcmp(c + ATTRIBUTES_AT, no_attributes, ATTRIBUTES_BYTES) != 0)
		return err_fail(why, ERR_MALFORMED,
		    "zip: a member with attributes: packed by another program");
	if ((le16(c + 8) & ~FLAGS_HARMLESS) != 0 ||
	    (le16(c + 10) != ZIP_CM_STORE && le16(c + 10) != ZIP_CM_DEFLATE))
		return err_fail(why, ERR_UNSUPPORTED,
		    "zip: member neither stored nor deflated plainly");
	if (room - w->central - CENTRAL_BYTES < name_len ||
	    !name_ok(bytes_of(c + CENTRAL_BYTES, name_len)))
		return err_fail(why, ERR_MALFORMED, "zip: bad member name");
	if (size > ZIP_MEMBER_MAX || size > ZIP_TOTAL_MAX - w->total)
		return err_fail(why, ERR_LIMIT, "zip: members too large");
	if (le32(c + 42) != w->local || room < w->local ||
	    room - w->local < LOCAL_BYTES + name_len ||
	    room - w->local - LOCAL_BYTES - name_len < packed)
		return err_fail(
		    why, ERR_MALFORMED, "zip: members not laid end to end");
	/* Version to extension length, but for the length of comments. */
	if (le32(l) != LOCAL_MAGIC || memcmp(l + 4, c + 6, 26) != 0 ||
	    memcmp(l + LOCAL_BYTES, c + CENTRAL_BYTES, name_len) != 0)
		return err_fail(why, ERR_MALFORMED,
		    "zip: local header contradicts the directory");
	memcpy(m->name, c + CENTRAL_BYTES, name_len);
	m->name[name_len] = '\0';
	m->size = size;
	w->total += size;
	w->local += LOCAL_BYTES + name_len + packed;
	w->central += CENTRAL_BYTES + name_len;
	return ERR_OK;
}

/* Every byte of the archive is a header, a member or the end record. */
static enum err
walk_archive(struct zip_reader *z, struct bytes in, struct err_why *why)
{
	struct walk w = {.in = in};

	if (in.len > ZIP_BYTES_MAX)
		return err_fail(why, ERR_LIMIT, "zip: file too large");
	if (in.len < END_BYTES)
		return err_fail(why, ERR_MALFORMED, "zip: file too short");
	const uint8_t *end = in.ptr + in.len - END_BYTES;
	size_t count = le16(end + 10);
	size_t directory = le32(end + 16);
	if (le32(end) != END_MAGIC || le32(end + 4) != 0 ||
	    le16(end + 8) != count || le16(end + 20) != 0 ||
	    directory > in.len - END_BYTES ||
	    le32(end + 12) != in.len - END_BYTES - directory)
		return err_fail(why, ERR_MALFORMED,
		    "zip: no end record where the file ends");
	if (count == 0 || count > ZIP_MEMBERS_MAX)
		return err_fail(why, ERR_LIMIT, "zip: %zu members", count);
	w.central = directory;
	z->members = mem_alloc(count, sizeof(*z->members));
	for (z->len = 0; z->len < count; z->len++) {
		z->members[z->len].at = z->len;
		enum err e = walk_member(&w, &z->members[z->len], why);
		if (e != ERR_OK)
			return e;
	}
	if (w.local != directory || w.central != in.len - END_BYTES)
		return err_fail(
		    why, ERR_MALFORMED, "zip: bytes between the members");
	return ERR_OK;
}

/* ---- reading ---- */

static enum err
reader_open(zip_t **out, struct bytes in, struct err_why *why)
{
	zip_error_t error;
	zip_source_t *source;

	zip_error_init(&error);
	source = zip_source_buffer_create(in.ptr, in.len, 0, &error);
	*out = source
	    ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error)
	    : NULL;
	if (!*out) {
		err_fail(
		    why, ERR_MALFORMED, "zip: %s", zip_error_strerror(&error));
		if (source)
			zip_source_free(source);
	}
	zip_error_fini(&error);
	return *out ? ERR_OK : ERR_MALFORMED;
}

enum err
zip_reader_open(struct zip_reader **out, struct bytes in, struct err_why *why)
{
	struct zip_reader *z = mem_alloc(1, sizeof(*z));
	enum err e;

	e = walk_archive(z, in, why);
	if (e != ERR_OK)
		goto out;
	for (size_t i = 1; i < z->len; i++) {
		if (strcmp(z->members[i - 1].name, z->members[i].name) >= 0) {
			e = err_fail(why, ERR_MALFORMED,
			    "zip: member %.100s is there twice or out of order",
			    z->members[i].name);
			goto out;
		}
	}
	e = reader_open(&z->zip, in, why);
	if (e != ERR_OK)
		goto out;
	*out = z;
	z = NULL;
out:
	zip_reader_close(z);
	return e;
}

void
zip_reader_close(struct zip_reader *z)
{
	if (!z)
		return;
	if (z->zip)
		zip_discard(z->zip);
	free(z->members);
	free(z);
}

size_t
zip_reader_count(const struct zip_reader *z)
{
	return z->len;
}

const char *
zip_reader_name(const struct zip_reader *z, size_t i)
{
	assert(i < z->len);
	return z->members[i].name;
}

size_t
zip_reader_size(const struct zip_reader *z, size_t i)
{
	assert(i < z->len);
	return z->members[i].size;
}

enum err
zip_reader_find(const struct zip_reader *z, const char *name, size_t *out)
{
	size_t low = 0, high = z->len;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(z->members[mid].name, name);
		if (order == 0) {
			*out = mid;
			return ERR_OK;
		}
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return ERR_NOT_FOUND;
}

enum err
zip_reader_get(
    struct zip_reader *z, size_t i, struct buf *out, struct err_why *why)
{
	size_t before = out->len;
	uint8_t more;
	enum err e = ERR_OK;

	assert(i < z->len);
	const struct member *m = &z->members[i];
	uint8_t *to = buf_grow(out, m->size);
	if (!to && m->size > 0)
		return err_fail(why, ERR_LIMIT, "%.100s: too large", m->name);
	zip_file_t *f = zip_fopen_index(z->zip, m->at, 0);
	/* The read after the last byte is the one that checks the sum. */
	if (!f || zip_fread(f, to, m->size) != (zip_int64_t)m->size ||
	    zip_fread(f, &more, 1) != 0) {
		out->len = before;
		e = err_fail(why, ERR_MALFORMED,
		    "%.100s: does not unpack as stated", m->name);
	}
	if (f)
		zip_fclose(f);
	return e;
}

/* ---- writing ---- */

static int
member_order(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	return strcmp(x->name, y->name);
}

struct zip_writer *
zip_writer_new(void)
{
	return mem_alloc(1, sizeof(struct zip_writer));
}

static void
writer_clear(struct zip_writer *w)
{
	for (size_t i = 0; i < w->len; i++)
		free(w->members[i].data);
	free(w->members);
	memset(w, 0, sizeof(*w));
}

void
zip_writer_free(struct zip_writer *w)
{
	if (!w)
		return;
	writer_clear(w);
	free(w);
}

enum err
zip_writer_add(struct zip_writer *w, const char *name, struct bytes data,
    struct err_why *why)
{
	struct member *m;

	if (!name_ok(bytes_str(name)))
		return err_fail(
		    why, ERR_MALFORMED, "%.100s: bad member name", name);
	if (w->len == ZIP_MEMBERS_MAX || data.len > ZIP_MEMBER_MAX ||
	    data.len > ZIP_TOTAL_MAX - w->total)
		return err_fail(why, ERR_LIMIT, "archive too large");
	if (w->len == w->cap) {
		w->cap = w->cap > 0 ? 2 * w->cap : 32;
		w->members = mem_resize(w->members, w->cap, sizeof(*m));
	}
	m = &w->members[w->len++];
	memset(m, 0, sizeof(*m));
	memcpy(m->name, name, strlen(name) + 1);
	m->size = data.len;
	if (data.len > 0) {
		m->data = mem_alloc(data.len, 1);
		memcpy(m->data, data.ptr, data.len);
	}
	w->total += data.len;
	return ERR_OK;
}

/* Hands the member's data over to the archive. */
static enum err
put_member(zip_t *zip, struct member *m, struct err_why *why)
{
	zip_source_t *s = zip_source_buffer(zip, m->data, m->size, 1);
	zip_int64_t at;
	int failed;

	assert(s);
	at = zip_file_add(zip, m->name, s, ZIP_FL_ENC_GUESS);
	m->data = NULL;
	if (at < 0) {
		zip_source_free(s);
		return err_fail(
		    why, ERR_EXISTS, "%.100s: named twice", m->name);
	}
	failed = zip_file_set_dostime(zip, (zip_uint64_t)at, 0, DOS_DATE, 0);
	assert(failed == 0);
	failed = zip_set_file_compression(
	    zip, (zip_uint64_t)at, ZIP_CM_DEFLATE, DEFLATE_LEVEL);
	assert(failed == 0);
	return ERR_OK;
}

/* libzip says by whom and with which attributes: not in our archives. */
static void
plain_directory(uint8_t *in, size_t len)
{
	const uint8_t *end = in + len - END_BYTES;
	size_t at = le32(end + 16);

	for (size_t n = le16(end + 10); n > 0; n--) {
		uint8_t *c = in + at;

		assert(le32(c) == CENTRAL_MAGIC);
		c[MADE_BY_AT] = MADE_BY;
		c[MADE_BY_AT + 1] = 0;
		memset(c + ATTRIBUTES_AT, 0, ATTRIBUTES_BYTES);
		at += CENTRAL_BYTES + le16(c + 28);
	}
}

static enum err
take_bytes(zip_source_t *from, struct buf *out, struct err_why *why)
{
	size_t before = out->len;
	zip_stat_t st;
	uint8_t *to;
	enum err e = ERR_OK;

	if (zip_source_stat(from, &st) != 0 || zip_source_open(from) != 0)
		return err_fail(why, ERR_LIMIT, "zip: nothing was written");
	to = buf_grow(out, st.size);
	if (!to)
		e = err_fail(why, ERR_LIMIT, "archive too large");
	else if (zip_source_read(from, to, st.size) != (zip_int64_t)st.size)
		e = err_fail(why, ERR_LIMIT, "zip: short read");
	if (e == ERR_OK)
		plain_directory(to, st.size);
	else
		out->len = before;
	zip_source_close(from);
	return e;
}

enum err
zip_writer_done(struct zip_writer *w, struct buf *out, struct err_why *why)
{
	zip_error_t error;
	zip_source_t *to;
	zip_t *zip;
	enum err e = ERR_OK;

	zip_error_init(&error);
	to = zip_source_buffer_create(NULL, 0, 0, &error);
	assert(to);
	zip = zip_open_from_source(to, ZIP_TRUNCATE, &error);
	assert(zip);
	/* The archive's own reference ends with it; ours reads the result. */
	zip_source_keep(to);
	zip_error_fini(&error);
	if (w->len > 0)
		qsort(w->members, w->len, sizeof(*w->members), member_order);
	for (size_t i = 0; i < w->len && e == ERR_OK; i++)
		e = put_member(zip, &w->members[i], why);
	if (e == ERR_OK && zip_close(zip) != 0)
		e = err_fail(why, ERR_LIMIT, "zip: %s",
		    zip_error_strerror(zip_get_error(zip)));
	else if (e == ERR_OK)
		zip = NULL;
	if (zip)
		zip_discard(zip);
	if (e == ERR_OK)
		e = take_bytes(to, out, why);
	zip_source_free(to);
	writer_clear(w);
	return e;
}
