/* vault_test.c - erased stays erased, and nothing else is lost. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/vault.h"
#include "tests/support/temp.h"

int __real_fsync(int fd);
int __wrap_fsync(int fd);

static bool fail_fsync;
static unsigned pass_fsync; /* so many of them before it fails */

int
__wrap_fsync(int fd)
{
	if (!fail_fsync || pass_fsync-- > 0)
		return __real_fsync(fd);
	errno = EIO;
	return -1;
}

int __real_unlinkat(int at, const char *name, int flags);
int __wrap_unlinkat(int at, const char *name, int flags);

static bool fail_unlink;

int
__wrap_unlinkat(int at, const char *name, int flags)
{
	if (!fail_unlink)
		return __real_unlinkat(at, name, flags);
	errno = ENOSPC;
	return -1;
}

#define MARKER "Zhang Wei, welder, 13800138000"
#define NOW INT64_C(1790000000000000)

static char dir[TEMP_PATH_BYTES];
static char path[TEMP_PATH_BYTES];
static struct vault *vault;
static struct buf arena;

static void
reopen(void)
{
	vault_close(vault);
	vault = NULL;
	cr_assert_eq(vault_open(&vault, path, NULL), ERR_OK);
}

static void
setup(void)
{
	crypto_start();
	temp_make(dir);
	temp_path(path, dir, "vault");
	buf_init(&arena, 1 << 20);
	reopen();
}

static void
teardown(void)
{
	vault_close(vault);
	buf_clear(&arena);
	temp_remove(dir);
}

TestSuite(vault, .init = setup, .fini = teardown);

/* Files whose name ends so; *last receives one of them. */
static unsigned
count_files(const char *tail, char *last)
{
	unsigned n = 0;
	struct dirent *at;
	DIR *d = opendir(path);

	for (at = readdir(d); at != NULL; at = readdir(d)) {
		size_t len = strlen(at->d_name);

		if (len < strlen(tail) ||
		    strcmp(at->d_name + len - strlen(tail), tail) != 0)
			continue;
		n++;
		if (last != NULL)
			temp_path(last, path, at->d_name);
	}
	closedir(d);
	return n;
}

static struct vault_item
seal(uint8_t class, int64_t now)
{
	struct vault_item item;

	cr_assert_eq(vault_seal(vault, bytes_str(MARKER), class, now, &arena,
	                 &item, NULL),
	    ERR_OK);
	return item;
}

/* Room so that items made one after another stay where they are. */
static void
reserve(void)
{
	cr_assert_not_null(buf_grow(&arena, 65536));
	buf_reset(&arena);
}

static enum err
open_item(const struct vault_item *item)
{
	struct buf out;
	enum err e;

	buf_init(&out, 4096);
	e = vault_open_item(vault, item, &out, NULL);
	if (e == ERR_OK)
		cr_assert(bytes_equal(buf_view(&out), bytes_str(MARKER)));
	else
		cr_assert_eq(out.len, 0u, "nothing comes out of a failure");
	buf_wipe(&out);
	return e;
}

static uint32_t
id_of(const struct vault_item *item)
{
	uint32_t id = 0;

	cr_assert_eq(vault_row_id(item->key, &id, NULL), ERR_OK);
	return id;
}

Test(vault, opens_what_it_sealed_also_after_a_restart)
{
	struct vault_item item = seal(64, NOW);

	cr_assert_eq(open_item(&item), ERR_OK);
	cr_assert_null(memmem(item.body.ptr, item.body.len, MARKER, 8));
	reopen();
	cr_assert_eq(open_item(&item), ERR_OK);
}

/* One nonce serves all bodies, so no two may share a data key. */
Test(vault, gives_every_body_a_data_key_of_its_own)
{
	struct vault_item one;
	struct vault_item two;
	struct vault_item under;

	reserve();
	one = seal(64, NOW);
	two = seal(64, NOW);
	cr_assert_eq(vault_seal_under(vault, bytes_str(MARKER), id_of(&one),
	                 &arena, &under, NULL),
	    ERR_OK);
	cr_assert_not(bytes_equal(one.body, two.body));
	cr_assert_not(bytes_equal(one.body, under.body));
	cr_assert_not(bytes_equal(two.body, under.body));
	cr_assert_eq(open_item(&under), ERR_OK);
}

Test(vault, keeps_one_private_key_file_per_class_and_period)
{
	char file[TEMP_PATH_BYTES];
	struct stat st;

	(void)seal(64, NOW);
	(void)seal(64, NOW + 1);
	cr_assert_eq(count_files(".key", file), 1u);
	cr_assert_eq(stat(file, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600u);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0700u);
	(void)seal(65, NOW);
	(void)seal(64, NOW + VAULT_PERIOD_US);
	cr_assert_eq(count_files(".key", NULL), 3u);
	cr_assert_eq(count_files(".tmp", NULL), 0u);
}

Test(vault, opens_nothing_that_was_altered)
{
	struct vault_item item = seal(64, NOW);

	for (size_t i = 0; i < VAULT_KEY_ROW_BYTES; i++) {
		arena.ptr[i] ^= 1;
		cr_assert_neq(open_item(&item), ERR_OK, "key row byte %zu", i);
		arena.ptr[i] ^= 1;
	}
	for (size_t i = VAULT_KEY_ROW_BYTES; i < arena.len; i++) {
		arena.ptr[i] ^= 1;
		cr_assert_eq(open_item(&item), ERR_CORRUPT, "byte %zu", i);
		arena.ptr[i] ^= 1;
	}
	cr_assert_eq(open_item(&item), ERR_OK);
	item.body.len = 10;
	cr_assert_eq(open_item(&item), ERR_CORRUPT);
}

Test(vault, destroying_a_key_leaves_only_what_was_wrapped_anew)
{
	uint8_t fresh[VAULT_KEY_ROW_BYTES];
	struct vault_item gone;
	struct vault_item kept;
	uint32_t next = 0;

	reserve();
	gone = seal(64, NOW);
	kept = seal(64, NOW);
	cr_assert(vault_live(vault, id_of(&gone)));
	cr_assert_eq(vault_succeed(vault, id_of(&gone), &next, NULL), ERR_OK);
	cr_assert(!vault_live(vault, id_of(&gone)), "retired");
	cr_assert(vault_live(vault, next));
	cr_assert_eq(open_item(&gone), ERR_OK, "until the commit");
	cr_assert_eq(vault_rewrap(vault, kept.key, next, fresh, NULL), ERR_OK);
	cr_assert_eq(vault_destroy(vault, id_of(&gone), NULL), ERR_OK);
	cr_assert_eq(vault_destroy(vault, id_of(&gone), NULL), ERR_NOT_FOUND);
	cr_assert_eq(open_item(&gone), ERR_NOT_FOUND);
	cr_assert_eq(open_item(&kept), ERR_NOT_FOUND, "the old row is dead");
	kept.key = bytes_of(fresh, sizeof(fresh));
	cr_assert_eq(open_item(&kept), ERR_OK);
	reopen();
	cr_assert_eq(open_item(&kept), ERR_OK);
	cr_assert_eq(open_item(&gone), ERR_NOT_FOUND);
	cr_assert_eq(count_files(".key", NULL), 1u);
}

Test(vault, never_gives_an_id_twice)
{
	struct vault_item first = seal(64, NOW);
	uint32_t id = id_of(&first);
	struct vault_item second;

	cr_assert_eq(vault_destroy(vault, id, NULL), ERR_OK);
	reopen();
	second = seal(64, NOW);
	cr_assert_neq(id_of(&second), id);
}

Test(vault, leaves_no_key_file_when_the_disk_does_not_confirm_it)
{
	struct vault_item item;

	fail_fsync = true;
	pass_fsync = 0;
	cr_assert_eq(
	    vault_seal(vault, bytes_str(MARKER), 64, NOW, &arena, &item, NULL),
	    ERR_IO);
	fail_fsync = false;
	cr_assert_eq(count_files("", NULL), 2u, "only . and ..");
	item = seal(64, NOW);
	cr_assert_eq(open_item(&item), ERR_OK);
}

Test(vault, never_gives_an_id_twice_when_a_file_could_not_be_taken_back)
{
	struct vault_item item;

	reserve();
	fail_fsync = fail_unlink = true;
	pass_fsync = 1; /* of the file; that of its folder fails */
	cr_assert_eq(
	    vault_seal(vault, bytes_str(MARKER), 64, NOW, &arena, &item, NULL),
	    ERR_IO);
	fail_fsync = fail_unlink = false;
	cr_assert_eq(count_files("-00000001.key", NULL), 1u);
	item = seal(65, NOW);
	cr_assert_neq(id_of(&item), 1u);
	reopen();
	cr_assert_eq(open_item(&item), ERR_OK);
}

Test(vault, makes_a_key_although_its_second_name_stays)
{
	struct vault_item first;
	struct vault_item second;

	reserve();
	fail_unlink = true;
	first = seal(64, NOW);
	fail_unlink = false;
	second = seal(65, NOW);
	reopen();
	cr_assert_eq(open_item(&first), ERR_OK);
	cr_assert_eq(open_item(&second), ERR_OK);
}

Test(vault, does_not_start_with_a_damaged_key)
{
	struct vault *other = NULL;
	char file[TEMP_PATH_BYTES];

	(void)seal(64, NOW);
	cr_assert_eq(count_files(".key", file), 1u);
	temp_flip(file, 20);
	cr_assert_eq(vault_open(&other, path, NULL), ERR_CORRUPT);
	temp_flip(file, 20);
	cr_assert_eq(truncate(file, 30), 0);
	cr_assert_eq(vault_open(&other, path, NULL), ERR_CORRUPT);
	cr_assert_null(other);
}

Test(vault, finishes_what_a_crash_interrupted)
{
	char file[TEMP_PATH_BYTES];
	char dying[TEMP_PATH_BYTES + 8];
	char tmp[TEMP_PATH_BYTES];
	struct vault_item item = seal(64, NOW);

	cr_assert_eq(count_files(".key", file), 1u);
	snprintf(dying, sizeof(dying), "%s.dying", file);
	cr_assert_eq(rename(file, dying), 0);
	temp_path(tmp, path, "064-00690-00000009.key.tmp");
	temp_write(tmp, "half", 4);
	reopen();
	cr_assert_eq(open_item(&item), ERR_NOT_FOUND);
	cr_assert_eq(count_files(".dying", NULL), 0u);
}

Test(vault, belongs_to_one_store)
{
	static const uint8_t mine[16] = {1};
	static const uint8_t other[16] = {2};

	cr_assert_eq(vault_bind(vault, mine, NULL), ERR_OK);
	cr_assert_eq(vault_bind(vault, mine, NULL), ERR_OK);
	reopen();
	cr_assert_eq(vault_bind(vault, other, NULL), ERR_CONFLICT);
}

static bool
uses(void *arg, uint32_t id)
{
	const uint32_t *used = arg;

	return id == *used;
}

Test(vault, prunes_only_superseded_keys_that_nothing_uses)
{
	struct vault_item old;
	struct vault_item lone;
	uint32_t next = 0;
	uint32_t used;

	reserve();
	old = seal(64, NOW);
	lone = seal(65, NOW);
	cr_assert_eq(vault_succeed(vault, id_of(&old), &next, NULL), ERR_OK);
	used = id_of(&old);
	reopen();
	cr_assert_eq(vault_prune(vault, uses, &used, NULL), ERR_OK);
	cr_assert_eq(open_item(&old), ERR_OK);
	used = 0;
	cr_assert_eq(vault_prune(vault, uses, &used, NULL), ERR_OK);
	cr_assert_eq(open_item(&old), ERR_NOT_FOUND);
	cr_assert_eq(open_item(&lone), ERR_OK, "the newest of its class");
	cr_assert(vault_live(vault, next));
}

Test(vault, sees_keys_that_another_process_made)
{
	struct vault *writer = NULL;
	struct vault_item item;

	cr_assert_eq(vault_open(&writer, path, NULL), ERR_OK);
	cr_assert_eq(
	    vault_seal(writer, bytes_str(MARKER), 64, NOW, &arena, &item, NULL),
	    ERR_OK);
	cr_assert_eq(open_item(&item), ERR_OK);
	vault_close(writer);
}

static void *
seal_many(void *arg)
{
	struct buf own;

	(void)arg;
	buf_init(&own, 4096);
	for (int i = 0; i < 200; i++) {
		struct vault_item item;

		buf_reset(&own);
		if (vault_seal(vault, bytes_str(MARKER), (uint8_t)(i % 4), NOW,
		        &own, &item, NULL) != ERR_OK ||
		    open_item(&item) != ERR_OK)
			abort();
	}
	buf_clear(&own);
	return NULL;
}

Test(vault, makes_one_key_when_many_threads_seal_first)
{
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, seal_many, NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	cr_assert_eq(count_files(".key", NULL), 4u);
}
