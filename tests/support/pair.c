/* pair.c - a partner's credential, and the plant that it is shown to. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/pair.h"

#include <criterion/criterion.h>
#include <string.h>

#include "ledger/log_extend.h"
#include "ledger/log_read.h"
#include "node/site_logs.h"

#define ENTRIES_MAX 32

static char holder[] = PAIR_HOLDER;
static char at_plant[] = PAIR_WORKER;
static char welding[] = PAIR_CLASS;
static char work[] = PAIR_WORK;
static char area[] = PAIR_AREA;

static Fed__Role
role(void *arg, const char *member)
{
	const struct told *t = arg;

	return strcmp(member, t->issuer->name) == 0
	    ? t->role
	    : FED__ROLE__ROLE_UNSPECIFIED;
}

static bool
holds_key(void *arg, const char *member, struct bytes key)
{
	const struct told *t = arg;

	return strcmp(member, t->issuer->name) == 0 && key.len == 33 &&
	    memcmp(key.ptr + 1, t->issuer->keys.identity.pub, 32) == 0;
}

static int64_t
seen_us(void *arg, const char *member)
{
	(void)member;
	return ((struct told *)arg)->seen_us;
}

void
pair_replicate(struct pair *p)
{
	struct site *from = p->partner.site;
	struct site *to = p->plant.site;
	struct log_state st;
	struct log_item items[ENTRIES_MAX];
	struct buf sealed[ENTRIES_MAX];
	struct note_checkpoint head;
	struct tree_proof none = {.len = 0};
	struct store_txn *in = NULL;
	struct store_txn *out = NULL;
	struct log_ready *ready;
	struct log_stretch s = {0};
	struct log_extension x = {.items = items, .proof = &none};
	struct err_why why = {.text = ""};
	struct buf note;
	uint16_t slot;

	buf_init(&note, 65536);
	cr_assert_eq(store_read(from->own.store, &in, &why), ERR_OK);
	cr_assert_eq(log_checkpoint(from->own.book, in, from->alliance, 0,
	                 &note, &head, &why),
	    ERR_OK);
	cr_assert_eq(store_write(to->replica.store, &out, &why), ERR_OK);
	if (log_slot(to->replica.book, out,
	        site_log(from, SITE_ALLIANCE)->key.name, &slot, &why) != ERR_OK)
		cr_assert_eq(
		    log_slot_add(to->replica.book, out,
		        site_log(from, SITE_ALLIANCE)->key.name, &slot, &why),
		    ERR_OK);
	cr_assert_eq(log_state(to->replica.book, out, slot, &st, &why), ERR_OK);
	x.from = st.frontier.size;
	x.len = head.head.size - x.from;
	cr_assert_leq(x.len, ENTRIES_MAX);
	x.note = buf_view(&note);
	x.head = &head;
	for (size_t i = 0; i < x.len; i++) {
		buf_init(&sealed[i], LOG_SEALED_MAX);
		cr_assert_eq(log_entry(from->own.book, in, from->alliance,
		                 x.from + i, &items[i].leaf, &why),
		    ERR_OK);
		cr_assert_eq(log_sealed_bytes(from->own.book, in,
		                 from->alliance, x.from + i, &sealed[i], &why),
		    ERR_OK);
		items[i].sealed =
		    p->bare ? bytes_of(NULL, 0) : buf_view(&sealed[i]);
	}
	ready = log_ready_new(to->replica.book, items, x.len);
	for (size_t i = 0; i < log_ready_parts(ready); i++)
		log_ready_run(ready, i);
	x.ready = ready;
	cr_assert_eq(log_extend(to->replica.book, out, slot, &x, &why), ERR_OK,
	    "%s", why.text);
	s.slot = slot;
	s.at = log_ready_opened(ready);
	s.from = x.from;
	s.len = x.len;
	cr_assert_eq(
	    site_fold_replica(to, out, &s, &why), ERR_OK, "%s", why.text);
	log_ready_free(ready);
	cr_assert_eq(store_commit(out, &why), ERR_OK);
	for (size_t i = 0; i < x.len; i++)
		buf_clear(&sealed[i]);
	buf_clear(&note);
	store_abort(in);
	p->told.seen_us = p->plant.now;
}

void
pair_change(struct pair *p, Record__Certificate__Action action)
{
	Record__Certificate c = RECORD__CERTIFICATE__INIT;
	Api__EventPost post = API__EVENT_POST__INIT;
	struct submit_result *r;

	c.has_action = true;
	c.action = action;
	post.certificate = &c;
	if (action == RECORD__CERTIFICATE__ACTION__ISSUE) {
		c.holder = holder;
		c.class_ = welding;
		c.has_valid_from_at = c.has_valid_to_at = true;
		c.valid_from_at = PLANT_START - PLANT_MINUTE;
		c.valid_to_at = PLANT_START + 1000000 * PLANT_MINUTE;
	}
	r = plant_event(&p->partner, LEDGER__KIND__CERTIFICATE,
	    p->certificate[0] != '\0' ? p->certificate : NULL, &post);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	text_uuid_put(p->certificate, r->items[0].record_id);
	submit_result_free(r);
}

struct site_peers
pair_peers(struct pair *p)
{
	return (struct site_peers){
	    .arg = &p->told,
	    .holds_key = holds_key,
	    .role = role,
	    .seen_us = seen_us,
	};
}

void
pair_begin(struct pair *p)
{
	Api__PresentPost post = API__PRESENT_POST__INIT;
	struct site_peers peers = pair_peers(p);
	struct submit_wait *w = submit_wait_new();
	struct err_why why = {.text = ""};

	*p = (struct pair){.shown = NULL};
	plant_begin(&p->partner, "weld.partner.example");
	p->told.issuer = p->partner.site;
	p->told.role = FED__ROLE__PARTNER;
	plant_begin_among(&p->plant, "plant-b.acme.example", &peers);
	pair_change(p, RECORD__CERTIFICATE__ACTION__ISSUE);
	struct submit_to to = plant_to(&p->partner, w);
	submit_publish(&to, p->certificate);
	submit_result_free(submit_wait_for(w));
	post.record_id = p->certificate;
	post.verifier = p->plant.site->name;
	cr_assert_eq(submit_present(p->partner.site, &post, &p->shown, &why),
	    ERR_OK, "%s", why.text);
	p->shown->holder = strdup(PAIR_WORKER);
}

void
pair_end(struct pair *p)
{
	record__presentation__free_unpacked(p->shown, NULL);
	plant_end(&p->plant);
	plant_end(&p->partner);
}

struct submit_result *
pair_show(struct pair *p)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(&p->plant, w);

	submit_presentation(&to, p->shown);
	return submit_wait_for(w);
}

void
pair_decide(struct pair *p, Record__Decision__Result want, const char *code)
{
	Api__DecisionQuery q = API__DECISION_QUERY__INIT;
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(&p->plant, w);
	struct submit_result *r;

	q.holder = at_plant;
	q.work_type = work;
	q.has_level = true;
	q.level = RECORD__PERMIT__LEVEL__LEVEL_1;
	q.area = area;
	q.company = p->company;
	submit_decision(&to, &q);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	cr_assert_eq(r->decision, want);
	p->heard_us = r->seen_us;
	bool found = code == NULL;
	for (size_t i = 0; i < r->rules.len; i++)
		found = found || strcmp(r->rules.at[i]->code, code) == 0;
	cr_assert(found, "%s is not among the reasons", code);
	submit_result_free(r);
}

void
pair_again(struct pair *p)
{
	Api__PresentPost post = API__PRESENT_POST__INIT;
	struct err_why why = {.text = ""};
	struct submit_result *r;

	record__presentation__free_unpacked(p->shown, NULL);
	p->shown = NULL;
	post.record_id = p->certificate;
	post.verifier = p->plant.site->name;
	cr_assert_eq(submit_present(p->partner.site, &post, &p->shown, &why),
	    ERR_OK, "%s", why.text);
	p->shown->holder = strdup(PAIR_WORKER);
	r = pair_show(p);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}
