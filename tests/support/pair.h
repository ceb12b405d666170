/* pair.h - a partner's credential, and the plant that it is shown to. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_PAIR_H
#define TESTS_SUPPORT_PAIR_H

#include "tests/support/plant.h"

#define PAIR_HOLDER "welder Zhang San 11010519491231002X" /* at the partner */
#define PAIR_WORKER "w-0017" /* the same, at the plant */
#define PAIR_CLASS "welding"
#define PAIR_WORK "hot-work"
#define PAIR_AREA "tank-farm-2"

/* What the plant is told of the alliance. */
struct told {
	const struct site *issuer;
	int64_t seen_us;
	Fed__Role role; /* of whoever issues */
};

struct pair {
	struct plant partner;
	struct plant plant;
	struct told told;
	char certificate[TEXT_UUID_CHARS + 1];
	int64_t heard_us; /* how fresh the last decision says that it is */
	char *company; /* that is named for him */
	Record__Presentation *shown;
	bool bare; /* the exchange brings leaves without bodies */
};

/* A welder's certificate, published and presented, not yet shown; the plant
 * holds nothing of the partner's log. */
void pair_begin(struct pair *p);
void pair_end(struct pair *p);
/* What the plant is told of the alliance; set again after a restart. */
struct site_peers pair_peers(struct pair *p);
/* What the exchange does: the partner's alliance log to the plant. */
void pair_replicate(struct pair *p);
/* An event of the certificate, at the partner. */
void pair_change(struct pair *p, Record__Certificate__Action action);
/* Its presentation, to the plant; release with submit_result_free. */
struct submit_result *pair_show(struct pair *p);
/* A new one of the same credential, shown. */
void pair_again(struct pair *p);
/* The plant's decision about level 1 hot work; code: NULL, or a reason that has
 * to be among its own. */
void pair_decide(
    struct pair *p, Record__Decision__Result want, const char *code);

#endif
