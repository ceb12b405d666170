/* config_witness.c - logs and witnesses outside the alliance, in node.yaml. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/config_witness.h"

#include <string.h>

#include "ledger/note.h"
#include "node/config.h"
#include "node/domain/notice.h"
#include "node/webhook.h"
#include "proto/slice.h"
#include "proto/yaml.h"

static enum err
check_log(const Config__Node *node, size_t i, struct err_why *why)
{
	const char *text = node->foreign_logs[i]->vkey;
	struct note_vkey key, other;
	enum err e;

	if (text == NULL)
		return err_fail(why, ERR_MALFORMED, "vkey: missing");
	e = note_vkey_get(&key, bytes_str(text), why);
	if (e != ERR_OK)
		return err_wrap(why, ERR_MALFORMED, "vkey");
	if (key.type != NOTE_TYPE_ED25519)
		return err_fail(why, ERR_MALFORMED,
		    "vkey: a log's key has type 0x01, not 0x%02x", key.type);
	for (size_t k = 0; k < i; k++)
		if (note_vkey_get(&other,
		        bytes_str(node->foreign_logs[k]->vkey),
		        NULL) == ERR_OK &&
		    strcmp(other.name, key.name) == 0)
			return err_fail(why, ERR_MALFORMED,
			    "vkey: %.100s is there twice", key.name);
	return ERR_OK;
}

static enum err
check_witness(const Config__Node *node, size_t i, struct err_why *why)
{
	const Config__Witness *w = node->witnesses[i];
	struct webhook_where where;
	struct note_vkey key;
	enum err e;

	if (w->name == NULL || !notice_name_ok(w->name))
		return err_fail(why, ERR_MALFORMED,
		    "name: a-z, 0-9, -, . and _, %d at most", NOTICE_NAME_MAX);
	for (size_t k = 0; k < i; k++)
		if (strcmp(node->witnesses[k]->name, w->name) == 0)
			return err_fail(why, ERR_MALFORMED,
			    "name: %s is there twice", w->name);
	if (w->url == NULL || w->url[0] == '\0')
		return err_fail(why, ERR_MALFORMED, "url: missing");
	e = webhook_where(&where, w->url, why);
	if (e != ERR_OK)
		return e;
	if (!where.tls && !config_loopback(where.host) && !w->insecure)
		return err_fail(why, ERR_REFUSED,
		    "url: %.100s is beyond loopback and would be plain text; "
		    "use https, or insecure: true",
		    where.endpoint);
	if (w->vkey == NULL)
		return err_fail(why, ERR_MALFORMED, "vkey: missing");
	e = note_vkey_get(&key, bytes_str(w->vkey), why);
	if (e != ERR_OK)
		return err_wrap(why, ERR_MALFORMED, "vkey");
	if (key.type != NOTE_TYPE_COSIG)
		return err_fail(why, ERR_MALFORMED,
		    "vkey: a witness's key has type 0x04, not 0x%02x",
		    key.type);
	return ERR_OK;
}

static enum err
check_witnesses(const Config__Node *node, struct err_why *why)
{
	if (node->n_witnesses > CONFIG_WITNESSES_MAX)
		return err_fail(why, ERR_LIMIT, "$.witnesses: more than %d",
		    CONFIG_WITNESSES_MAX);
	for (size_t i = 0; i < node->n_witnesses; i++) {
		enum err e = check_witness(node, i, why);

		if (e != ERR_OK)
			return err_wrap(why, e, "$.witnesses[%zu]", i);
	}
	return ERR_OK;
}

enum err
config_witness_check(const Config__Node *node, struct err_why *why)
{
	if (node->n_foreign_logs > CONFIG_FOREIGN_LOGS_MAX)
		return err_fail(why, ERR_LIMIT, "$.foreignLogs: more than %d",
		    CONFIG_FOREIGN_LOGS_MAX);
	for (size_t i = 0; i < node->n_foreign_logs; i++) {
		enum err e = check_log(node, i, why);

		if (e != ERR_OK)
			return err_wrap(why, e, "$.foreignLogs[%zu]", i);
	}
	return check_witnesses(node, why);
}

bool
config_foreign_log(
    const struct config *c, const char *origin, struct note_vkey *out)
{
	const Config__Node *n = c->node;
	struct note_vkey key;

	for (size_t i = 0; i < n->n_foreign_logs; i++)
		if (note_vkey_get(&key, bytes_str(n->foreign_logs[i]->vkey),
		        NULL) == ERR_OK &&
		    strcmp(key.name, origin) == 0) {
			*out = key;
			return true;
		}
	return false;
}

bool
config_witness_same(const Config__Node *a, const Config__Node *b)
{
	Config__Node one = CONFIG__NODE__INIT;
	Config__Node two = CONFIG__NODE__INIT;
	struct buf x, y;
	bool same;

	one.n_foreign_logs = a->n_foreign_logs;
	one.foreign_logs = a->foreign_logs;
	two.n_foreign_logs = b->n_foreign_logs;
	two.foreign_logs = b->foreign_logs;
	one.n_witnesses = a->n_witnesses;
	one.witnesses = a->witnesses;
	two.n_witnesses = b->n_witnesses;
	two.witnesses = b->witnesses;
	buf_init(&x, YAML_BYTES_MAX);
	buf_init(&y, YAML_BYTES_MAX);
	slice_pack(&x, &one.base);
	slice_pack(&y, &two.base);
	same = bytes_equal(buf_view(&x), buf_view(&y));
	buf_clear(&x);
	buf_clear(&y);
	return same;
}
