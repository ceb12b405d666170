/* config_fuzz.c - node.yaml from any hand. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node/config.h"

#include <stdlib.h>

#include "proto/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* What `init` writes of it is read as the same configuration. */
static void
check_written(const struct config *c)
{
	struct config *again = NULL;
	struct config_address at;
	char names[512];
	struct buf text;

	must(config_address(&at, c->node->http, NULL) == ERR_OK);
	must(c->node->insecure_listen || config_loopback(at.host) ||
	    c->node->tls_key != NULL);
	buf_init(&text, 1 << 20);
	config_write(&text, c->node);
	if (config_parse(&again, buf_view(&text), NULL) == ERR_OK) {
		must(strcmp(again->node->name, c->node->name) == 0);
		must(again->node->role == c->node->role);
		must(strcmp(again->node->http, c->node->http) == 0);
		must(strcmp(again->node->federation, c->node->federation) == 0);
	}
	must(config_restart(c, c, names, sizeof(names)) == 0);
	config_free(again);
	buf_clear(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err_why why = {.text = ""};
	struct config *c = NULL;
	enum err e;

	e = config_parse(&c, bytes_of(data, size), &why);
	must((e == ERR_OK) == (c != NULL));
	must(e == ERR_OK || why.text[0] != '\0');
	must(text_utf8_ok(bytes_str(why.text)));
	if (c != NULL)
		check_written(c);
	config_free(c);
	return 0;
}
