/* pack_entry.h - activations of rule packs as entries of the ledger. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PACK_ENTRY_H
#define NODE_PACK_ENTRY_H

#include "ledger/log.h"
#include "node/domain/packs.h"
#include "proto/err.h"
#include "record.pb-c.h"

struct site;

#define PACK_ENTRY_HEX 64
/* Who activated it: nobody, it was in force by its file (pack_adopt.h). */
#define PACK_ENTRY_FILE "file in DIR/packs"

/* An ADMIN entry "pack.activate": name and digest in its detail, the text
 * beside them unless it is over 47 KiB.  Strings point into this and into the
 * set that the fact is of. */
struct pack_entry {
	Record__Admin msg;
	char action[16];
	char detail[PACKS_NAME_MAX + 8 + PACK_ENTRY_HEX + 1];
};
void pack_entry_make(
    struct pack_entry *out, const struct packs_fact *fact, char *operator_);

/* Name, digest and text (NULL: not in it); false: it is no activation. */
struct pack_entry_said {
	char name[PACKS_NAME_MAX];
	struct hash digest;
	const char *text; /* in the message */
	bool by_file;
};
bool pack_entry_read(struct pack_entry_said *out, const Record__Admin *m);

void pack_entry_hex(
    char out[static PACK_ENTRY_HEX + 1], const struct hash *digest);

/* pack_entry_begin - a new site begins with the whole of each standard: what is
 * built in and waits for its activation is activated, in the transaction that
 * begins the log. */
ERR_CHECKED enum err pack_entry_begin(
    struct site *s, struct store_txn *txn, uint16_t slot, struct err_why *why);

#endif
