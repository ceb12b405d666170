/* token_test.c - tokens: form, lookup, expiry. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/token.h"

#include "proto/crypto.h"
#include "proto/digest.h"
#include "tests/support/temp.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define HOUR INT64_C(3600000000)

struct shelf {
	char dir[TEMP_PATH_BYTES];
	struct store *store;
	struct store_table table;
	struct token_book *book;
};

static void
shelf_open(struct shelf *s)
{
	char path[TEMP_PATH_BYTES];

	crypto_start();
	temp_make(s->dir);
	temp_path(path, s->dir, "store");
	cr_assert_eq(store_open(&s->store, path, STORE_CREATE, NULL), ERR_OK);
	cr_assert_eq(store_table(s->store, "token", &s->table, NULL), ERR_OK);
	cr_assert_eq(
	    token_book_open(&s->book, s->store, s->table, NULL), ERR_OK);
}

static void
shelf_close(struct shelf *s)
{
	token_book_close(s->book);
	store_close(s->store);
	temp_remove(s->dir);
}

static void
put(struct shelf *s, const char *expires, char secret[static TOKEN_CHARS + 1])
{
	Config__TokenRequest req = CONFIG__TOKEN_REQUEST__INIT;
	Config__Token *row = NULL;
	struct store_txn *txn = NULL;
	struct hash h;
	char role[] = "hq";
	char area[] = "tank";
	char *areas[] = {area};
	char text[16] = "";

	(void)snprintf(text, sizeof text, "%s", expires != NULL ? expires : "");
	req.role = role;
	req.n_areas = 1;
	req.areas = areas;
	req.expires = expires != NULL ? text : NULL;
	cr_assert_eq(token_new(&req, HOUR, secret, &h, &row, NULL), ERR_OK);
	cr_assert_eq(store_write(s->store, &txn, NULL), ERR_OK);
	cr_assert_eq(token_put(s->book, txn, &h, row, NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	config__token__free_unpacked(row, NULL);
	cr_assert_eq(token_reload(s->book, NULL), ERR_OK);
}

Test(token_check, knows_its_tokens_and_no_others)
{
	struct shelf s;
	struct ops_identity who;
	char secret[TOKEN_CHARS + 1];
	char other[TOKEN_CHARS + 1];

	shelf_open(&s);
	put(&s, NULL, secret);
	put(&s, NULL, other);
	cr_assert_eq(strlen(secret), (size_t)TOKEN_CHARS);
	cr_assert_eq(strncmp(secret, TOKEN_PREFIX, 4), 0);
	cr_assert_eq(strspn(secret + 4,
	                 "abcdefghijklmnopqrstuvwxyz"
	                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                 "0123456789-_"),
	    43u);
	cr_assert_eq(token_check(s.book, secret, 2 * HOUR, &who, NULL), ERR_OK);
	cr_assert_eq(who.role, OPS_HQ);
	cr_assert_eq(who.areas_len, 1u);
	cr_assert_str_eq(who.areas[0], "tank");
	secret[20] ^= 1;
	cr_assert_eq(
	    token_check(s.book, secret, 2 * HOUR, &who, NULL), ERR_DENIED);
	cr_assert_eq(token_check(s.book, "", 2 * HOUR, &who, NULL), ERR_DENIED);
	shelf_close(&s);
}

Test(token_check, refuses_an_expired_or_revoked_token)
{
	struct shelf s;
	struct ops_identity who;
	struct store_txn *txn = NULL;
	char secret[TOKEN_CHARS + 1];
	char id[40];

	shelf_open(&s);
	put(&s, "2h", secret);
	cr_assert_eq(
	    token_check(s.book, secret, 3 * HOUR - 1, &who, NULL), ERR_OK);
	cr_assert_eq(
	    token_check(s.book, secret, 3 * HOUR, &who, NULL), ERR_DENIED);
	put(&s, NULL, secret);
	cr_assert_eq(token_check(s.book, secret, 3 * HOUR, &who, NULL), ERR_OK);
	memcpy(id, who.id, sizeof id);
	cr_assert_eq(store_write(s.store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    token_revoke(s.book, txn, "tk_none", HOUR, NULL), ERR_NOT_FOUND);
	cr_assert_eq(token_revoke(s.book, txn, id, HOUR, NULL), ERR_OK);
	cr_assert_eq(store_commit(txn, NULL), ERR_OK);
	cr_assert_eq(token_reload(s.book, NULL), ERR_OK);
	cr_assert_eq(
	    token_check(s.book, secret, 3 * HOUR, &who, NULL), ERR_DENIED);
	shelf_close(&s);
}

/* What is known is read again only after the commit: the stored row counts. */
Test(token_use, undoes_no_revocation_that_was_not_read_again_yet)
{
	struct shelf s;
	struct ops_identity who;
	struct store_txn *txn = NULL;
	struct hash card = {{9}};
	char secret[TOKEN_CHARS + 1];
	char id[40];

	shelf_open(&s);
	for (int turn = 0; turn < 2; turn++) {
		put(&s, NULL, secret);
		cr_assert_eq(
		    token_check(s.book, secret, HOUR, &who, NULL), ERR_OK);
		memcpy(id, who.id, sizeof id);
		cr_assert_eq(store_write(s.store, &txn, NULL), ERR_OK);
		if (turn == 0)
			cr_assert_eq(
			    token_revoke(s.book, txn, id, HOUR, NULL), ERR_OK);
		cr_assert_eq(
		    token_use(s.book, txn, id, &card, HOUR, NULL), ERR_OK);
		if (turn == 1)
			cr_assert_eq(
			    token_revoke(s.book, txn, id, HOUR, NULL), ERR_OK);
		cr_assert_eq(store_commit(txn, NULL), ERR_OK);
		cr_assert_eq(token_reload(s.book, NULL), ERR_OK);
		Config__TokenList *list = token_list(s.book);
		const Config__Token *t = list->tokens[turn];
		cr_assert(t->has_revoked_at, "%d", turn);
		cr_assert(t->has_card, "%d", turn);
		cr_assert_eq(memcmp(t->card.data, card.b, HASH_BYTES), 0);
		token_list_free(list);
	}
	shelf_close(&s);
}

Test(token_put, stores_the_hash_and_not_the_secret)
{
	struct shelf s;
	struct store_txn *txn = NULL;
	struct bytes value;
	struct hash h;
	char secret[TOKEN_CHARS + 1];

	shelf_open(&s);
	put(&s, NULL, secret);
	digest_sha256(&h, bytes_str(secret));
	cr_assert_eq(store_read(s.store, &txn, NULL), ERR_OK);
	cr_assert_eq(
	    store_get(txn, s.table, bytes_hash(&h), &value, NULL), ERR_OK);
	cr_assert_null(memmem(value.ptr, value.len, secret + 4, 20));
	store_abort(txn);
	shelf_close(&s);
}
