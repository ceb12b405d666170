/* answer.h - a log with people and permits, and bundles made from it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_ANSWER_H
#define TESTS_SUPPORT_ANSWER_H

#include "ledger/bundle.h"
#include "ledger/verify.h"
#include "tests/support/book.h"

#define ANSWER_STEP_US INT64_C(1000) /* between two entries */

/*
 * The log that answer_new writes (A and B are permits; * signed by Li Wei,
 * + by Li Wei with four other events at once):
 *
 *    0 LOG_START  1 ACTOR Li Wei  2 ALARM  3 ALARM  4 PERMIT A1*  5 ALARM
 *    6 PERMIT A2*  7 PERMIT B1 (annex)  8 ACTOR Wang  9 PERMIT A3+  10 ALARM
 *
 * `question` asks for the permits from just after entry 3 to entry 9 and may
 * be changed before answer_write.
 */
struct answer {
	struct book book;
	struct crypto_signer person;
	struct crypto_signer witness;
	struct note_vkey witness_key;
	uint8_t ids[2][16]; /* A, B */
	struct buf policy; /* log, witness, quorum of that witness */
	struct window_question question;
	/* For answer_write, as in struct bundle_request. */
	uint64_t actors[4];
	size_t actors_len;
	uint64_t entries[8];
	size_t entries_len;
	bundle_entitled entitled;
	bundle_hidden hidden;
	bundle_media media;
	bool cosign;
	uint64_t heads; /* of the last answer_write */
	bool again; /* answer_write answers with that HEADS once more */
};

#define ANSWER_LI_WEI 1
#define ANSWER_A1 4
#define ANSWER_A2 6
#define ANSWER_B1 7
#define ANSWER_A3 9
#define ANSWER_LAST 10

void answer_new(struct answer *a);
void answer_end(struct answer *a);
/* recorded_us of an entry. */
int64_t answer_time(struct answer *a, uint64_t index);
/* Appends an entry; body and annex may be NULL, seq 0 and id NULL absent. */
struct answer_event {
	Ledger__Kind kind;
	const ProtobufCMessage *body;
	const ProtobufCMessage *annex;
	const uint8_t *id;
	uint32_t seq;
	const struct crypto_signer *signer;
	bool batch; /* the signature is one over five events */
};
uint64_t answer_append(struct answer *a, const struct answer_event *x);
/* REVOKE of a key. */
uint64_t answer_revoke(struct answer *a, const struct crypto_signer *key);
/* Erases fields (len 0: the whole) and appends the ERASURE entry. */
uint64_t answer_erase(struct answer *a, uint64_t index, const uint32_t *fields,
    size_t fields_len);

/* Appends HEADS for the question, has the checkpoint cosigned, writes the
 * bundle; what bundle_write says. */
enum err answer_write(struct answer *a, struct buf *out, struct err_why *why);
/* The newest checkpoint, cosigned when asked for. */
void answer_checkpoint(struct answer *a, struct buf *out);

/* Judges under `policy` (ptr NULL: none); claims as lines of text when lines
 * is not NULL. */
struct verify_result answer_judge(
    struct bytes bundle, struct bytes policy, struct buf *lines);

#endif
