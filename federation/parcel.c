/* parcel.c - turns in a file, for one member alone. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/parcel.h"

#include <assert.h>
#include <stdlib.h>

#include "federation/noise.h"
#include "proto/digest.h"
#include "proto/mem.h"

#define MAGIC_BYTES (sizeof(PARCEL_MAGIC) - 1)
#define VERSION_AT (MAGIC_BYTES - 2) /* what is before it stays */
#define BOUND_BYTES (MAGIC_BYTES + 3 * PARCEL_TAG_BYTES)
#define PAYLOAD_BYTES (CRYPTO_KEY_BYTES + 8)

_Static_assert(
    PARCEL_HEAD_BYTES == BOUND_BYTES + NOISE_HELLO_BYTES + PAYLOAD_BYTES,
    "as the header says");

/* Who knows `secret` finds it again; to all others it is as random as salt. */
static void
tag(uint8_t out[static PARCEL_TAG_BYTES], const char *label,
    const uint8_t *salt, struct bytes secret)
{
	struct bytes parts[3] = {
	    bytes_str(label), bytes_of(salt, PARCEL_TAG_BYTES), secret};
	struct hash h;

	digest_sha256_parts(&h, parts, 3);
	memcpy(out, h.b, PARCEL_TAG_BYTES);
}

static void
tag_alliance(uint8_t out[static PARCEL_TAG_BYTES], const struct roster *r,
    const uint8_t *salt)
{
	tag(out, "lianfang/courier-alliance/v1", salt,
	    bytes_hash(roster_fingerprint(r)));
}

static void
tag_member(uint8_t out[static PARCEL_TAG_BYTES], const struct roster *r,
    const struct roster_member *m, const uint8_t *salt)
{
	uint8_t both[HASH_BYTES + CRYPTO_KEY_BYTES];

	memcpy(both, roster_fingerprint(r)->b, HASH_BYTES);
	memcpy(both + HASH_BYTES, m->session, CRYPTO_KEY_BYTES);
	tag(out, "lianfang/courier-to/v1", salt, bytes_of(both, sizeof(both)));
}

static struct noise_setup
setup_of(const struct parcel_ends *ends, struct bytes bound,
    const struct roster_member *to)
{
	return (struct noise_setup){
	    .role = to != NULL ? NOISE_INITIATOR : NOISE_RESPONDER,
	    .prologue = bound,
	    .own = ends->key,
	    .peer = to != NULL ? to->session : NULL};
}

enum err
parcel_begin(struct parcel *out, const struct parcel_ends *ends,
    const struct roster_member *to, int64_t made_us, struct buf *file,
    struct err_why *why)
{
	uint8_t head[BOUND_BYTES], payload[PAYLOAD_BYTES];
	uint8_t *salt = head + MAGIC_BYTES;
	struct noise_setup setup;
	struct noise n;
	enum err e;
	int i;

	*out = (struct parcel){.made_us = made_us};
	crypto_random(out->key, sizeof(out->key));
	memcpy(head, PARCEL_MAGIC, MAGIC_BYTES);
	crypto_random(salt, PARCEL_TAG_BYTES);
	tag_alliance(salt + PARCEL_TAG_BYTES, ends->roster, salt);
	tag_member(salt + 2 * PARCEL_TAG_BYTES, ends->roster, to, salt);
	buf_put(file, head, sizeof(head));
	setup = setup_of(ends, bytes_of(head, sizeof(head)), to);
	noise_start(&n, &setup);
	memcpy(payload, out->key, CRYPTO_KEY_BYTES);
	for (i = 0; i < 8; i++)
		payload[CRYPTO_KEY_BYTES + i] =
		    (uint8_t)((uint64_t)made_us >> (56 - 8 * i));
	e = noise_write(&n, bytes_of(payload, sizeof(payload)), file, why);
	crypto_wipe(payload, sizeof(payload));
	crypto_wipe(&n, sizeof(n));
	return e;
}

enum err
parcel_put(struct parcel *p, struct bytes turn, bool last, struct buf *file)
{
	const size_t len = turn.len + PARCEL_EXTRA;
	uint8_t *plain, *at;

	if (turn.len > EXCHANGE_TURN_MAX)
		return ERR_LIMIT;
	buf_u32be(file, (uint32_t)len);
	at = buf_grow(file, len);
	if (at == NULL)
		return ERR_LIMIT;
	plain = at;
	plain[0] = last ? 1 : 0;
	memcpy(plain + 1, turn.ptr, turn.len);
	/* In place: the cipher reads no byte that it has written. */
	crypto_noise_seal(at, bytes_of(plain, 1 + turn.len), bytes_of("", 0),
	    p->key, p->frames++);
	return ERR_OK;
}

/* Whose file is it, when it is not ours? */
static enum err
refuse_other(const struct parcel_ends *ends, const uint8_t *salt,
    const uint8_t *to, struct err_why *why)
{
	const struct roster_member *m;
	uint8_t t[PARCEL_TAG_BYTES];
	size_t i;

	for (i = 0; i < roster_len(ends->roster); i++) {
		m = roster_at(ends->roster, i);
		tag_member(t, ends->roster, m, salt);
		if (memcmp(t, to, sizeof(t)) == 0)
			return err_fail(why, ERR_DENIED,
			    "this file is for %s, not for this node", m->name);
	}
	return err_fail(
	    why, ERR_DENIED, "this file is for nobody of this alliance");
}

static const struct roster_member *
holder(const struct roster *r, const uint8_t *key)
{
	size_t i;

	for (i = 0; i < roster_len(r); i++)
		if (crypto_same(
		        roster_at(r, i)->session, key, CRYPTO_KEY_BYTES))
			return roster_at(r, i);
	return NULL;
}

enum err
parcel_known(struct bytes head, struct err_why *why)
{
	if (head.len < VERSION_AT ||
	    memcmp(head.ptr, PARCEL_MAGIC, VERSION_AT) != 0)
		return err_fail(why, ERR_MALFORMED,
		    "this is no file of lianfang courier export");
	if (head.len < MAGIC_BYTES ||
	    memcmp(head.ptr, PARCEL_MAGIC, MAGIC_BYTES) != 0)
		return err_fail(why, ERR_UNSUPPORTED,
		    "this file has another format than v1, which is all that "
		    "this version reads: have it exported anew");
	return ERR_OK;
}

/* What stands in clear: which version, which alliance, for whom. */
static enum err
judge_tags(
    const struct parcel_ends *ends, struct bytes head, struct err_why *why)
{
	const uint8_t *salt;
	uint8_t t[PARCEL_TAG_BYTES];
	enum err e;

	e = parcel_known(head, why);
	if (e != ERR_OK)
		return e;
	if (head.len != PARCEL_HEAD_BYTES)
		return err_fail(why, ERR_MALFORMED, "courier: cut off");
	salt = head.ptr + MAGIC_BYTES;
	tag_alliance(t, ends->roster, salt);
	if (memcmp(t, salt + PARCEL_TAG_BYTES, sizeof(t)) != 0)
		return err_fail(
		    why, ERR_CONFLICT, "this file is of another alliance");
	tag_member(
	    t, ends->roster, roster_find(ends->roster, ends->self), salt);
	if (memcmp(t, salt + 2 * PARCEL_TAG_BYTES, sizeof(t)) != 0)
		return refuse_other(
		    ends, salt, salt + 2 * PARCEL_TAG_BYTES, why);
	return ERR_OK;
}

enum err
parcel_open(struct parcel *out, const struct parcel_ends *ends,
    struct bytes head, struct err_why *why)
{
	struct noise_setup setup;
	struct buf_reader r;
	struct buf payload;
	struct noise n;
	enum err e;

	*out = (struct parcel){.from = NULL};
	e = judge_tags(ends, head, why);
	if (e != ERR_OK)
		return e;
	setup = setup_of(ends, bytes_of(head.ptr, BOUND_BYTES), NULL);
	noise_start(&n, &setup);
	buf_init(&payload, PAYLOAD_BYTES);
	e = noise_read(&n,
	    bytes_of(head.ptr + BOUND_BYTES, head.len - BOUND_BYTES), &payload,
	    NULL);
	if (e == ERR_OK)
		out->from = holder(ends->roster, n.peer);
	if (e != ERR_OK)
		e = err_fail(why, ERR_UNVERIFIED,
		    "the file is altered, or sealed to an older key of this "
		    "node");
	else if (out->from == NULL || strcmp(out->from->name, ends->self) == 0)
		e = err_fail(why, ERR_UNVERIFIED,
		    "the file was made by no other member of this alliance");
	if (e == ERR_OK) {
		r = (struct buf_reader){buf_view(&payload), false};
		memcpy(out->key, buf_read(&r, CRYPTO_KEY_BYTES).ptr,
		    CRYPTO_KEY_BYTES);
		out->made_us = (int64_t)(buf_read_u64be(&r) & INT64_MAX);
	}
	buf_wipe(&payload);
	crypto_wipe(&n, sizeof(n));
	return e;
}

enum err
parcel_length(size_t *out, struct bytes at, struct err_why *why)
{
	struct buf_reader r = {at, false};

	*out = buf_read_u32be(&r);
	if (r.bad || at.len != PARCEL_LENGTH_BYTES)
		return err_fail(why, ERR_MALFORMED, "courier: cut off");
	if (*out < PARCEL_EXTRA || *out > PARCEL_FRAME_MAX)
		return err_fail(why, ERR_LIMIT,
		    "courier: a frame of %zu bytes, which none has", *out);
	return ERR_OK;
}

enum err
parcel_take(const struct parcel *p, uint64_t n, struct bytes frame,
    struct buf *turn, bool *last, struct err_why *why)
{
	size_t plain;
	uint8_t *at;
	enum err e;

	if (frame.len < PARCEL_EXTRA || frame.len > PARCEL_FRAME_MAX)
		return err_fail(
		    why, ERR_LIMIT, "courier: a frame of %zu bytes", frame.len);
	plain = frame.len - CRYPTO_TAG_BYTES;
	at = mem_alloc(1, plain);
	e = crypto_noise_open(at, frame, bytes_of("", 0), p->key, n);
	if (e == ERR_OK && at[0] > 1)
		e = ERR_UNVERIFIED;
	if (e == ERR_OK) {
		*last = at[0] == 1;
		buf_put(turn, at + 1, plain - 1);
		e = buf_ok(turn, why);
	} else {
		e = err_fail(why, ERR_UNVERIFIED,
		    "frame %llu of the file is altered or out of its place",
		    (unsigned long long)n);
	}
	free(at);
	return e;
}

void
parcel_wipe(struct parcel *p)
{
	crypto_wipe(p, sizeof(*p));
}
