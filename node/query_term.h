/* query_term.h - whose certificates end soon, by the order of their ends. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_QUERY_TERM_H
#define NODE_QUERY_TERM_H

#include "api.pb-c.h"
#include "node/fold.h"
#include "node/fold_term.h"
#include "node/site.h"

#define QUERY_TERM_PAGE_MAX 500
#define QUERY_TERM_DAYS_MAX 3650

/* One end that lies ahead. */
struct query_term {
	int64_t due_us; /* by the pack in force */
	enum fold_term term;
	int64_t at_us; /* that it counts from; of END, REVIEW: the end */
	uint8_t id[16]; /* certificate */
	const Pack__CredentialClass *class; /* NULL: no pack knows it */
};

/* "END", "REVIEW", "IDLE"; never NULL. */
const char *query_term_text(enum fold_term term);

/*
 * query_term_each - the ends of own certificates in (from_us, to_us], in force
 * or suspended, in no order; stops when `each` says false.  Looks at those
 * within the window and a few days around it, however many there are.
 * Source: order 30 art. 19, 21, 32 through the pack.
 */
struct query_term_window {
	struct site *site;
	struct store_txn *txn; /* of the own store */
	const Pack__Credentials *pack; /* NULL: only what is stated */
	int64_t from_us;
	int64_t to_us;
	const struct query_term *after; /* in the order of a page; or NULL */
};
ERR_CHECKED enum err query_term_each(const struct query_term_window *w,
    bool (*each)(void *arg, const struct query_term *t), void *arg,
    struct err_why *why);

/* A page of them in the order of their ends; release with
 * api__expiring__free_unpacked.  ERR_MALFORMED: days, limit, cursor. */
struct query_term_ask {
	uint32_t days;
	size_t limit;
	const char *cursor; /* next_cursor of the page before; NULL: first */
};
ERR_CHECKED enum err query_terms(struct site *s,
    const struct query_term_ask *ask, Api__Expiring **out, struct err_why *why);

#endif
