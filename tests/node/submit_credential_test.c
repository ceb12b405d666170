/* submit_credential_test.c - a partner's credential in a plant's decision. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/log_extend.h"
#include "ledger/log_read.h"
#include "node/site_logs.h"
#include "node/submit_gate.h"
#include "node/submit_person.h"
#include "proto/text.h"
#include "tests/support/hotwork.h"

#define ENTRIES_MAX 32

static char holder[] = "welder Zhang San 11010519491231002X";
static char at_plant[] = "w-0017";
static char welding[] = "welding";
static char work[] = "hot-work";
static char area[] = "tank-farm-2";

/* What the plant is told of the alliance. */
struct told {
	const struct site *issuer;
	int64_t seen_us;
};

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

struct pair {
	struct plant partner;
	struct plant plant;
	struct told told;
	char certificate[TEXT_UUID_CHARS + 1];
	Record__Presentation *shown;
	bool bare; /* the exchange brings leaves without bodies */
};

/* What the exchange does: the partner's alliance log to the plant. */
static void
replicate(struct pair *p)
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

static void
change(struct pair *p, Record__Certificate__Action action)
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

static void
begin(struct pair *p)
{
	Api__PresentPost post = API__PRESENT_POST__INIT;
	struct site_peers peers = {
	    .arg = &p->told, .holds_key = holds_key, .seen_us = seen_us};
	struct submit_wait *w = submit_wait_new();
	struct err_why why = {.text = ""};

	*p = (struct pair){.shown = NULL};
	plant_begin(&p->partner, "weld.partner.example");
	p->told.issuer = p->partner.site;
	plant_begin_among(&p->plant, "plant-b.acme.example", &peers);
	change(p, RECORD__CERTIFICATE__ACTION__ISSUE);
	struct submit_to to = plant_to(&p->partner, w);
	submit_publish(&to, p->certificate);
	submit_result_free(submit_wait_for(w));
	post.record_id = p->certificate;
	post.verifier = p->plant.site->name;
	cr_assert_eq(submit_present(p->partner.site, &post, &p->shown, &why),
	    ERR_OK, "%s", why.text);
	p->shown->holder = strdup(at_plant);
}

static void
end(struct pair *p)
{
	record__presentation__free_unpacked(p->shown, NULL);
	plant_end(&p->plant);
	plant_end(&p->partner);
}

static struct submit_result *
show(struct pair *p)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(&p->plant, w);

	submit_presentation(&to, p->shown);
	return submit_wait_for(w);
}

static void
decide(struct pair *p, Record__Decision__Result want, const char *code)
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
	submit_decision(&to, &q);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	cr_assert_eq(r->decision, want);
	bool found = code == NULL;
	for (size_t i = 0; i < r->rules.len; i++)
		found = found || strcmp(r->rules.at[i]->code, code) == 0;
	cr_assert(found, "%s is not among the reasons", code);
	submit_result_free(r);
}

/* A new presentation of the same credential. */
static void
again(struct pair *p)
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
	p->shown->holder = strdup(at_plant);
	r = show(p);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

#define ALLOW RECORD__DECISION__RESULT__ALLOW
#define DENY RECORD__DECISION__RESULT__DENY
#define UNSURE RECORD__DECISION__RESULT__INDETERMINATE

Test(submit_decision, follows_the_issuer_s_log_as_far_as_it_is_held)
{
	struct pair p;
	struct submit_result *r;

	begin(&p);
	decide(&p, DENY, "NO_CREDENTIAL");
	r = show(&p);
	cr_assert_str_eq(r->rule->code, "CREDENTIAL_UNKNOWN");
	submit_result_free(r);
	replicate(&p);
	submit_result_free(show(&p));
	decide(&p, ALLOW, NULL);
	plant_turn(&p.plant, 16 * PLANT_MINUTE);
	decide(&p, UNSURE, "STATUS_STALE");
	change(&p, RECORD__CERTIFICATE__ACTION__SUSPEND);
	replicate(&p);
	decide(&p, DENY, "CREDENTIAL_SUSPENDED");
	change(&p, RECORD__CERTIFICATE__ACTION__REINSTATE);
	replicate(&p);
	decide(&p, ALLOW, NULL);
	change(&p, RECORD__CERTIFICATE__ACTION__REVOKE);
	replicate(&p);
	decide(&p, DENY, "CREDENTIAL_REVOKED");
	end(&p);
}

/* The issuer revokes; the plant stops on arrival, not at the next start. */
Test(submit_persons, stop_whom_another_company_s_revocation_names)
{
	struct pair p;
	struct hotwork w;

	begin(&p);
	replicate(&p);
	submit_result_free(show(&p));
	hotwork_begin(&w, &p.plant, at_plant);
	submit_persons(p.plant.site);
	plant_turn(&p.plant, 20 * PLANT_MINUTE);
	submit_persons(p.plant.site);
	decide(&p, UNSURE, "STATUS_STALE");
	hotwork_is(&w, "IN_PROGRESS");
	change(&p, RECORD__CERTIFICATE__ACTION__REVOKE);
	replicate(&p);
	submit_persons(p.plant.site);
	decide(&p, DENY, "CREDENTIAL_REVOKED");
	hotwork_is(&w, "SUSPENDED");
	end(&p);
}

/* Order 30 art. 32 across companies: the issuer signs when the holder last
 * worked, and the plant's own permits say it too. */
Test(submit_decision, wants_to_know_when_a_foreign_holder_last_worked)
{
	struct pair p;

	begin(&p);
	replicate(&p);
	submit_result_free(show(&p));
	plant_turn(&p.plant, INT64_C(182) * 24 * 60 * PLANT_MINUTE);
	p.told.seen_us = p.plant.now;
	decide(&p, DENY, "PRESENTATION_EXPIRED");
	plant_turn(&p.partner, INT64_C(182) * 24 * 60 * PLANT_MINUTE);
	again(&p);
	decide(&p, UNSURE, "IDLE_UNKNOWN");
	change(&p, RECORD__CERTIFICATE__ACTION__WORKED);
	again(&p);
	decide(&p, ALLOW, NULL);
	end(&p);
}

/* A status whose body did not come may well be REVOKED. */
Test(submit_decision, does_not_allow_on_a_status_that_cannot_be_read)
{
	struct pair p;

	begin(&p);
	replicate(&p);
	submit_result_free(show(&p));
	decide(&p, ALLOW, NULL);
	change(&p, RECORD__CERTIFICATE__ACTION__REVOKE);
	p.bare = true;
	replicate(&p);
	decide(&p, UNSURE, "CREDENTIAL_UNKNOWN");
	end(&p);
}

Test(submit_presentation, is_for_one_verifier_from_a_known_issuer)
{
	struct pair p;
	struct submit_result *r;

	begin(&p);
	replicate(&p);
	p.told.issuer = p.plant.site; /* another key than the signer's */
	r = show(&p);
	cr_assert_str_eq(r->rule->code, "ISSUER_UNKNOWN");
	submit_result_free(r);
	p.told.issuer = p.partner.site;
	p.shown->verifier[0] = 'x';
	r = show(&p);
	cr_assert_str_eq(r->rule->code, "PRESENTATION_FOREIGN");
	submit_result_free(r);
	end(&p);
}

/* One credential, one person: whoever is named first stays. */
Test(submit_presentation, is_accepted_for_one_holder_for_good)
{
	static const struct {
		const char *holder; /* NULL: by the reference alone */
		enum err want;
		bool again;
	} tries[] = {
	    {NULL, ERR_OK, false},
	    {"w-0017", ERR_OK, false},
	    {"w-0017", ERR_OK, true},
	    {"w-0018", ERR_CONFLICT, false},
	    {"w-0017", ERR_OK, true},
	    {NULL, ERR_OK, true},
	};
	Api__PresentPost post = API__PRESENT_POST__INIT;
	struct submit_result *r;
	struct pair p;

	begin(&p);
	replicate(&p);
	for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
		free(p.shown->holder);
		p.shown->holder =
		    tries[i].holder != NULL ? strdup(tries[i].holder) : NULL;
		r = show(&p);
		cr_assert_eq(
		    r->error, tries[i].want, "%zu: %s", i, r->why.text);
		cr_assert_eq(r->items[0].duplicate, tries[i].again, "%zu", i);
		cr_assert(r->error == ERR_OK ||
		    strcmp(r->rule->code, "HOLDER_BOUND") == 0);
		submit_result_free(r);
	}
	/* A new presentation of the same credential is no way round. */
	record__presentation__free_unpacked(p.shown, NULL);
	p.shown = NULL;
	post.record_id = p.certificate;
	post.verifier = p.plant.site->name;
	post.has_days = true;
	post.days = 7;
	cr_assert_eq(
	    submit_present(p.partner.site, &post, &p.shown, NULL), ERR_OK);
	p.shown->holder = strdup("w-0018");
	r = show(&p);
	cr_assert_eq(r->error, ERR_CONFLICT, "%s", r->why.text);
	submit_result_free(r);
	end(&p);
}

/* Nothing of the person stands in what travels to the members. */
Test(submit_publish, puts_no_personal_data_on_the_alliance_log)
{
	struct pair p;
	struct store_txn *txn = NULL;
	struct buf out;
	struct site *s;

	begin(&p);
	s = p.partner.site;
	buf_init(&out, 1u << 20);
	cr_assert_eq(store_read(s->own.store, &txn, NULL), ERR_OK);
	for (uint64_t i = 0; i < 2; i++)
		cr_assert_eq(log_sealed_bytes(
		                 s->own.book, txn, s->alliance, i, &out, NULL),
		    ERR_OK);
	cr_assert_null(memmem(out.ptr, out.len, "Zhang", 5));
	cr_assert_null(memmem(out.ptr, out.len, "11010519491231002X", 18));
	cr_assert_not_null(memmem(out.ptr, out.len, welding, 7));
	store_abort(txn);
	buf_clear(&out);
	end(&p);
}

/* ---- codes for gates ---- */

static char *
code_of(struct pair *p, const struct plant *at, bool badge, uint32_t minutes)
{
	Api__CodePost post = API__CODE_POST__INIT;
	struct err_why why = {.text = ""};
	Api__Code *m = NULL;
	char *text;

	post.holder = holder;
	post.verifier = at->site->name;
	post.has_badge = post.badge = badge;
	post.has_minutes = true;
	post.minutes = minutes;
	cr_assert_eq(submit_gate_issue(p->partner.site, &post, &m, &why),
	    ERR_OK, "%s", why.text);
	cr_assert_str_eq(m->record_id, p->certificate);
	text = strdup(m->code);
	api__code__free_unpacked(m, NULL);
	return text;
}

/* want: the rule that refuses, or the word of the decision. */
static void
at_gate(struct plant *plant, char *code, const char *want)
{
	static const char *const words[] = {
	    "?", "ALLOW", "DENY", "INDETERMINATE"};
	Api__GatePost post = API__GATE_POST__INIT;
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(plant, w);
	struct submit_result *r;

	post.code = code;
	post.work_type = work;
	post.has_level = true;
	post.level = RECORD__PERMIT__LEVEL__LEVEL_1;
	post.area = area;
	submit_gate(&to, &post);
	r = submit_wait_for(w);
	if (r->error != ERR_OK)
		cr_assert_str_eq(r->rule != NULL ? r->rule->code : "-", want,
		    "%s", r->why.text);
	else
		cr_assert_str_eq(words[r->decision], want);
	if (r->error == ERR_OK)
		cr_assert_str_eq(r->holder, at_plant);
	submit_result_free(r);
}

Test(submit_gate, lets_in_once_by_a_code_that_is_good)
{
	struct pair p;
	char *code;
	char *badge;
	char *other;

	begin(&p);
	replicate(&p);
	code = code_of(&p, &p.plant, false, 60);
	at_gate(&p.plant, code, "CODE_UNKNOWN");
	submit_result_free(show(&p));
	at_gate(&p.plant, code, "ALLOW");
	at_gate(&p.plant, code, "CODE_USED");
	plant_restart(&p.plant);
	p.plant.site->peers = (struct site_peers){
	    .arg = &p.told, .holds_key = holds_key, .seen_us = seen_us};
	at_gate(&p.plant, code, "CODE_USED");
	badge = code_of(&p, &p.plant, true, 60);
	at_gate(&p.plant, badge, "ALLOW");
	at_gate(&p.plant, badge, "ALLOW");
	other = code_of(&p, &p.partner, true, 60);
	at_gate(&p.plant, other, "CODE_UNKNOWN");
	/* Every character counts. */
	code[100] = code[100] == 'A' ? 'B' : 'A';
	at_gate(&p.plant, code, "CODE_INVALID");
	free(code);
	free(badge);
	free(other);
	end(&p);
}

/* Cut off, it would be somebody else's. */
Test(submit_gate, lets_in_nobody_whose_reference_does_not_fit)
{
	struct pair p;
	char *code;
	char *long_one = malloc(257);

	memset(long_one, 'w', 256);
	long_one[256] = '\0';
	begin(&p);
	replicate(&p);
	free(p.shown->holder);
	p.shown->holder = long_one;
	submit_result_free(show(&p));
	code = code_of(&p, &p.plant, false, 60);
	at_gate(&p.plant, code, "-");
	free(code);
	end(&p);
}

/* The bound of what the plant may believe without its issuer, and the end of
 * the code itself, to the second. */
Test(submit_gate, works_offline_as_long_as_the_status_lasts_and_no_longer)
{
	struct pair p;
	char *code;
	char *late;

	begin(&p);
	replicate(&p);
	submit_result_free(show(&p));
	code = code_of(&p, &p.plant, true, 20);
	plant_turn(&p.plant, 15 * PLANT_MINUTE);
	at_gate(&p.plant, code, "ALLOW");
	plant_turn(&p.plant, 1);
	at_gate(&p.plant, code, "INDETERMINATE");
	p.told.seen_us = p.plant.now;
	plant_turn(&p.plant, 5 * PLANT_MINUTE - 2);
	at_gate(&p.plant, code, "ALLOW");
	plant_turn(&p.plant, 1);
	at_gate(&p.plant, code, "CODE_EXPIRED");
	/* An issuer whose clock is ahead. */
	plant_turn(&p.partner, 60 * PLANT_MINUTE);
	late = code_of(&p, &p.plant, true, 60);
	at_gate(&p.plant, late, "CODE_EXPIRED");
	free(code);
	free(late);
	end(&p);
}

/* Also when other certificates would do: the code is the issuer's word for
 * that person. */
Test(submit_gate, refuses_when_the_issuer_took_back_what_it_rests_on)
{
	struct pair p;
	char own[TEXT_UUID_CHARS + 1];
	char *code;

	begin(&p);
	replicate(&p);
	submit_result_free(show(&p));
	cards_certify(&p.plant, at_plant, "welding", own);
	code = code_of(&p, &p.plant, true, 60);
	at_gate(&p.plant, code, "ALLOW");
	/* What is not heard of any more may have been taken back. */
	plant_turn(&p.plant, 16 * PLANT_MINUTE);
	at_gate(&p.plant, code, "STATUS_STALE");
	change(&p, RECORD__CERTIFICATE__ACTION__SUSPEND);
	replicate(&p);
	at_gate(&p.plant, code, "CREDENTIAL_SUSPENDED");
	change(&p, RECORD__CERTIFICATE__ACTION__REINSTATE);
	replicate(&p);
	at_gate(&p.plant, code, "ALLOW");
	change(&p, RECORD__CERTIFICATE__ACTION__REVOKE);
	replicate(&p);
	at_gate(&p.plant, code, "CREDENTIAL_REVOKED");
	free(code);
	end(&p);
}
