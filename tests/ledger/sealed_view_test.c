/* sealed_view_test.c - what is read in place is what the library decodes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "ledger/sealed_view.h"
#include "proto/slice.h"

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

/* ---- leaves ---- */

static Ledger__Entry
entry(void)
{
	Ledger__Entry e = LEDGER__ENTRY__INIT;

	e.has_version = e.has_kind = e.has_kind_seq = true;
	e.has_previous_of_kind = e.has_time_epoch = e.has_recorded_us = true;
	e.has_clock_us = e.has_clock_error_ms = e.has_clock_source = true;
	e.has_record_id = e.has_event_id = e.has_event_seq = true;
	e.has_outcome = e.has_commitment = e.has_annex_commitment = true;
	e.has_auth_commitment = e.has_commitment_alt = true;
	e.version = 1;
	e.kind = LEDGER__KIND__ALARM;
	e.kind_seq = UINT64_MAX;
	e.previous_of_kind = 300;
	e.time_epoch = UINT32_MAX;
	e.recorded_us = 1790000000000000;
	e.clock_us = -1;
	e.clock_error_ms = 20;
	e.clock_source = LEDGER__CLOCK_SOURCE__CLOCK_SYSTEM;
	e.record_id = data(message, 16);
	e.event_id = data(message + 16, 16);
	e.event_seq = 200;
	e.outcome = LEDGER__OUTCOME__LATE;
	e.commitment = data(message + 32, 32);
	e.annex_commitment = data(message + 64, 32);
	e.auth_commitment = data(message + 96, 32);
	e.commitment_alt = data(message, 0);
	return e;
}

/* What is taken in place is canonical, and the library reads the same. */
static bool
leaf_agrees(struct bytes leaf)
{
	uint8_t again[ROOM];
	struct slice_list slices;
	Ledger__Entry *whole;
	Ledger__Entry e;

	if (!sealed_view_entry(&e, leaf))
		return false;
	cr_assert_eq(
	    slice_split(&slices, &ledger__entry__descriptor, leaf, NULL),
	    ERR_OK);
	whole = ledger__entry__unpack(NULL, leaf.len, leaf.ptr);
	cr_assert_not_null(whole);
	cr_assert_eq(ledger__entry__get_packed_size(&e), leaf.len);
	(void)ledger__entry__pack(&e, again);
	cr_assert_arr_eq(again, leaf.ptr, leaf.len);
	(void)ledger__entry__pack(whole, again);
	cr_assert_arr_eq(again, leaf.ptr, leaf.len);
	ledger__entry__free_unpacked(whole, NULL);
	return true;
}

Test(sealed_view_entry, a_leaf_with_or_without_any_field_is_read_in_place)
{
	uint8_t bytes[ROOM];
	Ledger__Entry e = entry();
	size_t fields = ledger__entry__descriptor.n_fields;

	cr_assert(leaf_agrees(bytes_of(bytes, ledger__entry__pack(&e, bytes))));
	cr_assert(leaf_agrees(bytes_of(bytes, 0)));
	for (size_t i = 0; i < fields; i++) {
		const protobuf_c_boolean none = false;

		e = entry();
		memcpy((uint8_t *)&e +
		        ledger__entry__descriptor.fields[i].quantifier_offset,
		    &none, sizeof(none));
		cr_assert(leaf_agrees(
		    bytes_of(bytes, ledger__entry__pack(&e, bytes))));
	}
}

Test(sealed_view_entry, one_byte_off_it_agrees_or_leaves_it_to_the_library)
{
	uint8_t bytes[ROOM];
	Ledger__Entry e = entry();
	size_t len = ledger__entry__pack(&e, bytes);
	size_t left = 0;
	size_t taken = 0;

	for (size_t i = 0; i < len; i++) {
		const uint8_t had = bytes[i];

		left += !leaf_agrees(bytes_of(bytes, i));
		for (unsigned byte = 0; byte < 256; byte++) {
			bytes[i] = (uint8_t)byte;
			if (leaf_agrees(bytes_of(bytes, len)))
				taken++;
			else
				left++;
		}
		bytes[i] = had;
	}
	cr_assert_gt(left, len);
	cr_assert_gt(taken, len);
}
