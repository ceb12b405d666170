/* verify_note.c - whose signatures stand under a checkpoint. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "ledger/verify_part.h"
#include "proto/text.h"

#define CHECKPOINT VERIFY_NAME("checkpoint", "检查点")

/* "2 cosignatures: A, B; newest 2026-..." */
static void
list_witnesses(struct err_why *out, const struct policy_verdict *v)
{
	char time[TEXT_TIME_CHARS + 1] = "?";
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
	if (newest < UINT64_C(253402300800))
		text_time_put(time, (int64_t)newest * 1000000);
	if (counted > 0)
		(void)err_fail(out, ERR_OK,
		    "%zu cosignatures: %.200s; newest %s", counted,
		    buf_cstr(&names), time);
	else
		(void)err_fail(out, ERR_OK, "no cosignatures");
	buf_clear(&names);
}

static void
say_witnesses(struct verify_judge *j, const struct policy_verdict *v,
    const struct verify_name *log)
{
	enum verify_status status = VERIFY_PASS;
	struct err_why text = {.text = ""};

	list_witnesses(&text, v);
	switch (v->quorum) {
	case POLICY_QUORUM_MET:
		(void)err_wrap(&text, ERR_OK, "quorum met");
		break;
	case POLICY_QUORUM_NONE:
		(void)err_wrap(&text, ERR_OK, "the policy asks for none");
		break;
	case POLICY_QUORUM_MISSED:
		(void)err_wrap(&text, ERR_OK, "quorum missed");
		status = VERIFY_FAIL;
		break;
	}
	verify_say_why(j, status, VERIFY_TOPIC_WITNESSES, log, &text);
}

/* One policy's opinion; ERR_NOT_FOUND: it does not know the log. */
static enum err
judge_by(struct verify_judge *j, const struct policy *p, const struct note *n,
    struct note_checkpoint *out)
{
	int64_t now = j->options->now_us / 1000000;
	struct policy_verdict v;
	struct verify_name log;
	struct err_why why = {.text = ""};
	enum err e;

	e = policy_check(&v, p, n, now > 0 ? (uint64_t)now : 0, &why);
	if (e == ERR_NOT_FOUND)
		return e;
	if (e != ERR_OK) {
		verify_say_why(j, verify_bad(e), VERIFY_TOPIC_CHECKPOINT,
		    CHECKPOINT, &why);
		return e;
	}
	verify_name(&log, "%s", v.checkpoint.origin);
	verify_say(j, VERIFY_PASS, VERIFY_TOPIC_CHECKPOINT, &log,
	    "signed, tree of %" PRIu64 " entries", v.checkpoint.head.size);
	say_witnesses(j, &v, &log);
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
	verify_say(j, VERIFY_UNTRUSTED, VERIFY_TOPIC_CHECKPOINT, CHECKPOINT,
	    "signed by no log that a policy lists");
	e = note_checkpoint_get(out, n->text, &why);
	if (e == ERR_OK)
		return true;
	verify_say_why(
	    j, VERIFY_FAIL, VERIFY_TOPIC_CHECKPOINT, CHECKPOINT, &why);
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
		verify_say_why(j, verify_bad(e), VERIFY_TOPIC_CHECKPOINT,
		    CHECKPOINT, &why);
		return false;
	}
	if (!own) {
		verify_say(j, VERIFY_UNTRUSTED, VERIFY_TOPIC_POLICY,
		    VERIFY_NAME("policy", "策略"),
		    "you gave no policy of your own: nothing is trusted");
		return judge_blind(j, sender, &n, out);
	}
	j->ceiling = VERIFY_PASS;
	e = judge_by(j, own, &n, out);
	if (e == ERR_OK)
		return true;
	if (e != ERR_NOT_FOUND)
		return false;
	verify_say(j, VERIFY_UNTRUSTED, VERIFY_TOPIC_POLICY,
	    VERIFY_NAME("policy", "策略"),
	    "your policy does not list this log with the key that signed");
	return judge_blind(j, sender, &n, out);
}

static bool
read_policy(struct verify_judge *j, struct policy **out, struct bytes text,
    const struct verify_name *whose)
{
	struct err_why why = {.text = ""};
	enum err e;

	if (!text.ptr)
		return true;
	e = policy_get(out, text, &why);
	if (e == ERR_OK)
		return true;
	verify_say_why(j, VERIFY_FAIL, VERIFY_TOPIC_POLICY, whose, &why);
	return false;
}

bool
verify_note(struct verify_judge *j, struct bytes note, struct bytes sender,
    struct note_checkpoint *out)
{
	struct policy *own = NULL, *theirs = NULL;
	bool ok;

	ok = read_policy(j, &own, j->options->policy,
	         VERIFY_NAME("your policy", "您的策略")) &&
	    read_policy(j, &theirs, sender,
	        VERIFY_NAME("the sender's policy", "发送方的策略")) &&
	    judge(j, own, theirs, note, out);
	policy_free(theirs);
	policy_free(own);
	return ok;
}
