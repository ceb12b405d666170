/* council_card.h - when one card of a member may follow another. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_COUNCIL_CARD_H
#define FEDERATION_COUNCIL_CARD_H

#include <stdbool.h>

#include "council.pb-c.h"
#include "fed.pb-c.h"
#include "proto/err.h"

/* A copy, in memory of its own (slice_free), of a card that was checked. */
Fed__Card *council_card_copy(const Fed__Card *card);

bool council_card_same_identity(const Fed__Card *a, const Fed__Card *b);
/* Does `old` commit to the identity key of `card`? */
bool council_card_foretold(const Fed__Card *old, const Fed__Card *card);

/* Has `card` a key that `old`, of whomever, had and that is not in the card
 * `now` that it is to replace? */
bool council_card_reuses(
    const Fed__Card *old, const Fed__Card *now, const Fed__Card *card);

/*
 * council_card_renews - may p->card stand instead of `old`?  ROLE and ENDPOINT
 * change that alone; KEYS the rest but name, role, company and endpoint: a log
 * key with a later generation and with the end of the old one in p->ended.
 *
 * ERR_MALFORMED, ERR_REFUSED, and what roster_card_check says.
 */
ERR_CHECKED enum err council_card_renews(
    const Fed__Card *old, const Record__Proposal *p, struct err_why *why);

#endif
