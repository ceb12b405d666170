/* cli_claims.c - what a verifier found, gathered for people. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_claims.h"

#include "node/cli_out.h"
#include "node/cli_wrap.h"
#include "proto/json.h"
#include "proto/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUBJECTS_MAX 3 /* named; further ones are counted */
#define STATUS_CELLS 13 /* "UNSUPPORTED  " */

struct cli_claims_line {
	enum verify_status status;
	enum verify_topic topic;
	char *subject[SUBJECTS_MAX];
	size_t subjects;
	char *text;
};

static const char *
topic_name(enum verify_topic t)
{
	return verify_topic_name(
	    t, cli_args_chinese() ? VERIFY_CHINESE : VERIFY_ENGLISH);
}

static void
print_json(const struct verify_claim *c)
{
	const struct {
		const char *name;
		const char *text;
	} texts[] = {
	    {"subject", c->subject},
	    {"subjectZh", c->subject_zh},
	    {"text", c->text},
	    {"textZh", c->text_zh},
	};
	struct buf line;

	buf_init(&line, 65536);
	buf_printf(&line, "{\"status\":\"%s\",\"topic\":\"%s\"",
	    verify_status_name(c->status),
	    verify_topic_name(c->topic, VERIFY_ENGLISH));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		buf_printf(&line, ",\"%s\":", texts[i].name);
		json_quote(&line, bytes_str(texts[i].text));
	}
	buf_str(&line, "}");
	(void)puts(buf_cstr(&line));
	buf_clear(&line);
}

void
cli_claims_add(void *claims, const struct verify_claim *c)
{
	struct cli_claims *all = claims;
	const char *text = CLI_ARGS_SAY(c->text, c->text_zh);
	const char *subject = CLI_ARGS_SAY(c->subject, c->subject_zh);
	struct cli_claims_line *l = NULL;

	if (all->cli->json) {
		print_json(c);
		return;
	}
	/* What went wrong stands alone, each with its place. */
	bool alike = c->status == VERIFY_PASS || c->status == VERIFY_UNTRUSTED;

	for (size_t i = 0; alike && i < all->len; i++) {
		if (all->lines[i].status == c->status &&
		    all->lines[i].topic == c->topic &&
		    strcmp(all->lines[i].text, text) == 0)
			l = &all->lines[i];
	}
	if (l == NULL) {
		/* Grows by doubling: the length is a power of two when full. */
		if ((all->len & (all->len - 1)) == 0)
			all->lines = mem_resize(all->lines,
			    all->len > 0 ? all->len * 2 : 1,
			    sizeof(*all->lines));
		l = &all->lines[all->len++];
		*l = (struct cli_claims_line){.status = c->status,
		    .topic = c->topic,
		    .text = mem_strdup(text)};
	}
	if (l->subjects < SUBJECTS_MAX)
		l->subject[l->subjects] = mem_strdup(subject);
	l->subjects++;
}

static void
print_line(
    const struct cli *cli, const struct cli_claims_line *l, int topic_cells)
{
	const char *name = verify_status_name(l->status);
	char color = l->status == VERIFY_PASS ? 'g'
	    : l->status == VERIFY_FAIL        ? 'r'
	                                      : 'y';
	int at = STATUS_CELLS + topic_cells + 2;
	struct buf text;

	buf_init(&text, 65536);
	for (size_t i = 0; i < l->subjects && i < SUBJECTS_MAX; i++) {
		buf_str(&text, i == 0 ? "" : CLI_ARGS_SAY(", ", "、"));
		cli_wrap_plain(&text, l->subject[i]);
	}
	if (l->subjects > SUBJECTS_MAX)
		buf_printf(&text,
		    CLI_ARGS_SAY(" ... (%zu of them)", " 等 %zu 项"),
		    l->subjects);
	buf_str(&text, CLI_ARGS_SAY(": ", "："));
	cli_wrap_plain(&text, l->text);
	cli_out_word(cli, color, name);
	(void)printf("%*s%s%*s", STATUS_CELLS - (int)strlen(name), "",
	    topic_name(l->topic),
	    topic_cells + 2 - cli_wrap_cells(topic_name(l->topic)), "");
	cli_wrap_line(buf_cstr(&text), at, at);
	buf_clear(&text);
}

void
cli_claims_print(struct cli_claims *claims)
{
	int cells = 0;

	for (size_t i = 0; i < claims->len; i++) {
		int here = cli_wrap_cells(topic_name(claims->lines[i].topic));

		cells = here > cells ? here : cells;
	}
	for (int t = 0; topic_name((enum verify_topic)t)[0] != '\0'; t++) {
		for (size_t i = 0; i < claims->len; i++) {
			if (claims->lines[i].status == VERIFY_PASS &&
			    (int)claims->lines[i].topic == t)
				print_line(
				    claims->cli, &claims->lines[i], cells);
		}
	}
	for (size_t i = 0; i < claims->len; i++) {
		if (claims->lines[i].status != VERIFY_PASS)
			print_line(claims->cli, &claims->lines[i], cells);
	}
	for (size_t i = 0; i < claims->len; i++) {
		struct cli_claims_line *l = &claims->lines[i];

		for (size_t k = 0; k < l->subjects && k < SUBJECTS_MAX; k++)
			free(l->subject[k]);
		free(l->text);
	}
	free(claims->lines);
}
