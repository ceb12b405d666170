/* webhook_sign.c - secrets of receivers, and what is signed with them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/webhook_sign.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "node/whole_file.h"
#include "proto/crypto.h"
#include "proto/text.h"

#define PREFIX "whsec_"
#define SECRET_MIN 24
#define SECRET_MAX 64
#define FILE_MAX 1024

static enum err
add_key(struct webhook_sign *out, struct bytes line, struct err_why *why)
{
	struct buf secret;
	enum err e = ERR_MALFORMED;

	buf_init(&secret, SECRET_MAX);
	(void)buf_grow(&secret, SECRET_MAX); /* never moved: wiped whole */
	buf_reset(&secret);
	if (out->len < WEBHOOK_SIGN_KEYS && text_skip(&line, PREFIX) &&
	    text_b64_get(&secret, line, NULL) == ERR_OK &&
	    secret.len >= SECRET_MIN)
		e = ERR_OK;
	if (e == ERR_OK)
		digest_hmac_key(&out->key[out->len++], buf_view(&secret));
	else
		(void)err_fail(why, e,
		    "expected one or two lines: whsec_ and base64 of %d to %d "
		    "random bytes",
		    SECRET_MIN, SECRET_MAX);
	buf_wipe(&secret);
	buf_clear(&secret);
	return e;
}

enum err
webhook_sign_read(
    struct webhook_sign *out, struct bytes text, struct err_why *why)
{
	struct webhook_sign s = {.len = 0};
	struct bytes line;
	enum err e = ERR_OK;

	while (e == ERR_OK && text_line(&text, &line))
		if (line.len > 0)
			e = add_key(&s, line, why);
	/* Without a last line end, or empty. */
	if (e == ERR_OK && (text.len > 0 || s.len == 0))
		e = add_key(&s, text, why);
	if (e == ERR_OK)
		*out = s;
	crypto_wipe(&s, sizeof s);
	return e;
}

enum err
webhook_sign_load(
    struct webhook_sign *out, const char *path, struct err_why *why)
{
	struct stat st;
	struct buf text;
	enum err e = ERR_OK;

	buf_init(&text, FILE_MAX);
	(void)buf_grow(&text, FILE_MAX);
	buf_reset(&text);
	if (stat(path, &st) != 0)
		e = err_errno(why, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
		    errno, "secret file %.200s", path);
	else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		e = err_fail(why, ERR_REFUSED,
		    "others may read the secret file %.200s: chmod 600", path);
	if (e == ERR_OK)
		e = whole_file_read(&text, path, why);
	if (e == ERR_OK)
		e = webhook_sign_read(out, buf_view(&text), why);
	if (e == ERR_MALFORMED)
		e = err_wrap(why, e, "secret file %.200s", path);
	buf_wipe(&text);
	buf_clear(&text);
	return e;
}

void
webhook_sign_wipe(struct webhook_sign *s)
{
	crypto_wipe(s, sizeof *s);
}

void
webhook_sign_put(char out[static WEBHOOK_SIGN_CHARS],
    const struct webhook_sign *s, const char *id, int64_t seconds,
    struct bytes body)
{
	char time[32];
	struct hash mac;
	struct buf text;

	(void)snprintf(time, sizeof time, ".%" PRId64 ".", seconds);
	const struct bytes parts[] = {bytes_str(id), bytes_str(time), body};
	buf_init(&text, WEBHOOK_SIGN_CHARS - 1);
	for (size_t i = 0; i < s->len; i++) {
		digest_hmac(&s->key[i], &mac, parts, 3);
		buf_str(&text, i == 0 ? "v1," : " v1,");
		text_b64_put(&text, bytes_of(mac.b, sizeof mac.b));
	}
	(void)snprintf(out, WEBHOOK_SIGN_CHARS, "%s", buf_cstr(&text));
	buf_clear(&text);
}
