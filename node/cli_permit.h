/* cli_permit.h - levels of permits as people write them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_PERMIT_H
#define NODE_CLI_PERMIT_H

#include "proto/err.h"
#include "record.pb-c.h"

/* special, 1 to 4, or none (NULL: none).  ERR_MALFORMED. */
ERR_CHECKED enum err cli_permit_level(
    const char *text, Record__Permit__Level *out, struct err_why *why);

#endif
