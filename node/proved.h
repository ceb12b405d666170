/* proved.h - what checkpoints by our own keys, held by others, prove. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PROVED_H
#define NODE_PROVED_H

#include "node/site_logs.h"
#include "proto/err.h"

/*
 * A member that shows a checkpoint by the key of an own log proves what was
 * signed.  More than this directory knew of, or another history: the directory
 * is an old copy, or one runs beside it.  Then it is not known what its witness
 * key has cosigned either.  docs/decisions/0016.
 */
enum proved_word {
	PROVED_HELD, /* our own tree at that size */
	PROVED_MORE, /* larger than what is held */
	PROVED_OTHER, /* a size that is held, with another root */
};

/* Compares with what the log `origin` holds now.  Any thread. */
ERR_CHECKED enum err proved_look(struct site *s, const char *origin,
    const struct tree_head *head, enum proved_word *out, struct err_why *why);

/*
 * proved_keep - keeps a verified checkpoint of an own log, of any generation,
 * in DIR/keys unless it is held: an admitted loss must name the largest, and
 * another history is never forgotten for what is merely larger.  One thread.
 */
void proved_keep(
    struct site *s, const struct note_checkpoint *c, struct bytes note);

/* What was kept, held against the newest generations; for site_open, after
 * incarnation_open: s->doubt, s->witness_lost and s->incarnation. */
ERR_CHECKED enum err proved_open(struct site *s, struct err_why *why);

/* Nothing is cosigned from the return on; the witness key is destroyed on the
 * committer's thread.  Any thread, again and again. */
void proved_retire(struct site *s);
/* Destroys it now; reason: NULL, it was said before. */
ERR_CHECKED enum err proved_retire_now(
    struct site *s, const char *reason, struct err_why *why);

#endif
