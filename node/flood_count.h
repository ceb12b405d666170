/* flood_count.h - alarms of an area in a window, by index; for flood.c. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_FLOOD_COUNT_H
#define NODE_FLOOD_COUNT_H

#include "node/site.h"

#define FLOOD_COUNT_MAX 1000 /* more are counted as so many */
#define FLOOD_COUNT_NEW 20000 /* new alarms that are looked at in one turn */
#define FLOOD_COUNT_AREAS 500 /* areas in one turn */

struct flood_count {
	struct site *site;
	struct fold fold; /* a read transaction of the own store */
	uint64_t source; /* of floods themselves */
};

ERR_CHECKED enum err flood_count_begin(
    struct flood_count *c, struct site *s, struct err_why *why);
void flood_count_end(struct flood_count *c);

/* Alarms of an area that began in [from_us, to_us), but those of exercises and
 * about floods. */
ERR_CHECKED enum err flood_count(struct flood_count *c, uint64_t area,
    int64_t from_us, int64_t to_us, uint64_t *out, struct err_why *why);
/* An area in which an alarm was recorded, and when the newest of them began. */
struct flood_touched {
	uint64_t area;
	int64_t until_us;
};
struct flood_news {
	uint64_t next; /* place of the first alarm not looked at */
	struct flood_touched at[FLOOD_COUNT_AREAS];
	size_t len;
	bool many; /* there were more: look at every area */
};
/* Adds the areas of alarms recorded since; moves `next`. */
ERR_CHECKED enum err flood_count_news(
    struct flood_count *c, struct flood_news *n, struct err_why *why);

/* Floods that were said and are open. */
ERR_CHECKED enum err flood_count_lasting(struct flood_count *c,
    void (*each)(void *arg, const uint8_t *id, const struct row *r), void *arg,
    struct err_why *why);
/* Areas from *next on; moves it, to the first after the last. */
ERR_CHECKED enum err flood_count_areas(struct flood_count *c, uint64_t *next,
    uint64_t *out, size_t cap, size_t *len, struct err_why *why);

#endif
