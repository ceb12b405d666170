/* sealed_view_test.c - what is read in place is what the library decodes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "ledger/sealed_view.h"

#define ROOM 2048

static uint8_t message[300];
static uint8_t key[33];

static ProtobufCBinaryData
data(uint8_t *ptr, size_t len)
{
	return (ProtobufCBinaryData){len, ptr};
}

static Ledger__Opening
opening(char *type)
{
	Ledger__Opening o = LEDGER__OPENING__INIT;

	o.type = type;
	o.has_schema_version = true;
	o.schema_version = 1;
	o.has_record_key = true;
	o.record_key = data(key, 32);
	o.has_message = true;
	o.message = data(message, sizeof(message));
	return o;
}

/* What is in place packs to the bytes that it was read from, and the library
 * reads the same from them. */
static bool
agrees(struct bytes packed)
{
	uint8_t again[ROOM];
	struct sealed_view v;
	Ledger__Sealed *s;

	if (!sealed_view(&v, packed))
		return false;
	cr_assert_eq(ledger__sealed__get_packed_size(&v.sealed), packed.len);
	(void)ledger__sealed__pack(&v.sealed, again);
	cr_assert_arr_eq(again, packed.ptr, packed.len);
	s = ledger__sealed__unpack(NULL, packed.len, packed.ptr);
	cr_assert_not_null(s);
	cr_assert_eq(ledger__sealed__get_packed_size(s), packed.len);
	(void)ledger__sealed__pack(s, again);
	cr_assert_arr_eq(again, packed.ptr, packed.len);
	ledger__sealed__free_unpacked(s, NULL);
	return true;
}

/* Body, annex and auth; which of them, the bits of `parts` say. */
static size_t
pack(unsigned parts, uint8_t out[ROOM])
{
	Ledger__Sealed s = LEDGER__SEALED__INIT;
	Ledger__Opening body = opening((char[]){"record.Alarm"});
	Ledger__Opening annex = opening((char[]){"record.Annex"});
	Ledger__Auth auth = LEDGER__AUTH__INIT;

	auth.has_salt = auth.has_key = auth.has_signature = true;
	auth.salt = data(key, 32);
	auth.key = data(key, 33);
	auth.signature = data(message, 65);
	auth.has_occurred_us = auth.has_based_on_seq = true;
	auth.occurred_us = 1764400000000000;
	auth.based_on_seq = 7;
	s.body = (parts & 1) != 0 ? &body : NULL;
	s.annex = (parts & 2) != 0 ? &annex : NULL;
	s.auth = (parts & 4) != 0 ? &auth : NULL;
	cr_assert_leq(ledger__sealed__get_packed_size(&s), ROOM);
	return ledger__sealed__pack(&s, out);
}

Test(sealed_view, what_nodes_write_is_read_in_place)
{
	uint8_t bytes[ROOM];

	for (unsigned parts = 0; parts < 8; parts++)
		cr_assert(agrees(bytes_of(bytes, pack(parts, bytes))));
}

Test(sealed_view, one_byte_off_it_agrees_or_leaves_it_to_the_library)
{
	uint8_t bytes[ROOM];
	size_t len = pack(7, bytes);
	size_t left = 0;

	for (size_t i = 0; i < len; i++) {
		left += !agrees(bytes_of(bytes, i));
		for (unsigned bit = 0; bit < 8; bit++) {
			bytes[i] ^= (uint8_t)(1u << bit);
			left += !agrees(bytes_of(bytes, len));
			bytes[i] ^= (uint8_t)(1u << bit);
		}
	}
	cr_assert_gt(left, len);
}

/* Fields one by one are not for it. */
Test(sealed_view, a_disclosure_is_left_to_the_library)
{
	Ledger__Sealed s = LEDGER__SEALED__INIT;
	Ledger__Opening body = opening((char[]){"record.Alarm"});
	Ledger__FieldOpening field = LEDGER__FIELD_OPENING__INIT;
	Ledger__FieldOpening *fields[] = {&field};
	struct sealed_view v;
	uint8_t bytes[ROOM];

	field.has_number = true;
	field.number = 1;
	field.has_digest = true;
	field.digest = data(key, 32);
	body.n_fields = 1;
	body.fields = fields;
	s.body = &body;
	cr_assert(
	    !sealed_view(&v, bytes_of(bytes, ledger__sealed__pack(&s, bytes))));
}
