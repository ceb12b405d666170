/* outbox_note.h - what a target reads, out of the ledger as it is now. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_OUTBOX_NOTE_H
#define NODE_OUTBOX_NOTE_H

#include "proto/buf.h"
#include "proto/err.h"

struct outbox_due;
struct site;

/* The document of a notice as JSON (api.Notice); what cannot be read any more
 * is left out.  Persons only if the target is `personal`.  Short reads of the
 * store.  ERR_LIMIT. */
ERR_CHECKED enum err outbox_note(struct site *s, const struct outbox_due *due,
    bool personal, struct buf *out, struct err_why *why);
/* One that tells of nothing. */
void outbox_note_test(
    struct site *s, const char *target, const char *id, struct buf *out);

#endif
