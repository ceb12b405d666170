/* treeweb.h - the logs over HTTP: checkpoints, tiles, bundles, proofs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_TREEWEB_H
#define NODE_TREEWEB_H

#include "node/ops.h"

/*
 * The read API of c2sp.org/tlog-tiles under the path of each own log's origin,
 * and single proofs (c2sp.org/tlog-proof).  {generation} that is not held is
 * ERR_NOT_FOUND.
 */
enum err treeweb_evidence_checkpoint(
    struct ops_call *call, struct err_why *why);
enum err treeweb_alliance_checkpoint(
    struct ops_call *call, struct err_why *why);
enum err treeweb_evidence_tile(struct ops_call *call, struct err_why *why);
enum err treeweb_alliance_tile(struct ops_call *call, struct err_why *why);

/* {log} evidence or alliance, {index}; ?site= another node's log held here,
 * ?quorum=N under a checkpoint with at least N cosignatures, ?origin=. */
enum err treeweb_proof(struct ops_call *call, struct err_why *why);

#endif
