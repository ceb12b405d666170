/* turn.c - a turn as it stands on the wire: counted, cut, decoded. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/turn.h"

#include "federation/gossip.h"
#include "proto/buf.h"

/* Field numbers of proto/fed.proto. */
enum turn_field {
	TURN_HEADS = 3,
	TURN_ACKS = 4,
	TURN_WANTS = 5,
	TURN_DELIVERIES = 6,
	TURN_ERASED = 7,
	TURN_REFUSALS = 8,
	TURN_SUCCESSIONS = 9,
	TURN_RECALLS = 10,
	TURN_RETURNED = 11,
	TURN_CLOCK = 12,
	TURN_FORKS = 13,
	TURN_SIGHTS = 14,
	TURN_RELAYED = 15,
	TURN_UNPACKS = 16,
	TURN_CELLS = 17,
	TURN_FIELDS = 18, /* also stands for all that is unknown */
};

enum delivery_field {
	DELIVERY_ORIGIN = 1,
	DELIVERY_FROM = 2,
	DELIVERY_ITEMS = 3,
	DELIVERY_NOTE = 4,
	DELIVERY_PROOF = 5,
};

enum item_field {
	ITEM_LEAF = 1,
	ITEM_SEALED = 2,
};

/* How often each may stand in a turn; scalars need not be repeated. */
static const size_t at_most[TURN_FIELDS + 1] = {
    TURN_LISTED, TURN_LISTED, TURN_LISTED, TURN_LISTED, /* heads */
    TURN_LISTED, /* acks */
    TURN_LISTED, /* wants */
    ROSTER_KINDS, /* deliveries */
    TURN_ERASED_MAX, TURN_LISTED, /* refusals */
    TURN_LISTED, /* successions */
    TURN_LISTED, /* recalls */
    ROSTER_KINDS, /* returned */
    1, /* clock */
    GOSSIP_FORKS_MAX, /* forks */
    GOSSIP_SIGHTS_MAX, /* sights */
    TURN_LISTED, /* relayed */
    TURN_LISTED, /* unpacks */
    TURN_CELLS_MAX, /* cells */
    TURN_LISTED, /* unknown */
};

/* One field of a message on the wire. */
struct field {
	uint64_t number;
	bool has_bytes; /* length-delimited: value is what stands in it */
	struct bytes value;
	uint64_t varint;
	struct bytes whole; /* with its tag */
};

static bool
take_varint(struct bytes *in, uint64_t *out)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < 10 && i < in->len; i++) {
		v |= (uint64_t)(in->ptr[i] & 0x7f) << (7 * i);
		if (in->ptr[i] < 0x80) {
			in->ptr += i + 1;
			in->len -= i + 1;
			*out = v;
			return true;
		}
	}
	return false;
}

/* Moves `in` past one field; false: malformed. */
static bool
take_field(struct bytes *in, struct field *f)
{
	const uint8_t *start = in->ptr;
	uint64_t tag, len = 0;

	*f = (struct field){0};
	if (!take_varint(in, &tag) || tag >> 3 == 0)
		return false;
	f->number = tag >> 3;
	switch (tag & 7) {
	case 0:
		if (!take_varint(in, &f->varint))
			return false;
		break;
	case 1:
		len = 8;
		break;
	case 2:
		if (!take_varint(in, &len))
			return false;
		f->has_bytes = true;
		break;
	case 5:
		len = 4;
		break;
	default:
		return false;
	}
	if (len > in->len)
		return false;
	f->value = bytes_of(in->ptr, (size_t)len);
	in->ptr += len;
	in->len -= (size_t)len;
	f->whole = bytes_of(start, (size_t)(in->ptr - start));
	return true;
}

static enum err
malformed(struct err_why *why)
{
	return err_fail(why, ERR_MALFORMED, "turn: not a message");
}

/* ---- deliveries ---- */

static enum err
cut_item(struct log_item *out, struct bytes in, struct err_why *why)
{
	struct field f;

	while (in.len > 0) {
		if (!take_field(&in, &f))
			return malformed(why);
		if (f.number != ITEM_LEAF && f.number != ITEM_SEALED)
			continue;
		if (!f.has_bytes)
			return malformed(why);
		if (f.number == ITEM_LEAF)
			out->leaf = f.value;
		else
			out->sealed = f.value;
	}
	return ERR_OK;
}

static enum err
count_items(size_t *n, struct bytes in, struct err_why *why)
{
	struct field f;

	for (*n = 0; in.len > 0;) {
		if (!take_field(&in, &f))
			return malformed(why);
		if (f.number == DELIVERY_ITEMS && ++*n > TURN_ITEMS_MAX)
			return err_fail(why, ERR_LIMIT, "turn: too many items");
	}
	return ERR_OK;
}

static enum err
cut_field(struct turn_delivery *d, const struct field *f, struct err_why *why)
{
	switch (f->number) {
	case DELIVERY_FROM:
		if (f->has_bytes || f->value.len > 0)
			return malformed(why);
		d->from = f->varint;
		return ERR_OK;
	case DELIVERY_ORIGIN:
	case DELIVERY_ITEMS:
	case DELIVERY_NOTE:
	case DELIVERY_PROOF:
		if (!f->has_bytes)
			return malformed(why);
		break;
	default:
		return ERR_OK;
	}
	if (f->number == DELIVERY_ITEMS)
		return cut_item(&d->items[d->items_len++], f->value, why);
	if (f->number == DELIVERY_ORIGIN)
		d->origin = f->value;
	if (f->number == DELIVERY_NOTE)
		d->note = f->value;
	if (f->number == DELIVERY_PROOF && d->proof_len == TREE_PROOF_MAX)
		return err_fail(
		    why, ERR_LIMIT, "turn: too many hashes of a proof");
	if (f->number == DELIVERY_PROOF)
		d->proof[d->proof_len++] = f->value;
	return ERR_OK;
}

static enum err
cut_delivery(struct turn *t, struct turn_delivery *d, struct bytes in,
    struct err_why *why)
{
	struct field f;
	size_t n = 0;
	enum err e;

	*d = (struct turn_delivery){0};
	e = count_items(&n, in, why);
	if (e != ERR_OK)
		return e;
	d->items = arena_alloc(&t->arena, n + 1, sizeof(d->items[0]));
	if (d->items == NULL)
		return err_fail(why, ERR_LIMIT, "turn: too many items");
	while (e == ERR_OK && in.len > 0) {
		if (!take_field(&in, &f))
			return malformed(why);
		e = cut_field(d, &f, why);
	}
	if (e == ERR_OK && d->items_len > UINT64_MAX - d->from)
		return err_fail(why, ERR_LIMIT, "turn: too many items");
	return e;
}

/* A field whose items are cut here; false: it is another one. */
static bool
cut_items(
    struct turn *t, const struct field *f, enum err *e, struct err_why *why)
{
	struct turn_delivery *d;

	if (f->number == TURN_DELIVERIES)
		d = &t->delivery[t->deliveries++];
	else if (f->number == TURN_RETURNED)
		d = &t->returned[t->returns++];
	else
		return false;
	*e = f->has_bytes ? cut_delivery(t, d, f->value, why) : malformed(why);
	return true;
}

/* ---- the rest ---- */

/* A field that a decoder would have to remember. */
static enum err
count_fields(const struct field *f, struct err_why *why)
{
	const size_t most =
	    f->number == TURN_HEADS ? TURN_HEAD_FIELDS_MAX : TURN_FIELDS_MAX;
	struct bytes in = f->value;
	struct field inner;
	size_t n = 0;

	if (!f->has_bytes)
		return malformed(why);
	while (in.len > 0) {
		if (!take_field(&in, &inner))
			return malformed(why);
		if (++n > most)
			return err_fail(
			    why, ERR_LIMIT, "turn: too many fields of a part");
	}
	return ERR_OK;
}

/* What has a form of its own: its fields are not those of a message. */
static bool
is_file(size_t field)
{
	return field == TURN_SUCCESSIONS || field == TURN_FORKS ||
	    field == TURN_SIGHTS || field == TURN_CELLS;
}

/* Counts, cuts the deliveries, gathers what is known of the rest. */
static enum err
cut_parts(
    struct turn *t, struct bytes in, struct buf *small, struct err_why *why)
{
	size_t count[TURN_FIELDS + 1] = {0};
	struct field f;
	size_t k;
	enum err e;

	while (in.len > 0) {
		if (!take_field(&in, &f))
			return malformed(why);
		k = f.number < TURN_FIELDS ? (size_t)f.number : TURN_FIELDS;
		if (++count[k] > at_most[k])
			return err_fail(why, ERR_LIMIT, "turn: too many parts");
		if (k == TURN_FIELDS)
			continue;
		if (cut_items(t, &f, &e, why)) {
			if (e != ERR_OK)
				return e;
			continue;
		}
		if (is_file(k) && !f.has_bytes)
			return malformed(why);
		if (k >= TURN_HEADS && k != TURN_UNPACKS && !is_file(k)) {
			e = count_fields(&f, why);
			if (e != ERR_OK)
				return e;
		}
		buf_bytes(small, f.whole);
	}
	return buf_ok(small, why);
}

enum err
turn_cut(struct turn *out, struct bytes in, struct err_why *why)
{
	ProtobufCAllocator mem = arena_allocator(&out->arena);
	struct buf small;
	enum err e;

	*out = (struct turn){0};
	buf_init(&small, TURN_SMALL_MAX);
	e = cut_parts(out, in, &small, why);
	if (e == ERR_OK) {
		out->small = fed__turn__unpack(
		    &mem, small.len, small.len > 0 ? small.ptr : in.ptr);
		if (out->small == NULL)
			e = malformed(why);
	}
	buf_clear(&small);
	if (e != ERR_OK)
		turn_clear(out);
	return e;
}

void
turn_clear(struct turn *t)
{
	arena_clear(&t->arena);
	*t = (struct turn){0};
}
