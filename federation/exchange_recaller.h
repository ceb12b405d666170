/* exchange_recaller.h - who asks members for logs of ours. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_EXCHANGE_RECALLER_H
#define FEDERATION_EXCHANGE_RECALLER_H

#include "ledger/log_extend.h"
#include "proto/err.h"

/* A range of a log for `read`. */
struct exchange_span {
	uint64_t from;
	uint64_t max_items;
	size_t max_bytes; /* at least one item is given, however long */
	size_t undivided; /* the same for what only leaves together; `give` */
	bool bodies;
};

/* Who asks members for logs of ours.  On the exchange's thread. */
struct exchange_recaller {
	void *arg;
	/* What to ask this peer for now; max_items 0: only which checkpoint it
	 * knows.  False: nothing.  Asked often: cheap. */
	bool (*lacks)(void *arg, const char *peer, const char *origin,
	    struct exchange_span *out);
	/* Its answer: entries from x->from on, as many as it gave, with bodies
	 * where it holds them; head NULL: it knows no checkpoint.  Verified is
	 * only that the note is signed by the key of `origin` and covers the
	 * items: whoever stores them verifies.  Borrowed.  An error: it is
	 * asked again later. */
	enum err (*returned)(void *arg, const char *peer, const char *origin,
	    const struct log_extension *x, struct err_why *why);
};

#endif
