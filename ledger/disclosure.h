/* disclosure.h - one opened record as a file people can read. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_DISCLOSURE_H
#define LEDGER_DISCLOSURE_H

#include "ledger.pb-c.h"
#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

/*
 * A disclosure (docs/wire.md 5, records/<index>.json) says everything twice:
 * `sealed` for machines (slices with salts, or digests) and `shown` for people.
 * A file whose two halves differ is refused.
 */

/*
 * disclosure_put - append the JSON for leaf `index`.
 *   sealed   what is shown of it; checked against the leaf's commitments
 * ERR_UNVERIFIED, ERR_MALFORMED, ERR_UNSUPPORTED as seal_open; ERR_LIMIT.
 */
ERR_CHECKED enum err disclosure_put(struct buf *out, uint64_t index,
    const Ledger__Entry *leaf, const Ledger__Sealed *sealed,
    struct err_why *why);

/* Reads one; release with ledger__disclosure__free_unpacked(out, NULL).
 * ERR_MALFORMED, ERR_LIMIT.  Nothing is verified yet. */
ERR_CHECKED enum err disclosure_get(
    Ledger__Disclosure **out, struct bytes json, struct err_why *why);

/*
 * disclosure_open - hold `sealed` against the leaf: body, annex and auth open
 * their commitments, and nothing is there that the leaf does not commit to.
 * That a part is absent is not judged here.
 *
 *   body, annex   receive the canonical bytes shown
 *
 * ERR_UNVERIFIED, ERR_MALFORMED, ERR_UNSUPPORTED.
 */
ERR_CHECKED enum err disclosure_open(struct buf *body, struct buf *annex,
    const Ledger__Sealed *sealed, const Ledger__Entry *leaf,
    struct err_why *why);

/* The readable half says exactly what `body` and `annex` say.
 * ERR_UNVERIFIED. */
ERR_CHECKED enum err disclosure_readable(const Ledger__Disclosure *d,
    struct bytes body, struct bytes annex, struct err_why *why);

/*
 * disclosure_fields - numbers of the fields of `type` that are on the list of
 * JSON names, ascending.  out: SLICE_MAX long; returns how many.
 */
size_t disclosure_fields(uint32_t *out, const char *type,
    const char *const *names, size_t names_len);

/* Does any type have a field of this JSON name? */
bool disclosure_knows(const char *name);

#endif
