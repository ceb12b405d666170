/* export_set.h - which entries a bundle's question is about. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_EXPORT_SET_H
#define NODE_EXPORT_SET_H

#include "ledger/window.h"
#include "node/ops.h"
#include "node/site_logs.h"
#include "proto/slice.h"

#define EXPORT_SET_EVENTS 30000 /* entries looked at for signers */

/* Sorted, without repetition; freed by export_set_clear. */
struct export_set {
	uint64_t *at;
	size_t len;
	size_t cap;
};
void export_set_clear(struct export_set *set);

/* What is read, and for whom. */
struct export_scope {
	struct site *site;
	struct store_txn *txn;
	const struct site_log_now *log; /* the generation that is asked */
	const struct ops_identity *who;
};

/* Entries of the asked records in that generation, by the tables.
 * ERR_NOT_FOUND names the id, and the generation when it is another. */
ERR_CHECKED enum err export_set_records(struct export_set *out,
    const struct export_scope *sc, const struct window_question *q,
    struct err_why *why);

/* ENROL entries of those who signed what the answer shows. */
ERR_CHECKED enum err export_set_signers(struct export_set *out,
    const struct export_scope *sc, const struct window_question *q,
    const struct export_set *entries, struct err_why *why);

/* bundle_entitled for a token's areas; arg is a struct export_scope. */
bool export_set_entitled(void *arg, uint64_t index, const Ledger__Entry *e);
/* bundle_hidden and bundle_media, likewise. */
size_t export_set_hidden(void *arg, uint64_t index, const Ledger__Entry *e,
    uint32_t fields[static SLICE_MAX], uint64_t *by);
bool export_set_media(void *arg, uint64_t index, uint64_t *by);

#endif
