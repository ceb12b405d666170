/* json_law_test.c - messages at random survive every way of writing them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "api.pb-c.h"
#include "config.pb-c.h"
#include "fed.pb-c.h"
#include "ledger.pb-c.h"
#include "pack.pb-c.h"
#include "proto/json.h"
#include "proto/slice.h"
#include "proto/yaml.h"
#include "record.pb-c.h"
#include "tests/support/chance.h"

static const ProtobufCMessageDescriptor *const types[] = {
    &record__alarm__descriptor, &record__permit__descriptor,
    &record__certificate__descriptor, &record__case__descriptor,
    &record__actor__descriptor, &record__heads__descriptor,
    &record__intel__descriptor, &ledger__entry__descriptor,
    &ledger__sealed__descriptor, &ledger__disclosure__descriptor,
    &ledger__manifest__descriptor, &fed__turn__descriptor,
    &fed__genesis__descriptor, &api__event_post__descriptor,
    &api__record_view__descriptor, &config__node__descriptor,
    &pack__pack__descriptor};

static const ProtobufCMessageDescriptor *
some_type(struct chance *c)
{
	return types[chance_below(c, sizeof(types) / sizeof(types[0]))];
}

static bool
packs_to(const ProtobufCMessage *m, struct bytes want)
{
	struct buf b;
	bool same;

	buf_init(&b, 1 << 20);
	slice_pack(&b, m);
	same = bytes_equal(buf_view(&b), want);
	buf_clear(&b);
	return same;
}

/* Line breaks of YAML 1.1 that JSON leaves as they are: between quotes they
 * are folded, as YAML wants it. */
static bool
folds(struct bytes text)
{
	return memmem(text.ptr, text.len, "\xc2\x85", 2) != NULL ||
	    memmem(text.ptr, text.len, "\xe2\x80\xa8", 3) != NULL ||
	    memmem(text.ptr, text.len, "\xe2\x80\xa9", 3) != NULL;
}

static void
survives(struct chance *c)
{
	const ProtobufCMessageDescriptor *desc = some_type(c);
	ProtobufCMessage *m = chance_message(c, desc), *again = NULL;
	struct buf packed, text;

	buf_init(&packed, 1 << 20);
	buf_init(&text, 8 << 20);
	slice_pack(&packed, m);
	chance_holds(
	    c, slice_unpack(&again, desc, buf_view(&packed), NULL) == ERR_OK);
	chance_holds(c, packs_to(again, buf_view(&packed)));
	slice_free(again);
	for (unsigned flags = 0; flags <= JSON_PRETTY; flags += JSON_PRETTY) {
		buf_reset(&text);
		json_encode(&text, m, flags);
		again = NULL;
		chance_holds(c,
		    json_decode(&again, desc, buf_view(&text), NULL) == ERR_OK);
		chance_holds(c, packs_to(again, buf_view(&packed)));
		slice_free(again);
		again = NULL;
		/* YAML cannot say every character, but says none wrongly. */
		if (!folds(buf_view(&text)) &&
		    yaml_decode(&again, desc, buf_view(&text), NULL) == ERR_OK)
			chance_holds(c, packs_to(again, buf_view(&packed)));
		slice_free(again);
	}
	slice_free(m);
	buf_clear(&packed);
	buf_clear(&text);
}

Test(json_law, json_and_yaml_say_the_same_message)
{
	chance_each(600, survives);
}

/* Fields exchanged, doubled or left out give another message or none. */
static void
is_unique(struct chance *c)
{
	const ProtobufCMessageDescriptor *desc = some_type(c);
	ProtobufCMessage *m = chance_message(c, desc), *again = NULL;
	struct slice_list list;
	struct buf packed, other;
	size_t a, b;

	buf_init(&packed, 1 << 20);
	buf_init(&other, 2 << 20);
	slice_pack(&packed, m);
	slice_free(m);
	chance_holds(
	    c, slice_split(&list, desc, buf_view(&packed), NULL) == ERR_OK);
	if (list.len < 2)
		goto out;
	a = chance_below(c, list.len - 1);
	b = a + 1 + chance_below(c, list.len - a - 1);
	for (size_t i = 0; i < list.len; i++)
		buf_bytes(&other, list.at[i == a ? b : i == b ? a : i].bytes);
	chance_holds(c,
	    slice_unpack(&again, desc, buf_view(&other), NULL) ==
	        ERR_MALFORMED);
	buf_reset(&other);
	for (size_t i = 0; i < list.len; i++)
		if (i != a)
			buf_bytes(&other, list.at[i].bytes);
	chance_holds(
	    c, slice_unpack(&again, desc, buf_view(&other), NULL) == ERR_OK);
	chance_holds(c, packs_to(again, buf_view(&other)));
	slice_free(again);
	/* One byte longer anywhere is never the same message. */
	buf_reset(&other);
	b = chance_below(c, packed.len + 1);
	buf_put(&other, packed.ptr, b);
	buf_u8(&other, (uint8_t)chance_below(c, 256));
	buf_put(&other, packed.ptr + b, packed.len - b);
	again = NULL;
	if (slice_unpack(&again, desc, buf_view(&other), NULL) == ERR_OK)
		chance_holds(c, packs_to(again, buf_view(&other)));
	slice_free(again);
out:
	buf_clear(&packed);
	buf_clear(&other);
}

Test(json_law, a_message_has_one_canonical_form)
{
	chance_each(600, is_unique);
}
