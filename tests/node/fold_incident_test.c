/* fold_incident_test.c - an incident counts what its alarms are. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/fold_incident.h"

#include <criterion/criterion.h>

#include "node/domain/incident.h"
#include "proto/text.h"
#include "tests/support/chance.h"
#include "tests/support/folded.h"

#define ALARMS 12
#define INCIDENT 500

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

TestSuite(fold_incident, .init = set_up, .fini = tear_down);

static struct row
row_of(struct commit_ctx *ctx, unsigned n)
{
	struct row r;
	uint8_t id[16];

	folded_id(id, n);
	cr_assert_eq(
	    fold_get(&ctx->fold, w.site->evidence, id, &r, NULL), ERR_OK);
	return r;
}

/* The sums over the rows of its alarms are what the incident's row says. */
static void
must_add_up(struct chance *c, struct commit_ctx *ctx)
{
	const struct row incident = row_of(ctx, INCIDENT);
	uint8_t id[16];
	uint32_t members = 0, alive = 0, unseen = 0;

	folded_id(id, INCIDENT);
	for (unsigned n = 1; n <= ALARMS; n++) {
		const struct row r = row_of(ctx, n);
		const struct incident_share share = incident_share(&r);

		if (memcmp(r.ref, id, 16) != 0)
			continue;
		members++;
		alive += share.alive;
		unseen += share.unseen;
	}
	chance_holds(c, incident.members == members);
	chance_holds(c, incident.alive == alive);
	chance_holds(c, incident.unseen == unseen);
}

static void
put(struct commit_ctx *ctx, unsigned n, Ledger__Kind kind,
    const ProtobufCMessage *m)
{
	struct draft_spec spec;
	struct row r = {.seq = 0};
	uint8_t id[16];

	folded_id(id, n);
	if (fold_get(&ctx->fold, w.site->evidence, id, &r, NULL) != ERR_OK)
		r.seq = 0;
	spec = folded_spec(&w, id, kind, r.seq + 1, m);
	(void)folded_put(&w, &w.site->own, ctx, &spec);
}

static void
join(struct chance *c, struct commit_ctx *ctx, bool first)
{
	Record__Incident m = RECORD__INCIDENT__INIT;
	char text[ALARMS][TEXT_UUID_CHARS + 1];
	char *ids[ALARMS];
	char *others[ALARMS];

	m.has_action = true;
	m.action = first ? RECORD__INCIDENT__ACTION__OPEN
	                 : RECORD__INCIDENT__ACTION__JOIN;
	m.alarm_ids = ids;
	m.context_ids = others;
	for (unsigned n = 1; n <= ALARMS; n++) {
		uint8_t id[16];

		folded_id(id, n);
		text_uuid_put(text[n - 1], id);
		if (chance_below(c, 4) == 0)
			ids[m.n_alarm_ids++] = text[n - 1];
		else if (chance_below(c, 4) == 0)
			others[m.n_context_ids++] = text[n - 1];
	}
	put(ctx, INCIDENT, LEDGER__KIND__INCIDENT, &m.base);
}

static void
one_life(struct chance *c)
{
	struct commit_ctx ctx;

	folded_begin(&w, &w.site->own, &ctx);
	cr_assert_eq(fold_clear(&ctx.fold, NULL), ERR_OK);
	for (unsigned n = 1; n <= ALARMS; n++) {
		Record__Alarm m = folded_alarm(&w, "boiler", 2);

		m.has_latching = m.latching = chance_below(c, 3) == 0;
		put(&ctx, n, LEDGER__KIND__ALARM, &m.base);
	}
	join(c, &ctx, true);
	for (int i = 0; i < 60; i++) {
		const unsigned n = 1 + (unsigned)chance_below(c, ALARMS);
		Record__Alarm m = RECORD__ALARM__INIT;
		uint8_t id[16];

		m.has_action = true;
		m.action = (Record__Alarm__Action)(2 + chance_below(c, 12));
		switch (chance_below(c, 8)) {
		case 0:
			join(c, &ctx, false);
			break;
		case 1: /* as after an erasure */
			folded_id(id, chance_below(c, 2) == 0 ? n : INCIDENT);
			cr_assert_eq(
			    fold_record(&ctx.fold, w.site->evidence, id, NULL),
			    ERR_OK);
			break;
		default:
			put(&ctx, n, LEDGER__KIND__ALARM, &m.base);
			break;
		}
		must_add_up(c, &ctx);
	}
	store_abort(ctx.txn);
}

Test(fold_incident, adds_up_over_any_events_and_any_folding_anew)
{
	chance_each(60, one_life);
}
