/* outbox_look.h - which notices are due, out of the tables. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_OUTBOX_LOOK_H
#define NODE_OUTBOX_LOOK_H

#include "node/outbox_state.h"

/* The own store's tables in a transaction; end with store_abort. */
ERR_CHECKED enum err outbox_look_open(
    struct site *s, struct fold *out, struct err_why *why);
/* Text of a target's name; "" : not known. */
void outbox_look_name(struct fold *f, uint16_t slot, uint64_t name,
    char out[static NOTICE_NAME_MAX + 1]);
/* Fills the rest from row; ERR_CORRUPT. */
ERR_CHECKED enum err outbox_look_at(
    struct fold *f, uint16_t slot, struct outbox_due *due, struct err_why *why);
/* Reads what is new, counts, and picks what may be sent now, at most `most`. */
ERR_CHECKED enum err outbox_look(struct outbox *o, int64_t boot_us,
    struct outbox_due *out, size_t most, size_t *len, struct err_why *why);
size_t outbox_look_target(const struct outbox *o, uint64_t name);

#endif
