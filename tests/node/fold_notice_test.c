/* fold_notice_test.c - who is still to be told of what, out of the log. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fold_notice.h"

#include <criterion/criterion.h>

#include "node/fold_key.h"
#include "proto/text.h"
#include "tests/support/folded.h"

#define INCIDENT 500
#define TARGETS 600

static struct folded w;

static void
set_up(void)
{
	folded_new(&w);
}

static void
tear_down(void)
{
	folded_end(&w);
}

TestSuite(fold_notice, .init = set_up, .fini = tear_down);

static uint32_t
seq_after(const uint8_t *id)
{
	struct fold f = {.t = &w.site->own.tables,
	    .book = w.site->own.book,
	    .mac = &w.site->index_mac};
	struct row r = {.seq = 0};

	cr_assert_eq(store_read(w.site->own.store, &f.txn, NULL), ERR_OK);
	if (fold_get(&f, w.site->evidence, id, &r, NULL) != ERR_OK)
		r.seq = 0;
	store_abort(f.txn);
	return r.seq + 1;
}

static uint32_t
put(const uint8_t *id, Ledger__Kind kind, const ProtobufCMessage *m)
{
	const uint32_t seq = seq_after(id);
	const struct draft_spec spec = folded_spec(&w, id, kind, seq, m);

	(void)folded_put_one(&w, &w.site->own, &spec);
	return seq;
}

/* A target that wants these kinds; NULL: only what names it. */
static void
serve(const char *target, const char *kind, const char *area, uint32_t level)
{
	Record__Delivery m = RECORD__DELIVERY__INIT;
	static const uint8_t none[16];
	char *kinds[] = {folded_text(kind), (char[]){"of-another-version"}};
	char *areas[] = {folded_text(area)};
	uint8_t id[16];

	m.has_action = true;
	m.action = RECORD__DELIVERY__ACTION__SERVE;
	m.target = folded_text(target);
	m.kinds = kinds;
	m.n_kinds = kind != NULL ? 2 : 0;
	m.areas = areas;
	m.n_areas = area != NULL;
	m.has_level = true;
	m.level = level;
	notice_id(id, none, 0, target);
	put(id, LEDGER__KIND__DELIVERY, &m.base);
}

static void
end(const char *target)
{
	Record__Delivery m = RECORD__DELIVERY__INIT;
	static const uint8_t none[16];
	uint8_t id[16];

	m.has_action = true;
	m.action = RECORD__DELIVERY__ACTION__END;
	m.target = folded_text(target);
	notice_id(id, none, 0, target);
	put(id, LEDGER__KIND__DELIVERY, &m.base);
}

/* Event of incident n in the area; its number. */
static uint32_t
happen(unsigned n, Record__Incident__Action action, const char *area,
    const char *target)
{
	Record__Incident m = RECORD__INCIDENT__INIT;
	char *targets[] = {folded_text(target)};
	uint8_t id[16];

	folded_id(id, n);
	m.has_action = true;
	m.action = action;
	m.area = folded_text(area);
	m.has_level = true;
	m.level = 2;
	m.targets = targets;
	m.n_targets = target != NULL;
	m.role = folded_text("supervisor");
	return put(id, LEDGER__KIND__INCIDENT, &m.base);
}

static void
became(unsigned n, uint32_t seq, const char *target,
    Record__Delivery__Action action)
{
	Record__Delivery m = RECORD__DELIVERY__INIT;
	uint8_t about[16], id[16];
	char text[TEXT_UUID_CHARS + 1];

	folded_id(about, n);
	text_uuid_put(text, about);
	m.has_action = true;
	m.action = action;
	m.target = folded_text(target);
	m.about_id = text;
	m.has_about_seq = true;
	m.about_seq = seq;
	notice_id(id, about, seq, target);
	put(id, LEDGER__KIND__DELIVERY, &m.base);
}

struct seen {
	size_t len;
	size_t given_up;
	struct fold_notice_row last;
	struct hash sum; /* of all rows of both tables */
};

static void
add_table(
    struct fold *f, struct store_table t, struct seen *s, struct digest *sum)
{
	struct store_cursor *c = NULL;
	struct store_row row;
	enum err e = store_cursor(f->txn, t, &c, NULL);

	cr_assert_eq(e, ERR_OK);
	for (e = store_seek(c, bytes_of("", 0), &row); e == ERR_OK;
	     e = store_next(c, &row)) {
		digest_add(sum, row.key);
		digest_add(sum, row.value);
		if (s == NULL)
			continue;
		cr_assert(fold_notice_get(&s->last, &row));
		s->len++;
		s->given_up += s->last.state == FOLD_NOTICE_GIVEN_UP;
	}
	store_cursor_close(c);
}

static struct seen
look(void)
{
	struct fold f = {.t = &w.site->own.tables, .book = w.site->own.book};
	struct seen s = {.len = 0};
	struct digest sum;

	cr_assert_eq(store_read(w.site->own.store, &f.txn, NULL), ERR_OK);
	digest_init(&sum);
	add_table(&f, f.t->notice, &s, &sum);
	add_table(&f, f.t->target, NULL, &sum);
	digest_done(&sum, &s.sum);
	store_abort(f.txn);
	return s;
}

/* A fresh fold of the log says the same. */
static void
must_be_the_logs(void)
{
	const struct seen was = look();
	struct commit_ctx ctx;
	struct log_state st;

	folded_begin(&w, &w.site->own, &ctx);
	cr_assert_eq(fold_clear(&ctx.fold, NULL), ERR_OK);
	cr_assert_eq(
	    log_state(w.site->own.book, ctx.txn, w.site->evidence, &st, NULL),
	    ERR_OK);
	cr_assert_eq(
	    fold_range(&ctx.fold, w.site->evidence, 0, st.frontier.size, NULL),
	    ERR_OK);
	folded_commit(&ctx);
	const struct seen is = look();
	cr_assert_eq(memcmp(&was.sum, &is.sum, sizeof is.sum), 0);
	cr_assert_eq(was.len, is.len);
}

#define OPEN RECORD__INCIDENT__ACTION__OPEN
#define ESCALATE RECORD__INCIDENT__ACTION__ESCALATE
#define ACK RECORD__INCIDENT__ACTION__ACK

Test(fold_notice, nobody_is_told_before_somebody_is_to_be)
{
	happen(INCIDENT, OPEN, "boiler", NULL);
	happen(INCIDENT, ESCALATE, "boiler", "nobody");
	cr_assert_eq(look().len, 0u);
	serve("office", "incident-open", NULL, 0);
	cr_assert_eq(look().len, 0u, "what was before is not told");
	must_be_the_logs();
}

Test(fold_notice, a_notice_stands_until_it_is_delivered)
{
	serve("office", "incident-open", NULL, 0);
	const uint32_t seq = happen(INCIDENT, OPEN, "boiler", NULL);
	happen(INCIDENT, ACK, "boiler", NULL);
	struct seen s = look();
	cr_assert_eq(s.len, 1u);
	cr_assert_eq(s.last.kind, notice_kind_find("incident-open"));
	cr_assert_eq(s.last.target,
	    fold_hash(&w.site->index_mac, FOLD_TARGET, "office"));
	must_be_the_logs();
	became(INCIDENT, seq, "another", RECORD__DELIVERY__ACTION__DELIVERED);
	cr_assert_eq(look().len, 1u);
	became(INCIDENT, seq, "office", RECORD__DELIVERY__ACTION__DELIVERED);
	cr_assert_eq(look().len, 0u);
	must_be_the_logs();
}

Test(fold_notice, one_given_up_stays_until_it_is_retried)
{
	serve("office", "incident-open", NULL, 0);
	const uint32_t seq = happen(INCIDENT, OPEN, "boiler", NULL);
	became(INCIDENT, seq, "office", RECORD__DELIVERY__ACTION__GIVEN_UP);
	cr_assert_eq(look().given_up, 1u);
	must_be_the_logs();
	became(INCIDENT, seq, "office", RECORD__DELIVERY__ACTION__RETRY);
	cr_assert_eq(look().given_up, 0u);
	cr_assert_eq(look().len, 1u);
	must_be_the_logs();
	became(INCIDENT, seq, "office", RECORD__DELIVERY__ACTION__DELIVERED);
	cr_assert_eq(look().len, 0u);
}

Test(fold_notice, each_target_gets_what_it_wants)
{
	serve("all", "incident-open", NULL, 0);
	serve("grave", "incident-open", NULL, 1);
	serve("here", "incident-open", "Boiler", 0);
	serve("there", "incident-open", "tanks", 0);
	serve("other", "escalation", NULL, 0);
	happen(INCIDENT, OPEN, "boiler", NULL);
	cr_assert_eq(look().len, 2u, "all, here");
	end("all");
	happen(INCIDENT + 1, OPEN, "boiler", NULL);
	cr_assert_eq(look().len, 3u, "here alone; what was due stays so");
	must_be_the_logs();
}

Test(fold_notice, whom_a_step_names_gets_it_also_one_that_is_no_target)
{
	serve("supervisor", NULL, NULL, 0);
	happen(INCIDENT, OPEN, "boiler", NULL);
	cr_assert_eq(look().len, 0u, "it wants nothing by itself");
	happen(INCIDENT, ESCALATE, "boiler", "supervisor");
	cr_assert_eq(look().len, 1u, "once, by name and by role");
	happen(INCIDENT, ESCALATE, "boiler", "nobody");
	cr_assert_eq(look().len, 3u, "its role, and a name that is not served");
	must_be_the_logs();
}

/* After an erasure one record is folded again, under targets of another day. */
Test(fold_notice, folding_a_record_again_changes_nothing_that_is_due)
{
	struct commit_ctx ctx;
	uint8_t id[16];

	serve("office", "incident-open", NULL, 0);
	const uint32_t seq = happen(INCIDENT, OPEN, "boiler", NULL);
	happen(INCIDENT + 1, OPEN, "boiler", NULL);
	became(INCIDENT, seq, "office", RECORD__DELIVERY__ACTION__DELIVERED);
	serve("late", "incident-open", NULL, 0);
	const struct seen was = look();
	cr_assert_eq(was.len, 1u);
	for (unsigned n = INCIDENT; n <= INCIDENT + 1; n++) {
		folded_id(id, n);
		folded_begin(&w, &w.site->own, &ctx);
		cr_assert_eq(
		    fold_record(&ctx.fold, w.site->evidence, id, NULL), ERR_OK);
		folded_commit(&ctx);
	}
	const struct seen is = look();
	cr_assert_eq(memcmp(&was.sum, &is.sum, sizeof is.sum), 0);
}

Test(fold_notice, a_damaged_row_is_none)
{
	struct fold_key k = fold_notice_key(1, 2, 3);
	uint8_t v[10] = {FOLD_NOTICE_PENDING};
	struct store_row row = {fold_key_view(&k), bytes_of(v, sizeof v)};
	struct fold_notice_row out;

	cr_assert(fold_notice_get(&out, &row));
	cr_assert_eq(out.place, 2u);
	cr_assert_eq(out.target, 3u);
	row.value.len--;
	cr_assert_not(fold_notice_get(&out, &row));
	row.value.len++;
	v[0] = 3;
	cr_assert_not(fold_notice_get(&out, &row));
	v[0] = 0;
	cr_assert_not(fold_notice_get(&out, &row));
}
