/* policy.c - which logs and witnesses a reader trusts. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/policy.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/mem.h"
#include "proto/text.h"

#define WORDS_MAX (2 * POLICY_LIST_MAX + 3) /* a group of everybody */

/* ---- building ---- */

struct policy *
policy_new(void)
{
	return mem_alloc(1, sizeof(struct policy));
}

void
policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->logs_len; i++)
		free(p->logs[i].url);
	for (size_t i = 0; i < p->witnesses_len; i++) {
		free(p->witnesses[i].name);
		free(p->witnesses[i].url);
	}
	for (size_t i = 0; i < p->groups_len; i++) {
		free(p->groups[i].name);
		free(p->groups[i].members);
	}
	free(p->logs);
	free(p->witnesses);
	free(p->groups);
	free(p);
}

/* A word may be any bytes that do not end it or start a comment. */
static enum err
word_ok(const char *word, struct err_why *why)
{
	size_t len = strnlen(word, POLICY_WORD_MAX + 1);

	if (len > POLICY_WORD_MAX)
		return err_fail(
		    why, ERR_LIMIT, "more than %d bytes", POLICY_WORD_MAX);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)word[i];

		if (c <= ' ' || c == 0x7f)
			return err_fail(why, ERR_MALFORMED,
			    "white space or control characters");
	}
	if (len == 0)
		return err_fail(why, ERR_MALFORMED, "empty");
	return ERR_OK;
}

static enum err
words_ok(const char *name, const char *url, struct err_why *why)
{
	enum err e;

	e = word_ok(name, why);
	if (e != ERR_OK)
		return err_wrap(why, e, "name");
	e = url == NULL ? ERR_OK : word_ok(url, why);
	return e == ERR_OK ? e : err_wrap(why, e, "URL");
}

/* *list with room for one more at `len`; NULL when the list is full. */
static void *
grow(void *list, size_t len, size_t size)
{
	/* Powers of two only, so that the capacity need not be kept. */
	if (len == 0)
		return mem_resize(list, 4, size);
	if (len >= 4 && (len & (len - 1)) == 0)
		return mem_resize(list, 2 * len, size);
	return list;
}

static char *
dup_url(const char *url)
{
	return url == NULL ? NULL : mem_strdup(url);
}

static bool
same_key(const struct note_vkey *a, const struct note_vkey *b)
{
	return memcmp(a->pub, b->pub, CRYPTO_PUB_BYTES) == 0;
}

static enum err
full(size_t len, struct err_why *why)
{
	if (len >= POLICY_LIST_MAX)
		return err_fail(why, ERR_LIMIT,
		    "more than %d logs, witnesses or groups", POLICY_LIST_MAX);
	return ERR_OK;
}

enum err
policy_add_log(struct policy *p, const struct note_vkey *key, const char *url,
    struct err_why *why)
{
	enum err e;

	e = full(p->logs_len, why);
	if (e != ERR_OK)
		return e;
	e = words_ok(key->name, url, why);
	if (e != ERR_OK)
		return e;
	if (key->type != NOTE_TYPE_ED25519)
		return err_fail(why, ERR_MALFORMED,
		    "the key of log '%s' has type 0x%02x, not 0x01", key->name,
		    key->type);
	for (size_t i = 0; i < p->logs_len; i++) {
		if (same_key(&p->logs[i].key, key))
			return err_fail(why, ERR_EXISTS,
			    "the public key of log '%s' is that of '%s'",
			    key->name, p->logs[i].key.name);
	}
	p->logs = grow(p->logs, p->logs_len, sizeof(p->logs[0]));
	p->logs[p->logs_len++] = (struct policy_log){*key, dup_url(url)};
	return ERR_OK;
}

/* Witnesses and groups share one name space. */
static bool
find(const struct policy *p, const char *name, struct policy_member *out)
{
	for (size_t i = 0; i < p->witnesses_len; i++) {
		if (strcmp(p->witnesses[i].name, name) == 0) {
			*out = (struct policy_member){false, i};
			return true;
		}
	}
	for (size_t i = 0; i < p->groups_len; i++) {
		if (strcmp(p->groups[i].name, name) == 0) {
			*out = (struct policy_member){true, i};
			return true;
		}
	}
	return false;
}

static enum err
name_free(const struct policy *p, const char *name, struct err_why *why)
{
	struct policy_member m;

	if (strcmp(name, "none") == 0)
		return err_fail(
		    why, ERR_MALFORMED, "the name 'none' is reserved");
	if (find(p, name, &m))
		return err_fail(
		    why, ERR_EXISTS, "the name '%.100s' is taken", name);
	return ERR_OK;
}

enum err
policy_add_witness(struct policy *p, const char *name,
    const struct note_vkey *key, const char *url, struct err_why *why)
{
	enum err e;

	e = full(p->witnesses_len, why);
	if (e != ERR_OK)
		return e;
	e = words_ok(name, url, why);
	if (e != ERR_OK)
		return e;
	e = words_ok(key->name, NULL, why);
	if (e != ERR_OK)
		return e;
	e = name_free(p, name, why);
	if (e != ERR_OK)
		return e;
	if (key->type != NOTE_TYPE_COSIG)
		return err_fail(why, ERR_MALFORMED,
		    "the key of witness '%.100s' has type 0x%02x, not 0x04",
		    name, key->type);
	for (size_t i = 0; i < p->witnesses_len; i++) {
		if (same_key(&p->witnesses[i].key, key))
			return err_fail(why, ERR_EXISTS,
			    "the public key of witness '%.80s' is that of "
			    "'%.80s'",
			    name, p->witnesses[i].name);
	}
	p->witnesses =
	    grow(p->witnesses, p->witnesses_len, sizeof(p->witnesses[0]));
	p->witnesses[p->witnesses_len++] =
	    (struct policy_witness){mem_strdup(name), *key, dup_url(url)};
	return ERR_OK;
}

static bool
same_member(struct policy_member a, struct policy_member b)
{
	return a.group == b.group && a.at == b.at;
}

static bool
among(const struct policy_member *list, size_t len, struct policy_member m)
{
	for (size_t i = 0; i < len; i++) {
		if (same_member(list[i], m))
			return true;
	}
	return false;
}

static bool
member_used(const struct policy *p, struct policy_member m)
{
	for (size_t i = 0; i < p->groups_len; i++) {
		if (among(p->groups[i].members, p->groups[i].members_len, m))
			return true;
	}
	return false;
}

static enum err
find_members(struct policy_member *out, const struct policy *p,
    const char *const *names, size_t n, struct err_why *why)
{
	for (size_t i = 0; i < n; i++) {
		if (!find(p, names[i], &out[i]))
			return err_fail(why, ERR_NOT_FOUND,
			    "member '%.100s' is not defined", names[i]);
		if (member_used(p, out[i]) || among(out, i, out[i]))
			return err_fail(why, ERR_EXISTS,
			    "'%.100s' is a member already", names[i]);
	}
	return ERR_OK;
}

enum err
policy_add_group(struct policy *p, const char *name, size_t need,
    const char *const *members, size_t n, struct err_why *why)
{
	struct policy_member *list;
	enum err e;

	e = full(p->groups_len, why);
	if (e != ERR_OK)
		return e;
	e = words_ok(name, NULL, why);
	if (e != ERR_OK)
		return e;
	e = name_free(p, name, why);
	if (e != ERR_OK)
		return e;
	if (need < 1 || need > n || n > WORDS_MAX)
		return err_fail(why, ERR_MALFORMED,
		    "a group of %zu cannot need %zu of them", n, need);
	list = mem_alloc(n, sizeof(list[0]));
	e = find_members(list, p, members, n, why);
	if (e != ERR_OK)
		goto out;
	p->groups = grow(p->groups, p->groups_len, sizeof(p->groups[0]));
	p->groups[p->groups_len++] =
	    (struct policy_group){mem_strdup(name), need, list, n};
	list = NULL;
out:
	free(list);
	return e;
}

enum err
policy_set_quorum(struct policy *p, const char *name, struct err_why *why)
{
	if (p->quorum_set)
		return err_fail(why, ERR_EXISTS, "a second quorum");
	if (strcmp(name, "none") == 0)
		p->quorum_none = true;
	else if (!find(p, name, &p->quorum))
		return err_fail(
		    why, ERR_NOT_FOUND, "quorum '%.100s' is not defined", name);
	p->quorum_set = true;
	return ERR_OK;
}

static enum err
set_max_age(struct policy *p, uint64_t seconds, struct err_why *why)
{
	if (p->max_age_s != 0)
		return err_fail(why, ERR_EXISTS, "a second max-age");
	if (seconds == 0 || seconds > POLICY_AGE_MAX_S)
		return err_fail(why, ERR_MALFORMED,
		    "max-age: expected 1 to %d seconds", POLICY_AGE_MAX_S);
	p->max_age_s = seconds;
	return ERR_OK;
}

/* ---- the file ---- */

#define OURS_WORD "#lianfang"
#define OURS OURS_WORD " " /* a comment to others */

static void
put_url(struct buf *out, const char *url)
{
	if (url != NULL)
		buf_printf(out, " %s", url);
	buf_str(out, "\n");
}

static const char *
member_name(const struct policy *p, struct policy_member m)
{
	return m.group ? p->groups[m.at].name : p->witnesses[m.at].name;
}

static void
put_group(struct buf *out, const struct policy *p, const struct policy_group *g)
{
	if (g->need == g->members_len)
		buf_printf(out, "group %s all", g->name);
	else
		buf_printf(out, "group %s %zu", g->name, g->need);
	for (size_t i = 0; i < g->members_len; i++)
		buf_printf(out, " %s", member_name(p, g->members[i]));
	buf_str(out, "\n");
}

void
policy_put(struct buf *out, const struct policy *p)
{
	for (size_t i = 0; i < p->logs_len; i++) {
		buf_str(out, "log ");
		note_vkey_put(out, &p->logs[i].key);
		put_url(out, p->logs[i].url);
	}
	for (size_t i = 0; i < p->witnesses_len; i++) {
		buf_printf(out, "witness %s ", p->witnesses[i].name);
		note_vkey_put(out, &p->witnesses[i].key);
		put_url(out, p->witnesses[i].url);
	}
	for (size_t i = 0; i < p->groups_len; i++)
		put_group(out, p, &p->groups[i]);
	if (p->quorum_set)
		buf_printf(out, "quorum %s\n",
		    p->quorum_none ? "none" : member_name(p, p->quorum));
	if (p->max_age_s != 0)
		buf_printf(out, OURS "max-age %" PRIu64 "\n", p->max_age_s);
}

/* The words of one line, NUL-terminated in a copy of the text. */
struct words {
	char *at[WORDS_MAX];
	size_t len;
};

/* False: more words than a line can have. */
static bool
cut_words(struct words *out, char *line)
{
	char *state = NULL;

	out->len = 0;
	for (char *w = strtok_r(line, " \t", &state); w != NULL;
	     w = strtok_r(NULL, " \t", &state)) {
		if (out->len == WORDS_MAX)
			return false;
		out->at[out->len++] = w;
	}
	return true;
}

static enum err
get_need(size_t *out, const char *word, size_t n, struct err_why *why)
{
	uint64_t k;
	enum err e;

	if (strcmp(word, "all") == 0) {
		*out = n;
		return ERR_OK;
	}
	if (strcmp(word, "any") == 0) {
		*out = 1;
		return ERR_OK;
	}
	e = text_u64_get(&k, bytes_str(word), WORDS_MAX, why);
	if (e != ERR_OK)
		return err_wrap(why, e, "group size");
	*out = (size_t)k;
	return ERR_OK;
}

static enum err
add_line(struct policy *p, const struct words *w, struct err_why *why)
{
	const char *verb = w->at[0];
	struct note_vkey key;
	size_t need = 0;
	enum err e;

	if (strcmp(verb, "log") == 0 && (w->len == 2 || w->len == 3)) {
		e = note_vkey_get(&key, bytes_str(w->at[1]), why);
		if (e != ERR_OK)
			return e;
		return policy_add_log(
		    p, &key, w->len == 3 ? w->at[2] : NULL, why);
	}
	if (strcmp(verb, "witness") == 0 && (w->len == 3 || w->len == 4)) {
		e = note_vkey_get(&key, bytes_str(w->at[2]), why);
		if (e != ERR_OK)
			return e;
		return policy_add_witness(
		    p, w->at[1], &key, w->len == 4 ? w->at[3] : NULL, why);
	}
	if (strcmp(verb, "group") == 0 && w->len >= 4) {
		e = get_need(&need, w->at[2], w->len - 3, why);
		if (e != ERR_OK)
			return e;
		return policy_add_group(p, w->at[1], need,
		    (const char *const *)&w->at[3], w->len - 3, why);
	}
	if (strcmp(verb, "quorum") == 0 && w->len == 2)
		return policy_set_quorum(p, w->at[1], why);
	return err_fail(why, ERR_MALFORMED,
	    "'%.40s' is no policy line with %zu words", verb, w->len);
}

/* What stands in a comment for us alone; nothing of it goes unheard. */
static enum err
get_ours(struct policy *p, struct bytes text, struct err_why *why)
{
	uint64_t seconds;
	enum err e;

	if (!text_skip(&text, "max-age "))
		return err_fail(why, ERR_UNSUPPORTED,
		    "'#lianfang': only max-age is known here");
	e = text_u64_get(&seconds, text, UINT64_MAX, why);
	if (e != ERR_OK)
		return err_wrap(why, ERR_MALFORMED, "max-age");
	return set_max_age(p, seconds, why);
}

/* Copies one line out and adds it; `words` is scratch space. */
static enum err
get_line(struct policy *p, struct bytes line, struct words *words,
    struct err_why *why)
{
	enum err e = ERR_OK;
	struct bytes rest;
	char *copy;

	for (size_t i = 0; i < line.len; i++) {
		uint8_t c = line.ptr[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return err_fail(why, ERR_MALFORMED,
			    "byte 0x%02x is not allowed", c);
	}
	while (text_skip(&line, " ") || text_skip(&line, "\t"))
		;
	if (text_skip(&line, OURS))
		return get_ours(p, line, why);
	rest = line;
	/* Meant for us and written otherwise: refused. */
	if (text_skip(&rest, OURS_WORD) &&
	    (rest.len == 0 || rest.ptr[0] == '\t'))
		return get_ours(p, rest, why);
	if (line.len == 0 || line.ptr[0] == '#')
		return ERR_OK;
	copy = mem_alloc(line.len + 1, 1);
	memcpy(copy, line.ptr, line.len);
	if (!cut_words(words, copy))
		e = err_fail(why, ERR_LIMIT, "more than %d words", WORDS_MAX);
	else
		e = add_line(p, words, why);
	free(copy);
	return e;
}

enum err
policy_get(struct policy **out, struct bytes text, struct err_why *why)
{
	struct policy *p = policy_new();
	struct words *words = mem_alloc(1, sizeof(*words));
	struct bytes rest = text;
	struct bytes line;
	enum err e = ERR_OK;

	if (text.len > POLICY_TEXT_MAX) {
		e = err_fail(why, ERR_LIMIT,
		    "a policy of %zu bytes; at most %d", text.len,
		    POLICY_TEXT_MAX);
		goto out;
	}
	for (unsigned n = 1; text_line(&rest, &line); n++) {
		e = get_line(p, line, words, why);
		if (e != ERR_OK) {
			(void)err_wrap(why, e, "line %u", n);
			/* What a builder calls otherwise, a file spells wrong.
			 */
			if (e == ERR_EXISTS || e == ERR_NOT_FOUND)
				e = ERR_MALFORMED;
			goto out;
		}
	}
	if (rest.len != 0) {
		e = err_fail(why, ERR_MALFORMED, "the last line has no end");
		goto out;
	}
	if (!p->quorum_set) {
		e = err_fail(why, ERR_MALFORMED, "a policy without quorum");
		goto out;
	}
	*out = p;
	p = NULL;
out:
	free(words);
	policy_free(p);
	return e;
}
