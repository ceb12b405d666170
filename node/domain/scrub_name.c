/* scrub_name.c - names of members, places and persons in a text. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/scrub_part.h"

#include <stdlib.h>
#include <string.h>

#include "proto/mem.h"

#define CLOSE_UP 6 /* letters from which a word is found spaced out, too */
#define NAME_CHARS 48
#define NAME_HAN 16 /* with what stands between them */
#define FULL_STOP 0x3002 /* read as a dot, but in no name */

static uint32_t
low_at(const struct scrub *s, size_t i)
{
	return i < s->line.len ? scrub_lower(s->line.at[i].c) : 0;
}

static bool
part_of_word(uint32_t c)
{
	return scrub_alnum(c) || c == '_';
}

static bool
counts(uint32_t c)
{
	return part_of_word(c) || scrub_han(c);
}

/* Is the word at i, also with something between its characters? */
static bool
spelt_at(const struct scrub *s, size_t i, const struct scrub_line *w, bool open)
{
	size_t gap = 0;

	for (size_t k = 0; k < w->len;) {
		uint32_t want = w->at[k].c, c = low_at(s, i);

		if (c == 0)
			return false;
		if (c == want) {
			k++;
			i++;
			gap = 0;
		} else if (open && k > 0 && !counts(want)) {
			k++;
		} else if (open && k > 0 && !counts(c) && gap < 2) {
			i++;
			gap++;
		} else {
			return false;
		}
	}
	/* A word of letters ends where they do; its plural is it, too. */
	if (!part_of_word(w->at[w->len - 1].c) || !part_of_word(low_at(s, i)))
		return true;
	return low_at(s, i) == 's' && !part_of_word(low_at(s, i + 1));
}

static void
words(struct scrub *s)
{
	for (size_t n = 0; n < s->known->len; n++) {
		const struct scrub_word *word = &s->known->word[n];
		struct scrub_line w;
		size_t letters = 0;

		scrub_line(&w, word->text);
		for (size_t k = 0; k < w.len; k++)
			letters += scrub_han(w.at[k].c) ? CLOSE_UP / 2 : 1;
		for (size_t i = 0; w.len > 0 && i < s->line.len; i++) {
			if (i > 0 && part_of_word(w.at[0].c) &&
			    part_of_word(low_at(s, i - 1)))
				continue;
			if (low_at(s, i) == w.at[0].c &&
			    spelt_at(s, i, &w, letters >= CLOSE_UP))
				scrub_found(s, i, word->kind);
		}
		free(w.at);
	}
}

/* ---- persons ---- */

/* How a name that the node knows may have been spelt there. */
enum spelling {
	AS_READ, /* all look-alikes as one */
	AS_WRITTEN, /* José */
	CLOSED_UP, /* 李 雷 */
	DOTTED, /* 阿里·木沙, whatever the dot */
	CAPITALS, /* LI LEI */
	SPELLINGS,
};

static size_t
spell(char *out, const struct scrub_char *at, bool first, enum spelling how)
{
	uint32_t c = how == AS_WRITTEN ? at->written : at->c;

	if (how == CLOSED_UP && !scrub_han(c))
		return 0;
	if (how == DOTTED && c == '.')
		c = 0xb7;
	if (how == CAPITALS && !first)
		c = scrub_lower(c);
	else if (how == CAPITALS && c >= 'a' && c <= 'z')
		c -= 32;
	return scrub_put(out, c);
}

static bool
known_person(const struct scrub *s, size_t from, size_t n)
{
	char read[NAME_CHARS * 4 + 1] = "", name[NAME_CHARS * 4 + 1];

	for (enum spelling how = 0; how < SPELLINGS && n <= NAME_CHARS; how++) {
		size_t len = 0;

		for (size_t i = from; i < from + n; i++)
			len += spell(name + len, &s->line.at[i],
			    i == from ||
			        !part_of_word(scrub_lower(s->line.at[i - 1].c)),
			    how);
		name[len] = '\0';
		if (len == 0 || strcmp(name, read) == 0)
			continue;
		if (s->known->person(s->known->arg, name))
			return true;
		if (how == AS_READ)
			memcpy(read, name, len + 1);
	}
	return false;
}

static bool
within_name(uint32_t c)
{
	return c == ' ' || c == '.' || c == '-' || c == '_' || c == '*';
}

/* Two to four characters of Chinese, wherever they begin and however spaced;
 * more where a dot parts them. */
static bool
chinese_name(const struct scrub *s, size_t i)
{
	size_t han = 0, gap = 0;
	bool dot = false;

	for (size_t k = i; k < s->line.len && k - i < NAME_HAN; k++) {
		uint32_t c = s->line.at[k].c;

		if (!scrub_han(c)) {
			if (k == i || !within_name(c) || ++gap > 2 ||
			    (c == '.' && dot) ||
			    s->line.at[k].written == FULL_STOP)
				return false;
			dot |= c == '.';
			continue;
		}
		gap = 0;
		han++;
		if (han > 1 && (han <= 4 || dot) &&
		    known_person(s, i, k + 1 - i))
			return true;
	}
	return false;
}

static bool
capital(uint32_t c)
{
	return c >= 'A' && c <= 'Z';
}

/* One to three words; a single one with a capital. */
static bool
latin_name(const struct scrub *s, size_t i)
{
	const bool high = capital(s->line.at[i].c);
	size_t end = i;

	if (!scrub_letter(s->line.at[i].c) ||
	    (i > 0 && part_of_word(low_at(s, i - 1))))
		return false;
	for (size_t n = 0; n < 3; n++) {
		size_t from = end;

		while (part_of_word(low_at(s, end)) ||
		    (low_at(s, end) == '-' && end > from))
			end++;
		if (end - i >= 3 && (high || n > 0) &&
		    known_person(s, i, end - i))
			return true;
		if (low_at(s, end) != ' ')
			return false;
		end++;
	}
	return false;
}

/* "Mr. Li", "Eng. Cristóbal". */
static bool
titled(const struct scrub *s, size_t i)
{
	static const char *const titles[] = {
	    "Mr", "Mrs", "Ms", "Miss", "Dr", "Sr", "Sra", "Eng", "Ing"};
	size_t at;

	if (i > 0 && part_of_word(low_at(s, i - 1)))
		return false;
	for (size_t n = 0; n < sizeof titles / sizeof titles[0]; n++) {
		const char *t = titles[n];

		for (at = i; *t != '\0' && at < s->line.len &&
		     s->line.at[at].c == (uint8_t)*t;
		     t++)
			at++;
		if (*t != '\0')
			continue;
		at += low_at(s, at) == '.';
		at += low_at(s, at) == ' ';
		if (at > i + strlen(titles[n]) && at < s->line.len &&
		    capital(s->line.at[at].c))
			return true;
	}
	return false;
}

/* A surname before 某 or a title. */
static bool
surname(const struct scrub *s, size_t i)
{
	static const char names[] =
	    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁"
	    "邓"
	    "许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹"
	    "熊"
	    "金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文";
	static const char *const after[] = {
	    "某", "师傅", "经理", "主任", "队长", "班长", "厂长", "书记"};
	char rest[4 * 3 + 1] = "";
	size_t len = 0;

	len = scrub_put(rest, s->line.at[i].c);
	rest[len] = '\0';
	if (!scrub_han(s->line.at[i].c) || strstr(names, rest) == NULL ||
	    (i > 0 && scrub_han(low_at(s, i - 1)) &&
	        low_at(s, i + 1) != 0x67d0))
		return false;
	len = 0;
	for (size_t k = i + 1; k < i + 3 && k < s->line.len; k++)
		len += scrub_put(rest + len, s->line.at[k].c);
	rest[len] = '\0';
	for (size_t k = 0; k < sizeof after / sizeof after[0]; k++) {
		if (strncmp(rest, after[k], strlen(after[k])) == 0)
			return true;
	}
	return false;
}

void
scrub_names(struct scrub *s)
{
	words(s);
	for (size_t i = 0; i < s->line.len; i++) {
		if (titled(s, i) || surname(s, i))
			scrub_found(s, i, SCRUB_PERSON);
	}
	if (s->known->person == NULL)
		return;
	for (size_t i = 0; i < s->line.len; i++) {
		if (chinese_name(s, i) || latin_name(s, i))
			scrub_found(s, i, SCRUB_PERSON);
	}
}
