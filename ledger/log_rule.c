/* log_rule.c - what a leaf must be, and how it continues its log. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/log_rule.h"

#include <inttypes.h>

#include "ledger/log.h"
#include "ledger/sealed_view.h"
#include "proto/slice.h"
#include "proto/zh.h"

#define ID_BYTES 16
#define ALT_BYTES_MAX 65

const struct log_kind *
log_rule_kind(const struct log_chain *c, uint32_t kind)
{
	for (size_t i = 0; i < c->kinds_len; i++) {
		if (c->kinds[i].kind == kind)
			return &c->kinds[i];
	}
	return NULL;
}

static bool
sized(protobuf_c_boolean has, const ProtobufCBinaryData *data, size_t len)
{
	return !has || data->len == len;
}

/* The rule an entry breaks by itself, or NULL. */
static const char *
fault_of(const Ledger__Entry *e)
{
	if (!e->has_kind || e->kind == LEDGER__KIND__KIND_UNSPECIFIED)
		return ZH("no kind");
	if (!e->has_kind_seq || e->kind_seq == 0 || !e->has_previous_of_kind)
		return ZH("no chain fields");
	if (!e->has_time_epoch || e->time_epoch == 0 || !e->has_recorded_us ||
	    !e->has_clock_us)
		return ZH("no time fields");
	if (!log_rule_is_time(e->recorded_us) || !log_rule_is_time(e->clock_us))
		return ZH("a time outside the years 1970 to 9999");
	if (!sized(e->has_record_id, &e->record_id, ID_BYTES) ||
	    !sized(e->has_event_id, &e->event_id, ID_BYTES))
		return ZH("an id is not 16 bytes");
	if (e->has_event_seq && e->event_seq == 0)
		return ZH("event_seq is 0");
	if (!sized(e->has_commitment, &e->commitment, HASH_BYTES) ||
	    !sized(e->has_annex_commitment, &e->annex_commitment, HASH_BYTES) ||
	    !sized(e->has_auth_commitment, &e->auth_commitment, HASH_BYTES))
		return ZH("a commitment is not 32 bytes");
	if (e->has_commitment_alt &&
	    (e->commitment_alt.len < 2 ||
	        e->commitment_alt.len > ALT_BYTES_MAX))
		return ZH("commitment_alt has an impossible length");
	return NULL;
}

enum err
log_rule_decode_in(Ledger__Entry **out, struct bytes leaf,
    ProtobufCAllocator *mem, struct err_why *why)
{
	struct slice_list slices;
	Ledger__Entry *e;
	const char *fault;
	enum err err;

	if (leaf.len > LOG_ENTRY_MAX)
		return err_fail(why, ERR_LIMIT, "leaf of %zu bytes", leaf.len);
	err = slice_split(&slices, &ledger__entry__descriptor, leaf, why);
	if (err != ERR_OK)
		return err;
	e = ledger__entry__unpack(mem, leaf.len, leaf.ptr);
	if (e == NULL)
		return err_fail(why, ERR_MALFORMED, "leaf does not decode");
	if (!e->has_version || e->version != 1) {
		err = err_fail(why, ERR_UNSUPPORTED, "leaf version %u",
		    e->has_version ? e->version : 0);
	} else {
		fault = fault_of(e);
		if (fault != NULL) {
			(void)err_plain(why, ERR_MALFORMED, fault);
			err = err_wrap(why, ERR_MALFORMED, "leaf");
		}
	}
	if (err != ERR_OK) {
		ledger__entry__free_unpacked(e, mem);
		return err;
	}
	*out = e;
	return ERR_OK;
}

bool
log_rule_view(Ledger__Entry *out, struct bytes leaf)
{
	return leaf.len <= LOG_ENTRY_MAX && sealed_view_entry(out, leaf) &&
	    out->has_version && out->version == 1 && fault_of(out) == NULL;
}

enum err
log_rule_decode(Ledger__Entry **out, struct bytes leaf, struct err_why *why)
{
	return log_rule_decode_in(out, leaf, NULL, why);
}

static enum err
check_time(
    const struct log_chain *c, const Ledger__Entry *e, struct err_why *why)
{
	const bool reset = e->kind == LEDGER__KIND__TIME_RESET;

	if (c->size == 0)
		return ERR_OK;
	if (reset && e->time_epoch != c->epoch + 1)
		return err_fail(why, ERR_UNVERIFIED,
		    "time_epoch %" PRIu32
		    " after TIME_RESET, expected %" PRIu32,
		    e->time_epoch, c->epoch + 1);
	if (!reset && e->time_epoch != c->epoch)
		return err_fail(why, ERR_UNVERIFIED,
		    "time_epoch %" PRIu32 " without TIME_RESET, expected "
		    "%" PRIu32,
		    e->time_epoch, c->epoch);
	if (!reset && e->recorded_us < c->recorded_us)
		return err_fail(why, ERR_UNVERIFIED,
		    "recorded_us goes back by %" PRIu64 " us",
		    (uint64_t)c->recorded_us - (uint64_t)e->recorded_us);
	return ERR_OK;
}

enum err
log_rule_next(struct log_chain *c, const Ledger__Entry *e, struct err_why *why)
{
	const struct log_kind *had = log_rule_kind(c, (uint32_t)e->kind);
	const uint64_t seq = had == NULL ? 1 : had->seq + 1;
	const uint64_t previous = had == NULL ? 0 : had->last + 1;
	struct log_kind *k;
	enum err err;

	if ((e->kind == LEDGER__KIND__LOG_START) != (c->size == 0))
		return err_fail(why, ERR_UNVERIFIED,
		    "LOG_START must be first and only first");
	if (e->kind_seq != seq)
		return err_fail(why, ERR_UNVERIFIED,
		    "kind_seq %" PRIu64 ", expected %" PRIu64, e->kind_seq,
		    seq);
	if (e->previous_of_kind != previous)
		return err_fail(why, ERR_UNVERIFIED,
		    "previous_of_kind %" PRIu64 ", expected %" PRIu64,
		    e->previous_of_kind, previous);
	err = check_time(c, e, why);
	if (err != ERR_OK)
		return err;
	if (had == NULL && c->kinds_len == LOG_RULE_KINDS)
		return err_fail(why, ERR_LIMIT, "too many kinds in one log");

	k = had == NULL ? &c->kinds[c->kinds_len++] : &c->kinds[had - c->kinds];
	k->kind = (uint32_t)e->kind;
	k->seq = seq;
	k->last = c->size;
	c->epoch = e->time_epoch;
	c->recorded_us = e->recorded_us;
	c->size++;
	return ERR_OK;
}
