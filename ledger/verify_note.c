/* verify_note.c - whose signatures stand under a checkpoint. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "ledger/verify_part.h"
#include "proto/text.h"

#define CHECKPOINT VERIFY_NAME("checkpoint", "检查点")

static void
put_time(char out[static TEXT_TIME_CHARS + 1], uint64_t when)
{
	(void)snprintf(out, TEXT_TIME_CHARS + 1, "?");
	if (when < UINT64_C(253402300800))
		text_time_put(out, (int64_t)when * 1000000);
}

static bool
counted(const struct policy_verdict *v, const struct policy_witness *w)
{
	for (size_t i = 0; i < v->cosigns_len; i++)
		if (v->cosigns[i].witness == w)
			return !v->cosigns[i].future;
	return false;
}

/* Names of witnesses, those that hold or those that the quorum lacks; those
 * that are for show alone in parentheses. */
static size_t
put_names(struct buf *out, const struct policy_verdict *v,
    const struct policy *p, bool there)
{
	size_t n = 0;

	for (size_t i = 0; i < p->witnesses_len; i++) {
		const struct policy_witness *w = &p->witnesses[i];
		bool counts = policy_counts(p, w);

		if (counted(v, w) != there || (!there && !counts))
			continue;
		buf_printf(out, counts ? "%s%.60s" : "%s(%.60s)",
		    n++ > 0 ? ", " : "", w->name);
	}
	return n;
}

/* "2 cosignatures: A, (B); newest 2026-..; not: C" */
static void
list_witnesses(
    struct err_why *out, const struct policy_verdict *v, const struct policy *p)
{
	char time[TEXT_TIME_CHARS + 1];
	uint64_t newest = 0;
	struct buf there, lacking;
	size_t n, without;

	buf_init(&there, POLICY_TEXT_MAX);
	buf_init(&lacking, POLICY_TEXT_MAX);
	n = put_names(&there, v, p, true);
	without = put_names(&lacking, v, p, false);
	for (size_t i = 0; i < v->cosigns_len; i++)
		if (!v->cosigns[i].future && v->cosigns[i].when > newest)
			newest = v->cosigns[i].when;
	put_time(time, newest);
	if (n > 0 && without > 0)
		(void)err_fail(out, ERR_OK,
		    "%zu cosignatures: %.120s; newest %s; not: %.90s", n,
		    buf_cstr(&there), time, buf_cstr(&lacking));
	else if (n > 0)
		(void)err_fail(out, ERR_OK,
		    "%zu cosignatures: %.200s; newest %s", n, buf_cstr(&there),
		    time);
	else if (without > 0)
		(void)err_fail(out, ERR_OK, "no cosignatures; not: %.200s",
		    buf_cstr(&lacking));
	else
		(void)err_fail(out, ERR_OK, "no cosignatures");
	buf_clear(&there);
	buf_clear(&lacking);
}

static void
say_witnesses(struct verify_judge *j, const struct policy_verdict *v,
    const struct policy *p, const struct verify_name *log)
{
	enum verify_status status = VERIFY_PASS;
	struct err_why text = {.text = ""};
	char time[TEXT_TIME_CHARS + 1];

	list_witnesses(&text, v, p);
	put_time(time, v->quorum_when);
	switch (v->quorum) {
	case POLICY_QUORUM_MET:
		(void)err_wrap(&text, ERR_OK, "quorum met as of %s", time);
		break;
	case POLICY_QUORUM_NONE:
		(void)err_wrap(&text, ERR_OK, "the policy asks for none");
		break;
	case POLICY_QUORUM_STALE:
		(void)err_wrap(&text, ERR_OK,
		    "stale: the quorum is of %s, and %llu s are allowed", time,
		    (unsigned long long)p->max_age_s);
		status = VERIFY_FAIL;
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
	say_witnesses(j, &v, p, &log);
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
