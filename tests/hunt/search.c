/* search.c - what a node must not be able to tell after an erasure. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/hunt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/log_read.h"
#include "proto/clock.h"
#include "proto/digest.h"
#include "proto/text.h"
#include "tests/support/temp.h"

static const char usage[] =
    "hunt secrets STORE KEYS ORIGIN INDEX...   print what opens these entries\n"
    "hunt look SECRETS PATH...                 find it in files: exit status "
    "1\n"
    "hunt unwrap SECRETS KEYS PATH...          does a key here still open it?\n"
    "\n"
    "SECRETS has lines \"NAME HEX\"; those named data-key are unwrapped, "
    "too.\n";

static struct err_why why;

static void
must(enum err e, const char *what)
{
	if (e == ERR_OK)
		return;
	fprintf(stderr, "hunt: %s: %s: %s\n", what, err_name(e), why.text);
	exit(2);
}

static void
print(const char *name, uint64_t index, struct bytes what)
{
	struct buf hex;

	buf_init(&hex, 1 << 20);
	text_hex_put(&hex, what);
	printf("%s-%" PRIu64 " %s\n", name, index, buf_cstr(&hex));
	buf_clear(&hex);
}

/* ---- secrets of an entry, while it is there ---- */

static void
print_opening(const char *name, uint64_t index, const Ledger__Opening *o)
{
	static const char label[] = "lianfang/salt/v1";
	struct digest_hmac mac;
	struct hash bare;

	if (o == NULL || !o->has_record_key)
		return;
	print(name, index, bytes_of(o->record_key.data, o->record_key.len));
	/* Whoever has a digest of the words can guess the words. */
	digest_sha256(&bare, bytes_of(o->message.data, o->message.len));
	print("digest", index, bytes_of(bare.b, 16));
	digest_hmac_key(&mac, bytes_of(o->record_key.data, o->record_key.len));
	for (uint8_t field = 1; field < 32; field++) {
		const uint8_t number[4] = {0, 0, 0, field};
		const struct bytes parts[2] = {
		    bytes_of((const uint8_t *)label, sizeof(label) - 1),
		    bytes_of(number, sizeof(number)),
		};
		struct hash salt;

		digest_hmac(&mac, &salt, parts, 2);
		print("salt", index * 100 + field,
		    bytes_of(salt.b, sizeof(salt.b)));
	}
}

static void
print_data_key(struct store_txn *txn, struct store_table t, uint16_t slot,
    uint64_t index, const char *vault)
{
	struct hunt *h = hunt_new();
	uint8_t key[CRYPTO_KEY_BYTES];
	uint8_t at[10] = {(uint8_t)(slot >> 8), (uint8_t)slot};
	struct bytes row;

	for (size_t i = 0; i < 8; i++)
		at[2 + i] = (uint8_t)(index >> 8 * (7 - i));
	must(
	    store_get(txn, t, bytes_of(at, sizeof(at)), &row, &why), "key row");
	hunt_data_key(h, key, row, vault);
	print("data-key", index, bytes_of(key, sizeof(key)));
	hunt_free(h);
}

static int
secrets(char **arg, int n)
{
	struct store *store = NULL;
	struct vault *vault = NULL;
	struct log_book *book = NULL;
	struct store_table keys;
	struct store_txn *txn;
	uint16_t slot = 0;

	must(store_open(&store, arg[0], STORE_READ_ONLY, &why), arg[0]);
	must(vault_open(&vault, arg[1], &why), arg[1]);
	must(log_book_open(&book, store, vault, clock_system(), &why), "book");
	must(store_table(store, "log_key", &keys, &why), "log_key");
	must(store_read(store, &txn, &why), "read");
	must(log_slot(book, txn, arg[2], &slot, &why), arg[2]);
	for (int i = 3; i < n; i++) {
		uint64_t index = strtoull(arg[i], NULL, 10);
		Ledger__Sealed *s = NULL;

		must(log_sealed(book, txn, slot, index, &s, &why), arg[i]);
		print_opening("record-key", index, s->body);
		print_opening("annex-key", index, s->annex);
		if (s->auth != NULL)
			print("auth-salt", index,
			    bytes_of(s->auth->salt.data, s->auth->salt.len));
		ledger__sealed__free_unpacked(s, NULL);
		print_data_key(txn, keys, slot, index, arg[1]);
	}
	store_abort(txn);
	log_book_close(book);
	store_close(store);
	vault_close(vault);
	return 0;
}

/* ---- looking for them ---- */

static void
load(struct hunt *h, const char *path)
{
	char *text = temp_read(path, NULL);
	struct bytes rest = bytes_str(text != NULL ? text : "");
	struct bytes line;
	struct buf what;

	buf_init(&what, 1 << 20);
	while (text_line(&rest, &line)) {
		const uint8_t *space = memchr(line.ptr, ' ', line.len);
		char name[128] = "";
		size_t len;

		if (space == NULL)
			must(ERR_MALFORMED, path);
		len = (size_t)(space - line.ptr);
		memcpy(name, line.ptr, len < 127 ? len : 127);
		buf_reset(&what);
		must(text_hex_get(
		         &what, bytes_of(space + 1, line.len - len - 1), &why),
		    name);
		if (strncmp(name, "data-key", 8) == 0 &&
		    what.len == CRYPTO_KEY_BYTES)
			hunt_add_data_key(h, name, what.ptr);
		else
			hunt_add(h, name, buf_view(&what));
	}
	buf_clear(&what);
	free(text);
}

int
main(int argc, char **argv)
{
	unsigned found = 0;
	struct hunt *h;

	crypto_start();
	if (argc > 5 && strcmp(argv[1], "secrets") == 0)
		return secrets(argv + 2, argc - 2);
	h = hunt_new();
	if (argc > 3 && strcmp(argv[1], "look") == 0) {
		load(h, argv[2]);
		for (int i = 3; i < argc; i++)
			found += hunt_look(h, argv[i]);
	} else if (argc > 4 && strcmp(argv[1], "unwrap") == 0) {
		load(h, argv[2]);
		for (int i = 4; i < argc; i++)
			found += hunt_unwrap(h, argv[i], argv[3]);
	} else {
		fputs(usage, stderr);
		return 2;
	}
	printf("%u found in %u files, %llu bytes\n", found, hunt_files(h),
	    hunt_bytes(h));
	hunt_free(h);
	return found == 0 ? 0 : 1;
}
