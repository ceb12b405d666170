/* session.c - handshake frames, transport frames, replay window. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/session.h"

#include "federation/noise.h"
#include "proto/mem.h"

#include <assert.h>
#include <stdlib.h>

#define HEAD_BYTES (SESSION_ID_BYTES + 8)
#define WIRE_CHUNK (SESSION_CHUNK + CRYPTO_TAG_BYTES)
#define AD_BYTES (SESSION_ID_BYTES + 8 + 4 + 4 + 1 + 8)
#define NAME_MAX 255

enum kind {
	KIND_HELLO = 1,
	KIND_WELCOME = 2,
	KIND_LOST = 3,
	KIND_GUEST = 4,
};

/* Who begins a handshake, and for what; in its prologue. */
#define GUEST_VERSION 0x81

/*
 * Numbers below `top` that were seen: bit (n % SESSION_WINDOW), meaningful for
 * n in [top - SESSION_WINDOW, top).
 */
struct window {
	uint64_t top;
	uint64_t bits[SESSION_WINDOW / 64];
};

struct session {
	struct noise noise; /* until the welcome */
	bool ready;
	int64_t began_us;
	uint8_t id[SESSION_ID_BYTES];
	uint8_t send[CRYPTO_KEY_BYTES];
	uint8_t recv[CRYPTO_KEY_BYTES];
	uint64_t next; /* number of the next frame we send */
	struct window seen;
};

static const uint8_t no_session[SESSION_ID_BYTES];

static bool
window_fresh(const struct window *w, uint64_t n)
{
	if (n >= w->top)
		return true;
	if (w->top - n > SESSION_WINDOW)
		return false;
	return (w->bits[n % SESSION_WINDOW / 64] >> (n % 64) & 1) == 0;
}

static void
window_mark(struct window *w, uint64_t n)
{
	if (n >= w->top + SESSION_WINDOW) {
		memset(w->bits, 0, sizeof(w->bits));
		w->top = n;
	}
	while (w->top <= n) {
		w->bits[w->top % SESSION_WINDOW / 64] &=
		    ~((uint64_t)1 << (w->top % 64));
		w->top++;
	}
	w->bits[n % SESSION_WINDOW / 64] |= (uint64_t)1 << (n % 64);
}

enum session_frame
session_kind(struct bytes frame)
{
	if (frame.len <= SESSION_ID_BYTES)
		return SESSION_GARBAGE;
	if (memcmp(frame.ptr, no_session, SESSION_ID_BYTES) != 0)
		return frame.len >= HEAD_BYTES + CRYPTO_TAG_BYTES
		    ? SESSION_TRANSPORT
		    : SESSION_GARBAGE;
	switch (frame.ptr[SESSION_ID_BYTES]) {
	case KIND_HELLO:
		return SESSION_HELLO;
	case KIND_WELCOME:
		return SESSION_WELCOME;
	case KIND_LOST:
		return SESSION_LOST;
	case KIND_GUEST:
		return SESSION_GUEST;
	default:
		return SESSION_GARBAGE;
	}
}

/* Version, alliance, then the initiator's and the responder's name. */
static void
prologue(const struct session_ends *ends, enum noise_role role, uint8_t version,
    struct buf *out)
{
	const char *names[2];
	int i;

	names[0] = role == NOISE_INITIATOR ? ends->self : ends->peer;
	names[1] = role == NOISE_INITIATOR ? ends->peer : ends->self;
	buf_u8(out, version);
	buf_bytes(out, bytes_hash(ends->alliance));
	for (i = 0; i < 2; i++) {
		assert(strlen(names[i]) <= NAME_MAX);
		buf_u8(out, (uint8_t)strlen(names[i]));
		buf_str(out, names[i]);
	}
}

static struct session *
begin(const struct session_ends *ends, enum noise_role role, uint8_t version,
    int64_t now_us)
{
	struct noise_setup setup = {0};
	struct session *s;
	struct buf pro;

	buf_init(&pro, 1 + HASH_BYTES + 2 * (1 + NAME_MAX));
	prologue(ends, role, version, &pro);
	setup.role = role;
	setup.prologue = buf_view(&pro);
	setup.own = ends->own;
	setup.peer = ends->peer_key;
	s = mem_alloc(1, sizeof(*s));
	s->began_us = now_us;
	noise_start(&s->noise, &setup);
	buf_clear(&pro);
	return s;
}

static void
become_ready(struct session *s)
{
	struct noise_keys keys;

	noise_split(&s->noise, &keys);
	memcpy(s->id, keys.hash, sizeof(s->id));
	memcpy(s->send, keys.send, sizeof(s->send));
	memcpy(s->recv, keys.recv, sizeof(s->recv));
	s->ready = true;
	crypto_wipe(&keys, sizeof(keys));
}

static enum err
put_hello(struct session *s, const char *name, enum kind kind,
    struct bytes payload, struct buf *frame, struct err_why *why)
{
	size_t before = frame->len;
	enum err e;

	buf_put(frame, no_session, sizeof(no_session));
	buf_u8(frame, (uint8_t)kind);
	buf_u8(frame, (uint8_t)strlen(name));
	buf_str(frame, name);
	e = noise_write(&s->noise, payload, frame, why);
	if (e == ERR_OK)
		e = buf_ok(frame, why);
	if (e != ERR_OK)
		frame->len = before;
	return e;
}

enum err
session_hello(struct session **out, const struct session_ends *ends,
    int64_t now_us, struct buf *frame, struct err_why *why)
{
	struct session *s;
	enum err e;

	s = begin(ends, NOISE_INITIATOR, SESSION_VERSION, now_us);
	e = put_hello(s, ends->self, KIND_HELLO, bytes_of("", 0), frame, why);
	if (e != ERR_OK) {
		session_free(s);
		return e;
	}
	*out = s;
	return ERR_OK;
}

enum err
session_knock(struct session **out, const struct session_ends *ends,
    struct bytes said, int64_t now_us, struct buf *frame, struct err_why *why)
{
	struct session *s;
	enum err e;

	if (said.len > SESSION_GUEST_MAX)
		return err_fail(why, ERR_LIMIT, "hello of %zu bytes", said.len);
	s = begin(ends, NOISE_INITIATOR, GUEST_VERSION, now_us);
	e = put_hello(s, ends->self, KIND_GUEST, said, frame, why);
	if (e != ERR_OK) {
		session_free(s);
		return e;
	}
	*out = s;
	return ERR_OK;
}

enum err
session_finish(struct session *s, struct bytes welcome, struct err_why *why)
{
	struct buf_reader r = {welcome, false};
	struct buf payload;
	enum err e;

	if (s->ready || session_kind(welcome) != SESSION_WELCOME)
		return err_fail(why, ERR_MALFORMED, "not a welcome");
	(void)buf_read(&r, SESSION_ID_BYTES + 1);
	if (r.left.len != NOISE_REPLY_BYTES)
		return err_fail(
		    why, ERR_MALFORMED, "welcome of %zu bytes", welcome.len);
	buf_init(&payload, 0);
	e = noise_read(&s->noise, r.left, &payload, why);
	buf_clear(&payload);
	if (e != ERR_OK)
		return e;
	become_ready(s);
	return ERR_OK;
}

/* Cuts a hello into the name and the Noise message. */
static enum err
cut_hello(struct bytes hello, struct bytes *name, struct bytes *message,
    struct err_why *why)
{
	struct buf_reader r = {hello, false};

	enum session_frame kind = session_kind(hello);
	size_t payload = 0;

	if (kind != SESSION_HELLO && kind != SESSION_GUEST)
		return err_fail(why, ERR_MALFORMED, "not a hello");
	(void)buf_read(&r, SESSION_ID_BYTES + 1);
	*name = buf_read(&r, buf_read_u8(&r));
	if (kind == SESSION_GUEST && r.left.len > NOISE_HELLO_BYTES)
		payload = r.left.len - NOISE_HELLO_BYTES;
	if (payload > SESSION_GUEST_MAX)
		r.bad = true;
	*message = buf_read(&r, NOISE_HELLO_BYTES + payload);
	if (!buf_read_ok(&r) || name->len == 0 ||
	    memchr(name->ptr, 0, name->len) != NULL)
		return err_fail(
		    why, ERR_MALFORMED, "hello of %zu bytes", hello.len);
	return ERR_OK;
}

enum err
session_claim(char *name, size_t cap, struct bytes hello, struct err_why *why)
{
	struct bytes claimed, message;
	enum err e;

	e = cut_hello(hello, &claimed, &message, why);
	if (e != ERR_OK)
		return e;
	if (claimed.len >= cap)
		return err_fail(why, ERR_MALFORMED, "hello: name too long");
	memcpy(name, claimed.ptr, claimed.len);
	name[claimed.len] = '\0';
	return ERR_OK;
}

/* The first message read, the second one written; NULL as the peer's key: any,
 * which the guest is told. */
static enum err
admit(struct session *s, const struct session_ends *ends, struct bytes message,
    struct session_guest *guest, struct err_why *why)
{
	size_t said = guest->said->len, before = guest->welcome->len;
	enum err e;

	e = noise_read(&s->noise, message, guest->said, why);
	/* The prologue bound the name; the key must be the one of its card. */
	if (e == ERR_OK && ends->peer_key != NULL &&
	    !crypto_same(s->noise.peer, ends->peer_key, CRYPTO_KEY_BYTES))
		e = err_fail(why, ERR_UNVERIFIED,
		    "hello: session key is not that of %s", ends->peer);
	if (e == ERR_OK) {
		memcpy(guest->key, s->noise.peer, CRYPTO_KEY_BYTES);
		buf_put(guest->welcome, no_session, sizeof(no_session));
		buf_u8(guest->welcome, KIND_WELCOME);
		e = noise_write(
		    &s->noise, bytes_of("", 0), guest->welcome, why);
	}
	if (e == ERR_OK) {
		become_ready(s);
		return ERR_OK;
	}
	guest->said->len = said;
	guest->welcome->len = before;
	return e;
}

enum err
session_accept(struct session **out, const struct session_ends *ends,
    struct bytes hello, int64_t now_us, struct buf *welcome,
    struct err_why *why)
{
	struct buf nothing;
	struct session_guest peer = {.said = &nothing, .welcome = welcome};
	struct bytes claimed, message;
	struct session *s = NULL;
	enum err e;

	buf_init(&nothing, 0);
	if (session_kind(hello) != SESSION_HELLO)
		return err_fail(why, ERR_MALFORMED, "not a hello");
	e = cut_hello(hello, &claimed, &message, why);
	if (e != ERR_OK)
		return e;
	s = begin(ends, NOISE_RESPONDER, SESSION_VERSION, now_us);
	e = admit(s, ends, message, &peer, why);
	if (e == ERR_OK)
		*out = s;
	else
		session_free(s);
	buf_clear(&nothing);
	return e;
}

enum err
session_admit(struct session **out, const struct session_ends *ends,
    struct bytes frame, int64_t now_us, struct session_guest *guest,
    struct err_why *why)
{
	struct session_ends any = *ends;
	struct bytes claimed, message;
	struct session *s;
	enum err e;

	if (session_kind(frame) != SESSION_GUEST)
		return err_fail(why, ERR_MALFORMED, "not a hello");
	e = cut_hello(frame, &claimed, &message, why);
	if (e != ERR_OK)
		return e;
	any.peer_key = NULL;
	s = begin(&any, NOISE_RESPONDER, GUEST_VERSION, now_us);
	e = admit(s, &any, message, guest, why);
	if (e == ERR_OK)
		*out = s;
	else
		session_free(s);
	return e;
}

void
session_lost(struct buf *out)
{
	buf_put(out, no_session, sizeof(no_session));
	buf_u8(out, KIND_LOST);
}

const uint8_t *
session_id(const struct session *s)
{
	return s->id;
}

bool
session_owns(const struct session *s, struct bytes frame)
{
	return s->ready && frame.len >= SESSION_ID_BYTES &&
	    memcmp(frame.ptr, s->id, SESSION_ID_BYTES) == 0;
}

static void
put_u64(uint8_t *p, uint64_t v)
{
	int i;

	for (i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> (56 - 8 * i));
}

static void
put_u32(uint8_t *p, uint32_t v)
{
	int i;

	for (i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* Associated data of a frame; the chunk's number is set per chunk. */
static void
make_ad(uint8_t ad[static AD_BYTES], const struct session *s, uint64_t seq,
    size_t chunks, struct session_place place)
{
	memcpy(ad, s->id, SESSION_ID_BYTES);
	put_u64(ad + SESSION_ID_BYTES, seq);
	put_u32(ad + SESSION_ID_BYTES + 8, (uint32_t)chunks);
	put_u32(ad + SESSION_ID_BYTES + 12, 0);
	ad[SESSION_ID_BYTES + 16] = place.reply ? 1 : 0;
	put_u64(ad + SESSION_ID_BYTES + 17, place.reply ? place.seq : 0);
}

enum err
session_seal(struct session *s, struct session_place place, struct bytes plain,
    struct buf *out, uint64_t *seq)
{
	size_t chunks = plain.len / SESSION_CHUNK + 1;
	uint8_t ad[AD_BYTES];
	struct bytes part;
	uint8_t *p;
	size_t i;

	assert(s->ready);
	if (plain.len > 0 && plain.len % SESSION_CHUNK == 0)
		chunks--;
	if (plain.len > SESSION_PLAIN_MAX || s->next > UINT64_MAX / 2)
		return ERR_LIMIT;
	p = buf_grow(out, HEAD_BYTES + plain.len + chunks * CRYPTO_TAG_BYTES);
	if (p == NULL)
		return ERR_LIMIT;
	memcpy(p, s->id, SESSION_ID_BYTES);
	put_u64(p + SESSION_ID_BYTES, s->next);
	p += HEAD_BYTES;
	make_ad(ad, s, s->next, chunks, place);
	for (i = 0; i < chunks; i++) {
		part = plain;
		if (part.len > SESSION_CHUNK)
			part.len = SESSION_CHUNK;
		put_u32(ad + SESSION_ID_BYTES + 12, (uint32_t)i);
		crypto_noise_seal(
		    p, part, bytes_of(ad, sizeof(ad)), s->send, s->next + i);
		p += part.len + CRYPTO_TAG_BYTES;
		plain.ptr += part.len;
		plain.len -= part.len;
	}
	if (seq != NULL)
		*seq = s->next;
	s->next += chunks;
	return ERR_OK;
}

/* Opens the chunks into p, which has room for all. */
static enum err
open_chunks(const struct session *s, uint64_t seq, struct session_place place,
    struct bytes in, uint8_t *p)
{
	size_t chunks = (in.len + WIRE_CHUNK - 1) / WIRE_CHUNK;
	uint8_t ad[AD_BYTES];
	struct bytes part;
	enum err e;
	size_t i;

	make_ad(ad, s, seq, chunks, place);
	for (i = 0; i < chunks; i++) {
		part = in;
		if (part.len > WIRE_CHUNK)
			part.len = WIRE_CHUNK;
		if (part.len < CRYPTO_TAG_BYTES)
			return ERR_MALFORMED;
		put_u32(ad + SESSION_ID_BYTES + 12, (uint32_t)i);
		e = crypto_noise_open(
		    p, part, bytes_of(ad, sizeof(ad)), s->recv, seq + i);
		if (e != ERR_OK)
			return ERR_UNVERIFIED;
		p += part.len - CRYPTO_TAG_BYTES;
		in.ptr += part.len;
		in.len -= part.len;
	}
	return ERR_OK;
}

enum err
session_open(struct session *s, struct session_place place, struct bytes frame,
    struct buf *out, uint64_t *seq, struct err_why *why)
{
	struct buf_reader r = {frame, false};
	size_t before = out->len;
	size_t chunks, i;
	uint64_t number;
	uint8_t *p;
	enum err e;

	if (!session_owns(s, frame) || frame.len > SESSION_FRAME_MAX)
		return err_fail(why, ERR_MALFORMED, "frame: not this session");
	(void)buf_read(&r, SESSION_ID_BYTES);
	number = buf_read_u64be(&r);
	chunks = (r.left.len + WIRE_CHUNK - 1) / WIRE_CHUNK;
	if (r.bad || chunks == 0 || r.left.len < chunks * CRYPTO_TAG_BYTES ||
	    number > UINT64_MAX / 2)
		return err_fail(why, ERR_MALFORMED, "frame: too short");
	for (i = 0; i < chunks; i++)
		if (!window_fresh(&s->seen, number + i))
			return err_fail(why, ERR_EXISTS,
			    "frame: number %llu seen before or too old",
			    (unsigned long long)number);
	p = buf_grow(out, r.left.len - chunks * CRYPTO_TAG_BYTES);
	if (p == NULL)
		return buf_ok(out, why);
	e = open_chunks(s, number, place, r.left, p);
	if (e != ERR_OK) {
		out->len = before;
		return err_fail(why, e, "frame: does not verify");
	}
	for (i = 0; i < chunks; i++)
		window_mark(&s->seen, number + i);
	if (seq != NULL)
		*seq = number;
	return ERR_OK;
}

bool
session_stale(const struct session *s, int64_t now_us)
{
	return now_us - s->began_us >= SESSION_REKEY_US ||
	    s->next > UINT64_MAX / 4;
}

bool
session_expired(const struct session *s, int64_t now_us)
{
	return now_us - s->began_us >= SESSION_REKEY_US + SESSION_GRACE_US;
}

void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	crypto_wipe(s, sizeof(*s));
	free(s);
}
