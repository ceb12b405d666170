/* peers_file.h - where the alliance begins, in the node's directory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PEERS_FILE_H
#define NODE_PEERS_FILE_H

#include "proto/buf.h"
#include "proto/bytes.h"
#include "proto/err.h"

struct seat;
struct site;

/* Appends its text.  ERR_NOT_FOUND: there is no such file. */
ERR_CHECKED enum err peers_file_read(
    struct buf *out, const char *dir, struct err_why *why);

/* Does this node stand there with its own keys?  ERR_REFUSED. */
ERR_CHECKED enum err peers_file_check(
    struct bytes json, const struct site *site, struct err_why *why);

/* Whole or not at all; durable on ERR_OK.  ERR_IO. */
ERR_CHECKED enum err peers_file_write(
    const char *dir, struct bytes json, struct err_why *why);
/* Writes DIR/epoch.json: what is in force, for tools that read the directory;
 * nothing else depends on it.  What fails is said in the journal. */
void peers_file_show(const char *dir, struct seat *seat);

#endif
