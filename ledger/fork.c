/* fork.c - two signed notes of one log that exclude each other, as a file. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/fork.h"

#include <stdio.h>

#include "ledger/succession.h"
#include "proto/digest.h"
#include "proto/text.h"

/* ---- the file ---- */

static void
put_key(struct buf *out, const char *what, const struct note_vkey *key)
{
	buf_printf(out, "%s ", what);
	note_vkey_put(out, key);
	buf_u8(out, '\n');
}

static void
put_hash(struct buf *out, const struct hash *h)
{
	text_b64_put(out, bytes_hash(h));
	buf_u8(out, '\n');
}

void
fork_put(struct buf *out, const struct fork *f)
{
	buf_str(out, FORK_HEAD);
	if (f->has_log)
		put_key(out, "log", &f->log);
	if (f->has_identity)
		put_key(out, "identity", &f->identity);
	if (f->bound) {
		buf_str(out, "prefix ");
		put_hash(out, &f->root);
		for (size_t i = 0; i < f->proof.len; i++)
			put_hash(out, &f->proof.path[i]);
	}
	buf_printf(out, "first %zu\n", f->first.len);
	buf_bytes(out, f->first);
	buf_printf(out, "second %zu\n", f->second.len);
	buf_bytes(out, f->second);
}

static enum err
get_hash(struct hash *out, struct bytes text, struct err_why *why)
{
	return text_b64_fixed(out->b, HASH_BYTES, text, why);
}

/* The note whose length `line` says, off the front of `rest`. */
static enum err
get_note(struct bytes *out, struct bytes *rest, struct bytes line,
    const char *word, struct err_why *why)
{
	uint64_t len;
	enum err e;

	if (!text_skip(&line, word))
		return err_fail(
		    why, ERR_MALFORMED, "fork evidence: expected '%s'", word);
	e = text_u64_get(&len, line, FORK_NOTE_MAX, why);
	if (e != ERR_OK)
		return err_wrap(why, e, "fork evidence");
	if (len > rest->len)
		return err_fail(
		    why, ERR_MALFORMED, "fork evidence: a note is cut off");
	*out = bytes_of(rest->ptr, (size_t)len);
	*rest = bytes_of(rest->ptr + len, rest->len - (size_t)len);
	return ERR_OK;
}

/* Hashes up to the line that is none, which is left in `line`. */
static enum err
get_proof(
    struct fork *f, struct bytes *rest, struct bytes *line, struct err_why *why)
{
	struct bytes text = *line;
	enum err e = ERR_OK;

	if (!text_skip(&text, "prefix "))
		return ERR_OK;
	f->bound = true;
	e = get_hash(&f->root, text, why);
	while (e == ERR_OK && text_line(rest, line) &&
	    memchr(line->ptr, ' ', line->len) == NULL) {
		if (f->proof.len == TREE_PROOF_MAX)
			return err_fail(why, ERR_LIMIT,
			    "fork evidence: more than %d hashes",
			    TREE_PROOF_MAX);
		e = get_hash(&f->proof.path[f->proof.len++], *line, why);
	}
	return e == ERR_OK ? e : err_wrap(why, e, "fork evidence");
}

static enum err
get_key(struct note_vkey *key, bool *has, const char *word, struct bytes *rest,
    struct bytes *line, struct err_why *why)
{
	struct bytes text = *line;
	enum err e;

	if (!text_skip(&text, word))
		return ERR_OK;
	e = note_vkey_get(key, text, why);
	if (e != ERR_OK)
		return err_wrap(why, e, "fork evidence");
	*has = true;
	(void)text_line(rest, line);
	return ERR_OK;
}

enum err
fork_get(struct fork *out, struct bytes file, struct err_why *why)
{
	struct bytes rest = file, line = {NULL, 0};
	struct fork f = {.bound = false};
	enum err e;

	if (file.len > FORK_BYTES_MAX)
		return err_fail(why, ERR_LIMIT,
		    "fork evidence: more than %d bytes", FORK_BYTES_MAX);
	if (!text_skip(&rest, FORK_HEAD) || !text_line(&rest, &line))
		return err_fail(why, ERR_MALFORMED, "no fork evidence");
	e = get_key(&f.log, &f.has_log, "log ", &rest, &line, why);
	if (e == ERR_OK)
		e = get_key(&f.identity, &f.has_identity, "identity ", &rest,
		    &line, why);
	if (e == ERR_OK)
		e = get_proof(&f, &rest, &line, why);
	if (e == ERR_OK)
		e = get_note(&f.first, &rest, line, "first ", why);
	if (e == ERR_OK && !text_line(&rest, &line))
		e = err_fail(
		    why, ERR_MALFORMED, "fork evidence: a note is cut off");
	if (e == ERR_OK)
		e = get_note(&f.second, &rest, line, "second ", why);
	if (e == ERR_OK && rest.len > 0)
		e = err_fail(why, ERR_MALFORMED,
		    "fork evidence: something follows its end");
	if (e == ERR_OK)
		*out = f;
	return e;
}

/* The log that a succession closes; false: it is none. */
static bool
closed_origin(char out[static NOTE_NAME_MAX + 1], const struct fork *f)
{
	struct succession s;

	if (!f->has_identity ||
	    succession_open(&s, f->second, f->identity.pub, NULL) != ERR_OK)
		return false;
	memcpy(out, s.before.name, sizeof s.before.name);
	return true;
}

enum err
fork_origin(char out[static NOTE_NAME_MAX + 1], const struct fork *f,
    struct err_why *why)
{
	struct note_checkpoint c;
	struct note n;
	enum err e;

	if (closed_origin(out, f))
		return ERR_OK;
	e = note_parse(&n, f->second, why);
	if (e == ERR_OK)
		e = note_checkpoint_get(&c, n.text, why);
	if (e == ERR_OK)
		memcpy(out, c.origin, sizeof c.origin);
	return e;
}

/* ---- judging ---- */

static bool
same_root(const struct hash *a, const struct hash *b)
{
	return memcmp(a->b, b->b, HASH_BYTES) == 0;
}

static enum err
agree(struct err_why *why)
{
	return err_fail(why, ERR_REFUSED,
	    "fork evidence: nothing shows that these two exclude each other");
}

/* A word that the log has ended, and something that says otherwise. */
static enum err
check_end(const struct fork *f, const struct succession *s,
    const struct note_vkey *log, const uint8_t *identity, struct err_why *why)
{
	struct note_checkpoint c;
	struct succession other;
	struct note n[2];
	enum err e;

	if (succession_open(&other, f->second, identity, NULL) == ERR_OK) {
		if (note_parse(&n[0], f->first, NULL) != ERR_OK ||
		    note_parse(&n[1], f->second, NULL) != ERR_OK ||
		    strcmp(other.before.name, log->name) != 0 ||
		    bytes_equal(n[0].text, n[1].text))
			return agree(why);
		return ERR_OK;
	}
	e = note_checkpoint_open(&c, f->second, log, why);
	if (e != ERR_OK)
		return e;
	if (c.head.size < s->size ||
	    (c.head.size == s->size && same_root(&c.head.root, &s->root)))
		return agree(why);
	return ERR_OK;
}

static bool
of_nothing(const struct tree_head *h)
{
	struct hash empty;

	digest_sha256(&empty, bytes_of("", 0));
	return h->size > 0 || same_root(&h->root, &empty);
}

static bool
excluded(
    const struct fork *f, const struct tree_head *a, const struct tree_head *b)
{
	const struct tree_head seen = {a->size, f->root};

	if (!of_nothing(a) || !of_nothing(b))
		return true;
	if (a->size == b->size)
		return !same_root(&a->root, &b->root);
	return f->bound && a->size > 0 && !same_root(&f->root, &a->root) &&
	    tree_check_extend(&seen, b, &f->proof, NULL) == ERR_OK;
}

enum err
fork_check(const struct fork *f, const struct note_vkey *log,
    const uint8_t *identity, struct err_why *why)
{
	struct note_checkpoint a, b;
	struct succession s;
	enum err e;

	if (identity != NULL &&
	    succession_open(&s, f->first, identity, NULL) == ERR_OK) {
		if (strcmp(s.before.name, log->name) != 0)
			return agree(why);
		return check_end(f, &s, log, identity, why);
	}
	e = note_checkpoint_open(&a, f->first, log, why);
	if (e == ERR_OK)
		e = note_checkpoint_open(&b, f->second, log, why);
	if (e != ERR_OK)
		return err_wrap(why, e, "fork evidence");
	return excluded(f, &a.head, &b.head) ? ERR_OK : agree(why);
}
