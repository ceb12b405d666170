/* verify_proof.c - judge a lone .tlog-proof file. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "ledger/log_rule.h"
#include "ledger/proof.h"
#include "ledger/verify_part.h"
#include "proto/text.h"

static void
say_leaf(struct verify_judge *j, const struct verify_name *subject,
    struct bytes leaf)
{
	char time[TEXT_TIME_CHARS + 1];
	const ProtobufCEnumValue *kind, *outcome;
	Ledger__Entry *entry = NULL;
	struct err_why why = {.text = ""};
	enum err e;

	e = log_rule_decode(&entry, leaf, &why);
	if (e != ERR_OK) {
		verify_say_why(
		    j, verify_bad(e), VERIFY_TOPIC_CONTAINER, subject, &why);
		return;
	}
	kind = protobuf_c_enum_descriptor_get_value(
	    &ledger__kind__descriptor, (int)entry->kind);
	text_time_put(time, entry->recorded_us);
	outcome = protobuf_c_enum_descriptor_get_value(
	    &ledger__outcome__descriptor, (int)entry->outcome);
	verify_say(j, VERIFY_PASS, VERIFY_TOPIC_CONTAINER, subject,
	    "%s number %" PRIu64 ", recorded %s, %s", kind ? kind->name : "?",
	    entry->kind_seq, time,
	    entry->has_outcome && outcome ? outcome->name : "-");
	ledger__entry__free_unpacked(entry, NULL);
}

void
verify_proof(struct verify_judge *j, struct bytes in)
{
	struct verify_name subject;
	struct note_checkpoint c;
	struct buf leaf = {0};
	struct err_why why = {.text = ""};
	struct proof p;
	struct hash hash;
	enum err e;

	buf_init(&leaf, PROOF_EXTRA_MAX);
	e = proof_get(&p, &leaf, in, &why);
	if (e != ERR_OK) {
		verify_say_why(j, verify_bad(e), VERIFY_TOPIC_CONTAINER,
		    VERIFY_NAME("file", "文件"), &why);
		goto out;
	}
	if (!verify_note(j, p.note, bytes_of(NULL, 0), &c))
		goto out;
	verify_name(&subject, "entry %" PRIu64, p.index);
	if (leaf.len == 0) {
		verify_say(j, VERIFY_FAIL, VERIFY_TOPIC_INCLUSION, &subject,
		    "the file does not carry the leaf that it proves");
		goto out;
	}
	tree_leaf(&hash, buf_view(&leaf));
	e = tree_check_include(
	    &hash, p.index, c.head.size, &p.hashes, &c.head.root, &why);
	if (e != ERR_OK) {
		verify_say_why(
		    j, verify_bad(e), VERIFY_TOPIC_INCLUSION, &subject, &why);
		goto out;
	}
	verify_say(j, VERIFY_PASS, VERIFY_TOPIC_INCLUSION, &subject,
	    "is in the tree of %" PRIu64 " entries of %s", c.head.size,
	    c.origin);
	say_leaf(j, &subject, buf_view(&leaf));
out:
	buf_clear(&leaf);
}
