/* outbox.h - notices to those outside: sent until there is a receipt. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_OUTBOX_H
#define NODE_OUTBOX_H

#include "api.pb-c.h"
#include "config.pb-c.h"
#include "node/webhook.h"
#include "proto/err.h"

struct outbox;
struct site;

/*
 * What is to be sent is what the table `notice` says (fold_notice.h), nothing
 * is kept beside it but what was read of it (outbox_held.h); a 2xx answer
 * becomes an entry DELIVERED, which takes the row away.  A thread of its own
 * looks and sends, so that a receiver that is slow or dead delays nobody: of
 * each target a few posts at a time, one while it fails, each after a growing
 * pause.  Killed between answer and entry it sends once more under the same id.
 */
struct outbox *outbox_new(struct site *s, const Config__Node *conf);
/*
 * Begins, unless there are neither targets nor notices; entries say from where
 * on a new target is served, and that one has ended.  A secret that cannot be
 * read is a line of the journal, and is looked for again with each notice.
 * ERR_IO: no thread.
 */
ERR_CHECKED enum err outbox_start(struct outbox *o, struct err_why *why);
/* Breaks off what is under way; NULL allowed.  Before the store is closed. */
void outbox_stop(struct outbox *o);
/* After the committer has ended, which answers to it; NULL allowed. */
void outbox_free(struct outbox *o);

/* For tests, instead of the thread: one look, then up to wait_ms for answers.
 * Returns how many posts are under way. */
unsigned outbox_turn(struct outbox *o, int wait_ms);

/* For metrics and status; any thread.  Counts are those of the last look. */
struct outbox_stats {
	size_t targets;
	size_t failing; /* of them, by their last answer */
	uint64_t pending;
	uint64_t given_up;
	int64_t oldest_us; /* pending, recorded then; 0: none */
	uint64_t delivered; /* since the start */
	uint64_t failures; /* attempts, since the start */
	uint64_t rows; /* of the table read by looks, since the start */
};
void outbox_stats(struct outbox *o, struct outbox_stats *out);
/* NULL: there are no targets.  Release with config__outbox__free_unpacked. */
Config__Outbox *outbox_status(struct outbox *o);

/* How often a notice was tried, and with what result.  Any thread. */
struct outbox_tries {
	uint32_t attempts;
	long status;
	char error[WEBHOOK_ERROR_CHARS];
};
void outbox_tries(struct outbox *o, uint64_t place, uint64_t target,
    struct outbox_tries *out);
/* Whatever waits for its turn is tried at once.  Any thread. */
void outbox_hurry(struct outbox *o);

/*
 * A post that tells of nothing, and its answer.  done comes from another
 * thread, or from this one where no outbox runs.
 * ERR_NOT_FOUND: no such target; ERR_BUSY: too many tests.
 */
typedef void (*outbox_tested)(void *arg, const struct webhook_answer *a);
ERR_CHECKED enum err outbox_test(struct outbox *o, const char *target,
    outbox_tested done, void *arg, struct err_why *why);

#endif
