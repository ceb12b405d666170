/* keys_fuzz.c - key files and names of a node after somebody's editor. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/site_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "node/site.h"
#include "proto/text.h"
#include "tests/support/temp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAME "plant-a.acme.example"

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

/* u8 which file, then its bytes: taken as a key of this node or refused. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const files[] = {"evidence-1.key", "alliance-1.key",
	    "witness.key", "identity.key", "session.key", "index.key"};
	static char *kept[6];
	static size_t kept_len[6];
	char keys[TEMP_PATH_BYTES], path[TEMP_PATH_BYTES];
	struct err_why why = {.text = ""};
	static struct site site;
	struct crypto_signer log;
	struct note_vkey vkey;
	struct site_keys k;
	enum err e;
	size_t i;

	if (size == 0)
		return 0;
	if (dir[0] == '\0') {
		crypto_start();
		temp_make(dir);
		(void)atexit(remove_dir);
		must(site_keys_make(dir, NAME, &why) == ERR_OK);
		(void)snprintf(site.dir, sizeof(site.dir), "%s", dir);
		(void)snprintf(site.name, sizeof(site.name), "%s", NAME);
	}
	temp_path(keys, dir, "keys");
	i = data[0] % 6;
	temp_path(path, keys, files[i]);
	if (kept[i] == NULL)
		kept[i] = temp_read(path, &kept_len[i]);
	temp_write(path, data + 1, size - 1);
	e = site_keys_load(&k, dir, NAME, &why);
	if (e == ERR_OK && i < 2)
		e = site_keys_log(&log, &vkey, &site,
		    i == 0 ? SITE_EVIDENCE : SITE_ALLIANCE, 1, &why);
	must(e == ERR_OK || why.text[0] != '\0');
	must(text_utf8_ok(bytes_str(why.text)));
	/* Only one line of the right length can be a key. */
	must(e != ERR_OK || (size - 1 > 40 && data[size - 1] == '\n'));
	temp_write(path, kept[i], kept_len[i]);
	return 0;
}
