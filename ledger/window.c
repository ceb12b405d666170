/* window.c - questions about a log, and why an answer is complete. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/window.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ledger/generation.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

/* 9999-12-31T23:59:59.999999Z: what RFC 3339 can still say. */
#define TIME_MAX_US INT64_C(253402300799999999)

/* ---- the question ---- */

static enum err
text_check(const char *s, struct err_why *why)
{
	struct bytes v = bytes_str(s);

	if (v.len > WINDOW_TEXT_MAX)
		return err_fail(why, ERR_LIMIT, "too long");
	for (size_t i = 0; i < v.len; i++) {
		if (v.ptr[i] < 0x20 || v.ptr[i] == 0x7f)
			return err_fail(why, ERR_MALFORMED,
			    "control characters are not allowed");
	}
	if (!text_utf8_ok(v))
		return err_fail(why, ERR_MALFORMED, "not UTF-8");
	return ERR_OK;
}

static enum err
question_check(const struct window_question *q, struct err_why *why)
{
	enum err e;

	if (q->kind <= 0 || (unsigned)q->kind >= WINDOW_KINDS)
		return err_fail(why, ERR_MALFORMED, "no kind asked for");
	if (q->timed &&
	    (q->from_us < 0 || q->from_us >= q->to_us ||
	        q->to_us > TIME_MAX_US))
		return err_fail(
		    why, ERR_MALFORMED, "a window must end after it begins");
	if (!q->timed && q->ids_len == 0)
		return err_fail(
		    why, ERR_MALFORMED, "neither a window nor record ids");
	if (q->ids_len > WINDOW_IDS_MAX || q->show_len > WINDOW_SHOW_MAX)
		return err_fail(
		    why, ERR_LIMIT, "too many record ids or field names");
	for (size_t i = 0; i < q->show_len; i++) {
		e = text_check(q->show[i], why);
		if (e != ERR_OK)
			return err_wrap(why, e, "field name");
	}
	e = text_check(q->asker, why);
	if (e != ERR_OK)
		return err_wrap(why, e, "asker");
	e = text_check(q->purpose, why);
	return e == ERR_OK ? e : err_wrap(why, e, "purpose");
}

enum err
window_question_put(
    struct buf *out, const struct window_question *q, struct err_why *why)
{
	const ProtobufCEnumValue *kind = protobuf_c_enum_descriptor_get_value(
	    &ledger__kind__descriptor, (int)q->kind);
	char uuid[TEXT_UUID_CHARS + 1];
	struct hash policy;
	enum err e;

	if (!kind)
		return err_fail(why, ERR_MALFORMED, "unknown kind");
	e = question_check(q, why);
	if (e != ERR_OK)
		return e;
	buf_printf(out, "lianfang/question/v1\nkind %s\n", kind->name);
	if (q->timed)
		buf_printf(out, "window %" PRIu32 " %" PRId64 " %" PRId64 "\n",
		    q->time_epoch, q->from_us, q->to_us);
	for (size_t i = 0; i < q->ids_len; i++) {
		text_uuid_put(uuid, q->ids[i]);
		buf_printf(out, "id %s\n", uuid);
	}
	for (size_t i = 0; i < q->show_len; i++)
		buf_printf(out, "show %s\n", q->show[i]);
	buf_printf(out, "asker %s\npurpose %s\npolicy ", q->asker, q->purpose);
	digest_sha256(&policy, q->policy);
	text_hex_put(out, bytes_hash(&policy));
	buf_str(out, "\n");
	return buf_ok(out, why);
}

/* -1, 0, 1 as the pair (epoch, us) stands to another. */
static int
time_order(uint32_t epoch, int64_t us, uint32_t epoch2, int64_t us2)
{
	if (epoch != epoch2)
		return epoch < epoch2 ? -1 : 1;
	return us < us2 ? -1 : us > us2;
}

bool
window_asks(const struct window_question *q, const Ledger__Entry *e)
{
	if (e->kind != q->kind)
		return false;
	if (q->timed &&
	    (time_order(e->time_epoch, e->recorded_us, q->time_epoch,
	         q->from_us) < 0 ||
	        time_order(e->time_epoch, e->recorded_us, q->time_epoch,
	            q->to_us) >= 0))
		return false;
	for (size_t i = 0; i < q->ids_len; i++) {
		if (e->has_record_id && e->record_id.len == 16 &&
		    memcmp(e->record_id.data, q->ids[i], 16) == 0)
			return true;
	}
	return q->ids_len == 0;
}

/* ---- what the answering log needs ---- */

enum err
window_heads(struct buf *out, struct log_book *b, struct store_txn *txn,
    uint16_t slot, const struct window_question *q, struct err_why *why)
{
	Record__Heads heads = RECORD__HEADS__INIT;
	struct generation_heads list;
	struct buf text = {0};
	enum err e;

	buf_init(&text, WINDOW_QUESTION_MAX);
	e = window_question_put(&text, q, why);
	if (e == ERR_OK)
		e = generation_heads(&list, b, txn, slot, why);
	if (e != ERR_OK)
		goto out;
	heads.heads = list.at;
	heads.n_heads = list.len;
	heads.question = (char *)(uintptr_t)buf_cstr(&text);
	slice_pack(out, &heads.base);
	e = buf_ok(out, why);
out:
	buf_clear(&text);
	return e;
}

enum err
window_range(struct log_book *b, struct store_txn *txn,
    const struct log_place *heads, const struct window_question *q,
    struct tree_span *out, struct err_why *why)
{
	struct log_state state;
	uint64_t from, to;
	enum err e;

	e = log_state(b, txn, heads->slot, &state, why);
	if (e != ERR_OK)
		return e;
	if (heads->index >= state.frontier.size)
		return err_fail(why, ERR_NOT_FOUND, "no such HEADS entry");
	e = log_find_time(
	    b, txn, heads->slot, q->time_epoch, q->from_us, &from, why);
	if (e != ERR_OK)
		return e;
	e = log_find_time(
	    b, txn, heads->slot, q->time_epoch, q->to_us, &to, why);
	if (e != ERR_OK)
		return e;
	out->from = from > 0 ? from - 1 : 0;
	if (out->from > heads->index)
		out->from = heads->index;
	out->to = (to < heads->index ? to : heads->index) + 1;
	out->size = state.frontier.size;
	return ERR_OK;
}

/* ---- the walk ---- */

void
window_check_init(struct window_check *w, uint64_t first)
{
	*w = (struct window_check){.first = first, .next = first};
	w->twice.from_us = INT64_MAX;
	w->twice.to_us = INT64_MIN;
}

static enum err
check_time(
    const struct window_check *w, const Ledger__Entry *e, struct err_why *why)
{
	bool reset = e->kind == LEDGER__KIND__TIME_RESET;

	if (w->next == w->first)
		return ERR_OK;
	if (e->time_epoch != w->epoch + (reset ? 1 : 0))
		return err_fail(why, ERR_UNVERIFIED,
		    "entry %" PRIu64 ": time epoch changes without TIME_RESET",
		    w->next);
	if (!reset && e->recorded_us < w->us)
		return err_fail(why, ERR_UNVERIFIED,
		    "entry %" PRIu64 ": time runs backwards", w->next);
	return ERR_OK;
}

/* The first of a kind points before the run, every later one at its
 * predecessor in it. */
static enum err
check_chain(
    const struct window_check *w, const Ledger__Entry *e, struct err_why *why)
{
	uint64_t seq = w->chain[e->kind].seq;
	uint64_t before = e->previous_of_kind;
	bool ok;

	if (seq > 0)
		ok = e->kind_seq == seq + 1 &&
		    before == w->chain[e->kind].last + 1;
	else
		ok = before <= w->first && (before == 0) == (e->kind_seq == 1);
	if (!ok || e->kind_seq == 0)
		return err_fail(why, ERR_UNVERIFIED,
		    "entry %" PRIu64 ": chain of its kind is broken", w->next);
	return ERR_OK;
}

enum err
window_check_leaf(
    struct window_check *w, const Ledger__Entry *entry, struct err_why *why)
{
	enum err e;

	if (!entry->has_kind || entry->kind <= 0 ||
	    (unsigned)entry->kind >= WINDOW_KINDS || !entry->has_kind_seq ||
	    !entry->has_previous_of_kind || !entry->has_time_epoch ||
	    !entry->has_recorded_us)
		return err_fail(why, ERR_UNVERIFIED,
		    "entry %" PRIu64 ": chain or time fields missing", w->next);
	e = check_time(w, entry, why);
	if (e != ERR_OK)
		return e;
	e = check_chain(w, entry, why);
	if (e != ERR_OK)
		return e;
	if (w->next == w->first) {
		w->first_epoch = entry->time_epoch;
		w->first_us = entry->recorded_us;
	}
	if (entry->time_epoch != w->epoch && w->next != w->first &&
	    entry->recorded_us <= w->us) {
		if (entry->recorded_us < w->twice.from_us)
			w->twice.from_us = entry->recorded_us;
		if (w->us > w->twice.to_us)
			w->twice.to_us = w->us;
	}
	w->epoch = entry->time_epoch;
	w->us = entry->recorded_us;
	w->chain[entry->kind].seq = entry->kind_seq;
	w->chain[entry->kind].last = w->next;
	w->next++;
	return ERR_OK;
}

enum err
window_check_bounds(const struct window_check *w,
    const struct window_question *q, uint64_t heads_index, struct err_why *why)
{
	if (w->next == w->first)
		return err_fail(why, ERR_UNVERIFIED, "no entry is carried");
	if (w->next - 1 > heads_index)
		return err_fail(why, ERR_UNVERIFIED,
		    "HEADS was written before the window's end");
	if (w->first > 0 &&
	    time_order(
	        w->first_epoch, w->first_us, q->time_epoch, q->from_us) >= 0)
		return err_fail(why, ERR_UNVERIFIED,
		    "left neighbour missing: entry %" PRIu64
		    " lies inside the window",
		    w->first);
	if (w->next - 1 < heads_index &&
	    time_order(w->epoch, w->us, q->time_epoch, q->to_us) < 0)
		return err_fail(why, ERR_UNVERIFIED,
		    "right neighbour missing: nothing shows what follows "
		    "entry %" PRIu64,
		    w->next - 1);
	return ERR_OK;
}

bool
window_check_twice(
    const struct window_check *w, const struct window_question *q)
{
	return w->twice.from_us <= w->twice.to_us &&
	    w->twice.from_us < q->to_us && w->twice.to_us >= q->from_us;
}

/* What HEADS says of one kind, against what the run shows of it. */
static bool
head_agrees(const struct window_check *w, unsigned kind, const Record__Head *h,
    uint64_t heads_index)
{
	uint64_t seq = w->chain[kind].seq, last = w->chain[kind].last;
	uint64_t said_seq = h ? h->kind_seq : 0;
	bool whole = w->next > heads_index; /* the run ends with HEADS itself */

	if (whole && kind == LEDGER__KIND__HEADS) {
		/* HEADS speaks of the log before it. */
		return seq == said_seq + 1 && last == heads_index;
	}
	if (seq == 0)
		return !h || h->last_index < w->first ||
		    h->last_index >= w->next;
	if (!h)
		return false;
	if (said_seq == seq)
		return h->last_index == last;
	return said_seq > seq && h->last_index >= w->next;
}

enum err
window_check_heads(const struct window_check *w, const Record__Heads *heads,
    uint64_t heads_index, struct err_why *why)
{
	const Record__Head *by_kind[WINDOW_KINDS] = {0};
	uint32_t before = 0;

	for (size_t i = 0; i < heads->n_heads; i++) {
		const Record__Head *h = heads->heads[i];

		if (!h->has_kind || !h->has_kind_seq || !h->has_last_index ||
		    h->kind <= before || h->kind >= WINDOW_KINDS ||
		    h->kind_seq == 0 || h->last_index >= heads_index)
			return err_fail(
			    why, ERR_UNVERIFIED, "HEADS is not in order");
		before = h->kind;
		by_kind[h->kind] = h;
	}
	for (unsigned kind = 1; kind < WINDOW_KINDS; kind++) {
		if (!head_agrees(w, kind, by_kind[kind], heads_index))
			return err_fail(why, ERR_UNVERIFIED,
			    "HEADS contradicts the entries of kind %u", kind);
	}
	return ERR_OK;
}
