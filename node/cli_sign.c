/* cli_sign.c - people's keys in the node's directory, and their signatures. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_sign.h"

#include "ledger/note.h"
#include "ledger/signature.h"
#include "node/cli_keys.h"
#include "node/config.h"
#include "node/whole_file.h"
#include "proto/clock.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_BYTES_MAX 64
#define KEY_FILE_MAX 4096

static enum err
key_path(const struct cli *cli, const char *name, char *out, size_t cap,
    struct err_why *why)
{
	size_t len = strlen(name);

	if (len == 0 || len > NAME_BYTES_MAX || name[0] == '.')
		return err_fail(why, ERR_MALFORMED,
		    "a person's name here has 1 to %d bytes and no leading dot",
		    NAME_BYTES_MAX);
	for (size_t i = 0; i < len; i++) {
		unsigned char ch = (unsigned char)name[i];

		if (ch < 0x80 && !isalnum(ch) && strchr("-_.", ch) == NULL)
			return err_fail(why, ERR_MALFORMED,
			    "name \"%s\": letters, digits, - _ . only", name);
	}
	(void)snprintf(out, cap, "%s/actors/%s.key", cli->dir, name);
	return ERR_OK;
}

static enum err
read_key(const char *path, struct crypto_signer *out, struct err_why *why)
{
	char name[NOTE_NAME_MAX + 1];
	struct bytes text;
	struct buf b;
	enum err e;

	buf_init(&b, KEY_FILE_MAX);
	e = whole_file_read(&b, path, why);
	if (e == ERR_OK) {
		text = buf_view(&b);
		while (text.len > 0 && isspace(text.ptr[text.len - 1]))
			text.len--;
		e = note_skey_get(out, name, text, why);
		if (e != ERR_OK)
			e = err_wrap(why, e, "%s", path);
	}
	buf_wipe(&b);
	return e;
}

enum err
cli_sign_key(const struct cli *cli, const char *name, struct crypto_signer *out,
    struct err_why *why)
{
	char path[4096];
	enum err e;

	e = key_path(cli, name, path, sizeof(path), why);
	if (e != ERR_OK)
		return e;
	e = read_key(path, out, why);
	if (e == ERR_NOT_FOUND)
		return err_fail(why, e,
		    "%s has no key here; enrol with: "
		    "lianfang --dir %s actor add %s --role ROLE",
		    name, cli->dir, name);
	return e;
}

enum err
cli_sign_enrol(const struct cli *cli, const char *name, const char *given,
    struct crypto_signer *out, struct err_why *why)
{
	char dir[4096];
	char path[4096];
	enum err e;

	e = key_path(cli, name, path, sizeof(path), why);
	if (e != ERR_OK)
		return e;
	(void)snprintf(dir, sizeof(dir), "%s/actors", cli->dir);
	(void)mkdir(dir, 0700); /* the write below tells if that failed */
	if (given != NULL) {
		e = read_key(given, out, why);
		if (e != ERR_OK)
			return e;
	} else {
		crypto_signer_new(out);
	}
	e = cli_keys_write(path, name, out, why);
	if (e == ERR_EXISTS)
		return err_fail(why, e,
		    "%s has a key here already (%s); take another name, or "
		    "revoke the person first",
		    name, path);
	return e;
}

void
cli_sign_forget(const struct cli *cli, const char *name)
{
	char path[4096];

	if (key_path(cli, name, path, sizeof(path), NULL) == ERR_OK)
		(void)unlink(path);
}

static ProtobufCBinaryData
copy_bytes(const void *p, size_t len)
{
	ProtobufCBinaryData d = {.len = len, .data = mem_alloc(1, len + 1)};

	memcpy(d.data, p, len);
	return d;
}

/* All that the signature covers and the node wants to see, but for the
 * signature; text: what is signed. */
static enum err
fill_post(Api__EventPost *post, struct buf *text,
    const struct cli_sign_what *what, const char *node,
    const struct crypto_signer *key, struct err_why *why)
{
	uint8_t alg_key[CRYPTO_ALG_PUB_BYTES] = {CRYPTO_ALG_ED25519};
	Api__SignedEvent *s = post->signed_;
	uint8_t record_key[SEAL_KEY_BYTES];
	uint8_t ids[2][16];
	struct hash commitment;
	struct seal_event event = {.node_name = node,
	    .kind = (uint16_t)what->kind,
	    .record_id = ids[0],
	    .event_id = ids[1],
	    .occurred_us = what->occurred_us,
	    .based_on_seq = what->based_on,
	    .commitment = &commitment};
	struct buf message;
	enum err e = ERR_OK;

	for (int i = 0; i < 2; i++)
		crypto_uuid7(ids[i], clock_wall_us(clock_system()));
	if (what->record_id != NULL)
		e = text_uuid_get(ids[0], bytes_str(what->record_id), why);
	if (e != ERR_OK)
		return e;
	text_uuid_put(post->record_id, ids[0]);
	text_uuid_put(post->event_id, ids[1]);
	buf_init(&message, SEAL_MESSAGE_MAX);
	slice_pack(&message, what->msg);
	crypto_random(record_key, sizeof(record_key));
	e = seal_commit(&commitment, what->msg->descriptor, buf_view(&message),
	    record_key, why);
	if (e == ERR_OK) {
		seal_event_put(text, &event);
		memcpy(alg_key + 1, key->pub, CRYPTO_PUB_BYTES);
		s->has_message = s->has_record_key = s->has_occurred_at = 1;
		s->has_based_on_seq = s->has_key = 1;
		s->message = copy_bytes(message.ptr, message.len);
		s->record_key = copy_bytes(record_key, sizeof(record_key));
		s->occurred_at = what->occurred_us;
		s->based_on_seq = what->based_on;
		s->key = copy_bytes(alg_key, sizeof(alg_key));
	}
	crypto_wipe(record_key, sizeof(record_key));
	buf_wipe(&message);
	return e;
}

static Api__EventPost *
new_post(void)
{
	Api__EventPost *post = mem_alloc(1, sizeof(*post));

	api__event_post__init(post);
	post->record_id = mem_alloc(1, TEXT_UUID_CHARS + 1);
	post->event_id = mem_alloc(1, TEXT_UUID_CHARS + 1);
	post->signed_ = mem_alloc(1, sizeof(*post->signed_));
	api__signed_event__init(post->signed_);
	return post;
}

/* text: of the only one; leaves: of all. */
static void
sign_posts(Api__EventPost **posts, size_t n, const struct crypto_signer *key,
    const struct buf *text, const struct hash *leaves)
{
	struct signature_batch batch = {.nodes = NULL};
	uint8_t raw[CRYPTO_SIG_BYTES];
	struct buf sig;

	buf_init(&sig, SIGNATURE_BYTES_MAX);
	if (n > 1) {
		signature_batch_sign(&batch, key, leaves, n);
	} else {
		crypto_signer_sign(key, buf_view(text), raw);
		buf_u8(&sig, CRYPTO_ALG_ED25519);
		buf_put(&sig, raw, sizeof(raw));
	}
	for (size_t i = 0; i < n; i++) {
		if (n > 1) {
			buf_reset(&sig);
			signature_batch_put(&sig, &batch, i);
		}
		posts[i]->signed_->has_signature = 1;
		posts[i]->signed_->signature = copy_bytes(sig.ptr, sig.len);
	}
	signature_batch_clear(&batch);
	buf_clear(&sig);
}

enum err
cli_sign_events(const struct cli *cli, const struct cli_sign_what *what,
    size_t n, Api__EventPost **out, struct err_why *why)
{
	struct hash *leaves = mem_alloc(n, sizeof(leaves[0]));
	struct config *config = NULL;
	struct crypto_signer key = {0};
	struct buf text;
	enum err e;

	assert(n > 0 && n <= SIGNATURE_BATCH_MAX);
	buf_init(&text, 4096);
	e = config_read(&config, cli->dir, why);
	if (e == ERR_OK)
		e = cli_sign_key(cli, what[0].actor, &key, why);
	for (size_t i = 0; i < n; i++)
		out[i] = e == ERR_OK ? new_post() : NULL;
	for (size_t i = 0; e == ERR_OK && i < n; i++) {
		buf_reset(&text);
		e = fill_post(
		    out[i], &text, &what[i], config->node->name, &key, why);
		tree_leaf(&leaves[i], buf_view(&text));
	}
	if (e == ERR_OK)
		sign_posts(out, n, &key, &text, leaves);
	else
		cli_sign_free(out, n);
	crypto_wipe(&key, sizeof(key));
	config_free(config);
	buf_clear(&text);
	free(leaves);
	return e;
}

void
cli_sign_free(Api__EventPost **posts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (posts[i] != NULL)
			api__event_post__free_unpacked(posts[i], NULL);
		posts[i] = NULL;
	}
}

enum err
cli_sign_event(const struct cli *cli, const struct cli_sign_what *what,
    Api__EventPost **out, struct err_why *why)
{
	return cli_sign_events(cli, what, 1, out, why);
}
