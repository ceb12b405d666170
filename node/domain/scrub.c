/* scrub.c - what in a text still says who, or where. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/scrub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/scrub_part.h"
#include "proto/mem.h"

#define WORD_MIN 3

static const struct {
	const char *en;
	const char *zh;
} kinds[SCRUB_KINDS] = {
    [0] = {"", ""},
    [SCRUB_IDENTITY] = {"an identity number", "身份证号码"},
    [SCRUB_MOBILE] = {"a mobile number", "手机号码"},
    [SCRUB_LANDLINE] = {"a telephone number", "固定电话号码"},
    [SCRUB_CREDIT_CODE] = {"a uniform credit code", "统一社会信用代码"},
    [SCRUB_NUMBER] = {"a long number", "长串数字"},
    [SCRUB_PLATE] = {"a plate", "车牌号"},
    [SCRUB_MAIL] = {"a mail address", "电子邮箱"},
    [SCRUB_LINK] = {"a link", "网址"},
    [SCRUB_COORDINATES] = {"coordinates", "坐标"},
    [SCRUB_TAG] = {"a tag or permit number", "位号或票号"},
    [SCRUB_MEMBER] = {"a member's name", "成员单位名称"},
    [SCRUB_PERSON] = {"a person's name", "人名"},
    [SCRUB_PLACE] = {"a place of this site", "本站区域名称"},
    [SCRUB_WORD] = {"a word that the policy forbids", "策略禁用词"},
};

const char *
scrub_kind_text(enum scrub_kind k, bool zh)
{
	if (k >= SCRUB_KINDS)
		k = 0;
	return zh ? kinds[k].zh : kinds[k].en;
}

void
scrub_word(struct scrub_known *k, enum scrub_kind kind, const char *word)
{
	if (word == NULL || strlen(word) < WORD_MIN)
		return;
	k->word = mem_resize(k->word, k->len + 1, sizeof *k->word);
	k->word[k->len++] = (struct scrub_word){scrub_fold(word), kind};
}

void
scrub_node(struct scrub_known *k, const char *name)
{
	char *copy = mem_strdup(name);
	char *rest = copy;
	char *label;

	scrub_word(k, SCRUB_MEMBER, name);
	while ((label = strsep(&rest, "./")) != NULL) {
		if (rest != NULL) /* the last label is nobody's name */
			scrub_word(k, SCRUB_MEMBER, label);
	}
	free(copy);
}

void
scrub_company(struct scrub_known *k, const char *name)
{
	static const char *const forms[] = {"有限责任公司", "股份有限公司",
	    "有限公司", "公司", "co., ltd.", "co., ltd", "co. ltd.", "co. ltd",
	    " ltd.", " ltd", " limited", " inc.", " inc", " gmbh", " plc"};
	char *word;
	size_t len;

	scrub_word(k, SCRUB_MEMBER, name);
	if (name == NULL)
		return;
	word = scrub_fold(name);
	len = strlen(word);
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		size_t n = strlen(forms[i]);

		if (len < n || strcmp(word + len - n, forms[i]) != 0)
			continue;
		for (len -= n; len > 0 && strchr(" ,-", word[len - 1]); len--)
			continue;
		word[len] = '\0';
		/* Two characters of Chinese at the least. */
		if (len >= (size_t)2 * WORD_MIN)
			scrub_word(k, SCRUB_MEMBER, word);
		break;
	}
	free(word);
}

void
scrub_clear(struct scrub_known *k)
{
	for (size_t i = 0; i < k->len; i++)
		free(k->word[i].text);
	free(k->word);
	k->word = NULL;
	k->len = 0;
}

void
scrub_found(struct scrub *s, size_t at, enum scrub_kind kind)
{
	uint32_t position = s->line.at[at].position;
	struct scrub_list *l = s->out;
	struct scrub_find *f;

	for (size_t i = l->len < SCRUB_FINDS_MAX ? l->len : SCRUB_FINDS_MAX;
	     i > 0; i--) {
		f = &l->at[i - 1];
		/* A number that is known by its kind is not said again. */
		if (f->position == position &&
		    (f->kind == kind || kind == SCRUB_NUMBER) &&
		    strncmp(f->field, s->field, SCRUB_FIELD_MAX - 1) == 0)
			return;
	}
	l->len++;
	if (l->len > SCRUB_FINDS_MAX)
		return;
	f = &l->at[l->len - 1];
	f->position = position;
	f->kind = kind;
	(void)snprintf(f->field, sizeof f->field, "%s", s->field);
}

void
scrub_text(const char *field, const char *text, const struct scrub_known *known,
    struct scrub_list *out)
{
	struct scrub s = {.field = field, .known = known, .out = out};

	if (text == NULL)
		return;
	scrub_line(&s.line, text);
	scrub_numbers(&s);
	scrub_shapes(&s);
	scrub_names(&s);
	free(s.line.at);
}

/* ---- messages ---- */

static bool
skipped(const char *const *skip, const char *name)
{
	for (; skip != NULL && *skip != NULL; skip++) {
		if (strcmp(*skip, name) == 0)
			return true;
	}
	return false;
}

/* "applies_if" is appliesIf in JSON. */
static void
name_field(char out[static SCRUB_FIELD_MAX], const char *before,
    const ProtobufCFieldDescriptor *f, size_t i)
{
	size_t n = (size_t)snprintf(out, SCRUB_FIELD_MAX, "%s", before);
	bool up = false;

	for (const char *c = f->name; *c != '\0' && n + 1 < SCRUB_FIELD_MAX;
	     c++) {
		if (*c != '_')
			out[n++] = up && *c >= 'a' ? (char)(*c - 32) : *c;
		up = *c == '_';
	}
	out[n < SCRUB_FIELD_MAX ? n : SCRUB_FIELD_MAX - 1] = '\0';
	if (f->label == PROTOBUF_C_LABEL_REPEATED && n < SCRUB_FIELD_MAX)
		(void)snprintf(out + n, SCRUB_FIELD_MAX - n, "[%zu]", i);
}

static void walk(const ProtobufCMessage *m, const char *const *skip,
    const char *before, struct scrub *s);

static void
look(const ProtobufCFieldDescriptor *f, const void *value, const char *name,
    struct scrub *s)
{
	char before[SCRUB_FIELD_MAX + 1];

	if (value == NULL)
		return;
	if (f->type == PROTOBUF_C_TYPE_STRING) {
		scrub_text(name, value, s->known, s->out);
		return;
	}
	(void)snprintf(before, sizeof before, "%s.", name);
	walk(value, NULL, before, s);
}

static void
walk(const ProtobufCMessage *m, const char *const *skip, const char *before,
    struct scrub *s)
{
	const ProtobufCMessageDescriptor *d = m->descriptor;
	char name[SCRUB_FIELD_MAX];

	for (unsigned i = 0; i < d->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &d->fields[i];
		const char *at = (const char *)m + f->offset;
		void *const *list = NULL;
		void *one = NULL;
		size_t n = 1;

		if ((f->type != PROTOBUF_C_TYPE_STRING &&
		        f->type != PROTOBUF_C_TYPE_MESSAGE) ||
		    skipped(skip, f->name))
			continue;
		if (f->label == PROTOBUF_C_LABEL_REPEATED) {
			memcpy(&n, (const char *)m + f->quantifier_offset,
			    sizeof n);
			memcpy(&list, at, sizeof list);
		} else {
			memcpy(&one, at, sizeof one);
		}
		for (size_t k = 0; k < n; k++) {
			name_field(name, before, f, k);
			look(f, list != NULL ? list[k] : one, name, s);
		}
	}
}

void
scrub_message(const ProtobufCMessage *m, const char *const *skip,
    const struct scrub_known *known, struct scrub_list *out)
{
	struct scrub s = {.known = known, .out = out};

	walk(m, skip, "", &s);
}
