/* cli_trust.c - keys, policy: whom to trust and why. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "federation/roster.h"
#include "ledger/generation.h"
#include "ledger/policy.h"
#include "node/cli_commands.h"
#include "node/cli_keys.h"
#include "node/cli_out.h"

#include <stdio.h>
#include <stdlib.h>

static enum err
identity_vkey(const char *dir, struct note_vkey *out, struct err_why *why)
{
	struct crypto_signer key = {0};
	char name[NOTE_NAME_MAX + 1];
	struct note_vkey evidence;
	struct generation g;
	enum err e = cli_keys_vkey(dir, "evidence", &evidence, why);

	if (e == ERR_OK)
		e = generation_get(&g, evidence.name, why);
	if (e == ERR_OK)
		e = cli_keys_identity(dir, &key, why);
	if (e != ERR_OK)
		return e;
	(void)snprintf(name, sizeof name, "%.200s/identity", g.name);
	e = note_vkey_make(out, name, NOTE_TYPE_ED25519, key.pub, why);
	crypto_wipe(&key, sizeof key);
	return e;
}

int
cli_trust_vkey(struct cli *cli)
{
	const char *which = cli->args.operands[0];
	struct err_why why = {.text = ""};
	struct note_vkey key;
	struct buf text;
	enum err e;

	if (strcmp(which, "witness") == 0)
		e = cli_keys_witness_vkey(cli->dir, &key, &why);
	else if (strcmp(which, "identity") == 0)
		e = identity_vkey(cli->dir, &key, &why);
	else if (strcmp(which, "evidence") == 0 ||
	    strcmp(which, "alliance") == 0)
		e = cli_keys_vkey(cli->dir, which, &key, &why);
	else {
		(void)err_fail(&why, ERR_MALFORMED,
		    CLI_ARGS_SAY("%s is none of %s", "%s 不属于 %s"), which,
		    "evidence alliance witness identity");
		return cli_wrong(cli, &why);
	}
	if (e != ERR_OK)
		return cli_fail(cli, e, &why);
	buf_init(&text, 1024);
	note_vkey_put(&text, &key);
	buf_str(&text, cli->json ? "" : "\n");
	cli_out_text(cli, "vkey", buf_cstr(&text));
	buf_clear(&text);
	return CLI_OK;
}

/* Alone: own logs, no witness.  */
static enum err
lonely_policy(const struct note_vkey *keys, size_t n, struct buf *out,
    struct err_why *why)
{
	struct policy *p = policy_new();
	enum err e = ERR_OK;

	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = policy_add_log(p, &keys[i], NULL, why);
	if (e == ERR_OK)
		e = policy_set_quorum(p, "none", why);
	if (e == ERR_OK)
		policy_put(out, p);
	policy_free(p);
	return e;
}

int
cli_trust_policy(struct cli *cli)
{
	struct err_why why = {.text = ""};
	struct note_vkey *keys = NULL;
	struct roster *r = NULL;
	struct generation g;
	struct buf text;
	size_t n = 0;
	enum err e;

	buf_init(&text, POLICY_TEXT_MAX);
	e = cli_keys_all(cli->dir, &keys, &n, &why);
	if (e == ERR_OK)
		e = cli_keys_roster(cli->dir, &r, &why);
	if (e == ERR_NOT_FOUND && n > 0) {
		e = lonely_policy(keys, n, &text, &why);
	} else if (e == ERR_OK) {
		e = generation_get(&g, keys[0].name, &why);
		/* Not let in yet, or out again: nobody else answers for it. */
		if (e == ERR_OK && roster_find(r, g.name) == NULL)
			e = lonely_policy(keys, n, &text, &why);
		else if (e == ERR_OK)
			e = roster_policy(r, g.name, keys, n, &text, &why);
	}
	if (e == ERR_OK)
		cli_out_text(cli, "policy", buf_cstr(&text));
	roster_free(r);
	buf_clear(&text);
	free(keys);
	return e == ERR_OK ? CLI_OK : cli_fail(cli, e, &why);
}
