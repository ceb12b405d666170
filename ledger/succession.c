/* succession.c - a member's signed word on which log follows which. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/succession.h"

#include <inttypes.h>
#include <stdio.h>

#include "ledger/generation.h"
#include "proto/text.h"

#define TITLE "lianfang/succession/v1"

static void
put_text(struct buf *out, const struct succession *s)
{
	buf_str(out, TITLE "\n");
	note_vkey_put(out, &s->before);
	buf_printf(out, "\n%" PRIu64 "\n", s->size);
	text_b64_put(out, bytes_hash(&s->root));
	buf_printf(out, "\n%" PRIu64 "\n", s->held);
	note_vkey_put(out, &s->after);
	buf_str(out, "\n");
}

/* <name>/identity of the member whose logs these are. */
static enum err
check_names(const struct succession *s, char identity[static NOTE_NAME_MAX + 1],
    struct err_why *why)
{
	struct generation a;
	struct generation b;
	enum err e = generation_get(&a, s->before.name, why);
	int n;

	if (e == ERR_OK)
		e = generation_get(&b, s->after.name, why);
	if (e != ERR_OK)
		return e;
	if (strcmp(a.name, b.name) != 0 || strcmp(a.kind, b.kind) != 0 ||
	    b.number != a.number + 1)
		return err_fail(why, ERR_MALFORMED,
		    "succession: %.90s does not follow %.90s", s->after.name,
		    s->before.name);
	if (s->held > s->size)
		return err_fail(why, ERR_MALFORMED,
		    "succession: more is held than there was");
	if (s->before.type != NOTE_TYPE_ED25519 ||
	    s->after.type != NOTE_TYPE_ED25519 ||
	    memcmp(s->before.pub, s->after.pub, CRYPTO_PUB_BYTES) == 0)
		return err_fail(why, ERR_MALFORMED,
		    "succession: each generation has a log key of its own");
	n = snprintf(identity, NOTE_NAME_MAX + 1, "%s/identity", a.name);
	if (n < 0 || n > NOTE_NAME_MAX)
		return err_fail(why, ERR_LIMIT, "succession: name too long");
	return ERR_OK;
}

enum err
succession_sign(struct buf *out, const struct succession *s,
    const struct crypto_signer *identity, struct err_why *why)
{
	char name[NOTE_NAME_MAX + 1];
	struct buf text;
	enum err e = check_names(s, name, why);

	if (e != ERR_OK)
		return e;
	buf_init(&text, SUCCESSION_BYTES_MAX);
	put_text(&text, s);
	e = buf_ok(&text, why);
	if (e == ERR_OK)
		note_sign(out, buf_view(&text), name, identity);
	buf_clear(&text);
	return e == ERR_OK ? buf_ok(out, why) : e;
}

static enum err
read_text(struct succession *s, struct bytes rest, struct err_why *why)
{
	struct bytes line[6];
	enum err e;

	for (size_t i = 0; i < 6; i++)
		if (!text_line(&rest, &line[i]))
			return err_fail(why, ERR_MALFORMED,
			    "succession: line %zu is missing", i + 1);
	if (rest.len != 0 || !bytes_equal(line[0], bytes_str(TITLE)))
		return err_fail(why, ERR_MALFORMED, "not a succession");
	e = note_vkey_get(&s->before, line[1], why);
	if (e == ERR_OK)
		e = text_u64_get(&s->size, line[2], TREE_SIZE_MAX, why);
	if (e == ERR_OK)
		e = text_b64_fixed(s->root.b, HASH_BYTES, line[3], why);
	if (e == ERR_OK)
		e = text_u64_get(&s->held, line[4], TREE_SIZE_MAX, why);
	if (e == ERR_OK)
		e = note_vkey_get(&s->after, line[5], why);
	return e == ERR_OK ? ERR_OK
	                   : err_wrap(why, ERR_MALFORMED, "succession");
}

static enum err
read_note(struct succession *s, struct note *note,
    char name[static NOTE_NAME_MAX + 1], struct bytes in, struct err_why *why)
{
	enum err e;

	if (in.len > SUCCESSION_BYTES_MAX)
		return err_fail(
		    why, ERR_LIMIT, "succession of %zu bytes", in.len);
	memset(s, 0, sizeof(*s));
	e = note_parse(note, in, why);
	if (e == ERR_OK && note->sigs_len != 1)
		e = err_fail(
		    why, ERR_MALFORMED, "succession: expected one signature");
	if (e == ERR_OK)
		e = read_text(s, note->text, why);
	return e == ERR_OK ? check_names(s, name, why) : e;
}

enum err
succession_kept(struct succession *out, struct bytes in, struct err_why *why)
{
	char name[NOTE_NAME_MAX + 1];
	struct succession s;
	struct note note;
	enum err e = read_note(&s, &note, name, in, why);

	if (e == ERR_OK)
		*out = s;
	return e;
}

enum err
succession_open(struct succession *out, struct bytes in,
    const uint8_t identity[static CRYPTO_PUB_BYTES], struct err_why *why)
{
	char name[NOTE_NAME_MAX + 1];
	struct succession s;
	struct note_vkey key;
	struct note note;
	enum err e = read_note(&s, &note, name, in, why);

	if (e == ERR_OK)
		e = note_vkey_make(
		    &key, name, NOTE_TYPE_ED25519, identity, why);
	if (e == ERR_OK)
		e = note_check(&note, &key, NULL, why);
	if (e == ERR_NOT_FOUND)
		e = err_fail(why, ERR_UNVERIFIED,
		    "succession: not signed by %.150s", name);
	if (e == ERR_OK)
		*out = s;
	return e;
}
