/* submit_keep.c - what no erasure takes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/submit_keep.h"

#include "node/retain_look.h"
#include "node/submit_holder.h"

/* Fields by which a record in force decides (record.proto); no person is named
 * by them, and without them it would decide otherwise. */
#define FIELD(n) (UINT64_C(1) << (n))
static const struct {
	Ledger__Kind kind;
	uint64_t fields;
} deciding[] = {
    /* action, occurred_at, level, kind, area, latching, until_at */
    {LEDGER__KIND__ALARM,
        FIELD(1) | FIELD(5) | FIELD(6) | FIELD(7) | FIELD(8) | FIELD(43) |
            FIELD(46)},
    /* action, occurred_at, work_type, level, area, planned_from_at,
     * planned_to_at, gas, sampled_at; step, linked, base_level, what it says of
     * conditions, the blind; and workers: without them nobody would be asked
     * whether all of them may */
    {LEDGER__KIND__PERMIT,
        FIELD(1) | FIELD(2) | FIELD(3) | FIELD(4) | FIELD(5) | FIELD(13) |
            FIELD(14) | FIELD(15) | FIELD(16) | FIELD(24) | FIELD(25) |
            FIELD(28) | FIELD(30) | FIELD(31) | FIELD(32) | FIELD(33) |
            FIELD(34) | FIELD(51)},
    /* action, class, valid_from_at, valid_to_at, review_due_at,
     * last_worked_at, areas */
    {LEDGER__KIND__CERTIFICATE,
        FIELD(1) | FIELD(6) | FIELD(10) | FIELD(11) | FIELD(12) | FIELD(17) |
            FIELD(18)},
    /* action, type, holder: a violation holds its person until it is closed */
    {LEDGER__KIND__CASE, FIELD(1) | FIELD(6) | FIELD(20)},
};

/* What a log says of itself, of who read it and of what was erased from it
 * stays: only these fields, which may name a person, can go. */
static const struct {
	Ledger__Kind kind;
	uint64_t fields;
} kept[] = {
    {LEDGER__KIND__LOG_START, 0},
    {LEDGER__KIND__HEADS, FIELD(2)}, /* question */
    {LEDGER__KIND__ACCESS, FIELD(3) | FIELD(5)}, /* query, purpose */
    {LEDGER__KIND__ERASURE, FIELD(5)}, /* requested_by */
    {LEDGER__KIND__TIME_RESET, 0},
    {LEDGER__KIND__ADMIN, FIELD(3)}, /* operator */
    /* No person is in them, and a list of their status is published. */
    {LEDGER__KIND__CREDENTIAL, FIELD(4)}, /* item */
    {LEDGER__KIND__STATUS, FIELD(5)}, /* reason_code */
    /* A revocation has to reach everybody who was shown one. */
    {LEDGER__KIND__PAIRING, 0},
    {LEDGER__KIND__INCIDENT, FIELD(11) | FIELD(12)}, /* operator, note */
    {LEDGER__KIND__DELIVERY, 0},
    /* A balance stays what it was: account, reason, operator. */
    {LEDGER__KIND__POINTS, FIELD(3) | FIELD(7) | FIELD(8)},
    /* operator, note, danger, liable */
    {LEDGER__KIND__CHECKLIST, FIELD(15) | FIELD(16) | FIELD(19) | FIELD(21)},
    {LEDGER__KIND__SNAPSHOT, 0},
    /* What was agreed stands on them. */
    {LEDGER__KIND__PROPOSAL, 0}, {LEDGER__KIND__VOTE, 0},
    {LEDGER__KIND__SIGHTING, 0}, {LEDGER__KIND__VEIL, 0},
    {LEDGER__KIND__APPLY_RECEIPT, 0},
    {LEDGER__KIND__RETENTION,
        FIELD(4) | FIELD(15)}, /* operator, requested_by */
};

bool
submit_keep_always(const struct log_erasure *what, Ledger__Kind kind)
{
	uint64_t free = UINT64_MAX;

	for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
		if (kept[i].kind == kind)
			free = kept[i].fields;
	}
	for (size_t i = 0; i < what->fields_len; i++) {
		if (what->fields[i] < 64 &&
		    (free & FIELD(what->fields[i])) == 0)
			return true;
	}
	return free != UINT64_MAX && what->fields_len == 0;
}

static bool
takes_field(const struct log_erasure *what, uint64_t fields)
{
	for (size_t i = 0; i < what->fields_len; i++) {
		if (what->fields[i] < 64 &&
		    (fields & FIELD(what->fields[i])) != 0)
			return true;
	}
	return what->fields_len == 0;
}

static bool
in_force(const struct row *r, int64_t now_us)
{
	if (r->kind == LEDGER__KIND__CASE)
		return row_is_open(r) && r->other != 0;
	if (r->kind == LEDGER__KIND__ALARM || r->kind == LEDGER__KIND__PERMIT)
		return row_is_open(r) && row_state(r, now_us) != ROW_EXPIRED;
	return r->state != ROW_REVOKED && r->state != ROW_CERT_CANCELLED &&
	    now_us < r->to_us;
}

enum err
submit_keep_decides(bool *out, struct commit_ctx *ctx,
    const struct submit_kept *k, struct err_why *why)
{
	uint64_t fields = 0;
	bool barred = false;
	struct row row;
	enum err e;

	*out = false;
	for (size_t i = 0; i < sizeof deciding / sizeof deciding[0]; i++) {
		if (deciding[i].kind == k->kind)
			fields = deciding[i].fields;
	}
	if (fields == 0)
		return ERR_OK;
	e = fold_get(&ctx->fold, k->line, k->record, &row, why);
	/* Without its holder a suspended one would hold nobody. */
	if (e == ERR_OK && k->kind == LEDGER__KIND__CERTIFICATE &&
	    row.state == ROW_CERT_SUSPENDED)
		fields |= FIELD(3);
	/* Nor would a revoked one bar him: holder, holder_number, reason_code.
	 */
	if (e == ERR_OK && k->kind == LEDGER__KIND__CERTIFICATE) {
		barred = submit_holder_bar(ctx->site, ctx->now_us, &row) >
		    ctx->now_us;
		if (barred)
			fields |= FIELD(3) | FIELD(5) | FIELD(16);
	}
	*out = e == ERR_OK && takes_field(k->what, fields) &&
	    (barred || in_force(&row, ctx->now_us));
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

bool
submit_keep_danger(const struct log_erasure *what,
    const struct digest_hmac *mac, const struct row *row, int64_t now_us)
{
	static const char *const types[] = {
	    "hazard", "hidden-danger", "accident"};
	/* potential, hazard, equipment, description, measures, evidence */
	const uint64_t text = FIELD(11) | FIELD(12) | FIELD(13) | FIELD(17) |
	    FIELD(30) | FIELD(42);
	bool danger = row->type == 0;

	if (!retain_open(row, now_us))
		return false;
	if (row->kind == LEDGER__KIND__ALARM ||
	    row->kind == LEDGER__KIND__PERMIT)
		return true;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		danger |= row->type == fold_hash(mac, FOLD_TYPE, types[i]);
	return row->kind == LEDGER__KIND__CASE && danger &&
	    takes_field(what, text);
}
