/* verify_note.c - whose signatures stand under a checkpoint. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "ledger/verify_part.h"
#include "proto/text.h"

#define NAMES_BYTES 300

/* "2 witnesses: A, B; newest 2026-..." into text. */
static void
list_witnesses(char *text, size_t cap, const struct policy_verdict *v)
{
	char time[TEXT_TIME_CHARS + 1] = "";
	uint64_t newest = 0;
	struct buf names = {0};
	size_t counted = 0;

	buf_init(&names, 8192);
	for (size_t i = 0; i < v->cosigns_len; i++) {
		const struct policy_cosign *c = &v->cosigns[i];

		if (c->future)
			continue;
		buf_printf(&names, "%s%.60s", counted++ > 0 ? ", " : "",
		    c->witness->name);
		if (c->when > newest)
			newest = c->when;
	}
	if (counted > 0 && newest < UINT64_C(253402300800))
		text_time_put(time, (int64_t)newest * 1000000);
	(void)snprintf(text, cap, "%zu cosignatures%s%.200s%s%s", counted,
	    counted > 0 ? ": " : "", buf_cstr(&names), *time ? "; newest " : "",
	    time);
	buf_clear(&names);
}

static void
say_witnesses(struct verify_judge *j, const struct policy_verdict *v)
{
	char text[NAMES_BYTES];

	list_witnesses(text, sizeof(text), v);
	switch (v->quorum) {
	case POLICY_QUORUM_MET:
		verify_say(j, VERIFY_PASS, VERIFY_TOPIC_WITNESSES,
		    v->checkpoint.origin, "quorum met, %s", text);
		return;
	case POLICY_QUORUM_NONE:
		verify_say(j, VERIFY_PASS, VERIFY_TOPIC_WITNESSES,
		    v->checkpoint.origin, "the policy asks for none, %s", text);
		return;
	case POLICY_QUORUM_MISSED:
		break;
	}
	verify_say(j, VERIFY_FAIL, VERIFY_TOPIC_WITNESSES, v->checkpoint.origin,
	    "quorum missed, %s", text);
}

/* One policy's opinion; ERR_NOT_FOUND: it does not know the log. */
static enum err
judge_by(struct verify_judge *j, const struct policy *p, const struct note *n,
    struct note_checkpoint *out)
{
	int64_t now = j->options->now_us / 1000000;
	struct policy_verdict v;
	struct err_why why = {.text = ""};
	enum err e;

	e = policy_check(&v, p, n, now > 0 ? (uint64_t)now : 0, &why);
	if (e == ERR_NOT_FOUND)
		return e;
	if (e != ERR_OK) {
		verify_say(j, verify_bad(e), VERIFY_TOPIC_CHECKPOINT,
		    "checkpoint", "%s", why.text);
		return e;
	}
	verify_say(j, VERIFY_PASS, VERIFY_TOPIC_CHECKPOINT, v.checkpoint.origin,
	    "signed, tree of %" PRIu64 " entries", v.checkpoint.head.size);
	say_witnesses(j, &v);
	*out = v.checkpoint;
	return ERR_OK;
}

/* Without a policy that knows the log: what it says, for what it is worth. */
static bool
judge_blind(struct verify_judge *j, const struct policy *sender,
    const struct note *n, struct note_checkpoint *out)
{
	struct err_why why = {.text = ""};
	enum err e = ERR_NOT_FOUND;

	j->ceiling = VERIFY_UNTRUSTED;
	if (sender)
		e = judge_by(j, sender, n, out);
	if (e == ERR_OK)
		return true;
	if (e != ERR_NOT_FOUND)
		return false;
	verify_say(j, VERIFY_UNTRUSTED, VERIFY_TOPIC_CHECKPOINT, "checkpoint",
	    "signed by no log that a policy lists");
	e = note_checkpoint_get(out, n->text, &why);
	if (e == ERR_OK)
		return true;
	verify_say(j, VERIFY_FAIL, VERIFY_TOPIC_CHECKPOINT, "checkpoint", "%s",
	    why.text);
	return false;
}

static bool
judge(struct verify_judge *j, const struct policy *own,
    const struct policy *sender, struct bytes note, struct note_checkpoint *out)
{
	struct err_why why = {.text = ""};
	struct note n;
	enum err e;

	e = note_parse(&n, note, &why);
	if (e != ERR_OK) {
		verify_say(j, verify_bad(e), VERIFY_TOPIC_CHECKPOINT,
		    "checkpoint", "%s", why.text);
		return false;
	}
	if (!own) {
		verify_say(j, VERIFY_UNTRUSTED, VERIFY_TOPIC_POLICY, "policy",
		    "you gave no policy of your own: nothing is trusted");
		return judge_blind(j, sender, &n, out);
	}
	j->ceiling = VERIFY_PASS;
	e = judge_by(j, own, &n, out);
	if (e == ERR_OK)
		return true;
	if (e != ERR_NOT_FOUND)
		return false;
	verify_say(j, VERIFY_UNTRUSTED, VERIFY_TOPIC_POLICY, "policy",
	    "your policy does not list this log with the key that signed");
	return judge_blind(j, sender, &n, out);
}

static bool
read_policy(struct verify_judge *j, struct policy **out, struct bytes text,
    const char *whose)
{
	struct err_why why = {.text = ""};
	enum err e;

	if (!text.ptr)
		return true;
	e = policy_get(out, text, &why);
	if (e == ERR_OK)
		return true;
	verify_say(j, VERIFY_FAIL, VERIFY_TOPIC_POLICY, whose, "%s", why.text);
	return false;
}

bool
verify_note(struct verify_judge *j, struct bytes note, struct bytes sender,
    struct note_checkpoint *out)
{
	struct policy *own = NULL, *theirs = NULL;
	bool ok;

	ok = read_policy(j, &own, j->options->policy, "your policy") &&
	    read_policy(j, &theirs, sender, "the sender's policy") &&
	    judge(j, own, theirs, note, out);
	policy_free(theirs);
	policy_free(own);
	return ok;
}
