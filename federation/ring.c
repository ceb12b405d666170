/* ring.c - a member vouches for an item, and nobody learns which member. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/ring.h"

#include "proto/crypto.h"
#include "proto/digest.h"

#define ID_TAG "lianfang/ring/v1"
#define BASE_TAG "lianfang/ring-base/v1"
#define STEP_TAG "lianfang/ring-step/v1"
#define PROOF_TAG "lianfang/ring-proof/v1"
#define EPOCH_BYTES 8

/* A signature: the tag, the first challenge, an answer for each key. */
#define TAG_AT 0
#define FIRST_AT GROUP_BYTES
#define ANSWER_AT(i) (((i) + 2) * GROUP_BYTES)

void
ring_key_new(struct ring_key *out)
{
	enum err e;

	do {
		group_random(&out->secret);
		e = group_base(&out->pub, &out->secret);
	} while (e != ERR_OK);
}

enum err
ring_key_open(
    struct ring_key *out, const struct scalar *secret, struct err_why *why)
{
	struct ring_key k = {.secret = *secret};
	enum err e = ERR_MALFORMED;

	if (group_scalar_ok(secret))
		e = group_base(&k.pub, secret);
	if (e == ERR_OK)
		*out = k;
	else
		e = err_fail(why, ERR_MALFORMED, "ring key: not a secret key");
	ring_key_wipe(&k);
	return e;
}

void
ring_key_wipe(struct ring_key *k)
{
	crypto_wipe(k, sizeof *k);
}

static void
put_u64(uint8_t out[static EPOCH_BYTES], uint64_t v)
{
	for (size_t i = 0; i < EPOCH_BYTES; i++)
		out[i] = (uint8_t)(v >> (8 * (EPOCH_BYTES - 1 - i)));
}

enum err
ring_open(struct ring *out, const struct hash *alliance, uint64_t epoch,
    const struct point *keys, size_t n, struct err_why *why)
{
	struct ring r = {.keys = keys, .n = n};
	uint8_t at[EPOCH_BYTES];

	if (n < RING_MIN || n > RING_MAX)
		return err_fail(why, ERR_LIMIT,
		    "ring: %zu members, it takes %d to %d", n, RING_MIN,
		    RING_MAX);
	for (size_t i = 0; i < n; i++) {
		if (!group_point_ok(&keys[i]))
			return err_fail(why, ERR_MALFORMED,
			    "ring: key %zu is none, or not in its order", i);
		if (i > 0 && memcmp(keys[i - 1].b, keys[i].b, GROUP_BYTES) >= 0)
			return err_fail(why, ERR_CONFLICT,
			    "ring: key %zu is none, or not in its order", i);
	}
	put_u64(at, epoch);
	struct bytes parts[] = {
	    bytes_str(ID_TAG),
	    bytes_hash(alliance),
	    bytes_of(at, sizeof at),
	    bytes_of(keys, n * sizeof *keys),
	};
	digest_sha256_parts(&r.id, parts, 4);
	parts[0] = bytes_str(BASE_TAG);
	group_hash_point(&r.base, parts, 3);
	*out = r;
	return ERR_OK;
}

/* The next challenge, of what the last answer commits to. */
static void
step(struct scalar *out, const struct ring *ring, const struct point *tag,
    const struct hash *message, const struct point *left,
    const struct point *right)
{
	const struct bytes parts[] = {
	    bytes_str(STEP_TAG),
	    bytes_hash(&ring->id),
	    bytes_of(tag->b, GROUP_BYTES),
	    bytes_hash(message),
	    bytes_of(left->b, GROUP_BYTES),
	    bytes_of(right->b, GROUP_BYTES),
	};

	group_hash_scalar(out, parts, sizeof parts / sizeof parts[0]);
}

/* From the challenge of key i and its answer to the challenge of key i + 1. */
static enum err
turn(struct scalar *challenge, const struct ring *ring, size_t i,
    const struct scalar *answer, const struct point *tag,
    const struct hash *message)
{
	struct point left, right;
	enum err e = group_sum(&left, answer, NULL, challenge, &ring->keys[i]);

	if (e == ERR_OK)
		e = group_sum(&right, answer, &ring->base, challenge, tag);
	if (e == ERR_OK)
		step(challenge, ring, tag, message, &left, &right);
	return e;
}

static size_t
place_of(const struct ring *ring, const struct point *pub)
{
	size_t at = 0;

	while (
	    at < ring->n && memcmp(ring->keys[at].b, pub->b, GROUP_BYTES) != 0)
		at++;
	return at;
}

/* One try; a scalar or point of chance 2^-252 makes it fail. */
static enum err
go_round(uint8_t *out, const struct ring *ring, const struct ring_key *key,
    size_t own, const struct hash *message)
{
	struct point tag, left, right;
	struct scalar c, nonce, answer;
	enum err e = group_times(&tag, &key->secret, &ring->base);

	group_random(&nonce);
	if (e == ERR_OK)
		e = group_base(&left, &nonce);
	if (e == ERR_OK)
		e = group_times(&right, &nonce, &ring->base);
	if (e != ERR_OK)
		goto out;
	step(&c, ring, &tag, message, &left, &right);
	for (size_t k = 1; k <= ring->n; k++) {
		const size_t i = (own + k) % ring->n;

		if (i == 0)
			memcpy(out + FIRST_AT, c.b, GROUP_BYTES);
		if (k == ring->n)
			group_less(&answer, &nonce, &c, &key->secret);
		else
			group_random(&answer);
		memcpy(out + ANSWER_AT(i), answer.b, GROUP_BYTES);
		if (k == ring->n)
			break;
		e = turn(&c, ring, i, &answer, &tag, message);
		if (e != ERR_OK)
			goto out;
	}
	memcpy(out + TAG_AT, tag.b, GROUP_BYTES);
out:
	crypto_wipe(&nonce, sizeof nonce);
	return e;
}

enum err
ring_sign(uint8_t *out, const struct ring *ring, const struct ring_key *key,
    const struct hash *message, struct err_why *why)
{
	const size_t own = place_of(ring, &key->pub);
	struct point tag;
	enum err e;

	if (own == ring->n)
		return err_fail(why, ERR_NOT_FOUND,
		    "ring: this node's key is not among those of the epoch");
	e = go_round(out, ring, key, own, message);
	/* What was signed under a fault tells the secret: it is looked at. */
	if (e == ERR_OK)
		e = ring_check(ring, message,
		    bytes_of(out, RING_SIGNATURE_BYTES(ring->n)), &tag, why);
	if (e != ERR_OK)
		crypto_wipe(out, RING_SIGNATURE_BYTES(ring->n));
	return e;
}

enum err
ring_check(const struct ring *ring, const struct hash *message,
    struct bytes signature, struct point *tag, struct err_why *why)
{
	struct point t;
	struct scalar first, c, answer;

	if (signature.len != RING_SIGNATURE_BYTES(ring->n))
		return err_fail(
		    why, ERR_MALFORMED, "ring signature: not of its form");
	memcpy(t.b, signature.ptr + TAG_AT, GROUP_BYTES);
	memcpy(first.b, signature.ptr + FIRST_AT, GROUP_BYTES);
	if (!group_point_ok(&t) || !group_scalar_ok(&first))
		return err_fail(
		    why, ERR_MALFORMED, "ring signature: not of its form");
	c = first;
	for (size_t i = 0; i < ring->n; i++) {
		enum err e;

		memcpy(answer.b, signature.ptr + ANSWER_AT(i), GROUP_BYTES);
		if (!group_scalar_ok(&answer))
			return err_fail(why, ERR_MALFORMED,
			    "ring signature: not of its form");
		e = turn(&c, ring, i, &answer, &t, message);
		if (e != ERR_OK)
			return err_fail(why, ERR_UNVERIFIED,
			    "ring signature: no member of the epoch made it");
	}
	if (memcmp(c.b, first.b, GROUP_BYTES) != 0)
		return err_fail(why, ERR_UNVERIFIED,
		    "ring signature: no member of the epoch made it");
	*tag = t;
	return ERR_OK;
}

/* A ring of one, whose base is nobody else's: what it signs is its name. */
static void
ring_of_one(struct ring *out, const struct hash *alliance, uint64_t epoch,
    const char *member, const struct point *key)
{
	uint8_t at[EPOCH_BYTES];
	const struct bytes parts[] = {
	    bytes_str(PROOF_TAG),
	    bytes_hash(alliance),
	    bytes_of(at, sizeof at),
	    bytes_str(member),
	    bytes_of(key->b, GROUP_BYTES),
	};

	put_u64(at, epoch);
	*out = (struct ring){.keys = key, .n = 1};
	digest_sha256_parts(&out->id, parts, sizeof parts / sizeof parts[0]);
	group_hash_point(&out->base, parts, sizeof parts / sizeof parts[0]);
}

enum err
ring_prove(uint8_t out[static RING_PROOF_BYTES], const struct hash *alliance,
    uint64_t epoch, const char *member, const struct ring_key *key,
    struct err_why *why)
{
	struct ring one;

	ring_of_one(&one, alliance, epoch, member, &key->pub);
	return ring_sign(out, &one, key, &one.id, why);
}

enum err
ring_proven(struct bytes proof, const struct hash *alliance, uint64_t epoch,
    const char *member, const struct point *key, struct err_why *why)
{
	struct point tag;
	struct ring one;

	if (!group_point_ok(key))
		return err_fail(why, ERR_MALFORMED,
		    "ring: key %zu is none, or not in its order", (size_t)0);
	ring_of_one(&one, alliance, epoch, member, key);
	return ring_check(&one, &one.id, proof, &tag, why);
}
