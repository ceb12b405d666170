/* cli_make.h - nodes and cards, made by more than one command. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_MAKE_H
#define NODE_CLI_MAKE_H

#include "fed.pb-c.h"
#include "node/cli.h"
#include "proto/buf.h"

/* site_init in cli->dir, by the options of `init` in the call. */
ERR_CHECKED enum err cli_make_node(const struct cli *cli, const char *name,
    const char *role, struct err_why *why);

/* The card of the node in cli->dir, which may run; fed__card__free_unpacked.
 * endpoint: "" none; NULL: what it has bound, or would bind. */
ERR_CHECKED enum err cli_make_card(const struct cli *cli, const char *endpoint,
    Fed__Card **out, struct err_why *why);

/* `alliance join --token`: cli_join.c. */
int cli_join(struct cli *cli);
/* How it stands, as a person reads it: what the inviter wrote is plain. */
void cli_join_told(struct buf *out, const Fed__Told *m);

#endif
