/* permit_open_test.c - what many permits cost those that are open. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/permit_open.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/fold_span.h"
#include "node/permit_world.h"
#include "node/submit_rules.h"
#include "tests/support/packed.h"

#define AREAS 50
#define OPEN 1000
#define STORED 20000

static void
must(enum err e, const struct err_why *why)
{
	cr_assert_eq(e, ERR_OK, "%s", why->text);
}

static uint64_t
area_of(struct plant *p, size_t i)
{
	char name[32];

	(void)snprintf(name, sizeof name, "area-%zu", i % AREAS);
	return fold_hash(&p->site->index_mac, FOLD_AREA, name);
}

/* Hot work under way in every area, and many that are over. */
static struct row
row_of(struct plant *p, size_t i)
{
	return (struct row){
	    .kind = LEDGER__KIND__PERMIT,
	    .state = i < OPEN ? ROW_IN_PROGRESS : ROW_ACCEPTED,
	    .level = RECORD__PERMIT__LEVEL__LEVEL_1,
	    .flags = ROW_GAS_OK,
	    .seq = 4,
	    .first = i + 100,
	    .area = area_of(p, i),
	    .type = fold_hash(&p->site->index_mac, FOLD_TYPE, "hot-work"),
	    .from_us = p->now - PLANT_MINUTE,
	    .to_us = p->now + 400 * PLANT_MINUTE,
	    .mark_us = p->now,
	    .start_us = p->now,
	    .pack = packs_id("hot-work@2022.1"),
	};
}

static void
id_of(uint8_t id[static 16], size_t i)
{
	memset(id, 0, 16);
	for (size_t k = 0; k < 8; k++)
		id[k] = (uint8_t)(i >> 8 * k);
	id[15] = 1;
}

/* Before the site starts: the rows that entries would have made. */
static void
store_permits(struct plant *p)
{
	struct fold f = {.t = &p->site->own.tables,
	    .book = p->site->own.book,
	    .mac = &p->site->index_mac};
	struct err_why why = {.text = ""};
	uint16_t slot;

	site_close(p->site);
	must(site_open(&p->site, p->dir, &p->clock, &why), &why);
	slot = p->site->evidence;
	f.t = &p->site->own.tables;
	f.book = p->site->own.book;
	f.mac = &p->site->index_mac;
	must(store_write(p->site->own.store, &f.txn, &why), &why);
	for (size_t i = 0; i < OPEN + STORED; i++) {
		struct row r = row_of(p, i);
		struct fold_key k;
		uint8_t id[16];

		id_of(id, i);
		must(fold_put_row(&f, slot, id, &r, &why), &why);
		k = fold_span_open(slot, &r, id);
		if (i < OPEN)
			must(store_put(f.txn, f.t->open, fold_key_view(&k),
			         bytes_of("", 0), &why),
			    &why);
	}
	must(store_commit(f.txn, &why), &why);
	must(site_start(p->site, &why), &why);
}

static void
look(struct plant *p)
{
	struct submit_wait *w = submit_wait_new();
	struct submit_to to = plant_to(p, w);
	struct submit_result *r;

	submit_rules(&to);
	r = submit_wait_for(w);
	cr_assert_eq(r->error, ERR_OK, "%s", r->why.text);
	submit_result_free(r);
}

/* Each open one once, whatever else is stored: not each with each. */
Test(permit_open, rules_read_each_open_permit_once)
{
	struct plant p;
	uint64_t before;

	plant_begin(&p, "plant-b.acme.example");
	store_permits(&p);
	before = permit_open_reads();
	look(&p);
	cr_assert_eq(permit_open_reads() - before, OPEN);
	plant_end(&p);
}

static const char places_head[] = "places:\n"
                                  "  version: \"1\"\n"
                                  "  effectiveAt: \"2026-01-01T00:00:00Z\"\n"
                                  "  places:\n";

/* Areas in a row, a kilometre apart. */
static void
put_places(struct plant *p)
{
	static char text[AREAS * 128 + 256];
	size_t n;

	n = (size_t)snprintf(text, sizeof text, "%s", places_head);
	for (size_t i = 0; i < AREAS; i++)
		n += (size_t)snprintf(text + n, sizeof text - n,
		    "    - {area: area-%zu, longitude: %.2f, latitude: 31.2, "
		    "radiusM: 20}\n",
		    i, 121.0 + (double)i * 0.01);
	packed_file(p, "places.yaml", text);
}

/* What goes on elsewhere is not read, once it is known where that is. */
Test(permit_open, a_start_reads_what_is_near_enough_to_matter)
{
	struct plant p;
	struct err_why why = {.text = ""};
	struct permit_world_ids ids;
	struct permit_world world;
	uint64_t before;

	plant_begin(&p, "plant-b.acme.example");
	put_places(&p);
	store_permits(&p);
	struct fold f = {.t = &p.site->own.tables,
	    .book = p.site->own.book,
	    .mac = &p.site->index_mac};
	struct row r = row_of(&p, 7);
	uint8_t id[16];
	id_of(id, 7);
	struct permit_world_ask ask = {
	    .site = p.site,
	    .fold = &f,
	    .record_id = id,
	    .row = &r,
	    .pack = packs_version(p.site->packs, r.pack),
	    .action = RECORD__PERMIT__ACTION__START,
	    .at_us = p.now,
	};

	must(store_read(p.site->own.store, &f.txn, &why), &why);
	before = permit_open_reads();
	must(permit_world(&ask, &ids, &world, &why), &why);
	cr_assert_eq(permit_open_reads() - before, OPEN / AREAS);
	cr_assert_null(world.conflict);
	/* Beside a blind that is being put no hot work goes on (7.6), and where
	 * it lies is not known: everything is near. */
	r.area = fold_hash(f.mac, FOLD_AREA, "nowhere");
	r.type = fold_hash(f.mac, FOLD_TYPE, "blind-plate");
	ask.pack = packs_version(p.site->packs, packs_id("blind-plate@2022.1"));
	before = permit_open_reads();
	must(permit_world(&ask, &ids, &world, &why), &why);
	cr_assert_eq(permit_open_reads() - before, OPEN);
	cr_assert_not_null(world.conflict);
	cr_assert_str_eq(world.conflict->clause, "GB 30871-2022 7.6");
	store_abort(f.txn);
	plant_end(&p);
}

static void
damage(struct plant *p, size_t i)
{
	char text[TEXT_UUID_CHARS + 1];
	uint8_t id[16];

	id_of(id, i);
	text_uuid_put(text, id);
	plant_damage(p, text);
}

/* A row that cannot be read hides no other, keeps work beside it from starting,
 * and is said once. */
Test(permit_open, one_that_is_damaged_is_passed_over_and_said)
{
	struct plant p;
	struct err_why why = {.text = ""};
	struct permit_world_ids ids;
	struct permit_world world;
	struct fold f = {.txn = NULL};
	uint64_t before;
	struct row r;
	uint8_t id[16];

	plant_begin(&p, "plant-b.acme.example");
	store_permits(&p);
	damage(&p, 8);
	before = permit_open_reads();
	look(&p);
	cr_assert_eq(permit_open_reads() - before, OPEN);
	r = row_of(&p, 7);
	id_of(id, 7);
	f.t = &p.site->own.tables;
	f.book = p.site->own.book;
	f.mac = &p.site->index_mac;
	struct permit_world_ask ask = {
	    .site = p.site,
	    .fold = &f,
	    .record_id = id,
	    .row = &r,
	    .pack = packs_version(p.site->packs, r.pack),
	    .action = RECORD__PERMIT__ACTION__START,
	    .at_us = p.now,
	};
	must(store_read(p.site->own.store, &f.txn, &why), &why);
	must(permit_world(&ask, &ids, &world, &why), &why);
	store_abort(f.txn);
	cr_assert_not_null(world.link);
	cr_assert_str_eq(world.link->code, "PERMIT_DAMAGED");
	plant_end(&p);
}
