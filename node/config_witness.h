/* config_witness.h - logs and witnesses outside the alliance, in node.yaml. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CONFIG_WITNESS_H
#define NODE_CONFIG_WITNESS_H

#include "config.pb-c.h"
#include "proto/err.h"

#include <stdbool.h>

#define CONFIG_FOREIGN_LOGS_MAX 64
#define CONFIG_WITNESSES_MAX 16

/* Keys of the right type, none twice; names and URLs as those of targets.
 * ERR_MALFORMED, ERR_LIMIT, ERR_REFUSED (plain text). */
ERR_CHECKED enum err config_witness_check(
    const Config__Node *node, struct err_why *why);
/* Is what this file reads the same in both? */
bool config_witness_same(const Config__Node *a, const Config__Node *b);

#endif
