/* openapi_param_test.c - what the document says of parameters is so. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/openapi_param.h"

#include "tests/support/live.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The operation's path, with something good in each place. */
static void
fill(char out[static 256], const char *path)
{
	static const char *const good[][2] = {{"id",
	                                          "0198c1e2-7d3a-7000-8000-"
	                                          "000000000000"},
	    {"log", "evidence"}, {"index", "0"}, {"generation", "1"},
	    {"rest", "0/000.p/1"}, {"figure", "rate"}};
	size_t n = 0;

	while (*path != '\0' && n < 200) {
		if (*path != '{') {
			out[n++] = *path++;
			continue;
		}
		for (size_t i = 0; i < sizeof good / sizeof *good; i++)
			if (strncmp(path + 1, good[i][0], strlen(good[i][0])) ==
			    0)
				n += (size_t)snprintf(
				    out + n, 256 - n, "%s", good[i][1]);
		path += strcspn(path, "}") + 1;
	}
	out[n] = '\0';
}

static unsigned
ask(struct live *l, const struct ops_entry *op, const char *name,
    const char *value)
{
	const char *need =
	    strcmp(op->name, "decision.ask") == 0 && strcmp(name, "work") != 0
	    ? "&work=hot-work"
	    : strcmp(op->name, "at.get") == 0 && strcmp(name, "area") != 0
	    ? "&area=boiler"
	    : strcmp(op->name, "source.quality") == 0 &&
	        strcmp(name, "source") != 0
	    ? "&source=gds-01"
	    : (strcmp(op->name, "indicator.get") == 0 ||
	          strcmp(op->name, "indicator.rollup") == 0) &&
	        strcmp(name, "period") != 0
	    ? "&period=1971-01"
	    : "";
	char path[256], target[512];
	struct ops_call call;
	unsigned status;

	fill(path, op->path);
	(void)snprintf(
	    target, sizeof target, "%s?%s=%s%s", path, name, value, need);
	live_call(l, LIVE_LOCAL, op->method, target, NULL, &call);
	status = call.status;
	ops_call_clear(&call);
	return status;
}

static uint64_t
number_after(const char *schema, const char *key)
{
	const char *at = strstr(schema, key);

	return at != NULL ? strtoull(at + strlen(key), NULL, 10) : 0;
}

static void
check_words(struct live *l, const struct ops_entry *op, const char *name,
    const char *list)
{
	cr_expect_eq(
	    ask(l, op, name, "no-such-word"), 400u, "%s %s", op->name, name);
	for (const char *p = list; *p == '"' || *p == ',';) {
		char word[48];
		int n = (int)strcspn(p + 1, "\"");

		if (*p == ',') {
			p++;
			continue;
		}
		(void)snprintf(word, sizeof word, "%.*s", n, p + 1);
		cr_expect_neq(ask(l, op, name, word), 400u, "%s %s=%s",
		    op->name, name, word);
		p += n + 2;
	}
}

static void
check(struct live *l, const struct ops_entry *op, struct bytes name)
{
	struct buf text;
	char value[32];
	char plain[32];
	const char *s, *list;

	buf_init(&text, 65536);
	(void)snprintf(
	    plain, sizeof plain, "%.*s", (int)name.len, (const char *)name.ptr);
	cr_assert(openapi_param_put(&text, op, name, "query"),
	    "%s: nothing is known of %s", op->name, plain);
	s = buf_cstr(&text);
	if (strstr(s, "\"integer\"") != NULL) {
		uint64_t most = number_after(s, "\"maximum\":");

		(void)snprintf(value, sizeof value, "%" PRIu64 "%s", most,
		    most == UINT64_MAX ? "0" : "");
		if (most != UINT64_MAX)
			cr_expect_neq(ask(l, op, plain, value), 400u, "%s %s",
			    op->name, plain);
		(void)snprintf(value, sizeof value, "%" PRIu64 "%s",
		    most == UINT64_MAX ? most : most + 1,
		    most == UINT64_MAX ? "0" : "");
		cr_expect_eq(ask(l, op, plain, value), 400u, "%s %s=%s",
		    op->name, plain, value);
		if (number_after(s, "\"minimum\":") == 1)
			cr_expect_geq(ask(l, op, plain, "0"), 400u, "%s %s=0",
			    op->name, plain);
	}
	if (strstr(s, "date-time") != NULL)
		cr_expect_eq(ask(l, op, plain, "yesterday"), 400u, "%s %s",
		    op->name, plain);
	list = strstr(s, "\"enum\":[");
	if (list != NULL)
		check_words(l, op, plain, list + 8);
	buf_clear(&text);
}

Test(openapi_param_put, says_what_the_node_takes_and_what_it_refuses)
{
	struct live l;
	size_t n;
	const struct ops_entry *t = ops_table(&n);

	live_open(&l, NULL);
	for (size_t i = 0; i < n; i++) {
		for (const char *p = t[i].params; p != NULL && *p != '\0';) {
			size_t w = strcspn(p, " ");

			check(&l, &t[i], bytes_of(p, w));
			p += w + strspn(p + w, " ");
		}
	}
	live_close(&l);
}

Test(openapi_param_put, knows_every_place_of_a_path)
{
	struct buf text;
	size_t n;
	const struct ops_entry *t = ops_table(&n);

	buf_init(&text, 65536);
	for (size_t i = 0; i < n; i++)
		for (const char *p = t[i].path; (p = strchr(p, '{')) != NULL;) {
			p++;
			cr_expect(openapi_param_put(&text, &t[i],
			              bytes_of(p, strcspn(p, "*}")), "path"),
			    "%s: %s", t[i].name, p);
		}
	cr_expect_not_null(strstr(buf_cstr(&text), "\"required\":true"));
	buf_clear(&text);
}
