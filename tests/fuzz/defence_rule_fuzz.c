/* defence_rule_fuzz.c - a rule that a member proposed, and what it does. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/domain/defence_eval.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* What was taken is within its bounds, and raises. */
static void
check(const Record__DefenceRule *r)
{
	must(defence_rule_id_ok(r->id) && r->raise != NULL);
	must(r->n_all > 0 && r->n_all + r->n_any <= DEFENCE_RULE_CONDITIONS);
	must(r->n_areas <= DEFENCE_RULE_LIST);
	must(r->quiet_minutes >= 1 && r->quiet_minutes <= DEFENCE_RULE_MINUTES);
	must(r->suspend == NULL || r->suspend->n_types > 0);
}

static void
run(const struct defence_rule *r)
{
	struct defence_eval *d = defence_eval_new(&r, 1);
	struct defence_fire fires[DEFENCE_EVAL_RULES];
	struct defence_event e = {.kind = "gas",
	    .code = "L-01",
	    .area = "tank-1",
	    .level = 1,
	    .wind = 7};
	size_t n = 0;

	for (unsigned i = 0; i < 64; i++) {
		e.what = (enum defence_what)(i % 4);
		e.place = i;
		e.at_us = 1 + i * INT64_C(1000000);
		e.action = (Record__Permit__Action)(1 + i % 18);
		n += defence_eval_feed(d, &e, fires);
	}
	/* One area, and quiet for a minute at the least. */
	must(n <= 2);
	defence_eval_free(d);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err_why why = {.text = ""};
	struct defence_rule r;

	if (defence_rule_read(&r, bytes_of(data, size), &why) == ERR_OK) {
		check(r.said);
		run(&r);
	} else {
		must(why.text[0] != '\0' && r.said == NULL);
	}
	defence_rule_clear(&r);
	return 0;
}
