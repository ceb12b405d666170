/* submit_pairing.h - a credential for each verifier that is shown one. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SUBMIT_PAIRING_H
#define NODE_SUBMIT_PAIRING_H

#include "node/commit.h"
#include "node/fold_ids.h"
#include "node/submit.h"
#include "record.pb-c.h"

/* Pairings of one certificate that are not over; one more is refused, so that
 * none is passed over when a status is said of all. */
#define SUBMIT_PAIRING_MOST 1000

/*
 * submit_pairing - the credential that a certificate is shown by to one
 * verifier until then: one that is in force already, the one that publishing
 * made while nobody was shown it, or a new one (CREDENTIAL on the alliance log,
 * PAIRING on the evidence log).  Any thread; waits for the committer when it
 * has to be made.
 *
 * ERR_NOT_FOUND: not published; ERR_REFUSED: not in force; ERR_LIMIT: over
 * SUBMIT_PAIRING_MOST; ERR_* of the committer.
 */
struct submit_pair {
	uint8_t certificate[16];
	const char *verifier;
	int64_t until_us;
};
ERR_CHECKED enum err submit_pairing(struct site *s,
    const struct submit_pair *asked, uint8_t out[static 16],
    struct err_why *why);

/* Ids of the credentials that were ever made of it, added.  Inside a command,
 * or a reader of the own tables. */
ERR_CHECKED enum err submit_pairing_all(struct commit_ctx *ctx,
    const uint8_t certificate[static 16], struct fold_ids *out,
    struct err_why *why);

/*
 * submit_pairing_secret - what the holder's references come from, and whether
 * publishing left a credential that nobody was shown: of the newest PUBLISH.
 * ERR_NOT_FOUND: erased, or never published.
 */
struct submit_secret {
	uint8_t b[32]; /* crypto_wipe */
	bool spare;
};
ERR_CHECKED enum err submit_pairing_secret(struct commit_ctx *ctx,
    const uint8_t certificate[static 16], const struct row *row,
    struct submit_secret *out, struct err_why *why);

/* That of another published certificate of the same person (reference and
 * identity number); a new one when there is none. */
ERR_CHECKED enum err submit_pairing_person(struct commit_ctx *ctx,
    const Record__Certificate *issue, uint8_t out[static 32],
    struct err_why *why);

/* Appends a CREDENTIAL of that certificate, in force until its terms end or
 * until then, whichever is first. */
struct submit_minted {
	const Record__Certificate *issue;
	const struct row *row;
	int64_t until_us;
	const uint8_t *id; /* 16 */
};
ERR_CHECKED enum err submit_pairing_mint(struct commit_ctx *ctx,
    const struct submit_minted *m, struct submit_receipt *out,
    struct err_why *why);

#endif
