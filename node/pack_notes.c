/* pack_notes.c - what people should know of the rule packs in use. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/pack_notes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/domain/packs.h"
#include "node/journal.h"
#include "node/site.h"
#include "proto/mem.h"

#define NOTES_MAX 32 /* what is beyond is in the journal only */

struct pack_notes {
	char *at[NOTES_MAX];
	size_t len;
};

static void
keep(struct pack_notes **to, struct buf *text)
{
	if (*to == NULL)
		*to = mem_alloc(1, sizeof **to);
	if ((*to)->len < NOTES_MAX)
		(*to)->at[(*to)->len++] = mem_strdup(buf_cstr(text));
}

void
pack_notes_add(struct pack_notes **to, const struct err_why *why)
{
	struct buf text;

	journal_error("PACK-REFUSED", "%s", why->text);
	buf_init(&text, 4 * ERR_WHY_BYTES);
	buf_printf(&text, "not used: %s / 未采用：%s", why->text, why->zh);
	keep(to, &text);
	buf_clear(&text);
}

#define UNREAD                                                                \
	"what it activated cannot be read, so no file in DIR/packs is used "  \
	"that "                                                               \
	"the ledger does not name, and work whose pack no later entry names " \
	"is "                                                                 \
	"refused; mend the store (lianfang audit, lianfang repair) or "       \
	"activate "                                                           \
	"the packs again (lianfang pack list, lianfang pack activate NAME)"
#define UNREAD_ZH                                                                           \
	"其启用的内容无法读取：账本中没有记载的 DIR/packs "              \
	"文件一律不采用，此后没有条目指明规则包的作业一律拒绝；" \
	"请修复存储（lianfang audit、lianfang "                                      \
	"repair），或重新启用规则包（lianfang pack list、lianfang pack "        \
	"activate 名称）"

void
pack_notes_unread(struct pack_notes **to, const struct err_why *why)
{
	struct buf text;

	buf_init(&text, 8 * ERR_WHY_BYTES);
	buf_printf(
	    &text, "%s: " UNREAD " / %s：" UNREAD_ZH, why->text, why->zh);
	keep(to, &text);
	buf_clear(&text);
}

void
pack_notes_free(struct pack_notes *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < n->len; i++)
		free(n->at[i]);
	free(n);
}

struct list {
	char **at;
	size_t len;
};

__attribute__((format(printf, 2, 3))) static void
say(struct list *l, const char *format, ...)
{
	char text[2048];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	l->at = mem_resize(l->at, l->len + 1, sizeof *l->at);
	l->at[l->len++] = mem_strdup(text);
}

#define ABSENT                                                                              \
	"%s was activated and its text is not here: what goes by it is "                    \
	"refused; put that text into DIR/packs and restart, or activate "                   \
	"another version / %s 已启用但原文缺失：依据它的事项一律拒绝；" \
	"请将原文放入 DIR/packs 后重启，或启用其他版本"
#define FILE_ALONE                                                                           \
	"%s is in force by its file alone, no entry of the ledger names "                    \
	"it: lianfang pack activate FILE / %s 仅凭文件生效，账本中没有记载：" \
	"lianfang pack activate 文件"
#define THINNER                                                                          \
	"%s is in force and asks for less than %s, the whole of the "                    \
	"standard: lianfang pack activate %s / %s 生效中，其要求少于完整的 " \
	"%s："                                                                          \
	"lianfang pack activate %s"

#define ENTERED                                                                        \
	"%s was entered from its file at a start, nobody activated it: "               \
	"lianfang "                                                                    \
	"pack activate %s / %s 系启动时由文件记入账本，无人启用过：" \
	"lianfang pack activate %s"
#define LOOSER                                                          \
	"%s is in force and looser than the standard at %s, without a " \
	"deviation: it was activated before that was asked for / %s "   \
	"生效中，于 "                                              \
	"%s 处宽于标准且未注明偏差：启用时尚无此要求"
#define WAITS                                                               \
	"%s lies in DIR/packs and is not in force, no entry of the ledger " \
	"names it: "                                                        \
	"lianfang pack activate %s / %s 在 DIR/packs "                     \
	"中但未生效，账本中没有记载："                        \
	"lianfang pack activate %s"

static void
say_absent(struct list *l, const struct packs *p)
{
	const char *name;

	for (size_t i = 0; (name = packs_absent(p, i)) != NULL; i++)
		say(l, ABSENT, name, name);
}

static bool
same_kind(const char *a, const char *b)
{
	size_t n = strcspn(a, "@");

	return n == strcspn(b, "@") && strncmp(a, b, n) == 0;
}

/* Nobody activated it, its date does not bring it into force, and it is no
 * older one that another has replaced. */
static bool
waits(
    const struct packs *p, size_t i, const struct packs_fact *f, int64_t now_us)
{
	struct packs_fact other;

	if (f->built_in || f->active_us != 0 ||
	    (f->effective_us > now_us && packs_in_force(p, i, f->effective_us)))
		return false;
	for (size_t k = 0; packs_at(p, k, &other) != NULL; k++) {
		if (same_kind(f->name, other.name) &&
		    packs_in_force(p, k, now_us) &&
		    other.effective_us >= f->effective_us)
			return false;
	}
	return true;
}

static void
say_in_force(struct list *l, const struct packs *p, bool plant, int64_t now_us)
{
	struct packs_fact fact;

	for (size_t i = 0; packs_at(p, i, &fact) != NULL; i++) {
		const char *whole = NULL;

		if (!packs_in_force(p, i, now_us)) {
			if (waits(p, i, &fact, now_us))
				say(l, WAITS, fact.name, fact.name, fact.name,
				    fact.name);
			continue;
		}
		if (!fact.built_in && fact.active_us == 0)
			say(l, FILE_ALONE, fact.name, fact.name);
		if (fact.by_file)
			say(l, ENTERED, fact.name, fact.name, fact.name,
			    fact.name);
		if (fact.looser[0] != '\0' && !fact.deviates)
			say(l, LOOSER, fact.name, fact.looser, fact.name,
			    fact.looser);
		if (plant)
			whole = packs_whole(p, i);
		if (whole != NULL)
			say(l, THINNER, fact.name, whole, whole, fact.name,
			    whole, whole);
	}
}

void
pack_notes_list(const struct site *s, char ***list, size_t *n)
{
	const struct pack_notes *notes = atomic_load(&s->pack_notes);
	const struct packs *p = s->packs;
	struct list l = {.at = *list, .len = *n};

	for (size_t i = 0; notes != NULL && i < notes->len; i++)
		say(&l, "%s", notes->at[i]);
	say_absent(&l, p);
	say_in_force(&l, p, s->role == SITE_PLANT, site_now(s));
	*list = l.at;
	*n = l.len;
}
