/* submit_holder.h - what is recorded against a holder of certificates. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_HOLDER_H
#define NODE_SUBMIT_HOLDER_H

#include "node/commit.h"
#include "pack.pb-c.h"
#include "record.pb-c.h"

/*
 * submit_holder_barred - until when may he have no new certificate of this
 * family?  By the certificates of the same reference, or of the same identity
 * number, that were revoked for a reason that bars; through keyed hashes, so
 * also when no name is known.
 *   issue   a certificate to be issued
 *   class   of it; NULL: in no pack, nothing is known
 *   until   0: not barred
 * Source: order 30 art. 30 through the pack.
 */
ERR_CHECKED enum err submit_holder_barred(struct commit_ctx *ctx,
    const Record__Certificate *issue, const Pack__CredentialClass *class,
    int64_t *until, struct err_why *why);

/* The end of the bar that a certificate's row sets; 0: none; INT64_MAX: it was
 * revoked, and the pack that says whether that bars is not here. */
int64_t submit_holder_bar(
    const struct site *s, int64_t now_us, const struct row *r);

/* Is there an open case of this type about the holder? */
ERR_CHECKED enum err submit_holder_held(struct commit_ctx *ctx,
    const char *holder, const char *type, bool *held, struct err_why *why);

#endif
