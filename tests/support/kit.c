/* kit.c - a bundle taken apart, altered and put together again. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/kit.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/mem.h"

static void
must_at(bool ok, const char *what, int line)
{
	if (ok)
		return;
	fprintf(stderr, "kit.c:%d: %s\n", line, what);
	abort();
}
#define must(ok, what) must_at(ok, what, __LINE__)

void
kit_open(struct kit *k, struct bytes bundle)
{
	struct zip_reader *z;

	kit_clear(k);
	must(zip_reader_open(&z, bundle, NULL) == ERR_OK, "no archive");
	must(zip_reader_count(z) < KIT_MEMBERS_MAX, "too many members");
	for (size_t i = 0; i < zip_reader_count(z); i++) {
		struct kit_member *m = &k->at[k->len++];

		(void)snprintf(
		    m->name, sizeof(m->name), "%s", zip_reader_name(z, i));
		buf_init(&m->data, 1 << 20);
		must(zip_reader_get(z, i, &m->data, NULL) == ERR_OK, m->name);
	}
	zip_reader_close(z);
}

void
kit_clear(struct kit *k)
{
	for (size_t i = 0; i < k->len; i++)
		buf_clear(&k->at[i].data);
	k->len = 0;
}

void
kit_pack(const struct kit *k, size_t skip, struct buf *out)
{
	struct zip_writer *w = zip_writer_new();

	buf_reset(out);
	for (size_t i = 0; i < k->len; i++) {
		const struct kit_member *m = &k->at[i];

		if (i != skip)
			must(zip_writer_add(w, m->name, buf_view(&m->data),
			         NULL) == ERR_OK,
			    m->name);
	}
	must(zip_writer_done(w, out, NULL) == ERR_OK, "not written");
	zip_writer_free(w);
}

size_t
kit_position(struct kit *k, const char *end_of_name)
{
	size_t m = strlen(end_of_name);

	for (size_t i = 0; i < k->len; i++) {
		size_t n = strlen(k->at[i].name);

		if (n >= m && strcmp(k->at[i].name + n - m, end_of_name) == 0)
			return i;
	}
	must(false, end_of_name);
	return SIZE_MAX;
}

struct kit_member *
kit_find(struct kit *k, const char *end_of_name)
{
	return &k->at[kit_position(k, end_of_name)];
}

void
kit_edit(
    struct kit *k, const char *end_of_name, const char *old, const char *new)
{
	struct buf *b = &kit_find(k, end_of_name)->data;
	char *text = mem_strdup(buf_cstr(b));
	const char *at = strstr(text, old);

	must(at != NULL, old);
	buf_reset(b);
	buf_put(b, text, (size_t)(at - text));
	buf_str(b, new);
	buf_str(b, at + strlen(old));
	free(text);
}
