/* pack_recall.h - what the own evidence log says of rule packs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PACK_RECALL_H
#define NODE_PACK_RECALL_H

struct pack_notes;
struct packs;
struct site;

/*
 * pack_recall - notes in `into` what was activated and when time went back, out
 * of the ADMIN and TIME_RESET entries, in their order.  One that cannot be read
 * may have activated anything (packs_unread): the notes and the journal
 * (PACK-RECALL) say so, and what to do; alarms still have to be taken.  One
 * that was erased says nothing.
 */
void pack_recall(struct site *s, struct packs *into, struct pack_notes **notes);

#endif
