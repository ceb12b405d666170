/* raw_zip.c - archives that no decent writer would make. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/raw_zip.h"

#include <stdlib.h>

#include "proto/mem.h"

#define LOCAL_BYTES 30
#define DOS_DATE 0x21 /* 1980-01-01 */
#define MADE_BY 20 /* MS-DOS, 2.0 */

static uint32_t
crc32_of(struct bytes in)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < in.len; i++) {
		crc ^= in.ptr[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return ~crc;
}

static void
put16(struct buf *out, size_t v)
{
	buf_u8(out, (uint8_t)v);
	buf_u8(out, (uint8_t)(v >> 8));
}

static void
put32(struct buf *out, size_t v)
{
	put16(out, v);
	put16(out, v >> 16);
}

/* What the local header and the directory record have in common. */
static void
put_common(struct buf *out, const struct kit_member *m, uint32_t crc)
{
	put16(out, 20); /* version needed */
	put16(out, 0); /* flags */
	put16(out, 0); /* stored */
	put16(out, 0); /* midnight */
	put16(out, DOS_DATE);
	put32(out, crc);
	put32(out, m->data.len);
	put32(out, m->data.len);
	put16(out, strlen(m->name));
	put16(out, 0); /* no extra field */
}

void
raw_zip_pack(
    struct buf *out, const struct kit *k, const size_t *order, size_t n)
{
	static uint32_t crc[KIT_MEMBERS_MAX];
	size_t at[KIT_MEMBERS_MAX + 1], directory, i;
	const struct kit_member *m;

	buf_reset(out);
	for (i = 0; i < k->len; i++)
		crc[i] = crc32_of(buf_view(&k->at[i].data));
	for (i = 0; i < n; i++) {
		m = &k->at[order != NULL ? order[i] : i];
		at[i] = out->len;
		buf_put(out, "PK\3\4", 4);
		put_common(out, m, crc[m - k->at]);
		buf_str(out, m->name);
		buf_bytes(out, buf_view(&m->data));
	}
	directory = out->len;
	for (i = 0; i < n; i++) {
		m = &k->at[order != NULL ? order[i] : i];
		buf_put(out, "PK\1\2", 4);
		put16(out, MADE_BY);
		put_common(out, m, crc[m - k->at]);
		put16(out, 0); /* no comment */
		put16(out, 0); /* first disk */
		put16(out, 0); /* internal attributes */
		put32(out, 0); /* external ones */
		put32(out, at[i]);
		buf_str(out, m->name);
	}
	i = out->len - directory;
	buf_put(out, "PK\5\6\0\0\0\0", 8);
	put16(out, n);
	put16(out, n);
	put32(out, i);
	put32(out, directory);
	put16(out, 0); /* no comment */
}

static size_t
le(const uint8_t *p, size_t n)
{
	return n == 0 ? 0 : p[0] | le(p + 1, n - 1) << 8;
}

size_t
raw_zip_packed(struct bytes archive, struct raw_zip_span **spans)
{
	struct raw_zip_span *s = mem_alloc(KIT_MEMBERS_MAX, sizeof(*s));
	size_t at = 0, n = 0;

	while (n < KIT_MEMBERS_MAX && le(archive.ptr + at, 4) == 0x04034b50) {
		s[n].from = at + LOCAL_BYTES + le(archive.ptr + at + 26, 2);
		s[n].to = s[n].from + le(archive.ptr + at + 18, 4);
		at = s[n].to;
		n++;
	}
	*spans = s;
	return n;
}
