/* seal_test.c - commitments computed elsewhere, and every way to cheat. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/seal.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/text.h"
#include "record.pb-c.h"

/* An alarm of six fields under the key 00 01 .. 1f; the values were computed
 * from docs/wire.md 1 by an independent program. */
static const uint8_t ALARM[] = "\x08\x01\x12\x05gds-7"
                               "\x28\xc0\xc4\x80\xc1\xc1\xc4\x82\x03\x30\x01"
                               "\x3a\x03gas\x7a\x06\xe7\x8e\x8b\xe4\xba\x94";
static const uint32_t NUMBERS[] = {1, 2, 5, 6, 7, 15};
static const size_t STARTS[] = {0, 2, 9, 18, 20, 25, 33};
#define FIELDS 6
#define ALARM_LEN (sizeof(ALARM) - 1)
#define ALARM_COMMITMENT \
	"77b2384c1a7a5f2303fb43505223c083a7c28f3d009411fb91ee16e9a681915e"

static void
hex_is(struct bytes in, const char *want)
{
	struct buf b;

	buf_init(&b, 1000);
	text_hex_put(&b, in);
	cr_expect_str_eq(buf_cstr(&b), want);
	buf_clear(&b);
}

static void
make_key(uint8_t key[static SEAL_KEY_BYTES])
{
	for (uint8_t i = 0; i < SEAL_KEY_BYTES; i++)
		key[i] = i;
}

static void
commit(struct hash *out, const char *type, const void *message, size_t len)
{
	uint8_t key[SEAL_KEY_BYTES];

	make_key(key);
	cr_assert_eq(seal_commit(out, seal_type(type), bytes_of(message, len),
	                 key, NULL),
	    ERR_OK);
}

static ProtobufCBinaryData
copy(const void *p, size_t len)
{
	ProtobufCBinaryData out = {len, mem_alloc(len, 1)};

	memcpy(out.data, p, len);
	return out;
}

static Ledger__Opening *
whole(void)
{
	Ledger__Opening *o = mem_alloc(1, sizeof(*o));

	ledger__opening__init(o);
	o->type = mem_strdup("record.Alarm");
	o->has_schema_version = true;
	o->schema_version = SEAL_SCHEMA_VERSION;
	o->has_record_key = true;
	o->record_key = copy(ALARM, SEAL_KEY_BYTES);
	make_key(o->record_key.data);
	o->has_message = true;
	o->message = copy(ALARM, ALARM_LEN);
	return o;
}

static void
drop(Ledger__Opening *o)
{
	ledger__opening__free_unpacked(o, NULL);
}

/* The alarm with the fields in `mask` shown. */
static Ledger__Opening *
shows(unsigned mask)
{
	Ledger__Opening *o = whole();
	Ledger__Opening *out = NULL;
	uint32_t show[FIELDS];
	size_t n = 0;

	for (size_t i = 0; i < FIELDS; i++) {
		if ((mask >> i & 1) == 1)
			show[n++] = NUMBERS[i];
	}
	cr_assert_eq(seal_disclose(&out, o, show, n, NULL), ERR_OK);
	drop(o);
	return out;
}

static enum err
opens(const Ledger__Opening *o)
{
	struct hash c;

	commit(&c, "record.Alarm", ALARM, ALARM_LEN);
	return seal_open(NULL, o, &c, NULL);
}

Test(seal_commit, gives_the_values_of_another_program)
{
	struct hash c;

	commit(&c, "record.Alarm", ALARM, ALARM_LEN);
	hex_is(bytes_hash(&c), ALARM_COMMITMENT);
	commit(&c, "record.Heads", "", 0);
	hex_is(bytes_hash(&c),
	    "81c368e3f8e3258eb1c3a0a441d6c416c4baebb7606c31576b6b78f983a30f13");
	commit(&c, "record.Erasure", "\x10\x07\x18\x01\x18\x02", 6);
	hex_is(bytes_hash(&c),
	    "0bf63955cfe5946cca70f838979f91e266446e04a97d1873bb6ee145278c841d");
}

Test(seal_disclose, salts_and_digests_of_another_program)
{
	Ledger__Opening *o = shows(1);

	cr_assert_eq(o->n_fields, FIELDS);
	hex_is(bytes_of(o->fields[0]->salt.data, o->fields[0]->salt.len),
	    "049d1f8ec80ed9293b7414983a30be86319c22af3334707a369444c67d4df5fc");
	hex_is(bytes_of(o->fields[5]->digest.data, o->fields[5]->digest.len),
	    "bf61b212fb870cf4dfbaf4445967ac40e685dc6a65c95d11e4a04b1268037e0e");
	cr_assert_not(o->has_record_key);
	cr_assert_not(o->has_message);
	cr_assert_not(o->fields[5]->has_salt);
	cr_assert_not(o->fields[5]->has_slice);
	cr_assert_not(o->fields[0]->has_digest);
	drop(o);
}

Test(seal_auth, gives_the_value_of_another_program)
{
	Ledger__Auth a = LEDGER__AUTH__INIT;
	uint8_t salt[SEAL_KEY_BYTES];
	uint8_t key[33];
	uint8_t sig[65];
	struct hash c;

	make_key(salt);
	memset(key, 0x22, sizeof(key));
	memset(sig, 0x33, sizeof(sig));
	key[0] = 1;
	sig[0] = 1;
	seal_auth(&c, bytes_of(salt, 32), bytes_of(key, 33), bytes_of(sig, 65));
	hex_is(bytes_hash(&c),
	    "f06211dc5e02394c21a7886300e9904f460f3b6facce778283f7bbb400664ee7");
	a.has_salt = a.has_key = a.has_signature = true;
	a.salt = (ProtobufCBinaryData){32, salt};
	a.key = (ProtobufCBinaryData){33, key};
	a.signature = (ProtobufCBinaryData){65, sig};
	cr_assert_eq(seal_auth_open(&a, &c, NULL), ERR_OK);
	sig[64] ^= 1;
	cr_assert_eq(seal_auth_open(&a, &c, NULL), ERR_UNVERIFIED);
	sig[64] ^= 1;
	/* Bytes moved from the salt to the key: the same hash, refused. */
	a.salt.len = 31;
	cr_assert_eq(seal_auth_open(&a, &c, NULL), ERR_MALFORMED);
	a.salt.len = 32;
	sig[0] = key[0] = 6;
	cr_assert_eq(seal_auth_open(&a, &c, NULL), ERR_UNSUPPORTED);
	sig[0] = 1;
	cr_assert_eq(seal_auth_open(&a, &c, NULL), ERR_MALFORMED);
	a.has_signature = false;
	cr_assert_eq(seal_auth_open(&a, &c, NULL), ERR_MALFORMED);
}

Test(seal_event_put, gives_the_bytes_of_another_program)
{
	uint8_t record_id[16];
	uint8_t event_id[16];
	struct hash commitment;
	struct seal_event e = {.node_name = "plant-a.acme.example",
	    .kind = 64,
	    .record_id = record_id,
	    .event_id = event_id,
	    .occurred_us = 1700000000123456,
	    .based_on_seq = 7,
	    .commitment = &commitment};
	struct hash h;
	struct buf b;

	memset(record_id, 1, sizeof(record_id));
	memset(event_id, 2, sizeof(event_id));
	memset(&commitment, 5, sizeof(commitment));
	buf_init(&b, 1000);
	seal_event_put(&b, &e);
	cr_assert_eq(b.len, 117);
	digest_sha256(&h, buf_view(&b));
	hex_is(bytes_hash(&h),
	    "709fd882af9f2c1439de990d833716bb179d2e15167372de692c967477240f49");
	buf_clear(&b);
}

Test(seal_open, every_subset_of_fields)
{
	struct hash c;

	commit(&c, "record.Alarm", ALARM, ALARM_LEN);
	for (unsigned mask = 0; mask < 1u << FIELDS; mask++) {
		Ledger__Opening *o = shows(mask);
		struct buf want;
		struct buf got;

		buf_init(&want, 1000);
		buf_init(&got, 1000);
		for (size_t i = 0; i < FIELDS; i++) {
			if ((mask >> i & 1) == 1)
				buf_put(&want, ALARM + STARTS[i],
				    STARTS[i + 1] - STARTS[i]);
		}
		cr_assert_eq(seal_open(&got, o, &c, NULL), ERR_OK);
		cr_assert(bytes_equal(buf_view(&got), buf_view(&want)));
		buf_clear(&want);
		buf_clear(&got);
		drop(o);
	}
}

Test(seal_open, the_whole_record)
{
	Ledger__Opening *o = whole();
	struct hash c;
	struct buf got;

	commit(&c, "record.Alarm", ALARM, ALARM_LEN);
	buf_init(&got, 1000);
	cr_assert_eq(seal_open(&got, o, &c, NULL), ERR_OK);
	cr_assert(bytes_equal(buf_view(&got), bytes_of(ALARM, ALARM_LEN)));
	buf_clear(&got);
	o->record_key.data[31] ^= 1;
	cr_assert_eq(seal_open(NULL, o, &c, NULL), ERR_UNVERIFIED);
	drop(o);
}

/* Erasure: what was shown before and after agree with one commitment. */
Test(seal_withhold, twice_and_nothing_comes_back)
{
	const uint32_t operator[] = {15};
	const uint32_t more[] = {2, 15, 99};
	const uint32_t all[] = {1, 2, 5, 6, 7, 15};
	Ledger__Opening *o = whole();
	Ledger__Opening *first = NULL;
	Ledger__Opening *second = NULL;
	Ledger__Opening *third = NULL;

	cr_assert_eq(seal_withhold(&first, o, operator, 1, NULL), ERR_OK);
	cr_assert_eq(seal_withhold(&second, first, more, 3, NULL), ERR_OK);
	/* Asking for a field that is gone does not bring it back. */
	cr_assert_eq(seal_disclose(&third, second, all, 6, NULL), ERR_OK);
	cr_assert_eq(opens(first), ERR_OK);
	cr_assert_eq(opens(second), ERR_OK);
	cr_assert_eq(opens(third), ERR_OK);
	cr_assert_not(first->has_record_key);
	cr_assert(first->fields[1]->has_slice);
	cr_assert_not(first->fields[5]->has_slice);
	cr_assert_not(second->fields[1]->has_salt);
	cr_assert_not(third->fields[1]->has_slice);
	cr_assert_not(third->fields[5]->has_slice);
	cr_assert(third->fields[4]->has_slice);
	drop(o);
	drop(first);
	drop(second);
	drop(third);
}

static void
flips_fail(Ledger__Opening *o, ProtobufCBinaryData *data)
{
	for (size_t i = 0; i < data->len; i++) {
		data->data[i] ^= 1;
		cr_expect_neq(opens(o), ERR_OK);
		data->data[i] ^= 1;
	}
}

Test(seal_open, refuses_every_flipped_byte)
{
	Ledger__Opening *o = shows(0x2a);

	for (size_t i = 0; i < FIELDS; i++) {
		flips_fail(o, &o->fields[i]->salt);
		flips_fail(o, &o->fields[i]->slice);
		flips_fail(o, &o->fields[i]->digest);
		o->fields[i]->number ^= 8;
		cr_expect_neq(opens(o), ERR_OK);
		o->fields[i]->number ^= 8;
	}
	cr_expect_eq(opens(o), ERR_OK);
	drop(o);
	o = whole();
	flips_fail(o, &o->record_key);
	flips_fail(o, &o->message);
	drop(o);
}

Test(seal_open, refuses_missing_doubled_and_swapped_fields)
{
	Ledger__Opening *o = shows(0x2a);
	Ledger__FieldOpening *all[FIELDS];

	memcpy(all, o->fields, sizeof(all));
	o->n_fields = FIELDS - 1;
	cr_expect_eq(opens(o), ERR_UNVERIFIED, "the last one missing");
	o->n_fields = FIELDS;
	o->fields[1] = all[2];
	cr_expect_eq(opens(o), ERR_MALFORMED, "one twice");
	o->fields[2] = all[1];
	cr_expect_eq(opens(o), ERR_MALFORMED, "two swapped");
	memcpy(&o->fields[1], &all[2], sizeof(all) - 2 * sizeof(all[0]));
	o->n_fields = FIELDS - 1;
	cr_expect_eq(opens(o), ERR_UNVERIFIED, "one in the middle missing");
	o->n_fields = 0;
	cr_expect_eq(opens(o), ERR_UNVERIFIED, "all missing");
	memcpy(o->fields, all, sizeof(all));
	o->n_fields = FIELDS;
	cr_expect_eq(opens(o), ERR_OK);
	drop(o);
}

Test(seal_open, refuses_mixed_and_foreign_forms)
{
	Ledger__Opening *o = shows(3);
	Ledger__FieldOpening *f = o->fields[0];
	struct hash c;

	commit(&c, "record.Alarm", ALARM, ALARM_LEN);
	f->has_digest = true;
	cr_expect_eq(opens(o), ERR_MALFORMED, "slice and digest");
	f->has_digest = false;
	f->has_salt = false;
	cr_expect_eq(opens(o), ERR_MALFORMED, "slice without salt");
	f->has_salt = true;
	f->salt.len = 31;
	cr_expect_eq(opens(o), ERR_MALFORMED, "short salt");
	f->salt.len = 32;
	f->has_number = false;
	cr_expect_eq(opens(o), ERR_MALFORMED, "no number");
	f->has_number = true;
	f->number = 99;
	cr_expect_eq(opens(o), ERR_MALFORMED, "field outside the schema");
	f->number = 1;
	o->has_record_key = true;
	cr_expect_eq(opens(o), ERR_MALFORMED, "fields and key");
	o->has_record_key = false;
	o->schema_version = 2;
	cr_expect_eq(opens(o), ERR_UNSUPPORTED);
	o->schema_version = 1;
	o->has_schema_version = false;
	cr_expect_eq(opens(o), ERR_UNSUPPORTED);
	o->has_schema_version = true;
	free(o->type);
	o->type = mem_strdup("record.GasReading");
	cr_expect_eq(opens(o), ERR_UNSUPPORTED, "no sealed type");
	free(o->type);
	o->type = mem_strdup("record.Access");
	cr_expect_neq(opens(o), ERR_OK, "another type");
	free(o->type);
	o->type = NULL;
	cr_expect_eq(opens(o), ERR_UNSUPPORTED);
	drop(o);
}

/* An author commits to one "field" that hides a second one in its slice, so
 * that a reader sees a value that nobody can ever withhold. */
Test(seal_open, refuses_two_fields_in_one_slice)
{
	static const uint8_t slice[] = "\x08\x01\x30\x01";
	static const uint8_t record[] =
	    "lianfang/record/v1\x0crecord.Alarm\0\0\0\x01\0\x01\0\0\0\x01";
	Ledger__Opening *o = shows(1);
	struct hash digest;
	struct hash c;
	const struct bytes field[] = {bytes_str("lianfang/field/v1"),
	    bytes_of(o->fields[0]->salt.data, 32), bytes_of(slice, 4)};
	const struct bytes all[] = {
	    bytes_of(record, sizeof(record) - 1), bytes_hash(&digest)};

	digest_sha256_parts(&digest, field, 3);
	digest_sha256_parts(&c, all, 2);
	free(o->fields[0]->slice.data);
	o->fields[0]->slice = copy(slice, 4);
	for (size_t i = 1; i < FIELDS; i++)
		ledger__field_opening__free_unpacked(o->fields[i], NULL);
	o->n_fields = 1;
	cr_expect_eq(seal_open(NULL, o, &c, NULL), ERR_MALFORMED);
	drop(o);
}

/* The same with the border moved: together canonical, each alone nonsense. */
Test(seal_open, refuses_slices_cut_at_the_wrong_place)
{
	static const uint8_t head[] =
	    "lianfang/record/v1\x0crecord.Alarm\0\0\0\x01\0\x02";
	static const uint8_t numbers[] = "\0\0\0\x01\0\0\0\x02";
	Ledger__Opening *o = shows(3);
	struct hash digest[2];
	struct hash c;
	const struct bytes all[] = {bytes_of(head, sizeof(head) - 1),
	    bytes_of(numbers, 4), bytes_hash(&digest[0]),
	    bytes_of(numbers + 4, 4), bytes_hash(&digest[1])};

	free(o->fields[0]->slice.data);
	free(o->fields[1]->slice.data);
	o->fields[0]->slice = copy(ALARM, 1);
	o->fields[1]->slice = copy(ALARM + 1, 8);
	for (size_t i = 0; i < 2; i++) {
		const Ledger__FieldOpening *f = o->fields[i];
		const struct bytes parts[] = {bytes_str("lianfang/field/v1"),
		    bytes_of(f->salt.data, f->salt.len),
		    bytes_of(f->slice.data, f->slice.len)};

		digest_sha256_parts(&digest[i], parts, 3);
	}
	digest_sha256_parts(&c, all, 5);
	for (size_t i = 2; i < FIELDS; i++)
		ledger__field_opening__free_unpacked(o->fields[i], NULL);
	o->n_fields = 2;
	cr_expect_eq(seal_open(NULL, o, &c, NULL), ERR_MALFORMED);
	drop(o);
}

Test(seal_commit, refuses_what_is_not_canonical_or_too_large)
{
	static uint8_t big[SEAL_MESSAGE_MAX + 1];
	uint8_t key[SEAL_KEY_BYTES];
	struct hash c = {{7}};

	make_key(key);
	/* descending fields; a non-minimal varint; an unknown field */
	cr_expect_eq(seal_commit(&c, seal_type("record.Alarm"),
	                 bytes_of("\x30\x01\x08\x01", 4), key, NULL),
	    ERR_MALFORMED);
	cr_expect_eq(seal_commit(&c, seal_type("record.Alarm"),
	                 bytes_of("\x08\x81\x00", 3), key, NULL),
	    ERR_MALFORMED);
	cr_expect_eq(seal_commit(&c, seal_type("record.Heads"),
	                 bytes_of("\x78\x01", 2), key, NULL),
	    ERR_MALFORMED);
	cr_expect_eq(seal_commit(&c, seal_type("record.Alarm"),
	                 bytes_of(big, sizeof(big)), key, NULL),
	    ERR_LIMIT);
	cr_expect_eq(c.b[0], 7);
}

Test(seal_type, knows_what_is_sealed_and_nothing_else)
{
	static const char *const known[] = {"record.Alarm", "record.Permit",
	    "record.Certificate", "record.Case", "record.Decision",
	    "record.Actor", "record.Access", "record.Erasure", "record.Heads",
	    "record.LogStart", "record.TimeReset", "record.Admin",
	    "record.Credential", "record.Status", "record.Intel",
	    "record.Annex"};
	static const char *const not [] = {"", "Alarm", "record.alarm",
	    "record.Head", "record.GasReading", "ledger.Entry"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		cr_expect_str_eq(seal_type(known[i])->name, known[i]);
	for (size_t i = 0; i < sizeof(not ) / sizeof(not [0]); i++)
		cr_expect_null(seal_type(not [i]), "%s", not [i]);
}
