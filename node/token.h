/* token.h - bearer tokens: made, kept as hashes, looked up quickly. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_TOKEN_H
#define NODE_TOKEN_H

#include "config.pb-c.h"
#include "ledger/store.h"
#include "node/ops.h"
#include "proto/err.h"

#define TOKEN_PREFIX "lft_"
#define TOKEN_CHARS 47 /* prefix and 43 of base64url */
#define TOKEN_ID_CHARS 15 /* tk_ and 12 of hex */
#define TOKEN_MAX 10000 /* rows */

/* All tokens in memory, by hash; rows are the truth.  Invitations (guests.h)
 * are rows with a member and open no request.  Thread-safe. */
struct token_book;

/* Reads all rows of `table`; the store is borrowed.  ERR_IO, ERR_CORRUPT. */
ERR_CHECKED enum err token_book_open(struct token_book **out,
    struct store *store, struct store_table table, struct err_why *why);
void token_book_close(struct token_book *b);

/* token_reload - read the rows again (SIGHUP, after another's write). */
ERR_CHECKED enum err token_reload(struct token_book *b, struct err_why *why);

/*
 * token_new - a fresh token from a request; nothing stored yet.
 *   secret   TOKEN_CHARS + 1; wipe after use
 *   row      release with config__token__free_unpacked(row, NULL)
 * ERR_MALFORMED: role, area or span; `why` starts with the JSON path.
 */
ERR_CHECKED enum err token_new(const Config__TokenRequest *req, int64_t now_us,
    char secret[static TOKEN_CHARS + 1], struct hash *hash, Config__Token **row,
    struct err_why *why);

/* Inside the committer's write transaction; the book learns of it from
 * token_reload after the commit. */
ERR_CHECKED enum err token_put(struct token_book *b, struct store_txn *txn,
    const struct hash *hash, const Config__Token *row, struct err_why *why);
ERR_CHECKED enum err token_revoke(struct token_book *b, struct store_txn *txn,
    const char *id, int64_t now_us, struct err_why *why);
/* An invitation is used, once, for this card (SHA-256); likewise. */
ERR_CHECKED enum err token_use(struct token_book *b, struct store_txn *txn,
    const char *id, const struct hash *card, int64_t now_us,
    struct err_why *why);

/*
 * token_check - who is this?  Constant-time in the secret's bytes.
 *   out   areas point into the book and live until token_book_close
 * ERR_DENIED  unknown, expired or revoked: one text for all three
 */
ERR_CHECKED enum err token_check(struct token_book *b, const char *bearer,
    int64_t now_us, struct ops_identity *out, struct err_why *why);

/* Is the token of this id (still) good?  For what outlives its request. */
bool token_alive(struct token_book *b, const char *id, int64_t now_us);

/* A copy of one row and its key; NULL: none.  Release with
 * config__token__free_unpacked(row, NULL). */
Config__Token *token_find(
    struct token_book *b, const char *id, struct hash *hash);

/* Copies of all rows, oldest first; release with token_list_free. */
Config__TokenList *token_list(struct token_book *b);
void token_list_free(Config__TokenList *list);

#endif
