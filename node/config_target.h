/* config_target.h - who outside is told: the targets of node.yaml. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CONFIG_TARGET_H
#define NODE_CONFIG_TARGET_H

#include "config.pb-c.h"
#include "proto/err.h"

#define CONFIG_TARGETS_MAX 16
#define CONFIG_TARGET_NAMED "named" /* of its notices: only what names it */

/*
 * Names that differ, URLs that lead where they say (webhook_where) and are
 * encrypted beyond loopback unless `insecure`, known notices, a secret's file.
 * ERR_MALFORMED, ERR_REFUSED; no file is read.
 */
ERR_CHECKED enum err config_target_check(
    const Config__Node *node, struct err_why *why);

#endif
