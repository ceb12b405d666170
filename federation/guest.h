/* guest.h - a new node's side of the conversation under an invitation. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_GUEST_H
#define FEDERATION_GUEST_H

#include "federation/invitation.h"

/*
 * It dials, so it needs no endpoint of its own.  Each question is a handshake
 * of its own with the key that the invitation names; nobody else can answer,
 * and nobody else reads what is asked.  One thread.
 */
struct guest;

/* v: copied; session: the key of the card that will be shown, copied.
 * ERR_MALFORMED, ERR_IO: the address cannot be dialled. */
ERR_CHECKED enum err guest_open(struct guest **out, const struct invitation *v,
    const struct crypto_dh *session, struct err_why *why);
void guest_close(struct guest *g); /* NULL allowed */

/*
 * guest_ask - one question, waiting up to 15 s; it may be asked again.  The
 * secret is filled in.  out: slice_free; an epoch in it is checked against the
 * invitation.
 * ERR_TIMEOUT     no answer
 * ERR_BUSY        it does not know this invitation, or has too much to do
 * ERR_UNVERIFIED  an answer that is not of whoever invited, or another epoch
 */
ERR_CHECKED enum err guest_ask(
    struct guest *g, const Fed__Guest *m, Fed__Told **out, struct err_why *why);

#endif
