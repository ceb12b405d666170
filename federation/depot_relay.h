/* depot_relay.h - alliance logs that are handed on (private). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FEDERATION_DEPOT_RELAY_H
#define FEDERATION_DEPOT_RELAY_H

#include "federation/depot_state.h"

/*
 * Alliance logs held of who is no member any more: whoever is still in the
 * epoch before may need what was said there.  They are given away and not
 * extended; their places have no member and stand apart from all others.
 */
ERR_CHECKED enum err depot_relay_open(struct depot *d, struct err_why *why);
void depot_relay_close(struct depot *d);
/* NULL: none of these. */
struct depot_place *depot_relay_left(struct depot *d, const char *origin);

/* What struct exchange_host wants of a host, by these names. */
enum err depot_relayed(void *arg, size_t i, struct exchange_relay *out);
uint64_t depot_relays(void *arg);
bool depot_claim(void *arg, const char *origin, int64_t now_us);

#endif
