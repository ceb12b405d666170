/* query_test.c - single records, proofs, feeds and counts of a site. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/query.h"
#include "node/site_logs.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/log_erase.h"
#include "ledger/proof.h"
#include "proto/json.h"
#include "tests/support/folded.h"

static struct folded w;
static struct err_why why;
static const struct query_scope all = {.areas = NULL};

#define OK(call) cr_assert_eq((call), ERR_OK, "%s: %s", #call, why.text)

static void
setup(void)
{
	folded_new(&w);
}

static void
teardown(void)
{
	folded_end(&w);
}

TestSuite(query_get, .init = setup, .fini = teardown);
TestSuite(query_proof, .init = setup, .fini = teardown);
TestSuite(query_sources, .init = setup, .fini = teardown);
TestSuite(query_counts, .init = setup, .fini = teardown);

Test(query_get, shows_all_events_in_order_with_place_and_signer)
{
	Record__Alarm m = folded_alarm(&w, "boiler", 1);
	uint8_t salt[SEAL_KEY_BYTES] = {1};
	uint8_t key[CRYPTO_ALG_PUB_BYTES] = {1};
	uint8_t sig[CRYPTO_ALG_SIG_BYTES] = {1};
	Ledger__Auth auth = LEDGER__AUTH__INIT;
	Record__Annex annex = RECORD__ANNEX__INIT;
	uint8_t id[16];
	struct log_place first;
	struct log_place second;

	folded_id(id, 1);
	auth.has_salt = auth.has_key = auth.has_signature = true;
	auth.salt = (ProtobufCBinaryData){sizeof salt, salt};
	auth.key = (ProtobufCBinaryData){sizeof key, key};
	auth.signature = (ProtobufCBinaryData){sizeof sig, sig};
	annex.code = folded_text("late_event");
	struct draft_spec spec =
	    folded_spec(&w, id, LEDGER__KIND__ALARM, 1, &m.base);
	spec.auth = &auth;
	spec.annex = &annex;
	spec.event_id = id;
	first = folded_put_one(&w, &w.site->own, &spec);
	w.now_us += FOLDED_MINUTE;
	second = folded_clear(&w, 1, 2);

	Api__RecordView *v = folded_get(&w, LEDGER__KIND__ALARM, 1, &all);
	cr_assert_not_null(v);
	cr_assert_str_eq(v->site, FOLDED_NAME);
	cr_assert_str_eq(v->kind, "ALARM");
	cr_assert_str_eq(v->state, "CLEARED");
	cr_assert_str_eq(v->area, "boiler");
	cr_assert_eq(v->level, 1u);
	cr_assert_eq(v->opened_at, FOLDED_T0);
	cr_assert_eq(v->changed_at, FOLDED_T0 + FOLDED_MINUTE);
	cr_assert_eq(v->n_events, 2u);
	const Api__EventView *a = v->events[0];
	const Api__EventView *b = v->events[1];
	cr_assert_eq(a->place->index, first.index);
	cr_assert_str_eq(
	    a->place->origin, site_log(w.site, SITE_EVIDENCE)->key.name);
	cr_assert_arr_eq(a->place->leaf_hash.data, first.leaf.b, HASH_BYTES);
	cr_assert_eq(a->place->recorded_at, FOLDED_T0);
	cr_assert_eq(a->outcome, LEDGER__OUTCOME__APPLIED);
	cr_assert_str_eq(a->event_id, v->record_id);
	cr_assert_str_eq(a->alarm->title, "LEL");
	cr_assert_str_eq(a->annex->code, "late_event");
	cr_assert_eq(strlen(a->signer), (CRYPTO_ALG_PUB_BYTES + 2) / 3 * 4);
	cr_assert_null(a->withheld);
	cr_assert_null(a->proof);
	cr_assert_eq(b->place->index, second.index);
	cr_assert_eq(b->event_seq, 2u);
	cr_assert_eq(b->alarm->action, RECORD__ALARM__ACTION__CLEAR);
	cr_assert_null(b->signer);
	api__record_view__free_unpacked(v, NULL);
	cr_assert_not(
	    folded_can_get(&w, LEDGER__KIND__PERMIT, 1, &all), "other kind");
}

Test(query_get, shows_first_and_newest_of_very_many_events)
{
	struct commit_ctx ctx;
	uint8_t id[16];

	folded_raise(&w, 1, "boiler", 1);
	folded_id(id, 1);
	folded_begin(&w, &w.site->own, &ctx);
	for (uint32_t i = 2; i <= QUERY_EVENTS_MAX + 10; i++) {
		Record__Alarm m = RECORD__ALARM__INIT;
		/* The last number is one that only a liar would give. */
		uint32_t seq = i < QUERY_EVENTS_MAX + 10 ? i : UINT32_MAX;
		struct draft_spec spec =
		    folded_spec(&w, id, LEDGER__KIND__ALARM, seq, &m.base);

		m.has_action = true;
		m.action = RECORD__ALARM__ACTION__ACK;
		(void)folded_put(&w, &w.site->own, &ctx, &spec);
	}
	folded_commit(&ctx);
	Api__RecordView *v = folded_get(&w, LEDGER__KIND__ALARM, 1, &all);
	cr_assert_eq(v->n_events, (size_t)QUERY_EVENTS_MAX);
	cr_assert_eq(v->events[0]->event_seq, 1u);
	for (size_t i = 1; i + 1 < v->n_events; i++)
		cr_assert_eq(v->events[i]->event_seq, i + 11);
	cr_assert_eq(v->events[v->n_events - 1]->event_seq, UINT32_MAX);
	api__record_view__free_unpacked(v, NULL);
}

Test(query_get, says_that_an_event_was_erased)
{
	struct log_place place = folded_raise(&w, 1, "boiler", 1);
	const struct log_erasure x = {
	    w.site->evidence, place.index, NULL, 0, false};
	Api__RecordQuery q = API__RECORD_QUERY__INIT;
	Api__Records *page = NULL;
	struct commit_ctx ctx;
	uint8_t id[16];

	folded_id(id, 1);
	folded_begin(&w, &w.site->own, &ctx);
	OK(log_erase(w.site->own.book, ctx.txn, &x, 1, &why));
	OK(fold_record(&ctx.fold, w.site->evidence, id, &why));
	folded_commit(&ctx);
	OK(log_erase_done(w.site->own.book, &why));
	Api__RecordView *v = folded_get(&w, LEDGER__KIND__ALARM, 1, &all);
	cr_assert_eq(v->n_events, 1u);
	cr_assert_str_eq(v->events[0]->withheld, "ERASED");
	cr_assert_null(v->events[0]->alarm);
	cr_assert_not_null(v->events[0]->place);
	api__record_view__free_unpacked(v, NULL);
	OK(query_list(w.site, LEDGER__KIND__ALARM, &q, &all, &page, &why));
	cr_assert_eq(page->n_items, 1u);
	cr_assert_str_eq(page->items[0]->events[0]->withheld, "ERASED");
	api__records__free_unpacked(page, NULL);
}

Test(query_get, never_shows_a_holder_secret)
{
	Api__RecordView *v;
	struct buf json;

	folded_certificate(&w, 1);
	v = folded_get(&w, LEDGER__KIND__CERTIFICATE, 1, &all);
	cr_assert_eq(v->n_events, 2u);
	cr_assert_eq(v->events[1]->certificate->action,
	    RECORD__CERTIFICATE__ACTION__PUBLISH);
	cr_assert_str_eq(v->credential_id, FOLDED_CREDENTIAL);
	cr_assert_not(v->events[1]->certificate->has_holder_secret);
	cr_assert_null(v->events[1]->certificate->holder_secret.data);
	buf_init(&json, 1u << 20);
	json_encode(&json, &v->base, 0);
	cr_assert_null(strstr(buf_cstr(&json), "Secret"));
	cr_assert_null(strstr(buf_cstr(&json), "paWlpaWl"), "its base64");
	cr_assert_not_null(strstr(buf_cstr(&json), "PUBLISH"));
	buf_clear(&json);
	api__record_view__free_unpacked(v, NULL);
}

/* The proof leads from this leaf to a note of the own evidence log. */
static void
check_proof(struct bytes file, const struct log_place *at, bool with_leaf)
{
	struct proof *p = calloc(1, sizeof *p);
	struct note_checkpoint head;
	struct note_vkey key;
	struct buf extra;
	struct hash leaf;

	buf_init(&extra, PROOF_EXTRA_MAX);
	OK(proof_get(p, &extra, file, &why));
	cr_assert_eq(p->index, at->index);
	OK(site_vkey(w.site, "evidence", &key, &why));
	OK(note_checkpoint_open(&head, p->note, &key, &why));
	OK(tree_check_include(&at->leaf, p->index, head.head.size, &p->hashes,
	    &head.head.root, &why));
	cr_assert_eq(extra.len > 0, with_leaf);
	if (with_leaf) {
		tree_leaf(&leaf, buf_view(&extra));
		cr_assert_arr_eq(leaf.b, at->leaf.b, HASH_BYTES);
	}
	buf_clear(&extra);
	free(p);
}

Test(query_proof, proves_every_event_and_nothing_past_the_checkpoint)
{
	const struct query_scope scope = {.proof = true};
	struct query_proof p = {
	    .origin = site_log(w.site, SITE_EVIDENCE)->key.name};
	struct log_place place;
	struct buf out;

	folded_raise_many(&w, &w.site->own, w.site->evidence, 2, 20);
	place = folded_raise(&w, 1, "boiler", 1);
	folded_raise_many(&w, &w.site->own, w.site->evidence, 30, 20);
	Api__RecordView *v = folded_get(&w, LEDGER__KIND__ALARM, 1, &scope);
	cr_assert_not_null(v->events[0]->proof);
	check_proof(bytes_str(v->events[0]->proof), &place, true);
	api__record_view__free_unpacked(v, NULL);

	buf_init(&out, PROOF_FILE_MAX);
	p.index = place.index;
	OK(query_proof(w.site, &p, &out, &why));
	check_proof(buf_view(&out), &place, false);
	buf_reset(&out);
	p.min_sigs = 1;
	cr_assert_eq(query_proof(w.site, &p, &out, &why), ERR_NOT_FOUND);
	p.min_sigs = 0;
	p.index = 42;
	cr_assert_eq(query_proof(w.site, &p, &out, &why), ERR_NOT_FOUND);
	p.index = 1;
	p.origin = "nobody.example/evidence/1";
	cr_assert_eq(query_proof(w.site, &p, &out, &why), ERR_NOT_FOUND);
	cr_assert_eq(out.len, 0u);
	buf_clear(&out);
}

/* A numbered alarm of a source into a log. */
static void
put_numbered(
    struct site_db *db, uint16_t slot, unsigned n, uint64_t epoch, uint64_t seq)
{
	Record__Alarm m = folded_alarm(&w, "boiler", 1);
	uint8_t id[16];

	folded_id(id, n);
	m.has_source_epoch = m.has_source_seq = true;
	m.source_epoch = epoch;
	m.source_seq = seq;
	struct draft_spec spec =
	    folded_spec(&w, id, LEDGER__KIND__ALARM, 1, &m.base);
	spec.slot = slot;
	(void)folded_put_one(&w, db, &spec);
}

static void
put_feeds(void)
{
	struct commit_ctx ctx;

	put_numbered(&w.site->own, w.site->evidence, 1, 1, 1);
	put_numbered(&w.site->own, w.site->evidence, 2, 1, 5);
	put_numbered(&w.site->own, w.site->evidence, 3, 2, 9);
	put_numbered(&w.site->replica, w.other_evidence, 4, 1, 7);
	folded_begin(&w, &w.site->own, &ctx);
	OK(fold_repeat(&ctx.fold, w.site->evidence,
	    fold_hash(ctx.fold.mac, FOLD_SOURCE, "gds-01"), &why));
	folded_commit(&ctx);
}

Test(query_sources, tells_gaps_and_duplicates_of_every_site)
{
	Api__Sources *all_of_them = NULL;

	const struct query_page first = {.limit = 0};

	put_feeds();
	OK(query_sources(w.site, &first, &all, &all_of_them, &why));
	cr_assert_null(all_of_them->next_cursor);
	cr_assert_eq(all_of_them->n_items, 3u);
	const Api__Source *a = all_of_them->items[0];
	cr_assert_str_eq(a->source, "gds-01");
	cr_assert_str_eq(a->site, FOLDED_NAME);
	cr_assert_eq(a->first_seq, 1u);
	cr_assert_eq(a->last_seq, 5u);
	cr_assert_eq(a->received, 2u);
	cr_assert_eq(a->missing, 3u);
	cr_assert_eq(a->duplicates, 1u);
	cr_assert_eq(all_of_them->items[1]->epoch, 2u);
	cr_assert_eq(all_of_them->items[1]->duplicates, 0u);
	cr_assert_str_eq(all_of_them->items[2]->site, FOLDED_OTHER);
	api__sources__free_unpacked(all_of_them, NULL);
}

Test(query_sources, pages_by_cursor_and_shows_each_feed_once)
{
	struct query_page page = {.limit = 1};
	char cursor[64] = "";
	uint64_t received = 0, repeated = 0;
	unsigned pages = 0;

	put_feeds();
	for (;;) {
		Api__Sources *m = NULL;
		bool more;

		OK(query_sources(w.site, &page, &all, &m, &why));
		for (size_t i = 0; i < m->n_items; i++) {
			received += m->items[i]->received;
			repeated += m->items[i]->duplicates;
		}
		cr_assert_leq(m->n_items, 1u);
		more = m->next_cursor != NULL;
		if (more)
			(void)snprintf(
			    cursor, sizeof cursor, "%s", m->next_cursor);
		api__sources__free_unpacked(m, NULL);
		if (!more)
			break;
		page.cursor = cursor;
		cr_assert_lt(pages++, 4u);
	}
	cr_assert_eq(received, 4u);
	cr_assert_eq(repeated, 1u);
	page.cursor = "x00";
	Api__Sources *none = NULL;
	cr_assert_eq(
	    query_sources(w.site, &page, &all, &none, &why), ERR_MALFORMED);
}

Test(query_sources, shows_an_asker_bound_to_areas_the_feeds_of_these)
{
	const char *const mine[] = {"boiler"};
	const char *const other[] = {"tank-farm-2"};
	const struct query_scope bound[] = {
	    {.areas = mine, .areas_len = 1}, {.areas = other, .areas_len = 1}};
	const struct query_page first = {.limit = 0};

	put_feeds();
	for (size_t i = 0; i < 2; i++) {
		Api__Sources *m = NULL;

		OK(query_sources(w.site, &first, &bound[i], &m, &why));
		cr_expect_eq(m->n_items, i == 0 ? 3u : 0u);
		api__sources__free_unpacked(m, NULL);
	}
}

Test(query_counts, counts_sources_once_and_what_is_open)
{
	struct query_counts n;

	put_feeds();
	folded_raise(&w, 5, "boiler", 1);
	folded_clear(&w, 5, 2);
	OK(query_counts(w.site, &n, &why));
	cr_assert_eq(n.evidence_size, 6u);
	cr_assert_eq(n.alliance_size, 1u);
	cr_assert_eq(n.sources, 1u);
	cr_assert_eq(n.missing, 3u);
	cr_assert_eq(n.duplicates, 1u);
	cr_assert_eq(n.conflicts, 0u);
	cr_assert_eq(n.open_alarms, 3u);
	cr_assert_eq(n.open_permits, 0u);
}
