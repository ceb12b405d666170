/* folded.h - a site whose logs and replicas a test writes itself. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_FOLDED_H
#define TESTS_SUPPORT_FOLDED_H

#include "api.pb-c.h"
#include "node/draft.h"
#include "node/query.h"
#include "node/site.h"
#include "tests/support/temp.h"

#define FOLDED_T0 INT64_C(1795000000000000)
#define FOLDED_MINUTE INT64_C(60000000)
#define FOLDED_NAME "plant-a.acme.example"
#define FOLDED_OTHER "plant-b.acme.example"

/* No committer: the test's thread writes.  All calls abort when what they need
 * fails. */
struct folded {
	char folder[TEMP_PATH_BYTES];
	char dir[TEMP_PATH_BYTES];
	struct site *site;
	struct clock clock;
	int64_t now_us; /* of the site's clock; starts at FOLDED_T0 */
	struct crypto_signer key; /* of the replicas' logs */
	uint16_t other_evidence; /* slots in the replica store */
	uint16_t other_alliance;
};

/* At a fixed address until folded_end: the clock points to it. */
void folded_new(struct folded *f);
void folded_end(struct folded *f);

/* A log that this site had not heard of, and its first entry. */
void folded_replica(struct folded *f, const char *origin, uint16_t *slot);

/* A write transaction of a store, ready to fold; end with store_commit. */
void folded_begin(struct folded *f, struct site_db *db, struct commit_ctx *ctx);
void folded_commit(struct commit_ctx *ctx);
/* Appends and folds one event, recorded now. */
struct log_place folded_put(struct folded *f, struct site_db *db,
    struct commit_ctx *ctx, const struct draft_spec *spec);
/* The same in a transaction of its own. */
struct log_place folded_put_one(
    struct folded *f, struct site_db *db, const struct draft_spec *spec);

/* A literal where protobuf-c wants a char *; nobody writes to it. */
char *folded_text(const char *s);
/* The record id that ends in n. */
void folded_id(uint8_t out[static 16], unsigned n);
/* An applied event for the own evidence log; borrows id and body. */
struct draft_spec folded_spec(const struct folded *f, const uint8_t *id,
    Ledger__Kind kind, uint32_t seq, const ProtobufCMessage *body);

/* A gas alarm LEL of gds-01 in the area, now. */
Record__Alarm folded_alarm(
    const struct folded *f, const char *area, uint32_t level);
/* It and its end as record n of the own evidence log. */
struct log_place folded_raise(
    struct folded *f, unsigned n, const char *area, uint32_t level);
struct log_place folded_clear(struct folded *f, unsigned n, uint32_t seq);
/* Records from to from + n - 1, all in tank-farm-2, of level 2. */
void folded_raise_many(struct folded *f, struct site_db *db, uint16_t slot,
    unsigned from, unsigned n);
/* A certificate for welding of W-17, valid for ten minutes from FOLDED_T0, and
 * its PUBLISH with a holder secret of 0xa5. */
#define FOLDED_CREDENTIAL "01930000-0000-7000-8000-0000000000ff"
void folded_certificate(struct folded *f, unsigned n);

/* The row of record n becomes one that cannot be read. */
void folded_damage(struct folded *f, unsigned n);

/* query_get of record n; NULL: not found. */
Api__RecordView *folded_get(struct folded *f, Ledger__Kind kind, unsigned n,
    const struct query_scope *scope);
bool folded_can_get(struct folded *f, Ledger__Kind kind, unsigned n,
    const struct query_scope *scope);

/* An erasure of these fields of an entry of its evidence waits. */
void folded_only_stored(
    struct folded *f, uint64_t index, uint32_t *fields, size_t len);

#endif
