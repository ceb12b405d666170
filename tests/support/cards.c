/* cards.c - certificates of those who work under a permit and guard it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/cards.h"

#include <stdio.h>
#include <stdlib.h>

static char *
loose(const char *s)
{
	union {
		const char *in;
		char *out;
	} u = {.in = s};

	return u.out;
}

void
cards_certify(struct plant *p, const char *holder, const char *class,
    char id[TEXT_UUID_CHARS + 1])
{
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;

	c.has_action = true;
	c.action = RECORD__CERTIFICATE__ACTION__ISSUE;
	c.holder = loose(holder);
	c.class_ = loose(class);
	c.has_valid_from_at = c.has_valid_to_at = true;
	c.valid_from_at = p->now - PLANT_MINUTE;
	c.valid_to_at = p->now + CARDS_DAYS * 24 * 60 * PLANT_MINUTE;
	post.certificate = &c;
	r = plant_event(p, LEDGER__KIND__CERTIFICATE, NULL, &post);
	if (r->error != ERR_OK) {
		fprintf(stderr, "%s of %s: %s\n", class, holder, r->why.text);
		abort();
	}
	if (id != NULL)
		text_uuid_put(id, r->items[0].record_id);
	submit_result_free(r);
}

void
cards_guardian(struct plant *p, const char *guardian)
{
	cards_certify(p, guardian, "guardian", NULL);
}

void
cards_begin(struct plant *p, const char *worker, const char *class,
    const char *guardian, char card[TEXT_UUID_CHARS + 1])
{
	cards_guardian(p, guardian);
	cards_certify(p, worker, class, card);
}
