/* submit_note.h - what a person decided of a message in quarantine. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_NOTE_H
#define NODE_SUBMIT_NOTE_H

#include "node/submit_op.h"

/*
 * An ADMIN entry whose record is the message's: one for each message.  So a
 * decision is taken once, whatever ended between its entry and the end of the
 * message itself.
 */
struct submit_note {
	uint8_t record_id[16]; /* the quarantine's id */
	const char *action;
	const char *detail;
	const char *operator_;
};

/* In a command, before its first write.  ERR_EXISTS: it was decided already. */
ERR_CHECKED enum err submit_note_new(
    struct commit_ctx *ctx, const struct submit_note *n, struct err_why *why);
/* In the same one: enters it.  released: of which record; or NULL. */
ERR_CHECKED enum err submit_note_append(struct commit_ctx *ctx,
    const struct submit_note *n, const uint8_t *released,
    struct submit_receipt *out, struct err_why *why);

/* It alone; the note is the caller's until done. */
void submit_note(const struct submit_to *to, const struct submit_note *n);

/*
 * submit_released - one corrected alarm or case (submit_given), and the note
 * that says so, in one transaction: both or none.  It is refused, not kept
 * unsigned, while the log may not be signed: the message stays where it is.
 */
void submit_released(const struct submit_to *to, Ledger__Kind kind,
    ProtobufCMessage **msg, const struct submit_note *n);

#endif
