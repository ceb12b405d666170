/* peers_file.h - the roster in the node's directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PEERS_FILE_H
#define NODE_PEERS_FILE_H

#include "federation/roster.h"
#include "proto/bytes.h"
#include "proto/err.h"

struct site;

/* ERR_NOT_FOUND: there is no such file. */
ERR_CHECKED enum err peers_file_read(struct roster **out, const char *dir,
    const struct site *site, struct err_why *why);

/* A roster in which this node stands with its own keys.  ERR_REFUSED. */
ERR_CHECKED enum err peers_file_check(struct roster **out, struct bytes json,
    const struct site *site, struct err_why *why);

/* Whole or not at all; durable on ERR_OK.  ERR_IO. */
ERR_CHECKED enum err peers_file_write(
    const char *dir, struct bytes json, struct err_why *why);

#endif
