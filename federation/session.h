/* session.h - a protected conversation between two members. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_SESSION_H
#define FEDERATION_SESSION_H

#include "proto/buf.h"
#include "proto/crypto.h"
#include "proto/err.h"

/*
 * Frames (docs/wire.md 6):
 *
 *   hello      0^16 || u8 1 || u8 len || name of the sender || Noise message 1
 *   welcome    0^16 || u8 2 || Noise message 2
 *   lost       0^16 || u8 3          "no such session: say hello again"
 *   transport  session_id[16] || u64be seq || chunks
 *
 * A chunk is up to SESSION_CHUNK bytes of plaintext and a tag; all but the
 * last are full.  Chunk i is sealed with nonce seq + i; its associated data is
 * session_id || u64be seq || u32be chunks || u32be i || u8 reply || u64be
 * request seq (0 in a request).  session_id is the start of the handshake hash.
 * Sans-IO; not thread-safe.
 */
#define SESSION_VERSION 1
#define SESSION_ID_BYTES 16
#define SESSION_CHUNK 65519
#define SESSION_WINDOW 2048 /* nonces, per direction */
#define SESSION_REKEY_US (INT64_C(3600) * 1000000)
#define SESSION_GRACE_US (INT64_C(300) * 1000000)
#define SESSION_PLAIN_MAX (3u << 20)
/* Bytes of the largest frame. */
#define SESSION_FRAME_MAX         \
	(SESSION_PLAIN_MAX + 24 + \
	    (SESSION_PLAIN_MAX / SESSION_CHUNK + 1) * CRYPTO_TAG_BYTES)

struct session;

/* Both ends must agree on everything here: it is the Noise prologue. */
struct session_ends {
	const char *self;
	const char *peer;
	const struct hash *alliance; /* fingerprint of the genesis */
	const struct crypto_dh *own;
	const uint8_t *peer_key; /* X25519, 32 bytes */
};

enum session_frame {
	SESSION_HELLO,
	SESSION_WELCOME,
	SESSION_LOST,
	SESSION_GUEST,
	SESSION_TRANSPORT,
	SESSION_GARBAGE,
};
/* By its first bytes and length alone: nothing is verified yet. */
enum session_frame session_kind(struct bytes frame);

/* session_hello - initiator: a session that waits for its welcome, and the
 * frame to send.  ERR_UNVERIFIED: the peer's key is unusable. */
ERR_CHECKED enum err session_hello(struct session **out,
    const struct session_ends *ends, int64_t now_us, struct buf *frame,
    struct err_why *why);
/* ERR_UNVERIFIED, ERR_MALFORMED: free the session. */
ERR_CHECKED enum err session_finish(
    struct session *s, struct bytes welcome, struct err_why *why);

/* Name that a hello, or a guest's frame, claims: to look the key up; not yet to
 * be believed. */
ERR_CHECKED enum err session_claim(
    char *name, size_t cap, struct bytes hello, struct err_why *why);
/* session_accept - responder: the session and the welcome to send.  A hello
 * can be a replay: trust the session only after its first session_open.
 * ERR_UNVERIFIED: not that member, or another alliance. */
ERR_CHECKED enum err session_accept(struct session **out,
    const struct session_ends *ends, struct bytes hello, int64_t now_us,
    struct buf *welcome, struct err_why *why);

/*
 * A stranger who was invited: the same handshake with a payload in its first
 * message, one request and one reply (docs/wire.md 8.8).  ends->self is the
 * name of the invitation, ends->alliance the id of its epoch.
 *
 * session_knock  - the guest's session and frame; then session_finish with the
 *                  first SESSION_WELCOME_BYTES of the answer, session_open with
 *                  the rest, as the reply to request 0
 * session_admit  - the host: what the guest says, appended, and its key, which
 *                  it has shown to hold; welcome: begin of the answer.  A frame
 *                  can be a replay.
 * Errors of session_hello and session_accept.
 */
#define SESSION_GUEST_MAX 8192 /* bytes of what a guest says */
#define SESSION_WELCOME_BYTES 65
struct session_guest {
	uint8_t key[CRYPTO_KEY_BYTES];
	struct buf *said;
	struct buf *welcome;
};
ERR_CHECKED enum err session_knock(struct session **out,
    const struct session_ends *ends, struct bytes said, int64_t now_us,
    struct buf *frame, struct err_why *why);
ERR_CHECKED enum err session_admit(struct session **out,
    const struct session_ends *ends, struct bytes frame, int64_t now_us,
    struct session_guest *guest, struct err_why *why);

/* Appends a "lost" frame. */
void session_lost(struct buf *out);

/* SESSION_ID_BYTES, borrowed; what both ends call the session. */
const uint8_t *session_id(const struct session *s);
/* True when the transport frame names this session. */
bool session_owns(const struct session *s, struct bytes frame);

/* What a frame is: a request, or the reply to the request numbered `seq`. */
struct session_place {
	bool reply;
	uint64_t seq;
};
#define SESSION_REQUEST ((struct session_place){false, 0})

/* session_seal - append a frame; seq receives its number (may be NULL).
 * ERR_LIMIT: over SESSION_PLAIN_MAX, or the numbers are used up. */
ERR_CHECKED enum err session_seal(struct session *s, struct session_place place,
    struct bytes plain, struct buf *out, uint64_t *seq);
/*
 * session_open - append the plaintext of a frame of the peer.
 * ERR_UNVERIFIED altered, of another place; ERR_EXISTS seen before or too old;
 * ERR_MALFORMED; nothing changes and nothing is appended in these cases.
 */
ERR_CHECKED enum err session_open(struct session *s, struct session_place place,
    struct bytes frame, struct buf *out, uint64_t *seq, struct err_why *why);

/* Time for a new handshake; past its grace: no longer to be used. */
bool session_stale(const struct session *s, int64_t now_us);
bool session_expired(const struct session *s, int64_t now_us);

void session_free(struct session *s); /* wipes; NULL allowed */

#endif
