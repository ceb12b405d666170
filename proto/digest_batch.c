/* digest_batch.c - many short SHA-256 at a time, for less than one by one. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/digest_batch.h"

/* With fewer, two at a time take no longer than sixteen. */
#define WIDE_LEAST 8
/* The same for texts that must be turned about first. */
#define WIDE_TEXTS 13

_Static_assert(DIGEST_TAG_BYTES == DIGEST_TAG_WORDS * sizeof(uint32_t), "tag");

void
digest_batch_init(struct digest_batch *b)
{
	b->len = 0;
	b->used = 0;
}

/* Room for a message of `len` bytes and its padding; NULL: too long for any
 * batch. */
static struct digest_job *
next_job(struct digest_batch *b, size_t len)
{
	const size_t most = DIGEST_BLOCK_BYTES + DIGEST_PAD_MIN;

	if (len > DIGEST_BATCH_BYTES - most)
		return NULL;
	if (b->len == DIGEST_BATCH_JOBS ||
	    b->used + len + most > DIGEST_BATCH_BYTES)
		digest_batch_run(b);
	return &b->job[b->len++];
}

/* The message is in place. */
static void
take_job(struct digest_batch *b, struct digest_job *j, size_t len)
{
	size_t whole;

	j->in = b->in + b->used;
	whole = digest_pad(b->in + b->used, len, 0);
	j->blocks = whole / DIGEST_BLOCK_BYTES;
	b->used += whole;
}

void
digest_batch_add(struct digest_batch *b, struct hash *out,
    const struct bytes *parts, size_t n)
{
	struct digest_job *j;
	size_t len = 0;
	uint8_t *to;

	for (size_t i = 0; i < n; i++)
		len += parts[i].len;
	j = next_job(b, len);
	if (j == NULL) {
		digest_sha256_parts(out, parts, n);
		return;
	}
	to = b->in + b->used;
	for (size_t i = 0; i < n; i++) {
		if (parts[i].len > 0)
			memcpy(to, parts[i].ptr, parts[i].len);
		to += parts[i].len;
	}
	j->out = out;
	j->state = digest_begin;
	take_job(b, j, len);
}

/* The longest first, so that nothing long is left without company. */
static void
longest_first(struct digest_batch *b)
{
	struct digest_job first = b->job[0];
	size_t at = 0;

	for (size_t i = 1; i < b->len; i++) {
		if (b->job[i].blocks > b->job[at].blocks)
			at = i;
	}
	if (at == 0)
		return;
	b->job[0] = b->job[at];
	b->job[at] = first;
}

static void
done(struct digest_job *j, size_t blocks)
{
	j->in += blocks * DIGEST_BLOCK_BYTES;
	j->blocks -= blocks;
	if (j->blocks == 0)
		digest_state_put(j->out->b, &j->state);
}

/* Jobs by falling length; mostly they come so. */
static void
by_length(const struct digest_batch *b, uint8_t order[static DIGEST_BATCH_JOBS])
{
	for (size_t i = 0; i < b->len; i++) {
		size_t at = i;

		for (;
		     at > 0 && b->job[order[at - 1]].blocks < b->job[i].blocks;
		     at--)
			order[at] = order[at - 1];
		order[at] = (uint8_t)i;
	}
}

/* Sixteen at a time while there are enough of them, those of one length
 * together; the rest is moved to the front. */
static void
run_wide(struct digest_batch *b)
{
	struct digest_state idle = {{0}};
	struct digest_job rest[WIDE_TEXTS];
	uint8_t order[DIGEST_BATCH_JOBS];
	size_t at = 0;

	by_length(b, order);
	while (b->len - at >= WIDE_TEXTS) {
		struct digest_stream s[DIGEST_WIDE];
		size_t blocks[DIGEST_WIDE] = {0};
		size_t n = b->len - at;

		n = n < DIGEST_WIDE ? n : DIGEST_WIDE;
		for (size_t i = 0; i < DIGEST_WIDE; i++)
			s[i].state = &idle;
		for (size_t i = 0; i < n; i++) {
			struct digest_job *j = &b->job[order[at + i]];

			s[i] = (struct digest_stream){&j->state, j->in};
			blocks[i] = j->blocks;
		}
		digest_wide(s, blocks);
		for (size_t i = 0; i < n; i++)
			done(&b->job[order[at + i]], blocks[i]);
		at += n;
	}
	b->len -= at;
	for (size_t i = 0; i < b->len; i++)
		rest[i] = b->job[order[at + i]];
	for (size_t i = 0; i < b->len; i++)
		b->job[i] = rest[i];
	explicit_bzero(rest, b->len * sizeof rest[0]);
}

void
digest_batch_run(struct digest_batch *b)
{
	const size_t len = b->len;
	size_t x = 0;
	size_t y = 1;
	size_t next = 2;

	if (len >= WIDE_TEXTS && digest_wide_fast())
		run_wide(b);
	if (b->len > 1)
		longest_first(b);
	while (x < b->len && y < b->len) {
		struct digest_job *p = &b->job[x];
		struct digest_job *q = &b->job[y];
		size_t n = p->blocks < q->blocks ? p->blocks : q->blocks;

		digest_two((struct digest_stream){&p->state, p->in},
		    (struct digest_stream){&q->state, q->in}, n);
		done(p, n);
		done(q, n);
		if (p->blocks == 0)
			x = next++;
		if (q->blocks == 0)
			y = next++;
	}
	x = x < y ? x : y;
	if (x < b->len) {
		struct digest_job *p = &b->job[x];

		digest_blocks(&p->state, p->in, p->blocks);
		done(p, p->blocks);
	}
	/* Salts, keys half hashed, and what salts hide. */
	explicit_bzero(b->in, b->used);
	explicit_bzero(b->job, len * sizeof b->job[0]);
	digest_batch_init(b);
}

/* Tag and number, padded: the only block of a text upon a key. */
static void
put_numbered(uint8_t block[static DIGEST_BLOCK_BYTES], uint32_t number)
{
	for (size_t i = 0; i < sizeof number; i++)
		block[DIGEST_TAG_BYTES + i] = (uint8_t)(number >> (24 - 8 * i));
}

void
digest_two_numbers(const struct digest_hmac *key, const uint8_t *tag,
    const uint32_t *number, struct hash *out, size_t n)
{
	uint8_t in[2][DIGEST_BLOCK_BYTES];
	uint8_t inner[2][DIGEST_BLOCK_BYTES];
	struct digest_state s[2];

	for (size_t k = 0; k < 2; k++) {
		memcpy(in[k], tag, DIGEST_TAG_BYTES);
		(void)digest_pad(in[k], DIGEST_TAG_BYTES + sizeof number[0],
		    DIGEST_BLOCK_BYTES);
		(void)digest_pad(inner[k], HASH_BYTES, DIGEST_BLOCK_BYTES);
	}
	for (size_t i = 0; i < n; i += 2) {
		/* The last of an odd number keeps itself company. */
		const size_t at[2] = {i, i + 1 < n ? i + 1 : i};

		for (size_t k = 0; k < 2; k++) {
			put_numbered(in[k], number[at[k]]);
			memcpy(s[k].h, key->inner, sizeof s[k].h);
		}
		digest_two((struct digest_stream){&s[0], in[0]},
		    (struct digest_stream){&s[1], in[1]}, 1);
		for (size_t k = 0; k < 2; k++) {
			digest_state_put(inner[k], &s[k]);
			memcpy(s[k].h, key->outer, sizeof s[k].h);
		}
		digest_two((struct digest_stream){&s[0], inner[0]},
		    (struct digest_stream){&s[1], inner[1]}, 1);
		for (size_t k = 0; k < 2; k++)
			digest_state_put(out[at[k]].b, &s[k]);
	}
	explicit_bzero(inner, sizeof inner);
	explicit_bzero(s, sizeof s);
}

void
digest_hmac_numbers(const struct digest_hmac *h, const uint8_t *tag,
    const uint32_t *number, struct hash *out, size_t n)
{
	uint32_t some[DIGEST_WIDE] = {0};
	struct hash wide[DIGEST_WIDE];
	size_t at = 0;

	while (n - at >= WIDE_LEAST && digest_wide_fast()) {
		size_t part = n - at < DIGEST_WIDE ? n - at : DIGEST_WIDE;

		memcpy(some, number + at, part * sizeof some[0]);
		digest_wide_numbers(h, tag, some, wide);
		memcpy(out + at, wide, part * sizeof wide[0]);
		at += part;
		explicit_bzero(wide, sizeof wide);
	}
	digest_two_numbers(h, tag, number + at, out + at, n - at);
}
