/* spool.h - alarms that were taken while no log may be signed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SPOOL_H
#define NODE_SPOOL_H

#include "node/commit.h"
#include "node/site.h"
#include "node/submit.h"

/*
 * A store of their own, DIR/kept, made with the first of them: a newer own/ may
 * be put back beside it.  Durable as an entry is, encrypted under a key of its
 * own (DIR/keys/spool.key) that is destroyed when the last alarm has become an
 * entry, so that no copy of a row outlives an erasure.
 */
#define SPOOL_ITEMS_MAX 100000
#define SPOOL_BYTES_MAX (UINT64_C(64) << 20)

/* An alarm as it was taken. */
struct spool_item {
	Api__EventPost *post; /* borrowed: alarm, or signed with its ids */
	const uint8_t *record_id; /* 16 */
	const uint8_t *event_id; /* 16, of a signed one; or NULL */
	const struct fold_number *number; /* NULL: its source does not count */
	const uint8_t *digest; /* fold_digest */
	int64_t received_us;
};

/* What is held of one. */
struct spool_row {
	uint64_t number; /* order in which they came */
	Api__EventPost *post;
	int64_t received_us;
};

/* For site_open: before the own store's first transaction; NULL is allowed to
 * the end. */
ERR_CHECKED enum err spool_attach(struct site *s, struct err_why *why);
void spool_detach(struct site *s);
/* For site_open.  Takes over what versions before kept in the own store.  With
 * nothing kept and no doubt its key goes. */
ERR_CHECKED enum err spool_open(struct site *s, struct err_why *why);

/*
 * spool_put - keep an alarm; durable before its batch's commit.
 *
 *   record_id   in: of the item; out: of the same message when it is kept
 *               already
 * ERR_LIMIT: as many are kept as may be; ERR_BUSY: spool_grow, do the batch
 * again.
 */
ERR_CHECKED enum err spool_put(struct commit_ctx *ctx,
    const struct spool_item *item, uint8_t record_id[static 16], bool *known,
    struct err_why *why);
ERR_CHECKED enum err spool_grow(struct site *s, struct err_why *why);
/* It becomes an entry in this transaction. */
ERR_CHECKED enum err spool_entered(
    struct commit_ctx *ctx, const struct spool_row *row, struct err_why *why);

/* Up to `max` alarms from row `from` on; release with spool_free. Any thread.
 * unreadable: rows whose key is gone, not among them; may be NULL. */
struct spool_list {
	struct spool_row *at;
	size_t len;
	uint64_t *unreadable;
	size_t unreadable_len;
};
ERR_CHECKED enum err spool_read(struct spool_list *out, struct site *s,
    uint64_t from, size_t max, struct err_why *why);
void spool_free(struct spool_list *l);
/* What a row says, taken out of it; NULL: signed, and it does not decode.
 * Release with record__alarm__free_unpacked. */
Record__Alarm *spool_alarm(const struct spool_row *row);
/* How many are kept.  Any thread. */
uint64_t spool_count(struct site *s);

/* Enters all that is kept, in order, each once, whatever a crash leaves.  On
 * the committer's thread between two batches, when the evidence log may be
 * signed. */
ERR_CHECKED enum err spool_drain(struct site *s, struct err_why *why);

#endif
