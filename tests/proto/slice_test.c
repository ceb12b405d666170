/* slice_test.c - the canonical form, and every deviation from it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "ledger.pb-c.h"
#include "proto/slice.h"
#include "record.pb-c.h"

#define RAW(text) bytes_of(text, sizeof(text) - 1)

/* action 2, two gas readings (one empty), analyst "x". */
#define PERMIT             \
	"\x08\x02"         \
	"\x7a\x07\x0a\x05" \
	"meth1"            \
	"\x7a\x00"         \
	"\x8a\x01\x01x"

Test(slice_split, cuts_between_top_level_fields)
{
	struct slice_list list;
	struct bytes in = RAW(PERMIT);

	cr_assert_eq(
	    slice_split(&list, &record__permit__descriptor, in, NULL), ERR_OK);
	cr_assert_eq(list.len, 3);
	cr_assert_eq(list.at[0].number, 1);
	cr_assert(bytes_equal(list.at[0].bytes, RAW("\x08\x02")));
	cr_assert_eq(list.at[1].number, 15);
	cr_assert_eq(list.at[1].bytes.len, 11);
	cr_assert_eq(list.at[2].number, 17);
	cr_assert(bytes_equal(list.at[2].bytes, RAW("\x8a\x01\x01x")));
	cr_assert_eq(list.at[2].bytes.ptr + 4, in.ptr + in.len);
}

Test(slice_split, takes_the_empty_message)
{
	struct slice_list list;

	cr_assert_eq(slice_split(&list, &record__permit__descriptor,
	                 bytes_of(NULL, 0), NULL),
	    ERR_OK);
	cr_assert_eq(list.len, 0);
}

struct refusal {
	const ProtobufCMessageDescriptor *desc;
	struct bytes in;
	const char *why;
};

#define ALARM &record__alarm__descriptor
#define WORK &record__permit__descriptor
#define ERASE &record__erasure__descriptor
#define RESET &record__time_reset__descriptor

Test(slice_split, refuses_every_other_spelling)
{
	const struct refusal table[] = {
	    /* occurred_at -1 and the first moment of the year 10000: JSON could
	     * not say it, and a bundle that holds it could not be read. */
	    {ALARM, RAW("\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
	        "field 5 (occurred_at): is a time outside the years 1970"},
	    {ALARM, RAW("\x28\x80\xc0\xcd\xe3\xcc\x81\x91\xc2\x03"),
	        "field 5 (occurred_at): is a time outside the years 1970"},
	    {ALARM, RAW("\x30\x02\x08\x01"),
	        "field 1 (action): is out of order"},
	    {ALARM, RAW("\x08\x01\x08\x01"), "field 1 (action): stands there"},
	    {WORK, RAW("\x7a\x00\x80\x01\x01\x7a\x00"),
	        "field 15 (gas): is out"},
	    {ALARM, RAW("\x08\x81\x00"), "field 1 (action): is no minimal"},
	    {ALARM, RAW("\x88\x00\x01"), "a field tag is no minimal varint"},
	    {ALARM, RAW("\x12\x81\x00x"), "field 2 (source): has no minimal"},
	    {ALARM, RAW("\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
	        "field 5 (occurred_at): is no minimal varint"},
	    {ALARM, RAW("\x28\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),
	        "field 5 (occurred_at): is no minimal varint"},
	    {ALARM, RAW("\x08"), "field 1 (action): is no minimal varint"},
	    {ALARM, RAW("\x12\x05gds"), "field 2 (source): is cut short"},
	    {ALARM, RAW("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"),
	        "field 2 (source): is cut short"},
	    {ALARM, RAW("\x51\x00\x00"), "field 10 (value): is cut short"},
	    {ALARM, RAW("\x00\x00"), "a field number is out of range"},
	    {ALARM, RAW("\x80\x80\x80\x80\x10\x00"), "a field number is out"},
	    {ALARM, RAW("\xa0\x06\x01"), "field 100 is unknown"},
	    {ALARM, RAW("\x0a\x01\x01"), "field 1 (action): has the wrong"},
	    {ALARM, RAW("\x10\x01"), "field 2 (source): has the wrong wire"},
	    {ALARM, RAW("\x0b\x0c"), "field 1 (action): has the wrong wire"},
	    {ERASE, RAW("\x1a\x02\x01\x02"), "field 3 (fields): has the wrong"},
	    {ALARM, RAW("\x08\x63"), "field 1 (action): has an unknown enum"},
	    {ALARM, RAW("\x08\x81\x80\x80\x80\x10"),
	        "field 1 (action): has an"},
	    {ALARM, RAW("\x30\xff\xff\xff\xff\x1f"), "field 6 (level): is out"},
	    {ALARM, RAW("\x88\x01\x02"), "field 17 (exercise): is no boolean"},
	    {ALARM,
	        RAW("\x12\x03"
	            "a\0b"),
	        "field 2 (source): is not UTF-8 text without NUL"},
	    {ALARM, RAW("\x12\x02\xc0\xaf"), "field 2 (source): is not UTF-8"},
	    {ALARM, RAW("\x51\0\0\0\0\0\0\xf8\x7f"),
	        "field 10 (value): is not"},
	    {ALARM, RAW("\x51\0\0\0\0\0\0\xf0\xff"),
	        "field 10 (value): is not"},
	    {WORK, RAW("\x7a\x02\x08\x01"),
	        "gas: field 1 (gas): has the wrong"},
	    {WORK, RAW("\x7a\x02\x50\x01"), "gas: field 10 is unknown"},
	    {WORK, RAW("\x7a\x03\x0a\x01\xff"), "gas: field 1 (gas): is not"},
	    {WORK, RAW("\x7a\x03\x0a\x05\x61"), "gas: field 1 (gas): is cut"},
	};
	ProtobufCMessage *msg;
	struct slice_list list;
	struct err_why why;
	size_t i;

	for (i = 0; i < sizeof table / sizeof table[0]; i++) {
		list.len = 99;
		msg = NULL;
		memset(&why, 0, sizeof why);
		cr_expect_eq(
		    slice_split(&list, table[i].desc, table[i].in, &why),
		    ERR_MALFORMED, "%s", table[i].why);
		cr_expect_eq(
		    strncmp(why.text, table[i].why, strlen(table[i].why)), 0,
		    "\"%s\" instead of \"%s\"", why.text, table[i].why);
		cr_expect_eq(list.len, 99);
		cr_expect_eq(
		    slice_unpack(&msg, table[i].desc, table[i].in, NULL),
		    ERR_MALFORMED, "%s", table[i].why);
		cr_expect_null(msg);
	}
}

Test(slice_split, takes_the_extremes_of_each_type)
{
	struct slice_list list;

	cr_assert_eq(slice_split(&list, RESET,
	                 RAW("\x10\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"
	                     "\x18\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
	                 NULL),
	    ERR_OK);
	cr_assert_eq(list.len, 2);
	cr_assert_eq(slice_split(&list, ALARM,
	                 RAW("\x08\x00\x12\x00\x30\xff\xff\xff\xff\x0f"
	                     "\x51\0\0\0\0\0\0\0\x80\x88\x01\x00"),
	                 NULL),
	    ERR_OK);
	cr_assert_eq(list.len, 5);
	cr_assert_eq(
	    slice_split(&list, ERASE, RAW("\x18\x01\x18\x01"), NULL), ERR_OK);
	cr_assert_eq(list.len, 1);
}

Test(slice_unpack, gives_what_slice_pack_wrote)
{
	Record__Permit *p;
	ProtobufCMessage *msg;
	struct bytes in = RAW(PERMIT);
	struct buf b;

	cr_assert_eq(slice_unpack(&msg, WORK, in, NULL), ERR_OK);
	p = (Record__Permit *)msg;
	cr_assert_eq(p->n_gas, 2);
	cr_assert_str_eq(p->gas[0]->gas, "meth1");
	cr_assert_str_eq(p->analyst, "x");
	buf_init(&b, 1000);
	slice_pack(&b, msg);
	cr_assert(bytes_equal(buf_view(&b), in));
	buf_clear(&b);
	slice_free(msg);
	slice_free(NULL);
}

Test(slice_pack, reports_what_does_not_fit)
{
	Record__Admin a = RECORD__ADMIN__INIT;
	char text[] = "twelve bytes";
	struct buf b;

	a.action = text;
	buf_init(&b, 13);
	slice_pack(&b, &a.base);
	cr_assert_eq(buf_ok(&b, NULL), ERR_LIMIT);
	cr_assert_eq(b.len, 0);
	buf_clear(&b);
}
