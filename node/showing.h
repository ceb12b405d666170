/* showing.h - a holder shows parts of a certificate to one verifier. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHOWING_H
#define NODE_SHOWING_H

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/digest.h"
#include "proto/err.h"
#include "record.pb-c.h"

/*
 * docs/wire.md 3.  The issuer gives the holder a file for one verifier: a
 * presentation (v3) that binds a commitment of what the certificate says and a
 * key, the whole opening of that commitment, and the seed of the key.  To a
 * challenge of the verifier the holder answers with the same presentation, an
 * opening of the fields that he chose, and a signature by that key: without a
 * node, without a line.  Pure.
 */
#define SHOWING_CHALLENGE_BYTES 20
#define SHOWING_CHALLENGE_S 600 /* for which it is good */

/* u32be seconds || random[8] || MAC[8] under a key of the node's own: nothing
 * has to be kept of those that nobody answered. */
void showing_challenge(uint8_t out[static SHOWING_CHALLENGE_BYTES],
    const struct digest_hmac *mac, const char *verifier, int64_t now_us);
/* ERR_UNVERIFIED: not this node's; ERR_REFUSED: its time is over. */
ERR_CHECKED enum err showing_challenge_check(struct bytes challenge,
    const struct digest_hmac *mac, const char *verifier, int64_t now_us);

/* What an entry is called that rests on an answer to it. */
void showing_used(uint8_t out[static 16], struct bytes challenge);

/*
 * showing_prepare - the issuer's part, before it signs: commitment, whole
 * opening, key and seed.
 *   message   canonical record.Certificate
 *   secret    of the holder, 32 bytes; with the verifier's name it gives the
 * key
 */
ERR_CHECKED enum err showing_prepare(Record__Presentation *p,
    struct bytes message, struct bytes secret, struct err_why *why);

/*
 * showing_make - the holder's part, in place: leaves of the whole opening what
 * `names` lists (holderName, number ...; JSON names of record.Certificate),
 * takes the challenge, signs, and takes out the seed.
 * ERR_MALFORMED: not such a file, or no such field.
 */
ERR_CHECKED enum err showing_make(Record__Presentation *p,
    struct bytes challenge, const char *const *names, size_t names_len,
    struct err_why *why);

/*
 * showing_check - does what is shown open the commitment, and is it signed by
 * the key that the issuer bound?  The issuer's signature and the challenge's
 * origin are the caller's to check.
 *   out   NULL, or the canonical bytes of what is shown, appended
 * ERR_UNVERIFIED, ERR_MALFORMED, ERR_UNSUPPORTED, ERR_LIMIT.
 */
ERR_CHECKED enum err showing_check(
    const Record__Presentation *p, struct buf *out, struct err_why *why);

/* Is it the holder's own file, with what he does not hand on? */
bool showing_is_whole(const Record__Presentation *p);

/* The text for a QR code, appended: "LF2:" and base45 of the packed message;
 * and back.  Release with slice_free. */
#define SHOWING_PREFIX "LF2:"
#define SHOWING_CODE_MAX 4296 /* what a QR code of version 40 holds */
void showing_code_put(struct buf *out, const Record__Presentation *p);
ERR_CHECKED enum err showing_code_get(
    Record__Presentation **out, struct bytes text, struct err_why *why);

#endif
