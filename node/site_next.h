/* site_next.h - new keys of the node, until the members have voted for them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SITE_NEXT_H
#define NODE_SITE_NEXT_H

#include "fed.pb-c.h"
#include "node/site.h"

/*
 * DIR/keys/next holds identity.key, next-identity.key (the one after it),
 * witness.key and session.key, each alone or with others.  Whatever the card in
 * force says is put in force from there, one rename for each: killed at any
 * instant each key is the old or the new one, and the next start goes on.  Keys
 * of logs come with generations (submit_roll.h), not from here.
 * Rules: docs/decisions/0050.
 */
#define SITE_NEXT_IDENTITY 1u
#define SITE_NEXT_WITNESS 2u
#define SITE_NEXT_SESSION 4u
#define SITE_NEXT_ALL 7u

struct site_next {
	unsigned has; /* SITE_NEXT_.. */
	struct crypto_signer identity;
	struct hash after; /* digest of the identity key that follows it */
	struct crypto_signer witness;
	struct crypto_dh session;
};

/*
 * site_next_make - makes those of `which` that are not there yet; durable.
 *   foretold   digest of the next identity key (fed.Card): that one is taken
 *              from DIR/keys/next-identity.key; NULL: any, for others to vote
 * ERR_REFUSED: the key that was foretold is not here
 */
ERR_CHECKED enum err site_next_make(const char *dir, const char *name,
    unsigned which, const struct hash *foretold, struct err_why *why);
/* What is there; wipe it after use.  ERR_MALFORMED, ERR_IO. */
ERR_CHECKED enum err site_next_read(struct site_next *out, const char *dir,
    const char *name, struct err_why *why);

/* A key in use is lost and a next one is there: that is used.  Before the keys
 * are loaded. */
ERR_CHECKED enum err site_next_rescue(const char *dir, struct err_why *why);

/*
 * site_next_adopt - the keys of this card, which is in force, where they wait
 * here; the notes of own generations are signed by the new identity key.  The
 * session key that it replaces rests in DIR/keys/session.before, since members
 * may still be in the epoch of that; witness and identity keys are destroyed.
 *   changed   site_keys() is another one now
 * One caller at a time.
 */
ERR_CHECKED enum err site_next_adopt(
    struct site *s, const Fed__Card *card, bool *changed, struct err_why *why);

/* The session key that members in another epoch know us by: the one that waits
 * (`waits`), else the one before, for SITE_NEXT_KEPT_US.  False: neither. */
#define SITE_NEXT_KEPT_US (INT64_C(30) * 86400 * 1000000)
bool site_next_session(
    const struct site *s, struct crypto_dh *out, bool *waits);

#endif
