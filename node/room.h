/* room.h - what the disk has left, and when a node that found none goes on. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_ROOM_H
#define NODE_ROOM_H

#include <stdint.h>

struct site;

/* A write found no room, says `why`: the node is not ready until room_look
 * finds some.  Writes are still tried.  Any thread. */
void room_gone(struct site *s, const char *why);

/* Once a second, from one thread: after room_gone, makes a file of 1 MiB to
 * see whether there is room again.  No more than that is promised by it. */
void room_look(struct site *s);

/* Bytes that the file system says are left to this process; 0: unknown. */
uint64_t room_left(const struct site *s);

#endif
