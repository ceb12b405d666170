/* vault_fuzz.c - a directory of wrapping keys that somebody has been in. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/vault.h"

#include <stdlib.h>
#include <unistd.h>

#include "ledger/vault_file.h"
#include "tests/support/temp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[TEMP_PATH_BYTES];

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
remove_dir(void)
{
	temp_remove(dir);
}

/* One key has one name. */
static void
check_name(const char *name)
{
	char again[VAULT_FILE_NAME_MAX];
	struct vault_key k = {0};
	uint32_t id;

	if (vault_file_parse(name, &k)) {
		vault_file_name(again, &k);
		must(strcmp(again, name) == 0);
		must(!vault_file_gone(name, &id));
	}
}

/* A vault that opens works: what it seals it opens, also later. */
static void
check_vault(struct vault *v)
{
	struct vault_item item;
	struct buf arena, plain;
	enum err e;

	buf_init(&arena, 4096);
	buf_init(&plain, 4096);
	e = vault_seal(v, bytes_str("kept"), 64, VAULT_PERIOD_US * 684, &arena,
	    &item, NULL);
	if (e == ERR_OK) {
		must(vault_open_item(v, &item, &plain, NULL) == ERR_OK);
		must(bytes_equal(buf_view(&plain), bytes_str("kept")));
	}
	buf_clear(&arena);
	buf_clear(&plain);
}

/* A file name, a line feed, the file's bytes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
	char inside[TEMP_PATH_BYTES], path[TEMP_PATH_BYTES];
	struct err_why why = {.text = ""};
	struct vault *v = NULL;
	char name[200] = "";
	size_t len;
	enum err e;

	if (end == NULL || end == data || (size_t)(end - data) > 199)
		return 0;
	memcpy(name, data, (size_t)(end - data));
	check_name(name);
	len = strlen(name);
	if (strchr(name, '/') != NULL || len == 0 || name[0] == '.')
		return 0;
	crypto_start();
	if (dir[0] == '\0') {
		temp_make(dir);
		(void)atexit(remove_dir);
	}
	temp_path(inside, dir, "v");
	must(vault_open(&v, inside, &why) == ERR_OK);
	vault_close(v);
	v = NULL;
	temp_path(path, inside, name);
	temp_write(path, end + 1, size - (size_t)(end - data) - 1);
	e = vault_open(&v, inside, &why);
	must((e == ERR_OK) == (v != NULL));
	must(e == ERR_OK || why.text[0] != '\0');
	if (v != NULL)
		check_vault(v);
	vault_close(v);
	temp_remove(inside);
	return 0;
}
