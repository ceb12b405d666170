/* invite.h - invitations: made here, judged when a guest shows one. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_INVITE_H
#define NODE_INVITE_H

#include "config.pb-c.h"
#include "fed.pb-c.h"
#include "federation/invitation.h"
#include "proto/err.h"

struct service;

#define INVITE_ROLE "invite" /* of its row among the tokens: opens nothing */

/*
 * invite_make - an invitation into the epoch in force; nothing stored yet.
 *   row   release with config__token__free_unpacked(row, NULL)
 * ERR_NOT_FOUND  no alliance;  ERR_MALFORMED  the request
 * ERR_REFUSED    this node is no member, or nobody can dial it
 * ERR_EXISTS     the name is or was a member's
 */
ERR_CHECKED enum err invite_make(struct service *s,
    const Config__InvitationRequest *req, struct invitation *out,
    struct hash *hash, Config__Token **row, struct err_why *why);

/* A guest, by what its handshake showed. */
struct invite_guest {
	const char *id; /* of the invitation it names */
	const uint8_t *key; /* session key: it holds the secret one */
	const Fed__Guest *said;
	/* In and out: id of an epoch in which a proposal of ours did not
	 * stand, for there were too many: no more are made in it. */
	struct hash *full;
};

/*
 * invite_judge - what a guest is to be told; proposes its joining, once in
 * each epoch, when all is in order.  The invitation is bound to the first card
 * it is shown with, durably and before anything is proposed; asked again with
 * that card it only says how things stand.  Waits for commits.  out:
 * slice_free.
 */
void invite_judge(
    struct service *s, const struct invite_guest *g, Fed__Told **out);

#endif
