/* permit_world_test.c - what may not go on beside special work. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/permit_world.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "node/fold_kind.h"
#include "node/fold_span.h"
#include "tests/support/packed.h"

/* Two areas without extent; a degree of latitude is 111,194.9 m on the sphere
 * that distances are computed on. */
#define METERS_PER_DEGREE 111194.92664455873

static void
must(enum err e, const struct err_why *why)
{
	cr_assert_eq(e, ERR_OK, "%s", why->text);
}

static const double distances[] = {
    1, 9.5, 10.5, 14.5, 15.5, 24.5, 25.5, 29.5, 30.5, 100, 500};
#define PLACES (sizeof distances / sizeof distances[0])

/* "here", and "1m", "9.5m" ... that far from its edge to theirs. */
static void
put_places(struct plant *p)
{
	char text[4096];
	int n;

	n = snprintf(text, sizeof text,
	    "places:\n  version: \"1\"\n  effectiveAt: "
	    "\"2026-01-01T00:00:00Z\"\n"
	    "  places:\n"
	    "    - {area: here, longitude: 121.5, latitude: 31.2, radiusM: "
	    "1}\n");
	for (size_t i = 0; i < PLACES; i++)
		n += snprintf(text + n, sizeof text - (size_t)n,
		    "    - {area: %gm, longitude: 121.5, latitude: %.10f, "
		    "radiusM: 1}\n",
		    distances[i],
		    31.2 + (distances[i] + 2) / METERS_PER_DEGREE);
	packed_file(p, "places.yaml", text);
}

static uint64_t
hash(struct plant *p, enum fold_class c, const char *text)
{
	return fold_hash(&p->site->index_mac, c, text);
}

struct beside {
	const char *pack; /* ours, before its start */
	const char *other; /* work type beside it, under way */
	const char *area; /* where that is */
	const char *clause; /* NULL: ours may start */
};

enum side {
	OURS, /* our pack has the rule */
	THEIRS, /* the other's */
	FACT, /* the other is no work: an open case */
};

static struct plant plant;

/* In a transaction that is never committed. */
static void
check_beside(const struct beside *b, enum side side)
{
	const bool swapped = side == THEIRS;
	struct plant *p = &plant;
	struct permit_world_ids ids;
	struct permit_world world;
	struct err_why why = {.text = ""};
	uint8_t mine_id[16] = {9};
	uint8_t other_id[16] = {7};
	struct fold f = {.book = p->site->own.book};
	char type[64];
	struct fold_key k;

	(void)snprintf(
	    type, sizeof type, "%.*s", (int)strcspn(b->pack, "@"), b->pack);
	struct row mine = {.kind = LEDGER__KIND__PERMIT,
	    .state = ROW_ISSUED,
	    .seq = 4,
	    .area = hash(p, FOLD_AREA, "here"),
	    .type = hash(p, FOLD_TYPE, swapped ? b->other : type),
	    .work = {.asset = 5}};
	struct row other = mine;
	other.state = ROW_IN_PROGRESS;
	other.area = hash(p, FOLD_AREA, b->area);
	other.type = hash(p, FOLD_TYPE, swapped ? type : b->other);
	other.pack = swapped ? packs_id(b->pack) : 1;
	other.work.asset = strcmp(b->area, "500m") == 0 ? 6 : 5;
	if (side == FACT)
		other = (struct row){.kind = LEDGER__KIND__CASE,
		    .state = ROW_CASE_REPORTED,
		    .seq = 1,
		    .area = other.area,
		    .type = other.type};
	k = fold_span_open(p->site->evidence, &other, other_id);
	f.t = &p->site->own.tables;
	f.mac = &p->site->index_mac;
	must(store_write(p->site->own.store, &f.txn, &why), &why);
	must(fold_put_row(&f, p->site->evidence, other_id, &other, &why), &why);
	must(store_put(
	         f.txn, f.t->open, fold_key_view(&k), bytes_of("", 0), &why),
	    &why);
	struct permit_world_ask ask = {
	    .site = p->site,
	    .fold = &f,
	    .record_id = mine_id,
	    .row = &mine,
	    .pack = packs_version(p->site->packs,
	        packs_id(swapped ? "hot-work@2022.1" : b->pack)),
	    .action = RECORD__PERMIT__ACTION__START,
	    .at_us = p->now,
	};
	must(permit_world(&ask, &ids, &world, &why), &why);
	store_abort(f.txn);
	if (b->clause == NULL)
		cr_assert_null(world.conflict, "%s, %s at %s: %s", b->pack,
		    b->other, b->area, world.conflict->text);
	else
		cr_assert_str_eq(
		    world.conflict != NULL ? world.conflict->clause : "none",
		    b->clause, "%s, %s at %s", b->pack, b->other, b->area);
}

static void
check_all(const struct beside *rows, size_t n, enum side side)
{
	struct err_why why = {.text = ""};

	plant_begin(&plant, "plant-b.acme.example");
	site_close(plant.site);
	put_places(&plant);
	must(site_open(&plant.site, plant.dir, &plant.clock, &why), &why);
	for (size_t i = 0; i < n; i++)
		check_beside(&rows[i], side);
	must(site_start(plant.site, &why), &why);
	plant_end(&plant);
}

/* GB 30871-2022, the rules between works by zone and distance: half a metre to
 * either side of each limit. */
Test(permit_world, keeps_apart_what_the_standard_keeps_apart)
{
	static const struct beside rows[] = {
	    {"hot-work@2022.2", "gas-venting", "29.5m", "GB 30871-2022 5.2.9"},
	    {"hot-work@2022.2", "gas-venting", "30.5m", NULL},
	    {"hot-work@2022.2", "liquid-draining", "14.5m",
	        "GB 30871-2022 5.2.9"},
	    {"hot-work@2022.2", "liquid-draining", "15.5m", NULL},
	    {"hot-work@2022.2", "painting", "9.5m", "GB 30871-2022 5.2.9"},
	    {"hot-work@2022.2", "painting", "10.5m", NULL},
	    {"hot-work@2022.2", "painting", "here",
	        "GB 30871-2022 5.2.9"}, /* 6.7, too */
	    {"hot-work@2022.2", "dust-sweeping", "9.5m", "GB 30871-2022 5.2.9"},
	    {"hot-work@2022.2", "dust-sweeping", "10.5m", NULL},
	    {"hot-work@2022.2", "dike-draining", "here", "GB 30871-2022 5.2.8"},
	    {"hot-work@2022.2", "dike-draining", "1m", NULL},
	    {"hot-work@2022.2", "hazmat-train", "24.5m",
	        "GB 30871-2022 5.2.10"},
	    {"hot-work@2022.2", "hazmat-train", "25.5m", NULL},
	    {"blind-plate@2022.1", "hot-work", "29.5m", "GB 30871-2022 7.6"},
	    {"blind-plate@2022.1", "hot-work", "30.5m", NULL},
	    /* the same pipe, wherever; another one beside it */
	    {"blind-plate@2022.1", "blind-plate", "100m", "GB 30871-2022 7.10"},
	    {"blind-plate@2022.1", "blind-plate", "500m", NULL},
	};

	check_all(rows, sizeof rows / sizeof rows[0], OURS);
}

/* Whichever was there first: the rule is the same seen from the other side. */
Test(permit_world, keeps_apart_whichever_began_first)
{
	static const struct beside rows[] = {
	    {"blind-plate@2022.1", "hot-work", "29.5m", "GB 30871-2022 7.6"},
	    {"blind-plate@2022.1", "hot-work", "30.5m", NULL},
	    {"blind-plate@2022.1", "hot-work", "nowhere", "GB 30871-2022 7.6"},
	};

	check_all(rows, sizeof rows / sizeof rows[0], THEIRS);
}

/* What is no special work is stated as a case, and keeps hot work from starting
 * by the built-in pack alone. */
Test(permit_world, keeps_apart_what_is_stated_of_the_plant)
{
	static const struct beside rows[] = {
	    {"hot-work@2022.2", "gas-venting", "29.5m", "GB 30871-2022 5.2.9"},
	    {"hot-work@2022.2", "gas-venting", "30.5m", NULL},
	    {"hot-work@2022.2", "Gas-Venting ", "nowhere",
	        "GB 30871-2022 5.2.9"}, /* not known to be far */
	    {"hot-work@2022.2", "liquid-draining", "14.5m",
	        "GB 30871-2022 5.2.9"},
	    {"hot-work@2022.2", "liquid-draining", "15.5m", NULL},
	    {"hot-work@2022.2", "painting", "9.5m", "GB 30871-2022 5.2.9"},
	    {"hot-work@2022.2", "painting", "10.5m", NULL},
	    {"hot-work@2022.2", "dust-sweeping", "9.5m", "GB 30871-2022 5.2.9"},
	    {"hot-work@2022.2", "dust-sweeping", "10.5m", NULL},
	    {"hot-work@2022.2", "dike-draining", "here", "GB 30871-2022 5.2.8"},
	    {"hot-work@2022.2", "dike-draining", "1m", NULL},
	    {"hot-work@2022.2", "hazmat-train", "24.5m",
	        "GB 30871-2022 5.2.10"},
	    {"hot-work@2022.2", "hazmat-train", "25.5m", NULL},
	    {"hot-work@2022.2", "near-miss", "here", NULL},
	    {"height@2022.1", "gas-venting", "here", NULL},
	};

	check_all(rows, sizeof rows / sizeof rows[0], FACT);
}
