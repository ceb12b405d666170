/* cards.h - certificates of those who work under a permit and guard it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_CARDS_H
#define TESTS_SUPPORT_CARDS_H

#include "proto/text.h"
#include "tests/support/plant.h"

#define CARDS_DAYS 300 /* how long a certificate of these is good */

/* A certificate of a class, valid since a minute; its id unless NULL.  Aborts
 * when it is refused. */
void cards_certify(struct plant *p, const char *holder, const char *class,
    char id[TEXT_UUID_CHARS + 1]);
/* All that the built-in packs ask of a guardian. */
void cards_guardian(struct plant *p, const char *guardian);
/* A worker with a card of `class`, issued last and its id in `card`, and a
 * guardian: who may start work together. */
void cards_begin(struct plant *p, const char *worker, const char *class,
    const char *guardian, char card[TEXT_UUID_CHARS + 1]);

#endif
