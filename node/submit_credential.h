/* submit_credential.h - bytes of a presentation that its issuer signs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_CREDENTIAL_H
#define NODE_SUBMIT_CREDENTIAL_H

#include "proto/buf.h"
#include "record.pb-c.h"

/*
 * submit_credential_text - what is signed, appended: "lianfang/presentation/v1"
 * LF credential_id LF issuer LF verifier LF holder_ref LF u64be issued_at ||
 * u64be expires_at; v2 || u64be last_worked_at where that is stated; v3 || that
 * or 0 || commitment || holder_key where the holder shows parts himself.  All
 * four strings must be set.
 */
void submit_credential_text(struct buf *out, const Record__Presentation *p);

/* Does the key in it belong to its issuer, as far as is known here? */
struct site;
bool submit_credential_holds(struct site *s, const Record__Presentation *p);

#endif
