/* book.h - a store, a vault and a log to write into, on a clock we turn. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_BOOK_H
#define TESTS_SUPPORT_BOOK_H

#include "ledger/log.h"
#include "ledger/log_extend.h"
#include "proto/clock.h"
#include "tests/support/temp.h"

#define BOOK_ORIGIN "plant-a.acme.example/evidence/1"

/* All calls abort when what they need fails: a test states what it is about. */
struct book {
	char dir[TEMP_PATH_BYTES];
	struct store *store;
	struct vault *vault;
	struct log_book *log;
	struct clock clock;
	int64_t wall_us;
	int64_t boot_us;
	struct crypto_signer key;
	struct note_vkey vkey;
	uint16_t slot;
	bool replica;
};

/* A new directory with an empty log BOOK_ORIGIN; writes LOG_START and gives it
 * a key unless `replica`. */
void book_new(struct book *b, bool replica);
/* What lies in the directory, closed and opened again. */
void book_close(struct book *b);
void book_open(struct book *b);
void book_reopen(struct book *b);
/* Closes and removes the directory. */
void book_end(struct book *b);

/* A sealed record.Alarm with this title; its leaf's commitment into *c. */
void book_seal(const char *title, struct buf *packed, struct hash *c);

/* Appends one ALARM titled "alarm <n>" within txn. */
struct log_place book_alarm(struct book *b, struct store_txn *txn, unsigned n);
/* n alarms in one transaction. */
void book_fill(struct book *b, unsigned n);
/* Appends an ERASURE entry that names it; field: 0 the whole. */
void book_say_erased(
    struct book *b, struct store_txn *txn, uint64_t index, uint32_t field);
/* Destroys the body of an entry, and says so in an ERASURE entry. */
void book_erase(struct book *b, uint64_t index);
/* Leaves now. */
uint64_t book_size(struct book *b);

/* Everything of the log from `from`, for log_extend into another book. */
struct book_parcel {
	struct log_item *items;
	struct buf bytes;
	struct buf note;
	struct note_checkpoint head;
	struct tree_proof proof;
	struct log_extension x;
};
void book_pack(struct book *b, struct book_parcel *out, uint64_t from, size_t n,
    bool bodies);
void book_parcel_clear(struct book_parcel *p);
/* log_extend and commit, or abort; what log_extend says. */
enum err book_extend(
    struct book *b, const struct log_extension *x, struct err_why *why);

/* audit_log of the log with its own key. */
enum err book_audit(struct book *b, struct err_why *why);

#endif
