/* packed.c - hot work under a pack of a test's own. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/packed.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/pack_store.h"

void
packed_edit(char out[static PACKED_TEXT], const char *version, const char *was,
    const char *now)
{
	FILE *f = fopen("node/packs/hot-work.yaml", "r");
	char line[512];
	size_t n = 0;

	cr_assert_not_null(f);
	while (fgets(line, sizeof line, f) != NULL) {
		char *at = strstr(line, was);

		if (strstr(line, "  version:") != NULL)
			n += (size_t)snprintf(out + n, PACKED_TEXT - n,
			    "  version: \"%s\"\n", version);
		else if (at != NULL)
			n += (size_t)snprintf(out + n, PACKED_TEXT - n,
			    "%.*s%s%s", (int)(at - line), line, now,
			    at + strlen(was));
		else
			n += (size_t)snprintf(
			    out + n, PACKED_TEXT - n, "%s", line);
	}
	(void)fclose(f);
}

void
packed_other(char out[static PACKED_OTHER], const char *file,
    const char *version, const char *from, const char *was, const char *now)
{
	char line[512];
	char path[128];
	size_t n = 0;
	size_t found = 0;
	FILE *f;

	(void)snprintf(path, sizeof path, "node/packs/%s.yaml", file);
	f = fopen(path, "r");
	cr_assert_not_null(f, "%s", path);
	while (fgets(line, sizeof line, f) != NULL) {
		char *at = strstr(line, was);

		found += at != NULL;
		if (strncmp(line, "  version:", 10) == 0)
			n += (size_t)snprintf(out + n, PACKED_OTHER - n,
			    "  version: \"%s\"\n", version);
		else if (strncmp(line, "  effectiveAt:", 14) == 0)
			n += (size_t)snprintf(out + n, PACKED_OTHER - n,
			    "  effectiveAt: \"%s\"\n", from);
		else if (at != NULL)
			n += (size_t)snprintf(out + n, PACKED_OTHER - n,
			    "%.*s%s%s", (int)(at - line), line, now,
			    at + strlen(was));
		else
			n += (size_t)snprintf(
			    out + n, PACKED_OTHER - n, "%s", line);
	}
	(void)fclose(f);
	cr_assert_neq(found, 0, "%s: %s", file, was);
}

void
packed_file(struct plant *p, const char *name, const char *text)
{
	char path[TEMP_PATH_BYTES + 64];

	(void)snprintf(path, sizeof path, "%s/packs", p->dir);
	(void)mkdir(path, 0700);
	(void)snprintf(path, sizeof path, "%s/packs/%s", p->dir, name);
	(void)unlink(path);
	if (text != NULL)
		temp_write(path, text, strlen(text));
}

struct submit_result *
packed_try(struct plant *p, char *name, char *text)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(p, w);
	Api__PackPost post = API__PACK_POST__INIT;

	post.name = name;
	post.text = text;
	pack_store_activate(&to, &post);
	return submit_wait_for(w);
}

void
packed_activate(struct plant *p, char *name, char *text)
{
	struct submit_result *r = packed_try(p, name, text);

	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

void
packed_law(struct plant *p)
{
	static char text[PACKED_OTHER];

	packed_other(text, "retention", "law.1", "2026-01-01T00:00:00Z",
	    "legal: false", "legal: true");
	packed_activate(p, NULL, text);
}
