/* veil_show.h - what is known of an item that came out unseen; its claim. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_VEIL_SHOW_H
#define NODE_VEIL_SHOW_H

#include "api.pb-c.h"
#include "node/ops.h"
#include "proto/err.h"

struct site;

/* Adds `veil` to one item of intelligence: who vouches, what is linked to it,
 * who claims it; of an own item where it came out.  Nothing to others.  Looks
 * through published items: a read that takes long. */
void veil_show(struct site *s, Api__RecordView *v);

/* Operation: this node says on its alliance log that the item is its own. */
ERR_CHECKED enum err veil_claim(struct ops_call *call, struct err_why *why);

#endif
