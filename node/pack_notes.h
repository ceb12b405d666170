/* pack_notes.h - what people should know of the rule packs in use. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PACK_NOTES_H
#define NODE_PACK_NOTES_H

#include <stddef.h>

#include "proto/err.h"

struct site;

/* Files of DIR/packs that were not used, entries that cannot be read, and why;
 * of one start. */
struct pack_notes;

/* Notes one (and writes PACK-REFUSED to the journal); *to is made when NULL. */
void pack_notes_add(struct pack_notes **to, const struct err_why *why);
/* An entry that cannot be read and may have activated anything. */
void pack_notes_unread(struct pack_notes **to, const struct err_why *why);
void pack_notes_free(struct pack_notes *n); /* NULL allowed */

/*
 * pack_notes_list - in English and Chinese, one line each: files that were not
 * used; versions that the ledger names and whose text is gone, so that nothing
 * of their kind is in force; work that goes by less than the whole of its
 * standard; files in force that no entry of the ledger names.
 * Appends to *list (mem_resize), which the caller frees with its strings.
 */
void pack_notes_list(const struct site *s, char ***list, size_t *n);

#endif
