/* part_fuzz.c - a base and an increment that somebody has changed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "proto/digest.h"
#include "tests/fuzz/mutate.h"
#include "tests/support/parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD_BYTES 5
#define MAGIC_BYTES 8

static struct parts parts;

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
remove_parts(void)
{
	parts_end(&parts);
}

/* The key that tests/support/book.c signs with: the corpus has its logs. */
static void
begin(void)
{
	static const uint8_t seed[CRYPTO_SEED_BYTES] = {7};
	struct crypto_signer key;
	struct note_vkey vkey;

	crypto_start();
	parts_new(&parts);
	(void)atexit(remove_parts);
	crypto_signer_seed(&key, seed);
	must(note_vkey_make(&vkey, BOOK_ORIGIN, NOTE_TYPE_ED25519, key.pub,
	         NULL) == ERR_OK);
	parts_key(&parts, &vkey);
}

static void
put_part(struct bytes in)
{
	char path[TEMP_PATH_BYTES];

	parts_path(&parts, parts.len, path);
	temp_write(path, in.ptr, in.len);
	parts.sum[parts.len].size = in.len;
	digest_sha256(&parts.sum[parts.len].sha256, in);
	parts.len++;
}

/* What was found good loads. */
static void
load(void)
{
	char path[TEMP_PATH_BYTES];
	struct store *store;
	struct log_book *book;

	temp_path(path, parts.dir, "store");
	must(store_open(&store, path, STORE_CREATE, NULL) == ERR_OK);
	must(log_book_open(&book, store, NULL, NULL, NULL) == ERR_OK);
	(void)parts_load(&parts, book, NULL);
	log_book_close(book);
	store_close(store);
	temp_remove(path);
}

/* u16be length of the first part, the two parts, the second may be empty. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in;
	size_t first;

	if (parts.keys == 0)
		begin();
	if (size < 2)
		return 0;
	first = (size_t)data[0] << 8 | data[1];
	in = bytes_of(data + 2, size - 2);
	if (first > in.len)
		first = in.len;
	parts.len = 0;
	put_part(bytes_of(in.ptr, first));
	if (first < in.len)
		put_part(bytes_of(in.ptr + first, in.len - first));
	if (parts_check(&parts, NULL, NULL, NULL) == ERR_OK)
		load();
	return 0;
}

/* Where the frame that begins at `at` ends; 0: none does. */
static size_t
frame_end(const uint8_t *data, size_t size, size_t at)
{
	size_t len;

	if (at + HEAD_BYTES > size)
		return 0;
	len = (size_t)data[at + 1] << 24 | (size_t)data[at + 2] << 16 |
	    (size_t)data[at + 3] << 8 | data[at + 4];
	return len > size - at - HEAD_BYTES ? 0 : at + HEAD_BYTES + len;
}

/* One frame of the last part is changed by its descriptor. */
size_t
LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	const ProtobufCMessageDescriptor *shape = NULL;
	uint64_t state = seed | 1;
	uint8_t copy[65536];
	size_t at = 0;
	size_t end = 0;
	size_t tail;
	size_t len;

	if (size < 2 || seed % 16 == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	at = 2 + ((size_t)data[0] << 8 | data[1]) + MAGIC_BYTES;
	if (at >= size || seed % 4 == 0)
		at = 2 + MAGIC_BYTES;
	for (size_t next = at; (next = frame_end(data, size, next)) != 0;
	     at = next) {
		end = next;
		shape = part_shape(data[at]);
		if (mutate_random(&state, 3) == 0)
			break;
	}
	if (shape == NULL || end <= at || size - end > sizeof copy)
		return LLVMFuzzerMutate(data, size, max_size);
	tail = size - end;
	memcpy(copy, data + end, tail);
	at += HEAD_BYTES;
	len =
	    mutate_wire(data + at, end - at, max_size - at - tail, shape, seed);
	for (int i = 0; i < 4; i++)
		data[at - 4 + (size_t)i] = (uint8_t)(len >> (24 - 8 * i));
	memcpy(data + at + len, copy, tail);
	return at + len + tail;
}
