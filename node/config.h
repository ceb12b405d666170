/* config.h - node.yaml: read, checked, with its defaults. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CONFIG_H
#define NODE_CONFIG_H

#include "config.pb-c.h"
#include "proto/buf.h"
#include "proto/err.h"

#define CONFIG_FILE "node.yaml"
#define CONFIG_HTTP "127.0.0.1:8420"
#define CONFIG_FEDERATION "tcp://127.0.0.1:8421"
#define CONFIG_HOST_MAX 256

/* Immutable once read; every field that has a default is set. */
struct config {
	Config__Node *node;
};

/*
 * config_read - DIR/node.yaml.
 * ERR_NOT_FOUND  no such file;  ERR_MALFORMED  `why` has line, path and fix
 */
ERR_CHECKED enum err config_read(
    struct config **out, const char *dir, struct err_why *why);
void config_free(struct config *c);

/* config_parse - the same from text; config_read's checks included. */
ERR_CHECKED enum err config_parse(
    struct config **out, struct bytes text, struct err_why *why);

/* config_check - the rules on a message: names, addresses, ranges, and no
 * plain HTTP beyond loopback unless insecure_listen.  ERR_MALFORMED,
 * ERR_REFUSED (listen). */
ERR_CHECKED enum err config_check(
    const Config__Node *node, struct err_why *why);

/* The file's text for `init`: what is set in `node`, commented. */
void config_write(struct buf *out, const Config__Node *node);

/*
 * config_restart - names of fields that differ and need a restart, joined by
 * ", " into out; returns how many.
 */
size_t config_restart(
    const struct config *now, const struct config *next, char *out, size_t cap);

/* "[::1]:8420" -> host without brackets, port.  ERR_MALFORMED. */
struct config_address {
	char host[CONFIG_HOST_MAX];
	uint16_t port;
};
ERR_CHECKED enum err config_address(
    struct config_address *out, const char *text, struct err_why *why);
/* 127.0.0.0/8, ::1, localhost. */
bool config_loopback(const char *host);

/* The key of a log outside the alliance that may ask for cosignatures. */
struct note_vkey;
bool config_foreign_log(
    const struct config *c, const char *origin, struct note_vkey *out);

/* "plant", "hq", "partner", "regulator"; never NULL. */
const char *config_role_name(Config__Company role);
Config__Company config_role(const char *name); /* 0: no such role */

#endif
