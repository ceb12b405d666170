/* retention.h - how long a record is kept, and what may end when. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DOMAIN_RETENTION_H
#define NODE_DOMAIN_RETENTION_H

#include "ledger.pb-c.h"
#include "pack.pb-c.h"
#include "proto/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RETENTION_CLASSES_MAX 64
#define RETENTION_PERSONAL_MAX 64
/* Records of one period end together: that of the wrapping keys. */
#define RETENTION_PERIOD_US (INT64_C(30) * 24 * 3600 * 1000000)

/* retention_check - every class whole, each name, and each kind and type, once,
 * fields that the kind has, no term below its own minimum.  ERR_MALFORMED. */
ERR_CHECKED enum err retention_check(
    const Pack__Retention *p, struct err_why *why);
/* May a company's policy stand beside the standard's?  Its minimum and what it
 * calls personal may only grow.  ERR_REFUSED names class, clause and number.
 *   shorter  a class of which less is kept than of the standard's, or for less
 *            long; or NULL */
ERR_CHECKED enum err retention_compare(const Pack__Retention *standard,
    const Pack__Retention *p, const char **shorter, struct err_why *why);

/* The message that records of a kind are made of; NULL: none that ends. */
const ProtobufCMessageDescriptor *retention_type(const char *kind);
/* Numbers of its personal fields, ascending; how many. */
size_t retention_personal(
    const Pack__RetentionClass *c, uint32_t out[static RETENTION_PERSONAL_MAX]);
/* What nobody is given while an erasure of the whole waits: those, media, and
 * parts that have words in them; or each of a record of which none is called
 * personal.  Ascending; as many as `cap` has room for. */
size_t retention_hidden(
    const Pack__RetentionClass *c, uint32_t *out, size_t cap);

/* What is known of one record. */
struct retention_facts {
	bool open; /* in force: somebody works or decides by it */
	bool held;
	bool requested; /* an erasure of it waits */
	int64_t newest_us; /* recorded time of its newest event */
	int64_t unlived_us; /* by which recorded time was led ahead since */
	int64_t ended_us; /* when it ceased to be in force; 0: with its newest
	                   * event */
};

enum retention_state {
	RETENTION_KEEP = 1,
	RETENTION_MAY_EXPIRE,
	RETENTION_HELD,
	RETENTION_STORAGE_ONLY,
};

/* Times in microseconds; INT64_MAX: not known while it is open, or
 * too far off. */
struct retention_answer {
	enum retention_state state;
	int64_t until_us; /* kept until then, a whole period */
	int64_t law_us; /* no erasure before; 0: no law says so */
	int64_t media_us; /* media are kept until then, whole days */
};

/*
 * retention_judge - pure.  now_us is confirmed time (docs/decisions/0019).
 * What is open is kept, whatever its age; what is held ends never; a waiting
 * request ends with the law's term, all else with the policy's.  Terms run from
 * the newest event, or from when it ceased to be in force; time that was led
 * ahead since then makes nothing older: perhaps it was the clock before that
 * was wrong.
 */
struct retention_answer retention_judge(const Pack__RetentionClass *c,
    const struct retention_facts *f, int64_t now_us);

/* a + b, not beyond what int64 holds: what is too far off never ends. */
int64_t retention_add(int64_t a, int64_t b);

const char *retention_state_text(enum retention_state s); /* "KEEP" */

#endif
