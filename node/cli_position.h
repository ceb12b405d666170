/* cli_position.h - where somebody stands, as the command line says it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLI_POSITION_H
#define NODE_CLI_POSITION_H

#include "proto/err.h"

struct cli_position {
	double longitude; /* degrees, CGCS2000 */
	double latitude;
	double accuracy_m;
};

/* "121.4737,31.2304,8", the text of --position.  ERR_MALFORMED. */
ERR_CHECKED enum err cli_position_get(
    struct cli_position *out, const char *text, struct err_why *why);

#endif
