/* pack_store.h - rule packs and what the ledger says of them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PACK_STORE_H
#define NODE_PACK_STORE_H

#include "api.pb-c.h"
#include "node/submit.h"
#include "proto/err.h"

struct site;

#define PACK_STORE_TEXT_MAX (256u << 10)

/*
 * pack_store_recall - what was activated (pack_recall.h), and then the files of
 * DIR/packs; for site_open, after the logs.  The ledger goes first: its texts
 * are used, a file under the same version with another text is not
 * (pack_notes.h).
 * ERR_MALFORMED: a file; `why` names file, line and field.
 */
ERR_CHECKED enum err pack_store_recall(struct site *s, struct err_why *why);

/* pack_store_time_reset - after the commit of a TIME_RESET entry, on the
 * committer's thread. */
void pack_store_time_reset(struct site *s, int64_t from_us, int64_t to_us);

/*
 * pack_store_activate - check the text (or find the version of this name),
 * enter name, digest, who and the text (what is over 47 KiB: its digest alone)
 * into the ledger, then put the text into DIR/packs and use it at once, all in
 * this order.  Permits that run stay with the version that they began with.
 * ERR_MALFORMED, ERR_REFUSED, ERR_EXISTS (another text has this version):
 * nothing changed.
 */
void pack_store_activate(const struct submit_to *to, const Api__PackPost *post);

/* All versions known; with `name` that one, whole.  Release with
 * api__packs__free_unpacked.  ERR_NOT_FOUND. */
ERR_CHECKED enum err pack_store_list(
    struct site *s, const char *name, Api__Packs **out, struct err_why *why);

#endif
