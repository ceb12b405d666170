/* sealed_view.h - packed leaves and bodies as nodes write them, in place. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_SEALED_VIEW_H
#define LEDGER_SEALED_VIEW_H

#include "ledger.pb-c.h"
#include "proto/bytes.h"

#define SEALED_VIEW_TYPE 64 /* bytes of a type's name, NUL included */

struct sealed_view_opening {
	Ledger__Opening opening;
	char type[SEALED_VIEW_TYPE];
};

/* Points into itself and into what was read: neither may move. */
struct sealed_view {
	Ledger__Sealed sealed;
	struct sealed_view_opening body;
	struct sealed_view_opening annex;
	Ledger__Auth auth;
};

/*
 * sealed_view - decode without memory: whole openings, fields in ascending
 * order, minimal varints, nothing unknown.  What it takes would be packed to
 * the same bytes.  False: ledger__sealed__unpack has the word (0009 of
 * docs/decisions is about the same for JSON).
 */
bool sealed_view(struct sealed_view *out, struct bytes packed);

/* The same for a leaf: what it takes slice_split takes, too, and
 * ledger__entry__unpack gives the same.  Views into `leaf`; what a leaf must
 * hold is log_rule_view's to say. */
bool sealed_view_entry(Ledger__Entry *out, struct bytes leaf);

#endif
