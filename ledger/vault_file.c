/* vault_file.c - wrapping keys as files: names, contents, durable changes. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/vault_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "proto/digest.h"

#define MAGIC "LFVAULT1"
#define MAGIC_BYTES 8
#define CHECK_BYTES 8
#define DYING ".dying"
#define FILE_BYTES (MAGIC_BYTES + CRYPTO_KEY_BYTES + CHECK_BYTES)

static enum err
from_errno(int code, const char *doing, const char *name, struct err_why *why)
{
	enum err e = ERR_IO;

	if (code == ENOENT)
		e = ERR_NOT_FOUND;
	else if (code == EEXIST)
		e = ERR_EXISTS;
	else if (code == ENOSPC || code == EDQUOT)
		e = ERR_FULL;
	return err_errno(why, e, code, "%s %s", doing, name);
}

static enum err
write_all(int fd, const uint8_t *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ERR_IO;
		p += n;
		len -= (size_t)n;
	}
	return ERR_OK;
}

/* By way of a temporary name: a crash must not leave half a key file, which
 * would make the next start fail. */
enum err
vault_file_write(
    int dir, const char *name, struct bytes in, struct err_why *why)
{
	char tmp[VAULT_FILE_NAME_MAX + 4];
	enum err e = ERR_OK;
	int fd;

	(void)snprintf(tmp, sizeof(tmp), "%s.tmp", name);
	/* Left by a crash, it may be a key's second name: never written to. */
	(void)unlinkat(dir, tmp, 0);
	fd = openat(dir, tmp,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return from_errno(errno, "create", name, why);
	if (write_all(fd, in.ptr, in.len) != ERR_OK || fsync(fd) != 0)
		e = from_errno(errno, "write", name, why);
	if (close(fd) != 0 && e == ERR_OK)
		e = from_errno(errno, "close", name, why);
	if (e == ERR_OK && linkat(dir, tmp, dir, name, 0) != 0)
		e = from_errno(errno, "create", name, why);
	/* A second name does no harm; the key is made. */
	(void)unlinkat(dir, tmp, 0);
	if (e == ERR_OK && fsync(dir) != 0) {
		e = from_errno(errno, "sync directory of", name, why);
		(void)unlinkat(dir, name, 0);
	}
	return e;
}

enum err
vault_file_read(
    int dir, const char *name, uint8_t *out, size_t len, struct err_why *why)
{
	uint8_t more;
	size_t have = 0;
	enum err e = ERR_OK;
	int fd;

	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return from_errno(errno, "open", name, why);
	while (have < len && e == ERR_OK) {
		ssize_t n = read(fd, out + have, len - have);

		if (n < 0 && errno != EINTR)
			e = from_errno(errno, "read", name, why);
		else if (n == 0)
			e = err_fail(why, ERR_CORRUPT, "%s is cut short", name);
		else if (n > 0)
			have += (size_t)n;
	}
	if (e == ERR_OK && read(fd, &more, 1) != 0)
		e = err_fail(why, ERR_CORRUPT, "%s is too long", name);
	(void)close(fd);
	return e;
}

void
vault_file_name(char out[static VAULT_FILE_NAME_MAX], const struct vault_key *k)
{
	(void)snprintf(out, VAULT_FILE_NAME_MAX,
	    "%03u-%05" PRIu32 "-%08" PRIu32 ".key",
	    (unsigned)k->retention_class, k->period, k->id);
}

bool
vault_file_parse(const char *name, struct vault_key *k)
{
	char again[VAULT_FILE_NAME_MAX];
	struct vault_key got = {0};
	unsigned class;

	if (sscanf(name, "%3u-%10" SCNu32 "-%10" SCNu32 ".key", &class,
	        &got.period, &got.id) != 3 ||
	    class > UINT8_MAX)
		return false;
	got.retention_class = (uint8_t) class;
	vault_file_name(again, &got);
	if (strcmp(again, name) != 0)
		return false;
	*k = got;
	return true;
}

bool
vault_file_gone(const char *name, uint32_t *id)
{
	char again[VAULT_FILE_NAME_MAX];

	if (sscanf(name, "%10" SCNu32 ".gone", id) != 1)
		return false;
	(void)snprintf(again, sizeof(again), "%08" PRIu32 ".gone", *id);
	return strcmp(again, name) == 0;
}

/* Tells a damaged file from a good one, and a renamed one. */
static void
check_value(struct hash *out, const char *name, const uint8_t *key)
{
	struct bytes parts[3] = {
	    bytes_str("lianfang/vault/v1"),
	    bytes_str(name),
	    bytes_of(key, CRYPTO_KEY_BYTES),
	};

	digest_sha256_parts(out, parts, 3);
}

enum err
vault_file_make(int dir, const struct vault_key *k, struct err_why *why)
{
	char name[VAULT_FILE_NAME_MAX];
	uint8_t file[FILE_BYTES];
	struct hash check;
	enum err e;

	vault_file_name(name, k);
	check_value(&check, name, k->key);
	memcpy(file, MAGIC, MAGIC_BYTES);
	memcpy(file + MAGIC_BYTES, k->key, CRYPTO_KEY_BYTES);
	memcpy(file + MAGIC_BYTES + CRYPTO_KEY_BYTES, check.b, CHECK_BYTES);
	e = vault_file_write(dir, name, bytes_of(file, sizeof(file)), why);
	crypto_wipe(file, sizeof(file));
	return e;
}

enum err
vault_file_load(int dir, struct vault_key *k, struct err_why *why)
{
	char name[VAULT_FILE_NAME_MAX];
	uint8_t file[FILE_BYTES];
	struct hash check;
	enum err e;

	vault_file_name(name, k);
	e = vault_file_read(dir, name, file, sizeof(file), why);
	if (e != ERR_OK)
		goto out;
	check_value(&check, name, file + MAGIC_BYTES);
	if (memcmp(file, MAGIC, MAGIC_BYTES) != 0 ||
	    memcmp(file + MAGIC_BYTES + CRYPTO_KEY_BYTES, check.b,
	        CHECK_BYTES) != 0) {
		e = err_fail(why, ERR_CORRUPT, "%s is damaged", name);
		goto out;
	}
	memcpy(k->key, file + MAGIC_BYTES, CRYPTO_KEY_BYTES);
out:
	crypto_wipe(file, sizeof(file));
	return e;
}

bool
vault_file_dying(const char *name)
{
	const size_t len = strlen(name);
	const size_t tail = strlen(DYING);

	return len > tail && strcmp(name + len - tail, DYING) == 0;
}

enum err
vault_file_wipe(int dir, const char *name, struct err_why *why)
{
	uint8_t noise[FILE_BYTES];
	enum err e = ERR_OK;
	int fd;

	fd = openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return from_errno(errno, "open", name, why);
	crypto_random(noise, sizeof(noise));
	if (write_all(fd, noise, sizeof(noise)) != ERR_OK || fsync(fd) != 0)
		e = from_errno(errno, "overwrite", name, why);
	(void)close(fd);
	/* Unlink even if overwriting failed: what cannot be overwritten in
	 * place must not keep its name. */
	if (unlinkat(dir, name, 0) != 0 && e == ERR_OK)
		e = from_errno(errno, "unlink", name, why);
	if (fsync(dir) != 0 && e == ERR_OK)
		e = from_errno(errno, "sync directory of", name, why);
	return e;
}

enum err
vault_file_destroy(
    int dir, const struct vault_key *k, bool mark, struct err_why *why)
{
	char name[VAULT_FILE_NAME_MAX];
	char dying[VAULT_FILE_NAME_MAX + sizeof(DYING)];
	char gone[VAULT_FILE_NAME_MAX];
	enum err e;

	vault_file_name(name, k);
	(void)snprintf(dying, sizeof(dying), "%s" DYING, name);
	(void)snprintf(gone, sizeof(gone), "%08" PRIu32 ".gone", k->id);
	if (mark) {
		e = vault_file_write(dir, gone, bytes_of(NULL, 0), why);
		if (e != ERR_OK && e != ERR_EXISTS)
			return e;
	}
	/* Renamed first: a crash while overwriting must not leave a damaged
	 * key under its own name. */
	if (renameat(dir, name, dir, dying) != 0)
		return from_errno(errno, "rename", name, why);
	if (fsync(dir) != 0)
		return from_errno(errno, "sync directory of", name, why);
	return vault_file_wipe(dir, dying, why);
}
