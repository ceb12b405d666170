/* noise_fuzz.c - handshake messages from whoever does not hold the keys. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/noise.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct crypto_dh ours, theirs, passing[2];

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
begin(struct noise *n, enum noise_role role)
{
	const struct noise_setup setup = {role, bytes_str("fuzz"),
	    role == NOISE_INITIATOR ? &ours : &theirs, theirs.pub,
	    &passing[role]};

	noise_start(n, &setup);
}

/* `in` as it is, and as a change of what the right peer says, is never taken
 * for that peer's word; only its own word is. */
static void
try_read(enum noise_role reader, struct bytes in)
{
	struct noise a = {0}, b = {0};
	struct buf first = {0}, second = {0}, got;
	struct noise *to = reader == NOISE_RESPONDER ? &b : &a;
	struct buf *real = reader == NOISE_RESPONDER ? &first : &second;
	bool same = true;

	buf_init(&first, NOISE_MESSAGE_MAX);
	buf_init(&second, NOISE_MESSAGE_MAX);
	buf_init(&got, NOISE_MESSAGE_MAX);
	begin(&a, NOISE_INITIATOR);
	begin(&b, NOISE_RESPONDER);
	must(noise_write(&a, bytes_str("hi"), &first, NULL) == ERR_OK);
	if (reader == NOISE_INITIATOR) {
		must(noise_read(&b, buf_view(&first), &got, NULL) == ERR_OK);
		must(noise_write(&b, bytes_str("yo"), &second, NULL) == ERR_OK);
		buf_reset(&got);
	}
	for (size_t i = 0; i < in.len && i < real->len; i++) {
		real->ptr[i] ^= in.ptr[i];
		same = same && in.ptr[i] == 0;
	}
	if (in.len % 2 == 1) {
		same = in.len == real->len &&
		    memcmp(in.ptr, real->ptr, in.len) == 0;
		buf_reset(real);
		buf_bytes(real, in);
	}
	must((noise_read(to, buf_view(real), &got, NULL) == ERR_OK) == same);
	must(same || got.len == 0);
	buf_clear(&first);
	buf_clear(&second);
	buf_clear(&got);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t seed[4][CRYPTO_KEY_BYTES] = {{1}, {2}, {3}, {4}};
	struct crypto_dh *const keys[] = {
	    &ours, &theirs, &passing[0], &passing[1]};
	uint8_t shared[CRYPTO_KEY_BYTES];

	crypto_start();
	for (size_t i = 0; i < 4; i++)
		crypto_dh_secret(keys[i], seed[i]);
	if (size > NOISE_MESSAGE_MAX)
		return 0;
	try_read(NOISE_RESPONDER, bytes_of(data, size));
	try_read(NOISE_INITIATOR, bytes_of(data, size));
	if (size >= CRYPTO_KEY_BYTES)
		(void)!crypto_dh_shared(shared, &ours, data);
	return 0;
}
