/* seat_news.h - what people should hear of the members' decisions. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SEAT_NEWS_H
#define NODE_SEAT_NEWS_H

#include "federation/council.h"

struct site;

/* Journal lines ALLIANCE-EPOCH, -PROPOSAL, -FAULT, and alarms: a proposal that
 * waits for this node's people or is about it, a member that said two things.
 * Each once, also after a restart (the alarm's id follows from what it is
 * about).  One thread. */
struct seat_news;
struct seat_news *seat_news_new(struct site *s);
void seat_news_free(struct seat_news *n);

/* alarms: they may be recorded now; else they are kept for the next look. */
void seat_news_look(struct seat_news *n, const struct council *c, bool alarms);

/* "join": as commands name a change. */
const char *seat_news_change(Record__Proposal__Change change);
/* A member's last vote in the epoch, as tally_said. */
uint32_t seat_news_word(const struct council *c, size_t seat);

#endif
