/* pack_keep.h - texts of packs in DIR/packs, durable before their entry. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_PACK_KEEP_H
#define NODE_PACK_KEEP_H

#include "node/site.h"

#define PACK_KEEP_PATH (SITE_PATH_MAX + 160)

/* Zeroed: nothing is kept. */
struct pack_keep {
	char temp[PACK_KEEP_PATH]; /* "": none */
	char path[PACK_KEEP_PATH];
};

/* pack_keep_name - a version's name becomes a file's: nothing in it leads
 * elsewhere. */
bool pack_keep_name(const char *name);

/*
 * pack_keep_begin - writes the text to a file of its own, NAME.<random>.new:
 * two that activate one version at a time do not share it.
 * pack_keep_done - after the entry: gives it the name NAME.yaml; a failure is
 * in the journal, since the pack is in force.
 * pack_keep_drop - there is no entry: it is removed.
 */
ERR_CHECKED enum err pack_keep_begin(struct pack_keep *k, const char *dir,
    const char *name, struct bytes text, struct err_why *why);
void pack_keep_done(struct pack_keep *k);
void pack_keep_drop(struct pack_keep *k);

/* pack_keep_recall - at a start: a text that was entered, and whose node ended
 * before it had its name, gets it now: exactly that text. */
void pack_keep_recall(
    const char *dir, const char *name, const struct hash *digest);
/* After these: what nobody entered is removed. */
void pack_keep_clear(const char *dir);

#endif
