/* config_target.c - who outside is told: the targets of node.yaml. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/config_target.h"

#include <stdio.h>
#include <string.h>

#include "node/config.h"
#include "node/domain/notice.h"
#include "node/webhook.h"

#define FILE_CHARS 400
#define AREA_CHARS 255

static enum err
check_url(const Config__Target *t, struct err_why *why)
{
	struct webhook_where w;
	enum err e;

	if (t->url == NULL)
		return err_fail(why, ERR_MALFORMED, "url: missing");
	e = webhook_where(&w, t->url, why);
	if (e == ERR_OK && !w.tls && !config_loopback(w.host) && !t->insecure)
		return err_fail(why, ERR_REFUSED,
		    "url: %.100s is beyond loopback and would be plain text; "
		    "use https, or insecure: true",
		    w.endpoint);
	return e;
}

static enum err
check_notices(const Config__Target *t, struct err_why *why)
{
	char all[300] = "";
	size_t len = 0;

	for (size_t i = 0; notice_kind(i) != NULL && len < sizeof all; i++)
		len += (size_t)snprintf(
		    all + len, sizeof all - len, " %s", notice_kind(i)->name);
	for (size_t i = 0; i < t->n_notices; i++) {
		if (strcmp(t->notices[i], CONFIG_TARGET_NAMED) != 0 &&
		    notice_kind_find(t->notices[i]) == SIZE_MAX)
			return err_fail(why, ERR_MALFORMED,
			    "notices[%zu]: %.40s is none of named%s", i,
			    t->notices[i], all);
	}
	return ERR_OK;
}

static bool
fits(const char *text, size_t most)
{
	return text == NULL || (text[0] != '\0' && strlen(text) <= most);
}

static enum err
check_rest(const Config__Target *t, struct err_why *why)
{
	if (t->secret_file == NULL || !fits(t->secret_file, FILE_CHARS))
		return err_fail(why, ERR_MALFORMED,
		    "secret_file: give a file of mode 0600 with whsec_ and "
		    "base64 of 32 random bytes");
	if (!fits(t->ca_file, FILE_CHARS))
		return err_fail(why, ERR_MALFORMED, "ca_file: too long");
	if (t->has_level && (t->level < 1 || t->level > 3))
		return err_fail(why, ERR_MALFORMED, "level: expected 1 to 3");
	if (t->n_areas > NOTICE_AREAS_MAX)
		return err_fail(
		    why, ERR_LIMIT, "areas: more than %d", NOTICE_AREAS_MAX);
	for (size_t i = 0; i < t->n_areas; i++)
		if (!fits(t->areas[i], AREA_CHARS))
			return err_fail(why, ERR_MALFORMED,
			    "areas[%zu]: empty or too long", i);
	if (t->has_timeout_seconds &&
	    (t->timeout_seconds < 1 || t->timeout_seconds > 60))
		return err_fail(
		    why, ERR_MALFORMED, "timeout_seconds: expected 1 to 60");
	return ERR_OK;
}

static enum err
check_one(const Config__Node *node, size_t i, struct err_why *why)
{
	const Config__Target *t = node->targets[i];
	enum err e;

	if (t->name == NULL || !notice_name_ok(t->name))
		return err_fail(why, ERR_MALFORMED,
		    "name: a-z, 0-9, -, . and _, %d at most", NOTICE_NAME_MAX);
	for (size_t k = 0; k < i; k++)
		if (strcmp(node->targets[k]->name, t->name) == 0)
			return err_fail(why, ERR_MALFORMED,
			    "name: %s is there twice", t->name);
	e = check_url(t, why);
	if (e == ERR_OK)
		e = check_notices(t, why);
	return e == ERR_OK ? check_rest(t, why) : e;
}

enum err
config_target_check(const Config__Node *node, struct err_why *why)
{
	if (node->n_targets > CONFIG_TARGETS_MAX)
		return err_fail(why, ERR_LIMIT, "$.targets: more than %d",
		    CONFIG_TARGETS_MAX);
	for (size_t i = 0; i < node->n_targets; i++) {
		enum err e = check_one(node, i, why);

		if (e != ERR_OK)
			return err_wrap(why, e, "$.targets[%zu]", i);
	}
	return ERR_OK;
}
