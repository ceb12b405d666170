/* plant.h - a node on a temp dir, its clock, its people. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_PLANT_H
#define TESTS_SUPPORT_PLANT_H

#include "ledger/seal.h"
#include "ledger/signature.h"
#include "node/query.h"
#include "node/site.h"
#include "node/submit.h"
#include "proto/text.h"
#include "tests/support/temp.h"

#define PLANT_MINUTE INT64_C(60000000)
/* Until what a person asks for may be erased of an alarm. */
#define PLANT_LAW (366 * 24 * 60 * PLANT_MINUTE)
#define PLANT_START INT64_C(1795315800000000) /* 2026-11-22T02:50:00Z */

struct plant {
	char dir[TEMP_PATH_BYTES];
	struct site *site;
	struct clock clock;
	_Atomic int64_t now; /* turned by the test */
	_Atomic int64_t wrong; /* by which the node's wall clock is wrong */
	_Atomic int64_t booted; /* by which its boot clock is ahead of now */
	_Atomic bool synchronised; /* says the kernel */
};

/* A started site; aborts on failure.  End with plant_end. */
void plant_begin(struct plant *p, const char *name);
/* With peers set before the start. */
void plant_begin_among(
    struct plant *p, const char *name, const struct site_peers *peers);
/* In a directory of the caller's, which stays, at a time; end with plant_close.
 */
void plant_begin_at(
    struct plant *p, const char *dir, const char *name, int64_t now);
void plant_close(struct plant *p);
void plant_end(struct plant *p);
/* Closes and opens again, as after a restart. */
void plant_restart(struct plant *p);
void plant_turn(struct plant *p, int64_t us);

/* Blocking submission; each result is released with submit_result_free. */
struct submit_result *plant_alarms(
    struct plant *p, Record__Alarm *const *alarms, size_t n);
struct submit_result *plant_event(struct plant *p, Ledger__Kind kind,
    const char *record_id, const Api__EventPost *post);
/* An alarm is over. */
void plant_clear(struct plant *p, const char *alarm_id);
struct submit_to plant_to(struct plant *p, struct submit_wait *w);

/* A person with a key. */
struct plant_person {
	struct crypto_signer key;
	uint8_t alg_key[CRYPTO_ALG_PUB_BYTES];
};
void plant_enrol(struct plant *p, struct plant_person *out, const char *name,
    const char *role);

/* A signed event at the plant's time; record: 36 characters, made when empty.
 * based_on: last event_seq seen. */
struct plant_sign {
	const struct plant_person *who;
	Ledger__Kind kind;
	char *record;
	uint32_t based_on;
	const ProtobufCMessage *msg;
	int64_t occurred_us;
};
/* That event as it is posted, and what it points into; end with buf_clear of
 * its msg. */
struct plant_post {
	Api__EventPost post;
	Api__SignedEvent sig;
	struct buf msg;
	char event[TEXT_UUID_CHARS + 1];
	uint8_t key[SEAL_KEY_BYTES];
	uint8_t public[CRYPTO_ALG_PUB_BYTES];
	uint8_t signature[SIGNATURE_BYTES_MAX];
	struct hash leaf; /* of its text, in a batch */
};
void plant_post(
    struct plant *p, const struct plant_sign *s, struct plant_post *out);
/* Signs them once more, all together. */
void plant_batch(
    const struct plant_person *who, struct plant_post *posts, size_t n);
struct submit_result *plant_signed(
    struct plant *p, const struct plant_sign *s, const char *path_id);

/* The same for the approval of an intelligence item, as it is held. */
struct submit_result *plant_approve(struct plant *p,
    const struct plant_person *who, char *intel_id, const Record__Intel *yes);

/* The row of a record becomes one that cannot be read. */
void plant_damage(struct plant *p, const char *record_id);

/* One record as the API shows it; aborts when it is not there. */
Api__RecordView *plant_get(
    struct plant *p, Ledger__Kind kind, const char *record_id);

#endif
