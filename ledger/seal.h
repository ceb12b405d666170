/* seal.h - sealed records: salts, commitments, disclosures. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_SEAL_H
#define LEDGER_SEAL_H

#include "ledger.pb-c.h"
#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/crypto.h"
#include "proto/err.h"

#include <protobuf-c/protobuf-c.h>

#define SEAL_KEY_BYTES 32
#define SEAL_SCHEMA_VERSION 1
#define SEAL_MESSAGE_MAX 49152 /* bytes of one canonical message */

/* The descriptor of a sealed type ("record.Alarm"), or NULL. */
const ProtobufCMessageDescriptor *seal_type(const char *name);

/*
 * seal_commit - commitment of a canonical message under a record key.
 *   message   checked with slice_split; ERR_MALFORMED, ERR_LIMIT
 * Source: docs/wire.md 1.
 */
ERR_CHECKED enum err seal_commit(struct hash *out,
    const ProtobufCMessageDescriptor *desc, struct bytes message,
    const uint8_t key[static SEAL_KEY_BYTES], struct err_why *why);

/* auth_commitment over salt (SEAL_KEY_BYTES) || key || signature. */
void seal_auth(struct hash *out, struct bytes salt, struct bytes key,
    struct bytes signature);

/*
 * seal_auth_open - check that `auth` opens an auth_commitment and that its
 * salt, key and signature have the lengths of their algorithms.  The
 * signature itself is checked with signature_check.
 * ERR_UNVERIFIED, ERR_MALFORMED, ERR_UNSUPPORTED.
 */
ERR_CHECKED enum err seal_auth_open(const Ledger__Auth *auth,
    const struct hash *commitment, struct err_why *why);

/* The bytes a person signs (docs/wire.md 2), appended. */
struct seal_event {
	const char *node_name;
	uint16_t kind;
	const uint8_t *record_id; /* 16 */
	const uint8_t *event_id; /* 16 */
	int64_t occurred_us;
	uint32_t based_on_seq;
	const struct hash *commitment;
};
void seal_event_put(struct buf *out, const struct seal_event *e);

/*
 * seal_open - check an opening against a commitment and give the (partial)
 * message: all slices it shows, in order.
 *   shown   NULL or receives the canonical bytes of what is shown
 * ERR_UNVERIFIED another commitment; ERR_MALFORMED; ERR_UNSUPPORTED (type or
 * schema version unknown); ERR_LIMIT (also of `shown`).
 */
ERR_CHECKED enum err seal_open(struct buf *shown,
    const Ledger__Opening *opening, const struct hash *commitment,
    struct err_why *why);

/*
 * seal_disclose - from an opening make one that shows only some fields (the
 * rest as digests).  show: field numbers, ascending.  out: release with
 * ledger__opening__free_unpacked(out, NULL).
 */
ERR_CHECKED enum err seal_disclose(Ledger__Opening **out,
    const Ledger__Opening *whole, const uint32_t *show, size_t show_len,
    struct err_why *why);

/* As seal_disclose, but hides these fields instead: erasure of a field. */
ERR_CHECKED enum err seal_withhold(Ledger__Opening **out,
    const Ledger__Opening *whole, const uint32_t *hide, size_t hide_len,
    struct err_why *why);

#endif
