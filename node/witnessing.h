/* witnessing.h - this node as a witness that anybody may ask over HTTP. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_WITNESSING_H
#define NODE_WITNESSING_H

#include "node/ops.h"
#include "proto/buf.h"

/*
 * c2sp.org/tlog-witness under /witness, over the state that sessions with
 * members change too (federation/cosign.h).  Who may ask is who can sign for a
 * log of a member or for one that node.yaml lists; no token.
 */
struct witnessing;
struct witnessing *witnessing_new(void);
void witnessing_free(struct witnessing *w); /* NULL allowed */

/* POST add-checkpoint: 200 with the cosignature; 400, 403, 404, 409 with the
 * size, 422 as the source says; 413 over WITNESSING_BODY_MAX; 429 more than
 * WITNESSING_RATE a second for one log; 503 while it may not be said. */
#define WITNESSING_BODY_MAX 81920
#define WITNESSING_RATE 10
#define WITNESSING_BURST 20
enum err witnessing_add(struct ops_call *call, struct err_why *why);
/* GET <hex SHA-256 of the origin>/checkpoint: what was cosigned last. */
enum err witnessing_get(struct ops_call *call, struct err_why *why);

/* For /metrics. */
void witnessing_metrics(const struct witnessing *w, struct buf *out);

#endif
