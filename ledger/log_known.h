/* log_known.h - blocks of nodes that were found to lead to a signed root. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_LOG_KNOWN_H
#define LEDGER_LOG_KNOWN_H

#include "ledger/log_block.h"

/*
 * Complete blocks above the lowest, kept in memory: a proof through one needs
 * neither its row nor its hashes anew.  What is in here was hashed and led to
 * a signed root, so it does not matter whether the disk still says the same;
 * and a complete block never changes, so no later tree makes it wrong.
 * Bounded: LOG_KNOWN_BLOCKS, 4 KiB each, taken as they come; newer ones take
 * the places of older ones.  For any thread.
 */
#define LOG_KNOWN_BLOCKS 4096
struct log_known;

struct log_known *log_known_new(void);
void log_known_free(struct log_known *k); /* NULL allowed */

struct log_known_key {
	uint16_t slot;
	unsigned group; /* from 1 */
	uint64_t block;
};

/* From the `at`-th of the block's 64 nodes up to the one above the block. */
struct log_known_way {
	struct hash self;
	struct hash beside[LOG_BLOCK_LEVELS];
	struct hash top;
};
/* False: it is not known. */
bool log_known_way(struct log_known *k, const struct log_known_key *key,
    unsigned at, struct log_known_way *out);

/* Takes a row of LOG_BLOCK_NODES hashes over which `top` stands, as a signed
 * tree says.  False: it does not make that. */
bool log_known_learn(struct log_known *k, const struct log_known_key *key,
    struct bytes row, const struct hash *top);

#endif
