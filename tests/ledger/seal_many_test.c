/* seal_many_test.c - many openings hold when seal_open says so of each. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/seal_many.h"

#include <criterion/criterion.h>

#include "proto/digest_part.h"
#include "proto/slice.h"
#include "record.pb-c.h"
#include "tests/support/chance.h"

#define MANY 37 /* two rounds and a part */
#define ROOM (SEAL_MESSAGE_MAX + 1)

struct made {
	struct buf message;
	uint8_t key[SEAL_KEY_BYTES];
	Ledger__Opening opening;
};

static struct made made[MANY];
static struct seal_claim claims[MANY];
static struct seal_many *many;

static const ProtobufCMessageDescriptor *
type_of(struct chance *c)
{
	switch (chance_below(c, 4)) {
	case 0:
		return &record__permit__descriptor;
	case 1:
		return &record__annex__descriptor;
	case 2:
		return &record__case__descriptor;
	default:
		return &record__alarm__descriptor;
	}
}

static void
make(struct chance *c, size_t i)
{
	struct made *m = &made[i];
	const ProtobufCMessageDescriptor *desc = type_of(c);
	ProtobufCMessage *body = chance_message(c, desc);
	union {
		const char *in;
		char *out;
	} name = {.in = desc->name};

	buf_reset(&m->message);
	slice_pack(&m->message, body);
	slice_free(body);
	for (size_t k = 0; k < sizeof m->key; k++)
		m->key[k] = (uint8_t)chance_below(c, 256);
	ledger__opening__init(&m->opening);
	m->opening.type = name.out;
	m->opening.has_schema_version = true;
	m->opening.schema_version = SEAL_SCHEMA_VERSION;
	m->opening.has_record_key = m->opening.has_message = true;
	m->opening.record_key = (ProtobufCBinaryData){sizeof m->key, m->key};
	m->opening.message =
	    (ProtobufCBinaryData){m->message.len, m->message.ptr};
	claims[i].opening = &m->opening;
	chance_holds(c,
	    seal_commit(&claims[i].want, desc, buf_view(&m->message), m->key,
	        NULL) == ERR_OK);
}

/* Each as seal_open says; returns how many hold. */
static size_t
compare(struct chance *c, size_t n)
{
	size_t held = 0;

	for (size_t i = 0; i < n; i++)
		claims[i].holds = i % 2 == 0;
	seal_many_check(many, claims, n);
	for (size_t i = 0; i < n; i++) {
		const bool want = seal_open(NULL, claims[i].opening,
		                      &claims[i].want, NULL) == ERR_OK;

		chance_holds(c, claims[i].holds == want);
		held += want;
	}
	return held;
}

/* One thing about it is not as it was sealed. */
static void
spoil(struct chance *c, size_t i)
{
	Ledger__Opening *o = &made[i].opening;

	switch (chance_below(c, 7)) {
	case 0:
		if (made[i].message.len > 0)
			o->message.data[chance_below(c, o->message.len)] ^= 4;
		break;
	case 1:
		made[i].key[chance_below(c, sizeof made[i].key)] ^= 0x20;
		break;
	case 2:
		claims[i].want.b[chance_below(c, HASH_BYTES)] ^= 1;
		break;
	case 3:
		o->schema_version++;
		break;
	case 4:
		o->record_key.len--;
		break;
	case 5:
		o->has_message = false;
		break;
	default:
		o->type = NULL;
	}
}

static void
law(struct chance *c)
{
	const size_t n = 1 + chance_below(c, MANY);
	size_t bad = 0;

	for (size_t i = 0; i < n; i++)
		make(c, i);
	chance_holds(c, compare(c, n) == n);
	for (size_t i = 0; i < n; i++) {
		if (chance_below(c, 5) == 0 && made[i].message.len > 0) {
			spoil(c, i);
			bad++;
		}
	}
	chance_holds(c, compare(c, n) == n - bad);
}

static void
run(void)
{
	crypto_start();
	many = seal_many_new();
	for (size_t i = 0; i < MANY; i++)
		buf_init(&made[i].message, ROOM);
	chance_each(40, law);
	for (size_t i = 0; i < MANY; i++)
		buf_clear(&made[i].message);
	seal_many_free(many);
}

Test(seal_many, holds_what_seal_open_takes_and_nothing_else)
{
	run();
}

Test(seal_many, says_the_same_on_processors_that_have_less)
{
	digest_wide_slow(true);
	run();
}
