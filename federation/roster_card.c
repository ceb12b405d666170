/* roster_card.c - making and checking the signed card of a member. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/roster_card.h"

#include <stdlib.h>

#include "proto/digest.h"
#include "proto/mem.h"
#include "proto/slice.h"

#define CARD_BYTES_MAX 65536

static const char card_prefix[] = "lianfang/card/v1\n";

/* A URL prefix without scheme: what an origin may begin with. */
bool
roster_card_name_ok(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > ROSTER_NAME_MAX)
		return false;
	if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-_:/") != len)
		return false;
	if (strchr(".-_:/", name[0]) != NULL ||
	    strchr(".-_:/", name[len - 1]) != NULL)
		return false;
	return strstr(name, "//") == NULL;
}

bool
roster_card_endpoint_ok(const char *url)
{
	const char *port;
	unsigned long n;
	char *end;

	if (strncmp(url, "tcp://", 6) != 0 || strlen(url) > ROSTER_NAME_MAX)
		return false;
	port = strrchr(url + 6, ':');
	if (port == NULL || port == url + 6 || port[1] < '1' || port[1] > '9')
		return false;
	n = strtoul(port + 1, &end, 10);
	return *end == '\0' && n <= 65535 && strpbrk(url, " \t\"\\@") == NULL;
}

static enum err
check_key(
    const char *what, bool has, ProtobufCBinaryData key, struct err_why *why)
{
	if (!has || key.len == 0)
		return err_fail(why, ERR_MALFORMED, "%s is missing", what);
	if (key.data[0] != CRYPTO_ALG_ED25519)
		return err_fail(why, ERR_UNSUPPORTED,
		    "%s: key algorithm 0x%02x is not supported", what,
		    key.data[0]);
	if (key.len != CRYPTO_ALG_PUB_BYTES)
		return err_fail(
		    why, ERR_MALFORMED, "%s: %zu bytes", what, key.len);
	return ERR_OK;
}

/* The bytes that the identity key signs. */
static void
card_message(const Fed__Card *card, struct buf *out)
{
	Fed__Card bare = *card;

	bare.has_signature = 0;
	buf_str(out, card_prefix);
	slice_pack(out, &bare.base);
}

static enum err
check_card_fields(const Fed__Card *c, struct err_why *why)
{
	const struct {
		const char *what;
		bool has;
		ProtobufCBinaryData key;
	} keys[] = {
	    {"identityKey", c->has_identity_key, c->identity_key},
	    {"evidenceKey", c->has_evidence_key, c->evidence_key},
	    {"allianceKey", c->has_alliance_key, c->alliance_key},
	    {"witnessKey", c->has_witness_key, c->witness_key},
	};
	struct hash own;
	enum err e;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		e = check_key(keys[i].what, keys[i].has, keys[i].key, why);
		if (e != ERR_OK)
			return e;
	}
	if (!c->has_session_key || c->session_key.len != CRYPTO_KEY_BYTES)
		return err_fail(
		    why, ERR_MALFORMED, "sessionKey must have 32 bytes");
	if (!c->has_next_identity || c->next_identity.len != HASH_BYTES)
		return err_fail(
		    why, ERR_MALFORMED, "nextIdentity must have 32 bytes");
	digest_sha256(
	    &own, bytes_of(c->identity_key.data, c->identity_key.len));
	if (memcmp(own.b, c->next_identity.data, HASH_BYTES) == 0)
		return err_fail(why, ERR_MALFORMED,
		    "nextIdentity commits to the present identity key");
	if (c->has_evidence_generation && c->evidence_generation == 0)
		return err_fail(
		    why, ERR_MALFORMED, "evidenceGeneration starts at 1");
	if (c->has_alliance_generation && c->alliance_generation == 0)
		return err_fail(
		    why, ERR_MALFORMED, "allianceGeneration starts at 1");
	return ERR_OK;
}

enum err
roster_card_check(const Fed__Card *c, struct err_why *why)
{
	struct bytes key, sig;
	struct buf msg;
	enum err e;

	if (c->name == NULL || !roster_card_name_ok(c->name))
		return err_fail(why, ERR_MALFORMED,
		    "name must be a URL prefix without scheme in lower case, "
		    "such as plant-a.acme.example");
	if (c->base.n_unknown_fields > 0)
		return err_fail(why, ERR_MALFORMED, "unknown field");
	if (!c->has_role || c->role < FED__ROLE__PLANT ||
	    c->role > FED__ROLE__REGULATOR)
		return err_fail(why, ERR_MALFORMED, "role is missing");
	if (c->company == NULL || c->company[0] == '\0' ||
	    strlen(c->company) > ROSTER_NAME_MAX)
		return err_fail(why, ERR_MALFORMED, "company is missing");
	if (c->endpoint != NULL && !roster_card_endpoint_ok(c->endpoint))
		return err_fail(
		    why, ERR_MALFORMED, "endpoint must be tcp://host:port");
	e = check_card_fields(c, why);
	if (e != ERR_OK)
		return e;
	if (!c->has_signature)
		return err_fail(why, ERR_UNVERIFIED, "card is not signed");
	buf_init(&msg, CARD_BYTES_MAX);
	card_message(c, &msg);
	key = bytes_of(c->identity_key.data, c->identity_key.len);
	sig = bytes_of(c->signature.data, c->signature.len);
	e = buf_ok(&msg, why);
	if (e == ERR_OK)
		e = crypto_check_alg(key, buf_view(&msg), sig, why);
	buf_clear(&msg);
	return e;
}

static void
set_bytes(protobuf_c_boolean *has, ProtobufCBinaryData *field, const void *data,
    size_t len)
{
	field->data = mem_alloc(1, len);
	memcpy(field->data, data, len);
	field->len = len;
	*has = 1;
}

static void
set_key(protobuf_c_boolean *has, ProtobufCBinaryData *field,
    const struct crypto_signer *key)
{
	uint8_t alg[CRYPTO_ALG_PUB_BYTES];

	alg[0] = CRYPTO_ALG_ED25519;
	memcpy(alg + 1, key->pub, CRYPTO_PUB_BYTES);
	set_bytes(has, field, alg, sizeof(alg));
}

void
roster_card_sign(Fed__Card *c, const struct crypto_signer *identity)
{
	uint8_t sig[CRYPTO_ALG_SIG_BYTES];
	struct buf msg;

	buf_init(&msg, CARD_BYTES_MAX);
	card_message(c, &msg);
	sig[0] = CRYPTO_ALG_ED25519;
	crypto_signer_sign(identity, buf_view(&msg), sig + 1);
	free(c->signature.data);
	set_bytes(&c->has_signature, &c->signature, sig, sizeof(sig));
	buf_clear(&msg);
}

Fed__Card *
roster_card(const struct roster_self *self)
{
	Fed__Card *c;

	c = mem_alloc(1, sizeof(*c));
	fed__card__init(c);
	c->name = mem_strdup(self->name);
	c->has_role = 1;
	c->role = self->role;
	c->company = mem_strdup(self->company);
	if (self->endpoint != NULL && self->endpoint[0] != '\0')
		c->endpoint = mem_strdup(self->endpoint);
	set_key(&c->has_identity_key, &c->identity_key, self->identity);
	set_key(
	    &c->has_evidence_key, &c->evidence_key, self->log[ROSTER_EVIDENCE]);
	set_key(
	    &c->has_alliance_key, &c->alliance_key, self->log[ROSTER_ALLIANCE]);
	set_key(&c->has_witness_key, &c->witness_key, self->witness);
	set_bytes(&c->has_session_key, &c->session_key, self->session,
	    CRYPTO_KEY_BYTES);
	set_bytes(&c->has_next_identity, &c->next_identity,
	    self->next_identity->b, HASH_BYTES);
	if (self->generation[ROSTER_EVIDENCE] > 1) {
		c->has_evidence_generation = 1;
		c->evidence_generation = self->generation[ROSTER_EVIDENCE];
	}
	if (self->generation[ROSTER_ALLIANCE] > 1) {
		c->has_alliance_generation = 1;
		c->alliance_generation = self->generation[ROSTER_ALLIANCE];
	}
	roster_card_sign(c, self->identity);
	return c;
}
