/* clocks.h - operations about the node's clock. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CLOCKS_H
#define NODE_CLOCKS_H

#include "config.pb-c.h"
#include "node/ops.h"

struct service;

/* How the clock stands, with the newest times of both logs; release with
 * config__clock__free_unpacked. */
Config__Clock *clocks_status(struct service *s);

/* Handlers of the operations table. */
enum err clocks_get(struct ops_call *call, struct err_why *why);
/* An operator says that the wall clock is right; answers as clocks_get. */
enum err clocks_admit(struct ops_call *call, struct err_why *why);

#endif
