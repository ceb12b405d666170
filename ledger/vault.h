/* vault.h - wrapping keys outside the store, so that erased stays erased. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_VAULT_H
#define LEDGER_VAULT_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/crypto.h"
#include "proto/err.h"

/*
 * A resting body is a ciphertext under a data key of its own; the data key
 * rests wrapped under the wrapping key of its retention class and period.  The
 * wrapping keys are files in a directory of their own, never in the store and
 * never in its backups: destroying one makes free pages and old backups dead.
 */
#define VAULT_PERIOD_US (INT64_C(30) * 24 * 3600 * 1000000)
#define VAULT_KEY_ROW_BYTES (4 + CRYPTO_KEY_BYTES + CRYPTO_WRAP_EXTRA)

struct vault;

/* dir is created with 0700; key files 0600, fsynced.  ERR_IO, ERR_CORRUPT. */
ERR_CHECKED enum err vault_open(
    struct vault **out, const char *dir, struct err_why *why);
void vault_close(struct vault *v);

/* The two values that rest: u32be wrapping key id || wrapped data key, and the
 * ciphertext.  Owned by `arena` given to vault_seal. */
struct vault_item {
	struct bytes key;
	struct bytes body;
};

/*
 * vault_seal - encrypt `plain` (a packed ledger.Sealed) under a fresh data key
 * wrapped for (class, period of now_us).
 *
 *   out   views into `arena`, which must be empty or reserved large enough not
 *         to move: valid until it is written again
 *
 * Thread-safe (HTTP workers seal).  The first seal of a period creates and
 * fsyncs a key file.
 */
ERR_CHECKED enum err vault_seal(struct vault *v, struct bytes plain,
    uint8_t retention_class, int64_t now_us, struct buf *arena,
    struct vault_item *out, struct err_why *why);

/* Appends the plaintext to `out`.  ERR_NOT_FOUND: the wrapping key is gone;
 * ERR_CORRUPT: it does not open.  Thread-safe. */
ERR_CHECKED enum err vault_open_item(struct vault *v,
    const struct vault_item *item, struct buf *out, struct err_why *why);

/* Ties the vault to a store: remembered in the directory at first use.
 * ERR_CONFLICT: it belongs to another one. */
ERR_CHECKED enum err vault_bind(
    struct vault *v, const uint8_t store_id[static 16], struct err_why *why);

/* The store it is tied to.  ERR_NOT_FOUND: none yet. */
ERR_CHECKED enum err vault_owner(
    struct vault *v, uint8_t store_id[static 16], struct err_why *why);

/* Wrapping key id of a key row.  ERR_CORRUPT. */
ERR_CHECKED enum err vault_row_id(
    struct bytes row, uint32_t *out, struct err_why *why);
/* True while new rows may be written under this key: it is there and has no
 * successor made by vault_succeed in this process. */
bool vault_live(struct vault *v, uint32_t id);
/* The same, and it is a key of this class. */
bool vault_live_of(struct vault *v, uint32_t id, uint8_t retention_class);

/*
 * Erasing: vault_succeed makes the next key of old's class and period and
 * retires `old`; vault_rewrap turns one row; vault_destroy overwrites and
 * unlinks `old` once the store has committed (ERR_NOT_FOUND: gone already).
 */
ERR_CHECKED enum err vault_succeed(
    struct vault *v, uint32_t old, uint32_t *next, struct err_why *why);
ERR_CHECKED enum err vault_rewrap(struct vault *v, struct bytes row,
    uint32_t next, uint8_t out[static VAULT_KEY_ROW_BYTES],
    struct err_why *why);
ERR_CHECKED enum err vault_destroy(
    struct vault *v, uint32_t id, struct err_why *why);
/* Seals under a certain key, as vault_seal: a field erased, the rest kept. */
ERR_CHECKED enum err vault_seal_under(struct vault *v, struct bytes plain,
    uint32_t id, struct buf *arena, struct vault_item *out,
    struct err_why *why);
/*
 * vault_prune - destroy every key that has a newer one of its class and period
 * and that `used` does not know: an erasure that a crash interrupted.
 */
typedef bool (*vault_used)(void *arg, uint32_t id);
ERR_CHECKED enum err vault_prune(
    struct vault *v, vault_used used, void *arg, struct err_why *why);

#endif
