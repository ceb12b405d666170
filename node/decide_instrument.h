/* decide_instrument.h - is a gas instrument there, as far as the node hears? */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_DECIDE_INSTRUMENT_H
#define NODE_DECIDE_INSTRUMENT_H

#include "node/decide_load.h"

/*
 * decide_instrument - what the feed of the source of this name says: an open
 * alarm of kind equipment, data or system that it raised is a fault; and when
 * its newest numbered message was recorded, where the credential pack says how
 * long it may be silent (instrumentSilentMinutes).  Fills faulty, heard_us and
 * silent_us of `out`.  In any transaction of the own store.
 */
ERR_CHECKED enum err decide_instrument(struct site *s, struct fold *own,
    const struct decide_question *q, struct decide_facts *out,
    struct err_why *why);

#endif
