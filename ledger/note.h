/* note.h - signed notes, verifier keys, checkpoints and cosignatures. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_NOTE_H
#define LEDGER_NOTE_H

#include "ledger/tree.h"
#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/crypto.h"
#include "proto/err.h"

#define NOTE_BYTES_MAX 65536
#define NOTE_SIGS_MAX 64
#define NOTE_NAME_MAX 255

#define NOTE_TYPE_ED25519 0x01 /* over the text */
#define NOTE_TYPE_COSIG 0x04 /* timestamped cosignature */

/* A verifier key: who, how, with what.  name is NUL-terminated. */
struct note_vkey {
	char name[NOTE_NAME_MAX + 1];
	uint32_t id;
	uint8_t type;
	uint8_t pub[CRYPTO_PUB_BYTES];
};

/* Fills id from name, type and pub.  ERR_MALFORMED: name not allowed. */
ERR_CHECKED enum err note_vkey_make(struct note_vkey *out, const char *name,
    uint8_t type, const uint8_t pub[static CRYPTO_PUB_BYTES],
    struct err_why *why);
/* name+hex8+base64.  ERR_MALFORMED; ERR_UNSUPPORTED for other types. */
ERR_CHECKED enum err note_vkey_get(
    struct note_vkey *out, struct bytes text, struct err_why *why);
void note_vkey_put(struct buf *out, const struct note_vkey *key);

/* One signature line; sig is what follows the 4-byte key id. */
struct note_sig {
	struct bytes name;
	uint32_t id;
	uint8_t sig[72]; /* 64, or timestamp 8 + 64 */
	size_t sig_len; /* 0: not a signature that can verify here */
};

/* A parsed note; views into the input. */
struct note {
	struct bytes text; /* with its final LF */
	struct bytes sig_lines; /* after the blank line */
	struct note_sig sigs[NOTE_SIGS_MAX];
	size_t sigs_len;
};

/*
 * ERR_MALFORMED, ERR_LIMIT.  The text is not yet to be believed.  A line in
 * base64 with unused bits set parses, so that a witness can tell "does not
 * verify" from "not a note", but never verifies.
 */
ERR_CHECKED enum err note_parse(
    struct note *out, struct bytes in, struct err_why *why);

/*
 * note_check - look for a signature by `key`; every line by it must verify.
 *   when   POSIX seconds of its (earliest) cosignature, 0 for type 0x01;
 *          may be NULL
 * ERR_NOT_FOUND   no line with this name and id
 * ERR_UNVERIFIED  such a line fails: refuse the whole note
 */
ERR_CHECKED enum err note_check(const struct note *n,
    const struct note_vkey *key, uint64_t *when, struct err_why *why);

/* A signing key as Go's tools write it: "PRIVATE+KEY+name+hex8+base64" with
 * 0x01 || seed.  name: NOTE_NAME_MAX + 1.  ERR_MALFORMED, ERR_UNSUPPORTED. */
ERR_CHECKED enum err note_skey_get(struct crypto_signer *out,
    char name[static NOTE_NAME_MAX + 1], struct bytes text,
    struct err_why *why);

/* Append text || LF || signature line by `key` of type 0x01. */
void note_sign(struct buf *out, struct bytes text, const char *name,
    const struct crypto_signer *key);

/* Append one cosignature line (type 0x04) over the checkpoint text. */
void note_cosign(struct buf *out, struct bytes text, const char *name,
    const struct crypto_signer *key, uint64_t when);

/* A checkpoint's text (c2sp.org/tlog-checkpoint). */
struct note_checkpoint {
	char origin[NOTE_NAME_MAX + 1];
	struct tree_head head;
};
void note_checkpoint_put(struct buf *out, const struct note_checkpoint *c);
/* ERR_MALFORMED; extension lines are accepted and ignored. */
ERR_CHECKED enum err note_checkpoint_get(
    struct note_checkpoint *out, struct bytes text, struct err_why *why);

/*
 * note_parse, note_check and note_checkpoint_get in the only safe order; the
 * key is of type 0x01 and its name must equal the origin.
 * ERR_MALFORMED, ERR_LIMIT; ERR_UNVERIFIED also when this key did not sign.
 */
ERR_CHECKED enum err note_checkpoint_open(struct note_checkpoint *out,
    struct bytes in, const struct note_vkey *log, struct err_why *why);

#endif
