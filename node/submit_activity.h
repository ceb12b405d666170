/* submit_activity.h - what goes on nearby stops other work. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_ACTIVITY_H
#define NODE_SUBMIT_ACTIVITY_H

#include "node/commit.h"

/*
 * submit_activity - after a case was reported, ctx->fold.row being its row: one
 * of a type that packs keep apart from a work (gas-venting, liquid-draining,
 * painting, dust-sweeping, dike-draining, hazmat-train) suspends such work that
 * is under way near it.  While it is open none starts or resumes there
 * (permit_world).  ERR_OK for other messages.
 * Source: GB 30871-2022 5.2.8, 5.2.9, 5.2.10, 6.7.
 */
ERR_CHECKED enum err submit_activity(
    struct commit_ctx *ctx, const ProtobufCMessage *msg, struct err_why *why);

#endif
