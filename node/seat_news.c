/* seat_news.c - what people should hear of the members' decisions. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/seat_news.h"

#include <stdio.h>
#include <stdlib.h>

#include "node/journal.h"
#include "node/site.h"
#include "node/submit_finding.h"
#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/text.h"

/* In words: some 4 proposals of 256 members, and 16 faults of each. */
#define TOLD_MAX 8192
#define SOURCE "alliance" /* of the alarms */

struct seat_news {
	struct site *site;
	struct hash epoch; /* told */
	struct hash *told; /* by what they are of; the oldest give way */
	size_t told_len;
	size_t told_next;
};

struct seat_news *
seat_news_new(struct site *s)
{
	struct seat_news *n = mem_alloc(1, sizeof *n);

	n->site = s;
	return n;
}

void
seat_news_free(struct seat_news *n)
{
	if (n == NULL)
		return;
	free(n->told);
	free(n);
}

const char *
seat_news_change(Record__Proposal__Change change)
{
	static const char *const names[] = {"?", "join", "leave", "expel",
	    "role", "endpoint", "keys", "quorum", "grants", "agreement", "pack",
	    "release", "?", "rule"};

	return (size_t)change < sizeof names / sizeof names[0] ? names[change]
	                                                       : "?";
}

uint32_t
seat_news_word(const struct council *c, size_t seat)
{
	const struct tally *t = council_tally(c);
	uint32_t said;

	for (unsigned r = TALLY_ROUNDS; r-- > 0;) {
		said = tally_said(t, r, seat, seat);
		if (said != TALLY_UNSAID)
			return said;
	}
	return TALLY_UNSAID;
}

static uint32_t
own_word(const struct council *c, const char *self)
{
	const Fed__Genesis *g = council_now(c)->state;

	for (size_t i = 0; i < g->n_members; i++)
		if (strcmp(g->members[i]->name, self) == 0)
			return seat_news_word(c, i);
	return TALLY_UNSAID;
}

static void
hex(char out[static 2 * HASH_BYTES + 1], const struct hash *h)
{
	struct buf b;

	buf_init(&b, 128);
	text_hex_put(&b, bytes_hash(h));
	(void)snprintf(out, 2 * HASH_BYTES + 1, "%s", buf_cstr(&b));
	buf_clear(&b);
}

static struct hash
sign_of(const char *what, struct bytes which)
{
	const struct bytes parts[] = {bytes_str(what), bytes_of("", 1), which};
	struct hash h;

	digest_sha256_parts(&h, parts, 3);
	return h;
}

static bool
known(const struct seat_news *n, const struct hash *h)
{
	for (size_t i = 0; i < n->told_len; i++)
		if (memcmp(n->told[i].b, h->b, HASH_BYTES) == 0)
			return true;
	return false;
}

static void
mark(struct seat_news *n, const struct hash *h)
{
	if (n->told_len < TOLD_MAX) {
		n->told =
		    mem_resize(n->told, n->told_len + 1, sizeof n->told[0]);
		n->told[n->told_len++] = *h;
		return;
	}
	n->told[n->told_next] = *h;
	n->told_next = (n->told_next + 1) % TOLD_MAX;
}

/* True the first time. */
static bool
first(struct seat_news *n, const char *what, struct bytes which)
{
	const struct hash h = sign_of(what, which);

	if (known(n, &h))
		return false;
	mark(n, &h);
	return true;
}

/* Raised at each look until it stands in the ledger: what was queued may have
 * been refused. */
static void
alarm_until_said(struct seat_news *n, const struct submit_finding *f)
{
	const struct hash h = sign_of("alarm", bytes_str(f->key));
	bool said = false;

	if (known(n, &h))
		return;
	if (submit_finding_said(&said, n->site, f->key, NULL) == ERR_OK && said)
		mark(n, &h);
	else
		submit_finding(n->site, f);
}

static void
epoch(struct seat_news *n, const struct council_epoch *now)
{
	char id[2 * HASH_BYTES + 1];

	if (memcmp(n->epoch.b, now->id.b, HASH_BYTES) == 0)
		return;
	n->epoch = now->id;
	hex(id, &now->id);
	journal_info("ALLIANCE-EPOCH", "number=%u members=%zu id=%s",
	    now->number, now->state->n_members, id);
}

/* ---- proposals ---- */

/* Who decides on it must hear of it. */
static void
motion_alarm(struct seat_news *n, const Record__Proposal *p, const char *id)
{
	const bool about =
	    p->member != NULL && strcmp(p->member, n->site->name) == 0;
	char key[160], detail[400];
	struct submit_finding f = {.source = SOURCE,
	    .key = key,
	    .level = about ? 2 : 3,
	    .detail = detail,
	    .title = about
	        ? "a proposal of the alliance is about this node / "
	          "联盟提案涉及本节点"
	        : "a proposal of the alliance waits for this node's vote / "
	          "联盟提案待本节点表决"};

	(void)snprintf(key, sizeof key, "lianfang/alliance/proposal/%s", id);
	(void)snprintf(detail, sizeof detail,
	    "%s %.120s, by %.120s; lianfang alliance vote %.12s",
	    seat_news_change(p->change),
	    p->member != NULL     ? p->member
	        : p->name != NULL ? p->name
	                          : "",
	    p->by, id);
	alarm_until_said(n, &f);
}

static void
motions(struct seat_news *n, const struct council *c, bool alarms)
{
	char id[2 * HASH_BYTES + 1];
	const uint32_t word = own_word(c, n->site->name);

	for (size_t i = 0; i < council_motions(c); i++) {
		const struct council_motion *m = council_motion(c, i);
		const Record__Proposal *p = m->proposal;

		hex(id, &m->hash);
		if (first(n, "said", bytes_hash(&m->hash)))
			journal_info("ALLIANCE-PROPOSAL",
			    "id=%s change=%s by=%s member=%s", id,
			    seat_news_change(p->change), p->by,
			    p->member != NULL ? p->member : "-");
		if (!alarms || m->routine ||
		    strcmp(p->by, n->site->name) == 0 || word == m->choice)
			continue;
		motion_alarm(n, p, id);
	}
}

/* ---- faults ---- */

static void
fault_alarm(struct seat_news *n, const struct council_fault *f)
{
	char key[512], detail[400];
	const bool twice = f->kind == COUNCIL_TWICE;
	struct submit_finding a = {.source = SOURCE,
	    .key = key,
	    .level = twice ? 2 : 3,
	    .detail = detail,
	    .title = twice ? "a member voted twice, for two things / "
	                     "某成员就不同事项重复投票"
	                   : "two members say different things of one vote / "
	                     "两成员对同一表决说法不一"};

	(void)snprintf(key, sizeof key, "lianfang/alliance/fault/%d/%.120s/%zu",
	    (int)f->kind, f->member, f->index);
	(void)snprintf(detail, sizeof detail, "%.120s%s%.120s: %.120s",
	    f->member, f->other != NULL ? " / " : "",
	    f->other != NULL ? f->other : "", f->why.text);
	alarm_until_said(n, &a);
}

static void
faults(struct seat_news *n, const struct council *c, bool alarms)
{
	static const char *const words[] = {
	    [COUNCIL_REFUSED] = "refused",
	    [COUNCIL_TWICE] = "twice",
	    [COUNCIL_DISPUTED] = "disputed",
	};
	size_t all, len = council_faults(c, &all);
	char key[400];

	for (size_t i = 0; i < len; i++) {
		const struct council_fault *f = council_fault(c, i);

		(void)snprintf(key, sizeof key, "%s %.200s %zu", words[f->kind],
		    f->member, f->index);
		if (first(n, "fault", bytes_str(key)))
			journal_warn("ALLIANCE-FAULT",
			    "kind=%s member=%s other=%s why=\"%s\"",
			    words[f->kind], f->member,
			    f->other != NULL ? f->other : "-", f->why.text);
		if (alarms && f->kind != COUNCIL_REFUSED)
			fault_alarm(n, f);
	}
}

void
seat_news_look(struct seat_news *n, const struct council *c, bool alarms)
{
	struct hash lacks;
	char id[2 * HASH_BYTES + 1];

	epoch(n, council_now(c));
	motions(n, c, alarms);
	faults(n, c, alarms);
	if (!council_lacks(c, &lacks) || !first(n, "lack", bytes_hash(&lacks)))
		return;
	hex(id, &lacks);
	journal_error("ALLIANCE-LACKS",
	    "the members decided proposal=%s, which is not here or of a newer "
	    "version: upgrade this node, or wait for its logs",
	    id);
}
