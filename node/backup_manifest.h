/* backup_manifest.h - manifest.json of a backup: signed, read strictly. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_BACKUP_MANIFEST_H
#define NODE_BACKUP_MANIFEST_H

#include "backup.pb-c.h"
#include "ledger/note.h"
#include "ledger/part.h"
#include "proto/bytes.h"
#include "proto/err.h"

#define BACKUP_MANIFEST_FILE "manifest.json"
#define BACKUP_MANIFEST_PARTS 4096 /* after so many: a new base */

/* "part-00000001.lfp"; the number of such a name, or 0. */
#define BACKUP_MANIFEST_NAME 32
void backup_manifest_part(char out[static BACKUP_MANIFEST_NAME], uint64_t n);
uint64_t backup_manifest_number(const char *name);

/*
 * backup_manifest_get - a manifest from its text: exactly the text that
 * backup_manifest_put writes, with all that must be there, signed by the
 * identity key that it names.  Whose key that is, the caller judges.
 *   out   release with slice_free
 * ERR_MALFORMED, ERR_LIMIT, ERR_UNVERIFIED, ERR_UNSUPPORTED.  Pure.
 */
ERR_CHECKED enum err backup_manifest_get(
    Backup__Manifest **out, struct bytes text, struct err_why *why);
/* The same from folder/manifest.json; ERR_NOT_FOUND, ERR_IO too. */
ERR_CHECKED enum err backup_manifest_read(
    Backup__Manifest **out, const char *folder, struct err_why *why);

/* Signs (into m->signature) and appends the text. */
ERR_CHECKED enum err backup_manifest_put(struct buf *out, Backup__Manifest *m,
    const struct crypto_signer *identity, struct err_why *why);

/* A part's size and SHA-256, as the manifest has them. */
ERR_CHECKED enum err backup_manifest_sum(
    struct part_sum *out, const Backup__Part *p, struct err_why *why);
/* The verifier key of a log; false: not there. */
bool backup_manifest_vkey(
    const Backup__Manifest *m, const char *origin, struct note_vkey *out);

#endif
