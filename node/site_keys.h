/* site_keys.h - the node's keys as files of its directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SITE_KEYS_H
#define NODE_SITE_KEYS_H

#include "node/site_logs.h"

/*
 * DIR/keys, 0700: witness.key, identity.key and, per log, that of its newest
 * generation (evidence-2.key) as Go's note tools write a signing key (one
 * line), session.key and index.key as base64 of 32 bytes.  Of generations from
 * 2 on also the signed note by which each followed the one before
 * (evidence-2.note, ledger/succession.h): it holds the verifier keys of both.
 */
/* ERR_EXISTS: a key file is there; ERR_IO. */
ERR_CHECKED enum err site_keys_make(
    const char *dir, const char *name, struct err_why *why);
/* ERR_NOT_FOUND, ERR_MALFORMED (also: a key of another node), ERR_IO. */
ERR_CHECKED enum err site_keys_load(struct site_keys *out, const char *dir,
    const char *name, struct err_why *why);

/* Those in use.  Immutable but for witness_gone; new ones (site_next.h) make
 * another one, and the old one lives until the site is closed.  Any thread. */
const struct site_keys *site_keys(const struct site *s);
struct site_renewed {
	struct site_keys keys;
	struct site_renewed *before;
};
void site_keys_free(struct site *s);

/* Keyed hashes under DIR/keys/index.key. */
ERR_CHECKED enum err site_keys_mac(
    struct digest_hmac *out, const char *dir, struct err_why *why);

/* The key of one generation of a log: made anew (ERR_EXISTS: its file is
 * there), or loaded. */
ERR_CHECKED enum err site_keys_log_make(struct crypto_signer *out,
    const char *dir, const char *name, enum site_kind kind, uint32_t number,
    struct err_why *why);
ERR_CHECKED enum err site_keys_log(struct crypto_signer *out,
    struct note_vkey *vkey, const struct site *s, enum site_kind kind,
    uint32_t number, struct err_why *why);
/* Destroys the signing keys of the generations before `number`. */
ERR_CHECKED enum err site_keys_retire(const struct site *s, enum site_kind kind,
    uint32_t number, struct err_why *why);
/* Removes key and note of a generation that never began. */
ERR_CHECKED enum err site_keys_discard(const struct site *s,
    enum site_kind kind, uint32_t number, struct err_why *why);
/* The signed note of a generation from 2 on. */
ERR_CHECKED enum err site_keys_succession(struct buf *out, const struct site *s,
    enum site_kind kind, uint32_t number, struct err_why *why);
ERR_CHECKED enum err site_keys_succession_put(const struct site *s,
    enum site_kind kind, uint32_t number, struct bytes note,
    struct err_why *why);

/* The newest checkpoint of an own log that others hold beyond what is here, as
 * it was shown to us; ERR_NOT_FOUND: none.  DIR/keys/evidence-1.ahead. */
ERR_CHECKED enum err site_keys_ahead(struct buf *out, const struct site *s,
    enum site_kind kind, uint32_t number, struct err_why *why);
ERR_CHECKED enum err site_keys_ahead_put(const struct site *s,
    enum site_kind kind, uint32_t number, struct bytes note,
    struct err_why *why);

/* Destroys the witness key; its verifier key stays in DIR/keys/witness.retired.
 */
ERR_CHECKED enum err site_keys_retire_witness(
    struct site *s, struct err_why *why);

/* And in memory, while nobody signs. */
void site_keys_forget_witness(struct site *s);

/* One file below DIR/keys: a signing key under its note's name, or 32 bytes in
 * base64.  Made: ERR_EXISTS; read: ERR_NOT_FOUND, ERR_MALFORMED. */
ERR_CHECKED enum err site_keys_signer_put(const char *dir, const char *file,
    const char *note_name, const struct crypto_signer *key,
    struct err_why *why);
ERR_CHECKED enum err site_keys_signer(struct crypto_signer *out,
    const char *dir, const char *file, const char *note_name,
    struct err_why *why);
ERR_CHECKED enum err site_keys_raw_make(
    const char *dir, const char *file, struct err_why *why);
ERR_CHECKED enum err site_keys_raw(uint8_t out[static 32], const char *dir,
    const char *file, struct err_why *why);

/* The key of spooled alarms, DIR/keys/spool.key: made anew, loaded
 * (ERR_NOT_FOUND), destroyed. */
ERR_CHECKED enum err site_keys_spool_make(
    uint8_t out[static 32], const struct site *s, struct err_why *why);
ERR_CHECKED enum err site_keys_spool(
    uint8_t out[static 32], const struct site *s, struct err_why *why);
ERR_CHECKED enum err site_keys_spool_destroy(
    const struct site *s, struct err_why *why);

/* Overwritten, then unlinked; not there: done already. */
ERR_CHECKED enum err site_keys_destroy(const char *path, struct err_why *why);
/* A small file read whole; wipes what it read through. */
ERR_CHECKED enum err site_keys_read(
    const char *path, struct buf *out, struct err_why *why);

#endif
