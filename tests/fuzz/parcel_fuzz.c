/* parcel_fuzz.c - a courier's file from a stranger, or one that was changed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/parcel.h"

#include <stdlib.h>

#include "proto/digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FRAMES_MAX 8

static struct roster *roster;
static struct crypto_dh session[2];

static void
seed_of(struct hash *out, const char *name, uint8_t salt)
{
	struct bytes parts[2] = {bytes_str(name), bytes_of(&salt, 1)};

	digest_sha256_parts(out, parts, 2);
}

static Fed__Card *
card(const char *name, struct crypto_dh *dh)
{
	struct crypto_signer keys[4];
	struct roster_self self = {0};
	struct hash next = {{1}};
	struct hash seed;
	uint8_t i;

	for (i = 0; i < 4; i++) {
		seed_of(&seed, name, i);
		crypto_signer_seed(&keys[i], seed.b);
	}
	seed_of(&seed, name, i);
	crypto_dh_secret(dh, seed.b);
	self.name = name;
	self.role = FED__ROLE__PLANT;
	self.company = "acme";
	self.identity = &keys[0];
	self.log[ROSTER_EVIDENCE] = &keys[1];
	self.log[ROSTER_ALLIANCE] = &keys[2];
	self.witness = &keys[3];
	self.session = dh->pub;
	self.next_identity = &next;
	return roster_card(&self);
}

static void
found(void)
{
	Fed__Genesis g = FED__GENESIS__INIT;
	Fed__Card *cards[2];
	char alliance[] = "fuzz";

	crypto_start();
	cards[0] = card("a.example", &session[0]);
	cards[1] = card("b.example", &session[1]);
	g.alliance = alliance;
	g.members = cards;
	g.n_members = 2;
	if (roster_load(&roster, &g, NULL) != ERR_OK)
		abort();
	fed__card__free_unpacked(cards[0], NULL);
	fed__card__free_unpacked(cards[1], NULL);
}

static const struct parcel_ends ends[2] = {
    {NULL, "a.example", &session[0]}, {NULL, "b.example", &session[1]}};

static struct parcel_ends
ends_of(int i)
{
	struct parcel_ends e = ends[i];

	e.roster = roster;
	return e;
}

/* All of a file as b reads it; the turns appended.  ERR_OK: to its end. */
static enum err
take(struct bytes file, struct buf *turns)
{
	const struct parcel_ends reader = ends_of(1);
	struct buf_reader r = {file, false};
	struct parcel p;
	bool last = false;
	uint64_t i;
	size_t len;
	enum err e;

	e = parcel_known(file, NULL);
	if (e != ERR_OK)
		return e;
	e = parcel_open(&p, &reader,
	    buf_read(&r,
	        file.len < PARCEL_HEAD_BYTES ? file.len : PARCEL_HEAD_BYTES),
	    NULL);
	for (i = 0; e == ERR_OK && !last && i < FRAMES_MAX; i++) {
		e = parcel_length(&len,
		    buf_read(&r,
		        r.left.len < PARCEL_LENGTH_BYTES ? r.left.len
		                                         : PARCEL_LENGTH_BYTES),
		    NULL);
		if (e == ERR_OK && len > r.left.len)
			e = ERR_MALFORMED;
		if (e == ERR_OK)
			e = parcel_take(
			    &p, i, buf_read(&r, len), turns, &last, NULL);
	}
	if (e == ERR_OK && r.left.len > 0)
		e = ERR_MALFORMED;
	parcel_wipe(&p);
	return e;
}

/* u16be place, u8 change, then what is said: only unchanged it comes through,
 * and as it was. */
static void
there_and_back(struct bytes in)
{
	const struct parcel_ends writer = ends_of(0);
	struct buf_reader r = {in, false};
	const uint16_t place = buf_read_u16be(&r);
	const uint8_t change = buf_read_u8(&r);
	const struct bytes said = r.left;
	struct buf file, turns;
	struct parcel p;
	enum err e;

	buf_init(&file, PARCEL_HEAD_BYTES + 2 * (PARCEL_FRAME_MAX + 4));
	buf_init(&turns, 2 * EXCHANGE_TURN_MAX);
	if (parcel_begin(&p, &writer, roster_find(roster, "b.example"), 1,
	        &file, NULL) != ERR_OK ||
	    parcel_put(&p, bytes_of(said.ptr, said.len / 2), false, &file) !=
	        ERR_OK ||
	    parcel_put(&p,
	        bytes_of(said.ptr + said.len / 2, said.len - said.len / 2),
	        true, &file) != ERR_OK)
		abort();
	file.ptr[place % file.len] ^= change;
	e = take(buf_view(&file), &turns);
	if ((e == ERR_OK) != (change == 0))
		abort();
	if (e == ERR_OK && !bytes_equal(buf_view(&turns), said))
		abort();
	buf_clear(&file);
	buf_clear(&turns);
}

/* u8 what: 0 a file, else what to put in one. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf turns;

	if (roster == NULL)
		found();
	if (size < 4)
		return 0;
	if (data[0] != 0) {
		there_and_back(bytes_of(data + 1, size - 1));
		return 0;
	}
	buf_init(&turns, FRAMES_MAX * (size_t)EXCHANGE_TURN_MAX);
	(void)take(bytes_of(data + 1, size - 1), &turns);
	buf_clear(&turns);
	return 0;
}
