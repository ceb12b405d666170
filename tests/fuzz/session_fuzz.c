/* session_fuzz.c - handshake and transport frames from anybody. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "federation/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
	struct crypto_dh a, b;
	struct hash alliance;
	struct session_ends ends_a, ends_b;
};

static void
make_world(struct world *w)
{
	static const uint8_t seed_a[CRYPTO_KEY_BYTES] = {1};
	static const uint8_t seed_b[CRYPTO_KEY_BYTES] = {2};

	crypto_start();
	crypto_dh_secret(&w->a, seed_a);
	crypto_dh_secret(&w->b, seed_b);
	w->ends_a = (struct session_ends){
	    "a.example", "b.example", &w->alliance, &w->a, w->b.pub};
	w->ends_b = (struct session_ends){
	    "b.example", "a.example", &w->alliance, &w->b, w->a.pub};
}

/* A frame for a session that is there: its id and what the fuzzer says. */
static void
against_session(const struct world *w, struct bytes in)
{
	struct session *a = NULL, *b = NULL;
	struct buf hello, welcome, frame, plain;

	buf_init(&hello, 1024);
	buf_init(&welcome, 1024);
	buf_init(&frame, SESSION_FRAME_MAX);
	buf_init(&plain, SESSION_PLAIN_MAX);
	if (session_hello(&a, &w->ends_a, 0, &hello, NULL) != ERR_OK)
		abort();
	if (session_accept(
	        &b, &w->ends_b, buf_view(&hello), 0, &welcome, NULL) != ERR_OK)
		abort();
	if (session_finish(a, in, NULL) == ERR_OK)
		abort(); /* nobody can forge a welcome */
	buf_put(&frame, session_id(b), SESSION_ID_BYTES);
	buf_bytes(&frame, in);
	if (session_open(b, SESSION_REQUEST, buf_view(&frame), &plain, NULL,
	        NULL) == ERR_OK)
		abort(); /* nor a frame */
	if (plain.len != 0)
		abort();
	session_free(a);
	session_free(b);
	buf_clear(&hello);
	buf_clear(&welcome);
	buf_clear(&frame);
	buf_clear(&plain);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;
	static bool made;
	struct bytes in = bytes_of(data, size);
	struct session *s = NULL;
	struct buf welcome, said;
	struct session_guest guest;
	char name[256];
	enum err e;

	if (!made)
		make_world(&w);
	made = true;
	(void)session_kind(in);
	e = session_claim(name, sizeof(name), in, NULL);
	if (e == ERR_OK && session_kind(in) != SESSION_HELLO &&
	    session_kind(in) != SESSION_GUEST)
		abort();
	buf_init(&welcome, 1024);
	e = session_accept(&s, &w.ends_b, in, 0, &welcome, NULL);
	if (e == ERR_OK && welcome.len == 0)
		abort();
	if (e != ERR_OK && (s != NULL || welcome.len != 0))
		abort();
	session_free(s);
	s = NULL;
	buf_reset(&welcome);
	buf_init(&said, SESSION_GUEST_MAX);
	guest.said = &said;
	guest.welcome = &welcome;
	e = session_admit(&s, &w.ends_b, in, 0, &guest, NULL);
	if (e != ERR_OK && (s != NULL || welcome.len != 0 || said.len != 0))
		abort();
	session_free(s);
	buf_clear(&said);
	buf_clear(&welcome);
	if (size < 65536)
		against_session(&w, in);
	return 0;
}
