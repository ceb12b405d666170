/* cli_sign.c - people's keys in the node's directory, and their signatures. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cli_sign.h"

#include "ledger/note.h"
#include "ledger/seal.h"
#include "node/cli_keys.h"
#include "node/config.h"
#include "node/whole_file.h"
#include "proto/clock.h"
#include "proto/mem.h"
#include "proto/slice.h"
#include "proto/text.h"

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

static enum err
key_of(const struct cli *cli, const char *name, struct crypto_signer *out,
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

static ProtobufCBinaryData
with_alg(const uint8_t *p, size_t len)
{
	ProtobufCBinaryData d = {.len = len + 1, .data = mem_alloc(1, len + 1)};

	d.data[0] = CRYPTO_ALG_ED25519;
	memcpy(d.data + 1, p, len);
	return d;
}

/* All that the signature covers and the node wants to see. */
static enum err
fill_signed(Api__SignedEvent *s, const struct cli_sign_what *what,
    struct seal_event *event, const struct crypto_signer *key,
    struct err_why *why)
{
	uint8_t record_key[SEAL_KEY_BYTES];
	uint8_t sig[CRYPTO_SIG_BYTES];
	struct hash commitment;
	struct buf message;
	struct buf text;
	enum err e;

	buf_init(&message, SEAL_MESSAGE_MAX);
	buf_init(&text, 4096);
	slice_pack(&message, what->msg);
	crypto_random(record_key, sizeof(record_key));
	e = seal_commit(&commitment, what->msg->descriptor, buf_view(&message),
	    record_key, why);
	if (e != ERR_OK)
		goto out;
	event->commitment = &commitment;
	seal_event_put(&text, event);
	event->commitment = NULL;
	crypto_signer_sign(key, buf_view(&text), sig);
	s->has_message = 1;
	s->message = copy_bytes(message.ptr, message.len);
	s->has_record_key = 1;
	s->record_key = copy_bytes(record_key, sizeof(record_key));
	s->has_occurred_at = 1;
	s->occurred_at = event->occurred_us;
	s->has_based_on_seq = 1;
	s->based_on_seq = event->based_on_seq;
	s->has_key = 1;
	s->key = with_alg(key->pub, CRYPTO_PUB_BYTES);
	s->has_signature = 1;
	s->signature = with_alg(sig, CRYPTO_SIG_BYTES);
out:
	crypto_wipe(record_key, sizeof(record_key));
	buf_wipe(&message);
	buf_clear(&text);
	return e;
}

enum err
cli_sign_event(const struct cli *cli, const struct cli_sign_what *what,
    Api__EventPost **out, struct err_why *why)
{
	struct config *config = NULL;
	struct crypto_signer key = {0};
	Api__EventPost *post = NULL;
	uint8_t record_id[16];
	uint8_t event_id[16];
	struct seal_event event = {.kind = (uint16_t)what->kind,
	    .record_id = record_id,
	    .event_id = event_id,
	    .occurred_us = what->occurred_us,
	    .based_on_seq = what->based_on};
	int64_t now_us = clock_wall_us(clock_system());
	enum err e;

	e = config_read(&config, cli->dir, why);
	if (e != ERR_OK)
		goto out;
	e = key_of(cli, what->actor, &key, why);
	if (e != ERR_OK)
		goto out;
	event.node_name = config->node->name;
	crypto_uuid7(event_id, now_us);
	crypto_uuid7(record_id, now_us);
	if (what->record_id != NULL) {
		e = text_uuid_get(record_id, bytes_str(what->record_id), why);
		if (e != ERR_OK)
			goto out;
	}
	post = mem_alloc(1, sizeof(*post));
	api__event_post__init(post);
	post->record_id = mem_alloc(1, TEXT_UUID_CHARS + 1);
	text_uuid_put(post->record_id, record_id);
	post->event_id = mem_alloc(1, TEXT_UUID_CHARS + 1);
	text_uuid_put(post->event_id, event_id);
	post->signed_ = mem_alloc(1, sizeof(*post->signed_));
	api__signed_event__init(post->signed_);
	e = fill_signed(post->signed_, what, &event, &key, why);
	if (e != ERR_OK)
		goto out;
	*out = post;
	post = NULL;
out:
	if (post != NULL)
		api__event_post__free_unpacked(post, NULL);
	crypto_wipe(&key, sizeof(key));
	config_free(config);
	return e;
}
